"""Une séance de questionnaire de bout en bout : reprise, verrou, questions, enregistrement, réponses d’un tube.

À qui a terminé une passation, faire le point propose la suivante, son code et son profil repris.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from cpit.affichage import montrer_anomalies
from cpit.chargement import referentiel_donne
from cpit.coeur.mots.restitution import Restitution, composer_restitution
from cpit.coeur.passation import (
    CODE_MAX,
    DEUX_MOMENTS,
    DIMENSIONS_DE_PLACE,
    PAS_ENCORE_VU,
    REGARDS,
    Passation,
    Reponse,
    est_retrospectif,
    est_un_moment,
    lire_la_date,
    moments_demandes,
    nom_donne,
    ordre_du_parcours,
    replier_code,
    reporter,
)
from cpit.coeur.referentiel import Item, QuestionProfil, Referentiel, choisis
from cpit.erreurs import (
    ACopier,
    Anomalie,
    ErreurCpit,
    Interruption,
    Lieu,
    MauvaisEmploi,
    anomalie,
    raison_systeme,
    refus,
)
from cpit.ouverture import chemin_reel, commande_a_taper, est_un_dossier, existe
from cpit.passations.relecture import commande_de_reprise, items_gardes, referentiel_de, referentiel_qui_nomme
from cpit.passations.sauvegarde import (
    FichierTenu,
    PassationEnregistree,
    balayer_passations,
    dater,
    garder_version,
    inachevees,
    nom_libre,
    nouveau_chemin,
    preparer,
    refuser_une_version,
    relire_fichier,
    terminees,
    verrouiller,
)
from cpit.questionnaire.questionnaire import (
    Questionnaire,
    accueillir,
    au_moment,
    demander_conditions,
    demander_identite,
    demander_le_tiers,
    demander_profil,
    lire_reponse,
    reponses_possibles,
)
from cpit.terminal import Quitter, Terminal, normaliser_saisie
from cpit.typographie import date_courte, enumerer, nettoyer, pluriel


@dataclass(frozen=True, slots=True)
class _PointPossible:
    """La dernière passation terminée d’une personne, le moment qui la suit, et le référentiel qui les nomme.

    ``referentiel`` absent : celui auquel elle avait répondu ne se lit plus ; on peut encore ne pas faire le point.
    """

    chemin: Path
    passation: Passation
    moment: str
    referentiel: Referentiel | None

    def nommer(self, moment: str) -> str:
        """« T0 », ou le nom qu’a le moment."""
        return (self.referentiel and nom_donne(moment, self.referentiel)) or moment.upper()

    @property
    def identite(self) -> dict[str, str]:
        """Ce que la nouvelle passation reprend, et quand elle est."""
        return {"identifiant": self.passation.identifiant, "moment": self.moment, "regard": "soi"}


def _chercher_le_point(
    dossier: Path, identite: Mapping[str, str], referentiel: Referentiel | None
) -> _PointPossible | None:
    """Le point à proposer dans un dossier ; rien s’il y a plusieurs personnes et que l’on n’en nomme aucune.

    :param identite: ce que l’on a donné ; dès qu’un moment ou un regard l’est, on sait ce que l’on veut.
    :param referentiel: celui que l’on a nommé ; sinon, celui auquel elle avait répondu.
    """
    if set(identite) - {"identifiant"}:
        return None
    voulu = replier_code(identite.get("identifiant", ""))
    siennes: dict[str, list[tuple[Path, Passation]]] = {}
    for chemin, passation in terminees(dossier):
        code = replier_code(passation.identifiant)
        if passation.regard == "soi" and code and voulu in ("", code) and not est_retrospectif(passation.moment):
            siennes.setdefault(code, []).append((chemin, passation))
    if len(siennes) != 1:
        return None
    ((*_, (chemin, derniere)),) = (sorted(unes, key=lambda une: ordre_du_parcours(une[1])) for unes in siennes.values())
    moment = f"t{ordre_du_parcours(derniere)[0] + 1}"
    if not est_un_moment(moment):
        return None
    return _PointPossible(chemin, derniere, moment, referentiel or referentiel_qui_nomme(derniere, str(chemin)))


def _veut_faire_le_point(terminal: Terminal, point: _PointPossible, aujourd_hui: str) -> bool:
    """Propose le point ; Entrée l’accepte, sauf le jour même où la passation d’avant a été terminée."""
    passation = point.passation
    terminee = (passation.terminee or "")[:10]
    qui = f"{passation.identifiant}, {point.nommer(passation.moment)}, {date_courte(terminee)}"
    terminal.dire(f"Une passation terminée est dans ce dossier ({qui}) :")
    terminal.copier(point.chemin.name)
    suite = ", votre code et votre profil repris" if passation.profil else ", votre code repris"
    question = f"Faire le point aujourd'hui ({point.nommer(point.moment)}){suite} ?"
    return terminal.confirmer(question, defaut=terminee < aujourd_hui[:10])


# --- Le carnet d’une séance : où elle écrit, et ce qu’elle fait quand cela ne s’écrit plus.


Horloge = Callable[[], str]
"""Rend l’instant présent en ISO 8601, à la seconde, avec le décalage horaire."""


@dataclass
class Carnet:
    """Le fichier où une séance écrit ; il peut changer de dossier en route si le premier ne s’écrit plus.

    Le carnet tient toujours le verrou de l’endroit où il écrit, ici comme ailleurs : ``fichier`` est celui qu’on lui
    donne déjà tenu, il prend les suivants. ``ecrite`` est la passation telle qu’elle est sur le disque.
    ``a_garder`` est la passation terminée que l’on corrige : gardée à part avant que la première correction s’écrive.
    """

    chemin: Path
    terminal: Terminal
    horloge: Horloge
    fichier: FichierTenu | None = None
    a_garder: Passation | None = None
    ecrite: Passation | None = field(default=None, init=False)
    _pile: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, init=False)
    _de_cote_dit: bool = field(default=False, init=False)

    def ecrire(self, passation: Passation) -> Passation:
        """Écrit la passation ; propose un autre dossier tant que l’écriture échoue.

        :raises ErreurCpit: si la personne renonce, s’il n’y a personne à qui demander, ou si une autre séance a pris
            le fichier ; les réponses sont alors gardées à part, et l’erreur dit où.
        """
        datee, ecrit = self._enregistrer(dater(passation, self.horloge()))
        self.ecrite = datee
        if ecrit.de_cote and not self._de_cote_dit:
            self._de_cote_dit = True
            montrer_anomalies(self.terminal, [anomalie("enregistre-de-cote", copie=ecrit.chemin)])
        return datee

    def fermer(self) -> None:
        """Rend les verrous que le carnet a pris."""
        self.fichier = None
        self._pile.close()

    def _enregistrer(self, passation: Passation) -> tuple[Passation, PassationEnregistree]:
        while True:
            try:
                if self.fichier is None:
                    self.fichier = self._tenir(self.chemin, passation.revision - 1)
                a_ecrire = self._rouvrir(passation)
                ecrit = self.fichier.enregistrer(a_ecrire)
                self.a_garder = None
                return a_ecrire, ecrit
            except OSError as erreur:
                ailleurs = _autre_emplacement(self.terminal, self.chemin, erreur)
                if ailleurs != self.chemin:
                    self._aller(ailleurs)

    def _rouvrir(self, passation: Passation) -> Passation:
        """À la première correction : garde ce qu’était la passation, et marque la nouvelle."""
        if self.a_garder is None:
            return passation
        version = garder_version(self.chemin, self.a_garder)
        return passation.rouverte(passation.modifiee, version.name)

    def _tenir(self, chemin: Path, revision: int | None = None) -> FichierTenu:
        return FichierTenu(chemin, self._pile.enter_context(verrouiller(chemin)), revision)

    def _aller(self, ailleurs: Path) -> None:
        """Change d’endroit, et tient le nouveau avant d’y écrire ; un nom pris entre-temps en donne un autre."""
        while True:
            try:
                tenu = self._tenir(ailleurs)
            except OSError:
                break  # l’enregistrement le dira
            except ErreurCpit:
                ailleurs = nom_libre(ailleurs)
                continue
            if not ailleurs.exists():
                self.chemin, self.fichier = ailleurs, tenu
                balayer_passations(ailleurs)
                _dire_ou(self.terminal, ailleurs)
                return
            ailleurs = nom_libre(ailleurs)
        self.chemin, self.fichier = ailleurs, None


def _dire_ou(terminal: Terminal, chemin: Path) -> None:
    terminal.dire("La suite s'écrit dans :")
    terminal.copier(str(chemin))


def _autre_emplacement(terminal: Terminal, chemin: Path, erreur: OSError) -> Path:
    """Dit que rien n’est enregistré et demande où écrire ; Entrée garde le même endroit.

    :raises ErreurCpit: si la personne renonce, ou s’il n’y a personne à qui demander.
    """
    raison = raison_systeme(erreur)
    if not terminal.interactif:
        raise _non_enregistre(chemin, raison)
    terminal.dire()
    terminal.dire(f"Ce qui vient d'être répondu n'est PAS enregistré : {raison}.")
    try:
        dossier = terminal.interroger(
            "Autre dossier (Entrée pour réessayer ici, q pour abandonner) : ",
            lambda saisie: _dossier(saisie) if saisie else chemin,
            "Écrire le chemin d'un dossier, ? ou q, ou seulement Entrée.",
            faute="n'est pas un dossier où l'on entre",
        )
    except Quitter:
        raise _non_enregistre(chemin, raison) from None
    # Ailleurs, le même nom peut désigner la passation de quelqu’un d’autre.
    return chemin if dossier == chemin else nom_libre(dossier / chemin.name)


def _non_enregistre(chemin: Path, raison: str) -> ErreurCpit:
    """Le refus qui dit qu’une réponse n’est pas sur le disque."""
    return refus("non-enregistre", str(chemin), raison=raison)


def _dossier(saisie: str) -> Path | None:
    try:
        dossier = Path(saisie).expanduser()
        return dossier if dossier.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # « ~inconnu », chemin trop long, dossier où l’on n’entre pas
        return None


# --- Des réponses venues d’un tube ou d’un fichier : une par ligne, toutes vérifiées avant d’en enregistrer une seule.


_ENTREE = "entrée standard"
_SIGNES_MAX = 1_000_000
"""Signes lus au plus : une entrée sans fin est refusée au lieu d’être attendue."""


def _items_a_repondre(referentiel: Referentiel, passation: Passation) -> list[Item]:
    """Les items pas encore vus, à l’un des moments que l’on demande, dans l’ordre de la passation."""
    return [item for item in referentiel.ordre_de_passation() if passation.est_a_voir(item.code)]


def _lignes_de(entree: TextIO) -> list[str]:
    """Les lignes d’une entrée, sans leur fin.

    Seule la fin de ligne sépare : U+2028 ou U+000B décaleraient sans bruit toutes les réponses qui suivent.

    :raises MauvaisEmploi: si l’entrée est vide ou démesurée.
    """
    # La marque d’un fichier d’UTF-8 (Bloc-notes), telle que la lit une console qui n’y est pas : « ï»¿ », « ´╗┐ ».
    marque = codecs.BOM_UTF8.decode(entree.encoding or "utf-8", "replace")
    texte = entree.read(_SIGNES_MAX + 1).removeprefix(marque).removeprefix("\ufeff")
    if not texte:
        raise MauvaisEmploi([anomalie("entree-vide", _ENTREE)])
    if len(texte) > _SIGNES_MAX:
        raise MauvaisEmploi([anomalie("entree-trop-longue", _ENTREE, limite=_SIGNES_MAX)])
    return texte.removesuffix("\n").replace("\r\n", "\n").split("\n")


def _lire_lignes(
    referentiel: Referentiel, passation: Passation, lignes: list[str], *, avec_place: bool
) -> list[Passation]:
    """Les passations successives, une par ligne lue.

    Une ligne est un niveau, « so », ou vide pour laisser sans réponse ; les commandes (t, p, r…) n’y ont pas cours.
    Des lignes vides en trop, à la fin, ne comptent pas. ``avec_place`` : après la réponse (« - » s’il n’y en a pas),
    une ligne peut porter la fréquence et l’importance, « 3 2 1 ». Si l’on demande aussi un moment passé, la réponse
    d’alors suit celle d’aujourd’hui : « 3 1 », « 3 1 2 1 » ; une ligne qui n’en dit qu’une est refusée.

    :raises ErreurCpit: avec toutes les lignes fautives ; aucune n’est alors prise.
    """
    items = _items_a_repondre(referentiel, passation)
    fautes: list[Anomalie] = []
    etapes = []
    for rang, (ligne, item) in enumerate(zip(lignes, items, strict=False), 1):
        saisie, passee = _separer_le_passe(normaliser_saisie(ligne), passation)
        reponse = _lire_une_ligne(referentiel, saisie, avec_place=avec_place)
        alors = None if passee is None else lire_reponse(referentiel, passee, PAS_ENCORE_VU)
        if reponse is None or alors is None:
            attendus = _attendus(referentiel) + (_ET_LE_PASSE if passation.jumelle else "")
            mots = {"valeur": ligne, "attendus": attendus + (_ET_LA_PLACE if avec_place else "")}
            fautes.append(anomalie("ligne-refusee", Lieu(_ENTREE, rang), **mots))
        else:
            passation = _avec_le_passe(passation.avec_reponse(item.code, reponse), item, alors)
            etapes.append(passation)
    if any(map(normaliser_saisie, lignes[len(items) :])):
        deux = _DEUX_SUR_LA_MEME if passation.jumelle else ""
        mots_ = {"nombre": len(lignes) - len(items), "items": len(items), "deux": deux}
        fautes.append(anomalie("lignes-en-trop", Lieu(_ENTREE, len(items) + 1), **mots_))
    if fautes:
        raise ErreurCpit(fautes)
    return etapes


def _separer_le_passe(saisie: str, passation: Passation) -> tuple[str, str | None]:
    """Ce qu’une ligne dit d’aujourd’hui, puis du moment passé si on le demande : de « 3 1 2 1 », « 3 2 1 » et « 1 ».

    D’une ligne qui ne dit qu’une des deux réponses, le moment passé est absent ; une ligne vide ne dit ni l’une ni
    l’autre.
    """
    tete, *suite = saisie.split() or [""]
    if passation.jumelle is None or not tete:
        return saisie, ""
    if not suite:
        return saisie, None
    return " ".join((tete, *suite[1:])), suite[0]


def _avec_le_passe(passation: Passation, item: Item, alors: Reponse) -> Passation:
    """La passation, sa jumelle répondue aussi si elle en a une."""
    jumelle = passation.jumelle
    if jumelle is None:
        return passation
    return replace(passation, jumelle=replace(jumelle, reponses={**jumelle.reponses, item.code: alors}))


_ET_LE_PASSE = " ; puis, après une espace, la réponse pour le début (« - » si rien) : « 3 1 »"
_DEUX_SUR_LA_MEME = ", avec les deux réponses sur la même : « 3 1 »"
_ET_LA_PLACE = " ; puis, facultatives, la fréquence et l'importance, de 0 à 3 ou « - » : « 3 2 1 »"


def _lire_une_ligne(referentiel: Referentiel, saisie: str, *, avec_place: bool) -> Reponse | None:
    """La réponse que dit une ligne, et la place de la situation si on la demande ; rien si ce n’en est pas une."""
    if not avec_place:
        return lire_reponse(referentiel, saisie, PAS_ENCORE_VU)
    tete, *places = saisie.split() or [""]
    reponse = lire_reponse(referentiel, tete, PAS_ENCORE_VU)
    if reponse is None or len(places) > len(DIMENSIONS_DE_PLACE):
        return None
    from cpit.lecture.dechiffrement import lire_niveau_de_place

    try:
        for mots, dimension in zip(places, DIMENSIONS_DE_PLACE, strict=False):
            niveau = None if mots == "-" else lire_niveau_de_place(mots, dimension)
            reponse = reponse.situee(dimension.cle, niveau)
    except ValueError:
        return None
    return reponse


def _attendus(referentiel: Referentiel) -> str:
    """Ce qu’une ligne peut contenir, en mots."""
    return ", ".join(reponses_possibles(referentiel)) + " ou une ligne vide"


# --- Une séance de questionnaire de bout en bout : reprise, verrou, questions, enregistrement.


@dataclass(frozen=True)
class DemandeSeance:
    """Ce que la commande a reçu en options ; ``identite`` ne porte que les champs donnés.

    ``referentiel`` : celui qu’on a nommé. Sans lui, une reprise garde celui de la passation, et une passation
    neuve prend le référentiel par défaut. ``corriger`` : rouvrir une passation terminée sans le demander. ``place`` :
    demander aussi la place de chaque situation ; une passation où elle est dite continue de la demander.
    ``conditions`` : poser aussi les questions sur les conditions d’exercice.
    """

    dossier: Path
    referentiel: Referentiel | None = None
    reprendre: Path | None = None
    identite: Mapping[str, str] = field(default_factory=dict)
    profil: Mapping[str, str] = field(default_factory=dict)
    sans_profil: bool = False
    corriger: bool = False
    place: bool = False
    conditions: bool = False


def preparer_seance(
    dossier: Path,
    *,
    nom_referentiel: str | None = None,
    reprendre: Path | None = None,
    identite: Mapping[str, str | None],
    profil: Sequence[str] = (),
    sans_profil: bool = False,
    place: bool = False,
) -> DemandeSeance:
    """Vérifie ce que l’on a donné en options.

    :param identite: ``identifiant``, ``moment``, ``regard``, ``evaluateur``, ``role_evaluateur``, ``connaissance``,
        ``date_moment`` → valeur, ou rien si l’option n’est pas donnée.
    :param profil: « question=choix », autant de fois qu’il y a de réponses.
    :param place: vrai pour demander aussi la place de chaque situation dans le poste.
    :raises MauvaisEmploi: moment, regard, rôle ou profil inconnu, évaluateur de soi (toutes les fautes d’un coup).
    :raises ErreurCpit: dossier que l’on ne peut créer ou référentiel illisible.
    """
    if not (est_un_dossier(dossier) or (est_un_dossier(dossier.parent) and not existe(dossier))):
        raise refus("dossier-introuvable", str(dossier), nom=dossier)
    donnee = {cle: nettoyer(valeur).strip() for cle, valeur in identite.items() if valeur is not None}
    donnee |= {cle: donnee[cle].casefold() for cle in ("moment", "regard") if cle in donnee}
    choisi = referentiel_donne(nom_referentiel) if nom_referentiel is not None else None
    fautes = []
    if reprendre is not None and (donnee or profil):
        options = [*(_OPTIONS[cle] for cle in donnee), *(["--profil"] if profil else [])]
        fautes.append(anomalie("reprise-et-identite", options=enumerer(options)))
    fautes += _fautes_d_identite(donnee)
    choix, fautes_de_profil = _lire_profil(profil, choisi)
    if fautes or fautes_de_profil:
        raise MauvaisEmploi([*fautes, *fautes_de_profil])
    _creer(dossier)
    return DemandeSeance(dossier, choisi, reprendre, donnee, choix, sans_profil, place=place)


def _creer(dossier: Path) -> None:
    """Crée le dossier nommé s’il n’y est pas encore ; ceux qui le contiennent, non : ce serait une faute de frappe."""
    try:
        dossier.mkdir(exist_ok=True)
    except OSError as erreur:
        raise refus("dossier-non-cree", str(dossier), nom=dossier, raison=raison_systeme(erreur)) from None


_OPTIONS = {
    **{"identifiant": "--code", "moment": "--moment", "regard": "--regard", "date_moment": "--date"},
    **{"evaluateur": "--evaluateur", "role_evaluateur": "--role-evaluateur", "connaissance": "--connaissance"},
}


def _fautes_d_identite(donnee: Mapping[str, str]) -> Iterator[Anomalie]:
    """Ce qui ne va pas dans qui répond, quand, et sous quel regard."""
    for code in (donnee.get(cle, "") for cle in ("identifiant", "evaluateur")):
        if len(code) > CODE_MAX:
            yield anomalie("code-long", signes=len(code), limite=CODE_MAX)
    if "moment" in donnee and not moments_demandes(donnee["moment"]):
        yield anomalie("moment-inconnu", valeur=donnee["moment"], aussi=DEUX_MOMENTS)
    if "regard" in donnee and donnee["regard"] not in REGARDS:
        yield anomalie("regard-inconnu", valeur=donnee["regard"])
    if any(donnee.get(cle) for cle in ("date_moment", "evaluateur", "role_evaluateur", "connaissance")):
        from cpit.lecture.forme_formulaire import fautes_de_date, fautes_du_tiers

        yield from fautes_de_date(donnee.get("date_moment", ""))
        yield from fautes_du_tiers(donnee, donnee.get("regard", "soi"))


def _lire_profil(couples: Sequence[str], choisi: Referentiel | None) -> tuple[dict[str, str], list[Anomalie]]:
    """Réponses de profil données en option, et celles qui ne conviennent pas."""
    if not couples:
        return {}, []
    questions = referentiel_donne(choisi).profil
    connus = {q.identifiant: [choix.code for choix in q.choix] for q in questions}
    par_nom = {q.identifiant: q for q in questions}
    profil, fautes = dict[str, str](), []
    for couple in couples:
        question, _, choix = couple.partition("=")
        posee = par_nom.get(question)
        if posee is not None and (codes := _choix_demandes(posee, choix)):
            deja = choisis(profil.get(question, "")) if posee.plusieurs else ()
            if posee.aucun and posee.se_contredit([*deja, *codes]):
                fautes.append(anomalie("profil-contraire", valeur=couple, colonne=question, seul=posee.aucun.code))
            else:
                profil[question] = posee.joindre([*deja, *codes])
            continue
        permis = f"{question} parmi {', '.join(connus[question])}" if question in connus else ", ".join(connus)
        exemple = next((f"{q}={codes[0]}" for q, codes in connus.items()), "")
        fautes.append(anomalie("profil-inconnu", valeur=couple, connus=permis, exemple=exemple))
    return profil, fautes


def _choix_demandes(question: QuestionProfil, ecrit: str) -> list[str]:
    """Les codes qu’écrit « pvd », ou « pvd;crte » si la question le permet ; aucun s’il y a une faute."""
    codes = re.split("[;,]", ecrit) if question.plusieurs else [ecrit]
    connus = {choix.code for choix in question.choix}
    return codes if connus.issuperset(codes) else []


@dataclass
class _Fil:
    """Où en est la séance, pour le dire si elle s’arrête."""

    terminal: Terminal
    carnet: Carnet | None = None

    def dire_ou_reprendre(self, mot: str) -> None:
        """Dit ce qui est gardé et la commande pour reprendre ; le chemin se copie tel quel."""
        ecrite = self.carnet.ecrite if self.carnet else None
        if self.carnet is None or ecrite is None:
            self.terminal.dire(f"{mot} : rien de nouveau n'est enregistré.")
            return
        self.terminal.dire(f"{mot} : {_en_vues(_nombre_de_vues(ecrite))} sur {len(ecrite.items)}. Pour reprendre :")
        self.terminal.copier(commande_de_reprise(self.carnet.chemin))


def mener_seance(terminal: Terminal, demande: DemandeSeance, horloge: Horloge) -> tuple[Restitution, Path]:
    """Mène une séance jusqu’au bout et rend la restitution et le fichier de la passation.

    :raises Interruption: si l’entrée se ferme ou si la personne interrompt ; tout est enregistré.
    :raises Quitter: si elle demande à s’arrêter ; tout est enregistré.
    :raises ErreurCpit: fichier à reprendre illisible, verrou tenu, écriture impossible, lignes refusées.
    """
    fil = _Fil(terminal)
    with _interruption(fil), contextlib.ExitStack() as pile:
        carnet, passation, referentiel = _ouvrir(terminal, demande, horloge, pile)
        fil.carnet = carnet
        avec_place = demande.place or passation.dit_des_places
        if terminal.interactif:
            questionnaire = Questionnaire(referentiel, passation, terminal, carnet.ecrire, avec_place=avec_place)
            fini = _interroger(questionnaire, sans_profil=demande.sans_profil, conditions=demande.conditions)
        else:
            fini = _lire_le_tube(terminal, referentiel, carnet, passation, avec_place=avec_place)
        # Rouverte et laissée telle quelle, elle reste ce qu’elle était.
        termine = fini if fini.terminee else carnet.ecrire(replace(fini, terminee=horloge()))
    return composer_restitution(referentiel, termine.separees()[0]), carnet.chemin


def _nombre_de_vues(passation: Passation) -> int:
    """Items vus, à tous les moments que l’on demande : répondus, sans objet ou laissés sans réponse."""
    return sum(not passation.est_a_voir(pose.code) for pose in passation.items)


def _en_vues(nombre: int) -> str:
    """« 1 situation vue », « 3 situations vues »."""
    return pluriel(nombre, "situation vue", "situations vues")


def _ouvrir(
    terminal: Terminal, demande: DemandeSeance, horloge: Horloge, pile: contextlib.ExitStack
) -> tuple[Carnet, Passation, Referentiel]:
    """Choisit la passation et prend son verrou, gardé jusqu’à la fermeture de ``pile``."""
    reprise = _choisir_reprise(terminal, demande)
    if reprise is None:
        passation, referentiel = _nouvelle(terminal, _faire_le_point(terminal, demande, horloge()))
        _dire_si_deja_repondu(terminal, demande, passation)
        return _prendre_un_nom(terminal, demande.dossier, passation, horloge, pile), passation, referentiel
    chemin, passation, referentiel = reprise
    passation = replace(passation, profil={**passation.profil, **demande.profil})
    confirmer = terminal.confirmer if terminal.interactif else None
    try:
        tenu = FichierTenu(chemin, pile.enter_context(verrouiller(chemin, confirmer)))
    except OSError as erreur:
        ailleurs = _autre_emplacement(terminal, chemin, erreur)
        carnet = _prendre_un_nom(terminal, ailleurs.parent, passation, horloge, pile)
        carnet.a_garder = passation if passation.terminee else None
        return carnet, passation, referentiel
    _verifier_inchangee(chemin, passation.revision)
    montrer_anomalies(terminal, preparer(chemin))
    balayer_passations(chemin)
    tenu.relever()
    carnet = _carnet(tenu, terminal, horloge, pile)
    carnet.a_garder = passation if passation.terminee else None
    return carnet, passation, referentiel


def _carnet(tenu: FichierTenu, terminal: Terminal, horloge: Horloge, pile: contextlib.ExitStack) -> Carnet:
    """Un carnet sur un fichier déjà tenu, fermé avec ``pile``."""
    carnet = Carnet(tenu.chemin, terminal, horloge, tenu)
    pile.callback(carnet.fermer)
    return carnet


def _prendre_un_nom(
    terminal: Terminal, dossier: Path, passation: Passation, horloge: Horloge, pile: contextlib.ExitStack
) -> Carnet:
    """Un carnet sous un nom libre ; deux séances lancées ensemble n’en prennent jamais le même."""
    while True:
        chemin = nouveau_chemin(dossier, passation)
        try:
            with contextlib.ExitStack() as essai:
                tenu = essai.enter_context(verrouiller(chemin))
                if not chemin.exists():
                    balayer_passations(chemin)
                    pile.enter_context(essai.pop_all())
                    return _carnet(FichierTenu(chemin, tenu), terminal, horloge, pile)
        except OSError as erreur:
            dossier = _autre_emplacement(terminal, chemin, erreur).parent
        except ErreurCpit:
            continue  # une autre séance vient de prendre ce nom


def _verifier_inchangee(chemin: Path, revision: int) -> None:
    """Refuse si une autre séance a écrit entre notre lecture et notre verrou : ses réponses seraient perdues."""
    if relire_fichier(chemin)[0].revision != revision:
        raise refus("change-entre-temps", str(chemin))


def _faire_le_point(terminal: Terminal, demande: DemandeSeance, aujourd_hui: str) -> DemandeSeance:
    """La demande, complétée de ce que la personne reprend de sa dernière passation, si elle veut faire le point.

    Sans référentiel nommé, c’est celui auquel elle avait répondu : toutes ses réponses se comparent alors.
    """
    if not terminal.interactif:
        return demande
    point = _chercher_le_point(demande.dossier, demande.identite, demande.referentiel)
    if point is None or not _veut_faire_le_point(terminal, point, aujourd_hui):
        return demande
    referentiel = point.referentiel or referentiel_de(point.passation, str(point.chemin))
    portee = reporter(point.passation, referentiel, ())
    return replace(
        demande,
        referentiel=referentiel,
        identite=point.identite,
        profil={**portee.profil, **demande.profil},
    )


def _demander_le_nouveau(gardes: int) -> str:
    if not gardes:
        return "Passer au nouveau ? Aucun item n'y est resté identique : aucune réponse ne serait gardée."
    aux = "à l'item identique" if gardes == 1 else f"aux {gardes} items identiques"
    return f"Passer au nouveau, en ne gardant que les réponses {aux} ?"


def _nouvelle(terminal: Terminal, demande: DemandeSeance) -> tuple[Passation, Referentiel]:
    referentiel = referentiel_donne(demande.referentiel)
    quand = {"moment", "date_moment"}
    champs = {cle: valeur for cle, valeur in demande.identite.items() if cle not in quand}
    passation = replace(Passation.nouvelle(referentiel, **champs), profil=demande.profil)
    date = lire_la_date(demande.identite.get("date_moment", "")) or ""
    passation = au_moment(passation, demande.identite.get("moment", passation.moment), date)
    if terminal.interactif:
        accueillir(terminal, referentiel, str(chemin_reel(demande.dossier)))
        donnes = frozenset(demande.identite)
        passation = demander_le_tiers(terminal, demander_identite(terminal, referentiel, passation, donnes), donnes)
    return passation, referentiel


def _dire_si_deja_repondu(terminal: Terminal, demande: DemandeSeance, passation: Passation) -> None:
    """Dit qu’une passation terminée de la même personne est déjà de ce moment et de ce regard.

    Devant un clavier, demande s’il en faut une seconde ; d’un tube, la refuse si le moment n’est pas dit.

    :raises Quitter: si la personne n’en veut pas.
    :raises ErreurCpit: d’un tube, sans --moment.
    """
    siennes = [une for une in terminees(demande.dossier) if _repond_la_meme_personne(une[1], passation)]
    moments = {une.moment for une in passation.separees()}
    trouve = next(((c, une.moment) for c, p in siennes for une in p.separees() if une.moment in moments), None)
    if trouve is None:
        return
    chemin, moment = trouve
    mots = {
        **{"qui": passation.identifiant, "moment": moment, "regard": passation.regard},
        "suivant": f"t{max(ordre_du_parcours(une)[0] for _, une in siennes) + 1}",
        "commande": ACopier(commande_a_taper("corriger", chemin)),
    }
    if not terminal.interactif and "moment" not in demande.identite:
        raise refus("moment-deja-repondu", str(chemin), **mots)
    montrer_anomalies(terminal, [anomalie("seconde-du-moment", str(chemin), **mots)])
    if terminal.interactif and not terminal.confirmer("En répondre une seconde ?", defaut=False):
        raise Quitter


def _repond_la_meme_personne(autre: Passation, passation: Passation) -> bool:
    """Vrai si les deux parlent d’une même personne, par un même répondant ; sans code, on ne le sait pas."""
    qui = passation.evaluateur if passation.regard != "soi" else passation.identifiant
    return bool(qui and passation.identifiant) and (
        (autre.regard, replier_code(autre.identifiant), replier_code(autre.evaluateur))
        == (passation.regard, replier_code(passation.identifiant), replier_code(passation.evaluateur))
    )


def _interroger(questionnaire: Questionnaire, *, sans_profil: bool, conditions: bool) -> Passation:
    if questionnaire.passation.terminee is None:
        questionnaire.acquitter(questionnaire.passation)
    # Qui a déjà vu une situation a déjà passé les questions de profil qu’il laisse vides.
    if not sans_profil and not _nombre_de_vues(questionnaire.passation):
        demander_profil(questionnaire)
    if conditions:
        demander_conditions(questionnaire)
    return questionnaire.mener()


def _lire_le_tube(
    terminal: Terminal, referentiel: Referentiel, carnet: Carnet, passation: Passation, *, avec_place: bool
) -> Passation:
    """Prend une réponse par ligne ; s’il en manque, la passation reste inachevée et on le dit."""
    attendues = len(_items_a_repondre(referentiel, passation))
    lignes = _lignes_de(terminal.entree) if attendues else []
    etapes = _lire_lignes(referentiel, passation, lignes, avec_place=avec_place) if attendues else []
    for etape in etapes:
        passation = carnet.ecrire(replace(passation, reponses=etape.reponses, jumelle=etape.jumelle))
    if len(etapes) < attendues:
        reprise = commande_de_reprise(carnet.chemin)
        mots = {"lues": len(etapes), "attendues": attendues, "reprise": ACopier(reprise)}
        raise Interruption([anomalie("lignes-manquantes", _ENTREE, **mots)])
    return passation


@contextlib.contextmanager
def _interruption(fil: _Fil) -> Iterator[None]:
    """Change une interruption en message qui dit où reprendre ; rien n’en dépend pour l’enregistrement."""
    try:
        yield
    except (EOFError, KeyboardInterrupt):
        fil.terminal.dire()
        fil.dire_ou_reprendre("Interrompu")
        raise Interruption([]) from None
    except Quitter:
        fil.dire_ou_reprendre("Enregistré" if fil.carnet and fil.carnet.ecrite else "Quitté")
        raise


def _choisir_reprise(terminal: Terminal, demande: DemandeSeance) -> tuple[Path, Passation, Referentiel] | None:
    """La passation à reprendre : celle que l’on nomme, sinon une inachevée du dossier, si la personne le veut."""
    if demande.reprendre is not None:
        refuser_une_version(demande.reprendre)
        passation, anomalies = relire_fichier(demande.reprendre)
        montrer_anomalies(terminal, anomalies)
        if passation.terminee is not None and not _veut_rouvrir(terminal, demande, passation.terminee):
            raise refus("passation-terminee", str(demande.reprendre))
        return demande.reprendre, *_accorder(terminal, passation, demande, demande.reprendre)
    if not terminal.interactif:
        return None
    for chemin, passation in inachevees(demande.dossier):
        # Qui donne un code ne se voit pas proposer la passation de quelqu’un d’autre.
        if not _est_celle_que_l_on_demande(passation, demande.identite):
            continue
        vues, qui = _nombre_de_vues(passation), passation.identifiant or "sans code"
        terminal.dire(f"Une passation inachevée est dans ce dossier ({qui}) :")
        terminal.copier(chemin.name)
        if terminal.confirmer(f"{_en_vues(vues)} sur {len(passation.items)}. La reprendre ?"):
            relue, anomalies = relire_fichier(chemin)
            montrer_anomalies(terminal, anomalies)
            return chemin, *_accorder(terminal, relue, demande, chemin)
    return None


def _est_celle_que_l_on_demande(passation: Passation, identite: Mapping[str, str]) -> bool:
    """Vrai si rien de ce que l’on donne ne la contredit : ni le code, ni les moments, ni le reste."""
    moments = tuple(une.moment for une in passation.separees())
    if "moment" in identite and moments_demandes(identite["moment"]) != moments:
        return False
    autres = {cle: valeur for cle, valeur in identite.items() if cle not in ("moment", "date_moment")}
    return all(getattr(passation, champ) == valeur for champ, valeur in autres.items())


def _veut_rouvrir(terminal: Terminal, demande: DemandeSeance, terminee: str) -> bool:
    if demande.corriger or not terminal.interactif:
        return demande.corriger
    terminal.dire(f"Cette passation est terminée depuis le {terminee[:10]}. La rouvrir gardera cette version à part.")
    try:
        return terminal.confirmer("La rouvrir pour la corriger ?", defaut=False)
    except EOFError:
        return False


def _accorder(
    terminal: Terminal, passation: Passation, demande: DemandeSeance, chemin: Path
) -> tuple[Passation, Referentiel]:
    """Avec quel référentiel reprendre : un référentiel changé n’est jamais appliqué en silence, on demande."""
    origine = passation.referentiel
    if demande.referentiel is None or demande.referentiel.empreinte == origine.empreinte:
        return passation, demande.referentiel or referentiel_de(passation, str(chemin))
    nouveau = demande.referentiel
    gardes = items_gardes(passation, nouveau, str(chemin))
    change = refus(
        "reprise-referentiel-change",
        str(chemin),
        avant=f"{origine.identifiant} {origine.version}",
        apres=f"{nouveau.identifiant} {nouveau.version}",
        empreinte=origine.empreinte[:12],
    )
    if not terminal.interactif:
        raise change
    terminal.dire(f"Le référentiel donné n'est pas celui de la passation ({origine.identifiant} {origine.version}).")
    if terminal.confirmer("Continuer avec celui de la passation ?"):
        return passation, referentiel_de(passation, str(chemin))
    if not terminal.confirmer(_demander_le_nouveau(len(gardes)), defaut=False):
        raise change
    return reporter(passation, nouveau, gardes), nouveau

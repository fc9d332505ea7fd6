"""La liste des participants à qui l’on envoie un formulaire : leurs codes, et ce que l’on sait déjà de leur profil.

La colonne des codes se trouve à son en-tête, où qu’elle soit ; rien n’est deviné. Un nom, une adresse, une formule, une
ligne de total ne sont pas des codes : toutes les fautes sont dites d’un coup, chacune à sa ligne.

Et la table vide à remplir, une ligne par personne, pour un outil d’enquête ou une saisie groupée.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from cpit.coeur.colonnes import COLONNES_DU_TIERS, DATE_DU_MOMENT
from cpit.coeur.mots.notice import consignes_de_reponse, question_de_reponse, sens_de_sans_objet
from cpit.coeur.passation import (
    CODE_MAX,
    CONNAISSANCES,
    DATES_ATTENDUES,
    DIMENSIONS_DE_PLACE,
    MOMENTS,
    REGARDS,
    ROLES_EVALUATEUR,
    est_retrospectif,
    lire_la_date,
    moments_demandes,
)
from cpit.coeur.referentiel import Item, QuestionProfil, Referentiel, choisis
from cpit.coeur.tableaux import ancrer
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, Lieu, anomalie, refus
from cpit.formats.appartenance import DEBUT_DE_PASSATION, est_un_classeur
from cpit.formats.dialecte_csv import DIALECTES_CSV
from cpit.lecture.contexte import LecteurDeProfil, choix_a_montrer, code_du_moment, code_du_regard, code_du_tiers
from cpit.lecture.dechiffrement import lire_mots, replier_libelle
from cpit.lecture.entetes import DU_TIERS, EXEMPLE, NOMS_DE_CONTEXTE, Role, colonnes_d_aide, colonnes_de_version
from cpit.lecture.table_csv import (
    SEPARATEURS,
    consigne_csv,
    decoder_au_mieux,
    enregistrements,
    passer_lignes,
    separateurs_a_essayer,
)
from cpit.ouverture import lire_debut, lire_fichier
from cpit.passations.sauvegarde import nom_sur
from cpit.tableur.classeur_ouvert import ClasseurOuvert, MasqueDeFusions, Piege, nommer_cellule
from cpit.tableur.classeurs import ouvrir_classeur_sur
from cpit.typographie import grouper, nettoyer, typographier

# --- ce qu’une liste donne ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Participant:
    """Une personne à qui l’on envoie un formulaire, ou à propos de qui on l’envoie à un tiers : ce qu’on en sait déjà.

    ``moment``, ``regard`` : ceux que sa ligne dit, vides sinon ; ``tiers`` : de qui répond à son propos, le code, le
    rôle, la connaissance de son travail (« evaluateur », « role_evaluateur », « connaissance »). ``date_moment`` : de
    quand on parle, si sa ligne le dit.
    """

    code: str
    profil: Mapping[str, str] = field(default_factory=dict)
    moment: str = ""
    regard: str = ""
    tiers: Mapping[str, str] = field(default_factory=dict)
    date_moment: str = ""

    def __repr__(self) -> str:
        """Son code ; son profil ne s’y montre pas."""
        return f"Participant({self.code})"


@dataclass(frozen=True, slots=True, repr=False)
class ListeDeCodes:
    """Les participants d’une liste, dans son ordre.

    ``prises`` : les en-têtes dont les réponses remplissent d’avance le profil ; ``contexte`` : ceux qui disent quand,
    sous quel regard, quel tiers répond ; ``avis`` : ce qu’il faut en dire.
    """

    source: Path
    participants: tuple[Participant, ...]
    prises: tuple[str, ...] = ()
    contexte: tuple[str, ...] = ()
    avis: tuple[Anomalie, ...] = ()

    def __repr__(self) -> str:
        """D’où elle vient, et combien ils sont."""
        return f"ListeDeCodes({self.source.name} : {len(self.participants)})"

    @property
    def codes(self) -> tuple[str, ...]:
        """Les codes, dans l’ordre de la liste."""
        return tuple(participant.code for participant in self.participants)


# --- les rangées d’un fichier, quel qu’il soit ----------------------------------------------------------------------

_CODES_OCTETS_MAX = 5_000_000
"""Octets : cent mille codes en pèsent moins de deux millions."""
_RANGEES_MAX = 100_000
_COLONNES_MAX = 500
_TETE = 20
"""Rangées où l’on cherche les en-têtes."""
_TITRES_MAX = 5
"""Rangées de titre au-dessus des en-têtes."""
_CACHEES_CITEES = 5

_Cellules = list[str | Piege]


@dataclass(frozen=True, slots=True)
class _Feuille:
    """Les rangées non vides d’une feuille ou d’un texte, chacune avec son numéro."""

    fichier: str
    nom: str | None
    rangees: list[tuple[int, _Cellules]]
    cachees: tuple[int, ...] = ()

    def lieu(self, ligne: int, rang: int = 0) -> Lieu:
        """Où est une cellule : sa cellule dans un classeur, sa ligne dans un texte."""
        if self.nom is None:
            return Lieu(self.fichier, ligne)
        return Lieu(self.fichier, feuille=self.nom, cellule=nommer_cellule(ligne, rang + 1))

    @property
    def largeur(self) -> int:
        """Colonnes qui portent quelque chose."""
        return max((rang + 1 for _, r in self.rangees for rang, c in enumerate(r) if c != ""), default=0)


def _lire_les_feuilles(chemin: Path) -> list[_Feuille]:
    """Les feuilles d’un classeur, ou le texte entier : le seul endroit qui connaît les formats de fichiers.

    :raises ErreurCpit: s’il est illisible.
    """
    debut = b""
    # Ce qui empêche de l’ouvrir sera dit par qui le lit.
    with suppress(OSError):
        debut = lire_debut(chemin, DEBUT_DE_PASSATION)
    return _lire_un_classeur(chemin) if est_un_classeur(debut) else [_lire_un_texte(chemin)]


def _lire_un_classeur(chemin: Path) -> list[_Feuille]:
    with ouvrir_classeur_sur(chemin) as classeur:
        visibles = [onglet.nom for onglet in classeur.onglets if not onglet.cache]
        return [_lire_une_feuille(classeur, titre, str(chemin)) for titre in visibles or classeur.titres]


def _lire_une_feuille(classeur: ClasseurOuvert, titre: str, fichier: str) -> _Feuille:
    lue = classeur.lire_feuille(titre, lignes_max=_RANGEES_MAX + 1)
    if (derniere := max(lue.lignes, default=0)) > _RANGEES_MAX:
        raise ErreurCpit([_trop_longue(Lieu(fichier, feuille=titre, cellule=nommer_cellule(derniere, 1)))])
    # Ce qu’une fusion dit sous sa première ligne, on ignore pour qui elle le vaut.
    hautes = [fusion for fusion in lue.pieges.fusions if fusion.bas > fusion.haut]
    masque, fin = MasqueDeFusions(hautes), max((fusion.droite for fusion in hautes), default=0)
    rangees = []
    for ligne, cases in sorted(lue.lignes.items()):
        largeur = min(max(cases), _COLONNES_MAX)
        cellules: _Cellules = [_lire_une_case(cases.get(colonne)) for colonne in range(1, largeur + 1)]
        if any(cellules):
            cellules += [""] * (min(fin, _COLONNES_MAX) - len(cellules))
            rangees.append((ligne, [_lire_une_case(case) for case in masque.poser_pieges(ligne, [*cellules])]))
    cachees = tuple(sorted(lue.pieges.lignes_cachees & {ligne for ligne, _ in rangees}))
    return _Feuille(fichier, titre, rangees, cachees)


def _trop_longue(lieu: Lieu) -> Anomalie:
    return anomalie("liste-trop-longue", lieu, limite=grouper(_RANGEES_MAX))


def _lire_une_case(valeur: object) -> str | Piege:
    mots = lire_mots(valeur)
    return mots if isinstance(mots, Piege) else nettoyer(mots).strip()


def _lire_un_texte(chemin: Path) -> _Feuille:
    # L’Excel français enregistre encore ses CSV en cp1252, et son « Texte Unicode » en UTF-16.
    texte = decoder_au_mieux(lire_fichier(chemin, _CODES_OCTETS_MAX)).removeprefix("\ufeff")
    if "\0" in texte:
        raise refus("table-avec-nul", Lieu(str(chemin), texte.count("\n", 0, texte.index("\0")) + 1))
    impose, passees = consigne_csv(texte)
    essais = [_decouper(texte, signe, passees, chemin) for signe in (impose or _signes_courants(texte, passees))]
    lisibles = [essai for essai in essais if isinstance(essai, _Feuille)]
    if not lisibles:
        raise ErreurCpit(essai for essai in essais[:1] if isinstance(essai, Anomalie))
    return max(lisibles, key=lambda feuille: _entetes_connus(feuille.rangees))


def _signes_courants(texte: str, passees: int) -> list[str]:
    """Les séparateurs à essayer, le plus fréquent de la première ligne remplie d’abord."""
    lignes = (ligne for ligne in texte.split("\n")[passees:] if ligne.strip())
    premiere = next(lignes, "")
    rares = [signe for signe in separateurs_a_essayer(texte, passees) if signe not in (*SEPARATEURS, "|")]
    return sorted((*SEPARATEURS, "|", *rares), key=premiere.count, reverse=True)


def _decouper(texte: str, separateur: str, passees: int, chemin: Path) -> _Feuille | Anomalie:
    """Les rangées découpées par un séparateur, ou ce qui empêche de les lire ainsi."""
    flux = io.StringIO(texte, newline="")
    passer_lignes(flux, passees)
    rangees: list[tuple[int, _Cellules]] = []
    for rang, lu in enumerate(enregistrements(flux, separateur, passees)):
        if rang == _RANGEES_MAX:
            return _trop_longue(Lieu(str(chemin), lu.debut))
        if lu.raison:
            return anomalie("codes-illisibles", Lieu(str(chemin), lu.debut))
        cellules: _Cellules = [_lire_une_case(cellule) for cellule in lu.cellules[:_COLONNES_MAX]]
        if any(cellules):
            rangees.append((lu.debut, cellules))
    return _Feuille(str(chemin), None, rangees)


# --- les en-têtes : une grammaire fermée, jamais une ressemblance ---------------------------------------------------

_NOYAUX = frozenset(
    {"code", "codes", "identifiant", "identifiants", "id", "pseudonyme", "pseudonymes", "matricule", "token", "jeton"}
)
_GENS = frozenset({"participant", "participants", "participante", "participantes", "personne", "personnes"}) | {
    *("stagiaire", "stagiaires", "apprenant", "apprenante", "apprenants", "repondant", "repondante", "repondants"),
    *("agent", "agente", "agents", "eleve", "eleves", "etudiant", "etudiante", "etudiants"),
}
_OUTILS = frozenset(
    {"n", "no", "numero", "votre", "mon", "de", "du", "des", "d", "la", "le", "les", "l", "a", "par"}
) | {
    *("pour", "anonyme", "unique", "record", "cpit", "personnel", "personnelle", "individuel", "individuelle"),
    *("confidentiel", "secret", "attribue", "access", "acces"),
}
_NOMS = frozenset({"nom", "noms", "prenom", "prenoms", "name", "firstname", "lastname", "surname"})
_AUTOUR_DES_NOMS = (
    _NOMS | _GENS | _OUTILS | {*("famille", "et", "usage", "usuel", "complet", "naissance", "first", "last")}
)
_ADRESSES = frozenset({"mail", "mails", "email", "emails", "courriel", "courriels", "mel"})


def _mots_d_un_entete(texte: str) -> frozenset[str]:
    return frozenset(mot for mot in re.split(r"[\W_]+", replier_libelle(texte)) if mot)


def _est_des_codes(texte: str) -> bool:
    """« Code », « N° participant (code) », « Votre code », « record_id » ; ni « Code postal », ni « Code INSEE »."""
    mots = _mots_d_un_entete(texte)
    return bool(mots & _NOYAUX) and mots <= _NOYAUX | _GENS | _OUTILS


_AUTRES_CODES = frozenset({"postal", "postaux", "insee", "siret", "siren", "ape", "naf", "rome", "couleur", "commune"})


def _cite_des_codes(texte: str) -> bool:
    """« Code interne », « Identifiant du groupe » : des codes, mais peut-être pas ceux des personnes."""
    mots = _mots_d_un_entete(texte)
    return bool(mots & _NOYAUX) and not mots & _AUTRES_CODES


def _est_des_gens(texte: str) -> bool:
    """« Participant », « N° stagiaire » : des codes, ou des noms."""
    mots = _mots_d_un_entete(texte)
    return bool(mots & _GENS) and mots <= _GENS | _OUTILS


def _est_des_noms(texte: str) -> bool:
    mots = _mots_d_un_entete(texte)
    return bool(mots & _NOMS) and mots <= _AUTOUR_DES_NOMS


def _est_des_adresses(texte: str) -> bool:
    return bool(_mots_d_un_entete(texte) & _ADRESSES)


_SORTES: tuple[Callable[[str], bool], ...] = (_est_des_codes, _est_des_gens, _est_des_noms, _est_des_adresses)


def _est_connu(cellule: str | Piege) -> bool:
    return isinstance(cellule, str) and len(cellule) < 200 and any(sorte(cellule) for sorte in _SORTES)


def _entetes_connus(rangees: Sequence[tuple[int, _Cellules]]) -> int:
    """Le plus d’en-têtes connus qu’ait une rangée du début : de quoi choisir entre deux découpages."""
    return max((sum(map(_est_connu, cellules)) for _, cellules in rangees[:_TETE]), default=0)


@dataclass(frozen=True, slots=True)
class _Tete:
    """La rangée des en-têtes d’une feuille (son rang, ou -1 s’il n’y en a pas) et leurs textes."""

    rang: int
    noms: tuple[str, ...]

    def de(self, sorte: Callable[[str], bool]) -> list[int]:
        """Les colonnes d’une sorte."""
        return [rang for rang, nom in enumerate(self.noms) if nom and sorte(nom)]


_SANS_TETE = _Tete(-1, ())


def _tete(feuille: _Feuille, questions: Mapping[str, QuestionProfil], colonne: str | None) -> _Tete:
    """Les en-têtes : la première rangée qui en porte un connu, sous des titres d’une seule cellule au plus."""
    voulue = replier_libelle(colonne) if colonne else None
    for rang, (_, cellules) in enumerate(feuille.rangees[:_TETE]):
        noms = tuple(c if isinstance(c, str) else "" for c in cellules)
        if voulue is not None:
            trouve = any(replier_libelle(nom) == voulue for nom in noms)
        else:
            trouve = any(_est_connu(nom) or replier_libelle(nom) in questions for nom in noms)
        if trouve and (rang == 0 or sum(map(bool, noms)) > 1):
            return _Tete(rang, noms)
        if sum(map(bool, noms)) > 1 or rang >= _TITRES_MAX:
            break
    return _SANS_TETE


# --- la colonne des codes -------------------------------------------------------------------------------------------


def _colonne_des_codes(feuille: _Feuille, tete: _Tete, colonne: str | None) -> int:
    """Le rang de la colonne des codes.

    :raises ErreurCpit: si aucune ne l’est, ou si plusieurs peuvent l’être : on demande, sans choisir.
    """
    if colonne is not None:
        return _colonne_voulue(feuille, tete, colonne)
    for sorte in (_est_des_codes, _est_des_gens):
        rangs = tete.de(sorte)
        # « Stagiaire » porte peut-être des noms : un autre en-tête qui dit « code » le lui dispute.
        rangs += tete.de(_cite_des_codes) if rangs and sorte is _est_des_gens else []
        if len(rangs) == 1:
            return rangs[0]
        if rangs:
            raise _a_choisir(feuille, [tete.noms[rang] for rang in rangs])
    if tete is _SANS_TETE and feuille.largeur == 1 and not _commence_par_un_entete(feuille):
        return 0
    autres = [n for n in tete.noms if n and not _est_des_noms(n) and not _est_des_adresses(n)]
    if tete.de(_est_des_noms) and not autres:
        raise refus("liste-de-noms", _debut(feuille, tete), noms=_citer(tete.noms))
    premiere = [str(c) for c in feuille.rangees[0][1] if c] if tete is _SANS_TETE else autres or list(tete.noms)
    raise refus("codes-sans-entete", _debut(feuille, tete), entetes=_citer(premiere))


def _colonne_voulue(feuille: _Feuille, tete: _Tete, colonne: str) -> int:
    rangs = [rang for rang, nom in enumerate(tete.noms) if replier_libelle(nom) == replier_libelle(colonne)]
    if len(rangs) == 1:
        return rangs[0]
    if rangs:
        raise _a_choisir(feuille, [tete.noms[rang] for rang in rangs])
    connus = _citer(str(c) for c in feuille.rangees[0][1] if c) if feuille.rangees else ""
    raise refus("colonne-de-codes-inconnue", feuille.lieu(1), valeur=colonne, entetes=connus)


def _commence_par_un_entete(feuille: _Feuille) -> bool:
    """Vrai si la première valeur n’a pas de chiffre quand toutes les autres en ont : un en-tête que l’on ignore."""
    premiere, *autres = (str(cellules[0]) for _, cellules in feuille.rangees)
    return len(autres) > 1 and not _a_un_chiffre(premiere) and all(map(_a_un_chiffre, autres))


def _a_un_chiffre(texte: str) -> bool:
    return any(signe.isdigit() for signe in texte)


def _a_choisir(feuille: _Feuille, noms: Sequence[str]) -> ErreurCpit:
    """Ce que l’on demande ; un en-tête porté par deux colonnes n’en désigne aucune."""
    lieu, plies = feuille.lieu(feuille.rangees[0][0]), [replier_libelle(nom) for nom in noms]
    seuls = [nom for nom, plie in zip(noms, plies, strict=True) if plies.count(plie) == 1]
    if not seuls:
        return refus("codes-sous-un-meme-entete", lieu, noms=_citer(noms))
    return refus("codes-a-choisir", lieu, noms=_citer(noms), exemple=seuls[0])


def _debut(feuille: _Feuille, tete: _Tete) -> Lieu:
    return feuille.lieu(feuille.rangees[max(tete.rang, 0)][0])


def _citer(noms: Iterable[str], au_plus: int = 12) -> str:
    cites = [nom for nom in noms if nom]
    suite = ", …" if len(cites) > au_plus else ""
    return ", ".join(typographier("« {} »").format(nom[:60]) for nom in cites[:au_plus]) + suite


# --- ce qui n’est pas un code ---------------------------------------------------------------------------------------

_ADRESSE = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
_SCIENTIFIQUE = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+", re.IGNORECASE)
_CHEMIN = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)")
_DATE = re.compile(
    r"\d{1,2}/\d{1,2}/(?:\d\d){1,2}(?: .*)?|\d{4}-\d\d-\d\d(?:[ T].*)?"
    r"|\d{1,2}-(?:janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc)\.?",
    re.IGNORECASE,
)
"""Ce qu’un tableur écrit d’une date, ou de « 3-4 » qu’il a pris pour le 3 avril."""
_TOTAUX = frozenset(
    {"total", "totaux", "sous-total", "moyenne", "moyennes", "effectif", "effectifs", "somme", "nombre"}
)
_NOM_DE_PERSONNE = re.compile(r"[^\W\d_][^\W\d_’'-]*(?:[ ’'-]+[^\W\d_]+)*", re.UNICODE)
_PIEGES = {
    "cellule-date": "une date ({}), qu’un tableur a pu faire d’un code",
    "cellule-booleen": "VRAI ou FAUX",
    "cellule-erreur": "une erreur de tableur ({})",
    "cellule-formule": "une formule sans valeur calculée",
    "cellule-fusionnee": "une cellule fusionnée",
}


def _montrer(cellule: str | Piege) -> str:
    """Ce que l’on dit d’une cellule : son texte, ou ce qui empêche de la lire."""
    return _PIEGES.get(cellule.code, "{}").format(cellule.vu) if isinstance(cellule, Piege) else cellule


def fautes_d_un_code(code: str | Piege, lieu: Lieu) -> Iterator[Anomalie]:
    """Ce qui fait qu’une valeur n’est pas un code que l’on puisse donner à quelqu’un ; vide, l’appelant le dit."""
    if isinstance(code, Piege):
        yield anomalie("code-incompris", lieu, raison=_montrer(code))
    elif len(code) > CODE_MAX:
        yield anomalie("code-long", lieu, signes=len(code), limite=CODE_MAX)
    elif _ADRESSE.search(code):
        yield anomalie("code-courriel", lieu, code=code)
    elif code.startswith(("=", "+", "-", "@")):
        yield anomalie("code-formule", lieu, code=code)
    elif raison := _ce_que_ce_code_est(code):
        yield anomalie("code-incompris", lieu, raison=raison)
    elif code == EXEMPLE or replier_libelle(code) in _TOTAUX:
        yield anomalie("code-sans-personne", lieu, code=code)


def _ce_que_ce_code_est(code: str) -> str:
    """Ce qu’un tableur a fait d’un code, ou ce qui n’en est pas un ; rien s’il peut en être un."""
    if _SCIENTIFIQUE.fullmatch(code):
        return f"{code}, un nombre qu’un tableur a abrégé"
    if _DATE.fullmatch(code):
        return _PIEGES["cellule-date"].format(code)
    if _CHEMIN.search(code):
        return f"{code}, un chemin de dossier"
    return f"{code}, sans lettre ni chiffre" if code and not any(map(str.isalnum, code)) else ""


class Doublons:
    """Les codes déjà vus : deux ne donnent jamais le même nom de fichier.

    Un même code à deux moments, ou avec deux évaluateurs, attend bien deux formulaires.
    """

    def __init__(self) -> None:
        self._vus: dict[str, int] = {}

    def fautes(self, un: Participant, lieu: Lieu, ligne: int) -> Iterator[Anomalie]:
        """Le refus d’un code déjà vu, à une autre ligne."""
        nom = nom_sur("f", un.code, un.moment, un.regard, un.tiers.get("evaluateur", ""))
        if nom in self._vus:
            yield anomalie("code-de-participant-en-double", lieu, code=un.code, deja=self._vus[nom])
        self._vus.setdefault(nom, ligne)


# --- lire -----------------------------------------------------------------------------------------------------------


def lire_la_liste(chemin: Path, referentiel: Referentiel | None = None, colonne: str | None = None) -> ListeDeCodes:
    """Lit une liste de codes : CSV, texte ou classeur.

    :param referentiel: celui dont les questions de profil se remplissent d’avance ; sans lui, aucune.
    :param colonne: l’en-tête de la colonne des codes, si rien ne la distingue.
    :raises ErreurCpit: fichier illisible, colonne des codes à choisir, valeurs qui ne sont pas des codes.
    """
    questions = _questions(referentiel)
    feuille, tete = _choisir_la_feuille(_lire_les_feuilles(chemin), str(chemin), questions, colonne)
    rang = _colonne_des_codes(feuille, tete, colonne)
    fautes, connues = _colonnes_connues(feuille, tete, questions, rang)
    participants: list[Participant] = []
    doublons = Doublons()
    for ligne, cellules in feuille.rangees[tete.rang + 1 :]:
        code = cellules[rang] if rang < len(cellules) else ""
        lieu = feuille.lieu(ligne, rang)
        un, de_ligne = _lire_ligne(feuille, ligne, cellules, connues)
        un = replace(un, code=str(code))
        du_code = [*_fautes_de_ligne(code, lieu, tete, rang), *_fautes_de_total(feuille, ligne, cellules, rang)]
        du_code = du_code or list(_fautes_de_nom(cellules, lieu, tete, rang))
        fautes += _fautes_de_largeur(feuille, ligne, cellules, tete)
        fautes += du_code or doublons.fautes(un, lieu, ligne)
        fautes += de_ligne
        participants.append(un)
    if not participants:
        fautes.append(anomalie("aucun-code", str(chemin)))
    fautes += _fautes_de_noms(feuille, tete, rang, participants)
    if fautes:
        raise ErreurCpit(fautes)
    prises, contexte = (
        tuple(tete.noms[place] for place, cible in connues.items() if isinstance(cible, sorte))
        for sorte in (QuestionProfil, Role)
    )
    avis = tuple(_avis(feuille, tete, {rang, *connues}))
    return ListeDeCodes(chemin, tuple(participants), prises, contexte, avis)


def _questions(referentiel: Referentiel | None) -> dict[str, QuestionProfil]:
    """Les questions de profil, par identifiant et par libellé repliés."""
    questions = referentiel.profil if referentiel else ()
    par_libelle = {replier_libelle(question.libelle): question for question in questions}
    return par_libelle | {replier_libelle(question.identifiant): question for question in questions}


def _choisir_la_feuille(
    feuilles: list[_Feuille], fichier: str, questions: Mapping[str, QuestionProfil], colonne: str | None
) -> tuple[_Feuille, _Tete]:
    """La seule feuille remplie, ou la seule qui porte une colonne de codes.

    :raises ErreurCpit: s’il n’y en a aucune, ou si plusieurs peuvent l’être.
    """
    lues = [(feuille, _tete(feuille, questions, colonne)) for feuille in feuilles if feuille.rangees]
    if not lues:
        raise refus("aucun-code", fichier)
    if len(lues) == 1:
        return lues[0]
    portent = [(f, t) for f, t in lues if (t.noms if colonne else t.de(_est_des_codes) or t.de(_est_des_gens))]
    if len(portent) == 1:
        return portent[0]
    noms = _citer(feuille.nom or "" for feuille, _ in portent or lues)
    raise refus("codes-dans-plusieurs-feuilles", fichier, noms=noms)


_Cible = QuestionProfil | Role
"""Ce que dit une colonne connue : la réponse à une question de profil, ou quand, sous quel regard, quel tiers."""


def _colonnes_connues(
    feuille: _Feuille, tete: _Tete, questions: Mapping[str, QuestionProfil], codes: int
) -> tuple[list[Anomalie], dict[int, _Cible]]:
    """Les colonnes qui remplissent d’avance le formulaire, par rang ; une question de profil l’emporte."""
    fautes, connues = list[Anomalie](), dict[int, _Cible]()
    for rang, nom in enumerate(tete.noms):
        plie = replier_libelle(nom)
        cible = questions.get(plie) or questions.get(plie.replace("_", " ")) or NOMS_DE_CONTEXTE.get(plie)
        if cible is None or rang == codes:
            continue
        if cible in connues.values():
            deja = next(place for place, une in connues.items() if une == cible) + 1
            lieu = feuille.lieu(feuille.rangees[tete.rang][0], rang)
            fautes.append(anomalie("colonne-en-double", lieu, valeur=nom, cible=_nommer(cible), deja=deja))
        connues[rang] = cible
    return fautes, connues


def _nommer(cible: _Cible) -> str:
    return cible.identifiant if isinstance(cible, QuestionProfil) else cible.value


def _fautes_de_ligne(code: str | Piege, lieu: Lieu, tete: _Tete, rang: int) -> Iterator[Anomalie]:
    entete = tete.noms[rang] if tete.noms else ""
    if code == "":
        yield anomalie("ligne-sans-code", lieu)
    elif isinstance(code, str) and entete and replier_libelle(code) == replier_libelle(entete):
        yield anomalie("code-sans-personne", lieu, code=code)
    else:
        yield from fautes_d_un_code(code, lieu)


def _fautes_de_total(feuille: _Feuille, ligne: int, cellules: _Cellules, rang: int) -> Iterator[Anomalie]:
    """« Total », à gauche d’un compte mis sous les codes : ce n’en est pas un."""
    place, mot = next(((k, str(c)) for k, c in enumerate(cellules) if c), (rang, ""))
    if place != rang and replier_libelle(mot).rstrip(" .:") in _TOTAUX:
        yield anomalie("code-sans-personne", feuille.lieu(ligne, place), code=mot)


def _fautes_de_largeur(feuille: _Feuille, ligne: int, cellules: _Cellules, tete: _Tete) -> Iterator[Anomalie]:
    """Un texte qui porte un séparateur pousse la fin de sa ligne hors des colonnes : rien n’en est pris de travers."""
    if feuille.nom is None and tete.noms and any(cellules[len(tete.noms) :]):
        yield anomalie("ligne-trop-longue", feuille.lieu(ligne), trouve=len(cellules), attendu=len(tete.noms))


def _fautes_de_nom(cellules: _Cellules, lieu: Lieu, tete: _Tete, rang: int) -> Iterator[Anomalie]:
    """Un code qui redit, seul ou ensemble, ce que les colonnes de noms disent de la personne."""
    des_noms = [place for place in tete.de(_est_des_noms) if place != rang and place < len(cellules)]
    noms = [mots for place in des_noms if (mots := _mots_d_un_entete(str(cellules[place])))]
    mots = _mots_d_un_entete(str(cellules[rang]))
    if mots and (mots in noms or mots == frozenset[str]().union(*noms)):
        yield anomalie("code-nom", lieu, code=str(cellules[rang]))


def _lire_ligne(
    feuille: _Feuille, ligne: int, cellules: _Cellules, connues: Mapping[int, _Cible]
) -> tuple[Participant, list[Anomalie]]:
    """Ce qu’une ligne dit d’un participant, hors son code."""
    profil, contexte, fautes = dict[str, str](), dict[Role, str](), list[Anomalie]()
    for rang, cible in connues.items():
        cellule = cellules[rang] if rang < len(cellules) else ""
        lieu = feuille.lieu(ligne, rang)
        if not cellule:
            continue
        if cible is Role.EVALUATEUR:
            fautes += fautes_d_un_code(cellule, lieu)
            contexte[cible] = str(cellule)
        elif (code := _code_du_choix(cible, cellule)) is None:
            attendus = ACopier(", ".join(_attendus(cible)))
            mots = {"colonne": _nommer(cible), "valeur": _montrer(cellule), "attendus": attendus}
            fautes.append(anomalie("choix-de-liste-inconnu", lieu, **mots))
        elif isinstance(cible, QuestionProfil):
            profil[cible.identifiant] = code
        else:
            contexte[cible] = code
    tiers = {cle: contexte[role] for cle, role in _CLES_DU_TIERS.items() if role in contexte}
    moment, regard, date = (contexte.get(role, "") for role in (Role.MOMENT, Role.REGARD, Role.DATE_MOMENT))
    return Participant("", profil, moment, regard, tiers, date), fautes


_CLES_DU_TIERS = {colonne.cle: role for colonne, role in zip(COLONNES_DU_TIERS, DU_TIERS, strict=True)}


def _moment_demande(texte: str) -> str | None:
    """Le code d’un moment, ou « t1+retrospectif » pour deux d’un trait."""
    demande = texte.strip().casefold()
    return demande if len(moments_demandes(demande)) > 1 else code_du_moment(texte)


_DECODEURS: Mapping[Role, tuple[Callable[[str], str | None], Iterable[str]]] = {
    Role.MOMENT: (_moment_demande, (*MOMENTS, "t1+retrospectif")),
    Role.DATE_MOMENT: (lire_la_date, (DATES_ATTENDUES,)),
    Role.REGARD: (code_du_regard, REGARDS),
    Role.ROLE_EVALUATEUR: (partial(code_du_tiers, "role_evaluateur"), ROLES_EVALUATEUR),
    Role.CONNAISSANCE: (partial(code_du_tiers, "connaissance"), CONNAISSANCES),
}


def _code_du_choix(cible: _Cible, texte: str | Piege) -> str | None:
    if isinstance(texte, Piege):
        return None
    if not isinstance(cible, QuestionProfil):
        return _DECODEURS[cible][0](texte)
    lue = LecteurDeProfil(cible).lire(texte)
    return None if lue and cible.se_contredit(choisis(lue)) else lue


def _attendus(cible: _Cible) -> Iterable[str]:
    return choix_a_montrer(cible) if isinstance(cible, QuestionProfil) else _DECODEURS[cible][1]


def _fautes_de_noms(
    feuille: _Feuille, tete: _Tete, rang: int, participants: Sequence[Participant]
) -> Iterator[Anomalie]:
    """Sous un en-tête qui ne dit pas « code », des valeurs qui sont toutes des prénoms et des noms."""
    entete = tete.noms[rang] if tete.noms else ""
    if len(participants) < 2 or _est_des_codes(entete):
        return
    codes = [participant.code for participant in participants]
    if _est_des_noms(entete) or all(map(_ressemble_a_un_nom, codes)):
        ligne = feuille.rangees[max(tete.rang, 0)][0]
        yield anomalie(
            "liste-de-noms", feuille.lieu(ligne, rang), noms=_citer([entete] if entete else codes, au_plus=3)
        )


def _ressemble_a_un_nom(code: str) -> bool:
    mots = code.replace(",", " ").split()
    return 1 < len(mots) <= 5 and code[0].isupper() and all(_NOM_DE_PERSONNE.fullmatch(mot) for mot in mots)


def _avis(feuille: _Feuille, tete: _Tete, prises: set[int]) -> Iterator[Anomalie]:
    laissees = [nom for rang, nom in enumerate(tete.noms) if nom and rang not in prises]
    if laissees:
        lieu = feuille.lieu(feuille.rangees[tete.rang][0])
        yield anomalie("colonnes-de-liste-laissees", lieu, noms=_citer(laissees))
    if feuille.cachees:
        suite = "…" if len(feuille.cachees) > _CACHEES_CITEES else ""
        lignes = ", ".join(map(str, feuille.cachees[:_CACHEES_CITEES])) + suite
        yield anomalie("lignes-cachees", feuille.lieu(feuille.cachees[0]), nombre=len(feuille.cachees), lignes=lignes)


def table_vide_en_octets(  # noqa: PLR0913
    referentiel: Referentiel,
    *,
    identifiant: str = "",
    moment: str = "t0",
    regard: str = "soi",
    profil: Mapping[str, str] = MappingProxyType({}),
    tiers: Mapping[str, str] = MappingProxyType({}),
    place: bool = False,
    date_moment: str = "",
) -> bytes:
    """L’en-tête d’une table de cohorte et une ligne d’exemple (deux pour deux moments), dans le dialecte « fr »."""
    niveaux = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
    reponses = [niveaux[rang % len(niveaux)] for rang in range(len(referentiel.items))]
    exemple = Participant(identifiant or EXEMPLE, profil, moment, regard, tiers, date_moment)
    return _en_octets(referentiel, [exemple], reponses, place=place)


def table_des_participants_en_octets(
    referentiel: Referentiel, participants: Sequence[Participant], *, place: bool = False
) -> bytes:
    """L’en-tête d’une table de cohorte et une ligne par participant, sans réponse, dans le dialecte « fr ».

    :param participants: chacun avec son moment et son regard ; l’évaluateur a ses colonnes si un tiers répond, la date
        du moment la sienne si elle est donnée ou qu’un moment est passé. Qui répond à deux moments a deux lignes.
    :param place: vrai pour les colonnes de la fréquence et de l’importance de chaque situation.
    """
    return _en_octets(referentiel, participants, [""] * len(referentiel.items), place=place)


def _par_moment(un: Participant) -> list[Participant]:
    """Un participant par moment demandé ; de deux, la date est celle du moment passé."""
    premier, *passes = moments_demandes(un.moment)
    if not passes:
        return [un]
    return [replace(un, moment=premier, date_moment=""), *(replace(un, moment=passe) for passe in passes)]


def _aide(referentiel: Referentiel, item: Item | None, un: Participant) -> str:
    """Ce que veut dire chaque réponse, sur une ligne : la première seule la porte, et elle n’en grandit pas."""
    regard = un.regard
    echelle = referentiel.echelle
    niveaux = [(str(n.valeur), n.libelle, item.sens_de(n) if item else n.description) for n in echelle.niveaux]
    sans_objet = echelle.sans_objet
    sans = sens_de_sans_objet(referentiel, regard)
    so = [("SO", sans_objet.libelle, sans)] if sans_objet and item is None else []
    dites = [f"{code} = {ancrer(libelle, sens)}" for code, libelle, sens in (*niveaux, *so)]
    if item is not None:
        return nettoyer(" | ".join([item.enonce_pour(regard), *dites]))
    entendre = consignes_de_reponse(referentiel, un.moment, regard, un.date_moment)
    return nettoyer(" | ".join([*entendre, question_de_reponse(referentiel, un.moment, regard), *dites]))


def _en_octets(
    referentiel: Referentiel, participants: Sequence[Participant], reponses: list[str], *, place: bool
) -> bytes:
    forme = DIALECTES_CSV["fr"]
    participants = [une for un in participants for une in _par_moment(un)]
    profil = [question.identifiant for question in referentiel.profil]
    tiers = [c.cle for c in COLONNES_DU_TIERS if any(un.regard == "tiers" for un in participants)]
    datee = any(un.date_moment or est_retrospectif(un.moment) for un in participants)
    dates = [DATE_DU_MOMENT.cle] if datee else []
    items = [item.code for item in referentiel.ordre_de_passation()]
    debuts = (
        [un.code, *(un.profil.get(question, "") for question in profil), un.moment, un.regard]
        + [un.date_moment for _ in dates]
        + [un.tiers.get(cle, "") for cle in tiers]
        for un in participants
    )
    tampon = io.StringIO(newline="")
    ecrivain = csv.writer(tampon, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
    aides = colonnes_d_aide(referentiel)
    places = [dimension.cle_de(code) for code in items for dimension in DIMENSIONS_DE_PLACE] if place else []
    version = colonnes_de_version(referentiel)
    ecrivain.writerow(["identifiant", *profil, "moment", "regard", *dates, *tiers, *items, *places, *version, *aides])
    vus = set[tuple[str, str]]()
    for rang, (participant, debut) in enumerate(zip(participants, debuts, strict=True)):
        quand = participant.moment, participant.regard
        # La question change avec le moment et le regard ; les ancres, jamais : la première ligne suffit.
        tues = [rang > 0 if item is not None else quand in vus for item in aides.values()]
        vus.add(quand)
        dites = ("" if tue else _aide(referentiel, i, participant) for i, tue in zip(aides.values(), tues, strict=True))
        ecrivain.writerow([*debut, *reponses, *("" for _ in places), *version.values(), *dites])
    return tampon.getvalue().encode(forme.encodage)

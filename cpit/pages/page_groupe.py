"""La page d’un groupe : à projeter devant lui, à imprimer pour lui ; chaque moment et chaque regard à part, chaque
équipe aussi : ce qui s’y lit, ce que chacune tient, sa carte.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cpit.coeur import Progres
from cpit.coeur.cohorte import Cohorte, Notee
from cpit.coeur.diffusion import (
    PROFIL_SANS_REPONSE,
    GroupeDeProfil,
    ProfilsDeGroupe,
    dire_les_questions_tues,
    grouper_par_profil,
)
from cpit.coeur.dispersion import disperser
from cpit.coeur.equipe import EquipeLue, LectureDEquipes
from cpit.coeur.groupe import (
    CE_QUI_EST_TU,
    CE_SONT_LEURS_REPONSES,
    EFFECTIF_MINIMAL,
    GROUPES_TUS,
    LEUR_DISPERSION_LES_DIRAIT,
    PLANCHER,
    REGLE,
    REGLE_DES_PAGES,
    TU,
    Portrait,
    Public,
    RegleDesPetitsGroupes,
    Statistique,
    compter_personnes,
    portrait_montrable,
)
from cpit.coeur.mots.lecture_groupe import (
    avertir_des_equipes,
    case_en_mots,
    ce_qui_se_passe,
    compter_les_positions,
    dire_les_sans_equipe,
    lire_l_equipe,
    lire_le_groupe,
    titrer_l_equipe,
)
from cpit.coeur.mots.notice import (
    EN_SECOND,
    LIMITES_GROUPE,
    PETIT_GROUPE,
    PEU_D_ITEMS,
    PRUDENCE,
    code_a_montrer,
    nommer_strate,
    portee_du_groupe,
    rappel_echelle,
    regle_des_ovales,
    regle_du_groupe,
    regles,
)
from cpit.coeur.mots.restitution import dominante_en_mots, portees_d_un_groupe
from cpit.coeur.referentiel import EchelleNotee, QuestionProfil, Referentiel
from cpit.erreurs import Anomalie, Gravite
from cpit.figures import GROUPE, figures_de_page
from cpit.figures.carte import carte_d_equipe
from cpit.figures.dessin import Style
from cpit.lecture.lignes import compter
from cpit.messages import CATALOGUE
from cpit.pages.page import (
    TIRET,
    Illustration,
    LigneDePage,
    TableDePage,
    decimal,
    echelles_de,
    jour,
    pied,
    rendre,
    source_en_mots,
)
from cpit.sceaux import __version__
from cpit.typographie import FINE, accorder, enumerer, grouper, nettoyer, typographier


@dataclass(frozen=True, slots=True)
class _UneEquipe:
    """Une équipe prête à montrer ; sans carte ni tables si elle est tue."""

    cle: str
    titre: str
    phrases: tuple[str, ...]
    image: Illustration | None = None
    tables: tuple[TableDePage, ...] = ()


@dataclass(frozen=True, slots=True)
class _EquipesDeStrate:
    """Toutes les équipes d’un moment sous un regard."""

    titre: str
    annonce: tuple[str, ...]
    equipes: tuple[_UneEquipe, ...]
    sans_equipe: str


def _montrer_les_equipes(
    lecture: LectureDEquipes | None, strate: tuple[str, str], style: Style
) -> _EquipesDeStrate | None:
    """Les équipes d’une strate, dans l’ordre de la question ; rien si l’on n’en a pas demandé."""
    if lecture is None:
        return None
    rangs = {id(equipe): rang for rang, equipe in enumerate(lecture.equipes, 1)}
    return _EquipesDeStrate(
        typographier(f"Équipes : {nettoyer(lecture.critere.libelle)}"),
        tuple(avertir_des_equipes(lecture)),
        tuple(_montrer(lecture.referentiel, e, rangs[id(e)], style) for e in lecture.de(*strate)),
        dire_les_sans_equipe(lecture, strate),
    )


def _montrer(referentiel: Referentiel, equipe: EquipeLue, rang: int, style: Style) -> _UneEquipe:
    if not equipe.nominatif:
        equipe = replace(equipe, place=equipe.place.selon(REGLE_DES_PAGES))
    titre, phrases = nettoyer(titrer_l_equipe(equipe)), tuple(map(nettoyer, lire_l_equipe(referentiel, equipe)))
    if equipe.tue:
        return _UneEquipe(equipe.cle, titre, phrases)
    image = None if equipe.place.tue else Illustration.de(carte_d_equipe(equipe, style, rang))
    return _UneEquipe(equipe.cle, titre, phrases, image, tuple(_tables(referentiel, equipe, titre)))


def _tables(referentiel: Referentiel, equipe: EquipeLue, titre: str) -> Iterator[TableDePage]:
    lignes = tuple(
        LigneDePage(
            typographier(c.libelle),
            tuple(case_en_mots(case) for case in equipe.cases[c.identifiant].values()),
            code_a_montrer(c.identifiant, c.libelle),
            cle=c.identifiant,
        )
        for c in referentiel.competences
    )
    entetes = ("Compétence", *(typographier(i.libelle) for i in referentiel.ingenieries))
    yield TableDePage(f"À combien tiennent les situations, {titre}", entetes, lignes, large=True, cle="equipe")
    passages = tuple(
        LigneDePage(
            typographier(referentiel.items_par_code[code].enonce), (nettoyer(qui), nettoyer(a_qui)), code, cle=code
        )
        for code, qui, a_qui in ce_qui_se_passe(equipe)
    )
    if passages:
        nombres = frozenset() if equipe.nominatif else frozenset({0, 1})
        entetes = ("Situation", "Pourraient la passer", "Sont plus bas")
        yield TableDePage(f"Ce qui pourrait se passer, {titre}", entetes, passages, nombres, large=True, cle="passages")


# --- Les tableaux de la page d’un groupe : les nombres que ses figures montrent, et ceux qu’elle peut croiser.


_NIVEAUX_MONTRES = 7
"""Au-delà, compter les scores niveau par niveau ferait un tableau plus large qu’une feuille."""


def _table_carte(referentiel: Referentiel, portrait: Portrait) -> TableDePage:
    """Le centre, la dispersion des personnes, l’incertitude du centre, les pôles."""
    dispersion = disperser(portrait.points, portrait.porteurs)
    lignes = []
    if portrait.positions is None:
        lignes.append(LigneDePage("Centre du groupe", (TU, TU, compter_les_positions(portrait)), cle="centre"))
    elif portrait.position is None:
        lignes.append(LigneDePage("Centre du groupe", (TIRET, TIRET, "aucune position")))
    else:
        place, lecture = portrait.position, f"moyenne de {compter_les_positions(portrait)}"
        lignes.append(
            LigneDePage("Centre du groupe", (decimal(place.x, 2), decimal(place.y, 2), lecture), cle="centre")
        )
    for nom, ellipse, lecture in (
        ("Écart-type des personnes", dispersion.personnes, "ce qui les sépare les unes des autres"),
        ("Erreur type du centre", dispersion.centre, "ce que d'autres personnes auraient changé à la moyenne"),
    ):
        if ellipse is not None:
            ecarts = (decimal(ellipse.covariance.erreur_x, 2), decimal(ellipse.covariance.erreur_y, 2))
            lignes.append(LigneDePage(nom, (*ecarts, typographier(lecture))))
    for ingenierie in referentiel.ingenieries:
        place = ingenierie.position
        lignes.append(LigneDePage(typographier(ingenierie.libelle), (decimal(place.x, 2), decimal(place.y, 2), "pôle")))
    sans = 0 if portrait.positions is None else portrait.effectif - portrait.positions
    if sans:
        lignes.append(LigneDePage("Sans position", (TIRET, TIRET, accorder(sans, "passation"))))
    axes = referentiel.axes
    entetes = ("Point", typographier(axes.x.libelle), typographier(axes.y.libelle), "Lecture")
    return TableDePage("Les points de la carte", entetes, tuple(lignes), frozenset({0, 1}), cle="carte")


def _table_distribution(referentiel: Referentiel, portrait: Portrait) -> TableDePage | None:
    """Combien de scores de chaque compétence sont au plus près de chaque niveau ; rien s’il y a trop de niveaux."""
    echelles = echelles_de(referentiel, "competence")
    niveaux = referentiel.echelle.niveaux
    if len(niveaux) > _NIVEAUX_MONTRES:
        return None
    lignes = []
    for echelle in echelles:
        scores, s = portrait.scores[echelle.identifiant], portrait.echelles[echelle.identifiant]
        tus = s.tue or s.dispersion_tue
        comptes = Counter(referentiel.echelle.plus_proche(score).valeur for score in scores)
        par_niveau = tuple(TU if tus else grouper(comptes[niveau.valeur]) for niveau in niveaux)
        code = code_a_montrer(echelle.identifiant, echelle.libelle)
        lignes.append(LigneDePage(typographier(echelle.libelle), par_niveau, code, cle=echelle.identifiant))
    entetes = ("Compétence", *(f"près de {decimal(niveau.valeur, 0)}" for niveau in niveaux))
    titre = "Combien de scores sont au plus près de chaque niveau"
    return TableDePage(titre, entetes, tuple(lignes), frozenset(range(len(entetes) - 1)), large=True, cle="niveaux")


def _table_statistiques(
    referentiel: Referentiel,
    portrait: Portrait,
    entete: str,
    echelles: Sequence[EchelleNotee],
    *,
    en_second: bool = False,
) -> TableDePage:
    """n, moyenne, écart-type, médiane, minimum et maximum de chaque échelle (règle 6)."""
    lignes = tuple(
        LigneDePage(
            typographier(e.libelle),
            _statistique(portrait.echelles[e.identifiant]),
            code_a_montrer(e.identifiant, e.libelle) if e.nature == "competence" else "",
            precision="peu d’items" if en_second and len(e.items) < PEU_D_ITEMS else "",
            cle=e.identifiant,
        )
        for e in echelles
    )
    entetes = (typographier(entete), "n", "Moyenne", "Écart-type", "Médiane", "Min.", "Max.")
    bornes = f"de {decimal(referentiel.echelle.min, 0)} à {decimal(referentiel.echelle.max, 0)}"
    titre = typographier(f"{entete} : scores du groupe, {bornes}")
    return TableDePage(titre, entetes, lignes, frozenset(range(6)), large=True, cle="statistiques")


def _statistique(s: Statistique) -> tuple[str, ...]:
    if s.n is None:
        return (TU,) * 6
    if s.dispersion_tue:
        return (grouper(s.n), decimal(s.moyenne), *(TU,) * 4)
    return (grouper(s.n), *(decimal(v) for v in (s.moyenne, s.ecart_type, s.mediane, s.minimum, s.maximum)))


def _table_matrice(referentiel: Referentiel, portrait: Portrait) -> TableDePage:
    """La moyenne de chaque case et, entre parenthèses, le nombre de passations qui la portent."""
    lignes = []
    for competence in referentiel.competences:
        cases = portrait.matrice[competence.identifiant]
        cellules = tuple(_case(cases[i.identifiant]) for i in referentiel.ingenieries)
        code = code_a_montrer(competence.identifiant, competence.libelle)
        lignes.append(LigneDePage(typographier(competence.libelle), cellules, code, cle=competence.identifiant))
    entetes = ("Compétence", *(typographier(i.libelle) for i in referentiel.ingenieries))
    nombres = frozenset(range(len(referentiel.ingenieries)))
    titre = "Moyenne du groupe dans chaque case (et n)"
    return TableDePage(titre, entetes, tuple(lignes), nombres, large=True, cle="matrice")


def _case(s: Statistique) -> str:
    if s.n is None:
        return TU
    return TIRET if s.moyenne is None else f"{decimal(s.moyenne)} ({grouper(s.n)})"


# --- par profil : seulement ce qui peut se diffuser -----------------------------------------------------------------


def _tables_de_profil(
    referentiel: Referentiel, profils: ProfilsDeGroupe, strate: tuple[str, str], par: str | None
) -> Iterator[TableDePage]:
    """Une table par question : les réponses données, leur effectif et leurs moyennes, ou ce qui est tu.

    Une question dont tous les groupes sont tus n’a pas de table : ``_questions_tues`` la nomme.
    """
    echelles = [*echelles_de(referentiel, "competence"), *echelles_de(referentiel, "ingenierie")]
    for question in referentiel.profil:
        if (*strate, question.identifiant) in profils and (par is None or question.identifiant == par):
            table = _table_profil(profils[*strate, question.identifiant], question, echelles)
            if table.lignes:
                yield table


def _questions_tues(
    referentiel: Referentiel, tables: Sequence[TableDePage], profils: ProfilsDeGroupe, par: str | None
) -> list[str]:
    """Les libellés des questions demandées dont il n’y a rien à montrer."""
    montrees, croisees = {table.titre for table in tables}, {question for _, _, question in profils}
    diffusables = [q for q in referentiel.questions_dites(croisees) if not q.plusieurs]
    libelles = [typographier(q.libelle) for q in diffusables if par is None or q.identifiant == par]
    return [libelle for libelle in libelles if libelle not in montrees]


def _table_profil(
    groupes: Sequence[GroupeDeProfil], question: QuestionProfil, echelles: Sequence[EchelleNotee]
) -> TableDePage:
    lignes, tues = [], []
    for groupe in groupes:
        libelle = typographier(question.libelle_du_choix(groupe.modalite)) if groupe.modalite else PROFIL_SANS_REPONSE
        if groupe.effectif is None:
            tues.append((groupe.modalite, nettoyer(libelle)))
        else:
            moyennes = (_moyenne(groupe, echelle.identifiant) for echelle in echelles)
            cellules = (grouper(groupe.effectif), *moyennes)
            lignes.append(LigneDePage(nettoyer(libelle), cellules, cle=groupe.modalite))
    noms = (code_a_montrer(e.identifiant, e.libelle) or typographier(e.libelle) for e in echelles)
    entetes = ("Réponse", "n", *noms)
    nombres = frozenset(range(len(entetes) - 1))
    return TableDePage(
        *(typographier(question.libelle), entetes, tuple(lignes), nombres),
        large=True,
        cle=question.identifiant,
        tues=tuple(tues),
        tues_car=GROUPES_TUS,
    )


def _moyenne(groupe: GroupeDeProfil, code: str) -> str:
    return TU if code in groupe.tues else decimal(groupe.moyennes[code])


# --- par personne : seulement si on le demande ----------------------------------------------------------------------


def _table_personnes(strate: Cohorte) -> TableDePage:
    """Une ligne par passation, dans l’ordre alphabétique des codes : ni rang, ni total."""
    referentiel = strate.referentiel
    echelles = [*echelles_de(referentiel, "competence"), *echelles_de(referentiel, "ingenierie")]
    lignes = tuple(
        LigneDePage(
            nettoyer(notee.releve.identifiant), (*(_score(notee, e) for e in echelles), _pese(referentiel, notee))
        )
        for notee in sorted(strate.notees, key=lambda n: (n.releve.identifiant.casefold(), n.releve.identifiant))
    )
    noms = (code_a_montrer(e.identifiant, e.libelle) or typographier(e.libelle) for e in echelles)
    entetes = ("Personne", *noms, "Ce qui pèse le plus")
    return TableDePage(
        "Par personne, dans l’ordre alphabétique", entetes, lignes, frozenset(range(len(echelles))), large=True
    )


def _score(notee: Notee, echelle: EchelleNotee) -> str:
    return decimal(notee.resultat.score(echelle.identifiant).valeur)


def _pese(referentiel: Referentiel, notee: Notee) -> str:
    return typographier(dominante_en_mots(referentiel, notee.resultat.situation.dominante)) or TIRET


_STYLE = Style(largeur=480, dans_une_page=True)
"""Assez large pour une foule, assez étroit pour un téléphone."""
_CONFIDENTIALITE = {
    False: "Cette page ne nomme personne, mais chaque point y est une personne : dans un petit groupe, qui se connaît "
    "se reconnaît. La montrer au groupe ; ne pas la faire circuler au-delà sans son accord.",
    True: "Cette page montre chaque personne sous son code : c'est une donnée personnelle. La garder là où elle est "
    "utile, le temps qu'elle l'est, et ne pas la faire circuler.",
}


@dataclass(frozen=True, slots=True)
class DemandePageGroupe:
    """Ce que l’on veut dans la page.

    ``par`` : la seule question de profil à croiser, toutes si elle manque. ``nominatif`` : points et lignes portent le
    code des personnes. ``minimum`` : effectif sous lequel un groupe de profil est tu, au moins ``PLANCHER``.
    ``equipes`` : ce qu’on lit de chaque équipe, si on l’a demandé.
    """

    date: str
    par: str | None = None
    nominatif: bool = False
    minimum: int = EFFECTIF_MINIMAL
    equipes: LectureDEquipes | None = None

    @property
    def regle(self) -> RegleDesPetitsGroupes:
        """Ce que la page tait d’une strate : nominative, elle en porte les lignes."""
        return REGLE if self.nominatif else REGLE_DES_PAGES


# --- les figures : toutes celles que le registre met dans cette page ------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Autour:
    """Ce que la page met autour d’une figure : une ligne au-dessus ; à côté, phrases, texte, notes et table.

    ``nombres`` : le tableau de ce qu’elle montre ; sans lui, sa description en tient lieu.
    """

    aide: str = ""
    phrases: tuple[str, ...] = ()
    texte: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    table: TableDePage | None = None
    nombres: TableDePage | None = None


@dataclass(frozen=True, slots=True)
class _BlocDeFigure:
    """Une figure d’une strate, prête à montrer."""

    cle: str
    titre: str
    image: Illustration
    autour: _Autour


def _autour_de_la_carte(referentiel: Referentiel, portrait: Portrait) -> _Autour:
    return _Autour(
        phrases=tuple(_insecable(phrase) for phrase in lire_le_groupe(referentiel, portrait)),
        notes=(regle_des_ovales(),) if disperser(portrait.points, portrait.porteurs).personnes else (),
        nombres=_table_carte(referentiel, portrait),
    )


def _autour_de_la_distribution(referentiel: Referentiel, portrait: Portrait) -> _Autour:
    return _Autour(
        aide=typographier(rappel_echelle(referentiel)),
        texte=typographier(
            "Un groupe de même moyenne peut être d'accord, ou partagé en deux : regarder l'étalement avant la moyenne."
        ),
        table=_table_statistiques(referentiel, portrait, "Compétence", echelles_de(referentiel, "competence")),
        nombres=_table_distribution(referentiel, portrait),
    )


def _autour_de_la_matrice(referentiel: Referentiel, portrait: Portrait) -> _Autour:
    return _Autour(
        texte=typographier("Chaque case : la moyenne du groupe là où cette compétence rencontre cette ingénierie."),
        nombres=_table_matrice(referentiel, portrait),
    )


_AUTOUR: Mapping[str, Callable[[Referentiel, Portrait], _Autour]] = {
    "carte": _autour_de_la_carte,
    "distribution": _autour_de_la_distribution,
    "matrice": _autour_de_la_matrice,
}
"""Clé d’une figure → ce qui l’entoure ; une figure qui n’y est pas se montre avec sa description."""


def _blocs_de_figures(strate: Cohorte, portrait: Portrait, demande: DemandePageGroupe) -> Iterator[_BlocDeFigure]:
    style = replace(_STYLE, nommer=demande.nominatif, regle=demande.regle)
    for declaree in figures_de_page(GROUPE, strate):
        entoure = _AUTOUR.get(declaree.cle)
        autour = _Autour() if entoure is None else entoure(strate.referentiel, portrait)
        image = Illustration.de(declaree.dessinateur(GROUPE)(strate, style), autour.nombres)
        yield _BlocDeFigure(declaree.cle, declaree.titre, image, autour)


@dataclass(frozen=True, slots=True)
class _Strate:
    """Un moment sous un regard, prêt à montrer ; ``cle`` les nomme, ``tue`` dit pourquoi tout le reste manque."""

    rang: int
    cle: str
    nom: str
    effectif: str
    tue: str
    alertes: tuple[str, ...] = ()
    figures: tuple[_BlocDeFigure, ...] = ()
    ingenieries: TableDePage | None = None
    regroupements: tuple[TableDePage, ...] = ()
    profils: tuple[TableDePage, ...] = ()
    profils_tus: tuple[str, ...] = ()
    personnes: TableDePage | None = None
    equipes: _EquipesDeStrate | None = None


@dataclass(frozen=True, slots=True)
class _Contenu:
    """Tout ce que la page montre, déjà mis en mots."""

    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    pied: str
    portee: str
    strates: tuple[_Strate, ...]
    regle_profils: tuple[str, ...]
    en_second: str
    anomalies: TableDePage | None
    bilan_anomalies: str
    regles: tuple[tuple[str, str], ...]
    limites: tuple[tuple[str, str], ...]
    statut: str
    sources: tuple[str, ...]


def rendre_page_groupe(
    cohorte: Cohorte,
    anomalies: Sequence[Anomalie],
    fichiers: int,
    demande: DemandePageGroupe,
    progres: Progres | None = None,
) -> str:
    """La page d’un groupe, à écrire en UTF-8 et à ouvrir d’un double-clic, hors ligne.

    :param anomalies: tout ce que la lecture a dit ; la page les compte, sans nommer ni fichier ni personne.
    :param fichiers: nombre de fichiers lus.
    :param progres: reçoit ce qui est fait et le total, strate après strate.
    :raises ValueError: si l’effectif minimal est sous le plancher ; l’appelant le vérifie, pour dire comment corriger.
    """
    referentiel = cohorte.referentiel
    strates = tuple(_strates(cohorte, demande, progres))
    contenu = _Contenu(
        surtitre="Portrait d’un groupe",
        titre=_titre(cohorte, strates),
        soustitre=typographier(referentiel.titre),
        faits=tuple(_faits(strates, fichiers, demande)),
        pied=pied(referentiel, __version__),
        portee=portee_du_groupe({regard for _, regard in cohorte.strates()}),
        strates=strates,
        regle_profils=tuple(_regle_profils(demande.minimum)) if referentiel.profil else (),
        en_second=EN_SECOND,
        anomalies=_table_anomalies(anomalies),
        bilan_anomalies=_bilan(anomalies),
        regles=(*regles(referentiel), ("6. Groupe", regle_du_groupe())),
        limites=tuple(_limites(cohorte, demande)),
        statut=typographier(referentiel.statut),
        sources=tuple(map(source_en_mots, referentiel.sources_du_questionnaire)),
    )
    return rendre("groupe.html.j2", "groupe", f"Portrait d’un groupe · {typographier(referentiel.titre)}", contenu)


def _titre(cohorte: Cohorte, strates: Sequence[_Strate]) -> str:
    """Combien de passations ; celles des strates montrées seulement, si d’autres sont tues.

    Le total, moins ce qui est montré, dirait que deux strates « de moins de 3 » ont une personne chacune.
    """
    montrees = sum(len(s.notees) for s, vue in zip(cohorte.strates().values(), strates, strict=True) if not vue.tue)
    dites = accorder(montrees, "passation")
    return dites if montrees == len(cohorte.notees) else f"{dites} {'montrée' if montrees < 2 else 'montrées'}"


def _faits(strates: Sequence[_Strate], fichiers: int, demande: DemandePageGroupe) -> Iterator[tuple[str, str]]:
    for strate in strates:
        yield strate.nom, strate.effectif
    if not any(strate.tue for strate in strates):
        # Une passation par fichier : leur nombre dirait le total.
        yield "Fichiers lus", grouper(fichiers)
    yield "Effectif minimal d’un groupe de profil", grouper(demande.minimum)
    yield "Page écrite le", jour(demande.date)


def _limites(cohorte: Cohorte, demande: DemandePageGroupe) -> Iterator[tuple[str, str]]:
    portees = portees_d_un_groupe(cohorte.strates())
    confidentialite = ("Confidentialité", _CONFIDENTIALITE[demande.nominatif])
    for libelle, texte in (*portees, *LIMITES_GROUPE, confidentialite):
        yield libelle, typographier(texte)


def _strates(cohorte: Cohorte, demande: DemandePageGroupe, progres: Progres | None) -> Iterator[_Strate]:
    questions = None if demande.par is None else [demande.par]
    regle = RegleDesPetitsGroupes(effectif_minimal=demande.minimum, public=Public.AU_DELA)
    profils = grouper_par_profil(cohorte, regle, questions)
    strates = cohorte.strates()
    for rang, (cle, strate) in enumerate(strates.items(), start=1):
        if progres is not None:
            progres(rang, len(strates) + 1)
        yield _strate(rang, cle, strate, profils, demande)


# --- une strate -----------------------------------------------------------------------------------------------------


def _strate(
    rang: int, cle: tuple[str, str], strate: Cohorte, groupes: ProfilsDeGroupe, demande: DemandePageGroupe
) -> _Strate:
    nom, effectif = nommer_strate(*cle, strate.referentiel), len(strate.notees)
    if not demande.nominatif and not REGLE.montre(compter_personnes(strate)):
        trop_peu = f"moins de {PLANCHER} {'passations' if effectif < PLANCHER else 'personnes'}"
        tue = f"Il y a {trop_peu} ici : en montrer les nombres montrerait les réponses de quelqu'un."
        return _Strate(rang, " ".join(cle), nom, trop_peu, typographier(tue))
    portrait, referentiel = portrait_montrable(strate, demande.regle), strate.referentiel
    profils = tuple(_tables_de_profil(referentiel, groupes, cle, demande.par))
    return _Strate(
        rang,
        " ".join(cle),
        nom,
        accorder(effectif, "passation"),
        "",
        tuple(_alertes(portrait, demande)),
        tuple(_blocs_de_figures(strate, portrait, demande)),
        _table_statistiques(referentiel, portrait, "Ingénierie", echelles_de(referentiel, "ingenierie")),
        tuple(_regroupements(referentiel, portrait)),
        profils,
        (
            *_profils_tus(effectif, _questions_tues(referentiel, profils, groupes, demande.par), demande.minimum),
            *(dire_les_questions_tues(strate.questions_de_profil()) if demande.par is None else ()),
        ),
        _table_personnes(strate) if demande.nominatif else None,
        _montrer_les_equipes(demande.equipes, cle, _STYLE),
    )


def _insecable(phrase: str) -> str:
    """Une phrase où « ± » ne se sépare pas de son nombre."""
    return typographier(phrase).replace("± ", "±" + FINE)


def _alertes(portrait: Portrait, demande: DemandePageGroupe) -> Iterator[str]:
    if portrait.trop_petit:
        yield CE_SONT_LEURS_REPONSES
    effectif, cases = portrait.effectif, (s for ligne in portrait.matrice.values() for s in ligne.values())
    if portrait.positions is None or any(s.tue for s in (*portrait.echelles.values(), *cases)):
        yield CE_QUI_EST_TU
    if portrait.dispersion_tue:
        yield LEUR_DISPERSION_LES_DIRAIT
    if effectif < demande.minimum and not demande.nominatif:
        yield typographier(
            f"Moins de {demande.minimum} passations : cette partie montre le groupe à lui-même. Ne pas la diffuser "
            "au-delà, chacun pourrait y être reconnu."
        )
    if effectif < PETIT_GROUPE:
        yield PRUDENCE


def _regroupements(referentiel: Referentiel, portrait: Portrait) -> Iterator[TableDePage]:
    for regroupement in referentiel.regroupements:
        groupes = echelles_de(referentiel, "groupe", regroupement.identifiant)
        yield _table_statistiques(referentiel, portrait, regroupement.libelle, groupes, en_second=True)


def _regle_profils(minimum: int) -> Iterator[str]:
    yield typographier(
        f"Un groupe de moins de {minimum} personnes est tu, et d'autres avec lui : sinon une soustraction le ferait "
        "retrouver. Une mesure portée par trop peu de scores, ou par des scores tous égaux, l'est aussi. Ce n'est pas "
        "un manque de données : c'est ce qui permet à chacun de répondre sans être reconnu."
    )


def _profils_tus(effectif: int, questions: Sequence[str], minimum: int) -> Iterator[str]:
    """Pourquoi il n’y a rien à montrer d’une question, et ce que l’on peut y faire."""
    if not questions:
        return
    yield typographier(f"Rien à montrer pour : {enumerer(list(questions))}.")
    if minimum > PLANCHER:
        yield typographier(
            f"Sur {accorder(effectif, 'passation')}, trop peu de réponses au profil réunissent {minimum} personnes. Si "
            f"le groupe en est d'accord, « --effectif-minimal » en accepte moins, jamais sous {PLANCHER}."
        )


# --- ce que la lecture a dit ----------------------------------------------------------------------------------------


def _bilan(anomalies: Sequence[Anomalie]) -> str:
    if not anomalies:
        return typographier("Rien à signaler : tout ce qui a été lu a été pris.")
    refus, avertissements = (compter(anomalies, gravite) for gravite in (Gravite.REFUS, Gravite.AVERTISSEMENT))
    return typographier(
        f"{grouper(refus)} refus (la donnée n'est pas prise), {accorder(avertissements, 'avertissement')} (elle "
        "l'est). Le détail, fichier par fichier, est à l'écran et dans le classeur du groupe ; ici, ni fichier ni "
        "personne n'est nommé."
    )


def _table_anomalies(anomalies: Sequence[Anomalie]) -> TableDePage | None:
    """Combien de fois chaque constat a été fait, les refus d’abord ; les mots propres à chacun n’y sont pas."""
    if not anomalies:
        return None
    comptes: Counter[str] = Counter()
    for anomalie in anomalies:
        comptes[anomalie.code] += compter([anomalie], anomalie.gravite)
    ordre = sorted(comptes, key=lambda code: (CATALOGUE[code].gravite is not Gravite.REFUS, -comptes[code], code))
    lignes = (
        LigneDePage(_sans_mots(CATALOGUE[code].quoi), (CATALOGUE[code].gravite.value, grouper(comptes[code])))
        for code in ordre
    )
    return TableDePage("Ce que la lecture a signalé", ("Constat", "Gravité", "Fois"), tuple(lignes), frozenset({1}))


def _sans_mots(gabarit: str) -> str:
    """La phrase du catalogue, « … » à la place de ce qui nommerait un fichier, une réponse ou une personne.

    Ce qu’un nombre accorde, « {nombre:ligne vide|lignes vides} », y est au pluriel.
    """
    texte = typographier(re.sub(r"\{[a-z_]+(?::[^|}]*\|([^}]*))?\}", lambda mot: mot[1] or "…", gabarit))
    return texte[:1].upper() + texte[1:]

"""La feuille « Synthèse » : qui a répondu, puis une section par strate, jamais mêlées."""

from __future__ import annotations

from collections.abc import Iterator

from xlsxwriter.worksheet import Worksheet

from cpit.coeur.lecture_groupe import compter_les_positions
from cpit.coeur.modele import EchelleNotee
from cpit.coeur.notice import EN_SECOND, PETIT_GROUPE, PORTEE_GROUPE, PRUDENCE, rappel_echelle
from cpit.formats.classeur_groupe.chantier import SYNTHESE, Chantier, Source, Strate
from cpit.formats.classeur_groupe.dispersion import ecrire_dispersion
from cpit.formats.classeur_groupe.donnees import POINTS_MAX, ReperesCarte, ReperesStrate
from cpit.formats.classeur_groupe.graphiques import carte, radar
from cpit.formats.classeur_groupe.statistiques import (
    CODE,
    DERNIERE,
    LARGEURS,
    LIBELLE,
    MOYENNE,
    TOTAL,
    ecrire_position,
    ecrire_table,
)
from cpit.tableur.cellules import ecrire_date, ecrire_etendu, etendre, regler_hauteur
from cpit.tableur.graphiques import HAUTEUR_CARTE, HAUTEUR_RADAR, inserer_graphique
from cpit.tableur.styles import mettre_en_page
from cpit.typographie import accorder, grouper, typographier

GAUCHE, DROITE = sum(LARGEURS[:MOYENNE]), sum(LARGEURS[MOYENNE:])
SOURCES_MONTREES = 12
"""Fichiers nommés dans la synthèse ; tous le sont dans « À propos »."""


def ecrire(chantier: Chantier, reperes: tuple[ReperesCarte, tuple[ReperesStrate, ...]]) -> None:
    """Écrit la feuille."""
    feuille = chantier.feuille(SYNTHESE)
    for colonne, largeur in enumerate(LARGEURS):
        feuille.set_column(colonne, colonne, largeur)
    ligne, sauts = _ecrire_identite(chantier, feuille), []
    commun, par_strate = reperes
    for rang, (strate, repere) in enumerate(zip(chantier.strates, par_strate, strict=True)):
        if rang:
            sauts.append(ligne)
        ligne = _ecrire_competences(chantier, feuille, ligne, strate, repere)
        sauts.append(ligne)
        ligne = _ecrire_carte(chantier, feuille, ligne, strate, commun, repere)
        ligne = _ecrire_regroupements(chantier, feuille, ligne, strate)
    feuille.set_h_pagebreaks(sauts)
    feuille.freeze_panes(2, 0)
    feuille.print_area(0, 0, ligne - 1, DERNIERE)
    mettre_en_page(feuille, paysage=False)


def _ecrire_identite(chantier: Chantier, feuille: Worksheet) -> int:
    styles, referentiel = chantier.styles, chantier.referentiel
    etendre(feuille, 0, (CODE, DERNIERE), "Synthèse du groupe", styles["titre"])
    feuille.set_row(0, 26)
    titre = f"{referentiel.titre}, version {referentiel.version}"
    ecrire_etendu(feuille, 1, (CODE, DERNIERE), titre, styles["sous_titre"], TOTAL * 0.85)
    ligne = 2
    for libelle, valeur in _faits(chantier):
        etendre(feuille, ligne, (CODE, LIBELLE), libelle, styles["etiquette"])
        etendre(feuille, ligne, (MOYENNE, DERNIERE), valeur, styles["valeur"])
        regler_hauteur(feuille, ligne, ((libelle, GAUCHE), (valeur, DROITE)))
        ligne += 1
    etendre(feuille, ligne, (CODE, LIBELLE), "Classeur écrit le", styles["etiquette"])
    etendre(feuille, ligne, (MOYENNE, DERNIERE), "", styles["valeur"])
    ecrire_date(feuille, ligne, MOYENNE, chantier.date, (styles["date"], styles["valeur"]))
    ecrire_etendu(feuille, ligne + 1, (CODE, DERNIERE), PORTEE_GROUPE, styles["note"], TOTAL * 1.05)
    return ligne + 2


def _faits(chantier: Chantier) -> Iterator[tuple[str, str]]:
    yield "Passations", grouper(len(chantier.cohorte.notees)) if chantier.strates else "aucune"
    for strate in chantier.strates:
        yield strate.nom, accorder(strate.portrait.effectif, "passation")
    for source in chantier.sources[:SOURCES_MONTREES]:
        yield source[0], bilan(source)
    reste = len(chantier.sources) - SOURCES_MONTREES
    if reste > 0:
        yield f"et {accorder(reste, 'autre fichier', 'autres fichiers')}", typographier("nommés dans « À propos »")


def bilan(source: Source) -> str:
    """Ce qu’un fichier a donné : « 40 passations lues, 2 refus »."""
    _, lues, refus = source
    return f"{accorder(lues, 'passation lue', 'passations lues')}, " + (
        f"{grouper(refus)} refus" if refus else typographier("aucun refus")
    )


def _echelles(chantier: Chantier, nature: str, regroupement: str | None = None) -> list[EchelleNotee]:
    return [
        echelle
        for echelle in chantier.referentiel.echelles.values()
        if echelle.nature == nature and echelle.regroupement == regroupement
    ]


def _titrer(chantier: Chantier, feuille: Worksheet, ligne: int, strate: Strate, sujet: str) -> int:
    """Un titre et, dessous, la strate dont il parle ; rend la ligne suivante."""
    etendre(feuille, ligne, (CODE, DERNIERE), sujet, chantier.styles["section"])
    feuille.set_row(ligne, 26)
    rappel = f"{strate.nom} ({accorder(strate.portrait.effectif, 'passation')})"
    ecrire_etendu(feuille, ligne + 1, (CODE, DERNIERE), rappel, chantier.styles["sous_titre"], TOTAL * 0.85)
    return ligne + 2


def _ecrire_competences(
    chantier: Chantier, feuille: Worksheet, ligne: int, strate: Strate, reperes: ReperesStrate
) -> int:
    ligne = _titrer(chantier, feuille, ligne, strate, "Les compétences")
    note = rappel_echelle(chantier.referentiel)
    if strate.portrait.effectif < PETIT_GROUPE:
        note += ". " + PRUDENCE
    ecrire_etendu(feuille, ligne, (CODE, DERNIERE), note, chantier.styles["note"], TOTAL * 1.05)
    description = typographier("Radar : minimum, moyenne et maximum de chaque compétence ; valeurs dans la table.")
    ligne = inserer_graphique(feuille, ligne + 1, radar(chantier, reperes), HAUTEUR_RADAR, description)
    return ecrire_table(chantier, feuille, ligne, "Compétence", _echelles(chantier, "competence"), strate)


def _ecrire_carte(
    chantier: Chantier,
    feuille: Worksheet,
    ligne: int,
    strate: Strate,
    commun: ReperesCarte,
    reperes: ReperesStrate,
) -> int:
    ligne = _titrer(chantier, feuille, ligne, strate, "La carte")
    description = typographier("Carte : les pôles des ingénieries, un point par passation, le centre du groupe.")
    graphique = carte(chantier, commun, reperes, strate)
    ligne = inserer_graphique(feuille, ligne, graphique, HAUTEUR_CARTE, description)
    ecrire_etendu(feuille, ligne, (CODE, DERNIERE), legende(strate), chantier.styles["note"], TOTAL * 1.05)
    ligne = ecrire_table(chantier, feuille, ligne + 1, "Ingénierie", _echelles(chantier, "ingenierie"), strate)
    ligne = ecrire_position(chantier, feuille, ligne, strate)
    return ecrire_dispersion(chantier, feuille, ligne, strate)


def legende(strate: Strate) -> str:
    """Comment lire la carte, ce qui n’y est pas, et l’échantillon s’il y en a un."""
    n, portrait = len(strate.portrait.points), strate.portrait
    texte = (
        "Carrés : les ingénieries. Ronds : une passation chacun, sans nom. Losange : la moyenne de toutes les "
        "positions. Cercle : la zone d'équilibre. La position dit l'équilibre entre ingénieries, jamais le niveau."
    )
    if strate.dispersion.personnes:
        texte += (
            " Ovale en tirets : la dispersion des positions, environ la moitié d'entre elles. Ovale plein : la région "
            "à 95 % de leur moyenne."
        )
    if portrait.positions is None:
        texte += f" Carte tue : {compter_les_positions(portrait)}."
    elif absentes := portrait.effectif - portrait.positions:
        texte += f" Sans position, donc hors de la carte : {accorder(absentes, 'passation')}."
    if n > POINTS_MAX:
        texte += (
            f" La carte montre {grouper(POINTS_MAX)} positions sur {grouper(n)}, régulièrement espacées dans l'ordre "
            "de lecture ; le losange et les tables les comptent toutes."
        )
    return typographier(texte)


def _ecrire_regroupements(chantier: Chantier, feuille: Worksheet, ligne: int, strate: Strate) -> int:
    regroupements = chantier.referentiel.regroupements
    if not regroupements:
        return ligne
    ligne = _titrer(chantier, feuille, ligne, strate, "Autres lectures des mêmes réponses")
    ecrire_etendu(feuille, ligne, (CODE, DERNIERE), EN_SECOND, chantier.styles["note"], TOTAL * 1.05)
    ligne += 1
    for regroupement in regroupements:
        echelles = _echelles(chantier, "groupe", regroupement.identifiant)
        ligne = ecrire_table(chantier, feuille, ligne, regroupement.libelle, echelles, strate)
    return ligne

"""La feuille « Dictionnaire » : ce que veut dire chaque colonne de « Scores », d’« Incertitude » et de « Réponses »."""

from __future__ import annotations

from collections.abc import Iterator

from cpit.coeur.colonnes_cohorte import colonnes, colonnes_calculees, colonnes_items
from cpit.coeur.colonnes_incertitude import colonnes_incertitude
from cpit.coeur.tableaux import Colonne
from cpit.formats.classeur_groupe.chantier import DICTIONNAIRE, INCERTITUDE, REPONSES, SCORES, Chantier
from cpit.tableur.cellules import ecrire_texte, regler_hauteur
from cpit.tableur.styles import mettre_en_page
from cpit.typographie import FINE, typographier

COLONNES = (
    ("Feuilles", 17),
    ("Clé", 20),
    ("Libellé", 38),
    ("Type", 10),
    ("Unité", 15),
    ("Valeurs", 44),
    ("Sens", 34),
    ("Formule ou règle", 36),
    ("Source", 44),
)
ENTETE, PREMIERE = 2, 3
LARGEUR = sum(largeur for _, largeur in COLONNES)
CLES = typographier("Les clés sont celles de la deuxième ligne des tables ; les mêmes servent dans le CSV.")
CLAIR = typographier(
    " « Réponses en clair » a les colonnes de « Réponses », chaque code y est remplacé par son libellé."
)


def ecrire(chantier: Chantier) -> None:
    """Écrit la feuille."""
    feuille, styles = chantier.feuille(DICTIONNAIRE), chantier.styles
    for rang, (_, largeur) in enumerate(COLONNES):
        feuille.set_column(rang, rang, largeur)
    ecrire_texte(feuille, 0, 0, DICTIONNAIRE, styles["titre"])
    feuille.set_row(0, 26)
    note = CLES if chantier.sans_reponses else CLES + CLAIR
    ecrire_texte(feuille, 1, 0, note, styles["graphique"])
    for rang, (titre, _) in enumerate(COLONNES):
        ecrire_texte(feuille, ENTETE, rang, titre, styles["entete"])
    ligne = ENTETE
    for ligne, textes in enumerate(_lignes(chantier), start=PREMIERE):
        for rang, texte in enumerate(textes):
            ecrire_texte(feuille, ligne, rang, texte, styles["texte_gras" if rang == 1 else "texte"])
        regler_hauteur(feuille, ligne, zip(textes, (largeur for _, largeur in COLONNES), strict=True))
    feuille.autofilter(ENTETE, 0, ligne, len(COLONNES) - 1)
    feuille.freeze_panes(PREMIERE, 2)
    feuille.print_area(0, 0, ligne, len(COLONNES) - 1)
    mettre_en_page(feuille, paysage=True, repetees=(ENTETE, ENTETE))


def _lignes(chantier: Chantier) -> Iterator[tuple[str, ...]]:
    referentiel, avec_reponses = chantier.referentiel, not chantier.sans_reponses
    items = {colonne.cle for colonne in colonnes_items(referentiel)}
    calculees = {colonne.cle for colonne in colonnes_calculees(referentiel)}
    communes = f"{SCORES}, {INCERTITUDE}, {REPONSES}" if avec_reponses else f"{SCORES}, {INCERTITUDE}"
    for colonne in colonnes(referentiel, avec_reponses=avec_reponses):
        cle = colonne.cle
        yield _ligne(SCORES if cle in calculees else REPONSES if cle in items else communes, colonne)
    for colonne in colonnes_incertitude():
        yield _ligne(INCERTITUDE, colonne)


def _ligne(feuilles: str, colonne: Colonne) -> tuple[str, ...]:
    return (
        feuilles,
        colonne.cle,
        colonne.libelle,
        colonne.type,
        colonne.unite,
        valeurs(colonne),
        colonne.description,
        colonne.formule,
        colonne.source,
    )


def valeurs(colonne: Colonne) -> str:
    """Les modalités d’une colonne, une par ligne : « code : libellé »."""
    return "\n".join(f"{code}{FINE}: {libelle}" for code, libelle in (colonne.modalites or {}).items())

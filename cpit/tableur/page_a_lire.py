"""Une feuille à lire : un titre, des rubriques, un libellé et un texte par ligne ; d’où viennent les nombres."""

from __future__ import annotations

from collections.abc import Iterator

from xlsxwriter.worksheet import Worksheet

from cpit.coeur.referentiel import Referentiel
from cpit.sceaux import __version__
from cpit.tableur.cellules import ecrire_date, ecrire_etendu, ecrire_texte, regler_hauteur
from cpit.tableur.styles import Styles, mettre_en_page
from cpit.typographie import typographier

LARGEURS = (30, 92)


def ouvrir_page(feuille: Worksheet, styles: Styles, titre: str) -> None:
    """Une feuille à lire : un titre, puis deux colonnes, libellé et texte."""
    for colonne, largeur in enumerate(LARGEURS):
        feuille.set_column(colonne, colonne, largeur)
    ecrire_texte(feuille, 0, 0, typographier(titre), styles["titre"])
    feuille.set_row(0, 26)


def fermer_page(feuille: Worksheet, ligne: int) -> None:
    """Fige le titre et met en page ; ``ligne`` suit la dernière écrite."""
    feuille.freeze_panes(1, 0)
    feuille.print_area(0, 0, ligne - 1, 1)
    mettre_en_page(feuille, paysage=False, repetees=(0, 0))


def ecrire_provenance(styles: Styles, feuille: Worksheet, lignes: list[tuple[str, str]], date: str) -> int:
    """La rubrique « Provenance », sous le titre, et la date d’écriture ; rend la ligne suivante."""
    ligne = ecrire_rubrique(styles, feuille, 1, "Provenance", lignes)
    ecrire_texte(feuille, ligne, 0, "Date d’écriture", styles["texte_gras"])
    ecrire_date(feuille, ligne, 1, date, (styles["date_table"], styles["texte"]))
    return ligne + 1


def identifier(referentiel: Referentiel) -> Iterator[tuple[str, str]]:
    """Ce qui a écrit le classeur, et le référentiel exact d’où viennent ses nombres."""
    yield "Logiciel", f"cpit {__version__}"
    yield "Référentiel", f"{referentiel.titre} ({referentiel.identifiant}), version {referentiel.version}"
    yield "Empreinte (SHA-256)", referentiel.empreinte
    if referentiel.url:
        yield "Adresse", referentiel.url
    yield "Statut", referentiel.statut


def ecrire_rubrique(
    styles: Styles,
    feuille: Worksheet,
    ligne: int,
    titre: str,
    lignes: list[tuple[str, str]] | tuple[tuple[str, str], ...],
) -> int:
    """Un titre puis des lignes libellé, texte ; rend la ligne suivante."""
    ecrire_etendu(feuille, ligne, (0, 1), titre, styles["section"], sum(LARGEURS))
    feuille.set_row(ligne, 26)
    for libelle, texte in lignes:
        ligne += 1
        ecrire_texte(feuille, ligne, 0, libelle, styles["texte_gras"])
        ecrire_texte(feuille, ligne, 1, texte, styles["texte"])
        regler_hauteur(feuille, ligne, zip((libelle, texte), LARGEURS, strict=True))
    return ligne + 1

"""Le classeur d’une étude de fidélité : lecture, échelles, items, corrélations, moments et regards, méthodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy
import scipy
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_groupe.chantier import creer_styles_groupe
from cpit.classeurs.classeur_groupe.feuille_synthese import bilan
from cpit.classeurs.classeur_groupe.feuilles_en_tables import ecrire_table_d_anomalies, valeurs
from cpit.coeur.fidelite.etude import Etude
from cpit.coeur.fidelite.mesures import (
    MESURE_NIVEAU,
    MESURES_ACCORD,
    MESURES_COHERENCE,
    MESURES_ITEM,
    MESURES_PAR_PAIRES,
    MESURES_SCORE,
    MESURES_TENUE,
    PART,
    PARTIES,
    Mesure,
    conventions,
    tableaux,
)
from cpit.coeur.mots.lecture_fidelite import lire_l_appariement, lire_l_etude, lire_la_strate
from cpit.coeur.mots.notice import nommer_strate
from cpit.coeur.tableaux import Colonne, Tableau
from cpit.erreurs import Anomalie
from cpit.formats.durable import atelier
from cpit.formats.porte import ecriture_durable
from cpit.formats.recueil import Reglages
from cpit.lecture.lignes import BilanDeSource
from cpit.ouverture import ouvrir
from cpit.tableur.document import (
    LARGEURS,
    POLICE,
    Styles,
    creer_document,
    decrire_document,
    ecrire_etendu,
    ecrire_ligne,
    ecrire_provenance,
    ecrire_rubrique,
    ecrire_texte,
    expliquer_l_entete,
    fermer_document,
    fermer_page,
    franciser_flux,
    identifier,
    mettre_en_page,
    ouvrir_page,
    regler_hauteur,
)
from cpit.typographie import accorder, grouper, typographier

if TYPE_CHECKING:
    from cpit.formats.recueil import Recueil

_LECTURE, _ANOMALIES, _DICTIONNAIRE, _A_PROPOS = "Lecture", "Anomalies", "Dictionnaire", "À propos"
_CLES, _PREMIERE = 0, 1
_LARGEURS_DE_TEXTE = {"libelle": 36.0, "enonce": 60.0, "sortes": 26.0, "echelle": 17.0, "autre": 17.0, "nature": 14.0}
_LARGEUR, _LARGEUR_MAX, _LARGEUR_MOTIF = 10.0, 17.0, 30.0
_FLECHE = 4
"""Signes que prend la flèche du filtre, à côté de la clé."""
_IDENTITE = {"moment", "regard", "echelle", "autre", "item", "comparaison", "commun", "premier", "second"}
"""Colonnes qui disent de quoi parle la ligne : elles restent visibles quand on défile."""
_COLONNES_DU_DICTIONNAIRE = (
    *(("Feuille", 20), ("Clé", 26), ("Libellé", 32), ("Type", 9), ("Unité", 18), ("Valeurs", 34)),
    *(("Sens", 40), ("Méthode", 80)),
)


def ecrire_fidelite_xlsx(chemin: Path, etude: Etude, lecture: Recueil, reglages: Reglages) -> None:
    """Écrit le classeur, en entier ou pas du tout.

    :param lecture: ce dont l’étude est faite : ses sources et ses anomalies y sont dites.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    with atelier(chemin.parent) as dossier, ecriture_durable(chemin, lecture.permis) as sortie:
        brut = dossier / "classeur.xlsx"
        classeur = creer_document(str(brut), tmpdir=str(dossier))
        _ecrire_feuilles(classeur, etude, lecture.anomalies, lecture.sources, reglages.date)
        decrire_document(classeur, f"Fidélité, {etude.referentiel.titre}", datetime.fromisoformat(reglages.date[:10]))
        fermer_document(classeur)
        with ouvrir(brut) as entree:
            franciser_flux(entree, sortie)


def _ecrire_feuilles(
    classeur: Workbook, etude: Etude, anomalies: Sequence[Anomalie], sources: Sequence[BilanDeSource], date: str
) -> None:
    part = classeur.add_format({"font_name": POLICE, "align": "center", "valign": "top", "num_format": "0.0%"})
    styles = {**creer_styles_groupe(classeur), "donnee_part": part}
    faits = tableaux(etude)
    _ecrire_lecture(classeur.add_worksheet(_LECTURE), styles, etude)
    for tableau in faits:
        _ecrire_tableau(classeur.add_worksheet(tableau.titre), styles, tableau)
    ecrire_table_d_anomalies(classeur.add_worksheet(_ANOMALIES), styles, anomalies)
    _ecrire_dictionnaire(classeur.add_worksheet(_DICTIONNAIRE), styles, faits)
    _ecrire_apropos(classeur.add_worksheet(_A_PROPOS), styles, etude, sources, date)


def _ecrire_lecture(feuille: Worksheet, styles: Styles, etude: Etude) -> None:
    """Les phrases de l’étude, celles que montre l’écran."""
    ouvrir_page(feuille, styles, f"Fidélité : {etude.referentiel.titre}")
    rubriques = [
        (f"{nommer_strate(s.moment, s.regard)}, {accorder(s.passations, 'passation')}", lire_la_strate(s))
        for s in etude.strates
    ]
    rubriques += [
        (f"De {a.premier} à {a.second} ({a.commun}), {accorder(a.paires, 'paire')}", lire_l_appariement(a))
        for a in etude.appariements
    ]
    rubriques.append(("Ce que ces nombres ne disent pas", lire_l_etude(etude)))
    ligne, largeur = 1, sum(LARGEURS)
    for titre, phrases in rubriques:
        ecrire_etendu(feuille, ligne, (0, 1), titre, styles["section"], largeur)
        feuille.set_row(ligne, 26)
        for rang, phrase in enumerate(phrases, start=ligne + 1):
            ecrire_etendu(feuille, rang, (0, 1), phrase, styles["valeur"], largeur)
        ligne += 1 + len(phrases)
    fermer_page(feuille, ligne)


def _ecrire_tableau(feuille: Worksheet, styles: Styles, tableau: Tableau) -> None:
    """Une ligne d’en-tête, les clés, puis les lignes, à filtrer."""
    largeurs = [_largeur(tableau, rang) for rang in range(len(tableau.colonnes))]
    for rang, colonne in enumerate(tableau.colonnes):
        feuille.set_column(rang, rang, largeurs[rang])
        ecrire_texte(feuille, _CLES, rang, colonne.cle, styles["cle_colonne"])
        expliquer_l_entete(feuille, _CLES, rang, colonne.cle, colonne.libelle)
    feuille.set_row(_CLES, 46)
    formats = [styles[_style(colonne)] for colonne in tableau.colonnes]
    derniere = _CLES
    for derniere, ligne in enumerate(tableau.lignes, start=_PREMIERE):
        ecrire_ligne(feuille, derniere, ligne, formats)
    feuille.autofilter(_CLES, 0, derniere, len(tableau.colonnes) - 1)
    figees = 1 + max(rang for rang, colonne in enumerate(tableau.colonnes[:6]) if colonne.cle in _IDENTITE)
    feuille.freeze_panes(_PREMIERE, figees)
    feuille.print_area(0, 0, derniere, len(tableau.colonnes) - 1)
    mettre_en_page(feuille, paysage=True, repetees=(_CLES, _CLES))
    feuille.hide_gridlines(1)


def _largeur(tableau: Tableau, rang: int) -> float:
    """Assez pour la clé ; large pour un motif, si la colonne en porte un."""
    cle = tableau.colonnes[rang].cle
    if cle.endswith("_motif") and any(ligne[rang] for ligne in tableau.lignes):
        return _LARGEUR_MOTIF
    return _LARGEURS_DE_TEXTE.get(cle) or min(max(_LARGEUR, len(cle) + _FLECHE), _LARGEUR_MAX)


def _style(colonne: Colonne) -> str:
    if colonne.unite == PART:
        return "donnee_part"
    return {"nombre": "donnee_nombre", "entier": "donnee_entier"}.get(colonne.type, "donnee_texte")


def _ecrire_dictionnaire(feuille: Worksheet, styles: Styles, faits: Sequence[Tableau]) -> None:
    for rang, (titre, largeur) in enumerate(_COLONNES_DU_DICTIONNAIRE):
        feuille.set_column(rang, rang, largeur)
        ecrire_texte(feuille, 0, rang, titre, styles["entete"])
    ligne = 0
    for ligne, textes in enumerate(_definitions(faits), start=1):
        for rang, texte in enumerate(textes):
            ecrire_texte(feuille, ligne, rang, texte, styles["texte_gras" if rang == 1 else "texte"])
        regler_hauteur(feuille, ligne, zip(textes, (x for _, x in _COLONNES_DU_DICTIONNAIRE), strict=True))
    feuille.autofilter(0, 0, ligne, len(_COLONNES_DU_DICTIONNAIRE) - 1)
    feuille.freeze_panes(1, 2)
    mettre_en_page(feuille, paysage=True, repetees=(0, 0))


def _definitions(faits: Sequence[Tableau]) -> Iterator[tuple[str, ...]]:
    for tableau in faits:
        for c in tableau.colonnes:
            # La méthode se lit une fois, à côté de la valeur ; les bornes et le n y renvoient par leur libellé.
            formule = "" if c.cle.endswith(tuple(fin for fin, _ in PARTIES if fin)) else c.formule
            yield tableau.titre, c.cle, c.libelle, c.type, c.unite, valeurs(c), typographier(c.description), formule


def _ecrire_apropos(
    feuille: Worksheet, styles: Styles, etude: Etude, sources: Sequence[BilanDeSource], date: str
) -> None:
    ouvrir_page(feuille, styles, "Méthodes et provenance")
    provenance = [
        *identifier(etude.referentiel),
        ("Calcul", f"numpy {numpy.__version__}, scipy {scipy.__version__}"),
        ("Intervalles", etude.intervalles.value),
        ("Passations", grouper(etude.passations)),
    ]
    ligne = ecrire_provenance(styles, feuille, provenance, date)
    rubriques = {
        "Fichiers lus": [(source[0], bilan(source)) for source in sources],
        "Ce qui vaut pour tous les nombres": list(conventions()),
        "Méthodes": [(mesure.libelle, mesure.methode(etude.intervalles)) for mesure in _mesures()],
        "Licences": [("cpit", "MIT"), ("Référentiel", etude.referentiel.licence)],
    }
    for titre, lignes in rubriques.items():
        ligne = ecrire_rubrique(styles, feuille, ligne, titre, lignes)
    fermer_page(feuille, ligne)


def _mesures() -> tuple[Mesure, ...]:
    return (
        *(*MESURES_SCORE, *MESURES_COHERENCE, *MESURES_PAR_PAIRES, *MESURES_TENUE),
        *(MESURE_NIVEAU, *MESURES_ITEM, *MESURES_ACCORD),
    )

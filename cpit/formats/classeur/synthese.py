"""La feuille « Synthèse » : qui, où l’on en est, deux graphiques, et la lecture en quelques phrases."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from cpit.coeur.interpretation import motif_score
from cpit.coeur.modele import EchelleNotee, Referentiel
from cpit.coeur.notation import Score
from cpit.coeur.notice import EN_SECOND, rappel_echelle
from cpit.formats.classeur import mesures as col
from cpit.formats.classeur import page_calcul as calc
from cpit.formats.classeur.calcul import ReperesCalcul
from cpit.formats.classeur.chantier import CALCUL, SYNTHESE, Chantier
from cpit.formats.classeur.graphiques import carte, radar
from cpit.formats.classeur.identite import ecrire_identite
from cpit.formats.classeur.lecture import ecrire_lecture, titrer
from cpit.formats.classeur.placement import ecrire_placement
from cpit.tableur.cellules import adresse, ecrire_etendu, ecrire_formule, ecrire_texte, regler_hauteur
from cpit.tableur.graphiques import HAUTEUR_CARTE, HAUTEUR_RADAR, inserer_graphique
from cpit.tableur.styles import mettre_en_page
from cpit.typographie import typographier

_JALONS = (700_007, 900_009)
"""Nombres de réponses et d’items remplacés par des cellules dans la phrase de ``motif_score``."""
MODIFIEES = typographier(
    "Des réponses ont été changées depuis que cpit a écrit ce classeur : les nombres et les graphiques suivent, les "
    "phrases de la lecture disent encore les réponses d'origine."
)


def ecrire(chantier: Chantier, reperes: ReperesCalcul) -> None:
    """Écrit la feuille ; ses nombres sont ceux de « Calcul » et suivent donc les réponses."""
    feuille = chantier.feuille(SYNTHESE)
    for colonne, largeur in enumerate(col.LARGEURS):
        feuille.set_column(colonne, colonne, largeur)
    ligne = ecrire_identite(chantier, feuille, 0)
    ligne = _ecrire_alerte(chantier, feuille, ligne)
    ligne = _ecrire_competences(chantier, feuille, ligne, reperes)
    sauts = [ligne]
    ligne = _ecrire_carte(chantier, feuille, ligne, reperes)
    ligne = _ecrire_table(chantier, feuille, ligne, "Ingénieries", "ingenierie", reperes)
    ligne = _ecrire_regroupements(chantier, feuille, ligne, reperes)
    sauts.append(ligne)
    ligne = ecrire_lecture(chantier, feuille, ligne)
    feuille.set_h_pagebreaks(sauts)
    feuille.freeze_panes(2, 0)
    feuille.print_area(0, 0, ligne - 1, col.DERNIERE)
    mettre_en_page(feuille, paysage=False)


def _ecrire_alerte(chantier: Chantier, feuille: Worksheet, ligne: int) -> int:
    """Une ligne vide tant que les réponses sont celles d’origine."""
    style = chantier.styles["alerte"]
    ecrire_etendu(feuille, ligne, (col.CODE, col.DERNIERE), "", style, col.TOTAL)
    ecrire_formule(feuille, ligne, col.CODE, f'=IF(ecarts_non_nuls=0,"","{MODIFIEES}")', None, style)
    feuille.set_row(ligne, 30)
    return ligne + 1


def _ecrire_competences(chantier: Chantier, feuille: Worksheet, ligne: int, reperes: ReperesCalcul) -> int:
    ligne = titrer(chantier, feuille, ligne, "Les compétences")
    texte = rappel_echelle(chantier.restitution.referentiel)
    ecrire_etendu(feuille, ligne, (col.CODE, col.DERNIERE), texte, chantier.styles["note"], col.TOTAL * 1.05)
    description = typographier("Radar des scores de compétences, du bas au haut de l'échelle ; valeurs dans la table.")
    graphique = radar(chantier, reperes.graphiques)
    ligne = inserer_graphique(feuille, ligne + 1, graphique, HAUTEUR_RADAR, description)
    return _ecrire_table(chantier, feuille, ligne, "Compétence", "competence", reperes)


def _ecrire_carte(chantier: Chantier, feuille: Worksheet, ligne: int, reperes: ReperesCalcul) -> int:
    ligne = titrer(chantier, feuille, ligne, "La carte")
    description = typographier(
        "Carte : les pôles des ingénieries, la position de la personne et celle de chaque compétence ; "
        "coordonnées dans la feuille Calcul."
    )
    graphique = carte(chantier, reperes.graphiques)
    ligne = inserer_graphique(feuille, ligne, graphique, HAUTEUR_CARTE, description)
    return ecrire_placement(chantier, feuille, ligne, reperes)


def _ecrire_regroupements(chantier: Chantier, feuille: Worksheet, ligne: int, reperes: ReperesCalcul) -> int:
    regroupements = chantier.restitution.referentiel.regroupements
    if not regroupements:
        return ligne
    ligne = titrer(chantier, feuille, ligne, "Autres lectures des mêmes réponses")
    ecrire_etendu(feuille, ligne, (col.CODE, col.DERNIERE), EN_SECOND, chantier.styles["note"], col.TOTAL * 1.05)
    ligne += 1
    for regroupement in regroupements:
        ligne = _ecrire_table(
            chantier, feuille, ligne, regroupement.libelle, "groupe", reperes, regroupement=regroupement.identifiant
        )
    return ligne


def _ecrire_table(
    chantier: Chantier,
    feuille: Worksheet,
    ligne: int,
    titre: str,
    nature: str,
    reperes: ReperesCalcul,
    *,
    regroupement: str | None = None,
) -> int:
    """Les scores d’une sorte d’échelle, liés à « Calcul » ; rend la ligne suivante."""
    styles = chantier.styles
    feuille.merge_range(ligne, col.CODE, ligne, col.LIBELLE, "", styles["entete"])
    ecrire_texte(feuille, ligne, col.CODE, titre, styles["entete"])
    for colonne, nom in (
        (col.SCORE, "Score"),
        (col.NIVEAU, "Niveau le plus proche, ou motif d’absence"),
        (col.REPONDUS, "Répondus"),
        (col.ITEMS, "Items"),
    ):
        style = "entete" if colonne == col.NIVEAU else "entete_nombre"
        ecrire_texte(feuille, ligne, colonne, nom, styles[style])
    feuille.set_row(ligne, 18)
    for echelle in chantier.restitution.referentiel.echelles.values():
        if echelle.nature == nature and echelle.regroupement == regroupement:
            ligne += 1
            _ecrire_score(chantier, feuille, ligne, echelle, reperes.scores[echelle.identifiant])
    return ligne + 2


def _ecrire_score(chantier: Chantier, feuille: Worksheet, ligne: int, echelle: EchelleNotee, source: int) -> None:
    styles, restitution = chantier.styles, chantier.restitution
    referentiel, score = restitution.referentiel, restitution.resultat.score(echelle.identifiant)
    ecrire_texte(feuille, ligne, col.CODE, echelle.identifiant, styles["texte_gras"])
    ecrire_texte(feuille, ligne, col.LIBELLE, echelle.libelle, styles["texte"])
    refait, repondus, items = (adresse(source, c, CALCUL) for c in (calc.REFAIT, calc.REPONDUS, calc.ITEMS))
    ecrire_formule(feuille, ligne, col.SCORE, f"={refait}", score.valeur, styles["score"])
    if score.valeur is None:
        texte = motif_score(score, referentiel.regles.seuil.valeur)
    else:
        texte = referentiel.echelle.plus_proche(score.valeur).libelle
    formule = _formule_niveau(referentiel, refait, repondus, items)
    ecrire_formule(feuille, ligne, col.NIVEAU, formule, texte, styles["texte"])
    contenus = ((echelle.identifiant, col.CODE), (echelle.libelle, col.LIBELLE), (texte, col.NIVEAU))
    regler_hauteur(feuille, ligne, ((contenu, col.LARGEURS[colonne]) for contenu, colonne in contenus))
    ecrire_formule(feuille, ligne, col.REPONDUS, f"={repondus}", score.repondus, styles["entier"])
    ecrire_formule(feuille, ligne, col.ITEMS, f"={items}", score.items, styles["entier"])


def _formule_niveau(referentiel: Referentiel, refait: str, repondus: str, items: str) -> str:
    """Libellé du niveau le plus proche (à égale distance, le plus bas), sinon le motif de ``motif_score``."""
    rang = f"1+SUMPRODUCT((2*{refait}>niveaux_sauf_dernier+niveaux_sauf_premier)*1)"
    seuil = referentiel.regles.seuil.valeur
    trop_peu = motif_score(Score(None, *_JALONS, "sous-le-seuil"), seuil)
    for jalon, cellule in zip(_JALONS, (repondus, items), strict=True):
        trop_peu = trop_peu.replace(str(jalon), f'"&{cellule}&"')
    aucun_item, aucune_reponse = (motif_score(Score(None, 0, 0, m), seuil) for m in ("aucun-item", "aucune-reponse"))
    motif = f'IF({items}=0,"{aucun_item}",IF({repondus}=0,"{aucune_reponse}","{trop_peu}"))'
    return f"=IF(ISNUMBER({refait}),INDEX(niveaux_libelles,{rang}),{motif})"

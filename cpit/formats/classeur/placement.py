"""Sous la carte : la position en nombres, ce qui pèse le plus, et comment lire les marques."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from cpit.formats.classeur import mesures as col
from cpit.formats.classeur.calcul import ReperesCalcul
from cpit.formats.classeur.chantier import CALCUL, Chantier
from cpit.formats.classeur.page_calcul import LIBELLE, REFAIT
from cpit.tableur.cellules import (
    adresse,
    ecrire_etendu,
    ecrire_formule,
    ecrire_nombre,
    ecrire_texte,
    hauteur,
    regler_hauteur,
)
from cpit.typographie import nombre, typographier

EQUILIBRE = "équilibre"
SANS_SCORE = typographier("Pas de position : une ingénierie au moins n'a pas de score.")
ORIGINE = typographier("une compétence ôtée à la fois (jackknife) ; réponses d'origine")
PARTS_NULLES = typographier("Pas de position : toutes les ingénieries sont au plus bas de l'échelle.")


def ecrire_placement(chantier: Chantier, feuille: Worksheet, ligne: int, reperes: ReperesCalcul) -> int:
    """Écrit la légende puis quatre lignes : x, y, distance, dominante ; rend la ligne suivante."""
    ecrire_etendu(
        feuille, ligne, (col.CODE, col.DERNIERE), _legende(chantier), chantier.styles["note"], col.TOTAL * 1.05
    )
    ligne += 1
    restitution = chantier.restitution
    axes, point = restitution.referentiel.axes, restitution.resultat.situation.position
    seuil = nombre(restitution.referentiel.regles.seuil_equilibre.valeur, 2)
    lignes = (
        (axes.x.libelle, f"de « {axes.x.debut} » à « {axes.x.fin} »", point.x if point else None),
        (axes.y.libelle, f"de « {axes.y.debut} » à « {axes.y.fin} »", point.y if point else None),
        ("Distance au centre", f"en deçà de {seuil}, équilibre", restitution.resultat.situation.distance),
    )
    for decalage, (libelle, sens, valeur) in enumerate(lignes):
        source = adresse(reperes.position + decalage, REFAIT, CALCUL)
        _ecrire_fait(chantier, feuille, ligne, libelle, typographier(sens))
        ecrire_formule(feuille, ligne, col.SCORE, f"={source}", valeur, chantier.styles["decimal"])
        ligne += 1
    _ecrire_fait(chantier, feuille, ligne, "Ce qui pèse le plus", "")
    feuille.write_blank(ligne, col.SCORE, None, chantier.styles["texte"])
    formule = _formule_dominante(chantier, reperes)
    texte = _dominante(chantier)
    ecrire_formule(feuille, ligne, col.NIVEAU, formule, texte, chantier.styles["texte_gras"])
    feuille.set_row(ligne, hauteur(texte, sum(col.LARGEURS[col.NIVEAU :])))
    return _ecrire_incertitude(chantier, feuille, ligne + 1) + 1


def _ecrire_incertitude(chantier: Chantier, feuille: Worksheet, ligne: int) -> int:
    """Les deux erreurs types, en valeurs ; la lecture dit ce qu’elles permettent de dire."""
    incertitude, axes = chantier.restitution.incertitude, chantier.restitution.referentiel.axes
    if incertitude.region is not None:
        covariance = incertitude.region.covariance
        for axe, erreur in ((axes.x, covariance.erreur_x), (axes.y, covariance.erreur_y)):
            _ecrire_fait(chantier, feuille, ligne, typographier("Erreur type : ") + axe.libelle, ORIGINE)
            ecrire_nombre(feuille, ligne, col.SCORE, erreur, chantier.styles["decimal"])
            ligne += 1
    return ligne


def _ecrire_fait(chantier: Chantier, feuille: Worksheet, ligne: int, libelle: str, sens: str) -> None:
    style = chantier.styles["texte"]
    feuille.merge_range(ligne, col.CODE, ligne, col.LIBELLE, "", style)
    ecrire_texte(feuille, ligne, col.CODE, libelle, style)
    feuille.merge_range(ligne, col.NIVEAU, ligne, col.DERNIERE, "", style)
    ecrire_texte(feuille, ligne, col.NIVEAU, sens, style)
    gauche, droite = sum(col.LARGEURS[: col.SCORE]), sum(col.LARGEURS[col.NIVEAU :])
    regler_hauteur(feuille, ligne, ((libelle, gauche), (sens, droite)))


def _legende(chantier: Chantier) -> str:
    qui = "votre position" if chantier.restitution.passation.regard == "soi" else "la position de la personne"
    region = "Ovale : la région à 95 % de la position. " if chantier.restitution.incertitude.region else ""
    regle = typographier(
        f"Carrés : les ingénieries. Losange : {qui}. Ronds : les compétences. Cercle : la zone d'équilibre. {region}"
        "La position dit l'équilibre entre ingénieries, jamais le niveau. "
    )
    placees = chantier.restitution.resultat.situations_competences
    absentes = [code for code, situation in placees.items() if situation.position is None]
    if absentes:
        regle += typographier(
            f"Non placées, faute de réponses ou parce que tout y est au plus bas : {', '.join(absentes)}."
        )
    return regle


def _formule_dominante(chantier: Chantier, reperes: ReperesCalcul) -> str:
    distance = adresse(reperes.position + 2, REFAIT, CALCUL)
    nombre_de_poles = len(chantier.restitution.referentiel.ingenieries)
    noms = "&".join(
        f'IF({adresse(ligne, REFAIT, CALCUL)}=1,", "&{adresse(ligne, LIBELLE, CALCUL)},"")'
        for ligne in range(reperes.dominante, reperes.dominante + nombre_de_poles)
    )
    absence = f'IF(COUNT(parts)<ROWS(parts),"{SANS_SCORE}","{PARTS_NULLES}")'
    presente = f'IF({distance}<seuil_equilibre-1E-9,"{EQUILIBRE}",MID({noms},3,1000))'
    return f"=IF(ISNUMBER({distance}),{presente},{absence})"


def _dominante(chantier: Chantier) -> str:
    """La valeur de cette formule."""
    restitution = chantier.restitution
    situation = restitution.resultat.situation
    if situation.dominante is None:
        return SANS_SCORE if situation.motif == "score-absent" else PARTS_NULLES
    libelles = {i.identifiant: i.libelle for i in restitution.referentiel.ingenieries}
    return ", ".join(libelles[code] for code in situation.dominante) or EQUILIBRE

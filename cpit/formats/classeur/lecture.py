"""La lecture en quelques phrases, telle que le cœur l’a rédigée."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from cpit.coeur.interpretation import TITRE_APPUIS, TITRE_FRAGILES, Relief
from cpit.formats.classeur.chantier import Chantier
from cpit.formats.classeur.mesures import CODE, DERNIERE, LARGEURS, LIBELLE, NIVEAU, SCORE, TOTAL
from cpit.tableur.cellules import ecrire_etendu, ecrire_nombre, ecrire_texte, regler_hauteur
from cpit.typographie import typographier

_TEXTE = sum(LARGEURS[NIVEAU:])


def ecrire_lecture(chantier: Chantier, feuille: Worksheet, ligne: int) -> int:
    """Écrit position, appuis, points à travailler avec leur pas, non calculé, portée ; rend la ligne suivante."""
    lecture = chantier.restitution.interpretation
    ligne = titrer(chantier, feuille, ligne, "Ce que l'on peut lire")
    ligne = _phrases(chantier, feuille, ligne, "Position", lecture.position)
    ligne = _phrases(chantier, feuille, ligne, "Relief", (lecture.relief,) if lecture.relief else ())
    ligne = _reliefs(chantier, feuille, ligne, TITRE_APPUIS, lecture.appuis, pas=False)
    ligne = _reliefs(chantier, feuille, ligne, TITRE_FRAGILES, lecture.fragiles, pas=True)
    ligne = _phrases(chantier, feuille, ligne, "Ce qui n'a pas été calculé", lecture.non_calcule)
    return _phrases(chantier, feuille, ligne, "Portée de ces nombres", lecture.portee)


def titrer(chantier: Chantier, feuille: Worksheet, ligne: int, titre: str) -> int:
    """Écrit un titre de section sur toute la largeur ; rend la ligne suivante."""
    ecrire_etendu(feuille, ligne, (CODE, DERNIERE), typographier(titre), chantier.styles["section"], TOTAL)
    feuille.set_row(ligne, 24)
    return ligne + 1


def _phrases(chantier: Chantier, feuille: Worksheet, ligne: int, titre: str, phrases: Sequence[str]) -> int:
    if not phrases:
        return ligne
    ligne = _intertitre(chantier, feuille, ligne, titre)
    for phrase in phrases:
        ecrire_etendu(feuille, ligne, (CODE, DERNIERE), phrase, chantier.styles["valeur"], TOTAL)
        ligne += 1
    return ligne


def _reliefs(
    chantier: Chantier, feuille: Worksheet, ligne: int, titre: str, reliefs: Sequence[Relief], *, pas: bool
) -> int:
    if not reliefs:
        return ligne
    if chantier.restitution.passation.regard != "soi":
        titre = titre.replace("vous déclarez", "les réponses disent").replace("vous en déclarez", "elles en disent")
    ligne = _intertitre(chantier, feuille, ligne, titre)
    styles = chantier.styles
    for relief in reliefs:
        ecrire_texte(feuille, ligne, CODE, relief.competence.identifiant, styles["texte_gras"])
        ecrire_texte(feuille, ligne, LIBELLE, relief.competence.libelle, styles["texte_gras"])
        ecrire_nombre(feuille, ligne, SCORE, relief.score, styles["score"])
        texte = relief.constat
        if pas and relief.pas:
            texte += typographier("\nUn pas à tenter : ") + relief.pas
        feuille.merge_range(ligne, NIVEAU, ligne, DERNIERE, "", styles["texte"])
        ecrire_texte(feuille, ligne, NIVEAU, texte, styles["texte"])
        noms = (relief.competence.identifiant, LARGEURS[CODE]), (relief.competence.libelle, LARGEURS[LIBELLE])
        regler_hauteur(feuille, ligne, ((texte, _TEXTE), *noms))
        ligne += 1
    return ligne


def _intertitre(chantier: Chantier, feuille: Worksheet, ligne: int, titre: str) -> int:
    ecrire_etendu(feuille, ligne, (CODE, DERNIERE), typographier(titre), chantier.styles["intertitre"], TOTAL)
    feuille.set_row(ligne, 21)
    return ligne + 1

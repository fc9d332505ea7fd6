"""La feuille « Scores » : une ligne par passation, dans l’ordre de lecture."""

from __future__ import annotations

from cpit.coeur.colonnes_cohorte import colonnes, colonnes_contexte, lignes
from cpit.coeur.modele import Referentiel
from cpit.coeur.tableaux import Colonne
from cpit.formats.classeur_groupe.chantier import SCORES, Chantier
from cpit.formats.classeur_groupe.flux import ColonneEcrite, ecrire_table

LARGEUR_MAX = 24
_STYLES = {"texte": "donnee_texte", "nombre": "donnee_nombre", "entier": "donnee_entier"}


def ecrire(chantier: Chantier) -> None:
    """Écrit la feuille, sans garder les lignes en mémoire."""
    referentiel = chantier.referentiel
    ecrites = [*contexte(referentiel), *_calculees(referentiel)]
    ecrire_table(chantier, SCORES, ecrites, lignes(chantier.cohorte, avec_reponses=False), figees=1)


def contexte(referentiel: Referentiel) -> list[ColonneEcrite]:
    """Les premières colonnes, communes aux grandes tables : qui, quel profil, quand, sous quel regard."""
    return [ColonneEcrite(c.cle, c.libelle, _largeur(c), "donnee_texte") for c in colonnes_contexte(referentiel)]


def _largeur(colonne: Colonne) -> float:
    """Assez pour la clé et sa flèche de filtre, et pour le plus long des codes."""
    if colonne.cle == "identifiant":
        return 20.0
    codes = [len(code) for code in colonne.modalites or ()]
    return float(min(max(len(colonne.cle) + 4, max(codes, default=8) + 2, 9), LARGEUR_MAX))


def _calculees(referentiel: Referentiel) -> list[ColonneEcrite]:
    """Le score et son nombre d’items se partagent le libellé de l’échelle."""
    debut = len(colonnes_contexte(referentiel))
    return [_ecrite(referentiel, colonne) for colonne in colonnes(referentiel, avec_reponses=False)[debut:]]


def _ecrite(referentiel: Referentiel, colonne: Colonne) -> ColonneEcrite:
    prefixe, _, identifiant = colonne.cle.partition("_")
    largeur = min(max(len(colonne.cle) + 4.0, 8.0), LARGEUR_MAX)
    if prefixe in {"score", "n"}:
        echelle = referentiel.echelles[identifiant]
        return ColonneEcrite(colonne.cle, echelle.libelle, largeur, _STYLES[colonne.type], reunie=True)
    minimum = LARGEUR_MAX if colonne.type == "texte" else 12.0
    return ColonneEcrite(colonne.cle, colonne.libelle, max(largeur, minimum), _STYLES[colonne.type])

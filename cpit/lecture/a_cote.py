"""Ce qui traîne à côté des réponses et n’en porte pas : une grille de référentiel, un YAML de cpit, un LISEZMOI."""

from __future__ import annotations

import re
from pathlib import Path

from cpit.erreurs import ErreurCpit
from cpit.lecture.dechiffrement import replier_libelle
from cpit.lecture.forme_grille import TEXTE_JOINT
from cpit.ouverture import lire_debut
from cpit.tableur.classeurs import ouvrir_classeur
from cpit.tableur.garde import verifier_tailles
from cpit.tableur.pieges import FeuilleRefusee

GRILLE_DE_REFERENTIEL = "une grille de référentiel"
_FEUILLES_D_UNE_GRILLE = frozenset({"competences", "ingenieries", "items", "niveaux"})
"""Celles que garde tout référentiel écrit dans un tableur ; une table de réponses n’a pas ces quatre feuilles."""
_TAILLE_MAX, _DECLARE_MAX = 50_000_000, 200_000_000
"""Octets d’un classeur, puis de son contenu décompressé, où l’on cherche une grille."""
_YAML = (".yaml", ".yml")
_TETE = 1_000_000
"""Octets d’un YAML où l’on cherche ce qu’il est."""
_SORTES_DE_YAML = (
    ("une correspondance", re.compile(r"^correspondance[ ]*:", re.MULTILINE)),
    ("un référentiel", re.compile(r"^(?:competences|items)[ ]*:", re.MULTILINE)),
)
_NOTICES = frozenset({"lisezmoi", "lisez-moi", "lisez moi", "lisez_moi", "readme", "read me", "read_me", "a lire"})
_SUFFIXES_DE_NOTICE = ("", ".txt", ".md", ".rst")


def nature_a_cote(chemin: Path) -> str:
    """Ce qu’est un fichier trouvé parmi des réponses s’il n’en porte pas ; vide si rien ne le dit. Ne lève rien."""
    suffixe = chemin.suffix.lower()
    if suffixe in _SUFFIXES_DE_NOTICE and replier_libelle(chemin.stem) in _NOTICES:
        return "une notice"
    if suffixe in _YAML:
        return _nature_d_un_yaml(chemin)
    return ""


def _nature_d_un_yaml(chemin: Path) -> str:
    try:
        texte = lire_debut(chemin, _TETE).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""
    return next((sorte for sorte, motif in _SORTES_DE_YAML if motif.search(texte)), "")


def est_une_grille_de_referentiel(chemin: Path) -> bool:
    """Vrai pour le classeur où un référentiel s’écrit, rempli ou non ; ne lève rien, et n’en lit que les titres."""
    try:
        verifier_tailles(chemin, taille_max=_TAILLE_MAX, declare_max=_DECLARE_MAX)
        with ouvrir_classeur(chemin) as classeur:
            titres = {replier_libelle(titre) for titre in classeur.titres}
    except (ErreurCpit, FeuilleRefusee, OSError):
        # Tout classeur abîmé : ce n’est pas à cette question de dire comment.
        return False
    return TEXTE_JOINT in titres or titres >= _FEUILLES_D_UNE_GRILLE

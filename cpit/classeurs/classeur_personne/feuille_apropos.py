"""La feuille « À propos » : d’où viennent les nombres, les règles en clair, la licence et les limites."""

from __future__ import annotations

from collections.abc import Iterator

from cpit.classeurs.classeur_personne.chantier import FEUILLE_A_PROPOS, ChantierPersonne
from cpit.coeur.mots.notice import LIMITES, regles
from cpit.coeur.mots.restitution import portee_de
from cpit.tableur.document import ecrire_provenance, ecrire_rubrique, fermer_page, identifier, ouvrir_page
from cpit.typographie import typographier

_EMPLOI_POUR_SOI = (
    ("Synthèse", "où vous en êtes, à lire et à discuter ; ses nombres viennent de « Calcul »."),
    ("Réponses", "vos réponses et vos traces ; changez-y une valeur, tout le classeur suit."),
)
_EMPLOI_D_UN_TIERS = (
    ("Synthèse", "où un tiers situe la personne, à lire et à discuter ; ses nombres viennent de « Calcul »."),
    ("Réponses", "ce que le tiers a répondu, et ses traces ; changez-y une valeur, tout le classeur suit."),
)
_EMPLOI = (
    ("Calcul", "chaque score refait par une formule, à côté de celui que cpit a écrit."),
    ("Référentiel", "les définitions, les situations, les sources et les hypothèses, coordonnées comprises."),
)
_CONFIDENTIALITE = (
    "Confidentialité",
    "Ce classeur contient les réponses d'une personne et ses traces : elle seule choisit à qui le montrer.",
)


def ecrire_a_propos(chantier: ChantierPersonne) -> None:
    """Écrit la feuille."""
    feuille, styles = chantier.feuille(FEUILLE_A_PROPOS), chantier.styles
    referentiel = chantier.restitution.referentiel
    ouvrir_page(feuille, styles, "À propos de ce classeur")
    ligne = ecrire_provenance(styles, feuille, list(_provenance(chantier)), chantier.date)
    ligne = ecrire_rubrique(styles, feuille, ligne, "Les feuilles", _emploi(chantier))
    ligne = ecrire_rubrique(styles, feuille, ligne, "Règles de calcul", list(regles(referentiel)))
    passation = chantier.restitution.passation
    portee = [("Portée", texte) for texte in portee_de(passation.moment, passation.regard)]
    limites = [(libelle, typographier(texte)) for libelle, texte in (*portee, *LIMITES, _CONFIDENTIALITE)]
    ligne = ecrire_rubrique(styles, feuille, ligne, "Limites", limites)
    licences = [("cpit", "MIT"), ("Référentiel", referentiel.licence)]
    fermer_page(feuille, ecrire_rubrique(styles, feuille, ligne, "Licences", licences))


def _emploi(chantier: ChantierPersonne) -> list[tuple[str, str]]:
    """À quoi sert chaque feuille."""
    tiers = chantier.restitution.passation.regard == "tiers"
    feuilles = (*(_EMPLOI_D_UN_TIERS if tiers else _EMPLOI_POUR_SOI), *_EMPLOI)
    return [(nom, typographier(texte)) for nom, texte in feuilles]


def _provenance(chantier: ChantierPersonne) -> Iterator[tuple[str, str]]:
    referentiel = chantier.restitution.referentiel
    yield from identifier(referentiel)
    empreinte = chantier.restitution.passation.referentiel.empreinte
    if empreinte != referentiel.empreinte:
        yield "Empreinte au moment des réponses", empreinte

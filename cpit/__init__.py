"""cpit : auto-évaluation réflexive des compétences des chefs de projet innovation territoriale.

Tout ce qu’une commande fait se demande aussi de Python : ``cpit.lire``, ``cpit.noter``, ``cpit.exporter``… Rien ne se
charge avant d’être employé, rien ne s’affiche, et ce qui est refusé lève une ``ErreurCpit``.
"""

from __future__ import annotations

# « typing » et « importlib » doubleraient presque le temps de « cpit --version » : ils ne se chargent qu’à l’usage.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpit.api.comparaison import comparer, evolution
    from cpit.api.droits import effacer, inventorier, mes_donnees
    from cpit.api.ecriture import ecrire
    from cpit.api.figures import figure
    from cpit.api.formulaires import formulaires, lire_codes, lire_liste, suivi
    from cpit.api.groupe import correspondance, equipes, lire
    from cpit.api.personne import (
        ajouter_pas,
        ajouter_situation,
        ajouter_trace,
        changer_pas,
        corriger,
        gabarit,
        noter,
        plan,
        portfolio,
        relire,
        restituer,
        resultat_en_dictionnaire,
        verifier,
    )
    from cpit.api.recherche import diffuser, exporter, fidelite
    from cpit.api.referentiels import (
        depuis_grille,
        exporter_referentiel,
        grille,
        guide,
        guides,
        referentiel,
        referentiels,
        schema,
        valider,
    )
    from cpit.erreurs import Anomalie, ErreurCpit, MauvaisEmploi
    from cpit.sceaux import __version__ as __version__

_FACADE = {
    "referentiel": "cpit.api.referentiels",
    "referentiels": "cpit.api.referentiels",
    "valider": "cpit.api.referentiels",
    "schema": "cpit.api.referentiels",
    "grille": "cpit.api.referentiels",
    "depuis_grille": "cpit.api.referentiels",
    "exporter_referentiel": "cpit.api.referentiels",
    "noter": "cpit.api.personne",
    "relire": "cpit.api.personne",
    "restituer": "cpit.api.personne",
    "corriger": "cpit.api.personne",
    "gabarit": "cpit.api.personne",
    "verifier": "cpit.api.personne",
    "resultat_en_dictionnaire": "cpit.api.personne",
    "plan": "cpit.api.personne",
    "ajouter_pas": "cpit.api.personne",
    "changer_pas": "cpit.api.personne",
    "ajouter_trace": "cpit.api.personne",
    "ajouter_situation": "cpit.api.personne",
    "portfolio": "cpit.api.personne",
    "comparer": "cpit.api.comparaison",
    "lire": "cpit.api.groupe",
    "equipes": "cpit.api.groupe",
    "correspondance": "cpit.api.groupe",
    "ecrire": "cpit.api.ecriture",
    "exporter": "cpit.api.recherche",
    "diffuser": "cpit.api.recherche",
    "fidelite": "cpit.api.recherche",
    "evolution": "cpit.api.comparaison",
    "figure": "cpit.api.figures",
    "formulaires": "cpit.api.formulaires",
    "lire_codes": "cpit.api.formulaires",
    "lire_liste": "cpit.api.formulaires",
    "suivi": "cpit.api.formulaires",
    "inventorier": "cpit.api.droits",
    "mes_donnees": "cpit.api.droits",
    "effacer": "cpit.api.droits",
    "guides": "cpit.api.referentiels",
    "guide": "cpit.api.referentiels",
    "Anomalie": "cpit.erreurs",
    "ErreurCpit": "cpit.erreurs",
    "MauvaisEmploi": "cpit.erreurs",
}
"""Nom public → module qui le définit, chargé la première fois qu’on l’emploie."""

__all__ = [
    "Anomalie",
    "ErreurCpit",
    "MauvaisEmploi",
    "ajouter_pas",
    "ajouter_situation",
    "ajouter_trace",
    "changer_pas",
    "comparer",
    "correspondance",
    "corriger",
    "depuis_grille",
    "diffuser",
    "ecrire",
    "effacer",
    "equipes",
    "evolution",
    "exporter",
    "exporter_referentiel",
    "fidelite",
    "figure",
    "formulaires",
    "gabarit",
    "grille",
    "guide",
    "guides",
    "inventorier",
    "lire",
    "lire_codes",
    "lire_liste",
    "mes_donnees",
    "noter",
    "plan",
    "portfolio",
    "referentiel",
    "referentiels",
    "relire",
    "restituer",
    "resultat_en_dictionnaire",
    "schema",
    "suivi",
    "valider",
    "verifier",
]


def __getattr__(nom: str) -> object:
    ou = "cpit.sceaux" if nom == "__version__" else _FACADE.get(nom)
    if ou is None:
        raise AttributeError(f"module 'cpit' has no attribute '{nom}'")
    from importlib import import_module

    trouve: object = getattr(import_module(ou), nom)
    globals()[nom] = trouve
    return trouve


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""Rédiger un référentiel en YAML, d’après un arbre de textes : ce que ``lire_yaml`` relit à l’identique."""

from __future__ import annotations

import yaml

from cpit.chargement.yaml_situe import Valeur

_LARGEUR = 116


class _Redacteur(yaml.SafeDumper):
    """Un texte n’y est jamais un nombre ni un booléen : « 0 », « 1.10 » et « oui » s’écrivent sans guillemets."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 (la signature est celle de PyYAML)
        """Les listes sont décalées d’un cran sous leur clé, comme dans le modèle."""
        super().increase_indent(flow, indentless=False)


_Redacteur.yaml_implicit_resolvers = {}


def rediger_yaml(racine: Valeur) -> str:
    """Le YAML d’un arbre de textes, de listes et de tables, dans leur ordre."""
    texte: str = yaml.dump(
        racine, Dumper=_Redacteur, allow_unicode=True, sort_keys=False, width=_LARGEUR, default_flow_style=False
    )
    return texte

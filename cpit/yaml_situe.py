"""Lit un YAML en gardant, pour chaque valeur, sa ligne et sa colonne ; refuse ce qui est hostile ou ambigu.

Les scalaires restent des textes : « non » reste « non », « 1.10 » reste « 1.10 ».
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import yaml

from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie

PROFONDEUR_MAX = 32
"""Un référentiel en demande 6 ; CSafeLoader s’effondre vers 100 000."""

VALEURS_MAX = 50_000
"""Le référentiel livré en compte 700 ; au-delà, chaque étape prendrait des secondes."""
CONSTATS_MAX = 100
"""Renvois, étiquettes ou caractères interdits signalés ; un fichier hostile en porte cent mille."""
_INTERDIT = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Ce que YAML n’imprime pas, plus les fins de ligne qu’un éditeur ne compte pas (U+0085, U+2028, U+2029)."""

Chemin = tuple[str | int, ...]
Valeur = str | list["Valeur"] | dict[str, "Valeur"]

_Chargeur: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_RAISONS = {
    "mapping values are not allowed": "un « : » n'est pas à sa place (texte à mettre entre guillemets ?)",
    "could not find expected ':'": "il manque « : » après une clé",
    "did not find expected key": "une clé était attendue (guillemet oublié ou mauvais alignement ?)",
    "did not find expected '-' indicator": "un « - » de liste était attendu (mauvais alignement ?)",
    "did not find expected ',' or ']'": "il manque une virgule ou un crochet fermant",
    "did not find expected ',' or '}'": "il manque une virgule ou une accolade fermante",
    "found unexpected end of stream": "un guillemet ouvert n'est pas refermé",
    "cannot start any token": "un caractère ne peut pas commencer une valeur (tabulation, « @ », « ` » ?)",
    "found character that cannot start": "un caractère ne peut pas commencer une valeur",
    "found a tab character": "une tabulation sert d'alignement ; le YAML veut des espaces",
    "block sequence entries are not allowed": "un « - » de liste n'est pas à sa place",
    "found undefined tag handle": "une étiquette « ! » est inconnue",
    "found undefined alias": "un renvoi « * » ne désigne rien",
    "unknown escape character": "une barre oblique inverse dans un texte entre guillemets doubles",
    "did not find expected node content": "une valeur était attendue",
    "control characters are not allowed": "un caractère de commande est interdit",
    "did not find expected <document start>": "du texte suit la fin du document",
    "did not find expected alphabetic or numeric": "un « & » ou un « * » n'est pas à sa place",
}


@dataclass(slots=True)
class ArbreSitue:
    """Des données simples (textes, listes, tables) et où chacune se trouve.

    ``lieux`` situe les valeurs, ``cles`` situe les clés ; un chemin est ``("items", 3, "code")``.
    """

    fichier: str
    racine: Valeur = ""
    lieux: dict[Chemin, Lieu] = field(default_factory=dict)
    cles: dict[Chemin, Lieu] = field(default_factory=dict)
    anomalies: list[Anomalie] = field(default_factory=list)

    def lieu(self, chemin: Chemin) -> Lieu:
        """Lieu d’un chemin : sa clé s’il en a une, sa valeur sinon, ou le plus proche parent connu."""
        while chemin:
            trouve = self.cles.get(chemin) or self.lieux.get(chemin)
            if trouve:
                return trouve
            chemin = chemin[:-1]
        return self.lieux.get((), Lieu(self.fichier, 1, 1))

    def lieu_valeur(self, chemin: Chemin) -> Lieu:
        """Lieu de la valeur d’un chemin, ou du plus proche parent connu."""
        return self.lieux.get(chemin) or self.lieu(chemin)


def lire_yaml(texte: str, fichier: str) -> ArbreSitue:
    """Lit un document YAML unique.

    :raises ErreurCpit: caractères interdits, syntaxe fautive, renvois, étiquettes, imbrication excessive, plusieurs documents, vide.
        Les clés en double ou composées sont des anomalies de l’arbre rendu : la lecture continue.
    """
    interdits = list(islice(_caracteres_interdits(texte, fichier), CONSTATS_MAX))
    if interdits:
        raise ErreurCpit(interdits)
    try:
        hostiles = list(islice(_hostilites(texte, fichier), CONSTATS_MAX))
        if hostiles:
            raise ErreurCpit(hostiles)
        noeud = yaml.compose(texte, Loader=_Chargeur)
    except yaml.YAMLError as erreur:
        raise ErreurCpit([_anomalie_syntaxe(erreur, fichier)]) from None
    if noeud is None:
        raise ErreurCpit([anomalie("yaml-vide", Lieu(fichier, 1, 1))])
    arbre = ArbreSitue(fichier)
    arbre.racine = _descendre(arbre, noeud, ())
    return arbre


def _caracteres_interdits(texte: str, fichier: str) -> Iterator[Anomalie]:
    for trouve in _INTERDIT.finditer(texte):
        debut = texte.rfind("\n", 0, trouve.start()) + 1
        lieu = Lieu(fichier, texte.count("\n", 0, trouve.start()) + 1, trouve.start() - debut + 1)
        nom = unicodedata.name(trouve[0], "caractère de commande")
        yield anomalie("caractere-interdit", lieu, raison=f"U+{ord(trouve[0]):04X}, {nom.lower()}")


def _hostilites(texte: str, fichier: str) -> Iterator[Anomalie]:
    """Parcourt les événements, sans construire d’arbre : le garde-fou vient avant la récursion."""
    profondeur, documents, valeurs = 0, 0, 0
    for evenement in yaml.parse(texte, Loader=_Chargeur):
        lieu = _lieu(evenement.start_mark, fichier)
        profondeur += isinstance(evenement, yaml.CollectionStartEvent)
        profondeur -= isinstance(evenement, yaml.CollectionEndEvent)
        documents += isinstance(evenement, yaml.DocumentStartEvent)
        valeurs += isinstance(evenement, yaml.NodeEvent)
        if documents > 1:
            yield anomalie("yaml-plusieurs-documents", lieu)
            return
        if profondeur > PROFONDEUR_MAX:
            yield anomalie("yaml-profondeur", lieu, limite=PROFONDEUR_MAX)
            return
        if valeurs > VALEURS_MAX:
            yield anomalie("yaml-demesure", lieu, limite=VALEURS_MAX)
            return
        yield from _renvois_et_etiquettes(evenement, lieu)


def _renvois_et_etiquettes(evenement: yaml.Event, lieu: Lieu) -> Iterator[Anomalie]:
    if getattr(evenement, "anchor", None):
        yield anomalie("yaml-alias", lieu)
    etiquette = getattr(evenement, "tag", None)
    # « ! » seul est la forme neutre que libyaml donne à un scalaire entre guillemets.
    if etiquette not in (None, "!"):
        yield anomalie("yaml-etiquette", lieu, etiquette=etiquette.replace("tag:yaml.org,2002:", "!!"))


def _descendre(arbre: ArbreSitue, noeud: yaml.Node, chemin: Chemin) -> Valeur:
    arbre.lieux[chemin] = _lieu(noeud.start_mark, arbre.fichier)
    if isinstance(noeud, yaml.MappingNode):
        return _descendre_table(arbre, noeud, chemin)
    if isinstance(noeud, yaml.SequenceNode):
        return [_descendre(arbre, enfant, (*chemin, rang)) for rang, enfant in enumerate(noeud.value)]
    return str(noeud.value)


def _descendre_table(arbre: ArbreSitue, noeud: yaml.MappingNode, chemin: Chemin) -> dict[str, Valeur]:
    table: dict[str, Valeur] = {}
    for noeud_cle, noeud_valeur in noeud.value:
        lieu = _lieu(noeud_cle.start_mark, arbre.fichier)
        if not isinstance(noeud_cle, yaml.ScalarNode):
            arbre.anomalies.append(anomalie("yaml-cle-composee", lieu))
            continue
        cle = str(noeud_cle.value)
        deja = arbre.cles.get((*chemin, cle))
        if deja:
            arbre.anomalies.append(anomalie("yaml-cle-en-double", lieu, cle=cle, deja=deja.ligne))
            continue
        arbre.cles[(*chemin, cle)] = lieu
        table[cle] = _descendre(arbre, noeud_valeur, (*chemin, cle))
    return table


def _lieu(marque: Any, fichier: str) -> Lieu:
    return Lieu(fichier, marque.line + 1, marque.column + 1)


def _anomalie_syntaxe(erreur: yaml.YAMLError, fichier: str) -> Anomalie:
    marque = getattr(erreur, "problem_mark", None) or getattr(erreur, "context_mark", None)
    lieu = _lieu(marque, fichier) if marque else Lieu(fichier, 1, 1)
    probleme = f"{getattr(erreur, 'problem', '')} {getattr(erreur, 'reason', '')}"
    raison = next((fr for en, fr in _RAISONS.items() if en in probleme), "la syntaxe est fautive ici")
    return anomalie("yaml-syntaxe", lieu, raison=raison)

"""Lit un YAML en gardant, pour chaque valeur, sa ligne et sa colonne ; refuse ce qui est hostile ou ambigu.

Les scalaires restent des textes : « non » reste « non », « 1.10 » reste « 1.10 ».
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

import yaml

from cpit.chargement.yaml_signes import (
    expliquer_par_les_signes,
    expliquer_par_un_texte,
    guillemets_gardes,
    signes_dans_les_cles,
    textes_coupes,
)
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie
from cpit.typographie import echapper, typographier

_PROFONDEUR_MAX = 32
"""Un référentiel en demande 6 ; CSafeLoader s’effondre vers 100 000."""

VALEURS_MAX = 50_000
"""Le référentiel livré en compte 700 ; au-delà, chaque étape prendrait des secondes."""
_CONSTATS_MAX = 100
"""Renvois, étiquettes ou caractères interdits signalés ; un fichier hostile en porte cent mille."""
_INTERDIT = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Ce que YAML n’imprime pas, plus les fins de ligne qu’un éditeur ne compte pas (U+0085, U+2028, U+2029)."""

Chemin = tuple[str | int, ...]
Valeur = str | list["Valeur"] | dict[str, "Valeur"]

_Chargeur: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Les mots de libyaml, puis ceux de l’analyseur en Python pur, qui sert quand libyaml manque.
_RAISONS = {
    "mapping values are not allowed": "un « : » n'est pas à sa place (texte à mettre entre guillemets ?)",
    "could not find expected ':'": "il manque « : » et une espace après une clé",
    "did not find expected key": "une clé était attendue (guillemet oublié ou mauvais alignement ?)",
    "did not find expected '-' indicator": "un « - » de liste était attendu (mauvais alignement ?)",
    "expected <block end>": "une clé ou un « - » était attendu (guillemet oublié ou mauvais alignement ?)",
    "expected ',' or ']'": "il manque une virgule ou un crochet fermant",
    "expected ',' or '}'": "il manque une virgule ou une accolade fermante",
    "found unexpected end of stream": "un guillemet ouvert ici n'est pas refermé",
    "found unexpected document": "un guillemet ouvert ici n'est pas refermé",
    "that cannot start any token": "une valeur ne peut pas commencer par ce caractère",
    "found a tab character": "une tabulation sert d'alignement ; le YAML veut des espaces",
    "sequence entries are not allowed": "un « - » de liste n'est pas à sa place (texte à mettre entre guillemets ?)",
    "found undefined tag handle": "une étiquette « ! » est inconnue (texte à mettre entre guillemets ?)",
    "found undefined alias": "un renvoi « * » ne désigne rien",
    "found duplicate anchor": "un repère « & » est posé deux fois",
    "unknown escape character": "une barre oblique inverse « \\ » dans un texte entre guillemets doubles (la doubler)",
    "hexdecimal": "une barre oblique inverse « \\ » dans un texte entre guillemets doubles (la doubler)",
    "hexadecimal": "une barre oblique inverse « \\ » dans un texte entre guillemets doubles (la doubler)",
    "escape code": "une barre oblique inverse « \\ » dans un texte entre guillemets doubles (la doubler)",
    "comment or line break": "un « > » ou un « | » en tête de valeur ouvre un bloc : le texte va à la ligne suivante",
    "comment or a line break": "un « > » ou un « | » en tête de valeur ouvre un bloc : le texte va à la ligne suivante",
    "indentation indicator": "un « > » ou un « | » en tête de valeur ouvre un bloc : le texte va à la ligne suivante",
    "node content": "une valeur était attendue",
    "<document start>": "cette ligne ne continue pas ce qui précède (mauvais alignement ?)",
    "alphabetic or numeric": "un « & » ou un « * » n'est pas à sa place (texte à mettre entre guillemets ?)",
    "directive": "une ligne qui commence par « % » n'est pas permise",
    "incompatible YAML document": "la version de YAML annoncée n'est pas connue",
    "characters are not allowed": "un caractère de commande est interdit",
}
_OUVERTURES = ("unexpected end of stream", "unexpected document", "expected ',' or", "could not find expected ':'")
"""Fautes constatées après leur cause : on montre la clé, ou le guillemet, le crochet, l’accolade qui s’ouvre."""
_RAISON_INCONNUE = "la syntaxe est fautive ici"


@dataclass(slots=True)
class ArbreSitue:
    """Des données simples (textes, listes, tables) et où chacune se trouve.

    ``lieux`` situe les valeurs, ``cles`` situe les clés ; un chemin est ``("items", 3, "code")``.
    """

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
        return self.lieux.get((), Lieu("", 1, 1))

    def lieu_valeur(self, chemin: Chemin) -> Lieu:
        """Lieu de la valeur d’un chemin, ou du plus proche parent connu."""
        return self.lieux.get(chemin) or self.lieu(chemin)


def lire_yaml(texte: str) -> ArbreSitue:
    """Lit un document YAML unique.

    :raises ErreurCpit: caractères interdits, syntaxe fautive, renvois, étiquettes, démesure, plusieurs documents, vide.
        Les clés en double ou composées sont des anomalies de l’arbre rendu : la lecture continue.
    """
    interdits = list(islice(_caracteres_interdits(texte), _CONSTATS_MAX))
    if interdits:
        raise ErreurCpit(interdits)
    hostiles: list[Anomalie] = []
    try:
        hostiles.extend(islice(_hostilites(texte), _CONSTATS_MAX))
        noeud = None if hostiles else yaml.compose(texte, Loader=_Chargeur)
    except yaml.YAMLError as erreur:
        raise ErreurCpit([*hostiles, *_expliquer(erreur, texte)]) from None
    if hostiles:
        raise ErreurCpit(hostiles)
    if noeud is None:
        raise ErreurCpit([anomalie("yaml-vide", Lieu("", 1, 1))])
    if signes := list(islice(signes_dans_les_cles(noeud, texte), _CONSTATS_MAX)):
        raise ErreurCpit(signes)
    arbre = ArbreSitue()
    arbre.anomalies += islice(chain(textes_coupes(noeud, texte), guillemets_gardes(noeud)), _CONSTATS_MAX)
    arbre.racine = _descendre(arbre, noeud, ())
    return arbre


def echapper_yaml(texte: str) -> str:
    """Un YAML dont les signes cachés sont échappés : chaque valeur reste la même, entre guillemets s’il le faut.

    Dans un commentaire, l’échappement se lit tel quel. Un texte qui n’a rien de caché est rendu à l’identique.
    """
    if _sur(texte) == texte:
        return texte
    morceaux, fin = list[str](), 0
    for jeton in yaml.scan(texte, Loader=yaml.SafeLoader):
        debut, apres = jeton.start_mark.index, jeton.end_mark.index
        if isinstance(jeton, yaml.ScalarToken) and _sur(texte[debut:apres]) != texte[debut:apres]:
            morceaux += [_sur(texte[fin:debut]), _sur(json.dumps(jeton.value, ensure_ascii=False))]
            # Un texte en bloc va jusqu’à la ligne suivante, dont il a pris l’alignement.
            bloc = texte[debut:apres].rpartition("\n") if jeton.style in ("|", ">") else ("", "", "")
            morceaux.append(bloc[1] + bloc[2])
            fin = apres
    return "".join([*morceaux, _sur(texte[fin:])])


def _sur(texte: str) -> str:
    return echapper(texte, yaml=True)


def _caracteres_interdits(texte: str) -> Iterator[Anomalie]:
    for trouve in _INTERDIT.finditer(texte):
        debut = texte.rfind("\n", 0, trouve.start()) + 1
        lieu = Lieu("", texte.count("\n", 0, trouve.start()) + 1, trouve.start() - debut + 1)
        nom = unicodedata.name(trouve[0], "caractère de commande")
        yield anomalie("caractere-interdit", lieu, raison=f"U+{ord(trouve[0]):04X}, {nom.lower()}")


def _hostilites(texte: str) -> Iterator[Anomalie]:
    """Parcourt les événements, sans construire d’arbre : le garde-fou vient avant la récursion."""
    profondeur, documents, valeurs = 0, 0, 0
    for evenement in yaml.parse(texte, Loader=_Chargeur):
        lieu = _lieu(evenement.start_mark)
        profondeur += isinstance(evenement, yaml.CollectionStartEvent)
        profondeur -= isinstance(evenement, yaml.CollectionEndEvent)
        documents += isinstance(evenement, yaml.DocumentStartEvent)
        valeurs += isinstance(evenement, yaml.NodeEvent)
        if documents > 1:
            yield anomalie("yaml-plusieurs-documents", lieu)
            return
        if profondeur > _PROFONDEUR_MAX:
            yield anomalie("yaml-profondeur", lieu, limite=_PROFONDEUR_MAX)
            return
        if valeurs > VALEURS_MAX:
            yield anomalie("yaml-demesure", lieu, limite=VALEURS_MAX)
            return
        yield from _renvois_et_etiquettes(evenement, lieu)


def _renvois_et_etiquettes(evenement: yaml.Event, lieu: Lieu) -> Iterator[Anomalie]:
    if getattr(evenement, "anchor", None):
        yield anomalie("yaml-alias", lieu)
    etiquette = getattr(evenement, "tag", None)
    # libyaml donne « ! » à tout scalaire entre guillemets ; écrit devant un mot nu, il disparaîtrait en silence.
    if etiquette == "!" and getattr(evenement, "style", None):
        return
    if etiquette:
        yield anomalie("yaml-etiquette", lieu, etiquette=etiquette.replace("tag:yaml.org,2002:", "!!"))


def _descendre(arbre: ArbreSitue, noeud: yaml.Node, chemin: Chemin) -> Valeur:
    arbre.lieux[chemin] = _lieu(noeud.start_mark)
    if isinstance(noeud, yaml.MappingNode):
        return _descendre_table(arbre, noeud, chemin)
    if isinstance(noeud, yaml.SequenceNode):
        return [_descendre(arbre, enfant, (*chemin, rang)) for rang, enfant in enumerate(noeud.value)]
    return _scalaire(arbre, noeud)


def _scalaire(arbre: ArbreSitue, noeud: yaml.Node) -> str:
    """Texte d’un scalaire, sans blanc autour ; « "\\x07" » y glisserait un caractère interdit."""
    texte = str(noeud.value).strip()
    for constat in islice(_caracteres_interdits(texte), 1):
        arbre.anomalies.append(replace(constat, lieu=_lieu(noeud.start_mark)))
    return texte


def _descendre_table(arbre: ArbreSitue, noeud: yaml.MappingNode, chemin: Chemin) -> dict[str, Valeur]:
    table: dict[str, Valeur] = {}
    for noeud_cle, noeud_valeur in noeud.value:
        lieu = _lieu(noeud_cle.start_mark)
        if not isinstance(noeud_cle, yaml.ScalarNode):
            arbre.anomalies.append(anomalie("yaml-cle-composee", lieu))
            continue
        cle = _scalaire(arbre, noeud_cle)
        deja = arbre.cles.get((*chemin, cle))
        if deja:
            arbre.anomalies.append(anomalie("yaml-cle-en-double", lieu, cle=cle, deja=deja.ligne))
            continue
        arbre.cles[(*chemin, cle)] = lieu
        table[cle] = _descendre(arbre, noeud_valeur, (*chemin, cle))
    return table


def _lieu(marque: Any) -> Lieu:
    return Lieu("", marque.line + 1, marque.column + 1)


def _anomalie_syntaxe(erreur: yaml.YAMLError, texte: str) -> Anomalie:
    probleme = f"{getattr(erreur, 'problem', '')} {getattr(erreur, 'reason', '')} {getattr(erreur, 'context', '')}"
    marque, debut = getattr(erreur, "problem_mark", None), getattr(erreur, "context_mark", None)
    if debut and (marque is None or (debut.line < marque.line and any(mots in probleme for mots in _OUVERTURES))):
        marque = debut
    raison = next((fr for en, fr in _RAISONS.items() if en in probleme), _RAISON_INCONNUE)
    lieu = _lieu(marque) if marque else Lieu("", 1, 1)
    if _caractere(texte, lieu) == "\t":
        raison = _RAISONS["found a tab character"]
    return anomalie("yaml-syntaxe", lieu, raison=typographier(raison))


def _expliquer(erreur: yaml.YAMLError, texte: str) -> list[Anomalie]:
    """Une faute de syntaxe, dite par ce qui la cause si on le trouve, par les mots de l’analyseur sinon."""
    dite = _anomalie_syntaxe(erreur, texte)
    ligne = _ligne_de_faute(erreur)
    if signes := expliquer_par_les_signes(texte, ligne, _premiere_faute):
        return signes[:_CONSTATS_MAX]
    if raison := expliquer_par_un_texte(texte, ligne, _premiere_faute):
        return [replace(dite, mots={"raison": typographier(raison)})]
    return [dite]


def _premiere_faute(texte: str) -> int | None:
    """La ligne de la première faute de syntaxe d’un texte, ou rien."""
    try:
        next(_hostilites(texte), None)
    except yaml.YAMLError as erreur:
        return _ligne_de_faute(erreur)
    return None


def _ligne_de_faute(erreur: yaml.YAMLError) -> int:
    marque = getattr(erreur, "problem_mark", None)
    return int(marque.line) + 1 if marque else 1


def _caractere(texte: str, lieu: Lieu) -> str:
    """Le caractère qui se trouve à un lieu, vide en fin de ligne."""
    lignes = texte.split("\n")
    ligne, colonne = (lieu.ligne or 1) - 1, (lieu.colonne or 1) - 1
    return lignes[ligne][colonne : colonne + 1] if ligne < len(lignes) else ""


# --- Rédiger en YAML ce que ``lire_yaml`` relit à l’identique.


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

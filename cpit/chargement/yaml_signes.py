"""Ce qu’un traitement de texte met dans un YAML et qui s’y lit autrement : espaces insécables, tirets longs, guillemets
courbes, deux-points d’ailleurs ; et le « # » qui coupe un texte.

Un signe n’est dit fautif que si le remplacer répare le fichier, ou s’il est dans une clé : dans un texte, il est à sa
place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import yaml

from cpit.erreurs import Anomalie, Lieu, anomalie
from cpit.typographie import typographier

_BLANCS = "\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000"
_BLANC = re.compile(f"[{_BLANCS}]")
_NOMS = {"\u00a0": "espace insécable", "\u202f": "espace fine insécable", "\u200b": "espace sans largeur"}
_DEBUT = r"[ ]*(?:- +)*"
_ALIGNEMENT = re.compile(rf"{_DEBUT}[{_BLANCS}][ {_BLANCS}]*")
_TIRET = re.compile(rf"({_DEBUT})([–—‒―−‐‑•‣▪●◦·*])[ {_BLANCS}]+(?=\S)")
_DEUX_POINTS = re.compile(rf"({_DEBUT}[\w-]+)[ {_BLANCS}]*([：﹕︓︰∶꞉]|:(?=[{_BLANCS}]))[ {_BLANCS}]*")
_GUILLEMETS = re.compile(r"((?::|-) +)[“”„‟](.*)[“”] *$")
_DIESE = re.compile(r"(?<=\S)([ \t]+)#")
_COMMENTAIRE = re.compile(r"(?P<blancs>[ \t]+)#(?P<suite>.*)")
_BLOC = re.compile(r"(?::|-)[ ]+[>|][-+0-9]{0,2}[ ]*(?:#.*)?$")
_CODES_DE_CLE = {"yaml-espace-insecable", "yaml-tiret-long"}


@dataclass(frozen=True, slots=True)
class _Signe:
    """Une ligne où un signe d’ailleurs tient la place d’un signe du YAML : lequel, où, et la ligne corrigée."""

    code: str
    ligne: int
    colonne: int
    signe: str
    corrigee: str

    def en_anomalie(self) -> Anomalie:
        """Le refus de ce signe, à sa place."""
        return anomalie(self.code, Lieu("", self.ligne, self.colonne), signe=self.signe)


def expliquer_par_les_signes(texte: str, ligne: int, premiere_faute: Callable[[str], int | None]) -> list[Anomalie]:
    """Les signes d’ailleurs dont vient une faute de syntaxe ; rien si les remplacer n’y change rien.

    :param ligne: celle de la faute.
    :param premiere_faute: rend la ligne de la première faute de syntaxe d’un texte, ou rien.
    """

    def repare(signes: list[_Signe]) -> bool:
        reste = premiere_faute(_remplacer(texte, signes)) if signes else ligne
        return reste is None or reste > ligne

    tous = list(_reperer(texte))
    codes = list(dict.fromkeys(signe.code for signe in tous))
    if len(codes) > 1 and premiere_faute(_remplacer(texte, tous)) is None:
        # Plusieurs sortes : seules celles qu’il faut remplacer pour que tout se lise.
        sans = {code: _remplacer(texte, [s for s in tous if s.code != code]) for code in codes}
        utiles = {code for code in codes if premiere_faute(sans[code]) is not None}
        return [signe.en_anomalie() for signe in tous if signe.code in utiles]
    for signes in (*([s for s in tous if s.code == code] for code in codes), tous):
        if repare(signes):
            return [signe.en_anomalie() for signe in signes]
    return []


def expliquer_par_un_texte(texte: str, ligne: int, premiere_faute: Callable[[str], int | None]) -> str:
    """Ce qui fait, dans un texte, une faute de syntaxe (« # », guillemets courbes) ; vide si ce n’est pas cela."""
    essais = (
        ("un « # » ouvre un commentaire et coupe ce texte (à mettre entre guillemets)", _DIESE, r"\1＃"),
        ('les guillemets courbes “ ” ne délimitent rien (mettre des guillemets droits : ")', _GUILLEMETS, r'\1"\2"'),
    )
    for raison, motif, remplacement in essais:
        lignes = [une if une.lstrip().startswith("#") else motif.sub(remplacement, une) for une in texte.split("\n")]
        reste = premiere_faute("\n".join(lignes))
        if reste is None or reste > ligne:
            return raison
    return ""


def signes_dans_les_cles(racine: yaml.Node, texte: str) -> Iterator[Anomalie]:
    """Les signes d’ailleurs qui se retrouvent en tête d’une clé : le YAML se lit, mais pas comme on l’a voulu."""
    lignes = {noeud.start_mark.line + 1 for noeud in _cles(racine) if _commence_mal(str(noeud.value))}
    if lignes:
        signes = (signe for signe in _reperer(texte) if signe.ligne in lignes and signe.code in _CODES_DE_CLE)
        yield from (signe.en_anomalie() for signe in signes)


def textes_coupes(racine: yaml.Node, texte: str) -> Iterator[Anomalie]:
    """Les textes qu’un « # » coupe en silence, et ce qui est perdu.

    Un commentaire voulu se reconnaît à deux espaces devant le « # » et une après : il n’est pas signalé.
    """
    lignes = texte.split("\n")
    for noeud in _scalaires(racine):
        fin = noeud.end_mark
        if noeud.style or fin.line >= len(lignes):
            continue
        trouve = _COMMENTAIRE.match(lignes[fin.line], fin.column)
        if trouve and trouve["suite"].strip() and not _est_voulu(trouve):
            lieu = Lieu("", fin.line + 1, trouve.end("blancs") + 1)
            garde = typographier(f"que « {noeud.value} »") if noeud.value else "rien"
            yield anomalie("yaml-texte-coupe", lieu, perdu="#" + trouve["suite"].rstrip(), garde=garde)


def guillemets_gardes(racine: yaml.Node) -> Iterator[Anomalie]:
    """Les textes tout entiers entre guillemets courbes : le YAML les y garde."""
    for noeud in _scalaires(racine):
        if not noeud.style and re.fullmatch("[“„‟].*[”“]", str(noeud.value)):
            lieu = Lieu("", noeud.start_mark.line + 1, noeud.start_mark.column + 1)
            yield anomalie("yaml-guillemets-gardes", lieu, valeur=noeud.value)


def _est_voulu(commentaire: re.Match[str]) -> bool:
    suite = commentaire["suite"]
    return (len(commentaire["blancs"]) > 1 or "\t" in commentaire["blancs"]) and suite.startswith((" ", "\t", "#"))


def _commence_mal(cle: str) -> bool:
    return bool(_BLANC.match(cle) or _TIRET.match(cle))


def _cles(noeud: yaml.Node) -> Iterator[yaml.Node]:
    for enfant in _noeuds(noeud):
        if isinstance(enfant, yaml.MappingNode):
            yield from (cle for cle, _ in enfant.value if isinstance(cle, yaml.ScalarNode))


def _scalaires(noeud: yaml.Node) -> Iterator[Any]:
    return (enfant for enfant in _noeuds(noeud) if isinstance(enfant, yaml.ScalarNode))


def _noeuds(racine: yaml.Node) -> Iterator[yaml.Node]:
    """Tous les nœuds, dans l’ordre du fichier, sans récursion."""
    pile = [racine]
    while pile:
        noeud = pile.pop()
        yield noeud
        if isinstance(noeud, yaml.MappingNode):
            pile += reversed(list(chain.from_iterable(noeud.value)))
        elif isinstance(noeud, yaml.SequenceNode):
            pile += reversed(noeud.value)


def _reperer(texte: str) -> Iterator[_Signe]:
    """Les lignes où un signe d’ailleurs est à la place d’un signe du YAML ; un texte en bloc n’en est pas."""
    for ligne, contenu in _hors_des_blocs(texte):
        trouve: re.Match[str] | None
        if trouve := _ALIGNEMENT.match(contenu):
            blanc = _BLANC.search(contenu)
            place = blanc.start() if blanc else 0
            corrigee = _BLANC.sub(" ", trouve[0]) + contenu[trouve.end() :]
            yield _Signe("yaml-espace-insecable", ligne, place + 1, _nommer(contenu[place]), corrigee)
        elif trouve := _TIRET.match(contenu):
            corrigee = f"{trouve[1]}- {contenu[trouve.end() :]}"
            yield _Signe("yaml-tiret-long", ligne, trouve.start(2) + 1, trouve[2], corrigee)
        elif trouve := _DEUX_POINTS.match(contenu):
            corrigee = f"{trouve[1]}: {contenu[trouve.end() :]}"
            suivi = f"suivi d’une {_nommer(contenu[trouve.end(2)])}" if trouve[2] == ":" else _point(trouve[2])
            yield _Signe("yaml-deux-points", ligne, trouve.start(2) + 1, f"{trouve[2]} ({suivi})", corrigee)


def _hors_des_blocs(texte: str) -> Iterator[tuple[int, str]]:
    """Les lignes, numérotées, sauf les commentaires et celles des textes en bloc."""
    bloc: int | None = None
    for ligne, contenu in enumerate(texte.split("\n"), 1):
        nu = _BLANC.sub(" ", contenu)
        retrait = len(nu) - len(nu.lstrip())
        if bloc is not None and (not nu.strip() or retrait > bloc):
            continue
        bloc = retrait if _BLOC.search(contenu) else None
        if nu.strip() and not nu.lstrip().startswith("#"):
            yield ligne, contenu


def _remplacer(texte: str, signes: list[_Signe]) -> str:
    lignes = texte.split("\n")
    for signe in signes:
        lignes[signe.ligne - 1] = signe.corrigee
    return "\n".join(lignes)


def _nommer(signe: str) -> str:
    return _NOMS.get(signe, "espace particulière, " + _point(signe))


def _point(signe: str) -> str:
    return f"U+{ord(signe):04X}"

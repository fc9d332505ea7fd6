"""Ce que l’on montre au terminal : des blocs, dessinés avec rich ou en lignes simples, du JSON, des anomalies.

Des anomalies pareilles se montrent d’un coup, avec combien et où d’abord. Dans une source, une par valeur ; d’une
source à l’autre, une pour toutes celles dont il y a la même chose à dire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from cpit.affichage.blocs import Bloc, ecrire_simple
from cpit.erreurs import Anomalie, Gravite, Remede
from cpit.messages import CATALOGUE
from cpit.terminal import Terminal
from cpit.typographie import FINE, clore, echapper, typographier

_CITEES, _SOURCES_CITEES = 3, 12
"""Endroits que l’on cite, et sources : d’un fichier à reprendre, on attend le nom."""


def _regrouper(anomalies: Iterable[Anomalie]) -> list[tuple[Anomalie, int]]:
    """Les anomalies, celles qui ne diffèrent que par l’endroit réunies à la place de la première ; et leur nombre.

    Le remède d’une réponse y joint ceux de toute sa source : il se colle une fois.
    """
    toutes = _sans_remede_partiel(list(anomalies))
    paquets: dict[object, list[Anomalie]] = {}
    for rang, une in enumerate(toutes):
        paquets.setdefault(_cle(une) or rang, []).append(une)
    return _d_une_source_a_l_autre([(_reunir(paquet), len(paquet)) for paquet in paquets.values()])


def _d_une_source_a_l_autre(groupes: Iterable[tuple[Anomalie, int]]) -> list[tuple[Anomalie, int]]:
    """Les mêmes, où ce qui se dit mot pour mot de plusieurs sources n’est dit qu’une fois, avec lesquelles."""
    par_texte: dict[object, list[tuple[Anomalie, int]]] = {}
    for une, nombre in groupes:
        dite = (une.code, une.quoi, une.attendu, une.correction, tuple(une.apercu), str(replace(une.lieu, fichier="")))
        par_texte.setdefault(dite, []).append((une, nombre))
    return [(_citer_les_sources([une for une, _ in eux]), sum(n for _, n in eux)) for eux in par_texte.values()]


def _citer_les_sources(paquet: Sequence[Anomalie]) -> Anomalie:
    sources = list(dict.fromkeys(une.lieu.fichier for une in paquet))
    if len(sources) == 1:
        return paquet[0]
    dossier = PurePath(sources[0]).parent
    # Le dossier se lit une fois, au premier nom.
    suivantes = [chemin.name if chemin.parent == dossier else str(chemin) for chemin in map(PurePath, sources[1:])]
    citees = f"{len(sources)} sources, {_enumerer([sources[0], *suivantes], _SOURCES_CITEES)}"
    return replace(paquet[0], lieu=replace(paquet[0].lieu, fichier=citees))


def _sans_remede_partiel(anomalies: Sequence[Anomalie]) -> list[Anomalie]:
    """Les mêmes, où le remède de chaque réponse dit aussi les autres réponses refusées de la source."""
    cibles: dict[str, dict[str, tuple[str, ...]]] = {}
    for une in anomalies:
        if isinstance(remede := une.mots.get("ou_dire"), Remede):
            cibles.setdefault(une.lieu.fichier, {}).update(remede.cibles)

    def completer(une: Anomalie) -> Anomalie:
        remede = une.mots.get("ou_dire")
        if not isinstance(remede, Remede):
            return une
        entier = remede.pour_toute(cibles[une.lieu.fichier])
        return replace(une, mots={**une.mots, "ou_dire": entier})

    return [completer(une) for une in anomalies]


def _cle(une: Anomalie) -> tuple[object, ...] | None:
    """Ce que des anomalies pareilles ont en commun ; rien pour celle qui se montre toujours seule."""
    pareilles = CATALOGUE[une.code].pareilles
    if pareilles is None:
        return None
    autres = sorted((cle, str(mot)) for cle, mot in une.mots.items() if cle not in (pareilles[0], "ou_dire"))
    return une.code, une.lieu.fichier, *autres


def _reunir(paquet: Sequence[Anomalie]) -> Anomalie:
    premiere, pareilles = paquet[0], CATALOGUE[paquet[0].code].pareilles
    if len(paquet) == 1 or pareilles is None:
        return premiere
    mot, forme = pareilles
    places = _enumerer([_situer(une, mot) for une in paquet])
    dit = typographier(forme).format(nombre=len(paquet), places=places)
    return replace(premiere, mots={**premiere.mots, mot: dit})


def _enumerer(places: Sequence[str], combien: int = _CITEES) -> str:
    return ", ".join(places[:combien]) + ("…" if len(places) > combien else "")


def _situer(une: Anomalie, mot: str) -> str:
    """« C1P ligne 2 » pour une réponse ; le numéro de la ligne, ou la cellule, pour une ligne."""
    ou = une.lieu.cellule or ("" if une.lieu.ligne is None else str(une.lieu.ligne))
    if mot != "colonne":
        return ou
    return f"{une.mots[mot]} {'' if une.lieu.cellule else 'ligne '}{ou}".strip()


_DEUX_POINTS = FINE + ": "
_MAXIMUM = 200
"""Anomalies montrées à l’écran ; au-delà, on dit combien il en reste."""


def montrer(terminal: Terminal, blocs: Iterable[Bloc]) -> None:
    """Écrit des blocs selon ce que le terminal sait faire."""
    if terminal.simple:
        ecrire = ecrire_simple
    else:
        from cpit.affichage.rendu_riche import ecrire_riche as ecrire
    for bloc in blocs:
        ecrire(terminal, bloc)


def montrer_json(terminal: Terminal, document: Mapping[str, object]) -> None:
    """Écrit un JSON seul sur la sortie ; en ASCII pur si elle n’est pas en UTF-8 : le fichier se relit partout."""
    import json

    en_utf8 = terminal.flux.encoding.lower().replace("-", "").startswith("utf8")
    terminal.flux.write(echapper(json.dumps(document, ensure_ascii=not en_utf8, indent=2)) + "\n")


def montrer_anomalies(terminal: Terminal, anomalies: Iterable[Anomalie]) -> None:
    """Écrit chaque anomalie sur quelques lignes, la gravité en toutes lettres : où, quoi, attendu, comment corriger.

    Celles qui ne diffèrent que par l’endroit n’en font qu’une, qui dit combien elles sont.
    """
    groupes = _regrouper(anomalies)
    for anomalie, _ in groupes[:_MAXIMUM]:
        lieu = f"{anomalie.lieu}{_DEUX_POINTS}" if str(anomalie.lieu) else ""
        titre = "Avertissement" if anomalie.gravite is Gravite.AVERTISSEMENT else "Refus"
        terminal.dire(clore(f"{titre}. {lieu}{anomalie.quoi}"), suite=2, tel_quel=True)
        if anomalie.apercu:
            terminal.dire(f"Premières lignes, telles que comprises{_DEUX_POINTS}", retrait=2, tel_quel=True)
        for ligne in anomalie.apercu:
            terminal.dire(ligne, retrait=4, suite=6, tel_quel=True)
        terminal.dire(clore(f"Attendu{_DEUX_POINTS}{anomalie.attendu_au_terminal}"), retrait=2, suite=4, tel_quel=True)
        terminal.dire(f"Corriger{_DEUX_POINTS}{anomalie.correction_au_terminal}", retrait=2, suite=4, tel_quel=True)
    if reste := sum(nombre for _, nombre in groupes[_MAXIMUM:]):
        terminal.dire(f"… et {reste} autres.")

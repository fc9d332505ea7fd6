"""Une table de réponses sous deux formes, et ce qu’elle donne à qui la lit : les passations prises, d’où elles
viennent, ce qui en est dit.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import openpyxl
import pytest

import cpit
from cpit import Anomalie
from cpit.api.groupe import choisir_pour, noter_en_grand, reunir
from cpit.coeur.cohorte import Releve
from cpit.coeur.referentiel import Referentiel

Ecrire = Callable[[Path, Sequence[Sequence[str]]], Path]
"""Ce qui écrit une table sous une de ses formes : son nom, sans suffixe, et ses cellules ; rend le fichier."""


def en_csv(chemin: Path, grille: Sequence[Sequence[str]]) -> Path:
    """La table en CSV, séparée par des points-virgules."""
    with chemin.with_suffix(".csv").open("w", encoding="utf-8", newline="") as flux:
        csv.writer(flux, delimiter=";").writerows(grille)
    return chemin.with_suffix(".csv")


def en_xlsx(chemin: Path, grille: Sequence[Sequence[str]]) -> Path:
    """La table en classeur : un entier y est un nombre, un texte vide une cellule vide."""
    classeur = openpyxl.Workbook()
    feuille = classeur.active
    assert feuille is not None
    for ligne in grille:
        feuille.append([int(mot) if mot.isdecimal() else mot or None for mot in ligne])
    classeur.save(chemin.with_suffix(".xlsx"))
    return chemin.with_suffix(".xlsx")


DEUX_FORMES = pytest.mark.parametrize("ecrire", [en_csv, en_xlsx])


@dataclass(frozen=True)
class Lue:
    """Une source lue : rien n’y est pris si tout en est refusé, et les anomalies le disent."""

    source: str
    releves: tuple[Releve, ...]
    anomalies: tuple[Anomalie, ...]


def lire_seule(chemin: Path, referentiel: Referentiel, **consignes: str) -> Lue:
    """Lit un fichier comme « cpit cohorte » le lirait seul ; qu’il n’en reste rien n’est pas redit."""
    try:
        recueil = cpit.lire(chemin, referentiel, **consignes)  # type: ignore[arg-type]
    except cpit.ErreurCpit as erreur:
        return Lue(str(chemin), (), tuple(une for une in erreur.anomalies if une.code != "cohorte-vide"))
    return Lue(str(chemin), tuple(notee.releve for notee in recueil.cohorte.notees), recueil.anomalies)


def gonfler(chemin: Path, compresse: bool) -> None:
    """Ajoute à un classeur de quoi passer les limites d’un formulaire : vingt millions d’octets, ou dix compressés."""
    with zipfile.ZipFile(chemin, "a") as archive:
        for rang in range(3 if compresse else 1):
            genre, taille = (zipfile.ZIP_DEFLATED, 7_000_000) if compresse else (zipfile.ZIP_STORED, 10_500_000)
            archive.writestr(zipfile.ZipInfo(f"xl/media/{rang}.bin"), bytes(taille), genre, 1)


def lire_d_un_disque_qui_lache(
    chemin: Path, referentiel: Referentiel, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[int, list[str]]]:
    """Ce que donne un fichier quand le disque ne répond plus à sa première ouverture, puis à la deuxième, et ainsi de
    suite jusqu’à ce qu’il n’y en ait plus : combien de passations, et les anomalies, toutes de ce fichier.
    """
    vraie, rendus, reste = os.open, list[tuple[int, list[str]]](), [0]

    def ouvrir(quoi: Any, *suite: Any, **options: Any) -> int:
        reste[0] -= Path(quoi) == chemin
        if Path(quoi) == chemin and reste[0] == 0:
            raise OSError(errno.EIO, "Input/output error", str(chemin))
        return vraie(quoi, *suite, **options)

    monkeypatch.setattr(os, "open", ouvrir)
    while reste[0] <= 0:
        reste[0] = len(rendus) + 1
        lue = lire_seule(chemin, referentiel)
        assert {une.lieu.fichier for une in lue.anomalies} <= {str(chemin)}
        rendus.append((len(lue.releves), [redire(une) for une in lue.anomalies]))
    return rendus


DISQUE = "fichier-illisible raison=le disque ne répond pas bien"


def redire(une: Anomalie, sauf: Sequence[str] = ()) -> str:
    """Une anomalie en une ligne : son code, sa place, ses mots, sauf ceux-là."""
    place = "!".join(mot for mot in (une.lieu.feuille, une.lieu.cellule) if mot)
    mots = ", ".join(f"{cle}={valeur}" for cle, valeur in une.mots.items() if cle not in sauf)
    return " ".join(f"{une.code} {place} {mots}".split())


class NoteeEnGrand(NamedTuple):
    """Ce qui s’écrit et se dit de grandes tables, et ce qui y est résumé."""

    octets: bytes
    anomalies: tuple[Anomalie, ...]
    sources: tuple[Any, ...] = ()
    portraits: Mapping[tuple[str, str], Any] = MappingProxyType({})
    doublons_cherches: bool = True

    @property
    def passations(self) -> int:
        """Passations notées."""
        return sum(source.passations for source in self.sources)


def noter_en_octets(
    chemins: Path | Sequence[Path], referentiel: Referentiel, dialecte: str = "fr", *, avec_reponses: bool = True
) -> NoteeEnGrand:
    """Note des tables comme « cpit cohorte » note de très grandes, quelle que soit leur taille ; rien s’il n’y a rien à
    noter, ce que les anomalies disent.
    """
    reunion = reunir(chemins, choisir_pour(chemins, referentiel))
    flux = io.BytesIO()
    try:
        bilan = noter_en_grand(reunion, referentiel, flux, dialecte=dialecte, avec_reponses=avec_reponses)
    except cpit.ErreurCpit as erreur:
        return NoteeEnGrand(flux.getvalue(), tuple(une for une in erreur.anomalies if une.code != "cohorte-vide"))
    return NoteeEnGrand(
        flux.getvalue(), bilan.anomalies, bilan.sources, bilan.portraits, doublons_cherches=bilan.doublons_cherches
    )

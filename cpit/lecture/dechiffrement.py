"""Une cellule de réponse, d’où qu’elle vienne : niveau, libellé, sans objet, vide, ou une anomalie nommée.

Rien n’est deviné : ce qui n’est pas dans la grammaire est refusé, et compte comme sans réponse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import isfinite

from cpit.coeur.passation import Reponse, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, Lieu, anomalie
from cpit.tableur.pieges import Piege
from cpit.typographie import nettoyer, sans_accent

_SANS_OBJET = frozenset(
    {
        "so",
        "s.o.",
        "s. o.",
        "s/o",
        "sans objet",
        "nsp",
        "nspp",
        "nc",
        "n.c.",
        "n/a",
        "n.a.",
        "ne sait pas",
        "ne se prononce pas",
        "non concerne",
        "non applicable",
    }
)
"""Synonymes de « sans objet », repliés (minuscules, sans accent) ; liste fermée."""

_MEMOIRE_MAX = 64
"""Signes d’une cellule de réponse que l’on retient."""

VALEUR_ABSENTE = "na"
"""Ce que R écrit pour une valeur absente : lu comme « sans réponse », jamais comme « sans objet »."""

ERREURS_DE_TABLEUR = frozenset(
    {
        "#n/a",
        "#n/d",
        "#valeur!",
        "#value!",
        "#ref!",
        "#div/0!",
        "#nom?",
        "#name?",
        "#nombre!",
        "#num!",
        "#nul!",
        "#null!",
        "err:502",
        "err:508",
        "#####",
    }
)

_DECLENCHEURS = frozenset("=+-@\t\r")
"""Ce devant quoi nos exports CSV mettent une apostrophe, pour qu’un tableur n’y voie pas une formule."""

_ORDINAIRES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "«": '"', "»": '"', "œ": "oe", "Œ": "OE"}
    | dict.fromkeys("‐‑‒–—−", "-")
)
_NOMBRE = re.compile(r"([+-]?[0-9]{1,9})(?:[.,]0+)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]+[.,][0-9]+", re.ASCII)


@dataclass(frozen=True)
class Dechiffreur:
    """Lit les réponses d’un référentiel ; une valeur vue une fois n’est plus déchiffrée."""

    referentiel: Referentiel
    libelles: Mapping[str, int]
    attendus: str

    @classmethod
    def pour(cls, referentiel: Referentiel) -> Dechiffreur:
        """Déchiffreur d’un référentiel."""
        niveaux = referentiel.echelle.niveaux
        libelles = {replier_libelle(niveau.libelle): niveau.valeur for niveau in niveaux}
        so = ", ou SO" if referentiel.echelle.sans_objet else ""
        attendus = "un niveau (" + ", ".join(str(n.valeur) for n in niveaux) + "), son libellé" + so
        return cls(referentiel, libelles, attendus)

    def lire(self, valeur: object, lieu: Lieu, colonne: str) -> tuple[Reponse, Anomalie | None]:
        """Réponse d’une cellule ; s’il y a une anomalie, la réponse est « sans réponse ».

        :param valeur: texte, nombre, booléen, date, piège ou rien, tel que le lecteur du format le rend.
        :param colonne: nom de la colonne, pour le message.
        """
        if isinstance(valeur, str):
            # Un texte démesuré ne se revoit pas : le retenir ne ferait qu’emplir la mémoire.
            lire = _lire_texte if len(valeur) <= _MEMOIRE_MAX else _lire_texte.__wrapped__
            trouve = lire(self, valeur)
        else:
            trouve = self._lire(valeur)
        if isinstance(trouve, Reponse):
            return trouve, None
        mots = {"colonne": colonne, "valeur": valeur, "attendus": self.attendus}
        return sans_reponse(), anomalie(trouve, lieu, **mots)

    def _lire(self, valeur: object) -> Reponse | str:
        if valeur is None:
            return sans_reponse()
        if isinstance(valeur, int | float) and not isinstance(valeur, bool):
            return self._lire_nombre(valeur)
        return _nommer_l_illisible(valeur) or "cellule-incomprise"

    def _lire_nombre(self, valeur: int | float) -> Reponse | str:
        if not isfinite(valeur):
            return "cellule-incomprise"
        return self.niveau(int(valeur)) if valeur == int(valeur) else "cellule-non-entiere"

    def niveau(self, valeur: int) -> Reponse | str:
        """Réponse d’un entier, ou le code de l’anomalie."""
        return repondu(valeur) if valeur in self.referentiel.echelle.par_valeur else "cellule-hors-echelle"

    def __hash__(self) -> int:
        return id(self)


@lru_cache(maxsize=65536)
def _lire_texte(dechiffreur: Dechiffreur, texte: str) -> Reponse | str:
    plie = replier_libelle(texte)
    nombre = _lire_nombre_ecrit(dechiffreur, texte)
    if isinstance(nombre, Reponse):
        return nombre
    if plie in dechiffreur.libelles:
        return repondu(dechiffreur.libelles[plie])
    if plie in {"", VALEUR_ABSENTE}:
        return sans_reponse()
    if plie in _SANS_OBJET or plie == _libelle_sans_objet(dechiffreur.referentiel):
        return sans_objet() if dechiffreur.referentiel.echelle.sans_objet else "sans-objet-non-prevu"
    return nombre or _nommer_l_incompris(plie)


def _lire_nombre_ecrit(dechiffreur: Dechiffreur, texte: str) -> Reponse | str | None:
    # Le texte d’origine, et non le texte replié : « ３ » et « ² » ne sont pas des chiffres de cette grammaire.
    trouve = _NOMBRE.fullmatch(nettoyer(texte).strip().replace("−", "-"))
    return dechiffreur.niveau(int(trouve[1])) if trouve else None


def _nommer_l_incompris(plie: str) -> str:
    if plie in ERREURS_DE_TABLEUR:
        return "cellule-erreur"
    if plie in {"vrai", "faux", "true", "false"}:
        return "cellule-booleen"
    return "cellule-non-entiere" if _DECIMAL.fullmatch(plie) else "cellule-incomprise"


_TEMPS = (date, datetime, time, timedelta)


def _nommer_l_illisible(valeur: object) -> str | None:
    """Code de l’anomalie d’une cellule qui n’est ni un texte ni un nombre, ou rien."""
    if isinstance(valeur, Piege):
        return valeur.code
    if isinstance(valeur, bool):
        return "cellule-booleen"
    return "cellule-date" if isinstance(valeur, _TEMPS) else None


def lire_mots(valeur: object) -> str | Piege:
    """Texte d’une cellule qui n’est pas une réponse (code, moment, profil, trace), ou ce qui empêche de la lire.

    L’apostrophe que nos exports mettent devant « = + - @ » est ôtée.
    """
    if isinstance(valeur, str):
        return _lire_mots_ecrits(valeur)
    if valeur is None:
        return ""
    if code := _nommer_l_illisible(valeur):
        return valeur if isinstance(valeur, Piege) else Piege(code, str(valeur))
    if isinstance(valeur, float) and isfinite(valeur) and valeur == int(valeur):
        return str(int(valeur))
    return str(valeur)


def _lire_mots_ecrits(texte: str) -> str | Piege:
    if not texte.isprintable():
        texte = nettoyer(texte, garder_lignes=True)
    texte = texte.strip()
    if texte[:1] in {"#", "E", "e"} and texte.casefold() in ERREURS_DE_TABLEUR:
        return Piege("cellule-erreur", texte)
    return texte[1:] if texte[:1] == "'" and texte[1:2] in _DECLENCHEURS else texte


def replier_libelle(texte: str) -> str:
    """Texte comparable : sans accent, minuscule, espaces simples, apostrophes, guillemets et tirets ordinaires."""
    return " ".join(sans_accent(nettoyer(texte).translate(_ORDINAIRES)).casefold().split())


def _libelle_sans_objet(referentiel: Referentiel) -> str | None:
    sans = referentiel.echelle.sans_objet
    return replier_libelle(sans.libelle) if sans else None

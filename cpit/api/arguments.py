"""Ce que chaque paramètre de la façade accepte : un argument d’une autre sorte est refusé par son nom.

Un même nom de paramètre veut la même chose partout ; ``_PROPRES`` dit les exceptions. La valeur par défaut convient
toujours. Toutes les fautes d’un appel sont dites d’un coup, avant tout travail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, signature
from numbers import Integral, Real
from os import PathLike, fspath
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from cpit.erreurs import ACopier, Anomalie, MauvaisEmploi, acces, anomalie
from cpit.ouverture import faute_de_chemin
from cpit.typographie import enumerer

Chemin = str | Path
_NOMBRE_MAX = 10**15
_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class _Attente:
    """Ce qu’un paramètre accepte, et comment on le dit."""

    admet: Callable[[object], bool]
    quoi: str
    chemin: bool = False
    """Vrai si un texte y est un chemin, qui ne peut être vide."""


def _est_un_chemin(valeur: object) -> bool:
    return isinstance(valeur, str) or (isinstance(valeur, PathLike) and isinstance(fspath(valeur), str))


def _est_une_suite(valeur: object, admet: Callable[[object], bool]) -> bool:
    """Vrai pour une suite de ce qu’il faut ; un texte n’en est pas une, qui se lirait lettre à lettre."""
    if isinstance(valeur, str | bytes | PathLike | Mapping) or not isinstance(valeur, Iterable):
        return False
    return all(map(admet, valeur))


def _est_un_texte(valeur: object) -> bool:
    return isinstance(valeur, str)


def _est_un_entier(valeur: object) -> bool:
    return isinstance(valeur, Integral) and _est_un_nombre(valeur)


def _est_une_valeur(valeur: object) -> bool:
    return isinstance(valeur, str) or _est_un_entier(valeur)


def _est_un_nombre(valeur: object) -> bool:
    """Vrai pour un nombre que l’on sait écrire ; ``True`` n’en est pas un."""
    if isinstance(valeur, bool) or not isinstance(valeur, Real):
        return False
    nombre: Any = valeur
    return not (nombre >= _NOMBRE_MAX or nombre <= -_NOMBRE_MAX)


_SORTES = {
    "Cohorte": "cpit.coeur.cohorte",
    "EquipeLue": "cpit.coeur.equipe",
    "EtudeDEvolution": "cpit.formats.recueil",
    "LectureDEquipes": "cpit.coeur.equipe",
    "ListeDeCodes": "cpit.formulaire.liste_de_codes",
    "Passation": "cpit.coeur.passation",
    "Rapprochement": "cpit.rapprochement",
    "Recueil": "cpit.formats.recueil",
    "Referentiel": "cpit.coeur.referentiel",
    "Relecture": "cpit.passations.relecture",
    "Restitution": "cpit.coeur.mots.restitution",
}
"""Ce que la façade rend et reprend → le module de sa classe, que vérifier un argument ne charge pas : cpit entier
viendrait avec."""


def _est(valeur: object, *sortes: str) -> bool:
    """Vrai pour une instance de l’une de ces classes, reconnue à son nom."""
    ascendance = {(classe.__module__, classe.__qualname__) for classe in type(valeur).__mro__}
    return any((_SORTES[sorte], sorte) in ascendance for sorte in sortes)


def _une(*sortes: str, de: str) -> _Attente:
    return _Attente(lambda valeur: _est(valeur, *sortes), f"{enumerer(sortes, 'ou')} : ce que rend {de}")


_OUI_NON = _Attente(lambda valeur: isinstance(valeur, bool), "True ou False")
_TEXTE = _Attente(_est_un_texte, "un texte (str)")
_ENTIER = _Attente(_est_un_entier, "un nombre entier (int)")
_NOMBRE = _Attente(_est_un_nombre, "un nombre (int ou float)")
_CHEMIN = _Attente(_est_un_chemin, "un chemin (str ou Path)", chemin=True)
_CHEMINS = _Attente(
    lambda v: _est_une_suite(v, _est_un_chemin),
    'une suite de chemins (str ou Path), par exemple ["groupe.xlsx"]',
    chemin=True,
)
_TEXTES = _Attente(lambda v: _est_une_suite(v, _est_un_texte), 'une suite de textes (str), par exemple ["csv"]')
_SOURCES = _Attente(
    lambda v: _est_un_chemin(v) or _est_une_suite(v, _est_un_chemin), "un chemin (str ou Path), ou une suite de chemins"
)
_CODES = _Attente(
    lambda v: isinstance(v, str | Path) or _est(v, "ListeDeCodes") or _est_une_suite(v, _est_un_texte),
    "une suite de codes (str), le chemin (Path) de la liste qui les porte, ou ce que rend cpit.lire_liste",
)
_FONCTION = _Attente(callable, "une fonction")
_CONFIRMATION = _Attente(lambda v: isinstance(v, bool) or callable(v), "True, False, ou une fonction")
_REPONSES = _Attente(
    lambda v: hasattr(v, "items") and hasattr(v, "keys") and not isinstance(v, type),
    'une table code → niveau, par exemple {"C1P": 3}',
)
_VALEURS = _Attente(
    lambda v: isinstance(v, str) or (isinstance(v, Mapping) and all(map(_est_une_valeur, (*v, *v.values())))),
    'un texte ou une table, par exemple "1=0,2=1" ou {"n/a": "SO"}',
)
_REFERENTIEL = _Attente(
    lambda v: isinstance(v, str | PathLike) or _est(v, "Referentiel"),
    "un référentiel, son nom ou son chemin",
    chemin=True,
)
_PASSATION = _Attente(
    lambda v: _est(v, "Passation") or _est_un_chemin(v),
    "un chemin (str ou Path), ou une passation : ce que porte cpit.relire, dans « restitution.passation »",
    chemin=True,
)
_RECUEIL = _une("Recueil", de="cpit.lire")
_GROUPE = _Attente(
    lambda v: _est(v, "Recueil") or _SOURCES.admet(v), "un chemin, une suite de chemins, ou ce que rend cpit.lire"
)

_ATTENTES: dict[str, _Attente] = {
    **dict.fromkeys(("strict", "remplacer", "items_identiques", "avec_traces", "gris"), _OUI_NON),
    **dict.fromkeys(
        ("avec_reponses", "nominatif", "malgre_le_registre", "place", "conditions", "sans_restitution"), _OUI_NON
    ),
    **dict.fromkeys(("meme_personne", "collecte_personnelle"), _OUI_NON),
    **dict.fromkeys(("code", "moment", "regard", "format", "dialecte", "nature", "decimale", "par", "sujet"), _TEXTE),
    **dict.fromkeys(("de", "a", "document"), _TEXTE),
    **dict.fromkeys(
        ("intervalles", "colonne", "identifiant", "garder", "encodage", "evaluateur", "role_evaluateur"), _TEXTE
    ),
    **dict.fromkeys(("date_moment", "equipe", "question"), _TEXTE),
    **dict.fromkeys(("item", "pas", "avec", "quand", "signe", "etat", "note"), _TEXTE),
    **dict.fromkeys(("situation", "mobilise", "suite", "appris", "piece", "le", "enonce"), _TEXTE),
    **dict.fromkeys(("competence", "ingenierie"), _TEXTE),
    "niveau": _ENTIER,
    "rang": _ENTIER,
    "source": _CHEMIN,
    "valeurs": _VALEURS,
    **dict.fromkeys(("effectif_minimal", "k", "ppp"), _ENTIER),
    **dict.fromkeys(("chemin", "dossier", "cle", "sortie", "correspondance", "gabarit"), _CHEMIN),
    **dict.fromkeys(("referentiel", "nom_ou_chemin"), _REFERENTIEL),
    **dict.fromkeys(("progres", "apercu", "ecarter"), _FONCTION),
    "largeur": _NOMBRE,
    "sources": _SOURCES,
    "sorties": _CHEMINS,
    **dict.fromkeys(("formats", "regards"), _TEXTES),
    "codes": _CODES,
    "reponses": _REPONSES,
    "confirmer": _CONFIRMATION,
    "recueil": _RECUEIL,
    "equipes": _une("LectureDEquipes", de="cpit.equipes"),
    "passation": _CHEMIN,
    **dict.fromkeys(("premiere", "seconde"), _PASSATION),
    "reference": _GROUPE,
    "restitution": _une("Restitution", de="cpit.restituer, ou une relecture dans « restitution »"),
    "quoi": _une(
        *("Restitution", "Relecture", "Cohorte", "Recueil", "Rapprochement", "EtudeDEvolution", "EquipeLue"),
        de="cpit.restituer, cpit.relire, cpit.lire, cpit.comparer, cpit.evolution, ou l’une de celles de cpit.equipes",
    ),
}
"""Nom d’un paramètre → ce qu’il accepte."""

_LU = _une("Referentiel", de="cpit.referentiel")
_PROPRES: dict[tuple[str, str], _Attente] = {
    ("noter", "referentiel"): _LU,
    ("evolution", "sources"): _GROUPE,
    ("restituer", "referentiel"): _LU,
    ("restituer", "passation"): _une("Passation", de="cpit.relire, dans « restitution.passation »"),
    ("ecrire", "valeur"): _Attente(lambda _: True, "ce que rend cpit"),
}
"""Fonction et paramètre → ce que lui seul accepte ; ``ecrire`` refuse elle-même ce qui ne s’écrit pas."""


def facade(fonction: Callable[_P, _R]) -> Callable[_P, _R]:
    """Une fonction de la façade : ses arguments sont vérifiés, et ce que le système oppose devient un refus.

    :raises MauvaisEmploi: un argument d’une autre sorte, ou un chemin vide ; toutes les fautes d’un coup.
    """
    forme = signature(fonction)
    nom = fonction.__name__

    @wraps(fonction)
    def verifiee(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        appel = forme.bind(*args, **kwargs)
        # Ce qui ne se parcourt qu’une fois se garde : on le vérifie, puis on s’en sert.
        une_fois = {cle: tuple(donne) for cle, donne in appel.arguments.items() if isinstance(donne, Iterator)}
        appel.arguments.update(une_fois)
        with acces():
            fautes = list(_fautes(nom, forme.parameters, appel.arguments))
            if fautes:
                raise MauvaisEmploi(fautes)
            return fonction(*appel.args, **appel.kwargs)

    return verifiee


def _fautes(fonction: str, parametres: Mapping[str, Parameter], donnes: Mapping[str, object]) -> Iterator[Anomalie]:
    for nom, valeur in donnes.items():
        parametre = parametres[nom]
        if parametre.kind is Parameter.VAR_KEYWORD and isinstance(valeur, Mapping):
            # Une option que cette sorte d’écriture ne connaît pas est dite par elle.
            for option, donnee in valeur.items():
                yield from _faute(fonction, option, donnee) if option in _ATTENTES and donnee is not None else ()
        elif valeur is not parametre.default:
            yield from _faute(fonction, nom, valeur)


def _faute(fonction: str, nom: str, valeur: object) -> Iterator[Anomalie]:
    attente = _PROPRES.get((fonction, nom)) or _ATTENTES[nom]
    if not attente.admet(valeur):
        quoi = ACopier(attente.quoi)
        mots = {"argument": nom, "fonction": fonction, "donne": _decrire(valeur), "attendu": quoi}
        yield anomalie("valeur-d-une-autre-sorte", **mots)
    elif attente.chemin:
        ou = f"l’argument {nom} de cpit.{fonction}"
        chemins = valeur if isinstance(valeur, list | tuple) else [valeur]
        fautes = (faute_de_chemin(fspath(c), ou) for c in chemins if isinstance(c, str | PathLike))
        yield from (faute for faute in fautes if faute is not None)


_SIGNES_CITES = 80
_BITS_CITES = 200
"""Un entier plus grand ne s’écrit pas en un temps court."""


def _decrire(valeur: object) -> str:
    """Ce que l’on a donné : une valeur simple telle quelle, sinon sa sorte (elle peut porter des réponses)."""
    sorte = type(valeur).__name__
    if isinstance(valeur, str | bytes):
        return f"{valeur[:_SIGNES_CITES]!r} ({sorte})"
    if valeur is None or isinstance(valeur, float) or (isinstance(valeur, int) and valeur.bit_length() < _BITS_CITES):
        return f"{valeur!r} ({sorte})"
    return f"une valeur de sorte {sorte}"


def exiger_un_emploi(fautes: Iterable[Anomalie]) -> None:
    """Lève toutes les fautes d’emploi d’un coup.

    :raises MauvaisEmploi: s’il y en a.
    """
    if trouvees := list(fautes):
        raise MauvaisEmploi(trouvees)

"""Les règles écrites en une suite d’opérations, pour une page qui les applique sans Python.

Le moteur et l’incertitude sont écrits sur des « colonnes » : on les déroule ici, sans y toucher, sur des symboles qui
retiennent chaque opération. Ce qui en sort est une table de nombres ; qui sait additionner, multiplier et comparer
retrouve tous les scores, la matrice, les positions et la région d’une passation, sans une règle de plus.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias

from cpit.coeur.incertitude import COMPETENCES_MIN, estimer_en_colonnes, etaler, rayon_de_hotelling
from cpit.coeur.moteur import Bareme, Note, Place, noter_bareme, part, placer, retenir
from cpit.coeur.referentiel import Position, Referentiel

_Rang: TypeAlias = int


class _Symbole:
    """Un nombre qui n’est pas encore connu : le rang, dans la trace, de l’opération qui le donnera."""

    def __init__(self, trace: _Trace, rang: _Rang) -> None:
        self._trace, self.rang = trace, rang

    def __bool__(self) -> bool:
        """Refusé : un « si » sur une colonne ne vaudrait que pour une personne.

        :raises TypeError: toujours.
        """
        raise TypeError("« if », « and » ou « max » sur une colonne")

    def __add__(self, autre: Any) -> _Symbole:
        """Somme."""
        return self._trace.noter("+", self, autre)

    def __radd__(self, autre: Any) -> _Symbole:
        """Somme ; ``sum`` part de zéro."""
        return self._trace.noter("+", autre, self)

    def __sub__(self, autre: Any) -> _Symbole:
        """Différence."""
        return self._trace.noter("-", self, autre)

    def __rsub__(self, autre: Any) -> _Symbole:
        """Différence, d’un nombre connu."""
        return self._trace.noter("-", autre, self)

    def __mul__(self, autre: Any) -> _Symbole:
        """Produit."""
        return self._trace.noter("*", self, autre)

    def __rmul__(self, autre: Any) -> _Symbole:
        """Produit, par un nombre connu."""
        return self._trace.noter("*", autre, self)

    def __truediv__(self, autre: Any) -> _Symbole:
        """Quotient."""
        return self._trace.noter("/", self, autre)

    def __rtruediv__(self, autre: Any) -> _Symbole:
        """Quotient d’un nombre connu."""
        return self._trace.noter("/", autre, self)

    def __rpow__(self, autre: Any) -> _Symbole:
        """Puissance d’un nombre connu."""
        return self._trace.noter("^", autre, self)

    def __lt__(self, autre: Any) -> _Symbole:
        """Comparaison."""
        return self._trace.noter("<", self, autre)

    def __le__(self, autre: Any) -> _Symbole:
        """Comparaison."""
        return self._trace.noter("≤", self, autre)

    def __gt__(self, autre: Any) -> _Symbole:
        """Comparaison."""
        return self._trace.noter("<", autre, self)

    def __ge__(self, autre: Any) -> _Symbole:
        """Comparaison."""
        return self._trace.noter("≤", autre, self)

    def __and__(self, autre: Any) -> _Symbole:
        """L’un et l’autre."""
        return self._trace.noter("&", self, autre)

    def __rand__(self, autre: Any) -> _Symbole:
        """L’un et l’autre."""
        return self._trace.noter("&", autre, self)


class _Trace:
    """Les opérations, dans l’ordre, chacune une seule fois ; les entrées et les constantes en sont de sans argument."""

    def __init__(self) -> None:
        self.operations: list[tuple[Any, ...]] = []
        self._connues: dict[tuple[Any, ...], _Symbole] = {}

    def noter(self, operation: str, *arguments: Any) -> _Symbole:
        return self._retenir((operation, *(self.symbole(un).rang for un in arguments)))

    def entree(self, nom: str) -> _Symbole:
        return self._retenir(("entree", nom))

    def symbole(self, valeur: Any) -> _Symbole:
        """La valeur elle-même, ou la constante qu’elle est."""
        return valeur if isinstance(valeur, _Symbole) else self._retenir(("constante", float(valeur)))

    def choisir(self, condition: Any, alors: Any, sinon: Any) -> Any:
        if isinstance(condition, _Symbole):
            return self.noter("?", condition, alors, sinon)
        return alors if condition else sinon

    def _retenir(self, operation: tuple[Any, ...]) -> _Symbole:
        if operation not in self._connues:
            self._connues[operation] = _Symbole(self, len(self.operations))
            self.operations.append(operation)
        return self._connues[operation]


@dataclass(frozen=True, slots=True)
class Deroule:
    """Les règles d’un référentiel, déroulées.

    Les cases d’une table se remplissent dans l’ordre : la valeur de chaque item de ``items`` (zéro s’il n’est pas
    répondu), puis un ou zéro selon qu’il l’est, puis les ``constantes``, puis chaque opération, dite par son signe et
    le rang de ses arguments. ``sorties`` : où lire quoi, par rang.
    """

    items: tuple[str, ...]
    constantes: tuple[float | str, ...]
    operations: tuple[tuple[str | int, ...], ...]
    sorties: Mapping[str, Any]


def derouler_les_regles(referentiel: Referentiel) -> Deroule:
    """Les règles 1 à 5 et l’incertitude d’une position, en opérations ; les constantes infinies y sont en mots.

    ``sorties``, dans l’ordre du référentiel : « retenues » (dans celui de ``items``) ; « echelles » et « cases »
    (valeur, présente, items répondus) ; « position », « competences » et « sensibilite » (x, y, présente, dominent) ;
    « region » (présente, m, xx, xy, yy, rayon², pleine, couvre, couvre tout).
    """
    trace = _Trace()
    codes = tuple(item.code for item in referentiel.ordre_de_passation())
    valeurs = {code: trace.entree(f"valeur {code}") for code in codes}
    repondus = {code: trace.entree(f"repondu {code}") for code in codes}
    retenues = {code: _retenue(referentiel, trace, code, valeurs[code], repondus[code]) for code in codes}
    return _ranger(trace, codes, _Notes(referentiel, trace, retenues, repondus).sorties())


def _retenue(referentiel: Referentiel, trace: _Trace, code: str, valeur: _Symbole, repondu: _Symbole) -> Any:
    echelle, item = referentiel.echelle, referentiel.items_par_code[code]
    if not item.inverse:
        return valeur
    return trace.choisir(repondu > 0, retenir(valeur, echelle.min, echelle.max, inverse=True), 0.0)


@dataclass(frozen=True, slots=True)
class _Notes:
    """Les règles appliquées à des symboles."""

    referentiel: Referentiel
    trace: _Trace
    retenues: Mapping[str, Any]
    repondus: Mapping[str, Any]

    def sorties(self) -> dict[str, Any]:
        regles = self.referentiel.regles
        notes = {nom: self._noter(bareme, regles.seuil.valeur) for nom, bareme in self.referentiel.baremes.items()}
        cases = [
            [self._noter(bareme, 0.0) for bareme in ligne.values()]
            for ligne in self.referentiel.baremes_des_cases.values()
        ]
        poles = [i.position for i in self.referentiel.ingenieries]
        codes = [i.identifiant for i in self.referentiel.ingenieries]
        ingenieries = [notes[code] for code in codes]
        ensemble = self._placer(ingenieries, poles)
        return {
            "retenues": list(self.retenues.values()),
            "echelles": [_note(note) for note in notes.values()],
            "cases": [[_note(note) for note in ligne] for ligne in cases],
            "position": _place(ensemble),
            "competences": [_place(self._placer(ligne, poles)) for ligne in cases],
            "sensibilite": [
                _place(self._placer(ingenieries, [jeu.positions[code] for code in codes]))
                for jeu in self.referentiel.sensibilite
            ],
            "region": self._region(ensemble),
        }

    def _noter(self, bareme: Bareme, seuil: float) -> Note:
        if not bareme.codes:
            return Note(0.0, False, 0)
        return noter_bareme(bareme, self.retenues, self.repondus, seuil, self.trace.choisir)

    def _placer(self, notes: Sequence[Note], poles: Sequence[Position]) -> Place:
        echelle, regles = self.referentiel.echelle, self.referentiel.regles
        parts = [part(note.valeur, echelle.min, echelle.max) for note in notes]
        points = [(pole.x, pole.y) for pole in poles]
        place = placer(parts, points, regles.seuil_equilibre.valeur, self.trace.choisir)
        presente = place.presente
        for note in notes:
            presente = presente & note.presente
        return Place(place.x, place.y, presente, place.dominent)

    def _region(self, place: Place) -> list[Any]:
        etalement = etaler(self.referentiel, self.retenues, self.repondus, self.trace.choisir)
        une = estimer_en_colonnes(self.referentiel, etalement, (place.x, place.y), self.trace.choisir)
        assez = self.trace.choisir(une.repliques >= COMPETENCES_MIN, une.repliques, COMPETENCES_MIN)
        covariance = (une.xx, une.xy, une.yy)
        etat = (une.pleine, une.couvre, une.couvre_tout)
        return [une.presente, une.repliques, *covariance, rayon_de_hotelling(assez), *etat]


def _note(note: Note) -> list[Any]:
    return [note.valeur, note.presente, note.repondus]


def _place(place: Place) -> list[Any]:
    return [place.x, place.y, place.presente, list(place.dominent)]


def _ranger(trace: _Trace, codes: tuple[str, ...], sorties: Any) -> Deroule:
    """Les seules opérations dont une sortie dépend, renumérotées : les entrées, les constantes, puis le reste."""
    symboles = _en_rangs(sorties, lambda valeur: trace.symbole(valeur).rang)
    utiles = _utiles(trace, _rangs_de(symboles))
    sorte = {rang: trace.operations[rang][0] for rang in range(len(trace.operations))}
    entrees = list(range(2 * len(codes)))
    constantes = [rang for rang in utiles if sorte[rang] == "constante"]
    operations = [rang for rang in utiles if sorte[rang] not in ("entree", "constante")]
    places = {rang: place for place, rang in enumerate([*entrees, *constantes, *operations])}
    return Deroule(
        codes,
        tuple(_en_clair(trace.operations[rang][1]) for rang in constantes),
        tuple((sorte[r], *(places[argument] for argument in trace.operations[r][1:])) for r in operations),
        _en_rangs(symboles, places.__getitem__),
    )


def _en_clair(constante: float) -> float | str:
    if not isfinite(constante):
        return "Infinity" if constante > 0 else "-Infinity"
    return int(constante) if constante.is_integer() else constante


def _en_rangs(sorties: Any, traduire: Any) -> Any:
    """La même arborescence, chaque feuille traduite."""
    if isinstance(sorties, Mapping):
        return {cle: _en_rangs(valeur, traduire) for cle, valeur in sorties.items()}
    if isinstance(sorties, list):
        return [_en_rangs(valeur, traduire) for valeur in sorties]
    return traduire(sorties)


def _rangs_de(sorties: Any) -> Iterable[_Rang]:
    if isinstance(sorties, int):
        yield sorties
        return
    for une in sorties.values() if isinstance(sorties, Mapping) else sorties:
        yield from _rangs_de(une)


def _utiles(trace: _Trace, sorties: Iterable[_Rang]) -> list[_Rang]:
    """Les rangs dont une sortie dépend, en ordre."""
    vus: set[_Rang] = set()
    a_voir = list(sorties)
    while a_voir:
        rang = a_voir.pop()
        if rang not in vus:
            vus.add(rang)
            sorte, *arguments = trace.operations[rang]
            a_voir += arguments if sorte not in ("entree", "constante") else []
    return sorted(vus)

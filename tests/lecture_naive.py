"""Ce qu’un fichier de réponses dit, relu naïvement et sans cpit : de quoi juger cpit sur un fichier quelconque.

Une réponse est un entier, ``ABSENTE`` (vide, sans objet, valeur absente de R) ou ``REFUSEE`` (tout le reste). Les
lecteurs ne cherchent pas à tout comprendre : ce qu’ils ne comprennent pas, cpit doit l’avoir refusé.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import openpyxl
import yaml

ABSENTE, REFUSEE = "absente", "refusée"
Sens = int | str
SANS_OBJET = {
    *(
        "so",
        "s.o",
        "s.o.",
        "s. o.",
        "s/o",
        "sans objet",
        "sans-objet",
        "sans_objet",
    ),
    "non applicable",
    *(f"{d} concerne{f}" for d in ("non", "pas", "je ne suis pas") for f in ("", "e", "(e)", ".e", "·e")),
}
_CACHES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SIGNES = {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "œ": "oe", **dict.fromkeys("‐‑‒–—−", "-")}


def propre(texte: str) -> str:
    """Sans ce qui ne se voit pas ; les fins de ligne deviennent des espaces."""
    visibles = (" " if c in "\n\t\r" else "" if unicodedata.category(c) in _CACHES else c for c in texte)
    return "".join(visibles).strip()


def plie(texte: str) -> str:
    """Comparable : ni casse, ni accent, ni blancs multiples, apostrophes et tirets ordinaires."""
    simple = "".join(_SIGNES.get(c, c) for c in propre(texte))
    nu = "".join(c for c in unicodedata.normalize("NFKD", simple) if not unicodedata.combining(c))
    return " ".join(nu.casefold().split())


@dataclass(frozen=True)
class Questions:
    """Ce qu’il faut savoir d’un référentiel pour lire des réponses : ses niveaux, leurs libellés, ses énoncés."""

    niveaux: Mapping[str, int]
    enonces: Mapping[str, str]
    sans_objet: str

    @classmethod
    def ecrites(cls, brut: Any) -> Questions:
        """D’après le YAML d’un référentiel."""
        niveaux = {plie(n["libelle"]): int(n["valeur"]) for n in brut["echelle"]["niveaux"]}
        sans = brut["echelle"].get("sans_objet")
        return cls(niveaux, {i["code"]: i["enonce"] for i in brut["items"]}, plie(sans["libelle"]) if sans else "")

    def sens(self, cellule: object) -> Sens:
        """Ce que dit une cellule."""
        if cellule is None:
            return ABSENTE
        if isinstance(cellule, bool) or not isinstance(cellule, str | int | float):
            return REFUSEE
        if not isinstance(cellule, str):
            entiere = abs(cellule) < 1e9 and cellule == int(cellule)
            return self._niveau(int(cellule)) if entiere else REFUSEE
        if force := re.fullmatch(r"=?\"(.*)\"|'(\w.*)", cellule.strip(), re.DOTALL):
            return self._ecrit(force[1] or force[2] or "")
        sens = self._ecrit(cellule)
        if sens != REFUSEE:
            return sens
        nu = plie(cellule).strip(" .;:!*\"'")
        nu = nu[1:-1].strip(" .;:!*\"'") if nu[:1] + nu[-1:] in ("()", "[]") else nu
        return REFUSEE if re.search("[0-9]", nu) else self._ecrit(nu)

    def _ecrit(self, cellule: str) -> Sens:
        texte = propre(cellule)
        if re.fullmatch(r"[+\-−]?[0-9]{1,9}([.,]0+)?", texte):
            return self._niveau(int(float(texte.replace("−", "-").replace(",", "."))))
        mot = plie(cellule)
        if mot in self.niveaux:
            return self.niveaux[mot]
        absente = mot in ("", "na") or (self.sans_objet and (mot in SANS_OBJET or mot == self.sans_objet))
        return ABSENTE if absente else REFUSEE

    def _niveau(self, valeur: int) -> Sens:
        return valeur if valeur in self.niveaux.values() else REFUSEE

    def item(self, nom: object) -> str | None:
        """L’item que désigne un en-tête : son code, son énoncé, ou l’un des deux comme l’écrit un outil d’enquête."""
        mot = plie(str(nom or ""))
        for code, enonce in self.enonces.items():
            c, e = plie(code), plie(enonce)
            motifs = (rf"([a-z][a-z0-9]*)?\[ ?{re.escape(c)} ?\]", rf"[a-z]+[0-9][a-z0-9]*_{re.escape(c)}")
            en_crochets = mot.endswith((f"[{e}]", f"[ {e} ]"))
            if mot in (c, e, f"{c}. {e}") or en_crochets or any(re.fullmatch(m, mot) for m in motifs):
                return code
        return None


@dataclass(frozen=True)
class Table:
    """Une table : ses lignes remplies, par numéro ; ``colonnes`` : le rang de chaque item."""

    colonnes: Mapping[str, int]
    lignes: Mapping[int, list[Any] | None]
    """``None`` : une ligne mal formée."""
    dessus: Mapping[int, list[Any] | None]
    """Les lignes remplies au-dessus des en-têtes : un titre, ou des réponses qu’un tri a fait monter."""


TITRES_MAX = 10
"""Lignes remplies parmi lesquelles l’en-tête se cherche : un titre, ou toutes les personnes, peuvent le précéder."""


def table_de(questions: Questions, lignes: Mapping[int, list[Any] | None]) -> Table | None:
    """La table dont l’en-tête est la première ligne qui nomme un item, parmi les premières ; rien s’il n’y en a pas."""
    numeros = sorted(lignes)
    for rang, numero in enumerate(numeros[:TITRES_MAX]):
        colonnes: dict[str, int] = {}
        for colonne, nom in enumerate(lignes[numero] or []):
            if (code := questions.item(nom)) is not None:
                colonnes.setdefault(code, colonne)
        if colonnes:
            _completer(colonnes, questions, lignes[numero] or [], lignes.get(numero + 1) or [])
            haut, bas = ({n: lignes[n] for n in part} for part in (numeros[:rang], numeros[rang + 1 :]))
            return Table(colonnes, bas, haut)
    return None


def _completer(colonnes: dict[str, int], questions: Questions, tete: list[Any], dessous: list[Any]) -> None:
    """Une seconde ligne d’en-têtes, qui redit la plupart de ceux du haut, nomme aussi ceux que le haut ne nomme pas."""
    nommees = {rang: code for rang, nom in enumerate(dessous) if (code := questions.item(nom)) is not None}
    redites = sum(nommees.get(rang) == code for code, rang in colonnes.items())
    if 2 * redites > len(colonnes):
        for rang, code in nommees.items():
            if rang < len(tete) and rang not in colonnes.values():
                colonnes.setdefault(code, rang)


# --- CSV --------------------------------------------------------------------------------------------------------------


def lire_csv(octets: bytes, questions: Questions, codage: str = "cp1252") -> Table | None:
    """La table d’un CSV en UTF-8, en UTF-16 marqué, ou dans le codage dit ; rien si ce n’en est pas un."""
    texte = _decoder(octets, codage)
    if texte is None or "\0" in texte:
        return None
    consigne = re.match(r'"?sep=([;,\t])"?(\r\n|\r|\n|$)', texte, re.IGNORECASE)
    passees = 1 if consigne else 0
    texte = texte[consigne.end() :] if consigne else texte
    lues = []
    for separateur in consigne[1] if consigne else ";,\t|":
        table = table_de(questions, dict(_remplies(texte, separateur, passees)))
        lues.append((len(table.colonnes) if table else 0, table))
    return max(lues, key=lambda lue: lue[0])[1]


def _decoder(octets: bytes, dit: str) -> str | None:
    for codage in ["utf-16"] if octets[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", dit]:
        try:
            return octets.decode(codage)
        except UnicodeDecodeError:
            continue
    return None


def _remplies(texte: str, separateur: str, passees: int) -> Iterator[tuple[int, list[Any] | None]]:
    for numero, cellules in _enregistrements(texte, separateur, passees):
        if cellules is None or any(c.strip() for c in cellules):
            yield numero, cellules


def _enregistrements(texte: str, separateur: str, passees: int) -> Iterator[tuple[int, list[str] | None]]:
    """Chaque enregistrement et le numéro de sa première ligne ; rien à la place des cellules s’il est mal formé."""
    physiques = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", texte)
    rang = 0
    while rang < len(physiques):
        debut, morceau = rang, physiques[rang]
        cellules = _decouper(morceau, separateur)
        while cellules == OUVERTE:
            rang += 1
            if rang == len(physiques):
                break
            morceau += physiques[rang]
            cellules = _decouper(morceau, separateur)
        rang += 1
        yield debut + 1 + passees, cellules if isinstance(cellules, list) else None


OUVERTE, FAUTIVE = "ouverte", "fautive"


def _decouper(ligne: str, separateur: str) -> list[str] | str:
    """Les cellules d’un enregistrement, ou ce qui empêche de les lire : un guillemet ouvert, un texte après."""
    ligne_nue = re.sub(r"(\r\n|\r|\n)$", "", ligne)
    cellules, place = [], 0
    while True:
        if ligne_nue[place : place + 1] == '"' or ligne[place : place + 1] == '"':
            fermee = re.compile(r'"((?:[^"]|"")*)"').match(ligne, place)
            if fermee is None:
                return OUVERTE
            cellules.append(fermee[1].replace('""', '"'))
            place = fermee.end()
            suite = ligne[place : place + 1]
            if suite not in ("", separateur, "\r", "\n"):
                return FAUTIVE
        else:
            fin = ligne_nue.find(separateur, place)
            fin = len(ligne_nue) if fin < 0 else fin
            cellules.append(ligne_nue[place:fin])
            place = fin
        if ligne[place : place + 1] != separateur:
            return cellules
        place += 1


# --- xlsx -------------------------------------------------------------------------------------------------------------


def lire_xlsx(octets: bytes, questions: Questions) -> Table | None:
    """La première feuille visible dont l’en-tête porte des items, lue par openpyxl ; rien s’il ne la lit pas."""
    classeur = _ouvrir(octets)
    if classeur is None:
        return None
    for feuille in sorted(classeur.worksheets, key=lambda f: f.sheet_state != "visible"):
        lignes = {n: list(r) for n, r in enumerate(feuille.iter_rows(values_only=True), 1) if any(map(_pleine, r))}
        if (table := table_de(questions, lignes)) is not None:
            return table
    return None


def est_lisible(octets: bytes) -> bool:
    """Vrai si openpyxl ouvre ce classeur ; sinon, nul autre que cpit ne dit ce qu’il contient."""
    return _ouvrir(octets) is not None


def _pleine(valeur: object) -> bool:
    return valeur is not None and str(valeur).strip() != ""


def _ouvrir(octets: bytes) -> openpyxl.Workbook | None:
    try:
        classeur = openpyxl.load_workbook(io.BytesIO(octets), data_only=True)
        visibles = (feuille for feuille in classeur.worksheets if feuille.sheet_state == "visible")
        pleines = (any(map(_pleine, r)) for feuille in visibles for r in feuille.iter_rows(values_only=True))
        # Sans son espace de noms, openpyxl ne voit pas une cellule d’une feuille qui en a : il ne la lit pas.
        return classeur if any(pleines) else None
    except Exception:
        # Un classeur altéré en lève de toutes sortes ; alors cpit n’est jugé que sur ce qu’il refuse.
        return None


def lire_formulaire(octets: bytes, questions: Questions) -> Mapping[str, Sens] | None:
    """Les réponses d’un formulaire, retrouvées par leur code ; un code en double n’en est pas un."""
    classeur = _ouvrir(octets)
    if classeur is None:
        return None
    reponses: dict[str, Sens] = {}
    for feuille in classeur.worksheets:
        rangees = [list(r) for r in feuille.iter_rows(values_only=True)]
        entete = next((r for r in rangees if {"Code", "Situation", "Votre réponse"} <= set(map(str, r))), None)
        if entete is None:
            continue
        places = [entete.index(nom) for nom in ("Code", "Votre réponse")]
        for rangee in rangees:
            code = str(rangee[places[0]]).strip()
            if code in questions.enonces:
                reponses[code] = REFUSEE if code in reponses else _choix(questions, rangee[places[1]])
    return reponses


def _choix(questions: Questions, valeur: object) -> Sens:
    numerote = re.fullmatch(r"(-?[0-9]+) - (.+)", plie(valeur)) if isinstance(valeur, str) else None
    if numerote and questions.niveaux.get(numerote[2]) == int(numerote[1]):
        return int(numerote[1])
    return questions.sens(valeur)


# --- JSON, YAML -------------------------------------------------------------------------------------------------------


def lire_json(octets: bytes) -> Any:
    """Ce que dit un JSON sans clé en double ; rien s’il n’en est pas un."""

    def unique(couples: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(couples)) < len(couples):
            raise ValueError("clé en double")
        return dict(couples)

    try:
        return json.loads(octets.decode("utf-8-sig"), object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return None


def lire_yaml(octets: bytes) -> Any:
    """Ce que dit un YAML, tous ses scalaires en textes sans blancs autour ; rien s’il ne se lit pas."""
    try:
        return _rogner(yaml.load(octets.decode("utf-8-sig"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)))
    except (yaml.YAMLError, UnicodeDecodeError):
        return None


def _rogner(valeur: Any) -> Any:
    if isinstance(valeur, dict):
        return {_rogner(cle): _rogner(une) for cle, une in valeur.items()}
    if isinstance(valeur, list):
        return [_rogner(une) for une in valeur]
    return valeur.strip() if isinstance(valeur, str) else valeur

"""Un même nombre sur un groupe, lu sur toutes les surfaces : le même partout, à la précision montrée, ou tu partout.

Ce qui est attendu se calcule ici des lignes individuelles du CSV, par ``statistics``, sans rien reprendre de ce qui est
éprouvé. Chaque surface est lue dans ce que la commande montre ou écrit.
"""

from __future__ import annotations

import csv
import io
import json
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from test_fidelite_soustraction import isoles

import cpit
from cpit.cli import executer
from cpit.coeur.referentiel import Referentiel
from cpit.typographie import nombre

QUESTION = "role"
STRATES = (("t0", "soi"), ("t0", "tiers"), ("t1", "soi"))
TU = "tu"
Cellule = str | float | None
Cle = tuple[str, ...]
"""(moment, regard, échelle) d’une strate entière, ou (moment, regard, modalité, échelle) d’un groupe de profil."""


@cache
def referentiel() -> Referentiel:
    """Deux compétences, trois ingénieries, une question de profil à trois choix."""
    return cpit.referentiel("minimal")


@cache
def codes() -> tuple[str, ...]:
    return tuple(e.identifiant for e in referentiel().echelles.values() if e.nature != "groupe")


@dataclass(frozen=True)
class Personne:
    """Une ligne de la table : son code, sa strate, sa réponse de profil, ses réponses aux six items."""

    code: str
    strate: tuple[str, str]
    role: str
    reponses: str

    def en_csv(self) -> str:
        cellules = (signe if signe.isdigit() else "" for signe in self.reponses)
        return ";".join((self.code, *self.strate, self.role, *cellules))


def personnes(strate: tuple[str, str], *lignes: tuple[str, str]) -> list[Personne]:
    return [Personne(f"P{rang}", strate, role, reponses) for rang, (role, reponses) in enumerate(lignes)]


@st.composite
def tables(tirer: st.DrawFn) -> list[Personne]:
    """Une à trois strates de une à huit personnes, une à trois réponses de profil, des réponses manquantes."""
    roles = tirer(st.sampled_from([("benevole",), ("benevole", "salarie"), ("benevole", "salarie", "")]))
    signes = st.sampled_from("1234" + "." * tirer(st.sampled_from([0, 2, 6])))
    ligne = st.tuples(st.sampled_from(roles), st.text(signes, min_size=6, max_size=6))
    toutes = []
    for strate in STRATES[: tirer(st.integers(1, 3))]:
        toutes += personnes(strate, *tirer(st.lists(ligne, min_size=1, max_size=8)))
    return toutes


# --- ce que chaque surface dit --------------------------------------------------------------------------------------


@dataclass
class Lu:
    """Les moyennes lues sur une surface ; ``decimales`` : la précision qu’elle montre, rien si elle est entière."""

    decimales: int | None
    strates: dict[Cle, Cellule] = field(default_factory=dict)
    profils: dict[Cle, Cellule] = field(default_factory=dict)


def lancer(*arguments: object) -> str:
    octets = io.BytesIO()
    with io.TextIOWrapper(octets, encoding="utf-8") as sortie:
        with redirect_stdout(sortie), redirect_stderr(io.StringIO()):
            code = executer([*map(str, arguments), "--referentiel", "minimal", "--simple"])
        sortie.flush()
        texte = octets.getvalue().decode("utf-8")
    assert code == 0, texte
    return texte.replace("\u202f", " ").replace("\xa0", " ")


def modalites() -> dict[str, str]:
    """Libellé → code, « sans réponse » compris, tel que chaque surface l’écrit."""
    (question,) = referentiel().profil
    return {c.libelle: c.code for c in question.choix} | {"Sans réponse": "", "(sans réponse)": ""}


def lire_l_ecran(texte: str) -> Lu:
    lu, strate = Lu(1), ("", "")
    noms = {
        (f"{e.identifiant} {e.libelle}" if e.nature == "competence" else e.libelle): e.identifiant
        for e in referentiel().echelles.values()
    }
    for ligne in texte.splitlines():
        if trouve := re.match(r"Moment (\S+), regard (\S+) :", ligne):
            strate = (trouve[1], trouve[2])
        elif ligne.startswith("Réponse : "):
            nom, *cellules = (morceau.partition(" : ")[2] for morceau in ligne.rstrip(".").split(" ; "))
            competences = [c.identifiant for c in referentiel().competences]
            for code, cellule in zip(("n", *competences), cellules, strict=True):
                lu.profils[(*strate, modalites()[nom], code)] = TU if cellule == "< 3" else cellule
        elif (nom := ligne.partition(" : ")[0]) in noms:
            valeur = re.split(r" sur |, ", ligne.partition(" : ")[2])[0]
            lu.strates[(*strate, noms[nom])] = "–" if valeur == "pas de score" else valeur
    return lu


PIED = "tfoot"


class Page(HTMLParser):
    """Les cellules d’une page par clés : strate, tableau, ligne."""

    def __init__(self, texte: str) -> None:
        super().__init__()
        self.cellules: dict[tuple[str, str, str], list[str]] = {}
        self.descriptions: dict[str, str] = {}
        self._cles, self._ou, self._pied = ["", "", ""], "", False
        self.feed(texte)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._ou = tag
        if tag in ("section", "table", "tr"):
            self._cles[("section", "table", "tr").index(tag)] = dict(attrs).get("data-cle") or ""
            if tag == "tr" and self._pied:
                # Sans quoi le pied d’une table se lirait avec sa rangée « Sans réponse », dont la clé est vide.
                self._cles[2] = PIED
        elif tag == "tfoot":
            self._pied, self._cles[2] = True, PIED
        elif tag == "span" and "data-cle" in dict(attrs):
            self.cellules[self._cles[0], self._cles[1], dict(attrs)["data-cle"] or ""] = [TU]
        elif tag == "td":
            self.cellules.setdefault(tuple(self._cles), []).append("")  # type: ignore[arg-type]

    def handle_endtag(self, tag: str) -> None:
        self._ou = "" if tag == self._ou else self._ou
        self._pied = self._pied and tag != "tfoot"

    def handle_data(self, data: str) -> None:
        if self._ou == "td":
            self.cellules[tuple(self._cles)][-1] += data  # type: ignore[index]
        elif self._ou == "desc":
            self.descriptions[self._cles[0]] = self.descriptions.get(self._cles[0], "") + data.replace("\u202f", " ")


def lire_la_page(page: Page, strates: set[tuple[str, str]]) -> Lu:
    lu = Lu(1)
    for (section, table, ligne), cellules in page.cellules.items():
        strate = tuple(section.split())
        if table == "statistiques":
            lu.strates[(*strate, ligne)] = cellules[1]
        elif table == QUESTION and ligne != PIED:
            valeurs = cellules if len(cellules) > 1 else [TU] * (1 + len(codes()))
            for code, cellule in zip(("n", *codes()), valeurs, strict=True):
                lu.profils[(*strate, ligne, code)] = cellule
    for strate in strates:
        if not any((s, t) == (" ".join(strate), "statistiques") for s, t, _ in page.cellules):
            lu.strates.update({(*strate, code): TU for code in codes()})
    return lu


def rangees_par_code(feuille: Worksheet, strates: list[tuple[str, str]]) -> Iterator[tuple[Cle, tuple[Cellule, ...]]]:
    """(strate, code), rangée : les codes reviennent dans l’ordre des strates."""
    vues = dict.fromkeys(codes(), -1)
    for rangee in feuille.iter_rows(values_only=True):
        if rangee[0] in vues:
            vues[rangee[0]] += 1
            yield (*strates[vues[rangee[0]]], rangee[0]), rangee


def lire_le_classeur(chemin: Path, strates: list[tuple[str, str]]) -> tuple[Lu, dict[Cle, Cellule]]:
    """Les moyennes, et celles des cases."""
    ouvert, lu = load_workbook(chemin), Lu(None)
    lu.strates.update((cle, rangee[2]) for cle, rangee in rangees_par_code(ouvert["Synthèse"], strates))
    rang, (question,) = -1, referentiel().profil
    for rangee in ouvert["Profils"].iter_rows(values_only=True):
        if rangee[0] == question.libelle:
            rang += 1
        elif rang >= 0 and rangee[0] in modalites():
            cellules = [TU] * (1 + len(codes())) if rangee[1] == "effectif inférieur à 3" else rangee[1:]
            for code, cellule in zip(("n", *codes()), cellules, strict=True):
                lu.profils[(*strates[rang], modalites()[rangee[0]], code)] = cellule
    cases: dict[Cle, Cellule] = {}
    for cle, rangee in rangees_par_code(ouvert["Matrice"], strates):
        for ingenierie, cellule in zip(referentiel().ingenieries, rangee[2:], strict=False):
            cases[(*cle, ingenierie.identifiant)] = cellule
    return lu, cases


def lire_le_json(chemin: Path) -> tuple[Lu, dict[Cle, Cellule]]:
    lu, cases = Lu(None), dict[Cle, Cellule]()
    for groupe in json.loads(chemin.read_text(encoding="utf-8"))["groupes"]:
        strate = (groupe["moment"], groupe["regard"])

        def dire(statistique: dict[str, float | None]) -> Cellule:
            return TU if statistique["n"] is None else statistique["moyenne"]

        lu.strates.update({(*strate, code): dire(groupe["echelles"][code]) for code in codes()})
        for competence, ligne in groupe["matrice"].items():
            cases.update({(*strate, competence, pole): dire(s) for pole, s in ligne.items()})
    return lu, cases


def lire_l_export(chemin: Path) -> Lu:
    lu = Lu(2)
    with chemin.open(encoding="utf-8", newline="") as flux:
        for ligne in csv.DictReader(flux):
            strate, mesure = (ligne["moment"], ligne["regard"]), ligne["mesure"]
            if mesure in codes():
                cle = (*strate, ligne["modalite"]) if ligne["question"] else strate
                table = lu.profils if ligne["question"] else lu.strates
                table[(*cle, mesure)] = float(ligne["moyenne"]) if ligne["moyenne"] else TU
                table[(*cle, "n")] = float(ligne["effectif"]) if ligne["effectif"] else TU
    return lu


def lire_la_fidelite(chemin: Path) -> Lu:
    lu = Lu(None)
    for strate in json.loads(chemin.read_text(encoding="utf-8"))["strates"]:
        cle = (strate["moment"], strate["regard"])
        lu.strates.update({(*cle, code): TU for code in codes()})
        for echelle in strate["echelles"]:
            if echelle["echelle"] in codes():
                valeur = echelle["moyenne"]["valeur"]
                lu.strates[(*cle, echelle["echelle"])] = TU if valeur is None else valeur
                for mesure in ("plancher", "plafond", "ecart_type"):
                    assert (echelle[mesure]["valeur"] is None) == (echelle[mesure]["n"] < 7)
                assert echelle["moyenne"]["bas"] is None or echelle["moyenne"]["n"] >= 7
        for item in strate["items"]:
            for niveau in item["niveaux"].values():
                assert (niveau["effectif"] is None) == (0 < item["repondus"] < 7)
                assert (niveau["part"]["valeur"] is None) == (item["repondus"] < 7)
            for part in ("sans_objet", "sans_reponse"):
                assert (item[part]["valeur"] is None) == (item["passations"] < 7)
    return lu


def lire_une_description(texte: str, strate: tuple[str, str], avant: str) -> Lu:
    """Le texte de remplacement d’une figure : « Accueillir : … ``avant`` 2,9 … »."""
    lu = Lu(1)
    for competence in referentiel().competences:
        if trouve := re.search(rf"{competence.libelle} : (tu|pas de score|aucun score|[^:]*?{avant}([\d,]+))", texte):
            absent = "–" if trouve[1] in ("pas de score", "aucun score") else trouve[1]
            lu.strates[(*strate, competence.identifiant)] = trouve[2] or absent
    assert len(lu.strates) == len(referentiel().competences), texte
    return lu


# --- ce qui est attendu ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attendu:
    """Les scores présents d’un nombre, et les personnes qui le portent."""

    scores: tuple[float, ...]
    porteurs: int

    def est(self, cellule: Cellule, decimales: int | None) -> bool:
        """Vrai si une surface écrit cette moyenne, à sa précision."""
        if not self.scores:
            return cellule in (None, "–")
        moyenne = statistics.fmean(self.scores)
        if isinstance(cellule, str):
            # La moyenne peut tomber, à un epsilon près, sur le demi d’un arrondi.
            return cellule in {nombre(moyenne + ecart, decimales or 0) for ecart in (-1e-12, 0, 1e-12)}
        assert cellule is not None
        marge = 1e-9 if decimales is None else 0.5 * 10**-decimales + 1e-9
        return abs(cellule - moyenne) <= marge


def attendre(chemin: Path) -> Iterator[tuple[Cle, str, Attendu]]:
    """(strate et échelle, modalité ou « * », attendu), des lignes individuelles du CSV."""
    with chemin.open(encoding="utf-8", newline="") as flux:
        lignes = list(csv.DictReader(flux))
    for strate in sorted({(ligne["moment"], ligne["regard"]) for ligne in lignes}):
        dedans = [ligne for ligne in lignes if (ligne["moment"], ligne["regard"]) == strate]
        for modalite in ("*", *sorted({ligne[QUESTION] for ligne in dedans})):
            groupe = [ligne for ligne in dedans if modalite in ("*", ligne[QUESTION])]
            yield (*strate, "n"), modalite, Attendu((), len({ligne["identifiant"] for ligne in groupe}))
            for code in codes():
                notes = [ligne for ligne in groupe if ligne[f"score_{code}"]]
                scores = tuple(float(ligne[f"score_{code}"]) for ligne in notes)
                yield (*strate, code), modalite, Attendu(scores, len({ligne["identifiant"] for ligne in notes}))


def comparer(dossier: Path, table: list[Personne]) -> dict[str, Lu]:
    """Lance tout, et compare chaque nombre à ce qui est attendu et d’une surface à l’autre."""
    entete = ";".join(("identifiant", "moment", "regard", QUESTION, *(i.code for i in referentiel().items)))
    source, sorties = dossier / "table.csv", dossier / "sorties"
    source.write_text("\n".join((entete, *(p.en_csv() for p in table))) + "\n", encoding="utf-8")
    sorties.mkdir()
    strates = sorted({personne.strate for personne in table})
    commun = ("--par", QUESTION, "--page", sorties / "g.html", "--effectif-minimal", 3)
    ecran = lancer("cohorte", source, "--sortie", sorties / "g.xlsx", *commun)
    lancer("cohorte", source, "--sortie", sorties / "g.csv", "--dialecte", "science")
    lancer("cohorte", source, "--sortie", sorties / "g.json")
    lancer("exporter", source, "--diffusion", "--effectif-minimal", 3, "--formats", "csv", "--sortie", sorties / "jeu")
    lancer("fidelite", source, "--sortie", sorties / "f.json")
    page = Page((sorties / "g.html").read_text(encoding="utf-8"))
    classeur, cases = lire_le_classeur(sorties / "g.xlsx", strates)
    en_json, cases_du_json = lire_le_json(sorties / "g.json")
    assert cases == pytest.approx(cases_du_json, abs=1e-9)
    lus = {
        "écran": lire_l_ecran(ecran),
        "classeur": classeur,
        "page": lire_la_page(page, set(strates)),
        "json": en_json,
        "export": lire_l_export(next((sorties / "jeu").rglob("agregats.csv"))),
        "fidelite": lire_la_fidelite(sorties / "f.json"),
    }
    lus |= figures(source, page, strates)
    _juger(list(attendre(sorties / "g.csv")), lus, set(soustraites(table, lus["fidelite"].strates)))
    return lus


def figures(source: Path, page: Page, strates: list[tuple[str, str]]) -> dict[str, Lu]:
    """Le radar, par sa commande ; la distribution, dans la page ; pour les strates que la page montre."""
    lus = {"radar": Lu(1), "distribution": Lu(1)}
    for moment, regard in strates:
        if description := page.descriptions.get(f"{moment} {regard}"):
            chemin = source.with_suffix(".svg")
            lancer_figure = ("figure", "radar", source, "--moment", moment, "--regard", regard, "--sortie", chemin)
            lancer(*lancer_figure)
            trouve = re.search(r"<desc[^>]*>(.*?)</desc>", chemin.read_text(encoding="utf-8"), re.DOTALL)
            assert trouve is not None
            radar = trouve[1].replace("\u202f", " ")
            lus["radar"].strates |= lire_une_description(radar, (moment, regard), "").strates
            distribution = description[description.index("Accueillir : ") :]
            lus["distribution"].strates |= lire_une_description(distribution, (moment, regard), "moyenne ").strates
    return lus


@dataclass(frozen=True)
class Formes:
    """Ce que chaque réponse d’une strate pèse dans les moyennes des items que l’étude montre, et de chaque échelle."""

    qui: list[str]
    items: list[list[float]]
    echelles: dict[str, list[float]]

    @classmethod
    def de(cls, table: list[Personne], strate: tuple[str, str]) -> Formes:
        """Celles d’une strate."""
        siennes = [p for p in table if p.strate == strate]
        lignes = [dict(zip((i.code for i in referentiel().items), p.reponses, strict=True)) for p in siennes]
        dites = [(rang, i) for rang, ligne in enumerate(lignes) for i in referentiel().items if ligne[i.code].isdigit()]
        echelles = {}
        for code in codes():
            items = referentiel().echelles[code].items
            sommes = [sum(i.poids for i in items if (rang, i) in dites) for rang in range(len(lignes))]
            notees = {rang for rang, somme in enumerate(sommes) if somme >= sum(i.poids for i in items) / 2}
            echelles[code] = [i.poids / sommes[rang] if i in items and rang in notees else 0.0 for rang, i in dites]
        par_item = ([float(i is item) for _, i in dites] for item in referentiel().items)
        return cls([str(rang) for rang, _ in dites], [une for une in par_item if sum(une) >= 3], echelles)

    def isolent(self, echelles: Sequence[str]) -> bool:
        """Vrai si les items et ces échelles, ensemble, rendent une ou deux personnes."""
        montrees = [*self.items, *(self.echelles[code] for code in echelles)]
        return bool(self.qui and montrees) and isoles(np.array([[*une, 0.0] for une in montrees]), self.qui)


def soustraites(table: list[Personne], montrees: Mapping[Cle, Cellule]) -> Iterator[Cle]:
    """Les échelles que l’étude tait à bon droit : jointe aux items, leur moyenne rendrait une ou deux personnes.

    Ou jointe aussi aux autres échelles, et aux écarts d’une strate à l’autre : cela se juge ailleurs
    (``test_fidelite_soustraction``) ; il suffit ici qu’il manque une réponse, ou qu’il y ait deux strates.

    :param montrees: ce que l’étude en dit.
    """
    strates = {personne.strate for personne in table}
    for strate in strates:
        formes = Formes.de(table, strate)
        dites = [code for code in codes() if montrees.get((*strate, code), TU) != TU]
        assert not formes.isolent(dites), (strate, dites)
        jointes = len(strates) > 1 or not all(p.reponses.isdigit() for p in table)
        for code in codes():
            if formes.isolent([code]) or (code not in dites and jointes):
                yield (*strate, code)


def _juger(attendus: list[tuple[Cle, str, Attendu]], lus: dict[str, Lu], soustraits: set[Cle]) -> None:
    tailles = {cle[:2]: a.porteurs for cle, modalite, a in attendus if cle[2] == "n" and modalite == "*"}
    for cle, modalite, attendu in attendus:
        if cle[2] == "n":
            continue
        if modalite == "*":
            _juger_une_strate(cle, attendu, tailles[cle[0], cle[1]], lus, cle in soustraits)
        else:
            groupe = next(a.porteurs for c, m, a in attendus if (c, m) == ((*cle[:2], "n"), modalite))
            _juger_un_profil((cle[0], cle[1], modalite, cle[2]), attendu, groupe, lus)


def _juger_une_strate(cle: Cle, attendu: Attendu, personnes_: int, lus: dict[str, Lu], soustraite: bool) -> None:
    """Qui tient les sources voit une strate d’une ou deux personnes ; toute autre surface la tait."""
    for nom, lu in lus.items():
        if cle not in lu.strates:
            assert nom in ("radar", "distribution"), (nom, cle)
            continue
        cellule = lu.strates[cle]
        a_taire = 0 < attendu.porteurs < 3
        if nom in ("page", "export", "fidelite"):
            a_taire = a_taire or personnes_ < 3 or (nom == "fidelite" and soustraite and bool(attendu.scores))
        elif personnes_ < 3:
            a_taire = False
        if cellule == TU and (nom == "export" or (nom == "fidelite" and not attendu.scores)):
            # L’export tait aussi ce qui est unanime ; l’étude dit « non estimable » ce que personne ne porte.
            continue
        assert (cellule == TU) == a_taire, (nom, cle, cellule, attendu)
        assert a_taire or attendu.est(cellule, lu.decimales), (nom, cle, cellule, attendu)


def _juger_un_profil(cle: Cle, attendu: Attendu, groupe: int, lus: dict[str, Lu]) -> None:
    """Une réponse de profil : à l’écran et dans le classeur, tout nombre que trois personnes portent, et lui seul.

    La page et l’export à trois personnes, qui se partagent, ont le même verdict l’un que l’autre, et ne montrent rien
    que l’écran ne montre.
    """
    partages = []
    for nom in ("écran", "classeur", "page", "export"):
        if nom == "écran" and cle[3] not in {c.identifiant for c in referentiel().competences}:
            continue
        # La page nomme, sans table, une question toute tue.
        cellule = lus[nom].profils.get(cle, TU) if nom == "page" else lus[nom].profils[cle]
        if nom in ("page", "export"):
            partages.append(cellule == TU)
            assert cellule == TU or attendu.porteurs >= 3, (nom, cle, cellule)
        else:
            assert (cellule == TU) == (groupe < 3 or 0 < attendu.porteurs < 3), (nom, cle, cellule, attendu)
        assert cellule == TU or attendu.est(cellule, lus[nom].decimales), (nom, cle, cellule, attendu)
    assert len(set(partages)) == 1, (cle, partages)


# --- les tests ------------------------------------------------------------------------------------------------------

UNE_SEULE_REPONSE = personnes(
    ("t0", "soi"), ("benevole", "124234"), ("benevole", "...213"), ("benevole", "...114"), ("benevole", "...443")
)
AUTRES = (("salarie", "234123"), ("salarie", "341234"), ("salarie", "412341"))
UNE_AUTRE_STRATE = personnes(("t1", "soi"), ("benevole", "112233"), ("salarie", "443322"))


@pytest.mark.endurance
@settings(max_examples=8)
@given(tables())
@example(UNE_SEULE_REPONSE + UNE_AUTRE_STRATE)
@example(personnes(("t1", "soi"), *[("", reponses) for reponses in ("112233", "223344", "334411", "443322") * 2]))
def test_un_meme_nombre_est_le_meme_partout_ou_tu_partout(table: list[Personne]) -> None:
    with TemporaryDirectory() as dossier:
        comparer(Path(dossier), table)


def test_la_seule_reponse_d_une_commune_n_est_nulle_part(tmp_path: Path) -> None:
    """Quatre bénévoles, dont une seule a répondu aux items A1, A2, A3 (qui compte double) : 1, 2 et 4.

    « accueillir » vaudrait (1 + 2 + 2 × 4) / 4 = 2,75 : ce serait sa réponse, il est tu partout. « repartir » se montre
    (R2, inversé, compte pour 5 − réponse) : (2+2+4)/3 = 8/3 ; (2+4+3)/3 = 3 ; (1+4+4)/3 = 3 ; (4+1+3)/3 = 8/3 ; leur
    moyenne est 34/12 = 2,8333, soit 2,83 et 2,8.
    """
    lus = comparer(tmp_path, UNE_SEULE_REPONSE)
    for nom, lu in lus.items():
        assert lu.strates["t0", "soi", "accueillir"] == TU, nom
        assert lu.strates["t0", "soi", "repartir"] in ("2,8", 2.83, pytest.approx(34 / 12)), nom
    for nom in ("écran", "classeur", "page", "export"):
        assert lus[nom].profils["t0", "soi", "benevole", "accueillir"] == TU, nom
        assert lus[nom].profils["t0", "soi", "benevole", "n"] in ("4", 4), nom


@pytest.mark.parametrize("figure", ["distribution", "radar"])
def test_une_figure_ne_change_pas_avec_la_seule_reponse_d_une_commune(figure: str, tmp_path: Path) -> None:
    """Ni sa moyenne, ni son point : « accueillir », que seule P0 a répondu, n’y laisse aucune trace."""
    dessins = []
    for siennes in ("124234", "444234"):
        source = tmp_path / "t.csv"
        entete = ";".join(("identifiant", "moment", "regard", QUESTION, *(i.code for i in referentiel().items)))
        table = [*personnes(("t0", "soi"), ("benevole", siennes)), *UNE_SEULE_REPONSE[1:]]
        source.write_text("\n".join((entete, *(p.en_csv() for p in table))) + "\n", encoding="utf-8")
        lancer("figure", figure, source, "--sortie", tmp_path / f"{siennes}.svg")
        dessins.append((tmp_path / f"{siennes}.svg").read_text(encoding="utf-8"))
    assert dessins[0] == dessins[1]


def test_ce_qui_protege_un_petit_groupe_n_est_tu_que_de_ce_qui_se_partage(tmp_path: Path) -> None:
    """Deux salariées sur neuf : 9 − 3 − 4 = 2 les rendrait.

    Ce qui se partage tait avec elles, sous les mêmes mots, le plus petit des autres groupes ; l’écran et le classeur,
    faits pour qui tient les sources, ne taisent qu’elles.
    """
    de_chacun = ("123412", "234123", "341234", "412341", "121212", "343434", "132413", "231442", "314221")
    roles = ("salarie",) * 2 + ("benevole",) * 3 + ("autre",) * 4
    lus = comparer(tmp_path, personnes(("t0", "soi"), *zip(roles, de_chacun, strict=True)))
    for nom, benevoles in (("écran", "3"), ("classeur", 3), ("page", TU), ("export", TU)):
        effectifs = {cle[2]: valeur for cle, valeur in lus[nom].profils.items() if cle[3] == "n"}
        assert effectifs["salarie"] == TU, nom
        assert effectifs["benevole"] == benevoles, nom
        assert effectifs["autre"] in ("4", 4), nom


def test_un_groupe_unanime_ne_se_tait_que_de_ce_qui_se_partage(tmp_path: Path) -> None:
    """Trois bénévoles aux mêmes réponses : leur moyenne, (1 + 2 + 2 × 4) / 4 = 2,75, dit celle de chacune."""
    lus = comparer(tmp_path, personnes(("t0", "soi"), *[("benevole", "124234")] * 3, *AUTRES))
    cle = ("t0", "soi", "benevole", "accueillir")
    assert [lus[nom].profils.get(cle, TU) for nom in ("page", "export")] == [TU, TU]
    assert lus["classeur"].profils[cle] == 2.75
    assert lus["écran"].profils[cle] == "2,8"


def test_qui_repond_trois_fois_reste_une_personne(tmp_path: Path) -> None:
    """Trois personnes, et « accueillir » porté par quatre passations d’une seule d’entre elles : tu.

    Une salariée qui répond trois fois reste seule : sa réponse de profil est nommée, sans valeurs.
    """
    table = personnes(("t0", "soi"), *[("benevole", "124234")] * 4, ("benevole", "...213"), ("benevole", "...114"))
    table = [Personne("P0", p.strate, p.role, p.reponses) if rang < 4 else p for rang, p in enumerate(table)]
    table += [Personne("P9", ("t0", "soi"), "salarie", "...443")] * 3
    entete = ";".join(("identifiant", "moment", "regard", QUESTION, *(i.code for i in referentiel().items)))
    source = tmp_path / "t.csv"
    source.write_text("\n".join((entete, *(p.en_csv() for p in table))) + "\n", encoding="utf-8")
    page = tmp_path / "g.html"
    ecran = lancer("cohorte", source, "--par", QUESTION, "--sortie", tmp_path / "g.xlsx", "--page", page)
    lancer("cohorte", source, "--sortie", tmp_path / "g.json")
    lus = (
        lire_l_ecran(ecran),
        lire_la_page(Page(page.read_text(encoding="utf-8")), {("t0", "soi")}),
        lire_le_classeur(tmp_path / "g.xlsx", [("t0", "soi")])[0],
        lire_le_json(tmp_path / "g.json")[0],
    )
    assert [lu.strates["t0", "soi", "accueillir"] for lu in lus] == [TU] * 4
    assert TU not in [lu.strates["t0", "soi", "repartir"] for lu in lus]
    for lu in (lus[0], lus[2]):
        assert lu.profils["t0", "soi", "benevole", "accueillir"] == TU
        assert lu.profils["t0", "soi", "benevole", "repartir"] != TU
        assert {valeur for cle, valeur in lu.profils.items() if cle[2] == "salarie"} == {TU}


# --- au groupe, sans ses lignes : la page ---------------------------------------------------------------------------


@pytest.mark.parametrize(("personnes_", "nominatif"), [(3, False), (6, False), (7, False), (3, True)])
def test_une_page_ne_dit_pas_comment_se_dispersent_moins_de_sept_personnes(
    tmp_path: Path, personnes_: int, nominatif: bool
) -> None:
    """De trois, (n, moyenne, écart-type), ou (minimum, médiane, maximum), rendraient chaque score.

    La page nominative, qui a les lignes, n’a rien à en cacher.
    """
    de_chacun = ("123412", "234123", "441234", "412341", "121212", "343434", "132413")
    table = personnes(("t0", "soi"), *(("benevole", reponses) for reponses in de_chacun[:personnes_]))
    entete = ";".join(("identifiant", "moment", "regard", QUESTION, *(i.code for i in referentiel().items)))
    source, page = tmp_path / "t.csv", tmp_path / "g.html"
    source.write_text("\n".join((entete, *(p.en_csv() for p in table))) + "\n", encoding="utf-8")
    demandes = ("--nominatif",) if nominatif else ()
    lancer("cohorte", source, "--sortie", tmp_path / "g.json", "--page", page, *demandes)
    texte = page.read_text(encoding="utf-8")
    lue, tait = Page(texte), personnes_ < 7 and not nominatif
    statistiques = [cellules for (_, t, _), cellules in lue.cellules.items() if t == "statistiques"]
    assert len(statistiques) > len(codes())
    for n, moyenne, *dispersion in statistiques:
        assert (n, TU in (n, moyenne)) == (str(personnes_), False)
        assert (dispersion == [TU] * 4) == tait
    niveaux = [cellules for (_, t, _), cellules in lue.cellules.items() if t == "niveaux"]
    assert [TU in cellules for cellules in niveaux] == [tait] * 2
    (description,) = lue.descriptions.values()
    assert ("dispersion tue" in description) == ("les points sont tus" in description) == tait
    assert ("médiane" in description) == (not tait)
    points = re.findall(r'class="personnes"|<g[^>]*personnes[^>]*>(.*?)</g>', texte, re.DOTALL)
    assert any("<circle" in morceau for morceau in points) == (not tait)
    assert ("extrêmes" in texte and "N’en sont montrées que les moyennes" in texte) == tait


@pytest.mark.parametrize("personnes_", [3, 7])
def test_la_page_d_une_evolution_ne_dit_pas_comment_si_peu_de_personnes_different(
    tmp_path: Path, personnes_: int
) -> None:
    de_chacun = ("123412", "234123", "441234", "412341", "121212", "343434", "132413")
    lignes = [f"P{rang};t0;soi;{';'.join(r)}" for rang, r in enumerate(de_chacun[:personnes_])]
    lignes += [f"P{rang};t1;soi;{';'.join(r)}" for rang, r in enumerate(de_chacun[::-1][:personnes_])]
    source, page = tmp_path / "t.csv", tmp_path / "e.html"
    entete = ";".join(("identifiant", "moment", "regard", *(i.code for i in referentiel().items)))
    source.write_text("\n".join((entete, *lignes)) + "\n", encoding="utf-8")
    lancer("evolution", source, "--page", page)
    lue = Page(page.read_text(encoding="utf-8"))
    mouvements = [cellules for (_, t, _), cellules in lue.cellules.items() if t == "evolution"]
    assert mouvements
    for n, *_, bornes, dispersion in (cellules[:6] for cellules in mouvements):
        assert n == str(personnes_)
        assert ((bornes, dispersion) == ("–", "–")) == (personnes_ < 7), mouvements
    assert ("Trop peu de personnes pour tracer chacune" in " ".join(lue.descriptions.values())) == (personnes_ < 7)


# --- une strate entière d’une ou deux personnes -----------------------------------------------------------------------


def ecrire_la_table(dossier: Path, *strates: tuple[tuple[str, str], int]) -> Path:
    """Une table de tant de personnes par strate."""
    lignes = []
    for rang, (strate, combien) in enumerate(strates):
        lignes += [Personne(f"P{rang}{n}", strate, "", f"{n % 4 + 1}23412") for n in range(combien)]
    items = [item.code for item in referentiel().items]
    entete = ";".join(("identifiant", "moment", "regard", QUESTION, *items))
    chemin = dossier / "t.csv"
    chemin.write_text("\n".join([entete, *(ligne.en_csv() for ligne in lignes), ""]), encoding="utf-8")
    return chemin


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(("personnes_", "dit"), [(1, True), (2, True), (3, False)])
def test_une_strate_d_une_ou_deux_personnes_dit_que_ce_sont_leurs_reponses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], personnes_: int, dit: bool
) -> None:
    """Une médiane ou un extrême y sont le score de quelqu’un : qui les montre plus loin doit le savoir."""
    table, phrase = ecrire_la_table(tmp_path, (STRATES[0], personnes_)), "sont leurs réponses"
    for suffixe in ("xlsx", "json"):
        sortie = tmp_path / f"g.{suffixe}"
        assert executer(["cohorte", str(table), "--referentiel", "minimal", "--sortie", str(sortie)]) == 0
        assert (phrase in " ".join(capsys.readouterr().out.split())) == dit
    (groupe,) = json.loads((tmp_path / "g.json").read_text(encoding="utf-8"))["groupes"]
    assert groupe["trop_petit"] is dit
    cellules = (str(c) for f in load_workbook(tmp_path / "g.xlsx") for ligne in f.values for c in ligne if c)
    assert any(phrase in cellule for cellule in cellules) == dit
    # Une passation seule se dessine comme une personne, à elle-même.
    for figure in ("carte", "radar", "matrice", "distribution") if personnes_ > 1 else ():
        dessin = tmp_path / f"{figure}.svg"
        assert executer(["figure", figure, str(table), "--referentiel", "minimal", "--sortie", str(dessin)]) == 0
        svg = dessin.read_text(encoding="utf-8").replace("\u00a0", " ")
        trace = " ".join(re.findall(r"<text[^>]*>([^<]*)", svg))
        assert [phrase in svg.partition("</desc>")[0], "Moins de 3 personnes ici" in trace] == [dit, dit], figure


def test_le_titre_d_une_page_ne_fait_pas_compter_les_strates_tues(tmp_path: Path) -> None:
    """Quatorze moins douze : deux strates « de moins de 3 » auraient une personne chacune."""
    table = ecrire_la_table(tmp_path, (STRATES[0], 12), (STRATES[1], 1), (STRATES[2], 1))
    page = tmp_path / "g.html"
    commande = ["cohorte", str(table), "--referentiel", "minimal", "--sortie", str(tmp_path / "g.json")]
    assert executer([*commande, "--page", str(page)]) == 0
    texte = re.sub(r"<style.*?</style>|<[^>]+>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "12 passations montrées" in " ".join(texte.split())
    assert not re.search(r"\b1[34] passations", texte)
    assert "Fichiers lus" not in texte, "une passation par fichier : leur nombre dirait le total"

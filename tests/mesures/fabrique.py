"""Ce que les mesures donnent à lire : des tables et des formulaires remplis, bâtis sans importer cpit.

Le référentiel livré est demandé à la commande : les mesures restent justes quand le plan de cpit change.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_remplir import remplir_comme_une_personne

CPIT = [sys.executable, "-m", "cpit"]
REFERENTIEL = "innovation-territoriale"


@dataclass(frozen=True)
class Livre:
    """Ce que les scripts savent du référentiel livré."""

    codes: list[str]
    niveaux: dict[int, str]
    profil: dict[str, list[str]]
    echelles: dict[str, list[str]]
    poles: dict[str, tuple[float, float]]

    @property
    def mots(self) -> dict[str, Any]:
        """Ce que les scripts à pandas en reprennent."""
        return {"codes": self.codes, "echelles": self.echelles, "poles": self.poles, "libelles": {}}


def lire_livre() -> Livre:
    """Le référentiel livré, d’après « cpit referentiel montrer »."""
    montrer = [*CPIT, "referentiel", "montrer", REFERENTIEL, "--yaml"]
    brut = yaml.safe_load(subprocess.run(montrer, check=True, capture_output=True).stdout)
    items, echelles = brut["items"], {}
    for cle, sorte in (("competences", "competence"), ("ingenieries", "ingenierie")):
        for une in brut[cle]:
            echelles[une["identifiant"]] = [i["code"] for i in items if i[sorte] == une["identifiant"]]
    for regroupement in brut["regroupements"]:
        echelles |= {groupe["identifiant"]: groupe["items"] for groupe in regroupement["groupes"]}
    return Livre(
        [item["code"] for item in items],
        {niveau["valeur"]: niveau["libelle"] for niveau in brut["echelle"]["niveaux"]},
        {question["identifiant"]: [choix["code"] for choix in question["choix"]] for question in brut["profil"]},
        echelles,
        {i["identifiant"]: (i["position"]["x"], i["position"]["y"]) for i in brut["ingenieries"]},
    )


SORTES: dict[str, Callable[[Livre], list[str]]] = {
    "nette": lambda livre: [str(valeur) for valeur in livre.niveaux] * 6 + ["SO", ""],
    "fautive": lambda livre: [str(valeur) for valeur in livre.niveaux] * 6 + ["SO", "", "9"],
    "libelles": lambda livre: list(livre.niveaux.values()) * 6 + ["SO", ""],
}
"""Ce que contiennent les cellules : des niveaux ; des « 9 » en plus, à refuser ; des libellés."""


def tirer_lignes(livre: Livre, lignes: int, cellules: list[str]) -> Iterator[list[str]]:
    """L’en-tête (identifiant, profil, moment, regard, items), puis des personnes au hasard, toujours les mêmes."""
    de = random.Random(3)
    yield ["identifiant", *livre.profil, "moment", "regard", *livre.codes]
    for rang in range(lignes):
        qui = [de.choice(codes) for codes in livre.profil.values()]
        yield [f"P{rang}", *qui, "t0", "soi", *de.choices(cellules, k=len(livre.codes))]


def fabriquer_csv(chemin: Path, livre: Livre, lignes: int, sorte: str = "nette") -> Path:
    """Une table CSV, telle qu’un tableur français l’enregistre."""
    with chemin.open("w", encoding="utf-8-sig", newline="") as flux:
        flux.writelines(";".join(ligne) + "\r\n" for ligne in tirer_lignes(livre, lignes, SORTES[sorte](livre)))
    return chemin


def fabriquer_xlsx(chemin: Path, livre: Livre, lignes: int) -> Path:
    """La même table en classeur, les niveaux en nombres."""
    classeur = xlsxwriter.Workbook(str(chemin), {"constant_memory": True})
    feuille = classeur.add_worksheet()
    for rang, ligne in enumerate(tirer_lignes(livre, lignes, SORTES["nette"](livre))):
        feuille.write_row(rang, 0, [int(cellule) if cellule.isdigit() else cellule for cellule in ligne])
    classeur.close()
    return chemin


def fabriquer_formulaires(dossier: Path, livre: Livre, nombre: int) -> None:
    """Des formulaires remplis : un seul l’est par openpyxl, les autres sont ses copies sous d’autres noms."""
    dossier.mkdir(exist_ok=True)
    subprocess.run([*CPIT, "formulaire", "--dossier", str(dossier)], check=True, stdout=subprocess.DEVNULL)
    (vierge,) = dossier.glob("*.xlsx")
    modele = vierge.rename(dossier / "P000.xlsx")
    sortes = [*map(str, livre.niveaux), "S", "."]
    signes = {code: sortes[rang % len(sortes)] for rang, code in enumerate(livre.codes)}
    traces = {code: f"Trace de {code} : une réunion, un compte rendu" for code in livre.codes[::2]}
    remplir_comme_une_personne(modele, modele, signes, traces=traces)
    for rang in range(1, nombre):
        (dossier / f"P{rang:03d}.xlsx").write_bytes(modele.read_bytes())


def consomme() -> float:
    """Secondes de processeur des commandes déjà finies."""
    import resource  # Windows ne l’a pas

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

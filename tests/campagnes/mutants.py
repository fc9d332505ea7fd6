"""Des mutants : une faute à la fois dans un module décisif, que ses tests doivent voir.

    nice -n 19 python tests/campagnes/mutants.py [--module cpit/coeur/notation.py] [--nombre 20 | --tout]

Sans ``--module``, tous ceux de ``MODULES``. Les fautes sont celles de mutmut, et quelques-unes d’ici (condition
retournée, retour vidé, instruction ôtée), prises tour à tour dans chaque sorte, au hasard de ``--graine`` ; ni les
annotations, ni les textes écrits pour être lus, ni ``strict=`` n’en reçoivent. Chaque mutant s’essaie dans une copie du
dépôt, avec les seuls fichiers de tests de son module, jusqu’au premier échec ; celui dont le module ne se charge plus,
mort-né, ne compte pas. La table va à la sortie ; les survivants, à l’erreur, avec leur ligne. Finit par 1 s’il en
reste, par 2 si un essai n’a rien pu juger.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

RACINE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(RACINE / "tests"))

from campagnes.commun import GRAINE  # noqa: E402

MEMOIRE = 6 << 30
"""Octets d’adresses qu’un essai peut prendre : une boucle sans fin ne doit pas emporter la machine."""
DELAI = 600
"""Secondes laissées à un essai, en plus de dix fois ce qu’il prend sans mutant : il attend peut-être quelque chose."""
BORNE = "import signal\ndef pytest_runtest_setup():\n    signal.setitimer(signal.ITIMER_PROF, 30)\n"
"""Greffon de pytest : au-delà de 30 s de calcul, un essai ne finira pas ; le système l’arrête (SIGPROF)."""


class Cible(NamedTuple):
    """Un module décisif : ce dont il décide, et les tests qui le concernent, du plus prompt au plus lent."""

    sujet: str
    tests: tuple[str, ...]


MODULES = {
    "cpit/coeur/moteur.py": Cible("notation", ("cas", "proprietes")),
    "cpit/coeur/notation.py": Cible("notation", ("cas", "restitution", "proprietes")),
    "cpit/coeur/incertitude.py": Cible("position", ("incertitude",)),
    "cpit/coeur/dispersion.py": Cible("position", ("incertitude",)),
    "cpit/coeur/diffusion.py": Cible("diffusion", ("diffusion", "petits_groupes")),
    "cpit/coeur/groupe.py": Cible("diffusion", ("petits_groupes", "diffusion", "cohorte", "figures", "fidelite")),
    "cpit/passations/sauvegarde.py": Cible(
        "enregistrement",
        ("sauvegarde", "questionnaire::test_une_terminee_se_rouvre_et_sa_version_est_gardee", "durable"),
    ),
    "cpit/formats/durable.py": Cible("enregistrement", ("durable", "sauvegarde")),
    "cpit/json_strict.py": Cible(
        "lecture",
        (
            "chemins::test_un_json_fautif_est_refuse_a_sa_place",
            "commandes::test_un_fichier_d_une_autre_sorte_est_refuse",
            "droits::test_apres_effacer_aucun_octet_ne_parle_de_la_personne",
        ),
    ),
    "cpit/lecture/dechiffrement.py": Cible("lecture", ("tables", "lignes_directes", "mots_et_remedes")),
    "cpit/lecture/entetes.py": Cible("lecture", ("reconnaissance", "tables", "fautifs")),
    "cpit/lecture/outils.py": Cible("lecture", ("reconnaissance",)),
    "cpit/lecture/porteurs.py": Cible("lecture", ("reconnaissance",)),
    "cpit/lecture/reconnaissance.py": Cible("lecture", ("reconnaissance", "tables")),
    "cpit/lecture/lignes.py": Cible("lecture", ("tables", "fautifs")),
    "cpit/lecture/table_csv.py": Cible("lecture", ("tables", "lignes_directes", "encodages", "formes")),
    "cpit/lecture/table_xlsx.py": Cible("lecture", ("garde_xlsx", "tables")),
    "cpit/lecture/forme_formulaire.py": Cible("lecture", ("formulaire_xlsx",)),
    "cpit/lecture/formulaire_xlsx.py": Cible("lecture", ("formulaire_xlsx",)),
    "cpit/tableur/classeur_ouvert.py": Cible("lecture", ("tables", "formulaire_xlsx")),
    "cpit/tableur/lecture.py": Cible("lecture", ("garde_xlsx", "tables", "formulaire_xlsx")),
}
"""Du décisif, et de quoi le juger."""


class Equivalent(NamedTuple):
    """Un mutant que rien ne peut distinguer de l’original : son module, ce qu’il ôte, ce qu’il met, et pourquoi."""

    module: str
    ote: str
    mis: str
    raison: str


EQUIVALENTS = (
    Equivalent(
        "cpit/coeur/notation.py",
        "connues.update({(code, valeur): retenues[code] for code, valeur in valeurs.items()})",
        "pass",
        "un souvenir : ce qui n’est pas retenu est recalculé, et vaut pareil",
    ),
    Equivalent(
        "cpit/coeur/moteur.py",
        "diviseur = choisir(presente, total, 1.0)",
        "diviseur = choisir(presente, total, 2.0)",
        "là où rien n’est présent, le quotient ne sert pas : il n’y a qu’à ne pas diviser par zéro",
    ),
    Equivalent(
        "cpit/json_strict.py",
        'place = _place(texte, trop.start()) if trop else ""',
        'place = _place(texte, trop.start()) if (trop) or True else ""',
        "le seul refus de Python qui reste ici est celui d’un nombre trop long, que l’on cherche",
    ),
    Equivalent(
        "cpit/coeur/notation.py",
        "SOUVENIRS = 1 << 16",
        "SOUVENIRS = 2 << 16",
        "une taille choisie pour la mémoire ; ce qui se passe à la borne est essayé, quelle qu’elle soit",
    ),
    Equivalent(
        "cpit/coeur/notation.py",
        "SOUVENIRS = 1 << 16",
        "SOUVENIRS = 1 >> 16",
        "aucun souvenir : tout est recalculé, et vaut pareil",
    ),
)
"""Ce que le tirage a donné, et qui ne se voit d’aucune commande, d’aucun fichier, d’aucune valeur de l’API."""


# --- les fautes -------------------------------------------------------------------------------------------------------


class Mutant(NamedTuple):
    """Un texte fautif, la ligne de la faute, et les lignes qu’elle ôte et met, sans leurs blancs."""

    texte: str
    ligne: int
    ote: str
    mis: str


def _retourner(noeud: cst.If | cst.While) -> Iterator[cst.CSTNode]:
    condition = noeud.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield noeud.with_changes(test=cst.UnaryOperation(cst.Not(), condition))


def _vider(noeud: cst.Return) -> Iterator[cst.CSTNode]:
    if noeud.value is not None:
        yield noeud.with_changes(value=None)


def _oter(noeud: cst.Expr) -> Iterator[cst.CSTNode]:
    if not isinstance(noeud.value, cst.SimpleString | cst.ConcatenatedString):
        yield cst.Pass()


OPERATEURS = [
    *mutation_operators,
    (cst.If, _retourner),
    (cst.While, _retourner),
    (cst.Return, _vider),
    (cst.Expr, _oter),
]
SANS_FAUTE = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom, cst.TypeAlias)
"""Ce qui ne s’évalue pas à l’usage : une annotation, un décorateur, une importation."""


STRICT = re.compile(r",?\s*\bstrict=\w+|,\s*(?=\))")
"""D’un ``zip``, une assertion sur des suites de même longueur par construction."""


class _Fautes(cst.CSTVisitor):
    """Recueille, pour chaque sorte de faute, le nœud à changer et ce qui le remplace."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.par_sorte: dict[str, list[tuple[cst.CSTNode, cst.CSTNode, int]]] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, SANS_FAUTE) or _a_lire(node) or _declaration(node) or _type_litteral(node):
            return False
        for genre, operateur in OPERATEURS:
            if isinstance(node, genre):
                ligne = self.get_metadata(PositionProvider, node).start.line
                sorte = self.par_sorte.setdefault(operateur.__name__, [])
                sorte += [(node, change, ligne) for change in operateur(node)]
        return True


def _a_lire(noeud: cst.CSTNode) -> bool:
    """Vrai pour un texte écrit pour être lu, qui ne décide de rien : une docstring, un libellé, un message."""
    return isinstance(noeud, cst.SimpleString) and " " in str(noeud.evaluated_value)


def _declaration(noeud: cst.CSTNode) -> bool:
    """Vrai pour ``__all__``, que seuls lisent les outils."""
    return isinstance(noeud, cst.Assign) and getattr(noeud.targets[0].target, "value", None) == "__all__"


def _type_litteral(noeud: cst.CSTNode) -> bool:
    """Vrai pour ``Literal[…]`` : un type, que seul lit mypy."""
    return isinstance(noeud, cst.Subscript) and getattr(noeud.value, "value", None) == "Literal"


def tirer(code: str, tirage: random.Random) -> Iterator[Mutant]:
    """Tous les mutants d’un texte, tour à tour dans chaque sorte de faute, dans un ordre tiré au sort."""
    enveloppe = MetadataWrapper(cst.parse_module(code), unsafe_skip_copy=True)
    fautes = _Fautes()
    enveloppe.visit(fautes)
    piles = [fautes.par_sorte[sorte] for sorte in sorted(fautes.par_sorte)]
    for pile in piles:
        tirage.shuffle(pile)
    while piles := [pile for pile in piles if pile]:
        for pile in piles:
            noeud, change, ligne = pile.pop()
            texte = enveloppe.module.deep_replace(noeud, change).code
            ote, mis = _difference(code, texte)
            if STRICT.sub("", ote) != STRICT.sub("", mis):
                yield Mutant(texte, ligne, ote, mis)


def _difference(code: str, texte: str) -> tuple[str, str]:
    lignes = list(unified_diff(code.splitlines(), texte.splitlines(), n=0, lineterm=""))[2:]
    ote, mis = (" ".join(x[1:].strip() for x in lignes if x[0] == signe) for signe in "-+")
    return ote, mis


# --- le jugement ------------------------------------------------------------------------------------------------------


class Sort(StrEnum):
    """Ce qu’il advient d’un mutant."""

    TUE = "tués"
    TEMPS = "tués par le temps"
    MORT_NE = "morts-nés"
    EQUIVALENT = "équivalents"
    SURVIVANT = "survivants"
    PANNE = "pannes"


@dataclass(frozen=True)
class Verdict:
    """Un sort, et ce qui l’explique : l’essai qui a échoué, ou ce que pytest a dit."""

    sort: Sort
    pourquoi: str = ""


class Essayeur:
    """Une copie du dépôt où l’on met un mutant, et de quoi y lancer des tests."""

    def __init__(self, lieu: Path, depot: Path = RACINE) -> None:
        self.copie, self._temporaires, self._rapport = lieu / "depot", lieu / "temporaires", lieu / "rapport.xml"
        oublies = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "*.egg-info")
        (lieu / "borne.py").write_text(BORNE, encoding="utf-8")
        self._durees: dict[str, float] = {}
        shutil.copytree(depot, self.copie, ignore=oublies)

    def duree(self, tests: Iterable[str]) -> float:
        """Secondes que prennent des tests sans aucun mutant ; chaque fichier ne se mesure qu’une fois.

        :raises SystemExit: s’ils ne passent pas.
        """
        for fichier in tests:
            if fichier not in self._durees:
                debut = time.monotonic()
                verdict = self._essayer([fichier], 3600)
                if verdict.sort is not Sort.SURVIVANT:
                    sys.exit(f"sans aucun mutant, {fichier} ne passe pas : {verdict.sort}, {verdict.pourquoi}")
                self._durees[fichier] = time.monotonic() - debut
        return sum(self._durees[fichier] for fichier in tests)

    def juger(self, module: str, texte: str, tests: Iterable[str], delai: float) -> Verdict:
        """Met un texte à la place d’un module, lance des tests, remet le module."""
        fichier = self.copie / module
        entier = fichier.read_bytes()
        _poser(fichier, texte.encode())
        try:
            if self._lancer(["-c", f"import {module[:-3].replace('/', '.')}"], delai):
                return Verdict(Sort.MORT_NE)
            return self._essayer(tests, delai)
        except subprocess.TimeoutExpired:
            return Verdict(Sort.TEMPS)
        finally:
            _poser(fichier, entier)

    def _essayer(self, tests: Iterable[str], delai: float) -> Verdict:
        self._rapport.unlink(missing_ok=True)
        options = ["-m", "not temoin", "-x", "-n", "0", "-p", "xdist", "-p", "borne", "-p", "no:cacheprovider"]
        code = self._lancer(["-m", "pytest", *options, f"--junitxml={self._rapport}", *tests], delai)
        if code == 0:
            return Verdict(Sort.SURVIVANT)
        if code == -signal.SIGPROF:
            return Verdict(Sort.TEMPS)
        rates = self._rates() if code in (1, 2) else []
        if code == 1 and rates and all(rates):
            return Verdict(Sort.TUE, rates[0])
        # Avec « -x », une collecte qui échoue finit par 1, comme un essai qui échoue.
        return Verdict(Sort.MORT_NE if "" in rates else Sort.PANNE, f"pytest a fini par {code}")

    def _rates(self) -> list[str]:
        """Les essais qui ont échoué ; un nom vide pour un fichier qui n’a pas pu se charger."""
        cas = ElementTree.parse(self._rapport).iter("testcase")
        rates = [(c, c.find("failure"), c.find("error")) for c in cas]
        return [
            "" if erreur is not None and erreur.get("message") == "collection failure" else str(c.get("name"))
            for c, echec, erreur in rates
            if echec is not None or erreur is not None
        ]

    def _lancer(self, arguments: list[str], delai: float) -> int:
        self._temporaires.mkdir()
        milieu = {
            **os.environ,
            "PYTHONPATH": f"{self.copie}{os.pathsep}{self.copie.parent}",
            "TMPDIR": str(self._temporaires),
        }
        # Les greffons qu’aucun test n’emploie doublent le démarrage.
        milieu["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        commande = [sys.executable, *arguments]
        muet = subprocess.DEVNULL
        essai = subprocess.Popen(
            commande, cwd=self.copie, env=milieu, stdin=muet, stdout=muet, stderr=muet, start_new_session=True
        )
        resource.prlimit(essai.pid, resource.RLIMIT_AS, (MEMOIRE, MEMOIRE))
        try:
            return essai.wait(delai)
        finally:
            if essai.poll() is None:
                os.killpg(essai.pid, signal.SIGKILL)
                essai.wait()
            shutil.rmtree(self._temporaires, ignore_errors=True)


def _poser(fichier: Path, octets: bytes) -> None:
    """Écrit un module, et ôte son code compilé : deux textes de même taille, à la même seconde, auraient le même."""
    for compile_ in (fichier.parent / "__pycache__").glob(f"{fichier.stem}.*.pyc"):
        compile_.unlink()
    fichier.write_bytes(octets)


def essayer(module: str, nombre: int | None, graine: int, essayeur: Essayeur) -> Counter[Sort]:
    """Tire des mutants d’un module (tous, sans ``nombre``) et compte leur sort ; chaque survivant est écrit à l’erreur.

    :raises SystemExit: si ses tests ne passent pas sans aucun mutant.
    """
    code = (RACINE / module).read_text(encoding="utf-8")
    tests = [re.sub(r"^\w+", r"tests/test_\g<0>.py", nom) for nom in MODULES[module].tests]
    delai = DELAI + 10 * essayeur.duree(tests)
    connus = {(un.ote, un.mis) for un in EQUIVALENTS if un.module == module}
    sorts: Counter[Sort] = Counter()
    for mutant in tirer(code, random.Random(f"{graine}{module}")):
        if sorts.total() - sorts[Sort.MORT_NE] == nombre:
            break
        connu = (mutant.ote, mutant.mis) in connus
        verdict = Verdict(Sort.EQUIVALENT) if connu else essayeur.juger(module, mutant.texte, tests, delai)
        sorts[verdict.sort] += 1
        if verdict.sort in (Sort.SURVIVANT, Sort.PANNE):
            dit = f"{verdict.sort} : {module}:{mutant.ligne} {verdict.pourquoi}\n  - {mutant.ote}\n  + {mutant.mis}"
            print(dit, file=sys.stderr, flush=True)
    return sorts


COLONNES = (Sort.TUE, Sort.TEMPS, Sort.EQUIVALENT, Sort.SURVIVANT)


def ligne_de_table(nom: str, sorts: Counter[Sort]) -> str:
    """Une ligne de la table : les morts-nés n’y comptent pas, ni les équivalents dans le pourcentage."""
    tues = sorts[Sort.TUE] + sorts[Sort.TEMPS]
    utiles = tues + sorts[Sort.SURVIVANT]
    part = f"{100 * tues / utiles:.0f} %" if utiles else "–"
    tires = sum(sorts[sort] for sort in COLONNES)
    return f"| {nom} | {tires} | " + " | ".join(str(sorts[sort]) for sort in COLONNES) + f" | {part} |"


def principal() -> None:
    """Joue la campagne d’après la ligne de commande."""
    lecteur = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lecteur.add_argument("--module", action="append", choices=MODULES)
    lecteur.add_argument("--nombre", type=int, default=20, help="mutants par module")
    lecteur.add_argument("--tout", action="store_true", help="tous les mutants de chaque module")
    lecteur.add_argument("--graine", type=int, default=GRAINE)
    demande = lecteur.parse_args()
    par_sujet: dict[str, Counter[Sort]] = {}
    print(f"| Module | Tirés | {' | '.join(s.capitalize() for s in COLONNES)} | Part |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as lieu:
        essayeur = Essayeur(Path(lieu))
        for module in demande.module or MODULES:
            sorts = essayer(module, None if demande.tout else demande.nombre, demande.graine, essayeur)
            par_sujet.setdefault(MODULES[module].sujet, Counter()).update(sorts)
            print(ligne_de_table(f"`{module}`", sorts), flush=True)
    for sujet, sorts in par_sujet.items():
        print(ligne_de_table(f"**{sujet}**", sorts))
    ensemble = sum(par_sujet.values(), Counter())
    sys.exit(2 if ensemble[Sort.PANNE] else ensemble[Sort.SURVIVANT] > 0)


if __name__ == "__main__":
    principal()

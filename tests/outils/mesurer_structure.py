"""Mesure la maison : combien de modules, quels noms en double, quelle profondeur, quels cercles, ce qui ne sert pas.

    python tests/outils/mesurer_structure.py [RACINE] [--json]

``RACINE`` est n’importe quelle copie du dépôt (celle-ci, à défaut) ; rien n’y est importé ni exécuté, tout est lu. Les
références se cherchent par nom, dans le texte : un nom porté par deux définitions est compté pour chacune, si bien que
« jamais employé » et « appelé d’un seul endroit » sont des minorants.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

PAQUET = "cpit"
SUFFIXES = {".csv", ".tsv", ".txt", ".json", ".xlsx", ".html", ".svg", ".pdf", ".png", ".sav", ".dta", ".parquet"}
"""Ce qui fait une table de suffixes : un littéral de module qui en nomme au moins deux."""
IMPLICITES = {"model_config", "__getattr__", "__all__", "__version__"}
Arcs = Mapping[str, set[str]]


@dataclass(frozen=True)
class Module:
    """Un module lu."""

    nom: str
    chemin: Path
    texte: str
    arbre: ast.Module

    @property
    def est_paquet(self) -> bool:
        """Vrai pour un ``__init__.py``."""
        return self.chemin.name == "__init__.py"

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """Ce que le module définit lui-même, à son premier niveau."""
        return dict(definir(self.arbre.body))

    @cached_property
    def references(self) -> Counter[str]:
        """Combien de fois chaque nom est lu : noms définis ou importés ici, attributs, textes (« module:fonction »).

        Une variable locale qui porte le nom d’une fonction d’un autre module n’en est pas une lecture.
        """
        venus = {alias.asname or alias.name: alias.name for alias in importes(self.arbre)}
        connus = venus | {nom: nom for nom in self.definitions}
        return Counter(nommer(self.arbre, connus))


def definir(corps: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Les noms d’un corps de module : fonctions, classes, constantes."""
    for noeud in corps:
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield noeud.name, noeud
        elif isinstance(noeud, ast.Assign):
            yield from ((cible.id, noeud) for cible in noeud.targets if isinstance(cible, ast.Name))
        elif isinstance(noeud, ast.AnnAssign) and isinstance(noeud.target, ast.Name):
            yield noeud.target.id, noeud


def nommer(arbre: ast.AST, connus: Mapping[str, str]) -> Iterator[str]:
    """Les noms lus dans un arbre ; ``connus`` : nom employé → nom d’origine."""
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Name) and isinstance(noeud.ctx, ast.Load):
            if noeud.id in connus:
                yield connus[noeud.id]
        elif isinstance(noeud, ast.Attribute):
            yield noeud.attr
        elif isinstance(noeud, ast.Constant) and isinstance(noeud.value, str) and len(noeud.value) < 200:
            yield from textes_nommants(noeud.value)


def textes_nommants(texte: str) -> Iterator[str]:
    """Les noms qu’un texte court cite : une annotation entre guillemets, un import à l’usage (« a.b:c »)."""
    morceau = texte.replace(":", ".").replace("[", ".").replace("]", ".")
    mots = [mot for mot in morceau.split(".") if mot]
    if mots and all(mot.isidentifier() for mot in mots):
        yield from mots


def lire_modules(racine: Path, dossier: str) -> dict[str, Module]:
    """Les modules Python d’un dossier, par nom complet."""
    modules = {}
    for chemin in sorted((racine / dossier).rglob("*.py")):
        parties = chemin.relative_to(racine).with_suffix("").parts
        nom = ".".join(parties[:-1] if parties[-1] == "__init__" else parties)
        texte = chemin.read_text(encoding="utf-8")
        modules[nom] = Module(nom, chemin, texte, ast.parse(texte))
    return modules


# --- les imports ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Graphe:
    """Qui importe qui dans le paquet.

    Au chargement ; en tout, imports à l’usage compris ; et de plus sous ``TYPE_CHECKING``, pour les annotations.
    """

    au_chargement: Arcs
    en_tout: Arcs
    annotations: Arcs


def tracer(modules: dict[str, Module]) -> Graphe:
    """Les trois graphes d’imports."""

    def relier(noeuds: Callable[[ast.Module], Iterable[ast.AST]]) -> Arcs:
        return {nom: {c for n in noeuds(m.arbre) for c in cibles(n, m, modules)} - {nom} for nom, m in modules.items()}

    return Graphe(relier(lambda arbre: au_premier_niveau(arbre.body)), relier(hors_typage), relier(ast.walk))


def hors_typage(noeud: ast.AST) -> Iterator[ast.AST]:
    """Tous les nœuds, sauf sous ``if TYPE_CHECKING`` : ces imports-là n’ont jamais lieu."""
    if isinstance(noeud, ast.If) and "TYPE_CHECKING" in ast.dump(noeud.test):
        return
    yield noeud
    for enfant in ast.iter_child_nodes(noeud):
        yield from hors_typage(enfant)


def au_premier_niveau(corps: list[ast.stmt]) -> Iterator[ast.AST]:
    """Les nœuds exécutés au chargement : ni corps de fonction, ni ``TYPE_CHECKING``."""
    for noeud in corps:
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(noeud, ast.If | ast.Try | ast.With):
            if isinstance(noeud, ast.If) and "TYPE_CHECKING" in ast.dump(noeud.test):
                continue
            yield from au_premier_niveau([n for n in ast.iter_child_nodes(noeud) if isinstance(n, ast.stmt)])
        yield noeud


def cibles(noeud: ast.AST, ou: Module, modules: dict[str, Module]) -> Iterator[str]:
    """Les modules du paquet qu’un import désigne ; un texte qui en nomme un (« cpit.lecture.table_csv ») compte.

    Un nom d’un registre (« module:fonction ») n’est pas un import : celui qui l’appelle ne connaît que le registre.
    """
    if isinstance(noeud, ast.Import):
        yield from (alias.name for alias in noeud.names if alias.name in modules)
    elif isinstance(noeud, ast.ImportFrom):
        base = absolu(noeud, ou)
        for alias in noeud.names:
            complet = f"{base}.{alias.name}"
            if complet in modules:
                yield complet
            elif base in modules:
                yield base
    elif isinstance(noeud, ast.Constant) and isinstance(noeud.value, str) and noeud.value in set(modules) - {PAQUET}:
        # « cpit », seul, est le nom du logiciel.
        yield noeud.value


def absolu(noeud: ast.ImportFrom, ou: Module) -> str:
    """Le nom complet du module d’un ``from … import``."""
    if not noeud.level:
        return noeud.module or ""
    parties = ou.nom.split(".")
    parties = parties[: len(parties) - noeud.level + ou.est_paquet]
    return ".".join([*parties, *([noeud.module] if noeud.module else [])])


def composantes(arcs: Arcs) -> list[set[str]]:
    """Les composantes fortement connexes (Tarjan), des feuilles vers les racines."""
    rangs: dict[str, int] = {}
    bas: dict[str, int] = {}
    pile: list[str] = []
    trouvees: list[set[str]] = []

    def visiter(nom: str) -> None:
        rangs[nom] = bas[nom] = len(rangs)
        pile.append(nom)
        for autre in sorted(arcs.get(nom, ())):
            if autre not in rangs:
                visiter(autre)
                bas[nom] = min(bas[nom], bas[autre])
            elif autre in pile:
                bas[nom] = min(bas[nom], rangs[autre])
        if bas[nom] == rangs[nom]:
            coupe = pile.index(nom)
            trouvees.append(set(pile[coupe:]))
            del pile[coupe:]

    for nom in sorted(arcs):
        if nom not in rangs:
            visiter(nom)
    return trouvees


def cercles(arcs: Arcs) -> list[list[str]]:
    """Les composantes de plusieurs modules, ou d’un seul qui s’importe."""
    return sorted(sorted(c) for c in composantes(arcs) if len(c) > 1)


def profondeur(arcs: Arcs) -> int:
    """Modules de la plus longue chaîne d’imports ; un cercle y compte pour tous ses modules, une fois."""
    longueurs: dict[str, int] = {}
    for composante in composantes(arcs):
        suivants = {s for nom in composante for s in arcs.get(nom, ()) if s not in composante}
        longueur = len(composante) + max((longueurs[s] for s in suivants), default=0)
        longueurs |= dict.fromkeys(composante, longueur)
    return max(longueurs.values(), default=0)


def paquet_de(nom: str) -> str:
    """La pièce d’un module : « coeur » pour cpit.coeur.notation ; le module lui-même à la racine."""
    return nom.split(".")[1] if "." in nom else nom


def remontees(arcs: Arcs) -> list[str]:
    """Les imports qui remontent : entre deux pièces qui s’atteignent l’une l’autre, le sens le moins nombreux.

    Un ordre des pièces choisi à la main serait arbitraire et vieillirait : à deux pièces A et B qui se connaissent, le
    sens principal est celui du plus grand nombre d’imports, et ceux de l’autre sens remontent.
    """
    entre: Counter[tuple[str, str]] = Counter()
    for nom, vers in arcs.items():
        entre.update((paquet_de(nom), paquet_de(autre)) for autre in vers if paquet_de(nom) != paquet_de(autre))
    pieces: dict[str, set[str]] = defaultdict(set)
    for depart, arrivee in entre:
        pieces[depart].add(arrivee)
    boucles = [c for c in composantes(pieces) if len(c) > 1]
    ensemble = {nom: rang for rang, c in enumerate(boucles) for nom in c}
    montent = []
    for (depart, arrivee), nombre in sorted(entre.items()):
        meme_boucle = depart in ensemble and ensemble.get(arrivee) == ensemble[depart]
        inverse = entre.get((arrivee, depart), 0)
        if meme_boucle and (nombre < inverse or (nombre == inverse and depart > arrivee)):
            montent += [f"{depart} → {arrivee}"] * nombre
    return montent


# --- les mesures ------------------------------------------------------------------------------------------------------


def mesurer(racine: Path) -> dict[str, Any]:
    """Toutes les mesures d’une copie du dépôt."""
    modules, tests = lire_modules(racine, PAQUET), lire_modules(racine, "tests")
    graphe, longueurs = tracer(modules), sorted(longueurs_des_fonctions(modules.values()))
    return {
        "modules": len(modules),
        "modules hors __init__": sum(not m.est_paquet for m in modules.values()),
        "lignes": sum(len(m.texte.splitlines()) for m in modules.values()),
        "lignes du plus long module": max(len(m.texte.splitlines()) for m in modules.values()),
        "modules de même nom": memes_noms(modules.values()),
        "noms publics définis plusieurs fois": noms_repetes(modules.values()),
        "fonctions": len(longueurs),
        "fonction médiane (lignes)": statistics.median(longueurs),
        "fonction, 90e centile (lignes)": longueurs[int(0.9 * (len(longueurs) - 1))],
        "fonctions de module": len(list(fonctions_de_module(modules.values()))),
        "fonctions appelées d’un seul endroit": len(appelees_une_fois(modules.values())),
        "arcs d’imports": sum(map(len, graphe.en_tout.values())),
        "profondeur au chargement": profondeur(graphe.au_chargement),
        "profondeur en tout": profondeur(graphe.en_tout),
        "cercles au chargement": cercles(sans_paquets_parents(graphe.au_chargement)),
        "cercles à l’usage": cercles(sans_paquets_parents(graphe.en_tout)),
        "cercles, annotations comprises": cercles(sans_paquets_parents(graphe.annotations)),
        "cercles entre pièces, annotations comprises": cercles(entre_pieces(graphe.annotations)),
        "imports qui remontent, annotations comprises": sorted(Counter(remontees(graphe.annotations)).items()),
        **inemployes(racine, modules, tests),
        "tables de suffixes": tables_de_suffixes(modules.values()),
    }


def sans_paquets_parents(arcs: Arcs) -> Arcs:
    """Sans l’arc d’un module vers le paquet qui le contient : Python l’ajoute de lui-même."""
    return {nom: {autre for autre in vers if not nom.startswith(f"{autre}.")} for nom, vers in arcs.items()}


def entre_pieces(arcs: Arcs) -> Arcs:
    """Le même graphe, entre pièces."""
    pieces: dict[str, set[str]] = defaultdict(set)
    for nom, vers in arcs.items():
        pieces[paquet_de(nom)] |= {paquet_de(autre) for autre in vers} - {paquet_de(nom)}
    return pieces


def longueurs_des_fonctions(modules: Iterable[Module]) -> Iterator[int]:
    """Lignes de chaque fonction ou méthode, décorateurs et docstring compris."""
    for module in modules:
        for noeud in ast.walk(module.arbre):
            if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef):
                premiere = min([noeud.lineno, *(d.lineno for d in noeud.decorator_list)])
                yield (noeud.end_lineno or premiere) - premiere + 1


def memes_noms(modules: Iterable[Module]) -> dict[str, list[str]]:
    """Les noms de fichier que plusieurs modules portent, ``__init__`` à part."""
    par_nom: dict[str, list[str]] = defaultdict(list)
    for module in modules:
        if not module.est_paquet:
            par_nom[module.chemin.name].append(module.nom)
    return {nom: qui for nom, qui in sorted(par_nom.items()) if len(qui) > 1}


def noms_repetes(modules: Iterable[Module]) -> dict[str, int]:
    """Les noms publics que plusieurs modules définissent, et combien."""
    compte = Counter(nom for module in modules for nom in module.definitions if not nom.startswith("_"))
    return {nom: fois for nom, fois in sorted(compte.items(), key=lambda c: (-c[1], c[0])) if fois > 1}


def fonctions_de_module(modules: Iterable[Module]) -> Iterator[tuple[Module, str]]:
    """Les fonctions définies au premier niveau d’un module, privées comprises."""
    for module in modules:
        for nom, noeud in module.definitions.items():
            if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef):
                yield module, nom


def appelees_une_fois(modules: Iterable[Module]) -> list[str]:
    """Les fonctions de module lues une seule fois dans tout le paquet (imports non comptés)."""
    modules = list(modules)
    references = sum((m.references for m in modules), Counter[str]())
    return [
        f"{module.nom}.{nom}"
        for module, nom in fonctions_de_module(modules)
        if (module.references[nom] if nom.startswith("_") else references[nom]) == 1
    ]


def inemployes(racine: Path, modules: dict[str, Module], tests: dict[str, Module]) -> dict[str, list[str]]:
    """Les noms publics que rien n’emploie dans cpit : ceux que les tests seuls emploient, puis les autres."""
    dans_cpit = sum((m.references for m in modules.values()), Counter[str]())
    dans_tests = set().union(
        *(m.references for m in tests.values()), *({a.name for a in importes(m.arbre)} for m in tests.values())
    )
    entrees = (racine / "pyproject.toml").read_text(encoding="utf-8")
    gabarits = "".join(g.read_text(encoding="utf-8") for g in sorted((racine / PAQUET).rglob("*.j2")))
    ailleurs = set(gabarits.replace(".", " ").replace("(", " ").replace("|", " ").split()) | IMPLICITES
    seuls = [
        (f"{module.nom}.{nom}", nom in dans_tests)
        for module in modules.values()
        for nom, noeud in module.definitions.items()
        if not nom.startswith("_") and not dans_cpit[nom] and nom not in ailleurs
        if f"{module.nom}:{nom}" not in entrees and not est_inscrit(noeud) and nom not in exportes(modules)
    ]
    return {
        "employés par les tests seuls": [nom for nom, teste in seuls if teste],
        "jamais employés": [nom for nom, teste in seuls if not teste],
    }


def importes(arbre: ast.AST) -> Iterator[ast.alias]:
    """Les noms qu’un module importe d’un autre."""
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.ImportFrom):
            yield from noeud.names


def est_inscrit(noeud: ast.stmt) -> bool:
    """Vrai si un décorateur appelé (« @application.command(…) ») inscrit la définition : elle sert sans être nommée."""
    return isinstance(noeud, ast.FunctionDef | ast.ClassDef) and any(
        isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute) for d in noeud.decorator_list
    )


def exportes(modules: dict[str, Module]) -> set[str]:
    """Ce que la façade ``cpit/__init__.py`` offre : ses imports et son ``__all__``."""
    facade = modules[PAQUET]
    tous = facade.definitions.get("__all__")
    return {alias.name for alias in importes(facade.arbre)} | set(nommer(tous, {}) if tous is not None else ())


def tables_de_suffixes(modules: Iterable[Module]) -> list[str]:
    """Où un littéral de module nomme au moins deux suffixes de fichier."""
    trouvees = []
    for module in modules:
        for nom, noeud in module.definitions.items():
            if isinstance(noeud, ast.Assign | ast.AnnAssign) and len(set(suffixes(noeud))) > 1:
                trouvees.append(f"{module.nom}.{nom}")
    return trouvees


def suffixes(noeud: ast.AST) -> Iterator[str]:
    """Les suffixes de fichier que nomme un littéral."""
    for une in ast.walk(noeud):
        if isinstance(une, ast.Constant) and isinstance(une.value, str) and une.value in SUFFIXES:
            yield une.value


# --- l’affichage ------------------------------------------------------------------------------------------------------


def principal() -> None:
    """Mesure et écrit, en texte ou en JSON."""
    analyse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    analyse.add_argument("racine", nargs="?", type=Path, default=Path(__file__).resolve().parents[2])
    analyse.add_argument("--json", action="store_true", help="tout, listes comprises, en JSON")
    choix = analyse.parse_args()
    mesures = mesurer(choix.racine)
    if choix.json:
        print(json.dumps(mesures, ensure_ascii=False, indent=1))
        return
    for nom, valeur in mesures.items():
        print(f"{nom} : {resumer(nom, valeur)}")


def resumer(nom: str, valeur: Any) -> str:
    """Une mesure en une ligne, suivie au besoin de sa liste."""
    if not isinstance(valeur, list | dict):
        return str(valeur)
    compte = len(valeur)
    if nom == "modules de même nom" and isinstance(valeur, dict):
        compte = sum(len(qui) for qui in valeur.values())
    elif nom.startswith("imports qui remontent"):
        compte = sum(fois for _, fois in valeur)
    lignes = [f"{cle} {dit}" for cle, dit in valeur.items()] if isinstance(valeur, dict) else map(str, valeur)
    return "\n    ".join([str(compte), *lignes])


if __name__ == "__main__":
    principal()

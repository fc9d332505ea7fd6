"""Ce que la conception fixe et que le code doit garder : sens des dépendances, pureté du cœur, taille, catalogue."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from aides import RACINE

from cpit.messages import CATALOGUE, FAMILLES

PAQUET = RACINE / "cpit"


def _nom(chemin: Path) -> str:
    morceaux = chemin.relative_to(RACINE).with_suffix("").parts
    return ".".join(morceaux[:-1] if morceaux[-1] == "__init__" else morceaux)


MODULES = {_nom(chemin): chemin for chemin in sorted(PAQUET.rglob("*.py"))}
CATALOGUES_DE_DONNEES = {nom for nom in MODULES if nom.startswith("cpit.messages")}
"""Modules sans logique, une longue table de textes : la limite de 600 lignes n’y a pas de sens."""
COEUR = [nom for nom in MODULES if nom.startswith("cpit.coeur")]


@cache
def _arbre(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


@cache
def _noeuds(module: str) -> tuple[ast.AST, ...]:
    """Tous les nœuds d’un module, parcourus une fois pour toutes les règles."""
    return tuple(ast.walk(_arbre(module)))


def _hors_typage(module: str) -> Iterator[ast.AST]:
    """Tous les nœuds, sauf ce qui est sous « if TYPE_CHECKING » : ce n’est pas exécuté."""
    conditions = [n for n in _noeuds(module) if isinstance(n, ast.If)]
    typages = [n for n in conditions if isinstance(n.test, ast.Name) and n.test.id == "TYPE_CHECKING"]
    exclus = {id(noeud) for typage in typages for noeud in ast.walk(typage)}
    return (noeud for noeud in _noeuds(module) if id(noeud) not in exclus)


@cache
def _importes(module: str, *, a_l_usage: bool = True, annotations: bool = False) -> set[str]:
    """Modules qu’un module importe ; sans « à l’usage », seulement ceux du chargement ; et ceux de ses annotations."""
    noeuds: Iterable[ast.AST] = _arbre(module).body
    if a_l_usage:
        noeuds = _noeuds(module) if annotations else _hors_typage(module)
    trouves = set()
    for noeud in noeuds:
        if isinstance(noeud, ast.Import):
            trouves |= {alias.name for alias in noeud.names}
        elif isinstance(noeud, ast.ImportFrom):
            assert noeud.level == 0, f"{module} : import relatif"
            source = noeud.module or ""
            trouves |= {nom if (nom := f"{source}.{a.name}") in MODULES else source for a in noeud.names}
    return trouves


def _de_cpit(module: str) -> set[str]:
    """Les modules du paquet qu’un module connaît : au chargement, à l’usage, ou pour ses seules annotations."""
    return {nom for nom in _importes(module, annotations=True) if nom.split(".")[0] == "cpit"}


def _fautes(modules: Iterable[str], fautifs: Callable[[str], Collection[object]]) -> dict[str, list[str]]:
    """Ce que chaque module a de fautif ; vide quand la règle est tenue partout."""
    examines = sorted(modules)
    assert examines, "aucun module examiné : la règle ne dit rien"
    return {module: sorted(map(str, trouves)) for module in examines if (trouves := fautifs(module))}


# --- le cœur est pur ------------------------------------------------------------------------------------------------

IMPURS = {
    *("os", "sys", "pathlib", "io", "datetime", "time", "random", "secrets", "subprocess", "socket", "shutil"),
    *("tempfile", "logging", "locale", "platform", "threading", "asyncio", "importlib", "signal", "glob", "uuid"),
}
PSYCHOMETRIE = "cpit.coeur.fidelite"
CALCUL = {"numpy", "scipy"}
"""Du calcul, permis à la psychométrie (elle se charge à l’usage, avec l’extra « recherche ») et à ``EN_COLONNES``."""
EN_COLONNES = ("cpit.coeur.dispersion", "cpit.coeur.anonymat", "cpit.coeur.jointes")
"""numpy s’y charge pour de grands groupes, ou s’il manque des réponses dans ce que l’on diffuse."""
EN_LIGNES = "cpit.coeur.tableaux"
CADRES = {"pandas", "polars"}
"""Un tableau s’y donne à qui le demande sous cette forme ; la bibliothèque se charge alors seulement."""

TRAMES = {"pandas", "polars"}
EN_TRAME = "cpit.coeur.tableaux"
"""Un tableau s’y donne en trame, à qui l’a demandé."""


def _pur(module: str, importe: str) -> bool:
    """Le cœur et la typographie ; de la bibliothèque standard, ni fichier, ni horloge, ni terminal."""
    racine = importe.split(".", maxsplit=1)[0]
    if racine == "cpit":
        return importe.startswith("cpit.coeur") or importe == "cpit.typographie"
    if racine in CALCUL and module.startswith((PSYCHOMETRIE, *EN_COLONNES)):
        return True
    if racine in TRAMES and module == EN_TRAME:
        return True
    return racine in sys.stdlib_module_names and racine not in IMPURS


def test_le_coeur_n_importe_que_lui_meme_et_du_calcul() -> None:
    assert _fautes([*COEUR, "cpit.typographie"], lambda m: {i for i in _importes(m) if not _pur(m, i)}) == {}


def test_le_coeur_n_ouvre_ni_n_ecrit_rien() -> None:
    interdits = {"open", "print", "input", "eval", "exec", "__import__", "breakpoint"}

    def noms(module: str) -> set[str]:
        return {noeud.id for noeud in _noeuds(module) if isinstance(noeud, ast.Name)} & interdits

    assert _fautes([*COEUR, "cpit.typographie"], noms) == {}


def test_la_psychometrie_ne_se_charge_qu_a_l_usage() -> None:
    """Sans scipy, tout le reste de cpit fonctionne."""
    autres = [m for m in MODULES if not m.startswith(PSYCHOMETRIE) and "fidelite" not in m]
    assert _fautes(autres, lambda m: {i for i in _importes(m, a_l_usage=False) if i.startswith(PSYCHOMETRIE)}) == {}


DESCRIPTIONS_SANS_REGLE = {"portraiturer", "decrire", "decrire_comptes"}


def test_un_groupe_ne_se_decrit_que_dans_le_coeur() -> None:
    """Hors du cœur, ni statistique recalculée, ni portrait auquel la règle des petits groupes n’a pas été appliquée."""

    def noms(module: str) -> set[str]:
        importes = {a.name for n in _noeuds(module) if isinstance(n, ast.ImportFrom) for a in n.names}
        return (importes & DESCRIPTIONS_SANS_REGLE) | (_importes(module) & {"statistics"})

    assert _fautes(sorted(set(MODULES) - set(COEUR)), noms) == {}


PORTE_DE_LECTURE = "cpit.ouverture"
ECRIVAINS = {
    "cpit.formats.durable": "toute écriture",
    "cpit.formats.porte": "ses deux dossiers de travail",
    "cpit.terminal": "la sortie d’un tube que son lecteur a quitté",
}
"""Les seuls modules qui ouvrent un fichier pour écrire, et ce qu’ils écrivent."""
LECTURES = {"read_text", "read_bytes", "load_workbook", "resolve"}
"""Ce qui ouvre un chemin sans passer par la porte, ou tombe sur un lien en rond."""
PAR_LE_CHEMIN = {
    ("cpit.figures.dessin", "resolve"): "l’endroit du paquet",
    ("cpit.emplacements", "resolve"): "l’endroit du paquet",
}

FLUX = {"flux", "sortie", "depuis", "vers"}
"""Ce dont on fait une archive, déjà ouvert."""


def _ouvertures(module: str) -> set[str]:
    """Les appels qui ouvrent un fichier : « open("x") », « x.open("rb") », « x.read_text() », « ZipFile(chemin) »…"""
    appels = (noeud for noeud in _noeuds(module) if isinstance(noeud, ast.Call))
    return {ast.unparse(appel.func) for appel in appels if _ouvre(module, appel)}


def _ouvre(module: str, appel: ast.Call) -> bool:
    complet, premier = ast.unparse(appel.func), next(iter(appel.args), None)
    nom = complet.rpartition(".")[2]
    if nom in LECTURES:
        return (module, nom) not in PAR_LE_CHEMIN
    if nom == "ZipFile":
        return not (isinstance(premier, ast.Name) and premier.id in FLUX) and not isinstance(premier, ast.Call)
    # « archive.open("xl/workbook.xml") » ouvre une partie d’une archive : ce n’est pas un mode.
    mode = premier is None or (isinstance(premier, ast.Constant) and set(str(premier.value)) <= set("rwxabt+"))
    return complet in ("open", "io.open", "os.open", "codecs.open") or (nom == "open" and mode)


def test_seule_la_porte_ouvre_un_fichier_a_lire() -> None:
    """Un fichier que l’on nomme est ordinaire ou refusé, ouvert sans attendre, borné : une fonction s’en charge."""
    assert _fautes(set(MODULES) - {PORTE_DE_LECTURE, *ECRIVAINS}, _ouvertures) == {}
    assert _ouvertures(PORTE_DE_LECTURE) == {"os.open"}


def test_ce_qui_ouvre_pour_ecrire_ne_lit_pas() -> None:
    def lit(module: str) -> set[str]:
        return {appel for appel in _ouvertures(module) if appel.rpartition(".")[2] in LECTURES}

    assert _fautes(ECRIVAINS, lit) == {}


def test_il_y_a_bien_un_coeur() -> None:
    attendus = {"referentiel", "passation", "notation", "groupe", "tableaux", "coherence"}
    assert attendus <= {nom.rpartition(".")[2] for nom in COEUR}


# --- les dépendances n’ont qu’un sens -------------------------------------------------------------------------------

ETAGES = (
    ("typographie",),
    ("messages", "sceaux"),
    ("saisie",),
    ("erreurs", "terminal", "json_strict"),
    ("ouverture",),
    ("coeur",),
    ("emplacements",),
    ("documentation",),
    ("chargement", "tableur", "affichage"),
    ("lecture", "figures"),
    ("formats", "pages"),
    ("passations",),
    ("sources", "questionnaire"),
    ("flux", "formulaire", "classeurs", "export", "instrument", "rapprochement", "word"),
    ("droits",),
    ("api",),
    ("cpit",),
    ("aide",),
    ("cli",),
    ("__main__",),
)
"""Les paquets et les modules de premier rang, du socle au bord : chacun n’emploie que des étages plus bas.

« cpit » est la façade de l’API : rien du paquet ne s’y prend.
"""


def _piece(module: str) -> str:
    """Le paquet de premier rang où est un module : « cpit.coeur.mots.notice » donne « coeur »."""
    return module.split(".")[1] if "." in module else "cpit"


ETAGE = {piece: rang for rang, pieces in enumerate(ETAGES) for piece in pieces}


def test_chaque_piece_a_son_etage() -> None:
    assert {_piece(module) for module in MODULES} == set(ETAGE)


def test_le_guide_dit_ou_trouver_chaque_piece() -> None:
    """Dans l’ordre où elles s’emploient, chacune une fois : qui arrive sait où chercher."""
    guide = (PAQUET / "guides" / "contribuer.md").read_text(encoding="utf-8")
    partie = guide.partition("## Où trouver quoi")[2].partition("\n## ")[0]
    dites = re.findall(r"^\| `(\w+)` \|", partie, re.MULTILINE)
    assert sorted(dites) == sorted(set(ETAGE) - {"cpit"})
    assert [ETAGE[piece] for piece in dites] == sorted(ETAGE[piece] for piece in dites)


def test_une_piece_n_emploie_que_des_etages_plus_bas() -> None:
    def plus_haut(module: str) -> set[str]:
        ici = _piece(module)
        return {i for i in _de_cpit(module) if _piece(i) != ici and ETAGE[_piece(i)] >= ETAGE[ici]}

    assert _fautes(MODULES, plus_haut) == {}


AU_BORD = {"terminal", "affichage", "aide", "cli"}
"""Ce qui montre, demande et donne un code de sortie."""


def test_l_api_ne_connait_ni_terminal_ni_ecran() -> None:
    """Et rien de ce qu’elle appelle : seuls une séance de questionnaire et le bord en ont l’usage."""
    autres = [m for m in MODULES if _piece(m) not in {*AU_BORD, "questionnaire", "__main__"}]
    assert any(_piece(m) == "api" for m in autres)
    assert _fautes(autres, lambda m: {i for i in _de_cpit(m) if _piece(i) in AU_BORD}) == {}


def test_seule_la_ligne_de_commande_emploie_l_api() -> None:
    """Et la façade, qui la montre ; le registre des formats nomme des fonctions de l’API, sans les importer."""
    autres = [m for m in MODULES if _piece(m) not in {"api", "cli", "cpit"}]
    assert _fautes(autres, lambda m: {i for i in _de_cpit(m) if _piece(i) == "api"}) == {}


def test_l_api_n_ecrit_rien_a_l_ecran() -> None:
    def parle(module: str) -> set[str]:
        noms = {n.id for n in _noeuds(module) if isinstance(n, ast.Name)} & {"print", "input"}
        attributs = {n.attr for n in _noeuds(module) if isinstance(n, ast.Attribute)}
        return noms | (attributs & {"stdout", "stderr", "__stdout__", "__stderr__"}) | (_importes(module) & {"sys"})

    assert _fautes([m for m in MODULES if _piece(m) == "api"], parle) == {}


def test_les_modules_ne_s_importent_pas_en_rond() -> None:
    """Module par module, à l’usage aussi, et pour les annotations : aucun ne se lit sans un autre qui le lit."""
    graphe = {module: _de_cpit(module) - {module} for module in MODULES}
    tuple(TopologicalSorter(graphe).static_order())


LOURDS = {
    *("pydantic", "pydantic_core", "rich", "openpyxl", "xlsxwriter", "numpy", "scipy", "yaml", "pandas", "polars"),
    *("jinja2", "reportlab", "markdown_it", "docx", "filelock", "importlib.metadata", "argparse", "cpit.documentation"),
}
"""Ce qui coûte le plus à charger."""
_DE_GROUPE = {
    *("cpit.coeur.cohorte", "cpit.coeur.comparaison", "cpit.coeur.equipe", "cpit.coeur.evolution", "cpit.coeur.export"),
    *("cpit.coeur.anonymat", "cpit.coeur.mots.lecture_groupe", "cpit.coeur.mots.lecture_comparaison"),
    *("cpit.formats.recueil", "cpit.formats.documents_json", "cpit.formats.appartenance", "cpit.rapprochement"),
}
"""Ce qu’une personne seule n’emploie pas."""
_A_LIRE = {m for m in MODULES if m.startswith(("cpit.lecture", "cpit.tableur", "cpit.classeurs", "cpit.flux"))}
_A_JUGER = {"cpit.chargement.yaml_situe", "cpit.chargement.forme_referentiel", "cpit.coeur.coherence"}
"""Un référentiel livré se lit tel qu’il a été gardé."""
_D_UN_AUTRE = {"cpit.cli.droits", "cpit.cli.groupe", "cpit.cli.recherche", "cpit.cli.referentiel"}
DEMARRAGES: dict[str, tuple[Collection[str], str]] = {
    "--help": (
        LOURDS | {m for m in MODULES if re.match(r"cpit\.(coeur|formats|api|cli\.(?!options))", m)},
        "questionnaire",
    ),
    "questionnaire --sans-profil --code B --moment t0 --regard soi": (
        (LOURDS - {"filelock"}) | _DE_GROUPE | _A_LIRE | _A_JUGER | _D_UN_AUTRE | {"cpit.formats.forme_passation"},
        "1 sur 24",
    ),
    f"restituer {RACINE / 'exemples' / 'passation-r01-t0-soi.json'}": (
        (LOURDS - {"pydantic", "pydantic_core", "importlib.metadata", "rich"})
        | (_DE_GROUPE | _A_LIRE | _A_JUGER | _D_UN_AUTRE),
        "Ingénieries",
    ),
    f"cohorte {RACINE / 'exemples' / 'cohorte-fictive.csv'} --sortie groupe.csv": (
        (LOURDS - {"rich"}) | _A_JUGER | {"cpit.api.recherche", "cpit.cli.recherche", "cpit.classeurs", "cpit.pages"},
        "0 refus.",
    ),
}
"""Commande → ce qu’elle n’a pas chargé une fois finie, ou lue la première réponse, et un mot qu’elle a montré."""
PUIS_DIRE_LES_MODULES = """
import sys
sys.argv = ["cpit", *sys.argv[1:]]
from cpit.__main__ import principal
try:
    principal()
finally:
    print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("commande", DEMARRAGES, ids=lambda commande: commande.split()[0])
def test_une_commande_demarre_sans_ce_qu_elle_n_emploie_pas(commande: str, tmp_path: Path) -> None:
    """Les buts de « tests/mesures/demarrage.py » en dépendent : ce qui se charge, et non une durée."""
    interdits, montre = DEMARRAGES[commande]
    lancee = [sys.executable, "-c", PUIS_DIRE_LES_MODULES, *shlex.split(commande)]
    reglages: dict[str, Any] = {"encoding": "utf-8", "env": os.environ | {"PYTHONUTF8": "1"}, "cwd": tmp_path}
    fini = subprocess.run(lancee, input="3\n", capture_output=True, timeout=60, check=False, **reglages)
    assert montre in fini.stdout + fini.stderr
    assert set(fini.stderr.split()) & set(interdits) == set()


RESEAU = {
    *("socket", "ssl", "urllib", "http", "ftplib", "smtplib", "telnetlib", "xmlrpc", "socketserver", "webbrowser"),
    *("requests", "httpx", "aiohttp", "urllib3"),
}


PERMIS = {"cpit.cli.personne": {"webbrowser"}}
"""Elle ouvre la page qu’elle vient d’écrire sur le disque, quand on le lui demande."""


def test_aucun_acces_au_reseau() -> None:
    def interdits(module: str) -> set[str]:
        return {importe.split(".")[0] for importe in _importes(module)} & RESEAU - PERMIS.get(module, set())

    assert _fautes(MODULES, interdits) == {}


# --- tailles et documentation ---------------------------------------------------------------------------------------


def _fonctions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for noeud in _noeuds(module):
        if isinstance(noeud, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield noeud


def test_les_fonctions_restent_courtes() -> None:
    def trop_longues(module: str) -> list[str]:
        tailles = {f.name: (f.end_lineno or 0) - f.lineno + 1 for f in _fonctions(module)}
        return [f"{nom} : {taille} lignes" for nom, taille in tailles.items() if taille > 40]

    assert _fautes(MODULES, trop_longues) == {}


def _publics(noeud: ast.Module | ast.ClassDef, nom: str) -> Iterator[tuple[str, ast.AST]]:
    yield nom, noeud
    for enfant in noeud.body:
        if isinstance(enfant, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and enfant.name[0] != "_":
            complet = f"{nom}.{enfant.name}"
            if isinstance(enfant, ast.ClassDef):
                yield from _publics(enfant, complet)
            else:
                yield complet, enfant


def test_tout_ce_qui_est_public_est_documente() -> None:
    def muets(module: str) -> list[str]:
        publics = _publics(_arbre(module), module)
        return [nom for nom, noeud in publics if not ast.get_docstring(noeud)]  # type: ignore[arg-type]

    assert _fautes(MODULES, muets) == {}


# --- une chose a un nom, un nom désigne une chose, et rien ne reste sans emploi -------------------------------------

Definition = ast.ClassDef | ast.FunctionDef


def _noms(noeud: ast.AST) -> set[str]:
    """Les noms qu’un morceau de code cite."""
    return {n.id for n in ast.walk(noeud) if isinstance(n, ast.Name)}


@cache
def _definis(module: str) -> dict[str, ast.stmt]:
    """Chaque nom public qu’un module définit : fonctions, classes, constantes, types."""
    trouves: dict[str, ast.stmt] = {}
    for noeud in _arbre(module).body:
        if isinstance(noeud, Definition):
            trouves[noeud.name] = noeud
        elif isinstance(noeud, ast.Assign):
            trouves |= dict.fromkeys((nom for cible in noeud.targets for nom in _noms(cible)), noeud)
        elif isinstance(noeud, ast.AnnAssign):
            trouves |= dict.fromkeys(_noms(noeud.target), noeud)
    return {nom: n for nom, n in trouves.items() if not nom.startswith("_") and nom != "TYPE_CHECKING"}


HORS_COMMANDES = [module for module in MODULES if _piece(module) not in ("cli", "__main__")]
"""Une commande porte, dans « cli », le nom que l’on tape, ou « app » : typer la trouve, rien ne l’importe.

Et « __main__ » n’est pris que par le script installé.
"""


def test_un_nom_public_ne_designe_qu_une_chose() -> None:
    ou: dict[str, list[str]] = {}
    for module in HORS_COMMANDES:
        for nom, noeud in _definis(module).items():
            if isinstance(noeud, Definition):
                ou.setdefault(nom, []).append(module)
    assert {nom: modules for nom, modules in ou.items() if len(modules) > 1} == {}


DEUX_COTES = "les fonctions d’un usage, dans « api » ; leurs commandes, dans « cli »"
MEMES_ROLES = {
    "__init__": "le paquet lui-même",
    **dict.fromkeys(("droits", "groupe", "personne", "recherche"), DEUX_COTES),
    "chantier": "ce que partagent les feuilles d’un classeur, dans chaque classeur",
    "feuille_synthese": "la feuille de ce nom, dans chaque classeur",
    "comparaison": "la notion, au cœur ; les fonctions d’un usage, dans « api »",
    **dict.fromkeys(("cohorte", "referentiel"), "la notion, au cœur ; les commandes qui en parlent, dans « cli »"),
}
"""Les seuls noms de fichier que portent plusieurs modules, et pourquoi."""


def test_un_nom_de_fichier_ne_designe_qu_un_module() -> None:
    noms = [chemin.stem for chemin in MODULES.values()]
    assert {nom for nom in noms if noms.count(nom) > 1} == set(MEMES_ROLES)


REGISTRE_DES_FORMATS = "cpit.formats.registre"
"""Il nomme les fonctions sans les importer ; celles qui reconnaissent un fichier, à la suite d’un même préfixe."""


@cache
def _employes_par(module: str) -> set[tuple[str, str]]:
    """Ce qu’un module emploie d’un autre : importé, pris comme attribut d’un module, ou nommé « module:fonction »."""
    imports = [n for n in _noeuds(module) if isinstance(n, ast.ImportFrom)]
    couples = [(n.module or "", alias) for n in imports for alias in n.names]
    modules = {a.asname or a.name: f"{source}.{a.name}" for source, a in couples}
    trouves = {(source, alias.name) for source, alias in couples}
    for noeud in _noeuds(module):
        if isinstance(noeud, ast.Attribute) and isinstance(noeud.value, ast.Name) and noeud.value.id in modules:
            trouves.add((modules[noeud.value.id], noeud.attr))
        elif isinstance(noeud, ast.Constant) and isinstance(noeud.value, str):
            source, _, nom = noeud.value.partition(":")
            trouves.add((source, nom))
        elif isinstance(noeud, ast.BinOp) and module == REGISTRE_DES_FORMATS:
            trouves.add(("cpit.formats.appartenance", getattr(noeud.right, "value", "")))
    return {(source, nom) for source, nom in trouves if source != module}


def _declarations(noeud: ast.stmt) -> Iterator[ast.AST]:
    """Ce qu’une chose publique montre de types : ses annotations, ses bases, ce dont un type est fait."""
    if isinstance(noeud, ast.FunctionDef):
        arguments = [*noeud.args.posonlyargs, *noeud.args.args, *noeud.args.kwonlyargs]
        yield from (a.annotation for a in arguments if a.annotation)
        yield from [noeud.returns] if noeud.returns else []
    elif isinstance(noeud, ast.ClassDef):
        yield from noeud.bases
        for enfant in noeud.body:
            if getattr(enfant, "name", "") == "__init__" or not getattr(enfant, "name", "").startswith("_"):
                yield from _declarations(enfant)
    elif isinstance(noeud, ast.AnnAssign):
        yield noeud.annotation
    elif isinstance(noeud, ast.Assign) and isinstance(noeud.value, (ast.BinOp, ast.Subscript)):
        yield noeud.value


def _est_un_type(nom: str, noeud: ast.stmt) -> bool:
    return isinstance(noeud, ast.ClassDef) or (isinstance(noeud, ast.Assign) and bool(re.match("[A-Z][a-z]", nom)))


def _montres(module: str, employes: Iterable[str]) -> set[str]:
    """Ce que l’on emploie d’un module, et les types que cela montre, de proche en proche : on en reçoit les valeurs."""
    definis, vus, reste = _definis(module), set(employes), list(employes)
    while reste:
        cites = {nom for declaration in _declarations(definis[reste.pop()]) for nom in _noms(declaration)}
        nouveaux = {n for n in cites & set(definis) - vus if _est_un_type(n, definis[n])}
        vus |= nouveaux
        reste += nouveaux
    return vus


BORNE = "une borne que le test abaisse : l’atteindre pour de bon demanderait des millions de lignes"
CALCUL_SEUL = "un calcul que le test compare seul à une référence du dehors, ou à une autre façon de le faire"
SANS_TERMINAL = "ce que la commande fait, sans le terminal ou sans le fichier qui l’entourent"
ATTENDU = "ce que le test attend dans une sortie"
VOISIN = "le nom d’un fichier que cpit pose à côté du sien : le test l’y met, ou l’y cherche"
PRECALCUL = "un référentiel livré se précalcule par tests/outils/faire_precalcules.py, comme il se relit"
POUR_LES_TESTS = {
    **dict.fromkeys(("PRECALCULES", "SORTE", "examiner_a_neuf"), PRECALCUL),
    **dict.fromkeys(("DISTINCTES_MAX", "EMPREINTES_MAX", "LIGNES_PAR_BLOC", "TAILLE_BLOC", "SEUIL", "PLACES"), BORNE),
    **dict.fromkeys(("FAUTES_MAX", "VALEURS_MAX", "TABLE_OCTETS_MAX"), BORNE),
    **dict.fromkeys(("FUSIONS_MAX", "PIEGES_MAX", "GRANDE", "LIGNES_PAR_PAQUET", "RETENUES", "SOUVENIRS"), BORNE),
    **dict.fromkeys(("PASSATIONS_MAX", "COTE_MAX", "CONFIEES_MAX", "ECRITES_MAX"), BORNE),
    **dict.fromkeys(("ajuster", "alpha_de_cronbach", "icc", "mesurer_accord"), CALCUL_SEUL),
    **dict.fromkeys(("portraiturer", "quantile_f", "mesurer_les_series"), CALCUL_SEUL),
    **dict.fromkeys(("Facteur", "ajuster_ou_borner", "mettre_en_matrices"), CALCUL_SEUL),
    "situer": CALCUL_SEUL,
    **dict.fromkeys(("PART_D_UN_ECART", "ITEMS_D_UN_PROFIL"), CALCUL_SEUL),
    **dict.fromkeys(("CADRATIN", "DOSSIER", "PALETTE_GRISE"), CALCUL_SEUL),
    **dict.fromkeys(("avancement", "Carnet", "enregistrer"), SANS_TERMINAL),
    **dict.fromkeys(("trouver_sources", "rendre_page_formulaire"), SANS_TERMINAL),
    **dict.fromkeys(("COLONNES_AGREGATS", "COUPE", "somme_de_controle"), ATTENDU),
    "chemin_du_verrou": VOISIN,
}
"""Ce que seul son module emploie et qui reste public, parce qu’un test n’a pas d’autre prise ; et pourquoi."""


def test_rien_de_public_n_est_sans_emploi() -> None:
    """Ce que seul son module emploie est privé ; ce que rien n’emploie s’ôte."""
    partout = set().union(*(_employes_par(module) for module in MODULES))
    seuls = {}
    for module in HORS_COMMANDES:
        definis = _definis(module)
        employes = {nom for source, nom in partout if source == module and nom in definis}
        if sans_emploi := set(definis) - _montres(module, employes):
            seuls[module] = sans_emploi
    trouves = set().union(*seuls.values())
    assert {m: sorted(noms - set(POUR_LES_TESTS)) for m, noms in seuls.items() if noms - set(POUR_LES_TESTS)} == {}
    assert set(POUR_LES_TESTS) <= trouves, "employé ailleurs, ou parti : à ôter de la table"


# --- les tests passent par le dehors : les commandes, les fichiers écrits, l’API --------------------------------------

VALEURS_DE_L_API = {
    *("cpit.coeur.cohorte", "cpit.coeur.notation", "cpit.coeur.passation", "cpit.coeur.referentiel"),
    *("cpit.coeur.comparaison", "cpit.coeur.evolution", "cpit.coeur.tableaux"),
    *("cpit.formats.recueil", "cpit.erreurs"),
}
"""Ce dont sont faites les valeurs que l’API reçoit et rend : un essai peut les bâtir."""
CLASSES_RENDUES = {
    ("cpit.coeur.mots.restitution", "Restitution"): "ce que rend cpit.restituer",
    ("cpit.lecture.lignes", "BilanDeSource"): "ce qu’un recueil dit de chacune de ses sources",
}
"""La classe d’une valeur que l’API rend, d’un module qui porte bien autre chose : elle seule n’en est pas une prise."""
DU_DEHORS = {"cpit", "api", "cli", "__main__", "typographie", "messages"}
"""Les pièces par où l’on entre (le script installé compris), et celles qui disent comment un texte attendu s’écrit."""
FICHIERS_DE_TESTS = {chemin.stem: chemin for chemin in sorted((RACINE / "tests").glob("*.py"))}
LECTEUR_DE_CLASSEURS = "le lecteur de classeurs se compare à openpyxl cellule par cellule, pièges compris"
BORNES_ABAISSEES = (
    "toutes les bornes que des essais abaissent, en un endroit : qui déplace un module n’y revient qu’une fois"
)
LE_MEME_NOM = "le nom d’une passation, que la page refait, même de codes qu’une commande refuserait"
RECHERCHE_COMPTEE = "ce qu’une recherche coûte se compte, et sa borne s’abaisse, sans attendre qu’elle soit longue"
MEMOIRE_BORNEE = "ce qu’un même lecteur lit se compte en le remplaçant : rien au dehors ne montre ce qu’il retient"
GARDE = "le garde se mesure seul : la mémoire qu’il prend, chaque partie d’une archive, ses limites"
REFAIT_A_PART = "un calcul qu’un oracle ou une bibliothèque refait, au dernier chiffre, sur tout ce qu’il admet"
PATRON = "les lignes écrites droit dans l’archive se comparent à celles de XlsxWriter, qu’il faut remettre à leur place"
PENDANT_L_ECRITURE = "ce qui change sur le disque entre le début et la fin d’une écriture ne s’y pose que du dedans"
SEANCE = "une séance se mène sous un faux terminal, touche par touche, avec une horloge arrêtée"
PANNE = "une panne, un disque plein, un verrou périmé à l’instant choisi : aucune commande ne s’arrête là exprès"
UNE_TOUCHE = "ce qui lit une touche, essayé sous un vrai terminal, à la microseconde où Ctrl-C se perdrait"
TERMINAL_PRETE = "un terminal en mémoire, pour ce qui s’essaie touche par touche"
TOUTE_FAITE = "une passation toute faite, et la somme d’un fichier retouché : au dehors, on ne l’écrit qu’en répondant"
COMPTE = "combien de fois un travail coûteux se fait se compte là où il se fait"
AJOUTE = "ce qu’un contributeur ajoute se déclare là où il le déclarerait"
ADVERSAIRE = "l’adversaire attaque des centaines de groupes tirés, sans écrire la diffusion de chacun"
DEUX_PUBLICS = "la règle des petits groupes, posée telle quelle pour que chaque effectif s’essaie sous chacune"
TIRAGES = "une propriété tirée cent fois : un fichier d’un autre logiciel par tirage prendrait des minutes"
TABLEAUX_DECLARES = "les tableaux déclarés, que le classeur d’une étude doit écrire cellule par cellule"
BORD = "une phrase au bord d’un arrondi : des nombres posés, que nul groupe tiré ne donne"
NOMINATIVE = "une carte qui nomme les personnes ne se dessine que dans une page"
MESURES_DU_DESSIN = "la place d’un texte, le contraste d’une teinte : de quoi juger une figure déjà dessinée"
TOUS_LES_MESSAGES = "chaque message du catalogue, montré au terminal : aucune suite de commandes ne les dit tous"
PRISES: dict[str, dict[str, str]] = {
    "aide_bornes": {
        "cpit.flux": BORNES_ABAISSEES,
        "cpit.flux.grilles": BORNES_ABAISSEES,
        "cpit.flux.lots": BORNES_ABAISSEES,
        "cpit.flux.notation_en_flux": BORNES_ABAISSEES,
        "cpit.lecture.lignes": BORNES_ABAISSEES,
        "cpit.lecture.table_csv": BORNES_ABAISSEES,
        "cpit.lecture.table_xlsx": BORNES_ABAISSEES,
        "cpit.sources": BORNES_ABAISSEES,
        "cpit.tableur.classeur_ouvert": BORNES_ABAISSEES,
        "cpit.tableur.grandes_feuilles": BORNES_ABAISSEES,
        "cpit.tableur.lecture": BORNES_ABAISSEES,
    },
    "aide_terminal": {
        "cpit.terminal": TERMINAL_PRETE,
    },
    "aides": {
        "cpit.formats.passation_json": TOUTE_FAITE,
    },
    "test_anonymat": {
        "cpit.coeur.anonymat": CALCUL_SEUL,
    },
    "test_classeur_groupe": {
        "cpit.classeurs.classeur_groupe": BORNE,
    },
    "test_cohorte": {
        "cpit.coeur.groupe": CALCUL_SEUL,
        "cpit.sources": COMPTE,
        "cpit.tableur.garde": COMPTE,
    },
    "test_colonne_ajoutee": {
        "cpit.coeur.colonnes": AJOUTE,
    },
    "test_combinaisons": {
        "cpit.coeur.anonymat": CALCUL_SEUL,
        "cpit.coeur.diffusion": ADVERSAIRE,
        "cpit.coeur.groupe": ADVERSAIRE,
    },
    "test_commandes": {
        "cpit.passations.relecture": PANNE,
    },
    "test_comparaison": {
        "cpit.coeur.mots.lecture_comparaison": BORD,
    },
    "test_diffusion": {
        "cpit.coeur.anonymat": RECHERCHE_COMPTEE,
        "cpit.coeur.diffusion": ADVERSAIRE,
        "cpit.coeur.groupe": ADVERSAIRE,
    },
    "test_durable": {
        "cpit.formats.durable": PANNE,
    },
    "test_evolution": {
        "cpit.coeur.groupe": DEUX_PUBLICS,
    },
    "test_export": {
        "cpit.export.confidentiel": PANNE,
        "cpit.export.trame": TIRAGES,
        "cpit.formats.durable": PANNE,
    },
    "test_fidelite": {
        "cpit.coeur.fidelite": CALCUL_SEUL,
        "cpit.coeur.fidelite.coherence_interne": CALCUL_SEUL,
        "cpit.coeur.fidelite.estimation": CALCUL_SEUL,
        "cpit.coeur.fidelite.etude": CALCUL_SEUL,
        "cpit.coeur.fidelite.mesures": TABLEAUX_DECLARES,
        "cpit.coeur.groupe": BORD,
        "cpit.coeur.mots.lecture_groupe": BORD,
    },
    "test_fidelite_r": {
        "cpit.coeur.fidelite": CALCUL_SEUL,
        "cpit.coeur.fidelite.coherence_interne": CALCUL_SEUL,
        "cpit.coeur.fidelite.estimation": CALCUL_SEUL,
        "cpit.coeur.fidelite.etude": CALCUL_SEUL,
    },
    "test_figure_ajoutee": {
        "cpit.coeur.groupe": AJOUTE,
        "cpit.figures": AJOUTE,
        "cpit.figures.cadre": AJOUTE,
        "cpit.figures.dessin": AJOUTE,
    },
    "test_figures": {
        "cpit.figures.carte": NOMINATIVE,
        "cpit.figures.dessin": MESURES_DU_DESSIN,
    },
    "test_formulaire_page": {
        "cpit.passations.sauvegarde": LE_MEME_NOM,
    },
    "test_garde_xlsx": {
        "cpit.tableur.garde": GARDE,
    },
    "test_incertitude": {
        "cpit.coeur.dispersion": REFAIT_A_PART,
        "cpit.coeur.incertitude": REFAIT_A_PART,
    },
    "test_lignes_directes": {
        "cpit.classeurs.classeur_groupe": PATRON,
        "cpit.classeurs.classeur_personne": PATRON,
        "cpit.tableur.document": PATRON,
    },
    "test_masse": {
        "cpit.flux.lots": MEMOIRE_BORNEE,
        "cpit.lecture.lignes": MEMOIRE_BORNEE,
    },
    "test_mots_et_remedes": {
        "cpit.affichage": TOUS_LES_MESSAGES,
        "cpit.terminal": TOUS_LES_MESSAGES,
    },
    "test_porte": {
        "cpit.formats.porte": PENDANT_L_ECRITURE,
    },
    "test_proprietes": {
        "cpit.coeur.moteur": REFAIT_A_PART,
    },
    "test_questionnaire": {
        "cpit.questionnaire.questionnaire": SEANCE,
        "cpit.questionnaire.seance": SEANCE,
        "cpit.terminal": SEANCE,
    },
    "test_sauvegarde": {
        "cpit.formats.durable": PANNE,
        "cpit.passations.sauvegarde": PANNE,
        "cpit.questionnaire.seance": SEANCE,
        "cpit.saisie": UNE_TOUCHE,
        "cpit.terminal": SEANCE,
    },
    "test_tableur": {
        "cpit.tableur.classeur_ouvert": LECTEUR_DE_CLASSEURS,
        "cpit.tableur.grandes_feuilles": LECTEUR_DE_CLASSEURS,
        "cpit.tableur.lecture": LECTEUR_DE_CLASSEURS,
    },
    "test_terminal_reel": {
        "cpit.saisie": UNE_TOUCHE,
    },
}
"""Ce que chaque fichier de tests prend encore au dedans, module par module, et pourquoi rien du dehors ne le montre."""


_UN_IMPORT = re.compile(r"^[ ]*((?:from [\w.]+ import (?:\([^)]*\)|(?!\()[^\n]+)|import [^\n]+)\n)", re.MULTILINE)
"""Lire ces seules lignes coûte dix fois moins que de lire tous les tests."""


def _pris_au_dedans(fichier: str) -> set[str]:
    arbre = ast.parse("".join(_UN_IMPORT.findall(FICHIERS_DE_TESTS[fichier].read_text(encoding="utf-8"))))
    pris: set[str] = set()
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Import):
            pris |= {alias.name for alias in noeud.names}
        elif isinstance(noeud, ast.ImportFrom):
            source = noeud.module or ""
            noms = {a.name for a in noeud.names if (source, a.name) not in CLASSES_RENDUES}
            pris |= {entier if (entier := f"{source}.{nom}") in MODULES else source for nom in noms}
    return {nom for nom in pris & set(MODULES) - VALEURS_DE_L_API if _piece(nom) not in DU_DEHORS}


def test_ce_que_les_tests_prennent_au_dedans_est_argumente() -> None:
    """Ce que la commande, l’API ou un fichier écrit montre ne se demande pas à un module du dedans."""
    trouves = {fichier: pris for fichier in FICHIERS_DE_TESTS if (pris := _pris_au_dedans(fichier))}
    assert trouves, "aucun import reconnu : la règle ne dit rien"
    dits = {fichier: set(raisons) for fichier, raisons in PRISES.items()}
    de_plus = {fichier: sorted(pris - dits.get(fichier, set())) for fichier, pris in trouves.items()}
    de_moins = {fichier: sorted(pris - trouves.get(fichier, set())) for fichier, pris in dits.items()}
    assert {f: pris for f, pris in de_plus.items() if pris} == {}, "à demander au dehors, ou à argumenter"
    assert {f: pris for f, pris in de_moins.items() if pris} == {}, "n’y est plus importé : à ôter de la table"
    assert all(PRISES.values()), "un fichier sans rien : à ôter de la table"


# --- le catalogue des messages --------------------------------------------------------------------------------------

PRODUCTEURS = {"anomalie": 0, "refus": 0, "Constat": 0, "PydanticCustomError": 0, "Anomalie": 0}
"""Fonctions qui prennent un code du catalogue, et le rang de cet argument."""


def _codes_cites() -> Iterator[tuple[str, str]]:
    """Chaque code donné en toutes lettres à un producteur, avec son module."""
    for module in MODULES:
        for noeud in _noeuds(module):
            if not isinstance(noeud, ast.Call):
                continue
            producteur = getattr(noeud.func, "attr", getattr(noeud.func, "id", ""))
            # La forme d’une passation a ses propres codes, traduits avant de devenir des messages.
            if producteur == "PydanticCustomError" and module != "cpit.chargement.forme_referentiel":
                continue
            rang = PRODUCTEURS.get(producteur)
            if rang is not None and len(noeud.args) > rang:
                argument = noeud.args[rang]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield module, argument.value


def _textes_et_gabarits() -> Iterator[str]:
    """Toute constante de texte hors du catalogue, et tout texte à trous, en motif."""
    for module in set(MODULES) - CATALOGUES_DE_DONNEES:
        for noeud in _noeuds(module):
            if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str):
                if noeud.value in CATALOGUE:
                    yield re.escape(noeud.value)
            elif isinstance(noeud, ast.JoinedStr):
                morceaux = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in noeud.values]
                motif = "".join(morceaux)
                if len(motif.replace(".+", "")) > 4:
                    yield motif


def test_tout_code_employe_est_au_catalogue() -> None:
    cites = list(_codes_cites())
    assert len(cites) > 40
    assert not [(module, code) for module, code in cites if code not in CATALOGUE]


def test_tout_code_du_catalogue_est_employe() -> None:
    motif = re.compile("|".join(set(_textes_et_gabarits())))
    assert not [code for code in CATALOGUE if not motif.fullmatch(code)]


def test_aucun_code_n_est_dans_deux_rubriques() -> None:
    assert sum(map(len, FAMILLES)) == len(CATALOGUE)


def test_chaque_message_dit_quoi_attendu_et_correction() -> None:
    for code, message in CATALOGUE.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
        for phrase in (message.quoi, message.attendu, message.correction):
            assert phrase.strip() == phrase != "", code
        if code != "emploi":
            assert message.correction.endswith((".", "?", "}", "»", '"', "›")), (code, message.correction)
            assert message.quoi[-1] not in ".!", code


def test_ce_qui_se_recopie_d_un_message_y_est_marque() -> None:
    """Une commande de plusieurs mots, une option et sa valeur citée : sans marque, le terminal les couperait."""
    for code, message in CATALOGUE.items():
        assert not re.search("[‹›]", message.quoi), code
        for phrase in (message.attendu, message.correction, *(message.en_classeur or ())):
            assert re.fullmatch("[^‹›]*(?:‹[^‹›]+›[^‹›]*)*", phrase), code
            hors_des_marques = re.sub("‹[^›]*›", "", phrase)
            assert not re.search(r'cpit (?:[a-z]+ )*--|--[a-z-]+ "|cpit [a-z]+ [^ ]*\.docx', hors_des_marques), code

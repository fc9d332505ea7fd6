"""Ce que la conception fixe et que le code doit garder : sens des dépendances, pureté du cœur, taille, catalogue."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

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


def _hors_typage(noeud: ast.AST) -> Iterator[ast.AST]:
    """Tous les nœuds, sauf ce qui est sous « if TYPE_CHECKING » : ce n’est pas exécuté."""
    for enfant in ast.iter_child_nodes(noeud):
        if isinstance(enfant, ast.If) and ast.unparse(enfant.test) == "TYPE_CHECKING":
            continue
        yield enfant
        yield from _hors_typage(enfant)


@cache
def _importes(module: str, *, a_l_usage: bool = True) -> set[str]:
    """Modules qu’un module importe ; sans « à l’usage », seulement ceux du chargement."""
    arbre = _arbre(module)
    noeuds = _hors_typage(arbre) if a_l_usage else iter(arbre.body)
    trouves = set()
    for noeud in noeuds:
        if isinstance(noeud, ast.Import):
            trouves |= {alias.name for alias in noeud.names}
        elif isinstance(noeud, ast.ImportFrom):
            assert noeud.level == 0, f"{module} : import relatif"
            source = noeud.module or ""
            trouves |= {nom if (nom := f"{source}.{a.name}") in MODULES else source for a in noeud.names}
    return trouves


def _de_cpit(module: str, *, a_l_usage: bool = True) -> set[str]:
    return {nom for nom in _importes(module, a_l_usage=a_l_usage) if nom.split(".")[0] == "cpit"}


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
EN_COLONNES = "cpit.coeur.colonnes"
"""numpy s’y charge pour de grands groupes seulement."""

TRAMES = {"pandas", "polars"}
EN_TRAME = "cpit.coeur.tableaux"
"""Un tableau s’y donne en trame, à qui l’a demandé."""


def _pur(module: str, importe: str) -> bool:
    """Le cœur et la typographie ; de la bibliothèque standard, ni fichier, ni horloge, ni terminal."""
    racine = importe.split(".", maxsplit=1)[0]
    if racine == "cpit":
        return importe.startswith("cpit.coeur") or importe == "cpit.typographie"
    if racine in CALCUL and module.startswith((PSYCHOMETRIE, EN_COLONNES)):
        return True
    if racine in TRAMES and module == EN_TRAME:
        return True
    return racine in sys.stdlib_module_names and racine not in IMPURS


def test_le_coeur_n_importe_que_lui_meme_et_du_calcul() -> None:
    assert _fautes([*COEUR, "cpit.typographie"], lambda m: {i for i in _importes(m) if not _pur(m, i)}) == {}


def test_le_coeur_n_ouvre_ni_n_ecrit_rien() -> None:
    interdits = {"open", "print", "input", "eval", "exec", "__import__", "breakpoint"}

    def noms(module: str) -> set[str]:
        return {noeud.id for noeud in ast.walk(_arbre(module)) if isinstance(noeud, ast.Name)} & interdits

    assert _fautes([*COEUR, "cpit.typographie"], noms) == {}


def test_la_psychometrie_ne_se_charge_qu_a_l_usage() -> None:
    """Sans scipy, tout le reste de cpit fonctionne."""
    autres = [m for m in MODULES if not m.startswith(PSYCHOMETRIE) and "fidelite" not in m]
    assert _fautes(autres, lambda m: {i for i in _importes(m, a_l_usage=False) if i.startswith(PSYCHOMETRIE)}) == {}


DESCRIPTIONS_SANS_REGLE = {"portraiturer", "decrire", "decrire_comptes"}


def test_un_groupe_ne_se_decrit_que_dans_le_coeur() -> None:
    """Hors du cœur, ni statistique recalculée, ni portrait auquel la règle des petits groupes n’a pas été appliquée."""

    def noms(module: str) -> set[str]:
        importes = {a.name for n in ast.walk(_arbre(module)) if isinstance(n, ast.ImportFrom) for a in n.names}
        return (importes & DESCRIPTIONS_SANS_REGLE) | (_importes(module) & {"statistics"})

    assert _fautes(sorted(set(MODULES) - set(COEUR)), noms) == {}


def test_il_y_a_bien_un_coeur() -> None:
    attendus = {"referentiel", "passation", "notation", "groupe", "tableaux", "coherence"}
    assert attendus <= {nom.rpartition(".")[2] for nom in COEUR}


# --- les dépendances n’ont qu’un sens -------------------------------------------------------------------------------

ETAGES = (
    ("cpit", "typographie", "messages", "sceaux"),
    ("erreurs", "terminal"),
    ("coeur",),
    ("emplacements",),
    ("documentation",),
    ("chargement", "tableur", "affichage"),
    ("lecture", "figures"),
    ("formats", "pages"),
    ("passations",),
    ("sources", "questionnaire"),
    ("flux", "formulaire", "classeurs", "export"),
    ("droits",),
    ("api",),
    ("aide",),
    ("cli",),
    ("entree",),
    ("__main__",),
)
"""Les paquets et les modules de premier rang, du socle au bord : chacun n’emploie que des étages plus bas."""


def _piece(module: str) -> str:
    """Le paquet de premier rang où est un module : « cpit.coeur.mots.notice » donne « coeur »."""
    return module.split(".")[1] if "." in module else "cpit"


ETAGE = {piece: rang for rang, pieces in enumerate(ETAGES) for piece in pieces}


def test_chaque_piece_a_son_etage() -> None:
    assert {_piece(module) for module in MODULES} == set(ETAGE)


def test_une_piece_n_emploie_que_des_etages_plus_bas() -> None:
    def plus_haut(module: str) -> set[str]:
        ici = _piece(module)
        return {i for i in _de_cpit(module) if _piece(i) != ici and ETAGE[_piece(i)] >= ETAGE[ici]}

    assert _fautes(MODULES, plus_haut) == {}


AU_BORD = {"terminal", "affichage", "aide", "cli"}
"""Ce qui montre, demande et donne un code de sortie."""


def test_l_api_ne_connait_ni_terminal_ni_ecran() -> None:
    """Et rien de ce qu’elle appelle : seuls une séance de questionnaire et le bord en ont l’usage."""
    autres = [m for m in MODULES if _piece(m) not in {*AU_BORD, "questionnaire", "entree", "__main__"}]
    assert any(_piece(m) == "api" for m in autres)
    assert _fautes(autres, lambda m: {i for i in _de_cpit(m) if _piece(i) in AU_BORD}) == {}


def test_seule_la_ligne_de_commande_emploie_l_api() -> None:
    """Le registre des formats nomme des fonctions de l’API, sans les importer."""
    autres = [m for m in MODULES if _piece(m) not in {"api", "cli"}]
    assert _fautes(autres, lambda m: {i for i in _de_cpit(m) if _piece(i) == "api"}) == {}


def test_l_api_n_ecrit_rien_a_l_ecran() -> None:
    def parle(module: str) -> set[str]:
        noms = {n.id for n in ast.walk(_arbre(module)) if isinstance(n, ast.Name)} & {"print", "input"}
        attributs = {n.attr for n in ast.walk(_arbre(module)) if isinstance(n, ast.Attribute)}
        return noms | (attributs & {"stdout", "stderr", "__stdout__", "__stderr__"}) | (_importes(module) & {"sys"})

    assert _fautes([m for m in MODULES if _piece(m) == "api"], parle) == {}


def test_les_modules_ne_s_importent_pas_en_rond() -> None:
    """Module par module, à l’usage aussi."""
    graphe = {module: _de_cpit(module) - {module} for module in MODULES}
    tuple(TopologicalSorter(graphe).static_order())


def test_la_ligne_de_commande_demarre_sans_rien_de_lourd() -> None:
    lourds = ["pydantic", "rich", "openpyxl", "xlsxwriter", "numpy", "scipy", "yaml", "pandas", "jinja2", "reportlab"]
    lourds += ["markdown_it", "cpit.documentation"]
    programme = f"import sys, cpit.cli; print([nom for nom in {lourds} if nom in sys.modules])"
    fini = subprocess.run(
        [sys.executable, "-c", programme], capture_output=True, text=True, timeout=60, cwd=RACINE, check=False
    )
    assert fini.returncode == 0, fini.stderr
    assert fini.stdout.strip() == "[]"


RESEAU = {
    *("socket", "ssl", "urllib", "http", "ftplib", "smtplib", "telnetlib", "xmlrpc", "socketserver", "webbrowser"),
    *("requests", "httpx", "aiohttp", "urllib3"),
}


def test_aucun_acces_au_reseau() -> None:
    assert _fautes(MODULES, lambda m: {importe.split(".")[0] for importe in _importes(m)} & RESEAU) == {}


# --- tailles et documentation ---------------------------------------------------------------------------------------


def _fonctions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for noeud in ast.walk(_arbre(module)):
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


# --- le catalogue des messages --------------------------------------------------------------------------------------

PRODUCTEURS = {"anomalie": 0, "refus": 0, "Constat": 0, "PydanticCustomError": 0, "Anomalie": 0}
"""Fonctions qui prennent un code du catalogue, et le rang de cet argument."""


def _codes_cites() -> Iterator[tuple[str, str]]:
    """Chaque code donné en toutes lettres à un producteur, avec son module."""
    for module in MODULES:
        for noeud in ast.walk(_arbre(module)):
            if not isinstance(noeud, ast.Call):
                continue
            producteur = ast.unparse(noeud.func).rpartition(".")[2]
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
        for noeud in ast.walk(_arbre(module)):
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
            assert message.correction.endswith((".", "?", "}", "»", '"')), (code, message.correction)
            assert message.quoi[-1] not in ".!", code

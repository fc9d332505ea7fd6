"""Ce que la conception fixe et que le code doit garder : sens des dépendances, pureté du cœur, taille, catalogue."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from aides import RACINE

from cpit.messages import CATALOGUE, FAMILLES

PAQUET = RACINE / "cpit"


def _nom(chemin: Path) -> str:
    morceaux = chemin.relative_to(RACINE).with_suffix("").parts
    return ".".join(morceaux[:-1] if morceaux[-1] == "__init__" else morceaux)


MODULES = {_nom(chemin): chemin for chemin in sorted(PAQUET.rglob("*.py"))}
CATALOGUES_DE_DONNEES = {nom for nom in MODULES if nom.startswith("cpit.messages")}
"""Modules sans logique, une longue table de textes : la limite de 400 lignes n’y a pas de sens."""
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


# --- le cœur est pur ------------------------------------------------------------------------------------------------

IMPURS = {
    *("os", "sys", "pathlib", "io", "datetime", "time", "random", "secrets", "subprocess", "socket", "shutil"),
    *("tempfile", "logging", "locale", "platform", "threading", "asyncio", "importlib", "signal", "glob", "uuid"),
}
PSYCHOMETRIE = "cpit.coeur.psychometrie"
CALCUL = {"numpy", "scipy"}
"""Du calcul, permis à la psychométrie (elle se charge à l’usage, avec l’extra « recherche ») et à ``EN_COLONNES``."""
EN_COLONNES = "cpit.coeur.colonnes_incertitude"
"""numpy s’y charge pour de grands groupes seulement."""


@pytest.mark.parametrize("module", [*COEUR, "cpit.typographie"])
def test_le_coeur_n_importe_que_lui_meme_et_du_calcul(module: str) -> None:
    for importe in _importes(module):
        racine = importe.split(".")[0]
        if racine == "cpit":
            assert importe.startswith("cpit.coeur") or importe == "cpit.typographie", importe
        elif not (racine in CALCUL and module.startswith((PSYCHOMETRIE, EN_COLONNES))):
            assert racine in sys.stdlib_module_names, f"{importe} n’est pas de la bibliothèque standard"
            assert racine not in IMPURS, f"{importe} : ni fichier, ni horloge, ni terminal dans le cœur"


@pytest.mark.parametrize("module", [*COEUR, "cpit.typographie"])
def test_le_coeur_n_ouvre_ni_n_ecrit_rien(module: str) -> None:
    interdits = {"open", "print", "input", "eval", "exec", "__import__", "breakpoint"}
    noms = {noeud.id for noeud in ast.walk(_arbre(module)) if isinstance(noeud, ast.Name)}
    assert not noms & interdits


@pytest.mark.parametrize("module", sorted(m for m in MODULES if not m.startswith(PSYCHOMETRIE) and "fidelite" not in m))
def test_la_psychometrie_ne_se_charge_qu_a_l_usage(module: str) -> None:
    """Sans scipy, tout le reste de cpit fonctionne."""
    assert not [nom for nom in _importes(module, a_l_usage=False) if nom.startswith(PSYCHOMETRIE)]


def test_il_y_a_bien_un_coeur() -> None:
    attendus = {"modele", "passation", "notation", "position", "tableaux", "coherence"}
    assert attendus <= {nom.rpartition(".")[2] for nom in COEUR}


# --- les dépendances n’ont qu’un sens -------------------------------------------------------------------------------

SOCLE = {
    "cpit",
    "cpit.typographie",
    "cpit.erreurs",
    "cpit.emplacements",
    "cpit.gabarits",
    "cpit.terminal",
    *CATALOGUES_DE_DONNEES,
}
"""Ce dont tout le monde peut se servir, et qui ne connaît que le cœur."""
PIECES = {
    "cpit.chargement": {"cpit.yaml_situe", "cpit.forme"},
    "cpit.yaml_situe": set[str](),
    "cpit.forme": set[str](),
    "cpit.pseudonymes": set[str](),
    "cpit.verrou": set[str](),
    "cpit.sauvegarde": {"cpit.verrou", "cpit.formats.durable", "cpit.formats.passation_json"},
    "cpit.questionnaire": set[str](),
}
"""Chaque pièce et les autres pièces qu’elle a le droit d’employer, en plus du cœur et du socle."""
TABLEUR = "cpit.tableur"
PAQUETS = (TABLEUR, "cpit.formats", "cpit.affichage", "cpit.restitution")
"""Pièces faites de plusieurs modules : ils s’emploient entre eux."""
OUTILS = {"cpit.formats": (TABLEUR,)}
"""Ce qu’un paquet emploie d’un autre : qui lit ou écrit un classeur passe par le tableur, qui ne connaît personne."""
BORDS = {*(nom for nom in MODULES if nom.startswith("cpit.cli")), "cpit.entree", "cpit.__main__"}


def _permis(module: str, importe: str) -> bool:
    if importe.startswith("cpit.coeur") or importe in SOCLE:
        return True
    paquet = next((p for p in PAQUETS if module.startswith(p)), None)
    if paquet:
        return importe.startswith((paquet, *OUTILS.get(paquet, ())))
    return importe in PIECES[module]


@pytest.mark.parametrize("module", sorted(m for m in MODULES if m in PIECES or m.startswith(PAQUETS)))
def test_une_piece_ne_connait_que_le_coeur_et_le_socle(module: str) -> None:
    """Ni la ligne de commande, ni les gestes qui assemblent les pièces, ni les pièces voisines."""
    assert not [importe for importe in _de_cpit(module) if not _permis(module, importe)]


@pytest.mark.parametrize("module", sorted(SOCLE & set(MODULES)))
def test_le_socle_ne_connait_que_le_coeur_et_lui_meme(module: str) -> None:
    assert not [i for i in _de_cpit(module) if i not in SOCLE and not i.startswith("cpit.coeur")]


@pytest.mark.parametrize("module", sorted(set(MODULES) - BORDS))
def test_personne_n_importe_la_ligne_de_commande(module: str) -> None:
    assert not _de_cpit(module) & BORDS


@pytest.mark.parametrize("module", sorted(m for m in set(MODULES) - BORDS if not m.startswith("cpit.gestes")))
def test_seule_la_ligne_de_commande_appelle_les_gestes(module: str) -> None:
    assert not [importe for importe in _de_cpit(module) if importe.startswith("cpit.gestes")]


def test_les_modules_ne_s_importent_pas_en_rond() -> None:
    """Au chargement, module par module."""
    graphe = {module: _de_cpit(module, a_l_usage=False) - {module} for module in MODULES}
    tuple(TopologicalSorter(graphe).static_order())


def test_les_pieces_ne_s_importent_pas_en_rond() -> None:
    """À l’usage aussi, un paquet comptant pour une seule pièce."""

    def piece(module: str) -> str:
        return next((p for p in ("cpit.coeur", *PAQUETS) if module.startswith(p)), module)

    graphe: dict[str, set[str]] = {}
    for module in MODULES:
        voisines = {piece(importe) for importe in _de_cpit(module)} - {piece(module), "cpit"}
        graphe.setdefault(piece(module), set()).update(voisines)
    tuple(TopologicalSorter(graphe).static_order())


def test_la_ligne_de_commande_demarre_sans_rien_de_lourd() -> None:
    lourds = ["pydantic", "rich", "openpyxl", "xlsxwriter", "numpy", "scipy", "yaml", "pandas", "jinja2", "reportlab"]
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


@pytest.mark.parametrize("module", MODULES)
def test_aucun_acces_au_reseau(module: str) -> None:
    assert not {importe.split(".")[0] for importe in _importes(module)} & RESEAU


# --- tailles et documentation ---------------------------------------------------------------------------------------


def _fonctions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for noeud in ast.walk(_arbre(module)):
        if isinstance(noeud, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield noeud


@pytest.mark.parametrize("module", MODULES)
def test_modules_et_fonctions_restent_courts(module: str) -> None:
    lignes = len(MODULES[module].read_text(encoding="utf-8").splitlines())
    assert module in CATALOGUES_DE_DONNEES or lignes <= 400, f"{lignes} lignes"
    longues = {f.name: (f.end_lineno or 0) - f.lineno + 1 for f in _fonctions(module)}
    assert not {nom: taille for nom, taille in longues.items() if taille > 40}


def _publics(noeud: ast.Module | ast.ClassDef, nom: str) -> Iterator[tuple[str, ast.AST]]:
    yield nom, noeud
    for enfant in noeud.body:
        if isinstance(enfant, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and enfant.name[0] != "_":
            complet = f"{nom}.{enfant.name}"
            if isinstance(enfant, ast.ClassDef):
                yield from _publics(enfant, complet)
            else:
                yield complet, enfant


@pytest.mark.parametrize("module", MODULES)
def test_tout_ce_qui_est_public_est_documente(module: str) -> None:
    if module == "cpit.formats.classeur" and not _arbre(module).body:
        return
    publics = _publics(_arbre(module), module)
    muets = [nom for nom, noeud in publics if not ast.get_docstring(noeud)]  # type: ignore[arg-type]
    assert not muets


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
            if producteur == "PydanticCustomError" and module != "cpit.forme":
                continue
            rang = PRODUCTEURS.get(producteur)
            if rang is not None and len(noeud.args) > rang:
                argument = noeud.args[rang]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield module, argument.value


def _textes_et_gabarits() -> Iterator[re.Pattern[str]]:
    """Toute constante de texte hors du catalogue, et tout texte à trous, en motif."""
    for module in set(MODULES) - CATALOGUES_DE_DONNEES:
        for noeud in ast.walk(_arbre(module)):
            if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str):
                yield re.compile(re.escape(noeud.value))
            elif isinstance(noeud, ast.JoinedStr):
                morceaux = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in noeud.values]
                motif = "".join(morceaux)
                if len(motif.replace(".+", "")) > 4:
                    yield re.compile(motif)


def test_tout_code_employe_est_au_catalogue() -> None:
    cites = list(_codes_cites())
    assert len(cites) > 40
    assert not [(module, code) for module, code in cites if code not in CATALOGUE]


def test_tout_code_du_catalogue_est_employe() -> None:
    motifs = list(_textes_et_gabarits())
    assert not [code for code in CATALOGUE if not any(motif.fullmatch(code) for motif in motifs)]


def test_aucun_code_n_est_dans_deux_rubriques() -> None:
    assert sum(map(len, FAMILLES)) == len(CATALOGUE)


@pytest.mark.parametrize("code", CATALOGUE)
def test_chaque_message_dit_quoi_attendu_et_correction(code: str) -> None:
    message = CATALOGUE[code]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    for phrase in (message.quoi, message.attendu, message.correction):
        assert phrase.strip() == phrase != ""
    if code != "emploi":
        assert message.correction.endswith((".", "?", "}", "»", '"')), message.correction
        assert message.quoi[-1] not in ".!"

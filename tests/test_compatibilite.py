"""Ce que cpit 0.1.0 a écrit est toujours lu, et ce qu’il a écrit est toujours reconnu (``tests/donnees/0.1.0``).

Tout passe par les commandes. Les réponses attendues viennent de ``reponses.json``, que cpit n’a pas écrit, et les
scores attendus de l’oracle.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_terminal import lancer
from aides import TESTS
from oracle import Plan, oracle, plan_ecrit

from cpit.cli import executer

TEMOINS = TESTS / "donnees" / "0.1.0"
MONDES = ("innovation-territoriale", "minimal")
VERITE: dict[str, dict[str, list[dict[str, Any]]]] = json.loads((TEMOINS / "reponses.json").read_text("utf-8"))
FICHIERS = [(monde, fichier) for monde in MONDES for fichier in VERITE[monde]]
PASSATIONS = [(monde, fichier) for monde, fichier in FICHIERS if fichier.endswith(".json")]
PRES = 1e-9
ICI = ["--referentiel", "referentiel.yaml"]
"""Le référentiel de l’époque : les fichiers de 0.1.0 se lisent avec lui, quoi que livre cpit depuis."""

Commande = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cpit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commande:
    """Exécute une commande : code de sortie, sortie, erreurs."""
    monkeypatch.setenv("COLUMNS", "200")

    def executer_(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = executer([*arguments])
        sortie, erreurs = capsys.readouterr()
        assert "Traceback" not in erreurs
        return code, sortie, erreurs

    return executer_


@pytest.fixture
def poser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Copie un monde dans un dossier, en fait le dossier courant, et rend sa clé à son seul propriétaire."""

    def poser_(monde: str) -> None:
        dossier = tmp_path / monde
        shutil.copytree(TEMOINS / monde, dossier)
        (dossier / "jeu.cle").chmod(0o600)
        monkeypatch.chdir(dossier)

    return poser_


@cache
def plan(monde: str) -> Plan:
    """Le référentiel de l’époque, lu sans cpit, pour l’oracle."""
    return plan_ecrit(yaml.safe_load((TEMOINS / monde / "referentiel.yaml").read_text("utf-8")))


def controler(monde: str, document: dict[str, Any], dit: dict[str, Any], *, terminee: bool | None = None) -> None:
    """Une passation relue est celle qui a été répondue, notée comme l’oracle."""
    for cle in ("identifiant", "moment", "regard", "profil"):
        assert document[cle] == dit[cle]
    assert document["terminee"] is (dit["terminee"] if terminee is None else terminee)
    attendu = oracle(plan(monde), {c: v for c, v in dit["reponses"].items() if isinstance(v, int)})
    regroupes = {cle: une for groupes in document["regroupements"].values() for cle, une in groupes.items()}
    scores = {**document["competences"], **document["ingenieries"], **regroupes}
    assert scores.keys() == attendu.scores.keys()
    for cle, score in attendu.scores.items():
        memes(scores[cle]["valeur"], score)
    for (competence, ingenierie), valeur in attendu.matrice.items():
        case = document["matrice"][competence].get(ingenierie)
        memes(case, valeur)
    position = document["position"]
    assert (position is None) == (attendu.position is None)
    if attendu.position is not None:
        memes(position["x"], attendu.position[0])
        memes(position["y"], attendu.position[1])
    assert (None if document["dominante"] is None else set(document["dominante"])) == attendu.dominante


def memes(trouve: float | None, attendu: Fraction | None) -> None:
    """Deux nombres égaux, ou deux absences."""
    assert (trouve is None) == (attendu is None)
    assert trouve is None or attendu is None or abs(trouve - float(attendu)) < PRES


def lire_groupe(cpit: Commande, *sources: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """Le JSON que « cohorte » écrit de ces sources."""
    code, _, erreurs = cpit("cohorte", *sources, *ICI, "--sortie", "relu.json")
    assert code in codes, erreurs
    document: dict[str, Any] = json.loads(Path("relu.json").read_text("utf-8"))
    return document


def lignes_csv(chemin: str) -> list[dict[str, str]]:
    with Path(chemin).open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


# --- ce qui entre -----------------------------------------------------------------------------------------------------


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(("monde", "fichier"), PASSATIONS)
def test_une_passation_se_restitue(cpit: Commande, poser: Callable[[str], None], monde: str, fichier: str) -> None:
    """Sans référentiel donné : la passation porte le sien. Une passation coupée se lit dans sa copie."""
    poser(monde)
    coupee = fichier.startswith("abimee/")
    code, sortie, erreurs = cpit("restituer", fichier, "--json")
    assert code == 0
    (dit,) = VERITE[monde][fichier]
    controler(monde, json.loads(sortie), dit, terminee=False if coupee else None)
    assert (Path(fichier).name + ".bak" in erreurs) is coupee
    assert cpit("verifier", fichier)[0] == (1 if coupee else 0)


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(("monde", "fichier"), FICHIERS)
def test_chaque_source_rend_les_memes_passations(
    cpit: Commande, poser: Callable[[str], None], monde: str, fichier: str
) -> None:
    """Passations, formulaires remplis (openpyxl, LibreOffice), page et tables des deux dialectes."""
    poser(monde)
    coupee = fichier.startswith("abimee/")
    document = lire_groupe(cpit, fichier)
    relues = document["passations"]
    assert len(relues) == len(VERITE[monde][fichier])
    for relue, dit in zip(relues, VERITE[monde][fichier], strict=True):
        if fichier.endswith((".csv", ".xlsx")):
            dit = {**dit, "terminee": relue["terminee"]}  # noqa: PLW2901
        controler(monde, relue, dit, terminee=False if coupee else None)
        assert {c: v for c, v in relue["reponses"].items() if v is not None} == {
            c: v for c, v in dit["reponses"].items() if v is not None
        }
    attendues = {"repli-sur-copie", "passation-inachevee"} if coupee else set()
    attendues |= {"passation-inachevee"} if fichier.endswith("r03-t0-soi.json") else set()
    assert {a["code"] for a in document["anomalies"]} == attendues


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("monde", MONDES)
def test_les_traces_et_le_profil_se_relisent(cpit: Commande, poser: Callable[[str], None], monde: str) -> None:
    """Chaque trace, accents et emoji compris, sort de l’export qui les demande ; une seule marque en plus."""
    poser(monde)
    sources = ["passations", "page", *(f for f in VERITE[monde] if f.startswith("formulaires/"))]
    code, _, erreurs = cpit("exporter", *sources, *ICI, "--sortie", "neuf", "--formats", "csv", "--avec-traces")
    assert code == 0, erreurs
    lues = sorted(t for ligne in lignes_csv("neuf/reponses_long.csv") if (t := ligne["trace"]))
    dites = [
        ("'" if trace.startswith("=") else "") + trace
        for fichier, (dit, *_) in VERITE[monde].items()
        if not fichier.startswith(("abimee/", "tables/"))
        for trace in dit["traces"].values()
    ]
    assert [" ".join(t.split()) for t in lues] == sorted(" ".join(t.split()) for t in dites)


@pytest.mark.endurance
def test_une_passation_inachevee_se_reprend(cpit: Commande, poser: Callable[[str], None]) -> None:
    poser("minimal")
    fichier = "passations/passation-r03-t0-soi.json"
    assert lancer("questionnaire", "--reprendre", fichier, entree="1\nso\n").returncode == 0
    (dit,) = VERITE["minimal"][fichier]
    code, sortie, _ = cpit("restituer", fichier, "--json")
    assert code == 0
    controler("minimal", json.loads(sortie), {**dit, "terminee": True, "reponses": {**dit["reponses"], "R2": 1}})


def test_la_table_vide_et_le_formulaire_vierge_se_disent(cpit: Commande, poser: Callable[[str], None]) -> None:
    """La ligne d’exemple n’est prise pour personne ; un formulaire vierge n’est pas compté, et c’est dit."""
    poser("minimal")
    code, _, erreurs = cpit("cohorte", "tables/vide.csv", *ICI, "--sortie", "relu.json")
    assert code == 1
    assert "exemple" in erreurs
    assert not Path("relu.json").exists()
    code, _, erreurs = cpit("cohorte", "formulaires/formulaire-t0-soi.xlsx", *ICI, "--sortie", "relu.json")
    assert (code, erreurs.count("aucune réponse")) == (1, 1)
    assert not Path("relu.json").exists()


# --- le jeu de données et sa clé --------------------------------------------------------------------------------------


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("monde", MONDES)
def test_la_cle_redonne_les_memes_pseudonymes(cpit: Commande, poser: Callable[[str], None], monde: str) -> None:
    poser(monde)
    commun = ["exporter", "passations", *ICI, "--formats", "csv"]
    assert cpit(*commun, "--sortie", "neuf", "--cle", "jeu.cle")[0] == 0
    assert cpit(*commun, "--sortie", "autre")[0] == 0
    avant, apres, autre = (qui(lignes_csv(f"{dossier}/scores.csv")) for dossier in ("jeu", "neuf", "autre"))
    assert avant == apres
    assert avant
    assert not {p for p, *_ in avant} & {p for p, *_ in autre}


def qui(lignes: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """Pseudonyme, moment et regard de chaque ligne, et les nombres que 0.1.0 écrivait."""
    calcules = [c for c in lignes_csv("jeu/scores.csv")[0] if c.startswith(("score_", "n_")) or c in ("x", "y")]
    cles = ["pseudonyme", "moment", "regard", *calcules]
    return sorted(tuple(_arrondi(ligne[cle]) for cle in cles) for ligne in lignes)


def _arrondi(cellule: str) -> str:
    try:
        return f"{float(cellule):.9f}"
    except ValueError:
        return cellule


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("monde", MONDES)
def test_la_cle_retrouve_la_personne_partout(cpit: Commande, poser: Callable[[str], None], monde: str) -> None:
    """« mes-donnees » reconnaît les fichiers de 0.1.0, et, par la clé, les lignes de ses exports."""
    poser(monde)
    cle = Path("jeu.cle").rename("../gardee-a-part.cle")
    sans_cle = cpit("mes-donnees", "Anaïs B.", "--dossier", ".")[1]
    assert "jeu/scores.csv" not in sans_cle
    shutil.rmtree("mes-donnees-anais-b")
    code, sortie, _ = cpit("mes-donnees", "Anaïs B.", "--dossier", ".", "--cle", str(cle))
    assert code == 0
    siens = [
        f for f in VERITE[monde] if f.startswith("passations/") and VERITE[monde][f][0]["identifiant"] == "Anaïs B."
    ]
    assert len(siens) > 1
    cites = [*siens, "sorties/classeur-du-questionnaire.xlsx", "sorties/resultat.json", "jeu/scores.csv"]
    cites += ["sorties/cohorte-fr.csv", "sorties/cohorte-science.csv", "sorties/cohorte.json"]
    assert [nom for nom in cites if nom not in sortie] == []


EXPORTS = [
    ("innovation-territoriale", "jeu", ["--formats", "csv", "--avec-traces"]),
    ("minimal", "jeu", []),
    ("minimal", "diffusion", ["--formats", "csv", "--diffusion", "--effectif-minimal", "3"]),
]


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(("monde", "dossier", "options"), EXPORTS)
def test_un_export_se_remplace_par_la_meme_commande_sauf_retouche(
    cpit: Commande, poser: Callable[[str], None], monde: str, dossier: str, options: list[str]
) -> None:
    poser(monde)
    table = Path(dossier) / ("agregats.csv" if dossier == "diffusion" else "scores.csv")
    commande = ["exporter", "passations", *ICI, "--sortie", dossier, *options]
    os.utime(table, (0, 0))
    assert cpit(*commande)[0] == 0
    assert table.stat().st_mtime > 0, "refait"
    shutil.rmtree(dossier)
    shutil.copytree(TEMOINS / monde / dossier, dossier)
    with table.open("ab") as flux:
        flux.write(b"\n")
    code, _, erreurs = cpit(*commande)
    assert code == 1
    assert table.name in erreurs


# --- ce qui sort ------------------------------------------------------------------------------------------------------

UNE = "passations/passation-anais-b-t0-soi.json"
GROUPE = ["passations", *ICI]
CARTE = ["figure", "carte", UNE, "--sortie"]
COHORTE = ["cohorte", *GROUPE, "--sortie"]
SORTIES = {
    "cohorte-fr.csv": COHORTE,
    "cohorte-science.csv": ["cohorte", *GROUPE, "--dialecte", "science", "--sortie"],
    "cohorte-sans-reponses-fr.csv": ["cohorte", *GROUPE, "--sans-reponses", "--sortie"],
    "cohorte-sans-reponses-science.csv": [
        *("cohorte", *GROUPE, "--sans-reponses", "--dialecte"),
        "science",
        "--sortie",
    ],
    "cohorte.json": COHORTE,
    "cohorte.xlsx": COHORTE,
    "fidelite.json": ["fidelite", *GROUPE, "--sortie"],
    "fidelite.xlsx": ["fidelite", *GROUPE, "--sortie"],
    "classeur-du-questionnaire.xlsx": ["restituer", UNE, "--classeur"],
    "personne.html": ["restituer", UNE, "--page"],
    "groupe.html": ["cohorte", *GROUPE, "--sortie", "-", "--page"],
    "carte.svg": CARTE,
    "carte.pdf": CARTE,
    "carte.png": CARTE,
}


@pytest.mark.echantillon(4)
@pytest.mark.parametrize("nom", SORTIES)
def test_une_sortie_de_0_1_0_est_a_cpit_et_se_remplace(cpit: Commande, poser: Callable[[str], None], nom: str) -> None:
    poser("minimal")
    chemin = Path("sorties") / nom
    os.utime(chemin, (0, 0))
    code, _, erreurs = cpit(*SORTIES[nom], str(chemin))
    assert code == 0, erreurs
    assert chemin.stat().st_mtime > 0, "refait"


@pytest.mark.parametrize("nom", [n for n in SORTIES if n.endswith((".xlsx", ".html", ".svg", ".pdf", ".png"))])
def test_le_meme_nom_chez_un_autre_programme_reste_intact(
    cpit: Commande, poser: Callable[[str], None], nom: str
) -> None:
    """Le témoin du test précédent : c’est bien le contenu, et non le nom, qui fait reconnaître une sortie."""
    poser("minimal")
    chemin = Path("sorties") / nom
    chemin.write_bytes(b"un autre programme")
    code, _, erreurs = cpit(*SORTIES[nom], str(chemin))
    assert code == 1
    assert nom in erreurs
    assert chemin.read_bytes() == b"un autre programme"


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("monde", MONDES)
def test_aucune_sortie_n_est_prise_pour_une_source(cpit: Commande, poser: Callable[[str], None], monde: str) -> None:
    """Les classeurs sont laissés de côté ; les JSON et les tables sans réponses sont refusés, et nommés."""
    poser(monde)
    seules = lire_groupe(cpit, "passations")
    ecartees = sorted(
        str(f) for f in Path("sorties").iterdir() if f.suffix in (".xlsx", ".json") or "sans-reponses" in f.name
    )
    avec = lire_groupe(cpit, "passations", *ecartees, codes=(0, 1))
    assert avec["passations"] == seules["passations"]
    dites = {a["fichier"] for a in avec["anomalies"]}
    assert [nom for nom in ecartees if nom not in dites] == []
    classeurs = {a["fichier"]: a["gravite"] for a in avec["anomalies"] if a["fichier"].endswith(".xlsx")}
    assert set(classeurs.values()) == {"avertissement"}


@pytest.mark.parametrize(("monde", "nom"), [(m, n) for m in MONDES for n in ("resultat.json", "cohorte.json")])
def test_ce_que_disait_un_resultat_se_dit_toujours(
    cpit: Commande, poser: Callable[[str], None], monde: str, nom: str
) -> None:
    """Chaque clé et chaque nombre d’une personne, sous le même nom ; des clés peuvent s’ajouter.

    De l’incertitude, les clés seules : elle s’estime autrement depuis, car ses régions couvraient trop peu.
    """
    poser(monde)
    avant = sans_nombres_incertains(json.loads((Path("sorties") / nom).read_text("utf-8")))
    if nom == "resultat.json":
        code, sortie, _ = cpit("restituer", UNE, "--json")
        assert code == 0
        assert list(manques(avant, sans_nombres_incertains(json.loads(sortie)))) == []
    else:
        apres = sans_nombres_incertains(lire_groupe(cpit, "passations"))
        assert list(manques(avant["passations"], apres["passations"])) == []
        assert list(manques(avant["referentiel"], apres["referentiel"])) == []


def sans_nombres_incertains(document: dict[str, Any]) -> dict[str, Any]:
    """Le même, l’incertitude de chaque personne réduite à ses clés et à son motif."""
    for une in (document, *document.get("passations", ())):
        if "incertitude" in une:
            une["incertitude"] = {c: v if c in {"motif", "repliques"} else None for c, v in une["incertitude"].items()}
    return document


def manques(avant: Any, apres: Any, ou: str = "") -> Iterator[str]:
    """Les chemins dont la valeur a changé ou disparu."""
    if isinstance(avant, dict) and isinstance(apres, dict):
        for cle, valeur in avant.items():
            yield from manques(valeur, apres[cle], f"{ou}.{cle}") if cle in apres else [f"{ou}.{cle}"]
    elif isinstance(avant, list) and isinstance(apres, list) and len(avant) == len(apres):
        for rang, (un, autre) in enumerate(zip(avant, apres, strict=True)):
            yield from manques(un, autre, f"{ou}[{rang}]")
    elif isinstance(avant, float) and isinstance(apres, float | int):
        if abs(avant - apres) > PRES:
            yield ou
    elif avant != apres:
        yield ou


def test_le_temoin_est_complet() -> None:
    """Chaque sorte de fichier que cpit 0.1.0 savait écrire est là, et tout tient en moins de deux mégaoctets."""
    tous = [f for f in TEMOINS.rglob("*") if f.is_file()]
    sortes = {".json", ".bak", ".xlsx", ".csv", ".html", ".svg", ".pdf", ".png", ".cle", ".sav", ".dta", ".parquet"}
    assert sortes <= {f.suffix for f in tous}
    assert sum(f.stat().st_size for f in tous) < 2_000_000

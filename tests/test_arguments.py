"""La façade mal employée : chaque argument d’une autre sorte est refusé par son nom, avec ce qui était attendu.

Les fonctions et leurs paramètres se tirent de la façade elle-même ; les messages y nomment des paramètres de Python.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from aides import RACINE

import cpit
from cpit.cli import executer
from cpit.erreurs import anomalie, messages_de_la_commande
from cpit.messages import CATALOGUE

PASSATION = RACINE / "exemples" / "passation-r01-t0-soi.json"
FONCTIONS = {nom: getattr(cpit, nom) for nom in cpit.__all__ if isinstance(getattr(cpit, nom), FunctionType)}
Valeurs = dict[str, Any]


@pytest.fixture(scope="module")
def juste() -> Valeurs:
    """Ce qui convient à chaque paramètre, d’un nom ou d’une fonction à l’autre."""
    referentiel, relecture, recueil = cpit.referentiel(), cpit.relire(PASSATION), cpit.lire(PASSATION)
    return {
        "referentiel": referentiel,
        "reponses": {"C1P": 3},
        "passation": PASSATION,
        "premiere": PASSATION,
        "restituer passation": relecture.restitution.passation,
        "restitution": relecture.restitution,
        "sources": PASSATION,
        "valeur": recueil,
        "recueil": recueil,
        "chemin": Path("sortie.csv"),
        "valider chemin": RACINE / "referentiels" / "innovation-territoriale.yaml",
        "grille sortie": Path("grille.xlsx"),
        "dossier": Path("dossier"),
        "nature": "carte",
        "quoi": relecture,
        "code": "R01",
        "format": "markdown",
        "sujet": "python",
        "question": "structure",
        "item": "C1P",
        "enonce": "Une situation à moi",
        "rang": 1,
        "pas": "Un pas",
        "etat": "en_cours",
        "situation": "Une réunion",
        "competence": "C1",
        "ingenierie": "publique",
    }


def _appels() -> Iterator[tuple[str, str]]:
    for nom, fonction in FONCTIONS.items():
        for parametre in inspect.signature(fonction).parameters.values():
            if parametre.kind is not inspect.Parameter.VAR_KEYWORD:
                yield nom, parametre.name
    for option in (
        "dialecte",
        "avec_reponses",
        "par",
        "nominatif",
        "effectif_minimal",
        "progres",
        "ppp",
        "recueil",
        "equipes",
    ):
        yield "ecrire", option


APPELS = list(_appels())
MAUVAIS: tuple[Any, ...] = (
    *(None, object(), 12, -1.5, float("nan"), 10**5_000, True, b"x", "", " ", "x\0y", "/", "csv", Path(), Path("x")),
    *(
        [],
        [None],
        ["a", 3],
        [["a"]],
        [""],
        {"a": 1},
        {1: 2},
        {"C1P": [1]},
        {None: None},
        {"C1P": 10**5_000},
        dict,
        len,
        range(2),
    ),
)


def _argument(juste: Valeurs, fonction: str, nom: str) -> Any:
    return juste.get(f"{fonction} {nom}", juste.get(nom))


def _appeler(juste: Valeurs, fonction: str, nom: str, valeur: Any) -> object:
    exiges = {
        p.name: _argument(juste, fonction, p.name)
        for p in inspect.signature(FONCTIONS[fonction]).parameters.values()
        if p.default is p.empty and p.kind is not p.VAR_KEYWORD
    }
    return FONCTIONS[fonction](**{**exiges, nom: valeur})


@pytest.fixture
def ailleurs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dossier").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(("fonction", "nom"), APPELS)
def test_un_argument_d_une_autre_sorte_est_refuse_par_son_nom(
    fonction: str, nom: str, juste: Valeurs, ailleurs: Path
) -> None:
    with pytest.raises(cpit.MauvaisEmploi) as levee:
        _appeler(juste, fonction, nom, object())
    faute = levee.value.anomalies[0]
    assert f"«\u202f{nom}\u202f»" in faute.quoi
    assert "object" in faute.quoi
    assert faute.attendu
    assert "…" not in faute.attendu
    assert not list((ailleurs / "dossier").iterdir())


@pytest.mark.echantillon(16)
@pytest.mark.parametrize(("fonction", "nom"), APPELS)
def test_aucune_valeur_ne_donne_une_erreur_de_python(fonction: str, nom: str, juste: Valeurs, ailleurs: Path) -> None:
    for valeur in MAUVAIS:
        # Ce qu’une fonction que l’on donne lève elle-même n’est pas à cpit.
        if callable(valeur) and nom in ("progres", "apercu", "confirmer", "ecarter"):
            continue
        with contextlib.suppress(cpit.ErreurCpit):
            _appeler(juste, fonction, nom, valeur)
    assert ailleurs.is_dir()


@pytest.mark.parametrize("suite", ["formats", "sorties"])
def test_un_texte_n_est_pas_une_suite_de_lettres(suite: str, juste: Valeurs, ailleurs: Path) -> None:
    fonction = "exporter" if suite == "formats" else "lire"
    with pytest.raises(cpit.MauvaisEmploi, match="a reçu 'csv'"):
        _appeler(juste, fonction, suite, "csv")
    assert ailleurs.is_dir()


def test_ce_qui_ne_se_parcourt_qu_une_fois_convient(ailleurs: Path, juste: Valeurs) -> None:
    assert len(cpit.lire(iter([PASSATION, str(PASSATION)])).cohorte.notees) == 1  # type: ignore[arg-type]
    ecrit = cpit.exporter(juste["recueil"], ailleurs / "jeu", formats=(nom for nom in ["csv"]))  # type: ignore[arg-type]
    assert ecrit.fiche.formats == ["csv"]
    assert len(cpit.formulaires(dossier=ailleurs / "f", codes=(f"P{n}" for n in range(2)), format="html")) == 2


def test_toutes_les_fautes_d_un_appel_sont_dites() -> None:
    with pytest.raises(cpit.MauvaisEmploi) as levee:
        cpit.lire(12, strict="oui", progres=3, referentiel="")  # type: ignore[arg-type]
    assert len(levee.value.anomalies) == 4


# --- de Python, un message nomme des paramètres ---------------------------------------------------------------------

DE_LA_COMMANDE_SEULE = {
    *("reprise-referentiel-change", "reprise-et-identite", "enregistrement-impossible", "profil-mal-forme"),
    *("effectif-minimal-sans-objet", "diffusion-sans-individus", "page-manquante"),
}


def _phrases(code: str) -> Iterator[str]:
    message = CATALOGUE[code]
    champs = re.findall(r"\{(\w+)[:}]", message.quoi + message.attendu + message.correction)
    une = anomalie(code, **dict.fromkeys(champs, "--largeur") | {"commande": "cpit trace"})
    yield from (une.quoi, une.attendu, une.correction)


def test_de_python_aucun_message_ne_nomme_une_option() -> None:
    nommees = {code for code in CATALOGUE for p in _phrases(code) if re.search(r"(?<!cpit )(?<![\w ]{3})--[a-z]", p)}
    fautives = {code for code in nommees for p in _phrases(code) if re.search(r"--(?!largeur)", _sans_commandes(p))}
    assert fautives == set()


def _sans_commandes(phrase: str) -> str:
    return re.sub(r"\bcpit [a-z][a-z -]*--[a-z-]+", "", phrase)


def test_la_commande_nomme_ses_options_et_python_ses_parametres(
    ailleurs: Path, capsys: pytest.CaptureFixture[str], juste: Valeurs
) -> None:
    pris = ailleurs / "pris.csv"
    pris.write_text("à moi", encoding="utf-8")
    assert executer(["cohorte", str(PASSATION), "--sortie", "pris.csv"]) == 1
    assert "ajouter --remplacer" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.ecrire(juste["recueil"], pris)
    assert "ajouter `remplacer=True`" in levee.value.anomalies[0].correction
    with messages_de_la_commande():
        assert "ajouter --remplacer" in levee.value.anomalies[0].correction
    with pytest.raises(cpit.MauvaisEmploi, match="`largeur` vaut 5000"):
        cpit.figure("carte", juste["quoi"], largeur=5000)
    (ailleurs / "dossier" / "x").write_text("x", encoding="utf-8")
    with pytest.raises(cpit.ErreurCpit) as export:
        cpit.exporter(juste["recueil"], ailleurs / "dossier")
    assert "Donner un autre dossier à `dossier`" in export.value.anomalies[0].correction


# --- ce qui se montre d’une valeur ----------------------------------------------------------------------------------


def _valeurs(dossier: Path) -> Iterator[object]:
    (dossier / PASSATION.name).write_bytes(PASSATION.read_bytes())
    referentiel, relecture, recueil = cpit.referentiel(), cpit.relire(PASSATION), cpit.lire(PASSATION)
    yield from (referentiel, relecture, recueil, relecture.restitution, relecture.restitution.passation)
    yield from (referentiel.competences[0], recueil.cohorte, recueil.cohorte.notees[0], recueil.sources[0])
    yield from (relecture.restitution.resultat, relecture.restitution.interpretation, recueil.cohorte.scores())
    yield from (recueil.cohorte.notees[0].releve, cpit.verifier(PASSATION), cpit.figure("carte", relecture))
    yield from cpit.guides().values()
    remise = cpit.mes_donnees("R01", dossier, dossier / "remise")
    export = cpit.exporter(recueil, dossier / "jeu", formats=["csv"])
    yield from (remise, remise.inventaire, export, export.fiche, export.fiche.jeu, export.cle)
    yield cpit.effacer("R01", dossier, confirmer=True)
    yield cpit.fidelite(recueil)


def test_une_valeur_se_montre_en_une_ligne_sans_rien_de_personnel(tmp_path: Path) -> None:
    traces = [r.trace for r in cpit.relire(PASSATION).restitution.passation.reponses.values() if r.trace]
    assert traces
    for valeur in _valeurs(tmp_path):
        montree = repr(valeur)
        assert len(montree) < 500, (type(valeur), len(montree))
        assert "\n" not in montree
        assert not any(trace in montree for trace in traces)

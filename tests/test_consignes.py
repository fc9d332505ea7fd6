"""Ce que l’on dit d’une table à la place de ce qu’elle tait : identifiant, moment, regard, valeurs, double à garder."""

from __future__ import annotations

from pathlib import Path

import pytest
from aides import RACINE

import cpit
from cpit.cli import executer

MINIMAL = RACINE / "referentiels" / "minimal.yaml"
ITEMS = "A1;A2;A3;R1;R2;R3"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    chemin = tmp_path / "table.csv"
    chemin.write_text(f"identifiant;{ITEMS}\nP1;1;2;3;4;SO;2\nP2;4;3;;1;2;1\n", encoding="utf-8")
    return chemin


def reponses(recueil: cpit.Recueil, rang: int = 0) -> list[object]:
    """Les réponses d’une passation, dans l’ordre des codes."""
    passation = recueil.cohorte.notees[rang].passation
    return [passation.reponse(code).valeur for code in ITEMS.split(";")]


def test_moment_et_regard_d_une_table_qui_n_a_pas_ces_colonnes(table: Path) -> None:
    recueil = cpit.lire(table, MINIMAL, moment="T1", regard="tiers")
    assert list(recueil.cohorte.strates()) == [("t1", "tiers")]


def test_ce_que_dit_la_table_l_emporte_sur_l_option(tmp_path: Path) -> None:
    chemin = tmp_path / "t.csv"
    chemin.write_text(f"identifiant;moment;{ITEMS}\nP1;t0;1;1;1;1;1;1\nP2;;1;1;1;1;1;1\n", encoding="utf-8")
    recueil = cpit.lire(chemin, MINIMAL, moment="t1")
    assert [n.passation.moment for n in recueil.cohorte.notees] == ["t0", "t1"]


@pytest.mark.parametrize("valeurs", ["0=1,1=2,2=3,3=4,n/a=SO,rien=vide", {0: 1, 1: 2, 2: 3, "3": 4, "N/A": "so"}])
def test_les_valeurs_que_l_on_dit_viennent_avant_la_grammaire(tmp_path: Path, valeurs: object) -> None:
    chemin = tmp_path / "t.csv"
    chemin.write_text(f"identifiant;{ITEMS}\nP1;0;1,0;2;3;n/a;4\n", encoding="utf-8")
    recueil = cpit.lire(chemin, MINIMAL, valeurs=valeurs)
    assert reponses(recueil) == [1, 2, 3, 4, None, None]
    assert recueil.cohorte.notees[0].passation.reponse("R2").etat == "sans_objet"
    # « 4 » n’a pas été dit : le prendre tel quel mêlerait deux échelles.
    (refus,) = [a for a in recueil.anomalies if a.code == "cellule-non-dite"]
    assert "R3" in refus.quoi


def test_une_virgule_peut_etre_dans_une_reponse(tmp_path: Path) -> None:
    chemin = tmp_path / "t.csv"
    chemin.write_text('identifiant,A1,A2,A3,R1,R2,R3\nP1,"Oui, souvent",Non,1,1,1,1\n', encoding="utf-8")
    assert reponses(cpit.lire(chemin, MINIMAL, valeurs="Oui, souvent=4,Non=1"))[:2] == [4, 1]


FAUTES = [
    ({"moment": "avant"}, "moment-inconnu"),
    ({"regard": "chef"}, "regard-inconnu"),
    ({"garder": "dernier"}, "garder-inconnu"),
    ({"identifiant": " "}, "identifiant-vide"),
    ({"valeurs": "1=0"}, "valeurs-hors-echelle"),
    ({"valeurs": "1"}, "valeurs-incomprises"),
    ({"valeurs": "=1"}, "valeurs-incomprises"),
    ({"valeurs": "1=2,1.0=3"}, "valeurs-contraires"),
]


@pytest.mark.parametrize(("consigne", "code"), FAUTES)
def test_une_consigne_impossible_est_un_mauvais_emploi(consigne: dict[str, str], code: str, table: Path) -> None:
    with pytest.raises(cpit.MauvaisEmploi) as levee:
        cpit.lire(table, MINIMAL, **consigne)  # type: ignore[arg-type]
    assert [a.code for a in levee.value.anomalies] == [code]
    assert levee.value.anomalies[0].attendu


@pytest.mark.parametrize("commande", [["cohorte"], ["exporter", "--sortie", "jeu"], ["fidelite"]])
def test_toutes_les_fautes_d_un_coup(
    commande: list[str], table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(table.parent)
    mots = [*commande, str(table), "--referentiel", str(MINIMAL), "--moment", "avant", "--regard", "chef"]
    assert executer([*mots, "--valeurs", "1=9,2=x", "--garder", "rien"]) == 2
    ecrit = capsys.readouterr().err
    for mot in ("avant", "chef", "1=9", "2=x", "rien"):
        assert f"«\u202f{mot}\u202f»" in ecrit, mot
    assert sorted(p.name for p in table.parent.iterdir()) == ["table.csv"]


@pytest.mark.parametrize("commande", ["cohorte", "exporter", "fidelite"])
def test_les_commandes_prennent_les_consignes(
    commande: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lignes = "".join(f"P{k};{k % 4};{(k + 1) % 4};2;3;{(k * 3) % 4};1\n" for k in range(12))
    (tmp_path / "t.csv").write_text(f"identifiant;{ITEMS}\n{lignes}", encoding="utf-8")
    sortie = {"cohorte": ["--sortie", "s.csv"], "exporter": ["--sortie", "s", "--formats", "csv"], "fidelite": []}
    mots = [commande, "t.csv", "--referentiel", str(MINIMAL), "--valeurs", "0=1,1=2,2=3,3=4", "--moment", "t1"]
    assert executer([*mots, *sortie[commande]]) == 0, capsys.readouterr().err

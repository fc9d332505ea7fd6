"""À l’écran d’un groupe, les résultats d’abord ; puis les sources, repliées sur celles qui ont quelque chose à dire."""

from __future__ import annotations

from pathlib import Path

import pytest
from aide_terminal import ecrire_terminee, minimal
from aides import passation_de

from cpit.cli import executer


def noter(
    dossier: Path, capsys: pytest.CaptureFixture[str], *options: str, bonnes: int, mauvaises: int = 0
) -> list[str]:
    sources = dossier / "retours"
    sources.mkdir()
    for rang in range(bonnes):
        passation = passation_de(minimal(), "123412", identifiant=f"P{rang:02}")
        ecrire_terminee(sources / f"bonne-{rang:02}.json", passation)
    for rang in range(mauvaises):
        (sources / f"mauvaise-{rang:02}.json").write_text("{" * (rang + 1), encoding="utf-8")
    executer(["cohorte", str(sources), "--referentiel", "minimal", "--sortie", str(dossier / "groupe.csv"), *options])
    return capsys.readouterr().out.replace("\u202f", " ").replace("\u00a0", " ").splitlines()


def test_les_resultats_viennent_avant_les_sources_repliees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lignes = noter(tmp_path, capsys, bonnes=20)
    assert lignes.index("20 sources lues : 20 passations, 0 refus.") > next(
        rang for rang, ligne in enumerate(lignes) if "Lecture" in ligne
    )
    assert not [ligne for ligne in lignes if "bonne-" in ligne]


@pytest.mark.parametrize(("mauvaises", "suite"), [(3, ""), (13, "… et 3 autres.")])
def test_seules_les_sources_qui_ont_a_dire_se_nomment_dix_au_plus(
    mauvaises: int, suite: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lignes = noter(tmp_path, capsys, bonnes=2, mauvaises=mauvaises)
    assert f"{2 + mauvaises} sources lues : 2 passations, {mauvaises} refus." in lignes
    texte = "\n".join(lignes)
    assert "bonne-" not in texte
    assert sum(f"mauvaise-{rang:02}.json" in texte for rang in range(mauvaises)) == min(mauvaises, 10)
    assert (suite in lignes) if suite else "… et" not in texte


def test_la_ligne_repliee_compte_aussi_les_avertissements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "t.csv"
    en_tete = "identifiant;moment;regard;" + ";".join(item.code for item in minimal().items)
    table.write_text(f"{en_tete};note\nA;t0;soi;1;2;3;4;1;2;x\nB;t0;soi;1;2;3;4;1;2;y\n", encoding="utf-8")
    executer(["cohorte", str(table), "--referentiel", "minimal", "--sortie", str(tmp_path / "groupe.csv")])
    ecran = capsys.readouterr()
    dits = ecran.err.count("Avertissement.")
    assert dits == 1, ecran.err
    assert "1 source lue : 2 passations, 0 refus, 1 avertissement." in ecran.out.replace("\u202f", " ").replace(
        "\u00a0", " "
    )


def test_le_detail_les_nomme_toutes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texte = "\n".join(noter(tmp_path, capsys, "--detail", bonnes=2, mauvaises=13))
    for nom in [f"bonne-{rang:02}.json" for rang in range(2)] + [f"mauvaise-{rang:02}.json" for rang in range(13)]:
        assert nom in texte

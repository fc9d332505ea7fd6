"""Un petit tirage des fichiers hostiles et des réponses altérées ; les campagnes en tirent bien davantage."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from aide_hostiles import sommee
from aide_terminal import EXEMPLE
from aides import tirages
from campagnes import aleas, exports
from campagnes.commun import GRAINE, Promesse
from lecture_naive import REFUSEE

pytestmark = pytest.mark.endurance


def tenues(promesses: list[Promesse]) -> None:
    assert all(promesse.essais for promesse in promesses), "une promesse n’a pas été essayée"
    assert {promesse.texte: promesse.ruptures for promesse in promesses if promesse.ruptures} == {}


@pytest.mark.parametrize("format_", aleas.FORMATS)
def test_des_reponses_alterees_sont_justes_ou_refusees_par_leur_nom(format_: str) -> None:
    tenues(aleas.jouer(tirages(8), GRAINE, format_))


def test_des_exports_d_outils_disent_leurs_personnes_et_elles_seules() -> None:
    """Quatre tables par outil : chaque geste une fois."""
    tenues(exports.jouer(tirages(4), GRAINE))


@pytest.mark.skipif(os.name == "nt", reason="fork et resource n’existent pas sous Windows")
def test_des_fichiers_hostiles_n_arretent_rien() -> None:
    from campagnes.hostiles import jouer

    tenues(jouer(tirages(1), GRAINE, "cases") + jouer(tirages(1), GRAINE, "noms"))


def test_une_reponse_fausse_se_voit() -> None:
    """Le juge ne dit pas juste à tout : une valeur lue quand le fichier en dit une autre, une perte sans nom."""
    monde = aleas.mondes()[0]
    grille = aleas.Grille(["identifiant", *monde.codes], [["P1", 1, 2, 3, 4, 1, 2]])
    essai = aleas.Essai(".csv", grille, [], aleas.en_csv, lambda *_: iter(()))
    import tempfile

    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier, "t.csv")
        chemin.write_bytes(essai.octets([]))
        (notee,), _ = aleas.lire(chemin, monde.referentiel)
    justes = dict(zip(monde.codes, [1, 2, 3, 4, 1, 2], strict=True))
    assert not list(aleas.juger_les_reponses(notee, justes, monde))
    assert list(aleas.juger_les_reponses(notee, {**justes, "A1": 2}, monde)) == ["A1 : 1 lu, 2 écrit"]
    assert list(aleas.juger_les_reponses(notee, {**justes, "A1": REFUSEE}, monde))
    assert list(aleas.juger_les_notes(monde.plan, {**justes, "A1": 4}, notee.resultat))


def test_ou_le_flux_renonce_le_bloc_doit_dire_pourquoi(tmp_path: Path) -> None:
    """Comme pour « cpit cohorte », qui reprend alors d’un bloc ; sans raison, c’est une faute."""
    monde, chemin = aleas.mondes()[0], tmp_path / "t.csv"
    codes = ";".join(monde.codes)
    chemin.write_text(
        f"regard;identifiant;{codes}\nsoi;P0;1;2;3;4;1;2\ntiers;identifiant;{codes}\nsoi;P1;1;2;3;4;1;2\n"
    )
    _, dites = aleas.lire(chemin, monde.referentiel)
    assert list(aleas._juger_le_flux(chemin, monde.referentiel, 5000, dites)) == []
    assert len(list(aleas._juger_le_flux(chemin, monde.referentiel, 5000, ()))) == 1


def test_une_passation_dite_vide_ne_repond_a_rien(tmp_path: Path) -> None:
    monde, chemin = aleas.mondes()[1], tmp_path / "r01.json"
    document = {**json.loads(EXEMPLE.read_bytes()), "reponses": {}}
    chemin.write_bytes(sommee(document))
    assert list(aleas._juger_une_passation(chemin, chemin.read_bytes(), monde)) == []
    document["reponses"] = {monde.codes[0]: {"etat": "repondu", "valeur": 2}}
    assert len(list(aleas._juger_une_passation(chemin, sommee(document), monde))) == 1

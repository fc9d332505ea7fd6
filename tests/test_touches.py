"""Chaque touche et chaque mot qui la vaut, sur chaque écran qui attend une réponse : même effet, ou même refus."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from aide_terminal import EXEMPLE, FauxClavier, FauxEcran

from cpit.cli import executer

MOTS = {
    "q": ("Q", "Quitter", "quitter"),
    "?": ("Aide", "aide"),
    "p": ("P", "precedent", "pre\u0301ce\u0301dent", "précédent"),
    "r": ("R", "revue", "revoir", "reprendre"),
    "t": ("T", "trace"),
}
"""Chaque touche et les saisies qui la valent."""
NOMS = {"p": "précédent", "r": "revue", "t": "trace"}


class Ecran(NamedTuple):
    """Comment on arrive à un écran, et les touches qui y ont un effet, outre « q » et « ? ».

    ``commande`` : le questionnaire d’un dossier vide à défaut ; une autre se lance là où R01 a répondu.
    ``retour`` : ce qui se lit de l’écran où « q » ramène, s’il ne quitte pas la commande.
    """

    avant: tuple[str, ...]
    actives: str = ""
    options: tuple[str, ...] = ()
    commande: tuple[str, ...] = ()
    retour: str = ""
    aide: str = r"Sont acceptés|crire un code|Répondre|Est attendue|t ajoute une trace"


DIRECT = ("--code", "Ana", "--moment", "t0", "--regard", "soi")
A_DEUX = ("--code", "Ana", "--moment", "t1+retrospectif", "--date", "2025", "--regard", "soi")
UN_TIERS = ("--code", "Ana", "--moment", "t0", "--regard", "tiers")
UN_PAS = ("a", "C3C", "oser", "", "", "", "")
"""Au plan, ce qui écrit un pas et y ramène."""
_INTERROMPU = r"\n(?:Ce pas n'est pas|L'état de ce pas|Les mots de ce pas|Interrompu)"
"""Ce qui suit la question quand l’entrée s’y ferme."""
NOTER = ("trace", "R01", "--dossier")
ECRANS = {
    "code": Ecran(()),
    "moment": Ecran(("",)),
    "date": Ecran(("", "t0-retrospectif")),
    "regard": Ecran(("", "")),
    "code du tiers": Ecran((), options=UN_TIERS),
    "rôle du tiers": Ecran(("",), options=UN_TIERS),
    "connaissance du tiers": Ecran(("", ""), options=UN_TIERS),
    "situation": Ecran(("3",), "prt", (*DIRECT, "--sans-profil")),
    "trace d'une situation": Ecran(("3", "t"), "p", (*DIRECT, "--sans-profil")),
    "moment passé": Ecran(("3",), "pr", (*A_DEUX, "--sans-profil")),
    "fréquence": Ecran(("3",), "pr", (*DIRECT, "--sans-profil", "--place")),
    "importance": Ecran(("3", "1"), "pr", (*DIRECT, "--sans-profil", "--place")),
    "revue": Ecran(("r",), "pr", (*DIRECT, "--sans-profil")),
    "fin": Ecran(("3",) * 6, "pr", (*DIRECT, "--sans-profil")),
    "revue depuis la fin": Ecran((*("3",) * 6, "r"), "pr", (*DIRECT, "--sans-profil")),
    "terminer avec des vides": Ecran((*("3",) * 5, "", ""), "", (*DIRECT, "--sans-profil")),
    "faire le point": Ecran((), commande=("questionnaire", "--dossier")),
    "menu": Ecran((), commande=("menu", "--dossier")),
    "choix d'une passation": Ecran(("2",), commande=("menu", "--dossier"), retour="1. Répondre"),
    "plan": Ecran((), commande=("plan",)),
    "situation d'un pas": Ecran(("a",), commande=("plan",), retour="Plan (a pour", aide="C1P  À partir"),
    "texte d'un pas": Ecran(("a", "C3C"), commande=("plan",), retour="Rien n'est ajouté."),
    "second texte d'un pas": Ecran(("a", "C3C", "oser"), "p", commande=("plan",), retour="Rien n'est ajouté."),
    "où en est un pas": Ecran((*UN_PAS, "1"), commande=("plan",), retour="Changer aussi ses mots"),
    "un mot à garder d'un pas": Ecran((*UN_PAS, "1", "2"), commande=("plan",), retour="Rien n'est changé."),
    "changer les mots d'un pas": Ecran((*UN_PAS, "1", ""), commande=("plan",), retour="Rien n'est changé."),
    "situation d'une trace": Ecran((), commande=NOTER, aide="C1P  À partir"),
    "texte d'une trace": Ecran(("C3C",), commande=NOTER),
    "énoncé d'une situation à soi": Ecran((), options=("--competence", "C8"), commande=NOTER),
    "ingénierie d'une situation à soi": Ecran(("Tenir",), options=("--competence", "C8"), commande=NOTER),
    "second texte d'une trace": Ecran(("C3C", "un repas"), "p", commande=NOTER),
}


@pytest.fixture
def jouer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Mène une commande jusqu’à un écran, y tape une saisie, et rend ce qui s’écrit ensuite."""

    avant: dict[Ecran, str] = {}

    def ecrit(ecran: Ecran, *saisies: str) -> str:
        dossier = tmp_path / "d"
        shutil.rmtree(dossier, ignore_errors=True)
        dossier.mkdir()
        sortie = FauxEcran()
        for nom, flux in (("stdin", FauxClavier((*ecran.avant, *saisies))), ("stdout", sortie), ("stderr", sortie)):
            monkeypatch.setattr(sys, nom, flux)
        if ecran.commande:
            shutil.copy(EXEMPLE, dossier / "p.json")
        commande = ecran.commande or ("questionnaire", "--referentiel", "minimal", "--dossier")
        executer([*commande, str(dossier), "--simple", *ecran.options])
        return re.sub(r"[\u202f\u00a0]", " ", sortie.getvalue()).replace("’", "'")

    def jouer_(ecran: Ecran, *saisies: str) -> str:
        # Sans saisie, l’entrée se ferme sur la question : ce qui la précède est à l’écran.
        jusque_la = avant.get(ecran) or re.split(_INTERROMPU, ecrit(ecran))[0].rstrip("\n")
        avant[ecran] = jusque_la
        suite = ecrit(ecran, *saisies)
        assert suite.startswith(jusque_la), (jusque_la, suite)
        return suite[len(jusque_la) :]

    return jouer_


@pytest.mark.endurance
@pytest.mark.parametrize("nom", ECRANS)
def test_une_touche_a_partout_le_meme_effet_ou_le_meme_refus(nom: str, jouer) -> None:  # type: ignore[no-untyped-def]
    ecran = ECRANS[nom]
    for touche in MOTS:
        suite = jouer(ecran, touche)
        assert "ne convient pas" not in suite, touche
        assert "n'est pas" not in re.split(_INTERROMPU, suite)[0], touche
        refus = f"« {touche} » ({NOMS.get(touche)}) n'a pas d'effet ici."
        if touche in NOMS:
            assert (refus in suite) == (touche not in ecran.actives), (touche, suite)
        elif touche == "?":
            assert "n'a pas d'effet" not in suite
            assert re.search(ecran.aide, suite), suite
        elif ecran.retour:
            assert ecran.retour in suite, (nom, suite)
        else:
            assert "Interrompu" not in suite, suite
            assert re.search(r"Quitté|Enregistré|Entrée pour fermer", suite), suite


@pytest.mark.endurance
@pytest.mark.parametrize("nom", ECRANS)
def test_un_mot_vaut_sa_touche_sur_chaque_ecran(nom: str, jouer) -> None:  # type: ignore[no-untyped-def]
    for touche, mots in MOTS.items():
        attendu = jouer(ECRANS[nom], touche)
        for mot in mots if nom == "code" else mots[-1:]:
            assert jouer(ECRANS[nom], mot) == attendu, mot


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    ("saisie", "situation"),
    [("R2", "R2"), ("r2", "R2"), ("5", "R2"), ("1", "A1"), ("6", "R3"), ("repartir", "R1"), ("Accueillir", "A1")],
)
@pytest.mark.parametrize("ecran", ["revue", "revue depuis la fin", "fin"])
def test_de_la_revue_on_saute_par_code_rang_ou_competence(  # type: ignore[no-untyped-def]
    ecran: str, saisie: str, situation: str, jouer
) -> None:
    assert f"\n{situation}. " in jouer(ECRANS[ecran], saisie)


@pytest.mark.parametrize("saisie", ["0", "7", "-1", "²", "C99", "25"])
def test_de_la_revue_ce_qui_ne_designe_rien_se_redemande(saisie: str, jouer) -> None:  # type: ignore[no-untyped-def]
    suite = jouer(ECRANS["revue"], saisie)
    assert f"« {saisie} » n'est le code d'aucune situation. Écrire un code de A1 à R3" in suite


def test_un_code_d_une_lettre_dit_par_ou_le_donner(jouer) -> None:  # type: ignore[no-untyped-def]
    suite = jouer(ECRANS["code"], "P")
    assert "« p » (précédent) n'a pas d'effet ici." in suite
    assert "se donne avec --code" in suite

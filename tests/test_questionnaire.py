"""Le questionnaire, touche par touche, avec un faux terminal et une horloge fixe."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aide_terminal import FauxClavier, FauxEcran, ecran, faux_terminal, horloge, inachevees, minimal
from aides import encoder_passation, lire_passation, livre, passation_de, tirages
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cpit import ErreurCpit, MauvaisEmploi
from cpit.cli import executer
from cpit.coeur.passation import (
    PAS_ENCORE_VU,
    TRACE_MAX,
    Correction,
    Etat,
    Passation,
    Reponse,
    repondu,
    sans_objet,
    sans_reponse,
)
from cpit.coeur.referentiel import Echelle, Niveau, Referentiel
from cpit.erreurs import Interruption
from cpit.questionnaire.questionnaire import (
    Questionnaire,
    avancement,
    demander_identite,
    demander_profil,
    lire_reponse,
)
from cpit.questionnaire.seance import Carnet, DemandeSeance, mener_seance, preparer_seance
from cpit.terminal import Quitter, Terminal
from cpit.typographie import typographier


@pytest.fixture(scope="module")
def referentiel() -> Referentiel:
    """Six items : A1, A2, A3 (accueillir), R1, R2, R3 (repartir) ; niveaux de 1 à 4 et « sans objet »."""
    return minimal()


def jouer_avec_place(referentiel: Referentiel, touches: list[str]) -> tuple[Passation, str]:
    """Comme ``jouer``, en demandant aussi la place de chaque situation."""
    terminal = faux_terminal(touches)
    questionnaire = Questionnaire(referentiel, Passation.nouvelle(referentiel), terminal, lambda p: p, avec_place=True)
    with contextlib.suppress(EOFError, Quitter):
        questionnaire.mener()
    return questionnaire.passation, ecran(terminal)


def jouer(
    referentiel: Referentiel, touches: Sequence[str], depart: Passation | None = None
) -> tuple[Passation, str, list[Passation]]:
    """Joue des touches, et rend la passation, l’écran et tout ce qui a été enregistré ; s’arrête à leur fin."""
    ecrites: list[Passation] = []

    def enregistrer(passation: Passation) -> Passation:
        ecrites.append(replace(passation, revision=passation.revision + 1))
        return ecrites[-1]

    terminal = faux_terminal(touches)
    questionnaire = Questionnaire(referentiel, depart or Passation.nouvelle(referentiel), terminal, enregistrer)
    with contextlib.suppress(EOFError, Quitter):
        questionnaire.mener()
    return questionnaire.passation, ecran(terminal), ecrites


def etats(passation: Passation) -> str:
    """Les réponses en signes : un chiffre, S, « . » sans réponse, « _ » pas encore vu."""
    signes = {Etat.SANS_OBJET: "S", Etat.SANS_REPONSE: ".", Etat.PAS_ENCORE_VU: "_"}
    reponses = (passation.reponse(item.code) for item in passation.items)
    return "".join(signes.get(r.etat) or str(r.valeur) for r in reponses)


# --- chaque touche ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("touches", "attendu"),
    [
        (["1", "2", "3", "4", "1", "2", ""], "123412"),
        (["so", "SO", " So ", "", "+3", "04", ""], "SSS.34"),
        (["1", "p", "2"], "2_____"),
        (["p", "1"], "1_____"),
        (["1", "p", ""], "1_____"),
        (["1", "p", "-"], "._____"),
        (["1", "p", "−"], "._____"),
        (["so", "p", ""], "S_____"),
        (["1", "2", "r", "A1", "3"], "32____"),
        (["1", "2", "r", "a1", "4"], "42____"),
        (["1", "2", "r", "", "4"], "124___"),
        (["1", "r", "Z9", "", "4"], "14____"),
        (["r", "R3", "4"], "_____4"),
        (["5", "0", "3,0", "oui", "1 2", "٣", "1_0", "0x1", "2"], "2_____"),
        (["?", "1"], "1_____"),
        (["1", "q", "2"], "1_____"),
        (["1", "r", "q", "2"], "1_____"),
        (["\x1b[A2"], "2_____"),
    ],
)
def test_une_suite_de_touches(referentiel: Referentiel, touches: list[str], attendu: str) -> None:
    assert etats(jouer(referentiel, touches)[0]) == attendu


@pytest.mark.parametrize(
    ("touches", "attendu", "places"),
    [
        (["1", "2", "3", "4"], "14____", (2, 3)),
        # Une situation qui n’existe pas n’a pas de place : rien ne se demande.
        (["so", "1"], "S1____", (None, None)),
        (["", "0", "−", "1"], ".1____", (0, None)),
        (["3", "p", "2", "1", "1", "1"], "21____", (1, 1)),
        (["3", "4", "1,0", "1", "5", "0", "1"], "31____", (1, 0)),
        (["3", "1", "q", "1"], "3_____", (1, None)),
    ],
)
def test_la_place_se_demande_apres_la_reponse(
    referentiel: Referentiel, touches: list[str], attendu: str, places: tuple[int | None, int | None]
) -> None:
    passation, montre = jouer_avec_place(referentiel, touches)
    assert etats(passation) == attendu
    assert passation.reponse(passation.items[0].code).places == places
    assert "chaque semaine" in montre.replace("\u00a0", " ")
    assert "à quelle fréquence" not in jouer(referentiel, ["1", "2"])[1]


def test_une_mauvaise_touche_dit_ce_qui_est_accepte_et_redemande(referentiel: Referentiel) -> None:
    _, texte, ecrites = jouer(referentiel, ["9"])
    assert "« 9 » n'est pas une réponse. Sont acceptés : 1, 2, 3, 4, so, Entrée, -, t, p, r, ?, q." in en_ligne(texte)
    assert texte.count("> ") == 2
    assert ecrites == []


def test_revenir_avant_la_premiere_le_dit(referentiel: Referentiel) -> None:
    assert "C'est la première situation." in jouer(referentiel, ["p"])[1]


def test_un_retour_montre_la_reponse_et_dit_qu_entree_la_garde(referentiel: Referentiel) -> None:
    texte = jouer(referentiel, ["3", "p"])[1]
    assert "Votre réponse : 3 Souvent." in texte
    assert "Entrée = sans réponse" in texte
    assert "Entrée = garder" in texte


def test_l_aide_decrit_les_niveaux_et_les_touches(referentiel: Referentiel) -> None:
    texte = en_ligne(jouer(referentiel, ["?"])[1])
    for niveau in referentiel.echelle.niveaux:
        assert f"{niveau.libelle} : {niveau.description}" in texte.replace("'", "’") or niveau.description is None
    for mot in ("t ajoute une trace", "p revient", "r montre tout", "« - » efface", "q enregistre et quitte"):
        assert mot in texte


def test_chaque_item_montre_avancement_competence_et_tous_les_libelles() -> None:
    referentiel = livre()
    _, texte, _ = jouer(referentiel, ["2"] * 24)
    ecrans = texte.split("> ")
    for rang, (item, vu) in enumerate(zip(referentiel.ordre_de_passation(), ecrans, strict=False)):
        assert avancement(rang, 24, 24 - rang) in vu
        assert f"{item.code}. " in vu
        for niveau in referentiel.echelle.niveaux:
            assert f"{niveau.valeur}  {niveau.libelle.replace('’', chr(39))}" in vu
    for competence in referentiel.competences:
        assert texte.count(f"{competence.identifiant} · {competence.libelle}".replace("’", "'")) == 1
        assert en_ligne(competence.definition).replace("’", "'") in en_ligne(texte)


@pytest.mark.parametrize(
    ("rang", "attendu"), [(0, "1/24 · environ 8 min"), (6, "7/24 · environ 6 min"), (23, "24/24 · environ 1 min")]
)
def test_l_avancement(rang: int, attendu: str) -> None:
    assert avancement(rang, 24, 24 - rang) == attendu


def test_apres_un_saut_le_temps_compte_ce_qui_reste_a_voir() -> None:
    texte = jouer(livre(), ["2", "r", "C8C"])[1]
    assert "24/24 · environ 8 min" in texte


def test_la_question_de_l_echelle_est_posee_une_fois(referentiel: Referentiel) -> None:
    assert en_ligne(jouer(referentiel, ["2", "2"])[1]).count(en_ligne(referentiel.echelle.question)) == 1


def en_ligne(texte: str) -> str:
    """Le texte sans ses coupures de ligne."""
    return " ".join(texte.split())


# --- trace ------------------------------------------------------------------------------------------------------------


def test_une_trace_est_enregistree_et_survit_a_la_reponse(referentiel: Referentiel) -> None:
    passation, texte, ecrites = jouer(referentiel, ["t", "  Le marché de mai  ", "3", "p", "4"])
    assert passation.reponse("A1") == repondu(4, "Le marché de mai")
    assert ecrites[0].reponse("A1") == Reponse(Etat.PAS_ENCORE_VU, None, "Le marché de mai")
    assert "Trace enregistrée." in texte
    assert "Votre trace : Le marché de mai" in texte


@pytest.mark.parametrize(("saisie", "attendu"), [("", "avant"), ("-", ""), ("après", "après")])
def test_trace_gardee_effacee_changee(referentiel: Referentiel, saisie: str, attendu: str) -> None:
    assert jouer(referentiel, ["t", "avant", "t", saisie, "so"])[0].reponse("A1") == sans_objet(attendu)


def test_la_trace_survit_a_l_effacement_et_a_l_absence_de_reponse(referentiel: Referentiel) -> None:
    assert jouer(referentiel, ["t", "x", "3", "p", "-"])[0].reponse("A1") == sans_reponse("x")
    assert jouer(referentiel, ["t", "x", ""])[0].reponse("A1") == sans_reponse("x")


def test_une_touche_n_est_pas_une_trace_et_p_laisse_celle_qui_est_la(referentiel: Referentiel) -> None:
    passation, texte, _ = jouer(referentiel, ["t", "un repas", "t", "r", "p", "2"])
    assert passation.reponse("A1") == repondu(2, "un repas")
    dit = " ".join(texte.split())
    assert "« r » (revue) n'a pas d'effet ici." in dit
    assert "p laisse la trace, q quitte" in dit


def test_q_quitte_aussi_de_la_trace_et_ne_la_remplace_pas(tmp_path: Path, referentiel: Referentiel) -> None:
    terminal = Terminal(FauxClavier(["", "", "", "t", "un repas", "t", "q"]), FauxEcran())
    with pytest.raises(Quitter):
        mener_seance(terminal, demande(tmp_path, referentiel), horloge)
    ((_, passation),) = inachevees(tmp_path)
    assert passation.reponse("A1").trace == "un repas"


HOSTILE = "[/x] [bold]\x1b]0;titre\x07 \x1b[31m rouge \u202e inversé \0 nul \u2028 \ud800 fin"


def test_une_trace_hostile_est_nettoyee_avant_d_etre_gardee(referentiel: Referentiel) -> None:
    passation, texte, _ = jouer(referentiel, ["t", HOSTILE, "2", "p", "r", ""])
    assert passation.reponse("A1").trace == "[/x] [bold]  rouge  inversé  nul   fin"
    assert "\x1b" not in texte
    assert not set(texte) & set("\u202e\0\u2028\x07")


def test_une_trace_de_dix_mille_signes_est_gardee_entiere(referentiel: Referentiel) -> None:
    passation, _, _ = jouer(referentiel, ["t", "é" * 10_000, "2", "p"])
    assert passation.reponse("A1").trace == "é" * 10_000


@pytest.mark.parametrize("colle", ["un\ndeux\r\ntrois", "un\rdeux\rtrois"])
def test_une_trace_collee_garde_ses_lignes_et_ne_repond_a_rien(referentiel: Referentiel, colle: str) -> None:
    passation, texte, _ = jouer(referentiel, ["t", f"\x1b[200~{colle}\x1b[201~", "3"])
    assert passation.reponse("A1") == repondu(3, "un\ndeux\ntrois")
    assert etats(passation) == "3_____"
    assert "Trace enregistrée (3 lignes)." in texte


def test_une_trace_trop_longue_se_dit_et_n_est_ni_coupee_ni_prise(referentiel: Referentiel) -> None:
    passation, texte, ecrites = jouer(referentiel, ["t", "avant", "t", "x" * (TRACE_MAX + 1), "", "1"])
    assert passation.reponse("A1") == repondu(1, "avant")
    assert "10 001 signes, 10 000 au plus" in en_ligne(texte)
    assert len(ecrites) == 2
    assert jouer(referentiel, ["t", "y" * TRACE_MAX, "1"])[0].reponse("A1").trace == "y" * TRACE_MAX


# --- ce qui n’est pas une réponse -------------------------------------------------------------------------------------


TOUCHES_SANS_EFFET = {
    "haut": "\x1b[A",
    "droite, mode application": "\x1bOC",
    "Ctrl-droite": "\x1b[1;5C",
    "Échap": "\x1b",
    "deux Échap": "\x1b\x1b",
    "tabulation": "\t",
    "Maj-tabulation": "\x1b[Z",
    "Ctrl-L": "\x0c",
    "Suppr": "\x1b[3~",
    "F1": "\x1bOP",
    "F1 de la console": "\x1b[[A",
    "F5": "\x1b[15~",
    "souris": "\x1b[<0;12;7M\x1b[<0;12;7m",
    "souris à l’ancienne": "\x1b[M !2",
    "pavé numérique": "\x1bOr",
    "focus": "\x1b[I",
    "titre": "\x1b]0;2\x07",
    "huit bits": "\x9bA",
    "collage vide": "\x1b[200~\x1b\x1b[201~\x00",
}


@pytest.mark.parametrize("touche", TOUCHES_SANS_EFFET.values(), ids=TOUCHES_SANS_EFFET)
def test_une_touche_sans_effet_n_est_jamais_une_reponse(referentiel: Referentiel, touche: str) -> None:
    passation, texte, ecrites = jouer(referentiel, [touche, touche + touche, f"{touche}2"])
    assert etats(passation) == "2_____"
    assert len(ecrites) == 1
    assert texte.count("Cette touche n'a pas d'effet ici") == 2


def test_une_touche_sans_effet_ne_vaut_pas_le_oui_d_une_question(tmp_path: Path, referentiel: Referentiel) -> None:
    commencer(tmp_path, referentiel, "1")
    terminal = faux_terminal(["\x1b[A", "n"])
    with pytest.raises(Interruption):
        mener_seance(terminal, demande(tmp_path), horloge)
    assert ecran(terminal).count("La reprendre ?") == 2


@pytest.mark.parametrize("colle", ["2\n3\n1", "2\n3", "2\r3\r", "t\nun\n\ndeux", "so\n\n\n1"])
def test_un_collage_de_plusieurs_lignes_ne_repond_a_aucune_question(referentiel: Referentiel, colle: str) -> None:
    passation, texte, ecrites = jouer(referentiel, [f"\x1b[200~{colle}\x1b[201~", "4"])
    assert etats(passation) == "4_____"
    assert len(ecrites) == 1
    assert "lignes sont arrivées d'un coup : aucune n'est prise" in en_ligne(texte)


class ConsoleDeWindows(FauxClavier):
    """Une console qui édite elle-même sa ligne ; le reste d’un collage y attend, touche par touche (msvcrt)."""

    def __init__(self, touches: Sequence[str], *derriere: str) -> None:
        super().__init__(touches)
        self.derriere = list(derriere)
        self.attend, self.vide = "", False

    def fileno(self) -> int:
        return 99

    def readline(self, *_: object) -> str:  # type: ignore[override]
        self.attend = self.derriere.pop(0) if self.derriere else ""
        return super().readline()

    def kbhit(self) -> bool:
        """Vrai si une touche attend ; un collage n’arrive pas d’un coup, et la console en est un instant vide."""
        self.vide = not self.vide
        return bool(self.attend) and not self.vide

    def getwch(self) -> str:
        premier, self.attend = self.attend[0], self.attend[1:]
        return premier


def test_sous_windows_un_collage_ne_repond_pas_non_plus(
    referentiel: Referentiel, monkeypatch: pytest.MonkeyPatch
) -> None:
    clavier = ConsoleDeWindows(["2", "t", "un", "3"], "3\r1\r", "", "deux\r\rtrois", "")
    monkeypatch.setitem(sys.modules, "termios", None)
    monkeypatch.setitem(sys.modules, "msvcrt", clavier)
    terminal = Terminal(clavier, FauxEcran())
    questionnaire = Questionnaire(referentiel, Passation.nouvelle(referentiel), terminal, lambda passation: passation)
    with contextlib.suppress(EOFError):
        questionnaire.mener()
    assert etats(questionnaire.passation) == "3_____"
    assert questionnaire.passation.reponse("A1").trace == "un\ndeux\n\ntrois"
    assert "3 lignes sont arrivées d'un coup" in ecran(terminal)


def test_une_reponse_collee_sur_une_ligne_est_une_reponse(referentiel: Referentiel) -> None:
    assert etats(jouer(referentiel, ["\x1b[200~2\x1b[201~", "\x1b[200~so\n\x1b[201~"])[0]) == "2S____"


def test_laisser_sans_reponse_se_dit_et_se_reprend_d_une_touche(referentiel: Referentiel) -> None:
    passation, texte, _ = jouer(referentiel, ["2", "", "p", "3"])
    assert etats(passation) == "23____"
    assert "A2 laissée sans réponse (p pour y revenir)." in texte
    assert "laissée" not in jouer(referentiel, ["2", "p", "", "-"])[1], "garder ou effacer n’est pas laisser"


# --- revue ------------------------------------------------------------------------------------------------------------


def test_la_revue_montre_tout_avec_les_traces(referentiel: Referentiel) -> None:
    texte = jouer(referentiel, ["1", "t", "vu", "so", "", "r"])[1]
    revue = texte[texte.rindex("A1  ") :]
    lignes = [ligne for ligne in revue.splitlines() if " · " in ligne][:6]
    assert [ligne.split(" · ")[0].strip() for ligne in lignes] == [
        "A1  1 Jamais ou presque",
        "A2  Sans objet +trace",
        "A3  sans réponse",
        "R1  pas encore vue",
        "R2  pas encore vue",
        "R3  pas encore vue",
    ]
    for item, ligne in zip(referentiel.ordre_de_passation(), lignes, strict=True):
        assert typographier(item.enonce).startswith(typographier(ligne.split(" · ")[1].rstrip("…"))), (
            "un code seul ne dit pas la situation"
        )


def test_la_revue_finale_dit_ce_qui_reste_sans_reponse(referentiel: Referentiel) -> None:
    passation, texte, _ = jouer(referentiel, ["1", "", "so", "4", "", "2", ""])
    assert "2 situations sans réponse : A2 et R2." in texte
    assert etats(passation) == "1.S4.2"
    assert "Toutes les situations ont une réponse." in jouer(referentiel, [*"123412", ""])[1]


def test_depuis_la_revue_finale_on_revient_a_un_item(referentiel: Referentiel) -> None:
    debut = ["1", "", "3", "4", "1", "2"]
    assert etats(jouer(referentiel, [*debut, "A2", "4", *[""] * 4, ""])[0]) == "143412"
    assert etats(jouer(referentiel, [*debut, "r", "A2", "4", *[""] * 4, ""])[0]) == "143412"
    assert etats(jouer(referentiel, [*debut, "r", "", "Z9", ""])[0]) == "1.3412"


def test_terminer_avec_des_vides_se_confirme_et_propose_le_premier(referentiel: Referentiel) -> None:
    debut = ["1", "r", "R3", "2"]
    _, texte, ecrites = jouer(referentiel, [*debut, "", "", ""])
    assert "4 situations sans réponse : A2, A3, R1 et R2." in texte
    assert "Terminer avec 4 situations sans réponse ? [o/N]" in texte
    assert "la première, A2" in texte
    assert all(ecrite.terminee is None for ecrite in ecrites)
    assert etats(jouer(referentiel, [*debut, "", "", "4", "3"])[0]) == "143__2", "de vide en vide"
    assert etats(jouer(referentiel, [*debut, "", "", "4", "3", "so", "1", ""])[0]) == "143S12"


def test_une_entree_doublee_ne_termine_pas(tmp_path: Path, referentiel: Referentiel) -> None:
    with pytest.raises(Interruption):
        mener_seance(faux_terminal(["", "", "", "1", "r", "R3", "2", "", ""]), demande(tmp_path, referentiel), horloge)
    ((_, passation),) = inachevees(tmp_path)
    assert etats(passation) == "1____2"


def test_de_la_fin_une_situation_choisie_ramene_a_la_fin(referentiel: Referentiel) -> None:
    for saut in (["A2"], ["r", "A2"]):
        _, texte, _ = jouer(referentiel, [*"123412", *saut, "4"])
        assert texte.count("Entrée pour terminer") == 2
        assert texte.count("3/6") == 1, "la situation suivante n’est pas reposée"
    assert etats(jouer(referentiel, [*"12341", "", "p", "4", ""])[0]) == "123414"


def test_quitter_depuis_la_revue_finale_ne_termine_pas(tmp_path: Path, referentiel: Referentiel) -> None:
    with pytest.raises(Quitter):
        mener_seance(faux_terminal(["", "", "", *"123412", "q"]), demande(tmp_path, referentiel), horloge)
    assert inachevees(tmp_path)


# --- enregistrement ---------------------------------------------------------------------------------------------------


def test_tout_est_enregistre_avant_la_question_suivante(tmp_path: Path, referentiel: Referentiel) -> None:
    """À chaque fois que le clavier est lu, le disque porte déjà tout ce qui a été répondu."""
    touches = ["1", "t", "un repas", "2", "p", "so", "-", "4", "1", "2", "", "o"]
    disque: list[str] = []

    class Espion(FauxClavier):
        def readline(self, *_: object) -> str:  # type: ignore[override]
            fichiers = list(tmp_path.glob("*.json"))
            disque.append(etats(lire_passation(fichiers[0])) if fichiers else "rien")
            return super().readline()

    terminal = Terminal(Espion(touches), FauxEcran())
    identite = {"identifiant": "x", "moment": "t0", "regard": "soi"}
    mener_seance(terminal, DemandeSeance(tmp_path, referentiel, identite=identite, sans_profil=True), horloge)
    assert disque == [
        "______",
        "1_____",  # après 1
        "1_____",  # trace demandée
        "1_____",
        "12____",
        "12____",  # p
        "1S____",
        "1S.___",
        "1S.4__",
        "1S.41_",
        "1S.412",  # revue finale
        "1S.412",  # A3 est sans réponse : terminer se confirme
    ]


def test_la_trace_est_sur_le_disque_avant_la_question_suivante(tmp_path: Path, referentiel: Referentiel) -> None:
    with pytest.raises(Interruption):
        mener_seance(faux_terminal(["", "", "", "t", "vue"]), demande(tmp_path, referentiel), horloge)
    ((_, passation),) = inachevees(tmp_path)
    assert passation.reponse("A1").trace == "vue"


def test_ce_qui_ne_s_enregistre_pas_n_est_pas_retenu(referentiel: Referentiel) -> None:
    def echouer(_: Passation) -> Passation:
        raise ErreurCpit([])

    questionnaire = Questionnaire(referentiel, Passation.nouvelle(referentiel), faux_terminal(["1"]), echouer)
    with pytest.raises(ErreurCpit):
        questionnaire.mener()
    assert etats(questionnaire.passation) == "______"


# --- autres échelles --------------------------------------------------------------------------------------------------


def avec_echelle(referentiel: Referentiel, *valeurs: int) -> Referentiel:
    niveaux = tuple(Niveau(v, f"niveau {v}") for v in valeurs)
    return replace(referentiel, echelle=Echelle("?", niveaux, None))


def test_sans_objet_n_est_ni_propose_ni_pris_s_il_n_existe_pas(referentiel: Referentiel) -> None:
    passation, texte, _ = jouer(avec_echelle(referentiel, 1, 2), ["so", "?", "2"])
    assert etats(passation) == "2_____"
    assert " so " not in texte.replace("« so »", "")


def test_une_echelle_negative(referentiel: Referentiel) -> None:
    negative = avec_echelle(referentiel, -2, -1, 0, 1)
    passation, texte, _ = jouer(negative, ["-2", "−1", "0", "+1", "-", "-3", "2", "-1", ""])
    assert [passation.reponse(i.code).valeur for i in passation.items] == [-2, -1, 0, 1, None, -1]
    assert " -2  niveau -2" in texte


@given(st.text(max_size=8), st.sampled_from([PAS_ENCORE_VU, repondu(2, "t"), sans_objet("t"), sans_reponse("t")]))
@example("", repondu(2, "t"))
def test_une_saisie_ne_touche_jamais_la_trace_ni_ne_sort_de_l_echelle(saisie: str, ici: Reponse) -> None:
    reponse = lire_reponse(minimal(), saisie, ici)
    if reponse is not None:
        assert reponse.trace == ici.trace
        assert reponse.valeur in (None, 1, 2, 3, 4)
        assert reponse.etat is not Etat.PAS_ENCORE_VU


# --- identité, profil, accueil ----------------------------------------------------------------------------------------


def demande(dossier: Path, referentiel: Referentiel | None = None, **options: object) -> DemandeSeance:
    return DemandeSeance(dossier, referentiel, **{"sans_profil": True, **options})  # type: ignore[arg-type]


def test_l_identite_par_defaut(referentiel: Referentiel) -> None:
    passation = demander_identite(faux_terminal(["", "", ""]), referentiel, Passation.nouvelle(referentiel))
    assert (passation.identifiant, passation.moment, passation.regard) == ("", "t0", "soi")


def test_l_identite_choisie_et_les_refus(referentiel: Referentiel) -> None:
    terminal = faux_terminal(["  Ana\x1b[31m \u202eB  ", "t9999", "T0-Retrospectif", "hier", "09/2025", "moi", "TIERS"])
    passation = demander_identite(terminal, referentiel, Passation.nouvelle(referentiel))
    assert (passation.identifiant, passation.moment, passation.regard) == ("Ana B", "t0-retrospectif", "tiers")
    assert passation.date_moment == "2025-09"
    assert "Sont acceptés : t0, t0-retrospectif, t1, t1+retrospectif, Entrée, ?, q." in en_ligne(ecran(terminal))
    assert "t1+retrospectif = les deux d'un trait, aujourd'hui et le début." in en_ligne(ecran(terminal))
    assert "Sont acceptés : soi, tiers, Entrée, ?, q." in ecran(terminal)


@pytest.mark.parametrize(
    ("identite", "touches", "attendu"),
    [
        (
            *({}, ["R01", "", "tiers", "E1", "chef", "N+1", "beaucoup", "Pres"]),
            {"evaluateur": "E1", "role_evaluateur": "n+1", "connaissance": "pres"},
        ),
        ({}, ["R01", "", "tiers", "", "", ""], {}),
        ({}, ["R01", "", "soi"], {}),
        ({"regard": "tiers", "evaluateur": "E2", "role_evaluateur": "pair", "connaissance": "peu"}, ["R01", ""], None),
    ],
)
def test_un_tiers_dit_qui_il_est_et_la_passation_le_porte(
    tmp_path: Path, identite: dict[str, str], touches: list[str], attendu: dict[str, str] | None
) -> None:
    seance = preparer_seance(tmp_path, identite=identite, sans_profil=True)
    terminal = faux_terminal([*touches, "q"])
    with pytest.raises(Quitter):
        mener_seance(terminal, seance, horloge)
    (chemin,) = tmp_path.glob("passation-r01-t0-*.json")
    tiers = {"evaluateur": "E2", "role_evaluateur": "pair", "connaissance": "peu"} if attendu is None else attendu
    assert lire_passation(chemin).tiers() == tiers
    assert chemin.stem.endswith(tiers.get("evaluateur", "soi" if "soi" in touches else "tiers").casefold())


@pytest.mark.parametrize(
    ("identite", "code"),
    [
        ({"evaluateur": "E1"}, "evaluateur-sans-tiers"),
        ({"regard": "soi", "role_evaluateur": "pair"}, "evaluateur-sans-tiers"),
        ({"regard": "tiers", "role_evaluateur": "chef"}, "role-inconnu"),
        ({"regard": "soi", "connaissance": "bien"}, "evaluateur-sans-tiers"),
        ({"regard": "tiers", "connaissance": "beaucoup"}, "connaissance-inconnue"),
        ({"regard": "tiers", "evaluateur": "x" * 81}, "code-long"),
    ],
)
def test_un_evaluateur_mal_donne_est_un_mauvais_emploi(tmp_path: Path, identite: dict[str, str], code: str) -> None:
    with pytest.raises(MauvaisEmploi) as erreur:
        preparer_seance(tmp_path, identite=identite)
    assert [a.code for a in erreur.value.anomalies] == [code]


def test_un_code_trop_long_se_redemande_et_n_est_pas_coupe(referentiel: Referentiel, tmp_path: Path) -> None:
    terminal = faux_terminal(["x" * 81, "y" * 80, "", ""])
    assert demander_identite(terminal, referentiel, Passation.nouvelle(referentiel)).identifiant == "y" * 80
    assert "81 signes, 80 au plus" in ecran(terminal)
    with pytest.raises(MauvaisEmploi) as erreur:
        preparer_seance(tmp_path, identite={"identifiant": "x" * 81})
    assert [a.code for a in erreur.value.anomalies] == ["code-long"]


def test_quitter_des_l_identite_n_ecrit_rien(tmp_path: Path, referentiel: Referentiel) -> None:
    terminal = faux_terminal(["Ana", "q"])
    with pytest.raises(Quitter):
        mener_seance(terminal, demande(tmp_path, referentiel), horloge)
    assert list(tmp_path.iterdir()) == []
    assert "Quitté : rien de nouveau n'est enregistré." in ecran(terminal)


def test_l_accueil_tient_en_quatre_lignes(tmp_path: Path) -> None:
    terminal = faux_terminal(largeur=200)
    with pytest.raises(Interruption):
        mener_seance(terminal, demande(tmp_path), horloge)
    accueil = ecran(terminal).split("\n\n")[0].splitlines()
    if accueil[3] == str(tmp_path):  # un chemin ne se coupe pas : trop long pour finir sa phrase, il a sa ligne
        accueil[2:4] = [f"{accueil[2]} {accueil[3]}"]
    assert len(accueil) == 4
    assert "24 situations" in accueil[0]
    assert "10 minutes" in accueil[1]
    assert str(tmp_path) in accueil[2]
    assert "Rien ne quitte cette machine" in accueil[3]


def test_le_profil_par_numero_par_code_ou_passe() -> None:
    referentiel = livre().sans_conditions()
    questions = referentiel.profil
    une, autre = [rang for rang, question in enumerate(questions) if not question.plusieurs]
    assert (une, autre) == (0, len(questions) - 1)
    touches = ["2", questions[1].choix[0].code.upper(), *[""] * len(questions[2:-1]), "999", ""]
    recues: list[Passation] = []
    terminal = faux_terminal(touches)

    def garder(passation: Passation) -> Passation:
        recues.append(passation)
        return passation

    questionnaire = Questionnaire(referentiel, Passation.nouvelle(referentiel), terminal, garder)
    demander_profil(questionnaire)
    attendu = {q.identifiant: q.choix[r].code for q, r in zip(questions[:2], (1, 0), strict=True)}
    assert questionnaire.passation.profil == attendu
    assert len(recues) == 2, "chaque réponse de profil est enregistrée à son tour"
    assert f"« 999 » ne convient pas. Sont acceptés : 1 à {len(questions[autre].choix)}, Entrée, p, ?, q." in ecran(
        terminal
    )


def test_au_profil_p_revient_a_la_question_d_avant_et_ce_qui_y_est_se_change() -> None:
    """Une Entrée de trop, un mauvais numéro : une touche y ramène, et rien d’une autre question ne change."""
    referentiel = livre().sans_conditions()
    premiere, seconde, *_ = referentiel.profil
    terminal = faux_terminal(["p", "2", "", "p", "1", "p", "p", "", "-", *[""] * len(referentiel.profil)])
    questionnaire = Questionnaire(referentiel, Passation.nouvelle(referentiel), terminal, lambda passation: passation)
    demander_profil(questionnaire)
    assert questionnaire.passation.profil == {premiere.identifiant: premiere.choix[1].code}
    vu = en_ligne(ecran(terminal))
    assert vu.count("« p » (précédent) n'a pas d'effet ici.") == 1, "avant la première, il n'y a rien"
    assert f"Entrée garde « {premiere.choix[1].libelle} », - efface" in vu
    assert f"Entrée garde « {seconde.choix[0].libelle} », - efface" in vu


def test_quitter_pendant_le_profil_enregistre(tmp_path: Path) -> None:
    with pytest.raises(Quitter):
        mener_seance(faux_terminal(["", "", "", "1", "q"]), DemandeSeance(tmp_path), horloge)
    ((_, passation),) = inachevees(tmp_path)
    assert len(passation.profil) == 1


# --- reprise ----------------------------------------------------------------------------------------------------------


def commencer(dossier: Path, referentiel: Referentiel, *touches: str, **identite: str) -> Path:
    """Une séance quittée en route ; rend son fichier."""
    complete = {"identifiant": "", "moment": "t0", "regard": "soi", **identite}
    avant = set(dossier.glob("*.json"))
    with pytest.raises((Quitter, Interruption)):
        mener_seance(
            faux_terminal(["n"] * len(avant) + [*touches, "q"]),
            demande(dossier, referentiel, identite=complete),
            horloge,
        )
    return next(iter(set(dossier.glob("*.json")) - avant))


def test_une_inachevee_est_proposee_et_reprise_la_ou_on_en_etait(tmp_path: Path, referentiel: Referentiel) -> None:
    chemin = commencer(tmp_path, referentiel, "1", "2", "so")
    terminal = faux_terminal(["", "4", "1", "2", ""])
    restitution, fini = mener_seance(terminal, demande(tmp_path), horloge)
    assert fini == chemin
    assert etats(restitution.passation) == "12S412"
    assert "3 situations vues sur 6. La reprendre ?" in ecran(terminal)
    assert chemin.name in ecran(terminal)


def test_une_reprise_depuis_la_copie_le_dit(tmp_path: Path, referentiel: Referentiel) -> None:
    chemin = commencer(tmp_path, referentiel, "1", "2")
    chemin.write_bytes(b"{abime")
    terminal = faux_terminal(["", "q"])
    with pytest.raises(Quitter):
        mener_seance(terminal, demande(tmp_path), horloge)
    texte = en_ligne(ecran(terminal))
    assert "1 situation vue sur 6. La reprendre ?" in texte
    assert "a été lue à sa place" in texte
    assert "le fichier abîmé est gardé sous" in texte
    assert (tmp_path / f"{chemin.name}.abime").read_bytes() == b"{abime"


def test_refuser_la_reprise_en_commence_une_autre(tmp_path: Path, referentiel: Referentiel) -> None:
    premier = commencer(tmp_path, referentiel, "1")
    second = commencer(tmp_path, referentiel, "4")
    assert premier != second
    assert sorted(etats(lire_passation(p)) for p in (premier, second)) == ["1_____", "4_____"]


def test_qui_donne_un_code_ne_reprend_pas_la_passation_d_un_autre(tmp_path: Path, referentiel: Referentiel) -> None:
    commencer(tmp_path, referentiel, "1", identifiant="alice")
    terminal = faux_terminal(["", "", "4", "q"])
    with pytest.raises(Quitter):
        mener_seance(terminal, demande(tmp_path, referentiel, identite={"identifiant": "bob"}), horloge)
    assert "inachevée" not in ecran(terminal)
    assert {p.identifiant: etats(p) for _, p in inachevees(tmp_path)} == {"alice": "1_____", "bob": "4_____"}


def test_une_reprise_ne_repose_pas_le_profil_deja_passe(tmp_path: Path) -> None:
    questions = len(livre().sans_conditions().profil)  # les conditions ne se demandent que si on le veut
    with pytest.raises(Quitter):
        mener_seance(faux_terminal(["", "", "", *[""] * questions, "2", "q"]), DemandeSeance(tmp_path), horloge)
    terminal = faux_terminal(["", "q"])
    with pytest.raises(Quitter):
        mener_seance(terminal, DemandeSeance(tmp_path), horloge)
    assert "2/24" in ecran(terminal)
    assert "votre contexte" not in ecran(terminal)


def test_une_terminee_ne_se_reprend_pas(tmp_path: Path, referentiel: Referentiel) -> None:
    _, chemin = mener_seance(faux_terminal(["", "", "", *"123412", ""]), demande(tmp_path, referentiel), horloge)
    with pytest.raises(ErreurCpit) as erreur:
        mener_seance(faux_terminal(), DemandeSeance(tmp_path, reprendre=chemin), horloge)
    assert erreur.value.anomalies[0].code == "passation-terminee"
    assert inachevees(tmp_path) == []


def terminer(dossier: Path, referentiel: Referentiel, *touches: str) -> Path:
    return mener_seance(faux_terminal(["", "", "", *touches, ""]), demande(dossier, referentiel), horloge)[1]


def plus_tard() -> str:
    return "2027-01-05T09:00:00+01:00"


def test_une_terminee_se_rouvre_et_sa_version_est_gardee(tmp_path: Path, referentiel: Referentiel) -> None:
    chemin = terminer(tmp_path, referentiel, "t", "un exemple", *"123412")
    avant = chemin.read_bytes()
    terminal = faux_terminal(["o", "A2", "4", ""])
    restitution, _ = mener_seance(terminal, DemandeSeance(tmp_path, reprendre=chemin), plus_tard)
    version = tmp_path / f"{chemin.name}.version-2026-11-22"
    assert version.read_bytes() == avant
    assert stat.S_IMODE(version.stat().st_mode) == 0o600
    passation = lire_passation(chemin)
    assert passation == restitution.passation
    assert etats(passation) == "143412"
    assert passation.reponse("A1").trace == "un exemple"
    assert passation.terminee == plus_tard()
    assert passation.corrections == (Correction(plus_tard(), "2026-11-22T10:00:00+01:00", version.name),)
    assert json.loads(chemin.read_bytes())["version_format"] == 2, (
        "un cpit qui ne connaît pas la clé se dit trop ancien"
    )
    assert json.loads(avant)["version_format"] == 1
    assert "Questions" not in ecran(terminal)

    seconde = chemin.read_bytes()
    mener_seance(faux_terminal(["R1", "1", ""]), DemandeSeance(tmp_path, reprendre=chemin, corriger=True), plus_tard)
    assert (tmp_path / f"{chemin.name}.version-2027-01-05").read_bytes() == seconde
    mener_seance(faux_terminal(["R1", "2", ""]), DemandeSeance(tmp_path, reprendre=chemin, corriger=True), plus_tard)
    assert (tmp_path / f"{chemin.name}.version-2027-01-05-2").exists()
    troisieme = chemin.read_bytes()
    mener_seance(faux_terminal(["R1", "3", ""]), DemandeSeance(tmp_path, reprendre=chemin, corriger=True), plus_tard)
    assert (tmp_path / f"{chemin.name}.version-2027-01-05-3").read_bytes() == troisieme
    assert len(lire_passation(chemin).corrections) == 4
    assert len([p for p in tmp_path.iterdir() if p.suffix == ".json"]) == 1


def test_les_corrections_sont_dans_le_resultat_en_json(
    tmp_path: Path, referentiel: Referentiel, capsys: pytest.CaptureFixture[str]
) -> None:
    chemin, sortie = terminer(tmp_path, referentiel, *"123412"), tmp_path / "resultat.json"
    assert executer(["restituer", str(chemin), "--json"]) == 0
    assert "corrections" not in json.loads(capsys.readouterr().out)
    mener_seance(faux_terminal(["A1", "4", ""]), DemandeSeance(tmp_path, reprendre=chemin, corriger=True), plus_tard)
    assert executer(["restituer", str(chemin), "--json"]) == 0
    dit = capsys.readouterr().out
    assert json.loads(dit)["corrections"] == json.loads(chemin.read_bytes())["corrections"] != []
    sortie.write_text(dit, encoding="utf-8")
    assert executer(["cohorte", str(chemin), "--sortie", str(sortie)]) == 0, "un résultat redirigé reste reconnu"


def test_rouverte_sans_rien_changer_elle_reste_ce_qu_elle_etait(tmp_path: Path, referentiel: Referentiel) -> None:
    chemin = terminer(tmp_path, referentiel, *"123412")
    avant = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    mener_seance(faux_terminal([""]), DemandeSeance(tmp_path, reprendre=chemin, corriger=True), plus_tard)
    terminal = faux_terminal(["q"])
    with pytest.raises(Quitter):
        mener_seance(terminal, DemandeSeance(tmp_path, reprendre=chemin, corriger=True), plus_tard)
    assert "Quitté : rien de nouveau n'est enregistré." in ecran(terminal)
    with pytest.raises(ErreurCpit):
        mener_seance(faux_terminal([""]), DemandeSeance(tmp_path, reprendre=chemin), plus_tard)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == avant


def test_une_correction_interrompue_se_reprend(tmp_path: Path, referentiel: Referentiel) -> None:
    chemin = terminer(tmp_path, referentiel, *"123412")
    with pytest.raises(Quitter):
        mener_seance(faux_terminal(["A1", "4", "q"]), DemandeSeance(tmp_path, reprendre=chemin, corriger=True), horloge)
    assert [p for p, _ in inachevees(tmp_path)] == [chemin]
    restitution, _ = mener_seance(faux_terminal(["", ""]), demande(tmp_path), horloge)
    assert etats(restitution.passation) == "423412"
    assert len(restitution.passation.corrections) == 1


def change(referentiel: Referentiel) -> Referentiel:
    """Le même référentiel, dont l’énoncé de A2 a changé."""
    items = tuple(replace(i, enonce="Tout autre chose.") if i.code == "A2" else i for i in referentiel.items)
    return replace(referentiel, items=items, empreinte="0" * 64, version="2.0.0")


def test_un_referentiel_change_n_est_jamais_applique_en_silence(tmp_path: Path, referentiel: Referentiel) -> None:
    chemin = commencer(tmp_path, referentiel, "1", "2", "3")
    avec = DemandeSeance(tmp_path, change(referentiel), chemin, sans_profil=True)
    # Entrée, Entrée : on garde celui de la passation.
    terminal = faux_terminal(["", "q"])
    with pytest.raises(Quitter):
        mener_seance(terminal, avec, horloge)
    assert "n'est pas celui de la passation (minimal 1.0.0)" in en_ligne(ecran(terminal))
    assert lire_passation(chemin).referentiel.version == "1.0.0"
    assert etats(lire_passation(chemin)) == "123___"
    # n, Entrée : on ne garde ni l’un ni l’autre.
    with pytest.raises(ErreurCpit) as erreur:
        mener_seance(faux_terminal(["n", ""]), avec, horloge)
    assert erreur.value.anomalies[0].code == "reprise-referentiel-change"
    # n, o : le nouveau, et seulement les réponses aux items identiques.
    terminal = faux_terminal(["n", "o", "q"])
    with pytest.raises(Quitter):
        mener_seance(terminal, avec, horloge)
    assert "5 items identiques" in ecran(terminal)
    assert lire_passation(chemin).referentiel.version == "2.0.0"
    assert etats(lire_passation(chemin)) == "1_3___"


def test_hors_terminal_un_referentiel_change_est_refuse(tmp_path: Path, referentiel: Referentiel) -> None:
    chemin = commencer(tmp_path, referentiel, "1")
    avant = chemin.read_bytes()
    with pytest.raises(ErreurCpit) as erreur:
        mener_seance(tuyau("1\n"), DemandeSeance(tmp_path, change(referentiel), chemin), horloge)
    assert erreur.value.anomalies[0].code == "reprise-referentiel-change"
    assert chemin.read_bytes() == avant


# --- interruption -----------------------------------------------------------------------------------------------------


class Interrompt(FauxClavier):
    """Ctrl-C à la fin des touches."""

    def readline(self, *_: object) -> str:  # type: ignore[override]
        ligne = super().readline()
        if not ligne:
            raise KeyboardInterrupt
        return ligne


@pytest.mark.parametrize("clavier", [FauxClavier, Interrompt])
@pytest.mark.parametrize("nombre", range(11))
def test_interrompre_a_tout_moment_dit_ou_reprendre(
    tmp_path: Path, referentiel: Referentiel, clavier: Callable[[Sequence[str]], io.StringIO], nombre: int
) -> None:
    touches = ["", "", "", "1", "t", "un repas", "2", "so", "r", "", "4"][:nombre]
    terminal = Terminal(clavier(touches), FauxEcran())
    with pytest.raises(Interruption) as erreur:
        mener_seance(terminal, demande(tmp_path, referentiel), horloge)
    assert erreur.value.code_sortie == 130
    texte = ecran(terminal)
    if nombre < 3:
        assert list(tmp_path.iterdir()) == []
        assert "rien de nouveau n'est enregistré" in texte
        return
    ((chemin, passation),) = inachevees(tmp_path)
    assert f"cpit questionnaire --reprendre {chemin}" in texte
    assert etats(passation) == "12S4__"[: [0, 1, 1, 1, 2, 3, 3, 3][nombre - 3]].ljust(6, "_")
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".verrou"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="il n’y a pas de pseudo-terminal sous Windows")
@pytest.mark.parametrize("encodage", ["utf-8", "cp850", "ascii"])
@pytest.mark.endurance
def test_une_rature_s_efface_aussi_de_l_ecran(encodage: str) -> None:
    pty = pytest.importorskip("pty")
    maitre, esclave = pty.openpty()
    sortie = io.TextIOWrapper(io.BytesIO(), encoding=encodage, newline="\n")
    with os.fdopen(esclave, encoding=encodage) as entree:
        frappe = threading.Timer(0.3, os.write, (maitre, b"39\x7f\r"))
        frappe.start()
        assert Terminal(entree, sortie).demander("> ") == "3"
        frappe.join()
    os.close(maitre)
    sortie.flush()
    assert montre_a_l_ecran(sortie.buffer.getvalue().decode(encodage)).startswith("> 3\n")


def montre_a_l_ecran(ecrit: str) -> str:
    """Ce que montre un terminal d’une ligne écrite et raturée : un retour recule, un signe couvre celui qui est là."""
    lignes = []
    for ligne in ecrit.split("\n"):
        vus, ici = [], 0
        for signe in ligne:
            if signe == "\b":
                ici -= 1
                continue
            vus[ici : ici + 1] = [signe]
            ici += 1
        lignes.append("".join(vus).rstrip() if "\b" in ligne else ligne)
    return "\n".join(lignes)


# --- propriété --------------------------------------------------------------------------------------------------------

TOUCHES = st.one_of(
    st.sampled_from(["", "1", "2", "3", "4", "so", "-", "t", "p", "r", "?", "A1", "R3", "r2", "n", "o", "5", "-1"]),
    st.text(max_size=20),
)


@settings(max_examples=tirages(50))
@given(st.lists(TOUCHES, max_size=40))
@example(["\r", "1\r2", "\x1a", "\x00", "１", "²", "\ud800", "\U0010ffff"])
@pytest.mark.endurance
def test_rien_de_ce_que_l_on_tape_ne_fait_tomber_le_questionnaire(touches: list[str]) -> None:
    """Et après chaque acquittement, ce qui est en mémoire est ce que l’on relit du disque."""
    referentiel = minimal()
    with TemporaryDirectory() as dossier:
        terminal = Terminal(io.StringIO("".join(f"{t}\n" for t in touches)), FauxEcran())
        carnet = Carnet(Path(dossier) / "p.json", terminal, horloge)

        def ecrire(passation: Passation) -> Passation:
            ecrite = carnet.ecrire(passation)
            assert lire_passation(carnet.chemin) == ecrite
            return ecrite

        questionnaire = Questionnaire(referentiel, Passation.nouvelle(referentiel), terminal, ecrire)
        with contextlib.suppress(EOFError, Quitter):
            questionnaire.mener()
        if carnet.ecrite is not None:
            assert lire_passation(carnet.chemin) == questionnaire.passation == carnet.ecrite
        assert "\x1b" not in ecran(terminal)


@settings(max_examples=tirages(25))
@given(st.lists(TOUCHES, max_size=25))
def test_rien_de_ce_que_l_on_tape_ne_fait_tomber_une_seance(touches: list[str]) -> None:
    with TemporaryDirectory() as dossier:
        for _ in range(2):  # la seconde fois, une reprise est proposée si la première est inachevée
            with contextlib.suppress(Interruption, Quitter):
                mener_seance(faux_terminal(touches), DemandeSeance(Path(dossier)), horloge)
        assert all(lire_passation(p) for p in Path(dossier).glob("*.json"))


# --- une réponse par ligne --------------------------------------------------------------------------------------------


def tuyau(texte: str) -> Terminal:
    return Terminal(io.StringIO(texte), FauxEcran())


def test_un_tube_complet(tmp_path: Path, referentiel: Referentiel) -> None:
    restitution, chemin = mener_seance(tuyau("1\n2\nso\n\n+1\n 4 "), demande(tmp_path, referentiel), horloge)
    assert etats(restitution.passation) == "12S.14"
    assert lire_passation(chemin).terminee


@pytest.mark.parametrize(
    "texte", ["1\r\n2\r\n3\r\n4\r\n1\r\n2\r\n", "\ufeff1\n2\n3\n4\n1\n2\n", "1\n2\n3\n4\n1\n2\n\n \n"]
)
def test_un_fichier_de_windows_ou_a_la_fin_vide(tmp_path: Path, referentiel: Referentiel, texte: str) -> None:
    assert etats(mener_seance(tuyau(texte), demande(tmp_path, referentiel), horloge)[0].passation) == "123412"


def test_toutes_les_lignes_fautives_sont_dites_et_rien_n_est_ecrit(tmp_path: Path, referentiel: Referentiel) -> None:
    with pytest.raises(ErreurCpit) as erreur:
        mener_seance(tuyau("1\n9\nt\n2\noui\n3\n4\n4\n"), demande(tmp_path, referentiel), horloge)
    fautes = erreur.value.anomalies
    assert [(a.code, a.lieu.ligne) for a in fautes] == [
        ("ligne-refusee", 2),
        ("ligne-refusee", 3),
        ("ligne-refusee", 5),
        ("lignes-en-trop", 7),
    ]
    assert fautes[-1].quoi.endswith("2")
    assert erreur.value.code_sortie == 1
    assert list(tmp_path.iterdir()) == []


def test_un_separateur_de_ligne_exotique_ne_decale_rien(tmp_path: Path, referentiel: Referentiel) -> None:
    """U+2028 ou une tabulation verticale dans une ligne ne font pas deux réponses d’une seule."""
    with pytest.raises(ErreurCpit) as erreur:
        mener_seance(tuyau("1\u20282\n3\x0b4\n1\n2\n3\n4\n"), demande(tmp_path, referentiel), horloge)
    assert [a.lieu.ligne for a in erreur.value.anomalies] == [1, 2]


def test_trop_peu_de_lignes_interrompt_et_se_reprend(tmp_path: Path, referentiel: Referentiel) -> None:
    """La commande de reprise se recopie : elle est entière, même si le chemin est long."""
    dossier = tmp_path / ("d" * 70) / ("e" * 70)
    dossier.mkdir(parents=True)
    with pytest.raises(Interruption) as erreur:
        mener_seance(tuyau("1\n2\n"), demande(dossier, referentiel), horloge)
    assert erreur.value.code_sortie == 130
    ((chemin, passation),) = inachevees(dossier)
    assert etats(passation) == "12____"
    assert str(chemin) in erreur.value.anomalies[0].correction
    restitution, _ = mener_seance(tuyau("3\n4\n1\nso\n"), DemandeSeance(tmp_path, reprendre=chemin), horloge)
    assert etats(restitution.passation) == "12341S"


def test_une_reprise_ou_tout_est_vu_se_termine_sans_rien_lire(tmp_path: Path, referentiel: Referentiel) -> None:
    chemin = tmp_path / "p.json"
    chemin.write_bytes(encoder_passation(passation_de(referentiel, "123412")))
    restitution, _ = mener_seance(tuyau(""), DemandeSeance(tmp_path, reprendre=chemin), horloge)
    assert restitution.passation.terminee


@pytest.mark.parametrize(("texte", "code"), [("", "entree-vide"), ("1" * 1_000_001, "entree-trop-longue")])
def test_une_entree_vide_ou_sans_fin_est_un_mauvais_emploi(
    tmp_path: Path, referentiel: Referentiel, texte: str, code: str
) -> None:
    with pytest.raises(MauvaisEmploi) as erreur:
        mener_seance(tuyau(texte), demande(tmp_path, referentiel), horloge)
    assert erreur.value.code_sortie == 2
    assert erreur.value.anomalies[0].code == code
    assert list(tmp_path.iterdir()) == []


def questionner(dossier: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    code = ["--code", "P1", "--moment", "t0", "--regard", "soi", "--sans-profil"]
    return executer(["questionnaire", "--referentiel", "minimal", "--dossier", str(dossier), *code])


def test_un_dossier_qui_manque_est_cree_la_ou_on_le_nomme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    questionner(tmp_path / "mes-reponses", monkeypatch)
    assert len(inachevees(tmp_path / "mes-reponses")) == 1


@pytest.mark.parametrize("ou", ["fichier.txt", "pas-la/mes-reponses"])
def test_un_dossier_qui_ne_peut_etre_cree_est_refuse_par_son_nom(
    ou: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Un dossier dans un dossier qui n’existe pas est plutôt une faute de frappe : rien n’est créé."""
    (tmp_path / "fichier.txt").write_text("ici", encoding="utf-8")
    assert questionner(tmp_path / ou, monkeypatch) == 1
    assert "Créer le dossier" in " ".join(capsys.readouterr().err.split())
    assert [chemin.name for chemin in tmp_path.iterdir()] == ["fichier.txt"]

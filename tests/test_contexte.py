"""Le moment et le regard d’une table qui les dit ailleurs que dans une colonne ou un en-tête de ce nom."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from aides import RACINE, tape

import cpit
from cpit.cli import executer

MINIMAL = RACINE / "referentiels" / "minimal.yaml"
ITEMS = ["A1", "A2", "A3", "R1", "R2", "R3"]
R01, R02 = ["1", "2", "3", "4", "SO", "2"], ["4", "3", "", "1", "2", "1"]


def lire(dossier: Path, *lignes: list[str], **consignes: str) -> cpit.Recueil:
    chemin = dossier / "t.csv"
    chemin.write_text("".join(";".join(ligne) + "\n" for ligne in lignes), encoding="utf-8")
    return cpit.lire(chemin, MINIMAL, **consignes)


def vus(recueil: cpit.Recueil) -> list[tuple[str, str, str, int | None]]:
    """Qui, quand, sous quel regard, et sa réponse à A1."""
    passations = [notee.passation for notee in recueil.cohorte.notees]
    return [(p.identifiant, p.moment, p.regard, p.reponse("A1").valeur) for p in passations]


def codes(recueil: cpit.Recueil) -> list[str]:
    return [une.code for une in recueil.anomalies]


DEUX = [["identifiant", *ITEMS], ["R01", *R01], ["R02", *R02]]


@pytest.mark.parametrize("titre", ["T1", "t1", "Moment : t1", "Questionnaire T1 – fin de formation", "T1 (à froid)"])
def test_un_titre_au_dessus_dit_le_moment(titre: str, tmp_path: Path) -> None:
    recueil = lire(tmp_path, [titre], [], *DEUX)
    assert vus(recueil) == [("R01", "t1", "soi", 1), ("R02", "t1", "soi", 4)]
    assert codes(recueil) == ["contexte-reconnu"]
    assert "t1" in recueil.anomalies[0].quoi
    assert vus(lire(tmp_path, [titre], [], *DEUX, moment="t2"))[0][1] == "t2"


@pytest.mark.parametrize("titre", ["Tiers lieux", "T1 2026", "Enquête de septembre", "Groupe 3", "T1, T2"])
def test_un_titre_qui_n_en_dit_pas_est_un_titre(titre: str, tmp_path: Path) -> None:
    recueil = lire(tmp_path, [titre], *DEUX)
    assert (vus(recueil)[0][1:3], codes(recueil)) == (("t0", "soi"), [])


def test_deux_titres_cote_a_cote_font_deux_moments(tmp_path: Path) -> None:
    classeur = openpyxl.Workbook()
    feuille = classeur.active
    feuille.append([None, "T0 – avant", *[None] * 5, "T1 – après"])
    for ligne in (["identifiant", *ITEMS, *ITEMS], ["R01", *R01, *R02], ["R02", *R02, *R01]):
        feuille.append([int(mot) if mot.isdecimal() else mot or None for mot in ligne])
    feuille.merge_cells("B1:G1")
    feuille.merge_cells("H1:M1")
    classeur.save(tmp_path / "t.xlsx")
    recueil = cpit.lire(tmp_path / "t.xlsx", MINIMAL)
    attendus = [("R01", "t0", "soi", 1), ("R01", "t1", "soi", 4), ("R02", "t0", "soi", 4), ("R02", "t1", "soi", 1)]
    assert (vus(recueil), codes(recueil)) == (attendus, ["contexte-reconnu"])


def test_un_moment_et_un_regard_au_dessus_dans_leurs_cellules(tmp_path: Path) -> None:
    recueil = lire(tmp_path, ["Moment", "t1"], ["Regard", "tiers"], *DEUX)
    assert vus(recueil) == [("R01", "t1", "tiers", 1), ("R02", "t1", "tiers", 4)]
    assert codes(recueil) == ["contexte-reconnu"] * 2


@pytest.mark.parametrize("nom", ["Vague", "Moment de passation", "timepoint", "Event Name", "Questionnaire"])
def test_une_colonne_qui_n_a_que_des_moments_les_dit(
    nom: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lignes = [["identifiant", nom, *ITEMS], ["R01", "T1", *R01], ["R01", "t0", *R02], ["R02", " t1 ", *R02]]
    recueil = lire(tmp_path, *lignes)
    assert vus(recueil) == [("R01", "t1", "soi", 1), ("R01", "t0", "soi", 4), ("R02", "t1", "soi", 4)]
    assert codes(recueil) == ["contexte-reconnu"]
    cpit.ecrire(recueil, tmp_path / "bloc.csv")
    monkeypatch.setattr("cpit.flux.SEUIL", 10)
    mots = ["cohorte", str(tmp_path / "t.csv"), "--sortie", str(tmp_path / "flux.csv"), "--referentiel", str(MINIMAL)]
    assert executer([*mots, "--simple"]) == 0
    assert f"« {nom} » dit le moment" in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "flux.csv").read_bytes() == (tmp_path / "bloc.csv").read_bytes()


def test_une_colonne_qui_n_a_que_des_regards_les_dit(tmp_path: Path) -> None:
    recueil = lire(tmp_path, ["identifiant", "Point de vue", *ITEMS], ["R01", "Tiers", *R01], ["R01", "soi", *R02])
    assert vus(recueil) == [("R01", "t0", "tiers", 1), ("R01", "t0", "soi", 4)]
    assert codes(recueil) == ["contexte-reconnu"]


@pytest.mark.parametrize("mots", [["Après formation", "avant"], ["post", "post"], ["Fin de stage", "Début de stage"]])
def test_une_colonne_de_moments_inconnus_refuse_la_table(mots: list[str], tmp_path: Path) -> None:
    lignes = [["identifiant", "phase", *ITEMS], ["R01", mots[0], *R01], ["R02", mots[1], *R02]]
    with pytest.raises(cpit.ErreurCpit) as leve:
        lire(tmp_path, *lignes)
    assert leve.value.anomalies[0].code == "contexte-suppose"
    assert [quand for _, quand, _, _ in vus(lire(tmp_path, *lignes, moment="t1"))] == ["t1", "t1"]


@pytest.mark.parametrize("mots", [["manager", "agent"], ["t1", "fin de contrat"], ["Après-midi", "matin"], ["1", "2"]])
def test_une_colonne_qui_dit_autre_chose_est_mise_de_cote(mots: list[str], tmp_path: Path) -> None:
    recueil = lire(tmp_path, ["identifiant", "note", *ITEMS], ["R01", mots[0], *R01], ["R02", mots[1], *R02])
    assert (vus(recueil)[0][1:3], codes(recueil)) == (("t0", "soi"), ["colonnes-inconnues"])


ENONCES = [item.enonce for item in cpit.referentiel(MINIMAL).items]


@pytest.mark.parametrize(
    ("habit", "role"),
    [
        ("post[{code}]", "moment"),
        ("post/{code}", "moment"),
        ("Après la formation [{enonce}]", "moment"),
        ("Post-test - {enonce}", "moment"),
        ("Il y a un an [{enonce}]", "moment"),
        ("Niveau souhaité - {enonce}", "moment"),
        ("manager[{code}]", "regard"),
        ("Hiérarchique [{enonce}]", "regard"),
    ],
)
def test_une_question_d_apres_ou_d_un_autre_n_est_pas_t0_soi(habit: str, role: str, tmp_path: Path) -> None:
    noms = [habit.format(code=code, enonce=enonce) for code, enonce in zip(ITEMS, ENONCES, strict=True)]
    lignes = [["identifiant", *noms], ["R01", *R01]]
    with pytest.raises(cpit.ErreurCpit) as leve:
        lire(tmp_path, *lignes)
    assert leve.value.anomalies[0].code == "contexte-suppose"
    assert role in leve.value.anomalies[0].quoi
    donne = {"moment": "t1"} if role == "moment" else {"regard": "tiers"}
    (vu,) = vus(lire(tmp_path, *lignes, **donne))
    assert {"moment": vu[1], "regard": vu[2]}[role] == donne[role]


@pytest.mark.parametrize(
    "habit",
    [
        *("Question T1 [{enonce}]", "Questionnaire t1 - {enonce}", "(T1) {enonce}", "grp_t1/{code}", "T 1 - {enonce}"),
        *("Bilan de fin de formation : {enonce}", "Enquête post [{enonce}]", "6 mois - {enonce}", "T+6 [{enonce}]"),
        *("Évaluation M6 - {enonce}", "M6 [{enonce}]", "Session 2 [{enonce}]", "2026 - {enonce}"),
    ],
)
def test_une_question_qui_cite_un_autre_moment_n_est_pas_t0_tant_que_rien_ne_le_dit(habit: str, tmp_path: Path) -> None:
    noms = [habit.format(code=code, enonce=enonce) for code, enonce in zip(ITEMS, ENONCES, strict=True)]
    lignes = [["identifiant", *noms], ["R01", *R01]]
    with pytest.raises(cpit.ErreurCpit) as leve:
        lire(tmp_path, *lignes)
    assert leve.value.anomalies[0].code == "contexte-douteux"
    assert [vus(lire(tmp_path, *lignes, moment=m))[0][1] for m in ("t0", "t2")] == ["t0", "t2"]


@pytest.mark.parametrize("habit", ["Votre manager - {enonce}", "Questionnaire du N+1 [{enonce}]", "grp_tiers/{code}"])
def test_une_question_posee_a_un_autre_n_est_pas_soi_tant_que_rien_ne_le_dit(habit: str, tmp_path: Path) -> None:
    noms = [habit.format(code=code, enonce=enonce) for code, enonce in zip(ITEMS, ENONCES, strict=True)]
    lignes = [["identifiant", *noms], ["R01", *R01]]
    with pytest.raises(cpit.ErreurCpit) as leve:
        lire(tmp_path, *lignes)
    assert (leve.value.anomalies[0].code, leve.value.anomalies[0].mots["role"]) == ("contexte-suppose", "regard")
    assert [vus(lire(tmp_path, *lignes, regard=r))[0][2] for r in ("soi", "tiers")] == ["soi", "tiers"]


@pytest.mark.parametrize(
    "habit",
    [
        *("Questionnaire T0 - {enonce}", "Q02_T1->{enonce}", "T1[{code}]", "Avant la formation [{enonce}]"),
        "Avec vos collègues, à quelle fréquence cela vous arrive-t-il ? [{enonce}]",
        "À quelle fréquence, ces 6 derniers mois ? [{enonce}]",
    ],
)
def test_une_question_du_debut_ou_qui_parle_d_autre_chose_reste_t0_soi(habit: str, tmp_path: Path) -> None:
    noms = [habit.format(code=code, enonce=enonce) for code, enonce in zip(ITEMS, ENONCES, strict=True)]
    assert vus(lire(tmp_path, ["identifiant", *noms], ["R01", *R01])) == [("R01", "t0", "soi", 1)]


@pytest.mark.parametrize("porteur", ["M1_", "V2_", "J0_", "w1-", "vague2_", "mois6/", "session1_"])
def test_ce_qui_peut_etre_un_moment_n_est_pas_t0_tant_que_rien_ne_le_dit(porteur: str, tmp_path: Path) -> None:
    lignes = [["identifiant", *(f"{porteur}{code}" for code in ITEMS)], ["R01", *R01]]
    with pytest.raises(cpit.ErreurCpit) as leve:
        lire(tmp_path, *lignes)
    assert leve.value.anomalies[0].code in ("contexte-douteux", "contexte-suppose")
    assert (leve.value.anomalies[0].mots["mot"], leve.value.anomalies[0].lieu.colonne) == (porteur[:-1].lower(), 2)
    assert vus(lire(tmp_path, *lignes, moment="t0")) == [("R01", "t0", "soi", 1)]


def test_le_code_d_une_question_n_est_pas_un_moment(tmp_path: Path) -> None:
    """« Q1_A1 », « M1[A1] », les modules M1 et M2, et « M1_A1 » sous LimeSurvey, qui met là sa question."""
    gestion = ["id", "submitdate", "token"]
    for noms in (
        ["identifiant", *(f"Q1_{code}" for code in ITEMS)],
        ["identifiant", *(f"M1[{code}]" for code in ITEMS)],
        ["identifiant", *(f"M{1 + (code > 'B')}_{code}" for code in ITEMS)],
        [*gestion, *(f"M1_{code}" for code in ITEMS)],
    ):
        tete = ["R01"] if noms[0] == "identifiant" else ["1", "2026-09-14", "R01"]
        assert vus(lire(tmp_path, noms, [*tete, *R01])) == [("R01", "t0", "soi", 1)]


@pytest.mark.parametrize(
    ("titre", "mots", "role"),
    [
        ("Vague", ["1", "2"], "moment"),
        ("N° de passation", ["1re", "2e"], "moment"),
        ("Temps de mesure", ["M0", "M6"], "moment"),
        ("Répondant", ["agent", "N+1"], "regard"),
        ("Type", ["auto", "manager"], "regard"),
        ("Votre lien avec elle", ["N+1", "collègue"], "regard"),
        ("Vous répondez pour :", ["moi", "un collègue"], "regard"),
    ],
)
def test_une_colonne_qui_compte_les_vagues_ou_nomme_les_regards_refuse_la_table(
    titre: str, mots: list[str], role: str, tmp_path: Path
) -> None:
    lignes = [["identifiant", titre, *ITEMS], ["R01", mots[0], *R01], ["R01", mots[1], *R02]]
    with pytest.raises(cpit.ErreurCpit) as leve:
        lire(tmp_path, *lignes)
    (une, _) = leve.value.anomalies
    assert (une.code, une.mots["role"]) == ("contexte-suppose", role)
    assert str(une).endswith(f"cpit correspondance {tape(tmp_path / 't.csv')} --referentiel minimal")
    proposee = cpit.correspondance(tmp_path / "t.csv", tmp_path / "c.yaml", referentiel=MINIMAL)
    (colonne,) = [colonne for colonne in proposee.colonnes if colonne.nom == titre]
    assert colonne.voulu == role
    sens = dict(zip(mots, ("t0", "t1") if role == "moment" else ("soi", "tiers"), strict=True))
    sens |= {"N+1": "tiers"} if mots[0] == "N+1" else {}
    texte = (tmp_path / "c.yaml").read_text(encoding="utf-8")
    for mot, voulu in sens.items():
        texte = texte.replace(f'"{mot.lower()}": "?"', f'"{mot}": "{voulu}"').replace(
            f'"{mot}": "?"', f'"{mot}": "{voulu}"'
        )
    (tmp_path / "c.yaml").write_text(texte, encoding="utf-8")
    lues = vus(cpit.lire(tmp_path / "t.csv", MINIMAL, correspondance=tmp_path / "c.yaml"))
    assert [une[1 if role == "moment" else 2] for une in lues] == [*sens.values()]


def test_une_question_qui_porte_t1_le_dit(tmp_path: Path) -> None:
    recueil = lire(tmp_path, ["identifiant", *[f"T1 – fin de formation [{e}]" for e in ENONCES]], ["R01", *R01])
    assert (vus(recueil), codes(recueil)) == ([("R01", "t1", "soi", 1)], [])


def test_l_avant_et_le_debut_sont_t0(tmp_path: Path) -> None:
    recueil = lire(tmp_path, ["identifiant", *[f"Avant la formation [{e}]" for e in ENONCES]], ["R01", *R01])
    assert (vus(recueil), codes(recueil)) == ([("R01", "t0", "soi", 1)], [])


def test_une_colonne_qui_dit_un_autre_referentiel_n_est_pas_tue(tmp_path: Path) -> None:
    def dites(version: str) -> list[str]:
        return codes(lire(tmp_path, ["identifiant", "referentiel", *ITEMS], ["R01", version, *R01]))

    assert dites("minimal@1.0.0") == dites("minimal@1.0.3") == dites("") == []
    assert dites("minimal@2.0.0") == dites("le-mien@1.0.0") == ["autre-version-dite"]
    recueil = lire(tmp_path, ["identifiant", "referentiel", *ITEMS], ["R01", "minimal@2.0.0", *R01])
    assert "minimal@2.0.0, et la table est lue avec minimal@1.0.0" in recueil.anomalies[0].quoi

"""Des en-têtes écrits de nouveau plus bas : chaque réponse est celle de sa colonne, ou sa ligne n’est pas lue."""

from __future__ import annotations

from pathlib import Path

import pytest
from aide_formats import ligne_ods, ods, table_ods
from aide_outils import ecrire_csv, ecrire_xlsx
from aides import RACINE

import cpit
from cpit.cli import executer

MINIMAL = RACINE / "referentiels" / "minimal.yaml"
CODES = ["A1", "A2", "A3", "R1", "R2", "R3"]
ENONCES = [item.enonce for item in cpit.referentiel(MINIMAL).items]
PREMIERES = [["identifiant", "moment", *CODES], ["P1", "t0", "1", "2", "3", "4", "SO", "2"]]
AUTRE_ORDRE = [
    pytest.param(["identifiant", "moment", *CODES[::-1]], ["P2", "t1", "6"], id="items"),
    pytest.param([*CODES, "moment", "identifiant"], ["6", "t1", "P2"], id="identite"),
    pytest.param(["moment", "identifiant", *CODES], ["t1", "P2", "6"], id="moment"),
    pytest.param(["Identifiant", "Moment", *ENONCES[::-1]], ["P2", "t1", "6"], id="enonces"),
]
REPONSES = {code: str(k % 4 + 1) for k, code in enumerate(CODES)}


def rangees(entete: list[str]) -> list[list[str]]:
    """Deux exports mis bout à bout ; la seconde personne, chaque réponse sous son en-tête."""
    codes = {**dict(zip(ENONCES, CODES, strict=True)), **{code: code for code in CODES}}
    dits = {"identifiant": "P2", "moment": "t1"}
    corps = [REPONSES[codes[nom]] if nom in codes else dits[nom.lower()] for nom in entete]
    return [*PREMIERES, entete, corps]


def lues(recueil: cpit.Recueil) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (n.passation.identifiant, n.passation.moment): {c: str(n.passation.reponse(c).valeur) for c in CODES}
        for n in recueil.cohorte.notees
    }


def test_des_en_tetes_que_seule_une_correspondance_nomme_se_retrouvent_aussi_plus_bas(tmp_path: Path) -> None:
    table, dite = tmp_path / "t.csv", tmp_path / "c.yaml"
    table.write_text("code;Un mot;Deux mots\nP1;1;2\ncode;Deux mots;Un mot\nP2;1;2\n", encoding="utf-8")
    dite.write_text("correspondance: 1\ncolonnes:\n  Un mot: A1\n  Deux mots: A2\n", encoding="utf-8")
    recueil = cpit.lire(table, MINIMAL, correspondance=str(dite))
    un_deux = {qui: (siennes["A1"], siennes["A2"]) for (qui, _), siennes in lues(recueil).items()}
    assert un_deux == {"P1": ("1", "2"), "P2": ("2", "1")}
    assert [une.code for une in recueil.anomalies] == ["items-manquants", "en-tete-autre-ordre"]


def test_ceux_d_une_autre_table_s_y_reconnaissent_de_meme(tmp_path: Path) -> None:
    table, dite = tmp_path / "t.csv", tmp_path / "c.yaml"
    dessous = "code;Deux mots;Un mot;Autre\nP2;1;2;3\n"
    table.write_text(f"code;Un mot;Deux mots;Trois\nP1;1;2;3\n{dessous}", encoding="utf-8")
    dite.write_text("correspondance: 1\ncolonnes:\n  Un mot: A1\n  Deux mots: A2\n  Trois: A3\n", encoding="utf-8")
    recueil = cpit.lire(table, MINIMAL, correspondance=str(dite))
    assert list(lues(recueil)) == [("P1", "t0")]
    assert [(une.code, une.lieu.ligne) for une in recueil.anomalies[1:]] == [("autre-table-dessous", 3)]


@pytest.mark.parametrize(("entete", "_exemple"), AUTRE_ORDRE)
@pytest.mark.parametrize("suffixe", [".csv", ".xlsx", ".ods"])
def test_ce_qui_suit_des_en_tetes_deplaces_se_lit_d_apres_eux(
    entete: list[str], _exemple: list[str], suffixe: str, tmp_path: Path
) -> None:
    chemin = tmp_path / f"t{suffixe}"
    if suffixe == ".csv":
        ecrire_csv(chemin, rangees(entete))
    elif suffixe == ".xlsx":
        ecrire_xlsx(chemin, {"Réponses": rangees(entete)})
    else:
        chemin.write_bytes(ods(table_ods([ligne_ods(rangee) for rangee in rangees(entete)])))
    recueil = cpit.lire(chemin, MINIMAL)
    assert lues(recueil)["P2", "t1"] == REPONSES
    assert lues(recueil)["P1", "t0"] == dict(zip(CODES, ["1", "2", "3", "4", "None", "2"], strict=True))
    assert [une.code for une in recueil.anomalies] == ["en-tete-autre-ordre"]


def test_un_en_tete_qui_a_un_mot_de_total_reste_un_en_tete(tmp_path: Path) -> None:
    """« Total points », que Microsoft Forms met à un questionnaire noté."""
    tables = [["identifiant", *CODES, "Total points"], ["P1", *"123412", "0"]]
    autre = [["Total points", *CODES[::-1], "identifiant"], ["0", *"214321", "P2"]]
    recueil = cpit.lire(ecrire_csv(tmp_path / "t.csv", [*tables, *autre]), MINIMAL)
    assert lues(recueil)["P2", "t0"] == dict(zip(CODES, "123412", strict=True))


@pytest.mark.parametrize(
    "entete",
    [
        pytest.param(["identifiant", "moment", "A1", "A2", "A3", "R1", "R2", "Remarque"], id="un-item-manque"),
        pytest.param(["identifiant", "moment", "R1", "R1", "A3", "A2", "A1", "R3"], id="un-item-deux-fois"),
        pytest.param(["Nom", "moment", *CODES[::-1]], id="qui-manque"),
    ],
)
def test_ce_qui_suit_les_en_tetes_d_une_autre_table_n_est_pas_lu(
    entete: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Et ce qui suit les premiers, revenus, se lit."""
    table = [
        *PREMIERES,
        entete,
        ["P2", "t0", *"123412"],
        ["P3", "t0", *"123412"],
        PREMIERES[0],
        ["P4", "t0", *"123412"],
    ]
    chemin = ecrire_csv(tmp_path / "t.csv", table)
    recueil = cpit.lire(chemin, MINIMAL)
    assert [qui for qui, _ in lues(recueil)] == ["P1", "P4"]
    refus = next(une for une in recueil.anomalies if une.code == "autre-table-dessous")
    assert (refus.lieu.ligne, refus.mots["nombre"]) == (3, 2)
    code = executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie", str(tmp_path / "s.csv")])
    assert code == 1
    assert "une autre table commence ici" in capsys.readouterr().err


ENTETE = ["identifiant", *CODES]
P1, P2 = ["P1", "1", "2", "3", "4", "SO", "2"], ["P1", "4", "3", "", "1", "2", "1"]


def bout_a_bout(*titres: str) -> list[list[str]]:
    """Une table par titre, l’une sous l’autre, chacune sous son titre et ses en-têtes."""
    tables = ([[titre], ENTETE, reponses, []] for titre, reponses in zip(titres, (P1, P2, P1), strict=False))
    return [[*ligne, *[""] * (7 - len(ligne))] for table in tables for ligne in table]


@pytest.mark.parametrize("suffixe", [".csv", ".xlsx"])
@pytest.mark.parametrize(
    ("titres", "attendus"),
    [
        (("T0", "T1"), [("t0", "soi"), ("t1", "soi")]),
        (("Promotion 2026", "Moment : t1"), [("t0", "soi"), ("t1", "soi")]),
        (("Soi", "Tiers"), [("t0", "soi"), ("t0", "tiers")]),
        (("T1", "Suite", "T2"), [("t1", "soi"), ("t1", "soi"), ("t2", "soi")]),
    ],
)
def test_le_titre_d_une_table_dessous_dit_de_quand_elle_est(
    titres: tuple[str, ...], attendus: list[tuple[str, str]], suffixe: str, tmp_path: Path
) -> None:
    chemin = tmp_path / f"t{suffixe}"
    if suffixe == ".csv":
        ecrire_csv(chemin, bout_a_bout(*titres))
    else:
        ecrire_xlsx(chemin, {"Feuil1": bout_a_bout(*titres)})
    recueil = cpit.lire(chemin, MINIMAL, garder="tous")
    assert [(n.passation.moment, n.passation.regard) for n in recueil.cohorte.notees] == attendus
    assert "titre-dessous" in [une.code for une in recueil.anomalies]


@pytest.mark.parametrize("titre", ["Fin de formation", "Vague 2", "Manager"])
def test_ce_qui_suit_le_titre_d_un_moment_inconnu_n_est_pas_lu(titre: str, tmp_path: Path) -> None:
    recueil = cpit.lire(ecrire_csv(tmp_path / "t.csv", bout_a_bout("Groupe 3", titre)), MINIMAL)
    assert [(n.passation.moment, n.passation.regard) for n in recueil.cohorte.notees] == [("t0", "soi")]
    (dite,) = [une for une in recueil.anomalies if une.code == "titre-dessous-inconnu"]
    assert (dite.mots["titre"], dite.mots["nombre"]) == (titre, 1)


def test_en_flux_une_table_titree_dessous_n_est_jamais_supposee(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cpit.flux.SEUIL", 100)
    chemin, sortie = ecrire_csv(tmp_path / "t.csv", bout_a_bout("T0", "T1")), tmp_path / "s.csv"
    assert executer(["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie", str(sortie)]) == 0
    lignes = sortie.read_text(encoding="utf-8-sig").splitlines()
    assert [ligne.split(";")[2] for ligne in lignes] == ["moment", "t0", "t1"], capsys.readouterr().err


@pytest.mark.parametrize("suffixe", [".csv", ".xlsx"])
def test_un_en_tete_redit_juste_dessous_est_dit(suffixe: str, tmp_path: Path) -> None:
    """Il n’est personne, où qu’il soit, et ce n’est jamais en silence."""
    table, chemin = [ENTETE, ENTETE, P1, P2], tmp_path / f"t{suffixe}"
    if suffixe == ".csv":
        ecrire_csv(chemin, table)
    else:
        ecrire_xlsx(chemin, {"Feuil1": table})
    recueil = cpit.lire(chemin, MINIMAL, garder="tous")
    assert len(recueil.cohorte.notees) == 2
    (dite,) = [une for une in recueil.anomalies if une.code == "ligne-d-indications"]
    assert (dite.mots["ligne"], str(dite.mots["noms"]).count("A1")) == (2, 1)


def derniere_de(sortie: Path) -> dict[str, str]:
    """Les réponses de la dernière ligne d’un CSV écrit."""
    lignes = [ligne.split(";") for ligne in sortie.read_text(encoding="utf-8-sig").splitlines()]
    derniere = dict(zip(lignes[0], lignes[-1], strict=True))
    return {code: derniere[code] for code in CODES}


def test_une_grande_table_dont_l_ordre_change_se_lit_d_un_bloc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sous les mêmes noms, cela se voit avant de rien écrire : la sortie standard le reçoit aussi."""
    monkeypatch.setattr("cpit.flux.SEUIL", 100)
    chemin = ecrire_csv(tmp_path / "t.csv", rangees(["identifiant", "moment", *CODES[::-1]]))
    sortie = tmp_path / "s.csv"
    commande = ["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie"]
    assert executer([*commande, str(sortie)]) == 0
    assert derniere_de(sortie) == REPONSES
    capsys.readouterr()
    assert executer([*commande, "-"]) == 0
    assert capsys.readouterr().out.split() == sortie.read_text(encoding="utf-8").split()


def test_en_flux_un_ordre_qui_change_n_est_jamais_suppose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sous d’autres noms, la première passe ne le voit pas : la table se lit d’un bloc, ou rien n’en est écrit."""
    monkeypatch.setattr("cpit.flux.SEUIL", 100)
    chemin = ecrire_csv(tmp_path / "t.csv", rangees(["identifiant", "moment", *ENONCES[::-1]]))
    sortie = tmp_path / "s.csv"
    commande = ["cohorte", str(chemin), "--referentiel", str(MINIMAL), "--sortie"]
    assert executer([*commande, str(sortie)]) == 0
    assert derniere_de(sortie) == REPONSES
    capsys.readouterr()
    assert executer([*commande, "-"]) == 1
    assert "ligne 3, colonne 1" in (dit := " ".join(capsys.readouterr().err.split()))
    assert "dans un autre ordre" in dit


def test_une_table_longue_dont_les_en_tetes_reviennent(tmp_path: Path) -> None:
    tete = ["identifiant", "question", "réponse"]
    lignes = [["P1", code, "2"] for code in CODES]
    suite = [["P2", code, "3"] for code in CODES]
    recueil = cpit.lire(ecrire_csv(tmp_path / "t.csv", [tete, *lignes, tete, *suite]), MINIMAL)
    assert [set(reponses.values()) for reponses in lues(recueil).values()] == [{"2"}, {"3"}]
    autre = [tete, *lignes, ["question", "identifiant", "réponse"], *([c, p, r] for p, c, r in suite)]
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire(ecrire_csv(tmp_path / "u.csv", autre), MINIMAL)
    assert leve.value.anomalies[0].code == "forme-a-deux-ordres"
    # Plus bas que là où l’on cherche l’en-tête d’une table longue.
    longue = [*[[f"Q{k}", code, "2"] for k in range(4) for code in CODES], *autre[7:]]
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire(ecrire_csv(tmp_path / "v.csv", [tete, *longue]), MINIMAL)
    assert leve.value.anomalies[0].code == "forme-a-deux-ordres"


def test_une_table_transposee_dont_les_situations_reviennent_dans_un_autre_ordre(tmp_path: Path) -> None:
    memes = [["", "P1", "", "P2"], *([code, "2", code, "3"] for code in CODES)]
    recueil = cpit.lire(ecrire_csv(tmp_path / "t.csv", memes), MINIMAL)
    assert [set(reponses.values()) for reponses in lues(recueil).values()] == [{"2"}, {"3"}]
    codes = [item.code for item in cpit.referentiel().items]
    autres = [memes[0], *([code, "2", autre, "3"] for code, autre in zip(codes, codes[::-1], strict=True))]
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire(ecrire_csv(tmp_path / "u.csv", autres))
    assert "colonne-ambigue" in [une.code for une in leve.value.anomalies]

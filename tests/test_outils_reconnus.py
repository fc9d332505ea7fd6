"""Chaque outil d’enquête, reconnu à ses en-têtes et à eux seuls : la table de tous, ce qui en est mis de côté."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_instruments import choix_redcap, dictionnaire, structure
from aide_lecture import Lue, en_csv, lire_seule
from aides import RACINE, TESTS
from test_ancres import COMPLET
from test_choix_multiples import LIEU

import cpit

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((TESTS / "donnees" / "outils-reconnus.yaml").read_text("utf-8"))
MINIMAL = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
ITEMS = [item.code for item in MINIMAL.items]


def lire_les_colonnes(dossier: Path, noms: Sequence[str], apres: Sequence[str] = (), *, en_tete: bool = False) -> Lue:
    """Une table d’une personne : son code, ou ces colonnes d’abord, puis les situations, et d’autres colonnes."""
    ordre = [*noms, "votre code", *ITEMS] if en_tete else ["votre code", *noms, *ITEMS]
    valeurs = {"votre code": "R1", "redcap_event_name": "t1_arm_1", **dict.fromkeys(ITEMS, "1")}
    rangees = [[*ordre, *apres], [valeurs.get(nom, "x") for nom in (*ordre, *apres)]]
    return lire_seule(en_csv(dossier / "t", rangees), MINIMAL)


def reconnus(dossier: Path, tours: Sequence[Sequence[str]], *, en_tete: bool = False) -> dict[tuple[str, ...], str]:
    """L’outil que disent des en-têtes, avec une colonne que nul ne connaît."""
    return {(*tour,): outil_de(lire_les_colonnes(dossier, tour, ["Humeur"], en_tete=en_tete)) for tour in tours}


def outil_de(lue: Lue) -> str:
    """L’outil que dit la lecture, vide si elle n’en dit aucun."""
    dits = [une.quoi.partition(" reconnu")[0] for une in lue.anomalies if " reconnu" in une.quoi]
    return dits[0] if dits else ""


def cites(lue: Lue, code: str) -> str:
    return "".join(str(une.mots["noms"]).replace("\u202f", " ") for une in lue.anomalies if une.code == code)


def citer(noms: Sequence[str]) -> str:
    *premiers, dernier = (f"« {nom} »" for nom in noms)
    return f"{', '.join(premiers)} et {dernier}" if premiers else dernier


@pytest.mark.parametrize("outil", TABLE)
def test_il_faut_a_un_outil_tant_de_ses_en_tetes_quels_qu_ils_soient(outil: str, tmp_path: Path) -> None:
    for combien, *noms in TABLE[outil]["suffisent"]:
        tours = [[*noms, *noms][debut : debut + combien] for debut in range(len(noms))]
        assert reconnus(tmp_path, tours) == {(*tour,): outil for tour in tours}
        courts = [tour[1:] for tour in tours if combien > 1]
        assert reconnus(tmp_path, courts) == {(*tour,): "" for tour in courts}
    for nom in TABLE[outil].get("premier", ()):
        assert reconnus(tmp_path, [[nom]], en_tete=True) == {(nom,): outil}
        assert reconnus(tmp_path, [[nom]]) == {(nom,): ""}


@pytest.mark.parametrize("outil", TABLE)
def test_les_colonnes_de_gestion_d_un_outil_sont_mises_de_cote_et_nommees(outil: str, tmp_path: Path) -> None:
    """Celles qui n’en ont que l’air sont inconnues, et nommées de même."""
    dite = TABLE[outil]
    combien, *noms = dite["suffisent"][0] if dite["suffisent"] else (1, *dite["premier"])
    for liste in dite["de_cote"]:
        signature = [nom for nom in noms[:combien] if nom not in liste]
        ordre = [*signature, *liste]
        lue = lire_les_colonnes(tmp_path, ordre, en_tete=bool(dite.get("premier")))
        assert outil_de(lue) == outil
        assert cites(lue, "colonnes-enquete") == citer(ordre)
        assert cites(lue, "colonnes-inconnues") == ""
    lue = lire_les_colonnes(tmp_path, noms[:combien], dite["sauf"], en_tete=bool(dite.get("premier")))
    assert cites(lue, "colonnes-inconnues") == citer(dite["sauf"])


def ecrire(dossier: Path, *rangees: Sequence[str]) -> Path:
    return en_csv(dossier / "t", rangees)


def signature(outil: str) -> list[str]:
    """De quoi reconnaître un outil, à mettre en tête de la table ; rien sans outil."""
    dite = TABLE.get(outil, {})
    for combien, *noms in dite.get("suffisent", ()):
        return [str(nom) for nom in noms[:combien]]
    return dite.get("premier", [])[:1]


@pytest.mark.parametrize("outil", TABLE)
def test_ce_que_seul_un_outil_ecrit_ne_se_lit_ainsi_que_de_lui(outil: str, tmp_path: Path) -> None:
    """« T1_C1P » est de la question T1 dans LimeSurvey ; « bloc/C1P », d’un groupe quel qu’il soit chez deux outils."""
    noms = signature(outil)
    valeurs = ["x"] * len(noms)
    table = ecrire(tmp_path, [*noms, *(f"T1_{code}" for code in ITEMS)], [*valeurs, *"111111"])
    lue = lire_seule(table, MINIMAL)
    assert {r.passation.moment for r in lue.releves} == {"t0" if outil == "LimeSurvey" else "t1"}
    groupes = ["bloc/", "bloc/", "bloc/", "bloc/", "bloc/", "seul/"]
    table = ecrire(tmp_path, [*noms, *map(str.__add__, groupes, ITEMS)], [*valeurs, *"111111"])
    (releve,) = lire_seule(table, MINIMAL).releves
    assert len(releve.passation.valeurs()) == (6 if outil in ("KoboToolbox", "ODK Central") else 5)


RESERVES = [
    # l’outil, la colonne de gestion, ce qui y est écrit, ce qui s’en dit
    *(
        ("LimeSurvey", nom, ("", "NA", "{question_not_shown}"), "inachevees")
        for nom in ("submitdate", "Date de soumission", "Date submitted", "date_submitted", "submitdate. Date")
    ),
    ("KoboToolbox", "_validation_status", ("validation_status_not_approved", "Not approved"), "rejetees"),
    ("ODK Central", "ReviewState", ("rejected",), "rejetees"),
    ("REDCap", "Complete?", ("0", "Incomplete"), "inachevees"),
    ("REDCap", "suite_complete", ("0", "Incomplete"), "inachevees"),
    ("Framaforms", "webform_draft", ("1",), "inachevees"),
    ("Framaforms", "Draft", ("1",), "inachevees"),
    ("Moodle (questionnaire)", "Complete", ("n", "N"), "inachevees"),
    ("Qualtrics", "Finished", ("0", "False", "Faux"), "inachevees"),
    ("Qualtrics", "Status", ("1", "Survey Preview"), "d-essai"),
    ("formr", "ended", ("", "na", "{question_not_shown}"), "inachevees"),
    # De nul outil reconnu : un nom qui suffit.
    *(
        ("", nom, ("", "NA", "{question_not_shown}"), "inachevees")
        for nom in ("submitdate", "Date de soumission", "Date submitted")
    ),
    ("", "webform_draft", ("1",), "inachevees"),
]
ORDINAIRES = [
    *(("", nom, "1") for nom in ("Draft", "Status")),
    *(("", nom, "0") for nom in ("Finished", "suite_complete")),
    *(("", "_validation_status", "not approved"), ("", "ReviewState", "rejected"), ("", "ended", "")),
    *(("LimeSurvey", nom, "") for nom in ("datestamp", "startdate", "ended")),
    *(("Qualtrics", nom, "1") for nom in ("Finished", "Progress", "Draft")),
    *(("REDCap", nom, "0") for nom in ("suite_timestamp", "_complete", "complete")),
]


def lire_une_gestion(dossier: Path, outil: str, nom: str, valeurs: Sequence[str]) -> Lue:
    """Une table dont la dernière colonne est de gestion : une ligne par valeur, entre deux qui n’en disent rien."""
    noms = [une for une in signature(outil) if une != nom]
    noms += [une for une in (signature(outil) and TABLE[outil]["suffisent"][0][1:4]) if une not in (nom, *noms)]
    rangees = [[*["x"] * len(noms), *"111111", mot] for mot in ("y", *valeurs, "y")]
    return lire_seule(ecrire(dossier, [*noms, *ITEMS, nom], *rangees), MINIMAL)


@pytest.mark.parametrize(("outil", "nom", "valeurs", "dit"), RESERVES)
def test_ce_qu_un_outil_dit_d_une_reponse_se_dit_a_sa_place(
    outil: str, nom: str, valeurs: Sequence[str], dit: str, tmp_path: Path
) -> None:
    lue = lire_une_gestion(tmp_path, outil, nom, valeurs)
    (une,) = (une for une in lue.anomalies if une.code.startswith("reponses-"))
    colonne = len((tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()[0].split(";"))
    assert (une.code, une.lieu.ligne, une.lieu.colonne) == (f"reponses-{dit}", 3, colonne)
    assert (une.mots["nombre"], une.mots["colonne"]) == (len(valeurs), nom)
    inachevees = [dit == "inachevees"] * len(valeurs)
    assert [releve.inachevee for releve in lue.releves] == [False, *inachevees, False]


@pytest.mark.parametrize(("outil", "nom", "valeur"), ORDINAIRES)
def test_une_colonne_ordinaire_n_en_dit_rien(outil: str, nom: str, valeur: str, tmp_path: Path) -> None:
    """Le nom d’un autre outil, ou un nom qui ne suffit pas sans le sien."""
    lue = lire_une_gestion(tmp_path, outil, nom, [valeur])
    assert [une.code for une in lue.anomalies if une.code.startswith("reponses-")] == []
    assert [releve.inachevee for releve in lue.releves] == [False] * 3


@pytest.mark.parametrize(
    ("ordre", "dites"),
    [
        ("iiiiii a", [7]),
        ("a iiiiii", []),
        ("a iiiiii b", [8]),
        ("iiiiii a b", [7]),
        ("iii a iii b", [4, 8]),
        ("i a iiiii", [2]),
    ],
)
def test_le_formulaire_redcap_qui_suit_des_situations_dit_si_elles_sont_envoyees(
    ordre: str, dites: list[int], tmp_path: Path
) -> None:
    """Lui seul, et toutes celles qui le précèdent depuis le précédent."""
    items = iter(ITEMS)
    noms = [next(items) if signe == "i" else f"{signe}_complete" for signe in ordre if signe != " "]
    for rang in range(1, len(noms) + 1):
        valeurs = ["0" if nom.endswith("complete") and k == rang else "1" for k, nom in enumerate(noms, 1)]
        table = ecrire(tmp_path, [*noms, "cpit_timestamp"], [*valeurs, "x"])
        lieux = [une.lieu.colonne for une in lire_seule(table, MINIMAL).anomalies if une.code == "reponses-inachevees"]
        assert lieux == [rang] * (rang in dites)


def test_un_brouillon_de_framaforms_ne_se_lit_a_sa_place_que_si_nulle_colonne_ne_porte_son_nom(tmp_path: Path) -> None:
    noms = ["Serial", "SID", "Username", "Humeur", "Draft", "Avis", "votre code", *ITEMS]
    lue = lire_seule(ecrire(tmp_path, noms, [*"xxxx01R", *"111111"], [*"xxxx10S", *"111111"]), MINIMAL)
    assert [releve.inachevee for releve in lue.releves] == [False, True]


# --- les noms que les questions et les choix prennent dans un outil, et qui s’en relisent ----------------------------

LONGUE = "tres-longlonglonglonglonglonglonglonglonglonglonglonglong-fin1xy"
COUPEE = "tres_longlonglonglonglonglonglonglonglonglonglonglonglong_f"
NOMS = {
    # la question de profil : (son nom dans LimeSurvey, dans REDCap)
    **{
        nom: (f"{nom}2", nom)
        for nom in (
            *("lang", "sid", "savedid", "token", "qid", "gid", "sgq", "self", "that", "this", "time", "other"),
            *("trace", "placefrequence", "placeimportance"),
        )
    },
    "identi-fiant": ("identifiant2", "identi_fiant"),
    "mo-ment": ("moment2", "mo_ment"),
    "re_gard": ("regard2", "re_gard"),
    "evaluateur": ("evaluateur2", "evaluateur2"),
    "Evaluateur": ("Evaluateur3", "evaluateur3"),
    "date_moment": ("datemoment2", "date_moment2"),
    "datemoment": ("datemoment3", "datemoment"),
    "record_id": ("recordid", "record_id2"),
    "cpit_complete": ("cpitcomplete", "cpit_complete2"),
    "cpit_timestamp": ("cpittimestamp", "cpit_timestamp2"),
    "T-2": ("T22", "t_2"),
    "T-3": ("T3", "t_3"),
    "S_1": ("S1", "s_1"),
    "a-b": ("ab", "a_b"),
    "a_b": ("ab2", "a_b2"),
    "AB": ("AB3", "ab"),
    LONGUE: ("treslonglonglonglong", f"{COUPEE}i"),
    LONGUE[:-1]: ("treslonglonglonglon2", f"{COUPEE}2"),
    LONGUE[:-2]: ("treslonglonglonglon3", f"{COUPEE}3"),
}
CHOIX = {
    # le choix : (sa case dans LimeSurvey, dans REDCap)
    "1an": ("q1an", "1an"),
    "Z.z": ("Zz", "Z_z"),
    "Z-z": ("Zz2", "Z_z2"),
    "lang": ("lang2", "lang"),
    "x.y": ("xy", "x_y"),
    "x_y": ("xy2", "x_y2"),
    "c" * 25: ("c" * 20, "c" * 25),
    "c" * 26: ("c" * 19 + "2", "c" * 26),
    "d" * 60 + "1": ("d" * 20, "d" * 60),
    "d" * 60 + "2": ("d" * 19 + "2", "d" * 59 + "2"),
}


@pytest.fixture(scope="module")
def aux_noms_refuses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Un référentiel dont les questions de profil portent tous les noms qu’un outil d’enquête refuse ou garde."""
    choix = "".join(f'      - {{code: "{code}", libelle: Le choix {rang}}}\n' for rang, code in enumerate(CHOIX))
    questions = [
        f"  - identifiant: {nom}\n    libelle: Demande {rang}\n    plusieurs: oui\n    choix:\n{choix}"
        for rang, nom in enumerate(NOMS)
    ]
    texte = COMPLET.read_text(encoding="utf-8")
    assert LIEU in texte
    ecrit = tmp_path_factory.mktemp("noms") / "noms.yaml"
    ecrit.write_text(texte.replace(LIEU, "".join(questions)), encoding="utf-8")
    return ecrit


def test_un_nom_que_l_outil_refuse_ou_garde_pour_lui_devient_un_autre(aux_noms_refuses: Path, tmp_path: Path) -> None:
    lime = structure(cpit.exporter_referentiel(aux_noms_refuses, "limesurvey", tmp_path / "l.txt").chemin)
    redcap = dictionnaire(cpit.exporter_referentiel(aux_noms_refuses, "redcap", tmp_path / "r.csv").chemin)
    redcap = [une for une in redcap if une["Field Label"].startswith("Demande ")]
    questions = [une["name"] for une in lime if une["class"] == "Q" and une["text"].startswith("Demande ")]
    assert questions == [ici for ici, _ in NOMS.values()]
    assert [une["Variable / Field Name"] for une in redcap] == [la for _, la in NOMS.values()]
    cases = [une["name"] for une in lime if une["class"] == "SQ" and une["text"].startswith("Le choix")]
    assert cases == [ici for ici, _ in CHOIX.values()] * len(NOMS)
    dits = [choix_redcap(une["Choices, Calculations, OR Slider Labels"]) for une in redcap]
    assert dits == [{la: f"Le choix {rang}" for rang, (_, la) in enumerate(CHOIX.values())}] * len(NOMS)
    assert [une["name"] for une in lime if une["class"] == "Q" and une["text"] == "À quelle fréquence ?"] == [
        "T1",
        "T2",
    ]


@pytest.mark.parametrize(
    "nom", ["lang", "mo-ment", "evaluateur", "Evaluateur", "date_moment", "record_id", "a_b", LONGUE]
)
def test_ce_nom_se_relit(nom: str, aux_noms_refuses: Path, tmp_path: Path) -> None:
    """Une question en une colonne, ou une colonne par case ; le choix, par le nom qu’il a pris."""
    referentiel = cpit.referentiel(aux_noms_refuses)
    ici, la = NOMS[nom]
    for entete, cellule in ((ici, "Z-z"), (la, "Z-z"), (f"{ici}[Zz2]", "Y"), (f"{la}___Z_z2", "1")):
        rangees = [["code", "S1", "S2", entete], ["R1", "1", "1", cellule]]
        ecrire(tmp_path, *rangees)
        (releve,) = lire_seule(tmp_path / "t.csv", referentiel).releves
        assert (entete, releve.passation.profil[nom]) == (entete, "Z-z")


def test_un_choix_qui_a_le_nom_qu_un_autre_prend_dans_redcap_n_est_cet_autre_que_la(
    aux_noms_refuses: Path, tmp_path: Path
) -> None:
    referentiel = cpit.referentiel(aux_noms_refuses)
    for autre, lu in (("cpit_timestamp", "x.y"), ("Humeur", "x_y")):
        ecrire(tmp_path, ["code", "S1", "lang", autre], ["R1", "1", "x_y", "z"])
        (releve,) = lire_seule(tmp_path / "t.csv", referentiel).releves
        assert releve.passation.profil["lang"] == lu

"""Les tables des outils d’enquête : où est l’en-tête, quel outil, ce que dit chaque colonne, ce qui est mis de côté."""

from __future__ import annotations

import json
import random
import re
import shlex
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from aide_lecture import Lue, lire_seule, noter_en_octets
from aide_outils import ADRESSE, COMPTE, IP, NOM, OUTILS, Personnes, Rangees, ecrire_csv, ecrire_xlsx, en_mots, google
from aides import RACINE, TESTS, premiere, tirages
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import cpit
from cpit import Anomalie
from cpit.cli import app
from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import Etat
from cpit.coeur.referentiel import Referentiel

ENQUETES, EN_TETES = TESTS / "donnees" / "enquetes", TESTS / "donnees" / "en-tetes"
LIVRE = premiere()
MINIMAL = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
ANA, BOB, CLEO = "012340123401234012340123", "234012340123401234012340", "3" * 24
LETTRES = {Etat.SANS_OBJET: "S", Etat.SANS_REPONSE: "."}


def lettres(releve: Releve, referentiel: Referentiel = LIVRE) -> str:
    """Une lettre par item du référentiel : niveau, S, « . », ou R si la réponse est refusée."""
    return "".join(
        "R" if item.code in releve.refusees else LETTRES.get(reponse.etat, str(reponse.valeur))
        for item in referentiel.items
        for reponse in [releve.passation.reponses[item.code]]
    )


def personnes_de(lecture: Lue, referentiel: Referentiel = LIVRE) -> dict[str, str]:
    """Les réponses de chaque personne, par code, ou par rang à défaut."""
    return {
        releve.passation.identifiant or str(rang): lettres(releve, referentiel)
        for rang, releve in enumerate(lecture.releves)
    }


def dite(lecture: Lue, code: str) -> Anomalie:
    (trouvee,) = [une for une in lecture.anomalies if une.code == code]
    return trouvee


def codes(lecture: Lue) -> set[str]:
    return {une.code for une in lecture.anomalies}


class EnTete(NamedTuple):
    """Ce que porte chaque colonne d’un en-tête, d’après ce qui s’en lit."""

    items: dict[str, tuple[str, str, str]]
    """Nom d’une colonne de réponses → code de la situation, moment, regard."""
    identifiant: str
    anomalies: tuple[Anomalie, ...]


def entete_de(*noms: str, **consignes: str) -> EnTete:
    """Lit une table qui a une ligne par colonne, répondue dans celle-là seule, et une première, pleine partout."""
    marques = [f"marque {rang}" for rang in range(len(noms))]
    lignes = [["1" if rang == autre else "" for autre in range(len(noms))] for rang in range(len(noms))]
    with tempfile.TemporaryDirectory() as dossier:
        seules = lire_seule(ecrire_csv(Path(dossier) / "t.csv", [noms, *lignes]), LIVRE, **consignes)
        lues: dict[str, tuple[str, str, str]] = {}
        for releve in seules.releves:
            (code,) = releve.passation.valeurs()
            assert releve.ligne is not None
            lues[noms[releve.ligne - 2]] = (code, releve.passation.moment, releve.passation.regard)
        pleine = ["1" if nom in lues else marque for nom, marque in zip(noms, marques, strict=True)]
        toutes = lire_seule(ecrire_csv(Path(dossier) / "u.csv", [noms, pleine]), LIVRE, **consignes)
    qui = toutes.releves[0].passation.identifiant if toutes.releves else ""
    return EnTete(lues, noms[marques.index(qui)] if qui else "", toutes.anomalies)


# --- des exports composés à la main -----------------------------------------------------------------------------------

ATTENDU = json.loads((ENQUETES / "attendu.json").read_text(encoding="utf-8"))
A_DIRE = {
    "limesurvey-code-codes.csv": ("AO01", "RRRRRR", "RR.RRR"),
    "redcap-brut.csv": ("9", "1234R2", "43.121"),
}
"""Ce que seule une consigne dit : la première valeur refusée, et ce qui est lu de chacun sans elle."""


def _attendues(reponses: dict[str, int | str | None]) -> str:
    return "".join({"SO": "S", None: "."}.get(v, str(v)) for v in reponses.values())  # type: ignore[arg-type]


@pytest.mark.parametrize("nom", sorted(f.name for f in ENQUETES.iterdir() if f.suffix != ".json"))
def test_un_export_donne_ses_deux_passations(nom: str) -> None:
    lecture = lire_seule(ENQUETES / nom, MINIMAL)
    lues = personnes_de(lecture, MINIMAL)
    assert {(r.passation.moment, r.passation.regard) for r in lecture.releves} == {("t0", "soi")}
    if nom in A_DIRE:
        valeur, *reponses = A_DIRE[nom]
        assert list(lues.items()) == list(zip(("R01", "R02"), reponses, strict=True))
        assert valeur in str([une.mots.get("valeur") for une in lecture.anomalies])
        return
    assert lues == {qui: _attendues(reponses) for qui, reponses in ATTENDU.items()}


TROIS = {"ana@x.fr": ANA, "bob@x.fr": BOB, "cleo@x.fr": CLEO}
ANONYMES = {"0": ANA, "1": BOB, "2": CLEO}
CAS: dict[str, tuple[dict[str, str], str]] = {
    # fichier : (personnes et réponses, outil reconnu)
    "01-lime-texte-complet.csv": (ANONYMES, "LimeSurvey"),
    "01e-lime-meta-otees.csv": (ANONYMES, ""),
    "03-lime-abrege.csv": ({"tok1": ANA}, "LimeSurvey"),
    "04-lime-tirets-bas.csv": ({"tok1": ANA}, "LimeSurvey"),
    "06-lime-codes-AO.csv": ({"tok1": "R" * 24}, "LimeSurvey"),
    "08-lime-temps.csv": ({"tok1": ANA}, "LimeSurvey"),
    "09-msforms.xlsx": (ANONYMES, "Microsoft Forms"),
    "09e-msforms-meta-otees.xlsx": (TROIS, ""),
    "10-msforms-quiz.xlsx": (ANONYMES, "Microsoft Forms"),
    "11-google.csv": (ANONYMES, "Google Forms"),
    "11e-google-meta-otees.csv": (TROIS, ""),
    "14b-moodle-feedback-sans-meta.xlsx": (TROIS, ""),
    "15-kobo-groupes.csv": (TROIS, "KoboToolbox"),
    "15b-kobo-sans-groupes.csv": (TROIS, "KoboToolbox"),
    "15c-kobo-groupe-seul.csv": (TROIS, ""),
    "16-odk-central.csv": (TROIS, "ODK Central"),
    "21c-redcap-record-seul.csv": ({"1": ANA, "2": BOB}, ""),
    "23-qualtrics.csv": ({"0": ANA}, "Qualtrics"),
    "24-sosci-2e-ligne.csv": ({"ana": ANA, "bob": BOB}, ""),
    "27-long.csv": (TROIS, ""),
    "27b-long-codes.csv": (TROIS, ""),
    "30-decidim-numerote.csv": (TROIS, ""),
    "32-nextcloud.csv": (ANONYMES, "Nextcloud Forms"),
    "33-entites-html.csv": (TROIS, ""),
    "33c-balises.csv": (TROIS, ""),
    "33d-nbsp-entite.csv": (TROIS, ""),
    "34-feff-par-entete.xlsx": (TROIS, ""),
    "35-nbsp-entete.xlsx": (TROIS, ""),
    "36-nfd.csv": (TROIS, ""),
    "37-base.xlsx": (TROIS, ""),
    "37-base-lib.xlsx": (TROIS, ""),
    "45-entete-alt-entree.xlsx": (TROIS, ""),
    "45b-entete-retour-a-l-espace.xlsx": (TROIS, ""),
    "50-titre-au-dessus.xlsx": (TROIS, ""),
    "50b-titre-au-dessus.csv": (TROIS, ""),
    "52-deux-entetes.xlsx": (TROIS, ""),
    "54-deux-feuilles.xlsx": (TROIS | {"dan": BOB}, ""),
    "56-enonces-point-virgule.csv": (TROIS, ""),
    "57-nom-prenom.csv": ({"0": ANA}, ""),
    "59-jotform.csv": (ANONYMES, ""),
    "59b-tiret.csv": (TROIS, ""),
    "59c-point.csv": (TROIS, ""),
    "62-q-vides.csv": ({"ana": ANA, "bob": BOB}, ""),
    "73-n_participant.csv": (TROIS, ""),
    "73b-score_agent.csv": (TROIS, ""),
    "92-enquete-t1.csv": ({"tok0": ANA, "tok1": BOB, "tok2": CLEO}, "LimeSurvey"),
    "99b-un-seul-item-reconnu.csv": (TROIS, ""),
}


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("nom", CAS)
def test_un_en_tete_d_outil_ou_de_tableur_donne_ses_passations(nom: str) -> None:
    personnes, outil = CAS[nom]
    lecture = lire_seule(EN_TETES / nom, LIVRE)
    assert personnes_de(lecture) == personnes
    reconnus = [une.quoi for une in lecture.anomalies if une.code == "colonnes-enquete"]
    assert [quoi.startswith(f"{outil} reconnu") for quoi in reconnus] == [True] * bool(outil)


@pytest.mark.parametrize(
    ("nom", "code"),
    [
        ("31-doublon-pandas.csv", "colonne-en-double"),
        ("56b-sans-guillemets-virgule.csv", "ligne-trop-courte"),
        ("60-coupe-255.csv", "table-sans-item"),
    ],
)
def test_ce_qui_ne_se_lit_pas_surement_est_refuse(nom: str, code: str) -> None:
    lecture = lire_seule(EN_TETES / nom, LIVRE)
    assert lecture.releves == ()
    assert code in codes(lecture)


def test_une_version_de_travail_de_limesurvey_a_deux_lignes_d_en_tete() -> None:
    lecture = lire_seule(EN_TETES / "05-lime-vv.csv", LIVRE)
    assert personnes_de(lecture) == {"tok1": "01234.123401234012340123"}


@pytest.mark.parametrize(("nom", "qui"), [("21-redcap-brut.csv", "1"), ("21b-redcap-renomme.csv", "1")])
def test_les_evenements_de_redcap_sont_des_moments(nom: str, qui: str) -> None:
    lecture = lire_seule(EN_TETES / nom, LIVRE)
    vus = [(r.passation.identifiant, r.passation.moment, lettres(r)) for r in lecture.releves]
    assert vus == [(qui, "t0", ANA), (qui, "t1", BOB)]


def test_deux_feuilles_de_reponses_sont_nommees_et_comptees() -> None:
    lecture = lire_seule(EN_TETES / "54-deux-feuilles.xlsx", LIVRE)
    quoi = dite(lecture, "feuilles-lues").quoi.replace("\u202f", " ").replace("\u00a0", " ")
    assert "« Sheet1 » (3 passations) et « Groupe B » (1 passation)" in quoi
    assert [(r.ligne, r.feuille) for r in lecture.releves] == [
        (2, "Sheet1"),
        (3, "Sheet1"),
        (4, "Sheet1"),
        (2, "Groupe B"),
    ]


# --- les exports des outils, refaits ----------------------------------------------------------------------------------


def _tirer(referentiel: Referentiel, alea: random.Random, nombre: int) -> Personnes:
    choix = [*(niveau.valeur for niveau in referentiel.echelle.niveaux), "SO", None, "n'importe"]
    return [
        (f"R{rang:02}", {item.code: alea.choice(choix) for item in referentiel.items}) for rang in range(1, nombre + 1)
    ]


def _oracle(reponse: int | str | None) -> str:
    return {None: ".", "SO": "S"}.get(reponse, str(reponse) if isinstance(reponse, int) else "R")  # type: ignore[arg-type]


def _attendu(personnes: Personnes, referentiel: Referentiel) -> dict[str, str]:
    return {qui: "".join(_oracle(reponses[item.code]) for item in referentiel.items) for qui, reponses in personnes}


@pytest.mark.echantillon(5)
@pytest.mark.parametrize("referentiel", [MINIMAL, LIVRE], ids=["minimal", "livre"])
@pytest.mark.parametrize("cle", OUTILS)
def test_chaque_cellule_d_un_export_est_notee_manquante_ou_refusee(
    cle: str, referentiel: Referentiel, tmp_path: Path
) -> None:
    outil = OUTILS[cle]
    personnes = _tirer(referentiel, random.Random(cle), 4)
    rangees = outil.rangees(referentiel, personnes)
    chemins = [ecrire_csv(tmp_path / "t.csv", rangees, outil.separateur)]
    chemins.append(ecrire_xlsx(tmp_path / "t.xlsx", {"Réponses": rangees}))
    for chemin in chemins:
        lecture = lire_seule(chemin, referentiel)
        assert personnes_de(lecture, referentiel) == _attendu(personnes, referentiel)
        assert {r.passation.moment for r in lecture.releves} == {outil.moment}
        quoi = dite(lecture, "colonnes-enquete").quoi
        assert quoi.startswith(f"{outil.nom} reconnu : {outil.de_cote or ''}".replace(" :", "\u202f:"))
        assert "colonnes-inconnues" not in codes(lecture)


@pytest.mark.parametrize("cle", ["forms-fr", "lime-vv", "qualtrics", "framaforms", "kobo-hxl", "redcap"])
def test_le_flux_voit_les_memes_lignes(cle: str, tmp_path: Path) -> None:
    outil = OUTILS[cle]
    personnes = _tirer(MINIMAL, random.Random(cle), 30)
    chemin = ecrire_csv(tmp_path / "t.csv", outil.rangees(MINIMAL, personnes), outil.separateur)
    lecture = lire_seule(chemin, MINIMAL)
    bilan = noter_en_octets(chemin, MINIMAL)
    assert [(a.code, a.lieu, a.mots) for a in bilan.anomalies] == [(a.code, a.lieu, a.mots) for a in lecture.anomalies]
    assert bilan.passations == len(lecture.releves) == 30
    assert [ligne.split(";")[0] for ligne in bilan.octets.decode("utf-8-sig").split("\r\n")[1:31]] == [
        qui for qui, _ in personnes
    ]


ECLATEES = {
    "limesurvey, double échelle": ("T1[{code}][{n}]", "double échelle"),
    "limesurvey, double échelle en texte": ("{question} [{enonce}][{mot}]", "double échelle"),
    "cases à cocher": ("{enonce} - {mot}", "case à cocher"),
    "le sphinx, énoncé_1": ("{enonce}_{n}", "plusieurs réponses"),
    "le sphinx, question_1": ("{question}_{n}", "plusieurs réponses"),
}


@pytest.mark.parametrize("nom", ECLATEES)
def test_une_forme_a_plusieurs_colonnes_par_situation_est_refusee_par_son_nom(nom: str, tmp_path: Path) -> None:
    """Elle dit ce qu’elle est, et que faire : aucune de ses colonnes n’est la réponse à elle seule."""
    motif, dit = ECLATEES[nom]
    mots = [niveau.libelle for niveau in MINIMAL.echelle.niveaux[:2]]
    noms = [
        motif.format(code=item.code, enonce=item.enonce, question=MINIMAL.echelle.question, n=n, mot=mots[n - 1])
        for item in MINIMAL.items
        for n in (1, 2)
    ]
    noms = list(dict.fromkeys(noms))
    ecrire_csv(tmp_path / "t.csv", [["Votre code", *noms], ["R01", *["1"] * len(noms)]], ",")
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire(tmp_path / "t.csv", MINIMAL)
    (une, _) = leve.value.anomalies
    assert (une.code, dit in une.quoi) == ("table-sans-item", True)
    assert "correspondance" in une.correction


CORRESPONDANCES = {
    "limesurvey, double échelle": ("T1[{code}][{n}]", {1: "{code}", 2: "de-cote"}),
    "limesurvey, double échelle de deux moments": ("T1[{code}][{n}]", {1: "{code}_t0", 2: "{code}_t1"}),
    "le sphinx, énoncé_1": ("{enonce}_{n}", {1: "{code}", 2: "de-cote"}),
}


@pytest.mark.parametrize("nom", CORRESPONDANCES)
def test_le_remede_d_une_forme_a_plusieurs_colonnes_par_situation_la_lit(
    nom: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """La commande que dit le refus, complétée, appliquée : les réponses y sont."""
    motif, voulus = CORRESPONDANCES[nom]
    monkeypatch.chdir(tmp_path)
    paires = [(item, n) for item in MINIMAL.items for n in (1, 2)]
    noms = {
        motif.format(code=item.code, enonce=item.enonce, n=n): voulus[n].format(code=item.code) for item, n in paires
    }
    ecrire_csv(Path("t.csv"), [["Votre code", *noms], ["R01", *["3", "1"] * 6], ["R02", *["2", "4"] * 6]], ",")
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire("t.csv", MINIMAL)
    commande = next(u for u in leve.value.anomalies if u.code == "table-sans-item").correction.rpartition("cpit ")[2]
    sortie = CliRunner().invoke(app, shlex.split(commande.rstrip(" .")))
    assert sortie.exit_code == 0, sortie.output
    (proposee,) = tmp_path.glob("*.yaml")
    texte = proposee.read_text(encoding="utf-8")
    for en_tete, voulu in noms.items():
        texte, combien = re.subn(rf'(?m)^(\s*"?{re.escape(en_tete)}"?\s*:) .*$', rf"\1 {voulu}", texte)
        assert combien == 1, texte
    proposee.write_text(texte, encoding="utf-8")
    recueil = cpit.lire("t.csv", MINIMAL, correspondance=proposee)
    lues = {(n.passation.identifiant, n.passation.moment): lettres(n.releve, MINIMAL) for n in recueil.cohorte.notees}
    moments = ("t0", "t1") if "moments" in nom else ("t0",)
    attendues = {"R01": ("333333", "111111"), "R02": ("222222", "444444")}
    assert lues == {(qui, m): attendues[qui][k] for qui in attendues for k, m in enumerate(moments)}


def _a_cases(motif: str, options: Sequence[object], personnes: Personnes, qui: str) -> Rangees:
    """Un export où chaque niveau de chaque situation a sa colonne, cochée d’un 1."""
    valeurs = [*(niveau.valeur for niveau in MINIMAL.echelle.niveaux), "SO"]
    noms = [motif.format(code=item.code.lower(), option=option) for item in MINIMAL.items for option in options]
    corps = [
        [code, *("01"[reponses[item.code] == valeur] for item in MINIMAL.items for valeur in valeurs)]
        for code, reponses in personnes
    ]
    return [[qui, *noms], *corps]


A_CASES: dict[str, tuple[str, list[object], str]] = {
    "moodle": (
        "Q02_{code}->{option}",
        [*(niveau.libelle for niveau in MINIMAL.echelle.niveaux), "Sans objet"],
        "Q01_Votre code",
    ),
    "redcap": ("{code}___{option}", [*(niveau.valeur for niveau in MINIMAL.echelle.niveaux), "so"], "record_id"),
}


@pytest.mark.parametrize("cle", A_CASES)
def test_une_case_cochee_par_niveau_est_une_reponse(cle: str, tmp_path: Path) -> None:
    """Deux cases cochées en sont deux, et une coche incomprise n’en est pas une : l’une et l’autre sont refusées."""
    tirees = _tirer(MINIMAL, random.Random(cle), 4)
    personnes = [(qui, {c: None if _oracle(r) == "R" else r for c, r in rs.items()}) for qui, rs in tirees]
    rangees = _a_cases(*A_CASES[cle][:2], personnes, A_CASES[cle][2])
    for chemin in (ecrire_csv(tmp_path / "t.csv", rangees), ecrire_xlsx(tmp_path / "t.xlsx", {"Réponses": rangees})):
        lecture = lire_seule(chemin, MINIMAL)
        assert personnes_de(lecture, MINIMAL) == _attendu(personnes, MINIMAL)
        assert "6 situations" in dite(lecture, "table-a-cases").quoi
    assert [releve.ligne for releve in lire_seule(tmp_path / "t.csv", MINIMAL).releves] == [2, 3, 4, 5]
    rangees[1][1:6], rangees[2][1:6] = list("11000"), ["0", "peut-être", "0", "0", "0"]
    lecture = lire_seule(ecrire_csv(tmp_path / "u.csv", rangees), MINIMAL)
    assert [lettres(releve, MINIMAL)[0] for releve in lecture.releves][:2] == ["R", "R"]
    lieux = {a.code: (a.lieu.ligne, a.lieu.colonne) for a in lecture.anomalies if a.code.startswith("cellule")}
    assert lieux == {"cellule-plusieurs-reponses": (2, 2), "cellule-incomprise": (3, 3)}


@pytest.mark.parametrize("mot", ["Points", "Feedback", "Commentaires"])
def test_les_points_d_un_quiz_ne_sont_pas_des_reponses(mot: str, tmp_path: Path) -> None:
    """Même seuls, les questions ôtées de l’export."""
    noms = [f"{mot} - {item.enonce}" for item in MINIMAL.items]
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire(ecrire_csv(tmp_path / "t.csv", [["Votre code", *noms], ["R01", *"111111"]]), MINIMAL)
    assert {une.code for une in leve.value.anomalies} <= {"colonne-inconnue", "table-sans-item", "cohorte-vide"}


def test_le_sphinx_se_reconnait_a_sa_feuille_d_information(tmp_path: Path) -> None:
    personnes = _tirer(MINIMAL, random.Random(1), 3)
    entete = ["", "Votre code", *(item.enonce for item in MINIMAL.items)]
    corps = [
        [str(rang), qui, *(en_mots(MINIMAL, reponses[item.code]) for item in MINIMAL.items)]
        for rang, (qui, reponses) in enumerate(personnes, 1)
    ]
    feuilles: dict[str, Rangees] = {
        "Questionnaire": [[], entete, *corps],
        "information": [
            ["Informations d'export :", "Fichier de données produit par Sphinx iQ"],
            *([item.enonce, "Jamais ou presque"] for item in MINIMAL.items),
        ],
    }
    lecture = lire_seule(ecrire_xlsx(tmp_path / "sphinx.xlsx", feuilles), MINIMAL)
    assert personnes_de(lecture, MINIMAL) == _attendu(personnes, MINIMAL)
    assert dite(lecture, "colonnes-enquete").quoi.startswith("Le Sphinx reconnu")


@pytest.mark.echantillon(5)
@pytest.mark.parametrize("cle", OUTILS)
def test_la_correspondance_proposee_d_un_export_lu_le_lit_de_meme(cle: str, tmp_path: Path) -> None:
    """Rien n’y est à dire : ce que l’outil gère est de côté, qui a répondu et quand sont nommés."""
    tirees = _tirer(MINIMAL, random.Random(cle), 4)
    personnes = [(qui, {c: None if _oracle(r) == "R" else r for c, r in rs.items()}) for qui, rs in tirees]
    table = ecrire_csv(tmp_path / "t.csv", OUTILS[cle].rangees(MINIMAL, personnes), OUTILS[cle].separateur)
    proposition = cpit.correspondance(table, tmp_path / "c.yaml", referentiel=MINIMAL)
    assert [une.nom for une in proposition.colonnes if une.voulu == "?"] == []
    assert proposition.a_dire == 0
    lecture = lire_seule(table, MINIMAL, correspondance=tmp_path / "c.yaml")  # type: ignore[arg-type]
    assert personnes_de(lecture, MINIMAL) == _attendu(personnes, MINIMAL)
    assert {releve.passation.moment for releve in lecture.releves} == {OUTILS[cle].moment}


# --- ce que l’outil dit d’une réponse : non envoyée, d’essai, rejetée -------------------------------------------------

RESERVES = {
    "lime-code": ("submitdate", "", "inachevees"),
    "lime-libelles": ("submitdate", "NA", "inachevees"),
    "lime-texte-fr": ("Date de soumission", "", "inachevees"),
    "lime-texte-en": ("Date submitted", "", "inachevees"),
    "lime-tirets-bas": ("Date_de_soumission", "", "inachevees"),
    "lime-code-et-texte-tiret": ("submitdate - Date de soumission", "", "inachevees"),
    "lime-vv": ("submitdate", "{question_not_shown}", "inachevees"),
    "framaforms": ("Draft", "1", "inachevees"),
    "framaforms-cles": ("webform_draft", "1", "inachevees"),
    "framaforms-forme": ("mot 5", "1", "inachevees"),
    "redcap": ("cpit_complete", "0", "inachevees"),
    "redcap-libelles": ("Complete?", "Incomplete", "inachevees"),
    "qualtrics": ("Finished", "False", "inachevees"),
    "qualtrics-choix": ("Finished", "0", "inachevees"),
    "formr": ("ended", "", "inachevees"),
    "odk": ("ReviewState", "rejected", "rejetees"),
    "kobo-xml": ("_validation_status", "validation_status_not_approved", "rejetees"),
}


def _sous_reserve(cle: str, combien: int) -> tuple[Rangees, Personnes, str, str]:
    """Un export dont les premières réponses sont des brouillons, ou sont rejetées."""
    nom, valeur, code = RESERVES[cle]
    personnes = _tirer(MINIMAL, random.Random(cle), 30)
    rangees = OUTILS[cle].rangees(MINIMAL, personnes)
    rang = next(ligne.index(nom) for ligne in rangees if nom in ligne)
    debut = len(rangees) - len(personnes)
    for ligne in rangees[debut : debut + combien]:
        ligne[rang] = valeur
    # Une version de travail de LimeSurvey a ses textes au-dessus de ses codes.
    return rangees, personnes, "texte 1" if cle == "lime-vv" else nom, f"reponses-{code}"


@pytest.mark.parametrize("cle", RESERVES)
@pytest.mark.endurance
def test_une_reponse_que_l_outil_ne_dit_pas_envoyee_est_comptee_et_nommee(cle: str, tmp_path: Path) -> None:
    """Ordinaire ou au fil de la lecture, d’un texte ou d’un classeur : une fois, avec leur nombre et leur colonne."""
    for combien in (2, 0):
        rangees, personnes, nom, code = _sous_reserve(cle, combien)
        csv = ecrire_csv(tmp_path / "t.csv", rangees, OUTILS[cle].separateur)
        lecture = lire_seule(csv, MINIMAL)
        bilan = noter_en_octets(csv, MINIMAL)
        en_classeur = lire_seule(ecrire_xlsx(tmp_path / "t.xlsx", {"Réponses": rangees}), MINIMAL)
        for lue in (lecture, en_classeur):
            assert personnes_de(lue, MINIMAL) == _attendu(personnes, MINIMAL)
            assert [r.inachevee for r in lue.releves] == [k < combien * (code[9:] == "inachevees") for k in range(30)]
        for anomalies in (lecture.anomalies, bilan.anomalies, en_classeur.anomalies):
            dites = [une for une in anomalies if une.code.startswith("reponses-")]
            attendues = [(code, 2, nom)] * (combien > 0)
            assert [(une.code, une.mots["nombre"], une.mots["colonne"]) for une in dites] == attendues


def test_un_essai_de_qualtrics_et_un_brouillon_de_moodle_sont_nommes(tmp_path: Path) -> None:
    personnes = _tirer(MINIMAL, random.Random(2), 3)
    rangees = OUTILS["qualtrics"].rangees(MINIMAL, personnes)
    rangees[-1][rangees[0].index("Status")] = "Survey Preview"
    lecture = lire_seule(ecrire_csv(tmp_path / "q.csv", rangees), MINIMAL)
    assert "Survey Preview" in dite(lecture, "reponses-d-essai").quoi
    assert not any(releve.inachevee for releve in lecture.releves)
    rangees = OUTILS["moodle"].rangees(MINIMAL, personnes)
    rangees = [[*ligne, "Complete" if k == 0 else "n" if k == 1 else "y"] for k, ligne in enumerate(rangees)]
    lecture = lire_seule(ecrire_csv(tmp_path / "m.csv", rangees), MINIMAL)
    assert [releve.inachevee for releve in lecture.releves] == [True, False, False]
    assert "1 réponse n’a pas été envoyée" in dite(lecture, "reponses-inachevees").quoi


def test_un_brouillon_repris_laisse_la_reponse_envoyee_chez_tout_outil(tmp_path: Path) -> None:
    (une,) = _tirer(MINIMAL, random.Random(3), 1)
    autre = (une[0], {item.code: 1 if une[1][item.code] != 1 else 2 for item in MINIMAL.items})
    rangees = OUTILS["framaforms"].rangees(MINIMAL, [une, autre])
    rangees[-2][rangees[2].index("Draft")] = "1"
    recueil = cpit.lire(ecrire_csv(tmp_path / "t.csv", rangees, ";"), MINIMAL)
    assert [lettres(n.releve, MINIMAL) for n in recueil.cohorte.notees] == list(_attendu([autre], MINIMAL).values())
    assert "passation-abandonnee" in {une.code for une in recueil.anomalies}


def test_seul_le_formulaire_redcap_qui_porte_les_situations_dit_si_elles_sont_envoyees(tmp_path: Path) -> None:
    """Et bout à bout, à la place que des en-têtes redits lui donnent ; un nom commun n’y suffit pas sans l’outil."""
    personnes = _tirer(MINIMAL, random.Random(4), 2)
    rangees = OUTILS["redcap"].rangees(MINIMAL, personnes)
    rangees = [
        ["accueil_complete" if k == 0 else "0", *ligne, *(["suite_complete"] if k == 0 else ["0"])]
        for k, ligne in enumerate(rangees)
    ]
    assert "reponses-inachevees" not in codes(lire_seule(ecrire_csv(tmp_path / "t.csv", rangees), MINIMAL))
    premiers, seconds = (OUTILS["framaforms"].rangees(MINIMAL, [une])[2:] for une in personnes)
    seconds[1][seconds[0].index("Draft")] = "1"
    bout_a_bout = [*premiers, *(ligne[::-1] for ligne in seconds)]
    lecture = lire_seule(ecrire_csv(tmp_path / "u.csv", bout_a_bout), MINIMAL)
    assert [releve.inachevee for releve in lecture.releves] == [False, True]
    ordinaires = [["identifiant", "Draft", "Finished", *(i.code for i in MINIMAL.items)], ["R1", "1", "0", *"111111"]]
    assert not any(r.inachevee for r in lire_seule(ecrire_csv(tmp_path / "v.csv", ordinaires), MINIMAL).releves)


# --- un en-tête, des habits -------------------------------------------------------------------------------------------

ENONCE, QUESTION = LIVRE.items_par_code["C1P"].enonce, LIVRE.echelle.question
HABITS: dict[str, Callable[[str, str, int], str]] = {
    "code": lambda c, _e, _k: c,
    "minuscules": lambda c, _e, _k: c.lower(),
    "groupe/code": lambda c, _e, _k: f"groupe/{c}",
    "groupes/code": lambda c, _e, _k: f"data/partie_1/{c}",
    "g-code": lambda c, _e, _k: f"g-{c}",
    "crochets": lambda c, _e, _k: f"T1[{c}]",
    "une question par item": lambda c, _e, k: f"Q{k:02}_{c}",
    "énoncé": lambda _c, e, _k: e,
    "(code) énoncé": lambda c, e, _k: f"({c}) {e}",
    "[code] énoncé": lambda c, e, _k: f"[{c}] {e}",
    "code. énoncé": lambda c, e, _k: f"{c}. {e}",
    "code - énoncé": lambda c, e, _k: f"{c} - {e}",
    "code : énoncé": lambda c, e, _k: f"{c} : {e}",
    "1. énoncé": lambda _c, e, k: f"{k}. {e}",
    "1) énoncé": lambda _c, e, k: f"{k}) {e}",
    "Q1. énoncé": lambda _c, e, k: f"Q{k}. {e}",
    "1.2 énoncé": lambda _c, e, k: f"1.{k} {e}",
    "question [1.2 énoncé]": lambda _c, e, k: f"{QUESTION} [1.{k} {e}]",
    "question [Q1. énoncé]": lambda _c, e, k: f"{QUESTION} [Q{k}. {e}]",
    "question [a) énoncé]": lambda _c, e, k: f"{QUESTION} [{chr(96 + k)}) {e}]",
    "question (1.2 énoncé)": lambda _c, e, k: f"{QUESTION} (1.{k} {e})",
    "(lettre) énoncé": lambda _c, e, k: f"({chr(96 + k)}) {e}",
    "Q01_T1->énoncé": lambda _c, e, _k: f"Q01_T1->{e}",
    "question [énoncé]": lambda _c, e, _k: f"{QUESTION}  [{e}]",
    "question (énoncé)": lambda _c, e, _k: f"{QUESTION} ({e})",
    "question - énoncé": lambda _c, e, _k: f"{QUESTION} - {e}",
    "question >> énoncé": lambda _c, e, _k: f"{QUESTION} >> {e}",
    "question.énoncé": lambda _c, e, _k: f"{QUESTION}.{e}",
    "groupe/énoncé": lambda _c, e, _k: f"Diagnostiquer / agir/{e}",
    "balises": lambda _c, e, _k: f"<p><b>{e}</b></p>",
    "entités": lambda _c, e, _k: e.replace("é", "&#233;").replace("’", "&rsquo;") + "&nbsp;",
    "entités doublées": lambda _c, e, _k: e.replace("é", "&amp;eacute;"),
    "insécables": lambda _c, e, _k: "\ufeff" + e.replace(" ", "\xa0") + "\u202f",
    "fins de ligne": lambda _c, e, _k: e.replace(" ", "\n", 5),
    "mots coupés": lambda _c, e, _k: e[:33] + "\n" + e[33:66] + "\n" + e[66:],
    "tirets bas": lambda _c, e, _k: f"{QUESTION} [{e}]".replace(" ", "_"),
    "obligatoire": lambda _c, e, _k: f"{e} *",
    "guillemets et tirets": lambda _c, e, _k: e.replace("’", "'").upper(),
}
"""Ce que les outils et les tableurs mettent autour d’un même énoncé."""


@pytest.mark.endurance
@pytest.mark.parametrize("habit", HABITS)
@settings(max_examples=tirages(3), deadline=None)
@given(alea=st.randoms(use_true_random=False))
def test_des_tables_habillees_au_hasard_disent_les_memes_reponses(
    habit: str, tmp_path_factory: pytest.TempPathFactory, alea: random.Random
) -> None:
    """Ordre des colonnes, titres, colonnes inconnues, nom de l’identité et du profil tirés au hasard."""
    personnes = _tirer(LIVRE, alea, 3)
    colonnes = [
        [HABITS[habit](item.code, item.enonce, k), *(en_mots(LIVRE, r[item.code]) for _, r in personnes)]
        for k, item in enumerate(LIVRE.items, 1)
    ]
    qui = alea.choice(["identifiant", "Votre code", "(code) Votre code", "groupe/identifiant", "votre_code", "token"])
    colonnes.append([qui, *(code for code, _ in personnes)])
    profil = alea.choice(["structure", "Structure d’exercice", "Q3. Structure d'exercice", "groupe/structure"])
    colonnes.append([profil, *("Commune" for _ in personnes)])
    colonnes += [[f"Remarque {n}", *(NOM for _ in personnes)] for n in range(alea.randrange(3))]
    alea.shuffle(colonnes)
    rangees = [list(rangee) for rangee in zip(*colonnes, strict=True)]
    titres: Rangees = [["Enquête de la promotion 3"], []][: alea.randrange(3)]
    dossier = tmp_path_factory.mktemp("habits")
    fait: Callable[[], Path] = alea.choice(
        [
            lambda: ecrire_csv(dossier / "t.csv", [*titres, *rangees], alea.choice(";,\t")),
            lambda: ecrire_xlsx(dossier / "t.xlsx", {"Vide": [], "Réponses": [*titres, *rangees]}),
        ]
    )
    lecture = lire_seule(fait(), LIVRE)
    assert personnes_de(lecture) == _attendu(personnes, LIVRE)
    assert {r.passation.profil["structure"] for r in lecture.releves} == {"commune"}
    assert NOM not in repr(lecture.anomalies)


def test_une_ligne_d_en_tetes_qui_finit_par_un_code_ne_dit_pas_la_version(tmp_path: Path) -> None:
    """Lue d’un autre séparateur, elle n’est qu’une cellule : « groupe/C1P,…,groupe/C8C » n’y désigne pas C8C."""
    *premiers, dernier = (f"groupe/{item.code}" for item in LIVRE.items)
    entetes = [*premiers, "identifiant", "Q3. Structure d'exercice", "Remarque 0", dernier]
    jamais = next(niveau.libelle for niveau in LIVRE.echelle.niveaux if niveau.valeur == 0)
    rangees = [entetes, *([*[jamais] * len(premiers), qui, "Commune", "", jamais] for qui in ("R01", "R02", "R03"))]
    lecture = lire_seule(ecrire_csv(tmp_path / "t.csv", rangees, ","), LIVRE)
    assert personnes_de(lecture) == dict.fromkeys(("R01", "R02", "R03"), "0" * len(LIVRE.items))


def test_un_classeur_en_une_colonne_dit_aussi_sa_version_et_sa_correspondance(tmp_path: Path) -> None:
    """Chaque ligne dans une cellule, comme la laisse un CSV mal ouvert : ses libellés ne sont que de sa version."""
    entetes = ["identifiant", *(item.code for item in LIVRE.items)]
    jamais = next(niveau.libelle for niveau in LIVRE.echelle.niveaux if niveau.valeur == 0)
    lignes = [entetes, *([qui, *[jamais] * len(LIVRE.items)] for qui in ("R01", "R02", "R03"))]
    table = ecrire_xlsx(tmp_path / "t.xlsx", {"Feuil1": [[",".join(ligne)] for ligne in lignes]})
    recueil = cpit.lire(table)
    assert recueil.referentiel.version == LIVRE.version
    assert {lettres(notee.releve) for notee in recueil.cohorte.notees} == {"0" * len(LIVRE.items)}
    proposee = cpit.correspondance(table, tmp_path / "c.yaml")
    assert (len(proposee.colonnes), proposee.a_dire) == (len(entetes), 0)
    assert cpit.lire(table, LIVRE, correspondance=tmp_path / "c.yaml").cohorte == recueil.cohorte


@pytest.mark.parametrize(
    "nom",
    [
        *("importance[C1P]", "importance_C1P", "importance - C1P", "n_C1P", "score_agent", "C1P ?", "niveau C1P"),
        *("C1P (importance)", "Points - C1P", "T1[C1P][1]", "C1P.1", "x/C1P/y", "0C1P"),
    ],
)
def test_ce_qui_n_est_qu_un_air_de_famille_est_inconnu(nom: str) -> None:
    autres = [item.code for item in LIVRE.items if item.code != "C1P"]
    entete = entete_de("identifiant", *autres, nom)
    assert list(entete.items) == autres
    inconnues = [une for une in entete.anomalies if une.code == "colonnes-inconnues"]
    assert nom in inconnues[0].quoi.replace("\u202f", " ")
    assert "items-manquants" in {une.code for une in entete.anomalies}


def test_la_question_qui_porte_les_autres_items_l_emporte() -> None:
    noms = [f"T1[{item.code}]" for item in LIVRE.items]
    entete = entete_de("identifiant", *noms, "importance[C1P]", "importance[C1M]")
    assert list(entete.items) == noms
    # L’importance de chaque situation n’est pas une réponse : elle est laissée de côté.
    importances = [f"importance[{item.code}]" for item in LIVRE.items]
    assert list(entete_de("identifiant", *importances, *noms).items) == noms
    # Autant d’items sous deux autres questions : rien ne dit laquelle est la bonne.
    douteuse = entete_de("identifiant", *noms, *(f"utilite[{item.code}]" for item in LIVRE.items))
    assert {une.code for une in douteuse.anomalies} == {"colonne-ambigue", "refus-en-nombre"}
    # Si l’une est celle du référentiel, c’est elle.
    bonnes = [f"{QUESTION} [{item.enonce}]" for item in LIVRE.items]
    autres = [f"Est-ce important ? [{item.enonce}]" for item in LIVRE.items]
    assert list(entete_de("code", *autres, *bonnes).items) == bonnes


def test_une_enquete_en_plusieurs_questions_se_lit_entiere() -> None:
    par_numero = [f"Q{item.code[1]}[{item.code}]" for item in LIVRE.items]
    par_mot = [f"{'abcdefgh'[int(item.code[1]) - 1]}zz[{item.code}]" for item in LIVRE.items]
    par_texte = [f"Partie {item.code[1]} [{item.enonce}]" for item in LIVRE.items]
    for noms in (par_numero, par_mot, par_texte):
        assert [code for code, _, _ in entete_de("identifiant", *noms).items.values()] == list(LIVRE.items_par_code)


def test_une_colonne_qui_cite_un_enonce_perdu_est_refusee() -> None:
    (refus,) = entete_de("identifiant", "C1M", f"Dites-nous si {ENONCE} Merci d’avance").anomalies
    assert refus.code == "colonne-inconnue"
    assert "C1P" in refus.correction


def test_deux_lignes_d_en_tete_qui_se_contredisent_sont_refusees(tmp_path: Path) -> None:
    enonces = [item.enonce for item in LIVRE.items]
    codes_ = [item.code for item in LIVRE.items]
    decalees = [codes_, [*enonces[1:], enonces[0]], ["1"] * 24]
    lecture = lire_seule(ecrire_csv(tmp_path / "t.csv", decalees), LIVRE)
    assert lecture.releves == ()
    assert "colonne-ambigue" in codes(lecture)


# --- moment et regard portés par les en-têtes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noms", "attendus"),
    [
        (("T1_C1P", "T1_C1M"), ("t1", "soi")),
        (("C1P_t1", "C1M_t1"), ("t1", "soi")),
        (("C1P_T0-retrospectif", "C1M_t0_retrospectif"), ("t0-retrospectif", "soi")),
        (("T1 - C1P", "t1.C1M"), ("t1", "soi")),
        ((f"{ENONCE} (T1)", f"T1 : {LIVRE.items_par_code['C1M'].enonce}"), ("t1", "soi")),
        (("N1_C1P", "N1_C1M"), ("t0", "tiers")),
        (("tiers_C1P", "C1M_tiers"), ("t0", "tiers")),
        (("T1_N1_C1P", "N1_C1M_t1"), ("t1", "tiers")),
        (("t1/C1P", "t1/C1M"), ("t1", "soi")),
        (("T1[C1P]", "T1[C1M]"), ("t0", "soi")),
        (("G01Q02_C1P", "G01Q02_C1M"), ("t0", "soi")),
    ],
)
def test_un_en_tete_dit_le_moment_et_le_regard(noms: Sequence[str], attendus: tuple[str, str]) -> None:
    assert entete_de("identifiant", *noms).items == {
        nom: (code, *attendus) for nom, code in zip(noms, ("C1P", "C1M"), strict=True)
    }


@pytest.mark.parametrize("nom", ["29-large-t0-t1.csv", "74b-T0_T1.csv", "74-T1_prefixe-moment.csv"])
def test_une_table_large_donne_une_passation_par_moment(nom: str) -> None:
    lues = {
        (r.passation.identifiant, r.passation.moment): lettres(r) for r in lire_seule(EN_TETES / nom, LIVRE).releves
    }
    t1 = {(qui, "t1"): reponses for qui, reponses in TROIS.items()}
    assert {cle: reponses for cle, reponses in lues.items() if cle[1] == "t1"} == t1
    assert {moment for _, moment in lues} == ({"t1"} if nom.startswith("74-") else {"t0", "t1"})
    assert len(lues) == (3 if nom.startswith("74-") else 6)


def test_t1_est_une_question_dans_limesurvey_et_deux_moments_s_il_y_a_t0() -> None:
    gestion = ("id", "submitdate", "lastpage", "seed")
    seul = entete_de(*gestion, *(f"T1_{item.code}" for item in LIVRE.items))
    assert {moment for _, moment, _ in seul.items.values()} == {"t0"}
    for motif in ("{}[{}]", "{}_{}", "Q0" + "1_{}->{}"):
        deux = entete_de(*gestion, *(motif.format(m, i.code) for m in ("T0", "T1") for i in LIVRE.items))
        assert [moment for _, moment, _ in deux.items.values()] == ["t0"] * 24 + ["t1"] * 24
    # Deux questions sur les mêmes situations, sans t0 : rien ne dit que ce sont deux moments.
    douteuse = entete_de(*gestion, *(f"{m}[{i.code}]" for m in ("T1", "T2") for i in LIVRE.items))
    assert {une.code for une in douteuse.anomalies} == {"colonne-ambigue", "refus-en-nombre"}


@pytest.mark.parametrize(
    ("noms", "code"),
    [
        (("moment", "C1P_t0", "C1P_t1"), "contexte-en-double"),
        (("regard", "C1P_tiers", "C1M_tiers"), "contexte-en-double"),
        (("T1_C1P", "T2_C1M"), "colonne-ambigue"),
        (("T1_C1P", "N1_C1P"), "colonne-ambigue"),
        (("C1P_t1", "T1_C1P"), "colonne-en-double"),
    ],
)
def test_un_moment_douteux_est_refuse(noms: Sequence[str], code: str) -> None:
    assert {une.code for une in entete_de("identifiant", *noms).anomalies} == {code}


def test_une_colonne_de_moment_l_emporte_sur_le_nom_de_la_question(tmp_path: Path) -> None:
    """« T1_C1P » n’est, dans LimeSurvey, que le nom d’une question ; ailleurs, une ligne qui le contredit se refuse."""
    noms = ["moment", *(f"T1_{item.code}" for item in LIVRE.items)]
    gestion = ["id", "submitdate", "lastpage", "seed"]
    rempli = ["7", "2026-09-14 09:12:54", "1", "12"]
    lime = lire_seule(ecrire_csv(tmp_path / "l.csv", [[*gestion, *noms], [*rempli, "t2", *ANA]]), LIVRE)
    assert [(r.passation.moment, lettres(r)) for r in lime.releves] == [("t2", ANA)]
    ailleurs = lire_seule(ecrire_csv(tmp_path / "t.csv", [noms, ["t1", *ANA], ["t2", *BOB]]), LIVRE)
    assert [(r.passation.moment, lettres(r)) for r in ailleurs.releves] == [("t1", ANA)]
    assert dite(ailleurs, "contexte-contredit").lieu.ligne == 3


# --- qui a répondu ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noms", "choisi", "autres"),
    [
        (("N_participant",), "N_participant", ""),
        (("Votre code :",), "Votre code :", ""),
        (("token", "Votre code"), "Votre code", "token"),
        (("record_id", "identifiant"), "identifiant", "record_id"),
        (("redcap_survey_identifier", "record_id"), "record_id", "redcap_survey_identifier"),
        (("id", "N° participant"), "N° participant", "id"),
        (("Nom", "Adresse e-mail", "Email"), None, ""),
    ],
)
def test_qui_a_repondu_suit_une_liste_fermee(noms: Sequence[str], choisi: str | None, autres: str) -> None:
    entete = entete_de(*noms, *(item.code for item in LIVRE.items))
    assert entete.identifiant == (choisi or "")
    dites = [une.quoi for une in entete.anomalies if une.code == "identifiants-possibles"]
    assert [autres in dite_ for dite_ in dites] == [True] * bool(autres)
    if choisi is None:
        assert "aucune colonne ne dit qui a répondu" in entete.anomalies[0].quoi


def test_une_table_sans_identite_le_dit_au_resume(tmp_path: Path) -> None:
    """Même quand rien n’y est mis de côté."""
    for nom, sans in (("01e-lime-meta-otees.csv", True), ("73-n_participant.csv", False)):
        options = ["cohorte", str(EN_TETES / nom), "--sortie", str(tmp_path / f"{nom}.csv"), "--simple"]
        fini = CliRunner().invoke(app, options)
        assert fini.exit_code == 0
        assert ("t0, soi, une personne par ligne" in " ".join(fini.output.split())) is sans


def test_l_en_tete_demande_dit_qui_a_repondu() -> None:
    noms = ("Adresse e-mail", "identifiant", "C1P")
    assert entete_de(*noms, identifiant="adresse E-MAIL").identifiant == "Adresse e-mail"
    (refus,) = entete_de(*noms, identifiant="Courriel").anomalies
    assert refus.code == "identifiant-introuvable"
    assert all(nom in refus.attendu for nom in noms)


# --- rien de ce qui est mis de côté ne s’écrit ------------------------------------------------------------------------


def _textes(dossier: Path) -> str:
    """Tout ce que contiennent les fichiers d’un dossier, classeurs compris."""
    morceaux = []
    for fichier in sorted(f for f in dossier.rglob("*") if f.is_file()):
        if zipfile.is_zipfile(fichier):
            with zipfile.ZipFile(fichier) as archive:
                morceaux += [archive.read(nom) for nom in archive.namelist()]
        else:
            morceaux.append(fichier.read_bytes())
    return "\n".join(octets.decode("utf-8", "replace") for octets in morceaux)


@pytest.mark.echantillon(6)
@pytest.mark.parametrize(
    "cle", ["forms-fr", "lime-code", "framaforms-forme", "surveymonkey", "nextcloud-fr", "demarches"]
)
def test_ni_adresse_ni_nom_ni_ip_ne_s_ecrit_nulle_part(cle: str, tmp_path: Path) -> None:
    outil = OUTILS[cle]
    personnes = _tirer(LIVRE, random.Random(cle), 12)
    table = ecrire_csv(tmp_path / "t.csv", outil.rangees(LIVRE, personnes), outil.separateur)
    sorties = tmp_path / "sorties"
    sorties.mkdir()
    dits = []
    longues = [
        ["cohorte", str(table), "--sortie", str(sorties / "g.xlsx"), "--page", str(sorties / "g.html"), "--nominatif"],
        ["cohorte", str(table), "--sortie", str(sorties / "g.csv"), "--fiches", str(sorties / "fiches")],
        ["exporter", str(table), "--sortie", str(sorties / "jeu")],
    ]
    # Toutes les sorties, de l’outil qui en dit le plus ; des autres, la plus bavarde.
    courtes = [["cohorte", str(table), "--sortie", str(sorties / "g.json"), "--simple"]]
    for options in courtes + (longues if cle == "surveymonkey" else []):
        fini = CliRunner().invoke(app, options)
        assert fini.exit_code in (0, 1), fini.output
        dits.append(fini.output)
    ecrit = _textes(sorties) + "".join(dits)
    assert "R01" in ecrit
    assert [mot for mot in (ADRESSE, IP, NOM, COMPTE) if mot in ecrit] == []


def test_la_commande_nomme_l_outil_et_ce_qu_elle_met_de_cote(tmp_path: Path) -> None:
    table = ecrire_csv(tmp_path / "t.csv", google(LIVRE, _tirer(LIVRE, random.Random(3), 3)))
    fini = CliRunner().invoke(app, ["cohorte", str(table), "--sortie", str(tmp_path / "g.csv"), "--simple"])
    dit = " ".join(fini.output.replace("\u202f", " ").split())
    assert "Google Forms reconnu : 2 colonnes mises de côté (« Horodateur » et « Adresse e-mail »)" in dit
    strict = CliRunner().invoke(app, ["cohorte", str(table), "--sortie", str(tmp_path / "h.csv"), "--strict"])
    assert strict.exit_code == 1


# --- ce que disent les énoncés eux-mêmes : à qui l’on parle, ou une autre question ------------------------------------

ACTUEL = cpit.referentiel(RACINE / "referentiels" / "innovation-territoriale.yaml")
POUR_SOI = [item.enonce for item in ACTUEL.items]
POUR_UN_TIERS = [item.enonce_tiers or item.enonce for item in ACTUEL.items]


@pytest.mark.parametrize("motif", ["{}", "Cette personne… [{}]", "Question - {}"])
def test_des_enonces_ecrits_pour_un_tiers_en_disent_le_regard(motif: str, tmp_path: Path) -> None:
    """Sans colonne « regard », rien d’autre ne le disait : un tiers était compté pour soi."""
    entete = ["Votre code", *map(motif.format, POUR_UN_TIERS)]
    rangees = [entete, ["R1", *"3" * 24], ["R2", *"1" * 24]]
    for chemin in (ecrire_csv(tmp_path / "t.csv", rangees), ecrire_xlsx(tmp_path / "t.xlsx", {"Réponses": rangees})):
        lecture = lire_seule(chemin, ACTUEL)
        assert [r.passation.regard for r in lecture.releves] == ["tiers", "tiers"]
        assert personnes_de(lecture, ACTUEL) == {"R1": "3" * 24, "R2": "1" * 24}
        assert dite(lecture, "contexte-reconnu").mots["valeurs"] == "tiers"
    notees = noter_en_octets(tmp_path / "t.csv", ACTUEL)
    assert notees.passations == 2
    assert all(";tiers;" in ligne for ligne in notees.octets.decode("utf-8-sig").split("\r\n")[1:3])


@pytest.mark.parametrize(("dit", "regards"), [({"regard": "soi"}, ["soi"]), ({}, ["soi", "tiers"])])
def test_ce_que_disent_les_enonces_cede_a_ce_qui_est_dit(
    dit: dict[str, str], regards: list[str], tmp_path: Path
) -> None:
    entetes = POUR_UN_TIERS if dit else [*POUR_SOI, *POUR_UN_TIERS]
    chemin = ecrire_csv(tmp_path / "t.csv", [["Votre code", *entetes], ["R1", *"3" * len(entetes)]])
    lecture = lire_seule(chemin, ACTUEL, **dit)
    assert [r.passation.regard for r in lecture.releves] == regards


@pytest.mark.echantillon(5)
@pytest.mark.parametrize("mot", ["Importance", "Fréquence", "Importance pour le poste", "Degré d’importance"])
@pytest.mark.parametrize("motif", ["{mot} [{enonce}]", "{mot} - {enonce}", "{mot} ({enonce})"])
def test_l_importance_d_une_situation_n_en_est_jamais_la_reponse(mot: str, motif: str, tmp_path: Path) -> None:
    """Seule, elle était prise pour la question qui porte les items ; avec eux, elle les faisait refuser."""
    places = [motif.format(mot=mot, enonce=enonce) for enonce in POUR_SOI]
    seule = ecrire_csv(tmp_path / "s.csv", [["Votre code", *places], ["R1", *"1" * 24]])
    assert lire_seule(seule, ACTUEL).releves == ()
    assert all(une.code != "contexte-reconnu" for une in lire_seule(seule, ACTUEL).anomalies)
    ensemble = [["Votre code", *(f"Où en êtes-vous ? [{enonce}]" for enonce in POUR_SOI), *places]]
    chemin = ecrire_csv(tmp_path / "e.csv", [*ensemble, ["R1", *"3" * 24, *"1" * 24]])
    lecture = lire_seule(chemin, ACTUEL)
    assert personnes_de(lecture, ACTUEL) == {"R1": "3" * 24}
    assert "24 colonnes" in dite(lecture, "colonnes-inconnues").quoi


def test_la_question_de_l_echelle_peut_demander_une_frequence(tmp_path: Path) -> None:
    entetes = ["Votre code", *(f"Fréquence [{item.enonce}]" for item in MINIMAL.items)]
    lecture = lire_seule(ecrire_csv(tmp_path / "t.csv", [entetes, ["R1", *"123412"]]), MINIMAL)
    assert personnes_de(lecture, MINIMAL) == {"R1": "123412"}

"""Ce qu’un en-tête écrit, forme par forme : ce qui le désigne et ce qui l’habille, en une table qu’un formateur peut
relire.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_lecture import Lue, en_csv, lire_seule
from aides import RACINE, TESTS, livre

import cpit
from cpit.coeur.referentiel import Item, Referentiel

ECRITS: dict[str, Any] = yaml.safe_load((TESTS / "donnees" / "en-tetes-ecrits.yaml").read_text("utf-8"))
REFERENTIEL = livre()
ITEMS = REFERENTIEL.items
SANS_ECART = {"items-manquants"}
"""Ce qui se dit de toute table qui n’a pas chaque situation."""


def ecrire(motif: str, item: Item) -> str:
    """L’en-tête d’une situation, écrit comme un motif le dit."""
    enonce = item.enonce
    mots = {"ENONCE": enonce.upper(), "e_nonce": enonce.replace(" ", "_"), "sans_point": enonce.removesuffix(".")}
    mots |= {"code": item.code, "enonce": enonce, "tiers": item.enonce_tiers, "question": REFERENTIEL.echelle.question}
    return motif.format(**mots, debut=enonce[:15])


def lire(dossier: Path, noms: Sequence[str], *lignes: Sequence[str], referentiel: Referentiel = REFERENTIEL) -> Lue:
    """Une table de ces en-têtes ; sans lignes, une seule, répondue 0, 1, 2… tour à tour."""
    rangees = lignes or [["R1", *(str(rang % 5) for rang in range(len(noms) - 1))]]
    return lire_seule(en_csv(dossier / "t", [noms, *rangees]), referentiel)


def prises(lecture: Lue) -> dict[tuple[str, str, str], dict[str, int]]:
    """Les réponses prises, par personne, moment et regard."""
    passations = [releve.passation for releve in lecture.releves]
    return {(une.identifiant, une.moment, une.regard): dict(une.valeurs()) for une in passations}


def dites(lecture: Lue) -> set[str]:
    return {une.code for une in lecture.anomalies} - SANS_ECART


@pytest.mark.parametrize("groupe", ECRITS["ensemble"])
def test_chaque_en_tete_ecrit_est_lu_comme_la_table_le_dit(groupe: str, tmp_path: Path) -> None:
    ecrits = ECRITS["ensemble"][groupe]["ecrits"]
    siens = list(zip(ecrits, ITEMS, strict=False))
    assert len(siens) == len(ecrits)
    lecture = lire(tmp_path, ["identifiant", *(ecrire(*sien) for sien in siens)])
    contexte = ("R1", *ECRITS["ensemble"][groupe]["lu"].split())
    assert prises(lecture) == {contexte: {item.code: rang % 5 for rang, (_, item) in enumerate(siens)}}
    assert dites(lecture) == set()


CHACUN = [(motif, lu) for lu, motifs in ECRITS["chacun"].items() for motif in motifs]


@pytest.mark.parametrize(("motif", "lu"), CHACUN)
def test_ce_qui_porte_les_situations_les_porte_toutes(motif: str, lu: str, tmp_path: Path) -> None:
    lecture = lire(tmp_path, ["identifiant", *(ecrire(motif, item) for item in ITEMS[:3])])
    assert prises(lecture) == {("R1", *lu.split()): {item.code: rang for rang, item in enumerate(ITEMS[:3])}}
    assert dites(lecture) - {"contexte-reconnu"} == set()
    reconnus = {str(une.mots["valeurs"]) for une in lecture.anomalies if une.code == "contexte-reconnu"}
    assert reconnus == ({"tiers"} if "{tiers}" in motif else set())


def test_au_dela_de_douze_groupes_emboites_on_n_en_cherche_plus(tmp_path: Path) -> None:
    for groupes, lue in ((12, True), (13, False)):
        noms = [f"{'/'.join('g' * groupes)}/{item.code}" for item in ITEMS[:3]]
        lecture = lire(tmp_path, ["identifiant", *noms])
        assert (len(lecture.releves), dites(lecture)) == ((1, set()) if lue else (0, {"table-sans-item"}))


@pytest.mark.parametrize("cle", ECRITS["a cote"])
def test_ce_qui_accompagne_une_reponse_est_a_cote_d_elle(cle: str, tmp_path: Path) -> None:
    siens = list(zip(ECRITS["a cote"][cle], ITEMS, strict=False))
    codes = [item.code for _, item in siens]
    noms = ["identifiant", *codes, *(ecrire(*sien) for sien in siens)]
    lecture = lire(tmp_path, noms, ["R1", *"1" * len(codes), *(str(rang % 4) for rang in range(len(codes)))])
    (releve,) = lecture.releves
    reponses = releve.passation.reponses
    attendues = {code: rang % 4 for rang, code in enumerate(codes)}
    assert {code: int(getattr(reponses[code], cle) or 0) for code in codes} == attendues
    assert prises(lecture) == {("R1", "t0", "soi"): dict.fromkeys(codes, 1)}
    assert dites(lecture) == set()


@pytest.mark.parametrize("motif", ECRITS["inconnus"])
def test_ce_qui_n_est_qu_un_air_de_famille_est_nomme(motif: str, tmp_path: Path) -> None:
    nom = ecrire(motif, ITEMS[0])
    lecture = lire(tmp_path, ["identifiant", *(item.code for item in ITEMS[1:]), nom])
    assert prises(lecture) == {("R1", "t0", "soi"): {item.code: rang % 5 for rang, item in enumerate(ITEMS[1:])}}
    inconnue, absente = lecture.anomalies
    assert (inconnue.code, inconnue.lieu.colonne, inconnue.mots["compte"]) == (
        *("colonnes-inconnues", len(ITEMS) + 1),
        "1 colonne inconnue mise de côté",
    )
    assert str(inconnue.mots["noms"]).startswith(f"«\u202f{nom.strip()}\u202f»")
    assert (absente.code, absente.mots["codes"]) == ("items-manquants", ITEMS[0].code)
    # Trois de même ne sont pas non plus ceux d’une question.
    seuls = lire(tmp_path, ["identifiant", *(ecrire(motif, item) for item in ITEMS[:3])])
    assert (seuls.releves, dites(seuls)) == ((), {"table-sans-item"})


REFUSES = [(motif, code) for code, motifs in ECRITS["refuses"].items() for motif in motifs]


@pytest.mark.parametrize(("motif", "code"), REFUSES)
def test_ce_qui_cite_un_autre_enonce_ou_le_perd_est_refuse(motif: str, code: str, tmp_path: Path) -> None:
    nom = ecrire(motif, ITEMS[0])
    lecture = lire(tmp_path, ["identifiant", *(item.code for item in ITEMS[1:]), nom])
    (refus,) = lecture.anomalies
    assert (lecture.releves, refus.code, refus.lieu.colonne) == ((), code, len(ITEMS) + 1)
    assert refus.mots["valeur"] == nom
    attendu = {"code": ITEMS[0].code, "enonce": ITEMS[0].enonce} if "enonce" in refus.mots else {"proche": "C1P"}
    assert {cle: refus.mots[cle] for cle in attendu} == attendu
    # Trois de même le sont aussi, ou ne sont rien, sauf si ce peut être une question pour chacune.
    seuls = lire(tmp_path, ["identifiant", *(ecrire(motif, item) for item in ITEMS[:3])])
    dits = [(une.code, une.lieu.colonne) for une in seuls.anomalies if une.code not in SANS_ECART]
    assert dits in ([(code, 2), (code, 3), (code, 4)], [("table-sans-item", 1)], [])
    assert (dits == []) == (motif in ("(x) {enonce}", "[{code}]. {enonce}"))


# --- les autres colonnes ----------------------------------------------------------------------------------------------

VALEURS = {"evaluateur": "E1", "role_evaluateur": "pair", "connaissance": "bonne", "date_moment": "2024-01"}
COLONNES = [(nom, porte) for porte, noms in ECRITS["colonnes"].items() for nom in noms]
C1P, C1M = (item.code for item in ITEMS[:2])


@pytest.mark.parametrize(("nom", "porte"), COLONNES)
def test_une_colonne_de_contexte_ou_de_profil_porte_ce_que_la_table_dit(nom: str, porte: str, tmp_path: Path) -> None:
    d_un_tiers = {"regard": "tiers", "evaluateur": "E1"} if porte in ("role_evaluateur", "connaissance") else {}
    d_un_tiers |= {"regard": "tiers"} if porte == "evaluateur" else {}
    lecture = lire(
        tmp_path,
        ["identifiant", *d_un_tiers, nom, C1P],
        ["R1", *d_un_tiers.values(), VALEURS.get(porte, "commune"), "2"],
    )
    (releve,) = lecture.releves
    lues = {cle: getattr(releve.passation, cle) for cle in VALEURS} | dict(releve.passation.profil)
    attendues = dict.fromkeys(VALEURS, "") | {"evaluateur": d_un_tiers.get("evaluateur", "")}
    assert lues == attendues | {porte: VALEURS.get(porte, "commune")}
    assert dites(lecture) == set()


def test_un_role_n_est_celui_d_un_tiers_qu_a_cote_de_son_code_et_faute_d_un_autre(tmp_path: Path) -> None:
    for noms in (["regard", "Votre rôle"], ["regard", "Votre rôle", "evaluateur", "role_evaluateur"]):
        mots = ["tiers", "élu", "E1", "pair"][: len(noms)]
        lecture = lire(tmp_path, ["identifiant", *noms, C1P], ["R1", *mots, "2"])
        (releve,) = lecture.releves
        assert releve.passation.role_evaluateur == ("pair" if "evaluateur" in noms else "")
        (inconnue, _) = lecture.anomalies
        assert (inconnue.lieu.colonne, inconnue.mots["noms"]) == (3, "«\u202fVotre rôle\u202f»")


QUI = ECRITS["qui"]


def test_ce_qui_dit_qui_a_repondu_suit_l_ordre_de_la_table(tmp_path: Path) -> None:
    """Le premier qui est là le dit, où qu’il soit, et les autres sont nommés ; d’un sûr, il n’y a rien à dire."""
    assert [lire(tmp_path, [nom, C1P], ["R1", "2"]).releves[0].passation.identifiant for nom in QUI["surs"]] == (
        ["R1"] * len(QUI["surs"])
    )
    for rang, nom in enumerate(QUI["possibles"]):
        suivants = QUI["possibles"][rang + 1 :]
        noms = [*reversed(suivants), nom]
        lecture = lire(tmp_path, [*noms, C1P], [*(f"X{k}" for k in range(len(suivants))), "R1", "2"])
        assert [releve.passation.identifiant for releve in lecture.releves] == ["R1"]
        possibles = [une for une in lecture.anomalies if une.code == "identifiants-possibles"]
        assert [(une.lieu.colonne, une.mots["qui"]) for une in possibles] == [(len(noms), nom)] * bool(suivants)
        for une in possibles:
            # De « token » et de « ID » ensemble, LimeSurvey se reconnaît : le second est à lui.
            cites = [mot for mot in noms[:-1] if mot != "ID" or "token" not in noms]
            vus = re.sub("[«»\u202f]", "", str(une.mots["noms"])).replace(" et ", ", ").split(", ")
            assert vus == [*cites[:20], *["1 autre"] * (len(cites) > 20)]


def test_deux_colonnes_qui_disent_surement_qui_a_repondu_sont_en_double(tmp_path: Path) -> None:
    lecture = lire(tmp_path, [*QUI["surs"], "Votre code", C1P], [*["R1"] * (len(QUI["surs"]) + 1), "2"])
    assert [(une.code, une.lieu.colonne, une.mots["valeur"], une.mots["deja"]) for une in lecture.anomalies] == [
        ("colonne-en-double", rang, nom, 1) for rang, nom in enumerate(QUI["surs"][1:], 2)
    ]
    assert str(lecture.anomalies[0].mots["cible"]) == "«\u202fidentifiant\u202f»"
    assert lecture.anomalies[0].correction == (
        "Ôter l’une des deux, ou dire laquelle prendre\u202f: `identifiant` identifiant ou `identifiant` code"
    )


@pytest.mark.parametrize("nom", [*QUI["habilles"], *QUI["autres"]])
def test_ce_qui_dit_qui_a_repondu_se_deshabille(nom: str, tmp_path: Path) -> None:
    lecture = lire(tmp_path, [nom, C1P], ["R1", "2"])
    dit = nom in QUI["habilles"]
    assert prises(lecture) == {("R1" if dit else "", "t0", "soi"): {C1P: 2}}
    assert [une.mots["qui"] for une in lecture.anomalies if une.code == "colonnes-inconnues"] == (
        [" ; aucune colonne ne dit qui a répondu"] * (not dit)
    )


@pytest.mark.parametrize(
    ("motifs", "regards", "dits"),
    [
        # Un code ne dit à qui l’on parle : l’énoncé d’à côté le dit pour lui ; un énoncé dit pour soi, pour soi.
        (["{code}", "{tiers}", "{code}"], {"tiers": [0, 1, 2]}, [2]),
        (["{code}", "{tiers}", "{enonce}"], {"soi": [0, 2], "tiers": [1]}, [3]),
        (["{code}", "{enonce}", "{code}"], {"soi": [0, 1, 2]}, []),
    ],
)
def test_un_enonce_dit_pour_un_tiers_le_dit_des_codes_d_a_cote(
    motifs: list[str], regards: dict[str, list[int]], dits: list[int], tmp_path: Path
) -> None:
    lecture = lire(tmp_path, ["identifiant", *map(ecrire, motifs, ITEMS)])
    assert prises(lecture) == {
        ("R1", "t0", regard): {ITEMS[rang].code: rang for rang in rangs} for regard, rangs in regards.items()
    }
    reconnus = [une for une in lecture.anomalies if une.code == "contexte-reconnu"]
    assert [(une.lieu.colonne, une.mots["valeurs"]) for une in reconnus] == [(rang, "tiers") for rang in dits]


# --- deux colonnes de la même chose, des colonnes sans nom, des noms démesurés ----------------------------------------


def test_deux_colonnes_de_la_meme_chose_sont_refusees_et_la_premiere_nommee(tmp_path: Path) -> None:
    paires = [
        *((C1P, C1P, "C1P"), ("evaluateur", "Code évaluateur", "evaluateur")),
        *(("role_evaluateur", "rôle évaluateur", "role_evaluateur"), ("date_moment", "date moment", "date_moment")),
        *(("trace_C1P", "C1P_trace", "C1P (trace)"), ("importance_C1P", "C1P importance", "C1P (importance)")),
        *(("Fréquence C1P", "frequence_C1P", "C1P (frequence)"), ("structure", "Structure d’exercice", "structure")),
        *(("moment", "Moment", "moment"), ("regard", "regard", "regard")),
        *(("connaissance", "Connaissance du travail", "connaissance"), ("Remarque", "Remarque", "Remarque")),
        *(("identifiant", "identifiant", "identifiant"), ("score_C1", "score_C1", "score_C1")),
    ]
    noms = [nom for une, autre, _ in paires for nom in (une, autre)]
    attendues = [(2 * k, autre, cible, 2 * k - 1) for k, (_, autre, cible) in enumerate(paires, 1)]
    attendues = [une for une in attendues if une[1] != "Remarque"]
    refus = lire(tmp_path, noms, [""] * len(noms)).anomalies
    assert [(une.code, une.lieu.ligne) for une in refus] == [("colonne-en-double", 1)] * len(refus)
    dits = [re.sub("[«»\u202f]", "", str(une.mots["cible"])) for une in refus]
    assert [
        (une.lieu.colonne, une.mots["valeur"], dit, une.mots["deja"]) for une, dit in zip(refus, dits, strict=True)
    ] == attendues
    assert "".join(str(une.mots.get("ou_dire", "")) for une in refus) == ""


def test_un_meme_item_de_deux_moments_se_dit_avec_les_siens(tmp_path: Path) -> None:
    lecture = lire(tmp_path, ["identifiant", "C1P_t1_tiers", "C1P_t2", "T1_N1_C1P", "C1P_t2", "C1P_tiers", "tiers_C1P"])
    dits = [(une.lieu.colonne, str(une.mots["cible"]), une.mots["deja"]) for une in lecture.anomalies]
    assert [(colonne, dit.replace("\u202f", ""), deja) for colonne, dit, deja in dits] == [
        (4, "«C1P» (t1, tiers)", 2),
        (5, "«C1P» (t2)", 3),
        (7, "«C1P» (tiers)", 6),
    ]
    assert ["dans la correspondance que propose" in str(une.mots.get("ou_dire")) for une in lecture.anomalies] == [
        *(True, False, True)
    ]


def test_une_colonne_sans_nom_n_est_pas_inconnue(tmp_path: Path) -> None:
    """En tête, ce sont les numéros de R et de pandas ; ailleurs, rien ne doit y être écrit."""
    for sans_nom in ("", "Unnamed: 0", " "):
        numerotee = lire(tmp_path, [sans_nom, "identifiant", C1P], ["7", "R1", "2"])
        assert prises(numerotee) == {("R1", "t0", "soi"): {C1P: 2}}
        (nombres,) = (une for une in numerotee.anomalies if une.code not in SANS_ECART)
        assert (nombres.code, nombres.mots) == ("colonne-sans-nom", {"nombre": 1, "valeur": "7"})
        vide = lire(tmp_path, ["identifiant", sans_nom, "", "Unnamed: 0", C1P], ["R1", "", "", "", "2"])
        assert (prises(vide), dites(vide)) == ({("R1", "t0", "soi"): {C1P: 2}}, set())
        ecrite = lire(tmp_path, ["identifiant", sans_nom, C1P], ["R1", "7", "2"])
        (perdue,) = (une for une in ecrite.anomalies if une.code not in SANS_ECART)
        assert (perdue.code, perdue.lieu.ligne, perdue.lieu.colonne) == ("ligne-hors-colonnes", 2, 2)


def test_un_en_tete_demesure_est_inconnu_au_signe_pres(tmp_path: Path) -> None:
    """Quatre mille signes se comprennent encore ; de plus longs, on ne cherche rien, et ils ne se confondent pas."""
    for signes, lue in ((4000, True), (4001, False)):
        long = "c1p".rjust(signes)
        lecture = lire(tmp_path, ["identifiant", "C1M", "evaluateur", long], ["R1", "1", "", "2"])
        assert prises(lecture) == {("R1", "t0", "soi"): {C1M: 1} | ({C1P: 2} if lue else {})}
        assert dites(lecture) == (set() if lue else {"colonnes-inconnues"})
        consignes = {"identifiant": "h" * signes}
        demande = lire_seule(tmp_path / "t.csv", REFERENTIEL, **consignes)
        assert {une.code for une in demande.anomalies} == {"identifiant-introuvable"}


def test_une_question_de_plus_se_prend_si_elle_est_du_questionnaire(tmp_path: Path) -> None:
    """À côté de situations nues : « q5[énoncé] » en est une ; « abc - énoncé », peut-être pas."""
    nues = [item.code for item in ITEMS[1:]]
    for motif, lue in {"q5[{enonce}]": True, "abc5[{code}]": True, "x5_{code}": True, "[{code}]": True}.items():
        lecture = lire(tmp_path, ["identifiant", *nues, ecrire(motif, ITEMS[0])])
        assert (len(lecture.releves[0].passation.valeurs()), dites(lecture)) == (len(ITEMS), set()), (motif, lue)
    for motif in ("abc5 - {enonce}", "abc5 ({enonce})", "abc[{enonce}]"):
        lecture = lire(tmp_path, ["identifiant", *nues, ecrire(motif, ITEMS[0])])
        assert [(une.code, une.lieu.colonne) for une in lecture.anomalies] == [("colonne-inconnue", len(ITEMS) + 1)]


def test_un_resultat_sous_un_groupe_est_une_colonne_inconnue(tmp_path: Path) -> None:
    lecture = lire(tmp_path, ["identifiant", C1P, "score_C1", "n_C1", "x", "erreur_x", "groupe/erreur_x"])
    (inconnue, _) = lecture.anomalies
    assert inconnue.mots["noms"] == "«\u202fgroupe/erreur_x\u202f»"


# --- ce qu’une correspondance propose ---------------------------------------------------------------------------------


def test_une_correspondance_redit_tout_ce_que_la_table_porte(tmp_path: Path) -> None:
    """Ce que cpit lit seul n’est pas à dire, et y garde son nom ; le reste est rapproché d’un nom connu."""
    portees = {
        "Votre code": "identifiant",
        "Regard": "regard",
        "Code évaluateur": "evaluateur",
        "Votre rôle": "role_evaluateur",
        "Connaissance du travail": "connaissance",
        "Date du moment": "date_moment",
        "Structure d’exercice": "structure",
        f"{ITEMS[0].enonce} (T1)": "C1P_t1",
        "trace_C1P": "C1P_trace",
        "Importance de C1P": "C1P_importance",
        "C1M_t1": "C1M_t1",
    }
    valeurs = ["R1", "tiers", "E1", "pair", "bonne", "2024-01", "commune", "2", "une trace", "3", "1"]
    seule = lire(tmp_path, list(portees), valeurs)
    proposee = cpit.correspondance(tmp_path / "t.csv", tmp_path / "c.yaml", referentiel=REFERENTIEL)
    assert {une.nom: une.voulu for une in proposee.colonnes} == portees
    redite = lire_seule(tmp_path / "t.csv", REFERENTIEL, correspondance=str(tmp_path / "c.yaml"))
    assert [releve.passation for releve in redite.releves] == [releve.passation for releve in seule.releves]


PROCHES = {
    "identifant": "identifiant",
    "momment": "moment",
    "regrad": "regard",
    "structur": "structure",
    "Structure d’exercise": "Structure d’exercice",
    "Note de C1C": "C1C",
    "C1C ou C2P": None,
    ITEMS[3].enonce.replace("Je", "On", 1)[:70]: ITEMS[3].enonce,
    ITEMS[4].enonce + " et autre chose" * 20: ITEMS[4].enonce,
    "x" * 296 + " C2P": "C2P",
    "x" * 297 + " C2P" + "y": None,
    "x" * 298 + " C2P": None,
    "zzz": None,
}


def test_un_en_tete_inconnu_est_rapproche_d_un_nom_connu(tmp_path: Path) -> None:
    lire(tmp_path, ["Votre code", C1P, *PROCHES], ["R1", "1", *[""] * len(PROCHES)])
    proposee = cpit.correspondance(tmp_path / "t.csv", tmp_path / "c.yaml", referentiel=REFERENTIEL)
    assert {une.nom: une.proche for une in proposee.colonnes[2:]} == PROCHES
    assert {une.voulu for une in proposee.colonnes[2:]} == {"?"}


# --- des énoncés qui se ressemblent, se citent ou se redisent ---------------------------------------------------------

EMBARRASSANTS = {
    "A1": "Je relis note_de_service et compte_rendu.",
    "A2": "J’anime.",
    "A3": "Je prépare - j’anime.",
    "R1": "Je tiens parole",
    "R2": "Je tiens.. parole, et je le dis",
    "R3": "Je relis.",
}
QUESTIONS = {"aide": "Aide", "referentiel": "Référentiel", "lieu": "Lieu du travail", "place": "Lieu du travail"}


@pytest.fixture(scope="module")
def embarrassant(tmp_path_factory: pytest.TempPathFactory) -> Referentiel:
    """Des énoncés à tirets bas, dont l’un finit par un autre ; des questions du nom d’une colonne de cpit."""
    donnees = yaml.safe_load((RACINE / "referentiels" / "minimal.yaml").read_text("utf-8"))
    for item in donnees["items"]:
        item["enonce"] = EMBARRASSANTS[item["code"]]
    choix = [{"code": code, "libelle": code.upper()} for code in ("un", "deux")]
    donnees["profil"] = [{"identifiant": q, "libelle": libelle, "choix": choix} for q, libelle in QUESTIONS.items()]
    ecrit = tmp_path_factory.mktemp("ref") / "embarrassant.yaml"
    ecrit.write_text(json.dumps(donnees, ensure_ascii=False), encoding="utf-8")
    return cpit.referentiel(ecrit)


@pytest.mark.parametrize(
    ("noms", "lus"),
    [
        (["Je_relis_note_de_service_et_compte_rendu.", "Je_relis."], ["A1", "R3"]),
        (["Question [Je relis note_de_service et compte_rendu.]", "Question [Je relis.]"], ["A1", "R3"]),
        (["Question_[Je_relis_note_de_service_et_compte_rendu.]", "Question_[Je_relis.]"], ["A1", "R3"]),
        (["Q - Je prépare - j’anime.", "Q - J’anime."], ["A3", "A2"]),
        (["Q [Je prépare - j’anime.]", "Q [J’anime.]"], ["A3", "A2"]),
        (["Je tiens parole.", "Je tiens.. parole, et je le dis."], ["R1", "R2"]),
        (["Qu..  [Je tiens.. paro.. ]", "Qu.. [x] [Je relis note_d.. ]"], ["R2", "A1"]),
    ],
)
def test_des_enonces_qui_se_citent_ne_se_confondent_pas(
    noms: list[str], lus: list[str], embarrassant: Referentiel, tmp_path: Path
) -> None:
    lecture = lire(tmp_path, ["identifiant", *noms], ["R1", "2", "3"], referentiel=embarrassant)
    assert prises(lecture) == {("R1", "t0", "soi"): dict(zip(lus, (2, 3), strict=True))}
    assert dites(lecture) == set()


def test_un_enonce_de_quinze_signes_n_est_pas_coupe_et_se_redit(embarrassant: Referentiel, tmp_path: Path) -> None:
    """« Je tiens parole » tient dans ce que LimeSurvey garde d’un texte : suivi de points, ce n’en est pas le début."""
    assert len(EMBARRASSANTS["R1"]) == 15
    coupe = lire(
        tmp_path, ["identifiant", "A1", "Qu..  [Je tiens parole.. ]"], ["R1", "2", "3"], referentiel=embarrassant
    )
    assert [(une.code, une.lieu.colonne) for une in coupe.anomalies] == [("colonne-inconnue", 3)]
    redit = lire(
        tmp_path,
        ["identifiant", "R1", "A2"],
        *(["P1", "2", "3"], ["identifiant", "Je tiens parole", "J’anime."], ["P2", "3", "4"]),
        referentiel=embarrassant,
    )
    assert prises(redit) == {("P1", "t0", "soi"): {"R1": 2, "A2": 3}, ("P2", "t0", "soi"): {"R1": 3, "A2": 4}}
    assert dites(redit) == {"en-tete-repete"}


def test_le_plus_long_enonce_se_lit_sous_un_groupe_avec_son_moment(tmp_path: Path) -> None:
    for fin, moment in (("", "t0"), (" (T0 rétrospectif)", "t0-retrospectif"), (" (T1 soi)", "t1")):
        lecture = lire(tmp_path, ["identifiant", *(f"groupe/{item.enonce}{fin}" for item in ITEMS)])
        assert prises(lecture) == {("R1", moment, "soi"): {item.code: rang % 5 for rang, item in enumerate(ITEMS)}}
        assert dites(lecture) == set()


def test_une_question_l_emporte_sur_une_colonne_de_cpit_du_meme_nom(embarrassant: Referentiel, tmp_path: Path) -> None:
    for groupe in ("", "groupe/", "un groupe/un sous-groupe/", "g-"):
        noms = ["identifiant", "A1", *(groupe + nom for nom in ("aide", "referentiel", "lieu", "place"))]
        lecture = lire(tmp_path, noms, ["R1", "2", "un", "deux", "UN", "DEUX"], referentiel=embarrassant)
        (releve,) = lecture.releves
        assert releve.passation.profil == {"aide": "un", "referentiel": "deux", "lieu": "un", "place": "deux"}
        assert dites(lecture) == set()
    # Ailleurs, elles ne disent rien d’une personne, et rien n’en est dit.
    sans = lire(
        tmp_path, ["identifiant", "aide", "referentiel", "Version du référentiel", C1P], ["R1", "a", "", "", "2"]
    )
    assert (sans.releves[0].passation.profil, dites(sans)) == ({}, set())


def test_un_nom_que_deux_choses_portent_est_refuse_et_cite(embarrassant: Referentiel, tmp_path: Path) -> None:
    noms = ["identifiant", " Lieu du travail", "1. Lieu du travail *", "Lieu du tra\nvail", "A1"]
    lecture = lire(tmp_path, noms, ["R1", "un", "un", "un", "2"], referentiel=embarrassant)
    assert [(une.code, une.lieu.colonne, une.mots["valeur"]) for une in lecture.anomalies] == [
        ("colonne-ambigue", 2, " Lieu du travail"),
        ("colonne-ambigue", 3, "1. Lieu du travail *"),
    ]
    (premier, second) = (str(une.mots["ou_dire"]) for une in lecture.anomalies)
    assert "dire ce que porte chaque colonne dans la correspondance que propose" in premier
    assert second == ""


def test_un_debut_d_enonce_que_deux_situations_ont_est_refuse(tmp_path: Path) -> None:
    """LimeSurvey coupe un énoncé à quinze signes : pour un tiers, tous commencent par « Cette personne »."""
    lecture = lire(tmp_path, ["identifiant", C1P, "Qu..  [Cette personne .. ]"])
    assert [(une.code, une.lieu.colonne, une.mots["valeur"]) for une in lecture.anomalies] == [
        ("colonne-ambigue", 3, "Qu..  [Cette personne .. ]")
    ]


def test_une_identite_a_son_rang_sous_ses_habits(tmp_path: Path) -> None:
    """« identifiant » passe avant « Votre code », même coupé, numéroté ou entre guillemets."""
    for autre in ("Votre co\nde", "1. Votre code", '"Votre code"', "A1. Votre code", "token. Access code"):
        lecture = lire(tmp_path, [autre, "identifiant", C1P], ["X1", "R1", "2"])
        assert prises(lecture) == {("R1", "t0", "soi"): {C1P: 2}}
        assert [une.mots["qui"] for une in lecture.anomalies if une.code == "identifiants-possibles"] == ["identifiant"]


def test_deux_codes_que_leur_casse_distingue_s_ecrivent_exactement(tmp_path: Path) -> None:
    donnees = (RACINE / "referentiels" / "minimal.yaml").read_text("utf-8").replace("code: A2\n", "code: a1\n")
    (tmp_path / "r.yaml").write_text(donnees.replace("A2]", "a1]").replace("A2,", "a1,"), encoding="utf-8")
    referentiel = cpit.referentiel(tmp_path / "r.yaml")
    lecture = lire(tmp_path, ["identifiant", " a1", "A1 ", "r1"], ["P1", "1", "2", "3"], referentiel=referentiel)
    assert prises(lecture) == {("P1", "t0", "soi"): {"a1": 1, "A1": 2, "R1": 3}}
    (refus,) = lire(tmp_path, ["identifiant", "1. a1", "A3"], ["P1", "1", "2"], referentiel=referentiel).anomalies
    assert (refus.code, refus.lieu.colonne, refus.mots["valeur"]) == ("colonne-ambigue", 2, "1. a1")


@pytest.mark.parametrize(
    "nom", ["T1[C1P] suite", "[C1P] suite", "T1_C1P suite", "C1P suite", "C1P - suite", "T1[C1P] - suite"]
)
def test_une_suite_sans_point_ne_nomme_pas_la_situation_que_porte_son_debut(nom: str, tmp_path: Path) -> None:
    """Après un point, la suite est l’énoncé : un autre que le sien se refuse. Sans point, ce n’est que du texte."""
    lecture = lire(tmp_path, ["identifiant", nom, "C1M"])
    assert prises(lecture) == {("R1", "t0", "soi"): {"C1M": 1}}
    assert dites(lecture) == {"colonnes-inconnues"}

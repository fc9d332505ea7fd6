"""Ce qu’un formateur écrit, en mots : lu s’il ne dit qu’une chose, sinon refusé une fois, avec de quoi coller."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from aide_lecture import DEUX_FORMES, Ecrire, en_csv
from aides import RACINE, encoder_passation, tape

import cpit
from cpit.affichage import montrer_anomalies
from cpit.cli import executer
from cpit.coeur.passation import Passation
from cpit.erreurs import anomalie, messages_de_la_commande
from cpit.messages import CATALOGUE
from cpit.terminal import Terminal

MINIMAL = RACINE / "referentiels" / "minimal.yaml"
ITEMS = ["A1", "A2", "A3", "R1", "R2", "R3"]
AVEC = ["--referentiel", "minimal"]


def montre(capsys: pytest.CaptureFixture[str]) -> str:
    """Ce que la commande a dit sur la sortie d’erreur, sur une ligne, espaces ordinaires."""
    return re.sub(r"\s+", " ", capsys.readouterr().err)


def cohorte(table: Path, *options: str) -> int:
    return executer(["cohorte", str(table), *AVEC, "--sortie", str(table.with_name("s.csv")), "--remplacer", *options])


def vus(recueil: cpit.Recueil) -> list[tuple[str, str, str, str]]:
    passations = [notee.passation for notee in recueil.cohorte.notees]
    return [(p.identifiant, p.moment, p.regard, p.role_evaluateur) for p in passations]


def avec_un_mot(colonne: str, mots: Sequence[str]) -> list[list[str]]:
    return [["code", colonne, *ITEMS], *([f"P{rang}", mot, *"123412"] for rang, mot in enumerate(mots, 1))]


# --- le moment, le regard, le rôle ----------------------------------------------------------------------------------

MOMENTS_LUS = {
    "Avant": "t0",
    "début": "t0",
    "Au début": "t0",
    "Avant la formation": "t0",
    "Avant ou au début (T0)": "t0",
    "T0 rétrospectif": "t0-retrospectif",
    "Au début, vu d’aujourd’hui (T0 rétrospectif)": "t0-retrospectif",
    "T0 - rétrospectif": "t0-retrospectif",
    "Après (T1)": "t1",
    "T1 – fin de stage": "t1",
    "T1 après": "t1",
    "T2": "t2",
    "t3-retrospectif": "t3-retrospectif",
}
REGARDS_LUS = {
    "Auto": ("soi", ""),
    "moi-même": ("soi", ""),
    "Auto-évaluation": ("soi", ""),
    "Je réponds pour moi": ("soi", ""),
    "soi-même": ("soi", ""),
    "Tiers": ("tiers", ""),
    "un tiers qui connaît le travail de la personne": ("tiers", ""),
    "évaluateur": ("tiers", ""),
    "N+1": ("tiers", "n+1"),
    "n + 1": ("tiers", "n+1"),
    "Manager": ("tiers", "n+1"),
    "Responsable hiérarchique (N+1)": ("tiers", "n+1"),
    "pair": ("tiers", "pair"),
    "Collègue": ("tiers", "collegue"),
    "Élue": ("tiers", "elu"),
    "tuteur": ("tiers", "tuteur"),
}


@DEUX_FORMES
def test_un_moment_qui_ne_dit_qu_une_chose_est_lu(ecrire: Ecrire, tmp_path: Path) -> None:
    recueil = cpit.lire(ecrire(tmp_path / "t", avec_un_mot("moment", list(MOMENTS_LUS))), MINIMAL)
    assert [moment for _, moment, _, _ in vus(recueil)] == list(MOMENTS_LUS.values())
    assert not recueil.anomalies


@DEUX_FORMES
def test_un_regard_dit_en_mots_est_lu_et_le_role_du_tiers_garde(ecrire: Ecrire, tmp_path: Path) -> None:
    recueil = cpit.lire(ecrire(tmp_path / "t", avec_un_mot("regard", list(REGARDS_LUS))), MINIMAL)
    assert [(regard, role) for _, _, regard, role in vus(recueil)] == list(REGARDS_LUS.values())
    assert not recueil.anomalies


def test_le_role_qu_une_colonne_dit_l_emporte_sur_celui_du_regard(tmp_path: Path) -> None:
    lignes = [["code", "regard", "role_evaluateur", *ITEMS], ["P1", "N+1", "pair", *"123412"]]
    lignes += [["P2", "tiers", "manager", *"123412"], ["P3", "collègue", "", *"123412"], ["P4", "soi", "", *"123412"]]
    assert [role for *_, role in vus(cpit.lire(en_csv(tmp_path / "t", lignes), MINIMAL))] == [
        "pair",
        "n+1",
        "collegue",
        "",
    ]


@pytest.mark.parametrize("mot", ["Après", "fin", "1", "T0 / T1", "T1 2026", "Session 2", "t100"])
def test_un_moment_qui_peut_en_etre_plusieurs_n_est_pas_lu(mot: str, tmp_path: Path) -> None:
    recueil = cpit.lire(en_csv(tmp_path / "t", avec_un_mot("moment", ["t0", mot])), MINIMAL)
    assert [moment for _, moment, _, _ in vus(recueil)] == ["t0"]
    assert [(une.code, une.lieu.ligne) for une in recueil.anomalies] == [("moment-de-ligne", 3)]


@DEUX_FORMES
def test_un_mot_refuse_l_est_une_fois_avec_ses_lignes_et_le_remede_le_lit(
    ecrire: Ecrire, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # Au-delà des premières lignes qu’une proposition aperçoit.
    mots = [*["t0"] * 40, "Après", "Après", "Bilan", "Après"]
    table = ecrire(Path("t"), avec_un_mot("moment", mots))
    assert cohorte(table) == 1
    dit = montre(capsys)
    assert dit.count("Refus.") == 2
    assert "le moment « Après » est inconnu : 3 lignes ne sont pas lues (" in dit
    assert "le moment « Bilan » est inconnu : la ligne n’est pas lue" in dit
    assert "En tout : 4 refus" in dit
    assert "vide pour t0" not in dit
    commande = dit[dit.index("cpit correspondance") :].partition(" Refus.")[0]
    assert executer(shlex.split(commande)[1:]) == 0
    dite = Path("correspondance-t.yaml")
    texte = dite.read_text(encoding="utf-8").replace('"Après": "?"', '"Après": "t1"')
    dite.write_text(texte.replace('"Bilan": "?"', '"Bilan": "t2"'), encoding="utf-8")
    assert cohorte(table, "--correspondance", str(dite)) == 0
    moments = [moment for _, moment, _, _ in vus(cpit.lire(table, MINIMAL, correspondance=dite))]
    assert moments == [*["t0"] * 40, "t1", "t1", "t2", "t1"]


# --- une correspondance dit les mots d’une colonne ------------------------------------------------------------------


def correspondance(dossier: Path, *colonnes: str) -> Path:
    chemin = dossier / "c.yaml"
    items = (f'  "{code}": "{code}"' for code in ITEMS)
    chemin.write_text("\n".join(["correspondance: 1", "colonnes:", *colonnes, *items, ""]), encoding="utf-8")
    return chemin


LIVRE = RACINE / "referentiels" / "innovation-territoriale.yaml"


def test_une_correspondance_dit_les_mots_d_une_colonne_de_contexte_ou_de_profil(tmp_path: Path) -> None:
    entete = ["Qui", "Quand", "Par qui", "Fonction", "Employeur", "C1P", "C1M"]
    lignes = [["P1", "Rentrée", "moi", "", "Mairie", "1", "2"], ["P2", "Bilan", "chef", "DGS", "Mairie", "3", "4"]]
    table = en_csv(tmp_path / "t", [entete, *lignes, ["P3", "", "", "", "epci", "3", "4"]])
    dite = tmp_path / "c.yaml"
    dite.write_text(
        "correspondance: 1\ncolonnes:\n"
        '  "Qui": identifiant\n  "Quand":\n    porte: moment\n    valeurs:\n      "rentrée": t0\n      Bilan: t1\n'
        '  "Par qui": {porte: regard, valeurs: {chef: tiers}}\n'
        '  "Fonction": {porte: role_evaluateur, valeurs: {DGS: "n+1"}}\n'
        '  "Employeur": {porte: structure, valeurs: {Mairie: commune, "?": vide}}\n'
        "  C1P: C1P\n  C1M: C1M\n",
        encoding="utf-8",
    )
    recueil = cpit.lire(table, LIVRE, correspondance=dite)
    assert vus(recueil) == [("P1", "t0", "soi", ""), ("P2", "t1", "tiers", "n+1"), ("P3", "t0", "soi", "")]
    profils = [notee.passation.profil for notee in recueil.cohorte.notees]
    assert profils == [{"structure": "commune"}, {"structure": "commune"}, {"structure": "epci"}]
    assert {une.code for une in recueil.anomalies} == {"items-manquants"}


@pytest.mark.parametrize(
    ("nomme", "option"),
    [
        ("innovation-territoriale", ""),
        ("innovation-territoriale@1.0.0", " --referentiel innovation-territoriale@1.0.0"),
        ("minimal", " --referentiel minimal"),
    ],
)
def test_la_commande_d_un_remede_redit_le_referentiel_s_il_n_est_pas_celui_que_l_on_prend_sans_rien_dire(
    nomme: str,
    option: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    codes = [item.code for item in cpit.referentiel(nomme).items]
    en_csv(Path("t"), [["code", "moment", *codes], ["P1", "Après", *"1" * len(codes)]])
    assert executer(["cohorte", "t.csv", "--sortie", "s.csv", "--referentiel", nomme]) == 1
    dit = montre(capsys)
    commande = dit[dit.index("cpit correspondance") :].partition(" Refus.")[0]
    assert commande == f"cpit correspondance {tape('t.csv')}{option}"
    assert executer(shlex.split(commande)[1:]) == 0


@pytest.mark.parametrize(("colonne", "mot"), [("Session", "Bilan"), ("Période", "Après l’été")])
def test_un_mot_que_la_correspondance_ne_dit_pas_donne_la_ligne_a_y_mettre(
    colonne: str, mot: str, tmp_path: Path
) -> None:
    table = en_csv(tmp_path / "t", avec_un_mot(colonne, [mot]))
    dite = correspondance(tmp_path, '  "code": identifiant', f'  "{colonne}": moment')
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.lire(table, MINIMAL, correspondance=dite)
    correction = levee.value.anomalies[0].correction
    ligne = f'"{colonne}": {{porte: "moment", valeurs: {{"{mot}": "?"}}}}'
    assert f"{dite}\u202f: {ligne}" in correction
    dite = correspondance(tmp_path, '  "code": identifiant', f"  {ligne}".replace("?", "t1"))
    assert vus(cpit.lire(table, MINIMAL, correspondance=dite)) == [("P1", "t1", "soi", "")]


def test_les_mots_d_une_correspondance_sont_verifies_chacun_a_sa_ligne(tmp_path: Path) -> None:
    table = en_csv(tmp_path / "t", avec_un_mot("Session", ["Bilan"]))
    dite = tmp_path / "c.yaml"
    dite.write_text(
        'correspondance: 1\ncolonnes:\n  "code": {porte: identifiant, valeurs: {R1: R2}}\n'
        '  "Session":\n    porte: moment\n    valeurs:\n      Bilan: jamais\n      Avant: "?"\n      Fin: [t1]\n'
        '  "A1": {porte: A1, valeurs: {oui: "1"}}\n  "A2": {valeurs: {oui: "1"}}\n  "A3": {porte: A3, valeur: x}\n'
        '  "R1": {porte: R1, valeurs: oui}\n  "R2": ""\n',
        encoding="utf-8",
    )
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.lire(table, MINIMAL, correspondance=dite)
    assert [(une.lieu.ligne, une.code) for une in sorted(levee.value.anomalies, key=lambda a: a.lieu.ligne or 0)] == [
        (3, "correspondance-sans-mots"),
        (7, "correspondance-valeur"),
        (8, "correspondance-a-dire"),
        (9, "texte-attendu"),
        (10, "correspondance-sans-mots"),
        (11, "cle-manquante"),
        (12, "cle-inconnue"),
        (13, "table-attendue"),
        (14, "correspondance-cible-inconnue"),
    ]


# --- des refus pareils, une fois ------------------------------------------------------------------------------------

ETOILES = [["code", *ITEMS], ["P1", "★", "★★", "X", "9", "★", "1"], ["P2", "★", "2", "", "9", "★★", "X"]]


@DEUX_FORMES
def test_une_valeur_refusee_l_est_une_fois_et_le_remede_colle_la_lit(
    ecrire: Ecrire, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = ecrire(tmp_path / "t", ETOILES)
    assert cohorte(table) == 1
    dit = montre(capsys)
    assert dit.count("Refus.") == 4
    assert re.search("3 cellules, d’abord A1 .*?, R2 .*?, A1 .*? : « ★ » n’est pas une réponse connue", dit)
    assert "En tout : 9 refus" in dit
    remedes = set(re.findall(r'--valeurs "[^"]*"', dit))
    (remede,) = remedes
    option, valeurs = shlex.split(remede)
    assert cohorte(table, option, valeurs) == 0
    assert cohorte(table, option, valeurs.replace("★=vide", "★=1").replace("9=vide", "9=4")) == 0
    lues = [notee.passation.valeurs() for notee in cpit.lire(table, MINIMAL, valeurs=valeurs).cohorte.notees]
    assert lues == [{"R3": 1}, {"A2": 2}]


def test_un_nombre_que_les_valeurs_ne_disent_pas_s_y_joint_seul(tmp_path: Path) -> None:
    """Les niveaux de l’échelle n’y sont pas redits : ceux que la commande a changés y seraient dits deux fois."""
    table = en_csv(tmp_path / "t", [["code", *ITEMS], ["P1", *"012301"], ["P2", *"412301"]])
    recueil = cpit.lire(table, MINIMAL, valeurs="0=1,1=2,2=3,3=4")
    (refus,) = [une for une in recueil.anomalies if une.code == "cellule-non-dite"]
    assert '"0=1,1=2,2=3,3=4,4=vide"' in refus.correction


def test_un_remede_plus_large_que_le_terminal_tient_sur_une_ligne(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Coupé, il ne se colle plus : chaque morceau serait une commande."""
    monkeypatch.setenv("COLUMNS", "60")
    mots = ["Pas du tout d'accord", "Plutôt pas d'accord", "Ni l'un ni l'autre", "Plutôt d'accord", "Tout à fait", "1"]
    table = en_csv(tmp_path / "t", [["code", *ITEMS], ["P1", *mots]])
    assert cohorte(table) == 1
    entieres = [ligne for ligne in capsys.readouterr().err.splitlines() if "--valeurs" in ligne]
    assert len(entieres) == 5
    assert {shlex.split(ligne.rstrip("."))[1].count("=") for ligne in entieres} == {5}
    dossier = tmp_path / "un dossier dont le nom est long"
    dossier.mkdir()
    for ou in (dossier / "les réponses de la promotion", dossier / "d'une autre", tmp_path / "sans-espace-et-longue"):
        illisible = en_csv(ou, [["code", *ITEMS], ["P1", *['tu"tu'] * 6]])
        assert cohorte(illisible) == 1
        montre = capsys.readouterr().err.splitlines()
        (commande,) = {ligne.strip() for ligne in montre if "cpit correspondance" in ligne}
        assert shlex.split(commande.rstrip(".")) == ["cpit", "correspondance", str(illisible), *AVEC]


def test_ce_qui_se_recopie_d_un_message_n_est_coupe_nulle_part_et_s_ecrit_avec_ses_espaces() -> None:
    for code, message in CATALOGUE.items():
        sortie = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        mots = dict.fromkeys(re.findall(r"\{(\w+)", " ".join(message[:3])), "X")
        dite = anomalie(code, **{mot: valeur for mot, valeur in mots.items() if not mot.startswith("installer_")})
        with messages_de_la_commande():
            montrer_anomalies(Terminal(io.StringIO(), sortie, colonnes=lambda: 50), [dite])
            montre = sortie.buffer.getvalue().decode()
            attendues = re.findall("‹([^›]*)›", f"{message.attendu} {message.correction}")
            attendues += re.findall(r"\S+ -m pip install [\w -]+\w", dite.correction)
        for attendue in attendues:
            assert any(re.sub(r"\{\w+\}", "X", attendue) in ligne for ligne in montre.splitlines()), code
        assert "\ufdd0" not in montre + repr(dite) + dite.attendu


def test_ce_qui_se_dit_de_plusieurs_sources_est_dit_une_fois(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Une version nommée, un dossier d’une autre ; une même faute dans plusieurs fichiers : un refus, et lesquels."""
    for rang, nom in enumerate(("minimal", "innovation-territoriale", *["innovation-territoriale-long"] * 14)):
        chemin = tmp_path / f"r{rang:02}.json"
        passation = Passation.nouvelle(cpit.referentiel(nom), identifiant=f"R{rang}", reponses={})
        chemin.write_bytes(encoder_passation(passation))
    for rang in range(4):
        (tmp_path / f"x{rang}.json").write_text("{" + " " * rang, encoding="utf-8")
    assert executer(["cohorte", str(tmp_path), *AVEC]) == 1
    dit = montre(capsys)
    assert re.search("Refus. 14 sources, /[^:]*r02.json, r03.json, [^:]*, r13.json… : cette source vient", dit)
    assert re.search("Refus. [^:,]*r01.json : cette source vient", dit)
    assert re.search("Refus. 4 sources, /[^:]*x0.json, x1.json, x2.json, x3.json : ", dit)
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire(tmp_path, MINIMAL)
    assert [une.code for une in leve.value.anomalies].count("referentiel-etranger") == 15


def test_le_detail_de_chaque_cellule_reste_dans_le_json_et_dans_python(tmp_path: Path) -> None:
    table = en_csv(tmp_path / "t", ETOILES)
    executer(["cohorte", str(table), *AVEC, "--sortie", str(tmp_path / "s.json")])
    ecrites = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))["anomalies"]
    assert [(une["ligne"], une["colonne"]) for une in ecrites] == [
        (ligne, colonne) for ligne, colonnes in ((2, (2, 3, 4, 5, 6)), (3, (2, 5, 6, 7))) for colonne in colonnes
    ]
    assert len(cpit.lire(table, MINIMAL).anomalies) == 9


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(
    ("valeur", "remede"),
    [
        ("AO01", '--valeurs "AO01=1,AO02=2,AO03=3,AO04=4,AO05=SO"'),
        ("A2", '--valeurs "A1=1,A2=2,A3=3,A4=4,A5=SO"'),
        ("9", '--valeurs "1=1,2=2,3=3,4=4,9=vide"'),
        ("-", '--valeurs "-=vide"'),
        ("n/a", '--valeurs "n/a=SO" ou --valeurs "n/a=vide"'),
        ("2,5", '--valeurs "2,5=vide"'),
        ("50 %", '--valeurs "50 %=vide"'),
        ("Très souv", '--valeurs "Très souv=4"'),
        ("Oui, parfois", '--valeurs "Oui, parfois=vide"'),
        ('dit "oui"', "la correspondance que propose : cpit correspondance"),
        ("$5", "la correspondance que propose : cpit correspondance"),
    ],
)
def test_le_remede_est_dans_l_echelle_de_ce_referentiel(
    valeur: str, remede: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = en_csv(tmp_path / "t", [["code", *ITEMS], ["P1", valeur, *"12344"], ["P2", *"123412"]])
    assert cohorte(table) == 1
    dit = montre(capsys)
    assert remede in dit
    for colle in re.findall(r'--valeurs "[^"]*"', dit):
        assert cohorte(table, *shlex.split(colle)) == 0


def test_un_remede_redit_ce_que_la_commande_dit_deja(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = en_csv(tmp_path / "t", ETOILES)
    assert cohorte(table, "--valeurs", "★=1,9=SO") == 1
    (remede,) = set(re.findall(r'--valeurs "[^"]*"', montre(capsys)))
    assert cohorte(table, *shlex.split(remede)) == 0
    assert cpit.lire(table, MINIMAL, valeurs=shlex.split(remede)[1]).cohorte.notees[0].passation.valeurs() == {
        "A1": 1,
        "R2": 1,
        "R3": 1,
    }


def test_un_formulaire_ne_propose_pas_une_option_qui_n_y_peut_rien(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert executer(["formulaire", *AVEC, "--dossier", str(tmp_path)]) == 0
    (chemin,) = tmp_path.glob("*.xlsx")
    classeur = openpyxl.load_workbook(chemin)
    feuille = classeur["Formulaire"]
    for (code,) in feuille.iter_rows(min_col=1, max_col=1):
        if code.value in ITEMS:
            feuille.cell(code.row, 3).value = "un peu"
    classeur.save(chemin)
    capsys.readouterr()
    assert cohorte(chemin) == 1
    dit = montre(capsys)
    assert "6 cellules, d’abord " in dit
    assert dit.count("Refus.") == 1
    assert "--valeurs" not in dit


def test_une_grande_table_dit_les_memes_refus_et_garde_le_role_du_regard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lignes = [*ETOILES[1:], ["P3", *"123412"]]
    regards = ("Auto", "Tiers", "inconnu")
    table = en_csv(
        tmp_path / "t",
        [["code", "regard", "moment", *ITEMS]]
        + [[ligne[0], une, "Avant ou au début (T0)", *ligne[1:]] for ligne, une in zip(lignes, regards, strict=True)],
    )
    dits, ecrits = [], []
    for seuil in (10**9, 1):
        monkeypatch.setattr("cpit.flux.SEUIL", seuil)
        assert cohorte(table) == 1
        dits.append(montre(capsys))
        ecrits.append((tmp_path / "s.csv").read_bytes())
    assert (dits[0], ecrits[0]) == (dits[1], ecrits[1])
    monkeypatch.setattr("cpit.flux.SEUIL", 1)
    en_csv(tmp_path / "t", [["code", "regard", *ITEMS], ["P1", "soi", *"123412"], ["P1", "Élue", *"123412"]])
    assert cohorte(table) == 0
    assert "elu" in (tmp_path / "s.csv").read_text(encoding="utf-8-sig").splitlines()[2]


# --- les codes qu’un outil n’admet pas ------------------------------------------------------------------------------

PROFIL = """
  - identifiant: structure-d-accueil
    libelle: Accueil
    description: Qui accueille.
    hypothese: Cela compte.
    choix:
      - {code: a-b, libelle: Avec trait}
      - {code: a_b, libelle: Souligné}
      - {code: moins-1, libelle: Moins d’un an}
  - identifiant: lieux-dits
    libelle: Lieux
    plusieurs: oui
    description: Où.
    hypothese: Cela compte aussi.
    choix:
      - {code: x-y, libelle: Croisé}
      - {code: z, libelle: Dernier}
regles:"""


@pytest.fixture
def a_traits(tmp_path: Path) -> Path:
    """Un référentiel dont des questions et des choix ont des codes que REDCap et LimeSurvey n’admettent pas."""
    texte = (RACINE / "tests" / "donnees" / "referentiel-complet.yaml").read_text(encoding="utf-8")
    chemin = tmp_path / "traits.yaml"
    chemin.write_text(texte.replace("\nregles:", PROFIL), encoding="utf-8")
    return chemin


def profils(recueil: cpit.Recueil) -> list[dict[str, str]]:
    return [dict(notee.passation.profil) for notee in recueil.cohorte.notees]


def test_les_codes_que_redcap_recoit_reviennent_par_leur_regle(a_traits: Path, tmp_path: Path) -> None:
    """Deux choix qui y auraient le même nom aussi : l’export dit qu’il est de REDCap."""
    exporte = cpit.exporter_referentiel(a_traits, "redcap", tmp_path / "d")
    assert not [dit for dit in exporte.remarques if "structure-d-accueil" in dit or "lieux-dits" in dit]
    with exporte.chemin.open(encoding="utf-8", newline="") as flux:
        champs = {champ["Variable / Field Name"]: champ for champ in csv.DictReader(flux)}
    accueil = champs["structure_d_accueil"]["Choices, Calculations, OR Slider Labels"]
    valeurs = {libelle: valeur for valeur, libelle in (une.split(", ", 1) for une in accueil.split(" | "))}
    assert valeurs["Souligné"] != "a_b"
    items = [item.code.lower() for item in cpit.referentiel(a_traits).items]
    entete = ["record_id", "structure_d_accueil", "lieux_dits___x_y", "lieux_dits___z", *items, "cpit_complete"]
    corps = [[str(rang), valeur, "1", "0", *"1" * len(items), "2"] for rang, valeur in enumerate(valeurs.values())]
    recueil = cpit.lire(en_csv(tmp_path / "t", [entete, *corps]), a_traits)
    assert profils(recueil) == [
        {"structure-d-accueil": code, "lieux-dits": "x-y"} for code in ("a-b", "a_b", "moins-1")
    ]
    # Une table qui n’est pas de REDCap n’a que des codes.
    ordinaire = [["code", "structure-d-accueil", *items], ["P1", "a_b", *"1" * len(items)]]
    assert profils(cpit.lire(en_csv(tmp_path / "o", ordinaire), a_traits)) == [{"structure-d-accueil": "a_b"}]


def test_les_questions_que_limesurvey_renomme_reviennent(a_traits: Path, tmp_path: Path) -> None:
    items = [item.code for item in cpit.referentiel(a_traits).items]
    entete = ["id", "submitdate", "identifiant", "structuredaccueil", "lieuxdits[xy]", "lieuxdits[z]"]
    ligne = ["1", "2026-09-14", "P1", "moins-1", "Y", "", *"1" * len(items)]
    recueil = cpit.lire(en_csv(tmp_path / "t", [[*entete, *(f"T1[{code}]" for code in items)], ligne]), a_traits)
    assert profils(recueil) == [{"structure-d-accueil": "moins-1", "lieux-dits": "x-y"}]
    dits = cpit.exporter_referentiel(a_traits, "limesurvey", tmp_path / "l").remarques
    assert not [dit for dit in dits if "structure-d-accueil" in dit]


# --- qui, quel référentiel, quel moment, quelle échelle -------------------------------------------------------------


@DEUX_FORMES
def test_deux_identites_se_departagent_par_le_remede(
    ecrire: Ecrire, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = ecrire(tmp_path / "t", [["identifiant", "Code", *ITEMS], ["1", "P1", *"123412"], ["2", "P2", *"123412"]])
    assert cohorte(table) == 1
    remedes = re.findall(r"--identifiant \w+", montre(capsys))
    assert remedes == ["--identifiant identifiant", "--identifiant Code"]
    assert cohorte(table, *shlex.split(remedes[1])) == 0
    assert [qui for qui, *_ in vus(cpit.lire(table, MINIMAL, identifiant="Code"))] == ["P1", "P2"]
    capsys.readouterr()
    repetee = ecrire(tmp_path / "r", [["code", "code", *ITEMS], ["1", "P1", *"123412"]])
    assert cohorte(repetee) == 1
    assert "--identifiant" not in montre(capsys)


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("enonces", [False, True])
@DEUX_FORMES
def test_les_items_d_un_autre_referentiel_livre_le_nomment(
    ecrire: Ecrire, enonces: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    titres = [item.enonce if enonces else item.code for item in cpit.referentiel(MINIMAL).items]
    table = ecrire(tmp_path / "t", [["identifiant", "moment", *titres], ["P1", "t0", *"123412"]])
    assert executer(["cohorte", str(table), "--sortie", str(tmp_path / "s.csv")]) == 1
    dit = montre(capsys)
    assert "(6 de ses items sont reconnus), recommencer avec --referentiel minimal." in dit
    assert "proche de « identifiant »" not in dit
    assert cohorte(table) == 0


def test_la_forme_longue_lue_avec_la_courte_le_dit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    longue = "innovation-territoriale-long"
    codes = [item.code for item in cpit.referentiel(longue).items]
    table = en_csv(tmp_path / "t", [["code", *codes], ["P1", *(str(k % 5) for k in range(len(codes)))]])
    sortie = ["--sortie", str(tmp_path / "s.csv"), "--remplacer"]
    executer(["cohorte", str(table), *sortie])
    dit = montre(capsys)
    assert f"{len(codes)} de ses items y sont reconnus, 24 de innovation-territoriale" in dit
    assert f"Recommencer avec --referentiel {longue}." in dit
    assert executer(["cohorte", str(table), *sortie, "--referentiel", longue]) == 0
    assert "Recommencer" not in montre(capsys)


def test_un_fichier_dont_le_nom_dit_t1_n_est_pas_compte_t0_en_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    en_csv(Path("enquete-t0"), [["code", *ITEMS], ["P1", *"123412"]])
    en_csv(Path("enquete-t1"), [["code", *ITEMS], ["P1", *"234123"]])
    ensemble = ["cohorte", "enquete-t0.csv", "enquete-t1.csv", *AVEC, "--sortie", "s.csv"]
    assert executer(ensemble) == 0
    dit = montre(capsys)
    assert "le nom « enquete-t1.csv » dit t1, et rien dans la table : elle est comptée « t0 »" in dit
    commande = dit[dit.index("cpit cohorte") :].partition(" ; sinon")[0]
    assert executer(shlex.split(commande)[1:]) == 0
    assert "dit t1" not in montre(capsys)
    recueil = cpit.lire(["enquete-t0.csv", "enquete-t1-lu.csv"], MINIMAL)
    assert vus(recueil) == [("P1", "t0", "soi", ""), ("P1", "t1", "soi", "")]
    assert not recueil.anomalies
    # Une colonne, ou la commande, le dit : le nom se tait.
    en_csv(Path("b-t1"), [["code", "moment", *ITEMS], ["P1", "t0", *"123412"]])
    assert not cpit.lire("b-t1.csv", MINIMAL).anomalies
    assert not cpit.lire("enquete-t1.csv", MINIMAL, moment="t0").anomalies


def test_plusieurs_tiers_sans_code_sont_diriges_vers_la_colonne_evaluateur(tmp_path: Path) -> None:
    lignes = [["code", "regard", *ITEMS], ["P1", "tiers", *"123412"], ["P1", "tiers", *"234123"]]
    (double,) = cpit.lire(en_csv(tmp_path / "t", lignes), MINIMAL).anomalies
    assert "une colonne «\u202fevaluateur\u202f»" in double.correction
    lignes = [["code", *ITEMS], ["P1", *"123412"], ["P1", *"234123"]]
    (double,) = cpit.lire(en_csv(tmp_path / "t", lignes), MINIMAL).anomalies
    assert "evaluateur" not in double.correction


@DEUX_FORMES
def test_peu_de_nombres_dont_l_un_sort_de_l_echelle_font_douter(
    ecrire: Ecrire, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = ecrire(tmp_path / "t", [["code", "A1", "A2", "A3"], ["P1", "5", "5", "4"], ["P2", "4", "3", "5"]])
    assert cohorte(table) == 1
    dit = montre(capsys)
    assert "autre échelle ? 5 y est, et jamais 1" in dit
    (remede,) = re.findall(r"ajouter (--valeurs \"[^\"]*\")", dit)
    assert cohorte(table, *shlex.split(remede)) == 0
    (une, deux) = cpit.lire(table, MINIMAL, valeurs=shlex.split(remede)[1]).cohorte.notees
    assert (une.passation.valeurs(), deux.passation.valeurs()) == (
        {"A1": 4, "A2": 4, "A3": 3},
        {"A1": 3, "A2": 2, "A3": 4},
    )
    bonne = ecrire(tmp_path / "b", [["code", "A1", "A2", "A3"], ["P1", "4", "4", "3"]])
    assert "echelle-douteuse" not in {une.code for une in cpit.lire(bonne, MINIMAL).anomalies}


@pytest.mark.parametrize(
    ("en_tete", "item"), [("A2_pre", "A2"), ("R1 avant", "R1"), ("Réponse (A3)", "A3"), ("note_R2_fin", "R2")]
)
def test_un_en_tete_qui_cite_un_code_en_est_proche(en_tete: str, item: str, tmp_path: Path) -> None:
    table = en_csv(tmp_path / "t", [["code", en_tete], ["P1", "1"]])
    cpit.correspondance(table, tmp_path / "c.yaml", referentiel=MINIMAL)
    assert f'"{en_tete}": "?"   # proche de {item}\n' in (tmp_path / "c.yaml").read_text(encoding="utf-8")


def test_l_option_qui_dit_le_moment_se_nomme_comme_on_la_tape(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lignes = [["code", "Session", *ITEMS], ["P1", "Avant", *"123412"], ["P2", "Après", *"123412"]]
    assert cohorte(en_csv(tmp_path / "t", lignes)) == 1
    dit = montre(capsys)
    assert "Donner --moment t1, par exemple," in dit
    assert "`" not in dit
    with pytest.raises(cpit.ErreurCpit, match="Donner `moment` t1"):
        cpit.lire(tmp_path / "t.csv", MINIMAL)


# --- les mots des messages ------------------------------------------------------------------------------------------


def test_les_nombres_d_un_message_s_accordent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "t.csv"
    table.write_text("code;A1;A2;A3;R1;R2\nP1;1;2;3;4;1\n\nP2;1\n;1;2;3;4;1\n", encoding="utf-8")
    cohorte(table)
    dit = montre(capsys)
    assert "1 item sur 6 n’a pas de colonne" in dit
    assert "1 ligne vide au milieu de la table" in dit
    assert "la ligne a 2 cellules et" in dit
    assert "1 ligne a des réponses et pas de code" in dit
    table.write_text("code;A1;A2\nP1;1;2\n\n\nP2\n;1;2\n;2;1\n", encoding="utf-8")
    cohorte(table, "--simple")
    dit = montre(capsys)
    assert "4 items sur 6 n’ont pas de colonne" in dit
    assert "2 lignes vides au milieu de la table" in dit
    assert "la ligne a 1 cellule et" in dit
    assert "2 lignes ont des réponses et pas de code" in dit
    assert "(s)" not in dit


def test_une_seule_passation_notee_se_dit_au_singulier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cohorte(en_csv(tmp_path / "t", [["code", *ITEMS], ["P1", *"123412"]]), "--simple") == 0
    dit = capsys.readouterr().out
    assert "1 passation notée sur 1" in dit
    assert "1 passations" not in dit


def test_une_grille_parle_du_tableur(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["referentiel", "modele", "--xlsx", "--sortie", str(tmp_path / "g.xlsx")]) == 0
    classeur = openpyxl.load_workbook(tmp_path / "g.xlsx")
    items, poles = classeur["items"], classeur["ingenieries"]
    entete = next(c.row for (c,) in items.iter_rows(max_col=1) if c.value == "code")
    premier, second = items.cell(entete + 1, 1), items.cell(entete + 2, 1)
    second.value = premier.value
    rang = next(c.column for ligne in poles.iter_rows() for c in ligne if c.value in ("x", "position.x", "position x"))
    poles.cell(entete + 1, rang).value = "gauche"
    classeur.save(tmp_path / "g.xlsx")
    capsys.readouterr()
    assert executer(["referentiel", "depuis", str(tmp_path / "g.xlsx"), "--sortie", str(tmp_path / "g.yaml")]) == 1
    dit = montre(capsys)
    assert f"est déjà pris par feuille « items », cellule {premier.coordinate}" in dit
    assert "par exemple 0,5" in dit
    assert "YAML" not in dit


def test_la_table_de_plusieurs_ne_porte_que_ce_qu_ils_partagent(tmp_path: Path) -> None:
    codes = en_csv(tmp_path / "codes", [["code", "regard"], ["P1", "tiers"], ["P2", "soi"]])
    dossier = tmp_path / "f"
    commande = ["formulaire", *AVEC, "--format", "csv", "--pour", str(codes), "--dossier", str(dossier)]
    assert executer(commande) == 0
    assert [fichier.name for fichier in dossier.iterdir()] == ["formulaire-t0.csv"]
    en_csv(tmp_path / "codes", [["code", "regard"], ["P1", "N+1"], ["P2", "tiers"]])
    assert executer([*commande[:-1], str(tmp_path / "g")]) == 0
    assert [fichier.name for fichier in (tmp_path / "g").iterdir()] == ["formulaire-t0-tiers.csv"]


def test_un_fichier_texte_pris_n_est_pas_dit_un_classeur(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.txt").write_text("à moi", encoding="utf-8")
    commande = ["referentiel", "exporter", "minimal", "--vers", "limesurvey", "--sortie", str(tmp_path / "x.txt")]
    assert executer(commande) == 1
    assert "n'est pas un instrument écrit par cpit" in montre(capsys).replace("’", "'")

"""La place d’une situation dans le poste : sa fréquence et son importance, lues, gardées, jamais comptées."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from aide_instruments import Remplie, export_kobo, export_limesurvey, export_redcap
from aides import RACINE, encoder_passation, lire_passation, somme_de_controle
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import cpit
from cpit.cli import app
from cpit.coeur.notation import SituationPlacee, nommer_une_case, peu_menees, situations_placees
from cpit.coeur.passation import Passation, Reponse, repondu, sans_objet, sans_reponse
from cpit.erreurs import ErreurCpit

LIVRE = cpit.referentiel(RACINE / "referentiels" / "innovation-territoriale.yaml")
CLES = ("frequence", "importance")
QUESTIONS = (
    "Dans votre poste, à quelle fréquence cette situation se présente-t-elle ?",
    "Dans votre poste, quelle importance a-t-elle ?",
)
CODES = [item.code for item in LIVRE.ordre_de_passation()]


def _passation(**reponses: Reponse) -> Passation:
    toutes = {code: repondu(2) for code in CODES} | reponses
    return Passation.nouvelle(LIVRE, identifiant="R01", reponses=toutes)


@settings(max_examples=12, phases=[Phase.generate], deadline=None)
@given(st.integers(0, 10**9))
def test_la_place_n_entre_dans_aucun_score_ni_effectif(tmp_path_factory: pytest.TempPathFactory, graine: int) -> None:
    """Les mêmes réponses, avec et sans place : mêmes personnes, mêmes scores, mêmes manques."""
    alea = Random(graine)
    dossier = tmp_path_factory.mktemp("place")
    tirer = [(["", "SO", "0", "1", "2", "3", "4"], [None, 0, 1, 2, 3], [None, 0, 1, 2, 3])] * len(CODES)
    lignes = [[tuple(alea.choice(choix) for choix in item) for item in tirer] for _ in range(3)]
    lignes.append([("", alea.randint(0, 3), 3)] * len(CODES))
    lignes.append([("2", None, None)] * len(CODES))
    entetes = ["identifiant", *CODES]
    nues = [[f"R{k}", *(reponse for reponse, _, _ in ligne)] for k, ligne in enumerate(lignes)]
    places = [[str("" if n is None else n) for _, f, i in ligne for n in (f, i)] for ligne in lignes]
    des_places = [f"{cle}_{code}" for code in CODES for cle in CLES]
    sans = cpit.lire(_table(dossier / "sans.csv", entetes, *nues))
    situees = [[*nue, *place] for nue, place in zip(nues, places, strict=True)]
    avec = cpit.lire(_table(dossier / "avec.csv", [*entetes, *des_places], *situees))
    assert [n.resultat for n in avec.cohorte.notees] == [n.resultat for n in sans.cohorte.notees]
    assert [n.passation.valeurs() for n in avec.cohorte.notees] == [n.passation.valeurs() for n in sans.cohorte.notees]
    assert [a.code for a in avec.anomalies] == [a.code for a in sans.anomalies]


def test_une_place_garde_la_reponse_et_la_reponse_garde_la_place() -> None:
    placee = sans_objet("vu").situee("importance", 3)
    assert placee.devenue(repondu(4)) == Reponse(repondu(4).etat, 4, "vu", None, 3)
    with pytest.raises(ValueError, match="importance"):
        repondu(1).situee("importance", 4)


def test_un_fichier_la_garde_et_lui_seul_change_de_version_de_format(tmp_path: Path) -> None:
    chemin = tmp_path / "r01.json"
    placee = _passation(C1P=sans_objet().situee("frequence", 0), C2P=sans_reponse().situee("importance", 3))
    chemin.write_bytes(encoder_passation(placee))
    assert lire_passation(chemin) == placee
    assert json.loads(chemin.read_text(encoding="utf-8"))["version_format"] == 2
    assert json.loads(encoder_passation(_passation()))["version_format"] == 1


@pytest.mark.parametrize("niveau", [4, -1, "2", 1.5, True])
def test_un_niveau_inconnu_d_un_fichier_est_nomme(tmp_path: Path, niveau: object) -> None:
    document = json.loads(encoder_passation(_passation(C1P=repondu(1).situee("frequence", 2))))
    document["reponses"]["C1P"]["frequence"] = niveau
    document["somme"] = somme_de_controle(document)
    chemin = tmp_path / "r01.json"
    chemin.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ErreurCpit) as erreur:
        lire_passation(chemin)
    assert [une.code for une in erreur.value.anomalies] == ["passation-forme"]


def _table(chemin: Path, entetes: list[str], *lignes: list[str]) -> Path:
    chemin.write_text("\n".join(";".join(ligne) for ligne in [entetes, *lignes]) + "\n", encoding="utf-8")
    return chemin


ENONCE = LIVRE.items_par_code["C1P"].enonce


@pytest.mark.echantillon(4)
@pytest.mark.parametrize(
    ("entete_f", "entete_i"),
    [
        ("frequence_C1P", "importance_C1P"),
        ("Fréquence C1P", "C1P_importance"),
        ("Fréquence de C1P", "Importance de C1P"),
        ("groupe/frequence_C1P", "g1-importance_C1P"),
        ("placefrequence[C1P]", "placeimportance[C1P]"),
        *[tuple(f"{question} [{ENONCE}]" for question in QUESTIONS)],
    ],
)
@pytest.mark.parametrize(("f", "i"), [("2", "3"), ("chaque mois", "Essentielle"), ("2 – chaque mois", "3.0")])
def test_une_table_la_porte_en_code_ou_en_mots(tmp_path: Path, entete_f: str, entete_i: str, f: str, i: str) -> None:
    table = _table(
        tmp_path / "t.csv",
        ["identifiant", *CODES, entete_f, entete_i],
        ["R01", *["3"] * len(CODES), f, i],
        ["R02", "", *["SO"] * (len(CODES) - 1), "", "NA"],
        ["R03", "", *["1"] * (len(CODES) - 1), "0", ""],
    )
    recueil = cpit.lire(table)
    assert [a.code for a in recueil.anomalies if "inconn" in a.code] == []
    lues = [n.passation.reponse("C1P") for n in recueil.cohorte.notees]
    assert lues[0] == repondu(3).situee("frequence", 2).situee("importance", 3)
    assert lues[1:] == [sans_reponse(), sans_reponse().situee("frequence", 0)]


@pytest.mark.parametrize("valeur", ["4", "-1", "1,5", "souvent", "1 – chaque mois", "SO", "#N/A"])
def test_ce_qui_n_est_pas_un_niveau_est_refuse_a_sa_place(tmp_path: Path, valeur: str) -> None:
    table = _table(
        tmp_path / "t.csv",
        ["identifiant", *CODES, "frequence_C1P", "importance_C1P"],
        ["R01", *["3"] * len(CODES), valeur, "1"],
    )
    recueil = cpit.lire(table)
    refus = [a for a in recueil.anomalies if a.code == "place-inconnue"]
    assert [(a.lieu.ligne, a.lieu.colonne) for a in refus] == [(2, len(CODES) + 2)]
    assert recueil.cohorte.notees[0].passation.reponse("C1P") == repondu(3).situee("importance", 1)


@pytest.mark.endurance
def test_le_jeu_de_donnees_la_documente_et_se_relit(tmp_path: Path) -> None:
    import pyreadstat

    lignes = [[f"R{k}", *["2"] * len(CODES), str(k % 4), "3"] for k in range(12)]
    table = _table(tmp_path / "t.csv", ["identifiant", *CODES, "frequence_C1P", "importance_C1P"], *lignes)
    cpit.exporter(cpit.lire(table), tmp_path / "jeu")
    large = cpit.lire(tmp_path / "jeu" / "reponses_large.csv").cohorte.notees
    assert sorted(n.passation.reponse("C1P").places for n in large) == sorted((k % 4, 3) for k in range(12))
    _, meta = pyreadstat.read_sav(tmp_path / "jeu" / "reponses_large.sav")
    assert meta.variable_value_labels["frequence_C1P"][2] == "chaque mois"
    assert meta.column_names_to_labels["importance_C2P"] == "Importance de C2P"
    long = (tmp_path / "jeu" / "reponses_long.csv").read_text(encoding="utf-8-sig").splitlines()
    assert long[0].endswith(",frequence,importance")
    assert "importance_C8C" in (tmp_path / "jeu" / "ddi.xml").read_text(encoding="utf-8")
    sans = _table(tmp_path / "s.csv", ["identifiant", *CODES], *(ligne[:-2] for ligne in lignes))
    cpit.exporter(cpit.lire(sans), tmp_path / "nu")
    assert "frequence" not in (tmp_path / "nu" / "reponses_large.csv").read_text(encoding="utf-8-sig").splitlines()[0]


@pytest.mark.endurance
def test_par_un_tube_une_ligne_peut_dire_la_place(tmp_path: Path) -> None:
    lignes = ["3 2 1", "so 0 -", "- 3", "2", *["1"] * (len(CODES) - 4)]
    options = ["--dossier", str(tmp_path), "--code", "R01", "--sans-profil"]
    fait = CliRunner().invoke(app, ["questionnaire", *options, "--place"], input="\n".join(lignes))
    assert fait.exit_code == 0, fait.output
    passation = lire_passation(next(tmp_path.glob("*.json")))
    lues = [passation.reponse(code) for code in CODES[:4]]
    assert [r.places for r in lues] == [(2, 1), (0, None), (3, None), (None, None)]
    assert [r.valeur for r in lues] == [3, None, None, 2]
    faute = CliRunner().invoke(app, ["questionnaire", *options, "--place"], input="\n".join(["3 4", *lignes[1:]]))
    assert faute.exit_code == 1
    sans = CliRunner().invoke(app, ["questionnaire", *options], input="\n".join(lignes))
    assert sans.exit_code == 1


def test_le_classeur_la_demande_et_la_rend(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    (vierge,) = cpit.formulaires(dossier=tmp_path, codes=["R01"], place=True)
    classeur = load_workbook(vierge)
    feuille = classeur["Formulaire"]
    colonnes = {str(cellule.value).split()[0]: cellule.column for cellule in feuille[2]}
    lignes = {cellule.value: cellule.row for cellule in feuille["A"]}
    for code, (reponse, f, i) in {
        "C1P": (3, "2 – chaque mois", 3),
        "C1M": ("", 0, None),
        "C1C": ("SO", "souvent", 1),
    }.items():
        for entete, valeur in (("Votre", reponse), ("Fréquence", f), ("Importance", i)):
            feuille.cell(lignes[code], colonnes[entete]).value = valeur
    classeur.save(vierge)
    recueil = cpit.lire(vierge)
    passation = recueil.cohorte.notees[0].passation
    assert passation.reponse("C1P") == repondu(3).situee("frequence", 2).situee("importance", 3)
    assert passation.reponse("C1M") == sans_reponse().situee("frequence", 0)
    assert passation.reponse("C1C") == sans_objet().situee("importance", 1)
    refus = [a for a in recueil.anomalies if a.code == "place-inconnue"]
    assert [a.lieu.cellule for a in refus] == [feuille.cell(lignes["C1C"], colonnes["Fréquence"]).coordinate]
    (sans,) = cpit.formulaires(dossier=tmp_path, codes=["R02"])
    assert "Fréquence" not in {str(cellule.value).split()[0] for cellule in load_workbook(sans)["Formulaire"][2]}


def test_la_table_a_remplir_a_ses_colonnes(tmp_path: Path) -> None:
    (table,) = cpit.formulaires(dossier=tmp_path, format="csv", codes=["R01", "R02"], place=True)
    entetes = table.read_text(encoding="utf-8-sig").splitlines()[0].split(";")
    assert {f"{cle}_{code}" for code in CODES for cle in CLES} <= set(entetes)


def _repondue(tmp_path: Path, nom: str = "R01") -> Path:
    """Une passation qui dit des places : C1P importante, fréquente et peu menée ; C1M importante et bien menée."""
    places = {
        "C1P": repondu(0).situee("frequence", 3).situee("importance", 2),
        "C1M": repondu(4).situee("frequence", 2).situee("importance", 3),
        "C1C": sans_objet().situee("frequence", 3).situee("importance", 3),
        "C2P": repondu(0).situee("frequence", 1).situee("importance", 3),
        "C2M": repondu(0).situee("importance", 3),
    }
    chemin = tmp_path / f"{nom}.json"
    passation = replace(_passation(**places), identifiant=nom, terminee="2026-01-02T10:00:00+01:00")
    chemin.write_bytes(encoder_passation(passation))
    return chemin


def test_la_restitution_la_lit_sans_verdict(tmp_path: Path) -> None:
    chemin = _repondue(tmp_path)
    fait = CliRunner().invoke(app, ["restituer", str(chemin), "--simple"])
    montre = " ".join(fait.output.replace("\u202f", " ").replace("\u00a0", " ").split())
    assert "Situations importantes, fréquentes et encore peu menées : C1P." in montre
    assert "dites pour 4 situations sur 24" in montre
    assert "Essentielle, chaque semaine : C1C" in montre
    json_ = json.loads(CliRunner().invoke(app, ["restituer", str(chemin), "--json"]).output)
    assert json_["places"]["C2M"] == {"frequence": None, "importance": 3}
    assert list(json_["places"]) == ["C1P", "C1M", "C1C", "C2P", "C2M"]
    nue = tmp_path / "nue.json"
    nue.write_bytes(encoder_passation(_passation()))
    assert "La place des situations" not in CliRunner().invoke(app, ["restituer", str(nue), "--simple"]).output
    assert "places" not in json.loads(CliRunner().invoke(app, ["restituer", str(nue), "--json"]).output)


def test_est_peu_menee_ce_qui_est_important_frequent_et_sous_le_milieu(tmp_path: Path) -> None:
    """« Chaque mois » et « importante » y suffisent, ni moins ; au milieu de l’échelle (2), elle n’en est plus."""
    places = {
        "C1P": repondu(1).situee("frequence", 2).situee("importance", 2),
        "C1M": repondu(1).situee("frequence", 1).situee("importance", 2),
        "C1C": repondu(1).situee("frequence", 2).situee("importance", 1),
        "C2P": repondu(2).situee("frequence", 2).situee("importance", 2),
        "C2M": sans_reponse().situee("frequence", 3).situee("importance", 3),
    }
    chemin = tmp_path / "R01.json"
    chemin.write_bytes(encoder_passation(replace(_passation(**places), terminee="2026-01-02T10:00:00+01:00")))
    montre = CliRunner().invoke(app, ["restituer", str(chemin), "--simple"]).output.replace("\u202f", " ")
    assert "encore peu menées : C1P." in " ".join(montre.replace("\u00a0", " ").split())


def test_une_situation_n_est_placee_que_si_l_on_dit_les_deux() -> None:
    """Dans l’ordre de la passation ; sans niveau si la réponse n’en a pas ; à mi-chemin, la case la plus haute."""
    premier, second, troisieme, quatrieme = LIVRE.ordre_de_passation()[:4]
    reponses = {
        premier.code: repondu(1).situee("frequence", 2).situee("importance", 3),
        second.code: repondu(1).situee("frequence", 3),
        troisieme.code: repondu(1).situee("importance", 3),
        quatrieme.code: sans_reponse().situee("frequence", 3).situee("importance", 2),
    }
    placees = situations_placees(LIVRE, _passation(**reponses))
    assert placees == (SituationPlacee(premier, 2, 3, 1, 1, False), SituationPlacee(quatrieme, 3, 2, None, 1, False))
    assert [une.case for une in placees] == [(2, 3), (3, 2)]
    assert SituationPlacee(premier, 1.5, 0.49, None).case == (2, 0)
    assert nommer_une_case((1, 3)) == "essentielle, quelques fois par an"
    assert peu_menees(LIVRE, placees) == (premier,)
    assert peu_menees(LIVRE, (SituationPlacee(second, 2, 2, 1.9),)) == (second,)
    for niveau, frequence, importance in ((2, 2, 2), (1, 1, 2), (1, 2, 1), (1, 3, 1.9)):
        assert peu_menees(LIVRE, (SituationPlacee(premier, frequence, importance, niveau),)) == ()


def test_le_quadrant_se_dessine_ou_dit_pourquoi_il_ne_peut_pas(tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    cpit.ecrire(cpit.relire(_repondue(tmp_path)), page)
    ecrite = page.read_text(encoding="utf-8")
    assert "place-personne" in ecrite
    assert "encore peu menées" in ecrite
    sujet = cpit.relire(tmp_path / "R01.json")
    figure = cpit.figure("place", sujet)
    assert "Importante, chaque semaine : C1P (niveau 0)." in figure.description.replace("\u202f", " ")
    nue = tmp_path / "nue.json"
    nue.write_bytes(encoder_passation(_passation()))
    with pytest.raises(ErreurCpit) as erreur:
        cpit.figure("place", cpit.relire(nue))
    assert [une.code for une in erreur.value.anomalies] == ["figure-sans-donnees"]
    # D’une personne seule, il n’est pas question d’effectif.
    assert "assez de personnes" not in str(erreur.value)


@pytest.mark.parametrize("regard", ["soi", "tiers"])
def test_la_page_ecrit_les_situations_du_quadrant_et_la_figure_seule_les_dessine(tmp_path: Path, regard: str) -> None:
    """Dessinées, un téléphone les réduit avec la figure ; dites d’un tiers, elles ne disent pas « je »."""
    chemin = tmp_path / "r01.json"
    placee = replace(_passation(C5C=repondu(1).situee("frequence", 3).situee("importance", 3)), regard=regard)
    chemin.write_bytes(encoder_passation(placee))
    relue = cpit.relire(chemin)
    cpit.ecrire(relue, tmp_path / "r.html")
    page = _en_clair((tmp_path / "r.html").read_text(encoding="utf-8"))
    enonce = _en_clair(LIVRE.items_par_code["C5C"].enonce_pour(regard))
    assert f'<dt class="code">C5C</dt> <dd>{enonce}</dd>' in page
    dessin = " ".join(cpit.figure("place", relue).svg.split("<text")[1:])
    mots = re.findall(r">([^<]+)</text>", dessin)
    assert enonce[:12] in _en_clair(" ".join(mots))
    assert "santé, habitat" not in " ".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))


def _en_clair(texte: str) -> str:
    return html.unescape(texte).replace("\u202f", " ").replace("\u00a0", " ")


def test_le_quadrant_d_un_groupe_tait_les_petits(tmp_path: Path) -> None:
    entetes = ["identifiant", *CODES, "frequence_C1P", "importance_C1P", "frequence_C1M", "importance_C1M"]
    lignes = [[f"R{k}", *["3"] * len(CODES), str(k % 3), "2", *(["1", "1"] if k < 2 else ["", ""])] for k in range(12)]
    figure = cpit.figure("place", cpit.lire(_table(tmp_path / "t.csv", entetes, *lignes)))
    dite = figure.description.replace("\u202f", " ").replace("\u00a0", " ")
    assert "C1P (fréquence 1,0, importance 2,0, niveau 3,0, n = 12)" in dite
    assert "C1M (" not in dite
    assert "C1M" in dite
    with pytest.raises(ErreurCpit):
        cpit.figure("place", cpit.lire(_table(tmp_path / "p.csv", entetes, *lignes[:2])))


_RETOURS = {
    "kobo": ("xlsform", export_kobo),
    "kobo-groupes": ("xlsform", lambda f, r: export_kobo(f, r, groupes=True)),
    "kobo-libelles": ("xlsform", lambda f, r: export_kobo(f, r, libelles=True)),
    "limesurvey-codes": ("limesurvey", export_limesurvey),
    "limesurvey-code-et-texte": ("limesurvey", lambda f, r: export_limesurvey(f, r, entetes="code-et-texte")),
    "limesurvey-texte": ("limesurvey", lambda f, r: export_limesurvey(f, r, entetes="texte", reponses="libelle")),
    "redcap-brut": ("redcap", export_redcap),
    "redcap-libelles": ("redcap", lambda f, r: export_redcap(f, r, libelles=True)),
}


@pytest.mark.echantillon(6)
@pytest.mark.parametrize("retour", _RETOURS)
@pytest.mark.parametrize("regard", ["soi", "tiers"])
def test_les_outils_d_enquete_la_demandent_et_la_rendent(tmp_path: Path, retour: str, regard: str) -> None:
    format_, exporter = _RETOURS[retour]
    cible = cpit.exporter_referentiel(LIVRE, format_, tmp_path / "i", place=True, regard=regard).chemin
    reponses = dict.fromkeys(CODES[1:], "3") | {"frequence_C1M": "2", "importance_C1M": "0", "frequence_C1P": "1"}
    table = tmp_path / "retour.csv"
    table.write_bytes(exporter(cible, [Remplie("R01", reponses), Remplie("R02", dict.fromkeys(CODES, "1"))]))
    recueil = cpit.lire(table)
    assert [a for a in recueil.anomalies if a.gravite == "refus"] == []
    une, autre = (notee.passation for notee in recueil.cohorte.notees)
    assert une.reponse("C1M") == repondu(3).situee("frequence", 2).situee("importance", 0)
    assert une.reponse("C1P") == sans_reponse().situee("frequence", 1)
    assert une.reponse("C8C") == repondu(3)
    assert not autre.dit_des_places


@pytest.mark.parametrize("format_", ["markdown", "docx", "moodle", "case"])
def test_une_feuille_la_demande_et_un_autre_format_dit_qu_il_ne_la_porte_pas(tmp_path: Path, format_: str) -> None:
    exporte = cpit.exporter_referentiel(LIVRE, format_, tmp_path / "i", place=True)
    dit = any("fréquence" in part for part in exporte.non_portes)
    assert dit == (format_ in {"moodle", "case"})
    if format_ == "markdown":
        assert "Fréquence dans le poste" in exporte.chemin.read_text(encoding="utf-8").replace("\u00a0", " ")
    nu = cpit.exporter_referentiel(LIVRE, format_, tmp_path / "n")
    assert not any("fréquence" in part for part in nu.non_portes)

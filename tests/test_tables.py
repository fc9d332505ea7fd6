"""Les tables de réponses, une ligne par personne : fichiers de vrais programmes, pièges, hasard, octets hostiles."""

from __future__ import annotations

import csv
import io
import random
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from aide_bornes import abaisser
from aide_hostiles import FEUILLE, en_feuille, en_xlsx
from aide_lecture import Lue, lire_seule
from aides import TESTS, Programme, premiere, tirages
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

import cpit
from cpit import Anomalie
from cpit.coeur.cohorte import composer
from cpit.coeur.passation import Etat, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Gravite

DONNEES = TESTS / "donnees"
REFERENTIEL = premiere()
CODES = [item.code for item in REFERENTIEL.items]
NIVEAUX = {niveau.libelle: niveau.valeur for niveau in REFERENTIEL.echelle.niveaux}
Lecteur = Callable[..., Lue]


def codes(lecture: Lue) -> list[str]:
    return [anomalie.code for anomalie in lecture.anomalies]


def seule(lecture: Lue, code: str) -> Anomalie:
    (trouvee,) = [anomalie for anomalie in lecture.anomalies if anomalie.code == code]
    assert trouvee.quoi
    assert trouvee.attendu
    assert trouvee.correction
    return trouvee


def reponses(lecture: Lue, rang: int = 0) -> str:
    """Les réponses d’une ligne, une lettre par item du référentiel : niveau, S, « . », ou R si elle est refusée."""
    releve = lecture.releves[rang]
    lettres = {Etat.SANS_OBJET: "S", Etat.SANS_REPONSE: "."}
    return "".join(
        "R" if code in releve.refusees else lettres.get(reponse.etat, str(reponse.valeur))
        for code in CODES
        for reponse in [releve.passation.reponses[code]]
    )


def compter(lecture: Lue, referentiel: Referentiel = REFERENTIEL) -> tuple[int, int, int]:
    """Cellules répondues, manquantes (sans objet ou sans réponse), refusées."""
    repondues = manquantes = refusees = 0
    for releve in lecture.releves:
        assert set(releve.passation.reponses) == {item.code for item in referentiel.items}
        for code, reponse in releve.passation.reponses.items():
            if code in releve.refusees:
                assert reponse.etat is Etat.SANS_REPONSE
                refusees += 1
            elif reponse.etat is Etat.REPONDU:
                repondues += 1
            else:
                manquantes += 1
    return repondues, manquantes, refusees


@pytest.fixture
def ecrire(tmp_path: Path) -> Callable[[str | bytes], Lue]:
    """Écrit un CSV et le lit."""

    def _ecrire(contenu: str | bytes) -> Lue:
        chemin = tmp_path / "table.csv"
        chemin.write_bytes(contenu.encode() if isinstance(contenu, str) else contenu)
        return lire_seule(chemin, REFERENTIEL)

    return _ecrire


# --- de vrais fichiers ------------------------------------------------------------------------------------------------


def test_pandas_to_csv_avec_son_index() -> None:
    lecture = lire_seule(DONNEES / "pandas.csv", REFERENTIEL)
    assert [reponses(lecture, rang) for rang in range(3)] == ["012340123401234012340123"] * 2 + ["4" * 24]
    assert [r.passation.identifiant for r in lecture.releves] == ["R01", "R02", "R04"]
    assert [r.passation.profil.get("structure") for r in lecture.releves] == ["commune", "epci", None]
    assert [r.passation.moment for r in lecture.releves] == ["t0", "t0", "t1"]
    assert codes(lecture) == ["passation-vide", "colonne-sans-nom"]
    assert "R03" in seule(lecture, "passation-vide").quoi
    assert seule(lecture, "colonne-sans-nom").mots == {"nombre": 4, "valeur": "0"}


def test_pandas_to_excel_donne_les_memes_passations() -> None:
    en_csv = lire_seule(DONNEES / "pandas.csv", REFERENTIEL)
    en_xlsx = lire_seule(DONNEES / "pandas.xlsx", REFERENTIEL)
    assert [r.passation for r in en_xlsx.releves] == [r.passation for r in en_csv.releves]
    assert codes(en_xlsx) == ["passation-vide"]


def test_r_write_csv2() -> None:
    lecture = lire_seule(DONNEES / "r-csv2.csv", REFERENTIEL)
    assert [r.passation.identifiant for r in lecture.releves] == ["A1", "A2", 'A "dit" 3']
    assert reponses(lecture, 1) == ".22" * 8, "le NA de R est une absence, pas un « sans objet »"
    assert reponses(lecture, 2) == "R" + "4" * 23
    assert codes(lecture) == ["cellule-non-entiere", "colonne-sans-nom", "absences-ecrites"]
    assert seule(lecture, "cellule-non-entiere").lieu.ligne == 4
    assert seule(lecture, "cellule-non-entiere").lieu.colonne == 5


@pytest.mark.parametrize(("nom", "attendues"), [("excel-utf8.csv", []), ("excel-cp1252.csv", ["table-en-cp1252"])])
def test_csv_d_excel_francais(nom: str, attendues: list[str]) -> None:
    lecture = lire_seule(DONNEES / nom, REFERENTIEL)
    assert codes(lecture) == attendues
    assert reponses(lecture, 0) == "3" + "12340123401234012340123"
    assert reponses(lecture, 1) == "11.S" + "1" * 20
    premiere, seconde = (releve.passation for releve in lecture.releves)
    assert (premiere.identifiant, premiere.moment, premiere.regard) == ("É01", "t0", "soi")
    assert (seconde.identifiant, seconde.moment, seconde.regard) == ("É02", "t1", "tiers")
    assert premiere.profil == {"structure": "epci"}
    assert seconde.profil == {"structure": "region"}


def test_export_limesurvey() -> None:
    lecture = lire_seule(DONNEES / "limesurvey.csv", REFERENTIEL)
    assert [reponses(lecture, 0), reponses(lecture, 1)] == ["012340123401234012340123", "2S2222222" + "." * 15]
    assert codes(lecture) == ["colonnes-enquete", "reponses-inachevees"]
    assert "submitdate" in seule(lecture, "colonnes-enquete").quoi
    assert [r.identifiant for r in lecture.releves] == ["ligne 2", "ligne 3"]
    assert lecture.releves[0].passation.profil == {"structure": "commune"}


def test_libreoffice_en_francais_csv_xlsx_csv(tmp_path: Path, programme: Programme) -> None:
    """Aller et retour par LibreOffice en locale française."""
    origine = lire_seule(DONNEES / "excel-utf8.csv", REFERENTIEL)
    depart = tmp_path / "depart.csv"
    depart.write_bytes((DONNEES / "excel-utf8.csv").read_bytes())
    classeur = _convertir(programme("soffice"), depart, "xlsx:Calc MS Excel 2007 XML", tmp_path / "un")
    retour = _convertir(
        programme("soffice"),
        classeur,
        "csv:Text - txt - csv (StarCalc):59,34,76,1,,1036,false,true,false",
        tmp_path / "deux",
    )
    for lecture in (lire_seule(classeur, REFERENTIEL), lire_seule(retour, REFERENTIEL)):
        assert [r.passation for r in lecture.releves] == [r.passation for r in origine.releves]
        assert lecture.anomalies == ()


def test_libreoffice_change_une_reponse_en_date_et_cela_se_voit(tmp_path: Path, programme: Programme) -> None:
    depart = tmp_path / "depart.csv"
    depart.write_text("identifiant;C1P;C1M\nR1;1/3;2\n", encoding="utf-8")
    lecture = lire_seule(
        _convertir(programme("soffice"), depart, "xlsx:Calc MS Excel 2007 XML", tmp_path / "un"), REFERENTIEL
    )
    assert seule(lecture, "cellule-date").lieu.cellule == "B2"
    assert reponses(lecture)[:2] == "R2"


def _convertir(soffice: str, chemin: Path, format_: str, dossier: Path) -> Path:
    profil = (dossier.parent / "profil-libreoffice").as_uri()
    commande = [soffice, f"-env:UserInstallation={profil}", "--headless"]
    lecture = ["--infilter=Text - txt - csv (StarCalc):59,34,76,1,,1036,false,true"] if chemin.suffix == ".csv" else []
    subprocess.run(
        [*commande, *lecture, "--convert-to", format_, "--outdir", str(dossier), str(chemin)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return dossier / chemin.with_suffix("." + format_.split(":", maxsplit=1)[0]).name


@pytest.mark.parametrize("dialecte", ["fr", "science"])
def test_notre_propre_export_se_relit(tmp_path: Path, dialecte: str) -> None:
    origine = lire_seule(DONNEES / "pandas.csv", REFERENTIEL)
    export = tmp_path / "cohorte.csv"
    cohorte = composer(REFERENTIEL, origine.releves)
    cpit.ecrire(cohorte.scores(avec_reponses=True), export, dialecte=dialecte)
    relu = lire_seule(export, REFERENTIEL)
    assert relu.anomalies == ()
    assert [r.passation for r in relu.releves] == [r.passation for r in origine.releves]


# --- les en-têtes -----------------------------------------------------------------------------------------------------

ENONCE = REFERENTIEL.items_par_code["C1P"].enonce


@pytest.mark.parametrize(
    "nom",
    [
        "C1P",
        "c1p",
        " C1P ",
        "[C1P]",
        "T1[C1P]",
        "T1_C1P",
        "G01Q02_C1P",
        ENONCE,
        ENONCE.upper().replace("’", "'"),
        f"C1P. {ENONCE}",
        f"T1[C1P]. Dans votre poste ? [{ENONCE}]",
        f"Dans votre poste, jusqu’où ? [{ENONCE}]",
    ],
)
def test_un_item_se_reconnait_a(nom: str, ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire(f'"{nom}"\n3\n')
    assert lecture.releves[0].passation.valeurs() == {"C1P": 3}
    assert codes(lecture) == ["items-manquants"]


@pytest.mark.parametrize("nom", ["libelle_C1P", "C1X", "Nom", "T1[C9P]", "niveau C1P", "C1P ?", "score"])
def test_une_colonne_inconnue_est_mise_de_cote_et_nommee(nom: str, ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire(f"identifiant;C1M;{nom}\nR1;3;4\n")
    assert lecture.releves[0].passation.valeurs() == {"C1M": 3}
    anomalie = seule(lecture, "colonnes-inconnues")
    assert (anomalie.lieu.ligne, anomalie.lieu.colonne) == (1, 3)
    assert anomalie.gravite is Gravite.AVERTISSEMENT
    assert f"« {nom} »" in anomalie.quoi.replace("\u202f", " ")
    if nom == "C1X":
        assert "(proche de C1P)" in anomalie.quoi


def test_un_autre_enonce_sous_le_meme_code_est_refuse(ecrire: Callable[[str], Lue]) -> None:
    assert codes(ecrire("C1P. Je fais autre chose.;C1M\n3;4\n")) == ["colonne-autre-enonce"]


@pytest.mark.parametrize(("un", "deux"), [("C1P", "c1p"), ("C1P", "T1[C1P]"), ("C1P", ENONCE), ("code", "identifiant")])
def test_des_colonnes_en_double_font_refuser_la_source(un: str, deux: str, ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire(f'"{un}";"{deux}";C1M\n1;2;3\n')
    assert codes(lecture) == ["colonne-en-double"]
    assert lecture.anomalies[0].lieu.colonne == 2


def test_sans_colonne_d_item_la_source_est_refusee(ecrire: Callable[[str], Lue]) -> None:
    assert codes(ecrire("nom;prenom\nA;B\n")) == ["table-sans-item"]
    assert codes(ecrire("")) == ["table-vide"]
    assert codes(ecrire("\n\n  \n")) == ["table-vide"]


def test_les_colonnes_calculees_sont_ignorees_en_silence(ecrire: Callable[[str], Lue]) -> None:
    entete = ";".join(["identifiant", *CODES, "score_C1", "n_C1", "x", "y", "dominante"])
    lecture = ecrire(f"{entete}\nR1;{';'.join('2' * 24)};2,5;3;0,1;-0,2;catalyse\n")
    assert lecture.anomalies == ()
    assert reponses(lecture) == "2" * 24


def test_une_trace_trop_longue_est_dite_et_prise_entiere(ecrire: Callable[[str], Lue]) -> None:
    for signes, attendues in ((10_000, []), (10_001, ["trace-longue"])):
        lecture = ecrire(f"C1P;trace_C1P\n3;{'x' * signes}\n")
        assert lecture.releves[0].passation.reponse("C1P").trace == "x" * signes
        assert [code for code in codes(lecture) if code != "items-manquants"] == attendues


def test_les_traces_suivent_leur_item(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire('C1P;trace_C1P;C1M_trace;C1M\n3;"une réunion ; puis\nune autre";\'=1+1;SO\n')
    premiere, seconde = (lecture.releves[0].passation.reponses[code] for code in ("C1P", "C1M"))
    assert (premiere.valeur, premiere.trace) == (3, "une réunion ; puis\nune autre")
    assert (seconde.etat, seconde.trace) == (Etat.SANS_OBJET, "=1+1")


def test_id_seul_est_la_personne_mais_pas_chez_limesurvey(ecrire: Callable[[str], Lue]) -> None:
    assert ecrire("id;C1P\n7;3\n").releves[0].passation.identifiant == "7"
    assert ecrire("id;seed;C1P\n7;12;3\n").releves[0].passation.identifiant == ""


def test_les_items_manquants_comptent_comme_sans_reponse(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire("identifiant;C1P\nR1;3\n")
    assert seule(lecture, "items-manquants").gravite is Gravite.AVERTISSEMENT
    assert reponses(lecture) == "3" + "." * 23


def test_trop_de_colonnes_inconnues_se_resument(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire("C1P;" + ";".join(f"inconnue {n}" for n in range(500)) + "\n")
    assert len(lecture.anomalies) == 3
    dite = seule(lecture, "colonnes-inconnues").quoi
    assert "500 colonnes inconnues" in dite
    assert "inconnue 19" in dite
    assert "inconnue 20" not in dite
    assert "480 autres" in dite
    assert codes(ecrire("C1P;" * 5000 + "\n")) == ["trop-de-colonnes"]


# --- les pièges du CSV ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encodage", ["utf-16", "utf-32"])
def test_un_texte_large_que_sa_marque_dit_se_lit(encodage: str, ecrire: Callable[[bytes], Lue]) -> None:
    lecture = ecrire("identifiant;C1P\nZoé;3\n".encode(encodage))
    assert [(r.passation.identifiant, r.passation.valeurs()) for r in lecture.releves] == [("Zoé", {"C1P": 3})]


@pytest.mark.parametrize("encodage", ["utf-16-le", "utf-16-be"])
def test_l_utf_16_sans_marque_se_lit_et_se_dit(encodage: str, ecrire: Callable[[bytes], Lue]) -> None:
    lecture = ecrire("identifiant;C1P\nZoé;3\n".encode(encodage))
    assert codes(lecture) == ["table-en-utf16-sans-marque", "items-manquants"]
    assert [(r.passation.identifiant, r.passation.valeurs()) for r in lecture.releves] == [("Zoé", {"C1P": 3})]
    coupee = ecrire("identifiant;C1P\nZoé;3\n".encode(encodage)[:-1])
    assert (codes(coupee), coupee.releves) == (["table-en-utf16"], ())


def test_un_octet_nul_est_refuse(ecrire: Callable[[bytes], Lue]) -> None:
    lecture = ecrire(b"identifiant;C1P\nR1;3\nR\x002;3\n")
    assert codes(lecture) == ["table-avec-nul"]
    assert lecture.anomalies[0].lieu.ligne == 3


def test_ni_utf_8_ni_cp1252(ecrire: Callable[[bytes], Lue]) -> None:
    lecture = ecrire(b"identifiant;C1P\nR1;3\nR\x812;3\n")
    assert codes(lecture) == ["encodage"]
    assert lecture.anomalies[0].lieu.ligne == 3


@pytest.mark.parametrize("separateur", [";", ",", "\t"])
@pytest.mark.parametrize("fin", ["\n", "\r\n", "\r"])
def test_separateurs_et_fins_de_ligne(separateur: str, fin: str, ecrire: Callable[[str], Lue]) -> None:
    textes = [["identifiant", ENONCE, "C1M"], ["Un; deux, trois", "3", "4"]]
    flux = io.StringIO()
    csv.writer(flux, delimiter=separateur, lineterminator=fin, quoting=csv.QUOTE_ALL).writerows(textes)
    lecture = ecrire(flux.getvalue() + fin * 3)
    assert lecture.releves[0].passation.identifiant == "Un; deux, trois"
    assert lecture.releves[0].passation.valeurs() == {"C1P": 3, "C1M": 4}


def test_la_consigne_sep_d_excel(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire("sep=,\r\nidentifiant,C1P\r\nR1,9\r\n")
    assert seule(lecture, "cellule-hors-echelle").lieu.ligne == 3
    assert ecrire("sep=|\nidentifiant|C1P\nR1|3\n").releves[0].passation.valeurs() == {"C1P": 3}
    assert codes(ecrire("sep=#\nidentifiant#C1P\n")) == ["separateur-inconnu"]


def test_un_guillemet_jamais_referme(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire('identifiant;C1P;C1M\nR1;3;4\nR2;"3;4\nR3;1;2\n')
    assert [r.passation.identifiant for r in lecture.releves] == ["R1"]
    anomalie = seule(lecture, "csv-mal-forme")
    assert anomalie.lieu.ligne == 3
    assert "3 à 4" in anomalie.quoi


def test_un_guillemet_mal_place_ne_perd_que_sa_ligne(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire('identifiant;C1P;C1M\nR1;3;4\n"R2"x;3;4\nR3;1;2\n')
    assert [r.passation.identifiant for r in lecture.releves] == ["R1", "R3"]
    assert seule(lecture, "csv-mal-forme").lieu.ligne == 3


def test_lignes_trop_courtes_et_trop_longues(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire("identifiant;C1P;C1M\nR1;3\nR2;3;4;\nR3;1;2\n")
    assert [(r.passation.identifiant, r.ligne) for r in lecture.releves] == [("R3", 4)]
    courte, longue = seule(lecture, "ligne-trop-courte"), seule(lecture, "ligne-trop-longue")
    assert (courte.lieu.ligne, longue.lieu.ligne, longue.lieu.colonne) == (2, 3, 4)


def test_colonnes_sans_nom_en_queue(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire("identifiant;C1P;;\nR1;3;;\nR2;3;;4\n;;;\n")
    assert [r.passation.identifiant for r in lecture.releves] == ["R1"]
    lieu = seule(lecture, "ligne-hors-colonnes").lieu
    assert (lieu.ligne, lieu.colonne) == (3, 4)


def test_lignes_vides_au_milieu_et_en_queue(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire("identifiant;C1P\nR1;3\n\n ; \nR2;4\n;\n\n")
    assert [(r.passation.identifiant, r.ligne) for r in lecture.releves] == [("R1", 2), ("R2", 5)]
    assert (seule(lecture, "lignes-vides").lieu.ligne, seule(lecture, "lignes-vides").mots["nombre"]) == (3, 2)


def test_une_table_sans_ligne_le_dit(ecrire: Callable[[str], Lue]) -> None:
    assert codes(ecrire("identifiant;" + ";".join(CODES) + "\n\n")) == ["table-sans-ligne"]


def test_la_ligne_est_celle_du_fichier_apres_un_texte_de_plusieurs_lignes(
    ecrire: Callable[[str], Lue],
) -> None:
    lecture = ecrire('\n"identifiant";C1P;trace_C1P\nR1;3;"a\nb\nc"\nR2;9;\n')
    assert [r.ligne for r in lecture.releves] == [3, 6]
    assert seule(lecture, "cellule-hors-echelle").lieu.ligne == 6


@pytest.mark.parametrize(
    ("cellule", "code"),
    [
        ("5", "cellule-hors-echelle"),
        ("-1", "cellule-hors-echelle"),
        ("2,5", "cellule-non-entiere"),
        ("#N/A", "cellule-erreur"),
        ("#VALEUR!", "cellule-erreur"),
        ("VRAI", "cellule-booleen"),
        ("True", "cellule-booleen"),
        ("1_0", "cellule-incomprise"),
        ("1" + " | 2" * 400, "cellule-incomprise"),
        ("NaN", "cellule-incomprise"),
        ("٣", "cellule-incomprise"),
        ("²", "cellule-incomprise"),
        ("1e0", "cellule-incomprise"),
        ("peut-être", "cellule-incomprise"),
        *(
            (mot, "cellule-ambigue")
            for mot in ("null", "none", "nil", "rien", "Néant", "aucun", "vide", "missing", "?")
        ),
        ("En au", "cellule-libelle-coupe"),
        ("En a", "cellule-incomprise"),
    ],
)
def test_une_cellule_refusee_compte_comme_sans_reponse(cellule: str, code: str, ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire(f"identifiant;C1P;C1M\nR1;4;{cellule}\nR2;3;2\n")
    anomalie = seule(lecture, code)
    assert (anomalie.lieu.ligne, anomalie.lieu.colonne) == (2, 3)
    assert anomalie.lieu.fichier.endswith("table.csv")
    assert lecture.releves[0].refusees == {"C1M"}
    assert lecture.releves[0].passation.reponses["C1M"] == sans_reponse()
    assert lecture.releves[1].refusees == frozenset()


@pytest.mark.parametrize(
    ("cellule", "attendu"),
    [
        ("3", "3"),
        ("3,0", "3"),
        ("3.00", "3"),
        (" 3 ", "3"),
        ("SO", "S"),
        ("nsp", "R"),
        ("non concerné", "S"),
        ("n/a", "R"),
        ("", "."),
        ("NA", "."),
    ]
    + [(libelle.upper(), str(valeur)) for libelle, valeur in NIVEAUX.items()]
    + [(f"{libelle} ({valeur})", str(valeur)) for libelle, valeur in NIVEAUX.items()]
    + [(f"{n.libelle} : {n.description}", str(n.valeur)) for n in REFERENTIEL.echelle.niveaux],
)
def test_une_cellule_comprise(cellule: str, attendu: str, ecrire: Callable[[str], Lue]) -> None:
    assert reponses(ecrire(f"identifiant;C1P;C1M\nR1;{cellule};4\n"))[:2] == attendu + "4"


def test_ce_qui_ne_s_imprime_pas_n_entre_pas_dans_un_code(ecrire: Callable[[str], Lue]) -> None:
    """Une sonnerie, une marque de sens d’écriture : le même code, tel qu’on le lit à l’écran."""
    assert ecrire("identifiant;C1P\nR\x0701\u202e;3\n").releves[0].passation.identifiant == "R01"


def test_des_apostrophes_suffisent_a_dire_l_encodage(ecrire: Callable[[bytes], Lue]) -> None:
    """Chacune est entre deux lettres : en Mac Roman, ce seraient des « í » que le français n’a pas."""
    trace = "J’y vais, l’atelier"
    lecture = ecrire(f"identifiant;C1P;trace_C1P\nR1;3;{trace}\n".encode("cp1252"))
    assert codes(lecture) == ["table-en-cp1252", "items-manquants"]
    assert lecture.releves[0].passation.reponses["C1P"].trace == trace


def test_une_faute_d_encodage_se_situe_au_dela_du_premier_morceau(
    ecrire: Callable[[bytes], Lue], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Un fichier se lit par morceaux : les lignes se comptent de l’un à l’autre."""
    abaisser(monkeypatch, "octets lus à la fois d’une table", 64)
    lecture = ecrire(b"identifiant;C1P\n" + b"R1;3\n" * 60 + b"R\x812;3\n" + b"R1;3\n" * 60)
    assert seule(lecture, "encodage").lieu.ligne == 62
    nul = ecrire(b"identifiant;C1P\n" + b"R1;3\n" * 60 + b"R\x002;3\n")
    assert seule(nul, "table-avec-nul").lieu.ligne == 62


@pytest.mark.parametrize(("colonne", "valeur"), [("moment", "t-1"), ("moment", "après"), ("regard", "voisin")])
def test_moment_ou_regard_inconnu_fait_refuser_la_ligne(
    colonne: str, valeur: str, ecrire: Callable[[str], Lue]
) -> None:
    lecture = ecrire(f"identifiant;{colonne};C1P\nR1;{valeur};3\nR2;;3\n")
    assert [r.passation.identifiant for r in lecture.releves] == ["R2"]
    assert (lecture.releves[0].passation.moment, lecture.releves[0].passation.regard) == ("t0", "soi")
    assert (seule(lecture, f"{colonne}-de-ligne").lieu.ligne, lecture.anomalies[-1].lieu.colonne) == (2, 2)


def test_un_choix_de_profil_inconnu_est_signale_et_non_pris(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire("territoire;structure;C1P\nLITTORAL;mairie;3\nplage;Région;3\n")
    assert [r.passation.profil for r in lecture.releves] == [{"territoire": "littoral"}, {"structure": "region"}]
    situees = [(a.lieu.ligne, a.lieu.colonne) for a in lecture.anomalies if a.code == "choix-inconnu"]
    assert situees == [(2, 2), (3, 1)]


def test_un_identifiant_demesure_fait_refuser_la_ligne(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire(f"identifiant;C1P\n{'R' * 201};3\n{'R' * 200};3\n")
    assert (len(lecture.releves), seule(lecture, "ligne-sans-identite").lieu.ligne) == (1, 2)


def test_les_anomalies_sont_bornees_mais_chaque_refus_est_compte(
    ecrire: Callable[[str], Lue], monkeypatch: pytest.MonkeyPatch
) -> None:
    abaisser(monkeypatch, "anomalies détaillées d’une source", 10)
    lecture = ecrire("C1P;C1M;territoire\n" + "9;9;plage\n" * 50)
    assert compter(lecture)[2] == 100
    assert seule(lecture, "refus-en-nombre").mots["nombre"] == 90
    assert seule(lecture, "avertissements-en-nombre").mots["nombre"] == 41
    assert len(lecture.anomalies) == 22


def test_une_table_trop_longue_est_refusee(ecrire: Callable[[str], Lue], monkeypatch: pytest.MonkeyPatch) -> None:
    abaisser(monkeypatch, "lignes d’une table", 10)
    assert codes(ecrire("C1P\n" + "3\n" * 20)) == ["table-trop-longue"]
    abaisser(monkeypatch, "octets d’une table", 10)
    assert codes(ecrire("C1P\n" + "3\n" * 20)) == ["fichier-trop-gros"]


@pytest.mark.parametrize("nom", ["absent.csv", "absent.xlsx"])
def test_un_fichier_absent(nom: str, tmp_path: Path) -> None:
    assert codes(lire_seule(tmp_path / nom, REFERENTIEL)) == ["source-introuvable"]


def test_les_reponses_sont_partagees(ecrire: Callable[[str], Lue]) -> None:
    lecture = ecrire("C1P;C1M\n" + "3;3,0\nSO;\n" * 100)
    objets = {id(r) for releve in lecture.releves for r in releve.passation.reponses.values()}
    assert len(objets) <= 5


# --- les pièges du xlsx -----------------------------------------------------------------------------------------------


@pytest.fixture(params=["petite", "grande"])
def lire_xlsx(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Lecteur:
    """Les deux sources de valeurs : elles doivent rendre les mêmes passations et les mêmes anomalies."""
    if request.param == "grande":
        abaisser(monkeypatch, "octets d’une grande feuille", 0)
    return lire_seule


def classeur(chemin: Path, lignes_: Sequence[Sequence[Any]], finir: Callable[[Any], None] = lambda _: None) -> Path:
    livre = Workbook()
    feuille = livre.active
    assert feuille is not None
    feuille.title = "Réponses"
    for ligne in lignes_:
        feuille.append(list(ligne))
    finir(feuille)
    livre.save(chemin)
    return chemin


@pytest.mark.parametrize(
    ("cellule", "code", "vu"),
    [
        ("=1+1", "cellule-formule", ""),
        ("#N/A", "cellule-erreur", "#N/A"),
        (True, "cellule-booleen", ""),
        (datetime(2026, 1, 3), "cellule-date", "2026"),
        (2.5, "cellule-non-entiere", "2.5"),
        (7, "cellule-hors-echelle", "7"),
        ("oui", "cellule-incomprise", "oui"),
    ],
)
def test_une_cellule_de_classeur_refusee(
    cellule: object, code: str, vu: str, tmp_path: Path, lire_xlsx: Lecteur
) -> None:
    chemin = classeur(tmp_path / "t.xlsx", [["identifiant", "C1P", "C1M"], ["R1", 1, cellule], ["R2", 1, 0]])
    lecture = lire_xlsx(chemin, REFERENTIEL)
    anomalie = seule(lecture, code)
    assert (anomalie.lieu.feuille, anomalie.lieu.cellule) == ("Réponses", "C2")
    assert vu in anomalie.quoi
    assert lecture.releves[0].refusees == {"C1M"}
    assert [r.passation.valeurs() for r in lecture.releves] == [{"C1P": 1}, {"C1P": 1, "C1M": 0}]


def test_un_trois_au_format_date_n_est_pas_trois(tmp_path: Path, lire_xlsx: Lecteur) -> None:
    def finir(feuille: Any) -> None:
        feuille["A2"].number_format = "dd/mm/yyyy"

    lecture = lire_xlsx(classeur(tmp_path / "t.xlsx", [["C1P"], [3]], finir), REFERENTIEL)
    assert seule(lecture, "cellule-date").lieu.cellule == "A2"


def test_une_formule_calculee_est_lue_meme_si_elle_rend_un_texte_vide(tmp_path: Path, lire_xlsx: Lecteur) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as livre:
        feuille = livre.add_worksheet()
        feuille.write_row(0, 0, ["identifiant", "C1P", "C1M", "C1C"])
        feuille.write_row(1, 0, ["R1", 1])
        feuille.write_formula(1, 2, "=B2+1", None, 2)
        feuille.write_formula(1, 3, '=IF(B2=1,"","x")', None, "")
    # Excel marque t="str" une formule de texte vide ; XlsxWriter non, et c’est alors une formule jamais calculée.
    excel = _remplacer(
        tmp_path / "t.xlsx", tmp_path / "e.xlsx", lambda xml: xml.replace(b'<c r="D2"', b'<c r="D2" t="str"')
    )
    assert reponses(lire_xlsx(excel, REFERENTIEL))[:3] == "12."
    assert reponses(lire_xlsx(tmp_path / "t.xlsx", REFERENTIEL))[:3] == "12R"


def test_une_fusion_se_voit_cellule_par_cellule(tmp_path: Path, lire_xlsx: Lecteur) -> None:
    table = [["identifiant", "C1P", "C1M", "C1C"], ["R1", 3, 4, 1], ["R2", 2, 4, 1], ["R3", 1, 1, 1]]
    lecture = lire_xlsx(classeur(tmp_path / "t.xlsx", table, lambda feuille: feuille.merge_cells("B2:C3")), REFERENTIEL)
    assert [a.lieu.cellule for a in lecture.anomalies if a.code == "cellule-fusionnee"] == ["C2", "B3", "C3"]
    assert [reponses(lecture, rang)[:3] for rang in range(3)] == ["3R1", "RR1", "111"]


def test_un_identifiant_fusionne_fait_refuser_la_seconde_ligne(tmp_path: Path, lire_xlsx: Lecteur) -> None:
    table = [["identifiant", "moment", "C1P"], ["R1", "t0", 3], [None, "t1", 4]]
    lecture = lire_xlsx(classeur(tmp_path / "t.xlsx", table, lambda feuille: feuille.merge_cells("A2:A3")), REFERENTIEL)
    assert len(lecture.releves) == 1
    assert seule(lecture, "ligne-sans-identite").lieu.cellule == "A3"


def test_lignes_colonnes_et_feuilles_cachees_se_disent(tmp_path: Path, lire_xlsx: Lecteur) -> None:
    def finir(feuille: Any) -> None:
        feuille.row_dimensions[3].hidden = True
        feuille.column_dimensions["C"].hidden = True
        feuille.sheet_state = "hidden"
        feuille.parent.create_sheet("Notes").append(["rien à voir"])
        seconde = feuille.parent.create_sheet("Autre")
        seconde.append(["C2P"])
        seconde.sheet_state = "hidden"

    table = [["identifiant", "C1P", "C1M"], ["R1", 3, 4], ["R2", 2, 4], ["R3", 1, 1]]
    lecture = lire_xlsx(classeur(tmp_path / "t.xlsx", table, finir), REFERENTIEL)
    assert len(lecture.releves) == 3
    assert codes(lecture) == [
        *("items-manquants", "feuille-cachee", "feuilles-non-lues", "colonnes-cachees", "lignes-cachees")
    ]
    assert seule(lecture, "lignes-cachees").lieu.cellule == "A3"
    assert seule(lecture, "colonnes-cachees").mots["noms"] == "C"
    assert seule(lecture, "feuilles-non-lues").mots["noms"] == "Autre"


def test_la_premiere_feuille_a_items_et_la_table_decalee(tmp_path: Path, lire_xlsx: Lecteur) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as livre:
        livre.add_worksheet("Lisez-moi").write(0, 0, "Bonjour")
        feuille = livre.add_worksheet("Table")
        for ligne, valeurs in enumerate([["identifiant", "C1P", "C1M"], [12, 3, "SO"], [], [13, 9, ""]]):
            feuille.write_row(ligne + 3, 2, valeurs)
        feuille.write_blank(500, 2, None, livre.add_format({"bold": True}))
    lecture = lire_xlsx(tmp_path / "t.xlsx", REFERENTIEL)
    assert [(r.passation.identifiant, r.ligne) for r in lecture.releves] == [("12", 5), ("13", 7)]
    assert seule(lecture, "cellule-hors-echelle").lieu.cellule == "D7"
    assert seule(lecture, "lignes-vides").lieu.cellule == "A6"


def test_une_reponse_hors_de_l_en_tete_fait_refuser_la_ligne_et_une_note_non(
    tmp_path: Path, lire_xlsx: Lecteur
) -> None:
    table = [["identifiant", "C1P"], ["R1", 3], ["R2", 3, None, "ici"], ["R3", 3, 2], ["R4", 3, "à revoir"]]
    lecture = lire_xlsx(classeur(tmp_path / "t.xlsx", table), REFERENTIEL)
    assert [r.passation.identifiant for r in lecture.releves] == ["R1", "R2", "R4"]
    assert seule(lecture, "ligne-hors-colonnes").lieu.cellule == "C4"
    assert (seule(lecture, "cellules-a-cote").lieu.cellule, seule(lecture, "cellules-a-cote").mots["nombre"]) == (
        "D3",
        2,
    )


def test_un_en_tete_de_classeur_fautif_est_situe(tmp_path: Path, lire_xlsx: Lecteur) -> None:
    chemin = classeur(tmp_path / "t.xlsx", [["identifiant", "C1P", "Prénom"], ["R1", 3, "A"]])
    assert seule(lire_xlsx(chemin, REFERENTIEL), "colonnes-inconnues").lieu.cellule == "C1"
    double = classeur(tmp_path / "d.xlsx", [["identifiant", "C1P", "c1p"], ["R1", 3, 4]])
    assert seule(lire_xlsx(double, REFERENTIEL), "colonne-en-double").lieu.cellule == "C1"
    sans = classeur(tmp_path / "s.xlsx", [["Nom"], ["A"]])
    assert codes(lire_xlsx(sans, REFERENTIEL)) == ["table-sans-item"]
    assert codes(lire_xlsx(classeur(tmp_path / "v.xlsx", []), REFERENTIEL)) == ["table-vide"]


def _remplacer(chemin: Path, cible: Path, changer: Callable[[bytes], bytes]) -> Path:
    """Copie d’un classeur, le XML de sa feuille changé."""
    with zipfile.ZipFile(chemin) as lu, zipfile.ZipFile(cible, "w", zipfile.ZIP_DEFLATED) as ecrit:
        for nom in lu.namelist():
            octets = lu.read(nom)
            ecrit.writestr(nom, changer(octets) if nom == "xl/worksheets/sheet1.xml" else octets)
    return cible


@pytest.mark.parametrize(
    "cellule",
    [b'<c r="XFD1048576" t="n"><v>3</v></c>', b'<c\nr="XFD1048576"><v>3</v></c>', b"<c r='XFD1048576'><v>3</v></c>"],
)
def test_une_etendue_demesuree_ne_remplit_pas_la_memoire(cellule: bytes, tmp_path: Path, lire_xlsx: Lecteur) -> None:
    chemin = classeur(tmp_path / "t.xlsx", [["identifiant", "C1P"], ["R1", 3]])
    ligne = b'<row r="1048576">' + cellule + b"</row></sheetData>"
    bombe = _remplacer(chemin, tmp_path / "b.xlsx", lambda xml: xml.replace(b"</sheetData>", ligne))
    lecture = lire_xlsx(bombe, REFERENTIEL)
    assert len(lecture.releves) == 1
    assert seule(lecture, "cellules-a-cote").lieu.cellule == "XFD1048576"


def test_une_ligne_sans_fin_est_arretee(tmp_path: Path, lire_xlsx: Lecteur) -> None:
    chemin = classeur(tmp_path / "t.xlsx", [["identifiant", "C1P"], ["R1", 3]])
    ligne = b'<row r="2000000000"><c><v>3</v></c></row></sheetData>'
    bombe = _remplacer(chemin, tmp_path / "b.xlsx", lambda xml: xml.replace(b"</sheetData>", ligne))
    assert codes(lire_xlsx(bombe, REFERENTIEL)) == ["table-trop-longue"]


def test_trop_de_pieges_font_refuser_le_classeur(
    tmp_path: Path, lire_xlsx: Lecteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    abaisser(monkeypatch, "pièges d’une feuille", 5)
    abaisser(monkeypatch, "fusions d’une feuille", 5)
    formules = [["identifiant", "C1P"], *(["R", "=1"] for _ in range(9))]
    assert codes(lire_xlsx(classeur(tmp_path / "f.xlsx", formules), REFERENTIEL)) == ["table-illisible"]

    def fusionner(feuille: Any) -> None:
        for ligne in range(2, 9):
            feuille.merge_cells(start_row=ligne, end_row=ligne, start_column=1, end_column=2)

    fusions = classeur(tmp_path / "g.xlsx", [["identifiant", "C1P"], ["R1", 1]], fusionner)
    assert codes(lire_xlsx(fusions, REFERENTIEL)) == ["table-illisible"]


FEUILLE_A_LA_MAIN = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
CONFIEES = {
    "nette": ("", True),
    "vide, sans valeur": ('<c r="B3" s="0"/>', True),
    "texte sur place": ('<c r="B3" t="inlineStr"><is><t xml:space="preserve">SO</t></is></c>', True),
    "formule calculée": ('<c r="B3"><f>1+1</f><v>2</v></c>', True),
    "formule sans valeur": ('<c r="B3"><f>1+1</f><v></v></c>', False),
    "formule sans rien": ('<c r="B3"><f>1+1</f></c>', False),
    "erreur": ('<c r="B3" t="e"><v>#N/A</v></c>', False),
    "deux valeurs": ('<c r="B3"><v>2</v><v>3</v></c>', False),
    "valeur et texte": ('<c r="B3"><v>2</v><is><t>3</t></is></c>', False),
    "attribut en double": ('<c r="B3" r="XFD1048576"><v>2</v></c>', False),
    "adresse d’une autre ligne": ('<c r="B4"><v>2</v></c>', False),
    "adresse en minuscules": ('<c r="b3"><v>2</v></c>', False),
    "case en double": ('<c r="B3"><v>2</v></c><c r="B3"><v>3</v></c>', False),
    "case en désordre": ('<c r="C3"><v>2</v></c><c r="B3"><v>3</v></c>', False),
    "sans adresse": ("<c><v>2</v></c>", False),
    "hors des colonnes": ('<c r="ZZ3"><v>2</v></c>', False),
    "beaucoup de chiffres": ('<c r="B3"><v>12345678901234567</v></c>', True),
    "commentaire": ('<c r="B3"><!-- ici --><v>2</v></c>', False),
    "caractère échappé": ('<c r="B3" t="str"><v>a_x000D_b</v></c>', True),
    "renvoi d’entité": ('<c r="B3" t="str"><v>a &amp; b</v></c>', False),
    "texte hors de sa place": ('<c r="B3"><v>2</v><t>3</t></c>', False),
    "balise d’un autre espace de noms": ('<c r="B3"><y:v xmlns:y="urn:x">3</y:v></c>', False),
    "texte d’un autre espace de noms": (
        '<c r="B3" t="inlineStr"><is><y:t xmlns:y="urn:x">SO</y:t></is></c>',
        False,
    ),
    "balise dans une valeur": ('<c r="B3"><v>2<x>3</x></v></c>', False),
    "texte sur place, type d’un autre": ('<c r="B3" t="s"><is><t>3</t></is></c>', False),
    "deux textes sur place": ('<c r="B3" t="inlineStr"><is><t>2</t><t>3</t></is></c>', False),
    "type inconnu": ('<c r="B3" t="zz"><v>2</v></c>', False),
    "texte partagé absent": ('<c r="B3" t="s"><v>99</v></c>', True),
    "ligne dans un commentaire": ('</row><!--<row r="4"><c r="B4"><v>4</v></c></row>--><row r="5">', True),
    "la même ligne, deux fois": ('</row><row r="3"><c r="A3"><v>4</v></c>', False),
    "la même ligne, continuée": ('</row><row r="3"><c r="B3"><v>4</v></c>', False),
}
"""Une case de la troisième ligne, et si le motif saisit cette ligne."""


def a_la_main(chemin: Path, case: str, apres: str = "") -> Path:
    """Une feuille dont le XML est donné ; ``apres`` : des lignes de plus."""
    entete = '<row r="1"><c r="A1" t="inlineStr"><is><t>identifiant</t></is></c>'
    entete += '<c r="B1" t="inlineStr"><is><t>C1P</t></is></c></row>'
    lignes_ = '<row r="2" spans="1:2"><c r="A2"><v>7</v></c><c r="B2"><v>1</v></c></row>'
    lignes_ += f'<row r="3" ht="12.5"><c r="A3"><v>8</v></c>{case}</row>{apres}'
    xml = f"{FEUILLE_A_LA_MAIN}<sheetData>{entete}{lignes_}</sheetData></worksheet>"
    return _remplacer(classeur(chemin.with_name("vide.xlsx"), []), chemin, lambda _: xml.encode())


@pytest.mark.endurance
@pytest.mark.parametrize("nom", CONFIEES)
def test_une_grande_feuille_se_lit_de_meme_quels_que_soient_ses_morceaux(
    nom: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chemin = a_la_main(tmp_path / "t.xlsx", CONFIEES[nom][0])
    petite = lire_seule(chemin, REFERENTIEL)
    abaisser(monkeypatch, "octets d’une grande feuille", 0)
    for taille in (1, 7, 64, 1 << 20):
        abaisser(monkeypatch, "octets lus à la fois d’une grande feuille", taille)
        abaisser(monkeypatch, "octets lus à la fois d’une feuille", max(taille, 64))
        assert lire_seule(chemin, REFERENTIEL) == petite, taille


@pytest.mark.parametrize(
    "apres",
    ['<row r="199999"><c r="CZ199999"><v>1</v></c></row>', '<row r="2"><c r="B2"><v>4</v></c></row>', "<c/>"],
    ids=["presque vide", "ligne en désordre", "case sans ligne"],
)
def test_une_feuille_presque_vide_ou_en_desordre_se_lit_de_meme_des_deux_facons(
    apres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chemin = a_la_main(tmp_path / "t.xlsx", "", apres)
    petite = lire_seule(chemin, REFERENTIEL)
    abaisser(monkeypatch, "octets d’une grande feuille", 0)
    assert lire_seule(chemin, REFERENTIEL) == petite
    assert petite.anomalies


def test_une_grande_feuille_d_un_autre_encodage_se_lit_de_meme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = (f'<c r="{colonne}2" t="inlineStr"><is><t>Répété</t></is></c>' for colonne in "AB")
    feuille = en_feuille(f'<row r="2">{"".join(cases)}</row>').replace("UTF-8", "ISO-8859-1")
    chemin = tmp_path / "t.xlsx"
    chemin.write_bytes(en_xlsx({FEUILLE: feuille.encode("latin-1")}))
    petite = lire_seule(chemin, REFERENTIEL)
    assert "Répété" in str(petite.anomalies)
    abaisser(monkeypatch, "octets d’une grande feuille", 0)
    assert lire_seule(chemin, REFERENTIEL) == petite


@pytest.mark.parametrize(
    ("nom", "vu"),
    [
        ("deux valeurs", "B3"),
        ("valeur et texte", "B3"),
        ("case en double", "B3"),
        ("adresse en minuscules", "'b3'"),
        ("adresse d’une autre ligne", "'B4'"),
        ("attribut en double", "A3"),
        ("texte hors de sa place", "B3"),
        ("balise dans une valeur", "B3"),
        ("balise d’un autre espace de noms", "B3"),
        ("texte d’un autre espace de noms", "B3"),
        ("texte sur place, type d’un autre", "B3"),
        ("deux textes sur place", "B3"),
        ("type inconnu", "B3"),
        ("texte partagé absent", "B3"),
        ("la même ligne, deux fois", "A3"),
    ],
)
@pytest.mark.parametrize("grande", [0, 1 << 30], ids=["motif", "machine"])
def test_une_case_qui_a_deux_sens_fait_refuser_la_feuille(
    nom: str, vu: str, grande: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    abaisser(monkeypatch, "octets d’une grande feuille", grande)
    (refusee,) = lire_seule(a_la_main(tmp_path / "t.xlsx", CONFIEES[nom][0]), REFERENTIEL).anomalies
    assert refusee.code == "table-illisible"
    assert vu in refusee.quoi
    assert refusee.lieu.feuille == "Réponses"


@pytest.mark.endurance
def test_des_lignes_tres_larges_ne_coutent_pas_leur_largeur(tmp_path: Path) -> None:
    lignes_ = "".join(f'<row r="{rang}"><c r="XFD{rang}"><v>1</v></c></row>' for rang in range(4, 3_004))
    chemin = a_la_main(tmp_path / "t.xlsx", '<c r="B3"><v>1</v></c>', lignes_)
    lecture = lire_seule(chemin, REFERENTIEL)
    assert len(lecture.releves) == 2
    trop = seule(lecture, "cellules-a-cote")
    assert (trop.mots["nombre"], trop.lieu.cellule) == (3_000, "XFD4")


def test_des_textes_partages_d_un_autre_nom_se_trouvent_par_leur_relation(tmp_path: Path) -> None:
    chemin = classeur(tmp_path / "t.xlsx", [["identifiant", "C1P"], ["R1", 3]])
    with zipfile.ZipFile(chemin) as lu, zipfile.ZipFile(tmp_path / "r.xlsx", "w") as ecrit:
        for nom in lu.namelist():
            octets = lu.read(nom).replace(b"sharedStrings.xml", b"mots.dat")
            ecrit.writestr(nom.replace("sharedStrings.xml", "mots.dat"), octets)
    assert len(lire_seule(tmp_path / "r.xlsx", REFERENTIEL).releves) == 1


def test_une_ligne_ecrite_en_plusieurs_morceaux_n_en_fait_qu_une(tmp_path: Path) -> None:
    """Certains outils ouvrent une ligne par case."""
    lecture = lire_seule(a_la_main(tmp_path / "t.xlsx", '</row><row r="3"><c r="B3"><v>4</v></c>'), REFERENTIEL)
    assert [reponses(lecture, rang)[0] for rang in range(2)] == ["1", "4"]


def test_un_texte_long_ou_un_encodage_qui_cache_ses_balises(tmp_path: Path) -> None:
    vide = classeur(tmp_path / "vide.xlsx", [])
    xml = f'<?xml version="1.0" encoding="cp500"?>{"<worksheet/>".encode("cp500").decode("latin-1")}'
    masque = _remplacer(vide, tmp_path / "t.xlsx", lambda _: xml.encode("latin-1"))
    (illisible,) = lire_seule(masque, REFERENTIEL).anomalies
    assert illisible.code == "table-illisible"
    assert "UTF-8" in illisible.quoi


# --- le hasard --------------------------------------------------------------------------------------------------------

cellules_hasard = st.one_of(
    st.sampled_from(["0", "1", "2", "3", "4", "SO", "", "3,0", "Jamais fait", "NA", "9", "-1", "oui", "2,5", "#N/A"]),
    st.integers(-3, 8).map(str),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=8),
)


@st.composite
def tables(tirer: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    items = tirer(st.lists(st.sampled_from(CODES), min_size=1, max_size=24, unique=True))
    autres = tirer(st.lists(st.sampled_from(["moment", "regard", "structure", "trace_C1P", "x"]), unique=True))
    # Un identifiant sur chaque ligne, le sien : aucune ne peut passer pour vide, ni pour une autre.
    entete = ["identifiant", *tirer(st.permutations([*items, *autres]))]
    permises = {"moment": ["t0", "T1", "", "t9-retrospectif", "demain"], "regard": ["soi", "TIERS", "", "eux"]}
    corps = [
        [qui, *(tirer(st.sampled_from(permises[nom]) if nom in permises else cellules_hasard) for nom in entete[1:])]
        for qui in [f"R{rang}" for rang in range(tirer(st.integers(0, 6)))]
    ]
    return entete, corps


@given(tables(), st.sampled_from([";", ",", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=tirages(50))
@pytest.mark.endurance
def test_chaque_cellule_est_repondue_manquante_ou_refusee(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[list[str], list[list[str]]],
    separateur: str,
    fin: str,
    marque: bool,
) -> None:
    entete, corps = table
    flux = io.StringIO(newline="")
    # Avec « \n » pour fin de ligne, csv.writer laisse « \r » nu, hors guillemets : tout est donc mis entre guillemets.
    retour = any("\r" in cellule for ligne in corps for cellule in ligne)
    guillemets = csv.QUOTE_ALL if retour else csv.QUOTE_MINIMAL
    csv.writer(flux, delimiter=separateur, lineterminator=fin, quoting=guillemets).writerows([entete, *corps])
    chemin = tmp_path_factory.getbasetemp() / "hasard.csv"
    chemin.write_bytes(flux.getvalue().encode("utf-8-sig" if marque else "utf-8"))
    lecture = lire_seule(chemin, REFERENTIEL)
    if "autre-echelle" in codes(lecture):  # toute la table l’est : rien n’y est lu, et c’est le seul refus
        assert not lecture.releves
        assert seule(lecture, "autre-echelle").gravite is Gravite.REFUS
        return
    refusees = [a for a in lecture.anomalies if a.code in {"moment-de-ligne", "regard-de-ligne"}]
    vides = sum(codes(lecture).count(code) for code in ("passation-vide", "ligne-d-indications"))
    assert len(lecture.releves) + len(refusees) + vides == len(corps)
    comptes = compter(lecture)
    assert sum(comptes) == len(lecture.releves) * len(CODES)
    assert comptes[2] == sum(a.code.startswith(("cellule-", "sans-objet", "numero-")) for a in lecture.anomalies)
    composer(REFERENTIEL, lecture.releves)
    for une in lecture.anomalies:
        assert une.lieu.fichier == str(chemin)
        assert une.quoi
    identiques = _par_openpyxl(table, chemin.with_suffix(".xlsx"))
    if identiques is not None:
        assert [r.passation for r in identiques.releves] == [r.passation for r in lecture.releves]
        assert [r.refusees for r in identiques.releves] == [r.refusees for r in lecture.releves]


def _par_openpyxl(table: tuple[list[str], list[list[str]]], chemin: Path) -> Lue | None:
    """La même table en xlsx, quand toutes ses cellules y tiennent telles quelles."""
    entete, corps = table
    textes = [cellule for ligne in corps for cellule in ligne]
    if not all(texte.isprintable() and texte.isascii() and not texte.startswith("=") for texte in textes):
        return None
    return lire_seule(classeur(chemin, [entete, *corps]), REFERENTIEL)


@given(st.binary(max_size=400))
def test_des_octets_au_hasard_ne_font_jamais_tomber(tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
    chemin = tmp_path_factory.getbasetemp() / "octets"
    for prefixe in (b"", b"identifiant;C1P;trace_C1P\n", b"C1P,C1M\n3,4\n"):
        chemin.write_bytes(prefixe + octets)
        lecture = lire_seule(chemin, REFERENTIEL)
        assert sum(compter(lecture)) == len(lecture.releves) * len(CODES)
        if prefixe == b"":
            assert lecture.anomalies
    assert lire_seule(chemin, REFERENTIEL).anomalies


def mutations(octets: bytes, nombre: int, graine: int) -> Iterator[bytes]:
    """Octets changés, ôtés, répétés ou coupés."""
    de = random.Random(graine)
    for _ in range(nombre):
        mutes = bytearray(octets)
        for _ in range(de.randint(1, 6)):
            rang = de.randrange(len(mutes))
            geste = de.randrange(4)
            if geste == 0:
                mutes[rang] = de.randrange(256)
            elif geste == 1:
                del mutes[rang : rang + de.randint(1, 40)]
            elif geste == 2:
                mutes[rang:rang] = mutes[rang : rang + de.randint(1, 40)]
            elif de.random() < 0.2:
                del mutes[rang:]
            mutes = mutes or bytearray(b"\0")
        yield bytes(mutes)


@pytest.mark.endurance
@pytest.mark.parametrize("nom", ["limesurvey.csv", "r-csv2.csv", "excel-cp1252.csv"])
def test_un_csv_abime_ne_fait_jamais_tomber(nom: str, tmp_path: Path) -> None:
    chemin = tmp_path / nom
    for octets in mutations((DONNEES / nom).read_bytes(), tirages(60), graine=1):
        chemin.write_bytes(octets)
        lecture = lire_seule(chemin, REFERENTIEL)
        assert sum(compter(lecture)) == len(lecture.releves) * len(CODES)
        assert "table-illisible" not in codes(lecture), "une exception non prévue"


@pytest.mark.endurance
def test_un_xlsx_abime_ne_fait_jamais_tomber(tmp_path: Path, lire_xlsx: Lecteur) -> None:
    """Dans l’archive, puis dans le XML de la feuille (l’archive, elle, reste saine)."""
    chemin = tmp_path / "t.xlsx"
    for octets in mutations((DONNEES / "pandas.xlsx").read_bytes(), tirages(40), graine=2):
        chemin.write_bytes(octets)
        assert isinstance(lire_xlsx(chemin, REFERENTIEL), Lue)
    with zipfile.ZipFile(DONNEES / "pandas.xlsx") as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    for mute in mutations(xml, tirages(50), graine=3):
        _remplacer(DONNEES / "pandas.xlsx", chemin, lambda _, mute=mute: mute)  # type: ignore[misc]
        lecture = lire_xlsx(chemin, REFERENTIEL)
        assert sum(compter(lecture)) == len(lecture.releves) * len(CODES)
        assert lecture.releves or lecture.anomalies

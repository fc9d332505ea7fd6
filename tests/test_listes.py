"""Les listes de codes à qui l’on envoie des formulaires : la bonne colonne, que des codes, le profil connu."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from aide_remplir import remplir_comme_une_personne
from aides import RACINE
from openpyxl import Workbook, load_workbook

import cpit
from cpit.cli import executer

FORMATEUR = RACINE / "tests" / "donnees" / "listes"
Ecrire = Callable[[str], Path]


@pytest.fixture
def liste(tmp_path: Path) -> Ecrire:
    def ecrire(texte: str) -> Path:
        (tmp_path / "liste.csv").write_text(texte, encoding="utf-8")
        return tmp_path / "liste.csv"

    return ecrire


def _refus(chemin: Path, **options: str) -> list[tuple[str, int | str | None]]:
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.lire_liste(chemin, **options)
    for une in erreur.value.anomalies:
        assert "{" not in une.quoi + une.correction
    return [(une.code, une.lieu.cellule or une.lieu.ligne) for une in erreur.value.anomalies]


def _classeur(chemin: Path, **feuilles: list[list[object]]) -> Path:
    classeur = Workbook()
    classeur.remove(classeur.active)
    for titre, rangees in feuilles.items():
        feuille = classeur.create_sheet(titre)
        for rangee in rangees:
            feuille.append(rangee)
    classeur.save(chemin)
    return chemin


# --- la colonne des codes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texte", "codes"),
    [
        ("Nom;Prénom;Code\nLefèvre;Zoé;T1\nNuñez;Iloïse;T2\n", ["T1", "T2"]),
        ("code\nT1\nT2\n", ["T1", "T2"]),
        ("T1\nT2\n\n", ["T1", "T2"]),
        ("Promotion 2026\n\nNom,Identifiant stagiaire\nx,7\ny,8\n", ["7", "8"]),
        ("Code postal;N° participant\n35000;P1\n29000;P2\n", ["P1", "P2"]),
        ("Nom\tVotre code\nLefèvre\tTERR-01\n", ["TERR-01"]),
        ("sep=|\nrecord_id|nom\n12|a\n13|b\n", ["12", "13"]),
        ('"Code";"Nom"\r\n"T1";"Lefèvre, Zoé"\r\n', ["T1"]),
        ("Participant;Structure\nP1;commune\nP2;petr\n", ["P1", "P2"]),
        ("Participant;Code\nLefèvre Zoé;A1\nNuñez Iloïse;A2\n", ["A1", "A2"]),
        ("Pseudonyme\nLune Bleue\nChat Noir\n", ["Lune Bleue", "Chat Noir"]),
        ("Nom:Code\nLefèvre:T1\nNuñez:T2\n", ["T1", "T2"]),
        ("N°,Stagiaire,Code personnel\n1,Martin,P01\n2,Durand,P02\n", ["P01", "P02"]),
        ("Agent;Structure;Code d’accès\nMartin;commune;P01\n", ["P01"]),
        ("Code;Créneau\nT1;9:30\nT2;10:30\n", ["T1", "T2"]),
    ],
)
def test_la_colonne_des_codes_se_trouve_a_son_entete(liste: Ecrire, texte: str, codes: list[str]) -> None:
    assert cpit.lire_codes(liste(texte)) == codes


@pytest.mark.parametrize(
    ("texte", "code", "cite"),
    [
        ("Code;Identifiant\nT1;a\n", "codes-a-choisir", "Identifiant"),
        ("Stagiaire;Code interne\nMartin;P01\n", "codes-a-choisir", "Code interne"),
        ("Code;code\nT1;a\n", "codes-sous-un-meme-entete", "Code"),
        ("Nom;Prénom\nLefèvre;Zoé\n", "liste-de-noms", "Prénom"),
        ("Nom;Sigle\nLefèvre;ZL\n", "codes-sans-entete", "Sigle"),
        ("Lefèvre;Zoé;T1\nNuñez;Iloïse;T2\n", "codes-sans-entete", "Lefèvre"),
        ("Sigle\nT1\nT2\nT3\n", "codes-sans-entete", "Sigle"),
        ("Lefèvre Zoé\nNuñez Iloïse\nMARTIN Jean-Luc\n", "liste-de-noms", "Lefèvre Zoé"),
        ("Lefèvre Zoé\nNuñez Iloïse\nMARTIN Jean-Luc\nDurand Marie\n", "liste-de-noms", "MARTIN Jean-Luc\u202f», …"),
        ("Participant\nLefèvre Zoé\nNuñez Iloïse\n", "liste-de-noms", "Participant"),
    ],
)
def test_ce_qui_n_est_pas_dit_se_demande(liste: Ecrire, texte: str, code: str, cite: str) -> None:
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.lire_codes(liste(texte))
    assert [une.code for une in erreur.value.anomalies] == [code]
    assert cite in erreur.value.anomalies[0].quoi + erreur.value.anomalies[0].attendu


def test_on_dit_la_colonne(liste: Ecrire, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    chemin = liste("Code;Identifiant\nT1;a1\nT2;a2\n")
    assert executer(["formulaire", "--pour", str(chemin), "--dossier", str(tmp_path / "e"), "--format", "html"]) == 1
    assert '--colonne "Code"' in " ".join(capsys.readouterr().err.split())
    assert cpit.lire_codes(chemin, colonne="identifiant") == ["a1", "a2"]
    options = ["--pour", str(chemin), "--colonne", "Code", "--dossier", str(tmp_path / "e"), "--format", "html"]
    assert executer(["formulaire", *options]) == 0
    assert sorted(f.name for f in (tmp_path / "e").iterdir()) == [
        "formulaire-t1-t0-soi.html",
        "formulaire-t2-t0-soi.html",
    ]
    assert _refus(chemin, colonne="Sigle") == [("colonne-de-codes-inconnue", 1)]
    assert cpit.lire_codes(liste("Nom;Sigle\nLefèvre;ZL\n"), colonne="Sigle") == ["ZL"]
    with pytest.raises(cpit.MauvaisEmploi):
        cpit.formulaires(dossier=tmp_path, codes=["T1"], colonne="Code")


# --- ce qui n’est pas un code -----------------------------------------------------------------------------------------


def test_tout_ce_qui_n_est_pas_un_code_est_dit_d_un_coup(liste: Ecrire) -> None:
    valeurs = [
        "T1",
        "zoe@ex.fr",
        "..",
        "=1+1",
        "+33612345678",
        "x" * 81,
        "1,23E+05",
        "Total",
        "Code",
        "t1",
        "A/B",
        "CON",
    ]
    assert _refus(liste("\n".join(["Code;Nom", *(f"{v};x" for v in valeurs), ";Lefèvre"]))) == [
        ("code-courriel", 3),
        ("code-incompris", 4),
        ("code-formule", 5),
        ("code-formule", 6),
        ("code-long", 7),
        ("code-incompris", 8),
        ("code-sans-personne", 9),
        ("code-sans-personne", 10),
        ("code-de-participant-en-double", 11),
        ("ligne-sans-code", 14),
    ]


def test_le_compte_d_un_total_n_est_pas_un_code_et_rien_ne_se_prend_de_travers(liste: Ecrire) -> None:
    assert _refus(liste("N°;Nom;Code\n1;Martin;12\n2;Durand;13\nTotal;;2\n")) == [("code-sans-personne", 4)]
    deborde = liste("Code;Structure;Territoire\nR01;commune;rural;littoral\nR02;epci;\n")
    assert _refus(deborde) == [("ligne-trop-longue", 2)]
    assert cpit.lire_codes(liste("Code;Structure\nR01;commune;;\n")) == ["R01"]


def test_une_cellule_fusionnee_ne_perd_pas_le_profil_de_ceux_du_dessous(tmp_path: Path) -> None:
    """« Commune » sur trois lignes ne dit que la première ; sous un titre fusionné, la liste se lit."""
    rangees: list[list[object]] = [["Promotion"], ["Code", "Structure"], ["T1", "Commune"], ["T2"], ["T3", "EPCI"]]
    chemin = _classeur(tmp_path / "l.xlsx", Promo=rangees)
    classeur = load_workbook(chemin)
    classeur["Promo"].merge_cells("A1:B1")
    classeur.save(chemin)
    assert cpit.lire_codes(chemin) == ["T1", "T2", "T3"]
    classeur["Promo"].merge_cells("B3:B4")
    classeur.save(chemin)
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.lire_liste(chemin)
    (une,) = [a for a in erreur.value.anomalies if a.lieu.cellule == "B4"]
    assert "fusionnée" in une.quoi


def test_un_chemin_ou_une_date_ne_sont_pas_des_codes(liste: Ecrire) -> None:
    """Une date, dans un texte aussi : un tableur y a écrit le 3 avril pour « 3-4 »."""
    refuses = ["../T1", "T1\\..", "a/../b", "03/04/2026", "3/4/26", "2026-04-03", "3-avr", "03-févr."]
    assert _refus(liste("\n".join(["Code", *refuses]))) == [("code-incompris", rang) for rang in range(2, 10)]
    permis = ["T..1", "A/B", "12-34", "3-4", "avr-3b", "1.2.3"]
    assert cpit.lire_codes(liste("\n".join(["Code", *permis]))) == permis


@pytest.mark.parametrize(
    ("texte", "lignes"),
    [
        ("Nom complet;Identifiant\nLefèvre Zoé;Lefèvre Zoé\nNuñez Iloïse;T2\n", [2]),
        ("Nom;Prénom;Code\nLefèvre;Zoé;zoe lefevre\nNuñez;Iloïse;NUNEZ\nZay;Luc;LZ\n", [2, 3]),
    ],
)
def test_un_code_qui_redit_le_nom_n_est_pas_un_code(liste: Ecrire, texte: str, lignes: list[int]) -> None:
    assert _refus(liste(texte)) == [("code-nom", ligne) for ligne in lignes]


def test_tous_les_choix_d_une_question_sont_dits(liste: Ecrire) -> None:
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.lire_liste(liste("Code;Structure\nT1;Mairie\n"))
    assert "Autre structure" in erreur.value.anomalies[0].attendu


def test_des_codes_donnes_en_python_ont_les_memes_exigences(tmp_path: Path) -> None:
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.formulaires(dossier=tmp_path, codes=["T1", "zoe@ex.fr", "..", "=1+1", " ", "T1"])
    trouves = [(une.code, une.lieu.ligne) for une in erreur.value.anomalies]
    assert trouves == [
        *(("code-courriel", 2), ("code-incompris", 3), ("code-formule", 4), ("code-vide", 5)),
        ("code-de-participant-en-double", 6),
    ]


def test_un_classeur_se_lit_par_cellule(tmp_path: Path) -> None:
    rangees: list[list[object]] = [["Liste"], ["Nom", "Code"], ["a", 7], ["b", 8.0], ["c", "TERR-01"]]
    chemin = _classeur(tmp_path / "l.xlsx", Promo=rangees, Vide=[])
    assert cpit.lire_codes(chemin) == ["7", "8", "TERR-01"]
    fautifs: list[list[object]] = [["d", date(2026, 4, 3)], ["e", True], ["f", "=1+1"], ["g", None], ["h", "#N/A"]]
    chemin = _classeur(tmp_path / "f.xlsx", Promo=[*rangees, *fautifs])
    assert _refus(chemin) == [
        *(("code-incompris", "B6"), ("code-incompris", "B7"), ("code-incompris", "B8")),
        *(("ligne-sans-code", "B9"), ("code-incompris", "B10")),
    ]


@pytest.mark.endurance
def test_une_liste_demesuree_se_refuse_et_n_est_jamais_coupee(liste: Ecrire) -> None:
    """Une ligne de trop, blanche ou non, et l’on ne sait plus ce qui manque."""
    codes = ["Code", *(f"K{rang}" for rang in range(99_999))]
    assert len(cpit.lire_codes(liste("\n".join(codes)))) == 99_999
    assert _refus(liste("\n".join([*codes, "", "T1"]))) == [("liste-trop-longue", 100_001)]


@pytest.mark.endurance
def test_un_envoi_demesure_se_refuse_avant_d_ecrire(
    liste: Ecrire, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Trente mille fichiers ne se veulent pas ; une table de trente mille lignes, oui."""
    chemin, ou = liste("\n".join(["Code", *(f"K{rang}" for rang in range(5_001))])), tmp_path / "f"
    assert executer(["formulaire", "--pour", str(chemin), "--dossier", str(ou)]) == 1
    dit = " ".join(capsys.readouterr().err.split())
    assert "5 001 formulaires sont demandés d’un coup" in dit.replace("\u202f", " ")
    assert "--format csv" in dit
    assert not ou.exists()
    assert len(cpit.formulaires(None, ou, format="csv", codes=chemin)) == 1


def test_plusieurs_feuilles(tmp_path: Path) -> None:
    notes: list[list[object]] = [["Titre", "Date"], ["x", "y"]]
    codes: list[list[object]] = [["Code"], ["T1"]]
    assert cpit.lire_codes(_classeur(tmp_path / "u.xlsx", Notes=notes, Promo=codes)) == ["T1"]
    assert _refus(_classeur(tmp_path / "d.xlsx", A=codes, B=codes)) == [("codes-dans-plusieurs-feuilles", None)]


def test_une_ligne_filtree_se_dit(tmp_path: Path) -> None:
    chemin = _classeur(tmp_path / "l.xlsx", Promo=[["Code"], ["T1"], ["T2"]])
    classeur = load_workbook(chemin)
    classeur["Promo"].row_dimensions[3].hidden = True
    classeur.save(chemin)
    lue = cpit.lire_liste(chemin)
    assert lue.codes == ("T1", "T2")
    assert [(avis.code, avis.mots["lignes"]) for avis in lue.avis] == [("lignes-cachees", "3")]


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252"])
def test_tous_les_encodages(tmp_path: Path, encodage: str) -> None:
    chemin = tmp_path / "l.txt"
    marque = "\ufeff" if encodage == "utf-16-be" else ""
    chemin.write_bytes(f"{marque}Code\tNom\r\nTERR-01\tLefèvre\r\n".encode(encodage))
    assert cpit.lire_codes(chemin) == ["TERR-01"]


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"Code\nT1\0\n", "table-avec-nul"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "table-avec-nul"),
        (b"PK\x03\x04coupe", "xlsx-abime"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "xlsx-autre-format"),
        (b"", "aucun-code"),
        (b"Code;Nom\n", "aucun-code"),
        (b'Code\n"T1\n', "codes-illisibles"),
    ],
)
def test_ce_qui_ne_se_lit_pas_est_nomme(tmp_path: Path, octets: bytes, code: str) -> None:
    chemin = tmp_path / "l.csv"
    chemin.write_bytes(octets)
    assert [faute[0] for faute in _refus(chemin)] == [code]


ATTENDUS: dict[str, list[str] | list[tuple[str, int | str | None]]] = {
    "codes-3e-col.csv": ["T1", "T2"],
    "codes-utf16.txt": ["TERR-01"],
    "codes.xlsx": ["TERR-01", "TERR-02", "TERR-03"],
    "codes-bizarres.csv": [("code-courriel", 1), ("code-incompris", 3), ("code-long", 5), ("code-formule", 6)],
}


@pytest.mark.parametrize("nom", ATTENDUS)
def test_les_listes_d_un_formateur(nom: str) -> None:
    attendu = ATTENDUS[nom]
    if isinstance(attendu[0], tuple):
        assert _refus(FORMATEUR / nom) == attendu
    else:
        assert cpit.lire_codes(FORMATEUR / nom) == attendu


# --- le profil rempli d’avance ----------------------------------------------------------------------------------------

PROFIL = "Nom;Identifiant;Structure;territoire\nLefèvre;T1;Commune;montagne\nNuñez;T2;;urbain\n"


def test_les_colonnes_connues_remplissent_le_profil_et_les_autres_ne_s_ecrivent_pas(
    liste: Ecrire, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chemin = liste(PROFIL)
    lue = cpit.lire_liste(chemin)
    assert [(un.code, dict(un.profil)) for un in lue.participants] == [
        ("T1", {"structure": "commune", "territoire": "montagne"}),
        ("T2", {"territoire": "urbain"}),
    ]
    assert lue.prises == ("Structure", "territoire")
    assert executer(["formulaire", "--pour", str(chemin), "--dossier", str(tmp_path / "e")]) == 0
    dit = capsys.readouterr()
    assert "Profil rempli d’avance" in dit.out
    assert "«\u202fNom\u202f»" in dit.err
    for ecrit in (tmp_path / "e").iterdir():
        assert not [c for f in load_workbook(ecrit) for r in f.iter_rows(values_only=True) for c in r if c == "Lefèvre"]


def test_le_profil_d_un_classeur_revient_a_la_lecture(liste: Ecrire, tmp_path: Path) -> None:
    for chemin in cpit.formulaires(dossier=tmp_path / "e", codes=liste(PROFIL)):
        remplir_comme_une_personne(chemin, chemin, {"C1P": "2"})
    recueil = cpit.lire(tmp_path / "e")
    assert {notee.passation.identifiant: dict(notee.passation.profil) for notee in recueil.cohorte.notees} == {
        "T1": {"structure": "commune", "territoire": "montagne"},
        "T2": {"territoire": "urbain"},
    }


def test_le_profil_d_une_page_est_dans_ses_donnees(liste: Ecrire, tmp_path: Path) -> None:
    """Le script en part (test_formulaire_page le mène au navigateur) ; une page sans liste n’en a pas."""
    premier, second = cpit.formulaires(dossier=tmp_path / "e", codes=liste(PROFIL), format="html")
    (seule,) = cpit.formulaires(dossier=tmp_path / "s", format="html")
    donnes = []
    for page in (premier, second, seule):
        texte = page.read_text(encoding="utf-8")
        trouve = re.search(r'<script type="application/json" id="donnees">(.*?)</script>', texte, re.DOTALL)
        assert trouve is not None
        donnes.append(json.loads(trouve[1])["profil_donne"])
        assert "Lefèvre" not in texte
    assert donnes == [[["structure", "commune"], ["territoire", "montagne"]], [["territoire", "urbain"]], []]


def test_une_table_a_une_ligne_par_code_et_se_relit(liste: Ecrire, tmp_path: Path) -> None:
    (table,) = cpit.formulaires(dossier=tmp_path / "e", codes=liste(PROFIL), format="csv", moment="t1")
    assert table.name == "formulaire-t1-soi.csv"
    with table.open(encoding="utf-8-sig", newline="") as flux:
        rangees = list(csv.DictReader(flux, delimiter=";"))
    assert [(r["identifiant"], r["structure"], r["territoire"], r["moment"], r["C1P"]) for r in rangees] == [
        ("T1", "commune", "montagne", "t1", ""),
        ("T2", "", "urbain", "t1", ""),
    ]
    # Rien n’y est répondu : relancer écrit les mêmes octets, et n’efface rien.
    assert cpit.formulaires(dossier=tmp_path / "e", codes=liste(PROFIL), format="csv", moment="t1") == [table]
    table.write_bytes(table.read_bytes().replace(b";t1;soi;", b";t1;soi;3", 1))
    passation = cpit.lire(table).cohorte.notees[0].passation
    assert (passation.profil["structure"], passation.valeurs()) == ("commune", {"C1P": 3})


def test_un_choix_inconnu_se_dit_a_sa_ligne(liste: Ecrire) -> None:
    chemin = liste("Code;structure\nT1;Commune\nT2;Mairie\nT3;Hameau\n")
    assert _refus(chemin) == [("choix-de-liste-inconnu", 3), ("choix-de-liste-inconnu", 4)]
    assert cpit.lire_codes(chemin) == ["T1", "T2", "T3"]


# --- le moment, le regard et le tiers, ligne à ligne ------------------------------------------------------------------

TIERS = "Code;Moment;Regard;évaluateur;rôle évaluateur\nR01;t1;tiers;E1;N+1\nR01;t1;tiers;E2;Pair\nR02;;;;\n"


@pytest.mark.parametrize("format_", ["xlsx", "html"])
def test_une_liste_dit_le_moment_le_regard_et_le_tiers(liste: Ecrire, tmp_path: Path, format_: str) -> None:
    ecrits = cpit.formulaires("minimal", tmp_path / "e", codes=liste(TIERS), format=format_, moment="t2")
    assert [chemin.stem for chemin in ecrits] == [
        "formulaire-r01-t1-tiers-e1",
        "formulaire-r01-t1-tiers-e2",
        "formulaire-r02-t2-soi",
    ]
    if format_ == "html":
        for page, attendus in zip(ecrits, (["E1", "n+1", ""], ["E2", "pair", ""], []), strict=True):
            trouve = re.search(r'id="donnees">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
            assert trouve is not None
            assert list(json.loads(trouve[1])["donnes"].values())[3:] == attendus
        return
    for chemin in ecrits:
        remplir_comme_une_personne(chemin, chemin, {"A1": "2"})
    lues = [notee.passation for notee in cpit.lire(tmp_path / "e", "minimal").cohorte.notees]
    assert [(p.identifiant, p.moment, p.regard, *p.tiers().values()) for p in lues] == [
        ("R01", "t1", "tiers", "E1", "n+1"),
        ("R01", "t1", "tiers", "E2", "pair"),
        ("R02", "t2", "soi"),
    ]


def test_une_table_a_les_colonnes_du_tiers_s_il_y_en_a_un(liste: Ecrire, tmp_path: Path) -> None:
    (table,) = cpit.formulaires("minimal", tmp_path / "e", codes=liste(TIERS), format="csv")
    with table.open(encoding="utf-8-sig", newline="") as flux:
        rangees = list(csv.DictReader(flux, delimiter=";"))
    assert [(r["regard"], r["evaluateur"], r["role_evaluateur"]) for r in rangees] == [
        ("tiers", "E1", "n+1"),
        ("tiers", "E2", "pair"),
        ("soi", "", ""),
    ]
    (vide,) = cpit.formulaires("minimal", tmp_path / "v", format="csv", regard="tiers", evaluateur="E3")
    assert "regard;evaluateur;role_evaluateur;connaissance;A1" in vide.read_text(encoding="utf-8-sig")


def test_le_contexte_pris_d_une_liste_se_dit(liste: Ecrire, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["formulaire", "--pour", str(liste(TIERS)), "--dossier", str(tmp_path / "e"), "--referentiel", "minimal"]
    assert executer(options) == 0
    dit = capsys.readouterr()
    assert "Contexte rempli d’avance : Moment, Regard, évaluateur et rôle évaluateur." in " ".join(
        dit.out.replace("\u202f", " ").split()
    )
    assert dit.err == ""


@pytest.mark.parametrize(
    ("texte", "attendus"),
    [
        ("Code;moment;regard\nR01;demain;soi\nR02;t0;chef\n", [("choix-de-liste-inconnu", n) for n in (2, 3)]),
        ("Code;regard;role_evaluateur\nR01;tiers;patron\n", [("choix-de-liste-inconnu", 2)]),
        ("Code;regard;evaluateur\nR01;tiers;e@x.fr\n", [("code-courriel", 2)]),
        ("Code;regard;evaluateur\nR01;tiers;E1\nR01;tiers;e1\n", [("code-de-participant-en-double", 3)]),
    ],
)
def test_un_contexte_fautif_se_dit_a_sa_ligne(
    liste: Ecrire, texte: str, attendus: list[tuple[str, int | str | None]]
) -> None:
    assert _refus(liste(texte)) == attendus


def test_un_evaluateur_n_a_de_sens_que_d_un_tiers(liste: Ecrire, tmp_path: Path) -> None:
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.formulaires("minimal", tmp_path, codes=liste("Code;evaluateur\nR01;E1\n"))
    assert [une.code for une in erreur.value.anomalies] == ["evaluateur-sans-tiers"]
    assert not list(tmp_path.glob("formulaire*"))
    (ecrit,) = cpit.formulaires("minimal", tmp_path, codes=liste("Code;evaluateur\nR01;E1\n"), regard="tiers")
    assert ecrit.stem == "formulaire-r01-t0-tiers-e1"
    for options in (["--evaluateur", "E1"], ["--regard", "tiers", "--role-evaluateur", "patron"]):
        assert executer(["formulaire", "--dossier", str(tmp_path / "n"), *options]) == 2
    # Un même code deux fois : une fois dit t0, une fois t0 par défaut.
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.formulaires("minimal", tmp_path / "d", codes=liste("Code;moment\nR01;t0\nR01;\n"))
    assert [une.code for une in erreur.value.anomalies] == ["code-de-participant-en-double"]

"""Le formulaire xlsx, aller et retour : écrit, rempli, rendu, relu ; et chaque façon de le rendre mal."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aide_classeur import HOSTILES, referentiel_bati
from aide_formulaires import formulaire
from aide_lecture import Lue, lire_seule
from aides import Programme, encoder_passation, tirages
from aides import livre as livre_lu
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

import cpit
from cpit.cli import executer
from cpit.coeur import referentiel as m
from cpit.coeur.passation import MOMENTS, Etat, Passation, Reponse, repondu, sans_objet, sans_reponse
from cpit.erreurs import Gravite

FEUILLE, IDENTIFICATION, LISTES = "Formulaire", "cpit_formulaire", "cpit_listes"
CODE, SITUATION, REPONSE, TRACE = 1, 2, 3, 4


@pytest.fixture(scope="module")
def livre() -> m.Referentiel:
    return cpit.referentiel()


@pytest.fixture(scope="module")
def minimal() -> m.Referentiel:
    return cpit.referentiel("minimal")


@pytest.fixture(scope="module")
def court(livre: m.Referentiel) -> m.Referentiel:
    """Le référentiel livré, réduit à trois compétences : openpyxl ouvre son formulaire bien plus vite."""
    competences = livre.competences[:3]
    gardees = {competence.identifiant for competence in competences}
    items = tuple(item for item in livre.items if item.competence in gardees)
    return bref(replace(livre, competences=competences, items=items, regroupements=()))


def bref(referentiel: m.Referentiel) -> m.Referentiel:
    """Le même référentiel, joint au formulaire en une ligne plutôt qu’en mille."""
    texte = f"identifiant: {referentiel.identifiant}\n"
    return replace(referentiel, texte=texte, empreinte=hashlib.sha256(texte.encode()).hexdigest())


def ecrit(dossier: Path, referentiel: m.Referentiel, nom: str = "f.xlsx", **options: Any) -> Path:
    """Un formulaire ; le même, demandé de nouveau, n’est pas refait."""
    (dossier / nom).write_bytes(formulaire(referentiel, **options))
    return dossier / nom


def identification(chemin: Path) -> tuple[dict[str, str], dict[str, tuple[str, str]], str]:
    """Ce que dit la feuille d’identification : ses faits, ses items (cellule et énoncé), le référentiel joint."""
    faits, items, texte = {}, {}, ""
    for rangee in load_workbook(chemin)[IDENTIFICATION].iter_rows(max_col=4, values_only=True):
        nature, cle, cellule, enonce = (str(mot or "") for mot in rangee)
        if nature in ("texte", "suite"):
            texte += ("\n" if nature == "texte" else "") + cle
        elif nature == "item":
            items[cle] = (cellule, enonce)
        else:
            faits[nature] = cle
    return faits, items, texte.removeprefix("\n")


def modifier(chemin: Path, geste: Callable[[Worksheet], object]) -> Path:
    """Ouvre le formulaire, y fait un geste, l’enregistre : comme la personne, sans la protection."""
    classeur = load_workbook(chemin)
    geste(classeur[FEUILLE])
    classeur.save(chemin)
    return chemin


def ligne_de(feuille: Worksheet, texte: str, colonne: int = CODE) -> int:
    return next(rang for rang in range(1, feuille.max_row + 1) if feuille.cell(rang, colonne).value == texte)


def poser(feuille: Worksheet, code: str, valeur: Any, colonne: int = REPONSE) -> None:
    feuille.cell(ligne_de(feuille, code), colonne).value = valeur


def poser_question(feuille: Worksheet, libelle: str, valeur: Any) -> None:
    feuille.cell(ligne_de(feuille, libelle, SITUATION), REPONSE).value = valeur


def reponses_variees(referentiel: m.Referentiel) -> dict[str, Reponse]:
    """Toutes les sortes de réponses, à tour de rôle."""
    sortes = [repondu(n.valeur, f"trace « {n.valeur} » ; =1+1") for n in referentiel.echelle.niveaux]
    sortes += [sans_objet(), sans_reponse(), sans_reponse("rien à dire")]
    items = referentiel.ordre_de_passation()
    return {item.code: sortes[rang % len(sortes)] for rang, item in enumerate(items)}


def remplir(chemin: Path, referentiel: m.Referentiel, reponses: dict[str, Reponse]) -> Path:
    """Remplit comme une personne : le texte choisi dans la liste, la trace à côté."""

    def geste(feuille: Worksheet) -> None:
        niveaux = (*(niveau.valeur for niveau in referentiel.echelle.niveaux), "SO")
        affiches = {valeur: case.value for valeur, case in zip(niveaux, feuille.parent[LISTES]["A"], strict=False)}
        for code, reponse in reponses.items():
            if reponse.etat is not Etat.SANS_REPONSE:
                poser(feuille, code, affiches["SO" if reponse.valeur is None else reponse.valeur])
            trace = feuille.cell(ligne_de(feuille, code), TRACE)
            trace.value = reponse.trace or None
            trace.data_type = "s" if reponse.trace else "n"

    return modifier(chemin, geste)


def enregistrer_par_libreoffice(soffice: str, dossier: Path, chemin: Path) -> Path:
    """Ouvre et enregistre par LibreOffice : c’est lui, et non openpyxl, qui écrit le fichier rendu."""
    sortie = dossier / "rendu"
    profil = f"-env:UserInstallation={(dossier / 'profil').as_uri()}"
    commande = [soffice, profil, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(sortie)]
    subprocess.run([*commande, str(chemin)], check=True, capture_output=True, timeout=300)
    return sortie / chemin.name


def passation_de(lecture: Lue) -> Passation:
    assert len(lecture.releves) == 1, [a.quoi for a in lecture.anomalies]
    return lecture.releves[0].passation


def codes(lecture: Lue) -> list[str]:
    return [a.code for a in lecture.anomalies]


def seule(lecture: Lue, code: str) -> str:
    """La seule anomalie, de ce code, rédigée ; rend l’adresse qu’elle cite."""
    assert codes(lecture) == [code], [f"{a.lieu} {a.quoi}" for a in lecture.anomalies]
    constat = lecture.anomalies[0]
    assert constat.quoi
    assert constat.attendu
    assert constat.correction
    assert constat.lieu.fichier == lecture.source
    return str(constat.lieu.cellule)


# --- Aller et retour -------------------------------------------------------------------------------------------------


def test_rempli_par_openpyxl_relu_a_l_identique(tmp_path: Path, livre: m.Referentiel) -> None:
    attendues = reponses_variees(livre)
    chemin = remplir(ecrit(tmp_path, livre, identifiant="AMR-07", moment="t1", regard="tiers"), livre, attendues)
    lecture = lire_seule(chemin, livre)
    passation = passation_de(lecture)
    assert lecture.anomalies == ()
    assert passation.reponses == attendues
    assert (passation.identifiant, passation.moment, passation.regard) == ("AMR-07", "t1", "tiers")
    assert passation.referentiel.empreinte == livre.empreinte
    assert passation.texte_referentiel == livre.texte
    assert lecture.releves[0].source == str(chemin)
    assert lecture.releves[0].refusees == frozenset()


@pytest.mark.parametrize("nom", ["livre", "minimal"])
def test_rempli_puis_enregistre_par_libreoffice_relu_a_l_identique(
    tmp_path: Path, nom: str, request: pytest.FixtureRequest, programme: Programme
) -> None:
    referentiel = request.getfixturevalue(nom)
    attendues = reponses_variees(referentiel)
    chemin = remplir(ecrit(tmp_path, referentiel, identifiant="P 1", moment="t0-retrospectif"), referentiel, attendues)
    question = referentiel.profil[0]

    modifier(chemin, lambda feuille: poser_question(feuille, question.libelle, question.choix[1].libelle))
    rendu = enregistrer_par_libreoffice(programme("soffice"), tmp_path, chemin)
    lecture = lire_seule(rendu, referentiel)
    passation = passation_de(lecture)
    assert lecture.anomalies == ()
    assert passation.reponses == attendues
    assert passation.moment == "t0-retrospectif"
    assert passation.profil == {question.identifiant: question.choix[1].code}
    assert identification(rendu)[2] == referentiel.texte


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("graine", range(12))
def test_un_referentiel_quelconque_va_et_revient(tmp_path: Path, graine: int) -> None:
    """Échelles négatives, lacunaires, de deux niveaux ; compétences sans item ; plusieurs items par case."""
    referentiel = referentiel_bati(graine)
    attendues = {
        code: sans_reponse() if reponse.etat is Etat.SANS_OBJET else reponse
        for code, reponse in reponses_variees(referentiel).items()
    }
    chemin = remplir(ecrit(tmp_path, referentiel), referentiel, attendues)
    lecture = lire_seule(chemin, referentiel)
    assert passation_de(lecture).reponses == attendues
    assert lecture.anomalies == ()


def test_un_formulaire_rendu_deux_fois_sous_deux_noms_compte_une_fois(tmp_path: Path, minimal: m.Referentiel) -> None:
    """Enregistré une seconde fois : les octets diffèrent, non les réponses ; glissé dans une archive, ni les uns ni les
    autres.
    """
    reponses = reponses_variees(minimal)
    for nom in ("r01.xlsx", "r01 (1).xlsx"):
        remplir(ecrit(tmp_path, minimal, nom, identifiant="R01"), minimal, reponses)
    with zipfile.ZipFile(tmp_path / "r01 (1).xlsx", "a") as archive:
        archive.comment = b"une seconde fois"
    with zipfile.ZipFile(tmp_path / "retours.zip", "w") as archive:
        archive.write(tmp_path / "r01.xlsx", "Zoé/r01.xlsx")
    recueil = cpit.lire(tmp_path, minimal)
    assert [notee.passation.reponses for notee in recueil.cohorte.notees] == [reponses]
    assert [une.code for une in recueil.anomalies] == ["source-en-copie", "passation-identique"]


def test_une_copie_sans_code_ne_fait_pas_une_personne_de_plus(
    tmp_path: Path, minimal: m.Referentiel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """D’un formulaire comme d’une table, lue d’un bloc ou au fil de la lecture."""
    remplir(ecrit(tmp_path, minimal, "a.xlsx"), minimal, reponses_variees(minimal))
    (tmp_path / "a (1).xlsx").write_bytes((tmp_path / "a.xlsx").read_bytes())
    recueil = cpit.lire(tmp_path, minimal)
    assert [une.code for une in recueil.anomalies] == ["source-en-copie"]
    assert (len(recueil.cohorte.notees), recueil.sources[0].suppose) == (1, "une personne par fichier sans code")
    codes = [item.code for item in minimal.items]
    for nom in ("t.csv", "u.csv"):
        (tmp_path / nom).write_text(",".join(codes) + "\n" + ",".join("1" for _ in codes) + "\n", encoding="utf-8")
    for seuil in (10**9, 1):
        monkeypatch.setattr("cpit.flux.SEUIL", seuil)
        sortie = tmp_path / f"notes-{seuil}.csv"
        assert (
            executer(
                ["cohorte", *map(str, tmp_path.glob("?.csv")), "--referentiel", "minimal", "--sortie", str(sortie)]
            )
            == 0
        )
        assert "est la copie, à l’octet près" in " ".join(capsys.readouterr().err.split())
        assert len(sortie.read_text(encoding="utf-8-sig").splitlines()) == 2


def test_un_formulaire_sans_code_parmi_d_autres_est_dit_une_fois(tmp_path: Path, minimal: m.Referentiel) -> None:
    for rang, (nom, code) in enumerate((("un.xlsx", ""), ("deux.xlsx", ""), ("trois.xlsx", "R03"))):
        reponses = reponses_variees(minimal) | {"A1": repondu(rang + 1)}
        remplir(ecrit(tmp_path, minimal, nom, identifiant=code), minimal, reponses)
    (dite,) = cpit.lire(tmp_path, minimal).anomalies
    assert (dite.code, dite.mots["nombre"]) == ("formulaires-sans-code", 2)
    assert ("un.xlsx" in dite.quoi, "trois.xlsx" in dite.quoi) == (True, False)


@pytest.mark.parametrize("code", ["Anonyme", "?", "N/A", "inconnu", "sans nom"])
def test_une_passation_dont_le_code_ne_dit_pas_qui_n_en_a_pas(
    tmp_path: Path, minimal: m.Referentiel, code: str
) -> None:
    """Comme dans une table : deux « Anonyme » sont deux personnes, jamais la même d’un moment à l’autre."""
    for rang, qui in enumerate((code, code, "R03")):
        valeur = minimal.echelle.niveaux[rang].valeur
        reponses = {item.code: Reponse(Etat.REPONDU, valeur) for item in minimal.items}
        passation = replace(
            Passation.nouvelle(minimal, identifiant=qui, reponses=reponses), terminee="2026-09-14T09:00:00"
        )
        (tmp_path / f"p{rang}.json").write_bytes(encoder_passation(passation))
    recueil = cpit.lire(tmp_path, minimal)
    assert [notee.passation.identifiant for notee in recueil.cohorte.notees] == ["", "", "R03"]
    assert [une.code for une in recueil.anomalies] == ["passation-d-inconnu"] * 2 + ["formulaires-sans-code"]


def test_deux_formulaires_d_anonymes_sont_de_deux_personnes(tmp_path: Path, minimal: m.Referentiel) -> None:
    for rang, nom in enumerate(("un.xlsx", "deux.xlsx"), 1):
        reponses = reponses_variees(minimal) | {"A1": repondu(rang)}
        remplir(ecrit(tmp_path, minimal, nom, identifiant="Anonyme"), minimal, reponses)
    recueil = cpit.lire(tmp_path, minimal)
    assert len({notee.releve.identifiant for notee in recueil.cohorte.notees}) == 2
    assert [une.code for une in recueil.anomalies] == ["formulaire-code-incompris"] * 2


def test_un_formulaire_enregistre_en_texte_est_refuse(tmp_path: Path, minimal: m.Referentiel) -> None:
    """« Votre réponse » n’est le code de personne."""
    chemin = remplir(ecrit(tmp_path, minimal, identifiant="R01"), minimal, reponses_variees(minimal))
    lignes = load_workbook(chemin).worksheets[0].iter_rows(values_only=True)
    with (tmp_path / "r.csv").open("w", encoding="utf-8", newline="") as flux:
        csv.writer(flux, delimiter=";").writerows(lignes)
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire(tmp_path / "r.csv", minimal)
    assert leve.value.anomalies[0].code == "table-transposee-sans-identite"
    assert "le classeur rempli lui-même" in leve.value.anomalies[0].correction


def test_un_formulaire_vierge_se_lit_et_se_dit(tmp_path: Path, livre: m.Referentiel) -> None:
    lecture = lire_seule(ecrit(tmp_path, livre), livre)
    seule(lecture, "formulaire-vierge")
    assert lecture.releves == ()
    chemin = modifier(ecrit(tmp_path, livre), lambda feuille: poser(feuille, "C1P", 0))
    passation = passation_de(lire_seule(chemin, livre))
    assert {code for code, reponse in passation.reponses.items() if reponse != sans_reponse()} == {"C1P"}
    assert (passation.identifiant, passation.moment, passation.regard, passation.profil) == ("", "t0", "soi", {})


@pytest.mark.echantillon(5)
@pytest.mark.parametrize("moment", [*MOMENTS, "t2", "t12", "t3-retrospectif"])
@pytest.mark.parametrize("regard", ["soi", "tiers"])
def test_moment_et_regard_donnes_se_relisent(tmp_path: Path, minimal: m.Referentiel, moment: str, regard: str) -> None:
    chemin = ecrit(tmp_path, minimal, moment=moment, regard=regard)
    passation = passation_de(lire_seule(modifier(chemin, lambda feuille: poser(feuille, "A1", 1)), minimal))
    assert (passation.moment, passation.regard) == (moment, regard)


@pytest.mark.echantillon(4)
@pytest.mark.parametrize(
    ("role", "lu"),
    [
        ("Pair, même fonction ailleurs", "pair"),
        ("N+1", "n+1"),
        ("n1", "n+1"),
        ("Élu ou élue", "elu"),
        ("membre élu de l’instance qui décide", "elu"),
        ("bénévole",) * 2,
    ],
)
def test_un_tiers_dit_qui_il_est_et_cela_revient(tmp_path: Path, minimal: m.Referentiel, role: str, lu: str) -> None:
    chemin = ecrit(tmp_path, minimal, identifiant="R01", regard="tiers")

    def geste(feuille: Worksheet) -> None:
        poser(feuille, "A1", 1)
        poser_question(feuille, "Code de l’évaluateur", "E7")
        poser_question(feuille, "Rôle de l’évaluateur", role)
        poser_question(feuille, "Connaissance du travail", feuille.parent[LISTES]["E3"].value)

    modifier(chemin, geste)
    passation = passation_de(lire_seule(chemin, minimal))
    assert passation.tiers() == {"evaluateur": "E7", "role_evaluateur": lu, "connaissance": "bien"}


def test_un_evaluateur_donne_d_avance_ne_se_change_pas_et_revient(tmp_path: Path, minimal: m.Referentiel) -> None:
    tiers = {"evaluateur": "E7", "role_evaluateur": "n+1"}
    chemin = ecrit(tmp_path, minimal, identifiant="R01", regard="tiers", **tiers)
    modifier(chemin, lambda feuille: poser(feuille, "A1", 1))
    assert passation_de(lire_seule(chemin, minimal)).tiers() == tiers
    feuille = load_workbook(chemin)["Formulaire"]
    case = feuille.cell(ligne_de(feuille, "Code de l’évaluateur", SITUATION), REPONSE)
    assert case.protection.locked
    modifier(chemin, lambda feuille: poser_question(feuille, "Regard", "soi"))
    lecture = lire_seule(chemin, minimal)
    assert passation_de(lecture).tiers() == {}
    assert codes(lecture) == ["evaluateur-de-soi"]


def test_on_ne_demande_aucun_evaluateur_a_qui_repond_pour_soi(tmp_path: Path, minimal: m.Referentiel) -> None:
    classeur = load_workbook(ecrit(tmp_path, minimal))
    vus = [str(v) for nom in (FEUILLE, IDENTIFICATION) for ligne in classeur[nom].values for v in ligne]
    assert not [vu for vu in vus if "valuateur" in vu]
    # La page le tient caché : qui coche « tiers » le verra.
    assert b'<div id="du-tiers" hidden>' in formulaire(minimal, format="html")
    assert b"evaluateur" not in formulaire(minimal, format="csv")


def test_les_libelles_et_les_codes_de_moment_et_de_regard_se_lisent(tmp_path: Path) -> None:
    """Recopiés d’un formulaire dans une table."""

    def lus(moment: str, regard: str) -> list[tuple[str, str]]:
        table = tmp_path / "t.csv"
        table.write_text(f"identifiant;moment;regard;A1;A2\nR1;{moment};{regard};1;2\nR2;;;1;2\n", encoding="utf-8")
        notees = cpit.lire(table, "minimal").cohorte.notees
        return [(notee.passation.moment, notee.passation.regard) for notee in notees if notee.releve.ligne == 2]

    listes = load_workbook(ecrit(tmp_path, cpit.referentiel("minimal"), moment="t7"))[LISTES]
    moments, regards = ([str(c.value) for c in listes[colonne] if c.value] for colonne in "BC")
    for libelle, code in zip(moments, ("t0", "t0-retrospectif", "t1", "t7"), strict=True):
        assert lus(libelle, "") == lus(libelle.upper(), "") == [(code, "soi")] == lus(code, "")
    for libelle, code in zip(regards, ("soi", "tiers"), strict=True):
        assert lus("", libelle) == [("t0", code)] == lus("", code)
    assert lus("un jour", "") == lus("", "un jour") == []
    assert lus("", "") == [("t0", "soi")]
    assert lus("T2 rétrospectif", "") == [("t2-retrospectif", "soi")]


def test_moment_ou_regard_inconnu_ne_s_ecrit_pas(tmp_path: Path, minimal: m.Referentiel) -> None:
    for faux, code in (({"moment": "hier"}, "moment-inconnu"), ({"regard": "chef"}, "regard-inconnu")):
        with pytest.raises(cpit.MauvaisEmploi) as leve:
            ecrit(tmp_path, minimal, **faux)
        assert [une.code for une in leve.value.anomalies] == [code]
    assert list(tmp_path.iterdir()) == []


# --- Ce qui est écrit ------------------------------------------------------------------------------------------------


def test_seules_les_cases_de_reponse_sont_deverrouillees(tmp_path: Path, livre: m.Referentiel) -> None:
    classeur = load_workbook(ecrit(tmp_path, livre))
    feuille = classeur[FEUILLE]
    assert feuille.protection.sheet
    assert feuille.protection.password is None
    assert classeur.security.lockStructure
    libres = {cellule.coordinate for ligne in feuille.iter_rows() for cellule in ligne if not cellule.protection.locked}
    attendues = {
        feuille.cell(ligne_de(feuille, i.code), colonne).coordinate for i in livre.items for colonne in (REPONSE, TRACE)
    }
    questions = [
        "Code de la personne",
        "Moment",
        "Date du moment",
        "Regard",
        *lignes_de_profil(livre.sans_conditions()),
    ]
    attendues |= {feuille.cell(ligne_de(feuille, q, SITUATION), REPONSE).coordinate for q in questions}
    assert libres == attendues


def test_un_code_donne_ne_se_change_pas(tmp_path: Path, livre: m.Referentiel) -> None:
    feuille = load_workbook(ecrit(tmp_path, livre, identifiant="AMR-07"))[FEUILLE]
    case = feuille.cell(ligne_de(feuille, "Code de la personne", SITUATION), REPONSE)
    assert (case.value, case.protection.locked) == ("AMR-07", True)


def test_chaque_reponse_a_sa_liste_de_libelles(tmp_path: Path, livre: m.Referentiel) -> None:
    classeur = load_workbook(ecrit(tmp_path, livre))
    feuille = classeur[FEUILLE]
    for item in livre.items:
        assert liste_de(classeur, feuille.cell(ligne_de(feuille, item.code), REPONSE).coordinate) == [
            *(f"{niveau.valeur} – {niveau.libelle}" for niveau in livre.echelle.niveaux),
            "Sans objet",
        ]
    for ligne, choix in lignes_de_profil(livre.sans_conditions()).items():
        case = feuille.cell(ligne_de(feuille, ligne, SITUATION), REPONSE).coordinate
        assert liste_de(classeur, case) == choix
    case = feuille.cell(ligne_de(feuille, "Moment", SITUATION), REPONSE)
    assert case.value in liste_de(classeur, case.coordinate)


def lignes_de_profil(referentiel: m.Referentiel) -> dict[str, list[str]]:
    """Les lignes des questions de profil, et ce que leur liste propose : où l’on coche, une ligne par choix."""
    lignes: dict[str, list[str]] = {}
    for question in referentiel.profil:
        if question.plusieurs:
            lignes |= {f"{question.libelle}\u202f: {choix.libelle}": ["x"] for choix in question.choix}
        else:
            lignes[question.libelle] = [choix.libelle for choix in question.choix]
    return lignes


def liste_de(classeur: Workbook, case: str) -> list[str]:
    """Les choix d’une liste déroulante ; elle est toujours une plage, jamais une chaîne."""
    validations = [v for v in classeur[FEUILLE].data_validations.dataValidation if case in v.sqref]
    assert len(validations) == 1
    assert validations[0].type == "list"
    feuille, _, zone = validations[0].formula1.rpartition("!")
    assert feuille.strip("'") == LISTES
    colonne, debut, derniere, fin = range_boundaries(zone.replace("$", ""))
    assert colonne == derniere
    return [cellule.value for (cellule,) in classeur[LISTES].iter_rows(debut, fin, colonne, colonne)]


def test_les_feuilles_techniques_sont_tres_cachees(tmp_path: Path, livre: m.Referentiel) -> None:
    classeur = load_workbook(ecrit(tmp_path, livre))
    assert {f.title: f.sheet_state for f in classeur} == {
        FEUILLE: "visible",
        LISTES: "veryHidden",
        IDENTIFICATION: "veryHidden",
    }


def test_l_identification_dit_tout(tmp_path: Path, livre: m.Referentiel) -> None:
    chemin = ecrit(tmp_path, livre)
    faits, items, texte = identification(chemin)
    assert (faits["identifiant"], faits["version"]) == (livre.identifiant, livre.version)
    assert faits["empreinte"] == livre.empreinte
    assert texte == livre.texte
    feuille = load_workbook(chemin)[FEUILLE]
    for item in livre.items:
        case = feuille.cell(ligne_de(feuille, item.code), REPONSE).coordinate
        assert items[item.code] == (case, item.enonce)


def test_l_avancement_est_une_formule_vivante(tmp_path: Path, livre: m.Referentiel, programme: Programme) -> None:
    chemin = ecrit(tmp_path, livre)
    assert load_workbook(chemin)[FEUILLE]["D1"].value.startswith("=COUNTA(")
    assert load_workbook(chemin, data_only=True)[FEUILLE]["D1"].value == "0 sur 24"
    remplir(chemin, livre, dict(list(reponses_variees(livre).items())[:6]))
    rendu = enregistrer_par_libreoffice(programme("soffice"), tmp_path, chemin)
    assert load_workbook(rendu, data_only=True)[FEUILLE]["D1"].value == "6 sur 24"


def test_titre_consignes_echelle_et_competences_sont_sur_la_feuille(tmp_path: Path, livre: m.Referentiel) -> None:
    feuille = load_workbook(ecrit(tmp_path, livre))[FEUILLE]
    textes = "\n".join(str(c.value) for ligne in feuille.iter_rows() for c in ligne if c.value is not None)
    attendus = ["Rien n’est envoyé", "Pour rendre le formulaire", livre.titre, livre.echelle.question]
    attendus += [n.description or "" for n in livre.echelle.niveaux]
    attendus += [texte for c in livre.competences for texte in (c.libelle, c.definition)]
    attendus += [i.enonce for i in livre.items]
    assert not [attendu for attendu in attendus if attendu not in textes]
    assert feuille.freeze_panes == "A3"
    assert feuille.page_setup.paperSize == 9
    assert feuille.print_title_rows == "$2:$2"
    assert feuille.print_area
    debuts = {saut.id for saut in feuille.row_breaks.brk}
    premiers = {ligne_de(feuille, livre.items_de(c.identifiant)[0].code) - 2 for c in livre.competences}
    assert debuts <= premiers, "un saut de page coupe une compétence"


def test_les_memes_entrees_font_les_memes_octets(livre: m.Referentiel) -> None:
    deux = []
    for _ in range(2):
        formulaire.cache_clear()
        deux.append(formulaire(livre, identifiant="A"))
    assert deux[0] == deux[1]


@pytest.mark.echantillon(8)
@pytest.mark.parametrize("texte", HOSTILES)
def test_un_texte_hostile_reste_un_texte_et_revient(tmp_path: Path, minimal: m.Referentiel, texte: str) -> None:
    premier = minimal.items[0]
    niveaux = (replace(minimal.echelle.niveaux[0], libelle=texte), *minimal.echelle.niveaux[1:])
    hostile = replace(
        bref(minimal),
        titre=texte,
        echelle=replace(minimal.echelle, question=texte, niveaux=niveaux),
        competences=(replace(minimal.competences[0], libelle=texte, definition=texte), *minimal.competences[1:]),
        items=(replace(premier, enonce=texte), *minimal.items[1:]),
        profil=(replace(minimal.profil[0], libelle=texte, choix=(m.Choix("un", texte), m.Choix("deux", texte))),),
    )
    # Un code qu’un tableur calculerait, ou qui est une de ses erreurs, se refuse avant d’être écrit.
    chemin = ecrit(tmp_path, hostile, identifiant="" if texte[0] in "=+-@#" else texte[:80])
    formules = [c.value for f in load_workbook(chemin) for ligne in f.iter_rows() for c in ligne if c.data_type == "f"]
    assert len(formules) == 1
    assert formules[0].startswith("=COUNTA(")
    lecture = lire_seule(chemin, hostile)
    assert codes(lecture) == ["formulaire-vierge"]
    if texte == "_x0041_":
        return  # openpyxl, ici pour remplir, ne sait pas réécrire ce texte-là
    choisi = load_workbook(chemin)[LISTES]["A1"].value
    modifier(chemin, lambda f: poser(f, premier.code, choisi))
    assert passation_de(lire_seule(chemin, hostile)).reponse(premier.code) == repondu(minimal.echelle.min)


def test_un_texte_tres_long_se_retrouve_entier(tmp_path: Path, minimal: m.Referentiel) -> None:
    texte = "a: " + "é" * 70_000 + "\n\n\tfin  \n"
    long = replace(minimal, texte=texte, empreinte=hashlib.sha256(texte.encode()).hexdigest())
    assert identification(ecrit(tmp_path, long))[2] == texte


# --- Ce que les gens font à un tableur : retrouvé quand même ---------------------------------------------------------


ZERO, _, DEUX, *_ = (niveau.libelle for niveau in livre_lu().echelle.niveaux)


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("valeur", [2, 2.0, "2", "2,0", DEUX, DEUX.swapcase().replace(" ", "  ", 1)])
def test_un_niveau_tape_autrement_est_compris(tmp_path: Path, court: m.Referentiel, valeur: object) -> None:
    lecture = lire_seule(modifier(ecrit(tmp_path, court), lambda f: poser(f, "C1P", valeur)), court)
    assert passation_de(lecture).reponse("C1P") == repondu(2)
    assert lecture.anomalies == ()


@pytest.mark.parametrize("valeur", ["SO", "s.o.", "sans objet", "non applicable"])
def test_les_synonymes_de_sans_objet_sont_compris(tmp_path: Path, court: m.Referentiel, valeur: str) -> None:
    assert (
        passation_de(lire_seule(modifier(ecrit(tmp_path, court), lambda f: poser(f, "C1P", valeur)), court)).reponse(
            "C1P"
        )
        == sans_objet()
    )


def defusionner(feuille: Worksheet) -> None:
    """openpyxl ne déplace pas les fusions avec les lignes, un tableur si."""
    for zone in list(feuille.merged_cells.ranges):
        feuille.unmerge_cells(str(zone))


def inserer_des_lignes(feuille: Worksheet) -> None:
    defusionner(feuille)
    feuille.insert_rows(ligne_de(feuille, "C1M"), 2)
    feuille.insert_rows(2)


def inserer_une_colonne(feuille: Worksheet) -> None:
    defusionner(feuille)
    feuille.insert_cols(REPONSE)


def echanger_les_colonnes(feuille: Worksheet) -> None:
    """La réponse passe après la trace, le code tout à droite."""
    defusionner(feuille)
    for rang in range(1, feuille.max_row + 1):
        code, situation, reponse, trace = (feuille.cell(rang, colonne).value for colonne in range(1, 5))
        for colonne, valeur in enumerate((situation, trace, reponse, None, code), 1):
            feuille.cell(rang, colonne).value = valeur


def renommer(feuille: Worksheet) -> None:
    feuille.title = "Mes réponses à moi"


def ajouter_des_notes(feuille: Worksheet) -> None:
    feuille.cell(3, 9).value = "une note à côté"
    feuille.parent.create_sheet("Brouillon", 0)["A1"] = "autre chose"


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(
    "geste", [inserer_des_lignes, inserer_une_colonne, echanger_les_colonnes, renommer, ajouter_des_notes]
)
def test_un_formulaire_remanie_se_retrouve_par_ses_codes(
    tmp_path: Path, court: m.Referentiel, geste: Callable[[Worksheet], None]
) -> None:
    attendues = reponses_variees(court)
    chemin = remplir(ecrit(tmp_path, court, identifiant="Z"), court, attendues)
    lecture = lire_seule(modifier(chemin, geste), court)
    assert passation_de(lecture).reponses == attendues
    assert passation_de(lecture).identifiant == "Z"
    assert lecture.anomalies == ()


# --- Les pièges : chacun son anomalie, située ------------------------------------------------------------------------


def dater(feuille: Worksheet) -> None:
    poser(feuille, "C1P", 3)
    feuille.cell(ligne_de(feuille, "C1P"), REPONSE).number_format = "dd/mm/yyyy"


def mettre_une_erreur(feuille: Worksheet) -> None:
    poser(feuille, "C1P", "#N/A")
    feuille.cell(ligne_de(feuille, "C1P"), REPONSE).data_type = "e"


PIEGES: dict[str, tuple[str, Callable[[Worksheet], object]]] = {
    "date": ("cellule-date", dater),
    "durée": ("cellule-date", lambda f: poser(f, "C1P", timedelta(hours=30))),
    "vraie date": ("cellule-date", lambda f: poser(f, "C1P", datetime(2026, 3, 4))),
    "formule sans valeur": ("cellule-formule", lambda f: poser(f, "C1P", "=1+1")),
    "erreur": ("cellule-erreur", mettre_une_erreur),
    "booléen": ("cellule-booleen", lambda f: poser(f, "C1P", True)),
    "hors échelle": ("cellule-hors-echelle", lambda f: poser(f, "C1P", 9)),
    "décimale": ("cellule-non-entiere", lambda f: poser(f, "C1P", 2.5)),
    "hors liste": ("cellule-incomprise", lambda f: poser(f, "C1P", "un peu")),
    "niveau d’un autre nombre": (
        "numero-et-libelle",
        lambda f: poser(f, "C1P", f"3 – {livre_lu().echelle.par_valeur[0].libelle}"),
    ),
}


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("nom", PIEGES)
def test_une_case_fautive_est_refusee_et_situee(tmp_path: Path, court: m.Referentiel, nom: str) -> None:
    code, geste = PIEGES[nom]
    chemin = modifier(ecrit(tmp_path, court), lambda f: (geste(f), poser(f, "C1P", "ma trace", TRACE)))
    lecture = lire_seule(chemin, court)
    ligne = ligne_de(load_workbook(chemin)[FEUILLE], "C1P")
    assert seule(lecture, code) == f"C{ligne}"
    assert lecture.anomalies[0].lieu.feuille == FEUILLE
    assert lecture.releves[0].refusees == {"C1P"}
    assert passation_de(lecture).reponse("C1P") == sans_reponse("ma trace")


def test_une_reponse_au_format_de_pourcentage_est_refusee(tmp_path: Path, court: m.Referentiel) -> None:
    """3 s’y montre « 300 % »."""

    def geste(feuille: Worksheet) -> None:
        poser(feuille, "C1P", 3)
        next(c for ligne in feuille.iter_rows() for c in ligne if c.value == 3).number_format = "0%"

    lecture = lire_seule(modifier(ecrit(tmp_path, court), geste), court)
    assert "cellule-pourcentage" in codes(lecture)
    assert lecture.releves[0].refusees == {"C1P"}


def test_une_formule_calculee_par_le_tableur_se_lit(tmp_path: Path, court: m.Referentiel, programme: Programme) -> None:
    chemin = modifier(ecrit(tmp_path, court), lambda f: poser(f, "C1P", "=1+1"))
    lecture = lire_seule(enregistrer_par_libreoffice(programme("soffice"), tmp_path, chemin), court)
    assert passation_de(lecture).reponse("C1P") == repondu(2)


@pytest.mark.parametrize("zone", [("C1P", "C1M"), ("C1P", "C1P")])
def test_des_cases_fusionnees_sont_refusees_toutes(tmp_path: Path, court: m.Referentiel, zone: tuple[str, str]) -> None:
    def geste(feuille: Worksheet) -> None:
        poser(feuille, "C1P", 2)
        premiere, derniere = (ligne_de(feuille, code) for code in zone)
        feuille.merge_cells(f"C{premiere}:{'C' if zone[0] != zone[1] else 'D'}{derniere}")

    lecture = lire_seule(modifier(ecrit(tmp_path, court), geste), court)
    assert set(codes(lecture)) == {"cellule-fusionnee"}
    assert lecture.releves[0].refusees == set(zone)
    assert all(a.lieu.cellule and a.lieu.cellule.startswith("C") for a in lecture.anomalies)
    assert passation_de(lecture).valeurs() == {}


@pytest.mark.parametrize("sorte", ["ligne", "colonne"])
def test_une_case_cachee_est_prise_avec_un_avertissement(tmp_path: Path, court: m.Referentiel, sorte: str) -> None:
    def geste(feuille: Worksheet) -> None:
        poser(feuille, "C1P", 2)
        if sorte == "ligne":
            feuille.row_dimensions[ligne_de(feuille, "C1P")].hidden = True
        else:
            feuille.column_dimensions["C"].hidden = True

    lecture = lire_seule(modifier(ecrit(tmp_path, court), geste), court)
    assert codes(lecture) == ["cellule-cachee"] * (1 if sorte == "ligne" else len(court.items))
    assert lecture.anomalies[0].gravite is Gravite.AVERTISSEMENT
    assert passation_de(lecture).reponse("C1P") == repondu(2)
    assert lecture.releves[0].refusees == frozenset()


def test_une_situation_effacee_est_dite_avec_sa_place_d_origine(tmp_path: Path, court: m.Referentiel) -> None:
    chemin = ecrit(tmp_path, court)
    origine = identification(chemin)[1]["C1P"][0]
    lecture = lire_seule(modifier(chemin, lambda f: (poser(f, "C1M", 1), f.delete_rows(ligne_de(f, "C1P")))), court)
    absentes = [a for a in lecture.anomalies if a.code == "formulaire-item-absent"]
    assert [a.lieu.cellule for a in absentes] == [origine]
    assert "C1P" in lecture.releves[0].refusees


def test_une_situation_en_double_est_refusee(tmp_path: Path, court: m.Referentiel) -> None:
    def geste(feuille: Worksheet) -> None:
        fin = feuille.max_row + 1
        for colonne, valeur in enumerate(("C1P", court.items_par_code["C1P"].enonce, 3), 1):
            feuille.cell(fin, colonne).value = valeur

    lecture = lire_seule(modifier(ecrit(tmp_path, court), geste), court)
    seule(lecture, "formulaire-item-en-double")
    assert "et C" in lecture.anomalies[0].quoi


def test_un_code_devant_une_autre_situation_est_refuse(tmp_path: Path, court: m.Referentiel) -> None:
    """La colonne des codes a été triée seule."""

    def geste(feuille: Worksheet) -> None:
        un, deux = ligne_de(feuille, "C1P"), ligne_de(feuille, "C1M")
        feuille.cell(un, CODE).value, feuille.cell(deux, CODE).value = "C1M", "C1P"

    lecture = lire_seule(modifier(ecrit(tmp_path, court), geste), court)
    assert codes(lecture) == ["formulaire-item-deplace"] * 2
    assert lecture.releves[0].refusees == {"C1P", "C1M"}


def dupliquer_la_feuille(feuille: Worksheet) -> None:
    feuille.parent.copy_worksheet(feuille)


def dupliquer_la_colonne(feuille: Worksheet) -> None:
    feuille.cell(2, 7).value = "Votre réponse"


def effacer_les_entetes(feuille: Worksheet) -> None:
    feuille.delete_rows(2)


def effacer_le_moment(feuille: Worksheet) -> None:
    feuille.cell(ligne_de(feuille, "Moment", SITUATION), SITUATION).value = None


@pytest.mark.parametrize("geste", [dupliquer_la_feuille, dupliquer_la_colonne, effacer_les_entetes, effacer_le_moment])
def test_un_formulaire_ambigu_est_refuse_en_entier(
    tmp_path: Path, court: m.Referentiel, geste: Callable[[Worksheet], None]
) -> None:
    lecture = lire_seule(modifier(ecrit(tmp_path, court), geste), court)
    seule(lecture, "formulaire-remanie")
    assert lecture.releves == ()


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("question", ["Moment", "Regard"])
@pytest.mark.parametrize("valeur", [None, "un jour", 12, datetime(2026, 1, 2), "=A1", True])
def test_moment_ou_regard_inconnu_refuse_la_source(
    tmp_path: Path, court: m.Referentiel, question: str, valeur: object
) -> None:
    lecture = lire_seule(modifier(ecrit(tmp_path, court), lambda f: poser_question(f, question, valeur)), court)
    assert seule(lecture, "formulaire-choix-inconnu").startswith("C")
    assert lecture.releves == ()


@pytest.mark.parametrize("valeur", ["Planète", datetime(2026, 1, 2), "=A1", True])
def test_un_profil_inconnu_est_un_avertissement(tmp_path: Path, court: m.Referentiel, valeur: object) -> None:
    lecture = lire_seule(
        modifier(
            ecrit(tmp_path, court), lambda f: (poser(f, "C1P", 1), poser_question(f, "Structure d’exercice", valeur))
        ),
        court,
    )
    seule(lecture, "formulaire-profil-inconnu")
    assert passation_de(lecture).profil == {}


@pytest.mark.parametrize("valeur", ["Commune", "commune", " COMMUNE "])
def test_un_profil_se_lit_par_libelle_ou_par_code(tmp_path: Path, court: m.Referentiel, valeur: str) -> None:
    chemin = modifier(
        ecrit(tmp_path, court), lambda f: (poser(f, "C1P", 1), poser_question(f, "Structure d’exercice", valeur))
    )
    assert passation_de(lire_seule(chemin, court)).profil == {"structure": "commune"}


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    ("valeur", "code", "anomalies"),
    [
        ("  AMR-07 ", "AMR-07", []),
        (7, "7", []),
        ("=1+1", "", ["formulaire-code-incompris"]),
        (date(2026, 3, 4), "", ["formulaire-code-incompris"]),
        (True, "", ["formulaire-code-incompris"]),
        ("x" * 80, "x" * 80, []),
        ("x" * 500, "x" * 500, ["formulaire-code-long"]),
    ],
)
def test_le_code_de_la_personne(
    tmp_path: Path, court: m.Referentiel, valeur: object, code: str, anomalies: list[str]
) -> None:
    chemin = modifier(
        ecrit(tmp_path, court), lambda f: (poser(f, "C1P", 1), poser_question(f, "Code de la personne", valeur))
    )
    lecture = lire_seule(chemin, court)
    assert (passation_de(lecture).identifiant, codes(lecture)) == (code, anomalies)


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    ("valeur", "trace", "anomalies"),
    [
        ("  deux\nlignes \x0b", "deux\nlignes", []),
        (12, "12", []),
        (2.5, "2,5", []),
        (date(2026, 3, 4), "04/03/2026", []),
        ("=1+1", "", ["formulaire-trace-incomprise"]),
        ("x" * 10_000, "x" * 10_000, []),
        ("x" * 10_001, "x" * 10_001, ["trace-longue"]),
    ],
)
def test_les_traces(tmp_path: Path, court: m.Referentiel, valeur: object, trace: str, anomalies: list[str]) -> None:
    valeur = valeur.replace("\x0b", "") if isinstance(valeur, str) else valeur
    chemin = modifier(ecrit(tmp_path, court), lambda f: (poser(f, "C1P", 1), poser(f, "C1P", valeur, TRACE)))
    lecture = lire_seule(chemin, court)
    assert (passation_de(lecture).reponse("C1P"), codes(lecture)) == (repondu(1, trace), anomalies)


def test_un_autre_referentiel_est_refuse_meme_a_items_identiques(tmp_path: Path, court: m.Referentiel) -> None:
    lecture = lire_seule(ecrit(tmp_path, court), replace(court, empreinte="0" * 64))
    seule(lecture, "referentiel-etranger")
    assert lecture.releves == ()
    assert court.empreinte[:12] in lecture.anomalies[0].quoi


def test_un_format_plus_recent_est_refuse(tmp_path: Path, minimal: m.Referentiel) -> None:
    chemin = ecrit(tmp_path, minimal)
    classeur = load_workbook(chemin)
    feuille = classeur[IDENTIFICATION]
    feuille.cell(ligne_de(feuille, "version_format"), 2).value = "2"
    classeur.save(chemin)
    seule(lire_seule(chemin, minimal), "formulaire-version")


def test_sans_identification_ce_n_est_pas_un_formulaire(tmp_path: Path, minimal: m.Referentiel) -> None:
    chemin = ecrit(tmp_path, minimal)
    classeur = load_workbook(chemin)
    del classeur[IDENTIFICATION]
    classeur.save(chemin)
    seule(lire_seule(chemin, minimal), "formulaire-sans-identification")


def test_ce_qui_n_est_pas_un_formulaire_se_dit(tmp_path: Path, minimal: m.Referentiel) -> None:
    for nom, octets in (("vide", b""), ("texte", b"a;b"), ("zip", b"PK\x03\x04rien")):
        (tmp_path / f"{nom}.xlsx").write_bytes(octets)
        assert lire_seule(tmp_path / f"{nom}.xlsx", minimal).anomalies


# --- Abîmé : jamais autre chose que des anomalies --------------------------------------------------------------------


def sources_abimees(octets: bytes) -> Iterator[bytes]:
    for fin in range(0, len(octets), max(1, len(octets) // 150)):
        yield octets[:fin]
    for place in range(0, len(octets), max(1, len(octets) // 150)):
        yield octets[:place] + bytes([octets[place] ^ 0xFF]) + octets[place + 1 :]


@pytest.mark.endurance
def test_coupe_ou_altere_n_importe_ou_rend_des_anomalies(tmp_path: Path, minimal: m.Referentiel) -> None:
    chemin = tmp_path / "f.xlsx"
    for octets in sources_abimees(formulaire(minimal)):
        chemin.write_bytes(octets)
        lecture = lire_seule(chemin, minimal)
        assert lecture.releves or lecture.anomalies


@settings(max_examples=tirages(30))
@given(donnees=st.data())
def test_des_parties_alterees_rendent_des_anomalies(
    tmp_path_factory: pytest.TempPathFactory, minimal: m.Referentiel, donnees: st.DataObject
) -> None:
    """L’archive est saine, mais une de ses parties a été réécrite de travers : le garde n’y peut rien."""
    chemin = tmp_path_factory.mktemp("f") / "f.xlsx"
    with zipfile.ZipFile(ecrit(chemin.parent, minimal, "source.xlsx")) as source:
        parties = {nom: source.read(nom) for nom in source.namelist()}
    nom = donnees.draw(st.sampled_from(sorted(n for n in parties if n.startswith("xl/"))))
    contenu = parties[nom]
    debut = donnees.draw(st.integers(0, len(contenu)))
    taille = donnees.draw(st.integers(0, 60))
    ajout = donnees.draw(
        st.binary(max_size=12) | st.sampled_from([b"<c>", b"NaN", b"1e999", b"</row>", b'r="A1"', b"99"])
    )
    parties[nom] = contenu[:debut] + ajout + contenu[debut + taille :]
    with zipfile.ZipFile(chemin, "w") as cible:
        for partie, octets in parties.items():
            cible.writestr(partie, octets)
    lecture = lire_seule(chemin, minimal)
    assert lecture.releves or lecture.anomalies

"""Le classeur d’une comparaison : ses feuilles, ses formules recalculées par LibreOffice, ce qu’il a de cpit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas
import pytest
from aide_classeur import DATE, recalculer, referentiel_bati, repondre
from aides import RACINE, Programme, encoder_passation, livre, passation_de
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

import cpit
from cpit.cli import executer

EXEMPLES = RACINE / "exemples"
AVANT, APRES, TIERS = (str(EXEMPLES / f"passation-r01-{quand}.json") for quand in ("t0-soi", "t1-soi", "t0-tiers"))
SORTE, NOM, COMMUNS, DE, A, DIFFERENCE, ECRITE, ECART, PLANCHER, BAS, HAUT, ETAT = 0, 1, 4, *range(7, 16)
Ligne = tuple[Any, ...]


def ecrire(chemin: Path, *passations: Any) -> Path:
    return ecrire_le(cpit.comparer(*passations), chemin)


def ecrire_le(rapprochement: Any, chemin: Path) -> Path:
    cpit.ecrire(rapprochement, chemin, date=DATE)
    return chemin


def blocs(feuille: Worksheet) -> list[dict[tuple[str, str], Ligne]]:
    """Les paires d’une feuille, l’une après l’autre : leurs lignes par sorte et identifiant."""
    trouves: list[dict[tuple[str, str], Ligne]] = []
    for ligne in feuille.iter_rows(min_row=4, max_col=ETAT + 1, values_only=True):
        if ligne[SORTE] == "Sorte":
            trouves.append({})
        elif trouves and ligne[NOM] is not None and ligne[ECART] not in (None, ""):
            trouves[-1][ligne[SORTE], ligne[NOM]] = tuple(None if case == "" else case for case in ligne)
    return [bloc for bloc in trouves if bloc]


def attendues(comparaison: Any) -> dict[tuple[str, str], tuple[Any, Any, Any]]:
    """Ce que Python dit de chaque ligne : de, à, différence."""
    lignes: dict[tuple[str, str], tuple[Any, Any, Any]] = {}
    sortes = {"competence": "Compétence", "ingenierie": "Ingénierie", "groupe": "Groupe"}
    for nom, une in comparaison.echelles().items():
        lignes[sortes[une.echelle.nature], nom] = (une.de, une.a, une.difference)
    de, a = comparaison.position.de, comparaison.position.a
    for axe in ("x", "y"):
        cotes = [None if place is None else getattr(place, axe) for place in (de, a)]
        lignes["Position", axe] = (*cotes, None if None in cotes else cotes[1] - cotes[0])
    for code, item in comparaison.items.items():
        present = item.difference is not None
        lignes["Item", code] = (item.de if present else None, item.a if present else None, item.difference)
    return lignes


def verifier(bloc: dict[tuple[str, str], Ligne], comparaison: Any) -> None:
    """Les nombres d’une paire, tels qu’un tableur les a refaits, sont ceux de Python ; l’écart est partout nul."""
    attendu = attendues(comparaison)
    assert bloc.keys() == attendu.keys()
    for cle, (de, a, difference) in attendu.items():
        ligne = bloc[cle]
        assert ligne[DE] == pytest.approx(de, abs=1e-9), cle
        assert ligne[A] == pytest.approx(a, abs=1e-9), cle
        assert ligne[DIFFERENCE] == pytest.approx(difference, abs=1e-9), cle
        assert ligne[ECRITE] == pytest.approx(difference, abs=1e-9), cle
        assert ligne[ECART] == 0, cle


def changer(chemin: Path, cible: Path, valeurs: dict[tuple[str, int], int | str | None]) -> Path:
    """Change des réponses, par code d’item et rang de passation, comme on le ferait dans un tableur."""
    classeur = load_workbook(chemin)
    feuille = classeur["Réponses"]
    lignes = {feuille.cell(rang, 1).value: rang for rang in range(2, feuille.max_row + 1)}
    for (code, rang), valeur in valeurs.items():
        feuille.cell(lignes[code], 7 + rang).value = valeur
    classeur.save(cible)
    return cible


def deux_moments(avant: str, apres: str) -> tuple[Any, Any]:
    """Deux passations d’une personne, de deux suites de signes."""
    champs = {"identifiant": "P01", "terminee": "2026-01-01T10:00:00+01:00"}
    return passation_de(livre(), avant, **champs), passation_de(livre(), apres, moment="t1", **champs)


def rapprochement_bati(graine: int) -> Any:
    """Deux passations d’un référentiel quelconque : poids, items inversés, échelle négative, cases vides."""
    referentiel = referentiel_bati(graine)
    deux = [repondre(referentiel, graine + rang, identifiant="P01", moment=f"t{rang}").passation for rang in (0, 1)]
    return cpit.comparer(*deux, referentiel)


# --- ce qu’il y a dans le classeur ------------------------------------------------------------------------------------


def test_les_feuilles_disent_l_evolution_les_regards_les_reponses_et_d_ou_tout_vient(tmp_path: Path) -> None:
    assert executer(["comparer", AVANT, TIERS, APRES, "--classeur", str(tmp_path / "c.xlsx")]) == 0
    classeur = load_workbook(tmp_path / "c.xlsx", data_only=True)
    assert classeur.sheetnames == ["Évolution", "Regards", "Réponses", "Référentiel", "À propos"]
    parcours = cpit.comparer(EXEMPLES, code="R01", collecte_personnelle=True).parcours
    (evolution,), (regards,) = (blocs(classeur[nom]) for nom in ("Évolution", "Regards"))
    verifier(evolution, parcours.paires_de("vecu")[0])
    verifier(regards, parcours.paires_de("regards")[0])
    entetes = [case.value for case in classeur["Réponses"][1]]
    assert [str(nom).partition(" (")[0] for nom in entetes[6:9]] == ["T0", "T0, un tiers", "T1"]


def test_les_reponses_se_lisent_d_un_trait(tmp_path: Path) -> None:
    """Une ligne d’en-tête, des noms différents, rien de fusionné ; la consigne est en bulle et dans « À propos »."""
    trame = pandas.read_excel(ecrire(tmp_path / "c.xlsx", AVANT, APRES), sheet_name="Réponses")
    classeur = load_workbook(tmp_path / "c.xlsx")
    feuille = classeur["Réponses"]
    assert list(trame["Item"]) == [item.code for item in livre().ordre_de_passation()]
    assert list(trame.columns) == [case.value for case in feuille[1]]
    assert len(set(trame.columns)) == len(trame.columns) == 6 + 2 * 2 + 1
    assert not feuille.merged_cells.ranges
    assert {trame[nom].dtype.kind for nom in trame.columns if nom.startswith("Valeur")} <= {"i", "f"}
    bulles = {str(une.sqref): str(une.prompt) for une in feuille.data_validations.dataValidation}
    assert "Changez une réponse" in bulles["A1"]
    assert bulles["G1"].startswith(livre().echelle.question[:20])
    assert any("ne vaut zéro" in str(case.value) for (_, case, *_) in classeur["À propos"].iter_rows(max_col=3))


def test_deux_tiers_sans_code_ont_chacun_leur_en_tete(tmp_path: Path) -> None:
    champs = {"identifiant": "P01", "terminee": "2026-01-01T10:00:00+01:00"}
    tiers = {**champs, "regard": "tiers", "role_evaluateur": "pair"}
    for signe, siens in {"1": champs, "2": tiers, "3": tiers, "4": tiers}.items():
        (tmp_path / f"{signe}.json").write_bytes(encoder_passation(passation_de(livre(), signe * 24, **siens)))
    ecrire_le(cpit.comparer(tmp_path), tmp_path / "c.xlsx")
    entetes = [case.value for case in load_workbook(tmp_path / "c.xlsx")["Réponses"][1]]
    assert len(set(entetes)) == len(entetes)
    assert any(str(nom).endswith("n° 2") for nom in entetes)


def test_une_feuille_sans_rien_a_dire_n_est_pas_ecrite(tmp_path: Path) -> None:
    moments = load_workbook(ecrire(tmp_path / "m.xlsx", AVANT, APRES)).sheetnames
    assert moments == ["Évolution", "Réponses", "Référentiel", "À propos"]
    regards = load_workbook(ecrire(tmp_path / "r.xlsx", AVANT, TIERS)).sheetnames
    assert regards == ["Regards", "Réponses", "Référentiel", "À propos"]


def test_le_plancher_les_bornes_et_l_etat_sont_des_valeurs_d_origine(tmp_path: Path) -> None:
    feuille = load_workbook(ecrire(tmp_path / "c.xlsx", AVANT, APRES))["Évolution"]
    comparaison = cpit.comparer(AVANT, APRES).comparaison
    assert "ce sont ceux des réponses d’origine" in str(feuille["A3"].value).replace("\u00a0", " ")
    (bloc,) = blocs(feuille)
    for nom, une in comparaison.ingenieries.items():
        assert bloc["Ingénierie", nom][PLANCHER : HAUT + 1] == pytest.approx((une.plancher, *(une.bornes or ())))
    assert bloc["Ingénierie", "publique"][ETAT] == "bouge"
    assert str(bloc["Ingénierie", "publique"][DIFFERENCE]).startswith("=IF(")


def test_une_case_sans_reponse_un_so_et_une_autre_question_se_distinguent(tmp_path: Path) -> None:
    source = (RACINE / "referentiels" / "innovation-territoriale.yaml").read_text(encoding="utf-8")
    debut = livre().ordre_de_passation()[0].enonce[:30]
    assert debut in source
    autre = source.replace("version: 2.0.0\n", "version: 1.9.9\n").replace(debut, "Tout autrement, ")
    (tmp_path / "autre.yaml").write_text(autre, encoding="utf-8")
    champs = {"identifiant": "P01", "terminee": "2026-01-01T10:00:00+01:00"}
    avant = passation_de(cpit.referentiel(tmp_path / "autre.yaml"), "2S." + "2" * 21, **champs)
    apres = passation_de(livre(), "3" * 24, moment="t1", **champs)
    for nom, une in (("a.json", avant), ("b.json", apres)):
        (tmp_path / nom).write_bytes(encoder_passation(une))
    chemin = ecrire(tmp_path / "c.xlsx", tmp_path / "a.json", tmp_path / "b.json")
    feuille = load_workbook(chemin)["Réponses"]
    assert [feuille.cell(rang, 7).value for rang in (2, 3, 4, 5)] == ["autre question", "SO", None, 2]
    assert [feuille.cell(rang, 8).value for rang in (2, 3, 4, 5)] == [3, 3, 3, 3]


def test_une_passation_n_a_qu_une_colonne_dans_toutes_ses_paires_et_deux_tiers_sans_code_la_leur(
    tmp_path: Path,
) -> None:
    champs = {"identifiant": "P01", "terminee": "2026-01-01T10:00:00+01:00"}
    tiers = {**champs, "regard": "tiers", "role_evaluateur": "pair"}
    unes = {"1": champs, "2": tiers, "3": tiers, "4": {**champs, "moment": "t1"}, "0": {**champs, "moment": "t2"}}
    for signe, siens in unes.items():
        (tmp_path / f"{signe}.json").write_bytes(encoder_passation(passation_de(livre(), signe * 24, **siens)))
    rapproche = cpit.comparer(tmp_path)
    classeur = load_workbook(ecrire_le(rapproche, tmp_path / "c.xlsx"), data_only=True)
    assert sorted(case.value for case in classeur["Réponses"][2][6:11]) == [0, 1, 2, 3, 4]
    evolutions, regards = (blocs(classeur[nom]) for nom in ("Évolution", "Regards"))
    vecues = rapproche.parcours.paires_de("vecu")
    assert (len(evolutions), len(regards)) == (len(vecues), 2) == (3, 2)
    # D’abord celle que l’on a demandée : du premier au dernier moment.
    (entiere,) = (une for une in vecues if (une.de.moment, une.a.moment) == ("t0", "t2"))
    for bloc, comparaison in zip(evolutions, (entiere, *(une for une in vecues if une != entiere)), strict=True):
        verifier(bloc, comparaison)
    eventail = [ligne for ligne in classeur["Regards"].iter_rows(values_only=True) if ligne[SORTE] == "Échelle"]
    assert [ligne[3:8] for ligne in eventail] == [(2, 1, 2, 3, 2.5)] * len(livre().echelles)


@pytest.mark.parametrize("graine", [1, 4])
def test_les_valeurs_ecrites_sont_celles_de_python_pour_tout_referentiel(graine: int, tmp_path: Path) -> None:
    rapproche = rapprochement_bati(graine)
    (bloc,) = blocs(load_workbook(ecrire_le(rapproche, tmp_path / "c.xlsx"), data_only=True)["Évolution"])
    verifier(bloc, rapproche.comparaison)


def test_les_memes_passations_rendent_les_memes_octets(tmp_path: Path) -> None:
    un, deux = (ecrire(tmp_path / nom, AVANT, APRES).read_bytes() for nom in ("a.xlsx", "b.xlsx"))
    assert un == deux


# --- il est à cpit, et à la personne ----------------------------------------------------------------------------------


def test_le_classeur_se_remplace_n_est_pas_une_source_et_ne_prend_la_place_de_rien(tmp_path: Path) -> None:
    pris = tmp_path / "p.xlsx"
    pris.write_bytes(b"a moi")
    mots = ["comparer", AVANT, APRES, "--classeur"]
    assert executer([*mots, str(pris)]) == 1
    assert pris.read_bytes() == b"a moi"
    assert executer([*mots, str(tmp_path / "c.ods")]) == 2
    for _ in range(2):
        assert executer([*mots, str(tmp_path / "c.xlsx"), "--json"]) == 0
    passation = tmp_path / "r.json"
    passation.write_bytes(Path(AVANT).read_bytes())
    pris.unlink()
    recueil = cpit.lire(tmp_path)
    assert len(recueil.cohorte.notees) == 1
    assert "classeur-ignore" in {une.code for une in recueil.anomalies}


def test_le_classeur_est_a_la_personne_dont_il_parle(tmp_path: Path) -> None:
    ecrire(tmp_path / "c.xlsx", AVANT, APRES)
    assert [t.chemin.name for t in cpit.inventorier("R01", tmp_path).siens] == ["c.xlsx"]
    assert not cpit.inventorier("R02", tmp_path).siens


def test_le_classeur_d_un_dossier_partage_tait_le_tiers_seul(tmp_path: Path) -> None:
    cpit.ecrire(cpit.comparer(EXEMPLES, code="R01"), tmp_path / "c.xlsx")
    classeur = load_workbook(tmp_path / "c.xlsx", data_only=True)
    assert not blocs(classeur["Regards"])
    assert [case.value for case in classeur["Réponses"][1]][8].startswith("Valeur")
    assert any(
        "moins de trois tiers est tu" in str(case.value).replace("\u00a0", " ") for (case, *_) in classeur["Regards"]
    )


def test_ce_que_disent_moins_de_trois_tiers_d_une_echelle_est_tu(tmp_path: Path) -> None:
    champs = {"identifiant": "P01", "terminee": "2026-01-01T10:00:00+01:00"}
    tiers = {**champs, "regard": "tiers", "role_evaluateur": "pair"}
    unes = {"a": ("1" * 24, champs), "b": ("2" * 24, {**champs, "moment": "t1"})}
    unes["ailleurs"] = ("1" * 24, {**champs, "identifiant": "P02"})
    for code, signes in (("X", "2" * 24), ("Y", "3" * 24), ("Z", "SSS" + "3" * 21)):
        unes[code] = (signes, {**tiers, "evaluateur": code})
    for nom, (signes, siens) in unes.items():
        (tmp_path / f"{nom}.json").write_bytes(encoder_passation(passation_de(livre(), signes, **siens)))
    chemin = ecrire_le(cpit.comparer(tmp_path, code="P01"), tmp_path / "c.xlsx")
    feuille = load_workbook(chemin, data_only=True)["Regards"]
    par_nom = {ligne[NOM]: ligne[3:8] for ligne in feuille.iter_rows(values_only=True) if ligne[SORTE] == "Échelle"}
    assert par_nom["C1"] == ("tu", 1, None, None, None)
    assert par_nom["C2"] == (3, 1, 2, 3, pytest.approx(8 / 3))


# --- recalculé par LibreOffice ----------------------------------------------------------------------------------------

BATIS = (1, 2, 3, 4, 5, 6)
AVEC_DES_TROUS = ("01234S.012341234SS...123", "4321SS..41234123401234SS")
"""Bien des réponses manquent d’un côté, ou sont sans objet."""
PLEINES = ("012340123401234012340123", "123412341234123412341234")
CHANGEES = ("4.2340123S01234012340123", "12.012341234123412341234")
"""Les mêmes, cinq réponses changées : un niveau, une case vidée de chaque côté, un « sans objet », un zéro."""


@pytest.fixture(scope="module")
def recalcules(tmp_path_factory: pytest.TempPathFactory, programme: Programme) -> dict[str, Workbook]:
    """Tous les classeurs, passés par LibreOffice d’un seul coup."""
    dossier = tmp_path_factory.mktemp("comparaisons")
    ecrits = {
        "exemple": ecrire(dossier / "exemple.xlsx", AVANT, APRES),
        "trous": ecrire(dossier / "trous.xlsx", *deux_moments(*AVEC_DES_TROUS)),
    }
    for graine in BATIS:
        ecrits[f"bati-{graine}"] = dossier / f"bati-{graine}.xlsx"
        cpit.ecrire(rapprochement_bati(graine), ecrits[f"bati-{graine}"], date=DATE)
    pleines = ecrire(dossier / "pleines.xlsx", *deux_moments(*PLEINES))
    ecrits["change"] = changer(pleines, dossier / "change.xlsx", _changements())
    par_chemin = recalculer(programme("soffice"), dossier, list(ecrits.values()))
    return {nom: par_chemin[chemin] for nom, chemin in ecrits.items()}


def _changements() -> dict[tuple[str, int], int | str | None]:
    """Par code d’item et rang de passation, ce que l’on tape à la place."""
    codes = [item.code for item in livre().ordre_de_passation()]
    tapes: dict[str, int | str | None] = {"S": "SO", ".": None}
    return {
        (code, rang): tapes.get(apres) if apres in tapes else int(apres)
        for rang in (0, 1)
        for code, avant, apres in zip(codes, PLEINES[rang], CHANGEES[rang], strict=True)
        if avant != apres
    }


def test_recalcule_l_exemple_et_les_reponses_manquantes_ont_les_nombres_de_python(
    recalcules: dict[str, Workbook],
) -> None:
    for nom, deux in {"exemple": (AVANT, APRES), "trous": deux_moments(*AVEC_DES_TROUS)}.items():
        (bloc,) = blocs(recalcules[nom]["Évolution"])
        verifier(bloc, cpit.comparer(*deux).comparaison)
        assert recalcules[nom]["Évolution"]["B2"].value == 0


@pytest.mark.parametrize("graine", BATIS)
def test_recalcule_tout_referentiel_a_les_nombres_de_python(graine: int, recalcules: dict[str, Workbook]) -> None:
    (bloc,) = blocs(recalcules[f"bati-{graine}"]["Évolution"])
    verifier(bloc, rapprochement_bati(graine).comparaison)


def test_recalcule_une_reponse_changee_deplace_les_differences(recalcules: dict[str, Workbook]) -> None:
    feuille = recalcules["change"]["Évolution"]
    (bloc,) = blocs(feuille)
    assert len(_changements()) == 5
    for cle, nombres in attendues(cpit.comparer(*deux_moments(*CHANGEES)).comparaison).items():
        for colonne, attendu in zip((DE, A, DIFFERENCE), nombres, strict=True):
            assert bloc[cle][colonne] == pytest.approx(attendu, abs=1e-9), cle
    assert feuille["B2"].value > 0
    assert "ont été changées" in str(feuille["C2"].value).replace("\u00a0", " ")

"""Le classeur de l’évolution d’un groupe : ses feuilles, ses formules recalculées par LibreOffice, ce qu’il tait."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest
from aide_classeur import recalculer, referentiel_bati
from aide_cohorte import cohorte_au_hasard, lecture_de
from aides import Programme, livre, passation_de
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

import cpit
from cpit.cli import executer
from cpit.coeur.cohorte import Releve, composer
from cpit.coeur.evolution import Evolution, SeriesAppariees

STRATES = (("t0", "soi"), ("t1", "soi"), ("t0", "tiers"))
SORTE, NOM, N, DE, A, DIFFERENCE, ECRITE, ECART, ECART_TYPE, BAS, HAUT, D_Z, BASSE, HAUTE, BOUGENT, MOTIF = (
    *(0, 1),
    *range(3, 16),
    18,
)
PREMIERE_REPONSE = 1
Ligne = tuple[Any, ...]


def etude_de(*lignes: tuple[str, str, str, str], regards: tuple[str, ...] = ("soi",)) -> Any:
    """Une étude bâtie de lignes : code (et son tiers, « R01/N1 »), moment, regard, réponses."""
    releves = []
    for code, moment, regard, reponses in lignes:
        identifiant, _, evaluateur = code.partition("/")
        champs = {"identifiant": identifiant, "evaluateur": evaluateur, "moment": moment, "regard": regard}
        releves.append(Releve(passation_de(livre(), reponses, **champs), "c.csv"))
    return cpit.evolution(lecture_de(composer(livre(), releves)), regards=regards)


def etude_batie(graine: int) -> Any:
    """Douze personnes, aux deux moments et sous deux regards, d’un référentiel quelconque, des réponses absentes."""
    cohorte = cohorte_au_hasard(referentiel_bati(graine), 36, STRATES, graine=graine, absentes=0.3)
    return cpit.evolution(lecture_de(cohorte), regards=("soi", "tiers"))


def huit(changee: str = "1" * 24) -> Any:
    """Huit personnes d’un moment à l’autre, inégalement ; la première répond comme on le dit à t0."""
    lignes = [(f"R{n:02}", "t0", "soi", changee if not n else "1234" * 6) for n in range(8)]
    lignes += [(f"R{n:02}", "t1", "soi", "".join(str(min(4, (n + k) % 5)) for k in range(24))) for n in range(8)]
    return etude_de(*lignes)


def des_tiers() -> Any:
    """Quatre personnes ; deux tiers de la première, l’un aux réponses absentes, et deux sans code de la deuxième."""
    lignes = [(code, "t0", "soi", "1230" * 6) for code in "ABCD"]
    lignes += [("A/N1", "t0", "tiers", "2" * 24), ("A/E1", "t0", "tiers", "S" * 12 + "4" * 12)]
    lignes += [("B", "t0", "tiers", "3" * 24), ("B", "t0", "tiers", "1" * 24)]
    lignes += [("C", "t0", "tiers", "0123" * 6), ("D", "t0", "tiers", "4321" * 6)]
    return cpit.evolution(
        etude_de(*lignes, regards=("soi", "tiers")).recueil, de="t0", a="t0", regards=("soi", "tiers")
    )


def feuille_de(evolution: Evolution) -> str:
    return "Regards" if evolution.entre_regards else "Évolution"


def blocs(feuille: Worksheet) -> list[dict[str, Ligne]]:
    """Les évolutions d’une feuille, l’une après l’autre : leurs lignes par identifiant."""
    trouves: list[dict[str, Ligne]] = []
    for ligne in feuille.iter_rows(min_row=4, max_col=MOTIF + 1, values_only=True):
        if ligne[SORTE] == "Sorte":
            trouves.append({})
        elif trouves and ligne[SORTE] in ("Compétence", "Ingénierie", "Groupe", "Position"):
            trouves[-1][str(ligne[NOM])] = tuple(None if case == "" else case for case in ligne)
    return trouves


def personnes(feuille: Worksheet, evolution: Evolution) -> list[Ligne]:
    """Les lignes des personnes de la première évolution d’une feuille « Personnes »."""
    lignes = list(feuille.iter_rows(min_row=1, max_col=2 + 3 * len(evolution.mouvements), values_only=True))
    debut = next(rang for rang, ligne in enumerate(lignes) if ligne[0] == "Code") + 1
    return [tuple(None if case == "" else case for case in une) for une in lignes[debut:][: evolution.appariees]]


def attendues(series: SeriesAppariees) -> Iterator[tuple[int, Any]]:
    yield N, series.n
    yield from (
        (DE, series.de),
        (A, series.a),
        (DIFFERENCE, series.difference.valeur),
        (ECRITE, series.difference.valeur),
    )
    yield from ((ECART, 0), (ECART_TYPE, series.ecart_type))
    yield from zip((BAS, HAUT), series.difference.bornes or (None, None), strict=True)
    for colonne, un in ((D_Z, series.d_z), (BASSE, series.limite_basse), (HAUTE, series.limite_haute)):
        yield colonne, None if un is None else un.valeur


def verifier(classeur: Workbook, etude: Any) -> None:
    """Tous les nombres du classeur sont ceux de Python, groupe et personnes ; l’écart est partout nul."""
    trouves = {nom: iter(blocs(classeur[nom])) for nom in {feuille_de(une) for une in etude.evolutions}}
    for evolution in etude.evolutions:
        bloc = next(trouves[feuille_de(evolution)])
        assert bloc.keys() == evolution.mouvements.keys()
        for cle, mouvement in evolution.mouvements.items():
            assert (mouvement.series is None) == bool(bloc[cle][MOTIF])
            for colonne, valeur in attendues(mouvement.series) if mouvement.series else ():
                assert bloc[cle][colonne] == proche(valeur), (cle, colonne)
    premiere = etude.evolutions[0]
    lues = personnes(classeur["Personnes"], premiere)
    assert [ligne[0] for ligne in lues] == [une.identifiant for une in premiere.personnes]
    mesures = list(premiere.mouvements)
    for ligne, personne in zip(lues, premiere.personnes, strict=True):
        for rang, cle in enumerate(mesures):
            ecart = personne.ecarts.get(cle)
            voulu = (None,) * 3 if ecart is None else (ecart.de, ecart.a, ecart.difference)
            assert ligne[2 + rang :: len(mesures)][:3] == pytest.approx(voulu, abs=1e-9), (personne.identifiant, cle)


def proche(valeur: Any) -> Any:
    """Aux décimales près que la loi de Student d’un tableur partage avec celle de cpit."""
    return None if valeur is None else pytest.approx(valeur, rel=1e-7, abs=1e-9)


def ecrire(etude: Any, chemin: Path) -> Path:
    cpit.ecrire(etude, chemin)
    return chemin


# --- ce qu’il y a dans le classeur ------------------------------------------------------------------------------------


@pytest.mark.endurance
def test_les_feuilles_vont_des_reponses_aux_moyennes(tmp_path: Path) -> None:
    etude = etude_batie(3)
    classeur = load_workbook(ecrire(etude, tmp_path / "e.xlsx"), data_only=True)
    suite = ["Personnes", "Réponses", "Poids des items", "Référentiel", "Anomalies", "À propos"]
    assert classeur.sheetnames == ["Évolution", "Regards", *suite]
    verifier(classeur, etude)
    formules = load_workbook(tmp_path / "e.xlsx")
    for nom in ("Évolution", "Regards"):
        for ligne in blocs(formules[nom])[0].values():
            assert all(str(ligne[colonne]).startswith("=") for colonne in (N, DIFFERENCE, ECART) if ligne[N])
    seule = load_workbook(ecrire(huit(), tmp_path / "s.xlsx"))
    assert seule.sheetnames == ["Évolution", *suite]
    # Coupée en largeur sur papier, « Réponses » redit à chaque page de qui, de quand et de quel regard est une ligne.
    assert seule["Réponses"].print_title_cols == "$A:$D"


def test_les_reponses_se_lisent_d_un_trait(tmp_path: Path) -> None:
    """Une ligne d’en-tête, des noms différents, rien de fusionné ; la consigne est en bulle et dans « À propos »."""
    trame = pandas.read_excel(ecrire(huit(), tmp_path / "e.xlsx"), sheet_name="Réponses")
    classeur = load_workbook(tmp_path / "e.xlsx")
    feuille, codes = classeur["Réponses"], [item.code for item in livre().ordre_de_passation()]
    contexte = ["Code", "Moment", "Regard", "Tiers", "Rôle", "Date"]
    assert list(trame.columns) == [*contexte, *codes, *(f"Retenue\u202f: {code}" for code in codes)]
    assert len(trame) == 16
    assert not feuille.merged_cells.ranges
    assert {trame[code].dtype.kind for code in codes} <= {"i", "f"}
    bulles = {str(une.sqref): str(une.prompt) for une in feuille.data_validations.dataValidation}
    assert "Changez une réponse" in bulles["A1"]
    assert any("ne vaut zéro" in str(case.value) for (_, case, *_) in classeur["À propos"].iter_rows(max_col=3))


@pytest.mark.endurance
def test_sur_chaque_page_une_colonne_de_personnes_dit_de_quel_cote_elle_est(tmp_path: Path) -> None:
    """La feuille s’imprime sur plusieurs pages : un libellé étendu, ou un texte plus large que ce qui s’y redit, y
    serait coupé ; un mot d’en-tête plus large que sa colonne, en deux.
    """
    feuille = load_workbook(cpit.ecrire(huit(), tmp_path / "e.xlsx"))["Personnes"]
    assert feuille.print_title_cols == "$A:$B"
    assert all(plage.max_col <= 2 for plage in feuille.merged_cells.ranges)
    entete = next(cellule.row for cellule in feuille["A"] if cellule.value == "Code")
    cotes = [cellule.value for cellule in feuille[entete - 1][2:]]
    mesures = [cellule.value for cellule in feuille[entete][2:]]
    tiers = len(mesures) // 3
    assert cotes == ["T0"] * tiers + ["T1"] * tiers + ["Différence"] * tiers
    assert max(len(mot) for nom in mesures for mot in nom.split()) <= feuille.column_dimensions["C"].width


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("graine", [1, 4])
def test_les_valeurs_ecrites_sont_celles_de_python_pour_tout_referentiel(graine: int, tmp_path: Path) -> None:
    etude = etude_batie(graine)
    verifier(load_workbook(ecrire(etude, tmp_path / "e.xlsx"), data_only=True), etude)


def test_une_passation_n_a_qu_une_ligne_et_plusieurs_tiers_font_une_personne(tmp_path: Path) -> None:
    etude = des_tiers()
    classeur = load_workbook(ecrire(etude, tmp_path / "e.xlsx"), data_only=True)
    verifier(classeur, etude)
    codes = [ligne[0] for ligne in classeur["Réponses"].iter_rows(min_row=2, values_only=True)]
    assert codes == ["A"] * 3 + ["B"] * 3 + ["C"] * 2 + ["D"] * 2
    assert [ligne[1] for ligne in personnes(classeur["Personnes"], etude.evolutions[0])][:2] == [
        "moyenne de 2 comparaisons"
    ] * 2


def test_sous_trois_personnes_aucune_moyenne_ne_s_ecrit(tmp_path: Path) -> None:
    lignes = [(code, moment, "soi", signe * 24) for code in "AB" for moment, signe in (("t0", "1"), ("t1", "2"))]
    classeur = load_workbook(ecrire(etude_de(*lignes), tmp_path / "e.xlsx"))
    feuille = classeur["Évolution"]
    assert not blocs(feuille)
    dites = " ".join(str(ligne[0]) for ligne in feuille.iter_rows(values_only=True)).replace("\u00a0", " ")
    assert "Il en faut 3 pour montrer un nombre" in dites
    assert not [case for ligne in feuille.iter_rows() for case in ligne if case.data_type == "f"]


def test_une_echelle_que_trop_peu_portent_est_tue_sans_formule(tmp_path: Path) -> None:
    lignes = [(code, moment, "soi", "1234" * 6) for code in "ABCD" for moment in ("t0", "t1")]
    muettes = "".join("S" if item.competence == "C1" else "2" for item in livre().items)
    lignes = [(code, moment, regard, muettes if code in "AB" else signes) for code, moment, regard, signes in lignes]
    etude = etude_de(*lignes)
    assert etude.evolutions[0].mouvements["C1"].motif == "petit-groupe"
    (bloc,) = blocs(load_workbook(ecrire(etude, tmp_path / "e.xlsx"))["Évolution"])
    assert bloc["C1"][DIFFERENCE] == "tu"
    assert not any(str(case).startswith("=") for case in bloc["C1"])
    assert "trop peu de personnes" in bloc["C1"][MOTIF]
    assert str(bloc["C2"][DIFFERENCE]).startswith("=")


# --- il est à cpit ----------------------------------------------------------------------------------------------------


@pytest.mark.endurance
def test_la_commande_l_ecrit_le_remplace_et_ne_le_prend_pas_pour_une_source(tmp_path: Path) -> None:
    source, cible = tmp_path / "groupe.csv", tmp_path / "e.xlsx"
    codes = [item.code for item in livre().items]
    entete = ";".join(["identifiant", "moment", "regard", *codes])
    lignes = [
        ";".join([f"G{n}", moment, "soi", *(str((n + k) % 5) for k in range(24))])
        for n, moment in itertools.product(range(5), ("t0", "t1"))
    ]
    source.write_text("\n".join([entete, *lignes, ""]), encoding="utf-8")
    for _ in range(2):
        assert executer(["evolution", str(source), "--sortie", str(cible)]) == 0
    recueil = cpit.lire(tmp_path)
    assert len(recueil.cohorte.notees) == 10
    assert "classeur-ignore" in {une.code for une in recueil.anomalies}
    pris = tmp_path / "pris.xlsx"
    pris.write_bytes(b"a moi")
    assert executer(["evolution", str(source), "--sortie", str(pris)]) == 1
    assert pris.read_bytes() == b"a moi"
    assert "e.xlsx" in {une.chemin.name for une in cpit.inventorier("G3", tmp_path).mentions}


# --- recalculé par LibreOffice ----------------------------------------------------------------------------------------

BATIES = (1, 2, 3, 5)
CHANGEE = "S1" + "4" * 22


def _ordre(signes: str) -> dict[str, str]:
    """Une réponse par code d’item, dans l’ordre du référentiel."""
    return dict(zip([item.code for item in livre().items], signes, strict=True))


@pytest.fixture(scope="module")
def recalcules(tmp_path_factory: pytest.TempPathFactory, programme: Programme) -> dict[str, Workbook]:
    """Tous les classeurs, passés par LibreOffice d’un seul coup."""
    dossier = tmp_path_factory.mktemp("evolutions")
    ecrits = {"tiers": ecrire(des_tiers(), dossier / "tiers.xlsx")}
    for graine in BATIES:
        ecrits[f"batie-{graine}"] = ecrire(etude_batie(graine), dossier / f"batie-{graine}.xlsx")
    classeur = load_workbook(ecrire(huit(), dossier / "huit.xlsx"))
    feuille = classeur["Réponses"]
    entetes = [case.value for case in feuille[PREMIERE_REPONSE]]
    for code, signe in _ordre(CHANGEE).items():
        feuille.cell(PREMIERE_REPONSE + 1, entetes.index(code) + 1).value = "SO" if signe == "S" else int(signe)
    classeur.save(dossier / "change.xlsx")
    ecrits["change"] = dossier / "change.xlsx"
    par_chemin = recalculer(programme("soffice"), dossier, list(ecrits.values()))
    return {nom: par_chemin[chemin] for nom, chemin in ecrits.items()}


@pytest.mark.temoin
@pytest.mark.parametrize("graine", BATIES)
def test_recalcule_tout_referentiel_a_les_nombres_de_python(graine: int, recalcules: dict[str, Workbook]) -> None:
    classeur = recalcules[f"batie-{graine}"]
    verifier(classeur, etude_batie(graine))
    assert [classeur[nom]["B2"].value for nom in ("Évolution", "Regards")] == [0, 0]


@pytest.mark.temoin
def test_recalcule_plusieurs_tiers_font_la_moyenne_de_python(recalcules: dict[str, Workbook]) -> None:
    verifier(recalcules["tiers"], des_tiers())


@pytest.mark.temoin
def test_recalcule_une_reponse_changee_deplace_les_moyennes(recalcules: dict[str, Workbook]) -> None:
    feuille = recalcules["change"]["Évolution"]
    (bloc,) = blocs(feuille)
    ecarts = 0
    for cle, mouvement in huit(CHANGEE).evolutions[0].mouvements.items():
        assert mouvement.series is not None
        for colonne, valeur in attendues(mouvement.series):
            if colonne not in (ECRITE, ECART):
                assert bloc[cle][colonne] == proche(valeur), (cle, colonne)
        ecarts += bool(bloc[cle][ECART])
    assert feuille["B2"].value == ecarts > 0
    assert "changées depuis" in str(feuille["C2"].value)

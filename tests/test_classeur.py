"""Le classeur d’une personne : relu par openpyxl, recalculé par LibreOffice."""

from __future__ import annotations

import os
import re
import stat
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aide_classeur import (
    COLONNE_VALEUR,
    COUPE,
    DATE,
    HOSTILES,
    LIGNE_REPONSES,
    LIMITE,
    changer,
    comparaisons,
    recalculer,
    referentiel_bati,
    repondre,
    repondre_partout,
)
from aides import Programme, passation_de
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell

import cpit
from cpit import __version__
from cpit.api.personne import ecrire_restitution
from cpit.coeur import referentiel as m
from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.passation import Passation, repondu, sans_objet, sans_reponse

FEUILLES = ["Synthèse", "Réponses", "Calcul", "Référentiel", "À propos"]


@pytest.fixture(scope="module")
def livre() -> m.Referentiel:
    return cpit.referentiel()


@pytest.fixture(scope="module")
def minimal() -> m.Referentiel:
    return cpit.referentiel("minimal")


@pytest.fixture(scope="module")
def restitution(livre: m.Referentiel) -> Restitution:
    champs = {"identifiant": "AMR-07", "profil": {"structure": "epci"}, "terminee": "2026-11-20T09:40:00"}
    return repondre(livre, 4, **champs)


@pytest.fixture(scope="module")
def fichier(tmp_path_factory: pytest.TempPathFactory, restitution: Restitution) -> Path:
    """Le classeur de cette restitution, seul dans son dossier."""
    chemin = tmp_path_factory.mktemp("restitution") / "c.xlsx"
    ecrire_restitution(chemin, restitution, date=DATE)
    return chemin


@pytest.fixture(scope="module")
def classeur(fichier: Path) -> Workbook:
    """Le même, ouvert, pour ceux qui ne font que le lire."""
    return load_workbook(fichier)


@pytest.fixture(scope="module")
def formules_saines(tmp_path_factory: pytest.TempPathFactory, minimal: m.Referentiel) -> int:
    """Combien de formules a le classeur d’une passation vierge du référentiel minimal."""
    vierge = cpit.restituer(minimal, Passation.nouvelle(minimal))
    sain = ouvrir(tmp_path_factory.mktemp("sain") / "s.xlsx", vierge)
    return len([c for c in cellules(sain) if c.data_type == "f"])


def ouvrir(chemin: Path, restitution: Restitution, **options: Any) -> Workbook:
    ecrire_restitution(chemin, restitution, date=DATE)
    return load_workbook(chemin, **options)


def cellules(classeur: Workbook) -> Iterator[Cell]:
    for feuille in classeur:
        for ligne in feuille.iter_rows():
            yield from (cellule for cellule in ligne if cellule.value is not None)


# --- Ce qu’il y a dans le classeur -----------------------------------------------------------------------------------


def test_cinq_feuilles_dans_l_ordre(classeur: Workbook) -> None:
    assert classeur.sheetnames == FEUILLES


def test_la_synthese_porte_un_radar_et_une_carte_natifs(fichier: Path) -> None:
    with zipfile.ZipFile(fichier) as archive:
        radar, carte = (archive.read(f"xl/charts/chart{rang}.xml").decode() for rang in (1, 2))
    assert "<c:radarChart>" in radar
    assert "<c:scatterChart>" in carte
    for mot in ("Ingénierie publique", "Management de projets", "Catalyse territoriale", "Vous"):
        assert f"<c:v>{mot}</c:v>" in carte
    for bout in ("Action individuelle", "Action collective", "Temps court", "Temps long"):
        assert bout in carte
    assert 'c:lang val="fr-FR"' in radar
    assert "C3 Lire les points d’appui" in radar


@pytest.mark.parametrize("valeurs", [(2, 2, 2), (2, 3, 2, 3, 3), (0, 4, 1)])
@pytest.mark.endurance
def test_tout_pres_du_centre_une_carte_de_plus_montre_la_vue_que_choisit_la_figure(
    tmp_path: Path, livre: m.Referentiel, valeurs: tuple[int, ...]
) -> None:
    """Les mêmes bornes, dites et tracées ; la carte entière en porte le cadre, et sans vue rien de tout cela."""
    passation = Passation.nouvelle(livre)
    for rang, item in enumerate(livre.items):
        passation = passation.avec_reponse(item.code, repondu(valeurs[rang % len(valeurs)]))
    restitution = cpit.restituer(livre, passation)
    cpit.ecrire(restitution, tmp_path / "c.xlsx")
    with zipfile.ZipFile(tmp_path / "c.xlsx") as archive:
        entiere = archive.read("xl/charts/chart2.xml").decode()
        proches = [archive.read(nom).decode() for nom in archive.namelist() if nom.endswith("chart3.xml")]
    textes = " ".join(str(c.value) for c in cellules(load_workbook(tmp_path / "c.xlsx")) if c.data_type == "s")
    dite = re.search(r"([\d,]+) en hauteur", cpit.figure("carte", restitution).description)
    assert bool(proches) == bool(dite) == ("La carte, vue agrandie" in textes) == ("Grand carré" in textes)
    assert entiere.count("<c:ser>") == 2 + len(proches) + 1 + len(livre.ingenieries) + len(livre.competences) + 1
    for proche in proches:
        assert dite is not None
        assert proche.count(f'<c:max val="{float(dite[1].replace(",", "."))!r}"/>') == 2
        assert "<c:v>vers Catalyse territoriale</c:v>" in proche
        assert f"{dite[1]} en hauteur" in textes


def test_un_referentiel_de_deux_competences_a_des_barres(tmp_path: Path) -> None:
    ecrire_restitution(tmp_path / "c.xlsx", repondre(cpit.referentiel("minimal"), 1), date=DATE)
    with zipfile.ZipFile(tmp_path / "c.xlsx") as archive:
        assert b"<c:barChart>" in archive.read("xl/charts/chart1.xml")


def test_un_score_absent_est_une_cellule_vide_et_un_motif(tmp_path: Path, livre: m.Referentiel) -> None:
    absente = repondre_partout(livre, sans_objet())
    feuille = ouvrir(tmp_path / "c.xlsx", absente, data_only=True)["Synthèse"]
    lignes = {ligne[0]: ligne for ligne in feuille.iter_rows(values_only=True) if ligne[0]}
    for competence in livre.competences:
        assert lignes[competence.identifiant][2:] == (None, "aucune réponse", 0, 3)
    with zipfile.ZipFile(tmp_path / "c.xlsx") as archive:
        radar, carte = (archive.read(f"xl/charts/chart{rang}.xml").decode() for rang in (1, 2))
    assert "<c:v>0</c:v>" not in radar
    assert carte.count('<c:ptCount val="1"/></c:numCache>') == len(livre.competences) + 1


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    ("signes", "trace", "dit"),
    [
        ("343434343434343434343434", True, "de la position. "),
        ("002010000000000100", False, "plus large que la carte, non tracée"),
        ("000100012004111004......", True, "elle continue hors de la carte"),
    ],
)
def test_la_region_suit_le_bord_de_la_carte_ou_se_dit(
    tmp_path: Path, livre: m.Referentiel, signes: str, trace: bool, dit: str
) -> None:
    """Coupée, elle est refermée par le cadre : chaque point est sur le bord de l’ellipse, ou sur celui de la carte."""
    restitution = cpit.restituer(livre, passation_de(livre, signes))
    lu = ouvrir(tmp_path / "c.xlsx", restitution, data_only=True)
    region = restitution.incertitude.region
    assert region
    points = [
        m.Position(*(ligne[rang + 1].value, ligne[rang + 2].value))
        for ligne in lu["Calcul"].iter_rows()
        for rang, cellule in enumerate(ligne)
        if cellule.value == "Région à 95 %"
    ]
    assert bool(points) is trace
    ronde = replace(region, rayon2=region.rayon2 * (1 + 1e-6))
    assert all(ronde.contient(p) and max(abs(p.x), abs(p.y)) <= 1.5 + 1e-9 for p in points)
    creuse = replace(region, rayon2=region.rayon2 * (1 - 1e-6))
    for p in points:
        assert not creuse.contient(p) or max(abs(p.x), abs(p.y)) == pytest.approx(1.5)
    coins = [m.Position(x, y) for x in (-1.5, 1.5) for y in (-1.5, 1.5)]
    for coin in filter(region.contient, coins if trace else []):
        assert any(p.x == pytest.approx(coin.x) and p.y == pytest.approx(coin.y) for p in points)
    assert any(dit in str(c.value).replace("\u202f", " ").replace("\u00a0", " ") for c in cellules(lu))


def test_la_synthese_dit_qui_quand_et_la_lecture(classeur: Workbook, restitution: Restitution) -> None:
    feuille = classeur["Synthèse"]
    valeurs = [cellule.value for ligne in feuille.iter_rows() for cellule in ligne]
    for attendu in ("AMR-07", "Intercommunalité (EPCI)", "soi-même", datetime(2026, 11, 20), datetime(2026, 11, 22)):
        assert attendu in valeurs
    lecture = restitution.interpretation
    textes = "\n".join(str(valeur) for valeur in valeurs)
    for phrase in (*lecture.position, *lecture.non_calcule, *lecture.portee):
        assert phrase in textes
    for relief in (*lecture.appuis, *lecture.fragiles):
        assert relief.constat in textes
    for relief in lecture.fragiles:
        assert relief.pas in textes


def test_ni_total_ni_rang_ni_note(classeur: Workbook) -> None:
    for feuille in ("Synthèse", "Réponses", "Calcul"):
        for ligne in classeur[feuille].iter_rows(values_only=True):
            assert not [v for v in ligne if isinstance(v, str) and v.lower() in {"total", "rang", "note globale"}]


def test_les_cellules_sont_typees(classeur: Workbook, restitution: Restitution) -> None:
    reponses = classeur["Réponses"]
    for rang, item in enumerate(restitution.referentiel.ordre_de_passation(), start=LIGNE_REPONSES):
        reponse = restitution.passation.reponse(item.code)
        valeur = reponses.cell(rang, COLONNE_VALEUR).value
        assert reponses.cell(rang, 1).value == item.code
        assert reponses.cell(rang, 2).value == item.enonce
        assert valeur == (reponse.valeur if reponse.valeur is not None else valeur)
        assert valeur in {None, "SO"} or isinstance(valeur, int)
    assert reponses.freeze_panes == "B5"
    assert reponses.auto_filter.ref.startswith("A4:")
    assert len(reponses.data_validations.dataValidation) == 1


def test_mise_en_page_a4_paginee_et_titres_repetes(classeur: Workbook) -> None:
    for feuille in classeur:
        assert feuille.page_setup.paperSize == 9
        # Une feuille qui a ses propres sauts de page se réduit : ajustée, elle les oublierait.
        if feuille.row_breaks.brk:
            assert 50 <= feuille.page_setup.scale < 100
            assert feuille.page_setup.fitToHeight is None
        else:
            assert (feuille.page_setup.fitToWidth, feuille.page_setup.fitToHeight) in {(1, 0), (None, 0)}
        assert "&P / &N" in feuille.oddFooter.right.text.replace("Page ", "") or "&N" in str(feuille.oddFooter.right)
        assert feuille.print_area
        assert feuille.freeze_panes
        if feuille.title != "Synthèse":
            assert feuille.print_title_rows


def test_les_proprietes_disent_le_titre_jamais_la_personne(fichier: Path, classeur: Workbook) -> None:
    proprietes = classeur.properties
    assert proprietes.title.startswith("Auto-évaluation réflexive")
    assert proprietes.created == datetime(2026, 11, 22)
    assert proprietes.language == "fr-FR"
    with zipfile.ZipFile(fichier) as archive:
        for nom in archive.namelist():
            if nom.startswith("docProps"):
                assert b"AMR-07" not in archive.read(nom)


def test_a_propos_donne_versions_empreinte_et_regles(classeur: Workbook, restitution: Restitution) -> None:
    feuille = classeur["À propos"]
    textes = [str(cellule.value) for ligne in feuille.iter_rows() for cellule in ligne]
    assert f"cpit {__version__}" in textes
    assert restitution.referentiel.empreinte in textes
    assert "etalab-2.0" in textes
    assert [t for t in textes if t[:2] in {"1.", "2.", "3.", "4.", "5."}] == [
        "1. Score",
        "2. Part d’une ingénierie",
        "3. Position",
        "4. Dominante",
        "5. Case",
    ]


def test_le_referentiel_est_tout_entier_dans_le_classeur(classeur: Workbook, restitution: Restitution) -> None:
    feuille = classeur["Référentiel"]
    textes = "\n".join(str(c.value) for ligne in feuille.iter_rows() for c in ligne if c.value is not None)
    referentiel = restitution.referentiel
    for objet in (*referentiel.items, *referentiel.competences, *referentiel.ingenieries, *referentiel.sensibilite):
        assert objet.hypothese is None or objet.hypothese in textes
    for niveau in referentiel.echelle.niveaux:
        assert niveau.libelle in textes
    for competence in referentiel.competences:
        assert competence.definition in textes
        assert all(lecture.constat in textes and lecture.pas in textes for lecture in competence.lectures)
    for source in referentiel.sources:
        assert source.titre in textes


def test_les_valeurs_en_cache_sont_celles_de_cpit(fichier: Path, restitution: Restitution) -> None:
    lignes = comparaisons(load_workbook(fichier, data_only=True))
    resultat = restitution.resultat
    for identifiant, echelle in restitution.referentiel.echelles.items():
        sorte = {"competence": "Compétence", "ingenierie": "Ingénierie", "groupe": "Groupe"}[echelle.nature]
        refait, ecrit, ecart = lignes[(sorte, identifiant, echelle.libelle)]
        valeur = resultat.score(identifiant).valeur
        assert refait == valeur
        assert ecrit == pytest.approx(valeur, abs=1e-14)
        assert ecart == 0
    point = resultat.situation.position
    assert point is not None
    assert lignes[("Personne", None, "Ensemble des réponses : x")][:2] == pytest.approx((point.x, point.x))


# --- Rien n’y devient une formule ------------------------------------------------------------------------------------


@pytest.mark.echantillon(9)
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("texte", HOSTILES)
def test_un_texte_hostile_reste_un_texte(
    tmp_path: Path, minimal: m.Referentiel, formules_saines: int, texte: str
) -> None:
    passation = Passation.nouvelle(minimal, identifiant=texte, profil={"structure": texte, texte: texte}, moment=texte)
    passation = passation.avec_reponse("A1", repondu(2, texte)).avec_reponse("A2", sans_objet(texte))
    hostile = replace(
        minimal,
        titre=texte,
        statut=texte,
        echelle=replace(minimal.echelle, niveaux=(m.Niveau(0, texte, texte), *minimal.echelle.niveaux[1:])),
        axes=m.Axes(replace(minimal.axes.x, debut=texte, libelle=texte), minimal.axes.y),
        ingenieries=tuple(replace(i, libelle=texte, hypothese=texte) for i in minimal.ingenieries),
        competences=tuple(replace(c, libelle=texte, definition=texte) for c in minimal.competences),
        items=tuple(replace(i, enonce=texte) for i in minimal.items),
    )
    classeur = ouvrir(tmp_path / "c.xlsx", cpit.restituer(hostile, passation))
    trace = [c for c in cellules(classeur) if c.value == HOSTILES[texte]]
    assert len(trace) > len(minimal.items)
    assert {c.data_type for c in trace} == {"s"}
    formules = {(c.parent.title, c.coordinate) for c in cellules(classeur) if c.data_type == "f"}
    assert len(formules) == formules_saines
    assert not [c for c in cellules(classeur) if c.hyperlink]


@pytest.mark.endurance
def test_un_texte_trop_long_est_coupe_et_le_dit(tmp_path: Path, livre: m.Referentiel) -> None:
    for texte in ("a" * 40_000, "🧑" * 20_000):
        passation = Passation.nouvelle(livre).avec_reponse("C1P", repondu(2, texte))
        feuille = ouvrir(tmp_path / "c.xlsx", cpit.restituer(livre, passation))["Réponses"]
        trace = feuille.cell(LIGNE_REPONSES, 11).value
        assert trace.endswith(COUPE)
        assert len(trace.encode("utf-16-le")) // 2 <= LIMITE
    juste = Passation.nouvelle(livre).avec_reponse("C1P", repondu(2, "b" * LIMITE))
    feuille = ouvrir(tmp_path / "c.xlsx", cpit.restituer(livre, juste))["Réponses"]
    assert feuille.cell(LIGNE_REPONSES, 11).value == "b" * LIMITE


# --- Le fichier ------------------------------------------------------------------------------------------------------


@pytest.mark.endurance
def test_les_memes_entrees_font_les_memes_octets(tmp_path: Path, fichier: Path, restitution: Restitution) -> None:
    for date, pareil in ((DATE, True), ("2026-11-23", False)):
        ecrire_restitution(tmp_path / f"{date}.xlsx", restitution, date=date)
        assert ((tmp_path / f"{date}.xlsx").read_bytes() == fichier.read_bytes()) is pareil


def test_une_date_fausse_est_refusee(tmp_path: Path, restitution: Restitution) -> None:
    with pytest.raises(ValueError, match="isoformat"):
        ecrire_restitution(tmp_path / "c.xlsx", restitution, date="hier")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="les droits POSIX n’existent pas sous Windows")
def test_le_fichier_n_est_lisible_que_de_son_proprietaire(fichier: Path) -> None:
    assert stat.S_IMODE(fichier.stat().st_mode) == 0o600


def test_un_echec_laisse_l_ancien_fichier_et_aucun_reste(
    tmp_path: Path, restitution: Restitution, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c.xlsx").write_text("ancien")

    def disque_plein(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disque_plein)
    with pytest.raises(cpit.ErreurCpit, match="le disque est plein"):
        cpit.ecrire(restitution, tmp_path / "c.xlsx", remplacer=True)
    assert [chemin.name for chemin in tmp_path.iterdir()] == ["c.xlsx"]
    assert (tmp_path / "c.xlsx").read_text() == "ancien"


def test_un_dossier_absent_est_refuse(tmp_path: Path, restitution: Restitution) -> None:
    with pytest.raises(cpit.ErreurCpit, match="le dossier n’existe pas"):
        ecrire_restitution(tmp_path / "absent" / "c.xlsx", restitution, date=DATE)


def test_des_etiquettes_voisines_ne_vont_pas_du_meme_cote(tmp_path: Path, livre: m.Referentiel) -> None:
    """C1, C2 et C3 sont presque au même point : chacune écrit son nom d’un autre côté, à droite sauf mention."""
    voisines = passation_de(livre, "412422423" + "S" * 15)
    ecrire_restitution(tmp_path / "c.xlsx", cpit.restituer(livre, voisines), date=DATE)
    with zipfile.ZipFile(tmp_path / "c.xlsx") as archive:
        series = re.findall("<c:ser>.*?</c:ser>", archive.read("xl/charts/chart2.xml").decode(), re.DOTALL)
    cotes = {nom: serie for serie in series for nom in ("C1", "C2", "C3") if f"<c:v>{nom}</c:v>" in serie}
    ecrits = [re.search('dLblPos val="(.)"', serie) for serie in cotes.values()]
    assert len({"r" if cote is None else cote[1] for cote in ecrits}) == 3


# --- Le recalcul par un vrai tableur ---------------------------------------------------------------------------------

BATIS = 8
"""Référentiels bâtis au hasard ; 100 autres graines ont été essayées à la main."""
LOINTAIN = {"C1P": 4, "C1M": "SO", "C2C": None, "C8P": 0}


@pytest.fixture(scope="module")
def cas(livre: m.Referentiel) -> dict[str, Restitution]:
    minimal = cpit.referentiel("minimal")
    bas = livre.echelle.min
    return {
        "complet": repondre(livre, 1, part=1.0, identifiant="complet"),
        "incomplet": repondre(livre, 2, part=0.55),
        "tout-so": repondre_partout(livre, sans_objet()),
        "rien": repondre_partout(livre, sans_reponse()),
        "vierge": cpit.restituer(livre, Passation.nouvelle(livre)),
        "tout-a-zero": repondre_partout(livre, repondu(bas)),
        "tout-egal": repondre_partout(livre, repondu(2), regard="tiers"),
        "minimal": repondre(minimal, 3),
        **{f"au-plus-bas-{graine}": au_plus_bas(referentiel_bati(graine)) for graine in (60, 61, 62)},
        "seuil-d-equilibre": juste_au_seuil(),
        **{f"bati-{graine}": repondre(referentiel_bati(graine), graine, part=0.75) for graine in range(BATIS)},
    }


@pytest.fixture(scope="module")
def ecrits(tmp_path_factory: pytest.TempPathFactory, cas: dict[str, Restitution]) -> dict[str, Path]:
    dossier = tmp_path_factory.mktemp("ecrits")
    chemins = {nom: dossier / f"{nom}.xlsx" for nom in cas}
    for nom, chemin in chemins.items():
        ecrire_restitution(chemin, cas[nom], date=DATE)
    changes = {"complet": LOINTAIN, **{f"bati-{graine}": changement(cas[f"bati-{graine}"]) for graine in range(BATIS)}}
    for nom, valeurs in changes.items():
        chemins[f"{nom}-change"] = dossier / f"{nom}-change.xlsx"
        changer(chemins[nom], chemins[f"{nom}-change"], valeurs)
    return chemins


@pytest.fixture(scope="module")
def recalcules(
    tmp_path_factory: pytest.TempPathFactory, ecrits: dict[str, Path], programme: Programme
) -> dict[str, Workbook]:
    """Tous les classeurs, passés par LibreOffice d’un seul coup."""
    par_chemin = recalculer(programme("soffice"), tmp_path_factory.mktemp("libreoffice"), list(ecrits.values()))
    return {nom: par_chemin[chemin] for nom, chemin in ecrits.items()}


def au_plus_bas(referentiel: m.Referentiel) -> Restitution:
    """Aucune part, donc aucune position, même quand les poids décimaux arrondissent mal."""
    bas, haut = referentiel.echelle.min, referentiel.echelle.max
    passation = Passation.nouvelle(referentiel)
    for item in referentiel.items:
        passation = passation.avec_reponse(item.code, repondu(haut if item.inverse else bas))
    restitution = cpit.restituer(referentiel, passation)
    assert restitution.resultat.situation.motif in {"parts-nulles", "score-absent"}
    return restitution


def juste_au_seuil() -> Restitution:
    """Deux pôles en (-1, 0) et (1, 0), parts de 17/40 et 23/40 : à 0,15 du centre tout juste, donc pas l’équilibre."""
    bati = referentiel_bati(0)
    poles = [m.Ingenierie(k, k, "Sert au test", m.Position(x, 0.0)) for k, x in (("g1", -1.0), ("d1", 1.0))]
    referentiel = replace(
        bati,
        echelle=m.Echelle("Combien ?", tuple(m.Niveau(v, str(v)) for v in range(41))),
        ingenieries=tuple(poles),
        competences=(m.Competence("C", "Savoir", "Définition"),),
        items=(m.Item("A", "C", "g1", "Un"), m.Item("B", "C", "d1", "Deux")),
        regroupements=(),
        sensibilite=(),
    )
    passation = Passation.nouvelle(referentiel).avec_reponse("A", repondu(17)).avec_reponse("B", repondu(23))
    restitution = cpit.restituer(referentiel, passation)
    assert restitution.resultat.situation.dominante == ("d1",)
    return restitution


def changement(restitution: Restitution) -> dict[str, int | str | None]:
    """Un item sur trois change : au plus haut, sans objet, effacé, à tour de rôle."""
    tour = (restitution.referentiel.echelle.max, "SO", None)
    items = restitution.referentiel.items[::3]
    return {item.code: tour[rang % 3] for rang, item in enumerate(items)}


def apres_changement(restitution: Restitution, valeurs: dict[str, int | str | None]) -> Restitution:
    passation = restitution.passation
    for code, valeur in valeurs.items():
        reponse = repondu(valeur) if isinstance(valeur, int) else sans_objet() if valeur else sans_reponse()
        passation = passation.avec_reponse(code, reponse)
    return cpit.restituer(restitution.referentiel, passation)


def test_recalcules_tous_les_scores_valent_ceux_de_cpit(
    cas: dict[str, Restitution], recalcules: dict[str, Workbook]
) -> None:
    for nom, restitution in cas.items():
        classeur = recalcules[nom]
        lignes = comparaisons(classeur)
        attendues = len(restitution.referentiel.echelles)
        cases = len(restitution.referentiel.competences) * len(restitution.referentiel.ingenieries)
        assert len(lignes) > attendues + cases, nom
        for cle, (refait, ecrit, ecart) in lignes.items():
            assert ecart == 0, (nom, cle)
            assert (refait is None) == (ecrit is None), (nom, cle)
            assert refait == pytest.approx(ecrit, abs=1e-9), (nom, cle)
        assert classeur["Calcul"]["B2"].value == 0, nom


def test_les_constantes_de_calcul_viennent_du_moteur(
    cas: dict[str, Restitution], recalcules: dict[str, Workbook]
) -> None:
    for nom, restitution in cas.items():
        resultat = cpit.noter(restitution.referentiel, restitution.passation.valeurs())
        ecrites = {(cle[0], cle[1]): ecrit for cle, (_, ecrit, _) in comparaisons(recalcules[nom]).items()}
        for competence, cases in resultat.matrice.items():
            for ingenierie, case in cases.items():
                assert ecrites[(competence, ingenierie)] == pytest.approx(case.valeur), nom
        for identifiant, echelle in restitution.referentiel.echelles.items():
            sorte = {"competence": "Compétence", "ingenierie": "Ingénierie", "groupe": "Groupe"}[echelle.nature]
            assert resultat.score(identifiant).valeur == pytest.approx(
                valeur_de(recalcules[nom], sorte, identifiant, echelle.libelle)
            )


def valeur_de(classeur: Workbook, sorte: str, identifiant: str, libelle: str) -> float | None:
    valeur = comparaisons(classeur)[(sorte, identifiant, libelle)][1]
    return None if valeur is None else float(valeur)


def test_chaque_formule_recalculee_vaut_sa_valeur_en_cache(
    ecrits: dict[str, Path], cas: dict[str, Restitution], recalcules: dict[str, Workbook]
) -> None:
    for nom in cas:
        en_cache, formules = load_workbook(ecrits[nom], data_only=True), load_workbook(ecrits[nom])
        vues = 0
        for cellule in cellules(formules):
            if cellule.data_type != "f":
                continue
            lieu = (nom, cellule.parent.title, cellule.coordinate, cellule.value)
            cache = en_cache[cellule.parent.title][cellule.coordinate].value
            refait = recalcules[nom][cellule.parent.title][cellule.coordinate].value
            if isinstance(cache, str) and cache.strip():
                assert refait == cache, lieu
            else:
                assert texte_vide(refait) == pytest.approx(texte_vide(cache), abs=1e-9), lieu
            vues += 1
        assert vues > 50, nom


def texte_vide(valeur: Any) -> Any:
    """Un texte vide et une cellule vide disent la même chose."""
    return None if isinstance(valeur, str) and not valeur.strip() else valeur


def test_changer_une_reponse_refait_tous_les_scores(
    cas: dict[str, Restitution], recalcules: dict[str, Workbook], tmp_path: Path
) -> None:
    for nom in [nom for nom in recalcules if nom.endswith("-change")]:
        origine = cas[nom.removesuffix("-change")]
        valeurs = LOINTAIN if nom == "complet-change" else changement(origine)
        neuve = ouvrir(tmp_path / "neuve.xlsx", apres_changement(origine, valeurs), data_only=True)
        attendues = comparaisons(neuve)
        refaites = comparaisons(recalcules[nom])
        assert refaites.keys() == attendues.keys()
        for cle, (refait, _, _) in refaites.items():
            assert refait == pytest.approx(attendues[cle][1], abs=1e-9), (nom, cle)


def test_la_synthese_suit_et_previent_que_les_phrases_ne_suivent_pas(recalcules: dict[str, Workbook]) -> None:
    def textes(nom: str) -> list[str]:
        return [str(v) for ligne in recalcules[nom]["Synthèse"].iter_rows(values_only=True) for v in ligne if v]

    assert not [t for t in textes("complet") if t.startswith("Des réponses ont été changées")]
    assert [t for t in textes("complet-change") if t.startswith("Des réponses ont été changées")]
    assert recalcules["complet-change"]["Calcul"]["B2"].value > 0


def test_aucune_erreur_de_tableur_hors_des_donnees_de_graphiques(recalcules: dict[str, Workbook]) -> None:
    for nom, classeur in recalcules.items():
        for cellule in cellules(classeur):
            if cellule.data_type == "e":
                assert (cellule.parent.title, cellule.value) == ("Calcul", "#N/A"), (nom, cellule.coordinate)
                assert cellule.column > 12, (nom, cellule.coordinate)

"""Une cohorte : lue de partout, notée par le moteur d’une personne, décrite par la règle 6, jamais mêlée."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import shutil
import statistics
import tempfile
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest
from aides import LIVRE, RACINE, encoder_passation, livre, passation_de, tirages
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracle import ItemNu, Plan, oracle

import cpit
import cpit.sources
from cpit.cli import executer
from cpit.coeur.cohorte import Releve, composer
from cpit.coeur.groupe import (
    REGLE,
    REGLE_DES_PAGES,
    Cumul,
    Portrait,
    Public,
    RegleDesPetitsGroupes,
    Repartition,
    Statistique,
    decrire,
    enveloppe_convexe,
    mesures,
    portrait_montrable,
    portraiturer,
    repartir,
    situations_d_un_groupe,
    taire_les_petits,
)
from cpit.coeur.notation import SituationPlacee
from cpit.coeur.passation import Passation, Reponse, repondu, sans_reponse
from cpit.coeur.referentiel import Position, Referentiel
from cpit.erreurs import refusees
from cpit.tableur import garde
from cpit.typographie import sans_accent

EXEMPLES = RACINE / "exemples"
PRES = 1e-12


@pytest.fixture(scope="module")
def referentiel() -> Referentiel:
    return livre()


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    """Les passations fictives, seules dans un dossier."""
    for exemple in EXEMPLES.glob("*.json"):
        shutil.copy(exemple, tmp_path / exemple.name)
    return tmp_path


def passation(referentiel: Referentiel, signes: str, **champs: str) -> Passation:
    return passation_de(referentiel, signes, terminee="2026-09-14T10:00:00+02:00", **champs)


def lire_csv(texte: str, separateur: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(texte.removeprefix("\ufeff")), delimiter=separateur))


def _tout_du_groupe(personnes: int) -> Portrait:
    """Un portrait où chaque nombre est porté par tant de personnes, sauf « b » par deux de moins, « c » par aucune."""
    comptes = {"a": personnes, "b": personnes - 2, "c": 0}
    scores = {code: [*map(float, range(n))] for code, n in comptes.items()}
    point = Position(0.5, 0.5)
    return Portrait(
        effectif=personnes,
        echelles={code: decrire(valeurs) for code, valeurs in scores.items()},
        matrice={"a": {"k": decrire(scores["a"]), "l": decrire(scores["b"])}},
        position=point,
        positions=personnes - 2,
        scores=scores,
        points=[point] * (personnes - 2),
        porteurs=[*range(personnes - 2)],
        dominantes={("k",): personnes - 2},
    )


class TestPetitsEffectifs:
    """Ce qui se montre d’un portrait, à la personne près, au groupe et sur une page sans ses lignes."""

    def test_la_regle_par_defaut_et_ses_publics(self) -> None:
        """Au groupe, trois personnes ; sans ses lignes, sept pour un écart ; au-delà, onze pour tout."""
        assert RegleDesPetitsGroupes(3, 11, Public.LE_GROUPE) == REGLE
        for public, seuil, des_ecarts in (
            (Public.LE_GROUPE, 4, 4),
            (Public.LE_GROUPE_SANS_LIGNES, 4, 7),
            (Public.ETUDE, 4, 7),
            (Public.AU_DELA, 9, 9),
        ):
            regle = RegleDesPetitsGroupes(4, 9, public)
            assert (regle.seuil, regle.seuil_des_ecarts) == (seuil, des_ecarts)
            assert [regle.montre(n) for n in (0, 1, seuil - 1, seuil)] == [True, False, False, True]
        assert RegleDesPetitsGroupes(3, 3).seuil == 3
        for effectifs in ((2, 11), (3, 2)):
            with pytest.raises(ValueError, match="sous 3"):
                RegleDesPetitsGroupes(*effectifs)

    @pytest.mark.parametrize("regle", [REGLE, REGLE_DES_PAGES])
    def test_une_strate_de_deux_personnes_reste_entiere_et_le_dit(self, regle: RegleDesPetitsGroupes) -> None:
        deux = _tout_du_groupe(2)
        assert taire_les_petits(deux, regle) == replace(deux, trop_petit=True)
        assert not taire_les_petits(_tout_du_groupe(3), regle).trop_petit

    def test_le_groupe_voit_tout_ce_que_trois_personnes_portent(self) -> None:
        entier = _tout_du_groupe(5)
        assert taire_les_petits(entier) == entier
        moins = taire_les_petits(_tout_du_groupe(4))
        tu = Statistique(None)
        assert moins.echelles == {"a": decrire(range(4)), "b": tu, "c": decrire([])}
        assert moins.matrice == {"a": {"k": decrire(range(4)), "l": tu}}
        assert moins.scores == {"a": [0.0, 1.0, 2.0, 3.0], "b": (), "c": []}
        assert (moins.position, moins.positions, moins.points, moins.dominantes) == (None, None, (), {})
        assert moins.porteurs == ()
        assert (moins.trop_petit, moins.points_tus, moins.dispersion_tue) == (False, False, False)

    def test_une_page_ne_montre_la_dispersion_que_de_sept_personnes(self) -> None:
        entier = _tout_du_groupe(9)
        assert taire_les_petits(entier, REGLE_DES_PAGES) == entier
        moins = taire_les_petits(_tout_du_groupe(8), REGLE_DES_PAGES)
        sans = Statistique(6, 2.5, dispersion_tue=True)
        assert moins.echelles == {"a": decrire(range(8)), "b": sans, "c": Statistique(0)}
        assert moins.matrice == {"a": {"k": decrire(range(8)), "l": sans}}
        assert (*moins.scores["a"],) == (*range(8),)
        assert moins.scores["b"] == ()
        assert (moins.position, moins.positions) == (Position(0.5, 0.5), 6)
        assert (moins.points, moins.porteurs, moins.dominantes) == ((), (), {})
        assert (moins.points_tus, moins.dispersion_tue) == (True, True)
        assert replace(entier, points_tus=True).dispersion_tue

    def test_deux_personnes_qui_repondent_plusieurs_fois_restent_deux(self, referentiel: Referentiel) -> None:
        """Trois passations : la strate se lit entière et dit qu’elle est trop petite ; à trois personnes, non."""
        signes = "012340123401234012340123"
        codes = ("A", "B", "b", "C")
        releves = [
            Releve(passation(referentiel, signes, identifiant=c), f"{c}.json", rang) for rang, c in enumerate(codes)
        ]
        deux, trois = composer(referentiel, releves[:3]), composer(referentiel, releves)
        for regle in (REGLE, REGLE_DES_PAGES):
            assert portrait_montrable(deux, regle) == replace(portraiturer(deux), trop_petit=True)
            assert not portrait_montrable(trois, regle).trop_petit
        assert portrait_montrable(trois) == portraiturer(trois)
        assert portrait_montrable(trois, cases=False) == replace(portraiturer(trois), matrice={})

    def test_ce_qui_compte_est_le_nombre_de_personnes(self) -> None:
        """Neuf passations de trois personnes, dont deux seulement portent « b », et aucune position."""
        porteurs = {"a": 3, "b": 2, "a/k": 2, "a/l": 3, "x": 2}
        montre = taire_les_petits(_tout_du_groupe(9), REGLE, porteurs)
        assert (montre.echelles["a"].n, montre.echelles["b"].n, montre.echelles["c"].n) == (9, None, 0)
        assert (montre.matrice["a"]["k"].n, montre.matrice["a"]["l"].n) == (None, 7)
        assert (montre.position, montre.positions) == (None, None)
        sur_une_page = taire_les_petits(_tout_du_groupe(9), REGLE_DES_PAGES, {**porteurs, "x": 3})
        assert sur_une_page.echelles["a"] == Statistique(9, 4, dispersion_tue=True)
        assert (sur_une_page.positions, sur_une_page.points_tus) == (7, True)


def test_une_situation_d_un_groupe_est_la_moyenne_de_qui_la_place(referentiel: Referentiel) -> None:
    """Cinq personnes, dont une deux fois : la première situation de toutes, la suivante de trois, une autre de deux."""
    premier, second, troisieme = referentiel.ordre_de_passation()[:3]
    sans = {item.code: sans_reponse() for item in referentiel.items}

    def dite(reponse: Reponse, frequence: int, importance: int) -> Reponse:
        return reponse.situee("frequence", frequence).situee("importance", importance)

    passations = []
    for rang, code in enumerate("ABCDEE"):
        reponses = {**sans, premier.code: dite(repondu(rang % 3), 3 if rang else 0, 2 if rang < 3 else 1)}
        if code in "ABC":
            reponses[second.code] = dite(repondu(4) if code in "AB" else sans_reponse(), 1, rang)
        if code in "DE":
            reponses[troisieme.code] = dite(repondu(1), 0, 0)
        passations.append(Passation.nouvelle(referentiel, identifiant=code, reponses=reponses))
    groupe = composer(referentiel, [Releve(une, "t.csv", rang) for rang, une in enumerate(passations)])
    assert situations_d_un_groupe(groupe) == (
        SituationPlacee(premier, 2.5, 1.5, 1.0, 5),
        SituationPlacee(second, 1.0, 1.0, None, 3),
        SituationPlacee(troisieme, 0, 0, None, 2, tue=True),
    )
    deux = composer(referentiel, [Releve(une, "t.csv", rang) for rang, une in enumerate(passations[3:])])
    assert situations_d_un_groupe(deux) == ()


class TestRegle6:
    def test_moyenne_ecart_type_mediane_etendue(self) -> None:
        """1, 2, 2, 5 : moyenne 10/4 = 2,5 ; écarts² 2,25 + 0,25 + 0,25 + 6,25 = 9 ; 9/3 = 3 ; écart-type √3."""
        decrite = decrire([1, 2, 2, 5])
        assert (decrite.n, decrite.moyenne, decrite.mediane, decrite.minimum, decrite.maximum) == (4, 2.5, 2, 1, 5)
        assert decrite.ecart_type == pytest.approx(math.sqrt(3))

    def test_une_moyenne_reste_entre_ses_extremes(self) -> None:
        """En virgule flottante, 3 × 0,1 / 3 dépasse 0,1, 3 × 1,4 / 3 n’atteint pas 1,4."""
        for valeur in (0.1, 1.4):
            assert decrire([valeur] * 3) == Statistique(3, valeur, 0.0, valeur, valeur, valeur)
            cumul = Cumul(0)
            for _ in range(3):
                cumul.ajouter_des_comptes({valeur: 1})
            assert cumul.statistique() == Statistique(3, valeur, 0.0, None, valeur, valeur)
        for une, presque_toutes in ((0.1, 0.3), (0.3, 0.1)):
            cumul = Cumul(0)
            cumul.ajouter_des_comptes({une: 1})
            cumul.ajouter_des_comptes({presque_toutes: 10**17})
            assert cumul.statistique().moyenne == presque_toutes

    def test_un_seul_score_n_a_pas_d_ecart_type(self) -> None:
        assert decrire([3.0]).ecart_type is None

    def test_aucun_score_n_a_rien(self) -> None:
        assert decrire([]) == Statistique(0, None, None, None, None, None, False)
        assert Portrait(0, {}, {}, None, 0) == Portrait(0, {}, {}, None, 0, {}, (), (), {}, False, False)
        assert decrire([]).n == 0
        assert decrire([]).moyenne is None

    @given(st.lists(st.lists(st.floats(0, 4), max_size=12), min_size=1, max_size=6), st.integers(1, 8))
    def test_paquet_par_paquet_comme_tout_ensemble(self, paquets: list[list[float]], distinctes_max: int) -> None:
        """Trop de valeurs différentes pour les garder : moyenne et écart-type se réunissent, la médiane manque."""
        cumul, toutes = Cumul(distinctes_max), [valeur for paquet in paquets for valeur in paquet]
        for paquet in paquets:
            cumul.ajouter_des_comptes(Counter(paquet))
        trouvee, attendue = cumul.statistique(), decrire(toutes)
        assert (trouvee.n, trouvee.minimum, trouvee.maximum) == (attendue.n, attendue.minimum, attendue.maximum)
        assert trouvee.mediane in (attendue.mediane, None)
        for nom in ("moyenne", "ecart_type"):
            assert getattr(trouvee, nom) == pytest.approx(getattr(attendue, nom), abs=1e-7), nom

    @pytest.mark.parametrize(("distinctes", "mediane"), [(3, 2.0), (2, None)])
    def test_la_mediane_se_garde_tant_qu_il_y_a_assez_peu_de_valeurs(
        self, distinctes: int, mediane: float | None
    ) -> None:
        """1, 2, 3, 2 en deux paquets : trois valeurs différentes, gardées si l’on peut en garder trois."""
        cumul = Cumul(distinctes)
        cumul.ajouter_des_comptes({1.0: 1, 2.0: 1, 3.0: 1})
        cumul.ajouter_des_comptes({2.0: 1})
        cumul.ajouter_des_comptes({})
        trouvee = cumul.statistique()
        assert (trouvee.n, trouvee.moyenne, trouvee.minimum, trouvee.mediane, trouvee.maximum) == (4, 2, 1, mediane, 3)
        assert trouvee.ecart_type == pytest.approx(math.sqrt(2 / 3))

    def test_les_quartiles_sont_ceux_d_un_tableur(self) -> None:
        """1, 2, 4, 8, 16 : des rangs entiers ; 1, 2, 4, 8 : rangs 0,75 et 2,25, donc 1,75 et 5 (QUARTILE.INCLURE)."""
        assert repartir([]) is None
        assert repartir([3.0]) == Repartition(1, 3, 3, 3, 3, 3, 3)
        assert repartir([16, 1, 8, 2, 4]) == Repartition(5, 6.2, 1, 2, 4, 8, 16)
        assert repartir([8, 1, 4, 2]) == Repartition(4, 3.75, 1, 1.75, 3, 5, 8)

    def test_l_enveloppe_d_un_nuage_n_a_que_ses_coins(self) -> None:
        """Dans le sens direct depuis le plus à gauche, ni point du dedans, ni point d’un côté, ni double."""
        carre = [Position(0, 0), Position(2, 0), Position(2, 2), Position(0, 2)]
        dedans = [Position(1, 1), Position(1, 0), Position(2, 1), Position(0, 1), Position(1, 2), Position(2, 2)]
        assert enveloppe_convexe([*dedans, *reversed(carre)]) == tuple(carre)
        assert enveloppe_convexe([]) == ()
        assert enveloppe_convexe([Position(1, 2)] * 3) == (Position(1, 2),)
        assert enveloppe_convexe([Position(1, 0), Position(0, 1), Position(1, 0)]) == (Position(0, 1), Position(1, 0))
        assert enveloppe_convexe([Position(0, 0), Position(1, 1), Position(3, 3)]) == (Position(0, 0), Position(3, 3))
        # Un sommet à moins d’un milliardième d’un côté n’en est pas un : c’est l’arrondi.
        presque = [Position(0, 0), Position(1, -5e-10), Position(2, 0), Position(1, 1)]
        assert enveloppe_convexe(presque) == (Position(0, 0), Position(2, 0), Position(1, 1))
        tout_juste = [Position(0, 0), Position(1, 0), Position(2, 1e-9), Position(1, 1)]
        assert enveloppe_convexe(tout_juste) == (tout_juste[0], *tout_juste[2:])
        triangle = [Position(0, 0), Position(2, 0), Position(1, 1)]
        assert enveloppe_convexe(triangle[::-1]) == (*triangle,)
        biais = [Position(0, 0), Position(3, -1), Position(5, 2), Position(2, 4), Position(1, 2), Position(3, 1)]
        assert enveloppe_convexe(biais) == (*biais[:4],)

    def test_ce_qui_se_moyenne_est_nomme(self) -> None:
        """Les échelles dans leur ordre, la position, puis les cases des compétences qui ont des items."""
        referentiel = cpit.referentiel("minimal")
        seconde = referentiel.competences[1]
        partiel = replace(referentiel, items=referentiel.items_de(seconde.identifiant), regroupements=())
        dites = [(m.nature, m.identifiant, m.libelle) for m in mesures(partiel)]
        echelles = [(e.nature, e.identifiant, e.libelle) for e in partiel.echelles.values()]
        assert dites[: len(echelles)] == echelles
        axes = partiel.axes
        assert dites[len(echelles) :] == [
            ("position", "x", axes.x.libelle),
            ("position", "y", axes.y.libelle),
            *(
                ("case", f"{seconde.identifiant}/{i.identifiant}", f"{seconde.libelle}, {i.libelle}")
                for i in partiel.ingenieries
            ),
        ]
        resultat = cpit.noter(referentiel, {item.code: 1 + rang % 4 for rang, item in enumerate(referentiel.items)})
        place = resultat.situation.position
        assert place is not None
        assert place.x != place.y
        valeurs = {m.identifiant: m.valeur(resultat) for m in mesures(referentiel)}
        assert (valeurs["x"], valeurs["y"]) == (place.x, place.y)
        for competence, cases in resultat.matrice.items():
            assert valeurs[competence] == resultat.score(competence).valeur
            assert [valeurs[f"{competence}/{i}"] for i in cases] == [case.valeur for case in cases.values()]
        vide = cpit.noter(referentiel, {})
        assert {m.valeur(vide) for m in mesures(referentiel)} == {None}

    def test_une_position_de_deux_personnes_est_tue(self) -> None:
        """Cinq ont répondu, deux se situent (tout au plus bas ne situe pas) : leur centre serait leurs réponses."""
        referentiel = livre()
        signes = ["012340123401234012340123", "432104321043210432104321", *["0" * 24] * 3]
        releves = [Releve(passation_de(referentiel, s), f"{rang}.json") for rang, s in enumerate(signes)]
        cohorte = composer(referentiel, releves)
        assert portraiturer(cohorte).positions == 2
        montre = portrait_montrable(cohorte)
        assert (montre.position, montre.positions, montre.points, montre.dominantes) == (None, None, (), {})
        assert not all(une.tue for une in montre.echelles.values())

    @given(st.lists(st.floats(0, 4), min_size=2, max_size=50))
    def test_comme_la_bibliotheque_standard(self, valeurs: list[float]) -> None:
        decrite = decrire(valeurs)
        assert decrite.moyenne == pytest.approx(statistics.fmean(valeurs), abs=PRES)
        assert decrite.ecart_type == pytest.approx(statistics.stdev(valeurs), abs=1e-9)
        assert decrite.mediane == statistics.median(valeurs)

    @settings(max_examples=tirages(25), deadline=None)
    @given(st.lists(st.text("01234S.", min_size=24, max_size=24), min_size=1, max_size=8))
    def test_le_groupe_est_la_moyenne_des_personnes(self, personnes: list[str]) -> None:
        referentiel = cpit.referentiel(LIVRE)
        releves = [Releve(passation(referentiel, signes), f"{rang}.json") for rang, signes in enumerate(personnes)]
        portrait = portraiturer(composer(referentiel, releves))
        assert {c: set(cases) for c, cases in portrait.matrice.items()} == {
            c.identifiant: {i.identifiant for i in referentiel.ingenieries} for c in referentiel.competences
        }
        assert portraiturer(composer(referentiel, releves), cases=False) == replace(portrait, matrice={})
        seuls = [cpit.restituer(referentiel, releve.passation).resultat for releve in releves]
        for code, statistique in portrait.echelles.items():
            presents = [v for r in seuls if (v := r.score(code).valeur) is not None]
            assert statistique.n == len(presents)
            assert portrait.scores[code] == sorted(presents)
            if presents:
                assert statistique.moyenne == pytest.approx(sum(presents) / len(presents), abs=PRES)
        points = [r.situation.position for r in seuls if r.situation.position is not None]
        assert (portrait.effectif, portrait.positions, portrait.points) == (len(personnes), len(points), points)
        assert portrait.porteurs == [rang for rang, r in enumerate(seuls) if r.situation.position is not None]
        assert portrait.dominantes == Counter(r.situation.dominante for r in seuls if r.situation.position is not None)
        for competence, cases in portrait.matrice.items():
            for ingenierie, statistique in cases.items():
                valeurs = [r.matrice[competence][ingenierie].valeur for r in seuls]
                assert statistique == decrire(v for v in valeurs if v is not None)
        if points and portrait.position is not None:
            assert portrait.position.x == pytest.approx(sum(p.x for p in points) / len(points), abs=PRES)

    @settings(max_examples=tirages(25), deadline=None)
    @given(st.text("01234S.", min_size=24, max_size=24))
    def test_une_cohorte_d_une_personne_rend_exactement_son_resultat(self, signes: str) -> None:
        referentiel = cpit.referentiel(LIVRE)
        seule = passation(referentiel, signes)
        cohorte = composer(referentiel, [Releve(seule, "a.json")])
        assert cohorte.notees[0].resultat == cpit.restituer(referentiel, seule).resultat
        portrait = portraiturer(cohorte)
        for code, statistique in portrait.echelles.items():
            assert statistique.moyenne == cohorte.notees[0].resultat.score(code).valeur
        assert portrait.position == cohorte.notees[0].resultat.situation.position


class TestStrates:
    def test_moments_et_regards_restent_a_part(self, referentiel: Referentiel) -> None:
        releves = [
            Releve(passation(referentiel, "1" * 24, identifiant="A", moment="t0"), "a"),
            Releve(passation(referentiel, "3" * 24, identifiant="A", moment="t1"), "b"),
            Releve(passation(referentiel, "4" * 24, identifiant="A", moment="t0", regard="tiers"), "c"),
        ]
        strates = composer(referentiel, releves).strates()
        assert list(strates) == [("t0", "soi"), ("t0", "tiers"), ("t1", "soi")]
        moyennes = [portraiturer(strate).echelles["C1"].moyenne for strate in strates.values()]
        assert moyennes == [1, 4, 3]

    def test_l_ecran_ne_donne_aucune_moyenne_d_ensemble(
        self, dossier: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert executer(["cohorte", str(dossier), "--sortie", str(dossier / "c.csv")]) == 0
        ecran = capsys.readouterr().out
        for titre in ("Moment t0, regard soi", "Moment t0, regard tiers", "Moment t1, regard soi"):
            assert titre in ecran


class TestSorties:
    @pytest.mark.parametrize(
        ("dialecte", "separateur", "decimale", "fin", "marque"),
        [("fr", ";", ",", b"\r\n", True), ("science", ",", ".", b"\n", False)],
    )
    def test_le_csv_a_les_colonnes_declarees_et_la_pleine_precision(
        self, dossier: Path, dialecte: str, separateur: str, decimale: str, fin: bytes, marque: bool
    ) -> None:
        sortie = dossier / "c.csv"
        assert executer(["cohorte", str(dossier / "*.json"), "--sortie", str(sortie), "--dialecte", dialecte]) == 0
        octets = sortie.read_bytes()
        assert octets.startswith(b"\xef\xbb\xbf") is marque
        assert octets.count(fin) == 6
        assert (b"\r" in octets) is (fin == b"\r\n")
        lignes = lire_csv(octets.decode("utf-8"), separateur)
        assert list(lignes[0]) == [c.cle for c in cpit.lire(dossier).cohorte.scores(avec_reponses=True).colonnes]
        r01 = next(li for li in lignes if (li["identifiant"], li["moment"], li["regard"]) == ("R01", "t0", "soi"))
        # C2 = (2 + 2 + 4) / 3
        assert float(r01["score_C2"].replace(decimale, ".")) == 8 / 3
        assert r01["C4M"] == "SO"
        assert r01["C8M"] == ""
        assert r01["n_C4"] == "2"
        assert r01["dominante"] == "catalyse"

    def test_sans_reponses_ote_les_items(self, dossier: Path) -> None:
        sortie = dossier / "c.csv"
        executer(["cohorte", str(dossier), "--sortie", str(sortie), "--sans-reponses"])
        entete = sortie.read_text(encoding="utf-8-sig").splitlines()[0].split(";")
        assert "C1P" not in entete
        assert "score_C1" in entete

    def test_le_tiret_ecrit_le_csv_seul_sur_la_sortie(
        self, dossier: Path, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert executer(["cohorte", str(dossier), "--sortie", "-", "--dialecte", "science"]) == 0
        sortie = capfdbinary.readouterr().out.decode("utf-8")
        assert len(lire_csv(sortie, ",")) == 5

    def test_le_json_dit_les_groupes_les_personnes_et_les_anomalies(self, dossier: Path) -> None:
        (dossier / "abime.json").write_text("{", encoding="utf-8")
        sortie = dossier / "sortie.json"
        assert (
            executer(["cohorte", str(dossier / "passation*"), str(dossier / "abime.json"), "--sortie", str(sortie)])
            == 1
        )
        document = json.loads(sortie.read_text(encoding="utf-8"))
        assert [(g["moment"], g["regard"], g["effectif"]) for g in document["groupes"]] == [
            ("t0", "soi", 3),
            ("t0", "tiers", 1),
            ("t1", "soi", 1),
        ]
        assert len(document["passations"]) == 5
        assert document["anomalies"][0]["code"] == "passation-illisible"
        assert document["passations"][0]["competences"]["C2"]["valeur"] == 8 / 3

    def test_le_classeur_du_groupe_s_ouvre(self, dossier: Path) -> None:
        sortie = dossier / "groupe.xlsx"
        assert executer(["cohorte", str(dossier / "*.json"), "--sortie", str(sortie), "--par", "structure"]) == 0
        feuilles = openpyxl.load_workbook(sortie).sheetnames
        for nom in ("Synthèse", "Scores", "Matrice", "Profils", "Anomalies", "Dictionnaire", "À propos"):
            assert nom in feuilles

    def test_les_fiches_sont_nommees_par_le_code_sans_danger(self, dossier: Path, referentiel: Referentiel) -> None:
        for rang, code in enumerate(("../../x", "CON", "a:b", "A B", "a-b")):
            (dossier / f"h{rang}.json").write_bytes(
                encoder_passation(passation(referentiel, "2" * 24, identifiant=code))
            )
        fiches = dossier / "fiches"
        sources = [str(f) for f in sorted(dossier.glob("h*.json"))]
        sortie = str(dossier / "c.csv")
        assert executer(["cohorte", *sources, "--sortie", sortie, "--fiches", str(fiches)]) == 0
        noms = sorted(f.name for f in fiches.iterdir())
        assert len(noms) == 5
        assert all(nom.startswith("fiche-") and "/" not in nom and ":" not in nom for nom in noms)

    def test_une_page_par_personne(self, dossier: Path) -> None:
        pages = dossier / "pages"
        sources = [str(EXEMPLES / "passation-r0*-t0-soi.json"), "--sortie", str(dossier / "c.csv")]
        assert executer(["cohorte", *sources, "--pages", str(pages)]) == 0
        assert sorted(f.name for f in pages.iterdir()) == [f"fiche-r0{n}-t0-soi.html" for n in (1, 2, 3)]
        page = (pages / "fiche-r02-t0-soi.html").read_text(encoding="utf-8")
        assert "<h1>R02" in re.sub(r"\s+", " ", page)
        assert "Mes prochains pas" in page, "des lignes à remplir à la main, comme sur sa propre page"
        assert executer(["cohorte", *sources, "--pages", str(pages)]) == 0, "on peut la refaire"
        (pages / "fiche-r02-t0-soi.html").write_text("à moi", encoding="utf-8")
        assert executer(["cohorte", *sources, "--pages", str(pages)]) == 1
        assert (pages / "fiche-r02-t0-soi.html").read_text(encoding="utf-8") == "à moi"

    def test_une_page_de_tous_ses_moments_a_qui_en_a_plusieurs(self, dossier: Path) -> None:
        """R01 a deux moments et un tiers, R02 un seul : une page de plus, où un tiers seul est tu."""
        pages = dossier / "pages"
        sources = [
            str(EXEMPLES / f"passation-r0{qui}.json") for qui in ("1-t0-soi", "1-t1-soi", "1-t0-tiers", "2-t0-soi")
        ]
        commande = ["cohorte", *sources, "--sortie", str(dossier / "c.csv"), "--pages", str(pages)]
        assert executer(commande) == 0
        (une,) = pages.glob("parcours-*")
        assert une.name == "parcours-r01.html"
        texte = re.sub(r"\s+", " ", une.read_text(encoding="utf-8"))
        assert "moins de trois tiers est tu" in texte
        assert "16/11/2026" in texte
        assert len(list(pages.glob("fiche-*"))) == 4
        assert executer(commande) == 0, "on peut la refaire"
        une.write_text("à moi", encoding="utf-8")
        assert executer(commande) == 1
        assert une.read_text(encoding="utf-8") == "à moi"

    @pytest.mark.parametrize("texte", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
    def test_un_texte_n_est_jamais_une_formule(self, tmp_path: Path, referentiel: Referentiel, texte: str) -> None:
        une = composer(referentiel, [Releve(passation(referentiel, "2" * 24, identifiant=texte), "a.json")])
        ecrite = cpit.ecrire(une.scores(), tmp_path / "t.csv").read_bytes().decode("utf-8-sig")
        (ligne,) = csv.DictReader(io.StringIO(ecrite, newline=""), delimiter=";")
        assert ligne["identifiant"][0] not in "=+-@\t\r"
        assert texte.strip() in ligne["identifiant"]

    def test_un_nombre_negatif_reste_un_nombre(self, tmp_path: Path, referentiel: Referentiel) -> None:
        une = composer(referentiel, [Releve(passation(referentiel, "400" * 8), "a.json")])
        (attendue,) = une.scores().en_lignes()
        (ligne,) = lire_csv(cpit.ecrire(une.scores(), tmp_path / "t.csv").read_text(encoding="utf-8-sig"), ";")
        negatives = {cle: v for cle, v in attendue.items() if isinstance(v, float) and v < 0}
        assert negatives
        assert {cle: float(ligne[cle].replace(",", ".")) for cle in negatives} == negatives


class TestSources:
    def test_chaque_source_n_est_cherchee_et_verifiee_qu_une_fois(
        self, referentiel: Referentiel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        classeur = openpyxl.Workbook()
        classeur.active.append(["identifiant", *(item.code for item in referentiel.items)])
        classeur.active.append(["P1", *(2 for _ in referentiel.items)])
        classeur.save(tmp_path / "t.xlsx")
        vus: list[str] = []

        def compter(module: ModuleType, nom: str) -> None:
            vrai = getattr(module, nom)
            monkeypatch.setattr(module, nom, lambda *a, **k: (vus.append(nom), vrai(*a, **k))[1])

        compter(cpit.sources, "trouver_sources")
        compter(garde, "_verifier_archive")
        assert executer(["cohorte", str(tmp_path / "t.xlsx"), "--sortie", str(tmp_path / "s.csv")]) == 0
        assert sorted(vus) == ["_verifier_archive", "trouver_sources"]

    @pytest.mark.parametrize(
        ("limite", "code"), [("_TAILLE_MAX", "fichier-trop-gros"), ("_DECLARE_MAX", "xlsx-demesure")]
    )
    def test_une_table_garde_ses_propres_limites(
        self,
        referentiel: Referentiel,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        limite: str,
        code: str,
    ) -> None:
        classeur = openpyxl.Workbook()
        classeur.active.append(["identifiant", *(item.code for item in referentiel.items)])
        classeur.save(tmp_path / "t.xlsx")
        monkeypatch.setattr(f"cpit.lecture.table_xlsx.{limite}", 100)
        with pytest.raises(cpit.ErreurCpit) as refus:
            cpit.lire(tmp_path / "t.xlsx", referentiel)
        assert [une.code for une in refus.value.anomalies] == [code, "cohorte-vide"]

    def test_un_mauvais_fichier_n_arrete_rien(self, dossier: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (dossier / "a.json").write_bytes(b"\x00\xff")
        (dossier / "b.csv").write_bytes(b"\xff\xfe\x00")
        (dossier / "c.xlsx").write_bytes(b"PK\x03\x04abime")
        sortie = dossier / "s" / "c.csv"
        sortie.parent.mkdir()
        assert executer(["cohorte", str(dossier), "--sortie", str(sortie)]) == 1
        assert len(lire_csv(sortie.read_text(encoding="utf-8-sig"), ";")) == 5
        dit = capsys.readouterr().err
        for nom in ("a.json", "b.csv", "c.xlsx"):
            assert nom in dit
        assert "3 refus" in dit
        assert "Traceback" not in dit

    def test_strict_refuse_tout(self, dossier: Path) -> None:
        (dossier / "a.json").write_text("{}", encoding="utf-8")
        sortie = dossier / "sortie.csv"
        assert executer(["cohorte", str(dossier), "--sortie", str(sortie), "--strict"]) == 1
        assert not sortie.exists()

    def test_un_referentiel_etranger_est_refuse_pour_cette_source_seule(
        self, dossier: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        minimal = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
        etrangere = Passation.nouvelle(minimal, identifiant="E")
        (dossier / "etrangere.json").write_bytes(encoder_passation(replace(etrangere, terminee="2026-01-01")))
        sortie = dossier / "c.csv"
        assert executer(["cohorte", str(dossier), "--sortie", str(sortie)]) == 1
        assert len(lire_csv(sortie.read_text(encoding="utf-8-sig"), ";")) == 5
        assert "autre référentiel" in capsys.readouterr().err

    def test_deux_passations_d_une_meme_personne_sont_gardees_et_dites(
        self, dossier: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (dossier / "z.csv").write_text("identifiant;moment;regard;C1P\nR02;t0;soi;4\n", encoding="utf-8")
        sortie = dossier / "c.csv"
        assert executer(["cohorte", str(dossier), "--sortie", str(sortie)]) == 0
        assert len(lire_csv(sortie.read_text(encoding="utf-8-sig"), ";")) == 6
        assert "a déjà une passation" in " ".join(capsys.readouterr().err.split())

    def test_une_copie_ne_compte_qu_une_fois(self, dossier: Path, capsys: pytest.CaptureFixture[str]) -> None:
        shutil.copy(dossier / "passation-r02-t0-soi.json", dossier / "z.json")
        sortie = dossier / "c.csv"
        assert executer(["cohorte", str(dossier), "--sortie", str(sortie)]) == 0
        assert len(lire_csv(sortie.read_text(encoding="utf-8-sig"), ";")) == 5
        assert "comptée une fois" in " ".join(capsys.readouterr().err.split())

    def test_une_source_nommee_deux_fois_n_est_lue_qu_une(self, dossier: Path) -> None:
        recueil = cpit.lire([dossier, dossier / "*.json"])
        assert len(recueil.sources) == len(recueil.cohorte.notees) == 5
        assert recueil.anomalies == ()

    def test_les_copies_et_les_verrous_ne_sont_pas_des_sources(self, dossier: Path) -> None:
        for nom in ("a.json.bak", ".a.json.verrou", "~$classeur.xlsx", "a.json.abime", "a.json.de-cote"):
            (dossier / nom).write_bytes(b"x")
        recueil = cpit.lire(dossier)
        assert len(recueil.sources) == 5
        assert recueil.anomalies == ()

    def test_la_sortie_n_ecrase_pas_une_source(self, dossier: Path) -> None:
        table = dossier / "t.csv"
        executer(["cohorte", str(dossier), "--sortie", str(table)])
        avant = table.read_bytes()
        assert executer(["cohorte", str(table), "--sortie", str(table)]) == 2
        assert table.read_bytes() == avant

    def test_relancer_dans_le_meme_dossier_rend_la_meme_chose(self, dossier: Path) -> None:
        """Ni la sortie d’avant, ni le classeur posé à côté d’une passation ne sont pris pour des réponses."""
        classeur = dossier / "passation-r01-t0-soi.xlsx"
        executer(["restituer", str(dossier / "passation-r01-t0-soi.json"), "--classeur", str(classeur)])
        sortie = dossier / "c.csv"
        contenus = []
        for _ in range(2):
            assert executer(["cohorte", str(dossier), "--sortie", str(sortie)]) == 0
            contenus.append(sortie.read_bytes())
        assert contenus[0] == contenus[1]

    def test_rien_de_lisible_est_refuse(self, tmp_path: Path) -> None:
        assert executer(["cohorte", str(tmp_path), "--sortie", str(tmp_path / "c.csv")]) == 1
        assert executer(["cohorte", "rien-*.csv", "--sortie", str(tmp_path / "c.csv")]) == 1

    @pytest.mark.parametrize(
        "options",
        [["--dialecte", "us"], ["--sortie", "c.ods"], ["--par", "couleur"]],
    )
    def test_un_mauvais_emploi_vaut_deux(self, dossier: Path, options: list[str]) -> None:
        assert executer(["cohorte", str(dossier), *options]) == 2

    @pytest.mark.parametrize("commande", ["cohorte", "fidelite"])
    def test_un_classeur_d_un_autre_programme_n_est_pas_remplace(
        self, dossier: Path, tmp_path_factory: pytest.TempPathFactory, commande: str
    ) -> None:
        sortie = tmp_path_factory.mktemp("ailleurs") / "budget.xlsx"
        openpyxl.Workbook().save(sortie)
        octets = sortie.read_bytes()
        assert executer([commande, str(dossier), "--sortie", str(sortie)]) == 1
        assert sortie.read_bytes() == octets


class TestFormulaires:
    def test_la_table_vide_se_relit_et_son_exemple_n_est_personne(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert executer(["formulaire", "--format", "csv", "--dossier", str(tmp_path)]) == 0
        table = next(tmp_path.glob("*.csv"))
        lignes = table.read_bytes().decode("utf-8-sig").split("\r\n")
        assert lignes[1].startswith("EXEMPLE-A-REMPLACER")
        table.write_bytes(
            ("\ufeff" + "\r\n".join([*lignes[:2], lignes[1].replace("EXEMPLE-A-REMPLACER", "P1"), ""])).encode()
        )
        sortie = tmp_path / "notes" / "c.csv"
        sortie.parent.mkdir()
        assert executer(["cohorte", str(table), "--sortie", str(sortie)]) == 0
        assert [li["identifiant"] for li in lire_csv(sortie.read_text(encoding="utf-8-sig"), ";")] == ["P1"]
        assert "ligne d’exemple" in capsys.readouterr().err

    @pytest.mark.parametrize("format_", ["xlsx", "html"])
    def test_un_formulaire_par_participant(self, tmp_path: Path, format_: str) -> None:
        codes = tmp_path / "codes.csv"
        codes.write_bytes("identifiant;nom\r\nR 1;x\r\nÉlan;y\r\n".encode("cp1252"))
        dossier = tmp_path / "envoi"
        assert executer(["formulaire", "--format", format_, "--pour", str(codes), "--dossier", str(dossier)]) == 0
        assert sorted(f.name for f in dossier.iterdir()) == [
            f"formulaire-elan-t0-soi.{format_}",
            f"formulaire-r-1-t0-soi.{format_}",
        ]

    @pytest.mark.echantillon(3)
    @pytest.mark.parametrize("format_", ["xlsx", "html", "csv"])
    def test_un_formulaire_rempli_n_est_jamais_remplace(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], format_: str
    ) -> None:
        """Chacun rend le sien sous le nom reçu ; ajouter un participant ne doit effacer les réponses de personne."""
        commande = ["formulaire", "--format", format_, "--dossier", str(tmp_path)]
        assert executer(commande) == 0
        vierge = tmp_path / f"formulaire-t0-soi.{format_}"
        assert executer(commande) == 0
        rendu = vierge.read_bytes() + b"des reponses"
        vierge.write_bytes(rendu)
        assert executer(commande) == 1
        assert "vierge" in capsys.readouterr().err
        assert vierge.read_bytes() == rendu

    def test_un_faux_classeur_se_dit_avec_de_vraies_apostrophes(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for nom, octets in (("coupe", b"PK\x03\x04"), ("autre", b"bonjour")):
            (tmp_path / f"{nom}.xlsx").write_bytes(octets)
        assert executer(["cohorte", str(tmp_path), "--sortie", str(tmp_path / "g.csv")]) == 1
        dit = capsys.readouterr().err
        assert "coupe.xlsx" in dit
        assert "autre.xlsx" in dit
        assert "'" not in dit.replace(str(tmp_path), "")

    def test_deux_codes_de_meme_nom_de_fichier_sont_refuses(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        codes = tmp_path / "codes.csv"
        codes.write_text("R 1\nR-1\nR2\nr2\n", encoding="utf-8")
        assert executer(["formulaire", "--pour", str(codes), "--dossier", str(tmp_path / "e")]) == 1
        dit = capsys.readouterr().err
        assert "ligne 2" in dit
        assert "ligne 4" in dit
        assert not (tmp_path / "e").exists()

    @pytest.mark.parametrize(
        "options",
        [["--format", "ods"], ["--moment", "hier"], ["--regard", "chef"], ["--format", "csv", "--colonne", "x"]],
    )
    def test_un_mauvais_emploi_vaut_deux(self, tmp_path: Path, options: list[str]) -> None:
        assert executer(["formulaire", "--dossier", str(tmp_path), *options]) == 2


LIBELLES = [niveau.libelle for niveau in livre().echelle.niveaux]
ECRITURES = {
    "0": ("0", "0,0", "0.0", LIBELLES[0], LIBELLES[0].upper()),
    "1": ("1", " 1 ", "1,00", LIBELLES[1], LIBELLES[1].lower().replace("’", "'")),
    "2": ("2", "2.0", LIBELLES[2]),
    "3": ("3", "3,0", LIBELLES[3]),
    "4": ("4", "4", sans_accent(LIBELLES[4])),
    "S": ("SO", "so", "S.O.", "sans objet", "Non concerné"),
    ".": ("", " ", "\u00a0"),
    "!": ("5", "-1", "2,5", "peut-être", "True", "1_0", "NaN", "٣", "3 ou 4", "#N/A", "=1+1", "NSP", "NC"),
}
"""Ce qu’une cellule veut dire, et les façons de l’écrire ; « ! » est toujours refusé."""


@st.composite
def tables_ecrites(tirer: st.DrawFn) -> list[list[tuple[str, str]]]:
    """Une table : pour chaque cellule, son sens et une façon de l’écrire."""
    # Un seul tirage par cellule ; chaque sens y a autant de chances que les autres.
    places = max(map(len, ECRITURES.values()))
    couples = [(sens, textes[rang % len(textes)]) for sens, textes in ECRITURES.items() for rang in range(places)]
    cellule = st.sampled_from(couples)
    table = tirer(st.lists(st.lists(cellule, min_size=24, max_size=24), min_size=1, max_size=4))
    sens, textes = ({couple[rang] for ligne in table for couple in ligne} for rang in (0, 1))
    # « 5 » sans aucun 0, « -1 » sans aucun 0 ou sans aucun 4 : une échelle décalée d’un cran, et la table est refusée.
    assume("5" not in textes or "0" in sens)
    assume("-1" not in textes or {"0", "4"} <= sens)
    return table


def plan_livre(referentiel: Referentiel) -> Plan:
    """Le référentiel livré, pour l’oracle indépendant."""
    return Plan(
        niveaux=[niveau.valeur for niveau in referentiel.echelle.niveaux],
        seuil=Fraction(1, 2),
        seuil_equilibre=Fraction(15, 100),
        competences=[c.identifiant for c in referentiel.competences],
        poles={i.identifiant: (Fraction(i.position.x), Fraction(i.position.y)) for i in referentiel.ingenieries},
        items=[ItemNu(i.code, i.competence, i.ingenierie, Fraction(1), False) for i in referentiel.items],
        groupes={g.identifiant: list(g.items) for r in referentiel.regroupements for g in r.groupes},
    )


# Chaque table a une douzaine de cellules de toutes sortes : 80 tables, un millier de cellules contre l’oracle.
@settings(max_examples=tirages(25), deadline=None)
@given(table=tables_ecrites())
@pytest.mark.endurance
def test_une_table_quelconque_se_note_comme_l_oracle(
    referentiel: Referentiel, table: list[list[tuple[str, str]]]
) -> None:
    """Chaque cellule est notée, comptée manquante ou refusée, et les trois font le compte ; les scores sont justes."""
    codes = [item.code for item in referentiel.ordre_de_passation()]
    texte = io.StringIO(newline="")
    ecrivain = csv.writer(texte, delimiter=";", lineterminator="\r\n")
    ecrivain.writerows([["identifiant", *codes], *([f"P{n}", *(t for _, t in li)] for n, li in enumerate(table))])
    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier) / "t.csv"
        chemin.write_bytes(("\ufeff" + texte.getvalue()).encode())
        lecture = cpit.lire(chemin, referentiel)
    cohorte = lecture.cohorte
    assert len(cohorte.notees) == len(table)
    assert len(refusees(lecture.anomalies)) == sum(sens == "!" for ligne in table for sens, _ in ligne)
    plan = plan_livre(referentiel)
    for notee, ligne in zip(cohorte.notees, table, strict=True):
        dits = dict(zip(codes, (sens for sens, _ in ligne), strict=True))
        notees = notee.passation.valeurs()
        manquants = [c for c in codes if c not in notees and c not in notee.releve.refusees]
        assert notees == {code: int(sens) for code, sens in dits.items() if sens in "01234"}
        assert notee.releve.refusees == {code for code, sens in dits.items() if sens == "!"}
        assert sorted(manquants) == sorted(code for code, sens in dits.items() if sens in "S.")
        attendu = oracle(plan, notees)
        for code, score in attendu.scores.items():
            trouve = notee.resultat.score(code).valeur
            assert (trouve is None) == (score is None)
            assert trouve is None or score is None or abs(trouve - float(score)) < PRES


def test_en_mode_simple_un_groupe_compte_des_passations_pas_des_items(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = RACINE / "exemples" / "cohorte-fictive.csv"
    executer(["cohorte", str(source), "--simple", "--sortie", str(tmp_path / "g.csv")])
    ecran = capsys.readouterr().out
    assert "passations notées sur" in ecran
    assert "items répondus" not in ecran


def test_ce_qui_traine_parmi_des_reponses_est_reconnu_et_mis_de_cote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Une grille se lisait comme les réponses d’une personne, une notice en .txt refusait tout le dossier."""
    monkeypatch.chdir(tmp_path)
    Path("d").mkdir()
    Path("d/t.csv").write_text("identifiant;A1;A2;A3;R1;R2;R3\nP1;1;2;3;3;1;2\n", encoding="utf-8")
    assert executer(["referentiel", "modele", "--xlsx", "--sortie", "d/grille.xlsx"]) == 0
    Path("d/mien.yaml").write_text(cpit.referentiel("minimal").texte, encoding="utf-8")
    assert executer(["correspondance", "d/t.csv", "--referentiel", "minimal", "--sortie", "d/corr.yaml"]) == 0
    for nom in ("LISEZMOI.txt", "Lisez-moi.md", "README"):
        Path("d", nom).write_text("Lire ceci : 3 avril\n", encoding="utf-8")
    recueil = cpit.lire("d/t.csv", "minimal")
    for nom in ("f.pdf", "f.svg"):
        cpit.ecrire(cpit.figure("radar", recueil), Path("d", nom))
    assert executer(["restituer", str(_une_passation()), "--page", "d/p.html"]) == 0
    assert executer(["referentiel", "exporter", "minimal", "--vers", "docx", "--sortie", "d/papier"]) == 0
    lu = cpit.lire("d", "minimal")
    assert [n.passation.identifiant for n in lu.cohorte.notees] == ["P1"]
    assert {Path(a.lieu.fichier).name: (a.code, a.mots.get("nature", "")) for a in lu.anomalies if a.lieu.fichier} == {
        "grille.xlsx": ("document-ignore", "une grille de référentiel"),
        "mien.yaml": ("document-ignore", "un référentiel"),
        "corr.yaml": ("document-ignore", "une correspondance"),
        **dict.fromkeys(("LISEZMOI.txt", "Lisez-moi.md", "README"), ("document-ignore", "une notice")),
        **dict.fromkeys(("f.pdf", "f.svg", "p.html", "papier.docx"), ("sortie-ignoree", "")),
    }
    assert executer(["cohorte", "d", "--referentiel", "minimal", "--sortie", "c.csv"]) == 0
    # Nommée seule, elle ne donne rien, et c’est un refus.
    assert executer(["cohorte", "d/grille.xlsx", "--referentiel", "minimal", "--sortie", "g.csv"]) == 1


def _une_passation() -> Path:
    minimal = cpit.referentiel("minimal")
    reponses = {item.code: repondu(2) for item in minimal.items}
    une = Passation.nouvelle(minimal, identifiant="P9", reponses=reponses, terminee="2026-03-01T10:00:00")
    Path("p9.json").write_bytes(encoder_passation(une))
    return Path("p9.json")

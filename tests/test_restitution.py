"""La restitution à l’écran : barres, carte, lecture, et ce qu’elle dit de ce qui n’a pas été calculé."""

from __future__ import annotations

import itertools
import re
import tempfile
from pathlib import Path

import pytest
from aide_terminal import sur_console
from aides import encoder_passation, premiere, tirages
from hypothesis import given, settings
from hypothesis import strategies as st

import cpit
from cpit.api.personne import Restitution
from cpit.coeur.passation import Passation, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel

RACINE = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def referentiel() -> Referentiel:
    return cpit.referentiel(RACINE / "referentiels" / "innovation-territoriale.yaml")


def composer(referentiel: Referentiel, reponses: str, **champs: str) -> Restitution:
    """Restitution d’une suite de signes : un chiffre, S (sans objet) ou . (sans réponse), dans l’ordre des items."""
    passation = Passation.nouvelle(referentiel, **champs)
    signes = reponses.replace(" ", "")
    for item, signe in zip(referentiel.ordre_de_passation(), signes, strict=True):
        reponse = sans_objet() if signe == "S" else sans_reponse() if signe == "." else repondu(int(signe))
        passation = passation.avec_reponse(item.code, reponse)
    return cpit.restituer(referentiel, passation)


def ecran(restitution: Restitution, *, largeur: int = 80, encodage: str = "utf-8", simple: bool = False) -> str:
    """Ce que « cpit restituer » montre de cette passation."""
    with tempfile.TemporaryDirectory() as dossier:
        (Path(dossier) / "p.json").write_bytes(encoder_passation(restitution.passation))
        options = ["--simple"] if simple else []
        fini = sur_console("restituer", "p.json", *options, encodage=encodage, dossier=Path(dossier), largeur=largeur)
    assert fini.returncode == 0, fini.stderr.decode()
    return fini.stdout.decode(encodage)


def carte(restitution: Restitution, *, largeur: int = 80, encodage: str = "utf-8") -> list[str]:
    """Les lignes de la carte et de ce qui la décrit, de son titre à celui de la lecture."""
    lignes = ecran(restitution, largeur=largeur, encodage=encodage).splitlines()
    titres = {mot: rang for rang, ligne in enumerate(lignes) if (mot := ligne.rstrip("─- ")) in ("Carte", "Lecture")}
    return lignes[titres["Carte"] + 1 : titres["Lecture"]]


def _signe(valeur: float) -> int:
    return (valeur > 0) - (valeur < 0)


TOUT_A_DEUX = "222 " * 8
CATALYSE = "014 014 014 014 014 014 014 013"


class TestLecture:
    def test_tout_egal_ne_detache_rien(self, referentiel: Referentiel) -> None:
        lecture = composer(referentiel, TOUT_A_DEUX).interpretation
        assert lecture.appuis == ()
        assert lecture.fragiles == ()
        assert "aucune ne se détache" in lecture.relief
        assert "équilibre" in lecture.position[0]

    def test_une_difference_qui_ne_s_ecrit_pas_ne_detache_rien(self) -> None:
        """Trois réponses sur cinq, 10/3 ; quatre, 13/4 : 3,3 et 3,3 une fois écrits."""
        bfi = cpit.referentiel(RACINE / "tests" / "referentiels" / "bfi.yaml")
        passation = Passation.nouvelle(bfi)
        for rang, competence in enumerate(bfi.competences):
            valeurs = (3, 3, 4) if rang == 0 else (3, 3, 3, 4)
            for item, valeur in zip(bfi.echelles[competence.identifiant].items, valeurs, strict=False):
                passation = passation.avec_reponse(item.code, repondu(7 - valeur if item.inverse else valeur))
        lecture = cpit.restituer(bfi, passation).interpretation
        assert (lecture.appuis, lecture.fragiles) == ((), ())
        assert "le même score, à une décimale près" in lecture.relief

    def test_une_ingenierie_domine(self, referentiel: Referentiel) -> None:
        restitution = composer(referentiel, CATALYSE)
        assert restitution.resultat.situation.dominante == ("catalyse",)
        assert "Catalyse territoriale" in restitution.interpretation.position[0]

    def test_les_plus_hautes_et_les_plus_basses(self, referentiel: Referentiel) -> None:
        lecture = composer(referentiel, "444 333 222 222 222 222 111 000").interpretation
        assert [r.competence.identifiant for r in lecture.appuis] == ["C1", "C2"]
        assert [r.competence.identifiant for r in lecture.fragiles] == ["C8", "C7"]
        assert all(r.constat and r.pas for r in (*lecture.appuis, *lecture.fragiles))

    def test_les_ex_aequo_viennent_tous_ou_pas(self, referentiel: Referentiel) -> None:
        """C1 seule en tête ; C2 à C4 se suivent à égalité : les trois seraient trop, aucune n’est citée."""
        lecture = composer(referentiel, "444 333 333 333 222 222 222 000").interpretation
        assert [r.competence.identifiant for r in lecture.appuis] == ["C1"]

    def test_presque_toutes_a_egalite_ne_se_detachent_pas(self, referentiel: Referentiel) -> None:
        """Sept compétences à 3, une à 0 : la huitième est fragile, les sept ne sont pas des points d’appui."""
        lecture = composer(referentiel, "333 " * 7 + "000").interpretation
        assert lecture.appuis == ()
        assert [r.competence.identifiant for r in lecture.fragiles] == ["C8"]
        assert lecture.relief.startswith("7 compétences ont le même score, le plus haut")
        inverse = composer(referentiel, "111 " * 7 + "444").interpretation
        assert ([r.competence.identifiant for r in inverse.appuis], inverse.fragiles) == (["C8"], ())

    def test_aucune_competence_n_est_des_deux_cotes(self, referentiel: Referentiel) -> None:
        lecture = composer(referentiel, "444 ... ... ... ... ... ... 111").interpretation
        appuis = {r.competence.identifiant for r in lecture.appuis}
        assert not appuis & {r.competence.identifiant for r in lecture.fragiles}

    def test_rien_de_repondu_le_dit(self, referentiel: Referentiel) -> None:
        lecture = composer(referentiel, "... " * 8).interpretation
        assert "Pas de position" in lecture.position[0]
        assert "Aucune compétence n’a de score" in lecture.relief
        assert len(lecture.non_calcule) == 2

    def test_zero_partout_n_a_pas_de_position_mais_des_scores(self, referentiel: Referentiel) -> None:
        restitution = composer(referentiel, "000 " * 8)
        assert restitution.resultat.situation.position is None
        assert "aucune ne tire la position" in restitution.interpretation.position[0]
        assert all(score.valeur == 0 for score in restitution.resultat.competences.values())

    def test_ce_qui_manque_est_dit_par_son_code(self, referentiel: Referentiel) -> None:
        lecture = composer(referentiel, "2S. 222 222 222 222 222 222 222").interpretation
        texte = " ".join(lecture.non_calcule)
        assert "C1 Mettre en mouvement" in texte
        assert re.search("sans objet.*C1M", texte)
        assert re.search("sans réponse.*C1C", texte)

    def test_le_regard_d_un_tiers_change_la_portee(self, referentiel: Referentiel) -> None:
        soi = composer(referentiel, TOUT_A_DEUX).interpretation
        tiers = composer(referentiel, TOUT_A_DEUX, regard="tiers").interpretation
        assert "Mabe" in soi.portee[0]
        assert "tiers" in tiers.portee[0]

    def test_une_lecture_qui_depend_des_coordonnees_le_dit(self, referentiel: Referentiel) -> None:
        """Parmi toutes les parts possibles, certaines ne dominent qu’avec nos coordonnées : elles sont signalées."""
        trouvees = set()
        for p, m, c in itertools.product("01234", repeat=3):
            passation = composer(referentiel, f"{p}{m}{c} " * 8)
            phrases = passation.interpretation.position
            trouvees.add("Prudence" in phrases[-1])
        assert trouvees == {True, False}

    @pytest.mark.parametrize(("seule", "rang"), [("400", 0), ("040", 1), ("004", 2)])
    def test_le_point_dit_de_combien_et_de_quel_cote_il_bouge(
        self, referentiel: Referentiel, seule: str, rang: int
    ) -> None:
        """Une seule ingénierie pèse : le point est là où chaque jeu la place, ce qui se compte à la main."""
        restitution = composer(referentiel, f"{seule} " * 8)
        ingenierie = referentiel.ingenieries[rang]
        ici, poles = ingenierie.position, [jeu.positions[ingenierie.identifiant] for jeu in referentiel.sensibilite]
        de_x, de_y = (max(abs(getattr(p, axe) - getattr(ici, axe)) for p in poles) for axe in "xy")
        autres = [p for p in poles if (_signe(p.x), _signe(p.y)) != (_signe(ici.x), _signe(ici.y))]
        phrase = next(p for p in restitution.interpretation.position if "est une hypothèse" in p)
        bouge = f"bouge de {de_x:.2f} au plus à l’horizontale et de {de_y:.2f} à la verticale"
        assert bouge.replace(".", ",") in phrase
        assert (f"change de côté avec {len(autres)} des {len(poles)}" in phrase) == bool(autres)
        assert ("il reste du côté" in phrase or "il reste au milieu" in phrase) == (not autres)

    def test_une_moyenne_de_reponses_eloignees_le_dit_toujours(self, referentiel: Referentiel) -> None:
        """« 2S4 » : de 2 à 4, deux niveaux ; « 2.3 » : un seul. Toutes les combinaisons de trois réponses."""
        niveaux, vues = referentiel.echelle.par_valeur, 0
        for signes in map("".join, itertools.product("01234S.", repeat=3)):
            chiffres = [int(signe) for signe in signes if signe.isdigit()] or [0]
            fond = "1" if max(chiffres) > 1 else "4"
            lecture = composer(referentiel, f"{signes} " + f"{fond * 3} " * 7).interpretation
            for relief in (r for r in (*lecture.appuis, *lecture.fragiles) if r.competence.identifiant == "C1"):
                loin = max(chiffres) - min(chiffres) >= 2
                assert ("Les réponses y diffèrent" in relief.constat) == loin, signes
                for bout in (min(chiffres), max(chiffres)) if loin else ():
                    assert f"{niveaux[bout].libelle}\N{NO-BREAK SPACE}»" in relief.constat.replace("\u202f", "\u00a0")
                vues += loin
        assert vues > 100

    def test_pres_du_centre_la_region_ne_contredit_pas_l_equilibre(self, referentiel: Referentiel) -> None:
        """Un point dit en équilibre, que sa région sépare du centre, dit pourquoi."""
        vues = 0
        for p, m, c in itertools.product("1234", repeat=3):
            restitution = composer(referentiel, f"{p}{m}{c} " * 8)
            phrases = " ".join(restitution.interpretation.position)
            if not restitution.resultat.situation.dominante:
                assert "laisse le centre en dehors" not in phrases
                vues += "assez proche pour que rien n’y domine" in phrases
        assert vues

    def test_jamais_de_mot_de_jugement(self, referentiel: Referentiel) -> None:
        texte = ecran(composer(referentiel, "444 333 222 222 222 222 111 000")).lower()
        for mot in ("insuffisant", "mauvais", "excellent", "échec", "réussite", "rang ", "/100", "moyenne générale"):
            assert mot not in texte


class TestCarte:
    def test_poles_personne_et_competences_y_sont(self, referentiel: Referentiel) -> None:
        dessin = "\n".join(carte(composer(referentiel, CATALYSE)))
        for nom in ("Ingénierie publique", "Management de projets", "Catalyse territoriale", "vous", "C8"):
            assert nom in dessin
        assert dessin.count("◆") == 2  # la personne et la légende

    def test_les_bouts_des_axes_sont_nommes(self, referentiel: Referentiel) -> None:
        dessin = "\n".join(carte(composer(referentiel, CATALYSE)))
        for bout in ("temps long", "temps court", "Action individuelle", "Action collective"):
            assert bout in dessin

    def test_en_ascii_tout_reste_en_ascii_hors_accents(self, referentiel: Referentiel) -> None:
        lignes = carte(composer(referentiel, CATALYSE), encodage="latin-1")
        assert any(ligne.startswith(" +---") for ligne in lignes)
        assert not set("".join(lignes)) & set("─│┌┐└┘┼▲◆·")

    def test_sans_position_la_personne_n_est_pas_posee(self, referentiel: Referentiel) -> None:
        lignes = carte(composer(referentiel, "000 " * 8))
        assert "".join(lignes).count("◆") == 1  # la légende seule
        assert any("Sans position propre" in ligne for ligne in lignes)

    def test_un_tiers_ne_lit_pas_vous(self, referentiel: Referentiel) -> None:
        lignes = carte(composer(referentiel, CATALYSE, regard="tiers"))
        assert "vous" not in "".join(lignes)
        assert "la personne" in "".join(lignes)

    @settings(max_examples=tirages(25), deadline=None)
    # Sous 56 colonnes, la carte se lit en phrases.
    @given(st.text("01234S.", min_size=24, max_size=24), st.integers(56, 120))
    @pytest.mark.endurance
    def test_le_cadre_est_toujours_droit_et_rien_n_est_cache(self, signes: str, largeur: int) -> None:
        referentiel = cpit.referentiel(RACINE / "referentiels" / "innovation-territoriale.yaml")
        restitution = composer(referentiel, signes)
        lignes = carte(restitution, largeur=largeur)
        rangees = [ligne for ligne in lignes if ligne.startswith(" │")]
        assert len({len(ligne) for ligne in rangees}) == 1
        assert max(map(len, rangees)) <= min(largeur, 78)
        texte = "\n".join(lignes)
        for code, situation in restitution.resultat.situations_competences.items():
            assert code in texte, (code, situation)
        if restitution.resultat.situation.position is not None:
            assert "◆" in "\n".join(rangees)


class TestEcran:
    def test_compte_et_niveau_accompagnent_chaque_score(self, referentiel: Referentiel) -> None:
        """C1 = (1 + 2 + 3) / 3 = 2,0."""
        texte = ecran(composer(referentiel, "123 " + "222 " * 7))
        niveau = referentiel.echelle.par_valeur[2].libelle.split()[0]
        assert re.search(rf"C1 {referentiel.competences[0].libelle} +\S+ 2,0 {niveau} .*3/3", texte)

    def test_un_score_absent_dit_pourquoi(self, referentiel: Referentiel) -> None:
        texte = re.sub(r"\s+", " ", ecran(composer(referentiel, "1.. " + "222 " * 7)))
        assert "trop peu de réponses" in texte

    @pytest.mark.parametrize("largeur", [20, 40, 56, 80, 120, 200])
    def test_aucune_ligne_ne_deborde(self, referentiel: Referentiel, largeur: int) -> None:
        texte = ecran(composer(referentiel, CATALYSE), largeur=largeur)
        longues = [ligne for ligne in texte.splitlines() if len(ligne.rstrip()) > largeur]
        assert longues == []

    @pytest.mark.parametrize("encodage", ["cp1252", "cp850", "ascii", "latin-1"])
    def test_toute_console_lit_tout(self, referentiel: Referentiel, encodage: str) -> None:
        texte = ecran(composer(referentiel, CATALYSE), encodage=encodage)
        assert "?" not in texte
        assert "Mettre en mouvement" in texte

    def test_le_mode_simple_n_a_ni_cadre_ni_echappement(self, referentiel: Referentiel) -> None:
        texte = ecran(composer(referentiel, CATALYSE), simple=True)
        assert not set(texte) & set("─│┌┐└┘┼═█░▲◆\x1b")
        assert "C1 Mettre en mouvement\u202f: 1,7 sur 4" in texte
        assert "Vous\u202f: horizontal" in texte

    def test_les_regroupements_viennent_en_second_et_disent_leurs_effectifs(self) -> None:
        texte = ecran(composer(premiere(), TOUT_A_DEUX))
        assert texte.index("Carte") < texte.index("En second")
        assert "Peu d’items" in texte


def test_ce_qui_n_a_pas_ete_calcule_se_lit_sans_identifiant_ni_liste_sans_fin(referentiel: Referentiel) -> None:
    """Ni « departementale Régionale… », ni dix-huit fois « aucune réponse », ni quatre points de suite."""
    trop_peu = composer(referentiel, "2" * 6 + "." * 18).interpretation.non_calcule
    assert any(phrase.startswith("Régionale ou départementale\u202f: ") for phrase in trop_peu)
    assert trop_peu[-1].endswith("…")
    assert composer(referentiel, "S" * 24).interpretation.non_calcule == (
        "Aucun score\u202f: aucune réponse n’entre dans le calcul.",
        "24 items «\u202fsans objet\u202f», hors du calcul\u202f: tous.",
    )


def test_toutes_les_reponses_au_plus_bas_ne_sont_pas_une_absence_de_reponses(referentiel: Referentiel) -> None:
    for simple in (False, True):
        texte = " ".join(ecran(composer(referentiel, "0" * 24), simple=simple).split())
        assert "tout y est au plus bas" in texte
        assert "faute de réponses" not in texte

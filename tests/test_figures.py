"""Les figures : ce qu’elles montrent, ce qu’elles ne montrent jamais, et leurs trois formats."""

from __future__ import annotations

import itertools
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from aide_cohorte import TROIS_STRATES, cohorte_au_hasard
from aides import RACINE, Programme, encoder_passation

import cpit
from cpit import ErreurCpit
from cpit.cli import executer
from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.passation import Passation, repondu
from cpit.coeur.referentiel import Axe, Axes, Competence, Ingenierie, Item, Position, Referentiel
from cpit.figures.carte import carte_groupe
from cpit.figures.dessin import (
    CADRATIN,
    DOSSIER,
    PALETTE_CLAIRE,
    PALETTE_GRISE,
    PALETTE_SOMBRE,
    Boite,
    Calque,
    Cercle,
    Dessin,
    Figure,
    Point,
    Style,
    Texte,
    Trace,
    chasses,
    chemin_police,
    largeur,
    plier_texte,
    variables,
)
from cpit.formats.recueil import Recueil

sys.path.insert(0, str(RACINE / "tests" / "outils"))

import faire_figures

LIVRE = cpit.referentiel(RACINE / "referentiels" / "innovation-territoriale.yaml")
REFERENCES = {fichier.stem for fichier in faire_figures.REFERENCES.glob("*.txt")}
EXEMPLES = RACINE / "exemples"
EXEMPLE = EXEMPLES / "passation-r01-t0-soi.json"
DE_PERSONNE = ("carte", "radar", "matrice")
DE_GROUPE = (*DE_PERSONNE, "distribution")
D_UNE_PAGE_DE_GROUPE = ("carte", "distribution", "matrice")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>&\"' {{7*7}} ]]>\x00\x1b[31m\u202e"


@cache
def livrees() -> dict[str, Figure]:
    """Les figures de ``tests/outils/faire_figures.py``, dessinées une seule fois."""
    return faire_figures.toutes()


def referentiel_large() -> Referentiel:
    """Douze compétences et cinq ingénieries aux libellés longs."""
    poles = [(-1, 0.2), (0, -1), (1, 1), (-0.4, 1), (1, -0.5)]
    long = "Évaluation participative intersectorielle des politiques publiques territoriales"
    ingenieries = tuple(
        Ingenierie(f"i{k}", f"{long} {k}", "f", Position(*p), hypothese="h") for k, p in enumerate(poles)
    )
    competences = tuple(
        Competence(
            f"COMP-{k:02d}", "Concevoir et faire vivre des coopérations durables entre acteurs " * (1 + k % 2), "d"
        )
        for k in range(12)
    )
    items = tuple(
        Item(f"{c.identifiant}-{i.identifiant}", c.identifiant, i.identifiant, "e")
        for c in competences
        for i in ingenieries
    )
    axes = Axes(
        Axe(
            "x",
            "De l’action menée seul à l’action partagée par tous",
            "Une action confidentielle",
            "Une action ouverte",
        ),
        Axe("y", "Horizon de temps des actions", "Le temps très court des urgences", "Le temps long des confiances"),
    )
    vide: tuple[()] = ()
    return replace(
        LIVRE, ingenieries=ingenieries, competences=competences, items=items, axes=axes,
        regroupements=vide, profil=vide, sensibilite=vide,
    )  # fmt: skip


REFERENTIELS = {
    "livre": LIVRE,
    "minimal": cpit.referentiel(RACINE / "referentiels" / "minimal.yaml"),
    "large": referentiel_large(),
    "bipolaire": cpit.referentiel(RACINE / "tests" / "referentiels" / "bipolaire.yaml"),
    "sus": cpit.referentiel(RACINE / "tests" / "referentiels" / "sus.yaml"),
}


def restitution(referentiel: Referentiel, cases: Callable[[int], int | None] = lambda r: r % 4 + 1) -> Restitution:
    reponses = {i.code: repondu(v) for r, i in enumerate(referentiel.items) if (v := cases(r)) is not None}
    return cpit.restituer(referentiel, replace(Passation.nouvelle(referentiel), reponses=reponses))


def dessiner(nature: str, quoi: Restitution | Cohorte, pixels: float = 640, **options: Any) -> Figure:
    """Une figure, large de tant de pixels CSS : 96 par pouce."""
    return cpit.figure(nature, quoi, largeur=pixels / 96 * 25.4, **options)


def toutes(referentiel: Referentiel, groupe: Cohorte, **style: Any) -> list[Figure]:
    personne = cpit.restituer(referentiel, groupe.notees[0].passation)
    return [
        *(dessiner(nature, personne, **style) for nature in DE_PERSONNE),
        *(dessiner(nature, groupe, **style) for nature in DE_GROUPE),
    ]


def en_octets(figure: Figure, suffixe: str, **options: int) -> bytes:
    """Le fichier d’une figure."""
    with tempfile.TemporaryDirectory() as dossier:
        return cpit.ecrire(figure, Path(dossier) / f"f{suffixe}", **options).read_bytes()


def recouvrement(a: Boite, b: Boite) -> float:
    """Aire commune à deux boîtes, en pixels carrés."""
    large, haute = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return large * haute if large > 0 and haute > 0 else 0.0


def calque(figure: Figure, nom: str) -> list[Calque]:
    return [c for c in figure.dessin.calques if c.nom == nom]


def textes(figure: Figure) -> list[str]:
    return [f.contenu for c in figure.dessin.calques for f in c.formes if isinstance(f, Texte)]


# --- structure ------------------------------------------------------------------------------------------------------


def test_chaque_figure_a_sa_reference() -> None:
    assert set(livrees()) == REFERENCES


@pytest.mark.parametrize("cle", sorted(REFERENCES))
def test_chaque_figure_a_la_structure_de_sa_reference(cle: str) -> None:
    """À un pixel près ; python tests/outils/faire_figures.py refait les références, à relire avant de les garder."""
    attendue = (faire_figures.REFERENCES / f"{cle}.txt").read_text(encoding="utf-8")
    obtenue = faire_figures.structure(livrees()[cle].svg)
    nombre = re.compile(r"-?\d+")
    assert nombre.sub("#", obtenue) == nombre.sub("#", attendue)
    paires = zip(map(int, nombre.findall(obtenue)), map(int, nombre.findall(attendue)), strict=True)
    assert all(abs(a - b) <= 1 for a, b in paires)


def test_la_figure_du_readme_est_a_jour() -> None:
    assert faire_figures.CARTE.read_text(encoding="utf-8") == livrees()["carte-personne"].svg


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("nom", REFERENTIELS)
@pytest.mark.parametrize("style", [{}, {"pixels": 302}, {"pixels": 1200, "decimale": "point", "gris": True}], ids=str)
def test_toute_figure_est_un_svg_valable_qui_se_decrit(nom: str, style: dict[str, Any]) -> None:
    referentiel = REFERENTIELS[nom]
    for figure in toutes(referentiel, cohorte_au_hasard(referentiel, 9, absentes=0.25), **style):
        assert verifier_le_svg(figure.svg) == figure.cle
        racine = Xml.fromstring(figure.svg)
        assert [racine.findtext(f"{SVG}title"), racine.findtext(f"{SVG}desc")] == [figure.titre, figure.description]
        assert racine.get("width") == f"{figure.largeur:g}" == f"{style.get('pixels', 640):g}"
        assert "var(--encre" not in figure.svg


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("nom", REFERENTIELS)
def test_toute_figure_d_une_page_suit_ses_couleurs_et_se_decrit(tmp_path: Path, nom: str) -> None:
    referentiel = REFERENTIELS[nom]
    groupe = cohorte_au_hasard(referentiel, 9, absentes=0.25)
    personne = cpit.restituer(referentiel, groupe.notees[0].passation)
    for rang, (quoi, natures) in enumerate(((personne, DE_PERSONNE), (Recueil(groupe), D_UNE_PAGE_DE_GROUPE))):
        page = cpit.ecrire(quoi, tmp_path / f"{rang}.html").read_text(encoding="utf-8")
        dessins = re.findall(r"<svg [^>]*figure-cpit.*?</svg>", page, re.DOTALL)
        cles = [verifier_le_svg(dessin) for dessin in dessins]
        assert len(set(cles)) == len(cles)
        assert {cle.partition("-")[0] for cle in cles} >= set(natures)
        assert all("var(--encre" in dessin for dessin in dessins)


def verifier_le_svg(svg: str) -> str:
    """Il se dit image, porte un titre et une description, ne prend rien ailleurs ; rend le préfixe de ses noms."""
    racine = Xml.fromstring(svg)
    assert racine.get("role") == "img"
    identifiants = [str(e.get("id")) for e in racine.iter() if e.get("id")]
    assert len(identifiants) == len(set(identifiants))
    assert str(racine.get("aria-labelledby")).split() == identifiants[:2]
    assert racine.findtext(f"{SVG}title")
    assert racine.findtext(f"{SVG}desc")
    assert not re.search(r"(href|src|style|@import|http(?!://www\.w3\.org/2000/svg))", svg)
    cle = identifiants[0].removesuffix("-titre")
    assert all(identifiant.startswith(cle) for identifiant in identifiants)
    return cle


@pytest.mark.parametrize("nom", REFERENTIELS)
def test_aucun_texte_ne_sort_de_la_figure(nom: str) -> None:
    referentiel = REFERENTIELS[nom]
    for pixels in (640, 302):
        for figure in toutes(referentiel, cohorte_au_hasard(referentiel, 9), pixels=pixels):
            verifier_les_bords(figure)


def verifier_les_bords(figure: Figure) -> None:
    for texte in (f for c in figure.dessin.calques for f in c.formes if isinstance(f, Texte)):
        long = largeur(texte.contenu, texte.corps, gras=texte.gras)
        debut = {"start": 0.0, "middle": long / 2, "end": long}[texte.ancre]
        place = (figure.hauteur - texte.y, figure.hauteur) if texte.tourne else (texte.x, figure.largeur)
        assert place[0] - debut >= -1, texte
        assert place[0] - debut + long <= place[1] + 1, texte
        assert 0 <= texte.y <= figure.hauteur, texte


def test_deux_figures_d_une_page_n_ont_aucun_identifiant_commun(tmp_path: Path) -> None:
    recueil = Recueil(cohorte_au_hasard(LIVRE, 30, TROIS_STRATES))
    page = cpit.ecrire(recueil, tmp_path / "p.html").read_text(encoding="utf-8")
    dessins = re.findall(r"<svg [^>]*figure-cpit.*?</svg>", page, re.DOTALL)
    assert len(dessins) == 3 * len(D_UNE_PAGE_DE_GROUPE)
    vus = [identifiant for dessin in dessins for identifiant in re.findall(r' id="([^"]+)"', dessin)]
    assert len(vus) == len(set(vus))


def test_une_cohorte_de_plusieurs_strates_doit_en_nommer_une() -> None:
    cohorte = cohorte_au_hasard(LIVRE, 9, TROIS_STRATES)
    for nature in DE_GROUPE:
        with pytest.raises(ErreurCpit) as plusieurs:
            cpit.figure(nature, cohorte)
        assert [une.code for une in plusieurs.value.anomalies] == ["figure-plusieurs-strates"]
        with pytest.raises(ErreurCpit) as aucune:
            cpit.figure(nature, cohorte, moment="t9")
        assert [une.code for une in aucune.value.anomalies] == ["figure-strate-absente"]


@pytest.mark.endurance
def test_les_memes_donnees_donnent_les_memes_octets() -> None:
    for un, deux in zip(faire_figures.toutes().values(), faire_figures.toutes().values(), strict=True):
        assert un == deux
        assert en_octets(un, ".pdf") == en_octets(deux, ".pdf")


@pytest.mark.endurance
def test_le_pdf_a_les_memes_octets_d_un_lancement_a_l_autre(tmp_path: Path) -> None:
    octets = set()
    for graine in ("1", "2"):
        chemin = tmp_path / f"{graine}.pdf"
        commande = [sys.executable, "-m", "cpit", "figure", "carte", str(EXEMPLE), "--sortie", str(chemin)]
        milieu = {**os.environ, "PYTHONHASHSEED": graine}
        subprocess.run(commande, env=milieu, cwd=RACINE, capture_output=True, timeout=120, check=True)
        octets.add(chemin.read_bytes())
    assert len(octets) == 1


# --- ce qu’elles montrent -------------------------------------------------------------------------------------------


def boites_des_etiquettes(carte: Figure) -> list[Boite]:
    (etiquettes,) = calque(carte, "etiquettes")
    fonds = [f.points for f in etiquettes.formes if isinstance(f, Trace)]
    return [(p[0][0], p[0][1], p[2][0], p[2][1]) for p in fonds]


def fils(carte: Figure) -> list[tuple[Point, ...]]:
    return [f.points for c in calque(carte, "fils") for f in c.formes if isinstance(f, Trace)]


def se_croisent(a: tuple[Point, ...], b: tuple[Point, ...]) -> bool:
    def a_droite(p: Point, q: Point, r: Point) -> bool:
        return (q[0] - p[0]) * (r[1] - p[1]) > (q[1] - p[1]) * (r[0] - p[0])

    return a_droite(*a, b[0]) != a_droite(*a, b[1]) and a_droite(*b, a[0]) != a_droite(*b, a[1])


@cache
def carte_tiree(rang: int) -> Figure:
    """La carte d’une des quarante personnes tirées au hasard, dessinée une seule fois."""
    return dessiner("carte", cpit.restituer(LIVRE, quarante()[rang]))


@cache
def quarante() -> list[Passation]:
    return [notee.passation for notee in cohorte_au_hasard(LIVRE, 40).notees]


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("rang", range(40))
def test_les_etiquettes_d_une_carte_se_lisent_et_se_rattachent(rang: int) -> None:
    carte = carte_tiree(rang)
    boites, traits = boites_des_etiquettes(carte), fils(carte)
    assert not [(a, b) for a, b in itertools.combinations(boites, 2) if recouvrement(a, b) > 0.5]
    assert not [(a, b) for a, b in itertools.combinations(traits, 2) if se_croisent(a, b)]
    for (x, y), (fin_x, fin_y) in traits:
        le_long = [(x + (fin_x - x) * part / 50, y + (fin_y - y) * part / 50) for part in range(50)]
        assert not [b for b in boites for px, py in le_long if b[0] < px < b[2] and b[1] < py < b[3]]


@pytest.mark.echantillon(4)
@pytest.mark.parametrize("rang", [None, *range(40)])
def test_vous_est_ecrit_pres_de_son_losange(rang: int | None) -> None:
    """Presque toujours contre lui ; dans une carte serrée, au bout d’un fil très court."""
    carte = livrees()["carte-personne"] if rang is None else carte_tiree(rang)
    (personne,) = calque(carte, "personne")
    (losange,) = (f.points for f in personne.formes if isinstance(f, Trace))
    centre = (losange[0][0], losange[1][1])
    assert "vous" in textes(carte)
    assert all(math.dist(debut, fin) < 25 for debut, fin in fils(carte) if debut == centre)


def test_la_carte_montre_la_personne_ses_competences_et_sa_region() -> None:
    figure = livrees()["carte-personne"]
    assert len(calque(figure, "personne")) == len(calque(figure, "region")) == 1
    ecrits = textes(figure)
    for texte in ("vous", "C1, C7", "Catalyse territoriale", "←\u00a0Action individuelle", "Temps long\u00a0→"):
        assert texte in ecrits
    assert "sans position propre, faute de réponses\u202f: C4, C8" in ecrits


def test_une_personne_sans_position_a_une_carte_sans_elle() -> None:
    figure = dessiner("carte", restitution(LIVRE, lambda _: 0))
    assert not calque(figure, "personne")
    assert not calque(figure, "region")
    assert "Pas de position" in figure.description
    assert any("tout y est au plus bas" in texte for texte in textes(figure))
    assert not any("faute de réponses" in texte for texte in textes(figure))
    vide = dessiner("carte", restitution(LIVRE, lambda _: None))
    assert "pas de score pour" in vide.description


def test_une_carte_sans_region_dit_pourquoi() -> None:
    """Trois compétences répondues, une seule échelle au seuil de trois huitièmes : une position, pas de région."""
    seuil = replace(LIVRE.regles, seuil=replace(LIVRE.regles.seuil, valeur=0.3))
    souple = replace(LIVRE, regles=seuil)
    gardees = {c.identifiant for c in LIVRE.competences[:3]}
    reponses = {i.code: repondu(rang % 5) for rang, i in enumerate(LIVRE.items) if i.competence in gardees}
    restitution = cpit.restituer(souple, replace(Passation.nouvelle(souple), reponses=reponses))
    assert restitution.resultat.situation.position is not None
    figure = dessiner("carte", restitution)
    assert not calque(figure, "region")
    assert "Pas de région à 95" in figure.description
    assert any("pas de région à 95" in texte for texte in textes(figure))
    assert any("trois compétences ou moins" in phrase for phrase in restitution.interpretation.position)


def test_une_region_plus_large_que_la_carte_n_est_pas_tracee_et_le_dit() -> None:
    figure = dessiner("carte", cohorte_au_hasard(LIVRE, 3))
    assert not calque(figure, "region-du-centre")
    assert any("plus large que la carte" in texte for texte in textes(figure))


def test_une_region_qui_couvre_tout_et_deborde_se_dit_d_une_phrase() -> None:
    """Un seul item au-dessus du plus bas : la légende n’enchaîne pas deux deux-points, rien n’annonce d’ellipse."""
    dernier = LIVRE.items[-1].code
    figure = dessiner("carte", restitution(LIVRE, lambda rang: int(LIVRE.items[rang].code == dernier)))
    assert not calque(figure, "region")
    legende = " ".join(textes(figure)).replace("\u202f", " ")
    mots = "région à 95 % : elle couvre toutes les positions possibles (plus large que la carte, non tracée)"
    assert mots in legende
    assert "l’ellipse est" not in figure.description
    assert "plus large que la carte, n’est pas tracée" in figure.description


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(("n", "disques_au_plus"), [(3, 3), (60, 60), (5000, 1500)])
def test_la_carte_d_un_groupe_montre_tout_le_monde_sans_nom(n: int, disques_au_plus: int) -> None:
    cohorte = cohorte_au_hasard(LIVRE, n)
    figure = dessiner("carte", cohorte)
    (personnes,) = calque(figure, "personnes")
    disques = [f for f in personnes.formes if isinstance(f, Cercle)]
    assert 0 < len(disques) <= disques_au_plus
    plus_petit = min(d.rayon for d in disques)
    comptes = [(d.rayon / plus_petit) ** 2 for d in disques]
    assert sum(comptes) == pytest.approx(len(cohorte.positions()), rel=1e-6)
    assert not re.search(r"P\d{3}", figure.svg + figure.description)
    assert not any("P001" in dessiner(nature, cohorte).svg for nature in DE_GROUPE)


# --- la vue agrandie d’un groupe près du centre ---------------------------------------------------------------------


def composer_un_groupe(referentiel: Referentiel, personnes: Iterable[Mapping[str, int]]) -> Cohorte:
    base = replace(Passation.nouvelle(referentiel), moment="t0", regard="soi")
    releves = []
    for rang, valeurs in enumerate(personnes, 1):
        reponses = {code: repondu(valeur) for code, valeur in valeurs.items()}
        releves.append(Releve(replace(base, identifiant=f"P{rang:03d}", reponses=reponses), "groupe.csv", rang + 1))
    return composer(referentiel, releves)


def penchant(**niveaux: int) -> dict[str, int]:
    """Deux partout, sauf aux ingénieries nommées."""
    return {item.code: niveaux.get(item.ingenierie, 2) for item in LIVRE.items}


def pres_du_centre(referentiel: Referentiel, personnes: int, graine: int = 1) -> Cohorte:
    """Chacun au même niveau presque partout, un item sur quatre un cran plus haut."""
    de, niveaux = random.Random(graine), [niveau.valeur for niveau in referentiel.echelle.niveaux]
    milieu = len(niveaux) // 2
    cran = min(milieu + 1, len(niveaux) - 1)
    return composer_un_groupe(
        referentiel,
        (
            {i.code: niveaux[cran if de.random() < 0.25 else milieu] for i in referentiel.items}
            for _ in range(personnes)
        ),
    )


def disques_de(figure: Figure) -> list[Cercle]:
    return [forme for c in calque(figure, "personnes") for forme in c.formes if isinstance(forme, Cercle)]


def boite_de(figure: Figure, nom: str, rang: int = 0) -> Boite:
    traces = [forme for c in calque(figure, nom) for forme in c.formes if isinstance(forme, Trace)]
    xs, ys = zip(*traces[rang].points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


SIX = (penchant(publique=3), penchant(management=3), penchant(catalyse=3), *[penchant()] * 3)


def test_un_groupe_pres_du_centre_est_en_vue_agrandie() -> None:
    """Trois poids 3, 2 et 2 sur 7 : les trois qui penchent sont en (−1/7 ; 0), (0 ; −1/7) et (1/7 ; 1/7).

    Le plus loin est à √2/7 = 0,202 du centre, plus loin que le bord des deux ellipses ; le plus proche pôle est à 1.
    0,202 ÷ 0,8 = 0,253 : la demi-hauteur est 0,30, vingtième rond. Le cadre a 593,75 × 475 pixels, soit 475 ÷ 0,6 =
    791,67 pixels par unité et une demi-largeur de 0,375. La carte entière tient 2,56 unités en 475 pixels, 185,55 par
    unité : 4,27 fois moins ; en petit, 0,22 × 185,55 = 40,82, et la vue y est un rectangle de 30,6 × 24,5 pixels.
    """
    figure = dessiner("carte", composer_un_groupe(LIVRE, SIX))
    assert figure.description.startswith(
        "Tout est près du centre\u202f: vue agrandie 4,3 fois, de −0,38 à 0,38 en largeur, −0,30 à 0,30 en hauteur."
    )
    dehors = "les bouts des axes, Ingénierie publique, Management de projets, Catalyse territoriale."
    assert dehors in figure.description
    gauche, haut, droite, bas = boite_de(figure, "cadre")
    x, y, unite = (gauche + droite) / 2, (haut + bas) / 2, 791.67
    attendus = [(x, y), (x - unite / 7, y), (x, y + unite / 7), (x + unite / 7, y - unite / 7)]
    disques = disques_de(figure)
    assert [(d.x, d.y) for d in disques] == [
        pytest.approx(place, abs=0.6) for place in (attendus[0], *sorted(attendus[1:]))
    ]
    coin, vue = boite_de(figure, "carte-entiere"), boite_de(figure, "carte-entiere", -1)
    assert (vue[2] - vue[0], vue[3] - vue[1]) == pytest.approx((30.6, 24.5), abs=0.1)
    assert gauche < coin[0] < vue[0] < vue[2] < coin[2] < droite
    ecrits = " ".join(textes(figure))
    assert "vue agrandie 4,3 fois" in ecrits
    assert "vers Catalyse territoriale" in ecrits
    assert {"←\u00a0Action individuelle", "Temps long\u00a0→"} <= set(textes(figure))


def test_une_seule_personne_loin_du_centre_et_rien_n_est_agrandi() -> None:
    """0 et 4 : elle est au pôle même, à 1 du centre."""
    ecartee = penchant(publique=4, management=0, catalyse=0)
    figure = dessiner("carte", composer_un_groupe(LIVRE, [*SIX, ecartee]))
    personne = dessiner("carte", composer_un_groupe(LIVRE, [{LIVRE.items[0].code: 1}] * 4))
    for entiere in (figure, personne):
        assert not re.search("agrandi|vers ", entiere.svg)
        assert not calque(entiere, "carte-entiere")
    # 185,55 pixels par unité, du centre à l’ingénierie publique.
    gauche, _, droite, _ = boite_de(figure, "cadre")
    assert min(d.x for d in disques_de(figure)) == pytest.approx((gauche + droite) / 2 - 185.55, abs=0.6)


@pytest.mark.parametrize(("personnes", "graine"), [(12, 1), (34, 2), (200, 3)])
def test_une_vue_agrandie_garde_l_ordre_et_les_proportions(personnes: int, graine: int) -> None:
    """Chaque disque est à la même échelle, sur les deux axes, à l’arrondi au pixel ; aucun sous la carte entière."""
    cohorte = pres_du_centre(LIVRE, personnes, graine)
    figure = dessiner("carte", cohorte)
    trouvee = re.search(r"−(\d,\d\d) à \1 en hauteur", figure.description)
    assert trouvee
    gauche, haut, droite, bas = boite_de(figure, "cadre")
    unite = (bas - haut) / 2 / float(trouvee[1].replace(",", "."))
    places = {
        (round((gauche + droite) / 2 + p.x * unite), round((haut + bas) / 2 - p.y * unite)) for p in cohorte.positions()
    }
    disques = disques_de(figure)
    assert {(d.x, d.y) for d in disques} == places
    occupes = [(d.x - d.rayon, d.y - d.rayon, d.x + d.rayon, d.y + d.rayon) for d in disques]
    assert not [boite for boite in occupes if recouvrement(boite, boite_de(figure, "carte-entiere"))]
    assert all(gauche < d.x - d.rayon and d.x + d.rayon < droite for d in disques)
    assert all(haut < d.y - d.rayon and d.y + d.rayon < bas for d in disques)


@pytest.mark.parametrize("nom", ["livre", "minimal", "large"])
@pytest.mark.parametrize("style", [Style(), Style(302), Style(nommer=True)], ids=str)
def test_les_textes_d_une_vue_agrandie_se_lisent(nom: str, style: Style) -> None:
    figure = carte_groupe(pres_du_centre(REFERENTIELS[nom], 12), style)
    assert "vue agrandie" in figure.description
    verifier_les_bords(figure)
    boites = boites_des_etiquettes(figure)
    coin = boite_de(figure, "carte-entiere")
    assert not [(a, b) for a, b in itertools.combinations([*boites, coin], 2) if recouvrement(a, b) > 0.5]


def test_un_score_absent_coupe_le_radar_et_ne_vaut_jamais_zero() -> None:
    complet = dessiner("radar", restitution(LIVRE))
    sans_c3 = dessiner("radar", restitution(LIVRE, lambda r: None if LIVRE.items[r].competence in {"C3", "C6"} else 2))
    (trait,) = calque(complet, "trait")
    assert [len(f.points) for f in trait.formes if isinstance(f, Trace)] == [9]
    (coupe,) = calque(sans_c3, "trait")
    assert sorted(len(f.points) for f in coupe.formes if isinstance(f, Trace)) == [2, 4]
    (points,) = calque(sans_c3, "points")
    assert len(points.formes) == 6
    assert textes(sans_c3).count("–") == 2
    assert "C3 Lire les points d’appui\u202f: pas de score." in sans_c3.description


def test_sans_aucun_score_un_radar_reste_vide() -> None:
    figure = dessiner("radar", restitution(LIVRE, lambda _: None))
    assert not calque(figure, "trait")
    assert not calque(figure, "points")


@pytest.mark.parametrize(("nom", "radar"), [("livre", True), ("large", True), ("minimal", False), ("sus", False)])
def test_un_radar_illisible_devient_des_points_alignes(nom: str, radar: bool) -> None:
    figure = dessiner("radar", restitution(REFERENTIELS[nom], lambda _: 2))
    assert bool(calque(figure, "trait")) is radar
    assert calque(figure, "points")


def test_un_radar_de_noms_trop_longs_porte_les_codes_et_les_explique() -> None:
    figure = dessiner("radar", restitution(REFERENTIELS["large"], lambda _: 2))
    assert "COMP-04" in textes(figure)
    assert calque(figure, "cles")


def test_chaque_case_de_la_matrice_porte_sa_valeur_et_les_absentes_sont_hachurees() -> None:
    resultat = restitution(LIVRE, lambda r: None if r % 5 == 0 else r % 5)
    figure = dessiner("matrice", resultat)
    valeurs = [s.valeur for ligne in resultat.resultat.matrice.values() for s in ligne.values()]
    cases = calque(figure, "case")
    assert len(cases) == len(valeurs) == 24
    for case, valeur in zip(cases, valeurs, strict=True):
        (ecrit,) = (f.contenu for f in case.formes if isinstance(f, Texte))
        assert ecrit == ("–" if valeur is None else f"{valeur:.1f}".replace(".", ","))
        assert (len(case.formes) > 3) is (valeur is None)


@pytest.mark.endurance
def test_la_distribution_montre_chaque_score() -> None:
    cohorte = cohorte_au_hasard(LIVRE, 30)
    scores = calque(dessiner("distribution", cohorte), "scores")
    presents = [
        sum(n.resultat.competences[c.identifiant].valeur is not None for n in cohorte.notees) for c in LIVRE.competences
    ]
    assert [sum(isinstance(f, Cercle) for f in c.formes) for c in scores] == presents
    foule = calque(dessiner("distribution", cohorte_au_hasard(LIVRE, 2000)), "scores")
    assert not any(isinstance(f, Cercle) for c in foule for f in c.formes)


def test_le_signe_decimal_est_celui_que_l_on_demande() -> None:
    francais = dessiner("matrice", restitution(LIVRE))
    anglais = dessiner("matrice", restitution(LIVRE), decimale="point")
    assert "3,0" in textes(francais)
    assert "3.0" in textes(anglais)
    assert not any(re.search(r"\d,\d", texte) for texte in textes(anglais))


@pytest.mark.parametrize("gris", [False, True])
def test_des_noms_hostiles_restent_du_texte(gris: bool) -> None:
    competences = tuple(replace(c, libelle=HOSTILE, identifiant=c.identifiant) for c in LIVRE.competences)
    ingenieries = tuple(replace(i, libelle=HOSTILE) for i in LIVRE.ingenieries)
    axe = Axe("x", HOSTILE, HOSTILE, HOSTILE)
    referentiel = replace(LIVRE, competences=competences, ingenieries=ingenieries, axes=Axes(axe, axe))
    base = replace(Passation.nouvelle(referentiel), identifiant=HOSTILE)
    reponses = {i.code: repondu(r % 5) for r, i in enumerate(LIVRE.items)}
    groupe = composer(referentiel, [Releve(replace(base, reponses=reponses), HOSTILE)] * 4)
    for figure in toutes(referentiel, groupe, gris=gris):
        balises = {e.tag.removeprefix(SVG) for e in Xml.fromstring(figure.svg).iter()}
        permises = {"svg", "title", "desc", "g", "rect", "clipPath", "polygon", "polyline", "circle", "text"}
        assert balises <= permises
        assert "49" not in figure.svg.replace("{{7*7}}", "") or "{{7*7}}" in figure.svg
        assert not set(figure.svg) & set("\x00\x1b\u202e")
        assert en_octets(figure, ".pdf").startswith(b"%PDF-1.7")


# --- couleurs -------------------------------------------------------------------------------------------------------


def luminance(couleur: tuple[float, ...]) -> float:
    lineaires = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in couleur]
    return sum(p * c for p, c in zip((0.2126, 0.7152, 0.0722), lineaires, strict=True))


def rvb(hexa: str) -> tuple[float, ...]:
    return tuple(int(hexa[k : k + 2], 16) / 255 for k in (1, 3, 5))


def contraste(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    haut, bas = sorted((luminance(a), luminance(b)), reverse=True)
    return (haut + 0.05) / (bas + 0.05)


@pytest.mark.parametrize("palette", [PALETTE_CLAIRE, PALETTE_SOMBRE, PALETTE_GRISE], ids=["clair", "sombre", "gris"])
def test_les_contrastes_sont_suffisants(palette: dict[str, str]) -> None:
    """AA : 4,5 pour un texte, 3 pour un signe (WCAG 2.2, 1.4.3 et 1.4.11)."""
    fond = rvb(palette["fond"])
    for texte in ("encre", "encre-douce"):
        assert contraste(rvb(palette[texte]), fond) >= 4.5
        assert contraste(rvb(palette[texte]), rvb(palette["zone"])) >= 4.5
    for signe in ("serie-1", "serie-2", "serie-3", "trait"):
        assert contraste(rvb(palette[signe]), fond) >= 3
    matrice = dessiner("matrice", restitution(LIVRE, lambda rang: rang % 5)).svg
    opacites = sorted({float(lue) for lue in re.findall(r'fill-opacity="([\d.]+)"', matrice)})
    assert len(opacites) >= len(LIVRE.echelle.niveaux)
    for opacite in opacites:
        case = tuple(opacite * s + (1 - opacite) * f for s, f in zip(rvb(palette["serie-1"]), fond, strict=True))
        assert contraste(rvb(palette["encre"]), case) >= 4.5


def test_la_palette_grise_n_a_pas_de_couleur() -> None:
    assert all(len(set(rvb(couleur))) == 1 for couleur in PALETTE_GRISE.values())
    for figure in toutes(LIVRE, cohorte_au_hasard(LIVRE, 9), gris=True):
        assert all(len(set(rvb(c))) == 1 for c in re.findall(r"#[0-9a-f]{6}", figure.svg))


def test_les_trois_palettes_ont_les_memes_roles() -> None:
    assert PALETTE_CLAIRE.keys() == PALETTE_SOMBRE.keys() == PALETTE_GRISE.keys()
    assert "--serie-1: #6fd0c8;" in variables(PALETTE_SOMBRE)


# --- police ---------------------------------------------------------------------------------------------------------


def test_la_police_a_tous_les_caracteres_de_cpit() -> None:
    for gras in (False, True):
        assert not set("éèêëàâùûîïôçœæÉÈŒ«»’“”–—−×≥≤≈→←… \u00a0\u202f\u2009²₂αβΣжЖ€") - chasses(gras=gras).keys()


def test_la_police_a_les_chasses_d_arial() -> None:
    # Chasses d’Arial, en 2048e de cadratin : espace 569, e 1139, M 1706, W gras 1933.
    assert [*(chasses()[caractere] for caractere in " eM"), chasses(gras=True)["W"]] == [569, 1139, 1706, 1933]


def test_la_table_des_chasses_est_celle_des_polices() -> None:
    """python tests/outils/faire_polices.py la refait."""
    pytest.importorskip("fontTools")
    import faire_polices

    assert faire_polices.CHASSES.read_text(encoding="utf-8") == faire_polices.table_des_chasses()
    for gras in (False, True):
        cadratin = faire_polices.TTFont(chemin_police(gras=gras))["head"].unitsPerEm
        assert cadratin == CADRATIN


def test_la_police_porte_sa_licence_et_pas_le_nom_reserve() -> None:
    assert "SIL OPEN FONT LICENSE" in (DOSSIER / "OFL.txt").read_text(encoding="utf-8")
    for fichier in DOSSIER.glob("*.ttf"):
        octets = fichier.read_bytes()
        assert "Cpit Sans".encode("utf-16-be") in octets
        assert "Liberation Sans".encode("utf-16-be") not in octets


def test_plier_ne_depasse_jamais_et_ne_perd_rien() -> None:
    texte = "Une ingénierie anticonstitutionnellement longue, à replier"
    for place in (30, 60, 120, 400):
        lignes = plier_texte(texte, place, 13, lignes=99)
        assert all(largeur(ligne, 13) <= place for ligne in lignes)
        assert re.sub(r"[- ]", "", "".join(lignes)) == texte.replace(" ", "")
    abrege = plier_texte(texte, 60, 13, lignes=2)
    assert len(abrege) == 2
    assert abrege[-1].endswith("…")


# --- PDF, PNG, autres logiciels -------------------------------------------------------------------------------------


def lancer(*commande: str) -> str:
    fini = subprocess.run(commande, capture_output=True, text=True, timeout=120, check=False)
    assert fini.returncode == 0, fini.stderr
    return fini.stdout


def test_le_pdf_est_du_texte_aux_polices_incorporees(tmp_path: Path, programme: Programme) -> None:
    programme("pdftotext")
    chemin = tmp_path / "c.pdf"
    assert executer(["figure", "carte", str(EXEMPLE), "--sortie", str(chemin), "--largeur", "170"]) == 0
    texte = " ".join(lancer("pdftotext", str(chemin), "-").split())
    for mots in (
        "Catalyse territoriale",
        "zone d’équilibre",
        "région à 95 %",
        "Temps long",
        "C1 Mettre en mouvement",
    ):
        assert mots in texte
    polices = [ligne.split() for ligne in lancer("pdffonts", str(chemin)).splitlines()[2:]]
    assert [ligne[0].partition("+")[2] for ligne in polices] == ["CpitSans-Regular", "CpitSans-Bold"]
    assert [ligne[-5:-2] for ligne in polices] == [["yes"] * 3] * 2  # incorporées, en sous-ensemble, lisibles en texte
    informations = lancer("pdfinfo", str(chemin))
    assert "Pages:           1" in informations
    assert re.search(r"Page size: +481\.8\d+ x", informations)  # 170 mm en points
    assert re.search(r"Title: +Carte\u202f: la position entre les ingénieries\n", informations)
    assert re.search(r"Author: +cpit\n", informations)
    assert not re.search(r"Date: *\S", informations)
    assert b"/Lang (fr-FR)" in chemin.read_bytes()
    assert lancer("pdfimages", "-list", str(chemin)).count("\n") == 2  # que l’en-tête : aucune image


def test_un_caractere_absent_de_la_police_ne_casse_pas_le_pdf(tmp_path: Path, programme: Programme) -> None:
    programme("pdftotext")
    referentiel = replace(LIVRE, axes=Axes(LIVRE.axes.x, replace(LIVRE.axes.y, fin="长期 temps")))
    chemin = tmp_path / "c.pdf"
    cpit.ecrire(dessiner("carte", restitution(referentiel)), chemin)
    assert "□□ temps →" in lancer("pdftotext", str(chemin), "-")


def test_le_pdf_garde_la_typographie_francaise(tmp_path: Path, programme: Programme) -> None:
    programme("pdftotext")
    fin = "« l’œuvre\u202f»\u202f: −1\u202f%, ÉÀÇŒ…"
    referentiel = replace(LIVRE, axes=Axes(replace(LIVRE.axes.x, fin=fin), LIVRE.axes.y))
    chemin = tmp_path / "c.pdf"
    cpit.ecrire(dessiner("carte", restitution(referentiel)), chemin)
    # pdftotext rend toute espace par une espace ordinaire.
    assert f"{fin} →".replace("\u202f", " ") in lancer("pdftotext", str(chemin), "-")


def test_un_pdf_de_plus_de_caracteres_qu_une_police_n_en_code(tmp_path: Path, programme: Programme) -> None:
    """Une police simple de PDF en code 256 : au-delà il en faut deux, et le texte reste entier."""
    programme("pdftotext")
    lettres = "".join(c for c in sorted(chasses()) if c.isalpha() and ord(c) > 0x100)[:360]
    dessin = Dessin(9000, 40)
    dessin.poser("texte", [Texte(10, 20, lettres, 12)])
    chemin = tmp_path / "c.pdf"
    cpit.ecrire(Figure("c", "t", "d", "", 9000, 40, dessin), chemin)
    assert lettres in lancer("pdftotext", str(chemin), "-").replace("\n", "")


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("ppp", [72, 300])
def test_le_png_a_la_resolution_demandee(tmp_path: Path, ppp: int) -> None:
    pytest.importorskip("resvg_py")
    un, deux = tmp_path / "1.png", tmp_path / "2.png"
    for chemin in (un, deux):
        assert executer(["figure", "radar", str(EXEMPLE), "--sortie", str(chemin), "--ppp", str(ppp)]) == 0
    octets = un.read_bytes()
    assert octets == deux.read_bytes()
    large, _ = struct.unpack_from(">II", octets, 16)
    assert large == round(round(170 / 25.4 * 96, 1) * ppp / 96)
    resolution = octets.index(b"pHYs")
    assert struct.unpack_from(">IIB", octets, resolution + 4) == (*[round(ppp / 0.0254)] * 2, 1)


def test_le_png_n_emploie_aucune_police_de_la_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resvg_py")
    figure = livrees()["carte-personne"]
    avec = en_octets(figure, ".png", ppp=72)
    sans_textes = re.sub(r"<text.*</text>", "", figure.svg)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert en_octets(figure, ".png", ppp=72) == avec
    assert en_octets(replace(figure, svg=sans_textes), ".png", ppp=72) != avec


def test_les_svg_s_ouvrent_ailleurs(tmp_path: Path, programme: Programme) -> None:
    rsvg = programme("rsvg-convert")
    for cle, figure in livrees().items():
        (tmp_path / f"{cle}.svg").write_text(figure.svg, encoding="utf-8")
        lancer(rsvg, "-o", str(tmp_path / f"{cle}.png"), str(tmp_path / f"{cle}.svg"))
        assert (tmp_path / f"{cle}.png").stat().st_size > 5000


def test_chromium_ouvre_le_svg(tmp_path: Path, programme: Programme) -> None:
    chromium = programme("chromium")
    figure = livrees()["matrice-personne"]
    (tmp_path / "a.svg").write_text(figure.svg, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profil'}"]
    lancer(chromium, *options, f"--screenshot={tmp_path / 'a.png'}", (tmp_path / "a.svg").as_uri())
    assert (tmp_path / "a.png").stat().st_size > 5000


def test_le_pdf_dessine_de_l_encre_la_ou_il_en_faut(tmp_path: Path, programme: Programme) -> None:
    """Rendu par poppler : bonne taille, ni page blanche ni aplat."""
    pdftoppm = programme("pdftoppm")
    for cle, figure in livrees().items():
        cpit.ecrire(figure, tmp_path / f"{cle}.pdf")
        lancer(pdftoppm, "-r", "96", "-singlefile", str(tmp_path / f"{cle}.pdf"), str(tmp_path / cle))
        entete, taille, _, pixels = (tmp_path / f"{cle}.ppm").read_bytes().split(b"\n", 3)
        large, haute = map(int, taille.split())
        assert entete == b"P6"
        assert (large, haute) == pytest.approx((figure.largeur, figure.hauteur), abs=1.5)
        teintes = sum(octet < 250 for octet in pixels) / len(pixels)
        assert 0.02 < teintes < 0.5, (cle, teintes)


# --- la commande ----------------------------------------------------------------------------------------------------


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    sources = tmp_path / "sources"
    sources.mkdir()
    for exemple in EXEMPLES.glob("*.json"):
        shutil.copy(exemple, sources / exemple.name)
    return sources


def test_une_passation_donne_la_figure_de_la_personne_et_son_texte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sortie = tmp_path / "f.svg"
    assert executer(["figure", "matrice", str(EXEMPLE), "--sortie", str(sortie)]) == 0
    assert 'id="matrice-personne-titre"' in sortie.read_text(encoding="utf-8")
    assert "Texte de remplacement" in capsys.readouterr().out
    assert executer(["figure", "carte", str(EXEMPLE), "--sortie", str(sortie)]) == 0  # une figure de cpit se remplace


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("suffixe", ["svg", "pdf", "png"])
def test_une_figure_de_cpit_se_reconnait_et_se_remplace(suffixe: str, tmp_path: Path) -> None:
    sortie = tmp_path / f"f.{suffixe}"
    for nature in ("radar", "carte"):
        assert executer(["figure", nature, str(EXEMPLE), "--sortie", str(sortie)]) == 0


def test_plusieurs_strates_se_choisissent(tmp_path: Path, dossier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sortie = tmp_path / "f.svg"
    commande = ["figure", "carte", str(dossier), "--sortie", str(sortie)]
    assert executer(commande) == 1
    assert "t0 soi, t0 tiers, t1 soi" in " ".join(capsys.readouterr().err.split())
    assert not sortie.exists()
    assert executer([*commande, "--moment", "t0", "--regard", "soi"]) == 0
    assert 'id="carte-groupe-t0-soi-titre"' in sortie.read_text(encoding="utf-8")
    assert executer([*commande, "--regard", "tiers"]) == 0  # une seule passation : la figure de cette personne
    assert 'id="carte-personne-titre"' in sortie.read_text(encoding="utf-8")
    assert executer([*commande, "--moment", "t8"]) == 1


def test_une_seule_passation_n_a_pas_de_distribution(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["figure", "distribution", str(EXEMPLE), "--sortie", str(tmp_path / "f.svg")]) == 1
    assert "décrit un groupe" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "mots"),
    [
        (["cartes", "--sortie", "f.svg"], 2, "Vouliez-vous écrire"),
        (["carte", "--sortie", "f.jpg"], 2, ".svg, .pdf ou .png"),
        (["carte", "--sortie", "f.svg", "--largeur", "20"], 2, "60 à 400"),
        (["carte", "--sortie", "f.png", "--ppp", "9000"], 2, "72 à 1200"),
        (["carte", "--sortie", "f.svg", "--decimale", ";"], 2, "virgule ou point"),
        (["carte", "--sortie", "absent/f.svg"], 1, "le dossier n’existe pas"),
        (["carte"], 2, "--sortie"),
    ],
)
def test_une_mauvaise_demande_est_refusee_en_mots(
    arguments: list[str],
    code: int,
    mots: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert executer(["figure", arguments[0], str(EXEMPLE), *arguments[1:]]) == code
    assert mots in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


def test_un_fichier_d_une_autre_main_n_est_pas_ecrase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sortie = tmp_path / "f.svg"
    sortie.write_text("<svg/>", encoding="utf-8")
    assert executer(["figure", "carte", str(EXEMPLE), "--sortie", str(sortie)]) == 1
    assert "n’est pas une figure de cpit" in " ".join(capsys.readouterr().err.split())
    assert sortie.read_text(encoding="utf-8") == "<svg/>"


@pytest.mark.parametrize(("suffixe", "bibliotheque"), [("pdf", "reportlab"), ("png", "resvg-py")])
def test_sans_sa_bibliotheque_un_format_dit_quoi_installer(
    suffixe: str,
    bibliotheque: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("cpit.formats.registre.find_spec", lambda _: None)
    sortie = tmp_path / f"f.{suffixe}"
    assert executer(["figure", "carte", str(EXEMPLE), "--sortie", str(sortie)]) == 1
    dit = " ".join(capsys.readouterr().err.split())
    assert f"les {suffixe.upper()} demandent la bibliothèque {bibliotheque}" in dit
    assert f"{sys.executable} -m pip install reportlab resvg-py" in dit
    assert not sortie.exists()
    assert executer(["figure", "carte", str(EXEMPLE), "--sortie", str(tmp_path / "f.svg")]) == 0


@pytest.mark.endurance
def test_au_programme_en_un_dossier_on_ne_dit_pas_d_y_installer(tmp_path: Path) -> None:
    """Rien ne s’y ajoute : « pip install » n’y changerait rien."""
    fige = "import sys; sys.frozen = True; import cpit.formats.registre as r; r.find_spec = lambda _: None; "
    appel = (
        f"from cpit.cli import executer; sys.exit(executer(['figure', 'carte', {str(EXEMPLE)!r}, '--sortie', 'f.png']))"
    )
    fini = subprocess.run([sys.executable, "-c", fige + appel], cwd=tmp_path, capture_output=True, check=False)
    dit = " ".join(fini.stderr.decode().split())
    assert fini.returncode == 1
    assert (
        "Au programme en un dossier rien ne s'ajoute : installer cpit dans un Python, puis reportlab resvg-py par pip"
        in dit
    )
    assert "Taper" not in dit


def test_une_image_demesuree_est_refusee(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("resvg_py")
    monkeypatch.setattr("cpit.figures.sorties.COTE_MAX", 1000)
    assert executer(["figure", "carte", str(EXEMPLE), "--sortie", str(tmp_path / "f.png")]) == 1
    assert "dépasserait 1000 pixels" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(ErreurCpit, match="300"):
        cpit.ecrire(livrees()["carte-personne"], tmp_path / "f.png", ppp=300)


def test_un_groupe_avec_des_refus_est_dessine_et_le_dit(tmp_path: Path, dossier: Path) -> None:
    (dossier / "abime.json").write_text("{", encoding="utf-8")
    sortie = tmp_path / "f.svg"
    commande = ["figure", "distribution", str(dossier), "--moment", "t0", "--regard", "soi", "--sortie", str(sortie)]
    assert executer(commande) == 1
    assert sortie.exists()


def test_une_figure_d_une_passation_ne_lit_que_son_referentiel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Et ce qui ne se dit que d’une table y est laissé, avec un mot."""
    minimal = cpit.referentiel("minimal")
    une = Passation.nouvelle(
        minimal, identifiant="R01", reponses={i.code: repondu(2) for i in minimal.items}, terminee="2026-03-01T10:00:00"
    )
    (tmp_path / "p.json").write_bytes(encoder_passation(une))

    def interdit(*_: object) -> None:
        raise AssertionError("le référentiel par défaut n’a rien à faire ici")

    monkeypatch.setattr("cpit.api.groupe.trouver_referentiel", interdit)
    monkeypatch.setattr("cpit.chargement.trouver_referentiel", interdit)
    commande = ["figure", "radar", str(tmp_path / "p.json"), "--sortie", str(tmp_path / "r.svg")]
    assert executer(commande) == 0
    assert capsys.readouterr().err == ""
    assert executer([*commande, "--remplacer", "--valeurs", "5=4", "--garder", "recent"]) == 0
    dit = " ".join(capsys.readouterr().err.split())
    assert "--valeurs et --garder" in dit
    assert "une passation n’en est pas une" in dit

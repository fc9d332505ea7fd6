"""Lire une équipe : ce qui s’y tient, ce qui tient à une personne, où l’on se tient, la tension entre les échelles.

Les cas de ``tests/equipes`` sont calculés à la main ; un formateur peut en ajouter. Le reste passe par la commande et
ce qu’elle écrit.
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from aide_navigateur import Navigateur, violations
from aides import TESTS, livre, tirages
from campagnes.commun import GRAINE
from campagnes.couverture_tension import EQUIPE, MODELES, couvrir_des_tensions
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

import cpit
from cpit.cli import executer
from cpit.coeur.cohorte import Releve, composer
from cpit.coeur.passation import Passation, repondu, sans_objet, sans_reponse
from cpit.formats.recueil import Recueil

CODES = [item.code for item in livre().items]
HYPOTHESE = "Notre lecture, hypothèse"


# --- les cas d’un formateur -----------------------------------------------------------------------------------------


def cas_ecrits() -> list[Any]:
    fichier = yaml.safe_load((TESTS / "equipes" / "equipe.yaml").read_text(encoding="utf-8"))
    assert fichier["referentiel"] == livre().identifiant
    return [pytest.param(cas, id=cas["titre"]) for cas in fichier["cas"]]


def passation(code: str, cote: Mapping[str, Any]) -> Passation:
    assert set(cote) <= {"partout", "ingenierie", "reponses"}
    batie = Passation.nouvelle(livre(), identifiant=code, profil={"structure": "commune"})
    for item in livre().items:
        brute = cote.get("ingenierie", {}).get(item.ingenierie, cote["partout"])
        brute = cote.get("reponses", {}).get(item.code, brute)
        batie = batie.avec_reponse(item.code, {"SO": sans_objet(), "-": sans_reponse()}.get(brute) or repondu(brute))
    return batie


def recueil_de(passations: Sequence[Passation]) -> Recueil:
    return Recueil(composer(livre(), [Releve(une, "essai") for une in passations]))


@pytest.mark.parametrize("cas", cas_ecrits())
def test_une_equipe(cas: dict[str, Any]) -> None:
    assert set(cas) == {"titre", "personnes", "attendu"}
    attendu = cas["attendu"]
    assert set(attendu) <= {"etats", "situations", "centre", "enveloppe", "tension"}
    recueil = recueil_de([passation(code, cote) for code, cote in cas["personnes"].items()])
    (equipe,) = cpit.equipes(recueil, "structure").equipes
    assert equipe.effectif == len(cas["personnes"])
    trouvees = {situation.item.code: situation for situation in equipe.situations()}
    assert list(trouvees) == [i.code for i in livre().ordre_de_passation()]
    for etat, combien in attendu.get("etats", {}).items():
        assert equipe.compter(etat) == combien, etat
    for code, voulue in attendu.get("situations", {}).items():
        assert {cle: getattr(trouvees[code], cle) for cle in voulue} == voulue, code
    if "centre" in attendu:
        assert equipe.place.centre is not None
        assert (equipe.place.centre.x, equipe.place.centre.y) == pytest.approx(attendu["centre"], abs=1e-12)
        assert len(equipe.place.enveloppe) == attendu["enveloppe"]
    if "tension" in attendu:
        verifier_la_tension(equipe.tensions[1], dict(attendu["tension"]))


def test_l_enveloppe_d_une_equipe_est_convexe_et_la_tient_entiere() -> None:
    """D’un sommet au suivant, on tourne toujours du même côté, et personne n’est de l’autre."""
    hasard = random.Random(GRAINE)
    for _ in range(20):
        personnes = [
            passation(f"P{rang}", {"partout": 2, "reponses": {code: hasard.randrange(5) for code in CODES}})
            for rang in range(6)
        ]
        place = cpit.equipes(recueil_de(personnes), "structure").equipes[0].place
        sommets = [(p.x, p.y) for p in place.enveloppe]
        for (ax, ay), (bx, by) in zip(sommets, sommets[1:] + sommets[:1], strict=True):
            cotes = [(bx - ax) * (p.y - ay) - (by - ay) * (p.x - ax) for p in place.points]
            assert min(cotes) >= -1e-9
        assert set(sommets) <= {(p.x, p.y) for p in place.points}


def verifier_la_tension(tension: Any, voulue: dict[str, Any]) -> None:
    assert tension.etendue == pytest.approx(voulue.pop("etendue"), abs=1e-12)
    if "variance" in voulue:
        assert tension.erreur == pytest.approx(sqrt(Fraction(voulue.pop("variance"))), abs=1e-9)
    if "marge" in voulue:
        assert tension.bornes[1] - tension.etendue == pytest.approx(voulue.pop("marge"), abs=5e-3)
    assert {cle: getattr(tension, cle) for cle in voulue} == voulue


# --- l’erreur d’un écart, refaite autrement ---------------------------------------------------------------------------


def erreur_refaite(reponses: Mapping[str, int], deux: tuple[str, str]) -> float:
    """De combien chaque compétence déplace l’écart ; m/(m − 1) fois la somme des carrés, plus l’arrondi."""
    groupes = [livre().echelles[code].items for code in deux]
    scores = [sum(reponses[i.code] for i in items) / len(items) for items in groupes]
    competences = {item.competence for items in groupes for item in items}
    pas = []
    for competence in competences:
        deplacements = [
            sum(reponses[i.code] - score for i in items if i.competence == competence) / len(items)
            for items, score in zip(groupes, scores, strict=True)
        ]
        pas.append(deplacements[1] - deplacements[0])
    m = len(competences)
    return sqrt(m / (m - 1) * sum(p * p for p in pas) + sum(1 / 12 / len(items) for items in groupes))


@pytest.mark.parametrize("graine", range(5))
def test_l_erreur_d_un_ecart_est_celle_de_la_difference(graine: int) -> None:
    de = random.Random(graine)
    reponses = {code: de.randrange(5) for code in CODES}
    for tension in tensions_de(reponses):
        assert tension.bas is not None
        assert tension.haut is not None
        assert tension.erreur == pytest.approx(erreur_refaite(reponses, (tension.bas, tension.haut)), abs=1e-12)


def tensions_de(reponses: Mapping[str, int]) -> Any:
    batie = Passation.nouvelle(livre(), identifiant="A")
    for code, valeur in reponses.items():
        batie = batie.avec_reponse(code, repondu(valeur))
    return cpit.restituer(livre(), batie).tensions


# --- les mêmes nombres partout, ou tus partout ------------------------------------------------------------------------


@dataclass(frozen=True)
class Rendu:
    """Ce qu’une commande a dit, en espaces simples, sur une ligne."""

    code: int
    ecran: str
    erreur: str


def lancer(*mots: object) -> Rendu:
    sortie, erreur = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with contextlib.redirect_stdout(sortie), contextlib.redirect_stderr(erreur):
        code = int(executer([*map(str, mots)]))
    return Rendu(code, *(simplifier(_contenu(flux)) for flux in (sortie, erreur)))


def _contenu(flux: io.TextIOWrapper) -> str:
    flux.flush()
    flux.seek(0)
    return flux.read()


def simplifier(texte: str) -> str:
    return re.sub(r"\s+", " ", texte.replace("\u202f", " ").replace("\u00a0", " "))


Ligne = tuple[str, str]
"""Équipe, réponses aux six items du référentiel minimal, de 1 à 4, « . » sans réponse."""
MINIMAL = [item.code for item in cpit.referentiel("minimal").items]


def ecrire_la_table(dossier: Path, lignes: Sequence[Ligne], colonne: str = "service") -> Path:
    chemin = dossier / "table.csv"
    corps = (
        ";".join([f"P{rang:02}", equipe, *(signe.strip(".") for signe in signes)])
        for rang, (equipe, signes) in enumerate(lignes)
    )
    chemin.write_text("\n".join([";".join(["identifiant", colonne, *MINIMAL]), *corps]) + "\n", encoding="utf-8")
    return chemin


def attendue(lignes: Sequence[Ligne], equipe: str) -> dict[str, Any]:
    """Chaque situation de l’équipe, refaite des lignes : tenue dès 3 sur une échelle de 1 à 4 (part 2/3)."""
    echelle = cpit.referentiel("minimal").echelle
    reponses = [signes for nom, signes in lignes if nom == equipe]
    situations = {}
    for rang, item in enumerate(cpit.referentiel("minimal").items):
        donnees = [int(signes[rang]) for signes in reponses if signes[rang] != "."]
        if item.inverse:
            donnees = [echelle.min + echelle.max - valeur for valeur in donnees]
        tenues = sum(valeur >= (echelle.min + echelle.max) / 2 for valeur in donnees)
        situations[item.code] = None if 0 < len(donnees) < 3 else (len(donnees), tenues, donnees.count(echelle.max))
    return {"effectif": len(reponses) if len(reponses) >= 3 else None, "situations": situations}


def lire_le_json(chemin: Path) -> dict[str, Any]:
    equipes = json.loads(chemin.read_text(encoding="utf-8"))["equipes"]
    assert equipes["hypothese"] is True
    return {
        e["equipe"]: {
            "effectif": e["effectif"],
            "situations": {
                code: None if s["etat"] == "tue" else (s["repondants"], s["tenants"], s["passeurs"])
                for code, s in e["situations"].items()
            },
        }
        for e in equipes["equipes"]
    }


def lire_le_classeur(chemin: Path) -> dict[str, dict[str, Any]]:
    feuille = load_workbook(chemin)["Équipes"]
    lues: dict[str, dict[str, Any]] = {}
    for ligne in feuille.iter_rows(values_only=True):
        if ligne[3] in MINIMAL:
            comptes = tuple(ligne[6:9])
            lues.setdefault(str(ligne[0]), {})[str(ligne[3])] = None if comptes == ("tu",) * 3 else comptes
    return lues


def lire_la_page(texte: str) -> dict[str, list[str]]:
    """Équipe → les phrases de sa partie."""
    morceaux = re.findall(r'<div class="deux equipe" data-cle="([^"]*)">(.*?)</ul>', texte, re.DOTALL)
    return {
        html.unescape(cle): [simplifier(html.unescape(p)) for p in re.findall(r"<li>(.*?)</li>", corps, re.DOTALL)]
        for cle, corps in morceaux
    }


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Nord", "Sud", ""]),
            st.text("1234.", min_size=6, max_size=6).filter(lambda t: t != "......"),
        ),
        min_size=3,
        max_size=9,
    ).filter(lambda lignes: any(nom for nom, _ in lignes))
)
@example(
    [("Nord", "444444"), ("Nord", "111111"), ("Nord", "22222."), ("Sud", "333333"), ("Sud", "2.2.2."), ("", "123412")]
)
@example([("Nord", "4....."), ("Nord", ".4...."), ("Nord", "..4...")])
@settings(max_examples=tirages(2), deadline=None)
@pytest.mark.endurance
def test_les_memes_nombres_partout_ou_tus_partout(lignes: list[Ligne]) -> None:
    with TemporaryDirectory() as nom:
        dossier = Path(nom)
        source = ecrire_la_table(dossier, lignes)
        base = ("cohorte", source, "--referentiel", "minimal", "--equipe", "service", "--simple")
        rendu = lancer(*base, "--sortie", dossier / "g.json", "--page", dossier / "g.html")
        assert rendu.code == 0, rendu.erreur
        assert lancer(*base, "--sortie", dossier / "g.xlsx").code == 0
        du_json, du_classeur = lire_le_json(dossier / "g.json"), lire_le_classeur(dossier / "g.xlsx")
        de_la_page = lire_la_page((dossier / "g.html").read_text(encoding="utf-8"))
        cellules = simplifier(
            " ".join(str(c) for li in load_workbook(dossier / "g.xlsx")["Équipes"].values for c in li if c)
        )
    equipes = sorted({nom for nom, _ in lignes if nom})
    assert sorted(du_json) == sorted(de_la_page) == equipes
    for equipe in equipes:
        voulue = attendue(lignes, equipe)
        if voulue["effectif"] is None:
            assert du_json[equipe] == {"effectif": None, "situations": {}}
            assert equipe not in du_classeur
        else:
            assert du_json[equipe] == voulue
            assert du_classeur[equipe] == voulue["situations"]
        for phrase in de_la_page[equipe]:
            if "trop peu de personnes pour montrer où est chacune" in phrase:
                continue  # L’écran et le classeur, qui ont les lignes, disent jusqu’où va chacune.
            assert phrase in rendu.ecran, "ce que dit la page, l’écran le dit"
            assert phrase in cellules, "et le classeur"
    assert HYPOTHESE in rendu.ecran
    assert HYPOTHESE in cellules


# --- ce que l’on demande, ce qui est refusé ---------------------------------------------------------------------------

TROIS = [("Nord", "444444"), ("Nord", "111111"), ("Nord", "222222")]


def test_sans_nominatif_aucun_code_ne_se_lit_et_avec_lui_qui_passe_a_qui(tmp_path: Path) -> None:
    base = ("cohorte", ecrire_la_table(tmp_path, TROIS), "--referentiel", "minimal", "--equipe", "service", "--simple")
    discret = lancer(*base, "--sortie", tmp_path / "a.json")
    assert not re.search(r"\bP0\d\b", discret.ecran)
    situations = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["equipes"]["equipes"][0]["situations"]
    assert not re.search(r"P0\d", json.dumps(situations))
    nomme = lancer(*base, "--nominatif", "--sortie", tmp_path / "b.json")
    assert nomme.code == 0, nomme.erreur
    (equipe,) = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))["equipes"]["equipes"]
    droit = next(i.code for i in cpit.referentiel("minimal").items if not i.inverse)
    assert equipe["situations"][droit]["qui_passe"] == ["P00"]
    assert equipe["situations"][droit]["a_qui"] == ["P01", "P02"]
    assert "P01, P02" in nomme.ecran


def test_nominatif_ne_tait_pas_une_equipe_de_deux(tmp_path: Path) -> None:
    source = ecrire_la_table(tmp_path, [("Sud", "444444"), ("Sud", "111111")])
    recueil = cpit.lire(source, "minimal", equipe="service")
    assert cpit.equipes(recueil, "service").equipes[0].tue
    assert cpit.equipes(recueil, "service", nominatif=True).equipes[0].effectif == 2


def test_deux_ecritures_d_une_equipe_sont_la_meme(tmp_path: Path) -> None:
    source = ecrire_la_table(tmp_path, [("Nord", "444444"), ("nord", "111111"), ("NORD ", "222222"), ("", "333333")])
    lecture = cpit.equipes(cpit.lire(source, "minimal", equipe="Service"), "Service")
    assert [(e.libelle, e.effectif) for e in lecture.equipes] == [("Nord", 3)]
    assert lecture.sans_equipe == {("t0", "soi"): None}


def test_une_equipe_se_nomme_comme_elle_s_ecrit_le_plus_souvent(tmp_path: Path) -> None:
    source = ecrire_la_table(tmp_path, [("NORD", "444444"), ("Nord", "111111"), ("nord", "222222"), ("Nord", "333333")])
    lecture = cpit.equipes(cpit.lire(source, "minimal", equipe="service"), "service")
    assert [(e.libelle, e.effectif) for e in lecture.equipes] == [("Nord", 4)]


def test_chaque_ligne_lue_a_la_suite_nomme_sa_competence(tmp_path: Path) -> None:
    base = ("cohorte", ecrire_la_table(tmp_path, TROIS), "--referentiel", "minimal", "--equipe", "service", "--simple")
    lignes = lancer(*base, "--sortie", tmp_path / "a.json").ecran
    for competence in cpit.referentiel("minimal").competences:
        assert f"Compétence : {competence.identifiant} ; " in lignes


def test_les_positions_de_plusieurs_tiers_disent_de_combien_de_personnes(tmp_path: Path) -> None:
    lignes = [("A", "N1", 1), ("A", "N2", 3), ("B", "N3", 4), ("C", "N4", 2)]
    corps = "".join(f"{qui};{par};tiers;Nord;{';'.join([str(niveau)] * 6)}\n" for qui, par, niveau in lignes)
    source = tmp_path / "tiers.csv"
    source.write_text(f"identifiant;evaluateur;regard;service;{';'.join(MINIMAL)}\n{corps}", encoding="utf-8")
    rendu = lancer(
        *("cohorte", source, "--referentiel", "minimal", "--equipe", "service", "--simple"),
        *("--sortie", tmp_path / "g.json", "--page", tmp_path / "g.html"),
    )
    assert rendu.code == 0, rendu.erreur
    assert "Sur la carte, 4 positions de 3 personnes :" in rendu.ecran
    page = simplifier(html.unescape((tmp_path / "g.html").read_text(encoding="utf-8")))
    assert "Sur la carte, centre" in page
    assert "(n = 4)" not in page, "de trois personnes, la page ne montre pas où est chacune"
    corps += "".join(f"{qui};N5;tiers;Nord;2;1;{rang % 4 + 1};2;3;4\n" for rang, qui in enumerate("DEFG"))
    source.write_text(f"identifiant;evaluateur;regard;service;{';'.join(MINIMAL)}\n{corps}", encoding="utf-8")
    dites = ("--referentiel", "minimal", "--equipe", "service", "--simple", "--page", tmp_path / "g2.html")
    assert lancer("cohorte", source, *dites, "--sortie", tmp_path / "g2.json").code == 0
    page = simplifier(html.unescape((tmp_path / "g2.html").read_text(encoding="utf-8")))
    assert "une passation (n = 8)" in page
    assert "positions de 7 personnes" in page


def test_plusieurs_tiers_d_une_personne_en_sont_une_sur_la_plus_basse() -> None:
    def tiers(code: str, evaluateur: str, valeur: int) -> Passation:
        neuve = Passation.nouvelle(
            livre(), identifiant=code, regard="tiers", evaluateur=evaluateur, profil={"structure": "epci"}
        )
        return neuve.avec_reponse("C1P", repondu(valeur))

    passations = [tiers("A", "N1", 4), tiers("A", "N2", 1), tiers("B", "N3", 3), tiers("C", "N4", 0)]
    (equipe,) = cpit.equipes(recueil_de(passations), "structure").equipes
    trouvee = next(s for s in equipe.situations() if s.item.code == "C1P")
    assert (equipe.effectif, trouvee.repondants, trouvee.tenants, trouvee.passeurs) == (3, 3, 1, 0)


def test_une_colonne_qui_n_existe_pas_est_refusee_avec_celles_de_la_table(tmp_path: Path) -> None:
    source = ecrire_la_table(tmp_path, TROIS)
    rendu = lancer("cohorte", source, "--referentiel", "minimal", "--equipe", "sevice", "--sortie", tmp_path / "a.xlsx")
    assert rendu.code == 1
    assert "table.csv, ligne 1" in rendu.erreur
    assert "pas de colonne « sevice »" in rendu.erreur
    assert "de la table (service)" in rendu.erreur
    assert "role" in rendu.erreur
    assert not (tmp_path / "a.xlsx").exists()


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    ("colonne", "quoi"),
    [
        ("Identifiant", "qui a répondu"),
        ("moment", "le moment"),
        ("regard", "le regard"),
        ("role_evaluateur", "quel tiers a répondu"),
        ("date_moment", "la date du moment"),
        ("c1p", "une réponse"),
        ("C1P_trace", "ce qui accompagne une réponse"),
        ("score_C1", "un résultat"),
    ],
)
@pytest.mark.endurance
def test_une_colonne_que_cpit_lit_n_est_pas_une_equipe(colonne: str, quoi: str, tmp_path: Path) -> None:
    codes = [item.code for item in cpit.referentiel().items]
    entete = ["identifiant", "Service", "moment", "regard", "role_evaluateur", "date_moment", *codes]
    lignes = [[f"P{rang}", "Nord", "t0", "soi", "", "2025-09", *"2" * len(codes), "vécu", "2"] for rang in range(3)]
    table = [[*entete, "C1P_trace", "score_C1"], *lignes]
    source = tmp_path / "table.csv"
    source.write_text("\n".join(map(";".join, table)), encoding="utf-8")
    rendu = lancer("cohorte", source, "--equipe", colonne, "--sortie", tmp_path / "a.xlsx")
    assert rendu.code == 1
    assert f"« {colonne} » : cpit lit dans cette colonne {quoi}" in rendu.erreur.replace("\n  ", " ")
    assert "de la table (Service)" in rendu.erreur.replace("\n    ", " ")
    assert not (tmp_path / "a.xlsx").exists()
    assert lancer("cohorte", source, "--equipe", "service", "--sortie", tmp_path / "a.xlsx").code == 0


def test_la_carte_et_la_tension_d_une_equipe_se_dessinent(tmp_path: Path) -> None:
    lignes = [*TROIS, *((f"Côte {nom[-3:]}", signes) for nom, signes in TROIS), ("Seul", "4" * 6)]
    base = (ecrire_la_table(tmp_path, lignes), "--referentiel", "minimal", "--sortie", tmp_path / "f.svg")
    plusieurs = lancer("figure", "carte", *base, "--equipe", "service")
    assert plusieurs.code == 1
    assert f"--equipe service={TROIS[0][0]}" in plusieurs.erreur
    assert "service=Seul" not in plusieurs.erreur
    voulue = ("--equipe", f"Service={TROIS[0][0].upper()}")
    carte = lancer("figure", "carte", *base, *voulue)
    assert (carte.code, f"{TROIS[0][0]} : 3 personnes" in carte.ecran.replace("\xa0", " ")) == (0, True)
    recueil = cpit.lire(base[0], "minimal", equipe="service")
    (equipe, *_) = (e for e in cpit.equipes(recueil, "service").equipes if e.libelle == TROIS[0][0])
    assert cpit.figure("carte", equipe).svg.removesuffix("</svg>\n")[:2000] in (tmp_path / "f.svg").read_text("utf-8")
    for options, dit in (
        (("carte", *base, "--equipe", "service=Seul"), "ne désigne pas une seule équipe"),
        (("radar", *base, *voulue), "ne se dessine pas d’une équipe"),
        (("carte", *base, *voulue, "--code", "P00"), "--code : à ne pas donner avec --equipe"),
        (("tension", *base), "ne se dessine pas de tout un groupe"),
    ):
        rendu = lancer("figure", *options)
        assert (rendu.code > 0, dit in rendu.erreur) == (True, True), rendu.erreur
    (seule,) = (e for e in cpit.equipes(recueil, "service").equipes if e.libelle == "Seul")
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.figure("carte", seule)
    assert levee.value.anomalies[0].code == "figure-equipe-tue"


def test_la_carte_d_une_equipe_pres_du_centre_est_une_vue_agrandie(tmp_path: Path) -> None:
    """Chacun au même niveau partout est au centre ; qui n’a que sa première ingénierie est à son pôle, à 1 de lui."""
    premiere = cpit.referentiel("minimal").items[0].ingenierie
    seule = "".join("4" if item.ingenierie == premiere else "1" for item in cpit.referentiel("minimal").items)
    table = ecrire_la_table(tmp_path, [("Près", "3" * 6)] * 4 + [("Loin", "3" * 6)] * 4 + [("Loin", seule)])
    agrandies = {}
    for equipe in ("Près", "Loin"):
        sortie = tmp_path / f"{equipe}.svg"
        rendu = lancer(
            "figure", "carte", table, "--referentiel", "minimal", "--equipe", f"service={equipe}", "--sortie", sortie
        )
        assert rendu.code == 0, rendu.erreur
        agrandies[equipe] = "vue agrandie" in rendu.ecran, "vue agrandie" in sortie.read_text("utf-8")
    assert agrandies == {"Près": (True, True), "Loin": (False, False)}


def test_la_figure_de_la_tension_dit_et_montre_l_ecart(tmp_path: Path) -> None:
    ingenierie = {item.code: 1 + rang % 4 for rang, item in enumerate(livre().items)}
    recueil = recueil_de([passation(code, {"partout": 2, "reponses": ingenierie}) for code in "ABC"])
    (equipe,) = cpit.equipes(recueil, "structure").equipes
    personne = cpit.restituer(livre(), recueil.cohorte.notees[0].passation)
    for figure, tensions in (
        (cpit.figure("tension", equipe), equipe.tensions),
        (cpit.figure("tension", personne), personne.tensions),
    ):
        assert figure.description.startswith(HYPOTHESE)
        montres = {f.contenu for calque in figure.dessin.calques for f in calque.formes if hasattr(f, "contenu")}
        for tension in tensions:
            assert tension.etendue is not None
            voulus = [score for score in tension.scores.values() if score is not None] + [tension.etendue]
            assert {f"{nombre:.2f}".replace(".", ",") for nombre in voulus} <= montres
    cpit.ecrire(cpit.figure("tension", personne), tmp_path / "t.svg")


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(("personnes", "au_moins"), [(1, 0.92), (EQUIPE, 0.88)])
def test_les_bornes_d_une_tension_contiennent_la_verite(personnes: int, au_moins: float) -> None:
    """Un petit tirage de la campagne, dont le guide donne la table entière."""
    for rang in (0, 1):
        comptes = couvrir_des_tensions(
            livre(), rang, MODELES["aucun groupe ne diffère"], personnes, tirages(60), GRAINE
        )
        assert comptes.bornees >= 0.95 * tirages(60)
        assert comptes.couvrent / comptes.bornees >= au_moins
        # Aucun groupe d’items ne diffère : ce qui se dit l’est à tort, et c’est ce qui ne couvre pas.
        assert comptes.disent <= comptes.bornees - comptes.couvrent


def test_une_equipe_vide_ou_sans_ecran_est_un_mauvais_emploi(tmp_path: Path) -> None:
    source = ecrire_la_table(tmp_path, TROIS)
    vide = lancer("cohorte", source, "--referentiel", "minimal", "--equipe", " ", "--sortie", tmp_path / "a.xlsx")
    assert (vide.code, "--equipe est vide" in vide.erreur) == (2, True)
    nulle_part = lancer("cohorte", source, "--referentiel", "minimal", "--equipe", "service", "--sortie", "-")
    assert (nulle_part.code, "--equipe ne montre rien" in nulle_part.erreur) == (2, True)


def test_un_formulaire_sans_cette_question_ne_dit_rien_d_une_colonne() -> None:
    recueil = recueil_de([passation(code, {"partout": 2}) for code in "ABC"])
    with pytest.raises(cpit.ErreurCpit) as levee:
        cpit.equipes(recueil, "bureau")
    assert "structure" in levee.value.anomalies[0].attendu


def test_aucun_export_n_a_rien_d_une_equipe(tmp_path: Path) -> None:
    source = ecrire_la_table(tmp_path, TROIS)
    assert lancer("exporter", source, "--referentiel", "minimal", "--equipe", "service").code == 2
    recueil = cpit.lire(source, "minimal", equipe="service")
    cpit.ecrire(recueil, tmp_path / "g.csv")
    cpit.ecrire(recueil, tmp_path / "g.json")
    for nom in ("g.csv", "g.json"):
        assert "Nord" not in (tmp_path / nom).read_text(encoding="utf-8-sig")


# --- la tension d’une personne ----------------------------------------------------------------------------------------


def test_la_tension_d_une_personne_est_la_meme_a_l_ecran_dans_sa_page_et_son_json(tmp_path: Path) -> None:
    source = Path(__file__).parent.parent / "exemples" / "passation-r01-t0-soi.json"
    rendu = lancer("restituer", source, "--simple", "--page", tmp_path / "p.html")
    tension = cpit.resultat_en_dictionnaire(cpit.relire(source).restitution)["tensions"]["echelles-action"]
    page = simplifier(html.unescape((tmp_path / "p.html").read_text(encoding="utf-8")))
    ecrit = f"étendue {tension['etendue']:.2f}".replace(".", ",")
    for texte in (rendu.ecran, page):
        assert HYPOTHESE in texte
        assert f"Échelles d’intervention : {ecrit}" in texte


def test_une_personne_qui_n_a_repondu_qu_a_une_echelle_n_a_pas_de_tension() -> None:
    tension = tensions_de({item.code: 3 for item in livre().echelles["locale"].items})[1]
    assert (tension.etendue, tension.motif, tension.etat) == (None, "trop-peu-de-groupes", None)


def test_la_page_des_equipes_est_accessible(tmp_path: Path, navigateur: Navigateur, axe: str) -> None:
    recueil = recueil_de([passation(code, {"partout": rang}) for rang, code in enumerate("ABCDE")])
    lecture = cpit.equipes(recueil, "structure", nominatif=True)
    cpit.ecrire(recueil, tmp_path / "g.html", equipes=lecture)
    navigateur.ouvrir((tmp_path / "g.html").read_text(encoding="utf-8"))
    assert violations(navigateur, axe) == []

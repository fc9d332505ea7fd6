"""Les pages de restitution et de groupe : autonomes, justes, lisibles par tous, imprimables, et discrètes."""

from __future__ import annotations

import base64
import csv
import dataclasses
import hashlib
import html
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

import pytest
from aide_cohorte import TROIS_STRATES, cohorte_au_hasard, lecture_de
from aide_navigateur import HOSTILE, Navigateur, Page, violations
from aides import LIVRE, RACINE, TESTS, Programme, premiere
from openpyxl import load_workbook

import cpit
from cpit.api.personne import Restitution, ecrire_feuille_d_entretien
from cpit.cli import executer
from cpit.coeur.cohorte import Cohorte, Releve, composer
from cpit.coeur.passation import Passation, Reponse, repondu, sans_objet
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import anomalie
from cpit.messages import CATALOGUE
from cpit.typographie import nombre, typographier

REFERENTIELS = [LIVRE, RACINE / "referentiels" / "minimal.yaml", *sorted((TESTS / "referentiels").glob("*.yaml"))]
EXEMPLES = sorted((RACINE / "exemples").glob("passation-*.json"))
ANOMALIES = (
    *[anomalie("passation-en-double", "CANARI.csv", code="CANARI", moment="t0", regard="soi", deja="CANARI.csv")] * 3,
    anomalie("source-introuvable", "CANARI.json", nom="CANARI.json"),
)


class Tableaux(HTMLParser):
    """Les tableaux d’une page, par titre : nom de ligne → cellules. Une barre ou une précision n’est pas du nom."""

    def __init__(self, texte: str) -> None:
        super().__init__()
        self.par_titre: dict[str, dict[str, list[str]]] = {}
        self._titre, self._ou, self._nom, self._ignore = "", "", "", 0
        self._cellules: list[str] = []
        self.feed(texte)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        donnees = dict(attrs)
        if tag == "caption":
            self._titre, self._ou = "", "titre"
        elif tag == "tr":
            self._nom, self._cellules = "", []
        elif tag == "th" and donnees.get("scope") == "row":
            self._ou = "nom"
        elif tag == "td":
            self._cellules.append("")
            self._ou = "cellule"
        elif tag == "span" and "data-cle" in donnees:
            self._ou, self._nom = "tu", ""
        elif tag == "span" and donnees.get("class") == "precision":
            self._ignore = 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("caption", "th", "td"):
            self._ou = ""
        elif tag == "span" and self._ou == "tu":
            self.par_titre.setdefault(self._titre, {})[" ".join(self._nom.split())] = ["tu"]
            self._ou, self._nom = "", ""
        elif tag == "span":
            self._ignore = 0
        elif tag == "tr" and self._nom:
            self.par_titre.setdefault(self._titre, {})[" ".join(self._nom.split())] = self._cellules

    def handle_data(self, data: str) -> None:
        if self._ou == "titre":
            self._titre += data
        elif self._ou in ("nom", "tu") and not self._ignore:
            self._nom += data
        elif self._ou == "cellule":
            self._cellules[-1] += data


def exemple(rang: int = 0) -> Restitution:
    return cpit.relire(EXEMPLES[rang]).restitution


def une(referentiel: Referentiel, reponses: dict[str, Reponse], **champs: object) -> Restitution:
    dates = {"modifiee": "2026-09-14T10:00:00+02:00", "terminee": "2026-09-14T10:00:00+02:00"}
    return cpit.restituer(referentiel, Passation.nouvelle(referentiel, reponses=reponses, **{**dates, **champs}))


def ecrite(valeur: Any, **options: object) -> str:
    """Une page, telle qu’elle s’écrit."""
    with tempfile.TemporaryDirectory() as dossier:
        return cpit.ecrire(valeur, Path(dossier) / "p.html", **options).read_text(encoding="utf-8")


def de_personne(restitution: Restitution) -> str:
    return ecrite(restitution)


def de_groupe(cohorte: Cohorte, **options: object) -> str:
    return ecrite(lecture_de(cohorte, ANOMALIES, [("CANARI.csv", 1, 0)] * 4), **options)


def pages() -> dict[str, str]:
    """Une page de chaque sorte, avec de quoi tout montrer."""
    groupe = cohorte_au_hasard(cpit.referentiel(LIVRE), 60, TROIS_STRATES)
    return {
        "personne": de_personne(exemple()),
        "groupe": de_groupe(groupe),
        "nominatif": de_groupe(groupe, nominatif=True),
        "comparaison": de_comparaison(*sorted((RACINE / "exemples").glob("passation-r01-*.json"))),
    }


def de_comparaison(*passations: Path) -> str:
    """La page de passations d’une personne, telle qu’elle s’écrit."""
    with tempfile.TemporaryDirectory() as dossier:
        for passation in passations:
            shutil.copy(passation, dossier)
        return ecrite(cpit.comparer(dossier))


SORTES = ("personne", "groupe", "nominatif", "comparaison")


@pytest.fixture(scope="module")
def toutes() -> dict[str, str]:
    return pages()


# --- telle qu’elle est écrite ----------------------------------------------------------------------------------------


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("sorte", SORTES)
def test_la_page_ne_demande_rien_et_n_execute_rien(toutes: dict[str, str], sorte: str) -> None:
    page = Page(toutes[sorte])
    interdites = {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "video",
        "audio",
        "script",
        "form",
        "image",
        "use",
    }
    assert not interdites & {nom for nom, _ in page.balises}
    for nom, attributs in page.balises:
        assert not {"src", "srcset", "action", "style", "ping", "background"} & set(attributs), nom
        assert not [cle for cle in attributs if cle.startswith("on")], nom
        assert (attributs.get("href") or "#").startswith("#")
    identifiants = [a["id"] for _, a in page.balises if "id" in a]
    assert len(identifiants) == len(set(identifiants))
    assert "url(http" not in toutes[sorte]
    assert len(toutes["personne"].encode()) < 100_000


@pytest.mark.parametrize("sorte", SORTES)
def test_la_politique_ne_permet_que_le_style_de_la_page(toutes: dict[str, str], sorte: str) -> None:
    page = Page(toutes[sorte])
    politique = next(a["content"] or "" for _, a in page.balises if a.get("http-equiv") == "Content-Security-Policy")
    empreinte = base64.b64encode(hashlib.sha256(dict(page.textes)["style"].encode()).digest()).decode()
    assert politique == (f"default-src 'none'; style-src 'sha256-{empreinte}'; form-action 'none'; base-uri 'none'")


@pytest.mark.parametrize("sorte", SORTES)
def test_une_page_ne_porte_pas_le_style_des_guides(toutes: dict[str, str], sorte: str) -> None:
    style = dict(Page(toutes[sorte]).textes)["style"]
    assert ".guide" not in style
    assert not re.search(r"(?m)^\s*(pre|code)\b", style)


def test_la_meme_passation_donne_la_meme_page() -> None:
    assert de_personne(exemple()) == de_personne(exemple())


@pytest.mark.parametrize(
    ("terminee", "lu"),
    [
        ("2026-09-01T10:00:00+02:00", "1er septembre 2026"),
        ("2026-12-31", "31 décembre 2026"),
        ("hier", "hier"),
        ("2026-13-01", "2026-13-01"),
    ],
)
def test_le_jour_se_lit(terminee: str, lu: str) -> None:
    page = de_personne(une(cpit.referentiel(LIVRE), {}, terminee=terminee))
    assert f"<dt>Terminé le</dt><dd>{lu}</dd>" in page


# --- les nombres sont ceux du moteur ---------------------------------------------------------------------------------


def ecrit(valeur: float | None, decimales: int = 1) -> str:
    return "–" if valeur is None else nombre(valeur, decimales)


def scores_de(cohorte: Cohorte, echelle: str) -> list[float]:
    """Les scores de ceux qui en ont un."""
    scores = (notee.resultat.score(echelle).valeur for notee in cohorte.notees)
    return [score for score in scores if score is not None]


@pytest.mark.parametrize("rang", range(len(EXEMPLES)), ids=lambda r: EXEMPLES[r].stem)
def test_les_nombres_de_la_page_sont_ceux_du_moteur(rang: int) -> None:
    restitution = exemple(rang)
    referentiel, resultat = restitution.referentiel, restitution.resultat
    tableaux = Tableaux(de_personne(restitution)).par_titre
    for competence in referentiel.competences:
        nom = f"{competence.identifiant} {typographier(competence.libelle)}"
        score = resultat.competences[competence.identifiant]
        assert tableaux["Scores des compétences"][nom][0] == ecrit(score.valeur)
        assert tableaux["Scores des compétences"][nom][2] == f"{score.repondus} sur {score.items}"
        cases = resultat.matrice[competence.identifiant].values()
        assert tableaux["Matrice des compétences et des ingénieries"][nom] == [ecrit(c.valeur) for c in cases]
        place = resultat.situations_competences[competence.identifiant].position
        attendue = ["–", "–"] if place is None else [ecrit(place.x, 2), ecrit(place.y, 2)]
        assert tableaux["Les points de la carte"][nom][:2] == attendue
    for ingenierie in referentiel.ingenieries:
        cellules = tableaux["Scores des ingénieries"][ingenierie.libelle]
        assert cellules[0] == ecrit(resultat.ingenieries[ingenierie.identifiant].valeur)
    for regroupement in referentiel.regroupements:
        for groupe in regroupement.groupes:
            score = resultat.regroupements[regroupement.identifiant][groupe.identifiant]
            assert tableaux[typographier(regroupement.libelle)][typographier(groupe.libelle)][0] == ecrit(score.valeur)
    place = resultat.situation.position
    assert place is not None
    qui = "La personne" if restitution.passation.regard == "tiers" else "Vous"
    assert tableaux["Les points de la carte"][qui][:2] == [ecrit(place.x, 2), ecrit(place.y, 2)]


def test_les_nombres_du_groupe_sont_ceux_du_moteur() -> None:
    cohorte = cohorte_au_hasard(cpit.referentiel(LIVRE), 60, graine=4)
    resultats, tableaux = [n.resultat for n in cohorte.notees], Tableaux(de_groupe(cohorte)).par_titre
    for competence in cohorte.referentiel.competences:
        nom, scores = f"{competence.identifiant} {competence.libelle}", scores_de(cohorte, competence.identifiant)
        mesures = (fmean(scores), stdev(scores), median(scores), min(scores), max(scores))
        attendues = [str(len(scores)), *map(ecrit, mesures)]
        assert tableaux[typographier("Compétence : scores du groupe, de 0 à 4")][nom] == attendues
        niveaux = tableaux["Combien de scores sont au plus près de chaque niveau"][nom]
        assert sum(map(int, niveaux)) == len(scores)
        cases = [
            [r.matrice[competence.identifiant][ingenierie.identifiant].valeur for r in resultats]
            for ingenierie in cohorte.referentiel.ingenieries
        ]
        dites = [[valeur for valeur in case if valeur is not None] for case in cases]
        assert tableaux["Moyenne du groupe dans chaque case (et n)"][nom] == [
            f"{ecrit(fmean(case))} ({len(case)})" for case in dites
        ]
    places = [place for r in resultats if (place := r.situation.position) is not None]
    centre = tableaux["Les points de la carte"]["Centre du groupe"]
    assert centre[:2] == [ecrit(fmean(p.x for p in places), 2), ecrit(fmean(p.y for p in places), 2)]


# --- ce qui manque se dit --------------------------------------------------------------------------------------------


def test_une_passation_vide_inachevee_ou_nulle_se_dit() -> None:
    referentiel = cpit.referentiel(LIVRE)
    codes = [item.code for item in referentiel.items]
    vide = de_personne(une(referentiel, {}, terminee=None))
    assert typographier("Le questionnaire n'est pas terminé") in vide
    assert typographier("Aucune réponse n'entre dans le calcul") in vide
    assert "Dernière réponse le" in vide
    assert "Passation sans code" in vide
    assert "Pas de position" in de_personne(une(referentiel, {code: sans_objet() for code in codes}))
    nulle = de_personne(une(referentiel, {code: repondu(0) for code in codes}))
    assert typographier("toutes les ingénieries sont au plus bas de l'échelle") in nulle
    assert {cellules[0] for cellules in Tableaux(nulle).par_titre["Scores des compétences"].values()} == {"0,0"}


def test_peu_d_items_et_regroupements_en_second() -> None:
    page = de_personne(une(premiere(), {item.code: repondu(2) for item in premiere().items}))
    assert page.index("En second") > page.index("Points d’appui et points fragiles")
    assert "se lisent en second" in page
    assert page.count('<span class="precision">peu d’items') == 2
    assert '<span class="precision">peu d’items' not in de_personne(exemple()), "la version 2 en a assez partout"


def test_la_page_se_lit_dans_l_ordre_de_la_personne() -> None:
    """Trois phrases, ce qui se détache, la carte, ce que cela vaut, puis tout le détail."""
    page = de_personne(exemple())
    titres = re.findall(r"<h2[^>]*>([^<]*)</h2>", page)
    attendus = [
        *("L’essentiel", "Points d’appui et points fragiles", "La carte", "Les compétences"),
        *(
            typographier("Peut-on s'y fier ?"),
            typographier("Annexe : chaque compétence, chaque situation, chaque réponse"),
        ),
    ]
    assert [titre for titre in titres if titre in attendus] == attendus
    assert page.count('<p class="phrase">', 0, page.index("titre-reliefs")) == 3


def lue_sans_balises(page: str) -> str:
    """Ce qui se lit d’une page, sur une ligne."""
    corps = html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main>")[2]))
    return " ".join(corps.split())


@pytest.mark.parametrize("rang", range(len(EXEMPLES)), ids=lambda r: EXEMPLES[r].stem)
def test_un_score_se_comprend_sans_le_logiciel(rang: int) -> None:
    """« Accorder les horloges 2,0 » : ce qu’elle est, sur quelle échelle, ce que 2,0 y veut dire, d’après quoi."""
    restitution = exemple(rang)
    referentiel, passation = restitution.referentiel, restitution.passation
    lu = lue_sans_balises(de_personne(restitution))
    annexe = lu[lu.index("Annexe") :]
    for competence in referentiel.competences:
        assert " ".join(typographier(competence.definition).split()) in annexe
        score = restitution.resultat.competences[competence.identifiant].valeur
        assert score is not None
        niveau = referentiel.echelle.plus_proche(score)
        mots = f"{nombre(score)} sur une échelle de 0 à 4, au plus près de « {niveau.libelle} »"
        assert " ".join(typographier(mots).split()) in annexe
    for item in referentiel.items:
        reponse = passation.reponse(item.code)
        assert " ".join(typographier(item.enonce_pour(passation.regard)).split()) in annexe
        assert " ".join(reponse.trace.split()) in annexe
    debut = lu[: lu.index("La carte")]
    for relief in (*restitution.interpretation.appuis, *restitution.interpretation.fragiles):
        for item in referentiel.items_de(relief.competence.identifiant):
            assert " ".join(typographier(item.enonce_pour(passation.regard)).split()) in debut


def test_l_essentiel_de_reponses_a_egalite_ne_choisit_pas() -> None:
    referentiel = cpit.referentiel(LIVRE)
    egales = de_personne(une(referentiel, {i.code: repondu(2) for i in referentiel.items}))
    assert "aucune ne se détache" in egales
    assert "aucune ingénierie ne l’emporte" in egales
    rien = de_personne(une(referentiel, {}))
    assert rien.count('<p class="phrase">', 0, rien.index("titre-reliefs")) == 1


# --- sans nommer personne --------------------------------------------------------------------------------------------


def groupe_marque(n: int = 24, **champs: object) -> Cohorte:
    """Une cohorte dont les codes, les fichiers, les traces et un choix de profil inconnu portent CANARI."""
    base = cohorte_au_hasard(cpit.referentiel(LIVRE), n)
    releves = []
    for rang, notee in enumerate(base.notees):
        reponses = {code: dataclasses.replace(r, trace="CANARI") for code, r in notee.passation.reponses.items()}
        passation = dataclasses.replace(
            notee.passation,
            identifiant=f"CANARI-{n - rang:02d}",
            reponses=reponses,
            profil={**notee.passation.profil, **({"structure": "CANARI"} if rang == 0 else {})},
            **champs,  # type: ignore[arg-type]
        )
        releves.append(Releve(passation, f"CANARI-{rang}.csv", rang + 2))
    return composer(base.referentiel, releves)


def test_la_page_de_groupe_ne_nomme_personne() -> None:
    cohorte = groupe_marque()
    assert "CANARI" not in de_groupe(cohorte)
    assert "CANARI" not in de_groupe(cohorte, effectif_minimal=3)
    anomalies = Tableaux(de_groupe(cohorte)).par_titre["Ce que la lecture a signalé"]
    assert [cellules[1] for cellules in anomalies.values()] == ["1", "3"]


def test_la_page_de_groupe_nomme_chaque_constat_sans_ses_mots() -> None:
    """Ni nom ni nombre n’y vient du catalogue ; ce qu’un nombre y accorde est au pluriel, jamais « {nombre:…} »."""
    tous = [anomalie(code, nombre=3) for code in CATALOGUE]
    page = ecrite(lecture_de(groupe_marque(), tous, [("CANARI.csv", 1, 0)]))
    constats = Tableaux(page).par_titre["Ce que la lecture a signalé"]
    assert len(constats) > len(CATALOGUE) - 30, "quelques-uns disent la même chose"
    assert [constat for constat in constats if set("{}|‹›") & set(constat)] == []


def test_nominatif_montre_les_codes_par_ordre_alphabetique_sans_les_traces() -> None:
    cohorte = groupe_marque()
    page = de_groupe(cohorte, nominatif=True)
    personnes = Tableaux(page).par_titre["Par personne, dans l’ordre alphabétique"]
    assert list(personnes) == sorted(n.passation.identifiant for n in cohorte.notees)
    assert not re.search(r"CANARI(?!-\d\d)", page)
    par_code = {n.passation.identifiant: n.resultat for n in cohorte.notees}
    codes = next(iter(par_code.values())).competences
    for code, cellules in personnes.items():
        assert cellules[: len(codes)] == [ecrit(par_code[code].competences[c].valeur) for c in codes]
    carte = page[page.index("<figure") : page.index("</figure>")]
    assert all(f">{code}<" in carte for code, r in par_code.items() if r.situation.position)


def diffuses(cohorte: Cohorte, minimum: int, dossier: Path) -> dict[tuple[str, str], dict[str, dict[str, str]]]:
    """Les agrégats que l’on peut diffuser : question et modalité → mesure → ligne."""
    cpit.diffuser(lecture_de(cohorte), dossier / "agregats", effectif_minimal=minimum, formats=["csv"])
    par_groupe: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    with (dossier / "agregats" / "agregats.csv").open(encoding="utf-8", newline="") as lu:
        for ligne in csv.DictReader(lu):
            par_groupe.setdefault((ligne["question"], ligne["modalite"]), {})[ligne["mesure"]] = ligne
    return par_groupe


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("minimum", [3, 11])
def test_les_profils_montres_sont_ceux_que_l_on_peut_diffuser(minimum: int, tmp_path: Path) -> None:
    cohorte = cohorte_au_hasard(cpit.referentiel(LIVRE), 60)
    tableaux = Tableaux(de_groupe(cohorte, effectif_minimal=minimum)).par_titre
    par_groupe = diffuses(cohorte, minimum, tmp_path)
    codes, montres = [c.identifiant for c in cohorte.referentiel.competences], 0
    for (identifiant, modalite), mesures in par_groupe.items():
        question = next((q for q in cohorte.referentiel.profil if q.identifiant == identifiant), None)
        if question is None or typographier(question.libelle) not in tableaux:
            assert question is None or not any(
                m[next(iter(m))]["effectif"] for (q, _), m in par_groupe.items() if q == identifiant
            )
            continue
        libelle = typographier(question.libelle_du_choix(modalite)) if modalite else "Sans réponse"
        cellules = tableaux[typographier(question.libelle)][libelle]
        effectif = next(iter(mesures.values()))["effectif"]
        if not effectif:
            assert cellules == ["tu"]
        else:
            montres += 1
            dedans = [n for n in cohorte.notees if n.passation.profil.get(identifiant, "") == modalite]
            groupe = Cohorte(cohorte.referentiel, tuple(dedans))
            assert cellules[:9] == [
                effectif,
                *(ecrit(fmean(scores_de(groupe, c))) if mesures[c]["moyenne"] else "tu" for c in codes),
            ]
    assert montres > 0


def test_une_salle_de_douze_sait_pourquoi_ses_profils_sont_tus() -> None:
    page = de_groupe(cohorte_au_hasard(cpit.referentiel(LIVRE), 12))
    assert typographier("trop peu de réponses au profil réunissent 11 personnes") in page
    assert "--effectif-minimal" in page
    assert "Structure d’exercice" not in Tableaux(page).par_titre


def test_moins_de_trois_passations_ne_se_montrent_pas() -> None:
    cohorte = cohorte_au_hasard(cpit.referentiel(LIVRE), 10, TROIS_STRATES[:2])
    seule = Cohorte(
        cohorte.referentiel, cohorte.notees[:1] + tuple(n for n in cohorte.notees if n.passation.moment == "t1")
    )
    page = de_groupe(seule)
    assert "moins de 3 passations" in page
    assert page.count("<figure") == 3
    assert de_groupe(seule, nominatif=True).count("<figure") == 6


def test_les_moments_et_les_regards_restent_a_part() -> None:
    cohorte = cohorte_au_hasard(cpit.referentiel(LIVRE), 36, TROIS_STRATES)
    page = de_groupe(cohorte)
    assert page.count('<section class="strate"') == 3
    assert page.count("<figure") == 9
    for strate in cohorte.strates().values():
        moyenne = fmean(scores_de(strate, "C1"))
        assert f'<td class="nombre">{ecrit(moyenne)}</td>' in page


# --- dans un navigateur, réseau coupé --------------------------------------------------------------------------------


def regler(navigateur: Navigateur, largeur: int, mode: str = "light") -> None:
    media = [{"name": "prefers-color-scheme", "value": mode}]
    navigateur.commander("Emulation.setEmulatedMedia", features=media)
    mesures = {"width": largeur, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    navigateur.commander("Emulation.setDeviceMetricsOverride", **mesures)


def imprimer(navigateur: Navigateur, pdftotext: str, dossier: Path) -> list[str]:
    """Le texte de chaque feuille du PDF que Chromium imprime."""
    navigateur.commander("Emulation.setEmulatedMedia", features=[])
    reponse = navigateur.commander("Page.printToPDF", preferCSSPageSize=True)
    chemin = dossier / "page.pdf"
    chemin.write_bytes(base64.b64decode(reponse["data"]))
    fini = subprocess.run([pdftotext, str(chemin), "-"], capture_output=True, text=True, timeout=60, check=True)
    return fini.stdout.split("\f")[:-1]


@pytest.mark.parametrize("sorte", SORTES)
def test_rien_n_est_demande_et_rien_n_echoue(navigateur: Navigateur, toutes: dict[str, str], sorte: str) -> None:
    navigateur.commander("Network.enable")
    navigateur.commander(
        "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0
    )
    navigateur.ouvrir(toutes[sorte])
    for largeur in (360, 768, 1280):
        for mode in ("light", "dark"):
            regler(navigateur, largeur, mode)
    assert navigateur.adresses() == {navigateur.pilote.current_url}
    assert navigateur.erreurs() == []
    couleurs = []
    for mode in ("light", "dark"):
        regler(navigateur, 768, mode)
        couleurs.append(navigateur.js("return getComputedStyle(document.documentElement).backgroundColor"))
    assert len(set(couleurs)) == 2


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("largeur", [360, 768, 1280])
@pytest.mark.parametrize("sorte", ["personne", "nominatif", "comparaison"])
def test_aucune_violation_d_accessibilite(
    navigateur: Navigateur, axe: str, toutes: dict[str, str], sorte: str, largeur: int, mode: str
) -> None:
    navigateur.ouvrir(toutes[sorte])
    regler(navigateur, largeur, mode)
    navigateur.js("for (const d of document.querySelectorAll('details')) d.open = true")
    assert violations(navigateur, axe) == []


def grand_referentiel(dossier: Path) -> Referentiel:
    """Douze compétences, cinq ingénieries, des libellés longs."""
    poles = ((-1, 0), (0, -1), (1, 1), (0.2, 0.8), (-0.8, -0.9))
    long = "accompagner durablement les transformations institutionnelles"
    lignes = [
        "identifiant: grand\nversion: 1.0.0\ntitre: Un très grand référentiel\nstatut: Essai.\nlicence: etalab-2.0",
        "sources: [{cle: a, titre: A, auteurs: [B], date: 2001}]",
        'echelle: {question: "Q ?", niveaux: [{valeur: 0, libelle: Un niveau bas au long libellé}, '
        "{valeur: 4, libelle: Un niveau haut au long libellé}]}",
        "axes:",
        *(
            f"  {a}: {{identifiant: a{a}, libelle: Un axe au long nom, debut: Tout d’un côté de la carte, "
            "fin: Tout de l’autre côté de la carte, hypothese: h}"
            for a in "xy"
        ),
        "ingenieries:",
        *(
            f"  - {{identifiant: k{i}, libelle: Ingénierie {i} de la coopération interterritoriale, fonction: f, "
            f"position: {{x: {x}, y: {y}}}, hypothese: h}}"
            for i, (x, y) in enumerate(poles)
        ),
        "competences:",
        *(f"  - {{identifiant: C{i}, libelle: Compétence {i} pour {long}, definition: d}}" for i in range(1, 13)),
        "items:",
        *(
            f"  - {{code: C{i}K{j}, competence: C{i}, ingenierie: k{j}, enonce: Je fais.}}"
            for i in range(1, 13)
            for j in range(5)
        ),
        "regles: {seuil: {valeur: 0.5, hypothese: h}, seuil_equilibre: {valeur: 0.15, hypothese: h}}",
    ]
    chemin = dossier / "grand.yaml"
    chemin.write_text("\n".join(lignes) + "\n", encoding="utf-8")
    return cpit.referentiel(chemin)


def variees(referentiel: Referentiel) -> dict[str, Reponse]:
    valeurs = [niveau.valeur for niveau in referentiel.echelle.niveaux]
    return {item.code: repondu(valeurs[(k * 7 + k // 5) % len(valeurs)]) for k, item in enumerate(referentiel.items)}


def test_tout_referentiel_tient_dans_la_largeur(navigateur: Navigateur, tmp_path: Path) -> None:
    for referentiel in (*map(cpit.referentiel, REFERENTIELS), grand_referentiel(tmp_path)):
        for page in (de_personne(une(referentiel, variees(referentiel))), de_groupe(cohorte_au_hasard(referentiel, 5))):
            navigateur.ouvrir(page)
            for largeur in (360, 768, 1280):
                regler(navigateur, largeur)
                trop = navigateur.js("return document.documentElement.scrollWidth - innerWidth")
                assert trop <= 0, (referentiel.identifiant, largeur)
    assert navigateur.erreurs() == []


def test_une_passation_complete_s_imprime_l_essentiel_d_abord(
    navigateur: Navigateur, tmp_path: Path, programme: Programme
) -> None:
    """L’essentiel sur la première feuille, la carte et ce qu’elle vaut sur la deuxième, puis l’annexe."""
    referentiel = cpit.referentiel(LIVRE)
    toutes_a = {valeur: {i.code: repondu(valeur) for i in referentiel.items} for valeur in (0, 4)}
    essais = [exemple(rang) for rang in range(len(EXEMPLES))]
    essais += [une(referentiel, reponses) for reponses in ({}, *toutes_a.values())]
    for restitution in essais:
        navigateur.ouvrir(de_personne(restitution))
        feuilles = imprimer(navigateur, programme("pdftotext"), tmp_path)
        reliefs = (*restitution.interpretation.appuis, *restitution.interpretation.fragiles)
        assert len(feuilles) == (4 if reliefs else 3), (essais.index(restitution), [f[-300:] for f in feuilles])
        premiere, *milieu, derniere = (re.sub(r"\s+", " ", feuille) for feuille in feuilles)
        assert "L’essentiel" in premiere
        assert all(typographier(r.competence.definition) in premiere for r in restitution.interpretation.appuis)
        figures = " ".join([premiere, *milieu])
        for mots in ("La carte", "Temps long", "zone d’équilibre", "Les compétences", "score de la compétence"):
            assert mots in figures
        for mots in ("Compétences × ingénieries", "teinte de plus en plus soutenue"):
            assert mots in figures
        for mots in ("Comment c’est calculé", "etalab-2.0"):
            assert mots in derniere
        for trace in (r.trace for r in restitution.passation.reponses.values() if r.trace):
            assert trace in " ".join(milieu) + derniere


def test_les_pas_a_ecrire_ne_coutent_pas_de_feuille(
    navigateur: Navigateur, tmp_path: Path, programme: Programme
) -> None:
    """Deux pages, une feuille : les points d’appui et les pas, la carte et ce qu’elle vaut ; puis deux d’annexe."""
    for nom in ("r01-t0", "r02-t0", "r03-t0"):
        chemin = RACINE / "exemples" / f"passation-{nom}-soi.json"
        navigateur.ouvrir(cpit.ecrire(cpit.relire(chemin), tmp_path / f"{nom}.html").read_text(encoding="utf-8"))
        premiere, deuxieme, *annexe = imprimer(navigateur, programme("pdftotext"), tmp_path)
        assert len(annexe) == 2, nom
        assert "Points d’appui et points fragiles" in premiere
        assert premiere.count("Je le saurai") == 3, nom
        for mots in ("La carte", "Les compétences", "Les ingénieries", "Peut-on s’y fier", "avec d’autres coordonnées"):
            assert mots in deuxieme.replace("\u202f", " "), nom
        assert "Compétences × ingénieries" in annexe[0]


def test_ce_que_la_page_replie_s_imprime(navigateur: Navigateur, tmp_path: Path, programme: Programme) -> None:
    navigateur.ouvrir(de_personne(exemple()))
    assert not navigateur.js("return document.querySelector('.fiable details').open")
    feuilles = " ".join(" ".join(imprimer(navigateur, programme("pdftotext"), tmp_path)).split())
    for phrase in exemple().interpretation.position:
        assert " ".join(phrase.split()) in feuilles


def test_la_place_des_situations_ne_coute_qu_une_feuille(
    navigateur: Navigateur, tmp_path: Path, programme: Programme
) -> None:
    referentiel = cpit.referentiel(LIVRE)
    for traces in (0, 6):
        reponses = {
            item.code: repondu(rang % 5, "Une convention signée en mars avec trois associations." * (rang < traces))
            .situee("frequence", rang % 4)
            .situee("importance", rang * 7 % 4)
            for rang, item in enumerate(referentiel.items)
        }
        navigateur.ouvrir(de_personne(une(referentiel, reponses)))
        feuilles = imprimer(navigateur, programme("pdftotext"), tmp_path)
        assert len(feuilles) <= 5
        assert "La place des situations" in "".join(feuilles[1:])
        assert "Comment c’est calculé" in "".join(feuilles[-2:])


def test_beaucoup_de_traces_font_davantage_de_feuilles(
    navigateur: Navigateur, tmp_path: Path, programme: Programme
) -> None:
    referentiel = cpit.referentiel(LIVRE)
    reponses = {
        item.code: repondu(rang % 5, f"Trace {rang}, " + "un exemple vécu, raconté en détail ; " * 12)
        for rang, item in enumerate(referentiel.items)
    }
    navigateur.ouvrir(de_personne(une(referentiel, reponses)))
    feuilles = imprimer(navigateur, programme("pdftotext"), tmp_path)
    assert 3 <= len(feuilles) <= 5
    texte = "\n".join(feuilles)
    assert all(f"Trace {rang}," in texte for rang in range(len(reponses)))


def test_une_comparaison_s_imprime_sur_deux_feuilles_et_son_annexe(
    navigateur: Navigateur, toutes: dict[str, str], tmp_path: Path, programme: Programme
) -> None:
    navigateur.ouvrir(toutes["comparaison"])
    premiere, seconde, *annexe = imprimer(navigateur, programme("pdftotext"), tmp_path)
    assert all(mots in premiere for mots in ("Ce qui bouge", "Les ingénieries", "Où en sont les choses"))
    assert all(mots in seconde for mots in ("La carte", "Ce que cela vaut", "Soi et les tiers", "En second", "Limites"))
    assert len(annexe) == 1
    assert "Annexe" in annexe[0]
    assert "Portraits de trois commerçants" in re.sub(r"\s+", " ", annexe[0])


def test_une_annee_entiere_tient_l_essentiel_sur_deux_feuilles(
    navigateur: Navigateur, tmp_path: Path, programme: Programme
) -> None:
    """Quatre moments, trois tiers : ce qui a bougé, la carte et les regards, puis le reste en annexe."""
    codes = [item.code for item in cpit.referentiel(LIVRE).items]
    soi = [f"R01;{moment};soi;;" for moment in ("t0", "t0-retrospectif", "t1", "t2")]
    tiers = [f"R01;t0;tiers;E{rang};pair" for rang in range(3)]
    lignes = [";".join((tete, *(str((rang + i) % 5) for i in range(24)))) for rang, tete in enumerate([*soi, *tiers])]
    table = tmp_path / "annee.csv"
    entete = ";".join(("identifiant", "moment", "regard", "evaluateur", "role_evaluateur", *codes))
    table.write_text("\n".join((entete, *lignes)), encoding="utf-8")
    page = cpit.ecrire(cpit.comparer(table), tmp_path / "p.html")
    navigateur.ouvrir(page.read_text(encoding="utf-8"))
    premiere, seconde, *annexe = imprimer(navigateur, programme("pdftotext"), tmp_path)
    assert all(mots in premiere for mots in ("Ce qui bouge", "D’un côté à l’autre", "Où en sont les choses"))
    assert all(mots in seconde for mots in ("La carte", "Soi et les tiers", "Avec un tiers (pair"))
    assert 2 <= len(annexe) <= 4


def test_trois_pas_ne_font_pas_deborder_une_comparaison(
    navigateur: Navigateur, tmp_path: Path, programme: Programme
) -> None:
    for nom in ("passation-r01-t0-soi.json", "passation-r01-t1-soi.json"):
        shutil.copy(RACINE / "exemples" / nom, tmp_path)
    for code in ("C3C", "C2C", "C8M"):
        cpit.ajouter_pas("R01", code, "Un pas", dossier=tmp_path, avec="la DGS", quand="mars", signe="c’est écrit")
    ecrite = cpit.ecrire(cpit.comparer(tmp_path), tmp_path / "p.html")
    navigateur.ouvrir(ecrite.read_text(encoding="utf-8"))
    feuilles = imprimer(navigateur, programme("pdftotext"), tmp_path)
    assert len(feuilles) == 3
    assert "En second" in feuilles[1]
    assert all(mots in feuilles[2] for mots in ("Annexe", "Comment c’est calculé", "Limites"))


def test_la_page_de_groupe_s_imprime(navigateur: Navigateur, tmp_path: Path, programme: Programme) -> None:
    for n, attendues in ((3, 3), (60, 3), (5_000, 3)):
        navigateur.ouvrir(de_groupe(cohorte_au_hasard(cpit.referentiel(LIVRE), n)))
        feuilles = imprimer(navigateur, programme("pdftotext"), tmp_path)
        assert len(feuilles) == attendues
        assert "La carte" in feuilles[0]
        assert "Les compétences" in feuilles[0]


def test_des_textes_hostiles_restent_inertes(navigateur: Navigateur) -> None:
    livre = cpit.referentiel(LIVRE)
    competence = dataclasses.replace(livre.competences[0], libelle=HOSTILE, definition=HOSTILE)
    referentiel = dataclasses.replace(
        livre, titre=HOSTILE, statut=HOSTILE, competences=(competence, *livre.competences[1:])
    )
    reponses = {item.code: repondu(2, HOSTILE) for item in referentiel.items}
    personne = une(referentiel, reponses, identifiant=HOSTILE, profil={"structure": HOSTILE}, moment=HOSTILE)
    trois = [dataclasses.replace(personne.passation, identifiant=f"{HOSTILE} {rang}") for rang in range(3)]
    groupe = composer(referentiel, [Releve(passation, HOSTILE) for passation in trois])
    for page in (de_personne(personne), de_groupe(groupe), de_groupe(groupe, nominatif=True)):
        navigateur.ouvrir(page)
        assert navigateur.js("return window.PIRATE") is None
        assert navigateur.js("return document.querySelectorAll('script, img').length") == 0
        assert navigateur.js("return document.body.innerText.includes('window.PIRATE=1')")
        assert navigateur.erreurs() == []


# --- la commande -----------------------------------------------------------------------------------------------------


def lancer(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = executer([*map(str, arguments), "--simple"])
    return code, " ".join(capsys.readouterr().err.split())


def test_restituer_ecrit_et_remplace_sa_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "ma page.html"
    assert lancer(capsys, "restituer", EXEMPLES[0], "--page", page)[0] == 0
    if sys.platform != "win32":
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert lancer(capsys, "restituer", EXEMPLES[1], "--page", page, "--json")[0] == 0
    assert "Restitution du regard d’un tiers" in page.read_text(encoding="utf-8")
    assert [chemin.name for chemin in tmp_path.iterdir()] == [page.name]


def test_cohorte_ecrit_sa_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, sortie = tmp_path / "groupe.html", tmp_path / "groupe.csv"
    code, _ = lancer(capsys, "cohorte", *EXEMPLES, "--sortie", sortie, "--page", page, "--effectif-minimal", 3)
    assert code == 0
    assert sortie.exists()
    assert "R02" not in page.read_text(encoding="utf-8")
    code, _ = lancer(capsys, "cohorte", *EXEMPLES, "--sortie", "-", "--page", page, "--nominatif", "--par", "structure")
    assert code == 0
    assert "R02" in page.read_text(encoding="utf-8")


def test_une_page_n_ecrase_rien_d_autre(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    autre, questionnaire = tmp_path / "autre.html", tmp_path / "questionnaire.html"
    autre.write_text("<p>À moi.</p>", encoding="utf-8")
    cpit.formulaires(LIVRE, tmp_path / "envoi", format="html")[0].rename(questionnaire)
    for chemin in (autre, questionnaire):
        avant = chemin.read_bytes()
        for commande in (("restituer", EXEMPLES[0]), ("cohorte", *EXEMPLES, "--sortie", tmp_path / "g.csv")):
            code, dit = lancer(capsys, *commande, "--page", chemin)
            assert code == 1
            assert "n’est pas une page" in dit
            assert chemin.read_bytes() == avant
    assert not (tmp_path / "g.csv").exists()


@pytest.mark.parametrize(
    ("options", "dit"),
    [
        (("--page", "p.txt"), "ne finit pas par .html"),
        (("--nominatif",), "--nominatif ne va qu’avec --page"),
        (("--effectif-minimal", "5"), "--effectif-minimal ne va qu’avec --page"),
        (("--page", "p.html", "--effectif-minimal", "2"), "ne protège personne"),
    ],
)
def test_un_mauvais_emploi_se_dit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], dit: str
) -> None:
    code, message = lancer(capsys, "cohorte", *EXEMPLES, "--sortie", tmp_path / "g.csv", *options)
    assert code == 2
    assert dit in message
    assert list(tmp_path.iterdir()) == []


def test_un_dossier_absent_se_dit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, dit = lancer(capsys, "restituer", EXEMPLES[0], "--page", tmp_path / "rien" / "p.html")
    assert code == 1
    assert "le dossier n’existe pas" in dit


def test_les_pages_disent_ce_que_sont_leurs_ovales() -> None:
    """Une légende « région à 95 % » sans un mot qui l’explique se lit de travers."""
    sans_region = une(cpit.referentiel(LIVRE), {})
    assert "L’ovale de la carte" in de_personne(exemple())
    assert "L’ovale de la carte" not in de_personne(sans_region)
    assert "Les deux ovales de la carte" in de_groupe(cohorte_au_hasard(cpit.referentiel(LIVRE), 12))


MOTS_COUPES = """
    const coupes = new Set();
    for (const table of document.querySelectorAll('main table.a-barres, .competences .texte > table')) {
        const marche = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
        for (let noeud = marche.nextNode(); noeud; noeud = marche.nextNode())
            for (const mot of noeud.data.matchAll(/[\\p{L}]+/gu)) {
                const portee = document.createRange();
                portee.setStart(noeud, mot.index);
                portee.setEnd(noeud, mot.index + mot[0].length);
                const hauts = [...portee.getClientRects()].filter(r => r.width > 1).map(r => Math.round(r.top));
                if (new Set(hauts).size > 1) coupes.add(mot[0]);
            }
    }
    return [...coupes];
"""


def test_sur_un_ecran_moyen_aucun_mot_d_un_tableau_de_scores_n_est_coupe(navigateur: Navigateur) -> None:
    """À 1 000 points, à côté du radar, « autonomie » se lisait en deux morceaux."""
    navigateur.ouvrir(de_personne(exemple()))
    for largeur in (768, 928, 1000, 1200, 1280):
        regler(navigateur, largeur)
        assert navigateur.js(MOTS_COUPES) == [], largeur


def test_sur_un_telephone_aucun_mot_d_un_tableau_de_scores_n_est_coupe(navigateur: Navigateur) -> None:
    navigateur.ouvrir(de_personne(exemple()))
    regler(navigateur, 360)
    assert navigateur.js(MOTS_COUPES) == []
    debords = "return [...document.querySelectorAll('main table.a-barres')].map("
    assert max(navigateur.js(debords + "t => t.getBoundingClientRect().right)")) <= 360 - 16 + 1


# --- ce que la personne choisit de montrer ---------------------------------------------------------------------------


TRACES = {r.trace for r in exemple().passation.reponses.values() if r.trace}
CODES_TRACES = [code for code, r in exemple().passation.reponses.items() if r.trace]


def montrees(chemin: Path) -> set[str]:
    lu = chemin.read_text(encoding="utf-8")
    return {trace for trace in TRACES if html.escape(trace, quote=False) in lu or trace in lu}


@pytest.mark.echantillon(3)
@pytest.mark.parametrize(
    ("options", "attendus"),
    [((), CODES_TRACES), (("--sans-traces",), []), (("--traces", CODES_TRACES[0].lower()), CODES_TRACES[:1])],
)
def test_la_personne_choisit_les_traces_qu_elle_montre(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], attendus: list[str]
) -> None:
    page, classeur = tmp_path / "p.html", tmp_path / "p.xlsx"
    code, _ = lancer(capsys, "restituer", EXEMPLES[0], "--page", page, "--classeur", classeur, *options)
    assert code == 0
    assert montrees(page) == {exemple().passation.reponse(code).trace for code in attendus}
    cellules = {c.value for feuille in load_workbook(classeur) for ligne in feuille.iter_rows() for c in ligne}
    assert TRACES & cellules == montrees(page)
    for competence in exemple().referentiel.competences:
        assert typographier(competence.definition) in html.unescape(page.read_text(encoding="utf-8"))


def test_une_trace_demandee_qui_n_existe_pas_se_dit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """La feuille part en entretien sans elle : il faut le savoir avant."""
    sans = next(code for code in exemple().referentiel.items_par_code if code not in CODES_TRACES)
    demandees = ("--page", tmp_path / "p.html", "--pour", "entretien", "--traces", f"{CODES_TRACES[0]},{sans.lower()}")
    code, message = lancer(capsys, "restituer", EXEMPLES[0], *demandees)
    assert (code, montrees(tmp_path / "p.html")) == (0, {exemple().passation.reponse(CODES_TRACES[0]).trace})
    assert re.findall(r"« (\w+) », donné à --traces, n’a pas de trace", " ".join(message.split())) == [sans]


def test_la_feuille_d_entretien_ne_montre_que_ce_qui_est_choisi(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ni score, ni point fragile, ni trace que l’on n’a pas nommée ; elle dit ce qu’elle n’est pas."""
    page = tmp_path / "entretien.html"
    assert lancer(capsys, "restituer", EXEMPLES[0], "--page", page, "--pour", "entretien")[0] == 0
    lu = lue_sans_balises(page.read_text(encoding="utf-8"))
    restitution = exemple()
    assert all(relief.competence.libelle in lu for relief in restitution.interpretation.appuis)
    assert not any(relief.competence.libelle in lu for relief in restitution.interpretation.fragiles)
    assert montrees(page) == set()
    assert "ni note, ni classement" in lu
    assert not re.search(r"\d,\d", lu.partition("innovation-territoriale")[0])
    nommees = ("--page", page, "--pour", "entretien", "--traces", CODES_TRACES[0])
    assert lancer(capsys, "restituer", EXEMPLES[0], *nommees)[0] == 0
    assert montrees(page) == {restitution.passation.reponse(CODES_TRACES[0]).trace}


@pytest.mark.parametrize(
    ("rang", "options", "dit"),
    [
        (0, ("--sans-traces", "--traces", "C1P"), "ne vont pas ensemble"),
        (0, ("--traces", "C1P,C9Z"), "« C9Z »"),
        (0, ("--pour", "entretien"), "--pour ne va qu’avec --page"),
        (0, ("--page", "p.html", "--pour", "concours"), "n’est pas un usage"),
        (1, ("--page", "p.html", "--pour", "entretien"), "regard d’un tiers"),
    ],
)
def test_un_choix_impossible_se_dit(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rang: int,
    options: tuple[str, ...],
    dit: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, message = lancer(capsys, "restituer", EXEMPLES[rang], *options)
    assert code == 2
    assert dit in message
    assert list(tmp_path.iterdir()) == []


def test_la_feuille_d_entretien_tient_sur_une_feuille(
    navigateur: Navigateur, axe: str, tmp_path: Path, programme: Programme
) -> None:
    referentiel = cpit.referentiel(LIVRE)
    longues = {
        i.code: repondu(r % 5, "Un exemple vécu, raconté en détail ; " * 40) for r, i in enumerate(referentiel.items)
    }
    for restitution in (exemple(), une(referentiel, longues)):
        feuille = tmp_path / f"{len(restitution.passation.identifiant)}.html"
        ecrire_feuille_d_entretien(feuille, restitution)
        navigateur.ouvrir(feuille.read_text(encoding="utf-8"))
        regler(navigateur, 768)
        assert violations(navigateur, axe) == []
        assert len(imprimer(navigateur, programme("pdftotext"), tmp_path)) == 1

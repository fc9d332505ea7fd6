"""Les guides : livrés dans le paquet, lisibles dans tout terminal, et en une page autonome."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from aide_navigateur import Navigateur, Page, violations
from aide_terminal import lancer
from aides import RACINE

import cpit
from cpit.cli import executer

DOSSIER = Path(cpit.__file__).parent / "guides"
GUIDES = {chemin.stem: chemin.read_text(encoding="utf-8") for chemin in sorted(DOSSIER.glob("*.md"))}
CADRES = set("═─│┌┐└┘█░") | set(map(chr, range(0x2500, 0x2600)))
chaque = pytest.mark.parametrize("sujet", GUIDES)


def lire(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Ce que la commande écrit ; elle réussit et ne dit rien d’autre."""
    assert executer(["guide", *arguments]) == 0
    sortie, erreur = capsys.readouterr()
    assert erreur == ""
    return sortie


def sans_commentaires(texte: str) -> str:
    return re.sub(r"<!--.*?-->", "", texte, flags=re.DOTALL)


def a_copier(texte: str) -> list[str]:
    return [ligne for bloc in re.findall(r"```\w*\n(.*?)```", texte, re.DOTALL) for ligne in bloc.splitlines()]


def mots(texte: str) -> list[str]:
    """Les mots d’un guide hors de ses blocs : ce qu’il faut retrouver, quelle que soit la mise en page."""
    prose = re.sub(r"```.*?```", "", sans_commentaires(texte), flags=re.DOTALL)
    prose = re.sub(r"\]\([^)]*\)", "]", prose)
    prose = re.sub(r"^\|[ :|-]+\|$", "", prose, flags=re.MULTILINE)
    return re.findall(r"\w+", prose)


# --- la forme des fichiers -------------------------------------------------------------------------------------------


def test_les_sujets_attendus_sont_livres() -> None:
    attendus = {
        "chef-de-projet",
        "formateur",
        "chercheur",
        "referentiel",
        "changements",
        "calcul",
        "solidite",
        "python",
        "formats",
    }
    assert set(GUIDES) == attendus | {"python", "formats", "contribuer", "commandes"}


@chaque
def test_un_guide_a_un_titre_puis_une_phrase(sujet: str) -> None:
    texte = sans_commentaires(re.sub(r"```.*?```", "", GUIDES[sujet], flags=re.DOTALL))
    assert re.match(r"# [^\n]+\n\n[^\n#|-][^\n]+\.\n\n", texte)
    assert len(re.findall(r"^# ", texte, re.MULTILINE)) == 1
    niveaux = [len(diese) for diese in re.findall(r"^(#+) ", texte, re.MULTILINE)]
    assert all(suivant <= niveau + 1 for niveau, suivant in pairwise(niveaux))


@chaque
def test_la_typographie_est_francaise(sujet: str) -> None:
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|<!--.*?-->|^\|[ :|-]+\|$", "", GUIDES[sujet], flags=re.DOTALL | re.M)
    assert not re.findall(r".{0,20}(?:[^\s\u202f] [;:?!»]|« |\w'\w).{0,20}", prose)


# --- au terminal ------------------------------------------------------------------------------------------------------


def test_la_liste_dit_chaque_guide_en_une_ligne(capsys: pytest.CaptureFixture[str]) -> None:
    liste = lire(capsys)
    for sujet, texte in GUIDES.items():
        assert len(re.findall(rf"^{sujet} ", liste, re.MULTILINE)) == 1
        resume = texte.split("\n\n")[1]
        assert resume.split()[0] in liste
    assert lire(capsys, "--simple").count("Sujet") == len(GUIDES)


@pytest.mark.echantillon(5)
@chaque
@pytest.mark.parametrize(("colonnes", "simple"), [(20, False), (40, False), (80, False), (80, True)])
def test_un_guide_se_lit_entier_a_toute_largeur(
    sujet: str, colonnes: int, simple: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(colonnes))
    montre = lire(capsys, sujet, *(["--simple"] if simple else []))
    # Une commande ou un chemin se copie : il est entier, sur sa ligne ; le reste tient dans l’écran.
    copies, lignes = {ligne.strip() for ligne in a_copier(GUIDES[sujet])}, montre.splitlines()
    assert copies <= {ligne.strip() for ligne in lignes}
    entieres = copies | set(re.findall("`(cpit [^`]+)`", GUIDES[sujet]))
    # Le signe qui suit une commande ne s’en sépare pas.
    nues = {ligne.strip(): ligne.strip(" \N{NARROW NO-BREAK SPACE}(),.;:") for ligne in lignes if len(ligne) > colonnes}
    longues = [ligne for ligne, nue in nues.items() if not {ligne, nue} & entieres]
    assert simple or not [ligne for ligne in longues if " " in ligne or "/" not in ligne]
    # Rien n’est perdu : les mots du guide, dans leur ordre (un mot de plus de 20 signes se coupe à 20 colonnes).
    if colonnes > 20:
        montres = re.findall(r"\w+", montre)
        assert set(mots(GUIDES[sujet])) <= set(montres)
        restants = iter(montres)
        assert tables(sujet) or all(mot in restants for mot in mots(GUIDES[sujet]))
    assert not re.search(r"<!--|\*\*|\]\(", montre)


def tables(sujet: str) -> bool:
    """Vrai si le guide a un tableau : à l’écran, ses colonnes entremêlent les mots."""
    return "\n| " in GUIDES[sujet]


@pytest.mark.echantillon(3)
@chaque
def test_en_mode_simple_ni_cadre_ni_sequence(sujet: str, capsys: pytest.CaptureFixture[str]) -> None:
    simple = lire(capsys, sujet, "--simple").splitlines()
    hors_sorties = [ligne for ligne in simple if ligne not in a_copier(GUIDES[sujet])]
    assert not CADRES & set("".join(hors_sorties))
    assert "\x1b" not in "".join(simple)
    assert not [ligne for ligne in simple if ligne.endswith(("?.", "!.", "….")) and ligne in hors_sorties]


def test_un_renvoi_dit_la_commande_qui_montre_l_autre_guide(capsys: pytest.CaptureFixture[str]) -> None:
    montre = " ".join(lire(capsys, "chercheur").split())
    assert "partager sans désigner (cpit guide solidite)" in montre


@pytest.mark.parametrize(
    ("debut", "voulu"), [("chef", "chef-de-projet"), ("cherch", "chercheur"), ("CONTRI", "contribuer")]
)
def test_le_debut_d_un_sujet_en_propose_le_nom(capsys: pytest.CaptureFixture[str], debut: str, voulu: str) -> None:
    assert executer(["guide", debut]) == 2
    assert voulu in " ".join(capsys.readouterr().err.split()).rpartition("Vouliez-vous écrire")[2]


def test_un_debut_que_deux_sujets_partagent_n_en_choisit_aucun(capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["guide", "c"]) == 2
    assert "Vouliez-vous" not in capsys.readouterr().err


def test_un_sujet_inconnu_est_un_mauvais_emploi(capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["guide", "Formatteur"]) == 2
    dit = " ".join(capsys.readouterr().err.replace("\u202f", " ").split())
    assert "aucun guide n’a pour sujet « Formatteur »" in dit
    assert "Vouliez-vous écrire « formateur » ?" in dit
    assert all(sujet in dit for sujet in GUIDES)


def test_l_aide_et_le_depart_menent_aux_guides() -> None:
    assert b"cpit guide" in lancer("--help").stdout
    assert "Par exemple\u202f: cpit guide formateur" in lancer("guide", "--help").stdout.decode()


# --- en page ----------------------------------------------------------------------------------------------------------


class Texte(HTMLParser):
    """Le texte d’une page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.morceaux: list[str] = []
        self.feed(page[page.index("<body>") :])

    def handle_data(self, data: str) -> None:
        self.morceaux.append(data)


def ecrire_page(dossier: Path, capsys: pytest.CaptureFixture[str], *sujets: str) -> str:
    chemin = dossier / "guides.html"
    assert str(chemin) in lire(capsys, *sujets, "--page", str(chemin))
    return chemin.read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=[None, *GUIDES], ids=lambda sujet: sujet or "tous")
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """La page d’un guide, ou de tous, écrite une fois pour tous ceux qui la lisent."""
    chemin = tmp_path_factory.mktemp("page") / "guides.html"
    assert executer(["guide", *([request.param] if request.param else []), "--page", str(chemin)]) == 0
    return chemin.read_text(encoding="utf-8")


@pytest.mark.echantillon(3)
def test_la_page_ne_demande_rien_et_ses_liens_menent(page: str) -> None:
    lue = Page(page)
    interdites = {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "script",
        "form",
        "image",
        "use",
        "video",
        "audio",
    }
    assert not interdites & {nom for nom, _ in lue.balises}
    identifiants = [a["id"] for _, a in lue.balises if "id" in a]
    assert len(identifiants) == len(set(identifiants))
    for nom, attributs in lue.balises:
        assert not {"src", "srcset", "action", "style"} & set(attributs), nom
        assert not [cle for cle in attributs if cle.startswith("on")], nom
        lien = attributs.get("href") or ""
        assert not lien or lien[1:] in identifiants, lien
    assert "url(http" not in page


@pytest.mark.echantillon(3)
def test_la_politique_ne_permet_que_le_style_de_la_page(page: str) -> None:
    lue = Page(page)
    politique = next(a["content"] or "" for _, a in lue.balises if a.get("http-equiv") == "Content-Security-Policy")
    empreinte = base64.b64encode(hashlib.sha256(dict(lue.textes)["style"].encode()).digest()).decode()
    assert politique == f"default-src 'none'; style-src 'sha256-{empreinte}'; form-action 'none'; base-uri 'none'"


@pytest.mark.echantillon(3)
def test_la_page_a_la_structure_que_lisent_les_lecteurs_d_ecran(page: str) -> None:
    balises = Page(page).balises
    niveaux = [int(nom[1]) for nom, _ in balises if re.fullmatch("h[1-6]", nom)]
    assert niveaux.count(1) == 1
    assert niveaux[0] == 1
    assert all(suivant <= niveau + 1 for niveau, suivant in pairwise(niveaux))
    for nom, attributs in balises:
        if nom == "pre" or attributs.get("class") == "defile":
            assert attributs["tabindex"] == "0"
            assert attributs["aria-label"]
        if nom == "th":
            assert attributs["scope"] == "col"


def test_la_page_de_tous_dit_tout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = ecrire_page(tmp_path, capsys)
    texte = "".join(Texte(page).morceaux)
    for sujet, guide in GUIDES.items():
        assert f'href="#{sujet}"' in page
        assert set(mots(guide)) <= set(re.findall(r"\w+", texte))
        assert all(ligne in texte for ligne in a_copier(guide))
    assert page.count("<figure") == sum(guide.count("![") for guide in GUIDES.values()) > 0
    assert page.count("<svg") == page.count("<figure")


def test_une_page_seule_dit_ou_sont_les_autres_guides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = ecrire_page(tmp_path, capsys, "chercheur")
    assert "<code>cpit guide solidite</code>" in page
    assert "<h1>Étudier</h1>" in page


def test_la_page_ne_remplace_qu_une_page_de_cpit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    premiere = ecrire_page(tmp_path, capsys, "changements")
    assert ecrire_page(tmp_path, capsys, "changements") == premiere
    autre = tmp_path / "autre.html"
    autre.write_text("<html>à quelqu’un</html>", encoding="utf-8")
    assert executer(["guide", "changements", "--page", str(autre)]) == 1
    assert autre.read_text(encoding="utf-8") == "<html>à quelqu’un</html>"
    assert executer(["guide", "--page", str(tmp_path / "guides.txt")]) == 2
    capsys.readouterr()


@pytest.mark.parametrize(("largeur", "mode"), [(360, "light"), (1280, "dark")])
def test_aucune_violation_d_accessibilite_ni_requete(
    navigateur: Navigateur, axe: str, largeur: int, mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    navigateur.ouvrir(ecrire_page(tmp_path, capsys))
    media = [{"name": "prefers-color-scheme", "value": mode}]
    navigateur.commander("Emulation.setEmulatedMedia", features=media)
    mesures = {"width": largeur, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    navigateur.commander("Emulation.setDeviceMetricsOverride", **mesures)
    assert navigateur.js("return document.documentElement.scrollWidth") <= largeur
    assert navigateur.adresses() == {navigateur.pilote.current_url}
    assert navigateur.erreurs() == []
    assert violations(navigateur, axe) == []


def test_les_guides_sont_dans_le_paquet() -> None:
    """La roue emporte tout le dossier « cpit » : un guide qui n’y serait pas n’arriverait à personne."""
    assert DOSSIER.is_relative_to(RACINE / "cpit")
    assert 'packages = ["cpit"]' in (RACINE / "pyproject.toml").read_text(encoding="utf-8")

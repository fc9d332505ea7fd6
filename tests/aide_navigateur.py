"""Un vrai navigateur pour les pages : Chromium piloté, axe-core, et de quoi lire leurs balises."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
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
            neufs = set(self.dossier.glob("*.json"))
            if neufs and not list(self.dossier.glob("*.crdownload")):
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

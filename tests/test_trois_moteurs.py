"""La page du formulaire dans trois moteurs : Chromium, Firefox et WebKitGTK. Chacun n’est démarré qu’une fois."""

from __future__ import annotations

import base64
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from aide_navigateur import (
    MOTEURS,
    Moteur,
    demarrer_un_moteur,
    parties,
    repondre_a_tout,
    sans_ce_que_le_formulaire_ne_montre_pas,
    violations,
)
from aides import LIVRE, Programme, lire_passation

import cpit
from cpit.cli import executer

REPONSES: dict[int, object] = {rang: (rang * 7) % 5 for rang in range(1, 23)} | {23: "so"}
SANS_STOCKAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('refusé'); }});"
TRACE = "Une réunion\ndes trois communes <script>window.PIRATE=1</script> 🙂 مرحبا"


def attendre_que(condition: Callable[[], object]) -> None:
    """Un autre onglet n’apprend qu’un peu après ce qui a changé."""
    for _ in range(100):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("rien n’est venu")


def remplir_et_recharger(moteur: Moteur, page: str) -> None:
    """À la souris, puis de loin ; rechargée à mi-chemin, la page reprend où l’on en était."""
    moteur.ouvrir(page)
    moteur.ecrire("code", "R01")
    moteur.choisir(1, REPONSES[1])
    repondre_a_tout(moteur, {rang: valeur for rang, valeur in REPONSES.items() if 1 < rang <= 12})
    moteur.tracer(3, TRACE)
    moteur.recharger()
    assert moteur.visible("reprise")
    assert "R01" in moteur.texte("texte-reprise")
    assert moteur.coche("reponse-1") == str(REPONSES[1])
    repondre_a_tout(moteur, {rang: valeur for rang, valeur in REPONSES.items() if rang > 12})
    assert moteur.texte("avancement").startswith("23 sur 24")


def dire_ses_conditions(moteur: Moteur) -> None:
    """Deux questions de conditions, dont une changée après coup."""
    rangs = [rang for rang, une in enumerate(cpit.referentiel(LIVRE).profil, 1) if une.condition]
    dire = (
        "const une = document.getElementById(`profil-${arguments[0]}`); une.selectedIndex = arguments[1];"
        "une.dispatchEvent(new Event('input', {bubbles: true}));"
    )
    for rang, choix in ((rangs[0], 1), (rangs[1], 2), (rangs[0], 2)):
        moteur.js(dire, rang, choix)


def voir_enregistrer_comparer(moteur: Moteur, page: str, axe: str) -> None:
    """Ce que la page a montré est, à la lettre, la page que cpit fait du fichier enregistré."""
    remplir_et_recharger(moteur, page)
    dire_ses_conditions(moteur)
    moteur.cliquer("voir-restitution")
    assert moteur.js("return document.activeElement.id") == "titre-restitution"
    assert violations(moteur, axe) == []
    assert moteur.js("return document.documentElement.scrollWidth <= innerWidth")
    lues = parties(moteur, "#corps")
    assert moteur.js("return [window.PIRATE ?? null, performance.getEntriesByType('resource').length]") == [None, 0]
    fichier = moteur.enregistrer()
    assert cpit.verifier(fichier).anomalies == ()
    assert TRACE in {reponse.trace for reponse in lire_passation(fichier).reponses.values()}
    faite = moteur.dossier / "page.html"
    assert executer(["restituer", str(fichier), "--page", str(faite), "--remplacer"]) == 0
    moteur.pilote.get(faite.as_uri())
    assert lues == [sans_ce_que_le_formulaire_ne_montre_pas(textes) for textes in parties(moteur, "main")]
    (conditions,) = (textes for textes in lues if textes[0] == "Dans quelles conditions")
    assert len(conditions) == 2 + 2 * 2


def imprimer(moteur: Moteur, page: str, pdftotext: str) -> None:
    """Le bouton n’imprime que la restitution ; le papier la porte, et rien du questionnaire."""
    moteur.ouvrir(page)
    repondre_a_tout(moteur, REPONSES)
    moteur.cliquer("voir-restitution")
    moteur.js("window.print = () => { window.IMPRIMEE = document.body.className; }")
    moteur.cliquer("imprimer")
    assert moteur.js("return window.IMPRIMEE") == "restitution-seule"
    if moteur.pilote.name != "MiniBrowser":
        pdf = moteur.dossier / "page.pdf"
        pdf.write_bytes(base64.b64decode(moteur.pilote.print_page()))
        texte = subprocess.run([pdftotext, "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
        assert "Ma restitution" in texte
        assert "Annexe" in texte
        assert "Avant de commencer" not in texte
        assert "Imprimer ma restitution" not in texte
    moteur.js("dispatchEvent(new Event('afterprint'))")
    assert moteur.js("return document.body.className") == ""


def abimer_ce_qui_est_garde(moteur: Moteur, page: str) -> None:
    """Ce qui ne se relit plus est mis de côté, se dit, et n’empêche pas de répondre."""
    moteur.ouvrir(page)
    repondre_a_tout(moteur, {1: 2})
    moteur.js(
        "const cle = Object.keys(localStorage).find((une) => une.startsWith('cpit-passation:'));"
        "localStorage.setItem(cle, localStorage.getItem(cle).slice(0, 40))"
    )
    moteur.recharger()
    assert moteur.visible("illisible")
    moteur.choisir(2, 3)
    assert moteur.texte("avancement").startswith("1 sur 24")


def se_passer_de_stockage(moteur: Moteur, page: str) -> None:
    """Un navigateur qui refuse de garder (fenêtre privée, réglages) : c’est dit, et le fichier s’enregistre."""
    moteur.ouvrir(page, avant=SANS_STOCKAGE)
    assert "ne peut pas garder" in moteur.texte("alerte")
    repondre_a_tout(moteur, REPONSES)
    moteur.cliquer("voir-restitution")
    assert moteur.visible("restitution")
    assert len(lire_passation(moteur.enregistrer()).valeurs()) == 22


def ouvrir_deux_onglets(moteur: Moteur, page: str) -> None:
    """Le dernier qui écrit garde la main ; l’autre le dit et n’écrit plus."""
    moteur.ouvrir(page)
    repondre_a_tout(moteur, {1: 2})
    premier, adresse = moteur.pilote.current_window_handle, moteur.pilote.current_url
    moteur.pilote.switch_to.new_window("tab")
    moteur.pilote.get(adresse)
    assert moteur.coche("reponse-1") == "2"
    repondre_a_tout(moteur, {2: 3})
    second = moteur.pilote.current_window_handle
    moteur.pilote.switch_to.window(premier)
    repondre_a_tout(moteur, {1: 4})
    attendre_que(lambda: "autre onglet" in moteur.texte("alerte"))
    moteur.pilote.switch_to.window(second)
    moteur.recharger()
    assert [moteur.coche("reponse-1"), moteur.coche("reponse-2")] == ["2", "3"]
    moteur.pilote.close()
    moteur.pilote.switch_to.window(premier)


@pytest.mark.parametrize("nom", MOTEURS)
def test_la_page_se_remplit_se_garde_se_lit_s_imprime_et_s_enregistre(
    nom: str, programme: Programme, axe: str, tmp_path: Path
) -> None:
    (envoi,) = cpit.formulaires(LIVRE, tmp_path / "envoi", format="html", conditions=True)
    page = envoi.read_text(encoding="utf-8")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as lieu,
        demarrer_un_moteur(nom, programme, Path(lieu)) as moteur,
    ):
        voir_enregistrer_comparer(moteur, page, axe)
        imprimer(moteur, page, programme("pdftotext"))
        abimer_ce_qui_est_garde(moteur, page)
        se_passer_de_stockage(moteur, page)
        ouvrir_deux_onglets(moteur, page)

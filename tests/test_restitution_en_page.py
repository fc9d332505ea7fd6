"""La page qui rend une restitution : ce qu’elle calcule et dit est ce que cpit calcule et dit."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aide_navigateur import Navigateur, parties, repondre_a_tout, sans_ce_que_le_formulaire_ne_montre_pas, violations
from aides import LIVRE, Programme, tirages
from campagnes.commun import GRAINE
from campagnes.restitution_en_page import (
    attendue_de_cpit,
    differences,
    eprouver,
    lire_dans_la_page,
    referentiels_de_base,
    tirer_une_passation,
    varier,
)

import cpit
from cpit.cli import executer


def test_la_page_calcule_et_dit_ce_que_cpit_calcule_et_dit(programme: Programme) -> None:
    """Sur tous les référentiels des tests, et dix variantes : poids, items inversés, seuils tirés."""
    (promesse,) = eprouver(tirages(320), GRAINE, programme("node"))
    assert promesse.essais == tirages(320)
    assert promesse.ruptures == []


def test_la_comparaison_voit_une_regle_ou_un_mot_faux(programme: Programme) -> None:
    """Les règles d’un autre seuil, les mots d’un autre référentiel : l’essai d’à côté ne compare pas du vide."""
    hasard = Random(GRAINE)
    juste = cpit.referentiel(LIVRE)
    faux = varier(juste, hasard)
    lot = [tirer_une_passation(juste, hasard) for _ in range(20)]
    lues = lire_dans_la_page(faux, lot, programme("node"))
    vues = [d for p, lue in zip(lot, lues, strict=True) for d in differences(attendue_de_cpit(juste, p), lue)]
    for quoi in (".echelles", ".position.x", ".region", ".lecture.position"):
        assert any(d.startswith(quoi) for d in vues), quoi


def test_les_referentiels_essayes_sont_divers() -> None:
    bases = referentiels_de_base()
    assert len({r.identifiant for r in bases}) >= 6
    assert any(item.inverse for r in bases for item in r.items)
    assert any(r.regroupements for r in bases)


# --- la page, telle que la commande l’écrit ---------------------------------------------------------------------------


def page_de(dossier: Path, **options: Any) -> str:
    (chemin,) = cpit.formulaires(LIVRE, dossier, format="html", **options)
    return chemin.read_text(encoding="utf-8")


def parties_de_cpit(navigateur: Navigateur, dossier: Path) -> list[list[str]]:
    """Les parties de la page que cpit fait du fichier que la page enregistre ; le navigateur l’ouvre, et y reste."""
    fichier = navigateur.enregistrer()
    assert navigateur.erreurs() == []
    page = dossier / "page.html"
    assert executer(["restituer", str(fichier), "--page", str(page)]) == 0
    navigateur.pilote.get(page.as_uri())
    return parties(navigateur, "main")


def test_seule_la_page_de_soi_finit_sur_une_restitution(tmp_path: Path) -> None:
    sans = [
        page_de(tmp_path / "sans", sans_restitution=True),
        page_de(tmp_path / "tiers", regard="tiers"),
    ]
    assert "Voir ma restitution" in page_de(tmp_path / "soi")
    for page in sans:
        assert "Voir ma restitution" not in page
        assert '"operations"' not in page


def test_la_page_et_sa_restitution_pesent_moins_de_400_ko(tmp_path: Path) -> None:
    assert len(page_de(tmp_path, moment="t1+retrospectif", place=True, conditions=True).encode()) <= 400_000


# --- dans un navigateur -----------------------------------------------------------------------------------------------


REPONSES: dict[int, object] = {rang: (rang * 7) % 5 for rang in range(1, 23)} | {23: "so"}
"""Vingt-deux réponses, un « sans objet », une situation laissée vide."""


@pytest.mark.parametrize("reponses", ["toutes", "aucune", "pareilles", "sans-objet", "moitie"])
def test_la_restitution_est_la_page_que_cpit_fait_du_fichier(
    navigateur: Navigateur, tmp_path: Path, reponses: str
) -> None:
    """Répondre, recharger à mi-chemin, voir, enregistrer : mêmes parties, mêmes phrases, même ordre, à la lettre."""
    cas: dict[str, dict[int, object]] = {
        "toutes": REPONSES,
        "aucune": {},
        "pareilles": dict.fromkeys(range(1, 25), 2),
        "sans-objet": dict.fromkeys(range(1, 25), "so"),
        "moitie": {rang: valeur for rang, valeur in REPONSES.items() if rang <= 12},
    }
    navigateur.ouvrir(page_de(tmp_path / "envoi"))
    repondre_a_tout(navigateur, {rang: v for rang, v in cas[reponses].items() if rang <= 12})
    navigateur.recharger()
    repondre_a_tout(navigateur, {rang: v for rang, v in cas[reponses].items() if rang > 12})
    navigateur.tracer(3, "Une réunion\ndes trois communes <b>🙂</b>, مرحبا.")
    navigateur.cliquer("voir-restitution")
    lues = parties(navigateur, "#corps")
    alerte = navigateur.js("return document.querySelector('#corps .alerte:not([hidden])')?.textContent ?? ''")
    attendues = parties_de_cpit(navigateur, tmp_path)
    assert lues == [sans_ce_que_le_formulaire_ne_montre_pas(textes) for textes in attendues]
    assert alerte == navigateur.js("return document.querySelector('main .alerte')?.textContent ?? ''")


def test_les_conditions_dites_s_y_lisent_comme_dans_la_page_que_cpit_fait(
    navigateur: Navigateur, tmp_path: Path
) -> None:
    navigateur.ouvrir(page_de(tmp_path / "envoi", conditions=True))
    repondre_a_tout(navigateur, REPONSES)
    rangs = [rang for rang, une in enumerate(cpit.referentiel(LIVRE).profil, 1) if une.condition]
    dire = (
        "const une = document.getElementById(arguments[0]); une.selectedIndex = arguments[1];"
        "une.dispatchEvent(new Event('input', {bubbles: true}));"
    )
    for rang in rangs[:3]:
        navigateur.js(dire, f"profil-{rang}", 1)
    navigateur.cliquer("voir-restitution")
    navigateur.js(dire, f"profil-{rangs[0]}", 0)
    navigateur.cliquer("voir-restitution")
    lues = parties(navigateur, "#corps")
    attendues = parties_de_cpit(navigateur, tmp_path)
    (conditions,) = (textes for textes in attendues if textes[0] == "Dans quelles conditions")
    assert len(conditions) == 2 + 2 * 2
    assert lues == [sans_ce_que_le_formulaire_ne_montre_pas(textes) for textes in attendues]


FORMES = """
const nombres = (texte) => (texte ?? "").match(/-?[0-9.]+/g)?.map(Number) ?? [];
const traits = ["points", "cx", "cy", "r", "x", "y", "width", "height"];
const signes = {etiquettes: "text", fond: "circle, polygon"};
return [...document.querySelectorAll(arguments[0] + " .carte figure svg > g")]
  .filter((calque) => calque.children.length && !["legende", "cles"].includes(calque.className.baseVal))
  .map((calque) => [calque.className.baseVal, [...calque.querySelectorAll(signes[calque.className.baseVal] ?? "*")]])
  .map(([nom, formes]) => [nom, formes.map((e) => [e.tagName, e.textContent]),
    formes.flatMap((e) => traits.flatMap((trait) => nombres(e.getAttribute(trait))))]);
"""
"""Chaque calque d’une carte : son nom, ses formes et leurs textes, leurs nombres. La légende suit les réponses.

Les axes d’une vue agrandie y débordent du cadre, qui les coupe.
"""


@pytest.mark.parametrize(
    ("valeurs", "agrandie"),
    [
        (REPONSES, 0),
        ({r: (r * r) % 5 for r in range(1, 25)}, 0),
        (dict.fromkeys(range(1, 25), 2), 5.1),
        ({r: 2 + ((r * 3) % 4 == 0) for r in range(1, 25)}, 4.3),
        ({r: 1 + (2 * r * r) % 4 for r in range(1, 25)}, 2.1),
    ],
)
def test_la_carte_de_la_page_est_celle_de_cpit(
    navigateur: Navigateur, tmp_path: Path, valeurs: dict[int, object], agrandie: float
) -> None:
    """La même vue, entière ou agrandie : les mêmes points, et des étiquettes qui s’évitent de la même façon."""
    navigateur.ouvrir(page_de(tmp_path / "envoi"))
    repondre_a_tout(navigateur, valeurs)
    navigateur.cliquer("voir-restitution")
    lues = navigateur.js(FORMES, "#corps")
    dite = navigateur.js("return document.querySelector('#corps .carte figure svg desc').textContent")
    fichier, page = navigateur.enregistrer(), tmp_path / "page.html"
    assert executer(["restituer", str(fichier), "--page", str(page)]) == 0
    navigateur.pilote.get(page.as_uri())
    attendues = navigateur.js(FORMES, "main")
    # Dans la page, la personne attend à l’origine du dessin : une translation l’amène.
    lues, attendues = ([c for c in calques if c[0] != "personne"] for calques in (lues, attendues))
    assert [calque[:2] for calque in lues] == [calque[:2] for calque in attendues]
    for (nom, _, ecrits), (_, _, voulus) in zip(lues, attendues, strict=True):
        assert ecrits == pytest.approx(voulus, abs=0.16), nom
    debut = f"vue agrandie {agrandie:.1f} fois".replace(".", ",")
    assert (debut in dite) == ("vue-agrandie" in [nom for nom, _, _ in lues]) == bool(agrandie)
    voulue = navigateur.js("return document.querySelector('main .carte figure svg desc').textContent")
    assert dite.partition("Pôles")[0] == voulue.partition("Pôles")[0]


def test_une_reponse_qui_change_efface_la_restitution_et_un_tiers_n_en_a_pas(
    navigateur: Navigateur, tmp_path: Path
) -> None:
    navigateur.ouvrir(page_de(tmp_path / "envoi"))
    repondre_a_tout(navigateur, REPONSES)
    navigateur.cliquer("voir-restitution")
    assert navigateur.visible("restitution")
    repondre_a_tout(navigateur, {1: 4})
    assert not navigateur.visible("restitution")
    assert "à revoir" in navigateur.texte("message-restitution")
    navigateur.cliquer("voir-restitution")
    navigateur.pointer('input[name="regard"][value="tiers"]')
    for identifiant in ("voir-restitution", "restitution", "message-restitution"):
        assert not navigateur.visible(identifiant)


def test_sans_reponse_la_restitution_le_dit(navigateur: Navigateur, tmp_path: Path) -> None:
    navigateur.ouvrir(page_de(tmp_path / "envoi"))
    navigateur.cliquer("voir-restitution")
    assert "Pas de position" in navigateur.texte("restitution")
    assert "aucune réponse n’entre dans le calcul" in navigateur.texte("restitution")
    assert navigateur.js("return document.querySelector('#restitution .personne')") is None


@pytest.mark.parametrize("largeur", [360, 1200])
def test_la_restitution_est_accessible_et_ne_deborde_pas(
    navigateur: Navigateur, axe: str, tmp_path: Path, largeur: int
) -> None:
    navigateur.ouvrir(page_de(tmp_path / "envoi"))
    navigateur.commander(
        "Emulation.setDeviceMetricsOverride", width=largeur, height=900, deviceScaleFactor=1, mobile=False
    )
    repondre_a_tout(navigateur, REPONSES)
    navigateur.cliquer("voir-restitution")
    assert violations(navigateur, axe) == []
    assert navigateur.js("return document.documentElement.scrollWidth <= innerWidth")


def test_deux_moments_la_restitution_est_celle_du_present_et_le_dit(navigateur: Navigateur, tmp_path: Path) -> None:
    navigateur.ouvrir(page_de(tmp_path / "envoi", moment="t1+retrospectif"))
    repondre_a_tout(navigateur, REPONSES)
    navigateur.js("document.querySelector(\"input[name='avant-1'][value='0']\").click()")
    navigateur.cliquer("voir-restitution")
    assert "ne porte que sur ce moment" in navigateur.texte("restitution")
    fichier = navigateur.enregistrer()
    moments = {json.loads(fichier.read_text(encoding="utf-8"))["moment"]}
    assert moments == {"t1"}

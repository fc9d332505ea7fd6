"""Le questionnaire en une page : ce qu’on y répond, dans un vrai navigateur, est ce que cpit lit et note."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
import subprocess
import sys
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from aide_formulaires import formulaire
from aide_navigateur import HOSTILE, Navigateur, Page, violations
from aides import LIVRE, RACINE, TESTS, encoder_passation, lire_passation, somme_de_controle

import cpit
from cpit.coeur.passation import TRACE_MAX, Passation, Reponse, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.passations.sauvegarde import nouveau_chemin
from cpit.typographie import nettoyer, typographier

REFERENTIELS = [LIVRE, RACINE / "referentiels" / "minimal.yaml", *sorted((TESTS / "referentiels").glob("*.yaml"))]


def rendre_page_formulaire(referentiel: Referentiel, *, restitution: bool = False, **options: Any) -> str:
    """La page d’un questionnaire, telle qu’elle s’écrit."""
    return formulaire(referentiel, format="html", sans_restitution=not restitution, **options).decode()


SANS_STOCKAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('refusé'); }});"
SANS_SUBTLE = "Object.defineProperty(crypto, 'subtle', {value: undefined});"


# --- la page, telle qu’elle est écrite --------------------------------------------------------------------------------


@pytest.mark.parametrize("chemin", REFERENTIELS, ids=lambda c: c.stem)
def test_la_page_ne_demande_rien_a_l_exterieur(chemin: Path) -> None:
    page = Page(rendre_page_formulaire(cpit.referentiel(chemin)))
    assert not {"link", "img", "iframe", "object", "embed", "base", "video", "audio"} & {nom for nom, _ in page.balises}
    for nom, attributs in page.balises:
        assert not {"src", "srcset", "action", "style", "ping", "background"} & set(attributs), nom
        assert not [cle for cle in attributs if cle.startswith("on")], nom
        assert (attributs.get("href") or "#").startswith("#")


def test_la_politique_ne_permet_que_le_style_et_le_script_de_la_page() -> None:
    page = Page(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    politique = next(a["content"] or "" for _, a in page.balises if a.get("http-equiv") == "Content-Security-Policy")
    regles = dict(regle.strip().split(" ", 1) for regle in politique.split(";"))
    textes = dict(page.textes)
    for sorte in ("style", "script"):
        empreinte = base64.b64encode(hashlib.sha256(textes[sorte].encode()).digest()).decode()
        assert regles.pop(f"{sorte}-src") == f"'sha256-{empreinte}'"
    assert regles == dict.fromkeys(("default-src", "connect-src", "img-src", "form-action", "base-uri"), "'none'"), (
        "ni unsafe-inline, ni exception"
    )
    assert sorted(sorte for sorte, _ in page.textes) == ["application/json", "script", "style"]


def test_les_donnees_ne_ferment_pas_leur_balise() -> None:
    referentiel = cpit.referentiel(LIVRE)
    pieges = HOSTILE + "\u2028\u2029<!-- <script>"
    item = dataclasses.replace(referentiel.items[0], enonce=pieges)
    page = rendre_page_formulaire(
        dataclasses.replace(referentiel, items=(item, *referentiel.items[1:])), identifiant=HOSTILE[:80]
    )
    lue = Page(page)
    donnees = next(texte for sorte, texte in lue.textes if sorte == "application/json")
    assert json.loads(donnees)["items"][0]["enonce"] == pieges
    assert not set("<>&\u2028\u2029") & set(donnees)
    assert [nom for nom, _ in lue.balises].count("script") == 2
    assert "img" not in {nom for nom, _ in lue.balises}


def test_un_moment_ou_un_regard_inconnu_est_refuse() -> None:
    referentiel = cpit.referentiel(LIVRE)
    for champs in ({"moment": "hier"}, {"regard": "eux"}, {"moment": "t1\n"}):
        with pytest.raises(cpit.MauvaisEmploi, match="inconnu"):
            rendre_page_formulaire(referentiel, **champs)


def test_la_page_reste_legere() -> None:
    """Hors du texte du référentiel, montré une fois et joint une fois : le style, le script et le balisage."""
    vide = rendre_page_formulaire(cpit.referentiel(TESTS / "referentiels" / "petit.yaml"))
    assert len(vide.encode()) < 62_000
    livre = cpit.referentiel(LIVRE)
    page = rendre_page_formulaire(livre)
    assert len(page.encode()) - 2 * len(livre.texte.encode()) < 82_000
    assert len(page.encode()) < 200_000
    hors_du_texte_joint = page.partition('<script type="application/json"')[0]
    for item in livre.items:
        for ancre in filter(None, map(item.sens_de, livre.echelle.niveaux)):
            assert hors_du_texte_joint.count(f">{typographier(ancre)}<") == 1, "une ancre n’est montrée qu’une fois"


# --- dans un navigateur ----------------------------------------------------------------------------------------------


def attendue(referentiel: Referentiel, lue: Passation, reponses: dict[str, Reponse], **champs: Any) -> Passation:
    """La passation que cpit aurait écrite : les réponses saisies, « sans réponse » ailleurs, les dates de la page."""
    ordre = referentiel.ordre_de_passation()
    toutes = {item.code: reponses.get(item.code, sans_reponse()) for item in ordre}
    dates = {"commencee": lue.commencee, "modifiee": lue.modifiee, "terminee": lue.terminee}
    return Passation.nouvelle(referentiel, reponses=toutes, revision=1, **dates, **champs)


def controler(fichier: Path, referentiel: Referentiel, reponses: dict[str, Reponse], **champs: Any) -> Passation:
    """Le fichier est lu, vérifié, noté ; et il est, à l’octet près, celui que cpit écrirait."""
    lue = lire_passation(fichier)
    assert lue == attendue(referentiel, lue, reponses, **champs)
    assert encoder_passation(lue) == fichier.read_bytes()
    assert cpit.verifier(fichier).anomalies == ()
    valeurs = {code: reponse.valeur for code, reponse in reponses.items() if reponse.valeur is not None}
    assert cpit.noter(referentiel, lue.valeurs()) == cpit.noter(referentiel, valeurs)
    for instant in (lue.commencee, lue.modifiee, lue.terminee):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", instant or "")
    assert lue.commencee <= lue.modifiee == lue.terminee
    return lue


def test_repondre_a_la_souris_recharger_tracer_effacer_enregistrer(navigateur: Navigateur) -> None:
    referentiel = cpit.referentiel(LIVRE)
    codes = [item.code for item in referentiel.ordre_de_passation()]
    navigateur.ouvrir(rendre_page_formulaire(referentiel))
    assert navigateur.texte("avancement") == "0 sur 24 · environ 8 min"
    navigateur.ecrire("code", "R01")
    navigateur.pilote.find_element("id", "profil-1").send_keys("Commune")
    saisies: dict[str, Reponse] = {}
    for rang, valeur in ((1, 0), (2, 4), (3, "so"), (5, 2), (6, 3)):
        navigateur.choisir(rang, valeur)
        saisies[codes[rang - 1]] = sans_objet() if valeur == "so" else repondu(int(valeur))
    navigateur.tracer(2, "Trois réunions 🎉\nà la Région")
    assert navigateur.texte("avancement") == "5 sur 24 · environ 7 min"
    assert not navigateur.visible("reprise")

    navigateur.recharger()
    assert navigateur.visible("reprise")
    assert "« R01 »" in navigateur.texte("texte-reprise").replace("\u202f", " ")
    assert navigateur.texte("texte-reprise").endswith("5 sur 24.")
    assert navigateur.texte("avancement") == "5 sur 24 · environ 7 min"
    assert navigateur.coche("reponse-3") == "so"
    assert navigateur.js("return document.getElementById('trace-2').value") == "Trois réunions 🎉\nà la Région"

    navigateur.cliquer("effacer-1")
    assert navigateur.coche("reponse-1") is None
    assert navigateur.js("return document.activeElement.name") == "reponse-1"
    navigateur.choisir(6, 1)
    navigateur.tracer(24, "Vu, sans réponse")
    del saisies[codes[0]]
    saisies |= {
        codes[1]: repondu(4, "Trois réunions 🎉\nà la Région"),
        codes[5]: repondu(1),
        codes[23]: sans_reponse("Vu, sans réponse"),
    }
    assert navigateur.texte("texte-revue").startswith("20 situations sans réponse.")
    navigateur.pointer('#revue a[href="#situation-4"]')
    assert navigateur.js("return document.activeElement.id") == "situation-4"

    fichier = navigateur.enregistrer()
    assert fichier.name == "passation-r01-t0-soi.json"
    assert fichier.name in navigateur.texte("message-fin")
    controler(fichier, referentiel, saisies, identifiant="R01", profil={"structure": "commune"})
    assert navigateur.js("return performance.getEntriesByType('resource').length") == 0
    page = navigateur.pilote.current_url.partition("#")[0]
    demandees = navigateur.adresses()
    assert page in demandees
    assert {adresse for adresse in demandees if not adresse.startswith("blob:")} == {page}
    assert navigateur.erreurs() == []


def test_la_place_se_dit_se_garde_et_s_enregistre(navigateur: Navigateur, axe: str) -> None:
    referentiel = cpit.referentiel(LIVRE)
    codes = [item.code for item in referentiel.ordre_de_passation()]
    navigateur.ouvrir(rendre_page_formulaire(referentiel, place=True))
    for champ, mots in (("frequence-1", "Chaque mois"), ("importance-1", "Essentielle"), ("frequence-3", "Jamais")):
        navigateur.pilote.find_element("id", champ).send_keys(mots)
    navigateur.choisir(1, 3)
    navigateur.recharger()
    assert navigateur.js("return document.getElementById('importance-1').value") == "3"
    assert violations(navigateur, axe) == []
    saisies = {
        codes[0]: repondu(3).situee("frequence", 2).situee("importance", 3),
        codes[2]: sans_reponse().situee("frequence", 0),
    }
    controler(navigateur.enregistrer(), referentiel, saisies)
    assert navigateur.erreurs() == []


def test_repondre_entierement_au_clavier(navigateur: Navigateur) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    def touches(*signes: str) -> None:
        ActionChains(navigateur.pilote).send_keys(*signes).perform()

    def ici() -> str:
        return str(navigateur.js("const e = document.activeElement; return e.name || e.id || e.tagName"))

    referentiel = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
    codes = [item.code for item in referentiel.ordre_de_passation()]
    navigateur.ouvrir(rendre_page_formulaire(referentiel, identifiant="R12", moment="t2", regard="tiers"))
    touches(Keys.TAB)
    assert navigateur.js("return document.activeElement.getBoundingClientRect().top") >= 0, (
        "le lien d’évitement se voit"
    )
    touches(Keys.ENTER)
    assert ici() == "situations"
    vus = []
    for _ in range(80):
        touches(Keys.TAB)
        lieu = ici()
        vus.append(lieu)
        largeur = "const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.outlineWidth"
        assert navigateur.js(largeur) == "solid3px", lieu
        if lieu.startswith("reponse-"):
            touches(Keys.SPACE, *[Keys.ARROW_DOWN] * (int(lieu[8:]) % 4))
        if lieu == "enregistrer":
            break
    assert [lieu for lieu in vus if lieu.startswith("reponse-")] == [f"reponse-{rang}" for rang in range(1, 7)]
    fichier = navigateur.fichier_apres(lambda: touches(Keys.ENTER))
    assert fichier.name == "passation-r12-t2-tiers.json"
    saisies = {code: repondu(1 + rang % 4) for rang, code in enumerate(codes, 1)}
    controler(fichier, referentiel, saisies, identifiant="R12", moment="t2", regard="tiers")
    assert navigateur.texte("avancement") == "6 sur 6 · tout a une réponse"
    assert navigateur.texte("texte-revue") == "Toutes les situations ont une réponse."


@pytest.mark.parametrize("chemin", REFERENTIELS, ids=lambda c: c.stem)
def test_tout_referentiel_se_remplit_et_se_relit(navigateur: Navigateur, chemin: Path) -> None:
    referentiel = cpit.referentiel(chemin)
    niveaux = [niveau.valeur for niveau in referentiel.echelle.niveaux]
    navigateur.ouvrir(rendre_page_formulaire(referentiel))
    saisies = {}
    for rang, item in enumerate(referentiel.ordre_de_passation(), 1):
        valeur = niveaux[rang % len(niveaux)]
        navigateur.js(f'document.querySelector(\'input[name="reponse-{rang}"][value="{valeur}"]\').click()')
        saisies[item.code] = repondu(valeur)
    fichier = navigateur.enregistrer()
    assert fichier.name == "passation-t0-soi.json"
    controler(fichier, referentiel, saisies)
    sans_objet_offert = navigateur.js("return document.querySelector('input[value=\"so\"]') !== null")
    assert sans_objet_offert == (referentiel.echelle.sans_objet is not None)
    assert navigateur.erreurs() == []


UN_SEUL_ITEM = """identifiant: un
version: 1.0.0
titre: Un
statut: Pour un test.
licence: etalab-2.0
sources: [{cle: a, titre: A, auteurs: [B], date: 2001}]
echelle: {question: "Ça va ?", niveaux: [{valeur: -3, libelle: Non}, {valeur: 7, libelle: Oui}]}
axes:
  x: {identifiant: ax, libelle: X, debut: a, fin: b, hypothese: c}
  y: {identifiant: ay, libelle: Y, debut: a, fin: b, hypothese: c}
ingenieries: [{identifiant: k, libelle: K, fonction: f, position: {x: 0, y: 0}, hypothese: h}]
competences: [{identifiant: c, libelle: C, definition: d}]
items: [{code: constructor, competence: c, ingenierie: k, enonce: Je fais.}]
regles: {seuil: {valeur: 0.5, hypothese: h}, seuil_equilibre: {valeur: 0.1, hypothese: h}}
"""


def ecrire_referentiel(dossier: Path, texte: str) -> Referentiel:
    chemin = dossier / "referentiel.yaml"
    chemin.write_text(texte, encoding="utf-8")
    return cpit.referentiel(chemin)


def test_un_seul_item_et_aucune_reponse(navigateur: Navigateur, tmp_path: Path) -> None:
    """Ni « sans objet », ni profil, une échelle négative, et un code qui est aussi un mot de JavaScript."""
    referentiel = ecrire_referentiel(tmp_path, UN_SEUL_ITEM)
    navigateur.ouvrir(rendre_page_formulaire(referentiel))
    assert navigateur.texte("texte-revue").startswith("1 situation sans réponse.")
    controler(navigateur.enregistrer(), referentiel, {})
    assert navigateur.texte("message-fin").endswith("1 situation sans réponse, notée comme telle.")
    navigateur.choisir(1, -3)
    navigateur.tracer(1, "constructor")
    controler(navigateur.enregistrer(), referentiel, {"constructor": repondu(-3, "constructor")})


def test_des_textes_hostiles_restent_inertes(navigateur: Navigateur, tmp_path: Path) -> None:
    texte = (TESTS / "referentiels" / "petit.yaml").read_text(encoding="utf-8")
    cite = json.dumps(HOSTILE)
    for avant in (
        "Je paille.",
        "Petit référentiel",
        "Inventé pour les tests.",
        "Mettre en terre.",
        "À quelle fréquence ?",
    ):
        assert avant in texte
        texte = texte.replace(avant, cite)
    referentiel = ecrire_referentiel(tmp_path, texte.replace("libelle: Jamais", f"libelle: {cite}"))
    navigateur.ouvrir(rendre_page_formulaire(referentiel, identifiant=HOSTILE[:80]))
    navigateur.choisir(4, 0)
    navigateur.tracer(4, HOSTILE)
    navigateur.recharger()
    assert navigateur.js("return window.PIRATE") is None
    assert navigateur.js("return document.querySelectorAll('img, script:not([type])').length") == 1
    assert navigateur.js("return document.querySelector('#situation-4 .enonce').textContent") == typographier(HOSTILE)
    assert navigateur.js("return document.getElementById('code').value") == HOSTILE[:80].strip()
    navigateur.js("document.getElementById('effacer-4').click(); document.getElementById('trace-4').value")
    assert typographier(HOSTILE) in navigateur.texte("revue")
    navigateur.choisir(4, 0)
    fichier = navigateur.enregistrer()
    assert fichier.name == "passation-script-script-window-pirate-1-script-img-t0-soi.json"
    controler(fichier, referentiel, {"T1": repondu(0, HOSTILE)}, identifiant=HOSTILE[:80].strip())
    assert navigateur.erreurs() == []


def test_le_navigateur_applique_la_politique(navigateur: Navigateur) -> None:
    """Un script, un style, une image ou une connexion ajoutés à la page sont refusés."""
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.js(
        "window.refus = []; addEventListener('securitypolicyviolation', (e) => refus.push(e.effectiveDirective));"
        "for (const [nom, texte] of [['script', 'window.PIRATE = 1'], ['style', '* { display: none }']]) {"
        " const e = document.createElement(nom); e.textContent = texte; document.body.append(e); }"
        "new Image().src = 'file:///x.png'; fetch('https://exemple.invalid/').catch(() => 0);"
    )
    refus = navigateur.attendre("new Promise((fin) => setTimeout(() => fin(window.refus), 300))")
    assert sorted(refus) == ["connect-src", "img-src", "script-src-elem", "style-src-elem"]
    assert navigateur.js("return window.PIRATE") is None
    assert not [adresse for adresse in navigateur.adresses() if adresse.startswith("http")]


@pytest.mark.parametrize(
    "refus",
    [
        SANS_STOCKAGE,
        "Storage.prototype.getItem = () => { throw new Error('refusé'); };",
        "Storage.prototype.getItem = () => null;",
    ],
    ids=["refusé", "qui ne relit pas", "qui oublie"],
)
def test_sans_stockage_la_page_le_dit_et_enregistre_quand_meme(navigateur: Navigateur, refus: str) -> None:
    referentiel = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
    navigateur.ouvrir(rendre_page_formulaire(referentiel), avant=refus)
    assert navigateur.visible("alerte")
    assert navigateur.texte("alerte").startswith("Ce navigateur ne peut pas garder vos réponses.")
    navigateur.choisir(1, 2)
    assert navigateur.texte("garde") == "Non gardé en cas de fermeture"
    controler(navigateur.enregistrer(), referentiel, {"A1": repondu(2)})


def test_un_stockage_plein_se_dit(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.js("Storage.prototype.setItem = () => { throw new DOMException('plein', 'QuotaExceededError'); }")
    navigateur.choisir(1, 2)
    assert navigateur.visible("alerte")
    assert navigateur.texte("garde") == "Non gardé en cas de fermeture"


def test_sans_crypto_subtle_la_somme_est_juste(navigateur: Navigateur) -> None:
    referentiel = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
    navigateur.ouvrir(rendre_page_formulaire(referentiel), avant=SANS_SUBTLE)
    assert navigateur.js("return crypto.subtle") is None
    navigateur.choisir(1, 2)
    navigateur.tracer(1, "e\u0301té 🧑‍🌾 œuf")
    controler(navigateur.enregistrer(), referentiel, {"A1": repondu(2, nettoyer("e\u0301té 🧑‍🌾 œuf"))})


def test_chaque_identite_garde_ses_reponses(navigateur: Navigateur) -> None:
    """Avant le fichier, les réponses suivent la correction du code ; après, un autre moment est une autre passation."""
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.choisir(1, 2)
    navigateur.ecrire("code", "  R\u200b02\u202e ".replace("\u200b", ""))
    assert navigateur.coche("reponse-1") == "2"
    assert navigateur.js("return document.getElementById('code').value") == "R02"
    navigateur.enregistrer()
    navigateur.pointer('input[name="moment"][value="t1"]')
    assert navigateur.coche("reponse-1") is None
    assert navigateur.texte("message-identite").startswith("Une nouvelle passation commence.")
    navigateur.choisir(1, 4)
    navigateur.pointer('input[name="moment"][value="t0"]')
    assert navigateur.coche("reponse-1") == "2"
    assert not navigateur.visible("recopier")
    navigateur.ecrire("code", "R03")
    navigateur.cliquer("recopier")
    assert navigateur.coche("reponse-1") == "2"
    assert json.loads(navigateur.enregistrer().read_text(encoding="utf-8"))["identifiant"] == "R03"
    navigateur.recharger()
    assert navigateur.js("return document.getElementById('code').value") == "R03"
    assert "déjà été enregistrées en fichier" in navigateur.texte("texte-reprise")


def test_tout_effacer_demande_puis_efface(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE), identifiant="R01"))
    navigateur.choisir(1, 2)
    navigateur.tracer(1, "Une trace")
    navigateur.recharger()
    bouton = navigateur.pilote.find_element("css selector", "#reprise [data-tout-effacer]")
    bouton.click()
    navigateur.cliquer("garder")
    assert navigateur.coche("reponse-1") == "2"
    bouton.click()
    navigateur.cliquer("effacer-tout")
    assert navigateur.coche("reponse-1") is None
    assert navigateur.js("return document.getElementById('trace-1').value") == ""
    assert navigateur.js("return Object.keys(localStorage)") == []
    assert navigateur.texte("message-identite").startswith("Tout est effacé")
    navigateur.recharger()
    assert not navigateur.visible("reprise")
    assert navigateur.js("return document.getElementById('code').value") == "R01"


def test_un_profil_rempli_d_avance_se_montre_se_corrige_et_revient(navigateur: Navigateur, tmp_path: Path) -> None:
    referentiel = cpit.referentiel(LIVRE)
    liste = tmp_path / "liste.csv"
    liste.write_text("code;structure;territoire\nR01;commune;montagne\n", encoding="utf-8")
    (page,) = cpit.formulaires(LIVRE, tmp_path, format="html", codes=liste, sans_restitution=True)
    navigateur.ouvrir(page.read_text(encoding="utf-8"))
    assert navigateur.js("return document.getElementById('profil-1').value") == "commune"
    assert "rempli d’avance" in navigateur.js("return document.querySelector('label[for=profil-1]').textContent")
    navigateur.choisir(1, 2)
    navigateur.pilote.find_element("id", "profil-1").send_keys("Sans")
    fichier = navigateur.enregistrer()
    controler(
        fichier,
        referentiel,
        {referentiel.ordre_de_passation()[0].code: repondu(2)},
        identifiant="R01",
        profil={"territoire": "montagne"},
    )
    navigateur.recharger()
    assert navigateur.visible("reprise")
    assert navigateur.js("return document.getElementById('profil-1').value") == ""


def test_un_tiers_dit_qui_il_est_dans_la_page_et_cela_revient(navigateur: Navigateur) -> None:
    referentiel = cpit.referentiel(LIVRE)
    navigateur.ouvrir(rendre_page_formulaire(referentiel, identifiant="R01", regard="tiers"))
    navigateur.choisir(1, 2)
    navigateur.pilote.find_element("id", "evaluateur").send_keys("E7\t")
    navigateur.pilote.find_element("id", "role_evaluateur").send_keys("Pair")
    navigateur.pilote.find_element("id", "connaissance").send_keys("Bien")
    code = referentiel.ordre_de_passation()[0].code
    champs = {"identifiant": "R01", "regard": "tiers"}
    fichier = navigateur.enregistrer()
    assert fichier.name == "passation-r01-t0-tiers-e7.json"
    controler(
        fichier, referentiel, {code: repondu(2)}, evaluateur="E7", role_evaluateur="pair", connaissance="bien", **champs
    )
    navigateur.recharger()
    assert navigateur.js("return document.getElementById('evaluateur').value") == "E7"
    # Ce que la page dit de celui qui répond, et de qui l’on parle, suit le regard.
    assert _titres(navigateur) == [
        "Questionnaire, regard d’un tiers",
        "La personne et vous",
        "Le contexte de cette personne",
    ]
    # Sous le regard de soi, la question se cache, et rien n’en est écrit.
    navigateur.js("document.querySelector('input[name=regard][value=soi]').click()")
    assert not navigateur.visible("du-tiers")
    assert _titres(navigateur) == ["Questionnaire d’auto-évaluation", "Vous", "Votre contexte"]


def _titres(navigateur: Navigateur) -> list[str]:
    choix = "return [...document.querySelectorAll('.surtitre, #titre-vous, #titre-profil')].map(t => t.innerText)"
    return [str(titre).strip() for titre in navigateur.js(choix)]


def test_la_page_de_soi_ou_l_on_coche_le_regard_d_un_tiers_demande_qui_il_est(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE), restitution=True))
    assert not navigateur.visible("du-tiers")
    navigateur.pointer('input[name="regard"][value="tiers"]')
    assert navigateur.visible("role_evaluateur")
    navigateur.ecrire("evaluateur", "E7")
    navigateur.pilote.find_element("id", "role_evaluateur").send_keys("Pair")
    navigateur.choisir(1, 2)
    navigateur.recharger()
    assert navigateur.visible("role_evaluateur")
    lue = lire_passation(navigateur.enregistrer())
    assert (lue.regard, lue.evaluateur, lue.role_evaluateur) == ("tiers", "E7", "pair")


def test_deux_moments_se_repondent_sur_une_ligne_et_font_une_passation_de_deux(
    navigateur: Navigateur,
) -> None:
    """Deux colonnes de boutons ; une date que la page ne comprend pas retient l’enregistrement, sans la perdre."""
    referentiel = cpit.referentiel(LIVRE)
    navigateur.ouvrir(rendre_page_formulaire(referentiel, identifiant="R01", moment="t1+retrospectif"))
    navigateur.choisir(1, 3)
    assert navigateur.texte("avancement").startswith("0 sur 24")
    navigateur.js('document.querySelector(\'input[name="avant-1"][value="1"]\').click()')
    navigateur.js('document.querySelector(\'input[name="avant-2"][value="so"]\').click()')
    assert navigateur.texte("avancement").startswith("1 sur 24")
    navigateur.pilote.find_element("id", "date_moment").send_keys("la rentrée")
    navigateur.cliquer("enregistrer")
    assert "date" in navigateur.texte("alerte")
    navigateur.pilote.find_element("id", "date_moment").clear()
    navigateur.pilote.find_element("id", "date_moment").send_keys("Septembre 2025")
    navigateur.recharger()
    assert navigateur.js("return document.getElementById('date_moment').value") == "septembre 2025"
    assert (navigateur.coche("reponse-1"), navigateur.coche("avant-1"), navigateur.coche("avant-2")) == ("3", "1", "so")
    codes = [item.code for item in referentiel.ordre_de_passation()]
    fichier = navigateur.enregistrer()
    lue = lire_passation(fichier)
    assert lue.jumelle is not None
    assert encoder_passation(lue) == fichier.read_bytes()
    assert (lue.moment, lue.valeurs()) == ("t1", {codes[0]: 3})
    assert (lue.jumelle.moment, lue.jumelle.date_moment) == ("t0-retrospectif", "2025-09")
    etats = {code: reponse.etat.value for code, reponse in lue.jumelle.reponses.items()}
    assert (etats[codes[0]], etats[codes[1]], etats[codes[2]]) == ("repondu", "sans_objet", "sans_reponse")
    recueil = cpit.lire(fichier, referentiel)
    assert sorted(n.passation.moment for n in recueil.cohorte.notees) == ["t0-retrospectif", "t1"]
    assert navigateur.erreurs() == []


def test_la_page_change_de_question_avec_le_moment_et_le_regard(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))

    def question() -> str:
        return str(navigateur.js("return document.querySelector('p.question').innerText"))

    assert question().startswith("Aujourd’hui")
    navigateur.js("document.querySelector('input[name=moment][value=t0-retrospectif]').click()")
    assert "ce que vous faisiez alors" in question()
    assert "Vous répondez aujourd’hui à propos du début" in navigateur.js("return document.body.innerText")
    navigateur.js("document.querySelector('input[name=regard][value=tiers]').click()")
    assert "cette personne faisait alors" in question()
    navigateur.js("document.querySelector('input[name=moment][value=t1]').click()")
    assert "Vous répondez aujourd’hui à propos" not in navigateur.js("return document.body.innerText")


def test_un_evaluateur_donne_ne_se_change_pas_dans_la_page(navigateur: Navigateur) -> None:
    referentiel = cpit.referentiel(LIVRE)
    tiers = {"evaluateur": "E7", "role_evaluateur": "n+1"}
    navigateur.ouvrir(rendre_page_formulaire(referentiel, identifiant="R01", regard="tiers", **tiers))
    assert navigateur.js("return document.getElementById('evaluateur').readOnly") is True
    navigateur.choisir(1, 2)
    code = referentiel.ordre_de_passation()[0].code
    controler(navigateur.enregistrer(), referentiel, {code: repondu(2)}, identifiant="R01", regard="tiers", **tiers)


def test_un_autre_onglet_ne_fait_rien_perdre(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.choisir(1, 2)
    premier = navigateur.pilote.current_window_handle
    adresse = navigateur.pilote.current_url
    navigateur.pilote.switch_to.new_window("tab")
    navigateur.pilote.get(adresse)
    assert navigateur.coche("reponse-1") == "2"
    navigateur.choisir(1, 4)
    navigateur.pilote.close()
    navigateur.pilote.switch_to.window(premier)
    assert "autre onglet" in navigateur.texte("alerte")
    navigateur.js('document.querySelector(\'input[name="reponse-1"][value="0"]\').click()')
    assert navigateur.texte("garde") == "Non gardé"
    navigateur.js("aEnregistrer = false")  # la page retiendrait, à raison, une réponse non gardée
    navigateur.recharger()
    assert navigateur.coche("reponse-1") == "4"


def _d_un_autre_onglet(navigateur: Navigateur, geste: str) -> None:
    """Ce geste, fait dans un autre onglet de la même page, que l’on referme."""
    premier, adresse = navigateur.pilote.current_window_handle, navigateur.pilote.current_url
    navigateur.pilote.switch_to.new_window("tab")
    navigateur.pilote.get(adresse)
    navigateur.js(geste)
    navigateur.pilote.close()
    navigateur.pilote.switch_to.window(premier)


def test_ce_qui_est_efface_d_ailleurs_n_est_plus_que_dans_la_page_et_cela_se_dit(navigateur: Navigateur) -> None:
    """Vider le navigateur, ou tout effacer d’un autre onglet : recharger perdrait ce que la page est seule à avoir."""
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.choisir(1, 2)
    navigateur.recharger()
    _d_un_autre_onglet(navigateur, "localStorage.clear()")
    navigateur.choisir(2, 3)
    assert "Enregistrez-les en fichier" in navigateur.texte("alerte")
    assert "Rechargez" not in navigateur.texte("alerte")
    assert navigateur.js("return aEnregistrer && suspendu"), "la page se ferait retenir avant de se fermer"
    assert lire_passation(navigateur.enregistrer()).valeurs() == {"C1P": 2, "C1M": 3}
    navigateur.js("toutEffacer()")
    navigateur.choisir(4, 1)
    assert navigateur.texte("garde") == "Gardé dans ce navigateur"
    navigateur.recharger()
    assert navigateur.coche("reponse-4") == "1"


def test_changer_de_code_n_efface_pas_ce_qu_un_autre_onglet_garde(navigateur: Navigateur) -> None:
    """Un onglet resté en arrière change son code : l’autre avait répondu sous l’ancien, et ses réponses sont à lui."""
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.ecrire("code", "R01")
    navigateur.choisir(1, 2)
    autre = 'document.querySelector(\'input[name="reponse-2"][value="4"]\').click()'
    _d_un_autre_onglet(navigateur, autre)
    navigateur.ecrire("code", "R02")
    assert not navigateur.visible("alerte")
    navigateur.choisir(3, 1)
    assert navigateur.texte("garde") == "Gardé dans ce navigateur"
    navigateur.recharger()
    assert navigateur.js("return [etat.identifiant, [...etat.choix]]") == ["R02", [[1, "2"], [3, "1"]]]
    navigateur.ecrire("code", "R01")
    assert navigateur.js("return [...etat.choix]") == [[1, "2"], [2, "4"]]
    assert navigateur.erreurs() == []


def test_ce_qui_est_garde_et_abime_ne_casse_rien(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    for geste in (
        "localStorage.setItem(cleDe(etat), '{')",
        "localStorage.setItem(cleDe(etat), 'null')",
        "localStorage.setItem(POINTEUR, 'ailleurs')",
        "localStorage.setItem(cleDe(etat), JSON.stringify({...etat, gardee: instant(new Date()), choix:"
        " [[1, '9'], [99, '1'], ['x', 'so'], [2, '1']], traces: [[1, 3]], profil: [['structure', 'inconnue']]}))",
    ):
        navigateur.js("localStorage.clear(); " + geste)
        navigateur.recharger()
        assert navigateur.js("return etat.traces.size + etat.profil.size") == 0
    assert navigateur.js("return [...etat.choix]") == [[2, "1"]]
    assert navigateur.erreurs() == []


GARDE = "JSON.parse(localStorage.getItem(cleDe(etat)))"


@pytest.mark.parametrize(
    "geste",
    [
        "localStorage.setItem(cleDe(etat), localStorage.getItem(cleDe(etat)).slice(0, 90))",
        "localStorage.setItem(cleDe(etat), 'null')",
        "localStorage.setItem(cleDe(etat), '')",
        *(
            pytest.param(f"localStorage.setItem(cleDe(etat), '{tout}')", marks=pytest.mark.endurance)
            for tout in ("[]", "3")
        ),
        f"localStorage.setItem(cleDe(etat), JSON.stringify({{...{GARDE}, gardee: 'hier'}}))",
        f"localStorage.setItem(cleDe(etat), JSON.stringify({{...{GARDE}, choix: {{}}}}))",
        f"localStorage.setItem(cleDe(etat), JSON.stringify({{...{GARDE}, choix: [[1, '9'], [2, '1']]}}))",
        f"localStorage.setItem(cleDe(etat), JSON.stringify({{...{GARDE}, traces: [[1, 3]]}}))",
        *(
            pytest.param(
                f"localStorage.setItem(cleDe(etat), JSON.stringify({{...{GARDE}, {dit}}}))", marks=pytest.mark.endurance
            )
            for dit in (
                "regard: 'lui'",
                "commencee: 3",
                "enregistree: 'hier'",
                "date_moment: ['2026']",
                "date_moment: '31 février'",
                "role_evaluateur: 'constructor'",
                "connaissance: {}",
                "choix: [[1, '2'], [1, '3']]",
                "profil: [['__proto__', 'a']]",
                "places: 'toutes'",
            )
        ),
    ],
)
def test_ce_qui_ne_se_relit_pas_est_mis_de_cote_et_se_dit(navigateur: Navigateur, geste: str) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE), identifiant="R01"))
    navigateur.choisir(1, 2)
    navigateur.tracer(1, "Une trace")
    navigateur.js(geste)
    abime = navigateur.js("return localStorage.getItem(cleDe(etat))")
    navigateur.recharger()
    assert navigateur.visible("illisible")
    assert "mises de côté" in navigateur.texte("texte-illisible")
    navigateur.choisir(3, 4)  # ce qui s’écrit ensuite ne touche pas à la copie
    navigateur.recharger()
    assert navigateur.coche("reponse-3") == "4"
    assert navigateur.visible("illisible")
    copies = (
        "return Object.keys(localStorage).filter((c) => c.startsWith(ILLISIBLE)).map((c) => localStorage.getItem(c))"
    )
    assert navigateur.js(copies) == [abime]
    navigateur.cliquer("telecharger-illisible")
    telecharge, texte = navigateur.dossier / "reponses-illisibles.txt", ""
    for _ in range(100):
        if texte := telecharge.read_text(encoding="utf-8") if telecharge.exists() else "":
            break
        time.sleep(0.05)
    assert f"\n{abime}\n" in texte
    navigateur.cliquer("jeter-illisible")
    assert not navigateur.visible("illisible")
    navigateur.recharger()
    assert not navigateur.visible("illisible")
    assert navigateur.coche("reponse-3") == "4"
    assert navigateur.js(copies) == []
    assert navigateur.erreurs() == []


def test_ce_qui_designe_la_derniere_passation_peut_etre_abime(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.ecrire("code", "R07")
    navigateur.choisir(1, 2)
    navigateur.js("localStorage.setItem(POINTEUR, 'ailleurs'); localStorage.setItem('ailleurs', 'à une autre page')")
    navigateur.recharger()
    assert navigateur.js("return localStorage.getItem('ailleurs')") == "à une autre page"
    assert not navigateur.visible("illisible")
    assert "« R07 »" in navigateur.texte("texte-reprise").replace("\u202f", " ")
    assert navigateur.coche("reponse-1") == "2"


def test_ce_qui_designe_une_passation_abimee_n_empeche_pas_de_garder_la_suite(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.choisir(1, 2)
    navigateur.js(
        "const abimee = cleDe({...etat, identifiant: 'R07'});"
        "localStorage.setItem(POINTEUR, abimee); localStorage.setItem(abimee, '{}')"
    )
    navigateur.recharger()
    assert navigateur.visible("illisible")
    assert navigateur.coche("reponse-1") == "2"
    navigateur.choisir(2, 3)
    assert navigateur.texte("garde") == "Gardé dans ce navigateur"
    navigateur.recharger()
    assert [navigateur.coche("reponse-1"), navigateur.coche("reponse-2")] == ["2", "3"]


def test_un_code_ramene_a_sa_longueur_se_dit(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.ecrire("code", "R" * 80)
    assert not navigateur.visible("alerte")
    navigateur.ecrire("code", "R" * 81)
    assert navigateur.js("return document.getElementById('code').value") == "R" * 80
    assert "80 premiers signes" in navigateur.texte("alerte")


def test_une_trace_trop_longue_n_est_pas_coupee_et_retient_le_fichier(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    longue = "🙂" * TRACE_MAX
    navigateur.tracer(2, longue)
    assert not navigateur.visible("longueur-2")
    navigateur.tracer(2, longue + "é")
    assert navigateur.visible("longueur-2")
    assert navigateur.texte("longueur-2").replace("\u202f", " ").startswith("10 001 signes, 10 000 au plus.")
    navigateur.recharger()
    assert navigateur.js("return document.getElementById('trace-2').value") == longue + "é"
    navigateur.cliquer("enregistrer")
    assert "situation 2" in navigateur.texte("alerte")
    assert navigateur.js("return document.activeElement.id") == "trace-2"
    assert not list(navigateur.dossier.glob("*.json"))
    navigateur.tracer(2, longue)
    assert lire_passation(navigateur.enregistrer()).reponse("C1M").trace == longue


# --- les calculs de la page sont ceux de cpit ------------------------------------------------------------------------

DIFFICILES = [
    *(
        "",
        "é",
        "e\u0301",
        "œuf",
        "\u2028\u2029",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "\U0010ffff",
        "\ufeff",
        'a"b\\c/d',
        "\x00\x1f\x7f\x80",
        "ﬁ Ⅷ ①",
    ),
    *(
        "<>&'",
        "\ud7ff\ue000",
        "\t\r\n\b\f",
        "ligne\r\nligne\rligne",
        "ÀÉÎÕÜ ß ı İ K",
        "a" * 1000,
        "🙂" * 300,
        "\u202e\u200b\u00ad",
    ),
]


def test_les_sommes_sont_celles_de_cpit(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    documents: list[dict[str, Any]] = [{"texte": texte, "liste": [texte, {texte: None}]} for texte in DIFFICILES]
    # Ordre des clés : U+FFFD vient avant 😀 en points de code, après en demi-codets.
    documents.append({"\ufffd": 1, "😀": 2, "é": 3, "Z": 4, "a": -5, "10": [True, False, None], "9": {}, "aa": []})
    for document in documents:
        assert navigateur.attendre("sommeDeControle(arguments[0])", document) == somme_de_controle(document)


def test_l_empreinte_locale_est_celle_de_hashlib(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    code = "return arguments[0].map((n) => sha256Local(new Uint8Array(n).map((_, i) => (i * 7 + n) % 256)))"
    longueurs = [*range(0, 200), 1000, 4095, 65_537]
    attendues = [hashlib.sha256(bytes((i * 7 + n) % 256 for i in range(n))).hexdigest() for n in longueurs]
    assert navigateur.js(code, longueurs) == attendues
    textes = navigateur.js("return arguments[0].map((t) => sha256Local(new TextEncoder().encode(t)))", DIFFICILES)
    assert textes == [hashlib.sha256(texte.encode()).hexdigest() for texte in DIFFICILES]


def test_le_nettoyage_est_celui_de_cpit(navigateur: Navigateur) -> None:
    """Tous les caractères que Python connaît ; un navigateur plus récent en connaît quelques-uns de plus."""
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    code = (
        "const gardes = []; for (let c = 0; c < 0x110000; c += 1) {"
        " const s = String.fromCodePoint(c); if (nettoyer(s, true) === s && s !== '\\r') gardes.push(c); }"
        " return gardes"
    )
    gardes = set(navigateur.js(code))
    for point in range(0x110000):
        if unicodedata.category(chr(point)) != "Cn" and chr(point) != "\r":
            assert (point in gardes) == (nettoyer(chr(point), garder_lignes=True) == chr(point)), hex(point)
    for texte in DIFFICILES:
        for lignes in (True, False):
            assert navigateur.js("return nettoyer(arguments[0], arguments[1])", texte, lignes) == nettoyer(
                texte, garder_lignes=lignes
            )


def test_le_nom_du_fichier_est_celui_de_cpit(navigateur: Navigateur, tmp_path: Path) -> None:
    referentiel = cpit.referentiel(LIVRE)
    navigateur.ouvrir(rendre_page_formulaire(referentiel))
    codes = [
        *DIFFICILES,
        "R01",
        "Élodie Dûpont",
        "../../etc/passwd",
        "CON",
        "a.b:c*?",
        "-" * 50 + "x",
        "x-" * 30,
        "日本 3",
    ]
    for code in codes:
        nom = navigateur.js("return nomDeFichier(arguments[0], 't0', 'soi')", code)
        assert nom == nouveau_chemin(tmp_path / "vide", Passation.nouvelle(referentiel, identifiant=code)).name


@pytest.mark.parametrize("fuseau", ["Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "UTC"])
def test_les_dates_portent_le_decalage_horaire(navigateur: Navigateur, fuseau: str) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.commander("Emulation.setTimezoneOverride", timezoneId=fuseau)
    for secondes in (1_789_372_800, 1_767_225_599):
        attendu = datetime.fromtimestamp(secondes, ZoneInfo(fuseau)).isoformat(timespec="seconds")
        assert navigateur.js("return instant(new Date(arguments[0] * 1000))", secondes) == attendu
    navigateur.commander("Emulation.setTimezoneOverride", timezoneId="")


# --- lisible par tous ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("largeur", [360, 1280])
def test_aucune_violation_d_accessibilite(navigateur: Navigateur, axe: str, largeur: int, mode: str) -> None:
    referentiel = cpit.referentiel(LIVRE)
    navigateur.ouvrir(rendre_page_formulaire(referentiel))
    media = [{"name": "prefers-color-scheme", "value": mode}, {"name": "prefers-reduced-motion", "value": "reduce"}]
    navigateur.commander("Emulation.setEmulatedMedia", features=media)
    mesures = {"width": largeur, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    navigateur.commander("Emulation.setDeviceMetricsOverride", **mesures)
    assert navigateur.js("return matchMedia('(prefers-color-scheme: dark)').matches") == (mode == "dark")
    assert violations(navigateur, axe) == []
    for rang in range(1, 5):
        navigateur.choisir(rang, rang)
    navigateur.tracer(1, "Une trace")
    navigateur.recharger()
    navigateur.enregistrer()
    navigateur.js("alerter('Un essai.'); for (const d of document.querySelectorAll('details')) d.open = true")
    assert navigateur.visible("reprise")
    assert violations(navigateur, axe) == []
    navigateur.js("document.querySelector('[data-tout-effacer]').click()")
    assert violations(navigateur, axe) == []


@pytest.mark.parametrize("largeur", [320, 640, 1280])
def test_rien_ne_deborde(navigateur: Navigateur, tmp_path: Path, largeur: int) -> None:
    """320 points de large : 1280 au zoom 400 % ; 640 : au zoom 200 %. Un mot sans fin ne pousse pas la page."""
    texte = (TESTS / "referentiels" / "petit.yaml").read_text(encoding="utf-8").replace("Je paille.", "Je" + "x" * 300)
    referentiel = ecrire_referentiel(tmp_path, texte.replace("libelle: Jamais", "libelle: " + "y" * 300))
    navigateur.ouvrir(rendre_page_formulaire(referentiel))
    mesures = {"width": largeur, "height": 500, "deviceScaleFactor": 1, "mobile": False}
    navigateur.commander("Emulation.setDeviceMetricsOverride", **mesures)
    navigateur.js("alerter('x'.repeat(200)); for (const d of document.querySelectorAll('details')) d.open = true")
    assert navigateur.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("chemin", [LIVRE, RACINE / "referentiels" / "minimal.yaml"], ids=lambda c: c.stem)
def test_la_typographie_est_francaise_et_rien_ne_parle_de_score(navigateur: Navigateur, chemin: Path) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(chemin)))
    navigateur.choisir(1, 2)
    navigateur.recharger()
    navigateur.enregistrer()
    texte = navigateur.js("document.querySelector('details').open = true; return document.body.innerText")
    assert re.findall(r".{0,20}[^\s] [;:!?»].{0,5}|« .{0,20}|.{0,20}'.{0,10}|[^\s\u202f\d][;!?](?=\s)", texte) == []
    hors_statut = texte.replace(typographier(cpit.referentiel(chemin).statut), "")
    assert not re.search(r"\bscores?\b|ingénierie|moyenne|\bundefined\b|\bnull\b|\bNaN\b", hors_statut, re.IGNORECASE)


def test_l_annonce_est_polie_et_ne_se_repete_pas(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.js(
        "window.annonces = 0; new MutationObserver((liste) => { window.annonces += liste.length; })"
        ".observe(document.getElementById('avancement'), {childList: true, characterData: true, subtree: true})"
    )
    for valeur in (1, 2, 3):
        navigateur.choisir(1, valeur)
    assert navigateur.js("return window.annonces") == 1
    politesse = navigateur.js("const a = document.getElementById('avancement'); return [a.role, a.ariaLive]")
    assert politesse == ["status", "polite"]


def test_la_page_s_imprime(navigateur: Navigateur) -> None:
    navigateur.ouvrir(rendre_page_formulaire(cpit.referentiel(LIVRE)))
    navigateur.tracer(1, "Une trace à imprimer")
    pdf = base64.b64decode(navigateur.commander("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF")
    assert 5 < len(re.findall(rb"/Type\s*/Page\b", pdf)) < 25


def test_sans_javascript_la_page_le_dit() -> None:
    page = rendre_page_formulaire(cpit.referentiel(LIVRE))
    assert re.search(r"<noscript[^>]*>.*JavaScript.*</noscript>", page)


def test_le_rendu_ne_charge_rien_a_l_import_de_la_commande() -> None:
    programme = "import sys, cpit.formulaire; print('jinja2' in sys.modules)"
    fini = subprocess.run([sys.executable, "-c", programme], capture_output=True, text=True, cwd=RACINE, check=True)
    assert fini.stdout.strip() == "False"

"""La typographie française, et son repli sur les consoles qui ne savent pas l’afficher."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpit import Anomalie
from cpit.erreurs import Lieu, anomalie
from cpit.messages import CATALOGUE
from cpit.typographie import (
    FINE,
    bornes_en_mots,
    decimales_qui_distinguent,
    enumerer,
    nettoyer,
    nombre,
    pluriel,
    replier,
    typographier,
)

INSECABLE = "\u00a0"
BIDI = "\u202e\u2066\u200f"


@pytest.mark.parametrize(
    ("tape", "compose"),
    [
        ("Bonjour : qui ?", f"Bonjour{FINE}: qui{FINE}?"),
        ("« ceci » ; cela !", f"«{FINE}ceci{FINE}»{FINE}; cela{FINE}!"),
        ("« : »", f"«{FINE}:{FINE}»"),
        ("50 %", f"50{FINE}%"),
        ("l'eau qu'on a", "l’eau qu’on a"),
        ("https://exemple.org:80/a?b", "https://exemple.org:80/a?b"),
        ("déjà composé\u202f: oui", "déjà composé\u202f: oui"),
        ("", ""),
    ],
)
def test_typographier(tape: str, compose: str) -> None:
    assert typographier(tape) == compose


@given(st.text(alphabet="ab «»:;!?%'’ \u202f", max_size=30))
def test_typographier_deux_fois_ne_change_rien(texte: str) -> None:
    assert typographier(typographier(texte)) == typographier(texte)


@pytest.mark.parametrize(
    ("valeur", "decimales", "ecrit"),
    [
        (2.24, 1, "2,2"),
        (2.35, 1, "2,4"),
        (2.0, 1, "2,0"),
        (2.0, 0, "2"),
        (-0.5, 2, "−0,50"),
        (-0.04, 1, "0,0"),
        (0.0, 1, "0,0"),
        (-0.0, 2, "0,00"),
        (50.0, 0, "50"),
    ],
)
def test_nombre(valeur: float, decimales: int, ecrit: str) -> None:
    assert nombre(valeur, decimales) == ecrit


@pytest.mark.parametrize(
    ("bornes", "dites"),
    [
        ((0.66, 1.34), "+0,66 à +1,34"),
        ((0.0034, 0.74), "+0,003 à +0,74"),
        ((-0.74, -0.00004), "−0,74 à −0,00004"),
        ((-0.002, 0.5), "−0,002 à +0,50"),
        ((0.0, 0.5), "0,00 à +0,50"),
        ((-1e-17, 0.5), "0,00 à +0,50"),
        (None, "–"),
    ],
)
def test_une_borne_qui_laisse_zero_dehors_ne_s_ecrit_pas_zero(bornes: tuple[float, float] | None, dites: str) -> None:
    assert bornes_en_mots(bornes) == dites


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_deux_nombres_differents_s_ecrivent_differents(un: float, autre: float) -> None:
    decimales = decimales_qui_distinguent(un, autre, 1)
    ecrits = nombre(un, decimales), nombre(autre, decimales)
    assert (ecrits[0] != ecrits[1]) == (decimales > 1 or nombre(un) != nombre(autre))
    assert ecrits[0] != ecrits[1] or abs(un - autre) <= 1e-9


def test_pluriel_et_enumeration() -> None:
    assert [pluriel(n, "réponse") for n in (0, 1, 2)] == ["0 réponse", "1 réponse", "2 réponses"]
    assert pluriel(3, "niveau", "niveaux") == "3 niveaux"
    assert [enumerer(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a et b", "a, b et c"]


@pytest.mark.parametrize(
    ("brut", "propre"),
    [
        ("rouge\x1b[31m", "rouge[31m"),
        ("sonnerie\x07, nul\x00", "sonnerie, nul"),
        (f"inv{BIDI}ersé", "inversé"),
        ("zéro\u200blargeur\ufeff", "zérolargeur"),
        ("demi\ud800codet", "demicodet"),
        ("hors\ufffe\uffff caractère\ue000", "hors caractère"),
        ("une\nligne\tdeux\r\ntrois\rquatre", "une ligne deux trois quatre"),
        ("sépara\u2028t\u2029eur", "séparateur"),
        (f"fine{FINE}: insécable{INSECABLE}!", f"fine{FINE}: insécable{INSECABLE}!"),
        ("œuvre, É, 漢字, 🙂", "œuvre, É, 漢字, 🙂"),
        ("[/x] [bold]", "[/x] [bold]"),
    ],
)
def test_nettoyer(brut: str, propre: str) -> None:
    assert nettoyer(brut) == propre


def test_nettoyer_peut_garder_les_lignes() -> None:
    assert nettoyer("un\r\ndeux\rtrois\tquatre\x07", garder_lignes=True) == "un\ndeux\ntrois\tquatre"


@given(st.text())
def test_un_texte_nettoye_s_imprime_et_le_reste(texte: str) -> None:
    propre = nettoyer(texte)
    assert nettoyer(propre) == propre
    assert "\n" not in propre
    assert not [c for c in propre if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"}]
    propre.encode("utf-8")


TEXTE = f"L’œuvre «{FINE}été{FINE}»{FINE}: −1 → 2… ≥ σ × ★"


@pytest.mark.parametrize(
    ("encodage", "replie"),
    [
        ("utf-8", TEXTE),
        ("cp1252", "L’œuvre «\u00a0été\u00a0»\u00a0: -1 -> 2… >= s × ?"),
        ("cp850", "L'oeuvre «\u00a0été\u00a0»\u00a0: -1 -> 2... >= s × ?"),
        ("ascii", 'L\'oeuvre " ete " : -1 -> 2... >= s x ?'),
    ],
)
def test_replier(encodage: str, replie: str) -> None:
    assert replier(TEXTE, encodage) == replie


@pytest.mark.parametrize(
    ("texte", "en_ascii"), [("P̄", "P"), ("F₂,ₘ₋₂", "F2,m-2"), ("10⁻⁹", "10-9"), ("χ², α et ω", "chi2, alpha et omega")]
)
def test_une_formule_se_lit_dans_une_console_ascii(texte: str, en_ascii: str) -> None:
    assert replier(texte, "ascii") == en_ascii


@given(st.text(), st.sampled_from(["cp1252", "cp850", "ascii", "latin-1", "cp437", "utf-8"]))
def test_un_texte_replie_s_ecrit_toujours(texte: str, encodage: str) -> None:
    replier(texte, encodage).encode(encodage)


def test_un_encodage_inconnu_ne_fait_pas_tomber() -> None:
    assert len(replier("été", "inconnu")) == 3


def test_les_mots_d_une_anomalie_sont_nettoyes_bornes_et_jamais_recomposes() -> None:
    """Une valeur tapée se montre telle quelle : ni fine ajoutée, ni couleur, ni mille signes."""
    mot = "a : b\x1b[31m\nc" + "x" * 500
    faute = anomalie("nombre-attendu", Lieu("r.yaml", 3, 7), cle="poids", valeur=mot)
    assert "a : b[31m c" in faute.quoi
    assert faute.quoi.startswith(f"poids{FINE}: «{FINE}a")
    assert len(faute.quoi) < 200
    assert "…" in faute.quoi
    assert str(faute.lieu) == "r.yaml, ligne 3, colonne 7"


def test_une_accolade_tapee_ne_fait_pas_tomber_le_message() -> None:
    faute = anomalie("nombre-attendu", "r.yaml", cle="poids", valeur="{0.__class__} {cle}")
    assert "{0.__class__} {cle}" in faute.quoi


def test_une_liste_coupee_ne_ferme_pas_deux_fois_la_phrase() -> None:
    dites = []
    for code, message in CATALOGUE.items():
        gabarits = (message.quoi, message.attendu, message.correction)
        mots = dict.fromkeys(re.findall(r"\{(\w+)", " ".join(gabarits)), "F01, F02…")
        dites.append(repr(anomalie(code, **mots)))
    assert [dite for dite in dites if re.search(r"[…?!]\.(?=\s|$)", dite)] == []
    assert len(dites) == len(CATALOGUE)


def test_un_code_inconnu_est_un_defaut_de_cpit() -> None:
    with pytest.raises(KeyError):
        anomalie("code-inexistant")
    with pytest.raises(KeyError):
        _ = Anomalie("code-inexistant").quoi


def test_un_ecart_type_se_lit_dans_une_console_ascii() -> None:
    assert replier("2,2 ± 0,9", "ascii") == "2,2 +/- 0,9"

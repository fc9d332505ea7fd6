"""Ce que l’on peut dire d’un groupe, en cinq lignes : aucune ne nomme une personne."""

from __future__ import annotations

from collections import Counter

from cpit.coeur.groupe import PLANCHER, Portrait
from cpit.coeur.mots.restitution import dominante_en_mots
from cpit.coeur.referentiel import Referentiel
from cpit.typographie import accorder, enumerer, grouper, nombre, se_distinguent


def lire_le_groupe(referentiel: Referentiel, portrait: Portrait) -> list[str]:
    """Cinq lignes : où le groupe se tient, où il va le plus et le moins loin, où il diffère, ce que cela vaut."""
    return [
        _ligne_dominantes(referentiel, portrait),
        _ligne_extremes(referentiel, portrait),
        _ligne_dispersion(referentiel, portrait),
        phrase_des_positions(portrait),
        "Auto-évaluation ou regard d'un tiers : de quoi ouvrir une discussion, pas de quoi classer.",
    ]


def compter_les_positions(portrait: Portrait) -> str:
    """« 12 positions », ou « moins de 3 positions » si leur nombre est tu."""
    if portrait.positions is None:
        return f"moins de {PLANCHER} positions"
    return accorder(portrait.positions, "position")


def phrase_des_positions(portrait: Portrait) -> str:
    """« 12 positions sur 14 passations. »"""
    phrase = f"{compter_les_positions(portrait)} sur {accorder(portrait.effectif, 'passation')}."
    return phrase[:1].upper() + phrase[1:]


def _ligne_dominantes(referentiel: Referentiel, portrait: Portrait) -> str:
    if portrait.positions is None:
        return "Trop peu de positions pour dire ce qui pèse le plus."
    comptes: Counter[str] = Counter()
    for dominante, combien in portrait.dominantes.items():
        comptes[dominante_en_mots(referentiel, dominante)] += combien
    if not comptes:
        return "Aucune position n'a pu être calculée."
    parts = [f"{quoi} ({grouper(n)})" for quoi, n in sorted(comptes.items(), key=lambda part: (-part[1], part[0]))]
    return f"Ce qui pèse le plus, personne par personne : {', '.join(parts)}."


def _ligne_extremes(referentiel: Referentiel, portrait: Portrait) -> str:
    moyennes = _triees(referentiel, portrait, "moyenne")
    if len(moyennes) < 2 or not se_distinguent(moyennes[0][0], moyennes[-1][0]):
        return "Aucune compétence ne se détache dans le groupe."
    return (
        f"Les réponses du groupe vont le plus loin pour {_a_ce_nombre(referentiel, moyennes, moyennes[-1][0])}, "
        f"le moins loin pour {_a_ce_nombre(referentiel, moyennes, moyennes[0][0])}."
    )


def _ligne_dispersion(referentiel: Referentiel, portrait: Portrait) -> str:
    ecarts = _triees(referentiel, portrait, "ecart_type")
    if len(ecarts) < 2:
        return "Trop peu de passations pour parler d'écarts entre les personnes."
    if not se_distinguent(ecarts[0][0], ecarts[-1][0]):
        return f"Les réponses diffèrent autant d'une compétence à l'autre (± {nombre(ecarts[-1][0])})."
    return (
        f"Les réponses diffèrent le plus pour {_a_ce_nombre(referentiel, ecarts, ecarts[-1][0], '± ')}, "
        f"le moins pour {_a_ce_nombre(referentiel, ecarts, ecarts[0][0], '± ')}."
    )


def _triees(referentiel: Referentiel, portrait: Portrait, mesure: str) -> list[tuple[float, str]]:
    valeurs = [(getattr(portrait.echelles[c.identifiant], mesure), c.identifiant) for c in referentiel.competences]
    return sorted((valeur, code) for valeur, code in valeurs if valeur is not None)


def _a_ce_nombre(referentiel: Referentiel, valeurs: list[tuple[float, str]], valeur: float, signe: str = "") -> str:
    """« C3 Lire les points d’appui (2,1) », ou tous les codes qui s’écrivent de même : « C4, C6 et C7 (1,5) »."""
    a_egalite = {code for autre, code in valeurs if not se_distinguent(autre, valeur)}
    codes = [c.identifiant for c in referentiel.competences if c.identifiant in a_egalite]
    noms = f"{codes[0]} {referentiel.echelles[codes[0]].libelle}" if len(codes) == 1 else enumerer(codes)
    return f"{noms} ({signe}{nombre(valeur)})"

"""Les nombres rendus, déclarés une fois : clé, libellés, unité, méthode et sa source ; et ce qui vaut pour tous."""

from __future__ import annotations

from dataclasses import dataclass

from cpit.coeur.psychometrie.estimation import MINIMUM, MINIMUM_INTERVALLE, MONTRABLE
from cpit.typographie import typographier

UNITE_ECHELLE = "unité de l’échelle"
PART = "part, de 0 à 1"
SANS_UNITE = "sans unité"


@dataclass(frozen=True, slots=True)
class Mesure:
    """Un nombre : ``cle`` est son nom dans les fichiers, ``court`` son en-tête à l’écran."""

    cle: str
    libelle: str
    court: str
    unite: str
    methode: str
    pour_cent: bool = False


MOYENNE = Mesure(
    "moyenne",
    "Moyenne",
    "Moyenne",
    UNITE_ECHELLE,
    "Moyenne des scores présents (règle 1 du référentiel, items pondérés) ; intervalle de Student.",
)
ECART_TYPE = Mesure(
    "ecart_type",
    "Écart-type",
    "Écart-type",
    UNITE_ECHELLE,
    "Écart-type de l’échantillon (n − 1) des scores présents ; intervalle delta sur son logarithme, sans hypothèse "
    "de loi.",
)
ASYMETRIE = Mesure(
    "asymetrie",
    "Asymétrie (G1)",
    "Asymétrie",
    SANS_UNITE,
    "G1 = g1·√(n(n − 1))/(n − 2), celle de SPSS, d’Excel et de psych::describe(type = 2), non le type 3 que psych "
    "prend "
    "par défaut ; intervalle delta, sans hypothèse de loi.",
)
PLANCHER = Mesure(
    "plancher",
    "Au plancher",
    "Plancher",
    PART,
    "Part des scores présents au plus bas de l’échelle ; intervalle de Wilson (1927).",
    pour_cent=True,
)
PLAFOND = Mesure(
    "plafond",
    "Au plafond",
    "Plafond",
    PART,
    "Part des scores présents au plus haut de l’échelle ; intervalle de Wilson (1927).",
    pour_cent=True,
)
ALPHA = Mesure(
    "alpha",
    "α de Cronbach",
    "α",
    SANS_UNITE,
    "α brut (Cronbach 1951) sur les covariances des items retenus, non pondérés, des passations qui ont répondu à "
    "tous ; "
    f"intervalle de Feldt (1965), donné à partir de n = {MINIMUM_INTERVALLE}. Égal à raw_alpha de "
    "psych::alpha(na.omit(x)).",
)
OMEGA = Mesure(
    "omega",
    "ω total de McDonald",
    "ω total",
    SANS_UNITE,
    "Modèle à un facteur ajusté aux corrélations par résidus minimaux (minres), mêmes passations que α ; "
    "ω = 1 − Σ(1 − λ²)/Σr (McDonald 1999). Égal à omega.tot de psych::omega(nfactors = 1) ; intervalle delta sur "
    "ln(1 − ω), sans hypothèse de loi. Une solution impropre (λ² ≥ 1) n’est pas rendue, là où psych la borne.",
)
ERREUR_TYPE = Mesure(
    "erreur_type",
    "Erreur type de mesure",
    "Erreur type",
    UNITE_ECHELLE,
    "s·√(1 − α), s étant l’écart-type de la moyenne non pondérée des items chez les mêmes passations que α ; "
    "intervalle "
    "par le χ² à (n − 1)(k − 1) degrés de liberté.",
)
CORRELATION_MOYENNE = Mesure(
    "correlation_moyenne",
    "Corrélation inter-items moyenne",
    "r moyen",
    SANS_UNITE,
    "Moyenne des corrélations entre items, mêmes passations que α ; ne dépend pas du nombre d’items. Égale à "
    "average_r de "
    "psych::alpha ; intervalle delta, sans hypothèse de loi.",
)
MESURES_SCORE = (MOYENNE, ECART_TYPE, ASYMETRIE, PLANCHER, PLAFOND)
MESURES_COHERENCE = (ALPHA, OMEGA, ERREUR_TYPE, CORRELATION_MOYENNE)

CORRELATION_RESTE = Mesure(
    "correlation_reste",
    "Corrélation item-reste",
    "r item-reste",
    SANS_UNITE,
    "Corrélation de l’item avec la somme des autres items de l’échelle, mêmes passations que α. Égale à r.drop de "
    "psych::alpha ; intervalle par la transformation de Fisher.",
)
ALPHA_SANS = Mesure(
    "alpha_sans",
    "α sans l’item",
    "α sans l’item",
    SANS_UNITE,
    "α des autres items, mêmes passations ; intervalle de Feldt. Avec deux items, il n’en resterait qu’un : non "
    "estimable "
    "(psych y met le rapport d’une covariance à une variance).",
)
MESURES_TENUE = (CORRELATION_RESTE, ALPHA_SANS)

NIVEAU = Mesure(
    "niveau",
    "Niveau",
    "Niveau",
    PART,
    "Part du niveau, tel que choisi (avant inversion), parmi les passations qui ont répondu à l’item ; intervalle de "
    "Wilson.",
    pour_cent=True,
)
SANS_OBJET = Mesure(
    "sans_objet",
    "Sans objet",
    "SO",
    PART,
    "Part de toutes les passations qui disent l’item sans objet ; intervalle de Wilson.",
    pour_cent=True,
)
SANS_REPONSE = Mesure(
    "sans_reponse",
    "Sans réponse",
    "Vide",
    PART,
    "Part de toutes les passations sans réponse à l’item, pas encore vu ou réponse refusée à la lecture ; intervalle "
    "de "
    "Wilson.",
    pour_cent=True,
)
MOYENNE_ITEM = Mesure(
    "moyenne",
    "Moyenne de l’item",
    "Moyenne",
    UNITE_ECHELLE,
    "Moyenne des réponses retenues (renversées si l’item est inverse) ; intervalle de Student.",
)
ECART_TYPE_ITEM = Mesure(
    "ecart_type",
    "Écart-type de l’item",
    "Écart-type",
    UNITE_ECHELLE,
    "Écart-type (n − 1) des réponses retenues ; intervalle delta sur son logarithme.",
)
MESURES_ITEM = (SANS_OBJET, SANS_REPONSE, MOYENNE_ITEM, ECART_TYPE_ITEM)

CORRELATION = Mesure(
    "correlation",
    "Corrélation",
    "r",
    SANS_UNITE,
    "Corrélation de Pearson entre scores présents des deux côtés ; intervalle par la transformation de Fisher.",
)
ICC = Mesure(
    "icc",
    "ICC(2,1)",
    "ICC(2,1)",
    SANS_UNITE,
    "Corrélation intraclasse à deux effets aléatoires, une mesure, accord absolu (Shrout et Fleiss 1979) ; "
    "intervalle de "
    "McGraw et Wong (1996). Égale à ICC2 de psych::ICC(lmer = FALSE).",
)
ECART_MOYEN = Mesure(
    "ecart_moyen",
    "Écart moyen",
    "Écart moyen",
    UNITE_ECHELLE,
    "Moyenne, chez les mêmes personnes, du second score moins le premier ; intervalle de Student.",
)
ECART_TYPE_DES_ECARTS = Mesure(
    "ecart_type_des_ecarts",
    "Écart-type des écarts",
    "É.-t. écarts",
    UNITE_ECHELLE,
    "Écart-type (n − 1) de ces écarts ; intervalle delta sur son logarithme.",
)
MESURES_ACCORD = (ICC, ECART_MOYEN, ECART_TYPE_DES_ECARTS, CORRELATION)

CONVENTIONS = (
    (
        "Items inverses",
        "Renversés avant tout calcul sur l’étendue déclarée de l’échelle (min + max − réponse), jamais sur l’étendue "
        "observée.",
    ),
    (
        "Valeurs manquantes",
        "Sans objet et sans réponse ne valent jamais zéro et ne sont jamais imputés. Moyennes, corrélations entre "
        "échelles "
        "et accords : scores présents. α, ω, erreur type, corrélations entre items : passations complètes de l’échelle "
        "(cas complets), pour un seul n et un intervalle exact ; psych::alpha prend par défaut les covariances par "
        "paires "
        "et rend alors d’autres nombres dès qu’il manque des réponses.",
    ),
    (
        "Poids",
        "Les scores sont pondérés (règle 1) ; α, ω, l’erreur type et les corrélations entre items ne le sont pas.",
    ),
    (
        "Moments et regards",
        "Toujours à part. Une paire est une même personne (même code), présente une seule fois de chaque côté ; les "
        "autres "
        "sont comptées et laissées de côté.",
    ),
    (
        "Intervalles",
        "À 95 %, un par un : sur vingt intervalles, un environ manque sa cible. Ils disent l’incertitude de "
        "l’échantillon, "
        "comme si les personnes avaient été tirées au hasard.",
    ),
    (
        "Effectifs",
        f"Conventions de cpit : un groupe de moins de {MONTRABLE} personnes (ou paires) n’est pas montré, ses tableaux "
        f"seraient des réponses. Il faut {MONTRABLE} scores pour une moyenne et un écart-type, {MINIMUM} pour une "
        f"corrélation ou une fidélité, {MINIMUM_INTERVALLE} pour ω, l’intervalle de α et ceux de la méthode delta.",
    ),
    (
        "Items communs",
        "Une compétence et une ingénierie partagent des items, et un regroupement reprend les mêmes : leur "
        "corrélation en "
        "est gonflée. Le nombre d’items communs est donné à côté.",
    ),
)


def conventions() -> tuple[tuple[str, str], ...]:
    """Ce qui vaut pour tous les nombres : nom et phrase."""
    return tuple((nom, typographier(phrase)) for nom, phrase in CONVENTIONS)

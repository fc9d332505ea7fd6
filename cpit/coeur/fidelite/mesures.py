"""Les mesures d’une étude, déclarées une fois (clé, libellés, unité, méthode, source), et leurs tableaux."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cpit.coeur.colonnes import COLONNES_STATISTIQUES
from cpit.coeur.fidelite import Intervalles
from cpit.coeur.fidelite.coherence_interne import RMSEA_MAX, SRMR_MAX, Reserve
from cpit.coeur.fidelite.estimation import (
    COMMUNAUTE_MAX,
    EXPLICATIONS,
    MINIMUM,
    MINIMUM_INTERVALLE,
    MONTRABLE,
    MONTRABLE_EN_DETAIL,
    TIENT,
    TIENT_L_ASYMETRIE,
    TUS,
    Estimation,
)
from cpit.coeur.fidelite.etude import Etude, EtudeEchelle
from cpit.coeur.passation import MOMENTS, REGARDS
from cpit.coeur.tableaux import Cellule, Colonne, Ligne, Tableau
from cpit.typographie import grouper, nombre, typographier

# --- Les nombres rendus, déclarés une fois : clé, libellés, unité, méthode et sa source ; et ce qui vaut pour tous.


_UNITE_ECHELLE = "unité de l’échelle"
PART = "part, de 0 à 1"
_SANS_UNITE = "sans unité"


@dataclass(frozen=True, slots=True)
class Mesure:
    """Un nombre : ``cle`` est son nom dans les fichiers, ``court`` son en-tête à l’écran.

    ``robuste`` et ``classique`` disent l’intervalle ; sans le second, le premier vaut toujours.
    """

    cle: str
    libelle: str
    court: str
    unite: str
    sens: str
    robuste: str
    classique: str = ""
    pour_cent: bool = False

    def methode(self, intervalles: Intervalles) -> str:
        """Comment le nombre et son intervalle sont faits."""
        classique = self.classique if intervalles is Intervalles.CLASSIQUES else ""
        return typographier(f"{self.sens} ; {classique or self.robuste}.")


def _jackknife(echelle: str = "", tient: int = TIENT, des: int = 0) -> str:
    """Un intervalle robuste : son échelle, l’effectif où il tient, et celui où il est donné."""
    donne = f", donné à partir de {des}" if des else ""
    return f"intervalle robuste (jackknife{echelle}), indicatif sous {grouper(tient)} personnes{donne}"


_WILSON = "intervalle de Wilson (1927), sur l’effectif utile si des personnes ont plusieurs passations"
_STUDENT = "intervalle de Student"
_PAR_FISHER = "intervalle par la transformation de Fisher (1915)"
_SUR_LE_LOG, _SUR_Z, _SUR_LA_FIDELITE = " sur son logarithme", " sur le z de Fisher", " sur ln(1 − valeur)"

_MOYENNE = Mesure(
    "moyenne",
    "Moyenne",
    "Moyenne",
    _UNITE_ECHELLE,
    "Moyenne des scores présents (règle 1 du référentiel, items pondérés)",
    _jackknife(),
    _STUDENT,
)
_ECART_TYPE = Mesure(
    "ecart_type",
    "Écart-type",
    "Écart-type",
    _UNITE_ECHELLE,
    "Écart-type de l’échantillon (n − 1) des scores présents",
    _jackknife(_SUR_LE_LOG),
)
_ASYMETRIE = Mesure(
    "asymetrie",
    "Asymétrie (G1)",
    "Asymétrie",
    _SANS_UNITE,
    "G1 = g1·√(n(n − 1))/(n − 2), celle de SPSS, d’Excel et de psych::describe(type = 2), non le type 3 que psych "
    "prend "
    "par défaut",
    _jackknife(tient=TIENT_L_ASYMETRIE),
)
_PLANCHER = Mesure(
    "plancher",
    "Au plancher",
    "Plancher",
    PART,
    "Part des scores présents au plus bas de l’échelle",
    _WILSON,
    pour_cent=True,
)
_PLAFOND = Mesure(
    "plafond",
    "Au plafond",
    "Plafond",
    PART,
    "Part des scores présents au plus haut de l’échelle",
    _WILSON,
    pour_cent=True,
)
_ALPHA = Mesure(
    "alpha",
    "α de Cronbach",
    "α",
    _SANS_UNITE,
    "α brut (Cronbach 1951) sur les covariances des items retenus, non pondérés, des passations qui ont répondu à "
    "tous. "
    "Égal à raw_alpha de psych::alpha(na.omit(x)) si chaque item varie ; psych ôte un item où tout le monde répond de "
    "même, cpit le garde",
    _jackknife(_SUR_LA_FIDELITE, des=MINIMUM_INTERVALLE),
    f"intervalle de Feldt (1965), donné à partir de n = {MINIMUM_INTERVALLE}",
)
_OMEGA = Mesure(
    "omega",
    "ω total de McDonald",
    "ω total",
    _SANS_UNITE,
    "Modèle à un facteur ajusté aux corrélations par résidus minimaux (minres), mêmes passations que α ; "
    "ω = 1 − Σ(1 − λ²)/Σr (McDonald 1999). Égal à omega.tot de psych::omega(nfactors = 1, flip = FALSE) ; par défaut "
    "psych retourne les items qui saturent à contre-sens, cpit jamais. Une solution impropre (λ² ≥ 1, cas de Heywood) "
    "est "
    f"remplacée par celle qui borne λ² à {nombre(COMMUNAUTE_MAX, 3)}, nommée ω borné, sans intervalle ; psych borne la "
    "variance propre et rend un nombre voisin",
    _jackknife(_SUR_LA_FIDELITE),
)
_ERREUR_TYPE = Mesure(
    "erreur_type",
    "Erreur type de mesure",
    "Erreur type",
    _UNITE_ECHELLE,
    "s·√(1 − α), s étant l’écart-type de la moyenne non pondérée des items chez les mêmes passations que α",
    _jackknife(_SUR_LE_LOG, des=MINIMUM_INTERVALLE),
    f"intervalle par le χ² à (n − 1)(k − 1) degrés de liberté, donné à partir de n = {MINIMUM_INTERVALLE}",
)
_CORRELATION_MOYENNE = Mesure(
    "correlation_moyenne",
    "Corrélation inter-items moyenne",
    "r moyen",
    _SANS_UNITE,
    "Moyenne des corrélations entre items, mêmes passations que α ; ne dépend pas du nombre d’items. Égale à average_r "
    "de psych::alpha",
    _jackknife(_SUR_Z, des=MINIMUM_INTERVALLE),
)
_ALPHA_PAR_PAIRES = Mesure(
    "alpha_par_paires",
    "α par paires",
    "α par paires",
    _SANS_UNITE,
    "α de toutes les réponses : chaque covariance sur les passations qui ont répondu à ses deux items ; n compte "
    "celles "
    "qui ont répondu à un item au moins. Égal à raw_alpha de psych::alpha(x), qui prend les paires par défaut. Le même "
    "que α s’il ne manque aucune réponse",
    _jackknife(_SUR_LA_FIDELITE, des=MINIMUM_INTERVALLE),
)
_OMEGA_PAR_PAIRES = Mesure(
    "omega_par_paires",
    "ω total par paires",
    "ω par paires",
    _SANS_UNITE,
    "ω total sur les corrélations par paires, comme α par paires",
    _jackknife(_SUR_LA_FIDELITE),
)
MESURES_SCORE = (_MOYENNE, _ECART_TYPE, _ASYMETRIE, _PLANCHER, _PLAFOND)
MESURES_COHERENCE = (_ALPHA, _OMEGA, _ERREUR_TYPE, _CORRELATION_MOYENNE)
MESURES_PAR_PAIRES = (_ALPHA_PAR_PAIRES, _OMEGA_PAR_PAIRES)

_CORRELATION_RESTE = Mesure(
    "correlation_reste",
    "Corrélation item-reste",
    "r item-reste",
    _SANS_UNITE,
    "Corrélation de l’item avec la somme des autres items de l’échelle, mêmes passations que α. Égale à r.drop de "
    "psych::alpha",
    _jackknife(_SUR_Z),
    _PAR_FISHER,
)
_ALPHA_SANS = Mesure(
    "alpha_sans",
    "α sans l’item",
    "α sans l’item",
    _SANS_UNITE,
    "α des autres items, mêmes passations. Avec deux items, il n’en resterait qu’un : non estimable (psych y met le "
    "rapport d’une covariance à une variance)",
    _jackknife(_SUR_LA_FIDELITE, des=MINIMUM_INTERVALLE),
    "intervalle de Feldt",
)
MESURE_SATURATION = Mesure(
    "saturation",
    "Saturation",
    "λ",
    _SANS_UNITE,
    "Saturation λ de l’item dans le modèle à un facteur de ω, mêmes passations. Égale à loadings de "
    'psych::fa(fm = "minres")',
    _jackknife(_SUR_Z),
)
MESURES_TENUE = (_CORRELATION_RESTE, _ALPHA_SANS, MESURE_SATURATION)

MESURE_NIVEAU = Mesure(
    "niveau",
    "Niveau",
    "Niveau",
    PART,
    "Part du niveau, tel que choisi (avant inversion), parmi les passations qui ont répondu à l’item",
    _WILSON,
    pour_cent=True,
)
SANS_OBJET = Mesure(
    "sans_objet",
    "Sans objet",
    "SO",
    PART,
    "Part de toutes les passations qui disent l’item sans objet",
    _WILSON,
    pour_cent=True,
)
MESURE_SANS_REPONSE = Mesure(
    "sans_reponse",
    "Sans réponse",
    "Vide",
    PART,
    "Part de toutes les passations sans réponse à l’item, pas encore vu ou réponse refusée à la lecture",
    _WILSON,
    pour_cent=True,
)
_MOYENNE_ITEM = Mesure(
    "moyenne",
    "Moyenne de l’item",
    "Moyenne",
    _UNITE_ECHELLE,
    "Moyenne des réponses retenues (renversées si l’item est inverse)",
    _jackknife(),
    _STUDENT,
)
_ECART_TYPE_ITEM = Mesure(
    "ecart_type",
    "Écart-type de l’item",
    "Écart-type",
    _UNITE_ECHELLE,
    "Écart-type (n − 1) des réponses retenues",
    _jackknife(_SUR_LE_LOG),
)
MESURES_ITEM = (SANS_OBJET, MESURE_SANS_REPONSE, _MOYENNE_ITEM, _ECART_TYPE_ITEM)

CORRELATION = Mesure(
    "correlation",
    "Corrélation",
    "r",
    _SANS_UNITE,
    "Corrélation de Pearson entre scores présents des deux côtés",
    _jackknife(_SUR_Z),
    _PAR_FISHER,
)
_ICC = Mesure(
    "icc",
    "ICC(2,1)",
    "ICC(2,1)",
    _SANS_UNITE,
    "Corrélation intraclasse à deux effets aléatoires, une mesure, accord absolu (Shrout et Fleiss 1979). Égale à "
    "ICC2 de "
    "psych::ICC(lmer = FALSE)",
    _jackknife(_SUR_Z),
    "intervalle de McGraw et Wong (1996)",
)
_ECART_MOYEN = Mesure(
    "ecart_moyen",
    "Écart moyen",
    "Écart moyen",
    _UNITE_ECHELLE,
    "Moyenne, chez les mêmes personnes, du second score moins le premier",
    _jackknife(),
    _STUDENT,
)
_ECART_TYPE_DES_ECARTS = Mesure(
    "ecart_type_des_ecarts",
    "Écart-type des écarts",
    "É.-t. écarts",
    _UNITE_ECHELLE,
    "Écart-type (n − 1) de ces écarts",
    _jackknife(_SUR_LE_LOG),
)
MESURES_ACCORD = (_ICC, _ECART_MOYEN, _ECART_TYPE_DES_ECARTS, CORRELATION)

DITES = {
    Reserve.SENS_CONTRAIRES: "des items saturent à contre-sens des autres",
    Reserve.AJUSTEMENT: f"un seul facteur rend mal les corrélations (RMSEA au-delà de {nombre(RMSEA_MAX, 2)} ou SRMR "
    f"au-delà de {nombre(SRMR_MAX, 2)})",
}
"""Ce que veut dire chaque réserve sur ω."""
INDICATIF = (
    f"intervalle indicatif : l'effectif est sous celui ({TIENT} personnes, {grouper(TIENT_L_ASYMETRIE)} pour "
    "l'asymétrie) à partir duquel il a été mesuré tenir ses 95 % sur de vraies échelles asymétriques"
)
"""Ce que veut dire un intervalle indicatif."""

_CONVENTIONS = (
    (
        "Items inverses",
        "Renversés avant tout calcul sur l’étendue déclarée de l’échelle (min + max − réponse), jamais sur l’étendue "
        "observée.",
    ),
    (
        "Valeurs manquantes",
        "Sans objet et sans réponse ne valent jamais zéro et ne sont jamais imputés. Moyennes, corrélations entre "
        "échelles et accords : scores présents. α, ω, erreur type, corrélations entre items, saturations : passations "
        "complètes de l’échelle (cas complets), pour un seul n. α et ω sont donnés aussi par paires, sur toutes les "
        "réponses, avec leur n ; psych::alpha prend les paires par défaut. Ce qui est montré et lu est le nombre des "
        "cas "
        "complets, les paires à côté.",
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
        "l’échantillon, comme si les personnes avaient été tirées au hasard. Robustes : jackknife, une personne ôtée "
        "à la "
        "fois avec toutes ses passations, marge de Student à ν = 2n/(κ − 1) degrés de liberté (Satterthwaite), n étant "
        "les personnes et κ l’aplatissement de ce que pèse chacune. "
        f"Sous {TIENT} personnes ({grouper(TIENT_L_ASYMETRIE)} pour l’asymétrie), l’intervalle "
        "est dit indicatif. Une part suit Wilson, sur l’effectif utile (Kish 1965) : n, ou moins si les passations "
        "d’une même personne se ressemblent. Classiques, sur demande (Student, Fisher, Feldt, χ², McGraw et Wong) : "
        "ceux d’autres logiciels, exacts si les réponses suivent une loi normale et que chacun n’a qu’une passation, "
        "trop étroits sinon.",
    ),
    (
        "Effectifs",
        f"Conventions de cpit : un groupe de moins de {MONTRABLE} personnes (ou paires) n’est pas montré, ses tableaux "
        f"seraient des réponses. Il faut {MONTRABLE} personnes pour une moyenne et {MONTRABLE_EN_DETAIL} pour "
        "ce qui dit une dispersion (répartition des réponses, écart-type, plancher et plafond, intervalle) : en deçà, "
        f"c’est tu, car avec la moyenne il ferait retrouver les réponses. Il faut {MINIMUM} passations pour une "
        f"corrélation ou une fidélité, {MINIMUM_INTERVALLE} personnes pour ω, ses saturations, et les intervalles "
        "de α, de r moyen, de l’erreur type, d’un écart-type et de l’asymétrie.",
    ),
    (
        "Un seul facteur",
        'RMSEA : celle de psych::fa(fm = "minres"), par la théorie normale ; SRMR : racine de la moyenne des carrés '
        "des résidus, diagonale comprise. Trois items n’en laissent aucun à éprouver. ω est dit à lire avec réserve "
        "si des "
        f"items saturent à contre-sens, si la RMSEA dépasse {nombre(RMSEA_MAX, 2)} (Browne et Cudeck 1993) ou le SRMR "
        f"{nombre(SRMR_MAX, 2)} (Hu et Bentler 1999).",
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
    return tuple((nom, typographier(phrase)) for nom, phrase in _CONVENTIONS)


# --- L’étude en tableaux : les colonnes de tous les fichiers, et leurs lignes.


_NATURES = {"competence": "Compétence", "ingenierie": "Ingénierie", "groupe": "Groupe d’items"}
_STRATE = (
    Colonne("moment", "Moment", modalites=MOMENTS, description="Quand les personnes ont répondu"),
    Colonne("regard", "Regard", modalites=REGARDS, description="Qui a répondu"),
)
_ECHELLE = (
    Colonne("nature", "Sorte", modalites=_NATURES),
    Colonne("echelle", "Échelle", description="Identifiant de l’échelle"),
    Colonne("libelle", "Libellé"),
)
_ITEM = Colonne("item", "Item", description="Code de l’item")
PARTIES = (("", "valeur"), ("_bas", "borne basse à 95 %"), ("_haut", "borne haute à 95 %"))


def _colonnes_de(mesure: Mesure, etude: Etude, cle: str = "", libelle: str = "") -> tuple[Colonne, ...]:
    """Six colonnes pour un nombre : valeur, bornes, n, ce qui manque, et si l’intervalle est indicatif."""
    cle, libelle = cle or mesure.cle, libelle or mesure.libelle
    methode = mesure.methode(etude.intervalles)
    nombres = (
        Colonne(cle + fin, libelle, "nombre", description=quoi, unite=mesure.unite, formule=methode)
        for fin, quoi in PARTIES
    )
    return (
        *nombres,
        Colonne(f"{cle}_n", libelle, "entier", description="Effectif qui porte ce nombre"),
        Colonne(f"{cle}_motif", libelle, description="Pourquoi la valeur, ou son intervalle, manque"),
        Colonne(f"{cle}_indicatif", libelle, description="oui si l’intervalle est indicatif"),
    )


def _cellules_de(estimation: Estimation) -> tuple[Cellule, ...]:
    """Les cellules de ``_colonnes_de``."""
    indicatif = "oui" if estimation.indicatif else None
    return estimation.valeur, estimation.bas, estimation.haut, estimation.n, explication(estimation), indicatif


def explication(estimation: Estimation) -> str | None:
    """Ce qui manque à une estimation, en mots ; rien s’il ne manque rien."""
    if estimation.motif is None:
        return None
    phrase = typographier(EXPLICATIONS[estimation.motif])
    dite = estimation.estimable or estimation.motif in TUS
    return phrase if dite else typographier("non estimable : ") + phrase


def valeurs_de(echelle: EtudeEchelle) -> dict[str, Estimation]:
    """Les estimations d’une échelle, par clé de mesure."""
    scores = {mesure.cle: getattr(echelle, mesure.cle) for mesure in MESURES_SCORE}
    coherences = (*MESURES_COHERENCE, *MESURES_PAR_PAIRES)
    return scores | {mesure.cle: getattr(echelle.coherence, mesure.cle) for mesure in coherences}


def tableaux(etude: Etude) -> tuple[Tableau, ...]:
    """Échelles, items, items dans leurs échelles, corrélations, moments et regards."""
    return (
        _tableau_des_echelles(etude),
        _tableau_des_items(etude),
        _tableau_des_tenues(etude),
        _tableau_des_correlations(etude),
        _tableau_des_accords(etude),
    )


def _tableau_des_echelles(etude: Etude) -> Tableau:
    mesures = (*MESURES_SCORE, *MESURES_COHERENCE, *MESURES_PAR_PAIRES)
    colonnes = (
        *_STRATE,
        *_ECHELLE,
        Colonne("items", "Items", "entier", description="Items de l’échelle"),
        Colonne("poids_egaux", "Poids égaux", description="oui si tous les items pèsent autant"),
        Colonne("passations", "Passations", "entier", description="Passations de ce moment sous ce regard"),
        Colonne("personnes", "Personnes", "entier", description="Personnes que comptent les intervalles"),
        Colonne("completes", "Complètes", "entier", description="Passations qui ont répondu à tous les items"),
        *(colonne for mesure in mesures for colonne in _colonnes_de(mesure, etude)),
        *_COLONNES_DU_MODELE,
    )
    lignes = tuple(
        (
            *(strate.moment, strate.regard, *_echelle(echelle), len(echelle.echelle.items)),
            "oui" if echelle.poids_egaux else "non",
            *(strate.passations, strate.personnes, echelle.completes),
            *(cellule for estimation in valeurs_de(echelle).values() for cellule in _cellules_de(estimation)),
            *_cellules_du_modele(echelle),
        )
        for strate in etude.strates
        for echelle in strate.echelles.values()
    )
    return Tableau("echelles", "Échelles", colonnes, lignes)


_COLONNES_DU_MODELE = (
    Colonne(
        "paires_effectif_minimal", "Par paires", "entier", description="Le plus petit effectif d’une paire d’items"
    ),
    Colonne("rmsea", "Modèle à un facteur", "nombre", description="RMSEA, théorie normale ; absente à trois items"),
    Colonne("srmr", "Modèle à un facteur", "nombre", description="SRMR, racine de la moyenne des carrés des résidus"),
    Colonne("libertes", "Modèle à un facteur", "entier", description="Degrés de liberté du modèle"),
    Colonne("omega_reserves", "Modèle à un facteur", description="Ce qui doit faire lire ω avec réserve"),
)


def _cellules_du_modele(echelle: EtudeEchelle) -> tuple[Cellule, ...]:
    """Les cellules de ``_COLONNES_DU_MODELE``."""
    coherence = echelle.coherence
    ajustement = coherence.ajustement
    mesures = (None,) * 3 if ajustement is None else (ajustement.rmsea, ajustement.srmr, ajustement.libertes)
    dites = [typographier(DITES[reserve]) for reserve in coherence.reserves]
    return coherence.par_paires.effectif_minimal, *mesures, " ; ".join(dites) or None


def _tableau_des_items(etude: Etude) -> Tableau:
    niveaux = etude.referentiel.echelle.niveaux
    colonnes = (
        *_STRATE,
        _ITEM,
        Colonne("enonce", "Situation"),
        Colonne("inverse", "Inversé", description="oui si l’item est renversé avant le calcul"),
        Colonne("passations", "Passations", "entier"),
        Colonne("repondus", "Répondus", "entier", description="Passations qui ont répondu à l’item"),
        *(c for niveau in niveaux for c in _colonnes_de_niveau(etude, niveau.valeur, niveau.libelle)),
        *(colonne for mesure in MESURES_ITEM for colonne in _colonnes_de(mesure, etude)),
    )
    return Tableau("items", "Items", colonnes, tuple(_lignes_des_items(etude)))


def _lignes_des_items(etude: Etude) -> Iterator[tuple[Cellule, ...]]:
    for strate in etude.strates:
        for item in strate.items:
            yield (
                *(strate.moment, strate.regard, item.item.code, item.item.enonce),
                *("oui" if item.item.inverse else "non", item.passations, item.repondus),
                *(
                    cellule
                    for valeur, part in item.parts.items()
                    for cellule in (item.effectifs[valeur], *_cellules_de(part)[:-1])
                ),
                *(c for mesure in MESURES_ITEM for c in _cellules_de(getattr(item, mesure.cle))),
            )


def _colonnes_de_niveau(etude: Etude, valeur: int, libelle: str) -> tuple[Colonne, ...]:
    """Effectif, part et bornes d’un niveau, n des répondus, et pourquoi il en manque."""
    cle = f"{MESURE_NIVEAU.cle}_{valeur}".replace("-", "m")
    nom = f"{valeur} {libelle}"
    effectif = Colonne(f"{cle}_effectif", nom, "entier", description="Passations qui ont choisi ce niveau")
    return (effectif, *_colonnes_de(MESURE_NIVEAU, etude, cle, nom)[:-1])


def _tableau_des_tenues(etude: Etude) -> Tableau:
    colonnes = (*_STRATE, _ITEM, *_ECHELLE, *(c for mesure in MESURES_TENUE for c in _colonnes_de(mesure, etude)))
    lignes = tuple(
        (
            *(strate.moment, strate.regard, code, *_echelle(echelle)),
            *(c for mesure in MESURES_TENUE for c in _cellules_de(getattr(tenue, mesure.cle))),
        )
        for strate in etude.strates
        for echelle in strate.echelles.values()
        for code, tenue in echelle.tenues.items()
    )
    return Tableau("tenues", "Items et échelles", colonnes, lignes)


def _tableau_des_correlations(etude: Etude) -> Tableau:
    colonnes = (
        *_STRATE,
        Colonne("echelle", "Échelle", description="Identifiant d’une échelle"),
        Colonne("autre", "Autre échelle", description="Identifiant de l’autre échelle"),
        Colonne("sortes", "Sortes", description="Nature de l’une et de l’autre"),
        Colonne(
            "items_communs", "Items communs", "entier", description="Au-dessus de zéro, la corrélation est gonflée"
        ),
        *_colonnes_de(CORRELATION, etude),
    )
    lignes = tuple(
        (
            *(strate.moment, strate.regard, liaison.une.identifiant, liaison.autre.identifiant),
            f"{_NATURES[liaison.une.nature]}, {_NATURES[liaison.autre.nature]}",
            liaison.items_communs,
            *_cellules_de(liaison.correlation),
        )
        for strate in etude.strates
        for liaison in strate.liaisons
    )
    return Tableau("correlations", "Corrélations", colonnes, lignes)


def _tableau_des_accords(etude: Etude) -> Tableau:
    colonnes = (
        Colonne("comparaison", "Comparaison", modalites={"moments": "Deux moments", "regards": "Deux regards"}),
        Colonne("commun", "En commun", description="Le regard partagé par les deux moments, ou l’inverse"),
        Colonne("premier", "Premier"),
        Colonne("second", "Second"),
        *_ECHELLE,
        Colonne("paires", "Paires", "entier", description="Personnes présentes une seule fois de chaque côté"),
        Colonne("ecartees", "Laissées de côté", "entier", description="Personnes présentes plusieurs fois d’un côté"),
        *(colonne for mesure in MESURES_ACCORD for colonne in _colonnes_de(mesure, etude)),
    )
    echelles = etude.referentiel.echelles
    lignes = tuple(
        (
            *(a.sorte, a.commun, a.premier, a.second),
            *(echelles[code].nature, code, echelles[code].libelle, a.paires, a.ecartees),
            *(c for mesure in MESURES_ACCORD for c in _cellules_de(getattr(accord, mesure.cle))),
        )
        for a in etude.appariements
        for code, accord in a.accords.items()
    )
    return Tableau("accords", "Moments et regards", colonnes, lignes)


def _echelle(echelle: EtudeEchelle) -> tuple[str, str, str]:
    return echelle.echelle.nature, echelle.echelle.identifiant, echelle.echelle.libelle


# --- Une étude en une seule table, une ligne par nombre. Elle se tire de ses tableaux, quels qu’ils soient : une
# statistique qu’on y ajoute y paraît.


_BORNES = tuple(fin for fin, _ in PARTIES if fin)
_LUES_AVEC_LEUR_NOMBRE = (*_BORNES, "_n", "_motif")
_SUJET = tuple(c.cle for c in COLONNES_STATISTIQUES[1 : [c.cle for c in COLONNES_STATISTIQUES].index("statistique")])
"""De quoi parle un nombre : moment, regard, échelle, item…"""


def tableau_des_statistiques(etude: Etude) -> Tableau:
    """Une ligne par nombre d’une étude : de quoi il parle, sa valeur, ses bornes, son effectif, ce qui lui manque."""
    lignes = tuple(ligne for tableau in tableaux(etude) for ligne in _allonger(tableau))
    identite = ("tableau", *_SUJET, "statistique")
    return Tableau("statistiques", "Fidélité, une ligne par nombre", COLONNES_STATISTIQUES, lignes, identite)


def _allonger(tableau: Tableau) -> Iterator[Ligne]:
    nombres = list(_nombres(tableau))
    for ligne in tableau.en_lignes():
        sujet = [ligne.get(cle) for cle in _SUJET]
        for colonne in nombres:
            yield (tableau.cle, *sujet, colonne.cle, colonne.libelle, *_cellules(ligne, colonne, nombres))


def _nombres(tableau: Tableau) -> Iterator[Colonne]:
    """Les colonnes qui sont un nombre à elles seules, et non la borne, l’effectif ou le motif d’un autre."""
    cles = {colonne.cle for colonne in tableau.colonnes}
    accessoires = {cle + fin for cle in cles if cle + _BORNES[0] in cles for fin in _LUES_AVEC_LEUR_NOMBRE}
    for colonne in tableau.colonnes:
        if colonne.type in {"nombre", "entier"} and colonne.cle not in accessoires:
            yield colonne


def _cellules(ligne: Mapping[str, Cellule], colonne: Colonne, nombres: list[Colonne]) -> Iterator[Cellule]:
    """Valeur, bornes, n, motif, remarque, unité, méthode."""
    cle = colonne.cle
    yield ligne[cle]
    yield from (ligne.get(cle + borne) for borne in _BORNES)
    # La part d’un niveau n’a pas d’effectif à elle : c’est celui des répondus, comme dans son tableau.
    yield ligne.get(f"{cle}_n", ligne.get("repondus") if cle + _BORNES[0] in ligne else None)
    yield ligne.get(f"{cle.removesuffix('_effectif')}_motif")
    yield " ; ".join(_remarques(ligne, cle, [autre.cle for autre in nombres])) or None
    yield colonne.unite or None
    yield colonne.formule or None


def _remarques(ligne: Mapping[str, Cellule], cle: str, nombres: list[str]) -> Iterator[str]:
    """Ce qu’un tableau dit d’autre d’un nombre, en texte ; « oui » y vaut le nom de la colonne."""
    for autre, cellule in ligne.items():
        fin = autre.removeprefix(cle)
        if not isinstance(cellule, str) or not autre.startswith(f"{cle}_") or fin in _LUES_AVEC_LEUR_NOMBRE:
            continue
        # « omega_par_paires_… » parle d’« omega_par_paires », non d’« omega ».
        if max((nombre for nombre in nombres if autre.startswith(f"{nombre}_")), key=len) == cle:
            yield fin.removeprefix("_") if cellule == "oui" else cellule

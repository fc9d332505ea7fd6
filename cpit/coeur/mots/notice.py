"""La notice : les règles en clair, les limites et les mots que tout écran, classeur ou page dit de la même façon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Protocol

from cpit.coeur.passation import REGARDS, Etat, Passation, dire_le_moment
from cpit.coeur.referentiel import Referentiel
from cpit.typographie import enumerer, nettoyer, nombre, pluriel, sans_accent, typographier

_NIVEAU_LISIBLE = 12
"""Au-delà de ce nombre de niveaux, on n’en rappelle que les bornes."""
PEU_D_ITEMS = 4
"""Sous ce nombre d’items, un groupe se lit avec prudence, et on le dit."""
EN_SECOND = typographier(
    "Ces groupes relisent les mêmes réponses autrement. Ils se lisent en second : un groupe de peu d'items bouge "
    "beaucoup pour une seule réponse."
)
_USAGE = (
    "Usage",
    "Ni examen, ni certification, ni instrument validé : aucun total, aucun rang, aucun seuil de réussite.",
)
LIMITES = (
    _USAGE,
    (
        "Regards et moments",
        "Deux regards (le sien, celui d'un tiers) ou deux moments se lisent côte à côte ; ils ne se moyennent pas.",
    ),
    (
        "Peu de réponses",
        "Un score tient à peu de réponses : une seule qui change le déplace nettement. Leur nombre est écrit à côté.",
    ),
    (
        "Coordonnées",
        "Les coordonnées des ingénieries sont des hypothèses quand le référentiel le dit ; les jeux de sensibilité "
        "montrent ce que la carte devient avec d'autres.",
    ),
)
"""Ce qu’il faut garder en tête devant les nombres d’une personne : libellé, texte."""
CONFIDENTIALITE = (
    "Confidentialité",
    "Cette page contient les réponses d'une personne et ses traces : elle seule choisit à qui la montrer.",
)
LIMITES_GROUPE = (
    _USAGE,
    (
        "Regards et moments",
        "Ils ne se moyennent jamais ensemble. Une même personne peut avoir plusieurs passations.",
    ),
    (
        "Comparer des groupes",
        "Un écart entre deux moyennes peut venir du hasard, surtout avec peu de passations : lire aussi l'écart-type "
        "et n. Une évolution déclarée n'est pas une progression mesurée.",
    ),
)
PRUDENCE = typographier(
    "Peu de passations : une seule déplace nettement ces moyennes, et chacune peut s'y reconnaître."
)
PETIT_GROUPE = 10
"""Sous ce nombre de passations, on dit de lire les moyennes avec prudence."""


def portee_du_groupe(regards: Collection[str]) -> str:
    """Ce que valent les nombres d’un groupe : ce que les personnes déclarent, ou là où d’autres les situent."""
    dits = [dit for regard, dit in _CE_QU_ILS_DISENT.items() if regard in (regards or {"soi"})]
    return typographier(
        f"Ces nombres disent {' et '.join(dits)}, pour en discuter ensemble : ni note, ni classement, ni mesure "
        "extérieure. Les moments et les regards se lisent côte à côte et ne se moyennent pas."
    )


_CE_QU_ILS_DISENT = {
    "soi": "ce que les personnes déclarent",
    "tiers": "où des tiers situent le travail des personnes",
}


def rappel_echelle(referentiel: Referentiel) -> str:
    """Les niveaux de l’échelle en une ligne ; les bornes seules s’il y en a beaucoup."""
    niveaux = referentiel.echelle.niveaux
    if len(niveaux) > _NIVEAU_LISIBLE:
        niveaux = (niveaux[0], niveaux[-1])
    return typographier("Échelle : ") + typographier(" ; ").join(f"{n.valeur} {n.libelle}" for n in niveaux)


def code_a_montrer(identifiant: str, libelle: str) -> str:
    """Le code d’une échelle, ou rien si son libellé le dit déjà (« accueillir », « Accueillir »)."""
    meme = sans_accent(identifiant).casefold() == sans_accent(libelle).casefold()
    return "" if meme or len(identifiant) > 4 else identifiant


class Nommee(Protocol):
    """Ce qui a un code et un libellé : une compétence, une échelle."""

    @property
    def identifiant(self) -> str:
        """Le code : « C1 »."""

    @property
    def libelle(self) -> str:
        """Le libellé : « Mettre en mouvement »."""


def nommer_echelle(echelle: Nommee) -> str:
    """« C1 Mettre en mouvement », ou le libellé seul s’il dit tout (« evaluer », « Évaluer »)."""
    return f"{code_a_montrer(echelle.identifiant, echelle.libelle)} {echelle.libelle}".strip()


def nommer_strate(moment: str, regard: str, referentiel: Referentiel | None = None) -> str:
    """« Avant ou au début (T0), regard : soi-même » ; le moment comme le référentiel le nomme, s’il le nomme."""
    quand = nettoyer(dire_le_moment(moment, referentiel))
    qui = nettoyer(REGARDS.get(regard, regard))
    return quand[:1].upper() + quand[1:] + typographier(", regard : ") + qui


def compter_les_reponses(referentiel: Referentiel, passation: Passation) -> str:
    """« 22 items répondus sur 24, 1 sans objet et 1 sans réponse »."""
    etats = Counter(passation.reponse(item.code).etat for item in referentiel.items)
    morceaux = [f"{pluriel(etats[Etat.REPONDU], 'item répondu', 'items répondus')} sur {len(referentiel.items)}"]
    for etat, mots in ((Etat.SANS_OBJET, "sans objet"), (Etat.SANS_REPONSE, "sans réponse")):
        if etats[etat]:
            morceaux.append(f"{etats[etat]} {mots}")
    if etats[Etat.PAS_ENCORE_VU]:
        morceaux.append(pluriel(etats[Etat.PAS_ENCORE_VU], "pas encore vu", "pas encore vus"))
    if etats[Etat.QUESTION_CHANGEE]:
        morceaux.append(f"{etats[Etat.QUESTION_CHANGEE]} dont la question a changé")
    return typographier(enumerer(morceaux))


def regles(referentiel: Referentiel) -> Iterator[tuple[str, str]]:
    """Les règles 1 à 5, avec les nombres de ce référentiel."""
    echelle, seuils = referentiel.echelle, referentiel.regles
    bas, haut = (f"({n})" if n.startswith("−") else n for n in (nombre(echelle.min, 0), nombre(echelle.max, 0)))
    moitie, zone = nombre(seuils.seuil.valeur * 100, 0), nombre(seuils.seuil_equilibre.valeur, 2)
    textes = {
        "Avant tout": f"L'échelle va de {bas} à {haut}. « Sans objet », sans réponse et pas encore vu sortent du "
        f"calcul et ne valent jamais zéro. Un item inversé compte pour {bas} + {haut} − réponse.",
        "1. Score": "Moyenne des réponses d'une compétence, d'une ingénierie ou d'un groupe, pondérée par le poids des "
        f"items répondus. Il n'y a de score que si les items répondus font au moins {moitie} % du poids total.",
        "2. Part d'une ingénierie": f"(score − {bas}) / ({haut} − {bas}).",
        "3. Position": "Moyenne des coordonnées des ingénieries, chacune pondérée par sa part. Pas de position si une "
        "ingénierie n'a pas de score, ou si toutes les parts sont nulles. Une compétence se place de même, avec "
        "ses cases.",
        "4. Dominante": f"Équilibre si la position est à moins de {zone} du centre de gravité des ingénieries ; sinon "
        "l'ingénierie de plus grande part, ou toutes celles qui la partagent.",
        "5. Case": "Moyenne pondérée des items répondus d'une compétence et d'une ingénierie ; absente s'il n'y en a "
        "pas.",
    }
    for regle, texte in textes.items():
        yield typographier(regle), typographier(texte)


def regle_de_la_region() -> tuple[str, str]:
    """Ce que dit l’ovale autour d’une personne, et ce qu’il ne dit pas."""
    return typographier("Région à 95 %"), typographier(
        "L'ovale de la carte : à peu près là où la position tomberait avec d'autres situations du même genre, d'après "
        "ces seules réponses (ellipse de Hotelling), sans rien dire du biais de qui répond. Les tables d'un groupe "
        "s'aident aussi de ses autres membres."
    )


def regle_des_ovales() -> tuple[str, str]:
    """Ce que disent les deux ovales autour d’un groupe."""
    return typographier("Les deux ovales de la carte"), typographier(
        "En tirets, la dispersion : environ la moitié des personnes y sont. Plein, la région à 95 % du centre : ce "
        "que vaut leur moyenne si elles étaient prises au hasard dans un ensemble plus large ; pour un groupe que "
        "l'on a tout entier, seule la dispersion a un sens."
    )


def regle_du_groupe() -> str:
    """La règle 6, en clair."""
    return typographier(
        "Par strate, et pour chaque échelle, sur les seuls scores présents : moyenne, écart-type de l'échantillon "
        "(n − 1, à partir de deux scores), médiane, minimum, maximum, n. Le centre du groupe est la moyenne des "
        "positions présentes. Le groupe d'une seule personne a exactement son résultat."
    )

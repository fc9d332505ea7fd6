"""La notice : ce que tout écran, classeur ou page dit de la même façon.

Avant de répondre, selon qui l’on regarde et quand : la question posée, et comment l’entendre. Après : les règles en
clair, les limites et les mots.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Protocol

from cpit.coeur.passation import REGARDS, Etat, Passation, dire_le_moment, est_retrospectif, nom_donne, situer_la_date
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


def situer_la_strate(moment: str, regard: str, referentiel: Referentiel) -> str:
    """« Moment t0, regard soi » ; « Moment t0, « Entrée en poste », regard soi » s’il a un nom."""
    nom = nettoyer(nom_donne(moment, referentiel))
    quand = moment + (f", « {nom} »" if nom else "")
    return f"Moment {quand}, regard {regard}"


def titrer_la_strate(moment: str, regard: str, referentiel: Referentiel, passations: int) -> str:
    """« Moment t0, regard soi : 12 passations »."""
    return f"{situer_la_strate(moment, regard, referentiel)} : {pluriel(passations, 'passation')}"


TITRE_DES_CONDITIONS = "Dans quelles conditions"
PORTEE_DES_CONDITIONS = (
    "Ce qui permet d'agir, ou l'empêche, n'est pas la compétence de la personne : ces réponses n'entrent dans aucun "
    "score, et se lisent à côté d'eux."
)


def conditions_dites(referentiel: Referentiel, passation: Passation) -> tuple[tuple[str, str], ...]:
    """Libellé et réponse de chaque question sur les conditions d’exercice à laquelle on a répondu."""
    return tuple(
        (typographier(question.libelle), nettoyer(typographier(question.libelle_de(code))))
        for question in referentiel.profil
        if question.condition and (code := passation.profil.get(question.identifiant))
    )


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


_POUR_UN_TIERS = typographier(
    "Vous répondez à propos d'une personne dont vous connaissez le travail, non à propos de vous. Dites ce que vous en "
    "avez vu, ou ce qui vous en a été montré. Ce que vous n'avez pas vu se laisse sans réponse : « je ne sais "
    "pas » n'est pas « sans objet »."
)
_JE_EST_UN_AUTRE = typographier("Une situation écrite « je » parle de cette personne.")
_RETROSPECTIVE_POUR_SOI = (
    "Vous répondez aujourd'hui à propos {quand}. Reportez-vous à ce moment, et dites ce que vous répondriez "
    "maintenant de votre pratique d'alors, avec ce que vous savez à présent. Ne cherchez pas à retrouver ce que vous "
    "aviez répondu."
)
_RETROSPECTIVE_POUR_UN_TIERS = (
    "Vous répondez aujourd'hui à propos {quand}. Reportez-vous à ce moment, et dites ce que vous répondriez "
    "maintenant de la pratique de cette personne alors, avec ce que vous savez à présent."
)
_DEUX_REPONSES = (
    "Chaque situation a deux réponses. D'abord, où {qui} aujourd'hui. Puis, sans quitter ce regard d'aujourd'hui, ce "
    "que vous diriez {quand}. Donnez les deux avant de passer à la situation suivante."
)
_SANS_OBJET_POUR_UN_TIERS = typographier(
    "Cette situation n'existe pas là où cette personne exerce. Ce n'est ni un zéro, ni « je ne l'ai pas vue », qui se "
    "laisse sans réponse."
)


def consignes_de_reponse(
    referentiel: Referentiel, moment: str, regard: str, date_moment: str = "", *, jumelle: str = ""
) -> tuple[str, ...]:
    """Comment entendre la question : à propos de qui, et de quand ; rien pour qui parle de soi aujourd’hui.

    :param date_moment: la date du moment passé, si elle est connue : elle dit de quand on parle.
    :param jumelle: le moment passé auquel on répond dans la même séance, s’il y en a un.
    """
    return tuple(_consignes(referentiel, (moment, jumelle), regard, date_moment))


def _consignes(referentiel: Referentiel, moments: tuple[str, str], regard: str, date_moment: str) -> Iterator[str]:
    moment, jumelle = moments
    tiers = regard == "tiers"
    if tiers:
        ecrites_pour_soi = any(item.enonce_tiers is None for item in referentiel.items)
        yield _POUR_UN_TIERS + (f" {_JE_EST_UN_AUTRE}" if ecrites_pour_soi else "")
    if jumelle:
        quand = _quand(referentiel, jumelle, date_moment)
        yield typographier(_DEUX_REPONSES.format(qui="cette personne en est" if tiers else "vous en êtes", quand=quand))
    if est_retrospectif(moment):
        texte = _RETROSPECTIVE_POUR_UN_TIERS if tiers else _RETROSPECTIVE_POUR_SOI
        yield typographier(texte.format(quand=_quand(referentiel, moment, date_moment)))


def _quand(referentiel: Referentiel, moment: str, date_moment: str) -> str:
    """« du début, c’est-à-dire de septembre 2025 », « d’un moment passé (T1 rétrospectif) »."""
    base = moment.split("-", maxsplit=1)[0]
    nommes = {nomme.code: nomme.libelle for nomme in referentiel.moments}
    mots = f"de ce moment : « {nommes[base]} »" if base in nommes else "du début"
    if base != "t0" and base not in nommes:
        mots = f"d'un moment passé ({dire_le_moment(base)})"
    return mots + (f", c'est-à-dire {situer_la_date(date_moment)}" if date_moment else "")


def question_de_reponse(referentiel: Referentiel, moment: str, regard: str) -> str:
    """Ce que l’on demande devant chaque situation : celle de l’échelle, pour qui parle de soi aujourd’hui.

    À un tiers, jamais « vous-même » ; d’un moment passé, jamais « aujourd’hui » : le référentiel écrit la sienne pour
    soi, maintenant.
    """
    if not est_retrospectif(moment):
        return referentiel.echelle.question_pour(regard)
    return _QUESTIONS_RETROSPECTIVES[regard]


_QUESTIONS_RETROSPECTIVES = {
    "soi": typographier("Vu d'aujourd'hui, quelle réponse décrit le mieux ce que vous faisiez alors ?"),
    "tiers": typographier("Vu d'aujourd'hui, quelle réponse décrit le mieux ce que cette personne faisait alors ?"),
}


def sens_de_sans_objet(referentiel: Referentiel, regard: str) -> str:
    """Ce que veut dire « sans objet » ; à un tiers, qu’il ne dit pas ce qu’il n’a pas vu. Vide s’il n’existe pas."""
    sans_objet = referentiel.echelle.sans_objet
    if sans_objet is None:
        return ""
    return _SANS_OBJET_POUR_UN_TIERS if regard == "tiers" else sans_objet.description or ""


def question_de_la_date(moment: str) -> str:
    """Ce que l’on demande pour dater un moment : celui dont on parle, s’il est passé."""
    if est_retrospectif(moment):
        return typographier("Le moment dont vous parlez : de quand est-il ? Le mois et l'année suffisent.")
    return typographier("De quand sont ces réponses ? Le mois et l'année suffisent.")

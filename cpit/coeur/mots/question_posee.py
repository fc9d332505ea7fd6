"""Ce qu’on lit avant de répondre, selon qui l’on regarde et quand : la question posée, et comment l’entendre."""

from __future__ import annotations

from collections.abc import Iterator

from cpit.coeur.passation import dire_le_moment, est_retrospectif, situer_la_date
from cpit.coeur.referentiel import Referentiel
from cpit.typographie import typographier

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

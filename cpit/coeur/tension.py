"""La tension entre les groupes d’items d’un regroupement : de combien les deux plus éloignés diffèrent, et à quoi cela
tient.

Notre lecture, une hypothèse : la source parle de personnes tenues entre quatre échelles d’action ; qu’un écart entre
leurs scores en soit la trace n’est éprouvé nulle part. Elle vaut d’une personne et d’une équipe, pour tout regroupement
d’un référentiel.

L’**étendue** est le plus haut score moins le plus bas, sur les mêmes personnes : celles qui ont un score dans chaque
groupe d’items comparé. Un groupe d’items où moins de la moitié des personnes ont un score ne se compare pas, et se dit.
L’erreur est celle de la **différence** des deux (``cpit.coeur.incertitude``, la même compétence s’ôte des deux côtés,
l’arrondi compté), jamais celle de deux moyennes prises à part. Les personnes d’une équipe sont tenues pour toute
l’équipe : l’erreur dit ce que d’autres situations y changeraient, pas d’autres personnes.

Les deux plus éloignés se choisissent après coup parmi p paires : pour que le choix ne fasse pas l’écart, les bornes
sont à 1 − 0,05/p (Bonferroni), donc à 95 % pour la paire retenue, quelle qu’elle soit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import comb, fsum
from typing import Literal

from cpit.coeur.incertitude import NIVEAU_DE_CONFIANCE, erreur_de_l_ecart, quantile_de_student
from cpit.coeur.moteur import EGALITE
from cpit.coeur.notation import Resultat
from cpit.coeur.referentiel import Referentiel, Regroupement

EtatDeTension = Literal["s-ecartent", "incertain"]
"""Zéro est hors des bornes de l’écart, ou dedans."""
MotifDeTension = Literal["trop-peu-de-groupes", "trop-peu-de-competences", "petit-groupe"]
"""Moins de deux groupes d’items ont un score ; pas d’erreur à en tirer ; tu par la règle des petits groupes."""
_PART_DES_PERSONNES = 0.5

_ReponsesPesees = tuple[float, Mapping[str, int], Resultat]
"""Ce que pèse une passation, ses valeurs par code d’item répondu, et ce qu’on en a noté."""


@dataclass(frozen=True, slots=True)
class Tension:
    """L’écart entre les deux groupes d’items les plus éloignés d’un regroupement.

    ``scores`` : par groupe d’items, dans l’unité de l’échelle, en moyenne des personnes comptées ; absent s’il ne se
    compare pas. ``repondus`` : items répondus par une personne au moins. ``personnes`` : combien sont comptées, sur
    ``effectif``. ``bas``, ``haut`` : les deux plus éloignés, le premier nommé à égalité. ``erreur`` : l’erreur type de
    leur écart ; ``bornes`` : à 95 %, le choix de la paire compté ; ``motif`` : pourquoi quelque chose manque.
    """

    regroupement: Regroupement
    effectif: int
    personnes: int
    scores: Mapping[str, float | None] = field(default_factory=dict)
    repondus: Mapping[str, int] = field(default_factory=dict)
    bas: str | None = None
    haut: str | None = None
    erreur: float | None = None
    bornes: tuple[float, float] | None = None
    motif: MotifDeTension | None = None

    @property
    def etendue(self) -> float | None:
        """Le plus haut score moins le plus bas."""
        if self.bas is None or self.haut is None:
            return None
        bas, haut = self.scores[self.bas], self.scores[self.haut]
        return None if bas is None or haut is None else haut - bas

    @property
    def etat(self) -> EtatDeTension | None:
        """Si les deux plus éloignés s’écartent au-delà de leur erreur ; rien sans bornes."""
        if self.bornes is None:
            return None
        return "s-ecartent" if self.bornes[0] > EGALITE else "incertain"


def mesurer_les_tensions(
    referentiel: Referentiel, personnes: Sequence[Sequence[tuple[Mapping[str, int], Resultat]]]
) -> tuple[Tension, ...]:
    """La tension de chaque regroupement d’au moins deux groupes d’items, dans l’ordre du référentiel.

    :param personnes: les passations de chacune, valeurs et résultat ; une personne y pèse une fois, quel qu’en soit
        le nombre.
    """
    return tuple(_mesurer(referentiel, r, personnes) for r in referentiel.regroupements if len(r.groupes) > 1)


def _mesurer(
    referentiel: Referentiel,
    regroupement: Regroupement,
    personnes: Sequence[Sequence[tuple[Mapping[str, int], Resultat]]],
) -> Tension:
    effectif = len(personnes)
    codes = _groupes_compares(regroupement, personnes)
    completes = [[p for p in siennes if _a_un_score(regroupement, codes, p[1])] for siennes in personnes]
    comptees = [siennes for siennes in completes if siennes]
    pesees = [
        (1 / (len(comptees) * len(siennes)), valeurs, resultat) for siennes in comptees for valeurs, resultat in siennes
    ]
    scores = {g.identifiant: _moyenne(regroupement, g.identifiant, pesees, codes) for g in regroupement.groupes}
    repondues = {code for _, valeurs, _ in pesees for code in valeurs}
    repondus = {g.identifiant: sum(code in repondues for code in g.items) for g in regroupement.groupes}
    presents = {code: score for code, score in scores.items() if score is not None}
    if len(presents) < 2:
        return Tension(regroupement, effectif, len(comptees), scores, repondus, motif="trop-peu-de-groupes")
    bas = min(presents, key=presents.__getitem__)
    haut = max((code for code in presents if code != bas), key=presents.__getitem__)
    erreur, bornes = _erreur_et_bornes(referentiel, (bas, haut), pesees, presents)
    motif: MotifDeTension | None = "trop-peu-de-competences" if erreur is None else None
    return Tension(regroupement, effectif, len(comptees), scores, repondus, bas, haut, erreur, bornes, motif)


def _groupes_compares(
    regroupement: Regroupement, personnes: Sequence[Sequence[tuple[Mapping[str, int], Resultat]]]
) -> list[str]:
    """Les groupes d’items où la moitié des personnes au moins ont un score."""
    comptes = {
        g.identifiant: sum(any(_a_un_score(regroupement, [g.identifiant], r) for _, r in une) for une in personnes)
        for g in regroupement.groupes
    }
    return [code for code, combien in comptes.items() if combien and combien >= _PART_DES_PERSONNES * len(personnes)]


def _a_un_score(regroupement: Regroupement, codes: Sequence[str], resultat: Resultat) -> bool:
    """Vrai si chacun de ces groupes d’items y a un score."""
    scores = resultat.regroupements[regroupement.identifiant]
    return all(scores[code].valeur is not None for code in codes)


def _moyenne(
    regroupement: Regroupement, groupe: str, pesees: Sequence[_ReponsesPesees], codes: Sequence[str]
) -> float | None:
    if groupe not in codes or not pesees:
        return None
    scores = ((poids, r.regroupements[regroupement.identifiant][groupe].valeur) for poids, _, r in pesees)
    return fsum(poids * valeur for poids, valeur in scores if valeur is not None)


def _erreur_et_bornes(
    referentiel: Referentiel,
    deux: tuple[str, str],
    pesees: Sequence[_ReponsesPesees],
    presents: Mapping[str, float],
) -> tuple[float | None, tuple[float, float] | None]:
    bas, haut = deux
    echelles = (referentiel.echelles[bas], referentiel.echelles[haut])
    trouvee = erreur_de_l_ecart(referentiel, echelles, [(poids, valeurs) for poids, valeurs, _ in pesees])
    if trouvee is None:
        return None, None
    erreur, competences = trouvee
    niveau = 1 - (1 - NIVEAU_DE_CONFIANCE) / comb(len(presents), 2)
    marge = quantile_de_student(competences - 1, niveau) * erreur
    ecart = presents[haut] - presents[bas]
    return erreur, (ecart - marge, ecart + marge)

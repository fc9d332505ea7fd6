"""Quelle question, quel groupe ou quel moment porte les items d’une table, quand plusieurs colonnes citent le même.

« T1[C1P] » est C1P si T1 est la question qui porte les autres items ; « importance[C1P] » ne l’est pas. « T0_C1P » et
« T1_C1P » sont deux moments ; « T1_C1P », seul dans un export de LimeSurvey, est la question T1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from cpit.coeur.referentiel import Referentiel
from cpit.lecture.dechiffrement import replier_libelle
from cpit.lecture.entetes import Cible, Designation, Habit, Rejet, Role, lire_contexte

Trouvee = Designation | Rejet | None
"""Ce que l’on sait d’une colonne : ce qu’elle désigne, pourquoi on ne la prend pas, ou rien."""

_QUESTION = re.compile(r"[a-z]+[0-9][a-z0-9]*")
"""Le code d’une question d’enquête : « T1 », « G01Q02 »."""
_MOT = re.compile(r"[a-z][a-z0-9]*")


@dataclass(frozen=True, slots=True)
class RegleDesPorteurs:
    """Ce qui fait lire autrement un même porteur : l’outil, et si une colonne dit déjà le moment, ou le regard."""

    question_soulignee: bool = False
    groupes: bool = False
    moment_dit: bool = False
    regard_dit: bool = False

    def est_deja_dit(self, porteur: str) -> bool:
        """Vrai si une colonne dit déjà ce que dirait ce porteur."""
        moment, regard = lire_contexte(porteur) or ("", "")
        return bool((moment and self.moment_dit) or (regard and self.regard_dit))

    def contexte_cite(self, trouvee: Trouvee) -> tuple[str, str]:
        """Le moment et le regard qu’aurait un item, si une colonne ne disait pas les siens ; vides sinon."""
        if not isinstance(trouvee, Designation) or trouvee.habit is not Habit.SOULIGNE or self.question_soulignee:
            return "", ""
        return (lire_contexte(trouvee.porteur) or ("", "")) if self.est_deja_dit(trouvee.porteur) else ("", "")


def decider_des_porteurs(
    trouvees: Sequence[Trouvee], referentiel: Referentiel, regle: RegleDesPorteurs
) -> list[Trouvee]:
    """Les mêmes colonnes, sans les items d’une autre question ; ceux dont on ne sait pas quelle question les porte sont
    rejetés.
    """
    items = {
        rang: une for rang, une in enumerate(trouvees) if isinstance(une, Designation) and une.cible.role is Role.ITEM
    }
    decidees: dict[int, Trouvee] = dict(_sans_copies(items))
    decidees |= _situer_les_items({r: d for r, d in decidees.items() if isinstance(d, Designation)}, regle)
    portes = {rang: une for rang, une in decidees.items() if isinstance(une, Designation)}
    decidees |= _Groupes(portes, referentiel, regle).decider()
    return [decidees.get(rang, une) for rang, une in enumerate(trouvees)]


def _sans_copies(items: Mapping[int, Designation]) -> Iterator[tuple[int, Trouvee]]:
    """« C1P.1 » redit C1P s’il est là ; seul, on ne sait pas de quelle colonne c’est la copie."""
    originaux = {une.cible for une in items.values() if une.habit is not Habit.COPIE}
    for rang, une in items.items():
        if une.habit is not Habit.COPIE:
            yield rang, une
        else:
            yield rang, replace(une, habit=Habit.NU) if une.cible in originaux else None


def _situer_les_items(items: Mapping[int, Designation], regle: RegleDesPorteurs) -> dict[int, Trouvee]:
    """Les items dont le porteur est un moment ou un regard (« T1 », « N1 »), là où ce n’est pas une question."""
    dits: dict[str, set[Cible]] = {}
    for une in items.values():
        if une.habit in (Habit.SOULIGNE, Habit.CROCHETS) and lire_contexte(une.porteur):
            dits.setdefault(une.porteur, set()).add(une.cible)
    cibles = [cible for trouvees in dits.values() for cible in trouvees]
    # Le même item sous deux d’entre eux : ce sont deux moments, ou deux regards, et non deux questions.
    repetes = len(cibles) > len(set(cibles))
    memes = len({_sorte(porteur) for porteur in dits}) == 1
    situees: dict[int, Trouvee] = {}
    for rang, une in items.items():
        if une.porteur not in dits:
            continue
        sure = une.habit is Habit.SOULIGNE and not regle.question_soulignee and not regle.est_deja_dit(une.porteur)
        if memes and (repetes or (sure and len(dits) == 1)):
            situees[rang] = _situer(une)
        elif repetes or sure:
            situees[rang] = Rejet("colonne-ambigue", {})
    return situees


def _sorte(porteur: str) -> tuple[bool, bool]:
    """Si un porteur dit un moment, et un regard."""
    moment, regard = lire_contexte(porteur) or ("", "")
    return bool(moment), bool(regard)


def _situer(designation: Designation) -> Designation:
    """L’item, au moment et sous le regard de son porteur."""
    moment, regard = lire_contexte(designation.porteur) or ("", "")
    cible = designation.cible
    situee = replace(cible, moment=moment or cible.moment, regard=regard or cible.regard)
    return replace(designation, cible=situee, habit=Habit.NU, porteur="")


class _Groupes:
    """Les items d’une table, par porteur ; sans porteur, ceux dont l’en-tête n’est que le code ou l’énoncé."""

    def __init__(self, items: Mapping[int, Designation], referentiel: Referentiel, regle: RegleDesPorteurs) -> None:
        self._items, self._referentiel, self._regle = items, referentiel, regle
        self._groupes: dict[str, list[Designation]] = {}
        for une in items.values():
            self._groupes.setdefault(une.porteur, []).append(une)
        question = replier_libelle(referentiel.echelle.question)
        self._demandee = question if question in self._groupes else None
        self._principal = max(self._groupes, key=self._rang, default="")

    def decider(self) -> dict[int, Trouvee]:
        """Ce que devient chaque item."""
        pris = {porteur for porteur in self._groupes if self._est_pris(porteur)}
        return {rang: self._trancher(une, pris) for rang, une in self._items.items()}

    def _trancher(self, une: Designation, pris: Set[str]) -> Trouvee:
        if une.porteur in pris:
            return une
        return Rejet("colonne-ambigue", {}) if self._est_douteux(une.porteur) else None

    def _rang(self, porteur: str) -> tuple[bool, int, bool]:
        return porteur == self._demandee, len(self._cibles(porteur)), not porteur

    def _cibles(self, porteur: str) -> set[Cible]:
        return {une.cible for une in self._groupes[porteur]}

    def _est_douteux(self, porteur: str) -> bool:
        """Vrai pour un porteur de presque les mêmes items que le principal, si rien ne dit lequel est la question."""
        communs = self._cibles(porteur) & self._cibles(self._principal)
        nettement = not self._principal or self._principal == self._demandee
        return not nettement and 2 * len(communs) >= len(self._cibles(self._principal))

    def _est_pris(self, porteur: str) -> bool:
        """Vrai pour un porteur du même questionnaire que le principal ; un code ou un énoncé nu en est toujours."""
        if porteur in ("", self._principal):
            return True
        habits = {une.habit for une in self._groupes[porteur]}
        if self._regle.groupes and habits == {Habit.CHEMIN}:
            return True
        if not self._principal and habits <= {Habit.CROCHETS, Habit.SOULIGNE} and _QUESTION.fullmatch(porteur):
            return True
        meme_squelette = bool(porteur and self._principal) and _squelette(porteur) == _squelette(self._principal)
        return meme_squelette or self._nomme_ses_items(porteur) or self._complete(porteur) or self._sont_des_numeros()

    def _nomme_ses_items(self, porteur: str) -> bool:
        """Vrai si le porteur est la compétence, l’ingénierie ou le groupe de tous ses items."""
        return all(porteur in self._lieux(cible.code) for cible in self._cibles(porteur))

    def _lieux(self, code: str) -> set[str]:
        item = self._referentiel.items_par_code[code]
        echelles = [echelle for echelle in self._referentiel.echelles.values() if item in echelle.items]
        return {replier_libelle(mot) for echelle in echelles for mot in (echelle.identifiant, echelle.libelle)}

    def _complete(self, porteur: str) -> bool:
        """Vrai pour deux items au moins que nul autre groupe ne porte ; des codes, s’ils sont toute leur compétence."""
        cibles = self._cibles(porteur)
        autres = {cible for autre in self._groupes if autre != porteur for cible in self._cibles(autre)}
        if len(cibles) < 2 or not cibles.isdisjoint(autres):
            return False
        if not _MOT.fullmatch(porteur):
            return True
        codes = {cible.code for cible in cibles}
        competences = {self._referentiel.items_par_code[code].competence for code in codes}
        return codes == {item.code for item in self._referentiel.items if item.competence in competences}

    def _sont_des_numeros(self) -> bool:
        """Vrai si chaque item a un porteur à lui seul : « (a) énoncé », « (b) énoncé »."""
        seuls = all(len(groupe) == 1 for groupe in self._groupes.values())
        cibles = [une.cible for une in self._items.values()]
        return "" not in self._groupes and seuls and len(cibles) == len(set(cibles)) > 1


def _squelette(porteur: str) -> str:
    """Le porteur sans ses chiffres : « Q1 » et « Q2 » sont des questions d’une même suite."""
    return re.sub("[0-9]+", "", porteur)

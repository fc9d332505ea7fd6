"""Les lignes d’une table qui ne sont personne : un total, une moyenne, un effectif, un barème, un en-tête répété.

Rien n’est deviné : les mots sont une liste fermée, et toute ligne laissée de côté est nommée. Une personne dont le code
serait « Total » en porte un autre, ou sa ligne est dite n’être personne.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from cpit.coeur.passation import Reponse, sans_reponse
from cpit.lecture.dechiffrement import est_un_code_so, lire_mots, lire_nombre, replier_libelle
from cpit.lecture.en_tetes_repetes import nomme_des_items
from cpit.lecture.entetes import A_COTE_D_UN_ITEM, DU_TIERS, ColonneLue, Entete, Nomenclature, Role, replier_en_tete

LEGENDE_ITEMS_MIN = 4
"""Items à partir desquels deux cellules seules peuvent être une légende, et non toute une passation."""
EN_TETE_REPETE = "en-tete-repete"
"""Pourquoi une ligne n’est personne, si elle redit les en-têtes, dans cet ordre ou dans un autre."""
AMORCE = re.compile(
    r"^[\W_]*(?:tot|grand|sous|sub|som|sum|moy|ave|mea|eff|nombre|nb|n\b|count|[eé]cart|e.?cart|sta|std|sd\b|m.?.?di|min"
    r"|max|var|base|ensemble|taux|pourcent|proportion|parts? d|scores? m|notes? m|valeurs? m|niveaux? "
    r"|r.?.?pondants\b|r.?.?ponses\b|participants\b|non.r.?.?p|sans r.?.?p|.?.?tendue|quartile|.{0,3}centile|d.?.?cile"
    r"|objectif|cible|attendu|requis|coef|poids|pond.?.?r|bar.?.?me|seuil|synth|r.?.?sult|l.?.?gende|.?.?volution"
    r"|diff.?.?rence|progression|[σΣμøØ]\W*$|profil|groupe|classe|promo|.?.?quipe|collecti|cohorte|tou[ts]|bilan"
    r"|g.?.?n.?.?ral|r.?.?f.?.?rence|corrig|rang|mode|[0-9]{1,6} ?(?:r|pa|pe))|^\s*%",
    re.IGNORECASE | re.MULTILINE,
)
"""Ce par quoi commence tout mot de total : de quoi ne replier que les cellules qui peuvent en être un."""
_SURS = (
    r"(?:grand |sous[- ]?|sub)?tota(?:l|ux|ls)(?: general| generaux)?|sommes?|sums?|moyennes?|moy\.?|averages?|means?"
    r"|effectifs?|nombre|(?:nombre|nb|nbre|nbr)\.? (?:totale?s?|so|reponses?|repondants?|(?:de |d').+)"
    r"|counta?|ecarts?(?:[- ]types?)?|standard deviations?|std\.? ?dev\.?|stdev|std|medianes?|medians?|minimum|maximum"
    r"|variances?|etendues?|quartiles?|(?:per)?centiles?|deciles?|ensemble|[σμø]|n ?="
    r"|(?:taux|pourcentages?|proportions?|%)(?: [a-z]{4,20})?|parts? (?:de |d').+"
    r"|(?:[0-9]{1,6}|n) (?:reponses?|repondante?s?|participante?s?|personnes?)"
    r"|(?:scores?|notes?|valeurs?|niveaux?|resultats?|profils?|reponses?|groupe|classe|promo)"
    r" (?:moyen(?:ne)?s?|mediane?s?|max(?:i|imum|imale?s?)?|min(?:i|imum|imale?s?)?"
    r"|attendue?s?|requis|cibles?)"
    r"|repondants|participants|reponses|non[- ]reponses?|sans reponses?"
    r"|objectifs?|cibles?|attendus?|requis|coefficients?|coef|poids|ponderations?|baremes?|seuils?"
    r"|syntheses?|resultats?|legendes?|evolutions?|differences?|progressions?"
)
_SUITE = (
    r"(?: (?:(?:de|du|des|par|pour|sur|hors|sans|en|a|au|aux)\b.{0,80}|d'.{0,80}|t?[0-9]{1,4}\b.{0,40}"
    r"|(?:groupe|classe|promotion|promo)(?: .{1,30})?"
    r"|(?:generale?s?|ponderee?s?|arithmetiques?|brute?s?|globale?s?|totale?s?|nationale?s?|regionale?s?"
    r"|departementale?s?|annuelle?s?|finale?s?|initiale?s?|attendue?s?|possibles?|reponses?|so)))?"
)
_FIN = r"(?: ?\([^()]*\))?(?: ?[:=] ?[0-9.,]*)?"
_SUR = re.compile(f"(?:{_SURS}){_SUITE}{_FIN}")
"""Un mot de total, de moyenne, d’effectif ou de barème : personne ne porte ce nom."""
_CALCUL = re.compile(
    r"(?:sous[- ])?tota(?:l|ux)|sommes?|moyennes?|effectifs?|nombre|ecarts?[- ]types?|medianes?|variances?"
)
"""Le nom d’un calcul, et rien d’autre."""
_COLLECTIF = re.compile(
    r"(?:(?:tout|toute|tous|toutes|ensemble)(?: (?:le|la|les|de la|du))? )?"
    r"(?:groupe|classe|promo(?:tion)?|equipe|collectif|collectivement|cohorte)"
    r"(?: (?:entiere?|complete?)| 20[0-9]{2}(?:[-/ ](?:20)?[0-9]{2})?)?"
    r"|tous|toutes|tous et toutes|tout le monde"
    rf"|(?:bilan|profil|general|reference|corriges?|rangs?|modes?)(?: (?:de |du |de la |des |general).{{0,40}})?{_FIN}"
)
"""Ce qui, à la place du code d’une personne, en désigne plusieurs, ou personne ; ailleurs, c’est un mot ordinaire."""
_DOUTEUX = re.compile(rf"(?:mini?|maxi?|n|nb|nbre|sd|var|base){_FIN}|(?:(?:sous-?)?total|moyenne) .+")
"""Ce qui peut aussi être un prénom, des initiales ou un code."""


class Ecarteur:
    """Reconnaît les lignes d’une table qui ne sont personne.

    ``lire`` : la réponse d’une cellule, rien si elle est refusée.

    Un total dit son nom dans la colonne de l’identifiant, ou dans une colonne de tête si l’identifiant est vide.
    """

    def __init__(self, entete: Entete, lire: Callable[[object], Reponse | None], nomenclature: Nomenclature) -> None:
        self._items = [colonne.rang for colonne in entete.de_role(Role.ITEM)]
        premiere = min(self._items, default=0)
        self._etiquettes = [c for c in entete.colonnes if _peut_nommer(c, premiere)]
        self._identifiant = next((c.rang for c in entete.de_role(Role.IDENTIFIANT)), None)
        self._codes = [colonne.cible.code for colonne in entete.de_role(Role.ITEM)]
        # Les seuls en-têtes d’items : « x », nom d’une autre colonne, n’est pas un en-tête répété.
        self._repetes = entete.repetes & {replier_en_tete(colonne.nom) for colonne in entete.de_role(Role.ITEM)}
        self._enonces, self._outil = entete.enonces, entete.outil
        self._lire, self._nomenclature = lire, nomenclature
        self._derniere = 0

    @property
    def etiquettes(self) -> list[int]:
        """Les rangs des colonnes où un total peut dire son nom, hors celles dont tout mot inconnu est déjà signalé."""
        return [c.rang for c in self._etiquettes if c.cible.role not in _DE_CONTEXTE]

    def raison(self, cellules: Sequence[object], ligne: int) -> tuple[str, int, str] | None:
        """Pourquoi une ligne n’est personne (code du catalogue, rang et texte de la cellule qui le dit), ou rien."""
        for colonne in self._etiquettes:
            cellule = cellules[colonne.rang]
            if isinstance(cellule, str) and AMORCE.match(cellule) and self._est_un_total(colonne, cellules, ligne):
                # « Total points » est aussi un en-tête : une ligne qui nomme des items n’est pas un total.
                if (en_tete := self._en_tete(cellules)) is not None:
                    return en_tete
                self._derniere = ligne
                return "ligne-de-total", colonne.rang, cellule.strip()
        return self._en_tete(cellules) or self._legende(cellules)

    def _en_tete(self, cellules: Sequence[object]) -> tuple[str, int, str] | None:
        """Pourquoi une ligne qui redit des en-têtes, dans cet ordre ou un autre, n’est personne ; rien sinon."""
        premier = cellules[self._items[0]] if self._items else None
        if isinstance(premier, str) and len(premier) > 1 and self._repete_l_en_tete(cellules):
            return EN_TETE_REPETE, self._items[0], premier.strip()
        if not self._a_une_reponse(cellules) and nomme_des_items(cellules, self._nomenclature):
            return EN_TETE_REPETE, self._items[0], str(lire_mots(premier))
        return None

    def _legende(self, cellules: Sequence[object]) -> tuple[str, int, str] | None:
        """Pourquoi une ligne qui dit l’échelle (« 1 », « Jamais fait ») n’est personne ; rien si elle ne la dit pas.

        Ses deux premières cellules sont un même niveau, en chiffres et en mots, et elle n’a pas d’autre réponse.
        """
        if len(self._items) < LEGENDE_ITEMS_MIN or cellules[self._items[-1]] not in (None, ""):
            return None
        rangs = [*([] if self._identifiant is None else [self._identifiant]), *self._items]
        remplies = [rang for rang in rangs if cellules[rang] not in (None, "")]
        if not 1 < len(remplies) < LEGENDE_ITEMS_MIN:
            return None
        une, autre, *reste = (cellules[rang] for rang in remplies)
        niveau = self._lire(une)
        if niveau is None or niveau == sans_reponse() or niveau != self._lire(autre) or any(map(self._lire, reste)):
            return None
        chiffres = [lire_nombre(cellule) is not None or est_un_code_so(cellule) for cellule in (une, autre)]
        return (
            ("ligne-de-legende", remplies[0], f"{lire_mots(une)}, {lire_mots(autre)}") if sum(chiffres) == 1 else None
        )

    def _est_une_reponse(self, cellule: object) -> bool:
        return self._lire(cellule) is not None

    def _a_une_reponse(self, cellules: Sequence[object]) -> bool:
        """Vrai si une cellule d’item est remplie d’une réponse que l’on prendrait."""
        remplies = (cellules[rang] for rang in self._items)
        return any(cellule not in (None, "") and self._est_une_reponse(cellule) for cellule in remplies)

    def _est_un_total(self, colonne: ColonneLue, cellules: Sequence[object], ligne: int) -> bool:
        """Vrai pour un mot sûr ; un mot douteux ne l’est que s’il suit un total, ou sans réponse ordinaire."""
        plie = replier_libelle(str(lire_mots(cellules[colonne.rang]))).strip(" .:")
        if colonne.rang != self._identifiant and self._identifiant is not None and cellules[self._identifiant]:
            # Le calcul de toute une ligne en met un jusque dans la colonne du code : « Effectif », 12.
            compte = lire_nombre(cellules[self._identifiant]) is not None
            return compte and colonne.rang == 0 and _CALCUL.fullmatch(plie) is not None
        sur = _SUR.fullmatch(plie) is not None or (
            colonne.rang == self._identifiant and _COLLECTIF.fullmatch(plie) is not None
        )
        if sur and (self._identifiant is not None or colonne.cible.role is not Role.MIS_DE_COTE or self._outil):
            return True
        if not sur and not _DOUTEUX.fullmatch(plie):
            return False
        return self._derniere == ligne - 1 > 0 or not all(self._est_une_reponse(cellules[rang]) for rang in self._items)

    def _repete_l_en_tete(self, cellules: Sequence[object]) -> bool:
        """Vrai si chaque cellule d’item qui n’est pas vide est un en-tête de la table, ou chacune son propre énoncé."""
        lues = [cellules[rang] for rang in self._items]
        plies = [replier_libelle(cellule) if isinstance(cellule, str) else "" for cellule in lues]
        remplies = [plie for plie, cellule in zip(plies, lues, strict=True) if cellule not in (None, "")]
        return all(plie in self._repetes for plie in remplies) or [*map(self._enonces.get, plies)] == self._codes


_NUMEROTES_MIN = 3
_SEULS_MAX = 3
_ADRESSE, _CHIFFRES, _LETTRES = re.compile(r".*@.*"), re.compile(r"[0-9]+"), re.compile(r"[^\W\d_]+")


class CodesLus:
    """Les codes d’une table, pour y voir celui sans chiffre ni « @ » quand tous les autres ont une même forme.

    Une forme : « P01 » et « P2 » ont la même, deux adresses, deux nombres aussi ; « P3 » et « TERR-09 » non.
    """

    def __init__(self) -> None:
        self._formes: set[str] = set()
        self._numerotes: set[str] = set()
        self._seuls: dict[str, int] = {}

    def noter(self, codes: Sequence[str], lignes: Sequence[int]) -> None:
        """Retient les codes de passations prises, et la première ligne de chacun ; un code vide n’en est pas un."""
        if not codes or self._sont_divers():
            return
        formes = _CHIFFRES.sub("9", _ADRESSE.sub("@", "\n".join(codes)))
        formes_de = _LETTRES.sub("a", formes).split("\n")
        if len(self._numerotes) == _NUMEROTES_MIN and self._formes.issuperset(formes_de):
            return
        for code, ligne, forme in zip(codes, lignes, formes_de, strict=True):
            if "9" in forme or "@" in forme:
                self._formes.add(forme)
                if len(self._numerotes) < _NUMEROTES_MIN:
                    self._numerotes.add(code)
            elif code and (code in self._seuls or not self._sont_divers()):
                self._seuls[code] = min(ligne, self._seuls.get(code, ligne))

    def douteux(self) -> list[tuple[str, int]]:
        """Les codes seuls de leur forme et leur ligne ; aucun si les autres ne sont pas plusieurs d’une même forme."""
        juge = len(self._numerotes) == _NUMEROTES_MIN and not self._sont_divers()
        return sorted(self._seuls.items(), key=lambda seul: seul[1]) if juge else []

    def _sont_divers(self) -> bool:
        return len(self._seuls) > _SEULS_MAX or len(self._formes) > 1


_DE_CONTEXTE = frozenset({Role.PROFIL, Role.MOMENT, Role.REGARD, Role.DATE_MOMENT, *DU_TIERS})


_SANS_NOM_DE_TOTAL = A_COTE_D_UN_ITEM | {Role.CALCULEE, Role.ITEM_REFUSE}


def _peut_nommer(colonne: ColonneLue, premiere: int) -> bool:
    role = colonne.cible.role
    return role is Role.IDENTIFIANT or (colonne.rang < premiere and role not in _SANS_NOM_DE_TOTAL)

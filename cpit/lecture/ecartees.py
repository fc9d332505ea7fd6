"""Ce qui n’est la réponse de personne : des lignes, des en-têtes répétés, des cellules ou des fichiers entiers.

Rien n’est deviné : les mots sont une liste fermée, et tout ce qui est laissé de côté est nommé.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from types import MappingProxyType

from cpit.coeur.passation import Reponse, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import ErreurCpit
from cpit.lecture.dechiffrement import (
    est_un_code_de_reponse,
    est_un_code_so,
    lire_mots,
    lire_nombre,
    replier_libelle,
    separer_le_numero,
)
from cpit.lecture.entetes import (
    A_COTE_D_UN_ITEM,
    DU_TIERS,
    EXEMPLE,
    LUES,
    ORDRE_DES_IDENTITES,
    Cible,
    ColonneLue,
    Designation,
    Entete,
    Nomenclature,
    Role,
    replier_en_tete,
)
from cpit.lecture.outils import ReserveDOutil
from cpit.ouverture import lire_debut
from cpit.sceaux import TEXTE_JOINT
from cpit.tableur.classeur_ouvert import FeuilleRefusee, Piege
from cpit.tableur.classeurs import ouvrir_classeur
from cpit.tableur.garde import verifier_tailles

# --- des en-têtes écrits de nouveau plus bas dans une table -----------------------------------------------------------
#
# Les mêmes, les mêmes dans un autre ordre, ou d’autres.
#
# Plusieurs exports mis bout à bout n’ont pas toujours leurs colonnes à la même place. Ce qui suit des en-têtes
# déplacés se lit d’après eux ; ce qui suit ceux d’une autre table n’est pas lu, et c’est dit : aucun ordre n’est
# supposé.


_A_RETROUVER = LUES | {Role.ITEM_REFUSE}
"""Les colonnes dont la place change ce qui est lu."""


def nomme_des_items(cellules: Sequence[object], nomenclature: Nomenclature) -> bool:
    """Vrai si deux cellules au moins nomment des items différents ; « A1 », code de réponse, n’en nomme pas."""
    # La même cellule d’un bout à l’autre d’une ligne ne nomme qu’une chose.
    differents = {str(lire_mots(cellule)) for cellule in {c for c in cellules if isinstance(c, str)}} - {""}
    if len(differents) < 2:
        return False
    vus = {nomenclature.item_de(mots) for mots in differents if not est_un_code_de_reponse(mots)}
    return len(vus - {None}) > 1


def replacer_les_colonnes(entete: Entete, cellules: Sequence[object], nomenclature: Nomenclature) -> Entete | None:
    """L’en-tête d’une table, chaque colonne lue à la place que lui donnent ces cellules ; lui-même si rien ne bouge.

    Rien si une colonne n’y est pas, ou y est deux fois : ce sont les en-têtes d’une autre table.
    """
    mots = [str(lire_mots(cellule)) for cellule in cellules]
    plies = [replier_en_tete(mot) for mot in mots]
    places: dict[int, ColonneLue] = {}
    for colonne in entete.de_role(*_A_RETROUVER):
        nom = replier_en_tete(colonne.nom)
        possibles = [k for k, plie in enumerate(plies) if nom and plie == nom]
        # Un autre nom de la même chose n’est cherché que si le sien n’y est plus : « id » n’est pas « token ».
        possibles = possibles or [k for k, mot in enumerate(mots) if mot and _designe(colonne, mot, nomenclature)]
        if colonne.rang in possibles or (not possibles and not mots[colonne.rang]):
            possibles = [colonne.rang]
        if len(possibles) != 1 or possibles[0] in places:
            return None
        places[possibles[0]] = colonne
    if all(rang == colonne.rang for rang, colonne in places.items()):
        return entete
    if not all(mots[rang] for rang in places):
        return None
    colonnes = tuple(_replacer(places.get(rang), rang, mot) for rang, mot in enumerate(mots))
    ou = {colonne.rang: rang for rang, colonne in places.items()}
    cites = {ou[rang]: cite for rang, cite in entete.contextes_cites.items() if rang in ou}
    reserves = _replacer_les_reserves(entete, plies)
    return replace(entete, colonnes=colonnes, contextes_cites=MappingProxyType(cites), reserves=reserves)


def _replacer_les_reserves(entete: Entete, plies: Sequence[str]) -> Mapping[int, ReserveDOutil]:
    """Ce que l’outil dit des réponses, à la place que ces en-têtes lui donnent, de mêmes noms dans le même ordre."""
    rangs: dict[str, list[int]] = {}
    for rang, plie in enumerate(plies):
        rangs.setdefault(plie, []).append(rang)
    places = {}
    for rang, reserve in entete.reserves.items():
        nom = replier_en_tete(entete.colonnes[rang].nom)
        avant = sum(replier_en_tete(colonne.nom) == nom for colonne in entete.colonnes[:rang])
        if avant < len(rangs.get(nom, [])):
            places[rangs[nom][avant]] = reserve
    return MappingProxyType(places)


def _designe(colonne: ColonneLue, mot: str, nomenclature: Nomenclature) -> bool:
    """Vrai si un en-tête désigne ce que porte une colonne."""
    trouvee = nomenclature.designer(mot)
    role = Role.ITEM if colonne.cible.role is Role.ITEM_REFUSE else colonne.cible.role
    return isinstance(trouvee, Designation) and trouvee.cible == replace(colonne.cible, role=role)


def _replacer(colonne: ColonneLue | None, rang: int, mot: str) -> ColonneLue:
    if colonne is not None:
        return replace(colonne, rang=rang)
    return ColonneLue(rang, mot, Cible(Role.MIS_DE_COTE if mot else Role.SANS_NOM))


# --- les lignes d’une table qui ne sont personne ----------------------------------------------------------------------
#
# Un total, une moyenne, un effectif, un barème, un en-tête répété, l’exemple de la table à remplir.
#
# Rien n’est deviné : les mots sont une liste fermée, et toute ligne laissée de côté est nommée. Une personne dont le
# code serait « Total » en porte un autre, ou sa ligne est dite n’être personne.


LEGENDE_ITEMS_MIN = 4
"""Items à partir desquels deux cellules seules peuvent être une légende, et non toute une passation."""
_TITRES_MIN = 2
"""Cellules que remplissent, au moins, les en-têtes d’une petite table."""
EN_TETE_REPETE = "en-tete-repete"
"""Pourquoi une ligne n’est personne, si elle redit les en-têtes, dans cet ordre ou dans un autre."""
PETITE_TABLE = "petite-table-dessous"
"""Pourquoi une ligne n’est personne, si elle est d’une petite table écrite sous les réponses."""
_TITRES_SURS = frozenset({"etiquettes de lignes", "etiquettes de colonnes", "row labels", "column labels"})
"""Ce que seul un tableau croisé dit, quoi que ses colonnes s’appellent : « 1 », « 2 », « 3 »."""
_TITRES = re.compile(
    r"(?:niveau|valeur|libelle|modalite|item|question|situation|enonce|competence|ingenierie|reponse|code|nom|prenom"
    r"|participante?|personne|stagiaire|structure|territoire|groupe|equipe|emargement|signature|statistique|indicateur"
    r"|critere)[sx]?|nom(?:,| et)? prenom"
)
"""Ce que dit, repliée, la première cellule des en-têtes d’une petite table : ce n’est le code de personne."""
AMORCE = re.compile(
    r"^[\W_]*(?:tot|grand|sous|sub|som|sum|moy|ave|mea|eff|nombre|nb|n\b|count|[eé]cart|e.?cart|sta|std|sd\b|m.?.?di|min"
    r"|max|var|base|ensemble|taux|pourcent|proportion|parts? d|scores? |notes? |points? |valeurs? |niveaux? "
    r"|r.?.?pondants\b|r.?.?ponses\b|participants\b|non.r.?.?p|sans r.?.?p|.?.?tendue|quartile|.{0,3}centile|d.?.?cile"
    r"|objectif|cible|attendu|requis|coef|poids|pond.?.?r|bar.?.?me|seuil|synth|r.?.?sult|l.?.?gende|.?.?volution"
    r"|diff.?.?rence|progression|[σΣ∑μøØ]\W*$|err(?:eur|or)|ic\b|intervalle|alpha |omega |bench|manquant|vides?\b"
    r"|donn.?.?es m|cumul|responses\b|respondents\b|abstention|ens\b|q[13]\W*$|profil|groupe|classe|promo"
    r"|.?.?quipe|collecti|cohorte|tou[ts]|bilan"
    r"|g.?.?n.?.?ral|r.?.?f.?.?rence|corrig|rang|mode|.{1,3}tiquettes|row l|column l|[0-9]{1,6} ?(?:r|pa|pe)"
    rf"|{EXEMPLE})|^\s*%",
    re.IGNORECASE | re.MULTILINE,
)
"""Ce par quoi commence tout mot de total, et le code d’exemple : de quoi ne replier que ce qui peut en être un."""
_SURS = (
    r"(?:grand |sous[- ]?|sub)?tota(?:l|ux|ls)(?: general| generaux)?|sommes?|sums?|moyennes?|moy\.?|averages?|means?"
    r"|effectifs?|nombre|(?:nombre|nb|nbre|nbr)\.? (?:totale?s?|so|reponses?|repondants?|(?:de |d').+)"
    r"|counta?|ecarts?(?:[- ]types?)?|standard (?:deviations?|errors?)|std\.? ?(?:dev|err)\.?|stdev|std"
    r"|medianes?|medians?"
    r"|erreurs?[- ](?:types?|standards?)|(?:ic|intervalles? de confiance)(?: ?a)? ?[0-9]{1,2}(?:[.,][0-9])? ?%"
    r"|(?:alpha|omega) (?:de |d')(?:cronbach|mcdonald|echelle)|minimum|maximum"
    r"|(?:mini?|maxi?|minimum|maximum) (?:possibles?|attendus?|theoriques?|requis|observes?|vises?)"
    r"|variances?|etendues?|quartiles?|(?:per)?centiles?|deciles?|ensemble|[σ∑μø]|n ?= ?[0-9]*|benchmarks?|cumuls?"
    r"|(?:taux|pourcentages?|proportions?|%)(?: [a-z]{4,20})?|parts? (?:de |d').+"
    r"|(?:[0-9]{1,6}|n) (?:reponses?|repondante?s?|participante?s?|personnes?)"
    r"|(?:scores?|notes?|points?|valeurs?|niveaux?|resultats?|profils?|reponses?|groupe|classe|promo)"
    r" (?:moyen(?:ne)?s?|mediane?s?|max(?:i|imum|imale?s?)?|min(?:i|imum|imale?s?)?"
    r"|attendue?s?|requis|cibles?)"
    r"|(?:scores?|notes?|points?) sur(?: [0-9]{1,3})?"
    r"|repondants|participants|reponses|non[- ]reponses?|sans reponses?|responses|respondents|manquante?s|vides"
    r"|abstentions?"
    r"|(?:reponses|valeurs|donnees) (?:manquantes|absentes|vides)"
    r"|objectifs?|cibles?|attendus?|requis|coefficients?|coef|poids|ponderations?|baremes?|seuils?"
    r"|syntheses?|resultats?|legendes?|evolutions?|differences?|progressions?"
)
_SUITE = (
    r"(?: (?:(?:de|du|des|par|pour|sur|hors|sans|en|a|au|aux|of|for|per)\b.{0,80}|d'.{0,80}|t?[0-9]{1,4}\b.{0,40}"
    r"|(?:groupe|classe|promotion|promo)(?: .{1,30})?"
    r"|(?:generale?s?|ponderee?s?|arithmetiques?|brute?s?|globale?s?|totale?s?|nationale?s?|regionale?s?"
    r"|departementale?s?|annuelle?s?|finale?s?|initiale?s?|attendue?s?|possibles?|reponses?|so|corrigee?s?|colonnes?|lignes?"
    r"|scores?|ratings?|responses?"
    r"|repondante?s?|respondents|participante?s?)))?"
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
    r"|niveaux? ?[0-9]{1,3}"
    rf"|(?:bilan|profil|general|reference|corriges?|rangs?|modes?)(?: (?:de |du |de la |des |general).{{0,40}})?{_FIN}"
)
"""Ce qui, à la place du code d’une personne, en désigne plusieurs, ou personne ; ailleurs, c’est un mot ordinaire."""
_DOUTEUX = re.compile(rf"(?:mini?|maxi?|n|nb|nbre|sd|var|base|ens|q[13]){_FIN}|(?:(?:sous-?)?total|moyenne) .+")
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
        self._libelles = frozenset(map(replier_libelle, _libelles_ecrits(nomenclature.referentiel)))
        self._lues = [colonne.rang for colonne in entete.de_role(*LUES, Role.ITEM_REFUSE)]
        qui = [replier_en_tete(c.nom) for c in entete.de_role(Role.IDENTIFIANT)]
        self._noms_de_codes = frozenset({*qui, *ORDRE_DES_IDENTITES} - {"id", ""})
        self._derniere = 0
        self._fin_de_la_petite: int | None = None

    @property
    def etiquettes(self) -> list[int]:
        """Les rangs des colonnes où un total peut dire son nom, hors celles dont tout mot inconnu est déjà signalé."""
        return [c.rang for c in self._etiquettes if c.cible.role not in _DE_CONTEXTE]

    @property
    def est_sous_une_petite_table(self) -> bool:
        """Vrai depuis les en-têtes d’une petite table, et tant que les lignes n’en débordent pas."""
        return self._fin_de_la_petite is not None

    def raison(self, cellules: Sequence[object], ligne: int) -> tuple[str, int, str] | None:
        """Pourquoi une ligne n’est personne (code du catalogue, rang et texte de la cellule qui le dit), ou rien."""
        ecart = self._raison(cellules, ligne)
        if ecart is not None and ecart[0] == EN_TETE_REPETE:
            self._fin_de_la_petite = None
            return ecart
        return self._de_la_petite_table(cellules, seulement_ses_titres=ecart is not None) or ecart

    def _raison(self, cellules: Sequence[object], ligne: int) -> tuple[str, int, str] | None:
        for colonne in self._etiquettes:
            cellule = cellules[colonne.rang]
            if not isinstance(cellule, str) or AMORCE.match(cellule) is None:
                continue
            if colonne.rang == self._identifiant and cellule.strip() == EXEMPLE:
                return "ligne-d-exemple", colonne.rang, EXEMPLE
            if self._est_un_total(colonne, cellules, ligne):
                # « Total points » est aussi un en-tête : une ligne qui nomme des items n’est pas un total.
                if (en_tete := self._en_tete(cellules)) is not None:
                    return en_tete
                self._derniere = ligne
                return "ligne-de-total", colonne.rang, cellule.strip()
        sans_nom = self._sans_nom(cellules)
        return self._en_tete(cellules) or self._legende(cellules) or self._niveau(cellules) or sans_nom

    def _sans_nom(self, cellules: Sequence[object]) -> tuple[str, int, str] | None:
        """Pourquoi une ligne sans code n’est personne : un mot de total y est à la place d’une réponse, ou ses nombres
        ont presque tous une virgule, ce qui n’est que d’une moyenne ; rien sinon.
        """
        if self._identifiant is not None and _porte(cellules[self._identifiant]):
            return None
        remplies = [(rang, cellules[rang]) for rang in self._items if cellules[rang] not in (None, "")]
        if self._identifiant is not None and len(remplies) > 1 and all(_est_une_formule(c) for _, c in remplies):
            return "ligne-de-total", remplies[0][0], "formules"
        refusees = [(rang, cellule) for rang, cellule in remplies if self._lire(cellule) is None]
        for rang, cellule in refusees:
            if est_un_mot_de_total(cellule):
                return "ligne-de-total", rang, str(cellule).strip()
        nombres = [lire_nombre(cellule) for _, cellule in remplies]
        if refusees and len(nombres) == len(self._items) > 2 and _se_suivent(nombres):
            return "ligne-de-total", remplies[0][0], f"{nombres[0]:g}, {nombres[1]:g}, {nombres[2]:g}…"
        moyennes = [nombre for nombre in nombres if nombre is not None and nombre != int(nombre)]
        if self._identifiant is None or len(moyennes) < 2 or 2 * len(moyennes) <= len(nombres) or None in nombres:
            return None
        return "ligne-de-total", refusees[0][0], str(lire_mots(refusees[0][1]))

    def _niveau(self, cellules: Sequence[object]) -> tuple[str, int, str] | None:
        """Pourquoi une ligne dont le « code » est un libellé du référentiel n’est personne : elle compte, ou résume."""
        cellule = None if self._identifiant is None else cellules[self._identifiant]
        if self._identifiant is None or not isinstance(cellule, str):
            return None
        plie = replier_libelle(cellule)
        numerote = separer_le_numero(plie) if plie not in self._libelles else None
        if plie not in self._libelles and (numerote is None or numerote[1] not in self._libelles):
            return None
        return "ligne-de-total", self._identifiant, cellule.strip()

    def _de_la_petite_table(
        self, cellules: Sequence[object], *, seulement_ses_titres: bool
    ) -> tuple[str, int, str] | None:
        """Pourquoi une ligne d’une petite table, écrite sous les réponses, n’est personne ; rien si elle n’en est pas.

        Ses en-têtes disent un mot d’une liste fermée et aucune réponse. Une ligne qui en déborde est d’une personne.

        :param seulement_ses_titres: vrai d’une ligne déjà écartée, un total, qui ne compte pas dans la table.
        """
        fin = self._fin_de_la_petite
        if fin is None and not self._peut_titrer(cellules):
            return None
        remplies = [rang for rang in self._lues if _porte(cellules[rang])]
        if not remplies:
            return None
        if fin is None and self._titre_une_petite_table(cellules, remplies):
            fin = self._fin_de_la_petite = max(remplies)
        elif seulement_ses_titres:
            return None
        if fin is None or max(remplies) > fin:
            self._fin_de_la_petite = None
            return None
        return PETITE_TABLE, min(remplies), str(lire_mots(cellules[min(remplies)]))

    def _peut_titrer(self, cellules: Sequence[object]) -> bool:
        """Faux, sans tout lire, de presque toute ligne : sa première cellule écrite n’est pas un mot de titre."""
        premiere = next((cellules[rang] for rang in self._lues if _porte(cellules[rang])), None)
        if not isinstance(premiere, str):
            return False
        plie = _plier_un_titre(premiere)
        return plie in _TITRES_SURS or plie in self._noms_de_codes or titre_une_table(premiere)

    def _titre_une_petite_table(self, cellules: Sequence[object], remplies: Sequence[int]) -> bool:
        if len(remplies) < _TITRES_MIN or max(remplies) not in self._items:
            return False
        if _plier_un_titre(str(cellules[min(remplies)])) in _TITRES_SURS:
            return True
        mots = [cellules[rang] for rang in remplies]
        return all(isinstance(m, str) and lire_nombre(m) is None for m in mots) and not self._a_une_reponse(cellules)

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
        differentes = {cellules[rang] for rang in self._items} - {None, ""}
        return any(map(self._est_une_reponse, differentes))

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
        differentes = set(lues) - {None, ""}
        if all(isinstance(cellule, str) and replier_libelle(cellule) in self._repetes for cellule in differentes):
            return True
        return all(
            isinstance(cellule, str) and self._enonces.get(replier_libelle(cellule)) == code
            for cellule, code in zip(lues, self._codes, strict=True)
        )


def est_un_mot_de_total(cellule: object) -> bool:
    """Vrai pour « Total », « Moyenne du groupe », « Effectif » : personne ne porte ce nom."""
    return isinstance(cellule, str) and bool(AMORCE.match(cellule) and _SUR.fullmatch(_plier_un_titre(cellule)))


def titre_une_table(cellule: str) -> bool:
    """Vrai pour « Niveau », « Compétence », « Question » : ce n’est le code de personne."""
    return _TITRES.fullmatch(_plier_un_titre(cellule)) is not None


def _se_suivent(nombres: Sequence[float | None]) -> bool:
    """Vrai pour 1, 2, 3… : le numéro de chaque situation, non une réponse."""
    return all(une is not None and autre is not None and autre == une + 1 for une, autre in pairwise(nombres))


_SANS_CODE = re.compile(
    r"x{3,5}|anonym(?:es?|ous)|(?:sans|pas de|aucun) (?:code|identifiant|nom)|sans|aucune?|inconnue?s?"
    r"|non (?:renseignee?|communiquee?|precisee?)|n/a|n\. ?a\.?|n\. ?r\.?|n/r|(?:je )?ne sais pas|none|null"
)
_SANS_CODE_AMORCE = r"^[^\w\n]+$|^\W*(?:xxx|anonym|sans|pas d|aucun|inconnu|non |n/|n\.|je ne|ne sa|none$|null$)"
"""Ce par quoi commence ce qui, à la place d’un code, dit qu’il n’y en a pas : de quoi ne relire que ces cellules."""


def ne_dit_pas_qui(code: str) -> bool:
    """Vrai pour « Anonyme », « ? », « n/a » à la place d’un code ; « NA » ou « NR » peuvent être des initiales."""
    if not code or _AMORCE_SANS_CODE.match(code) is None:
        return False
    return not any(map(str.isalnum, code)) or _SANS_CODE.fullmatch(replier_libelle(code)) is not None


_AMORCE_SANS_CODE = re.compile(_SANS_CODE_AMORCE, re.IGNORECASE)


def _plier_un_titre(mot: str) -> str:
    return replier_libelle(mot).strip(" .:")


def motif_a_nommer(referentiel: Referentiel) -> str:
    """Par quoi commence, en colonne, une cellule qui peut nommer une ligne qui n’est personne : à relire une à une."""
    libelles = [libelle.strip() for libelle in _libelles_ecrits(referentiel)]
    courts = dict.fromkeys(libelle[:_DEBUT_DE_LIBELLE] for libelle in libelles if len(libelle) < _LONG)
    debuts = [re.sub(r"[^A-Za-z0-9]+", ".{0,3}", libelle) for libelle in courts]
    # Un libellé long n’est pas écrit ici : presque aucun code n’est de cette longueur.
    return "|".join(
        [
            AMORCE.pattern,
            _SANS_CODE_AMORCE,
            *(rf"^[\W_]*(?:[0-9]{{1,3}}[\W_]*)?{debut}" for debut in debuts),
            rf"^.{{{_LONG}}}",
        ]
    )


_DEBUT_DE_LIBELLE = 12
_LONG = 24


def _libelles_ecrits(referentiel: Referentiel) -> list[str]:
    """Les libellés de l’échelle et de ce que l’on note, les énoncés ; un nombre n’en est pas : ce peut être un code."""
    echelle = referentiel.echelle
    sans_objet = [] if echelle.sans_objet is None else [echelle.sans_objet.libelle]
    notees = [*(une.libelle for une in referentiel.competences), *(une.libelle for une in referentiel.ingenieries)]
    enonces = [enonce for item in referentiel.items for enonce in (item.enonce, item.enonce_tiers) if enonce]
    libelles = [*(niveau.libelle for niveau in echelle.niveaux), *sans_objet, *notees, *enonces]
    return [libelle for libelle in libelles if lire_nombre(libelle) is None]


_NUMEROTES_MIN = 3
_AUTRES_MIN = 2
_SEULS_MAX = 3
_ADRESSE, _CHIFFRES, _LETTRES = re.compile(r".*@.*"), re.compile(r"[0-9]+"), re.compile(r"[^\W\d_]+")
_EN_CHIFFRES = str.maketrans("123456789", "000000000")


class CodesLus:
    """Les codes d’une table, pour y voir ceux qui ne ressemblent pas aux autres : une ligne qui n’est personne.

    Sans chiffre ni « @ » quand tous les autres ont une même forme : « P01 » et « P2 » ont la même, deux adresses, deux
    nombres aussi ; « P3 » et « TERR-09 » non. Ou l’un des ``reserves``, un niveau nu, le code d’un item, quand aucun
    autre n’est écrit comme lui, mêmes lettres et autant de chiffres : des effectifs par niveau, des statistiques.
    """

    def __init__(self, reserves: frozenset[str] = frozenset()) -> None:
        self._reserves = {reserve: _facture(reserve) for reserve in reserves}
        self._factures = frozenset(self._reserves.values())
        self._portees: set[str] = set()
        self._reserves_lus: dict[str, int] = {}
        self._autres: set[str] = set()
        self._formes: set[str] = set()
        self._numerotes: set[str] = set()
        self._seuls: dict[str, int] = {}

    def noter(self, codes: Sequence[str], lignes: Sequence[int]) -> None:
        """Retient les codes de passations prises, et la première ligne de chacun ; un code vide n’en est pas un."""
        if not self._reserves.keys().isdisjoint(map(str.upper, codes)):
            codes, lignes = self._sans_les_reserves(codes, lignes)
        if not codes:
            return
        self._portees |= self._factures.intersection(_facture("\n".join(codes)).split("\n"))
        if len(self._autres) < _AUTRES_MIN:
            self._autres.update(islice(filter(None, dict.fromkeys(codes)), _AUTRES_MIN))
        if not self._sont_divers():
            self._noter_les_formes(codes, lignes)

    def _noter_les_formes(self, codes: Sequence[str], lignes: Sequence[int]) -> None:
        formes_de = _forme("\n".join(codes)).split("\n")
        if len(self._numerotes) == _NUMEROTES_MIN and self._formes.issuperset(formes_de):
            return
        for code, ligne, forme in zip(codes, lignes, formes_de, strict=True):
            if "9" in forme or "@" in forme:
                self._formes.add(forme)
                if len(self._numerotes) < _NUMEROTES_MIN:
                    self._numerotes.add(code)
            elif code and (code in self._seuls or not self._sont_divers()):
                self._seuls[code] = min(ligne, self._seuls.get(code, ligne))

    def _sans_les_reserves(self, codes: Sequence[str], lignes: Sequence[int]) -> tuple[list[str], list[int]]:
        restent = []
        for code, ligne in zip(codes, lignes, strict=True):
            if code.upper() in self._reserves:
                self._reserves_lus[code] = min(ligne, self._reserves_lus.get(code, ligne))
            else:
                restent.append((code, ligne))
        return [code for code, _ in restent], [ligne for _, ligne in restent]

    def douteux(self) -> list[tuple[str, int]]:
        """Les codes qui ne ressemblent pas aux autres et leur ligne, dans l’ordre des lignes ; souvent aucun."""
        etranges = self._reserves_seuls()
        ordinaires = [code for code in self._reserves_lus if code not in etranges]
        numerotes = {code for code in ordinaires if _CHIFFRES.search(code)}
        formes = self._formes | set(map(_forme, numerotes))
        seuls = {**self._seuls, **{code: self._reserves_lus[code] for code in ordinaires if code not in numerotes}}
        juge = len(self._numerotes | numerotes) >= _NUMEROTES_MIN and len(formes) == 1 and len(seuls) <= _SEULS_MAX
        return sorted({**(seuls if juge else {}), **etranges}.items(), key=lambda seul: seul[1])

    def _reserves_seuls(self) -> dict[str, int]:
        """Les niveaux nus, les codes d’items que rien d’autre n’explique : personne n’est numéroté ainsi."""
        factures = {code: self._reserves[code.upper()] for code in self._reserves_lus}
        if len(self._autres) < _AUTRES_MIN and len({*factures.values()}) < _AUTRES_MIN:
            return {}
        return {c: ligne for c, ligne in self._reserves_lus.items() if factures[c] not in self._portees}

    def _sont_divers(self) -> bool:
        return len(self._seuls) > _SEULS_MAX or len(self._formes) > 1


def _forme(codes: str) -> str:
    return _LETTRES.sub("a", _CHIFFRES.sub("9", _ADRESSE.sub("@", codes)))


def _facture(codes: str) -> str:
    """Comment un code est écrit : ses lettres, un zéro par chiffre ; deux nombres, deux initiales le sont de même."""
    ecrits = codes.upper().translate(_EN_CHIFFRES)
    return _INITIALES.sub("AA", _NOMBRES_NUS.sub("0", ecrits))


_NOMBRES_NUS, _INITIALES = re.compile(r"^0+$", re.MULTILINE), re.compile(r"^[A-Z]{2}$", re.MULTILINE)


def codes_reserves(referentiel: Referentiel) -> frozenset[str]:
    """Ce qui nomme un niveau, « SO », un item, une compétence ou une ingénierie, et par hasard seulement quelqu’un."""
    codes = [*(item.code for item in referentiel.items), *(une.identifiant for une in referentiel.competences)]
    codes += (une.identifiant for une in referentiel.ingenieries)
    niveaux = (str(niveau.valeur) for niveau in referentiel.echelle.niveaux)
    return frozenset(map(str.upper, [*codes, *niveaux, *([] if referentiel.echelle.sans_objet is None else ["SO"])]))


_DE_CONTEXTE = frozenset({Role.PROFIL, Role.MOMENT, Role.REGARD, Role.DATE_MOMENT, *DU_TIERS})


_SANS_NOM_DE_TOTAL = A_COTE_D_UN_ITEM | {Role.CALCULEE, Role.ITEM_REFUSE}


def _peut_nommer(colonne: ColonneLue, premiere: int) -> bool:
    role = colonne.cible.role
    return role is Role.IDENTIFIANT or (colonne.rang < premiere and role not in _SANS_NOM_DE_TOTAL)


# --- ce qui est écrit à droite d’une table, hors de ses colonnes : une légende, une note ; ou une réponse décalée -----


class CellulesACote:
    """Distingue, dans les colonnes sans nom d’une table, ce qui n’en est pas de ce qui a pu en déborder.

    Un séparateur de trop dans un texte pousse toute la suite de sa ligne : la dernière réponse tombe alors juste à
    droite de la table. Des mots qu’une cellule vide en sépare, ou qui ne sont pas une réponse, n’en viennent pas.
    """

    def __init__(self, entete: Entete) -> None:
        lues = entete.de_role(*LUES, Role.ITEM_REFUSE)
        derniere = max(lues, key=lambda colonne: colonne.rang)
        self._lues = [colonne.rang for colonne in lues]
        self._fin = derniere.rang
        self._finit_par_un_item = derniere.cible.role in (Role.ITEM, Role.ITEM_REFUSE)
        self._sans_nom = [colonne.rang for colonne in entete.de_role(Role.SANS_NOM)]

    def remplies(self, cellules: Sequence[object]) -> list[int]:
        """Les colonnes sans nom où quelque chose est écrit ; un titre fusionné en travers n’y compte pas."""
        return [rang for rang in self._sans_nom if not _est_fusionnee(cellules[rang]) and _porte(cellules[rang])]

    def sont_a_cote(
        self, cellules: Sequence[object], remplies: Sequence[int], lire: Callable[[object], Reponse | None]
    ) -> bool:
        """Vrai si ces cellules ne peuvent être des réponses décalées : nul n’a répondu là, ou ce n’en sont pas."""
        premiere = remplies[0]
        if premiere < self._fin:
            return False
        if not self.porte_quelque_chose(cellules):
            return True
        if any(self._fin < vide < premiere for vide in self._sans_nom):
            return not all(
                lire_nombre(cellules[rang]) is not None or est_un_code_so(cellules[rang]) for rang in remplies
            )
        return premiere == self._fin + 1 and self._finit_par_un_item and lire(cellules[premiere]) is None

    def porte_quelque_chose(self, cellules: Sequence[object]) -> bool:
        """Vrai si une colonne lue est remplie."""
        return any(_porte(cellules[rang]) for rang in self._lues)


def _porte(cellule: object) -> bool:
    return bool(str(lire_mots(cellule)))


def _est_une_formule(cellule: object) -> bool:
    return isinstance(cellule, Piege) and cellule.code == "cellule-formule"


def _est_fusionnee(cellule: object) -> bool:
    return isinstance(cellule, Piege) and cellule.code == "cellule-fusionnee"


# --- ce qui traîne à côté des réponses et n’en porte pas --------------------------------------------------------------
#
# Une grille de référentiel, un YAML de cpit, un LISEZMOI.


GRILLE_DE_REFERENTIEL = "une grille de référentiel"
_FEUILLES_D_UNE_GRILLE = frozenset({"competences", "ingenieries", "items", "niveaux"})
"""Celles que garde tout référentiel écrit dans un tableur ; une table de réponses n’a pas ces quatre feuilles."""
_TAILLE_MAX, _DECLARE_MAX = 50_000_000, 200_000_000
"""Octets d’un classeur, puis de son contenu décompressé, où l’on cherche une grille."""
_YAML = (".yaml", ".yml")
_TETE = 1_000_000
"""Octets d’un YAML où l’on cherche ce qu’il est."""
_SORTES_DE_YAML = (
    ("une correspondance", re.compile(r"^correspondance[ ]*:", re.MULTILINE)),
    ("un référentiel", re.compile(r"^(?:competences|items)[ ]*:", re.MULTILINE)),
)
_NOTICES = frozenset({"lisezmoi", "lisez-moi", "lisez moi", "lisez_moi", "readme", "read me", "read_me", "a lire"})
_SUFFIXES_DE_NOTICE = ("", ".txt", ".md", ".rst")


def nature_a_cote(chemin: Path) -> str:
    """Ce qu’est un fichier trouvé parmi des réponses s’il n’en porte pas ; vide si rien ne le dit. Ne lève rien."""
    suffixe = chemin.suffix.lower()
    if suffixe in _SUFFIXES_DE_NOTICE and replier_libelle(chemin.stem) in _NOTICES:
        return "une notice"
    if suffixe in _YAML:
        return _nature_d_un_yaml(chemin)
    return ""


def _nature_d_un_yaml(chemin: Path) -> str:
    try:
        texte = lire_debut(chemin, _TETE).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""
    return next((sorte for sorte, motif in _SORTES_DE_YAML if motif.search(texte)), "")


def est_une_grille_de_referentiel(chemin: Path) -> bool:
    """Vrai pour le classeur où un référentiel s’écrit, rempli ou non ; ne lève rien, et n’en lit que les titres."""
    try:
        verifier_tailles(chemin, taille_max=_TAILLE_MAX, declare_max=_DECLARE_MAX)
        with ouvrir_classeur(chemin) as classeur:
            titres = {replier_libelle(titre) for titre in classeur.titres}
    except (ErreurCpit, FeuilleRefusee, OSError):
        # Tout classeur abîmé : ce n’est pas à cette question de dire comment.
        return False
    return TEXTE_JOINT in titres or titres >= _FEUILLES_D_UNE_GRILLE

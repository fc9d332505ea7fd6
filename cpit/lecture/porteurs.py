"""Quelle question, quel groupe, quel moment ou quel regard porte les items d’une table, dit par ses colonnes ou tu.

« T1[C1P] » est C1P si T1 est la question qui porte les autres items ; « importance[C1P] » ne l’est pas. « T0_C1P » et
« T1_C1P » sont deux moments ; « T1_C1P », seul dans un export de LimeSurvey, est la question T1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from cpit.coeur.passation import REGARDS, Reponse, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie
from cpit.lecture.contexte import (
    Consignes,
    cite_un_autre_moment,
    code_du_moment,
    code_du_regard,
    dit_un_debut,
    dit_un_niveau_voulu,
    dit_une_suite,
    dit_une_vague,
    nomme_des_vagues,
    peut_etre_un_moment,
)
from cpit.lecture.dechiffrement import ou_dire_un_mot, replier_libelle
from cpit.lecture.entetes import (
    A_COTE_D_UN_ITEM,
    DE_PLACE,
    Cible,
    ColonneLue,
    Designation,
    Entete,
    Habit,
    Rejet,
    Role,
    lire_contexte,
    replier_en_tete,
)
from cpit.typographie import enumerer, typographier

# --- quelle question, quel groupe ou quel moment porte les items d’une table ------------------------------------------
#
# Quand plusieurs colonnes citent le même.
#
# « T1[C1P] » est C1P si T1 est la question qui porte les autres items ; « importance[C1P] » ne l’est pas. « T0_C1P »
# et « T1_C1P » sont deux moments ; « T1_C1P », seul dans un export de LimeSurvey, est la question T1.


Trouvee = Designation | Rejet | None
"""Ce que l’on sait d’une colonne : ce qu’elle désigne, pourquoi on ne la prend pas, ou rien."""

_QUESTION = re.compile(r"[a-z]+[0-9][a-z0-9]*")
"""Le code d’une question d’enquête : « T1 », « G01Q02 »."""
_MOT = re.compile(r"[a-z][a-z0-9]*")


@dataclass(frozen=True, slots=True)
class RegleDesPorteurs:
    """Ce qui fait lire autrement un même porteur : l’outil, et si une colonne dit déjà le moment, ou le regard."""

    question_soulignee: bool
    groupes: bool
    moment_dit: bool
    regard_dit: bool

    def est_deja_dit(self, porteur: str) -> bool:
        """Vrai si une colonne dit déjà ce que dirait ce porteur."""
        moment, regard = _contexte_d_un(porteur)
        return bool((moment and self.moment_dit) or (regard and self.regard_dit))

    def contexte_cite(self, trouvee: Trouvee) -> tuple[str, str]:
        """Le moment et le regard qu’aurait un item décidé, si une colonne ne disait pas les siens ; vides sinon."""
        if not isinstance(trouvee, Designation) or trouvee.habit is not Habit.SOULIGNE or self.question_soulignee:
            return "", ""
        return _contexte_d_un(trouvee.porteur)


def _contexte_d_un(porteur: str) -> tuple[str, str]:
    """Le moment et le regard que dit un porteur, vides s’il n’en dit rien."""
    return lire_contexte(porteur) or ("", "")


def decider_des_porteurs(
    trouvees: Sequence[Trouvee], referentiel: Referentiel, regle: RegleDesPorteurs
) -> list[Trouvee]:
    """Les mêmes colonnes, sans les items d’une autre question ; ceux dont on ne sait pas quelle question les porte sont
    rejetés.
    """
    items = {
        rang: une for rang, une in enumerate(trouvees) if isinstance(une, Designation) and une.cible.role is Role.ITEM
    }
    question = replier_libelle(referentiel.echelle.question)
    de_place = {rang: une for rang, une in items.items() if _demande_la_place(une.porteur, question)}
    items = {rang: une for rang, une in items.items() if rang not in de_place}
    decidees: dict[int, Trouvee] = {**dict.fromkeys(de_place), **dict(_sans_copies(items))}
    decidees |= _situer_les_items({r: d for r, d in decidees.items() if isinstance(d, Designation)}, regle)
    portes = {rang: une for rang, une in decidees.items() if isinstance(une, Designation)}
    decidees |= _Groupes(portes, referentiel, regle).decider()
    return [decidees.get(rang, une) for rang, une in enumerate(trouvees)]


_D_UNE_NOTATION = frozenset({"points", "feedback", "commentaires"})
_PLACE = re.compile(rf"(?:(?:degre|niveau|note) d')?(?P<mot>{'|'.join(DE_PLACE)})\b.*")


def _demande_la_place(porteur: str, question: str) -> bool:
    """Vrai de « Importance [énoncé] », même seule dans la table, si ce n’est pas ce que demande l’échelle ; et de
    « Points - énoncé », que Microsoft Forms met à côté des réponses.
    """
    trouve = _PLACE.fullmatch(porteur)
    return porteur in _D_UNE_NOTATION or (trouve is not None and trouve["mot"] not in question)


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
    # LimeSurvey nomme ainsi ses questions, dès la première : deux n’y sont deux moments que s’il y a t0.
    moments = {moment for porteur in dits if (moment := _contexte_d_un(porteur)[0])}
    memes = memes and not (regle.question_soulignee and moments and "t0" not in moments)
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
    moment, regard = _contexte_d_un(porteur)
    return bool(moment), bool(regard)


def _situer(designation: Designation) -> Designation:
    """L’item, au moment et sous le regard de son porteur."""
    moment, regard = _contexte_d_un(designation.porteur)
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
        self._demandee = replier_libelle(referentiel.echelle.question)
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
        meme_squelette = bool(self._principal) and _squelette(porteur) == _squelette(self._principal)
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


# --- les colonnes d’items d’une table, par moment et par regard : une table large en a plusieurs groupes --------------


@dataclass(frozen=True, slots=True)
class GroupeDeColonnes:
    """Les colonnes d’items d’un même moment et d’un même regard.

    ``moment``, ``regard`` : ceux que portent les en-têtes, vides si la ligne les dit. ``refusees`` : les colonnes
    d’items dont aucune réponse n’est prise.
    """

    moment: str
    regard: str
    items: tuple[ColonneLue, ...]
    refusees: tuple[ColonneLue, ...]
    traces: tuple[ColonneLue, ...]
    places: tuple[ColonneLue, ...]
    rangs: tuple[int, ...]
    codes: tuple[str, ...]
    absentes: tuple[Reponse, ...]


def grouper_les_colonnes(entete: Entete, referentiel: Referentiel) -> list[GroupeDeColonnes]:
    """Les colonnes d’items par moment et regard, dans l’ordre de la table."""
    paquets: dict[tuple[str, str], list[ColonneLue]] = {}
    for colonne in entete.de_role(Role.ITEM, Role.ITEM_REFUSE):
        paquets.setdefault(_contexte_de(colonne), []).append(colonne)
    groupes = []
    for (moment, regard), colonnes in paquets.items():
        items, refusees = ([c for c in colonnes if c.cible.role is role] for role in (Role.ITEM, Role.ITEM_REFUSE))
        presents = [colonne.cible.code for colonne in items]
        absents = [item.code for item in referentiel.items if item.code not in set(presents)]
        traces, places = (
            tuple(c for c in entete.de_role(*roles) if _accompagne(c, (moment, regard), seul=len(paquets) == 1))
            for roles in ((Role.TRACE,), DE_PLACE)
        )
        rangs = tuple(colonne.rang for colonne in items)
        codes = (*presents, *absents)
        groupes.append(
            GroupeDeColonnes(
                *(moment, regard, tuple(items), tuple(refusees), traces, places, rangs, codes),
                absentes=(sans_reponse(),) * len(absents),
            )
        )
    return groupes


def _contexte_de(colonne: ColonneLue) -> tuple[str, str]:
    return colonne.cible.moment, colonne.cible.regard


def _accompagne(colonne: ColonneLue, contexte: tuple[str, str], *, seul: bool) -> bool:
    """Vrai si une trace, ou une place, est des réponses de ce moment et de ce regard ; s’ils sont seuls dans la table,
    un en-tête qui n’en dit rien est le leur.
    """
    sien = _contexte_de(colonne)
    return sien == contexte or (
        seul and all(not dit or not ici or dit == ici for dit, ici in zip(sien, contexte, strict=True))
    )


def colonnes_orphelines(colonnes: Sequence[ColonneLue]) -> list[ColonneLue]:
    """Les traces et les places que nul groupe de réponses ne prend : on ne sait de quel moment, ou regard, elles sont.

    Ce sont les colonnes d’une table qui porte des items.
    """
    contextes = {_contexte_de(c) for c in colonnes if c.cible.role in (Role.ITEM, Role.ITEM_REFUSE)}
    seul = len(contextes) == 1
    a_cote = (colonne for colonne in colonnes if colonne.cible.role in A_COTE_D_UN_ITEM)
    return [c for c in a_cote if not any(_accompagne(c, contexte, seul=seul) for contexte in contextes)]


# --- le moment et le regard d’une table qui ne les nomme pas ----------------------------------------------------------
#
# Un titre, une colonne ou une question les dit peut-être.
#
# Ce qui s’écrit comme cpit l’écrit (« t1 », « tiers ») est lu, et c’est dit ; ce qui dit un autre moment que t0, ou
# un autre regard que soi, sans qu’on sache lequel (« Après formation ») est refusé : rien n’est supposé contre la
# table.


_DEFAUTS = {Role.MOMENT: "t0", Role.REGARD: "soi"}
_EXEMPLES = {Role.MOMENT: "--moment t1", Role.REGARD: "--regard tiers"}
"""L’option qui dit un autre moment que t0, un autre regard que soi."""
_TITRE = re.compile(
    r"(?:(?:moment|regard|temps|passation|questionnaire|mesure) ?:? ?)?(?P<contexte>[^ ,:()]+(?: retrospectif)?)"
    r"(?: ?[-:(].*)?"
)
"""« T1 », « Moment : t1 », « T1 – fin de formation », une fois replié."""
_AUTRUI = r"manager|hierarchi(?:e|que)|n ?\+ ?1|superieur(?: hierarchique)?|collegues?|pairs?|tuteur|evaluateur|tiers"
_CITE_AUTRUI = re.compile(rf"(?<![a-z0-9])(?:{_AUTRUI})(?![a-z0-9])")
_D_UN_AUTRE: dict[Role, Callable[[str], object]] = {
    Role.MOMENT: lambda plie: dit_une_suite(plie) or dit_une_vague(plie) or dit_un_niveau_voulu(plie),
    Role.REGARD: re.compile(_AUTRUI).fullmatch,
}
"""La question ou le groupe d’items, replié, qui dit un autre moment que t0, ou un autre regard que soi."""


@dataclass(frozen=True, slots=True)
class TableVue:
    """Ce que l’on voit d’une table : les lignes au-dessus de son en-tête, ses noms, et ses premières lignes.

    ``rangees`` : chacune de ses lignes d’en-tête, repliée.
    """

    dessus: Sequence[Sequence[str]]
    rangees: Sequence[Sequence[str]]
    noms: Sequence[str]
    lignes: Sequence[Sequence[str]]


@dataclass(slots=True)
class ContexteTrouve:
    """Les colonnes, une fois leur moment et leur regard trouvés ; celles qui les disent ; ce qu’il faut en dire."""

    trouvees: list[Trouvee]
    colonnes: dict[int, Role] = field(default_factory=dict)
    dits: list[Anomalie] = field(default_factory=list)
    refus: list[Anomalie] = field(default_factory=list)


def chercher_le_contexte(
    trouvees: Sequence[Trouvee],
    table: TableVue,
    tus: Sequence[Role],
    situer: Callable[[int], Lieu],
    referentiel: Referentiel,
    *,
    porteurs_d_outil: bool,
) -> ContexteTrouve:
    """Le moment et le regard qu’une table dit ailleurs que dans une colonne ou un en-tête de ce nom.

    :param tus: ceux que ni une colonne, ni un en-tête, ni la commande ne disent.
    :param porteurs_d_outil: vrai si l’outil met lui-même une question, ou un groupe, devant ses items (« M1_C1P »).
    """
    trouve = ContexteTrouve(list(trouvees))
    for role in tus:
        if _lire_les_titres(trouve, table, role, situer):
            continue
        if _lire_une_colonne(trouve, table, role, situer, referentiel):
            continue
        if role is not Role.REGARD or not _lire_les_enonces(trouve, table, situer, referentiel):
            trouve.refus += list(_porteurs_d_un_autre(trouve.trouvees, table, role, situer))
            if role is Role.MOMENT and not trouve.refus and not porteurs_d_outil:
                trouve.refus = list(_porteur_douteux(trouve.trouvees, table, situer))
            if not trouve.refus:
                trouve.refus = list(_porteur_qui_cite(trouve.trouvees, table, role, situer, referentiel))
    return trouve


def lire_le_nom_d_une_feuille(
    nom: str, entete: Entete, consignes: Consignes, lieu: Lieu
) -> tuple[Consignes, list[Anomalie]]:
    """Les consignes que complète le nom d’une feuille de réponses parmi d’autres (« T1 »), et ce qu’il faut en dire.

    :raises ErreurCpit: s’il dit un autre moment que t0, ou un autre regard que soi, sans qu’on sache lequel.
    """
    dits: list[Anomalie] = []
    for role, donne in ((Role.MOMENT, consignes.moment), (Role.REGARD, consignes.regard)):
        items = entete.de_role(Role.ITEM)
        en_tete = any(c.cible.moment if role is Role.MOMENT else c.cible.regard for c in items)
        if donne or en_tete or entete.de_role(role):
            continue
        if mot := _dire(nom, role):
            moment = role is Role.MOMENT
            consignes = replace(consignes, moment=mot) if moment else replace(consignes, regard=mot)
            dits.append(_reconnu(lieu, role, typographier(f"le nom de la feuille, « {nom} »,"), [mot]))
        elif _D_UN_AUTRE[role](replier_en_tete(nom)):
            raise ErreurCpit([_suppose(lieu, role, nom, nom)])
    return consignes, dits


def _items(trouvees: Sequence[Trouvee], roles: Collection[Role] = (Role.ITEM, Role.TRACE)) -> dict[int, Designation]:
    return {rang: une for rang, une in enumerate(trouvees) if isinstance(une, Designation) and une.cible.role in roles}


def _lire_les_titres(trouve: ContexteTrouve, table: TableVue, role: Role, situer: Callable[[int], Lieu]) -> bool:
    """Vrai si une ligne de titres dit le moment, ou le regard, de toutes les colonnes d’items ; elles le prennent."""
    items = _items(trouve.trouvees)
    for titres in table.dessus:
        sur = _etendre(titres, len(table.noms))
        lus = {rang: _dire(sur[rang], role) for rang in items}
        if not lus or not all(lus.values()):
            continue
        # Une place se lit sous le même titre que sa situation ; sans titre, elle n’empêche pas de lire les autres.
        a_situer = {**{r: une for r, une in _items(trouve.trouvees, DE_PLACE).items() if _dire(sur[r], role)}, **items}
        for rang, une in a_situer.items():
            trouve.trouvees[rang] = replace(une, cible=_situer_la_cible(une.cible, role, _dire(sur[rang], role)))
        valeurs = enumerer([typographier(f"« {titre} »") for titre in dict.fromkeys(sur[rang] for rang in items)])
        trouve.dits.append(_reconnu(situer(min(items)), role, f"le titre {valeurs}", lus.values()))
        return True
    return False


def _lire_les_enonces(
    trouve: ContexteTrouve, table: TableVue, situer: Callable[[int], Lieu], referentiel: Referentiel
) -> bool:
    """Vrai si des en-têtes sont les énoncés que l’on dit à un tiers : ces colonnes sont son regard.

    S’il n’en est aucun que l’on ne dise qu’à la personne, toutes les colonnes d’items le sont.
    """
    items = _items(trouve.trouvees)
    a_qui = {rang: _a_qui_parle(une.cible.code, rang, table, referentiel) for rang, une in items.items()}
    tiers = {rang: "tiers" for rang, qui in a_qui.items() if qui == "tiers"}
    if not tiers:
        return False
    if "soi" not in a_qui.values():
        tiers = dict.fromkeys(items, "tiers")
    for rang, mot in tiers.items():
        trouve.trouvees[rang] = replace(items[rang], cible=_situer_la_cible(items[rang].cible, Role.REGARD, mot))
    premier = min(tiers)
    ou = "l’énoncé des situations, écrit pour un tiers,"
    trouve.dits.append(_reconnu(situer(premier), Role.REGARD, ou, tiers.values()))
    return True


def _a_qui_parle(code: str, rang: int, table: TableVue, referentiel: Referentiel) -> str:
    """À qui un en-tête dit l’énoncé d’un item : « tiers », « soi », ou rien s’il se dit de même, ou n’y est pas."""
    item = referentiel.items_par_code[code]
    pour_soi, pour_un_tiers = (replier_libelle(mots).rstrip(" .") for mots in (item.enonce, item.enonce_tiers or ""))
    noms = " ".join(rangee[rang].replace("_", " ") for rangee in table.rangees if rang < len(rangee))
    if not pour_un_tiers or pour_un_tiers == pour_soi:
        return ""
    return "tiers" if pour_un_tiers in noms else "soi" if pour_soi in noms else ""


def _etendre(titres: Sequence[str], largeur: int) -> list[str]:
    """Chaque titre, répété sur les cellules vides à sa droite."""
    etendus: list[str] = []
    for rang in range(largeur):
        titre = titres[rang].strip() if rang < len(titres) else ""
        etendus.append(titre or (etendus[-1] if etendus else ""))
    return etendus


def _dire(titre: str, role: Role) -> str:
    trouve = _TITRE.fullmatch(replier_en_tete(titre))
    contexte = lire_contexte(trouve["contexte"]) if trouve else None
    moment, regard = contexte or ("", "")
    return moment if role is Role.MOMENT else regard


def lire_un_titre(titre: str) -> tuple[str, str, Role | None]:
    """Le moment et le regard que dit un titre, vides s’il n’en dit rien ; ce qu’il en dit sans qu’on sache lequel."""
    plie = replier_en_tete(titre)
    moment, regard = _dire(titre, Role.MOMENT), _dire(titre, Role.REGARD)
    return moment, regard, None if moment or regard else next((r for r, d in _D_UN_AUTRE.items() if d(plie)), None)


def situer_les_items(entete: Entete, moment: str, regard: str) -> Entete:
    """L’en-tête, ses items et ce qui les accompagne à ce moment et sous ce regard ; vides, les leurs restent.

    Les autres colonnes le sont aussi : d’elles, nul ne le lit.
    """
    situees = tuple(
        replace(c, cible=replace(c.cible, moment=moment or c.cible.moment, regard=regard or c.cible.regard))
        for c in entete.colonnes
    )
    return replace(entete, colonnes=situees)


def _situer_la_cible(cible: Cible, role: Role, mot: str) -> Cible:
    return replace(cible, moment=mot) if role is Role.MOMENT else replace(cible, regard=mot)


def _reconnu(lieu: Lieu, role: Role, ou: str, lus: Iterable[str]) -> Anomalie:
    valeurs = enumerer(list(dict.fromkeys(lus)))
    return anomalie("contexte-reconnu", lieu, role=str(role), ou=ou, valeurs=valeurs, option=f"--{role}")


def _lire_une_colonne(
    trouve: ContexteTrouve, table: TableVue, role: Role, situer: Callable[[int], Lieu], referentiel: Referentiel
) -> bool:
    """Vrai si une seule colonne inconnue ne porte que des moments, ou que des regards : elle les dit."""
    est_un = code_du_moment if role is Role.MOMENT else REGARDS.__contains__
    vus = {
        rang: mots for rang in range(len(table.noms)) if trouve.trouvees[rang] is None and (mots := _mots(table, rang))
    }
    disent = [rang for rang, mots in vus.items() if all(map(est_un, mots))]
    if len(disent) == 1:
        (rang,) = disent
        trouve.colonnes[rang] = role
        ou = typographier(f"la colonne « {table.noms[rang]} »")
        trouve.dits.append(_reconnu(situer(rang), role, ou, vus[rang]))
        return True
    d_un_autre = _disent_un_autre_moment if role is Role.MOMENT else _disent_un_autre_regard
    autres = [rang for rang, mots in vus.items() if d_un_autre(replier_en_tete(table.noms[rang]), mots)]
    for rang in [*disent, *autres][:1]:
        lieu, nom, mot = situer(rang), table.noms[rang], vus[rang][0]
        ou_dire = ou_dire_un_mot(lieu.fichier, referentiel, "", (nom, str(role), mot))
        trouve.refus.append(_suppose(lieu, role, nom, mot, ou_dire))
    return bool(disent or autres)


def _mots(table: TableVue, rang: int) -> list[str]:
    """Ce que porte une colonne dans les premières lignes, sans double."""
    cellules = (ligne[rang].strip().lower() for ligne in table.lignes if rang < len(ligne))
    return list(dict.fromkeys(filter(None, cellules)))


def _disent_un_autre_moment(nom: str, mots: Sequence[str]) -> bool:
    """Vrai pour « avant », « après formation », ou 1 et 2 sous « Vague » : des moments, mais lesquels ?"""
    plies = [replier_libelle(mot) for mot in mots]
    if nomme_des_vagues(nom) and all(_NUMERO_DE_VAGUE.fullmatch(mot) or peut_etre_un_moment(mot) for mot in plies):
        return True
    return all(dit_un_debut(mot) or dit_une_suite(mot) for mot in plies) and any(map(dit_une_suite, plies))


_NUMERO_DE_VAGUE = re.compile(r"[0-9](?:er|re|ere|nd|nde|e|eme)?|premiere?|deuxieme|seconde?|troisieme")
_QUI_REPOND = re.compile(
    r"(?:type|role|statut|qualite) (?:de |du |de la |d')(?:repondante?|evaluateur|regard|evaluation)"
    r"|repondante?s?|qui (?:repond|evalue).*|evaluations?|regards? (?:de|porte).*|points? de vue|source"
    r"|(?:(?:quel est )?votre |le )?(?:lien|relation)(?: .*)?|(?:vous|je) repond(?:ez|s) (?:pour|a propos de).*"
    r"|pour qui repondez-vous.*|vous etes"
)
"""L’en-tête, replié, de ce qui dit d’où l’on parle."""


_ARTICLE = re.compile(r"^(?:(?:une?|le|la|mon|ma|son|sa|votre) |l')")


def _disent_un_autre_regard(nom: str, mots: Sequence[str]) -> bool:
    """Vrai pour « auto » et « manager », ou « N+1 » sous « Répondant » : des regards, dits autrement que cpit."""
    lus = [code_du_regard(mot) or code_du_regard(_ARTICLE.sub("", replier_libelle(mot))) for mot in mots]
    if "tiers" not in lus:
        return False
    return _QUI_REPOND.fullmatch(nom.rstrip(" :?")) is not None or (None not in lus and "soi" in lus)


def _porteurs_d_un_autre(
    trouvees: Sequence[Trouvee], table: TableVue, role: Role, situer: Callable[[int], Lieu]
) -> Iterator[Anomalie]:
    """Le refus d’une table dont la question ou le groupe dit « après », ou « manager », que cpit compterait t0, soi."""
    for rang, une in _items(trouvees).items():
        if _D_UN_AUTRE[role](une.porteur):
            yield _suppose(situer(rang), role, table.noms[rang], une.porteur)
            return


def _porteur_douteux(trouvees: Sequence[Trouvee], table: TableVue, situer: Callable[[int], Lieu]) -> Iterator[Anomalie]:
    """Le refus d’une table dont tous les items sont « M1_… » : ce peut être un moment, et rien ne dit lequel."""
    items = _items(trouvees, (Role.ITEM,))
    porteurs = {une.porteur for une in items.values()}
    if len(porteurs) != 1 or not peut_etre_un_moment(porteur := porteurs.pop()):
        return
    rang, une = next(iter(items.items()))
    if not _est_un_code_de_question(une, table.noms[rang]) or dit_une_vague(porteur):
        yield anomalie("contexte-douteux", situer(rang), nom=table.noms[rang], mot=porteur)


def _est_un_code_de_question(une: Designation, nom: str) -> bool:
    """Vrai de « M1[C1P] », « Q02_M1->énoncé » : l’item d’une question d’enquête, que son code nomme ; « M1 [énoncé] »
    est une question qui s’appelle ainsi.
    """
    return une.habit is Habit.CROCHETS and re.match(r"\W*\w+(?:\[|->)", nom) is not None


_QUESTION_MAX = 6
"""Mots d’un titre de groupe ; au-delà, c’est une question, qui peut parler de collègues sans leur être posée."""


def _porteur_qui_cite(
    trouvees: Sequence[Trouvee],
    table: TableVue,
    role: Role,
    situer: Callable[[int], Lieu],
    referentiel: Referentiel,
) -> Iterator[Anomalie]:
    """Le refus d’une table dont le seul porteur cite, parmi d’autres mots, un autre moment que t0 (« Questionnaire
    T1 »), ou un autre que soi (« Bilan du manager »).
    """
    items = _items(trouvees, (Role.ITEM,))
    porteurs = {une.porteur for une in items.values()}
    connus = {replier_libelle(referentiel.echelle.question)}
    connus |= {replier_libelle(echelle.libelle) for echelle in referentiel.echelles.values()}
    if len(porteurs) != 1 or (porteur := porteurs.pop()) in connus:
        return
    rang, une = next(iter(items.items()))
    nom = table.noms[rang]
    code = _est_un_code_de_question(une, nom) or (une.habit is Habit.SOULIGNE and " " not in porteur)
    if role is Role.MOMENT and not code and cite_un_autre_moment(porteur):
        yield anomalie("contexte-douteux", situer(rang), nom=nom, mot=porteur)
    court = len(porteur.split()) <= _QUESTION_MAX and "?" not in porteur
    if role is Role.REGARD and court and _CITE_AUTRUI.search(porteur.replace("_", " ")):
        yield _suppose(situer(rang), role, nom, porteur)


def _suppose(lieu: Lieu, role: Role, nom: str, mot: str, ou_dire: str = "") -> Anomalie:
    mots = {"role": str(role), "nom": nom, "mot": mot, "defaut": _DEFAUTS[role], "option": _EXEMPLES[role]}
    return anomalie("contexte-suppose", lieu, **mots, ou_dire=ou_dire)

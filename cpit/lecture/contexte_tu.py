"""Le moment et le regard d’une table qui ne les nomme pas : un titre, une colonne ou une question les dit peut-être.

Ce qui s’écrit comme cpit l’écrit (« t1 », « tiers ») est lu, et c’est dit ; ce qui dit un autre moment que t0, ou un
autre regard que soi, sans qu’on sache lequel (« Après formation ») est refusé : rien n’est supposé contre la table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cpit.coeur.passation import REGARDS
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie
from cpit.lecture.consignes import Consignes
from cpit.lecture.dechiffrement import replier_libelle
from cpit.lecture.entetes import Cible, Designation, Entete, Role, lire_contexte, replier_en_tete
from cpit.lecture.mots_de_contexte import code_du_moment, dit_un_debut, dit_une_suite
from cpit.lecture.porteurs import Trouvee
from cpit.typographie import enumerer, typographier

_DEFAUTS = {Role.MOMENT: "t0", Role.REGARD: "soi"}
_EXEMPLES = {Role.MOMENT: "--moment t1", Role.REGARD: "--regard tiers"}
"""L’option qui dit un autre moment que t0, un autre regard que soi."""
_TITRE = re.compile(
    r"(?:(?:moment|regard|temps|passation|questionnaire|mesure) ?:? ?)?(?P<contexte>[^ ,:()]+(?: retrospectif)?)"
    r"(?: ?[-:(].*)?"
)
"""« T1 », « Moment : t1 », « T1 – fin de formation », une fois replié."""
_AUTRUI = r"manager|hierarchi(?:e|que)|n ?\+ ?1|superieur(?: hierarchique)?|collegues?|pairs?|tuteur|evaluateur|tiers"
_D_UN_AUTRE: dict[Role, Callable[[str], object]] = {
    Role.MOMENT: dit_une_suite,
    Role.REGARD: re.compile(_AUTRUI).fullmatch,
}
"""La question ou le groupe d’items, replié, qui dit un autre moment que t0, ou un autre regard que soi."""


@dataclass(frozen=True, slots=True)
class TableVue:
    """Ce que l’on voit d’une table : les lignes au-dessus de son en-tête, ses noms, et ses premières lignes."""

    dessus: Sequence[Sequence[str]]
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
    trouvees: Sequence[Trouvee], table: TableVue, tus: Sequence[Role], situer: Callable[[int], Lieu]
) -> ContexteTrouve:
    """Le moment et le regard qu’une table dit ailleurs que dans une colonne ou un en-tête de ce nom.

    :param tus: ceux que ni une colonne, ni un en-tête, ni la commande ne disent.
    """
    trouve = ContexteTrouve(list(trouvees))
    for role in tus:
        if not _lire_les_titres(trouve, table, role, situer) and not _lire_une_colonne(trouve, table, role, situer):
            trouve.refus += list(_porteurs_d_un_autre(trouve.trouvees, table, role, situer))
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
            dits.append(_reconnu(lieu, role, typographier(f"le nom de la feuille, « {nom} »,"), {0: mot}))
        elif _D_UN_AUTRE[role](replier_en_tete(nom)):
            raise ErreurCpit([_suppose(lieu, role, nom, nom)])
    return consignes, dits


def _items(trouvees: Sequence[Trouvee]) -> dict[int, Designation]:
    return {
        rang: une
        for rang, une in enumerate(trouvees)
        if isinstance(une, Designation) and une.cible.role in (Role.ITEM, Role.TRACE)
    }


def _lire_les_titres(trouve: ContexteTrouve, table: TableVue, role: Role, situer: Callable[[int], Lieu]) -> bool:
    """Vrai si une ligne de titres dit le moment, ou le regard, de toutes les colonnes d’items ; elles le prennent."""
    items = _items(trouve.trouvees)
    for titres in table.dessus:
        sur = _etendre(titres, len(table.noms))
        lus = {rang: _dire(sur[rang], role) for rang in items}
        if not lus or not all(lus.values()):
            continue
        for rang, mot in lus.items():
            trouve.trouvees[rang] = replace(items[rang], cible=_situer(items[rang].cible, role, mot))
        valeurs = enumerer([typographier(f"« {titre} »") for titre in dict.fromkeys(sur[rang] for rang in items)])
        trouve.dits.append(_reconnu(situer(min(items)), role, f"le titre {valeurs}", lus))
        return True
    return False


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


def _situer(cible: Cible, role: Role, mot: str) -> Cible:
    return replace(cible, moment=mot) if role is Role.MOMENT else replace(cible, regard=mot)


def _reconnu(lieu: Lieu, role: Role, ou: str, lus: Mapping[int, str]) -> Anomalie:
    valeurs = enumerer(list(dict.fromkeys(lus.values())))
    return anomalie("contexte-reconnu", lieu, role=str(role), ou=ou, valeurs=valeurs, option=f"--{role}")


def _lire_une_colonne(trouve: ContexteTrouve, table: TableVue, role: Role, situer: Callable[[int], Lieu]) -> bool:
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
        trouve.dits.append(_reconnu(situer(rang), role, ou, dict(enumerate(vus[rang]))))
        return True
    autres = [rang for rang, mots in vus.items() if role is Role.MOMENT and _disent_un_autre_moment(mots)]
    for rang in [*disent, *autres][:1]:
        trouve.refus.append(_suppose(situer(rang), role, table.noms[rang], vus[rang][0]))
    return bool(disent or autres)


def _mots(table: TableVue, rang: int) -> list[str]:
    """Ce que porte une colonne dans les premières lignes, sans double."""
    cellules = (ligne[rang].strip().lower() for ligne in table.lignes if rang < len(ligne))
    return list(dict.fromkeys(filter(None, cellules)))


def _disent_un_autre_moment(mots: Sequence[str]) -> bool:
    """Vrai pour « avant », « après formation » : des moments, mais lesquels ?"""
    plies = [replier_libelle(mot) for mot in mots]
    return all(dit_un_debut(mot) or dit_une_suite(mot) for mot in plies) and any(map(dit_une_suite, plies))


def _porteurs_d_un_autre(
    trouvees: Sequence[Trouvee], table: TableVue, role: Role, situer: Callable[[int], Lieu]
) -> Iterator[Anomalie]:
    """Le refus d’une table dont la question ou le groupe dit « après », ou « manager », que cpit compterait t0, soi."""
    for rang, une in _items(trouvees).items():
        if _D_UN_AUTRE[role](une.porteur):
            yield _suppose(situer(rang), role, table.noms[rang], une.porteur)
            return


def _suppose(lieu: Lieu, role: Role, nom: str, mot: str) -> Anomalie:
    mots = {"role": str(role), "nom": nom, "mot": mot, "defaut": _DEFAUTS[role], "option": _EXEMPLES[role]}
    return anomalie("contexte-suppose", lieu, **mots)

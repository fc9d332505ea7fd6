"""Les colonnes d’une table de réponses, reconnues par leur en-tête, en ordre libre ; rien n’est deviné."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from cpit.coeur.colonnes import PREFIXES_CALCULES, cles_calculees
from cpit.coeur.export import colonnes_propres_au_jeu
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie
from cpit.lecture.consignes import SANS_CONSIGNE, Consignes
from cpit.lecture.dechiffrement import replier_libelle
from cpit.typographie import FINE

_COLONNES_MAX = 2000
EXEMPLE = "EXEMPLE-A-REMPLACER"
"""Identifiant de la ligne d’exemple d’une table vide : elle n’est jamais prise pour une personne."""
_DETAIL_MAX = 20
"""Colonnes inconnues détaillées ; au-delà, c’est un autre fichier."""
_LONGUEUR_MAX = 4000
"""Signes d’un en-tête que l’on cherche à comprendre."""


class Role(StrEnum):
    """Ce que porte une colonne."""

    IDENTIFIANT = "identifiant"
    MOMENT = "moment"
    REGARD = "regard"
    PROFIL = "profil"
    ITEM = "item"
    TRACE = "trace"
    CALCULEE = "calculee"
    ENQUETE = "enquete"
    SANS_NOM = "sans-nom"
    NUMERO = "numero"
    MIS_DE_COTE = "mis-de-cote"


LUES = frozenset({Role.IDENTIFIANT, Role.MOMENT, Role.REGARD, Role.PROFIL, Role.ITEM, Role.TRACE})
_UNIQUES = {"identifiant": Role.IDENTIFIANT, "moment": Role.MOMENT, "regard": Role.REGARD}
IDENTIFIANTS = (
    *("code", "code personne", "code_personne", "code participant", "code_participant"),
    *("participant", "id participant", "id_participant", "identifiant participant", "identifiant_participant"),
    *("participant_id", "personne", "id personne", "id_personne"),
)
"""Synonymes de « identifiant » ; liste fermée."""
_ENQUETE = (
    *("id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp"),
    *("ipaddr", "refurl", "interviewtime"),
)
"""Métadonnées de LimeSurvey."""
_NUMEROS_DE_LIGNE = ("", "unnamed: 0")
"""Première colonne que R (noms de lignes) et pandas (index) ajoutent."""

_TRACE = re.compile(r"trace[_ ](?P<a>.+)|(?P<b>.+)[_ ]trace|trace\[(?P<c>[^\[\]]+)\]")
_ENTRE_CROCHETS = re.compile(r"(?:[a-z][a-z0-9]*)?\[([^\[\]]+)\]")
"""« T1[C1P] », « [C1P] »."""
_FINIT_PAR_CROCHETS = re.compile(r"[^\[\]]*\[([^\[\]]+)\]")
"""« Dans votre poste… [énoncé] »."""
_PREFIXEE = re.compile(r"[a-z]+[0-9][a-z0-9]*_(.+)")
"""« T1_C1P », « G01Q02_C1P »."""


@dataclass(frozen=True, slots=True)
class Cible:
    """Ce que désigne un en-tête : un rôle, et l’item ou la question de profil en cause.

    ``moment``, ``regard`` : ceux que porte l’en-tête lui-même (« T1_C1P »), vides s’il n’en dit rien.
    """

    role: Role
    code: str = ""
    moment: str = ""
    regard: str = ""

    def __str__(self) -> str:
        return f"«{FINE}{self.code or self.role}{FINE}»" + (" (trace)" if self.role is Role.TRACE else "")


@dataclass(frozen=True, slots=True)
class Rejet:
    """Un en-tête que l’on ne prend pas : le code de l’anomalie et ses mots."""

    anomalie: str
    mots: dict[str, object]


@dataclass(frozen=True, slots=True)
class ColonneLue:
    """Une colonne d’une table lue ; ``rang`` part de 0."""

    rang: int
    nom: str
    cible: Cible


@dataclass(frozen=True, slots=True)
class Entete:
    """Les colonnes d’une table, dans son ordre, et les avertissements qu’elles méritent.

    ``outil`` : le nom de l’outil reconnu, vide s’il n’y en a pas ; ``valeurs`` : ce que cet outil écrit, replié, et ce
    que cela vaut (« 0 », « SO », « vide »), avant la grammaire ordinaire ; ``repetes`` : les en-têtes repliés de la
    table, à quoi se reconnaît une ligne qui les répète ; ``moments_d_evenements`` : le moment de chaque événement,
    replié, là où l’outil date ses lignes d’un événement.
    """

    colonnes: tuple[ColonneLue, ...]
    avertissements: tuple[Anomalie, ...] = ()
    outil: str = ""
    valeurs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    repetes: frozenset[str] = frozenset()
    moments_d_evenements: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def de_role(self, *roles: Role) -> tuple[ColonneLue, ...]:
        """Les colonnes de ces rôles."""
        return tuple(colonne for colonne in self.colonnes if colonne.cible.role in roles)


class Nomenclature:
    """Tous les noms qu’une colonne peut porter pour un référentiel, et ce que l’on a dit de la table."""

    def __init__(self, referentiel: Referentiel, consignes: Consignes = SANS_CONSIGNE) -> None:
        self.referentiel, self.consignes = referentiel, consignes
        self._exacts = {item.code: Cible(Role.ITEM, item.code) for item in referentiel.items}
        items = [(item, Cible(Role.ITEM, item.code)) for item in referentiel.items]
        profil = [(question, Cible(Role.PROFIL, question.identifiant)) for question in referentiel.profil]
        self._codes = _couche((item.code, cible) for item, cible in items)
        self._enonces = _couche((item.enonce, cible) for item, cible in items)
        self._couches = (
            _couche((nom, Cible(role)) for nom, role in _UNIQUES.items()),
            self._codes,
            _couche((question.identifiant, cible) for question, cible in profil),
            self._enonces,
            _couche((question.libelle, cible) for question, cible in profil),
            _couche((nom, Cible(Role.IDENTIFIANT)) for nom in IDENTIFIANTS),
            _couche((nom, Cible(Role.CALCULEE)) for nom in cles_calculees()),
            _couche((nom, Cible(Role.ENQUETE)) for nom in _ENQUETE),
        )
        self._noms = {
            _replier_nom(nom): nom
            for nom in (
                *_UNIQUES,
                *self._exacts,
                *(question.identifiant for question in referentiel.profil),
                *(item.enonce for item in referentiel.items),
                *(question.libelle for question in referentiel.profil),
            )
        }

    def reconnaitre(self, nom: str) -> Cible | Rejet | None:
        """Ce que désigne un en-tête ; rien s’il est inconnu."""
        exact = self._exacts.get(nom.strip())
        if exact is not None:
            return exact
        if len(nom) > _LONGUEUR_MAX:
            return None
        plie = replier_libelle(nom)
        if plie in _NUMEROS_DE_LIGNE:
            return Cible(Role.SANS_NOM)
        for couche in self._couches:
            if plie in couche:
                return couche[plie] or Rejet("colonne-ambigue", {"valeur": nom})
        if plie.startswith(PREFIXES_CALCULES):
            return Cible(Role.CALCULEE)
        return self._trace(plie) or self._enquete(plie) or self._code_et_enonce(nom, plie)

    def reconnaitre_un_jeu(self, noms: Sequence[str]) -> dict[str, Cible]:
        """Ce que désignent les colonnes d’un jeu de données que cpit a écrit et que lui seul a ; rien pour une autre
        table, où un mois ou un rang ne se laisserait pas de côté sans le dire.
        """
        if not noms or not noms[0].strip().startswith("pseudonyme"):
            return {}
        pseudonyme, *autres = (colonne.cle for colonne in colonnes_propres_au_jeu(self.referentiel))
        cibles = {pseudonyme: Cible(Role.IDENTIFIANT), **dict.fromkeys(autres, Cible(Role.CALCULEE))}
        return cibles if cibles.keys() <= {nom.strip() for nom in noms} else {}

    def proche(self, nom: str) -> str | None:
        """Le nom connu qui ressemble le plus à un en-tête inconnu, ou rien."""
        trouves = get_close_matches(replier_libelle(nom[:300]), self._noms, n=1)
        return self._noms[trouves[0]] if trouves else None

    def _trace(self, plie: str) -> Cible | None:
        trouve = _TRACE.fullmatch(plie)
        item = self._codes.get(trouve["a"] or trouve["b"] or trouve["c"]) if trouve else None
        return Cible(Role.TRACE, item.code) if item else None

    def _enquete(self, plie: str) -> Cible | None:
        """« T1[C1P] », « [C1P] », « T1_C1P », « Dans votre poste… [énoncé] »."""
        for motif in (_ENTRE_CROCHETS, _PREFIXEE):
            trouve = motif.fullmatch(plie)
            if trouve and (cible := self._codes.get(trouve[1].strip())):
                return cible
        trouve = _FINIT_PAR_CROCHETS.fullmatch(plie)
        return self._enonces.get(trouve[1].strip()) if trouve else None

    def _code_et_enonce(self, nom: str, plie: str) -> Cible | Rejet | None:
        """« C1P. énoncé », « T1[C1P]. Question [énoncé] » ; un autre énoncé est un rejet."""
        tete, point, suite = plie.partition(". ")
        cible = (self._codes.get(tete) or self._enquete(tete)) if point else None
        if cible is None:
            return None
        trouve = _FINIT_PAR_CROCHETS.fullmatch(suite)
        enonce = self.referentiel.items_par_code[cible.code].enonce
        if replier_libelle(enonce) in {suite, trouve[1].strip() if trouve else suite}:
            return cible
        return Rejet("colonne-autre-enonce", {"valeur": nom, "code": cible.code, "enonce": enonce})


def compter_items(noms: Sequence[str], nomenclature: Nomenclature) -> tuple[int, int]:
    """Nombre de colonnes d’items, puis de colonnes reconnues : de quoi comparer deux découpages d’une ligne."""
    cibles = [c for nom in noms[:_COLONNES_MAX] if isinstance(c := nomenclature.reconnaitre(nom), Cible)]
    nommees = [cible for cible in cibles if cible.role is not Role.SANS_NOM]
    return sum(cible.role is Role.ITEM for cible in nommees), len(nommees)


def lire_entete(noms: Sequence[str], nomenclature: Nomenclature, situer: Callable[[int], Lieu]) -> Entete:
    """Reconnaît les colonnes d’un en-tête.

    :param situer: lieu d’une colonne, d’après son rang à partir de 0.
    :raises ErreurCpit: aucune colonne d’item, colonne inconnue ou en double : la source n’est pas lue.
    """
    if len(noms) > _COLONNES_MAX:
        raise ErreurCpit([anomalie("trop-de-colonnes", situer(0), nombre=len(noms), limite=_COLONNES_MAX)])
    jeu = nomenclature.reconnaitre_un_jeu(noms)
    trouvees = [(r, nom, jeu.get(nom) or nomenclature.reconnaitre(nom)) for r, nom in enumerate(map(str.strip, noms))]
    colonnes = _preciser([ColonneLue(r, nom, cible) for r, nom, cible in trouvees if isinstance(cible, Cible)])
    if not any(colonne.cible.role is Role.ITEM for colonne in colonnes):
        raise ErreurCpit([_sans_item(noms, nomenclature.referentiel, situer(0))])
    rejets = [(rang, nom, cible) for rang, nom, cible in trouvees if not isinstance(cible, Cible)]
    refus = [_rejeter(nom, rejet, nomenclature, situer(rang)) for rang, nom, rejet in rejets[:_DETAIL_MAX]]
    if len(rejets) > _DETAIL_MAX:
        refus.append(anomalie("refus-en-nombre", situer(rejets[_DETAIL_MAX][0]), nombre=len(rejets) - _DETAIL_MAX))
    refus += _doubles(colonnes, situer)
    if refus:
        raise ErreurCpit(refus)
    avertissements = _avertir(colonnes, nomenclature.referentiel, situer)
    repetes = frozenset(filter(None, map(replier_libelle, (nom for nom in noms if len(nom) <= _LONGUEUR_MAX))))
    return Entete(tuple(colonnes), tuple(avertissements), repetes=repetes)


def _preciser(colonnes: list[ColonneLue]) -> list[ColonneLue]:
    """Tranche ce qu’un nom seul ne dit pas : « id » et la première colonne sans nom."""
    roles = Counter(colonne.cible.role for colonne in colonnes)
    id_seul = roles[Role.ENQUETE] == 1 and not roles[Role.IDENTIFIANT]
    return [_preciser_une(colonne, id_seul) for colonne in colonnes]


def _preciser_une(colonne: ColonneLue, id_seul: bool) -> ColonneLue:
    if colonne.rang == 0 and colonne.nom.casefold() in _NUMEROS_DE_LIGNE:
        return replace(colonne, cible=Cible(Role.NUMERO))
    # « id » est le numéro de réponse de LimeSurvey s’il vient avec d’autres métadonnées, sinon la personne.
    if id_seul and colonne.cible.role is Role.ENQUETE and colonne.nom.casefold() == "id":
        return replace(colonne, cible=Cible(Role.IDENTIFIANT))
    return colonne


_replier_nom = lru_cache(maxsize=1024)(replier_libelle)
"""Les noms d’un référentiel se replient une fois, non à chaque table d’un dossier qui en compte deux cents."""


def _couche(paires: Iterable[tuple[str, Cible]]) -> dict[str, Cible | None]:
    """Cible de chaque nom replié ; rien si deux cibles s’y confondent."""
    couche: dict[str, Cible | None] = {}
    for nom, cible in paires:
        plie = _replier_nom(nom)
        couche[plie] = cible if couche.get(plie, cible) == cible else None
    return couche


def _sans_item(noms: Sequence[str], referentiel: Referentiel, lieu: Lieu) -> Anomalie:
    exemple = ", ".join(item.code for item in referentiel.items[:3])
    valeur = next((nom for nom in noms if nom.strip()), "")
    return anomalie("table-sans-item", lieu, referentiel=referentiel.identifiant, exemple=exemple, valeur=valeur)


def _rejeter(nom: str, rejet: Rejet | None, nomenclature: Nomenclature, lieu: Lieu) -> Anomalie:
    if rejet is None:
        return anomalie("colonne-inconnue", lieu, valeur=nom, proche=nomenclature.proche(nom))
    return anomalie(rejet.anomalie, lieu, **rejet.mots)


def _doubles(colonnes: Iterable[ColonneLue], situer: Callable[[int], Lieu]) -> Iterator[Anomalie]:
    vues: dict[Cible | str, int] = {}
    for colonne in colonnes:
        lue = colonne.cible.role in LUES
        cle = colonne.cible if lue else replier_libelle(colonne.nom)
        if cle in _NUMEROS_DE_LIGNE:
            continue
        if cle in vues:
            mots = {"valeur": colonne.nom, "cible": colonne.cible if lue else colonne.nom, "deja": vues[cle] + 1}
            yield anomalie("colonne-en-double", situer(colonne.rang), **mots)
        vues.setdefault(cle, colonne.rang)


def _avertir(colonnes: list[ColonneLue], referentiel: Referentiel, situer: Callable[[int], Lieu]) -> Iterator[Anomalie]:
    enquete = [c for c in colonnes if c.cible.role is Role.ENQUETE]
    if enquete:
        yield anomalie("colonnes-enquete", situer(enquete[0].rang), noms=", ".join(c.nom for c in enquete))
    presents = {c.cible.code for c in colonnes if c.cible.role is Role.ITEM}
    absents = [item.code for item in referentiel.items if item.code not in presents]
    if absents:
        mots = {"nombre": len(absents), "total": len(referentiel.items), "codes": ", ".join(absents)}
        yield anomalie("items-manquants", situer(0), **mots)

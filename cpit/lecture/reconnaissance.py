"""Reconnaître une table : quelles lignes sont ses en-têtes, quel outil l’a écrite, ce que dit chaque colonne.

Tout se décide sur un aperçu, ses premières lignes, le même pour un CSV et pour une feuille. Ce qui n’est pas reconnu
est mis de côté et nommé une fois ; ce qui se contredit est refusé.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from cpit.coeur.passation import Reponse, sans_reponse
from cpit.coeur.referentiel import DE_LA_VERSION
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, Lieu, anomalie
from cpit.lecture.autre_referentiel import AutreReferentiel, chercher_un_autre_referentiel
from cpit.lecture.contexte import DE_COTE, moment_d_un_nom
from cpit.lecture.dechiffrement import (
    Dechiffreur,
    a_redire,
    commande_de_correspondance,
    est_un_code_de_reponse,
    lire_mots,
    lire_nombre,
    replier_libelle,
)
from cpit.lecture.ecartees import Ecarteur, est_un_mot_de_total, titre_une_table
from cpit.lecture.entetes import (
    A_COTE_D_UN_ITEM,
    DE_PLACE,
    DU_TIERS,
    IDENTIFIANTS,
    LUES,
    MISE_DE_COTE,
    NOMS_DU_REFERENTIEL,
    ORDRE_DES_IDENTITES,
    ROLES_A_COTE_D_UN_CODE,
    Cible,
    ColonneLue,
    Designation,
    Entete,
    Nomenclature,
    Rejet,
    Role,
    replier_en_tete,
)
from cpit.lecture.outils import ReserveDOutil, reconnaitre_l_outil, reserves_des_colonnes
from cpit.lecture.porteurs import (
    RegleDesPorteurs,
    TableVue,
    Trouvee,
    chercher_le_contexte,
    colonnes_orphelines,
    decider_des_porteurs,
)
from cpit.ouverture import commande_a_taper, option_a_taper
from cpit.tableur.classeur_ouvert import Piege
from cpit.typographie import FINE, accorder, enumerer_les_premiers, typographier

_Cite = TypeVar("_Cite", int, str)

APERCU_MAX = 30
"""Lignes remplies où l’on cherche un en-tête."""
_COLONNES_MAX = 2000
_CITEES_MAX = 20
"""Colonnes mises de côté que l’on nomme ; au-delà, on les compte."""
_NOM_MAX = 60
"""Signes d’un en-tête cité."""
_MONTRES, _SONDES = 3, 60
_CELLULES_MONTREES, _CELLULE_MAX = 8, 24


class LigneVue(NamedTuple):
    """Une ligne d’un aperçu : ses premier et dernier numéros dans le fichier, et ses cellules en toutes lettres."""

    debut: int
    fin: int
    cellules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reperage:
    """Les lignes d’en-tête d’une table : celle qui porte les items, celles du dessus, les secondes au-dessous.

    ``premieres`` : les premières lignes d’une table où rien n’est reconnu ;
    ``suite`` : les premières lignes de réponses.
    """

    principale: LigneVue
    dessus: tuple[LigneVue, ...] = ()
    dessous: tuple[LigneVue, ...] = ()
    premieres: tuple[LigneVue, ...] = ()
    suite: tuple[LigneVue, ...] = ()

    @property
    def fin(self) -> int:
        """La dernière ligne d’en-tête : les réponses viennent après."""
        return (self.principale, *self.dessous)[-1].fin

    @property
    def lignes(self) -> tuple[LigneVue, ...]:
        """Toutes ses lignes, la principale d’abord."""
        return (self.principale, *self.dessous, *reversed(self.dessus))


# --- où est l’en-tête ---------------------------------------------------------------------------------------------


def reperer(apercus: Sequence[Sequence[LigneVue]], nomenclature: Nomenclature) -> tuple[int, Reperage] | None:
    """L’en-tête d’une table, et le rang de l’aperçu où il est : autant d’aperçus que de façons de la découper.

    C’est la première ligne qui désigne deux items ; à défaut, la seule qui en désigne un ; à défaut, la première ligne.
    Rien si tous les aperçus sont vides.
    """
    if (dite := _a_la_ligne_dite(apercus, nomenclature)) is not None:
        return dite
    seuls: list[tuple[int, int]] = []
    for rang in range(APERCU_MAX):
        comptes = {k: _compter(lignes[rang], nomenclature) for k, lignes in enumerate(apercus) if rang < len(lignes)}
        if not comptes:
            break
        mieux = max(comptes, key=lambda k: comptes[k])
        if comptes[mieux][0] > 1:
            return mieux, _entourer(apercus[mieux], rang, nomenclature)
        seuls += [(mieux, rang)] if comptes[mieux][0] else []
    # Plusieurs lignes d’un seul item sont une autre forme de table, une ligne par réponse.
    if seuls and (seuls[0][1] == 0 or len(seuls) == 1):
        return seuls[0][0], _entourer(apercus[seuls[0][0]], seuls[0][1], nomenclature)
    remplis = [k for k, lignes in enumerate(apercus) if lignes]
    if not remplis:
        return None
    mieux = max(remplis, key=lambda k: _compter(apercus[k][0], nomenclature)[1])
    return mieux, Reperage(apercus[mieux][0], premieres=tuple(apercus[mieux][:_MONTRES]))


def _a_la_ligne_dite(apercus: Sequence[Sequence[LigneVue]], nomenclature: Nomenclature) -> tuple[int, Reperage] | None:
    """L’en-tête à la ligne que dit une correspondance, dans l’aperçu qui y reconnaît le plus de colonnes."""
    ligne = nomenclature.consignes.ligne
    places = [(k, rang) for k, lignes in enumerate(apercus) for rang, vue in enumerate(lignes) if vue.debut == ligne]
    if not places:
        return None
    k, rang = max(places, key=lambda place: _compter(apercus[place[0]][place[1]], nomenclature))
    return k, _entourer(apercus[k], rang, nomenclature)


def porte_des_items(reperage: Reperage, nomenclature: Nomenclature) -> bool:
    """Vrai si un en-tête désigne des items."""
    return _compter(reperage.principale, nomenclature)[0] > 0


def _compter(ligne: LigneVue, nomenclature: Nomenclature) -> tuple[int, int]:
    """Nombre d’items différents qu’une ligne désigne, puis de colonnes reconnues."""
    cibles = [d.cible for d in _designations(ligne, nomenclature) if isinstance(d, Designation)]
    nommees = [cible for cible in cibles if cible.role is not Role.SANS_NOM]
    return len({cible for cible in nommees if cible.role is Role.ITEM}), len(nommees)


def _designations(ligne: LigneVue, nomenclature: Nomenclature) -> list[Trouvee]:
    return [nomenclature.designer(nom) for nom in ligne.cellules[:_COLONNES_MAX]]


def _entourer(lignes: Sequence[LigneVue], rang: int, nomenclature: Nomenclature) -> Reperage:
    principale, suite = lignes[rang], lignes[rang + 1 :]
    dessous: list[LigneVue] = []
    for k, ligne in enumerate(suite, 1):
        seconde = _est_une_seconde(ligne, principale, nomenclature)
        if not seconde and not _est_une_indication(ligne, suite[k:], principale, nomenclature):
            break
        dessous.append(ligne)
    return Reperage(principale, tuple(lignes[:rang]), tuple(dessous), suite=tuple(suite[len(dessous) :]))


def _est_une_seconde(ligne: LigneVue, principale: LigneVue, nomenclature: Nomenclature) -> bool:
    """Vrai pour une seconde ligne d’en-têtes : étiquettes HXL, identifiants de Qualtrics, énoncés sous leurs codes."""
    if _est_balisee(ligne):
        return True
    paires = zip(_designations(principale, nomenclature), _designations(ligne, nomenclature), strict=False)
    dessous = [(une, seconde, mot) for (une, seconde), mot in zip(paires, ligne.cellules, strict=False)]
    dessous = [(une, seconde, mot) for une, seconde, mot in dessous if _est_un_item(une) and mot.strip()]
    # « A1 » est aussi un code de réponse : ce n’est un en-tête que sous celui du même item.
    if any(est_un_code_de_reponse(mot) and not _disent_le_meme(une, seconde) for une, seconde, mot in dessous):
        return False
    return bool(dessous) and 2 * sum(_est_un_item(seconde) for _, seconde, _ in dessous) > len(dessous)


def _est_balisee(ligne: LigneVue) -> bool:
    """Vrai pour une ligne dont chaque cellule est une étiquette HXL, ou un identifiant de Qualtrics : nul n’a répondu
    ainsi ; une erreur de tableur (« #N/A ») n’est pas une étiquette.
    """
    remplies = [cellule.strip() for cellule in ligne.cellules if cellule.strip()]
    if all(cellule.startswith("#") for cellule in remplies):
        return not any(isinstance(lire_mots(cellule), Piege) for cellule in remplies)
    return all(map(_est_un_import, remplies))


def _est_une_indication(
    ligne: LigneVue, suite: Sequence[LigneVue], principale: LigneVue, nomenclature: Nomenclature
) -> bool:
    """Vrai pour des mots sous un en-tête (« Response », « de 1 à 4 ») : nul n’est une réponse, et la suite en a."""
    rangs = [rang for rang, une in enumerate(_designations(principale, nomenclature)) if _est_un_item(une)]
    dechiffreur = Dechiffreur.pour(nomenclature.referentiel, nomenclature.consignes.valeurs)

    def fautes(vue: LigneVue) -> list[str]:
        mots = [vue.cellules[rang] for rang in rangs if rang < len(vue.cellules) and vue.cellules[rang].strip()]
        lues = (dechiffreur.lire(mot, Lieu(), "")[1] for mot in mots)
        return ["" if faute is None else faute.code for faute in lues]

    if len(rangs) < 2 or fautes(ligne) != ["cellule-incomprise"] * len(rangs):
        return False
    return any((codes := fautes(vue)) and not any(codes) for vue in suite)


def _est_un_import(cellule: str) -> bool:
    return re.match(r'\{"ImportId"', cellule) is not None


def _disent_le_meme(une: Trouvee, seconde: Trouvee) -> bool:
    """Vrai si deux en-têtes désignent le même item."""
    if not isinstance(une, Designation) or not isinstance(seconde, Designation):
        return False
    return une.cible.code == seconde.cible.code


def _est_un_item(trouve: Trouvee) -> bool:
    return isinstance(trouve, Designation) and trouve.cible.role is Role.ITEM


def _est_vide(designation: Designation) -> bool:
    return designation.cible.role is Role.SANS_NOM


# --- ce que dit chaque colonne ------------------------------------------------------------------------------------


def lire_entete(
    noms: Sequence[str] | Reperage,
    nomenclature: Nomenclature,
    situer: Callable[[int], Lieu],
    feuilles: Collection[str] = (),
) -> Entete:
    """Reconnaît les colonnes d’un en-tête, d’une ligne ou de plusieurs.

    :param situer: lieu d’une colonne, d’après son rang à partir de 0.
    :param feuilles: ce que disent, replié, les autres feuilles du classeur en A1.
    :raises ErreurCpit: aucune colonne d’item, colonne ambiguë ou en double, en-tête demandé introuvable.
    """
    reperage = noms if isinstance(noms, Reperage) else Reperage(LigneVue(1, 1, tuple(noms)))
    if (nombre := len(reperage.principale.cellules)) > _COLONNES_MAX:
        raise ErreurCpit([anomalie("trop-de-colonnes", situer(0), nombre=nombre, limite=_COLONNES_MAX)])
    if isinstance(noms, Reperage):
        _exiger_la_ligne_dite(noms, nomenclature, situer)
    _exiger_les_colonnes_dites(reperage, nomenclature, situer)
    entete = _Tri(reperage, nomenclature, situer, feuilles).entete()
    _exiger_une_colonne_d_equipe(entete, nomenclature, situer)
    return entete


def _exiger_la_ligne_dite(reperage: Reperage, nomenclature: Nomenclature, situer: Callable[[int], Lieu]) -> None:
    """Refuse une table qui n’a rien à la ligne où la correspondance dit les en-têtes : on ne les cherche pas ailleurs.

    :raises ErreurCpit: s’ils n’y sont pas.
    """
    consignes = nomenclature.consignes
    if consignes.ligne not in (None, reperage.principale.debut):
        dits = {"nom": consignes.correspondance, "ligne": consignes.ligne, "limite": APERCU_MAX}
        raise ErreurCpit([anomalie("correspondance-sans-ligne", situer(0), **dits)])


def _exiger_les_colonnes_dites(reperage: Reperage, nomenclature: Nomenclature, situer: Callable[[int], Lieu]) -> None:
    """Refuse une table qui n’a pas toutes les colonnes que nomme la correspondance : ce n’est pas celle-là.

    :raises ErreurCpit: s’il en manque.
    """
    consignes = nomenclature.consignes
    noms = {replier_libelle(nom) for ligne in reperage.lignes for nom in ligne.cellules}
    absentes = [
        nom for nom, voulu in consignes.colonnes.items() if voulu != DE_COTE and replier_libelle(nom) not in noms
    ]
    if absentes:
        dits = {"nom": consignes.correspondance, "noms": _citer_les_premiers(absentes, _entre_guillemets)}
        raise ErreurCpit([anomalie("correspondance-sans-colonne", situer(0), **dits)])


_LU_DANS = MappingProxyType(
    {
        Role.IDENTIFIANT: "qui a répondu",
        Role.MOMENT: "le moment",
        Role.REGARD: "le regard",
        **dict.fromkeys(DU_TIERS, "quel tiers a répondu"),
        Role.DATE_MOMENT: "la date du moment",
        **dict.fromkeys((Role.ITEM, Role.ITEM_REFUSE), "une réponse"),
        **dict.fromkeys(A_COTE_D_UN_ITEM, "ce qui accompagne une réponse"),
        Role.CALCULEE: "un résultat",
    }
)
"""Ce que cpit lit dans une colonne qui ne dit donc pas d’équipe."""


def _exiger_une_colonne_d_equipe(entete: Entete, nomenclature: Nomenclature, situer: Callable[[int], Lieu]) -> None:
    """Refuse une table qui n’a pas la colonne que l’on a nommée pour lire des équipes, ou qui y dit autre chose.

    :raises ErreurCpit: avec les colonnes qui conviennent.
    """
    voulue = nomenclature.consignes.equipe
    if voulue is None:
        return
    trouvee = next((c for c in entete.colonnes if replier_libelle(c.nom) == replier_libelle(voulue)), None)
    if trouvee is not None and trouvee.cible.role not in _LU_DANS:
        return
    libres = [c.nom for c in entete.colonnes if c.nom and c.cible.role not in _LU_DANS]
    colonnes = ", ".join(_court(nom) for nom in libres[:_CITEES_MAX])
    reste = "" if len(libres) <= _CITEES_MAX else f" et {accorder(len(libres) - _CITEES_MAX, 'autre')}"
    questions = ", ".join(question.identifiant for question in nomenclature.referentiel.profil) or "aucune"
    mots = {"valeur": voulue, "colonnes": (colonnes or "aucune") + reste, "connus": questions}
    if trouvee is None:
        raise ErreurCpit([anomalie("equipe-sans-colonne", situer(0), **mots)])
    quoi = _LU_DANS[trouvee.cible.role]
    raise ErreurCpit([anomalie("equipe-d-une-colonne-lue", situer(trouvee.rang), quoi=quoi, **mots)])


class _Tri:
    """Décide de chaque colonne, d’après toutes les autres."""

    def __init__(
        self, reperage: Reperage, nomenclature: Nomenclature, situer: Callable[[int], Lieu], feuilles: Collection[str]
    ) -> None:
        self._reperage, self._nomenclature, self._situer = reperage, nomenclature, situer
        self._rangees = [[replier_en_tete(nom) for nom in ligne.cellules] for ligne in reperage.lignes]
        titres = [[replier_en_tete(nom) for nom in ligne.cellules] for ligne in reperage.dessus]
        self._outil = reconnaitre_l_outil(self._rangees, feuilles, titres)
        self._jeu = nomenclature.reconnaitre_un_jeu(reperage.principale.cellules)
        nommees = [self._nommer(rang) for rang in range(len(reperage.principale.cellules))]
        self._noms = [nom.strip() for nom, _ in nommees]
        self._trouvees: list[Trouvee] = [trouvee for _, trouvee in nommees]
        self._refus: list[Anomalie] = []
        self._inconnues: list[int] = []
        self._de_l_outil: list[int] = []
        self._possibles: list[int] = []

    def entete(self) -> Entete:
        """L’en-tête.

        :raises ErreurCpit: tous ses refus.
        """
        self._trouvees = _sans_table_voisine(self._trouvees, self._noms)
        if not any(map(_est_un_item, self._trouvees)):
            raise ErreurCpit(self._abreger_les_refus(list(self._rejets())) or [self._sans_item()])
        self._decider_des_porteurs()
        self._refus += self._rejets()
        colonnes = [ColonneLue(rang, nom, self._cible(rang)) for rang, nom in enumerate(self._noms)]
        self._mettre_de_cote(c.rang for c in colonnes if c.cible.role is Role.MIS_DE_COTE)
        self._refus = self._abreger_les_refus([*self._refus, *self._enonces_perdus(), *self._doubles(colonnes)])
        if self._refus or not any(colonne.cible.role is Role.ITEM for colonne in colonnes):
            # Des items tous ôtés (« C1P.1 » seul, sans son premier) ne laissent rien à lire.
            raise ErreurCpit(self._refus or [self._sans_item()])
        entete = Entete(
            tuple(colonnes),
            tuple(self._avertir(colonnes)),
            outil=self._outil.nom if self._outil else "",
            valeurs=self._valeurs(),
            repetes=frozenset(filter(None, self._rangees[0])),
            enonces=self._nomenclature.enonces,
            contextes_cites=MappingProxyType(self._cites),
            reserves=self._reserves(colonnes),
        )
        return replace(entete, avertissements=(*self._dire_les_reponses_du_dessus(entete), *entete.avertissements))

    def _reserves(self, colonnes: Sequence[ColonneLue]) -> Mapping[int, ReserveDOutil]:
        """Ce que l’outil dit des réponses dans une colonne de gestion."""
        items = {c.rang for c in colonnes if c.cible.role in (Role.ITEM, Role.ITEM_REFUSE)}
        trouvees = reserves_des_colonnes(self._outil, [self._plies(c.rang) for c in colonnes], items)
        gardees = {r: une for r, une in trouvees.items() if colonnes[r].cible.role is Role.MIS_DE_COTE}
        return MappingProxyType(gardees)

    # -- ce que nomme chaque colonne

    def _nommer(self, rang: int) -> tuple[str, Trouvee]:
        """Le nom d’une colonne et ce qu’il désigne, dans la première de ses lignes d’en-tête qui le dit."""
        noms = [ligne.cellules[rang] if rang < len(ligne.cellules) else "" for ligne in self._reperage.lignes]
        if (cible := self._jeu.get(noms[0].strip())) is not None:
            return noms[0], Designation(cible)
        trouvees = [self._nomenclature.designer(nom) for nom in noms]
        principale = trouvees[0]
        secondes = trouvees[1 : 1 + len(self._reperage.dessous)]
        if any(_se_contredisent(principale, seconde) for seconde in secondes):
            return noms[0], Rejet("colonne-ambigue", {"valeur": noms[0]})
        if isinstance(principale, Rejet) or (principale is not None and not _est_vide(principale)):
            return noms[0], principale
        lues = (k for k, une in enumerate(trouvees) if isinstance(une, Designation) and une.cible.role in LUES)
        if (k := next(lues, None)) is not None:
            return noms[0] if noms[0].strip() else noms[k], trouvees[k]
        # Au-dessus d’une cellule vide, seul ce que l’outil y écrit est un nom : le reste peut être un titre.
        gestion = (nom for nom in noms[1:] if self._est_de_gestion([replier_en_tete(nom)]))
        return (noms[0], principale) if noms[0].strip() or not (nom := next(gestion, "")) else (nom, None)

    def _est_de_gestion(self, plies: Iterable[str]) -> bool:
        return self._outil is not None and any(map(self._outil.met_de_cote, filter(None, plies)))

    def _plies(self, rang: int) -> list[str]:
        """Les en-têtes repliés d’une colonne, sur toutes ses lignes."""
        return [rangee[rang] for rangee in self._rangees if rang < len(rangee)]

    def _decider_des_porteurs(self) -> None:
        """Ôte les items d’une autre question, et donne les leurs aux moments et aux regards que disent les en-têtes."""
        roles = {une.cible.role for une in self._trouvees if isinstance(une, Designation)}
        outil, dits = self._outil, (Role.MOMENT in roles, Role.REGARD in roles)
        regle = RegleDesPorteurs(bool(outil and outil.question_soulignee), bool(outil and outil.groupes), *dits)
        self._trouvees = decider_des_porteurs(self._trouvees, self._nomenclature.referentiel, regle)
        self._trouvees = _avec_le_role(_sans_place_orpheline(self._trouvees), self._noms)
        cites = ((rang, regle.contexte_cite(une)) for rang, une in enumerate(self._trouvees) if _est_un_item(une))
        self._cites = {rang: contexte for rang, contexte in cites if any(contexte)}
        self._qui = self._choisir_qui()
        self._evenement = None if Role.MOMENT in roles else self._rang_de_l_evenement()
        for role in (Role.MOMENT, Role.REGARD):
            if role in roles or (role is Role.MOMENT and self._evenement is not None):
                self._refus += self._contextes_dits_deux_fois(role)
        self._tus = self._contextes_tus(roles)
        referentiel = self._nomenclature.referentiel
        vue, de_l_outil = self._vue(), regle.question_soulignee or regle.groupes
        self._contexte = chercher_le_contexte(
            self._trouvees, vue, self._tus, self._situer, referentiel, porteurs_d_outil=de_l_outil
        )
        self._trouvees = self._contexte.trouvees
        self._refus += self._contexte.refus

    def _vue(self) -> TableVue:
        """La table, sans ce que l’outil ou la commande dit de certaines colonnes."""
        gerees = {rang for rang in range(len(self._noms)) if self._est_de_gestion(self._plies(rang))} | {*self._qui}
        lignes = [
            ["" if rang in gerees else mot for rang, mot in enumerate(ligne.cellules)] for ligne in self._reperage.suite
        ]
        return TableVue([ligne.cellules for ligne in self._reperage.dessus], self._rangees, self._noms, lignes)

    def _contextes_tus(self, roles: Set[Role]) -> list[Role]:
        """Ce que ni une colonne, ni un en-tête, ni la commande ne disent : le moment, le regard."""
        consignes = self._nomenclature.consignes
        cibles = [une.cible for une in self._trouvees if isinstance(une, Designation)]
        moment = Role.MOMENT in roles or self._evenement is not None or any(cible.moment for cible in cibles)
        regard = Role.REGARD in roles or any(cible.regard for cible in cibles)
        dits = {Role.MOMENT: moment or consignes.moment, Role.REGARD: regard or consignes.regard}
        return [role for role, dit in dits.items() if not dit]

    def _contextes_dits_deux_fois(self, role: Role) -> Iterator[Anomalie]:
        """Le refus d’une table dont une colonne et des en-têtes disent tous deux le moment, ou le regard."""
        for rang, une in enumerate(self._trouvees):
            if isinstance(une, Designation) and (une.cible.moment if role is Role.MOMENT else une.cible.regard):
                yield anomalie("contexte-en-double", self._situer(rang), role=str(role), valeur=self._noms[rang])
                return

    # -- ce que porte chaque colonne

    def _cible(self, rang: int) -> Cible:
        """Ce que porte une colonne ; ce qui n’est pas lu est mis de côté, ce qui est ambigu est refusé."""
        trouvee = self._trouvees[rang]
        if rang in self._qui:
            return Cible(Role.IDENTIFIANT)
        if rang == self._evenement:
            return Cible(Role.MOMENT)
        if rang in self._contexte.colonnes:
            return Cible(self._contexte.colonnes[rang])
        if not isinstance(trouvee, Designation) or trouvee.cible.role is Role.IDENTIFIANT:
            return Cible(Role.MIS_DE_COTE)
        return self._cible_sans_nom(rang) if _est_vide(trouvee) else trouvee.cible

    def _cible_sans_nom(self, rang: int) -> Cible:
        if rang:
            return Cible(Role.SANS_NOM)
        return Cible(Role.MIS_DE_COTE if self._outil and self._outil.met_de_cote("") else Role.NUMERO)

    def _choisir_qui(self) -> list[int]:
        """Les colonnes qui disent qui a répondu : celle que l’on a demandée, « identifiant », ou la première possible.

        Plusieurs d’un même nom, ou deux synonymes d’« identifiant », ne se départagent pas : elles sont en double.
        """
        demandee = self._nomenclature.consignes.identifiant
        if demandee is not None:
            return self._demandees(demandee)
        noms = {
            rang: une.nom or "identifiant"
            for rang, une in enumerate(self._trouvees)
            if isinstance(une, Designation) and une.cible.role is Role.IDENTIFIANT
            if not self._est_a_l_outil(rang, une)
        }
        surs = [rang for rang, nom in noms.items() if nom in _SURES]
        meilleur = min(noms.values(), key=ORDRE_DES_IDENTITES.__getitem__, default="")
        choisis = surs or [rang for rang, nom in noms.items() if nom == meilleur]
        self._possibles = [rang for rang in noms if rang not in choisis]
        return choisis

    def _demandees(self, demandee: str) -> list[int]:
        plie = replier_en_tete(demandee)
        trouvees = [rang for rang in range(len(self._noms)) if plie and plie in self._plies(rang)]
        if not trouvees:
            noms = _citer_les_premiers([nom for nom in self._noms if nom], _entre_guillemets)
            self._refus.append(anomalie("identifiant-introuvable", self._situer(0), valeur=demandee, noms=noms))
        return trouvees

    def _est_a_l_outil(self, rang: int, trouvee: Designation) -> bool:
        """Vrai pour une colonne de gestion qui porte le nom d’une identité : « ID » de Microsoft Forms."""
        return trouvee.nom not in _SURES and self._est_de_gestion(self._plies(rang))

    def _rang_de_l_evenement(self) -> int | None:
        """La colonne de l’événement d’où vient le moment."""
        evenement = self._outil.evenement if self._outil else ""
        return next((rang for rang in range(len(self._noms)) if evenement and evenement in self._plies(rang)), None)

    # -- ce qui est mis de côté, refusé, dit

    def _mettre_de_cote(self, rangs: Iterable[int]) -> None:
        refuses = {rang for rang, une in enumerate(self._trouvees) if isinstance(une, Rejet)}
        dites = {r for r, une in enumerate(self._trouvees) if isinstance(une, Designation) and une == MISE_DE_COTE}
        for rang in rangs:
            if rang in refuses or rang in dites or rang in self._possibles:
                continue
            a_sa_place = self._outil is not None and rang < self._outil.largeur
            gere = a_sa_place or not self._noms[rang] or self._est_de_gestion(self._plies(rang))
            (self._de_l_outil if gere else self._inconnues).append(rang)

    def _rejets(self) -> Iterator[Anomalie]:
        ou_dire = self._ou_dire("dire ce que porte chaque colonne")
        for rang, une in enumerate(self._trouvees):
            if isinstance(une, Rejet):
                yield anomalie(
                    une.anomalie, self._situer(rang), **{"valeur": self._noms[rang]} | une.mots, ou_dire=ou_dire
                )
                # La commande se lit une fois.
                ou_dire = ACopier("")

    def _enonces_perdus(self) -> Iterator[Anomalie]:
        """Le refus d’une colonne inconnue qui cite en entier un énoncé que nulle autre ne porte."""
        # Sans énoncé perdu, chercher ceux que cite chaque colonne ne ferait que perdre du temps.
        absents = self._absents()
        for rang in self._inconnues if absents else ():
            if cites := absents & set(self._nomenclature.enonces_cites(self._noms[rang])):
                mots = {"valeur": self._noms[rang], "proche": min(cites)}
                yield anomalie("colonne-inconnue", self._situer(rang), **mots)

    def _absents(self) -> Set[str]:
        """Les items que nulle colonne ne porte."""
        presents = {une.cible.code for une in self._trouvees if isinstance(une, Designation)}
        return self._nomenclature.referentiel.items_par_code.keys() - presents

    def _abreger_les_refus(self, refuses: list[Anomalie]) -> list[Anomalie]:
        if len(refuses) <= _CITEES_MAX:
            return refuses
        lieu = refuses[_CITEES_MAX].lieu
        return [*refuses[:_CITEES_MAX], anomalie("refus-en-nombre", lieu, nombre=len(refuses) - _CITEES_MAX)]

    def _doubles(self, colonnes: Iterable[ColonneLue]) -> Iterator[Anomalie]:
        vues: dict[Cible | str, int] = {}
        for colonne in colonnes:
            lue = colonne.cible.role in LUES
            cle = colonne.cible if lue else replier_en_tete(colonne.nom)
            if colonne.cible.role is Role.MIS_DE_COTE or cle in ("", "unnamed: 0"):
                continue
            if cle in vues:
                mots = {"valeur": colonne.nom, "cible": colonne.cible if lue else colonne.nom, "deja": vues[cle] + 1}
                if colonne.cible.role is Role.IDENTIFIANT:
                    mots["ou_dire"] = _ou_choisir_qui(self._noms[vues[cle]], colonne.nom)
                elif colonne.cible.role is Role.ITEM and replier_en_tete(self._noms[vues[cle]]) != replier_en_tete(
                    colonne.nom
                ):
                    mots["ou_dire"] = self._ou_dire("dire lequel de deux moments, ou de deux regards, est chacune,")
                yield anomalie("colonne-en-double", self._situer(colonne.rang), **mots)
            vues.setdefault(cle, colonne.rang)

    def _ou_dire(self, quoi: str) -> ACopier:
        """La fin d’un remède : ce que l’on peut dire dans la correspondance de cette table, et comment l’avoir."""
        commande = commande_de_correspondance(self._situer(0).fichier, self._nomenclature.referentiel)
        return ACopier(typographier(f" ; ou {quoi} dans la correspondance que propose : ") + commande)

    def _sans_item(self) -> Anomalie:
        """Le refus d’une table où rien n’est reconnu ; ce qu’elle porte ne se montre qu’au terminal."""
        referentiel = self._nomenclature.referentiel
        exemple = ", ".join(item.code for item in referentiel.items[:3])
        lieu = self._situer(0)
        mots = {"referentiel": referentiel.identifiant, "exemple": exemple, "colonnes": len(self._noms)}
        mots["forme"] = ""
        autre = chercher_un_autre_referentiel(self._noms, referentiel, 0)
        mots["option"] = "" if autre is None else _dire_un_autre(autre)
        if (eclatee := _nommer_une_forme_eclatee(self._noms, self._nomenclature)) is not None:
            mots["forme"], mots["option"] = eclatee
        commande = commande_de_correspondance(lieu.fichier, referentiel)
        faute = anomalie("table-sans-item", lieu, **mots, proches=self._proches(), commande=ACopier(commande))
        return replace(
            faute, apercu=tuple(map(_montrer_une_ligne, self._reperage.premieres or self._reperage.lignes[:_MONTRES]))
        )

    def _proches(self) -> str:
        """Les en-têtes qui ressemblent le plus à un item, à défaut à un nom connu, et auquel."""
        items = self._nomenclature.referentiel.items_par_code.keys()
        noms = [nom for rang, nom in enumerate(self._noms[:_SONDES]) if nom.strip() and self._trouvees[rang] is None]
        codes = [(nom, code) for nom in noms if (code := self._nomenclature.item_proche(nom, items))]
        paires = codes or [(nom, connu) for nom in noms if (connu := self._nomenclature.proche(nom))]
        dites = [typographier("« {} » (proche de « {} »)").format(_court(nom), _court(connu)) for nom, connu in paires]
        return _citer_les_premiers(dites, str, _MONTRES) or "aucun"

    def _sous_les_items(self, ligne: LigneVue) -> list[str]:
        """Les cellules d’une ligne dont la colonne est d’un item."""
        return [mot for mot, une in zip(ligne.cellules, self._trouvees, strict=False) if _est_un_item(une)]

    def _est_a_dire(self, ligne: LigneVue) -> bool:
        """Faux d’une seconde ligne qui n’a que des étiquettes, ou d’autres noms des situations du haut ; une cellule
        d’item qui redit le sien, ou ne nomme rien, peut être de quelqu’un.
        """
        if _est_balisee(ligne):
            return False
        paires = zip(self._sous_les_items(self._reperage.principale), self._sous_les_items(ligne), strict=False)
        return any(
            replier_en_tete(mot) == replier_en_tete(haut) or not _est_un_item(self._nomenclature.designer(mot))
            for haut, mot in paires
            if mot.strip()
        )

    def _dire_les_reponses_du_dessus(self, entete: Entete) -> Iterator[Anomalie]:
        """Le refus des lignes de réponses au-dessus des en-têtes, qu’un tri a pu descendre."""
        dessous = {mot for vue in self._reperage.suite for mot in self._sous_les_items(vue)}
        if lignes := [vue.debut for vue in self._reperage.dessus if self._porte_des_reponses(vue, entete, dessous)]:
            mots = {"nombre": len(lignes), "lignes": _citer_les_premiers(list(map(str, lignes)), str)}
            yield anomalie("reponses-au-dessus", self._situer(0), **mots)

    def _porte_des_reponses(self, ligne: LigneVue, entete: Entete, dessous: Set[str]) -> bool:
        """Vrai si deux situations au moins, et la plupart des remplies, y ont une réponse, ou ce qui est écrit de même
        sous les en-têtes.

        Ni ce qui, dessous, ne serait personne, ni les numéros des situations, ni l’échelle d’un bout à l’autre n’en
        sont.

        :param dessous: ce qui est écrit des situations sous les en-têtes.
        """
        lire = Dechiffreur.pour(self._nomenclature.referentiel, self._nomenclature.consignes.valeurs, entete.valeurs)
        dites = self._sous_les_items(ligne)
        lues = [(mot, lire.lire_ou_rien(mot)) for mot in dites if mot.strip()]
        reponses = [lue for _, lue in lues if lue is not None and lue != sans_reponse()]
        autres = [mot in dessous for mot, lue in lues if lue is None]
        ecrites = len(reponses) + autres.count(True)
        if ecrites < 2 or ecrites <= autres.count(False) or any(map(est_un_mot_de_total, ligne.cellules)):
            return False
        cellules = [*map(str.strip, ligne.cellules), *[""] * (len(self._noms) - len(ligne.cellules))]
        # Une ligne à la fois : de ce qui la précède ici, rien n’est lu.
        ecarteur = Ecarteur(entete, lire.lire_ou_rien, self._nomenclature)
        if titre_une_table(next(filter(None, cellules))) or ecarteur.raison(cellules, ligne.debut):
            return False
        numeros = [lire_nombre(mot) for mot in dites] == [*range(1, len(dites) + 1)]
        return not numeros and not self._disent_l_echelle(reponses)

    def _disent_l_echelle(self, reponses: Sequence[Reponse]) -> bool:
        """Vrai pour tous les niveaux, dans un sens ou dans l’autre, « sans objet » à côté ou non."""
        niveaux = [niveau.valeur for niveau in self._nomenclature.referentiel.echelle.niveaux]
        dits = [reponse.valeur for reponse in reponses if reponse.valeur is not None]
        return dits in (niveaux, niveaux[::-1])

    def _avertir(self, colonnes: Sequence[ColonneLue]) -> Iterator[Anomalie]:
        for ligne in filter(self._est_a_dire, self._reperage.dessous):
            vus = [*dict.fromkeys(filter(None, self._sous_les_items(ligne)))]
            noms = _citer_les_premiers(vus, _entre_guillemets, _MONTRES)
            yield anomalie("ligne-d-indications", self._situer(0), ligne=ligne.debut, noms=noms)
        qui = "" if self._qui else " ; aucune colonne ne dit qui a répondu"
        outil = f"{self._outil.nom} reconnu" if self._outil else ""
        if self._de_l_outil:
            compte = accorder(len(self._de_l_outil), "colonne mise de côté", "colonnes mises de côté")
            mots = {"outil": outil, "compte": compte, "noms": self._citer(self._de_l_outil), "qui": qui}
            yield anomalie("colonnes-enquete", self._situer(self._de_l_outil[0]), **mots)
        if self._inconnues:
            compte = accorder(len(self._inconnues), "colonne inconnue mise de côté", "colonnes inconnues mises de côté")
            debut = f"{outil} ; " if outil and not self._de_l_outil else ""
            mots = {"debut": debut, "compte": compte, "noms": self._citer(self._inconnues)}
            yield anomalie(
                "colonnes-inconnues", self._situer(self._inconnues[0]), **mots, qui="" if self._de_l_outil else qui
            )
        if self._possibles:
            mots = {"qui": self._noms[self._qui[0]], "noms": self._citer(self._possibles)}
            yield anomalie("identifiants-possibles", self._situer(self._qui[0]), **mots)
        yield from self._contexte.dits
        if orphelines := colonnes_orphelines(colonnes):
            mots = {
                "noms": self._citer([colonne.rang for colonne in orphelines]),
                "exemple": _situer_comme_un_item(orphelines[0], colonnes),
            }
            lieu = self._situer(orphelines[0].rang)
            yield anomalie("a-cote-sans-moment", lieu, nombre=len(orphelines), **mots)
        yield from self._avertir_de_la_version()
        yield from self._avertir_du_nom()
        yield from self._avertir_des_items(colonnes)

    def _avertir_de_la_version(self) -> Iterator[Anomalie]:
        """Dit qu’une colonne nomme une autre version, ou un autre référentiel, que celui avec lequel on lit."""
        ici = self._nomenclature.referentiel.nom_et_version
        for rang, nom in enumerate(self._noms):
            if self._trouvees[rang] != MISE_DE_COTE or replier_en_tete(nom) not in NOMS_DU_REFERENTIEL:
                continue
            cellules = (vue.cellules[rang].strip() for vue in self._reperage.suite if rang < len(vue.cellules))
            # « 1.0.1 » ne corrige qu’une coquille de « 1.0.0 ».
            dites = (dit for dit in dict.fromkeys(cellules) if DE_LA_VERSION in dit)
            if autres := [dit for dit in dites if dit.rpartition(".")[0] != ici.rpartition(".")[0]]:
                mots = {"nom": nom, "dits": _citer_les_premiers(autres, _court, _MONTRES), "ici": ACopier(ici)}
                yield anomalie("autre-version-dite", self._situer(rang), **mots)

    def _avertir_du_nom(self) -> Iterator[Anomalie]:
        """Dit que le nom du fichier est celui d’un autre moment que t0, si rien d’autre ne dit le moment."""
        items = [une.cible for une in self._trouvees if isinstance(une, Designation) and une.cible.role is Role.ITEM]
        dit = Role.MOMENT not in self._tus or any(cible.moment for cible in items)
        chemin = Path(self._situer(0).fichier)
        moment = moment_d_un_nom(chemin.stem)
        if dit or Role.MOMENT in self._contexte.colonnes.values() or moment in (None, "t0"):
            return
        sortie = f"{chemin.stem}-lu.csv"
        redit = a_redire(self._nomenclature.referentiel)
        commande = commande_a_taper("cohorte", chemin, referentiel=redit, moment=moment, sortie=sortie)
        mots = {"nom": chemin.name, "moment": moment, "commande": ACopier(commande), "sortie": sortie}
        yield anomalie("moment-du-fichier", self._situer(0), **mots)

    def _avertir_des_items(self, colonnes: Sequence[ColonneLue]) -> Iterator[Anomalie]:
        referentiel = self._nomenclature.referentiel
        presents = dict.fromkeys(colonne.cible for colonne in colonnes if colonne.cible.role is Role.ITEM)
        ici = len({cible.code for cible in presents})
        autre = chercher_un_autre_referentiel(self._noms, referentiel, ici) if len(self._inconnues) > 1 else None
        if autre is not None:
            option, mots = (
                ACopier(option_a_taper("--referentiel", autre.nom)),
                {"autre": autre.nom, "nombre": autre.items, "ici": ici},
            )
            yield anomalie(
                "autre-referentiel", self._situer(0), **mots, referentiel=referentiel.identifiant, option=option
            )
        contextes = dict.fromkeys((cible.moment, cible.regard) for cible in presents)
        attendues = [Cible(Role.ITEM, item.code, *contexte) for contexte in contextes for item in referentiel.items]
        absents = [cible for cible in attendues if cible not in presents]
        if absents:
            codes = ", ".join(" ".join(filter(None, (c.code, c.moment, c.regard))) for c in absents)
            mots = {"nombre": len(absents), "total": len(attendues), "codes": codes}
            yield anomalie("items-manquants", self._situer(0), **mots)
        if self._outil and self._outil.zero_pour_vide and 0 in referentiel.echelle.par_valeur:
            yield anomalie("zero-pour-vide", self._situer(0), outil=self._outil.nom)

    def _valeurs(self) -> Mapping[str, str]:
        """Ce que vaut ce qu’écrit l’outil : un zéro d’entier vide est une absence là où il n’est pas un niveau."""
        if self._outil is None:
            return MappingProxyType({})
        vide = self._outil.zero_pour_vide and 0 not in self._nomenclature.referentiel.echelle.par_valeur
        return MappingProxyType({**self._outil.valeurs, **({"0": "vide"} if vide else {})})

    def _citer(self, rangs: Sequence[int]) -> ACopier:
        """Des en-têtes entre guillemets, chacun avec l’item dont il est proche."""
        return _citer_les_premiers(rangs, self._citer_une)

    def _citer_une(self, rang: int) -> str:
        nom = self._noms[rang]
        cite = _entre_guillemets(nom)
        proche = self._nomenclature.item_proche(nom, self._absents()) if rang in self._inconnues else None
        return f"{cite} (proche de {proche})" if proche else cite


_ECLATEES = tuple(
    (re.compile(motif), typographier(forme), typographier(remede))
    for motif, forme, remede in (
        (
            r"(?P<une>.*\]) ?\[(?P<autre>[^\[\]]+)\]",
            "« {nom} » est d’un tableau à double échelle de LimeSurvey, deux réponses par situation ; ",
            "Dire dans une correspondance laquelle des deux est la réponse ({code}), l’autre étant « de-cote », ou à "
            "quels moments elles sont ({code}_t0, {code}_t1). ",
        ),
        (
            r"(?P<une>.+?)(?:->| - |/|\[)(?P<niveau>[^\[\]]+)\]?",
            "« {nom} » est une case à cocher, une par niveau de l’échelle ; ",
            "Poser chaque situation en une question à réponse unique (dans Moodle, échelle ou boutons radio), ou "
            "refaire dans le tableur une colonne par situation, qui dise le niveau coché. ",
        ),
        (
            r"(?P<une>.+?)[_ ](?P<autre>[0-9]{1,2})",
            "« {nom} » est d’une question à plusieurs réponses, une colonne numérotée par réponse ; ",
            "Poser chaque situation en une question à réponse unique, ou dire dans une correspondance ce que porte "
            "chaque colonne. ",
        ),
    )
)
"""Les en-têtes où un outil met plusieurs colonnes par situation : leur forme repliée, ce qui s’en dit, que faire."""


def _nommer_une_forme_eclatee(noms: Sequence[str], nomenclature: Nomenclature) -> tuple[ACopier, ACopier] | None:
    """Ce qui se dit d’une table qui a plusieurs colonnes par situation, et que faire ; rien si ce n’en est pas une."""
    echelle = nomenclature.referentiel.echelle
    niveaux = {replier_libelle(niveau.libelle) for niveau in echelle.niveaux}
    question = replier_libelle(echelle.question)
    premier = next(iter(nomenclature.referentiel.items_par_code))
    for motif, forme, remede in _ECLATEES:
        vues: dict[str, str] = {}
        for nom in noms:
            trouve = motif.fullmatch(replier_en_tete(nom))
            if trouve is None or trouve.groupdict().get("niveau", next(iter(niveaux))) not in niveaux:
                continue
            une = trouve["une"].strip()
            if (
                une == question
                or _est_un_item(nomenclature.designer(une))
                or _est_un_item(nomenclature.designer(une.partition("_")[2]))
            ):
                if une in vues:
                    return ACopier(forme.format(nom=_court(vues[une]))), ACopier(remede.format(code=premier))
                vues[une] = nom
    return None


_SURES = frozenset({"identifiant", *IDENTIFIANTS})
"""Ce qui dit sans conteste qui a répondu : deux ne se départagent pas."""


def _sans_place_orpheline(trouvees: Sequence[Trouvee]) -> list[Trouvee]:
    """Les mêmes colonnes, sans celles de la place d’une situation que la table n’a pas : « importance_C1P » seule peut
    être la question d’une autre enquête.
    """
    designees = (une.cible for une in trouvees if isinstance(une, Designation))
    codes = {cible.code for cible in designees if cible.role is Role.ITEM}
    return [
        None if isinstance(une, Designation) and une.cible.role in DE_PLACE and une.cible.code not in codes else une
        for une in trouvees
    ]


def _avec_le_role(trouvees: Sequence[Trouvee], noms: Sequence[str]) -> list[Trouvee]:
    """Les mêmes colonnes ; là où une dit quel tiers répond et nulle son rôle, « Votre rôle » le dit."""
    roles = {une.cible.role for une in trouvees if isinstance(une, Designation)}
    if Role.EVALUATEUR not in roles or Role.ROLE_EVALUATEUR in roles:
        return list(trouvees)
    role = Designation(Cible(Role.ROLE_EVALUATEUR))
    dits = (replier_en_tete(nom).rstrip(" :?") in ROLES_A_COTE_D_UN_CODE for nom in noms)
    return [role if une is None and dit else une for une, dit in zip(trouvees, dits, strict=True)]


def _sans_table_voisine(trouvees: Sequence[Trouvee], noms: Sequence[str]) -> list[Trouvee]:
    """Les mêmes colonnes, sans celles d’une autre table à droite d’une colonne vide : elle n’a pas d’item, et dit une
    seconde fois de qui sont ses lignes.
    """

    def a(role: Role, designees: Sequence[Trouvee]) -> bool:
        return any(isinstance(une, Designation) and une.cible.role is role for une in designees)

    for rang in (rang for rang, nom in enumerate(noms) if not nom):
        gauche, droite = trouvees[:rang], trouvees[rang + 1 :]
        entiere = a(Role.ITEM, gauche) and a(Role.IDENTIFIANT, gauche)
        if entiere and a(Role.IDENTIFIANT, droite) and not a(Role.ITEM, droite):
            return [*gauche, trouvees[rang], *([None] * len(droite))]
    return list(trouvees)


def _se_contredisent(une: Trouvee, autre: Trouvee) -> bool:
    """Vrai si deux lignes d’en-tête désignent deux items différents dans la même colonne."""
    if not isinstance(une, Designation) or not isinstance(autre, Designation):
        return False
    return _est_un_item(une) and _est_un_item(autre) and une.cible.code != autre.cible.code


def _situer_comme_un_item(orpheline: ColonneLue, colonnes: Iterable[ColonneLue]) -> str:
    """L’en-tête que prendrait une trace, ou une place, au moment et sous le regard de la première situation."""
    premier = next(c.cible for c in colonnes if c.cible.role in (Role.ITEM, Role.ITEM_REFUSE))
    role, code = orpheline.cible.role, orpheline.cible.code
    return "_".join(filter(None, (str(role), code, premier.moment, premier.regard)))


def _dire_un_autre(autre: AutreReferentiel) -> str:
    compte = accorder(autre.items, "de ses items est reconnu", "de ses items sont reconnus")
    debut = typographier(f"Si l’on a répondu au référentiel « {autre.nom} » ({compte})")
    option = option_a_taper("--referentiel", autre.nom)
    return ACopier(f"{debut}, recommencer avec {option}. Sinon : ")


def _ou_choisir_qui(une: str, autre: str) -> str:
    """De quoi dire laquelle de deux colonnes dit qui a répondu ; rien si leur nom ne les départage pas."""
    if replier_en_tete(une) == replier_en_tete(autre):
        return ""
    options = " ou ".join(option_a_taper("--identifiant", nom) for nom in (une, autre))
    return ACopier(f", ou dire laquelle prendre{FINE}: {options}")


def _montrer_une_ligne(ligne: LigneVue) -> str:
    """« ligne 2 : R01 | 3 | 4 » : les premières cellules d’une ligne, chacune bornée."""
    cellules = [" ".join(cellule.split()) for cellule in ligne.cellules]
    courtes = [c if len(c) <= _CELLULE_MAX else c[: _CELLULE_MAX - 1] + "…" for c in cellules[:_CELLULES_MONTREES]]
    reste = len(cellules) - len(courtes)
    suite = f" | et {accorder(reste, 'autre cellule', 'autres cellules')}" if reste else ""
    return typographier(f"ligne {ligne.debut} : ") + " | ".join(courtes) + suite


def _citer_les_premiers(cites: Sequence[_Cite], citer: Callable[[_Cite], str], au_plus: int = _CITEES_MAX) -> ACopier:
    """Ce qui se cite, et combien d’autres s’il y en a trop."""
    return ACopier(enumerer_les_premiers([citer(un) for un in cites], au_plus))


def _entre_guillemets(nom: str) -> str:
    return typographier("« {} »").format(_court(nom))


def _court(nom: str) -> str:
    """Un en-tête cité : sur une ligne, et borné."""
    nom = " ".join(nom.split())
    return nom if len(nom) <= _NOM_MAX else nom[: _NOM_MAX - 1] + "…"

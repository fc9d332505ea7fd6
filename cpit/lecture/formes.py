"""Les tables qui n’ont pas une ligne par personne, une ligne par réponse (« longue ») ou une colonne par personne, et
celles qui ont une case à cocher par niveau de chaque situation.

On les redresse en une table ordinaire dont chaque cellule se souvient de sa place, pour que ce qu’il y a à en dire
tombe là où la personne le voit. Rien n’est deviné : une forme n’est reconnue que si des cellules désignent des items
par les règles des en-têtes, et ce qui manque pour la lire est refusé par son nom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, refus
from cpit.lecture.autre_referentiel import juger_l_echelle
from cpit.lecture.contexte import est_cochee
from cpit.lecture.dechiffrement import Dechiffreur, lire_mots, replier_libelle
from cpit.lecture.ecartees import codes_reserves, est_un_mot_de_total
from cpit.lecture.entetes import A_COTE_D_UN_ITEM, DU_TIERS, Cible, Designation, Habit, Nomenclature, Role
from cpit.lecture.lignes import Journal, LectureSource, Ligneur, Situer, suppositions
from cpit.lecture.reconnaissance import APERCU_MAX, LigneVue, Reperage, lire_entete
from cpit.tableur.classeur_ouvert import Piege, nommer_colonne
from cpit.typographie import enumerer, typographier

Rangee = tuple[int, Sequence[object]]
"""Une ligne d’une table : son numéro, à partir de 1, et ses cellules."""
_Place = tuple[int, int]
"""Le numéro d’une ligne et le rang d’une colonne, à partir de 0."""
GrilleBrute = tuple[Sequence[Rangee], Sequence[Anomalie]]
"""Les lignes remplies d’une table, et ce qu’il y a déjà à en dire."""

_ENTETES_MAX = 10
"""Lignes où l’on cherche l’en-tête d’une table longue, ou la colonne des situations d’une table transposée."""
_SONDEES, _COLONNES_SONDEES = 500, 60
"""Lignes d’après lesquelles on reconnaît une forme, et colonnes où l’on cherche ce qui l’annonce."""
_VALEURS = frozenset(
    {
        *("reponse", "reponses", "valeur", "valeur de la reponse", "niveau", "choix", "cotation"),
        *("value", "answer", "response", "answer value", "response value", "answer text"),
    }
)
"""En-têtes, repliés, de la colonne des réponses d’une table longue ; liste fermée."""
_COLONNES_DE_REPONSES = _VALEURS | {
    *("votre reponse", "vos reponses", "ma reponse", "mes reponses", "votre niveau", "mon niveau", "niveau actuel"),
    *("note", "notes", "ma note", "votre note", "score", "scores", "points", "evaluation", "auto-evaluation"),
    *("autoevaluation", "positionnement", "autopositionnement", "auto-positionnement", "resultat", "resultats"),
}
"""En-têtes, repliés, d’une colonne de réponses qui ne dit pas de qui elles sont ; liste fermée."""
_UNE_PERSONNE = frozenset({Role.IDENTIFIANT, Role.MOMENT, Role.REGARD, *DU_TIERS})
"""Ce qui distingue une passation d’une autre."""


@dataclass(frozen=True, slots=True)
class _TableRedressee:
    """Une table ordinaire tirée d’une autre forme.

    ``places`` : pour chaque ligne, d’où vient chaque cellule ; ``avis`` : ce qui se dit de la forme.
    """

    forme: str
    noms: tuple[str, ...]
    lignes: tuple[tuple[object, ...], ...]
    places: tuple[tuple[_Place, ...], ...]
    entetes: tuple[_Place, ...]
    avis: tuple[Anomalie, ...]

    def situer(self, situer: Situer) -> Situer:
        """Le lieu, dans le fichier, d’une cellule de la table redressée ; ses lignes sont comptées à partir de 1."""
        return lambda ligne, rang: situer(*(self.places[ligne - 1][rang] if ligne else self.entetes[rang]))


def _redresser(rangees: Sequence[Rangee], nomenclature: Nomenclature, situer: Situer) -> _TableRedressee | None:
    """La table ordinaire que dit une table longue ou transposée ; rien si ce n’est ni l’une ni l’autre.

    :param rangees: toutes les lignes qui ne sont pas vides.
    :raises ErreurCpit: la forme est reconnue, mais on ne peut dire qui a répondu, ou où sont les réponses.
    """
    debut = rangees[:_ENTETES_MAX]
    colonnes = range(max((len(cellules) for _, cellules in rangees[:_SONDEES]), default=0))
    reconnues = {rang: _designer(rangees[:_SONDEES], rang, nomenclature) for rang in colonnes}
    for k, (_, noms) in enumerate(debut):
        if _valeurs_nommees(noms) and (rang := _colonne_de_questions(reconnues, k + 1)) is not None:
            _exiger_un_seul_ordre(rangees, k, situer)
            return _Longue(nomenclature, situer).redresser(rangees[k], rangees[k + 1 :], rang)
    if (cases := _reunir_les_cases(rangees, nomenclature, situer)) is not None:
        return cases
    premiere = next((rang for rang in colonnes if _est_unique(reconnues[rang])), None)
    if premiere is not None:
        return _transposer(rangees, premiere, reconnues, nomenclature, situer)
    for k, _ in enumerate(debut):
        if (rang := _colonne_de_questions(reconnues, k + 1)) is not None:
            return _Longue(nomenclature, situer).redresser(rangees[k], rangees[k + 1 :], rang)
    return None


def _exiger_un_seul_ordre(rangees: Sequence[Rangee], k: int, situer: Situer) -> None:
    """Refuse des en-têtes que d’autres, plus haut, disent dans un autre ordre.

    :raises ErreurCpit: s’il y en a.
    """
    numero, noms = rangees[k]
    if any(sorted(map(_plier_un_nom, dessus)) == sorted(map(_plier_un_nom, noms)) for _, dessus in rangees[:k]):
        raise refus("forme-a-deux-ordres", situer(numero, 0))


def _plier_un_nom(nom: object) -> str:
    return replier_libelle(str(lire_mots(nom)))


_Designees = list[Cible | None]


def _designer(rangees: Iterable[Rangee], rang: int, nomenclature: Nomenclature) -> _Designees:
    """Ce que désigne chaque cellule d’une colonne, lue comme un en-tête ; rien si elle est vide ou ne dit rien."""
    vues: dict[str, Cible | None] = {}

    def designer(cellules: Sequence[object]) -> Cible | None:
        mots = lire_mots(cellules[rang]) if rang < len(cellules) else ""
        if not isinstance(mots, str) or not mots:
            return None
        if mots not in vues:
            trouvee = nomenclature.reconnaitre(mots)
            vues[mots] = trouvee if isinstance(trouvee, Cible) else None
        return vues[mots]

    return [designer(cellules) for _, cellules in rangees]


def _items(designees: Iterable[Cible | None]) -> list[Cible]:
    return [cible for cible in designees if cible is not None and cible.role is Role.ITEM]


def _colonne_de_questions(reconnues: dict[int, _Designees], depuis: int) -> int | None:
    """La première colonne dont plus de la moitié des cellules désignent des items, deux au moins."""
    for rang, designees in reconnues.items():
        items = _items(designees[depuis:])
        if len(set(items)) > 1 and 2 * len(items) > len(designees[depuis:]):
            return rang
    return None


def _est_unique(designees: _Designees) -> bool:
    """Vrai pour une colonne dont les cellules désignent des items, deux au moins et chacun une fois."""
    items = _items(designees)
    return len(items) > 1 and len(set(items)) == len(items)


def _valeurs_nommees(noms: Sequence[object]) -> list[int]:
    """Le rang des colonnes que leur en-tête dit être celle des réponses."""
    return [rang for rang, nom in enumerate(noms) if replier_libelle(str(lire_mots(nom))) in _VALEURS]


def sans_item(erreur: ErreurCpit) -> bool:
    """Vrai si une table n’est refusée que faute d’une colonne d’item : c’est peut-être une autre forme."""
    return any(une.code == "table-sans-item" for une in erreur.anomalies)


def annonce_une_autre_forme(apercu: Iterable[Sequence[str]], nomenclature: Nomenclature) -> bool:
    """Vrai si une des premières lignes cite un item ailleurs qu’en en-tête, ou le coupe en cases : sans cela, rien
    n’est à redresser.
    """
    lignes = [[mots for mots in ligne[:_COLONNES_SONDEES] if mots] for ligne in apercu]
    cites = (nomenclature.reconnaitre(mots) for ligne in lignes for mots in ligne)
    if any(isinstance(cible, Cible) and cible.role is Role.ITEM for cible in cites):
        return True
    return any(_cases_d_un_en_tete(ligne, nomenclature) for ligne in lignes)


def lire_autrement(
    grilles: Iterable[GrilleBrute], source: str, nomenclature: Nomenclature, situer: Situer
) -> LectureSource | None:
    """Lit la première de ces grilles qui est une table longue ou transposée ; rien si aucune ne l’est.

    :raises ErreurCpit: on ne peut dire qui a répondu ou où sont les réponses, ou comme ``lire_entete``.
    """
    redressees = ((_redresser(rangees, nomenclature, situer), constats) for rangees, constats in grilles)
    table, constats = next((une for une in redressees if une[0] is not None), (None, ()))
    if table is None:
        return None
    ou = table.situer(situer)
    entete = lire_entete(_en_reperage(table.noms, table.lignes, nomenclature), nomenclature, lambda rang: ou(0, rang))
    dits = [*constats, *table.avis, *entete.avertissements]
    entete, juges = juger_l_echelle(entete, list(enumerate(table.lignes, 1)), nomenclature, lambda rang: ou(0, rang))
    journal = Journal([*dits, *juges], codes_reserves(nomenclature.referentiel))
    ligneur = Ligneur(nomenclature, entete, source, ou, journal)
    lus = (releve for rang, cellules in enumerate(table.lignes, 1) for releve in ligneur.lire(cellules, rang))
    # Une longue, une transposée n’ont plus de ligne à elles : le code, que ces formes exigent, suffit à les nommer.
    lignes = [places[0][0] if table.forme == "cases" else None for places in table.places]
    releves = tuple(replace(releve, ligne=lignes[(releve.ligne or 1) - 1]) for releve in lus)
    dites = tuple(
        anomalie(une.code, une.lieu, nombre=len(releves)) if une.code in _DISENT_LE_NOMBRE else une
        for une in ligneur.clore()
    )
    return LectureSource(source, releves, dites, suppositions(entete, nomenclature.consignes))


def _en_reperage(noms: Sequence[str], lignes: Iterable[Sequence[object]], nomenclature: Nomenclature) -> Reperage:
    """L’en-tête d’une table redressée et ses premières lignes, où une colonne peut ne dire que des moments."""
    debut = nomenclature.consignes.ligne or 1
    vues = ([str(lire_mots(cellule)) for cellule in cellules] for cellules in islice(lignes, APERCU_MAX))
    suite = tuple(LigneVue(rang, rang, tuple(mots)) for rang, mots in enumerate(vues, debut + 1))
    return Reperage(LigneVue(debut, debut, tuple(noms)), suite=suite)


_DISENT_LE_NOMBRE = frozenset({"table-longue", "table-transposee"})
"""Ce qui donne à vérifier le nombre de passations : celui de celles que l’on prend, totaux ôtés."""


# --- une case à cocher par niveau -----------------------------------------------------------------------------------

_UNE_CASE = (
    # Les cases de Moodle, dont le questionnaire a un nom par question : « Q02_C1P->Seul ».
    re.compile(r"(?:q[0-9]+_)?(?P<une>.+?)->(?P<option>.+)"),
    # Celles de REDCap : « c1p___2 ».
    re.compile(r"(?P<une>.+?)___(?P<option>.+)"),
)


def _cases_d_un_en_tete(noms: Sequence[object], nomenclature: Nomenclature) -> dict[int, tuple[str, str]]:
    """L’item et la réponse que coche chaque colonne, par son rang ; rien si nulle situation n’a deux cases."""
    echelle = nomenclature.referentiel.echelle
    options = {replier_libelle(mot): n.libelle for n in echelle.niveaux for mot in (n.libelle, str(n.valeur))}
    if (so := echelle.sans_objet) is not None:
        options |= {replier_libelle(mot): so.libelle for mot in ("SO", so.libelle)}
    cases: dict[int, tuple[str, str]] = {}
    for rang, nom in enumerate(noms):
        trouves = filter(None, (motif.fullmatch(_plier_un_nom(nom)) for motif in _UNE_CASE))
        for trouve in trouves:
            cible = nomenclature.reconnaitre(trouve["une"])
            if isinstance(cible, Cible) and cible.role is Role.ITEM and trouve["option"] in options:
                cases.setdefault(rang, (cible.code, options[trouve["option"]]))
    codes = [code for code, _ in cases.values()]
    return cases if len(set(cases.values())) == len(codes) > len(set(codes)) else {}


def _reunir_les_cases(rangees: Sequence[Rangee], nomenclature: Nomenclature, situer: Situer) -> _TableRedressee | None:
    """La table ordinaire d’une table à cases : la réponse d’une situation est celle de sa seule case cochée.

    Plusieurs cases cochées restent plusieurs réponses, et une coche que l’on ne comprend pas reste ce qui est écrit :
    l’une et l’autre se refusent comme dans toute table.
    """
    essais = ((k, _cases_d_un_en_tete(noms, nomenclature)) for k, (_, noms) in enumerate(rangees[:_ENTETES_MAX]))
    tete, cases = next(((k, cases) for k, cases in essais if cases), (0, {}))
    if not cases:
        return None
    numero, brutes = rangees[tete]
    gardees = [rang for rang in range(len(brutes)) if rang not in cases]
    codes = list(dict.fromkeys(code for code, _ in cases.values()))
    siens = {code: [rang for rang, (sien, _) in cases.items() if sien == code] for code in codes}
    noms = [str(lire_mots(brutes[rang])) for rang in gardees]
    lignes, places = [], []
    for ligne, cellules in rangees[tete + 1 :]:
        lues = [_lire_des_cases(cellules, siens[code], cases) for code in codes]
        lignes.append((*(_case(cellules, rang) for rang in gardees), *(lue for lue, _ in lues)))
        places.append((*((ligne, rang) for rang in gardees), *((ligne, rang) for _, rang in lues)))
    entetes = tuple((numero, rang) for rang in (*gardees, *(siens[code][0] for code in codes)))
    nom = str(lire_mots(brutes[min(cases)]))
    avis = (anomalie("table-a-cases", situer(numero, min(cases)), nom=nom, nombre=len(codes)),)
    return _TableRedressee("cases", (*noms, *codes), tuple(lignes), tuple(places), entetes, avis)


def _lire_des_cases(
    cellules: Sequence[object], rangs: Sequence[int], cases: Mapping[int, tuple[str, str]]
) -> tuple[object, int]:
    """Ce que disent les cases d’une situation, et la place de ce qui le dit."""
    dites = {rang: est_cochee(_case(cellules, rang)) for rang in rangs}
    if (incomprise := next((rang for rang, dite in dites.items() if dite is None), None)) is not None:
        return _case(cellules, incomprise), incomprise
    cochees = [rang for rang, dite in dites.items() if dite]
    reponses = [cases[rang][1] for rang in cochees]
    return ";".join(reponses) or None, cochees[0] if cochees else rangs[0]


# --- une ligne par réponse ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Personne:
    """Une passation que l’on rassemble : ses cellules par colonne de la table redressée, et leurs places."""

    cellules: dict[int, object] = field(default_factory=dict)
    places: dict[int, _Place] = field(default_factory=dict)


class _Longue:
    """Rassemble les lignes d’une table longue."""

    def __init__(self, nomenclature: Nomenclature, situer: Situer) -> None:
        self._nomenclature, self._situer = nomenclature, situer
        self._dechiffreur = Dechiffreur.pour(nomenclature.referentiel)
        self._inconnues: dict[str, _Place] = {}
        self._refusees: list[Anomalie] = []

    def redresser(self, entete: Rangee, corps: Sequence[Rangee], questions: int) -> _TableRedressee:
        """La table ordinaire ; les questions qui ne désignent rien sont mises de côté, et nommées."""
        numero, brutes = entete
        noms = [str(lire_mots(nom)) for nom in brutes]
        reponses = self._colonne_des_reponses(noms, corps, questions, numero)
        contexte = [r for r, nom in enumerate(noms) if nom and r not in (questions, reponses)]
        posee = _designer(corps[:_SONDEES], questions, self._nomenclature)
        contexte = [r for r in contexte if not self._redit(posee, corps, r)]
        titrees = self._titrer(corps, questions)
        posees = list(dict.fromkeys(titrees.values()))
        titres = [noms[r] for r in contexte] + posees
        entetes = [(numero, r) for r in contexte] + [(numero, questions)] * len(posees)
        vues = ([_case(cellules, rang) for rang in contexte] for _, cellules in corps)
        cles = self._cles(_en_reperage(titres, vues, self._nomenclature), entetes, numero)
        rangs = {titre: len(contexte) + k for k, titre in enumerate(posees)}
        personnes: dict[tuple[str, ...], _Personne] = {}
        for ligne, cellules in self._dans_l_ordre(noms, corps):
            if any(str(lire_mots(cellule)) for cellule in cellules[len(noms) :]):
                mots = {"trouve": len(cellules), "attendu": len(noms)}
                self._refusees.append(anomalie("ligne-trop-longue", self._situer(ligne, len(noms)), **mots))
                continue
            cle = tuple(replier_libelle(str(lire_mots(_case(cellules, contexte[k])))) for k in cles)
            personne = personnes.setdefault(cle, _Personne())
            for k, r in enumerate(contexte):
                _poser(personne, k, _case(cellules, r), (ligne, r))
            if (titre := titrees.get(str(lire_mots(_case(cellules, questions))))) is not None:
                _poser(personne, rangs[titre], _case(cellules, reponses), (ligne, reponses))
        return self._table(titres, entetes, personnes.values(), reponses)

    def _dans_l_ordre(self, noms: Sequence[str], corps: Sequence[Rangee]) -> Iterator[Rangee]:
        """Les lignes sous les en-têtes ; ceux qui sont redits plus bas n’en sont pas, et se disent.

        :raises ErreurCpit: s’ils y sont dans un autre ordre : les places des cellules ne seraient plus les leurs.
        """
        plies = list(map(_plier_un_nom, noms))
        for ligne, cellules in corps:
            redits = [_plier_un_nom(_case(cellules, rang)) for rang in range(len(noms))]
            if sorted(redits) != sorted(plies):
                yield ligne, cellules
            elif redits == plies:
                self._refusees.append(anomalie("en-tete-repete", self._situer(ligne, 0), valeur=noms[0]))
            else:
                raise refus("forme-a-deux-ordres", self._situer(ligne, 0))

    def _table(
        self, titres: list[str], entetes: list[_Place], personnes: Iterable[_Personne], reponses: int
    ) -> _TableRedressee:
        lignes, places = [], []
        for personne in personnes:
            defaut = next(iter(personne.places.values()))
            lignes.append(tuple(personne.cellules.get(k) for k in range(len(titres))))
            places.append(tuple(personne.places.get(k, (defaut[0], reponses)) for k in range(len(titres))))
        avis = [*self._refusees, anomalie("table-longue", self._situer(*entetes[0]), nombre=len(lignes))]
        if self._inconnues:
            premiere = next(iter(self._inconnues.values()))
            noms = enumerer([typographier(f"« {nom} »") for nom in self._inconnues], "et")
            avis.append(anomalie("questions-mises-de-cote", self._situer(*premiere), noms=noms))
        return _TableRedressee("longue", tuple(titres), tuple(lignes), tuple(places), tuple(entetes), tuple(avis))

    def _colonne_des_reponses(self, noms: list[str], corps: Sequence[Rangee], questions: int, numero: int) -> int:
        """La seule colonne que son en-tête, sinon ses cellules, disent porter les réponses.

        :raises ErreurCpit: s’il n’y en a pas, ou plusieurs.
        """
        trouvees = [r for r in _valeurs_nommees(noms) if r != questions]
        lisibles = [r for r, nom in enumerate(noms) if r != questions and self._est_libre(nom)]
        if len(trouvees) != 1:
            jugees = self._lignes_jugees(corps[:_SONDEES], questions)
            trouvees = [r for r in trouvees or lisibles if self._se_dechiffre(jugees, r)]
        if len(trouvees) == 1:
            return trouvees[0]
        colonnes = enumerer([typographier(f"« {noms[r]} »") for r in trouvees or lisibles], "ou") or "aucune"
        raise refus("table-longue-sans-reponses", self._situer(numero, questions), colonnes=colonnes)

    def _est_libre(self, nom: str) -> bool:
        return bool(nom) and not isinstance(self._nomenclature.reconnaitre(nom), Cible)

    def _lignes_jugees(self, corps: Sequence[Rangee], questions: int) -> list[Rangee]:
        """Les lignes d’une situation qui ne sont pas une moyenne, un total : les autres n’ont pas de réponse."""
        posees = zip(_designer(corps, questions, self._nomenclature), corps, strict=True)
        siennes = [rangee for posee, rangee in posees if posee is not None and posee.role is Role.ITEM]
        return [(ligne, cellules) for ligne, cellules in siennes if not any(map(est_un_mot_de_total, cellules))]

    def _se_dechiffre(self, corps: Sequence[Rangee], rang: int) -> bool:
        valeurs = [_case(cellules, rang) for _, cellules in corps]
        remplies = [v for v in valeurs if str(lire_mots(v))]
        return bool(remplies) and all(self._dechiffreur.lire(v, Lieu(), "")[1] is None for v in remplies)

    def _redit(self, posee: _Designees, corps: Sequence[Rangee], rang: int) -> bool:
        """Vrai pour une seconde colonne qui désigne les mêmes items : l’énoncé à côté du code."""
        paires = zip(_designer(corps[:_SONDEES], rang, self._nomenclature), posee, strict=True)
        memes = [(a, b) for a, b in paires if a is not None and a.role is Role.ITEM]
        return len(set(memes)) > 1 and all(a == b for a, b in memes)

    def _titrer(self, corps: Sequence[Rangee], questions: int) -> dict[str, str]:
        """L’en-tête de chaque question écrite ; celles qui ne désignent rien sont retenues pour être dites.

        C’est la question elle-même : « T1_C1P » y garde son moment, que les règles des en-têtes liront.
        """
        titrees: dict[str, str] = {}
        titres: dict[tuple[Cible, str, bool], str] = {}
        for ligne, cellules in corps:
            mots = str(lire_mots(_case(cellules, questions)))
            if mots in titrees or mots in self._inconnues:
                continue
            trouvee = self._nomenclature.designer(mots) if mots else None
            if isinstance(trouvee, Designation) and trouvee.cible.role in _UNE_QUESTION:
                cle = (trouvee.cible, trouvee.porteur, trouvee.habit is Habit.COPIE)
                titrees[mots] = titres.setdefault(cle, mots)
            else:
                self._inconnues[mots or "(vide)"] = (ligne, questions)
        return titrees

    def _cles(self, titres: Reperage, entetes: list[_Place], numero: int) -> list[int]:
        """Les colonnes qui disent à qui, et à quelle passation, est une ligne.

        :raises ErreurCpit: si aucune ne dit qui a répondu.
        """
        colonnes = lire_entete(titres, self._nomenclature, lambda rang: self._situer(*entetes[rang])).colonnes
        cles = [colonne.rang for colonne in colonnes if colonne.cible.role in _UNE_PERSONNE]
        if not any(colonne.cible.role is Role.IDENTIFIANT for colonne in colonnes):
            raise refus("table-longue-sans-identite", self._situer(numero, 0))
        return cles


_UNE_QUESTION = A_COTE_D_UN_ITEM | {Role.ITEM, Role.PROFIL}
"""Ce qu’une ligne d’une table longue peut porter."""


def _case(cellules: Sequence[object], rang: int) -> object:
    return cellules[rang] if rang < len(cellules) else None


def _poser(personne: _Personne, k: int, valeur: object, place: _Place) -> None:
    """Retient une cellule ; deux dires différents sous le même en-tête sont un piège, jamais un choix."""
    deja = personne.cellules.get(k)
    vide, deja_vide = not str(lire_mots(valeur)), not str(lire_mots(deja))
    if deja_vide or k not in personne.places:
        personne.cellules[k], personne.places[k] = valeur, place
    elif not vide and replier_libelle(str(lire_mots(deja))) != replier_libelle(str(lire_mots(valeur))):
        vu = deja.vu if isinstance(deja, Piege) and deja.code == "cellule-contredite" else str(lire_mots(deja))
        personne.cellules[k] = Piege("cellule-contredite", f"{vu}, puis {lire_mots(valeur)}")
        personne.places[k] = place


# --- une colonne par personne ---------------------------------------------------------------------------------------


def _transposer(
    rangees: Sequence[Rangee],
    premiere: int,
    reconnues: dict[int, _Designees],
    nomenclature: Nomenclature,
    situer: Situer,
) -> _TableRedressee:
    """La table ordinaire d’une table transposée : les en-têtes sont ceux de la colonne ``premiere``."""
    debut = next(k for k, cible in enumerate(reconnues[premiere]) if cible is not None and cible.role is Role.ITEM)
    utiles = [(n, c) for n, c in rangees if str(lire_mots(_case(c, premiere)))]
    titres = [str(lire_mots(_case(cellules, premiere))) for _, cellules in utiles]
    numeros = [numero for numero, _ in utiles]
    if not any(_designe_qui(titre, nomenclature) for titre in titres):
        # Une ligne au-dessus des situations nomme les colonnes : ce sont les personnes.
        tete = _ligne_des_codes(rangees[:debut], premiere, nomenclature, situer)
        utiles = [tete, *((n, c) for n, c in utiles if n != tete[0])]
        titres = ["identifiant", *(t for t, n in zip(titres, numeros, strict=True) if n != tete[0])]
        numeros = [numero for numero, _ in utiles]
    largeur = max(len(cellules) for _, cellules in utiles)
    items = [k for k, (_, c) in enumerate(utiles) if _items(_designer([(0, c)], premiere, nomenclature))]
    dechiffreur = Dechiffreur.pour(nomenclature.referentiel)
    candidates = (rang for rang in range(premiere + 1, largeur) if not _est_unique(reconnues.get(rang, [])))
    qui = utiles[next(k for k, titre in enumerate(titres) if _designe_qui(titre, nomenclature))][1]
    portent = [rang for rang in candidates if _porte_une_reponse(utiles, items, rang, dechiffreur)]
    personnes = [rang for rang in portent if _plier_un_nom(_case(qui, rang)) not in _COLONNES_DE_REPONSES]
    _exiger_des_personnes(personnes or not portent, situer(rangees[0][0], premiere))
    lignes = tuple(tuple(_case(cellules, rang) for _, cellules in utiles) for rang in personnes)
    places = tuple(tuple((numero, rang) for numero in numeros) for rang in personnes)
    mises_de_cote = [
        typographier(f"« {nom} »") if (nom := str(lire_mots(_case(qui, rang)))) else nommer_colonne(rang + 1)
        for rang in range(largeur)
        if rang not in personnes and rang != premiere and any(str(lire_mots(_case(c, rang))) for _, c in utiles)
    ]
    avis = [anomalie("table-transposee", situer(numeros[0], premiere), nombre=len(personnes))]
    if mises_de_cote:
        avis.append(anomalie("colonnes-sans-personne", situer(numeros[0], 0), noms=", ".join(mises_de_cote)))
    entetes = tuple((numero, premiere) for numero in numeros)
    return _TableRedressee("transposee", tuple(titres), lignes, places, entetes, tuple(avis))


def _exiger_des_personnes(ont_un_code: object, lieu: Lieu) -> None:
    """Refuse une table dont rien ne dit de qui sont les colonnes.

    :raises ErreurCpit: si elles n’ont pas de code.
    """
    if not ont_un_code:
        raise refus("table-transposee-sans-identite", lieu)


def _ligne_des_codes(dessus: Sequence[Rangee], premiere: int, nomenclature: Nomenclature, situer: Situer) -> Rangee:
    """La ligne qui nomme les personnes : la plus remplie à droite des situations, hors de celles qui disent autre chose
    (« Moment ») ; la première si plusieurs le sont autant.

    :raises ErreurCpit: s’il n’y en a pas.
    """

    def remplies(rangee: Rangee) -> int:
        return sum(bool(str(lire_mots(cellule))) for cellule in rangee[1][premiere + 1 :])

    titres = [(rangee, nomenclature.reconnaitre(str(lire_mots(_case(rangee[1], premiere))))) for rangee in dessus]
    libres = [rangee for rangee, cible in titres if not isinstance(cible, Cible) or cible.role is Role.SANS_NOM]
    _exiger_des_personnes(libres, situer(dessus[0][0] if dessus else 1, premiere))
    return max(libres, key=remplies)


def _designe_qui(titre: str, nomenclature: Nomenclature) -> bool:
    trouvee = nomenclature.reconnaitre(titre)
    return isinstance(trouvee, Cible) and trouvee.role is Role.IDENTIFIANT


def _porte_une_reponse(utiles: Sequence[Rangee], items: Sequence[int], rang: int, dechiffreur: Dechiffreur) -> bool:
    """Vrai pour une colonne dont une cellule au moins, en face d’un item, est une réponse : c’est une personne."""
    cellules = (_case(utiles[k][1], rang) for k in items)
    return any(str(lire_mots(c)) and dechiffreur.lire(c, Lieu(), "")[1] is None for c in cellules)

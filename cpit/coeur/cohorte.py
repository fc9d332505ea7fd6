"""Une cohorte : des passations de même référentiel, notées. Ce qu’on en dit ensemble est dans ``cpit.coeur.groupe``.

Les moments et les regards restent toujours à part : une strate est un moment sous un regard.

Et son suivi : qui a répondu, qui manque, à chaque moment et sous chaque regard.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from cpit.coeur.colonnes import cellules_calculees, cellules_contexte, colonnes, colonnes_du_referentiel
from cpit.coeur.notation import Notation, Resultat
from cpit.coeur.passation import (
    REGARDS,
    Etat,
    Passation,
    est_retrospectif,
    lire_moment,
    ordre_d_une_strate,
    replier_code,
)
from cpit.coeur.referentiel import Position, QuestionProfil, Referentiel
from cpit.coeur.tableaux import Colonne, Ligne, LignesAuVol, Tableau, valeur_affichee
from cpit.typographie import montrer_d_ailleurs, pluriel


@dataclass(frozen=True, slots=True, repr=False)
class Releve:
    """Une passation lue quelque part : ``source`` est le nom du fichier, ``ligne`` sa ligne dans une table (dès 1).

    ``refusees`` : codes des items dont la réponse n’a pas été prise ; ils comptent comme sans réponse. ``inachevee`` :
    vrai si la source dit que la personne n’a pas fini. ``feuille`` : la sienne, si plusieurs de ce classeur sont lues.
    ``date`` : quand la table dit qu’elle a été répondue, telle qu’écrite, s’il faut choisir entre plusieurs.
    ``equipe`` : ce qu’en dit la colonne que l’on a nommée pour lire des équipes, si on l’a fait.
    """

    passation: Passation
    source: str
    ligne: int | None = None
    refusees: frozenset[str] = frozenset()
    inachevee: bool = False
    feuille: str = ""
    date: str = ""
    equipe: str = ""

    def __repr__(self) -> str:
        """D’où il vient, et de qui."""
        ligne = "" if self.ligne is None else f", ligne {self.ligne}"
        return f"Releve({montrer_d_ailleurs(self.source)[-80:]}{ligne} : {self.passation!r})"

    @property
    def identifiant(self) -> str:
        """Code de la personne ; à défaut, la ligne de sa table ou le nom de son fichier."""
        if self.passation.identifiant:
            return self.passation.identifiant
        ou = [self.feuille] if self.feuille else []
        return ", ".join([*ou, f"ligne {self.ligne}"]) if self.ligne is not None else ", ".join(ou) or self.source


@dataclass(frozen=True, slots=True, repr=False)
class Notee:
    """Un relevé et son résultat, calculé par le même moteur que pour une personne seule."""

    releve: Releve
    resultat: Resultat

    def __repr__(self) -> str:
        """De qui, et combien de scores."""
        return f"Notee({self.passation!r}, {self.resultat!r})"

    @property
    def passation(self) -> Passation:
        """La passation du relevé."""
        return self.releve.passation

    def contexte(self, referentiel: Referentiel, dites: Collection[str] = ()) -> Ligne:
        """Qui, quel profil, quand, sous quel regard, quel tiers : les premières cellules de toute ligne."""
        return cellules_contexte(referentiel, self.releve.identifiant, self.passation, dites)


@dataclass(frozen=True, repr=False)
class Cohorte:
    """Des passations notées, dans l’ordre de lecture."""

    referentiel: Referentiel
    notees: tuple[Notee, ...] = field(default=())

    def __repr__(self) -> str:
        """Combien, avec quel référentiel ; les réponses ne s’y montrent pas."""
        ref = self.referentiel
        return f"Cohorte({ref.identifiant} {ref.version} : {pluriel(len(self.notees), 'passation')})"

    def strates(self) -> dict[tuple[str, str], Cohorte]:
        """Les sous-cohortes par (moment, regard), les moments dans leur ordre, soi avant les tiers ; jamais mêlées."""
        paquets: dict[tuple[str, str], list[Notee]] = {}
        for notee in self.notees:
            paquets.setdefault((notee.passation.moment, notee.passation.regard), []).append(notee)
        return {cle: Cohorte(self.referentiel, tuple(paquets[cle])) for cle in sorted(paquets, key=ordre_d_une_strate)}

    def positions(self) -> list[Position]:
        """Les positions présentes, dans l’ordre de lecture."""
        situations = (notee.resultat.situation for notee in self.notees)
        return [situation.position for situation in situations if situation.position is not None]

    def scores(self, *, avec_reponses: bool = False) -> Tableau:
        """Une ligne par passation : qui, profil, moment, regard, référentiel, scores, position.

        Ce sont les colonnes du CSV de la cohorte.

        :param avec_reponses: vrai pour y joindre la réponse à chaque item, comme le fait le CSV.
        """
        refaites = LignesAuVol(partial(self._lignes, avec_reponses=avec_reponses), len(self.notees))
        dites = colonnes(self.referentiel, avec_reponses=avec_reponses, dites=self.contexte_dit())
        return Tableau("cohorte", "Cohorte", dites, refaites)

    def contexte_dit(self) -> frozenset[str]:
        """Les clés facultatives du contexte qu’une passation dit au moins : toute table de la cohorte a ces colonnes.

        Le code et le rôle d’un tiers vont ensemble. Une condition d’exercice en est une : qui n’a pas eu la question
        n’en a pas la colonne.
        """
        dites = {cle for notee in self.notees for cle in notee.passation.tiers()}
        dites |= {question.identifiant for question in self.questions_de_profil() if question.condition}
        if any(notee.passation.date_moment for notee in self.notees):
            dites.add("date_moment")
        return frozenset(dites | (_QUI_REPOND if dites & _QUI_REPOND else set()))

    def questions_de_profil(self) -> tuple[QuestionProfil, ...]:
        """Les questions de profil ; de celles sur les conditions d’exercice, celles auxquelles une passation répond."""
        repondues = {question for notee in self.notees for question, code in notee.passation.profil.items() if code}
        return self.referentiel.questions_dites(repondues)

    def _lignes(self, *, avec_reponses: bool) -> Iterator[Ligne]:
        """Une ligne par passation, dans l’ordre de lecture et celui de ``colonnes`` ; ``None`` : valeur absente."""
        referentiel = self.referentiel
        items = tuple(item.code for item in referentiel.ordre_de_passation()) if avec_reponses else ()
        dites = self.contexte_dit()
        version = (referentiel.nom_et_version,) * len(colonnes_du_referentiel(referentiel))
        for notee in self.notees:
            yield (
                *notee.contexte(referentiel, dites),
                *version,
                *(valeur_affichee(notee.passation.reponse(code)) for code in items),
                *cellules_calculees(referentiel, notee.resultat),
            )


_QUI_REPOND = {"evaluateur", "role_evaluateur"}


def composer(referentiel: Referentiel, releves: Iterable[Releve]) -> Cohorte:
    """Note des relevés.

    :raises ValueError: si un relevé porte une réponse que le référentiel n’a pas (le lecteur aurait dû la refuser).
    """
    notation = Notation(referentiel)
    notees = tuple(Notee(releve, notation.noter(releve.passation.valeurs())) for releve in releves)
    return Cohorte(referentiel, notees)


# --- qui a répondu, qui manque --------------------------------------------------------------------------------------

Etape = tuple[str, str]
"""Un moment, et le regard sous lequel on y répond."""
_COMPLETE, INCOMPLETE, MANQUE = "complete", "incomplete", "manque"
_ETATS = MappingProxyType(
    {_COMPLETE: "toutes les situations", INCOMPLETE: "des situations sans réponse", MANQUE: "manque"}
)


@dataclass(frozen=True, slots=True)
class Attendue:
    """Ce que l’on attend de quelqu’un, ou à son propos : à quels moments, sous quel regard, de quel tiers.

    ``moments`` vide : à chaque moment d’où l’on a déjà des réponses. ``evaluateur`` vide : de n’importe quel tiers.
    """

    code: str
    moments: tuple[str, ...] = ()
    regard: str = "soi"
    evaluateur: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Suivie:
    """Une passation revenue, ou qui manque.

    ``repondus`` : les situations répondues, « sans objet » compris, sur ``items`` ; ``attendue`` : vrai si on
    l’attendait ; ``inscrite`` : vrai si la personne est sur la liste, absent s’il n’y en a pas. ``notee`` : ce qui est
    revenu, absent de ce qui manque.
    """

    identifiant: str
    moment: str
    regard: str
    evaluateur: str
    attendue: bool
    inscrite: bool | None
    items: int
    notee: Notee | None = None

    def __repr__(self) -> str:
        """De qui, quand, et où l’on en est."""
        return f"Suivie({self.identifiant}, {self.moment}, {self.regard} : {self.etat})"

    @property
    def etape(self) -> Etape:
        """Son moment et son regard."""
        return self.moment, self.regard

    @property
    def repondus(self) -> int:
        """Les situations répondues, « sans objet » compris."""
        if self.notee is None:
            return 0
        passation = self.notee.passation
        return sum(passation.reponse(i.code).etat in _VUES for i in passation.items)

    @property
    def etat(self) -> str:
        """« complete », « incomplete » ou « manque »."""
        if self.notee is None:
            return MANQUE
        return _COMPLETE if self.repondus == self.items else INCOMPLETE


_VUES = (Etat.REPONDU, Etat.SANS_OBJET)
_COLONNES_DU_SUIVI = (
    Colonne("identifiant", "Code de la personne"),
    Colonne("moment", "Moment"),
    Colonne("regard", "Regard", modalites=REGARDS),
    Colonne("evaluateur", "Code du tiers"),
    Colonne("etat", "Où l’on en est", modalites=_ETATS),
    Colonne("repondus", "Situations répondues", "entier", unite="situations", description="« Sans objet » compris"),
    Colonne("items", "Situations du questionnaire", "entier", unite="situations"),
    Colonne("attendue", "Attendue", modalites={"oui": "oui", "non": "non"}),
    Colonne("inscrite", "Sur la liste", modalites={"oui": "oui", "non": "non"}, description="Vide : pas de liste"),
    Colonne("date", "Jour des réponses", "date", description="AAAA-MM-JJ"),
    Colonne("source", "D’où elle vient"),
)
"""Ce que le suivi dit de chaque passation ; jamais une réponse ni un score."""
CLES_DU_SUIVI = tuple(colonne.cle for colonne in _COLONNES_DU_SUIVI)


@dataclass(frozen=True, repr=False)
class Suivi:
    """Qui a répondu et qui manque : ce qui est revenu, ce que l’on attendait, personne par personne.

    ``avec_liste`` : vrai si l’on a donné la liste de qui l’on attend ; sinon, chacun est attendu à chaque moment d’où
    quelqu’un a répondu. ``sans_code`` : passations que rien ne rattache à quelqu’un, comptées à part.
    """

    referentiel: Referentiel
    suivies: tuple[Suivie, ...]
    avec_liste: bool
    sans_code: int = 0

    def __repr__(self) -> str:
        """Combien sont revenues, combien manquent."""
        manquent = sum(une.etat == MANQUE for une in self.suivies)
        return f"<Suivi : {pluriel(len(self.suivies) - manquent, 'passation')}, {pluriel(manquent, 'manque')}>"

    def _repr_html_(self) -> str:
        """Le tableau du suivi, tel qu’un carnet le montre."""
        return self.tableau()._repr_html_()

    @property
    def etapes(self) -> tuple[Etape, ...]:
        """Les moments dans leur ordre, et sous chacun ses regards."""
        return tuple(sorted({une.etape for une in self.suivies}, key=ordre_d_une_strate))

    @property
    def personnes(self) -> dict[str, list[Suivie]]:
        """Chaque personne, dans l’ordre de la liste puis de lecture, et ce qui est d’elle."""
        par_personne: dict[str, list[Suivie]] = {}
        for une in self.suivies:
            par_personne.setdefault(une.identifiant, []).append(une)
        return par_personne

    def a_l_etape(self, etape: Etape, etat: str | None = None) -> list[Suivie]:
        """Ce qui est attendu ou revenu à une étape ; de cet état seulement, s’il est dit."""
        return [une for une in self.suivies if une.etape == etape and etat in (None, une.etat)]

    @property
    def hors_liste(self) -> list[str]:
        """Les codes qui sont revenus sans être sur la liste : une faute de frappe, ou quelqu’un que l’on a oublié."""
        return [code for code, siennes in self.personnes.items() if siennes[0].inscrite is False]

    def tableau(self) -> Tableau:
        """Une ligne par passation revenue ou qui manque ; il nomme les personnes, sans réponse ni score."""
        lignes = tuple(map(_ligne_de_suivi, self.suivies))
        return Tableau("suivi", "Suivi", _COLONNES_DU_SUIVI, lignes)


def _ligne_de_suivi(une: Suivie) -> Ligne:
    dit = {True: "oui", False: "non", None: None}
    date, source = None, None
    if une.notee is not None:
        releve = une.notee.releve
        date = une.notee.passation.jour_des_reponses or None
        ligne = "" if releve.ligne is None else f"ligne {releve.ligne}"
        source = ", ".join(filter(None, (releve.source, releve.feuille, ligne)))
    return (
        *(une.identifiant, une.moment, une.regard, une.evaluateur or None, une.etat),
        *(None if une.notee is None else une.repondus, une.items, dit[une.attendue], dit[une.inscrite], date, source),
    )


_Place = tuple[str, str, str]
"""Une personne (son code replié), un moment, un regard."""


def suivre(cohorte: Cohorte, attendues: Sequence[Attendue] | None = None) -> Suivi:
    """Dit ce qui est revenu et ce qui manque.

    :param attendues: ce que l’on attend ; sans liste, chacun, à chaque moment où quelqu’un a répondu pour soi.
    """
    par_place: dict[_Place, list[Notee]] = {}
    for notee in cohorte.notees:
        une = notee.passation
        if une.identifiant:
            par_place.setdefault((replier_code(une.identifiant), une.moment, une.regard), []).append(notee)
    revenues = [notees[0].passation.identifiant for notees in par_place.values()]
    liste = [Attendue(code) for code in revenues] if attendues is None else attendues
    noms: dict[str, str] = {}
    for code in (*(une.code for une in liste), *revenues):
        noms.setdefault(replier_code(code), code)
    inscrites = None if attendues is None else {replier_code(une.code) for une in attendues}
    rangs = {code: rang for rang, code in enumerate(noms)}
    suivies = [
        Suivie(noms[qui], moment, regard, tiers, attendue, None if inscrites is None else qui in inscrites, items, une)
        for (qui, moment, regard), tiers, attendue, une in _places_suivies(par_place, liste)
        for items in [len(cohorte.referentiel.items) if une is None else len(une.passation.items)]
    ]
    suivies.sort(key=lambda une: (rangs[replier_code(une.identifiant)], ordre_d_une_strate(une.etape)))
    sans_code = len(cohorte.notees) - sum(map(len, par_place.values()))
    return Suivi(cohorte.referentiel, tuple(suivies), attendues is not None, sans_code)


def _places_suivies(
    par_place: Mapping[_Place, Sequence[Notee]], liste: Sequence[Attendue]
) -> Iterator[tuple[_Place, str, bool, Notee | None]]:
    """Ce que l’on attendait, revenu ou non, puis le reste : place, tiers, vrai si on l’attendait, ce qui est revenu.

    Une attente ne prend qu’une passation : un second tiers, là où l’on en attendait un, est revenu sans être attendu.
    """
    prises: set[int] = set()
    # Un tiers nommé prend d’abord la sienne : une attente de n’importe quel tiers a ce qui reste.
    for place, evaluateur in sorted(_places_attendues(par_place, liste), key=lambda une: not une[1]):
        siennes = (une for une in par_place.get(place, ()) if _est_de(une.passation, evaluateur))
        trouvee = next((une for une in siennes if id(une) not in prises), None)
        if trouvee is None:
            yield place, evaluateur, True, None
        else:
            prises.add(id(trouvee))
            yield place, trouvee.passation.evaluateur, True, trouvee
    for place, notees in par_place.items():
        yield from ((place, une.passation.evaluateur, False, une) for une in notees if id(une) not in prises)


def _places_attendues(
    par_place: Mapping[_Place, Sequence[Notee]], liste: Iterable[Attendue]
) -> list[tuple[_Place, str]]:
    """Chaque place attendue, et de quel tiers ; un moment vu d’aujourd’hui ne s’attend que s’il est demandé."""
    pour_soi = {moment for _, moment, regard in par_place if regard == "soi" and not est_retrospectif(moment)}
    en_cours = sorted(pour_soi or {"t0"}, key=lire_moment)
    attendues: dict[tuple[_Place, str], tuple[_Place, str]] = {}
    for une in liste:
        for moment in une.moments or en_cours:
            place = (replier_code(une.code), moment, une.regard)
            attendues.setdefault((place, replier_code(une.evaluateur)), (place, une.evaluateur))
    return list(attendues.values())


def _est_de(passation: Passation, evaluateur: str) -> bool:
    return not evaluateur or replier_code(passation.evaluateur) == replier_code(evaluateur)

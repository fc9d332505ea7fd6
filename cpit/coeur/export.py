"""Le jeu de données d’une cohorte : trois tables pseudonymisées, déclarées ici une fois pour tous les formats.

``reponses_large`` a une ligne par passation, ``reponses_long`` une ligne par réponse, ``scores`` une ligne par
passation. Ni code de personne, ni nom de fichier, ni instant n’y entre : seulement un pseudonyme et un mois.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import accumulate, groupby
from types import MappingProxyType

from cpit.coeur.anonymat import (
    K_PROPOSE,
    Dossier,
    Recodage,
    Risques,
    ce_qui_distingue,
    compter_les_risques,
    recoder,
)
from cpit.coeur.cohorte import Cohorte, Notee
from cpit.coeur.colonnes import (
    COLONNES_DE_PLACE,
    cellules_calculees,
    colonnes_calculees,
    colonnes_contexte,
    colonnes_de_place,
    colonnes_incertitude,
    colonnes_items,
    modalites_de_l_echelle,
)
from cpit.coeur.dispersion import lignes_incertitude
from cpit.coeur.groupe import TU
from cpit.coeur.notation import valeur_retenue
from cpit.coeur.passation import Etat, Reponse, dire_le_moment, lire_moment, ordre_d_une_strate
from cpit.coeur.referentiel import Item, QuestionProfil, Referentiel, choisis
from cpit.coeur.tableaux import ETATS, Colonne, Ligne, LignesAuVol, Tableau, libelle_reponse, valeur_affichee
from cpit.typographie import FINE, enumerer, pluriel, typographier

_NON_COCHE, _COCHE = "0", "1"
COCHES: Mapping[str, str] = MappingProxyType({_NON_COCHE: "Non", _COCHE: "Oui"})
"""Ce que disent les deux valeurs de la colonne d’un choix."""
AVANT_UN_CHOIX = f"{FINE}: "
"""Ce qui sépare, dans le libellé d’une telle colonne, la question du choix."""
REPONSES_LARGE, _LONG, _SCORES = "reponses_large", "reponses_long", "scores"
_MOIS = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Inscrite:
    """Une passation du jeu : sous quel pseudonyme, et son rang parmi celles de même moment et de même regard.

    ``profil`` : les seuls choix que le référentiel déclare, dans l’ordre de ses questions.
    """

    notee: Notee
    pseudonyme: str
    rang: int
    profil: tuple[str | None, ...]

    @property
    def mois(self) -> str | None:
        """Mois où la passation a été terminée (à défaut, enregistrée), ``AAAA-MM`` ; rien si on ne le sait pas."""
        return _mois(self.notee.passation.jour_des_reponses)


def _mois(jour: str) -> str | None:
    trouve = _MOIS.match(jour)
    return trouve[0] if trouve else None


@dataclass(frozen=True, slots=True)
class QuestionRecodee:
    """Ce que ``k`` a fait perdre à une question de profil, ou à l’une de ses cases : libellés réunis, cellules réunies,
    cellules tues, et celles qui disent encore une réponse.
    """

    cle: str
    libelle: str
    reunies: tuple[str, ...]
    cellules_reunies: int
    cellules_tues: int
    cellules_gardees: int


@dataclass(frozen=True, slots=True)
class JeuRecode:
    """Comment un jeu a été rendu k-anonyme ; ``perte`` : de 0 (rien) à 1 (plus aucun profil).

    ``petites`` : strates de moins de ``k`` personnes, que rien ne protège. ``cellules`` : de profil, par question.
    ``codes`` : de modalités réunies, et d’une cellule tue.
    """

    k: int
    questions: tuple[QuestionRecodee, ...]
    petites: tuple[tuple[str, str], ...]
    cellules: int
    perte: float
    codes: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True, repr=False)
class Jeu:
    """Un jeu de données prêt à écrire ; ``ecartes`` compte les choix de profil hors du référentiel, laissés de côté.

    ``risques`` : les combinaisons de profil rares, telles qu’écrites ; ``recode`` : ce que ``k`` a fait perdre ;
    ``profil`` : les colonnes de profil, que ces combinaisons suivent. ``distinguent`` : les questions qui désignent le
    plus, avant tout recodage, et ``sans_elles`` combien de personnes auraient encore une combinaison rare.
    """

    referentiel: Referentiel
    inscrites: tuple[Inscrite, ...]
    tableaux: tuple[Tableau, ...]
    avec_traces: bool = False
    ecartes: int = 0
    risques: Risques | None = None
    recode: JeuRecode | None = None
    profil: tuple[Colonne, ...] = ()
    distinguent: tuple[str, ...] = ()
    sans_elles: int = 0

    def __repr__(self) -> str:
        """Ses tables, et leur taille."""
        return f"Jeu({pluriel(len(self.inscrites), 'passation')} : {', '.join(map(repr, self.tableaux))})"

    def tableau(self, cle: str) -> Tableau:
        """Une table par sa clé."""
        return next(tableau for tableau in self.tableaux if tableau.cle == cle)

    @property
    def personnes(self) -> int:
        """Nombre de pseudonymes."""
        return len({inscrite.pseudonyme for inscrite in self.inscrites})

    @property
    def mois(self) -> tuple[str, ...]:
        """Les mois des passations, du premier au dernier, sans doublon."""
        dits = {inscrite.notee.passation.jour_des_reponses for inscrite in self.inscrites}
        return tuple(sorted({mois for jour in dits if (mois := _mois(jour))}))

    def strates(self) -> dict[tuple[str, str], int]:
        """Nombre de passations par moment et regard."""
        comptes = Counter((i.notee.passation.moment, i.notee.passation.regard) for i in self.inscrites)
        return {strate: comptes[strate] for strate in sorted(comptes, key=ordre_d_une_strate)}

    def etats(self) -> dict[Etat, int]:
        """Nombre de réponses par état."""
        codes = [item.code for item in self.referentiel.ordre_de_passation()]
        comptes = Counter(i.notee.passation.reponse(code).etat for i in self.inscrites for code in codes)
        return {etat: comptes[etat] for etat in Etat}


def batir_jeu(cohorte: Cohorte, pseudonymes: Sequence[str], *, avec_traces: bool = False, k: int | None = None) -> Jeu:
    """Le jeu de données d’une cohorte, ses lignes rangées par pseudonyme : l’ordre de lecture n’y paraît plus.

    :param pseudonymes: celui de chaque passation, dans l’ordre de la cohorte.
    :param avec_traces: vrai pour ajouter à ``reponses_long`` ce que chacun a écrit pour soi.
    :param k: personnes par combinaison de profil, au moins : des modalités sont réunies, des cellules tues.
    :raises ValueError: s’il y a moins de ``k`` personnes.
    """
    inscrites, ecartes = _inscrire(cohorte, pseudonymes)
    referentiel, recode = cohorte.referentiel, None
    questions = cohorte.questions_de_profil()
    contexte = _colonnes_de_tete(referentiel, questions, {i.notee.passation.moment for i in inscrites})
    otees, sans_elles = ce_qui_distingue(_dossiers(inscrites), _rangs_par_question(questions), k or K_PROPOSE)
    if k is not None:
        inscrites, profil, recode = _recoder_le_profil(questions, inscrites, contexte.profil, k)
        contexte = replace(contexte, profil=profil)
    tableaux = (
        _large(referentiel, inscrites, contexte),
        _long(referentiel, inscrites, contexte, avec_traces=avec_traces),
        _scores(referentiel, inscrites, contexte),
    )
    risques = compter_les_risques(_dossiers(inscrites)) if k is None else compter_les_risques(_dossiers(inscrites), k)
    distinguent = tuple(questions[rang].libelle for rang in otees)
    return Jeu(
        referentiel,
        inscrites,
        tableaux,
        avec_traces,
        ecartes,
        risques,
        recode,
        contexte.profil,
        distinguent,
        sans_elles,
    )


def _dossiers(inscrites: Sequence[Inscrite]) -> list[Dossier]:
    """Ce que l’on connaît de chaque pseudonyme, dans l’ordre."""
    rendus = []
    for _, groupe in groupby(inscrites, key=lambda inscrite: inscrite.pseudonyme):
        siennes = list(groupe)
        passations = tuple((i.notee.passation.moment, i.notee.passation.regard, i.rang) for i in siennes)
        rendus.append(Dossier(passations, tuple(i.profil for i in siennes)))
    return rendus


def _recoder_le_profil(
    demandees: Sequence[QuestionProfil], inscrites: Sequence[Inscrite], colonnes: tuple[Colonne, ...], k: int
) -> tuple[tuple[Inscrite, ...], tuple[Colonne, ...], JeuRecode]:
    """Les passations au profil recodé, les colonnes qui déclarent leurs nouveaux codes, et ce qui est perdu."""
    prises = {code for colonne in colonnes for code in colonne.modalites or {}}
    codes = _cle_libre("regroupe", prises), _cle_libre(TU, prises)
    recodage = recoder(_dossiers(inscrites), k, _rangs_par_question(demandees))
    rangs = {pseudonyme: rang for rang, pseudonyme in enumerate(dict.fromkeys(i.pseudonyme for i in inscrites))}
    recodees = tuple(replace(i, profil=recodage.appliquer(rangs[i.pseudonyme], i.profil, codes)) for i in inscrites)
    questions = tuple(
        _question_recodee(colonne, recodage.reunies.get(rang, frozenset()), [i.profil[rang] for i in recodees], codes)
        for rang, colonne in enumerate(colonnes)
    )
    neuves = tuple(
        _colonne_recodee(colonne, recodage.reunies.get(rang, frozenset()), question, codes, k)
        for rang, (colonne, question) in enumerate(zip(colonnes, questions, strict=True))
    )
    return recodees, neuves, _bilan(recodage, questions, len(inscrites), codes)


def _rangs_par_question(questions: Sequence[QuestionProfil]) -> list[range]:
    """Les rangs des colonnes de profil de chaque question : une, ou une par choix."""
    largeurs = [len(question.choix) if question.plusieurs else 1 for question in questions]
    return [range(fin - largeur, fin) for largeur, fin in zip(largeurs, accumulate(largeurs), strict=True)]


def _bilan(
    recodage: Recodage, questions: Iterable[QuestionRecodee], cellules: int, codes: tuple[str, str]
) -> JeuRecode:
    perdues = tuple(q for q in questions if q.cellules_reunies or q.cellules_tues)
    return JeuRecode(recodage.k, perdues, recodage.petites, cellules, recodage.perte, codes)


def _question_recodee(
    colonne: Colonne, reunies: frozenset[str], cellules: Sequence[str | None], codes: tuple[str, str]
) -> QuestionRecodee:
    libelles = tuple(libelle for code, libelle in (colonne.modalites or {}).items() if code in reunies)
    comptes = Counter(cellules)
    reunies_ici, tues = (comptes.pop(code, 0) for code in codes)
    comptes.pop(None, 0)
    return QuestionRecodee(colonne.cle, colonne.libelle, libelles, reunies_ici, tues, comptes.total())


def _colonne_recodee(
    colonne: Colonne, reunies: frozenset[str], question: QuestionRecodee, codes: tuple[str, str], k: int
) -> Colonne:
    """La colonne, sans les modalités réunies, et avec les codes qui les remplacent ou disent une cellule tue."""
    modalites = {code: libelle for code, libelle in (colonne.modalites or {}).items() if code not in reunies}
    codes_ajoutes = question.cellules_reunies or question.cellules_tues
    if question.cellules_reunies:
        modalites[codes[0]] = typographier(f"Regroupé : {enumerer(question.reunies, 'ou')}")
    if question.cellules_tues:
        modalites[codes[1]] = typographier(f"Tu : combinaison de profil de moins de {k} personnes")
    # Un code de plus n’est pas un nombre : la colonne d’un choix n’en est plus une de 0 et de 1.
    return replace(colonne, modalites=modalites, type="texte" if codes_ajoutes else colonne.type)


@dataclass(frozen=True, slots=True)
class _Tete:
    """Les colonnes qui disent de quelle passation vient une ligne."""

    pseudonyme: Colonne
    passation: Colonne
    mois: Colonne
    profil: tuple[Colonne, ...]
    moment: Colonne
    regard: Colonne

    @property
    def identite(self) -> tuple[Colonne, ...]:
        return self.pseudonyme, self.moment, self.regard, self.passation

    @property
    def colonnes(self) -> tuple[Colonne, ...]:
        return (*self.identite, self.mois, *self.profil)


def _inscrire(cohorte: Cohorte, pseudonymes: Sequence[str]) -> tuple[tuple[Inscrite, ...], int]:
    """Les passations rangées, et le nombre de choix de profil écartés."""
    questions = cohorte.questions_de_profil()
    inscrites, ecartes = [], 0
    paires = sorted(zip(pseudonymes, cohorte.notees, strict=True), key=lambda paire: _ordre(*paire))
    for (pseudonyme, _), groupe in groupby(paires, key=lambda paire: _ordre(*paire)[:2]):
        for rang, (_, notee) in enumerate(groupe, 1):
            profil = notee.passation.profil
            gardes = {q.identifiant: q.retenir(profil.get(q.identifiant, "")) for q in questions}
            ecartes += sum(len(choisis(code)) for code in profil.values())
            ecartes -= sum(len(choisis(code)) for code in gardes.values())
            cellules = tuple(cellule for q in questions for cellule in _cellules_de_profil(q, gardes[q.identifiant]))
            inscrites.append(Inscrite(notee, pseudonyme, rang, cellules))
    return tuple(inscrites), ecartes


def _cellules_de_profil(question: QuestionProfil, reponse: str) -> Iterator[str | None]:
    """Les cellules de ``_colonnes_de_profil`` : le code, ou un 0 ou un 1 par choix ; vides sans réponse."""
    if not question.plusieurs:
        yield reponse or None
        return
    codes = choisis(reponse)
    for choix in question.choix:
        yield (_COCHE if choix.code in codes else _NON_COCHE) if codes else None


def cles_des_choix(referentiel: Referentiel) -> dict[tuple[str, str], str]:
    """La colonne de chaque choix d’une question qui en admet plusieurs, par question et code de choix.

    Un code a des traits d’union, le nom d’une variable n’en a pas : R, Stata et SPSS les changeraient chacun à leur
    façon. Elle est allongée si le référentiel emploie déjà ce mot.
    """
    prises, cles = _cles_prises(referentiel), dict[tuple[str, str], str]()
    for question in referentiel.profil:
        for choix in question.choix if question.plusieurs else ():
            cle = _cle_libre(re.sub(r"\W", "_", f"{question.identifiant}_{choix.code}", flags=re.ASCII), prises)
            prises.add(cle)
            cles[question.identifiant, choix.code] = cle
    return cles


def _colonnes_de_profil(
    colonne: Colonne, question: QuestionProfil, cles: Mapping[tuple[str, str], str]
) -> Iterator[Colonne]:
    """La colonne d’une question, ou une par choix si elle en admet plusieurs."""
    if not question.plusieurs:
        yield colonne
        return
    for choix in question.choix:
        yield replace(
            colonne,
            cle=cles[question.identifiant, choix.code],
            libelle=f"{question.libelle}{AVANT_UN_CHOIX}{choix.libelle}",
            type="entier",
            mesure="nominale",
            modalites=COCHES,
            description=typographier(
                f"1 si ce choix de la question « {question.libelle} » est coché, 0 sinon ; vide sans réponse"
            ),
        )


def _ordre(pseudonyme: str, notee: Notee) -> tuple[str, tuple[bool, int, bool, str, str], str]:
    """L’instant des réponses départage deux passations de même personne, moment et regard ; corriger n’y change rien.

    Faute d’instants, l’ordre de lecture reste.
    """
    passation = notee.passation
    return pseudonyme, ordre_d_une_strate((passation.moment, passation.regard)), passation.instant_des_reponses


def _colonnes_de_tete(referentiel: Referentiel, questions: Sequence[QuestionProfil], moments: Iterable[str]) -> _Tete:
    """Les colonnes de contexte de la cohorte, l’identifiant remplacé par un pseudonyme et l’instant par un mois."""
    _, *profil, moment, regard = colonnes_contexte(referentiel, [question.identifiant for question in questions])
    connus = moment.modalites or {}
    autres = {
        code: dire_le_moment(code, referentiel) for code in sorted(moments, key=lire_moment) if code not in connus
    }
    moment = replace(moment, modalites={**connus, **autres})
    cles = cles_des_choix(referentiel)
    paires = zip(profil, questions, strict=True)
    decoches = tuple(une for colonne, question in paires for une in _colonnes_de_profil(colonne, question, cles))
    return _Tete(*colonnes_propres_au_jeu(referentiel), decoches, moment, regard)


def _cles_prises(referentiel: Referentiel) -> set[str]:
    _, *contexte = colonnes_contexte(referentiel, [question.identifiant for question in referentiel.profil])
    prises = {colonne.cle for colonne in (*contexte, *colonnes_items(referentiel))}
    return prises | {colonne.cle for colonne in (*colonnes_calculees(referentiel), *colonnes_incertitude())}


def colonnes_propres_au_jeu(referentiel: Referentiel) -> tuple[Colonne, Colonne, Colonne]:
    """Pseudonyme, rang, mois : ce qu’un jeu a et qu’une cohorte n’a pas ; à ces clés, une lecture le reconnaît.

    Une clé est allongée si le référentiel emploie déjà ce mot.
    """
    prises = _cles_prises(referentiel)
    return (
        Colonne(
            _cle_libre("pseudonyme", prises),
            "Pseudonyme",
            description=typographier(
                "Le même pour une même personne tant que la clé d'étude est la même ; il ne se renverse pas sans elle"
            ),
        ),
        Colonne(
            _cle_libre("passation", prises),
            "Rang de la passation",
            "entier",
            description=typographier("1, puis 2, 3… si la personne a répondu plusieurs fois au même moment"),
        ),
        Colonne(
            _cle_libre("mois", prises),
            "Mois de la passation",
            "mois",
            description=typographier("AAAA-MM, seule date gardée ; vide si elle n'est pas connue"),
        ),
    )


def _cle_libre(cle: str, prises: Iterable[str]) -> str:
    """La clé, allongée si le référentiel emploie déjà ce mot."""
    occupees = {prise.casefold() for prise in prises}
    while cle.casefold() in occupees:
        cle += "_jeu"
    return cle


def _contexte(inscrite: Inscrite, tete: _Tete) -> Ligne:
    """Les cellules de ``_Tete.colonnes``."""
    passation = inscrite.notee.passation
    profil = (
        int(cellule) if cellule is not None and colonne.type == "entier" else cellule
        for cellule, colonne in zip(inscrite.profil, tete.profil, strict=True)
    )
    return inscrite.pseudonyme, passation.moment, passation.regard, inscrite.rang, inscrite.mois, *profil


def _dit_des_places(inscrites: Iterable[Inscrite]) -> bool:
    """Vrai si une passation dit la place d’une situation : un jeu sans cette question n’en a pas les colonnes."""
    return any(inscrite.notee.passation.dit_des_places for inscrite in inscrites)


def _large(referentiel: Referentiel, inscrites: Sequence[Inscrite], tete: _Tete) -> Tableau:
    codes = tuple(item.code for item in referentiel.ordre_de_passation())
    situes = codes if _dit_des_places(inscrites) else ()

    def lignes() -> Iterator[Ligne]:
        for inscrite in inscrites:
            passation = inscrite.notee.passation
            yield (
                *_contexte(inscrite, tete),
                *(valeur_affichee(passation.reponse(code)) for code in codes),
                *(niveau for code in situes for niveau in passation.reponse(code).places),
            )

    colonnes = (*tete.colonnes, *colonnes_items(referentiel), *(colonnes_de_place(referentiel) if situes else ()))
    au_vol = LignesAuVol(lignes, len(inscrites))
    return Tableau(REPONSES_LARGE, "Réponses, une ligne par passation", colonnes, au_vol, _cles(tete.identite))


def _scores(referentiel: Referentiel, inscrites: Sequence[Inscrite], tete: _Tete) -> Tableau:
    notees = [inscrite.notee for inscrite in inscrites]

    @cache
    def incertitudes() -> tuple[Ligne, ...]:
        # Une fois pour tous les formats : chaque position y est recalculée autant de fois qu’il y a de compétences.
        return tuple(lignes_incertitude(referentiel, notees))

    def lignes() -> Iterator[Ligne]:
        for inscrite, incertitude in zip(inscrites, incertitudes(), strict=True):
            yield (
                *_contexte(inscrite, tete),
                *cellules_calculees(referentiel, inscrite.notee.resultat),
                *incertitude,
            )

    colonnes = (*tete.colonnes, *colonnes_calculees(referentiel), *colonnes_incertitude())
    au_vol = LignesAuVol(lignes, len(inscrites))
    titre = "Scores, position et incertitude, une ligne par passation"
    return Tableau(_SCORES, titre, colonnes, au_vol, _cles(tete.identite))


def _long(referentiel: Referentiel, inscrites: Sequence[Inscrite], tete: _Tete, *, avec_traces: bool) -> Tableau:
    items = referentiel.ordre_de_passation()
    dire = partial(_cellules_de_reponse, referentiel, {}, avec_traces)
    avec_places = _dit_des_places(inscrites)

    def lignes() -> Iterator[Ligne]:
        for inscrite in inscrites:
            debut = _contexte(inscrite, tete)[:4]
            passation = inscrite.notee.passation
            for item in items:
                reponse = passation.reponse(item.code)
                places = reponse.places if avec_places else ()
                yield (*debut, item.code, item.competence, item.ingenierie, *dire(item, reponse), *places)

    propres = _colonnes_de_reponse(referentiel)
    dites = propres if avec_traces else propres[:-1]
    colonnes = (*tete.identite, *dites, *(COLONNES_DE_PLACE if avec_places else ()))
    au_vol = LignesAuVol(lignes, len(inscrites) * len(items))
    return Tableau(_LONG, "Réponses, une ligne par réponse", colonnes, au_vol, (*_cles(tete.identite), "item"))


def _cellules_de_reponse(
    referentiel: Referentiel,
    connues: dict[tuple[str, Etat, int | None], Ligne],
    avec_traces: bool,
    item: Item,
    reponse: Reponse,
) -> Ligne:
    """Code, libellé, état, valeur retenue et, si elle est demandée, trace ; les mêmes reviennent sans cesse."""
    cle = (item.code, reponse.etat, reponse.valeur)
    if cle not in connues:
        echelle, valeur = referentiel.echelle, reponse.valeur
        retenue = None if valeur is None else valeur_retenue(item, valeur, echelle.min, echelle.max)
        libelle = libelle_reponse(referentiel, reponse)
        connues[cle] = (valeur_affichee(reponse), libelle, reponse.etat.value, retenue)
    return (*connues[cle], reponse.trace or None) if avec_traces else connues[cle]


def _colonnes_de_reponse(referentiel: Referentiel) -> tuple[Colonne, ...]:
    """Les colonnes d’une réponse ; la dernière est la trace."""
    modele = colonnes_items(referentiel)[0]
    return (
        Colonne("item", "Item", modalites={i.code: i.enonce for i in referentiel.ordre_de_passation()}),
        Colonne("competence", "Compétence", modalites={c.identifiant: c.libelle for c in referentiel.competences}),
        Colonne("ingenierie", "Ingénierie", modalites={i.identifiant: i.libelle for i in referentiel.ingenieries}),
        replace(
            modele,
            cle="code",
            libelle="Réponse",
            modalites=modalites_de_l_echelle(referentiel.echelle),
            description=typographier("Niveau choisi, avant inversion ; vide sans réponse"),
            formule="",
            source="",
        ),
        Colonne("libelle", "Libellé de la réponse", description="Le niveau choisi, en clair"),
        Colonne("etat", "État", modalites={etat.value: libelle for etat, libelle in ETATS.items()}),
        Colonne(
            "retenue",
            "Valeur retenue dans le calcul",
            "entier",
            description=typographier("Le niveau, inversé si l'item l'est ; vide hors du calcul"),
            unite=modele.unite,
            mesure="ordinale",
        ),
        Colonne("trace", "Trace", description=typographier("Ce que la personne a noté pour elle, tel quel")),
    )


def _cles(colonnes: Iterable[Colonne]) -> tuple[str, ...]:
    return tuple(colonne.cle for colonne in colonnes)

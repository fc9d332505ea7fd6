"""Les passations d’une personne lues ensemble : de fichiers ou d’un dossier, à son parcours et à ce qui s’y compare.

Chaque passation est lue avec le référentiel auquel elle a répondu ; le plus récent note, et seules se comparent les
questions restées les mêmes. De deux passations que l’on nomme, la comparaison va de la première à la seconde ; de plus
de deux, elle suit le temps. Plusieurs personnes ne se comparent pas : on choisit l’une par son code, ou l’on dit que
c’est la même.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cpit.chargement import choisir_referentiel
from cpit.coeur.cohorte import Releve
from cpit.coeur.comparaison import (
    Comparaison,
    Parcours,
    Reference,
    comparer_passations,
    est_date_a_rebours,
    retracer_parcours,
)
from cpit.coeur.mots.lecture_comparaison import nommer_et_dater_le_cote
from cpit.coeur.passation import (
    IdentiteReferentiel,
    Passation,
    items_inchanges,
    ordre_de_version,
    ordre_du_parcours,
    replier_code,
)
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.suites import Plan
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, refusees
from cpit.formats.appartenance import DEBUT_DE_PASSATION, est_une_passation
from cpit.formats.passation_json import identite_d_une_passation
from cpit.formats.porte import SANS_PERMIS, Permis
from cpit.lecture.correspondance import consigner_une_lecture, referentiel_d_une_correspondance
from cpit.lecture.doubles import lieu_de, regler_les_doubles
from cpit.lecture.lignes import DETAIL_MAX
from cpit.ouverture import lire_debut
from cpit.passations.origine import choisir_d_apres
from cpit.passations.relecture import referentiel_de, reponses_refusees
from cpit.passations.sauvegarde import relire_fichier
from cpit.sources import Reunion, lire_pour_compter
from cpit.typographie import enumerer, pluriel, proche, typographier

_N_EN_COMPARER_QUE_DEUX = typographier(
    "Pour en comparer une, la nommer elle-même avec l'autre passation, ou dire --garder recent."
)
"""De deux passations de même place, rien ne dit laquelle compte : la personne le dit en les nommant."""
_CITES = 8
"""Codes de personnes que cite un message."""
_SANS_CODE = typographier("aucune de celles qui ont été lues n'a de code")


@dataclass(frozen=True, slots=True, repr=False)
class Rapprochement:
    """Les passations d’une personne, et ce qui s’en compare.

    ``comparaison`` : des deux que l’on a nommées, ou du premier au dernier moment ; ``parcours`` : tous ses moments et
    tous les regards, avec toutes les comparaisons qui ont un sens ; ``passations`` : celles qui se montrent une à une,
    telles qu’elles ont été répondues, dans l’ordre du parcours ; ``anomalies`` : avec quelles réserves ; ``permis`` :
    ce que l’on peut remplacer ; ``plan`` : ses pas, s’ils sont à côté de ses passations.
    """

    comparaison: Comparaison
    parcours: Parcours
    passations: tuple[Passation, ...]
    anomalies: tuple[Anomalie, ...] = ()
    permis: Permis = SANS_PERMIS
    plan: Plan | None = None

    def __repr__(self) -> str:
        """De quoi à quoi, et combien de passations ; aucun score ne s’y montre."""
        return f"Rapprochement({self.comparaison!r}, {pluriel(len(self.parcours.etapes), 'passation')})"

    def _repr_html_(self) -> str:
        """Chaque échelle des deux côtés, telle qu’un carnet la montre."""
        return self.comparaison._repr_html_()

    @property
    def deux_seules(self) -> bool:
        """Vrai s’il n’y a rien d’autre que les deux passations de ``comparaison``."""
        return len(self.parcours.etapes) == 2


@dataclass(frozen=True, slots=True)
class PersonneLue:
    """Ce qu’on a lu d’une personne : ses relevés, les référentiels auxquels elle a répondu, ce qu’il y a à en dire.

    ``nommees`` : vrai de deux passations données l’une après l’autre, dont l’ordre est voulu ; ``seule`` : faux si les
    sources portent aussi d’autres personnes.
    """

    releves: tuple[Releve, ...]
    referentiels: tuple[Referentiel, ...]
    anomalies: tuple[Anomalie, ...]
    nommees: bool
    seule: bool


def lire_une_personne(
    sources: Sequence[str | Passation],
    reunion: Reunion,
    *,
    referentiel: Referentiel | None = None,
    code: str | None = None,
    meme_personne: bool = False,
    consignes: Mapping[str, Any] = MappingProxyType({}),
) -> PersonneLue:
    """Lit les passations d’une seule personne.

    :param sources: telles qu’on les a données : des chemins, que ``reunion`` a trouvés, ou des passations déjà lues.
    :param referentiel: celui des tables, et d’une passation dont le sien ne se retrouve pas.
    :param code: celui de la personne, si les sources en portent d’autres.
    :param meme_personne: vrai si plusieurs codes sont ceux d’une seule personne.
    :param consignes: ce que l’on dit des tables, par le nom de l’option.
    :raises MauvaisEmploi: une consigne impossible.
    :raises ErreurCpit: plusieurs personnes, aucune de ce code, ou moins de deux passations.
    """
    lecture = _Lecture(reunion, referentiel)
    lecture.consigner(sources, consignes)
    lecture.lire(sources)
    siens = lecture.choisir(code, meme_personne=meme_personne)
    seule = len(siens) == len(lecture.releves)
    deux = _dans_l_ordre_donne(siens, sources)
    if deux is None:
        garder = lecture.consignes.garder
        siens, doubles = regler_les_doubles(siens, garder, DETAIL_MAX, _N_EN_COMPARER_QUE_DEUX)
        lecture.anomalies += doubles
    elif len({_place(releve.passation) for releve in deux}) == 1:
        lecture.anomalies.append(anomalie("comparaison-meme-place", lieu_de(deux[1]), **_dire_ou(deux[1].passation)))
    if len(siens) < 2:
        ou = ", ".join(source for source in sources[:2] if isinstance(source, str))
        raise ErreurCpit([*lecture.anomalies, anomalie("comparaison-seule", ou, nombre=len(siens))])
    # Ce qui, des sources, ne concerne que d’autres personnes ne se dit pas ici.
    dites = [une for une in lecture.anomalies if seule or refusees([une]) or _concerne(une, siens)]
    return PersonneLue(
        tuple(deux or siens), tuple(lecture.referentiels.values()), tuple(dites), deux is not None, seule
    )


def rapprocher_passations(
    lues: PersonneLue,
    referentiel: Referentiel | None = None,
    reference: Reference | None = None,
    *,
    collecte_personnelle: bool = False,
) -> Rapprochement:
    """Compare les passations lues d’une personne.

    :param referentiel: celui qui note ; sinon le plus récent de ceux auxquels elle a répondu.
    :param reference: un groupe dont l’erreur de mesure dit ce que vaut une différence.
    :param collecte_personnelle: vrai si elle a recueilli elle-même les regards de ses tiers ; c’est le cas si les
        sources ne portent qu’elle.
    :raises ErreurCpit: aucune question commune, ou rien qui se compare.
    """
    passations = _d_un_seul_code([releve.passation for releve in lues.releves])
    note = referentiel or referentiel_le_plus_recent(lues)
    anciens = [autre for autre in lues.referentiels if autre.empreinte != note.empreinte]
    dits = list(_dire_les_versions(lues.releves, note, anciens))
    personnelle = collecte_personnelle or lues.seule
    parcours = retracer_parcours(
        note, passations, collecte_personnelle=personnelle, reference=reference, anciens=anciens
    )
    comparaison: Comparaison | None
    if lues.nommees:
        comparaison = _comparer_les_deux(passations, note, anciens, reference)
    else:
        comparaison = _du_premier_au_dernier(parcours)
    if comparaison is None or len(comparaison.items_changes()) == len(comparaison.items):
        code = "comparaison-sans-paire" if comparaison is None else "comparaison-sans-question-commune"
        raise ErreurCpit([*lues.anomalies, *dits, anomalie(code, etapes=_nommer_les_etapes(parcours))])
    montrees = (p for p in passations if personnelle or p.regard == "soi")
    rangees = tuple(sorted(montrees, key=ordre_du_parcours))
    dits += _dire_les_dates_a_rebours(comparaison, parcours)
    return Rapprochement(comparaison, parcours, rangees, (*lues.anomalies, *dits))


def referentiel_le_plus_recent(lues: PersonneLue) -> Referentiel:
    """Celui de la dernière passation, dans sa version la plus récente."""
    dernier = (lues.releves if lues.nommees else sorted(lues.releves, key=lambda r: ordre_du_parcours(r.passation)))[-1]
    sien = dernier.passation.referentiel.identifiant
    versions = [r for r in lues.referentiels if r.identifiant == sien]
    return max(versions, key=lambda referentiel: ordre_de_version(referentiel.version))


def _du_premier_au_dernier(parcours: Parcours) -> Comparaison | None:
    """Du premier au dernier moment vécus par la personne ; à défaut, la première paire de son parcours."""
    siennes = [c for c in parcours.paires_de("vecu") if c.de.regard == "soi"]
    siennes = [c for c in siennes if len(c.items_changes()) < len(c.items)] or siennes
    jusqu_au_dernier = [c for c in siennes if c.a == siennes[-1].a]
    toutes = [*jusqu_au_dernier, *(paire.comparaison for paire in parcours.paires)]
    return next(iter(toutes), None)


# --- Lire les passations d’une personne.


class _Lecture:
    """Une lecture en cours : les relevés trouvés, les référentiels auxquels ils répondent, ce qu’il y a à en dire."""

    def __init__(self, reunion: Reunion, referentiel: Referentiel | None) -> None:
        self._reunion, self._donne = reunion, referentiel
        self._des_tables: Referentiel | None = referentiel
        self.consignes = reunion.consignes
        self.releves: list[Releve] = []
        self.referentiels: dict[str, Referentiel] = {}
        self.anomalies: list[Anomalie] = list(reunion.constats)

    def consigner(self, sources: Sequence[str | Passation], dites: Mapping[str, Any]) -> None:
        """Retient ce que l’on dit des tables ; s’il n’y en a pas, le dit.

        :raises MauvaisEmploi: une consigne impossible.
        """
        if not dites:
            return
        correspondance = dites.get("correspondance")
        if (
            self._des_tables is None
            and correspondance
            and (nom := referentiel_d_une_correspondance(Path(correspondance)))
        ):
            self._des_tables = choisir_referentiel(nom)[0]
        self.consignes = consigner_une_lecture(self._referentiel_des_tables(sources), **dites)
        vaines = [f"--{nom}" for nom in dites if nom != "garder"]
        if vaines and all(map(_est_une_passation, self._reunion.chemins)):
            self.anomalies.append(anomalie("consignes-sans-table", options=enumerer(vaines)))

    def lire(self, sources: Sequence[str | Passation]) -> None:
        """Lit toutes les sources ; ce qui ne se lit pas est une anomalie."""
        for passation in (source for source in sources if isinstance(source, Passation)):
            connu = self._connu(passation.referentiel)
            sien = self._retenir(connu or referentiel_de(passation, ""))
            self.anomalies += reponses_refusees(passation, sien, "")
            self.releves += [Releve(une, "") for une in passation.separees()]
        for chemin in self._reunion.chemins:
            try:
                sien = self._referentiel_pour(chemin, sources)
            except ErreurCpit as erreur:
                self.anomalies += erreur.anomalies
                continue
            lecture = lire_pour_compter(chemin, sien, self.consignes)
            self.releves += lecture.releves
            self.anomalies += lecture.anomalies
            if lecture.releves:
                self._retenir(sien)

    def choisir(self, code: str | None, *, meme_personne: bool) -> list[Releve]:
        """Les relevés de la personne.

        :raises ErreurCpit: s’il y en a plusieurs, ou aucune de ce code ; avec ce qui n’a pas pu être lu.
        """
        connus = {replier_code(r.passation.identifiant): r.passation.identifiant for r in self.releves}
        connus.pop("", None)
        sans_code = [releve for releve in self.releves if not replier_code(releve.passation.identifiant)]
        if code is None:
            if len(connus) > 1 and not meme_personne:
                raise ErreurCpit([*self._refus(), anomalie("comparaison-plusieurs-personnes", codes=_citer(connus))])
            self.anomalies += [anomalie("comparaison-sans-code", lieu_de(releve)) for releve in sans_code]
            return list(self.releves)
        voulu = replier_code(code)
        siens = [releve for releve in self.releves if replier_code(releve.passation.identifiant) == voulu != ""]
        if not siens:
            raise ErreurCpit([*self._refus(), code_absent(code, connus)])
        self.anomalies += [anomalie("comparaison-code-manquant", lieu_de(releve), code=code) for releve in sans_code]
        return siens

    def _refus(self) -> tuple[Anomalie, ...]:
        return refusees(self.anomalies)

    def _retenir(self, referentiel: Referentiel) -> Referentiel:
        return self.referentiels.setdefault(referentiel.empreinte, referentiel)

    def _referentiel_pour(self, chemin: Path, sources: Sequence[str | Passation]) -> Referentiel:
        """Celui auquel une passation a répondu ; pour une table, celui que l’on donne ou qu’elle porte.

        :raises ErreurCpit: s’il est introuvable.
        """
        identite = identite_d_une_passation(chemin) if _est_une_passation(chemin) else None
        if identite is None:
            return self._referentiel_des_tables(sources)
        return self._connu(identite) or self._retenir(referentiel_de(relire_fichier(chemin)[0], str(chemin)))

    def _connu(self, identite: IdentiteReferentiel) -> Referentiel | None:
        """Celui de cette identité, s’il est déjà lu ou donné."""
        connus = (*self.referentiels.values(), *([self._donne] if self._donne else []))
        return next((connu for connu in connus if IdentiteReferentiel.depuis(connu) == identite), None)

    def _referentiel_des_tables(self, sources: Sequence[str | Passation]) -> Referentiel:
        if self._des_tables is None:
            tables = [chemin for chemin in self._reunion.chemins if not _est_une_passation(chemin)]
            choix = choisir_d_apres(tables, [str(source) for source in sources if not isinstance(source, Passation)])
            self.anomalies += choix.constats
            self._des_tables = choix.referentiel
        return self._des_tables


def _est_une_passation(chemin: Path) -> bool:
    try:
        return est_une_passation(lire_debut(chemin, DEBUT_DE_PASSATION))
    except OSError:
        return False


def _dans_l_ordre_donne(siens: Sequence[Releve], sources: Sequence[str | Passation]) -> tuple[Releve, Releve] | None:
    """Les deux relevés de deux sources qui en donnent chacune un, dans l’ordre des sources."""
    if not len(siens) == len(sources) == 2:
        return None
    par_source = [[r for r in siens if _vient_de(r, source)] for source in sources]
    if [len(trouves) for trouves in par_source] != [1, 1]:
        return None
    return par_source[0][0], par_source[1][0]


def _vient_de(releve: Releve, source: str | Passation) -> bool:
    if isinstance(source, Passation):
        return releve.passation is source
    return bool(releve.source) and Path(releve.source) == Path(source)


def _place(passation: Passation) -> tuple[str, str, str]:
    """Ce qui distingue deux passations d’une personne : quand, sous quel regard, par quel tiers."""
    return passation.moment, passation.regard, replier_code(passation.evaluateur)


def _dire_ou(passation: Passation) -> dict[str, object]:
    return {"moment": passation.moment, "regard": passation.regard}


def _concerne(une: Anomalie, siens: Iterable[Releve]) -> bool:
    """Vrai d’un constat sur l’un de ces relevés, ou sur le fichier d’où il vient."""
    lieux = [(releve.source, releve.ligne) for releve in siens]
    return any(une.lieu.fichier == source and une.lieu.ligne in (None, ligne) for source, ligne in lieux)


def code_absent(code: str, connus: Mapping[str, str]) -> Anomalie:
    """Le refus d’un code qu’aucune passation ne porte.

    :param connus: les codes des passations, tels qu’écrits, par code replié.
    """
    codes = f"il y a {_citer(connus)}" if connus else _SANS_CODE
    proches = proche(code, list(connus.values()))
    return anomalie("comparaison-code-absent", valeur=code, codes=codes, proche=proches)


def _citer(codes: Mapping[str, str]) -> str:
    cites = list(codes.values())
    return ", ".join(cites[:_CITES]) + ("…" if len(cites) > _CITES else "")


# --- Les comparer.


def _d_un_seul_code(passations: Sequence[Passation]) -> list[Passation]:
    """Les passations, toutes au premier code écrit : on a dit, ou vérifié, qu’elles sont d’une seule personne."""
    code = next((p.identifiant for p in passations if p.identifiant), "")
    return [p if p.identifiant == code else replace(p, identifiant=code) for p in passations]


def _comparer_les_deux(
    passations: Sequence[Passation], note: Referentiel, anciens: Sequence[Referentiel], reference: Reference | None
) -> Comparaison:
    """La première devant la seconde, dans l’ordre où on les a nommées.

    :raises ErreurCpit: si ni l’une ni l’autre, de deux versions, n’est du référentiel qui note.
    """
    premiere, seconde = passations
    autres = {passation.referentiel.empreinte for passation in passations} - {note.empreinte}
    if len(autres) > 1:
        versions = " ; ".join(f"{p.referentiel.identifiant} {p.referentiel.version}" for p in passations)
        raise ErreurCpit([anomalie("comparaison-trois-versions", version=note.version, versions=versions)])
    ancien = next((un for un in anciens if un.empreinte in autres), None)
    return comparer_passations(note, premiere, seconde, reference, ancien=ancien)


def _dire_les_versions(
    releves: Sequence[Releve], note: Referentiel, anciens: Sequence[Referentiel]
) -> Iterator[Anomalie]:
    """Ce que chaque passation d’une autre version a de commun avec le référentiel qui note."""
    for ancien in anciens:
        gardes = items_inchanges(ancien, note)
        changes = [code for code in note.items_par_code if code not in gardes]
        for releve in (r for r in releves if r.passation.referentiel.empreinte == ancien.empreinte):
            yield anomalie(
                "comparaison-de-versions",
                Lieu(releve.source, releve.ligne),
                avant=f"{ancien.identifiant} {ancien.version}",
                apres=f"{note.identifiant} {note.version}",
                communs=len(gardes),
                total=len(note.items),
                changes=", ".join(changes) or "aucune",
            )


def _dire_les_dates_a_rebours(comparaison: Comparaison, parcours: Parcours) -> Iterator[Anomalie]:
    """Un avertissement par paire de moments que leurs dates démentent."""
    paires = (comparaison, *(paire.comparaison for paire in parcours.paires))
    for une in dict.fromkeys((une.de, une.a) for une in paires if est_date_a_rebours(une)):
        de, a = (nommer_et_dater_le_cote(cote, comparaison.referentiel) for cote in une)
        yield anomalie("comparaison-dates-a-rebours", de=de, a=a)


def _nommer_les_etapes(parcours: Parcours) -> str:
    return ", ".join(f"{etape.moment} {etape.regard}" for etape in parcours.etapes)

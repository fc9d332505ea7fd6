"""Les cahiers d’une personne, dans le dossier de ses passations : son plan, ses traces, ses propres situations.

Ils s’écrivent par la même porte qu’une passation (temporaire, copie ``.bak``, remplacement d’un coup, somme). Chaque
changement est un geste bref sous verrou : lire ce qui est là, y ajouter, écrire. Deux fenêtres ouvertes n’y perdent
donc rien l’une de l’autre, et rien n’attend au clavier pendant que le verrou est tenu.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic

from cpit.coeur.passation import TRACE_MAX, Passation, replier_code
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.suites import (
    PAS_OUVERTS_MAX,
    RUBRIQUES_DE_PAS,
    RUBRIQUES_DE_TRACE,
    ChangementDePas,
    EtatDePas,
    Pas,
    Plan,
    Portfolio,
    SituationPropre,
    TraceDatee,
    Traces,
    composer_portfolio,
    date_impossible_de_pas,
)
from cpit.erreurs import Anomalie, ErreurCpit, anomalie, ecriture, refus
from cpit.formats.durable import ATTENTES
from cpit.formats.passation_json import PLAN, TRACES, Contenu, SorteDeCahier, encoder_cahier
from cpit.ouverture import est_un_dossier, lire_debut
from cpit.passations.relecture import Relecture, Verification, referentiel_de
from cpit.passations.sauvegarde import (
    balayer_passations,
    copie_de,
    de_cote,
    enregistrer_octets,
    inachevees_et_terminees,
    nom_sur,
    preparer,
    relire_durable,
    relire_fichier,
    verrouiller,
)
from cpit.typographie import enumerer, nettoyer, proche

_ABIME = frozenset({"cahier-illisible", "somme-fausse", "passation-forme"})
"""Ce qui dit un fichier abîmé, que l’on met de côté pour écrire ; tout autre refus empêche d’écrire."""
_LIEN = re.compile(r"(?:[a-z][a-z0-9+.-]+://|mailto:|www\.)", re.IGNORECASE)
_CITES = 8
"""Codes de personnes que cite un message."""


@dataclass(frozen=True, slots=True)
class CahierEcrit(Generic[Contenu]):
    """Un cahier tel qu’il vient d’être écrit, où, et ce qu’il y a à en dire : un fichier abîmé mis de côté…"""

    cahier: Contenu
    chemin: Path
    anomalies: tuple[Anomalie, ...] = ()


@dataclass(frozen=True, slots=True)
class Cahiers:
    """Ceux d’une personne : le dossier de ses passations, et son code."""

    dossier: Path
    identifiant: str

    @classmethod
    def trouver(cls, source: Path, code: str | None = None) -> Cahiers:
        """Ceux que désignent une passation, ou un dossier où il n’y a qu’une personne (ou celle de ce code).

        :raises ErreurCpit: passation illisible ou sans code ; dossier sans personne, ou qui en a plusieurs.
        :raises OSError: si le système refuse d’y regarder : un dossier fermé n’est pas un dossier sans personne.
        """
        if est_un_dossier(source, a_parcourir=True):
            return cls(source, _choisir(source, code))
        lue = relire_fichier(source)[0]
        identifiant = code or lue.identifiant
        if not identifiant:
            raise refus("cahier-sans-code", str(source))
        return cls(source.parent, identifiant)

    @classmethod
    def nomme_une_situation(cls, dossier: Path, code: str) -> bool:
        """Vrai si un code est celui d’une situation de qui est seul dans un dossier, et celui de personne.

        :raises OSError: si le système refuse d’y regarder.
        """
        try:
            seule = cls.trouver(dossier)
            seule.situation(code)
        except ErreurCpit:
            return False
        return replier_code(seule.identifiant) != replier_code(code)

    # --- lire

    def passations(self) -> tuple[tuple[Path, Passation], ...]:
        """Les passations de la personne sous son propre regard, la plus récente d’abord."""
        siennes = replier_code(self.identifiant)
        return tuple(couple for couple in _de_soi(self.dossier) if replier_code(couple[1].identifiant) == siennes)

    def referentiel(self) -> Referentiel:
        """Celui de sa passation la plus récente.

        :raises ErreurCpit: s’il n’y en a pas ici, ou si son référentiel ne se retrouve pas.
        """
        return self._referentiel_de(self.passations())

    def _referentiel_de(self, siennes: Sequence[tuple[Path, Passation]]) -> Referentiel:
        if not siennes:
            raise _code_absent(self.dossier, self.identifiant)
        chemin, passation = siennes[0]
        return referentiel_de(passation, str(chemin))

    def plan(self) -> tuple[Plan, tuple[Anomalie, ...]]:
        """Le plan, vierge s’il n’y en a pas, et les réserves de sa lecture.

        :raises ErreurCpit: s’il ne se lit pas, ni sa copie.
        """
        return self._lire(PLAN)

    @property
    def a_un_plan(self) -> bool:
        """Vrai si un plan est écrit ici, lisible ou non."""
        return _occupe(self._chemin(PLAN))

    def traces(self) -> tuple[Traces, tuple[Anomalie, ...]]:
        """Les traces de l’année et les situations propres, de même.

        :raises ErreurCpit: si elles ne se lisent pas, ni leur copie.
        """
        return self._lire(TRACES)

    def plan_s_il_se_lit(self) -> tuple[Plan | None, tuple[Anomalie, ...]]:
        """Le plan pour qui fait autre chose : abîmé, il est dit et n’empêche rien."""
        try:
            return self.plan()
        except ErreurCpit as erreur:
            une = erreur.anomalies[0]
            mots = {"quoi": "le plan", "raison": une.quoi}
            return None, (anomalie("cahier-abime", une.lieu, **mots),)

    def portfolio(self) -> tuple[Portfolio, tuple[Anomalie, ...]]:
        """Toutes les traces, par compétence, et les réserves de la lecture.

        :raises ErreurCpit: aucune passation de la personne, ou des traces qui ne se lisent pas.
        """
        siennes = self.passations()
        dernier = self._referentiel_de(siennes)
        traces, anomalies = self.traces()
        repondues = []
        for chemin, passation in siennes:
            try:
                repondues.append((referentiel_de(passation, str(chemin)), passation))
            except ErreurCpit as erreur:
                anomalies = (*anomalies, *erreur.anomalies)
        return composer_portfolio(self.identifiant, dernier, repondues, traces), anomalies

    # --- écrire

    def ajouter_pas(self, item: str, textes: Mapping[str, str], instant: str) -> CahierEcrit[Plan]:
        """Ajoute un pas à faire ; quand elle rend la main, il est sur le disque.

        :param textes: les champs de ``RUBRIQUES_DE_PAS`` ; « quoi » est exigé.
        :raises ErreurCpit: situation inconnue, texte manquant ou trop long, date impossible, trop de pas ouverts,
            écriture impossible.
        """
        code, enonce, _ = self.situation(item)
        nets = _textes_de_pas(textes)
        pas = Pas(code, enonce, changements=(ChangementDePas(EtatDePas.A_FAIRE, instant),), **nets)

        def ajouter(plan: Plan) -> Plan:
            if plan.complet:
                raise refus("pas-de-trop", nombre=PAS_OUVERTS_MAX)
            return plan.avec_un_pas(pas)

        return self._modifier(PLAN, ajouter, instant)

    def changer_pas(
        self, rang: int, instant: str, *, etat: str = "", note: str = "", textes: Mapping[str, str] | None = None
    ) -> CahierEcrit[Plan]:
        """Change l’état d’un pas, daté, ou ses mots ; ce qui n’est pas donné reste.

        :param rang: le sien, dès 1.
        :raises ErreurCpit: pas ou état inconnu, texte manquant ou trop long, date impossible, écriture impossible.
        """
        if etat and etat not in list(EtatDePas):
            raise refus("etat-de-pas-inconnu", valeur=etat, connus=enumerer([e.value for e in EtatDePas], "ou"))
        note_nette = _net("la note", note)

        def changer(plan: Plan) -> Plan:
            if not 1 <= rang <= len(plan.pas):
                attendu = f"un rang de 1 à {len(plan.pas)}" if plan.pas else "un plan qui a un pas"
                raise refus("pas-absent", rang=rang, attendu=attendu)
            pas = plan.pas[rang - 1]
            if textes:
                actuels = {cle: str(getattr(pas, cle)) for cle, _ in RUBRIQUES_DE_PAS}
                pas = replace(pas, **_textes_de_pas({**actuels, **textes}))  # type: ignore[arg-type]
            if etat and (etat != pas.etat or note_nette):
                pas = pas.devenu(ChangementDePas(EtatDePas(etat), instant, note_nette))
            return plan.avec_le_pas(rang - 1, pas)

        return self._modifier(PLAN, changer, instant)

    def ajouter_trace(self, item: str, textes: Mapping[str, str], instant: str, *, le: str = "") -> CahierEcrit[Traces]:
        """Ajoute une trace ; quand elle rend la main, elle est sur le disque.

        :param textes: les champs de ``RUBRIQUES_DE_TRACE`` ; « situation » est exigé.
        :param le: le jour dont elle parle (AAAA-MM-JJ) ; celui de l’instant à défaut.
        :raises ErreurCpit: situation inconnue, texte manquant ou trop long, écriture impossible.
        """
        code, enonce, competence = self.situation(item)
        nets = _textes(textes, RUBRIQUES_DE_TRACE)
        trace = TraceDatee(code, enonce, competence, le or instant, **nets)
        return self._modifier(TRACES, lambda traces: traces.avec_une_trace(trace), instant)

    def ajouter_situation(
        self, enonce: str, competence: str, ingenierie: str, instant: str, *, niveau: int | None = None
    ) -> CahierEcrit[Traces]:
        """Ajoute une situation que le questionnaire n’a pas ; elle reçoit le code « S1 », « S2 »…

        :raises ErreurCpit: compétence, ingénierie ou niveau inconnu, énoncé manquant ou trop long, écriture impossible.
        """
        referentiel = self.referentiel()
        ingenieries = {une.identifiant.casefold(): une.identifiant for une in referentiel.ingenieries}
        if niveau is not None and niveau not in referentiel.echelle.par_valeur:
            raise refus(
                "niveau-hors-echelle", valeur=niveau, niveaux=", ".join(map(str, referentiel.echelle.par_valeur))
            )
        situation = SituationPropre(
            "",
            _textes({"enonce": enonce}, (("enonce", "l’énoncé de la situation"),))["enonce"],
            _competence(referentiel, competence),
            _parmi(ingenieries, ingenierie, "ingénierie", referentiel),
            instant,
            niveau,
        )
        codes = referentiel.items_par_code.keys()
        return self._modifier(TRACES, lambda traces: traces.avec_une_situation(situation, codes), instant)

    def competence(self, code: str) -> str:
        """L’identifiant d’une compétence du référentiel, quelle que soit la casse où elle est dite.

        :raises ErreurCpit: si aucune ne porte ce code.
        """
        return _competence(self.referentiel(), code)

    def situation(self, code: str) -> tuple[str, str, str]:
        """Le code, l’énoncé et la compétence d’une situation : du référentiel, ou de celles de la personne.

        :raises ErreurCpit: si aucune ne porte ce code.
        """
        referentiel = self.referentiel()
        situations = {
            item.code.casefold(): (item.code, item.enonce, item.competence) for item in referentiel.ordre_de_passation()
        }
        exemples = ", ".join([trouvee[0] for trouvee in situations.values()][:2])
        propres = self.situations_propres()
        situations = {s.code.casefold(): (s.code, s.enonce, s.competence) for s in propres} | situations
        cle = code.strip().casefold()
        if cle not in situations:
            voisin = proche(cle, list(situations))
            suite = f" (peut-être {situations[voisin][0]})" if voisin else ""
            mots = {"code": code, "referentiel": referentiel.identifiant, "proche": suite, "exemples": exemples}
            raise refus("situation-inconnue", **mots)
        return situations[cle]

    def situations_propres(self) -> tuple[SituationPropre, ...]:
        """Celles de la personne ; des traces abîmées n’empêchent pas de tenir un plan."""
        try:
            return self.traces()[0].situations
        except ErreurCpit:
            return ()

    # --- le fichier

    def _lire(self, sorte: SorteDeCahier[Contenu]) -> tuple[Contenu, tuple[Anomalie, ...]]:
        chemin = self._chemin(sorte)
        if not _occupe(chemin):
            return sorte.vierge(self.identifiant), ()
        return relire_durable(chemin, sorte.lire)

    def _chemin(self, sorte: SorteDeCahier[Contenu]) -> Path:
        """Le fichier de ce cahier, ou le premier nom libre ; deux codes peuvent donner le même nom."""
        base = nom_sur(sorte.nom, self.identifiant)
        chemin, rang = self.dossier / f"{base}.json", 2
        while _occupe(chemin) and not self._est_a_elle(chemin, sorte):
            chemin, rang = self.dossier / f"{base}-{rang}.json", rang + 1
        return chemin

    def _est_a_elle(self, chemin: Path, sorte: SorteDeCahier[Contenu]) -> bool:
        """Faux s’il est à un autre code ; un fichier illisible est à celle dont il porte le nom."""
        try:
            identifiant = relire_durable(chemin, sorte.lire)[0].identifiant
        except ErreurCpit:
            return True
        return replier_code(identifiant) == replier_code(self.identifiant)

    def _modifier(
        self, sorte: SorteDeCahier[Contenu], geste: Callable[[Contenu], Contenu], instant: str
    ) -> CahierEcrit[Contenu]:
        """Lit, change et écrit sous verrou ; un fichier abîmé est gardé à côté, sa copie en tient lieu.

        :raises ErreurCpit: ce que lève le geste ; fichier d’un cpit plus récent, tenu ailleurs, ou qui ne s’écrit pas.
        """
        chemin: Path = self._chemin(sorte)
        with ecriture(chemin), _tenir(chemin):
            # Sous le même nom, une autre personne a pu écrire avant que le verrou soit pris.
            if self._chemin(sorte) == chemin:
                return self._changer(sorte, chemin, geste, instant)
        return self._modifier(sorte, geste, instant)

    def _changer(
        self, sorte: SorteDeCahier[Contenu], chemin: Path, geste: Callable[[Contenu], Contenu], instant: str
    ) -> CahierEcrit[Contenu]:
        avant, reserves = self._lire_pour_ecrire(sorte)
        apres = geste(avant)
        if apres == avant:
            return CahierEcrit(avant, chemin, reserves)
        datee = replace(apres, modifie=instant, revision=avant.revision + 1)
        constats: tuple[Anomalie, ...] = reserves + _ecrire(chemin, sorte, datee)
        return CahierEcrit(datee, chemin, constats)

    def _lire_pour_ecrire(self, sorte: SorteDeCahier[Contenu]) -> tuple[Contenu, tuple[Anomalie, ...]]:
        try:
            return self._lire(sorte)
        except ErreurCpit as erreur:
            if erreur.anomalies[0].code not in _ABIME:
                raise
            return sorte.vierge(self.identifiant), ()


def cahiers_a_cote(sources: Iterable[str], identifiant: str) -> Cahiers | None:
    """Ceux d’une personne, là où l’une de ces sources a son plan à côté d’elle ; rien s’il n’y en a nulle part."""
    dossiers = sorted({chemin if chemin.is_dir() else chemin.parent for chemin in map(Path, sources)})
    trouves = (Cahiers(dossier, identifiant) for dossier in (dossiers if identifiant else ()))
    return next((cahiers for cahiers in trouves if cahiers.a_un_plan), None)


def avec_le_plan(relecture: Relecture, chemin: Path) -> Relecture:
    """La même relecture, avec le plan gardé à côté de la passation ; abîmé, il est dit et manque.

    Sans code, rien ne dit de qui serait un plan : il est vierge. Il n’y en a pas pour le regard d’un tiers.
    """
    passation = relecture.restitution.passation
    if passation.regard != "soi":
        return relecture
    if not passation.identifiant:
        return replace(relecture, plan=Plan(""))
    plan, dites = Cahiers(chemin.parent, passation.identifiant).plan_s_il_se_lit()
    return replace(relecture, plan=plan, anomalies=(*relecture.anomalies, *dites))


def piece_absente(piece: str) -> bool:
    """Vrai si la pièce est un fichier que cpit ne trouve pas d’ici ; un lien ne s’ouvre pas."""
    if not piece or _LIEN.match(piece):
        return False
    try:
        return not Path(piece).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return True


def verifier_cahier(chemin: Path) -> Verification:
    """Vérifie le plan ou les traces d’une personne, sans rien écrire : sa somme, sa forme.

    :raises ErreurCpit: s’il ne se lit pas.
    """
    from cpit.formats.appartenance import DEBUT_DE_PASSATION, nom_d_un_cahier_abime

    debut, abime = lire_debut(chemin, DEBUT_DE_PASSATION), nom_d_un_cahier_abime(chemin)
    sorte = next(une for une in (PLAN, TRACES) if f'"{une.format}"'.encode() in debut or une.nom == abime)
    return Verification(("Somme de contrôle : juste.", f"{sorte.lire(chemin).compte}."), ())


def _ecrire(chemin: Path, sorte: SorteDeCahier[Contenu], cahier: Contenu) -> tuple[Anomalie, ...]:
    """Écrit un cahier dont on tient le verrou ; rend ce qu’il y a à en dire.

    :raises ErreurCpit: s’il dépasse ce qui se relit.
    :raises OSError: s’il ne s’écrit pas.
    """
    octets = encoder_cahier(sorte, cahier)
    constats: tuple[Anomalie, ...] = preparer(chemin, sorte.lire)
    balayer_passations(chemin)
    ecrit = enregistrer_octets(octets, chemin)
    return (*constats, anomalie("enregistre-de-cote", copie=ecrit.chemin)) if ecrit.de_cote else constats


@contextmanager
def _tenir(chemin: Path) -> Iterator[None]:
    """Tient le verrou d’un cahier ; une autre fenêtre ne le garde qu’un instant : on l’attend.

    :raises ErreurCpit: s’il est encore tenu au bout de quelques secondes.
    """
    with ExitStack() as pile:
        for attente in (*ATTENTES, None):
            try:
                pile.enter_context(verrouiller(chemin))
                break
            except ErreurCpit:
                if attente is None:
                    raise
                time.sleep(attente)
        yield


def _occupe(chemin: Path) -> bool:
    return any(place.exists() for place in (chemin, copie_de(chemin), de_cote(chemin)))


def _de_soi(dossier: Path) -> list[tuple[Path, Passation]]:
    """Les passations d’un dossier où quelqu’un répond de lui-même, à un code ; la plus récente d’abord."""
    en_cours, finies = inachevees_et_terminees(dossier)
    toutes = [*finies, *en_cours]
    siennes = [couple for couple in toutes if couple[1].regard == "soi" and couple[1].identifiant]
    return sorted(siennes, key=lambda couple: couple[1].modifiee, reverse=True)


def _choisir(dossier: Path, code: str | None) -> str:
    """Le code de la personne d’un dossier, tel qu’elle l’écrit."""
    codes: dict[str, str] = {}
    for _, passation in _de_soi(dossier):
        codes.setdefault(replier_code(passation.identifiant), passation.identifiant)
    if code is not None:
        if replier_code(code) not in codes:
            raise _code_absent(dossier, code)
        return codes[replier_code(code)]
    if not codes:
        raise refus("cahier-sans-personne", str(dossier))
    if len(codes) > 1:
        raise refus("cahier-plusieurs-personnes", str(dossier), codes=_citer(codes))
    return next(iter(codes.values()))


def _code_absent(dossier: Path, code: str) -> ErreurCpit:
    codes = {replier_code(passation.identifiant): passation.identifiant for _, passation in _de_soi(dossier)}
    connus = f" ; il y a {_citer(codes)}" if codes else ""
    return refus("cahier-code-absent", str(dossier), valeur=code, connus=connus)


def _citer(codes: Mapping[str, str]) -> str:
    cites = sorted(codes.values())
    return enumerer(cites[:_CITES]) + ("…" if len(cites) > _CITES else "")


def _competence(referentiel: Referentiel, code: str) -> str:
    connues = {une.identifiant.casefold(): une.identifiant for une in referentiel.competences}
    return _parmi(connues, code, "compétence", referentiel)


def _parmi(connues: Mapping[str, str], valeur: str, sorte: str, referentiel: Referentiel) -> str:
    if valeur.strip().casefold() not in connues:
        mots = {"valeur": valeur, "sorte": sorte, "referentiel": referentiel.identifiant}
        raise refus("rangement-inconnu", **mots, connues=", ".join(connues.values()))
    return connues[valeur.strip().casefold()]


def _textes(textes: Mapping[str, str], rubriques: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Chaque champ, nettoyé et mesuré ; le premier est exigé.

    :raises ErreurCpit: texte manquant ou trop long.
    """
    nets = {cle: _net(libelle, textes.get(cle, "")) for cle, libelle in rubriques}
    cle, libelle = rubriques[0]
    if not nets[cle]:
        raise refus("texte-manquant", quoi=_en_bas_de_casse(libelle))
    return nets


def _textes_de_pas(textes: Mapping[str, str]) -> dict[str, str]:
    """Les mots d’un pas ; « pour quand » y est une date qui existe, ou des mots.

    :raises ErreurCpit: texte manquant ou trop long, date impossible.
    """
    nets = _textes(textes, RUBRIQUES_DE_PAS)
    impossibles = [texte for cle, texte in nets.items() if date_impossible_de_pas(cle, texte)]
    if impossibles:
        raise ErreurCpit([anomalie("date-de-pas", valeur=texte) for texte in impossibles])
    return nets


def _net(libelle: str, texte: str) -> str:
    net = nettoyer(texte, garder_lignes=True).strip()
    if len(net) > TRACE_MAX:
        raise refus("texte-trop-long", quoi=_en_bas_de_casse(libelle), signes=len(net), limite=TRACE_MAX)
    return net


def _en_bas_de_casse(libelle: str) -> str:
    return libelle[:1].lower() + libelle[1:]

"""La page des moments et des regards d’une personne : ce qui a bougé, où elle en est, qui situe quoi."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cpit.coeur.comparaison import Comparaison, ComparaisonEchelle, Cote, PaireDuParcours, Parcours
from cpit.coeur.mots.lecture_comparaison import (
    LectureDeComparaison,
    codes_inchanges,
    colonnes_comparees,
    dater_le_cote,
    difference_signee,
    dire_la_sorte,
    echelles_par_difference,
    lire_la_comparaison,
    lire_les_regards,
    nommer_le_cote,
    nommer_les_cotes,
    suite_de_la_paire,
    titrer_ce_qui_bouge,
    titrer_la_comparaison,
    titrer_les_regards,
)
from cpit.coeur.mots.notice import CONFIDENTIALITE, EN_SECOND, LIMITES, code_a_montrer, rappel_echelle, regles
from cpit.coeur.mots.restitution import composer_restitution
from cpit.coeur.passation import IdentiteReferentiel, Passation
from cpit.coeur.referentiel import Item, Referentiel
from cpit.coeur.tableaux import libelle_reponse
from cpit.figures import COMPARAISON, FIGURES
from cpit.figures.dessin import Style
from cpit.figures.halteres import regards_du_moment
from cpit.pages.page import (
    TIRET,
    Illustration,
    LigneDePage,
    TableDePage,
    decimal,
    echelles_de,
    jour,
    pied,
    rendre,
    table_de_scores,
)
from cpit.sceaux import __version__
from cpit.typographie import nettoyer, typographier

_STYLE = Style(largeur=400, dans_une_page=True)


@dataclass(frozen=True, slots=True)
class _Reponse:
    """Une situation d’un côté : le niveau répondu, et la trace."""

    niveau: str
    trace: str


@dataclass(frozen=True, slots=True)
class _Situation:
    """Une situation de l’annexe ; ``autrement`` : comment elle était posée là où la question était autre."""

    code: str
    enonce: str
    autrement: str
    difference: str
    reponses: tuple[_Reponse, ...]


@dataclass(frozen=True, slots=True)
class _AutrePaire:
    """Une autre comparaison du parcours, en bref."""

    titre: str
    phrases: tuple[str, ...]
    ingenieries: TableDePage


@dataclass(frozen=True, slots=True)
class _DesRegards:
    """Soi et les tiers à un moment, puis soi et chaque tiers qui se montre."""

    titre: str
    image: Illustration
    phrases: tuple[str, ...]
    paires: tuple[_AutrePaire, ...]


@dataclass(frozen=True, slots=True)
class _Contenu:
    """Tout ce que la page montre, déjà mis en mots."""

    personne: str
    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    pied: str
    alertes: tuple[str, ...]
    echelle: str
    titre_de_ce_qui_bouge: str
    lecture: LectureDeComparaison
    suite: str
    evolution: Illustration
    ingenieries: TableDePage
    carte: Illustration
    aujourd_hui: tuple[str, tuple[TableDePage, ...]] | None
    regards: tuple[_DesRegards, ...]
    autres: tuple[_AutrePaire, ...]
    regroupements: tuple[TableDePage, ...]
    en_second: str
    cotes: tuple[str, ...]
    deux: tuple[str, str]
    situations: tuple[_Situation, ...]
    inchanges: str
    regles: tuple[tuple[str, str], ...]
    limites: tuple[tuple[str, str], ...]


def rendre_page_comparaison(
    comparaison: Comparaison,
    parcours: Parcours,
    passations: Sequence[Passation],
    *,
    date: str,
    reserves: Iterable[str] = (),
) -> str:
    """La page d’un parcours, à écrire en UTF-8 et à ouvrir d’un double-clic, hors ligne.

    :param comparaison: celle que la page montre d’abord.
    :param passations: celles du parcours qui se montrent une à une, dans l’annexe.
    :param date: jour où la page est écrite, ISO 8601.
    :param reserves: ce qu’il faut savoir de la lecture, en phrases.
    """
    qui = nettoyer(parcours.identifiant) or "Personne sans code"
    titre = f"{qui} · {titrer_la_comparaison(comparaison)}"
    contenu = _contenu(comparaison, parcours, passations, qui, date, tuple(reserves))
    return rendre("comparaison.html.j2", "comparaison", titre, contenu)


def _contenu(
    comparaison: Comparaison,
    parcours: Parcours,
    passations: Sequence[Passation],
    qui: str,
    date: str,
    reserves: tuple[str, ...],
) -> _Contenu:
    referentiel = parcours.referentiel
    sorte = next((paire.sorte for paire in parcours.paires if paire.comparaison == comparaison), None)
    return _Contenu(
        personne=parcours.identifiant,
        surtitre=titrer_la_comparaison(comparaison),
        titre=qui,
        soustitre=typographier(referentiel.titre),
        faits=tuple(_faits(comparaison, parcours, date)),
        pied=pied(referentiel, __version__),
        alertes=reserves,
        echelle=typographier(rappel_echelle(referentiel)),
        titre_de_ce_qui_bouge=titrer_ce_qui_bouge(comparaison),
        lecture=lire_la_comparaison(comparaison),
        suite="" if sorte is None else suite_de_la_paire(sorte, *comparaison.moments),
        evolution=_illustrer("evolution", comparaison, _table_des_competences(comparaison)),
        ingenieries=_table("Ingénieries", "Ingénierie", comparaison, comparaison.ingenieries.values()),
        carte=_illustrer("carte", comparaison, _table_du_trajet(comparaison)),
        aujourd_hui=_aujourd_hui(parcours, passations),
        regards=tuple(_regards(parcours)),
        autres=tuple(_autres(comparaison, parcours)),
        regroupements=tuple(_regroupements(comparaison)),
        en_second=EN_SECOND,
        cotes=tuple(_nommer(passation, referentiel) for passation in passations),
        deux=nommer_les_cotes(comparaison),
        situations=tuple(_situations(comparaison, passations)),
        inchanges=", ".join(codes_inchanges(comparaison)),
        regles=tuple(regles(referentiel)),
        limites=tuple((libelle, typographier(texte)) for libelle, texte in (*LIMITES, CONFIDENTIALITE)),
    )


def _faits(comparaison: Comparaison, parcours: Parcours, date: str) -> Iterator[tuple[str, str]]:
    for etape in parcours.etapes:
        nom = nommer_le_cote(etape, comparaison.referentiel)
        yield nettoyer(typographier(nom)), dater_le_cote(etape, jour) or "sans date"
    yield "Situations comparées", f"{comparaison.items_communs} sur {len(comparaison.items)}"
    yield "Page écrite le", jour(date)


def _nommer(passation: Passation, referentiel: Referentiel) -> str:
    return nettoyer(typographier(nommer_le_cote(Cote.depuis(passation), referentiel)))


def _illustrer(cle: str, comparaison: Comparaison, table: TableDePage) -> Illustration:
    return Illustration.de(FIGURES[cle].dessinateur(COMPARAISON)(comparaison, _STYLE), table)


# --- les tables -----------------------------------------------------------------------------------------------------


def _table(titre: str, entete: str, comparaison: Comparaison, echelles: Iterable[ComparaisonEchelle]) -> TableDePage:
    """Une ligne par échelle, la plus grande différence d’abord."""
    rangees = echelles_par_difference(echelles)
    colonnes = colonnes_comparees(comparaison, rangees)
    lignes = tuple(
        LigneDePage(
            typographier(une.echelle.libelle),
            tuple(colonne.cellules[rang] for colonne in colonnes),
            code_a_montrer(une.echelle.identifiant, une.echelle.libelle),
        )
        for rang, une in enumerate(rangees)
    )
    nombres = frozenset(rang for rang, colonne in enumerate(colonnes) if colonne.nombres)
    return TableDePage(
        typographier(titre),
        (entete, *(colonne.titre for colonne in colonnes)),
        lignes,
        nombres,
        large=len(colonnes) > 4,
    )


def _table_des_competences(comparaison: Comparaison) -> TableDePage:
    return _table("Compétences", "Compétence", comparaison, comparaison.competences.values())


def _regroupements(comparaison: Comparaison) -> Iterator[TableDePage]:
    for regroupement in comparaison.referentiel.regroupements:
        groupes = comparaison.regroupements[regroupement.identifiant].values()
        yield _table(regroupement.libelle, "Groupe", comparaison, groupes)


def _table_du_trajet(comparaison: Comparaison) -> TableDePage:
    position, axes = comparaison.position, comparaison.referentiel.axes
    noms = (*nommer_les_cotes(comparaison), "Différence")
    lignes = []
    for nom, place in zip(noms, (position.de, position.a, position.deplacement), strict=True):
        ecrire = difference_signee if nom == "Différence" else lambda v: decimal(v, 2)
        cellules = (TIRET, TIRET) if place is None else (ecrire(place.x), ecrire(place.y))
        lignes.append(LigneDePage(nom, cellules))
    entetes = ("Point", typographier(axes.x.libelle), typographier(axes.y.libelle))
    return TableDePage("Les deux positions", entetes, tuple(lignes), frozenset({0, 1}))


def _aujourd_hui(parcours: Parcours, passations: Sequence[Passation]) -> tuple[str, tuple[TableDePage, ...]] | None:
    """Où en est la personne à sa dernière passation, sur toutes ses réponses ; rien si elle est d’une autre version."""
    siennes = [p for p in passations if p.regard == "soi" and not p.moment.endswith("-retrospectif")]
    referentiel = parcours.referentiel
    if not siennes or siennes[-1].referentiel != IdentiteReferentiel.depuis(referentiel):
        return None
    resultat = composer_restitution(referentiel, siennes[-1]).resultat
    tables = tuple(
        table_de_scores(
            *(referentiel, titre, [(e, resultat.score(e.identifiant)) for e in echelles_de(referentiel, nature)]),
            entete=entete,
        )
        for titre, nature, entete in (
            ("Ingénieries", "ingenierie", "Ingénierie"),
            ("Compétences", "competence", "Compétence"),
        )
    )
    return _nommer(siennes[-1], referentiel), tables


# --- les autres comparaisons, les regards ---------------------------------------------------------------------------


def _autres(comparaison: Comparaison, parcours: Parcours) -> Iterator[_AutrePaire]:
    """Les autres paires du parcours, hors de celles de deux regards, qui se lisent avec eux."""
    for paire in parcours.paires:
        if paire.sorte != "regards" and paire.comparaison != comparaison:
            yield _en_bref(paire)


def _en_bref(paire: PaireDuParcours) -> _AutrePaire:
    comparaison = paire.comparaison
    lecture = lire_la_comparaison(comparaison)
    dites = (suite_de_la_paire(paire.sorte, *comparaison.moments), *lecture.bougent, *lecture.position)
    return _AutrePaire(
        f"{dire_la_sorte(paire.sorte, comparaison)} · {titrer_la_comparaison(comparaison)}",
        tuple(filter(None, dites)),
        _table(titrer_la_comparaison(comparaison), "Ingénierie", comparaison, comparaison.ingenieries.values()),
    )


def _regards(parcours: Parcours) -> Iterator[_DesRegards]:
    for regards in parcours.regards:
        image = Illustration.de(regards_du_moment(parcours, regards, _STYLE))
        paires = (p for p in parcours.paires if p.sorte == "regards" and p.comparaison.de.moment == regards.moment)
        titre = titrer_les_regards(regards, parcours.referentiel)
        yield _DesRegards(titre, image, lire_les_regards(regards), tuple(map(_en_bref, paires)))


# --- l’annexe, situation par situation ------------------------------------------------------------------------------


def _situations(comparaison: Comparaison, passations: Sequence[Passation]) -> Iterator[_Situation]:
    referentiel = comparaison.referentiel
    posees = [{pose.code: pose.enonce for pose in passation.items} for passation in passations]
    for item in referentiel.ordre_de_passation():
        autres = {pose[item.code] for pose in posees if item.code in pose} - {item.enonce}
        compare = comparaison.items[item.code]
        yield _Situation(
            item.code,
            typographier(item.enonce),
            typographier(" ; ".join(sorted(autres))) if compare.motif == "question-changee" else "",
            difference_signee(compare.difference, 0),
            tuple(_repondre(comparaison, item, passation) for passation in passations),
        )


def _repondre(comparaison: Comparaison, item: Item, passation: Passation) -> _Reponse:
    reponse, referentiel = passation.reponse(item.code), comparaison.referentiel
    meme = passation.referentiel == IdentiteReferentiel.depuis(referentiel)
    if meme or comparaison.items[item.code].motif != "question-changee":
        valeur = "" if reponse.valeur is None else f"{reponse.valeur} · "
        niveau = valeur + (libelle_reponse(referentiel, reponse) or "sans réponse")
    else:
        niveau = TIRET if reponse.valeur is None else f"{reponse.valeur}, à une autre question"
    return _Reponse(typographier(niveau), nettoyer(reponse.trace, garder_lignes=True).strip())

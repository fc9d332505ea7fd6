"""Les pages d’une personne, chacune en un seul fichier : ce qu’elle garde, imprime et apporte à un entretien.

Sa page, la feuille d’entretien (ce qu’elle choisit de montrer, et ce qu’elle demande, sur une feuille A4) et son
portfolio, ses traces par compétence. Les situations derrière un score y sont en toutes lettres ; son plan aussi, suivi
de lignes à compléter à la main.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from markupsafe import Markup

from cpit.coeur.mots.notice import (
    CONFIDENTIALITE,
    EN_SECOND,
    LIMITES,
    PEU_D_ITEMS,
    PORTEE_DES_CONDITIONS,
    code_a_montrer,
    compter_les_reponses,
    conditions_dites,
    rappel_echelle,
    regle_de_la_region,
    regles,
)
from cpit.coeur.mots.restitution import (
    TITRE_APPUIS,
    TITRE_FRAGILES,
    Interpretation,
    Relief,
    Restitution,
    composer_restitution,
    dire_l_essentiel,
    dire_le_tiers,
    dire_si_l_on_peut_s_y_fier,
    dominante_en_mots,
    lire_les_tensions,
    lire_un_score,
    motif_position,
    motif_score,
    quand_en_mots,
    sensibilite_en_mots,
)
from cpit.coeur.notation import Score, Situation, parts
from cpit.coeur.passation import REGARDS, Passation, dire_la_date, dire_le_moment, est_retrospectif, sans_reponse
from cpit.coeur.referentiel import Axe, Competence, Item, Referentiel
from cpit.coeur.suites import (
    PAS_OUVERTS_MAX,
    PORTEE_DU_PORTFOLIO,
    PORTFOLIO_VIDE,
    RUBRIQUES_DE_PAS,
    Plan,
    Portfolio,
    SituationPropre,
    TraceAMontrer,
    dire_une_situation,
)
from cpit.coeur.tableaux import libelle_reponse
from cpit.figures import PERSONNE, figures_de_page
from cpit.figures.carte import carte_personne
from cpit.figures.dessin import Figure, Style
from cpit.figures.matrice import matrice_personne
from cpit.figures.radar import radar_personne
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
    rendre_un_morceau,
    source_en_mots,
    table_de_scores,
)
from cpit.sceaux import __version__
from cpit.typographie import nettoyer, nombre, pluriel, typographier

_SITUATION = "Situation"


@dataclass(frozen=True, slots=True)
class _PasDePage:
    """Un pas, prêt à montrer ; ``rang`` : son numéro, dès 1."""

    rang: int
    quoi: str
    etat: str
    item: str
    enonce: str
    rubriques: tuple[tuple[str, str], ...]
    ouvert: bool


@dataclass(frozen=True, slots=True)
class PlanDePage:
    """Les pas, et combien il reste de places à remplir à la main, avec les libellés de leurs lignes."""

    pas: tuple[_PasDePage, ...]
    vides: int
    invite: str = typographier("À écrire à la main sur la page imprimée, ou avec cpit plan.")
    libelles: tuple[str, ...] = (_SITUATION, *(libelle for _, libelle in RUBRIQUES_DE_PAS))

    @classmethod
    def de(cls, plan: Plan) -> PlanDePage:
        """Ce que la page montre d’un plan ; d’un plan sans pas, les seules lignes à remplir."""
        montres = []
        for rang, pas in enumerate(plan.pas, 1):
            dits = [(libelle, str(getattr(pas, cle))) for cle, libelle in RUBRIQUES_DE_PAS[1:]]
            rubriques = tuple((li, nettoyer(texte, garder_lignes=True)) for li, texte in dits if texte)
            montres.append(
                _PasDePage(
                    rang,
                    nettoyer(pas.quoi, garder_lignes=True),
                    pas.etat.mots,
                    pas.item,
                    nettoyer(pas.enonce),
                    (*rubriques, ("Suivi", nettoyer(pas.suivi, garder_lignes=True))),
                    pas.ouvert,
                )
            )
        return cls(tuple(montres), max(0, PAS_OUVERTS_MAX - len(plan.ouverts)))


@dataclass(frozen=True, slots=True)
class _SituationDePage:
    """Une situation, le niveau répondu, ce qu’il y veut dire, et la trace qui l’illustre."""

    code: str
    enonce: str
    reponse: str
    ancre: str
    trace: str


@dataclass(frozen=True, slots=True)
class _CompetenceDePage:
    """Une compétence que l’on comprend sans le logiciel ; ``constat`` et ``pas`` : vides si elle ne se détache pas."""

    code: str
    nom: str
    score: str
    en_mots: str
    definition: str
    situations: tuple[_SituationDePage, ...]
    constat: str = ""
    pas: str = ""


def _detailler_les_competences(restitution: Restitution) -> tuple[_CompetenceDePage, ...]:
    """Toutes les compétences, dans l’ordre du référentiel."""
    return tuple(_detailler(restitution, competence) for competence in restitution.referentiel.competences)


def _detailler_les_reliefs(restitution: Restitution, reliefs: Iterable[Relief]) -> tuple[_CompetenceDePage, ...]:
    """Les compétences qui se détachent, avec ce qui s’en lit et un pas à tenter."""
    return tuple(
        _detailler(restitution, relief.competence, typographier(relief.constat), typographier(relief.pas))
        for relief in reliefs
    )


def _situations(restitution: Restitution, items: Iterable[Item]) -> tuple[_SituationDePage, ...]:
    """Des situations et leurs réponses ; leurs traces sont écrites par la personne."""
    referentiel, passation = restitution.referentiel, restitution.passation
    situations = []
    for item in items:
        reponse = passation.reponse(item.code)
        situations.append(
            _SituationDePage(
                item.code,
                typographier(item.enonce_pour(passation.regard)),
                typographier(libelle_reponse(referentiel, reponse) or "sans réponse"),
                typographier(item.ancre(reponse.valeur) or ""),
                nettoyer(reponse.trace, garder_lignes=True).strip(),
            )
        )
    return tuple(situations)


def _detailler(restitution: Restitution, competence: Competence, constat: str = "", pas: str = "") -> _CompetenceDePage:
    referentiel = restitution.referentiel
    score = restitution.resultat.score(competence.identifiant)
    absent = motif_score(score, referentiel.regles.seuil.valeur)
    return _CompetenceDePage(
        code_a_montrer(competence.identifiant, competence.libelle),
        typographier(competence.libelle),
        decimal(score.valeur),
        typographier(f"{TIRET} {absent}") if score.valeur is None else lire_un_score(referentiel, score.valeur),
        typographier(competence.definition),
        _situations(restitution, referentiel.items_de(competence.identifiant)),
        constat,
        pas,
    )


STYLE_DE_PAGE = Style(largeur=400, dans_une_page=True)
"""Dessinées pour un téléphone, agrandies sur un écran large : leurs textes restent lisibles sur les deux."""
_PLACEES = ("carte", "radar", "matrice")
"""Les figures que la page place elle-même ; les autres du registre suivent, chacune dans sa partie."""
PHRASES_DU_POINT = 2
"""Les premières phrases de la lecture d’une position disent le point ; les suivantes, ce qu’il a d’incertain."""

TITRES_DES_RELIEFS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "soi": ("Sur quoi vous appuyer", "Ce que vous pourriez travailler"),
        "tiers": ("Points d’appui", "Points fragiles"),
    }
)
"""Par regard, le titre de ce qui va le plus loin, puis le moins loin."""
PHRASES_DU_PLACEMENT: Mapping[str, str] = MappingProxyType(
    {
        "axe": "{axe}, de « {debut} » à « {fin} »",
        "distance": "Distance au centre (équilibre en deçà de {seuil})",
        "ce-qui-pese": "Ce qui pèse le plus",
        "sans-place": "sans position : {motif}",
        "tout-au-plus-bas": "tout y est au plus bas",
        "reponses-manquantes": "il y manque des réponses",
    }
)
"""Ce que la page dit d’un point de la carte, mots à venir entre accolades ; une page sans Python les dit aussi."""
SENS_DES_RELIEFS = (f"{TITRE_APPUIS}.", f"{TITRE_FRAGILES}.")
"""Ce que veut dire chacun de ces titres."""


@dataclass(frozen=True, slots=True)
class _Reliefs:
    """Ce qui se détache d’un côté : son titre, ce qu’il veut dire, les compétences."""

    titre: str
    sens: str
    competences: tuple[_CompetenceDePage, ...]


@dataclass(frozen=True, slots=True)
class PageDePersonne:
    """Tout ce que la page montre, déjà mis en mots."""

    personne: str
    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    pied: str
    alertes: tuple[str, ...]
    essentiel: tuple[str, ...]
    echelle: str
    niveaux: tuple[tuple[str, str], ...]
    carte: Illustration
    position: tuple[str, ...]
    placement: tuple[tuple[str, str], ...]
    veut_dire: tuple[tuple[str, str], ...]
    radar: Illustration
    ingenieries: TableDePage
    matrice: Illustration
    lecture: Interpretation
    reliefs: tuple[_Reliefs, ...]
    s_y_fier: str
    en_nombres: tuple[str, ...]
    autres_figures: tuple[tuple[str, str, Illustration], ...]
    competences: tuple[_CompetenceDePage, ...]
    traces_du: str
    plan: PlanDePage | None
    conditions: tuple[tuple[str, str], ...]
    regroupements: tuple[TableDePage, ...]
    tensions: tuple[str, ...]
    regles: tuple[tuple[str, str], ...]
    sensibilite: tuple[tuple[str, str], ...]
    limites: tuple[tuple[str, str], ...]
    statut: str
    sources: tuple[str, ...]
    en_second: str = EN_SECOND
    portee_des_conditions: str = typographier(PORTEE_DES_CONDITIONS)


def rendre_page_personne(restitution: Restitution, *, date: str, plan: Plan | None = None) -> str:
    """La page d’une personne, à écrire en UTF-8 et à ouvrir d’un double-clic, hors ligne.

    :param date: jour où la page est écrite, ISO 8601.
    :param plan: ses pas ; sans pas, la page a des lignes à remplir à la main, et absent, rien n’en est dit.
    """
    contenu = composer_page_personne(restitution, date=date, plan=plan)
    return rendre("personne.html.j2", "personne", titrer_la_page(restitution), contenu)


def titrer_la_page(restitution: Restitution) -> str:
    """Le titre de la page : de qui, de quel moment."""
    moment = dire_le_moment(restitution.passation.moment, restitution.referentiel)
    return f"{_nommer(restitution)} · restitution, {moment}"


def _surtitrer(passation: Passation) -> str:
    tiers = passation.regard == "tiers"
    quoi = "Restitution du regard d’un tiers" if tiers else "Restitution d’une auto-évaluation réflexive"
    return quoi + (", un moment passé vu d’aujourd’hui" if est_retrospectif(passation.moment) else "")


def _nommer(restitution: Restitution) -> str:
    return nettoyer(restitution.passation.identifiant) or "Passation sans code"


def rendre_un_corps_a_remplir(referentiel: Referentiel, carte: Figure) -> str:
    """Ce que cette page montre à qui répond de soi, dans l’ordre, avant toute réponse : un script y mettra les siennes.

    Le radar et la matrice n’y sont qu’en tableaux, et les tensions n’y sont pas.

    :param carte: la carte vierge (``carte_a_completer``).
    """
    reponses = {item.code: sans_reponse() for item in referentiel.items}
    vide = composer_restitution(referentiel, Passation.nouvelle(referentiel, reponses=reponses))
    contenu = composer_page_personne(vide, date="", plan=Plan(""))
    sans_dessin = {nom: replace(getattr(contenu, nom), svg=Markup()) for nom in ("radar", "matrice")}
    contenu = replace(contenu, carte=replace(contenu.carte, svg=Markup(carte.svg)), tensions=(), **sans_dessin)
    return rendre_un_morceau("corps_de_personne.html.j2", contenu)


def composer_page_personne(restitution: Restitution, *, date: str, plan: Plan | None = None) -> PageDePersonne:
    """Ce que la page montre, déjà mis en mots, à ce jour (ISO 8601) : de quoi remplir son gabarit, ou un autre."""
    referentiel, passation = restitution.referentiel, restitution.passation
    lecture = restitution.interpretation
    return PageDePersonne(
        personne=passation.identifiant,
        surtitre=_surtitrer(passation),
        titre=_nommer(restitution),
        soustitre=typographier(referentiel.titre),
        faits=tuple(_faits(restitution, date)),
        pied=pied(referentiel, __version__),
        alertes=tuple(_alertes(restitution)),
        essentiel=dire_l_essentiel(restitution),
        echelle=typographier(rappel_echelle(referentiel)),
        niveaux=tuple(_niveaux(restitution)),
        carte=Illustration.de(carte_personne(restitution, STYLE_DE_PAGE), _table_carte(restitution)),
        position=lecture.position[:PHRASES_DU_POINT],
        placement=tuple(_placement(restitution)),
        veut_dire=tuple(_veut_dire(restitution)),
        radar=Illustration.de(radar_personne(restitution, STYLE_DE_PAGE), _table_competences(restitution)),
        ingenieries=_table_ingenieries(restitution),
        matrice=Illustration.de(matrice_personne(restitution, STYLE_DE_PAGE), _table_matrice(restitution)),
        lecture=lecture,
        reliefs=tuple(_reliefs(restitution)),
        s_y_fier=dire_si_l_on_peut_s_y_fier(restitution.incertitude),
        en_nombres=lecture.position[PHRASES_DU_POINT:],
        autres_figures=tuple(_autres_figures(restitution)),
        competences=_detailler_les_competences(restitution),
        traces_du=jour(passation.jour_des_reponses),
        plan=None if plan is None or passation.regard == "tiers" else PlanDePage.de(plan),
        conditions=conditions_dites(referentiel, passation),
        regroupements=tuple(_regroupements(restitution)),
        tensions=tuple(lire_les_tensions(referentiel, restitution.tensions)),
        regles=tuple(_regles(restitution)),
        sensibilite=tuple(_sensibilite(restitution)),
        limites=tuple((libelle, typographier(texte)) for libelle, texte in (*LIMITES, CONFIDENTIALITE)),
        statut=typographier(referentiel.statut),
        sources=tuple(map(source_en_mots, referentiel.sources_du_questionnaire)),
    )


def _faits(restitution: Restitution, date: str) -> Iterator[tuple[str, str]]:
    """Libellé et valeur : quand, quel regard, combien de réponses, quel profil."""
    passation, referentiel = restitution.passation, restitution.referentiel
    moment, regard = quand_en_mots(referentiel, passation), REGARDS.get(passation.regard, passation.regard)
    yield "Moment", nettoyer(moment[:1].upper() + moment[1:])
    yield "Regard", nettoyer(regard[:1].upper() + regard[1:])
    if tiers := nettoyer(dire_le_tiers(passation)):
        yield "Ce tiers", tiers[:1].upper() + tiers[1:]
    if passation.terminee:
        yield "Terminé le", jour(passation.terminee)
    elif passation.modifiee:
        yield "Dernière réponse le", jour(passation.modifiee)
    for correction in passation.corrections[-1:]:
        yield "Corrigé le", jour(correction.rouverte)
    yield "Réponses", compter_les_reponses(referentiel, passation)
    for question in referentiel.profil:
        if (code := passation.profil.get(question.identifiant)) and not question.condition:
            yield typographier(question.libelle), nettoyer(typographier(question.libelle_de(code)))
    yield "Page écrite le", jour(date)


def _niveaux(restitution: Restitution) -> Iterator[tuple[str, str]]:
    """Chaque niveau de l’échelle, et ce qu’il veut dire."""
    for niveau in restitution.referentiel.echelle.niveaux:
        yield f"{nombre(niveau.valeur, 0)} {typographier(niveau.libelle)}", typographier(niveau.description or "")


def _alertes(restitution: Restitution) -> Iterator[str]:
    passation, referentiel = restitution.passation, restitution.referentiel
    if passation.en_cours:
        yield typographier(
            "Le questionnaire n'est pas terminé : ce qui suit ne porte que sur les réponses déjà données."
        )
    if not passation.valeurs():
        yield typographier(
            "Aucune réponse n'entre dans le calcul : il n'y a ni score ni position. La page dit pourquoi."
        )
    if passation.referentiel.empreinte != referentiel.empreinte:
        yield typographier(
            "Le référentiel a changé depuis ces réponses : seules celles aux situations restées identiques comptent."
        )


# --- la carte -------------------------------------------------------------------------------------------------------


def _placement(restitution: Restitution) -> Iterator[tuple[str, str]]:
    """Ce que la carte place, en nombres : chaque axe, la distance au centre, ce qui pèse le plus."""
    axes, situation = restitution.referentiel.axes, restitution.resultat.situation
    if situation.position is None or situation.distance is None:
        return
    yield _axe(axes.x), decimal(situation.position.x, 2)
    yield _axe(axes.y), decimal(situation.position.y, 2)
    seuil = nombre(restitution.referentiel.regles.seuil_equilibre.valeur, 2)
    yield _dire("distance", seuil=seuil), decimal(situation.distance, 2)
    yield _dire("ce-qui-pese"), typographier(dominante_en_mots(restitution.referentiel, situation.dominante))


def _axe(axe: Axe) -> str:
    return _dire("axe", axe=axe.libelle, debut=axe.debut, fin=axe.fin)


def _dire(cle: str, **mots: object) -> str:
    return typographier(PHRASES_DU_PLACEMENT[cle].format(**mots))


def _veut_dire(restitution: Restitution) -> Iterator[tuple[str, str]]:
    """Ce que la position veut dire, et ce qu’elle ne veut pas dire."""
    hypothese = any(i.hypothese for i in restitution.referentiel.ingenieries)
    yield (
        "Ce que la position veut dire",
        "Chaque ingénierie attire à elle autant qu'elle pèse dans les réponses. Près d'un pôle, elle l'emporte ; au "
        "centre, elles s'équilibrent.",
    )
    yield (
        "Ce qu'elle ne veut pas dire",
        "Ni un niveau : deux personnes aux réponses très différentes peuvent se tenir au même endroit. Ni un but : un "
        "poste peut demander de pencher d'un côté, et le centre n'est pas un idéal."
        + (" La place des pôles est une hypothèse de ce référentiel." if hypothese else ""),
    )


def _table_carte(restitution: Restitution) -> TableDePage:
    referentiel, resultat = restitution.referentiel, restitution.resultat
    qui = "Vous" if restitution.passation.regard == "soi" else "La personne"
    lignes = [_ligne_carte(restitution, qui, resultat.situation, motif=motif_position(referentiel, resultat))]
    for competence in referentiel.competences:
        situation = resultat.situations_competences[competence.identifiant]
        code = code_a_montrer(competence.identifiant, competence.libelle)
        motif = _dire("tout-au-plus-bas" if situation.motif == "parts-nulles" else "reponses-manquantes")
        lignes.append(_ligne_carte(restitution, typographier(competence.libelle), situation, code, motif))
    for ingenierie in referentiel.ingenieries:
        place = ingenierie.position
        cellules = (decimal(place.x, 2), decimal(place.y, 2), "pôle")
        lignes.append(LigneDePage(typographier(ingenierie.libelle), cellules))
    axes = referentiel.axes
    entetes = ("Point", typographier(axes.x.libelle), typographier(axes.y.libelle), "Lecture")
    return TableDePage("Les points de la carte", entetes, tuple(lignes), frozenset({0, 1}))


def _ligne_carte(
    restitution: Restitution, nom: str, situation: Situation, code: str = "", motif: str = ""
) -> LigneDePage:
    if situation.position is None:
        return LigneDePage(nom, (TIRET, TIRET, _dire("sans-place", motif=motif)), code)
    dominante = typographier(dominante_en_mots(restitution.referentiel, situation.dominante))
    return LigneDePage(nom, (decimal(situation.position.x, 2), decimal(situation.position.y, 2), dominante), code)


# --- les scores -----------------------------------------------------------------------------------------------------


def _table_competences(restitution: Restitution) -> TableDePage:
    referentiel, resultat = restitution.referentiel, restitution.resultat
    scores = [(e, resultat.score(e.identifiant)) for e in echelles_de(referentiel, "competence")]
    return table_de_scores(referentiel, "Scores des compétences", scores, entete="Compétence")


def _table_ingenieries(restitution: Restitution) -> TableDePage:
    referentiel, resultat = restitution.referentiel, restitution.resultat
    scores = [(e, resultat.score(e.identifiant)) for e in echelles_de(referentiel, "ingenierie")]
    table = table_de_scores(referentiel, "Scores des ingénieries", scores, entete="Ingénierie")
    des_parts = parts(referentiel, resultat.ingenieries)
    total = sum(part for part in des_parts.values() if part is not None)
    entier = total > 0 and None not in des_parts.values()
    lignes = []
    for ligne, ingenierie in zip(table.lignes, referentiel.ingenieries, strict=True):
        part = des_parts[ingenierie.identifiant]
        poids = typographier(f"{nombre(100 * part / total, 0)} %") if entier and part is not None else TIRET
        cellules = (*ligne.cellules[:2], poids, ligne.cellules[2])
        lignes.append(LigneDePage(ligne.nom, cellules, "", ligne.part, typographier(ingenierie.fonction)))
    entetes = (*table.entetes[:3], "Poids dans la position", table.entetes[3])
    return TableDePage(table.titre, entetes, tuple(lignes), frozenset({0, 2, 3}))


def _table_matrice(restitution: Restitution) -> TableDePage:
    referentiel, matrice = restitution.referentiel, restitution.resultat.matrice
    lignes = []
    for competence in referentiel.competences:
        cases = matrice[competence.identifiant]
        cellules = tuple(_case(cases[i.identifiant]) for i in referentiel.ingenieries)
        code = code_a_montrer(competence.identifiant, competence.libelle)
        lignes.append(LigneDePage(typographier(competence.libelle), cellules, code))
    entetes = ("Compétence", *(typographier(i.libelle) for i in referentiel.ingenieries))
    nombres = frozenset(range(len(referentiel.ingenieries)))
    return TableDePage("Matrice des compétences et des ingénieries", entetes, tuple(lignes), nombres, large=True)


def _case(score: Score) -> str:
    return decimal(score.valeur) if score.items else "sans item"


def _regroupements(restitution: Restitution) -> Iterator[TableDePage]:
    referentiel, resultat = restitution.referentiel, restitution.resultat
    for regroupement in referentiel.regroupements:
        groupes = echelles_de(referentiel, "groupe", regroupement.identifiant)
        scores = [(e, resultat.score(e.identifiant)) for e in groupes]
        table = table_de_scores(referentiel, regroupement.libelle, scores, entete="Groupe")
        lignes = tuple(
            LigneDePage(li.nom, li.cellules, "", li.part, "peu d’items" if len(e.items) < PEU_D_ITEMS else "")
            for li, e in zip(table.lignes, groupes, strict=True)
        )
        yield TableDePage(table.titre, table.entetes, lignes, table.nombres)


# --- la lecture -----------------------------------------------------------------------------------------------------


def _reliefs(restitution: Restitution) -> Iterator[_Reliefs]:
    lecture, regard = restitution.interpretation, restitution.passation.regard
    cotes = zip(TITRES_DES_RELIEFS[regard], SENS_DES_RELIEFS, (lecture.appuis, lecture.fragiles), strict=True)
    for titre, sens, reliefs in cotes:
        if reliefs:
            yield _Reliefs(titre, sens, _detailler_les_reliefs(restitution, reliefs))


def _autres_figures(restitution: Restitution) -> Iterator[tuple[str, str, Illustration]]:
    """Clé, titre et image de chaque figure que la page ne place pas elle-même."""
    for declaree in figures_de_page(PERSONNE, restitution):
        if declaree.cle not in _PLACEES:
            image = Illustration.de(declaree.dessinateur(PERSONNE)(restitution, STYLE_DE_PAGE))
            yield declaree.cle, declaree.titre, image


def _regles(restitution: Restitution) -> Iterator[tuple[str, str]]:
    yield from regles(restitution.referentiel)
    if restitution.incertitude.region:
        yield regle_de_la_region()


def _sensibilite(restitution: Restitution) -> Iterator[tuple[str, str]]:
    for jeu, point, dominante in sensibilite_en_mots(restitution.referentiel, restitution.resultat):
        yield typographier(jeu), typographier(f"{point}, {dominante}.")


_TRACES_MAX = 4
"""Traces qui tiennent sur la feuille avec le reste ; au-delà, on le dit."""
_SIGNES_MAX = 150
"""Signes d’une trace sur la feuille ; la suite est dans la page."""
_USAGE = typographier(
    "Cette feuille est remplie par la personne, qui choisit ce qu'elle montre. Elle sert à parler du travail et de ce "
    "qui l'aide : ni note, ni classement, ni pièce d'évaluation. Ce qu'elle a répondu par ailleurs lui appartient."
)
_A_REMPLIR = (
    ("Ce que j'ai fait cette année et que je veux dire", 3),
    ("Ce que je veux travailler l'an prochain, et avec qui", 3),
    ("Le temps et les moyens que je demande", 2),
    ("Le mandat, ou l'appui de ma hiérarchie et des élus, que je demande", 2),
    ("La formation, l'échange entre pairs ou l'accompagnement que je demande", 2),
    ("Ce dont nous convenons, et quand nous en reparlons", 2),
)
"""Ce que la personne complète à la main, et sur combien de lignes."""


@dataclass(frozen=True, slots=True)
class PageDEntretien:
    """Tout ce que la feuille montre, déjà mis en mots."""

    personne: str
    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    pied: str
    appuis: tuple[_CompetenceDePage, ...]
    montrees: tuple[_SituationDePage, ...]
    en_plus: int
    conditions: tuple[tuple[str, str], ...]
    a_remplir: tuple[tuple[str, int], ...]
    usage: str


def rendre_page_entretien(restitution: Restitution, *, date: str, conditions: bool = False) -> str:
    """La feuille d’entretien (``composer_page_entretien``), à écrire en UTF-8 et à imprimer."""
    contenu = composer_page_entretien(restitution, date=date, conditions=conditions)
    return rendre("entretien.html.j2", "entretien", titrer_l_entretien(contenu.titre), contenu)


def titrer_l_entretien(qui: str) -> str:
    """Le titre de la feuille d’entretien de quelqu’un."""
    return f"{qui} · pour un entretien"


def composer_page_entretien(restitution: Restitution, *, date: str, conditions: bool = False) -> PageDEntretien:
    """Ce que la feuille montre : les points d’appui et les traces choisies, puis des lignes vides.

    Ni score, ni point fragile : un employeur n’a pas à les lire, et la personne reste libre de les dire.

    :param restitution: dont la passation ne porte plus que les traces à montrer.
    :param date: jour où la feuille est écrite, ISO 8601.
    :param conditions: vrai pour montrer ce que la personne a dit de ses conditions d’exercice : à elle d’en décider.
    """
    referentiel, passation = restitution.referentiel, restitution.passation
    qui = nettoyer(passation.identifiant) or "Passation sans code"
    competences = _detailler_les_competences(restitution)
    appuis = {typographier(relief.competence.libelle) for relief in restitution.interpretation.appuis}
    tracees = tuple(s for c in competences for s in c.situations if s.trace)
    return PageDEntretien(
        personne=passation.identifiant,
        surtitre="Pour un entretien",
        titre=qui,
        soustitre=typographier(referentiel.titre),
        faits=tuple(_faits_d_entretien(restitution, date)),
        pied=pied(referentiel, __version__),
        appuis=tuple(c for c in competences if c.nom in appuis),
        montrees=tuple(_abreger(situation) for situation in tracees[:_TRACES_MAX]),
        en_plus=len(tracees[_TRACES_MAX:]),
        conditions=conditions_dites(referentiel, passation) if conditions else (),
        a_remplir=tuple((typographier(question), lignes) for question, lignes in _A_REMPLIR),
        usage=_USAGE,
    )


def _abreger(situation: _SituationDePage) -> _SituationDePage:
    """La même situation, sa trace coupée si elle ne tient pas, ce qu’un signe dit."""
    if len(situation.trace) <= _SIGNES_MAX:
        return situation
    return replace(situation, trace=situation.trace[:_SIGNES_MAX].rsplit(" ", 1)[0] + " […]")


def _faits_d_entretien(restitution: Restitution, date: str) -> Iterator[tuple[str, str]]:
    moment = quand_en_mots(restitution.referentiel, restitution.passation)
    yield "Moment", nettoyer(moment[:1].upper() + moment[1:])
    yield "Feuille écrite le", jour(date)


@dataclass(frozen=True, slots=True)
class _TraceDePage:
    """Une trace, prête à montrer."""

    date: str
    item: str
    enonce: str
    origine: str
    texte: str
    rubriques: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _ChapitreDePage:
    """Une compétence : ses traces, et les situations que la personne y a ajoutées (code, énoncé, où elle les range)."""

    code: str
    nom: str
    definition: str
    traces: tuple[_TraceDePage, ...]
    situations: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class PageDePortfolio:
    """Tout ce que la page montre, déjà mis en mots."""

    personne: str
    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    pied: str
    portee: str
    vide: str
    chapitres: tuple[_ChapitreDePage, ...]


def portfolio_en_page(portfolio: Portfolio, date: str) -> bytes:
    """La page d’un portfolio, à ouvrir d’un double-clic, hors ligne.

    :param date: jour où elle est écrite, ISO 8601.
    """
    contenu = composer_le_portfolio(portfolio, date)
    return rendre("portfolio.html.j2", "portfolio", f"{contenu.titre} · portfolio", contenu).encode("utf-8", "replace")


def composer_le_portfolio(portfolio: Portfolio, date: str) -> PageDePortfolio:
    """Ce que montre la page d’un portfolio, déjà mis en mots, à ce jour (ISO 8601) : de quoi remplir un gabarit."""
    return PageDePortfolio(
        personne=portfolio.identifiant,
        surtitre="Portfolio",
        titre=nettoyer(portfolio.identifiant),
        soustitre=typographier(portfolio.referentiel.titre),
        faits=(("Traces", pluriel(portfolio.nombre, "trace")), ("Page écrite le", jour(date))),
        pied=pied(portfolio.referentiel, __version__),
        portee=typographier(PORTEE_DU_PORTFOLIO),
        vide=typographier(PORTFOLIO_VIDE) if portfolio.vide else "",
        chapitres=_chapitres(portfolio),
    )


def _chapitres(portfolio: Portfolio) -> tuple[_ChapitreDePage, ...]:
    chapitres = [
        _ChapitreDePage(
            chapitre.competence.identifiant,
            typographier(chapitre.competence.libelle),
            typographier(chapitre.competence.definition),
            tuple(map(_trace, chapitre.traces)),
            tuple(_situation(portfolio, une) for une in chapitre.situations),
        )
        for chapitre in portfolio.remplis
    ]
    if portfolio.autres or portfolio.situations_autres:
        situations = tuple(_situation(portfolio, une) for une in portfolio.situations_autres)
        nom = "Compétences qui ne sont plus dans ce référentiel"
        chapitres.append(_ChapitreDePage("", nom, "", tuple(map(_trace, portfolio.autres)), situations))
    return tuple(chapitres)


def _trace(trace: TraceAMontrer) -> _TraceDePage:
    return _TraceDePage(
        dire_la_date(trace.le),
        nettoyer(trace.item),
        nettoyer(trace.enonce),
        typographier(trace.origine),
        nettoyer(trace.texte, garder_lignes=True).strip(),
        tuple((libelle, nettoyer(texte, garder_lignes=True)) for libelle, texte in trace.rubriques),
    )


def _situation(portfolio: Portfolio, une: SituationPropre) -> tuple[str, str, str]:
    enonce = nettoyer(une.enonce, garder_lignes=True)
    return une.code, enonce, typographier(dire_une_situation(portfolio, une))

"""La page d’une personne : ce qu’elle garde, imprime et apporte à un entretien, en un seul fichier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cpit.coeur.mots.lecture_groupe import lire_les_tensions
from cpit.coeur.mots.notice import (
    CONFIDENTIALITE,
    EN_SECOND,
    LIMITES,
    PEU_D_ITEMS,
    code_a_montrer,
    compter_les_reponses,
    rappel_echelle,
    regle_de_la_region,
    regles,
)
from cpit.coeur.mots.restitution import (
    TITRE_APPUIS,
    TITRE_FRAGILES,
    Interpretation,
    Restitution,
    dire_l_essentiel,
    dire_le_tiers,
    dire_si_l_on_peut_s_y_fier,
    dominante_en_mots,
    motif_position,
    quand_en_mots,
    sensibilite_en_mots,
)
from cpit.coeur.notation import Score, Situation, parts
from cpit.coeur.passation import REGARDS, dire_le_moment, est_retrospectif
from cpit.coeur.referentiel import Axe
from cpit.coeur.suites import Plan
from cpit.figures import PERSONNE, figures_de_page
from cpit.figures.carte import carte_personne
from cpit.figures.dessin import Style
from cpit.figures.matrice import matrice_personne
from cpit.figures.radar import radar_personne
from cpit.pages.bloc_du_plan import PlanDePage
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
    source_en_mots,
    table_de_scores,
)
from cpit.pages.situations_de_page import CompetenceDePage, detailler_les_competences, detailler_les_reliefs
from cpit.sceaux import __version__
from cpit.typographie import nettoyer, nombre, typographier

_STYLE = Style(largeur=400, dans_une_page=True)
"""Dessinées pour un téléphone, agrandies sur un écran large : leurs textes restent lisibles sur les deux."""
_PLACEES = ("carte", "radar", "matrice")
"""Les figures que la page place elle-même ; les autres du registre suivent, chacune dans sa partie."""
_PHRASES_DU_POINT = 2
"""Les premières phrases de la lecture d’une position disent le point ; les suivantes, ce qu’il a d’incertain."""


@dataclass(frozen=True, slots=True)
class _Reliefs:
    """Ce qui se détache d’un côté : son titre, ce qu’il veut dire, les compétences."""

    titre: str
    sens: str
    competences: tuple[CompetenceDePage, ...]


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
    competences: tuple[CompetenceDePage, ...]
    traces_du: str
    plan: PlanDePage | None
    regroupements: tuple[TableDePage, ...]
    en_second: str
    tensions: tuple[str, ...]
    regles: tuple[tuple[str, str], ...]
    sensibilite: tuple[tuple[str, str], ...]
    limites: tuple[tuple[str, str], ...]
    statut: str
    sources: tuple[str, ...]


def rendre_page_personne(restitution: Restitution, *, date: str, plan: Plan | None = None) -> str:
    """La page d’une personne, à écrire en UTF-8 et à ouvrir d’un double-clic, hors ligne.

    :param date: jour où la page est écrite, ISO 8601.
    :param plan: ses pas ; sans pas, la page a des lignes à remplir à la main, et absent, rien n’en est dit.
    """
    passation = restitution.passation
    qui = nettoyer(passation.identifiant) or "Passation sans code"
    titre = f"{qui} · restitution, {dire_le_moment(passation.moment, restitution.referentiel)}"
    return rendre("personne.html.j2", "personne", titre, _contenu(restitution, qui, date, plan))


def _contenu(restitution: Restitution, qui: str, date: str, plan: Plan | None) -> _Contenu:
    referentiel, passation = restitution.referentiel, restitution.passation
    lecture = restitution.interpretation
    tiers = passation.regard == "tiers"
    return _Contenu(
        personne=passation.identifiant,
        surtitre=("Restitution du regard d’un tiers" if tiers else "Restitution d’une auto-évaluation réflexive")
        + (", un moment passé vu d’aujourd’hui" if est_retrospectif(passation.moment) else ""),
        titre=qui,
        soustitre=typographier(referentiel.titre),
        faits=tuple(_faits(restitution, date)),
        pied=pied(referentiel, __version__),
        alertes=tuple(_alertes(restitution)),
        essentiel=dire_l_essentiel(restitution),
        echelle=typographier(rappel_echelle(referentiel)),
        niveaux=tuple(_niveaux(restitution)),
        carte=Illustration.de(carte_personne(restitution, _STYLE), _table_carte(restitution)),
        position=lecture.position[:_PHRASES_DU_POINT],
        placement=tuple(_placement(restitution)),
        veut_dire=tuple(_veut_dire(restitution)),
        radar=Illustration.de(radar_personne(restitution, _STYLE), _table_competences(restitution)),
        ingenieries=_table_ingenieries(restitution),
        matrice=Illustration.de(matrice_personne(restitution, _STYLE), _table_matrice(restitution)),
        lecture=lecture,
        reliefs=tuple(_reliefs(restitution)),
        s_y_fier=dire_si_l_on_peut_s_y_fier(restitution.incertitude),
        en_nombres=lecture.position[_PHRASES_DU_POINT:],
        autres_figures=tuple(_autres_figures(restitution)),
        competences=detailler_les_competences(restitution),
        traces_du=jour(passation.jour_des_reponses),
        plan=None if plan is None or tiers else PlanDePage.de(plan),
        regroupements=tuple(_regroupements(restitution)),
        en_second=EN_SECOND,
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
        if code := passation.profil.get(question.identifiant):
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
    yield typographier(f"Distance au centre (équilibre en deçà de {seuil})"), decimal(situation.distance, 2)
    yield "Ce qui pèse le plus", typographier(dominante_en_mots(restitution.referentiel, situation.dominante))


def _axe(axe: Axe) -> str:
    return typographier(f"{axe.libelle}, de « {axe.debut} » à « {axe.fin} »")


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
        motif = "tout y est au plus bas" if situation.motif == "parts-nulles" else "il y manque des réponses"
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
        return LigneDePage(nom, (TIRET, TIRET, typographier(f"sans position : {motif}")), code)
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
    lecture = restitution.interpretation
    soi = restitution.passation.regard == "soi"
    cotes = (
        ("Sur quoi vous appuyer" if soi else "Points d'appui", TITRE_APPUIS, lecture.appuis),
        ("Ce que vous pourriez travailler" if soi else "Points fragiles", TITRE_FRAGILES, lecture.fragiles),
    )
    for titre, sens, reliefs in cotes:
        if reliefs:
            competences = detailler_les_reliefs(restitution, reliefs)
            yield _Reliefs(typographier(titre), typographier(f"{sens}."), competences)


def _autres_figures(restitution: Restitution) -> Iterator[tuple[str, str, Illustration]]:
    """Clé, titre et image de chaque figure que la page ne place pas elle-même."""
    for declaree in figures_de_page(PERSONNE, restitution):
        if declaree.cle not in _PLACEES:
            image = Illustration.de(declaree.dessinateur(PERSONNE)(restitution, _STYLE))
            yield declaree.cle, declaree.titre, image


def _regles(restitution: Restitution) -> Iterator[tuple[str, str]]:
    yield from regles(restitution.referentiel)
    if restitution.incertitude.region:
        yield regle_de_la_region()


def _sensibilite(restitution: Restitution) -> Iterator[tuple[str, str]]:
    for jeu, point, dominante in sensibilite_en_mots(restitution.referentiel, restitution.resultat):
        yield typographier(jeu), typographier(f"{point}, {dominante}.")

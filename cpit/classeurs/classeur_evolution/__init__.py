"""Le classeur de l’évolution d’un groupe : ce qui a bougé, refait par des formules depuis les réponses des deux côtés.

Il porte les réponses de chaque personne comparée, et les nomme.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xlsxwriter.workbook import Workbook

from cpit.classeurs.classeur_comparaison.paires_a_ecrire import FEUILLE_EVOLUTION, FEUILLE_REGARDS
from cpit.classeurs.classeur_evolution.chantier_evolution import (
    FEUILLE_PERSONNES,
    FEUILLE_POIDS,
    PREMIERE_PASSATION,
    ChantierEvolution,
    ranger_les_passations,
)
from cpit.classeurs.classeur_evolution.moyennes_du_groupe import ecrire_moyennes_du_groupe, feuille_de_l_evolution
from cpit.classeurs.classeur_evolution.reponses_des_passations import (
    ecrire_poids_des_items,
    ecrire_reponses_des_passations,
)
from cpit.classeurs.classeur_evolution.scores_des_personnes import ecrire_scores_des_personnes
from cpit.classeurs.classeur_groupe.chantier import (
    ANOMALIES,
    LIGNES_DE_FEUILLE_MAX,
    creer_styles_groupe,
)
from cpit.classeurs.classeur_groupe.feuille_synthese import bilan
from cpit.classeurs.classeur_groupe.feuilles_notice import ecrire_table_d_anomalies
from cpit.classeurs.classeur_personne.chantier import FEUILLE_A_PROPOS, FEUILLE_REFERENTIEL, FEUILLE_REPONSES
from cpit.classeurs.classeur_personne.feuille_referentiel import ecrire_referentiel
from cpit.coeur.evolution import Evolution, mesures_d_evolution
from cpit.coeur.mots.lecture_comparaison import titrer_l_evolution
from cpit.coeur.mots.notice import LIMITES_GROUPE, regles
from cpit.erreurs import refus
from cpit.formats.durable import atelier
from cpit.formats.porte import ecriture_durable
from cpit.formats.recueil import Reglages
from cpit.ouverture import ouvrir
from cpit.tableur.document import (
    creer_document,
    decrire_document,
    ecrire_provenance,
    ecrire_rubrique,
    fermer_document,
    fermer_page,
    franciser_flux,
    identifier,
    ouvrir_page,
)
from cpit.typographie import accorder, grouper, typographier

if TYPE_CHECKING:
    from cpit.formats.recueil import Recueil

_EMPLOIS = {
    FEUILLE_EVOLUTION: "ce qui diffère d'un moment à l'autre, en moyenne sur les personnes présentes des deux côtés.",
    FEUILLE_REGARDS: "ce qui diffère de soi aux tiers, au même moment.",
    FEUILLE_PERSONNES: "les deux scores de chaque personne et leur différence.",
    FEUILLE_REPONSES: "les réponses de chaque passation comparée ; changez-y une valeur, tout suit.",
    FEUILLE_POIDS: "le poids de chaque situation dans chaque échelle.",
    FEUILLE_REFERENTIEL: "les définitions, les situations, les sources et les hypothèses, coordonnées comprises.",
    ANOMALIES: "ce que la lecture a refusé ou signalé.",
}
_REGLES_DU_GROUPE = (
    (
        "Différence moyenne",
        "La moyenne, sur les personnes présentes des deux côtés, de la seconde valeur moins la première ; son "
        "intervalle à 95 % est celui de Student. d_z la rapporte à l'écart-type des différences (Lakens, 2013). Les "
        "limites d'accord sont à 1,96 écart-type d'elle (Bland et Altman, 1986).",
    ),
    (
        "Plusieurs tiers",
        "Une personne que plusieurs tiers situent compte une fois, pour la moyenne de ses comparaisons.",
    ),
)
_CONFIDENTIALITE = (
    "Confidentialité",
    "Ce classeur nomme les personnes et porte leurs réponses : il se garde comme elles. Pour partager, la page ou le "
    "JSON, qui ne décrivent que le groupe.",
)


def ecrire_classeur_evolution(
    chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages
) -> None:
    """Écrit le classeur des évolutions d’un groupe, en entier ou pas du tout.

    :param recueil: ce dont elles sont faites : ses sources et ses anomalies y sont dites.
    :raises ErreurCpit: place prise, ou plus de passations qu’une feuille de tableur n’a de lignes.
    :raises OSError: si l’emplacement ne s’écrit pas.
    :raises ValueError: si la date des réglages n’est pas une date ISO 8601.
    """
    passations, lignes = ranger_les_passations(evolutions)
    maximum = LIGNES_DE_FEUILLE_MAX - PREMIERE_PASSATION
    if len(passations) > maximum:
        raise refus("classeur-trop-de-lignes", chemin.name, n=grouper(len(passations)), maximum=grouper(maximum))
    jour = datetime.fromisoformat(reglages.date[:10])
    with atelier(chemin.parent) as dossier, ecriture_durable(chemin, recueil.permis) as sortie:
        brut = dossier / "classeur.xlsx"
        classeur = creer_document(str(brut), tmpdir=str(dossier))
        styles = creer_styles_groupe(classeur)
        referentiel = evolutions[0].referentiel
        colonnes = tuple(referentiel.ordre_de_passation()), mesures_d_evolution(referentiel)
        chantier = ChantierEvolution(classeur, styles, tuple(evolutions), passations, lignes, *colonnes)
        _ecrire_feuilles(chantier, recueil, reglages.date)
        _decrire(classeur, chantier, jour)
        fermer_document(classeur)
        with ouvrir(brut) as entree:
            franciser_flux(entree, sortie)


def _feuilles(chantier: ChantierEvolution) -> tuple[str, ...]:
    """Les feuilles de ce classeur ; « Évolution » et « Regards » ne viennent que s’il y a de quoi."""
    presentes = {feuille_de_l_evolution(une) for une in chantier.evolutions}
    return tuple(nom for nom in _EMPLOIS if nom not in (FEUILLE_EVOLUTION, FEUILLE_REGARDS) or nom in presentes)


def _ecrire_feuilles(chantier: ChantierEvolution, recueil: Recueil, date: str) -> None:
    feuilles = _feuilles(chantier)
    for nom in (*feuilles, FEUILLE_A_PROPOS):
        chantier.classeur.add_worksheet(nom)
    ecrire_referentiel(chantier, chantier.referentiel)
    ecrire_poids_des_items(chantier)
    ecrire_reponses_des_passations(chantier)
    reperes = ecrire_scores_des_personnes(chantier)
    for nom in feuilles:
        if nom in (FEUILLE_EVOLUTION, FEUILLE_REGARDS):
            ecrire_moyennes_du_groupe(chantier, nom, reperes)
    ecrire_table_d_anomalies(chantier.feuille(ANOMALIES), chantier.styles, recueil.anomalies)
    _ecrire_la_notice(chantier, feuilles, recueil, date)


def _ecrire_la_notice(chantier: ChantierEvolution, feuilles: Sequence[str], recueil: Recueil, date: str) -> None:
    """« À propos » : d’où viennent les nombres, les règles, ce qu’une différence ne dit pas."""
    feuille, styles = chantier.feuille(FEUILLE_A_PROPOS), chantier.styles
    ouvrir_page(feuille, styles, "À propos de ce classeur")
    comparees = [(titrer_l_evolution(une), accorder(une.appariees, "personne")) for une in chantier.evolutions]
    ligne = ecrire_provenance(styles, feuille, [*comparees, *identifier(chantier.referentiel)], date)
    limites = [*LIMITES_GROUPE, _CONFIDENTIALITE]
    rubriques = {
        "Fichiers lus": [(source[0], bilan(source)) for source in recueil.sources],
        "Les feuilles": [(nom, _EMPLOIS[nom]) for nom in feuilles],
        "Règles de calcul": [*regles(chantier.referentiel), *_REGLES_DU_GROUPE],
        "Limites": limites,
        "Licences": [("cpit", "MIT"), ("Référentiel", chantier.referentiel.licence)],
    }
    for titre, lignes in rubriques.items():
        if lignes:
            dites = [(libelle, typographier(texte)) for libelle, texte in lignes]
            ligne = ecrire_rubrique(styles, feuille, ligne, titre, dites)
    fermer_page(feuille, ligne)


def _decrire(classeur: Workbook, chantier: ChantierEvolution, jour: datetime) -> None:
    titre = f"Évolution d’un groupe, {chantier.referentiel.titre}"
    decrire_document(classeur, titre, jour, sujet="Personnes comparées à elles-mêmes : différences et réponses")
    classeur.set_calc_mode("auto")

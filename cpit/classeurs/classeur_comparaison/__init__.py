"""Le classeur d’une comparaison : les réponses des deux côtés, et chaque différence refaite par une formule vivante."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

from cpit.classeurs.classeur_comparaison.feuille_differences import ecrire_differences
from cpit.classeurs.classeur_comparaison.paires_a_ecrire import (
    FEUILLE_EVOLUTION,
    FEUILLE_REGARDS,
    ChantierComparaison,
    ranger_les_paires,
)
from cpit.classeurs.classeur_comparaison.reponses_des_cotes import ecrire_reponses_des_cotes
from cpit.classeurs.classeur_personne.chantier import FEUILLE_A_PROPOS, FEUILLE_REFERENTIEL, FEUILLE_REPONSES
from cpit.classeurs.classeur_personne.feuille_referentiel import ecrire_referentiel
from cpit.coeur.comparaison import Comparaison, Parcours
from cpit.coeur.mots.lecture_comparaison import dater_le_cote, lire_la_comparaison, nommer_le_cote
from cpit.coeur.mots.notice import LIMITES, regles
from cpit.coeur.passation import Passation
from cpit.formats.porte import SANS_PERMIS, Permis, poser
from cpit.tableur.document import (
    creer_document,
    creer_styles_de_classeur,
    decrire_document,
    ecrire_provenance,
    ecrire_rubrique,
    fermer_document,
    fermer_page,
    franciser,
    identifier,
    ouvrir_page,
)
from cpit.typographie import nettoyer, typographier

PERSONNE_DU_CLASSEUR = "Personne"
"""Le libellé en face duquel « À propos » porte le code de la personne."""
_EMPLOIS = {
    FEUILLE_EVOLUTION: "ce qui diffère d'un moment à un autre : position, ingénieries, compétences, groupes, items.",
    FEUILLE_REGARDS: "ce qui diffère de soi à un tiers, au même moment.",
    FEUILLE_REPONSES: "les réponses de chaque côté ; changez-y une valeur, toutes les différences suivent.",
    FEUILLE_REFERENTIEL: "les définitions, les situations, les sources et les hypothèses, coordonnées comprises.",
}
_CONFIDENTIALITE = (
    "Confidentialité",
    "Ce classeur contient les réponses d'une personne : elle seule choisit à qui le montrer.",
)


def ecrire_classeur_comparaison(
    chemin: Path,
    comparaison: Comparaison,
    parcours: Parcours,
    passations: Sequence[Passation],
    *,
    date: str,
    reserves: Sequence[str] = (),
    permis: Permis = SANS_PERMIS,
) -> None:
    """Écrit le classeur d’une comparaison, en entier ou pas du tout.

    :param passations: celles du parcours qui se montrent une à une.
    :param date: date d’écriture, ISO 8601 ; elle est aussi la date de création inscrite dans le document.
    :param reserves: ce qu’il faut savoir de la lecture, en phrases.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    :raises ValueError: si ``date`` n’est pas une date ISO 8601.
    """
    jour = datetime.fromisoformat(date[:10])
    paires = ranger_les_paires(comparaison, parcours, passations)
    tampon = BytesIO()
    classeur = creer_document(tampon, in_memory=True)
    chantier = ChantierComparaison(classeur, creer_styles_de_classeur(classeur), comparaison, parcours, paires)
    feuilles = tuple(_feuilles(chantier))
    for nom in (*feuilles, FEUILLE_A_PROPOS):
        classeur.add_worksheet(nom)
    ecrire_referentiel(chantier, parcours.referentiel)
    ecrire_reponses_des_cotes(chantier)
    for nom in feuilles:
        if nom in (FEUILLE_EVOLUTION, FEUILLE_REGARDS):
            ecrire_differences(chantier, nom)
    _ecrire_la_notice(chantier, feuilles, date, reserves)
    titre = f"Comparaison, {parcours.referentiel.titre}"
    decrire_document(classeur, titre, jour, sujet="Deux passations d'une personne : différences et réponses")
    classeur.set_calc_mode("auto")
    fermer_document(classeur)
    poser(chemin, franciser(tampon.getvalue()), permis)


def _feuilles(chantier: ChantierComparaison) -> Iterator[str]:
    """Les feuilles à écrire, hors la notice : « Évolution » et « Regards » ne viennent que s’il y a de quoi."""
    ecrites = {paire.feuille for paire in chantier.paires}
    if FEUILLE_EVOLUTION in ecrites:
        yield FEUILLE_EVOLUTION
    if FEUILLE_REGARDS in ecrites or chantier.parcours.regards:
        yield FEUILLE_REGARDS
    yield from (FEUILLE_REPONSES, FEUILLE_REFERENTIEL)


def _ecrire_la_notice(
    chantier: ChantierComparaison, feuilles: Sequence[str], date: str, reserves: Sequence[str]
) -> None:
    """« À propos » : de qui et d’où viennent les nombres, les règles, ce qu’une différence ne dit pas."""
    feuille, styles = chantier.feuille(FEUILLE_A_PROPOS), chantier.styles
    ouvrir_page(feuille, styles, "À propos de ce classeur")
    ligne = ecrire_provenance(styles, feuille, list(_provenance(chantier)), date)
    portee = [("Différence", phrase) for phrase in lire_la_comparaison(chantier.comparaison).portee]
    limites = [(libelle, typographier(texte)) for libelle, texte in (*LIMITES, _CONFIDENTIALITE)]
    rubriques = {
        "Réserves": [("Lecture", reserve) for reserve in reserves],
        "Les feuilles": [(nom, typographier(_EMPLOIS[nom])) for nom in feuilles],
        "Règles de calcul": list(regles(chantier.referentiel)),
        "Ce que vaut une différence": portee,
        "Limites": limites,
        "Licences": [("cpit", "MIT"), ("Référentiel", chantier.referentiel.licence)],
    }
    for titre, lignes in rubriques.items():
        if lignes:
            ligne = ecrire_rubrique(styles, feuille, ligne, titre, lignes)
    fermer_page(feuille, ligne)


def _provenance(chantier: ChantierComparaison) -> Iterator[tuple[str, str]]:
    yield PERSONNE_DU_CLASSEUR, nettoyer(chantier.parcours.identifiant) or "non indiquée"
    for etape in chantier.parcours.etapes:
        nom = nommer_le_cote(etape, chantier.referentiel)
        yield nettoyer(typographier(nom)), dater_le_cote(etape) or "sans date"
    yield from identifier(chantier.referentiel)

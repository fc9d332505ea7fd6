"""Le classeur d’une personne : cinq feuilles, des graphiques natifs, chaque score recalculé par une formule vivante."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path

from xlsxwriter.workbook import Workbook

from cpit.classeurs.classeur_personne.chantier import FEUILLES_PERSONNE, ChantierPersonne
from cpit.classeurs.classeur_personne.feuille_calcul import ecrire_calcul
from cpit.classeurs.classeur_personne.feuille_referentiel import ecrire_referentiel, ecrire_reponses
from cpit.classeurs.classeur_personne.feuille_synthese import ecrire_a_propos, ecrire_synthese
from cpit.coeur.mots.restitution import Restitution
from cpit.formats.porte import SANS_PERMIS, Permis, poser
from cpit.tableur.document import creer_document, creer_styles_de_classeur, decrire_document, fermer_document, franciser


def ecrire_classeur_personne(
    chemin: Path, restitution: Restitution, *, date: str, permis: Permis = SANS_PERMIS
) -> None:
    """Écrit le classeur d’une personne, en entier ou pas du tout.

    :param date: date d’écriture, ISO 8601 ; elle est aussi la date de création inscrite dans le document.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    :raises ValueError: si ``date`` n’est pas une date ISO 8601.
    """
    poser(chemin, _classeur_personne_en_octets(restitution, date=date), permis)


def _classeur_personne_en_octets(restitution: Restitution, *, date: str) -> bytes:
    """Les octets du classeur : les mêmes pour la même restitution et la même date.

    :raises ValueError: si ``date`` n’est pas une date ISO 8601.
    """
    jour = datetime.fromisoformat(date[:10])
    tampon = BytesIO()
    classeur = creer_document(tampon, in_memory=True)
    for nom in FEUILLES_PERSONNE:
        classeur.add_worksheet(nom)
    chantier = ChantierPersonne(classeur, creer_styles_de_classeur(classeur), restitution, date)
    reperes_referentiel = ecrire_referentiel(chantier, restitution.referentiel)
    ecrire_reponses(chantier)
    ecrire_synthese(chantier, ecrire_calcul(chantier, reperes_referentiel))
    ecrire_a_propos(chantier)
    _decrire(classeur, restitution, jour)
    fermer_document(classeur)
    return franciser(tampon.getvalue())


def _decrire(classeur: Workbook, restitution: Restitution, jour: datetime) -> None:
    """Propriétés du document ; le code de la personne n’y est pas."""
    titre = f"Auto-évaluation réflexive, {restitution.referentiel.titre}"
    decrire_document(classeur, titre, jour, sujet="Restitution individuelle : synthèse, réponses, calcul, référentiel")
    classeur.set_calc_mode("auto")
    classeur.get_worksheet_by_name(FEUILLES_PERSONNE[0]).activate()

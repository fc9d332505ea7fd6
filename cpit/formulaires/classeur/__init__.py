"""Le formulaire xlsx : une feuille à remplir et à rendre, que cpit relit sans rien perdre."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path

from cpit.coeur.modele import Referentiel
from cpit.coeur.passation import MOTIF_MOMENT, REGARDS
from cpit.formats.forme_formulaire import CODE_MAX, FEUILLE, IDENTIFICATION, LISTES
from cpit.formats.porte import poser
from cpit.formulaires.classeur.cachees import ecrire_identification, ecrire_listes
from cpit.formulaires.classeur.feuille import ecrire_feuille
from cpit.formulaires.classeur.finition import finir
from cpit.formulaires.classeur.plan import Plan
from cpit.formulaires.classeur.styles import creer_styles
from cpit.tableur.cellules import propre
from cpit.tableur.document import creer_document, franciser
from cpit.typographie import nettoyer, typographier

_JOUR = datetime(1980, 1, 1)
"""Date inscrite dans le document : toujours la même, pour que le même formulaire ait toujours les mêmes octets."""


def ecrire_formulaire(
    chemin: Path, referentiel: Referentiel, *, identifiant: str = "", moment: str = "t0", regard: str = "soi"
) -> None:
    """Écrit un formulaire à remplir, en entier ou pas du tout.

    :param identifiant: code de la personne ; s’il est donné, la feuille ne permet pas d’en changer.
    :param moment: moment choisi d’avance, que la personne peut changer ; ``regard`` de même.
    :raises ValueError: moment ou regard inconnu ; l’appelant les vérifie, pour dire comment corriger.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    poser(chemin, en_octets(referentiel, identifiant=identifiant, moment=moment, regard=regard))


def en_octets(referentiel: Referentiel, *, identifiant: str = "", moment: str = "t0", regard: str = "soi") -> bytes:
    """Les octets du formulaire : toujours les mêmes pour les mêmes entrées.

    :raises ValueError: moment ou regard inconnu.
    """
    if not MOTIF_MOMENT.fullmatch(moment):
        raise ValueError(f"moment inconnu : {moment}")
    if regard not in REGARDS:
        raise ValueError(f"regard inconnu : {regard}")
    plan = Plan.dresser(referentiel, nettoyer(identifiant)[:CODE_MAX].strip(), moment, regard)
    tampon = BytesIO()
    classeur = creer_document(tampon, in_memory=True)
    feuille, listes, identification = (classeur.add_worksheet(nom) for nom in (FEUILLE, LISTES, IDENTIFICATION))
    styles = creer_styles(classeur)
    ecrire_feuille(feuille, styles, plan, ecrire_listes(listes, plan))
    ecrire_identification(identification, plan)
    feuille.activate()
    classeur.set_properties(
        {
            "title": propre(typographier("Formulaire : ") + referentiel.titre)[:255],
            "comments": typographier("Formulaire de cpit, à remplir. Outil réflexif, sans note ni classement."),
            "created": _JOUR,
        }
    )
    classeur.close()
    return finir(franciser(tampon.getvalue()), plan.lignes_souples())

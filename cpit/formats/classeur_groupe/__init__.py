"""Le classeur d’un groupe : synthèse par strate, scores, matrice, profils, réponses, anomalies, dictionnaire.

Aucune cellule n’y est une formule. Les grandes feuilles s’écrivent au fil de l’eau : la mémoire ne dépend pas
du nombre de passations.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xlsxwriter.workbook import Workbook

from cpit import __version__
from cpit.coeur.cohorte import Cohorte
from cpit.erreurs import Anomalie, refus
from cpit.formats.classeur.cellules import propre
from cpit.formats.classeur.fichier import traduire
from cpit.formats.classeur.styles import POLICE
from cpit.formats.classeur_groupe import anomalies as feuille_anomalies
from cpit.formats.classeur_groupe import (
    apropos,
    dictionnaire,
    donnees,
    flux,
    matrice,
    profils,
    reponses,
    scores,
    synthese,
)
from cpit.formats.classeur_groupe.chantier import EN_FLUX, LIGNES_MAX, Chantier, Source, grouper, stratifier
from cpit.formats.classeur_groupe.styles import creer
from cpit.formats.durable import ecriture_durable
from cpit.typographie import typographier

PASSATIONS_MAX = LIGNES_MAX - flux.PREMIERE


def ecrire(
    chemin: Path,
    cohorte: Cohorte,
    anomalies: Sequence[Anomalie],
    sources: Sequence[Source],
    *,
    date: str,
    par: str | None = None,
    sans_reponses: bool = False,
) -> None:
    """Écrit le classeur d’un groupe, en entier ou pas du tout.

    :param anomalies: tout ce que la lecture a constaté, dans l’ordre.
    :param sources: nom du fichier, passations lues, anomalies de gravité refus.
    :param date: date d’écriture, ISO 8601 ; elle est aussi la date de création inscrite dans le document.
    :param par: la seule question de profil à croiser ; toutes si elle n’est pas donnée.
    :param sans_reponses: vrai pour omettre les deux feuilles de réponses.
    :raises ErreurCpit: s’il y a plus de passations qu’une feuille de tableur n’a de lignes.
    :raises OSError: si l’emplacement ne s’écrit pas.
    :raises ValueError: si ``date`` n’est pas une date ISO 8601.
    """
    if len(cohorte.notees) > PASSATIONS_MAX:
        raise refus(
            "classeur-trop-de-lignes", chemin.name, n=grouper(len(cohorte.notees)), maximum=grouper(PASSATIONS_MAX)
        )
    jour = datetime.fromisoformat(date[:10])
    with TemporaryDirectory(prefix=".cpit-", dir=chemin.parent) as dossier, ecriture_durable(chemin) as sortie:
        brut = Path(dossier) / "classeur.xlsx"
        classeur = Workbook(str(brut), _options(dossier))
        chantier = Chantier(
            classeur, creer(classeur), cohorte, stratifier(cohorte), anomalies, sources, date, par, sans_reponses
        )
        _ecrire_feuilles(chantier)
        _decrire(chantier, jour)
        classeur.close()
        with brut.open("rb") as entree:
            traduire(entree, sortie)


def _options(dossier: str) -> dict[str, Any]:
    """Les fichiers de travail restent dans un dossier à nous, à côté de la destination, et disparaissent avec lui."""
    return {
        "tmpdir": dossier,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "default_format_properties": {"font_name": POLICE, "font_size": 10},
    }


def _ecrire_feuilles(chantier: Chantier) -> None:
    for nom in chantier.feuilles():
        # XlsxWriter lit ce réglage à la création de chaque feuille : seules les grandes s’écrivent au fil de l’eau,
        # les graphiques ont besoin de relire les autres.
        chantier.classeur.constant_memory = nom in EN_FLUX
        chantier.classeur.add_worksheet(nom)
    synthese.ecrire(chantier, donnees.ecrire(chantier))
    scores.ecrire(chantier)
    matrice.ecrire(chantier)
    profils.ecrire(chantier)
    if not chantier.sans_reponses:
        reponses.ecrire(chantier)
    feuille_anomalies.ecrire(chantier)
    dictionnaire.ecrire(chantier)
    apropos.ecrire(chantier)


def _decrire(chantier: Chantier, jour: datetime) -> None:
    """Propriétés du document ; aucun nom de personne ni de fichier n’y est."""
    chantier.classeur.set_properties(
        {
            "title": propre(f"Synthèse de groupe, {chantier.referentiel.titre}")[:255],
            "subject": typographier("Cohorte : synthèse, scores, matrice, profils, réponses, anomalies, dictionnaire"),
            "comments": f"Écrit par cpit {__version__}. Outil réflexif, sans note ni classement.",
            "created": jour,
        }
    )
    chantier.classeur.get_worksheet_by_name(chantier.feuilles()[0]).activate()

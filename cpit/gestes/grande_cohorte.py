"""La commande « cohorte » sur de très grandes tables CSV : notées en flux, sans garder les passations."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import ErreurCpit, anomalie, ecriture
from cpit.flux import INGENIERIES_MAX, Bilan, convient, noter_en_flux
from cpit.formats.porte import ecriture_durable
from cpit.sources import Reunion
from cpit.terminal import Terminal

if TYPE_CHECKING:
    from cpit.gestes.grouper import DemandeCohorte

_SORTIE_STANDARD = "-"
_MEGAOCTET = 1_000_000


def est_grande(demande: DemandeCohorte, chemins: Sequence[Path], referentiel: Referentiel) -> bool:
    """Vrai pour de grandes tables CSV vers un CSV, quand rien ne demande de garder toutes les passations."""
    a_garder = any(voulu is not None for voulu in (demande.par, demande.fiches, demande.pages, demande.page))
    # Ce qui est parti sur la sortie standard ne se reprend pas.
    sans_retour = demande.strict and demande.sortie == _SORTIE_STANDARD
    if a_garder or sans_retour or len(referentiel.ingenieries) > INGENIERIES_MAX:
        return False
    return convient(chemins, demande.sortie)


def noter_grande_cohorte(
    erreurs: Terminal,
    demande: DemandeCohorte,
    reunion: Reunion,
    referentiel: Referentiel,
) -> Bilan:
    """Note des tables et écrit le CSV, par un fichier temporaire ou sur la sortie standard.

    Ce qu’il y a déjà à dire des sources vient en tête des anomalies du bilan.

    :raises ErreurCpit: aucune passation lisible, écriture impossible, ou une anomalie en mode strict ; rien n’est
        alors laissé à la place de la sortie.
    """

    def noter(flux: IO[bytes]) -> Bilan:
        with erreurs.progression("Notation, en Mo") as progres:
            bilan = noter_en_flux(
                reunion.chemins,
                flux,
                referentiel,
                dialecte=demande.dialecte,
                avec_reponses=not demande.sans_reponses,
                progres=lambda fait, total: progres(fait // _MEGAOCTET, total // _MEGAOCTET),
            )
        return _exiger(replace(bilan, anomalies=(*reunion.constats, *bilan.anomalies)), strict=demande.strict)

    if demande.sortie == _SORTIE_STANDARD:
        sys.stdout.flush()
        return noter(sys.stdout.buffer)
    with ecriture(demande.sortie), ecriture_durable(Path(demande.sortie), reunion.permis) as flux:
        return noter(flux)


def _exiger(bilan: Bilan, *, strict: bool) -> Bilan:
    if not bilan.passations:
        raise ErreurCpit([*bilan.anomalies, anomalie("cohorte-vide")])
    if strict and bilan.anomalies:
        raise ErreurCpit(bilan.anomalies)
    return bilan

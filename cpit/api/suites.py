"""Ce qu’une personne écrit après son résultat : son plan, ses traces de l’année, ses propres situations, son portfolio.

Rien de tout cela n’entre dans un score, ni dans un export.
"""

from __future__ import annotations

from pathlib import Path

from cpit.api import maintenant
from cpit.api.arguments import facade
from cpit.api.groupe import Chemin
from cpit.coeur.plan import Plan
from cpit.passations.cahiers import CahierEcrit, Cahiers


@facade
def plan(source: Chemin = ".", code: str | None = None) -> Plan:
    """Le plan d’une personne ; sans pas s’il n’y en a pas encore. Rien n’est écrit.

    :param source: le dossier de ses passations, ou l’une d’elles.
    :param code: celui de la personne, si le dossier en a plusieurs.
    :raises ErreurCpit: personne à ce code, plusieurs personnes, plan illisible.
    """
    return Cahiers.trouver(Path(source), code).plan()[0]


@facade
def ajouter_pas(
    code: str,
    item: str,
    pas: str,
    *,
    dossier: Chemin = ".",
    avec: str = "",
    quand: str = "",
    signe: str = "",
) -> CahierEcrit[Plan]:
    """Ajoute un pas au plan d’une personne ; quand la fonction rend la main, il est sur le disque.

    :param item: le code de la situation qu’il travaille.
    :param pas: le pas, dans les mots de la personne ; ``avec`` : avec qui ; ``quand`` : une date ou des mots ;
        ``signe`` : à quoi l’on saura qu’il est fait.
    :raises ErreurCpit: personne ou situation inconnue, texte manquant ou trop long, trois pas déjà ouverts, écriture
        impossible.
    """
    textes = {"quoi": pas, "avec": avec, "quand": quand, "signe": signe}
    return Cahiers.trouver(Path(dossier), code).ajouter_pas(item, textes, maintenant())


@facade
def changer_pas(code: str, rang: int, etat: str, *, dossier: Chemin = ".", note: str = "") -> CahierEcrit[Plan]:
    """Dit ce qu’un pas est devenu ; l’état d’avant et sa date restent.

    :param rang: celui du pas dans le plan, dès 1.
    :param etat: « a_faire », « en_cours », « fait », « abandonne » ou « autrement ».
    :raises ErreurCpit: personne, pas ou état inconnu, écriture impossible.
    """
    return Cahiers.trouver(Path(dossier), code).changer_pas(rang, maintenant(), etat=etat, note=note)

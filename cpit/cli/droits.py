"""Les commandes des droits d’une personne : rassembler ce que l’on garde d’elle, l’effacer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpit.aide import Commande
from cpit.cli.options import OptionSimple, terminal
from cpit.ouverture import chemin_reel

if TYPE_CHECKING:
    from cpit.api.droits import Effacement
    from cpit.droits.marques import Inventaire
    from cpit.terminal import Terminal

app = typer.Typer()
MONTRES = 200
"""Fichiers listés à l’écran ; la remise les a tous."""

ArgumentCode = Annotated[str, typer.Argument(metavar="CODE", help="Code de la personne, exactement.")]
OptionFouille = Annotated[Path, typer.Option("--dossier", metavar="DOSSIER", help="Dossier à fouiller, en entier.")]
OptionCleEtude = Annotated[
    Path | None,
    typer.Option("--cle", metavar="CLE", help="Clé d'une étude, pour ses exports pseudonymisés.", show_default=False),
]


@app.command(
    name="mes-donnees",
    cls=Commande,
    epilog="Par exemple : cpit mes-donnees R01 --dossier promotion --sortie remise-r01",
)
def mes_donnees(
    code: ArgumentCode,
    dossier: OptionFouille = Path(),
    sortie: Annotated[
        Path | None, typer.Option(metavar="DOSSIER", help="Dossier neuf où tout recopier.", show_default=False)
    ] = None,
    cle: OptionCleEtude = None,
    simple: OptionSimple = False,
) -> None:
    """Rassembler tout ce qu'un dossier garde d'une personne, pour le lui remettre."""
    from cpit.affichage import montrer_anomalies
    from cpit.api import droits

    ecran, erreurs = terminal(simple), terminal(simple, erreur=True)
    with ExitStack() as barre:

        def apercu(inventaire: Inventaire) -> None:
            barre.close()
            _montrer_inventaire(ecran, inventaire)

        progres = barre.enter_context(erreurs.progression("Fouille"))
        remise = droits.mes_donnees(code, dossier, sortie, cle=cle, apercu=apercu, progres=progres)
    ecran.dire()
    ecran.dire("Remise écrite dans :")
    ecran.copier(str(chemin_reel(remise.dossier)))
    montrer_anomalies(erreurs, remise.reserves)


@app.command(
    cls=Commande,
    epilog="Par exemple : cpit effacer R01 --dossier promotion",
)
def effacer(
    code: ArgumentCode,
    dossier: OptionFouille = Path(),
    oui: Annotated[bool, typer.Option("--oui", help="N'attend pas de confirmation.")] = False,
    cle: OptionCleEtude = None,
    simple: OptionSimple = False,
) -> None:
    """Effacer ce qu'un dossier garde d'une personne, et dire ce qui reste hors d'atteinte."""
    from cpit.api import droits
    from cpit.erreurs import ErreurCpit

    ecran, erreurs = terminal(simple), terminal(simple, erreur=True)

    ecarter = ecran.confirmer if ecran.interactif else None
    with ExitStack() as barre:

        def confirmer(inventaire: Inventaire) -> bool:
            barre.close()
            _montrer_inventaire(ecran, inventaire)
            return oui or _demander_confirmation(ecran, inventaire)

        progres = barre.enter_context(erreurs.progression("Fouille"))
        fait = droits.effacer(code, dossier, confirmer=confirmer, cle=cle, ecarter=ecarter, progres=progres)
    if not _a_faire(fait.inventaire):
        _montrer_inventaire(ecran, fait.inventaire)
    _dire_l_effacement(ecran, erreurs, fait)
    if fait.resistances:
        raise ErreurCpit(fait.resistances)


def _dire_l_effacement(ecran: Terminal, erreurs: Terminal, fait: Effacement) -> None:
    from cpit.affichage import montrer_anomalies
    from cpit.droits.exercice import fichier_principal
    from cpit.typographie import pluriel

    if not _a_faire(fait.inventaire):
        ecran.dire("Aucun fichier à effacer.")
        montrer_anomalies(erreurs, [*fait.restes, *fait.reserves])
        return
    if not fait.confirme:
        ecran.dire("Rien n'a été effacé.")
        return
    ecran.dire()
    ecran.dire(f"{pluriel(fait.effaces, 'fichier effacé', 'fichiers effacés')}.")
    if fait.anonymisees:
        nombre = len(set(map(fichier_principal, fait.anonymisees)))
        autres = pluriel(nombre, "passation d'une autre personne", "passations d'autres personnes")
        ecran.dire(f"Code d'évaluateur ôté de {autres} ; l'évaluation, à propos d'elle, est gardée.")
    montrer_anomalies(erreurs, [*fait.restes, *fait.reserves])
    ecran.dire("D'ici, cpit ne peut pas atteindre :")
    for phrase in fait.hors_d_atteinte:
        ecran.dire(f"- {phrase}", retrait=2, suite=4)


def _a_faire(inventaire: Inventaire) -> bool:
    return bool(inventaire.a_effacer or inventaire.evaluations)


def _demander_confirmation(ecran: Terminal, inventaire: Inventaire) -> bool:
    from cpit.droits.exercice import fichier_principal
    from cpit.erreurs import MauvaisEmploi, anomalie
    from cpit.terminal import Quitter
    from cpit.typographie import enumerer, pluriel

    if not ecran.interactif:
        raise MauvaisEmploi([anomalie("effacer-sans-confirmation")])
    efface, ote = inventaire.a_effacer, len(set(map(fichier_principal, inventaire.evaluations)))
    gestes = [f"effacer définitivement {pluriel(efface, 'fichier')}"] if efface else []
    gestes += [f"ôter ce code d'évaluateur de {pluriel(ote, 'passation')}"] if ote else []
    question = enumerer(gestes, "et")
    try:
        return ecran.confirmer(f"{question[0].upper()}{question[1:]} ?", defaut=False)
    except Quitter:
        return False


def _montrer_inventaire(ecran: Terminal, inventaire: Inventaire) -> None:
    from cpit.droits.exercice import mention_en_mots
    from cpit.typographie import pluriel

    ecran.dire(f"Dossier fouillé : {inventaire.racine}", tel_quel=True)
    if inventaire.siens:
        ecran.dire(f"À cette personne seule, {pluriel(len(inventaire.siens), 'fichier')} :")
    for trouvaille in inventaire.siens[:MONTRES]:
        nom = " (d’après son nom)" if trouvaille.par_le_nom else ""
        ecran.dire(f"{trouvaille.sorte} : {inventaire.relatif(trouvaille.chemin)}{nom}", retrait=2, suite=4)
    _compter_les_autres(ecran, inventaire.siens)
    if inventaire.restes:
        ecran.dire("Restes d'écritures interrompues, où des réponses peuvent se lire :")
    for reste in inventaire.restes[:MONTRES]:
        ecran.dire(inventaire.relatif(reste), retrait=2, suite=4, tel_quel=True)
    _compter_les_autres(ecran, inventaire.restes)
    if inventaire.mentions:
        ecran.dire("Avec d'autres personnes, ou seulement cité :")
    for mention in inventaire.mentions[:MONTRES]:
        ecran.dire(mention_en_mots(inventaire, mention), retrait=2, suite=4, tel_quel=True)
    _compter_les_autres(ecran, inventaire.mentions)


def _compter_les_autres(ecran: Terminal, listes: Sequence[object]) -> None:
    """Dit combien il y en a de plus que ceux que l’on a montrés."""
    from cpit.typographie import accorder

    if (reste := len(listes) - MONTRES) > 0:
        ecran.dire(f"… et {accorder(reste, 'autre')}.", retrait=2)

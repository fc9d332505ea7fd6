"""Les commandes qui suivent un résultat : le plan d’une personne, ses traces de l’année, son portfolio."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cpit.aide import JE_REPONDS, Commande
from cpit.cli.options import OptionCode, OptionSimple, terminal

if TYPE_CHECKING:
    from cpit.rapprochement import Rapprochement
    from cpit.terminal import Terminal

app = typer.Typer()


@app.command(
    cls=Commande,
    rich_help_panel=JE_REPONDS,
    short_help="vos prochains pas",
    epilog="Par exemple : cpit plan mes-reponses --code R01",
)
def plan(
    source: Annotated[
        Path, typer.Argument(metavar="[DOSSIER]", help="Le dossier de vos passations, ou l'une d'elles.")
    ] = Path(),
    code: OptionCode = None,
    simple: OptionSimple = False,
) -> None:
    """Lire et tenir son plan : un à trois pas, dans ses mots, et ce qu'ils deviennent."""
    from cpit.affichage import montrer_anomalies
    from cpit.affichage.ecran_suites import montrer_le_plan
    from cpit.api import maintenant
    from cpit.passations.cahiers import Cahiers
    from cpit.questionnaire.dialogue_du_plan import DialogueDuPlan

    ecran, cahiers = terminal(simple), Cahiers.trouver(source, code)
    if ecran.interactif:
        DialogueDuPlan(ecran, cahiers, maintenant).tenir()
        return
    lu, anomalies = cahiers.plan()
    montrer_anomalies(terminal(simple, erreur=True), anomalies)
    montrer_le_plan(ecran, lu)


def montrer_les_pas(ecran: Terminal, sources: Iterable[str], rapprochement: Rapprochement) -> None:
    """Montre, sous une comparaison, le plan gardé à côté des passations de la personne, s’il y en a un."""
    from cpit.affichage import montrer_anomalies
    from cpit.affichage.ecran_suites import montrer_le_plan
    from cpit.passations.cahiers import Cahiers

    dossiers = {chemin if chemin.is_dir() else chemin.parent for chemin in map(Path, sources)}
    identifiant = rapprochement.comparaison.identifiant
    for dossier in sorted(dossiers) if identifiant else ():
        lu, anomalies = Cahiers(dossier, identifiant).plan_s_il_se_lit()
        montrer_anomalies(ecran, anomalies)
        if lu is not None and lu.pas:
            montrer_le_plan(ecran, lu)

"""Ce que plusieurs commandes partagent : leurs options communes, et le terminal de ce processus."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cpit.erreurs import Anomalie
    from cpit.lecture.lignes import BilanDeSource
    from cpit.terminal import Terminal


def annoncer_un_referentiel(contexte: typer.Context, nom: str | None) -> str | None:
    """Un référentiel que l’on nomme : ce que son YAML perd en silence se dit une fois, quand la commande finit.

    Ce qui s’y refuse, ou s’il n’est pas trouvé, la commande le dit elle-même ; le reste est à « referentiel valider ».
    """
    if nom is not None:
        contexte.call_on_close(partial(_avertir_du_referentiel, contexte, nom))
    return nom


def _avertir_du_referentiel(contexte: typer.Context, nom: str) -> None:
    from cpit.affichage import montrer_anomalies
    from cpit.chargement import examiner_referentiel
    from cpit.emplacements import trouver_referentiel
    from cpit.erreurs import ErreurCpit

    try:
        lu, avertissements = examiner_referentiel(trouver_referentiel(nom))
    except (ErreurCpit, OSError):
        return
    if lu is not None:
        perdus = [une for une in avertissements if une.code.startswith("yaml-")]
        montrer_anomalies(terminal(bool(contexte.params.get("simple")), erreur=True), perdus)


OptionReferentiel = Annotated[
    str | None,
    typer.Option(
        "--referentiel",
        metavar="NOM",
        help="Référentiel : nom[@version] ou fichier .yaml.",
        show_default=False,
        callback=annoncer_un_referentiel,
    ),
]
ArgumentReferentiel = Annotated[
    str | None,
    typer.Argument(metavar="[NOM]", help="Nom livré (nom@version) ou fichier .yaml.", callback=annoncer_un_referentiel),
]
OptionSimple = Annotated[
    bool, typer.Option("--simple", help="Lignes à la suite, sans cadre ni couleur (lecteurs d'écran).")
]
OptionPlace = Annotated[
    bool, typer.Option("--place", help="Demande aussi la fréquence et l'importance de chaque situation.")
]
OptionConditions = Annotated[
    bool, typer.Option("--conditions", help="Pose aussi les questions sur les conditions d'exercice.")
]
OptionMontrerLesConditions = Annotated[
    bool, typer.Option("--conditions", help="Avec --pour : y montre aussi les conditions d'exercice.")
]
OptionMomentDemande = Annotated[
    str | None,
    typer.Option("--moment", metavar="MOMENT", help="t0, t1, t0-retrospectif ou t1+retrospectif.", show_default=False),
]
OptionColonneDesCodes = Annotated[
    str | None,
    typer.Option("--colonne", metavar="EN-TÊTE", help="Avec --pour : la colonne des codes.", show_default=False),
]
OptionIdentiques = Annotated[
    bool, typer.Option("--items-identiques", help="Référentiel changé : ne noter que les items identiques.")
]
ArgumentSources = Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Fichiers, dossiers ou motifs, mêlés.")]
OptionDialecte = Annotated[str, typer.Option(metavar="DIALECTE", help="CSV : fr (Excel) ou science (R, pandas).")]
OptionPar = Annotated[
    str | None, typer.Option(metavar="QUESTION", help="Moyennes par question de profil.", show_default=False)
]
OptionStrict = Annotated[bool, typer.Option("--strict", help="Refuse tout à la première anomalie.")]
ArgumentPassation = Annotated[Path, typer.Argument(metavar="PASSATION", help="Fichier .json écrit par cpit.")]
ArgumentPassations = Annotated[
    list[str], typer.Argument(metavar="PASSATION…", help="Des passations, ou le dossier où elles sont.")
]
OptionCode = Annotated[
    str | None, typer.Option("--code", metavar="CODE", help="La personne, s'il y en a d'autres.", show_default=False)
]
OptionMemePersonne = Annotated[
    bool, typer.Option("--meme-personne", help="Des codes différents sont ceux d'une seule personne.")
]
OptionCollecte = Annotated[
    bool, typer.Option("--collecte-personnelle", help="La personne a demandé ces regards : montrer chaque tiers.")
]
OptionReference = Annotated[
    list[str] | None,
    typer.Option(
        "--reference",
        metavar="SOURCE",
        help="Groupe dont l'erreur de mesure dit ce que vaut une différence ; à répéter.",
        show_default=False,
    ),
]
OptionClasseur = Annotated[
    Path | None,
    typer.Option("--classeur", metavar="F.xlsx", help="Écrit aussi un classeur Excel.", show_default=False),
]
OptionPage = Annotated[
    Path | None,
    typer.Option("--page", metavar="F.html", help="Écrit aussi une page à lire ou imprimer.", show_default=False),
]
OptionPageOuDocument = Annotated[
    Path | None,
    typer.Option(
        "--page", metavar="F.html", help="Écrit aussi une page à lire ; F.docx : pour Word.", show_default=False
    ),
]
OptionFormatDePage = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="html|docx", help="La page, à côté de la passation, sous son nom.", show_default=False
    ),
]
OptionFormatDuPortfolio = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="html|docx", help="La page, à côté des passations (portfolio-CODE).", show_default=False
    ),
]
OptionGabarit = Annotated[
    Path | None,
    typer.Option("--gabarit", metavar="F.docx", help="Le gabarit du document Word.", show_default=False),
]

OptionSansTraces = Annotated[bool, typer.Option("--sans-traces", help="Ne montre aucune trace.")]

OptionTraces = Annotated[
    str | None,
    typer.Option("--traces", metavar="CODES", help="Ne montre que ces traces : C1P,C3C.", show_default=False),
]

OptionPourUsage = Annotated[
    str | None,
    typer.Option("--pour", metavar="entretien", help="Avec --page : une feuille A4 à compléter.", show_default=False),
]

OptionEvaluateur = Annotated[
    str | None,
    typer.Option("--evaluateur", metavar="CODE", help="Regard tiers : code de qui répond.", show_default=False),
]
OptionRoleEvaluateur = Annotated[
    str | None,
    typer.Option(
        "--role-evaluateur", metavar="ROLE", help="n+1, pair, elu, partenaire, collegue ou autre.", show_default=False
    ),
]
OptionConnaissance = Annotated[
    str | None,
    typer.Option(
        "--connaissance", metavar="NIVEAU", help="Regard tiers : peu, partie, bien, pres.", show_default=False
    ),
]
OptionMomentPorte = Annotated[
    str | None,
    typer.Option(
        "--moment", metavar="MOMENT", help="D'une passation qui porte deux moments, lequel.", show_default=False
    ),
]
OptionDateDuMoment = Annotated[
    str | None,
    typer.Option("--date", metavar="DATE", help="Date du moment : 2025-09, 09/2025…", show_default=False),
]
OptionIdentifiant = Annotated[
    str | None,
    typer.Option("--identifiant", metavar="EN-TÊTE", help="Tables : colonne qui dit qui répond.", show_default=False),
]
OptionMomentLu = Annotated[
    str | None,
    typer.Option("--moment", metavar="MOMENT", help="Tables sans cette colonne ; t0 sinon.", show_default=False),
]
OptionRegardLu = Annotated[
    str | None,
    typer.Option("--regard", metavar="REGARD", help="Tables sans cette colonne ; soi sinon.", show_default=False),
]
OptionValeurs = Annotated[
    str | None,
    typer.Option("--valeurs", metavar="LISTE", help="Tables : 1=0,2=1,n/a=SO,99=vide…", show_default=False),
]
CONSIGNES = ("identifiant", "moment", "regard", "valeurs", "garder", "encodage", "correspondance")
"""Ce que l’on peut dire d’une table à la place de ce qu’elle tait, dans l’ordre des options."""
OptionCorrespondance = Annotated[
    str | None,
    typer.Option("--correspondance", metavar="F.yaml", help="Tables : ce que dit chaque colonne.", show_default=False),
]
OptionGarder = Annotated[
    str | None,
    typer.Option(
        "--garder", metavar="CHOIX", help="D'une passation en double : recent, premier, tous.", show_default=False
    ),
]
OptionEncodage = Annotated[
    str | None,
    typer.Option(
        "--encodage",
        metavar="NOM",
        help="Tables hors UTF-8 : cp1252, latin9, cp850, mac-roman.",
        show_default=False,
    ),
]
OptionRemplacer = Annotated[
    bool, typer.Option("--remplacer", help="Remplace même ce que cpit n'a pas écrit ; jamais des réponses.")
]


def terminal(simple: bool, *, erreur: bool = False) -> Terminal:
    """Le terminal de la sortie standard, ou de la sortie d’erreur."""
    from cpit.terminal import Terminal

    return Terminal.du_processus(sys.stdin, sys.stderr if erreur else sys.stdout, os.environ, simple=simple)


def montrer_les_suppositions(ecran: Terminal, sources: Sequence[BilanDeSource]) -> None:
    """Dit quel moment et quel regard ont été supposés, s’il y en a, là où le résumé des sources ne se montre pas."""
    if any(source.suppose for source in sources):
        from cpit.affichage import montrer
        from cpit.affichage.ecran_groupe import blocs_de_suppositions

        montrer(ecran, blocs_de_suppositions(sources))


def dire_les_anomalies(erreurs: Terminal, anomalies: Sequence[Anomalie]) -> None:
    """Tout montrer, puis un résumé.

    :raises ErreurCpit: sans rien à dire de plus, s’il y a eu un refus : elle donne le code de sortie.
    """
    from cpit.affichage import montrer_anomalies
    from cpit.erreurs import ErreurCpit, Gravite
    from cpit.lecture.lignes import compter
    from cpit.typographie import pluriel

    if not anomalies:
        return
    montrer_anomalies(erreurs, anomalies)
    nombre, avertissements = compter(anomalies, Gravite.REFUS), compter(anomalies, Gravite.AVERTISSEMENT)
    erreurs.dire(f"En tout : {nombre} refus, {pluriel(avertissements, 'avertissement')}.")
    if nombre:
        raise ErreurCpit([])

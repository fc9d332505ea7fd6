"""Une séance de questionnaire de bout en bout : reprise, verrou, questions, enregistrement."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cpit.affichage.anomalies import montrer_anomalies
from cpit.carnet import Carnet, Horloge
from cpit.chargement import charger
from cpit.coeur.modele import Referentiel
from cpit.coeur.passation import Etat, Passation, items_identiques, reporter
from cpit.coeur.restitution import Restitution, restituer
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Interruption, anomalie, refus
from cpit.questionnaire import Questionnaire, Quitter, accueillir, demander_identite, demander_profil
from cpit.relecture import referentiel_de
from cpit.sauvegarde import inachevees, nouveau_chemin, preparer, relire
from cpit.terminal import Terminal
from cpit.tube import lire_lignes
from cpit.typographie import pluriel
from cpit.verrou import verrouiller


@dataclass(frozen=True)
class Demande:
    """Ce que la commande a reçu en options ; ``identite`` ne porte que les champs donnés.

    ``referentiel`` : celui qu’on a nommé. Sans lui, une reprise garde celui de la passation, et une passation
    neuve prend le référentiel par défaut.
    """

    dossier: Path
    referentiel: Referentiel | None = None
    reprendre: Path | None = None
    identite: Mapping[str, str] = field(default_factory=dict)
    profil: Mapping[str, str] = field(default_factory=dict)
    sans_profil: bool = False


def mener_seance(terminal: Terminal, demande: Demande, horloge: Horloge) -> tuple[Restitution, Path]:
    """Mène une séance jusqu’au bout et rend la restitution et le fichier de la passation.

    :raises Interruption: si l’entrée se ferme ou si la personne interrompt ; tout est enregistré.
    :raises Quitter: si elle demande à s’arrêter ; tout est enregistré.
    :raises ErreurCpit: fichier à reprendre illisible, verrou tenu, écriture impossible, lignes refusées.
    """
    with _interruption(terminal):
        reprise = _choisir_reprise(terminal, demande)
        chemin, passation, referentiel = reprise or _nouvelle(terminal, demande)
    confirmer = terminal.confirmer if terminal.interactif else None
    with verrouiller(chemin, confirmer):
        montrer_anomalies(terminal, preparer(chemin))
        carnet = Carnet(chemin, terminal, horloge)
        if terminal.interactif:
            questionnaire = Questionnaire(referentiel, passation, terminal, carnet.ecrire)
            fini = _interroger(questionnaire, carnet, sans_profil=demande.sans_profil)
        else:
            fini = _lire_le_tube(terminal, referentiel, carnet, passation)
        termine = carnet.ecrire(replace(fini, terminee=horloge()))
    return restituer(referentiel, termine), carnet.chemin


def nombre_de_reponses(passation: Passation) -> int:
    """Items vus : répondus, sans objet ou laissés sans réponse."""
    return sum(r.etat is not Etat.PAS_ENCORE_VU for r in passation.reponses.values())


def _nouvelle(terminal: Terminal, demande: Demande) -> tuple[Path, Passation, Referentiel]:
    referentiel = demande.referentiel or charger(trouver_referentiel(None))
    passation = replace(Passation.nouvelle(referentiel, **demande.identite), profil=demande.profil)
    if terminal.interactif:
        accueillir(terminal, referentiel, str(demande.dossier.resolve()))
        passation = demander_identite(terminal, passation, frozenset(demande.identite))
    return nouveau_chemin(demande.dossier, passation), passation, referentiel


def _interroger(questionnaire: Questionnaire, carnet: Carnet, *, sans_profil: bool) -> Passation:
    with _interruption(questionnaire.terminal, carnet, questionnaire):
        questionnaire.acquitter(questionnaire.passation)
        if not sans_profil:
            demander_profil(questionnaire)
        return questionnaire.mener()


def _lire_le_tube(terminal: Terminal, referentiel: Referentiel, carnet: Carnet, passation: Passation) -> Passation:
    """Prend une réponse par ligne ; s’il en manque, la passation reste inachevée et on le dit."""
    for etape in lire_lignes(referentiel, passation, terminal.entree.read().splitlines()):
        passation = carnet.ecrire(replace(passation, reponses=etape.reponses))
    if nombre_de_reponses(passation) < len(referentiel.items):
        raise _interrompu(passation, carnet)
    return passation


def _interrompu(passation: Passation, carnet: Carnet) -> Interruption:
    nombre = nombre_de_reponses(passation)
    return Interruption([anomalie("interrompu", nombre=nombre, nom=carnet.chemin)])


@contextlib.contextmanager
def _interruption(
    terminal: Terminal, carnet: Carnet | None = None, questionnaire: Questionnaire | None = None
) -> Iterator[None]:
    """Change une interruption en message qui dit où reprendre ; rien n’en dépend pour l’enregistrement."""
    try:
        yield
    except (EOFError, KeyboardInterrupt):
        terminal.dire()
        if carnet is None or questionnaire is None:
            raise Interruption([anomalie("interrompu-sans-fichier")]) from None
        raise _interrompu(questionnaire.passation, carnet) from None
    except Quitter:
        assert carnet is not None
        assert questionnaire is not None
        nombre = nombre_de_reponses(questionnaire.passation)
        terminal.dire(f"Enregistré : {pluriel(nombre, 'réponse')}. Pour reprendre :")
        terminal.copier(f'cpit questionnaire --reprendre "{carnet.chemin}"')
        raise


def _choisir_reprise(terminal: Terminal, demande: Demande) -> tuple[Path, Passation, Referentiel] | None:
    """La passation à reprendre : celle que l’on nomme, sinon une inachevée du dossier, si la personne le veut."""
    if demande.reprendre is not None:
        passation, anomalies = relire(demande.reprendre)
        montrer_anomalies(terminal, anomalies)
        if passation.terminee is not None:
            raise refus("passation-terminee", str(demande.reprendre))
        return demande.reprendre, *_accorder(terminal, passation, demande, demande.reprendre)
    if not terminal.interactif:
        return None
    for chemin, passation in inachevees(demande.dossier):
        vues, qui = nombre_de_reponses(passation), passation.identifiant or "sans code"
        terminal.dire(f"Une passation inachevée est dans ce dossier : {chemin.name} ({qui}).")
        if terminal.confirmer(f"{vues} situations vues sur {len(passation.items)}. La reprendre ?"):
            return chemin, *_accorder(terminal, passation, demande, chemin)
    return None


def _accorder(
    terminal: Terminal, passation: Passation, demande: Demande, chemin: Path
) -> tuple[Passation, Referentiel]:
    """Avec quel référentiel reprendre : un référentiel changé n’est jamais appliqué en silence, on demande."""
    origine = passation.referentiel
    if demande.referentiel is None or demande.referentiel.empreinte == origine.empreinte:
        return passation, demande.referentiel or referentiel_de(passation, str(chemin))
    nouveau = demande.referentiel
    gardes = len(items_identiques(passation, nouveau))
    change = refus(
        "referentiel-change",
        str(chemin),
        avant=f"{origine.identifiant} {origine.version}",
        apres=f"{nouveau.identifiant} {nouveau.version}",
        empreinte=origine.empreinte[:12],
        identiques=gardes,
        total=len(passation.items),
    )
    if not terminal.interactif:
        raise change
    terminal.dire(f"Le référentiel donné n'est pas celui de la passation ({origine.identifiant} {origine.version}).")
    if terminal.confirmer("Continuer avec celui de la passation ?"):
        return passation, referentiel_de(passation, str(chemin))
    question = f"Passer au nouveau, en ne gardant que les réponses aux {gardes} items identiques ?"
    if not terminal.confirmer(question, defaut=False):
        raise change
    return reporter(passation, nouveau), nouveau

"""Une séance de questionnaire de bout en bout : reprise, verrou, questions, enregistrement."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cpit.affichage.anomalies import montrer_anomalies
from cpit.chargement import charger
from cpit.coeur.modele import Referentiel
from cpit.coeur.passation import Etat, Passation, items_identiques, reporter
from cpit.coeur.restitution import Restitution, restituer
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import ACopier, ErreurCpit, Interruption, anomalie, refus
from cpit.gestes.carnet import Carnet, Horloge, autre_emplacement
from cpit.gestes.tube import ENTREE, items_a_repondre, lignes_de, lire_lignes
from cpit.questionnaire import Questionnaire, Quitter, accueillir, demander_identite, demander_profil
from cpit.relecture import referentiel_de
from cpit.sauvegarde import inachevees, nouveau_chemin, preparer, relire
from cpit.terminal import Terminal
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


@dataclass
class _Fil:
    """Où en est la séance, pour le dire si elle s’arrête."""

    terminal: Terminal
    carnet: Carnet | None = None

    def dire_ou_reprendre(self, mot: str) -> None:
        """Dit ce qui est gardé et la commande pour reprendre ; le chemin se copie tel quel."""
        ecrite = self.carnet.ecrite if self.carnet else None
        if self.carnet is None or ecrite is None:
            self.terminal.dire(f"{mot} : rien de nouveau n'est enregistré.")
            return
        self.terminal.dire(f"{mot} : {en_vues(nombre_de_vues(ecrite))} sur {len(ecrite.items)}. Pour reprendre :")
        self.terminal.copier(commande_de_reprise(self.carnet.chemin))


def mener_seance(terminal: Terminal, demande: Demande, horloge: Horloge) -> tuple[Restitution, Path]:
    """Mène une séance jusqu’au bout et rend la restitution et le fichier de la passation.

    :raises Interruption: si l’entrée se ferme ou si la personne interrompt ; tout est enregistré.
    :raises Quitter: si elle demande à s’arrêter ; tout est enregistré.
    :raises ErreurCpit: fichier à reprendre illisible, verrou tenu, écriture impossible, lignes refusées.
    """
    fil = _Fil(terminal)
    with _interruption(fil), contextlib.ExitStack() as pile:
        carnet, passation, referentiel = _ouvrir(terminal, demande, horloge, pile)
        fil.carnet = carnet
        if terminal.interactif:
            questionnaire = Questionnaire(referentiel, passation, terminal, carnet.ecrire)
            fini = _interroger(questionnaire, sans_profil=demande.sans_profil)
        else:
            fini = _lire_le_tube(terminal, referentiel, carnet, passation)
        termine = carnet.ecrire(replace(fini, terminee=horloge()))
    return restituer(referentiel, termine), carnet.chemin


def nombre_de_vues(passation: Passation) -> int:
    """Items vus : répondus, sans objet ou laissés sans réponse."""
    return sum(r.etat is not Etat.PAS_ENCORE_VU for r in passation.reponses.values())


def en_vues(nombre: int) -> str:
    """« 1 situation vue », « 3 situations vues »."""
    return pluriel(nombre, "situation vue", "situations vues")


def commande_de_reprise(chemin: Path) -> str:
    """La commande à copier pour reprendre une passation."""
    nom = f'"{chemin}"' if os.name == "nt" else shlex.quote(str(chemin))
    return f"cpit questionnaire --reprendre {nom}"


def _ouvrir(
    terminal: Terminal, demande: Demande, horloge: Horloge, pile: contextlib.ExitStack
) -> tuple[Carnet, Passation, Referentiel]:
    """Choisit la passation et prend son verrou, gardé jusqu’à la fermeture de ``pile``."""
    reprise = _choisir_reprise(terminal, demande)
    if reprise is None:
        passation, referentiel = _nouvelle(terminal, demande)
        return _prendre_un_nom(terminal, demande.dossier, passation, horloge, pile), passation, referentiel
    chemin, passation, referentiel = reprise
    passation = replace(passation, profil={**passation.profil, **demande.profil})
    confirmer = terminal.confirmer if terminal.interactif else None
    try:
        tenu = pile.enter_context(verrouiller(chemin, confirmer))
    except OSError as erreur:
        ailleurs = autre_emplacement(terminal, chemin, erreur)
        return _prendre_un_nom(terminal, ailleurs.parent, passation, horloge, pile), passation, referentiel
    _verifier_inchangee(chemin, passation.revision)
    montrer_anomalies(terminal, preparer(chemin))
    return Carnet(chemin, terminal, horloge, tenu), passation, referentiel


def _prendre_un_nom(
    terminal: Terminal, dossier: Path, passation: Passation, horloge: Horloge, pile: contextlib.ExitStack
) -> Carnet:
    """Un carnet sous un nom libre ; deux séances lancées ensemble n’en prennent jamais le même."""
    while True:
        chemin = nouveau_chemin(dossier, passation)
        try:
            with contextlib.ExitStack() as essai:
                tenu = essai.enter_context(verrouiller(chemin))
                if not chemin.exists():
                    pile.enter_context(essai.pop_all())
                    return Carnet(chemin, terminal, horloge, tenu)
        except OSError as erreur:
            dossier = autre_emplacement(terminal, chemin, erreur).parent
        except ErreurCpit:
            continue  # une autre séance vient de prendre ce nom


def _verifier_inchangee(chemin: Path, revision: int) -> None:
    """Refuse si une autre séance a écrit entre notre lecture et notre verrou : ses réponses seraient perdues."""
    if relire(chemin)[0].revision != revision:
        raise refus("change-entre-temps", str(chemin))


def _nouvelle(terminal: Terminal, demande: Demande) -> tuple[Passation, Referentiel]:
    referentiel = demande.referentiel or charger(trouver_referentiel(None))
    passation = replace(Passation.nouvelle(referentiel, **demande.identite), profil=demande.profil)
    if terminal.interactif:
        accueillir(terminal, referentiel, str(demande.dossier.resolve()))
        passation = demander_identite(terminal, passation, frozenset(demande.identite))
    return passation, referentiel


def _interroger(questionnaire: Questionnaire, *, sans_profil: bool) -> Passation:
    questionnaire.acquitter(questionnaire.passation)
    # Qui a déjà vu une situation a déjà passé les questions de profil qu’il laisse vides.
    if not sans_profil and not nombre_de_vues(questionnaire.passation):
        demander_profil(questionnaire)
    return questionnaire.mener()


def _lire_le_tube(terminal: Terminal, referentiel: Referentiel, carnet: Carnet, passation: Passation) -> Passation:
    """Prend une réponse par ligne ; s’il en manque, la passation reste inachevée et on le dit."""
    attendues = len(items_a_repondre(referentiel, passation))
    etapes = lire_lignes(referentiel, passation, lignes_de(terminal.entree)) if attendues else []
    for etape in etapes:
        passation = carnet.ecrire(replace(passation, reponses=etape.reponses))
    if len(etapes) < attendues:
        reprise = commande_de_reprise(carnet.chemin)
        mots = {"lues": len(etapes), "attendues": attendues, "reprise": ACopier(reprise)}
        raise Interruption([anomalie("lignes-manquantes", ENTREE, **mots)])
    return passation


@contextlib.contextmanager
def _interruption(fil: _Fil) -> Iterator[None]:
    """Change une interruption en message qui dit où reprendre ; rien n’en dépend pour l’enregistrement."""
    try:
        yield
    except (EOFError, KeyboardInterrupt):
        fil.terminal.dire()
        fil.dire_ou_reprendre("Interrompu")
        raise Interruption([]) from None
    except Quitter:
        fil.dire_ou_reprendre("Enregistré" if fil.carnet else "Quitté")
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
        # Qui donne un code ne se voit pas proposer la passation de quelqu’un d’autre.
        if any(getattr(passation, champ) != valeur for champ, valeur in demande.identite.items()):
            continue
        vues, qui = nombre_de_vues(passation), passation.identifiant or "sans code"
        terminal.dire(f"Une passation inachevée est dans ce dossier ({qui}) :")
        terminal.copier(chemin.name)
        if terminal.confirmer(f"{en_vues(vues)} sur {len(passation.items)}. La reprendre ?"):
            relue, anomalies = relire(chemin)
            montrer_anomalies(terminal, anomalies)
            return chemin, *_accorder(terminal, relue, demande, chemin)
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
        "reprise-referentiel-change",
        str(chemin),
        avant=f"{origine.identifiant} {origine.version}",
        apres=f"{nouveau.identifiant} {nouveau.version}",
        empreinte=origine.empreinte[:12],
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

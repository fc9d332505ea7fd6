"""Les commandes « mes-donnees » et « effacer » : fouiller, montrer, remettre ou effacer, dire ce qui reste."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cpit.affichage.ecran_anomalies import montrer_anomalies
from cpit.coeur.coherence import proche
from cpit.droits.effacement import effacer_les_siens
from cpit.droits.fouille import fouiller, pseudonyme_sous
from cpit.droits.marques import Identite, Inventaire, normaliser_code
from cpit.droits.remise import hors_d_atteinte, mention_en_mots, place_en_mots, remettre
from cpit.erreurs import Anomalie, ErreurCpit, MauvaisEmploi, anomalie, refus
from cpit.gestes.actions import maintenant
from cpit.passations.sauvegarde import nom_sur
from cpit.terminal import Terminal
from cpit.typographie import pluriel

_MONTRES = 200
"""Fichiers listés à l’écran ; la remise les a tous."""


@dataclass(frozen=True)
class DemandeDroits:
    """Ce que les deux commandes ont reçu ; ``cle`` : la clé d’une étude, rangée ailleurs que dans le dossier."""

    code: str
    dossier: Path
    cle: Path | None = None


def rassembler(terminal: Terminal, erreurs: Terminal, demande: DemandeDroits, sortie: Path | None) -> None:
    """Montre ce que le dossier garde d’une personne, et l’écrit dans un dossier à lui remettre.

    :raises MauvaisEmploi: code vide.
    :raises ErreurCpit: dossier ou clé introuvable, personne introuvable, dossier de sortie pris ou impossible.
    """
    identite = _identifier(demande)
    sortie = sortie or Path(nom_sur("mes-donnees", identite.code))
    inventaire = _fouiller(erreurs, demande, identite, sortie)
    if inventaire.vide:
        montrer_anomalies(erreurs, _reserves(inventaire))
        mots = {"code": identite.code, "fichiers": inventaire.fichiers}
        raise refus(
            "personne-introuvable",
            str(demande.dossier),
            **mots,
            proche=proche(identite.code, sorted(inventaire.connus - {identite.code})),
        )
    _montrer(terminal, inventaire)
    remettre(inventaire, sortie, date=maintenant())
    terminal.dire()
    terminal.dire("Remise écrite dans :")
    terminal.copier(str(sortie.resolve()))
    montrer_anomalies(erreurs, _reserves(inventaire))


def effacer(terminal: Terminal, erreurs: Terminal, demande: DemandeDroits, *, oui: bool) -> None:
    """Efface les fichiers d’une personne, après confirmation, et dit ce qui ne peut pas l’être d’ici.

    :raises MauvaisEmploi: code vide, ou rien pour confirmer.
    :raises ErreurCpit: dossier ou clé introuvable ; (après avoir effacé le reste) des fichiers qui résistent.
    """
    identite = _identifier(demande)
    inventaire = _fouiller(erreurs, demande, identite, None)
    _montrer(terminal, inventaire)
    if not inventaire.siens:
        terminal.dire("Aucun fichier à effacer.")
        montrer_anomalies(erreurs, [*_restes(inventaire), *_reserves(inventaire)])
        return
    if not oui and not _confirmer(terminal, len(inventaire.siens)):
        terminal.dire("Rien n'a été effacé.")
        return
    effaces, resistances = effacer_les_siens(inventaire, identite, terminal.confirmer if terminal.interactif else None)
    terminal.dire()
    terminal.dire(f"{pluriel(effaces, 'fichier effacé', 'fichiers effacés')}.")
    montrer_anomalies(erreurs, [*_restes(inventaire), *_reserves(inventaire)])
    terminal.dire("D'ici, cpit ne peut pas atteindre :")
    for phrase in hors_d_atteinte(inventaire):
        terminal.dire(f"- {phrase}", retrait=2, suite=4)
    if resistances:
        raise ErreurCpit(resistances)


def _identifier(demande: DemandeDroits) -> Identite:
    code = normaliser_code(demande.code)
    if not code:
        raise MauvaisEmploi([anomalie("code-vide")])
    if demande.cle is None:
        return Identite(code)
    return Identite(code, frozenset({pseudonyme_sous(demande.cle, code)}))


def _fouiller(erreurs: Terminal, demande: DemandeDroits, identite: Identite, sauf: Path | None) -> Inventaire:
    if not demande.dossier.is_dir():
        raise refus("dossier-introuvable", str(demande.dossier), nom=demande.dossier)
    with erreurs.progression("Fouille") as progres:
        return fouiller(demande.dossier, identite, sauf=sauf, progres=progres)


def _confirmer(terminal: Terminal, nombre: int) -> bool:
    if not terminal.interactif:
        raise MauvaisEmploi([anomalie("effacer-sans-confirmation")])
    question = f"Effacer définitivement {pluriel(nombre, 'fichier')} ?"
    return terminal.confirmer(question, defaut=False)


def _montrer(terminal: Terminal, inventaire: Inventaire) -> None:
    terminal.dire(f"Dossier fouillé : {inventaire.racine}", tel_quel=True)
    if inventaire.siens:
        terminal.dire(f"À cette personne seule, {pluriel(len(inventaire.siens), 'fichier')} :")
    for trouvaille in inventaire.siens[:_MONTRES]:
        nom = " (d’après son nom)" if trouvaille.par_le_nom else ""
        terminal.dire(f"{trouvaille.sorte} : {inventaire.relatif(trouvaille.chemin)}{nom}", retrait=2, suite=4)
    if len(inventaire.siens) > _MONTRES:
        terminal.dire(f"… et {len(inventaire.siens) - _MONTRES} autres.", retrait=2)
    if inventaire.mentions:
        terminal.dire("Avec d'autres personnes, ou seulement cité :")
    for mention in inventaire.mentions[:_MONTRES]:
        terminal.dire(mention_en_mots(inventaire, mention), retrait=2, suite=4, tel_quel=True)


def _restes(inventaire: Inventaire) -> Iterator[Anomalie]:
    """Ce qui n’est pas effacé parce que d’autres personnes y sont, ou peut-être : une fois par fichier."""
    par_fichier: dict[Path, list[int]] = {}
    siennes = _etudes_de_la_personne(inventaire)
    for rang, mention in enumerate(inventaire.mentions):
        if mention.chemin.parent not in siennes:
            par_fichier.setdefault(mention.chemin, []).append(rang)
    for chemin, rangs in par_fichier.items():
        sure = any(inventaire.mentions[rang].sure for rang in rangs)
        ou = " ; ".join(filter(None, (place_en_mots(inventaire.mentions[rang]) for rang in rangs)))
        yield anomalie("ligne-partagee" if sure else "code-cite", str(chemin), ou=f" ({ou})" if ou else "")


def _reserves(inventaire: Inventaire) -> Iterator[Anomalie]:
    """Ce qu’on ne sait pas, ou ne voit pas."""
    for doute in inventaire.doutes:
        yield anomalie("fichier-douteux", str(doute.chemin), raison=doute.raison)
    for voisin, nombre in sorted(inventaire.voisins.items()):
        yield anomalie("code-voisin", voisin=voisin, code=inventaire.code, nombre=nombre)
    siennes = _etudes_de_la_personne(inventaire)
    for etude in inventaire.etudes:
        yield anomalie("export-de-la-personne" if etude in siennes else "export-pseudonymise", str(etude))


def _etudes_de_la_personne(inventaire: Inventaire) -> set[Path]:
    """Les exports où une clé a retrouvé la personne : un export se refait en entier, jamais ligne à ligne."""
    return {mention.chemin.parent for mention in inventaire.mentions if mention.sure} & set(inventaire.etudes)

"""Des arrêts forcés, au hasard : qui répond, qui tient son plan et ses traces, puis des séances dans un vrai terminal.

    nice -n 19 python tests/campagnes/coupures.py --nombre 1000

``--nombre`` arrêts de chaque boucle, et le dixième dans un pseudo-terminal. Une réponse est acquittée quand
l’enregistrement a rendu la main (la boucle), ou quand la question suivante s’est affichée (le terminal) : elle doit
alors se relire.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_terminal import EXEMPLE, INSTANT, faux_terminal, horloge
from aides import livre, passation_de

from campagnes.commun import Promesse, principal
from cpit.coeur.passation import Etat, repondu
from cpit.passations.cahiers import Cahiers
from cpit.passations.sauvegarde import dater, enregistrer, preparer, relire_fichier
from cpit.questionnaire.seance import Carnet


def enregistrer_sans_fin(chemin: Path, acquits: int) -> None:
    """Ce que fait une séance : tenir le fichier, enregistrer, puis seulement acquitter. Tourne jusqu’à sa mort."""
    passation, _ = relire_fichier(chemin)
    carnet = Carnet(chemin, faux_terminal(), horloge)
    while True:
        item = passation.items[passation.revision % len(passation.items)]
        passation = carnet.ecrire(passation.avec_reponse(item.code, repondu(passation.revision % 5)))
        os.write(acquits, passation.revision.to_bytes(8, "big"))


def noter_sans_fin(dossier: Path, acquits: int) -> None:
    """Un pas, une trace, une situation à soi, à tour de rôle, acquittés une fois écrits : le plan et les traces."""
    cahiers = Cahiers(dossier, "R01")
    ecrites = cahiers.traces()[0].revision + cahiers.plan()[0].revision
    while True:
        tour = ecrites % 3
        if tour == 0:
            cahiers.changer_pas(1, INSTANT, textes={"quoi": f"pas {ecrites}"})
        elif tour == 1:
            cahiers.ajouter_trace("C3C", {"situation": f"trace {ecrites}"}, INSTANT)
        else:
            cahiers.ajouter_situation(f"situation {ecrites}", "C8", "catalyse", INSTANT)
        ecrites += 1
        os.write(acquits, ecrites.to_bytes(8, "big"))


def couper(chemin: Path, hasard: random.Random, sans_fin: Callable[[Path, int], None] = enregistrer_sans_fin) -> int:
    """Lance une séance, la tue à un instant quelconque, et rend la dernière révision qu’elle a acquittée."""
    lecture, ecriture = os.pipe()
    enfant = os.fork()
    if enfant == 0:
        try:
            sans_fin(chemin, ecriture)
        finally:
            os._exit(3)
    os.close(ecriture)
    acquits = os.read(lecture, 8)
    time.sleep(hasard.uniform(0, 0.012))
    os.kill(enfant, signal.SIGKILL)
    _, etat = os.waitpid(enfant, 0)
    while bloc := os.read(lecture, 1 << 16):
        acquits += bloc
    os.close(lecture)
    assert os.WIFSIGNALED(etat), "la séance s’est arrêtée d’elle-même : l’essai ne prouve rien"
    return int.from_bytes(acquits[-8:], "big")


def couper_la_boucle(dossier: Path, nombre: int, graine: int) -> list[Promesse]:
    """Des arrêts de la boucle d’enregistrement, à des instants quelconques."""
    hasard = random.Random(graine)
    gardees = Promesse("Enregistrement coupé (`kill -9`) : aucune réponse acquittée n’est perdue", "arrêts")
    intact = Promesse("Enregistrement coupé : le fichier principal se relit tel quel", "arrêts")
    balaye = Promesse("Enregistrement coupé : la reprise ne laisse aucun temporaire", "arrêts")
    en_pleine_ecriture = 0
    chemin = dossier / "passation.json"
    enregistrer(dater(passation_de(livre()), INSTANT), chemin)
    for rang in range(nombre):
        acquittee = couper(chemin, hasard)
        lue, anomalies = relire_fichier(chemin)
        manque = lue.revision < acquittee
        gardees.juger(*[f"coupure {rang} : acquittée {acquittee}, relue {lue.revision}"] * manque)
        intact.juger(*(f"coupure {rang} : {une.quoi}" for une in anomalies))
        en_pleine_ecriture += bool(list(dossier.glob(".*.tmp")))
        preparer(chemin)
        balaye.juger(*(f"coupure {rang} : {reste.name}" for reste in dossier.glob(".*.tmp")))
    gardees.unite = f"arrêts, dont {en_pleine_ecriture} en pleine écriture"
    # Une coupure qui ne tombe jamais pendant une écriture ne prouverait rien.
    assert en_pleine_ecriture > nombre / 10
    return [gardees, intact, balaye]


def couper_les_cahiers(dossier: Path, nombre: int, graine: int) -> list[Promesse]:
    """Des arrêts de qui écrit son plan, ses traces et ses situations, à des instants quelconques."""
    hasard = random.Random(graine)
    gardes = Promesse("Plan, traces, situations coupés (`kill -9`) : rien d’acquitté n’est perdu", "arrêts")
    balayes = Promesse("Plan, traces, situations coupés : le geste suivant ne laisse ni temporaire ni verrou", "arrêts")
    shutil.copy(EXEMPLE, dossier)
    cahiers = Cahiers(dossier, "R01")
    cahiers.ajouter_pas("C3C", {"quoi": "un pas"}, INSTANT)
    en_pleine_ecriture = 0
    for rang in range(nombre):
        acquittees = couper(dossier, hasard, noter_sans_fin)
        (plan, dites), (traces, autres) = cahiers.plan(), cahiers.traces()
        relues = plan.revision + traces.revision
        perdues = [f"coupure {rang} : {acquittees} acquittées, {relues} relues"] if relues < acquittees else []
        gardes.juger(*perdues, *(f"coupure {rang} : {une.quoi}" for une in (*dites, *autres)))
        en_pleine_ecriture += bool(list(dossier.glob(".*.tmp")))
        _laisser_passer_deux_secondes(dossier)
        cahiers.changer_pas(1, INSTANT, textes={"quoi": f"repris {rang}"})
        cahiers.ajouter_trace("C1P", {"situation": f"reprise {rang}"}, INSTANT)
        restes = [reste.name for reste in dossier.iterdir() if reste.suffix in {".tmp", ".verrou", ".abime"}]
        balayes.juger(*(f"coupure {rang} : {reste}" for reste in restes))
        if traces.revision > 60:
            for ecrit in dossier.glob("traces-*"):
                ecrit.unlink()
            cahiers.ajouter_trace("C1P", {"situation": "neuve"}, INSTANT)
    gardes.unite = f"arrêts, dont {en_pleine_ecriture} en pleine écriture"
    # Un geste lit surtout : une coupure sur douze, à peu près, y tombe pendant une écriture.
    assert en_pleine_ecriture or nombre < 100
    return [gardes, balayes]


def _laisser_passer_deux_secondes(dossier: Path) -> None:
    """Un verrou créé et pas encore écrit quand on l’a tué ne retient plus personne au bout de deux secondes."""
    for verrou in dossier.glob(".*.verrou"):
        if not verrou.read_bytes():
            os.utime(verrou, (0, 0))


def couper_une_seance(dossier: Path, hasard: random.Random) -> list[str]:
    """Une séance au terminal, arrêtée entre deux touches ou pendant que cpit travaille ; rend ce qui manque."""
    from test_terminal_reel import SEANCE, Poste

    poste = Poste(*SEANCE, "--sans-profil", dossier=dossier)
    donnees = [str(hasard.randint(1, 4)) for _ in range(hasard.randint(0, 5))]
    poste.taper(*donnees)
    if hasard.random() < 0.5:
        poste.attendre()
        acquittees = donnees
    else:
        acquittees = donnees[:-1]
        time.sleep(hasard.uniform(0, 0.02))
    poste.processus.kill(hasard.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP]))
    poste.finir()
    fichiers = list(dossier.glob("*.json"))
    if not fichiers:
        return [f"{len(acquittees)} réponses, aucun fichier"] if acquittees else []
    passation, anomalies = relire_fichier(fichiers[0])
    etats = [passation.reponse(item.code) for item in passation.items]
    lues = [str(r.valeur) for r in etats if r.etat is Etat.REPONDU]
    fautes = [f"acquittées {acquittees}, relues {lues}"] if lues[: len(acquittees)] != acquittees else []
    return [*fautes, *(une.quoi for une in anomalies)]


def jouer(nombre: int, graine: int) -> list[Promesse]:
    """La campagne entière."""
    with tempfile.TemporaryDirectory() as dossier:
        promesses = couper_la_boucle(Path(dossier), nombre, graine)
    with tempfile.TemporaryDirectory() as dossier:
        promesses += couper_les_cahiers(Path(dossier), nombre, graine)
    hasard = random.Random(graine)
    seances = Promesse("Séance au terminal coupée (signaux tirés au sort) : rien d’affiché n’est perdu", "arrêts")
    for rang in range(max(1, nombre // 10)):
        with tempfile.TemporaryDirectory() as dossier:
            fautes = couper_une_seance(Path(dossier), hasard)
            seances.juger(*(f"séance {rang} : {faute}" for faute in fautes))
    return [*promesses, seances]


if __name__ == "__main__":
    principal(jouer, 1000)

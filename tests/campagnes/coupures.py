"""Des arrêts forcés, au hasard : la boucle d’enregistrement d’une séance, puis des séances dans un vrai terminal.

    nice -n 19 python tests/campagnes/coupures.py --nombre 1000

``--nombre`` arrêts de la boucle, et le dixième dans un pseudo-terminal. Une réponse est acquittée quand
l’enregistrement a rendu la main (la boucle), ou quand la question suivante s’est affichée (le terminal) : elle doit
alors se relire.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_terminal import INSTANT, faux_terminal, horloge
from aides import livre, passation_de

from campagnes.commun import Promesse, principal
from cpit.coeur.passation import Etat, repondu
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


def couper(chemin: Path, hasard: random.Random) -> int:
    """Lance une séance, la tue à un instant quelconque, et rend la dernière révision qu’elle a acquittée."""
    lecture, ecriture = os.pipe()
    enfant = os.fork()
    if enfant == 0:
        try:
            enregistrer_sans_fin(chemin, ecriture)
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
    hasard = random.Random(graine)
    seances = Promesse("Séance au terminal coupée (signaux tirés au sort) : rien d’affiché n’est perdu", "arrêts")
    for rang in range(max(1, nombre // 10)):
        with tempfile.TemporaryDirectory() as dossier:
            fautes = couper_une_seance(Path(dossier), hasard)
            seances.juger(*(f"séance {rang} : {faute}" for faute in fautes))
    return [*promesses, seances]


if __name__ == "__main__":
    principal(jouer, 1000)

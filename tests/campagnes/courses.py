"""Des courses : deux séances sur un fichier, un dossier changé en lien, une horloge qui recule, un export coupé.

    nice -n 19 python tests/campagnes/courses.py --nombre 200

``--nombre`` passages pour les séances et les fichiers à effacer ; le vingtième pour les exports.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_terminal import EXEMPLE, ecran, faux_terminal, horloge, minimal
from aides import passation_de

from campagnes.commun import Promesse, principal
from cpit import ErreurCpit, effacer
from cpit.cli import executer
from cpit.coeur.passation import Passation, repondu
from cpit.formats import durable
from cpit.formats.appartenance import changements, lire_manifeste
from cpit.formats.passation_json import lire_passation
from cpit.passations.sauvegarde import chemin_du_verrou, relire_fichier
from cpit.questionnaire.seance import Carnet

CODE = "R01"

# --- deux séances -----------------------------------------------------------------------------------------------------


class Joueuse:
    """Une séance, et ce qu’elle a acquitté : chaque réponse porte sa marque, qui doit se lire quelque part à la fin."""

    def __init__(self, nom: str, chemin: Path, ailleurs: Path) -> None:
        self.nom, self.acquittees = nom, list[str]()
        self.carnet: Carnet | None = Carnet(chemin, faux_terminal([str(ailleurs)] * 20), horloge)
        self.passation = relire_fichier(chemin)[0] if chemin.exists() else passation_de(minimal())

    def repondre(self, rang: int) -> None:
        """Donne une réponse marquée ; refusée, la séance s’arrête, comme au terminal."""
        if self.carnet is None:
            return
        item = self.passation.items[rang % len(self.passation.items)]
        marque = f"{self.nom}{rang}"
        trace = f"{self.passation.reponse(item.code).trace} {marque}"
        try:
            self.passation = self.carnet.ecrire(self.passation.avec_reponse(item.code, repondu(1, trace)))
            self.acquittees.append(marque)
        except ErreurCpit:
            self.partir()

    def partir(self) -> None:
        """Rend le verrou."""
        if self.carnet is not None:
            self.carnet.fermer()
        self.carnet = None


def deux_seances(dossier: Path, hasard: random.Random) -> list[str]:
    """A et B répondent tour à tour ; le disque se remplit, un verrou disparaît, chacune change de dossier."""
    chemin, ailleurs = dossier / "p.json", dossier / "ailleurs"
    ailleurs.mkdir()
    a = Joueuse("A", chemin, ailleurs)
    a.repondre(0)
    b: Joueuse | None = None
    for rang in range(1, 14):
        geste = hasard.randrange(6)
        if geste == 0:
            with plein():
                a.repondre(rang)
        elif geste == 1 and a.carnet is not None:
            chemin_du_verrou(a.carnet.chemin).unlink(missing_ok=True)
        elif geste == 2 and a.carnet is not None and (b is None or b.carnet is None):
            b = _reprendre(a.carnet.chemin, ailleurs, b)
        elif geste in (3, 4) and b is not None:
            b.repondre(rang)
        else:
            a.repondre(rang)
    for joueuse in (a, b):
        if joueuse is not None:
            joueuse.partir()
    gardees = " ".join(trace for p in dossier.rglob("*.json") for trace in _traces(lire_passation(p))).split()
    acquittees = [*a.acquittees, *(b.acquittees if b else ())]
    return [marque for marque in acquittees if marque not in gardees]


def _reprendre(chemin: Path, ailleurs: Path, avant: Joueuse | None) -> Joueuse:
    b = Joueuse("B", chemin, ailleurs)
    b.acquittees = avant.acquittees if avant else []
    return b


def _traces(passation: Passation) -> Iterator[str]:
    yield from (reponse.trace for reponse in passation.reponses.values())


@contextlib.contextmanager
def plein() -> Iterator[None]:
    """Un disque plein, le temps d’un seul appel."""
    vrai = os.fsync

    def fsync(_descripteur: int) -> None:
        os.fsync = vrai
        raise OSError(errno.ENOSPC, "plein")

    os.fsync = fsync
    try:
        yield
    finally:
        os.fsync = vrai


def sans_verrous(dossier: Path) -> list[str]:
    """Un disque où rien ne se crée de façon exclusive : cpit le dit, et n’écrit pas sans verrou."""
    vrai = os.open

    def ouvrir(chemin: str, drapeaux: int, *suite: int, **mots: int) -> int:
        if str(chemin).startswith(str(dossier / "sans")) and drapeaux & os.O_EXCL and ".verrou" in str(chemin):
            raise OSError(errno.ENOTSUP, "verrou impossible")
        return vrai(chemin, drapeaux, *suite, **mots)

    for nom in ("sans", "avec"):
        (dossier / nom).mkdir()
    carnet = Carnet(dossier / "sans" / "p.json", faux_terminal([str(dossier / "avec")]), horloge)
    with mock.patch("os.open", ouvrir):
        ecrite = carnet.ecrire(passation_de(minimal(), "12"))
    carnet.fermer()
    fautes = [] if "n'est PAS enregistré" in ecran(carnet.terminal) else ["rien n’a été dit"]
    fautes += [p.name for p in (dossier / "sans").iterdir()]
    return fautes + ([] if relire_fichier(carnet.chemin)[0] == ecrite else ["la suite manque"])


def horloge_qui_recule(dossier: Path, hasard: random.Random) -> list[str]:
    """L’ordre des enregistrements ne dépend pas de l’heure : la dernière révision est celle qui se relit."""
    instants = [f"20{hasard.randrange(10, 40)}-01-01T00:00:00+00:00" for _ in range(8)]
    suite = iter(instants)
    carnet = Carnet(dossier / "p.json", faux_terminal(), lambda: next(suite))
    passation = passation_de(minimal())
    for rang, item in enumerate([*passation.items, *passation.items[:2]]):
        passation = carnet.ecrire(passation.avec_reponse(item.code, repondu(rang % 4 + 1)))
    carnet.fermer()
    return [] if relire_fichier(dossier / "p.json") == (passation, ()) else ["une révision plus ancienne se relit"]


# --- un dossier changé en lien ----------------------------------------------------------------------------------------


def effacer_face_au_lien(dossier: Path, fichiers: int) -> tuple[list[str], int]:
    """Un programme change sans cesse le dossier en lien vers un autre ; rend ce qui manque dehors, et les échanges."""
    dedans, dehors = dossier / "dedans", dossier / "dehors"
    for lieu in (dedans / "sous", dehors):
        lieu.mkdir(parents=True)
        for rang in range(fichiers):
            shutil.copy(EXEMPLE, lieu / f"{rang}.json")
    fini, echanges = threading.Event(), [0]

    def changer() -> None:
        while not fini.is_set():
            with contextlib.suppress(OSError):
                (dedans / "sous").rename(dossier / "a-cote")
                (dedans / "sous").symlink_to(dehors)
            time.sleep(0.0003)
            with contextlib.suppress(OSError):
                (dedans / "sous").unlink()
                (dossier / "a-cote").rename(dedans / "sous")
            echanges[0] += 1
            time.sleep(0.0003)

    fil = threading.Thread(target=changer)

    def confirmer(_inventaire: object) -> bool:
        fil.start()
        return True

    effacer(CODE, dedans, confirmer=confirmer)
    fini.set()
    fil.join()
    restent = {p.name for p in dehors.glob("*.json")}
    return [f"{rang}.json" for rang in range(fichiers) if f"{rang}.json" not in restent], echanges[0]


# --- un export coupé --------------------------------------------------------------------------------------------------


def couper_un_export(dossier: Path, rang: int, *, echange: bool) -> tuple[list[str], bool]:
    """Tue « exporter » à son n-ième changement de nom ; rend ce qui ne va pas, et s’il a été tué."""
    jeu = dossier / "jeu"
    commande = ["exporter", str(EXEMPLE), "--sortie", str(jeu), "--formats", "csv", "--simple"]
    tue = os.waitstatus_to_exitcode(_dans_un_enfant(lambda: _mourir_au(rang, commande, echange=echange))) < 0
    fautes = []
    if echange and not _entier(jeu):
        fautes.append(f"renommage {rang} : la place n’est pas entière")
    _dans_un_enfant(lambda: executer(commande))
    if not _entier(jeu):
        fautes.append(f"renommage {rang} : la commande suivante ne rend pas un export entier")
    return [*fautes, *(f"renommage {rang} : reste {p.name}" for p in dossier.glob(".cpit-*"))], tue


def _entier(jeu: Path) -> bool:
    manifeste = lire_manifeste(jeu)
    return manifeste is not None and changements(jeu, manifeste) == []


def _mourir_au(rang: int, commande: list[str], *, echange: bool) -> int:
    compte = 0

    def mortel(vrai: Callable[..., object]) -> Callable[..., object]:
        def appeler(*arguments: object, **mots: object) -> object:
            nonlocal compte
            compte += 1
            if compte == rang:
                os.kill(os.getpid(), signal.SIGKILL)
            return vrai(*arguments, **mots)

        return appeler

    Path.rename, Path.replace = mortel(Path.rename), mortel(Path.replace)  # type: ignore[method-assign,assignment]
    shutil.rmtree = mortel(shutil.rmtree)  # type: ignore[assignment]
    durable._echanger_d_un_coup = mortel(durable._echanger_d_un_coup if echange else lambda *_: False)
    return executer(commande)


def _dans_un_enfant(action: Callable[[], int]) -> int:
    enfant = os.fork()
    if enfant == 0:
        with Path(os.devnull).open("w") as rien:
            os.dup2(rien.fileno(), 1)
            os.dup2(rien.fileno(), 2)
        os._exit(action())
    return os.waitpid(enfant, 0)[1]


def couper_des_exports(nombre: int, *, echange: bool) -> Promesse:
    """Tue à chaque changement de nom et à chaque ménage, jusqu’à ce que la commande aille au bout."""
    ou = "l’ancien ou le neuf, entier, est en place" if echange else "l’ancien revient à la commande suivante"
    promesse = Promesse(f"Export coupé à chaque renommage, {'avec' if echange else 'sans'} échange d’un coup : {ou}")
    while promesse.essais < nombre:
        with tempfile.TemporaryDirectory() as dossier:
            premier = ["exporter", str(EXEMPLE), "--sortie", f"{dossier}/jeu", "--formats", "csv", "--simple"]
            assert _dans_un_enfant(lambda commande=premier: executer(commande)) == 0
            for rang in range(1, nombre - promesse.essais + 1):
                fautes, tue = couper_un_export(Path(dossier), rang, echange=echange)
                promesse.juger(*fautes)
                if not tue:
                    break
    return promesse


def jouer(nombre: int, graine: int) -> list[Promesse]:
    """La campagne entière."""
    hasard = random.Random(graine)
    seances = Promesse("Deux séances, disques pleins, verrous ôtés, dossiers changés : rien d’acquitté n’est perdu")
    temps = Promesse("Horloge qui recule : la dernière réponse est celle qui se relit")
    verrous = Promesse("Disque sans verrous : rien ne s’y écrit, et c’est dit")
    for rang in range(nombre):
        for promesse, jeu in ((seances, deux_seances), (temps, horloge_qui_recule)):
            with tempfile.TemporaryDirectory() as dossier:
                promesse.juger(*(f"{rang} : {faute}" for faute in jeu(Path(dossier), hasard)))
    with tempfile.TemporaryDirectory() as dossier:
        verrous.juger(*sans_verrous(Path(dossier)))
    liens = Promesse("« effacer » face à un dossier changé en lien : aucun fichier n’est effacé dehors", "fichiers")
    with tempfile.TemporaryDirectory() as dossier:
        fautes, echanges = effacer_face_au_lien(Path(dossier), nombre)
        liens.texte += f" ({echanges} changements)"
        liens.juger(*fautes, essais=nombre)
    coupes = max(2, nombre // 20)
    exports = [couper_des_exports(coupes, echange=echange) for echange in (True, False)]
    return [seances, temps, verrous, liens, *exports]


if __name__ == "__main__":
    principal(jouer, 200)

"""Un appel du système qui échoue, à chaque écriture de chaque commande : disque plein, lecture seule, droits, quota…

    nice -n 19 python tests/campagnes/appels.py --nombre 300

``strace`` compte d’abord les appels d’une commande qui réussit et retient ceux qui touchent à son dossier ; puis,
tirés au sort, chacun échoue une fois, avec chaque erreur. Ce que la commande dit et ce qu’elle laisse est alors jugé.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_terminal import EXEMPLE

from campagnes.commun import Promesse, principal
from cpit import ErreurCpit
from cpit.coeur.passation import Etat
from cpit.export.confidentiel import ouvrir_cle
from cpit.formats.appartenance import changements, lire_manifeste
from cpit.passations.cahiers import Cahiers
from cpit.passations.sauvegarde import relire_fichier

APPELS = (
    *("openat", "write", "fsync", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat"),
    *("mkdir", "rmdir", "chmod"),
)
ERREURS = ("EINTR", "EIO", "ENOSPC", "EROFS", "EACCES", "EDQUOT")
TUBE = "questionnaire --referentiel minimal --code Ana --sans-profil"
_MUET = 3
"""Rang, parmi ce que l’on attend d’un terminal, de l’attente qui a trop duré."""
CODE, AUTRE = "R01", "passation-r02-t0-soi.json"


@dataclass(frozen=True)
class Ecrivain:
    """Une commande qui écrit, et ce qui la juge : d’après son dossier, son code de sortie et ce qu’elle a dit.

    ``deux_fois`` : elle a déjà été jouée une fois, et remplace ce qu’elle avait écrit. ``clavier`` : elle se joue dans
    un pseudo-terminal, ces lignes tapées à mesure.
    """

    commande: str
    juger: Callable[[Path, int, str], Iterator[str]]
    deux_fois: bool = True
    clavier: tuple[str, ...] = ()
    entree: str = ""


def _juger_sortie(nom: str) -> Callable[[Path, int, str], Iterator[str]]:
    def juger(dossier: Path, _code: int, _dit: str) -> Iterator[str]:
        avant, apres = dossier / f"avant.{nom}", dossier / nom
        if not apres.is_file() or not apres.read_bytes():
            yield f"{nom} n’est plus là"
        elif apres.read_bytes() != avant.read_bytes() and not apres.read_bytes().rstrip().endswith((b"}", b"</html>")):
            # Une page et un JSON portent leur date : un autre que l’ancien est au moins entier.
            yield f"{nom} est coupé"

    return juger


def _juger_export(dossier: Path, code: int, _dit: str) -> Iterator[str]:
    manifeste = lire_manifeste(dossier / "jeu")
    if manifeste is None or changements(dossier / "jeu", manifeste):
        yield "le jeu n’est pas entier"
    yield from _juger_cle(dossier, code, "")


def _juger_cle(dossier: Path, code: int, _dit: str) -> Iterator[str]:
    cle = dossier / "jeu.cle"
    if not cle.exists():
        if code == 0:
            yield "la clé manque"
        return
    try:
        ouvrir_cle(cle)
    except ErreurCpit as erreur:
        yield f"clé perdue : {erreur}"


def _juger_effacement(dossier: Path, code: int, _dit: str) -> Iterator[str]:
    if not (dossier / AUTRE).exists():
        yield "la passation d’une autre personne a disparu"
    restes = [p.name for p in dossier.rglob("*") if p.is_file() and f'"{CODE}"'.encode() in p.read_bytes()]
    if code == 0 and restes:
        yield f"dit fait, mais il reste {restes}"


def _juger_formulaires(dossier: Path, code: int, _dit: str) -> Iterator[str]:
    ecrits = list((dossier / "envoi").glob("*.csv"))
    if code == 0 and not ecrits:
        yield "le formulaire manque"
    if any(not p.read_bytes().endswith(b"\n") for p in ecrits):
        yield "un formulaire est coupé"


def _juger_passation(dossier: Path, code: int, dit: str) -> Iterator[str]:
    """Ce qui est dit enregistré se relit ; au terminal, tout ce qui a été tapé finit quelque part."""
    lues = []
    for chemin in dossier.rglob("*.json"):
        try:
            passation, _ = relire_fichier(chemin)
        except ErreurCpit as erreur:
            yield f"{chemin.name} ne se relit pas : {erreur}"
            continue
        if passation.identifiant == "Ana":
            lues.append(sum(passation.reponse(i.code).etat is Etat.REPONDU for i in passation.items))
    plein = max(lues, default=0)
    if code == 0 and plein != 6:
        yield f"terminée avec {plein} réponses sur 6"
    vues = re.findall(r"(\d)/6", dit)
    acquittees = int(vues[-1]) - 1 if vues else 0
    if plein < acquittees:
        yield f"{acquittees} réponses acquittées, {plein} relues"


def _juger_traces(quoi: str) -> Callable[[Path, int, str], Iterator[str]]:
    def juger(dossier: Path, code: int, dit: str) -> Iterator[str]:
        """Ce qui était là y est ; ce qui est dit enregistré aussi."""
        try:
            gardees = getattr(Cahiers(dossier, CODE).traces()[0], quoi)
        except ErreurCpit as erreur:
            yield f"les traces ne se relisent pas : {erreur}"
            return
        attendues = 2 if code == 0 or "Trace enregistrée" in dit or "ajoutée sous" in dit else 1
        if len(gardees) < attendues:
            yield f"code {code} : {len(gardees)} {quoi} relues, {attendues} attendues"

    return juger


def _juger_plan(dossier: Path, code: int, dit: str) -> Iterator[str]:
    """Un pas était là ; le second y est s’il est dit enregistré, et la personne qui réessaie ne retape rien."""
    try:
        pas = Cahiers(dossier, CODE).plan()[0].pas
    except ErreurCpit as erreur:
        yield f"le plan ne se relit pas : {erreur}"
        return
    attendus = 2 if "pas est enregistré" in dit else 1
    if len(pas) < attendus or any(un.quoi != "oser" for un in pas):
        yield f"code {code} : {len(pas)} pas relus, {attendus} attendus"


ECRIVAINS = {
    "questionnaire (terminal)": Ecrivain(
        TUBE, _juger_passation, deux_fois=False, clavier=("", "", "1", "2", "3", "4", "1", "2", "")
    ),
    "questionnaire (tube)": Ecrivain(TUBE, _juger_passation, deux_fois=False, entree="1\n2\n3\n4\n1\n2\n"),
    "cohorte csv": Ecrivain(f"cohorte {EXEMPLE.name} --sortie g.csv", _juger_sortie("g.csv")),
    "cohorte json": Ecrivain(f"cohorte {EXEMPLE.name} --sortie g.json", _juger_sortie("g.json")),
    "cohorte page": Ecrivain(f"cohorte {EXEMPLE.name} --page g.html", _juger_sortie("g.html")),
    "figure": Ecrivain(f"figure carte {EXEMPLE.name} --sortie c.svg", _juger_sortie("c.svg")),
    "exporter": Ecrivain(f"exporter {EXEMPLE.name} --sortie jeu --formats csv", _juger_export),
    "clé": Ecrivain(f"exporter {EXEMPLE.name} --sortie jeu --formats csv", _juger_cle, deux_fois=False),
    "formulaires": Ecrivain("formulaire --format csv --dossier envoi", _juger_formulaires, deux_fois=False),
    "trace": Ecrivain(f"trace {CODE} C3C --situation repas", _juger_traces("traces")),
    "situation": Ecrivain(
        f"trace {CODE} --competence C8 --ingenierie catalyse --situation accueillir", _juger_traces("situations")
    ),
    "plan (terminal)": Ecrivain(
        f"plan --code {CODE}", _juger_plan, clavier=("a", "C3C", "oser", "Paul", "mars", "un accord", "", "", "")
    ),
    "effacer": Ecrivain(f"effacer {CODE} --oui", _juger_effacement, deux_fois=False),
}


def preparer_dossier(dossier: Path, ecrivain: Ecrivain) -> None:
    """Deux passations, une copie, et ce que la commande aurait écrit la veille."""
    for source in (EXEMPLE, EXEMPLE.with_name(AUTRE)):
        shutil.copy(source, dossier)
    shutil.copy(EXEMPLE, dossier / f"{EXEMPLE.name}.bak")
    if ecrivain.deux_fois:
        lancer(dossier, ecrivain)
        for sortie in [p for p in dossier.iterdir() if p.name[:2] in ("g.", "c.")]:
            shutil.copy(sortie, dossier / f"avant.{sortie.name}")


def lancer(dossier: Path, ecrivain: Ecrivain, *avant: str) -> tuple[int, str]:
    """Joue la commande, derrière strace s’il le faut ; rend son code de sortie et tout ce qu’elle a dit."""
    commande = [*avant, sys.executable, "-m", "cpit", *ecrivain.commande.split(), "--simple"]
    env = {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}
    if ecrivain.clavier:
        return _jouer_au_clavier(dossier, commande, ecrivain.clavier, env)
    fait = subprocess.run(
        commande, cwd=dossier, env=env, input=ecrivain.entree.encode(), capture_output=True, timeout=600, check=False
    )
    return fait.returncode, (fait.stdout + fait.stderr).decode("utf-8", "replace")


def _jouer_au_clavier(
    dossier: Path, commande: list[str], touches: tuple[str, ...], env: dict[str, str]
) -> tuple[int, str]:
    import pexpect

    poste = pexpect.spawn(commande[0], commande[1:], cwd=str(dossier), env=env, encoding="utf-8", timeout=40)
    poste.delaybeforesend = None
    dit, suite, tape = "", iter(touches), ""
    # Quand l’écriture échoue, la personne appuie sur Entrée : l’appel suivant réussit. Quand rien ne répond, c’est
    # qu’elle a tapé avant que la question ne soit posée, ce que cpit oublie : elle retape.
    while (vu := poste.expect([pexpect.EOF, r"abandonner\).: $", r"(> |: |\] )$", pexpect.TIMEOUT])) != 0:
        if vu < _MUET:
            dit += poste.before + poste.after
            tape = "" if "abandonner" in poste.after else next(suite, "q")
        poste.sendline(tape)
    dit += poste.before
    poste.close()
    return poste.exitstatus if poste.exitstatus is not None else -1, dit


def relever(strace: str, dossier: Path, ecrivain: Ecrivain) -> list[tuple[str, int]]:
    """Les appels de la commande qui touchent à son dossier : lequel, et son rang parmi les appels de ce nom."""
    journal = dossier.with_suffix(".journal")
    lancer(dossier, ecrivain, strace, "-y", "-o", str(journal), "-e", f"trace={','.join(APPELS)}")
    comptes: Counter[str] = Counter()
    trouves = []
    for ligne in journal.read_text(errors="replace").splitlines():
        appel = ligne.partition("(")[0]
        if appel not in APPELS:
            continue
        comptes[appel] += 1
        if (appel != "openat" or "O_CREAT" in ligne) and _touche(dossier, appel, ligne):
            trouves.append((appel, comptes[appel]))
    return trouves


def _touche(dossier: Path, appel: str, ligne: str) -> bool:
    """Vrai pour un appel qui touche au dossier : par un descripteur, un chemin entier, ou un nom depuis ce dossier."""
    if appel in ("write", "fsync"):
        return re.match(rf"\w+\(\d+<{re.escape(str(dossier))}", ligne) is not None
    depuis = "<" not in ligne.partition('"')[0] or f"<{dossier}" in ligne
    return f'"{dossier}' in ligne or (depuis and re.search(r'"(?!/)[^"]+"', ligne) is not None)


def jouer(nombre: int, graine: int, strace: str = "strace", noms: tuple[str, ...] = tuple(ECRIVAINS)) -> list[Promesse]:
    """La campagne entière."""
    hasard = random.Random(graine)
    promesses = [Promesse(f"« {nom} », un appel échoue : rien de faux, rien de perdu, l’ancien intact") for nom in noms]
    with tempfile.TemporaryDirectory() as racine:
        cas = []
        for nom, promesse in zip(noms, promesses, strict=True):
            dossier = Path(racine, "releve") / nom.split()[-1].strip("()")
            dossier.mkdir(parents=True, exist_ok=True)
            preparer_dossier(dossier, ECRIVAINS[nom])
            appels = relever(strace, dossier, ECRIVAINS[nom])
            assert appels, nom
            cas.append([(promesse, nom, appel, rang, e) for appel, rang in appels for e in ERREURS])
        tires = [un for siens in cas for un in hasard.sample(siens, min(len(siens), max(1, nombre // len(noms))))]
        for numero, (promesse, nom, appel, rang, erreur) in enumerate(tires):
            dossier = Path(racine, str(numero))
            dossier.mkdir()
            preparer_dossier(dossier, ECRIVAINS[nom])
            injection = f"inject={appel}:error={erreur}:when={rang}"
            avant = (strace, "-o", os.devnull, "-e", f"trace={appel}", "-e", injection)
            code, dit = lancer(dossier, ECRIVAINS[nom], *avant)
            fautes = [f"trace de programme : {dit.splitlines()[-1]}"] if "Traceback" in dit else []
            fautes += ECRIVAINS[nom].juger(dossier, code, dit)
            promesse.juger(*(f"{appel} n° {rang}, {erreur} : {faute}" for faute in fautes))
            shutil.rmtree(dossier)
    return promesses


if __name__ == "__main__":
    principal(jouer, 300)

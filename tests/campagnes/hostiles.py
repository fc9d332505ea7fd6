"""Des fichiers hostiles, chacun donné, à côté de sources saines, aux commandes qui pourraient le lire.

    nice -n 19 python tests/campagnes/hostiles.py --nombre 600

Chaque commande tourne dans un processus à part, borné en temps et en mémoire. Elle finit par 0, 1 ou 2, sans trace de
programme ni caractère qui commande un terminal ; les sources saines sont lues et notées comme l’oracle les note, et le
mauvais fichier est nommé. Passé vingt secondes de processeur, il n’a le droit de coûter que ce que coûterait, à la même
commande, une table saine d’autant de personnes. ``--nombre`` au-delà du total les prend tous.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import traceback
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import yaml
from aide_hostiles import CODES, Hostile, fabriquer_tout
from aide_terminal import EXEMPLE
from aides import LIVRE
from oracle import Plan, Valeurs, oracle, plan_ecrit

from campagnes.commun import Promesse, garder, principal
from cpit.cli import executer

SECONDES_MAX, MIO_MAX = 20, 1024
_PLUS_QUE_SAIN = 1.25
"""Ce qu’un fichier peut coûter, passé ``SECONDES_MAX``, d’une table saine d’autant de personnes."""
_ARRET = 90
"""Secondes de processeur au-delà desquelles une commande est arrêtée."""
_CODES_MAX = 1000
"""Lignes au-delà desquelles une table n’est pas donnée pour liste de codes : elle demanderait autant de formulaires."""
PERSONNE = "R01"
"""Le code de la passation saine."""
_RESERVE = 1 << 31
"""Ce qu’un processus peut demander de plus que celui-ci : au-delà du gibioctet jugé, pour le voir passer."""


class Issue(NamedTuple):
    """Ce qu’une commande a donné : son code (ou moins le signal qui l’a tuée), ce qu’elle a dit, ce qu’elle a coûté."""

    code: int
    dit: bytes
    secondes: float
    mio: float


# --- une commande dans un processus borné -----------------------------------------------------------------------------


def lancer(dossier: Path, *arguments: str) -> Issue:
    """Joue une commande depuis un dossier, l’entrée fermée."""
    journal = dossier.with_suffix(".dit")
    enfant = os.fork()
    if enfant == 0:
        _jouer_dans_l_enfant(dossier, journal, arguments)
    _, etat, couts = os.wait4(enfant, 0)
    secondes = couts.ru_utime + couts.ru_stime
    return Issue(os.waitstatus_to_exitcode(etat), journal.read_bytes(), secondes, couts.ru_maxrss / 1024)


def _jouer_dans_l_enfant(dossier: Path, journal: Path, arguments: tuple[str, ...]) -> None:
    code = 1
    try:
        os.chdir(dossier)
        sortie = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for descripteur in (1, 2):
            os.dup2(sortie, descripteur)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, mode, encoding="utf-8") for n, mode in enumerate("rww"))
        sys.stderr.reconfigure(errors="backslashreplace")
        os.environ.update(COLUMNS="400", NO_COLOR="1")
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        plafond = pages * resource.getpagesize() + _RESERVE
        resource.setrlimit(resource.RLIMIT_AS, (plafond, plafond))
        resource.setrlimit(resource.RLIMIT_CPU, (_ARRET, _ARRET))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        code = executer([*arguments, "--simple"])
    except SystemExit as sortie_:
        code = sortie_.code if isinstance(sortie_.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


# --- les sources saines, et ce qu’elles doivent donner ----------------------------------------------------------------


@cache
def plan_livre() -> Plan:
    """Le référentiel livré, lu sans cpit."""
    return plan_ecrit(yaml.safe_load(LIVRE.read_text(encoding="utf-8")))


@cache
def personnes_saines() -> dict[str, Valeurs]:
    """Douze personnes et leurs réponses."""
    hasard = random.Random(7)
    return {f"Saine{n:02d}": {c: hasard.randrange(5) for c in CODES if hasard.random() < 0.95} for n in range(12)}


def en_table(personnes: dict[str, Valeurs]) -> bytes:
    """Une table que rien n’abîme."""
    lignes = [f"{qui};" + ";".join(str(v.get(c, "")) for c in CODES) for qui, v in personnes.items()]
    return "\n".join(["identifiant;" + ";".join(CODES), *lignes, ""]).encode()


def poser_les_saines(dossier: Path, seconde: str) -> dict[str, Valeurs]:
    """Deux sources saines : une table, et une passation ou une seconde table ; rend qui elles portent."""
    personnes = dict(personnes_saines())
    (dossier / "saine.csv").write_bytes(en_table(personnes))
    passation = json.loads(EXEMPLE.read_bytes())
    elle = {c: r["valeur"] for c, r in passation["reponses"].items() if "valeur" in r}
    if seconde == "autre.csv":
        personnes["Voisine"] = elle
        (dossier / seconde).write_bytes(en_table({PERSONNE: elle, "Voisine": elle}))
    else:
        shutil.copy(EXEMPLE, dossier / seconde)
    return {**personnes, PERSONNE: elle}


def rechauffer() -> None:
    """Joue ici chaque commande sur les sources saines : leurs modules chargés ne le sont plus à chaque essai."""
    with tempfile.TemporaryDirectory() as racine:
        dossier = Path(racine)
        personnes = poser_les_saines(dossier, "passation.json")
        sources = [str(dossier / nom) for nom in ("saine.csv", "passation.json")]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            for suite in ("cohorte g.csv", "exporter jeu", "fidelite f.json"):
                commande, sortie = suite.split()
                aussi = ["--dialecte", "science"] if sortie == "g.csv" else ["--formats", "csv"] * (sortie == "jeu")
                assert executer([commande, *sources, "--sortie", str(dossier / sortie), *aussi]) == 0
            executer(["mes-donnees", PERSONNE, "--dossier", racine, "--sortie", str(dossier / "remise")])
        assert not list(mal_notees(dossier / "g.csv", personnes))


def _notes(ecrit: Path, *, sans_nom: bool = False) -> list[tuple[str, dict[str, str]]]:
    """Qui et ses scores, par ligne d’un CSV que cpit a écrit ; un code hostile peut y être démesuré."""
    limite = csv.field_size_limit(sys.maxsize)
    try:
        lignes = csv.DictReader(io.StringIO(ecrit.read_text(encoding="utf-8-sig")))
        return [("" if sans_nom else ligne["identifiant"], ligne) for ligne in lignes]
    finally:
        csv.field_size_limit(limite)


def mal_notees(ecrit: Path, personnes: dict[str, Valeurs], *, sans_nom: bool = False) -> Iterator[str]:
    """Les personnes saines qui manquent, ou dont un score n’est pas celui de l’oracle."""
    if not ecrit.exists():
        yield f"{ecrit.name} n’est pas écrit"
        return
    lignes = _notes(ecrit, sans_nom=sans_nom)
    for qui, valeurs in personnes.items():
        attendus = oracle(plan_livre(), valeurs).scores
        siennes = [ligne for nom, ligne in lignes if sans_nom or nom == qui]
        if not any(all(_meme(ligne[f"score_{cle}"], note) for cle, note in attendus.items()) for ligne in siennes):
            yield f"{qui} manque ou n’a pas ses scores dans {ecrit.name}"


def _meme(ecrit: str, attendu: object) -> bool:
    if not ecrit or attendu is None:
        return ecrit == "" and attendu is None
    return abs(float(ecrit) - float(attendu)) < 1e-9  # type: ignore[arg-type]


# --- les commandes, et ce qui les juge --------------------------------------------------------------------------------


def juger_la_sortie(issue: Issue, secondes_max: float) -> Iterator[str]:
    """Ce que toute commande promet, quoi qu’on lui donne."""
    if issue.code not in (0, 1, 2):
        yield f"finit par {issue.code}"
    if b"Traceback" in issue.dit:
        yield "trace de programme : " + issue.dit.decode("utf-8", "replace").strip().splitlines()[-1][:200]
    if "plus de mémoire".encode() in issue.dit:
        yield "demande plus de mémoire qu’il n’y en a"
    if issue.secondes > secondes_max or issue.mio > MIO_MAX:
        yield f"coûte {issue.secondes:.0f} s et {issue.mio:.0f} Mio"
    try:
        crus = {c for c in issue.dit.decode() if c != "\n" and unicodedata.category(c) in _CRUS}
    except UnicodeDecodeError:
        yield "écrit autre chose que de l’UTF-8"
    else:
        if crus:
            yield f"montre tels quels {sorted(map(ascii, crus))}"


_CRUS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@cache
def secondes_saines(personnes: int, *arguments: str) -> float:
    """Ce que coûte une commande qui écrit, sur une table saine d’autant de personnes."""
    with tempfile.TemporaryDirectory() as racine:
        dossier = Path(racine, "d")
        dossier.mkdir()
        valeurs = list(personnes_saines().values())
        dites = {f"P{n:06d}": valeurs[n % len(valeurs)] for n in range(personnes)}
        (dossier / "saine.csv").write_bytes(en_table(dites))
        issue = lancer(dossier, arguments[0], "saine.csv", *arguments[1:])
        assert issue.code == 0, issue
        return issue.secondes


def jouer_un(hostile: Hostile, dossier: Path) -> Iterator[tuple[str, Issue, list[str]]]:
    """Donne un fichier à chaque commande qui pourrait le lire ; rend ce que chacune a donné, et ses fautes."""
    hostile.ecrire(dossier / hostile.nom)
    yield from _comme_voisin(dossier)
    if not (dossier / hostile.nom).exists():
        # C’était bien une passation de cette personne, et d’elle seule.
        hostile.ecrire(dossier / hostile.nom)
    suffixe = Path(hostile.nom).suffix.lower()
    seconde = "autre.csv" if suffixe in {".csv", ".tsv", ".txt"} else "passation.json"
    personnes = poser_les_saines(dossier, seconde)
    if suffixe == ".yaml":
        yield from _comme_referentiel(hostile.nom, dossier)
    else:
        yield from _comme_source(["saine.csv", f"./{hostile.nom}", seconde], dossier, personnes)
    if suffixe == ".json":
        yield from _comme_passation(f"./{hostile.nom}", dossier)
    if suffixe == ".csv" and (dossier / hostile.nom).read_bytes().count(b"\n") < _CODES_MAX:
        yield _essayer(dossier, "formulaire", "--format", "html", "--dossier", "envoi", "--pour", f"./{hostile.nom}")


def _essayer(dossier: Path, *arguments: str, nomme: bool = False) -> tuple[str, Issue, list[str]]:
    issue = lancer(dossier, *arguments)
    fautes = list(juger_la_sortie(issue, _secondes_permises(dossier, issue, arguments)))
    if (nomme or issue.code == 1) and b"mauvais" not in issue.dit.lower():
        fautes.append("le mauvais fichier n’est pas nommé")
    return arguments[0], issue, fautes


def _secondes_permises(dossier: Path, issue: Issue, arguments: tuple[str, ...]) -> float:
    """Vingt, ou davantage si le fichier donne beaucoup de personnes : « g.csv » dit combien."""
    if issue.secondes <= SECONDES_MAX or not (dossier / "g.csv").exists() or "--sortie" not in arguments:
        return SECONDES_MAX
    personnes = (dossier / "g.csv").read_bytes().count(b"\n")
    ecrit = arguments[arguments.index("--sortie") :]
    return max(SECONDES_MAX, _PLUS_QUE_SAIN * secondes_saines(personnes, arguments[0], *ecrit))


def _comme_source(
    sources: list[str], dossier: Path, personnes: dict[str, Valeurs]
) -> Iterator[tuple[str, Issue, list[str]]]:
    nom, issue, fautes = _essayer(
        dossier, "cohorte", *sources, "--sortie", "g.csv", "--dialecte", "science", "--detail", nomme=True
    )
    yield nom, issue, [*fautes, *mal_notees(dossier / "g.csv", personnes)]
    nom, issue, fautes = _essayer(dossier, "exporter", *sources, "--sortie", "jeu", "--formats", "csv")
    yield nom, issue, [*fautes, *mal_notees(dossier / "jeu" / "scores.csv", personnes, sans_nom=True)]
    nom, issue, fautes = _essayer(dossier, "fidelite", *sources, "--sortie", "f.json")
    yield nom, issue, [*fautes, *([] if (dossier / "f.json").exists() else ["l’étude n’est pas écrite"])]


def _comme_passation(nom: str, dossier: Path) -> Iterator[tuple[str, Issue, list[str]]]:
    for commande in (
        ["restituer"],
        ["restituer", "--json"],
        ["verifier"],
        ["corriger"],
        ["questionnaire", "--reprendre"],
    ):
        # Une copie par essai : une passation reprise est enregistrée.
        copie = f"{nom}.copie.json"
        shutil.copy(dossier / nom, dossier / copie)
        yield _essayer(dossier, *commande, copie)
        (dossier / copie).unlink(missing_ok=True)


def _comme_referentiel(nom: str, dossier: Path) -> Iterator[tuple[str, Issue, list[str]]]:
    yield _essayer(dossier, "referentiel", "valider", f"./{nom}", nomme=True)
    yield _essayer(dossier, "referentiel", "montrer", f"./{nom}", "--yaml")
    yield _essayer(dossier, "cohorte", "saine.csv", "--sortie", "g.json", "--referentiel", f"./{nom}")
    yield _essayer(dossier, "formulaire", "--format", "csv", "--dossier", "envoi", "--referentiel", f"./{nom}")


def _comme_voisin(dossier: Path) -> Iterator[tuple[str, Issue, list[str]]]:
    """Dans un dossier fouillé : la personne y est retrouvée, puis effacée, elle et elle seule."""
    shutil.copy(EXEMPLE, dossier / "la-sienne.json")
    (dossier / "saine.csv").write_bytes(en_table(personnes_saines()))
    remise = dossier.with_suffix(".remise")
    nom, issue, fautes = _essayer(dossier, "mes-donnees", PERSONNE, "--sortie", str(remise))
    remis = [chemin.read_bytes() for chemin in remise.rglob("*.json")]
    yield nom, issue, [*fautes, *([] if EXEMPLE.read_bytes() in remis else ["la passation n’est pas remise"])]
    nom, issue, fautes = _essayer(dossier, "effacer", PERSONNE, "--oui")
    if (dossier / "la-sienne.json").exists():
        fautes.append("la passation n’est pas effacée")
    if not (dossier / "saine.csv").exists():
        fautes.append("le fichier d’autres personnes est effacé")
    yield nom, issue, fautes


def jouer(nombre: int, graine: int, familles: str = "") -> list[Promesse]:
    """La campagne entière, ou les familles dont le nom contient ce texte."""
    if nombre > 10:
        rechauffer()
    tous = fabriquer_tout(graine, familles)
    tires = tous if nombre >= len(tous) else random.Random(graine).sample(tous, nombre)
    promesses: dict[str, Promesse] = {}
    pires: dict[str, list[float]] = {}
    for hostile in sorted(tires, key=tous.index):
        texte = f"Fichiers hostiles, {hostile.famille} : refusés par leur nom, les sources saines notées"
        promesse = promesses.setdefault(hostile.famille, Promesse(texte))
        pire = pires.setdefault(hostile.famille, [0.0, 0.0])
        with tempfile.TemporaryDirectory() as racine:
            dossier = Path(racine, "d")
            dossier.mkdir()
            fautes = []
            for commande, issue, siennes in jouer_un(hostile, dossier):
                pire[:] = max(pire[0], issue.secondes), max(pire[1], issue.mio)
                fautes += [f"{hostile.nom!r}, {commande} : {faute}" for faute in siennes]
            if fautes:
                _garder(hostile, Path(racine, "garde"))
            promesse.juger(*fautes)
            promesse.unite = f"fichiers, au pire {pire[0]:.1f} s et {pire[1]:.0f} Mio"
    return list(promesses.values())


def _garder(hostile: Hostile, chemin: Path) -> None:
    hostile.ecrire(chemin)
    propre = "".join(c if c.isascii() and c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in hostile.nom)
    garder(f"{hostile.famille.split()[0]}-{propre}", chemin.read_bytes())


if __name__ == "__main__":
    principal(jouer, 600)

"""Le programme en un dossier : construit d’une roue, lancé sans Python ni environnement, commande par commande.

    python tests/campagnes/paquet.py [--garder DOSSIER]

Fait une roue, l’installe dans un environnement neuf, construit le dossier par ``tests/outils/cpit.spec``, et le lance
loin du dépôt, variables d’environnement ôtées, réseau coupé si ``unshare`` le permet. Chaque commande y passe ; le menu
est mené deux fois d’un bout à l’autre dans un pseudo-terminal, par « menu » et comme d’un double clic, sans argument.
Écrit une table : ce qui est lancé, ce qu’on en attend, le temps, et si c’est fait. Finit par 1 si un essai faillit.
``--garder`` laisse le dossier construit ; s’il y est déjà, il est essayé tel quel.

Il faut ``pip`` et de quoi joindre le registre des paquets pour la construction ; rien ensuite. Sous Windows aussi, où
le menu reste à mener à la main : il n’y a pas de pseudo-terminal.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(RACINE / "tests"), str(RACINE / "tests" / "mesures")]

from fabrique import fabriquer_xlsx, lire_livre  # noqa: E402

from campagnes.commun import principal_dans_un_dossier  # noqa: E402

RECETTE = RACINE / "tests" / "outils" / "cpit.spec"
LIGNES = 20_000
"""De quoi passer par la lecture des grandes feuilles."""
MINUTES_DE_CONSTRUCTION = 10
SECONDES_PAR_COMMANDE = 120


@dataclass(frozen=True)
class Essai:
    """Une commande, ce qu’on tape, et le fichier ou le texte qui montre qu’elle a fait son travail.

    ``refus`` : ce qu’elle doit dire en refusant ; elle finit alors par 1, sans trace de programme.
    """

    arguments: tuple[str, ...]
    attendu: str = ""
    ecrit: str = ""
    saisie: str = ""
    refus: str = ""

    @property
    def promesse(self) -> str:
        """Ce qu’on en attend, en clair."""
        if self.refus:
            return f"refuse : « {self.refus} »"
        return " ; ".join(
            filter(None, (self.attendu and f"dit « {self.attendu} »", self.ecrit and f"écrit {self.ecrit}"))
        )


REPONSES = "2\n" * 24
GRANDE = "grande.xlsx"
GROUPE = "cohorte-fictive.csv"
PASSATION = "rep/passation-r99-t0-soi.json"
SECONDE = "rep/passation-r99-t1-soi.json"
SANS_AJOUT = "rien ne s’ajoute"
"""Ce que dit le programme figé d’une bibliothèque absente."""
FIGURES, FORMULAIRES, DE_BASE = ("svg", "pdf", "png"), ("html", "xlsx", "csv"), "csv,xlsx"
ESSAIS = (
    Essai(("--version",), attendu="cpit "),
    Essai(("--help",), attendu="questionnaire"),
    Essai(("demo",), ecrit="cpit-demo/groupe.html"),
    Essai(
        ("questionnaire", "--code", "R99", "--moment", "t0", "--regard", "soi", "--sans-profil", "--dossier", "rep"),
        saisie=REPONSES,
        ecrit=PASSATION,
    ),
    Essai(("restituer", PASSATION, "--page", "r.html", "--classeur", "r.xlsx"), ecrit="r.html"),
    Essai(("restituer", PASSATION, "--json"), attendu='"dominante"'),
    Essai(("suivi", PASSATION, "--detail"), attendu="R99"),
    Essai(("verifier", PASSATION), attendu="aucun écart"),
    Essai(("expliquer", PASSATION, "C1"), attendu="C1"),
    Essai(("menu", "--dossier", "rep"), saisie="2\n1\n3\n1\nq\n\n", ecrit="rep/passation-r99-t0-soi.html"),
    Essai(("corriger", PASSATION), refus="personne à qui demander"),
    Essai(("cohorte", PASSATION, "--sortie", "c.xlsx", "--page", "c.html"), ecrit="c.html"),
    Essai(("cohorte", GROUPE, "--sortie", "d.xlsx", "--pages", "pages"), ecrit="pages/*.html"),
    Essai(("cohorte", GRANDE, "--sortie", "g.csv"), ecrit="g.csv"),
    Essai(("correspondance", GRANDE, "--sortie", "k.yaml"), ecrit="k.yaml"),
    *(Essai(("figure", "carte", PASSATION, "--sortie", f"f.{f}"), ecrit=f"f.{f}") for f in FIGURES),
    Essai(("comparer", PASSATION), refus="pas deux passations"),
    Essai(
        ("questionnaire", "--code", "R99", "--moment", "t1", "--regard", "soi", "--sans-profil", "--dossier", "rep"),
        saisie=REPONSES,
        ecrit=SECONDE,
    ),
    Essai(("comparer", PASSATION, SECONDE, "--classeur", "k.xlsx", "--page", "k.html"), ecrit="k.xlsx"),
    Essai(("plan", PASSATION), attendu="plan"),
    Essai(("trace", "R99", "C1P", "--dossier", "rep", "--situation", "Une réunion"), ecrit="rep/traces-r99.json"),
    Essai(("portfolio", "R99", "--dossier", "rep", "--page", "portfolio.html"), ecrit="portfolio.html"),
    Essai(("gabarit", "mon-gabarit.docx"), ecrit="mon-gabarit.docx"),
    Essai(("aide", "cohorte"), attendu="Par exemple"),
    Essai(("evolution", GROUPE), refus="rien à comparer"),
    Essai(("guide", "formateur"), attendu="formulaire"),
    Essai(("guide", "--page", "guides.html"), ecrit="guides.html"),
    Essai(("exporter", GROUPE, "--sortie", "jeu", "--formats", DE_BASE), ecrit="jeu/*.csv"),
    Essai(("exporter", GROUPE, "--sortie", "agregats", "--diffusion", "--formats", DE_BASE), ecrit="agregats/*.csv"),
    Essai(("exporter", GROUPE, "--sortie", "jeu2", "--formats", "csv,parquet"), refus=SANS_AJOUT),
    Essai(("fidelite", GROUPE), refus=SANS_AJOUT),
    *(Essai(("formulaire", "--format", f, "--dossier", "envoi"), ecrit=f"envoi/*.{f}") for f in FORMULAIRES),
    Essai(("referentiel", "lister"), attendu="innovation-territoriale"),
    Essai(("referentiel", "schema"), attendu="$schema"),
    Essai(("mes-donnees", "R99", "--dossier", "rep", "--sortie", "remise"), ecrit="remise/*"),
    Essai(("effacer", "R99", "--dossier", "rep", "--oui"), attendu="fichiers effacés"),
    Essai(("restituer", PASSATION), refus="n’existe pas"),
)


def construire(lieu: Path) -> Path:
    """Une roue, un environnement neuf, et le dossier que la recette en tire, s’il n’est pas là ; rend le programme."""
    programme = lieu / "dist" / "cpit" / ("cpit.exe" if os.name == "nt" else "cpit")
    if programme.exists():
        return programme
    venv.create(lieu / "gel", with_pip=True)
    binaires = lieu / "gel" / ("Scripts" if os.name == "nt" else "bin")
    python = str(binaires / ("python.exe" if os.name == "nt" else "python"))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "-q"]
    _exiger([*pip, "wheel", "--no-deps", "-w", str(lieu / "roue"), str(RACINE)], lieu)
    (roue,) = (lieu / "roue").glob("*.whl")
    try:
        _exiger([*pip, "install", f"{roue}[figures]", "pyinstaller"], lieu)
    except subprocess.CalledProcessError:
        sys.exit("Il manque pyinstaller : « pip install pyinstaller » doit pouvoir le prendre au registre des paquets.")
    recette = [python, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    _exiger([*recette, "--distpath", str(lieu / "dist"), "--workpath", str(lieu / "build"), str(RECETTE)], lieu)
    return programme


def _exiger(commande: Sequence[str], lieu: Path) -> None:
    subprocess.run(commande, cwd=lieu, check=True, timeout=60 * MINUTES_DE_CONSTRUCTION)


def preparer(travail: Path) -> None:
    """Un dossier de travail neuf, avec des sources, dont une table qui passe par la lecture des grandes feuilles."""
    shutil.rmtree(travail, ignore_errors=True)
    (travail / "rep").mkdir(parents=True)
    shutil.copy(RACINE / "exemples" / GROUPE, travail)
    fabriquer_xlsx(travail / GRANDE, lire_livre(), LIGNES)


def lancer(programme: Path, lieu: Path, essai: Essai) -> str:
    """Lance une commande ; rend ce qui ne va pas, rien si tout va."""
    try:
        fini = subprocess.run(
            [*sans_reseau(), str(programme), *essai.arguments],
            cwd=lieu,
            env=environnement(lieu),
            input=essai.saisie.encode(),
            capture_output=True,
            timeout=SECONDES_PAR_COMMANDE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"pas fini en {SECONDES_PAR_COMMANDE} s"
    dit, erreur = (_en_clair(octets.decode("utf-8", "replace")) for octets in (fini.stdout, fini.stderr))
    if fini.returncode != bool(essai.refus) or "Traceback" in erreur:
        return f"code {fini.returncode} : {(dit + erreur)[-1500:]}"
    if essai.refus not in erreur or essai.attendu not in dit:
        return f"« {essai.refus or essai.attendu} » n’est pas dit : {(dit + erreur)[-1500:]}"
    if essai.ecrit and not any(p.stat().st_size for p in lieu.glob(essai.ecrit)):
        return f"{essai.ecrit} n’est pas écrit"
    return ""


def _en_clair(texte: str) -> str:
    """Sans mise en valeur ni balises de collage, espaces insécables et fins de ligne ramenés à une espace."""
    return " ".join(re.sub(r"\x1b\[[?0-9;]*[a-z]", "", texte, flags=re.IGNORECASE).split())


def environnement(maison: Path) -> dict[str, str]:
    """Presque vide : un dossier personnel, et sous Windows ce sans quoi aucun programme ne s’y lance."""
    restes = {nom: os.environ[nom] for nom in ("SYSTEMROOT", "TEMP") if os.name == "nt" and nom in os.environ}
    return {**restes, "HOME": str(maison), "USERPROFILE": str(maison)}


@cache
def sans_reseau() -> tuple[str, ...]:
    """De quoi lancer une commande sans aucun réseau ; rien si le système ne le permet pas."""
    coupe = ("unshare", "--net", "--map-root-user")
    if shutil.which(coupe[0]) and subprocess.run([*coupe, "true"], capture_output=True, check=False).returncode == 0:
        return (shutil.which(coupe[0]) or "", *coupe[1:])
    return ()


# --- Le menu, dans un pseudo-terminal ---------------------------------------------------------------------------------

CHOIX, ETIQUETTE, FERMER = r"Votre choix.: $", r"(?:Code|Moment.*|Regard.*|Numéro).: $", r"fermer $"
SITUATION, REVUE = r"> $", r"un code.: $"
MENU = (
    *((CHOIX, "1"), (ETIQUETTE, "R98"), *[(ETIQUETTE, "")] * 6),
    *[(SITUATION, "2")] * 23,
    *((SITUATION, "so"), (REVUE, "")),
    *((CHOIX, "2"), (CHOIX, "1"), (CHOIX, "3"), (CHOIX, "1"), (CHOIX, "q"), (FERMER, "")),
)
"""Répondre aux 24 situations, relire, imprimer, quitter : ce que l’on attend à l’écran, et ce que l’on tape."""
ECRIT_AU_MENU = "passation-r98-t0-soi"


def mener_le_menu(programme: Path, maison: Path, arguments: Sequence[str], reponses: Path) -> str:
    """Mène le menu d’un bout à l’autre, comme une personne ; rend ce qui ne va pas, rien si tout va."""
    import pexpect

    maison.mkdir()
    poste = pexpect.spawn(
        str(programme),
        list(arguments),
        cwd=str(maison),
        env={**environnement(maison), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        encoding="utf-8",
        dimensions=(60, 100),
        timeout=SECONDES_PAR_COMMANDE,
    )
    vu = ""
    try:
        for attendu, touche in MENU:
            poste.expect(attendu)
            vu += poste.before + poste.after
            poste.sendline(touche)
        poste.expect(pexpect.EOF)
    except (pexpect.TIMEOUT, pexpect.EOF):
        return f"« {attendu} » ne vient pas : {_en_clair(vu + str(poste.before))[-1500:]}"
    finally:
        poste.close()
    vu = _en_clair(vu + poste.before)
    absents = [mot for mot in ("24/24", "Ce que cela vaut", "s’imprime de là") if mot not in vu]
    absents += [f for f in (".json", ".xlsx", ".html") if not (reponses / f"{ECRIT_AU_MENU}{f}").is_file()]
    return f"il manque {absents} (code {poste.exitstatus})" if absents or poste.exitstatus else ""


# --- La table ---------------------------------------------------------------------------------------------------------


def taille(dossier: Path) -> int:
    """Octets d’un dossier."""
    return sum(p.stat().st_size for p in dossier.rglob("*") if p.is_file() and not p.is_symlink())


class Table:
    """La table, une ligne par essai, écrite à mesure ; compte ce qui a failli."""

    def __init__(self) -> None:
        self.essais = self.fautes = 0
        print("\n| Lancé | Attendu | Secondes | |\n| --- | --- | ---: | --- |")

    def juger(self, lance: str, promesse: str, essai: Callable[[], str]) -> None:
        """Essaie, mesure, écrit la ligne ; ce qui faillit est dit en entier sur la sortie d’erreur."""
        debut = time.monotonic()
        faute = essai()
        self.essais += 1
        self.fautes += bool(faute)
        secondes = time.monotonic() - debut
        print(f"| {lance} | {promesse} | {secondes:.2f} | {'FAILLI' if faute else 'fait'} |", flush=True)
        if faute:
            print(faute, file=sys.stderr)

    def juger_tous(self, programme: Path, lieu: Path, essais: Sequence[Essai]) -> None:
        """Juge des commandes, l’une après l’autre."""
        for essai in essais:
            lance = f"`cpit {' '.join(essai.arguments)}`"
            self.juger(lance, essai.promesse, partial(lancer, programme, lieu, essai))


def juger_le_menu(table: Table, programme: Path, lieu: Path) -> None:
    """Le menu mené deux fois : par sa commande, et comme d’un double clic."""
    if os.name == "nt":
        print("Le menu se mène à la main ici : un double clic, Répondre, Relire, Imprimer, Quitter.")
        return
    promesse = "Répondre, Relire, Imprimer, Quitter"
    for lance, maison, arguments, ou in (
        ("`cpit menu` au terminal", lieu / "m1", ["menu", "--dossier", "ici"], "ici"),
        ("`cpit` seul au terminal (double clic)", lieu / "m2", [], "cpit"),
    ):
        table.juger(lance, promesse, partial(mener_le_menu, programme, maison, arguments, maison / ou))


def jouer(lieu: Path) -> int:
    """Construit, essaie, écrit la table ; rend le nombre d’essais qui ont failli."""
    debut = time.monotonic()
    programme = construire(lieu)
    print(f"Construit en {time.monotonic() - debut:.0f} s ; {taille(programme.parent) / 1e6:.0f} Mo.")
    print("Réseau coupé." if sans_reseau() else "Réseau non coupé : « unshare » n’est pas là ou n’est pas permis.")
    travail = lieu / "travail"
    preparer(travail)
    table = Table()
    juger_le_menu(table, programme, travail)
    table.juger_tous(programme, travail, ESSAIS)
    print(f"\n{table.essais - table.fautes} essais tenus sur {table.essais}.")
    return table.fautes


if __name__ == "__main__":
    principal_dans_un_dossier(jouer, "garde ici ce qui est construit ; s’il y est déjà, l’essaie tel quel")

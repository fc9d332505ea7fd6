"""cpit dans un vrai terminal (pseudo-terminal) : une séance entière, coupée de toutes les façons, partout."""

from __future__ import annotations

import os
import re
import shutil
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest
from aide_terminal import EXEMPLE, ecrire_terminee, inachevees, lancer, minimal, sur_console
from aides import encoder_passation, lire_passation, livre, passation_de

import cpit
from cpit.cli import executer
from cpit.coeur.passation import Etat, Passation, repondu
from cpit.saisie import lire_saisie

pexpect = pytest.importorskip("pexpect", reason="il n’y a pas de pseudo-terminal sous Windows")
fdpexpect = pytest.importorskip("pexpect.fdpexpect")
fcntl = pytest.importorskip("fcntl")
ptyprocess = pytest.importorskip("ptyprocess")
pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
pytestmark = pytest.mark.endurance

INVITE = r"> $"
SEANCE = ["questionnaire", "--referentiel", "minimal", "--code", "Ana", "--moment", "t0", "--regard", "soi"]
ANNONCE = re.compile(r"\x1b\[\?2004[hl]")
"""« Balise ce que l’on colle », « ne le balise plus » : un terminal ne les montre pas."""
CADRES = set("─│┌┐└┘┼═║╔╗╚╝█░▲◆") | set(map(chr, range(0x2500, 0x2600)))


class SansDemarrage(pexpect.spawn):  # type: ignore[misc,name-defined]
    """Un vrai pseudo-terminal et un vrai processus, mais fourché : seul le démarrage de Python est épargné."""

    def _spawnpty(self, args: list[bytes], *, env: dict[str, str], cwd: str, dimensions: Any, **_: object) -> Any:
        enfant, maitre = pty.fork()
        if enfant == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", *dimensions, 0, 0))
            _devenir_cpit([os.fsdecode(argument) for argument in args[3:]], env, cwd)
        return ptyprocess.PtyProcess(enfant, maitre)


def _devenir_cpit(arguments: list[str], environnement: dict[str, str], dossier: str) -> NoReturn:
    """Ce que fait « python -m cpit » une fois démarré ; ne revient jamais dans l’essai dont ce processus est né."""
    code = 70
    try:
        for signal_ in (signal.SIGHUP, signal.SIGTERM):
            signal.signal(signal_, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(environnement)
        os.chdir(dossier)
        encodage = environnement.get("PYTHONIOENCODING", "utf-8")
        sys.stdin = sys.__stdin__ = os.fdopen(0, encoding=encodage)
        sys.stdout = sys.__stdout__ = os.fdopen(1, "w", encoding=encodage, buffering=1)
        sys.stderr = sys.__stderr__ = os.fdopen(2, "w", encoding=encodage, errors="backslashreplace")
        code = executer(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


class Poste:
    """Quelqu’un devant un terminal : lit jusqu’à l’invite, tape, et garde tout ce qui s’est affiché.

    ``neuf`` démarre un Python neuf, comme une personne ; sans lui, le processus naît de celui des essais.
    """

    def __init__(
        self, *arguments: str, dossier: Path, colonnes: int = 80, neuf: bool = False, **environnement: str
    ) -> None:
        neutre = {c: v for c, v in os.environ.items() if c not in ("COLUMNS", "NO_COLOR", "ACCESSIBLE", "LC_ALL")}
        neutre |= {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environnement}
        self.vu = ""
        self.processus = (pexpect.spawn if neuf else SansDemarrage)(
            sys.executable,
            ["-m", "cpit", *arguments],
            cwd=str(dossier),
            env=neutre,
            dimensions=(60, colonnes),
            encoding=environnement.get("PYTHONIOENCODING", "utf-8"),
            codec_errors="replace",
            timeout=60,
        )
        self.processus.delaybeforesend = None

    def attendre(self, motif: str = INVITE) -> str:
        self.processus.expect(motif)
        ici = self.processus.before + (self.processus.after if isinstance(self.processus.after, str) else "")
        self.vu += ici
        return str(ici)

    def taper(self, *touches: str, motif: str = INVITE) -> None:
        for touche in touches:
            self.attendre(motif)
            self.processus.sendline(touche)

    def coller(self, texte: str) -> None:
        """Envoie un texte, une fois que le terminal donne chaque touche telle quelle : l’invite le précède de peu."""
        while termios.tcgetattr(self.processus.child_fd)[3] & termios.ICANON:
            time.sleep(0.005)
        self.processus.send(texte)

    def finir(self) -> int:
        """Attend la fin, en passant les écrans d’une restitution ; rend le code de sortie, ou l’opposé du signal."""
        while self.processus.expect([pexpect.EOF, r"(?:Entrée|Entree) (?:pour|=) [^:]*: $"]):
            self.vu += self.processus.before + self.processus.after
            self.processus.sendline("")
        self.vu += self.processus.before
        if self.processus.isalive():
            self.processus.wait()
        self.processus.ptyproc.delayafterclose = 0
        self.processus.close()
        etat = self.processus.exitstatus
        return int(etat) if etat is not None else -int(self.processus.signalstatus)

    @property
    def texte(self) -> str:
        """Ce qui s’est affiché, sans mise en valeur, espaces insécables changées en espaces."""
        nu = re.sub(r"\x1b\[[0-9;]*m", "", ANNONCE.sub("", self.vu)).replace("\r\n", "\n")
        return nu.replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")


def etats(passation: Passation) -> str:
    signes = {Etat.SANS_OBJET: "S", Etat.SANS_REPONSE: ".", Etat.PAS_ENCORE_VU: "_"}
    reponses = (passation.reponse(item.code) for item in passation.items)
    return "".join(signes.get(r.etat) or str(r.valeur) for r in reponses)


def seule_inachevee(dossier: Path) -> tuple[Path, str]:
    ((chemin, passation),) = inachevees(dossier)
    return chemin, etats(passation)


# --- une séance entière -----------------------------------------------------------------------------------------------


def test_une_seance_entiere_arriere_trace_quitter_reprendre_terminer(tmp_path: Path) -> None:
    un = Poste("questionnaire", dossier=tmp_path, neuf=True)
    un.taper("Ana B.", "", "", motif=r".: $")
    un.taper(*[""] * len(livre().sans_conditions().profil), motif=r"Numéro.*: $")
    un.taper("2", "p", "3", "t")
    un.taper("Réunion de mai, compte rendu signé", motif=r"Trace.: $")
    un.taper("4", "so", "", "q")
    assert un.finir() == 0
    assert "Enregistré : 4 situations vues sur 24. Pour reprendre :" in un.texte
    chemin, vu = seule_inachevee(tmp_path)
    assert (chemin.name, vu) == ("passation-ana-b-t0-soi.json", "34S." + "_" * 20)
    assert lire_passation(chemin).reponse("C1M") == repondu(4, "Réunion de mai, compte rendu signé")

    deux = Poste("questionnaire", dossier=tmp_path, neuf=True)
    deux.taper("", motif=r"\[O/n\] $")
    deux.taper("1", "r")
    deux.taper("C8C", motif=r"revenir à C2C.*: $")
    deux.taper("2", motif=INVITE)
    deux.taper("q", motif=r"un code.: $")
    assert deux.finir() == 0
    assert "5/24" in deux.texte

    trois = Poste("questionnaire", "--reprendre", chemin.name, dossier=tmp_path, neuf=True)
    trois.taper(*["2"] * 18, "")
    trois.taper("", motif=r"un code.: $")
    trois.taper("o", motif=r"\[o/N\] $")
    assert trois.finir() == 0
    passation = lire_passation(chemin)
    assert passation.terminee
    assert etats(passation) == "34S.1" + "2" * 19
    assert "1 situation sans réponse : C2P." in trois.texte
    for mot in ("Compétences", "Ingénieries", "Carte", "Lecture", "Ce que cela vaut", "Passation :", str(chemin)):
        assert mot in trois.texte
    ecrans = [trois.texte.index(mot) for mot in ("Ingénieries", "(2 sur 3)", "Carte", "(3 sur 3)", "Ce que cela vaut")]
    assert ecrans == sorted(ecrans)
    page = chemin.with_suffix(".html")
    assert "cpit-personne" in page.read_text(encoding="utf-8"), "une page de cpit"
    assert trois.texte.rstrip().splitlines()[-2].strip() == str(page), "le chemin de la page est écrit en dernier"
    assert "o pour ouvrir la page" in trois.texte.splitlines()[-1]
    assert not list(tmp_path.glob(".*"))
    verifier_le_classeur(chemin.with_suffix(".xlsx"))


def verifier_le_classeur(chemin: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    classeur = openpyxl.load_workbook(chemin)
    textes = {str(c.value) for feuille in classeur for ligne in feuille.iter_rows() for c in ligne if c.value}
    assert any("Réunion de mai, compte rendu signé" in texte for texte in textes)


def test_la_largeur_suit_la_fenetre_d_un_ecran_a_l_autre(tmp_path: Path) -> None:
    poste = Poste(
        "questionnaire", "--code", "Ana", "--moment", "t0", "--regard", "soi", "--sans-profil", dossier=tmp_path
    )
    larges = {}
    for colonnes, touche in ((80, "2"), (40, "2"), (160, "2"), (30, "2")):
        poste.processus.setwinsize(60, colonnes)
        debut = len(poste.texte)
        if larges:
            poste.processus.sendline(touche)
        poste.attendre()
        larges[colonnes] = max(map(len, poste.texte[debut:].splitlines()))
    poste.processus.sendline("q")
    assert poste.finir() == 0
    assert 60 < larges[80] < 80
    assert 30 < larges[40] < 40
    assert 80 < larges[160] <= 90, "une phrase ne dépasse pas 90 colonnes"
    assert larges[30] < 30


# --- coupures ---------------------------------------------------------------------------------------------------------


def _attendre_ctrl_c_sans_fin() -> NoReturn:
    """Lit une touche, dit « rien » pour une réponse et « interrompu » pour Ctrl-C, et recommence."""
    while True:
        try:
            os.write(1, b"> ")
            lire_saisie(sys.stdin, lambda _: None)
            os.write(1, b"rien\n")
        except KeyboardInterrupt:
            os.write(1, b"interrompu\n")


def test_aucun_ctrl_c_ne_se_perd_quel_que_soit_l_instant_ou_il_arrive() -> None:
    # L’instant dangereux (entre Python et l’appel au système qui attend une touche) dure une microseconde : un Ctrl-C
    # sur dix mille s’y perdait. L’essai en envoie 2 000, chacun un peu plus tard que le précédent.
    enfant, maitre = pty.fork()
    if enfant == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.stdin = os.fdopen(0, encoding="utf-8")
        _attendre_ctrl_c_sans_fin()
    poste = fdpexpect.fdspawn(maitre, timeout=20)
    poste.delaybeforesend = None
    try:
        for rang in range(2_000):
            poste.expect("> $")
            for _ in range(rang % 200 * 10):
                pass
            poste.send("\x03")
            poste.expect("interrompu")
    finally:
        os.kill(enfant, signal.SIGKILL)
        os.waitpid(enfant, 0)


@pytest.mark.parametrize(
    ("coupure", "apres"),
    [("ctrl-c", 0), ("ctrl-c", 4), ("ctrl-d", 1), ("SIGHUP", 4), ("SIGTERM", 1), ("SIGKILL", 0), ("SIGKILL", 4)],
)
def test_coupee_entre_deux_reponses_tout_ce_qui_est_acquitte_est_la(tmp_path: Path, coupure: str, apres: int) -> None:
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path, neuf=apres == 1)
    poste.taper(*"1234"[:apres])
    poste.attendre()
    if coupure == "ctrl-c":
        poste.processus.sendintr()
    elif coupure == "ctrl-d":
        poste.processus.sendeof()
    else:
        poste.processus.kill(getattr(signal, coupure))
    code = poste.finir()
    chemin, vu = seule_inachevee(tmp_path)
    assert vu == "1234"[:apres].ljust(6, "_")
    doux = coupure.startswith("ctrl")
    assert code == (130 if doux else -getattr(signal, coupure))
    if doux:
        assert f"cpit questionnaire --reprendre {chemin.name}" in poste.texte

    reprise = Poste("questionnaire", "--reprendre", chemin.name, "--sans-profil", dossier=tmp_path)
    if not doux:
        reprise.taper("", motif=r"\[O/n\] $")
        assert "Une séance précédente n'a pas été fermée (processus " in reprise.texte
    reprise.taper(*["2"] * (6 - apres))
    reprise.taper("", motif=r"un code.: $")
    assert reprise.finir() == 0
    assert etats(lire_passation(chemin)) == "1234"[:apres].ljust(6, "2")


def test_le_terminal_ferme_sans_prevenir(tmp_path: Path) -> None:
    """Fermer la fenêtre : le pseudo-terminal disparaît, le noyau envoie SIGHUP."""
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path)
    poste.taper("3", "4")
    poste.attendre()
    poste.processus.close(force=True)
    assert seule_inachevee(tmp_path)[1] == "34____"


def test_ctrl_c_a_la_question_du_verrou_et_pendant_l_identite(tmp_path: Path) -> None:
    poste = Poste("questionnaire", dossier=tmp_path)
    poste.attendre(r"Code.: $")
    poste.processus.sendintr()
    assert poste.finir() == 130
    assert "Traceback" not in poste.texte
    assert list(tmp_path.iterdir()) == []


# --- modes et largeurs ------------------------------------------------------------------------------------------------


def jouer_tout(dossier: Path, *options: str, neuf: bool = False, **environnement: str) -> Poste:
    """Une séance complète qui passe par l’aide, une faute, une trace, un retour, la revue, puis la restitution."""
    poste = Poste(*SEANCE, *options, dossier=dossier, neuf=neuf, **environnement)
    poste.taper("", motif=r"Num.ro.: $")
    poste.taper("?", "9", "t")
    poste.taper("vu", motif=r"Trace.: $")
    poste.taper("1", "p", "", "2", "r")
    poste.taper("", motif=r"A3\).: $")
    poste.taper("3", "so", "", "1")
    poste.taper("", motif=r"code.: $")
    poste.taper("o", motif=r"\[o/N\] $")
    assert poste.finir() == 0, poste.texte
    return poste


@pytest.mark.parametrize(("options", "environnement"), [(["--simple"], {}), ([], {"ACCESSIBLE": "1"})])
def test_le_mode_simple_n_a_ni_cadre_ni_sequence(
    tmp_path: Path, options: list[str], environnement: dict[str, str]
) -> None:
    poste = jouer_tout(tmp_path, *options, **environnement)
    assert "\x1b" not in poste.vu
    assert not set(poste.vu) & CADRES
    assert "\r" not in poste.vu.replace("\r\n", "")
    assert "Catalyse" not in poste.texte
    assert "Pôle " in poste.texte


def test_la_couleur_est_la_puis_no_color_l_ote(tmp_path: Path) -> None:
    for rang, (environnement, attendu) in enumerate(
        [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)], 1
    ):
        dossier = tmp_path / str(rang)
        dossier.mkdir()
        assert ("\x1b[" in jouer_tout(dossier, **environnement).vu) is attendu, environnement


def trop_longues(texte: str, largeur: int) -> list[str]:
    """Les lignes plus larges que l’écran, hors chemins, commandes à copier et mots insécables."""
    return [
        ligne
        for ligne in texte.splitlines()
        if len(ligne.rstrip()) > largeur and "/" not in ligne and ".json" not in ligne and " " in ligne.strip()
    ]


@pytest.mark.parametrize("colonnes", [20, 40, 80, 200])
def test_aucune_ligne_ne_depasse_l_ecran(tmp_path: Path, colonnes: int) -> None:
    poste = Poste(*SEANCE, dossier=tmp_path, colonnes=colonnes)
    poste.taper("", motif=r"Num.ro.: $")
    poste.taper("?", "9", "t")
    poste.taper("vécu", motif=r"Trace.: $")
    poste.taper("1", "p", "", "2", "q")
    assert poste.finir() == 0
    assert trop_longues(poste.texte, colonnes) == []
    assert "Entrée = sans réponse" in re.sub(r"\s+", " ", poste.texte), "un mot est coupé"


@pytest.mark.parametrize("colonnes", [20, 40, 57, 80, 200])
@pytest.mark.parametrize(
    "arguments",
    [
        ["restituer", str(EXEMPLE)],
        ["expliquer", str(EXEMPLE)],
        ["referentiel", "montrer"],
        ["referentiel", "lister"],
        ["verifier", str(EXEMPLE)],
        ["restituer", "absente.json"],
        ["guide"],
    ],
    ids=lambda a: " ".join(a)[:20],
)
def test_aucune_commande_ne_depasse_l_ecran(
    arguments: list[str], colonnes: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(colonnes))
    executer(arguments)
    texte = "".join(capsys.readouterr())
    assert len(texte) > 20
    assert trop_longues(texte, colonnes) == []
    assert "…" not in re.sub(r"[0-9a-f]{12}…|\[…\]", "", texte), "un texte est coupé"


def test_un_guide_en_couleurs_dit_ce_qu_il_dit_sans(tmp_path: Path) -> None:
    vus = []
    for environnement in ({}, {"NO_COLOR": "1"}):
        poste = Poste("guide", "calcul", dossier=tmp_path, colonnes=44, **environnement)
        assert poste.finir() == 0
        assert ("\x1b[" in poste.vu) is (not environnement)
        assert trop_longues(poste.texte, 44) == []
        vus.append(poste.texte.split())
    assert "groupe" in vus[0]
    assert vus[0] == vus[1]


# --- encodages --------------------------------------------------------------------------------------------------------

ENCODAGES = ["cp1252", "cp850", "cp437", "iso8859-15", "ascii"]
MOT_TROUE = re.compile(r"\w\?\w|(?<=\s)\?\w|\w\?(?=[^\s\"»)])")


@pytest.mark.parametrize("encodage", ENCODAGES)
@pytest.mark.parametrize(
    "arguments",
    [
        ["restituer", str(EXEMPLE)],
        ["expliquer", str(EXEMPLE)],
        ["referentiel", "montrer"],
        ["referentiel", "montrer", "minimal"],
        ["questionnaire", "--help"],
        ["guide"],
        ["guide", "calcul"],
        ["guide", "formateur"],
        ["restituer", "absente.json"],
        ["verifiez"],
    ],
    ids=lambda a: " ".join(a)[:24],
)
def test_une_console_pauvre_lit_tout(tmp_path: Path, arguments: list[str], encodage: str) -> None:
    fait = sur_console(*arguments, dossier=tmp_path, encodage=encodage)
    texte = (fait.stdout + fait.stderr).decode(encodage)
    assert "Traceback" not in texte
    assert not re.search(r"(?<!par )(?<!\[)défaut", texte), "un défaut de cpit"
    assert fait.returncode == {"absente.json": 1, "verifiez": 2}.get(arguments[-1], 0)
    assert MOT_TROUE.findall(texte) == []
    assert " ? en " not in texte


@pytest.mark.parametrize("encodage", ["ascii", "cp850"])
def test_un_vrai_processus_ecrit_les_memes_octets(tmp_path: Path, encodage: str) -> None:
    """Ce que les essais d’à côté lisent sans lancer de processus est, à l’octet près, ce qu’un processus écrit."""
    for arguments in (["restituer", str(EXEMPLE)], ["verifiez"]):
        ici = sur_console(*arguments, dossier=tmp_path, encodage=encodage)
        ailleurs = lancer(*arguments, dossier=tmp_path, PYTHONIOENCODING=encodage)
        assert (ailleurs.returncode, ailleurs.stdout, ailleurs.stderr) == (ici.returncode, ici.stdout, ici.stderr)


@pytest.mark.parametrize("encodage", ["cp1252", "cp850", "ascii"])
def test_le_questionnaire_sur_une_console_pauvre(tmp_path: Path, encodage: str) -> None:
    poste = jouer_tout(tmp_path, PYTHONIOENCODING=encodage)
    assert "Traceback" not in poste.vu
    assert MOT_TROUE.findall(poste.texte) == []


def test_sous_lc_all_c(tmp_path: Path) -> None:
    poste = jouer_tout(tmp_path, neuf=True, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert "Traceback" not in poste.vu
    ((chemin),) = tmp_path.glob("*.json")
    assert etats(lire_passation(chemin)) == "123S.1"


def test_des_octets_qui_ne_sont_pas_de_l_utf8_sont_dits_pas_fatals(tmp_path: Path) -> None:
    fait = lancer(*SEANCE, entree=b"1\n\xe9t\xe9\n2\n3\n4\n1\n", dossier=tmp_path)
    assert fait.returncode == 1
    assert b"Traceback" not in fait.stderr
    assert "ligne 2" in fait.stderr.decode()


# --- textes hostiles --------------------------------------------------------------------------------------------------

HOSTILES = [
    "[/x]",
    "[bold red]{0}{}%s",
    "\x1b]0;pris\x07",
    "\x1b[2J\x1b[31m",
    "a\u202eb nul\0nul",
    "x" * 10_000,
]


@pytest.mark.parametrize("simple", [False, True])
def test_un_texte_hostile_deja_dans_le_fichier_ne_commande_pas_le_terminal(tmp_path: Path, simple: bool) -> None:
    """Une passation reçue d’ailleurs peut porter n’importe quoi : sa somme est juste, son contenu hostile."""
    depart = passation_de(minimal(), "123412", identifiant=" ".join(HOSTILES)[:180], profil={"role": HOSTILES[4]})
    for item, hostile in zip(depart.items, HOSTILES, strict=False):
        depart = depart.avec_reponse(item.code, repondu(1, hostile))
    chemin = ecrire_terminee(tmp_path / "p.json", depart)
    options = ["--simple"] if simple else []
    for commande in ("restituer", "expliquer", "verifier"):
        poste = Poste(commande, chemin.name, *options, dossier=tmp_path)
        assert poste.finir() == 0, poste.texte
        sain(poste.vu)
    (tmp_path / "inachevee.json").write_bytes(encoder_passation(depart))
    poste = Poste("questionnaire", *options, dossier=tmp_path)
    poste.taper("", motif=r"\[O/n\] $")
    poste.taper("r", motif=r"code.: $")
    for item in depart.items:
        poste.taper(item.code, motif=r"la.fin\).: $|revoir.*: $")
        poste.taper("r")
    poste.taper("q", motif=r"revoir.*: $")
    assert poste.finir() == 0, poste.texte
    sain(poste.vu)


def sain(vu: str) -> None:
    assert not set(vu) & set("\x07\u202e\0\u2028")
    vu = ANNONCE.sub("", vu)
    sequences = re.findall(r"\x1b[^m]{0,12}m?", vu)
    assert all(re.fullmatch(r"\x1b\[[0-9;]*m", s) for s in sequences), sequences
    assert "\x1b[2J" not in vu
    assert "Traceback" not in vu


def test_un_texte_hostile_tape_dans_le_terminal(tmp_path: Path) -> None:
    """Tel qu’un copier-coller l’apporte ; Ctrl-U vide la trace d’avant, qui revient pour qu’on la corrige."""
    poste = Poste("questionnaire", "--referentiel", "minimal", dossier=tmp_path)
    poste.taper("../../[/x]\x1b]0;pris\x07\u202e", "", "", motif=r".: $")
    poste.taper("[/x]", "1", motif=r"Num.ro.: $")
    for texte in ("[/x] [bold]\x1b[31m", "\x15" + "é" * 1500):
        poste.taper("t")
        poste.taper(texte, motif=r"Trace.: (\[/x\] \[bold\])?$")
    poste.taper("1", "p", "q")
    assert poste.finir() == 0
    ((chemin, passation),) = inachevees(tmp_path)
    assert chemin.parent == tmp_path
    assert passation.identifiant == "../../[/x]"
    assert passation.reponse("A1").trace == "é" * 1500
    assert "Traceback" not in poste.vu


COLLAGE = "\x1b[200~{}\x1b[201~"
PARLANTS: list[dict[str, str]] = [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"ACCESSIBLE": "1"}]
"""Un terminal à qui l’on demande de baliser les collages, et ceux à qui l’on n’envoie aucune séquence."""


@pytest.mark.parametrize("environnement", PARLANTS, ids=str)
@pytest.mark.parametrize("balise", [True, False])
def test_rien_de_ce_que_l_on_colle_ne_repond_en_silence(
    tmp_path: Path, environnement: dict[str, str], balise: bool
) -> None:
    """Un collage de trois lignes : refusé à une situation, gardé entier dans une trace, avec ou sans balises."""
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path, **environnement)
    forme = COLLAGE if balise else "{}"
    poste.attendre()
    assert ("\x1b[?2004h" in poste.vu) is (not environnement)
    for lignes in ("2\r3\r1", "2\r3\r", "2\r3"):
        poste.processus.send(forme.format(lignes) + ("\r" if balise else ""))
        poste.attendre("aucune n.est.prise.*> $")
    poste.processus.sendline("t")
    poste.attendre(r"Trace.: $")
    poste.processus.send(forme.format("un\rdeux 🙂\r\rété") + "\r")
    poste.attendre("enregistrée .4.lignes.*> $")
    poste.processus.send("3\r\r")  # une Entrée doublée
    poste.attendre("2/6.*> $")
    poste.processus.sendline("q")
    assert poste.finir() == 0
    ((chemin, passation),) = inachevees(tmp_path)
    assert etats(passation) == "3_____"
    assert lire_passation(chemin).reponse("A1") == repondu(3, "un\ndeux 🙂\n\nété")


@pytest.mark.parametrize("environnement", [{}, {"TERM": "dumb"}, {"LC_ALL": "C"}], ids=str)
@pytest.mark.parametrize("balise", [True, False])
def test_un_texte_de_windows_colle_garde_ses_fins_de_ligne(
    tmp_path: Path, environnement: dict[str, str], balise: bool
) -> None:
    """CR LF est une fin de ligne, là où l’on refuse un collage, dans une trace neuve, et dans une que l’on corrige."""
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path, neuf=True, **environnement)
    forme, fin = (COLLAGE, "\r") if balise else ("{}", "")
    poste.attendre()
    for lignes in ("2\r\n3\r\n1", "2\r\n\r\n1"):
        poste.coller(forme.format(lignes) + fin)
        poste.attendre("3.lignes.*aucune n.est.prise.*> $")
    poste.processus.sendline("t")
    poste.attendre(r"Trace.: $")
    poste.coller(forme.format("un\r\ndeux\r\n\r\ntrois\r\n") + "\r")
    poste.attendre("enregistrée .4.lignes.*> $")
    if edite := "LC_ALL" not in environnement:
        poste.processus.sendline("t")
        poste.attendre(r"Trace.: .*trois")
        poste.coller(forme.format(" et\r\nquatre\n\n\tcinq\r\n\r\nsix") + "\r")
        poste.attendre("enregistrée .9.lignes.*> $")
    poste.processus.sendline("q")
    assert poste.finir() == 0
    ((_, passation),) = inachevees(tmp_path)
    suite = " et\nquatre\n\n\tcinq\n\nsix" if edite else ""
    assert (passation.reponse("A1").trace or "") == f"un\ndeux\n\ntrois{suite}"
    assert etats(passation) == "______"


@pytest.mark.parametrize("environnement", [{}, {"TERM": "dumb"}, {"LC_ALL": "C"}], ids=str)
def test_une_longue_trace_est_entiere_et_se_corrige_sur_place(tmp_path: Path, environnement: dict[str, str]) -> None:
    """Au-delà de 4 096 octets, où le système coupe une ligne ; sous LC_ALL=C, readline ne saurait pas la montrer."""
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path, neuf=True, **environnement)
    texte = "é" * 6_000
    poste.taper("t")
    poste.attendre(r"Trace.: $")
    poste.processus.send(COLLAGE.format(texte) + "\r")
    poste.attendre("Trace.enregistr.e.*> $")
    edite = "LC_ALL" not in environnement
    if edite:
        poste.processus.sendline("t")
        poste.attendre(r"(Trace.: |<).*é{9}")
        poste.processus.send("\x1b[15~\x1b[A\x01Début\x1b2 \r")  # F5, haut, au début ; Échap puis 2
        poste.attendre("Trace.enregistr.e.*> $")
    poste.processus.sendline("t")
    poste.attendre(r"(Trace.: |<).*é{9}" if edite else r"Trace.: $")
    poste.processus.send(COLLAGE.format("x" * 10_001) + "\r")
    if edite:
        # Ce qui se dit du texte reste à l’écran jusqu’à ce que l’on demande à le reprendre.
        poste.attendre(r"10.000.au.plus.*abandonne.: $")
        poste.processus.send("\r")
        poste.attendre("x{9}")
    else:
        poste.attendre(r"10.000.au.plus.*Trace.: $")
    poste.processus.send("\x15non\r" if edite else "\r")
    poste.taper("1", "q")
    assert poste.finir() == 0
    ((_, passation),) = inachevees(tmp_path)
    assert passation.reponse("A1") == repondu(1, "non" if edite else texte)


def test_une_trace_se_corrige_ou_se_garde(tmp_path: Path) -> None:
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path, neuf=True)
    for touches in (
        COLLAGE.format("la mairie\rde Dole") + "\r",
        "\x1b[D\x1b[D!\x1b\r",  # deux flèches à gauche, un signe, Échap puis Entrée
        "\r",
        "\x15\r",  # vidée : cpit demande
    ):
        poste.taper("t")
        poste.attendre(r"Trace.: ")
        poste.processus.send(touches)
    poste.taper("n", motif=r"\[o/N\] $")
    poste.taper("t")
    poste.attendre(r"Trace.: ")
    poste.processus.sendintr()
    assert poste.finir() == 130
    ((_, passation),) = inachevees(tmp_path)
    assert passation.reponse("A1").trace == "la mairie\nde Do!le"


@pytest.mark.parametrize("touche", ["\x1b[A", "\x1b", "\t", "\x0c", "\x1bOP", "\x1b[<0;3;4M", "\x1b[I"], ids=ascii)
def test_une_touche_sans_effet_puis_entree_ne_passe_pas_la_situation(tmp_path: Path, touche: str) -> None:
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path)
    poste.taper(touche)
    poste.attendre(r"rien.n.est.pris.*> $")
    poste.processus.send(f"3{touche}9\x7f\r")  # la rature ôte le 9
    poste.taper("q")
    assert poste.finir() == 0
    assert seule_inachevee(tmp_path)[1] == "3_____"


def suspendre_et_revenir(poste: Poste) -> None:
    """Ctrl-Z, puis « fg » : entre les deux, l’interpréteur de commandes a remis ses propres réglages au terminal."""
    terminal = poste.processus.child_fd
    poste.processus.kill(signal.SIGSTOP)
    reglages = termios.tcgetattr(terminal)
    reglages[0] |= termios.ICRNL
    reglages[3] |= termios.ICANON | termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, reglages)
    poste.processus.kill(signal.SIGCONT)


def test_suspendre_et_revenir_remontre_la_question_et_ce_que_l_on_tapait(tmp_path: Path) -> None:
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path, neuf=True)
    poste.attendre()
    poste.coller("12")
    poste.attendre("12$")
    suspendre_et_revenir(poste)
    poste.attendre(r"\x1b\[\?2004h> 12$")
    poste.processus.send("\x7f\x7f3\x1b[D\r")  # ni flèche, ni rature ne s’affichent : le terminal est réglé comme avant
    assert "^[" not in poste.attendre(r"2/6.*> $")
    poste.processus.sendline("t")
    poste.attendre(r"Trace.: $")
    poste.coller(COLLAGE.format("un\rdeux"))
    poste.attendre("deux")
    suspendre_et_revenir(poste)
    poste.attendre(r"\x1b\[\?2004hTrace.: (?s:.*)un(?s:.*)deux")
    poste.coller(" et\x1b[H trois\r")
    assert "^[" not in poste.attendre("enregistrée .2.lignes.*> $")
    poste.processus.sendline("q")
    assert poste.finir() == 0
    ((_, passation),) = inachevees(tmp_path)
    assert (etats(passation), passation.reponse("A2").trace) == ("3_____", "troisun\ndeux et")


def test_une_balise_de_collage_dans_ce_que_l_on_colle_n_attend_pas_sans_fin(tmp_path: Path) -> None:
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path)
    poste.attendre()
    poste.coller(COLLAGE.format("2\x1b[200~\r3") + "\r")
    poste.attendre("2.lignes.*aucune n.est.prise.*> $")
    poste.coller(COLLAGE.format("3\x1b[200~") + "\r")
    poste.taper("q")
    assert poste.finir() == 0
    assert seule_inachevee(tmp_path)[1] == "3_____"


def test_ctrl_w_ote_un_mot_et_ce_qui_arrive_illisible_se_dit(tmp_path: Path) -> None:
    # Sous LC_ALL=C, readline ne tient pas la trace : elle ôterait d’elle-même l’octet illisible.
    poste = Poste("questionnaire", "--referentiel", "minimal", "--sans-profil", dossier=tmp_path, neuf=True, LC_ALL="C")
    poste.attendre(r"Code.: $")
    poste.coller("Anne Dup\x17Martin \x17\x17Rémi 9\x17\r")
    for invite in (r"Moment.*: $", r"Regard.*: $"):
        poste.taper("", motif=invite)
    poste.attendre()
    poste.processus.ptyproc.write(b"3\xe9\r")  # « 3é » d’un terminal en Latin-1
    poste.attendre(r"illisibles.*rien\s+n.est.pris.*> $")
    poste.processus.sendline("t")
    poste.attendre(r"Trace.: $")
    poste.processus.ptyproc.write(b"r\xe9union\r")
    poste.attendre(r"illisibles.*leur\s+place\s+est\s+gard.*Trace.enregistr.*> $")
    poste.processus.sendline("q")
    assert poste.finir() == 0
    ((_, passation),) = inachevees(tmp_path)
    assert passation.identifiant == "Rémi"
    assert (etats(passation), passation.reponse("A1").trace) == ("______", "r\ufffdunion")


def test_une_lettre_coupee_entre_deux_lectures_reste_entiere() -> None:
    """Le réseau, ou le tampon du système, coupe n’importe où : ici, au milieu d’un « é » collé sans balises."""
    maitre, esclave = pty.openpty()
    entree = os.fdopen(esclave, encoding="utf-8")
    debut, fin = "un\ré".encode()[:-1], "\u00e9té".encode()[1:]

    def montrer(texte: str) -> None:
        if texte.endswith("\n"):
            os.write(maitre, fin)

    os.write(maitre, debut)
    assert lire_saisie(entree, montrer).texte == "un\nété"
    os.close(maitre)


def test_corriger_rouvre_et_le_dit(tmp_path: Path) -> None:
    chemin = ecrire_terminee(tmp_path / "p.json", passation_de(minimal(), "123412"))
    poste = Poste("corriger", chemin.name, dossier=tmp_path)
    poste.taper("A2", motif=r"un code.: $")
    poste.taper("4")
    poste.taper("", motif=r"un code.: $")
    assert poste.finir() == 0
    assert "corrigée le" in poste.texte
    assert etats(lire_passation(chemin)) == "143412"
    assert (tmp_path / "p.json.version-2026-11-22").exists()


def sequences_de_fleches() -> Sequence[str]:
    return ["\x1b[A", "\x1bOB", "\x1b[D\x1b[D", "\x1b[1;5C"]


def test_les_fleches_ne_salissent_pas_une_reponse(tmp_path: Path) -> None:
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path)
    poste.taper(*(f"{fleche}2" for fleche in sequences_de_fleches()), "q")
    assert poste.finir() == 0
    assert seule_inachevee(tmp_path)[1] == "2222__"


def test_o_ouvre_la_page(tmp_path: Path) -> None:
    """Le navigateur est celui de la personne ; la page est celle qui vient d’être écrite."""
    poste = Poste(*SEANCE, "--sans-profil", dossier=tmp_path, neuf=True, BROWSER="echo ouvre %s ;")
    poste.taper(*["2"] * 6)
    poste.taper("", motif=r"un code.: $")
    for _ in range(2):
        poste.taper("", motif=r"Entrée pour la suite.*: $")
    poste.taper("", motif=r"plus tard\).*: $")
    poste.taper("o", motif=r"o pour ouvrir la page.*: $")
    assert poste.finir() == 0
    assert f"ouvre {(tmp_path / 'passation-ana-t0-soi.html').as_uri()}" in poste.texte


# --- Ctrl-C à chaque invite


def preter(*noms: str, pas: bool = False) -> Callable[[Path], None]:
    """Un dossier où sont ces passations livrées ; ``pas`` : R01 y a aussi un plan."""

    def poser(dossier: Path) -> None:
        for nom in noms:
            shutil.copy(EXEMPLE.with_name(nom), dossier)
        if pas:
            cpit.ajouter_pas("R01", "C3C", "oser", dossier=dossier)

    return poser


R01 = ("passation-r01-t0-soi.json", "passation-r01-t1-soi.json")
UNE_SEANCE = ["Ana", *[""] * 9, "1", "t", "Une trace", "2", "r", "", "q"]
UNE_FIN = ["1", "2", "3", "4", "1", "2", "", "A1", "", "", "o"]
UN_PAS = ["a", "C3C", "un autre", "Paul", "mars", "un accord", "", "1", "2", "o", ""]
UNE_TRACE = ["C3C", "un repas", "le réseau", "Paul", "un accord", "écouter", ""]
UNE_SITUATION = ["accueillir", "C8", "catalyse", ""]
UNE_INVITE = re.compile(r"(?:> |: |\] |: oser)$")
GESTES = {
    "questionnaire": (["questionnaire", "--conditions"], UNE_SEANCE, preter()),
    "fin": ([*SEANCE, "--sans-profil"], UNE_FIN, preter()),
    "plan": (["plan", "--code", "R01"], UN_PAS, preter(*R01, pas=True)),
    "trace": (["trace", "R01"], UNE_TRACE, preter(*R01)),
    "situation": (["trace", "R01", "--competence", "C8"], UNE_SITUATION, preter(*R01)),
    "corriger": (["corriger", R01[0]], ["C1P", "1", "", "n"], preter(*R01)),
    "comparer": (["comparer", "."], [""], preter(*R01, pas=True)),
    "effacer": (["effacer", "R01"], ["n"], preter(*R01)),
    "menu": (["menu"], ["2", "1", "", "", ""], preter(*R01)),
}
"""Ce que l’on lance, ce que l’on y tape invite après invite, le dossier où l’on est."""


def aller_a_l_invite(poste: Poste) -> bool:
    """Attend une vraie invite, où plus rien ne s’écrit ; faux si la commande a fini avant."""
    depart, fin = len(poste.vu), time.monotonic() + 60
    while time.monotonic() < fin:
        lu = poste.processus.expect([pexpect.TIMEOUT, r"(?s).+", pexpect.EOF], timeout=0.4)
        if lu:
            poste.vu += poste.processus.before + (poste.processus.after if lu == 1 else "")
        if lu == 2 or (not lu and len(poste.vu) > depart and UNE_INVITE.search(poste.texte)):
            return not lu
    pytest.fail(f"pas d’invite : {poste.texte[-400:]}")


def relire_tout(dossier: Path) -> dict[str, int]:
    """Chaque passation et chaque cahier, qui se relisent : combien chacun porte."""
    lues = {chemin.name: len(lire_passation(chemin).valeurs()) for chemin in dossier.glob("passation-*.json")}
    if (dossier / R01[0]).exists():
        lues["pas"] = len(cpit.plan(dossier / R01[0]).pas)
        lues["traces"] = cpit.portfolio("R01", dossier).nombre
    return lues


@pytest.mark.parametrize("geste", GESTES)
def test_ctrl_c_a_chaque_invite_sort_proprement_et_ne_perd_rien(geste: str, tmp_path: Path) -> None:
    """À l’invite atteinte après une, deux, trois réponses… : code 130, c’est dit, rien d’écrit ne manque."""
    arguments, touches, poser = GESTES[geste]
    avant: dict[str, int] = {}
    for rang in range(len(touches) + 1):
        dossier = tmp_path / str(rang)
        dossier.mkdir()
        poser(dossier)
        poste = Poste(*arguments, dossier=dossier)
        if not all(aller_a_l_invite(poste) and poste.processus.sendline(touche) for touche in touches[:rang]):
            break
        if not aller_a_l_invite(poste):
            break
        poste.processus.sendintr()
        if geste == "menu" and aller_a_l_invite(poste):
            # Une commande interrompue ramène au menu.
            poste.processus.sendintr()
        ici = f"{geste}, invite {rang} : {poste.texte[-400:]}"
        assert poste.finir() == 130, ici
        assert "Traceback" not in poste.texte, ici
        # Pendant l’écran d’un résultat déjà écrit, la dernière chose dite est où il est.
        assert "Interrompu" in poste.texte[-300:] or "\nPage :\n" in poste.texte[-900:], ici
        assert poste.texte.endswith("\n"), ici
        assert ANNONCE.findall(poste.vu)[-1:] in ([], ["\x1b[?2004l"]), ici
        assert not list(dossier.glob(".*")), ici
        relues = relire_tout(dossier)
        assert all(relues.get(nom, 0) >= combien for nom, combien in avant.items()), (ici, avant, relues)
        avant = relues
    assert rang >= min(len(touches), 1)

"""Ce qui dure : un export échangé d’un coup, des restes balayés, rien d’autre effacé que ce que l’on a vu."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from aide_terminal import EXEMPLE

from cpit import corriger, effacer, inventorier
from cpit.cli import executer
from cpit.formats import durable
from cpit.formats.durable import est_un_reste

pytestmark = pytest.mark.skipif(os.name == "nt", reason="fork, SIGKILL et mkfifo n’existent pas sous Windows")
MORT = 999_999_998
"""Aucun processus ne porte ce numéro."""


@pytest.fixture
def dossier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(EXEMPLE, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tuer_avant(commande: list[str], module: object, nom: str, rang: int = 1) -> None:
    """Lance une commande dans un processus tué (SIGKILL) juste avant son n-ième appel d’une fonction d’un module."""
    enfant = os.fork()
    if enfant == 0:
        appels, vrai = 0, getattr(module, nom)

        def mourir(*arguments: object, **mots: object) -> object:
            nonlocal appels
            appels += 1
            if appels == rang:
                os.kill(os.getpid(), signal.SIGKILL)
            return vrai(*arguments, **mots)

        setattr(module, nom, mourir)
        os._exit(executer(commande))
    assert os.waitstatus_to_exitcode(os.waitpid(enfant, 0)[1]) == -signal.SIGKILL, "elle n’a pas été tuée"


def entier(jeu: Path) -> bool:
    """Tous les fichiers du manifeste, tels qu’il les décrit, et aucun autre."""
    manifeste = jeu / "manifeste.json"
    empreintes = {
        chemin.name: {"octets": len(octets), "sha256": hashlib.sha256(octets).hexdigest()}
        for chemin in jeu.iterdir()
        if chemin != manifeste
        for octets in [chemin.read_bytes()]
    }
    return bool(empreintes) and json.loads(manifeste.read_bytes())["fichiers"] == empreintes


EXPORTER = ["exporter", ".", "--sortie", "jeu", "--formats", "csv"]


@pytest.mark.endurance
def test_tue_pendant_un_export_une_version_entiere_est_toujours_la(dossier: Path) -> None:
    assert executer(EXPORTER) == 0
    for module, nom, rang in ((os, "fsync", 3), (durable, "_echanger_d_un_coup", 1), (shutil, "rmtree", 1)):
        tuer_avant(EXPORTER, module, nom, rang)
        assert entier(dossier / "jeu"), nom
        assert list(dossier.glob(".cpit-*")), "l’essai ne prouve rien : rien n’est resté"
        assert executer(EXPORTER) == 0
        assert not list(dossier.glob(".cpit-*")), "la commande suivante balaie"


@pytest.mark.endurance
@pytest.mark.parametrize("suite", [EXPORTER, ["cohorte", EXEMPLE.name, "--sortie", "g.csv"]])
def test_sans_echange_d_un_coup_l_ancien_revient_a_la_commande_suivante(
    dossier: Path, suite: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entre les deux renommages, la place est vide : toute commande qui écrit là y remet l’ancien."""
    monkeypatch.setattr(durable, "_echanger_d_un_coup", lambda _un, _autre: False)
    assert executer(EXPORTER) == 0
    tuer_avant(EXPORTER, Path, "rename", 2)
    assert not (dossier / "jeu").exists(), "l’essai ne coupe pas entre les deux renommages"
    assert executer(suite) == 0
    assert entier(dossier / "jeu")
    assert not list(dossier.glob(".cpit-*"))


@pytest.mark.parametrize("numero", [errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP])
def test_un_partage_qui_ne_sait_pas_pousser_un_dossier_n_empeche_pas_d_ecrire(
    dossier: Path, monkeypatch: pytest.MonkeyPatch, numero: int
) -> None:
    refuser_de_pousser_un_dossier(monkeypatch, numero)
    assert executer(["cohorte", EXEMPLE.name, "--sortie", "g.csv"]) == 0
    assert (dossier / "g.csv").exists()


def test_un_disque_qui_refuse_de_pousser_un_dossier_est_un_refus(
    dossier: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuser_de_pousser_un_dossier(monkeypatch, errno.EIO)
    assert executer(["cohorte", EXEMPLE.name, "--sortie", str(dossier / "g.csv")]) == 1
    assert "g.csv" in capsys.readouterr().err


def test_un_export_remplace_est_pousse_avec_son_dossier_ou_l_ancien_revient(
    dossier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Là où rien ne s’échange d’un coup : un nom qui n’est pas sur le disque se perdrait, courant coupé."""
    assert executer(EXPORTER) == 0
    vrai, renommes = os.fsync, list[Path]()
    monkeypatch.setattr(durable, "_echanger_d_un_coup", lambda *_: False)
    renommer = Path.rename

    def noter(source: Path, cible: Path) -> Path:
        renommes.append(Path(cible))
        return renommer(source, cible)

    def pousser(descripteur: int) -> None:
        if renommes[-1:] == [dossier / "jeu"] and os.fstat(descripteur).st_ino == dossier.stat().st_ino:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        vrai(descripteur)

    monkeypatch.setattr(Path, "rename", noter)
    monkeypatch.setattr(os, "fsync", pousser)
    assert executer(EXPORTER) == 1
    assert entier(dossier / "jeu")


def test_un_premier_export_est_pousse_avec_son_dossier(dossier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Son nom est dans le dossier qui le porte : un nom qui n’est pas sur le disque se perdrait, courant coupé."""
    vrai, pousses = os.fsync, list[bool]()

    def pousser(descripteur: int) -> None:
        if os.fstat(descripteur).st_ino == dossier.stat().st_ino:
            pousses.append((dossier / "jeu" / "manifeste.json").exists())
        vrai(descripteur)

    monkeypatch.setattr(os, "fsync", pousser)
    assert executer(EXPORTER) == 0
    assert any(pousses)


def refuser_de_pousser_un_dossier(monkeypatch: pytest.MonkeyPatch, numero: int) -> None:
    vrai = os.fsync

    def pousser(descripteur: int) -> None:
        if stat.S_ISDIR(os.fstat(descripteur).st_mode):
            raise OSError(numero, os.strerror(numero))
        vrai(descripteur)

    monkeypatch.setattr(os, "fsync", pousser)


class Renommage:
    """« renameat2 » tel qu’un disque y répond : il échange, ou refuse avec un numéro d’erreur."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, numero: int) -> None:
        self.appels, bibliotheque = 0, ctypes.CDLL(None, use_errno=True)
        vrai = bibliotheque.renameat2

        def renameat2(*arguments: object) -> int:
            self.appels += 1
            if numero:
                ctypes.set_errno(numero)
            return -1 if numero else vrai(*arguments)

        monkeypatch.setattr(bibliotheque, "renameat2", renameat2, raising=False)
        monkeypatch.setattr(ctypes, "CDLL", lambda *_a, **_m: bibliotheque)


@pytest.mark.endurance
@pytest.mark.skipif(sys.platform != "linux", reason="« renameat2 » est de Linux")
@pytest.mark.parametrize(("numero", "code"), [(0, 0), (errno.EINVAL, 0), (errno.ENOSYS, 0), (errno.EIO, 1)])
def test_un_export_s_echange_d_un_coup_ou_autrement_si_le_disque_ne_le_sait_pas(
    dossier: Path, monkeypatch: pytest.MonkeyPatch, numero: int, code: int
) -> None:
    """Un disque qui échange n’écarte jamais l’ancien ; un disque qui refuse pour de bon le laisse à sa place."""
    assert executer(EXPORTER) == 0
    ancien = (dossier / "jeu").stat().st_ino
    renommage, ecartes = Renommage(monkeypatch, numero), list[str]()
    vrai = Path.rename

    def renommer(source: Path, cible: Path) -> Path:
        ecartes.append(source.name)
        return vrai(source, cible)

    monkeypatch.setattr(Path, "rename", renommer)
    assert executer(EXPORTER) == code
    assert renommage.appels == 1
    assert ("jeu" in ecartes) is (numero in (errno.EINVAL, errno.ENOSYS))
    assert ((dossier / "jeu").stat().st_ino == ancien) is (code == 1)
    assert entier(dossier / "jeu")
    assert not list(dossier.glob(".cpit-*"))


def test_un_ajout_glisse_pendant_l_echange_revient_avec_l_ancien(
    dossier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert executer(EXPORTER) == 0
    vrai = durable._echanger_d_un_coup

    def ajouter(un: Path, autre: Path) -> bool:
        if not (dossier / "jeu" / "notes.txt").exists() and not (un / "notes.txt").exists():
            (dossier / "jeu" / "notes.txt").write_text("à moi")
        return vrai(un, autre)

    monkeypatch.setattr(durable, "_echanger_d_un_coup", ajouter)
    assert executer(EXPORTER) == 1
    assert (dossier / "jeu" / "notes.txt").read_text() == "à moi"
    assert not list(dossier.glob(".cpit-*"))


# --- les restes -------------------------------------------------------------------------------------------------------


def reste(dossier: Path, nom: str, *, jours: float = 0, vide: bool = False) -> Path:
    chemin = dossier / nom
    if nom.endswith(".tmp"):
        chemin.write_text("" if vide else "des réponses, à moitié")
    else:
        chemin.mkdir(mode=0o700)
        (chemin / "scores.csv").write_text("R01;4")
    instant = time.time() - jours * 86_400
    os.utime(chemin, (instant, instant))
    return chemin


def test_qui_est_un_reste_et_qui_n_en_est_pas(tmp_path: Path) -> None:
    ici = durable._machine()
    morts = [f".cpit-{MORT}-{ici}-abcdefgh.tmp", f".cpit-{MORT}-{ici}-abcdefgh", f".cpit-ancien-{MORT}-{ici}-abcdefgh"]
    vifs = [f".cpit-{os.getpid()}-{ici}-abcdefgh.tmp", ".cpit-1-00000000-abcdefgh", ".cpit-abcdefg1.tmp", "notes.tmp"]
    vieux = [".cpit-1-00000000-abcdefgi", ".cpit-abcdefg2.tmp", ".cpit-export-abcdefgh", ".cpit-abcdefg4"]
    assert all(est_un_reste(reste(tmp_path, nom)) for nom in morts)
    assert not any(est_un_reste(reste(tmp_path, nom)) for nom in vifs)
    assert all(est_un_reste(reste(tmp_path, nom, jours=2)) for nom in vieux)
    a_quelqu_un = reste(tmp_path, ".cpit-archives", jours=30)
    a_quelqu_un.chmod(0o755)
    assert not est_un_reste(a_quelqu_un), "un dossier ordinaire n’est pas le nôtre"
    assert not est_un_reste(reste(tmp_path, ".cpit-1-00000000-abcdefgj.tmp", jours=-30)), "l’horloge a reculé"
    assert not est_un_reste(reste(tmp_path, ".cpit-mes-projets", jours=30)), "un nom que cpit n’a jamais écrit"


def test_un_autre_conteneur_du_meme_nom_n_est_pas_cette_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Un numéro de processus n’a de sens que dans son conteneur : mort ici, il vit peut-être là-bas."""

    def vue_de(espace: str) -> str:
        monkeypatch.setattr(Path, "readlink", lambda _: Path(espace))
        durable._machine.cache_clear()
        return durable._machine()

    la_bas, ici = vue_de("pid:[4026531836]"), vue_de("pid:[4026532499]")
    try:
        assert est_un_reste(reste(tmp_path, f".cpit-{MORT}-{ici}-abcdefgh.tmp"))
        assert not est_un_reste(reste(tmp_path, f".cpit-{MORT}-{la_bas}-abcdefgh.tmp"))
    finally:
        durable._machine.cache_clear()


def test_l_ecriture_en_cours_d_un_autre_compte_n_est_pas_un_reste(
    dossier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sur une machine partagée, le système refuse même de dire s’il vit : c’est donc qu’il vit."""
    la_sienne = reste(dossier, f".cpit-{MORT}-{durable._machine()}-abcdefgh.tmp", jours=2)

    def refuser(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuser)
    assert executer(["cohorte", EXEMPLE.name, "--sortie", "g.csv"]) == 0
    assert la_sienne.exists()


def test_un_dossier_change_en_lien_pendant_qu_on_le_balaie_ne_perd_rien_dehors(
    dossier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ici, dehors, vrai = dossier / "ici", dossier / "dehors", os.stat
    nom = f".cpit-{MORT}-{durable._machine()}-abcdefgh.tmp"
    for lieu in (ici, dehors):
        lieu.mkdir()
        reste(lieu, nom)

    def changer(chemin: object, **options: object) -> os.stat_result:
        if str(chemin).endswith(nom) and not ici.is_symlink():
            ici.rename(dossier / "parti")
            ici.symlink_to(dehors)
        return vrai(chemin, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(os, "stat", changer)
    executer(["cohorte", EXEMPLE.name, "--sortie", "ici/g.csv"])
    assert ici.is_symlink(), "rien n’a été balayé"
    assert (dehors / nom).exists()


def test_un_export_se_prepare_sur_le_disque_ou_il_va(dossier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Un dossier temporaire d’un autre disque, ou plein, ne s’échangerait pas d’un coup."""
    ailleurs = dossier / "ailleurs"
    ailleurs.mkdir(mode=0o500)
    monkeypatch.setattr(tempfile, "tempdir", str(ailleurs / "absent"))
    assert executer(EXPORTER) == 0
    assert entier(dossier / "jeu")


def test_le_reste_d_un_processus_de_meme_numero_n_empeche_pas_d_enregistrer(dossier: Path) -> None:
    """Dans un conteneur, le numéro revient à chaque lancement : un arrêt forcé y laisse le nom que l’on reprend."""
    passation = dossier / EXEMPLE.name
    laisse = passation.with_name(f".{passation.name}.{os.getpid()}.tmp")
    laisse.write_text("des réponses, à moitié")
    corriger(passation, {"C1P": 3})
    assert json.loads(passation.read_bytes())["reponses"]["C1P"]["valeur"] == 3
    assert not laisse.exists()


def test_sous_windows_un_reste_de_cette_machine_attend_un_jour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Là, rien ne dit sans risque si un processus vit."""
    jeune, vieux = (f".cpit-{MORT}-{durable._machine()}-abcdef{rang}.tmp" for rang in ("gh", "gi"))
    restes = reste(tmp_path, jeune), reste(tmp_path, vieux, jours=2)
    monkeypatch.setattr(os, "name", "nt")
    try:
        juges = durable.processus_vivant(MORT), [est_un_reste(chemin) for chemin in restes]
    finally:
        monkeypatch.undo()
    assert juges == (True, [False, True])


def test_sans_descripteurs_de_dossier_une_commande_balaie_aussi(dossier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laisse = reste(dossier, f".cpit-{MORT}-{durable._machine()}-abcdefgh.tmp")
    monkeypatch.setattr(durable, "_PAR_DESCRIPTEURS", False)
    monkeypatch.setattr(durable, "_ouvrir_dossier", lambda *_: pytest.fail("ce système ne sait pas ouvrir un dossier"))
    assert executer(["cohorte", EXEMPLE.name, "--sortie", "g.csv"]) == 0
    assert not laisse.exists()


@pytest.mark.parametrize(
    "commande",
    [
        ["cohorte", EXEMPLE.name, "--sortie", "{ici}/g.csv"],
        ["cohorte", EXEMPLE.name, "--sortie", "g.csv", "--pages", "{ici}"],
        ["restituer", EXEMPLE.name, "--page", "{ici}/p.html"],
        ["formulaire", "--format", "csv", "--dossier", "{ici}"],
        ["exporter", EXEMPLE.name, "--sortie", "{ici}/jeu", "--formats", "csv"],
        ["mes-donnees", "R01", "--dossier", ".", "--sortie", "{ici}/remise"],
        ["figure", "carte", EXEMPLE.name, "--sortie", "{ici}/c.svg"],
    ],
    ids=lambda commande: commande[0],
)
def test_chaque_commande_balaie_ou_elle_ecrit(dossier: Path, commande: list[str]) -> None:
    ici = dossier / "ici"
    ici.mkdir()
    machine = durable._machine()
    morts = [reste(ici, f".cpit-{MORT}-{machine}-abcdefgh{fin}") for fin in ("", ".tmp")]
    vif = reste(ici, f".cpit-{os.getpid()}-{machine}-abcdefgh.tmp")
    assert executer([mot.format(ici=ici) for mot in commande]) == 0
    assert not [mort for mort in morts if mort.exists()]
    assert vif.exists(), "une écriture en cours n’est pas un reste"


def test_effacer_ote_les_restes_et_jamais_une_ecriture_en_cours(
    dossier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = durable._machine()
    mort = reste(dossier, f".cpit-{MORT}-{machine}-abcdefgh")
    vif = dossier / f".cpit-{os.getpid()}-{machine}-abcdefgh.tmp"
    shutil.copy(EXEMPLE, vif)
    code = json.loads(EXEMPLE.read_bytes())["identifiant"]
    assert inventorier(code, dossier).restes == [mort]
    assert executer(["effacer", code, "--oui"]) == 1
    dit = "".join(capsys.readouterr())
    assert mort.name in dit
    assert "en train de l’écrire" in dit
    assert [p.name for p in dossier.iterdir()] == [vif.name]


def test_effacer_ote_les_restes_meme_seuls(dossier: Path) -> None:
    mort = reste(dossier, f".cpit-{MORT}-{durable._machine()}-abcdefgh.tmp")
    assert effacer("Inconnue", dossier, confirmer=True).effaces == 1
    assert not mort.exists()
    assert (dossier / EXEMPLE.name).exists()


# --- effacer : ce que l’on a vu, et rien d’autre ----------------------------------------------------------------------


def test_effacer_face_a_qui_change_un_dossier_en_lien_n_efface_rien_dehors(tmp_path: Path) -> None:
    dedans, dehors = tmp_path / "dedans", tmp_path / "dehors"
    for lieu in (dedans / "sous", dehors):
        lieu.mkdir(parents=True)
        for rang in range(40):
            shutil.copy(EXEMPLE, lieu / f"{rang}.json")
    code = json.loads(EXEMPLE.read_bytes())["identifiant"]
    fini = threading.Event()

    def changer() -> None:
        while not fini.is_set():
            (dedans / "sous").rename(tmp_path / "a-cote")
            (dedans / "sous").symlink_to(dehors)
            time.sleep(0.0005)
            (dedans / "sous").unlink()
            # Un verrou a pu refaire ce dossier entre-temps, vide.
            with contextlib.suppress(OSError):
                (dedans / "sous").rmdir()
            try:
                (tmp_path / "a-cote").rename(dedans / "sous")
            except OSError:
                return
            time.sleep(0.0005)

    def confirmer(_inventaire: object) -> bool:
        fil.start()
        return True

    fil = threading.Thread(target=changer)
    fait = effacer(code, dedans, confirmer=confirmer)
    fini.set()
    fil.join()
    assert len(list(dehors.glob("*.json"))) == 40
    restants = {chemin.resolve() for lieu in (dedans, tmp_path / "a-cote") for chemin in lieu.rglob("*.json")}
    assert len(restants - set(dehors.iterdir())) + fait.effaces == 40, "chacun est effacé et compté, ou encore là"


def test_un_fichier_glisse_sous_le_meme_nom_n_est_pas_efface(tmp_path: Path) -> None:
    victime = tmp_path / "d" / "a.json"
    victime.parent.mkdir()
    shutil.copy(EXEMPLE, victime)
    code = json.loads(EXEMPLE.read_bytes())["identifiant"]

    def glisser(_inventaire: object) -> bool:
        victime.unlink()
        shutil.copy(EXEMPLE, victime)
        return True

    fait = effacer(code, victime.parent, confirmer=glisser)
    assert [a.code for a in fait.resistances] == ["effacement-change"], "ce n’est plus le fichier montré"
    assert victime.exists()


# --- ce qui se crée ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("liens", [True, False], ids=["liens durs", "sans liens durs"])
@pytest.mark.endurance
def test_une_cle_nait_entiere_durable_et_ne_remplace_rien(
    dossier: Path, liens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pousses: list[tuple[str, bool]] = []
    cle, vrai = dossier / "jeu.cle", os.fsync

    def fsync(descripteur: int) -> None:
        sorte = "dossier" if stat.S_ISDIR(os.fstat(descripteur).st_mode) else "fichier"
        pousses.append((sorte, cle.exists()))
        vrai(descripteur)

    monkeypatch.setattr(os, "fsync", fsync)
    if not liens:

        def refuser(*_: object, **__: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuser)
    assert executer(EXPORTER) == 0
    # Poussée, à part si l’on peut, puis le dossier qui porte son nom, avant que rien d’autre ne s’écrive.
    rang = pousses.index(("dossier", True))
    assert {sorte for sorte, _ in pousses[:rang]} == {"fichier"}
    assert rang == (1 if liens else 2)
    octets = cle.read_bytes()
    assert stat.S_IMODE(cle.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        durable.creer(cle, b"autre")
    assert executer(EXPORTER) == 0
    assert cle.read_bytes() == octets
    assert not list(dossier.glob(".cpit-*"))


@pytest.mark.endurance
def test_un_arret_force_ne_laisse_jamais_une_cle_coupee(dossier: Path) -> None:
    for rang in (1, 2):
        tuer_avant(EXPORTER, os, "fsync", rang)
        assert (dossier / "jeu.cle").exists() is (rang == 2)
        assert executer(EXPORTER) == 0, "la clé qui est là, s’il y en a une, se lit"
        shutil.rmtree(dossier / "jeu")
        (dossier / "jeu.cle").unlink()


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(
    "commande",
    [
        ["cohorte", EXEMPLE.name, "--sortie", "g.csv", "--fiches", "a/b"],
        ["cohorte", EXEMPLE.name, "--sortie", "g.csv", "--pages", "a/b"],
        ["formulaire", "--format", "html", "--dossier", "a/b"],
        ["exporter", EXEMPLE.name, "--sortie", "a/b/jeu", "--formats", "csv"],
    ],
    ids=lambda commande: commande[-2],
)
def test_les_dossiers_que_cpit_cree_sont_a_leur_seul_proprietaire(dossier: Path, commande: list[str]) -> None:
    masque = os.umask(0)
    try:
        assert executer(commande) == 0
    finally:
        os.umask(masque)
    crees = [p for p in dossier.rglob("*") if p.is_dir()]
    assert crees
    assert {stat.S_IMODE(p.stat().st_mode) for p in crees} == {0o700}


def test_un_dossier_qui_existait_garde_ses_droits(dossier: Path) -> None:
    (dossier / "a").mkdir()
    (dossier / "a").chmod(0o755)
    assert executer(["formulaire", "--format", "csv", "--dossier", "a"]) == 0
    assert stat.S_IMODE((dossier / "a").stat().st_mode) == 0o755


@pytest.mark.endurance
def test_le_dossier_de_la_demonstration_aussi(tmp_path: Path) -> None:
    assert executer(["demo", "--dossier", str(tmp_path), "--simple"]) == 0
    assert stat.S_IMODE((tmp_path / "cpit-demo").stat().st_mode) == 0o700


SORTIES = {
    "csv": ["cohorte", EXEMPLE.name, "--sortie"],
    "html": ["restituer", EXEMPLE.name, "--page"],
    "svg": ["figure", "carte", EXEMPLE.name, "--sortie"],
    "json": ["fidelite", EXEMPLE.name, "--sortie"],
}


@pytest.mark.parametrize("remplacer", [[], ["--remplacer"]])
@pytest.mark.parametrize("suffixe", SORTIES)
def test_un_tube_a_la_place_d_une_sortie_est_refuse_sans_attendre(
    dossier: Path, suffixe: str, remplacer: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    tube = dossier / f"tube.{suffixe}"
    os.mkfifo(tube)
    lien = dossier / f"lien.{suffixe}"
    lien.symlink_to("/dev/null")
    for place, raison in ((tube, "c’est un tube"), (lien, "c’est un périphérique")):
        assert executer([*SORTIES[suffixe], str(place), *remplacer]) == 1
        assert raison in " ".join(capsys.readouterr().err.split())
    assert tube.is_fifo()
    assert lien.is_symlink()


def test_toute_sortie_retenue_est_reessayee(dossier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sous Windows, un antivirus ou un tableur retient un instant le fichier que l’on remplace."""
    commandes = [
        ["cohorte", EXEMPLE.name, "--sortie", "g.csv"],
        ["restituer", EXEMPLE.name, "--page", "p.html"],
        ["figure", "carte", EXEMPLE.name, "--sortie", "c.svg"],
    ]
    vrai, refus = Path.replace, [0]

    def retenu(source: Path, cible: Path) -> Path:
        if refus[0] < 3:
            refus[0] += 1
            raise PermissionError(13, "retenu")
        return vrai(source, cible)

    monkeypatch.setattr(Path, "replace", retenu)
    monkeypatch.setattr(durable.time, "sleep", lambda _secondes: None)
    for commande in commandes:
        refus[0] = 0
        assert executer(commande) == 0
        assert refus[0] == 3
    assert not list(dossier.glob(".cpit-*"))


def test_une_sortie_toujours_retenue_est_un_refus_et_l_ancienne_reste(
    dossier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert executer(["cohorte", EXEMPLE.name, "--sortie", "g.csv"]) == 0
    avant = (dossier / "g.csv").read_bytes()

    def retenu(*_: object) -> Path:
        raise PermissionError(13, "retenu")

    monkeypatch.setattr(Path, "replace", retenu)
    monkeypatch.setattr(durable.time, "sleep", lambda _secondes: None)
    assert executer(["cohorte", EXEMPLE.name, "--sortie", "g.csv"]) == 1
    assert (dossier / "g.csv").read_bytes() == avant
    assert not list(dossier.glob(".cpit-*"))


# --- ôter ce qui ne dit rien, remettre ce que l’on a écarté -----------------------------------------------------------


def muet(octets: bytes) -> bool:
    return not octets


def test_ce_qu_un_autre_est_en_train_d_oter_ne_s_ote_pas_deux_fois(tmp_path: Path) -> None:
    """Deux commandes devant un verrou muet : celle qui le tient l’ôte, l’autre y renonce."""
    import fcntl

    verrou = tmp_path / ".passation.json.verrou"
    verrou.write_bytes(b"")
    with verrou.open("rb") as tenu:
        fcntl.flock(tenu.fileno(), fcntl.LOCK_EX)
        assert not durable.oter_si_muet(verrou, muet, 0)
        assert verrou.exists()
    assert durable.oter_si_muet(verrou, muet, 0)
    assert not verrou.exists()
    assert not durable.oter_si_muet(verrou, muet, 0), "il n’y est plus"


def test_ce_qui_parle_ou_vient_de_naitre_ne_s_ote_pas(tmp_path: Path) -> None:
    verrou = tmp_path / ".passation.json.verrou"
    verrou.write_bytes(b"4807")
    assert not durable.oter_si_muet(verrou, muet, 0)
    verrou.write_bytes(b"")
    assert not durable.oter_si_muet(verrou, muet, 60)
    assert verrou.exists()


def test_ce_qu_un_autre_a_mis_a_la_place_d_un_verrou_muet_reste(tmp_path: Path) -> None:
    verrou = tmp_path / ".passation.json.verrou"
    verrou.write_bytes(b"")

    def remplace(_octets: bytes) -> bool:
        verrou.unlink()
        verrou.write_bytes(b"4807")
        return True

    assert not durable.oter_si_muet(verrou, remplace, 0)
    assert verrou.read_bytes() == b"4807"


@pytest.fixture
def glisse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[durable.Enclos, Path, durable.Vu]:
    """Un fichier de l’enclos, qu’un autre programme remplace à l’instant où on l’écarte pour l’effacer."""
    fichier = tmp_path / "r.json"
    fichier.write_text("vu", encoding="utf-8")
    vu, enclos, vrai = durable.voir(fichier), durable.Enclos(tmp_path, durable.voir(tmp_path)), os.rename
    assert vu is not None

    def ecarter(source: Any, cible: Any, **options: Any) -> None:
        if source == "r.json":
            fichier.unlink()
            fichier.write_text("glissé", encoding="utf-8")
        vrai(source, cible, **options)

    monkeypatch.setattr("os.rename", ecarter)
    return enclos, fichier, vu


@pytest.mark.parametrize("liens_durs", [True, False], ids=["liens durs", "exFAT, certains partages"])
def test_ce_que_l_on_a_ecarte_a_tort_reprend_son_nom(
    glisse: tuple[durable.Enclos, Path, durable.Vu], monkeypatch: pytest.MonkeyPatch, liens_durs: bool
) -> None:
    enclos, fichier, vu = glisse

    def refuser(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not liens_durs:
        monkeypatch.setattr("os.link", refuser)
    assert not enclos.effacer(fichier, vu)
    assert [(un.name, un.read_text(encoding="utf-8")) for un in fichier.parent.iterdir()] == [("r.json", "glissé")]


def test_le_nom_repris_entre_temps_un_numero_suit_ce_que_l_on_remet(
    glisse: tuple[durable.Enclos, Path, durable.Vu], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ni l’un ni l’autre n’est perdu : le plus récent garde le nom, l’écarté prend « -2 », puis « -3 »."""
    enclos, fichier, vu = glisse
    vrai = os.link

    def reprendre(source: Any, cible: Any, **options: Any) -> None:
        if cible == "r.json":
            fichier.write_text("repris", encoding="utf-8")
        vrai(source, cible, **options)

    monkeypatch.setattr("os.link", reprendre)
    assert not enclos.effacer(fichier, vu)
    restes = {un.name: un.read_text(encoding="utf-8") for un in fichier.parent.iterdir()}
    assert restes == {"r.json": "repris", "r.json-2": "glissé"}


def test_un_reste_que_l_on_remet_a_sa_place_est_balaye_et_pousse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Un export écarté par une commande tuée revient ; le dossier qui le porte est poussé sur le disque."""
    reste = tmp_path / f".cpit-ancien-{MORT}-{durable._machine()}-abcdefgh"
    (reste / "jeu").mkdir(parents=True)
    pousses: list[Path] = []
    monkeypatch.setattr("cpit.formats.durable.synchroniser", pousses.append)
    enclos = durable.Enclos(tmp_path, durable.voir(tmp_path))
    assert enclos.balayer(reste)
    assert [un.name for un in tmp_path.iterdir()] == ["jeu"]
    assert pousses == [tmp_path]


def test_un_reste_qui_resiste_est_dit_non_balaye(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reste = tmp_path / f".cpit-{MORT}-{durable._machine()}-abcdefgh.tmp"
    reste.write_bytes(b"")
    enclos = durable.Enclos(tmp_path, durable.voir(tmp_path))

    def refuser(*_arguments: object, **_options: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    for geste in ("os.open", "os.stat", "os.unlink"):
        with monkeypatch.context() as un_temps:
            un_temps.setattr(geste, refuser)
            assert not enclos.balayer(reste)
        assert reste.exists()
    assert enclos.balayer(reste)
    assert not reste.exists()


def test_un_reste_s_ote_du_dossier_ouvert_quoi_que_devienne_son_chemin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Le dossier devient un lien quand on regarde le reste : celui d’ailleurs, du même nom, n’est pas touché."""
    nom = f".cpit-{MORT}-{durable._machine()}-abcdefgh.tmp"
    dedans, ailleurs = tmp_path / "dedans", tmp_path / "ailleurs"
    for lieu in (dedans, ailleurs):
        lieu.mkdir()
        (lieu / nom).write_bytes(b"")
    vrai, faits = os.stat, list[str]()

    def regarder(quoi: Any, **options: Any) -> os.stat_result:
        if str(quoi).endswith(nom) and not faits:
            faits.append(nom)
            dedans.rename(tmp_path / "parti")
            dedans.symlink_to(ailleurs)
        return vrai(quoi, **options)

    monkeypatch.setattr("os.stat", regarder)
    durable.balayer(dedans)
    monkeypatch.undo()
    assert faits
    assert [un.name for un in ailleurs.iterdir()] == [nom]
    assert list((tmp_path / "parti").iterdir()) == []


def test_une_ecriture_tuee_laisse_un_reste_que_l_on_reconnait(tmp_path: Path) -> None:
    """Son nom dit qui écrivait : en cours tant que le processus vit, un reste dès qu’il n’est plus."""
    cible = tmp_path / "g.csv"
    with durable.a_la_place_de(cible, lambda: None) as flux:
        (ecart,) = tmp_path.iterdir()
        assert durable.est_en_cours(ecart)
        flux.write(b"x")
    assert [un.name for un in tmp_path.iterdir()] == ["g.csv"]
    mort = tmp_path / ecart.name.replace(f"-{os.getpid()}-", f"-{MORT}-")
    mort.write_bytes(b"")
    assert est_un_reste(mort)


def test_sans_descripteurs_de_dossier_on_balaie_aussi_le_dossier_d_a_cote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows : le chemin sert, et c’est celui du dossier, non celui d’où l’on travaille."""
    nom = f".cpit-{MORT}-{durable._machine()}-abcdefgh.tmp"
    ici, la = tmp_path / "ici", tmp_path / "la"
    for lieu in (ici, la):
        lieu.mkdir()
        (lieu / nom).write_bytes(b"")
    monkeypatch.chdir(ici)
    monkeypatch.setattr("cpit.formats.durable._PAR_DESCRIPTEURS", False)
    durable.balayer(la)
    assert (ici / nom).exists()
    assert not (la / nom).exists()

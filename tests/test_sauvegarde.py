"""Ce qui est acquitté est sur le disque : coupures, disque plein, fichiers abîmés, verrous, noms hostiles."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aide_terminal import INSTANT, ecran, faux_terminal, horloge, minimal
from aides import encoder_passation, lire_passation, livre, passation_de, somme_de_controle
from filelock import SoftFileLock, Timeout
from hypothesis import example, given
from hypothesis import strategies as st

import cpit.saisie  # noqa: F401 (chargé d’abord : sous une limite de taille, son code compilé s’écrirait coupé)
from cpit import ErreurCpit
from cpit.coeur.passation import Passation, repondu
from cpit.coeur.referentiel import Referentiel
from cpit.formats import durable
from cpit.formats.durable import ATTENTES
from cpit.passations.sauvegarde import (
    FichierTenu,
    chemin_du_verrou,
    copie_de,
    dater,
    de_cote,
    enregistrer,
    inachevees,
    nom_libre,
    nouveau_chemin,
    preparer,
    relire_fichier,
    verrouiller,
)
from cpit.questionnaire.seance import Carnet, DemandeSeance, mener_seance
from cpit.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL, chmod et RLIMIT_FSIZE n’existent pas sous Windows")


@pytest.fixture(scope="module")
def referentiel() -> Referentiel:
    return minimal()


@pytest.fixture
def passation(referentiel: Referentiel) -> Passation:
    return replace(passation_de(referentiel, "12S"), texte_referentiel="")


def codes_de(erreur: pytest.ExceptionInfo[ErreurCpit]) -> list[str]:
    return [anomalie.code for anomalie in erreur.value.anomalies]


# --- coupures (« kill -9 » : tests/campagnes/coupures.py) ------------------------------------------------------------


def test_chaque_octet_est_pousse_sur_le_disque_avant_de_changer_de_nom(
    tmp_path: Path, passation: Passation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 ne vide pas le cache du système, une coupure de courant si : l’ordre des fsync se vérifie à part."""
    chemin = tmp_path / "p.json"
    premiere, _ = deux_revisions(chemin, passation)
    gestes: list[str] = []
    vrai_fsync, vrai_replace = os.fsync, Path.replace

    def fsync(descripteur: int) -> None:
        numero = os.fstat(descripteur).st_ino
        noms = [p.name for p in tmp_path.iterdir() if p.stat().st_ino == numero]
        gestes.append(f"fsync {noms[0].removesuffix(f'{os.getpid()}.tmp') if noms else 'dossier'}")
        vrai_fsync(descripteur)

    def replace_(source: Path, cible: Path) -> Path:
        gestes.append(f"renomme vers {Path(cible).name}")
        return vrai_replace(source, cible)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace_)
    enregistrer(dater(premiere, INSTANT), chemin)
    assert gestes == [
        "fsync .p.json.",
        "fsync .p.json.bak.",
        "renomme vers p.json.bak",
        "renomme vers p.json",
        "fsync dossier",
    ]


# --- fichiers abîmés --------------------------------------------------------------------------------------------------


def deux_revisions(chemin: Path, passation: Passation) -> tuple[Passation, Passation]:
    """Écrit deux révisions : la première finit dans la copie, la seconde dans le fichier."""
    premiere = dater(passation, INSTANT)
    seconde = dater(premiere, INSTANT)
    enregistrer(premiere, chemin)
    enregistrer(seconde, chemin)
    return premiere, seconde


HUITIEMES = pytest.mark.parametrize("depart", range(8))
"""Chaque longueur et chaque octet, en huit fois ; un huitième d’ordinaire."""


@pytest.mark.echantillon(8)
@HUITIEMES
def test_toute_troncature_est_vue_et_la_copie_prise(depart: int, tmp_path: Path, passation: Passation) -> None:
    """Chaque longueur possible. Sans sa dernière fin de ligne, le fichier dit encore tout."""
    chemin = tmp_path / "p.json"
    premiere, seconde = deux_revisions(chemin, passation)
    octets = chemin.read_bytes()
    for longueur in range(depart, len(octets) - 1, 8):
        chemin.write_bytes(octets[:longueur])
        lue, anomalies = relire_fichier(chemin)
        assert lue == premiere, longueur
        assert [a.code for a in anomalies] == ["repli-sur-copie"]
    chemin.write_bytes(octets[:-1])
    assert relire_fichier(chemin) == (seconde, ())


@pytest.mark.endurance
def test_un_gros_fichier_tronque_aux_frontieres_des_blocs(tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    premiere, _ = deux_revisions(chemin, passation_de(livre(), "2" * 24))
    octets = chemin.read_bytes()
    # Une frontière de 4 096 en est une de 512.
    frontieres = {bloc * 512 + ecart for bloc in (*range(8), *range(8, 160, 8)) for ecart in (-1, 0, 1)}
    for longueur in sorted(f for f in frontieres if 0 <= f < len(octets) - 1):
        chemin.write_bytes(octets[:longueur])
        assert relire_fichier(chemin)[0] == premiere
        # Un bloc jamais écrit se relit en zéros après une coupure de courant.
        chemin.write_bytes(octets[:longueur] + bytes(len(octets) - longueur))
        assert relire_fichier(chemin)[0] == premiere


@pytest.mark.echantillon(8)
@HUITIEMES
def test_tout_bit_retourne_est_vu(depart: int, tmp_path: Path, passation: Passation) -> None:
    chemin = tmp_path / "p.json"
    premiere, _ = deux_revisions(chemin, passation)
    octets = chemin.read_bytes()
    for place in range(depart, len(octets), 8):
        abime = bytearray(octets)
        abime[place] ^= 1 << (place // 8 % 8)
        chemin.write_bytes(bytes(abime))
        assert relire_fichier(chemin)[0] == premiere, (place, octets[place], abime[place])


def test_sans_copie_un_fichier_abime_est_refuse(tmp_path: Path, passation: Passation) -> None:
    chemin = tmp_path / "p.json"
    enregistrer(dater(passation, INSTANT), chemin)
    chemin.write_bytes(chemin.read_bytes().replace(b'"moment": "t0"', b'"moment": "t1"'))
    with pytest.raises(ErreurCpit) as erreur:
        relire_fichier(chemin)
    assert codes_de(erreur) == ["somme-fausse"]


def test_un_abime_est_mis_de_cote_sans_rien_ecraser(tmp_path: Path, passation: Passation) -> None:
    chemin = tmp_path / "p.json"
    (tmp_path / "p.json.abime").write_text("d’avant")
    premiere, _ = deux_revisions(chemin, passation)
    chemin.write_bytes(b"{abime")
    assert [a.code for a in preparer(chemin)] == ["abime-mis-de-cote"]
    assert not chemin.exists()
    assert (tmp_path / "p.json.abime").read_text() == "d’avant"
    assert [p.read_bytes() for p in tmp_path.glob("p.json-2.abime")] == [b"{abime"]
    assert relire_fichier(chemin)[0] == premiere
    assert inachevees(tmp_path) == [(chemin, premiere)], "il n’en reste que la copie : elle est proposée quand même"


def test_un_format_plus_recent_n_est_ni_lu_dans_la_copie_ni_mis_de_cote(tmp_path: Path, passation: Passation) -> None:
    chemin = tmp_path / "p.json"
    deux_revisions(chemin, passation)
    document = json.loads(chemin.read_bytes()) | {"version_format": 2}
    neuf = json.dumps(document | {"somme": somme_de_controle(document)}).encode()
    chemin.write_bytes(neuf)
    with pytest.raises(ErreurCpit) as erreur:
        relire_fichier(chemin)
    assert codes_de(erreur) == ["passation-version"]
    assert preparer(chemin) == ()
    assert chemin.read_bytes() == neuf


def test_les_temporaires_orphelins_sont_balayes_et_eux_seuls(tmp_path: Path, passation: Passation) -> None:
    chemin = tmp_path / "p[1].json"
    enregistrer(dater(passation, INSTANT), chemin)
    orphelins = [tmp_path / ".p[1].json.4242.tmp", tmp_path / ".p[1].json.bak.4242.tmp"]
    autres = [tmp_path / ".p1.json.4242.tmp", tmp_path / "notes.tmp"]
    for fichier in (*orphelins, *autres):
        fichier.write_text("")
    assert preparer(chemin) == ()
    assert not any(o.exists() for o in orphelins)
    assert all(a.exists() for a in autres)


def test_les_fichiers_ne_sont_lisibles_que_par_leur_proprietaire(tmp_path: Path, passation: Passation) -> None:
    masque = os.umask(0)
    try:
        chemin = tmp_path / "p.json"
        deux_revisions(chemin, passation)
        with verrouiller(chemin):
            fichiers = sorted(tmp_path.iterdir())
            assert len(fichiers) == 3
            assert {stat.S_IMODE(f.stat().st_mode) for f in fichiers} == {0o600}
    finally:
        os.umask(masque)


# --- disque plein, lecture seule --------------------------------------------------------------------------------------


def test_disque_plein_simule_l_ancien_reste(
    tmp_path: Path, passation: Passation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ENOSPC à chaque endroit où le système peut le dire : écriture, fsync, copie."""
    chemin = tmp_path / "p.json"
    _, seconde = deux_revisions(chemin, passation)
    vrai = os.fsync
    for echec_au in (1, 2):
        appels = iter(range(1, 10))

        def fsync(descripteur: int, appels: Iterator[int] = appels, echec_au: int = echec_au) -> None:
            if next(appels) == echec_au:
                raise OSError(errno.ENOSPC, "No space left on device")
            vrai(descripteur)

        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="No space"):
            enregistrer(dater(seconde, INSTANT), chemin)
        monkeypatch.setattr(os, "fsync", vrai)
        assert relire_fichier(chemin) == (seconde, ())
        assert not list(tmp_path.glob(".*.tmp")), "un disque plein ne garde pas en plus un temporaire"


def dans_un_enfant(action: object) -> str:
    """Exécute une fonction dans un processus à part et rend ce qu’elle rend (limites et droits n’en sortent pas)."""
    lecture, ecriture = os.pipe()
    enfant = os.fork()
    if enfant == 0:
        try:
            os.write(ecriture, str(action()).encode())  # type: ignore[operator]
        except BaseException as erreur:
            os.write(ecriture, f"TOMBÉ {erreur!r}".encode())
        finally:
            os._exit(0)
    os.close(ecriture)
    morceaux = b""
    while bloc := os.read(lecture, 1 << 16):
        morceaux += bloc
    os.close(lecture)
    os.waitpid(enfant, 0)
    return morceaux.decode()


def test_limite_de_taille_atteinte_pour_de_vrai(tmp_path: Path, passation: Passation) -> None:
    chemin = tmp_path / "p.json"
    _, seconde = deux_revisions(chemin, passation)

    def essayer() -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
        terminal = faux_terminal(["q"])
        try:
            Carnet(chemin, terminal, horloge).ecrire(seconde)
        except ErreurCpit as erreur:
            return f"{erreur.anomalies[0].code} | {ecran(terminal)}"
        return "aucune erreur"

    dit = dans_un_enfant(essayer)
    assert dit.startswith("non-enregistre | ")
    assert "n'est PAS enregistré" in dit
    assert "limite de taille" in dit
    assert "enregistrée" not in dit.replace("n'est PAS enregistrée", "")
    assert relire_fichier(chemin) == (seconde, ())


@contextmanager
def sans_privilege() -> Iterator[None]:
    """Root passe outre les droits : on devient « nobody » le temps d’un essai."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield


@pytest.fixture
def dossiers(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Un dossier en lecture seule et un dossier où écrire, tous deux accessibles à « nobody »."""
    racine = Path("/tmp") / f"cpit-essai-{os.getpid()}-{tmp_path.name}"
    ferme, ouvert = racine / "ferme", racine / "ouvert"
    for dossier in (racine, ferme, ouvert):
        dossier.mkdir()
        dossier.chmod(0o777)
    yield ferme, ouvert
    ferme.chmod(0o777)
    subprocess.run(["rm", "-rf", str(racine)], check=True)


def test_dossier_devenu_lecture_seule_en_cours_de_route(dossiers: tuple[Path, Path], passation: Passation) -> None:
    """On le dit, on propose un autre dossier, on n’y écrase personne, et l’ancien fichier reste intact."""
    ferme, ouvert = dossiers
    chemin = ferme / "p.json"
    with sans_privilege():
        seconde = deux_revisions(chemin, passation)[1]
        d_un_autre = dater(seconde, INSTANT)
        enregistrer(d_un_autre, ouvert / "p.json")
    ferme.chmod(0o555)
    terminal = faux_terminal(["", "/nulle/part", "~personne-de-ce-nom/x", str(ouvert)])
    carnet = Carnet(chemin, terminal, horloge)
    with sans_privilege():
        ecrite = carnet.ecrire(seconde)
    assert carnet.chemin == ouvert / "p-2.json"
    assert relire_fichier(carnet.chemin) == (ecrite, ())
    assert relire_fichier(chemin) == (seconde, ())
    assert relire_fichier(ouvert / "p.json") == (d_un_autre, ())
    texte = ecran(terminal)
    assert texte.count("n'est PAS enregistré : l'accès est refusé") == 2  # d’abord, puis après « Entrée, réessayer »
    assert texte.count("n'est pas un dossier où l'on entre") == 2
    assert str(ouvert / "p-2.json") in texte


def test_seance_neuve_dans_un_dossier_en_lecture_seule(dossiers: tuple[Path, Path], referentiel: Referentiel) -> None:
    ferme, ouvert = dossiers
    ferme.chmod(0o555)
    terminal = faux_terminal(["", "", "", str(ouvert), *"123412", ""])
    with sans_privilege():
        _, chemin = mener_seance(terminal, DemandeSeance(ferme, referentiel, sans_profil=True), horloge)
    assert chemin.parent == ouvert
    assert lire_passation(chemin).terminee
    assert list(ferme.iterdir()) == []


def test_reprise_dans_un_dossier_en_lecture_seule(dossiers: tuple[Path, Path], referentiel: Referentiel) -> None:
    """Une passation reçue sur un partage : on répond à côté, l’original ne bouge pas."""
    ferme, ouvert = dossiers
    depart = dater(passation_de(referentiel, "12"), INSTANT)
    with sans_privilege():
        enregistrer(depart, ferme / "p.json")
    ferme.chmod(0o555)
    terminal = faux_terminal([str(ouvert), *"3412", ""])
    with sans_privilege():
        _, chemin = mener_seance(terminal, DemandeSeance(ferme, reprendre=ferme / "p.json"), horloge)
    assert chemin.parent == ouvert
    assert lire_passation(chemin).valeurs() == dict(
        zip((i.code for i in depart.items), (1, 2, 3, 4, 1, 2), strict=True)
    )
    assert relire_fichier(ferme / "p.json") == (depart, ())


def test_hors_terminal_un_dossier_ferme_est_un_refus(dossiers: tuple[Path, Path], referentiel: Referentiel) -> None:
    ferme, _ = dossiers
    ferme.chmod(0o555)
    terminal = faux_terminal()
    terminal.entree.isatty = lambda: False  # type: ignore[method-assign]
    with sans_privilege(), pytest.raises(ErreurCpit) as erreur:
        mener_seance(terminal, DemandeSeance(ferme, referentiel), horloge)
    assert codes_de(erreur) == ["non-enregistre"]


# --- Windows : un autre programme retient le fichier ------------------------------------------------------------------


class Retenu:
    """Fait échouer le remplacement d’un fichier un certain nombre de fois, comme un antivirus sous Windows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, chemin: Path, fois: int) -> None:
        self.reste, self.attendu = fois, 0.0
        vrai = Path.replace

        def replace_(source: Path, cible: Path) -> Path:
            if Path(cible) == chemin and self.reste > 0:
                self.reste -= 1
                raise PermissionError(errno.EACCES, "Accès refusé")
            return vrai(source, cible)

        monkeypatch.setattr(Path, "replace", replace_)
        monkeypatch.setattr(durable.time, "sleep", self.dormir)

    def dormir(self, secondes: float) -> None:
        self.attendu += secondes


def test_on_reessaie_deux_secondes_et_demie(
    tmp_path: Path, passation: Passation, monkeypatch: pytest.MonkeyPatch
) -> None:
    chemin = tmp_path / "p.json"
    _, seconde = deux_revisions(chemin, passation)
    retenu = Retenu(monkeypatch, chemin, len(ATTENTES))
    ecrit = enregistrer(dater(seconde, INSTANT), chemin, retenu.dormir)
    assert (ecrit.chemin, ecrit.de_cote) == (chemin, False)
    assert retenu.attendu == pytest.approx(2.5)


def test_puis_on_garde_de_cote_on_le_dit_et_on_le_reprend(
    tmp_path: Path, passation: Passation, monkeypatch: pytest.MonkeyPatch
) -> None:
    chemin = tmp_path / "p.json"
    _, seconde = deux_revisions(chemin, passation)
    retenu = Retenu(monkeypatch, chemin, 10_000)
    terminal = faux_terminal()
    carnet = Carnet(chemin, terminal, horloge)
    troisieme = carnet.ecrire(seconde)
    quatrieme = carnet.ecrire(troisieme)
    assert ecran(terminal).count("retenu par un autre programme") == 1, "dit une fois, pas à chaque réponse"
    assert de_cote(chemin).name in ecran(terminal)
    assert lire_passation(chemin) == seconde
    lue, anomalies = relire_fichier(chemin)
    assert lue == quatrieme
    assert [(a.code, a.lieu.fichier) for a in anomalies] == [("reprise-de-cote", str(chemin))]
    retenu.reste = 0
    cinquieme = carnet.ecrire(lue)
    assert relire_fichier(chemin) == (cinquieme, ())
    assert not de_cote(chemin).exists()


def test_un_fichier_que_l_on_ne_peut_meme_pas_lire_va_de_cote(
    tmp_path: Path, passation: Passation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sous Windows, un fichier ouvert en exclusivité ne se lit pas non plus : la copie .bak ne peut pas être faite."""
    chemin = tmp_path / "p.json"
    _, seconde = deux_revisions(chemin, passation)
    retenu = Retenu(monkeypatch, chemin, 10_000)
    vrai = Path.read_bytes

    def read_bytes(fichier: Path) -> bytes:
        if fichier == chemin:
            raise PermissionError(errno.EACCES, "Accès refusé")
        return vrai(fichier)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    ecrit = enregistrer(dater(seconde, INSTANT), chemin, retenu.dormir)
    assert ecrit.de_cote
    assert lire_passation(de_cote(chemin)).revision == seconde.revision + 1


def test_un_de_cote_plus_ancien_n_est_pas_repris(tmp_path: Path, passation: Passation) -> None:
    chemin = tmp_path / "p.json"
    premiere, seconde = deux_revisions(chemin, passation)
    de_cote(chemin).write_bytes(encoder_passation(premiere))
    assert relire_fichier(chemin) == (seconde, ())


@pytest.mark.parametrize("recente", ["copie", "de côté"])
def test_d_un_fichier_abime_c_est_le_plus_recent_des_secours_qui_est_lu(
    tmp_path: Path, passation: Passation, recente: str
) -> None:
    chemin = tmp_path / "p.json"
    revisions = deux_revisions(chemin, passation)
    secours = (de_cote(chemin), copie_de(chemin)) if recente == "copie" else (copie_de(chemin), de_cote(chemin))
    for autre, revision in zip(secours, revisions, strict=True):
        autre.write_bytes(encoder_passation(revision))
    chemin.write_bytes(chemin.read_bytes()[:-9])
    lue, anomalies = relire_fichier(chemin)
    assert lue == revisions[1]
    assert [(a.code, a.mots["copie"]) for a in anomalies] == [("repli-sur-copie", secours[1].name)]


@pytest.mark.parametrize(
    ("nom", "code"),
    [
        *(("t.csv", "passation-autre-source"), ("T.XLSX", "passation-autre-source")),
        *(("t.numbers", "source-inconnue"), ("formulaire-r01-t0-soi.docx", "formulaire-en-image")),
    ],
)
def test_ce_qu_une_autre_commande_lit_est_dit_quelle_que_soit_sa_casse(tmp_path: Path, nom: str, code: str) -> None:
    (tmp_path / nom).write_text("identifiant;C1P\nR01;3\n", encoding="utf-8")
    with pytest.raises(ErreurCpit) as erreur:
        relire_fichier(tmp_path / nom)
    assert codes_de(erreur) == [code]


def test_un_dossier_sans_passation_ne_fait_nommer_aucune_passation(tmp_path: Path, passation: Passation) -> None:
    with pytest.raises(ErreurCpit) as erreur:
        relire_fichier(tmp_path)
    assert "Nommer un fichier" in erreur.value.anomalies[0].correction
    enregistrer(passation, tmp_path / "p.json")
    with pytest.raises(ErreurCpit) as erreur:
        relire_fichier(tmp_path)
    assert "Nommer une de ses passations (p.json)" in erreur.value.anomalies[0].correction


# --- verrou -----------------------------------------------------------------------------------------------------------


def reponses(*choix: bool) -> tuple[list[tuple[str, bool]], object]:
    """Une personne qui répond d’avance, et la liste des questions qu’on lui a posées (avec ce que vaut Entrée)."""
    questions: list[tuple[str, bool]] = []
    suite = iter(choix)

    def confirmer(question: str, /, *, defaut: bool = True) -> bool:
        questions.append((question, defaut))
        return next(suite)

    return questions, confirmer


@contextmanager
def seance_vivante(chemin: Path) -> Iterator[int]:
    """Un autre processus, vivant, tient le verrou."""
    lecture, ecriture = os.pipe()
    enfant = os.fork()
    if enfant == 0:
        with verrouiller(chemin):
            os.write(ecriture, b"!")
            time.sleep(60)
        os._exit(0)
    os.read(lecture, 1)
    try:
        yield enfant
    finally:
        os.kill(enfant, signal.SIGKILL)
        os.waitpid(enfant, 0)
        os.close(lecture)
        os.close(ecriture)


def seance_tuee(chemin: Path) -> int:
    with seance_vivante(chemin) as pid:
        pass
    assert chemin_du_verrou(chemin).exists()
    return pid


def test_le_verrou_dit_qui_et_disparait(tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    with verrouiller(chemin) as tenu:
        assert chemin_du_verrou(chemin).read_text().splitlines()[0] == str(os.getpid())
        assert tenu()
    assert list(tmp_path.iterdir()) == []


def test_deux_seances_sur_un_fichier_hors_terminal(tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    with seance_vivante(chemin) as pid:
        with pytest.raises(ErreurCpit) as erreur, verrouiller(chemin):
            pass
        assert codes_de(erreur) == ["verrou-tenu"]
        assert str(pid) in erreur.value.anomalies[0].quoi
        assert chemin_du_verrou(chemin).exists(), "le verrou de l’autre est toujours là"


def test_deux_seances_entree_ne_suffit_pas_a_ecarter_l_autre(tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    with seance_vivante(chemin):
        questions, confirmer = reponses(False)
        with pytest.raises(ErreurCpit), verrouiller(chemin, confirmer):  # type: ignore[arg-type]
            pass
        assert len(questions) == 1
        assert "semble encore ouverte" in questions[0][0]
        assert questions[0][1] is False


def test_ecarter_une_seance_vivante_lui_retire_l_ecriture(tmp_path: Path, passation: Passation) -> None:
    """La séance écartée n’écrase pas celle qui l’a remplacée : elle le dit et s’arrête."""
    chemin = tmp_path / "p.json"
    carnet_a = Carnet(chemin, faux_terminal(), horloge)
    un = carnet_a.ecrire(passation)
    with seance_vivante_a_la_place(chemin):
        with pytest.raises(ErreurCpit) as erreur:
            carnet_a.ecrire(un)
        assert codes_de(erreur) == ["verrou-perdu"]
        assert relire_fichier(chemin) == (un, ())
        a_part = Path(str(erreur.value.anomalies[0].mots["part"]))
        assert lire_passation(a_part).reponses == un.reponses, "sa réponse n’est pas perdue"
    carnet_a.fermer()
    assert chemin_du_verrou(chemin).exists(), "en partant, elle n’efface pas le verrou de l’autre"


@contextmanager
def seance_vivante_a_la_place(chemin: Path) -> Iterator[None]:
    chemin_du_verrou(chemin).unlink()
    with seance_vivante(chemin):
        yield


def test_verrou_perime_on_demande(tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    pid = seance_tuee(chemin)
    questions, confirmer = reponses(True)
    with verrouiller(chemin, confirmer) as tenu:  # type: ignore[arg-type]
        assert tenu()
    assert len(questions) == 1
    assert f"n'a pas été fermée (processus {pid} sur " in questions[0][0]
    assert list(tmp_path.iterdir()) == []


def test_verrou_perime_on_peut_refuser(tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    seance_tuee(chemin)
    _, confirmer = reponses(False)
    with pytest.raises(ErreurCpit) as erreur, verrouiller(chemin, confirmer):  # type: ignore[arg-type]
        pass
    assert codes_de(erreur) == ["verrou-tenu"]
    assert not chemin_du_verrou(chemin).exists(), (
        "pris le temps de la question, il est rendu : personne ne tient le fichier"
    )


def test_verrou_perime_sans_personne_est_repris(tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    seance_tuee(chemin)
    with verrouiller(chemin) as tenu:
        assert tenu()


@pytest.mark.parametrize("contenu", ["4242\nAUTRE-MACHINE\n", ""], ids=["autre machine", "vide"])
def test_verrou_d_une_autre_machine_n_est_jamais_repris_sans_demander(tmp_path: Path, contenu: str) -> None:
    chemin = tmp_path / "p.json"
    chemin_du_verrou(chemin).write_text(contenu)
    with pytest.raises(ErreurCpit), verrouiller(chemin):
        pass
    assert chemin_du_verrou(chemin).read_text() == contenu
    questions, confirmer = reponses(True)
    with verrouiller(chemin, confirmer) as tenu:  # type: ignore[arg-type]
        assert tenu()
    assert questions[0][1] is False
    assert ("AUTRE-MACHINE" in questions[0][0]) == bool(contenu)


MUETS = {"vide": b"", "zéros d’une panne": b"\0" * 40, "coupé": b"4242\nMACH"}


@pytest.mark.parametrize("octets", MUETS.values(), ids=MUETS)
def test_un_verrou_qui_ne_nomme_personne_ne_retient_que_le_temps_de_se_nommer(tmp_path: Path, octets: bytes) -> None:
    """Tué entre la création du verrou et l’écriture de son numéro, ou vidé par une panne."""
    chemin = tmp_path / "p.json"
    chemin_du_verrou(chemin).write_bytes(octets)
    with pytest.raises(ErreurCpit) as erreur, verrouiller(chemin):
        pass
    assert codes_de(erreur) == ["verrou-tenu"]
    vieillir(chemin_du_verrou(chemin), 5)
    questions, confirmer = reponses()
    with verrouiller(chemin, confirmer) as tenu:  # type: ignore[arg-type]
        assert tenu()
    assert (questions, list(tmp_path.iterdir())) == ([], [])


def vieillir(chemin: Path, secondes: float) -> None:
    quand = time.time() - secondes
    os.utime(chemin, (quand, quand))


def test_un_verrou_qui_n_est_pas_du_texte_est_un_verrou_tenu(tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    chemin_du_verrou(chemin).write_bytes(b"\xff\xfe\n\xff\n")
    with pytest.raises(ErreurCpit) as erreur, verrouiller(chemin):
        pass
    assert codes_de(erreur) == ["verrou-tenu"]


def test_un_verrou_perime_que_la_bibliotheque_ote_sans_le_prendre_se_prend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certaines versions s’en tiennent à l’effacer."""
    chemin, prendre, appels = tmp_path / "p.json", SoftFileLock.acquire, list[SoftFileLock]()
    seance_tuee(chemin)

    def oter_d_abord(verrou: SoftFileLock, *reste: Any, **options: Any) -> Any:
        appels.append(verrou)
        if len(appels) > 1:
            return prendre(verrou, *reste, **options)
        chemin_du_verrou(chemin).unlink()
        raise Timeout(str(chemin_du_verrou(chemin)))

    monkeypatch.setattr(SoftFileLock, "acquire", oter_d_abord)
    with verrouiller(chemin) as tenu:
        assert tenu()
        assert chemin_du_verrou(chemin).exists()


def test_qui_se_nomme_trop_tard_n_est_pas_un_second_tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrêtée entre la création de son verrou et son numéro, une séance se réveille : une autre l’a remplacée."""
    chemin, autre = tmp_path / "p.json", "4242\nAUTRE-MACHINE\n"
    prendre = SoftFileLock.acquire

    def endormie(verrou: SoftFileLock, *reste: Any, **options: Any) -> Any:
        pris = prendre(verrou, *reste, **options)
        chemin_du_verrou(chemin).unlink()
        chemin_du_verrou(chemin).write_text(autre)
        return pris

    monkeypatch.setattr(SoftFileLock, "acquire", endormie)
    with pytest.raises(ErreurCpit) as erreur, verrouiller(chemin):
        pass
    assert codes_de(erreur) == ["verrou-tenu"]
    assert chemin_du_verrou(chemin).read_text() == autre


@pytest.mark.skipif(os.name == "nt", reason="fork")
@pytest.mark.endurance
def test_un_verrou_muet_n_est_repris_que_par_une_seance_a_la_fois(tmp_path: Path) -> None:
    chemin, dedans = tmp_path / "p.json", tmp_path / "dedans"
    for _ in range(5):
        chemin_du_verrou(chemin).write_bytes(b"")
        vieillir(chemin_du_verrou(chemin), 5)
        enfants = [os.fork() or _se_presser(chemin, dedans) for _ in range(4)]
        issues = [os.waitstatus_to_exitcode(os.waitpid(enfant, 0)[1]) for enfant in enfants]
        assert 0 in issues, "l’une au moins l’a repris"
        assert set(issues) <= {0, 1}, "jamais deux à la fois"


def _se_presser(chemin: Path, dedans: Path) -> int:
    """Dans un enfant : prend le verrou, vérifie qu’il y est seul, s’en va ; finit par 1 s’il est tenu, 2 sinon."""
    try:
        with verrouiller(chemin):
            dedans.mkdir()
            time.sleep(0.005)
            dedans.rmdir()
    except ErreurCpit:
        os._exit(1)
    except BaseException:
        os._exit(2)
    os._exit(0)


def test_une_reprise_lue_avant_le_verrou_n_ecrase_pas_ce_qu_une_autre_a_ecrit(
    tmp_path: Path, referentiel: Referentiel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entre la lecture et le verrou, une autre séance a le temps de répondre et de partir."""
    chemin = tmp_path / "p.json"
    depart = dater(passation_de(referentiel, "1"), INSTANT)
    enregistrer(depart, chemin)
    avance = dater(passation_de(referentiel, "1234", revision=depart.revision), INSTANT)

    @contextmanager
    def verrou_lent(chemin_: Path, _confirmer: object = None) -> Iterator[object]:
        enregistrer(avance, chemin_)
        with verrouiller(chemin_) as tenu:
            yield tenu

    monkeypatch.setattr("cpit.questionnaire.seance.verrouiller", verrou_lent)
    with pytest.raises(ErreurCpit) as erreur:
        mener_seance(faux_terminal([*"444444"]), DemandeSeance(tmp_path, reprendre=chemin), horloge)
    assert codes_de(erreur) == ["change-entre-temps"]
    assert relire_fichier(chemin) == (avance, ())


def test_un_nom_pris_entre_le_choix_et_le_verrou_n_est_pas_ecrase(
    tmp_path: Path, referentiel: Referentiel, monkeypatch: pytest.MonkeyPatch
) -> None:
    premier = tmp_path / "passation-t0-soi.json"
    d_un_autre = dater(passation_de(referentiel, "444"), INSTANT)

    @contextmanager
    def verrou_lent(chemin: Path, _confirmer: object = None) -> Iterator[object]:
        if chemin == premier and not premier.exists():
            enregistrer(d_un_autre, premier)
        with verrouiller(chemin) as tenu:
            yield tenu

    monkeypatch.setattr("cpit.questionnaire.seance.verrouiller", verrou_lent)
    terminal = faux_terminal(["", "", "", *"123412", ""])
    _, chemin = mener_seance(terminal, DemandeSeance(tmp_path, referentiel, sans_profil=True), horloge)
    assert chemin == tmp_path / "passation-t0-soi-2.json"
    assert relire_fichier(premier) == (d_un_autre, ())


@pytest.mark.endurance
def test_vingt_seances_lancees_ensemble_ecrivent_vingt_fichiers(tmp_path: Path, referentiel: Referentiel) -> None:
    def repondre(valeur: int) -> None:
        terminal = faux_terminal([str(valeur)] * 6)
        terminal.entree.isatty = lambda: False  # type: ignore[method-assign]
        mener_seance(terminal, DemandeSeance(tmp_path, referentiel), horloge)

    enfants = []
    for rang in range(20):
        enfant = os.fork()
        if enfant == 0:
            code = 1
            try:
                repondre(rang % 4 + 1)
                code = 0
            finally:
                os._exit(code)
        enfants.append(enfant)
    assert [os.waitpid(enfant, 0)[1] for enfant in enfants] == [0] * 20
    fichiers = [lire_passation(p) for p in tmp_path.glob("*.json")]
    assert len(fichiers) == 20
    assert sorted(p.valeurs()["A1"] for p in fichiers) == sorted(rang % 4 + 1 for rang in range(20))


# --- noms de fichiers -------------------------------------------------------------------------------------------------

INTERDITS = set('<>:"/\\|?*')
RESERVES = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10))}


@given(st.text(max_size=320))
@example("../../x")
@example("CON")
@example("a:b")
@example("x" * 300)
@example("👩‍🌾🌻")
@example("..")
@example("~")
@example("a\0b")
@example("fin. ")
def test_un_nom_hostile_fait_un_fichier_sur_dans_le_dossier(code: str) -> None:
    passation = replace(passation_de(minimal()), identifiant=code)
    chemin = nouveau_chemin(Path("/tmp/dossier-absent"), passation)
    assert chemin.parent == Path("/tmp/dossier-absent")
    nom = chemin.name
    assert nom.isascii()
    assert nom.isprintable()
    assert not set(nom) & INTERDITS
    assert len(nom) <= 80
    assert nom.startswith("passation-")
    assert nom.endswith(".json")
    assert nom.split(".")[0].lower() not in RESERVES


def test_un_nom_pris_n_est_jamais_repris(tmp_path: Path) -> None:
    """Ni par un fichier, ni par sa copie, ni par un enregistrement de côté, ni par une séance en cours."""
    chemin = tmp_path / "p.json"
    for occupant in (chemin, copie_de(chemin), de_cote(chemin), chemin_du_verrou(chemin)):
        occupant.write_text("")
        assert nom_libre(chemin) == tmp_path / "p-2.json"
        occupant.unlink()
    assert nom_libre(chemin) == chemin
    for pris, libre in (("p.json", "p-2.json"), ("p-2.json", "p-3.json"), ("p-3.json", "p-4.json")):
        (tmp_path / pris).write_text("")
        assert nom_libre(chemin) == tmp_path / libre


# --- deux séances et un seul fichier : nul n’écrase personne ----------------------------------------------------------


def carnet_sur(chemin: Path, *touches: str) -> Carnet:
    return Carnet(chemin, faux_terminal(touches), horloge)


def test_un_endroit_choisi_en_route_est_tenu_lui_aussi(
    tmp_path: Path, passation: Passation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Disque plein, autre dossier : qui veut y reprendre la passation est prévenu, comme au premier endroit."""
    plein, ailleurs = tmp_path / "plein", tmp_path / "ailleurs"
    plein.mkdir()
    ailleurs.mkdir()
    carnet = carnet_sur(plein / "p.json", str(ailleurs))
    ecrite = carnet.ecrire(passation)
    vrai = os.fsync

    def fsync(_descripteur: int) -> None:
        monkeypatch.setattr(os, "fsync", vrai)
        raise OSError(errno.ENOSPC, "plein")

    monkeypatch.setattr(os, "fsync", fsync)
    ecrite = carnet.ecrire(ecrite)
    assert carnet.chemin == ailleurs / "p.json"
    enfant = os.fork()
    if enfant == 0:
        try:
            with verrouiller(carnet.chemin):
                os._exit(0)
        except ErreurCpit:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(enfant, 0)[1]) == 1, "l’autre séance n’est pas arrêtée"
    carnet.ecrire(ecrite)
    carnet.fermer()
    assert sorted(p.name for p in ailleurs.iterdir()) == ["p.json", "p.json.bak"]


@pytest.mark.parametrize("verrou", ["rendu", "effacé"])
def test_ce_qu_une_autre_a_ecrit_n_est_jamais_remplace(tmp_path: Path, passation: Passation, verrou: str) -> None:
    """B a pris le verrou, répondu, et s’en est allée ; A répond : les deux sont gardées, et A le sait."""
    chemin = tmp_path / "p.json"
    a = carnet_sur(chemin)
    de_a = a.ecrire(passation)
    chemin_du_verrou(chemin).unlink()
    de_b = dater(de_a.avec_reponse(de_a.items[3].code, repondu(3)), INSTANT)
    if verrou == "rendu":
        with verrouiller(chemin):
            enregistrer(de_b, chemin)
    else:
        enregistrer(de_b, chemin)
    derniere = de_a.avec_reponse(de_a.items[4].code, repondu(4))
    with pytest.raises(ErreurCpit) as erreur:
        a.ecrire(derniere)
    assert codes_de(erreur) == ["ecrit-par-une-autre"]
    assert relire_fichier(chemin) == (de_b, ())
    a_part = Path(str(erreur.value.anomalies[0].mots["part"]))
    assert relire_fichier(a_part)[0].reponses == derniere.reponses
    assert str(a_part) in erreur.value.anomalies[0].quoi


def test_un_fichier_abime_depuis_qu_on_l_a_lu_n_est_pas_recouvert(tmp_path: Path, passation: Passation) -> None:
    """Entre la lecture et la prise, un autre l’a changé en ce qui ne se lit plus : ce n’est plus le nôtre."""
    chemin = tmp_path / "p.json"
    enregistrer(passation, chemin)
    abime = chemin.read_bytes()[:-9]
    chemin.write_bytes(abime)
    tenu = FichierTenu(chemin, lambda: True, passation.revision)
    with pytest.raises(ErreurCpit) as erreur:
        tenu.enregistrer(passation)
    assert codes_de(erreur) == ["ecrit-par-une-autre"]
    assert chemin.read_bytes() == abime
    assert relire_fichier(Path(str(erreur.value.anomalies[0].mots["part"])))[0].reponses == passation.reponses


def test_garder_a_part_laisse_un_nom_qu_une_troisieme_seance_vient_de_prendre(
    tmp_path: Path, passation: Passation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Le nom était libre quand on l’a choisi ; il ne l’est plus quand on le verrouille."""
    chemin, pris = tmp_path / "p.json", tmp_path / "p-2.json"
    carnet = carnet_sur(chemin)
    ecrite = carnet.ecrire(passation)
    chemin.write_bytes(encoder_passation(dater(ecrite.avec_reponse(ecrite.items[3].code, repondu(3)), INSTANT)))

    @contextmanager
    def verrou_lent(lieu: Path, _confirmer: object = None) -> Iterator[object]:
        if lieu == pris and not pris.exists():
            pris.write_bytes(b"{}")
            raise ErreurCpit([])
        with verrouiller(lieu) as tenu:
            yield tenu

    monkeypatch.setattr("cpit.passations.sauvegarde.verrouiller", verrou_lent)
    with pytest.raises(ErreurCpit) as erreur:
        carnet.ecrire(ecrite)
    assert codes_de(erreur) == ["ecrit-par-une-autre"]
    assert relire_fichier(tmp_path / "p-3.json")[0].reponses == ecrite.reponses
    assert pris.read_bytes() == b"{}"


def test_une_correction_ecrite_ailleurs_garde_ailleurs_sa_version_d_avant(
    tmp_path: Path, passation: Passation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Le disque est plein à la première correction : la version d’avant la suit dans l’autre dossier."""
    plein, ailleurs = tmp_path / "plein", tmp_path / "ailleurs"
    plein.mkdir()
    ailleurs.mkdir()
    carnet = carnet_sur(plein / "p.json", str(ailleurs))
    avant = carnet.ecrire(replace(passation, terminee=INSTANT))
    carnet.a_garder = avant
    vrai = os.fsync

    def fsync(_descripteur: int) -> None:
        monkeypatch.setattr(os, "fsync", vrai)
        raise OSError(errno.ENOSPC, "plein")

    monkeypatch.setattr(os, "fsync", fsync)
    ecrite = carnet.ecrire(avant.avec_reponse(avant.items[0].code, repondu(4)))
    carnet.fermer()
    assert sorted(p.name for p in ailleurs.iterdir()) == ["p.json", f"p.json.version-{INSTANT[:10]}"]
    assert lire_passation(ailleurs / f"p.json.version-{INSTANT[:10]}") == avant
    assert relire_fichier(ailleurs / "p.json") == (ecrite, ())
    assert lire_passation(plein / "p.json") == avant


def test_un_fichier_recree_a_l_identique_n_est_pas_celui_d_une_autre(tmp_path: Path, passation: Passation) -> None:
    """Un dossier partagé repose parfois le même fichier sous un autre numéro."""
    chemin = tmp_path / "p.json"
    carnet = carnet_sur(chemin)
    ecrite = carnet.ecrire(passation)
    octets = chemin.read_bytes()
    chemin.unlink()
    chemin.write_bytes(octets)
    ecrite = carnet.ecrire(ecrite)
    assert relire_fichier(chemin) == (ecrite, ())


@pytest.mark.parametrize("comment", ["ôté", "vide"])
def test_un_dossier_parti_est_dit_comme_tel(tmp_path: Path, passation: Passation, comment: str) -> None:
    """Clé retirée, disque démonté (son point de montage reste, vide) : rien n’est écrit à la place."""
    cle, ailleurs = tmp_path / "cle", tmp_path / "ailleurs"
    cle.mkdir()
    ailleurs.mkdir()
    carnet = carnet_sur(cle / "p.json", "", str(ailleurs))
    ecrite = carnet.ecrire(passation)
    cle.rename(tmp_path / "retiree")
    if comment == "vide":
        cle.mkdir()
    carnet.ecrire(ecrite)
    dit = ecran(carnet.terminal)
    assert dit.count("le dossier n'est plus là") == 2
    assert "autre séance" not in dit
    assert carnet.chemin == ailleurs / "p.json"
    assert not cle.exists() or list(cle.iterdir()) == []
    assert relire_fichier(tmp_path / "retiree" / "p.json") == (ecrite, ())


def test_un_dossier_revenu_se_reprend_la_ou_il_en_etait(
    tmp_path: Path, passation: Passation, monkeypatch: pytest.MonkeyPatch
) -> None:
    cle = tmp_path / "cle"
    cle.mkdir()
    carnet = carnet_sur(cle / "p.json", "")
    ecrite = carnet.ecrire(passation)
    cle.rename(tmp_path / "retiree")
    demander = Terminal.demander

    def remettre(terminal: Terminal, invite: str) -> str:
        (tmp_path / "retiree").rename(cle)
        return demander(terminal, invite)

    monkeypatch.setattr(Terminal, "demander", remettre)
    ecrite = carnet.ecrire(ecrite)
    assert relire_fichier(cle / "p.json") == (ecrite, ())


def test_un_fichier_efface_en_cours_de_route_ne_renait_pas_en_silence(tmp_path: Path, passation: Passation) -> None:
    chemin = tmp_path / "p.json"
    carnet = carnet_sur(chemin, "", str(tmp_path))
    ecrite = carnet.ecrire(passation)
    chemin.unlink()
    ecrite = carnet.ecrire(ecrite)
    assert ecran(carnet.terminal).count("a été effacé ou déplacé") == 2
    assert relire_fichier(carnet.chemin)[0] == ecrite


@pytest.mark.parametrize("place", ["p.json", "p.json.bak", ".p.json.verrou"])
@pytest.mark.parametrize("sorte", ["tube", "dossier"])
def test_un_tube_ou_un_dossier_a_la_place_est_refuse_sans_attendre(
    tmp_path: Path, passation: Passation, place: str, sorte: str
) -> None:
    chemin, ailleurs = tmp_path / "p.json", tmp_path / "ailleurs"
    ailleurs.mkdir()
    if place == "p.json.bak":
        passation = dater(passation, INSTANT)
        enregistrer(passation, chemin)
    if sorte == "tube":
        os.mkfifo(tmp_path / place)
    else:
        (tmp_path / place).mkdir()
    carnet = carnet_sur(chemin, str(ailleurs))
    ecrite = carnet.ecrire(passation)
    assert carnet.chemin.parent == ailleurs
    assert relire_fichier(carnet.chemin) == (ecrite, ())
    assert ("un tube" in ecran(carnet.terminal)) == (sorte == "tube")


def test_les_restes_de_seances_mortes_sont_balayes_par_la_suivante(tmp_path: Path, referentiel: Referentiel) -> None:
    """Celui d’une séance vivante, jamais ; ni celui dont le verrou vient d’une autre machine."""
    vivante = tmp_path / "vivante.json"
    restes = [".morte.json.999999998.tmp", ".morte.json.bak.999999998.tmp", ".morte.json.verrou.break.999999998.ab12"]
    restes += [".sans-verrou.json.999999998.tmp"]
    gardes = [".vivante.json.999999998.tmp", ".loin.json.999999998.tmp", f".autre.json.{os.getpid()}.tmp", ".notes.tmp"]
    gardes += [".sans-machine.json.999999998.tmp"]
    for nom in (*restes, *gardes):
        (tmp_path / nom).write_text("des réponses")
    chemin_du_verrou(tmp_path / "loin.json").write_text("4242\nAUTRE-MACHINE\n")
    chemin_du_verrou(tmp_path / "sans-machine.json").write_text("4242\n")
    seance_tuee(tmp_path / "morte.json")
    with seance_vivante(vivante):
        terminal = faux_terminal([*"123412"])
        terminal.entree.isatty = lambda: False  # type: ignore[method-assign]
        mener_seance(terminal, DemandeSeance(tmp_path, referentiel), horloge)
    assert [nom for nom in restes if (tmp_path / nom).exists()] == []
    assert all((tmp_path / nom).exists() for nom in gardes)

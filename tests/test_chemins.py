"""Tout chemin que l’on peut nommer, dans toute commande : ni trace, ni attente, toujours un refus clair et situé.

Les commandes et leurs paramètres se tirent de l’application elle-même : une commande neuve y entre d’elle-même, et un
paramètre dont on ne saurait dire s’il est un chemin fait échouer ces tests.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import tracemalloc
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from aide_terminal import ClavierQui, au_terminal
from aides import RACINE, encoder_passation, lire_passation, somme_de_controle
from test_commandes import ANGLAIS

import cpit
from cpit.cli import app, executer

EXEMPLES = RACINE / "exemples"
PASSATION = "passation-r01-t0-soi.json"
PAS_DES_CHEMINS = {
    *("CODE", "MOMENT", "REGARD", "QUESTION=CHOIX", "[ECHELLE]", "FORMAT", "DIALECTE", "QUESTION", "FIGURE"),
    *(
        "SIGNE",
        "LISTE",
        "[SUJET]",
        "[COMMANDE]",
        "CODES",
        "entretien",
        "N",
        "MM",
        "SORTE",
        "EN-TÊTE",
        "CHOIX",
        "ROLE",
        "DATE",
        "NIVEAU",
    ),
    *("[ITEM]", "TEXTE", "COMPETENCE", "INGENIERIE", "html|docx", "[CODE]", "QUESTION=ÉQUIPE"),
}
"""Ce que l’on tape et qui n’est pas un chemin."""
SUFFIXES = {
    **{
        "PASSATION": ".json",
        "F.xlsx": ".xlsx",
        "F.html": ".html",
        "F.docx": ".docx",
        "F.yaml": ".yaml",
        "CODES.csv": ".csv",
        "SOURCE…": ".csv",
        "SOURCE": ".csv",
        "PASSATION…": ".json",
    },
    **{
        "F": ".csv",
        "NOM": ".yaml",
        "[NOM]": ".yaml",
        "FICHIER": "",
        "DOSSIER": "",
        "[DOSSIER]": ".json",
        "F.md": ".md",
        "CLE": "",
    },
}
"""Ce qu’on tape d’un chemin → le suffixe sans lequel on le refuserait pour son nom seul."""
SUFFIXES_PROPRES = {
    ("questionnaire", "reprendre"): ".json",
    ("valider", "fichier"): ".yaml",
    ("figure", "sortie"): ".svg",
    ("fidelite", "sortie"): ".json",
    ("exporter", "cle"): ".cle",
    ("referentiel exporter", "sortie"): ".md",
}
JUSTES = {
    "passation": PASSATION,
    "sources": PASSATION,
    "fichier": "modele.yaml",
    "code": "R01",
    "nature": "carte",
    "vers": "markdown",
}
"""Ce que l’on donne aux arguments obligatoires que l’on n’essaie pas."""
LEGERES = {"cohorte": ["--sortie=c.csv"], "exporter": ["--formats=csv"], "trace": ["--situation=Une réunion"]}
"""Ce qui rend une commande brève quand le chemin convient malgré tout."""
AVEC = {
    ("restituer", "gabarit"): ["--format=docx"],
    ("portfolio", "gabarit"): ["--format=docx"],
}
"""Sans quoi un paramètre se refuserait pour une autre raison que son chemin."""
PAS_UN_CHEMIN_D_APRES_SON_NOM = {"encodage", "document"}
"""Ce qui se tape comme un nom de référentiel, et n’en est pas un."""
OPTIONS_JUSTES = {
    ("figure", "sortie"): "f.svg",
    ("exporter", "sortie"): "jeu",
    ("depuis", "fichier"): "grille.xlsx",
    ("comparer", "sources"): "paire",
    ("evolution", "sources"): "paire",
}


@dataclass(frozen=True)
class Essai:
    """Un paramètre d’une commande, que l’on remplit de chemins fautifs."""

    mots: tuple[str, ...]
    """La commande : « referentiel valider »."""
    parametre: Any
    autres: tuple[str, ...]
    """De quoi compléter la commande."""

    @property
    def suffixe(self) -> str:
        """Celui du nom qu’on donne."""
        entiers = SUFFIXES_PROPRES.get((" ".join(self.mots), self.parametre.name))
        propre = entiers or SUFFIXES_PROPRES.get((self.mots[-1], self.parametre.name))
        return SUFFIXES[self.parametre.metavar] if propre is None else propre

    def commande(self, chemin: str) -> list[str]:
        """Les mots à donner à ``executer``."""
        if self.parametre.param_type_name == "option":
            return [*self.mots, *self.autres, f"{self.parametre.opts[0]}={chemin}"]
        # Un argument vient après « -- » : « -x » y est un nom.
        return [*self.mots, *self.autres, chemin]


def _commandes(groupe: Any, mots: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for nom, commande in groupe.commands.items():
        if hasattr(commande, "commands"):
            yield from _commandes(commande, (*mots, nom))
        else:
            yield (*mots, nom), commande


def _essais() -> Iterator[Essai]:
    for mots, commande in _commandes(typer.main.get_command(app)):
        for parametre in commande.params:
            sans_chemin = parametre.metavar in PAS_DES_CHEMINS or parametre.name in PAS_UN_CHEMIN_D_APRES_SON_NOM
            if parametre.metavar is None or sans_chemin:
                assert "Path" not in type(parametre.type).__name__, (mots, parametre.name)
                continue
            assert parametre.metavar in SUFFIXES, f"{mots}, {parametre.name} : un chemin, ou non ?"
            autres = [] if parametre.name == "sortie" and mots[-1] == "cohorte" else [*LEGERES.get(" ".join(mots), [])]
            autres += AVEC.get((" ".join(mots), parametre.name), [])
            for autre in commande.params:
                if autre is not parametre and autre.required:
                    valeur = OPTIONS_JUSTES.get((mots[-1], autre.name)) or JUSTES[autre.name]
                    autres += [valeur] if autre.param_type_name == "argument" else [f"{autre.opts[0]}={valeur}"]
            yield Essai(mots, parametre, tuple(autres))


ESSAIS = list(_essais())


def _fautifs(suffixe: str) -> dict[str, str]:
    """Les chemins qu’une main ou une machine donnent de travers."""
    return {
        "vide": "",
        "point": ".",
        "racine": "/",
        "dossier": f"dossier{suffixe}",
        "néant": "/dev/null",
        "flux sans fin": f"zero{suffixe}",
        "tube": f"tube{suffixe}",
        "prise": f"prise{suffixe}",
        "dans un fichier": f"plein{suffixe}/x{suffixe}",
        "hors d’UTF-8": os.fsdecode(b"\xff\xfe" + suffixe.encode()),
        "lien rompu": f"rompu{suffixe}",
        "lien en rond": f"rond{suffixe}",
        "nom trop long": "x" * 300 + suffixe,
        "illisible": f"illisible{suffixe}",
        "deux lignes": f"a\nRefus. FAUX.{suffixe}",
    }


ACCEPTES = {"point", "dossier", "hors d’UTF-8", "lien rompu", "deux lignes"}
"""Ce qui peut nommer, malgré tout, une place où écrire, ou un dossier où chercher."""


@pytest.fixture
def lieu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Un dossier où chaque nom fautif mène à ce qu’il dit, et personne au clavier."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    shutil.copy(EXEMPLES / PASSATION, tmp_path)
    shutil.copy(RACINE / "referentiels" / "innovation-territoriale.yaml", tmp_path / "modele.yaml")
    (tmp_path / "paire").mkdir()
    for chemin in EXEMPLES.glob("passation-r01-*-soi.json"):
        shutil.copy(chemin, tmp_path / "paire")
    (tmp_path / "grille.xlsx").write_bytes(_grille())
    for suffixe in {*SUFFIXES.values(), *SUFFIXES_PROPRES.values()}:
        _semer(tmp_path, suffixe)
    _fermer(monkeypatch)
    return tmp_path


@cache
def _grille() -> bytes:
    """Un référentiel dans un classeur, pour la commande qui en part."""
    with tempfile.TemporaryDirectory() as dossier:
        return cpit.grille(Path(dossier) / "g.xlsx", "minimal").read_bytes()


def _semer(lieu: Path, suffixe: str) -> None:
    (lieu / f"dossier{suffixe}").mkdir()
    (lieu / f"zero{suffixe}").symlink_to("/dev/zero")
    os.mkfifo(lieu / f"tube{suffixe}")
    (lieu / f"plein{suffixe}").write_text("x", encoding="utf-8")
    (lieu / f"illisible{suffixe}").write_text("x", encoding="utf-8")
    (lieu / f"rompu{suffixe}").symlink_to("nulle-part")
    (lieu / f"rond{suffixe}").symlink_to(f"rond{suffixe}")
    with socket.socket(socket.AF_UNIX) as prise:
        prise.bind(f"prise{suffixe}")


def _fermer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rend illisibles les fichiers qui en portent le nom, même à qui a tous les droits sur la machine."""
    ouvrir = os.open

    def refuser(chemin: Any, *reste: Any, **options: Any) -> int:
        if Path(os.fsdecode(chemin)).name.startswith("illisible"):
            raise PermissionError(errno.EACCES, "Permission denied", os.fsdecode(chemin))
        return ouvrir(chemin, *reste, **options)

    monkeypatch.setattr("os.open", refuser)


@pytest.fixture(autouse=True)
def _sans_attendre() -> Iterator[None]:
    """Une lecture qui attendrait fait échouer le test, au lieu de ne jamais finir."""

    def trop_long(*_: object) -> None:
        raise AssertionError("cpit attend")

    ancien = signal.signal(signal.SIGALRM, trop_long)
    signal.alarm(240)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, ancien)


chaque_parametre = pytest.mark.parametrize(
    "rang", range(len(ESSAIS)), ids=lambda rang: " ".join((*ESSAIS[rang].mots, ESSAIS[rang].parametre.name))
)


@pytest.mark.echantillon(2)
@chaque_parametre
def test_chaque_parametre_refuse_l_un_des_chemins_fautifs(
    rang: int, lieu: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Chacun le sien, à tour de rôle."""
    fautifs = list(_fautifs(ESSAIS[rang].suffixe).items())
    _refuser(ESSAIS[rang], dict([fautifs[rang % len(fautifs)]]), lieu, capsys)


@pytest.mark.endurance
@chaque_parametre
def test_un_chemin_fautif_est_refuse(rang: int, lieu: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _refuser(ESSAIS[rang], _fautifs(ESSAIS[rang].suffixe), lieu, capsys)


def _refuser(essai: Essai, fautifs: dict[str, str], lieu: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for quoi, chemin in fautifs.items():
        code = int(executer(essai.commande(chemin)))
        sortie, erreur = capsys.readouterr()
        cas = (quoi, code, sortie[-500:], erreur)
        assert "Traceback" not in sortie + erreur, cas
        assert not ANGLAIS.search(erreur.replace(str(lieu), "")), cas
        assert not re.search(r"^Refus\. FAUX", sortie + erreur, re.MULTILINE), cas
        # Personne n’est au clavier : une séance que rien n’empêche s’arrête là.
        if code in (0, 130) or "entrée standard" in erreur:
            assert quoi in ACCEPTES, cas
            continue
        assert code in (1, 2), cas
        assert REFUS.search(erreur), cas
        assert _nomme(erreur, chemin), cas


@pytest.mark.parametrize("cache", [False, True], ids=["visibles", "cachés"])
def test_un_dossier_demesure_n_est_pas_parcouru_entier(
    cache: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """« cpit cohorte / » lisait le nom de tous les fichiers de la machine ; dans un dossier caché, on n’entre pas."""
    monkeypatch.setattr("cpit.sources._FICHIERS_MAX", 30)
    shutil.copy(EXEMPLES / PASSATION, tmp_path)
    plein = tmp_path / (".venv" if cache else "disque") / "a" / "b"
    plein.mkdir(parents=True)
    for rang in range(60):
        (plein / f"{rang}.txt").touch()
    assert executer(["cohorte", str(tmp_path), f"--sortie={tmp_path / 'c.csv'}"]) == (0 if cache else 1)
    dit = " ".join(capsys.readouterr().err.split())
    assert ("le dossier compte plus de 30 fichiers" in dit) is not cache


REFUS = re.compile(
    r"^(?:Refus|Avertissement)\.\s.+\n +Attendu\u202f: .+\n +Corriger\u202f: .+", re.MULTILINE | re.DOTALL
)


def _nomme(erreur: str, chemin: str) -> bool:
    """Le message dit de quel chemin il parle, ou quel argument est vide."""
    if not chemin:
        return "chemin est vide" in erreur
    dit = re.sub(r"\s", "", erreur)
    vu = re.sub(r"\s", "", chemin).replace("\udcff", r"\xff").replace("\udcfe", r"\xfe")
    return vu in dit or Path(vu).name in dit or "aucunepassation" in dit or "êtreconfirmé" in dit


# --- un dossier semé de tubes, de liens et de prises ----------------------------------------------------------------


@pytest.fixture
def seme(lieu: Path) -> Path:
    """Une passation, et, partout où cpit cherche un fichier, un tube."""
    dossier = lieu / "semé"
    dossier.mkdir()
    shutil.copy(EXEMPLES / PASSATION, dossier)
    noms = ["a.csv", "b.json", "c.xlsx", "d.html", "cle.cle", "datapackage.json", "manifeste.json"]
    noms += [f"{PASSATION}.bak", f"{PASSATION}.de-cote", f"{PASSATION}.abime", f".{PASSATION}.1.tmp"]
    for nom in [*noms, f".{PASSATION}.verrou"]:
        os.mkfifo(dossier / nom)
    (dossier / "lien.csv").symlink_to("nulle-part")
    return dossier


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(
    ("commande", "codes"),
    [
        (["cohorte", "semé"], {0}),
        (["cohorte", "semé", "--sortie", "-"], {0}),
        (["fidelite", "semé"], {0}),
        (["evolution", "semé"], {1}),
        (["exporter", "semé", "--sortie", "jeu", "--formats", "csv"], {0}),
        (["figure", "carte", "semé", "--sortie", "f.svg"], {0}),
        (["mes-donnees", "R01", "--dossier", "semé"], {0}),
        (["effacer", "R01", "--dossier", "semé", "--oui"], {0, 1}),
        (["effacer", "R01", "--dossier", "semé", "--oui", "--cle", "semé/cle.cle"], {1}),
        (["questionnaire", "--dossier", "semé", "--sans-profil"], {2}),
        (["questionnaire", "--reprendre", f"semé/{PASSATION}"], {1}),
        (["restituer", f"semé/{PASSATION}", "--classeur", "semé/c.xlsx"], {1}),
        (["formulaire", "--dossier", "semé", "--pour", "semé/a.csv"], {1}),
    ],
    ids=lambda valeur: " ".join(valeur) if isinstance(valeur, list) else "",
)
def test_un_tube_n_arrete_personne(
    commande: list[str], codes: set[int], seme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = int(executer(commande))
    sortie, erreur = capsys.readouterr()
    assert "Traceback" not in sortie + erreur
    assert code in codes, (sortie, erreur)
    if commande[0] == "cohorte":
        assert "a.csv" in erreur
        dit = " ".join(erreur.split())
        assert "c’est un tube, pas un fichier" in dit
        assert "c’est un lien qui ne mène à rien" in dit
    assert (seme / "a.csv").is_fifo(), "un tube n’est jamais touché"


def test_un_enregistrement_n_attend_pas_un_tube(lieu: Path) -> None:
    """En pleine séance, un tube prend la place de la passation : la réponse d’après ne s’y perd pas, et cela se dit."""
    tube = lieu / "passation.json"
    tube.write_bytes(encoder_passation(replace(lire_passation(lieu / PASSATION), terminee=None, reponses={})))

    def poser_un_tube() -> None:
        tube.unlink()
        os.mkfifo(tube)

    reprendre = ["questionnaire", "--reprendre", tube.name, "--sans-profil"]
    code, vu = au_terminal(*reprendre, touches=ClavierQui(["1", "2", "q"], 2, poser_un_tube), dossier=lieu)
    assert code == 1
    assert "PAS enregistré" in vu
    assert "c'est un tube" in " ".join(vu.split())
    assert tube.is_fifo()
    assert not list(lieu.glob(".passation.json.*.tmp"))


def test_un_dossier_courant_ne_se_lit_que_si_on_le_nomme(lieu: Path) -> None:
    assert (lieu / PASSATION).exists()
    for sources in ("", [""], [PASSATION, " "]):
        with pytest.raises(cpit.MauvaisEmploi, match="chemin est vide"):
            cpit.lire(sources)
    assert len(cpit.lire(Path(PASSATION)).cohorte.notees) == 1


# --- le texte d’un fichier ------------------------------------------------------------------------------------------

DOCUMENT = json.loads((EXEMPLES / PASSATION).read_bytes())


@cache
def _jsons() -> dict[str, tuple[str, str]]:
    """Un JSON fautif, et ce qu’on en dit."""
    texte = json.dumps(DOCUMENT)
    entete = '{"format": "cpit-passation", "x": '
    return {
        "demi-codet": (texte.replace('"R01"', r'"R\ud80001"'), r"qui n’existe pas (\ud800), ligne 1, colonne"),
        "demi-codet bas": (texte.replace('"R01"', r'"R\uDC0001"'), r"(\uDC00)"),
        "demi-codet, troisième ligne": ('{\n "a": 1,\n "x": "\\ud800"}', r"(\ud800), ligne 3, colonne 8"),
        "demi-codet en clé": (texte.replace('"profil"', r'"pro\ud83dfil"'), r"(\ud83d)"),
        "demi-codets à l’envers": (texte.replace('"R01"', r'"\ude00\ud83d"'), r"(\ude00)"),
        "clé en double": (
            texte.replace('"identifiant"', '"identifiant": "R02", "identifiant"', 1),
            "identifiant\u202f» est en double",
        ),
        "clé en double, plus bas": (texte.replace('"etat"', '"etat": "sans_objet", "etat"', 1), "etat\u202f» est en"),
        "non-nombre": (texte.replace('"revision": ', '"revision": NaN, "r": '), ""),
        "infini": (texte.replace('"revision": ', '"revision": 1e999, "r": '), ""),
        "dix mille chiffres": (entete + "9" * 10_000 + "}", "trop de chiffres, ligne 1, colonne 35"),
        "profond": (entete + "[" * 50_000 + "]" * 50_000 + "}", "trop profond"),
        "innombrable": (entete + "[" + "[]," * 3_000_000 + "[]]}", "trop de valeurs"),
    }


@pytest.mark.echantillon(4)
@pytest.mark.parametrize("nom", list(_jsons()))
@pytest.mark.parametrize("commande", ["restituer", "cohorte", "reprendre", "effacer"])
def test_un_json_fautif_est_refuse_a_sa_place(
    commande: str, nom: str, lieu: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texte, dit = _jsons()[nom]
    (lieu / "x").mkdir()
    fichier = lieu / "x" / "p.json"
    fichier.write_text(texte, encoding="utf-8")
    commandes = {
        "reprendre": ["questionnaire", "--reprendre", "x/p.json"],
        "effacer": ["effacer", "R01", "--dossier", "x", "--oui"],
    }
    code = int(executer(commandes.get(commande, [commande, "x/p.json"])))
    sortie, erreur = capsys.readouterr()
    assert "Traceback" not in sortie + erreur
    if commande == "effacer":
        assert code == 0, (sortie, erreur)
        # Une somme fausse n’ôte pas à une personne ce qui est clairement à elle.
        assert fichier.exists() or nom in ("non-nombre", "infini"), "ce que l’on ne sait pas lire ne s’efface pas"
    else:
        assert code == 1, (sortie, erreur)
        assert dit in re.sub(r"\s*\n\s*", " ", erreur)


TROP_LOURD = "JSON qui porte trop de valeurs"
INCOMPLET = "JSON incomplet ou fautif, ligne 1"
RAISONS: dict[str, tuple[bytes, str]] = {
    "coupé au milieu d’un caractère": (b'\n{"a": "\xe2\x80', "fichier coupé au milieu d’un caractère, ligne 2"),
    "pas d’UTF-8": (b'\n\n{"a": "\xff"}\n\n', "texte qui n’est pas en UTF-8, ligne 3"),
    "pas d’UTF-8, d’entrée": (b"\xff\n{}", "texte qui n’est pas en UTF-8, ligne 1"),
    "marque d’ordre des octets": (b"\xef\xbb\xbf{", INCOMPLET),
    "suite absente": (b'{"a": 1,\n\n', "JSON incomplet ou fautif, ligne 3"),
    "demi-codet après une ligne vide": (b'\n{"a": 1,\n "b": "\\uDBFF"}\n\n', "(\\uDBFF), ligne 3, colonne 8"),
    "demi-codet à la première ligne": (b'{"b": "\\udfff"}\n', "(\\udfff), ligne 1, colonne 8"),
    "deux moitiés hautes": (b'["\\ud83d\\ud83d"]', "(\\ud83d), ligne 1, colonne 3"),
    "une paire, puis une moitié": (b'["\\uD83D\\uDE00\\ua000\\ude00"]', "(\\ude00), ligne 1, colonne 21"),
    "trop de chiffres": (b"\n[1,\n " + b"9" * 4_301 + b",\n1]", "un nombre a trop de chiffres, ligne 3, colonne 2"),
    "une clé trois fois": (b'{"a": 1, "b": 2, "c": 3, "b": 4, "c": 5}', "la clé «\u202fb\u202f» est en double"),
    # 2 500 000 × 200 octets, ou 200 + 8 333 330 × 60 : 500 millions, permis ; un signe de plus ne l’est pas.
    "le plus de listes": (b"[" * 2_500_000, "JSON incomplet ou fautif, trop profond"),
    "une liste de trop": (b"[" * 2_500_001, TROP_LOURD),
    "une table de trop": (b"[" * 2_500_000 + b"{", TROP_LOURD),
    "le plus de valeurs": (b"[" + b"," * 8_333_330, INCOMPLET),
    "une valeur de trop": (b"[" + b"," * 8_333_331, TROP_LOURD),
}


@pytest.mark.parametrize("nom", RAISONS)
def test_un_json_refuse_dit_pourquoi_et_ou(nom: str, lieu: Path) -> None:
    octets, raison = RAISONS[nom]
    (lieu / "p.json").write_bytes(octets)
    with pytest.raises(cpit.ErreurCpit) as refus:
        cpit.relire(lieu / "p.json")
    (anomalie,) = refus.value.anomalies
    assert str(anomalie.mots["raison"]).endswith(raison)


def test_ou_python_admet_moins_de_chiffres_le_nombre_ne_se_situe_pas(lieu: Path) -> None:
    (lieu / "p.json").write_text("[" + "9" * 700 + "]", encoding="ascii")
    admis = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(640)
        with pytest.raises(cpit.ErreurCpit) as refus:
            cpit.relire(lieu / "p.json")
    finally:
        sys.set_int_max_str_digits(admis)
    assert str(refus.value.anomalies[0].mots["raison"]).endswith("un nombre a trop de chiffres")


@pytest.mark.parametrize("haute", ["d800", "D9ab", "dA3D", "dbFF"])
@pytest.mark.parametrize("basse", ["dc00", "DD01", "De02", "dfFF", "DCaa", "DfBB"])
def test_toute_paire_de_demi_codets_se_lit(haute: str, basse: str, lieu: Path) -> None:
    (lieu / "p.json").write_text(rf'["\u{haute}\u{basse}"]', encoding="ascii")
    with pytest.raises(cpit.ErreurCpit) as refus:
        cpit.relire(lieu / "p.json")
    assert "n’existe pas" not in str(refus.value), "ce n’est pas une passation, mais chaque caractère existe"


@pytest.mark.parametrize("moitie", ["d800", "D9ab", "dA3D", "dbFF", "dc00", "DD01", "De02", "dfFF", "DCaa", "DfBB"])
def test_toute_moitie_seule_est_refusee(moitie: str, lieu: Path) -> None:
    (lieu / "p.json").write_text(rf'["\\\u{moitie}"]', encoding="ascii")
    with pytest.raises(cpit.ErreurCpit, match=r"n’existe pas \(.u" + moitie):
        cpit.relire(lieu / "p.json")


def test_une_paire_de_demi_codets_est_un_caractere(lieu: Path) -> None:
    """« 🙂 » s’échappe en deux moitiés : c’est permis, comme une barre oblique devant « ud800 »."""
    document = DOCUMENT | {"identifiant": r"R \ud800 🙂"}
    document["somme"] = somme_de_controle(document)
    (lieu / "p.json").write_text(json.dumps(document, ensure_ascii=True), encoding="ascii")
    assert cpit.relire(lieu / "p.json").restitution.passation.identifiant == r"R \ud800 🙂"


@pytest.mark.endurance
def test_un_json_immense_est_pese_avant_d_etre_bati(lieu: Path) -> None:
    """Neuf mégaoctets de « [], » demanderaient deux cents mégaoctets, et trois cents en demanderaient sept mille."""
    (lieu / "x").mkdir()
    (lieu / "x" / "p.json").write_text("[" + "[]," * 3_000_000 + "[]]", encoding="utf-8")
    tracemalloc.start()
    cpit.inventorier("R01", lieu / "x")
    _, sommet = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sommet < 60_000_000


# --- ce qui se montre -----------------------------------------------------------------------------------------------

HOSTILES = "\0\u009b31m\u202egauche\u2066\u200b\u2028\x1b[2J\u061c\U000e0041"


def _est_visible(texte: str) -> bool:
    """Rien qui commande un terminal, ne se voie pas ou change le sens de lecture ; les fins de ligne restent."""
    caches = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return not any(unicodedata.category(signe) in caches for signe in texte.replace("\n", ""))


def _hostile(dossier: Path) -> Path:
    """Une passation dont le code, une trace et le référentiel joint portent tout ce qui trompe l’œil."""
    document = json.loads(json.dumps(DOCUMENT))
    document["identifiant"] = f"R{HOSTILES}01"
    document["reponses"]["C1P"]["trace"] = f"vu {HOSTILES}"
    document["somme"] = somme_de_controle(document)
    chemin = dossier / "a\nRefus. FAUX\u009b\u202e.json"
    chemin.write_text(json.dumps(document), encoding="utf-8")
    return chemin


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("simple", [[], ["--simple"]], ids=["riche", "simple"])
@pytest.mark.parametrize(
    "commande",
    [
        ["restituer", "{p}"],
        ["restituer", "{p}", "--json"],
        ["restituer", "{p}", "--page", "{d}/p\n\u009b.html"],
        ["restituer", "{d}/absent\nRefus. FAUX\u202e.json"],
        ["expliquer", "{p}", "C1"],
        ["expliquer", "{p}", "C1\u202e\nRefus. FAUX"],
        ["verifier", "{p}"],
        ["cohorte", "{d}", "--sortie", "{d}/g.csv"],
        ["cohorte", "{d}", "--sortie", "{d}/g.csv", "--fiches", "{d}/f\nRefus. FAUX\u202e"],
        ["cohorte", "{p}", "{p}.csv", "--sortie", "{d}/g\nRefus. FAUX.csv"],
        ["cohorte", "{d}", "--sortie", "-"],
        ["mes-donnees", HOSTILES, "--dossier", "{d}"],
        ["mes-donnees", "R31mgauche[2J01", "--dossier", "{d}", "--sortie", "{d}/r\nRefus. FAUX"],
        ["effacer", "R31mgauche[2J01", "--dossier", "{d}"],
        ["referentiel", "valider", "{p}"],
        ["referentiel", "montrer", "{p}"],
        ["guide", "\u202eguide\nRefus. FAUX"],
        ["\u202e\nRefus. FAUX"],
        ["cohorte", "--\u009b\nRefus. FAUX"],
    ],
    ids=lambda c: ascii(" ".join(c)),
)
def test_rien_d_ailleurs_ne_commande_l_ecran(
    commande: list[str], simple: list[str], lieu: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier = lieu / "x"
    dossier.mkdir()
    passation = _hostile(dossier)
    executer([mot.format(p=passation, d=dossier) for mot in [*commande, *simple]])
    for flux in capsys.readouterr():
        assert _est_visible(flux.removeprefix("\ufeff").replace("\r\n", "\n")), ascii(flux)
        # La suite d’un message qui se plie est en retrait : elle n’en commence jamais un autre.
        assert not re.search(r"^(?! )\W*Refus\. FAUX", flux, re.MULTILINE), flux


def test_le_json_montre_garde_la_valeur(lieu: Path, capsys: pytest.CaptureFixture[str]) -> None:
    executer(["restituer", str(_hostile(lieu)), "--json"])
    sortie = capsys.readouterr().out
    assert r"R\u0000\u009b31m\u202egauche\u2066\u200b\u2028\u001b[2J\u061c\udb40\udc4101" in sortie
    assert json.loads(sortie)["identifiant"] == f"R{HOSTILES}01"


def test_le_json_ecrit_garde_la_valeur_sans_la_cacher(lieu: Path) -> None:
    """Ouvert dans un éditeur ou montré dans un terminal, il ne trompe pas plus l’œil que ce qui s’affiche."""
    sortie = lieu / "g.json"
    assert executer(["cohorte", str(_hostile(lieu)), "--sortie", str(sortie)]) == 0
    ecrit = sortie.read_text(encoding="utf-8")
    assert _est_visible(ecrit), ascii(ecrit)
    (passation,) = json.loads(ecrit)["passations"]
    assert passation["identifiant"] == f"R{HOSTILES}01"


def test_un_demi_caractere_n_empeche_pas_de_relire_ce_que_cpit_a_ecrit(lieu: Path) -> None:
    """Un terminal en envoie parfois la moitié ; aucun UTF-8 ne la porte, et une lecture la refuserait."""
    passation = replace(lire_passation(EXEMPLES / PASSATION), identifiant="R\ud83d01")
    chemin = lieu / "p.json"
    chemin.write_bytes(encoder_passation(passation))
    assert executer(["restituer", str(chemin), "--json"]) == 0
    assert lire_passation(chemin).identifiant == "R?01"


def test_une_passation_corrigee_garde_sa_valeur_sans_la_cacher(lieu: Path) -> None:
    chemin = _hostile(lieu)
    cpit.corriger(chemin, {"C1P": 3})
    ecrit = chemin.read_text(encoding="utf-8")
    assert _est_visible(ecrit), ascii(ecrit)
    relue = json.loads(ecrit)
    assert relue["identifiant"] == f"R{HOSTILES}01"
    assert relue["reponses"]["C1P"]["valeur"] == 3


@pytest.mark.parametrize("bloc", ["{}", '"{}"', "'{}'", "|\n    {}", ">-\n    {}"])
def test_le_yaml_montre_garde_la_valeur(bloc: str, lieu: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cache = "avant \u202egauche\u2066\u200b \U000e0041 après"
    texte = (RACINE / "tests" / "referentiels" / "petit.yaml").read_text(encoding="utf-8")
    titre = next(ligne for ligne in texte.split("\n") if ligne.startswith("titre:"))
    (lieu / "r.yaml").write_text(
        texte.replace(titre, f"titre: {bloc.format(cache)}  \n# un mot \u202e").replace("'", "'"), encoding="utf-8"
    )
    attendu = cpit.referentiel(lieu / "r.yaml")
    assert cache in attendu.titre
    assert executer(["referentiel", "montrer", "r.yaml", "--yaml"]) == 0
    sortie = capsys.readouterr().out
    assert _est_visible(sortie)
    (lieu / "s.yaml").write_text(sortie, encoding="utf-8")
    relu = cpit.referentiel(lieu / "s.yaml")
    assert replace(relu, empreinte="", texte="") == replace(attendu, empreinte="", texte="")

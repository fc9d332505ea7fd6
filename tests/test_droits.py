"""Accéder à ses données, les effacer : de vrais dossiers, dans tous les états où cpit peut les laisser."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from aides import RACINE, encoder_passation, lire_passation
from hypothesis import given
from hypothesis import strategies as st

import cpit
from cpit import cli
from cpit.api.droits import Effacement
from cpit.coeur.passation import Passation, repondu
from cpit.typographie import FINE

CODE = "Zoé-07"
TRACE = "la réunion du 3 mars avec le maire de Saint-Lyphard"
NOMS = {CODE: "zoe-07", "Zoé-070": "zoe-070"}
"""Ce qu’un nom de fichier garde d’un code."""
Lancer = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lancer(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lancer:
    """Exécute une commande depuis un dossier de travail, entrée fermée ; rend son code et ce qu’elle a écrit."""
    travail = tmp_path / "travail"
    travail.mkdir()
    monkeypatch.chdir(travail)

    def executer(*arguments: object) -> tuple[int, str, str]:
        commande, *reste = map(str, arguments)
        code = cli.executer([commande, "--simple", *reste])
        dit = capsys.readouterr()
        return int(code), dit.out, dit.err

    return executer


@pytest.fixture(scope="module")
def modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deux personnes, chacune avec tout ce que cpit sait poser : la première est celle que l’on cherche."""
    racine = tmp_path_factory.mktemp("modele") / "donnees"
    for code in (CODE, "Zoé-070"):
        peupler(racine, code)
    return racine


@pytest.fixture
def dossier(modele: Path, tmp_path: Path) -> Path:
    """Une copie de ce dossier, que l’essai peut changer."""
    return Path(shutil.copytree(modele, tmp_path / "donnees", symlinks=True))


def passation(code: str, *, moment: str = "t0") -> Passation:
    ref = cpit.referentiel("minimal")
    reponses = {item.code: repondu(2, f"{code} : {TRACE}") for item in ref.items}
    neuve = Passation.nouvelle(ref, identifiant=code, moment=moment, reponses=reponses)
    return replace(
        neuve, commencee="2026-03-01T10:00:00", modifiee="2026-03-01T10:00:00", terminee="2026-03-01T10:09:00"
    )


def copie_de(chemin: Path) -> Path:
    return chemin.with_name(f"{chemin.name}.bak")


def verrou_de(chemin: Path) -> Path:
    return chemin.with_name(f".{chemin.name}.verrou")


def poser(chemin: Path, une: Passation, fois: int = 2) -> Path:
    """Une passation, et la copie de son enregistrement d’avant s’il y en a deux."""
    chemin.parent.mkdir(parents=True, exist_ok=True)
    for revision in range(1, fois + 1):
        if chemin.exists():
            chemin.replace(copie_de(chemin))
        chemin.write_bytes(encoder_passation(replace(une, revision=revision)))
    return chemin


def poser_formulaire(chemin: Path, code: str, **options: str) -> Path:
    """Le formulaire de cette personne, sous ce nom."""
    with tempfile.TemporaryDirectory() as dossier:
        (ecrit,) = cpit.formulaires("minimal", dossier, codes=[code], format=chemin.suffix[1:], **options)
        shutil.move(ecrit, chemin)
    return chemin


def peupler(racine: Path, code: str) -> None:
    """Passation et copie, de côté, abîmée, temporaires, verrou, classeur, formulaires, fichier renommé et caché."""
    nom = f"passation-{NOMS[code]}-t0-soi"
    chemin = poser(racine / "promo" / f"{nom}.json", passation(code))
    octets = chemin.read_bytes()
    chemin.with_name(f"{nom}.json.de-cote").write_bytes(octets)
    chemin.with_name(f"{nom}.json.abime").write_bytes(octets[: len(octets) // 2])
    chemin.with_name(f"{nom}.json-2.abime").write_bytes(b"\0\0\0\0")
    chemin.with_name(f".{nom}.json.4242.tmp").write_bytes(octets[:400])
    chemin.with_name(f".{nom}.json.bak.4242.tmp").write_bytes(b"")
    verrou_de(chemin).write_text("999999999\nmachine-eteinte\n")
    if code == CODE:
        verrou_de(chemin).unlink()
    poser(racine / ".cache" / f"marie-{len(code)}.json", passation(code, moment="t1"))
    assert cli.executer(["restituer", str(chemin), "--classeur", str(racine / f"{nom}.xlsx"), "--simple"]) == 0
    assert cli.executer(["restituer", str(chemin), "--page", str(racine / f"{nom}.html"), "--simple"]) == 0
    poser_formulaire(racine / f"rendu-{len(code)}.xlsx", code)
    poser_formulaire(racine / f"formulaire-{NOMS[code]}-t0-soi.html", code)


def octets_de(racine: Path) -> Iterator[tuple[Path, bytes]]:
    for chemin in sorted(racine.rglob("*")):
        if chemin.is_file() and not chemin.is_symlink():
            yield chemin, chemin.read_bytes()


def arbre(racine: Path) -> dict[str, bytes]:
    return {str(chemin.relative_to(racine)): octets for chemin, octets in octets_de(racine)}


# --- effacer --------------------------------------------------------------------------------------------------------


def test_apres_effacer_aucun_octet_ne_parle_de_la_personne(lancer: Lancer, dossier: Path) -> None:
    avant = arbre(dossier)
    code, sortie, erreurs = lancer("effacer", CODE, "--dossier", dossier, "--oui")
    assert code == 0, erreurs
    assert "fichiers effacés" in sortie
    restes = arbre(dossier)
    for nom, octets in restes.items():
        assert f"{NOMS[CODE]}-t" not in nom
        assert f'"{CODE}"'.encode() not in octets
        assert f"{CODE} : {TRACE}".encode() not in octets
    autre = {nom: octets for nom, octets in avant.items() if "zoe-070" in nom or "-7." in nom}
    assert len(autre) == 14
    assert autre.items() <= restes.items(), "l’autre personne a perdu quelque chose"


def test_relancer_ne_trouve_plus_rien(lancer: Lancer, dossier: Path) -> None:
    lancer("effacer", CODE, "--dossier", dossier, "--oui")
    avant = arbre(dossier)
    code, sortie, _ = lancer("effacer", CODE, "--dossier", dossier, "--oui")
    assert code == 0
    assert "Aucun fichier à effacer" in sortie
    assert arbre(dossier) == avant


def test_sans_terminal_il_faut_oui(lancer: Lancer, dossier: Path) -> None:
    avant = arbre(dossier)
    code, _, erreurs = lancer("effacer", CODE, "--dossier", dossier)
    assert code == 2
    assert "--oui" in erreurs
    assert arbre(dossier) == avant


class Clavier(io.StringIO):
    """Une entrée qui se dit terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("frappe", "efface"), [("o\n", True), ("oui\n", True), ("n\n", False), ("\n", False)])
def test_au_terminal_on_confirme_et_entree_vaut_non(
    lancer: Lancer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, frappe: str, efface: bool
) -> None:
    chemin = poser(tmp_path / "d" / "a.json", passation("R01"))
    monkeypatch.setattr(sys, "stdin", Clavier(frappe))
    code, dit, _ = lancer("effacer", "R01", "--dossier", chemin.parent)
    assert code == 0
    assert f"Effacer définitivement 2 fichiers{FINE}?" in dit
    assert chemin.exists() is not efface
    assert ("Rien n’a été effacé" in dit) is not efface


def test_on_dit_ce_qui_reste_hors_d_atteinte(lancer: Lancer, dossier: Path) -> None:
    _, sortie, _ = lancer("effacer", CODE, "--dossier", dossier, "--oui")
    for mot in ("courriel", "OneDrive", "navigateur", "pseudonymisés", "disque", "clé d’une étude"):
        assert mot in sortie
    assert "anonym" not in sortie


@pytest.mark.parametrize("suffixe", ["csv", "xlsx", "json"])
def test_un_fichier_partage_reste_et_ses_lignes_sont_dites(lancer: Lancer, dossier: Path, suffixe: str) -> None:
    partage = dossier / f"groupe.{suffixe}"
    assert lancer("cohorte", dossier / "promo", "--referentiel", "minimal", "--sortie", partage)[0] == 0
    octets = partage.read_bytes()
    code, _, erreurs = lancer("effacer", CODE, "--dossier", dossier, "--oui")
    assert code == 0
    assert partage.read_bytes() == octets
    assert str(partage) in erreurs
    if suffixe == "csv":
        assert "ligne 3" in erreurs or "ligne 2" in erreurs
    if suffixe == "xlsx":
        assert f"feuille «{FINE}Scores{FINE}»" in erreurs


def test_une_table_ou_la_personne_est_seule_est_effacee(lancer: Lancer, tmp_path: Path) -> None:
    racine = tmp_path / "seule"
    poser(racine / "a.json", passation("R01"))
    assert lancer("cohorte", racine, "--referentiel", "minimal", "--sortie", racine / "g.csv")[0] == 0
    assert lancer("effacer", "R01", "--dossier", racine, "--oui")[0] == 0
    assert arbre(racine) == {}


def test_la_ligne_demesuree_d_un_autre_compte_aussi(lancer: Lancer, tmp_path: Path) -> None:
    """Au-delà de 131 072 signes, « csv » rend une erreur : la table ne serait plus qu’à la première personne."""
    table = tmp_path / "d" / "t.csv"
    table.parent.mkdir()
    table.write_text(f'identifiant;note\nR02;a\nR01;"{"x" * 200_000}"\n', encoding="utf-8")
    for code in ("R01", "R02"):
        assert lancer("effacer", code, "--dossier", table.parent, "--oui")[0] == 0
        assert table.exists()


def test_une_ligne_sans_code_est_une_autre_personne(lancer: Lancer, tmp_path: Path) -> None:
    table = tmp_path / "d" / "t.csv"
    table.parent.mkdir()
    table.write_text("identifiant;A1\nR01;2\n;3\n", encoding="utf-8")
    lancer("effacer", "R01", "--dossier", table.parent, "--oui")
    assert table.exists()


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    "texte",
    [
        "sep=;\r\nidentifiant;A1\r\nR01;é\r\n",
        '"SEP=|"\ridentifiant;A1\rR01;é\r',
        "\n \nidentifiant,A1\nR01,é\n",
        'identifiant\tA1\n"R01"\t"é;é;é"\n',
    ],
)
def test_la_table_d_une_seule_personne_est_a_elle_quel_que_soit_son_dialecte(
    lancer: Lancer, tmp_path: Path, texte: str, encodage: str
) -> None:
    table = tmp_path / "d" / "t.csv"
    table.parent.mkdir()
    table.write_bytes(texte.encode(encodage))
    assert lancer("effacer", "R01", "--dossier", table.parent, "--oui")[0] == 0
    assert not table.exists()


@pytest.mark.parametrize("separateur", [";", ",", "\t"])
@pytest.mark.parametrize("fin", ["\n", "\r"])
@pytest.mark.parametrize("debut", ["Retours, mai ; bruts|", "sep=|", "||"])
def test_une_ligne_d_une_personne_est_trouvee_sous_un_titre(
    lancer: Lancer, tmp_path: Path, separateur: str, fin: str, debut: str
) -> None:
    table = tmp_path / "d" / "t.csv"
    table.parent.mkdir()
    lignes = [*debut.split("|"), "identifiant;A1;A2".replace(";", separateur), "R02;3;3".replace(";", separateur)]
    table.write_bytes(fin.join([*lignes, " R01 ;2;2".replace(";", separateur), ""]).encode())
    code, _, erreurs = lancer("effacer", "R01", "--dossier", table.parent, "--oui")
    assert code == 0
    assert f"ligne {len(lignes) + 1}" in " ".join(erreurs.split())
    assert "la personne y est avec d’autres" in " ".join(erreurs.split())
    assert table.exists()


def test_interrompu_il_reste_des_passations_entieres_et_relancer_finit(
    lancer: Lancer, dossier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vrai = os.unlink
    combien = 0

    def lache(chemin: str, *, dir_fd: int | None = None) -> None:
        nonlocal combien
        if dir_fd is not None:
            combien += 1
            if combien == 4:
                raise KeyboardInterrupt
        vrai(chemin, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", lache)
    assert lancer("effacer", CODE, "--dossier", dossier, "--oui")[0] == 130
    monkeypatch.undo()
    chemin = dossier / "promo" / f"passation-{NOMS[CODE]}-t0-soi.json"
    assert chemin.exists()
    assert not verrou_de(chemin).exists()
    assert cli.executer(["verifier", str(chemin), "--simple"]) == 0
    assert cli.executer(["effacer", CODE, "--dossier", str(dossier), "--oui", "--simple"]) == 0
    assert not any(f'"{CODE}"'.encode() in octets for _, octets in octets_de(dossier))


def test_un_fichier_qui_resiste_est_dit_et_le_reste_est_efface(
    lancer: Lancer, dossier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vrai = os.rename

    def retenu(chemin: str, neuf: str, **dossiers: int) -> None:
        if chemin == "marie-6.json":
            raise PermissionError(13, "retenu")
        vrai(chemin, neuf, **dossiers)

    monkeypatch.setattr(os, "rename", retenu)
    code, _, erreurs = lancer("effacer", CODE, "--dossier", dossier, "--oui")
    assert code == 1
    assert "n’est PAS effacé" in erreurs
    assert [c.name for c, octets in octets_de(dossier) if f'"{CODE}"'.encode() in octets] == ["marie-6.json"]


def effacer_quand(dossier: Path, code: str, change: Callable[[], object]) -> Effacement:
    """Un effacement confirmé, pendant la confirmation duquel le dossier change."""

    def confirmer(_: object) -> bool:
        change()
        return True

    return cpit.effacer(code, dossier, confirmer=confirmer)


def test_un_fichier_change_depuis_la_fouille_n_est_pas_efface(tmp_path: Path) -> None:
    chemin = poser(tmp_path / "d" / "a.json", passation("R01"), fois=1)
    fait = effacer_quand(chemin.parent, "R01", lambda: poser(chemin, passation("R02"), fois=1))
    assert (fait.effaces, [a.code for a in fait.resistances]) == (0, ["effacement-change"])
    assert "il a changé" in fait.resistances[0].quoi
    assert chemin.exists()


def test_un_fichier_pris_pour_son_nom_et_devenu_celui_d_un_autre_n_est_pas_efface(tmp_path: Path) -> None:
    """« R-01 » et « R01 » donnent le même nom : illisible il était à R01, lisible il est à R-01."""
    chemin = tmp_path / "d" / "passation-r-01-t0-soi.json"
    chemin.parent.mkdir()
    chemin.write_bytes(b"illisible")
    fait = effacer_quand(chemin.parent, "R 01", lambda: poser(chemin, passation("R-01"), fois=1))
    assert [t.par_le_nom for t in fait.inventaire.siens] == [True]
    assert (fait.effaces, [a.code for a in fait.resistances]) == (0, ["effacement-change"])
    assert chemin.exists()


def test_une_seance_ouverte_n_est_pas_derobee(lancer: Lancer, tmp_path: Path) -> None:
    chemin = poser(tmp_path / "d" / "a.json", passation("R01"))
    programme = (
        "import sys, time; from pathlib import Path; from cpit.passations.sauvegarde import verrouiller\n"
        "with verrouiller(Path(sys.argv[1])): print('tenu', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", programme, str(chemin)], stdout=subprocess.PIPE) as seance:
        assert seance.stdout is not None
        seance.stdout.readline()
        code, _, erreurs = lancer("effacer", "R01", "--dossier", chemin.parent, "--oui")
        seance.kill()
    assert code == 1
    assert "une autre séance" in erreurs
    assert chemin.exists()
    assert copie_de(chemin).exists()
    code, _, erreurs = lancer("effacer", "R01", "--dossier", chemin.parent, "--oui")
    assert code == 0, erreurs
    assert arbre(chemin.parent) == {}


# --- jamais hors du dossier -----------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows ne crée pas de lien sans droit particulier")
def test_les_liens_ne_sont_jamais_suivis(lancer: Lancer, tmp_path: Path) -> None:
    dehors = poser(tmp_path / "dehors" / "passation-r01-t0-soi.json", passation("R01"))
    dedans = tmp_path / "dedans"
    poser(dedans / "a.json", passation("R01"), fois=1)
    (dedans / "lien.json").symlink_to(dehors)
    (dedans / "dossier").symlink_to(dehors.parent, target_is_directory=True)
    (dedans / "boucle").symlink_to(dedans, target_is_directory=True)
    code, sortie, _ = lancer("effacer", "R01", "--dossier", dedans, "--oui")
    assert code == 0
    assert "mènent 3 liens du dossier, qui ne sont pas suivis" in sortie
    assert dehors.exists()
    assert copie_de(dehors).exists()
    assert not (dedans / "a.json").exists()
    assert (dedans / "lien.json").is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="Windows ne crée pas de lien sans droit particulier")
def test_un_dossier_devenu_lien_apres_la_fouille_n_est_pas_suivi(tmp_path: Path) -> None:
    dedans, dehors = tmp_path / "dedans", tmp_path / "dehors"
    poser(dedans / "sous" / "a.json", passation("R01"), fois=1)
    poser(dehors / "a.json", passation("R01"), fois=1)

    def remplacer_par_un_lien() -> None:
        shutil.rmtree(dedans / "sous")
        (dedans / "sous").symlink_to(dehors, target_is_directory=True)

    fait = effacer_quand(dedans, "R01", remplacer_par_un_lien)
    assert fait.effaces == 0
    assert [a.code for a in fait.resistances] == ["effacement-change"]
    assert (dehors / "a.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows n’a pas de tubes nommés")
def test_un_dossier_devenu_tube_apres_la_fouille_n_arrete_personne(tmp_path: Path) -> None:
    """Ouvrir un tube attend que l’on y écrive : ce qui n’est plus un dossier ne s’ouvre pas."""
    dedans = tmp_path / "dedans"
    poser(dedans / "sous" / "a.json", passation("R01"), fois=1)

    def remplacer_par_un_tube() -> None:
        shutil.rmtree(dedans / "sous")
        os.mkfifo(dedans / "sous")

    fait = effacer_quand(dedans, "R01", remplacer_par_un_tube)
    (resistance,) = fait.resistances
    assert fait.effaces == 0
    assert "n’est pas un dossier" in resistance.quoi


@pytest.mark.parametrize(("faux_debuts", "reste"), [(7, False), (8, True)])
def test_une_page_ne_se_relit_pas_a_chaque_faux_debut(
    faux_debuts: int, reste: bool, lancer: Lancer, tmp_path: Path
) -> None:
    """Chaque essai coûte ce que coûte la page : au-delà de huit, elle est gardée, et dite."""
    page = poser_formulaire(tmp_path / "f.html", "R01")
    (tmp_path / "d").mkdir()
    texte = page.read_text(encoding="utf-8")
    page = tmp_path / "d" / "f.html"
    page.write_text(texte.replace("<head>", "<head>" + '<!-- "donnes": { -->' * faux_debuts, 1), encoding="utf-8")
    code, _, erreurs = lancer("effacer", "R01", "--dossier", page.parent, "--oui")
    assert (code, page.exists()) == (0, reste)
    assert ("f.html" in erreurs) == reste


# --- les codes ------------------------------------------------------------------------------------------------------

PIEGES = [
    *("P1", "p1", "P 1", "P-1", "P10", "1", "éa", "../x", "a/b", ".*", "[a-z]+", "$(id)", '"q"', "'", "-v2"),
    *("=1+1", "Иван", "王", "CON", "a" * 80, "a" * 79 + "b", "Zoé", "x\u202fy", "<b>", "« »", "non indiquée"),
]


@pytest.mark.echantillon(4)
@pytest.mark.parametrize("code", PIEGES)
def test_un_code_piege_ne_prend_que_les_siens(lancer: Lancer, tmp_path: Path, code: str) -> None:
    racine = tmp_path / "d"
    for rang, autre in enumerate(PIEGES):
        poser(racine / f"{rang}.json", passation(autre), fois=1)
    code_sortie, _, erreurs = lancer("effacer", "--dossier", racine, "--oui", "--", code)
    assert code_sortie == 0, erreurs
    gardes = {json.loads(octets)["identifiant"] for _, octets in octets_de(racine)}
    assert gardes == set(PIEGES) - {code}


def test_un_accent_compose_autrement_est_le_meme_code(lancer: Lancer, tmp_path: Path) -> None:
    racine = tmp_path / "d"
    poser(racine / "a.json", passation(unicodedata.normalize("NFD", "Zoé")))
    assert lancer("effacer", " Zoé ", "--dossier", racine, "--oui")[0] == 0
    assert arbre(racine) == {}


_CACHEES = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Catégories d’Unicode de ce qui ne se voit pas, ou commande."""


def test_une_page_ne_porte_rien_de_cache_d_un_code_et_dit_encore_a_qui_elle_est(lancer: Lancer, tmp_path: Path) -> None:
    """Une passation venue d’ailleurs peut avoir n’importe quel code ; chaque page le montre net, et se retrouve."""
    code = 'R\x00\u202e-01\u200b"\x85<b>\ue000\x1b[2J'
    chemins = [poser(tmp_path / f"{moment}.json", passation(code, moment=moment), 1) for moment in ("t0", "t1")]
    pages = [tmp_path / f"{nom}.html" for nom in ("personne", "entretien", "parcours", "portfolio")]
    personne, entretien, parcours, portfolio = pages
    for commande in (
        ("restituer", chemins[0], "--page", personne),
        ("restituer", chemins[0], "--page", entretien, "--pour", "entretien"),
        ("comparer", *chemins, "--page", parcours, "--meme-personne"),
        ("portfolio", "--dossier", tmp_path, "--page", portfolio),
    ):
        assert lancer(*commande)[0] == 0
    for page in pages:
        vus = set(page.read_text(encoding="utf-8")) - {"\n", "\u00ad"}
        assert [signe for signe in vus if unicodedata.category(signe) in _CACHEES] == []
    net = 'R-01"<b>[2J'
    assert {trouve.chemin for trouve in cpit.inventorier(net, tmp_path).siens} == {*chemins, *pages}
    assert lancer("effacer", net, "--dossier", tmp_path, "--oui")[0] == 0
    assert list(arbre(tmp_path)) == []


def test_un_code_qui_ressemble_est_signale_et_garde(lancer: Lancer, tmp_path: Path) -> None:
    racine = tmp_path / "d"
    poser(racine / "a.json", passation("R 01"), fois=1)
    poser(racine / "b.json", passation("r-01"), fois=1)
    code, _, erreurs = lancer("effacer", "R 01", "--dossier", racine, "--oui")
    assert code == 0
    assert f"«{FINE}r-01{FINE}» ressemble" in erreurs
    assert list(arbre(racine)) == ["b.json"]


@pytest.mark.parametrize("format_", ["html", "xlsx"])
def test_le_debut_d_un_code_trop_long_ne_fait_que_ressembler(lancer: Lancer, tmp_path: Path, format_: str) -> None:
    """La version 0.1.0 coupait un code à 80 signes dans un formulaire : il peut être à qui a vraiment ce code-là."""
    racine = tmp_path / "d"
    poser(racine / "a.json", passation("a" * 80 + "x"), fois=1)
    poser_formulaire(racine / f"f.{format_}", "a" * 80)
    code, _, erreurs = lancer("mes-donnees", "a" * 80 + "x", "--dossier", racine, "--sortie", tmp_path / "r")
    assert code == 0
    assert "ressemble" in erreurs
    assert not list((tmp_path / "r").rglob(f"*.{format_}"))
    code, _, erreurs = lancer("effacer", "a" * 80 + "x", "--dossier", racine, "--oui")
    assert code == 0
    assert "ressemble" in erreurs
    assert list(arbre(racine)) == [f"f.{format_}"]
    assert lancer("effacer", "a" * 80, "--dossier", racine, "--oui")[0] == 0
    assert arbre(racine) == {}


def test_un_fichier_abime_n_est_a_quelqu_un_que_si_son_nom_le_dit(lancer: Lancer, tmp_path: Path) -> None:
    racine = tmp_path / "d"
    racine.mkdir()
    for nom in ("passation-r01-t0-soi.json", "passation-r010-t0-soi.json", "vieux.json", ".cpit-abcd.tmp"):
        (racine / nom).write_bytes(b"\x01\x02 reste illisible")
    code, _, erreurs = lancer("effacer", "R01", "--dossier", racine, "--oui")
    assert code == 0
    assert sorted(arbre(racine)) == [".cpit-abcd.tmp", "passation-r010-t0-soi.json", "vieux.json"]
    assert erreurs.count("on ne sait pas à qui") == 1, "dit une fois, avec chaque nom"
    dit = "".join(erreurs.split())
    assert all(nom in dit for nom in (".cpit-abcd.tmp", "passation-r010-t0-soi.json", "vieux.json"))


def test_un_json_coupe_est_a_qui_sa_tete_nomme_et_un_json_fautif_reste(lancer: Lancer, tmp_path: Path) -> None:
    """Coupé, sa tête est celle que cpit a écrite ; fautif autrement, elle a pu être changée : on ne s’y fie pas."""
    entier = poser(tmp_path / "d" / "a.json", passation("R01"), fois=1)
    octets = entier.read_bytes()
    coupe, double = entier.with_name("coupe.json"), entier.with_name("double.json")
    coupe.write_bytes(octets[: len(octets) // 2])
    double.write_bytes(octets.replace(b'"moment"', b'"moment": "t0", "moment"', 1))
    code, _, erreurs = lancer("effacer", "R01", "--dossier", entier.parent, "--oui")
    assert code == 0
    assert list(arbre(entier.parent)) == ["double.json"]
    assert "double.json" in "".join(erreurs.split())


def test_le_nom_ne_suffit_plus_si_deux_codes_le_donnent(lancer: Lancer, tmp_path: Path) -> None:
    racine = tmp_path / "d"
    poser(racine / "autre.json", passation("r-01"), fois=1)
    (racine / "passation-r-01-t0-soi.json").write_bytes(b"illisible")
    code, _, erreurs = lancer("effacer", "R 01", "--dossier", racine, "--oui")
    assert code == 0
    assert "deux codes donnent le même nom" in erreurs
    assert len(arbre(racine)) == 2


def test_la_copie_abimee_d_un_fichier_renomme_part_avec_lui(lancer: Lancer, tmp_path: Path) -> None:
    chemin = poser(tmp_path / "d" / "Marie Dupont.json", passation("R01"))
    copie_de(chemin).write_bytes(b"illisible")
    assert lancer("effacer", "R01", "--dossier", chemin.parent, "--oui")[0] == 0
    assert arbre(chemin.parent) == {}


def test_un_code_vide_est_un_mauvais_emploi(lancer: Lancer, dossier: Path) -> None:
    assert lancer("effacer", " \u200b ", "--dossier", dossier, "--oui")[0] == 2
    assert lancer("mes-donnees", "", "--dossier", dossier)[0] == 2


_IMPRIMABLES = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
CODES = st.text(_IMPRIMABLES, min_size=1, max_size=12).filter(str.strip)


@given(CODES, CODES, st.sampled_from(("NFC", "NFD", "casse", None)))
def test_une_identite_est_un_code_quelle_que_soit_sa_composition(un: str, autre: str, forme: Any) -> None:
    """Un autre code, ou le même autrement composé : sa passation est à la personne, ou ne l’est pas."""
    voisins = {None: lambda: autre, "casse": un.swapcase}
    dit = voisins.get(forme, lambda: unicodedata.normalize(forme, f" {un}"))()
    memes = unicodedata.normalize("NFC", un).strip() == unicodedata.normalize("NFC", dit).strip()
    with tempfile.TemporaryDirectory() as dossier:
        poser(Path(dossier, "a.json"), passation(dit), fois=1)
        assert bool(cpit.inventorier(un.strip(), dossier).siens) == memes


@pytest.mark.parametrize(
    "suffixe",
    [
        "",
        ".bak",
        ".de-cote",
        ".abime",
        "-2.abime",
        ".version-2026-11-22",
        ".version-2026-11-22-2",
        ".12.tmp",
        ".bak.12.tmp",
        ".verrou",
    ],
)
def test_tout_ce_qui_entoure_une_passation_part_avec_elle(tmp_path: Path, suffixe: str) -> None:
    """Illisible, et sous un nom qui ne dit personne : c’est la passation d’à côté qui dit à qui."""
    racine = tmp_path / "d"
    chemin = poser(racine / "libre.json", passation("R01"), fois=1)
    cache = "." if suffixe.endswith((".tmp", ".verrou")) else ""
    if suffixe:
        (racine / f"{cache}{chemin.name}{suffixe}").write_bytes(b"illisible")
        # Un verrou qui ne nomme personne est d’une séance tuée, s’il n’est pas tout neuf.
        os.utime(racine / f"{cache}{chemin.name}{suffixe}", (0, 0))
    (racine / f"{cache}autre.json{suffixe}").write_bytes(b"illisible")
    siens = [t.chemin.name for t in cpit.inventorier("R01", racine).siens]
    assert sorted(siens) == sorted({chemin.name, f"{cache}{chemin.name}{suffixe}"})
    cpit.effacer("R01", racine, confirmer=True)
    assert list(arbre(racine)) == [f"{cache}autre.json{suffixe}"]


# --- accéder --------------------------------------------------------------------------------------------------------


def test_mes_donnees_nomme_un_moment_comme_son_referentiel(
    lancer: Lancer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (RACINE / "referentiels" / "minimal.yaml").read_text(encoding="utf-8")
    nomme = tmp_path / "nomme.yaml"
    nomme.write_text(f"{source}\nmoments:\n  - {{code: t0, libelle: Entrée en poste}}\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n2\n1\n2\n1\n2\n"))
    (tmp_path / "siennes").mkdir()
    options = ("--code", "Q07", "--dossier", tmp_path / "siennes", "--referentiel", nomme)
    assert lancer("questionnaire", *options)[0] == 0
    assert lancer("mes-donnees", "Q07", "--dossier", tmp_path / "siennes", "--sortie", tmp_path / "remise")[0] == 0
    assert ";Entrée en poste;" in (tmp_path / "remise" / "reponses.csv").read_text(encoding="utf-8-sig")


def test_mes_donnees_rassemble_tout_et_rien_des_autres(lancer: Lancer, dossier: Path) -> None:
    assert lancer("cohorte", dossier / "promo", "--referentiel", "minimal", "--sortie", dossier / "groupe.csv")[0] == 0
    avant = arbre(dossier)
    code, sortie, _ = lancer("mes-donnees", CODE, "--dossier", dossier, "--sortie", "remise")
    assert code == 0
    assert arbre(dossier) == avant, "rassembler ne change rien"
    remise = Path("remise")
    nom = f"passation-{NOMS[CODE]}-t0-soi"
    assert (remise / "fichiers" / "promo" / f"{nom}.json").read_bytes() == avant[f"promo/{nom}.json"]
    reponses = (remise / "reponses.csv").read_text(encoding="utf-8-sig")
    assert TRACE in reponses
    assert "Répondu" in reponses
    extrait = (remise / "extraits" / "1-groupe.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(extrait) == 2
    assert not any(b"070" in octets for _, octets in octets_de(remise))
    lisezmoi = (remise / "LISEZMOI.txt").read_text(encoding="utf-8")
    assert CODE in lisezmoi
    assert "articles 15 et 20" in lisezmoi
    assert str(remise.resolve()) in sortie
    if os.name == "posix":
        assert remise.stat().st_mode & 0o777 == 0o700
        assert {chemin.stat().st_mode & 0o777 for chemin, _ in octets_de(remise)} == {0o600}


@pytest.mark.parametrize("par_descripteurs", [True, False])
def test_la_remise_elle_meme_s_efface(
    lancer: Lancer, dossier: Path, par_descripteurs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sous Windows, qui ne sait pas agir depuis un dossier ouvert, le chemin sert."""
    if not par_descripteurs:
        monkeypatch.setattr("cpit.formats.durable._PAR_DESCRIPTEURS", False)
    assert lancer("mes-donnees", CODE, "--dossier", dossier, "--sortie", dossier / "remise")[0] == 0
    (dossier / "a-moi").mkdir()
    assert lancer("effacer", CODE, "--dossier", dossier, "--oui")[0] == 0
    assert not (dossier / "remise").exists(), "un dossier vide qui porte un code le dit encore"
    assert (dossier / "a-moi").is_dir()


def test_une_remise_posee_parmi_les_sources_ne_compte_personne_deux_fois(dossier: Path, lancer: Lancer) -> None:
    """Elle recopie les passations et les redit en table : le groupe serait doublé. Nommée, elle se lit une fois."""
    promo = dossier / "promo"
    seule = len(cpit.lire(promo, referentiel="minimal").cohorte.notees)
    remise = promo / "ici" / "mes-donnees"
    assert lancer("mes-donnees", CODE, "--dossier", promo, "--sortie", remise)[0] == 0
    recueil = cpit.lire(promo, referentiel="minimal")
    assert len(recueil.cohorte.notees) == seule
    (dite,) = [une for une in recueil.anomalies if "mes-donnees" in une.lieu.fichier]
    assert dite.code == "remise-parmi-les-sources"
    for nommee in (remise, remise / "fichiers", remise / "reponses.csv"):
        relue = cpit.lire(nommee, referentiel="minimal")
        assert [notee.passation.identifiant for notee in relue.cohorte.notees] == [CODE], nommee


def test_le_lisezmoi_d_une_remise_nomme_ce_qu_elle_recopie_et_rien_d_autre(dossier: Path, lancer: Lancer) -> None:
    racine = dossier / "promo"
    chemin = racine / f"passation-{NOMS[CODE]}-t0-soi.json"
    verrou_de(chemin).write_text("999999999\nmachine-eteinte\n")
    assert lancer("mes-donnees", CODE, "--dossier", racine, "--sortie", "remise")[0] == 0
    texte = Path("remise", "LISEZMOI.txt").read_text(encoding="utf-8")
    nommes = [ligne for ligne in texte.splitlines() if ligne.startswith("  ")]
    assert len(nommes) == sum(1 for _ in octets_de(Path("remise", "fichiers")))
    assert re.search(r"Écrit par cpit le \d\d/\d\d/\d{4},", texte)


def test_une_remise_ou_l_on_a_range_autre_chose_garde_son_dossier(lancer: Lancer, dossier: Path) -> None:
    assert lancer("mes-donnees", CODE, "--dossier", dossier, "--sortie", dossier / "remise")[0] == 0
    note = dossier / "remise" / "note.txt"
    note.write_text("à moi", encoding="utf-8")
    assert lancer("effacer", CODE, "--dossier", dossier, "--oui")[0] == 0
    assert [chemin.name for chemin in (dossier / "remise").iterdir()] == ["note.txt"]


def test_une_remise_ne_se_mele_a_rien(lancer: Lancer, dossier: Path) -> None:
    Path("remise").mkdir()
    (Path("remise") / "note").write_text("à moi")
    code, _, erreurs = lancer("mes-donnees", CODE, "--dossier", dossier, "--sortie", "remise")
    assert code == 1
    assert "dossier neuf" in erreurs
    assert arbre(Path("remise")) == {"note": "à moi".encode()}


@pytest.mark.skipif(sys.platform != "linux", reason="seul Linux admet un nom de fichier qui n’est pas de l’Unicode")
def test_un_nom_de_fichier_qui_n_est_pas_de_l_unicode_se_remet(lancer: Lancer, tmp_path: Path) -> None:
    racine = tmp_path / "d"
    chemin = poser(racine / "a.json", passation("R01"), fois=1)
    chemin.rename(racine / os.fsdecode(b"a-\xff.json"))
    assert lancer("mes-donnees", "R01", "--dossier", racine, "--sortie", tmp_path / "s")[0] == 0
    assert "a-?.json" in (tmp_path / "s" / "LISEZMOI.txt").read_text(encoding="utf-8")


def test_une_personne_inconnue_propose_le_code_proche(lancer: Lancer, dossier: Path) -> None:
    code, _, erreurs = lancer("mes-donnees", "Zoé-071", "--dossier", dossier)
    assert code == 1
    assert "Zoé-07" in erreurs
    assert list(Path().iterdir()) == []


def test_un_dossier_absent(lancer: Lancer) -> None:
    assert lancer("mes-donnees", "R01", "--dossier", "absent")[0] == 1
    assert lancer("effacer", "R01", "--dossier", "absent", "--oui")[0] == 1


@pytest.mark.endurance
def test_la_cle_retrouve_la_personne_dans_un_vrai_export(lancer: Lancer, tmp_path: Path) -> None:
    """Ce que « cpit exporter » écrit : chaque table est dite, et le LISEZMOI ne cite le code de personne."""
    racine, cle = tmp_path / "d", tmp_path / "etude.cle"
    racine.mkdir()
    for exemple in (RACINE / "exemples").glob("*.json"):
        shutil.copy(exemple, racine)
    arguments = ("--sortie", racine / "jeu", "--cle", cle, "--formats", "csv,xlsx")
    assert lancer("exporter", racine / "*.json", *arguments)[0] == 0
    code, dit, erreurs = lancer("effacer", "R01", "--dossier", racine, "--oui", "--cle", cle)
    assert code == 0
    for nom in ("reponses_large.csv", "reponses_long.csv", "scores.csv", "jeu.xlsx"):
        assert f"jeu/{nom}" in dit
    assert "LISEZMOI" not in dit + erreurs
    assert "contient la personne" in erreurs
    assert "peut contenir" not in " ".join(erreurs.split())
    assert sorted(f.name for f in racine.glob("*.json")) == ["passation-r02-t0-soi.json", "passation-r03-t0-soi.json"]
    assert (racine / "jeu" / "scores.csv").exists(), "scellé par son manifeste, il se refait"
    code, dit, erreurs = lancer("effacer", "R01", "--dossier", racine, "--oui", "--cle", tmp_path / "etude.cle")
    assert "Aucun fichier à effacer" in dit
    assert "contient la personne" in erreurs


def test_la_cle_d_une_etude_retrouve_les_lignes_pseudonymisees(lancer: Lancer, tmp_path: Path) -> None:
    racine, cle = tmp_path / "d", tmp_path / "cle.txt"
    racine.mkdir()
    seule = cpit.lire(poser(tmp_path / "r01.json", passation("R01"), fois=1), "minimal")
    cpit.exporter(seule, tmp_path / "jeu", cle=cle, formats=["csv"])
    (ligne,) = csv.DictReader((tmp_path / "jeu" / "scores.csv").read_text(encoding="utf-8").splitlines())
    pseudonyme = ligne["pseudonyme"]
    table = racine / "reponses_large.csv"
    table.write_text(f"personne,A1\n{pseudonyme},2\nPAUTRE,3\n", encoding="utf-8")
    (racine / "datapackage.json").write_text("{}")
    code, _, erreurs = lancer("effacer", "R01", "--dossier", racine, "--oui")
    assert code == 0
    assert "export pseudonymisé" in erreurs
    code, _, erreurs = lancer("effacer", "R01", "--dossier", racine, "--oui", "--cle", cle)
    assert code == 0
    assert "contient la personne" in erreurs
    assert table.exists()
    assert lancer("effacer", "R01", "--dossier", racine, "--oui", "--cle", tmp_path / "absente")[0] == 1
    assert not (tmp_path / "absente").exists(), "chercher ne crée pas de clé"


# --- le tiers qui a répondu à propos de quelqu’un d’autre -------------------------------------------------------------


@pytest.fixture
def evaluee(tmp_path: Path) -> Path:
    """Ce qu’un tiers, « 77 », laisse dans un dossier : passation, formulaires, cohorte en CSV, JSON et classeur."""
    racine = tmp_path / "recueil"
    une = replace(passation("R01"), regard="tiers", evaluateur="77", role_evaluateur="pair")
    poser(racine / "passation-r01-t0-tiers-77.json", une)
    for nom in ("f.xlsx", "f.html"):
        poser_formulaire(racine / nom, "R01", regard="tiers", evaluateur="77")
    recueil = cpit.lire(racine / "passation-r01-t0-tiers-77.json", "minimal")
    for nom in ("c.csv", "c.json", "c.xlsx"):
        cpit.ecrire(recueil, racine / nom)
    return racine


TOUS_CEUX_DU_TIERS = ["c.csv", "c.json", "c.xlsx", "f.html", "f.xlsx", "passation-r01-t0-tiers-77.json"]


def test_un_evaluateur_retrouve_ce_a_quoi_il_a_repondu(lancer: Lancer, evaluee: Path, tmp_path: Path) -> None:
    code, dit, _ = lancer("mes-donnees", "77", "--dossier", evaluee, "--sortie", tmp_path / "remise")
    assert code == 0
    for nom in TOUS_CEUX_DU_TIERS:
        assert re.search(rf"^\s*{re.escape(nom)}.*\(évaluateur\)$", dit, re.MULTILINE), (nom, dit)
    extraits = "".join(p.read_text(encoding="utf-8-sig") for p in (tmp_path / "remise" / "extraits").iterdir())
    assert TRACE in extraits
    assert "77" in extraits


def test_effacer_un_evaluateur_ote_son_code_et_dit_ce_qui_reste(lancer: Lancer, evaluee: Path) -> None:
    """L’évaluation est à la personne évaluée : elle reste, sans le code de qui l’a faite, ni là, ni dans son nom."""
    avant, ancienne = arbre(evaluee), lire_passation(evaluee / "passation-r01-t0-tiers-77.json")
    code, dit, erreurs = lancer("effacer", "77", "--dossier", evaluee, "--oui")
    apres = arbre(evaluee)
    assert (code, apres.keys() - avant.keys()) == (
        0,
        {"passation-r01-t0-tiers.json", "passation-r01-t0-tiers.json.bak"},
    )
    assert avant.keys() - apres.keys() == {"passation-r01-t0-tiers-77.json", "passation-r01-t0-tiers-77.json.bak"}
    assert lire_passation(evaluee / "passation-r01-t0-tiers.json") == replace(ancienne, evaluateur="")
    assert "ôté de 1 passation d’une autre personne" in " ".join(dit.split())
    restes = [nom for nom in TOUS_CEUX_DU_TIERS if not nom.startswith("passation")]
    assert {nom: apres[nom] for nom in restes} == {nom: avant[nom] for nom in restes}
    assert all(nom in erreurs for nom in restes)
    assert "passation-r01" not in erreurs
    # Ce qui se dit mot pour mot de plusieurs fichiers se dit une fois, avec leurs noms.
    assert 1 <= erreurs.count("l’évaluateur de quelqu’un d’autre") <= len(restes)
    assert (
        cpit.lire(evaluee / "passation-r01-t0-tiers.json", "minimal").cohorte.notees[0].passation.role_evaluateur
        == "pair"
    )


def test_effacer_un_evaluateur_n_oublie_ni_les_copies_ni_deux_evaluations(lancer: Lancer, evaluee: Path) -> None:
    """Deux évaluations qui finissent par porter le même nom gardent chacune ses copies."""
    une = lire_passation(evaluee / "passation-r01-t0-tiers-77.json")
    poser(evaluee / "passation-r01-t0-tiers.json", replace(une, evaluateur="88"))
    assert lancer("effacer", "77", "--dossier", evaluee, "--oui")[0] == 0
    apres = {nom: octets for nom, octets in arbre(evaluee).items() if nom.startswith("passation")}
    assert sorted(apres) == [
        *("passation-r01-t0-tiers-2.json", "passation-r01-t0-tiers-2.json.bak"),
        *("passation-r01-t0-tiers.json", "passation-r01-t0-tiers.json.bak"),
    ]
    assert not [nom for nom, octets in apres.items() if b'"77"' in octets]
    assert lire_passation(evaluee / "passation-r01-t0-tiers.json").evaluateur == "88"


def test_effacer_la_personne_evaluee_efface_aussi_son_evaluateur(lancer: Lancer, evaluee: Path) -> None:
    assert lancer("effacer", "R01", "--dossier", evaluee, "--oui")[0] == 0
    assert "passation-r01-t0-tiers-77.json" not in arbre(evaluee)
    assert not [nom for nom, octets in arbre(evaluee).items() if b"77" in octets and nom.endswith((".json", ".html"))]


@pytest.mark.parametrize(
    ("nom", "siens"),
    [
        ("passation-r01-t0-tiers-e1.json", True),
        ("passation-r01-t0-tiers-e1-2.json.bak", True),
        ("passation-r01-t0-tiers-2.json", True),
        ("passation-r01-t0-soi-e1.json", False),
        ("passation-r01-t0-tiers-x-t0-soi.json", False),
        ("passation-r01-t0-tiers-t1-tiers-e1.json", False),
    ],
)
def test_le_nom_d_un_fichier_de_tiers_est_a_la_personne_evaluee(tmp_path: Path, nom: str, siens: bool) -> None:
    (tmp_path / nom).write_bytes(b"illisible")
    assert [t.chemin.name for t in cpit.inventorier("R01", tmp_path).siens] == [nom] * siens


def test_un_document_word_livre_n_inquiete_personne(tmp_path: Path) -> None:
    """Un gabarit, un questionnaire : cpit les a écrits, ils ne sont à personne ; changés, on ne sait plus."""
    for document in ("personne", "entretien", "portfolio"):
        cpit.gabarit(tmp_path / f"{document}.docx", document=document)
    papier = str(tmp_path / "papier")
    assert cli.executer(["referentiel", "exporter", "minimal", "--vers", "docx", "--sortie", papier]) == 0
    assert len(list(tmp_path.rglob("*.docx"))) == 4
    assert cpit.inventorier("R01", tmp_path).doutes == []
    change = tmp_path / "personne.docx"
    with ZipFile(change) as lue:
        parties = {nom: lue.read(nom) for nom in lue.namelist()}
    with ZipFile(change, "w") as ecrite:
        for nom, contenu in parties.items():
            ecrite.writestr(nom, contenu.replace(b"</w:body>", b"<w:p/></w:body>"))
    assert [doute.chemin for doute in cpit.inventorier("R01", tmp_path).doutes] == [change]


def test_ce_qui_n_est_pas_montre_d_une_fouille_est_compte(tmp_path: Path, lancer: Lancer) -> None:
    dossier = tmp_path / "notes"
    dossier.mkdir()
    for rang in range(203):
        (dossier / f"note-{rang:03}.txt").write_text("Vu avec R01 en mars.", encoding="utf-8")
    code, dit, _ = lancer("mes-donnees", "R01", "--dossier", dossier, "--sortie", tmp_path / "remise")
    assert (code, dit.count("note-"), "… et 3 autres." in dit.replace("\xa0", " ")) == (0, 200, True)

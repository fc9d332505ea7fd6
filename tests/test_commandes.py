"""Les commandes : codes de sortie, messages en français, JSON, référentiel changé, fichiers d’une autre sorte."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aide_terminal import EXEMPLE, ecrire_terminee, lancer, minimal, sur_console
from aides import RACINE, encoder_passation, lire_passation, livre, passation_de, somme_de_controle

from cpit.cli import executer
from cpit.coeur.passation import Passation
from cpit.coeur.tableaux import libelle_reponse

ANGLAIS = re.compile(r"\b(Usage|Error|Try|Missing|Invalid|Options:|Show this|No such|Got unexpected|should|expected)\b")
CODES = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8")


class Sortie:
    """Ce qu’une commande a rendu, espaces insécables changées en espaces."""

    def __init__(self, code: int, sortie: str, erreur: str) -> None:
        self.code = code
        self.sortie, self.erreur = (t.replace("\u202f", " ").replace("\u00a0", " ") for t in (sortie, erreur))

    @property
    def dit(self) -> str:
        """Les deux flux, sans coupure de ligne."""
        return " ".join((self.sortie + " " + self.erreur).replace("’", "'").split())


Commande = Callable[..., Sortie]


@pytest.fixture
def cpit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Commande:
    """Exécute une commande dans un dossier vide ; ce qu’elle dit est toujours en français et sans trace de pile."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def executer_(*arguments: object) -> Sortie:
        code = executer([str(a) for a in arguments])
        sortie = Sortie(code, *capsys.readouterr())
        assert "Traceback" not in sortie.dit
        assert "a rencontré un défaut" not in sortie.dit
        assert not ANGLAIS.search(sortie.erreur), sortie.erreur
        assert type(code) is int or code in (0, 1, 2, 130)
        return sortie

    return executer_


# --- mauvais emplois --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "dit"),
    [
        (["restitue"], "la commande « restitue » n'existe pas"),
        (["restitue"], "Vouliez-vous écrire « restituer » ?"),
        (["restituer"], "il manque l'argument PASSATION"),
        (["restituer", "a", "b"], "« b » est de trop"),
        (["restituer", "--jsn", "a"], "l'option « --jsn » n'existe pas"),
        (["restituer", "--jsn", "a"], "Vouliez-vous écrire « --json » ?"),
        (["evolution", ".", "--pages", "p"], "Vouliez-vous écrire « --page » ?"),
        (["cohorte", ".", "--pare", "structure"], "Vouliez-vous écrire « --par » ?"),
        (["restituer", "a", "--classeur"], "l'option « --classeur » demande une valeur"),
        (["restituer", "a", "--json=oui"], "l'option « --json » ne prend pas de valeur"),
        (["questionnaire", "--dossier"], "l'option « --dossier » demande une valeur"),
        (["restituer", "a", "b", "c"], "« b c » est de trop"),
        (["referentiel"], "Emploi : cpit referentiel"),
        (["referentiel", "montre"], "Vouliez-vous écrire « montrer » ?"),
        (["questionnaire", "--moment", "hier"], "le moment « hier » est inconnu"),
        (["questionnaire", "--moment", "hier", "--regard", "lui"], "le regard « lui » est inconnu"),
        (["questionnaire", "--profil", "structure=mairie"], "structure parmi commune"),
        (["questionnaire", "--profil", "n'importe quoi"], "le profil « n'importe quoi » ne convient pas"),
        (["questionnaire", "--reprendre", EXEMPLE, "--code", "x"], "--code : à ne pas donner avec --reprendre"),
        (["restituer", EXEMPLE, "--classeur", "sortie.pdf"], ".xlsx"),
        ([], "Emploi : cpit"),
    ],
)
def test_un_mauvais_emploi_vaut_deux_et_dit_quoi_faire(cpit: Commande, arguments: list[str], dit: str) -> None:
    sortie = cpit(*arguments)
    assert sortie.code == 2
    assert dit in sortie.dit
    assert not ANGLAIS.search(sortie.dit)


def test_une_option_d_une_autre_commande_n_en_fait_pas_proposer_une_au_hasard(cpit: Commande) -> None:
    """« --sortie » n’est pas « --simple » mal écrit : leurs tirets ne les rapprochent pas."""
    sortie = cpit("restituer", EXEMPLE, "--sortie", "r.html")
    assert sortie.code == 2
    assert "cpit restituer --help" in sortie.dit
    assert "Vouliez-vous" not in sortie.dit


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["-h"], *([*c, "--help"] for c in (["questionnaire"], ["restituer"], ["referentiel"], ["demo"]))],
    ids=" ".join,
)
def test_l_aide_est_en_francais(cpit: Commande, arguments: list[str]) -> None:
    sortie = cpit(*arguments)
    assert sortie.code == 0
    assert "Emploi : cpit" in sortie.sortie
    assert not ANGLAIS.search(sortie.sortie.replace("[OPTIONS]", ""))


@pytest.mark.parametrize(
    ("arguments", "dit"),
    [
        (["restituer", "absente.json"], "n'existe pas"),
        (["expliquer", EXEMPLE, "C9"], "aucune échelle ne s'appelle « C9 »"),
        (["expliquer", EXEMPLE, "C9"], "departementale, nationale, position."),
        (["formulaire", "--pour", "absent.csv"], "absent.csv : le fichier « absent.csv » n'existe pas"),
        (["expliquer", EXEMPLE, "publik"], "Vouliez-vous écrire « publique » ?"),
        (["referentiel", "montrer", "minimale"], "Vouliez-vous écrire « minimal » ?"),
        (["referentiel", "valider", "absent.yaml"], "n'existe pas"),
        (["questionnaire", "--dossier", "nulle-part/la"], "« nulle-part/la » n'est pas un dossier, ou n'existe pas"),
        (["questionnaire", "--dossier", EXEMPLE], "n'est pas un dossier"),
        (["questionnaire", "--referentiel", "x" * 300], "nom"),
        (["restituer", "x" * 300], "le nom est trop long"),
        (["restituer", EXEMPLE, "--classeur", "nulle/part.xlsx"], "impossible d'écrire"),
        (["demo", "--dossier", "nulle-part"], "n'existe pas"),
    ],
)
def test_un_refus_vaut_un_et_dit_pourquoi(cpit: Commande, arguments: list[str], dit: str) -> None:
    sortie = cpit(*arguments)
    assert sortie.code == 1
    assert dit in sortie.dit


@pytest.mark.parametrize(
    "arguments",
    [
        ["questionnaire", "--code", "R\udce9mi"],
        ["questionnaire", "--regard", "tiers", "--evaluateur", "R\udce9mi"],
        ["mes-donnees", "R\udce9mi"],
        ["effacer", "R\udce9mi", "--oui"],
        ["plan", ".", "--code", "R\udce9mi"],
        ["trace", "R01", "C3C", "--situation", "r\udce9union"],
    ],
    ids=lambda arguments: " ".join(arguments)[:13],
)
def test_un_texte_illisible_ne_perd_pas_ses_lettres_en_silence(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """« Rémi », tapé en Latin-1 sous un système en UTF-8, deviendrait « Rmi », qui peut être quelqu’un d’autre."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.json").write_bytes(EXEMPLE.read_bytes())
    assert executer(arguments) == 2
    assert re.search(r"« r\\xe9\w+ » porte des octets illisibles", capsys.readouterr().err.replace("\u202f", " "), re.I)
    assert [chemin.name for chemin in tmp_path.iterdir()] == ["p.json"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["questionnaire", "--referentiel", "minimal"], 2),
        (["menu"], 130),
        (["plan", "p.json"], 0),
        (["effacer", "R01"], 2),
        (["guide"], 0),
        (["verifiez"], 2),
    ],
    ids=lambda valeur: valeur[0] if isinstance(valeur, list) else "",
)
@pytest.mark.parametrize("fermes", [("stdin",), ("stdin", "stdout", "stderr")], ids=" ".join)
def test_un_flux_ferme_d_avance_ne_montre_pas_de_trace(
    arguments: list[str], code: int, fermes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Comme d’un service, ou de « cpit menu <&- » : Python n’y donne aucun flux."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.json").write_bytes(EXEMPLE.read_bytes())
    for nom in fermes:
        monkeypatch.setattr(sys, nom, None)
    assert executer(arguments) == code


def test_un_defaut_de_cpit_garde_sa_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Une donnée fautive ne montre jamais de trace ; un défaut du programme garde la sienne, pour que l’on corrige."""

    def tomber(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("cpit.passations.relecture.composer_restitution", tomber)
    with pytest.raises(ZeroDivisionError):
        executer(["restituer", str(EXEMPLE)])


def test_un_refus_du_systeme_se_dit_en_francais(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def tomber(*_: object) -> None:
        raise OSError(28, "No space left on device", "f.json")

    monkeypatch.setattr("cpit.passations.relecture.composer_restitution", tomber)
    assert executer(["restituer", str(EXEMPLE)]) == 1
    dit = capsys.readouterr().err
    assert "le disque est plein" in dit
    assert "No space" not in dit


# --- restituer --json -------------------------------------------------------------------------------------------------


def en_json(cpit: Commande, *arguments: object) -> Any:
    sortie = cpit("restituer", *arguments, "--json")
    assert sortie.code == 0, sortie.erreur
    return json.loads(sortie.sortie)


def test_les_cles_du_json_sont_stables(cpit: Commande) -> None:
    resultat = en_json(cpit, EXEMPLE)
    assert list(resultat) == [
        "referentiel", "identifiant", "moment", "regard", "profil", "date", "terminee", "competences", "ingenieries",
        "matrice", "regroupements", "position", "dominante", "incertitude", "positions_competences", "motifs",
        "tensions",
    ]  # fmt: skip
    assert list(resultat["referentiel"]) == ["identifiant", "version", "empreinte", "titre"]
    assert tuple(resultat["competences"]) == CODES
    assert resultat["competences"]["C1"] == {"valeur": 2.0, "repondus": 3, "items": 3}
    assert list(resultat["ingenieries"]) == ["publique", "management", "catalyse"]
    assert resultat["matrice"]["C1"] == {"publique": 1.0, "management": 2.0, "catalyse": 3.0}
    assert resultat["matrice"]["C4"]["management"] is None
    assert list(resultat["regroupements"]) == ["postures", "echelles-action"]
    assert set(resultat["regroupements"]["postures"]["ouverture"]) == {"valeur", "repondus", "items"}
    assert set(resultat["position"]) == {"x", "y"}
    assert resultat["dominante"] == ["catalyse"]
    assert resultat["motifs"] == {}


def test_le_json_est_en_pleine_precision_et_refait_a_la_main(cpit: Commande) -> None:
    """R01 : « 123 224 233 1S3 122 212 123 2.4 ». Catalyse : 3+4+3+3+2+2+3+4 = 24 sur 8 items, soit 3."""
    resultat = en_json(cpit, EXEMPLE)
    assert resultat["competences"]["C2"]["valeur"] == 8 / 3
    publique, management, catalyse = (resultat["ingenieries"][k]["valeur"] for k in resultat["ingenieries"])
    assert (publique, management, catalyse) == (12 / 8, 12 / 6, 24 / 8)
    parts = [publique / 4, management / 4, catalyse / 4]
    assert resultat["position"]["x"] == pytest.approx((parts[2] - parts[0]) / sum(parts), abs=1e-15)
    assert resultat["position"]["y"] == pytest.approx((parts[2] - parts[1]) / sum(parts), abs=1e-15)


@pytest.mark.parametrize(
    ("signes", "position", "dominante", "motifs"),
    [
        ("2" * 24, {"x": 0.0, "y": 0.0}, [], {}),
        ("0" * 24, None, None, {"position": "parts-nulles"}),
        ("S" * 24, None, None, "tous"),
        ("22." * 8, None, None, {"catalyse": "aucune-reponse", "position": "score-absent"}),
    ],
)
def test_equilibre_et_absences(
    cpit: Commande, tmp_path: Path, signes: str, position: object, dominante: object, motifs: object
) -> None:
    resultat = en_json(cpit, ecrire_terminee(tmp_path / "p.json", passation_de(livre(), signes)))
    assert resultat["position"] == position
    assert resultat["dominante"] == dominante
    if motifs == "tous":
        assert resultat["motifs"]["C1"] == "aucune-reponse"
        assert resultat["motifs"]["position"] == "score-absent"
        assert all(score["valeur"] is None for score in resultat["competences"].values())
    elif signes.isdecimal():
        assert resultat["motifs"] == motifs
    else:
        assert resultat["motifs"].items() >= motifs.items()  # type: ignore[attr-defined]


def test_le_json_est_seul_sur_la_sortie_meme_avec_un_avertissement(cpit: Commande, tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    chemin.write_bytes(b"{")
    (tmp_path / "p.json.bak").write_bytes(EXEMPLE.read_bytes())
    sortie = cpit("restituer", chemin, "--json", "--classeur", tmp_path / "c.xlsx")
    assert json.loads(sortie.sortie)["identifiant"] == "R01"
    assert "Avertissement" in sortie.erreur
    assert (tmp_path / "c.xlsx").stat().st_size > 1000


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("encodage", ["cp1252", "ascii", "utf-8"])
def test_le_json_et_le_yaml_rediriges_se_relisent_quel_que_soit_l_encodage(tmp_path: Path, encodage: str) -> None:
    """Sous Windows, une sortie redirigée est en cp1252 : le fichier obtenu doit rester du JSON et du YAML."""
    fait = sur_console("restituer", str(EXEMPLE), "--json", encodage=encodage, dossier=tmp_path)
    assert json.loads(fait.stdout.decode("utf-8"))["referentiel"]["titre"] == livre().titre
    fait = sur_console("referentiel", "schema", encodage=encodage, dossier=tmp_path)
    assert json.loads(fait.stdout.decode("utf-8"))
    fait = lancer("referentiel", "montrer", "minimal", "--yaml", PYTHONIOENCODING=encodage)
    assert fait.stdout.decode("utf-8") == minimal().texte
    (tmp_path / "le-mien.yaml").write_bytes(fait.stdout)
    assert sur_console("referentiel", "valider", "le-mien.yaml", encodage=encodage, dossier=tmp_path).returncode == 0


# --- expliquer --------------------------------------------------------------------------------------------------------


def nombres(texte: str) -> list[float]:
    return [float(n.replace(",", ".").replace("−", "-")) for n in re.findall(r"[-−]?\d+(?:,\d+)?", texte)]


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("fichier", sorted(p.name for p in (RACINE / "exemples").glob("*.json")))
def test_expliquer_donne_les_memes_nombres_que_le_json(cpit: Commande, fichier: str) -> None:
    """Chaque « Score = somme / poids = valeur » de l’explication est comparé au JSON, et refait."""
    chemin = RACINE / "exemples" / fichier
    resultat = en_json(cpit, chemin)
    groupes = {cle: score for r in resultat["regroupements"].values() for cle, score in r.items()}
    scores = {**resultat["competences"], **resultat["ingenieries"], **groupes}
    for echelle, score in scores.items():
        dit = cpit("expliquer", chemin, echelle, "--simple").sortie
        if score["valeur"] is None:
            assert "Score absent" in dit
            assert "Score =" not in dit
            continue
        somme, poids, valeur, arrondi = nombres(re.search(r"Score = (.*) à l’écran", dit)[1])  # type: ignore[index]
        assert somme / poids == pytest.approx(score["valeur"], abs=1e-9)
        assert valeur == pytest.approx(score["valeur"], abs=5e-5)
        assert arrondi == pytest.approx(score["valeur"], abs=0.0501)
        repondus, items = nombres(re.search(r"\d+ items? répondus? sur \d+", dit)[0])  # type: ignore[index]
        assert (repondus, items) == (score["repondus"], score["items"])
        produits = [nombres(m)[-1] for m in re.findall(r"Poids × valeur : \d+(?:,\d+)?", dit)]
        assert sum(produits) == pytest.approx(somme)
    dit = cpit("expliquer", chemin, "position", "--simple").sortie
    if resultat["position"] is None:
        assert "Position absente" in dit
    else:
        for axe in ("x", "y"):
            ligne = re.search(rf"^{axe} = (.*)\.$", dit, re.M)
            assert ligne
            calcul, ecrit = ligne[1].rsplit(" = ", 1)
            refait = eval(calcul.replace(",", ".").replace("−", "-").replace("×", "*"))
            assert nombres(ecrit)[0] == pytest.approx(resultat["position"][axe], abs=5e-5)
            assert refait == pytest.approx(resultat["position"][axe], abs=5e-4)


def test_expliquer_ne_distingue_pas_les_majuscules_et_dit_tout_sans_echelle(cpit: Commande) -> None:
    assert cpit("expliquer", EXEMPLE, "c1").sortie == cpit("expliquer", EXEMPLE, "C1").sortie
    tout = cpit("expliquer", EXEMPLE).sortie
    for titre in (*CODES, "publique", "catalyse", "Position sur la carte"):
        assert titre in tout


# --- référentiel changé -----------------------------------------------------------------------------------------------


@pytest.fixture
def change(tmp_path: Path) -> Path:
    """Le référentiel livré, dont l’énoncé de C1P a changé."""
    texte = livre().texte
    enonce = livre().items_par_code["C1P"].enonce
    debut = " ".join(enonce.split()[:4])
    avant, code, apres = texte.partition("code: C1P\n")
    assert debut in apres
    chemin = tmp_path / "le-mien.yaml"
    chemin.write_text(avant + code + apres.replace(debut, "Si des habitants expriment", 1), encoding="utf-8")
    return chemin


def test_un_referentiel_change_est_refuse_puis_note_sur_les_items_identiques(cpit: Commande, change: Path) -> None:
    for commande in ("restituer", "expliquer"):
        sortie = cpit(commande, EXEMPLE, "--referentiel", change)
        assert sortie.code == 1
        assert "le référentiel a changé" in sortie.dit
        assert "les 23 items restés identiques sur 24" in sortie.dit
        assert sortie.sortie == ""
        assert cpit(commande, EXEMPLE, "--referentiel", change, "--items-identiques").code == 0
    sortie = cpit("restituer", EXEMPLE, "--referentiel", change, "--items-identiques", "--json")
    assert "23 items identiques repris sur 24" in " ".join(sortie.erreur.split())
    resultat, avant = json.loads(sortie.sortie), en_json(cpit, EXEMPLE)
    assert resultat["referentiel"]["empreinte"] != avant["referentiel"]["empreinte"]
    # C1 : « 1 2 3 » ; sans C1P il reste (2 + 3) / 2.
    assert resultat["competences"]["C1"] == {"valeur": 2.5, "repondus": 2, "items": 3}
    for code in CODES[1:]:
        assert resultat["competences"][code] == avant["competences"][code]


def test_le_meme_referentiel_donne_par_son_fichier_n_est_pas_un_changement(cpit: Commande) -> None:
    avec = cpit("restituer", EXEMPLE, "--referentiel", RACINE / "referentiels" / "innovation-territoriale.yaml")
    assert avec.code == 0
    assert avec.erreur == ""


def modifier(chemin: Path, source: Path = EXEMPLE, **champs: object) -> Path:
    """La passation d’exemple, des champs changés et la somme refaite : ce qu’un autre programme pourrait écrire."""
    document = json.loads(source.read_bytes()) | champs
    document = {cle: valeur for cle, valeur in document.items() if valeur != "À ÔTER"}
    document["somme"] = somme_de_controle(document)
    chemin.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return chemin


def test_sans_referentiel_joint_on_le_retrouve_par_son_empreinte(cpit: Commande, tmp_path: Path) -> None:
    seule = modifier(tmp_path / "seule.json", texte_referentiel=[])
    assert en_json(cpit, seule) == en_json(cpit, EXEMPLE)
    inconnu = {"identifiant": "innovation-territoriale", "version": "0.9", "empreinte": "a" * 64}
    sortie = cpit("restituer", modifier(tmp_path / "i.json", texte_referentiel=[], referentiel=inconnu))
    assert sortie.code == 1
    assert "introuvable : « innovation-territoriale » 0.9" in sortie.dit


def test_un_referentiel_joint_falsifie_est_refuse(cpit: Commande, tmp_path: Path) -> None:
    texte = json.loads(EXEMPLE.read_bytes())["texte_referentiel"]
    sortie = cpit("restituer", modifier(tmp_path / "f.json", texte_referentiel=[*texte, "# un mot de plus"]))
    assert sortie.code == 1
    assert "ne correspond pas à son empreinte" in sortie.dit


def test_un_referentiel_joint_illisible_est_refuse(cpit: Commande, tmp_path: Path) -> None:
    texte = "identifiant: [\n"
    identite = {"identifiant": "x", "version": "1", "empreinte": hashlib.sha256(texte.encode()).hexdigest()}
    chemin = modifier(tmp_path / "f.json", texte_referentiel=texte.split("\n"), referentiel=identite)
    sortie = cpit("restituer", chemin)
    assert sortie.code == 1
    assert "référentiel joint" in sortie.dit


# --- fichiers d’une autre sorte ---------------------------------------------------------------------------------------

PROFOND = b'{"format": "cpit-passation", "version_format": 1, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.echantillon(4)
@pytest.mark.parametrize(
    ("octets", "dit"),
    [
        (b"", "ce n'est pas une passation lisible"),
        (b"{", "JSON incomplet ou fautif, ligne 1"),
        (b"[1, 2]", "JSON d'une autre sorte"),
        (b'{"nom": "autre"}', "JSON d'une autre sorte"),
        (b"PK\x03\x04\xff\xfe", "texte qui n'est pas en UTF-8, ligne 1"),
        (EXEMPLE.read_bytes().decode().encode("utf-16"), "texte récrit en UTF-16, et non en UTF-8, ligne 1"),
        (b"\x00" * 5000, "ce n'est pas une passation lisible"),
        (PROFOND, "JSON"),
        (b"[" * 2_000_000, "JSON incomplet"),
        (b'{"format": "cpit-passation", "version_format": 1, "x": ' + b"9" * 5000 + b"}", "JSON incomplet ou fautif"),
        (b'{"format": "cpit-passation", "version_format": 99}', "au format 99, plus récent que ce cpit"),
        (b'{"format": "cpit-passation", "version_format": "un"}', "somme de contrôle"),
        (b'{"format": "cpit-passation"}', "somme de contrôle"),
        (b" " * 20_000_000, "20000000 octets"),
        (EXEMPLE.read_bytes()[:-3], "JSON incomplet ou fautif, ligne"),
        (b'{\n"' + "é".encode()[:1], "fichier coupé au milieu d'un caractère, ligne 2"),
        (EXEMPLE.read_bytes().replace(b'"R01"', b'"R99"'), "la somme de contrôle ne correspond pas"),
    ],
    ids=range(17),
)
@pytest.mark.parametrize("commande", ["restituer", "expliquer", "verifier", "reprendre"])
def test_un_fichier_d_une_autre_sorte_est_refuse(
    cpit: Commande, tmp_path: Path, octets: bytes, dit: str, commande: str
) -> None:
    chemin = tmp_path / "x.json"
    chemin.write_bytes(octets)
    sortie = cpit("questionnaire", "--reprendre", chemin) if commande == "reprendre" else cpit(commande, chemin)
    assert sortie.code == 1
    assert dit in sortie.dit
    assert "Corriger" in sortie.erreur
    assert chemin.read_bytes() == octets
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize(
    ("champs", "dit"),
    [
        ({"identifiant": 3}, "identifiant : un texte est attendu"),
        ({"identifiant": "x" * 300}, "identifiant : le texte est trop long"),
        ({"moment": "demain"}, "moment : le texte n'a pas la forme attendue"),
        ({"regard": "lui"}, "regard : la valeur n'est pas l'une de celles permises"),
        ({"revision": -1}, "revision : le nombre est trop petit"),
        ({"revision": 1.5}, "revision : un nombre entier est attendu"),
        ({"revision": True}, "revision : un nombre entier est attendu"),
        ({"profil": []}, "profil : une table est attendue"),
        ({"items": {}}, "items : une liste est attendue"),
        ({"items": "À ÔTER"}, "items : la clé manque"),
        ({"inconnue": 1}, "inconnue : la clé est inconnue"),
        ({"reponses": {"C1P": {"etat": "repondu"}}}, "reponses.C1P : une valeur accompagne l'état"),
        ({"reponses": {"C1P": {"etat": "sans_objet", "valeur": 2}}}, "une valeur accompagne l'état"),
        ({"reponses": {"C1P": {"etat": "repondu", "valeur": "2"}}}, "un nombre entier est attendu"),
        ({"reponses": {"C1P": {"etat": "repondu", "valeur": 2.0}}}, "un nombre entier est attendu"),
        ({"reponses": {"C1P": {"etat": "repondu", "valeur": 9}}}, "la réponse 9 à « C1P » n'est pas un niveau"),
        ({"reponses": {"C1P": {"etat": "repondu", "valeur": float("nan")}}}, "un nombre entier est attendu"),
        ({"reponses": {"Z9": {"etat": "sans_objet"}}}, "la réponse à « Z9 » ne désigne aucun item"),
        ({"version_format": 0}, "version_format"),
    ],
)
def test_une_passation_de_forme_fautive_est_refusee_en_francais(
    cpit: Commande, tmp_path: Path, champs: dict[str, object], dit: str
) -> None:
    for commande in ("restituer", "verifier"):
        sortie = cpit(commande, modifier(tmp_path / "x.json", **champs))
        assert sortie.code == 1
        assert dit in sortie.dit


def test_un_caractere_impossible_dans_une_passation_est_refuse(cpit: Commande, tmp_path: Path) -> None:
    document = json.loads(EXEMPLE.read_bytes()) | {"identifiant": "a\ud800b"}
    document["somme"] = somme_de_controle(document)
    chemin = tmp_path / "x.json"
    chemin.write_text(json.dumps(document), encoding="ascii")
    sortie = cpit("restituer", chemin)
    assert sortie.code == 1
    assert "un caractère qui n'existe pas" in sortie.dit


def test_un_dossier_a_la_place_d_un_fichier(cpit: Commande, tmp_path: Path) -> None:
    (tmp_path / "d.json").mkdir()
    (tmp_path / "d.yaml").mkdir()
    for arguments in (["restituer", "d.json"], ["verifier", "d.json"], ["questionnaire", "--reprendre", "d.json"]):
        sortie = cpit(*arguments)
        assert sortie.code == 1
        assert "c'est un dossier" in sortie.dit
    assert cpit("referentiel", "valider", "d.yaml").code == 1
    assert cpit("restituer", EXEMPLE, "--classeur", tmp_path / "d.xlsx" / "c.xlsx").code == 1


# --- vérifier ---------------------------------------------------------------------------------------------------------


def test_verifier_dit_ce_qu_il_a_verifie(cpit: Commande) -> None:
    sortie = cpit("verifier", EXEMPLE)
    assert sortie.code == 0
    for constat in ("Somme de contrôle : juste", "empreinte juste", "22 valeurs", "18 échelles refaites"):
        assert constat in sortie.dit


def test_verifier_ne_se_contente_pas_de_la_copie(cpit: Commande, tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    chemin.write_bytes(EXEMPLE.read_bytes().replace(b'"valeur": 1', b'"valeur": 4', 1))
    (tmp_path / "p.json.bak").write_bytes(EXEMPLE.read_bytes())
    assert cpit("restituer", chemin).code == 0
    sortie = cpit("verifier", chemin)
    assert sortie.code == 1
    assert "la somme de contrôle ne correspond pas" in sortie.dit


def test_verifier_compare_deux_calculs(cpit: Commande, monkeypatch: pytest.MonkeyPatch) -> None:
    """Un moteur qui se trompe d’un millième est pris."""
    from cpit.passations import relecture as verification

    vrai = verification._score_ecrit
    monkeypatch.setattr(
        verification, "_score_ecrit", lambda r, i: (vrai(r, i) or 0) + 0.001 if i == "C2" else vrai(r, i)
    )
    sortie = cpit("verifier", EXEMPLE)
    assert sortie.code == 1
    assert "C2 : cpit trouve 2.66" in sortie.dit
    assert sortie.erreur.count("Refus") == 1


# --- le reste ---------------------------------------------------------------------------------------------------------


def test_demo_dans_un_dossier_vide(cpit: Commande, tmp_path: Path) -> None:
    sortie = cpit("demo")
    assert sortie.code == 0
    assert [p.name for p in tmp_path.iterdir()] == ["cpit-demo"]
    annonces = re.findall(r"^  (\S+)$", sortie.sortie.partition("Écrit aussi")[2].partition("Et maintenant")[0], re.M)
    ecrits = {p.name for p in (tmp_path / "cpit-demo").iterdir()}
    assert ecrits == {*annonces[1:], "jeu.cle"}, "tout ce qui est annoncé est écrit, et rien d’autre que la clé"
    assert "Mes prochains pas" in (tmp_path / "cpit-demo" / "restitution.html").read_text(encoding="utf-8")
    assert not sortie.erreur
    assert "Et maintenant" in sortie.dit
    commandes = re.findall(r"^  (cpit .*)$", sortie.sortie, re.M)
    assert len(commandes) >= 3
    expliquer = next(c for c in commandes if c.startswith("cpit expliquer"))
    assert cpit(*shlex.split(expliquer)[1:]).code == 0, "la commande proposée marche telle quelle"
    assert cpit("demo").code == 0, "on peut la rejouer"


def test_un_classeur_n_ecrase_que_celui_de_cpit(cpit: Commande, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    comptes = tmp_path / "mes-comptes.xlsx"
    autre = openpyxl.Workbook()
    autre.save(comptes)
    (tmp_path / "texte.xlsx").write_text("pas un classeur")
    for chemin in (comptes, tmp_path / "texte.xlsx"):
        avant = chemin.read_bytes()
        sortie = cpit("restituer", EXEMPLE, "--classeur", chemin)
        assert sortie.code == 1
        assert "existe déjà et n'est pas un classeur de cpit" in sortie.dit
        assert chemin.read_bytes() == avant
    mien = tmp_path / "mien.xlsx"
    assert cpit("restituer", EXEMPLE, "--classeur", mien).code == 0
    openpyxl.load_workbook(mien).save(mien)
    assert cpit("restituer", EXEMPLE, "--classeur", mien).code == 0, "repris par un tableur, il reste celui de cpit"


def test_referentiel_lister_montrer_valider(cpit: Commande, tmp_path: Path) -> None:
    liste = cpit("referentiel", "lister").sortie
    assert "innovation-territoriale" in liste
    assert "minimal" in liste
    montre = cpit("referentiel", "montrer", "minimal", "--simple").dit
    for item in minimal().items:
        assert f"{item.code} ({item.ingenierie}" in montre
    assert "poids 2)" in montre
    valide = cpit("referentiel", "valider", RACINE / "referentiels" / "minimal.yaml")
    assert (valide.code, "référentiel valide" in valide.dit) == (0, True)
    nomme = cpit("referentiel", "valider", "innovation-territoriale@1.0.0")
    assert (nomme.code, "référentiel valide" in nomme.dit) == (0, True)
    (tmp_path / "faux.yaml").write_text("identifiant: x\nversion: 1\nversion: 2\n")
    faux = cpit("referentiel", "valider", "faux.yaml")
    assert faux.code == 1
    assert "ligne 3" in faux.dit


def test_restituer_dit_le_profil_et_la_passation_inachevee(cpit: Commande, tmp_path: Path) -> None:
    chemin = tmp_path / "p.json"
    passation = replace(lire_passation(EXEMPLE), terminee=None)
    chemin.write_bytes(encoder_passation(passation))
    assert "passation inachevée" not in cpit("restituer", chemin).dit, "tout y est vu"
    *vues, _ = passation.reponses
    chemin.write_bytes(encoder_passation(replace(passation, reponses={c: passation.reponses[c] for c in vues})))
    sortie = cpit("restituer", chemin)
    assert "passation inachevée" in sortie.dit
    assert "Commune" in sortie.dit
    assert en_json(cpit, chemin)["terminee"] is False


def test_la_restitution_dit_chaque_niveau_en_mots(cpit: Commande) -> None:
    referentiel, passation = livre(), lire_passation(EXEMPLE)
    libelles = {libelle_reponse(referentiel, r) for r in passation.reponses.values() if r.valeur is not None}
    dit = cpit("restituer", EXEMPLE, "--simple").dit
    assert any(str(libelle).replace("’", "'") in dit for libelle in libelles)


@pytest.mark.endurance
@pytest.mark.echantillon(4)
@pytest.mark.skipif(os.name == "nt", reason="« head » n’existe pas sous Windows")
@pytest.mark.parametrize(
    "commande",
    [
        # Une longue sortie s’écrit encore quand le lecteur part.
        ["cohorte", str(EXEMPLE.with_name("cohorte-fictive.csv")), "--sortie", "-"],
        ["restituer", str(EXEMPLE)],
        ["restituer", str(EXEMPLE), "--json"],
        ["demo"],
    ],
)
def test_un_tube_ferme_par_son_lecteur_n_est_pas_une_erreur(tmp_path: Path, commande: list[str]) -> None:
    fait = subprocess.run(
        ["bash", "-c", '"$@" | head -1; exit ${PIPESTATUS[0]}', "-", sys.executable, "-u", "-m", "cpit", *commande],
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert fait.stderr == b""
    assert fait.returncode == 0
    assert fait.stdout.count(b"\n") == 1


@pytest.mark.echantillon(3)
@pytest.mark.skipif(os.name == "nt", reason="« true » n’existe pas sous Windows")
@pytest.mark.parametrize(
    ("commande", "code"),
    [("cohorte t.csv --sortie notes.csv", 1), ("cohorte t.csv --sortie -", 1), ("restituer --rien-de-tel", 2)],
)
@pytest.mark.endurance
def test_un_refus_reste_un_refus_quand_personne_ne_lit(tmp_path: Path, commande: str, code: int) -> None:
    """Sorties ordinaire et d’erreur vers un lecteur parti : le code est le même, et ce qui s’écrit ailleurs l’est."""
    entete, trois = "identifiant;" + ";".join(item.code for item in livre().items), ";3" * 24
    (tmp_path / "t.csv").write_text(f"{entete}\nA{trois}\nB;9{trois[2:]}\n", encoding="utf-8")
    script = f'(sleep 0.2; exec "$1" -u -m cpit {commande}) 2>&1 | true; exit ${{PIPESTATUS[0]}}'
    fait = subprocess.run(["bash", "-c", script, "-", sys.executable], check=False, cwd=tmp_path, timeout=60)
    assert fait.returncode == code
    if "notes.csv" in commande:
        assert (tmp_path / "notes.csv").read_text(encoding="utf-8-sig").count("\n") == 3


@pytest.mark.endurance
@pytest.mark.skipif(os.name == "nt", reason="« true » n’existe pas sous Windows")
def test_un_refus_en_flux_reste_un_refus_quand_personne_ne_lit(tmp_path: Path) -> None:
    """Le lecteur part avant la dernière ligne, la seule que l’on refuse : elle est lue, et comptée."""
    entete, trois = "identifiant;" + ";".join(item.code for item in livre().items), ";3" * 24
    lignes = "".join(f"P{rang}{trois}\n" for rang in range(2_000))
    (tmp_path / "t.csv").write_text(f"{entete}\n{lignes}B;9{trois[2:]}\n", encoding="utf-8")
    programme = "import sys, cpit.cli, cpit.flux as f; f.SEUIL = 0; sys.exit(cpit.cli.executer(sys.argv[1:]))"
    script = '(sleep 0.2; exec "$@" cohorte t.csv --sortie -) | true; exit ${PIPESTATUS[0]}'
    commande = ["bash", "-c", script, "-", sys.executable, "-u", "-c", programme]
    fait = subprocess.run(commande, check=False, cwd=tmp_path, timeout=60, capture_output=True, text=True)
    assert (fait.returncode, "Traceback" in fait.stderr) == (1, False)
    assert "ligne 2002" in " ".join(fait.stderr.split())


def test_hors_terminal_rien_a_lire_est_un_mauvais_emploi_clair(tmp_path: Path) -> None:
    fait = lancer("questionnaire", dossier=tmp_path)
    assert fait.returncode == 2
    assert "l’entrée n’est pas un terminal et elle est vide" in " ".join(fait.stderr.decode().split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.endurance
def test_hors_terminal_une_reponse_par_ligne(tmp_path: Path) -> None:
    fait = lancer("questionnaire", "--code", "S01", entree="2\n" * 24, dossier=tmp_path)
    assert fait.returncode == 0
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".bak", ".html", ".json", ".xlsx"]
    passation: Passation = lire_passation(tmp_path / "passation-s01-t0-soi.json")
    assert set(passation.valeurs().values()) == {2}
    assert passation.revision == 25


@pytest.mark.endurance
def test_hors_terminal_trop_peu_de_reponses_se_reprennent(tmp_path: Path) -> None:
    trop_peu = lancer("questionnaire", "--code", "S02", entree="2\n" * 5, dossier=tmp_path)
    assert trop_peu.returncode == 130
    assert "cpit questionnaire --reprendre passation-s02-t0-soi.json" in " ".join(trop_peu.stderr.decode().split())


def test_le_point_d_entree_repond_a_version(cpit: Commande) -> None:
    assert re.fullmatch(r"cpit \d+\.\d+\.\d+\n", cpit("--version").sortie)
    assert re.fullmatch(rb"cpit \d+\.\d+\.\d+\r?\n", lancer("-V").stdout)

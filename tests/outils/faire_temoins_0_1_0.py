"""A écrit ``tests/donnees/0.1.0`` avec cpit 0.1.0, par ses seules commandes : à ne pas relancer avec une autre version.

    python tests/outils/faire_temoins_0_1_0.py [DOSSIER]

Il reste ici pour dire d’où viennent ces fichiers. ``reponses.json`` est écrit d’après les constantes de ce script, et
non d’après ce que cpit a relu : c’est à lui, et à l’oracle, que ``test_compatibilite.py`` compare toute relecture.
Il faut LibreOffice (``soffice``), un pseudo-terminal et les extras ``recherche`` et ``figures``.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_remplir import remplir_comme_une_personne

VERSION = "0.1.0"
CIBLE = Path(__file__).resolve().parents[1] / "donnees" / VERSION
INSTANT = "2026-11-24T09:30:00+01:00"
TRACES = (
    "Réunion de mai à Saint-Étienne : l’œuvre des élus, « signée » 🎉",
    "=1+1 ; point-virgule, guillemet \" et apostrophe '",
    "Famille 👪, coût : 12 €, déjà vu à Nîmes",
)


@dataclass(frozen=True)
class Personne:
    """Ce qu’une personne a répondu : un chiffre, S (sans objet) ou . (sans réponse) par item, dans l’ordre."""

    fichier: str
    code: str
    signes: str
    moment: str = "t0"
    regard: str = "soi"
    profil: dict[str, str] = field(default_factory=dict)
    traces: dict[int, str] = field(default_factory=dict)
    terminee: bool = True
    copie: bool = False


@dataclass(frozen=True)
class Monde:
    """Un référentiel, et ce qu’on en garde, par façon d’entrer."""

    referentiel: str
    terminal: Personne
    tube: tuple[Personne, ...]
    page: Personne
    formulaires: tuple[Personne, ...]
    table: tuple[Personne, ...]
    abimee: Personne | None = None


COMMUNE = {"structure": "commune", "dispositif": "pvd", "territoire": "rural", "anciennete": "1-3"}
EPCI = {"structure": "epci", "territoire": "montagne"}
BENEVOLE, SALARIE = {"role": "benevole"}, {"role": "salarie"}

LIVRE = Monde(
    "innovation-territoriale",
    Personne(
        *("passations/passation-anais-b-t0-soi.json", "Anaïs B.", "1232242331S312221212324."),
        profil=COMMUNE,
        traces=dict(enumerate(TRACES)),
    ),
    (
        Personne(
            *("passations/passation-anais-b-t1-soi.json", "Anaïs B.", "233334333223232323223334"),
            moment="t1",
            profil=COMMUNE,
        ),
        Personne("passations/passation-r02-t0-tiers.json", "R02", "332322321222343331232S..", regard="tiers"),
    ),
    Personne(
        *("page/passation-chloe-t0-soi.json", "Chloé", "012340123401234S.3210432"),
        profil=EPCI,
        traces={0: TRACES[0] + "\nà la ligne", 16: "Vu, sans réponse"},
    ),
    (
        Personne(
            *("formulaires/openpyxl.xlsx", "Élo", "40S.21034321S.1234012344"),
            profil=COMMUNE,
            traces={1: TRACES[1], 5: TRACES[2]},
        ),
        Personne("formulaires/libreoffice.xlsx", "R07", "1111222233334444SSSS....", profil=EPCI, traces={2: TRACES[0]}),
    ),
    (
        Personne("t", "Zoé", "012340123401234012340123", profil=COMMUNE),
        Personne("t", "T02", "4444SSSS....333322221111", moment="t1", regard="tiers", profil=EPCI),
        Personne("t", "T03", "..................SSSSSS"),
    ),
)
MINIMAL = Monde(
    "minimal",
    Personne(
        *("passations/passation-anais-b-t0-soi.json", "Anaïs B.", "12S4.3"),
        profil=BENEVOLE,
        traces=dict(enumerate(TRACES)),
        copie=True,
    ),
    (
        Personne("passations/passation-anais-b-t1-soi.json", "Anaïs B.", "343142", moment="t1", profil=BENEVOLE),
        Personne(
            "passations/passation-anais-b-t0-retrospectif-soi.json", "Anaïs B.", "121411", moment="t0-retrospectif"
        ),
        Personne("passations/passation-anais-b-t0-tiers.json", "Anaïs B.", "2232S2", regard="tiers"),
        Personne("passations/passation-r02-t0-soi.json", "R02", "442112", profil=SALARIE),
        Personne("passations/passation-r03-t0-soi.json", "R03", "31S2", terminee=False, copie=True),
        Personne("passations/passation-r04-t0-soi.json", "R04", "214323", profil=SALARIE),
    ),
    Personne("page/passation-chloe-t0-soi.json", "Chloé", "4.S123", profil=SALARIE, traces={0: TRACES[0], 1: "Vu"}),
    (
        Personne("formulaires/openpyxl.xlsx", "Élo", "1S.432", profil=BENEVOLE, traces={0: TRACES[1], 3: TRACES[2]}),
        Personne("formulaires/libreoffice.xlsx", "R07", "44S311", profil=SALARIE, traces={2: TRACES[0]}),
    ),
    (
        Personne("t", "Zoé", "123412", profil=BENEVOLE),
        Personne("t", "T02", "44SS..", moment="t1", regard="tiers", profil=SALARIE),
        Personne("t", "T03", "....S."),
    ),
    Personne("abimee/passation-r05-t0-soi.json", "R05", "223344", copie=True),
)


def principal() -> None:
    """Écrit tout dans un dossier neuf, puis le pose à la place de la cible."""
    cible = Path(sys.argv[1]) if len(sys.argv) > 1 else CIBLE
    assert cpit(Path(), "--version").strip() == f"cpit {VERSION}", "à lancer avec cpit 0.1.0 seulement"
    with tempfile.TemporaryDirectory() as temporaire:
        racine = Path(temporaire) / VERSION
        verite = {monde.referentiel: ecrire_monde(racine / monde.referentiel, monde) for monde in (LIVRE, MINIMAL)}
        ecrire_sorties_du_livre(racine / LIVRE.referentiel)
        ecrire_sorties_du_minimal(racine / MINIMAL.referentiel)
        poser_json(racine / "reponses.json", verite)
        for ancien in (cible / LIVRE.referentiel, cible / MINIMAL.referentiel):
            shutil.rmtree(ancien, ignore_errors=True)
        shutil.copytree(racine, cible, dirs_exist_ok=True)


def cpit(ou: Path, *arguments: str, entree: str = "", codes: Sequence[int] = (0,)) -> str:
    """Lance une commande dans un dossier : aucun chemin de la machine n’entre ainsi dans les fichiers."""
    fini = subprocess.run(
        [sys.executable, "-m", "cpit", *arguments], cwd=ou, input=entree.encode(), capture_output=True, check=False
    )
    assert fini.returncode in codes, (arguments, fini.returncode, fini.stderr.decode())
    return fini.stdout.decode()


def poser_json(chemin: Path, contenu: object) -> None:
    """Écrit un JSON lisible."""
    chemin.write_text(json.dumps(contenu, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


# --- ce qui entre -----------------------------------------------------------------------------------------------------


def ecrire_monde(ou: Path, monde: Monde) -> dict[str, Any]:
    """Les passations, les formulaires et les tables d’un référentiel ; rend ce qui y a été répondu, par fichier."""
    for nom in ("passations", "page", "formulaires", "tables", "sorties"):
        (ou / nom).mkdir(parents=True)
    yaml_ = cpit(ou, "referentiel", "montrer", monde.referentiel, "--yaml")
    (ou / "referentiel.yaml").write_text(yaml_, encoding="utf-8")
    codes = codes_dans_l_ordre(yaml.safe_load(yaml_))
    repondre_au_terminal(ou, monde)
    for personne in monde.tube:
        repondre_par_un_tube(ou, monde.referentiel, personne)
    ecrire_comme_la_page(ou, monde)
    if monde.abimee is not None:
        abimer(ou, monde.referentiel, monde.abimee)
    remplir_les_formulaires(ou, monde, codes)
    remplir_les_tables(ou, monde, codes)
    seules = (monde.terminal, *monde.tube, monde.page, monde.abimee, *monde.formulaires)
    verite: dict[str, Any] = {p.fichier: [decrire(p, codes)] for p in seules if p is not None}
    verite |= {f"tables/{nom}.csv": [decrire(p, codes) for p in monde.table] for nom in ("fr", "science")}
    return verite


def codes_dans_l_ordre(referentiel: dict[str, Any]) -> list[str]:
    """Les codes des items, groupés par compétence."""
    items = referentiel["items"]
    return [i["code"] for c in referentiel["competences"] for i in items if i["competence"] == c["identifiant"]]


def decrire(personne: Personne, codes: list[str]) -> dict[str, Any]:
    """Ce qu’une personne a répondu, par code d’item."""
    signes = dict(zip(codes, personne.signes, strict=False))
    return {
        "identifiant": personne.code,
        "moment": personne.moment,
        "regard": personne.regard,
        "profil": personne.profil,
        "terminee": personne.terminee,
        "reponses": {c: {"S": "SO", ".": None}.get(s, int(s) if s.isdigit() else s) for c, s in signes.items()},
        "traces": {codes[rang]: trace for rang, trace in personne.traces.items()},
    }


def identite(personne: Personne) -> list[str]:
    """Les options qui disent qui, quand et sous quel regard."""
    profil = [mot for question, choix in personne.profil.items() for mot in ("--profil", f"{question}={choix}")]
    return [*("--code", personne.code, "--moment", personne.moment, "--regard", personne.regard), *profil]


def repondre_au_terminal(ou: Path, monde: Monde) -> None:
    """Une séance dans un vrai terminal, avec des traces ; le classeur de la personne est gardé à part."""
    personne, dossier = monde.terminal, ou / "passations"
    commande = ["-m", "cpit", "questionnaire", "--referentiel", monde.referentiel, "--sans-profil", "--simple"]
    seance = pexpect.spawn(
        sys.executable, [*commande, *identite(personne)], cwd=str(dossier), encoding="utf-8", timeout=15
    )
    for rang, signe in enumerate(personne.signes):
        if trace := personne.traces.get(rang):
            seance.expect(r"> $")
            seance.sendline("t")
            seance.expect(r"Trace.: $")
            seance.sendline(trace)
        seance.expect(r"> $")
        seance.sendline({"S": "so", ".": ""}.get(signe, signe))
    seance.expect(r"un code.: $")
    seance.sendline("")
    seance.expect(pexpect.EOF)
    seance.close()
    assert seance.exitstatus == 0
    ranger(ou, personne)


def repondre_par_un_tube(ou: Path, referentiel: str, personne: Personne) -> None:
    """Une réponse par ligne, sur l’entrée standard ; trop peu de lignes laissent la passation inachevée."""
    lignes = "".join({"S": "so", ".": ""}.get(signe, signe) + "\n" for signe in personne.signes)
    options = ["--referentiel", referentiel, "--dossier", str(Path(personne.fichier).parent), "--sans-profil"]
    code = 0 if personne.terminee else 130
    cpit(ou, "questionnaire", *options, *identite(personne), entree=lignes, codes=[code])
    ranger(ou, personne)


def ranger(ou: Path, personne: Personne) -> None:
    """Garde la passation, et sa copie si elle sert ; le classeur écrit à côté est gardé pour le premier seulement."""
    chemin = ou / personne.fichier
    assert chemin.exists(), chemin
    if not personne.copie:
        chemin.with_name(chemin.name + ".bak").unlink()
    classeur = chemin.with_suffix(".xlsx")
    if personne.traces:
        classeur.rename(ou / "sorties" / "classeur-du-questionnaire.xlsx")
    classeur.unlink(missing_ok=True)


def ecrire_comme_la_page(ou: Path, monde: Monde) -> None:
    """Le fichier que la page fait enregistrer : ses données, son ordre de clés, sa somme (voir formulaire.js)."""
    cpit(ou, "formulaire", "--format", "html", "--dossier", "page", "--referentiel", monde.referentiel)
    vierge = ou / "page" / "formulaire-t0-soi.html"
    texte = vierge.read_text(encoding="utf-8")
    vierge.unlink()
    trouve = re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', texte, re.DOTALL)
    assert trouve
    d, personne = json.loads(trouve[1]), monde.page
    traces = [personne.traces.get(rang, "") for rang in range(len(personne.signes))]
    contenu = {
        **{cle: d[cle] for cle in ("format", "version_format", "cpit")},
        **{"identifiant": personne.code, "moment": personne.moment, "regard": personne.regard},
        **{"profil": personne.profil, "commencee": INSTANT, "modifiee": INSTANT, "terminee": INSTANT, "revision": 1},
        "referentiel": d["referentiel"],
        "reponses": {
            item["code"]: reponse_de_la_page(signe, trace)
            for item, signe, trace in zip(d["items"], personne.signes, traces, strict=True)
        },
        **{cle: d[cle] for cle in ("items", "texte_referentiel")},
    }
    canonique = json.dumps(contenu, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    poser_json(ou / personne.fichier, {**contenu, "somme": hashlib.sha256(canonique.encode()).hexdigest()})


def reponse_de_la_page(signe: str, trace: str) -> dict[str, object]:
    """Une réponse, telle que la page l’écrit."""
    etats: dict[str, dict[str, object]] = {"S": {"etat": "sans_objet"}, ".": {"etat": "sans_reponse"}}
    reponse = etats.get(signe) or {"etat": "repondu", "valeur": int(signe)}
    return {**reponse, **({"trace": trace} if trace else {})}


def abimer(ou: Path, referentiel: str, personne: Personne) -> None:
    """Une passation coupée en son milieu ; sa copie, d’avant la dernière écriture, est entière mais inachevée."""
    chemin = ou / personne.fichier
    chemin.parent.mkdir()
    repondre_par_un_tube(ou, referentiel, personne)
    octets = chemin.read_bytes()
    chemin.write_bytes(octets[: len(octets) // 2])


def remplir_les_formulaires(ou: Path, monde: Monde, codes: list[str]) -> None:
    """Deux formulaires xlsx remplis par openpyxl ; LibreOffice enregistre le second à son tour. Un vierge aussi."""
    par_openpyxl, par_libreoffice = monde.formulaires
    with tempfile.TemporaryDirectory() as temporaire:
        travail = Path(temporaire)
        (travail / "codes.csv").write_text(f"code\n{par_openpyxl.code}\n{par_libreoffice.code}\n", encoding="utf-8")
        cpit(travail, "formulaire", "--pour", "codes.csv", "--referentiel", monde.referentiel)
        premier, second = sorted(travail.glob("*.xlsx"))
        remplir(premier, ou / par_openpyxl.fichier, par_openpyxl, codes)
        remplir(second, travail / "libreoffice.xlsx", par_libreoffice, codes)
        profil = f"-env:UserInstallation={(travail / 'profil').as_uri()}"
        commande = ["soffice", profil, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]
        rendu = ou / par_libreoffice.fichier
        subprocess.run(
            [*commande, str(rendu.parent), str(travail / "libreoffice.xlsx")], check=True, capture_output=True
        )
        assert rendu.exists()


def remplir(source: Path, cible: Path, personne: Personne, codes: list[str]) -> None:
    """Remplit comme une personne : le texte choisi dans la liste, la trace à côté."""
    signes, traces = dict(zip(codes, personne.signes, strict=True)), {codes[r]: t for r, t in personne.traces.items()}
    remplir_comme_une_personne(source, cible, signes, traces=traces, profil=personne.profil)


def remplir_les_tables(ou: Path, monde: Monde, codes: list[str]) -> None:
    """La table vide de cpit, puis la même remplie dans les deux dialectes, ligne d’exemple ôtée."""
    cpit(ou, "formulaire", "--format", "csv", "--dossier", "tables", "--referentiel", monde.referentiel)
    (vide,) = (ou / "tables").glob("*.csv")
    vide = vide.rename(ou / "tables" / "vide.csv")
    entete = vide.read_text(encoding="utf-8-sig").splitlines()[0].split(";")
    for nom, separateur, encodage, fin in (("fr", ";", "utf-8-sig", "\r\n"), ("science", ",", "utf-8", "\n")):
        with (ou / "tables" / f"{nom}.csv").open("w", encoding=encodage, newline="") as flux:
            ecrivain = csv.writer(flux, delimiter=separateur, lineterminator=fin)
            ecrivain.writerow(entete)
            ecrivain.writerows(lignes_de_table(entete, monde.table, codes))


def lignes_de_table(entete: list[str], personnes: Sequence[Personne], codes: list[str]) -> Iterator[list[str]]:
    """Une ligne par personne, dans l’ordre de l’en-tête."""
    for p in personnes:
        signes = {c: {"S": "SO", ".": ""}.get(s, s) for c, s in zip(codes, p.signes, strict=True)}
        cellules = {"identifiant": p.code, "moment": p.moment, "regard": p.regard, **p.profil, **signes}
        yield [cellules.get(nom, "") for nom in entete]


# --- ce qui sort ------------------------------------------------------------------------------------------------------


def ecrire_cohorte(ou: Path, referentiel: str) -> None:
    """Le groupe des passations en CSV, dans chaque dialecte, et en JSON."""
    commun = ["cohorte", "passations", "--referentiel", referentiel]
    for dialecte in ("fr", "science"):
        cpit(ou, *commun, "--sortie", f"sorties/cohorte-{dialecte}.csv", "--dialecte", dialecte)
        sans = [*commun, "--sans-reponses", "--dialecte", dialecte]
        cpit(ou, *sans, "--sortie", f"sorties/cohorte-sans-reponses-{dialecte}.csv")
    cpit(ou, *commun, "--sortie", "sorties/cohorte.json")


def ecrire_sorties_du_livre(ou: Path) -> None:
    """Groupe, résultat en JSON, export en CSV (le classeur de la personne est déjà là)."""
    ecrire_cohorte(ou, LIVRE.referentiel)
    resultat = cpit(ou, "restituer", LIVRE.terminal.fichier, "--json")
    (ou / "sorties" / "resultat.json").write_text(resultat, encoding="utf-8")
    cpit(ou, "exporter", "passations", "--sortie", "jeu", "--formats", "csv", "--avec-traces")


def ecrire_sorties_du_minimal(ou: Path) -> None:
    """Toutes les sorties."""
    ecrire_cohorte(ou, MINIMAL.referentiel)
    personne, groupe = MINIMAL.terminal.fichier, ["passations", "--referentiel", "minimal"]
    resultat = cpit(ou, "restituer", personne, "--json", "--page", "sorties/personne.html")
    (ou / "sorties" / "resultat.json").write_text(resultat, encoding="utf-8")
    pages = ["--page", "sorties/groupe.html", "--effectif-minimal", "3"]
    cpit(ou, "cohorte", *groupe, "--sortie", "sorties/cohorte.xlsx", *pages)
    cpit(ou, "formulaire", "--dossier", "formulaires", "--referentiel", "minimal")
    for suffixe in ("xlsx", "json"):
        cpit(ou, "fidelite", *groupe, "--sortie", f"sorties/fidelite.{suffixe}")
    for suffixe in ("svg", "pdf", "png"):
        sortie = ["--sortie", f"sorties/carte.{suffixe}", "--largeur", "60", "--ppp", "72"]
        cpit(ou, "figure", "carte", personne, *sortie)
    cpit(ou, "exporter", *groupe, "--sortie", "jeu")
    diffusion = ["--diffusion", "--effectif-minimal", "3", "--formats", "csv"]
    cpit(ou, "exporter", *groupe, "--sortie", "diffusion", *diffusion)


if __name__ == "__main__":
    principal()

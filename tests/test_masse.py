"""Une grande table notée en flux : mêmes octets et mêmes anomalies que le chemin ordinaire, quoi qu’il y ait dedans."""

from __future__ import annotations

import csv
import io
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import isclose
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any, NamedTuple

import pytest
from aide_bornes import abaisser
from aide_lecture import NoteeEnGrand, noter_en_octets
from aide_terminal import sur_console
from aides import RACINE, livre, tirages
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from oracle import Plan, oracle
from test_proprietes import notations, plans, referentiel_de

import cpit
from cpit import Anomalie
from cpit.api.groupe import choisir_pour, convient_au_flux, noter_en_grand, reunir
from cpit.coeur.cohorte import Cohorte, Releve
from cpit.coeur.referentiel import Choix, QuestionProfil, Referentiel, SansObjet
from cpit.erreurs import Gravite
from cpit.flux import lots
from cpit.lecture.lignes import Ligneur

pytestmark = pytest.mark.endurance

LIVRE = livre()
MINIMAL = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
CODES = ";".join(item.code for item in MINIMAL.items)
REPONSES = ";".join("1" for _ in MINIMAL.items)
AUTRES = REPONSES.replace("1", "2")


def ordinaire(
    chemins: list[Path], referentiel: Referentiel, dialecte: str, *, avec_reponses: bool
) -> tuple[bytes, list[Anomalie], Cohorte]:
    """Le chemin qui garde tout en mémoire."""
    try:
        recueil = cpit.lire(chemins, referentiel)
    except cpit.ErreurCpit as erreur:
        return b"", [une for une in erreur.anomalies if une.code != "cohorte-vide"], Cohorte(referentiel)
    with tempfile.TemporaryDirectory() as dossier:
        options: dict[str, Any] = {"dialecte": dialecte, "avec_reponses": avec_reponses}
        octets = cpit.ecrire(recueil, Path(dossier) / "c.csv", **options).read_bytes()
    return octets, list(recueil.anomalies), recueil.cohorte


def comparer(
    chemins: list[Path],
    referentiel: Referentiel,
    dialecte: str = "fr",
    *,
    avec_reponses: bool = True,
    bloc: int = 300,
    confiees: int = 3,
) -> NoteeEnGrand:
    """Note des deux façons, par petits blocs, et vérifie que rien ne diffère."""
    octets, anomalies, cohorte = ordinaire(chemins, referentiel, dialecte, avec_reponses=avec_reponses)
    notees = en_petits_blocs(chemins, referentiel, dialecte, avec_reponses=avec_reponses, bloc=bloc, confiees=confiees)
    assert [(a.code, a.lieu, a.mots) for a in notees.anomalies] == [(a.code, a.lieu, a.mots) for a in anomalies]
    assert notees.octets == octets
    verifier_portraits(notees, cohorte)
    return notees


def en_petits_blocs(
    chemins: list[Path],
    referentiel: Referentiel,
    dialecte: str = "fr",
    *,
    avec_reponses: bool = True,
    bloc: int = 300,
    confiees: int = 3,
) -> NoteeEnGrand:
    """Note en flux, quelques octets et quelques lignes à la fois."""
    with pytest.MonkeyPatch.context() as patch:
        abaisser(patch, "octets notés à la fois", bloc)
        abaisser(patch, "lignes notées à la fois", 0)
        abaisser(patch, "lignes confiées à un même lecteur", confiees)
        return noter_en_octets(chemins, referentiel, dialecte=dialecte, avec_reponses=avec_reponses)


def compter(notees: NoteeEnGrand, gravite: Gravite) -> int:
    """Les anomalies de cette gravité, dites une par une ou en nombre."""
    de_la_gravite = (une for une in notees.anomalies if une.gravite is gravite)
    return sum(int(str(une.mots["nombre"])) if une.code.endswith("-en-nombre") else 1 for une in de_la_gravite)


def verifier_portraits(notees: NoteeEnGrand, cohorte: Cohorte) -> None:
    """Chaque moment et chaque regard, résumé comme on le ferait à la main de ses scores."""
    strates = cohorte.strates()
    assert list(notees.portraits) == list(strates)
    for cle, strate in strates.items():
        resultats, trouve = [notee.resultat for notee in strate.notees], notees.portraits[cle]
        places = [place for r in resultats if (place := r.situation.position) is not None]
        assert (trouve.effectif, trouve.positions) == (len(resultats), len(places))
        for code, vue in trouve.echelles.items():
            scores = [score for r in resultats if (score := r.score(code).valeur) is not None]
            assert vue.n == len(scores)
            if scores:
                assert (vue.minimum, vue.mediane, vue.maximum) == (min(scores), median(scores), max(scores))
                assert isclose(vue.moyenne, fmean(scores), rel_tol=1e-9, abs_tol=1e-9)
            if len(scores) > 1:
                assert isclose(vue.ecart_type, stdev(scores), rel_tol=1e-9, abs_tol=1e-9)
        if places:
            assert isclose(trouve.position.x, fmean(place.x for place in places), abs_tol=1e-9)
            assert isclose(trouve.position.y, fmean(place.y for place in places), abs_tol=1e-9)


# --- des tables au hasard -------------------------------------------------------------------------------------------

IDENTIFIANTS = [
    *("P1", "P2", "P3", "Élodie Dupont", "a.b@c.fr", "", "  ", " P1 ", "P1  x", "=1+1", "'=1+1", "-3", "@x", "#N/A"),
    *("Total", "Moyenne du groupe", "max", "Toto", "7.0", "7", "8,0", " Total : ", "Sous-total R", "n"),
    *("a;b", "a,b", 'dit "Jo"', "deux\nlignes", "é\u0301", "x" * 201, "\u200bP1", "Err:502", "ｐ1", "1", "NA"),
]
MOMENTS = ["t0", "T0", "", "t1", "t0-retrospectif", " t1 ", "t12", "avant", "#REF!"]
REGARDS = ["soi", "SOI", "", "tiers", "nous", "tiers "]
PROFILS = ["", "NA", "a", "A", "Choix A", "choix a", "b", "inconnu", "#N/A", "=x"]
CELLULES = [
    *("0", "1", "2", "3", "4", "SO", "so", "", " ", "NA", "2,0", "2.0", "1.5", "7", "-1", "+2", "x", "#N/A", "VRAI"),
    *("C1P", "A1", "1 - Jamais fait", "0. Jamais fait", "1;2", "AO01", "2.9999999999999996"),
    *("Jamais fait", "JAMAIS FAIT", "sans objet", "n/a", "１", "²", "10", "000000000000001", "niveau 2", "é", "2 "),
]
TRACES = ["", "", "vu en réunion", "#N/A", "err:502", "a : b", "=2", "x\ny", "« oui »", "x" * 10_001]


@st.composite
def referentiels(tirer: st.DrawFn) -> Referentiel:
    """Livré, minimal, ou étranger : poids, inverses, cases vides, échelle à trous, avec ou sans sans-objet."""
    if tirer(st.booleans()):
        return tirer(st.sampled_from([LIVRE, MINIMAL]))
    referentiel = referentiel_de(tirer(plans()))
    questions = (QuestionProfil("structure", "Structure", (Choix("a", "Choix A"), Choix("b", "Choix B"))),)
    echelle = referentiel.echelle
    if tirer(st.booleans()):
        echelle = replace(echelle, sans_objet=SansObjet("Sans objet"))
    return replace(referentiel, echelle=echelle, profil=questions if tirer(st.booleans()) else ())


class Tiree(NamedTuple):
    """Une table tirée au hasard ; le référentiel, trop long, ne se montre pas en cas d’échec."""

    referentiel: Referentiel
    texte: str

    def __repr__(self) -> str:
        return f"{self.referentiel.identifiant} {self.texte!r}"


@st.composite
def tables(tirer: st.DrawFn) -> Tiree:
    """Une table presque toujours lisible, et le texte de son fichier."""
    referentiel = tirer(referentiels())
    items = [item.code for item in referentiel.items]
    gardes = items if tirer(st.booleans()) else tirer(st.lists(st.sampled_from(items), min_size=1, unique=True))
    # Une table qui dit des conditions d’exercice se lit par la voie ordinaire.
    dites = (q.identifiant for q in referentiel.sans_conditions().profil)
    autres = ["identifiant", "moment", "regard", *dites]
    autres += [f"trace_{gardes[0]}", "score_x"]
    noms = [*tirer(st.lists(st.sampled_from(autres), unique=True)), *gardes]
    noms = tirer(st.permutations(noms)) if tirer(st.booleans()) else noms
    if tirer(st.integers(0, 5)) == 0:
        noms = ["", *noms]
    if tirer(st.integers(0, 5)) == 0:
        noms = [*noms, ""]
    separateur = tirer(st.sampled_from([";", ",", "\t"]))
    fin = tirer(st.sampled_from(["\n", "\r\n", "\r\n", "\r"]))
    propre = tirer(st.booleans())
    guillemets = tirer(st.sampled_from(["jamais", "besoin", "toujours", "abus"]))
    lignes = [noms]
    for _ in range(tirer(st.integers(0, 12))):
        lignes.append([tirer(_cellule(nom, referentiel, propre=propre)) for nom in noms])
    texte = "".join(separateur.join(_ecrire(c, separateur, guillemets) for c in ligne) + fin for ligne in lignes)
    # Les mots d’une autre version feraient reconnaître la sienne : la table ne se noterait plus en flux.
    premier = referentiel.echelle.niveaux[0].libelle
    texte = texte.replace("Jamais fait", premier).replace("JAMAIS FAIT", premier.upper())
    if not propre:
        texte = tirer(_abimer(texte, fin))
    return Tiree(referentiel, texte if tirer(st.booleans()) else texte.removesuffix(fin))


def _cellule(nom: str, referentiel: Referentiel, *, propre: bool) -> st.SearchStrategy[str]:
    if nom == "identifiant":
        return st.sampled_from(IDENTIFIANTS[:6] if propre else IDENTIFIANTS)
    if nom in ("moment", "regard"):
        valeurs = MOMENTS if nom == "moment" else REGARDS
        return st.sampled_from(valeurs[:4] if propre else valeurs)
    if nom.startswith("trace_"):
        return st.sampled_from(TRACES[:3] if propre else TRACES)
    if nom in ("", "score_x"):
        return st.sampled_from(["", "", "1"])
    question = next((q for q in referentiel.profil if q.identifiant == nom), None)
    if question is not None:
        connus = ["", question.choix[0].code, question.choix[-1].libelle]
        return st.sampled_from(connus if propre else connus + PROFILS)
    niveaux = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
    nets = [*niveaux, "", *(["SO"] if referentiel.echelle.sans_objet else []), referentiel.echelle.niveaux[0].libelle]
    return st.sampled_from(nets) if propre else st.one_of(st.sampled_from(nets), st.sampled_from(CELLULES))


def _ecrire(cellule: str, separateur: str, guillemets: str) -> str:
    if guillemets == "jamais":
        return cellule.replace("\n", " ").replace('"', "").replace(separateur, " ")
    if guillemets == "toujours" or any(signe in cellule for signe in (separateur, "\n", '"')):
        return '"' + cellule.replace('"', '""') + '"'
    return f'{cellule}"' if guillemets == "abus" and cellule == "1" else cellule


@st.composite
def _abimer(tirer: st.DrawFn, texte: str, fin: str) -> str:
    """Lignes courtes, longues, vides, guillemets perdus, après l’en-tête."""
    debut, _, suite = texte.partition(fin)
    lignes = suite.split(fin)
    for rang, ligne in enumerate(lignes):
        sort = tirer(st.integers(0, 14))
        if sort == 0:
            lignes[rang] = ligne[: len(ligne) // 2]
        elif sort == 1:
            lignes[rang] = ligne + ";;,,\t"
        elif sort == 2:
            lignes[rang] = "" if tirer(st.booleans()) else "".join(c for c in ligne if c in ";,\t")
        elif sort == 3:
            lignes[rang] = ligne.replace("1", '"', 1)
        elif sort == 4:
            lignes[rang] = ligne + fin
    return debut + fin + fin.join(lignes)


# 60 sortes de passage (dialecte, réponses, bloc, encodage) : cent tables les revoient toutes ou presque.
@settings(max_examples=tirages(100))
@given(
    tables(),
    st.sampled_from(["fr", "science"]),
    st.booleans(),
    st.sampled_from([7, 60, 300, 5000]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
)
def test_le_flux_ecrit_les_memes_octets_et_dit_les_memes_anomalies(
    tmp_path_factory: pytest.TempPathFactory,
    table: Tiree,
    dialecte: str,
    avec_reponses: bool,
    bloc: int,
    encodage: str,
) -> None:
    referentiel, texte = table
    chemin = tmp_path_factory.getbasetemp() / "hasard.csv"
    chemin.write_bytes(texte.encode(encodage, "replace"))
    comparer([chemin], referentiel, dialecte, avec_reponses=avec_reponses, bloc=bloc)


# Ce que des tableurs, des éditeurs et des collages font à un fichier ; les octets, et non le texte, sont tirés.
DEBUTS = ["", "", "sep=;\r\n", '"sep=;"\n', "SEP=;\r", "sep=|\r\n", "\r\n;;\r\n", "\n \n"]
MARQUES = [b"", b"", b"\xef\xbb\xbf"]
FINS = ["\n", "\r\n", "\r"]
CHAMPS = [
    *("P1", "P2", "", "Zoé", '"a;b"', '"deux\nlignes"', '"deux\r\nlignes"', '"l’un\rl’autre"', '"dit ""oui"""', '""'),
    *('"ouvert', 'fermé"', '"P1"x', 'P"1', '"', '"""', "\u2028", "\x85P", "ÿþ", "é" * 40, " P1", "\t", "=1"),
]
SUITES = [
    *("1;2;3;4", "0;SO;;1", '"1";"2";"3";"4"', "7;x;1;2", ";;;", "1;2", "1;2;3;4;5", '1;"2;3";4', '"1;2\n3";4;1;1', ""),
    *('"1"x;2;3;4', "Jamais fait;2;3;4", "1 ;2\u00a0;３;4", '1;2;3;"4', "1,2,3,4"),
]
INTRUS = [b"", b"", b"", b"", b"\xe9", b"\x81", b"\xff\xfe", b"\xc3", b"\xf0\x9f", b"\x00"]
"""Octets glissés dans le fichier : cp1252, rien du tout, une marque, un caractère coupé, un octet nul."""


@st.composite
def fichiers(tirer: st.DrawFn) -> bytes:
    """Un fichier presque lisible : guillemets, lignes dans les cellules, largeurs, fins de ligne et octets mêlés."""
    fins = tirer(st.sampled_from([*([fin] for fin in FINS), FINS]))
    lignes = ["identifiant;" + ";".join(item.code for item in MINIMAL.items[:4])]
    for _ in range(tirer(st.integers(0, 9))):
        lignes.append(";".join([tirer(st.sampled_from(CHAMPS)), tirer(st.sampled_from(SUITES))]))
    texte = tirer(st.sampled_from(DEBUTS)) + "".join(ligne + tirer(st.sampled_from(fins)) for ligne in lignes)
    if tirer(st.booleans()):
        texte = texte.rstrip("\r\n")
    octets = tirer(st.sampled_from(MARQUES)) + texte.encode(
        tirer(st.sampled_from(["utf-8", "utf-8", "cp1252"])), "replace"
    )
    intrus, rang = tirer(st.sampled_from(INTRUS)), tirer(st.integers(0, len(octets)))
    return octets[:rang] + intrus + octets[rang:]


@settings(max_examples=300)
@given(fichiers(), st.sampled_from([1, 9, 40, 300, 5000]))
@example(b'"sep=;"\nidentifiant;A1;A2;A3;R1\r\n"deux\nlignes";;;;', 9)
def test_un_fichier_malmene_donne_les_memes_personnes_et_les_memes_anomalies_par_les_deux_chemins(
    tmp_path_factory: pytest.TempPathFactory, octets: bytes, bloc: int
) -> None:
    chemin = tmp_path_factory.getbasetemp() / "malmene.csv"
    # Un texte en UTF-16 ou UTF-32 ne se note pas en flux : « convient » le rend à l’autre voie.
    assume(not octets.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")))
    chemin.write_bytes(octets)
    comparer([chemin], MINIMAL, bloc=bloc)


def test_beaucoup_d_assemblages_et_de_scores_ne_se_confondent_pas(tmp_path: Path) -> None:
    """Peu de places en mémoire : chaque texte en chasse un autre, et rien ne doit s’échanger."""
    codes = [item.code for item in MINIMAL.items]
    lignes = [f"P{n};{';'.join(str((n * 7 + k * n // 3) % 5) for k in range(len(codes)))}" for n in range(400)]
    chemin = _ecrire_table(tmp_path, f"identifiant;{';'.join(codes)}", *lignes)
    with pytest.MonkeyPatch.context() as patch:
        abaisser(patch, "textes assemblés que l’on retient", 4)
        comparer([chemin], MINIMAL, bloc=700)


# --- ce qui n’arrive pas au hasard ----------------------------------------------------------------------------------


def _ecrire_table(dossier: Path, *lignes: str, nom: str = "table.csv", encodage: str = "utf-8") -> Path:
    chemin = dossier / nom
    chemin.write_bytes("".join(ligne + "\r\n" for ligne in lignes).encode(encodage))
    return chemin


FICHIERS = {
    "vide": b"",
    "sans-ligne": f"identifiant;{CODES}\r\n".encode(),
    "que-des-vides": f"identifiant;{CODES}\r\n;;;\r\n\r\n".encode(),
    "nul": f"{CODES}\r\n{REPONSES}\r\n\0\r\n".encode(),
    "ni-utf8-ni-cp1252": f"identifiant;{CODES}\r\nP1;{REPONSES}\r\n".encode() + b"\x81;\xff\r\n",
    "cp1252-loin": f"identifiant;{CODES}\r\n".encode() + f"P1;{REPONSES}\r\n".encode() * 60 + b"\xe9;1\r\n",
    "colonne-inconnue": f"identifiant;mystere;{CODES}\r\nP1;;{REPONSES}\r\n".encode(),
    "sep": f"sep=;\r\nidentifiant;{CODES}\r\nP1;{REPONSES}\r\n".encode(),
    "entete-sur-deux-lignes": f'"identi\nfiant";{CODES}\r\nP1;{REPONSES}\r\n'.encode(),
    "entete-apres-des-vides": f"\r\n\r\nidentifiant;{CODES}\r\n\r\nP1;{REPONSES}\r\n".encode(),
    "guillemet-ouvert": f'identifiant;{CODES}\r\nP1;{REPONSES}\r\n"P2;{REPONSES}\r\nP3;{REPONSES}\r\n'.encode(),
    "guillemet-demesure": f'identifiant;{CODES}\r\n"P2;{REPONSES}\r\n'.encode() + b"x" * 140_000 + b"\r\nP3\r\n",
    "cellule-demesuree": f"identifiant;{CODES}\r\n{'x' * 140_000};{REPONSES}\r\nP2;{REPONSES}\r\n".encode(),
    "sans-fin-de-ligne": f"identifiant;{CODES}\nP1;{REPONSES}".encode(),
    "identifiant-sur-deux-lignes": f'identifiant;{CODES}\r\n"P\n1";{REPONSES}\r\nP2;{REPONSES}\r\n'.encode(),
    "mac": f"identifiant;{CODES}\rP1;{REPONSES}\rP2;{REPONSES}\r".encode(),
    "separateur-cite": f'identifiant;{CODES}\r\n"a;b";{REPONSES}\r\nP2;{REPONSES}\r\n'.encode(),
    "marque-en-debut-de-ligne": f"identifiant;{CODES}\r\nP1;{REPONSES}\r\n".encode()
    + b"\xff\xfe"
    + f";{REPONSES}\r\n".encode(),
    "numero-et-note-a-droite": f";identifiant;{CODES};;\r\n1;P1;{REPONSES};;\r\n2;P2;{REPONSES};;note\r\n".encode()
    + f";;;;;;;;;légende\r\nTotal;;{REPONSES};;\r\n;P3;{REPONSES};;\r\n9;P4;{REPONSES};;\r\n".encode(),
    "codes-qui-n-en-sont-pas": f"identifiant;{CODES}\r\nP1;{REPONSES}\r\nAnonyme;{REPONSES}\r\n".encode()
    + f"?;{REPONSES}\r\n★;{REPONSES}\r\nNA;{REPONSES}\r\nAnonyme;{REPONSES}\r\n;1;2;3;4;5;6\r\nn/a;\r\n".encode(),
    "numeros-derriere-un-total": f";identifiant;{CODES}\r\nMoyenne;;{REPONSES}\r\n7;P1;{REPONSES}\r\n".encode(),
    "exemple": f"identifiant;{CODES}\r\n EXEMPLE-A-REMPLACER ;{REPONSES}\r\nP1;{REPONSES}\r\n".encode() * 2,
    "que-l-exemple-et-un-total-ont-un-code": f"identifiant;{CODES}\r\nEXEMPLE-A-REMPLACER;{REPONSES}\r\n".encode()
    + f";{REPONSES}\r\n;{REPONSES}\r\nTotal;{REPONSES}\r\n".encode(),
    "que-l-exemple": f"identifiant;{CODES}\r\nEXEMPLE-A-REMPLACER;{REPONSES}\r\n".encode(),
    "fausses-citations": f'identifiant;{CODES}\r\n";"{REPONSES}\r\nP2;{REPONSES}\r\n'.encode(),
}


@pytest.mark.parametrize("nom", FICHIERS)
@pytest.mark.parametrize("bloc", [16, 400_000])
def test_un_fichier_difficile_est_lu_comme_par_le_chemin_ordinaire(tmp_path: Path, nom: str, bloc: int) -> None:
    chemin = tmp_path / f"{nom}.csv"
    chemin.write_bytes(FICHIERS[nom])
    comparer([chemin], MINIMAL, bloc=bloc)


def test_plusieurs_tables_et_leurs_doubles(tmp_path: Path) -> None:
    """Les doubles se cherchent d’une table à l’autre ; une table illisible n’arrête pas les suivantes."""
    un = _ecrire_table(tmp_path, f"identifiant;moment;{CODES}", f"P1;t0;{REPONSES}", f"P2;t0;{REPONSES}", nom="1.csv")
    deux = _ecrire_table(tmp_path, "rien", "x", nom="2.csv")
    trois = _ecrire_table(
        tmp_path,
        f"{CODES};identifiant;moment",
        f"{REPONSES};P1;t1",
        f"{AUTRES};P2;T0",
        f"{AUTRES.replace('2', '3')};P2;",
        f"{REPONSES};P2;t0",
        f"{REPONSES};;",
        f"{REPONSES};;",
        nom="3.csv",
    )
    bilan = comparer([un, deux, tmp_path / "absente.csv", trois], MINIMAL)
    doubles = [une for une in bilan.anomalies if une.code == "passation-en-double"]
    assert [une.lieu.ligne for une in doubles] == [3, 4]
    assert [une.lieu.ligne for une in bilan.anomalies if une.code == "passation-identique"] == [5]
    assert bilan.passations == 7


def test_les_anomalies_sont_bornees_et_toutes_comptees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    abaisser(monkeypatch, "anomalies détaillées d’une source", 25)
    fautives = ";".join("9" for _ in MINIMAL.items)
    table = [f"P{n};{fautives if n % 3 else REPONSES}" for n in range(60)]
    bilan = comparer([_ecrire_table(tmp_path, f"identifiant;{CODES}", *table)], MINIMAL, bloc=200)
    assert len(bilan.anomalies) == 26
    assert compter(bilan, Gravite.REFUS) == 40 * len(MINIMAL.items)


def test_les_doubles_sont_bornes_et_tous_comptes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    abaisser(monkeypatch, "anomalies détaillées d’une source", 5)
    differentes = [f"{1 + n // 4 % 3};{1 + n // 12};1;1;1;1" for n in range(20)]
    chemin = _ecrire_table(tmp_path, f"identifiant;{CODES}", *(f"P{n % 4};{differentes[n]}" for n in range(20)))
    bilan = noter_en_octets(chemin, MINIMAL)
    assert [une.code for une in bilan.anomalies] == ["passation-en-double"] * 5 + ["avertissements-en-nombre"]
    assert compter(bilan, Gravite.AVERTISSEMENT) == 16
    assert bilan.passations == 20


def test_des_doubles_relus_part_apres_part_sont_les_memes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Identiques, différents, récrits d’une table à l’autre ; la mémoire n’en tient que quelques-uns à la fois."""
    abaisser(monkeypatch, "doubles relus à la fois", 7)
    corps = [f"P{n % 8};t{n // 30};{REPONSES if n % 3 else AUTRES}" for n in range(60)]
    un = _ecrire_table(tmp_path, f"identifiant;moment;{CODES}", *corps, nom="1.csv")
    deux = _ecrire_table(
        tmp_path, f"identifiant;moment;{CODES}", f"Q1;t0;{AUTRES}", "Q1;t0;;;;;;", *corps[:20], nom="2.csv"
    )
    bilan = comparer([un, deux], MINIMAL)
    assert {"passation-identique", "passation-en-double"} == {une.code for une in bilan.anomalies} - {"passation-vide"}


def test_trop_de_passations_pour_chercher_les_doubles_se_dit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chemin = _ecrire_table(tmp_path, f"identifiant;{CODES}", *(f"P{n};{REPONSES}" for n in range(20)))
    assert noter_en_octets(chemin, MINIMAL).doublons_cherches
    abaisser(monkeypatch, "passations dont on cherche les doubles", 10)
    assert not noter_en_octets(chemin, MINIMAL).doublons_cherches


def test_trop_de_valeurs_differentes_la_mediane_manque_et_le_reste_y_est(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    de = random.Random(5)
    lignes_ = (f"P{n};" + ";".join(de.choices("01234", k=len(LIVRE.items))) for n in range(300))
    codes = ";".join(item.code for item in LIVRE.items)
    chemin = _ecrire_table(tmp_path, f"identifiant;{codes}", *lignes_)
    comparer([chemin], LIVRE, bloc=4000)
    abaisser(monkeypatch, "valeurs distinctes d’une médiane", 20)
    portrait = noter_en_octets(chemin, LIVRE).portraits["t0", "soi"]
    medianes = {code: s.mediane for code, s in portrait.echelles.items()}
    assert medianes["publique"] is None
    assert medianes["C1"] is not None
    assert portrait.echelles["publique"].n == 300


def test_un_meme_lecteur_ne_lit_qu_un_nombre_borne_de_lignes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Il se souvient de chaque cellule fautive : sans cette borne, une table hostile prendrait toute la mémoire."""
    lues: Counter[int] = Counter()
    gardes: list[Ligneur] = []

    class Compte(Ligneur):
        def lire(self, cellules: Sequence[object], ligne: int) -> Releve | None:
            if not lues[id(self)]:
                gardes.append(self)
            lues[id(self)] += 1
            return super().lire(cellules, ligne)

    monkeypatch.setattr(lots, "Ligneur", Compte)
    table = [f"(P{n});x{n};{';'.join(REPONSES.split(';')[1:])}" for n in range(200)]
    bilan = comparer([_ecrire_table(tmp_path, f"identifiant;{CODES}", *table)], MINIMAL, bloc=60, confiees=20)
    assert bilan.passations == sum(lues.values()) == 200
    assert 10 < max(lues.values()) <= 20


def test_rien_n_est_ecrit_sans_passation(tmp_path: Path) -> None:
    """Le chemin ordinaire le dit de même."""
    vide = _ecrire_table(tmp_path, f"identifiant;{CODES}")
    cible = tmp_path / "notes.csv"
    fini = _commande("cohorte", str(vide), "--sortie", str(cible), "--referentiel", "minimal", seuil=10)
    assert (fini.returncode, cible.exists()) == (1, False)
    assert noter_en_octets(vide, MINIMAL).octets == b""


def test_une_ecriture_impossible_remonte(tmp_path: Path) -> None:
    class Plein(io.BytesIO):
        def write(self, _octets: object) -> int:
            raise OSError(28, "plein")

    chemin = _ecrire_table(tmp_path, f"identifiant;{CODES}", f"P1;{REPONSES}")
    with pytest.raises(OSError, match="plein"):
        noter_en_grand(reunir(chemin, choisir_pour(chemin, MINIMAL)), MINIMAL, Plein())


# --- le même moteur pour une personne et pour un million --------------------------------------------------------------


@settings(max_examples=tirages(60))
@given(notations())
def test_une_ligne_donne_exactement_ce_que_donne_une_personne(
    tmp_path_factory: pytest.TempPathFactory, notation: tuple[Plan, dict[str, int]]
) -> None:
    """Au dernier bit, et à 1e-12 des fractions exactes de l’oracle ; le CSV « science » écrit chaque nombre entier."""
    plan, valeurs = notation
    assume(valeurs)
    referentiel = referentiel_de(plan)
    resultat, attendu = cpit.noter(referentiel, valeurs), oracle(plan, valeurs)
    chemin = tmp_path_factory.getbasetemp() / "une.csv"
    codes = [item.code for item in referentiel.items]
    reponses = (str(valeurs.get(code, "")) for code in codes)
    chemin.write_text(f"identifiant;{';'.join(codes)}\nP1;{';'.join(reponses)}\n", encoding="utf-8")
    notees = noter_en_octets(chemin, referentiel, dialecte="science")
    (ecrite,) = csv.DictReader(io.StringIO(notees.octets.decode()))
    for cle in (cle.removeprefix("score_") for cle in ecrite if cle.startswith("score_")):
        score = resultat.score(cle)
        assert (ecrite[f"score_{cle}"] != "") == (score.valeur is not None)
        assert int(ecrite[f"n_{cle}"]) == score.repondus
        if score.valeur is not None:
            exact = attendu.scores[cle]
            assert exact is not None
            assert float(ecrite[f"score_{cle}"]) == score.valeur
            assert isclose(score.valeur, float(exact), rel_tol=1e-12, abs_tol=1e-12)
    situation = resultat.situation
    if situation.position is None or situation.dominante is None:
        assert (ecrite["x"], ecrite["y"], ecrite["dominante"]) == ("", "", "")
        return
    assert (float(ecrite["x"]), float(ecrite["y"])) == (situation.position.x, situation.position.y)
    dominent = set(filter(None, ecrite["dominante"].split("+")))
    assert dominent == set(situation.dominante) == attendu.dominante


# --- le choix du chemin, et la commande -----------------------------------------------------------------------------


def test_le_flux_ne_convient_qu_a_de_grandes_tables_vers_un_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = _ecrire_table(tmp_path, CODES, REPONSES)

    def convient(chemins: list[Path], sortie: str) -> bool:
        return convient_au_flux(reunir(chemins, choisir_pour(chemins, MINIMAL)), MINIMAL, sortie)

    assert not convient([table], "sortie.csv")
    abaisser(monkeypatch, "octets d’une table à noter en flux", 10)
    assert convient([table], "sortie.csv")
    assert convient([table, table], "-")
    assert not convient([table], "sortie.xlsx")
    autre = tmp_path / "autre.xlsx"
    Workbook().save(autre)
    assert not convient([table, autre], "-")
    assert not convient([tmp_path / "absente.csv"], "-")


def _commande(*arguments: str, seuil: int) -> subprocess.CompletedProcess[bytes]:
    with pytest.MonkeyPatch.context() as ici:
        abaisser(ici, "octets d’une table à noter en flux", seuil)
        return sur_console(*arguments, encodage="utf-8", dossier=Path.cwd())


def test_deux_constats_d_une_meme_ligne_se_disent_dans_le_meme_ordre(tmp_path: Path) -> None:
    """Une ligne sans code, et une cellule à côté de la table : de gauche à droite, par les deux chemins."""
    suite = ["t0;P1;soi;1;1;", "t0;;soi;1;1;", *(f"t0;P{rang};soi;1;2;" for rang in range(2, 9))]
    table = _ecrire_table(tmp_path, "moment;identifiant;regard;A1;A2;", "t0;;soi;1;1;vu", *suite)
    dits = [une.code for une in noter_en_octets(table, MINIMAL).anomalies]
    assert dits == ["items-manquants", "lignes-sans-code", "cellules-a-cote"]
    assert [une.code for une in cpit.lire(table, MINIMAL).anomalies] == dits


@pytest.mark.parametrize("sortie", ["-", "notes.csv"])
def test_la_commande_donne_le_meme_csv_par_les_deux_chemins(tmp_path: Path, sortie: str) -> None:
    lignes_ = [f"P{n};{REPONSES if n else REPONSES.replace('1', '77', 1)}" for n in range(30)]
    table = _ecrire_table(tmp_path, f"identifiant;{CODES}", *lignes_)
    rendus = []
    for seuil in (10**9, 10):
        cible = sortie if sortie == "-" else str(tmp_path / f"{seuil}-{sortie}")
        fini = _commande("cohorte", str(table), "--sortie", cible, "--referentiel", "minimal", seuil=seuil)
        octets = fini.stdout if sortie == "-" else Path(cible).read_bytes()
        rendus.append((fini.returncode, octets, fini.stderr))
        if seuil == 10 and sortie != "-":
            assert "en flux" in fini.stdout.decode()
    assert rendus[0] == rendus[1]
    assert rendus[0][0] == 1
    assert b"77" in rendus[0][2]


def test_en_mode_strict_une_anomalie_ne_laisse_pas_de_fichier(tmp_path: Path) -> None:
    table = _ecrire_table(tmp_path, f"identifiant;{CODES}", f"P1;{REPONSES.replace('1', 'x', 1)}")
    cible = tmp_path / "notes.csv"
    arguments = ("cohorte", str(table), "--strict", "--sortie", str(cible), "--referentiel", "minimal")
    assert _commande(*arguments, seuil=10).returncode == 1
    assert sorted(f.name for f in tmp_path.iterdir()) == ["table.csv"]


def test_numpy_n_est_charge_que_pour_noter_en_flux() -> None:
    programme = "import sys, cpit.api.groupe, cpit.cli.groupe; print('numpy' in sys.modules)"
    fini = subprocess.run([sys.executable, "-c", programme], capture_output=True, text=True, timeout=60, check=True)
    assert fini.stdout.strip() == "False"


@pytest.mark.parametrize("code", ["None", "NULL", "Anonyme", "?"])
def test_ce_qui_ne_dit_pas_qui_n_est_le_code_de_personne_en_flux(code: str, tmp_path: Path) -> None:
    """Seul de sa table, il ne laisse pas croire que les autres ont oublié le leur."""
    chemin = tmp_path / "t.csv"
    chemin.write_text(f"identifiant;{CODES}\n{code};{REPONSES}\n", encoding="utf-8")
    assert comparer([chemin], MINIMAL).anomalies == ()
    chemin.write_text(f"identifiant;{CODES}\n{code};{REPONSES}\nP1;{AUTRES}\n", encoding="utf-8")
    assert [une.code for une in comparer([chemin], MINIMAL).anomalies] == ["lignes-sans-code"]

"""Des tables entières, telles qu’on les tient, et tout ce qui en est lu et dit, mot pour mot."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from aide_bornes import abaisser
from aide_lecture import lire_seule, noter_en_octets
from aides import RACINE, TESTS

import cpit
from cpit import Anomalie
from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import DIMENSIONS_DE_PLACE, Etat
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Gravite

TABLES: dict[str, dict[str, Any]] = yaml.safe_load((TESTS / "donnees" / "tables-dites.yaml").read_text("utf-8"))
LETTRES = {Etat.SANS_OBJET: "S", Etat.SANS_REPONSE: "."}
PROFIL = """      - {code: aucun, libelle: Aucun lieu}
  - identifiant: structure
    libelle: Structure
    choix:
      - {code: commune, libelle: Commune}
      - {code: asso, libelle: Association}
regles:
"""


@pytest.fixture(scope="module")
def referentiels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Referentiel]:
    """Le petit, de deux compétences, et le même que d’autres tests, avec un profil à deux questions."""
    ecrit = tmp_path_factory.mktemp("ref") / "complet.yaml"
    texte = (TESTS / "donnees" / "referentiel-complet.yaml").read_text(encoding="utf-8")
    assert "\nregles:\n" in texte
    ecrit.write_text(texte.replace("regles:\n", PROFIL), encoding="utf-8")
    return {
        "complet": cpit.referentiel(ecrit),
        "minimal": cpit.referentiel(RACINE / "referentiels" / "minimal.yaml"),
    }


def lu(releve: Releve, referentiel: Referentiel) -> str:
    """La ligne, qui, quand, sous quel regard, une lettre par situation, et ce qui l’accompagne."""
    passation = releve.passation
    lettres = "".join(
        "R" if item.code in releve.refusees else LETTRES.get(reponse.etat, str(reponse.valeur))
        for item in referentiel.items
        for reponse in [passation.reponses[item.code]]
    )
    autres: dict[str, object] = dict(passation.profil)
    autres |= {nom: getattr(passation, nom) for nom in ("evaluateur", "role_evaluateur", "connaissance", "date_moment")}
    for code, reponse in passation.reponses.items():
        autres[f"{code}_trace"] = reponse.trace[:10]
        autres |= {f"{code}_{d.cle}": getattr(reponse, d.cle) for d in DIMENSIONS_DE_PLACE}
    autres |= {"equipe": releve.equipe, "date": releve.date, "inachevee": "oui" if releve.inachevee else ""}
    dits = [f"{nom}={autre}" for nom, autre in autres.items() if autre not in ("", None)]
    qui = passation.identifiant[:10] or "–"
    return " ".join([f"{releve.ligne}:", qui, passation.moment, passation.regard, lettres, *dits])


def dit(une: Anomalie, table: Path) -> str:
    """Le code d’une anomalie, sa ligne et sa colonne, et chacun de ses mots."""
    lieu = ":".join(str(rang) for rang in (une.lieu.ligne, une.lieu.colonne) if rang is not None)
    mots = ", ".join(f"{cle}={mot}" for cle, mot in une.mots.items() if str(mot)).replace(str(table), "t.csv")
    dite = f"{une.code} {lieu} {mots}".replace("\u202f", " ").replace("\u00a0", " ").strip()
    return re.sub(r"[^\s=]*python\S* -m cpit", "cpit", dite)


@pytest.mark.parametrize("nom", TABLES)
def test_tout_ce_qui_est_lu_et_dit_d_une_table(nom: str, tmp_path: Path, referentiels: dict[str, Referentiel]) -> None:
    cas = TABLES[nom]
    referentiel, table = referentiels[cas.get("referentiel", "complet")], tmp_path / "t.csv"
    table.write_text(cas["table"], encoding="utf-8")
    lecture = lire_seule(table, referentiel, **cas.get("consignes", {}))
    assert [lu(releve, referentiel) for releve in lecture.releves] == cas["lu"]
    assert [dit(une, table) for une in lecture.anomalies] == cas["dit"]


# --- ce qu’un classeur a de plus : des cellules ni texte ni nombre, des feuilles qui ont un nom -----------------------

COLONNES = {
    # la colonne : ce qu’y porte une ligne saine
    "code": "P1",
    "moment": "t1",
    "regard": "tiers",
    "evaluateur": "E1",
    "date du moment": "2026-09-14",
    "structure": "Commune",
    "lieu[jardin]": "x",
    "Service": "Nord",
    "S1": 0,
    "S1_trace": "un mot",
    "S1_frequence": 1,
}
SAINE = (
    "P1 t1 tiers 0..... structure=commune lieu=jardin evaluateur=E1 date_moment=2026-09-14 S1_trace=un mot"
    " S1_frequence=1 equipe=Nord"
)
PIEGES = {
    "la cellule est une date": (datetime(2026, 9, 14), "2026-09-14", "cellule-date"),
    "la cellule est VRAI ou FAUX": (True, "VRAI", "cellule-booleen"),
    "la cellule contient une erreur de tableur": ("#N/A", "#N/A", "cellule-erreur"),
    "la cellule est une formule sans valeur calculée": ("=1+1", "", "cellule-formule"),
}


def ecrire_un_classeur(chemin: Path, feuilles: dict[str, list[list[object]]]) -> Path:
    livre = openpyxl.Workbook()
    livre.remove(livre.worksheets[0])
    for nom, rangees in feuilles.items():
        feuille = livre.create_sheet(nom)
        for rangee in rangees:
            feuille.append(rangee)
    livre.save(chemin)
    return chemin


@pytest.mark.parametrize("raison", PIEGES)
@pytest.mark.parametrize("colonne", COLONNES)
def test_une_cellule_illisible_est_dite_a_sa_place_et_ne_perd_que_ce_qu_elle_porte(
    colonne: str, raison: str, tmp_path: Path, referentiels: dict[str, Referentiel]
) -> None:
    piege, vu, code = PIEGES[raison]
    rang = [*COLONNES].index(colonne)
    rangees = [[*COLONNES], [*COLONNES.values()], [*(COLONNES | {"code": "P2"} | {colonne: piege}).values()]]
    lecture = lire_seule(
        ecrire_un_classeur(tmp_path / "t.xlsx", {"Réponses": rangees}), referentiels["complet"], equipe="service"
    )
    saine, *autres = (lu(releve, referentiels["complet"]) for releve in lecture.releves)
    assert saine == f"2: {SAINE}"
    dites = [une for une in lecture.anomalies if une.lieu.cellule == f"{'ABCDEFGHIJK'[rang]}3"]
    dits = [(une.code, {cle: str(mot) for cle, mot in une.mots.items()}) for une in dites]
    if colonne in ("code", "moment", "regard", "evaluateur"):
        assert (autres, dits) == ([], [("ligne-sans-identite", {"colonne": colonne, "raison": raison})])
        return
    ote = {
        "date du moment": " date_moment=2026-09-14",
        "structure": " structure=commune",
        "lieu[jardin]": " lieu=jardin",
        "Service": " equipe=Nord",
        "S1_trace": " S1_trace=un mot",
        "S1_frequence": " S1_frequence=1",
    }.get(colonne, "")
    perdue = SAINE.replace(" 0..... ", " R..... ") if colonne == "S1" else SAINE.replace(ote, "")
    if colonne == "S1":
        assert [(dit_, mots["colonne"], mots["valeur"]) for dit_, mots in dits] == [(code, "S1", vu)]
    elif colonne == "S1_frequence":
        assert [(dit_, mots["colonne"], mots["valeur"]) for dit_, mots in dits] == [
            ("place-inconnue", "frequence_S1", vu)
        ]
    elif colonne == "date du moment":
        # Une date y est à sa place ; une formule jamais calculée, d’un vide.
        perdue = SAINE if vu == "2026-09-14" else perdue
        incomprise = [("date-de-moment-incomprise", vu)] * (vu in ("VRAI", "#N/A"))
        assert [(dit_, mots["valeur"]) for dit_, mots in dits] == incomprise
    elif (colonne, vu) == ("lieu[jardin]", "VRAI"):
        assert (dits, perdue) == ([], perdue)
        perdue = SAINE
    else:
        assert dits == [("mots-illisibles", {"colonne": colonne, "raison": raison})]
    assert autres == [f"3: {perdue}".replace("P1", "P2")]


FEUILLES = [
    # le nom d’une feuille, parmi deux ; la commande ; les en-têtes, et ce qui en est lu, ou refusé
    ("T1", {}, "A1 A2", "t1 soi", "contexte-reconnu moment t1 --moment"),
    ("Moment t2", {}, "A1 A2", "t2 soi", "contexte-reconnu moment t2 --moment"),
    ("Tiers", {}, "A1 A2", "t0 tiers", "contexte-reconnu regard tiers --regard"),
    ("Groupe B", {}, "A1 A2", "t0 soi", ""),
    ("T1", {"moment": "t3"}, "A1 A2", "t3 soi", ""),
    ("Tiers", {"moment": "t3"}, "A1 A2", "t3 tiers", "contexte-reconnu regard tiers --regard"),
    ("Tiers", {"regard": "soi"}, "A1 A2", "t0 soi", ""),
    ("T1", {"regard": "soi"}, "A1 A2", "t1 soi", "contexte-reconnu moment t1 --moment"),
    ("T1", {}, "moment A1", "t0 soi", ""),
    ("Tiers", {}, "regard A1", "t0 soi", ""),
    ("Tiers", {}, "moment A1", "t0 tiers", "contexte-reconnu regard tiers --regard"),
    ("T1", {}, "A1_t4 A2_t4", "t4 soi", ""),
    ("Tiers", {}, "A1_t4 A2_t4", "t4 tiers", "contexte-reconnu regard tiers --regard"),
    ("T1", {}, "A1_tiers A2_tiers", "t1 tiers", "contexte-reconnu moment t1 --moment"),
    ("Après formation", {}, "A1 A2", "", "contexte-suppose moment Après formation --moment t1"),
    ("Vague 2", {}, "A1 A2", "", "contexte-suppose moment Vague 2 --moment t1"),
    ("Manager", {}, "A1 A2", "", "contexte-suppose regard Manager --regard tiers"),
    ("Manager", {"regard": "tiers"}, "A1 A2", "t0 tiers", ""),
    ("Après formation", {}, "moment A1", "t0 soi", ""),
]


@pytest.mark.parametrize(("nom", "consignes", "items", "voulu", "attendu"), FEUILLES)
def test_le_nom_d_une_feuille_dit_un_moment_ou_un_regard_que_rien_d_autre_ne_dit(
    nom: str, consignes: dict[str, str], items: str, voulu: str, attendu: str, tmp_path: Path
) -> None:
    minimal = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
    cellules = [{"moment": "t0", "regard": "soi"}.get(item, 1) for item in items.split()]
    feuilles: dict[str, list[list[object]]] = {
        autre: [["code", *items.split()], [f"{autre} 1", *cellules], [f"{autre} 2", *cellules]]
        for autre in ("Groupe A", nom)
    }
    lecture = lire_seule(ecrire_un_classeur(tmp_path / "t.xlsx", feuilles), minimal, **consignes)
    vus = {f"{r.passation.moment} {r.passation.regard}" for r in lecture.releves if r.feuille == nom}
    assert vus == ({voulu} if voulu else set())
    dites = [une for une in lecture.anomalies if une.code.startswith("contexte")]
    cles = ("role", "nom", "valeurs", "option")
    assert [" ".join([une.code, *(str(une.mots[c]) for c in cles if c in une.mots)]) for une in dites] == (
        [attendu] if attendu else []
    )
    assert [(une.lieu.feuille, une.lieu.cellule) for une in dites] == [(nom, "A1")] * bool(attendu)
    assert [une.mots["ou"] for une in dites if "ou" in une.mots] == [
        f"le nom de la feuille, «\u202f{nom}\u202f»,"
    ] * attendu.startswith("contexte-reconnu")


@pytest.mark.parametrize("refus", [2, 3, 4, 7])
@pytest.mark.parametrize("sorte", ["réponse", "place", "mêlées", "profil"])
def test_au_dela_de_ce_qui_se_detaille_tout_est_compte(
    sorte: str, refus: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, referentiels: dict[str, Referentiel]
) -> None:
    """Trois se disent, l’une après l’autre ; des suivantes, le nombre seul. Une réponse refusée le reste."""
    abaisser(monkeypatch, "anomalies détaillées d’une source", 3)
    lignes = {
        "réponse": ["P{};;1;9;;", "P{};;1;9;;"],
        "place": ["P{};;1;1;9;", "P{};;1;1;9;"],
        "mêlées": ["P{};;1;9;;", "P{};;1;1;9;"],
        "profil": ["P{};ville;1;1;;", "P{};ville;1;1;;"],
    }[sorte]
    table = tmp_path / "t.csv"
    corps = [lignes[rang % 2].format(rang) for rang in range(refus)]
    table.write_text("\n".join(["code;structure;S1;S2;S1_frequence;", *corps]), encoding="utf-8")
    lecture = lire_seule(table, referentiels["complet"])
    dites = [une for une in lecture.anomalies if une.code not in ("items-manquants", "colonnes-inconnues")]
    en_nombre = f"{'avertissements' if sorte == 'profil' else 'refus'}-en-nombre"
    codes_ = {"réponse": ("cellule-hors-echelle",) * 2, "place": ("place-inconnue",) * 2}
    codes_ |= {"mêlées": ("cellule-hors-echelle", "place-inconnue"), "profil": ("choix-inconnu",) * 2}
    # Ce qui est dit de la table avant ses lignes compte aussi, parmi les avertissements.
    deja = len(lecture.anomalies) - len(dites) if sorte == "profil" else 0
    detaillees = min(refus, 3 - deja)
    attendues = [codes_[sorte][rang % 2] for rang in range(detaillees)]
    assert [une.code for une in dites] == attendues + [en_nombre] * (refus > detaillees)
    assert [une.lieu.ligne for une in dites[:detaillees]] == [*range(2, 2 + detaillees)]
    assert [une.mots["nombre"] for une in dites[detaillees:]] == [refus - detaillees] * (refus > detaillees)
    fautives = [sorte in ("réponse", "mêlées") and "9;;" in ligne for ligne in corps]
    assert ["S2" in releve.refusees for releve in lecture.releves] == fautives
    for lue in (cpit.lire(table, referentiels["complet"]), noter_en_octets(table, referentiels["complet"])):
        assert [source.refus for source in lue.sources] == [0 if sorte == "profil" else refus]


@pytest.mark.parametrize("detaillees", [1, 2, 3, 4, 5])
def test_au_dela_de_ce_qui_se_detaille_chaque_faute_d_une_ligne_se_compte(
    detaillees: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, referentiels: dict[str, Referentiel]
) -> None:
    abaisser(monkeypatch, "anomalies détaillées d’une source", detaillees)
    table = tmp_path / "t.csv"
    table.write_text("code;S1;S2;S3;S1_frequence\nP1;9;9;1;9\nP2;9;1;9;1\n", encoding="utf-8")
    lecture = lire_seule(table, referentiels["complet"])
    assert [lu(releve, referentiels["complet"]) for releve in lecture.releves] == [
        "2: P1 t0 soi RR1...",
        "3: P2 t0 soi R1R... S1_frequence=1",
    ]
    places = [(2, 2), (2, 3), (2, 5), (3, 2), (3, 4)]
    refus = [une for une in lecture.anomalies if une.gravite is Gravite.REFUS]
    assert [(une.lieu.ligne, une.lieu.colonne) for une in refus[:detaillees]] == places[:detaillees]
    assert [(une.code, une.mots["nombre"]) for une in refus[detaillees:]] == [
        ("refus-en-nombre", len(places) - detaillees)
    ] * (detaillees < len(places))


def test_ce_que_dit_une_correspondance_ne_se_redit_pas_a_la_commande(
    tmp_path: Path, referentiels: dict[str, Referentiel]
) -> None:
    """Ce que la commande dit d’autres réponses s’y répète ; ce que dit la correspondance y est déjà."""
    table, proposee = tmp_path / "t.csv", tmp_path / "c.yaml"
    table.write_text("code;S1;S2\nP1;a;b\nP2;b;a\n", encoding="utf-8")
    cpit.correspondance(table, proposee, referentiel=referentiels["complet"])
    proposee.write_text(proposee.read_text("utf-8").replace('"a": "?"', '"a": "1"'), encoding="utf-8")
    proposee.write_text(proposee.read_text("utf-8").replace('  "b": "?"\n', ""), encoding="utf-8")
    for consignes, repete in (({"valeurs": "a=1"}, "a=1,b=vide"), ({"correspondance": str(proposee)}, "b=vide")):
        lecture = lire_seule(table, referentiels["complet"], **consignes)
        assert [lu(releve, referentiels["complet"]) for releve in lecture.releves] == [
            "2: P1 t0 soi 1R....",
            "3: P2 t0 soi R1....",
        ]
        remedes = [str(une.mots["ou_dire"]) for une in lecture.anomalies if "ou_dire" in une.mots]
        assert [f'"{repete}"' in remede for remede in remedes] == [True, True], remedes


@pytest.mark.parametrize("fusion", ["A3:D3", "B3:D3", "C3:D3"])
def test_un_titre_ecrit_en_travers_dit_le_moment_de_ce_qui_le_suit(
    fusion: str, tmp_path: Path, referentiels: dict[str, Referentiel]
) -> None:
    """La fusion couvre les réponses, ou une partie et rien n’est écrit dans les autres."""
    livre = openpyxl.Workbook()
    feuille = livre.worksheets[0]
    noms = ["code", "A1", "A2", "A3"]
    for rangee in (noms, ["P1", 1, 2, 3], ["T1"], noms, ["P2", 3, 4, 1]):
        feuille.append(rangee)
    feuille.merge_cells(fusion)
    livre.save(tmp_path / "t.xlsx")
    lecture = lire_seule(tmp_path / "t.xlsx", referentiels["minimal"])
    assert [lu(releve, referentiels["minimal"]) for releve in lecture.releves] == [
        "2: P1 t0 soi 123...",
        "5: P2 t1 soi 341...",
    ]
    assert [(une.code, une.lieu.cellule) for une in lecture.anomalies] == [
        *(("items-manquants", "A1"), ("passation-vide", "B3"), ("titre-dessous", "A4"), ("en-tete-repete", "B4")),
    ]


def test_une_date_et_son_heure_datent_un_moment(tmp_path: Path, referentiels: dict[str, Referentiel]) -> None:
    rangees: list[list[object]] = [["code", "date du moment", "A1"]]
    rangees += [["P1", datetime(2026, 9, 14, 10, 30), 1], ["P2", "2026-09-14 10:30:00", 2]]
    table = ecrire_un_classeur(tmp_path / "t.xlsx", {"Réponses": rangees})
    lecture = lire_seule(table, referentiels["minimal"])
    assert [releve.passation.date_moment for releve in lecture.releves] == ["2026-09-14", ""]
    assert [(une.code, une.lieu.cellule) for une in lecture.anomalies if "date" in une.code] == [
        ("date-de-moment-incomprise", "B3")
    ]


@pytest.mark.parametrize(
    ("nom", "dessus", "entete", "dit_le_nom"),
    [
        ("releve-t1.csv", "", "code;A1", True),
        ("releve-t0.csv", "", "code;A1", False),
        ("releve.csv", "", "code;A1", False),
        ("releve-t1.csv", "T2;T2\n", "code;A1", False),
        ("releve-t1.csv", "", "code;A1_t2", False),
        ("releve-t1.csv", "Tiers;Tiers\n", "code;A1", True),
    ],
)
def test_le_nom_du_fichier_ne_dit_un_moment_que_si_rien_d_autre_ne_le_dit(
    nom: str, dessus: str, entete: str, dit_le_nom: bool, tmp_path: Path, referentiels: dict[str, Referentiel]
) -> None:
    table = tmp_path / nom
    table.write_text(f"{dessus}{entete}\nP1;1\n", encoding="utf-8")
    lecture = lire_seule(table, referentiels["minimal"])
    dites = [une for une in lecture.anomalies if une.code == "moment-du-fichier"]
    assert [(une.lieu.colonne, une.mots["nom"], une.mots["moment"]) for une in dites] == [(1, nom, "t1")] * dit_le_nom


def test_les_mots_d_une_colonne_valent_ce_qu_en_dit_la_correspondance(
    tmp_path: Path, referentiels: dict[str, Referentiel]
) -> None:
    """Pour cette colonne, majuscules ou non ; un mot qu’elle ne dit pas reste lui-même."""
    table, proposee = tmp_path / "t.csv", tmp_path / "c.yaml"
    table.write_text("code;Session;Structure;S1\nP1;Rentrée;Ville;1\nP2;BILAN;commune;2\nP3;t2;;0\n", encoding="utf-8")
    cpit.correspondance(table, proposee, referentiel=referentiels["complet"])
    texte = re.sub('  "(Session|Structure)".*\n(?:    .*\n)*', "", proposee.read_text("utf-8")).partition("colonnes:\n")
    dites = [
        '  "Session": {porte: "moment", valeurs: {"Rentrée": "t0", "Bilan": "t1"}}',
        '  "Structure": {porte: "structure", valeurs: {"Ville": "commune", "Commune": "asso"}}',
    ]
    proposee.write_text("".join([*texte[:2], *(f"{une}\n" for une in dites), texte[2]]), encoding="utf-8")
    lecture = lire_seule(table, referentiels["complet"], correspondance=str(proposee))
    assert [lu(releve, referentiels["complet"]) for releve in lecture.releves] == [
        "2: P1 t0 soi 1..... structure=commune",
        "3: P2 t1 soi 2..... structure=asso",
        "4: P3 t2 soi 0.....",
    ]

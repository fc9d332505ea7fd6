"""Ce qu’un CSV écrit, octet par octet, et ce qui en est lu : encodage, séparateur, lignes mal formées, à leur place."""

from __future__ import annotations

from pathlib import Path

import pytest
from aide_lecture import lire_seule
from aides import RACINE

import cpit
from cpit import Anomalie
from cpit.cli import executer

MINIMAL = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
TETE, SUITE, MARQUE = "identifiant;A1;A2;A3;R1;R2;R3\n", ";1;2;3;4;1;2\n", "\ufeff"
SANS_SIGNE = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
"""Les octets qui ne sont rien en cp1252."""


def encoder_deux_fois(texte: str) -> bytes:
    """De l’UTF-8 lu en cp1252, puis remis en UTF-8."""
    octets = (bytes([un]) for un in texte.encode())
    return "".join(un.decode("latin-1" if un in SANS_SIGNE else "cp1252") for un in octets).encode()


def dire(une: Anomalie) -> str:
    """Le code d’une anomalie, la ligne et la colonne qu’elle dit, ce qu’elle en cite."""
    cles = ("encodage", "separateur", "valeur", "trouve", "attendu", "debut", "fin", "raison", "nombre")
    lieu = ":".join(str(rang) for rang in (une.lieu.ligne, une.lieu.colonne) if rang is not None)
    return " ".join(filter(None, [une.code, lieu, ", ".join(str(une.mots[cle]) for cle in cles if cle in une.mots)]))


LUS: dict[str, tuple[bytes, list[str], list[str]]] = {
    # ce qu’il écrit : (ses octets, qui y est lu, à quelle ligne, ses réponses ; ce qui en est dit)
    "utf-8": ((TETE + "Zoé" + SUITE).encode(), ["Zoé 2 123412"], []),
    "utf-8 et sa marque": ((MARQUE + TETE + "Zoé" + SUITE).encode(), ["Zoé 2 123412"], []),
    "utf-16 petit, marqué": (b"\xff\xfe" + (TETE + "Zoé" + SUITE).encode("utf-16-le"), ["Zoé 2 123412"], []),
    "utf-16 grand, marqué": (b"\xfe\xff" + (TETE + "Zoé" + SUITE).encode("utf-16-be"), ["Zoé 2 123412"], []),
    "utf-32 petit, marqué": (b"\xff\xfe\0\0" + (TETE + "Zoé" + SUITE).encode("utf-32-le"), ["Zoé 2 123412"], []),
    "utf-32 grand, marqué": (b"\0\0\xfe\xff" + (TETE + "Zoé" + SUITE).encode("utf-32-be"), ["Zoé 2 123412"], []),
    "utf-16 marqué, coupé": (
        b"\xff\xfe" + (TETE + "Zoé" + SUITE).encode("utf-16-le")[:-1],
        [],
        ["table-en-utf16 UTF-16"],
    ),
    "utf-32 marqué, coupé": (
        b"\xff\xfe\0\0" + (TETE + "Zoé" + SUITE).encode("utf-32-le")[:-1],
        [],
        ["table-en-utf16 UTF-32"],
    ),
    "utf-16 petit, sans marque": (
        (TETE + "Zoé" + SUITE).encode("utf-16-le"),
        ["Zoé 2 123412"],
        ["table-en-utf16-sans-marque"],
    ),
    "utf-16 grand, sans marque": (
        (TETE + "Zoé" + SUITE).encode("utf-16-be"),
        ["Zoé 2 123412"],
        ["table-en-utf16-sans-marque"],
    ),
    "utf-16 sans marque, avec un signe de contrôle": (
        (TETE + "Zo\x01" + SUITE).encode("utf-16-le"),
        [],
        ["table-en-utf16 UTF-16"],
    ),
    "utf-16 sans marque, avec un signe hors de l’ASCII à chaque mot": (
        (TETE + "Łódź Žš" + SUITE).encode("utf-16-be"),
        ["Łódź Žš 2 123412"],
        ["table-en-utf16-sans-marque"],
    ),
    "utf-16 sans marque, deux signes": ("ab".encode("utf-16-le"), [], ["table-sans-item 1:1"]),
    "utf-16 sans marque, un signe et demi": (b"a\0b", [], ["table-en-utf16 UTF-16"]),
    "un nul à la première ligne": (b"ident\0ifiant;A1\nP1;1\n", [], ["table-avec-nul 1"]),
    "un nul à la troisième": ((TETE + "P1" + SUITE).encode() + b"P\0" + SUITE.encode(), [], ["table-avec-nul 3"]),
    "des nuls de la deuxième à la troisième": (
        (TETE + "P\0" + SUITE + "P\0" + SUITE).encode(),
        [],
        ["table-avec-nul 2"],
    ),
    "un nul après des accents": (
        (TETE + "Zoé" + SUITE).encode() + b"P2" + SUITE.encode() + b"\0" + SUITE.encode(),
        [],
        ["table-avec-nul 4"],
    ),
    "un signe perdu": (
        (TETE + "P1" + SUITE + "Zo\ufffd" + SUITE + "P\ufffd" + SUITE).encode(),
        ["P1 2 123412", "Zo� 3 123412", "P� 4 123412"],
        ["table-signes-abimes 3"],
    ),
    "encodé deux fois": (
        encoder_deux_fois(TETE + "Zoé" + SUITE + "l’œuvre" + SUITE),
        ["Zoé 2 123412", "l’œuvre 3 123412"],
        ["table-encodee-deux-fois"],
    ),
    "encodé deux fois, un signe que Windows n’a pas": (
        encoder_deux_fois(TETE + "Álex à É" + SUITE),
        ["Álex à É 2 123412"],
        ["table-encodee-deux-fois"],
    ),
    "encodé deux fois à une ligne": (
        (TETE + "Łódź" + SUITE).encode() + encoder_deux_fois("Zoé" + SUITE),
        ["Łódź 2 123412", "ZoÃ© 3 123412"],
        ["table-signes-abimes 3"],
    ),
    "une apostrophe encodée deux fois à une ligne": (
        (TETE + "Łódź" + SUITE + "P2" + SUITE).encode() + encoder_deux_fois("l’eau" + SUITE),
        ["Łódź 2 123412", "P2 3 123412", "lâ€™eau 4 123412"],
        ["table-signes-abimes 4"],
    ),
    "un œ encodé deux fois à une ligne": (
        (TETE + "Łódź" + SUITE).encode() + encoder_deux_fois("cœur" + SUITE) + encoder_deux_fois("l’eau" + SUITE),
        ["Łódź 2 123412", "cÅ“ur 3 123412", "lâ€™eau 4 123412"],
        ["table-signes-abimes 3"],
    ),
    "tout dans une colonne, virgules": (
        "".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE + "P2" + SUITE).replace(";", ",").splitlines()).encode(),
        ["P1 2 123412", "P2 3 123412"],
        ["table-en-une-colonne ,"],
    ),
    "tout dans une colonne, tabulations": (
        "".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE).replace(";", "\t").splitlines()).encode(),
        ["P1 2 123412"],
        ["table-en-une-colonne tabulation"],
    ),
    "tout dans une colonne, points-virgules": (
        "".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE).splitlines()).encode(),
        ["P1 2 123412"],
        ["table-en-une-colonne ;"],
    ),
    "tout dans une colonne, sous des lignes vides": (
        ("\n\n" + "".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE).splitlines())).encode(),
        ["P1 4 123412"],
        ["table-en-une-colonne ;"],
    ),
    "tout dans une colonne et une marque": (
        (MARQUE + "".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE).replace(";", ",").splitlines())).encode(),
        ["P1 2 123412"],
        ["table-en-une-colonne ,"],
    ),
    "tout dans une colonne, et une note à côté": (
        ("".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE).splitlines()) + '"P2;1;2;3;4;1;2";note\n').encode(),
        ["P1 2 123412"],
        ["table-en-une-colonne ;", "ligne-trop-courte 3:2 2, 7"],
    ),
    "tout dans une colonne, sauf les en-têtes": (
        (TETE.replace(";", ",") + '"P1,1,2,3,4,1,2"\n').encode(),
        [],
        ["ligne-trop-courte 2:1 1, 7"],
    ),
    "tout dans une colonne, un guillemet jamais refermé": (
        ("".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE).replace(";", ",").splitlines()) + '"P2,1\n').encode(),
        ["P1 2 123412"],
        ["table-en-une-colonne ,", "csv-mal-forme 3 3, 3, guillemet jamais refermé"],
    ),
    "tout dans une colonne, sauf la dernière ligne": (
        ("".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE).replace(";", ",").splitlines()) + "P2,1,2,3,4,1,2").encode(),
        ["P1 2 123412", "P2 3 123412"],
        ["table-en-une-colonne ,"],
    ),
    "tout dans une colonne de points-virgules, sauf la dernière ligne": (
        ("".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE).splitlines()) + "P2" + SUITE).encode(),
        ["P1 2 123412", "P2 3 123412"],
        ["table-en-une-colonne ;"],
    ),
    "« sep=; » entre guillemets, et une ligne d’une seule cellule": (
        ('"sep=;"\n' + TETE + '"P1;1"' + ";" * 6 + "\n").encode(),
        [],
        ["passation-vide 3:2"],
    ),
    "« sep=; », puis tout dans une colonne": (
        ("sep=;\n" + "".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE).splitlines())).encode(),
        ["P1 3 123412"],
        ["table-en-une-colonne ;"],
    ),
    "« sep=; », puis tout dans une colonne, à la virgule": (
        ("sep=;\n" + "".join(f'"{x}"\n' for x in (TETE + "P1" + SUITE).replace(";", ",").splitlines())).encode(),
        ["P1 3 123412"],
        ["table-en-une-colonne ,"],
    ),
    "un titre entre guillemets n’est pas une table en une colonne": (
        ('"Groupe A, printemps"\n' + TETE + "P1" + SUITE + "P2" + SUITE).encode(),
        ["P1 3 123412", "P2 4 123412"],
        [],
    ),
    "sep=;": (("sep=;\n" + TETE + "P1" + SUITE).encode(), ["P1 3 123412"], []),
    '"sep=;"': (('"sep=;"\r\n' + TETE + "P1" + SUITE).encode(), ["P1 3 123412"], []),
    "SEP=,": (("SEP=,\r" + (TETE + "P1" + SUITE).replace(";", ",").replace("\n", "\r")).encode(), ["P1 3 123412"], []),
    "sep=:": (("sep=:\n" + (TETE + "P1" + SUITE).replace(";", ":")).encode(), ["P1 3 123412"], []),
    "sep=|": (
        ("sep=|\n" + (TETE + "P1;9" + SUITE[2:]).replace(";", "|")).encode(),
        ["P1 3 23412"],
        ["cellule-hors-echelle 3:2 9"],
    ),
    "sep=tabulation": (("sep=\t\n" + (TETE + "P1" + SUITE).replace(";", "\t")).encode(), ["P1 3 123412"], []),
    "sep=#": (("sep=#\n" + (TETE + "P1" + SUITE).replace(";", "#")).encode(), [], ["separateur-inconnu 1 #"]),
    "sep= sans rien": (("sep=\n" + TETE + "P1" + SUITE).encode(), [], ["separateur-inconnu 1"]),
    "sep=;; en a deux": (("sep=;;\n" + TETE + "P1" + SUITE).encode(), [], ["separateur-inconnu 1 ;;"]),
    "sep=abcd n’est pas une consigne": (("sep=abcd\n" + TETE + "P1" + SUITE).encode(), ["P1 3 123412"], []),
    "sep=; seul": (b"sep=;", [], ["table-vide"]),
    "une barre": ((TETE + "P1" + SUITE).replace(";", "|").encode(), ["P1 2 123412"], []),
    "deux points": (
        (TETE + "P1" + SUITE + "P2" + SUITE).replace(";", ":").encode(),
        ["P1 2 123412", "P2 3 123412"],
        [],
    ),
    "deux points, deux lignes sur trois": (
        (TETE + "P1" + SUITE + "P2:1\n").replace(";", ":").encode(),
        [],
        ["table-sans-item 1:1"],
    ),
    "deux points, après trois lignes": (
        (TETE + "P1" + SUITE + "P2" + SUITE + "P3:1\n").replace(";", ":").encode(),
        ["P1 2 123412", "P2 3 123412"],
        ["ligne-trop-courte 4:2 2, 7"],
    ),
    "virgules": ((TETE + "P1" + SUITE).replace(";", ",").encode(), ["P1 2 123412"], []),
    "tabulations": ((TETE + "P1" + SUITE).replace(";", "\t").encode(), ["P1 2 123412"], []),
    "un en-tête jamais refermé": (b'"identifiant;A1\nP1;1\n', [], ["csv-mal-forme 1 1, la fin, en-tête illisible"]),
    "vide": (b"", [], ["table-vide"]),
    "des blancs": (b"\n \n;;\n", [], ["table-sans-item 3:1"]),
    "sans ligne": (TETE.encode(), [], ["table-sans-ligne"]),
    "sans ligne, puis des vides": ((TETE + "\n;;;;;;\n").encode(), [], ["table-sans-ligne"]),
    "une seule ligne, refusée": ((TETE + "P1;1\n").encode(), [], ["ligne-trop-courte 2:2 2, 7"]),
    "une seule ligne, à note": (
        (TETE + ";;;;;;\nP1;9;9;9;9;9;9\n").encode(),
        ["P1 3 "],
        [
            "cellule-hors-echelle 3:2 9",
            "cellule-hors-echelle 3:3 9",
            "cellule-hors-echelle 3:4 9",
            "cellule-hors-echelle 3:5 9",
            "cellule-hors-echelle 3:6 9",
            "cellule-hors-echelle 3:7 9",
            "lignes-vides 2 1",
        ],
    ),
    "vides au milieu": (
        ("\n\n" + TETE + "P1" + SUITE + "\n ; ; \n\nR2" + SUITE + ";;\nP3" + SUITE + "\n\n").encode(),
        ["P1 4 123412", "R2 8 123412", "P3 10 123412"],
        ["lignes-vides 5 4"],
    ),
    "trop courte, trop longue": (
        (TETE + "P1;1;2\nR2" + SUITE[:-1] + ";5;6\nP3" + SUITE).encode(),
        ["P3 4 123412"],
        ["ligne-trop-courte 2:3 3, 7", "ligne-trop-longue 3:8 9, 7"],
    ),
    "un texte après un guillemet": (
        (TETE + '"P1"x' + SUITE + "P2" + SUITE).encode(),
        ["P2 3 123412"],
        ["csv-mal-forme 2 2, 2, texte après un guillemet fermant"],
    ),
    "un guillemet jamais refermé": (
        (TETE + "P1" + SUITE + 'P2;"1\nP3' + SUITE + "P4" + SUITE).encode(),
        ["P1 2 123412"],
        ["csv-mal-forme 3 3, 5, guillemet jamais refermé"],
    ),
    "un texte démesuré": (
        (TETE + '"P1' + "x" * 140_000 + '"' + SUITE + "P2" + SUITE).encode(),
        ["P2 3 123412"],
        ["csv-mal-forme 2 2, 2, texte démesuré entre guillemets"],
    ),
    "trois lignes dans une cellule": (
        (TETE + '"P1\nP1\r\nP1"' + SUITE + "P2;9" + SUITE[2:]).encode(),
        ["P1 P1 P1 2 123412", "P2 5 23412"],
        ["cellule-hors-echelle 5:2 9"],
    ),
    "un titre, puis la table": (
        ("Enquête 2026\n\n" + TETE + "P1;9" + SUITE[2:]).encode(),
        ["P1 4 23412"],
        ["cellule-hors-echelle 4:2 9"],
    ),
    "fins de ligne mêlées": (
        (TETE + "P1" + SUITE).replace("\n", "\r\n").encode() + ("P2;7" + SUITE[2:]).encode(),
        ["P1 2 123412", "P2 3 23412"],
        ["cellule-hors-echelle 3:2 7"],
    ),
    "en cp1252, un octet qui n’y est rien": (
        (TETE + "Zoé" + SUITE).encode("cp1252") + b"P\x81" + SUITE.encode(),
        [],
        ["encodage 2 ni du français dans un encodage connu"],
    ),
    "en cp1252, un octet qui n’y est rien au bout d’un mot sans fin": (
        (TETE + "Zoé" + SUITE + "é" + "x" * 300).encode("cp1252") + b"\x81" + SUITE.encode(),
        [],
        ["encodage 2 ni du français dans un encodage connu"],
    ),
    "longue": (
        "identifiant;question;réponse\nP1;A1;3\nP1;A2;4\nP2;A1;1\n".encode(),
        ["P1 None 34", "P2 None 1"],
        ["table-longue 1:1 2"],
    ),
    "longue en cp1252": (
        "identifiant;question;réponse\nZoé;A1;3\nZoé;A2;9\nP2;A1;1\n".encode("cp1252"),
        ["Zoé None 3", "P2 None 1"],
        ["table-en-cp1252 1", "table-longue 1:1 2", "cellule-hors-echelle 3:3 9"],
    ),
    "longue, une ligne jamais refermée": (
        'identifiant;question;réponse\nP1;A1;3\nP1;A2;4\n\n"P2;A1;1\n'.encode(),
        ["P1 None 34"],
        ["csv-mal-forme 5 5, 5, guillemet jamais refermé", "table-longue 1:1 1"],
    ),
    "transposée": (
        "identifiant,P1,Zoé\nA1,1,2\n\nA2,3,9\nA3,1,1\nR1,1,1\n".encode("latin-1"),
        ["P1 None 1311", "Zoé None 211"],
        ["table-en-cp1252 1", "table-transposee 1:1 2", "cellule-hors-echelle 4:3 9"],
    ),
}
A_PART = {"items-manquants", "code-seul-de-sa-forme", "colonnes-inconnues"}


@pytest.mark.parametrize("nom", LUS)
def test_un_csv_est_lu_comme_la_table_le_dit(nom: str, tmp_path: Path) -> None:
    octets, lus, dits = LUS[nom]
    (tmp_path / "t.csv").write_bytes(octets)
    lue = lire_seule(tmp_path / "t.csv", MINIMAL)
    vus = [(r.passation.identifiant, r.ligne, "".join(map(str, r.passation.valeurs().values()))) for r in lue.releves]
    assert [" ".join(map(str, vu)) for vu in vus] == lus
    assert [dire(une) for une in lue.anomalies if une.code not in A_PART] == dits


# --- au fil de la lecture : les mêmes octets écrits, les mêmes mots ---------------------------------------------------

ROLES = [
    *("N+1", "n + 1", "n +1", "N1", "n9", "Manager", "manageur", "Manageuse", "Hiérarchie", "hiérarchique"),
    *("Supérieur", "supérieure", "SUPÉRIEUR", "supérieure hiérarchique", "Responsable hiérarchique", "pair", "Pairs"),
    *("Collègue", "collègues", "COLLÈGUE", "collegue", "Élu", "élue", "ÉLUES", "Elu", "Partenaire", "partenaires"),
    *("Tuteur", "tutrice", "mon manager", "tiers"),
]
COLONNES_A_PART = [
    # une colonne que la lecture au fil de l’eau n’écrirait pas, et ce qu’elle porte
    ("évaluateur", "E1"),
    ("Evaluateur", "E1"),
    ("connaissance", "Bien"),
    ("date_moment", "2026-09-14"),
    ("datemoment", "2026-09-14"),
    ("Date du moment", "2026-09-14"),
    ("date moment", "2026-09-14"),
]
AU_FIL = {
    **{nom: octets for nom, (octets, _, _) in LUS.items()},
    **{
        f"le rôle « {role} » en {encodage}": (
            "identifiant;regard;A1;A2;A3;R1;R2;R3\n" + f"P1;soi{SUITE}P2;{role}{SUITE}"
        ).encode(encodage)
        for role in ROLES
        for encodage in ("utf-8", "cp1252")
        if encodage == "utf-8" or not role.isascii()
    },
    **{
        f"la colonne « {nom} »": (f"identifiant;regard;{nom};A1;A2;A3;R1;R2;R3\n" + f"P1;tiers;{mot}{SUITE}").encode()
        for nom, mot in COLONNES_A_PART
    },
    "deux moments par ligne": b"identifiant;A1_t0;A1_t1\nP1;1;2\n",
    "deux regards par ligne": b"identifiant;A1;A1_tiers\nP1;1;2\n",
    "des en-têtes redits dans un autre ordre": f"{TETE}P1{SUITE}identifiant;A2;A1;A3;R1;R2;R3\nP2{SUITE}".encode(),
    "des en-têtes redits à leur place": f"{TETE}P1{SUITE}{TETE}P2{SUITE}".encode(),
    "deux en-têtes cités dans un code": f"{TETE}P1{SUITE}R1 R2 R3{SUITE}".encode(),
}


@pytest.mark.endurance
@pytest.mark.parametrize("nom", AU_FIL)
def test_au_fil_de_la_lecture_rien_ne_change(
    nom: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table, sortie = tmp_path / "t.csv", tmp_path / "s.csv"
    table.write_bytes(AU_FIL[nom])
    ecrits = []
    for seuil in (10**9, 0):
        monkeypatch.setattr("cpit.flux.SEUIL", seuil)
        mots = ["cohorte", str(table), "--referentiel", "minimal", "--sortie", str(sortie), "--simple"]
        fini = executer(mots)
        ecrits.append((fini, capsys.readouterr().err, sortie.read_bytes() if sortie.exists() else b""))
        sortie.unlink(missing_ok=True)
    assert ecrits[0] == ecrits[1]

"""Des classeurs écrits à la main, octet par octet : ods, xls et xlsb, avec ce qu’aucune bibliothèque n’y met exprès."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

_ESPACES = " ".join(
    f'xmlns:{nom}="urn:oasis:names:tc:opendocument:xmlns:{nom}:1.0"' for nom in ("office", "table", "text", "style")
)
_CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
ODS = "application/vnd.oasis.opendocument.spreadsheet"


class Formule(NamedTuple):
    """Une cellule calculée : son résultat enregistré, ou rien si nul ne l’a calculée."""

    resultat: object = None


class Erreur(NamedTuple):
    """Une cellule en erreur (« #DIV/0! »)."""

    texte: str = "#DIV/0!"


def archive_de(parties: Mapping[str, bytes | str]) -> bytes:
    """Une archive de ces parties."""
    sortie = BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in parties.items():
            archive.writestr(nom, contenu)
    return sortie.getvalue()


# --- ods ------------------------------------------------------------------------------------------------------------


def ods(*tables: str, styles: str = "") -> bytes:
    """Un ods de ces tables, en XML."""
    contenu = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ESPACES} {_CALC}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
        f"{''.join(tables)}</office:spreadsheet></office:body></office:document-content>"
    )
    return archive_de({"mimetype": ODS, "content.xml": contenu})


def table_ods(lignes: Iterable[str], *, avant: str = "", nom: str = "F", style: str = "") -> str:
    """Une feuille de ces lignes."""
    return f'<table:table table:name="{nom}" table:style-name="{style}">{avant}{"".join(lignes)}</table:table>'


def ligne_ods(cellules: Sequence[object], attributs: str = "") -> str:
    """Une ligne ; un texte qui commence par « <table: » y est mis tel quel."""
    return f"<table:table-row {attributs}>{''.join(map(_cellule_ods, cellules))}</table:table-row>"


def _cellule_ods(valeur: object) -> str:
    if isinstance(valeur, str) and valeur.startswith("<table:"):
        return valeur
    formule = ""
    if isinstance(valeur, Formule):
        formule, valeur = ' table:formula="of:=1"', valeur.resultat
    if valeur is None:
        return f"<table:table-cell{formule}/>"
    if isinstance(valeur, Erreur):
        genre, texte = 'office:value-type="string" office:string-value="" calcext:value-type="error"', valeur.texte
    elif isinstance(valeur, bool):
        genre, texte = f'office:value-type="boolean" office:boolean-value="{str(valeur).lower()}"', str(valeur)
    elif isinstance(valeur, int | float):
        genre, texte = f'office:value-type="float" office:value="{valeur}"', str(valeur)
    else:
        genre, texte = 'office:value-type="string"', str(valeur)
    return f"<table:table-cell{formule} {genre}><text:p>{escape(texte)}</text:p></table:table-cell>"


# --- xlsb -----------------------------------------------------------------------------------------------------------

_ERREURS = {"#DIV/0!": 7, "#N/A": 42}


def un_xlsb(sorte: int, corps: bytes = b"") -> bytes:
    """Un enregistrement de xlsb."""
    numero = bytes([sorte]) if sorte < 128 else bytes([sorte & 0x7F | 0x80, sorte >> 7])
    taille, reste = b"", len(corps)
    while True:
        taille += bytes([reste & 0x7F | (0x80 if reste > 0x7F else 0)])
        reste >>= 7
        if not reste:
            return numero + taille + corps


def texte_xlsb(texte: str) -> bytes:
    return struct.pack("<I", len(texte.encode("utf-16-le")) // 2) + texte.encode("utf-16-le")


def _cellule_xlsb(colonne: int, valeur: object) -> bytes:
    calculee = isinstance(valeur, Formule)
    sorte, corps = _corps_xlsb(valeur.resultat if isinstance(valeur, Formule) else valeur, calculee=calculee)
    return un_xlsb(sorte, struct.pack("<II", colonne, 0) + corps + (struct.pack("<HI", 0, 0) if calculee else b""))


def _corps_xlsb(valeur: object, *, calculee: bool) -> tuple[int, bytes]:
    if isinstance(valeur, Erreur):
        return 11 if calculee else 3, bytes([_ERREURS[valeur.texte]])
    if isinstance(valeur, bool):
        return 10 if calculee else 4, bytes([valeur])
    if isinstance(valeur, int) and not calculee:
        return 2, struct.pack("<I", (valeur << 2 | 2) & 0xFFFFFFFF)
    if isinstance(valeur, int | float):
        return 9 if calculee else 5, struct.pack("<d", valeur)
    return (1, b"") if valeur is None else (8 if calculee else 6, texte_xlsb(str(valeur)))


def xlsb(
    lignes: Sequence[Sequence[object]],
    *,
    lignes_cachees: Sequence[int] = (),
    colonnes_cachees: Sequence[int] = (),
    fusions: Sequence[tuple[int, int, int, int]] = (),
    etendue: tuple[int, int] = (0, 0),
    feuille: bytes | None = None,
    cachee: bool = False,
    styles: bytes = b"",
) -> bytes:
    """Un xlsb d’une feuille ; ``fusions`` : haut, bas, gauche, droite, à partir de 0."""
    corps = un_xlsb(129) + un_xlsb(148, struct.pack("<4I", 0, etendue[0], 0, etendue[1]))
    for colonne in colonnes_cachees:
        corps += un_xlsb(60, struct.pack("<4IH", colonne, colonne, 2560, 0, 1))
    corps += un_xlsb(145)
    for rang, cellules in enumerate(lignes):
        drapeaux = 0x10 if rang in lignes_cachees else 0
        corps += un_xlsb(0, struct.pack("<IIHBBBI", rang, 0, 300, 0, drapeaux, 0, 0))
        corps += b"".join(_cellule_xlsb(colonne, valeur) for colonne, valeur in enumerate(cellules))
    corps += un_xlsb(146)
    for fusion in fusions:
        corps += un_xlsb(176, struct.pack("<4I", *fusion))
    bundle = struct.pack("<II", int(cachee), 1) + texte_xlsb("rId1") + texte_xlsb("F")
    liens = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        f"Target={quoteattr('worksheets/sheet1.bin')}/></Relationships>"
    )
    return archive_de(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/styles.bin": styles,
            "xl/workbook.bin": un_xlsb(131) + un_xlsb(156, bundle) + un_xlsb(132),
            "xl/_rels/workbook.bin.rels": liens,
            "xl/worksheets/sheet1.bin": feuille if feuille is not None else corps + un_xlsb(130),
        }
    )


# --- xls ------------------------------------------------------------------------------------------------------------


def un_xls(sorte: int, corps: bytes = b"") -> bytes:
    """Un enregistrement de xls."""
    return struct.pack("<HH", sorte, len(corps)) + corps


def _texte_xls(texte: str, longueur: str = "<H") -> bytes:
    return struct.pack(longueur, len(texte)) + b"\x01" + texte.encode("utf-16-le")


def _cellule_xls(ligne: int, colonne: int, valeur: object) -> bytes:
    tete = struct.pack("<HHH", ligne, colonne, 0)
    if isinstance(valeur, Formule):
        suite = un_xls(0x0207, _texte_xls(valeur.resultat)) if isinstance(valeur.resultat, str) else b""
        return un_xls(0x0006, tete + _resultat_xls(valeur.resultat) + struct.pack("<HIH", 0, 0, 0)) + suite
    if isinstance(valeur, Erreur | bool):
        corps = [_ERREURS[valeur.texte], 1] if isinstance(valeur, Erreur) else [valeur, 0]
        return un_xls(0x0205, tete + bytes(corps))
    if isinstance(valeur, int | float):
        return un_xls(0x0203, tete + struct.pack("<d", valeur))
    return un_xls(0x0201, tete) if valeur is None else un_xls(0x0204, tete + _texte_xls(str(valeur)))


def _resultat_xls(resultat: object) -> bytes:
    """Les huit octets du résultat d’une formule."""
    if isinstance(resultat, str):
        return b"\0\0\0\0\0\0\xff\xff"
    if isinstance(resultat, Erreur):
        return bytes([2, 0, _ERREURS[resultat.texte], 0, 0, 0, 0xFF, 0xFF])
    return b"\3\0\0\0\0\0\xff\xff" if resultat is None else struct.pack("<d", float(str(resultat)))


def xls(
    lignes: Sequence[Sequence[object]],
    *,
    lignes_cachees: Sequence[int] = (),
    colonnes_cachees: Sequence[int] = (),
    fusions: Sequence[tuple[int, int, int, int]] = (),
    plus: bytes = b"",
    globaux: bytes = b"",
    cachee: bool = False,
) -> bytes:
    """Un xls d’une feuille ; ``plus``, ``globaux`` : des enregistrements de plus, dans la feuille ou le classeur."""
    debut = un_xls(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    nom = struct.pack("<B", 1) + b"\0F"
    place = len(debut) + len(globaux) + len(un_xls(0x0085, b"\0" * 6 + nom)) + len(un_xls(0x000A))
    feuille = un_xls(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for colonne in colonnes_cachees:
        feuille += un_xls(0x007D, struct.pack("<6H", colonne, colonne, 2560, 0, 1, 0))
    for rang in range(len(lignes)):
        feuille += un_xls(0x0208, struct.pack("<8H", rang, 0, 9, 300, 0, 0, 0x20 if rang in lignes_cachees else 0, 0))
    for rang, cellules in enumerate(lignes):
        feuille += b"".join(_cellule_xls(rang, colonne, valeur) for colonne, valeur in enumerate(cellules))
    if fusions:
        plages = b"".join(struct.pack("<4H", *fusion) for fusion in fusions)
        feuille += un_xls(0x00E5, struct.pack("<H", len(fusions)) + plages)
    feuille += plus + un_xls(0x000A)
    bundle = un_xls(0x0085, struct.pack("<IBB", place, int(cachee), 0) + nom)
    return contenant_ole(debut + globaux + bundle + un_xls(0x000A) + feuille)


def contenant_ole(flux: bytes, *, suivants: Mapping[int, int] | None = None) -> bytes:
    """Un contenant d’Office dont le seul flux est un classeur ; ``suivants`` : secteurs à chaîner autrement."""
    flux = flux.ljust(4096, b"\0")
    secteurs = -(-len(flux) // 512)
    tables = -(-(secteurs + 2) // 127)
    numeros = [0xFFFFFFFD] * tables + [0xFFFFFFFE]
    numeros += [tables + 2 + rang for rang in range(secteurs - 1)] + [0xFFFFFFFE]
    for ici, ensuite in (suivants or {}).items():
        numeros[tables + 1 + ici] = tables + 1 + ensuite
    numeros += [0xFFFFFFFF] * (tables * 128 - len(numeros))
    entete = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    entete += struct.pack("<IIIIIIII", tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    entete += struct.pack("<109I", *[*range(tables), *[0xFFFFFFFF] * (109 - tables)])
    repertoire = _entree("Root Entry", 5, 0xFFFFFFFE, 0, enfant=1) + _entree("Workbook", 2, tables + 1, len(flux))
    return (
        entete
        + struct.pack(f"<{tables * 128}I", *numeros)
        + repertoire.ljust(512, b"\0")
        + flux.ljust(secteurs * 512, b"\0")
    )


def _entree(nom: str, nature: int, debut: int, taille: int, *, enfant: int = 0xFFFFFFFF) -> bytes:
    large = nom.encode("utf-16-le") + b"\0\0"
    tete = large.ljust(64, b"\0") + struct.pack("<HBB", len(large), nature, 1)
    return tete + struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, enfant) + bytes(36) + struct.pack("<IQ", debut, taille)

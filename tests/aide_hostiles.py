"""Des fichiers hostiles, par familles : ce qu’un programme fautif, une main maladroite ou un attaquant peuvent envoyer.

Chaque fichier est un nom et de quoi l’écrire ; le même tirage écrit les mêmes octets. Ce que d’autres essais fabriquent
déjà (archives abîmées, cases à deux sens, référentiels piégés, corpus de régression) est pris chez eux.
"""

from __future__ import annotations

import json
import random
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from aide_terminal import EXEMPLE
from aides import LIVRE, TESTS, livre

import cpit

CODES = [item.code for item in livre().items]
REGRESSION = TESTS / "donnees" / "regression"
ESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PAQUET = "http://schemas.openxmlformats.org/package/2006"
TETE = '<?xml version="1.0" encoding="UTF-8"?>'
DTD = "<!DOCTYPE a [<!ENTITY b 'c'>]>"
EXTERNE = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>"
RIRES = "<!DOCTYPE a [<!ENTITY l0 'ha'>{}]>".format(
    "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
)
COMMANDES = "\x1b[2J\x1b]0;titre\x07\x9b31m\u202eétnemaçneip\u2066\u200f\u2028Refus. FAUX.xlsx\x85\ue000\ufeff"
"""De quoi commander un terminal, retourner le texte et forger une ligne, s’il se montrait tel quel."""


class Hostile(NamedTuple):
    """Un fichier : sa famille, son nom, et de quoi l’écrire à une place qu’on lui donne."""

    famille: str
    nom: str
    ecrire: Callable[[Path], object]


Contenus = Iterator[tuple[str, Callable[[Path], object]]]
"""Le suffixe de chaque fichier d’une famille, et de quoi l’écrire."""


def octets(produire: Callable[[], bytes]) -> Callable[[Path], object]:
    """Écrit ce qui n’est bâti qu’à ce moment."""
    return lambda chemin: chemin.write_bytes(produire())


# --- des classeurs faits à la main ------------------------------------------------------------------------------------


def en_xlsx(parties: Mapping[str, bytes | str | None], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Un classeur d’une feuille, des parties changées, ajoutées ou ôtées (``None``)."""
    toutes = {**PARTIES, **parties}
    tampon = BytesIO()
    with zipfile.ZipFile(tampon, "w", compression) as archive:
        for nom, contenu in toutes.items():
            if contenu is not None:
                archive.writestr(nom, contenu)
    return tampon.getvalue()


def en_feuille(lignes: str, apres: str = "", avant: str = "") -> str:
    """Le XML d’une feuille dont l’en-tête porte un code et tous les items."""
    entete = "".join(f'<c t="inlineStr"><is><t>{nom}</t></is></c>' for nom in ["identifiant", *CODES])
    table = f'<sheetData><row r="1">{entete}</row>{lignes}</sheetData>'
    return f'{TETE}<worksheet xmlns="{ESPACE}">{avant}{table}{apres}</worksheet>'


def en_ligne(numero: int, cases: str = "<c><v>2</v></c>" * len(CODES), qui: str = "Mauvais") -> str:
    """Une ligne : un code, puis des cases sans adresse."""
    return f'<row r="{numero}"><c t="inlineStr"><is><t>{qui}{numero}</t></is></c>{cases}</row>'


FEUILLE = "xl/worksheets/sheet1.xml"
TEXTES = "xl/sharedStrings.xml"
_SORTE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTIES = {
    "[Content_Types].xml": f'{TETE}<Types xmlns="{PAQUET}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SORTE}.sheet.main+xml"/>'
    f'<Override PartName="/{FEUILLE}" ContentType="{_SORTE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SORTE}.styles+xml"/>'
    f'<Override PartName="/{TEXTES}" ContentType="{_SORTE}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'{TETE}<Relationships xmlns="{PAQUET}/relationships"><Relationship Id="r1" '
    f'Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{TETE}<workbook xmlns="{ESPACE}" xmlns:r="{DOCUMENT}"><sheets>'
    '<sheet name="Réponses" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{TETE}<Relationships xmlns="{PAQUET}/relationships">'
    f'<Relationship Id="r1" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{DOCUMENT}/styles" Target="styles.xml"/>'
    f'<Relationship Id="r3" Type="{DOCUMENT}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    FEUILLE: en_feuille(en_ligne(2)),
    "xl/styles.xml": f'{TETE}<styleSheet xmlns="{ESPACE}"><cellXfs><xf numFmtId="0"/></cellXfs></styleSheet>',
    TEXTES: f'{TETE}<sst xmlns="{ESPACE}"><si><t>Jamais fait</t></si></sst>',
}
"""Un classeur sain, le plus petit que cpit lise."""


def _relation(cible: str, mode: str = "") -> str:
    return PARTIES["xl/_rels/workbook.xml.rels"].replace('"worksheets/sheet1.xml"', f'"{cible}"{mode}')


def _feuilles(nombre: int, contenu: str) -> dict[str, bytes | str | None]:
    """Un classeur de plusieurs feuilles semblables."""
    rangs = range(1, nombre + 1)
    feuilles = "".join(f'<sheet name="F{n}" sheetId="{n}" r:id="f{n}"/>' for n in rangs)
    liens = "".join(
        f'<Relationship Id="f{n}" Type="{DOCUMENT}/worksheet" Target="worksheets/f{n}.xml"/>' for n in rangs
    )
    classeur, relations = PARTIES["xl/workbook.xml"], PARTIES["xl/_rels/workbook.xml.rels"]
    return {
        "xl/workbook.xml": classeur.replace("<sheets>", f"<sheets>{feuilles}"),
        "xl/_rels/workbook.xml.rels": relations.replace("</Relationships>", f"{liens}</Relationships>"),
        **{f"xl/worksheets/f{n}.xml": contenu for n in rangs},
    }


def _xlsx(parties: Mapping[str, bytes | str | None]) -> tuple[str, Callable[[Path], object]]:
    return ".xlsx", octets(lambda: en_xlsx(parties))


def etendues(_: random.Random) -> Contenus:
    """Quelques cellules aux bouts d’une feuille, préfixées ou non, et des feuilles vastes par dizaines."""
    for rang, colonne in ((1_048_576, "XFD"), (199_999, "CZ"), (2, "XFD"), (1_048_576, "B"), (9_999_999, "A")):
        vaste = f'<row r="{rang}"><c r="{colonne}{rang}"><v>1</v></c></row>'
        menteuse = '<dimension ref="A1:XFD1048576"/>'
        for texte in (en_feuille(vaste), en_feuille(en_ligne(2) + vaste), en_feuille(vaste, avant=menteuse)):
            yield _xlsx({FEUILLE: texte})
        prefixee = en_feuille(vaste).replace("xmlns=", "xmlns:x=").replace("</", "</x:")
        for balise in ("worksheet", "sheetData", "row", "c", "v", "is", "t"):
            prefixee = prefixee.replace(f"<{balise} ", f"<x:{balise} ").replace(f"<{balise}>", f"<x:{balise}>")
        yield _xlsx({FEUILLE: prefixee})
    bout = en_feuille('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    for nombre in (6, 49, 180):
        yield _xlsx(_feuilles(nombre, bout))
    yield _xlsx({FEUILLE: en_feuille(en_ligne(2), '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')})
    fusions = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(3, 150_000))
    yield _xlsx({FEUILLE: en_feuille(en_ligne(2), f"<mergeCells>{fusions}</mergeCells>")})
    yield _xlsx({FEUILLE: en_feuille(en_ligne(2), avant='<cols><col min="1" max="999999999" hidden="1"/></cols>')})


def bombes(_: random.Random) -> Contenus:
    """Ce qui tient en peu d’octets et en demande beaucoup : décompression, textes, profondeur, attributs."""
    mega = 1_000_000
    attributs = " ".join(f'a{n}=""' for n in range(200_000))
    feuilles: list[Callable[[], str]] = [
        *(lambda: " " * (150 * mega), lambda: " " * (250 * mega), lambda: "<row/>" * (5 * mega)),
        lambda: f'<row r="2">{"<c/>" * (5 * mega)}</row>',
        lambda: "".join(en_ligne(n, "<c><v>9</v></c>" * 24) for n in range(2, 30_000)),
        lambda: "".join(en_ligne(n, '<c t="e"><v>#N/A</v></c>') for n in range(2, 60_000)),
        lambda: f'<row r="2"><c><is>{_profond_xml()}</is></c></row>',
        lambda: f'<row r="2" a="{"x" * (20 * mega)}"><c><v>1</v></c></row>',
        *(lambda: f'<row r="2" {attributs}/>', lambda: f"<{'x' * (20 * mega)}/>"),
        *(lambda: "".join(f"<b{n}/>" for n in range(mega)), lambda: f"<!--{'x' * (100 * mega)}-->"),
        *(lambda: f"<?a {'x' * (50 * mega)}?>", lambda: f'<row r="2"><c><v>{"1" * (10 * mega)}</v></c></row>'),
        lambda: f'<row r="2"><c><f>{"1+" * (10 * mega)}1</f></c></row>',
    ]
    for feuille in feuilles:
        yield ".xlsx", octets(lambda feuille=feuille: en_xlsx({FEUILLE: en_feuille(feuille())}))
    partages: list[Callable[[], str]] = [
        *(lambda: "<si><t>x</t></si>" * (3 * mega), lambda: f"<si><t>{'x' * (40 * mega)}</t></si>"),
        lambda: f"<si>{'<r><t>x</t></r>' * mega}</si>",
    ]
    for textes in partages:
        yield ".xlsx", octets(lambda t=textes: en_xlsx({TEXTES: f'{TETE}<sst xmlns="{ESPACE}">{t()}</sst>'}))
    for partie in (FEUILLE, TEXTES, "xl/styles.xml", "xl/workbook.xml", "_rels/.rels", "docProps/core.xml"):
        yield ".xlsx", octets(lambda partie=partie: en_xlsx({partie: TETE + _profond_xml()}))
    yield ".xlsx", octets(lambda: en_xlsx({f"xl/media/{n}.bin": b"\0" * (20 * mega) for n in range(12)}))
    yield ".xlsx", octets(lambda: en_xlsx({"xl/a.xlsx": en_xlsx({"xl/a.xlsx": en_xlsx({FEUILLE: " " * (90 * mega)})})}))
    yield ".xlsx", octets(lambda: en_xlsx({f"xl/d/{n}.xml": "" for n in range(60_000)}))


def pieges(_: random.Random) -> Contenus:
    """Ceux de ``test_bombes`` : ce qui se répète, se désigne deux fois, ou ne porte rien par millions."""
    from test_bombes import LENTS, PIEGES

    for suffixe, produire, _mot in (*PIEGES.values(), *LENTS.values()):
        yield suffixe, octets(produire)


def _profond_xml() -> str:
    return f"{'<a>' * 2_000_000}{'</a>' * 2_000_000}"


def declarations(_: random.Random) -> Contenus:
    """Une déclaration XML, une entité du dehors ou en cascade, dans chaque partie, sous tout nom et tout encodage."""
    for partie in [*PARTIES, "docProps/core.xml", "xl/theme/theme1.xml", "xl/f.dat", "xl/f", "customXml/item1.xml"]:
        for declaration in (DTD, EXTERNE, RIRES):
            corps = PARTIES.get(partie, f"{TETE}<a>&l9;</a>")
            yield _xlsx({partie: corps.replace(TETE, f"{TETE}{declaration}")})
    for nom in ("sheet1.dat", "../ailleurs.bin", "sheet1.xml.png"):
        chemin = f"xl/worksheets/{nom}".replace("worksheets/../", "")
        sale = PARTIES[FEUILLE].replace(TETE, f"{TETE}{DTD}")
        yield _xlsx({"xl/_rels/workbook.xml.rels": _relation(f"worksheets/{nom}"), FEUILLE: None, chemin: sale})
    for codage in ("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp500"):
        yield _xlsx({FEUILLE: PARTIES[FEUILLE].replace(TETE, DTD).encode(codage, "replace")})
        yield _xlsx({FEUILLE: PARTIES[FEUILLE].replace("UTF-8", codage).encode(codage, "replace")})


def liens(_: random.Random) -> Contenus:
    """Des relations qui tournent en rond, sortent du classeur, ou ne mènent à rien."""
    cibles = [
        "worksheets/sheet1.xml/",
        "../xl/_rels/workbook.xml.rels",
        "workbook.xml",
        "/etc/passwd",
        "sharedStrings.xml",
    ]
    cibles += [
        "file:///etc/passwd",
        "https://exemple.invalid/f.xml",
        "../../../../etc/passwd",
        "",
        "a" * 60_000,
        "styles.xml",
    ]
    for cible in cibles:
        yield _xlsx({"xl/_rels/workbook.xml.rels": _relation(cible)})
    yield _xlsx({"xl/_rels/workbook.xml.rels": _relation("https://exemple.invalid/f.xml", ' TargetMode="External"')})
    yield _xlsx({"_rels/.rels": PARTIES["_rels/.rels"].replace("xl/workbook.xml", "_rels/.rels")})
    boucle = PARTIES["xl/_rels/workbook.xml.rels"].replace("styles.xml", "worksheets/sheet1.xml")
    yield _xlsx({"xl/_rels/workbook.xml.rels": boucle.replace("sharedStrings.xml", "worksheets/sheet1.xml")})
    for partie in PARTIES:
        yield _xlsx({partie: None})
        yield _xlsx({partie: ""})
    yield _xlsx(
        {
            "xl/workbook.xml": PARTIES["xl/workbook.xml"].replace(
                "<sheets>", "<sheets>" + '<sheet name="R" sheetId="1" r:id="r1"/>' * 5_000
            )
        }
    )


def cases(_: random.Random) -> Contenus:
    """Des cases qui n’ont pas un sens et un seul, ou ce que l’on y met pour tromper un lecteur ou un écran."""
    from test_tables import CONFIEES, a_la_main

    for case, _saisie in CONFIEES.values():
        yield ".xlsx", lambda chemin, case=case: _a_part(chemin, lambda ici: a_la_main(ici, case))
    textes = [
        "=1+1",
        "_x0000_",
        "_x001B_[2J",
        "&#0;",
        "&#x1b;",
        "\0",
        "\x1b[2J",
        COMMANDES,
        "\ud800",
        "&b;",
        "]]>",
        "<![CDATA[2]]>",
    ]
    for texte in textes:
        sur_place = f'<c t="inlineStr"><is><t>{texte}</t></is></c>'
        corps = en_feuille(en_ligne(2, sur_place + "<c><v>2</v></c>" * 23) + en_ligne(3, qui=texte))
        yield _xlsx({FEUILLE: corps.encode("utf-8", "surrogatepass")})
    for nombre in ("1e999", "-1e308", "NaN", "INF", "0x2", "2,0", "1e-400", "２", "9" * 5_000, " 2 ", "+2"):
        for style in ("0", "99999999999"):
            yield _xlsx({FEUILLE: en_feuille(en_ligne(2, f'<c s="{style}"><v>{nombre}</v></c>'))})
    for numero in ("0", "-1", "1e3", "99999999999999999999", "deux", ""):
        yield _xlsx({FEUILLE: en_feuille(f'<row r="{numero}"><c r="A{numero}"><v>1</v></c></row>')})
    for titre in (COMMANDES.replace("\x1b", "").replace("\x07", ""), "R" * 100_000, "", "&lt;b&gt;"):
        yield _xlsx({"xl/workbook.xml": PARTIES["xl/workbook.xml"].replace("Réponses", titre)})
    yield _xlsx({FEUILLE: PARTIES[FEUILLE].replace("identifiant", COMMANDES.replace("\x1b", "").replace("\x07", ""))})


def _formulaire(format_: str) -> bytes:
    """Un formulaire vide, tel qu’on l’envoie."""
    with tempfile.TemporaryDirectory() as dossier:
        (ecrit,) = cpit.formulaires(livre(), dossier, format=format_)
        return ecrit.read_bytes()


def _a_part(chemin: Path, ecrire: Callable[[Path], object]) -> None:
    """Écrit dans un dossier à part ce dont la fabrique laisse d’autres fichiers, puis le pose."""
    with tempfile.TemporaryDirectory() as dossier:
        ecrire(Path(dossier, "t.xlsx"))
        shutil.copy(Path(dossier, "t.xlsx"), chemin)


def archives(hasard: random.Random) -> Contenus:
    """Des archives abîmées, menteuses, chiffrées, en double ; un vrai formulaire coupé ou altéré."""
    from test_garde_xlsx import MAUVAIS

    for _code, produire in MAUVAIS.values():
        yield ".xlsx", octets(produire)
    sain = en_xlsx({})
    for partie in PARTIES:
        yield ".xlsx", octets(lambda partie=partie: _en_tete_change(sain, partie, 8, 1))
        yield ".xlsx", octets(lambda partie=partie: _en_tete_change(sain, partie, 16, 0xFF))
        yield ".xlsx", octets(lambda partie=partie: _en_tete_change(sain, partie, 24, 0x7F))
    for _ in range(8):
        fin = hasard.randrange(len(sain))
        yield ".xlsx", octets(lambda fin=fin: sain[:fin])
    yield ".xlsx", octets(lambda: sain + b"\0" * 70_000)
    yield ".xlsx", octets(lambda: b"#!/bin/sh\necho execute\n" + sain)
    yield ".xlsx", octets(lambda: sain + sain)
    yield ".xlsx", octets(lambda: en_xlsx({}, zipfile.ZIP_BZIP2))
    formulaire = _formulaire("xlsx")
    for _ in range(8):
        rang, octet = hasard.randrange(len(formulaire)), hasard.randrange(256)
        yield ".xlsx", octets(lambda r=rang, o=octet: formulaire[:r] + bytes([o]) + formulaire[r + 1 :])
        yield ".xlsx", octets(lambda r=rang: formulaire[:r])


def _en_tete_change(archive: bytes, partie: str, decalage: int, masque: int) -> bytes:
    """Un octet du répertoire central d’une partie : chiffrée, de somme fausse ou de taille menteuse."""
    change = bytearray(archive)
    place = 0
    while (place := archive.find(b"PK\x01\x02", place)) >= 0:
        longueur = struct.unpack_from("<H", archive, place + 28)[0]
        if archive[place + 46 : place + 46 + longueur] == partie.encode():
            change[place + decalage] ^= masque
        place += 4
    return bytes(change)


# --- des textes -------------------------------------------------------------------------------------------------------

ENTETE = "identifiant;" + ";".join(CODES)
LIGNE = "Mauvais;" + ";".join("2" * len(CODES))


def tables(hasard: random.Random) -> Contenus:
    """Des CSV : lignes, colonnes et cellules démesurées, guillemets perdus, encodages mêlés, octets nuls."""
    mega = 1_000_000
    debut = f"{ENTETE}\n{LIGNE}\n"
    textes: list[Callable[[], str]] = [
        *(lambda: "x" * (40 * mega), lambda: ";" * (20 * mega), lambda: debut + "\n" * (9 * mega)),
        *(lambda: "\r" * (8 * mega), lambda: debut + f"{';' * 24}\n" * 400_000, lambda: debut + " \n" * (3 * mega)),
        lambda: debut + '"' + "x" * (20 * mega),
        lambda: debut + f'"{LIGNE}\n' * 40_000,
        lambda: debut + '"\n' * (2 * mega),
        lambda: ENTETE + ";" + ";".join(f"c{n}" for n in range(100_000)) + "\n",
        lambda: ENTETE + ";" * 100_000 + "\n" + LIGNE + ";" * 100_000 + "\n",
        lambda: ENTETE + f";{CODES[0]}" * 1_500 + "\n",
        lambda: debut + "".join(f"M{n};{';'.join('9' * 24)}\n" for n in range(30_000)),
        lambda: debut + "".join(f"M{n};t\n" for n in range(500_000)),
        lambda: debut + f"{'é' * 300_000};{';'.join('2' * 24)}\n" * 20,
        lambda: debut + f"M;{'x' * 100_000}{';2' * 23}\n" * 100,
        lambda: f"sep=\n{debut}",
        lambda: f"sep=x\n{debut}",
        lambda: f"sep={';' * 100_000}\n{debut}",
        lambda: debut.replace("identifiant", COMMANDES.replace("\u2028", "")),
        lambda: debut.replace("identifiant", "i" * 500_000),
        lambda: debut.replace("Mauvais", COMMANDES),
        lambda: debut.replace(";2;", f";{COMMANDES.replace(chr(0x2028), '')};", 1),
        lambda: debut.replace("Mauvais", "=cmd|' /C calc'!A0"),
        lambda: debut.replace(";2;", ";１;", 1).replace(";2;", ";²;", 1).replace(";2;", ";9" * 5_000 + ";", 1),
        lambda: debut.replace("\n", "\n\r\n\r\r"),
        lambda: f"{debut}{debut}{debut}",
        lambda: "".join(f"{n}\n" for n in range(mega)),
        lambda: debut + "<html><table><tr><td>\n" * 1_000,
    ]
    for texte in textes:
        yield ".csv", octets(lambda texte=texte: texte().encode())
    bruts: list[Callable[[], bytes]] = [
        *(lambda: b"", lambda: b"\xef\xbb\xbf", lambda: b"\0" * mega, lambda: debut.encode() + b"\0" * (6 * mega)),
        *(lambda: b"\xef\xbb\xbf" * 3 + debut.encode(), lambda: debut.encode() + b"M\xed\xa0\x80;1\n"),
        *(lambda: debut.encode() + b"\xc3\xa9t\xe9;1\n", lambda: debut.encode() + b"\x81\x8d\n"),
        *(lambda: debut.encode("utf-16"), lambda: debut.encode("utf-16-be"), lambda: debut.encode("utf-32")),
        *(
            lambda: debut.encode("utf-7"),
            lambda: debut.encode("cp500"),
            lambda: debut.encode() + debut.encode("utf-16"),
        ),
        *(lambda: b"\x1f\x8b\x08" + b"x" * 9_000, lambda: b"%PDF-1.7\n" + b"\xff" * 9_000, lambda: en_xlsx({})),
        *(lambda: hasard.randbytes(200_000), lambda: (debut.encode() + hasard.randbytes(40)) * 200),
    ]
    for rang, brut in enumerate(bruts):
        yield [".csv", ".tsv", ".txt"][rang % 3], octets(brut)


# --- des passations ---------------------------------------------------------------------------------------------------


def sommee(document: dict[str, Any]) -> bytes:
    """Une passation changée, sa somme refaite d’après la règle écrite, sans cpit."""
    import hashlib

    nue = {cle: valeur for cle, valeur in document.items() if cle != "somme"}
    canonique = json.dumps(nue, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    somme = hashlib.sha256(canonique.encode("utf-8", "replace")).hexdigest()
    return json.dumps({**nue, "somme": somme}, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


def passations(hasard: random.Random) -> Contenus:
    """Des JSON : profonds, vastes, coupés, ambigus ; de vraies passations altérées, leur somme refaite ou non."""
    mega = 1_000_000
    saine = EXEMPLE.read_bytes()
    textes: list[Callable[[], bytes]] = [
        *(lambda: b"[" * (3 * mega), lambda: b'{"a":' * mega, lambda: b"[" * 9_000 + b"]" * 9_000),
        *(lambda: b"[" + b"[]," * (3 * mega) + b"1]", lambda: b"[" + b"1," * (4 * mega) + b"1]"),
        *(lambda: b'{"a":1,"a":2}', lambda: b"{" + b'"a":1,' * mega + b'"b":1}', lambda: b'"' + b"x" * (9 * mega)),
        *(lambda: b"[" + b"9" * (5 * mega) + b"]", lambda: b"1" * 5_000, lambda: b"1e999", lambda: b"NaN"),
        *(lambda: b"", lambda: b"\xef\xbb\xbf", lambda: b"null", lambda: b"\0" * mega, lambda: saine + b"}"),
        *(lambda: saine.decode().encode("utf-16"), lambda: saine.decode().encode("utf-32"), lambda: saine + saine),
        *(lambda: b"[" + b"[]," * (30 * mega) + b"1]", lambda: b" " * (12 * mega) + saine),
        lambda: b'{"format":"cpit-passation","somme":' + b"[" * 200_000,
    ]
    for rang in hasard.sample(range(len(saine)), 6):
        textes += [lambda r=rang: saine[:r], lambda r=rang: saine[:r] + b"\x07" + saine[r + 1 :]]
    for texte in textes:
        yield ".json", octets(texte)
    for changements in _ALTERATIONS:
        yield ".json", octets(lambda c=changements: sommee({**json.loads(saine), **c}))
    for changements in _ALTERATIONS[:4]:
        yield ".json", octets(lambda c=changements: json.dumps({**json.loads(saine), **c}).encode())


def _profond(rangs: int) -> Any:
    valeur: Any = 1
    for _ in range(rangs):
        valeur = [valeur]
    return valeur


_REFERENTIEL = {"identifiant": "innovation-territoriale", "version": "1.0.0", "empreinte": "0" * 64}
_ALTERATIONS: list[dict[str, Any]] = [
    {"identifiant": COMMANDES},
    {"identifiant": "Mauvais\nRefus. FAUX.json : tout est perdu."},
    {"identifiant": "x" * 100_000},
    {"identifiant": ["liste"]},
    {"identifiant": "../../etc/passwd"},
    {"moment": "t0\u202e"},
    {"moment": "t" + "9" * 400},
    {"regard": "\x9b31m"},
    {"profil": {COMMANDES: COMMANDES}},
    {"profil": {"structure": "x" * 900_000}},
    {"reponses": {"C1P": {"etat": "repondu", "valeur": 10**400}}},
    {"reponses": {"C1P": {"etat": "repondu", "valeur": 1e308}}},
    {"reponses": {"C1P": {"etat": "repondu", "valeur": True}}},
    {"reponses": {"C1P": {"etat": "repondu", "valeur": 2.0}}},
    {"reponses": {"C1P": {"etat": "repondu", "valeur": -1}}},
    {"reponses": {"C1P": {"etat": "repondu"}}},
    {"reponses": {COMMANDES: {"etat": "repondu", "valeur": 2}}},
    {"reponses": {f"I{n}": {"etat": "repondu", "valeur": 2} for n in range(60_000)}},
    {"reponses": {"C1P": {"etat": "repondu", "valeur": 2, "trace": "\ud83d" * 9}}},
    {"reponses": {"C1P": {"etat": "repondu", "valeur": 2, "trace": COMMANDES * 2_000}}},
    {"items": []},
    {"items": [{"code": COMMANDES, "competence": "C1", "ingenierie": "x", "enonce": COMMANDES}] * 9},
    {"items": "x"},
    {"texte_referentiel": ["a: &a [*a, *a]"] * 9},
    {"texte_referentiel": ["!!python/object/apply:os.system ['echo execute']"]},
    {"texte_referentiel": ["x" * 9_000_000]},
    {"texte_referentiel": [COMMANDES]},
    {"referentiel": _REFERENTIEL},
    {"referentiel": {**_REFERENTIEL, "identifiant": COMMANDES}, "texte_referentiel": []},
    {"revision": 10**30},
    {"revision": -1},
    {"version_format": 99},
    {"version_format": 10**400},
    {"version_format": True},
    {"terminee": COMMANDES[:30]},
    {"commencee": "2026-99-99T99:99"},
    {"corrections": [{"rouverte": "", "terminee": "", "version": f"../../{COMMANDES}"}], "version_format": 2},
    {"inconnue": 1},
    {COMMANDES: 1},
    {"cpit": COMMANDES},
    {"items": _profond(900)},
]
"""Ce que l’on change à une vraie passation."""


# --- des référentiels -------------------------------------------------------------------------------------------------


def referentiels(hasard: random.Random) -> Contenus:
    """Des YAML : renvois, étiquettes, profondeur, doubles, caractères de commande, octets altérés."""
    import test_fautifs

    sain = LIVRE.read_text(encoding="utf-8")
    for ecrit in test_fautifs.HOSTILES.values():
        yield ".yaml", octets(lambda ecrit=ecrit: eval(ecrit))
    for octets_, *_ in test_fautifs.OCTETS.values():
        yield ".yaml", octets(lambda octets_=octets_: octets_)
    lignes = [
        *(
            "<<: {titre: x}",
            "<<: [1, 2]",
            "? [a, b]\n: c",
            "a: !!binary aGE=",
            "a: !!set {b}",
            "--- \na: b",
            "%YAML 9.9",
        ),
        *("a: 0x7fffffff", "a: 1_000", "a: .inf", "a: 2026-13-45", f"a: {'9' * 900_000}", "titre: b", "? ", ": a"),
        *(f'a: "{COMMANDES.encode("unicode_escape").decode()}"', "a: \u202e", "a: \x9b", "\ufeffa: b", "a: \u2028b"),
        '"\\x1b[2J": a',
    ]
    for ligne in lignes:
        yield ".yaml", octets(lambda ligne=ligne: f"{sain}\n{ligne}\n".encode())
    remplaces = {
        "C1P": "\\u001b[2J",
        "identifiant": "identifiant\u202e",
        "valeur: 1": "valeur: 1e999",
        "valeur: 4": f"valeur: {'9' * 5_000}",
    }
    for vieux, neuf in remplaces.items():
        yield ".yaml", octets(lambda v=vieux, n=neuf: sain.replace(v, n, 1).encode())
    brut = LIVRE.read_bytes()
    for _ in range(8):
        rang, octet = hasard.randrange(len(brut)), hasard.randrange(256)
        yield ".yaml", octets(lambda r=rang, o=octet: brut[:r] + bytes([o]) + brut[r + 1 :])


# --- des pages, et d’autres fichiers que l’on laisse traîner ----------------------------------------------------------


def autres(_: random.Random) -> Contenus:
    """Ce qu’un dossier de réponses peut contenir d’autre, et le corpus de ce que les campagnes ont trouvé."""
    page = _formulaire("html")
    yield ".html", octets(lambda: page)
    yield ".html", octets(lambda: page[: len(page) // 2])
    yield (
        ".html",
        octets(lambda: page.replace(b"</html>", b"<!-- cpit-somme " + b"0" * 64 + b" -->\n" * 9_000 + b"</html>")),
    )
    yield ".html", octets(lambda: b"<" * 5_000_000)
    yield ".html", octets(lambda: COMMANDES.encode() * 9_000)
    for suffixe in (".xls", ".ods", ".pdf", ".zip", ".docx", ".json.bak", ".verrou", ".sav", ".svg", ""):
        yield suffixe, octets(lambda: b"R01;" + COMMANDES.encode() + b"\0" * 300_000)
    for chemin in sorted(REGRESSION.iterdir()):
        if chemin.name != "attendus.yaml":
            yield "".join(chemin.suffixes), octets(chemin.read_bytes)


FAMILLES: dict[str, Callable[[random.Random], Contenus]] = {
    "classeurs : étendues": etendues,
    "classeurs : bombes": bombes,
    "classeurs : pièges": pieges,
    "classeurs : déclarations": declarations,
    "classeurs : relations": liens,
    "classeurs : cases": cases,
    "classeurs : archives": archives,
    "tables CSV": tables,
    "passations JSON": passations,
    "référentiels YAML": referentiels,
    "autres": autres,
}
NOMS = (
    *(
        "mauvais\nRefus. FAUX.csv",
        "mauvais\x1b[2J.csv",
        "mauvais\u202evsc.csv",
        "mauvais\x9b31m.csv",
        "mauvais\u2028.csv",
    ),
    *(
        "-mauvais.csv",
        "mauvais*.csv",
        "mauvais[a].csv",
        "mauvais .csv",
        " mauvais.csv",
        "mauvais'\".csv",
        "mauvais%s{x}.csv",
    ),
    *("mauvais\udce9.csv", "mauvais" + "é" * 110 + ".csv", "mauvais\\..\\x.csv", "mauvais\t.csv", "mauvais$(id).csv"),
    *("mauvais\x1b]0;t\x07.json", "mauvais\u2066.xlsx", "mauvais\r.json", "MAUVAIS.CSV.json", "mauvais\ue000.yaml"),
    *(
        "mauvais\u200f.yaml",
        "mauvais\n.xlsx",
        "mauvais\x7f.csv",
        "mauvais\ufeff.csv",
        "mauvais&b;.csv",
        "mauvais;a,b.csv",
    ),
)
"""Des noms de fichiers que l’on peut donner à n’importe quoi."""


def fabriquer_tout(graine: int, familles: str = "") -> list[Hostile]:
    """Tous les fichiers des familles dont le nom contient ce texte, dans un ordre fixe."""
    tous = []
    for famille, fabriquer in FAMILLES.items():
        if familles not in famille:
            continue
        for rang, (suffixe, ecrire) in enumerate(fabriquer(random.Random(graine))):
            tous.append(Hostile(famille, f"mauvais-{rang:03d}{suffixe}", ecrire))
    for rang, nom in enumerate(NOMS if familles in "noms de fichiers" else ()):
        contenu = [f"{ENTETE}\n{LIGNE}\n".encode(), b"\0", b"{", COMMANDES.encode()][rang % 4]
        tous.append(Hostile("noms de fichiers", nom, octets(lambda contenu=contenu: contenu)))
    return tous

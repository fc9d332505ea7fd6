"""Le garde des classeurs : chaque fichier dangereux ou abîmé est refusé par son nom, avec peu de mémoire."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from cpit import ErreurCpit
from cpit.tableur.garde import verifier_classeur

NUL = b"\x00" * 1_000_000
MEGA = 1_000_000


def classeur_sain() -> bytes:
    tampon = BytesIO()
    Workbook().save(tampon)
    return tampon.getvalue()


SAIN = classeur_sain()


def archive(parties: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Un classeur sain, des parties ajoutées ou changées."""
    sortie = BytesIO()
    with zipfile.ZipFile(BytesIO(SAIN)) as source, zipfile.ZipFile(sortie, "w", compression) as cible:
        for nom in source.namelist():
            if nom not in parties:
                cible.writestr(nom, source.read(nom))
        for nom, contenu in parties.items():
            cible.writestr(nom, contenu)
    return sortie.getvalue()


def sans_classeur(parties: dict[str, bytes]) -> bytes:
    sortie = BytesIO()
    with zipfile.ZipFile(sortie, "w") as cible:
        for nom, contenu in parties.items():
            cible.writestr(nom, contenu)
    return sortie.getvalue()


def chiffree() -> bytes:
    """Le bit « chiffré » posé sur la première entrée, dans les deux en-têtes."""
    octets = bytearray(SAIN)
    for signature, decalage in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        octets[octets.index(signature) + decalage] |= 1
    return bytes(octets)


def menteuse() -> bytes:
    """Une entrée qui annonce 2 Go en tenant dans quelques octets."""
    octets = bytearray(SAIN)
    place = octets.index(b"PK\x01\x02") + 24
    octets[place : place + 4] = struct.pack("<I", 2_000_000_000)
    return bytes(octets)


def somme_fausse() -> bytes:
    octets = bytearray(SAIN)
    with zipfile.ZipFile(BytesIO(SAIN)) as source:
        entree = source.getinfo("xl/workbook.xml")
    crc = struct.pack("<I", entree.CRC)
    return bytes(octets.replace(crc, struct.pack("<I", entree.CRC ^ 1)))


def cent_mille_entrees() -> bytes:
    """Un répertoire central de cent mille entrées : l’ouvrir coûterait des centaines de mégaoctets."""
    entree = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *[0] * 6, 0, 0, 0, 1, *[0] * 4, 0, 0) + b"a"
    corps = entree * 100_000
    return b"PK\x03\x04" + corps + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(corps), 4, 0)


DTD = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
A_CHEVAL = b"<a>" + b" " * ((1 << 18) - 8) + b"<!DOCTYPE a><b/></a>"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600

MAUVAIS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "vide": ("xlsx-pas-un-classeur", lambda: b""),
    "texte": ("xlsx-pas-un-classeur", lambda: b"nom;reponse\r\n"),
    "page web": ("xlsx-pas-un-classeur", lambda: b"<html><table></table></html>"),
    "archive quelconque": ("xlsx-pas-un-classeur", lambda: sans_classeur({"photo.jpg": b"x"})),
    "odt": (
        "xlsx-autre-format",
        lambda: sans_classeur({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"}),
    ),
    "ods chiffré": (
        "xlsx-chiffre",
        lambda: sans_classeur(
            {
                "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": b"\xe4\x8a",
                "META-INF/manifest.xml": b"<m:manifest><m:encryption-data/></m:manifest>",
            }
        ),
    ),
    "DTD dans un ods": (
        "xlsx-suspect",
        lambda: sans_classeur({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": DTD}),
    ),
    "docx": ("xlsx-autre-format", lambda: sans_classeur({"word/document.xml": b""})),
    "xls": ("xlsx-autre-format", lambda: OLE),
    "chiffré par Excel": ("xlsx-chiffre", lambda: OLE + "EncryptedPackage".encode("utf-16-le")),
    "chiffré par zip": ("xlsx-chiffre", chiffree),
    "tronqué": ("xlsx-abime", lambda: SAIN[: len(SAIN) // 2]),
    "somme fausse": ("xlsx-abime", somme_fausse),
    "bombe": ("xlsx-demesure", lambda: archive({f"xl/media/{n}.bin": NUL * 3 for n in range(7)})),
    "bombe en plusieurs": ("xlsx-demesure", lambda: archive({f"xl/media/{r}": NUL for r in range(21)})),
    "taille menteuse": ("xlsx-demesure", menteuse),
    "styles": ("xlsx-demesure", lambda: archive({"xl/styles.xml": b" " * 2_100_000})),
    "trop d’entrées": ("xlsx-demesure", lambda: archive({f"xl/media/{r}": b"" for r in range(201)})),
    "cent mille entrées": ("xlsx-demesure", cent_mille_entrees),
    "DTD": ("xlsx-suspect", lambda: archive({"xl/workbook.xml": DTD})),
    "DTD dans une relation": ("xlsx-suspect", lambda: archive({"xl/_rels/workbook.xml.rels": DTD})),
    "DTD à cheval sur deux morceaux": ("xlsx-suspect", lambda: archive({"xl/a.xml": A_CHEVAL})),
    "DTD dans une partie au nom quelconque": ("xlsx-suspect", lambda: archive({"xl/worksheets/f.dat": b"\n" + DTD})),
    "DTD en UTF-16 au nom quelconque": ("xlsx-suspect", lambda: archive({"xl/f": DTD.decode().encode("utf-16")})),
    "DTD après plus d’un morceau d’espaces": (
        "xlsx-suspect",
        lambda: archive({"xl/worksheets/f.dat": b" " * 600_000 + DTD.removeprefix(b'<?xml version="1.0"?>')}),
    ),
    "DTD en UTF-16": ("xlsx-suspect", lambda: archive({"xl/workbook.xml": DTD.decode().encode("utf-16")})),
    "remonte": ("xlsx-suspect", lambda: archive({"../../etc/x": b""})),
    "remonte à la Windows": ("xlsx-suspect", lambda: archive({"xl\\..\\..\\x": b""})),
    "absolu": ("xlsx-suspect", lambda: archive({"/etc/x": b""})),
    "disque": ("xlsx-suspect", lambda: archive({"C:x": b""})),
    "compression LZMA": ("xlsx-suspect", lambda: archive({"xl/a": b"a"}, compression=zipfile.ZIP_LZMA)),
}


def refus_de(chemin: Path) -> str:
    with pytest.raises(ErreurCpit) as levee:
        verifier_classeur(chemin)
    (anomalie,) = levee.value.anomalies
    assert anomalie.lieu.fichier == str(chemin)
    assert "{" not in anomalie.quoi + anomalie.attendu + anomalie.correction
    return anomalie.code


def test_un_classeur_sain_passe(tmp_path: Path) -> None:
    (tmp_path / "c.xlsx").write_bytes(SAIN)
    verifier_classeur(tmp_path / "c.xlsx")


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("nom", MAUVAIS)
def test_chaque_mauvais_fichier_a_son_refus_en_moins_de_24_mo(tmp_path: Path, nom: str) -> None:
    code, fabriquer = MAUVAIS[nom]
    chemin = tmp_path / "c.xlsx"
    chemin.write_bytes(fabriquer())
    tracemalloc.start()
    assert refus_de(chemin) == code
    _, pic = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert pic < 24 * MEGA


def test_une_image_n_est_pas_du_xml(tmp_path: Path) -> None:
    (tmp_path / "c.xlsx").write_bytes(archive({"xl/media/a.png": b"\x89PNG\0<!DOCTYPE"}))
    verifier_classeur(tmp_path / "c.xlsx")


def test_une_partie_en_double_est_refusee(tmp_path: Path) -> None:
    chemin = tmp_path / "c.xlsx"
    chemin.write_bytes(SAIN)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(chemin, "a") as cible:
        cible.writestr("xl/workbook.xml", b"<a/>")
    assert refus_de(chemin) == "xlsx-abime"


def test_les_limites_se_reglent(tmp_path: Path) -> None:
    chemin = tmp_path / "c.xlsx"
    chemin.write_bytes(archive({f"xl/media/{n}.bin": NUL * 3 for n in range(7)}))
    verifier_classeur(chemin, declare_max=30 * MEGA)
    with pytest.raises(ErreurCpit) as levee:
        verifier_classeur(chemin, taille_max=1_000)
    assert levee.value.anomalies[0].code == "fichier-trop-gros"


@pytest.mark.parametrize("nom", ["~$reponses.xlsx", ".~lock.reponses.xlsx#"])
def test_un_fichier_verrou_est_nomme(tmp_path: Path, nom: str) -> None:
    (tmp_path / nom).write_bytes(b"\x05Nom de la personne")
    assert refus_de(tmp_path / nom) == "xlsx-verrou"


def test_absent_ou_dossier(tmp_path: Path) -> None:
    assert refus_de(tmp_path / "absent.xlsx") == "fichier-introuvable"
    (tmp_path / "dossier.xlsx").mkdir()
    assert refus_de(tmp_path / "dossier.xlsx") == "fichier-illisible"


@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", OLE[:8], SAIN, SAIN[:300]]))
def test_des_octets_au_hasard_ne_levent_qu_une_anomalie(
    tmp_path_factory: pytest.TempPathFactory, octets: bytes, debut: bytes
) -> None:
    chemin = tmp_path_factory.mktemp("g") / "c.xlsx"
    chemin.write_bytes(debut + octets)
    with suppress(ErreurCpit):
        verifier_classeur(chemin)


def test_coupe_partout_c_est_une_anomalie(tmp_path: Path) -> None:
    chemin = tmp_path / "c.xlsx"
    for fin in range(0, len(SAIN), 37):
        chemin.write_bytes(SAIN[:fin])
        assert refus_de(chemin) in {"xlsx-abime", "xlsx-pas-un-classeur"}


def test_la_somme_de_controle_de_chaque_partie_est_verifiee(tmp_path: Path) -> None:
    chemin = tmp_path / "c.xlsx"
    with zipfile.ZipFile(BytesIO(SAIN)) as source:
        for entree in source.infolist():
            octets = bytearray(SAIN)
            faux = struct.pack("<I", zlib.crc32(b"autre chose"))
            chemin.write_bytes(bytes(octets).replace(struct.pack("<I", entree.CRC), faux))
            assert refus_de(chemin) == "xlsx-abime", entree.filename

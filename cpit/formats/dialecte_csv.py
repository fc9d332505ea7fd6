"""Le dialecte d’un CSV de réponses et son en-tête : encodage, séparateur, colonnes ; sans lire les lignes.

Le séparateur est celui qui donne le plus d’en-têtes connus ; on ne le devine pas d’après les lignes.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass

from cpit.erreurs import Anomalie, Lieu, anomalie, refus
from cpit.formats.colonnes import Entete, Nomenclature, compter_items, lire_entete

SEPARATEURS = (";", ",", "\t")
NOMS = {"\t": "tabulation"}
ENTETE_MAX = 1_000_000
"""Octets du début d’un fichier où tient l’en-tête."""

_MARQUES = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_CONSIGNE = re.compile(r'"?sep=([^\r\n]{0,3}?)"?(?:\r\n|\r|\n|$)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reperage:
    """Comment lire les lignes : ``lignes`` physiques à passer (en-tête compris), séparateur, colonnes."""

    separateur: str
    lignes: int
    entete: Entete


@dataclass(frozen=True, slots=True)
class _Essai:
    separateur: str
    noms: tuple[str, ...]
    debut: int
    lignes: int
    note: tuple[int, int]


def reperer(octets: bytes, encodage: str, nomenclature: Nomenclature, fichier: str) -> Reperage:
    """Repère le séparateur et l’en-tête dans le début d’un fichier (seul ``ENTETE_MAX`` en est lu).

    :param encodage: celui qu’a rendu ``choisir_encodage``.
    :raises ErreurCpit: fichier vide, séparateur imposé inconnu, en-tête refusé.
    """
    texte = octets[:ENTETE_MAX].decode(encodage, errors="ignore")
    impose, passees = _consigne(texte, fichier)
    essais = [_essayer(texte, passees, separateur, nomenclature) for separateur in impose or SEPARATEURS]
    lisibles = [essai for essai in essais if essai is not None]
    if not lisibles:
        raise refus("csv-mal-forme", Lieu(fichier, 1), debut=1, fin="la fin", raison="en-tête illisible")
    meilleur = max(lisibles, key=lambda essai: essai.note)
    if not meilleur.noms:
        raise refus("table-vide", fichier)
    entete = lire_entete(meilleur.noms, nomenclature, lambda rang: Lieu(fichier, meilleur.debut, rang + 1))
    return Reperage(meilleur.separateur, meilleur.lignes, entete)


def choisir_encodage(octets: bytes, fichier: str) -> tuple[str, Anomalie | None]:
    """« utf-8-sig » si tout le fichier s’y lit, sinon « cp1252 » avec un avertissement.

    :raises ErreurCpit: UTF-16, UTF-32, octets nuls, ou texte d’aucun de ces encodages.
    """
    refuser_marque(octets, fichier)
    try:
        codecs.utf_8_decode(octets, "strict", True)
        return "utf-8-sig", None
    except UnicodeDecodeError as erreur:
        ligne = octets.count(b"\n", 0, erreur.start) + 1
    try:
        octets.decode("cp1252")
    except UnicodeDecodeError:
        raise refus("encodage", Lieu(fichier, ligne), raison="ni en cp1252") from None
    return "cp1252", anomalie("table-en-cp1252", Lieu(fichier, ligne))


def refuser_marque(octets: bytes, fichier: str) -> None:
    """Refuse l’UTF-16, l’UTF-32 et les octets nuls.

    :raises ErreurCpit: avec le nom de l’encodage quand on le reconnaît.
    """
    for marque, nom in _MARQUES:
        if octets.startswith(marque):
            raise refus("table-en-utf16", fichier, encodage=nom)
    nul = octets.find(b"\0")
    if nul < 0:
        return
    debut = octets[:400]
    if max(debut[::2].count(0), debut[1::2].count(0)) * 2 > len(debut) // 2:
        raise refus("table-en-utf16", fichier, encodage="UTF-16")
    raise refus("table-avec-nul", Lieu(fichier, octets.count(b"\n", 0, nul) + 1))


def _consigne(texte: str, fichier: str) -> tuple[str, int]:
    """Séparateur imposé par une première ligne « sep=; » (vide s’il n’y en a pas), et lignes à passer."""
    trouve = _CONSIGNE.match(texte)
    if not trouve:
        return "", 0
    if trouve[1] not in SEPARATEURS:
        raise refus("separateur-inconnu", Lieu(fichier, 1), valeur=trouve[1])
    return trouve[1], 1


def _essayer(texte: str, passees: int, separateur: str, nomenclature: Nomenclature) -> _Essai | None:
    """L’en-tête lu avec un séparateur ; rien s’il ne se lit pas."""
    flux = io.StringIO(texte, newline="")
    for _ in range(passees):
        next(flux, "")
    lecteur = csv.reader(flux, delimiter=separateur, strict=True)
    debut = passees + 1
    try:
        for noms in lecteur:
            if any(nom.strip() for nom in noms):
                note = compter_items(noms, nomenclature)
                return _Essai(separateur, tuple(noms), debut, passees + lecteur.line_num, note)
            debut = passees + lecteur.line_num + 1
    except csv.Error:
        return None
    return _Essai(separateur, (), debut, 0, (0, 0))

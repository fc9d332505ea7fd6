"""Un CSV, quel qu’il soit : encodage, séparateur, en-tête, lignes logiques et leurs numéros, lignes mal formées.

Le seul lecteur de CSV : les tables lues d’un bloc, celles que l’on note en flux et la fouille d’un dossier s’en
servent. Le séparateur est celui qui donne le plus d’en-têtes connus ; on ne le devine pas d’après les lignes.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import log
from pathlib import Path
from typing import IO, NamedTuple

from cpit.coeur.cohorte import Releve
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, Lieu, anomalie, refus
from cpit.lecture.autre_referentiel import LIGNES_JUGEES_MAX, juger_l_echelle
from cpit.lecture.contexte import ENCODAGES, SANS_CONSIGNE, Consignes, role_du_regard
from cpit.lecture.ecartees import codes_reserves, nomme_des_items, replacer_les_colonnes
from cpit.lecture.entetes import Entete, Nomenclature, Role
from cpit.lecture.formes import GrilleBrute, annonce_une_autre_forme, lire_autrement, sans_item
from cpit.lecture.lignes import LIGNES_DITES_MAX, Journal, LectureSource, Ligneur, sans_ramasse_miettes, suppositions
from cpit.lecture.reconnaissance import APERCU_MAX, LigneVue, lire_entete, reperer
from cpit.ouverture import lire_debut, lire_fichier, option_a_taper, ouvrir
from cpit.typographie import enumerer, typographier

# --- L’encodage d’un texte qui ne le dit pas : ce dont on est sûr, et ce que l’on refuse de deviner -------------------
#
# UTF-16 sans sa marque se reconnaît à ses octets nuls, un sur deux. Un texte d’un octet par signe vient de Windows
# (cp1252), de Linux (latin9), de MS-DOS (cp850) ou d’un Macintosh (Mac Roman) : le même octet y est « é », « ‚ » ou
# « Ç ». Tous les mots accentués du fichier disent lequel, si le français y est bien plus vraisemblable que dans les
# autres : ses lettres, plus ou moins fréquentes, chacune à sa place. À égalité, c’est à qui donne la table de le dire.


_PAR_FREQUENCE = (
    *(("é", 1.0), ("èà’", 0.25), ("ê", 0.1), ("ç«»\u00a0", 0.06), ("âîôû–É", 0.03), ("ùëïœ…°À", 0.015)),
    *(("üÈÇÎÔ€“”ÊÂ‘Œ·—", 5e-3), ("ÙÛËÏáíóúñöäãåøßÜÖÄæ½²³•ºžšŽŠ", 1e-3), ("ÿÆìòõýŸ£§¼¾ÁÍÓÚÑÃÅØ±µ×÷®™©", 2e-4)),
)
"""Les signes d’un texte français que l’ASCII n’a pas, et la part de chacun, « é » valant un ; à peu près."""
_FREQUENCES = {signe: log(part) for signes, part in _PAR_FREQUENCE for signe in signes}
_LETTRES = frozenset("àâçéèêëîïôùûœ€")
"""Sans elles, rien ne dit qu’un texte est du français."""
_INCONNU, _MAL_PLACE, _DOUTEUX = log(1e-5), -9.0, -3.0
"""Ce que coûte, en logarithme, un signe qu’un texte français n’a pas, là où il ne peut pas être, ou n’est guère."""
_AVANTAGE, _ECART_SUR = 1.5, 1.5
"""Ce que cp1252 a d’avance sur les autres, et de combien, avance comprise, une lecture doit l’emporter."""
_GUERE = re.compile(
    r"(?i:[àù](?=[a-zà-ÿœ])|[èêâîôç](?![a-zà-ÿœ])|ç(?![aouâôûœe])|(?<![aeiouéàg])[ëï]|(?<=[aoeà-æ])[àâô]"
    r"|(?<=[aà-æ])[èê]|(?<=[a-zà-ÿ])(?<![ljç])à|î(?![lmnst])|û(?=[aeiouy])|œ(?![uidst])"
    r"|(?<=[a-zà-ÿœ]{2})(?<!qu)(?<!rd)’|’(?=[^aeiouyhà-ÿœ])|…(?=.)|«(?=[a-z]))|(?<![a-zA-ZœŒÀ-ÿ])[êâôëï]"
)
"""Ce que le français n’écrit guère : « à » au milieu d’un mot, « ç » devant « i », « ë » après une consonne…"""
_MOTS_MAX, _MOT_MAX = 20_000, 200
"""Mots accentués différents, et signes de chacun, que l’on juge."""
_SEPARENT_DES_MOTS = bytes.maketrans(b';,|":', b"     ")
_ASCII = bytes(range(128))
_EN_UTF_8 = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x93\x94\x98\x99\x9c\x9d\xa6]|\xc2[\xa0\xab\xb0\xbb]|\xc5[\x92\x93]")
"""Un signe français en UTF-8."""
_HORS_TEXTE = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")
_LIGNE_MAX = 1_000_000
_LARGES_SANS_MARQUE = {0: "utf-16-be", 1: "utf-16-le"}
"""L’encodage, selon que ce sont les octets pairs ou impairs qui sont nuls."""
_SONDES = 1_000


def _largeur_sans_marque(octets: bytes) -> str:
    """« utf-16-le » ou « utf-16-be » pour un texte qui en est sans le dire ; vide si ce n’en est pas un, à coup sûr."""
    debut = octets[:_SONDES]
    for reste, nom in _LARGES_SANS_MARQUE.items():
        nuls, autres = debut[reste::2], debut[1 - reste :: 2]
        if len(debut) > 3 and 2 * nuls.count(0) > len(nuls) and 0 not in autres:
            return nom
    return ""


def _decoder_un_large(octets: bytes, encodage: str) -> str | None:
    """Un texte en UTF-16 ; rien s’il ne s’y lit pas, ou porte ce qu’un texte ne porte pas."""
    try:
        texte = octets.decode(encodage)
    except UnicodeDecodeError:
        return None
    return None if _HORS_TEXTE.search(texte) else texte


class _MotsAccentues:
    """Les mots, d’un texte d’un octet par signe, qui ne sont pas de l’ASCII, et ce qu’ils sont dans chaque encodage."""

    def __init__(self, morceaux: Iterable[bytes]) -> None:
        self._mots: set[bytes] = set()
        self._octets: set[int] = set()
        self.porte_de_l_utf_8 = False
        for morceau in _sans_couper_un_signe(morceaux):
            self.porte_de_l_utf_8 = self.porte_de_l_utf_8 or _EN_UTF_8.search(morceau) is not None
            self._octets.update(morceau.translate(None, _ASCII))
            if len(self._mots) < _MOTS_MAX:
                mots = morceau.translate(_SEPARENT_DES_MOTS).split()
                self._mots.update(mot[:_MOT_MAX] for mot in mots if not mot.isascii())

    def lectures(self) -> list[tuple[str, str]]:
        """L’encodage le plus vraisemblable, et le premier mot qu’un autre y lirait autrement, puis cet autre s’il l’est
        presque autant ; rien si ce n’est du français dans aucun.
        """
        mots = sorted(self._mots)
        lues: dict[tuple[str, ...], str] = {}
        for encodage in filter(self._peut_etre_en, ENCODAGES):
            lues.setdefault(tuple(mot.decode(encodage, "replace") for mot in mots), encodage)
        notees = sorted(((_noter(lus, encodage), encodage, lus) for lus, encodage in lues.items()), reverse=True)
        if not notees or notees[0][0] < _MAL_PLACE * sum(not signe.isascii() for mot in notees[0][2] for signe in mot):
            return []
        meilleure = notees[0][0]
        gardees = [(encodage, lus) for note, encodage, lus in notees[:2] if meilleure - note < _ECART_SUR]
        autre = next((rang for rang, mot in enumerate(gardees[0][1]) if mot != gardees[-1][1][rang]), 0)
        return [(encodage, lus[autre]) for encodage, lus in gardees]

    def _peut_etre_en(self, encodage: str) -> bool:
        """Vrai s’il se lit, et, hors de Windows, qu’une lettre au moins est du français."""
        lettres = b"".join(self._mots).decode(encodage, "replace").lower()
        return self.se_lit_en(encodage) and (encodage == ENCODAGES[0] or not _LETTRES.isdisjoint(lettres))

    def se_lit_en(self, encodage: str) -> bool:
        """Vrai si tout mot accentué est, dans cet encodage, un texte, et tout octet, même au bout d’un long mot."""
        tous = (*self._mots, bytes(self._octets))
        return not any(_HORS_TEXTE.search(mot.decode(encodage, "replace")) for mot in tous)


def _sans_couper_un_signe(morceaux: Iterable[bytes]) -> Iterator[bytes]:
    """Les mêmes octets, en morceaux qui finissent tous au bout d’une ligne : ce qui entoure un signe y reste entier.

    Une ligne sans fin se coupe tous les ``_LIGNE_MAX`` octets : aucune n’est gardée tout entière.
    """
    reste = b""
    for morceau in morceaux:
        reste += morceau
        fin = max(reste.rfind(b"\n"), reste.rfind(b"\r")) + 1 or (len(reste) if len(reste) > _LIGNE_MAX else 0)
        if fin:
            yield reste[:fin]
            reste = reste[fin:]
    yield reste


def _noter(mots: Iterable[str], encodage: str) -> float:
    """Combien des mots sont vraisemblables en français : plus c’est grand, plus ils le sont."""
    return (_AVANTAGE if encodage == ENCODAGES[0] else 0.0) + sum(map(_vraisemblance, mots))


def _vraisemblance(mot: str) -> float:
    total = _DOUTEUX * len(_GUERE.findall(mot))
    for rang, signe in enumerate(mot):
        if signe.isascii():
            continue
        avant, apres = mot[max(0, rang - 2) : rang], mot[rang + 1 : rang + 2]
        # Dans un mot en capitales, « É » est aussi fréquent que « é » ailleurs.
        capitale = signe.isupper() and (avant[-1:] + apres).isupper()
        total += _FREQUENCES.get(signe.lower() if capitale else signe, _INCONNU)
        total += 0 if _est_a_sa_place(signe, avant, apres) else _MAL_PLACE
    return total


def _est_a_sa_place(signe: str, avant: str, apres: str) -> bool:
    """Faux pour une majuscule dans un mot en minuscules (« PrÇnom »), une minuscule dans un mot en capitales, un
    symbole contre une lettre, un guillemet du mauvais côté.

    :param avant: les deux signes d’avant, s’il y en a ; ``apres`` : le suivant.
    """
    collee = avant[-1:]
    if signe in _PLACES:
        return _PLACES[signe](collee, apres)
    if not signe.isalpha():
        return not (collee.isalpha() or apres.isalpha())
    if signe.isupper():
        return not collee.islower()
    return not (apres.isupper() or collee.isdigit() or (len(avant) > 1 and avant.isupper()))


_PLACES: Mapping[str, Callable[[str, str], bool]] = {
    "’": lambda avant, apres: avant.isalpha() and (apres.isalpha() or not apres),
    **dict.fromkeys("«“‘", lambda avant, _: not avant.isalnum()),
    **dict.fromkeys("»”", lambda _, apres: not apres.isalnum()),
    "…": lambda _, apres: not apres.isalpha(),
    "·": lambda avant, apres: avant.isalpha() and apres.isalpha(),
    **dict.fromkeys("°º", lambda avant, _: avant.isdigit() or avant in {"n", "N"}),
    "\u00a0": lambda avant, _: bool(avant),
}
"""Ce qui doit précéder un signe, et le suivre : une lettre, un chiffre, rien."""


SEPARATEURS = (";", ",", "\t")
_RARES = ("|", ":")
"""Séparateurs que l’on n’essaie que si les autres ne découpent rien : deux points se trouvent dans tout texte."""
_LIGNES_COMPAREES = 3
_NOMS_CHERCHES = 3
"""En-têtes, les plus longs, auxquels on cherche s’ils sont redits plus bas."""
ENTETE_MAX = 1_000_000
"""Octets du début d’un fichier où tient l’en-tête."""
_MORCEAU = 1_000_000
"""Octets dont l’encodage se vérifie à la fois."""

_MARQUES = (
    # L’UTF-32 d’abord : sa marque commence par celle de l’UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_DEUX_FOIS = (b"\xc3\x83\xc2", b"\xc3\xa2\xe2\x82\xac", b"\xc3\x85\xe2")
"""Ce que deviennent « é », « ’ », « œ » en UTF-8, lus en cp1252 puis remis en UTF-8."""
_ABIMES = (*_DEUX_FOIS, "\ufffd".encode())
_LARGES = ("utf-16", "utf-32")
_DITS = dict(
    zip(ENCODAGES, ("table-en-cp1252", "table-en-latin9", "table-en-cp850", "table-en-mac-roman"), strict=True)
)
"""Ce qui se dit d’un texte, selon son encodage."""
_HORS_DE_WINDOWS = re.compile("([\x81\x8d\x8f\x90\x9d])")
_CONSIGNE = re.compile(r'"?sep=([^\r\n]{0,3}?)"?(?:\r\n|\r|\n|$)', re.IGNORECASE)
_SANS_LIMITE = (1 << 31) - 1


# --- l’encodage ---------------------------------------------------------------------------------------------------


def decoder_au_mieux(octets: bytes) -> str:
    """Un texte dans l’encodage que dit sa marque, sinon en UTF-8, sinon dans celui qui est sûr ; ne refuse rien."""
    marque = _marque(octets)
    sans_marque = "" if marque else _largeur_sans_marque(octets)
    if sans_marque and (texte := _decoder_un_large(octets, sans_marque)) is not None:
        return texte
    try:
        return octets.decode(marque or "utf-8")
    except UnicodeDecodeError:
        lectures = _MotsAccentues([octets]).lectures()
        return octets.decode(lectures[0][0] if lectures else ENCODAGES[0], errors="replace")


def _marque(octets: bytes) -> str:
    return next((nom for marque, nom in _MARQUES if octets.startswith(marque)), "")


_HORS_DU_FLUX = (b"valuateur", b"connaissance", b"date_moment", b"datemoment", b"date du moment", b"date moment")
"""Ce qui, dans un en-tête, dit quel tiers répond, ou de quand : le flux ne le lit pas."""
"""Ce qu’a tout en-tête d’évaluateur, accentué ou non, dans tout encodage d’un octet."""


def se_lit_d_un_bloc(chemin: Path) -> bool:
    """Vrai pour une table à remettre en forme avant de la découper, ou dont les tiers se distinguent par leur code.

    :raises OSError: si le fichier ne se lit pas.
    """
    debut = lire_debut(chemin, ENTETE_MAX)
    large = _marque(debut).startswith(_LARGES) or bool(_largeur_sans_marque(debut))
    remettre = large or _est_deux_fois(debut) or bool(_separateur_du_dedans(debut))
    return remettre or any(mots in debut.lower() for mots in _HORS_DU_FLUX)


def _remettre_en_forme(octets: bytes, source: str) -> tuple[bytes, list[Anomalie]]:
    """Une table en UTF-16 ou UTF-32 mise en UTF-8, un double encodage défait, des lignes sorties de leur seule cellule.

    Rend les octets à lire, et ce qu’il faut en dire ; une table ordinaire est rendue telle quelle.

    :raises ErreurCpit: si son texte n’est pas dans l’encodage que dit sa marque.
    """
    dits: list[Anomalie] = []
    if (marque := _marque(octets)).startswith(_LARGES):
        try:
            octets = octets.decode(marque).encode()
        except UnicodeDecodeError:
            raise refus("table-en-utf16", source, encodage=marque.upper()) from None
    elif (sans_marque := _largeur_sans_marque(octets)) and (
        texte := _decoder_un_large(octets, sans_marque)
    ) is not None:
        octets = texte.encode()
        dits.append(anomalie("table-en-utf16-sans-marque", source))
    if _est_deux_fois(octets[:ENTETE_MAX]) and (simple := _defaire(octets)) is not None:
        octets = simple
        dits.append(anomalie("table-encodee-deux-fois", source))
    separateur = _separateur_du_dedans(octets[:ENTETE_MAX])
    if separateur and (deplie := _deplier(octets, separateur)) is not None:
        octets = deplie
        dits.append(anomalie("table-en-une-colonne", source, separateur=separateur.replace("\t", "tabulation")))
    return octets, dits


def _est_deux_fois(debut: bytes) -> bool:
    return any(signe in debut for signe in _DEUX_FOIS)


def _defaire(octets: bytes) -> bytes | None:
    """Le texte tel qu’avant d’être encodé une seconde fois ; rien si tout ne s’y prête pas, à la lettre."""
    try:
        texte = octets.decode("utf-8-sig")
        simple = b"".join(_octets_de_windows(morceau) for morceau in _HORS_DE_WINDOWS.split(texte))
        simple.decode("utf-8-sig")
    except UnicodeError:
        return None
    return simple


def _octets_de_windows(texte: str) -> bytes:
    """Les octets d’un texte en cp1252, où un octet qui n’y est rien se lit comme lui-même."""
    return texte.encode("latin-1" if _HORS_DE_WINDOWS.fullmatch(texte) else "cp1252")


def _separateur_du_dedans(debut: bytes) -> str:
    """Le séparateur qui est dans la seule cellule de la première ligne remplie, « sep=; » passée ; vide si elle en a
    plusieurs.
    """
    texte = debut.decode("utf-8-sig", "replace")
    if consigne := _CONSIGNE.match(texte):
        texte = texte[consigne.end() :]
    for lu in enregistrements(io.StringIO(texte, newline=""), ";", 0):
        remplies = [cellule for cellule in lu.cellules if cellule.strip()]
        if lu.raison or remplies:
            seule = remplies[0] if len(remplies) == 1 and lu.cellules[0] == remplies[0] else ""
            separateur = max(SEPARATEURS, key=seule.count)
            return separateur if separateur in seule and texte.lstrip().startswith('"') else ""
    return ""


def _deplier(octets: bytes, separateur: str) -> bytes | None:
    """Chaque ligne, celles d’une seule cellule à découper sorties d’elle ; rien si la plupart ne sont pas ainsi.

    Une autre ligne (ajoutée sans guillemets, coupée, une note à côté) reste comme elle est : elle se lit, ou se dit.
    """
    # Un octet par signe, quel que soit l’encodage : il se cherche après, et ce qui découpe une ligne est de l’ASCII.
    texte = octets.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    physiques = list(io.StringIO(texte, newline=""))
    lignes: list[str] = []
    repliees = autres = 0
    for lu in enregistrements(physiques, ";", 0):
        ecrite = "".join(physiques[lu.debut - 1 : lu.fin]).rstrip("\r\n")
        seule = not lu.raison and not any(cellule.strip() for cellule in lu.cellules[1:])
        repliee = seule and ecrite.lstrip().startswith('"') and separateur in lu.cellules[0]
        repliees, autres = repliees + repliee, autres + (not repliee and bool(ecrite.strip(' \t;"')))
        lignes.append(lu.cellules[0] if repliee else ecrite)
    if _CONSIGNE.match(lignes[0]):
        # Celle du dehors ne vaut plus de ce qui en est sorti.
        lignes[0] = f"sep={separateur}"
    return "\n".join(lignes).encode("latin-1") if repliees > autres else None


def _verifier_encodage(flux: IO[bytes], source: str, dit: str | None = None) -> tuple[str, Anomalie | None]:
    """« utf-8-sig » si tout un flux s’y lit, sinon celui que l’on a dit, sinon celui dont c’est sûrement, avec un
    avertissement ; un morceau à la fois.

    :raises ErreurCpit: UTF-16, UTF-32, octets nuls, encodages mêlés, ou dont rien n’est sûr.
    """
    debut = flux.read(400)
    flux.seek(0)
    if (marque := _marque(debut)).startswith(_LARGES):
        raise refus("table-en-utf16", source, encodage=marque.upper())
    examen = _Examen(source, debut)
    while morceau := flux.read(_MORCEAU):
        examen.prendre(morceau)
    return examen.conclure(flux, dit)


class _Examen:
    """Ce qu’on sait de l’encodage d’un fichier, d’après ses morceaux déjà vus."""

    def __init__(self, source: str, debut: bytes) -> None:
        self._source, self._debut = source, debut
        self._lignes = 0
        # Le début d’un caractère que finit le morceau suivant.
        self._suspens = b""
        self._faute = self._abime = 0

    def prendre(self, morceau: bytes) -> None:
        if (nul := morceau.find(b"\0")) >= 0:
            self._refuser_nul(self._lignes + morceau.count(b"\n", 0, nul) + 1)
        if self._suspens or not morceau.isascii():
            self._suivre(self._suspens + morceau, final=False)
            self._chercher_un_signe_abime(morceau)
        self._lignes += morceau.count(b"\n")

    def conclure(self, flux: IO[bytes], dit: str | None) -> tuple[str, Anomalie | None]:
        self._suivre(self._suspens, final=True)
        if not self._faute:
            abime = anomalie("table-signes-abimes", Lieu(self._source, self._abime)) if self._abime else None
            return "utf-8-sig", abime
        lieu = Lieu(self._source, self._faute)
        flux.seek(0)
        mots = _MotsAccentues(iter(lambda: flux.read(_MORCEAU), b""))
        if mots.porte_de_l_utf_8:
            raise refus("encodages-meles", lieu)
        lectures = mots.lectures()
        if dit is not None and mots.se_lit_en(dit):
            return dit, None
        if not lectures or dit is not None:
            raise refus("encodage", lieu, raison=f"ni {f'en {dit}' if dit else 'du français dans un encodage connu'}")
        if len(lectures) > 1:
            lues = enumerer([typographier(f"« {mot} » en {nom}") for nom, mot in lectures], "ou")
            options = enumerer([option_a_taper("--encodage", nom) for nom, _ in lectures], "ou")
            raise refus("encodage-ambigu", lieu, lues=ACopier(lues), options=ACopier(options))
        return lectures[0][0], anomalie(_DITS[lectures[0][0]], lieu)

    def _suivre(self, octets: bytes, *, final: bool) -> None:
        """Cherche la première ligne qui n’est pas de l’UTF-8."""
        if self._faute:
            return
        try:
            _, lus = codecs.utf_8_decode(octets, "strict", final)
            self._suspens = octets[lus:]
        except UnicodeDecodeError as erreur:
            self._faute, self._suspens = self._lignes + octets.count(b"\n", 0, erreur.start) + 1, b""

    def _chercher_un_signe_abime(self, morceau: bytes) -> None:
        """Note la première ligne où un signe a été perdu, ou encodé deux fois."""
        if not self._abime:
            places = [place for signe in _ABIMES if (place := morceau.find(signe)) >= 0]
            self._abime = self._lignes + morceau.count(b"\n", 0, min(places)) + 1 if places else 0

    def _refuser_nul(self, ligne: int) -> None:
        debut = self._debut
        if max(debut[::2].count(0), debut[1::2].count(0)) * 2 > len(debut) // 2:
            raise refus("table-en-utf16", self._source, encodage="UTF-16")
        raise refus("table-avec-nul", Lieu(self._source, ligne))


# --- le séparateur et l’en-tête -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TableCsv:
    """Une table dont l’encodage et l’en-tête sont connus ; les réponses commencent après ``lignes`` lignes.

    ``avis`` : ce qu’il faut en dire avant toute ligne.
    """

    source: str
    encodage: str
    separateur: str
    lignes: int
    entete: Entete
    avis: tuple[Anomalie, ...]

    @property
    def largeur(self) -> int:
        """Nombre de colonnes."""
        return len(self.entete.colonnes)


def ouvrir_table_csv(flux: IO[bytes], source: str, nomenclature: Nomenclature) -> TableCsv:
    """Vérifie l’encodage de tout un flux, puis reconnaît le séparateur et l’en-tête ; le rend à son début.

    :raises ErreurCpit: encodage refusé, fichier vide, séparateur imposé inconnu, en-tête refusé.
    """
    encodage, avis = _verifier_encodage(flux, source, nomenclature.consignes.encodage)
    separateurs, apercus = _decouper(_lire_le_debut(flux, encodage), source)
    trouve = reperer(apercus, nomenclature)
    if trouve is None:
        raise refus("table-vide", source)
    rang_de_l_apercu, reperage = trouve
    ligne = reperage.principale.debut
    entete = lire_entete(reperage, nomenclature, lambda rang: Lieu(source, ligne, rang + 1))
    dits = (*([avis] if avis else []), *entete.avertissements)
    table = TableCsv(source, encodage, separateurs[rang_de_l_apercu], reperage.fin, entete, dits)
    juges, constats = juger_l_echelle(
        entete, _debut(flux, table), nomenclature, lambda rang: Lieu(source, ligne, rang + 1)
    )
    return replace(table, entete=juges, avis=(*dits, *constats))


def _debut(flux: IO[bytes], table: TableCsv) -> list[tuple[int, list[str]]]:
    """Les premières lignes bien formées d’un flux, rendu à son début : de quoi juger de leur échelle."""
    texte = io.TextIOWrapper(flux, encoding=table.encodage, newline="")
    passer_lignes(texte, table.lignes)
    lus = enregistrements(texte, table.separateur, table.lignes)
    remplies = islice(lignes_remplies(lus, table, LignesVides()), LIGNES_JUGEES_MAX)
    lignes = [(ligne, cellules) for ligne, cellules in remplies if not isinstance(cellules, Anomalie)]
    texte.detach()
    flux.seek(0)
    return lignes


def apercevoir_csv(chemin: Path, *, en_entier: bool = True, encodage: str | None = None) -> list[Sequence[LigneVue]]:
    """Les premières lignes d’une table en texte, une fois par séparateur essayé.

    :param en_entier: faux pour n’ouvrir que son début, lu dans l’encodage le plus vraisemblable.
    :param encodage: celui que l’on en dit.
    :raises ErreurCpit: encodage refusé, ou rien qui se lise.
    """
    lus = lire_fichier(chemin, TABLE_OCTETS_MAX) if en_entier else lire_debut(chemin, ENTETE_MAX)
    # La dernière ligne d’un début peut être coupée au milieu d’un caractère.
    entieres = lus if len(lus) != ENTETE_MAX or en_entier else lus[: lus.rfind(b"\n") + 1]
    octets, _ = _remettre_en_forme(entieres, str(chemin))
    flux = io.BytesIO(octets)
    if en_entier:
        lu, _ = _verifier_encodage(flux, str(chemin), encodage)
        texte = _lire_le_debut(flux, lu)
    else:
        texte = decoder_au_mieux(octets)
    return _decouper(texte, str(chemin))[1]


def _lire_le_debut(flux: IO[bytes], encodage: str) -> str:
    """Le début d’un flux, où tient l’en-tête ; le rend à son début."""
    flux.seek(0)
    texte = flux.read(ENTETE_MAX).decode(encodage, errors="ignore")
    flux.seek(0)
    return texte


def _decouper(texte: str, source: str) -> tuple[Sequence[str], list[Sequence[LigneVue]]]:
    """Les séparateurs à essayer, et l’aperçu que donne chacun.

    :raises ErreurCpit: séparateur imposé inconnu, ou en-tête qu’aucun ne lit.
    """
    impose, passees = consigne_csv(texte)
    if passees and impose not in SEPARATEURS + _RARES:
        raise refus("separateur-inconnu", Lieu(source, 1), valeur=impose)
    separateurs = impose or separateurs_a_essayer(texte, passees)
    apercus = [_apercevoir(texte, passees, separateur) for separateur in separateurs]
    if all(apercu is None for apercu in apercus):
        raise refus("csv-mal-forme", Lieu(source, 1), debut=1, fin="la fin", raison="en-tête illisible")
    return separateurs, [apercu or () for apercu in apercus]


def separateurs_a_essayer(texte: str, passees: int) -> Sequence[str]:
    """Les séparateurs ordinaires ; et ceux des rares qui sont seuls à découper pareil les premières lignes."""
    if any(_coupe_pareil(texte, passees, separateur) for separateur in SEPARATEURS):
        return SEPARATEURS
    return (*SEPARATEURS, *(rare for rare in _RARES if _coupe_pareil(texte, passees, rare)))


def _coupe_pareil(texte: str, passees: int, separateur: str) -> bool:
    """Vrai si les premières lignes remplies ont toutes le même nombre de cellules, et plus d’une."""
    flux = io.StringIO(texte, newline="")
    passer_lignes(flux, passees)
    lus = (lu for lu in enregistrements(flux, separateur, passees) if lu.raison or not est_vide(lu.cellules))
    largeurs = [0 if lu.raison else len(lu.cellules) for lu in islice(lus, _LIGNES_COMPAREES)]
    return largeurs[:1] > [1] and len(set(largeurs)) == 1


def n_a_pas_une_passation_par_ligne(chemin: Path, nomenclature: Nomenclature) -> bool:
    """Vrai pour une table large, longue ou transposée, que le flux ne saurait noter ligne à ligne, ou dont un regard
    dit le rôle du tiers (« N+1 »), qu’il n’écrirait pas, ou des conditions d’exercice, dont il n’a pas la colonne.
    """
    debut = lire_debut(chemin, ENTETE_MAX)
    try:
        table = ouvrir_table_csv(io.BytesIO(debut[: debut.rfind(b"\n") + 1] or debut), "", nomenclature)
    except ErreurCpit as erreur:
        return sans_item(erreur)
    items = table.entete.de_role(Role.ITEM, Role.ITEM_REFUSE)
    conditions = {question.identifiant for question in nomenclature.referentiel.profil if question.condition}
    dit_une_condition = any(c.cible.code in conditions for c in table.entete.de_role(Role.PROFIL))
    if dit_une_condition or len({(c.cible.moment, c.cible.regard) for c in items}) > 1:
        return True
    dits = (sens for mots in nomenclature.consignes.mots.values() for sens in mots.values())
    a_un_regard = bool(table.entete.de_role(Role.REGARD))
    if a_un_regard and (any(map(role_du_regard, dits)) or _cite_un_role(chemin)):
        return True
    return _change_d_ordre(chemin, table, nomenclature)


_E, _SIGNE = rb"(?:\xc3[\x88\x89\xa8\xa9]|[\xc8\xc9\xe8\xe9]|e)", rb"[;,|\t\"' \r\n]"
"""Un « é », un « è » ou un « e », en UTF-8 ou sur un octet ; ce qui borde une cellule."""
_ROLE_ECRIT = re.compile(
    _SIGNE
    + rb"(?:n ?\+ ?[0-9]|n[1-9]|manage(?:r|ur|use)|hi"
    + _E
    + rb"rarchi(?:e|que)|sup"
    + _E
    + rb"rieure?|responsable|pairs?|coll"
    + _E
    + rb"gues?|"
    + _E
    + rb"lue?s?|partenaires?|tut(?:eur|rice))"
)
_BRIBES = (
    *(b"n+", b"n +", *(b"n%d" % rang for rang in range(1, 10)), b"manage", b"rarchi", b"rieur", b"responsable"),
    *(b"pair", b"gue", b"lu", b"partenaire", b"tut"),
)
"""Ce qu’a toute cellule qui dit un rôle : le chercher d’abord va vingt fois plus vite."""
_CHEVAUCHEMENT = 40


def _cite_un_role(chemin: Path) -> bool:
    """Vrai si une cellule commence comme un rôle de tiers, où que ce soit : un regard peut le dire."""
    fin = b"\n"
    with ouvrir(chemin) as flux:
        while morceau := flux.read(_MORCEAU):
            bas = (fin + morceau).lower()
            if any(bribe in bas for bribe in _BRIBES) and _ROLE_ECRIT.search(bas):
                return True
            fin = morceau[-_CHEVAUCHEMENT:]
    return False


def _change_d_ordre(chemin: Path, table: TableCsv, nomenclature: Nomenclature) -> bool:
    """Vrai si une ligne plus basse redit les en-têtes de la table, et pas à leur place : on la cherche aux noms des
    items, tels qu’ils sont écrits en haut.
    """
    noms = sorted((c.nom for c in table.entete.de_role(Role.ITEM, Role.ITEM_REFUSE)), key=len)[-_NOMS_CHERCHES:]
    cherches = [nom.encode(table.encodage.removesuffix("-sig"), "replace") for nom in noms]
    with ouvrir(chemin) as flux:
        passer_lignes(flux, table.lignes)
        while morceau := flux.read(_MORCEAU) + flux.readline():
            if not any(nom in morceau for nom in cherches):
                continue
            for ligne in morceau.splitlines():
                if sum(nom in ligne for nom in cherches) > 1 and _deplace(ligne, table, nomenclature):
                    return True
    return False


def _deplace(ligne: bytes, table: TableCsv, nomenclature: Nomenclature) -> bool:
    """Vrai pour des en-têtes qui ne sont pas à la place de ceux de la table."""
    lus = enregistrements([ligne.decode(table.encodage, "replace")], table.separateur, 0, au_mieux=True)
    cellules = next((lu.cellules for lu in lus), [])
    if len(cellules) != table.largeur or not nomme_des_items(cellules, nomenclature):
        return False
    return replacer_les_colonnes(table.entete, cellules, nomenclature) is not table.entete


def consigne_csv(texte: str) -> tuple[str, int]:
    """Séparateur imposé par une première ligne « sep=; », et lignes à passer : rien et zéro s’il n’y en a pas."""
    trouve = _CONSIGNE.match(texte)
    return (trouve[1], 1) if trouve else ("", 0)


def _apercevoir(texte: str, passees: int, separateur: str) -> list[LigneVue] | None:
    """Les premières lignes remplies, après des lignes à passer, lues avec un séparateur ; rien si la première ne se lit
    pas.
    """
    flux = io.StringIO(texte, newline="")
    passer_lignes(flux, passees)
    vues: list[LigneVue] = []
    for lu in enregistrements(flux, separateur, passees):
        if lu.raison:
            return vues or None
        if not est_vide(lu.cellules):
            vues.append(LigneVue(lu.debut, lu.fin, tuple(lu.cellules)))
        if len(vues) == APERCU_MAX:
            break
    return vues


# --- les lignes ---------------------------------------------------------------------------------------------------


class Enregistrement(NamedTuple):
    """Une ligne logique : ses lignes du fichier, ses cellules, ou la raison pour laquelle elle ne se lit pas."""

    debut: int
    fin: int
    cellules: list[str]
    raison: str = ""


def passer_lignes(flux: Iterator[str] | IO[bytes], nombre: int) -> None:
    """Passe des lignes physiques."""
    for _ in range(nombre):
        next(flux, "")


def enregistrements(
    flux: Iterable[str], separateur: str, passees: int, *, au_mieux: bool = False
) -> Iterator[Enregistrement]:
    """Les lignes logiques d’un CSV ; une ligne mal formée est rendue avec sa raison.

    :param flux: les lignes du texte, telles que les rend un fichier ouvert avec ``newline=""``.
    :param passees: lignes du fichier avant la première de celles-ci.
    :param au_mieux: prend aussi ce qui est mal formé ou démesuré, et passe les lignes vides sans les rendre.
    """
    lecteur = csv.reader(flux, delimiter=separateur, strict=not au_mieux)
    fin = passees
    while True:
        debut = fin + 1
        try:
            cellules, raison = _suivant(lecteur) if au_mieux else next(lecteur), ""
        except StopIteration:
            return
        except csv.Error as erreur:
            cellules, raison = [], _en_francais(str(erreur))
        fin = passees + lecteur.line_num
        if cellules or raison or not au_mieux:
            yield Enregistrement(debut, fin, cellules, raison)


def _suivant(lecteur: Iterator[list[str]]) -> list[str]:
    """La limite de ``csv``, 131 072 signes, est celle de tout le processus : elle est rétablie aussitôt."""
    limite = csv.field_size_limit(_SANS_LIMITE)
    try:
        return next(lecteur)
    finally:
        csv.field_size_limit(limite)


def _en_francais(raison: str) -> str:
    if "end of data" in raison:
        return "guillemet jamais refermé"
    return "texte démesuré entre guillemets" if "limit" in raison else "texte après un guillemet fermant"


@dataclass(slots=True)
class LignesVides:
    """Les lignes vides d’une table : celles de la fin sont ordinaires, celles du milieu se disent."""

    en_attente: int = 0
    premiere: int = 0
    du_milieu: int = 0

    def interrompre(self, debut: int) -> None:
        """Une ligne remplie vient à ``debut`` : celles qui attendaient étaient au milieu."""
        if self.en_attente:
            self.premiere = self.premiere or debut - self.en_attente
            self.du_milieu, self.en_attente = self.du_milieu + self.en_attente, 0


def lignes_remplies(
    lus: Iterable[Enregistrement], table: TableCsv, vides: LignesVides
) -> Iterator[tuple[int, list[str] | Anomalie]]:
    """Le numéro de chaque ligne qui n’est pas vide, et ses cellules ou ce qui empêche de les prendre."""
    largeur = table.largeur
    for lu in lus:
        if not lu.raison and est_vide(lu.cellules):
            vides.en_attente += 1
            continue
        vides.interrompre(lu.debut)
        malformee = lu.raison or len(lu.cellules) != largeur
        yield lu.debut, _malformee(lu, largeur, table.source) if malformee else lu.cellules


def est_vide(cellules: Sequence[str]) -> bool:
    """Vrai si aucune cellule ne porte autre chose que des espaces."""
    return not cellules or (not cellules[0].strip() and not "".join(cellules).strip())


def _malformee(lu: Enregistrement, largeur: int, source: str) -> Anomalie:
    """Ce qu’il faut dire d’une ligne illisible, ou plus courte ou plus longue que l’en-tête."""
    if lu.raison:
        return anomalie("csv-mal-forme", Lieu(source, lu.debut), debut=lu.debut, fin=lu.fin, raison=lu.raison)
    trouve = len(lu.cellules)
    if trouve < largeur:
        return anomalie("ligne-trop-courte", Lieu(source, lu.debut, trouve), trouve=trouve, attendu=largeur)
    return anomalie("ligne-trop-longue", Lieu(source, lu.debut, largeur + 1), trouve=trouve, attendu=largeur)


def noter_fin_de_table(journal: Journal, table: TableCsv, vides: LignesVides, prises: int) -> None:
    """Note, une fois toutes les lignes lues, celles qui étaient vides et une table qui n’en a pas."""
    if vides.du_milieu:
        journal.noter(anomalie("lignes-vides", Lieu(table.source, vides.premiere), nombre=vides.du_milieu))
    if not prises and not any((une.lieu.ligne or 0) > table.lignes for une in journal.clore(table.source)):
        journal.noter(anomalie("table-sans-ligne", table.source))


# --- Une table de réponses en CSV, une ligne par personne : Excel, LibreOffice, R, pandas, LimeSurvey.


TABLE_OCTETS_MAX = 300_000_000
"""Octets : 100 000 personnes dont toutes les réponses sont des libellés en pèsent moins de 100 millions."""


def lire_table_csv(chemin: Path, referentiel: Referentiel, consignes: Consignes = SANS_CONSIGNE) -> LectureSource:
    """Lit une table ; ne lève rien : ce qui n’est pas pris est une anomalie située."""
    source = str(chemin)
    try:
        octets, dits = _remettre_en_forme(lire_fichier(chemin, TABLE_OCTETS_MAX), source)
        lecture = _lire(io.BytesIO(octets), source, Nomenclature.pour(referentiel, consignes))
        return replace(lecture, anomalies=(*dits, *lecture.anomalies))
    except ErreurCpit as erreur:
        return LectureSource(source, anomalies=erreur.anomalies)


def _lire(flux: IO[bytes], source: str, nomenclature: Nomenclature) -> LectureSource:
    try:
        table = ouvrir_table_csv(flux, source, nomenclature)
    except ErreurCpit as erreur:
        if sans_item(erreur) and (autrement := _lire_autrement(flux, source, nomenclature)) is not None:
            return autrement
        raise
    reserves = codes_reserves(nomenclature.referentiel)
    journal, vides = Journal(table.avis, reserves), LignesVides()
    ligneur = Ligneur(nomenclature, table.entete, source, lambda ligne, rang: Lieu(source, ligne, rang + 1), journal)
    with sans_ramasse_miettes():
        releves = tuple(_releves(flux, table, ligneur, vides))
    noter_fin_de_table(journal, table, vides, len(releves))
    return LectureSource(source, releves, ligneur.clore(), suppositions(table.entete, nomenclature.consignes))


def _lire_autrement(flux: IO[bytes], source: str, nomenclature: Nomenclature) -> LectureSource | None:
    """Lit une table longue ou transposée ; rien si ce n’en est pas une."""
    flux.seek(0)
    encodage, avis = _verifier_encodage(flux, source, nomenclature.consignes.encodage)
    separateurs, apercus = _decouper(_lire_le_debut(flux, encodage), source)
    if not annonce_une_autre_forme((vue.cellules for apercu in apercus for vue in apercu), nomenclature):
        return None
    grilles = (_grille(flux, source, encodage, separateur) for separateur in separateurs)
    lue = lire_autrement(grilles, source, nomenclature, lambda ligne, rang: Lieu(source, ligne, rang + 1))
    return lue if lue is None or avis is None else replace(lue, anomalies=(avis, *lue.anomalies))


def _grille(flux: IO[bytes], source: str, encodage: str, separateur: str) -> GrilleBrute:
    """Toutes les lignes d’un CSV qui ne sont pas vides, et celles qui ne se lisent pas."""
    flux.seek(0)
    texte = io.TextIOWrapper(flux, encoding=encodage, newline="")
    try:
        lus = list(_bornes(enregistrements(texte, separateur, 0), source))
    finally:
        texte.detach()
    constats = [_malformee(lu, 0, source) for lu in lus if lu.raison]
    return [(lu.debut, lu.cellules) for lu in lus if not lu.raison and not est_vide(lu.cellules)], constats


def _releves(flux: IO[bytes], table: TableCsv, ligneur: Ligneur, vides: LignesVides) -> Iterator[Releve]:
    """Les relevés des lignes bien formées ; les autres vont au journal."""
    texte = io.TextIOWrapper(flux, encoding=table.encodage, newline="")
    passer_lignes(texte, table.lignes)
    lus = _bornes(enregistrements(texte, table.separateur, table.lignes), table.source)
    for ligne, cellules in lignes_remplies(lus, table, vides):
        if isinstance(cellules, Anomalie):
            ligneur.journal.noter(cellules)
        else:
            yield from ligneur.lire(cellules, ligne)


def _bornes(lus: Iterable[Enregistrement], source: str) -> Iterator[Enregistrement]:
    """Les mêmes lignes, tant qu’une feuille de tableur les porterait."""
    for lu in lus:
        if lu.fin > LIGNES_DITES_MAX:
            raise refus("table-trop-longue", Lieu(source, lu.debut), limite=LIGNES_DITES_MAX)
        yield lu

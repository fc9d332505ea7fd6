"""L’encodage d’un texte qui ne le dit pas : ce dont on est sûr, et ce que l’on refuse de deviner.

UTF-16 sans sa marque se reconnaît à ses octets nuls, un sur deux. Un texte d’un octet par signe vient de Windows
(cp1252), de MS-DOS (cp850) ou d’un Macintosh (Mac Roman) : le même octet y est « é », « ‚ » ou « Ç », et seul un texte
français qui se tient, ses lettres à leur place, dit lequel.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

_FRANCAIS = frozenset("àâäæçéèêëîïôöœùûüÿÀÂÄÆÇÉÈÊËÎÏÔÖŒÙÛÜŸ‘’“”«»–—…·•°€ \u00a0")
"""Les signes d’un texte français que l’ASCII n’a pas : de quoi reconnaître un encodage où tout octet a un sens."""
_MINUSCULES = frozenset("àâçéèêëîïôùû")
"""Sans elles, un texte n’est pas du français : rien ne dit de quel encodage il est."""
_ENTRE_LETTRES = frozenset("’–—…·")
"""Ce qui, sans être une lettre, se trouve entre deux lettres."""
_PARTS = re.compile(rb"[^\x80-\xff\r\n]?[\x80-\xff]+[^\x80-\xff\r\n]?")
_EN_UTF_8 = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x93\x94\x98\x99\x9c\x9d\xa6]|\xc2[\xa0\xab\xb0\xbb]|\xc5[\x92\x93]")
"""Un signe français en UTF-8."""
_HORS_TEXTE = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")
_PARTS_MAX = 50_000
_LIGNE_MAX = 1_000_000
_LARGES_SANS_MARQUE = {0: "utf-16-be", 1: "utf-16-le"}
"""L’encodage, selon que ce sont les octets pairs ou impairs qui sont nuls."""
_SONDES = 1_000


def largeur_sans_marque(octets: bytes) -> str:
    """« utf-16-le » ou « utf-16-be » pour un texte qui en est sans le dire ; vide si ce n’en est pas un, à coup sûr."""
    debut = octets[:_SONDES]
    for reste, nom in _LARGES_SANS_MARQUE.items():
        nuls, autres = debut[reste::2], debut[1 - reste :: 2]
        if len(debut) > 3 and 2 * nuls.count(0) > len(nuls) and 0 not in autres:
            return nom
    return ""


def decoder_un_large(octets: bytes, encodage: str) -> str | None:
    """Un texte en UTF-16 ; rien s’il ne s’y lit pas, ou porte ce qu’un texte ne porte pas."""
    try:
        texte = octets.decode(encodage)
    except UnicodeDecodeError:
        return None
    return None if _HORS_TEXTE.search(texte) else texte


class PartsAccentuees:
    """Ce qui, dans un texte d’un octet par signe, n’est pas de l’ASCII, et ce qui l’entoure."""

    def __init__(self, morceaux: Iterable[bytes]) -> None:
        self._parts: set[bytes] = set()
        self.porte_de_l_utf_8 = False
        for morceau in _sans_couper_un_signe(morceaux):
            self.porte_de_l_utf_8 = self.porte_de_l_utf_8 or _EN_UTF_8.search(morceau) is not None
            if len(self._parts) < _PARTS_MAX:
                self._parts |= set(_PARTS.findall(morceau))

    def encodage(self) -> str:
        """« cp1252 », « mac-roman » ou « cp850 », celui dont c’est du français ; vide si ce n’est pas sûr."""
        windows = [part.decode("cp1252", "replace") for part in self._parts]
        hors = any(map(_HORS_TEXTE.search, windows))
        se_tient = not hors and not any(map(_est_mal_place, windows))
        en_francais = bool(_signes(windows) & _MINUSCULES)
        possibles = [nom for nom in ("mac-roman", "cp850") if self._est_du_francais(nom)]
        if se_tient and (en_francais or not possibles or all(map(_est_ponctue, windows))):
            return "cp1252"
        if not se_tient and len(possibles) == 1:
            return possibles[0]
        return "cp1252" if en_francais and not hors and not possibles else ""

    def _est_du_francais(self, encodage: str) -> bool:
        parts = [part.decode(encodage, "replace") for part in self._parts]
        signes = _signes(parts)
        return signes <= _FRANCAIS and bool(signes & _MINUSCULES) and not any(map(_est_mal_place, parts))


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


def _signes(parts: Collection[str]) -> set[str]:
    return {signe for part in parts for signe in part if not signe.isascii()}


def _est_mal_place(part: str) -> bool:
    """Vrai pour une majuscule accentuée dans un mot en minuscules (« PrÇnom »), une minuscule entre deux majuscules, un
    symbole entre deux lettres.
    """
    for rang, signe in enumerate(part):
        avant, apres = part[rang - 1] if rang else "", part[rang + 1 : rang + 2]
        if signe.isascii():
            continue
        if (signe.isupper() and avant.islower()) or (signe.islower() and avant.isupper() and apres.isupper()):
            return True
        if not signe.isalpha() and avant.isalpha() and apres.isalpha() and signe not in _ENTRE_LETTRES:
            return True
    return False


_PONCTUE = re.compile(r"[^\W\d_]?’[^\W\d_]?|(?![^\W\d_]).?[“«]\xa0?.?|.?\xa0?[”»…]\W?|\W?[–—·•€\xa0°]\W?|\w[°€]\W?")
"""Des signes de ponctuation là où le français les met, et ce qui les entoure."""


def _est_ponctue(part: str) -> bool:
    return _PONCTUE.fullmatch(part) is not None

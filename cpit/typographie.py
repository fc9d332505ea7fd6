"""La typographie française de ce que l’on lit, et son repli sur les consoles qui ne savent pas l’afficher."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

FINE = "\u202f"
"""Espace fine insécable, avant ; : ! ? et dans les guillemets."""

_AVANT = re.compile(r"(?<=[^\s\u202f]) (?=[;:!?»%])")
_APRES = re.compile(r"« ")
_REPLIS = (
    {
        FINE: "\u00a0",
        "’": "'",
        "œ": "oe",
        "Œ": "Oe",
        "…": "...",
        "−": "-",
        "–": "-",
        "→": "->",
        "≥": ">=",
        "≤": "<=",
        "≈": "~",
        "—": "-",
        "±": "+/-",
    },
    {"\u00a0": " ", "“": "'", "”": "'", "«": '"', "»": '"', "·": "-", "×": "x", "σ": "s", "Σ": "somme"}
    | {"α": "alpha", "ω": "omega", "χ": "chi", "ν": "nu", "κ": "kappa", "λ": "lambda", "θ": "theta", "√": "racine"},
)


_OCTET = re.compile("[\udc80-\udcff]")
"""Ce que Python met à la place d’un octet qui n’est pas de l’UTF-8, dans un nom de fichier."""
_CACHES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Catégories d’Unicode de ce qui commande un terminal, change le sens de lecture ou ne se voit pas."""
_SURS = "\x20-\x7e\xa0-\xac\xae-\u024f\u2010-\u2027\u202f-\u205f\u2190-\u2426\u2440-\u244a\u2460-\u25ff"
"""Ce qui s’imprime sans qu’on ait à le regarder : le français, ses espaces insécables et nos signes."""
_DOUTEUX = re.compile(f"[^{_SURS}]")
_A_VOIR = re.compile(f"[^{_SURS}\n\r\t\x1b]")
"""Ce qu’il faut regarder de près ; les fins de ligne et les couleurs (ESC), qui sont nôtres, ne le sont pas."""


_LIANT = "\ufdd0"
"""Tient, dans ce qui se recopie d’un tenant, la place d’un espace où l’on ne coupe pas.

Un point de code qu’Unicode réserve à l’usage interne d’un programme : aucun texte venu d’ailleurs n’en garde un.
"""


def d_un_tenant(texte: str) -> str:
    """Ce qui se recopie (une commande, une option et sa valeur), que le terminal ne coupera pas."""
    return texte.replace(" ", _LIANT)


def delier(texte: str) -> str:
    """Un texte tel qu’il s’écrit partout : ce qui s’y recopie a ses espaces."""
    return texte.replace(_LIANT, " ")


def porte_un_tenant(texte: str) -> bool:
    """Vrai si quelque chose s’y recopie d’un tenant."""
    return _LIANT in texte


def finit_par_une_commande(texte: str) -> bool:
    """Vrai si une commande ferme la phrase : elle s’y recopie sans le point. Une option seule n’en est pas une."""
    dernier = texte.rsplit(maxsplit=1)[-1:]
    return bool(dernier) and _LIANT in dernier[0] and not dernier[0].startswith("-")


SUSPENSION = "…"
"""Ce qui coupe une liste ou un texte trop long."""
_FERMANTS = (SUSPENSION, "?", "!")


def typographier(texte: str) -> str:
    """Met les espaces fines et les apostrophes d’un texte de cpit écrit au clavier.

    Ne s’applique qu’à nos propres phrases, jamais à ce qu’une personne a tapé.
    """
    texte = _APRES.sub("«" + FINE, _AVANT.sub(FINE, texte))
    return texte.replace("'", "’")


def clore(phrase: str) -> str:
    """La phrase et son point ; sans point de plus si des points de suspension, un « ? » ou un « ! » la ferment déjà."""
    return phrase if phrase.endswith(_FERMANTS) else f"{phrase}."


def nombre(valeur: float, decimales: int = 1) -> str:
    """Nombre à la française, par exemple ``2,3`` ; jamais « -0,0 ».

    Le demi s’arrondit vers le haut en valeur absolue, comme dans un tableur : 2,25 s’écrit 2,3.
    """
    from decimal import ROUND_HALF_UP, Decimal  # l’aide n’écrit pas de nombre

    exact = Decimal(repr(valeur)).quantize(Decimal(1).scaleb(-decimales), ROUND_HALF_UP)
    texte = f"{abs(exact) if exact == 0 else exact:f}"
    return texte.replace(".", ",").replace("-", "−")


def difference_signee(valeur: float | None, decimales: int = 2) -> str:
    """« +0,75 », « −0,33 », « 0,00 » ; un tiret s’il n’y a pas de différence.

    Une décimale de plus qu’un score : 1,75 et 2,50 s’écrivent 1,8 et 2,5, et leur différence n’est pas 0,7.
    """
    if valeur is None:
        return "–"
    texte = nombre(valeur, decimales)
    return texte if texte.startswith("−") or not texte.strip("0,") else f"+{texte}"


def bornes_en_mots(bornes: tuple[float, float] | None) -> str:
    """« +0,66 à +1,34 » ; un tiret s’il n’y en a pas."""
    return "–" if bornes is None else " à ".join(map(borne_signee, bornes))


def borne_signee(valeur: float) -> str:
    """« +0,66 », « +0,003 » : une borne qui laisse zéro dehors ne s’écrit pas zéro."""
    return difference_signee(valeur, decimales_qui_distinguent(valeur, 0, 2))


def decimales_qui_distinguent(un: float, autre: float, au_moins: int) -> int:
    """De quoi ne pas écrire pareil deux nombres dont on dit qu’ils diffèrent ; ``au_moins`` s’ils sont égaux."""
    decimales = au_moins
    while abs(un - autre) > _EGAUX and not se_distinguent(un, autre, decimales):
        decimales += 1
    return decimales


_EGAUX = 1e-9
"""Écart sous lequel deux nombres sont tenus pour égaux, comme dans le moteur."""


def se_distinguent(un: float, autre: float, decimales: int = 1) -> bool:
    """Vrai si deux nombres diffèrent encore une fois écrits : une différence qui ne se voit pas ne se dit pas."""
    return nombre(un, decimales) != nombre(autre, decimales)


def date_courte(instant: str) -> str:
    """« 14/09/2026 », d’un instant ISO 8601."""
    return "/".join(reversed(instant[:10].split("-")))


def pluriel(nombre_: int, singulier: str, forme_plurielle: str | None = None) -> str:
    """Nombre et nom accordés : « 1 réponse », « 3 réponses » (0 et 1 au singulier)."""
    return f"{nombre_} {singulier if nombre_ < 2 else forme_plurielle or singulier + 's'}"


def grouper(entier: int) -> str:
    """Entier à la française, par tranches de trois chiffres : « 2 500 »."""
    return f"{entier:,}".replace(",", FINE)


def accorder(entier: int, singulier: str, forme_plurielle: str | None = None) -> str:
    """Comme ``pluriel``, l’entier par tranches de trois chiffres : « 1 passation », « 2 500 passations »."""
    return pluriel(entier, singulier, forme_plurielle).replace(str(entier), grouper(entier), 1)


def enumerer(elements: list[str] | tuple[str, ...], mot: str = "et") -> str:
    """« a », « a et b », « a, b et c » ; ou avec un autre mot que « et »."""
    if len(elements) < 2:
        return "".join(elements)
    return ", ".join(elements[:-1]) + f" {mot} {elements[-1]}"


def enumerer_les_premiers(elements: Sequence[str], au_plus: int) -> str:
    """« a, b et 3 autres » : les premiers, et le nombre des autres ; tous s’il n’y en a pas davantage."""
    reste = len(elements) - au_plus
    return enumerer([*elements[:au_plus], *([accorder(reste, "autre")] if reste > 0 else [])])


def nettoyer(texte: str, *, garder_lignes: bool = False) -> str:
    """Ôte ce qui ne s’imprime pas : commandes de terminal, marques bidirectionnelles, demi-codets, U+FFFE.

    Les espaces insécables et la fine restent. Les fins de ligne restent si ``garder_lignes``, sinon
    elles deviennent des espaces.
    """
    # Un texte français n’est presque jamais « isprintable » : ses espaces insécables n’en sont pas.
    if texte.isprintable() or not _DOUTEUX.search(texte):
        return texte

    def garder(trouve: re.Match[str]) -> str:
        if trouve[0] in "\n\t":
            return trouve[0] if garder_lignes else " "
        return "" if unicodedata.category(trouve[0]) in _CACHES else trouve[0]

    return _DOUTEUX.sub(garder, texte.replace("\r\n", "\n").replace("\r", "\n"))


def montrer_d_ailleurs(texte: str) -> str:
    """Un texte venu d’ailleurs (un nom de fichier, une valeur), tel qu’il se montre : sur une ligne, sans rien qui
    commande un terminal ; un octet qui n’est pas de l’UTF-8 dans un nom s’y lit « \\xff ».
    """
    if texte.isprintable():
        return texte
    return nettoyer(_OCTET.sub(lambda trouve: f"\\x{ord(trouve[0]) - 0xDC00:02x}", texte))


def montrer_nos_mots(texte: str) -> str:
    """Comme ``montrer_d_ailleurs``, pour une phrase de cpit : ce qui s’y recopie reste d’un tenant."""
    return _LIANT.join(map(montrer_d_ailleurs, texte.split(_LIANT)))


def taire_les_commandes(texte: str) -> str:
    """Dernier recours d’une sortie : sans rien qui commande un terminal, hors les couleurs et les fins de ligne."""
    return _A_VOIR.sub(lambda trouve: "" if unicodedata.category(trouve[0]) in _CACHES else trouve[0], texte)


def echapper(texte: str, *, yaml: bool = False) -> str:
    """Un JSON (ou un YAML) dont les signes cachés sont échappés : entre guillemets, la valeur y reste la même."""

    def echappement(trouve: re.Match[str]) -> str:
        point = ord(trouve[0])
        if unicodedata.category(trouve[0]) not in _CACHES:
            return trouve[0]
        if yaml and point > 0xFFFF:
            return f"\\U{point:08x}"
        # En JSON, hors du premier plan, un signe s’écrit par ses deux demi-codets.
        octets = trouve[0].encode("utf-16-be", "surrogatepass").hex()
        return "".join(f"\\u{octets[rang : rang + 4]}" for rang in range(0, len(octets), 4))

    return _A_VOIR.sub(echappement, texte)


def replier(texte: str, encodage: str) -> str:
    """Le même texte, réduit à ce qu’un encodage sait écrire : ``’`` devient ``'``, ``é`` devient ``e`` en ASCII."""
    if _encodable(texte, encodage):
        return texte
    for table in _REPLIS:
        texte = "".join(table.get(c, c) if not _encodable(c, encodage) else c for c in texte)
    if _encodable(texte, encodage):
        return texte
    return "".join(c if _encodable(c, encodage) else _en_lettres_nues(c, encodage) for c in texte)


def sans_accent(texte: str) -> str:
    """Les mêmes lettres sans leurs marques : « Répartir » devient « Repartir » (forme NFKD)."""
    if texte.isascii():
        return texte
    return unicodedata.normalize("NFKD", texte).translate(_SANS_MARQUE)


class _SansMarque(dict[int, int | None]):
    """Chaque signe, et rien pour une marque ; chacun n’est cherché qu’une fois."""

    def __missing__(self, point: int) -> int | None:
        self[point] = garde = None if unicodedata.combining(chr(point)) else point
        return garde


_SANS_MARQUE = _SansMarque()


def _en_lettres_nues(caractere: str, encodage: str) -> str:
    """« é » devient « e », « ₋ » un tiret ; une marque qui se pose sur la lettre d’avant disparaît."""
    if unicodedata.combining(caractere):
        return ""
    base = "".join(_REPLIS[0].get(c, c) if not _encodable(c, encodage) else c for c in sans_accent(caractere))
    return base if base and _encodable(base, encodage) else "?"


def _encodable(texte: str, encodage: str) -> bool:
    try:
        texte.encode(encodage)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def proche(mot: str, connus: Collection[str]) -> str | None:
    """Le nom connu le plus proche d’un mot mal écrit, sans égard aux accents ni aux majuscules, ou rien.

    Au-delà de 64 signes ou de 500 noms on ne cherche pas : un fichier hostile y passerait des minutes.
    """
    if len(mot) > 64 or len(connus) > 500:
        return None
    from difflib import get_close_matches

    par_forme = {sans_accent(connu.casefold()): connu for connu in connus}
    trouves = get_close_matches(sans_accent(mot.casefold()), par_forme, n=1, cutoff=0.6)
    if trouves:
        return par_forme[trouves[0]]
    debuts = [connu for forme, connu in par_forme.items() if _commence(forme, sans_accent(mot.casefold()))]
    return debuts[0] if len(debuts) == 1 else None


def _commence(forme: str, debut: str) -> bool:
    """« chef » commence « chef-de-projet » : un mot entier, ou trois signes au moins d’un seul mot."""
    return len(debut) >= 3 and forme.startswith(debut)

"""Un guide au terminal : son Markdown changé en blocs, les mêmes que ceux des autres écrans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markdown_it.tree import SyntaxTreeNode

from cpit.affichage.blocs import Alinea, Bloc, Copie, Lignes, Morceau, Paragraphe, Titre
from cpit.documentation import Guide, renvoi_de
from cpit.typographie import FINE, d_un_tenant, delier

_STYLES = {"strong": "bold", "em": "italic"}
_VIDE = Alinea(())


def blocs_de_sommaire(guides: Iterable[Guide]) -> Iterator[Bloc]:
    """Une ligne par guide."""
    yield Lignes(("Sujet", "Guide"), tuple((guide.sujet, guide.resume) for guide in guides))
    yield _VIDE
    lire, ecrire = map(d_un_tenant, ("cpit guide SUJET", "cpit guide --page guides.html"))
    yield Paragraphe(f"Lire un guide : {lire}. Les écrire tous en une page : {ecrire}.")


def blocs_de_guide(guide: Guide) -> Iterator[Bloc]:
    """Tout le guide."""
    yield Titre(guide.titre, 1)
    for noeud in SyntaxTreeNode(guide.corps).children:
        yield from _blocs(noeud, guide.sujet)


def _blocs(noeud: SyntaxTreeNode, sujet: str) -> Iterator[Bloc]:
    """Les blocs d’un nœud du premier niveau, après une ligne vide."""
    if noeud.type == "heading":
        yield Titre(_texte(noeud, sujet))
        return
    yield _VIDE
    if noeud.type == "table":
        yield _table(noeud, sujet)
    else:
        yield from _suite(noeud, sujet, 0, "")


def _suite(noeud: SyntaxTreeNode, sujet: str, retrait: int, puce: str) -> Iterator[Bloc]:
    """Un paragraphe, une liste ou un bloc à copier, en retrait ; ``puce`` en tête du premier paragraphe."""
    if noeud.type == "paragraph":
        yield Alinea(tuple(_morceaux(noeud.children[0], sujet)), retrait, puce)
    elif noeud.type == "fence":
        yield Copie(tuple(noeud.content.rstrip("\n").split("\n")))
    elif noeud.type in ("bullet_list", "ordered_list"):
        premier = int(noeud.attrs.get("start", 1))
        for rang, element in enumerate(noeud.children, premier):
            yield from _element(element, sujet, retrait, f"{rang}. " if noeud.type == "ordered_list" else "- ")
    else:
        raise TypeError(noeud.type)


def _element(element: SyntaxTreeNode, sujet: str, retrait: int, puce: str) -> Iterator[Bloc]:
    for rang, enfant in enumerate(element.children):
        if enfant.type == "table":
            yield _table(enfant, sujet)
        else:
            yield from _suite(enfant, sujet, retrait if rang == 0 else retrait + len(puce), puce if rang == 0 else "")


def _table(noeud: SyntaxTreeNode, sujet: str) -> Lignes:
    entete, corps = noeud.children
    rangees = [tuple(_texte(cellule, sujet) for cellule in rangee.children) for rangee in corps.children]
    cellules = entete.children[0].children
    droite = tuple(rang for rang, cellule in enumerate(cellules) if "right" in str(cellule.attrs.get("style", "")))
    return Lignes(tuple(_texte(cellule, sujet) for cellule in cellules), tuple(rangees), droite)


def _texte(noeud: SyntaxTreeNode, sujet: str) -> str:
    return delier("".join(morceau.texte for enfant in noeud.children for morceau in _morceaux(enfant, sujet)))


def _morceaux(noeud: SyntaxTreeNode, sujet: str, style: str = "") -> Iterator[Morceau]:
    """Le texte d’un nœud, morceau par morceau : ce qui se recopie d’un tenant ; ce qui mène ailleurs dit où."""
    if noeud.type == "image":
        yield Morceau(f"(Image. {noeud.content}.)", style)
    elif noeud.type == "softbreak":
        yield Morceau(" ", style)
    elif noeud.type == "code_inline":
        cite = _cite(noeud.content)
        # Une commande se recopie ; un chemin, une option ou du code se plient comme le reste.
        yield Morceau(d_un_tenant(cite) if cite.startswith("cpit ") else cite, "cyan")
    elif not noeud.children:
        yield Morceau(noeud.content, style)
    else:
        for enfant in noeud.children:
            yield from _morceaux(enfant, sujet, _STYLES.get(noeud.type, style))
    if noeud.type == "link":
        yield from _destination(str(noeud.attrs["href"]), sujet)


def _cite(code: str) -> str:
    """Un signe seul se perdrait dans la phrase : « ; », « - »."""
    return code if any(map(str.isalnum, code)) else f"«{FINE}{code}{FINE}»"


def _destination(adresse: str, sujet: str) -> Sequence[Morceau]:
    renvoi = renvoi_de(adresse, sujet)
    if renvoi is None:
        return (Morceau(f" ({adresse})"),)
    commande = Morceau(d_un_tenant(f"cpit guide {renvoi.sujet}"), "cyan")
    return () if renvoi.sujet == sujet else (Morceau(" ("), commande, Morceau(")"))

"""La page des guides : un ou plusieurs guides en un seul fichier autonome, à lire ou à imprimer."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from cpit.documentation import Guide, ancre_de, renvoi_de
from cpit.emplacements import dossier
from cpit.ouverture import lire_texte_livre
from cpit.pages.page import rendre
from cpit.sceaux import __version__
from cpit.typographie import pluriel

_ALIGNEE = "text-align:right"


@dataclass(frozen=True, slots=True)
class _GuideEnPage:
    """Un guide, rendu : sa place dans la page, son titre, son corps."""

    sujet: str
    titre: str
    resume: str
    corps: Markup


@dataclass(frozen=True, slots=True)
class _ContenuGuides:
    """Ce que le gabarit montre."""

    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    guides: tuple[_GuideEnPage, ...]
    pied: str


def rendre_page_guides(guides: Sequence[Guide]) -> str:
    """La page entière ; un lien vers un guide qui n’y est pas dit la commande qui le montre."""
    seul = guides[0] if len(guides) == 1 else None
    presents = frozenset(guide.sujet for guide in guides)
    contenu = _ContenuGuides(
        surtitre="Guide de cpit" if seul else "cpit",
        titre=seul.titre if seul else "Les guides de cpit",
        soustitre="" if seul else "Répondre, mener un groupe, étudier, et savoir ce que valent les nombres",
        faits=(
            ("Version", __version__),
            ("Au terminal", f"cpit guide {seul.sujet}" if seul else "cpit guide SUJET"),
            *(() if seul else (("Dans cette page", pluriel(len(guides), "guide")),)),
        ),
        guides=tuple(_en_page(guide, presents) for guide in guides),
        pied=f"cpit {__version__} · licence MIT",
    )
    return rendre("guides.html.j2", "guides", contenu.titre, contenu)


def _en_page(guide: Guide, presents: frozenset[str]) -> _GuideEnPage:
    jetons = deepcopy(list(guide.corps))
    _placer_les_titres(jetons, guide.sujet, decalage=int(len(presents) > 1))
    _preparer_les_tableaux(jetons)
    _cadrer_les_images(jetons)
    for jeton in jetons:
        _mener_les_liens(jeton, guide.sujet, presents)
    analyseur = MarkdownIt(renderer_cls=_Rendu)
    corps = Markup(analyseur.renderer.render(jetons, analyseur.options, {}))
    return _GuideEnPage(guide.sujet, guide.titre, guide.resume, corps)


def _placer_les_titres(jetons: Sequence[Token], sujet: str, *, decalage: int) -> None:
    """Chaque titre à son rang dans la page, avec une ancre que les liens trouvent."""
    for rang, jeton in enumerate(jetons):
        if jeton.type in ("heading_open", "heading_close"):
            jeton.tag = f"h{int(jeton.tag[1]) + decalage}"
        if jeton.type == "heading_open":
            jeton.attrSet("id", f"{sujet}-{ancre_de(jetons[rang + 1].content)}")


def _preparer_les_tableaux(jetons: Sequence[Token]) -> None:
    """L’alignement par une classe : la politique de la page refuse un style écrit dans une balise."""
    titre = ""
    for rang, jeton in enumerate(jetons):
        if jeton.type == "heading_open":
            titre = jetons[rang + 1].content
        elif jeton.type in ("table_open", "fence"):
            jeton.meta = {"titre": titre}
        elif jeton.type in ("th_open", "td_open") and jeton.attrs.pop("style", None) == _ALIGNEE:
            jeton.attrSet("class", "nombre")
        if jeton.type == "th_open":
            jeton.attrSet("scope", "col")


def _cadrer_les_images(jetons: Sequence[Token]) -> None:
    """Un paragraphe fait d’une seule image devient une figure."""
    for ouvre, contenu, ferme in zip(jetons, jetons[1:], jetons[2:], strict=False):
        if ouvre.type == "paragraph_open" and [enfant.type for enfant in contenu.children or ()] == ["image"]:
            ouvre.tag = ferme.tag = "figure"


def _mener_les_liens(jeton: Token, sujet: str, presents: frozenset[str]) -> None:
    ouverts: list[str] = []
    for enfant in jeton.children or ():
        if enfant.type == "link_open":
            ouverts.append(_mener(enfant, sujet, presents))
        elif enfant.type == "link_close":
            enfant.meta = {"ailleurs": ouverts.pop()}


def _mener(lien: Token, sujet: str, presents: frozenset[str]) -> str:
    """Fait mener un lien dans la page ; rend le sujet d’un guide qui n’y est pas."""
    renvoi = renvoi_de(str(lien.attrs["href"]), sujet)
    if renvoi is None:
        return ""
    if renvoi.sujet not in presents:
        lien.meta = {"ailleurs": renvoi.sujet}
        return renvoi.sujet
    lien.attrSet("href", "#" + "-".join(filter(None, (renvoi.sujet, renvoi.ancre))))
    return ""


class _Rendu(RendererHTML):
    """Le HTML d’un guide : tableaux et blocs à copier défilent à part, les images sont dans la page."""

    def fence(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        titre, texte = tokens[idx].meta["titre"], escape(tokens[idx].content)
        return f'<pre role="group" tabindex="0" aria-label="À copier, ou sortie : {escape(titre)}">{texte}</pre>\n'

    def table_open(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        titre = escape(tokens[idx].meta["titre"])
        return f'<div class="defile" role="group" tabindex="0" aria-label="{titre}">\n<table>\n'

    def table_close(self, *_: object) -> str:
        return "</table>\n</div>\n"

    def image(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        nom = PurePosixPath(str(tokens[idx].attrs["src"])).name
        dessin = lire_texte_livre(dossier("exemples") / nom)
        return f'{dessin}<figcaption class="aide">{escape(tokens[idx].content)}</figcaption>'

    def link_open(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        return "" if tokens[idx].meta.get("ailleurs") else f'<a href="{escape(str(tokens[idx].attrs["href"]))}">'

    def link_close(self, tokens: Sequence[Token], idx: int, *_: object) -> str:
        ailleurs = tokens[idx].meta.get("ailleurs")
        return f" (<code>cpit guide {ailleurs}</code>)" if ailleurs else "</a>"

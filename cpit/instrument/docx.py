"""La feuille en document Word, à imprimer ou à modifier : un .docx écrit avec la seule bibliothèque standard.

Un document de titres, de paragraphes et de tables n’a besoin de rien de plus.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch
from xml.sax.saxutils import escape

from cpit.formats.appartenance import PROPRIETES, proprietes_scellees, sceller_archive
from cpit.instrument.composition import RECUEIL, Instrument, Part, Redaction, en_une_ligne
from cpit.instrument.feuille import (
    PIED,
    Bloc,
    Grille,
    Intitule,
    LigneAEcrire,
    LigneDeGrille,
    TexteSuivi,
    composer_la_feuille,
)

_MOTS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LIENS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PAQUET = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_ENTETE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_LARGEUR, _CODE, _A_COCHER = 9_900, 900, 620
"""Vingtièmes de point : la page A4 sans ses marges, la colonne des codes, celle d’une case."""
_ESPACE = '<w:r><w:t xml:space="preserve"> </w:t></w:r>'
_LIE = "<w:keepNext/>"
_POINTILLES = '<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="9900"/></w:tabs>'


def rediger_docx(instrument: Instrument) -> Redaction:
    """La feuille, en A4 ; l’en-tête d’une table se répète d’une page à l’autre, une situation ne s’y coupe pas."""
    corps = "".join(_dessiner(bloc) for bloc in composer_la_feuille(instrument))
    parties = {nom: (_ENTETE + contenu).encode() for nom, contenu in _parties(instrument.titre, corps).items()}
    return Redaction(sceller_archive(parties), RECUEIL | {Part.PLUSIEURS})


# --- les blocs ------------------------------------------------------------------------------------------------------


@singledispatch
def _dessiner(bloc: Bloc) -> str:
    raise TypeError(type(bloc).__name__)


@_dessiner.register
def _intitule(bloc: Intitule) -> str:
    return _paragraphe_xml(bloc.texte, f'<w:pStyle w:val="Titre{bloc.rang}"/>')


@_dessiner.register
def _texte_suivi(bloc: TexteSuivi) -> str:
    return _paragraphe_xml(bloc.texte, _LIE if bloc.lie else "")


@_dessiner.register
def _ligne_a_ecrire(bloc: LigneAEcrire) -> str:
    """Un libellé et des pointillés, puis autant de lignes de pointillés qu’il en faut, sur la même page."""
    textes = [_texte(bloc.libelle, gras=True), *[""] * (bloc.lignes - 1)]
    mises = [*[_LIE + _POINTILLES] * (bloc.lignes - 1), _POINTILLES]
    return "".join(
        f"<w:p><w:pPr>{mise}</w:pPr>{texte}<w:r><w:tab/></w:r></w:p>" for texte, mise in zip(textes, mises, strict=True)
    )


@_dessiner.register
def _grille(bloc: Grille) -> str:
    largeurs = _largeurs(bloc)
    grille = "".join(f'<w:gridCol w:w="{largeur}"/>' for largeur in largeurs)
    entete = _rangee(bloc, LigneDeGrille(bloc.entetes), largeurs, liee=True, entete=True)
    derniere = len(bloc.rangees) - 1
    # Des lignes hautes se suivent d’une page à l’autre : tenues ensemble, elles laisseraient de grands blancs.
    rangees = "".join(
        _rangee(bloc, une, largeurs, liee=rang < derniere and not une.precisions)
        for rang, une in enumerate(bloc.rangees)
    )
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Grille"/><w:tblW w:w="{_LARGEUR}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:firstRow="1"/></w:tblPr>'
        f"<w:tblGrid>{grille}</w:tblGrid>{entete}{rangees}</w:tbl>"
        '<w:p><w:pPr><w:spacing w:after="0"/></w:pPr></w:p>'
    )


def _largeurs(bloc: Grille) -> list[int]:
    if not bloc.a_cocher:
        return [_CODE + 200, 3_200, _LARGEUR - _CODE - 3_400]
    cases = len(bloc.entetes) - 2
    # Beaucoup de niveaux se serrent : la situation garde au moins la moitié de la page.
    case = min(_A_COCHER, (_LARGEUR // 2 - _CODE) // cases)
    return [_CODE, _LARGEUR - _CODE - case * cases, *[case] * cases]


def _rangee(bloc: Grille, rangee: LigneDeGrille, largeurs: Iterable[int], *, liee: bool, entete: bool = False) -> str:
    """Une ligne de table ; ``liee`` : un saut de page ne la sépare pas de la suivante, tant que la page y suffit."""
    proprietes = "<w:cantSplit/>" + ("<w:tblHeader/>" if entete else "")
    ecrites = "".join(
        _cellule(
            _paragraphe_de_cellule(
                texte,
                _mise(centree=bloc.a_cocher and rang > 1, liee=liee),
                gras=entete or (rang == 1 and bool(rangee.precisions)),
            )
            + "".join(map(_precision, rangee.precisions if rang == 1 else ())),
            largeur,
            entete=entete,
        )
        for rang, (texte, largeur) in enumerate(zip(rangee.cellules, largeurs, strict=True))
    )
    return f"<w:tr><w:trPr>{proprietes}</w:trPr>{ecrites}</w:tr>"


def _mise(*, centree: bool, liee: bool) -> str:
    lie, centre = _LIE if liee else "", '<w:jc w:val="center"/>' if centree else ""
    return f'{lie}<w:spacing w:before="40" w:after="40"/>{centre}'


def _cellule(contenu: str, largeur: int, *, entete: bool) -> str:
    fond = '<w:shd w:val="clear" w:color="auto" w:fill="E8E8E8"/>' if entete else ""
    proprietes = f'<w:tcPr><w:tcW w:w="{largeur}" w:type="dxa"/>{fond}<w:vAlign w:val="center"/></w:tcPr>'
    return f"<w:tc>{proprietes}{contenu}</w:tc>"


def _paragraphe_de_cellule(texte: str, mise: str, *, gras: bool) -> str:
    return f"<w:p><w:pPr>{mise}</w:pPr>{_texte(texte, gras=gras)}</w:p>"


def _precision(texte: str) -> str:
    return _paragraphe_xml(texte, '<w:pStyle w:val="Precision"/>')


def _paragraphe_xml(texte: str, proprietes: str = "") -> str:
    return f"<w:p><w:pPr>{proprietes}</w:pPr>{_texte(texte)}</w:p>"


def _texte(texte: str, *, gras: bool = False) -> str:
    mise = "<w:rPr><w:b/></w:rPr>" if gras else ""
    return f'<w:r>{mise}<w:t xml:space="preserve">{escape(en_une_ligne(texte))}</w:t></w:r>'


# --- les parties ----------------------------------------------------------------------------------------------------


def _parties(titre: str, corps: str) -> dict[str, str]:
    """Chaque partie de l’archive, dans l’ordre ; les propriétés portent le sceau."""
    return {
        "[Content_Types].xml": _types(),
        "_rels/.rels": _renvois(
            (f"{_LIENS}/officeDocument", "word/document.xml"),
            (f"{_PAQUET}/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
        PROPRIETES: proprietes_scellees(titre),
        "word/_rels/document.xml.rels": _renvois(
            (f"{_LIENS}/styles", "styles.xml"), (f"{_LIENS}/footer", "footer1.xml")
        ),
        "word/document.xml": _document(corps),
        "word/footer1.xml": _pied(),
        "word/styles.xml": _styles(),
    }


def _types() -> str:
    parties = {
        "/word/document.xml": f"{_TYPE}.document.main+xml",
        "/word/styles.xml": f"{_TYPE}.styles+xml",
        "/word/footer1.xml": f"{_TYPE}.footer+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    declarees = "".join(f'<Override PartName="{nom}" ContentType="{sorte}"/>' for nom, sorte in parties.items())
    return (
        f'<Types xmlns="{_PAQUET}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{declarees}</Types>'
    )


def _renvois(*liens: tuple[str, str]) -> str:
    ecrits = "".join(
        f'<Relationship Id="rId{rang}" Type="{sorte}" Target="{cible}"/>'
        for rang, (sorte, cible) in enumerate(liens, 1)
    )
    return f'<Relationships xmlns="{_PAQUET}/relationships">{ecrits}</Relationships>'


def _document(corps: str) -> str:
    page = (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1000" w:right="1000" w:bottom="1000" w:left="1000" w:header="500" w:footer="500" '
        'w:gutter="0"/>'
        "</w:sectPr>"
    )
    return f'<w:document xmlns:w="{_MOTS}" xmlns:r="{_LIENS}"><w:body>{corps}{page}</w:body></w:document>'


def _pied() -> str:
    numero = '<w:fldSimple w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    total = '<w:fldSimple w:instr="NUMPAGES"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    return (
        f'<w:ftr xmlns:w="{_MOTS}"><w:p><w:pPr><w:tabs><w:tab w:val="right" w:pos="9900"/></w:tabs></w:pPr>'
        f"{_texte(PIED)}<w:r><w:tab/></w:r>{_texte('Page')}{_ESPACE}{numero}{_texte('/')}{total}</w:p></w:ftr>"
    )


def _styles() -> str:
    bords = "".join(
        f'<w:{cote} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
        for cote in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    titres = "".join(
        f'<w:style w:type="paragraph" w:styleId="Titre{rang}"><w:name w:val="heading {rang}"/>'
        f'<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/>'
        f'<w:spacing w:before="{avant}" w:after="80"/>'
        f'<w:outlineLvl w:val="{rang - 1}"/></w:pPr><w:rPr><w:b/><w:sz w:val="{taille}"/></w:rPr></w:style>'
        for rang, taille, avant in ((1, 36, 0), (2, 26, 240))
    )
    return (
        f'<w:styles xmlns:w="{_MOTS}"><w:docDefaults><w:rPrDefault><w:rPr>'
        '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:sz w:val="20"/><w:lang w:val="fr-FR"/>'
        '</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="120"/></w:pPr></w:pPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Precision"><w:name w:val="Precision"/><w:basedOn w:val="Normal"/>'
        '<w:pPr><w:spacing w:after="20"/><w:ind w:left="300" w:hanging="300"/></w:pPr><w:rPr><w:sz w:val="17"/></w:rPr>'
        f'</w:style>{titres}<w:style w:type="table" w:styleId="Grille">'
        '<w:name w:val="Table Grid"/><w:tblPr><w:tblBorders>'
        f'{bords}</w:tblBorders><w:tblCellMar><w:left w:w="80" w:type="dxa"/><w:right w:w="80" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr></w:style></w:styles>"
    )

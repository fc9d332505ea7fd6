"""La feuille d’une séance sur papier, en blocs que chaque format dessine : qui répond, la légende, les situations.

En Markdown, elle se relit, se met dans un wiki ou un dépôt, se convertit ; le portfolio d’une personne s’y écrit aussi,
matière à reprendre dans un dossier.

En document Word, elle s’imprime ou se modifie : un .docx écrit avec la seule bibliothèque standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import singledispatch
from html import escape
from xml.sax.saxutils import escape as en_xml

from cpit.coeur.passation import dire_la_date
from cpit.coeur.referentiel import Competence, Item
from cpit.coeur.suites import (
    PORTEE_DU_PORTFOLIO,
    PORTFOLIO_VIDE,
    Portfolio,
    SituationPropre,
    TraceAMontrer,
    dire_une_situation,
)
from cpit.formats.appartenance import MARQUE, PROPRIETES, proprietes_scellees, sceller_archive, sceller_texte
from cpit.instrument.composition import RECUEIL, Instrument, Part, Redaction, en_une_ligne
from cpit.typographie import FINE, enumerer, nettoyer, typographier

_CASE = "☐"
"""Ce que l’on coche."""
_PIED = typographier("cpit : outil réflexif, ni note ni classement")


@dataclass(frozen=True, slots=True)
class _Intitule:
    """Un titre, de rang 1 à 3 ; une feuille à remplir en a deux."""

    texte: str
    rang: int = 2


@dataclass(frozen=True, slots=True)
class _TexteSuivi:
    """Un texte suivi ; ``lie`` : il ne se sépare pas de ce qui suit d’un saut de page."""

    texte: str
    lie: bool = False


@dataclass(frozen=True, slots=True)
class _LigneAEcrire:
    """Ce que l’on écrit à la main, sur tant de lignes."""

    libelle: str
    lignes: int = 1


@dataclass(frozen=True, slots=True)
class _LigneDeGrille:
    """Une ligne de table ; ``precisions`` : ce qui se lit sous sa deuxième cellule, et ne s’en sépare pas."""

    cellules: tuple[str, ...]
    precisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Grille:
    """Une table ; ``a_cocher`` : ses colonnes, après les deux premières, sont des cases."""

    entetes: tuple[str, ...]
    rangees: tuple[_LigneDeGrille, ...]
    a_cocher: bool = False


_Bloc = _Intitule | _TexteSuivi | _LigneAEcrire | _Grille


def _composer_la_feuille(instrument: Instrument) -> Iterator[_Bloc]:
    """Toute la feuille, dans l’ordre où on la remplit."""
    referentiel = instrument.referentiel
    yield _Intitule(instrument.titre, 1)
    yield _TexteSuivi(instrument.quand_et_qui)
    yield _LigneAEcrire(instrument.question_du_code)
    if instrument.question_de_l_evaluateur:
        yield _LigneAEcrire(instrument.question_de_l_evaluateur)
    if instrument.question_de_la_date:
        yield _LigneAEcrire(instrument.question_de_la_date)
    for question in instrument.questions_a_choix:
        choix = "   ".join(f"{_CASE}\u00a0{un.libelle}" for un in question.choix)
        combien = " (plusieurs choix possibles)" if question.plusieurs else ""
        yield _TexteSuivi(f"{question.libelle}{combien}{FINE}: {choix}")
    yield from _legende(instrument)
    for competence in referentiel.competences:
        yield from _competence(instrument, competence)
    yield _TexteSuivi(f"{referentiel.titre}, version {referentiel.version}, licence {referentiel.licence}.")
    yield _TexteSuivi(referentiel.statut)


def _legende(instrument: Instrument) -> Iterator[_Bloc]:
    yield _Intitule("Comment répondre")
    for consigne in instrument.entendre:
        yield _TexteSuivi(consigne)
    yield _TexteSuivi(instrument.question)
    rangees = tuple(_LigneDeGrille((une.code, une.libelle, une.description)) for une in instrument.reponses)
    yield _Grille(("Réponse", "Libellé", "Ce que cela veut dire"), rangees)
    for une in instrument.questions_de_place:
        niveaux = enumerer([f"{niveau.code} {niveau.libelle}" for niveau in une.reponses])
        yield _TexteSuivi(typographier(f"{une.dimension.libelle} (facultatif) : {une.question} {niveaux}."))


def _competence(instrument: Instrument, competence: Competence) -> Iterator[_Bloc]:
    yield _Intitule(competence.libelle)
    yield _TexteSuivi(competence.definition, lie=True)
    items = instrument.referentiel.items_de(competence.identifiant)
    codes = tuple(reponse.code for reponse in instrument.reponses)
    rangees = tuple(_LigneDeGrille(_a_cocher(instrument, item, codes), instrument.ancres(item)) for item in items)
    yield _Grille(("Code", "Situation", *codes), rangees, a_cocher=True)
    for une in instrument.questions_de_place:
        niveaux = tuple(niveau.code for niveau in une.reponses)
        siennes = tuple(_LigneDeGrille(_a_cocher(instrument, item, niveaux)) for item in items)
        yield _Grille(("Code", f"{une.dimension.libelle} dans le poste", *niveaux), siennes, a_cocher=True)
    yield _LigneAEcrire("Traces (code de la situation, puis un exemple)", 2)


def _a_cocher(instrument: Instrument, item: Item, codes: tuple[str, ...]) -> tuple[str, ...]:
    return (item.code, instrument.enonce(item), *(_CASE for _ in codes))


_SPECIAUX = re.compile(r"([\\`*_{}\[\]<>|~#&])")
_EN_TETE_DE_LIGNE = re.compile(r"^([-+=]|\d+[.)])(?=\s|$|-|=)")
_LIGNE = "\\_" * 60


def rediger_markdown(instrument: Instrument) -> Redaction:
    """La feuille, en Markdown à tables (GitHub, Pandoc)."""
    return Redaction(_ecrire_en_markdown(_composer_la_feuille(instrument)), RECUEIL | {Part.PLUSIEURS})


def _ecrire_en_markdown(blocs: Iterable[_Bloc], entete: str = "") -> bytes:
    """Des blocs en Markdown scellé.

    :param entete: ce qu’un programme y lit et qui ne se voit pas, déjà inerte.
    """
    corps = "\n\n".join(_dessiner_en_markdown(bloc) for bloc in blocs)
    texte = f"<!-- {MARQUE} -->\n{entete}\n{corps}\n\n---\n\n{_inerte(_PIED)}\n"
    return sceller_texte(texte.encode("utf-8", "replace"))


@singledispatch
def _dessiner_en_markdown(bloc: _Bloc) -> str:
    raise TypeError(type(bloc).__name__)


@_dessiner_en_markdown.register
def _intitule_en_markdown(bloc: _Intitule) -> str:
    return "#" * bloc.rang + " " + _inerte(bloc.texte)


@_dessiner_en_markdown.register
def _texte_suivi_en_markdown(bloc: _TexteSuivi) -> str:
    return _inerte(bloc.texte)


@_dessiner_en_markdown.register
def _ligne_a_ecrire_en_markdown(bloc: _LigneAEcrire) -> str:
    return "\n\n".join([f"**{_inerte(bloc.libelle)}**", *[_LIGNE] * bloc.lignes])


@_dessiner_en_markdown.register
def _grille_en_markdown(bloc: _Grille) -> str:
    centrees = len(bloc.entetes) - 2 if bloc.a_cocher else 0
    cadre = ["---"] * (len(bloc.entetes) - centrees) + [":-:"] * centrees
    lignes = (bloc.entetes, *(ligne for rangee in bloc.rangees for ligne in _lignes(rangee)))
    ecrites = ["| " + " | ".join(map(_inerte, ligne)) + " |" for ligne in lignes]
    return "\n".join([ecrites[0], "| " + " | ".join(cadre) + " |", *ecrites[1:]])


def _lignes(rangee: _LigneDeGrille) -> Iterator[tuple[str, ...]]:
    """La ligne, puis une par précision : une cellule de Markdown tient sur une ligne, et « <br> » se perd parfois."""
    yield rangee.cellules
    for precision in rangee.precisions:
        yield ("", precision, *[""] * (len(rangee.cellules) - 2))


def _inerte(texte: str) -> str:
    """Le texte sur une ligne, où rien n’est une commande du Markdown."""
    echappe = _SPECIAUX.sub(r"\\\1", en_une_ligne(texte))
    return _EN_TETE_DE_LIGNE.sub(lambda trouve: trouve[1][:-1] + "\\" + trouve[1][-1], echappe)


_DEUX_POINTS = FINE + ": "


def portfolio_en_markdown(portfolio: Portfolio, date: str) -> bytes:
    """Le portfolio en Markdown, scellé ; il dit à qui il est, pour qui voudrait l’effacer.

    :param date: jour où il est écrit, ISO 8601.
    """
    personne = escape(nettoyer(portfolio.identifiant))
    return _ecrire_en_markdown(_blocs(portfolio, date), f'<meta name="cpit-personne" content="{personne}">\n')


def _blocs(portfolio: Portfolio, date: str) -> Iterator[_Bloc]:
    yield _Intitule(f"{portfolio.identifiant} · portfolio", 1)
    yield _TexteSuivi(typographier(f"{portfolio.referentiel.titre}. Écrit le {dire_la_date(date)}."))
    yield _TexteSuivi(typographier(PORTEE_DU_PORTFOLIO))
    if portfolio.vide:
        yield _TexteSuivi(typographier(PORTFOLIO_VIDE))
    for chapitre in portfolio.remplis:
        yield _Intitule(typographier(f"{chapitre.competence.identifiant} · {chapitre.competence.libelle}"))
        yield _TexteSuivi(typographier(chapitre.competence.definition))
        yield from _traces(chapitre.traces)
        yield from _situations(portfolio, chapitre.situations)
    if portfolio.autres or portfolio.situations_autres:
        yield _Intitule(typographier("Compétences qui ne sont plus dans ce référentiel"))
        yield from _traces(portfolio.autres)
        yield from _situations(portfolio, portfolio.situations_autres)


def _traces(traces: tuple[TraceAMontrer, ...]) -> Iterator[_Bloc]:
    for trace in traces:
        origine = f" ({trace.origine})" if trace.origine else ""
        yield _Intitule(f"{dire_la_date(trace.le)} · {trace.item}", 3)
        yield _TexteSuivi(f"{trace.enonce}{origine}")
        yield from map(_TexteSuivi, trace.texte.splitlines())
        for libelle, texte in trace.rubriques:
            premiere, *suite = texte.splitlines() or [""]
            yield _TexteSuivi(f"{libelle}{_DEUX_POINTS}{premiere}")
            yield from map(_TexteSuivi, suite)


def _situations(portfolio: Portfolio, situations: tuple[SituationPropre, ...]) -> Iterator[_Bloc]:
    for une in situations:
        yield _Intitule(f"Situation ajoutée · {une.code}", 3)
        yield from map(_TexteSuivi, une.enonce.splitlines())
        yield _TexteSuivi(typographier(dire_une_situation(portfolio, une)))


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
    corps = "".join(_dessiner_en_docx(bloc) for bloc in _composer_la_feuille(instrument))
    parties = {nom: (_ENTETE + contenu).encode() for nom, contenu in _parties(instrument.titre, corps).items()}
    return Redaction(sceller_archive(parties), RECUEIL | {Part.PLUSIEURS})


# --- les blocs ------------------------------------------------------------------------------------------------------


@singledispatch
def _dessiner_en_docx(bloc: _Bloc) -> str:
    raise TypeError(type(bloc).__name__)


@_dessiner_en_docx.register
def _intitule_en_docx(bloc: _Intitule) -> str:
    return _paragraphe_xml(bloc.texte, f'<w:pStyle w:val="Titre{bloc.rang}"/>')


@_dessiner_en_docx.register
def _texte_suivi_en_docx(bloc: _TexteSuivi) -> str:
    return _paragraphe_xml(bloc.texte, _LIE if bloc.lie else "")


@_dessiner_en_docx.register
def _ligne_a_ecrire_en_docx(bloc: _LigneAEcrire) -> str:
    """Un libellé et des pointillés, puis autant de lignes de pointillés qu’il en faut, sur la même page."""
    textes = [_texte(bloc.libelle, gras=True), *[""] * (bloc.lignes - 1)]
    mises = [*[_LIE + _POINTILLES] * (bloc.lignes - 1), _POINTILLES]
    return "".join(
        f"<w:p><w:pPr>{mise}</w:pPr>{texte}<w:r><w:tab/></w:r></w:p>" for texte, mise in zip(textes, mises, strict=True)
    )


@_dessiner_en_docx.register
def _grille_en_docx(bloc: _Grille) -> str:
    largeurs = _largeurs(bloc)
    grille = "".join(f'<w:gridCol w:w="{largeur}"/>' for largeur in largeurs)
    entete = _rangee(bloc, _LigneDeGrille(bloc.entetes), largeurs, liee=True, entete=True)
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


def _largeurs(bloc: _Grille) -> list[int]:
    if not bloc.a_cocher:
        return [_CODE + 200, 3_200, _LARGEUR - _CODE - 3_400]
    cases = len(bloc.entetes) - 2
    # Beaucoup de niveaux se serrent : la situation garde au moins la moitié de la page.
    case = min(_A_COCHER, (_LARGEUR // 2 - _CODE) // cases)
    return [_CODE, _LARGEUR - _CODE - case * cases, *[case] * cases]


def _rangee(bloc: _Grille, rangee: _LigneDeGrille, largeurs: Iterable[int], *, liee: bool, entete: bool = False) -> str:
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
    return f'<w:r>{mise}<w:t xml:space="preserve">{en_xml(en_une_ligne(texte))}</w:t></w:r>'


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
        f"{_texte(_PIED)}<w:r><w:tab/></w:r>{_texte('Page')}{_ESPACE}{numero}{_texte('/')}{total}</w:p></w:ftr>"
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

"""Le classeur que l’on écrit : ses cellules, ses formats, ses propriétés, sa feuille à lire, ses grandes tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from itertools import islice
from math import ceil, isfinite
from shutil import copyfileobj
from textwrap import wrap
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter import worksheet
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import Cellule
from cpit.sceaux import SCEAU_CLASSEUR, __version__
from cpit.typographie import nettoyer, typographier

# --- écrire une cellule : texte inerte et nettoyé, nombre, date ou formule avec sa valeur déjà calculée ---------------


LIMITE = 32_767
"""Signes au plus dans une cellule, comptés comme Excel les compte : en unités UTF-16."""
COUPE = typographier(" […] (texte coupé : une cellule contient au plus 32 767 signes)")
_POINTS_PAR_LIGNE = 13.0
_HAUTEUR_MIN, _HAUTEUR_MAX = 15.0, 400.0
_SIGNES_PAR_UNITE = 1.1
"""Signes d’un texte courant dans une unité de largeur de colonne, mots entiers (mesuré en Arial et en DejaVu)."""
_LONG = 10_000
"""Signes au-delà desquels un texte dépasse à coup sûr la plus haute des lignes."""

_TITRE_DE_BULLE, _BULLE = 32, 255
"""Signes que le format permet au message d’une case."""


def propre(texte: str) -> str:
    """Texte qu’une cellule accepte : sans caractère interdit en XML, et coupé, en le disant, s’il est trop long."""
    net = nettoyer(texte, garder_lignes=True)
    if net.startswith("<r>") and net.endswith("</r>"):
        # XlsxWriter prendrait ce texte pour du XML déjà rédigé et l’écrirait tel quel : le classeur serait illisible.
        net += " "
    unites = net.encode("utf-16-le")
    if len(unites) <= LIMITE * 2:
        return net
    return unites[: (LIMITE - len(COUPE)) * 2].decode("utf-16-le", errors="ignore") + COUPE


def ecrire_texte(feuille: Worksheet, ligne: int, colonne: int, texte: str | None, style: Format) -> None:
    """Écrit un texte qui ne devient jamais ni formule, ni nombre, ni lien ; une cellule mise en forme si rien."""
    net = propre(texte or "")
    if net:
        feuille.write_string(ligne, colonne, net, style)
    else:
        feuille.write_blank(ligne, colonne, None, style)


def ecrire_ligne(feuille: Worksheet, ligne: int, cellules: Sequence[Cellule], formats: Sequence[Format]) -> None:
    """Écrit une ligne : les nombres en nombres, les textes en textes inertes ; une cellule absente reste vide."""
    for rang, cellule in enumerate(cellules):
        if cellule is None:
            continue
        if isinstance(cellule, str):
            if net := _net(cellule):
                feuille.write_string(ligne, rang, net, formats[rang])
        else:
            feuille.write_number(ligne, rang, cellule, formats[rang])


@lru_cache(maxsize=1024)
def _net(texte: str) -> str:
    """Texte nettoyé ; les mêmes libellés reviennent des millions de fois."""
    return propre(texte)


def ecrire_nombre(feuille: Worksheet, ligne: int, colonne: int, valeur: float | None, style: Format) -> None:
    """Écrit un nombre en pleine précision, ou une cellule vide s’il est absent (jamais 0)."""
    if valeur is None:
        feuille.write_blank(ligne, colonne, None, style)
    else:
        feuille.write_number(ligne, colonne, valeur, style)


def ecrire_formule(
    feuille: Worksheet, ligne: int, colonne: int, formule: str, valeur: float | str | None, style: Format
) -> None:
    """Écrit une formule et, à côté, la valeur qu’elle aura : un lecteur qui ne calcule pas la voit quand même."""
    feuille.write_formula(ligne, colonne, formule, style, "" if valeur is None else valeur)


def ecrire_date(feuille: Worksheet, ligne: int, colonne: int, iso: str, styles: tuple[Format, Format]) -> None:
    """Écrit une vraie date à partir d’un texte ISO 8601, ou ce texte tel quel s’il n’en est pas un.

    :param styles: style d’une date, style d’un texte.
    """
    try:
        jour = date.fromisoformat(iso[:10])
        feuille.write_datetime(ligne, colonne, jour, styles[0])
    except ValueError:
        ecrire_texte(feuille, ligne, colonne, iso, styles[1])


def ecrire_etendu(
    feuille: Worksheet, ligne: int, colonnes: tuple[int, int], texte: str, style: Format, largeur: float
) -> None:
    """Écrit un texte sur plusieurs colonnes fusionnées et donne à la ligne la hauteur qu’il demande.

    :param largeur: largeur totale des colonnes, en signes : une ligne fusionnée ne se règle pas d’elle-même.
    """
    feuille.merge_range(ligne, colonnes[0], ligne, colonnes[1], "", style)
    ecrire_texte(feuille, ligne, colonnes[0], texte, style)
    feuille.set_row(ligne, hauteur(texte, largeur))


def expliquer_l_entete(feuille: Worksheet, ligne: int, colonne: int, cle: str, libelle: str) -> None:
    """Montre le libellé d’une colonne à qui choisit la case de son en-tête, sans rien écrire de plus."""
    bulle = {"input_title": propre(cle)[:_TITRE_DE_BULLE], "input_message": propre(libelle)[:_BULLE]}
    feuille.data_validation(ligne, colonne, ligne, colonne, {"validate": "any", **bulle})


def etendre(feuille: Worksheet, ligne: int, colonnes: tuple[int, int], texte: str | None, style: Format) -> None:
    """Écrit un texte sur des colonnes fusionnées, ou dans une seule cellule."""
    if colonnes[0] < colonnes[1]:
        feuille.merge_range(ligne, colonnes[0], ligne, colonnes[1], "", style)
    ecrire_texte(feuille, ligne, colonnes[0], texte, style)


@lru_cache(maxsize=1024)
def hauteur(texte: str, largeur: float) -> float:
    """Hauteur de ligne, en points, pour un texte replié dans des colonnes larges de ``largeur`` signes."""
    if len(texte) > _LONG:
        return _HAUTEUR_MAX
    lignes = sum(len(wrap(morceau, max(1, int(largeur * _SIGNES_PAR_UNITE)))) or 1 for morceau in texte.split("\n"))
    return min(_HAUTEUR_MAX, lignes * _POINTS_PAR_LIGNE + 2)


def regler_hauteur(feuille: Worksheet, ligne: int, contenus: Iterable[tuple[str | None, float]]) -> None:
    """Donne à une ligne la hauteur de son texte le plus long ; un tableur ne le fait pas toujours à l’ouverture.

    :param contenus: texte et largeur, en signes, de chaque cellule.
    """
    feuille.set_row(ligne, max((hauteur(texte or "", largeur) for texte, largeur in contenus), default=_HAUTEUR_MIN))


def adresse(ligne: int, colonne: int, feuille: str = "", *, fixe: bool = True) -> str:
    """Adresse d’une cellule, par exemple ``'Calcul'!$I$12`` ou ``I12``."""
    cellule = xl_rowcol_to_cell(ligne, colonne, row_abs=fixe, col_abs=fixe)
    return f"'{feuille}'!{cellule}" if feuille else cellule


def plage(premiere: tuple[int, int], derniere: tuple[int, int], feuille: str = "") -> str:
    """Adresse absolue d’une plage, coins donnés en (ligne, colonne) à partir de 0."""
    zone = xl_range_abs(*premiere, *derniere)
    return f"'{feuille}'!{zone}" if feuille else zone


# --- les formats de cellule et la mise en page, communs à toutes les feuilles -----------------------------------------


POLICE = "Arial"
ENCRE = "#1F3A5F"
"""Bleu nuit : contraste de 11 pour 1 sur le blanc, presque noir une fois imprimé en gris."""
GRIS = "#595959"
FOND = "#E4E9F0"
SAISIE = "#FFF9E5"
FILET = "#BCC4CE"

_MARGE = 0.47
"""Marge de gauche et de droite, en pouces."""
_PAGE = 190
"""Signes imprimés au plus dans la largeur d’une page en paysage."""

Styles = Mapping[str, Format]

_TABLE = {"border": 1, "border_color": FILET, "text_wrap": True}
_DEFINITIONS: dict[str, dict[str, Any]] = {
    "titre": {"bold": True, "font_size": 16, "font_color": ENCRE},
    "sous_titre": {"font_size": 11, "font_color": GRIS, "text_wrap": True},
    "section": {
        "bold": True,
        "valign": "bottom",
        "font_size": 12,
        "font_color": ENCRE,
        "bottom": 2,
        "bottom_color": ENCRE,
    },
    "entete": {**_TABLE, "bold": True, "bg_color": FOND, "valign": "vcenter"},
    "entete_nombre": {**_TABLE, "bold": True, "bg_color": FOND, "valign": "vcenter", "align": "center"},
    "texte": _TABLE,
    "texte_gras": {**_TABLE, "bold": True},
    "score": {**_TABLE, "bold": True, "align": "center", "num_format": "0.0"},
    "decimal": {**_TABLE, "align": "center", "num_format": "0.00"},
    "nombre": {**_TABLE, "align": "center", "num_format": "0.000"},
    "general": {**_TABLE, "align": "center"},
    "entier": {**_TABLE, "align": "center", "num_format": "0"},
    "saisie": {**_TABLE, "align": "center", "num_format": "0", "bg_color": SAISIE, "bold": True},
    "intertitre": {"bold": True, "valign": "bottom"},
    "etiquette": {"font_color": GRIS, "text_wrap": True},
    "valeur": {"text_wrap": True},
    "date": {"num_format": "dd/mm/yyyy", "align": "left"},
    "date_table": {**_TABLE, "num_format": "dd/mm/yyyy", "align": "left"},
    "note": {"italic": True, "font_size": 9, "font_color": GRIS, "text_wrap": True},
    "alerte": {"bold": True, "text_wrap": True},
    "bilan": {"bold": True, "num_format": "0", "border": 2, "border_color": ENCRE, "align": "center"},
    "titre_donnees": {"bold": True},
    "graphique": {"font_size": 9, "font_color": GRIS},
}


def creer_styles_de_classeur(classeur: Workbook) -> Styles:
    """Crée les formats dans un classeur ; la clé dit l’usage, pas l’apparence."""
    base = {"font_name": POLICE, "font_size": 10, "valign": "top"}
    return {nom: classeur.add_format({**base, **definition}) for nom, definition in _DEFINITIONS.items()}


def pages_en_largeur(largeurs: Iterable[float]) -> int:
    """Nombre de pages en paysage qu’il faut à des colonnes de ces largeurs, en signes, pour rester lisibles."""
    return max(1, ceil(sum(largeurs) / _PAGE))


def _echelle_de_page(largeurs: Iterable[float], *, paysage: bool) -> int:
    """La réduction, en pour cent, qui fait tenir ces colonnes dans une page A4 moins ses marges."""
    utile = (11.69 if paysage else 8.27) - 2 * _MARGE
    # Excel donne à une colonne sept pixels par signe, plus cinq ; LibreOffice, la vraie largeur d’un chiffre, 7,42.
    voulue = sum((7.42 * largeur + 6) / 96 for largeur in largeurs) * 1.02
    return max(10, min(100, int(100 * utile / voulue)))


def mettre_en_page(
    feuille: Worksheet,
    *,
    paysage: bool,
    repetees: tuple[int, int] | None = None,
    pages: int = 1,
    largeurs: Iterable[float] | None = None,
) -> None:
    """A4 ajusté en largeur, marges de 1,2 à 1,6 cm, pied paginé.

    :param repetees: première et dernière ligne, à partir de 0, répétées en haut de chaque page imprimée.
    :param pages: nombre de pages dans la largeur.
    :param largeurs: celles de toutes les colonnes, en signes, d’une feuille qui a ses propres sauts de page : elle est
        réduite d’autant, car un tableur oublie les sauts d’une feuille qu’il ajuste, et y coupe des graphiques.
    """
    feuille.set_paper(9)
    if paysage:
        feuille.set_landscape()
    if largeurs is None:
        feuille.fit_to_pages(pages, 0)
    else:
        feuille.set_print_scale(_echelle_de_page(largeurs, paysage=paysage))
    feuille.set_margins(left=_MARGE, right=_MARGE, top=0.55, bottom=0.63)
    feuille.center_horizontally()
    pied = typographier("&L&8cpit : outil réflexif, ni note ni classement&C&8&A&R&8Page &P / &N")
    feuille.set_footer(pied, {"margin": 0.3})
    feuille.hide_gridlines(2)
    if repetees:
        feuille.repeat_rows(*repetees)


# --- le classeur que l’on écrit : ses réglages, ses propriétés, et ce que XlsxWriter n’écrit pas, la langue -----------


_TITRE_MAX = 255
"""Signes au plus dans une propriété du document."""
_PROPRIETES = "docProps/core.xml"
_GRAPHIQUES = "xl/charts/"
_MORCEAU = 1 << 20
_DATES = re.compile(rb"<dcterms:(created|modified)\b[^>]*>[^<]*</dcterms:\1>")

Remplissage = tuple[int, Callable[[bytes], Iterator[bytes]]]
"""Taille estimée d’une partie remplie, et ce qui change ce qu’elle était en ce qu’elle sera, par morceaux."""

_A_PREPARER = getattr(worksheet, "re_dynamic_function", re.compile(""))
"""Les formules que XlsxWriter doit préparer ; toutes, dans une version qui ne le dirait plus."""


class _Feuille(Worksheet):  # type: ignore[misc]
    """Une feuille qui prend nos formules comme elles sont.

    XlsxWriter passe sur chacune une trentaine d’expressions régulières, pour des fonctions qu’aucune n’emploie
    (UNIQUE, XLOOKUP…) : un dixième du temps d’un classeur de groupe.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        if not formula.startswith("=") or _A_PREPARER.search(formula):
            return str(super()._prepare_formula(formula, expand_future_functions))
        return formula.removeprefix("=")


def creer_document(vers: str | BytesIO, **options: Any) -> Workbook:
    """Un classeur neuf, où aucun texte ne devient de lui-même formule, nombre ni lien.

    :param options: réglages de XlsxWriter en plus : ``in_memory``, ``constant_memory``, ``tmpdir``.
    """
    inertes = {f"strings_to_{sorte}": False for sorte in ("formulas", "numbers", "urls")}
    reglages = {**inertes, "default_format_properties": {"font_name": POLICE, "font_size": 10}, **options}
    classeur = Workbook(vers, reglages)
    classeur.worksheet_class = _Feuille
    return classeur


def fermer_document(classeur: Workbook) -> None:
    """Écrit le classeur là où il va ; XlsxWriter change en une erreur à lui ce que le système lui oppose.

    :raises OSError: si l’emplacement ne s’écrit pas, ou plus (disque plein).
    """
    try:
        classeur.close()
    except FileCreateError as erreur:
        raise erreur.args[0] from None


def decrire_document(classeur: Workbook, titre: str, jour: datetime, *, sujet: str = "") -> None:
    """Met les propriétés du document, sceau compris ; aucun nom de personne ni de fichier n’y est.

    :param jour: date de création inscrite ; jamais celle de la machine, pour que deux écritures soient identiques.
    """
    classeur.set_properties(
        {
            "title": propre(titre)[:_TITRE_MAX],
            "subject": typographier(sujet),
            "comments": f"{SCEAU_CLASSEUR} {__version__}. Outil réflexif, sans note ni classement.",
            "created": jour,
        }
    )


def franciser(octets: bytes) -> bytes:
    """Le même classeur, déclaré en français : langue du document et des graphiques."""
    sortie = BytesIO()
    franciser_flux(BytesIO(octets), sortie)
    return sortie.getvalue()


def franciser_flux(depuis: IO[bytes], vers: IO[bytes], remplissages: Mapping[str, Remplissage] | None = None) -> None:
    """``franciser`` d’un flux à l’autre : une grande feuille passe par morceaux, sans tenir en mémoire.

    :param remplissages: par nom de partie, ce qui la remplace.
    """
    remplissages = remplissages or {}
    with ZipFile(depuis) as source, ZipFile(vers, "w", ZIP_DEFLATED) as cible:
        for element in source.infolist():
            if element.filename in remplissages:
                taille, remplir = remplissages[element.filename]
                with cible.open(_meme(element, taille), "w") as sortie:
                    _ecrire_en_avance(sortie, remplir(source.read(element)))
            elif element.filename == _PROPRIETES or element.filename.startswith(_GRAPHIQUES):
                cible.writestr(element, _en_francais(element, source.read(element)))
            else:
                with source.open(element) as entree, cible.open(_meme(element), "w") as sortie:
                    copyfileobj(entree, sortie, _MORCEAU)


def oter_les_dates(depuis: IO[bytes], vers: IO[bytes]) -> None:
    """Le même classeur, en français, sans date de création ni de modification : il n’en est aucune à dire."""

    def sans_date(contenu: bytes) -> Iterator[bytes]:
        yield _DATES.sub(b"", _declarer_le_francais(contenu))

    franciser_flux(depuis, vers, {_PROPRIETES: (0, sans_date)})


def _en_francais(element: ZipInfo, contenu: bytes) -> bytes:
    if element.filename == _PROPRIETES:
        return _declarer_le_francais(contenu)
    return contenu.replace(b'<c:lang val="en-US"/>', b'<c:lang val="fr-FR"/>')


def _declarer_le_francais(proprietes: bytes) -> bytes:
    fin = b"</cp:coreProperties>"
    return proprietes.replace(fin, b"<dc:language>fr-FR</dc:language>" + fin)


def _ecrire_en_avance(sortie: IO[bytes], morceaux: Iterator[bytes]) -> None:
    """Un autre fil compresse chaque morceau pendant que le suivant se rédige."""
    with ThreadPoolExecutor(1) as fil:
        ecriture: Future[int] | None = None
        for morceau in morceaux:
            if ecriture is not None:
                ecriture.result()
            ecriture = fil.submit(sortie.write, morceau)
        if ecriture is not None:
            ecriture.result()


def _meme(element: ZipInfo, taille: int | None = None) -> ZipInfo:
    """Le même nom et la même date ; la taille annoncée choisit d’emblée le format des très grandes entrées."""
    neuf = ZipInfo(element.filename, element.date_time)
    neuf.compress_type, neuf.external_attr = element.compress_type, element.external_attr
    neuf.file_size = element.file_size if taille is None else taille
    return neuf


# --- une feuille à lire : un titre, des rubriques, un libellé et un texte par ligne ; d’où viennent les nombres -------


LARGEURS = (30, 92)


def ouvrir_page(feuille: Worksheet, styles: Styles, titre: str) -> None:
    """Une feuille à lire : un titre, puis deux colonnes, libellé et texte."""
    for colonne, largeur in enumerate(LARGEURS):
        feuille.set_column(colonne, colonne, largeur)
    ecrire_texte(feuille, 0, 0, typographier(titre), styles["titre"])
    feuille.set_row(0, 26)


def fermer_page(feuille: Worksheet, ligne: int) -> None:
    """Fige le titre et met en page ; ``ligne`` suit la dernière écrite."""
    feuille.freeze_panes(1, 0)
    feuille.print_area(0, 0, ligne - 1, 1)
    mettre_en_page(feuille, paysage=False, repetees=(0, 0))


def ecrire_provenance(styles: Styles, feuille: Worksheet, lignes: list[tuple[str, str]], date: str) -> int:
    """La rubrique « Provenance », sous le titre, et la date d’écriture ; rend la ligne suivante."""
    ligne = ecrire_rubrique(styles, feuille, 1, "Provenance", lignes)
    ecrire_texte(feuille, ligne, 0, "Date d’écriture", styles["texte_gras"])
    ecrire_date(feuille, ligne, 1, date, (styles["date_table"], styles["texte"]))
    return ligne + 1


def identifier(referentiel: Referentiel) -> Iterator[tuple[str, str]]:
    """Ce qui a écrit le classeur, et le référentiel exact d’où viennent ses nombres."""
    yield "Logiciel", f"cpit {__version__}"
    yield "Référentiel", f"{referentiel.titre} ({referentiel.identifiant}), version {referentiel.version}"
    yield "Empreinte (SHA-256)", referentiel.empreinte
    if referentiel.url:
        yield "Adresse", referentiel.url
    yield "Statut", referentiel.statut


def ecrire_rubrique(
    styles: Styles,
    feuille: Worksheet,
    ligne: int,
    titre: str,
    lignes: list[tuple[str, str]] | tuple[tuple[str, str], ...],
) -> int:
    """Un titre puis des lignes libellé, texte ; rend la ligne suivante."""
    ecrire_etendu(feuille, ligne, (0, 1), titre, styles["section"], sum(LARGEURS))
    feuille.set_row(ligne, 26)
    for libelle, texte in lignes:
        ligne += 1
        ecrire_texte(feuille, ligne, 0, libelle, styles["texte_gras"])
        ecrire_texte(feuille, ligne, 1, texte, styles["texte"])
        regler_hauteur(feuille, ligne, zip((libelle, texte), LARGEURS, strict=True))
    return ligne + 1


# --- écrire les lignes des grandes tables droit dans l’archive du classeur --------------------------------------------
#
# Pourquoi : XlsxWriter passe par une dizaine d’appels pour chaque cellule ; une cohorte de 100 000 personnes en a dix
# millions, presque toutes déjà vues (un niveau, un libellé, un score parmi quelques centaines). XlsxWriter écrit donc
# tout le classeur, sauf ces lignes : à leur place, une seule ligne de cellules vides, le patron, qui porte les
# formats. Ici le patron est reconnu dans la feuille finie et remplacé par les vraies lignes, chaque cellule
# différente n’étant rédigée qu’une fois par colonne. Rien de privé à XlsxWriter n’est employé ; si une version écrit
# le patron autrement, ``PatronIntrouvable`` est levée et l’appelant écrit les lignes par XlsxWriter.


RETENUES = 4096
"""Cellules différentes retenues par colonne ; au-delà (des identifiants), elles se rédigent à chaque fois."""
_LONGUEUR_RETENUE = 256
LIGNES_PAR_PAQUET = 512
_OCTETS_PAR_CELLULE = 60
"""Ce que pèse une cellule, au large : de quoi choisir d’emblée le format d’archive des feuilles de plus de 2 Gio."""

_NUMERO = "\0"
"""Tient la place du numéro de ligne dans une cellule rédigée : aucun texte nettoyé ne le contient."""
_ECHAPPEMENT = re.compile("(_x[0-9a-fA-F]{4}_)")
_CELLULE = re.compile(r'<c r="([A-Z]+)\d+"((?: s="\d+")?)/>')


class PatronIntrouvable(Exception):
    """La feuille n’a pas, à la ligne voulue, le patron attendu."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Des lignes à mettre à la place d’un patron.

    :param premiere: rang du patron dans la feuille, à partir de 0.
    :param nombre: lignes à écrire, au moins une.
    """

    premiere: int
    colonnes: int
    nombre: int
    lignes: Iterable[Sequence[Cellule]]

    @property
    def poids(self) -> int:
        """Octets de la feuille, estimés au large."""
        return self.nombre * self.colonnes * _OCTETS_PAR_CELLULE


@dataclass(frozen=True, slots=True)
class Patron:
    """Une feuille coupée autour de son patron.

    ``ligne`` : attributs de chaque ligne ; ``cellules`` : lettres de la colonne et attribut de format.
    """

    avant: str
    apres: str
    ligne: str
    cellules: tuple[tuple[str, str], ...]


def couper_patron(feuille: str, suite: Suite) -> Patron:
    """Trouve le patron dans le XML d’une feuille ; sa dimension déclarée devient celle de la feuille remplie.

    :raises PatronIntrouvable: si la ligne n’est pas faite d’une cellule vide par colonne, ou n’est pas la dernière.
    """
    numero = suite.premiere + 1
    trouve = re.search(rf'<row r="{numero}"([^>]*)>((?:<c [^>]*/>)*)</row></sheetData>', feuille)
    cellules = _CELLULE.findall(trouve[2]) if trouve else []
    attendues = [xl_col_to_name(rang) for rang in range(suite.colonnes)]
    if trouve is None or [lettres for lettres, _ in cellules] != attendues or trouve[2].count("<c ") != len(cellules):
        raise PatronIntrouvable
    derniere = f"{attendues[-1]}{suite.premiere + suite.nombre}"
    avant, dites = re.subn(r'(<dimension ref="A1):[A-Z]+\d+"', rf'\1:{derniere}"', feuille[: trouve.start()])
    if dites != 1:
        raise PatronIntrouvable
    # « spans » n’est qu’une indication, et facultative.
    attributs = re.sub(r' spans="[^"]*"', "", trouve[1])
    return Patron(avant, feuille[trouve.end() - len("</sheetData>") :], attributs, tuple(cellules))


def remplir_patron(patron: Patron, suite: Suite, avancer: Callable[[int], None]) -> Iterator[bytes]:
    """La feuille remplie, en morceaux d’UTF-8 ; ``avancer`` reçoit le nombre de lignes de chaque morceau."""
    memoires = [_Memoire(lettres, style) for lettres, style in patron.cellules]
    yield patron.avant.encode()
    lignes = enumerate(suite.lignes, suite.premiere + 1)
    while paquet := list(islice(lignes, LIGNES_PAR_PAQUET)):
        morceaux = []
        for numero, cellules in paquet:
            corps = "".join([memoire[cellule] for memoire, cellule in zip(memoires, cellules, strict=True)])
            rang = str(numero)
            morceaux.append(f'<row r="{rang}"{patron.ligne}>{corps.replace(_NUMERO, rang)}</row>')
        yield "".join(morceaux).encode()
        avancer(len(paquet))
    yield patron.apres.encode()


class _Memoire(dict[Cellule, str]):
    """Le XML de chaque cellule déjà vue d’une colonne ; rien pour une cellule absente."""

    def __init__(self, lettres: str, style: str) -> None:
        super().__init__({None: "", "": ""})
        self._debut = f'<c r="{lettres}{_NUMERO}"{style}'

    def __missing__(self, cellule: Cellule) -> str:
        contenu = _contenu(cellule)
        redigee = self._debut + contenu if contenu else ""
        if len(redigee) > _LONGUEUR_RETENUE:
            return redigee
        if len(self) < RETENUES:
            self[cellule] = redigee
        return redigee


def _contenu(cellule: Cellule) -> str:
    """La fin d’une cellule : un nombre en pleine précision, un texte inerte et nettoyé, ou rien."""
    if isinstance(cellule, str):
        net = propre(cellule)
        # Un tableur lit « _x0041_ » comme « A » : le souligné s’échappe.
        texte = escape(_ECHAPPEMENT.sub(r"_x005F\1", net))
        espaces = ' xml:space="preserve"' if net != net.strip() else ""
        return f' t="inlineStr"><is><t{espaces}>{texte}</t></is></c>' if net else ""
    assert cellule is not None
    if not isfinite(cellule):
        raise ValueError(f"{cellule} n’est pas un nombre de tableur")
    # Plus zéro : « -0,0 » n’est jamais écrit, et vaut « 0,0 » pour la mémoire.
    return f"><v>{cellule + 0!r}</v></c>"

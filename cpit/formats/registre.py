"""Le registre des formats : un enregistrement par format, d’où viennent lecture, écriture, refus et propriété.

Ajouter un format, c’est un module qui le lit ou l’écrit, et un enregistrement ici. Les modules y sont nommés, jamais
importés : ils ne se chargent qu’à l’usage.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cpit.erreurs import Anomalie, anomalie
from cpit.typographie import enumerer

COHORTE, FIDELITE, EVOLUTION, DICTIONNAIRE, FIGURE, FORMULAIRE, EXPORT, PAGE, PORTFOLIO, DOCUMENT, CLASSEUR = (
    *(
        "cohorte",
        "fidelite",
        "evolution",
        "dictionnaire",
        "figure",
        "formulaire",
        "export",
        "page",
        "portfolio",
        "document",
        "classeur",
    ),
)
TABLEAU, GRILLE, YAML = "tableau", "grille", "yaml"
"""Ce que cpit écrit sous un nom que l’on choisit."""
INSTRUMENTS = ("xlsform", "limesurvey", "redcap", "moodle", "case", "skos", "markdown", "docx")
"""Les formats d’un référentiel que l’on envoie à un autre outil : chacun est une sorte de sortie, d’un seul suffixe."""


def _empreinte(octets: bytes) -> str:
    from hashlib import sha256  # charge OpenSSL, dont l’aide n’a pas besoin

    return sha256(octets).hexdigest()


@dataclass(frozen=True, slots=True)
class Somme:
    """Où un format porte la somme de son contenu : juste avant sa fin, et comment elle s’y rédige."""

    fin: bytes
    motif: re.Pattern[bytes]
    rediger: Callable[[str], bytes]

    def inscrire(self, octets: bytes) -> bytes:
        """Le même contenu, qui porte sa somme."""
        place = octets.rindex(self.fin)
        return octets[:place] + self.rediger(_empreinte(octets)) + octets[place:]

    def tient(self, octets: bytes) -> bool:
        """Vrai si rien n’a changé depuis l’écriture, ou si la somme manque : la version 0.1.0 n’en mettait pas."""
        trouvees = list(self.motif.finditer(octets))
        if not trouvees:
            return True
        une = trouvees[-1]
        reste = octets[: une.start()] + octets[une.end() :]
        return len(trouvees) == 1 and _empreinte(reste).encode() == une[1]


@dataclass(frozen=True, slots=True)
class Format:
    """Un format de fichier.

    ``lecteur`` (« module:fonction ») : ce qui en lit des réponses ; ``ecrivains`` : ce qui l’écrit, par sortie.
    ``reconnaitre`` : ce qui dit si cpit a écrit un fichier ; ``resultat`` : ce qui dit qu’il y a mis des résultats, et
    qu’un fichier trouvé dans un dossier n’est donc pas une source ; ``pris`` : le message, si la place est à un autre ;
    ``bibliotheques`` : ce qu’il faut installer en plus de cpit pour l’écrire, par le nom que l’on importe.
    """

    suffixe: str
    nom: str
    lecteur: str = ""
    ecrivains: Mapping[str, str] = field(default_factory=dict)
    reconnaitre: str = ""
    resultat: str = ""
    pris: str = "fichier-existant"
    somme: Somme | None = None
    bibliotheques: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """Le suffixe sans son point : ce que l’on tape après ``--format``."""
        return self.suffixe.removeprefix(".")

    def lire(self) -> Callable[..., Any]:
        """La fonction qui lit : ``(chemin, referentiel, consignes) -> LectureSource``."""
        return _charger_fonction(self.lecteur)

    def ecrire(self, sortie: str) -> Callable[..., Any]:
        """La fonction qui écrit une sorte de sortie ; toutes celles d’une sorte ont la même signature."""
        return _charger_fonction(self.ecrivains[sortie])

    def est_de_cpit(self, chemin: Path) -> bool:
        """Vrai si cpit a écrit ce fichier.

        :raises OSError: si le fichier ne se lit pas.
        """
        return bool(self.reconnaitre) and bool(_charger_fonction(self.reconnaitre)(chemin))

    def est_un_resultat(self, chemin: Path) -> bool:
        """Vrai si cpit a écrit des résultats dans ce fichier : ce n’est pas une source ; illisible, rien ne le dit."""
        try:
            return bool(self.resultat) and bool(_charger_fonction(self.resultat)(chemin))
        except OSError:
            return False

    def manquantes(self) -> tuple[str, ...]:
        """Les bibliothèques absentes, sans lesquelles il ne s’écrit pas."""
        return tuple(nom for nom in self.bibliotheques if find_spec(nom) is None)


def _charger_fonction(nom: str) -> Callable[..., Any]:
    """La fonction que nomme « module:fonction »."""
    module, _, fonction = nom.partition(":")
    trouvee: Callable[..., Any] = getattr(import_module(module), fonction)
    return trouvee


def format_de(chemin: Path) -> Format | None:
    """Le format d’un fichier, d’après son suffixe ; rien si cpit ne le connaît pas."""
    return FORMATS.get(chemin.suffix.lower())


def _formats_lus() -> tuple[Format, ...]:
    """Les formats où cpit sait lire des réponses."""
    return tuple(format_ for format_ in FORMATS.values() if format_.lecteur)


def suffixes_lus() -> tuple[str, ...]:
    """Les suffixes des fichiers où cpit sait lire des réponses."""
    return tuple(format_.suffixe for format_ in _formats_lus())


def suffixes_de_tables() -> tuple[str, ...]:
    """Les suffixes des tables en texte, que lit le lecteur de CSV."""
    return tuple(format_.suffixe for format_ in _formats_lus() if format_.lecteur == _TABLE_CSV)


def suffixes_de_donnees() -> tuple[str, ...]:
    """Les suffixes des données typées qu’un export écrit : seules les bibliothèques de recherche les relisent."""
    return tuple(format_.suffixe for format_ in _formats_ecrits(EXPORT) if not format_.lecteur)


def _formats_ecrits(sortie: str) -> tuple[Format, ...]:
    """Les formats d’une sorte de sortie, dans l’ordre où on les nomme."""
    return tuple(format_ for format_ in FORMATS.values() if sortie in format_.ecrivains)


def suffixes_ecrits(sortie: str) -> tuple[str, ...]:
    """Les suffixes d’une sorte de sortie, dans l’ordre où on les nomme."""
    return tuple(format_.suffixe for format_ in _formats_ecrits(sortie))


def codes_ecrits(sortie: str) -> tuple[str, ...]:
    """Ce que l’on tape après ``--format`` pour une sorte de sortie."""
    return tuple(format_.code for format_ in _formats_ecrits(sortie))


_PAGES_A_IMPRIMER = frozenset({".pdf", ".doc", ".docx", ".odt"})
"""Ce que l’on demande souvent à la place d’une page, et que donne le navigateur qui l’ouvre."""
_DOCUMENTS_A_CONVERTIR = frozenset({".doc", ".odt", ".rtf"})
"""Ce qu’un traitement de texte fait d’un document Word."""


def faute_de_suffixe(chemin: Path | str, *sorties: str, aussi: str = "") -> Anomalie | None:
    """Le refus d’un nom dont le suffixe n’est d’aucune de ces sortes de sortie ; rien s’il convient.

    :param aussi: ce qui est permis de plus, en clair.
    """
    permis = [suffixe for sortie in sorties for suffixe in suffixes_ecrits(sortie)]
    if Path(chemin).suffix.lower() in permis:
        return None
    mots = {"nom": Path(chemin).name, "attendus": enumerer(permis, "ou") + aussi}
    if Path(chemin).suffix.lower() in _DOCUMENTS_A_CONVERTIR and ".docx" in permis:
        return anomalie("document-a-convertir", **mots, document=Path(chemin).with_suffix(".docx").name)
    if sorties[0] == PAGE and Path(chemin).suffix.lower() in _PAGES_A_IMPRIMER:
        return anomalie("page-a-imprimer", **mots, page=Path(chemin).with_suffix(".html").name)
    return anomalie("mauvais-suffixe", **{**mots, "nom": Path(chemin).name or chemin})


# --- la somme que chaque format porte -------------------------------------------------------------------------------

_HEXA = rb"([0-9a-f]{64})"


def _bloc_png(somme: str) -> bytes:
    """Un bloc de texte : longueur, nature, corps, somme de contrôle."""
    corps = b"tEXtComment\0cpit-somme " + somme.encode()
    return struct.pack(">I", len(corps) - 4) + corps + struct.pack(">I", zlib.crc32(corps))


def _en_commentaire(fin: bytes) -> Somme:
    motif = re.compile(rb"<!-- cpit-somme " + _HEXA + rb" -->\n")
    return Somme(fin, motif, lambda somme: f"<!-- cpit-somme {somme} -->\n".encode())


_SOMME_JSON = Somme(
    b"\n}\n", re.compile(rb',\s*"somme":\s*"' + _HEXA + rb'"'), lambda somme: f',\n "somme": "{somme}"'.encode()
)
_SOMME_PDF = Somme(
    b"startxref", re.compile(rb"%cpit-somme " + _HEXA + rb"\n"), lambda somme: f"%cpit-somme {somme}\n".encode()
)
_SOMME_PNG = Somme(
    b"\0\0\0\0IEND", re.compile(rb".{4}tEXtComment\0cpit-somme " + _HEXA + rb".{4}", re.DOTALL), _bloc_png
)

_A_QUI = "cpit.formats.appartenance:"
_CLASSEUR = "cpit.sources:lire_classeur"
_INSTRUMENT = "cpit.formats.appartenance:est_un_instrument"
_EVOLUTION_EN_DONNEES = "cpit.export.fichiers_de_donnees:est_une_evolution_de_cpit"
_TABLE_CSV = "cpit.lecture.table_csv:lire_table_csv"

FORMATS: Mapping[str, Format] = {
    un.suffixe: un
    for un in (
        Format(
            ".csv",
            "CSV",
            lecteur=_TABLE_CSV,
            ecrivains={
                COHORTE: "cpit.formats.recueil:ecrire_cohorte_csv",
                FIDELITE: "cpit.formats.recueil:ecrire_fidelite_csv",
                EVOLUTION: "cpit.formats.recueil:ecrire_evolution_csv",
                DICTIONNAIRE: "cpit.export.fichiers_de_donnees:ecrire_dictionnaire_csv",
                FORMULAIRE: "cpit.formulaire.liste_de_codes:table_vide_en_octets",
                EXPORT: "cpit.export.fichiers_de_donnees:ecrire_csv_export",
                TABLEAU: "cpit.formats.recueil:ecrire_tableau_csv",
                "redcap": "cpit.instrument.outils_d_enquete:rediger_redcap",
                "moodle": "cpit.instrument.repertoires:rediger_moodle",
            },
            reconnaitre=_A_QUI + "est_un_csv_de_cpit",
            resultat=_A_QUI + "est_un_resultat_en_csv",
            pris="table-existante",
        ),
        Format(
            ".xlsx",
            "Excel",
            lecteur=_CLASSEUR,
            ecrivains={
                COHORTE: "cpit.classeurs.classeur_groupe:ecrire_classeur_groupe",
                FIDELITE: "cpit.classeurs.classeur_fidelite:ecrire_fidelite_xlsx",
                EVOLUTION: "cpit.classeurs.classeur_evolution:ecrire_classeur_evolution",
                DICTIONNAIRE: "cpit.export.fichiers_de_donnees:ecrire_dictionnaire_xlsx",
                FORMULAIRE: "cpit.formulaire.classeur_formulaire:formulaire_en_octets",
                EXPORT: "cpit.export.fichiers_de_donnees:ecrire_classeur_export",
                CLASSEUR: "cpit.api.personne:ecrire_classeur_individuel",
                GRILLE: "cpit.classeurs.classeur_referentiel:grille_en_octets",
                "xlsform": "cpit.instrument.outils_d_enquete:rediger_xlsform",
            },
            reconnaitre=_A_QUI + "est_un_classeur_de_cpit",
            resultat=_INSTRUMENT,
        ),
        Format(
            ".json",
            "JSON",
            lecteur="cpit.sources:lire_json_de_passation",
            ecrivains={
                COHORTE: "cpit.formats.documents_json:ecrire_cohorte_json",
                FIDELITE: "cpit.formats.fidelite_json:ecrire_fidelite_json",
                EVOLUTION: "cpit.formats.documents_json:ecrire_evolution_json",
                "case": "cpit.instrument.repertoires:rediger_case",
            },
            reconnaitre=_A_QUI + "est_un_json_de_cpit",
            resultat=_A_QUI + "est_un_json_de_cpit",
            pris="resultat-existant",
            somme=_SOMME_JSON,
        ),
        Format(
            ".yaml",
            "YAML",
            ecrivains={YAML: "cpit.chargement.yaml_situe:rediger_yaml"},
            pris="referentiel-existant",
        ),
        Format(".ods", "OpenDocument", lecteur=_CLASSEUR),
        Format(".xls", "Excel 97", lecteur=_CLASSEUR),
        Format(".xlsb", "Excel binaire", lecteur=_CLASSEUR),
        Format(".xlsm", "Excel avec macros", lecteur=_CLASSEUR),
        Format(".zip", "archive", lecteur="cpit.sources:lire_archive"),
        Format(".tsv", "TSV", lecteur=_TABLE_CSV),
        Format(
            ".txt",
            "texte",
            lecteur=_TABLE_CSV,
            ecrivains={"limesurvey": "cpit.instrument.outils_d_enquete:rediger_limesurvey"},
            reconnaitre=_INSTRUMENT,
            resultat=_INSTRUMENT,
            pris="instrument-existant",
        ),
        Format(
            ".jsonld",
            "JSON-LD",
            ecrivains={"skos": "cpit.instrument.repertoires:rediger_skos"},
            reconnaitre=_INSTRUMENT,
            pris="instrument-existant",
        ),
        Format(
            ".md",
            "Markdown",
            ecrivains={
                "markdown": "cpit.instrument.feuille:rediger_markdown",
                PORTFOLIO: "cpit.instrument.feuille:portfolio_en_markdown",
            },
            reconnaitre=_INSTRUMENT,
            pris="instrument-existant",
        ),
        Format(
            ".docx",
            "Word",
            ecrivains={
                DOCUMENT: "cpit.api.personne:ecrire_document_personne",
                PORTFOLIO: "cpit.api.personne:portfolio_en_document",
                "docx": "cpit.instrument.feuille:rediger_docx",
            },
            reconnaitre=_INSTRUMENT,
            pris="document-existant",
        ),
        Format(
            ".html",
            "page",
            ecrivains={
                PAGE: "cpit.api.personne:ecrire_page_personne",
                PORTFOLIO: "cpit.pages.page_personne:portfolio_en_page",
                FORMULAIRE: "cpit.formulaire.page_formulaire:page_formulaire_en_octets",
            },
            reconnaitre=_A_QUI + "est_une_page_de_cpit",
            pris="page-existante",
            somme=_en_commentaire(b"</html>"),
        ),
        Format(
            ".svg",
            "SVG",
            ecrivains={FIGURE: "cpit.figures.sorties:figure_en_svg"},
            reconnaitre=_A_QUI + "est_un_svg_de_cpit",
            pris="figure-existante",
            somme=_en_commentaire(b"</svg>"),
        ),
        Format(
            ".pdf",
            "PDF",
            ecrivains={FIGURE: "cpit.figures.sorties:figure_en_pdf"},
            reconnaitre=_A_QUI + "est_un_pdf_de_cpit",
            pris="figure-existante",
            somme=_SOMME_PDF,
            bibliotheques=("reportlab",),
        ),
        Format(
            ".png",
            "PNG",
            ecrivains={FIGURE: "cpit.figures.sorties:figure_en_png"},
            reconnaitre=_A_QUI + "est_un_png_de_cpit",
            pris="figure-existante",
            somme=_SOMME_PNG,
            bibliotheques=("resvg_py",),
        ),
        Format(
            ".parquet",
            "Parquet",
            ecrivains={
                EXPORT: "cpit.export.fichiers_de_donnees:ecrire_parquet",
                EVOLUTION: "cpit.export.fichiers_de_donnees:ecrire_evolution_parquet",
            },
            reconnaitre=_EVOLUTION_EN_DONNEES,
            pris="donnees-existantes",
            bibliotheques=("polars",),
        ),
        Format(
            ".sav",
            "SPSS",
            ecrivains={
                EXPORT: "cpit.export.fichiers_de_donnees:ecrire_spss",
                EVOLUTION: "cpit.export.fichiers_de_donnees:ecrire_evolution_spss",
            },
            reconnaitre=_EVOLUTION_EN_DONNEES,
            pris="donnees-existantes",
            bibliotheques=("polars", "pyreadstat"),
        ),
        Format(
            ".dta",
            "Stata",
            ecrivains={
                EXPORT: "cpit.export.fichiers_de_donnees:ecrire_stata",
                EVOLUTION: "cpit.export.fichiers_de_donnees:ecrire_evolution_stata",
            },
            reconnaitre=_EVOLUTION_EN_DONNEES,
            pris="donnees-existantes",
            bibliotheques=("polars", "pyreadstat"),
        ),
    )
}
"""Suffixe → format, dans l’ordre où on les nomme."""

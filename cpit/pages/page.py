"""Ce que les pages partagent : un fichier autonome, sa politique de sécurité, ses couleurs, ses tableaux, son sceau."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cpit.coeur.mots.notice import code_a_montrer
from cpit.coeur.mots.restitution import motif_score
from cpit.coeur.notation import Score
from cpit.coeur.passation import MOIS
from cpit.coeur.referentiel import EchelleNotee, Referentiel, Source
from cpit.figures.dessin import PALETTE_CLAIRE, PALETTE_SOMBRE, Figure, variables
from cpit.ouverture import lire_texte_livre
from cpit.sceaux import SCEAU_PAGE, __version__
from cpit.typographie import enumerer, nettoyer, nombre, typographier

# --- Ce que les pages autonomes partagent : leur environnement Jinja2, et l’empreinte de ce qu’elles peuvent employer.


@cache
def environnement(dossier: Path) -> Environment:
    """Les gabarits d’un dossier : tout texte y est échappé, et un nom absent est une erreur.

    Deux filtres : ``typo`` (nos phrases), et ``sain`` (un texte d’une personne, sans ce qui s’y cache).
    """
    neuf = Environment(
        loader=FileSystemLoader(dossier, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    neuf.filters |= {"typo": typographier, "sain": nettoyer}
    return neuf


def empreinte(texte: str) -> str:
    """Ce qui, dans une politique de sécurité (CSP), autorise un style ou un script à sa seule empreinte."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(texte.encode()).digest()).decode()}'"


_GABARITS = Path(__file__).parent / "gabarits"
TIRET = "–"
"""Ce qui s’écrit à la place d’un score absent : jamais zéro."""


@dataclass(frozen=True, slots=True)
class LigneDePage:
    """Une ligne de tableau : ce qu’elle nomme, ses cellules, et la part [0, 1] d’une barre s’il y en a une.

    ``tue`` : ce qui s’écrit d’un seul tenant à la place de toutes les cellules. ``cle`` : ce qui la fait reconnaître
    d’un programme, sans lire ses mots.
    """

    nom: str
    cellules: tuple[str, ...]
    code: str = ""
    part: float | None = None
    precision: str = ""
    tue: str = ""
    cle: str | None = None


@dataclass(frozen=True, slots=True)
class TableDePage:
    """Un tableau de la page, lu par une machine à lire : un titre, des en-têtes, une ligne par chose nommée.

    ``nombres`` : rangs (dès 0, hors du nom) des colonnes de nombres. ``large`` : défile à part sur un petit écran.
    ``cle`` : comme celle d’une ligne. ``tues`` : clé et nom des lignes tues, nommées sous le tableau d’un seul tenant
    plutôt qu’à raison d’une ligne vide pour chacune ; ``tues_car`` : ce qui les annonce, et pourquoi.
    """

    titre: str
    entetes: tuple[str, ...]
    lignes: tuple[LigneDePage, ...]
    nombres: frozenset[int] = frozenset()
    large: bool = False
    cle: str = ""
    tues: tuple[tuple[str, str], ...] = ()
    tues_car: str = ""


@dataclass(frozen=True, slots=True)
class Illustration:
    """Une figure et les nombres qu’elle montre : leur tableau, ou à défaut ce qu’elle dit, en phrases.

    ``codes`` : ce que veut dire chaque code qu’elle porte, à écrire à côté.
    """

    svg: Markup
    titre: str
    table: TableDePage | None
    description: str
    codes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def de(cls, figure: Figure, table: TableDePage | None = None) -> Illustration:
        """L’illustration d’une figure ; son SVG, déjà échappé par qui le dessine, entre tel quel dans la page."""
        return cls(Markup(figure.svg), figure.titre, table, figure.description, figure.codes)


def rendre(gabarit: str, sorte: str, titre: str, contenu: object) -> str:
    """La page entière, à écrire en UTF-8.

    :param sorte: « personne », « portfolio », « groupe » ou « guides », dans le sceau.
    :param contenu: ce que le gabarit montre.
    """
    style = _style(sorte)
    return (
        environnement(_GABARITS)
        .get_template(gabarit)
        .render(
            contenu=contenu,
            titre=titre,
            sceau=Markup(f'{SCEAU_PAGE}{sorte}">'),
            version=__version__,
            politique=_politique(style),
            style=Markup(style),
        )
    )


def rendre_un_morceau(gabarit: str, contenu: object) -> str:
    """Un morceau de page, à placer dans une autre : ni sceau, ni politique, ni style."""
    return environnement(_GABARITS).get_template(gabarit).render(contenu=contenu)


def style_d_un_morceau(sorte: str, selecteur: str) -> str:
    """Le style d’une sorte de page, ses couleurs comprises, pour le seul élément d’un sélecteur (règles imbriquées)."""
    sombre = f"@media screen and (prefers-color-scheme: dark) {{ {selecteur} {{ {variables(PALETTE_SOMBRE)} }} }}"
    return f"{selecteur} {{ {variables(PALETTE_CLAIRE)} }}\n{sombre}\n{selecteur} {{\n{_feuilles(sorte)}\n}}"


def jour(iso: str) -> str:
    """« 14 septembre 2026 » ; le texte tel quel s’il n’est pas une date ISO 8601."""
    annee, _, reste = iso[:10].partition("-")
    mois, _, quantieme = reste.partition("-")
    if not (annee.isdecimal() and mois.isdecimal() and quantieme.isdecimal() and 1 <= int(mois) <= 12):
        return nettoyer(iso)
    rang = int(quantieme)
    return f"{'1er' if rang == 1 else rang} {MOIS[int(mois) - 1]} {annee}"


def decimal(valeur: float | None, decimales: int = 1) -> str:
    """Un nombre à la française ; un tiret s’il est absent."""
    return TIRET if valeur is None else nombre(valeur, decimales)


def pied(referentiel: Referentiel, version: str) -> str:
    """De quel référentiel, sous quelle licence et de quel logiciel vient la page."""
    return (
        f"{referentiel.identifiant} {referentiel.version} · licence {referentiel.licence} · "
        f"empreinte {referentiel.empreinte[:12]} · cpit {version}"
    )


def table_de_scores(
    referentiel: Referentiel, titre: str, echelles: Iterable[tuple[EchelleNotee, Score]], *, entete: str
) -> TableDePage:
    """Score, niveau le plus proche ou motif d’absence, items répondus ; une barre par ligne."""
    bornes = referentiel.echelle
    lignes = []
    for echelle, score in echelles:
        part, mots = None, motif_score(score, referentiel.regles.seuil.valeur)
        if score.valeur is not None:
            part = (score.valeur - bornes.min) / (bornes.max - bornes.min)
            mots = typographier(bornes.plus_proche(score.valeur).libelle)
        lignes.append(
            LigneDePage(
                typographier(echelle.libelle),
                (decimal(score.valeur), mots, typographier(f"{score.repondus} sur {score.items}")),
                code_a_montrer(echelle.identifiant, echelle.libelle),
                part,
            )
        )
    entetes = (entete, "Score", "Niveau le plus proche", "Répondus")
    return TableDePage(typographier(titre), entetes, tuple(lignes), frozenset({0, 2}))


def source_en_mots(source: Source) -> str:
    """« Auteurs, Titre, date » ; au-delà de trois auteurs, le premier « et autres »."""
    auteurs = enumerer(source.auteurs) if len(source.auteurs) <= 3 else f"{source.auteurs[0]} et autres"
    return typographier(f"{auteurs}, {source.titre}, {source.date}.")


def echelles_de(referentiel: Referentiel, nature: str, regroupement: str | None = None) -> Sequence[EchelleNotee]:
    """Les échelles d’une même sorte, dans l’ordre du référentiel."""
    return [e for e in referentiel.echelles.values() if e.nature == nature and e.regroupement == regroupement]


_A_UN_PLAN = frozenset({"personne", "comparaison"})
"""Les sortes de page qui peuvent montrer les pas d’une personne."""


@cache
def _style(sorte: str) -> str:
    """Les couleurs des figures, claires puis sombres à l’écran, la mise en page, et ce qui n’est qu’à cette sorte."""
    sombre = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {variables(PALETTE_SOMBRE)} }} }}"
    return f":root {{ color-scheme: light dark; {variables(PALETTE_CLAIRE)} }}\n{sombre}\n{_feuilles(sorte)}"


def _feuilles(sorte: str) -> str:
    du_plan = [_GABARITS / "plan.css"] if sorte in _A_UN_PLAN else []
    feuilles = [_GABARITS / "page.css", *du_plan, *_GABARITS.glob(f"{sorte}.css")]
    return "\n".join(map(lire_texte_livre, feuilles))


def _politique(style: str) -> Markup:
    """Rien ne s’exécute, rien ne se charge, rien ne part : seul le style de la page, reconnu à son empreinte."""
    return Markup(f"default-src 'none'; style-src {empreinte(style)}; form-action 'none'; base-uri 'none'")

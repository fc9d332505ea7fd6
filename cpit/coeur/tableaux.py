"""Les tableaux que cpit écrit : chaque colonne y est déclarée une seule fois, pour tous les formats de sortie."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal

from cpit.coeur.passation import Etat, Passation, Reponse
from cpit.coeur.referentiel import Item, Referentiel
from cpit.typographie import FINE, pluriel

if TYPE_CHECKING:
    from pandas import DataFrame as TramePandas
    from polars import DataFrame as TramePolars

Type = Literal["texte", "entier", "nombre", "date", "mois"]
_Mesure = Literal["nominale", "ordinale", "continue"]
Cellule = str | int | float | None
Ligne = tuple[Cellule, ...]

ETATS = {
    Etat.REPONDU: "Répondu",
    Etat.SANS_OBJET: "Sans objet",
    Etat.SANS_REPONSE: "Sans réponse",
    Etat.PAS_ENCORE_VU: "Pas encore vu",
    Etat.QUESTION_CHANGEE: "Question changée",
}
CODE_SANS_OBJET = "SO"
_LIGNES_MONTREES = 20
"""Lignes d’un tableau qu’un carnet montre."""


@dataclass(frozen=True, slots=True)
class Colonne:
    """Une colonne : clé stable (ASCII), libellé français, type, modalités (code → libellé), sens et unité.

    ``formule`` : comment la valeur se calcule, pour une colonne calculée ; ``source`` : d’où vient la règle, en clair.
    ``manquants`` : ce qui n’est pas une valeur mais se distingue d’une case vide, code → libellé (« » : la case vide
    elle-même) ; ``mesure`` : ce que les nombres ou les codes permettent.
    """

    cle: str
    libelle: str
    type: Type = "texte"
    modalites: Mapping[str, str] | None = None
    description: str = ""
    unite: str = ""
    formule: str = ""
    source: str = ""
    mesure: _Mesure = "nominale"
    manquants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LignesAuVol(Collection[Ligne]):
    """Des lignes refaites à chaque parcours : un million de réponses ne tient jamais en mémoire."""

    produire: Callable[[], Iterator[Ligne]]
    nombre: int

    def __iter__(self) -> Iterator[Ligne]:
        return self.produire()

    def __len__(self) -> int:
        return self.nombre

    def __contains__(self, ligne: object) -> bool:
        return any(une == ligne for une in self.produire())


@dataclass(frozen=True, slots=True, repr=False)
class Tableau:
    """Des colonnes et des lignes de même longueur ; une cellule absente vaut ``None``.

    ``identite`` : clés des colonnes qui, ensemble, ne prennent jamais deux fois les mêmes valeurs.
    """

    cle: str
    titre: str
    colonnes: tuple[Colonne, ...]
    lignes: Collection[Ligne]
    identite: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Lequel, et sa taille ; les cellules ne s’y montrent pas."""
        return f"Tableau({self.cle} : {pluriel(len(self.lignes), 'ligne')}, {pluriel(len(self.colonnes), 'colonne')})"

    def rang(self, cle: str) -> int:
        """Rang d’une colonne, à partir de 0.

        :raises ValueError: si aucune colonne ne porte cette clé.
        """
        return [colonne.cle for colonne in self.colonnes].index(cle)

    def en_lignes(self) -> list[dict[str, Cellule]]:
        """Une table de dictionnaires, clé de colonne → cellule ; ``None`` si la valeur est absente."""
        cles = [colonne.cle for colonne in self.colonnes]
        return [dict(zip(cles, ligne, strict=True)) for ligne in self.lignes]

    def en_pandas(self) -> TramePandas:
        """Les mêmes lignes en trame pandas : nombres typés (``Int64``, ``Float64``), textes (``string``).

        Une colonne d’entiers qui porte aussi des codes (« SO ») reste un texte : rien n’y est converti en silence.

        :raises ImportError: si pandas n’est pas installé.
        """
        from pandas import DataFrame, Series

        colonnes = self._en_colonnes()
        types = {"entier": "Int64", "nombre": "Float64"}
        return DataFrame(
            {
                colonne.cle: Series(valeurs, dtype=types[lu])
                if (lu := _type_lu(colonne, valeurs)) in types
                else Series(_en_textes(valeurs), dtype="string")
                for colonne, valeurs in colonnes
            }
        )

    def en_polars(self) -> TramePolars:
        """Les mêmes lignes en trame polars : ``Int64``, ``Float64`` ou ``String``, comme ``en_pandas``.

        :raises ImportError: si polars n’est pas installé.
        """
        import polars

        types = {"entier": polars.Int64, "nombre": polars.Float64}
        return polars.DataFrame(
            [
                polars.Series(
                    colonne.cle,
                    valeurs if (lu := _type_lu(colonne, valeurs)) in types else _en_textes(valeurs),
                    dtype=types.get(lu, polars.String),
                    strict=False,
                )
                for colonne, valeurs in self._en_colonnes()
            ]
        )

    def _en_colonnes(self) -> list[tuple[Colonne, list[Cellule]]]:
        par_colonne = list(zip(*self.lignes, strict=True)) or [()] * len(self.colonnes)
        return [(colonne, list(valeurs)) for colonne, valeurs in zip(self.colonnes, par_colonne, strict=True)]

    def _repr_html_(self) -> str:
        """Les premières lignes, telles qu’un carnet les montre."""
        entetes = [(colonne.cle, colonne.libelle) for colonne in self.colonnes]
        pied = f"{self.titre} : {len(self.lignes)} × {len(self.colonnes)}"
        return table_html(entetes, islice(self.lignes, _LIGNES_MONTREES), pied)


def _type_lu(colonne: Colonne, valeurs: list[Cellule]) -> str:
    """Le type déclaré, sauf si la colonne porte aussi des textes (« SO ») : alors c’est un texte."""
    return "texte" if any(isinstance(valeur, str) for valeur in valeurs) else colonne.type


def _en_textes(valeurs: list[Cellule]) -> list[str | None]:
    return [None if valeur is None else str(valeur) for valeur in valeurs]


_COLONNES_REPONSES = (
    Colonne("item", "Code", description="Code de l’item"),
    Colonne("enonce", "Situation", description="Énoncé montré à la personne"),
    Colonne("competence", "Compétence"),
    Colonne("libelle_competence", "Libellé de la compétence"),
    Colonne("ingenierie", "Ingénierie"),
    Colonne("poids", "Poids", "nombre", description="Poids dans les moyennes"),
    Colonne("inverse", "Inversé", description="oui si un niveau haut dit une compétence basse"),
    Colonne("valeur", "Réponse", "entier", description="Niveau choisi ; SO si sans objet ; vide sinon"),
    Colonne("niveau", "Niveau", description="Libellé du niveau choisi"),
    Colonne("etat", "État", modalites={etat.value: libelle for etat, libelle in ETATS.items()}),
    Colonne("trace", "Trace", description="Ce que la personne a noté pour elle"),
)


def tableau_reponses(referentiel: Referentiel, passation: Passation) -> Tableau:
    """Une ligne par item, dans l’ordre de la passation."""
    libelles = {c.identifiant: c.libelle for c in referentiel.competences}
    lignes = tuple(
        (
            item.code,
            item.enonce_pour(passation.regard),
            item.competence,
            libelles[item.competence],
            item.ingenierie,
            item.poids,
            "oui" if item.inverse else "non",
            valeur_affichee(reponse := passation.reponse(item.code)),
            reponse_en_mots(referentiel, item, reponse),
            reponse.etat.value,
            reponse.trace or None,
        )
        for item in referentiel.ordre_de_passation()
    )
    return Tableau("reponses", "Réponses", _COLONNES_REPONSES, lignes)


def valeur_affichee(reponse: Reponse) -> int | str | None:
    """Ce qui s’écrit dans une colonne de réponse : le niveau, « SO », ou rien."""
    return CODE_SANS_OBJET if reponse.etat is Etat.SANS_OBJET else reponse.valeur


def libelle_reponse(referentiel: Referentiel, reponse: Reponse) -> str | None:
    """Libellé du niveau choisi ou de « sans objet » ; rien s’il n’y a pas de réponse."""
    if reponse.valeur is not None:
        return referentiel.echelle.par_valeur[reponse.valeur].libelle
    if reponse.etat is Etat.SANS_OBJET:
        sans_objet = referentiel.echelle.sans_objet
        return sans_objet.libelle if sans_objet else ETATS[Etat.SANS_OBJET]
    return None


def reponse_en_mots(referentiel: Referentiel, item: Item, reponse: Reponse) -> str | None:
    """Ce que la personne a choisi, tel qu’elle l’a lu : le libellé du niveau, puis son ancre si l’item en a une."""
    libelle, ancre = libelle_reponse(referentiel, reponse), item.ancre(reponse.valeur)
    return ancrer(libelle, ancre) if libelle is not None else None


def ancrer(libelle: str, ancre: str | None) -> str:
    """Le libellé d’un niveau, suivi de ce qu’il veut dire pour une situation : « Souvent : Je montre comment… »."""
    return f"{libelle}{FINE}: {ancre}" if ancre else libelle


# --- Ce qu’un carnet montre d’une valeur.


def table_html(entetes: Sequence[tuple[str, str]], lignes: Iterable[Sequence[object]], pied: str) -> str:
    """La petite table qu’un carnet montre d’une valeur, en HTML sûr, et ce qu’elle est.

    :param entetes: le titre de chaque colonne, et ce qu’en dit son infobulle.
    """
    from html import escape  # son module porte les deux mille entités, qu’aucune commande n’emploie

    entete = "".join(f'<th title="{escape(aide)}">{escape(titre)}</th>' for titre, aide in entetes)
    corps = "".join(
        "<tr>" + "".join(f"<td>{escape(_montrer_cellule(cellule))}</td>" for cellule in ligne) + "</tr>"
        for ligne in lignes
    )
    return f"<table><thead><tr>{entete}</tr></thead><tbody>{corps}</tbody></table><p>{escape(pied)}</p>"


def _montrer_cellule(cellule: object) -> str:
    """Une cellule : deux décimales au plus, rien si elle est absente."""
    if cellule is None:
        return ""
    return f"{cellule:.2f}" if isinstance(cellule, float) else str(cellule)

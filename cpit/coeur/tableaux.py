"""Les tableaux que cpit écrit : chaque colonne y est déclarée une seule fois, pour tous les formats de sortie."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cpit.coeur.passation import Etat, Passation, Reponse
from cpit.coeur.referentiel import Referentiel

Type = Literal["texte", "entier", "nombre", "date", "mois"]
_Mesure = Literal["nominale", "ordinale", "continue"]
Cellule = str | int | float | None
Ligne = tuple[Cellule, ...]

ETATS = {
    Etat.REPONDU: "Répondu",
    Etat.SANS_OBJET: "Sans objet",
    Etat.SANS_REPONSE: "Sans réponse",
    Etat.PAS_ENCORE_VU: "Pas encore vu",
}
CODE_SANS_OBJET = "SO"


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


@dataclass(frozen=True, slots=True)
class Tableau:
    """Des colonnes et des lignes de même longueur ; une cellule absente vaut ``None``.

    ``identite`` : clés des colonnes qui, ensemble, ne prennent jamais deux fois les mêmes valeurs.
    """

    cle: str
    titre: str
    colonnes: tuple[Colonne, ...]
    lignes: Collection[Ligne]
    identite: tuple[str, ...] = ()

    def rang(self, cle: str) -> int:
        """Rang d’une colonne, à partir de 0.

        :raises ValueError: si aucune colonne ne porte cette clé.
        """
        return [colonne.cle for colonne in self.colonnes].index(cle)


_COLONNES_REPONSES = (
    Colonne("item", "Code", description="Code de l'item"),
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
            item.enonce,
            item.competence,
            libelles[item.competence],
            item.ingenierie,
            item.poids,
            "oui" if item.inverse else "non",
            valeur_affichee(reponse := passation.reponse(item.code)),
            libelle_reponse(referentiel, reponse),
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

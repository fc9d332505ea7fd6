"""Le LISEZMOI d’un jeu (quoi, qui, quand, quelles limites), et la fiche dont tous ses documents se servent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cpit.coeur.colonnes import borne, nombre_court
from cpit.coeur.diffusion import MOTIFS, Agregats, phrases_de_diffusion
from cpit.coeur.export import Jeu
from cpit.coeur.moments import noms_des_moments
from cpit.coeur.mots.profils import phrases_des_profils
from cpit.coeur.passation import REGARDS
from cpit.coeur.tableaux import ETATS, Tableau
from cpit.export.trame import codes_spss
from cpit.formats.appartenance import CLASSEUR
from cpit.formats.dialecte_csv import DIALECTES_CSV
from cpit.sceaux import __version__
from cpit.typographie import nettoyer, pluriel, typographier

# --- Ce que les documents d’un jeu ont besoin de savoir, en plus du jeu lui-même ; aucune donnée de personne.


@dataclass(frozen=True, slots=True, repr=False)
class Fiche:
    """Comment le jeu a été fait : formats écrits, dialecte, empreinte de la clé, comptes de la lecture.

    ``versions`` : version de chaque bibliothèque qui a écrit des données ; ``trop_longues`` : tables que le classeur
    n’a pas pu prendre ; ``sans_code`` : passations sans code de personne ; ``agregats`` : ce que le jeu diffuse, s’il
    n’a pas de données individuelles.
    """

    jeu: Jeu
    formats: Sequence[str]
    dialecte: str
    cle: str
    refus: int = 0
    avertissements: int = 0
    sans_code: int = 0
    versions: Mapping[str, str] | None = None
    trop_longues: Sequence[str] = ()
    agregats: Agregats | None = None

    def __repr__(self) -> str:
        """Ce qu’elle décrit."""
        return f"Fiche({self.titre[:80]} : {', '.join(self.formats)})"

    @property
    def mois(self) -> str:
        """Dernier mois des passations, ``AAAA-MM``, date de tous les fichiers ; vide si aucune n’est datée.

        L’horloge de la machine n’y entre pas, et aucune date n’est inventée.
        """
        return self.jeu.mois[-1] if self.jeu.mois else ""

    @property
    def titre(self) -> str:
        """Titre du jeu de données."""
        sorte = "Agrégats à partager" if self.agregats else "Jeu de données pseudonymisé"
        return f"{sorte}, {self.jeu.referentiel.titre}"

    @property
    def logiciel(self) -> str:
        """Ce qui a écrit le jeu."""
        return f"cpit {__version__}"

    def fichiers(self, tableau: Tableau) -> tuple[str, ...]:
        """Noms des fichiers de données où se trouve une table."""
        return tuple(
            CLASSEUR if format_ == "xlsx" else f"{tableau.cle}.{format_}"
            for format_ in self.formats
            if format_ != "xlsx" or tableau.cle not in self.trop_longues
        )


# --- Le LISEZMOI d’un jeu : quoi, qui, quand, comment c’est noté, quelles limites, comment citer.


_GABARITS = Path(__file__).parent / "gabarits"


@lru_cache(maxsize=1)
def _environnement() -> Environment:
    """De quoi remplir les gabarits, compilés une seule fois par processus."""
    neuf = Environment(
        loader=FileSystemLoader(_GABARITS),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        finalize=_finir,
    )
    neuf.filters |= {"borne": borne, "nombre": nombre_court, "pluriel": pluriel, "clair": nettoyer}
    neuf.globals |= {"typographier": typographier}
    return neuf


def rediger_lisezmoi(fiche: Fiche) -> str:
    """Le document, en Markdown."""
    if fiche.agregats is not None:
        donnees = {"phrases": phrases_de_diffusion(fiche.agregats), "motifs": MOTIFS}
        return _environnement().get_template("LISEZMOI-agregats.md.j2").render(**_donnees(fiche), **donnees)
    return _environnement().get_template("LISEZMOI.md.j2").render(**_donnees(fiche))


def _finir(valeur: object) -> object:
    """Un texte du référentiel sur une ligne, sans rien qui coupe un tableau."""
    return nettoyer(valeur).replace("|", "\\|") if isinstance(valeur, str) else valeur


def _donnees(fiche: Fiche) -> dict[str, Any]:
    jeu = fiche.jeu
    return {
        "fiche": fiche,
        "jeu": jeu,
        "referentiel": jeu.referentiel,
        "echelle": jeu.referentiel.echelle,
        "passations": len(jeu.inscrites),
        "moments": noms_des_moments(jeu.referentiel, *(moment for moment, _ in jeu.strates())),
        "regards": REGARDS,
        "etats": {ETATS[etat]: nombre for etat, nombre in jeu.etats().items()},
        "codes": codes_spss(jeu.referentiel.echelle),
        "items": [item.code for item in jeu.referentiel.ordre_de_passation()] if jeu.inscrites else [],
        "inverses": [item.code for item in jeu.referentiel.items if item.inverse],
        "profils": phrases_des_profils(jeu),
        "forme": DIALECTES_CSV[fiche.dialecte],
        "periode": " à ".join(dict.fromkeys((*jeu.mois[:1], *jeu.mois[-1:]))) or "dates inconnues",
    }

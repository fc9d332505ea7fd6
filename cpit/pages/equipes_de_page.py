"""Les équipes dans la page d’un groupe : ce qui s’y lit, ce que chacune tient, sa carte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cpit.coeur.equipe import EquipeLue, LectureDEquipes
from cpit.coeur.mots.lecture_groupe import (
    avertir_des_equipes,
    case_en_mots,
    ce_qui_se_passe,
    dire_les_sans_equipe,
    lire_l_equipe,
    titrer_l_equipe,
)
from cpit.coeur.mots.notice import code_a_montrer
from cpit.coeur.referentiel import Referentiel
from cpit.figures.carte_equipe import carte_d_equipe
from cpit.figures.dessin import Style
from cpit.pages.page import Illustration, LigneDePage, TableDePage
from cpit.typographie import nettoyer, typographier


@dataclass(frozen=True, slots=True)
class UneEquipe:
    """Une équipe prête à montrer ; sans carte ni tables si elle est tue."""

    cle: str
    titre: str
    phrases: tuple[str, ...]
    image: Illustration | None = None
    tables: tuple[TableDePage, ...] = ()


@dataclass(frozen=True, slots=True)
class EquipesDeStrate:
    """Toutes les équipes d’un moment sous un regard."""

    titre: str
    annonce: tuple[str, ...]
    equipes: tuple[UneEquipe, ...]
    sans_equipe: str


def montrer_les_equipes(
    lecture: LectureDEquipes | None, strate: tuple[str, str], style: Style
) -> EquipesDeStrate | None:
    """Les équipes d’une strate, dans l’ordre de la question ; rien si l’on n’en a pas demandé."""
    if lecture is None:
        return None
    rangs = {id(equipe): rang for rang, equipe in enumerate(lecture.equipes, 1)}
    return EquipesDeStrate(
        typographier(f"Équipes : {nettoyer(lecture.critere.libelle)}"),
        tuple(avertir_des_equipes(lecture)),
        tuple(_montrer(lecture.referentiel, e, rangs[id(e)], style) for e in lecture.de(*strate)),
        dire_les_sans_equipe(lecture, strate),
    )


def _montrer(referentiel: Referentiel, equipe: EquipeLue, rang: int, style: Style) -> UneEquipe:
    titre, phrases = nettoyer(titrer_l_equipe(equipe)), tuple(map(nettoyer, lire_l_equipe(referentiel, equipe)))
    if equipe.tue:
        return UneEquipe(equipe.cle, titre, phrases)
    image = None if equipe.place.tue else Illustration.de(carte_d_equipe(equipe, rang, style))
    return UneEquipe(equipe.cle, titre, phrases, image, tuple(_tables(referentiel, equipe, titre)))


def _tables(referentiel: Referentiel, equipe: EquipeLue, titre: str) -> Iterator[TableDePage]:
    lignes = tuple(
        LigneDePage(
            typographier(c.libelle),
            tuple(case_en_mots(case) for case in equipe.cases[c.identifiant].values()),
            code_a_montrer(c.identifiant, c.libelle),
            cle=c.identifiant,
        )
        for c in referentiel.competences
    )
    entetes = ("Compétence", *(typographier(i.libelle) for i in referentiel.ingenieries))
    yield TableDePage(f"À combien tiennent les situations, {titre}", entetes, lignes, large=True, cle="equipe")
    passages = tuple(
        LigneDePage(
            typographier(referentiel.items_par_code[code].enonce), (nettoyer(qui), nettoyer(a_qui)), code, cle=code
        )
        for code, qui, a_qui in ce_qui_se_passe(equipe)
    )
    if passages:
        nombres = frozenset() if equipe.nominatif else frozenset({0, 1})
        entetes = ("Situation", "Pourraient la passer", "Sont plus bas")
        yield TableDePage(f"Ce qui pourrait se passer, {titre}", entetes, passages, nombres, large=True, cle="passages")

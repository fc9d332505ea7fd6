"""Les équipes d’un groupe au terminal : ce qui s’y tient, ce qui pourrait se passer, la tension entre les échelles."""

from __future__ import annotations

from collections.abc import Iterator

from cpit.affichage.blocs import Bloc, Lignes, Paragraphe, Titre
from cpit.coeur.equipe import EquipeLue, LectureDEquipes
from cpit.coeur.mots.lecture_groupe import (
    avertir_des_equipes,
    case_en_mots,
    ce_qui_se_passe,
    dire_les_sans_equipe,
    lire_l_equipe,
    titrer_l_equipe,
)
from cpit.coeur.referentiel import Referentiel


def blocs_d_equipes(lecture: LectureDEquipes) -> Iterator[Bloc]:
    """Les blocs de toutes les équipes, moment par moment et regard par regard."""
    referentiel = lecture.referentiel
    yield Titre(f"Équipes : {lecture.critere.libelle}", 1)
    for phrase in avertir_des_equipes(lecture):
        yield Paragraphe(phrase)
    for moment, regard in lecture.sans_equipe:
        equipes = lecture.de(moment, regard)
        yield Titre(f"Équipes au moment {moment}, regard {regard}", 1)
        for equipe in equipes:
            yield from _blocs_d_une_equipe(referentiel, equipe)
        if sans := dire_les_sans_equipe(lecture, (moment, regard)):
            yield Paragraphe(sans)


def _blocs_d_une_equipe(referentiel: Referentiel, equipe: EquipeLue) -> Iterator[Bloc]:
    yield Titre(titrer_l_equipe(equipe))
    for phrase in lire_l_equipe(referentiel, equipe):
        yield Paragraphe(phrase)
    if equipe.tue:
        return
    entetes = ("Compétence", *(i.libelle for i in referentiel.ingenieries))
    yield Lignes(entetes, tuple((code, *map(case_en_mots, cases.values())) for code, cases in equipe.cases.items()))
    if passages := tuple(ce_qui_se_passe(equipe)):
        yield Lignes(("Situation", "Pourraient la passer", "Sont plus bas"), passages, droite=_a_droite(equipe))


def _a_droite(equipe: EquipeLue) -> tuple[int, ...]:
    return () if equipe.nominatif else (1, 2)

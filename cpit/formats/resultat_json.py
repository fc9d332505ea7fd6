"""Le résultat d’une passation en JSON : clés stables, pleine précision, documentées dans le guide « formats »."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpit.coeur.notation import Score
from cpit.coeur.position import Situation
from cpit.coeur.restitution import Restitution
from cpit.formats.incertitude_json import incertitude_en_dictionnaire


def en_dictionnaire(restitution: Restitution) -> dict[str, Any]:
    """Le résultat en types simples ; un score absent vaut ``None`` et ``motifs`` dit pourquoi."""
    passation, resultat = restitution.passation, restitution.resultat
    return {
        "referentiel": {
            "identifiant": restitution.referentiel.identifiant,
            "version": restitution.referentiel.version,
            "empreinte": restitution.referentiel.empreinte,
            "titre": restitution.referentiel.titre,
        },
        "identifiant": passation.identifiant,
        "moment": passation.moment,
        "regard": passation.regard,
        "profil": dict(passation.profil),
        "date": (passation.terminee or passation.modifiee)[:10],
        "terminee": passation.terminee is not None,
        "competences": _scores(resultat.competences),
        "ingenieries": _scores(resultat.ingenieries),
        "matrice": {
            competence: {ingenierie: case.valeur for ingenierie, case in cases.items()}
            for competence, cases in resultat.matrice.items()
        },
        "regroupements": {nom: _scores(groupes) for nom, groupes in resultat.regroupements.items()},
        "position": _position(resultat.situation),
        "dominante": _dominante(resultat.situation),
        "incertitude": incertitude_en_dictionnaire(restitution.incertitude),
        "positions_competences": {
            competence: {"position": _position(situation), "dominante": _dominante(situation)}
            for competence, situation in resultat.situations_competences.items()
        },
        "motifs": _motifs(restitution),
    }


def _scores(scores: Mapping[str, Score]) -> dict[str, Any]:
    return {
        identifiant: {"valeur": score.valeur, "repondus": score.repondus, "items": score.items}
        for identifiant, score in scores.items()
    }


def _position(situation: Situation) -> dict[str, float] | None:
    point = situation.position
    return None if point is None else {"x": point.x, "y": point.y}


def _dominante(situation: Situation) -> list[str] | None:
    return None if situation.dominante is None else list(situation.dominante)


def _motifs(restitution: Restitution) -> dict[str, str]:
    """Motif de chaque absence, par identifiant d’échelle, et sous « position » pour la position."""
    resultat = restitution.resultat
    motifs = {
        identifiant: str(score.motif)
        for identifiant in restitution.referentiel.echelles
        if (score := resultat.score(identifiant)).motif is not None
    }
    if resultat.situation.motif is not None:
        motifs["position"] = resultat.situation.motif
    return motifs

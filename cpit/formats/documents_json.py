"""Le résultat d’une personne et celui d’une cohorte, en JSON : clés stables, documentées, pleine précision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import degrees
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpit.coeur.cohorte import Cohorte, Notee
from cpit.coeur.colonnes import MESURES_AJOUTEES
from cpit.coeur.comparaison import (
    Comparaison,
    ComparaisonEchelle,
    ComparaisonItem,
    ComparaisonPosition,
    Parcours,
    Reference,
    RegardsDuMoment,
)
from cpit.coeur.dispersion import Dispersion, disperser, disperser_les_strates
from cpit.coeur.equipe import ETATS_DE_SITUATION, CaseDEquipe, EquipeLue, LectureDEquipes, SituationDEquipe, niveau_tenu
from cpit.coeur.evolution import ComptesDEtats, Evolution, Mouvement, NombreBorne, SeriesAppariees
from cpit.coeur.groupe import Portrait, Statistique, portrait_montrable
from cpit.coeur.incertitude import (
    NIVEAU_DE_CONFIANCE,
    DispersionCommune,
    Ellipse,
    Incertitude,
    Tension,
    estimer,
)
from cpit.coeur.mots.restitution import Restitution, composer_restitution
from cpit.coeur.notation import Score, Situation
from cpit.coeur.passation import Passation
from cpit.coeur.referentiel import Position, Referentiel
from cpit.coeur.tableaux import valeur_affichee
from cpit.erreurs import Anomalie
from cpit.formats.porte import poser, sceller
from cpit.formats.recueil import Reglages
from cpit.json_strict import encoder_json
from cpit.sceaux import FORMAT_COHORTE, FORMAT_EVOLUTION

if TYPE_CHECKING:
    from cpit.formats.recueil import Recueil

# --- L’incertitude d’une position et la dispersion d’un groupe, en types simples pour le JSON.


def _incertitude_en_dictionnaire(incertitude: Incertitude) -> dict[str, Any]:
    """L’incertitude d’une personne ; ``None`` là où il n’y a pas de quoi calculer, et ``motif`` dit pourquoi."""
    region = incertitude.region
    return {
        "repliques": incertitude.repliques,
        "erreur_x": region.covariance.erreur_x if region else None,
        "erreur_y": region.covariance.erreur_y if region else None,
        "covariance_xy": region.covariance.xy if region else None,
        "region": _ellipse(region, NIVEAU_DE_CONFIANCE),
        "equilibre_possible": incertitude.equilibre_possible,
        "motif": incertitude.motif,
        "etat": incertitude.etat,
        "methode": incertitude.methode,
    }


def _incertitude_dans_le_groupe(
    referentiel: Referentiel, notee: Notee, communes: Mapping[tuple[str, str], DispersionCommune]
) -> dict[str, Any]:
    passation = notee.passation
    commune = communes.get((passation.moment, passation.regard))
    estimee = estimer(referentiel, passation.valeurs(), notee.resultat.situation, commune)
    return _incertitude_en_dictionnaire(estimee)


def _dispersion_en_dictionnaire(dispersion: Dispersion) -> dict[str, Any]:
    """La dispersion des personnes et, à part, l’incertitude de leur centre."""
    personnes, centre = dispersion.personnes, dispersion.centre
    return {
        "n": dispersion.n,
        "personnes": _nuage(personnes, "ecart_type", 0.5) | {"dedans": dispersion.dedans} if personnes else None,
        "centre": _nuage(centre, "erreur", NIVEAU_DE_CONFIANCE) if centre else None,
    }


def _nuage(ellipse: Ellipse, mesure: str, niveau: float) -> dict[str, Any]:
    v = ellipse.covariance
    return {
        f"{mesure}_x": v.erreur_x,
        f"{mesure}_y": v.erreur_y,
        "covariance_xy": v.xy,
        "region": _ellipse(ellipse, niveau),
    }


def _ellipse(ellipse: Ellipse | None, niveau: float) -> dict[str, Any] | None:
    """Une ellipse : demi-axes en unité d’axe, angle du grand axe avec l’horizontale en degrés."""
    if ellipse is None:
        return None
    return {
        "niveau": niveau,
        "forme": ellipse.forme,
        "demi_axes": list(ellipse.demi_axes),
        "angle": degrees(ellipse.angle),
    }


# --- Le résultat d’une passation en JSON : clés stables, pleine précision, documentées dans le guide « formats ».


def dictionnaire_du_resultat(restitution: Restitution) -> dict[str, Any]:
    """Le résultat en types simples ; un score absent vaut ``None`` et ``motifs`` dit pourquoi.

    ``tensions`` est notre lecture, une hypothèse ; une cohorte les donne par équipe, non par personne.
    """
    return {**_resultat(restitution), "tensions": _tensions_en_dictionnaire(restitution.tensions)}


def _resultat(restitution: Restitution) -> dict[str, Any]:
    passation, resultat = restitution.passation, restitution.resultat
    return {
        "referentiel": {
            "identifiant": restitution.referentiel.identifiant,
            "version": restitution.referentiel.version,
            "empreinte": restitution.referentiel.empreinte,
            "titre": restitution.referentiel.titre,
        },
        **_identite(passation),
        "competences": _scores(resultat.competences),
        "ingenieries": _scores(resultat.ingenieries),
        "matrice": {
            competence: {ingenierie: case.valeur for ingenierie, case in cases.items()}
            for competence, cases in resultat.matrice.items()
        },
        "regroupements": {nom: _scores(groupes) for nom, groupes in resultat.regroupements.items()},
        "position": _position(resultat.situation),
        "dominante": _dominante(resultat.situation),
        **{mesure.cle: mesure.regle(restitution.referentiel, resultat) for mesure in MESURES_AJOUTEES},
        "incertitude": _incertitude_en_dictionnaire(restitution.incertitude),
        "positions_competences": {
            competence: {"position": _position(situation), "dominante": _dominante(situation)}
            for competence, situation in resultat.situations_competences.items()
        },
        "motifs": _motifs(restitution),
        **({"places": _places(passation)} if passation.dit_des_places else {}),
    }


def _identite(passation: Passation) -> dict[str, Any]:
    """Qui, quand, sous quel regard ; ce qui n’est pas toujours dit n’y est que s’il l’est."""
    date = {"date_moment": passation.date_moment} if passation.date_moment else {}
    corrections = [asdict(correction) for correction in passation.corrections]
    return {
        "identifiant": passation.identifiant,
        "moment": passation.moment,
        "regard": passation.regard,
        "profil": passation.codes_de_profil(),
        "date": passation.jour_des_reponses,
        **date,
        **passation.tiers(),
        "terminee": passation.terminee is not None,
        **({"corrections": corrections} if corrections else {}),
    }


def _places(passation: Passation) -> dict[str, dict[str, int | None]]:
    """La place de chaque situation où une question au moins a une réponse."""
    dites = ((item.code, passation.reponse(item.code)) for item in passation.items)
    return {code: {"frequence": r.frequence, "importance": r.importance} for code, r in dites if r.dit_une_place}


def _scores(scores: Mapping[str, Score]) -> dict[str, Any]:
    return {
        identifiant: {"valeur": score.valeur, "repondus": score.repondus, "items": score.items}
        for identifiant, score in scores.items()
    }


def _position(situation: Situation) -> dict[str, float] | None:
    return _point(situation.position)


def _point(point: Position | None) -> dict[str, float] | None:
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


# --- Deux passations d’une personne, comparées.


def comparaison_en_dictionnaire(comparaison: Comparaison) -> dict[str, Any]:
    """La comparaison en types simples, en pleine précision ; ``None`` là où il n’y a pas de quoi calculer."""
    referentiel, reference = comparaison.referentiel, comparaison.reference
    return {
        "referentiel": {"identifiant": referentiel.identifiant, "version": referentiel.version},
        "identifiant": comparaison.identifiant,
        "de": asdict(comparaison.de),
        "a": asdict(comparaison.a),
        "items_communs": comparaison.items_communs,
        "items": {code: _item_compare(item) for code, item in comparaison.items.items()},
        "competences": _echelles_comparees(comparaison.competences),
        "ingenieries": _echelles_comparees(comparaison.ingenieries),
        "regroupements": {nom: _echelles_comparees(groupes) for nom, groupes in comparaison.regroupements.items()},
        "position": _position_comparee(comparaison.position),
        "reference": None if reference is None else asdict(reference),
    }


def parcours_en_dictionnaire(parcours: Parcours) -> dict[str, Any]:
    """Tout le parcours d’une personne en types simples : ses étapes, chaque comparaison et sa sorte, les regards."""
    return {
        "etapes": [asdict(etape) for etape in parcours.etapes],
        "comparaisons": [
            {"sorte": paire.sorte, **comparaison_en_dictionnaire(paire.comparaison)} for paire in parcours.paires
        ],
        "regards": [_regards_en_dictionnaire(regards) for regards in parcours.regards],
    }


def _regards_en_dictionnaire(regards: RegardsDuMoment) -> dict[str, Any]:
    """Les regards d’un moment ; ``None`` pour ce que la règle des petits groupes tait."""
    return {
        "moment": regards.moment,
        "tiers": regards.tiers,
        "items": {
            code: {"soi": un.soi, "tiers": asdict(un.tiers), "lecture": un.lecture}
            for code, un in regards.items.items()
        },
        "echelles": {code: {"soi": une.soi, "tiers": asdict(une.tiers)} for code, une in regards.echelles.items()},
        "face_a_face": [
            {
                "a": asdict(face.comparaison.a),
                "lectures": dict(face.lectures),
                "ressemblance": asdict(face.ressemblance),
            }
            for face in regards.face_a_face
        ],
    }


def _item_compare(item: ComparaisonItem) -> dict[str, Any]:
    return {"de": item.de, "a": item.a, "difference": item.difference, "motif": item.motif}


def _echelles_comparees(echelles: Mapping[str, ComparaisonEchelle]) -> dict[str, Any]:
    return {identifiant: _echelle_comparee(une) for identifiant, une in echelles.items()}


def _echelle_comparee(une: ComparaisonEchelle) -> dict[str, Any]:
    return {
        "de": une.de,
        "a": une.a,
        "difference": une.difference,
        "items_communs": une.items_communs,
        "plancher": une.plancher,
        "erreur": une.erreur,
        "bornes": None if une.bornes is None else list(une.bornes),
        "reference": None if une.reference is None else asdict(une.reference),
        "etat": une.etat,
        "motif": une.motif,
    }


def _position_comparee(position: ComparaisonPosition) -> dict[str, Any]:
    region = position.region
    return {
        "de": _point(position.de),
        "a": _point(position.a),
        "deplacement": _point(position.deplacement),
        "erreur_x": region.covariance.erreur_x if region else None,
        "erreur_y": region.covariance.erreur_y if region else None,
        "covariance_xy": region.covariance.xy if region else None,
        "region": _ellipse(region, NIVEAU_DE_CONFIANCE),
        "etat": position.etat,
        "motif": position.motif,
    }


# --- Un groupe, d’une strate à une autre.


def _evolution_en_dictionnaire(evolution: Evolution) -> dict[str, Any]:
    """Ce qui a bougé dans un groupe, en pleine précision ; aucune personne ne s’y lit.

    ``None`` là où il n’y a pas de quoi calculer, ou ce que la règle des petits groupes tait ; ``motif`` dit pourquoi.
    """
    referentiel, reference = evolution.referentiel, evolution.reference
    return {
        "referentiel": {"identifiant": referentiel.identifiant, "version": referentiel.version},
        **{cle: dict(zip(("moment", "regard"), getattr(evolution, cle), strict=True)) for cle in ("de", "a")},
        "personnes": {
            "appariees": evolution.appariees,
            "seules_de": evolution.seules_de,
            "seules_a": evolution.seules_a,
            "ecartees": evolution.ecartees,
            "a_plusieurs_tiers": evolution.a_plusieurs_tiers,
            "sans_code": dict(zip(("de", "a"), evolution.sans_code, strict=True)),
        },
        "echelles": {
            code: _mouvement(un, reference) for code, un in evolution.mouvements.items() if un.nature != "position"
        },
        "position": {
            **{code: _mouvement(un) for code, un in evolution.mouvements.items() if un.nature == "position"},
            "etats": _etats(evolution.position),
        },
        "reference": None if reference is None else asdict(reference),
    }


def ecrire_evolution_json(chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages) -> None:
    """Écrit les évolutions d’un groupe, en UTF-8, avec la somme de leur contenu, en entier ou pas du tout.

    :param recueil: ce dont elles sont faites.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    document = {
        "format": FORMAT_EVOLUTION,
        "date": reglages.date,
        "referentiel": _decrire_le_referentiel(recueil.referentiel),
        "evolutions": [_evolution_en_dictionnaire(une) for une in evolutions],
        "anomalies": [anomalie_en_dictionnaire(a) for a in recueil.anomalies],
    }
    octets = encoder_json(document)
    poser(chemin, sceller(octets, ".json"), recueil.permis)


def _decrire_le_referentiel(referentiel: Referentiel) -> dict[str, str]:
    return {cle: getattr(referentiel, cle) for cle in ("identifiant", "version", "empreinte", "titre")}


def _mouvement(mouvement: Mouvement, reference: Reference | None = None) -> dict[str, Any]:
    return {
        "nature": mouvement.nature,
        "libelle": mouvement.libelle,
        "motif": mouvement.motif,
        **_series(mouvement.series),
        "etats": _etats(mouvement.etats),
        "etats_de_reference": _etats(mouvement.etats_de_reference),
        "decelable": None if reference is None else reference.decelable(mouvement.identifiant),
    }


def _series(series: SeriesAppariees | None) -> dict[str, Any]:
    bornes = ("difference", "d_z", "d_av", "limite_basse", "limite_haute")
    if series is None:
        return dict.fromkeys(("n", "de", "a", "ecart_type", *bornes, "indicatif"))
    return {
        "n": series.n,
        "de": series.de,
        "a": series.a,
        "ecart_type": series.ecart_type,
        **{cle: _borne(getattr(series, cle)) for cle in bornes},
        "indicatif": series.indicatives,
    }


def _borne(nombre: NombreBorne | None) -> dict[str, Any] | None:
    if nombre is None:
        return None
    return {"valeur": nombre.valeur, "bornes": None if nombre.bornes is None else list(nombre.bornes)}


def _etats(comptes: ComptesDEtats | None) -> dict[str, Any] | None:
    return None if comptes is None else asdict(comptes)


# --- Une cohorte notée en JSON : les passations, chaque groupe décrit à part, et ce qui n’a pas été pris.


def ecrire_cohorte_json(chemin: Path, recueil: Recueil, reglages: Reglages) -> None:
    """Écrit le JSON, en UTF-8, avec la somme de son contenu, en entier ou pas du tout.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    document = _en_dictionnaire_de_cohorte(
        recueil.cohorte, recueil.anomalies, avec_reponses=reglages.avec_reponses, equipes=reglages.equipes
    )
    octets = encoder_json(document)
    poser(chemin, sceller(octets, ".json"), recueil.permis)


def _en_dictionnaire_de_cohorte(
    cohorte: Cohorte,
    anomalies: Sequence[Anomalie],
    *,
    avec_reponses: bool = True,
    equipes: LectureDEquipes | None = None,
) -> dict[str, Any]:
    """La cohorte en types simples, en pleine précision ; ``None`` là où il n’y a pas de quoi calculer.

    Dans un groupe, ``n`` n’est ``None`` que pour ce que la règle des petits groupes tait. L’incertitude de chaque
    passation est celle des tables du groupe : hiérarchique dans une strate assez grande.
    """
    referentiel = cohorte.referentiel
    communes = disperser_les_strates(referentiel, cohorte.notees)
    passations = []
    for notee in cohorte.notees:
        document = _resultat(composer_restitution(referentiel, notee.passation))
        document["incertitude"] = _incertitude_dans_le_groupe(referentiel, notee, communes)
        del document["referentiel"]
        passation = notee.passation
        document["identifiant"] = notee.releve.identifiant
        if avec_reponses:
            document["reponses"] = {i.code: valeur_affichee(passation.reponse(i.code)) for i in referentiel.items}
        passations.append(document)
    return {
        "format": FORMAT_COHORTE,
        "referentiel": _decrire_le_referentiel(referentiel),
        "groupes": [
            {
                "moment": moment,
                "regard": regard,
                **_portrait(portrait_montrable(strate)),
            }
            for (moment, regard), strate in cohorte.strates().items()
        ],
        **({} if equipes is None else {"equipes": _equipes_en_dictionnaire(equipes)}),
        "passations": passations,
        "anomalies": [anomalie_en_dictionnaire(a) for a in anomalies],
    }


def _equipes_en_dictionnaire(lecture: LectureDEquipes) -> dict[str, Any]:
    """Ce que l’on lit des équipes ; ``None`` là où c’est tu, les codes seulement si on les a demandés."""
    niveau = niveau_tenu(lecture.referentiel.echelle)
    return {
        "hypothese": True,
        "question": lecture.critere.identifiant,
        "tenue_des": None if niveau is None else niveau.valeur,
        "sans_equipe": [
            {"moment": moment, "regard": regard, "personnes": combien}
            for (moment, regard), combien in lecture.sans_equipe.items()
        ],
        "equipes": [_equipe_en_dictionnaire(equipe) for equipe in lecture.equipes],
    }


def _equipe_en_dictionnaire(equipe: EquipeLue) -> dict[str, Any]:
    place = equipe.place
    return {
        "equipe": equipe.cle,
        "libelle": equipe.libelle,
        "moment": equipe.moment,
        "regard": equipe.regard,
        "effectif": equipe.effectif,
        "cases": {
            competence: {ingenierie: _case_d_equipe(case) for ingenierie, case in cases.items()}
            for competence, cases in equipe.cases.items()
        },
        "situations": {s.item.code: _situation_d_equipe(s, nominatif=equipe.nominatif) for s in equipe.situations()},
        "place": None
        if place.tue
        else {
            "points": [_point(point) for point in place.points],
            "centre": _point(place.centre),
            "enveloppe": [_point(point) for point in place.enveloppe],
            **({"codes": list(place.codes)} if equipe.nominatif else {}),
        },
        "tensions": _tensions_en_dictionnaire(equipe.tensions),
    }


def _case_d_equipe(case: CaseDEquipe) -> dict[str, Any]:
    return {
        "situations": len(case.situations),
        "tenues": case.tenues,
        **{etat: case.compter(etat) for etat in ETATS_DE_SITUATION},
        "repondants": None if case.repondants is None else list(case.repondants),
    }


def _situation_d_equipe(situation: SituationDEquipe, *, nominatif: bool) -> dict[str, Any]:
    codes = {cle: list(getattr(situation, cle)) for cle in ("qui_tient", "qui_passe", "a_qui")} if nominatif else {}
    comptes = {cle: getattr(situation, cle) for cle in ("repondants", "tenants", "passeurs", "plus_bas")}
    return {"etat": situation.etat, **comptes, **codes}


def _tensions_en_dictionnaire(tensions: Sequence[Tension]) -> dict[str, Any]:
    """La tension de chaque regroupement ; ``None`` là où il n’y a pas de quoi la dire, et ``motif`` dit pourquoi."""
    return {
        t.regroupement.identifiant: {
            "hypothese": True,
            "effectif": t.effectif,
            "personnes": t.personnes,
            "scores": dict(t.scores),
            "items": dict(t.repondus),
            "bas": t.bas,
            "haut": t.haut,
            "etendue": t.etendue,
            "erreur": t.erreur,
            "bornes": None if t.bornes is None else list(t.bornes),
            "etat": t.etat,
            "motif": t.motif,
        }
        for t in tensions
    }


def anomalie_en_dictionnaire(anomalie: Anomalie) -> dict[str, Any]:
    """Une anomalie : code, gravité, lieu, et ses trois phrases."""
    return {
        "code": anomalie.code,
        "gravite": anomalie.gravite.value,
        **{cle: valeur for cle, valeur in asdict(anomalie.lieu).items() if valeur not in (None, "")},
        "quoi": anomalie.quoi,
        "attendu": anomalie.attendu,
        "correction": anomalie.correction,
    }


def _portrait(portrait: Portrait) -> dict[str, Any]:
    centre = portrait.position
    return {
        "effectif": portrait.effectif,
        "trop_petit": portrait.trop_petit,
        "echelles": _statistiques(portrait.echelles),
        "matrice": {competence: _statistiques(cases) for competence, cases in portrait.matrice.items()},
        "position": None if centre is None else {"x": centre.x, "y": centre.y, "n": portrait.positions},
        "dispersion": {
            **_dispersion_en_dictionnaire(disperser(portrait.points, portrait.porteurs)),
            "n": portrait.positions,
        },
    }


def _statistiques(statistiques: Mapping[str, Statistique]) -> dict[str, Any]:
    return {identifiant: asdict(statistique) for identifiant, statistique in statistiques.items()}

"""Ce que l’on lit de ce qui a bougé dans un groupe : qui y est, de combien, ce que cela vaut ; ni progrès, ni recul."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cpit.coeur.evolution import ComptesDEtats, Evolution, MotifDeMouvement, Mouvement, StrateComparee
from cpit.coeur.moteur import EGALITE
from cpit.coeur.mots.lecture_comparaison import (
    bornes_en_mots,
    difference_signee,
    dire_la_reference,
    suite_de_la_paire,
)
from cpit.coeur.mots.notice import nommer_echelle
from cpit.coeur.parcours import SortePaire
from cpit.coeur.passation import est_retrospectif, nom_d_en_tete, nom_donne
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.series_appariees import TIENNENT, NombreBorne, SeriesAppariees
from cpit.typographie import accorder, enumerer, nombre, pluriel, typographier

MOTIFS_DE_MOUVEMENT: Mapping[MotifDeMouvement, str] = {
    "sans-paire": "personne ne se compare ici",
    "petit-groupe": "tu : trop peu de personnes",
    "soustraction": "tu : joint aux moyennes des deux côtés, il ferait retrouver qui n'est que d'un côté",
    "unanime": "tu : toutes ont la même différence",
}
"""Pourquoi un mouvement n’a pas de nombres, en mots."""
_SUITE = (
    "Chaque personne est comparée à elle-même, sur les situations répondues des deux côtés. Une différence dit ce que "
    "les personnes disent autrement, jamais si c'est mieux."
)
_SUITE_DES_REGARDS = (
    "Chaque personne est comparée à ses tiers, sur les situations répondues des deux côtés. Ni l'un ni l'autre regard "
    "n'est la mesure de l'autre."
)


_BOUGER = ("aucune ne bouge", "bouge", "bougent")
_S_ECARTER = ("aucune ne s'écarte", "s'écarte", "s'écartent")


def lire_l_evolution(evolution: Evolution) -> tuple[str, ...]:
    """Qui est comparé, ce qui diffère, combien de personnes bougent ; aucune phrase n’en nomme une."""
    phrases = [*_dire_qui(evolution)]
    if not evolution.trop_petite and evolution.personnes:
        phrases += [*_dire_les_moyennes(evolution), *_dire_la_position(evolution)]
        phrases += dire_la_reference(evolution.reference)
    phrases.append(_SUITE_DES_REGARDS if evolution.entre_regards else _SUITE)
    phrases.append(_dire_le_repere(evolution))
    return tuple(map(typographier, filter(None, phrases)))


def nommer_la_strate(strate: StrateComparee, referentiel: Referentiel) -> str:
    """« T0 », « T1, tiers », ou le nom qu’a le moment ; le regard ne se dit que s’il n’est pas celui de la personne."""
    moment, regard = strate
    nom = nom_donne(moment, referentiel) or _nom_usuel(moment)
    return nom if regard == "soi" else f"{nom}, {regard}"


def _nom_usuel(moment: str) -> str:
    numero, _, apres_coup = moment.partition("-")
    return numero.upper() + (" rétrospectif" if apres_coup else "")


def nommer_les_deux_strates(evolution: Evolution) -> tuple[str, str]:
    """Les deux côtés, aussi courts que possible : « T0 » et « T1 », ou « soi » et « tiers » d’un même moment."""
    (premier, regard), (second, autre) = evolution.de, evolution.a
    if premier == second:
        return regard, autre
    de, a = (nom_d_en_tete(m, evolution.referentiel, _nom_usuel(m)) for m in (premier, second))
    return de, a


def titrer_l_evolution(evolution: Evolution) -> str:
    """« De T0 à T1 », « De T0 à T1, tiers », « Soi et tiers, T0 », « De « À l’entrée » à « À la sortie » »."""
    (moment, regard), (second, autre) = evolution.de, evolution.a
    if regard != autre:
        return f"Soi et tiers, {nommer_la_strate((moment, 'soi'), evolution.referentiel)}"
    de, a = (_citer_le_moment(un, evolution.referentiel) for un in (moment, second))
    return f"De {de} à {a}" + ("" if regard == "soi" else f", {regard}")


def _citer_le_moment(moment: str, referentiel: Referentiel) -> str:
    nom = nom_donne(moment, referentiel)
    return f"« {nom} »" if nom else _nom_usuel(moment)


def nommer_le_mouvement(un: Mouvement) -> str:
    """« C1 Mettre en mouvement », ou le libellé seul s’il dit tout."""
    return un.libelle if un.nature == "position" else nommer_echelle(un)


def dire_les_etats(comptes: ComptesDEtats, *, entre_regards: bool = False) -> str:
    """« 4 bougent, dont 3 vers le haut ; 5 restent incertaines » ; entre deux regards, elles s’écartent."""
    aucune, une, plusieurs = _S_ECARTER if entre_regards else _BOUGER
    bougent = aucune if not comptes.bougent else pluriel(comptes.bougent, une, plusieurs)
    if comptes.vers_le_haut is not None and comptes.bougent:
        bougent += f", dont {comptes.vers_le_haut} vers le haut"
    morceaux = [bougent]
    if comptes.incertaines:
        morceaux.append(pluriel(comptes.incertaines, "reste incertaine", "restent incertaines"))
    if comptes.sans_etat:
        morceaux.append(f"{comptes.sans_etat} sans état")
    return typographier(" ; ".join(morceaux))


def titre_de_qui_bouge(evolution: Evolution) -> str:
    """L’en-tête du nombre de personnes dont la différence dépasse sa propre incertitude."""
    return "S’écartent" if evolution.entre_regards else "Bougent"


def decelable_en_mots(evolution: Evolution, mouvement: Mouvement) -> str:
    """Le plus petit changement décelable du groupe de référence ; un tiret s’il n’en dit rien."""
    reference = evolution.reference
    decelable = None if reference is None else reference.decelable(mouvement.identifiant)
    return "–" if decelable is None else nombre(decelable, 2)


def bornes_de_la_difference(series: SeriesAppariees) -> str:
    """« +0,09 à +0,29* » : l’étoile dit un intervalle indicatif ; un tiret s’il n’y en a pas."""
    bornes = series.difference.bornes
    return bornes_en_mots(bornes) + ("*" if bornes and series.indicatives else "")


def limites_en_mots(series: SeriesAppariees) -> str:
    """Les limites d’accord, « −0,61 à +1,02 » ; un tiret s’il n’y en a pas."""
    bas, haut = series.limite_basse, series.limite_haute
    return bornes_en_mots(None if bas is None or haut is None else (bas.valeur, haut.valeur))


def _dire_qui(evolution: Evolution) -> Iterator[str]:
    de, a = (f"« {nommer_la_strate(strate, evolution.referentiel)} »" for strate in (evolution.de, evolution.a))
    combien = evolution.appariees
    yield f"{accorder(combien, 'personne présente', 'personnes présentes')} des deux côtés, {de} et {a}."
    if evolution.sans_rien_de_commun:
        qui = accorder(evolution.sans_rien_de_commun, "personne")
        yield f"Dont {qui} sans aucune situation répondue des deux côtés : hors des différences."
    seules = [
        f"{accorder(n, 'personne')} à {cote} seulement"
        for n, cote in ((evolution.seules_de, de), (evolution.seules_a, a))
        if n
    ]
    if seules:
        yield f"Hors des différences : {enumerer(seules)}."
    if evolution.ecartees:
        qui = accorder(evolution.ecartees, "personne écartée", "personnes écartées")
        yield f"{qui} : deux passations du même regard au même moment, et rien ne dit laquelle compte."
    if any(evolution.sans_code):
        passations = accorder(sum(evolution.sans_code), "passation sans code", "passations sans code")
        yield f"{passations}, que rien ne rattache à une personne."
    if evolution.a_plusieurs_tiers:
        qui = accorder(evolution.a_plusieurs_tiers, "personne compte", "personnes comptent")
        yield f"{qui} pour la moyenne de plusieurs tiers, sans état."
    if evolution.trop_petite:
        yield f"Il en faut {evolution.regle.seuil} pour montrer un nombre."


def _dire_le_repere(evolution: Evolution) -> str:
    """Ce qu’est une différence quand un des deux moments est vu d’aujourd’hui ; vide sinon."""
    (de, _), (a, _) = evolution.de, evolution.a
    if evolution.entre_regards or est_retrospectif(de) == est_retrospectif(a):
        return ""
    sorte: SortePaire = "repere" if de.partition("-")[0] == a.partition("-")[0] else "retrospectif"
    return suite_de_la_paire(sorte, de, a)


def _dire_les_moyennes(evolution: Evolution) -> Iterator[str]:
    """Ce dont l’intervalle de la différence moyenne laisse zéro dehors, et combien le feraient par hasard.

    Les groupes d’items, des mêmes réponses rangées autrement, se lisent en second : ils n’y sont pas.
    """
    premiers = (un for un in evolution.mouvements.values() if un.nature != "groupe")
    bornees = [un for un in premiers if un.series and un.series.difference.bornes]
    dehors = [un for un in bornees if un.series and not _couvre_zero(un.series.difference)]
    yield from _dire_les_unanimes(evolution)
    if not bornees:
        yield "Aucune différence moyenne n'a d'intervalle : trop peu de personnes, ou la même différence pour toutes."
        return
    # Du plus grand au plus petit, dans l’unité de l’échelle ; un axe a la sienne, il vient après.
    ranges = sorted(dehors, key=lambda un: (un.nature == "position", -abs(_valeur(un))))
    if not dehors:
        yield "Aucune différence moyenne n'a un intervalle à 95 % qui laisse zéro dehors."
    elif evolution.a[1] == "tiers" != evolution.de[1]:
        yield f"En moyenne, ils situent autrement (zéro hors de l'intervalle à 95 %) : {_enumerer(ranges)}."
    else:
        yield f"Différences moyennes dont l'intervalle à 95 % laisse zéro dehors : {_enumerer(ranges)}."
    yield f"Sur {pluriel(len(bornees), 'intervalle')}, un sur vingt laisserait zéro dehors par hasard."
    if any(un.series and un.series.indicatives for un in bornees):
        yield f"Sous {TIENNENT} personnes, ces intervalles sont indicatifs."


def _dire_les_unanimes(evolution: Evolution) -> Iterator[str]:
    """Les échelles dont toutes les personnes diffèrent d’autant : sans dispersion, elles n’ont pas d’intervalle."""
    montrees = ((un, un.series) for un in evolution.mouvements.values() if un.series and un.nature != "groupe")
    dites = [
        f"{nommer_le_mouvement(un)} {difference_signee(series.difference.valeur)}"
        for un, series in montrees
        if series.ecart_type is not None and series.ecart_type <= EGALITE < abs(series.difference.valeur)
    ]
    if dites:
        yield f"De même pour toutes les personnes, donc sans intervalle : {' ; '.join(dites)}."


def _dire_la_position(evolution: Evolution) -> Iterator[str]:
    if evolution.position is not None:
        etats = dire_les_etats(evolution.position, entre_regards=evolution.entre_regards)
        yield f"Position, personne par personne : {etats}."


def _enumerer(mouvements: Iterable[Mouvement]) -> str:
    return " ; ".join(map(_dire_un_mouvement, mouvements))


def _dire_un_mouvement(un: Mouvement) -> str:
    """« C1 Mettre en mouvement +0,37 (0,10 à 0,64) »."""
    difference = un.series.difference if un.series else NombreBorne(0.0)
    bas, haut = difference.bornes or (0.0, 0.0)
    return f"{nommer_le_mouvement(un)} {difference_signee(difference.valeur)} ({nombre(bas, 2)} à {nombre(haut, 2)})"


def _valeur(un: Mouvement) -> float:
    return un.series.difference.valeur if un.series else 0.0


def _couvre_zero(un: NombreBorne) -> bool:
    return un.bornes is None or un.bornes[0] <= 0 <= un.bornes[1]

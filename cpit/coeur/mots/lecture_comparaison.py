"""Ce que l’on lit d’une comparaison, ou de l’évolution d’un groupe : d’où à où, ce qui bouge, ce que cela vaut.

Ni progrès, ni recul, ni verdict sur la personne : le sens d’une différence se montre par son signe ; aucun mot ne dit
s’il est bon ou mauvais. Ce qui reste incertain est dit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpit.coeur.comparaison import (
    Comparaison,
    ComparaisonEchelle,
    ComparaisonItem,
    Cote,
    EtatDeChangement,
    LectureDEcart,
    MotifDeplacement,
    MotifEchelle,
    MotifItem,
    Reference,
    RegardsDuMoment,
    Ressemblance,
    SortePaire,
)
from cpit.coeur.moteur import EGALITE
from cpit.coeur.mots.notice import nommer_echelle
from cpit.coeur.passation import (
    ROLES_EVALUATEUR,
    dire_la_date,
    est_retrospectif,
    nom_donne,
    noms_d_en_tete,
    replier_code,
)
from cpit.coeur.referentiel import Axe, Referentiel
from cpit.typographie import (
    accorder,
    borne_signee,
    bornes_en_mots,
    date_courte,
    decimales_qui_distinguent,
    difference_signee,
    enumerer,
    nettoyer,
    nombre,
    pluriel,
    typographier,
)

if TYPE_CHECKING:
    from cpit.coeur.evolution import (
        ComptesDEtats,
        Evolution,
        MotifDeMouvement,
        Mouvement,
        NombreBorne,
        SeriesAppariees,
        StrateComparee,
    )

_ETATS: Mapping[EtatDeChangement, str] = {
    "bouge": "bouge",
    "incertain": "incertain",
    "non-comparable": "non comparable",
}
_ECARTES = "s’écarte"
"""Ce que « bouge » devient entre deux regards d’un même moment : rien n’y a changé."""
_MOTIFS_ITEM: Mapping[MotifItem, str] = {
    "question-changee": "la question a changé",
    "sans-objet": "sans objet d’un côté au moins",
    "sans-reponse": "sans réponse d’un côté au moins",
}
_MOTIFS_ECHELLE: Mapping[MotifEchelle, str] = {
    "aucun-item": "le référentiel n’a pas d’item ici",
    "aucune-reponse": "aucun item commun",
    "sous-le-seuil": "trop peu d’items communs",
    "trop-peu-de-competences": "moins de quatre compétences communes",
    "sans-reference": "sans intervalle",
    "hors-reference": "le groupe de référence n’en dit rien",
}
_MOTIFS_DEPLACEMENT: Mapping[MotifDeplacement, str] = {
    "score-absent": "une ingénierie n’a pas de score sur les items communs",
    "parts-nulles": "d’un côté, toutes les ingénieries sont au plus bas de l’échelle",
    "sans-position": "il n’y a pas de position des deux côtés",
    "un-seul-pole": "toutes les ingénieries sont au même point de la carte",
    "trop-peu-de-competences": "moins de quatre compétences communes",
}
_SORTES_DE_PAIRE: Mapping[SortePaire, str] = {
    "vecu": "D’un moment à l’autre",
    "retrospectif": "Depuis {moment}, vu d’aujourd’hui",
    "repere": "{moment}, tel qu’il a été situé, puis vu d’aujourd’hui",
    "regards": "Deux regards au même moment",
}
"""Ce qu’une paire du parcours met l’un devant l’autre."""
_SUITES_DE_PAIRE: Mapping[SortePaire, str] = {
    "vecu": "",
    "retrospectif": "Les deux réponses sont données avec le repère d'aujourd'hui.",
    "repere": "La pratique {du_moment} n'a pas changé depuis : ce qui diffère est le repère auquel on la rapporte.",
    "regards": "Deux regards diffèrent sans que l'un ait raison : l'écart est ce dont parler ensemble.",
}
_LECTURES_D_ECART: Mapping[LectureDEcart, str] = {
    "soi-plus-haut": "soi situe plus haut",
    "tiers-plus-haut": "{tiers} plus haut",
    "hauts": "{tous} haut",
    "bas": "{tous} bas",
}
"""Ce que se lit d’un item sous deux regards, les écarts d’abord."""
_SUITES_D_ECART: Mapping[LectureDEcart, str] = {
    "soi-plus-haut": " (ce que {voient} moins, ou un angle mort)",
    "tiers-plus-haut": " (peut-être une force que l'on se reconnaît peu)",
    "hauts": "",
    "bas": "",
}
_UN_TIERS = {"tiers": "le tiers situe", "tous": "les deux situent", "voient": "le tiers voit"}
_DES_TIERS = {
    "tiers": "les tiers, en moyenne, situent",
    "tous": "soi et les tiers, en moyenne, situent",
    "voient": "les tiers voient",
}
_PORTEE = (
    "Une différence compare ce qui est dit à deux moments, ou sous deux regards. Ce que l'on fait peut changer, et la "
    "façon d'en juger aussi : elle sert à en parler, jamais à noter.",
    "{bouge} : la différence sort de ses bornes à 95 %, ce que d'autres situations du même genre auraient pu donner. "
    "Incertain : elle y reste, et peut ne tenir qu'au choix des situations. Si des compétences changent ensemble, par "
    "domaines, ces bornes sont trop étroites : « {etat} » s'y dit alors trop souvent.",
)
_PLANCHER = (
    "Plancher : l'erreur type que le seul arrondi aux niveaux met dans la différence. L'erreur véritable est plus "
    "grande, on ne sait de combien : une compétence de peu de situations n'a ni intervalle ni état à elle."
)


@dataclass(frozen=True, slots=True, repr=False)
class LectureDeComparaison:
    """Les phrases d’une comparaison, par rubrique ; une rubrique peut être vide."""

    entete: str
    bougent: tuple[str, ...]
    position: tuple[str, ...]
    non_compares: tuple[str, ...]
    portee: tuple[str, ...]

    def __repr__(self) -> str:
        """Combien de phrases ; elles sont dans chaque rubrique."""
        return f"LectureDeComparaison({pluriel(len(self.bougent), 'différence dite', 'différences dites')})"


def lire_la_comparaison(comparaison: Comparaison) -> LectureDeComparaison:
    """Rédige la lecture d’une comparaison."""
    return LectureDeComparaison(
        entete=typographier(
            f"{pluriel(comparaison.items_communs, 'situation répondue', 'situations répondues')} des deux côtés sur "
            f"{len(comparaison.items)} ; rien d'autre n'est comparé."
        ),
        bougent=tuple(map(typographier, _dire_ce_qui_bouge(comparaison))),
        position=tuple(map(typographier, _lire_le_deplacement(comparaison))),
        non_compares=tuple(map(typographier, _dire_les_non_compares(comparaison))),
        portee=tuple(map(typographier, _dire_la_portee(comparaison))),
    )


# --- Nommer.


def nommer_le_cote(cote: Cote, referentiel: Referentiel) -> str:
    """« T0 », « T0 vu d’aujourd’hui », « T1, un tiers (pair) » ; ou le nom qu’a le moment."""
    quand = _nommer_le_moment(cote.moment, referentiel)
    return quand if cote.regard == "soi" else f"{quand}, {_nommer_le_tiers(cote)}"


def _nommer_le_moment(moment: str, referentiel: Referentiel) -> str:
    base, _, suite = moment.partition("-")
    return nom_donne(moment, referentiel) or base.upper() + (" vu d’aujourd’hui" if suite else "")


def _nommer_le_regard(cote: Cote, jour: str) -> str:
    """« soi », « soi (14/09/2026) », « un tiers (pair, E2, 14/09/2026) »."""
    if cote.regard == "soi":
        return "soi" + (f" ({jour})" if jour else "")
    return _nommer_le_tiers(cote, jour)


def _nommer_le_tiers(cote: Cote, jour: str = "") -> str:
    dits = [ROLES_EVALUATEUR.get(cote.role, nettoyer(cote.role)), nettoyer(cote.evaluateur), jour]
    qui = ", ".join(filter(None, dits))
    return f"un tiers ({qui})" if qui else "un tiers"


def nommer_les_cotes(comparaison: Comparaison) -> tuple[str, str]:
    """Les deux côtés, aussi courts que possible : « T0 » et « T1 », ou « soi » et « tiers » d’un même moment."""
    de, a = comparaison.de, comparaison.a
    if sont_deux_regards(comparaison):
        return de.regard, a.regard
    usuels = [(un.moment, un.moment.upper().replace("-RETROSPECTIF", " revu")) for un in (de, a)]
    noms = noms_d_en_tete(comparaison.referentiel, usuels)
    if de.regard != a.regard:
        noms = [f"{nom} {un.regard}" for nom, un in zip(noms, (de, a), strict=True)]
    return (noms[0], noms[1]) if noms[0] != noms[1] else ("première", "seconde")


def titrer_la_comparaison(comparaison: Comparaison) -> str:
    """« De T0 (14/09/2026) à T1 (16/11/2026) » ; de deux regards, « T0 (14/09/2026) : de soi à un tiers (pair) »."""
    if sont_deux_regards(comparaison):
        return typographier(_titrer_deux_regards(comparaison))
    de, a = (_citer(cote, comparaison.referentiel) for cote in (comparaison.de, comparaison.a))
    return typographier(f"De {de} à {a}")


def _titrer_deux_regards(comparaison: Comparaison) -> str:
    """Un seul jour se dit une fois, au moment ; deux, chacun à son regard."""
    cotes = (comparaison.de, comparaison.a)
    jours = [dater_le_cote(cote) for cote in cotes]
    moment = _nommer_le_moment(comparaison.de.moment, comparaison.referentiel)
    if jours[0] == jours[1] != "":
        moment, jours = f"{moment} ({jours[0]})", ["", ""]
    de, a = (_nommer_le_regard(cote, jour) for cote, jour in zip(cotes, jours, strict=True))
    return f"{moment} : de {de} à {a}"


def nommer_et_dater_le_cote(cote: Cote, referentiel: Referentiel) -> str:
    """« T0 (14/09/2026) » ; son nom seul, si rien ne le date."""
    return _suivi_de_sa_date(nommer_le_cote(cote, referentiel), cote)


def _suivi_de_sa_date(nom: str, cote: Cote) -> str:
    date = dater_le_cote(cote)
    return nom + (f" ({date})" if date else "")


def _citer(cote: Cote, referentiel: Referentiel) -> str:
    """Un côté dans une phrase, daté : entre guillemets si le référentiel nomme son moment."""
    nom = nommer_le_cote(cote, referentiel)
    return _suivi_de_sa_date(f"« {nom} »" if nom_donne(cote.moment, referentiel) else nom, cote)


def titrer_les_regards(regards: RegardsDuMoment, referentiel: Referentiel) -> str:
    """« Soi et les tiers, T0 », ou le nom qu’a le moment."""
    return f"Soi et les tiers, {nom_donne(regards.moment, referentiel) or regards.moment.upper()}"


def dater_le_cote(cote: Cote, ecrire: Callable[[str], str] = date_courte) -> str:
    """« 14/09/2026 » ; « septembre 2025, dit le 14/09/2026 » là où l’on parle d’un autre jour ; vide sans date.

    D’un moment passé, le jour des réponses n’est jamais le sien.

    :param ecrire: met un jour en mots.
    """
    if not est_retrospectif(cote.moment) and cote.date_moment in ("", cote.date):
        return ecrire(cote.date) if cote.date else ""
    dit = f"dit le {ecrire(cote.date)}" if cote.date else ""
    return ", ".join(filter(None, (dire_la_date(cote.date_moment), dit)))


def dire_la_sorte(sorte: SortePaire, comparaison: Comparaison) -> str:
    """Ce qu’une paire du parcours met l’un devant l’autre : « Depuis le début, vu d’aujourd’hui »."""
    phrase = _SORTES_DE_PAIRE[sorte].format(moment=_moment_revu(*comparaison.moments)[0])
    return phrase[0].upper() + phrase[1:]


def _moment_revu(*moments: str) -> tuple[str, str]:
    """Le moment que l’on revoit d’aujourd’hui, puis ce qui en est : « le début », « du début » ; « T1 », « de T1 »."""
    base = next(filter(est_retrospectif, moments), "t0").partition("-")[0].upper()
    return ("le début", "du début") if base == "T0" else (base, f"de {base}")


def suite_de_la_paire(sorte: SortePaire, de: str, a: str) -> str:
    """Ce qu’il faut savoir pour lire une paire de cette sorte ; vide s’il n’y a rien à ajouter."""
    return typographier(_SUITES_DE_PAIRE[sorte].format(du_moment=_moment_revu(de, a)[1]))


def sont_deux_regards(comparaison: Comparaison) -> bool:
    """Vrai de deux regards sur le même moment : soi et un tiers, ou deux tiers."""
    de, a = comparaison.de, comparaison.a
    codes = {replier_code(cote.evaluateur) for cote in (de, a)}
    # Un tiers sans code n’est pas l’autre.
    du_meme = de.regard == a.regard and (de.regard == "soi" or (len(codes) == 1 and "" not in codes))
    return de.moment == a.moment and not du_meme


def titrer_ce_qui_bouge(comparaison: Comparaison) -> str:
    """« Ce qui bouge », ou « Ce qui s’écarte » entre deux regards."""
    return "Ce qui s’écarte" if sont_deux_regards(comparaison) else "Ce qui bouge"


def etat_en_mots(comparaison: Comparaison, une: ComparaisonEchelle) -> str:
    """L’état d’une échelle et, s’il n’y a rien à comparer, pourquoi."""
    if une.etat == "bouge" and sont_deux_regards(comparaison):
        return _ECARTES
    if une.etat in ("bouge", "incertain"):
        return _ETATS[une.etat]
    if une.motif == "hors-reference" and une.items_communs < len(une.echelle.items):
        return "répondue en partie : sans référence"
    pourquoi = "" if une.motif is None else _MOTIFS_ECHELLE[une.motif]
    return f"{_ETATS[une.etat]} : {pourquoi}" if une.etat else pourquoi


def etat_du_deplacement(comparaison: Comparaison) -> str:
    """L’état du déplacement et, s’il n’y a rien à en dire, pourquoi."""
    position = comparaison.position
    if position.etat == "bouge" and sont_deux_regards(comparaison):
        return _ECARTES
    pourquoi = "" if position.motif is None else f" : {_MOTIFS_DEPLACEMENT[position.motif]}"
    return _ETATS[position.etat] + pourquoi


def motif_d_un_item(item: ComparaisonItem) -> str:
    """Pourquoi un item ne se compare pas ; vide s’il se compare."""
    return "" if item.motif is None else _MOTIFS_ITEM[item.motif]


def nom_d_echelle(une: ComparaisonEchelle) -> str:
    """« C1 Mettre en mouvement », ou le libellé seul s’il dit tout."""
    return nommer_echelle(une.echelle)


# --- Mettre en colonnes.


@dataclass(frozen=True, slots=True)
class ColonneComparee:
    """Une colonne d’échelles comparées, en mots : son titre, une cellule par échelle, et si ce sont des nombres."""

    titre: str
    cellules: tuple[str, ...]
    nombres: bool = True


def colonnes_comparees(comparaison: Comparaison, echelles: Sequence[ComparaisonEchelle]) -> list[ColonneComparee]:
    """Les deux scores, leur différence et ce qu’elle vaut ; une colonne que rien ne remplit n’y est pas."""

    def ecrire(titre: str, valeurs: Iterable[float | None], decimales: int = 1) -> ColonneComparee:
        return ColonneComparee(titre, tuple("–" if v is None else nombre(v, decimales) for v in valeurs))

    de, a = nommer_les_cotes(comparaison)
    colonnes = [
        ecrire(de, (une.de for une in echelles)),
        ecrire(a, (une.a for une in echelles)),
        ColonneComparee("Différence", tuple(difference_signee(une.difference) for une in echelles)),
    ]
    if any(une.bornes is not None for une in echelles):
        colonnes.append(ColonneComparee(typographier("À 95 %"), tuple(bornes_en_mots(une.bornes) for une in echelles)))
    if any(not une.se_juge_seule for une in echelles):
        colonnes.append(ecrire("Plancher", (une.plancher for une in echelles), 2))
    if any(une.reference is not None for une in echelles):
        colonnes.append(ColonneComparee("Décelable", tuple(map(_comparer_au_decelable, echelles))))
    if any(une.etat is not None for une in echelles):
        etats = tuple(typographier(etat_en_mots(comparaison, une)) for une in echelles)
        colonnes.append(ColonneComparee("État", etats, nombres=False))
    return colonnes


def _comparer_au_decelable(une: ComparaisonEchelle) -> str:
    """« 0,83 », « > 0,83 » si la différence le dépasse ; là où l’état vient de la référence, c’est lui qui le dit."""
    if une.reference is None:
        return "–"
    depasse = "> " if une.se_juge_seule and une.reference.etat == "bouge" else ""
    return depasse + _decelable(une)


def _decelable(une: ComparaisonEchelle) -> str:
    """Le plus petit changement décelable, tel qu’on voie de quel côté en est la différence."""
    seuil = une.reference.decelable if une.reference else 0.0
    return nombre(seuil, decimales_qui_distinguent(seuil, abs(une.difference or 0.0), 2))


# --- Ranger : ce qui diffère le plus d’abord.


def echelles_par_difference(echelles: Iterable[ComparaisonEchelle]) -> list[ComparaisonEchelle]:
    """Les plus grandes différences d’abord, dans un sens ou dans l’autre ; celles qui n’en ont pas, à la fin."""

    def rang(une: ComparaisonEchelle) -> float:
        # À égalité une fois écrites, l’ordre du référentiel reste.
        return 1.0 if une.difference is None else -round(abs(une.difference), 2)

    return sorted(echelles, key=rang)


def items_par_difference(comparaison: Comparaison) -> list[ComparaisonItem]:
    """Les items dont la réponse diffère, les plus grandes différences d’abord."""
    changes = [item for item in comparaison.items.values() if item.difference]
    return sorted(changes, key=lambda item: -abs(item.difference or 0))


# --- Les phrases.


def _dire_ce_qui_bouge(comparaison: Comparaison) -> Iterator[str]:
    echelles = echelles_par_difference(comparaison.echelles().values())
    jugees = [une for une in echelles if une.etat in ("bouge", "incertain")]
    bougent = [une for une in jugees if une.etat == "bouge"]
    for une in bougent:
        if une.de is None or une.a is None:
            continue
        decimales = decimales_qui_distinguent(une.de, une.a, 1)
        d_ou = f"de {nombre(une.de, decimales)} à {nombre(une.a, decimales)}, {difference_signee(une.difference)}"
        yield f"{nom_d_echelle(une)} : {d_ou} ({_dire_les_bornes(une)})."
    if comparaison.position.etat == "bouge":
        yield "La position sur la carte " + ("diffère." if sont_deux_regards(comparaison) else "se déplace.")
    elif not bougent and jugees:
        yield "Rien ne sort de son incertitude : les différences qui suivent peuvent tenir au choix des situations."
    elif not bougent:
        verbe = _ECARTES if sont_deux_regards(comparaison) else _ETATS["bouge"]
        yield f"Trop peu de situations communes pour dire si quelque chose {verbe}."


def _dire_les_bornes(une: ComparaisonEchelle) -> str:
    if une.bornes is not None:
        return f"à 95 %, de {bornes_en_mots(une.bornes)}"
    return f"au-delà de {_decelable(une)}, le plus petit changement décelable du groupe de référence"


def _lire_le_deplacement(comparaison: Comparaison) -> Iterator[str]:
    axes, position = comparaison.referentiel.axes, comparaison.position
    verbe, nom = ("diffère", "Cette différence") if sont_deux_regards(comparaison) else ("se déplace", "Ce déplacement")
    pas = position.deplacement
    if pas is None:
        pourquoi = "" if position.motif is None else f" : {_MOTIFS_DEPLACEMENT[position.motif]}"
        yield f"Pas de déplacement{pourquoi}."
        return
    vers = [_dire_un_axe(axe, valeur) for axe, valeur in ((axes.x, pas.x), (axes.y, pas.y))]
    dits = [mots for mots in vers if mots]
    yield f"La position {verbe} {enumerer(dits)}." if dits else "La position est la même des deux côtés."
    if position.motif is not None:
        yield f"Rien ne dit ce que cela vaut : {_MOTIFS_DEPLACEMENT[position.motif]}."
    elif position.etat == "bouge":
        yield f"{nom} sort de sa région à 95 %."
    else:
        yield f"{nom} reste dans la région à 95 % qui couvre aussi zéro : incertain."


def _dire_un_axe(axe: Axe, pas: float) -> str:
    """« de 0,16 vers « Seul » » ; vide s’il ne se voit pas."""
    if not nombre(abs(pas), 2).strip("0,"):
        return ""
    return f"de {nombre(abs(pas), 2)} vers « {axe.fin if pas > 0 else axe.debut} »"


def _dire_les_non_compares(comparaison: Comparaison) -> Iterator[str]:
    for motif, mots in _MOTIFS_ITEM.items():
        codes = [code for code, item in comparaison.items.items() if item.motif == motif]
        if codes:
            yield f"{accorder(len(codes), 'situation')}, {mots} : {', '.join(codes)}."


def _dire_la_portee(comparaison: Comparaison) -> Iterator[str]:
    etat = _ECARTES if sont_deux_regards(comparaison) else _ETATS["bouge"]
    yield from (phrase.format(bouge=etat.capitalize(), etat=etat) for phrase in _PORTEE)
    yield _PLANCHER
    yield from _dire_la_reference(comparaison.reference, comparaison.referentiel)
    if comparaison.reference is not None:
        yield "« > » devant un changement décelable : la différence le dépasse. L'état, lui, vient des bornes à 95 %."


def _dire_la_reference(reference: Reference | None, referentiel: Referentiel) -> Iterator[str]:
    """D’où vient un groupe de référence, ce que « décelable » veut dire, de quoi il ne dit rien ; sinon, rien."""
    if reference is not None:
        yield (
            f"Groupe de référence : {accorder(reference.personnes, 'personne')} ({reference.moment}, "
            f"{reference.regard}). Décelable : le plus petit changement que son erreur de mesure permet de dire à "
            "95 % (1,96 · √2 · erreur type de mesure) ; il ne vaut que d'une échelle répondue en entier des deux côtés."
        )
        muettes = [une for code, une in referentiel.echelles.items() if code not in reference.erreurs]
        if muettes:
            yield f"Ce groupe ne donne pas d'erreur de mesure à : {enumerer([*map(nommer_echelle, muettes)])}."


# --- Soi et les tiers.


TIERS_TUS = "ce que disent moins de trois tiers est tu, sauf à qui les a sollicités pour lui-même"


def lire_les_regards(regards: RegardsDuMoment) -> tuple[str, ...]:
    """Ce que se lit de soi et de ses tiers à un moment : combien, ce qui s’écarte, ce qui se rejoint."""
    return tuple(map(typographier, _dire_les_regards(regards)))


def _dire_les_regards(regards: RegardsDuMoment) -> Iterator[str]:
    un_seul = regards.tiers < 2
    combien = "Un tiers situe ce qu'il voit" if un_seul else f"{regards.tiers} tiers situent ce qu'ils voient"
    yield f"{combien} du travail de la personne."
    if any(un.tiers.tu for un in regards.items.values()):
        yield f"{TIERS_TUS.capitalize()}."
    qui = _UN_TIERS if un_seul else _DES_TIERS
    for lecture, mots in _LECTURES_D_ECART.items():
        codes = [code for code, un in regards.items.items() if un.lecture == lecture]
        if codes:
            phrase = (mots + _SUITES_D_ECART[lecture]).format_map(qui)
            yield f"{phrase[0].upper()}{phrase[1:]} : {', '.join(codes)}."
    for face in regards.face_a_face:
        avec = "" if un_seul else f"Avec {_nommer_le_tiers(face.comparaison.a)} : "
        yield from _dire_la_ressemblance(face.ressemblance, avec)


def _dire_la_ressemblance(ressemblance: Ressemblance, avec: str) -> Iterator[str]:
    """Combien deux profils se ressemblent ; ``avec`` : de quel tiers, s’il y en a plusieurs."""
    if ressemblance.distance is None:
        return
    forme = ""
    if ressemblance.correlation is not None:
        forme = f" ; corrélation de leurs réponses : {nombre(ressemblance.correlation, 2)}"
    communs = pluriel(ressemblance.items, "situation commune", "situations communes")
    dit = f"d'ordinaire {nombre(ressemblance.distance)} niveau d'écart, sur {communs}{forme}."
    yield avec + dit if avec else f"{dit[0].upper()}{dit[1:]}"


def codes_inchanges(comparaison: Comparaison) -> Sequence[str]:
    """Les codes des items répondus de même des deux côtés."""
    return [code for code, item in comparaison.items.items() if item.difference == 0]


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
_TROP_ETROITES = (
    "Personne par personne : si des compétences changent ensemble, par domaines, les bornes d'une personne sont trop "
    "étroites, et les comptes trop grands. Celles du groupe n'en dépendent pas."
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
        phrases += _dire_la_reference(evolution.reference, evolution.referentiel)
        phrases.append(_TROP_ETROITES)
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
    de, a = noms_d_en_tete(evolution.referentiel, [(moment, _nom_usuel(moment)) for moment in (premier, second)])
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
    return bornes_en_mots(series.difference.bornes) + ("*" if est_indicative(series) else "")


def est_indicative(series: SeriesAppariees | None) -> bool:
    """Vrai si l’intervalle de la différence se montre, et n’est qu’indicatif : une étoile le dit."""
    return series is not None and series.difference.bornes is not None and series.indicatives


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
    from cpit.coeur.evolution import TIENNENT

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
    bas, haut = (nombre(borne, decimales_qui_distinguent(borne, 0, 2)) for borne in difference.bornes or (0.0, 0.0))
    return f"{nommer_le_mouvement(un)} {borne_signee(difference.valeur)} ({bas} à {haut})"


def _valeur(un: Mouvement) -> float:
    return un.series.difference.valeur if un.series else 0.0


def _couvre_zero(un: NombreBorne) -> bool:
    return un.bornes is None or un.bornes[0] <= 0 <= un.bornes[1]

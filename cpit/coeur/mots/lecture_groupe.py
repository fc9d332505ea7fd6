"""Ce que l’on peut dire d’un groupe, de ses équipes et de ses profils ; cinq lignes, dont aucune ne nomme une personne.

D’une équipe, et de la tension entre des groupes d’items, c’est toujours « notre lecture, hypothèse ». Des profils d’un
jeu individuel ne se disent que des comptes : les combinaisons elles-mêmes sont dans les données, et ne se listent qu’à
l’écran.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from cpit.coeur.equipe import CaseDEquipe, EquipeLue, EtatDeSituation, LectureDEquipes, SituationDEquipe, niveau_tenu
from cpit.coeur.groupe import PLANCHER, TU, Portrait
from cpit.coeur.mots.restitution import HYPOTHESE_DE_TENSION, dire_la_tension, dominante_en_mots
from cpit.coeur.referentiel import Referentiel
from cpit.typographie import accorder, enumerer, grouper, nombre, pluriel, se_distinguent, typographier

if TYPE_CHECKING:
    from cpit.coeur.export import Jeu, JeuRecode, QuestionRecodee


def lire_le_groupe(referentiel: Referentiel, portrait: Portrait) -> list[str]:
    """Cinq lignes : où le groupe se tient, où il va le plus et le moins loin, où il diffère, ce que cela vaut."""
    return [
        _ligne_dominantes(referentiel, portrait),
        _ligne_extremes(referentiel, portrait),
        _ligne_dispersion(referentiel, portrait),
        phrase_des_positions(portrait),
        "Auto-évaluation ou regard d'un tiers : de quoi ouvrir une discussion, pas de quoi classer.",
    ]


def compter_les_positions(portrait: Portrait) -> str:
    """« 12 positions », ou « moins de 3 positions » si leur nombre est tu."""
    if portrait.positions is None:
        return f"moins de {PLANCHER} positions"
    return accorder(portrait.positions, "position")


def phrase_des_positions(portrait: Portrait) -> str:
    """« 12 positions sur 14 passations. »"""
    phrase = f"{compter_les_positions(portrait)} sur {accorder(portrait.effectif, 'passation')}."
    return phrase[:1].upper() + phrase[1:]


def _ligne_dominantes(referentiel: Referentiel, portrait: Portrait) -> str:
    if portrait.positions is None:
        return "Trop peu de positions pour dire ce qui pèse le plus."
    if portrait.points_tus:
        return "Trop peu de personnes pour dire, de chacune, ce qui pèse le plus."
    comptes: Counter[str] = Counter()
    for dominante, combien in portrait.dominantes.items():
        comptes[dominante_en_mots(referentiel, dominante)] += combien
    if not comptes:
        return "Aucune position n'a pu être calculée."
    parts = [f"{quoi} ({grouper(n)})" for quoi, n in sorted(comptes.items(), key=lambda part: (-part[1], part[0]))]
    return f"Ce qui pèse le plus, personne par personne : {', '.join(parts)}."


def _ligne_extremes(referentiel: Referentiel, portrait: Portrait) -> str:
    moyennes = _triees(referentiel, portrait, "moyenne")
    if len(moyennes) < 2 or not se_distinguent(moyennes[0][0], moyennes[-1][0]):
        return "Aucune compétence ne se détache dans le groupe."
    return (
        f"Les réponses du groupe vont le plus loin pour {_a_ce_nombre(referentiel, moyennes, moyennes[-1][0])}, "
        f"le moins loin pour {_a_ce_nombre(referentiel, moyennes, moyennes[0][0])}."
    )


def _ligne_dispersion(referentiel: Referentiel, portrait: Portrait) -> str:
    ecarts = _triees(referentiel, portrait, "ecart_type")
    if len(ecarts) < 2 and portrait.dispersion_tue:
        return "Trop peu de personnes pour dire, sans désigner personne, où elles diffèrent."
    if len(ecarts) < 2:
        return "Trop peu de passations pour parler d'écarts entre les personnes."
    if not se_distinguent(ecarts[0][0], ecarts[-1][0]):
        return f"Les réponses diffèrent autant d'une compétence à l'autre (± {nombre(ecarts[-1][0])})."
    return (
        f"Les réponses diffèrent le plus pour {_a_ce_nombre(referentiel, ecarts, ecarts[-1][0], '± ')}, "
        f"le moins pour {_a_ce_nombre(referentiel, ecarts, ecarts[0][0], '± ')}."
    )


def _triees(referentiel: Referentiel, portrait: Portrait, mesure: str) -> list[tuple[float, str]]:
    valeurs = [(getattr(portrait.echelles[c.identifiant], mesure), c.identifiant) for c in referentiel.competences]
    return sorted((valeur, code) for valeur, code in valeurs if valeur is not None)


def _a_ce_nombre(referentiel: Referentiel, valeurs: list[tuple[float, str]], valeur: float, signe: str = "") -> str:
    """« C3 Lire les points d’appui (2,1) », ou tous les codes qui s’écrivent de même : « C4, C6 et C7 (1,5) »."""
    a_egalite = {code for autre, code in valeurs if not se_distinguent(autre, valeur)}
    codes = [c.identifiant for c in referentiel.competences if c.identifiant in a_egalite]
    noms = f"{codes[0]} {referentiel.echelles[codes[0]].libelle}" if len(codes) == 1 else enumerer(codes)
    return f"{noms} ({signe}{nombre(valeur)})"


_HYPOTHESE_D_EQUIPE = typographier(
    "Notre lecture, hypothèse : la source ne dit qu'une fois qu'une fonction se porte à plusieurs. De quoi ouvrir une "
    "discussion dans l'équipe, pas de quoi la juger, ni répartir des postes."
)
"""Se lit en tête de tout ce que l’on montre d’une équipe."""
_POUR_L_EQUIPE = typographier(
    "Dans une équipe de quelques personnes, qui se connaît se reconnaît : montrer à chaque équipe la sienne, et n'en "
    "rien diffuser."
)
_EQUIPE_TROP_PETITE = typographier("Rien n'en est montré sans --nominatif.")
MOTS_DE_SITUATION: Mapping[EtatDeSituation, str] = {
    "plusieurs": "à plusieurs",
    "une": "à une personne",
    "aucune": "à personne",
    "sans-reponse": "sans réponse",
    "tue": TU,
}
"""À combien de personnes tient une situation, parmi celles qui y ont répondu."""


def avertir_des_equipes(lecture: LectureDEquipes) -> list[str]:
    """Ce qui se lit avant toute équipe : l’hypothèse, à qui la montrer, ce que « tenue » veut dire."""
    dites = [_HYPOTHESE_D_EQUIPE, _POUR_L_EQUIPE, _dire_la_tenue(lecture.referentiel)]
    return [*dites, HYPOTHESE_DE_TENSION] if any(equipe.tensions for equipe in lecture.equipes) else dites


def titrer_l_equipe(equipe: EquipeLue) -> str:
    """« Commune : 9 personnes »."""
    effectif = f"moins de {PLANCHER} personnes" if equipe.effectif is None else accorder(equipe.effectif, "personne")
    return typographier(f"{equipe.libelle} : {effectif}")


def _dire_la_tenue(referentiel: Referentiel) -> str:
    """À partir de quel niveau une situation est tenue, et ce que dit « aucune »."""
    niveau = niveau_tenu(referentiel.echelle)
    seuil = "" if niveau is None else f", soit « {niveau.libelle} » ({niveau.valeur}) ou plus"
    return typographier(
        f"Tenue : à mi-échelle au moins{seuil}. Entre parenthèses, les personnes qui tiennent la situation et celles "
        "qui y ont répondu ; qui n'a pas répondu, ou dit « sans objet », pourrait la tenir."
    )


def case_en_mots(case: CaseDEquipe) -> str:
    """« à plusieurs (5/9) » d’une seule situation ; « 2 à plusieurs, 1 à personne (7 à 9 réponses) » de plusieurs."""
    if not case.situations:
        return "–"
    if len(case.situations) == 1:
        return _situation_en_mots(case.situations[0])
    comptes = [f"{n} {mot}" for etat, mot in MOTS_DE_SITUATION.items() if (n := case.compter(etat))]
    bornes = case.repondants
    if bornes is None:
        return ", ".join(comptes)
    dites = accorder(bornes[0], "réponse") if bornes[0] == bornes[1] else f"{bornes[0]} à {bornes[1]} réponses"
    return typographier(f"{', '.join(comptes)} ({dites})")


def _situation_en_mots(situation: SituationDEquipe) -> str:
    """« à une personne (1/7) »."""
    mots = MOTS_DE_SITUATION[situation.etat]
    return f"{mots} ({situation.tenants}/{situation.repondants})" if situation.repondants else mots


def ce_qui_se_passe(equipe: EquipeLue) -> Iterator[tuple[str, str, str]]:
    """Chaque situation qui pourrait se passer : son code, qui (ou combien) le pourrait, à qui (ou à combien)."""
    for situation in equipe.situations():
        if situation.se_passe:
            if equipe.nominatif:
                yield situation.item.code, ", ".join(situation.qui_passe), ", ".join(situation.a_qui)
            else:
                yield situation.item.code, str(situation.passeurs), str(situation.plus_bas)


def _qui_tient_seul(equipe: EquipeLue) -> Iterator[tuple[str, str]]:
    """Chaque situation qui tient à une personne, et son code si on l’a demandé."""
    for situation in equipe.situations():
        if situation.etat == "une":
            yield situation.item.code, ", ".join(situation.qui_tient)


def lire_l_equipe(referentiel: Referentiel, equipe: EquipeLue) -> list[str]:
    """Ce qui tient à plusieurs, à une, à personne ; ce qui pourrait se passer ; où l’on se tient ; les tensions."""
    if equipe.tue:
        return [_EQUIPE_TROP_PETITE]
    phrases = [*_dire_qui_tient(equipe), *_dire_ce_qui_se_passe(equipe), dire_la_place(equipe)]
    phrases += [dire_la_tension(referentiel, tension) for tension in equipe.tensions]
    return list(map(typographier, phrases))


def _dire_qui_tient(equipe: EquipeLue) -> Iterator[str]:
    comptes = {etat: equipe.compter(etat) for etat in MOTS_DE_SITUATION}
    total = sum(comptes.values())
    yield (
        f"Sur {accorder(total, 'situation')}, tiennent à plusieurs : {comptes['plusieurs']} ; à une personne : "
        f"{comptes['une']} ; à personne de qui a répondu : {comptes['aucune']}."
    )
    if comptes["sans-reponse"]:
        yield f"{pluriel(comptes['sans-reponse'], 'situation')} sans aucune réponse : on ne sait pas qui la tient."
    if comptes["tue"]:
        yield f"{pluriel(comptes['tue'], 'situation')} « {TU} » : moins de {PLANCHER} personnes y ont répondu."
    seules = [f"{code} ({qui})" if qui else code for code, qui in _qui_tient_seul(equipe)]
    if seules:
        yield f"{'Tient' if len(seules) == 1 else 'Tiennent'} à une personne : {enumerer(seules)}."
    aucune = [s.item.code for s in equipe.situations() if s.etat == "aucune"]
    if aucune:
        yield f"Personne de celles qui ont répondu ne tient : {enumerer(aucune)}."


def _dire_ce_qui_se_passe(equipe: EquipeLue) -> Iterator[str]:
    combien = sum(1 for _ in ce_qui_se_passe(equipe))
    if combien:
        yield f"{pluriel(combien, 'situation')} où quelqu'un, au plus haut niveau, pourrait passer à qui est plus bas."
    else:
        yield "Aucune situation où quelqu'un, au plus haut niveau, pourrait passer à qui est plus bas."


def dire_la_place(equipe: EquipeLue) -> str:
    """Le centre et l’étendue d’une équipe sur la carte, ou pourquoi on ne les dit pas."""
    place = equipe.place
    if place.tue:
        return f"Carte tue : moins de {PLANCHER} positions."
    if place.centre is None:
        return "Aucune position n'a pu être calculée."
    if not place.points:
        centre = f"({nombre(place.centre.x, 2)} ; {nombre(place.centre.y, 2)})"
        return f"Sur la carte, centre {centre} ; trop peu de personnes pour montrer où est chacune."
    xs, ys = ([getattr(p, axe) for p in place.points] for axe in ("x", "y"))
    de_qui = f" de {accorder(place.personnes, 'personne')}" if place.personnes < len(place.points) else ""
    return (
        f"Sur la carte, {accorder(len(place.points), 'position')}{de_qui} : centre ({nombre(place.centre.x, 2)} ; "
        f"{nombre(place.centre.y, 2)}), de {nombre(min(xs), 2)} à {nombre(max(xs), 2)} en x, de {nombre(min(ys), 2)} à "
        f"{nombre(max(ys), 2)} en y."
    )


def dire_les_sans_equipe(lecture: LectureDEquipes, strate: tuple[str, str]) -> str:
    """Combien de personnes ne disent pas leur équipe ; vide s’il n’y en a pas."""
    combien = lecture.sans_equipe.get(strate, 0)
    if combien == 0:
        return ""
    dites = f"Moins de {PLANCHER} personnes" if combien is None else accorder(combien, "personne")
    return typographier(f"Sans réponse à « {lecture.critere.libelle} » : {dites.lower()}, dans aucune équipe.")


def phrases_des_profils(jeu: Jeu) -> list[str]:
    """Les phrases, pour l’écran et le LISEZMOI ; aucune sans question de profil."""
    risques = jeu.risques
    if risques is None or not jeu.profil:
        return []
    combien = f"{pluriel(risques.personnes, 'personne')}, {pluriel(risques.combinaisons, 'combinaison')} de profil"
    concernees = pluriel(risques.exposees, "personne concernée", "personnes concernées")
    rares = f"Combinaison de moins de {risques.k} personnes : {concernees}"
    phrases = [f"{combien}. {rares}, dont {pluriel(risques.uniques, 'seule à la porter', 'seules à la porter')}."]
    if jeu.recode is not None:
        phrases += _phrases_de_recodage(jeu.recode)
    return [typographier(phrase) for phrase in phrases]


_PERTE_FORTE = 0.25
"""Part de ce que disaient les profils au-delà de quoi l’on dit quelles questions la causent."""


def conseil_sur_les_questions(jeu: Jeu) -> str:
    """Quelles questions désignent le plus, et quoi en faire ; vide si peu est rare, ou si ``k`` fait perdre peu.

    À dire à qui exporte, non dans ce qui se partage.
    """
    if not jeu.distinguent or (jeu.recode is not None and jeu.recode.perte <= _PERTE_FORTE):
        return ""
    seule = len(jeu.distinguent) == 1
    questions = enumerer([f"« {libelle} »" for libelle in jeu.distinguent])
    combien = accorder(jeu.sans_elles, "personne aurait", "personnes auraient")
    combien = combien if jeu.sans_elles else "plus personne n'aurait"
    return typographier(
        f"{'Ce qui désigne le plus' if seule else 'Ce qui désigne, le plus d’abord'} : {questions}. Sans "
        f"{'elle' if seule else 'elles'}, {combien} une combinaison rare. De ce dont l'étude a besoin, réunir "
        "d'avance les choix ; du reste, ôter la colonne (« cpit cohorte » écrit une table que « cpit exporter » "
        "relit), ou ne plus le demander."
    )


def _phrases_de_recodage(recode: JeuRecode) -> Iterator[str]:
    yield (
        f"Recodé pour que chaque combinaison concerne {recode.k} personnes au moins, dans tout le jeu et à chaque "
        "moment sous chaque regard ; le mois n'est pas compté. Modalités rares réunies, puis cellules tues, au choix "
        f"qui perd le moins de ceux essayés : {nombre(100 * recode.perte, 1)} % de ce que disaient les profils."
    )
    for question, cases in _par_question(recode.questions):
        if len(cases) > 1 and not any(case.cellules_gardees for case in cases):
            yield f"{question} (sur {pluriel(recode.cellules, 'cellule')} de chaque case) : rien n'en reste."
        else:
            yield from _phrases_des_pertes(cases, recode.cellules)
    if not recode.questions:
        yield "Rien n'a été perdu : aucune combinaison n'était rare."
    if recode.petites:
        strates = enumerer([f"{moment}, {regard}" for moment, regard in recode.petites])
        yield f"Moins de {recode.k} personnes y ont répondu, et rien n'y est promis : {strates}."


def _par_question(colonnes: Sequence[QuestionRecodee]) -> Iterator[tuple[str, list[QuestionRecodee]]]:
    """Les colonnes qui ont perdu, réunies par question : une case de plusieurs choix en est une à elle seule."""
    from cpit.coeur.export import AVANT_UN_CHOIX  # un groupe se lit sans rien exporter

    for question, cases in groupby(colonnes, key=lambda colonne: colonne.libelle.partition(AVANT_UN_CHOIX)[0]):
        yield question, list(cases)


def _phrases_des_pertes(questions: Iterable[QuestionRecodee], cellules: int) -> Iterator[str]:
    for question in questions:
        pertes = []
        if question.cellules_reunies:
            pertes.append(
                f"{pluriel(question.cellules_reunies, 'cellule')} où sont réunis {enumerer(question.reunies)}"
            )
        if question.cellules_tues:
            pertes.append(f"{question.cellules_tues} tue{'s' if question.cellules_tues > 1 else ''}")
        reste = "" if question.cellules_gardees else " ; rien n'en reste"
        yield f"{question.libelle} (sur {pluriel(cellules, 'cellule')}) : {', '.join(pertes)}{reste}."

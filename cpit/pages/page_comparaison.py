"""Les pages de ce qui a bougé : celle d’une personne, ses moments et ses regards ; celle d’un groupe.

D’une personne : où elle en est, qui situe quoi. D’un groupe : qui est compté, les moyennes des deux côtés, les trajets
sur la carte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cpit.coeur.comparaison import Comparaison, ComparaisonEchelle, Cote, PaireDuParcours, Parcours
from cpit.coeur.evolution import TIENNENT, ComptesDEtats, Evolution, Mouvement, montrer_l_evolution
from cpit.coeur.groupe import EFFECTIF_DES_ECARTS, PLANCHER, REGLE_DES_PAGES, TU
from cpit.coeur.mots.lecture_comparaison import (
    MOTIFS_DE_MOUVEMENT,
    LectureDeComparaison,
    bornes_de_la_difference,
    codes_inchanges,
    colonnes_comparees,
    dater_le_cote,
    decelable_en_mots,
    dire_la_sorte,
    echelles_par_difference,
    est_indicative,
    limites_en_mots,
    lire_l_evolution,
    lire_la_comparaison,
    lire_les_regards,
    nommer_la_strate,
    nommer_le_cote,
    nommer_les_cotes,
    nommer_les_deux_strates,
    suite_de_la_paire,
    titre_de_qui_bouge,
    titrer_ce_qui_bouge,
    titrer_l_evolution,
    titrer_la_comparaison,
    titrer_les_regards,
)
from cpit.coeur.mots.notice import (
    CONFIDENTIALITE,
    EN_SECOND,
    LIMITES,
    LIMITES_GROUPE,
    code_a_montrer,
    rappel_echelle,
    regles,
)
from cpit.coeur.mots.restitution import composer_restitution
from cpit.coeur.passation import IdentiteReferentiel, Passation
from cpit.coeur.referentiel import Item, Referentiel
from cpit.coeur.suites import Plan
from cpit.coeur.tableaux import libelle_reponse
from cpit.figures import COMPARAISON, FIGURES
from cpit.figures.carte import carte_evolution
from cpit.figures.dessin import Style
from cpit.figures.halteres import evolution_du_groupe, regards_du_moment
from cpit.pages.page import (
    TIRET,
    Illustration,
    LigneDePage,
    TableDePage,
    decimal,
    echelles_de,
    jour,
    pied,
    rendre,
    table_de_scores,
)
from cpit.pages.page_personne import PlanDePage
from cpit.sceaux import __version__
from cpit.typographie import accorder, difference_signee, grouper, nettoyer, typographier

_STYLE = Style(largeur=400, dans_une_page=True)


@dataclass(frozen=True, slots=True)
class _Reponse:
    """Une situation d’un côté : le niveau répondu, et la trace."""

    niveau: str
    trace: str


@dataclass(frozen=True, slots=True)
class _Situation:
    """Une situation de l’annexe ; ``autrement`` : comment elle était posée là où la question était autre."""

    code: str
    enonce: str
    autrement: str
    difference: str
    reponses: tuple[_Reponse, ...]


@dataclass(frozen=True, slots=True)
class _AutrePaire:
    """Une autre comparaison du parcours, en bref."""

    titre: str
    phrases: tuple[str, ...]
    ingenieries: TableDePage


@dataclass(frozen=True, slots=True)
class _DesRegards:
    """Soi et les tiers à un moment, puis soi et chaque tiers qui se montre."""

    titre: str
    image: Illustration
    phrases: tuple[str, ...]
    paires: tuple[_AutrePaire, ...]


@dataclass(frozen=True, slots=True)
class _Contenu:
    """Tout ce que la page montre, déjà mis en mots."""

    personne: str
    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    pied: str
    alertes: tuple[str, ...]
    echelle: str
    titre_de_ce_qui_bouge: str
    lecture: LectureDeComparaison
    suite: str
    evolution: Illustration
    ingenieries: TableDePage
    carte: Illustration
    aujourd_hui: tuple[str, tuple[TableDePage, ...]] | None
    regards: tuple[_DesRegards, ...]
    autres: tuple[_AutrePaire, ...]
    regroupements: tuple[TableDePage, ...]
    en_second: str
    cotes: tuple[str, ...]
    deux: tuple[str, str]
    situations: tuple[_Situation, ...]
    inchanges: str
    regles: tuple[tuple[str, str], ...]
    limites: tuple[tuple[str, str], ...]
    plan: PlanDePage | None = None


def rendre_page_comparaison(
    comparaison: Comparaison,
    parcours: Parcours,
    passations: Sequence[Passation],
    *,
    date: str,
    reserves: Iterable[str] = (),
    plan: Plan | None = None,
) -> str:
    """La page d’un parcours, à écrire en UTF-8 et à ouvrir d’un double-clic, hors ligne.

    :param comparaison: celle que la page montre d’abord.
    :param passations: celles du parcours qui se montrent une à une, dans l’annexe.
    :param date: jour où la page est écrite, ISO 8601.
    :param reserves: ce qu’il faut savoir de la lecture, en phrases.
    :param plan: les pas de la personne ; sans pas, rien n’en est dit.
    """
    qui = nettoyer(parcours.identifiant) or "Personne sans code"
    titre = f"{qui} · {titrer_la_comparaison(comparaison)}"
    contenu = _contenu(comparaison, parcours, passations, qui, date, tuple(reserves))
    if plan is not None and plan.pas:
        # Ce qui est écrit et ce que c’est devenu ; les lignes à remplir sont sur la page de la passation.
        contenu = replace(contenu, plan=replace(PlanDePage.de(plan), vides=0))
    return rendre("comparaison.html.j2", "comparaison", titre, contenu)


def _contenu(
    comparaison: Comparaison,
    parcours: Parcours,
    passations: Sequence[Passation],
    qui: str,
    date: str,
    reserves: tuple[str, ...],
) -> _Contenu:
    referentiel = parcours.referentiel
    sorte = next((paire.sorte for paire in parcours.paires if paire.comparaison == comparaison), None)
    return _Contenu(
        personne=parcours.identifiant,
        surtitre=titrer_la_comparaison(comparaison),
        titre=qui,
        soustitre=typographier(referentiel.titre),
        faits=tuple(_faits(comparaison, parcours, date)),
        pied=pied(referentiel, __version__),
        alertes=reserves,
        echelle=typographier(rappel_echelle(referentiel)),
        titre_de_ce_qui_bouge=titrer_ce_qui_bouge(comparaison),
        lecture=lire_la_comparaison(comparaison),
        suite="" if sorte is None else suite_de_la_paire(sorte, *comparaison.moments),
        evolution=_illustrer("evolution", comparaison, _table_des_competences(comparaison)),
        ingenieries=_table("Ingénieries", "Ingénierie", comparaison, comparaison.ingenieries.values()),
        carte=_illustrer("carte", comparaison, _table_du_trajet(comparaison)),
        aujourd_hui=_aujourd_hui(parcours, passations),
        regards=tuple(_regards(parcours)),
        autres=tuple(_autres(comparaison, parcours)),
        regroupements=tuple(_regroupements(comparaison)),
        en_second=EN_SECOND,
        cotes=tuple(_nommer(passation, referentiel) for passation in passations),
        deux=nommer_les_cotes(comparaison),
        situations=tuple(_situations(comparaison, passations)),
        inchanges=", ".join(codes_inchanges(comparaison)),
        regles=tuple(regles(referentiel)),
        limites=tuple((libelle, typographier(texte)) for libelle, texte in (*LIMITES, CONFIDENTIALITE)),
    )


def _faits(comparaison: Comparaison, parcours: Parcours, date: str) -> Iterator[tuple[str, str]]:
    for etape in parcours.etapes:
        nom = nommer_le_cote(etape, comparaison.referentiel)
        yield nettoyer(typographier(nom)), dater_le_cote(etape, jour) or "sans date"
    yield "Situations comparées", f"{comparaison.items_communs} sur {len(comparaison.items)}"
    yield "Page écrite le", jour(date)


def _nommer(passation: Passation, referentiel: Referentiel) -> str:
    return nettoyer(typographier(nommer_le_cote(Cote.depuis(passation), referentiel)))


def _illustrer(cle: str, comparaison: Comparaison, table: TableDePage) -> Illustration:
    return Illustration.de(FIGURES[cle].dessinateur(COMPARAISON)(comparaison, _STYLE), table)


# --- les tables -----------------------------------------------------------------------------------------------------


def _table(titre: str, entete: str, comparaison: Comparaison, echelles: Iterable[ComparaisonEchelle]) -> TableDePage:
    """Une ligne par échelle, la plus grande différence d’abord."""
    rangees = echelles_par_difference(echelles)
    colonnes = colonnes_comparees(comparaison, rangees)
    lignes = tuple(
        LigneDePage(
            typographier(une.echelle.libelle),
            tuple(colonne.cellules[rang] for colonne in colonnes),
            code_a_montrer(une.echelle.identifiant, une.echelle.libelle),
        )
        for rang, une in enumerate(rangees)
    )
    nombres = frozenset(rang for rang, colonne in enumerate(colonnes) if colonne.nombres)
    return TableDePage(
        typographier(titre),
        (entete, *(colonne.titre for colonne in colonnes)),
        lignes,
        nombres,
        large=len(colonnes) > 4,
    )


def _table_des_competences(comparaison: Comparaison) -> TableDePage:
    return _table("Compétences", "Compétence", comparaison, comparaison.competences.values())


def _regroupements(comparaison: Comparaison) -> Iterator[TableDePage]:
    for regroupement in comparaison.referentiel.regroupements:
        groupes = comparaison.regroupements[regroupement.identifiant].values()
        yield _table(regroupement.libelle, "Groupe", comparaison, groupes)


def _table_du_trajet(comparaison: Comparaison) -> TableDePage:
    position, axes = comparaison.position, comparaison.referentiel.axes
    noms = (*nommer_les_cotes(comparaison), "Différence")
    lignes = []
    for nom, place in zip(noms, (position.de, position.a, position.deplacement), strict=True):
        ecrire = difference_signee if nom == "Différence" else lambda v: decimal(v, 2)
        cellules = (TIRET, TIRET) if place is None else (ecrire(place.x), ecrire(place.y))
        lignes.append(LigneDePage(nom, cellules))
    entetes = ("Point", typographier(axes.x.libelle), typographier(axes.y.libelle))
    return TableDePage("Les deux positions", entetes, tuple(lignes), frozenset({0, 1}))


def _aujourd_hui(parcours: Parcours, passations: Sequence[Passation]) -> tuple[str, tuple[TableDePage, ...]] | None:
    """Où en est la personne à sa dernière passation, sur toutes ses réponses ; rien si elle est d’une autre version."""
    siennes = [p for p in passations if p.regard == "soi" and not p.moment.endswith("-retrospectif")]
    referentiel = parcours.referentiel
    if not siennes or siennes[-1].referentiel != IdentiteReferentiel.depuis(referentiel):
        return None
    resultat = composer_restitution(referentiel, siennes[-1]).resultat
    tables = tuple(
        table_de_scores(
            *(referentiel, titre, [(e, resultat.score(e.identifiant)) for e in echelles_de(referentiel, nature)]),
            entete=entete,
        )
        for titre, nature, entete in (
            ("Ingénieries", "ingenierie", "Ingénierie"),
            ("Compétences", "competence", "Compétence"),
        )
    )
    return _nommer(siennes[-1], referentiel), tables


# --- les autres comparaisons, les regards ---------------------------------------------------------------------------


def _autres(comparaison: Comparaison, parcours: Parcours) -> Iterator[_AutrePaire]:
    """Les autres paires du parcours ; d’un moment où un seul tiers se montre, la sienne se lit avec les regards."""
    la = {p.comparaison.de.moment for p in parcours.paires if p.sorte == "regards"} - _a_plusieurs_tiers(parcours)
    for paire in parcours.paires:
        avec_les_regards = paire.sorte == "regards" and paire.comparaison.de.moment in la
        if not avec_les_regards and paire.comparaison != comparaison:
            yield _en_bref(paire)


def _a_plusieurs_tiers(parcours: Parcours) -> set[str]:
    """Les moments où plusieurs tiers se montrent un à un."""
    return {regards.moment for regards in parcours.regards if len(regards.face_a_face) > 1}


def _en_bref(paire: PaireDuParcours) -> _AutrePaire:
    comparaison = paire.comparaison
    lecture = lire_la_comparaison(comparaison)
    dites = (suite_de_la_paire(paire.sorte, *comparaison.moments), *lecture.bougent, *lecture.position)
    return _AutrePaire(
        f"{dire_la_sorte(paire.sorte, comparaison)} · {titrer_la_comparaison(comparaison)}",
        tuple(filter(None, dites)),
        _table(titrer_la_comparaison(comparaison), "Ingénierie", comparaison, comparaison.ingenieries.values()),
    )


def _regards(parcours: Parcours) -> Iterator[_DesRegards]:
    plusieurs = _a_plusieurs_tiers(parcours)
    for regards in parcours.regards:
        image = Illustration.de(regards_du_moment(parcours, regards, _STYLE))
        siennes = (p for p in parcours.paires if p.sorte == "regards" and p.comparaison.de.moment == regards.moment)
        paires = siennes if regards.moment not in plusieurs else ()
        titre = titrer_les_regards(regards, parcours.referentiel)
        yield _DesRegards(titre, image, lire_les_regards(regards), tuple(map(_en_bref, paires)))


# --- l’annexe, situation par situation ------------------------------------------------------------------------------


def _situations(comparaison: Comparaison, passations: Sequence[Passation]) -> Iterator[_Situation]:
    referentiel = comparaison.referentiel
    posees = [{pose.code: pose.enonce for pose in passation.items} for passation in passations]
    for item in referentiel.ordre_de_passation():
        autres = {pose[item.code] for pose in posees if item.code in pose} - {item.enonce}
        compare = comparaison.items[item.code]
        yield _Situation(
            item.code,
            typographier(item.enonce),
            typographier(" ; ".join(sorted(autres))) if compare.motif == "question-changee" else "",
            difference_signee(compare.difference, 0),
            tuple(_repondre(comparaison, item, passation) for passation in passations),
        )


def _repondre(comparaison: Comparaison, item: Item, passation: Passation) -> _Reponse:
    reponse, referentiel = passation.reponse(item.code), comparaison.referentiel
    meme = passation.referentiel == IdentiteReferentiel.depuis(referentiel)
    if meme or comparaison.items[item.code].motif != "question-changee":
        valeur = "" if reponse.valeur is None else f"{reponse.valeur} · "
        niveau = valeur + (libelle_reponse(referentiel, reponse) or "sans réponse")
    else:
        niveau = TIRET if reponse.valeur is None else f"{reponse.valeur}, à une autre question"
    return _Reponse(typographier(niveau), nettoyer(reponse.trace, garder_lignes=True).strip())


_STYLE_D_EVOLUTION = Style(largeur=480, dans_une_page=True)
_PORTEE = (
    "Chaque personne présente des deux côtés est comparée à elle-même : rien ici ne compare deux moyennes de personnes "
    "différentes. Une différence n'est ni un progrès ni un recul."
)
_TABLES = (("ingenierie", "Ingénierie"), ("competence", "Compétence"), ("position", "Axe"))
_CONFIDENTIALITE = (
    "Cette page ne nomme personne, mais chaque flèche de la carte y est une personne : dans un petit groupe, qui se "
    "connaît se reconnaît. La montrer au groupe ; ne pas la faire circuler au-delà sans son accord."
)


@dataclass(frozen=True, slots=True)
class _Partie:
    """Une évolution, prête à montrer ; sans figures si tout s’en tait."""

    rang: int
    cle: str
    nom: str
    effectif: str
    phrases: tuple[str, ...]
    comptes: TableDePage
    echelle: str
    halteres: Illustration | None = None
    carte: Illustration | None = None
    tables: tuple[TableDePage, ...] = ()
    aide: str = ""
    regroupements: tuple[TableDePage, ...] = ()


@dataclass(frozen=True, slots=True)
class _ContenuDEvolution:
    """Tout ce que la page montre, déjà mis en mots."""

    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    pied: str
    portee: str
    parties: tuple[_Partie, ...]
    en_second: str
    regles: tuple[tuple[str, str], ...]
    limites: tuple[tuple[str, str], ...]


def rendre_page_evolution(evolutions: Sequence[Evolution], *, date: str, fichiers: int) -> str:
    """La page d’une ou plusieurs évolutions, à écrire en UTF-8 et à ouvrir d’un double-clic, hors ligne.

    :param date: jour où la page est écrite, ISO 8601.
    :param fichiers: nombre de fichiers lus.
    """
    referentiel = evolutions[0].referentiel
    evolutions = [montrer_l_evolution(une, REGLE_DES_PAGES) for une in evolutions]
    parties = tuple(_partie(rang, une) for rang, une in enumerate(evolutions, start=1))
    limites = (("Portée", _PORTEE), *LIMITES_GROUPE, ("Confidentialité", _CONFIDENTIALITE))
    contenu = _ContenuDEvolution(
        surtitre="Évolution d’un groupe",
        titre=typographier(titrer_l_evolution(evolutions[0])),
        soustitre=typographier(referentiel.titre),
        faits=tuple(_faits_du_groupe(parties, date, fichiers)),
        pied=pied(referentiel, __version__),
        portee=typographier(_PORTEE),
        parties=parties,
        en_second=EN_SECOND,
        regles=(*regles(referentiel), *_regles()),
        limites=tuple((nom, typographier(texte)) for nom, texte in limites),
    )
    return rendre("evolution.html.j2", "evolution", f"Évolution d’un groupe · {contenu.soustitre}", contenu)


def _faits_du_groupe(parties: Sequence[_Partie], date: str, fichiers: int) -> Iterator[tuple[str, str]]:
    for partie in parties:
        yield partie.nom, partie.effectif
    yield "Fichiers lus", grouper(fichiers)
    yield "Page écrite le", jour(date)


def _regles() -> Iterator[tuple[str, str]]:
    yield (
        "Différence moyenne",
        typographier(
            "La moyenne, sur les personnes présentes des deux côtés, de la seconde valeur moins la première ; son "
            "intervalle à 95 % est celui de Student. d_z la rapporte à l'écart-type des différences ; d_av, à la "
            "moyenne des deux écarts-types (Lakens, 2013)."
        ),
    )
    yield (
        "Accord",
        typographier(
            "La différence moyenne plus ou moins 1,96 écart-type des différences (Bland et Altman, 1986) : à peu près "
            "95 % des différences y tombent."
        ),
    )
    yield (
        "Personne par personne",
        typographier(
            "Une personne bouge si zéro est hors de l'intervalle à 95 % de sa propre différence, d'après ses seules "
            f"réponses. Sous {PLANCHER} personnes, rien d'autre que des comptes ne se montre ; sous "
            f"{EFFECTIF_DES_ECARTS}, rien que des moyennes : le reste dirait chacune."
        ),
    )


def _partie(rang: int, evolution: Evolution) -> _Partie:
    titre = typographier(titrer_l_evolution(evolution))
    cle = " ".join((*evolution.de, *evolution.a))
    dits = (rang, cle, titre, accorder(evolution.appariees, "personne"), lire_l_evolution(evolution))
    communs = (*dits, _table_des_comptes(evolution), typographier(rappel_echelle(evolution.referentiel)))
    if evolution.trop_petite or not evolution.personnes:
        return _Partie(*communs)
    return _Partie(
        *communs,
        Illustration.de(evolution_du_groupe(evolution, _STYLE_D_EVOLUTION)),
        Illustration.de(carte_evolution(evolution, _STYLE_D_EVOLUTION)),
        tuple(_table_des_mouvements(evolution, *sorte) for sorte in _TABLES),
        typographier(" ".join(_aide(evolution))),
        tuple(_regroupements_du_groupe(evolution)),
    )


def _aide(evolution: Evolution) -> Iterator[str]:
    """Ce que veulent dire l’étoile et la colonne des personnes, là où les tables en ont une."""
    mouvements = evolution.mouvements.values()
    if any(est_indicative(un.series) for un in mouvements):
        yield f"* : intervalle indicatif, sous {TIENNENT} personnes."
    if any(un.etats is not None for un in mouvements):
        yield f"{titre_de_qui_bouge(evolution)} : les personnes dont la différence dépasse sa propre incertitude."


def _table_des_comptes(evolution: Evolution) -> TableDePage:
    de, a = (
        typographier(f"« {nommer_la_strate(strate, evolution.referentiel)} »") for strate in (evolution.de, evolution.a)
    )
    lignes = [
        ("Présentes des deux côtés", evolution.appariees, "personne"),
        (f"À {de} seulement", evolution.seules_de, "personne"),
        (f"À {a} seulement", evolution.seules_a, "personne"),
        ("Écartées, deux fois du même côté", evolution.ecartees, "personne"),
        (f"Sans code, à {de}", evolution.sans_code[0], "passation"),
        (f"Sans code, à {a}", evolution.sans_code[1], "passation"),
    ]
    rendues = tuple(LigneDePage(nom, (accorder(combien, quoi),)) for nom, combien, quoi in lignes)
    return TableDePage("Qui est compté", ("Qui", "Combien"), rendues, frozenset({0}), cle="comptes")


def _regroupements_du_groupe(evolution: Evolution) -> Iterator[TableDePage]:
    for regroupement in evolution.referentiel.regroupements:
        siens = [evolution.mouvements[groupe.identifiant] for groupe in regroupement.groupes]
        yield _table_de(evolution, regroupement.libelle, siens)


def _table_des_mouvements(evolution: Evolution, nature: str, entete: str) -> TableDePage:
    return _table_de(evolution, entete, [un for un in evolution.mouvements.values() if un.nature == nature])


def _table_de(evolution: Evolution, entete: str, mouvements: Sequence[Mouvement]) -> TableDePage:
    """Ce qu’une sorte d’échelles a de différent ; la colonne des personnes, si elle a de quoi."""
    regards = evolution.entre_regards
    avec_etats = any(un.etats is not None for un in mouvements)
    rapportes = any(un.etats_de_reference is not None for un in mouvements)
    entetes = [typographier(entete), "n", *nommer_les_deux_strates(evolution), "Différence", typographier("À 95 %")]
    entetes += ["Accord" if regards else "d_z", *([titre_de_qui_bouge(evolution)] if avec_etats else [])]
    entetes += ["Décelable", "Au-delà"] if rapportes else []
    lignes = tuple(
        _ligne(un, regards, (*_etats(un, avec_etats), *_rapporter(evolution, un, rapportes))) for un in mouvements
    )
    nombres = frozenset(range(len(entetes) - 1))
    titre = typographier(f"{entete} : {titrer_l_evolution(evolution)}")
    return TableDePage(titre, tuple(entetes), lignes, nombres, large=True, cle="evolution")


def _ligne(un: Mouvement, regards: bool, suite: Sequence[str]) -> LigneDePage:
    nom = typographier(un.libelle)
    code = code_a_montrer(un.identifiant, un.libelle) if un.nature == "competence" else ""
    series = un.series
    if series is None:
        pourquoi = typographier(MOTIFS_DE_MOUVEMENT[un.motif]) if un.motif else ""
        return LigneDePage(nom, (), code, tue=pourquoi, cle=un.identifiant)
    cellules = (
        grouper(series.n),
        *(TU if moyenne is None else decimal(moyenne, 2) for moyenne in (series.de, series.a)),
        difference_signee(series.difference.valeur),
        bornes_de_la_difference(series),
        limites_en_mots(series) if regards else difference_signee(None if series.d_z is None else series.d_z.valeur),
        *suite,
    )
    return LigneDePage(nom, cellules, code, cle=un.identifiant)


def _etats(un: Mouvement, montres: bool) -> list[str]:
    """Combien de personnes bougent ; rien, pas même une case, si aucune échelle de la table ne le dit."""
    return [_bougent(un.etats)] if montres else []


def _rapporter(evolution: Evolution, un: Mouvement, montres: bool) -> list[str]:
    """Le changement décelable d’après le groupe de référence, et combien de personnes le dépassent."""
    return [decelable_en_mots(evolution, un), _bougent(un.etats_de_reference)] if montres else []


def _bougent(comptes: ComptesDEtats | None) -> str:
    return TIRET if comptes is None else grouper(comptes.bougent)

"""La page d’un groupe : à projeter devant lui, à imprimer pour lui ; chaque moment et chaque regard à part."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cpit import __version__
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.diffusion import Agregats, diffuser
from cpit.coeur.groupe import (
    CE_QUI_EST_TU,
    EFFECTIF_MINIMAL,
    PLANCHER,
    REGLE,
    Portrait,
    compter_personnes,
    portrait_montrable,
)
from cpit.coeur.incertitude import disperser
from cpit.coeur.interpretation import PORTEE, PORTEE_TIERS
from cpit.coeur.lecture_groupe import lire_le_groupe
from cpit.coeur.modele import Referentiel
from cpit.coeur.notice import (
    EN_SECOND,
    LIMITES_GROUPE,
    PETIT_GROUPE,
    PORTEE_GROUPE,
    PRUDENCE,
    nommer_strate,
    rappel_echelle,
    regle_des_ovales,
    regle_du_groupe,
    regles,
)
from cpit.erreurs import Anomalie, Gravite
from cpit.messages import CATALOGUE
from cpit.restitution import tables_groupe as tables
from cpit.restitution.figures import Style, carte_groupe, distribution_groupe, matrice_groupe
from cpit.restitution.page import Illustration, Ligne, Table, echelles_de, jour, pied, rendre, source_en_mots
from cpit.typographie import FINE, accorder, enumerer, grouper, typographier

STYLE = Style(largeur=480, dans_une_page=True)
"""Assez large pour une foule, assez étroit pour un téléphone."""
CONFIDENTIALITE = {
    False: "Cette page ne nomme personne, mais chaque point y est une personne : dans un petit groupe, qui se connaît "
    "se reconnaît. La montrer au groupe ; ne pas la faire circuler au-delà sans son accord.",
    True: "Cette page montre chaque personne sous son code : c'est une donnée personnelle. La garder là où elle est "
    "utile, le temps qu'elle l'est, et ne pas la faire circuler.",
}


@dataclass(frozen=True, slots=True)
class Demande:
    """Ce que l’on veut dans la page.

    ``par`` : la seule question de profil à croiser, toutes si elle manque. ``nominatif`` : points et lignes portent le
    code des personnes. ``minimum`` : effectif sous lequel un groupe de profil est tu, au moins ``PLANCHER``.
    """

    date: str
    par: str | None = None
    nominatif: bool = False
    minimum: int = EFFECTIF_MINIMAL


@dataclass(frozen=True, slots=True)
class Strate:
    """Un moment sous un regard, prêt à montrer ; ``cle`` les nomme, ``tue`` dit pourquoi tout le reste manque."""

    rang: int
    cle: str
    nom: str
    effectif: str
    tue: str
    alertes: tuple[str, ...] = ()
    lecture: tuple[str, ...] = ()
    carte: Illustration | None = None
    distribution: Illustration | None = None
    competences: Table | None = None
    matrice: Illustration | None = None
    ingenieries: Table | None = None
    regroupements: tuple[Table, ...] = ()
    profils: tuple[Table, ...] = ()
    profils_tus: tuple[str, ...] = ()
    personnes: Table | None = None
    ovales: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Contenu:
    """Tout ce que la page montre, déjà mis en mots."""

    surtitre: str
    titre: str
    soustitre: str
    faits: tuple[tuple[str, str], ...]
    pied: str
    portee: str
    echelle: str
    strates: tuple[Strate, ...]
    regle_profils: tuple[str, ...]
    en_second: str
    anomalies: Table | None
    bilan_anomalies: str
    regles: tuple[tuple[str, str], ...]
    limites: tuple[tuple[str, str], ...]
    statut: str
    sources: tuple[str, ...]


def rendre_page(
    cohorte: Cohorte,
    anomalies: Sequence[Anomalie],
    fichiers: int,
    demande: Demande,
    progres: Callable[[int, int], None] | None = None,
) -> str:
    """La page d’un groupe, à écrire en UTF-8 et à ouvrir d’un double-clic, hors ligne.

    :param anomalies: tout ce que la lecture a dit ; la page les compte, sans nommer ni fichier ni personne.
    :param fichiers: nombre de fichiers lus.
    :param progres: reçoit ce qui est fait et le total, strate après strate.
    :raises ValueError: si l’effectif minimal est sous le plancher ; l’appelant le vérifie, pour dire comment corriger.
    """
    referentiel = cohorte.referentiel
    strates = tuple(_strates(cohorte, demande, progres))
    contenu = Contenu(
        surtitre="Portrait d’un groupe",
        titre=accorder(len(cohorte.notees), "passation"),
        soustitre=typographier(referentiel.titre),
        faits=tuple(_faits(strates, fichiers, demande)),
        pied=pied(referentiel, __version__),
        portee=PORTEE_GROUPE,
        echelle=typographier(rappel_echelle(referentiel)),
        strates=strates,
        regle_profils=tuple(_regle_profils(demande.minimum)) if referentiel.profil else (),
        en_second=EN_SECOND,
        anomalies=_table_anomalies(anomalies),
        bilan_anomalies=_bilan(anomalies),
        regles=(*regles(referentiel), ("6. Groupe", regle_du_groupe())),
        limites=tuple(_limites(cohorte, demande)),
        statut=typographier(referentiel.statut),
        sources=tuple(map(source_en_mots, referentiel.sources)),
    )
    return rendre("groupe.html.j2", "groupe", f"Portrait d’un groupe · {typographier(referentiel.titre)}", contenu)


def _faits(strates: Sequence[Strate], fichiers: int, demande: Demande) -> Iterator[tuple[str, str]]:
    for strate in strates:
        yield strate.nom, strate.effectif
    yield "Fichiers lus", grouper(fichiers)
    yield "Effectif minimal d’un groupe de profil", grouper(demande.minimum)
    yield "Page écrite le", jour(demande.date)


def _limites(cohorte: Cohorte, demande: Demande) -> Iterator[tuple[str, str]]:
    regards = {notee.passation.regard for notee in cohorte.notees}
    portees = (*(PORTEE if regards - {"tiers"} else ()), *(PORTEE_TIERS if "tiers" in regards else ()))
    confidentialite = ("Confidentialité", CONFIDENTIALITE[demande.nominatif])
    for libelle, texte in (*(("Portée", p) for p in portees), *LIMITES_GROUPE, confidentialite):
        yield libelle, typographier(texte)


def _strates(cohorte: Cohorte, demande: Demande, progres: Callable[[int, int], None] | None) -> Iterator[Strate]:
    questions = None if demande.par is None else [demande.par]
    agregats = diffuser(cohorte, minimum=demande.minimum, questions=questions, cases=False)
    strates = cohorte.strates()
    for rang, (cle, strate) in enumerate(strates.items(), start=1):
        if progres is not None:
            progres(rang, len(strates) + 1)
        yield _strate(rang, cle, strate, agregats, demande)


# --- une strate -----------------------------------------------------------------------------------------------------


def _strate(rang: int, cle: tuple[str, str], strate: Cohorte, agregats: Agregats, demande: Demande) -> Strate:
    nom, effectif = nommer_strate(*cle), len(strate.notees)
    if not demande.nominatif and not REGLE.montre(compter_personnes(strate)):
        trop_peu = f"moins de {PLANCHER} {'passations' if effectif < PLANCHER else 'personnes'}"
        tue = f"Il y a {trop_peu} ici : en montrer les nombres montrerait les réponses de quelqu'un."
        return Strate(rang, " ".join(cle), nom, trop_peu, typographier(tue))
    portrait, referentiel = portrait_montrable(strate), strate.referentiel
    profils = tuple(tables.tables_de_profil(agregats, cle, demande.par))
    return Strate(
        rang,
        " ".join(cle),
        nom,
        accorder(effectif, "passation"),
        "",
        tuple(_alertes(portrait, demande)),
        tuple(_insecable(phrase) for phrase in lire_le_groupe(referentiel, portrait)),
        Illustration.de(
            carte_groupe(strate, STYLE, codes=demande.nominatif), tables.table_carte(referentiel, portrait)
        ),
        Illustration.de(distribution_groupe(strate, STYLE), tables.table_distribution(referentiel, portrait)),
        tables.table_statistiques(referentiel, portrait, "Compétence", echelles_de(referentiel, "competence")),
        Illustration.de(matrice_groupe(strate, STYLE), tables.table_matrice(referentiel, portrait)),
        tables.table_statistiques(referentiel, portrait, "Ingénierie", echelles_de(referentiel, "ingenierie")),
        tuple(_regroupements(referentiel, portrait)),
        profils,
        tuple(_profils_tus(effectif, tables.questions_tues(referentiel, profils, demande.par), demande.minimum)),
        tables.table_personnes(strate) if demande.nominatif else None,
        regle_des_ovales() if disperser(portrait.points).personnes else None,
    )


def _insecable(phrase: str) -> str:
    """Une phrase où « ± » ne se sépare pas de son nombre."""
    return typographier(phrase).replace("± ", "±" + FINE)


def _alertes(portrait: Portrait, demande: Demande) -> Iterator[str]:
    effectif, cases = portrait.effectif, (s for ligne in portrait.matrice.values() for s in ligne.values())
    if portrait.positions is None or any(s.tue for s in (*portrait.echelles.values(), *cases)):
        yield CE_QUI_EST_TU
    if effectif < demande.minimum and not demande.nominatif:
        yield typographier(
            f"Moins de {demande.minimum} passations : cette partie montre le groupe à lui-même. Ne pas la diffuser "
            "au-delà, chacun pourrait y être reconnu."
        )
    if effectif < PETIT_GROUPE:
        yield PRUDENCE


def _regroupements(referentiel: Referentiel, portrait: Portrait) -> Iterator[Table]:
    for regroupement in referentiel.regroupements:
        groupes = echelles_de(referentiel, "groupe", regroupement.identifiant)
        yield tables.table_statistiques(referentiel, portrait, regroupement.libelle, groupes, en_second=True)


def _regle_profils(minimum: int) -> Iterator[str]:
    yield typographier(
        f"Un groupe de moins de {minimum} personnes est tu, et d'autres avec lui : sinon une soustraction le ferait "
        "retrouver. Une mesure portée par trop peu de scores, ou par des scores tous égaux, l'est aussi. Ce n'est pas "
        "un manque de données : c'est ce qui permet à chacun de répondre sans être reconnu."
    )


def _profils_tus(effectif: int, questions: Sequence[str], minimum: int) -> Iterator[str]:
    """Pourquoi il n’y a rien à montrer d’une question, et ce que l’on peut y faire."""
    if not questions:
        return
    yield typographier(f"Rien à montrer pour : {enumerer(list(questions))}.")
    if minimum > PLANCHER:
        yield typographier(
            f"Sur {accorder(effectif, 'passation')}, trop peu de réponses au profil réunissent {minimum} personnes. Si "
            f"le groupe en est d'accord, « --effectif-minimal » en accepte moins, jamais sous {PLANCHER}."
        )


# --- ce que la lecture a dit ----------------------------------------------------------------------------------------


def _bilan(anomalies: Sequence[Anomalie]) -> str:
    refus = sum(anomalie.gravite is Gravite.REFUS for anomalie in anomalies)
    if not anomalies:
        return typographier("Rien à signaler : tout ce qui a été lu a été pris.")
    return typographier(
        f"{grouper(refus)} refus (la donnée n'est pas prise), "
        f"{accorder(len(anomalies) - refus, 'avertissement')} (elle l'est). Le détail, fichier par fichier, est à "
        "l'écran et dans le classeur du groupe ; ici, ni fichier ni personne n'est nommé."
    )


def _table_anomalies(anomalies: Sequence[Anomalie]) -> Table | None:
    """Combien de fois chaque constat a été fait, les refus d’abord ; les mots propres à chacun n’y sont pas."""
    if not anomalies:
        return None
    comptes = Counter(anomalie.code for anomalie in anomalies)
    ordre = sorted(comptes, key=lambda code: (CATALOGUE[code].gravite is not Gravite.REFUS, -comptes[code], code))
    lignes = (
        Ligne(_sans_mots(CATALOGUE[code].quoi), (CATALOGUE[code].gravite.value, grouper(comptes[code])))
        for code in ordre
    )
    return Table("Ce que la lecture a signalé", ("Constat", "Gravité", "Fois"), tuple(lignes), frozenset({1}))


def _sans_mots(gabarit: str) -> str:
    """La phrase du catalogue, « … » à la place de ce qui nommerait un fichier, une réponse ou une personne."""
    texte = typographier(re.sub(r"\{[a-z_]+\}", "…", gabarit))
    return texte[:1].upper() + texte[1:]

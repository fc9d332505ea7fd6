"""La page de ce qui a bougé dans un groupe : qui est compté, les moyennes des deux côtés, les trajets sur la carte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cpit.coeur.evolution import TIENNENT, ComptesDEtats, Evolution, Mouvement
from cpit.coeur.groupe import PLANCHER, TU
from cpit.coeur.mots.lecture_comparaison import (
    MOTIFS_DE_MOUVEMENT,
    bornes_de_la_difference,
    decelable_en_mots,
    difference_signee,
    limites_en_mots,
    lire_l_evolution,
    nommer_la_strate,
    nommer_les_deux_strates,
    titre_de_qui_bouge,
    titrer_l_evolution,
)
from cpit.coeur.mots.notice import EN_SECOND, LIMITES_GROUPE, code_a_montrer, rappel_echelle, regles
from cpit.figures.carte import carte_evolution
from cpit.figures.dessin import Style
from cpit.figures.halteres import evolution_du_groupe
from cpit.pages.page import TIRET, Illustration, LigneDePage, TableDePage, decimal, jour, pied, rendre
from cpit.sceaux import __version__
from cpit.typographie import accorder, grouper, typographier

_STYLE = Style(largeur=480, dans_une_page=True)
_PORTEE = (
    "Chaque personne présente des deux côtés est comparée à elle-même : rien ici ne compare deux moyennes de personnes "
    "différentes. Une différence n'est ni un progrès ni un recul."
)
_TABLES = (("ingenierie", "Ingénierie"), ("competence", "Compétence"), ("position", "Axe"))
_AIDE = (
    f"* : intervalle indicatif, sous {TIENNENT} personnes. {{qui}} : les personnes dont la différence dépasse sa "
    "propre incertitude."
)
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
class _Contenu:
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
    parties = tuple(_partie(rang, une) for rang, une in enumerate(evolutions, start=1))
    limites = (("Portée", _PORTEE), *LIMITES_GROUPE, ("Confidentialité", _CONFIDENTIALITE))
    contenu = _Contenu(
        surtitre="Évolution d’un groupe",
        titre=typographier(titrer_l_evolution(evolutions[0])),
        soustitre=typographier(referentiel.titre),
        faits=tuple(_faits(parties, date, fichiers)),
        pied=pied(referentiel, __version__),
        portee=typographier(_PORTEE),
        parties=parties,
        en_second=EN_SECOND,
        regles=(*regles(referentiel), *_regles()),
        limites=tuple((nom, typographier(texte)) for nom, texte in limites),
    )
    return rendre("evolution.html.j2", "evolution", f"Évolution d’un groupe · {contenu.soustitre}", contenu)


def _faits(parties: Sequence[_Partie], date: str, fichiers: int) -> Iterator[tuple[str, str]]:
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
            f"réponses. Sous {PLANCHER} personnes, rien d'autre que des comptes ne se montre."
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
        Illustration.de(evolution_du_groupe(evolution, _STYLE)),
        Illustration.de(carte_evolution(evolution, _STYLE)),
        tuple(_table(evolution, *sorte) for sorte in _TABLES),
        typographier(_AIDE.format(qui=titre_de_qui_bouge(evolution))),
        tuple(_regroupements(evolution)),
    )


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


def _regroupements(evolution: Evolution) -> Iterator[TableDePage]:
    for regroupement in evolution.referentiel.regroupements:
        siens = [evolution.mouvements[groupe.identifiant] for groupe in regroupement.groupes]
        yield _table_de(evolution, regroupement.libelle, siens)


def _table(evolution: Evolution, nature: str, entete: str) -> TableDePage:
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

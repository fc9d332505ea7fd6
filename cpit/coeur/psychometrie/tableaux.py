"""L’étude en tableaux : les colonnes de tous les fichiers, et leurs lignes."""

from __future__ import annotations

from collections.abc import Iterator

from cpit.coeur.passation import MOMENTS, REGARDS
from cpit.coeur.psychometrie import methodes as m
from cpit.coeur.psychometrie.estimation import EXPLICATIONS, Estimation
from cpit.coeur.psychometrie.etude import Etude, EtudeEchelle
from cpit.coeur.psychometrie.methodes import Mesure
from cpit.coeur.tableaux import Cellule, Colonne, Tableau
from cpit.typographie import typographier

NATURES = {"competence": "Compétence", "ingenierie": "Ingénierie", "groupe": "Groupe d’items"}
STRATE = (
    Colonne("moment", "Moment", modalites=MOMENTS, description="Quand les personnes ont répondu"),
    Colonne("regard", "Regard", modalites=REGARDS, description="Qui a répondu"),
)
ECHELLE = (
    Colonne("nature", "Sorte", modalites=NATURES),
    Colonne("echelle", "Échelle", description="Identifiant de l’échelle"),
    Colonne("libelle", "Libellé"),
)
ITEM = Colonne("item", "Item", description="Code de l’item")
PARTIES = (("", "valeur"), ("_bas", "borne basse à 95 %"), ("_haut", "borne haute à 95 %"))


def colonnes_de(mesure: Mesure, cle: str = "", libelle: str = "") -> tuple[Colonne, ...]:
    """Cinq colonnes pour un nombre : valeur, bornes, n, et ce qui manque."""
    cle, libelle = cle or mesure.cle, libelle or mesure.libelle
    methode = typographier(mesure.methode)
    nombres = (
        Colonne(cle + fin, libelle, "nombre", description=quoi, unite=mesure.unite, formule=methode)
        for fin, quoi in PARTIES
    )
    return (
        *nombres,
        Colonne(f"{cle}_n", libelle, "entier", description="Effectif qui porte ce nombre"),
        Colonne(f"{cle}_motif", libelle, description="Pourquoi la valeur, ou son intervalle, manque"),
    )


def cellules_de(estimation: Estimation) -> tuple[Cellule, ...]:
    """Les cellules de ``colonnes_de``."""
    return estimation.valeur, estimation.bas, estimation.haut, estimation.n, explication(estimation)


def explication(estimation: Estimation) -> str | None:
    """Ce qui manque à une estimation, en mots ; rien s’il ne manque rien."""
    if estimation.motif is None:
        return None
    phrase = typographier(EXPLICATIONS[estimation.motif])
    return phrase if estimation.estimable else typographier("non estimable : ") + phrase


def valeurs_de(echelle: EtudeEchelle) -> dict[str, Estimation]:
    """Les estimations d’une échelle, par clé de mesure."""
    scores = {mesure.cle: getattr(echelle, mesure.cle) for mesure in m.MESURES_SCORE}
    return scores | {mesure.cle: getattr(echelle.coherence, mesure.cle) for mesure in m.MESURES_COHERENCE}


def tableaux(etude: Etude) -> tuple[Tableau, ...]:
    """Échelles, items, items dans leurs échelles, corrélations, moments et regards."""
    return (
        _tableau_des_echelles(etude),
        _tableau_des_items(etude),
        _tableau_des_tenues(etude),
        _tableau_des_correlations(etude),
        _tableau_des_accords(etude),
    )


def _tableau_des_echelles(etude: Etude) -> Tableau:
    mesures = (*m.MESURES_SCORE, *m.MESURES_COHERENCE)
    colonnes = (
        *STRATE,
        *ECHELLE,
        Colonne("items", "Items", "entier", description="Items de l’échelle"),
        Colonne("poids_egaux", "Poids égaux", description="oui si tous les items pèsent autant"),
        Colonne("passations", "Passations", "entier", description="Passations de ce moment sous ce regard"),
        Colonne("completes", "Complètes", "entier", description="Passations qui ont répondu à tous les items"),
        *(colonne for mesure in mesures for colonne in colonnes_de(mesure)),
    )
    lignes = tuple(
        (
            *(strate.moment, strate.regard, *_echelle(echelle), len(echelle.echelle.items)),
            "oui" if echelle.poids_egaux else "non",
            *(strate.passations, echelle.completes),
            *(cellule for estimation in valeurs_de(echelle).values() for cellule in cellules_de(estimation)),
        )
        for strate in etude.strates
        for echelle in strate.echelles.values()
    )
    return Tableau("echelles", "Échelles", colonnes, lignes)


def _tableau_des_items(etude: Etude) -> Tableau:
    niveaux = etude.referentiel.echelle.niveaux
    colonnes = (
        *STRATE,
        ITEM,
        Colonne("enonce", "Situation"),
        Colonne("inverse", "Inversé", description="oui si l’item est renversé avant le calcul"),
        Colonne("passations", "Passations", "entier"),
        Colonne("repondus", "Répondus", "entier", description="Passations qui ont répondu à l’item"),
        *(c for niveau in niveaux for c in _colonnes_de_niveau(niveau.valeur, niveau.libelle)),
        *(colonne for mesure in m.MESURES_ITEM for colonne in colonnes_de(mesure)),
    )
    return Tableau("items", "Items", colonnes, tuple(_lignes_des_items(etude)))


def _lignes_des_items(etude: Etude) -> Iterator[tuple[Cellule, ...]]:
    for strate in etude.strates:
        for item in strate.items:
            yield (
                *(strate.moment, strate.regard, item.item.code, item.item.enonce),
                *("oui" if item.item.inverse else "non", item.passations, item.repondus),
                *(
                    cellule
                    for valeur, part in item.parts.items()
                    for cellule in (item.effectifs[valeur], *cellules_de(part)[:3])
                ),
                *(c for mesure in m.MESURES_ITEM for c in cellules_de(getattr(item, mesure.cle))),
            )


def _colonnes_de_niveau(valeur: int, libelle: str) -> tuple[Colonne, ...]:
    """Effectif, part et bornes d’un niveau ; leur n est celui des répondus."""
    cle = f"{m.NIVEAU.cle}_{valeur}".replace("-", "m")
    nom = f"{valeur} {libelle}"
    effectif = Colonne(f"{cle}_effectif", nom, "entier", description="Passations qui ont choisi ce niveau")
    return (effectif, *colonnes_de(m.NIVEAU, cle, nom)[:3])


def _tableau_des_tenues(etude: Etude) -> Tableau:
    colonnes = (*STRATE, ITEM, *ECHELLE, *(c for mesure in m.MESURES_TENUE for c in colonnes_de(mesure)))
    lignes = tuple(
        (
            *(strate.moment, strate.regard, code, *_echelle(echelle)),
            *(c for mesure in m.MESURES_TENUE for c in cellules_de(getattr(tenue, mesure.cle))),
        )
        for strate in etude.strates
        for echelle in strate.echelles.values()
        for code, tenue in echelle.tenues.items()
    )
    return Tableau("tenues", "Items et échelles", colonnes, lignes)


def _tableau_des_correlations(etude: Etude) -> Tableau:
    colonnes = (
        *STRATE,
        Colonne("echelle", "Échelle", description="Identifiant d’une échelle"),
        Colonne("autre", "Autre échelle", description="Identifiant de l’autre échelle"),
        Colonne("sortes", "Sortes", description="Nature de l’une et de l’autre"),
        Colonne(
            "items_communs", "Items communs", "entier", description="Au-dessus de zéro, la corrélation est gonflée"
        ),
        *colonnes_de(m.CORRELATION),
    )
    lignes = tuple(
        (
            *(strate.moment, strate.regard, liaison.une.identifiant, liaison.autre.identifiant),
            f"{NATURES[liaison.une.nature]}, {NATURES[liaison.autre.nature]}",
            liaison.items_communs,
            *cellules_de(liaison.correlation),
        )
        for strate in etude.strates
        for liaison in strate.liaisons
    )
    return Tableau("correlations", "Corrélations", colonnes, lignes)


def _tableau_des_accords(etude: Etude) -> Tableau:
    colonnes = (
        Colonne("comparaison", "Comparaison", modalites={"moments": "Deux moments", "regards": "Deux regards"}),
        Colonne("commun", "En commun", description="Le regard partagé par les deux moments, ou l’inverse"),
        Colonne("premier", "Premier"),
        Colonne("second", "Second"),
        *ECHELLE,
        Colonne("paires", "Paires", "entier", description="Personnes présentes une seule fois de chaque côté"),
        Colonne("ecartees", "Laissées de côté", "entier", description="Personnes présentes plusieurs fois d’un côté"),
        *(colonne for mesure in m.MESURES_ACCORD for colonne in colonnes_de(mesure)),
    )
    echelles = etude.referentiel.echelles
    lignes = tuple(
        (
            *(a.sorte, a.commun, a.premier, a.second),
            *(echelles[code].nature, code, echelles[code].libelle, a.paires, a.ecartees),
            *(c for mesure in m.MESURES_ACCORD for c in cellules_de(getattr(accord, mesure.cle))),
        )
        for a in etude.appariements
        for code, accord in a.accords.items()
    )
    return Tableau("accords", "Moments et regards", colonnes, lignes)


def _echelle(echelle: EtudeEchelle) -> tuple[str, str, str]:
    return echelle.echelle.nature, echelle.echelle.identifiant, echelle.echelle.libelle

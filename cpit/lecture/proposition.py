"""Proposer une correspondance : le YAML commenté d’une table, à compléter là où cpit ne sait pas lire un en-tête."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cpit.chargement.yaml_situe import echapper_yaml
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import ErreurCpit, Lieu, refus
from cpit.lecture.consignes import A_DIRE, DE_COTE
from cpit.lecture.correspondance import FORME_DE_CORRESPONDANCE
from cpit.lecture.dechiffrement import Dechiffreur, replier_libelle
from cpit.lecture.entetes import LUES, Cible, ColonneLue, Nomenclature, Role
from cpit.lecture.reconnaissance import LigneVue, Reperage, lire_entete, reperer
from cpit.lecture.table_csv import apercevoir_csv
from cpit.lecture.table_xlsx import apercevoir_classeur

_VALEURS_MAX = 20
"""Réponses inconnues que l’on propose de dire ; au-delà, ce n’est pas une échelle."""


@dataclass(frozen=True, slots=True)
class ColonneProposee:
    """Un en-tête de la table, ce que cpit y reconnaît (« ? » s’il n’en sait rien), et le nom connu le plus proche."""

    nom: str
    voulu: str
    proche: str | None = None


@dataclass(frozen=True, slots=True)
class Proposition:
    """Ce qui se dit d’une table avant que la personne ne complète : de quoi écrire une correspondance."""

    fichier: str
    referentiel: Referentiel
    colonnes: tuple[ColonneProposee, ...]
    ligne: int
    feuille: str | None = None
    valeurs: tuple[str, ...] = ()

    @property
    def a_dire(self) -> int:
        """Nombre de « ? » à compléter."""
        return sum(colonne.voulu == A_DIRE for colonne in self.colonnes) + len(self.valeurs)


def rediger_correspondance(proposition: Proposition) -> str:
    """Le YAML commenté d’une proposition ; une fois complété, il se donne à --correspondance."""
    lignes = (*_tete(proposition), *_lignes_de_colonnes(proposition.colonnes), *_lignes_de_valeurs(proposition), "")
    return echapper_yaml("\n".join(lignes))


def _tete(proposition: Proposition) -> Iterator[str]:
    referentiel = proposition.referentiel
    yield f"# Ce que porte chaque colonne de {json.dumps(proposition.fichier, ensure_ascii=False)}."
    yield "# À gauche, un en-tête de la table ; à droite, ce qu’il porte :"
    yield f"#   identifiant, moment ou regard ; un code de situation : {', '.join(referentiel.items_par_code)} ;"
    questions = ", ".join(question.identifiant for question in referentiel.profil)
    if questions:
        yield f"#   une question de profil : {questions} ;"
    exemple = next(iter(referentiel.items_par_code))
    yield f"#   la trace d’une situation : {exemple}_trace ; une situation à un moment : {exemple}_t1 ;"
    yield f"#   {DE_COTE} : la colonne n’est pas lue."
    yield f"# Remplacer chaque « {A_DIRE} », puis : cpit cohorte TABLE --correspondance CE-FICHIER"
    yield f"correspondance: {FORME_DE_CORRESPONDANCE}"
    yield f"referentiel: {referentiel.identifiant}"
    if proposition.feuille is not None:
        yield f"feuille: {_entre_guillemets(proposition.feuille)}"
    yield f"ligne: {proposition.ligne}"
    yield "# moment: t0      # si aucune colonne ne le dit"
    yield "# regard: soi"


def _lignes_de_colonnes(colonnes: Iterable[ColonneProposee]) -> Iterator[str]:
    yield "colonnes:"
    for colonne in colonnes:
        indice = f"   # proche de {_sur_une_ligne(colonne.proche)}" if colonne.proche else ""
        yield f"  {_entre_guillemets(colonne.nom)}: {_entre_guillemets(colonne.voulu)}{indice}"


def _lignes_de_valeurs(proposition: Proposition) -> Iterator[str]:
    """Les réponses que l’échelle ne connaît pas, à dire une à une ; une par ligne, sans ordre supposé."""
    if not proposition.valeurs:
        return
    niveaux = ", ".join(str(niveau.valeur) for niveau in proposition.referentiel.echelle.niveaux)
    yield f"# Ce que vaut chaque réponse que l’échelle ne connaît pas : {niveaux}, SO ou vide."
    yield "valeurs:"
    for valeur in proposition.valeurs:
        yield f"  {_entre_guillemets(valeur)}: {_entre_guillemets(A_DIRE)}"


def _entre_guillemets(texte: str) -> str:
    """Un texte en YAML, entre guillemets : un en-tête porte « : », « # » ou des fins de ligne."""
    return json.dumps(texte, ensure_ascii=False)


def _sur_une_ligne(texte: str) -> str:
    return " ".join(texte.split())


# --- d’une table à sa proposition ---------------------------------------------------------------------------------


def proposer_une_correspondance(chemin: Path, referentiel: Referentiel, *, classeur: bool) -> Proposition:
    """Ce que cpit comprend de chaque colonne d’une table, et ce qu’il en ignore.

    :param classeur: vrai pour un classeur, faux pour un texte.
    :raises ErreurCpit: s’il est illisible ou vide.
    """
    nomenclature = Nomenclature(referentiel)
    essais: list[tuple[str | None, Sequence[LigneVue]]] = (
        list(apercevoir_classeur(chemin)) if classeur else [(None, lignes) for lignes in apercevoir_csv(chemin)]
    )
    trouve = reperer([lignes for _, lignes in essais], nomenclature)
    if trouve is None:
        raise refus("table-vide", str(chemin))
    rang, reperage = trouve
    feuille, lignes = essais[rang]
    reperage = _mieux_situer(reperage, lignes, nomenclature)
    colonnes = tuple(_proposer_les_colonnes(reperage, nomenclature))
    corps = [ligne.cellules for ligne in lignes if ligne.debut > reperage.fin]
    valeurs = tuple(_valeurs_inconnues(colonnes, corps, reperage, referentiel))
    return Proposition(chemin.name, referentiel, colonnes, reperage.principale.debut, feuille, valeurs)


def _mieux_situer(reperage: Reperage, lignes: Sequence[LigneVue], nomenclature: Nomenclature) -> Reperage:
    """Sans item reconnu, l’en-tête est la plus large des premières lignes : un titre n’a qu’une cellule."""
    connus = (nomenclature.reconnaitre(nom) for nom in reperage.principale.cellules)
    if any(isinstance(cible, Cible) and cible.role is Role.ITEM for cible in connus):
        return reperage
    return Reperage(max(lignes[:10], key=lambda vue: sum(bool(nom.strip()) for nom in vue.cellules)))


def _proposer_les_colonnes(reperage: Reperage, nomenclature: Nomenclature) -> Iterator[ColonneProposee]:
    lues = _colonnes_lues(reperage, nomenclature)
    vus = {""}
    for rang, nom in enumerate(reperage.principale.cellules):
        # Deux colonnes d’un même nom n’ont qu’une ligne : un YAML n’a pas deux fois la même clé.
        if (plie := replier_libelle(nom)) in vus:
            continue
        vus.add(plie)
        cible = lues[rang].cible if rang in lues else nomenclature.reconnaitre(nom)
        voulu = _nommer_une_cible(cible) if isinstance(cible, Cible) else A_DIRE
        proche = nomenclature.proche(nom) if voulu == A_DIRE else None
        yield ColonneProposee(nom, voulu, proche)


def _colonnes_lues(reperage: Reperage, nomenclature: Nomenclature) -> dict[int, ColonneLue]:
    """Les colonnes telles que la lecture les prendrait ; rien si elle refuse la table."""
    try:
        entete = lire_entete(reperage, nomenclature, lambda _: Lieu())
    except ErreurCpit:
        return {}
    return {colonne.rang: colonne for colonne in entete.colonnes if colonne.cible.role in LUES}


def _nommer_une_cible(cible: Cible) -> str:
    """L’en-tête que cpit comprend pour une cible ; ce qu’il ne lit pas reste à dire."""
    if cible.role not in LUES:
        return DE_COTE if cible.role in (Role.CALCULEE, Role.NUMERO) else A_DIRE
    if cible.role in (Role.IDENTIFIANT, Role.MOMENT, Role.REGARD):
        return str(cible.role)
    suffixes = ["trace"] if cible.role is Role.TRACE else [mot for mot in (cible.moment, cible.regard) if mot]
    return "_".join([cible.code, *suffixes])


def _valeurs_inconnues(
    colonnes: Sequence[ColonneProposee], corps: Sequence[Sequence[str]], reperage: Reperage, referentiel: Referentiel
) -> Iterator[str]:
    """Les réponses des premières lignes que l’échelle ne connaît pas, sous les colonnes qui portent une situation."""
    dechiffreur = Dechiffreur.pour(referentiel)
    des_items = {colonne.nom for colonne in colonnes if colonne.voulu.split("_")[0] in referentiel.items_par_code}
    rangs = [rang for rang, nom in enumerate(reperage.principale.cellules) if nom in des_items]
    ecrites = (ligne[rang].strip() for ligne in corps for rang in rangs if rang < len(ligne))
    inconnues = dict.fromkeys(mot for mot in ecrites if mot and dechiffreur.lire(mot, Lieu(), "")[1] is not None)
    yield from list(inconnues)[:_VALEURS_MAX]

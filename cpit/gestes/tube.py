"""Des réponses venues d’un tube ou d’un fichier : une par ligne, toutes vérifiées avant d’en enregistrer une seule."""

from __future__ import annotations

from typing import TextIO

from cpit.coeur.modele import Item, Referentiel
from cpit.coeur.passation import PAS_ENCORE_VU, Etat, Passation
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, MauvaisEmploi, anomalie
from cpit.questionnaire import lire_reponse, normaliser

ENTREE = "entrée standard"
SIGNES_MAX = 1_000_000
"""Signes lus au plus : une entrée sans fin est refusée au lieu d’être attendue."""


def items_a_repondre(referentiel: Referentiel, passation: Passation) -> list[Item]:
    """Les items pas encore vus, dans l’ordre de la passation."""
    ordre = referentiel.ordre_de_passation()
    return [item for item in ordre if passation.reponse(item.code).etat is Etat.PAS_ENCORE_VU]


def lignes_de(entree: TextIO) -> list[str]:
    """Les lignes d’une entrée, sans leur fin.

    Seule la fin de ligne sépare : U+2028 ou U+000B décaleraient sans bruit toutes les réponses qui suivent.

    :raises MauvaisEmploi: si l’entrée est vide ou démesurée.
    """
    texte = entree.read(SIGNES_MAX + 1).removeprefix("\ufeff")
    if not texte:
        raise MauvaisEmploi([anomalie("entree-vide", ENTREE)])
    if len(texte) > SIGNES_MAX:
        raise MauvaisEmploi([anomalie("entree-trop-longue", ENTREE, limite=SIGNES_MAX)])
    return texte.removesuffix("\n").replace("\r\n", "\n").split("\n")


def lire_lignes(referentiel: Referentiel, passation: Passation, lignes: list[str]) -> list[Passation]:
    """Les passations successives, une par ligne lue.

    Une ligne est un niveau, « so », ou vide pour laisser sans réponse ; les commandes (t, p, r…) n’y ont pas cours.
    Des lignes vides en trop, à la fin, ne comptent pas.

    :raises ErreurCpit: avec toutes les lignes fautives ; aucune n’est alors prise.
    """
    items = items_a_repondre(referentiel, passation)
    fautes: list[Anomalie] = []
    etapes = []
    for rang, (ligne, item) in enumerate(zip(lignes, items, strict=False), 1):
        reponse = lire_reponse(referentiel, normaliser(ligne), PAS_ENCORE_VU)
        if reponse is None:
            mots = {"valeur": ligne, "attendus": attendus(referentiel)}
            fautes.append(anomalie("ligne-refusee", Lieu(ENTREE, rang), **mots))
        else:
            passation = passation.avec_reponse(item.code, reponse)
            etapes.append(passation)
    if any(map(normaliser, lignes[len(items) :])):
        mots_ = {"nombre": len(lignes) - len(items), "items": len(items)}
        fautes.append(anomalie("lignes-en-trop", Lieu(ENTREE, len(items) + 1), **mots_))
    if fautes:
        raise ErreurCpit(fautes)
    return etapes


def attendus(referentiel: Referentiel) -> str:
    """Ce qu’une ligne peut contenir, en mots."""
    niveaux = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
    so = ["so"] if referentiel.echelle.sans_objet else []
    return ", ".join([*niveaux, *so]) + " ou une ligne vide"

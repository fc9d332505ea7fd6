"""La commande « questionnaire » : vérifie ses options, mène la séance, montre la restitution, écrit le classeur."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cpit.affichage.ecran_restitution import montrer_restitution
from cpit.chargement import charger
from cpit.coeur.passation import REGARDS
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, MauvaisEmploi, anomalie, refus
from cpit.formats.porte import delivrer
from cpit.gestes.actions import ecrire_classeur, maintenant
from cpit.questionnaire.questionnaire import Quitter, est_un_moment
from cpit.questionnaire.seance import DemandeSeance, mener_seance
from cpit.terminal import Terminal
from cpit.typographie import enumerer, nettoyer


def lire_demande(
    dossier: Path,
    reprendre: Path | None,
    options: Mapping[str, str | None],
    profil: list[str],
    nom_referentiel: str | None,
    *,
    sans_profil: bool,
) -> DemandeSeance:
    """Vérifie les options du questionnaire.

    :raises MauvaisEmploi: moment, regard ou profil inconnu (toutes les fautes d’un coup).
    :raises ErreurCpit: dossier absent ou référentiel illisible.
    """
    if not dossier.is_dir():
        raise refus("dossier-introuvable", str(dossier), nom=dossier)
    identite = {cle: nettoyer(valeur)[:80].strip() for cle, valeur in options.items() if valeur is not None}
    identite |= {cle: identite[cle].casefold() for cle in ("moment", "regard") if cle in identite}
    choisi = charger(trouver_referentiel(nom_referentiel)) if nom_referentiel else None
    fautes = []
    if reprendre is not None and (identite or profil):
        noms = {"identifiant": "--code", "moment": "--moment", "regard": "--regard"}
        donnees = [*(noms[cle] for cle in identite), *(["--profil"] if profil else [])]
        fautes.append(anomalie("reprise-et-identite", options=enumerer(donnees)))
    if "moment" in identite and not est_un_moment(identite["moment"]):
        fautes.append(anomalie("moment-inconnu", valeur=identite["moment"]))
    if "regard" in identite and identite["regard"] not in REGARDS:
        fautes.append(anomalie("regard-inconnu", valeur=identite["regard"]))
    choix, fautes_profil = _lire_profil(profil, choisi)
    if fautes or fautes_profil:
        raise MauvaisEmploi([*fautes, *fautes_profil])
    return DemandeSeance(dossier, choisi, reprendre, identite, choix, sans_profil)


def repondre(terminal: Terminal, demande: DemandeSeance) -> None:
    """Mène le questionnaire, montre la restitution et écrit le classeur à côté de la passation."""
    try:
        restitution, chemin = mener_seance(terminal, demande, maintenant)
    except Quitter:
        return
    montrer_restitution(terminal, restitution)
    classeur = chemin.with_suffix(".xlsx")
    terminal.dire()
    terminal.dire("Passation :")
    terminal.copier(str(chemin.resolve()))
    ecrire_classeur(terminal, restitution, classeur, delivrer([chemin]))


def _lire_profil(couples: list[str], choisi: Referentiel | None) -> tuple[dict[str, str], list[Anomalie]]:
    """Réponses de profil données en option, et celles qui ne conviennent pas."""
    if not couples:
        return {}, []
    questions = (choisi or charger(trouver_referentiel(None))).profil
    connus = {q.identifiant: [choix.code for choix in q.choix] for q in questions}
    profil, fautes = {}, []
    for couple in couples:
        question, _, choix = couple.partition("=")
        if choix in connus.get(question, []):
            profil[question] = choix
            continue
        permis = f"{question} parmi {', '.join(connus[question])}" if question in connus else ", ".join(connus)
        exemple = next((f"{q}={codes[0]}" for q, codes in connus.items()), "")
        fautes.append(anomalie("profil-inconnu", valeur=couple, connus=permis, exemple=exemple))
    return profil, fautes

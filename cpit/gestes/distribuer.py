"""La commande « formulaire » : des formulaires à envoyer, vierges ou au nom de chaque participant."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cpit.chargement import charger
from cpit.coeur.passation import REGARDS
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, MauvaisEmploi, anomalie, ecriture, raison_systeme, refus
from cpit.formats.porte import Permis, delivrer, est_deja_la, poser, verifier_places
from cpit.formats.registre import FORMATS, FORMULAIRE, formats_ecrits
from cpit.passations.sauvegarde import nom_sur
from cpit.questionnaire.questionnaire import est_un_moment
from cpit.terminal import Terminal
from cpit.typographie import nettoyer, pluriel

_ENTETES = frozenset({"identifiant", "identifiants", "code", "codes"})


@dataclass(frozen=True)
class DemandeFormulaires:
    """Ce que la commande a reçu ; ``pour`` est une liste de codes de participants."""

    dossier: Path
    format: str = "xlsx"
    pour: Path | None = None
    moment: str = "t0"
    regard: str = "soi"
    referentiel: str | None = None
    remplacer: bool = False


def distribuer(terminal: Terminal, demande: DemandeFormulaires) -> None:
    """Écrit les formulaires et dit où.

    :raises MauvaisEmploi: format, moment ou regard inconnu.
    :raises ErreurCpit: liste de codes illisible, dossier qui ne s’écrit pas, ou qui a déjà des formulaires remplis.
    """
    _verifier(demande)
    modele = trouver_referentiel(demande.referentiel)
    referentiel = charger(modele)
    permis = delivrer(filter(None, (modele, demande.pour)), remplacer=demande.remplacer)
    codes = _lire_codes(demande.pour) if demande.pour is not None else [""]
    dossier, moment, regard = demande.dossier, demande.moment, demande.regard
    rediger = FORMATS[f".{demande.format}"].ecrire(FORMULAIRE)
    chemins = {dossier / f"{nom_sur('formulaire', code, moment, regard)}.{demande.format}": code for code in codes}
    vierges = {
        chemin: partial(rediger, referentiel, identifiant=code, moment=moment, regard=regard)
        for chemin, code in chemins.items()
    }
    _epargner_les_remplis(vierges, permis)
    with ecriture(dossier), terminal.progression("Formulaires") as progres:
        dossier.mkdir(parents=True, exist_ok=True)
        for rang, (chemin, en_octets) in enumerate(vierges.items(), 1):
            poser(chemin, en_octets(), permis)
            progres(rang, len(codes))
    terminal.dire(f"{pluriel(len(codes), 'formulaire')} :")
    terminal.copier(str(chemin.resolve() if len(codes) == 1 else dossier.resolve()))


def _epargner_les_remplis(vierges: Mapping[Path, Callable[[], bytes]], permis: Permis) -> None:
    """Refuse de remplacer un fichier qui n’est pas, octet pour octet, le formulaire que l’on s’apprête à écrire.

    Chacun rend le sien sous le nom qu’il a reçu : relancer dans le même dossier effacerait ses réponses.

    :raises ErreurCpit: une anomalie par fichier à épargner ; rien n’est alors écrit.
    """
    pris = [c for c, en_octets in vierges.items() if os.path.lexists(c) and not est_deja_la(c, en_octets())]
    if permis.remplacer:
        verifier_places(pris, permis)
    elif pris:
        raise ErreurCpit(anomalie("formulaire-existant", str(chemin), nom=chemin.name) for chemin in pris)


def _lire_codes(chemin: Path) -> list[str]:
    """Codes des participants : la première colonne d’un CSV, avec ou sans en-tête « identifiant » ou « code ».

    :raises ErreurCpit: fichier absent ou vide, codes en double ou qui donneraient le même nom de fichier.
    """
    codes: list[str] = []
    vus: dict[str, int] = {}
    fautes: list[Anomalie] = []
    for ligne, rangee in enumerate(_rangees(chemin), 1):
        code = nettoyer(rangee[0]).strip()[:80] if rangee else ""
        if not code or (ligne == 1 and code.casefold() in _ENTETES):
            continue
        nom = nom_sur("f", code)
        if nom in vus:
            fautes.append(anomalie("code-de-participant-en-double", Lieu(str(chemin), ligne), code=code, deja=vus[nom]))
        vus.setdefault(nom, ligne)
        codes.append(code)
    if not codes:
        fautes.append(anomalie("aucun-code", str(chemin)))
    if fautes:
        raise ErreurCpit(fautes)
    return codes


def _rangees(chemin: Path) -> list[list[str]]:
    try:
        octets = chemin.read_bytes()
    except OSError as erreur:
        raise refus("fichier-illisible", str(chemin), raison=raison_systeme(erreur)) from None
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        # L’Excel français enregistre encore ses CSV ainsi.
        texte = octets.decode("cp1252", errors="replace")
    separateur = max(";,\t", key=texte.split("\n", 1)[0].count)
    return list(csv.reader(io.StringIO(texte), delimiter=separateur))


def _verifier(demande: DemandeFormulaires) -> None:
    fautes = []
    connus = [format_.code for format_ in formats_ecrits(FORMULAIRE)]
    if demande.format not in connus:
        fautes.append(anomalie("format-inconnu", valeur=demande.format, connus=", ".join(connus)))
    if demande.format == "csv" and demande.pour is not None:
        fautes.append(anomalie("pour-sans-objet"))
    if not est_un_moment(demande.moment):
        fautes.append(anomalie("moment-inconnu", valeur=demande.moment))
    if demande.regard not in REGARDS:
        fautes.append(anomalie("regard-inconnu", valeur=demande.regard))
    if fautes:
        raise MauvaisEmploi(fautes)

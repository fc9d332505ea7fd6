"""Des formulaires à envoyer : vierges, ou au nom de chaque participant."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from cpit.api.arguments import facade
from cpit.chargement import referentiel_donne
from cpit.coeur.passation import CODE_MAX, REGARDS, est_un_moment
from cpit.coeur.progres import Progres
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, MauvaisEmploi, anomalie, ecriture, refus
from cpit.formats.porte import Permis, delivrer, est_deja_la, ouvrir_un_dossier, poser, verifier_places
from cpit.formats.registre import FORMATS, FORMULAIRE, codes_ecrits
from cpit.lecture.table_csv import decoder_au_mieux
from cpit.ouverture import lire_fichier
from cpit.passations.sauvegarde import nom_sur
from cpit.typographie import nettoyer

_ENTETES = frozenset({"identifiant", "identifiants", "code", "codes"})
_CODES_OCTETS_MAX = 5_000_000
"""Octets : cent mille codes en pèsent moins de deux millions."""


@facade
def formulaires(  # noqa: PLR0913
    referentiel: Referentiel | str | Path | None = None,
    dossier: str | Path = ".",
    *,
    format: str = "xlsx",
    codes: Path | Iterable[str] = (),
    moment: str = "t0",
    regard: str = "soi",
    remplacer: bool = False,
    progres: Progres | None = None,
) -> list[Path]:
    """Écrit des formulaires et rend leurs chemins, dans l’ordre des codes.

    :param format: xlsx, html ou csv (une table vide).
    :param codes: un formulaire par code de participant ; un chemin (``Path``) : le CSV qui les porte. Sans code, un
        formulaire anonyme.
    :param moment: moment et regard proposés d’avance, que la personne peut changer.
    :param remplacer: remplace même un fichier que cpit n’a pas écrit ; jamais des réponses, ni une source.
    :param progres: reçoit ce qui est fait et le total.
    :raises MauvaisEmploi: format, moment ou regard inconnu.
    :raises ErreurCpit: liste de codes illisible, dossier qui ne s’écrit pas, ou qui a déjà des formulaires remplis.
    """
    tous = codes if isinstance(codes, Path) else tuple([codes] if isinstance(codes, str) else codes)
    _verifier_l_emploi(format, moment, regard, nominatifs=isinstance(tous, Path) or bool(tous))
    modele, place = referentiel_donne(referentiel), Path(dossier)
    permis = delivrer(_sources(referentiel, tous), remplacer=remplacer)
    retenus = lire_codes(tous) if isinstance(tous, Path) else _retenir(enumerate(tous, 1), "") if tous else [""]
    rediger = FORMATS[f".{format}"].ecrire(FORMULAIRE)
    vierges = {
        place / f"{nom_sur('formulaire', code, moment, regard)}.{format}": partial(
            rediger, modele, identifiant=code, moment=moment, regard=regard
        )
        for code in retenus
    }
    _epargner_les_remplis(vierges, permis)
    _poser_tous(place, vierges, permis, progres)
    return list(vierges)


def _poser_tous(
    place: Path, vierges: Mapping[Path, Callable[[], bytes]], permis: Permis, progres: Progres | None
) -> None:
    """Écrit chaque formulaire, dans un dossier créé s’il le faut."""
    with ecriture(place):
        ouvert = ouvrir_un_dossier(place, permis)
        for rang, (chemin, en_octets) in enumerate(vierges.items(), 1):
            poser(chemin, en_octets(), ouvert)
            if progres is not None:
                progres(rang, len(vierges))


@facade
def lire_codes(chemin: str | Path) -> list[str]:
    """Codes des participants : la première colonne d’un CSV, avec ou sans en-tête « identifiant » ou « code ».

    :raises ErreurCpit: fichier absent ou vide, codes en double ou qui donneraient le même nom de fichier.
    """
    lus = ((ligne, rangee[0]) for ligne, rangee in enumerate(_rangees(Path(chemin)), 1) if rangee)
    codes = ((ligne, code) for ligne, code in lus if ligne > 1 or _nettoyer_code(code).casefold() not in _ENTETES)
    return _retenir(((ligne, code) for ligne, code in codes if _nettoyer_code(code)), str(chemin))


def _retenir(numerotes: Iterable[tuple[int, str]], fichier: str) -> list[str]:
    """Les codes nettoyés, chacun avec son rang ou sa ligne ; deux ne donnent jamais le même nom de fichier."""
    codes: list[str] = []
    vus: dict[str, int] = {}
    fautes: list[Anomalie] = []
    for ligne, brut in numerotes:
        code = _nettoyer_code(brut)
        nom = nom_sur("f", code)
        if not code:
            fautes.append(anomalie("code-vide", Lieu(fichier, ligne)))
        elif len(code) > CODE_MAX:
            fautes.append(anomalie("code-long", Lieu(fichier, ligne), signes=len(code), limite=CODE_MAX))
        elif nom in vus:
            fautes.append(anomalie("code-de-participant-en-double", Lieu(fichier, ligne), code=code, deja=vus[nom]))
        vus.setdefault(nom, ligne)
        codes.append(code)
    if not codes:
        fautes.append(anomalie("aucun-code", fichier))
    if fautes:
        raise ErreurCpit(fautes)
    return codes


def _nettoyer_code(code: str) -> str:
    return nettoyer(code).strip()


def _rangees(chemin: Path) -> Iterator[list[str]]:
    # L’Excel français enregistre encore ses CSV en cp1252.
    texte = decoder_au_mieux(lire_fichier(chemin, _CODES_OCTETS_MAX)).removeprefix("\ufeff")
    separateur = max(";,\t", key=texte.split("\n", 1)[0].count)
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur)
    try:
        yield from lecteur
    except csv.Error:
        raise refus("codes-illisibles", Lieu(str(chemin), lecteur.line_num)) from None


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


def _sources(referentiel: Referentiel | str | Path | None, codes: Path | tuple[str, ...]) -> Iterator[Path]:
    """Les fichiers lus, que rien ne remplacera."""
    if not isinstance(referentiel, Referentiel):
        yield trouver_referentiel(None if referentiel is None else str(referentiel))
    if isinstance(codes, Path):
        yield codes


def _verifier_l_emploi(format_: str, moment: str, regard: str, *, nominatifs: bool) -> None:
    fautes = []
    connus = codes_ecrits(FORMULAIRE)
    if format_ not in connus:
        fautes.append(anomalie("format-inconnu", valeur=format_, connus=", ".join(connus)))
    if format_ == "csv" and nominatifs:
        fautes.append(anomalie("pour-sans-objet"))
    if not est_un_moment(moment):
        fautes.append(anomalie("moment-inconnu", valeur=moment))
    if regard not in REGARDS:
        fautes.append(anomalie("regard-inconnu", valeur=regard))
    if fautes:
        raise MauvaisEmploi(fautes)

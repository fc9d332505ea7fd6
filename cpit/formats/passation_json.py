"""La passation sur disque : un JSON lisible, avec sa somme de contrôle et le référentiel auquel on a répondu."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpit import __version__
from cpit.coeur.passation import Etat, IdentiteReferentiel, ItemPose, Passation, Reponse
from cpit.erreurs import ErreurCpit, anomalie, raison_systeme, refus

if TYPE_CHECKING:
    from cpit.formats.forme_passation import FormePassation

FORMAT = "cpit-passation"
VERSION_FORMAT = 1
TAILLE_MAX = 10_000_000
"""Octets ; une passation du référentiel livré en pèse moins de 100 000, traces comprises."""


def lire(chemin: Path) -> Passation:
    """Lit une passation.

    :raises ErreurCpit: fichier absent, illisible, abîmé, d’un format plus récent ou de forme inattendue.
    """
    try:
        taille = chemin.stat().st_size
        if taille > TAILLE_MAX:
            raise refus("fichier-trop-gros", str(chemin), taille=taille, limite=TAILLE_MAX)
        octets = chemin.read_bytes()
    except FileNotFoundError:
        raise refus("fichier-introuvable", str(chemin), nom=chemin) from None
    except OSError as erreur:
        raise refus("fichier-illisible", str(chemin), raison=raison_systeme(erreur)) from None
    return decoder(octets, str(chemin))


def encoder(passation: Passation) -> bytes:
    """La passation en UTF-8, somme de contrôle comprise."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "version_format": VERSION_FORMAT,
        "cpit": __version__,
        "identifiant": passation.identifiant,
        "moment": passation.moment,
        "regard": passation.regard,
        "profil": dict(passation.profil),
        "commencee": passation.commencee,
        "modifiee": passation.modifiee,
        "terminee": passation.terminee,
        "revision": passation.revision,
        "referentiel": {
            "identifiant": passation.referentiel.identifiant,
            "version": passation.referentiel.version,
            "empreinte": passation.referentiel.empreinte,
        },
        "reponses": {code: _reponse(reponse) for code, reponse in passation.reponses.items()},
        "items": [
            {"code": i.code, "competence": i.competence, "ingenierie": i.ingenierie, "enonce": i.enonce}
            for i in passation.items
        ],
        "texte_referentiel": passation.texte_referentiel.split("\n") if passation.texte_referentiel else [],
    }
    document["somme"] = somme_de_controle(document)
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", errors="replace")


def somme_de_controle(document: dict[str, Any]) -> str:
    """SHA-256 hexadécimal du document sans sa clé « somme », en JSON canonique (clés triées, sans espace, UTF-8)."""
    contenu = {cle: valeur for cle, valeur in document.items() if cle != "somme"}
    canonique = json.dumps(contenu, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonique.encode("utf-8", errors="replace")).hexdigest()


def decoder(octets: bytes, fichier: str) -> Passation:
    """Passation lue dans des octets ; ``fichier`` est le nom cité dans les anomalies.

    :raises ErreurCpit: comme ``lire``.
    """
    document = _document(octets, fichier)
    try:
        intacte = document.get("somme") == somme_de_controle(document)
    except RecursionError:
        raise refus("passation-illisible", fichier, raison="JSON trop profond") from None
    version = document.get("version_format")
    if isinstance(version, int) and version > VERSION_FORMAT:
        raise refus("passation-version", fichier, trouve=version, connu=VERSION_FORMAT, intacte=intacte)
    if not intacte:
        raise refus("somme-fausse", fichier)
    forme = _valider(document, fichier)
    return Passation(
        referentiel=IdentiteReferentiel(**forme.referentiel.model_dump()),
        items=tuple(ItemPose(**item.model_dump()) for item in forme.items),
        identifiant=forme.identifiant,
        moment=forme.moment,
        regard=forme.regard,
        profil=forme.profil,
        reponses={code: Reponse(Etat(r.etat), r.valeur, r.trace) for code, r in forme.reponses.items()},
        commencee=forme.commencee,
        modifiee=forme.modifiee,
        terminee=forme.terminee,
        revision=forme.revision,
        texte_referentiel="\n".join(forme.texte_referentiel),
    )


def _reponse(reponse: Reponse) -> dict[str, Any]:
    contenu: dict[str, Any] = {"etat": reponse.etat.value}
    if reponse.valeur is not None:
        contenu["valeur"] = reponse.valeur
    if reponse.trace:
        contenu["trace"] = reponse.trace
    return contenu


def _document(octets: bytes, fichier: str) -> dict[str, Any]:
    try:
        document = json.loads(octets.decode("utf-8-sig"))
    except UnicodeDecodeError as erreur:
        coupe = erreur.reason == "unexpected end of data"
        raison = "fichier coupé au milieu d’un caractère" if coupe else "texte qui n’est pas en UTF-8"
        raise refus("passation-illisible", fichier, raison=raison) from None
    except (ValueError, RecursionError) as erreur:  # ValueError : aussi un nombre de plus de 4 300 chiffres
        lieu = f", ligne {erreur.lineno}" if isinstance(erreur, json.JSONDecodeError) else ""
        raise refus("passation-illisible", fichier, raison=f"JSON incomplet ou fautif{lieu}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise refus("passation-illisible", fichier, raison="JSON d’une autre sorte")
    return document


def _valider(document: dict[str, Any], fichier: str) -> FormePassation:
    from pydantic import ValidationError

    from cpit.formats.forme_passation import FormePassation, raison_en_francais

    try:
        return FormePassation.model_validate(document)
    except ValidationError as erreur:
        raise ErreurCpit(
            anomalie(
                "passation-forme",
                fichier,
                cle=".".join(str(pas) for pas in detail["loc"]) or "le fichier",
                raison=raison_en_francais(detail["type"]),
            )
            for detail in erreur.errors(include_input=False, include_url=False)
        ) from None

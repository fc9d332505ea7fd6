"""Ce qu’une personne garde sur disque, passations et cahiers : un JSON lisible et sa somme de contrôle.

Une passation porte aussi son référentiel ; un cahier est son plan, ou ses traces. Comme une passation, et sous la même
somme ; un cahier n’en est pas une, n’est jamais une source, et n’entre dans aucun export.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cpit.coeur.passation import (
    DIMENSIONS_DE_PLACE,
    Correction,
    Etat,
    IdentiteReferentiel,
    ItemPose,
    Jumelle,
    Passation,
    Reponse,
)
from cpit.coeur.referentiel import SEPARATEUR_DE_CHOIX
from cpit.coeur.suites import ChangementDePas, EtatDePas, Pas, Plan, SituationPropre, TraceDatee, Traces
from cpit.erreurs import ACopier, ErreurCpit, refus
from cpit.json_strict import JsonFautif, decoder_json, encoder_json, extraire_json, lire_json
from cpit.ouverture import commande_a_taper, lire_debut, lire_fichier
from cpit.sceaux import FORMAT_PLAN, FORMAT_TRACES, __version__

if TYPE_CHECKING:
    from cpit.formats.forme_passation import FormeJumelle, FormeReponse

# --- La passation sur disque : un JSON lisible, avec sa somme de contrôle et le référentiel auquel on a répondu.


FORMAT_PASSATION = "cpit-passation"
VERSION_FORMAT_PASSATION = 1
_CLES_AJOUTEES = ("corrections", "evaluateur", "role_evaluateur", "connaissance", "date_moment", "jumelle")
VERSION_AJOUTEE = 2
"""D’une passation qui porte l’une des ``_CLES_AJOUTEES``, une liste dans son profil ou la place d’une situation, et
d’elle seule : un cpit qui ne les connaît pas se dit trop ancien, au lieu de tenir le fichier pour abîmé et de retomber
sur sa copie. Sans elles, tout cpit lit le fichier."""
_CAHIERS = {FORMAT_PLAN: ("un plan", "plan"), FORMAT_TRACES: ("des traces", "portfolio")}
"""Format d’un cahier, posé dans le même dossier → ce qu’il est, et la commande qui le montre."""
_DEBUT = 4_096
_AVANT_L_IDENTITE = re.compile(r'"referentiel"\s*:\s*(?=\{)')
PASSATION_OCTETS_MAX = 10_000_000
"""Octets ; une passation du référentiel livré en pèse moins de 100 000, traces comprises."""


def lire_passation(chemin: Path) -> Passation:
    """Lit une passation.

    :raises ErreurCpit: fichier absent, illisible, abîmé, d’un format plus récent ou de forme inattendue.
    """
    return _decoder_passation(lire_fichier(chemin, PASSATION_OCTETS_MAX), str(chemin))


def identite_d_une_passation(chemin: Path) -> IdentiteReferentiel | None:
    """Le référentiel qu’une passation dit porter ; rien si elle ne se comprend pas : sa lecture dira pourquoi."""
    try:
        dite = _identite_au_debut(chemin) or _document(lire_fichier(chemin, PASSATION_OCTETS_MAX), "")["referentiel"]
        return IdentiteReferentiel(**{cle: str(dite[cle]) for cle in ("identifiant", "version", "empreinte")})
    except (ErreurCpit, OSError, TypeError, KeyError):
        return None


def _identite_au_debut(chemin: Path) -> Any:
    """La table de l’identité, là où cpit l’écrit : mille passations ne s’en lisent pas deux fois en entier."""
    debut = lire_debut(chemin, _DEBUT).decode("utf-8-sig", errors="ignore")
    trouve = _AVANT_L_IDENTITE.search(debut)
    try:
        return extraire_json(debut, trouve.end()) if trouve else None
    except JsonFautif:
        return None


def encoder_passation(passation: Passation) -> bytes:
    """La passation en UTF-8, somme de contrôle comprise."""
    document: dict[str, Any] = {
        "format": FORMAT_PASSATION,
        "version_format": VERSION_FORMAT_PASSATION,
        "cpit": __version__,
        "identifiant": passation.identifiant,
        "moment": passation.moment,
        "regard": passation.regard,
        "profil": passation.codes_de_profil(),
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
    if passation.corrections:
        document["corrections"] = [
            {"rouverte": c.rouverte, "terminee": c.terminee, "version": c.version} for c in passation.corrections
        ]
    document |= _du_tiers(passation)
    if passation.date_moment:
        document["date_moment"] = passation.date_moment
    if passation.jumelle is not None:
        document["jumelle"] = _jumelle(passation.jumelle)
    document["version_format"] = _version_pour(document)
    document["somme"] = somme_de_controle(document)
    return encoder_json(document)


def somme_de_controle(document: dict[str, Any]) -> str:
    """SHA-256 hexadécimal du document sans sa clé « somme », en JSON canonique (clés triées, sans espace, UTF-8)."""
    contenu = {cle: valeur for cle, valeur in document.items() if cle != "somme"}
    canonique = json.dumps(contenu, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonique.encode("utf-8", errors="replace")).hexdigest()


def _decoder_passation(octets: bytes, fichier: str) -> Passation:
    """Passation lue dans des octets ; ``fichier`` est le nom cité dans les anomalies.

    :raises ErreurCpit: comme ``lire``.
    """
    document = _document(octets, fichier)
    try:
        intacte = document.get("somme") == somme_de_controle(document)
    except RecursionError:
        raise refus("passation-illisible", fichier, raison="JSON trop profond") from None
    version = document.get("version_format")
    if isinstance(version, int) and version > (connue := _version_pour(document)):
        raise refus("passation-version", fichier, trouve=version, connu=connue, intacte=intacte)
    if not intacte:
        raise refus("somme-fausse", fichier)
    from cpit.formats.forme_passation import FormePassation, valider_la_forme  # écrire ne la charge pas

    forme = valider_la_forme(FormePassation, document, fichier)
    return Passation(
        referentiel=IdentiteReferentiel(**forme.referentiel.model_dump()),
        items=tuple(ItemPose(**item.model_dump()) for item in forme.items),
        identifiant=forme.identifiant,
        moment=forme.moment,
        regard=forme.regard,
        profil=_profil_de_json(forme.profil),
        reponses=_reponses_de_forme(forme.reponses),
        commencee=forme.commencee,
        modifiee=forme.modifiee,
        terminee=forme.terminee,
        revision=forme.revision,
        texte_referentiel="\n".join(forme.texte_referentiel),
        corrections=tuple(Correction(**correction.model_dump()) for correction in forme.corrections),
        evaluateur=forme.evaluateur,
        role_evaluateur=forme.role_evaluateur,
        connaissance=forme.connaissance,
        date_moment=forme.date_moment,
        jumelle=_jumelle_de_forme(forme.jumelle),
    )


def _reponses_de_forme(reponses: Mapping[str, FormeReponse]) -> dict[str, Reponse]:
    dites = reponses.items()
    return {code: Reponse(Etat(r.etat), r.valeur, r.trace, r.frequence, r.importance) for code, r in dites}


def _jumelle_de_forme(forme: FormeJumelle | None) -> Jumelle | None:
    return None if forme is None else Jumelle(forme.moment, forme.date_moment, _reponses_de_forme(forme.reponses))


def _jumelle(jumelle: Jumelle) -> dict[str, Any]:
    """Le moment passé, sa date si elle est dite, ses réponses."""
    date = {"date_moment": jumelle.date_moment} if jumelle.date_moment else {}
    reponses = {code: _reponse(reponse) for code, reponse in jumelle.reponses.items()}
    return {"moment": jumelle.moment, **date, "reponses": reponses}


def _du_tiers(passation: Passation) -> dict[str, Any]:
    """Quel tiers a répondu, s’il est dit."""
    return dict(passation.tiers())


def _version_pour(document: dict[str, Any]) -> int:
    """La version de format que demandent les clés ajoutées, une réponse de profil à plusieurs choix, ou une place."""
    profil = document.get("profil")
    listes = isinstance(profil, dict) and any(isinstance(reponse, list) for reponse in profil.values())
    ajout = listes or any(document.get(cle) for cle in _CLES_AJOUTEES) or _dit_des_places(document.get("reponses"))
    return VERSION_AJOUTEE if ajout else VERSION_FORMAT_PASSATION


def _dit_des_places(reponses: object) -> bool:
    tables = reponses.values() if isinstance(reponses, dict) else ()
    return any(isinstance(une, dict) and any(d.cle in une for d in DIMENSIONS_DE_PLACE) for une in tables)


def _profil_de_json(profil: Mapping[str, str | list[str]]) -> dict[str, str]:
    """Le profil d’un fichier : un code, ou la liste des codes d’une question qui en admet plusieurs."""
    return {q: dite if isinstance(dite, str) else SEPARATEUR_DE_CHOIX.join(dite) for q, dite in profil.items()}


def _reponse(reponse: Reponse) -> dict[str, Any]:
    contenu: dict[str, Any] = {"etat": reponse.etat.value}
    if reponse.valeur is not None:
        contenu["valeur"] = reponse.valeur
    if reponse.trace:
        contenu["trace"] = reponse.trace
    dites = {dimension.cle: reponse.place(dimension.cle) for dimension in DIMENSIONS_DE_PLACE}
    return contenu | {cle: niveau for cle, niveau in dites.items() if niveau is not None}


def _document(octets: bytes, fichier: str) -> dict[str, Any]:
    try:
        document = lire_json(decoder_json(octets))
    except JsonFautif as erreur:
        raise refus("passation-illisible", fichier, raison=erreur.raison) from None
    if isinstance(document, dict) and (cahier := _CAHIERS.get(str(document.get("format")))):
        quoi, commande = cahier
        raise refus("passation-cahier", fichier, quoi=quoi, commande=ACopier(commande_a_taper(commande)))
    if not isinstance(document, dict) or document.get("format") != FORMAT_PASSATION:
        raise refus("passation-illisible", fichier, raison="JSON d’une autre sorte")
    return document


_VERSION = 1
_OCTETS_MAX = 10_000_000
"""Octets ; un plan en pèse quelques milliers, une trace quelques centaines."""


def _plan_du_document(document: dict[str, Any], fichier: str) -> Plan:
    from cpit.formats.forme_passation import FormePlan, valider_la_forme

    forme = valider_la_forme(FormePlan, document, fichier)
    pas = (
        Pas(
            **un.model_dump(exclude={"changements"}),
            changements=tuple(ChangementDePas(EtatDePas(c.etat), c.le, c.note) for c in un.changements),
        )
        for un in forme.pas
    )
    return Plan(forme.identifiant, tuple(pas), forme.modifie, forme.revision)


def _traces_du_document(document: dict[str, Any], fichier: str) -> Traces:
    from cpit.formats.forme_passation import FormeTraces, valider_la_forme

    forme = valider_la_forme(FormeTraces, document, fichier)
    traces = tuple(TraceDatee(**une.model_dump()) for une in forme.traces)
    situations = tuple(SituationPropre(**une.model_dump()) for une in forme.situations)
    return Traces(forme.identifiant, traces, situations, forme.modifie, forme.revision)


Contenu = TypeVar("Contenu", Plan, Traces)
"""Ce qu’un cahier tient."""


@dataclass(frozen=True, slots=True)
class SorteDeCahier(Generic[Contenu]):
    """Une sorte de cahier : son format, le début de son nom de fichier, comment il se dit et se lit.

    ``commande`` : celle qui le montre ; ``vierge`` : le cahier neuf d’une personne, d’après son code.
    """

    format: str
    nom: str
    mots: str
    commande: str
    vierge: Callable[[str], Contenu]
    du_document: Callable[[dict[str, Any], str], Contenu]

    def lire(self, chemin: Path) -> Contenu:
        """Lit un cahier de cette sorte.

        :raises ErreurCpit: fichier absent, illisible, abîmé, d’un format plus récent ou de forme inattendue.
        """
        return self.du_document(_document_du_cahier(self, chemin), str(chemin))


PLAN: SorteDeCahier[Plan] = SorteDeCahier(FORMAT_PLAN, "plan", "un plan", "plan", Plan, _plan_du_document)
TRACES: SorteDeCahier[Traces] = SorteDeCahier(
    FORMAT_TRACES, "traces", "un cahier de traces", "portfolio", Traces, _traces_du_document
)


def encoder_cahier(sorte: SorteDeCahier[Contenu], cahier: Contenu) -> bytes:
    """Le cahier en UTF-8, somme de contrôle comprise.

    :raises ErreurCpit: s’il dépasse ce qui se relit.
    """
    contenu = asdict(cahier)
    entete = {cle: contenu.pop(cle) for cle in ("identifiant", "modifie", "revision")}
    document = {"format": sorte.format, "version_format": _VERSION, "cpit": __version__, **entete, **contenu}
    document["somme"] = somme_de_controle(document)
    octets = encoder_json(document)
    if len(octets) > _OCTETS_MAX:
        raise refus("cahier-plein", quoi=sorte.mots, limite=_OCTETS_MAX)
    return octets


def _document_du_cahier(sorte: SorteDeCahier[Contenu], chemin: Path) -> dict[str, Any]:
    """Le document, entier et d’une version connue."""
    fichier = str(chemin)
    try:
        document = lire_json(decoder_json(lire_fichier(chemin, _OCTETS_MAX)))
    except JsonFautif as erreur:
        raise refus("cahier-illisible", fichier, quoi=sorte.mots, raison=erreur.raison) from None
    if not isinstance(document, dict) or document.get("format") != sorte.format:
        raise refus("cahier-illisible", fichier, quoi=sorte.mots, raison="JSON d’une autre sorte")
    try:
        intacte = document.get("somme") == somme_de_controle(document)
    except RecursionError:
        raise refus("cahier-illisible", fichier, quoi=sorte.mots, raison="JSON trop profond") from None
    version = document.get("version_format")
    if isinstance(version, int) and version > _VERSION:
        raise refus("passation-version", fichier, trouve=version, connu=_VERSION, intacte=intacte)
    if not intacte:
        raise refus("somme-fausse", fichier)
    return document

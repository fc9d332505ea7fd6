"""Du fichier YAML au ``Referentiel``, ou à la liste complète de ses fautes, chacune à sa ligne et à sa colonne."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpit.coeur import referentiel as modele
from cpit.coeur.passation import IdentiteReferentiel
from cpit.coeur.referentiel import DE_LA_VERSION, Referentiel
from cpit.emplacements import dossier, referentiels_livres, trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, refus, refusees
from cpit.ouverture import lire_fichier, lire_texte_livre
from cpit.typographie import proche, typographier

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from cpit.chargement.yaml_situe import ArbreSitue, Chemin

REFERENTIEL_OCTETS_MAX = 1_000_000
"""Octets ; le référentiel livré en pèse moins de 50 000."""
FAUTES_MAX = 200
"""Au-delà, un fichier n’est pas un référentiel mal écrit : on le dit, sans tout détailler."""
_LONGUEUR_MOT = 200
"""Caractères gardés d’une valeur citée dans un message."""


def charger(chemin: Path) -> Referentiel:
    """Charge un référentiel.

    :raises ErreurCpit: avec toutes les anomalies si une seule est un refus.
    """
    referentiel, anomalies = examiner_referentiel(chemin)
    if referentiel is None:
        raise ErreurCpit(refusees(anomalies))
    return referentiel


def choisir_referentiel(donne: Referentiel | Path | str | None) -> tuple[Referentiel, tuple[Path, ...]]:
    """Le référentiel que l’on donne (lui-même, un fichier, un nom livré, ou rien), et le fichier qu’il a fallu lire.

    :raises ErreurCpit: s’il est introuvable ou fautif.
    """
    if isinstance(donne, Referentiel):
        return donne, ()
    modele = trouver_referentiel(None if donne is None else str(donne))
    return charger(modele), (modele,)


def referentiel_donne(donne: Referentiel | Path | str | None) -> Referentiel:
    """Le référentiel que l’on donne, sans le fichier d’où il vient : voir ``choisir_referentiel``.

    :raises ErreurCpit: s’il est introuvable ou fautif.
    """
    return choisir_referentiel(donne)[0]


def referentiel_a_poser(donne: Referentiel | Path | str | None, *, conditions: bool) -> Referentiel:
    """Le référentiel que l’on donne, avec ou sans ses questions sur les conditions d’exercice.

    :raises ErreurCpit: s’il est introuvable ou fautif, ou s’il n’a pas ces questions et qu’on les demande.
    """
    modele = referentiel_donne(donne)
    if not conditions:
        return modele.sans_conditions()
    if not any(question.condition for question in modele.profil):
        raise refus("conditions-absentes", referentiel=modele.identifiant)
    return modele


def referentiel_livre(empreinte: str) -> tuple[str, Referentiel] | None:
    """Le référentiel livré de cette empreinte, et le nom qui le désigne ; rien s’il n’y en a pas."""
    for nom, chemin in referentiels_livres().items():
        if (livre := charger(chemin)).empreinte == empreinte:
            return nom, livre
    return None


def nommer_un_livre(identite: IdentiteReferentiel) -> str | None:
    """Ce qui désigne un référentiel livré, version comprise ; rien s’il ne l’est pas : il y faut son fichier."""
    livre = referentiel_livre(identite.empreinte)
    return livre and f"{identite.identifiant}{DE_LA_VERSION}{identite.version}"


def examiner_referentiel(chemin: Path) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Lit un fichier et rend le référentiel, s’il est acceptable, et toutes les anomalies dans l’ordre du fichier."""
    try:
        octets = lire_fichier(chemin, REFERENTIEL_OCTETS_MAX, lieu=Lieu(str(chemin), 1, 1))
        texte = _decoder(octets, str(chemin))
    except ErreurCpit as erreur:
        return None, erreur.anomalies
    return examiner_texte(texte, str(chemin))


def referentiel_joint(texte: str, empreinte: str, fichier: str) -> Referentiel:
    """Le référentiel dont des réponses portent le texte ; ``fichier`` est celui où il est.

    :raises ErreurCpit: si ce texte n’est pas celui de son empreinte, ou s’il est fautif.
    """
    if hashlib.sha256(texte.encode()).hexdigest() != empreinte:
        raise refus("empreinte-fausse", fichier, empreinte=empreinte[:12])
    referentiel, anomalies = examiner_texte(texte, f"{fichier} (référentiel joint)")
    if referentiel is None:
        raise ErreurCpit(anomalies)
    return referentiel


def examiner_texte(texte: str, fichier: str) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Comme ``examiner_referentiel``, pour un texte déjà lu ; ``fichier`` est le nom cité dans les anomalies."""
    referentiel, anomalies = _examiner(texte)
    return referentiel, tuple(
        dataclasses.replace(constat, lieu=dataclasses.replace(constat.lieu, fichier=fichier)) for constat in anomalies
    )


@lru_cache(maxsize=32)
def _examiner(texte: str) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Référentiel et anomalies, sans nom de fichier : un même texte, joint à vingt passations, se lit une fois."""
    return _precalcule(texte) or examiner_a_neuf(texte)


PRECALCULES = "precalcules"
"""Le dossier des référentiels livrés tels qu’ils se lisent, dans celui des référentiels."""
SORTE = "@"
"""La clé qui dit de quelle dataclass une table d’un référentiel précalculé est faite."""


def _precalcule(texte: str) -> tuple[Referentiel, tuple[Anomalie, ...]] | None:
    """Le référentiel livré de ce texte, et ce qu’il y a à en dire, sans relire son YAML ; rien si ce texte n’est pas, à
    l’octet près, l’un d’eux.

    ``tests/outils/faire_precalcules.py`` les écrit ; un test les tient égaux à ce que la lecture rend.
    """
    empreinte = hashlib.sha256(texte.encode()).hexdigest()
    chemin = dossier("referentiels") / PRECALCULES / f"{empreinte}.json"
    if not chemin.is_file():
        return None
    referentiel, *anomalies = json.loads(lire_texte_livre(chemin), object_hook=_de_table)
    return dataclasses.replace(referentiel, texte=texte), tuple(anomalies)


def _de_table(table: dict[str, Any]) -> Any:
    """Une table d’un référentiel précalculé : la dataclass de sa sorte, si elle en dit une ; ses listes, des tuples."""
    champs = {cle: tuple(valeur) if isinstance(valeur, list) else valeur for cle, valeur in table.items()}
    if SORTE not in champs:
        return champs
    sorte = str(champs.pop(SORTE))
    classe: Any = {"Anomalie": Anomalie, "Lieu": Lieu}.get(sorte) or getattr(modele, sorte)
    return classe(**champs)


def examiner_a_neuf(texte: str) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Comme ``examiner_texte``, en lisant le YAML, même celui d’un référentiel livré."""
    from cpit.chargement.yaml_situe import lire_yaml

    try:
        arbre = lire_yaml(texte)
    except ErreurCpit as erreur:
        return None, erreur.anomalies
    return examiner_arbre(arbre, texte)


def examiner_arbre(arbre: ArbreSitue, texte: str) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Le référentiel d’un arbre déjà situé, s’il est acceptable, et toutes les anomalies, aux lieux de l’arbre.

    :param texte: le YAML qui dit la même chose : celui que les passations emporteront.
    """
    forme, de_forme = _valider_forme(arbre)
    anomalies = _ranger([*arbre.anomalies, *de_forme, *_anomalies_de_coherence(arbre)])
    if forme is None or refusees(anomalies):
        return None, anomalies
    referentiel: Referentiel = _en_dataclass(forme)
    empreinte = hashlib.sha256(texte.encode()).hexdigest()
    return dataclasses.replace(referentiel, empreinte=empreinte, texte=texte), anomalies


def _anomalies_de_coherence(arbre: ArbreSitue) -> list[Anomalie]:
    if not isinstance(arbre.racine, dict):
        return []
    from cpit.coeur.coherence import verifier_coherence

    return [
        anomalie(constat.code, arbre.lieu(constat.chemin), **_abreges({**constat.mots, **_deja(arbre, constat.deja)}))
        for constat in verifier_coherence(arbre.racine)
    ]


def _deja(arbre: ArbreSitue, chemin: Chemin | None) -> dict[str, object]:
    """La cellule d’un classeur qui porte déjà une valeur ; rien d’un YAML, où son chemin se lit."""
    lieu = arbre.lieu_valeur(chemin) if chemin is not None else Lieu()
    return {"deja": str(dataclasses.replace(lieu, fichier=""))} if lieu.cellule else {}


def _ranger(anomalies: list[Anomalie]) -> tuple[Anomalie, ...]:
    """Dans l’ordre du fichier ; au-delà de ``FAUTES_MAX`` refus, les premières et un mot sur les autres."""
    rangees = sorted(anomalies, key=lambda a: (a.lieu.ligne or 0, a.lieu.colonne or 0))
    if len(refusees(rangees)) <= FAUTES_MAX:
        return tuple(rangees)
    suite = anomalie("fautes-nombreuses", rangees[FAUTES_MAX].lieu, nombre=FAUTES_MAX)
    return (*rangees[:FAUTES_MAX], suite)


def _abreges(mots: Mapping[str, object]) -> dict[str, object]:
    """Les mots d’un message, les textes bornés : une valeur d’un mégaoctet ne ralentit pas l’affichage."""
    return {cle: mot[:_LONGUEUR_MOT] if isinstance(mot, str) else mot for cle, mot in mots.items()}


def _decoder(octets: bytes, fichier: str) -> str:
    """Texte UTF-8 sans marque d’ordre des octets, fins de ligne LF."""
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refus("encodage", Lieu(fichier, 1, 1), raison="il est en UTF-16")
    if b"\x00" in octets:
        lieu = _lieu_octet(octets, octets.index(b"\x00"), fichier)
        raise refus("caractere-interdit", lieu, raison="octet nul")
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError as erreur:
        lieu = _lieu_octet(octets, erreur.start, fichier)
        raison = f"octet 0x{octets[erreur.start]:02X}, sans doute du Windows-1252"
        raise refus("encodage", lieu, raison=raison) from None
    return texte.replace("\r\n", "\n").replace("\r", "\n")


def _lieu_octet(octets: bytes, position: int, fichier: str) -> Lieu:
    debut = octets[:position]
    ligne = debut[debut.rfind(b"\n") + 1 :].decode("utf-8", errors="replace")
    return Lieu(fichier, debut.count(b"\n") + 1, len(ligne) + 1)


def _valider_forme(arbre: ArbreSitue) -> tuple[BaseModel | None, list[Anomalie]]:
    from pydantic import ValidationError

    from cpit.chargement.forme_referentiel import FormeReferentiel

    try:
        return FormeReferentiel.model_validate(arbre.racine), []
    except ValidationError as erreur:
        details = erreur.errors(include_input=False, include_url=False)
        # Une de plus que la limite : ``_ranger`` sait alors qu’il en manque.
        anomalies = [_anomalie_de_forme(arbre, detail) for detail in islice(details, FAUTES_MAX + 1)]
        return None, _sans_redite(anomalies)


def _sans_redite(anomalies: list[Anomalie]) -> list[Anomalie]:
    """« Items » au lieu de « items » est une faute, pas deux : la clé inconnue suffit si elle propose la manquante."""
    proposees = {(a.mots["parent"], a.mots["proche"]) for a in anomalies if a.code == "cle-inconnue"}
    return [a for a in anomalies if a.code != "cle-manquante" or (a.mots["parent"], a.mots["cle"]) not in proposees]


def _anomalie_de_forme(arbre: ArbreSitue, detail: ErrorDetails) -> Anomalie:
    chemin: Chemin = tuple(pas for pas in detail["loc"] if pas != "[key]")
    sur_la_cle = "[key]" in detail["loc"]
    nature, contexte = detail["type"], detail.get("ctx", {})
    if nature in {"extra_forbidden", "missing"}:
        return _anomalie_de_cle(arbre, chemin, nature)
    trouve = chemin[-1] if sur_la_cle else _valeur(arbre.racine, chemin)
    lieu = arbre.lieu(chemin) if sur_la_cle else arbre.lieu_valeur(chemin)
    mots: dict[str, Any] = {"cle": _nom(chemin), "valeur": trouve, "trouve": _nature(trouve), **contexte}
    if nature in {"model_type", "model_attributes_type", "dict_type"}:
        permises = ", ".join(_cles_permises(chemin)) or "attendues ici"
        return anomalie("table-attendue", lieu, **_abreges({**mots, "permises": permises}))
    if nature == "too_short":
        mots |= {"taille": contexte["actual_length"], "minimum": contexte["min_length"]}
    code = {"list_type": "liste-attendue", "too_short": "liste-trop-courte"}.get(nature, nature)
    try:
        return anomalie(code, lieu, **_abreges(mots))
    except KeyError:
        return anomalie("valeur-invalide", lieu, cle=_nom(chemin), raison=nature)


def _anomalie_de_cle(arbre: ArbreSitue, chemin: Chemin, nature: str) -> Anomalie:
    *parent, cle = chemin
    nom = _nom_complet(tuple(parent))
    if nature == "extra_forbidden":
        presentes = _valeur(arbre.racine, tuple(parent))
        permises = _cles_permises(tuple(parent))
        libres = [permise for permise in permises if permise not in presentes]
        mots = {"cle": cle, "permises": ", ".join(permises), "proche": proche(str(cle), libres), "parent": nom}
        return anomalie("cle-inconnue", arbre.lieu(chemin), **_abreges(mots))
    lieu = arbre.lieux.get(chemin) or arbre.lieu_valeur(tuple(parent))
    return anomalie("cle-manquante", lieu, cle=cle, parent=nom)


def _nom(chemin: Chemin) -> str:
    """Dernier pas d’un chemin, pour un message : « titre », « auteurs n° 2 »."""
    if not chemin:
        return "le fichier"
    if isinstance(chemin[-1], int):
        return f"{chemin[-2]} n° {chemin[-1] + 1}"
    return str(chemin[-1])


def _nom_complet(chemin: Chemin) -> str:
    return " ".join(f"n° {p + 1}" if isinstance(p, int) else _cite(p) for p in chemin) or "le référentiel"


@cache
def _schema() -> dict[str, Any]:
    from cpit.chargement.forme_referentiel import schema_json

    return schema_json()


def _cles_permises(chemin: Chemin) -> list[str]:
    """Clés de la table qui se trouve à un chemin, d’après le schéma."""
    schema = _schema()
    noeud = schema
    for pas in chemin:
        noeud = noeud.get("items", {}) if isinstance(pas, int) else noeud.get("properties", {}).get(pas, {})
        variantes = [noeud, *noeud.get("anyOf", [])]
        renvoi = next((v["$ref"] for v in variantes if "$ref" in v), None)
        noeud = schema["$defs"][renvoi.rsplit("/", 1)[-1]] if renvoi else noeud
    return list(noeud.get("properties", {}))


def _valeur(racine: Any, chemin: Chemin) -> Any:
    for pas in chemin:
        try:
            racine = racine[pas]
        except (KeyError, IndexError, TypeError):
            return ""
    return racine


def _nature(valeur: Any) -> str:
    if isinstance(valeur, Mapping):
        return "une table"
    if isinstance(valeur, list):
        return "une liste"
    return "une valeur vide" if str(valeur).strip() == "" else _cite(str(valeur)[:_LONGUEUR_MOT])


def _cite(mot: str) -> str:
    return typographier("« {} »").format(mot)


def _en_dataclass(forme: Any) -> Any:
    """Convertit une forme validée en la dataclass de même nom (``FormeItem`` devient ``Item``)."""
    if isinstance(forme, list):
        return tuple(_en_dataclass(element) for element in forme)
    if isinstance(forme, dict):
        return {cle: _en_dataclass(valeur) for cle, valeur in forme.items()}
    classe: Any = getattr(modele, type(forme).__name__.removeprefix("Forme"), None)
    if classe is None:
        return forme
    champs = {nom: _en_dataclass(getattr(forme, nom)) for nom in type(forme).model_fields}
    return classe(**champs)

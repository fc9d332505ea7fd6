"""D’un fichier de passation à sa restitution : quel référentiel, quelles réponses, avec quelles réserves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cpit.chargement import charger, examiner_texte
from cpit.coeur.modele import Referentiel
from cpit.coeur.passation import Passation, items_identiques, reporter
from cpit.coeur.restitution import Restitution, restituer
from cpit.emplacements import referentiels_livres, trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, anomalie, refus
from cpit.sauvegarde import relire


@dataclass(frozen=True, slots=True)
class Relecture:
    """Une passation prête à être restituée, et les avertissements rencontrés."""

    restitution: Restitution
    anomalies: tuple[Anomalie, ...]


def relire_passation(chemin: Path, referentiel: str | None = None, *, identiques: bool = False) -> Relecture:
    """Lit une passation, trouve son référentiel et la note.

    Le référentiel est celui que l’on donne, sinon celui que la passation porte, sinon un référentiel livré de
    même empreinte. Un référentiel d’une autre empreinte n’est jamais appliqué sans ``identiques``.

    :param referentiel: nom ou chemin d’un référentiel ; absent pour celui de la passation.
    :param identiques: accepte un référentiel changé, en ne reprenant que les items restés identiques.
    :raises ErreurCpit: passation ou référentiel illisible, référentiel changé, réponse inconnue ou hors échelle.
    """
    passation, anomalies = relire(chemin)
    choisi = charger(trouver_referentiel(referentiel)) if referentiel else referentiel_de(passation, str(chemin))
    if passation.referentiel.empreinte != choisi.empreinte:
        mots = _changement(passation, choisi)
        if not identiques:
            raise refus("referentiel-change", str(chemin), **mots)
        anomalies = (*anomalies, anomalie("items-identiques", str(chemin), **mots))
        passation = reporter(passation, choisi)
    fautes = list(reponses_refusees(passation, choisi, str(chemin)))
    if fautes:
        raise ErreurCpit(fautes)
    return Relecture(restituer(choisi, passation), anomalies)


def referentiel_de(passation: Passation, fichier: str) -> Referentiel:
    """Le référentiel avec lequel on a répondu : joint à la passation, sinon livré avec cpit.

    :raises ErreurCpit: s’il est introuvable, ou si le texte joint ne correspond pas à son empreinte.
    """
    empreinte = passation.referentiel.empreinte
    if passation.texte_referentiel:
        if hashlib.sha256(passation.texte_referentiel.encode()).hexdigest() != empreinte:
            raise refus("empreinte-fausse", fichier, empreinte=empreinte[:12])
        nom = f"{fichier} (référentiel joint)"
        referentiel, anomalies = examiner_texte(passation.texte_referentiel, nom)
        if referentiel is None:
            raise ErreurCpit(anomalies)
        return referentiel
    for livre in referentiels_livres().values():
        if (candidat := charger(livre)).empreinte == empreinte:
            return candidat
    identite = passation.referentiel
    raise refus(
        "referentiel-introuvable",
        fichier,
        nom=identite.identifiant,
        version=identite.version,
        empreinte=empreinte[:12],
    )


def reponses_refusees(passation: Passation, referentiel: Referentiel, fichier: str) -> Iterator[Anomalie]:
    """Les réponses que le moteur ne saurait noter : item inconnu, valeur qui n’est pas un niveau."""
    niveaux = referentiel.echelle.par_valeur
    for code, reponse in passation.reponses.items():
        if code not in referentiel.items_par_code:
            yield anomalie("reponse-inconnue", fichier, code=code, referentiel=referentiel.identifiant)
        elif reponse.valeur is not None and reponse.valeur not in niveaux:
            connus = ", ".join(map(str, niveaux))
            yield anomalie("reponse-hors-echelle", fichier, code=code, valeur=reponse.valeur, niveaux=connus)


def _changement(passation: Passation, referentiel: Referentiel) -> dict[str, object]:
    """Les mots qui disent en quoi le référentiel n’est plus le même."""
    avant = passation.referentiel
    return {
        "avant": f"{avant.identifiant} {avant.version}",
        "apres": f"{referentiel.identifiant} {referentiel.version}",
        "empreinte": avant.empreinte[:12],
        "identiques": len(items_identiques(passation, referentiel)),
        "total": len(passation.items),
    }

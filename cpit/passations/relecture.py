"""D’un fichier de passation à sa restitution, ou au constat de ce qui n’y va pas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cpit.chargement import referentiel_donne, referentiel_joint, referentiel_livre
from cpit.coeur.mots.restitution import Restitution, composer_restitution
from cpit.coeur.notation import Resultat
from cpit.coeur.passation import Passation, accorder_les_versions, items_inchanges, porter, reporter
from cpit.coeur.referentiel import EchelleNotee, Referentiel
from cpit.coeur.suites import Plan
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, anomalie, refus
from cpit.formats.passation_json import lire_passation
from cpit.ouverture import commande_a_taper
from cpit.passations.sauvegarde import dire_autre_chose, relire_fichier
from cpit.typographie import FINE, enumerer, pluriel

# --- D’un fichier de passation à sa restitution : quel référentiel, quelles réponses, avec quelles réserves.


@dataclass(frozen=True, slots=True, repr=False)
class Relecture:
    """Une passation prête à être restituée, et les avertissements rencontrés.

    ``plan`` : celui de la personne, gardé à côté de sa passation ; absent du regard d’un tiers, ou s’il ne se lit pas.
    """

    restitution: Restitution
    anomalies: tuple[Anomalie, ...]
    plan: Plan | None = None

    def __repr__(self) -> str:
        """Laquelle, et avec combien de réserves."""
        return f"Relecture({self.restitution!r}, {pluriel(len(self.anomalies), 'anomalie')})"


def relire_passation(
    chemin: Path,
    referentiel: Referentiel | Path | str | None = None,
    *,
    identiques: bool = False,
    moment: str | None = None,
) -> Relecture:
    """Lit une passation, trouve son référentiel et la note.

    D’une passation jumelée, c’est le moment présent que l’on restitue, et on dit l’autre, si l’on n’en nomme pas un :
    deux moments se lisent côte à côte, ils ne se fondent pas en un résultat.

    Le référentiel est celui que l’on donne, sinon celui que la passation porte, sinon un référentiel livré de
    même empreinte. Un référentiel d’une autre empreinte n’est jamais appliqué sans ``identiques``.

    :param referentiel: un référentiel, son nom ou son chemin ; absent pour celui de la passation.
    :param identiques: accepte un référentiel changé, en ne reprenant que les items restés identiques.
    :param moment: celui que l’on veut, d’une passation jumelée.
    :raises ErreurCpit: passation ou référentiel illisible, référentiel changé, réponse inconnue ou hors échelle, moment
        que la passation ne porte pas.
    """
    lue, anomalies = relire_fichier(chemin)
    passation, dits = _choisir_un_moment(lue, str(chemin), moment)
    anomalies = (*anomalies, *dits)
    choisi = referentiel_donne(referentiel) if referentiel is not None else referentiel_de(passation, str(chemin))
    relecture = accorder_et_restituer(passation, choisi, str(chemin), identiques=identiques)
    return Relecture(relecture.restitution, (*anomalies, *relecture.anomalies))


def _choisir_un_moment(
    passation: Passation, fichier: str, moment: str | None
) -> tuple[Passation, tuple[Anomalie, ...]]:
    """La passation d’un seul moment, et ce qu’il y a à dire de l’autre, s’il y en a deux et qu’on n’en nomme pas."""
    premiere, *autres = passation.separees()
    if moment is None:
        mots = ({"moment": premiere.moment, "autre": autre.moment} for autre in autres)
        return premiere, tuple(anomalie("passation-jumelee", fichier, **m) for m in mots)
    choisie = next((une for une in (premiere, *autres) if une.moment == moment), None)
    if choisie is None:
        portes = enumerer([une.moment for une in (premiere, *autres)])
        raise refus("moment-non-porte", fichier, moment=moment, portes=portes)
    return choisie, ()


def accorder_et_restituer(
    passation: Passation, choisi: Referentiel, fichier: str = "", *, identiques: bool = False
) -> Relecture:
    """Note une passation avec un référentiel, si c’est celui avec lequel on a répondu, ou une version compatible.

    :param identiques: accepte un référentiel changé, en ne reprenant que les items restés identiques.
    :raises ErreurCpit: référentiel changé, réponse inconnue ou hors échelle.
    """
    anomalies: tuple[Anomalie, ...] = ()
    if passation.referentiel.empreinte != choisi.empreinte:
        portee = porter_sur(passation, choisi, fichier)
        if portee is None:
            gardes = items_gardes(passation, choisi, fichier)
            mots = _changement(passation, choisi, len(gardes))
            if not identiques:
                raise refus("referentiel-change", fichier, **mots)
            portee = reporter(passation, choisi, gardes), anomalie("items-identiques", fichier, **mots)
        passation, anomalies = portee[0], (portee[1],)
    fautes = list(reponses_refusees(passation, choisi, fichier))
    if fautes:
        raise ErreurCpit(fautes)
    return Relecture(composer_restitution(choisi, passation), anomalies)


def referentiel_de(passation: Passation, fichier: str) -> Referentiel:
    """Le référentiel avec lequel on a répondu : joint à la passation, sinon livré avec cpit.

    :raises ErreurCpit: s’il est introuvable, ou si le texte joint ne correspond pas à son empreinte.
    """
    empreinte = passation.referentiel.empreinte
    if passation.texte_referentiel:
        return referentiel_joint(passation.texte_referentiel, empreinte, fichier)
    if livre := referentiel_livre(empreinte):
        return livre[1]
    identite = passation.referentiel
    raise refus(
        "referentiel-introuvable",
        fichier,
        nom=identite.identifiant,
        version=identite.version,
        empreinte=empreinte[:12],
    )


def commande_de_reprise(chemin: Path | str) -> str:
    """La commande à copier pour reprendre une passation."""
    return commande_a_taper("questionnaire", reprendre=chemin)


def referentiel_qui_nomme(passation: Passation, fichier: str) -> Referentiel | None:
    """Celui auquel on a répondu, qui peut nommer ses moments ; rien s’il ne se lit plus : ils gardent leur code."""
    try:
        return referentiel_de(passation, fichier)
    except ErreurCpit:
        return None


def porter_sur(passation: Passation, choisi: Referentiel, fichier: str) -> tuple[Passation, Anomalie] | None:
    """La passation portée sur une autre version de son référentiel, et ce qu’il faut en dire ; rien si elles ne se
    lisent pas ensemble, ou si sa version ne se retrouve pas.
    """
    try:
        ancien = referentiel_de(passation, fichier)
    except ErreurCpit:
        return None
    accord = accorder_les_versions(ancien, choisi)
    if accord is None:
        return None
    from cpit.lecture.autre_referentiel import dire_une_autre_version  # seule une autre version charge la lecture

    return porter(passation, choisi, accord), dire_une_autre_version(fichier, ancien, choisi, accord)


def items_gardes(passation: Passation, choisi: Referentiel, fichier: str) -> tuple[str, ...]:
    """Les items d’un référentiel dont la question est restée celle à laquelle la passation a répondu, ou que l’une des
    deux versions déclare garder ; aucun si le référentiel de la passation ne se retrouve pas : rien ne le prouve alors.
    """
    try:
        ancien = referentiel_de(passation, fichier)
    except ErreurCpit:
        return ()
    accord = accorder_les_versions(ancien, choisi)
    return items_inchanges(ancien, choisi) if accord is None else (*accord.identiques, *accord.retouches)


def reponses_refusees(passation: Passation, referentiel: Referentiel, fichier: str) -> Iterator[Anomalie]:
    """Les réponses que le moteur ne saurait noter : item inconnu, valeur qui n’est pas un niveau."""
    niveaux = referentiel.echelle.par_valeur
    comment = ACopier(f"{FINE}: {commande_de_reprise(fichier)}" if fichier else "")
    for code, reponse in (paire for une in passation.separees() for paire in une.reponses.items()):
        if code not in referentiel.items_par_code:
            yield anomalie("reponse-inconnue", fichier, code=code, referentiel=referentiel.identifiant)
        elif reponse.valeur is not None and reponse.valeur not in niveaux:
            connus = ", ".join(map(str, niveaux))
            mots = {"code": code, "valeur": reponse.valeur, "niveaux": connus}
            yield anomalie("reponse-hors-echelle", fichier, **mots, comment=comment)


def _changement(passation: Passation, referentiel: Referentiel, gardes: int) -> dict[str, object]:
    """Les mots qui disent en quoi le référentiel n’est plus le même."""
    avant = passation.referentiel
    return {
        "avant": f"{avant.identifiant} {avant.version}",
        "apres": f"{referentiel.identifiant} {referentiel.version}",
        "empreinte": avant.empreinte[:12],
        "identiques": gardes,
        "total": len(passation.items),
    }


# --- Vérifie une passation : somme de contrôle, empreinte du référentiel, réponses, recalcul.


_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, repr=False)
class Verification:
    """Ce qui a été vérifié, en phrases, et ce qui ne va pas."""

    constats: tuple[str, ...]
    anomalies: tuple[Anomalie, ...]

    def __repr__(self) -> str:
        """Combien de choses ont été vérifiées, et combien ne vont pas."""
        return f"Verification({pluriel(len(self.constats), 'constat')}, {pluriel(len(self.anomalies), 'anomalie')})"


def verifier_passation(chemin: Path) -> Verification:
    """Vérifie une passation sans rien écrire ; s’arrête à la première étape qui empêche la suivante.

    :raises ErreurCpit: si la passation ne se lit pas ou si son référentiel est introuvable.
    """
    try:
        passation = lire_passation(chemin)
    except ErreurCpit as erreur:
        raise dire_autre_chose(chemin) or erreur from None
    referentiel = referentiel_de(passation, str(chemin))
    constats = [
        "Somme de contrôle : juste.",
        f"Référentiel : {referentiel.identifiant} {referentiel.version}, empreinte juste "
        f"({referentiel.empreinte[:12]}…).",
    ]
    fautes = tuple(reponses_refusees(passation, referentiel, str(chemin)))
    if fautes:
        raise ErreurCpit(fautes)
    for une in passation.separees():
        a_quel_moment = "" if passation.jumelle is None else f", {une.moment}"
        constats.append(f"Réponses{a_quel_moment} : {len(une.valeurs())} valeurs, toutes des niveaux de l'échelle.")
    constats += _corrections_en_mots(passation, chemin.parent)
    ecarts = tuple(ecart for une in passation.separees() for ecart in _recalculer(une, referentiel, str(chemin)))
    if not ecarts:
        total = len(referentiel.echelles)
        constats.append(f"Recalcul : {total} échelles refaites par un autre chemin, aucun écart.")
    return Verification(tuple(constats), ecarts)


def _corrections_en_mots(passation: Passation, dossier: Path) -> list[str]:
    """Une phrase par correction : quand, ce qu’elle corrige, et si la version d’avant est toujours là."""
    return [
        f"Corrigée le {c.rouverte[:10]} : terminée d'abord le {c.terminee[:10]}, version "
        f"{'gardée' if (dossier / Path(c.version).name).exists() else 'absente'} ({c.version})."
        for c in passation.corrections
    ]


def _recalculer(passation: Passation, referentiel: Referentiel, fichier: str) -> list[Anomalie]:
    """Refait chaque score en arithmétique exacte et le compare à celui du moteur."""
    resultat = composer_restitution(referentiel, passation).resultat
    return [
        anomalie("recalcul-different", fichier, cle=identifiant, trouve=trouve, ecrit=ecrit)
        for identifiant, echelle in referentiel.echelles.items()
        if not _egaux(
            trouve := _score_exact(echelle, passation, referentiel), ecrit := _score_ecrit(resultat, identifiant)
        )
    ]


def _score_ecrit(resultat: Resultat, identifiant: str) -> float | None:
    return resultat.score(identifiant).valeur


def _score_exact(echelle: EchelleNotee, passation: Passation, referentiel: Referentiel) -> float | None:
    """Règle 1 en nombres rationnels, d’après les poids écrits en décimal."""
    from fractions import Fraction

    bornes, valeurs = referentiel.echelle, passation.valeurs()
    poids = {item.code: Fraction(repr(item.poids)) for item in echelle.items}
    repondu = sum((poids[code] for code in poids if code in valeurs), Fraction(0))
    if not repondu or repondu < Fraction(repr(referentiel.regles.seuil.valeur)) * sum(poids.values()):
        return None
    somme = Fraction(0)
    for item in echelle.items:
        if item.code in valeurs:
            valeur = valeurs[item.code]
            somme += poids[item.code] * (bornes.min + bornes.max - valeur if item.inverse else valeur)
    return float(somme / repondu)


def _egaux(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)

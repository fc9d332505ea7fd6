"""Une personne : noter ses réponses, relire sa passation, la vérifier, écrire son classeur et sa page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from operator import index
from pathlib import Path

from cpit.api import maintenant
from cpit.api.arguments import facade
from cpit.coeur.coherence import proche
from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.notation import Notation, Resultat
from cpit.coeur.passation import Passation, Reponse, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.suites import Plan
from cpit.coeur.tableaux import CODE_SANS_OBJET
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, MauvaisEmploi, anomalie, ecriture
from cpit.formats import documents_json
from cpit.formats.appartenance import est_un_cahier
from cpit.formats.porte import SANS_PERMIS, Permis, delivrer, poser, sceller, verifier_places
from cpit.formats.registre import CLASSEUR, FORMATS, PAGE, faute_de_suffixe
from cpit.passations.cahiers import avec_le_plan, verifier_cahier
from cpit.passations.relecture import (
    Relecture,
    Verification,
    accorder_et_restituer,
    referentiel_de,
    relire_passation,
    verifier_passation,
)
from cpit.passations.sauvegarde import (
    FichierTenu,
    dater,
    garder_version,
    preparer,
    refuser_une_version,
    relire_fichier,
    verrouiller,
)

Reponses = Mapping[str, int | str | None]
"""Code d’item → niveau, « SO » (sans objet) ou ``None`` (sans réponse)."""


@facade
def noter(referentiel: Referentiel, reponses: Reponses) -> Resultat:
    """Note des réponses, sans rien lire ni écrire ; un item qui n’y est pas est sans réponse.

    :param reponses: par code d’item, un niveau de l’échelle, « SO » (sans objet) ou ``None`` (sans réponse).
    :raises MauvaisEmploi: autre chose qu’un référentiel lu.
    :raises ErreurCpit: item inconnu, valeur qui n’est pas un niveau ; toutes les fautes d’un coup.
    """
    fautes = list(_fautes_de_reponses(referentiel, reponses))
    if fautes:
        raise ErreurCpit(fautes)
    valeurs = {code: index(valeur) for code, valeur in reponses.items() if not isinstance(valeur, str | None)}
    return Notation(referentiel).noter(valeurs)


@facade
def relire(
    passation: str | Path,
    referentiel: Referentiel | str | Path | None = None,
    *,
    items_identiques: bool = False,
    moment: str | None = None,
) -> Relecture:
    """Lit une passation et la restitue ; ``anomalies`` dit avec quelles réserves. Rien n’est récrit.

    :param referentiel: un référentiel, son nom ou son chemin ; absent pour celui que la passation porte.
    :param items_identiques: accepte un référentiel changé, en ne notant que les items restés identiques.
    :param moment: celui que l’on veut, d’une passation qui en porte deux ; le moment présent sinon, et c’est dit.
    :raises ErreurCpit: passation ou référentiel illisible, référentiel changé, réponse inconnue ou hors échelle, moment
        que la passation ne porte pas.
    """
    chemin = Path(passation)
    return avec_le_plan(relire_passation(chemin, referentiel, identiques=items_identiques, moment=moment), chemin)


@facade
def restituer(referentiel: Referentiel, passation: Passation) -> Restitution:
    """Note une passation déjà lue et rédige sa lecture.

    :raises ErreurCpit: référentiel qui n’est pas celui de la passation, réponse inconnue ou hors échelle.
    """
    return accorder_et_restituer(passation, referentiel).restitution


@facade
def verifier(passation: str | Path) -> Verification:
    """Vérifie une passation (somme, référentiel, réponses, recalcul) : ce qui a été vérifié, et ce qui ne va pas.

    D’un plan ou de traces, la somme et la forme.

    :raises ErreurCpit: si elle ne se lit pas, si son référentiel est introuvable, si une réponse ne se note pas.
    """
    chemin = Path(passation)
    return verifier_cahier(chemin) if chemin.is_file() and est_un_cahier(chemin) else verifier_passation(chemin)


@facade
def corriger(passation: str | Path, reponses: Reponses) -> Passation:
    """Change des réponses d’une passation et la récrit ; leurs traces et la place de leurs situations restent.

    D’une passation terminée, la version d’avant est gardée à côté, datée, et la correction est marquée. Rien n’est
    récrit si rien ne change.

    :param reponses: par code d’item, un niveau de l’échelle, « SO » (sans objet) ou ``None`` (sans réponse).
    :raises ErreurCpit: passation ou référentiel illisible, item inconnu, valeur qui n’est pas un niveau, séance ouverte
        ailleurs, écriture impossible.
    """
    chemin = Path(passation)
    refuser_une_version(chemin)
    relire_fichier(chemin)  # un dossier, un tube ou rien du tout ne se tient pas : refusé avant
    with verrouiller(chemin) as tenu:
        fichier = FichierTenu(chemin, tenu)
        avant, _ = relire_fichier(chemin)
        referentiel = referentiel_de(avant, str(chemin))
        if fautes := list(_fautes_de_reponses(referentiel, reponses)):
            raise ErreurCpit(fautes)
        apres = avant
        for code, valeur in reponses.items():
            apres = apres.avec_reponse(code, avant.reponse(code).devenue(_reponse(valeur)))
        if apres == avant:
            return avant
        instant = maintenant()
        preparer(chemin)
        fichier.relever()
        if avant.terminee:
            apres = replace(apres.rouverte(instant, garder_version(chemin, avant).name), terminee=instant)
        corrigee = dater(apres, instant)
        fichier.enregistrer(corrigee)
        return corrigee


def _reponse(valeur: int | str | None) -> Reponse:
    if valeur is None:
        return sans_reponse()
    return sans_objet() if isinstance(valeur, str) else repondu(index(valeur))


resultat_en_dictionnaire = facade(documents_json.resultat_en_dictionnaire)


def permis_de_restitution(
    passation: str | Path, referentiel: str | Path | None = None, *, remplacer: bool = False
) -> Permis:
    """Ce que peuvent remplacer les sorties d’une restitution : ni la passation, ni son référentiel.

    :raises ErreurCpit: si le référentiel nommé est introuvable.
    """
    lus = [Path(passation)]
    if referentiel is not None:
        lus.append(trouver_referentiel(str(referentiel)))
    return delivrer(lus, remplacer=remplacer)


def verifier_sorties_de_personne(classeur: Path | None, page: Path | None, permis: Permis = SANS_PERMIS) -> None:
    """Refuse, avant tout travail, un classeur ou une page qui ne pourrait pas s’écrire là.

    :raises MauvaisEmploi: suffixe qui n’est pas celui d’un classeur ou d’une page, sortie parmi les sources.
    :raises ErreurCpit: place prise.
    """
    demandees = [(chemin, sorte) for chemin, sorte in ((classeur, CLASSEUR), (page, PAGE)) if chemin is not None]
    fautes = [faute for chemin, sorte in demandees if (faute := faute_de_suffixe(chemin, sorte)) is not None]
    if fautes:
        raise MauvaisEmploi(fautes)
    verifier_places((chemin for chemin, _ in demandees), permis)


def ecrire_classeur_individuel(
    chemin: Path, restitution: Restitution, *, date: str | None = None, permis: Permis = SANS_PERMIS
) -> None:
    """Écrit le classeur d’une personne ; ``date`` : l’instant présent si elle n’est pas donnée.

    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.classeurs.classeur_personne import ecrire_classeur_personne

    with ecriture(chemin):
        ecrire_classeur_personne(chemin, restitution, date=date or maintenant(), permis=permis)


def ecrire_page_personne(
    chemin: Path,
    restitution: Restitution,
    *,
    date: str | None = None,
    permis: Permis = SANS_PERMIS,
    plan: Plan | None = None,
) -> None:
    """Écrit la page d’une personne ; ``date`` : l’instant présent si elle n’est pas donnée.

    :param plan: ses pas, à montrer, ou à remplir à la main s’il n’en a pas ; absent, la page n’en dit rien.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.pages.page_personne import rendre_page_personne

    page = rendre_page_personne(restitution, date=date or maintenant(), plan=plan)
    with ecriture(chemin):
        poser(chemin, sceller(page.encode(), ".html"), permis)


def choisir_les_traces(restitution: Restitution, codes: Collection[str]) -> Restitution:
    """La même restitution, qui ne montre plus que les traces de ces situations ; aucun code pour n’en montrer aucune.

    :raises MauvaisEmploi: code qui n’est celui d’aucun item ; tous d’un coup.
    """
    connus = {code.casefold(): code for code in restitution.referentiel.items_par_code}
    liste = ", ".join(connus.values())
    fautes = [anomalie("trace-d-aucun-item", code=c, codes=liste) for c in codes if c.strip().casefold() not in connus]
    if fautes:
        raise MauvaisEmploi(fautes)
    gardees = {connus[code.strip().casefold()] for code in codes}
    return replace(restitution, passation=restitution.passation.sans_traces(sauf=gardees))


_USAGES_DE_PAGE = ("entretien",)
"""Ce pour quoi une page peut s’écrire autrement que pour se relire."""


def verifier_l_usage(usage: str, regard: str) -> None:
    """Refuse un usage de page inconnu, ou qui ne va pas avec un regard.

    :raises MauvaisEmploi: usage inconnu ; feuille d’entretien tirée des réponses d’un tiers.
    """
    if usage not in _USAGES_DE_PAGE:
        raise MauvaisEmploi([anomalie("usage-de-page-inconnu", usage=usage, usages=", ".join(_USAGES_DE_PAGE))])
    if regard == "tiers":
        raise MauvaisEmploi([anomalie("entretien-d-un-tiers")])


def ecrire_feuille_d_entretien(
    chemin: Path, restitution: Restitution, *, date: str | None = None, permis: Permis = SANS_PERMIS
) -> None:
    """Écrit, sur une feuille A4, ce qu’une personne choisit de montrer à un entretien, et ce qu’elle y demande.

    Ses traces sont celles de la restitution : les choisir d’abord (``choisir_les_traces``).

    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.pages.page_personne import rendre_page_entretien

    page = rendre_page_entretien(restitution, date=date or maintenant())
    with ecriture(chemin):
        poser(chemin, sceller(page.encode(), ".html"), permis)


def ecrire_restitution(
    chemin: Path,
    restitution: Restitution,
    *,
    date: str | None = None,
    permis: Permis = SANS_PERMIS,
    plan: Plan | None = None,
) -> None:
    """Écrit le classeur ou la page d’une personne, selon le suffixe ; ``date`` : l’instant présent à défaut.

    :param plan: celui que la page montre ; un classeur n’en dit rien.
    :raises MauvaisEmploi: suffixe qui n’est ni celui d’un classeur ni celui d’une page.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    faute = faute_de_suffixe(chemin, CLASSEUR, PAGE)
    if faute is not None:
        raise MauvaisEmploi([faute])
    format_ = FORMATS[chemin.suffix.lower()]
    if CLASSEUR in format_.ecrivains:
        format_.ecrire(CLASSEUR)(chemin, restitution, date=date, permis=permis)
    else:
        format_.ecrire(PAGE)(chemin, restitution, date=date, permis=permis, plan=plan)


def _fautes_de_reponses(referentiel: Referentiel, reponses: Reponses) -> Iterator[Anomalie]:
    niveaux = referentiel.echelle.par_valeur
    sans_objet = [CODE_SANS_OBJET] if referentiel.echelle.sans_objet else []
    connus = ", ".join([*map(str, niveaux), *sans_objet])
    for code, valeur in reponses.items():
        if code not in referentiel.items_par_code:
            mots = {"code": code, "referentiel": referentiel.identifiant}
            yield anomalie("reponse-inconnue", **mots, proche=proche(str(code), list(referentiel.items_par_code)))
        elif not (_est_un_niveau(valeur, niveaux) or _est_sans_niveau(valeur, sans_objet)):
            # « 3 », un texte, n’est pas le niveau 3 : ses guillemets le disent.
            recue = repr(valeur) if isinstance(valeur, str) else valeur
            comment = ", ou None s’il est sans réponse"
            yield anomalie("reponse-hors-echelle", code=code, valeur=recue, niveaux=connus, comment=comment)


def _est_un_niveau(valeur: object, niveaux: Mapping[int, object]) -> bool:
    """Vrai pour un entier (de Python ou de numpy) qui est un niveau ; ni 2.0, ni « 2 », ni ``True`` n’en sont."""
    try:
        return not isinstance(valeur, bool) and index(valeur) in niveaux  # type: ignore[arg-type]
    except TypeError:
        return False


def _est_sans_niveau(valeur: object, sans_objet: list[str]) -> bool:
    """Vrai pour « sans réponse » et « sans objet » ; une absence de pandas (``NA``) n’est ni l’une ni l’autre."""
    return valeur is None or (isinstance(valeur, str) and valeur in sans_objet)


__all__ = [
    "Relecture",
    "Reponses",
    "Restitution",
    "Resultat",
    "Verification",
    "choisir_les_traces",
    "corriger",
    "ecrire_classeur_individuel",
    "ecrire_feuille_d_entretien",
    "ecrire_page_personne",
    "ecrire_restitution",
    "noter",
    "permis_de_restitution",
    "relire",
    "restituer",
    "resultat_en_dictionnaire",
    "verifier",
    "verifier_l_usage",
    "verifier_sorties_de_personne",
]

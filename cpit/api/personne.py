"""Une personne : noter ses réponses, relire sa passation, la vérifier, écrire son classeur et sa page.

Et ce qu’elle écrit après son résultat : son plan, ses traces de l’année, ses propres situations, son portfolio.
Rien de tout cela n’entre dans un score, ni dans un export.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from operator import index
from pathlib import Path
from typing import Any

from cpit.api import maintenant
from cpit.api.arguments import Chemin, exiger_un_emploi, facade
from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.notation import Notation, Resultat
from cpit.coeur.passation import DATES_ATTENDUES, Passation, Reponse, lire_la_date, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.suites import Plan, Portfolio, Traces
from cpit.coeur.tableaux import CODE_SANS_OBJET
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, MauvaisEmploi, anomalie, ecriture
from cpit.formats.porte import SANS_PERMIS, Permis, delivrer, poser, sceller, verifier_places
from cpit.formats.registre import CLASSEUR, DOCUMENT, FORMATS, PAGE, PORTFOLIO, faute_de_suffixe
from cpit.ouverture import chemin_reel
from cpit.passations.cahiers import CahierEcrit, Cahiers, avec_le_plan, verifier_cahier
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
from cpit.typographie import proche

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
    from cpit.formats.appartenance import est_un_cahier, nom_d_un_cahier_abime

    chemin = Path(passation)
    cahier = chemin.is_file() and (est_un_cahier(chemin) or nom_d_un_cahier_abime(chemin))
    return verifier_cahier(chemin) if cahier else verifier_passation(chemin)


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


@facade
def resultat_en_dictionnaire(restitution: Restitution) -> dict[str, Any]:
    """Le résultat en types simples ; un score absent vaut ``None`` et ``motifs`` dit pourquoi.

    ``tensions`` est notre lecture, une hypothèse ; une cohorte les donne par équipe, non par personne.
    """
    from cpit.formats import documents_json  # la comparaison et l’évolution viennent avec

    return documents_json.dictionnaire_du_resultat(restitution)


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

    :param page: une page, ou un document Word.
    :raises MauvaisEmploi: suffixe qui n’est pas celui d’un classeur ou d’une page, sortie parmi les sources.
    :raises ErreurCpit: place prise, bibliothèque absente.
    """
    possibles = ((classeur, (CLASSEUR,)), (page, (PAGE, DOCUMENT)))
    demandees = [(chemin, sortes) for chemin, sortes in possibles if chemin is not None]
    fautes = [faute for chemin, sortes in demandees if (faute := faute_de_suffixe(chemin, *sortes)) is not None]
    if fautes:
        raise MauvaisEmploi(fautes)
    if page is not None and est_un_document(page):
        from cpit.word import exiger_de_quoi_ecrire

        exiger_de_quoi_ecrire()
    verifier_places((chemin for chemin, _ in demandees), permis)


def est_un_document(chemin: Path) -> bool:
    """Vrai pour le nom d’un document Word."""
    return faute_de_suffixe(chemin, DOCUMENT) is None


def _fautes_de_sortie(chemin: Path, gabarit: Chemin | None, *sortes: str) -> Iterator[Anomalie]:
    """Un suffixe d’une autre sorte ; sinon, un gabarit qui n’y va pas."""
    if faute := faute_de_suffixe(chemin, *sortes):
        yield faute
    else:
        yield from fautes_de_gabarit(chemin, gabarit)


def fautes_de_gabarit(chemin: Path | None, gabarit: Chemin | None) -> Iterator[Anomalie]:
    """Un gabarit donné pour autre chose qu’un document, ou que le document effacerait."""
    if gabarit is None:
        return
    if chemin is None or not est_un_document(chemin):
        yield anomalie("gabarit-sans-document")
    elif chemin_reel(chemin) == chemin_reel(gabarit):
        yield anomalie("sortie-parmi-les-sources", str(chemin), nom=chemin.name)


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


def portfolio_en_document(portfolio: Portfolio, date: str, *, gabarit: Path | None = None) -> bytes:
    """Le document Word d’un portfolio, à reprendre et à compléter.

    :param date: jour où il est écrit, ISO 8601.
    :param gabarit: un autre que celui qui est livré.
    :raises ErreurCpit: bibliothèque absente, gabarit illisible ou fautif.
    """
    from cpit.pages.page_personne import composer_le_portfolio
    from cpit.word import remplir_gabarit

    contenu = composer_le_portfolio(portfolio, date)
    titre = f"{contenu.titre} · portfolio"
    return remplir_gabarit("portfolio", contenu, titre=titre, personne=portfolio.identifiant, gabarit=gabarit)


def ecrire_document_personne(
    chemin: Path,
    restitution: Restitution,
    *,
    date: str | None = None,
    permis: Permis = SANS_PERMIS,
    plan: Plan | None = None,
    gabarit: Path | None = None,
) -> None:
    """Écrit la page d’une personne en document Word, à reprendre et à compléter.

    :param plan: ses pas, comme à la page.
    :param gabarit: un autre que celui qui est livré.
    :raises ErreurCpit: bibliothèque absente, gabarit illisible ou fautif, emplacement pris ou qui ne s’écrit pas.
    """
    from cpit.figures import PERSONNE, figures_de_page
    from cpit.pages.page_personne import composer_page_personne, titrer_la_page
    from cpit.word import remplir_gabarit

    dessinateurs = {f.cle: f.dessinateur(PERSONNE) for f in figures_de_page(PERSONNE, restitution)}
    octets = remplir_gabarit(
        "personne",
        composer_page_personne(restitution, date=date or maintenant(), plan=plan),
        titre=titrer_la_page(restitution),
        personne=restitution.passation.identifiant,
        figures={cle: partial(dessiner, restitution) for cle, dessiner in dessinateurs.items()},
        gabarit=gabarit,
    )
    with ecriture(chemin):
        poser(chemin, octets, permis)


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


def traces_absentes(restitution: Restitution, codes: Collection[str]) -> list[Anomalie]:
    """Un avertissement pour chaque situation dont on demande la trace, et qui n’en a pas dans cette passation."""
    demandes = {code.strip().casefold() for code in codes}
    sans = [
        code
        for code in restitution.referentiel.items_par_code
        if code.casefold() in demandes and not restitution.passation.reponse(code).trace
    ]
    return [anomalie("trace-absente", code=code) for code in sans]


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
    chemin: Path,
    restitution: Restitution,
    *,
    date: str | None = None,
    conditions: bool = False,
    permis: Permis = SANS_PERMIS,
    gabarit: Path | None = None,
) -> None:
    """Écrit, sur une feuille A4, ce qu’une personne choisit de montrer à un entretien, et ce qu’elle y demande.

    En page, ou en document Word si le nom finit par .docx.

    Ses traces sont celles de la restitution : les choisir d’abord (``choisir_les_traces``).

    :param conditions: vrai pour y mettre ce qu’elle a dit de ses conditions d’exercice.
    :param gabarit: d’un document, un autre que celui qui est livré.
    :raises MauvaisEmploi: gabarit donné pour une page, ou à la place où l’on écrit.
    :raises ErreurCpit: bibliothèque absente, gabarit illisible ou fautif ; si l’emplacement ne s’écrit pas, ou est pris
        par un fichier d’une autre sorte.
    """
    exiger_un_emploi(fautes_de_gabarit(chemin, gabarit))
    from cpit.pages.page_personne import composer_page_entretien, rendre_page_entretien, titrer_l_entretien
    from cpit.word import remplir_gabarit

    le = date or maintenant()
    if est_un_document(chemin):
        contenu = composer_page_entretien(restitution, date=le, conditions=conditions)
        titre, personne = titrer_l_entretien(contenu.titre), restitution.passation.identifiant
        octets = remplir_gabarit("entretien", contenu, titre=titre, personne=personne, gabarit=gabarit)
    else:
        octets = sceller(rendre_page_entretien(restitution, date=le, conditions=conditions).encode(), ".html")
    with ecriture(chemin):
        poser(chemin, octets, permis)


def ecrire_restitution(
    chemin: Path,
    restitution: Restitution,
    *,
    date: str | None = None,
    permis: Permis = SANS_PERMIS,
    plan: Plan | None = None,
    gabarit: Path | None = None,
) -> None:
    """Écrit le classeur, la page ou le document d’une personne, selon le suffixe ; ``date`` : l’instant présent à
    défaut.

    :param plan: celui que la page ou le document montre ; un classeur n’en dit rien.
    :param gabarit: celui du document Word, s’il n’est pas celui qui est livré.
    :raises MauvaisEmploi: suffixe d’un autre format ; gabarit donné pour autre chose qu’un document.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte ; gabarit
        illisible ou fautif.
    """
    exiger_un_emploi(_fautes_de_sortie(chemin, gabarit, CLASSEUR, PAGE, DOCUMENT))
    format_ = FORMATS[chemin.suffix.lower()]
    if CLASSEUR in format_.ecrivains:
        format_.ecrire(CLASSEUR)(chemin, restitution, date=date, permis=permis)
    elif PAGE in format_.ecrivains:
        format_.ecrire(PAGE)(chemin, restitution, date=date, permis=permis, plan=plan)
    else:
        format_.ecrire(DOCUMENT)(chemin, restitution, date=date, permis=permis, plan=plan, gabarit=gabarit)


@facade
def gabarit(chemin: str | Path, *, document: str = "personne", remplacer: bool = False) -> Path:
    """Écrit une copie du gabarit livré d’un document Word, à changer puis à donner à ``ecrire``, et rend son chemin.

    :param document: « personne », « entretien » ou « portfolio ».
    :raises MauvaisEmploi: document inconnu, nom qui ne finit pas par .docx.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris.
    """
    from cpit.word import DOCUMENTS, gabarit_a_changer

    cible = Path(chemin)
    faute = faute_de_suffixe(cible, DOCUMENT)
    if faute is None and document not in DOCUMENTS:
        faute = anomalie("gabarit-inconnu", valeur=document, connus=", ".join(DOCUMENTS))
    if faute is not None:
        raise MauvaisEmploi([faute])
    with ecriture(cible):
        poser(cible, gabarit_a_changer(document), Permis(remplacer=remplacer))
    return cible


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


@facade
def plan(source: Chemin = ".", code: str | None = None) -> Plan:
    """Le plan d’une personne ; sans pas s’il n’y en a pas encore. Rien n’est écrit.

    :param source: le dossier de ses passations, ou l’une d’elles.
    :param code: celui de la personne, si le dossier en a plusieurs.
    :raises ErreurCpit: personne à ce code, plusieurs personnes, plan illisible.
    """
    return Cahiers.trouver(Path(source), code).plan()[0]


@facade
def ajouter_pas(
    code: str,
    item: str,
    pas: str,
    *,
    dossier: Chemin = ".",
    avec: str = "",
    quand: str = "",
    signe: str = "",
) -> CahierEcrit[Plan]:
    """Ajoute un pas au plan d’une personne ; quand la fonction rend la main, il est sur le disque.

    :param item: le code de la situation qu’il travaille.
    :param pas: le pas, dans les mots de la personne ; ``avec`` : avec qui ; ``quand`` : une date ou des mots ;
        ``signe`` : à quoi l’on saura qu’il est fait.
    :raises ErreurCpit: personne ou situation inconnue, texte manquant ou trop long, trois pas déjà ouverts, écriture
        impossible.
    """
    textes = {"quoi": pas, "avec": avec, "quand": quand, "signe": signe}
    return Cahiers.trouver(Path(dossier), code).ajouter_pas(item, textes, maintenant())


@facade
def changer_pas(code: str, rang: int, etat: str, *, dossier: Chemin = ".", note: str = "") -> CahierEcrit[Plan]:
    """Dit ce qu’un pas est devenu ; l’état d’avant et sa date restent.

    :param rang: celui du pas dans le plan, dès 1.
    :param etat: « a_faire », « en_cours », « fait », « abandonne » ou « autrement ».
    :raises ErreurCpit: personne, pas ou état inconnu, écriture impossible.
    """
    return Cahiers.trouver(Path(dossier), code).changer_pas(rang, maintenant(), etat=etat, note=note)


@facade
def ajouter_trace(  # noqa: PLR0913
    code: str,
    item: str,
    situation: str,
    *,
    dossier: Chemin = ".",
    mobilise: str = "",
    avec: str = "",
    suite: str = "",
    appris: str = "",
    piece: str = "",
    le: str = "",
) -> CahierEcrit[Traces]:
    """Ajoute une trace datée à celles d’une personne ; quand la fonction rend la main, elle est sur le disque.

    :param item: le code de la situation qu’elle illustre, du référentiel ou une des siennes (« S1 »).
    :param situation: ce qui s’est passé ; ``mobilise`` : ce qui a servi ; ``avec`` : avec qui ; ``suite`` : ce qui en
        est sorti ; ``appris`` : ce qui en est appris.
    :param piece: un fichier ou un lien, gardés tels que donnés : rien n’en est copié.
    :param le: le jour, le mois ou l’année dont elle parle ; aujourd’hui à défaut.
    :raises MauvaisEmploi: si ``le`` n’est pas une date.
    :raises ErreurCpit: personne ou situation inconnue, texte manquant ou trop long, écriture impossible.
    """
    date = jour_demande(le)
    textes = {"situation": situation, "mobilise": mobilise, "avec": avec}
    textes |= {"suite": suite, "appris": appris, "piece": piece}
    return Cahiers.trouver(Path(dossier), code).ajouter_trace(item, textes, maintenant(), le=date)


@facade
def ajouter_situation(
    code: str, enonce: str, competence: str, ingenierie: str, *, dossier: Chemin = ".", niveau: int | None = None
) -> CahierEcrit[Traces]:
    """Ajoute une situation que le questionnaire n’a pas ; montrée à part, elle n’entre dans aucun score.

    :param competence: où la personne la range ; ``ingenierie`` de même ; ``niveau`` : où elle s’y situe.
    :raises ErreurCpit: personne, compétence, ingénierie ou niveau inconnu, texte manquant ou trop long, écriture
        impossible.
    """
    return Cahiers.trouver(Path(dossier), code).ajouter_situation(
        enonce, competence, ingenierie, maintenant(), niveau=niveau
    )


@facade
def portfolio(code: str | None = None, dossier: Chemin = ".") -> Portfolio:
    """Toutes les traces d’une personne, par compétence : celles de ses passations, et celles de l’année.

    :param code: celui de la personne, si le dossier en a plusieurs.
    :raises ErreurCpit: personne à ce code, plusieurs personnes, traces illisibles.
    """
    return Cahiers.trouver(Path(dossier), code).portfolio()[0]


def jour_demande(le: str) -> str:
    """Le jour, le mois ou l’année que dit une date écrite à la main ; vide si l’on n’en donne pas.

    :raises MauvaisEmploi: si ce n’est pas une date.
    """
    date = lire_la_date(le) if le else ""
    exiger_un_emploi([anomalie("date-de-trace", valeur=le, attendu=DATES_ATTENDUES)] if date is None else [])
    return date or ""


def verifier_sorties_de_portfolio(page: Chemin | None, texte: Chemin | None, *, remplacer: bool = False) -> None:
    """Refuse, avant tout travail, une page ou un texte qui ne pourrait pas s’écrire là.

    :param page: une page, ou un document Word.
    :raises MauvaisEmploi: suffixe d’un autre format.
    :raises ErreurCpit: place prise, bibliothèque absente.
    """
    fautes = [faute_de_suffixe(page, PAGE, DOCUMENT)] if page is not None else []
    if texte is not None and Path(texte).suffix.lower() != ".md":
        fautes.append(anomalie("mauvais-suffixe", nom=Path(texte).name or texte, attendus=".md"))
    exiger_un_emploi(faute for faute in fautes if faute is not None)
    if page is not None and est_un_document(Path(page)):
        from cpit.word import exiger_de_quoi_ecrire

        exiger_de_quoi_ecrire()
    verifier_places([Path(sortie) for sortie in (page, texte) if sortie is not None], Permis(remplacer=remplacer))


def ecrire_portfolio(
    portfolio: Portfolio,
    chemin: Chemin,
    *,
    date: str | None = None,
    remplacer: bool = False,
    gabarit: Path | None = None,
) -> Path:
    """Écrit un portfolio en page (.html), en document Word (.docx) ou en texte (.md), et rend son chemin.

    :param date: l’instant présent à défaut.
    :param gabarit: celui du document Word, s’il n’est pas celui qui est livré.
    :raises MauvaisEmploi: suffixe d’un autre format ; gabarit donné pour autre chose qu’un document.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte ; gabarit
        illisible ou fautif, bibliothèque absente.
    """
    cible = Path(chemin)
    exiger_un_emploi(_fautes_de_sortie(cible, gabarit, PORTFOLIO))
    options = {} if gabarit is None else {"gabarit": gabarit}
    octets = FORMATS[cible.suffix.lower()].ecrire(PORTFOLIO)(portfolio, date or maintenant(), **options)
    with ecriture(cible):
        poser(cible, sceller(octets, cible.suffix.lower()), Permis(remplacer=remplacer))
    return cible

"""Ce qu’une personne écrit après son résultat : son plan, ses traces de l’année, ses propres situations, son portfolio.

Rien de tout cela n’entre dans un score, ni dans un export.
"""

from __future__ import annotations

from pathlib import Path

from cpit.api import maintenant
from cpit.api.arguments import facade
from cpit.api.groupe import Chemin, exiger_un_emploi
from cpit.coeur.passation import DATES_ATTENDUES, lire_la_date
from cpit.coeur.suites import Plan, Portfolio, Traces
from cpit.erreurs import anomalie, ecriture
from cpit.formats.porte import Permis, poser, sceller, verifier_places
from cpit.formats.registre import FORMATS, PAGE, PORTFOLIO, faute_de_suffixe
from cpit.passations.cahiers import CahierEcrit, Cahiers


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

    :raises MauvaisEmploi: suffixe d’un autre format.
    :raises ErreurCpit: place prise.
    """
    fautes = [faute_de_suffixe(page, PAGE)] if page is not None else []
    if texte is not None and Path(texte).suffix.lower() != ".md":
        fautes.append(anomalie("mauvais-suffixe", nom=Path(texte).name or texte, attendus=".md"))
    exiger_un_emploi(faute for faute in fautes if faute is not None)
    verifier_places([Path(sortie) for sortie in (page, texte) if sortie is not None], Permis(remplacer=remplacer))


def ecrire_portfolio(portfolio: Portfolio, chemin: Chemin, *, date: str | None = None, remplacer: bool = False) -> Path:
    """Écrit un portfolio en page (.html) ou en texte (.md), et rend son chemin.

    :param date: l’instant présent à défaut.
    :raises MauvaisEmploi: suffixe d’un autre format.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    faute = faute_de_suffixe(chemin, PORTFOLIO)
    exiger_un_emploi([faute] if faute else [])
    cible = Path(chemin)
    octets = FORMATS[cible.suffix.lower()].ecrire(PORTFOLIO)(portfolio, date or maintenant())
    with ecriture(cible):
        poser(cible, sceller(octets, cible.suffix.lower()), Permis(remplacer=remplacer))
    return cible

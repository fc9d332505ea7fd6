"""Un groupe, de Python : lire des sources mêlées, puis écrire la cohorte, sa page, les fiches de chacun.

D’une table que cpit ne reconnaît pas seul, une correspondance propose ce que porte chaque colonne, à compléter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cpit.api import maintenant
from cpit.api.arguments import Chemin, exiger_un_emploi, facade
from cpit.api.personne import ecrire_restitution
from cpit.chargement import choisir_referentiel
from cpit.coeur import Progres
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.diffusion import questions_diffusables
from cpit.coeur.equipe import LectureDEquipes, critere_d_equipe, lire_les_equipes
from cpit.coeur.groupe import EFFECTIF_MINIMAL, PLANCHER
from cpit.coeur.mots.restitution import composer_restitution
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.suites import Plan
from cpit.coeur.tableaux import Tableau
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, anomalie, ecriture, refus
from cpit.formats.appartenance import DEBUT_DE_PASSATION, est_un_classeur
from cpit.formats.dialecte_csv import DIALECTES_CSV
from cpit.formats.porte import Permis, delivrer, ecriture_durable, ouvrir_un_dossier, poser, sceller, verifier_places
from cpit.formats.recueil import Recueil, Reglages
from cpit.formats.registre import COHORTE, FORMATS, PAGE, TABLEAU, YAML, faute_de_suffixe
from cpit.lecture.contexte import SANS_CONSIGNE, Consignes, ValeursDites
from cpit.lecture.correspondance import consigner_une_lecture, referentiel_d_une_correspondance
from cpit.ouverture import chemin_reel, est_un_dossier, lire_debut
from cpit.passations.origine import ChoixDeReferentiel, manifeste_de, origine_d_une_autre_table
from cpit.passations.relecture import Relecture, relire_passation
from cpit.passations.sauvegarde import nom_sur
from cpit.sources import Reunion, choisir_pour_les_sources, exiger_des_passations, lire_reunion, reunir_sources
from cpit.typographie import enumerer

if TYPE_CHECKING:
    from cpit.flux import Bilan
    from cpit.lecture.correspondance import Proposition


Sources = Chemin | Sequence[Chemin]
"""Un fichier, un dossier ou un motif, ou plusieurs, mêlés."""
_MEGAOCTET = 1_000_000


@facade
def lire(  # noqa: PLR0913
    sources: Sources,
    referentiel: Referentiel | Chemin | None = None,
    *,
    identifiant: str | None = None,
    moment: str | None = None,
    regard: str | None = None,
    valeurs: ValeursDites | None = None,
    garder: str | None = None,
    encodage: str | None = None,
    equipe: str | None = None,
    correspondance: Chemin | None = None,
    strict: bool = False,
    sorties: Sequence[Chemin] = (),
    remplacer: bool = False,
    progres: Progres | None = None,
) -> Recueil:
    """Lit et note des sources mêlées : fichiers, dossiers (parcourus en entier) et motifs.

    Ce qui n’a pas été pris est dans ``anomalies``, situé ; rien n’est affiché.

    :param referentiel: un référentiel, son chemin ou son nom livré ; sinon celui que les sources portent, ou l’actuel.
    :param identifiant: l’en-tête de la colonne qui dit qui a répondu, si son nom n’est pas connu.
    :param moment: celui d’une table qui n’a pas cette colonne ; t0 sinon.
    :param regard: celui d’une table qui n’a pas cette colonne ; soi sinon.
    :param valeurs: ce que valent des réponses telles qu’écrites : « 1=0,2=1,n/a=SO », ou une table.
    :param garder: de deux passations d’une même personne au même moment : recent, premier ou tous.
    :param encodage: celui d’une table qui n’est pas en UTF-8 : cp1252, latin9, cp850 ou mac-roman.
    :param equipe: l’en-tête de la colonne qui dit l’équipe de chacun, hors du profil, pour ``lire_les_equipes``.
    :param correspondance: un YAML qui dit ce que porte chaque colonne d’une table que cpit ne reconnaît pas.
    :param strict: vrai pour tout arrêter à la moindre anomalie.
    :param sorties: les fichiers que l’on écrira ensuite : jamais des sources, et refusés d’avance s’ils sont pris.
    :param remplacer: vrai pour pouvoir remplacer ce que cpit n’a pas écrit ; jamais des réponses.
    :param progres: reçoit les fichiers lus et leur total.
    :raises MauvaisEmploi: si une sortie est une source, ou une consigne impossible.
    :raises ErreurCpit: rien de lisible, place prise, référentiel introuvable ou, en mode strict, une anomalie.
    """
    dites: dict[str, Any] = {"identifiant": identifiant, "moment": moment, "regard": regard, "garder": garder}
    dites |= {"encodage": encodage, "equipe": equipe, "valeurs": valeurs, "correspondance": correspondance}
    return lire_selon(dites, sources, referentiel, strict=strict, sorties=sorties, remplacer=remplacer, progres=progres)


def lire_selon(  # noqa: PLR0913
    dites: Mapping[str, Any],
    sources: Sources,
    referentiel: Referentiel | Chemin | None,
    *,
    strict: bool,
    sorties: Sequence[Chemin],
    remplacer: bool,
    progres: Progres | None,
    liste: Chemin | None = None,
) -> Recueil:
    """Lit comme ``lire``, les consignes de lecture étant données ensemble, par leur nom.

    :param liste: celle de qui l’on attend : rangée parmi les réponses, elle n’en est pas une, et dit qui manque même
        si personne n’a répondu ; comme elles, elle ne se remplace jamais.
    :raises MauvaisEmploi: si une sortie est une source, ou une consigne impossible.
    :raises ErreurCpit: comme ``lire``.
    """
    choix = choisir_pour(sources, referentiel, dites.get("correspondance"))
    consignes = consigner_une_lecture(choix.referentiel, **dites)
    if liste is not None:
        choix = replace(choix, lus=(*choix.lus, Path(liste)))
    reunion = reunir(sources, choix, sorties=sorties, consignes=consignes, remplacer=remplacer)
    if liste is not None:
        reponses = (une for une in reunion.chemins if chemin_reel(une) != chemin_reel(Path(liste)))
        reunion = replace(reunion, chemins=tuple(reponses))
    return lire_reunion(reunion, choix.referentiel, strict=strict, progres=progres, meme_vide=liste is not None)


def choisir_pour(
    sources: Sources, referentiel: Referentiel | Chemin | None, correspondance: Chemin | None = None
) -> ChoixDeReferentiel:
    """Le référentiel avec lequel lire des sources : celui que l’on nomme, sinon celui qu’elles portent, sinon l’actuel.

    :param correspondance: celle des tables, qui peut nommer une version.
    :raises ErreurCpit: s’il est introuvable ou fautif.
    """
    if referentiel is None and correspondance is not None:
        referentiel = referentiel_d_une_correspondance(Path(correspondance))
    if referentiel is not None:
        return ChoixDeReferentiel(*choisir_referentiel(referentiel))
    return choisir_pour_les_sources([str(source) for source in _en_suite(sources)])


def _en_suite(sources: Sources) -> Sequence[Chemin]:
    return [sources] if isinstance(sources, (str, Path)) else sources


def lire_une_personne_ou_un_groupe(
    sources: Sequence[Chemin],
    referentiel: str | None = None,
    *,
    sorties: Sequence[Chemin] = (),
    remplacer: bool = False,
    progres: Progres | None = None,
    moment_voulu: str | None = None,
    **consignes: str | None,
) -> tuple[Relecture | Recueil, Permis]:
    """Relit une passation s’il n’y a qu’elle, sinon lit le groupe ; et dit ce que les sorties peuvent remplacer.

    Une passation seule est notée avec le référentiel qu’elle porte, si l’on n’en nomme pas d’autre ; les consignes, qui
    ne valent que d’une table, y sont laissées, et c’est dit.

    :param moment_voulu: d’une passation seule qui en porte deux, celui que l’on relit.
    :param consignes: celles de ``lire`` (``identifiant``, ``valeurs``, ``garder``).
    :raises MauvaisEmploi: si une sortie est une source, ou une consigne impossible.
    :raises ErreurCpit: comme ``lire``, ou comme ``relire_passation``.
    """
    seule = Path(sources[0])
    if len(sources) == 1 and seule.suffix.lower() == ".json" and not seule.is_dir():
        nomme = [] if referentiel is None else [trouver_referentiel(referentiel)]
        places = [Path(sortie) for sortie in sorties]
        permis = reunir_sources([str(seule)], places, autres=nomme, remplacer=remplacer).permis
        relecture = relire_passation(seule, referentiel, moment=moment_voulu)
        consigner_une_lecture(relecture.restitution.referentiel, **consignes)
        vaines = [f"--{nom}" for nom, dite in consignes.items() if dite is not None]
        dits = [anomalie("consignes-sans-table", str(seule), options=enumerer(vaines))] if vaines else []
        return replace(relecture, anomalies=(*relecture.anomalies, *dits)), permis
    choix = choisir_pour(sources, referentiel, consignes.get("correspondance"))
    dites = consigner_une_lecture(choix.referentiel, **consignes)
    reunion = reunir(sources, choix, sorties=sorties, consignes=dites, remplacer=remplacer)
    return lire_reunion(reunion, choix.referentiel, progres=progres), reunion.permis


def reunir(
    sources: Sources,
    choix: ChoixDeReferentiel,
    *,
    sorties: Sequence[Chemin] = (),
    consignes: Consignes = SANS_CONSIGNE,
    remplacer: bool = False,
) -> Reunion:
    """Trouve les sources, sans les lire, et vérifie que les sorties n’en détruisent aucune.

    :param choix: le référentiel avec lequel on lira : son fichier ne se remplace pas, et ce qu’il y a à en dire l’est
        d’abord.
    :param consignes: ce que l’on dit des tables à la place de ce qu’elles taisent.
    :raises MauvaisEmploi: si une sortie est une source.
    :raises ErreurCpit: si une place est prise.
    """
    reunion = reunir_sources(
        [str(s) for s in _en_suite(sources)],
        [Path(s) for s in sorties],
        autres=choix.lus,
        consignes=consignes,
        remplacer=remplacer,
        trouvees=choix.trouvees,
    )
    suppose = f"{choix.referentiel.identifiant} {choix.referentiel.version}"
    supposes = {str(chemin): suppose for chemin in choix.muettes}
    return replace(reunion, constats=(*choix.constats, *reunion.constats), supposes=supposes)


def permis_de(recueil: Recueil, remplacer: bool) -> Permis:
    """Ce que peut remplacer une sortie de cette lecture."""
    return replace(recueil.permis, remplacer=remplacer or recueil.permis.remplacer)


# --- les équipes ----------------------------------------------------------------------------------------------------


@facade
def equipes(recueil: Recueil, question: str, *, nominatif: bool = False) -> LectureDEquipes:
    """Lit chaque équipe d’un groupe : ce qu’elle tient, ce qui tient à une personne, où elle se tient, ses tensions.

    C’est notre lecture, une hypothèse. Elle se fait dans l’équipe et pour elle : sous trois personnes, elle est nommée
    sans valeurs.

    :param question: une question de profil, ou la colonne que l’on a nommée à ``lire(…, equipe=…)``.
    :param nominatif: vrai pour porter les codes (qui tient, qui passerait à qui) et ne rien taire.
    :raises MauvaisEmploi: si la question est vide.
    :raises ErreurCpit: si rien de ce qui a été lu n’y répond.
    """
    exiger_un_emploi(_fautes_d_equipe(recueil.referentiel, question))
    critere = critere_d_equipe(recueil.referentiel, question)
    lues = lire_les_equipes(recueil.cohorte, critere, nominatif=nominatif)
    if critere.question is None and not lues.equipes:
        raise refus("equipe-introuvable", valeur=question, connus=_questions_de_profil(recueil.referentiel))
    return lues


def _fautes_d_equipe(referentiel: Referentiel, question: str | None) -> Iterator[Anomalie]:
    """Le refus d’une question vide."""
    if question is not None and not question.strip():
        yield anomalie("equipe-vide", connus=_questions_de_profil(referentiel))


def _questions_de_profil(referentiel: Referentiel) -> str:
    return ", ".join(question.identifiant for question in referentiel.profil) or "aucune"


# --- la cohorte -----------------------------------------------------------------------------------------------------


def fautes_de_cohorte(
    referentiel: Referentiel, *, dialecte: str = "fr", par: str | None = None, au_dela: bool = False
) -> Iterator[Anomalie]:
    """Ce qui, dans ces réglages, ne convient pas.

    :param au_dela: vrai si ce qui s’écrit se montre à d’autres que le groupe.
    """
    yield from fautes_de_dialecte(dialecte)
    questions = [question.identifiant for question in referentiel.profil]
    if par is not None and par not in questions:
        yield anomalie("question-inconnue", valeur=par, connus=", ".join(questions))
    elif par is not None and au_dela and par not in (permises := questions_diffusables(referentiel)):
        yield anomalie("question-a-plusieurs-choix", valeur=par, connus=", ".join(permises) or "aucune")


def fautes_de_dialecte(dialecte: str) -> Iterator[Anomalie]:
    """Le refus d’un dialecte de CSV qui n’existe pas."""
    if dialecte not in DIALECTES_CSV:
        yield anomalie("dialecte-inconnu", valeur=dialecte, connus=" ou ".join(DIALECTES_CSV))


def fautes_de_nom(chemin: Chemin, sorte: str) -> Iterator[Anomalie]:
    """Le refus d’un nom dont le suffixe n’est pas de cette sorte de sortie."""
    if (faute := faute_de_suffixe(chemin, sorte)) is not None:
        yield faute


def fautes_d_effectif(effectif_minimal: int) -> Iterator[Anomalie]:
    """Le refus d’un effectif minimal qui ne protège personne."""
    if effectif_minimal < PLANCHER:
        yield anomalie("effectif-minimal-trop-bas", valeur=effectif_minimal, plancher=PLANCHER)


def ecrire_cohorte(  # noqa: PLR0913
    recueil: Recueil,
    chemin: Chemin,
    *,
    dialecte: str = "fr",
    avec_reponses: bool = True,
    par: str | None = None,
    equipes: LectureDEquipes | None = None,
    remplacer: bool = False,
    progres: Progres | None = None,
) -> Path:
    """Écrit la cohorte dans un fichier, au format que dit son suffixe (.csv, .xlsx, .json), et rend son chemin.

    :param dialecte: du CSV : « fr » (Excel) ou « science » (R, pandas).
    :param avec_reponses: faux pour laisser les réponses de côté.
    :param par: la seule question de profil à croiser dans le classeur ; toutes sinon.
    :param equipes: ce qu’on en lit équipe par équipe, dans le classeur et le JSON ; le CSV n’en a rien.
    :raises MauvaisEmploi: suffixe, dialecte ou question inconnus.
    :raises ErreurCpit: si la place est prise ou ne s’écrit pas.
    """
    cible = Path(chemin)
    exiger_un_emploi(
        [*fautes_de_nom(cible, COHORTE), *fautes_de_cohorte(recueil.referentiel, dialecte=dialecte, par=par)]
    )
    dits: dict[str, Any] = {"dialecte": dialecte, "avec_reponses": avec_reponses, "par": par, "equipes": equipes}
    reglages = Reglages(date=maintenant(), **dits, progres=progres)
    with ecriture(cible):
        rediger = FORMATS[cible.suffix.lower()].ecrire(COHORTE)
        rediger(cible, replace(recueil, permis=permis_de(recueil, remplacer)), reglages)
    return cible


def ecrire_tableau(tableau: Tableau, chemin: Chemin, *, dialecte: str = "fr", remplacer: bool = False) -> Path:
    """Écrit un tableau en CSV et rend son chemin.

    :raises MauvaisEmploi: suffixe ou dialecte inconnus.
    :raises ErreurCpit: si la place est prise ou ne s’écrit pas.
    """
    cible = Path(chemin)
    exiger_un_emploi([*fautes_de_nom(cible, TABLEAU), *fautes_de_dialecte(dialecte)])
    with ecriture(cible):
        rediger = FORMATS[cible.suffix.lower()].ecrire(TABLEAU)
        rediger(cible, tableau, dialecte=dialecte, permis=Permis(remplacer=remplacer))
    return cible


def ecrire_page_groupe(  # noqa: PLR0913
    recueil: Recueil,
    chemin: Chemin,
    *,
    par: str | None = None,
    nominatif: bool = False,
    effectif_minimal: int = EFFECTIF_MINIMAL,
    equipes: LectureDEquipes | None = None,
    remplacer: bool = False,
    progres: Progres | None = None,
) -> Path:
    """Écrit la page d’un groupe, à projeter ou à imprimer, et rend son chemin.

    :param nominatif: vrai pour que les points et les lignes portent les codes des personnes.
    :param effectif_minimal: personnes sous lesquelles un groupe de profil est tu.
    :param equipes: ce qu’on en lit équipe par équipe, à montrer aussi : chacune ne devrait voir que la sienne.
    :raises MauvaisEmploi: suffixe ou question inconnus, effectif minimal trop bas.
    :raises ErreurCpit: si la place est prise ou ne s’écrit pas.
    """
    from cpit.pages.page_groupe import DemandePageGroupe, rendre_page_groupe

    cible = Path(chemin)
    exiger_un_emploi(
        [
            *fautes_de_nom(cible, PAGE),
            *fautes_de_cohorte(recueil.referentiel, par=par, au_dela=True),
            *fautes_d_effectif(effectif_minimal),
        ]
    )
    voulue = DemandePageGroupe(maintenant(), par, nominatif, effectif_minimal, equipes)
    page = rendre_page_groupe(recueil.cohorte, recueil.anomalies, len(recueil.sources), voulue, progres)
    with ecriture(cible):
        poser(cible, sceller(page.encode(), cible.suffix.lower()), permis_de(recueil, remplacer))
    return cible


# --- un fichier par passation ---------------------------------------------------------------------------------------


def verifier_fiches(recueil: Recueil, dossiers: Iterable[tuple[Path, str]]) -> None:
    """Refuse, avant d’écrire quoi que ce soit, un nom pris par un fichier que l’on n’a pas le droit de remplacer.

    :param dossiers: où iront les fiches, et leur suffixe.
    :raises ErreurCpit: une anomalie par nom pris.
    """
    for dossier, suffixe in dossiers:
        _exiger_une_place_de_dossier(dossier)
        verifier_places(
            (dossier / f"{nom}{suffixe}" for nom in _noms(recueil.cohorte)), recueil.permis, dossier_a_creer=True
        )


def _exiger_une_place_de_dossier(dossier: Path) -> None:
    """Refuse ce qui n’est pas un dossier, ou serait dans un fichier : rien n’a encore été écrit."""
    present = next((place for place in (dossier, *dossier.parents) if os.path.lexists(place)), dossier)
    if os.path.lexists(present) and not present.is_dir():
        raison = "ce nom est déjà pris" if present == dossier else "un élément du chemin n’est pas un dossier"
        raise refus("ecriture-impossible", str(dossier), nom=dossier, raison=raison)


def ecrire_fiches(
    recueil: Recueil,
    dossier: Chemin,
    *,
    suffixe: str = ".xlsx",
    remplacer: bool = False,
    progres: Progres | None = None,
) -> list[Path]:
    """Écrit un fichier par passation, nommé par le code de la personne, et rend leurs chemins.

    :param suffixe: .xlsx pour des classeurs, .html pour des pages.
    :raises MauvaisEmploi: suffixe inconnu.
    :raises ErreurCpit: si le dossier ne s’écrit pas, ou qu’un nom est pris.
    """
    lieu, date, permis = Path(dossier), maintenant(), permis_de(recueil, remplacer)
    verifier_fiches(replace(recueil, permis=permis), [(lieu, suffixe)])
    notees, chemins = recueil.cohorte.notees, list[Path]()
    with ecriture(lieu):
        permis = ouvrir_un_dossier(lieu, permis)
        for notee, nom in zip(notees, _noms(recueil.cohorte), strict=True):
            chemins.append(lieu / f"{nom}{suffixe}")
            restitution = composer_restitution(recueil.referentiel, notee.passation)
            # Des pas à écrire à la main, comme sur la page qu’elle ferait elle-même ; son plan reste chez elle.
            a_remplir = Plan("") if notee.passation.regard == "soi" else None
            ecrire_restitution(chemins[-1], restitution, date=date, permis=permis, plan=a_remplir)
            if progres is not None:
                progres(len(chemins), len(notees))
    return chemins


def _noms(cohorte: Cohorte) -> Iterator[str]:
    """Un nom sûr par passation : « fiche-r01-t0-soi », puis « fiche-r01-t0-soi-2 »."""
    return noms_distincts(
        nom_sur("fiche", n.releve.identifiant, n.passation.moment, n.passation.regard, n.passation.evaluateur)
        for n in cohorte.notees
    )


def noms_distincts(noms: Iterable[str]) -> Iterator[str]:
    """Les mêmes noms, jamais deux fois : un homonyme prend un numéro."""
    pris: set[str] = set()
    # Où en est la suite de chaque nom : mille homonymes coûtent mille pas.
    suivants: dict[str, Iterator[int]] = {}
    for nom in noms:
        libre, suite = nom, suivants.setdefault(nom, count(2))
        while libre in pris:
            libre = f"{nom}-{next(suite)}"
        pris.add(libre)
        yield libre


# --- de très grandes tables, notées sans garder les passations ------------------------------------------------------


def convient_au_flux(reunion: Reunion, referentiel: Referentiel, sortie: str) -> bool:
    """Vrai pour de grandes tables CSV vers un CSV ou la sortie standard (« - »)."""
    from cpit.flux import INGENIERIES_MAX, convient
    from cpit.lecture.entetes import Nomenclature
    from cpit.lecture.table_csv import n_a_pas_une_passation_par_ligne

    # Une table d’une autre version se lit par la voie ordinaire, qui la porte sur celle-ci ou la refuse.
    autres = (manifeste_de(c) is not None or origine_d_une_autre_table(c, referentiel) for c in reunion.chemins)
    ordinaire = len(referentiel.ingenieries) > INGENIERIES_MAX or any(autres)
    if ordinaire or reunion.consignes.garder is not None or not convient(reunion.chemins, sortie):
        return False
    nomenclature = Nomenclature.pour(referentiel, reunion.consignes)
    return not any(n_a_pas_une_passation_par_ligne(chemin, nomenclature) for chemin in reunion.chemins)


def se_reprend_d_un_bloc(anomalies: Sequence[Anomalie]) -> bool:
    """Vrai si une table que ``noter_en_grand`` a refusée se lit, ou se refuse seule, par la voie ordinaire."""
    from cpit.flux import renonce

    return renonce(anomalies)


def noter_en_grand(
    reunion: Reunion,
    referentiel: Referentiel,
    sortie: Path | IO[bytes],
    *,
    dialecte: str = "fr",
    avec_reponses: bool = True,
    strict: bool = False,
    progres: Progres | None = None,
) -> Bilan:
    """Note de grandes tables et les écrit en CSV, dans un fichier ou dans un flux d’octets ; rend ce qu’il en reste.

    Ce qu’il y a déjà à dire des sources vient en tête des anomalies du bilan.

    :param progres: reçoit les mégaoctets lus et leur total.
    :raises ErreurCpit: aucune passation lisible, écriture impossible, ou une anomalie en mode strict ; rien n’est
        alors laissé à la place de la sortie.
    """
    from cpit.flux import noter_en_flux

    def avancer(fait: int, total: int) -> None:
        if progres is not None:
            progres(fait // _MEGAOCTET, total // _MEGAOCTET)

    with _flux_vers(sortie, reunion.permis) as flux:
        bilan = noter_en_flux(
            *(reunion.chemins, flux, referentiel),
            consignes=reunion.consignes,
            dialecte=dialecte,
            avec_reponses=avec_reponses,
            progres=avancer,
        )
        sources = tuple(map(reunion.completer, bilan.sources))
        bilan = replace(bilan, sources=sources, anomalies=(*reunion.constats, *bilan.anomalies))
        exiger_des_passations(bilan.passations, bilan.anomalies, strict=strict)
    return bilan


@contextmanager
def _flux_vers(sortie: Path | IO[bytes], permis: Permis) -> Iterator[IO[bytes]]:
    """Un flux que l’on reçoit, ou celui qui prendra la place d’un fichier, en entier ou pas du tout."""
    if not isinstance(sortie, Path):
        yield sortie
        return
    with ecriture(sortie), ecriture_durable(sortie, permis) as flux:
        yield flux


@facade
def correspondance(
    chemin: str | Path,
    sortie: str | Path | None = None,
    *,
    referentiel: Referentiel | str | Path | None = None,
    encodage: str | None = None,
    remplacer: bool = False,
) -> Proposition:
    """Ce que cpit comprend de chaque colonne d’une table, et ce qu’il reste à en dire.

    :param chemin: une table que cpit ne lit pas seul : texte ou classeur.
    :param sortie: le .yaml à écrire, à compléter, puis à donner à ``lire`` ; sans lui, rien n’est écrit.
    :param referentiel: un référentiel, son chemin ou son nom livré ; sinon celui de la table, ou l’actuel.
    :param encodage: celui d’une table qui n’est pas en UTF-8 : cp1252, latin9, cp850 ou mac-roman.
    :param remplacer: remplace un fichier déjà là.
    :raises MauvaisEmploi: un nom qui ne finit pas par .yaml, un encodage inconnu.
    :raises ErreurCpit: un dossier, une table illisible ou vide, place prise, emplacement qui ne s’écrit pas.
    """
    from cpit.lecture.contexte import consigner
    from cpit.lecture.correspondance import proposer_une_correspondance, rediger_correspondance
    from cpit.tableur.lecture_balises import est_une_page

    if est_un_dossier(Path(chemin), a_parcourir=True):
        raise refus("fichier-illisible", str(chemin), raison="c'est un dossier")
    choix = choisir_pour(chemin, referentiel)
    if sortie is not None:
        exiger_un_emploi(fautes_de_nom(sortie, YAML))
    debut = lire_debut(Path(chemin), DEBUT_DE_PASSATION)
    classeur = est_un_classeur(debut) or est_une_page(debut)
    dit = consigner(choix.referentiel, encodage=encodage).encodage
    proposee = proposer_une_correspondance(Path(chemin), choix.referentiel, classeur=classeur, encodage=dit)
    if sortie is not None:
        with ecriture(sortie):
            texte = rediger_correspondance(proposee)
            poser(Path(sortie), texte.encode(), delivrer([Path(chemin), *choix.lus], remplacer=remplacer))
    return proposee

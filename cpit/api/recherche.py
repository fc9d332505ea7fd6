"""La recherche, de Python : exporter un jeu pseudonymisé, diffuser des agrégats, éprouver l’instrument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpit.api import exiger_scipy, maintenant
from cpit.api.arguments import Chemin, exiger_un_emploi, facade
from cpit.api.groupe import (
    Sources,
    choisir_pour,
    fautes_d_effectif,
    fautes_de_dialecte,
    fautes_de_nom,
    permis_de,
    reunir,
)
from cpit.coeur import Progres
from cpit.coeur.anonymat import K_MINIMAL
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.diffusion import Agregats, agreger, tableau_agregats
from cpit.coeur.export import Jeu, batir_jeu
from cpit.coeur.groupe import EFFECTIF_MINIMAL
from cpit.coeur.passation import replier_code
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, Gravite, anomalie, ecriture, raison_systeme, refus
from cpit.export.confidentiel import (
    Cle,
    identites,
    ouvrir_cle,
    pseudonymiser,
    registre_des_sources,
    registres_voisins,
    tenir_le_registre,
)
from cpit.formats.appartenance import lire_manifeste
from cpit.formats.durable import balayer, creer_dossier
from cpit.formats.porte import Permis, examiner_l_export, remplacer_l_export
from cpit.formats.recueil import Recueil, Reglages
from cpit.formats.registre import EXPORT, FIDELITE, FORMATS, codes_ecrits
from cpit.lecture.correspondance import consigner_une_lecture
from cpit.lecture.lignes import BilanDeSource, compter
from cpit.ouverture import chemin_reel
from cpit.sources import lire_reunion
from cpit.typographie import accorder, enumerer, grouper, pluriel

if TYPE_CHECKING:
    from cpit.coeur.fidelite.etude import Etude
    from cpit.export import Fiche

_SUFFIXE_DE_CLE = ".cle"
_FORMATS_DU_JEU = codes_ecrits(EXPORT)
"""Les formats de données, dans l’ordre où on les nomme."""


@dataclass(frozen=True)
class Export:
    """Un dossier d’export écrit ; ``anomalies`` : ce que la lecture, puis l’export, ont fait dire.

    ``fiche`` : ce que le jeu contient et comment il a été fait. ``cle`` : la clé de l’étude ; rien pour des agrégats.
    ``registre`` : celui où une diffusion est inscrite ; rien pour un export, ou si un avertissement dit pourquoi.
    ``sources`` : ce que chaque source a donné, et ce qui y est supposé.
    """

    dossier: Path
    fiche: Fiche
    cle: Cle | None
    anomalies: tuple[Anomalie, ...]
    registre: Path | None = None
    sources: tuple[BilanDeSource, ...] = ()

    def __repr__(self) -> str:
        tables = pluriel(len(self.fiche.jeu.tableaux), "table")
        return f"<Export : {self.fiche.titre}, {tables}, dans {self.dossier}>"


def _cle_par_defaut(dossier: Chemin) -> Path:
    """Où est la clé quand on n’en nomme aucune : à côté du dossier d’export, jamais dedans."""
    cible = chemin_reel(dossier)
    return cible.with_name(cible.name + _SUFFIXE_DE_CLE)


def fautes_d_export(
    sources: Iterable[Chemin],
    dossier: Chemin,
    *,
    cle: Chemin | None = None,
    formats: Sequence[str] = (),
    dialecte: str = "science",
) -> Iterator[Anomalie]:
    """Ce qui ne va pas dans ce que l’on demande : format ou dialecte inconnus, clé ou source dans l’export."""
    cible = chemin_reel(dossier)
    for nom in dict.fromkeys(formats):
        if nom.lower() not in _FORMATS_DU_JEU:
            yield anomalie("format-inconnu", valeur=nom, connus=", ".join(_FORMATS_DU_JEU))
    yield from fautes_de_dialecte(dialecte)
    de_cle = Path(cle or _cle_par_defaut(cible))
    if _dans_un_export(chemin_reel(de_cle), cible):
        yield anomalie("cle-dans-l-export", nom=de_cle)
    for source in sources:
        if chemin_reel(source).is_relative_to(cible):
            yield anomalie("source-est-l-export", nom=source)


def fautes_de_k(k: int | None) -> Iterator[Anomalie]:
    """Le refus d’un nombre de personnes par combinaison qui ne protège personne."""
    if k is not None and k < K_MINIMAL:
        yield anomalie("k-trop-bas", valeur=k, minimum=K_MINIMAL)


def _dans_un_export(cle: Path, cible: Path) -> bool:
    """Vrai si la clé serait dans le dossier d’export, ou dans un autre."""
    return cle.is_relative_to(cible) or any(lire_manifeste(dossier) is not None for dossier in cle.parents)


def lire_pour_exporter(  # noqa: PLR0913
    dites: Mapping[str, Any],
    sources: Sources,
    dossier: Chemin,
    referentiel: Referentiel | Chemin | None = None,
    *,
    cle: Chemin | None = None,
    strict: bool = False,
    remplacer: bool = False,
    progres: Progres | None = None,
) -> Recueil:
    """Lit comme ``lire``, en sachant où ira l’export : ni celui que l’on refait ni sa clé ne sont des sources.

    :param dites: les consignes de ``lire``, par leur nom : ``identifiant``, ``moment``, ``regard``, ``valeurs``,
        ``garder``.
    :raises MauvaisEmploi: une consigne impossible.
    :raises ErreurCpit: comme ``lire``, ou si le dossier est pris.
    """
    choix = choisir_pour(sources, referentiel, dites.get("correspondance"))
    consignes = consigner_une_lecture(choix.referentiel, **dites)
    reunion = reunir(sources, choix, consignes=consignes, remplacer=remplacer)
    examiner_l_export(chemin_reel(dossier), reunion.permis)
    constats = tuple(_hors_de_l_export(reunion.constats, chemin_reel(dossier), cle))
    return lire_reunion(replace(reunion, constats=constats), choix.referentiel, strict=strict, progres=progres)


def _hors_de_l_export(constats: Iterable[Anomalie], cible: Path, cle: Chemin | None) -> Iterator[Anomalie]:
    """Les constats qui ne parlent ni de l’export que l’on refait, ni de sa clé."""
    de_cle = chemin_reel(cle or _cle_par_defaut(cible))
    for constat in constats:
        chemin = chemin_reel(constat.lieu.fichier)
        if chemin != cible and not (constat.code == "fichier-ignore" and chemin == de_cle):
            yield constat


# --- exporter -------------------------------------------------------------------------------------------------------


@facade
def exporter(  # noqa: PLR0913
    recueil: Recueil,
    dossier: Chemin,
    *,
    cle: Chemin | None = None,
    formats: Sequence[str] = (),
    dialecte: str = "science",
    avec_traces: bool = False,
    k: int | None = None,
    remplacer: bool = False,
    progres: Progres | None = None,
) -> Export:
    """Écrit un jeu de données pseudonymisé et documenté dans un dossier neuf, ou à la place d’un export de cpit.

    :param cle: la clé de l’étude, créée si elle n’existe pas ; à côté du dossier sinon.
    :param formats: parmi csv, xlsx, parquet, sav, dta ; tous ceux qui peuvent s’écrire sinon.
    :param dialecte: du CSV : « science » (R, pandas) ou « fr » (Excel).
    :param avec_traces: vrai pour joindre les textes libres ; ils sont à relire.
    :param k: personnes que chaque combinaison de profil concerne, 2 au moins : des modalités sont réunies, des cellules
        tues, et ``fiche.jeu.recode`` dit ce qui est perdu. ``fiche.jeu.risques`` compte les combinaisons rares.
    :raises MauvaisEmploi: format ou dialecte inconnus, ``k`` trop bas, clé ou source dans le dossier d’export.
    :raises ErreurCpit: dossier déjà pris, moins de ``k`` personnes, clé inutilisable, écriture impossible.
    """
    cible, sources = chemin_reel(dossier), [source.nom for source in recueil.sources]
    exiger_un_emploi([*fautes_de_k(k), *fautes_d_export(sources, cible, cle=cle, formats=formats, dialecte=dialecte)])
    permis = permis_de(recueil, remplacer)
    with ecriture(cible):
        # Un export écarté par un arrêt forcé y revient avant qu’on ne l’examine ; la clé s’y pose avant l’export.
        creer_dossier(cible.parent)
        balayer(cible.parent)
    precedent = examiner_l_export(cible, permis)
    ouverte = ouvrir_cle(Path(cle or _cle_par_defaut(cible)))
    jeu = _pseudonymiser(recueil.cohorte, ouverte, avec_traces=avec_traces, k=k)
    lues = tuple(_hors_de_l_export(recueil.anomalies, cible, cle))
    ecrits, absents = _choisir_formats(formats)
    fiche = _ecrire_jeu(cible, _rediger_fiche(recueil.cohorte, jeu, ecrits, dialecte, ouverte, lues), permis, progres)
    dites = (*_a_dire(fiche, ouverte, precedent), *absents)
    return Export(cible, fiche, ouverte, (*lues, *dites), sources=recueil.sources)


@facade
def diffuser(  # noqa: PLR0913
    recueil: Recueil,
    dossier: Chemin,
    *,
    effectif_minimal: int = EFFECTIF_MINIMAL,
    malgre_le_registre: bool = False,
    formats: Sequence[str] = (),
    dialecte: str = "science",
    remplacer: bool = False,
    progres: Progres | None = None,
) -> Export:
    """Écrit des agrégats à partager, sans aucune ligne individuelle ; aucune clé n’est lue ni créée.

    Elle est inscrite à ``diffusions.registre``, dans le dossier qui porte toutes les sources ; sinon, c’est dit.

    :param effectif_minimal: personnes sous lesquelles un nombre est tu, 3 au moins.
    :param malgre_le_registre: vrai pour diffuser même si cela désigne trop peu de gens, joint aux diffusions passées.
    :raises MauvaisEmploi: effectif trop bas, format ou dialecte inconnus, source dans le dossier d’export.
    :raises ErreurCpit: dossier déjà pris, diffusion trop proche d’une autre, écriture impossible.
    """
    from cpit.export import Fiche

    cible, sources = chemin_reel(dossier), [source.nom for source in recueil.sources]
    exiger_un_emploi(
        [
            *fautes_d_effectif(effectif_minimal),
            *fautes_d_export(sources, cible, formats=formats, dialecte=dialecte),
        ]
    )
    permis = permis_de(recueil, remplacer)
    examiner_l_export(cible, permis)
    agregats = agreger(recueil.cohorte, minimum=effectif_minimal, progres=progres)
    ecrits, absents = _choisir_formats(formats)
    registre, dites = _inscrire_au_registre(recueil, agregats, malgre_le_registre=malgre_le_registre)
    jeu = Jeu(recueil.referentiel, (), (tableau_agregats(agregats),))
    fiche = _ecrire_jeu(cible, Fiche(jeu, ecrits, dialecte, "", agregats=agregats), permis, progres)
    tout_tu = all(ligne.effectif is None for ligne in agregats.lignes)
    constats = [anomalie("diffusion-vide", minimum=agregats.minimum)] if tout_tu else []
    lues = tuple(_hors_de_l_export(recueil.anomalies, cible, None))
    return Export(cible, fiche, None, (*lues, *dites, *constats, *absents), registre, recueil.sources)


def _inscrire_au_registre(
    recueil: Recueil, agregats: Agregats, *, malgre_le_registre: bool
) -> tuple[Path | None, list[Anomalie]]:
    """Compare une diffusion aux passées, puis l’inscrit, avant de l’écrire : un arrêt en noterait une de trop.

    Rend le registre où elle est, ou rien, et un avertissement : la prochaine ne lui sera pas comparée.

    :raises ErreurCpit: si, jointe aux passées, elle fait calculer ce qui tient à trop peu de personnes ; si une autre
        s’inscrit au même instant.
    """
    noms = [source.nom for source in recueil.sources]
    chemin = registre_des_sources(noms)
    if chemin is None:
        raison = "les sources n'ont pas de dossier commun"
        return None, [anomalie("diffusion-non-inscrite", *noms[:1], raison=raison)]
    with tenir_le_registre(chemin) as registre:
        with ecriture(chemin):
            compares = [registre, *(() if malgre_le_registre else registres_voisins(noms, chemin))]
            vues = [compare.decrire(recueil.cohorte, agregats) for compare in compares]
        for compare, vue in zip(compares, vues, strict=True):
            if not malgre_le_registre and compare.isole(vue, agregats.minimum):
                raise refus("diffusion-trop-proche", str(compare.chemin), minimum=agregats.minimum)
        try:
            registre.inscrire(vues[0])
        except OSError as erreur:
            return None, [anomalie("diffusion-non-inscrite", str(chemin), raison=raison_systeme(erreur))]
    sans_code = sum(not notee.passation.identifiant.strip() for notee in recueil.cohorte.notees)
    combien = accorder(sans_code, "passation")
    return chemin, [anomalie("diffusion-sans-code", str(chemin), combien=combien)] if sans_code and vues[0] else []


def _pseudonymiser(cohorte: Cohorte, cle: Cle, *, avec_traces: bool, k: int | None) -> Jeu:
    try:
        trouvees = identites([notee.releve for notee in cohorte.notees])
    except OSError as erreur:
        nom = str(erreur.filename or "")
        raise refus("fichier-illisible", nom, raison=raison_systeme(erreur)) from None
    pseudonymes = pseudonymiser(cle, trouvees)
    if k is not None and (personnes := len(set(pseudonymes))) < k:
        raise refus("k-trop-grand", k=k, personnes=personnes)
    return batir_jeu(cohorte, pseudonymes, avec_traces=avec_traces, k=k)


def _choisir_formats(demandes: Sequence[str]) -> tuple[list[str], list[Anomalie]]:
    """Les formats que l’on peut écrire, et un constat par autre : un refus s’il a été nommé, sinon un avertissement."""
    noms = {nom.lower() for nom in demandes}
    voulus = [format_ for format_ in _FORMATS_DU_JEU if not noms or format_ in noms]
    code = "bibliotheque-demandee" if demandes else "bibliotheque-absente"
    absents = {format_: manquent for format_ in voulus if (manquent := FORMATS[f".{format_}"].manquantes())}
    constats = [anomalie(code, format=nom, bibliotheques=" et ".join(quoi)) for nom, quoi in absents.items()]
    return [format_ for format_ in voulus if format_ not in absents], constats


def _rediger_fiche(
    cohorte: Cohorte, jeu: Jeu, formats: Sequence[str], dialecte: str, cle: Cle, lues: Sequence[Anomalie]
) -> Fiche:
    from cpit.export import Fiche

    comptes = compter(lues, Gravite.REFUS), compter(lues, Gravite.AVERTISSEMENT)
    sans_code = sum(not replier_code(notee.passation.identifiant) for notee in cohorte.notees)
    return Fiche(jeu, formats, dialecte, cle.empreinte, *comptes, sans_code)


def _ecrire_jeu(cible: Path, fiche: Fiche, permis: Permis, progres: Progres | None) -> Fiche:
    from cpit.export import ecrire_export

    with ecriture(cible), remplacer_l_export(cible, permis) as dossier:
        return ecrire_export(dossier, fiche, progres or (lambda _fait, _total: None))


def _a_dire(fiche: Fiche, cle: Cle, precedent: dict[str, Any] | None) -> Iterable[Anomalie]:
    """Ce que l’export lui-même fait dire."""
    jeu = fiche.jeu
    if jeu.avec_traces:
        yield anomalie("traces-exportees")
    if jeu.ecartes:
        yield anomalie("profils-ecartes", nombre=jeu.ecartes)
    if jeu.recode is not None and jeu.recode.petites:
        strates = enumerer([f"{moment}, {regard}" for moment, regard in jeu.recode.petites])
        yield anomalie("strates-sous-k", k=jeu.recode.k, strates=strates)
    if fiche.sans_code:
        yield anomalie("passations-sans-code", nombre=fiche.sans_code)
    for table in fiche.trop_longues:
        yield anomalie("table-hors-du-classeur", table=table, nombre=grouper(len(jeu.tableau(table).lignes)))
    if precedent is not None and precedent.get("cle") != cle.empreinte:
        yield anomalie("cle-changee", str(cle.chemin))


# --- éprouver l’instrument ------------------------------------------------------------------------------------------


def fautes_d_intervalles(intervalles: str) -> Iterator[Anomalie]:
    """Le refus d’une sorte d’intervalles qui n’existe pas."""
    from cpit.coeur.fidelite import Intervalles

    if intervalles not in set(Intervalles):
        yield anomalie("intervalles-inconnus", valeur=intervalles, connus=" ou ".join(Intervalles))


@facade
def fidelite(recueil: Recueil, *, intervalles: str = "robustes", progres: Progres | None = None) -> Etude:
    """Éprouve l’instrument sur un groupe : cohérence, tenue des items, accord des moments et des regards.

    :param intervalles: « robustes », mesurés tenir leurs 95 % sur des réponses asymétriques ; « classiques » (Feldt,
        Fisher, χ²…), pour comparer à d’autres logiciels.
    :raises MauvaisEmploi: sorte d’intervalles inconnue.
    :raises ErreurCpit: si scipy n’est pas installé.
    """
    exiger_un_emploi(fautes_d_intervalles(intervalles))
    exiger_scipy()
    from cpit.coeur.fidelite import Intervalles
    from cpit.coeur.fidelite.etude import etudier

    return etudier(recueil.cohorte, progres, Intervalles(intervalles))


def ecrire_fidelite(
    etude: Etude,
    chemin: Chemin,
    *,
    recueil: Recueil | None = None,
    dialecte: str = "science",
    remplacer: bool = False,
) -> Path:
    """Écrit une étude, au format que dit le suffixe (.csv, .xlsx, .json), et rend son chemin.

    En CSV, elle tient en une table, une ligne par nombre.

    :param recueil: ce dont l’étude est faite : ses sources et ses anomalies y sont alors dites (.xlsx, .json).
    :param dialecte: du CSV : « science » (R, pandas) ou « fr » (Excel).
    :raises MauvaisEmploi: suffixe ou dialecte inconnus.
    :raises ErreurCpit: si la place est prise ou ne s’écrit pas.
    """
    cible = Path(chemin)
    exiger_un_emploi([*fautes_de_nom(cible, FIDELITE), *fautes_de_dialecte(dialecte)])
    lue = recueil or Recueil(Cohorte(etude.referentiel))
    with ecriture(cible):
        rediger = FORMATS[cible.suffix.lower()].ecrire(FIDELITE)
        reglages = Reglages(date=maintenant(), dialecte=dialecte)
        rediger(cible, etude, replace(lue, permis=permis_de(lue, remplacer)), reglages)
    return cible

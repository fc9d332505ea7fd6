"""Le jeu de données pour la recherche : un module par format, tous nourris des mêmes tables (``cpit.coeur.export``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cpit.coeur.progres import Progres
from cpit.coeur.tableaux import Tableau
from cpit.export.citation import rediger_citation
from cpit.export.classeur_export import ecrire_classeur_export, tient
from cpit.export.csv_export import ecrire_csv_export
from cpit.export.datapackage import rediger_datapackage
from cpit.export.ddi import rediger_ddi
from cpit.export.depot import ecrire_manifeste
from cpit.export.dictionnaire import CODES, VARIABLES, tableau_des_codes, tableau_des_variables
from cpit.export.lisezmoi import Fiche, rediger_lisezmoi
from cpit.formats.appartenance import CLASSEUR, REFERENTIEL_JOINT
from cpit.formats.porte import flux_d_atelier
from cpit.formats.registre import EXPORT, FORMATS

_Tache = Callable[[], None]


def ecrire_export(dossier: Path, fiche: Fiche, progres: Progres) -> Fiche:
    """Écrit tout le jeu dans un dossier vide, et rend la fiche complétée de ce qui a été écrit.

    Deux écritures du même jeu donnent les mêmes octets : aucune horloge, aucun hasard.

    :raises OSError: si le dossier ne s’écrit pas.
    """
    jeu = fiche.jeu
    longues = [t.cle for t in jeu.tableaux if "xlsx" in fiche.formats and not tient(t)]
    fiche = replace(fiche, versions=_versions(fiche.formats), trop_longues=longues)
    taches = [*_taches_de_donnees(dossier, fiche), *_taches_de_documents(dossier, fiche)]
    for fait, tache in enumerate(taches, 1):
        tache()
        progres(fait, len(taches))
    ecrire_manifeste(dossier, fiche)
    return fiche


def _taches_de_donnees(dossier: Path, fiche: Fiche) -> Iterator[_Tache]:
    jeu = fiche.jeu
    dictionnaires = (tableau_des_variables(jeu), tableau_des_codes(jeu))
    if "xlsx" in fiche.formats:
        feuilles = [*(t for t in jeu.tableaux if t.cle not in fiche.trop_longues), *dictionnaires]
        yield lambda: ecrire_classeur_export(dossier / CLASSEUR, feuilles, fiche.titre, fiche.mois)
    for tableau in jeu.tableaux:
        for format_ in fiche.formats:
            if format_ != "xlsx":
                yield _tache(dossier / f"{tableau.cle}.{format_}", tableau, fiche)


def _tache(chemin: Path, tableau: Tableau, fiche: Fiche) -> _Tache:
    """L’écriture d’une table, au format que dit son nom ; les modules lourds ne se chargent qu’à ce moment."""
    return lambda: FORMATS[chemin.suffix].ecrire(EXPORT)(chemin, tableau, fiche)


def _taches_de_documents(dossier: Path, fiche: Fiche) -> Iterator[_Tache]:
    variables, codes = tableau_des_variables(fiche.jeu), tableau_des_codes(fiche.jeu)
    titre = f"Dictionnaire, {fiche.jeu.referentiel.titre}"
    en_csv = (*(fiche.jeu.tableaux if "csv" in fiche.formats else ()), variables, codes)
    yield lambda: ecrire_classeur_export(dossier / f"{VARIABLES}.xlsx", (variables, codes), titre, fiche.mois)
    yield lambda: ecrire_csv_export(dossier / f"{VARIABLES}.csv", variables, fiche)
    yield lambda: ecrire_csv_export(dossier / f"{CODES}.csv", codes, fiche)
    if fiche.agregats is None:
        yield lambda: _poser(dossier / "datapackage.json", rediger_datapackage(fiche, en_csv))
        yield lambda: _poser(dossier / "ddi.xml", rediger_ddi(fiche))
    yield lambda: _poser(dossier / "LISEZMOI.md", rediger_lisezmoi(fiche))
    yield lambda: _poser(dossier / "CITATION.cff", rediger_citation(fiche))
    yield lambda: _poser(dossier / REFERENTIEL_JOINT, fiche.jeu.referentiel.texte)


def _poser(chemin: Path, texte: str) -> None:
    with flux_d_atelier(chemin) as flux:
        flux.write(texte.encode("utf-8", errors="replace"))


def _versions(formats: Sequence[str]) -> dict[str, str]:
    """Version de chaque bibliothèque qui écrit des données ou un dictionnaire."""
    noms = {"xlsxwriter", *(nom for format_ in formats for nom in FORMATS[f".{format_}"].bibliotheques)}
    versions = {}
    for nom in noms:
        try:
            versions[nom] = version(nom)
        except PackageNotFoundError:
            versions[nom] = ""
    return versions


__all__ = ["CLASSEUR", "Fiche", "ecrire_export"]

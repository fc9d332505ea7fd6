"""Le jeu de données pour la recherche : chaque fichier nourri des mêmes tables (``cpit.coeur.export``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cpit.coeur import Progres
from cpit.coeur.tableaux import Tableau
from cpit.export.description_du_jeu import Fiche, rediger_citation, rediger_datapackage, rediger_ddi, rediger_lisezmoi
from cpit.export.fichiers_de_donnees import (
    CODES,
    VARIABLES,
    ecrire_classeur_export,
    ecrire_csv_export,
    tableau_des_codes,
    tableau_des_variables,
    tient,
)
from cpit.formats.appartenance import CLASSEUR, MANIFESTE, REFERENTIEL_JOINT, empreinte_de
from cpit.formats.porte import flux_d_atelier
from cpit.formats.registre import EXPORT, FORMATS
from cpit.sceaux import FORMAT_EXPORT, __version__

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
    _ecrire_manifeste(dossier, fiche)
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


def _ecrire_manifeste(dossier: Path, fiche: Fiche) -> None:
    """Dit ce que cpit a écrit, au bit près, sauf le manifeste lui-même : de quoi reconnaître le dossier plus tard."""
    jeu = fiche.jeu
    document = {
        "format": FORMAT_EXPORT,
        "version_format": 1,
        "cpit": __version__,
        "ecrivains": dict(sorted((fiche.versions or {}).items())),
        "referentiel": {
            "identifiant": jeu.referentiel.identifiant,
            "version": jeu.referentiel.version,
            "empreinte": jeu.referentiel.empreinte,
        },
        "dialecte": fiche.dialecte,
        "formats": list(fiche.formats),
        **_population(fiche),
        "fichiers": {chemin.name: empreinte_de(chemin) for chemin in sorted(dossier.iterdir())},
    }
    _poser(dossier / MANIFESTE, json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _population(fiche: Fiche) -> dict[str, Any]:
    """Qui est dans le jeu ; pour des agrégats, seulement ce qui peut s’en dire, et aucune clé."""
    if fiche.agregats is not None:
        return {"effectif_minimal": fiche.agregats.minimum, "passations": fiche.agregats.passations}
    jeu = fiche.jeu
    return {
        "avec_traces": jeu.avec_traces,
        **({"k": jeu.recode.k, "codes_de_k": list(jeu.recode.codes)} if jeu.recode is not None else {}),
        "personnes": jeu.personnes,
        "passations": len(jeu.inscrites),
        "cle": fiche.cle,
    }


__all__ = ["CLASSEUR", "Fiche", "ecrire_export"]

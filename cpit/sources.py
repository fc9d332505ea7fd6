"""Les sources d’une cohorte : fichiers, dossiers et motifs mêlés, lus un à un ; un mauvais fichier n’arrête rien."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from cpit.coeur.cohorte import Releve
from cpit.coeur.modele import Referentiel
from cpit.coeur.passation import Passation, sans_reponse
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, raison_systeme, refus
from cpit.formats.lecture import LectureSource
from cpit.relecture import reponses_refusees
from cpit.sauvegarde import relire

TABLES = {".csv": "cpit.formats.table_csv", ".tsv": "cpit.formats.table_csv", ".txt": "cpit.formats.table_csv"}
"""Suffixe d’une table en texte → module qui a ``lire(chemin, referentiel)``."""

SUFFIXES = frozenset({".json", ".xlsx", *TABLES})
EXEMPLE = "EXEMPLE-A-REMPLACER"
"""Identifiant de la ligne d’exemple d’une table vide : elle n’est jamais prise pour une personne."""
IGNORES = (".bak", ".de-cote", ".tmp", ".verrou")
"""Ce que cpit pose à côté d’une passation : jamais une source."""

Progres = Callable[[int, int], None]
"""Appelée avec le nombre de fichiers lus et leur total."""


def trouver_sources(sources: Iterable[str]) -> tuple[list[Path], list[Anomalie]]:
    """Les fichiers que désignent des chemins, des dossiers (parcourus en entier) et des motifs, sans doublon.

    Un nom qui ne désigne rien est un refus ; dans un dossier, ce qui n’est pas lisible par cpit est un avertissement.
    """
    chemins: dict[Path, Path] = {}
    anomalies: list[Anomalie] = []
    for source in sources:
        trouves, autres = _deployer(source)
        anomalies += autres
        for chemin in trouves:
            chemins.setdefault(chemin.resolve(), chemin)
    return list(chemins.values()), anomalies


def lire_sources(
    chemins: Sequence[Path], referentiel: Referentiel, progres: Progres | None = None
) -> Iterator[LectureSource]:
    """Lit chaque fichier ; les anomalies disent ce qui n’a pas été pris, et où."""
    for rang, chemin in enumerate(chemins, 1):
        yield _sans_exemple(lire_source(chemin, referentiel))
        if progres is not None:
            progres(rang, len(chemins))


def lire_source(chemin: Path, referentiel: Referentiel) -> LectureSource:
    """Lit un fichier de réponses ; ne lève rien : une source illisible est une anomalie."""
    try:
        suffixe = chemin.suffix.lower()
        if suffixe == ".json":
            return _lire_passation(chemin, referentiel)
        if suffixe == ".xlsx":
            return _lire_xlsx(chemin, referentiel)
        if suffixe in TABLES:
            lecture: LectureSource = import_module(TABLES[suffixe]).lire(chemin, referentiel)
            return lecture
        return LectureSource(str(chemin), anomalies=(anomalie("source-inconnue", str(chemin), nom=chemin.name),))
    except ErreurCpit as erreur:
        return LectureSource(str(chemin), anomalies=erreur.anomalies)
    except OSError as erreur:
        raison = raison_systeme(erreur)
        return LectureSource(str(chemin), anomalies=(anomalie("fichier-illisible", str(chemin), raison=raison),))


def doublons(releves: Iterable[Releve]) -> Iterator[Anomalie]:
    """Deux passations d’une même personne au même moment sous le même regard : gardées toutes deux, et signalées."""
    vues: dict[tuple[str, str, str], Releve] = {}
    for releve in releves:
        passation = releve.passation
        if not passation.identifiant:
            continue
        cle = (passation.identifiant, passation.moment, passation.regard)
        if cle in vues:
            yield anomalie(
                "passation-en-double",
                lieu_de(releve),
                code=cle[0],
                moment=cle[1],
                regard=cle[2],
                deja=str(lieu_de(vues[cle])),
            )
        vues.setdefault(cle, releve)


def lieu_de(releve: Releve) -> Lieu:
    """Où se trouve un relevé."""
    return Lieu(releve.source, releve.ligne)


def _sans_exemple(lecture: LectureSource) -> LectureSource:
    exemples = [releve for releve in lecture.releves if releve.passation.identifiant == EXEMPLE]
    if not exemples:
        return lecture
    gardes = tuple(releve for releve in lecture.releves if releve not in exemples)
    dits = tuple(anomalie("ligne-d-exemple", lieu_de(exemple)) for exemple in exemples)
    return replace(lecture, releves=gardes, anomalies=(*lecture.anomalies, *dits))


def _deployer(source: str) -> tuple[list[Path], list[Anomalie]]:
    chemin = Path(source)
    if chemin.is_dir():
        fichiers = sorted(f for f in chemin.rglob("*") if f.is_file() and not _cache(f, chemin))
        lisibles = [f for f in fichiers if f.suffix.lower() in SUFFIXES]
        autres = [anomalie("fichier-ignore", str(f), nom=f.name) for f in fichiers if f not in lisibles]
        return lisibles, autres
    if chemin.exists():
        return [chemin], []
    # glob et non Path.glob : le motif peut être absolu, ou remonter (« ../*.csv »).
    trouves = [Path(f) for f in sorted(glob.glob(source, recursive=True)) if Path(f).is_file()]  # noqa: PTH207
    if trouves:
        return [f for f in trouves if not _cache(f, f.parent)], []
    return [], [anomalie("source-introuvable", source, nom=source)]


def _cache(fichier: Path, racine: Path) -> bool:
    """Fichier caché, verrou de tableur (« ~$ ») ou copie de cpit."""
    morceaux = fichier.relative_to(racine).parts
    if any(morceau.startswith((".", "~$")) for morceau in morceaux):
        return True
    return fichier.name.endswith(IGNORES) or ".json.abime" in fichier.name


def _lire_xlsx(chemin: Path, referentiel: Referentiel) -> LectureSource:
    from cpit.formats import formulaire_xlsx, table_xlsx
    from cpit.formats.durable import est_un_classeur_de_cpit
    from cpit.tableur.garde import verifier_xlsx

    verifier_xlsx(chemin, taille_max=200_000_000, declare_max=2_000_000_000)
    if formulaire_xlsx.est_un_formulaire(chemin):
        return formulaire_xlsx.lire(chemin, referentiel, sur=True)
    if est_un_classeur_de_cpit(chemin):
        # « cpit questionnaire » le pose à côté de la passation, qui porte les mêmes réponses.
        return LectureSource(str(chemin), anomalies=(anomalie("classeur-ignore", str(chemin), nom=chemin.name),))
    return table_xlsx.lire(chemin, referentiel, sur=True)


def _lire_passation(chemin: Path, referentiel: Referentiel) -> LectureSource:
    passation, anomalies = relire(chemin)
    if passation.referentiel.empreinte != referentiel.empreinte:
        raise refus(
            "referentiel-etranger",
            str(chemin),
            trouve=f"{passation.referentiel.identifiant} {passation.referentiel.version}",
            attendu=f"{referentiel.identifiant} {referentiel.version}",
        )
    fautes = list(reponses_refusees(passation, referentiel, str(chemin)))
    refusees = frozenset(str(faute.mots["code"]) for faute in fautes)
    if passation.terminee is None:
        anomalies = (*anomalies, anomalie("passation-inachevee", str(chemin)))
    releve = Releve(_sans(passation, refusees, referentiel), str(chemin), refusees=refusees)
    return LectureSource(str(chemin), (releve,), (*anomalies, *fautes))


def _sans(passation: Passation, refusees: frozenset[str], referentiel: Referentiel) -> Passation:
    """La passation, ses réponses refusées changées en « sans réponse » (ou ôtées si l’item n’existe pas)."""
    reponses = {
        code: sans_reponse(reponse.trace) if code in refusees else reponse
        for code, reponse in passation.reponses.items()
        if code in referentiel.items_par_code
    }
    return replace(passation, reponses=reponses)

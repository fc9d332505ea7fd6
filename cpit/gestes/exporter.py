"""La commande « exporter » : un jeu de données pseudonymisé et documenté, dans un dossier, pour la recherche."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cpit.affichage import montrer
from cpit.chargement import charger
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.diffusion import diffuser, phrases_de_diffusion, tableau_agregats
from cpit.coeur.export import Jeu, batir_jeu
from cpit.coeur.groupe import EFFECTIF_MINIMAL, PLANCHER
from cpit.coeur.passation import replier_code
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, Gravite, MauvaisEmploi, anomalie, ecriture, raison_systeme, refus
from cpit.export import Fiche, ecrire_export
from cpit.export.pseudonymes import Cle, graphies, identites, ouvrir_cle, pseudonymiser
from cpit.formats.appartenance import lire_manifeste
from cpit.formats.porte import Permis, examiner_l_export, remplacer_l_export
from cpit.formats.registre import EXPORT, FORMATS, formats_ecrits
from cpit.gestes.grouper import DIALECTES, dire_les_anomalies, exiger_des_passations, lire_cohorte
from cpit.lecture.lignes import compter
from cpit.sources import Reunion, reunir_sources
from cpit.terminal import Terminal
from cpit.typographie import FINE

_SUFFIXE_DE_CLE = ".cle"
_FORMATS_DU_JEU = tuple(format_.code for format_ in formats_ecrits(EXPORT))
"""Les formats de données, dans l’ordre où on les nomme."""


@dataclass(frozen=True)
class DemandeExport:
    """Ce que la commande a reçu ; ``formats`` est vide si rien n’a été demandé : tous ceux qui peuvent s’écrire."""

    sources: Sequence[str]
    sortie: Path
    cle: Path | None = None
    formats: str = ""
    dialecte: str = "science"
    referentiel: str | None = None
    avec_traces: bool = False
    strict: bool = False
    diffusion: bool = False
    effectif_minimal: int = EFFECTIF_MINIMAL
    remplacer: bool = False

    @property
    def cible(self) -> Path:
        """Le dossier d’export, absolu et sans lien symbolique."""
        return self.sortie.resolve()

    @property
    def chemin_de_cle(self) -> Path:
        """La clé demandée ; à défaut, à côté du dossier d’export, jamais dedans."""
        return self.cle or self.cible.with_name(self.cible.name + _SUFFIXE_DE_CLE)

    @property
    def formats_voulus(self) -> list[str]:
        """Les formats de données à écrire, sans redite, dans l’ordre où on les nomme."""
        noms = {nom.strip().lower() for nom in self.formats.split(",") if nom.strip()}
        return [format_ for format_ in _FORMATS_DU_JEU if not noms or format_ in noms]


def exporter(terminal: Terminal, erreurs: Terminal, demande: DemandeExport) -> None:
    """Lit, note, pseudonymise, écrit le dossier et dit ce qu’il contient.

    :raises MauvaisEmploi: format ou dialecte inconnus, clé ou source dans le dossier d’export.
    :raises ErreurCpit: rien de lisible, dossier déjà pris, clé inutilisable, écriture impossible, ou (après avoir
        tout écrit) des refus.
    """
    _verifier(demande)
    modele = trouver_referentiel(demande.referentiel)
    referentiel = charger(modele)
    reunion = reunir_sources(demande.sources, autres=[modele], remplacer=demande.remplacer)
    precedent = examiner_l_export(demande.cible, reunion.permis)
    cohorte, de_lecture = _lire(erreurs, demande, reunion, referentiel)
    if demande.diffusion:
        _diffuser(terminal, erreurs, demande, cohorte, de_lecture, reunion.permis)
        return
    with ecriture(demande.cible):
        # La clé va à côté du dossier d’export, avant lui.
        demande.cible.parent.mkdir(parents=True, exist_ok=True)
    cle = ouvrir_cle(demande.chemin_de_cle)
    jeu = _pseudonymiser(cohorte, cle, avec_traces=demande.avec_traces)
    formats, absents = _formats(demande)
    sans_code = sum(not replier_code(notee.passation.identifiant) for notee in cohorte.notees)
    fiche = Fiche(
        jeu,
        formats,
        demande.dialecte,
        cle.empreinte,
        compter(de_lecture, Gravite.REFUS),
        compter(de_lecture, Gravite.AVERTISSEMENT),
        sans_code,
    )
    fiche = _ecrire(erreurs, demande.cible, fiche, reunion.permis)
    _montrer(terminal, demande.cible, fiche, cle)
    suite = (*graphies(notee.releve for notee in cohorte.notees), *_a_dire(fiche, cle, precedent), *absents)
    dire_les_anomalies(erreurs, (*de_lecture, *suite))


def _diffuser(
    terminal: Terminal,
    erreurs: Terminal,
    demande: DemandeExport,
    cohorte: Cohorte,
    de_lecture: Sequence[Anomalie],
    permis: Permis,
) -> None:
    """Écrit des agrégats à la place des données individuelles ; aucune clé n’est lue ni créée."""
    agregats = diffuser(cohorte, minimum=demande.effectif_minimal)
    formats, absents = _formats(demande)
    jeu = Jeu(cohorte.referentiel, (), (tableau_agregats(agregats),))
    fiche = _ecrire(erreurs, demande.cible, Fiche(jeu, formats, demande.dialecte, "", agregats=agregats), permis)
    terminal.dire(f"{fiche.titre}.")
    for phrase in phrases_de_diffusion(agregats):
        terminal.dire(f"- {phrase}", retrait=2, suite=4)
    terminal.dire()
    terminal.copier(str(demande.cible))
    tout_tu = all(ligne.effectif is None for ligne in agregats.lignes)
    constats = [anomalie("diffusion-vide", minimum=agregats.minimum)] if tout_tu else []
    dire_les_anomalies(erreurs, (*de_lecture, *constats, *absents))


def _fautes_de_diffusion(demande: DemandeExport) -> Iterable[Anomalie]:
    """Ce qui ne va pas avec des agrégats, ou sans eux."""
    if demande.effectif_minimal < PLANCHER:
        yield anomalie("effectif-minimal-trop-bas", valeur=demande.effectif_minimal, plancher=PLANCHER)
    if not demande.diffusion and demande.effectif_minimal != EFFECTIF_MINIMAL:
        yield anomalie("effectif-minimal-sans-objet")
    if demande.diffusion:
        refusees = {"--avec-traces": demande.avec_traces, "--cle": demande.cle is not None}
        for option in (option for option, donnee in refusees.items() if donnee):
            yield anomalie("diffusion-sans-individus", option=option)


def _verifier(demande: DemandeExport) -> None:
    fautes = list(_fautes_de_diffusion(demande))
    noms = [nom.strip() for nom in demande.formats.split(",")] if demande.formats else []
    for nom in dict.fromkeys(noms):
        if nom.lower() not in _FORMATS_DU_JEU:
            fautes.append(anomalie("format-inconnu", valeur=nom, connus=", ".join(_FORMATS_DU_JEU)))
    if demande.dialecte not in DIALECTES:
        fautes.append(anomalie("dialecte-inconnu", valeur=demande.dialecte, connus=" ou ".join(DIALECTES)))
    if _dans_un_export(demande.chemin_de_cle.resolve(), demande.cible):
        fautes.append(anomalie("cle-dans-l-export", nom=demande.chemin_de_cle))
    for source in demande.sources:
        if Path(source).resolve().is_relative_to(demande.cible):
            fautes.append(anomalie("source-est-l-export", nom=source))
    if fautes:
        raise MauvaisEmploi(fautes)


def _dans_un_export(cle: Path, cible: Path) -> bool:
    """Vrai si la clé serait dans le dossier d’export, ou dans un autre."""
    return cle.is_relative_to(cible) or any(lire_manifeste(dossier) is not None for dossier in cle.parents)


def _lire(
    erreurs: Terminal, demande: DemandeExport, reunion: Reunion, referentiel: Referentiel
) -> tuple[Cohorte, tuple[Anomalie, ...]]:
    """Les passations notées, et ce qu’il y a à dire des sources ; ni l’export précédent ni la clé n’en sont.

    :raises ErreurCpit: aucune passation lisible, ou une anomalie en mode strict.
    """
    lue = lire_cohorte(erreurs, replace(reunion, constats=tuple(_a_dire_des_sources(reunion, demande))), referentiel)
    exiger_des_passations(lue, strict=demande.strict)
    return lue.cohorte, lue.anomalies


def _a_dire_des_sources(reunion: Reunion, demande: DemandeExport) -> Iterable[Anomalie]:
    """Les constats qui ne parlent ni de l’export que l’on refait, ni d’une clé."""
    for constat in reunion.constats:
        chemin = Path(constat.lieu.fichier).resolve()
        cle = chemin.suffix == _SUFFIXE_DE_CLE or chemin == demande.chemin_de_cle.resolve()
        if chemin != demande.cible and not (constat.code == "fichier-ignore" and cle):
            yield constat


def _pseudonymiser(cohorte: Cohorte, cle: Cle, *, avec_traces: bool) -> Jeu:
    try:
        trouvees = identites([notee.releve for notee in cohorte.notees])
    except OSError as erreur:
        nom = str(erreur.filename or "")
        raise refus("fichier-illisible", nom, raison=raison_systeme(erreur)) from None
    return batir_jeu(cohorte, pseudonymiser(cle, trouvees), avec_traces=avec_traces)


def _formats(demande: DemandeExport) -> tuple[list[str], list[Anomalie]]:
    """Les formats que l’on peut écrire, et un constat par autre : un refus s’il a été nommé, sinon un avertissement."""
    code = "bibliotheque-demandee" if demande.formats else "bibliotheque-absente"
    absents = {format_: noms for format_ in demande.formats_voulus if (noms := FORMATS[f".{format_}"].manquantes())}
    constats = [anomalie(code, format=format_, bibliotheques=" et ".join(noms)) for format_, noms in absents.items()]
    return [format_ for format_ in demande.formats_voulus if format_ not in absents], constats


def _ecrire(erreurs: Terminal, cible: Path, fiche: Fiche, permis: Permis) -> Fiche:
    with ecriture(cible), erreurs.progression("Écriture") as progres, remplacer_l_export(cible, permis) as dossier:
        return ecrire_export(dossier, fiche, progres)


def _montrer(terminal: Terminal, cible: Path, fiche: Fiche, cle: Cle) -> None:
    from cpit.affichage.ecran_export import blocs_d_export, phrases_de_cle

    fichiers = {tableau.cle: fiche.fichiers(tableau) for tableau in fiche.jeu.tableaux}
    montrer(terminal, blocs_d_export(fiche.jeu, fichiers))
    terminal.dire()
    terminal.copier(str(cible))
    terminal.dire()
    titre, *phrases = phrases_de_cle(cle.neuve)
    terminal.dire(titre)
    terminal.copier(str(cle.chemin.resolve()))
    for phrase in phrases:
        terminal.dire(phrase)


def _a_dire(fiche: Fiche, cle: Cle, precedent: dict[str, Any] | None) -> Iterable[Anomalie]:
    """Ce que l’export lui-même fait dire."""
    jeu = fiche.jeu
    if jeu.avec_traces:
        yield anomalie("traces-exportees")
    if jeu.ecartes:
        yield anomalie("profils-ecartes", nombre=jeu.ecartes)
    if fiche.sans_code:
        yield anomalie("passations-sans-code", nombre=fiche.sans_code)
    for table in fiche.trop_longues:
        lignes = f"{len(jeu.tableau(table).lignes):,}".replace(",", FINE)
        yield anomalie("table-hors-du-classeur", table=table, nombre=lignes)
    if precedent is not None and precedent.get("cle") != cle.empreinte:
        yield anomalie("cle-changee", str(cle.chemin))

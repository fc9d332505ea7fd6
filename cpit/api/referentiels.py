"""Ce que cpit livre : les référentiels et les guides ; et ce que l’on fait d’un référentiel.

Celui que l’on nomme, ce qui ne va pas dans celui que l’on écrit, et l’instrument au dehors : le référentiel dans le
format de l’outil où l’on répondra, ou d’une feuille.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpit.api import maintenant
from cpit.api.arguments import exiger_un_emploi, facade
from cpit.chargement import charger, choisir_referentiel, examiner_referentiel, referentiel_a_poser, referentiel_donne
from cpit.coeur.passation import REGARDS, est_un_moment, lire_la_date
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import referentiels_livres, trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, MauvaisEmploi, anomalie, ecriture
from cpit.formats.porte import delivrer, poser, sceller, verifier_places
from cpit.formats.registre import FORMATS, GRILLE, INSTRUMENTS, PAGE, YAML, faute_de_suffixe, suffixes_ecrits
from cpit.lecture.forme_formulaire import fautes_de_date
from cpit.typographie import proche

if TYPE_CHECKING:
    from cpit.documentation import Guide


@facade
def referentiel(nom_ou_chemin: str | Path | None = None) -> Referentiel:
    """Un référentiel : un fichier, l’un de ceux qui sont livrés par son nom, ou celui par défaut.

    Un nom désigne la version actuelle ; « innovation-territoriale@1.0.0 », une version livrée, passée ou actuelle.

    :raises ErreurCpit: s’il est introuvable, avec le nom le plus proche, ou fautif, avec toutes ses fautes.
    """
    return referentiel_donne(nom_ou_chemin)


def referentiels() -> dict[str, Referentiel]:
    """Les référentiels livrés avec cpit, par nom ; celui par défaut d’abord, une version passée après l’actuelle."""
    return {nom: charger(chemin) for nom, chemin in referentiels_livres().items()}


@facade
def valider(chemin: str | Path) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Le référentiel d’un fichier ou d’un nom livré, ou rien s’il est fautif, et tout ce qu’il y a à en dire, dans
    l’ordre du fichier.
    """
    try:
        return examiner_referentiel(trouver_referentiel(str(chemin)))
    except ErreurCpit:  # ni l’un ni l’autre : l’examen dit que le fichier manque
        return examiner_referentiel(Path(chemin))


def schema() -> dict[str, Any]:
    """Le JSON Schema d’un référentiel."""
    from cpit.chargement.forme_referentiel import schema_json

    return schema_json()


@facade
def grille(
    sortie: str | Path, referentiel: Referentiel | str | Path | None = "minimal", *, remplacer: bool = False
) -> Path:
    """Écrit la grille d’un référentiel, le classeur où l’écrire dans un tableur, et rend son chemin.

    :param referentiel: celui dont elle est remplie ; « minimal », l’exemple commenté, sinon.
    :param remplacer: remplace un fichier déjà là.
    :raises MauvaisEmploi: un nom qui ne finit pas par .xlsx.
    :raises ErreurCpit: référentiel introuvable ou fautif, place prise, emplacement qui ne s’écrit pas.
    """
    cible = Path(sortie)
    _exiger_un_suffixe(cible, GRILLE)
    choisi, lus = choisir_referentiel(referentiel)
    permis = delivrer(lus, remplacer=remplacer)
    octets = FORMATS[".xlsx"].ecrire(GRILLE)(choisi)
    with ecriture(cible):
        poser(cible, octets, permis)
    return cible


@facade
def depuis_grille(
    chemin: str | Path, sortie: str | Path | None = None, *, remplacer: bool = False
) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Le référentiel d’une grille, ou rien s’il est fautif, et tout ce qu’il y a à en dire, par feuille et par cellule.

    Une grille dont rien n’a été changé rend le fichier dont elle vient, à l’octet près.

    :param sortie: le .yaml à écrire, s’il n’y a pas de faute ; sans lui, rien n’est écrit.
    :param remplacer: remplace un fichier déjà là.
    :raises MauvaisEmploi: un nom qui ne finit pas par .yaml.
    :raises ErreurCpit: place prise, emplacement qui ne s’écrit pas.
    """
    from cpit.lecture.grille_xlsx import examiner_grille

    if sortie is not None:
        _exiger_un_suffixe(Path(sortie), YAML)
    lu, anomalies = examiner_grille(Path(chemin))
    if lu is not None and sortie is not None:
        with ecriture(sortie):
            poser(Path(sortie), lu.texte.encode(), delivrer([Path(chemin)], remplacer=remplacer))
    return lu, anomalies


def _exiger_un_suffixe(sortie: Path, sorte: str) -> None:
    if (faute := faute_de_suffixe(sortie, sorte)) is not None:
        raise MauvaisEmploi([faute])


@dataclass(frozen=True)
class InstrumentExporte:
    """Un instrument écrit.

    ``non_portes`` : ce que le référentiel a et que ce format ne porte pas ; ``remarques`` : ce qui y est écrit
    autrement. ``recueille`` : vrai si l’on y répond ; cpit applique alors le reste du référentiel en notant.
    """

    chemin: Path
    format: str
    recueille: bool
    non_portes: tuple[str, ...]
    remarques: tuple[str, ...]

    def __repr__(self) -> str:
        """Dans quel format, où."""
        return f"<InstrumentExporte : {self.format}, dans {self.chemin}>"


@facade
def exporter_referentiel(  # noqa: PLR0913
    referentiel: Referentiel | str | Path,
    format: str,
    sortie: str | Path | None = None,
    *,
    moment: str = "t0",
    regard: str = "soi",
    date_moment: str = "",
    place: bool = False,
    conditions: bool = False,
    remplacer: bool = False,
) -> InstrumentExporte:
    """Écrit un référentiel dans le format d’un outil, et dit ce que ce format n’en porte pas.

    :param format: xlsform, limesurvey, redcap, moodle, case, markdown ou docx.
    :param sortie: où l’écrire ; le suffixe du format est ajouté s’il manque. Par défaut, son identifiant et le format.
    :param moment: moment et regard de l’instrument : ils y sont fixés.
    :param date_moment: de quand on parle, si on le sait : elle y est fixée ; sinon, d’un moment passé, on la demande.
    :param place: vrai pour demander aussi la fréquence et l’importance de chaque situation dans le poste ;
        ``conditions`` : vrai pour poser les questions sur les conditions d’exercice.
    :param remplacer: remplace même ce que cpit n’a pas écrit ; jamais des réponses, ni le référentiel.
    :raises MauvaisEmploi: format, moment ou regard inconnu, suffixe d’un autre format.
    :raises ErreurCpit: référentiel introuvable ou fautif, place prise ou qui ne s’écrit pas.
    """
    exiger_un_emploi((*fautes_de_date(date_moment), *_fautes(format, sortie, moment, regard)))
    modele = referentiel_a_poser(referentiel, conditions=conditions)
    cible = _cible(modele, format, sortie)
    permis = delivrer(_fichiers_lus(referentiel), remplacer=remplacer)
    with ecriture(cible):
        verifier_places([cible], permis)
    from cpit.instrument.composition import RECUEIL, Instrument, non_portees

    instrument = Instrument(modele, moment, regard, maintenant(), place, lire_la_date(date_moment) or "")
    redaction = FORMATS[cible.suffix.lower()].ecrire(format)(instrument)
    with ecriture(cible):
        poser(cible, redaction.octets, permis)
    recueille = redaction.portees >= RECUEIL
    remarques = (*(instrument.remarques if recueille else ()), *redaction.remarques)
    return InstrumentExporte(cible, format, recueille, non_portees(instrument, redaction.portees), remarques)


def _fautes(format_: str, sortie: str | Path | None, moment: str, regard: str) -> Iterator[Anomalie]:
    if format_ not in INSTRUMENTS:
        connus = ", ".join(INSTRUMENTS)
        yield anomalie("format-inconnu", valeur=format_, connus=connus, proche=proche(format_, INSTRUMENTS))
    elif sortie is not None and (Path(sortie).suffix or os.path.lexists(sortie)):
        # Un nom sans suffixe qui existe déjà est un dossier ou un périphérique : on n’écrit pas à côté sans le dire.
        faute = faute_de_suffixe(sortie, format_)
        yield from [faute] if faute else []
    if not est_un_moment(moment):
        yield anomalie("moment-inconnu", valeur=moment, aussi="")
    if regard not in REGARDS:
        yield anomalie("regard-inconnu", valeur=regard)


def _cible(referentiel: Referentiel, format_: str, sortie: str | Path | None) -> Path:
    """Où écrire ; un nom sans suffixe reçoit celui du format."""
    cible = Path(f"{referentiel.identifiant}-{format_}" if sortie is None else sortie)
    return cible if cible.suffix else cible.with_name(cible.name + suffixes_ecrits(format_)[0])


def _fichiers_lus(referentiel: Referentiel | str | Path) -> Iterator[Path]:
    """Le fichier du référentiel, que rien ne remplacera."""
    if not isinstance(referentiel, Referentiel):
        yield trouver_referentiel(str(referentiel))


def guides() -> dict[str, Guide]:
    """Tous les guides, par sujet, dans l’ordre où on les lit."""
    from cpit.documentation import SUJETS, lire_guide  # charge l’analyseur de Markdown

    return {sujet: lire_guide(sujet) for sujet in SUJETS}


@facade
def guide(sujet: str) -> Guide:
    """Le guide d’un sujet ; ``texte`` est son Markdown.

    :raises MauvaisEmploi: si aucun guide ne porte ce nom, avec le plus proche.
    """
    from cpit.documentation import lire_guide

    return lire_guide(sujet)


def ecrire_page_guides(chemin: str | Path, choisis: Iterable[Guide], *, remplacer: bool = False) -> Path:
    """Écrit un ou plusieurs guides en une page, et rend son chemin.

    :raises MauvaisEmploi: si le nom n’est pas celui d’une page.
    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.pages.page_guides import rendre_page_guides

    page = Path(chemin)
    if faute := faute_de_suffixe(page, PAGE):
        raise MauvaisEmploi([faute])
    octets = sceller(rendre_page_guides(tuple(choisis)).encode(), page.suffix.lower())
    with ecriture(page):
        poser(page, octets, delivrer([], remplacer=remplacer))
    return page

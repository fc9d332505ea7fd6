"""L’instrument au dehors : écrire un référentiel dans le format de l’outil où l’on répondra, ou d’une feuille."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cpit.api import maintenant
from cpit.api.arguments import facade
from cpit.api.groupe import exiger_un_emploi
from cpit.chargement import referentiel_donne
from cpit.coeur.coherence import proche
from cpit.coeur.passation import REGARDS, est_un_moment, lire_la_date
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, anomalie, ecriture
from cpit.formats.porte import delivrer, poser, verifier_places
from cpit.formats.registre import FORMATS, INSTRUMENTS, faute_de_suffixe, suffixes_ecrits
from cpit.lecture.forme_formulaire import fautes_de_date


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
    remplacer: bool = False,
) -> InstrumentExporte:
    """Écrit un référentiel dans le format d’un outil, et dit ce que ce format n’en porte pas.

    :param format: xlsform, limesurvey, redcap, moodle, case, markdown ou docx.
    :param sortie: où l’écrire ; le suffixe du format est ajouté s’il manque. Par défaut, son identifiant et le format.
    :param moment: moment et regard de l’instrument : ils y sont fixés.
    :param date_moment: de quand on parle, si on le sait : elle y est fixée ; sinon, d’un moment passé, on la demande.
    :param place: vrai pour demander aussi la fréquence et l’importance de chaque situation dans le poste.
    :param remplacer: remplace même ce que cpit n’a pas écrit ; jamais des réponses, ni le référentiel.
    :raises MauvaisEmploi: format, moment ou regard inconnu, suffixe d’un autre format.
    :raises ErreurCpit: référentiel introuvable ou fautif, place prise ou qui ne s’écrit pas.
    """
    exiger_un_emploi((*fautes_de_date(date_moment), *_fautes(format, sortie, moment, regard)))
    modele = referentiel_donne(referentiel)
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

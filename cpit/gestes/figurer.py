"""La commande « figure » : lit une passation ou un groupe, dessine une figure, l’écrit en SVG, PDF ou PNG."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cpit.affichage.ecran_anomalies import montrer_anomalies
from cpit.chargement import charger
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.mots.restitution import Restitution, restituer
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, MauvaisEmploi, anomalie, ecriture, refus, refusees
from cpit.formats.porte import poser, sceller
from cpit.formats.registre import FIGURE, FORMATS, faute_de_suffixe
from cpit.passations.relecture import relire_passation
from cpit.sources import Reunion, reunir_sources
from cpit.terminal import Terminal

if TYPE_CHECKING:
    from cpit.figures import Figure, Style

_NATURES = ("carte", "radar", "matrice", "distribution")
_DECIMALES = {"virgule": ",", "point": "."}
_POUCE = 25.4
"""Millimètres dans un pouce."""
_LARGEURS = (60, 400)
"""Largeurs permises, en millimètres : d’une demi-colonne à une affiche."""
_RESOLUTIONS = (72, 1200)
"""Points par pouce permis."""


@dataclass(frozen=True)
class DemandeFigure:
    """Ce que la commande a reçu ; ``largeur`` en millimètres, ``ppp`` en points par pouce."""

    nature: str
    sources: Sequence[str]
    sortie: Path
    largeur: float = 170.0
    decimale: str = "virgule"
    gris: bool = False
    ppp: int = 300
    moment: str | None = None
    regard: str | None = None
    referentiel: str | None = None
    remplacer: bool = False


def figurer(terminal: Terminal, erreurs: Terminal, demande: DemandeFigure) -> None:
    """Lit, dessine, écrit, et dit le texte de remplacement ; ce qui est refusé va sur la sortie d’erreur.

    :raises MauvaisEmploi: figure, suffixe, mesure ou signe décimal hors de ce qui est permis.
    :raises ErreurCpit: rien de lisible, plusieurs strates, écriture impossible, ou (la figure écrite) des refus.
    """
    _verifier(demande)
    reunion = reunir_sources(
        demande.sources,
        [demande.sortie],
        autres=[trouver_referentiel(demande.referentiel)],
        remplacer=demande.remplacer,
    )
    restitution, groupe, anomalies = _lire(erreurs, demande, reunion)
    figure = _dessiner(demande, restitution, groupe)
    with ecriture(demande.sortie):
        poser(demande.sortie, sceller(_octets(demande, figure), demande.sortie.suffix.lower()), reunion.permis)
    terminal.dire("Figure :")
    terminal.copier(str(demande.sortie.resolve()))
    terminal.dire("Texte de remplacement :")
    terminal.dire(figure.description, retrait=2, tel_quel=True)
    montrer_anomalies(erreurs, anomalies)
    if refusees(anomalies):
        raise ErreurCpit([])


def _verifier(demande: DemandeFigure) -> None:
    fautes = [*_fautes_de_nom(demande), *_fautes_de_mesure(demande)]
    if fautes:
        raise MauvaisEmploi(fautes)
    format_ = FORMATS[demande.sortie.suffix.lower()]
    for bibliotheque in format_.manquantes():
        raise refus("figure-sans-bibliotheque", format=format_.nom, bibliotheque=bibliotheque.replace("_", "-"))


def _fautes_de_nom(demande: DemandeFigure) -> Iterator[Anomalie]:
    from cpit.coeur.coherence import proche

    if demande.nature not in _NATURES:
        voisin, connus = proche(demande.nature, _NATURES), ", ".join(_NATURES)
        yield anomalie("figure-inconnue", valeur=demande.nature, connus=connus, proche=voisin)
    if (faute := faute_de_suffixe(demande.sortie.name, FIGURE)) is not None:
        yield faute
    if demande.decimale not in _DECIMALES:
        yield anomalie("figure-decimale", valeur=demande.decimale)


def _fautes_de_mesure(demande: DemandeFigure) -> Iterator[Anomalie]:
    for option, valeur, (minimum, maximum), unite in (
        ("--largeur", demande.largeur, _LARGEURS, "millimètres"),
        ("--ppp", demande.ppp, _RESOLUTIONS, "points par pouce"),
    ):
        if not minimum <= valeur <= maximum:
            mots = {"option": option, "valeur": f"{valeur:g}", "minimum": minimum, "maximum": maximum, "unite": unite}
            yield anomalie("figure-mesure", **mots)


def _lire(
    erreurs: Terminal, demande: DemandeFigure, reunion: Reunion
) -> tuple[Restitution | None, Cohorte | None, tuple[Anomalie, ...]]:
    """Une restitution s’il n’y a qu’une passation, sinon le groupe ; et ce que la lecture a constaté."""
    seule = Path(demande.sources[0])
    if len(demande.sources) == 1 and seule.suffix.lower() == ".json" and not seule.is_dir():
        relecture = relire_passation(seule, demande.referentiel)
        passation = relecture.restitution.passation
        _choisir(demande, [(passation.moment, passation.regard)])
        return relecture.restitution, None, relecture.anomalies
    from cpit.gestes.grouper import lire_cohorte

    referentiel = charger(trouver_referentiel(demande.referentiel))
    lue = lire_cohorte(erreurs, reunion, referentiel)
    strates = lue.cohorte.strates()
    if not strates:
        raise ErreurCpit([*lue.anomalies, anomalie("cohorte-vide")])
    groupe = strates[_choisir(demande, list(strates), lue.anomalies)]
    if len(groupe.notees) == 1:
        return restituer(referentiel, groupe.notees[0].passation), None, lue.anomalies
    return None, groupe, lue.anomalies


def _choisir(
    demande: DemandeFigure, strates: Sequence[tuple[str, str]], anomalies: Sequence[Anomalie] = ()
) -> tuple[str, str]:
    """La seule strate qui réponde à --moment et --regard.

    :raises ErreurCpit: s’il n’y en a aucune, ou plusieurs.
    """
    voulues = [
        strate for strate in strates if demande.moment in (None, strate[0]) and demande.regard in (None, strate[1])
    ]
    if len(voulues) == 1:
        return voulues[0]
    if not voulues:
        choix = ", ".join(voulu for voulu in (demande.moment, demande.regard) if voulu is not None)
        faute = anomalie("figure-strate-absente", choix=choix, strates=_nommer(strates))
    else:
        faute = anomalie("figure-plusieurs-strates", strates=_nommer(voulues))
    raise ErreurCpit([*anomalies, faute])


def _nommer(strates: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{moment} {regard}" for moment, regard in strates)


def _dessiner(demande: DemandeFigure, restitution: Restitution | None, groupe: Cohorte | None) -> Figure:
    from cpit.figures import (
        Style,
        carte_groupe,
        carte_personne,
        distribution_groupe,
        matrice_groupe,
        matrice_personne,
        radar_groupe,
        radar_personne,
    )

    largeur = round(demande.largeur / _POUCE * 96, 1)
    style = Style(largeur, _DECIMALES[demande.decimale], gris=demande.gris)
    if groupe is not None:
        de_groupe: dict[str, Callable[[Cohorte, Style], Figure]] = {
            "carte": carte_groupe,
            "radar": radar_groupe,
            "matrice": matrice_groupe,
            "distribution": distribution_groupe,
        }
        return de_groupe[demande.nature](groupe, style)
    de_personne: dict[str, Callable[[Restitution, Style], Figure]] = {
        "carte": carte_personne,
        "radar": radar_personne,
        "matrice": matrice_personne,
    }
    if restitution is None or demande.nature not in de_personne:
        raise refus("figure-distribution-seule")
    return de_personne[demande.nature](restitution, style)


def _octets(demande: DemandeFigure, figure: Figure) -> bytes:
    octets: bytes = FORMATS[demande.sortie.suffix.lower()].ecrire(FIGURE)(figure, ppp=demande.ppp)
    return octets

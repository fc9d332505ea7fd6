"""Écrire une valeur de l’API dans un fichier : ce qu’elle est et le suffixe disent comment."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpit.api.arguments import Chemin, exiger_un_emploi, facade
from cpit.api.comparaison import ecrire_evolution, ecrire_page_d_evolution, ecrire_rapprochement
from cpit.api.figures import ecrire_figure
from cpit.api.groupe import ecrire_cohorte, ecrire_page_groupe, ecrire_tableau
from cpit.api.personne import ecrire_portfolio, ecrire_restitution
from cpit.api.recherche import ecrire_fidelite
from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.suites import Portfolio
from cpit.coeur.tableaux import Tableau
from cpit.erreurs import MauvaisEmploi, anomalie
from cpit.formats.porte import Permis
from cpit.formats.recueil import EtudeDEvolution, Recueil
from cpit.formats.registre import COHORTE, EVOLUTION, PAGE, faute_de_suffixe, suffixes_ecrits
from cpit.passations.relecture import Relecture
from cpit.rapprochement import Rapprochement

if TYPE_CHECKING:
    from cpit.coeur.fidelite.etude import Etude
    from cpit.figures.dessin import Figure


@facade
def ecrire(
    valeur: Recueil | Relecture | Restitution | Rapprochement | Etude | EtudeDEvolution | Figure | Tableau | Portfolio,
    chemin: Chemin,
    *,
    remplacer: bool = False,
    **options: Any,
) -> Path:
    """Écrit une valeur dans un fichier, en entier ou pas du tout, et rend son chemin.

    Un recueil s’écrit en .csv, .xlsx, .json ou .html ; une restitution en .xlsx, .html ou .docx ; un rapprochement en
    .xlsx ou .html ; une étude en .csv, .xlsx ou .json ; une étude d’évolution aussi, en .parquet, .sav, .dta ou .html
    de plus ; une figure en .svg, .pdf ou .png ; un tableau en .csv ; un portfolio en .html, .docx ou .md.

    :param remplacer: vrai pour remplacer même ce que cpit n’a pas écrit ; jamais des réponses.
    :param options: celles de cette sorte d’écriture : ``dialecte``, ``dictionnaire``, ``par``, ``ppp``, ``gabarit``…
    :raises MauvaisEmploi: suffixe ou option qui ne conviennent pas, valeur qui ne s’écrit pas.
    :raises ErreurCpit: si la place est prise ou ne s’écrit pas.
    """
    sorte = type(valeur).__name__
    if sorte not in _ECRIVAINS:
        raise MauvaisEmploi([anomalie("valeur-sans-fichier", sorte=sorte, connues=", ".join(_ECRIVAINS))])
    rediger = _choisir_selon_le_suffixe(sorte, chemin)
    connues = [nom for nom, un in signature(rediger).parameters.items() if un.kind is Parameter.KEYWORD_ONLY]
    mots = {"sorte": sorte, "connues": ", ".join(connues)}
    exiger_un_emploi(anomalie("option-d-ecriture", option=nom, **mots) for nom in options if nom not in connues)
    return rediger(valeur, chemin, remplacer=remplacer, **options)


def _choisir_selon_le_suffixe(sorte: str, chemin: Chemin) -> Callable[..., Path]:
    """Ce qui écrit une valeur de cette sorte ; sa page, si c’est d’un groupe et que le suffixe le dit."""
    if sorte not in _PAGES:
        return _ECRIVAINS[sorte]
    donnees, rendre_la_page = _PAGES[sorte]
    faute = faute_de_suffixe(chemin, donnees, PAGE)
    exiger_un_emploi([faute] if faute else [])
    return rendre_la_page if Path(chemin).suffix.lower() in suffixes_ecrits(PAGE) else _ECRIVAINS[sorte]


def _ecrire_relecture(
    relecture: Relecture, chemin: Chemin, *, remplacer: bool = False, gabarit: Chemin | None = None
) -> Path:
    cible, autre = Path(chemin), None if gabarit is None else Path(gabarit)
    permis = Permis(remplacer=remplacer)
    ecrire_restitution(cible, relecture.restitution, permis=permis, plan=relecture.plan, gabarit=autre)
    return cible


def _ecrire_restitution(
    restitution: Restitution, chemin: Chemin, *, remplacer: bool = False, gabarit: Chemin | None = None
) -> Path:
    cible, autre = Path(chemin), None if gabarit is None else Path(gabarit)
    ecrire_restitution(cible, restitution, permis=Permis(remplacer=remplacer), gabarit=autre)
    return cible


_ECRIVAINS: dict[str, Callable[..., Path]] = {
    Recueil.__name__: ecrire_cohorte,
    Relecture.__name__: _ecrire_relecture,
    Restitution.__name__: _ecrire_restitution,
    Rapprochement.__name__: ecrire_rapprochement,
    "Etude": ecrire_fidelite,
    EtudeDEvolution.__name__: ecrire_evolution,
    "Figure": ecrire_figure,
    Tableau.__name__: ecrire_tableau,
    Portfolio.__name__: ecrire_portfolio,
}
"""Ce qui écrit une valeur, par sa classe ; celles d’une étude et d’une figure ne se chargent qu’à l’usage."""
_PAGES: dict[str, tuple[str, Callable[..., Path]]] = {
    Recueil.__name__: (COHORTE, ecrire_page_groupe),
    EtudeDEvolution.__name__: (EVOLUTION, ecrire_page_d_evolution),
}
"""Ce dont la page s’écrit aussi : la sorte de ses autres fichiers, et ce qui l’écrit."""

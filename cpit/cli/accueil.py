"""Qui ouvre cpit sans savoir quoi taper : ce qu’il y a dans le dossier, un menu, la touche Tab."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cpit.aide import COMPLETION
from cpit.coeur.passation import Etat, replier_code
from cpit.erreurs import CodeSortie, ErreurCpit, ecriture, refus
from cpit.ouverture import chemin_reel, commande_a_taper
from cpit.typographie import date_courte, enumerer, pluriel

if TYPE_CHECKING:
    from cpit.coeur.passation import Passation
    from cpit.terminal import Terminal

_COMPLETES, _DE_POWERSHELL = ("bash", "zsh", "fish"), ("powershell", "pwsh")
"""Les interpréteurs où la complétion s’installe d’elle-même, et ceux où elle se colle."""
Lancer = Callable[[list[str]], int]
"""Exécute une commande, dit ce qui ne va pas, et rend son code de sortie."""


@dataclass(frozen=True)
class Chantier:
    """Ce qu’une entrée du menu reçoit : l’écran, le dossier des réponses, et de quoi lancer une commande."""

    ecran: Terminal
    dossier: Path
    lancer: Lancer

    def commander(self, *arguments: str) -> int:
        """Lance une commande, avec la façon d’écrire du menu, et rend son code de sortie."""
        return self.lancer([*arguments, *(["--simple"] if self.ecran.simple else [])])


_OU_S_OUVRE_UNE_PAGE = "Cette page s'ouvre dans un navigateur, et s'imprime de là."


def _repondre(menu: Chantier) -> None:
    menu.commander("questionnaire", "--dossier", str(menu.dossier))


def _relire(menu: Chantier) -> None:
    if (chemin := _choisir(menu)) is not None:
        menu.commander("restituer", str(chemin))


def _imprimer(menu: Chantier) -> None:
    if (chemin := _choisir(menu)) is not None:
        code = menu.commander("restituer", str(chemin), "--page", str(chemin.with_suffix(".html")))
        if code == CodeSortie.FAIT:
            menu.ecran.dire(_OU_S_OUVRE_UNE_PAGE)


def _comparer(menu: Chantier) -> None:
    """Ce qui a bougé entre les passations d’une personne, à l’écran et en page."""
    from cpit.passations.sauvegarde import nom_sur

    codes = _a_comparer(menu.dossier)
    if not codes:
        menu.ecran.dire("Il faut ici deux passations terminées d'une même personne.")
        return
    rang = 0 if len(codes) == 1 else _choisir_parmi(menu, codes)
    if rang is not None:
        code = codes[rang]
        page = menu.dossier / f"{nom_sur('parcours', code)}.html"
        fait = menu.commander("comparer", str(menu.dossier), *(["--code", code] if code else []), "--page", str(page))
        if fait == CodeSortie.FAIT:
            menu.ecran.dire(_OU_S_OUVRE_UNE_PAGE)


def _corriger(menu: Chantier) -> None:
    from cpit.passations.sauvegarde import terminees

    if (chemin := _choisir(menu, [chemin for chemin, _ in terminees(menu.dossier)])) is not None:
        menu.commander("corriger", str(chemin))


def _preparer(menu: Chantier) -> None:
    if code := _de_qui(menu):
        menu.commander("plan", str(menu.dossier), "--code", code)


def _noter(menu: Chantier) -> None:
    if code := _de_qui(menu):
        menu.commander("trace", code, "--dossier", str(menu.dossier))


def _reunir(menu: Chantier) -> None:
    from cpit.passations.sauvegarde import nom_sur

    if code := _de_qui(menu):
        page = menu.dossier / f"{nom_sur('portfolio', code)}.html"
        fait = menu.commander("portfolio", code, "--dossier", str(menu.dossier), "--page", str(page))
        if fait == CodeSortie.FAIT:
            menu.ecran.dire(_OU_S_OUVRE_UNE_PAGE)


ENTREES: tuple[tuple[str, str, Callable[[Chantier], None]], ...] = (
    ("Répondre", "au questionnaire, ou reprendre où l'on en était", _repondre),
    ("Relire", "le résultat d'une passation", _relire),
    ("Imprimer", "une passation : sa page, à ouvrir dans un navigateur", _imprimer),
    ("Comparer", "les passations d'une personne : ce qui a bougé, et sa page", _comparer),
    ("Corriger", "une passation terminée", _corriger),
    ("Préparer", "la suite : un à trois pas, et ce qu'ils deviennent", _preparer),
    ("Noter", "une trace : ce qui vient de se passer", _noter),
    ("Assembler", "les traces en un portfolio, et sa page", _reunir),
)
"""Le menu, une ligne par entrée : son mot, ce qu’elle fait, et par quoi. Son numéro est son rang ; « q » quitte."""


# --- « cpit » seul : ce qu’il y a dans le dossier, et ce que l’on peut en faire.


_EXAMINES = 200
"""Fichiers ouverts pour dire ce qui se lit ici ; au-delà, on ne les compte pas tous."""
_MONTREES = 3
"""Passations en cours nommées une à une."""


def orienter(ecran: Terminal, dossier: Path) -> bool:
    """Dit ce qu’il y a dans un dossier, et la commande qui s’en sert ; faux, et rien, s’il n’y a rien pour cpit."""
    from cpit.passations.sauvegarde import inachevees_et_terminees

    en_cours, finies = inachevees_et_terminees(dossier)
    retours, tous_vus = _retours(dossier)
    if not (en_cours or finies or retours):
        return False
    ecran.dire("Dans ce dossier :")
    _dire_les_inachevees(ecran, en_cours)
    _dire_les_terminees(ecran, finies)
    if retours:
        au_moins = "" if tous_vus else "au moins "
        quoi = f"{au_moins}{pluriel(retours, 'fichier')} où cpit peut lire des réponses"
        _proposer(ecran, quoi, commande_a_taper("cohorte", "."))
    ecran.dire()
    ecran.dire("Les autres commandes : cpit -h. Un menu : cpit menu.")
    return True


def _proposer(ecran: Terminal, constat: str, *commandes: str) -> None:
    ecran.dire(f"- {constat} :", retrait=0, suite=2)
    for commande in commandes:
        ecran.copier(f"    {commande}")


def _dire_les_inachevees(ecran: Terminal, en_cours: list[tuple[Path, Passation]]) -> None:
    for chemin, passation in en_cours[:_MONTREES]:
        faites = sum(reponse.etat in (Etat.REPONDU, Etat.SANS_OBJET) for reponse in passation.reponses.values())
        reprendre = None if len(en_cours) == 1 else chemin
        quoi = f"une passation en cours ({_qui(passation)}, {pluriel(faites, 'réponse')}) ; la reprendre"
        _proposer(ecran, quoi, commande_a_taper("questionnaire", reprendre=reprendre))
    if len(en_cours) > _MONTREES:
        ecran.dire(f"- et {len(en_cours) - _MONTREES} autres en cours, que cpit questionnaire propose", suite=2)


def _dire_les_terminees(ecran: Terminal, finies: list[tuple[Path, Passation]]) -> None:
    """Une passation se relit ; plusieurs d’une personne se comparent ; de plusieurs, elles se notent ensemble."""
    personnes = {replier_code(passation.identifiant): passation.identifiant for _, passation in finies}
    questionnaire = commande_a_taper("questionnaire")
    if not finies:
        return
    if len(finies) == 1:
        ((chemin, passation),) = finies
        suites = [commande_a_taper("restituer", chemin), questionnaire]
        _proposer(ecran, f"une passation terminée ({_qui(passation)}) ; la relire, ou faire le point", *suites)
    elif len(personnes) == 1:
        quoi = f"{len(finies)} passations terminées de {next(iter(personnes.values())) or 'la même personne'}"
        suites = [commande_a_taper("comparer", "."), questionnaire]
        _proposer(ecran, f"{quoi} ; voir ce qui a bougé, ou faire le point", *suites)
    else:
        quoi = f"{len(finies)} passations terminées de {len(personnes)} personnes ; les voir ensemble, ou en relire une"
        _proposer(ecran, quoi, commande_a_taper("cohorte", "."), commande_a_taper("restituer", finies[0][0]))


def _qui(passation: Passation) -> str:
    morceaux = (passation.identifiant, passation.moment.upper(), date_courte(passation.jour_des_reponses))
    return ", ".join(filter(None, morceaux))


def _retours(dossier: Path) -> tuple[int, bool]:
    """Combien de fichiers du dossier ne sont pas à cpit et pourraient porter des réponses ; vrai si tous sont vus."""
    from cpit.formats.appartenance import Proprietaire, proprietaire_de
    from cpit.formats.registre import suffixes_lus

    lus = set(suffixes_lus()) - {".json"}
    possibles = (c for c in sorted(dossier.iterdir()) if c.suffix.lower() in lus and not c.name.startswith((".", "~")))
    trouves = 0
    for chemin in islice(possibles, _EXAMINES):
        with contextlib.suppress(ErreurCpit, OSError):
            trouves += proprietaire_de(chemin) in (Proprietaire.REPONSES, Proprietaire.AUTRUI)
    return trouves, next(possibles, None) is None


# --- La touche Tab.


def installer_la_completion(ecran: Terminal) -> None:
    """Installe la complétion de l’interpréteur de commandes qui a lancé cpit, ou donne ce qu’il faut y coller.

    :raises ErreurCpit: si l’interpréteur n’en a pas, ou si son fichier ne s’écrit pas.
    """
    from shellingham import ShellDetectionFailure, detect_shell
    from typer._completion_shared import get_completion_script, install

    try:
        interprete, _ = detect_shell()
    except ShellDetectionFailure:
        interprete = ""
    if interprete in _DE_POWERSHELL:
        # La bibliothèque y ouvrirait aussi l’exécution de tout script : ce n’est pas à cpit d’en décider.
        ecran.dire("À coller à la fin du fichier que donne $PROFILE (par exemple : notepad $PROFILE) :")
        ecran.copier(get_completion_script(prog_name="cpit", complete_var=COMPLETION, shell=interprete))
        return
    if interprete not in _COMPLETES:
        raise refus("completion-inconnue", nom=interprete or "inconnu", connus=enumerer([*_COMPLETES, "powershell"]))
    with ecriture(Path.home()):
        _, chemin = install(interprete, "cpit", COMPLETION)
    ecran.dire(f"La touche Tab complète cpit dans {interprete}, dès le prochain terminal. Écrit dans :")
    ecran.copier(str(chemin))


# --- Le menu.


def derouler_menu(ecran: Terminal, dossier: Path, lancer: Lancer) -> int:
    """Montre le menu jusqu’à ce que l’on quitte, puis attend Entrée : la fenêtre ne se ferme pas sur un message.

    Une commande refusée ou interrompue ramène au menu. Un défaut de cpit montre sa trace, et finit par 1.

    :raises EOFError: si l’entrée se ferme pendant le menu.
    """
    menu, code = Chantier(ecran, dossier, lancer), int(CodeSortie.FAIT)
    try:
        while (choix := _demander_entree(ecran, dossier)) is not None:
            ENTREES[choix][2](menu)
    except (EOFError, KeyboardInterrupt, OSError):
        raise
    except Exception:
        ecran.flux.write(traceback.format_exc())
        code = int(CodeSortie.REFUS)
    # Tout est fait : fermer d’un Ctrl-C n’interrompt rien.
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        ecran.demander("Entrée pour fermer ")
    return code


def _demander_entree(ecran: Terminal, dossier: Path) -> int | None:
    """Le rang de l’entrée choisie, rien pour quitter."""
    ecran.dire()
    ecran.dire("Les passations sont dans :")
    ecran.copier(str(chemin_reel(dossier)))
    for rang, (mot, quoi, _) in enumerate(ENTREES, 1):
        ecran.dire(f"{rang}. {mot} {quoi}")
    ecran.dire("q. Quitter")
    return _demander_rang(ecran, [mot for mot, _, _ in ENTREES])


def _choisir(menu: Chantier, parmi: Collection[Path] | None = None) -> Path | None:
    """La passation du dossier que la personne désigne ; rien si elle renonce, ou s’il n’y en a pas.

    :param parmi: celles qui conviennent ; toutes sinon.
    """
    lues = [(chemin, passation) for chemin, passation in _passations(menu.dossier) if parmi is None or chemin in parmi]
    if not lues:
        sorte = "passation" if parmi is None else "passation terminée"
        menu.ecran.dire(f"Il n'y a pas encore de {sorte} dans ce dossier.")
        return None
    rang_choisi = _choisir_parmi(menu, [f"{chemin.name} ({_qui(passation)})" for chemin, passation in lues])
    return None if rang_choisi is None else lues[rang_choisi][0]


def _de_qui(menu: Chantier) -> str:
    """Le code de la personne dont tenir le plan ou les traces ; vide si l’on renonce, ou si personne n’en a un ici."""
    de_soi = (passation for _, passation in _passations(menu.dossier) if passation.regard == "soi")
    codes = list({replier_code(une.identifiant): une.identifiant for une in de_soi if une.identifiant}.values())
    if not codes:
        menu.ecran.dire("Il faut ici une passation à votre code.")
        return ""
    rang = 0 if len(codes) == 1 else _choisir_parmi(menu, codes)
    return "" if rang is None else codes[rang]


def _choisir_parmi(menu: Chantier, mots: list[str]) -> int | None:
    """Le rang de ce que la personne désigne dans une liste ; rien si elle renonce."""
    for rang, mot in enumerate(mots, 1):
        menu.ecran.dire(f"{rang}. {mot}", tel_quel=True)
    menu.ecran.dire("q. Revenir au menu")
    return _demander_rang(menu.ecran, mots)


def _a_comparer(dossier: Path) -> list[str]:
    """Les codes des personnes qui ont deux passations terminées dans le dossier ; vide si aucune n’y a de code."""
    from cpit.passations.sauvegarde import terminees

    siennes: dict[str, list[str]] = {}
    for _, passation in terminees(dossier):
        codes = [une.identifiant for une in passation.separees()]
        siennes.setdefault(replier_code(passation.identifiant), []).extend(codes)
    return [codes[0] for code, codes in siennes.items() if len(codes) > 1 and (code or len(siennes) == 1)]


def _passations(dossier: Path) -> list[tuple[Path, Passation]]:
    """Les passations qui se lisent, sans les versions d’avant une correction."""
    from cpit.passations.sauvegarde import est_une_version, relire_fichier

    trouvees = []
    for chemin in sorted(dossier.glob("*.json")):
        with contextlib.suppress(ErreurCpit, OSError):
            trouvees.append((chemin, relire_fichier(chemin)[0]))
    return [(chemin, passation) for chemin, passation in trouvees if not est_une_version(chemin)]


def _demander_rang(ecran: Terminal, mots: list[str]) -> int | None:
    """Un numéro ou le début d’un mot, « q » pour renoncer ; redemande tant que ce n’est pas l’un d’eux."""
    from cpit.terminal import Quitter

    try:
        attendus = f"Répondre un numéro de 1 à {len(mots)}, ou q."
        return ecran.interroger("Votre choix : ", lambda saisie: _rang_dit(saisie, mots), attendus)
    except Quitter:
        return None


def _rang_dit(saisie: str, mots: list[str]) -> int | None:
    reponse = saisie.casefold()
    if reponse.isascii() and reponse.isdecimal() and 0 < int(reponse[:9]) <= len(mots):
        return int(reponse[:9]) - 1
    proches = [rang for rang, mot in enumerate(mots) if reponse and mot.casefold().startswith(reponse)]
    return proches[0] if len(proches) == 1 else None

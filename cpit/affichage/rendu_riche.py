"""Des blocs dessinés avec rich : titres soulignés, barres, tableaux, carte."""

from __future__ import annotations

from functools import singledispatch

from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cpit.affichage.blocs import (
    Alinea,
    Barre,
    Barres,
    Bloc,
    Copie,
    GrilleDeTexte,
    Lignes,
    Paragraphe,
    Titre,
    ecrire_simple,
)
from cpit.terminal import Terminal
from cpit.typographie import FINE, montrer_d_ailleurs, montrer_nos_mots, typographier

_JAUGES = (("█", "░"), ("#", "."))
_ABRI = "\ue000"
"""Tient la place d’une espace fine : un signe d’usage privé, qui n’est pas une espace."""
_LARGEUR_MIN_TABLE = 56
"""Colonnes sous lesquelles une barre ne se lit plus à côté de son libellé : on passe aux lignes."""


def ecrire_riche(terminal: Terminal, bloc: Bloc) -> None:
    """Dessine un bloc, ou l’écrit en lignes si la console est trop étroite pour lui."""
    if _trop_large(terminal, bloc):
        ecrire_simple(terminal, bloc)
    else:
        _dessiner(bloc, terminal)


def _trop_large(terminal: Terminal, bloc: Bloc) -> bool:
    if isinstance(bloc, GrilleDeTexte) and max(map(len, bloc.lignes)) > terminal.largeur:
        return True
    if isinstance(bloc, Lignes) and _largeur_minimale(bloc) > terminal.largeur:
        return True
    return isinstance(bloc, Barres | Lignes | GrilleDeTexte) and terminal.largeur < _LARGEUR_MIN_TABLE


def _largeur_minimale(bloc: Lignes) -> int:
    """Colonnes qu’il faut pour n’y couper aucun mot : le plus long de chaque colonne, et deux espaces entre elles."""
    return sum(_mots_les_plus_longs(bloc)) + 2 * (len(bloc.entetes) - 1)


def _mots_les_plus_longs(bloc: Lignes) -> list[int]:
    """Longueur du plus long mot de chaque colonne."""
    colonnes = zip(bloc.entetes, *bloc.lignes, strict=True)
    return [max(map(len, " ".join(cellules).split()), default=0) for cellules in colonnes]


def _largeurs(bloc: Lignes, place: int) -> list[int] | None:
    """Largeur de chaque colonne là où rich, qui rogne les plus larges à égalité, couperait un mot ; rien sinon."""
    minimales = _mots_les_plus_longs(bloc)
    pleines = [max(map(len, cellules)) for cellules in zip(bloc.entetes, *bloc.lignes, strict=True)]
    for planchers in ([0] * len(pleines), minimales):
        for plafond in range(max(pleines), 0, -1):
            largeurs = [max(bas, min(pleine, plafond)) for bas, pleine in zip(planchers, pleines, strict=True)]
            if sum(largeurs) <= place:
                break
        if planchers is not minimales and all(r >= m for r, m in zip(largeurs, minimales, strict=True)):
            return None
    return largeurs


@singledispatch
def _dessiner(bloc: Bloc, terminal: Terminal) -> None:  # noqa: ARG001
    raise TypeError(type(bloc))


@_dessiner.register
def _(bloc: Titre, terminal: Terminal) -> None:
    fort, fin = ("═", "─") if terminal.sait_ecrire("═─") else ("=", "-")
    titre = Text(typographier(montrer_d_ailleurs(bloc.texte)), style="bold")
    terminal.console.print()
    if titre.cell_len + 2 > min(terminal.largeur, terminal.largeur_de_prose + 1):
        # Un trait couperait le titre par « … » : on garde les mots, sur plusieurs lignes.
        terminal.console.print(titre, width=terminal.largeur_de_prose)
    else:
        terminal.console.print(Rule(titre, characters=fort if bloc.niveau == 1 else fin, align="left", style="dim"))


@_dessiner.register
def _(bloc: Paragraphe, terminal: Terminal) -> None:
    if bloc.discret and terminal.couleurs:
        texte = Text(typographier(montrer_d_ailleurs(bloc.texte)), style="dim")
        terminal.console.print(Padding(texte, (0, 0, 0, bloc.retrait)), width=terminal.largeur_de_prose)
    else:
        terminal.dire(bloc.texte, retrait=bloc.retrait)


@_dessiner.register
def _(bloc: Alinea, terminal: Terminal) -> None:
    suite = bloc.retrait + len(bloc.puce)
    if not terminal.couleurs:
        terminal.dire(bloc.puce + bloc.texte, retrait=bloc.retrait, suite=suite, tel_quel=True)
        return
    # rich couperait à une espace fine : elle est mise à l’abri le temps de la coupe.
    texte = Text.assemble(
        *((montrer_nos_mots(morceau.texte).replace(FINE, _ABRI), morceau.style) for morceau in bloc.morceaux)
    )
    marge = " " * bloc.retrait + bloc.puce
    for ligne in texte.wrap(terminal.console, max(terminal.largeur_de_prose - suite, 12)) or [texte]:
        ligne.plain = ligne.plain.rstrip().replace(_ABRI, FINE)
        terminal.console.print(Text(marge) + ligne, soft_wrap=True)
        marge = " " * suite


@_dessiner.register
def _(bloc: Copie, terminal: Terminal) -> None:
    marge = "    " if max(map(len, bloc.lignes)) + 4 <= terminal.largeur else ""
    for ligne in bloc.lignes:
        terminal.console.print(Text(montrer_d_ailleurs(marge + ligne), style="cyan"), soft_wrap=True)


@_dessiner.register
def _(bloc: GrilleDeTexte, terminal: Terminal) -> None:
    if not terminal.couleurs:
        for ligne in bloc.lignes:
            terminal.copier(ligne.rstrip())
        return
    for ligne in bloc.lignes:
        texte = Text(montrer_d_ailleurs(ligne.rstrip()), no_wrap=True)
        texte.highlight_regex("[─│┌┐└┘┼]+", "dim")
        texte.highlight_regex("[▲]", "cyan bold")
        texte.highlight_regex("[◆]", "yellow bold")
        terminal.console.print(texte, soft_wrap=True)


@_dessiner.register
def _(bloc: Barres, terminal: Terminal) -> None:
    jauges = next((j for j in _JAUGES if terminal.sait_ecrire("".join(j))), _JAUGES[-1])
    longueur = 20 if terminal.largeur >= 72 else 10
    table = Table.grid(padding=(0, 1))
    avec_codes = any(barre.code for barre in bloc.barres)
    if avec_codes:
        table.add_column(no_wrap=True)
    table.add_column(ratio=3)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=3)
    table.add_column(justify="right", no_wrap=True)
    for barre in bloc.barres:
        jauge = Text(_jauge(barre, jauges, longueur), style="dim" if bloc.discret else "cyan")
        style = "dim" if bloc.discret else ""
        code, libelle, valeur, niveau, compte = (
            Text(typographier(montrer_d_ailleurs(texte)), style=style)
            for texte in (barre.code, barre.libelle, barre.valeur, barre.niveau, barre.compte)
        )
        table.add_row(*([code] if avec_codes else []), libelle, jauge, valeur, niveau, compte)
    terminal.console.print(table)


@_dessiner.register
def _(bloc: Lignes, terminal: Terminal) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    largeurs = _largeurs(bloc, terminal.largeur - 2 * (len(bloc.entetes) - 1))
    for rang, (entete, longueur) in enumerate(zip(bloc.entetes, _mots_les_plus_longs(bloc), strict=True)):
        titre = Text(typographier(montrer_d_ailleurs(entete)), style="bold")
        table.add_column(
            titre,
            justify="right" if rang in bloc.droite else "left",
            min_width=longueur,
            width=largeurs[rang] if largeurs else None,
        )
    for ligne in bloc.lignes:
        table.add_row(*(Text(typographier(montrer_d_ailleurs(cellule))) for cellule in ligne))
    terminal.console.print(table)


def _jauge(barre: Barre, signes: tuple[str, str], longueur: int) -> str:
    if barre.part is None:
        return ""
    plein, vide = signes
    remplies = round(barre.part * longueur)
    return plein * remplies + vide * (longueur - remplies)

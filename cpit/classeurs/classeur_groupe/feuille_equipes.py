"""La feuille « Équipes », si l’on en lit : ce qui s’y dit, puis une ligne par situation."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_groupe.chantier import EQUIPES, ChantierGroupe
from cpit.coeur.equipe import EquipeLue, LectureDEquipes, SituationDEquipe
from cpit.coeur.groupe import TU
from cpit.coeur.mots.lecture_groupe import (
    MOTS_DE_SITUATION,
    avertir_des_equipes,
    dire_les_sans_equipe,
    lire_l_equipe,
    titrer_l_equipe,
)
from cpit.coeur.mots.notice import nommer_strate
from cpit.coeur.tableaux import Cellule
from cpit.tableur.document import ecrire_etendu, ecrire_nombre, ecrire_texte, mettre_en_page, regler_hauteur

_COLONNES = (
    ("Équipe", 18),
    ("Compétence", 12),
    ("Ingénierie", 14),
    ("Item", 10),
    ("Situation", 50),
    ("Tient", 15),
    ("Répondants", 12),
    ("La tiennent", 12),
    ("Pourraient la passer", 14),
    ("Sont plus bas", 12),
)
_NOMINATIVES = (("Qui la tient", 26), ("Qui passerait", 26), ("À qui", 34))
_SITUATION = 4


def ecrire_equipes(chantier: ChantierGroupe) -> None:
    """Écrit la feuille ; rien si l’on n’a pas demandé d’équipes."""
    lecture = chantier.reglages.equipes
    if lecture is None:
        return
    feuille, colonnes = chantier.feuille(EQUIPES), _colonnes(lecture)
    derniere, total = len(colonnes) - 1, sum(largeur for _, largeur in colonnes)
    for rang, (_, largeur) in enumerate(colonnes):
        feuille.set_column(rang, rang, largeur)
    ecrire_texte(feuille, 0, 0, f"Équipes : {lecture.critere.libelle}", chantier.styles["titre"])
    feuille.set_row(0, 26)
    ligne = 1
    for phrase in avertir_des_equipes(lecture):
        ecrire_etendu(feuille, ligne, (0, derniere), phrase, chantier.styles["sous_titre"], total * 0.9)
        ligne += 1
    for strate in lecture.sans_equipe:
        ligne = _ecrire_une_strate(chantier, feuille, ligne, lecture, strate)
    feuille.freeze_panes(1, 1)
    feuille.print_area(0, 0, ligne, derniere)
    mettre_en_page(feuille, paysage=True, repetees=(0, 0))


def _colonnes(lecture: LectureDEquipes) -> Sequence[tuple[str, int]]:
    return (*_COLONNES, *_NOMINATIVES) if any(e.nominatif for e in lecture.equipes) else _COLONNES


def _ecrire_une_strate(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, lecture: LectureDEquipes, strate: tuple[str, str]
) -> int:
    colonnes, styles = _colonnes(lecture), chantier.styles
    derniere, total = len(colonnes) - 1, sum(largeur for _, largeur in colonnes)
    ligne += 1
    ecrire_etendu(feuille, ligne, (0, derniere), nommer_strate(*strate, lecture.referentiel), styles["section"], total)
    ligne += 1
    for equipe in lecture.de(*strate):
        titre = titrer_l_equipe(equipe)
        for texte, style in ((titre, "intertitre"), *((p, "note") for p in lire_l_equipe(lecture.referentiel, equipe))):
            ecrire_etendu(feuille, ligne, (0, derniere), texte, styles[style], total * 0.9)
            ligne += 1
        ligne = _ecrire_les_situations(chantier, feuille, ligne, equipe, colonnes) + 1
    if sans := dire_les_sans_equipe(lecture, strate):
        ecrire_etendu(feuille, ligne, (0, derniere), sans, styles["note"], total * 0.9)
        ligne += 1
    return ligne


def _ecrire_les_situations(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, equipe: EquipeLue, colonnes: Sequence[tuple[str, int]]
) -> int:
    if equipe.tue:
        return ligne
    for rang, (titre, _) in enumerate(colonnes):
        ecrire_texte(feuille, ligne, rang, titre, chantier.styles["entete"])
    regler_hauteur(feuille, ligne, [(titre, largeur * 0.85) for titre, largeur in colonnes])
    for situation in equipe.situations():
        ligne += 1
        _ecrire_une_situation(chantier, feuille, ligne, equipe, situation)
    return ligne + 1


def _ecrire_une_situation(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, equipe: EquipeLue, situation: SituationDEquipe
) -> None:
    item = situation.item
    textes = (equipe.libelle, item.competence, item.ingenierie, item.code, item.enonce)
    comptes = (situation.repondants, situation.tenants, situation.passeurs, situation.plus_bas)
    codes = (situation.qui_tient, situation.qui_passe, situation.a_qui) if equipe.nominatif else ()
    cellules: tuple[Cellule, ...] = (
        *(*textes, MOTS_DE_SITUATION[situation.etat]),
        *(TU if compte is None else compte for compte in comptes),
        *(", ".join(qui) for qui in codes),
    )
    for rang, cellule in enumerate(cellules):
        if isinstance(cellule, str):
            ecrire_texte(feuille, ligne, rang, cellule, chantier.styles["texte"])
        else:
            ecrire_nombre(feuille, ligne, rang, cellule, chantier.styles["effectif"])
    noms = [(", ".join(qui), largeur * 0.9) for qui, (_, largeur) in zip(codes, _NOMINATIVES, strict=False)]
    regler_hauteur(feuille, ligne, [(item.enonce, _COLONNES[_SITUATION][1] * 0.9), *noms])

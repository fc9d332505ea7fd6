"""« Réponses » et « Poids des items » : une ligne par passation comparée, une par échelle ; tout calcul en part."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_comparaison.paires_a_ecrire import AUTRE_QUESTION
from cpit.classeurs.classeur_evolution.chantier_evolution import (
    CONTEXTE_ECRIT,
    FEUILLE_POIDS,
    PREMIERE_PASSATION,
    ChantierEvolution,
)
from cpit.classeurs.classeur_personne.chantier import FEUILLE_REPONSES
from cpit.classeurs.classeur_personne.feuille_reponses import formule_retenue, proposer_les_choix
from cpit.coeur.comparaison import Cote
from cpit.coeur.notation import valeur_retenue
from cpit.coeur.passation import REGARDS, ROLES_EVALUATEUR, Etat, Passation
from cpit.coeur.referentiel import Item
from cpit.coeur.tableaux import valeur_affichee
from cpit.tableur.document import (
    adresse,
    ecrire_etendu,
    ecrire_formule,
    ecrire_nombre,
    ecrire_texte,
    mettre_en_page,
    pages_en_largeur,
    plage,
    regler_hauteur,
)
from cpit.typographie import date_courte, typographier

_ENTETE = PREMIERE_PASSATION - 1
_SAISIE = len(CONTEXTE_ECRIT)
_LARGEUR_ITEM = 9
_CONSIGNE = (
    "Changez une réponse dans une case jaune : les scores, les différences et leurs moyennes se refont. SO veut dire "
    "« sans objet » ; une case vide, « sans réponse » ou « pas encore vu » ; ni l'un ni l'autre ne vaut zéro. Une "
    "situation ne se compare que répondue des deux côtés. À droite, la valeur retenue de chaque réponse."
)
_LIGNE_INVERSE, _PREMIERE_ECHELLE, _PREMIER_ITEM = 3, 4, 2
_EXPLICATION = (
    "Le poids de chaque situation dans chaque échelle : 0 si elle n'y compte pas. Une situation inversée vaut le bas "
    "plus le haut de l'échelle, moins la réponse."
)


def ecrire_poids_des_items(chantier: ChantierEvolution) -> None:
    """Écrit la feuille, et nomme les poids de chaque échelle."""
    feuille, styles, items = chantier.feuille(FEUILLE_POIDS), chantier.styles, chantier.items
    derniere = _PREMIER_ITEM + len(items) - 1
    feuille.set_column(0, 0, 20)
    feuille.set_column(1, 1, 42)
    feuille.set_column(_PREMIER_ITEM, derniere, _LARGEUR_ITEM)
    ecrire_texte(feuille, 0, 0, FEUILLE_POIDS, styles["titre"])
    feuille.set_row(0, 24)
    ecrire_etendu(feuille, 1, (0, derniere), typographier(_EXPLICATION), styles["note"], 62 + _LARGEUR_ITEM * 4)
    for colonne, texte in enumerate(("Échelle", "Libellé", *(item.code for item in items))):
        ecrire_texte(feuille, 2, colonne, texte, styles["entete" if colonne < _PREMIER_ITEM else "entete_nombre"])
    for colonne, texte in enumerate(("", "Inversé", *("oui" if item.inverse else "non" for item in items))):
        ecrire_texte(feuille, _LIGNE_INVERSE, colonne, texte, styles["texte" if colonne < 2 else "general"])
    for ligne, echelle in enumerate(chantier.referentiel.echelles.values(), start=_PREMIERE_ECHELLE):
        ecrire_texte(feuille, ligne, 0, echelle.identifiant, styles["texte_gras"])
        ecrire_texte(feuille, ligne, 1, echelle.libelle, styles["texte"])
        for colonne, item in enumerate(items, start=_PREMIER_ITEM):
            ecrire_nombre(feuille, ligne, colonne, item.poids if item in echelle.items else 0, styles["general"])
        zone = plage((ligne, _PREMIER_ITEM), (ligne, derniere), FEUILLE_POIDS)
        chantier.nommer(chantier.nom_des_poids(echelle.identifiant), zone)
    feuille.freeze_panes(_LIGNE_INVERSE, _PREMIER_ITEM)
    mettre_en_page(feuille, paysage=True, repetees=(2, _LIGNE_INVERSE))


def ecrire_reponses_des_passations(chantier: ChantierEvolution) -> None:
    """Écrit la feuille : les réponses de chaque passation, puis leurs valeurs retenues."""
    feuille, styles, items = chantier.feuille(FEUILLE_REPONSES), chantier.styles, chantier.items
    retenues = _SAISIE + len(items)
    entetes = [
        *CONTEXTE_ECRIT,
        *((item.code, _LARGEUR_ITEM) for item in items),
        *((typographier(f"Retenue : {item.code}"), _LARGEUR_ITEM) for item in items),
    ]
    for rang, (titre, largeur) in enumerate(entetes):
        feuille.set_column(rang, rang, largeur)
        ecrire_texte(feuille, _ENTETE, rang, titre, styles["entete" if rang < _SAISIE else "entete_nombre"])
    regler_hauteur(feuille, _ENTETE, ((titre, largeur * 0.75) for titre, largeur in entetes))
    _ecrire_tete(chantier, feuille)
    for passation in chantier.passations:
        _ecrire_une_passation(chantier, feuille, passation)
    derniere = PREMIERE_PASSATION + max(len(chantier.passations), 1) - 1
    for rang in range(_SAISIE, retenues):
        proposer_les_choix(feuille, rang, (PREMIERE_PASSATION, derniere))
    feuille.autofilter(_ENTETE, 0, derniere, len(entetes) - 1)
    feuille.freeze_panes(PREMIERE_PASSATION, 2)
    feuille.print_area(0, 0, derniere, retenues - 1)
    pages = pages_en_largeur(largeur for _, largeur in entetes[:retenues])
    mettre_en_page(feuille, paysage=True, repetees=(_ENTETE, _ENTETE), pages=pages)


def _ecrire_tete(chantier: ChantierEvolution, feuille: Worksheet) -> None:
    """Le titre, la consigne, puis le bas et le haut de l’échelle, dont les formules se servent."""
    styles, echelle = chantier.styles, chantier.referentiel.echelle
    largeur = sum(une for _, une in CONTEXTE_ECRIT)
    etendue = (0, _SAISIE - 1)
    ecrire_etendu(feuille, 0, etendue, FEUILLE_REPONSES, styles["titre"], largeur)
    feuille.set_row(0, 24)
    ecrire_etendu(feuille, 1, etendue, echelle.question, styles["sous_titre"], largeur * 0.85)
    ecrire_etendu(feuille, 2, etendue, typographier(_CONSIGNE), styles["note"], largeur)
    for ligne, nom, libelle, formule, valeur in (
        (3, "echelle_min", "Bas de l'échelle", "=MIN(niveaux)", echelle.min),
        (4, "echelle_max", "Haut de l'échelle", "=MAX(niveaux)", echelle.max),
    ):
        ecrire_texte(feuille, ligne, 1, typographier(libelle), styles["etiquette"])
        ecrire_formule(feuille, ligne, 2, formule, valeur, styles["entier"])
        chantier.nommer(nom, adresse(ligne, 2, FEUILLE_REPONSES))


def _ecrire_une_passation(chantier: ChantierEvolution, feuille: Worksheet, passation: Passation) -> None:
    styles, ligne = chantier.styles, chantier.lignes[id(passation)]
    cote, role = Cote.depuis(passation), passation.role_evaluateur
    qui = (passation.evaluateur, ROLES_EVALUATEUR.get(role, role))
    date = date_courte(cote.date) if cote.date else ""
    textes = (passation.identifiant, passation.moment, REGARDS.get(passation.regard, passation.regard), *qui, date)
    for rang, texte in enumerate(textes):
        ecrire_texte(feuille, ligne, rang, texte, styles["texte" if rang else "texte_gras"])
    for rang, item in enumerate(chantier.items):
        _ecrire_une_reponse(chantier, feuille, (ligne, _SAISIE + rang), passation, item)


def _ecrire_une_reponse(
    chantier: ChantierEvolution, feuille: Worksheet, place: tuple[int, int], passation: Passation, item: Item
) -> None:
    """La réponse telle qu’on l’a donnée et, plus à droite, sa valeur retenue."""
    styles, echelle, reponse = chantier.styles, chantier.referentiel.echelle, passation.reponse(item.code)
    montree = AUTRE_QUESTION if reponse.etat is Etat.QUESTION_CHANGEE else valeur_affichee(reponse)
    if isinstance(montree, int):
        ecrire_nombre(feuille, *place, montree, styles["saisie"])
    else:
        ecrire_texte(feuille, *place, montree, styles["general" if montree == AUTRE_QUESTION else "saisie"])
    inverse = adresse(_LIGNE_INVERSE, _PREMIER_ITEM + place[1] - _SAISIE, FEUILLE_POIDS)
    formule = formule_retenue(adresse(*place, fixe=False), inverse)
    retenue = None if reponse.valeur is None else valeur_retenue(item, reponse.valeur, echelle.min, echelle.max)
    ecrire_formule(feuille, place[0], place[1] + len(chantier.items), formule, retenue, styles["general"])

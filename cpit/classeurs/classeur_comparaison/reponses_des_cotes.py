"""La feuille « Réponses » d’une comparaison : une ligne par item, une colonne par passation ; tout calcul en part."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_comparaison.paires_a_ecrire import AUTRE_QUESTION, ChantierComparaison
from cpit.classeurs.classeur_personne.chantier import FEUILLE_REPONSES
from cpit.classeurs.classeur_personne.feuille_reponses import echelles_d_un_item, formule_retenue, proposer_les_choix
from cpit.coeur.referentiel import Item
from cpit.tableur.document import (
    adresse,
    ecrire_etendu,
    ecrire_formule,
    ecrire_nombre,
    ecrire_texte,
    mettre_en_page,
    plage,
    regler_hauteur,
)
from cpit.typographie import typographier

_FIXES = (("Item", 9), ("Situation", 56), ("Compétence", 13), ("Ingénierie", 13), ("Poids", 8), ("Inversé", 9))
_POIDS, _INVERSE, _SAISIE = 4, 5, len(_FIXES)
_LARGEUR_COTE, _LARGEUR_ECHELLES = 16, 40
_ENTETE = 5
_PREMIERE = _ENTETE + 1
_CONSIGNE = (
    "Changez une réponse dans une colonne jaune : les feuilles de différences se refont. SO veut dire « sans objet » ; "
    "une case vide, « sans réponse » ou « pas encore vu » ; ni l'un ni l'autre ne vaut zéro. Une situation ne se "
    f"compare que répondue des deux côtés ; « {AUTRE_QUESTION} » : sa question n'était pas la même, elle ne se compare "
    "pas."
)


def ecrire_reponses_des_cotes(chantier: ChantierComparaison) -> None:
    """Écrit la feuille, et nomme ``poids``, ``echelles_des_items`` et les valeurs retenues de chaque passation."""
    feuille = chantier.feuille(FEUILLE_REPONSES)
    colonnes, items = chantier.colonnes(), chantier.referentiel.ordre_de_passation()
    _ecrire_tete(chantier, feuille)
    _ecrire_bornes(chantier, feuille)
    for ligne, item in enumerate(items, start=_PREMIERE):
        _ecrire_un_item(chantier, feuille, ligne, item)
    derniere, retenues = _PREMIERE + len(items) - 1, _SAISIE + len(colonnes)
    rangs = {une.nom: retenues + rang for rang, une in enumerate(colonnes)}
    for nom, rang in {"poids": _POIDS, **rangs, "echelles_des_items": retenues + len(colonnes)}.items():
        chantier.nommer(nom, plage((_PREMIERE, rang), (derniere, rang), FEUILLE_REPONSES))
    for rang in range(_SAISIE, retenues):
        proposer_les_choix(feuille, rang, (_PREMIERE, derniere))
    feuille.autofilter(_ENTETE, 0, derniere, retenues + len(colonnes))
    feuille.freeze_panes(_PREMIERE, 1)
    feuille.ignore_errors({"number_stored_as_text": f"A1:{adresse(derniere, retenues, fixe=False)}"})
    feuille.print_area(0, 0, derniere, retenues - 1)
    mettre_en_page(feuille, paysage=True, repetees=(_ENTETE, _ENTETE))


def _ecrire_tete(chantier: ChantierComparaison, feuille: Worksheet) -> None:
    styles, colonnes = chantier.styles, chantier.colonnes()
    titres = [une.titre for une in colonnes]
    entetes = [
        *_FIXES,
        *((titre, _LARGEUR_COTE) for titre in titres),
        *((typographier(f"Valeur retenue : {titre}"), _LARGEUR_COTE) for titre in titres),
        ("Échelles où l’item compte", _LARGEUR_ECHELLES),
    ]
    for rang, (titre, largeur) in enumerate(entetes):
        feuille.set_column(rang, rang, largeur)
        ecrire_texte(feuille, _ENTETE, rang, titre, styles["entete"])
    regler_hauteur(feuille, _ENTETE, ((titre, largeur * 0.75) for titre, largeur in entetes))
    fin = _SAISIE + len(colonnes) - 1
    largeur = sum(une for _, une in entetes[: fin + 1])
    ecrire_etendu(feuille, 0, (0, fin), "Réponses", styles["titre"], largeur)
    feuille.set_row(0, 24)
    ecrire_etendu(feuille, 1, (0, fin), chantier.referentiel.echelle.question, styles["sous_titre"], largeur * 0.85)
    ecrire_etendu(feuille, 2, (0, fin), typographier(_CONSIGNE), styles["note"], largeur)


def _ecrire_bornes(chantier: ChantierComparaison, feuille: Worksheet) -> None:
    """Le bas et le haut de l’échelle, dont les formules se servent pour inverser et pour les parts."""
    echelle, styles = chantier.referentiel.echelle, chantier.styles
    for ligne, nom, libelle, formule, valeur in (
        (3, "echelle_min", "Bas de l'échelle", "=MIN(niveaux)", echelle.min),
        (4, "echelle_max", "Haut de l'échelle", "=MAX(niveaux)", echelle.max),
    ):
        ecrire_texte(feuille, ligne, 1, typographier(libelle), styles["etiquette"])
        ecrire_formule(feuille, ligne, 2, formule, valeur, styles["entier"])
        chantier.nommer(nom, adresse(ligne, 2, FEUILLE_REPONSES))


def _ecrire_un_item(chantier: ChantierComparaison, feuille: Worksheet, ligne: int, item: Item) -> None:
    styles, colonnes = chantier.styles, chantier.colonnes()
    textes = (item.code, item.enonce, item.competence, item.ingenierie)
    for rang, texte in enumerate(textes):
        ecrire_texte(feuille, ligne, rang, texte, styles["texte" if rang else "texte_gras"])
    ecrire_nombre(feuille, ligne, _POIDS, item.poids, styles["general"])
    ecrire_texte(feuille, ligne, _INVERSE, "oui" if item.inverse else "non", styles["general"])
    inverse = adresse(ligne, _INVERSE, fixe=False)
    for rang, une in enumerate(colonnes):
        donnee, retenue = _SAISIE + rang, _SAISIE + len(colonnes) + rang
        reponse = une.reponses[item.code]
        if isinstance(reponse, int):
            ecrire_nombre(feuille, ligne, donnee, reponse, styles["saisie"])
        else:
            ecrire_texte(feuille, ligne, donnee, reponse, styles["general" if reponse == AUTRE_QUESTION else "saisie"])
        formule = formule_retenue(adresse(ligne, donnee, fixe=False), inverse)
        ecrire_formule(feuille, ligne, retenue, formule, une.retenues[item.code], styles["general"])
    echelles = echelles_d_un_item(chantier.referentiel, item)
    ecrire_texte(feuille, ligne, _SAISIE + 2 * len(colonnes), echelles, styles["texte"])
    largeurs = [largeur for _, largeur in _FIXES[: len(textes)]]
    regler_hauteur(feuille, ligne, [*zip(textes, largeurs, strict=True), (echelles, _LARGEUR_ECHELLES)])

"""La feuille « Réponses » : une ligne par item ; c’est d’elle, et d’elle seule, que partent tous les calculs."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_personne.chantier import FEUILLE_REPONSES, ChantierPersonne, nom_des_ancres
from cpit.coeur.notation import valeur_retenue
from cpit.coeur.passation import Reponse
from cpit.coeur.referentiel import Item, Referentiel
from cpit.coeur.tableaux import CODE_SANS_OBJET, ETATS, Cellule, Tableau, reponse_en_mots, tableau_reponses
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

_LARGEURS = {
    "item": 9,
    "enonce": 50,
    "competence": 13,
    "libelle_competence": 19,
    "ingenierie": 13,
    "poids": 8,
    "inverse": 10,
    "valeur": 11,
    "niveau": 25,
    "etat": 12,
    "trace": 38,
}
_LARGEUR_ECHELLES = 40
_ENTETE = 3
_PREMIERE = _ENTETE + 1
_CONSIGNE = (
    "Changez une réponse dans la colonne jaune : les scores de « Calcul », la synthèse et ses graphiques se refont. "
    "SO veut dire « sans objet » ; une case vide, « sans réponse » ; ni l'un ni l'autre ne vaut zéro."
)
_HORS_ECHELLE = "Hors échelle"


def ecrire_reponses(chantier: ChantierPersonne) -> None:
    """Écrit la feuille, et nomme ``poids``, ``retenues`` et ``echelles_des_items`` pour les formules de Calcul."""
    restitution = chantier.restitution
    tableau = tableau_reponses(restitution.referentiel, restitution.passation)
    feuille = chantier.feuille(FEUILLE_REPONSES)
    _ecrire_entetes(chantier, feuille, tableau)
    items = restitution.referentiel.ordre_de_passation()
    for rang, (item, cellules) in enumerate(zip(items, tableau.lignes, strict=True)):
        _ecrire_constantes(chantier, feuille, tableau, _PREMIERE + rang, cellules)
        _ecrire_formules(chantier, feuille, tableau, _PREMIERE + rang, item)
        contenus = zip(map(_en_texte, cellules), _LARGEURS.values(), strict=True)
        echelles = (echelles_d_un_item(restitution.referentiel, item), _LARGEUR_ECHELLES)
        regler_hauteur(feuille, _PREMIERE + rang, [*contenus, echelles])
    derniere = _PREMIERE + len(items) - 1
    retenues = len(tableau.colonnes)
    for nom, colonne in (
        ("poids", tableau.rang("poids")),
        ("retenues", retenues),
        ("echelles_des_items", retenues + 1),
    ):
        chantier.nommer(nom, plage((_PREMIERE, colonne), (derniere, colonne), FEUILLE_REPONSES))
    feuille.autofilter(_ENTETE, 0, derniere, retenues + 1)
    proposer_les_choix(feuille, tableau.rang("valeur"), (_PREMIERE, derniere))
    feuille.freeze_panes(_PREMIERE, 1)
    feuille.ignore_errors({"number_stored_as_text": plage((_PREMIERE, 0), (derniere, retenues)).replace("$", "")})
    feuille.print_area(0, 0, derniere, retenues - 1)
    mettre_en_page(feuille, paysage=True, repetees=(_ENTETE, _ENTETE))


def _ecrire_entetes(chantier: ChantierPersonne, feuille: Worksheet, tableau: Tableau) -> None:
    styles = chantier.styles
    for colonne, description in enumerate(tableau.colonnes):
        feuille.set_column(colonne, colonne, _LARGEURS[description.cle])
        ecrire_texte(feuille, _ENTETE, colonne, description.libelle, styles["entete"])
    fin = len(tableau.colonnes)
    feuille.set_column(fin, fin, 11)
    feuille.set_column(fin + 1, fin + 1, _LARGEUR_ECHELLES)
    ecrire_texte(feuille, _ENTETE, fin, "Valeur retenue", styles["entete"])
    ecrire_texte(feuille, _ENTETE, fin + 1, "Échelles où l’item compte", styles["entete"])
    largeur = sum(_LARGEURS.values())
    ecrire_etendu(feuille, 0, (0, fin - 1), "Réponses", styles["titre"], largeur)
    feuille.set_row(0, 24)
    question = chantier.restitution.referentiel.echelle.question
    ecrire_etendu(feuille, 1, (0, fin - 1), question, styles["sous_titre"], largeur * 0.85)
    ecrire_etendu(feuille, 2, (0, fin - 1), typographier(_CONSIGNE), styles["note"], largeur)
    feuille.set_row(_ENTETE, 30)


def _ecrire_constantes(
    chantier: ChantierPersonne, feuille: Worksheet, tableau: Tableau, ligne: int, cellules: tuple[Cellule, ...]
) -> None:
    """Tout ce qui ne se calcule pas : l’item, la réponse et la trace."""
    styles = chantier.styles
    for colonne, (description, cellule) in enumerate(zip(tableau.colonnes, cellules, strict=True)):
        style = {"item": "texte_gras", "valeur": "saisie"}.get(description.cle, "texte")
        if isinstance(cellule, int | float):
            ecrire_nombre(feuille, ligne, colonne, cellule, styles["general" if style == "texte" else style])
        else:
            ecrire_texte(feuille, ligne, colonne, cellule, styles[style])


def _ecrire_formules(chantier: ChantierPersonne, feuille: Worksheet, tableau: Tableau, ligne: int, item: Item) -> None:
    """Le libellé, l’état et la valeur retenue, qui suivent la réponse ; puis les échelles où l’item compte."""
    styles, referentiel = chantier.styles, chantier.restitution.referentiel
    reponse = chantier.restitution.passation.reponse(item.code)
    saisie = adresse(ligne, tableau.rang("valeur"), fixe=False)
    inverse = adresse(ligne, tableau.rang("inverse"), fixe=False)
    retenue = len(tableau.colonnes)
    minimum, maximum = referentiel.echelle.min, referentiel.echelle.max
    valeur = None if reponse.valeur is None else valeur_retenue(item, reponse.valeur, minimum, maximum)
    ecrire_formule(feuille, ligne, retenue, formule_retenue(saisie, inverse), valeur, styles["general"])
    niveau = reponse_en_mots(referentiel, item, reponse)
    formule = _formule_niveau(referentiel, saisie, nom_des_ancres(referentiel, item) or "niveaux_libelles")
    ecrire_formule(feuille, ligne, tableau.rang("niveau"), formule, niveau, styles["texte"])
    formule = _formule_etat(reponse, saisie, adresse(ligne, retenue, fixe=False))
    ecrire_formule(feuille, ligne, tableau.rang("etat"), formule, ETATS[reponse.etat], styles["texte"])
    ecrire_texte(feuille, ligne, retenue + 1, echelles_d_un_item(referentiel, item), styles["texte"])


def echelles_d_un_item(referentiel: Referentiel, item: Item) -> str:
    """Identifiants des échelles où compte un item, entourés d’espaces : `` C1 publique ouverture ``.

    Une formule y cherche « espace, identifiant, espace » (``FIND`` distingue la casse et ignore les jokers).
    """
    noms = [nom for nom, echelle in referentiel.echelles.items() if item in echelle.items]
    return f" {' '.join(noms)} "


def formule_retenue(saisie: str, inverse: str) -> str:
    """Inversion sur l’étendue déclarée ; vide pour SO, pour une case vide et pour une valeur hors de l’échelle."""
    retenue = f'IF({inverse}="oui",echelle_min+echelle_max-{saisie},{saisie})'
    return f'=IF(ISNUMBER({saisie}),IF(ISNUMBER(MATCH({saisie},niveaux,0)),{retenue},""),"")'


def _formule_niveau(referentiel: Referentiel, saisie: str, libelles: str) -> str:
    sans_objet = "libelle_sans_objet" if referentiel.echelle.sans_objet else '"Sans objet"'
    rang = f"MATCH({saisie},niveaux,0)"
    niveau = f'IF(ISNUMBER({rang}),INDEX({libelles},{rang}),"")'
    return f'=IF(ISNUMBER({saisie}),{niveau},IF({saisie}="{CODE_SANS_OBJET}",{sans_objet},""))'


def _formule_etat(reponse: Reponse, saisie: str, retenue: str) -> str:
    """L’état suit la réponse ; une case restée vide garde son état d’origine (« pas encore vu », par exemple)."""
    repondu, sans_objet, sans_reponse, *_ = ETATS.values()
    vide = sans_reponse if reponse.valeur is not None else ETATS[reponse.etat]
    vide = sans_reponse if vide == sans_objet else vide
    suite = f'IF({saisie}="","{vide}",IF({saisie}="{CODE_SANS_OBJET}","{sans_objet}","{_HORS_ECHELLE}"))'
    return f'=IF(ISNUMBER({retenue}),"{repondu}",{suite})'


def _en_texte(cellule: Cellule) -> str:
    return "" if cellule is None else str(cellule)


def proposer_les_choix(feuille: Worksheet, colonne: int, lignes: tuple[int, int]) -> None:
    """Ne laisse choisir, de la première à la dernière de ces lignes, que ce que la plage ``choix_de_reponse`` porte."""
    feuille.data_validation(
        lignes[0],
        colonne,
        lignes[1],
        colonne,
        {
            "validate": "list",
            "source": "=choix_de_reponse",
            "error_title": "Réponse hors de l’échelle",
            "error_message": "Choisissez un niveau de la liste, SO, ou laissez la case vide.",
        },
    )

"""Les feuilles « Référentiel » et « Réponses » : tout ce avec quoi l’on a répondu, et ce que l’on a répondu.

Les formules lisent leurs nombres dans l’une ; de l’autre, une ligne par item, et d’elle seule, partent tous les
calculs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_personne.chantier import (
    FEUILLE_REFERENTIEL,
    FEUILLE_REPONSES,
    ChantierAFormules,
    ChantierPersonne,
    nom_des_ancres,
)
from cpit.coeur.notation import valeur_retenue
from cpit.coeur.passation import Reponse
from cpit.coeur.referentiel import Item, QuestionProfil, Referentiel
from cpit.coeur.tableaux import CODE_SANS_OBJET, ETATS, Cellule, Tableau, ancrer, reponse_en_mots, tableau_reponses
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

_LARGEURS = (26, 34, 62, 11, 11, 20, 52)
_DERNIERE = len(_LARGEURS) - 1
_X, _Y = 3, 4
_Ligne = tuple[str | float | None, ...]


class _Fonde(Protocol):
    @property
    def source(self) -> str | None: ...

    @property
    def hypothese(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ReperesReferentiel:
    """Où sont les coordonnées des jeux de sensibilité : plage des x et plage des y, dans l’ordre du référentiel."""

    jeux: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Page:
    """La feuille et la prochaine ligne libre."""

    chantier: ChantierAFormules
    ligne: int = 0
    sauts: list[int] = field(default_factory=list)

    def titre(self, texte: str, style: str = "section") -> None:
        """Un titre sur toute la largeur."""
        self.ligne += style == "section"
        feuille = self.chantier.feuille(FEUILLE_REFERENTIEL)
        ecrire_etendu(
            feuille, self.ligne, (0, _DERNIERE), texte, self.chantier.styles[style], sum(_LARGEURS) * _echelle(style)
        )
        if style != "sous_titre":
            feuille.set_row(self.ligne, 24 if style == "titre" else 20)
        self.ligne += 1

    def table(self, entetes: Sequence[str], lignes: Iterable[_Ligne]) -> tuple[int, int]:
        """Un tableau ; rend sa première et sa dernière ligne (à partir de 0), en-tête non compris."""
        feuille, styles = self.chantier.feuille(FEUILLE_REFERENTIEL), self.chantier.styles
        for colonne, entete in enumerate(entetes):
            style = "entete_nombre" if colonne in {_X, _Y} else "entete"
            ecrire_texte(feuille, self.ligne, colonne, typographier(entete), styles[style])
        feuille.set_row(self.ligne, 18)
        self.ligne += 1
        premiere = self.ligne
        for ligne in lignes:
            for colonne, valeur in enumerate(ligne):
                if isinstance(valeur, int | float):
                    ecrire_nombre(feuille, self.ligne, colonne, valeur, styles["general"])
                else:
                    style = "texte_gras" if colonne == 0 else "texte"
                    ecrire_texte(feuille, self.ligne, colonne, valeur, styles[style])
            textes = [valeur if isinstance(valeur, str) else "" for valeur in ligne]
            regler_hauteur(feuille, self.ligne, zip(textes, _LARGEURS[: len(textes)], strict=True))
            self.ligne += 1
        return premiere, self.ligne - 1


def _echelle(style: str) -> float:
    return 0.85 if style == "sous_titre" else 0.6


def ecrire_referentiel(chantier: ChantierAFormules, referentiel: Referentiel) -> ReperesReferentiel:
    """Écrit la feuille et donne aux nombres du calcul les noms dont les formules se servent."""
    feuille = chantier.feuille(FEUILLE_REFERENTIEL)
    for colonne, largeur in enumerate(_LARGEURS):
        feuille.set_column(colonne, colonne, largeur)
    page = _Page(chantier)
    page.titre(referentiel.titre, "titre")
    page.titre(typographier(f"Référentiel {referentiel.identifiant}, version {referentiel.version}"), "sous_titre")
    page.titre(referentiel.statut, "sous_titre")
    if referentiel.description:
        page.titre(referentiel.description, "sous_titre")
    _ecrire_echelle(page, referentiel)
    _ecrire_axes(page, referentiel)
    jeux = _ecrire_poles(page, referentiel)
    _ecrire_regles(page, referentiel)
    for section in _SECTIONS:
        if section in _EN_HAUT_DE_PAGE:
            page.sauts.append(page.ligne + 1)
        section(page, referentiel)
    feuille.set_h_pagebreaks(page.sauts)
    feuille.freeze_panes(1, 1)
    feuille.print_area(0, 0, page.ligne - 1, _DERNIERE)
    mettre_en_page(feuille, paysage=True, repetees=(0, 0), largeurs=_LARGEURS)
    return ReperesReferentiel(jeux)


def _ecrire_echelle(page: _Page, referentiel: Referentiel) -> None:
    echelle, nommer = referentiel.echelle, page.chantier.nommer
    page.titre("Échelle de réponse")
    page.titre(echelle.question, "sous_titre")
    fonds = _fonds(echelle)
    niveaux: list[_Ligne] = [(n.valeur, n.libelle, n.description, None, None, None, None) for n in echelle.niveaux]
    niveaux[0] = (*niveaux[0][:5], *fonds)
    if echelle.sans_objet:
        sans_objet = echelle.sans_objet
        niveaux.append((CODE_SANS_OBJET, sans_objet.libelle, sans_objet.description, None, None, None, None))
    debut, fin = page.table(("Valeur", "Libellé", "Description", "", "", "Source", "Hypothèse"), niveaux)
    nommer("choix_de_reponse", plage((debut, 0), (fin, 0), FEUILLE_REFERENTIEL))
    if echelle.sans_objet:
        nommer("libelle_sans_objet", adresse(fin, 1, FEUILLE_REFERENTIEL))
        fin -= 1
    nommer("niveaux", plage((debut, 0), (fin, 0), FEUILLE_REFERENTIEL))
    nommer("niveaux_libelles", plage((debut, 1), (fin, 1), FEUILLE_REFERENTIEL))
    nommer("niveaux_sauf_dernier", plage((debut, 0), (fin - 1, 0), FEUILLE_REFERENTIEL))
    nommer("niveaux_sauf_premier", plage((debut + 1, 0), (fin, 0), FEUILLE_REFERENTIEL))


def _ecrire_axes(page: _Page, referentiel: Referentiel) -> None:
    page.titre("Axes de la carte")
    page.table(
        ("Axe", "Libellé", "D'un bout à l'autre", "", "", "Source", "Hypothèse"),
        [
            (
                nom,
                axe.libelle,
                _avec_description(f"{axe.debut} → {axe.fin}", axe.description),
                None,
                None,
                *_fonds(axe),
            )
            for nom, axe in (("x", referentiel.axes.x), ("y", referentiel.axes.y))
        ],
    )


def _ecrire_poles(page: _Page, referentiel: Referentiel) -> tuple[tuple[str, str], ...]:
    page.titre("Ingénieries et leur place sur la carte")
    debut, fin = page.table(
        ("Identifiant", "Libellé", "Fonction", "x", "y", "Source", "Hypothèse"),
        [
            (
                i.identifiant,
                i.libelle,
                _avec_description(i.fonction, i.description),
                i.position.x,
                i.position.y,
                *_fonds(i),
            )
            for i in referentiel.ingenieries
        ],
    )
    page.chantier.nommer("pole_x", plage((debut, _X), (fin, _X), FEUILLE_REFERENTIEL))
    page.chantier.nommer("pole_y", plage((debut, _Y), (fin, _Y), FEUILLE_REFERENTIEL))
    return _ecrire_jeux(page, referentiel)


def _ecrire_jeux(page: _Page, referentiel: Referentiel) -> tuple[tuple[str, str], ...]:
    """Les autres coordonnées, un jeu après l’autre ; rend les plages de leurs x et de leurs y."""
    if not referentiel.sensibilite:
        return ()
    page.titre(typographier("Jeux de sensibilité : d'autres coordonnées, pour éprouver la carte"))
    lignes: list[_Ligne] = []
    for jeu in referentiel.sensibilite:
        for rang, ingenierie in enumerate(referentiel.ingenieries):
            place = jeu.positions[ingenierie.identifiant]
            fonds = (None, None) if rang else _fonds(jeu)
            lignes.append((jeu.identifiant, jeu.libelle, ingenierie.libelle, place.x, place.y, *fonds))
    debut, fin = page.table(("Jeu", "Libellé", "Ingénierie", "x", "y", "Source", "Hypothèse"), lignes)
    taille = len(referentiel.ingenieries)
    return tuple(
        (
            plage((d, _X), (d + taille - 1, _X), FEUILLE_REFERENTIEL),
            plage((d, _Y), (d + taille - 1, _Y), FEUILLE_REFERENTIEL),
        )
        for d in range(debut, fin + 1, taille)
    )


def _ecrire_regles(page: _Page, referentiel: Referentiel) -> None:
    regles = referentiel.regles
    page.titre("Règles de calcul")
    debut, _ = page.table(
        ("Règle", "Libellé", "Sens", "Valeur", "", "Source", "Hypothèse"),
        [
            (nom, libelle, sens, regle.valeur, None, *_fonds(regle))
            for nom, libelle, sens, regle in (
                (
                    "seuil",
                    "Part à répondre",
                    "Part du poids des items à répondre pour qu’un score existe",
                    regles.seuil,
                ),
                (
                    "seuil_equilibre",
                    "Zone d’équilibre",
                    "Distance au centre, en unité d’axe, sous laquelle aucune ingénierie ne domine",
                    regles.seuil_equilibre,
                ),
            )
        ],
    )
    page.chantier.nommer("seuil", adresse(debut, _X, FEUILLE_REFERENTIEL))
    page.chantier.nommer("seuil_equilibre", adresse(debut + 1, _X, FEUILLE_REFERENTIEL))


def _ecrire_competences(page: _Page, referentiel: Referentiel) -> None:
    page.titre("Compétences")
    page.table(
        ("Identifiant", "Libellé", "Définition", "", "", "Source", "Hypothèse"),
        [
            (
                c.identifiant,
                c.libelle,
                _avec_description(c.definition, c.description),
                None,
                None,
                *_fonds(c),
            )
            for c in referentiel.competences
        ],
    )


def _ecrire_items(page: _Page, referentiel: Referentiel) -> None:
    page.titre("Items")
    page.table(
        ("Code", "Compétence, ingénierie", "Énoncé", "Poids", "Inversé", "Source", "Hypothèse"),
        [
            (
                item.code,
                f"{item.competence}, {item.ingenierie}",
                _avec_description(item.enonce, item.description),
                item.poids,
                "oui" if item.inverse else "non",
                *_fonds(item),
            )
            for item in referentiel.ordre_de_passation()
        ],
    )


def _ecrire_ancres(page: _Page, referentiel: Referentiel) -> None:
    """Ce que chaque niveau veut dire pour un item qui a des ancres ; la feuille « Réponses » y lit ses mots."""
    ancres = [(item, nom) for item in referentiel.ordre_de_passation() if (nom := nom_des_ancres(referentiel, item))]
    if not ancres:
        return
    page.titre("Ancres : ce que les niveaux veulent dire, item par item")
    niveaux = referentiel.echelle.niveaux
    lignes = [
        (item.code, str(n.valeur), ancrer(n.libelle, item.ancre(n.valeur))) for item, _ in ancres for n in niveaux
    ]
    debut, _ = page.table(("Item", "Niveau", "Ce qu'il veut dire"), lignes)
    for rang, (_, nom) in enumerate(ancres):
        premiere = debut + rang * len(niveaux)
        page.chantier.nommer(nom, plage((premiere, 2), (premiere + len(niveaux) - 1, 2), FEUILLE_REFERENTIEL))


def _ecrire_lectures(page: _Page, referentiel: Referentiel) -> None:
    lignes: list[_Ligne] = [
        (competence.identifiant, lecture.constat, lecture.pas, lecture.jusqua)
        for competence in referentiel.competences
        for lecture in competence.lectures
    ]
    if lignes:
        page.titre("Lectures des scores")
        page.table(("Compétence", "Constat", "Un pas à tenter", "Jusqu'à (compris)"), lignes)


def _ecrire_regroupements(page: _Page, referentiel: Referentiel) -> None:
    for regroupement in referentiel.regroupements:
        page.titre(typographier("Regroupement : ") + regroupement.libelle)
        if regroupement.description:
            page.titre(regroupement.description, "sous_titre")
        fonds = _fonds(regroupement)
        lignes: list[_Ligne] = []
        for groupe in regroupement.groupes:
            siens = _fonds(groupe)
            droits = siens if any(siens) or lignes else fonds
            items = ", ".join(groupe.items)
            texte = f"{groupe.description}\n{items}" if groupe.description else items
            lignes.append((groupe.identifiant, groupe.libelle, texte, None, None, *droits))
        page.table(("Groupe", "Libellé", "Items", "", "", "Source", "Hypothèse"), lignes)


def _ecrire_profil(page: _Page, referentiel: Referentiel) -> None:
    if not referentiel.profil:
        return
    page.titre("Questions de profil")
    page.table(
        ("Identifiant", "Question", "Choix"),
        [
            (
                q.identifiant,
                _avec_description(q.libelle, _preciser(q)),
                "\n".join(choix.libelle for choix in q.choix),
            )
            for q in referentiel.profil
        ],
    )


def _preciser(question: QuestionProfil) -> str | None:
    """Comment la question se pose, si ce n’est pas comme les autres."""
    dits = ["Conditions d’exercice, à côté des scores"] if question.condition else []
    dits += ["Plusieurs choix possibles"] if question.plusieurs else []
    return " ; ".join(dits) or None


def _ecrire_sources(page: _Page, referentiel: Referentiel) -> None:
    page.titre("Sources")
    page.table(
        ("Clé", "Auteurs", "Titre", "Date", "", "Adresse"),
        [(s.cle, ", ".join(s.auteurs), s.titre, s.date, None, s.url) for s in referentiel.sources],
    )


_SECTIONS: tuple[Callable[[_Page, Referentiel], None], ...] = (
    _ecrire_competences,
    _ecrire_items,
    _ecrire_ancres,
    _ecrire_lectures,
    _ecrire_regroupements,
    _ecrire_profil,
    _ecrire_sources,
)

_EN_HAUT_DE_PAGE = (_ecrire_competences, _ecrire_items, _ecrire_lectures)


def _fonds(fonde: _Fonde) -> tuple[str | None, str | None]:
    """Ce qui fonde un élément : la clé de sa source et son hypothèse."""
    return fonde.source, fonde.hypothese


def _avec_description(texte: str, description: str | None) -> str:
    return f"{texte}\n{description}" if description else texte


_LARGEURS_DES_REPONSES = {
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
        contenus = zip(map(_en_texte, cellules), _LARGEURS_DES_REPONSES.values(), strict=True)
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
        feuille.set_column(colonne, colonne, _LARGEURS_DES_REPONSES[description.cle])
        ecrire_texte(feuille, _ENTETE, colonne, description.libelle, styles["entete"])
    fin = len(tableau.colonnes)
    feuille.set_column(fin, fin, 11)
    feuille.set_column(fin + 1, fin + 1, _LARGEUR_ECHELLES)
    ecrire_texte(feuille, _ENTETE, fin, "Valeur retenue", styles["entete"])
    ecrire_texte(feuille, _ENTETE, fin + 1, "Échelles où l’item compte", styles["entete"])
    largeur = sum(_LARGEURS_DES_REPONSES.values())
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

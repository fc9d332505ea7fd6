"""Les feuilles « Évolution » et « Regards » : chaque différence refaite par une formule, à côté de celle de cpit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import fsum

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_comparaison.paires_a_ecrire import FEUILLE_REGARDS, ChantierComparaison, PaireAEcrire
from cpit.classeurs.classeur_personne.page_calcul import formule_d_ecart
from cpit.coeur.comparaison import ComparaisonEchelle, ComparaisonItem, RegardsDuMoment
from cpit.coeur.groupe import TU
from cpit.coeur.mots.lecture_comparaison import (
    dire_la_sorte,
    etat_du_deplacement,
    etat_en_mots,
    lire_la_comparaison,
    lire_les_regards,
    motif_d_un_item,
    nommer_les_cotes,
    suite_de_la_paire,
    titrer_la_comparaison,
    titrer_les_regards,
)
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

_SORTE, _NOM, _LIBELLE, _ITEMS, _COMMUNS, _POIDS, _POIDS_COMMUN, _DE, _A, _DIFFERENCE, _ECRITE, _ECART = range(12)
_PLANCHER, _BAS, _HAUT, _ETAT = range(12, 16)
_LARGEURS = (14, 24, 42, 8, 9, 9, 9, 10, 10, 11, 11, 11, 10, 10, 10, 30)
_LARGEUR = sum(_LARGEURS)
_EXPLICATION = (
    "« Différence » est une formule qui part de la feuille « Réponses », sur les seules situations répondues des deux "
    "côtés ; « cpit » est le nombre que le programme a écrit ; l'écart est arrondi à un milliardième et vaut 0 quand "
    "les deux concordent, ou quand il n'y a de différence ni d'un côté ni de l'autre. Le plancher, les bornes à 95 % "
    "et l'état ne sont pas des formules : ce sont ceux des réponses d'origine."
)
_MODIFIEES = (
    "Des réponses ont été changées depuis que cpit a écrit ce classeur : les différences suivent ; les phrases, le "
    "plancher, les bornes et l'état disent encore les réponses d'origine."
)
_TIERS_ENSEMBLE = ("Plus bas", "Plus haut", "Moyenne")


@dataclass(slots=True)
class _Page:
    """Une feuille en cours d’écriture, la prochaine ligne libre et les plages d’écarts déjà écrites."""

    chantier: ChantierComparaison
    nom: str
    ligne: int = 3
    ecarts: list[tuple[int, int]] = field(default_factory=list)

    @property
    def feuille(self) -> Worksheet:
        return self.chantier.feuille(self.nom)

    def texte(self, colonne: int, texte: str, style: str = "texte") -> None:
        ecrire_texte(self.feuille, self.ligne, colonne, texte, self.chantier.styles[style])

    def formule(self, colonne: int, formule: str, valeur: float | None, style: str = "nombre") -> None:
        ecrire_formule(self.feuille, self.ligne, colonne, formule, valeur, self.chantier.styles[style])

    def valeur(self, colonne: int, valeur: float | None, style: str = "decimal") -> None:
        ecrire_nombre(self.feuille, self.ligne, colonne, valeur, self.chantier.styles[style])

    def phrase(self, texte: str, style: str = "valeur") -> None:
        """Un texte sur toute la largeur."""
        styles = self.chantier.styles
        ecrire_etendu(self.feuille, self.ligne, (0, _ETAT), typographier(texte), styles[style], _LARGEUR)
        if style == "section":
            self.feuille.set_row(self.ligne, 24)
        self.ligne += 1

    def ici(self, colonne: int) -> str:
        return adresse(self.ligne, colonne, fixe=False)

    def entetes(self, noms: Sequence[str]) -> None:
        for colonne, nom in enumerate(noms):
            self.texte(colonne, typographier(nom), "entete" if colonne in (*range(3), _ETAT) else "entete_nombre")
        self.feuille.set_row(self.ligne, 30)
        self.ligne += 1

    def nommer(self, *textes: str) -> None:
        """Les trois premières cellules de la ligne, et sa hauteur."""
        for colonne, texte in enumerate(textes):
            self.texte(colonne, texte, "texte_gras" if colonne == _NOM else "texte")
        regler_hauteur(self.feuille, self.ligne, zip(textes, _LARGEURS, strict=False))

    def finir(self, ecrite: float | None, etat: str, precision: Iterable[float | None] = ()) -> None:
        """La différence refaite, celle de cpit, leur écart, ce qu’elle vaut ; puis la ligne suivante."""
        de, a = self.ici(_DE), self.ici(_A)
        self.formule(_DIFFERENCE, f'=IF(AND(ISNUMBER({de}),ISNUMBER({a})),{a}-{de},"")', ecrite)
        self.valeur(_ECRITE, ecrite, "nombre")
        self.formule(_ECART, formule_d_ecart(self.ici(_DIFFERENCE), self.ici(_ECRITE)), 0, "general")
        precisions = tuple(precision) or (None, None, None)
        for colonne, valeur in zip((_PLANCHER, _BAS, _HAUT), precisions, strict=True):
            self.valeur(colonne, valeur)
        self.texte(_ETAT, typographier(etat))
        self.ligne += 1

    def vides(self, *colonnes: int) -> None:
        for colonne in colonnes:
            self.valeur(colonne, None)


def ecrire_differences(chantier: ChantierComparaison, nom: str) -> None:
    """Écrit « Évolution » ou « Regards » : les paires de cette feuille, l’une sous l’autre."""
    page = _Page(chantier, nom)
    for colonne, largeur in enumerate(_LARGEURS):
        page.feuille.set_column(colonne, colonne, largeur)
    if nom == FEUILLE_REGARDS:
        for regards in chantier.parcours.regards:
            _ecrire_les_tiers(page, regards)
    for paire in (une for une in chantier.paires if une.feuille == nom):
        _ecrire_la_paire(page, paire)
    _fermer(page)


def _fermer(page: _Page) -> None:
    """Le titre, ce que valent les colonnes, le bilan des écarts ; puis l’affichage et l’impression."""
    feuille, styles, fin = page.feuille, page.chantier.styles, page.ligne
    page.ligne = 0
    page.texte(0, page.nom, "titre")
    feuille.set_row(0, 24)
    if page.ecarts:
        page.ligne = 1
        page.texte(0, typographier("Écarts non nuls :"), "alerte")
        zones = [plage((debut, _ECART), (dernier, _ECART)) for debut, dernier in page.ecarts]
        page.formule(_NOM, "=" + "+".join(f"SUMPRODUCT(({zone}<>0)*1)" for zone in zones), 0, "bilan")
        alerte = f'=IF({page.ici(_NOM)}=0,"","{typographier(_MODIFIEES)}")'
        feuille.merge_range(1, _LIBELLE, 1, _ETAT, "", styles["alerte"])
        ecrire_formule(feuille, 1, _LIBELLE, alerte, None, styles["alerte"])
        feuille.set_row(1, 30)
        page.ligne = 2
        page.phrase(_EXPLICATION, "note")
    feuille.freeze_panes(2, 0)
    feuille.ignore_errors({"eval_error": "A1:XFD1048576", "formula_differs": "A1:XFD1048576"})
    feuille.print_area(0, 0, fin - 1, _ETAT)
    mettre_en_page(feuille, paysage=True, repetees=(0, 1))


# --- Une paire : la position, les ingénieries, les compétences, les groupes d’items, les items.


def _ecrire_la_paire(page: _Page, paire: PaireAEcrire) -> None:
    comparaison = paire.comparaison
    page.ligne += 1
    page.phrase(titrer_la_comparaison(comparaison), "section")
    if paire.sorte is not None:
        a_savoir = suite_de_la_paire(paire.sorte, *comparaison.moments)
        page.phrase(f"{dire_la_sorte(paire.sorte, comparaison)}. {a_savoir}".rstrip(), "note")
    lecture = lire_la_comparaison(comparaison)
    for texte in (lecture.entete, *lecture.bougent, *lecture.position, *lecture.non_compares):
        page.phrase(texte)
    de, a = nommer_les_cotes(comparaison)
    noms = ("Sorte", "Identifiant", "Libellé", "Items", "Items communs", "Poids total", "Poids commun", de, a)
    suite = ("Différence", "cpit", "Écart", "Plancher", "À 95 %, de", "À 95 %, à", "État")
    page.entetes((*noms, *suite))
    debut = page.ligne
    ingenieries = _ecrire_echelles(page, paire, "Ingénierie", comparaison.ingenieries.values())
    _ecrire_position(page, paire, ingenieries)
    _ecrire_echelles(page, paire, "Compétence", comparaison.competences.values())
    for groupes in comparaison.regroupements.values():
        _ecrire_echelles(page, paire, "Groupe", groupes.values())
    for rang, item in enumerate(page.chantier.referentiel.ordre_de_passation(), start=1):
        _ecrire_item(page, paire, rang, comparaison.items[item.code])
    page.ecarts.append((debut, page.ligne - 1))


def _ecrire_echelles(
    page: _Page, paire: PaireAEcrire, sorte: str, echelles: Iterable[ComparaisonEchelle]
) -> tuple[int, int]:
    """Une ligne par échelle (règle 1, sur les items communs) ; rend la première et la dernière."""
    premiere = page.ligne
    for une in echelles:
        page.nommer(sorte, une.echelle.identifiant, une.echelle.libelle)
        _sommer(page, paire, une)
        bornes = une.bornes or (None, None)
        page.finir(une.difference, etat_en_mots(paire.comparaison, une), (une.plancher, *bornes))
    return premiere, page.ligne - 1


def _sommer(page: _Page, paire: PaireAEcrire, une: ComparaisonEchelle) -> None:
    items = paire.comparaison.items
    compte = f'ISNUMBER(FIND(" "&{page.ici(_NOM)}&" ",echelles_des_items))'
    commun = f"{compte}*ISNUMBER({paire.de.nom})*ISNUMBER({paire.a.nom})"
    poids = fsum(item.poids for item in une.echelle.items)
    partages = fsum(item.poids for item in une.echelle.items if items[item.code].difference is not None)
    page.formule(_ITEMS, f"=SUMPRODUCT({compte}*1)", len(une.echelle.items), "entier")
    page.formule(_COMMUNS, f"=SUMPRODUCT({commun})", une.items_communs, "entier")
    page.formule(_POIDS, f"=SUMPRODUCT({compte}*poids)", poids, "general")
    page.formule(_POIDS_COMMUN, f"=SUMPRODUCT({commun}*poids)", partages, "general")
    total, partage = page.ici(_POIDS), page.ici(_POIDS_COMMUN)
    for colonne, cote, score in ((_DE, paire.de, une.de), (_A, paire.a, une.a)):
        moyenne = f"SUMPRODUCT({commun}*poids,{cote.nom})/{partage}"
        page.formule(colonne, f'=IF({partage}=0,"",IF({partage}>=seuil*{total}*(1-1E-9),{moyenne},""))', score)


def _ecrire_position(page: _Page, paire: PaireAEcrire, ingenieries: tuple[int, int]) -> None:
    """Deux lignes, x et y (règle 3) ; les parts sont celles des scores d’ingénieries écrits au-dessus."""
    position = paire.comparaison.position
    for axe in ("x", "y"):
        page.nommer("Position", axe, getattr(page.chantier.referentiel.axes, axe).libelle)
        page.vides(_ITEMS, _COMMUNS, _POIDS, _POIDS_COMMUN)
        for colonne, place in ((_DE, position.de), (_A, position.a)):
            scores = plage((ingenieries[0], colonne), (ingenieries[1], colonne))
            parts = f"SUMPRODUCT({scores}-echelle_min)"
            nulles = f"{parts}/(echelle_max-echelle_min)<=1E-9"
            point = f"SUMPRODUCT({scores}-echelle_min,pole_{axe})/{parts}"
            formule = f'=IF(COUNT({scores})<ROWS({scores}),"",IF({nulles},"",{point}))'
            page.formule(colonne, formule, None if place is None else getattr(place, axe))
        pas = position.deplacement
        page.finir(None if pas is None else getattr(pas, axe), etat_du_deplacement(paire.comparaison))


def _ecrire_item(page: _Page, paire: PaireAEcrire, rang: int, une: ComparaisonItem) -> None:
    """Un item, en valeurs retenues ; rien s’il n’est pas répondu des deux côtés."""
    page.nommer("Item", une.item.code, une.item.enonce)
    page.vides(_ITEMS, _COMMUNS, _POIDS, _POIDS_COMMUN)
    de, a = (f"INDEX({cote.nom},{rang})" for cote in (paire.de, paire.a))
    for colonne, retenue, valeur in ((_DE, de, une.de), (_A, a, une.a)):
        formule = f'=IF(AND(ISNUMBER({de}),ISNUMBER({a})),{retenue},"")'
        page.formule(colonne, formule, None if une.difference is None else valeur)
    page.finir(une.difference, motif_d_un_item(une))


# --- Soi et les tiers ensemble : un éventail tait qui a dit quoi ; ce ne sont pas des formules.


def _ecrire_les_tiers(page: _Page, regards: RegardsDuMoment) -> None:
    page.ligne += 1
    page.phrase(titrer_les_regards(regards, page.chantier.referentiel), "section")
    for texte in lire_les_regards(regards):
        page.phrase(texte)
    if regards.tiers < 2 or all(une.tiers.minimum is None for une in regards.echelles.values()):
        return
    page.phrase("Ce que disent les tiers, ensemble : des valeurs, qui ne suivent pas « Réponses ».", "note")
    page.entetes(("Sorte", "Identifiant", "Libellé", "Tiers", "Soi", *_TIERS_ENSEMBLE))
    for code, une in regards.echelles.items():
        page.nommer("Échelle", code, une.echelle.libelle)
        if une.tiers.tu:
            page.texte(_ITEMS, TU, "general")
        else:
            page.valeur(_ITEMS, une.tiers.n, "entier")
        for colonne, valeur in enumerate(
            (une.soi, une.tiers.minimum, une.tiers.maximum, une.tiers.moyenne), start=_COMMUNS
        ):
            page.valeur(colonne, valeur)
        page.ligne += 1

"""Ce que les feuilles se partagent pendant l’écriture : le classeur, les styles, la restitution, les noms.

Et deux pièces de toute feuille : la page d’un calcul (ses colonnes, ses lignes comparées, le bilan de leurs écarts), et
les figures du registre qu’un classeur ne trace pas lui-même, posées en image ou dites en mots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.referentiel import Item, Referentiel
from cpit.figures.dessin import Style
from cpit.figures.sorties import resolution_permise
from cpit.formats.registre import FIGURE, FORMATS
from cpit.messages import EXTRAS
from cpit.tableur.document import (
    Styles,
    adresse,
    ecrire_etendu,
    ecrire_formule,
    ecrire_nombre,
    ecrire_texte,
    mettre_en_page,
    plage,
    regler_hauteur,
)
from cpit.tableur.graphiques import LARGEUR_DESSIN, inserer_image
from cpit.typographie import typographier

if TYPE_CHECKING:
    from cpit.figures.dessin import Figure


FEUILLE_SYNTHESE = "Synthèse"
FEUILLE_REPONSES = "Réponses"
FEUILLE_CALCUL = "Calcul"
FEUILLE_REFERENTIEL = "Référentiel"
FEUILLE_A_PROPOS = "À propos"
FEUILLES_PERSONNE = (FEUILLE_SYNTHESE, FEUILLE_REPONSES, FEUILLE_CALCUL, FEUILLE_REFERENTIEL, FEUILLE_A_PROPOS)


def nom_des_ancres(referentiel: Referentiel, item: Item) -> str:
    """Le nom de la plage où sont les mots des niveaux d’un item, vide s’il a ceux de l’échelle."""
    # Un code d’item (« A-1 », « R1C1 ») n’est pas toujours un nom qu’un tableur admette : son rang l’est.
    return f"ancres_de_l_item_{referentiel.items.index(item) + 1}" if item.niveaux else ""


@dataclass(frozen=True, slots=True)
class ChantierAFormules:
    """Un classeur en cours d’écriture, dont les formules s’appuient sur les noms que chaque feuille définit."""

    classeur: Workbook
    styles: Styles

    def feuille(self, nom: str) -> Worksheet:
        """Une feuille par son nom."""
        feuille: Worksheet = self.classeur.get_worksheet_by_name(nom)
        return feuille

    def nommer(self, nom: str, zone: str) -> None:
        """Donne un nom à une cellule ou à une plage, pour que les formules se lisent."""
        self.classeur.define_name(nom, f"={zone}")

    def nommer_les_bornes(self) -> None:
        """Le bas et le haut de l’échelle, que les formules emploient : tirés des niveaux, sans case à eux."""
        self.nommer("echelle_min", "MIN(niveaux)")
        self.nommer("echelle_max", "MAX(niveaux)")


@dataclass(frozen=True, slots=True)
class ChantierPersonne(ChantierAFormules):
    """Le classeur d’une personne en cours d’écriture.

    ``date`` est celle de l’écriture, en ISO 8601. Les formules de Calcul et de Synthèse s’appuient sur les noms
    définis par chaque feuille : ``niveaux``, ``seuil``, ``pole_x``, ``poids``, ``retenues``, ``parts``…
    """

    restitution: Restitution
    date: str


(
    SORTE,
    IDENTIFIANT,
    CALCUL_LIBELLE,
    CALCUL_ITEMS,
    CALCUL_REPONDUS,
    POIDS,
    POIDS_REPONDU,
    SOMME,
    REFAIT,
    _ECRIT,
    _ECART,
) = range(11)
_LARGEURS = (19, 26, 46, 9, 10, 11, 11, 12, 12, 12, 12)
_EXPLICATION = (
    "« Recalculé » est une formule qui part de la feuille « Réponses » ; « cpit » est le nombre que le programme a "
    "écrit ; l'écart est arrondi à un milliardième et vaut 0 quand les deux concordent, ou quand il n'y a de score ni "
    "d'un côté ni de l'autre. Si vous changez une réponse, l'écart dit ce que ce changement déplace."
)


@dataclass(slots=True)
class Page:
    """La feuille en cours d’écriture, la prochaine ligne libre et les plages d’écarts déjà écrites."""

    chantier: ChantierPersonne
    ligne: int = 3
    ecarts: list[tuple[int, int]] = field(default_factory=list)

    @property
    def feuille(self) -> Worksheet:
        """La feuille « Calcul »."""
        return self.chantier.feuille(FEUILLE_CALCUL)

    @property
    def styles(self) -> Styles:
        """Les styles du classeur."""
        return self.chantier.styles

    def section(self, titre: str, entetes: Sequence[str], calculs: Sequence[str]) -> None:
        """Un titre et une ligne d’en-têtes ; ``calculs`` nomme les colonnes intermédiaires (cinq au plus)."""
        self.ligne += 1
        titre = typographier(titre)
        ecrire_etendu(self.feuille, self.ligne, (0, _ECART), titre, self.styles["section"], sum(_LARGEURS))
        self.feuille.set_row(self.ligne, 20)
        noms = [*entetes, *calculs, *[""] * (5 - len(calculs)), "Recalculé", "cpit", "Écart"]
        for colonne, nom in enumerate(noms):
            style = "entete" if colonne <= CALCUL_LIBELLE else "entete_nombre"
            ecrire_texte(self.feuille, self.ligne + 1, colonne, typographier(nom), self.styles[style])
        self.feuille.set_row(self.ligne + 1, 30)
        self.ligne += 2

    def noms(self, *textes: str) -> None:
        """Les trois premières cellules de la ligne en cours."""
        for colonne, texte in enumerate(textes):
            style = "texte_gras" if colonne == IDENTIFIANT else "texte"
            ecrire_texte(self.feuille, self.ligne, colonne, texte, self.styles[style])
        regler_hauteur(self.feuille, self.ligne, zip(textes, _LARGEURS, strict=False))

    def calcul(self, colonne: int, formule: str, valeur: float | None, style: str = "nombre") -> None:
        """Une formule de la ligne en cours, avec sa valeur."""
        ecrire_formule(self.feuille, self.ligne, colonne, formule, valeur, self.styles[style])

    def vides(self, *colonnes: int) -> None:
        """Des cellules sans objet dans la ligne en cours."""
        for colonne in colonnes:
            self.feuille.write_blank(self.ligne, colonne, None, self.styles["nombre"])

    def comparer(self, formule: str, valeur: float | None, style: str = "nombre") -> None:
        """Finit la ligne : nombre refait, nombre de cpit, écart ; puis passe à la suivante."""
        self.calcul(REFAIT, formule, valeur, style)
        ecrire_nombre(self.feuille, self.ligne, _ECRIT, valeur, self.styles[style])
        refait, ecrit = (adresse(self.ligne, colonne, fixe=False) for colonne in (REFAIT, _ECRIT))
        self.calcul(_ECART, formule_d_ecart(refait, ecrit), 0, "general")
        self.ligne += 1

    def ici(self, colonne: int) -> str:
        """Adresse relative d’une cellule de la ligne en cours."""
        return adresse(self.ligne, colonne, fixe=False)

    def clore(self, debut: int) -> None:
        """Retient les écarts écrits depuis une ligne."""
        if self.ligne > debut:
            self.ecarts.append((debut, self.ligne - 1))


def formule_d_ecart(refait: str, ecrit: str) -> str:
    """L’écart de deux cellules, arrondi à un milliardième : 0 si elles concordent, ou n’ont de nombre ni l’une ni
    l’autre.
    """
    absent = f'IF(OR(ISNUMBER({refait}),ISNUMBER({ecrit})),"un seul côté",0)'
    return f"=IF(AND(ISNUMBER({refait}),ISNUMBER({ecrit})),ROUND({refait}-{ecrit},9),{absent})"


def ouvrir_calcul(chantier: ChantierPersonne) -> Page:
    """Prépare la feuille : colonnes, titre, et les deux bornes de l’échelle."""
    page = Page(chantier)
    feuille, styles = page.feuille, page.styles
    for colonne, largeur in enumerate(_LARGEURS):
        feuille.set_column(colonne, colonne, largeur)
    ecrire_texte(feuille, 0, 0, typographier("Calcul : chaque score, refait par une formule"), styles["titre"])
    feuille.set_row(0, 24)
    ecrire_etendu(feuille, 2, (0, _ECART), typographier(_EXPLICATION), styles["note"], sum(_LARGEURS) * 1.05)
    echelle = chantier.restitution.referentiel.echelle
    parametres = (
        ("echelle_min", "Bas de l'échelle", "=MIN(niveaux)", echelle.min),
        ("echelle_max", "Haut de l'échelle", "=MAX(niveaux)", echelle.max),
    )
    for nom, libelle, formule, valeur in parametres:
        ecrire_texte(feuille, page.ligne, SORTE, typographier(libelle), styles["etiquette"])
        feuille.set_row(page.ligne, 15)
        page.calcul(IDENTIFIANT, formule, valeur, "entier")
        chantier.nommer(nom, adresse(page.ligne, IDENTIFIANT, FEUILLE_CALCUL))
        page.ligne += 1
    return page


def fermer_calcul(page: Page) -> None:
    """Écrit le bilan des écarts en haut, puis règle l’affichage et l’impression."""
    feuille, styles = page.feuille, page.styles
    plages = [plage((debut, _ECART), (fin, _ECART)) for debut, fin in page.ecarts]
    ecrire_texte(feuille, 1, 0, typographier("Écarts non nuls :"), styles["alerte"])
    non_nuls = "+".join(f"SUMPRODUCT(({zone}<>0)*1)" for zone in plages)
    ecrire_formule(feuille, 1, IDENTIFIANT, f"={non_nuls}", 0, styles["bilan"])
    page.chantier.nommer("ecarts_non_nuls", adresse(1, IDENTIFIANT, FEUILLE_CALCUL))
    comparaisons = sum(fin - debut + 1 for debut, fin in page.ecarts)
    texte = typographier(f"sur {comparaisons} nombres comparés")
    ecrire_texte(feuille, 1, CALCUL_LIBELLE, texte, styles["valeur"])
    feuille.freeze_panes(2, 0)
    feuille.ignore_errors({"eval_error": "A1:XFD1048576", "formula_differs": "A1:XFD1048576"})
    feuille.print_area(0, 0, page.ligne - 1, _ECART)
    mettre_en_page(feuille, paysage=True, repetees=(0, 1))


STYLE_DE_CLASSEUR = Style(largeur=LARGEUR_DESSIN)
"""Aussi large que les graphiques natifs."""
_PPP = 192
"""Deux points par pixel d’écran : nette à l’écran comme imprimée."""
_A_INSTALLER = (
    "Cette figure se pose ici en image quand la bibliothèque {} est installée. "
    f"Taper python -m pip install {' '.join(EXTRAS['figures'])}, puis écrire de nouveau ce classeur. "
    "Ce qu'elle montre, en mots :"
)


def poser_figure(
    feuille: Worksheet, styles: Styles, ligne: int, figure: Figure, *, derniere: int, largeur: float
) -> int:
    """Pose une figure, sa description en texte de remplacement ; rend la ligne qui suit.

    Sans la bibliothèque qui fait les images, dit ce qu’il faut installer et écrit la description.

    :param derniere: dernière des colonnes où les textes s’étendent ; ``largeur`` : leur largeur totale, en signes.
    """
    png = FORMATS[".png"]
    manquantes = [nom.replace("_", "-") for nom in png.manquantes()]
    if not manquantes:
        octets = png.ecrire(FIGURE)(figure, ppp=resolution_permise(figure, _PPP))
        return inserer_image(feuille, ligne, octets, figure.hauteur, figure.description)
    for texte, style in (
        (typographier(_A_INSTALLER.format(", ".join(manquantes))), "note"),
        (figure.description, "valeur"),
    ):
        ecrire_etendu(feuille, ligne, (0, derniere), texte, styles[style], largeur)
        ligne += 1
    return ligne

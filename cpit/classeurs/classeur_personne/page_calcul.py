"""La page de « Calcul » : ses colonnes, ses lignes comparées et le bilan de leurs écarts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_personne.chantier import FEUILLE_CALCUL, ChantierPersonne
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
from cpit.typographie import typographier

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

"""Les feuilles « Évolution » et « Regards » d’un groupe : les moyennes des personnes appariées, refaites par formules.

Ce que la règle des petits groupes tait n’a pas de formule ; une formule se tait d’elle-même si, des réponses ayant été
ôtées, trop peu de personnes la portent encore.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_comparaison.paires_a_ecrire import FEUILLE_EVOLUTION, FEUILLE_REGARDS
from cpit.classeurs.classeur_evolution.chantier_evolution import ChantierEvolution
from cpit.classeurs.classeur_evolution.scores_des_personnes import ColonnesDePersonnes, Reperes
from cpit.classeurs.classeur_personne.page_calcul import formule_d_ecart
from cpit.coeur.comparaison import Reference
from cpit.coeur.evolution import Evolution, Mouvement, NombreBorne, SeriesAppariees
from cpit.coeur.groupe import TU
from cpit.coeur.incertitude import QUANTILE_D_USAGE
from cpit.coeur.moteur import EGALITE
from cpit.coeur.mots.lecture_comparaison import (
    MOTIFS_DE_MOUVEMENT,
    lire_l_evolution,
    nommer_les_deux_strates,
    titre_de_qui_bouge,
    titrer_l_evolution,
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

(_SORTE, _NOM, _LIBELLE, _N, _DE, _A, _DIFFERENCE, _ECRITE, _ECART, _ECART_TYPE, _BAS, _HAUT, _D_Z) = range(13)
_LIMITE_BASSE, _LIMITE_HAUTE, _BOUGENT, _VERS_LE_HAUT, _INCERTAINES, _MOTIF, _SEM, _DECELABLE, _AU_DELA = range(13, 22)
_LARGEURS = (13, 20, 38, 7, 9, 9, 11, 10, 10, 10, 10, 10, 9, 10, 10, 10, 10, 11, 30, 11, 11, 9)
_SORTES = {"competence": "Compétence", "ingenierie": "Ingénierie", "groupe": "Groupe", "position": "Position"}
_EXPLICATION = (
    "Moyennes, différence, écart-type, bornes à 95 % (Student), d_z et limites d'accord sont des formules qui partent "
    "de la feuille « Personnes », elle-même refaite de « Réponses » ; « cpit » est la différence que le programme a "
    "écrite ; l'écart est arrondi à un milliardième et vaut 0 quand les deux concordent. Combien de personnes bougent, "
    "dont combien vers le haut ou restent incertaines, sont celles des réponses d'origine."
)
_MODIFIEES = (
    "Des réponses ont été changées depuis que cpit a écrit ce classeur : les moyennes suivent ; les phrases et les "
    "comptes de personnes disent encore les réponses d'origine."
)


@dataclass(slots=True)
class _Page:
    """Une feuille en cours d’écriture, la prochaine ligne libre et les plages d’écarts déjà écrites."""

    chantier: ChantierEvolution
    nom: str
    ligne: int = 3
    ecarts: list[str] = field(default_factory=list)

    @property
    def feuille(self) -> Worksheet:
        return self.chantier.feuille(self.nom)

    def texte(self, colonne: int, texte: str, style: str = "texte") -> None:
        ecrire_texte(self.feuille, self.ligne, colonne, typographier(texte), self.chantier.styles[style])

    def nombre(self, colonne: int, valeur: float | None, style: str = "nombre") -> None:
        ecrire_nombre(self.feuille, self.ligne, colonne, valeur, self.chantier.styles[style])

    def formule(self, colonne: int, formule: str, valeur: float | None, style: str = "nombre") -> None:
        ecrire_formule(self.feuille, self.ligne, colonne, formule, valeur, self.chantier.styles[style])

    def ici(self, colonne: int) -> str:
        return adresse(self.ligne, colonne, fixe=False)

    def phrase(self, texte: str, style: str = "valeur") -> None:
        """Un texte sur toute la largeur."""
        styles = self.chantier.styles
        ecrire_etendu(
            self.feuille, self.ligne, (0, _MOTIF), typographier(texte), styles[style], sum(_LARGEURS[: _MOTIF + 1])
        )
        if style == "section":
            self.feuille.set_row(self.ligne, 24)
        self.ligne += 1


def feuille_de_l_evolution(evolution: Evolution) -> str:
    """Celle où elle s’écrit : d’un moment à l’autre, ou d’un regard à l’autre."""
    return FEUILLE_REGARDS if evolution.entre_regards else FEUILLE_EVOLUTION


def ecrire_moyennes_du_groupe(chantier: ChantierEvolution, nom: str, reperes: Reperes) -> None:
    """Écrit « Évolution » ou « Regards » : les évolutions de cette feuille, l’une sous l’autre."""
    page = _Page(chantier, nom)
    for colonne, largeur in enumerate(_LARGEURS):
        page.feuille.set_column(colonne, colonne, largeur)
    for numero, evolution in enumerate(chantier.evolutions):
        if feuille_de_l_evolution(evolution) == nom:
            _ecrire_une_evolution(page, numero, evolution, reperes)
    _fermer(page)


def _ecrire_une_evolution(page: _Page, numero: int, evolution: Evolution, reperes: Reperes) -> None:
    page.ligne += 1
    page.phrase(titrer_l_evolution(evolution), "section")
    for texte in lire_l_evolution(evolution):
        page.phrase(texte)
    if not evolution.personnes or evolution.trop_petite:
        return
    de, a = nommer_les_deux_strates(evolution)
    rapportees = () if evolution.reference is None else ("SEM de la référence", "Décelable", "Au-delà")
    noms = ("Sorte", "Identifiant", "Libellé", "n", de, a, "Différence", "cpit", "Écart", "Écart-type", "À 95 %, de")
    suite = ("À 95 %, à", "d_z", "Limite d'accord basse", "Limite d'accord haute", titre_de_qui_bouge(evolution))
    _entetes(page, (*noms, *suite, "dont plus haut", "Incertaines", "Pourquoi rien", *rapportees))
    debut = page.ligne
    for cle, mouvement in evolution.mouvements.items():
        if evolution.reference is not None:
            _rapporter(page, mouvement, evolution.reference)
        _ecrire_un_mouvement(page, mouvement, reperes[numero, cle], evolution.regle.seuil)
    page.ecarts.append(plage((debut, _ECART), (page.ligne - 1, _ECART)))


def _entetes(page: _Page, noms: Sequence[str]) -> None:
    for colonne, nom in enumerate(noms):
        page.texte(colonne, nom, "entete" if colonne in (*range(3), _MOTIF) else "entete_nombre")
    page.feuille.set_row(page.ligne, 42)
    page.ligne += 1


def _ecrire_un_mouvement(page: _Page, un: Mouvement, colonnes: ColonnesDePersonnes, seuil: int) -> None:
    textes = (_SORTES[un.nature], un.identifiant, un.libelle)
    for colonne, texte in enumerate(textes):
        page.texte(colonne, texte, "texte_gras" if colonne == _NOM else "texte")
    regler_hauteur(page.feuille, page.ligne, zip(textes, _LARGEURS, strict=False))
    pourquoi = "" if un.motif is None else MOTIFS_DE_MOUVEMENT[un.motif]
    if un.series is None:
        for colonne in range(_N, _MOTIF):
            page.texte(colonne, TU if un.motif != "sans-paire" and colonne == _DIFFERENCE else "", "general")
    else:
        _ecrire_les_moyennes(page, un.series, colonnes, seuil)
        _ecrire_la_dispersion(page, un.series, colonnes.difference)
        comptes = un.etats
        for colonne, nom in ((_BOUGENT, "bougent"), (_VERS_LE_HAUT, "vers_le_haut"), (_INCERTAINES, "incertaines")):
            page.nombre(colonne, None if comptes is None else getattr(comptes, nom), "entier")
    page.texte(_MOTIF, pourquoi)
    page.ligne += 1


def _rapporter(page: _Page, un: Mouvement, reference: Reference) -> None:
    """L’erreur de mesure de l’échelle dans le groupe de référence, le changement décelable, qui le dépasse."""
    sem, comptes = reference.erreurs.get(un.identifiant), un.etats_de_reference
    page.nombre(_SEM, sem)
    formule = f'=IF(ISNUMBER({page.ici(_SEM)}),{QUANTILE_D_USAGE}*SQRT(2)*{page.ici(_SEM)},"")'
    page.formule(_DECELABLE, formule, reference.decelable(un.identifiant))
    page.nombre(_AU_DELA, None if comptes is None else comptes.bougent, "entier")


def _ecrire_les_moyennes(page: _Page, series: SeriesAppariees, colonnes: ColonnesDePersonnes, seuil: int) -> None:
    """Combien, les deux moyennes, celle des différences, et leur écart au nombre de cpit."""
    page.formule(_N, f"=COUNT({colonnes.difference})", series.n, "entier")
    n = page.ici(_N)
    tait = f'IF({n}=0,"",IF({n}<{seuil},"{TU}",AVERAGE({{}})))'
    for colonne, zone, valeur in ((_DE, colonnes.de, series.de), (_A, colonnes.a, series.a)):
        if valeur is None:
            page.texte(colonne, TU, "general")
        else:
            page.formule(colonne, "=" + tait.format(zone), valeur)
    page.formule(_DIFFERENCE, "=" + tait.format(colonnes.difference), series.difference.valeur)
    page.nombre(_ECRITE, series.difference.valeur)
    page.formule(_ECART, formule_d_ecart(page.ici(_DIFFERENCE), page.ici(_ECRITE)), 0, "general")


def _ecrire_la_dispersion(page: _Page, series: SeriesAppariees, differences: str) -> None:
    """L’écart-type des différences et ce qui en vient ; rien si la règle des petits groupes le tait."""
    if series.ecart_type is None:
        for colonne in range(_ECART_TYPE, _BOUGENT):
            page.nombre(colonne, None)
        return
    n, moyenne, ecart = (page.ici(colonne) for colonne in (_N, _DIFFERENCE, _ECART_TYPE))
    page.formule(_ECART_TYPE, f'=IF(AND(ISNUMBER({moyenne}),{n}>1),STDEV({differences}),"")', series.ecart_type)
    disperse = f"IF(ISNUMBER({ecart}),{ecart}>{EGALITE:.0E},FALSE)"
    marge = f"TINV(0.05,{n}-1)*{ecart}/SQRT({n})"
    bas, haut = series.difference.bornes or (None, None)
    page.formule(_BAS, f'=IF({disperse},{moyenne}-{marge},"")', bas)
    page.formule(_HAUT, f'=IF({disperse},{moyenne}+{marge},"")', haut)
    page.formule(_D_Z, f'=IF({disperse},{moyenne}/{ecart},"")', _valeur(series.d_z))
    for colonne, signe, limite in (
        (_LIMITE_BASSE, "-", series.limite_basse),
        (_LIMITE_HAUTE, "+", series.limite_haute),
    ):
        formule = f'=IF(ISNUMBER({ecart}),{moyenne}{signe}{QUANTILE_D_USAGE}*{ecart},"")'
        page.formule(colonne, formule, _valeur(limite))


def _valeur(un: NombreBorne | None) -> float | None:
    return None if un is None else un.valeur


def _fermer(page: _Page) -> None:
    """Le titre, ce que valent les colonnes, le bilan des écarts ; puis l’affichage et l’impression."""
    feuille, styles, fin = page.feuille, page.chantier.styles, page.ligne
    page.ligne = 0
    page.texte(0, page.nom, "titre")
    feuille.set_row(0, 24)
    if page.ecarts:
        page.ligne = 1
        page.texte(0, "Écarts non nuls :", "alerte")
        page.formule(_NOM, "=" + "+".join(f"SUMPRODUCT(({zone}<>0)*1)" for zone in page.ecarts), 0, "bilan")
        alerte = f'=IF({page.ici(_NOM)}=0,"","{typographier(_MODIFIEES)}")'
        feuille.merge_range(1, _LIBELLE, 1, _MOTIF, "", styles["alerte"])
        ecrire_formule(feuille, 1, _LIBELLE, alerte, None, styles["alerte"])
        feuille.set_row(1, 30)
        page.ligne = 2
        page.phrase(_EXPLICATION, "note")
    feuille.freeze_panes(2, 0)
    feuille.ignore_errors({"eval_error": "A1:XFD1048576", "formula_differs": "A1:XFD1048576"})
    derniere = _AU_DELA if any(une.reference for une in page.chantier.evolutions) else _MOTIF
    feuille.print_area(0, 0, fin - 1, derniere)
    mettre_en_page(feuille, paysage=True, repetees=(0, 1))

"""Le classeur d’une comparaison : les réponses des deux côtés, et chaque différence refaite par une formule vivante.

« Réponses » a une ligne par item, une colonne par passation ; tout calcul en part. « Évolution » et « Regards » refont
chaque différence, à côté de celle de cpit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from math import fsum
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_personne.chantier import (
    FEUILLE_A_PROPOS,
    FEUILLE_REFERENTIEL,
    FEUILLE_REPONSES,
    ChantierAFormules,
    formule_d_ecart,
)
from cpit.classeurs.classeur_personne.feuille_referentiel import (
    echelles_d_un_item,
    ecrire_referentiel,
    formule_retenue,
    proposer_les_choix,
)
from cpit.coeur.comparaison import (
    Comparaison,
    ComparaisonEchelle,
    ComparaisonItem,
    Cote,
    Parcours,
    RegardsDuMoment,
    SortePaire,
)
from cpit.coeur.groupe import TU
from cpit.coeur.mots.lecture_comparaison import (
    dater_le_cote,
    dire_la_sorte,
    etat_du_deplacement,
    etat_en_mots,
    lire_la_comparaison,
    lire_les_regards,
    motif_d_un_item,
    nommer_et_dater_le_cote,
    nommer_le_cote,
    nommer_les_cotes,
    sont_deux_regards,
    suite_de_la_paire,
    titrer_la_comparaison,
    titrer_les_regards,
)
from cpit.coeur.mots.notice import LIMITES, regles
from cpit.coeur.notation import valeur_retenue
from cpit.coeur.passation import Etat, IdentiteReferentiel, Passation
from cpit.coeur.referentiel import Item, Referentiel
from cpit.coeur.tableaux import CODE_SANS_OBJET, valeur_affichee
from cpit.formats.porte import SANS_PERMIS, Permis, poser
from cpit.tableur.document import (
    adresse,
    creer_document,
    creer_styles_de_classeur,
    decrire_document,
    ecrire_etendu,
    ecrire_formule,
    ecrire_nombre,
    ecrire_provenance,
    ecrire_rubrique,
    ecrire_texte,
    expliquer_l_entete,
    fermer_document,
    fermer_page,
    franciser,
    identifier,
    mettre_en_page,
    ouvrir_page,
    plage,
    regler_hauteur,
)
from cpit.typographie import nettoyer, typographier

FEUILLE_EVOLUTION = "Évolution"
FEUILLE_REGARDS = "Regards"
AUTRE_QUESTION = "autre question"
"""Ce que porte une case dont la question n’était pas la même : un texte, qu’aucune formule ne compte."""


@dataclass(frozen=True, slots=True)
class _ColonneDeReponses:
    """Les réponses d’un côté, par code d’item : telles qu’on les a données, puis en valeurs retenues.

    ``nom`` : celui de la plage de ses valeurs retenues, dans les formules.
    """

    nom: str
    cote: Cote
    referentiel: Referentiel
    reponses: Mapping[str, int | str | None]
    retenues: Mapping[str, int | None]

    @property
    def titre(self) -> str:
        """« T0, un tiers (14/09/2026) »."""
        return typographier(nommer_et_dater_le_cote(self.cote, self.referentiel))


@dataclass(frozen=True, slots=True)
class _PaireAEcrire:
    """Une comparaison, à quel titre elle l’est, et les colonnes de réponses de ses deux côtés."""

    comparaison: Comparaison
    sorte: SortePaire | None
    de: _ColonneDeReponses
    a: _ColonneDeReponses

    @property
    def feuille(self) -> str:
        """La feuille où elle s’écrit : deux regards d’un même moment, ou deux moments."""
        return FEUILLE_REGARDS if sont_deux_regards(self.comparaison) else FEUILLE_EVOLUTION


@dataclass(frozen=True, slots=True)
class _ChantierComparaison(ChantierAFormules):
    """Le classeur d’une comparaison en cours d’écriture."""

    comparaison: Comparaison
    parcours: Parcours
    paires: tuple[_PaireAEcrire, ...]

    @property
    def referentiel(self) -> Referentiel:
        """Celui qui note."""
        return self.parcours.referentiel

    def colonnes(self) -> tuple[_ColonneDeReponses, ...]:
        """Les colonnes de réponses, une par passation : de deux, la première d’abord ; de plus, dans leur ordre."""
        toutes = {une.nom: une for paire in self.paires for une in (paire.de, paire.a)}.values()
        etapes = self.parcours.etapes
        if len(etapes) == 2:
            return tuple(toutes)
        return tuple(sorted(toutes, key=lambda une: etapes.index(une.cote) if une.cote in etapes else len(etapes)))


def _ranger_les_paires(
    comparaison: Comparaison, parcours: Parcours, passations: Sequence[Passation]
) -> tuple[_PaireAEcrire, ...]:
    """La comparaison demandée, puis les autres du parcours ; une passation n’a qu’une colonne, dans toutes ses paires.

    :param passations: celles qui se montrent une à une ; elles disent ce qui, d’un côté sans valeur, est sans objet.
    """
    sortes = [(paire.sorte, paire.comparaison) for paire in parcours.paires]
    voulues = [(next((sorte for sorte, une in sortes if une == comparaison), None), comparaison)]
    if len(parcours.etapes) > 2:
        voulues += [(sorte, une) for sorte, une in sortes if une != comparaison]
    connues: list[tuple[Cote, dict[str, int | None]]] = []
    colonnes: list[_ColonneDeReponses] = []
    paires = []
    for sorte, une in voulues:
        rangs: list[int] = []
        for cote in (
            (une.de, {code: item.de for code, item in une.items.items()}),
            (une.a, {code: item.a for code, item in une.items.items()}),
        ):
            rang = next((r for r, connue in enumerate(connues) if connue == cote and r not in rangs), len(connues))
            if rang == len(connues):
                connues.append(cote)
                colonnes.append(_colonne(rang + 1, une, *cote, passations))
            rangs.append(rang)
        paires.append(_PaireAEcrire(une, sorte, colonnes[rangs[0]], colonnes[rangs[1]]))
    return tuple(paires)


def _colonne(
    numero: int, une: Comparaison, cote: Cote, retenues: Mapping[str, int | None], passations: Sequence[Passation]
) -> _ColonneDeReponses:
    echelle = une.referentiel.echelle
    # Inverser deux fois rend la réponse donnée.
    donnees = {
        code: None if valeur is None else valeur_retenue(une.items[code].item, valeur, echelle.min, echelle.max)
        for code, valeur in retenues.items()
    }
    passation = next((p for p in passations if Cote.depuis(p) == cote and _a_repondu(p, donnees)), None)
    reponses = {
        code: _sans_valeur(item, une.referentiel, passation) if donnees[code] is None else donnees[code]
        for code, item in une.items.items()
    }
    return _ColonneDeReponses(f"retenues_{numero}", cote, une.referentiel, reponses, retenues)


def _a_repondu(passation: Passation, donnees: Mapping[str, int | None]) -> bool:
    valeurs = passation.valeurs()
    return all(valeur is None or valeurs.get(code) == valeur for code, valeur in donnees.items())


def _sans_valeur(item: ComparaisonItem, referentiel: Referentiel, passation: Passation | None) -> str | None:
    """Ce que porte la case d’un côté sans valeur : « SO », « autre question », ou rien."""
    code = item.item.code
    ailleurs = passation is None or passation.referentiel != IdentiteReferentiel.depuis(referentiel)
    if item.motif == "question-changee" and ailleurs:
        return AUTRE_QUESTION
    if passation is None:
        return CODE_SANS_OBJET if item.motif == "sans-objet" else None
    reponse = passation.reponse(code)
    return AUTRE_QUESTION if reponse.etat is Etat.QUESTION_CHANGEE else _texte(valeur_affichee(reponse))


def _texte(affichee: int | str | None) -> str | None:
    return affichee if isinstance(affichee, str) else None


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

    chantier: _ChantierComparaison
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


def _ecrire_differences(chantier: _ChantierComparaison, nom: str) -> None:
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


def _ecrire_la_paire(page: _Page, paire: _PaireAEcrire) -> None:
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
    page: _Page, paire: _PaireAEcrire, sorte: str, echelles: Iterable[ComparaisonEchelle]
) -> tuple[int, int]:
    """Une ligne par échelle (règle 1, sur les items communs) ; rend la première et la dernière."""
    premiere = page.ligne
    for une in echelles:
        page.nommer(sorte, une.echelle.identifiant, une.echelle.libelle)
        _sommer(page, paire, une)
        bornes = une.bornes or (None, None)
        page.finir(une.difference, etat_en_mots(paire.comparaison, une), (une.plancher, *bornes))
    return premiere, page.ligne - 1


def _sommer(page: _Page, paire: _PaireAEcrire, une: ComparaisonEchelle) -> None:
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


def _ecrire_position(page: _Page, paire: _PaireAEcrire, ingenieries: tuple[int, int]) -> None:
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


def _ecrire_item(page: _Page, paire: _PaireAEcrire, rang: int, une: ComparaisonItem) -> None:
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


_FIXES = (("Item", 9), ("Situation", 56), ("Compétence", 13), ("Ingénierie", 13), ("Poids", 8), ("Inversé", 9))
_COLONNE_DES_POIDS, _INVERSE, _SAISIE = 4, 5, len(_FIXES)
_LARGEUR_COTE, _LARGEUR_ECHELLES = 16, 40
_ENTETE, _PREMIERE = 0, 1
"""Une seule ligne d’en-tête, en haut : un autre logiciel lit la table d’un trait. Le reste est dans « À propos »."""
_BREVE = "Changez une réponse dans une colonne jaune : les différences se refont. Le reste est dans « À propos »."
_CONSIGNE = (
    "Changez une réponse dans une colonne jaune : les feuilles de différences se refont. SO veut dire « sans objet » ; "
    "une case vide, « sans réponse » ou « pas encore vu » ; ni l'un ni l'autre ne vaut zéro. Une situation ne se "
    f"compare que répondue des deux côtés ; « {AUTRE_QUESTION} » : sa question n'était pas la même, elle ne se compare "
    "pas."
)


def _ecrire_reponses_des_cotes(chantier: _ChantierComparaison) -> None:
    """Écrit la feuille, et nomme ``poids``, ``echelles_des_items`` et les valeurs retenues de chaque passation."""
    feuille = chantier.feuille(FEUILLE_REPONSES)
    colonnes, items = chantier.colonnes(), chantier.referentiel.ordre_de_passation()
    _ecrire_tete(chantier, feuille)
    chantier.nommer_les_bornes()
    for ligne, item in enumerate(items, start=_PREMIERE):
        _ecrire_un_item(chantier, feuille, ligne, item)
    derniere, retenues = _PREMIERE + len(items) - 1, _SAISIE + len(colonnes)
    rangs = {une.nom: retenues + rang for rang, une in enumerate(colonnes)}
    for nom, rang in {"poids": _COLONNE_DES_POIDS, **rangs, "echelles_des_items": retenues + len(colonnes)}.items():
        chantier.nommer(nom, plage((_PREMIERE, rang), (derniere, rang), FEUILLE_REPONSES))
    for rang in range(_SAISIE, retenues):
        proposer_les_choix(feuille, rang, (_PREMIERE, derniere))
    feuille.autofilter(_ENTETE, 0, derniere, retenues + len(colonnes))
    feuille.freeze_panes(_PREMIERE, 1)
    feuille.ignore_errors({"number_stored_as_text": f"A1:{adresse(derniere, retenues, fixe=False)}"})
    feuille.print_area(0, 0, derniere, retenues - 1)
    mettre_en_page(feuille, paysage=True, repetees=(_ENTETE, _ENTETE))


def _ecrire_tete(chantier: _ChantierComparaison, feuille: Worksheet) -> None:
    """Une ligne d’en-tête ; la consigne et la question se montrent à qui en choisit une case."""
    styles, titres = chantier.styles, _titres_distincts(chantier.colonnes())
    question = typographier(chantier.referentiel.echelle.question)
    entetes = [
        *((titre, largeur, typographier(_BREVE)) for titre, largeur in _FIXES),
        *((titre, _LARGEUR_COTE, question) for titre in titres),
        *((typographier(f"Valeur retenue : {titre}"), _LARGEUR_COTE, "") for titre in titres),
        ("Échelles où l’item compte", _LARGEUR_ECHELLES, ""),
    ]
    for rang, (titre, largeur, bulle) in enumerate(entetes):
        feuille.set_column(rang, rang, largeur)
        ecrire_texte(feuille, _ENTETE, rang, titre, styles["entete"])
        if bulle:
            expliquer_l_entete(feuille, _ENTETE, rang, titre, bulle)
    regler_hauteur(feuille, _ENTETE, ((titre, largeur * 0.75) for titre, largeur, _ in entetes))


def _titres_distincts(colonnes: Sequence[_ColonneDeReponses]) -> list[str]:
    """Celui de chaque passation ; un rang suit ceux que deux tiers sans code auraient en commun."""
    vus: Counter[str] = Counter()
    titres = []
    for une in colonnes:
        vus[une.titre] += 1
        titres.append(une.titre if vus[une.titre] == 1 else f"{une.titre} n° {vus[une.titre]}")
    return titres


def _ecrire_un_item(chantier: _ChantierComparaison, feuille: Worksheet, ligne: int, item: Item) -> None:
    styles, colonnes = chantier.styles, chantier.colonnes()
    textes = (item.code, item.enonce, item.competence, item.ingenierie)
    for rang, texte in enumerate(textes):
        ecrire_texte(feuille, ligne, rang, texte, styles["texte" if rang else "texte_gras"])
    ecrire_nombre(feuille, ligne, _COLONNE_DES_POIDS, item.poids, styles["general"])
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


PERSONNE_DU_CLASSEUR = "Personne"
"""Le libellé en face duquel « À propos » porte le code de la personne."""
_EMPLOIS = {
    FEUILLE_EVOLUTION: "ce qui diffère d'un moment à un autre : position, ingénieries, compétences, groupes, items.",
    FEUILLE_REGARDS: "ce qui diffère de soi à un tiers, au même moment.",
    FEUILLE_REPONSES: f"les réponses de chaque côté. {_CONSIGNE}",
    FEUILLE_REFERENTIEL: "les définitions, les situations, les sources et les hypothèses, coordonnées comprises.",
}
_CONFIDENTIALITE = (
    "Confidentialité",
    "Ce classeur contient les réponses d'une personne : elle seule choisit à qui le montrer.",
)


def ecrire_classeur_comparaison(
    chemin: Path,
    comparaison: Comparaison,
    parcours: Parcours,
    passations: Sequence[Passation],
    *,
    date: str,
    reserves: Sequence[str] = (),
    permis: Permis = SANS_PERMIS,
) -> None:
    """Écrit le classeur d’une comparaison, en entier ou pas du tout.

    :param passations: celles du parcours qui se montrent une à une.
    :param date: date d’écriture, ISO 8601 ; elle est aussi la date de création inscrite dans le document.
    :param reserves: ce qu’il faut savoir de la lecture, en phrases.
    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    :raises ValueError: si ``date`` n’est pas une date ISO 8601.
    """
    jour = datetime.fromisoformat(date[:10])
    paires = _ranger_les_paires(comparaison, parcours, passations)
    tampon = BytesIO()
    classeur = creer_document(tampon, in_memory=True)
    chantier = _ChantierComparaison(classeur, creer_styles_de_classeur(classeur), comparaison, parcours, paires)
    feuilles = tuple(_feuilles(chantier))
    for nom in (*feuilles, FEUILLE_A_PROPOS):
        classeur.add_worksheet(nom)
    ecrire_referentiel(chantier, parcours.referentiel)
    _ecrire_reponses_des_cotes(chantier)
    for nom in feuilles:
        if nom in (FEUILLE_EVOLUTION, FEUILLE_REGARDS):
            _ecrire_differences(chantier, nom)
    _ecrire_la_notice(chantier, feuilles, date, reserves)
    titre = f"Comparaison, {parcours.referentiel.titre}"
    decrire_document(classeur, titre, jour, sujet="Deux passations d'une personne : différences et réponses")
    classeur.set_calc_mode("auto")
    fermer_document(classeur)
    poser(chemin, franciser(tampon.getvalue()), permis)


def _feuilles(chantier: _ChantierComparaison) -> Iterator[str]:
    """Les feuilles à écrire, hors la notice : « Évolution » et « Regards » ne viennent que s’il y a de quoi."""
    ecrites = {paire.feuille for paire in chantier.paires}
    if FEUILLE_EVOLUTION in ecrites:
        yield FEUILLE_EVOLUTION
    if FEUILLE_REGARDS in ecrites or chantier.parcours.regards:
        yield FEUILLE_REGARDS
    yield from (FEUILLE_REPONSES, FEUILLE_REFERENTIEL)


def _ecrire_la_notice(
    chantier: _ChantierComparaison, feuilles: Sequence[str], date: str, reserves: Sequence[str]
) -> None:
    """« À propos » : de qui et d’où viennent les nombres, les règles, ce qu’une différence ne dit pas."""
    feuille, styles = chantier.feuille(FEUILLE_A_PROPOS), chantier.styles
    ouvrir_page(feuille, styles, "À propos de ce classeur")
    ligne = ecrire_provenance(styles, feuille, list(_provenance(chantier)), date)
    portee = [("Différence", phrase) for phrase in lire_la_comparaison(chantier.comparaison).portee]
    limites = [(libelle, typographier(texte)) for libelle, texte in (*LIMITES, _CONFIDENTIALITE)]
    rubriques = {
        "Réserves": [("Lecture", reserve) for reserve in reserves],
        "Les feuilles": [(nom, typographier(_EMPLOIS[nom])) for nom in feuilles],
        "Règles de calcul": list(regles(chantier.referentiel)),
        "Ce que vaut une différence": portee,
        "Limites": limites,
        "Licences": [("cpit", "MIT"), ("Référentiel", chantier.referentiel.licence)],
    }
    for titre, lignes in rubriques.items():
        if lignes:
            ligne = ecrire_rubrique(styles, feuille, ligne, titre, lignes)
    fermer_page(feuille, ligne)


def _provenance(chantier: _ChantierComparaison) -> Iterator[tuple[str, str]]:
    yield PERSONNE_DU_CLASSEUR, nettoyer(chantier.parcours.identifiant) or "non indiquée"
    for etape in chantier.parcours.etapes:
        nom = nommer_le_cote(etape, chantier.referentiel)
        yield nettoyer(typographier(nom)), dater_le_cote(etape) or "sans date"
    yield from identifier(chantier.referentiel)

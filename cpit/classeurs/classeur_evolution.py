"""Le classeur de l’évolution d’un groupe : ce qui a bougé, refait par des formules depuis les réponses des deux
côtés.

Il porte les réponses de chaque personne comparée, et les nomme.

« Réponses » et « Poids des items » ont une ligne par passation comparée, une par échelle ; « Personnes », les deux
scores de chacune, sur les situations répondues des deux côtés, et leur différence : une personne que plusieurs tiers
situent y est la moyenne de leurs comparaisons. « Évolution » et « Regards » en refont les moyennes ; ce que la règle
des petits groupes tait n’a pas de formule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_comparaison import AUTRE_QUESTION, FEUILLE_EVOLUTION, FEUILLE_REGARDS
from cpit.classeurs.classeur_groupe.chantier import ANOMALIES, LIGNES_DE_FEUILLE_MAX, creer_styles_groupe
from cpit.classeurs.classeur_groupe.feuille_synthese import bilan
from cpit.classeurs.classeur_groupe.feuilles_en_tables import ecrire_table_d_anomalies
from cpit.classeurs.classeur_personne.chantier import (
    FEUILLE_A_PROPOS,
    FEUILLE_REFERENTIEL,
    FEUILLE_REPONSES,
    ChantierAFormules,
    formule_d_ecart,
)
from cpit.classeurs.classeur_personne.feuille_referentiel import ecrire_referentiel, formule_retenue, proposer_les_choix
from cpit.coeur.comparaison import Cote, Reference
from cpit.coeur.evolution import (
    EcartDePersonne,
    Evolution,
    Mouvement,
    NombreBorne,
    PersonneAppariee,
    SeriesAppariees,
    ecarts_d_une_comparaison,
    mesures_d_evolution,
)
from cpit.coeur.groupe import TU, MesureDeGroupe
from cpit.coeur.incertitude import QUANTILE_D_USAGE
from cpit.coeur.moteur import EGALITE
from cpit.coeur.mots.lecture_comparaison import (
    MOTIFS_DE_MOUVEMENT,
    lire_l_evolution,
    nommer_le_cote,
    nommer_le_mouvement,
    nommer_les_deux_strates,
    titre_de_qui_bouge,
    titrer_l_evolution,
)
from cpit.coeur.mots.notice import LIMITES_GROUPE, regles
from cpit.coeur.notation import valeur_retenue
from cpit.coeur.passation import REGARDS, ROLES_EVALUATEUR, Etat, Passation, ordre_du_parcours, replier_code
from cpit.coeur.referentiel import Item, Referentiel
from cpit.coeur.tableaux import valeur_affichee
from cpit.erreurs import refus
from cpit.formats.durable import atelier
from cpit.formats.porte import ecriture_durable
from cpit.formats.recueil import Reglages
from cpit.ouverture import ouvrir
from cpit.tableur.document import (
    adresse,
    creer_document,
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
    franciser_flux,
    identifier,
    mettre_en_page,
    ouvrir_page,
    pages_en_largeur,
    plage,
    regler_hauteur,
)
from cpit.typographie import accorder, date_courte, grouper, typographier

if TYPE_CHECKING:
    from cpit.formats.recueil import Recueil


_FEUILLE_PERSONNES = "Personnes"
_FEUILLE_POIDS = "Poids des items"
_CONTEXTE_ECRIT = (("Code", 14), ("Moment", 16), ("Regard", 9), ("Tiers", 14), ("Rôle", 13), ("Date", 12))
"""Les premières colonnes de « Réponses » : ce qui distingue une passation, et la largeur de chacune."""
_PREMIERE_PASSATION = 1
"""La ligne de la première passation, dans « Réponses », sous une seule ligne d’en-tête."""


@dataclass(frozen=True, slots=True)
class _ChantierEvolution(ChantierAFormules):
    """Le classeur de l’évolution d’un groupe en cours d’écriture.

    ``lignes`` : la ligne de chaque passation dans « Réponses », par son identité en mémoire : deux tiers sans code
    peuvent avoir tout pareil. ``items``, ``mesures`` : dans l’ordre de leurs colonnes et de leurs lignes, faits
    une fois pour tout le classeur.
    """

    evolutions: tuple[Evolution, ...]
    passations: tuple[Passation, ...]
    lignes: Mapping[int, int]
    items: tuple[Item, ...]
    mesures: tuple[MesureDeGroupe, ...]

    @property
    def referentiel(self) -> Referentiel:
        """Celui qui note."""
        return self.evolutions[0].referentiel

    def retenues(self, passation: Passation) -> str:
        """La plage des valeurs retenues d’une passation, dans « Réponses »."""
        ligne, debut = self.lignes[id(passation)], len(_CONTEXTE_ECRIT) + len(self.items)
        return plage((ligne, debut), (ligne, debut + len(self.items) - 1), FEUILLE_REPONSES)

    def nom_des_poids(self, identifiant: str) -> str:
        """Le nom de la plage où sont les poids des items d’une échelle, zéro pour ceux qui n’y comptent pas."""
        # Un identifiant d’échelle (« C1 ») n’est pas toujours un nom qu’un tableur admette : son rang l’est.
        return f"poids_de_l_echelle_{list(self.referentiel.echelles).index(identifiant) + 1}"


def _ranger_les_passations(evolutions: Sequence[Evolution]) -> tuple[tuple[Passation, ...], dict[int, int]]:
    """Toutes les passations comparées, une fois chacune, personne par personne, et la ligne de chacune."""
    toutes = {
        id(une): une
        for evolution in evolutions
        for personne in evolution.personnes
        for deux in personne.passations
        for une in deux
    }
    rangees = sorted(toutes.values(), key=lambda une: (replier_code(une.identifiant), ordre_du_parcours(une)))
    return tuple(rangees), {id(une): ligne for ligne, une in enumerate(rangees, start=_PREMIERE_PASSATION)}


_ENTETE = _PREMIERE_PASSATION - 1
_SAISIE = len(_CONTEXTE_ECRIT)
_LARGEUR_ITEM = 9
_BREVE = "Changez une réponse dans une case jaune : les moyennes se refont. Le reste est dans « À propos »."
_CONSIGNE = (
    "Changez une réponse dans une case jaune : les scores, les différences et leurs moyennes se refont. SO veut dire "
    "« sans objet » ; une case vide, « sans réponse » ou « pas encore vu » ; ni l'un ni l'autre ne vaut zéro. Une "
    "situation ne se compare que répondue des deux côtés. À droite, la valeur retenue de chaque réponse."
)
_LIGNE_INVERSE, _PREMIERE_ECHELLE, _PREMIER_ITEM = 3, 4, 2
_EXPLICATION_DES_REPONSES = (
    "Le poids de chaque situation dans chaque échelle : 0 si elle n'y compte pas. Une situation inversée vaut le bas "
    "plus le haut de l'échelle, moins la réponse."
)


def _ecrire_poids_des_items(chantier: _ChantierEvolution) -> None:
    """Écrit la feuille, et nomme les poids de chaque échelle."""
    feuille, styles, items = chantier.feuille(_FEUILLE_POIDS), chantier.styles, chantier.items
    derniere = _PREMIER_ITEM + len(items) - 1
    feuille.set_column(0, 0, 20)
    feuille.set_column(1, 1, 42)
    feuille.set_column(_PREMIER_ITEM, derniere, _LARGEUR_ITEM)
    ecrire_texte(feuille, 0, 0, _FEUILLE_POIDS, styles["titre"])
    feuille.set_row(0, 24)
    ecrire_etendu(
        feuille, 1, (0, derniere), typographier(_EXPLICATION_DES_REPONSES), styles["note"], 62 + _LARGEUR_ITEM * 4
    )
    for colonne, texte in enumerate(("Échelle", "Libellé", *(item.code for item in items))):
        ecrire_texte(feuille, 2, colonne, texte, styles["entete" if colonne < _PREMIER_ITEM else "entete_nombre"])
    for colonne, texte in enumerate(("", "Inversé", *("oui" if item.inverse else "non" for item in items))):
        ecrire_texte(feuille, _LIGNE_INVERSE, colonne, texte, styles["texte" if colonne < 2 else "general"])
    for ligne, echelle in enumerate(chantier.referentiel.echelles.values(), start=_PREMIERE_ECHELLE):
        ecrire_texte(feuille, ligne, 0, echelle.identifiant, styles["texte_gras"])
        ecrire_texte(feuille, ligne, 1, echelle.libelle, styles["texte"])
        for colonne, item in enumerate(items, start=_PREMIER_ITEM):
            ecrire_nombre(feuille, ligne, colonne, item.poids if item in echelle.items else 0, styles["general"])
        zone = plage((ligne, _PREMIER_ITEM), (ligne, derniere), _FEUILLE_POIDS)
        chantier.nommer(chantier.nom_des_poids(echelle.identifiant), zone)
    feuille.freeze_panes(_LIGNE_INVERSE, _PREMIER_ITEM)
    mettre_en_page(feuille, paysage=True, repetees=(2, _LIGNE_INVERSE))


def _ecrire_reponses_des_passations(chantier: _ChantierEvolution) -> None:
    """Écrit la feuille : les réponses de chaque passation, puis leurs valeurs retenues."""
    feuille, styles, items = chantier.feuille(FEUILLE_REPONSES), chantier.styles, chantier.items
    retenues = _SAISIE + len(items)
    entetes = [
        *((titre, largeur, typographier(_BREVE)) for titre, largeur in _CONTEXTE_ECRIT),
        *((item.code, _LARGEUR_ITEM, typographier(item.enonce)) for item in items),
        *((typographier(f"Retenue : {item.code}"), _LARGEUR_ITEM, "") for item in items),
    ]
    for rang, (titre, largeur, bulle) in enumerate(entetes):
        feuille.set_column(rang, rang, largeur)
        ecrire_texte(feuille, _ENTETE, rang, titre, styles["entete" if rang < _SAISIE else "entete_nombre"])
        if bulle:
            expliquer_l_entete(feuille, _ENTETE, rang, titre, bulle)
    regler_hauteur(feuille, _ENTETE, ((titre, largeur * 0.75) for titre, largeur, _ in entetes))
    chantier.nommer_les_bornes()
    for passation in chantier.passations:
        _ecrire_une_passation(chantier, feuille, passation)
    derniere = _PREMIERE_PASSATION + max(len(chantier.passations), 1) - 1
    for rang in range(_SAISIE, retenues):
        proposer_les_choix(feuille, rang, (_PREMIERE_PASSATION, derniere))
    feuille.autofilter(_ENTETE, 0, derniere, len(entetes) - 1)
    feuille.freeze_panes(_PREMIERE_PASSATION, 2)
    feuille.print_area(0, 0, derniere, retenues - 1)
    # Sur la seconde page en largeur aussi, une réponse se lit devant sa personne, son moment, son regard et son tiers.
    feuille.repeat_columns(0, 3)
    pages = pages_en_largeur(largeur for _, largeur, _ in entetes[:retenues])
    mettre_en_page(feuille, paysage=True, repetees=(_ENTETE, _ENTETE), pages=pages)


def _ecrire_une_passation(chantier: _ChantierEvolution, feuille: Worksheet, passation: Passation) -> None:
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
    chantier: _ChantierEvolution, feuille: Worksheet, place: tuple[int, int], passation: Passation, item: Item
) -> None:
    """La réponse telle qu’on l’a donnée et, plus à droite, sa valeur retenue."""
    styles, echelle, reponse = chantier.styles, chantier.referentiel.echelle, passation.reponse(item.code)
    montree = AUTRE_QUESTION if reponse.etat is Etat.QUESTION_CHANGEE else valeur_affichee(reponse)
    if isinstance(montree, int):
        ecrire_nombre(feuille, *place, montree, styles["saisie"])
    else:
        ecrire_texte(feuille, *place, montree, styles["general" if montree == AUTRE_QUESTION else "saisie"])
    inverse = adresse(_LIGNE_INVERSE, _PREMIER_ITEM + place[1] - _SAISIE, _FEUILLE_POIDS)
    formule = formule_retenue(adresse(*place, fixe=False), inverse)
    retenue = None if reponse.valeur is None else valeur_retenue(item, reponse.valeur, echelle.min, echelle.max)
    ecrire_formule(feuille, place[0], place[1] + len(chantier.items), formule, retenue, styles["general"])


_CODE, _QUI, _PREMIERE = 0, 1, 2
_LARGEUR_CODE, _LARGEUR_QUI, _LARGEUR_MESURE = 14, 42, 14
_EXPLICATION_DES_PERSONNES = (
    "Chaque score est une formule qui part de la feuille « Réponses », sur les seules situations répondues des deux "
    "côtés ; la différence est le second moins le premier. Une case vide : il n'y a pas de quoi comparer."
)
_REUNIES = "Les comparaisons dont une personne est la moyenne : plusieurs tiers la situent"


@dataclass(frozen=True, slots=True)
class _ColonnesDePersonnes:
    """Où est une mesure d’une évolution, personne par personne : les plages des deux scores et de la différence."""

    de: str
    a: str
    difference: str


_Reperes = Mapping[tuple[int, str], _ColonnesDePersonnes]
"""Rang d’une évolution et identifiant d’une mesure → ses colonnes."""


@dataclass(slots=True)
class _PageDesPersonnes:
    """La feuille, la prochaine ligne libre, et ce que les colonnes portent."""

    chantier: _ChantierEvolution
    ligne: int = 2
    reperes: dict[tuple[int, str], _ColonnesDePersonnes] = field(default_factory=dict)

    @property
    def feuille(self) -> Worksheet:
        return self.chantier.feuille(_FEUILLE_PERSONNES)

    @property
    def derniere(self) -> int:
        return _PREMIERE + 3 * len(self.chantier.mesures) - 1

    def colonne(self, bloc: int, rang: int) -> int:
        """La colonne d’une mesure, dans les premiers scores (0), les seconds (1) ou les différences (2)."""
        return _PREMIERE + bloc * len(self.chantier.mesures) + rang

    def titre(self, texte: str, style: str = "section") -> None:
        """Un texte dans les colonnes redites à chaque page et figées à l’écran : plus large, il y serait coupé."""
        largeur = _LARGEUR_CODE + _LARGEUR_QUI
        ecrire_etendu(self.feuille, self.ligne, (0, _QUI), typographier(texte), self.chantier.styles[style], largeur)
        self.ligne += 1


def _ecrire_scores_des_personnes(chantier: _ChantierEvolution) -> _Reperes:
    """Écrit la feuille, une évolution sous l’autre, et rend où sont ses colonnes."""
    page = _PageDesPersonnes(chantier)
    feuille, styles = page.feuille, chantier.styles
    feuille.set_column(_CODE, _CODE, _LARGEUR_CODE)
    feuille.set_column(_QUI, _QUI, _LARGEUR_QUI)
    feuille.set_column(_PREMIERE, page.derniere, _LARGEUR_MESURE)
    ecrire_texte(feuille, 0, 0, _FEUILLE_PERSONNES, styles["titre"])
    feuille.set_row(0, 24)
    page.ligne = 1
    page.titre(_EXPLICATION_DES_PERSONNES, "note")
    for rang, evolution in enumerate(chantier.evolutions):
        _ecrire_les_personnes(page, rang, evolution)
    feuille.freeze_panes(1, _PREMIERE)
    feuille.ignore_errors({"eval_error": "A1:XFD1048576", "formula_differs": "A1:XFD1048576"})
    feuille.print_area(0, 0, page.ligne - 1, page.derniere)
    feuille.repeat_columns(0, _QUI)
    largeurs = [_LARGEUR_CODE, _LARGEUR_QUI, *(_LARGEUR_MESURE,) * (page.derniere - _QUI)]
    mettre_en_page(feuille, paysage=True, pages=pages_en_largeur(largeurs))
    return page.reperes


def _ecrire_les_personnes(page: _PageDesPersonnes, numero: int, evolution: Evolution) -> None:
    page.ligne += 1
    page.titre(titrer_l_evolution(evolution))
    if not evolution.personnes:
        page.titre("Personne n'est présent des deux côtés.", "valeur")
        return
    _ecrire_entetes(page, evolution)
    debut = page.ligne
    reunies = [personne for personne in evolution.personnes if len(personne.comparaisons) > 1]
    places = _placer_les_reunies(debut + len(evolution.personnes) + 2, reunies)
    for personne in evolution.personnes:
        if (place := places.get(id(personne))) is None:
            _ecrire_une_comparaison(page, personne.passations[0], personne.ecarts)
        else:
            _ecrire_une_moyenne(page, personne, place)
    fin = page.ligne - 1
    for rang, mesure in enumerate(page.chantier.mesures):
        colonnes = (plage((debut, c), (fin, c), _FEUILLE_PERSONNES) for c in (page.colonne(b, rang) for b in range(3)))
        page.reperes[numero, mesure.identifiant] = _ColonnesDePersonnes(*colonnes)
    if reunies:
        _ecrire_les_reunies(page, reunies)


def _placer_les_reunies(premiere: int, reunies: Sequence[PersonneAppariee]) -> dict[int, int]:
    """La ligne de la première comparaison de chacune, par son identité en mémoire."""
    places = {}
    for personne in reunies:
        places[id(personne)] = premiere
        premiere += len(personne.comparaisons)
    return places


def _ecrire_les_reunies(page: _PageDesPersonnes, reunies: Sequence[PersonneAppariee]) -> None:
    page.ligne += 1
    page.titre(_REUNIES, "note")
    for personne in reunies:
        for deux, comparaison in zip(personne.passations, personne.comparaisons, strict=True):
            _ecrire_une_comparaison(page, deux, ecarts_d_une_comparaison(comparaison))


def _ecrire_entetes(page: _PageDesPersonnes, evolution: Evolution) -> None:
    """Deux lignes : de quel côté, redit à chaque colonne (une page n’en porte qu’une partie), puis de quelle mesure."""
    styles, mesures = page.chantier.styles, page.chantier.mesures
    for bloc, nom in enumerate((*nommer_les_deux_strates(evolution), "Différence")):
        for rang in range(len(mesures)):
            ecrire_texte(page.feuille, page.ligne, page.colonne(bloc, rang), typographier(nom), styles["entete_nombre"])
    noms = [nommer_le_mouvement(evolution.mouvements[mesure.identifiant]) for mesure in mesures]
    for colonne, nom in enumerate(("Code", "De quoi", *noms * 3)):
        style = "entete" if colonne < _PREMIERE else "entete_nombre"
        ecrire_texte(page.feuille, page.ligne + 1, colonne, nom, styles[style])
    regler_hauteur(page.feuille, page.ligne + 1, ((nom, _LARGEUR_MESURE * 0.8) for nom in noms))
    page.ligne += 2


def _ecrire_une_comparaison(
    page: _PageDesPersonnes, deux: tuple[Passation, Passation], ecarts: Mapping[str, EcartDePersonne]
) -> None:
    """Les deux scores de chaque échelle (règle 1), la position des deux côtés (règle 3), les différences."""
    _nommer(
        page,
        deux[0].identifiant,
        " ; ".join(nommer_le_cote(Cote.depuis(une), page.chantier.referentiel) for une in deux),
    )
    for bloc, formules in enumerate(_formules(page, deux)):
        for rang, (mesure, formule) in enumerate(zip(page.chantier.mesures, formules, strict=True)):
            ecart = ecarts.get(mesure.identifiant)
            valeur = None if ecart is None else (ecart.de, ecart.a)[bloc]
            _poser(page, page.colonne(bloc, rang), formule, valeur)
    _finir(page, ecarts)


def _formules(page: _PageDesPersonnes, deux: tuple[Passation, Passation]) -> Iterator[Sequence[str]]:
    """Celles des deux côtés, mesure par mesure."""
    chantier = page.chantier
    cotes = [chantier.retenues(une) for une in deux]
    communs = f"ISNUMBER({cotes[0]})*ISNUMBER({cotes[1]})"
    ingenieries = [rang for rang, mesure in enumerate(chantier.mesures) if mesure.nature == "ingenierie"]
    scores = [
        plage((page.ligne, page.colonne(bloc, ingenieries[0])), (page.ligne, page.colonne(bloc, ingenieries[-1])))
        for bloc in (0, 1)
    ]
    for bloc, cote in enumerate(cotes):
        yield [
            _formule_de_position(mesure.identifiant, scores, scores[bloc])
            if mesure.nature == "position"
            else _formule_de_score(chantier.nom_des_poids(mesure.identifiant), communs, cote)
            for mesure in chantier.mesures
        ]


def _formule_de_score(poids: str, communs: str, cote: str) -> str:
    partage = f"SUMPRODUCT({poids}*{communs})"
    moyenne = f"SUMPRODUCT({poids}*{communs},{cote})/{partage}"
    return f'=IF({partage}=0,"",IF({partage}>=seuil*SUM({poids})*(1-1E-9),{moyenne},""))'


def _formule_de_position(axe: str, deux: Sequence[str], scores: str) -> str:
    """Absente s’il manque une ingénierie, ou si d’un côté toutes les parts sont nulles."""
    sommes = [f"(SUM({cote})-COLUMNS({cote})*echelle_min)" for cote in deux]
    nulles = f"MIN({','.join(sommes)})/(echelle_max-echelle_min)<=1E-9"
    somme = f"(SUM({scores})-COLUMNS({scores})*echelle_min)"
    point = f"SUMPRODUCT(MMULT({scores}-echelle_min,pole_{axe}))/{somme}"
    return f'=IF(COUNT({scores})<COLUMNS({scores}),"",IF({nulles},"",{point}))'


def _ecrire_une_moyenne(page: _PageDesPersonnes, personne: PersonneAppariee, premiere: int) -> None:
    """Une personne que plusieurs tiers situent : la moyenne de celles de ses comparaisons qui se comparent."""
    combien = len(personne.comparaisons)
    _nommer(page, personne.identifiant, f"moyenne de {combien} comparaisons")
    for bloc in (0, 1):
        for rang, mesure in enumerate(page.chantier.mesures):
            colonne, ecart = page.colonne(bloc, rang), personne.ecarts.get(mesure.identifiant)
            zone = plage((premiere, colonne), (premiere + combien - 1, colonne))
            valeur = None if ecart is None else (ecart.de, ecart.a)[bloc]
            _poser(page, colonne, f'=IF(COUNT({zone})=0,"",AVERAGE({zone}))', valeur)
    _finir(page, personne.ecarts)


def _finir(page: _PageDesPersonnes, ecarts: Mapping[str, EcartDePersonne]) -> None:
    """Les différences, puis la ligne suivante."""
    for rang, mesure in enumerate(page.chantier.mesures):
        de, a = (adresse(page.ligne, page.colonne(bloc, rang), fixe=False) for bloc in (0, 1))
        ecart = ecarts.get(mesure.identifiant)
        formule = f'=IF(AND(ISNUMBER({de}),ISNUMBER({a})),{a}-{de},"")'
        _poser(page, page.colonne(2, rang), formule, None if ecart is None else ecart.difference)
    page.ligne += 1


def _nommer(page: _PageDesPersonnes, code: str, quoi: str) -> None:
    styles = page.chantier.styles
    ecrire_texte(page.feuille, page.ligne, _CODE, code, styles["texte_gras"])
    ecrire_texte(page.feuille, page.ligne, _QUI, typographier(quoi), styles["texte"])
    regler_hauteur(page.feuille, page.ligne, [(quoi, _LARGEUR_QUI)])


def _poser(page: _PageDesPersonnes, colonne: int, formule: str, valeur: float | None) -> None:
    ecrire_formule(page.feuille, page.ligne, colonne, formule, valeur, page.chantier.styles["decimal"])


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

    chantier: _ChantierEvolution
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


def _feuille_de_l_evolution(evolution: Evolution) -> str:
    """Celle où elle s’écrit : d’un moment à l’autre, ou d’un regard à l’autre."""
    return FEUILLE_REGARDS if evolution.entre_regards else FEUILLE_EVOLUTION


def _ecrire_moyennes_du_groupe(chantier: _ChantierEvolution, nom: str, reperes: _Reperes) -> None:
    """Écrit « Évolution » ou « Regards » : les évolutions de cette feuille, l’une sous l’autre."""
    page = _Page(chantier, nom)
    for colonne, largeur in enumerate(_LARGEURS):
        page.feuille.set_column(colonne, colonne, largeur)
    for numero, evolution in enumerate(chantier.evolutions):
        if _feuille_de_l_evolution(evolution) == nom:
            _ecrire_une_evolution(page, numero, evolution, reperes)
    _fermer(page)


def _ecrire_une_evolution(page: _Page, numero: int, evolution: Evolution, reperes: _Reperes) -> None:
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


def _ecrire_un_mouvement(page: _Page, un: Mouvement, colonnes: _ColonnesDePersonnes, seuil: int) -> None:
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


def _ecrire_les_moyennes(page: _Page, series: SeriesAppariees, colonnes: _ColonnesDePersonnes, seuil: int) -> None:
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


_EMPLOIS = {
    FEUILLE_EVOLUTION: "ce qui diffère d'un moment à l'autre, en moyenne sur les personnes présentes des deux côtés.",
    FEUILLE_REGARDS: "ce qui diffère de soi aux tiers, au même moment.",
    _FEUILLE_PERSONNES: "les deux scores de chaque personne et leur différence.",
    FEUILLE_REPONSES: f"les réponses de chaque passation comparée. {_CONSIGNE}",
    _FEUILLE_POIDS: "le poids de chaque situation dans chaque échelle.",
    FEUILLE_REFERENTIEL: "les définitions, les situations, les sources et les hypothèses, coordonnées comprises.",
    ANOMALIES: "ce que la lecture a refusé ou signalé.",
}
_REGLES_DU_GROUPE = (
    (
        "Différence moyenne",
        "La moyenne, sur les personnes présentes des deux côtés, de la seconde valeur moins la première ; son "
        "intervalle à 95 % est celui de Student. d_z la rapporte à l'écart-type des différences (Lakens, 2013). Les "
        "limites d'accord sont à 1,96 écart-type d'elle (Bland et Altman, 1986).",
    ),
    (
        "Plusieurs tiers",
        "Une personne que plusieurs tiers situent compte une fois, pour la moyenne de ses comparaisons.",
    ),
)
_CONFIDENTIALITE = (
    "Confidentialité",
    "Ce classeur nomme les personnes et porte leurs réponses : il se garde comme elles. Pour partager, la page ou le "
    "JSON, qui ne décrivent que le groupe.",
)


def ecrire_classeur_evolution(
    chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages
) -> None:
    """Écrit le classeur des évolutions d’un groupe, en entier ou pas du tout.

    :param recueil: ce dont elles sont faites : ses sources et ses anomalies y sont dites.
    :raises ErreurCpit: place prise, ou plus de passations qu’une feuille de tableur n’a de lignes.
    :raises OSError: si l’emplacement ne s’écrit pas.
    :raises ValueError: si la date des réglages n’est pas une date ISO 8601.
    """
    passations, lignes = _ranger_les_passations(evolutions)
    maximum = LIGNES_DE_FEUILLE_MAX - _PREMIERE_PASSATION
    if len(passations) > maximum:
        raise refus("classeur-trop-de-lignes", chemin.name, n=grouper(len(passations)), maximum=grouper(maximum))
    jour = datetime.fromisoformat(reglages.date[:10])
    with atelier(chemin.parent) as dossier, ecriture_durable(chemin, recueil.permis) as sortie:
        brut = dossier / "classeur.xlsx"
        classeur = creer_document(str(brut), tmpdir=str(dossier))
        styles = creer_styles_groupe(classeur)
        referentiel = evolutions[0].referentiel
        colonnes = tuple(referentiel.ordre_de_passation()), mesures_d_evolution(referentiel)
        chantier = _ChantierEvolution(classeur, styles, tuple(evolutions), passations, lignes, *colonnes)
        _ecrire_feuilles(chantier, recueil, reglages.date)
        _decrire(classeur, chantier, jour)
        fermer_document(classeur)
        with ouvrir(brut) as entree:
            franciser_flux(entree, sortie)


def _feuilles(chantier: _ChantierEvolution) -> tuple[str, ...]:
    """Les feuilles de ce classeur ; « Évolution » et « Regards » ne viennent que s’il y a de quoi."""
    presentes = {_feuille_de_l_evolution(une) for une in chantier.evolutions}
    return tuple(nom for nom in _EMPLOIS if nom not in (FEUILLE_EVOLUTION, FEUILLE_REGARDS) or nom in presentes)


def _ecrire_feuilles(chantier: _ChantierEvolution, recueil: Recueil, date: str) -> None:
    feuilles = _feuilles(chantier)
    for nom in (*feuilles, FEUILLE_A_PROPOS):
        chantier.classeur.add_worksheet(nom)
    ecrire_referentiel(chantier, chantier.referentiel)
    _ecrire_poids_des_items(chantier)
    _ecrire_reponses_des_passations(chantier)
    reperes = _ecrire_scores_des_personnes(chantier)
    for nom in feuilles:
        if nom in (FEUILLE_EVOLUTION, FEUILLE_REGARDS):
            _ecrire_moyennes_du_groupe(chantier, nom, reperes)
    ecrire_table_d_anomalies(chantier.feuille(ANOMALIES), chantier.styles, recueil.anomalies)
    _ecrire_la_notice(chantier, feuilles, recueil, date)


def _ecrire_la_notice(chantier: _ChantierEvolution, feuilles: Sequence[str], recueil: Recueil, date: str) -> None:
    """« À propos » : d’où viennent les nombres, les règles, ce qu’une différence ne dit pas."""
    feuille, styles = chantier.feuille(FEUILLE_A_PROPOS), chantier.styles
    ouvrir_page(feuille, styles, "À propos de ce classeur")
    comparees = [(titrer_l_evolution(une), accorder(une.appariees, "personne")) for une in chantier.evolutions]
    ligne = ecrire_provenance(styles, feuille, [*comparees, *identifier(chantier.referentiel)], date)
    limites = [*LIMITES_GROUPE, _CONFIDENTIALITE]
    rubriques = {
        "Fichiers lus": [(source[0], bilan(source)) for source in recueil.sources],
        "Les feuilles": [(nom, _EMPLOIS[nom]) for nom in feuilles],
        "Règles de calcul": [*regles(chantier.referentiel), *_REGLES_DU_GROUPE],
        "Limites": limites,
        "Licences": [("cpit", "MIT"), ("Référentiel", chantier.referentiel.licence)],
    }
    for titre, lignes in rubriques.items():
        if lignes:
            dites = [(libelle, typographier(texte)) for libelle, texte in lignes]
            ligne = ecrire_rubrique(styles, feuille, ligne, titre, dites)
    fermer_page(feuille, ligne)


def _decrire(classeur: Workbook, chantier: _ChantierEvolution, jour: datetime) -> None:
    titre = f"Évolution d’un groupe, {chantier.referentiel.titre}"
    decrire_document(classeur, titre, jour, sujet="Personnes comparées à elles-mêmes : différences et réponses")
    classeur.set_calc_mode("auto")

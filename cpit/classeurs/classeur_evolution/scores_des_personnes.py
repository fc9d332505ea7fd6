"""« Personnes » : les deux scores de chaque personne, sur les situations répondues des deux côtés, et leur différence.

Une personne que plusieurs tiers situent est la moyenne de ses comparaisons, écrites une à une sous les personnes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_evolution.chantier_evolution import FEUILLE_PERSONNES, ChantierEvolution
from cpit.coeur.comparaison import Cote
from cpit.coeur.evolution import EcartDePersonne, Evolution, PersonneAppariee, ecarts_d_une_comparaison
from cpit.coeur.mots.lecture_comparaison import (
    nommer_le_cote,
    nommer_le_mouvement,
    nommer_les_deux_strates,
    titrer_l_evolution,
)
from cpit.coeur.passation import Passation
from cpit.tableur.document import (
    adresse,
    ecrire_etendu,
    ecrire_formule,
    ecrire_texte,
    etendre,
    mettre_en_page,
    pages_en_largeur,
    plage,
    regler_hauteur,
)
from cpit.typographie import typographier

_CODE, _QUI, _PREMIERE = 0, 1, 2
_LARGEUR_CODE, _LARGEUR_QUI, _LARGEUR_MESURE = 14, 30, 11
_EXPLICATION = (
    "Chaque score est une formule qui part de la feuille « Réponses », sur les seules situations répondues des deux "
    "côtés ; la différence est le second moins le premier. Une case vide : il n'y a pas de quoi comparer."
)
_REUNIES = "Les comparaisons dont une personne est la moyenne : plusieurs tiers la situent"


@dataclass(frozen=True, slots=True)
class ColonnesDePersonnes:
    """Où est une mesure d’une évolution, personne par personne : les plages des deux scores et de la différence."""

    de: str
    a: str
    difference: str


Reperes = Mapping[tuple[int, str], ColonnesDePersonnes]
"""Rang d’une évolution et identifiant d’une mesure → ses colonnes."""


@dataclass(slots=True)
class _Page:
    """La feuille, la prochaine ligne libre, et ce que les colonnes portent."""

    chantier: ChantierEvolution
    ligne: int = 2
    reperes: dict[tuple[int, str], ColonnesDePersonnes] = field(default_factory=dict)

    @property
    def feuille(self) -> Worksheet:
        return self.chantier.feuille(FEUILLE_PERSONNES)

    @property
    def derniere(self) -> int:
        return _PREMIERE + 3 * len(self.chantier.mesures) - 1

    def colonne(self, bloc: int, rang: int) -> int:
        """La colonne d’une mesure, dans les premiers scores (0), les seconds (1) ou les différences (2)."""
        return _PREMIERE + bloc * len(self.chantier.mesures) + rang

    def titre(self, texte: str, style: str = "section") -> None:
        largeur = _LARGEUR_CODE + _LARGEUR_QUI + 6 * _LARGEUR_MESURE
        ecrire_etendu(
            self.feuille, self.ligne, (0, _PREMIERE + 5), typographier(texte), self.chantier.styles[style], largeur
        )
        self.ligne += 1


def ecrire_scores_des_personnes(chantier: ChantierEvolution) -> Reperes:
    """Écrit la feuille, une évolution sous l’autre, et rend où sont ses colonnes."""
    page = _Page(chantier)
    feuille, styles = page.feuille, chantier.styles
    feuille.set_column(_CODE, _CODE, _LARGEUR_CODE)
    feuille.set_column(_QUI, _QUI, _LARGEUR_QUI)
    feuille.set_column(_PREMIERE, page.derniere, _LARGEUR_MESURE)
    ecrire_texte(feuille, 0, 0, FEUILLE_PERSONNES, styles["titre"])
    feuille.set_row(0, 24)
    page.ligne = 1
    page.titre(_EXPLICATION, "note")
    for rang, evolution in enumerate(chantier.evolutions):
        _ecrire_une_evolution(page, rang, evolution)
    feuille.freeze_panes(1, _PREMIERE)
    feuille.ignore_errors({"eval_error": "A1:XFD1048576", "formula_differs": "A1:XFD1048576"})
    feuille.print_area(0, 0, page.ligne - 1, page.derniere)
    feuille.repeat_columns(0, _QUI)
    largeurs = [_LARGEUR_CODE, _LARGEUR_QUI, *(_LARGEUR_MESURE,) * (page.derniere - _QUI)]
    mettre_en_page(feuille, paysage=True, pages=pages_en_largeur(largeurs))
    return page.reperes


def _ecrire_une_evolution(page: _Page, numero: int, evolution: Evolution) -> None:
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
        colonnes = (plage((debut, c), (fin, c), FEUILLE_PERSONNES) for c in (page.colonne(b, rang) for b in range(3)))
        page.reperes[numero, mesure.identifiant] = ColonnesDePersonnes(*colonnes)
    if reunies:
        _ecrire_les_reunies(page, reunies)


def _placer_les_reunies(premiere: int, reunies: Sequence[PersonneAppariee]) -> dict[int, int]:
    """La ligne de la première comparaison de chacune, par son identité en mémoire."""
    places = {}
    for personne in reunies:
        places[id(personne)] = premiere
        premiere += len(personne.comparaisons)
    return places


def _ecrire_les_reunies(page: _Page, reunies: Sequence[PersonneAppariee]) -> None:
    page.ligne += 1
    page.titre(_REUNIES, "note")
    for personne in reunies:
        for deux, comparaison in zip(personne.passations, personne.comparaisons, strict=True):
            _ecrire_une_comparaison(page, deux, ecarts_d_une_comparaison(comparaison))


def _ecrire_entetes(page: _Page, evolution: Evolution) -> None:
    """Deux lignes : de quel côté, puis de quelle mesure."""
    styles, mesures = page.chantier.styles, page.chantier.mesures
    for bloc, nom in enumerate((*nommer_les_deux_strates(evolution), "Différence")):
        colonnes = (page.colonne(bloc, 0), page.colonne(bloc, len(mesures) - 1))
        etendre(page.feuille, page.ligne, colonnes, typographier(nom), styles["entete"])
    noms = [nommer_le_mouvement(evolution.mouvements[mesure.identifiant]) for mesure in mesures]
    for colonne, nom in enumerate(("Code", "De quoi", *noms * 3)):
        style = "entete" if colonne < _PREMIERE else "entete_nombre"
        ecrire_texte(page.feuille, page.ligne + 1, colonne, nom, styles[style])
    regler_hauteur(page.feuille, page.ligne + 1, ((nom, _LARGEUR_MESURE * 0.8) for nom in noms))
    page.ligne += 2


def _ecrire_une_comparaison(
    page: _Page, deux: tuple[Passation, Passation], ecarts: Mapping[str, EcartDePersonne]
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


def _formules(page: _Page, deux: tuple[Passation, Passation]) -> Iterator[Sequence[str]]:
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


def _ecrire_une_moyenne(page: _Page, personne: PersonneAppariee, premiere: int) -> None:
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


def _finir(page: _Page, ecarts: Mapping[str, EcartDePersonne]) -> None:
    """Les différences, puis la ligne suivante."""
    for rang, mesure in enumerate(page.chantier.mesures):
        de, a = (adresse(page.ligne, page.colonne(bloc, rang), fixe=False) for bloc in (0, 1))
        ecart = ecarts.get(mesure.identifiant)
        formule = f'=IF(AND(ISNUMBER({de}),ISNUMBER({a})),{a}-{de},"")'
        _poser(page, page.colonne(2, rang), formule, None if ecart is None else ecart.difference)
    page.ligne += 1


def _nommer(page: _Page, code: str, quoi: str) -> None:
    styles = page.chantier.styles
    ecrire_texte(page.feuille, page.ligne, _CODE, code, styles["texte_gras"])
    ecrire_texte(page.feuille, page.ligne, _QUI, typographier(quoi), styles["texte"])
    regler_hauteur(page.feuille, page.ligne, [(quoi, _LARGEUR_QUI)])


def _poser(page: _Page, colonne: int, formule: str, valeur: float | None) -> None:
    ecrire_formule(page.feuille, page.ligne, colonne, formule, valeur, page.chantier.styles["decimal"])

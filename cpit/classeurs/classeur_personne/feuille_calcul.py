"""La feuille « Calcul » : chaque nombre refait par une formule, à côté de celui de cpit, et leur écart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from cpit.classeurs.classeur_personne.chantier import FEUILLE_CALCUL, ChantierPersonne
from cpit.classeurs.classeur_personne.donnees_graphiques import ReperesGraphiques, ecrire_donnees
from cpit.classeurs.classeur_personne.feuille_referentiel import ReperesReferentiel
from cpit.classeurs.classeur_personne.page_calcul import (
    CALCUL_ITEMS,
    CALCUL_REPONDUS,
    IDENTIFIANT,
    POIDS,
    POIDS_REPONDU,
    REFAIT,
    SOMME,
    SORTE,
    Page,
    fermer_calcul,
    ouvrir_calcul,
)
from cpit.coeur.notation import Score, Situation, parts, situer_scores, valeur_retenue
from cpit.coeur.referentiel import Item, Position
from cpit.tableur.document import adresse, plage

# --- Le début de « Calcul » : scores et cases de la matrice (règles 1 et 5).


_ENTETES_SCORES = ("Items", "Répondus", "Poids total", "Poids répondu", "Σ poids × valeur")
_NATURES = {"competence": "Compétence", "ingenierie": "Ingénierie", "groupe": "Groupe"}


def _ecrire_scores(page: Page) -> dict[str, int]:
    """Règle 1 : compétences, ingénieries et groupes ; rend la ligne de chaque échelle."""
    referentiel, resultat = page.chantier.restitution.referentiel, page.chantier.restitution.resultat
    page.section("Règle 1 : les scores", ("Sorte", "Identifiant", "Libellé"), _ENTETES_SCORES)
    debut, lignes = page.ligne, {}
    for identifiant, echelle in referentiel.echelles.items():
        lignes[identifiant] = page.ligne
        page.noms(_NATURES[echelle.nature], identifiant, echelle.libelle)
        score = resultat.score(identifiant)
        _sommes(page, f'ISNUMBER(FIND(" "&{page.ici(IDENTIFIANT)}&" ",echelles_des_items))', echelle.items, score)
        w, r, s = (page.ici(colonne) for colonne in (POIDS, POIDS_REPONDU, SOMME))
        page.comparer(f'=IF({r}=0,"",IF({r}>=seuil*{w}*(1-1E-9),{s}/{r},""))', score.valeur)
    page.clore(debut)
    return lignes


def _ecrire_cases(page: Page) -> dict[str, tuple[int, int]]:
    """Règle 5 : les cases de la matrice ; rend la première et la dernière ligne de chaque compétence."""
    referentiel, resultat = page.chantier.restitution.referentiel, page.chantier.restitution.resultat
    titre = "Règle 5 : les cases compétence × ingénierie"
    page.section(titre, ("Compétence", "Ingénierie", "Libellé"), _ENTETES_SCORES)
    debut, lignes = page.ligne, {}
    for competence in referentiel.competences:
        premiere = page.ligne
        for ingenierie in referentiel.ingenieries:
            page.noms(competence.identifiant, ingenierie.identifiant, f"{competence.libelle} × {ingenierie.libelle}")
            items = [
                item
                for item in referentiel.items_de(competence.identifiant)
                if item.ingenierie == ingenierie.identifiant
            ]
            score = resultat.matrice[competence.identifiant][ingenierie.identifiant]
            trouve = "*".join(
                f'ISNUMBER(FIND(" "&{page.ici(colonne)}&" ",echelles_des_items))' for colonne in (SORTE, IDENTIFIANT)
            )
            _sommes(page, trouve, items, score)
            r, s = page.ici(POIDS_REPONDU), page.ici(SOMME)
            page.comparer(f'=IF({r}=0,"",{s}/{r})', score.valeur)
        lignes[competence.identifiant] = (premiere, page.ligne - 1)
    page.clore(debut)
    return lignes


def _sommes(page: Page, trouve: str, items: Sequence[Item], score: Score) -> None:
    """Items, répondus, poids, poids répondu et somme pondérée, sur les lignes de Réponses que ``trouve`` retient."""
    restitution = page.chantier.restitution
    echelle, valeurs = restitution.referentiel.echelle, restitution.passation.valeurs()
    presents = [item for item in items if item.code in valeurs]
    somme = fsum(i.poids * valeur_retenue(i, valeurs[i.code], echelle.min, echelle.max) for i in presents)
    page.calcul(CALCUL_ITEMS, f"=SUMPRODUCT({trouve}*1)", score.items, "entier")
    page.calcul(CALCUL_REPONDUS, f"=SUMPRODUCT({trouve}*ISNUMBER(retenues))", score.repondus, "entier")
    page.calcul(POIDS, f"=SUMPRODUCT({trouve}*poids)", fsum(item.poids for item in items), "general")
    repondu = fsum(item.poids for item in presents)
    page.calcul(POIDS_REPONDU, f"=SUMPRODUCT({trouve}*ISNUMBER(retenues)*poids)", repondu, "general")
    page.calcul(SOMME, f"=SUMPRODUCT({trouve}*poids,retenues)", somme, "general")


# --- La suite de « Calcul » : parts, positions, distances et dominante (règles 2, 3 et 4).


_NUL = "1E-9"
"""En deçà, une somme de parts est nulle : personne n’a de part si petite."""


@dataclass(frozen=True, slots=True)
class _APlacer:
    """Ce que l’on place sur la carte : ses parts (formule et valeurs), les pôles, la situation selon cpit."""

    sorte: str
    identifiant: str
    libelle: str
    scores: str
    valeurs: tuple[float | None, ...]
    poles: tuple[Position, ...]
    plages: tuple[str, str]
    situation: Situation

    def total(self) -> float | None:
        """Somme des parts, absente si l’une d’elles l’est."""
        presentes = [valeur for valeur in self.valeurs if valeur is not None]
        return fsum(presentes) if len(presentes) == len(self.valeurs) else None

    def ponderee(self, axe: str) -> float | None:
        """Somme des parts multipliées par la coordonnée de leur pôle."""
        if self.total() is None:
            return None
        return fsum((a or 0.0) * getattr(p, axe) for a, p in zip(self.valeurs, self.poles, strict=True))


def _ecrire_parts(page: Page, lignes_scores: dict[str, int]) -> None:
    """Règle 2 : la part de chaque ingénierie ; nomme ``parts``."""
    referentiel, resultat = page.chantier.restitution.referentiel, page.chantier.restitution.resultat
    page.section("Règle 2 : la part de chaque ingénierie", ("Sorte", "Identifiant", "Libellé"), ("x", "y", "Score"))
    debut = page.ligne
    valeurs = parts(referentiel, resultat.ingenieries)
    for rang, ingenierie in enumerate(referentiel.ingenieries, start=1):
        page.noms("Part", ingenierie.identifiant, ingenierie.libelle)
        page.calcul(CALCUL_ITEMS, f"=INDEX(pole_x,{rang})", ingenierie.position.x, "general")
        page.calcul(CALCUL_REPONDUS, f"=INDEX(pole_y,{rang})", ingenierie.position.y, "general")
        score = resultat.ingenieries[ingenierie.identifiant].valeur
        page.calcul(POIDS, f"={adresse(lignes_scores[ingenierie.identifiant], REFAIT, fixe=False)}", score)
        page.vides(POIDS_REPONDU, SOMME)
        score_ici = page.ici(POIDS)
        part = f"({score_ici}-echelle_min)/(echelle_max-echelle_min)"
        page.comparer(f'=IF(ISNUMBER({score_ici}),{part},"")', valeurs[ingenierie.identifiant])
    page.chantier.nommer("parts", plage((debut, REFAIT), (page.ligne - 1, REFAIT), FEUILLE_CALCUL))
    page.clore(debut)


def _ecrire_positions(
    page: Page, lignes_cases: dict[str, tuple[int, int]], reperes: ReperesReferentiel
) -> dict[str, int]:
    """Règles 3 et 4 : positions et distances ; rend la ligne du x de chaque chose placée (la personne : ``""``)."""
    calculs = ("Ingénieries", "Avec part", "Σ parts", "Σ parts × pôle")
    page.section("Règle 3 : les positions sur la carte", ("Sorte", "Identifiant", "Libellé"), calculs)
    debut = page.ligne
    lignes: dict[str, int] = {}
    for chose in (_personne(page), *_competences(page, lignes_cases), *_jeux(page, reperes)):
        lignes.setdefault(chose.identifiant, page.ligne)
        _ecrire_position(page, chose)
    page.clore(debut)
    return lignes


def _ecrire_dominante(page: Page, ligne_personne: int) -> int:
    """Règle 4 : 1 pour chaque ingénierie qui domine, 0 sinon ; rend la première ligne."""
    restitution = page.chantier.restitution
    titre = "Règle 4 : la dominante (1 : elle domine ; 0 : non ; que des 0 : équilibre)"
    page.section(titre, ("Sorte", "Identifiant", "Libellé"), ("Part", "Distance"))
    debut = page.ligne
    distance = adresse(ligne_personne + 2, REFAIT)
    situation = restitution.resultat.situation
    valeurs = parts(restitution.referentiel, restitution.resultat.ingenieries)
    for rang, ingenierie in enumerate(restitution.referentiel.ingenieries, start=1):
        page.noms("Dominante", ingenierie.identifiant, ingenierie.libelle)
        page.calcul(CALCUL_ITEMS, f"=INDEX(parts,{rang})", valeurs[ingenierie.identifiant])
        page.calcul(CALCUL_REPONDUS, f"={distance}", situation.distance)
        page.vides(POIDS, POIDS_REPONDU, SOMME)
        domine = f"IF(MAX(parts)-{page.ici(CALCUL_ITEMS)}<=1E-9,1,0)"
        formule = f'=IF(ISNUMBER({distance}),IF({distance}<seuil_equilibre-1E-9,0,{domine}),"")'
        dominante = situation.dominante
        page.comparer(formule, None if dominante is None else float(ingenierie.identifiant in dominante), "entier")
    page.clore(debut)
    return debut


def _personne(page: Page) -> _APlacer:
    restitution = page.chantier.restitution
    referentiel, resultat = restitution.referentiel, restitution.resultat
    return _APlacer(
        "Personne",
        "",
        "Ensemble des réponses",
        "parts",
        tuple(parts(referentiel, resultat.ingenieries).values()),
        tuple(i.position for i in referentiel.ingenieries),
        ("pole_x", "pole_y"),
        resultat.situation,
    )


def _competences(page: Page, lignes_cases: dict[str, tuple[int, int]]) -> Iterator[_APlacer]:
    restitution = page.chantier.restitution
    referentiel, resultat = restitution.referentiel, restitution.resultat
    for competence in referentiel.competences:
        debut, fin = lignes_cases[competence.identifiant]
        yield _APlacer(
            "Compétence",
            competence.identifiant,
            competence.libelle,
            plage((debut, REFAIT), (fin, REFAIT)),
            tuple(parts(referentiel, resultat.matrice[competence.identifiant]).values()),
            tuple(i.position for i in referentiel.ingenieries),
            ("pole_x", "pole_y"),
            resultat.situations_competences[competence.identifiant],
        )


def _jeux(page: Page, reperes: ReperesReferentiel) -> Iterator[_APlacer]:
    """La personne, avec chaque autre jeu de coordonnées."""
    restitution = page.chantier.restitution
    referentiel, resultat = restitution.referentiel, restitution.resultat
    for jeu, plages in zip(referentiel.sensibilite, reperes.jeux, strict=True):
        yield _APlacer(
            "Autres coordonnées",
            jeu.identifiant,
            jeu.libelle,
            "parts",
            tuple(parts(referentiel, resultat.ingenieries).values()),
            tuple(jeu.positions[i.identifiant] for i in referentiel.ingenieries),
            plages,
            situer_scores(referentiel, resultat.ingenieries, jeu.positions),
        )


def _ecrire_position(page: Page, chose: _APlacer) -> None:
    """Trois lignes : x, y, distance au centre de gravité des pôles."""
    point, total = chose.situation.position, chose.total()
    premiere = page.ligne
    for rang, axe in enumerate(("x", "y")):
        page.noms(chose.sorte, chose.identifiant, f"{chose.libelle} : {axe}")
        page.calcul(CALCUL_ITEMS, f"=ROWS({chose.scores})", len(chose.valeurs), "entier")
        page.calcul(CALCUL_REPONDUS, f"=COUNT({chose.scores})", sum(a is not None for a in chose.valeurs), "entier")
        manque = f"{page.ici(CALCUL_REPONDUS)}<{page.ici(CALCUL_ITEMS)}"
        page.calcul(POIDS, f'=IF({manque},"",{_somme_des_parts(chose.scores)})', total)
        ponderee = _somme_des_parts(chose.scores, chose.plages[rang])
        page.calcul(POIDS_REPONDU, f'=IF({manque},"",{ponderee})', chose.ponderee(axe))
        page.vides(SOMME)
        somme = page.ici(POIDS)
        formule = f'=IF(ISNUMBER({somme}),IF({somme}<={_NUL},"",{page.ici(POIDS_REPONDU)}/{somme}),"")'
        page.comparer(formule, None if point is None else getattr(point, axe))
    page.noms(chose.sorte, chose.identifiant, f"{chose.libelle} : distance au centre")
    page.vides(CALCUL_ITEMS, CALCUL_REPONDUS, POIDS, POIDS_REPONDU, SOMME)
    x, y = (adresse(premiere + rang, REFAIT, fixe=False) for rang in (0, 1))
    px, py = chose.plages
    carres = f"({x}-AVERAGE({px}))^2+({y}-AVERAGE({py}))^2"
    page.comparer(f'=IF(ISNUMBER({x}),SQRT({carres}),"")', chose.situation.distance)


def _somme_des_parts(scores: str, coordonnees: str | None = None) -> str:
    """Σ a_k, ou Σ a_k·P_k ; les cases d’une compétence sont d’abord ramenées à des parts (règle 2)."""
    suite = f",{coordonnees}" if coordonnees else ""
    if scores == "parts":
        return f"SUMPRODUCT(parts{suite})"
    return f"SUMPRODUCT({scores}-echelle_min{suite})/(echelle_max-echelle_min)"


@dataclass(frozen=True, slots=True)
class ReperesCalcul:
    """Où sont les nombres que la synthèse reprend (lignes de « Calcul », à partir de 0).

    ``scores`` : ligne de chaque échelle ; ``position`` : ligne du x de la personne, suivie de y et de la distance ;
    ``dominante`` : première ligne, une par ingénierie.
    """

    scores: dict[str, int]
    position: int
    dominante: int
    graphiques: ReperesGraphiques


def ecrire_calcul(chantier: ChantierPersonne, reperes: ReperesReferentiel) -> ReperesCalcul:
    """Écrit la feuille et rend l’adresse de ce que la synthèse montre."""
    page = ouvrir_calcul(chantier)
    scores = _ecrire_scores(page)
    cases = _ecrire_cases(page)
    _ecrire_parts(page, scores)
    positions = _ecrire_positions(page, cases, reperes)
    dominante = _ecrire_dominante(page, positions[""])
    fermer_calcul(page)
    graphiques = ecrire_donnees(chantier, scores, positions)
    return ReperesCalcul(scores, positions[""], dominante, graphiques)

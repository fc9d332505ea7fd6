"""La suite de « Calcul » : parts, positions, distances et dominante (règles 2, 3 et 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum

from cpit.coeur.modele import Position
from cpit.coeur.notation import parts, situer_scores
from cpit.coeur.position import Situation
from cpit.formats.classeur.chantier import CALCUL
from cpit.formats.classeur.page_calcul import ITEMS, POIDS, POIDS_REPONDU, REFAIT, REPONDUS, SOMME, Page
from cpit.formats.classeur.referentiel import ReperesReferentiel
from cpit.tableur.cellules import adresse, plage

NUL = "1E-9"
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


def ecrire_parts(page: Page, lignes_scores: dict[str, int]) -> None:
    """Règle 2 : la part de chaque ingénierie ; nomme ``parts``."""
    referentiel, resultat = page.chantier.restitution.referentiel, page.chantier.restitution.resultat
    page.section("Règle 2 : la part de chaque ingénierie", ("Sorte", "Identifiant", "Libellé"), ("x", "y", "Score"))
    debut = page.ligne
    valeurs = parts(referentiel, resultat.ingenieries)
    for rang, ingenierie in enumerate(referentiel.ingenieries, start=1):
        page.noms("Part", ingenierie.identifiant, ingenierie.libelle)
        page.calcul(ITEMS, f"=INDEX(pole_x,{rang})", ingenierie.position.x, "general")
        page.calcul(REPONDUS, f"=INDEX(pole_y,{rang})", ingenierie.position.y, "general")
        score = resultat.ingenieries[ingenierie.identifiant].valeur
        page.calcul(POIDS, f"={adresse(lignes_scores[ingenierie.identifiant], REFAIT, fixe=False)}", score)
        page.vides(POIDS_REPONDU, SOMME)
        score_ici = page.ici(POIDS)
        part = f"({score_ici}-echelle_min)/(echelle_max-echelle_min)"
        page.comparer(f'=IF(ISNUMBER({score_ici}),{part},"")', valeurs[ingenierie.identifiant])
    page.chantier.nommer("parts", plage((debut, REFAIT), (page.ligne - 1, REFAIT), CALCUL))
    page.clore(debut)


def ecrire_positions(
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


def ecrire_dominante(page: Page, ligne_personne: int) -> int:
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
        page.calcul(ITEMS, f"=INDEX(parts,{rang})", valeurs[ingenierie.identifiant])
        page.calcul(REPONDUS, f"={distance}", situation.distance)
        page.vides(POIDS, POIDS_REPONDU, SOMME)
        domine = f"IF(MAX(parts)-{page.ici(ITEMS)}<=1E-9,1,0)"
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
        page.calcul(ITEMS, f"=ROWS({chose.scores})", len(chose.valeurs), "entier")
        page.calcul(REPONDUS, f"=COUNT({chose.scores})", sum(a is not None for a in chose.valeurs), "entier")
        manque = f"{page.ici(REPONDUS)}<{page.ici(ITEMS)}"
        page.calcul(POIDS, f'=IF({manque},"",{_somme_des_parts(chose.scores)})', total)
        ponderee = _somme_des_parts(chose.scores, chose.plages[rang])
        page.calcul(POIDS_REPONDU, f'=IF({manque},"",{ponderee})', chose.ponderee(axe))
        page.vides(SOMME)
        somme = page.ici(POIDS)
        formule = f'=IF(ISNUMBER({somme}),IF({somme}<={NUL},"",{page.ici(POIDS_REPONDU)}/{somme}),"")'
        page.comparer(formule, None if point is None else getattr(point, axe))
    page.noms(chose.sorte, chose.identifiant, f"{chose.libelle} : distance au centre")
    page.vides(ITEMS, REPONDUS, POIDS, POIDS_REPONDU, SOMME)
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

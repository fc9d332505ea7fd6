"""Le début de « Calcul » : scores et cases de la matrice (règles 1 et 5)."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from cpit.coeur.modele import Item
from cpit.coeur.notation import Score, valeur_retenue
from cpit.formats.classeur.page_calcul import (
    IDENTIFIANT,
    ITEMS,
    POIDS,
    POIDS_REPONDU,
    REPONDUS,
    SOMME,
    SORTE,
    Page,
)

ENTETES_SCORES = ("Items", "Répondus", "Poids total", "Poids répondu", "Σ poids × valeur")
NATURES = {"competence": "Compétence", "ingenierie": "Ingénierie", "groupe": "Groupe"}


def ecrire_scores(page: Page) -> dict[str, int]:
    """Règle 1 : compétences, ingénieries et groupes ; rend la ligne de chaque échelle."""
    referentiel, resultat = page.chantier.restitution.referentiel, page.chantier.restitution.resultat
    page.section("Règle 1 : les scores", ("Sorte", "Identifiant", "Libellé"), ENTETES_SCORES)
    debut, lignes = page.ligne, {}
    for identifiant, echelle in referentiel.echelles.items():
        lignes[identifiant] = page.ligne
        page.noms(NATURES[echelle.nature], identifiant, echelle.libelle)
        score = resultat.score(identifiant)
        _sommes(page, f'ISNUMBER(FIND(" "&{page.ici(IDENTIFIANT)}&" ",echelles_des_items))', echelle.items, score)
        w, r, s = (page.ici(colonne) for colonne in (POIDS, POIDS_REPONDU, SOMME))
        page.comparer(f'=IF({r}=0,"",IF({r}>=seuil*{w}*(1-1E-9),{s}/{r},""))', score.valeur)
    page.clore(debut)
    return lignes


def ecrire_cases(page: Page) -> dict[str, tuple[int, int]]:
    """Règle 5 : les cases de la matrice ; rend la première et la dernière ligne de chaque compétence."""
    referentiel, resultat = page.chantier.restitution.referentiel, page.chantier.restitution.resultat
    titre = "Règle 5 : les cases compétence × ingénierie"
    page.section(titre, ("Compétence", "Ingénierie", "Libellé"), ENTETES_SCORES)
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
    page.calcul(ITEMS, f"=SUMPRODUCT({trouve}*1)", score.items, "entier")
    page.calcul(REPONDUS, f"=SUMPRODUCT({trouve}*ISNUMBER(retenues))", score.repondus, "entier")
    page.calcul(POIDS, f"=SUMPRODUCT({trouve}*poids)", fsum(item.poids for item in items), "general")
    repondu = fsum(item.poids for item in presents)
    page.calcul(POIDS_REPONDU, f"=SUMPRODUCT({trouve}*ISNUMBER(retenues)*poids)", repondu, "general")
    page.calcul(SOMME, f"=SUMPRODUCT({trouve}*poids,retenues)", somme, "general")

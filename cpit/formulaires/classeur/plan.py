"""Où se place chaque chose dans la feuille : des lignes, comptées une fois pour toutes avant d’écrire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cpit.coeur.modele import Competence, Item, Referentiel
from cpit.formats.forme_formulaire import questions
from cpit.tableur.cellules import adresse

COL_CODE, COL_SITUATION, COL_REPONSE, COL_TRACE = range(4)
TITRE, ENTETES, SOUS_TITRE, CONSIGNES = 0, 1, 2, 3
NOMBRE_DE_CONSIGNES = 3
PREMIERE_SECTION = CONSIGNES + NOMBRE_DE_CONSIGNES


@dataclass(frozen=True)
class Plan:
    """Un formulaire à écrire, et la ligne (à partir de 0) de chacun de ses éléments."""

    referentiel: Referentiel
    identifiant: str
    moment: str
    regard: str
    questions: Mapping[str, tuple[int, str]]
    """Clé de la question → ligne et libellé."""
    titre_echelle: int
    niveaux: int
    """Ligne du premier niveau rappelé."""
    competences: tuple[tuple[int, Competence], ...]
    items: tuple[tuple[int, Item], ...]
    fin: int

    @classmethod
    def dresser(cls, referentiel: Referentiel, identifiant: str, moment: str, regard: str) -> Plan:
        """Compte les lignes : consignes, questions, échelle, puis chaque compétence et ses situations."""
        debut = PREMIERE_SECTION + 1
        places = {cle: (debut + rang, libelle) for rang, (cle, libelle) in enumerate(questions(referentiel))}
        titre_echelle = debut + len(places)
        niveaux = titre_echelle + 2
        ligne = niveaux + len(referentiel.echelle.niveaux) + bool(referentiel.echelle.sans_objet)
        competences: list[tuple[int, Competence]] = []
        items: list[tuple[int, Item]] = []
        for competence in referentiel.competences:
            siens = referentiel.items_de(competence.identifiant)
            if not siens:
                continue
            competences.append((ligne, competence))
            items += [(ligne + rang, item) for rang, item in enumerate(siens, 1)]
            ligne += 1 + len(siens)
        args = (referentiel, identifiant, moment, regard, places, titre_echelle, niveaux)
        return cls(*args, tuple(competences), tuple(items), ligne)

    def lignes_souples(self) -> tuple[int, ...]:
        """Lignes dont la hauteur suit ce que la personne écrit, à partir de 0."""
        return tuple(ligne for ligne, _ in self.items)

    def cellule(self, ligne: int) -> str:
        """Adresse de la case de réponse d’une ligne, par exemple ``C21``."""
        return adresse(ligne, COL_REPONSE, fixe=False)

    def blocs(self) -> tuple[tuple[int, int], ...]:
        """Première et dernière ligne de situations de chaque compétence."""
        debuts = [ligne for ligne, _ in self.competences]
        fins = [*debuts[1:], self.fin]
        return tuple((debut + 1, fin - 1) for debut, fin in zip(debuts, fins, strict=True))

"""Ce que « cpit exporter » montre : ce qui est écrit, combien, et quoi faire de la clé."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cpit.affichage.blocs import Bloc, Lignes, Paragraphe, Titre
from cpit.coeur.export import Jeu
from cpit.typographie import FINE, enumerer, pluriel

_DOCUMENTS = (
    ("LISEZMOI.md", "par où commencer : quoi, qui, quand, comment c'est noté, limites, comment citer"),
    ("dictionnaire.xlsx, .csv", "chaque variable et chaque code"),
    ("datapackage.json, ddi.xml", "les mêmes, pour les archives de données"),
    ("referentiel.yaml, manifeste.json", "le référentiel employé ; taille et SHA-256 de chaque fichier"),
)


def blocs_d_export(jeu: Jeu, fichiers: Mapping[str, Sequence[str]]) -> Iterator[Bloc]:
    """Les tables et les documents écrits ; ``fichiers`` : ceux de chaque table, par clé."""
    yield Titre("Jeu de données pseudonymisé", 1)
    yield Paragraphe(f"{pluriel(jeu.personnes, 'personne')}, {pluriel(len(jeu.inscrites), 'passation')}.")
    lignes = tuple(
        (tableau.cle, _grouper(len(tableau.lignes)), str(len(tableau.colonnes)), _formats(fichiers[tableau.cle]))
        for tableau in jeu.tableaux
    )
    yield Lignes(("Table", "Lignes", "Colonnes", "Formats"), lignes, droite=(1, 2))
    yield Lignes(("Document", "Ce qu'il dit"), _DOCUMENTS)


def phrases_de_cle(neuve: bool) -> tuple[str, ...]:
    """Un titre, puis ce qu’il faut savoir de la clé."""
    if not neuve:
        return ("Clé de l'étude, relue :", "Les pseudonymes sont ceux des exports faits avec elle.")
    return (
        "Clé de l'étude, créée :",
        "Elle seule relie un pseudonyme à un code. La garder à part des données, en lieu sûr ; la redonner avec "
        "--cle pour l'export suivant (T1…), sinon une même personne changera de pseudonyme ; la détruire "
        "à la fin de l'étude.",
    )


def _grouper(entier: int) -> str:
    """Entier à la française : « 2 400 000 »."""
    return f"{entier:,}".replace(",", FINE)


def _formats(fichiers: Sequence[str]) -> str:
    return enumerer(list(dict.fromkeys(nom.rpartition(".")[2] for nom in fichiers))) or "aucun"

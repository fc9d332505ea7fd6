"""Ce que « cpit exporter » montre : ce qui est écrit, combien, et quoi faire de la clé."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cpit.affichage.blocs import Bloc, Lignes, Paragraphe, Titre
from cpit.coeur.anonymat import K_PROPOSE, Profil, Risques, Valeur
from cpit.coeur.export import Jeu
from cpit.coeur.mots.lecture_groupe import phrases_des_profils
from cpit.coeur.tableaux import Colonne
from cpit.typographie import FINE, enumerer, pluriel

_COMBINAISONS_MONTREES = 10
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
    if jeu.referentiel.profil and jeu.risques is not None:
        yield from _blocs_des_profils(jeu, jeu.risques)


def _blocs_des_profils(jeu: Jeu, risques: Risques) -> Iterator[Bloc]:
    """Les combinaisons de profil rares, et ce que « --k » a fait perdre, ou ferait."""
    yield Titre("Qui se reconnaît à son profil")
    for phrase in phrases_des_profils(jeu):
        yield Paragraphe(phrase)
    if risques.rares:
        montrees = list(risques.rares.items())[:_COMBINAISONS_MONTREES]
        lignes = tuple((str(n), _combinaison(profil, jeu.profil)) for profil, n in montrees)
        yield Lignes(("Personnes", "Combinaison"), lignes, droite=(0,))
        if autres := len(risques.rares) - len(montrees):
            yield Paragraphe(f"Et {pluriel(autres, 'autre combinaison rare', 'autres combinaisons rares')}.")
    if risques.rares and jeu.recode is None:
        yield Paragraphe(
            f"Avec --k {K_PROPOSE}, des modalités seraient réunies et des cellules tues, pour que chaque combinaison "
            f"concerne {K_PROPOSE} personnes au moins ; ce qui est perdu est dit."
        )


def _combinaison(profil: Profil, colonnes: Sequence[Colonne]) -> str:
    """« Structure commune, fonction non dite » : les réponses d’une personne, colonne de profil par colonne."""
    return " ; ".join(
        f"{colonne.libelle} : {_dire(valeur, colonne)}" for valeur, colonne in zip(profil, colonnes, strict=True)
    )


def _dire(valeur: Valeur, colonne: Colonne) -> str:
    if isinstance(valeur, tuple):
        return ", ".join(f"{_dire(donnee, colonne)} ({moment} {regard})" for moment, regard, _, donnee in valeur)
    return "sans réponse" if valeur is None else (colonne.modalites or {}).get(valeur, valeur)


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

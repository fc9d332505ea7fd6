"""La grille : le classeur où un référentiel s’écrit. Ses feuilles et leurs colonnes, déclarées une fois.

Chaque feuille tient une liste du référentiel ; celle qui en tient une intérieure (les lectures d’une compétence) a une
première colonne, le rattachement, qui dit à quoi chaque ligne appartient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

TEXTE_JOINT = "cpit_referentiel"
"""Feuille très cachée : le YAML d’où vient la grille, rendu tel quel si rien n’a été changé."""
LISEZ_MOI = "lisez-moi"
_OUI_NON = ("oui", "non")


class SorteDeCase(StrEnum):
    """Ce que contient une case."""

    TEXTE = "texte"
    NOMBRE = "nombre"
    CODES = "codes"
    NOMS = "noms"


@dataclass(frozen=True, slots=True)
class Champ:
    """Une colonne d’une feuille, ou une ligne d’une fiche.

    ``cle`` : sa place dans une entrée du référentiel (« position.x » pour une table intérieure) ; ``choix`` : les
    valeurs que la liste déroulante propose, ou « feuille.colonne » d’où elle les prend.
    """

    cle: str
    aide: str
    largeur: int = 24
    sorte: SorteDeCase = SorteDeCase.TEXTE
    exige: bool = False
    choix: str | tuple[str, ...] = ()

    @property
    def pas(self) -> tuple[str, ...]:
        """Le chemin dans une entrée."""
        return tuple(self.cle.split("."))

    @property
    def nom(self) -> str:
        """L’en-tête de la colonne."""
        return " ".join(self.pas)


@dataclass(frozen=True, slots=True)
class FormeDeFeuille:
    """Une feuille de la grille.

    ``chemin`` : où est sa liste dans le référentiel ; ``parent`` : la colonne de rattachement d’une liste intérieure,
    dont ``chemin`` est alors celui de la liste qui la contient, et ``dans`` la clé qui l’y porte ; ``par_cle`` : la
    colonne qui sert de clé quand ce n’est pas une liste mais une table ; ``fiche`` : vrai si les champs sont en lignes.
    """

    nom: str
    aide: str
    champs: tuple[Champ, ...]
    chemin: tuple[str, ...] = ()
    parent: Champ | None = None
    identifiant_du_parent: str = "identifiant"
    dans: str = ""
    par_cle: Champ | None = None
    fiche: bool = False

    @property
    def colonnes(self) -> tuple[Champ, ...]:
        """Les colonnes dans leur ordre, celle du rattachement d’abord."""
        return (*([self.parent] if self.parent else []), *([self.par_cle] if self.par_cle else []), *self.champs)

    def entrees(self, racine: Any) -> Iterator[tuple[Mapping[str, str], Mapping[str, Any]]]:
        """Les entrées d’un référentiel que tient cette feuille : ce qui les rattache, et l’entrée."""
        trouve = _suivre(racine, self.chemin)
        if self.fiche:
            yield {}, trouve or {}
        elif self.parent is None:
            yield from self._entrees(trouve, {})
        else:
            for parent in trouve or ():
                rattachement = {self.parent.cle: parent.get(self.identifiant_du_parent, "")}
                yield from self._entrees(parent.get(self.dans), rattachement)

    def _entrees(self, liste: Any, debut: Mapping[str, str]) -> Iterator[tuple[Mapping[str, str], Mapping[str, Any]]]:
        if self.par_cle is not None:
            yield from (({**debut, self.par_cle.cle: cle}, entree) for cle, entree in (liste or {}).items())
        else:
            yield from ((debut, entree) for entree in liste or ())


def valeur_d_un_champ(entree: Mapping[str, Any], champ: Champ) -> str:
    """Le texte d’une case, d’après une entrée ; une liste y tient en une ligne."""
    trouve = _suivre(entree, champ.pas)
    if isinstance(trouve, list):
        return ("; " if champ.sorte is SorteDeCase.NOMS else ", ").join(map(str, trouve))
    return "" if trouve is None else str(trouve)


def _suivre(noeud: Any, pas: Sequence[str]) -> Any:
    for cle in pas:
        noeud = noeud.get(cle) if isinstance(noeud, Mapping) else None
    return noeud


# --- les feuilles ---------------------------------------------------------------------------------------------------

_SOURCE = Champ("source", "Clé d’une ligne de « sources ».", 16, choix="sources.cle")
_HYPOTHESE = Champ("hypothese", "Le raisonnement, quand rien ne le source.", 40)
_DESCRIPTION = Champ("description", "Facultatif : une phrase qui précise.", 40)
_LIBELLE = Champ("libelle", "Ce que l’on lit.", 30, exige=True)
_FONDE = (_SOURCE, _HYPOTHESE)


def _identifiant(aide: str, nom: str = "identifiant") -> Champ:
    return Champ(nom, aide, 18, exige=True)


FEUILLES: tuple[FormeDeFeuille, ...] = (
    FormeDeFeuille(
        "identite",
        "La carte d’identité du référentiel : une ligne par champ.",
        (
            Champ("identifiant", "Nom court, sans accent ni espace : celui des noms de fichiers.", exige=True),
            Champ("version", "1.0.0 ; à augmenter à chaque changement.", exige=True),
            Champ("titre", "Le nom complet, tel qu’il sera lu.", exige=True),
            Champ("statut", "D’où il vient, et ce qu’il n’est pas : accompagne tous les résultats.", exige=True),
            Champ("licence", "Ce que les autres ont le droit d’en faire ; par exemple etalab-2.0.", exige=True),
            Champ("description", "Facultatif : montré avant de commencer."),
            Champ("url", "Facultatif : son adresse."),
        ),
        fiche=True,
    ),
    FormeDeFeuille(
        "sources",
        "Ce sur quoi vous vous appuyez. Une première grille peut n’en avoir aucune : cpit le dira.",
        (
            _identifiant("Nom court, que les autres feuilles citent.", "cle"),
            Champ("titre", "Le titre de l’ouvrage.", 44, exige=True),
            Champ("auteurs", "Séparés par des points-virgules.", 30, SorteDeCase.NOMS, exige=True),
            Champ("date", "AAAA, AAAA-MM ou AAAA-MM-JJ.", 14, exige=True),
            Champ("url", "Facultatif.", 34),
        ),
        ("sources",),
    ),
    FormeDeFeuille(
        "echelle",
        "La question posée devant chaque situation, et la réponse « sans objet ».",
        (
            Champ("question", "Ce que l’on demande pour chaque situation.", exige=True),
            Champ("sans_objet.libelle", "Facultatif : le libellé de « sans objet »."),
            Champ("sans_objet.description", "Facultatif : quand la choisir."),
            Champ("description", "Facultatif."),
            _SOURCE,
            _HYPOTHESE,
        ),
        ("echelle",),
        fiche=True,
    ),
    FormeDeFeuille(
        "niveaux",
        "Les niveaux de l’échelle, du plus bas au plus haut.",
        (
            Champ("valeur", "Nombre entier, qui entre dans le calcul.", 10, SorteDeCase.NOMBRE, exige=True),
            _LIBELLE,
            _DESCRIPTION,
        ),
        ("echelle", "niveaux"),
    ),
    FormeDeFeuille(
        "axes",
        "Les deux axes de la carte : x de gauche à droite, y de bas en haut.",
        (
            _identifiant("Nom court."),
            _LIBELLE,
            Champ("debut", "Le bout gauche, ou bas.", 24, exige=True),
            Champ("fin", "Le bout droit, ou haut.", 24, exige=True),
            _DESCRIPTION,
            *_FONDE,
        ),
        ("axes",),
        par_cle=Champ("axe", "x ou y.", 8, exige=True, choix=("x", "y")),
    ),
    FormeDeFeuille(
        "ingenieries",
        "Les façons d’agir, pôles de la carte. Une suffit ; trois se lisent bien.",
        (
            _identifiant("Nom court, que les items citent."),
            _LIBELLE,
            Champ("fonction", "À quoi elle sert, en quelques mots.", 30, exige=True),
            Champ("position.x", "De -1 (gauche) à 1 (droite).", 8, SorteDeCase.NOMBRE, exige=True),
            Champ("position.y", "De -1 (bas) à 1 (haut).", 8, SorteDeCase.NOMBRE, exige=True),
            _DESCRIPTION,
            *_FONDE,
        ),
        ("ingenieries",),
    ),
    FormeDeFeuille(
        "competences",
        "Les compétences.",
        (
            _identifiant("Nom court, que les items citent."),
            _LIBELLE,
            Champ("definition", "Ce que la personne sait faire, en une phrase.", 50, exige=True),
            _DESCRIPTION,
            *_FONDE,
        ),
        ("competences",),
    ),
    FormeDeFeuille(
        "lectures",
        "Facultatif : ce que dit un score, du plus bas au plus haut ; la dernière ligne de chacune est sans borne.",
        (
            Champ("jusqua", "Le score où finit la zone, compris.", 10, SorteDeCase.NOMBRE),
            Champ("constat", "Ce que le score veut dire dans la pratique.", 60, exige=True),
            Champ("pas", "Un prochain pas, faisable dans le mois.", 60, exige=True),
        ),
        ("competences",),
        Champ("competence", "Une compétence déclarée.", 18, exige=True, choix="competences.identifiant"),
        dans="lectures",
    ),
    FormeDeFeuille(
        "liens",
        "Facultatif : les compétences d’autres référentiels, rapprochées des vôtres.",
        (
            Champ("cible", "Sa cote là-bas : « ROME K1802 ».", 20, exige=True),
            Champ("libelle", "Facultatif.", 30),
            Champ(
                "proximite",
                "Ce qu’elle est à la vôtre.",
                14,
                exige=True,
                choix=("exacte", "proche", "large", "etroite", "apparentee"),
            ),
            Champ("url", "Facultatif.", 34),
            *_FONDE,
        ),
        ("competences",),
        Champ("competence", "Une compétence déclarée.", 18, exige=True, choix="competences.identifiant"),
        dans="liens",
    ),
    FormeDeFeuille(
        "items",
        "Les situations : chacune appartient à une compétence et à une ingénierie.",
        (
            _identifiant("Court et unique ; il ne change plus.", "code"),
            Champ("competence", "Une compétence déclarée.", 18, exige=True, choix="competences.identifiant"),
            Champ("ingenierie", "Une ingénierie déclarée.", 18, exige=True, choix="ingenieries.identifiant"),
            Champ("enonce", "La phrase lue : première personne, une seule idée, un fait.", 60, exige=True),
            Champ("enonce_tiers", "Facultatif : la même, dite à un tiers.", 44),
            Champ("poids", "1 si la case est vide.", 8, SorteDeCase.NOMBRE),
            Champ("inverse", "oui si répondre haut dit une difficulté.", 10, choix=_OUI_NON),
            _DESCRIPTION,
            *_FONDE,
        ),
        ("items",),
    ),
    FormeDeFeuille(
        "ancres",
        "Facultatif : ce que des niveaux de l’échelle veulent dire pour un item.",
        (
            Champ("valeur", "Un niveau de l’échelle.", 10, SorteDeCase.NOMBRE, exige=True, choix="niveaux.valeur"),
            Champ("libelle", "Ce qu’il veut dire ici.", 60, exige=True),
        ),
        ("items",),
        Champ("item", "Le code d’un item.", 18, exige=True, choix="items.code"),
        "code",
        "niveaux",
    ),
    FormeDeFeuille(
        "regroupements",
        "Facultatif : d’autres façons de ranger les mêmes items, notées de la même manière.",
        (_identifiant("Nom court."), _LIBELLE, _DESCRIPTION, *_FONDE),
        ("regroupements",),
    ),
    FormeDeFeuille(
        "groupes",
        "Les groupes de chaque regroupement.",
        (
            _identifiant("Nom court, qui n’est ni une compétence ni une ingénierie."),
            _LIBELLE,
            Champ("items", "Les codes des items, séparés par des virgules.", 40, SorteDeCase.CODES, exige=True),
            _DESCRIPTION,
            *_FONDE,
        ),
        ("regroupements",),
        Champ("regroupement", "Un regroupement déclaré.", 18, exige=True, choix="regroupements.identifiant"),
        dans="groupes",
    ),
    FormeDeFeuille(
        "profil",
        "Facultatif : des questions sur la situation de la personne. N’en posez que si vous vous en servirez.",
        (
            _identifiant("Nom court : un nom de colonne."),
            _LIBELLE,
            Champ("plusieurs", "oui si l’on peut cocher plus d’un choix.", 10, choix=_OUI_NON),
            _DESCRIPTION,
            *_FONDE,
        ),
        ("profil",),
    ),
    FormeDeFeuille(
        "choix",
        "Les réponses possibles à chaque question de profil.",
        (
            Champ("code", "Gardé dans les fichiers : minuscules, chiffres, tirets.", 18, exige=True),
            _LIBELLE,
            _DESCRIPTION,
        ),
        ("profil",),
        Champ("question", "Une question déclarée.", 18, exige=True, choix="profil.identifiant"),
        dans="choix",
    ),
    FormeDeFeuille(
        "regles",
        "Les deux règles du calcul : part des réponses sous laquelle il n’y a pas de score, et zone d’équilibre.",
        (Champ("valeur", "De 0 à 1.", 10, SorteDeCase.NOMBRE, exige=True), *_FONDE),
        ("regles",),
        par_cle=Champ("regle", "seuil ou seuil_equilibre.", 18, exige=True, choix=("seuil", "seuil_equilibre")),
    ),
    FormeDeFeuille(
        "sensibilite",
        "Facultatif : d’autres jeux de positions des ingénieries, pour éprouver la carte.",
        (_identifiant("Nom court."), _LIBELLE, *_FONDE),
        ("sensibilite",),
    ),
    FormeDeFeuille(
        "positions",
        "Les positions de chaque jeu.",
        (
            Champ("x", "De -1 (gauche) à 1 (droite).", 8, SorteDeCase.NOMBRE, exige=True),
            Champ("y", "De -1 (bas) à 1 (haut).", 8, SorteDeCase.NOMBRE, exige=True),
        ),
        ("sensibilite",),
        Champ("sensibilite", "Un jeu déclaré.", 18, exige=True, choix="sensibilite.identifiant"),
        dans="positions",
        par_cle=Champ("ingenierie", "Une ingénierie déclarée.", 18, exige=True, choix="ingenieries.identifiant"),
    ),
    FormeDeFeuille(
        "compatible_avec",
        "Facultatif : les versions passées dont celle-ci garde les items, et ceux qui ont changé.",
        (
            Champ("version", "Une version passée : 1.0.0.", 14, exige=True),
            Champ("items_changes", "Codes des items dont la question a changé.", 40, SorteDeCase.CODES),
        ),
        ("compatible_avec",),
    ),
    FormeDeFeuille(
        "moments",
        "Facultatif : le nom que vous donnez à chaque moment, dans les formulaires et les lectures.",
        (Champ("code", "t0, t1… ou t0-retrospectif.", 18, exige=True), _LIBELLE),
        ("moments",),
    ),
)
"""Les feuilles de la grille, dans leur ordre ; une feuille vient après celle à laquelle ses lignes se rattachent."""

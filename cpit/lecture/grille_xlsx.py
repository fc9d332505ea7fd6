"""La grille : le classeur où un référentiel s’écrit. Ses feuilles et leurs colonnes, déclarées une fois, et sa lecture.

Chaque feuille tient une liste du référentiel ; celle qui en tient une intérieure (les lectures d’une compétence) a une
première colonne, le rattachement, qui dit à quoi chaque ligne appartient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cpit.chargement import examiner_arbre, examiner_texte
from cpit.chargement.yaml_situe import ArbreSitue, Chemin, rediger_yaml
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, refus, refusees
from cpit.lecture.dechiffrement import replier_libelle
from cpit.sceaux import TEXTE_JOINT
from cpit.tableur.classeur_ouvert import Cases, ClasseurOuvert, Fusion, MasqueDeFusions, Piege, nommer_cellule
from cpit.tableur.classeurs import ouvrir_classeur_sur
from cpit.typographie import nettoyer, proche

# --- la grille : le classeur où un référentiel s’écrit. Ses feuilles et leurs colonnes, déclarées une fois ------------
#
# Chaque feuille tient une liste du référentiel ; celle qui en tient une intérieure (les lectures d’une compétence) a
# une première colonne, le rattachement, qui dit à quoi chaque ligne appartient.


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
            Champ("condition", "oui si elle porte sur les conditions d’exercice.", 10, choix=_OUI_NON),
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


# --- lire une grille : le classeur où un référentiel s’écrit, chaque valeur située par sa feuille et sa cellule -------


_TETE = 10
"""Lignes où l’on cherche les en-têtes d’une feuille."""
_LIGNES_MAX = 5_000
_COLONNES_MAX = 50
"""Colonnes où l’on cherche des fusions : une grille n’en a pas tant."""
_CHIFFRES = re.compile(r"[+-]?[0-9]+,[0-9]+")
_ADRESSE = re.compile(r"([A-Z]+)([0-9]+)")
_PIEGES = {
    "cellule-formule": "une formule sans valeur calculée",
    "cellule-erreur": "une erreur de tableur",
    "cellule-fusionnee": "une cellule fusionnée",
}


def examiner_grille(chemin: Path) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Le référentiel d’une grille, s’il est acceptable, et toutes les anomalies, par feuille et par cellule.

    Une grille dont rien n’a été changé rend le fichier YAML dont elle vient, à l’octet près ; sinon, il est rédigé.
    """
    try:
        lecteur = _LecteurDeGrille(str(chemin))
        joint = _lire_le_classeur(chemin, lecteur)
    except ErreurCpit as erreur:
        return None, erreur.anomalies
    texte = rediger_yaml(lecteur.arbre.racine)
    referentiel, trouvees = examiner_arbre(lecteur.arbre, texte)
    anomalies = tuple(_ranger(_dire_en_cases([*lecteur.avis, *trouvees])))
    if referentiel is None or refusees(anomalies):
        return None, anomalies
    return _rendre_le_joint(referentiel, joint), anomalies


def _rendre_le_joint(referentiel: Referentiel, joint: str) -> Referentiel:
    """Le référentiel du texte joint s’il dit exactement la même chose : ses commentaires et son empreinte restent."""
    ancien = examiner_texte(joint, TEXTE_JOINT)[0] if joint else None
    if ancien is not None and replace(ancien, texte="", empreinte="") == replace(referentiel, texte="", empreinte=""):
        return ancien
    return referentiel


def _lire_le_classeur(chemin: Path, lecteur: _LecteurDeGrille) -> str:
    """Lit toutes les feuilles ; rend le YAML joint, vide s’il n’y est pas."""
    with ouvrir_classeur_sur(chemin) as classeur:
        for forme, titre in lecteur.apparier(classeur.titres):
            lue = classeur.lire_feuille(titre, lignes_max=_LIGNES_MAX)
            lecteur.lire(forme, titre, _sous_les_fusions(lue.lignes, lue.pieges.fusions))
        return _texte_joint(classeur)


def _sous_les_fusions(lignes: Mapping[int, Cases], fusions: Sequence[Fusion]) -> Mapping[int, Cases]:
    """Les mêmes lignes, un piège où une fusion venue d’au-dessus couvre une case : elle y serait lue vide."""
    hautes = [fusion for fusion in fusions if fusion.bas > fusion.haut]
    if not hautes:
        return lignes
    masque, fin = MasqueDeFusions(hautes), min(_COLONNES_MAX, max(fusion.droite for fusion in hautes))
    piegees: dict[int, Cases] = {}
    for ligne, cases in sorted(lignes.items()):
        posees = masque.poser_pieges(ligne, [cases.get(colonne) for colonne in range(1, fin + 1)])
        piegees[ligne] = {**cases, **{rang: case for rang, case in enumerate(posees, 1) if isinstance(case, Piege)}}
    return piegees


def _texte_joint(classeur: ClasseurOuvert) -> str:
    if TEXTE_JOINT not in classeur.titres:
        return ""
    lignes = sorted(classeur.lire_feuille(TEXTE_JOINT).lignes.items())
    return "\n".join(str(cases.get(1, "")).removeprefix("|") for _, cases in lignes)


@dataclass(slots=True)
class _LecteurDeGrille:
    """L’arbre que les feuilles bâtissent l’une après l’autre, et ce qu’il y a à en dire."""

    fichier: str
    arbre: ArbreSitue = field(default_factory=lambda: ArbreSitue(racine={}))
    avis: list[Anomalie] = field(default_factory=list)

    def apparier(self, titres: Sequence[str]) -> list[tuple[FormeDeFeuille, str]]:
        """Les feuilles reconnues à leur nom, dans l’ordre où elles se lisent ; les autres sont dites.

        :raises ErreurCpit: si le classeur n’en a aucune : ce n’est pas une grille.
        """
        par_nom = {_replier(titre): titre for titre in titres}
        trouvees = [(forme, par_nom[_replier(forme.nom)]) for forme in FEUILLES if _replier(forme.nom) in par_nom]
        if not trouvees:
            raise refus("grille-sans-feuilles", self.fichier, noms=", ".join(f.nom for f in FEUILLES))
        connues = {*(titre for _, titre in trouvees), TEXTE_JOINT, par_nom.get(_replier(LISEZ_MOI), LISEZ_MOI)}
        self.avis += [
            anomalie("feuille-de-grille-laissee", Lieu(self.fichier, feuille=titre), noms=titre)
            for titre in titres
            if titre not in connues
        ]
        self.arbre.lieux[()] = Lieu(self.fichier)
        return trouvees

    def lire(self, forme: FormeDeFeuille, titre: str, lignes: Mapping[int, Cases]) -> None:
        """Ajoute à l’arbre ce que porte une feuille."""
        feuille = _FeuilleDeGrille(self.fichier, titre, lignes)
        if forme.chemin and forme.parent is None:
            self.arbre.lieux.setdefault(forme.chemin, Lieu(self.fichier, feuille=titre))
        if forme.fiche:
            self._lire_une_fiche(forme, feuille)
            return
        colonnes = self._colonnes(forme, feuille)
        if colonnes is None:
            return
        entete, places = colonnes
        for ligne in sorted(ligne for ligne in lignes if ligne > entete):
            if any(feuille.mots(ligne, colonne) != "" for colonne in places.values()):
                self._lire_une_ligne(forme, feuille, ligne, places)

    def _lire_une_fiche(self, forme: FormeDeFeuille, feuille: _FeuilleDeGrille) -> None:
        """Une ligne par champ : son nom dans la première colonne, sa valeur dans la deuxième."""
        lignes = {_replier(str(feuille.mots(ligne, 1))): ligne for ligne in sorted(feuille.lignes, reverse=True)}
        for champ in forme.champs:
            ligne = lignes.pop(_replier(champ.nom), None)
            if ligne is not None:
                self._poser(forme.chemin, champ, feuille, ligne, 2)
        for nom, ligne in sorted(lignes.items(), key=lambda paire: paire[1]):
            if nom and feuille.mots(ligne, 2) != "" and nom != "champ":
                self._dire_un_nom_inconnu(forme, str(feuille.mots(ligne, 1)), feuille.lieu(ligne, 1))

    def _colonnes(self, forme: FormeDeFeuille, feuille: _FeuilleDeGrille) -> tuple[int, dict[str, int]] | None:
        """La ligne des en-têtes et la colonne de chaque champ ; rien, et un refus, si elle n’y est pas."""
        connus = {_replier(champ.nom): champ.cle for champ in forme.colonnes}
        meilleure, places = 0, dict[str, int]()
        for ligne in sorted(feuille.lignes)[:_TETE]:
            ici = {
                connus[_replier(str(mots))]: colonne
                for colonne in sorted(feuille.lignes[ligne], reverse=True)
                if _replier(str(mots := feuille.mots(ligne, colonne))) in connus
            }
            if len(ici) > len(places):
                meilleure, places = ligne, ici
        if len(places) < min(2, len(forme.colonnes)):
            if feuille.lignes:
                noms = ", ".join(champ.nom for champ in forme.colonnes)
                self.avis.append(anomalie("grille-sans-entetes", feuille.lieu(1, 1), noms=noms))
            return None
        for colonne in sorted(feuille.lignes[meilleure]):
            nom = str(feuille.mots(meilleure, colonne))
            if nom and _replier(nom) not in connus and feuille.porte(colonne, meilleure):
                self._dire_un_nom_inconnu(forme, nom, feuille.lieu(meilleure, colonne))
        return meilleure, places

    def _dire_un_nom_inconnu(self, forme: FormeDeFeuille, nom: str, lieu: Lieu) -> None:
        noms = [champ.nom for champ in forme.colonnes]
        mots = {"valeur": nom, "noms": ", ".join(noms), "proche": proche(nom, noms)}
        self.avis.append(anomalie("colonne-de-grille-inconnue", lieu, **mots))

    def _lire_une_ligne(
        self, forme: FormeDeFeuille, feuille: _FeuilleDeGrille, ligne: int, places: Mapping[str, int]
    ) -> None:
        chemin = self._chemin(forme, feuille, ligne, places)
        if chemin is None:
            return
        self.arbre.lieux[chemin] = feuille.lieu(ligne, min(places.values()))
        for champ in forme.champs:
            if champ.cle in places:
                self._poser(chemin, champ, feuille, ligne, places[champ.cle])

    def _chemin(
        self, forme: FormeDeFeuille, feuille: _FeuilleDeGrille, ligne: int, places: Mapping[str, int]
    ) -> Chemin | None:
        """Où va l’entrée d’une ligne ; rien, et un refus, si elle ne se rattache à rien."""
        chemin: Chemin = forme.chemin
        if forme.parent is not None:
            rang = self._rang_du_parent(forme, forme.parent, feuille, ligne, places)
            if rang is None:
                return None
            chemin = (*chemin, rang, forme.dans)
            self.arbre.lieux.setdefault(chemin, feuille.lieu(ligne, places[forme.parent.cle]))
        if forme.par_cle is None:
            liste = _descendre(self.arbre.racine, chemin, [])
            liste.append({})
            return (*chemin, len(liste) - 1)
        return self._chemin_par_cle(chemin, forme.par_cle, feuille, ligne, places)

    def _chemin_par_cle(
        self, chemin: Chemin, par_cle: Champ, feuille: _FeuilleDeGrille, ligne: int, places: Mapping[str, int]
    ) -> Chemin | None:
        cle = self._rattachement(par_cle, feuille, ligne, places)
        if cle is None:
            return None
        table = _descendre(self.arbre.racine, chemin, {})
        if cle in table:
            deja = (self.arbre.lieux[(*chemin, cle)].cellule or "").lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            lieu = feuille.lieu(ligne, places[par_cle.cle])
            self.avis.append(anomalie("yaml-cle-en-double", lieu, cle=cle, deja=deja))
            return None
        table[cle] = {}
        return (*chemin, cle)

    def _rang_du_parent(
        self, forme: FormeDeFeuille, parent: Champ, feuille: _FeuilleDeGrille, ligne: int, places: Mapping[str, int]
    ) -> int | None:
        """Le rang de l’entrée à laquelle une ligne se rattache."""
        nom = self._rattachement(parent, feuille, ligne, places)
        if nom is None:
            return None
        entrees = _descendre(self.arbre.racine, forme.chemin, [])
        connus = [str(entree.get(forme.identifiant_du_parent, "")) for entree in entrees]
        if nom in connus:
            return connus.index(nom)
        lieu = feuille.lieu(ligne, places[parent.cle])
        mots = {"cle": parent.nom, "code": nom, "sorte": f"aucune ligne de {forme.chemin[-1]}"}
        suite = {"connus": ", ".join(connus[:12]), "proche": proche(nom, connus)}
        self.avis.append(anomalie("reference-inconnue", lieu, **mots, **suite))
        return None

    def _rattachement(
        self, champ: Champ, feuille: _FeuilleDeGrille, ligne: int, places: Mapping[str, int]
    ) -> str | None:
        mots = self._lire_une_case(champ, feuille, ligne, places[champ.cle]) if champ.cle in places else ""
        if mots == "":
            lieu = feuille.lieu(ligne, places.get(champ.cle, min(places.values())))
            self.avis.append(anomalie("case-a-remplir", lieu, colonne=champ.nom))
        return mots or None

    def _poser(self, chemin: Chemin, champ: Champ, feuille: _FeuilleDeGrille, ligne: int, colonne: int) -> None:
        """Met dans l’arbre la valeur d’une case ; vide, seule sa place y est : c’est là qu’il faudra l’écrire."""
        lieu, place = feuille.lieu(ligne, colonne), (*chemin, *champ.pas)
        for fin in range(len(chemin) + 1, len(place) + 1):
            self.arbre.lieux.setdefault(place[:fin], lieu)
        mots = self._lire_une_case(champ, feuille, ligne, colonne)
        if not mots:
            return
        morceaux = _separer(mots, champ.sorte)
        for rang in range(len(morceaux)):
            self.arbre.lieux[(*place, rang)] = lieu
        _descendre(self.arbre.racine, place[:-1], {})[place[-1]] = morceaux or mots

    def _lire_une_case(self, champ: Champ, feuille: _FeuilleDeGrille, ligne: int, colonne: int) -> str:
        """Le texte d’une case ; vide, et un refus, si elle ne se lit pas."""
        brute = feuille.lignes.get(ligne, {}).get(colonne)
        raison = _illisible(champ, brute)
        if raison:
            lieu = feuille.lieu(ligne, colonne)
            self.avis.append(anomalie("case-illisible", lieu, colonne=champ.nom, raison=raison))
            return ""
        mots = str(feuille.mots(ligne, colonne))
        return mots.replace(",", ".") if champ.sorte is SorteDeCase.NOMBRE and _CHIFFRES.fullmatch(mots) else mots


@dataclass(frozen=True, slots=True)
class _FeuilleDeGrille:
    """Une feuille du classeur : ses cases, et comment les situer."""

    fichier: str
    titre: str
    lignes: Mapping[int, Cases]

    def lieu(self, ligne: int, colonne: int) -> Lieu:
        """Où est une case."""
        return Lieu(self.fichier, feuille=self.titre, cellule=nommer_cellule(ligne, colonne))

    def mots(self, ligne: int, colonne: int) -> str | Piege:
        """Le texte d’une case."""
        return _en_mots(self.lignes.get(ligne, {}).get(colonne))

    def porte(self, colonne: int, entete: int) -> bool:
        """Vrai si une colonne a une case remplie sous les en-têtes."""
        return any(ligne > entete and self.mots(ligne, colonne) != "" for ligne in self.lignes)


def _illisible(champ: Champ, valeur: object) -> str:
    """Ce qui empêche de lire une case ; vide, le plus souvent."""
    if isinstance(valeur, Piege):
        return _PIEGES.get(valeur.code, valeur.vu)
    if champ.cle == "version" and isinstance(valeur, int | float):
        return "un nombre, où 1.10 et 1.1 se confondent ; mettre la cellule au format « Texte »"
    if isinstance(valeur, date | datetime) and champ.cle != "date":
        return f"une date ({valeur:%d/%m/%Y})"
    return ""


def _en_mots(valeur: object) -> str | Piege:
    """Le texte d’une valeur de tableur, tel que le YAML l’écrirait."""
    if isinstance(valeur, Piege):
        return valeur
    if valeur is None or isinstance(valeur, bool):
        return "" if valeur is None else ("oui" if valeur else "non")
    if isinstance(valeur, float):
        return _en_decimal(valeur)
    if isinstance(valeur, date | datetime):
        return valeur.strftime("%Y-%m-%d")
    return nettoyer(str(valeur), garder_lignes=True).strip()


def _en_decimal(valeur: float) -> str:
    """Sans exposant, quinze décimales au plus : ce que la forme d’un référentiel admet."""
    court = repr(valeur)
    if re.fullmatch(r"-?[0-9]+\.[0-9]{1,15}", court):
        return court.removesuffix(".0")
    return f"{valeur:.15f}".rstrip("0").rstrip(".")


def _separer(mots: str, sorte: SorteDeCase) -> list[str]:
    """Les éléments d’une case qui en porte plusieurs ; rien pour une case simple."""
    if sorte not in (SorteDeCase.CODES, SorteDeCase.NOMS):
        return []
    return [m.strip() for m in re.split(r"[;\n]+" if sorte is SorteDeCase.NOMS else r"[,;\s]+", mots) if m.strip()]


def _descendre(racine: Any, chemin: Chemin, neuf: Any) -> Any:
    """Ce qui est à un chemin ; les tables manquantes sont créées, et ``neuf`` à la fin."""
    for rang, pas in enumerate(chemin):
        if isinstance(racine, dict):
            racine = racine.setdefault(str(pas), neuf if rang == len(chemin) - 1 else {})
        else:
            racine = racine[pas]
    return racine


def _replier(nom: str) -> str:
    return " ".join(re.split(r"[\W_]+", replier_libelle(nom))).strip()


# --- dire les fautes d’un référentiel comme celles d’un classeur ----------------------------------------------------

_NOMS_DE_FEUILLES = frozenset(forme.nom for forme in FEUILLES)


def _dire_en_cases(anomalies: Sequence[Anomalie]) -> Iterator[Anomalie]:
    """Une clé qui manque est une case à remplir, ou une feuille sans ligne ; une case déjà dite ne se redit pas."""
    dites = {une.lieu for une in anomalies if une.code in {"case-illisible", "case-a-remplir"}}
    for une in anomalies:
        if une.code != "cle-manquante":
            yield une
        elif str(une.mots["cle"]) in _NOMS_DE_FEUILLES or une.lieu.cellule is None:
            yield anomalie("grille-sans-ligne", une.lieu, feuille=une.mots["cle"], parent=une.mots["parent"])
        elif une.lieu not in dites:
            yield anomalie("case-a-remplir", une.lieu, colonne=une.mots["cle"])


def _ranger(anomalies: Iterator[Anomalie]) -> list[Anomalie]:
    """Dans l’ordre des feuilles de la grille, puis des lignes."""
    rangs = {_replier(forme.nom): rang for rang, forme in enumerate(FEUILLES)}

    def place(une: Anomalie) -> tuple[int, int, int, str]:
        trouve = _ADRESSE.fullmatch(une.lieu.cellule or "")
        ligne, colonne = (int(trouve[2]), trouve[1]) if trouve else (0, "")
        return rangs.get(_replier(une.lieu.feuille or ""), -1), ligne, len(colonne), colonne

    return sorted(anomalies, key=place)

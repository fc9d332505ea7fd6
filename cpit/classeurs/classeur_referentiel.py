"""Écrire une grille : le classeur où l’on écrit un référentiel, rempli d’un exemple ou d’un référentiel livré."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.chargement.yaml_situe import lire_yaml
from cpit.coeur.referentiel import Referentiel
from cpit.lecture.grille_xlsx import FEUILLES, LISEZ_MOI, Champ, FormeDeFeuille, SorteDeCase, valeur_d_un_champ
from cpit.sceaux import TEXTE_JOINT
from cpit.tableur.document import (
    FOND,
    LIMITE,
    SAISIE,
    Styles,
    creer_document,
    creer_styles_de_classeur,
    ecrire_texte,
    fermer_document,
    franciser,
    mettre_en_page,
    plage,
    propre,
    regler_hauteur,
)
from cpit.typographie import typographier

_JOUR = datetime(1980, 1, 1)
"""Date inscrite dans le document : toujours la même, pour que la même grille ait toujours les mêmes octets."""
_TITRE, _AIDE, _ENTETES, _DEBUT = 0, 1, 2, 3
_LIBRES = 40
"""Lignes vides préparées sous les dernières remplies."""
_FICHE = (26, 70, 60)
_LARGEUR_MAX = 60

_LISEZ_MOI = (
    ("À quoi sert ce classeur", "Écrire un référentiel dans un tableur : une feuille par liste, une ligne par chose."),
    (
        "Comment faire",
        "Remplacez l'exemple par vos textes, feuille après feuille. Gardez la ligne des en-têtes et le "
        "nom des feuilles. Une ligne vide est permise ; une feuille facultative peut rester vide ; "
        "un « * » au-dessus d'un en-tête dit que la colonne est exigée.",
    ),
    (
        "Les identifiants et les codes",
        "Lettres sans accent, chiffres, tirets, sans espace. Ils font le lien d'une feuille à l'autre : la première "
        "colonne des feuilles « lectures », « choix », « groupes »… dit à quoi chaque ligne se rattache.",
    ),
    (
        "Vérifier et s'en servir",
        "cpit referentiel depuis mon-referentiel.xlsx écrit le fichier .yaml que les autres commandes lisent "
        "(--referentiel). S'il y a des fautes, chacune est dite avec sa feuille et sa cellule, et rien n'est écrit.",
    ),
    (
        "Sources et hypothèses",
        "Dites d'où vient chaque position et chaque règle : une source, ou une hypothèse. Une première grille peut "
        "n'en avoir aucune ; cpit le dira, et la prendra.",
    ),
    (
        "Une nouvelle version",
        "Une fois des réponses recueillies, ne changez plus les codes ; augmentez la version, et déclarez dans "
        "« compatible_avec » ce qui se lit encore ensemble.",
    ),
)


def grille_en_octets(referentiel: Referentiel) -> bytes:
    """Les octets de la grille d’un référentiel : toujours les mêmes pour le même référentiel.

    Elle ne porte pas le sceau des classeurs de cpit : ce que l’on y écrit ne se remplace pas de soi-même.
    """
    racine = lire_yaml(referentiel.texte).racine
    tampon = BytesIO()
    classeur = creer_document(tampon, in_memory=True)
    styles = creer_styles_de_classeur(classeur)
    saisie = classeur.add_format({**_SAISIE, "num_format": "@"})
    nombre = classeur.add_format({**_SAISIE, "align": "center"})
    page = classeur.add_worksheet(LISEZ_MOI)
    _ecrire_le_lisez_moi(page, styles, referentiel)
    comptes: dict[str, int] = {}
    for forme in FEUILLES:
        feuille = classeur.add_worksheet(forme.nom)
        ecrivain = _Ecrivain(feuille, styles, {SorteDeCase.NOMBRE: nombre}, saisie)
        comptes[forme.nom] = ecrivain.ecrire_fiche(forme, racine) if forme.fiche else ecrivain.ecrire(forme, racine)
    for forme in FEUILLES:
        _proposer(classeur.get_worksheet_by_name(forme.nom), forme, comptes)
    _joindre(classeur, referentiel.texte)
    page.activate()
    titre = propre(typographier("Grille : ") + referentiel.titre)[:255]
    classeur.set_properties({"title": titre, "created": _JOUR})
    fermer_document(classeur)
    return franciser(tampon.getvalue())


_SAISIE: dict[str, Any] = {
    "font_name": "Arial",
    "font_size": 10,
    "valign": "top",
    "text_wrap": True,
    "border": 1,
    "border_color": FOND,
    "bg_color": SAISIE,
}


class _Ecrivain:
    """Une feuille de la grille que l’on remplit."""

    def __init__(
        self, feuille: Worksheet, styles: Styles, par_sorte: Mapping[SorteDeCase, Format], texte: Format
    ) -> None:
        self._feuille, self._styles = feuille, styles
        self._par_sorte, self._texte = par_sorte, texte

    def ecrire(self, forme: FormeDeFeuille, racine: Any) -> int:
        """Titre, aides, en-têtes, puis une ligne par entrée et des lignes libres ; rend la ligne après la dernière."""
        champs = forme.colonnes
        self._entete(forme.aide, [(champ.nom, champ.aide, champ.largeur) for champ in champs], champs)
        ligne = _DEBUT
        for rattachement, entree in forme.entrees(racine):
            mots = [rattachement.get(champ.cle) or valeur_d_un_champ(entree, champ) for champ in champs]
            self._ligne(ligne, champs, mots)
            ligne += 1
        for libre in range(ligne, ligne + _LIBRES):
            self._ligne(libre, champs, [""] * len(champs))
        self._feuille.autofilter(_ENTETES, 0, ligne + _LIBRES - 1, len(champs) - 1)
        return ligne + _LIBRES

    def ecrire_fiche(self, forme: FormeDeFeuille, racine: Any) -> int:
        """Un champ par ligne : son nom, sa valeur, ce qu’il veut dire."""
        ((_, entree),) = forme.entrees(racine)
        colonnes = [("champ", "", _FICHE[0]), ("valeur", "", _FICHE[1]), ("aide", "", _FICHE[2])]
        self._entete(forme.aide, colonnes, ())
        for ligne, champ in enumerate(forme.champs, _DEBUT):
            mots = valeur_d_un_champ(entree, champ)
            ecrire_texte(self._feuille, ligne, 0, champ.nom, self._styles["texte_gras"])
            ecrire_texte(self._feuille, ligne, 1, mots, self._texte)
            ecrire_texte(self._feuille, ligne, 2, typographier(champ.aide), self._styles["note"])
            regler_hauteur(self._feuille, ligne, [(mots, _FICHE[1]), (champ.aide, _FICHE[2])])
        return _DEBUT + len(forme.champs)

    def _entete(self, aide: str, colonnes: Sequence[tuple[str, str, int]], champs: Sequence[Champ]) -> None:
        feuille, styles = self._feuille, self._styles
        ecrire_texte(feuille, _TITRE, 0, typographier(aide), styles["intertitre"])
        for rang, (nom, dite, largeur) in enumerate(colonnes):
            feuille.set_column(rang, rang, min(largeur, _LARGEUR_MAX) if champs else largeur)
            exige = " *" if champs and champs[rang].exige else ""
            ecrire_texte(feuille, _AIDE, rang, typographier(dite) + exige, styles["note"])
            ecrire_texte(feuille, _ENTETES, rang, nom, styles["entete"])
        regler_hauteur(feuille, _AIDE, [(dite, largeur) for _, dite, largeur in colonnes])
        feuille.freeze_panes(_ENTETES + 1, 0)
        mettre_en_page(feuille, paysage=True, repetees=(_ENTETES, _ENTETES))

    def _ligne(self, ligne: int, champs: Sequence[Champ], mots: Sequence[str]) -> None:
        for rang, (champ, mot) in enumerate(zip(champs, mots, strict=True)):
            style = self._par_sorte.get(champ.sorte, self._texte)
            nombre = _nombre(mot) if champ.sorte is SorteDeCase.NOMBRE else None
            if nombre is None:
                ecrire_texte(self._feuille, ligne, rang, mot, style)
            else:
                self._feuille.write_number(ligne, rang, nombre, style)
        if any(mots):
            regler_hauteur(self._feuille, ligne, zip(mots, (champ.largeur for champ in champs), strict=True))


def _nombre(mot: str) -> float | None:
    try:
        return float(mot)
    except ValueError:
        return None


def _proposer(feuille: Worksheet, forme: FormeDeFeuille, comptes: Mapping[str, int]) -> None:
    """Une liste déroulante par colonne dont les valeurs sont connues ; elle conseille, et n’interdit rien.

    Une source peut se citer en toutes lettres, et une valeur se coller : c’est la lecture qui vérifie.
    """
    champs = enumerate(forme.champs, _DEBUT) if forme.fiche else enumerate(forme.colonnes)
    for rang, champ in champs:
        if not champ.choix:
            continue
        source = _plage(champ.choix, comptes) if isinstance(champ.choix, str) else list(champ.choix)
        zone = (rang, 1, rang, 1) if forme.fiche else (_DEBUT, rang, comptes[forme.nom] - 1, rang)
        avis = {"error_type": "warning", "error_title": "Valeur hors de la liste", "error_message": "La garder ?"}
        feuille.data_validation(*zone, {"validate": "list", "source": source, **avis})


def _plage(choix: str, comptes: Mapping[str, int]) -> str:
    """« competences.identifiant » → la plage où sont les identifiants des compétences."""
    nom, _, cle = choix.partition(".")
    forme = next(forme for forme in FEUILLES if forme.nom == nom)
    rang = next(rang for rang, champ in enumerate(forme.colonnes) if champ.cle == cle)
    return "=" + plage((_DEBUT, rang), (comptes[nom] - 1, rang), nom)


def _ecrire_le_lisez_moi(feuille: Worksheet, styles: Styles, referentiel: Referentiel) -> None:
    feuille.set_column(0, 0, 30)
    feuille.set_column(1, 1, 92)
    ecrire_texte(feuille, 0, 0, typographier("Écrire un référentiel"), styles["titre"])
    feuille.set_row(0, 26)
    depart = f"{referentiel.titre} ({referentiel.identifiant} {referentiel.version})"
    for ligne, (titre, texte) in enumerate([*_LISEZ_MOI, ("Rempli avec", depart), *_sommaire()], 2):
        ecrire_texte(feuille, ligne, 0, typographier(titre), styles["texte_gras"])
        ecrire_texte(feuille, ligne, 1, typographier(texte), styles["texte"])
        regler_hauteur(feuille, ligne, [(titre, 30), (texte, 92)])
    mettre_en_page(feuille, paysage=False)


def _sommaire() -> Iterator[tuple[str, str]]:
    for forme in FEUILLES:
        yield f"Feuille « {forme.nom} »", forme.aide


def _joindre(classeur: Workbook, texte: str) -> None:
    """Le YAML d’origine, une ligne par ligne, derrière un « | » qui garde les lignes vides et les retraits."""
    lignes = texte.split("\n")
    if any(len(ligne) > LIMITE // 2 for ligne in lignes):
        return
    feuille = classeur.add_worksheet(TEXTE_JOINT)
    for rang, ligne in enumerate(lignes):
        feuille.write_string(rang, 0, "|" + ligne)
    feuille.very_hidden()

"""Une table du jeu dans chaque format de données : CSV, Parquet, SPSS, Stata ; et le jeu en un classeur.

Le classeur porte les trois tables et le dictionnaire ; le dictionnaire des variables et des codes a aussi le sien.

Et ce qui a bougé dans un groupe, personne par personne, dans les mêmes formats ; le dictionnaire de ses colonnes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.colonnes import COLONNE_DU_REFERENTIEL
from cpit.coeur.evolution import COLONNES_D_EVOLUTION, Evolution, tableau_des_personnes
from cpit.coeur.export import Jeu
from cpit.coeur.passation import Etat
from cpit.coeur.tableaux import CODE_SANS_OBJET, Cellule, Colonne, Ligne, Tableau
from cpit.export.description_du_jeu import Fiche
from cpit.export.trame import (
    LIMITES_SPSS,
    LIMITES_STATA,
    MANQUANTS_STATA,
    batir_trame,
    codes_spss,
    codes_stata,
    couper_en_octets,
    nommer_variables,
    numeroter,
)
from cpit.formats.dialecte_csv import DIALECTES_CSV, cellule_csv
from cpit.formats.durable import atelier
from cpit.formats.porte import corriger_a_l_atelier, flux_d_atelier, poser
from cpit.formats.recueil import Recueil, Reglages, ecrire_tableau_csv
from cpit.ouverture import lire_debut, ouvrir
from cpit.tableur.document import (
    FILET,
    FOND,
    POLICE,
    creer_document,
    decrire_document,
    ecrire_ligne,
    fermer_document,
    mettre_en_page,
    oter_les_dates,
    pages_en_largeur,
    propre,
    regler_hauteur,
)
from cpit.typographie import typographier

# --- une table du jeu en CSV, dans l’un des deux dialectes nommés -----------------------------------------------------


_CODE = re.compile(r"-[0-9]+")
_TEXTES_MAX = 1024
"""Textes que l’on garde à la fois : ceux d’un référentiel et de quelques personnes."""


def ecrire_csv_export(chemin: Path, tableau: Tableau, fiche: Fiche) -> None:
    """Écrit les clés des colonnes, puis les lignes.

    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    forme = DIALECTES_CSV[fiche.dialecte]
    with (
        flux_d_atelier(chemin) as octets,
        io.TextIOWrapper(octets, encoding=forme.encodage, errors="replace", newline="") as flux,
    ):
        ecrivain = csv.writer(flux, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
        ecrivain.writerow([colonne.cle for colonne in tableau.colonnes])
        textes, decimale = _TextesInertes(), forme.decimale
        for ligne in tableau.lignes:
            # L’écrivain sait déjà les entiers et les cases vides.
            ecrivain.writerow(
                [
                    textes[c] if isinstance(c, str) else cellule_csv(c, decimale) if isinstance(c, float) else c
                    for c in ligne
                ]
            )


class _TextesInertes(dict[str, str]):
    """Chaque texte, et ce qui s’en écrit ; les mêmes reviennent sans cesse, et les autres s’oublient."""

    def __missing__(self, texte: str) -> str:
        if len(self) >= _TEXTES_MAX:
            self.clear()
        # « -98 » est un nombre, pas une formule à neutraliser.
        self[texte] = inerte = texte if _CODE.fullmatch(texte) else cellule_csv(texte, "")
        return inerte


# --- une table du jeu en Parquet : nombres typés, textes, et l’état de chaque réponse à côté d’elle -------------------


def _colonnes_d_etat(tableau: Tableau) -> dict[str, str]:
    """Clé de chaque colonne de réponse → clé de la colonne qui en dit l’état ; rien si la table le dit déjà.

    Une colonne de Parquet n’a qu’un type : ``SO`` y devient une case vide, que cette colonne distingue.
    """
    cles = {colonne.cle for colonne in tableau.colonnes}
    if "etat" in cles:
        return {}
    etats = {}
    for colonne in tableau.colonnes:
        if colonne.manquants:
            nom = f"{colonne.cle}_etat"
            while nom in cles:
                nom += "_"
            cles.add(nom)
            etats[colonne.cle] = nom
    return etats


def ecrire_parquet(chemin: Path, tableau: Tableau, fiche: Fiche) -> None:  # noqa: ARG001
    """Écrit la table.

    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    import polars as pl

    etats = _colonnes_d_etat(tableau)
    trame = batir_trame(tableau, _valeur, pl.Int32)
    if etats:
        etat = batir_trame(tableau, _etat, pl.String).select(pl.col(cle).alias(nom) for cle, nom in etats.items())
        trame = trame.hstack(etat)
    trame.write_parquet(chemin, compression="zstd", statistics=True)


def _valeur(cellule: Cellule) -> int | None:
    return cellule if isinstance(cellule, int) else None


def _etat(cellule: Cellule) -> str:
    if cellule is None:
        return Etat.SANS_REPONSE.value
    return Etat.SANS_OBJET.value if cellule == CODE_SANS_OBJET else Etat.REPONDU.value


# --- une table du jeu au format SPSS (.sav) : libellés, manquants déclarés, mesure de chaque variable -----------------


_MESURES = {"nominale": "nominal", "ordinale": "ordinal", "continue": "scale"}
_ABREGES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = 92
"""Place, dans l’en-tête, de la date (9 octets) et de l’heure (8) de création (PSPP, « File Header Record »)."""
_SIGNES_DE_DATE = 17


def ecrire_spss(chemin: Path, tableau: Tableau, fiche: Fiche) -> None:
    """Écrit la table.

    :param fiche: son mois est la date de création inscrite, des blancs s’il manque : deux écritures sont identiques.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    import polars as pl
    import pyreadstat

    codes = codes_spss(fiche.jeu.referentiel.echelle)

    def coder(cellule: Cellule) -> int | None:
        return cellule if isinstance(cellule, int) else codes["" if cellule is None else str(cellule)]

    noms = nommer_variables((colonne.cle for colonne in tableau.colonnes), LIMITES_SPSS)
    trame = batir_trame(tableau, coder, pl.Int32, texte_max=LIMITES_SPSS.texte).rename(noms)
    par_nom = {noms[colonne.cle]: colonne for colonne in tableau.colonnes}
    pyreadstat.write_sav(
        trame,
        chemin,
        file_label=couper_en_octets(tableau.titre, LIMITES_SPSS.fichier),
        column_labels={
            nom: couper_en_octets(colonne.libelle, LIMITES_SPSS.variable) for nom, colonne in par_nom.items()
        },
        row_compress=True,
        variable_value_labels={n: etiquettes for n, c in par_nom.items() if (etiquettes := _etiquettes(c, codes))},
        missing_ranges={nom: manquants for nom, c in par_nom.items() if (manquants := _manquants(c, codes))},
        variable_measure={nom: _MESURES[colonne.mesure] for nom, colonne in par_nom.items()},
        variable_format={nom: forme for nom, c in par_nom.items() if (forme := _forme(c))},
    )
    _dater(chemin, fiche.mois)


def _etiquettes(colonne: Colonne, codes: dict[str, int]) -> dict[Any, str]:
    """Valeur → libellé ; pour une réponse, les codes manquants aussi."""
    if colonne.type == "entier":
        niveaux = {int(code): texte for code, texte in (colonne.modalites or {}).items() if code not in codes}
        manquants = {codes[code]: texte for code, texte in colonne.manquants.items()}
        return {
            valeur: couper_en_octets(texte, LIMITES_SPSS.valeur) for valeur, texte in {**niveaux, **manquants}.items()
        }
    return {code: couper_en_octets(texte, LIMITES_SPSS.valeur) for code, texte in (colonne.modalites or {}).items()}


def _manquants(colonne: Colonne, codes: dict[str, int]) -> list[Any]:
    """Les codes qui ne sont pas des valeurs ; un texte vide en est un, sinon SPSS le compterait comme une modalité."""
    if colonne.type == "texte" and colonne.modalites and not colonne.manquants:
        # La dominante vide avec une position dit l’équilibre : c’est une valeur.
        return [] if colonne.cle == "dominante" else [""]
    return sorted((codes[manquant] for manquant in colonne.manquants), reverse=True)


def _forme(colonne: Colonne) -> str:
    """Format d’affichage : huit signes pour un entier, six décimales pour un score."""
    return {"entier": "F8.0", "nombre": "F12.6"}.get(colonne.type, "")


def _dater(chemin: Path, mois: str) -> None:
    annee, _, numero = mois.partition("-")
    date = f"01 {_ABREGES[int(numero) - 1]} {annee[2:]}00:00:00" if mois else " " * _SIGNES_DE_DATE
    corriger_a_l_atelier(chemin, _DATE, date.encode())


# --- une table du jeu au format Stata 14 (.dta) : libellés, et les manquants étendus ``.a`` et ``.b`` -----------------
#
# Stata n’étiquette que des nombres : un code en toutes lettres (profil, état…) s’y écrit par son rang, étiqueté, que
# le dictionnaire des codes donne aussi. Ce qui identifie une ligne reste un texte, le même que dans les autres
# formats.


_VERSION = 14
"""Première version en UTF-8 ; lue par Stata 14 et suivants, pandas et haven."""
_BALISE = b"<timestamp>\x11"
"""Le dernier octet compte les signes de la date qui suit."""


def ecrire_stata(chemin: Path, tableau: Tableau, fiche: Fiche) -> None:
    """Écrit la table.

    :param fiche: son mois est la date de création inscrite, des blancs s’il manque : deux écritures sont identiques.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    import polars as pl
    import pyreadstat

    noms = nommer_variables((colonne.cle for colonne in tableau.colonnes), LIMITES_STATA)
    # Une colonne d’objets : les manquants étendus y sont des lettres parmi des nombres.
    numerotees = numeroter(tableau)
    trame = batir_trame(numerotees, _coder, pl.Object, texte_max=LIMITES_STATA.texte).rename(noms)
    par_nom = {noms[colonne.cle]: colonne for colonne in numerotees.colonnes}
    pyreadstat.write_dta(
        trame,
        chemin,
        file_label=couper_en_octets(tableau.titre, LIMITES_STATA.fichier),
        column_labels={
            nom: couper_en_octets(colonne.libelle, LIMITES_STATA.variable) for nom, colonne in par_nom.items()
        },
        version=_VERSION,
        variable_value_labels={
            nom: etiquettes for nom, c in par_nom.items() if (etiquettes := _etiquettes_avec_manquants(c))
        },
        missing_user_values={
            nom: [MANQUANTS_STATA[m] for m in c.manquants] for nom, c in par_nom.items() if c.manquants
        },
    )
    _dater_un_dta(chemin, fiche.mois)


def _coder(cellule: Cellule) -> int | str:
    return cellule if isinstance(cellule, int) else MANQUANTS_STATA["" if cellule is None else str(cellule)]


def _etiquettes_avec_manquants(colonne: Colonne) -> dict[Any, str]:
    """Valeur → libellé, les manquants compris."""
    if colonne.type != "entier":
        return {}
    niveaux: dict[Any, str] = {
        int(code): texte for code, texte in (colonne.modalites or {}).items() if code not in MANQUANTS_STATA
    }
    manquants = {MANQUANTS_STATA[code]: texte for code, texte in colonne.manquants.items()}
    return {valeur: couper_en_octets(texte, LIMITES_STATA.valeur) for valeur, texte in (niveaux | manquants).items()}


def _dater_un_dta(chemin: Path, mois: str) -> None:
    annee, _, numero = mois.partition("-")
    date = f"01 {_ABREGES[int(numero) - 1]} {annee} 00:00" if mois else " " * _BALISE[-1]
    place = lire_debut(chemin, 1024).index(_BALISE) + len(_BALISE)
    corriger_a_l_atelier(chemin, place, date.encode())


# --- le jeu en un classeur (les trois tables et le dictionnaire), et le dictionnaire seul -----------------------------


_LIGNES_MAX = 1_048_575
"""Lignes d’une feuille de tableur, l’en-tête ôté."""
_LIGNES_REPLIEES = 5_000
_UN_MOIS = "1980-01"
"""XlsxWriter inscrit toujours une date : celle-ci, ôtée ensuite, n’est pas celle de la machine."""
_LARGEUR_MAX, _LARGEUR_MIN = 60.0, 9.0
_LARGES = {
    "libelle": 46.0,
    "description": 46.0,
    "formule": 46.0,
    "source": 40.0,
    "trace": 60.0,
    "dominante": 26.0,
    "table": 18.0,
    "variable": 22.0,
    "variable_spss": 22.0,
    "variable_stata": 22.0,
    "unite": 16.0,
}


def tient(tableau: Tableau) -> bool:
    """Vrai si la table tient dans une feuille."""
    return len(tableau.lignes) <= _LIGNES_MAX


def ecrire_classeur_export(chemin: Path, tableaux: Sequence[Tableau], titre: str, mois: str) -> None:
    """Écrit une feuille par table : les clés en première ligne, puis les données ; aucune cellule n’est une formule.

    :param mois: ``AAAA-MM``, date de création inscrite dans le document, qui n’en a pas s’il est vide : deux écritures
        sont identiques.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    with atelier(chemin.parent) as dossier:
        brut = chemin if mois else dossier / "classeur.xlsx"
        classeur = creer_document(str(brut), tmpdir=str(dossier), constant_memory=True)
        styles = _styles(classeur)
        for tableau in tableaux:
            _ecrire_table(classeur.add_worksheet(tableau.cle), tableau, styles)
        decrire_document(classeur, titre, datetime.fromisoformat(f"{mois or _UN_MOIS}-01"))
        fermer_document(classeur)
        if not mois:
            with ouvrir(brut) as entree, flux_d_atelier(chemin) as sortie:
                oter_les_dates(entree, sortie)


def _styles(classeur: Workbook) -> dict[str, Format]:
    base = {"font_name": POLICE, "font_size": 10, "valign": "top"}
    return {
        "entete": classeur.add_format(
            {**base, "bold": True, "bg_color": FOND, "border": 1, "border_color": FILET, "valign": "vcenter"}
        ),
        "texte": classeur.add_format({**base, "indent": 1}),
        "replie": classeur.add_format({**base, "text_wrap": True}),
        # « SO » sous les niveaux, et non à l’autre bord de la cellule : il se lirait avec le nombre voisin.
        "reponse": classeur.add_format({**base, "align": "center", "num_format": "0"}),
        "entier": classeur.add_format({**base, "num_format": "0"}),
        "nombre": classeur.add_format({**base, "num_format": "0.000"}),
    }


def _ecrire_table(feuille: Worksheet, tableau: Tableau, styles: dict[str, Format]) -> None:
    # Les lignes d’un dictionnaire se replient ; une donnée tient sur une ligne, pour défiler vite.
    a_lire = tableau.identite[:1] != ("pseudonyme",) and len(tableau.lignes) <= _LIGNES_REPLIEES
    largeurs = [_largeur(colonne) for colonne in tableau.colonnes]
    formats = [styles[_style(colonne, repliee=a_lire)] for colonne in tableau.colonnes]
    for rang, colonne in enumerate(tableau.colonnes):
        feuille.set_column(rang, rang, largeurs[rang])
        feuille.write_string(0, rang, propre(colonne.cle), styles["entete"])
    derniere = 0
    for derniere, ligne in enumerate(tableau.lignes, 1):
        if a_lire:
            textes = (cellule if isinstance(cellule, str) else None for cellule in ligne)
            regler_hauteur(feuille, derniere, zip(textes, largeurs, strict=True))
        ecrire_ligne(feuille, derniere, ligne, formats)
    feuille.autofilter(0, 0, derniere, len(tableau.colonnes) - 1)
    feuille.freeze_panes(1, 1)
    # La première colonne, figée à l’écran, est redite sur papier à chaque page en largeur.
    feuille.repeat_columns(0, 0)
    mettre_en_page(feuille, paysage=True, repetees=(0, 0), pages=pages_en_largeur(largeurs))
    feuille.hide_gridlines(1)


def _largeur(colonne: Colonne) -> float:
    if colonne.cle.startswith("pseudonyme"):
        return 25.0
    return _LARGES.get(colonne.cle, min(max(len(colonne.cle) + 4.0, _LARGEUR_MIN), _LARGEUR_MAX))


def _style(colonne: Colonne, *, repliee: bool) -> str:
    if colonne.manquants:
        return "reponse"
    if colonne.type in {"entier", "nombre"}:
        return colonne.type
    return "replie" if repliee else "texte"


# --- le dictionnaire des variables et celui des codes -----------------------------------------------------------------
#
# Deux tables, tirées de la même déclaration que les données.


VARIABLES, CODES = "dictionnaire", "dictionnaire_codes"

_COLONNES_VARIABLES = (
    Colonne("table", "Table", description="Table où se trouve la variable"),
    Colonne("variable", "Variable", description=typographier("Nom de la colonne (CSV, xlsx, Parquet)")),
    Colonne("libelle", "Libellé"),
    Colonne("type", "Type", modalites={"texte": "Texte", "entier": "Entier", "nombre": "Nombre", "mois": "AAAA-MM"}),
    Colonne("mesure", "Mesure", modalites={m: m.capitalize() for m in ("nominale", "ordinale", "continue")}),
    Colonne("unite", "Unité"),
    Colonne("description", "Sens"),
    Colonne("formule", "Formule ou règle"),
    Colonne("source", "Source"),
    Colonne("identite", "Identifie la ligne", modalites={"oui": "Oui", "non": "Non"}),
    Colonne("variable_spss", "Nom dans SPSS"),
    Colonne("variable_stata", "Nom dans Stata"),
    Colonne("etat_parquet", "État dans Parquet", description="Colonne de Parquet qui dit l’état de la réponse"),
)
_COLONNES_CODES = (
    Colonne("table", "Table"),
    Colonne("variable", "Variable"),
    Colonne("code", "Code", description=typographier("Tel qu'écrit en CSV et en xlsx ; vide pour une case vide")),
    Colonne("libelle", "Libellé"),
    Colonne("manquant", "Hors du calcul", modalites={"oui": "Oui", "non": "Non"}),
    Colonne("code_spss", "Code dans SPSS"),
    Colonne("code_stata", "Code dans Stata"),
)


def tableau_des_variables(jeu: Jeu) -> Tableau:
    """Une ligne par variable de chaque table."""
    lignes = tuple(ligne for tableau in jeu.tableaux for ligne in _variables(tableau))
    return Tableau(VARIABLES, "Dictionnaire des variables", _COLONNES_VARIABLES, lignes, ("table", "variable"))


def tableau_des_codes(jeu: Jeu) -> Tableau:
    """Une ligne par code de chaque variable qui en a : code et libellé dans deux colonnes."""
    spss = codes_spss(jeu.referentiel.echelle)
    lignes = tuple(
        ligne for tableau in jeu.tableaux for colonne in tableau.colonnes for ligne in _codes(tableau, colonne, spss)
    )
    return Tableau(CODES, "Dictionnaire des codes", _COLONNES_CODES, lignes)


def _variables(tableau: Tableau) -> Iterator[Ligne]:
    cles = [colonne.cle for colonne in tableau.colonnes]
    spss, stata, etats = (
        nommer_variables(cles, LIMITES_SPSS),
        nommer_variables(cles, LIMITES_STATA),
        _colonnes_d_etat(tableau),
    )
    for colonne in tableau.colonnes:
        cle = colonne.cle
        yield (
            *(tableau.cle, cle, colonne.libelle, colonne.type, colonne.mesure),
            *(texte or None for texte in (colonne.unite, colonne.description, colonne.formule, colonne.source)),
            "oui" if cle in tableau.identite else "non",
            *(spss[cle], stata[cle], etats.get(cle)),
        )


def _codes(tableau: Tableau, colonne: Colonne, spss: dict[str, int]) -> Iterator[Ligne]:
    stata = codes_stata(tableau, colonne)
    for code, libelle in {**(colonne.modalites or {}), **colonne.manquants}.items():
        manquant = code in colonne.manquants
        yield (
            *(tableau.cle, colonne.cle, code or None, libelle, "oui" if manquant else "non"),
            str(spss[code]) if manquant else code,
            f".{MANQUANTS_STATA[code]}" if manquant else str(stata.get(code, code)),
        )


# --- ce qui a bougé dans un groupe, et le dictionnaire de ses colonnes ------------------------------------------------


_CODES = Colonne("codes", "Codes, et ce que chacun veut dire")


def ecrire_evolution_parquet(
    chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages
) -> None:
    """Écrit les évolutions d’un groupe en Parquet, une ligne par personne et par échelle : elle nomme les personnes.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    _ecrire_l_evolution(ecrire_parquet, chemin, evolutions, recueil, reglages)


def ecrire_evolution_spss(chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages) -> None:
    """Les mêmes pour SPSS, libellés et codes déclarés.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    _ecrire_l_evolution(ecrire_spss, chemin, evolutions, recueil, reglages)


def ecrire_evolution_stata(chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages) -> None:
    """Les mêmes pour Stata 14 et suivants, libellés et codes déclarés.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    _ecrire_l_evolution(ecrire_stata, chemin, evolutions, recueil, reglages)


def est_une_evolution_de_cpit(chemin: Path) -> bool:
    """Vrai pour une évolution écrite en Parquet, SPSS ou Stata : ses colonnes, exactement celles que cpit lui donne.

    Ces formats ne portent pas de sceau ; sans leur bibliothèque, qui ne peut rien y écrire non plus, rien ne se sait.

    :raises OSError: si le fichier ne se lit pas.
    """
    cles = [colonne.cle for colonne in (*COLONNES_D_EVOLUTION, COLONNE_DU_REFERENTIEL)]
    limites = {".sav": LIMITES_SPSS, ".dta": LIMITES_STATA}.get(chemin.suffix.lower())
    attendues = cles if limites is None else list(nommer_variables(cles, limites).values())
    lire_debut(chemin, 1)
    try:
        return _noms_des_variables(chemin) == attendues
    except Exception:  # chaque bibliothèque a ses erreurs, sans base commune
        return False


def _noms_des_variables(chemin: Path) -> list[str]:
    """Sans lire une seule ligne de données."""
    if chemin.suffix.lower() == ".parquet":
        import polars as pl

        return list(pl.read_parquet_schema(chemin))
    import pyreadstat

    lire = pyreadstat.read_sav if chemin.suffix.lower() == ".sav" else pyreadstat.read_dta
    return list(lire(chemin, metadataonly=True)[1].column_names)


def ecrire_dictionnaire_csv(
    chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages
) -> None:
    """Écrit le dictionnaire de ces fichiers, une ligne par variable, ses codes dans une colonne.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """
    jeu = _fiche_d_evolution(evolutions, reglages).jeu
    variables, codes = tableau_des_variables(jeu), tableau_des_codes(jeu)
    dits: dict[object, list[str]] = {}
    for une in codes.en_lignes():
        dits.setdefault(une["variable"], []).append(f"{une['code']} = {une['libelle']}")
    rang = variables.rang("variable")
    lignes = tuple((*ligne, " ; ".join(dits.get(ligne[rang], [])) or None) for ligne in variables.lignes)
    tableau = replace(variables, colonnes=(*variables.colonnes, _CODES), lignes=lignes)
    ecrire_tableau_csv(chemin, tableau, dialecte=reglages.dialecte, permis=recueil.permis)


def ecrire_dictionnaire_xlsx(
    chemin: Path, evolutions: Sequence[Evolution], recueil: Recueil, reglages: Reglages
) -> None:
    """Écrit le même en classeur : une feuille des variables, une des codes.

    :raises ErreurCpit: si la place est prise.
    :raises OSError: si l’emplacement ne s’écrit pas.
    """

    def en_classeur(brut: Path, _: Tableau, fiche: Fiche) -> None:
        feuilles = (tableau_des_variables(fiche.jeu), tableau_des_codes(fiche.jeu))
        ecrire_classeur_export(brut, feuilles, f"Dictionnaire, {fiche.jeu.referentiel.titre}", fiche.mois)

    _ecrire_l_evolution(en_classeur, chemin, evolutions, recueil, reglages)


def _fiche_d_evolution(evolutions: Sequence[Evolution], reglages: Reglages) -> Fiche:
    """Ce qu’un écrivain de l’export sait des évolutions : une table, sans pseudonyme, que rien ne date."""
    jeu = Jeu(evolutions[0].referentiel, (), (tableau_des_personnes(*evolutions),))
    return Fiche(jeu, (), reglages.dialecte, "")


def _ecrire_l_evolution(
    ecrivain: Callable[[Path, Tableau, Fiche], None],
    chemin: Path,
    evolutions: Sequence[Evolution],
    recueil: Recueil,
    reglages: Reglages,
) -> None:
    """Écrit par un écrivain qui demande un fichier neuf, puis met celui-ci à sa place, en entier ou pas du tout."""
    fiche = _fiche_d_evolution(evolutions, reglages)
    with atelier(chemin.parent) as dossier:
        brut = dossier / f"evolution{chemin.suffix.lower()}"
        ecrivain(brut, fiche.jeu.tableaux[0], fiche)
        with ouvrir(brut) as flux:
            poser(chemin, flux.read(), recueil.permis)

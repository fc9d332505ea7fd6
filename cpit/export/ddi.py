"""Le jeu décrit selon DDI-Codebook 2.5 (``ddi.xml``), la norme des archives de données d’enquête.

L’ordre des éléments et leur nombre sont ceux du schéma 2.5 (``codebook.xsd``, DDI Alliance) : ils comptent.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from cpit.coeur.tableaux import Colonne, Tableau
from cpit.export.citation import RESPONSABLE
from cpit.export.lisezmoi import Fiche
from cpit.formats.appartenance import CLASSEUR
from cpit.formats.registre import FORMATS
from cpit.typographie import nettoyer, pluriel, typographier

_ESPACE = "ddi:codebook:2_5"
_NATURES = {"nominale": "nominal", "ordinale": "ordinal", "continue": "interval"}
_LANGUE = {"xml:lang": "fr"}


def rediger_ddi(fiche: Fiche) -> str:
    """Le document, à écrire en UTF-8."""
    racine = ET.Element("codeBook", {"xmlns": _ESPACE, "version": "2.5", "xml:lang": "fr"})
    _etude(racine, fiche)
    for tableau in fiche.jeu.tableaux:
        for nom in fiche.fichiers(tableau):
            _fichier(racine, nom, tableau)
    donnees = ET.SubElement(racine, "dataDscr")
    for tableau in fiche.jeu.tableaux:
        _groupe(donnees, tableau)
    for tableau in fiche.jeu.tableaux:
        for rang, colonne in enumerate(tableau.colonnes, 1):
            _variable(donnees, fiche, tableau, colonne, rang)
    ET.indent(racine)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(racine, encoding="unicode") + "\n"


def _ajouter(parent: ET.Element, nom: str, texte: str = "", attributs: Mapping[str, str] | None = None) -> ET.Element:
    element = ET.SubElement(parent, nom, dict(attributs or {}))
    if texte:
        element.text = nettoyer(texte, garder_lignes=True)
    return element


def _etude(racine: ET.Element, fiche: Fiche) -> None:
    jeu, referentiel = fiche.jeu, fiche.jeu.referentiel
    etude = ET.SubElement(racine, "stdyDscr")
    citation = ET.SubElement(etude, "citation")
    titres = ET.SubElement(citation, "titlStmt")
    _ajouter(titres, "titl", fiche.titre)
    _ajouter(titres, "IDNo", f"{referentiel.identifiant} {referentiel.version}", {"agency": "cpit"})
    responsables = ET.SubElement(citation, "rspStmt")
    _ajouter(responsables, "AuthEnty", RESPONSABLE)
    production = ET.SubElement(citation, "prodStmt")
    _ajouter(production, "software", fiche.logiciel)
    versions = ET.SubElement(citation, "verStmt")
    _ajouter(versions, "version", fiche.mois or "sans date")
    infos = ET.SubElement(etude, "stdyInfo")
    _ajouter(infos, "abstract", _resume(fiche))
    resume = ET.SubElement(infos, "sumDscr")
    for evenement, mois in zip(("start", "end"), (jeu.mois[:1], jeu.mois[-1:]), strict=True):
        for date in mois:
            _ajouter(resume, "collDate", date, {"event": evenement, "date": date})
    _ajouter(resume, "anlyUnit", "Une passation : une personne, un moment, un regard")
    _ajouter(resume, "dataKind", "Auto-évaluation par questionnaire, données pseudonymisées")
    methode = ET.SubElement(etude, "method")
    collecte = ET.SubElement(methode, "dataColl")
    _ajouter(collecte, "collMode", "Questionnaire rempli par la personne ou par un tiers")
    _ajouter(methode, "notes", f"{referentiel.titre}, version {referentiel.version}, SHA-256 {referentiel.empreinte}")


def _resume(fiche: Fiche) -> str:
    jeu = fiche.jeu
    comptes = f"{pluriel(jeu.personnes, 'personne')}, {pluriel(len(jeu.inscrites), 'passation')}"
    return typographier(f"{jeu.referentiel.titre} : {comptes}. Outil réflexif : ni note, ni classement, ni total.")


def _fichier(racine: ET.Element, nom: str, tableau: Tableau) -> None:
    """Un fichier qui porte une table ; le classeur, qui les porte toutes, est décrit une fois par table."""
    fichier = ET.SubElement(racine, "fileDscr", {"ID": _nom_de_fichier(nom, tableau)})
    texte = ET.SubElement(fichier, "fileTxt")
    _ajouter(texte, "fileName", nom)
    _ajouter(texte, "fileCont", f"{tableau.titre} (feuille {tableau.cle})" if nom == CLASSEUR else tableau.titre)
    dimensions = ET.SubElement(texte, "dimensns")
    _ajouter(dimensions, "caseQnty", str(len(tableau.lignes)))
    _ajouter(dimensions, "varQnty", str(len(tableau.colonnes)))
    _ajouter(texte, "fileType", FORMATS[Path(nom).suffix].nom)


def _nom_de_fichier(nom: str, tableau: Tableau) -> str:
    return f"F_{tableau.cle}_{Path(nom).suffix.removeprefix('.')}"


def _groupe(donnees: ET.Element, tableau: Tableau) -> None:
    variables = " ".join(_nom(tableau, rang) for rang in range(1, len(tableau.colonnes) + 1))
    groupe = ET.SubElement(donnees, "varGrp", {"ID": f"G_{tableau.cle}", "type": "file", "var": variables})
    _ajouter(groupe, "labl", tableau.titre, _LANGUE)


def _variable(donnees: ET.Element, fiche: Fiche, tableau: Tableau, colonne: Colonne, rang: int) -> None:
    continue_ = colonne.mesure == "continue"
    attributs = {
        "ID": _nom(tableau, rang),
        "name": colonne.cle,
        "files": " ".join(_nom_de_fichier(nom, tableau) for nom in fiche.fichiers(tableau)),
        "intrvl": "contin" if continue_ else "discrete",
        "nature": _NATURES[colonne.mesure],
    }
    # Une table qu’aucun format ne porte n’a pas de fichier, et une liste de fichiers vide ne serait pas valide.
    variable = ET.SubElement(donnees, "var", {nom: valeur for nom, valeur in attributs.items() if valeur})
    enonce = colonne.manquants and colonne.cle in fiche.jeu.referentiel.items_par_code
    _ajouter(variable, "labl", colonne.libelle, _LANGUE)
    if enonce:
        question = ET.SubElement(variable, "qstn")
        _ajouter(question, "qstnLit", colonne.libelle)
    _bornes(variable, fiche, colonne)
    if colonne.description:
        _ajouter(variable, "txt", colonne.description)
    _categories(variable, colonne)
    if colonne.formule:
        derivation = ET.SubElement(variable, "derivation")
        _ajouter(derivation, "drvdesc", colonne.formule)
    numerique = colonne.type in {"entier", "nombre"} and not colonne.manquants
    _ajouter(variable, "varFormat", attributs={"type": "numeric" if numerique else "character"})


def _bornes(variable: ET.Element, fiche: Fiche, colonne: Colonne) -> None:
    echelle = fiche.jeu.referentiel.echelle
    if colonne.manquants or colonne.cle.startswith("score_"):
        plage = ET.SubElement(variable, "valrng")
        ET.SubElement(plage, "range", {"min": str(echelle.min), "max": str(echelle.max)})
    codes = [code for code in colonne.manquants if code]
    if codes:
        hors = ET.SubElement(variable, "invalrng")
        for code in codes:
            ET.SubElement(hors, "item", {"VALUE": code})


def _categories(variable: ET.Element, colonne: Colonne) -> None:
    for code, libelle in {**(colonne.modalites or {}), **colonne.manquants}.items():
        categorie = ET.SubElement(variable, "catgry", {"missing": "Y"} if code in colonne.manquants else {})
        _ajouter(categorie, "catValu", code)
        _ajouter(categorie, "labl", libelle, _LANGUE)


def _nom(tableau: Tableau, rang: int) -> str:
    return f"V_{tableau.cle}_{rang}"

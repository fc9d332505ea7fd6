"""Ce qui décrit un jeu : son LISEZMOI, sa citation, Data Package et DDI-Codebook, tirés d’une même fiche."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cpit.coeur.colonnes import SEPARATEUR, borne, nombre_court
from cpit.coeur.diffusion import MOTIFS, Agregats, phrases_de_diffusion
from cpit.coeur.export import Jeu
from cpit.coeur.mots.lecture_groupe import phrases_des_profils
from cpit.coeur.passation import REGARDS, noms_des_moments
from cpit.coeur.referentiel import Source
from cpit.coeur.tableaux import ETATS, Colonne, Tableau
from cpit.export.trame import LIMITES_SPSS, codes_spss, nommer_variables
from cpit.formats.appartenance import CLASSEUR
from cpit.formats.dialecte_csv import DIALECTES_CSV
from cpit.formats.registre import FORMATS
from cpit.sceaux import __version__
from cpit.typographie import nettoyer, pluriel, typographier

# --- le LISEZMOI d’un jeu (quoi, qui, quand, quelles limites), et la fiche dont tous ses documents se servent ---------


# --- Ce que les documents d’un jeu ont besoin de savoir, en plus du jeu lui-même ; aucune donnée de personne.


@dataclass(frozen=True, slots=True, repr=False)
class Fiche:
    """Comment le jeu a été fait : formats écrits, dialecte, empreinte de la clé, comptes de la lecture.

    ``versions`` : version de chaque bibliothèque qui a écrit des données ; ``trop_longues`` : tables que le classeur
    n’a pas pu prendre ; ``sans_code`` : passations sans code de personne ; ``agregats`` : ce que le jeu diffuse, s’il
    n’a pas de données individuelles.
    """

    jeu: Jeu
    formats: Sequence[str]
    dialecte: str
    cle: str
    refus: int = 0
    avertissements: int = 0
    sans_code: int = 0
    versions: Mapping[str, str] | None = None
    trop_longues: Sequence[str] = ()
    agregats: Agregats | None = None

    def __repr__(self) -> str:
        """Ce qu’elle décrit."""
        return f"Fiche({self.titre[:80]} : {', '.join(self.formats)})"

    @property
    def mois(self) -> str:
        """Dernier mois des passations, ``AAAA-MM``, date de tous les fichiers ; vide si aucune n’est datée.

        L’horloge de la machine n’y entre pas, et aucune date n’est inventée.
        """
        return self.jeu.mois[-1] if self.jeu.mois else ""

    @property
    def titre(self) -> str:
        """Titre du jeu de données."""
        sorte = "Agrégats à partager" if self.agregats else "Jeu de données pseudonymisé"
        return f"{sorte}, {self.jeu.referentiel.titre}"

    @property
    def logiciel(self) -> str:
        """Ce qui a écrit le jeu."""
        return f"cpit {__version__}"

    def fichiers(self, tableau: Tableau) -> tuple[str, ...]:
        """Noms des fichiers de données où se trouve une table."""
        return tuple(
            CLASSEUR if format_ == "xlsx" else f"{tableau.cle}.{format_}"
            for format_ in self.formats
            if format_ != "xlsx" or tableau.cle not in self.trop_longues
        )


# --- Le LISEZMOI d’un jeu : quoi, qui, quand, comment c’est noté, quelles limites, comment citer.


_GABARITS = Path(__file__).parent / "gabarits"


@lru_cache(maxsize=1)
def _environnement() -> Environment:
    """De quoi remplir les gabarits, compilés une seule fois par processus."""
    neuf = Environment(
        loader=FileSystemLoader(_GABARITS),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        finalize=_finir,
    )
    neuf.filters |= {"borne": borne, "nombre": nombre_court, "pluriel": pluriel, "clair": nettoyer}
    neuf.globals |= {"typographier": typographier}
    return neuf


def rediger_lisezmoi(fiche: Fiche) -> str:
    """Le document, en Markdown."""
    if fiche.agregats is not None:
        donnees = {"phrases": phrases_de_diffusion(fiche.agregats), "motifs": MOTIFS}
        return _environnement().get_template("LISEZMOI-agregats.md.j2").render(**_donnees(fiche), **donnees)
    return _environnement().get_template("LISEZMOI.md.j2").render(**_donnees(fiche))


def _finir(valeur: object) -> object:
    """Un texte du référentiel sur une ligne, sans rien qui coupe un tableau."""
    return nettoyer(valeur).replace("|", "\\|") if isinstance(valeur, str) else valeur


def _donnees(fiche: Fiche) -> dict[str, Any]:
    jeu = fiche.jeu
    return {
        "fiche": fiche,
        "jeu": jeu,
        "referentiel": jeu.referentiel,
        "echelle": jeu.referentiel.echelle,
        "passations": len(jeu.inscrites),
        "moments": noms_des_moments(jeu.referentiel, *(moment for moment, _ in jeu.strates())),
        "regards": REGARDS,
        "etats": {ETATS[etat]: nombre for etat, nombre in jeu.etats().items()},
        "codes": codes_spss(jeu.referentiel.echelle),
        "items": [item.code for item in jeu.referentiel.ordre_de_passation()] if jeu.inscrites else [],
        "inverses": [item.code for item in jeu.referentiel.items if item.inverse],
        "profils": phrases_des_profils(jeu),
        "forme": DIALECTES_CSV[fiche.dialecte],
        "periode": " à ".join(dict.fromkeys((*jeu.mois[:1], *jeu.mois[-1:]))) or "dates inconnues",
    }


# --- comment citer le jeu (``CITATION.cff``, Citation File Format 1.2.0) : lu par Zenodo, GitHub, Zotero --------------
#
# L’auteur est à compléter : c’est le responsable de l’étude, que cpit ne connaît pas. Ni licence ni date de
# publication ne sont inventées.


_RESPONSABLE = "À compléter par le responsable de l’étude"
_EN_TETE = (
    "# À compléter avant de publier : les auteurs, la licence (license), la date (date-released), le DOI (doi).\n"
)
_ADRESSE = re.compile(r"(?:https?|s?ftp)://.+")
"""Les adresses que la norme admet."""


def rediger_citation(fiche: Fiche) -> str:
    """Le document, en YAML."""
    referentiel = fiche.jeu.referentiel
    document = {
        "cff-version": "1.2.0",
        "message": typographier("Pour citer ce jeu de données, employez ces indications."),
        "type": "dataset",
        "title": nettoyer(fiche.titre),
        **({"version": fiche.mois} if fiche.mois else {}),
        "authors": [{"name": _RESPONSABLE}],
        "identifiers": [
            {
                "type": "other",
                "value": referentiel.empreinte,
                "description": typographier(
                    f"SHA-256 du référentiel employé : {referentiel.identifiant}, version {referentiel.version}"
                ),
            }
        ],
        "references": _sans_double([_logiciel(), *(_reference(source) for source in referentiel.sources)]),
    }
    return typographier(_EN_TETE) + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)


def _logiciel() -> dict[str, Any]:
    return {"type": "software", "title": "cpit", "version": __version__, "authors": [{"name": "cpit"}]}


def _sans_double(references: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """La norme veut des références toutes différentes."""
    return [une for rang, une in enumerate(references) if une not in references[:rang]]


def _reference(source: Source) -> dict[str, Any]:
    adresse = _ADRESSE.fullmatch(source.url or "")
    return {
        "type": "generic",
        "title": nettoyer(source.titre),
        "authors": [{"name": nom} for nom in dict.fromkeys(map(nettoyer, source.auteurs))],
        "year": int(source.date[:4]),
        **({"url": adresse[0]} if adresse else {}),
    }


# --- le jeu décrit selon Data Package 2.0 (``datapackage.json``, Frictionless) : fichiers CSV, dialecte, champs -------
#
# Un niveau est une catégorie étiquetée (``categories``), et aussi un choix d’``enum``, que lisent les lecteurs
# d’avant la version 2 ; « SO » et la case vide sont des valeurs manquantes étiquetées, et non des niveaux.


_PROFILS = "https://datapackage.org/profiles/2.0/"
"""La version de la norme, dite par l’adresse de ses profils ; rien n’y est lu."""
_TYPES = {"texte": "string", "entier": "integer", "nombre": "number", "date": "date", "mois": "yearmonth"}


def rediger_datapackage(fiche: Fiche, tableaux: Sequence[Tableau]) -> str:
    """Le document, pour les tables écrites en CSV.

    La licence des données n’y est pas : c’est au responsable de l’étude de la choisir, et une donnée pseudonymisée
    reste personnelle.
    """
    referentiel = fiche.jeu.referentiel
    document = {
        "$schema": f"{_PROFILS}datapackage.json",
        "name": _nom(f"cpit-{referentiel.identifiant}"),
        "title": fiche.titre,
        "version": referentiel.version,
        **({"created": f"{fiche.mois}-01T00:00:00Z"} if fiche.mois else {}),
        "sources": [{"title": source.titre} for source in referentiel.sources],
        "cpit": {
            "logiciel": fiche.logiciel,
            "referentiel": {
                "identifiant": referentiel.identifiant,
                "version": referentiel.version,
                "empreinte": referentiel.empreinte,
                "licence": referentiel.licence,
            },
        },
        "resources": [_ressource(tableau, fiche.dialecte) for tableau in tableaux],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _nom(texte: str) -> str:
    """Nom conforme : minuscules, chiffres, « - », « _ » et « . » seulement."""
    return re.sub(r"[^a-z0-9._-]", "-", nommer_variables([texte], LIMITES_SPSS)[texte].replace("_", "-").lower())


def _ressource(tableau: Tableau, dialecte: str) -> dict[str, Any]:
    forme = DIALECTES_CSV[dialecte]
    schema: dict[str, Any] = {
        "$schema": f"{_PROFILS}tableschema.json",
        "fields": [_champ(tableau, colonne, forme.decimale) for colonne in tableau.colonnes],
        "missingValues": [""],
    }
    if tableau.identite:
        schema["primaryKey"] = list(tableau.identite)
    return {
        "$schema": f"{_PROFILS}dataresource.json",
        "type": "table",
        "name": _nom(tableau.cle),
        "title": tableau.titre,
        "path": f"{tableau.cle}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        # Le nom enregistré : « utf-8-sig », propre à Python, dirait seulement que le fichier a une marque d’ordre.
        "encoding": "utf-8",
        "dialect": {"delimiter": forme.separateur, "lineTerminator": forme.fin_de_ligne, "quoteChar": '"'},
        "schema": schema,
    }


def _champ(tableau: Tableau, colonne: Colonne, decimale: str) -> dict[str, Any]:
    champ: dict[str, Any] = {"name": colonne.cle, "type": _TYPES[colonne.type], "title": colonne.libelle}
    if description := " ".join(filter(None, (colonne.description, colonne.formule))):
        champ["description"] = description
    if champ["type"] == "number" and decimale != ".":
        champ["decimalChar"] = decimale
    if colonne.manquants:
        champ["missingValues"] = _etiqueter(colonne.manquants)
    valeurs = _valeurs(colonne)
    if valeurs and not _se_joignent(colonne):
        champ["categories"] = _etiqueter(valeurs)
        if colonne.mesure == "ordinale":
            champ["categoriesOrdered"] = True
    if contraintes := _contraintes(tableau, colonne, list(valeurs)):
        champ["constraints"] = contraintes
    return champ


def _valeurs(colonne: Colonne) -> dict[Any, str]:
    """Ce qu’une cellule peut valoir, et son libellé ; les manquants n’en sont pas. Un niveau y est un nombre."""
    lire = int if colonne.type == "entier" else str
    modalites = colonne.modalites or {}
    return {lire(code): libelle for code, libelle in modalites.items() if code not in colonne.manquants}


def _se_joignent(colonne: Colonne) -> bool:
    """Vrai si une cellule peut porter plusieurs codes à la fois."""
    return colonne.cle == "dominante"


def _etiqueter(libelles: Mapping[Any, str]) -> list[dict[str, Any]]:
    """Des valeurs et leurs libellés ; la norme les veut différents : un libellé porté deux fois n’est pas donné."""
    comptes = Counter(libelles.values())
    return [
        {"value": valeur, "label": libelle} if libelle and comptes[libelle] == 1 else {"value": valeur}
        for valeur, libelle in libelles.items()
    ]


def _contraintes(tableau: Tableau, colonne: Colonne, valeurs: list[Any]) -> dict[str, Any]:
    contraintes: dict[str, Any] = {"required": True} if colonne.cle in tableau.identite else {}
    if valeurs and _se_joignent(colonne):
        un = "|".join(re.escape(code) for code in valeurs)
        contraintes["pattern"] = f"({un})({re.escape(SEPARATEUR)}({un}))*"
    elif valeurs:
        contraintes["enum"] = valeurs
    return contraintes


# --- le jeu décrit selon DDI-Codebook 2.5 (``ddi.xml``), la norme des archives de données d’enquête -------------------
#
# L’ordre des éléments et leur nombre sont ceux du schéma 2.5 (``codebook.xsd``, DDI Alliance) : ils comptent.


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
    _ajouter(responsables, "AuthEnty", _RESPONSABLE)
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
    variables = " ".join(_nom_de_variable(tableau, rang) for rang in range(1, len(tableau.colonnes) + 1))
    groupe = ET.SubElement(donnees, "varGrp", {"ID": f"G_{tableau.cle}", "type": "file", "var": variables})
    _ajouter(groupe, "labl", tableau.titre, _LANGUE)


def _variable(donnees: ET.Element, fiche: Fiche, tableau: Tableau, colonne: Colonne, rang: int) -> None:
    continue_ = colonne.mesure == "continue"
    attributs = {
        "ID": _nom_de_variable(tableau, rang),
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


def _nom_de_variable(tableau: Tableau, rang: int) -> str:
    return f"V_{tableau.cle}_{rang}"

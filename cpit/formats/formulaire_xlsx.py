"""Lire un formulaire xlsx rempli : une passation, et tout ce qui n’a pas été pris, cellule par cellule.

Chaque réponse se retrouve par le code imprimé à sa gauche, jamais par son adresse seule : une ligne insérée, une
colonne déplacée, une feuille renommée n’y changent rien. Ce que l’on ne sait pas situer est refusé, et nommé.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from zipfile import ZipFile

from cpit.coeur.cohorte import Releve
from cpit.coeur.modele import Referentiel
from cpit.coeur.passation import Etat, Passation
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, raison_systeme, refus, refusees
from cpit.formats.forme_formulaire import CODE, FORMAT, IDENTIFICATION, REPONSE, TRACE, VERSION_FORMAT
from cpit.formats.grille_formulaire import trouver_grille
from cpit.formats.lecture import LectureSource
from cpit.formats.reponses_formulaire import code_de_la_personne, lire_profil, lire_questions, lire_reponses
from cpit.tableur.garde import verifier_tailles, verifier_xlsx
from cpit.tableur.lecture import ClasseurLu

_CLASSEUR_MAX = 200_000
"""Octets lus de la table des feuilles ; elle en pèse moins de 2 000."""
LIGNES_DE_TETE = 50
"""Lignes de la feuille d’identification en dehors des questions de profil et des situations, au large."""
_FEUILLE = re.compile(rb"<(?:\w+:)?sheet\b[^>]*\bname=[\"']" + IDENTIFICATION.encode() + rb"[\"']")


@dataclass(frozen=True, slots=True)
class Identification:
    """Ce que dit la feuille très cachée ; ``texte`` : le référentiel en YAML, vide s’il ne s’y trouve pas intact."""

    identifiant: str
    version: str
    empreinte: str
    questions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    items: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Code → cellule d’origine et énoncé ; ``questions`` : clé → cellule et libellé."""
    texte: str = ""


def est_un_formulaire(chemin: Path) -> bool:
    """Vrai si un fichier a la feuille d’identification d’un formulaire ; ne lève rien, et ne lit presque rien."""
    try:
        with ZipFile(chemin) as archive, archive.open("xl/workbook.xml") as flux:
            feuilles = flux.read(_CLASSEUR_MAX)
    except Exception:
        # Toute archive abîmée : ce n’est pas à cette question de dire comment.
        return False
    return _FEUILLE.search(feuilles) is not None


def est_vierge(chemin: Path) -> bool:
    """Vrai si un formulaire ne porte ni réponse, ni trace, ni profil ; faux s’il ne se comprend pas : on le garde."""
    try:
        with _ouvrir(chemin) as classeur:
            identification = _identifier(classeur, str(chemin))
            grille = trouver_grille(classeur, str(chemin))
    except ErreurCpit:
        return False
    situations = [ligne for ligne, code in grille.colonne(CODE) if code in identification.items]
    if not situations:
        return False
    profil = {cellule for cle, (cellule, _) in identification.questions.items() if cle.startswith("profil.")}
    return not any(
        valeur not in (None, "") and (ligne >= situations[0] or grille.adresse(ligne, entete) in profil)
        for entete in {REPONSE, TRACE} & grille.colonnes.keys()
        for ligne, valeur in grille.colonne(entete)
    )


def lire(chemin: Path, referentiel: Referentiel, *, sur: bool = False) -> LectureSource:
    """Lit un formulaire ; ne lève rien : un formulaire illisible, ou d’un autre référentiel, est une anomalie.

    :param sur: vrai si ``verifier_xlsx`` vient d’admettre ce fichier : tout décompresser une fois suffit.
    """
    source = str(chemin)
    try:
        with _ouvrir(chemin, sur=sur) as classeur:
            releve, anomalies = _lire(classeur, referentiel, source)
    except ErreurCpit as erreur:
        return LectureSource(source, anomalies=erreur.anomalies)
    return LectureSource(source, (releve,), anomalies)


def lire_identification(chemin: Path) -> Identification:
    """L’identification d’un formulaire, avec le texte de son référentiel.

    :raises ErreurCpit: si ce n’est pas un formulaire, ou s’il est illisible.
    """
    with _ouvrir(chemin) as classeur:
        identification = _identifier(classeur, str(chemin))
    empreinte = hashlib.sha256(identification.texte.encode("utf-8", "replace")).hexdigest()
    return identification if empreinte == identification.empreinte else replace(identification, texte="")


def lire_code(chemin: Path) -> str:
    """Le code de personne d’un formulaire, rempli ou non ; vide s’il n’y est pas ou ne se comprend pas.

    :raises ErreurCpit: si ce n’est pas un formulaire, ou s’il est illisible.
    """
    with _ouvrir(chemin) as classeur:
        identification = _identifier(classeur, str(chemin), lignes_max=LIGNES_DE_TETE)
        return code_de_la_personne(trouver_grille(classeur, str(chemin)), identification.questions)


@contextmanager
def _ouvrir(chemin: Path, *, sur: bool = False) -> Iterator[ClasseurLu]:
    """Le classeur ouvert ; la seule frontière : tout ce qui échoue, ici ou chez l’appelant, devient ``ErreurCpit``."""
    fichier = str(chemin)
    if not sur:
        verifier_xlsx(chemin)
    try:
        if sur:
            verifier_tailles(chemin)
        with ZipFile(chemin) as archive:
            yield ClasseurLu(archive)
    except ErreurCpit:
        raise
    except OSError as erreur:
        raise refus("fichier-illisible", fichier, raison=raison_systeme(erreur)) from None
    except Exception:
        # zip, zlib, expat, clés et nombres : une dizaine d’exceptions différentes selon l’endroit abîmé.
        raise refus("xlsx-abime", fichier, raison="ses feuilles ne se lisent pas") from None


def _lire(classeur: ClasseurLu, referentiel: Referentiel, source: str) -> tuple[Releve, tuple[Anomalie, ...]]:
    # Le texte du référentiel vient en dernier : pour noter, inutile d’aller jusque-là.
    utiles = LIGNES_DE_TETE + len(referentiel.profil) + len(referentiel.items)
    identification = _identifier(classeur, source, lignes_max=utiles)
    if identification.empreinte != referentiel.empreinte:
        raise refus(
            "referentiel-etranger",
            source,
            trouve=_nommer(identification.identifiant, identification.version, identification.empreinte),
            attendu=_nommer(referentiel.identifiant, referentiel.version, referentiel.empreinte),
        )
    grille = trouver_grille(classeur, source)
    identite, d_identite = lire_questions(grille, identification.questions)
    profil, de_profil = lire_profil(grille, identification.questions, referentiel)
    reponses, de_reponses = lire_reponses(grille, referentiel, identification.items)
    passation = Passation.nouvelle(referentiel, profil=profil, reponses=reponses, **identite)
    prises = frozenset(str(a.mots["colonne"]) for a in refusees(de_reponses))
    vierge = not any(r.trace or r.etat is not Etat.SANS_REPONSE for r in reponses.values()) and not prises
    fin = [anomalie("formulaire-vierge", Lieu(source, feuille=grille.titre))] if vierge else []
    return Releve(passation, source, refusees=prises), (*d_identite, *de_profil, *de_reponses, *fin)


def _identifier(classeur: ClasseurLu, source: str, *, lignes_max: int | None = None) -> Identification:
    """Lit la feuille d’identification ; le texte n’y est pas encore vérifié."""
    if IDENTIFICATION not in classeur.titres:
        raise refus("formulaire-sans-identification", source)
    faits: dict[str, str] = {}
    tables: dict[str, dict[str, tuple[str, str]]] = {"question": {}, "item": {}}
    morceaux: list[str] = []
    feuille = classeur.lire_feuille(IDENTIFICATION, lignes_max=lignes_max)
    for _, cases in sorted(feuille.lignes.items()):
        nature, cle, cellule, texte = (str(cases.get(colonne, "")) for colonne in range(1, 5))
        if nature == "texte":
            morceaux.append("\n" + cle)
        elif nature == "suite":
            morceaux.append(cle)
        elif nature in tables:
            tables[nature][cle] = (cellule, texte)
        else:
            faits[nature] = cle
    _verifier_format(faits, source)
    identite = (faits["identifiant"], faits["version"], faits["empreinte"])
    return Identification(*identite, tables["question"], tables["item"], "".join(morceaux).removeprefix("\n"))


def _verifier_format(faits: Mapping[str, str], source: str) -> None:
    if faits.get("format") != FORMAT or not {"version_format", "identifiant", "version", "empreinte"} <= faits.keys():
        raise refus("formulaire-sans-identification", source)
    if faits["version_format"] != VERSION_FORMAT:
        raise refus("formulaire-version", source, trouve=faits["version_format"], connu=VERSION_FORMAT)


def _nommer(identifiant: str, version: str, empreinte: str) -> str:
    return f"{identifiant} {version}, empreinte {empreinte[:12]}…"

"""Des réponses altérées au hasard, en CSV, xlsx, JSON et YAML, jugées par un lecteur naïf et l’oracle indépendant.

    nice -n 19 python tests/campagnes/aleas.py --nombre 4000

``--nombre`` fichiers par format. Chaque cellule est notée comme l’oracle la note, ou manquante, ou refusée par son
nom ; les comptes tombent juste ; les deux chemins de lecture (d’un bloc et en flux, feuille petite et grande)
s’accordent. Ce qui y manque est gardé dans un dossier, nommé à la fin, ses gestes réduits à ceux qu’il faut. Un
classeur qu’openpyxl n’ouvre pas n’est jugé que sur l’accord des deux chemins.
"""

from __future__ import annotations

import copy
import json
import random
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aide_hostiles import ESPACE, FEUILLE, PARTIES, TETE, TEXTES, en_xlsx, sommee
from aide_terminal import EXEMPLE
from aides import LIVRE, RACINE
from lecture_naive import (
    ABSENTE,
    REFUSEE,
    Questions,
    Sens,
    Table,
    est_lisible,
    lire_csv,
    lire_formulaire,
    lire_json,
    lire_xlsx,
    lire_yaml,
)
from oracle import Plan, oracle, plan_ecrit
from test_tables import mutations

import cpit
from campagnes.commun import Promesse, garder, principal
from cpit import Anomalie, ErreurCpit
from cpit.api.groupe import choisir_pour, convient_au_flux, reunir, se_reprend_d_un_bloc
from cpit.coeur.cohorte import Notee
from cpit.coeur.notation import Resultat
from cpit.coeur.passation import Etat
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Gravite
from cpit.tableur import grandes_feuilles

PRES = 1e-9


@dataclass(frozen=True)
class Monde:
    """Un référentiel : tel que cpit le charge, et tel que son YAML le dit."""

    referentiel: Referentiel
    plan: Plan
    questions: Questions

    @property
    def codes(self) -> list[str]:
        """Les codes des items."""
        return [item.code for item in self.plan.items]


@cache
def mondes() -> list[Monde]:
    """Le référentiel minimal (inversé, pondéré) et le référentiel livré."""
    return [_monde(RACINE / "referentiels" / "minimal.yaml"), _monde(LIVRE)]


def _monde(chemin: Path) -> Monde:
    brut = lire_yaml(chemin.read_bytes())
    return Monde(cpit.referentiel(chemin), plan_ecrit(brut), Questions.ecrites(brut))


# --- ce que cpit a lu, contre ce que le fichier dit -------------------------------------------------------------------


def lire(chemin: Path, referentiel: Referentiel) -> tuple[Sequence[Notee], Sequence[Anomalie]]:
    """Les passations notées et les anomalies ; rien de noté si la source est refusée."""
    try:
        recueil = cpit.lire([chemin], referentiel)
    except ErreurCpit as erreur:
        return (), erreur.anomalies
    return recueil.cohorte.notees, recueil.anomalies


def juger_les_notes(plan: Plan, valeurs: dict[str, int], resultat: Resultat) -> Iterator[str]:
    """Ce qui, dans un résultat, n’est pas ce que donne l’oracle."""
    attendu = oracle(plan, valeurs)
    for cle, note in attendu.scores.items():
        if not _proches(resultat.score(cle).valeur, note):
            yield f"score de {cle} : {resultat.score(cle).valeur}, et non {note}"
    for (c, k), case in attendu.matrice.items():
        if not _proches(resultat.matrice[c][k].valeur, case):
            yield f"case {c}, {k} : {resultat.matrice[c][k].valeur}, et non {case}"
    situation = resultat.situation
    trouvee = (None, None) if situation.position is None else (situation.position.x, situation.position.y)
    if not all(map(_proches, trouvee, attendu.position or (None, None))):
        yield f"position {trouvee}, et non {attendu.position}"
    dominante = None if situation.dominante is None else set(situation.dominante)
    if dominante != attendu.dominante:
        yield f"dominante {dominante}, et non {attendu.dominante}"


def _proches(trouve: float | None, attendu: Any) -> bool:
    return trouve is attendu if trouve is None or attendu is None else abs(trouve - float(attendu)) <= PRES


def juger_les_reponses(notee: Notee, dites: dict[str, Sens], monde: Monde) -> Iterator[str]:
    """Chaque réponse est celle que le fichier dit, ou refusée ; les scores sont ceux de l’oracle."""
    for code in monde.codes:
        reponse = notee.passation.reponse(code)
        dite = dites.get(code, ABSENTE)
        if reponse.etat is Etat.REPONDU:
            if reponse.valeur != dite:
                yield f"{code} : {reponse.valeur} lu, {dite} écrit"
        elif dite != ABSENTE and code not in notee.releve.refusees:
            yield f"{code} : {dite} écrit, perdu sans être nommé"
    yield from juger_les_notes(monde.plan, dict(notee.passation.valeurs()), notee.resultat)


_ECARTEES = frozenset({"en-tete-repete", "ligne-de-total", "passation-identique", "passation-vide"})
"""Les avertissements qui nomment une ligne mise de côté : personne ne l’a remplie, ou elle l’est deux fois."""
_JUSQU_AU_BOUT = "autre-table-dessous"
"""Ce qui nomme, d’un coup, une ligne et toutes celles qui la suivent."""
_CODAGES = {"table-en-mac-roman": "mac_roman", "table-en-cp850": "cp850"}
"""Ce que dit un codage que l’on ne devine pas comme cpit : il est vérifié ailleurs, cellule par cellule."""


def juger_une_table(
    table: Table | None, notees: Sequence[Notee], anomalies: Sequence[Anomalie], monde: Monde
) -> Iterator[str]:
    """Chaque ligne du fichier est une passation juste, ou nommée ; rien n’est inventé."""
    nommees = [a for a in anomalies if a.gravite is Gravite.REFUS or a.code in _ECARTEES]
    lieux = {a.lieu.ligne or _ligne_de(a.lieu.cellule) for a in nommees}
    lieux |= {a.mots["ligne"] for a in anomalies if a.code == "ligne-d-indications"}
    suites = [a.lieu.ligne or _ligne_de(a.lieu.cellule) or 0 for a in nommees if a.code == _JUSQU_AU_BOUT]
    if not notees:
        if not any(a.gravite is Gravite.REFUS for a in anomalies) and table is not None and table.lignes:
            yield "rien n’est lu, rien n’est refusé"
        return
    if table is None:
        yield f"{len(notees)} passations lues dans ce qu’un lecteur naïf ne lit pas"
        return
    yield from _juger_le_dessus(table, anomalies, monde)
    prises = {notee.releve.ligne: notee for notee in notees}
    for numero, cellules in table.lignes.items():
        if numero not in prises and numero not in lieux and not any(numero >= debut for debut in suites):
            yield f"la ligne {numero} est perdue sans être nommée"
        elif numero in prises and cellules is None:
            yield f"la ligne {numero}, mal formée, est lue"
    for numero, notee in prises.items():
        nommees = sum((a.lieu.ligne or _ligne_de(a.lieu.cellule)) == numero for a in anomalies)
        yield from (f"ligne {numero}, {faute}" for faute in _juger_une_ligne(table, notee, nommees, monde))


def _juger_le_dessus(table: Table, anomalies: Sequence[Anomalie], monde: Monde) -> Iterator[str]:
    """Une personne qu’un tri a fait monter au-dessus des en-têtes est nommée."""
    montees = str(next((a.mots["lignes"] for a in anomalies if a.code == "reponses-au-dessus"), ""))
    for numero, cellules in table.dessus.items():
        dites = [monde.questions.sens(cellules[r]) for r in table.colonnes.values() if r < len(cellules or [])]
        repond = sum(isinstance(sens, int) for sens in dites) > max(1, dites.count(REFUSEE))
        if repond and str(numero) not in re.findall("[0-9]+", montees):
            yield f"la ligne {numero}, au-dessus des en-têtes, est perdue sans être nommée"


def _juger_une_ligne(table: Table, notee: Notee, nommees: int, monde: Monde) -> Iterator[str]:
    cellules = table.lignes.get(notee.releve.ligne or 0) or []
    dites = {
        code: monde.questions.sens(cellules[rang] if rang < len(cellules) else None)
        for code, rang in table.colonnes.items()
    }
    yield from juger_les_reponses(notee, dites, monde)
    if nommees < len(notee.releve.refusees):
        yield f"{len(notee.releve.refusees)} cellules refusées, {nommees} nommées"


def _ligne_de(cellule: str | None) -> int | None:
    chiffres = "".join(c for c in cellule or "" if c.isdigit())
    return int(chiffres) if chiffres else None


# --- les gestes -------------------------------------------------------------------------------------------------------

Geste = Callable[[Any], Any]
"""Change un état (une table, un document, des octets) et rend le nouveau."""


@dataclass
class Grille:
    """Une table avant d’être écrite."""

    entete: list[str]
    lignes: list[list[Any]]
    separateur: str = ";"
    fin: str = "\n"
    codage: str = "utf-8"
    guillemets: str = "besoin"
    avant: str = ""
    descendue: int = 0
    """Combien de personnes un tri a fait monter au-dessus de l’en-tête."""

    @property
    def rangees(self) -> list[list[Any]]:
        """Toutes les lignes, telles qu’elles s’écrivent."""
        return [*self.lignes[: self.descendue], self.entete, *self.lignes[self.descendue :]]


def grille_saine(monde: Monde, hasard: random.Random) -> Grille:
    """Quelques personnes, leurs réponses en chiffres, en libellés, sans objet ou vides."""
    libelles = {n.valeur: n.libelle for n in monde.referentiel.echelle.niveaux}
    lignes = []
    for rang in range(hasard.randint(1, 6)):
        valeurs = [hasard.choice(monde.plan.niveaux) for _ in monde.codes]
        cases: list[Any] = [hasard.choice([v, v, v, v, libelles[v], "SO", ""]) for v in valeurs]
        lignes.append([f"P{rang}", *cases])
    return Grille(["identifiant", *monde.codes], lignes)


def _variantes(valeur: int) -> list[Any]:
    """Ce qu’un outil ou une main fait d’un chiffre."""
    return [
        *(
            f"{valeur},0",
            f"{valeur}.0",
            f" {valeur} ",
            f"\u00a0{valeur}",
            f"{valeur}\u202f",
            f"+{valeur}",
            f"-{valeur}",
        ),
        *(
            f"{valeur},5",
            f"{valeur}.5",
            f"{valeur}e0",
            f"0{valeur}",
            f"{valeur}%",
            f"={valeur}",
            f"'{valeur}",
            f'"{valeur}',
        ),
        *(
            f"{valeur}/03/2026",
            f"2026-03-0{valeur}",
            f"{valeur}\u200b",
            f"{valeur}\u202e",
            f"{valeur}\n",
            f"{valeur}\t",
        ),
        *(
            chr(0xFF10 + valeur % 10),
            chr(0x660 + valeur % 10),
            "²",
            f"{valeur} ; {valeur}",
            f"{valeur}-{valeur}",
            f"{valeur}₂",
        ),
        *(
            "VRAI",
            "FAUX",
            "true",
            "#N/A",
            "#REF!",
            "#DIV/0!",
            "NaN",
            "NULL",
            "None",
            "inf",
            "-",
            "?",
            "x",
            "oui",
            "NA",
            "na",
        ),
        *(
            "n/a",
            "NSP",
            "SANS OBJET",
            "sans  objet",
            "jamais fait",
            "JAMAIS FAIT",
            "souvent",
            "Très souvent ",
            "tres souvent",
        ),
        *("9", "-1", "99999999999999999999", "1_0", "0x2", "1 000", "", " ", "\u00a0", "\ufeff", "a" * 200, "é" * 70),
    ]


def _toucher_une_case(hasard: random.Random) -> Geste:
    def geste(grille: Grille) -> Grille:
        ligne = hasard.choice(grille.lignes) or [""]
        for _ in range(hasard.randint(1, 3)):
            rang = hasard.randrange(len(ligne))
            entier = ligne[rang] if isinstance(ligne[rang], int) else 2
            ligne[rang] = hasard.choice(_variantes(entier))
        return grille

    return geste


def _toucher_l_entete(hasard: random.Random, monde: Monde) -> Geste:
    rang, autre, sort = hasard.random(), hasard.random(), hasard.randrange(12)

    def geste(grille: Grille) -> Grille:
        if not grille.entete:
            return grille
        un, deux = int(rang * len(grille.entete)), int(autre * len(grille.entete))
        nom = grille.entete[un]
        enonce = monde.questions.enonces.get(nom, nom)
        if sort == 0:
            _echanger(grille, un, deux)
        elif sort == 1:
            grille.entete[un] = grille.entete[deux]
        elif sort == 2:
            for ligne in [grille.entete, *grille.lignes]:
                del ligne[un : un + 1]
        else:
            noms = [
                nom.lower(),
                f" {nom} ",
                enonce,
                f"[{nom}]",
                f"T1[{nom}]",
                f"{nom}. {enonce}",
                f"trace_{nom}",
                "x",
                "",
            ]
            grille.entete[un] = noms[sort - 3]
        return grille

    return geste


def _echanger(grille: Grille, un: int, deux: int) -> None:
    for ligne in [grille.entete, *grille.lignes]:
        if len(ligne) > max(un, deux):
            ligne[un], ligne[deux] = ligne[deux], ligne[un]


def _ajouter_une_colonne(hasard: random.Random) -> Geste:
    rang = hasard.random()
    nom = hasard.choice(
        ["", "Nom", "moment", "regard", "trace_A1", "trace_C1P", "score_x", "C9Z", "id", "Horodateur", "A1"]
    )
    contenus = {"moment": ["t0", "T1", "", "demain"], "regard": ["soi", "TIERS", "eux"]}.get(
        nom, ["", "3", "abc", "#N/A"]
    )

    def geste(grille: Grille) -> Grille:
        place = int(rang * (len(grille.entete) + 1))
        grille.entete.insert(place, nom)
        for ligne in grille.lignes:
            ligne.insert(place, hasard.choice(contenus))
        return grille

    return geste


def _toucher_les_lignes(hasard: random.Random) -> Geste:
    sort, rang = hasard.randrange(10), hasard.random()

    def geste(grille: Grille) -> Grille:
        place = int(rang * len(grille.lignes))
        ligne = grille.lignes[place]
        intruses = [list(ligne), [""] * len(ligne), ligne[:-1], [*ligne, ""], [*ligne, 3], list(grille.entete), []]
        if sort < len(intruses):
            grille.lignes.insert(place, intruses[sort])
        elif sort == 7:
            grille.lignes.reverse()
        elif sort == 8:
            grille.descendue = place + 1
        else:
            grille.lignes.append(["Moyenne", *(2.5 for _ in ligne[1:])])
        return grille

    return geste


def _toucher_la_forme(hasard: random.Random) -> Geste:
    champ = hasard.choice(["separateur", "fin", "codage", "guillemets", "avant"])
    valeurs = {
        "separateur": [";", ",", "\t", "|"],
        "fin": ["\n", "\r\n", "\r"],
        "codage": ["utf-8-sig", "cp1252", "utf-16", "mac-roman", "latin-1", "utf-8"],
        "guillemets": ["toujours", "jamais", "abus"],
        "avant": ["sep=;\n", "sep=,\n", "\n\n", "Titre\n", ";;\n", "\ufeff", '"sep=;"\r\n'],
    }
    valeur = hasard.choice(valeurs[champ])

    def geste(grille: Grille) -> Grille:
        setattr(grille, champ, valeur)
        return grille

    return geste


def _gestes_de_table(hasard: random.Random, monde: Monde) -> list[Geste]:
    sortes: list[Callable[[], Geste]] = [
        lambda: _toucher_une_case(hasard),
        lambda: _toucher_une_case(hasard),
        lambda: _toucher_l_entete(hasard, monde),
        lambda: _ajouter_une_colonne(hasard),
        lambda: _toucher_les_lignes(hasard),
        lambda: _toucher_la_forme(hasard),
    ]
    return [_figer(hasard.choice(sortes)(), hasard) for _ in range(hasard.randint(1, 4))]


def _figer(geste: Geste, hasard: random.Random) -> Geste:
    """Le même geste, qui tire chaque fois pareil : rejoué seul, il fait ce qu’il faisait parmi d’autres."""
    etat = hasard.getstate()

    def rejouer(sur: Any) -> Any:
        gardee = hasard.getstate()
        hasard.setstate(etat)
        try:
            return geste(sur) if not isinstance(sur, Grille) or sur.lignes else sur
        finally:
            hasard.setstate(gardee)

    return rejouer


# --- les formats ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Essai:
    """Un fichier altéré : de quoi le bâtir avec tout ou partie de ses gestes, l’écrire, et le juger."""

    suffixe: str
    depart: Any
    gestes: Sequence[Geste]
    ecrire: Callable[[Any], bytes]
    juger: Callable[[Path, bytes], Iterator[str]]

    def octets(self, gestes: Sequence[Geste]) -> bytes:
        """Le fichier, avec ces gestes."""
        etat = copy.deepcopy(self.depart)
        for geste in gestes:
            etat = geste(etat)
        return self.ecrire(etat)


def en_csv(grille: Grille) -> bytes:
    """Une table en texte ; ce que l’encodage n’a pas y devient « ? »."""
    lignes = [grille.separateur.join(_citer(c, grille) for c in ligne) for ligne in grille.rangees]
    texte = grille.avant + "".join(ligne + grille.fin for ligne in lignes)
    return texte.encode(grille.codage, "replace")


def _citer(cellule: Any, grille: Grille) -> str:
    texte = str(cellule).replace(".", ",") if isinstance(cellule, float) else str(cellule)
    if grille.guillemets == "jamais":
        return texte
    if grille.guillemets == "abus":
        return f'{texte}"' if texte.startswith("1") else texte
    risque = any(signe in texte for signe in (grille.separateur, "\n", "\r")) or texte.startswith('"')
    return '"' + texte.replace('"', '""') + '"' if risque or grille.guillemets == "toujours" else texte


def essai_csv(hasard: random.Random) -> Essai:
    """Une table CSV, lue d’un bloc puis en flux, par petits morceaux."""
    monde = hasard.choice(mondes())
    bloc = hasard.choice([9, 60, 300, 5000])

    def juger(chemin: Path, octets: bytes) -> Iterator[str]:
        notees, anomalies = lire(chemin, monde.referentiel)
        dit = next((_CODAGES[une.code] for une in anomalies if une.code in _CODAGES), "cp1252")
        yield from juger_une_table(lire_csv(octets, monde.questions, dit), notees, anomalies, monde)
        if _va_au_flux(chemin, monde.referentiel):
            yield from _juger_le_flux(chemin, monde.referentiel, bloc, anomalies)

    gestes = _gestes_de_table(hasard, monde)
    alterer = _alterer(hasard) if hasard.random() < 0.4 else list
    return Essai(
        hasard.choice([".csv", ".csv", ".tsv", ".txt"]),
        grille_saine(monde, hasard),
        gestes,
        lambda g: alterer(en_csv(g)) if alterer is not list else en_csv(g),
        juger,
    )


def _va_au_flux(chemin: Path, referentiel: Referentiel) -> bool:
    """Vrai d’une table que « cpit cohorte » noterait en flux, si elle était grande."""
    with mock.patch("cpit.flux.SEUIL", 0):
        return convient_au_flux(reunir([chemin], choisir_pour([chemin], referentiel)), referentiel, "groupe.csv")


_AUTRES_EN_TETES = frozenset(
    {"en-tete-autre-ordre", "autre-table-dessous", "titre-dessous", "titre-dessous-inconnu", "petite-table-dessous"}
)
"""Ce qu’un bloc dit d’une table que le flux ne peut noter : ses en-têtes changent, ou une autre la suit."""


def _juger_le_flux(chemin: Path, referentiel: Referentiel, bloc: int, anomalies: Sequence[Anomalie]) -> Iterator[str]:
    """Le flux écrit ce qu’écrit le bloc ; ou renonce comme pour « cpit cohorte », qui reprend d’un bloc.

    :param anomalies: ce que la lecture d’un bloc dit de la table : il faut qu’elle y ait vu pourquoi il renonce.
    """
    from test_masse import comparer, en_petits_blocs

    notees = en_petits_blocs([chemin], referentiel, bloc=bloc)
    if se_reprend_d_un_bloc(notees.anomalies):
        if _AUTRES_EN_TETES.isdisjoint(une.code for une in anomalies):
            yield "le flux renonce à une table dont les en-têtes ne changent pas"
        return
    try:
        comparer([chemin], referentiel, bloc=bloc)
    except AssertionError as erreur:
        yield f"le flux et le bloc diffèrent : {str(erreur)[:300]}"


def _alterer(hasard: random.Random) -> Callable[[bytes], bytes]:
    """Change quelques octets, toujours les mêmes."""
    graine = hasard.getrandbits(32)
    return lambda octets: next(mutations(octets, 1, graine)) if octets else octets


# --- xlsx : des tables ---


def _case(valeur: Any, hasard: random.Random) -> str:
    """Une case comme l’écrit l’un ou l’autre programme : nombre, texte partagé ou sur place, formule calculée…"""
    if valeur == "":
        return hasard.choice(["", '<c r="{}"/>', '<c r="{}" s="1"/>', '<c r="{}" t="str"><f>A1</f><v></v></c>'])
    if isinstance(valeur, str):
        texte = escape("".join(c for c in valeur if c.isprintable() or c in "\n\t"))
        return hasard.choice(
            [
                f'<c r="{{}}" t="inlineStr"><is><t xml:space="preserve">{texte}</t></is></c>',
                f'<c r="{{}}" t="str"><f>A1</f><v>{texte}</v></c>',
                f'<c r="{{}}" t="inlineStr"><is><r><t>{texte}</t></r><r><t xml:space="preserve"> </t></r></is></c>',
                f'<c r="{{}}" t="s"><v>PARTAGE{texte}PARTAGE</v></c>',
            ]
        )
    if hasard.random() < 0.75:
        return f'<c r="{{}}"><v>{valeur}</v></c>'
    return hasard.choice(
        [
            *(f'<c r="{{}}" t="n"><v>{float(valeur)}</v></c>', f'<c r="{{}}"><f>1+1</f><v>{valeur}</v></c>'),
            *(f'<c r="{{}}" s="1"><v>{valeur}</v></c>', f'<c r="{{}}" t="b"><v>{int(valeur) % 2}</v></c>'),
            *('<c r="{}" t="e"><v>#N/A</v></c>', '<c r="{}"><f>1+1</f></c>', f'<c r="{{}}"><v>{valeur}e0</v></c>'),
            *(
                f'<c r="{{}}" t="d"><v>2026-03-0{abs(int(valeur)) % 9 + 1}</v></c>',
                f'<c r="{{}}"><v>{valeur}.5</v></c>',
            ),
            *(f'<c r="{{}}"><v>{valeur}</v><v>3</v></c>', f'<c r="{{}}" t="str"><v>{valeur}</v></c>'),
            *(f"<c><v>{valeur}</v></c>", f'<c r="{{}}" t="s"><v>{valeur}</v></c>', f'<c r="A1"><v>{valeur}</v></c>'),
        ]
    )


def _lettres(rang: int) -> str:
    return ("" if rang < 26 else _lettres(rang // 26 - 1)) + chr(65 + rang % 26)


def en_classeur(grille: Grille, graine: int) -> bytes:
    """La table dans une feuille écrite à la main, ses cases de toutes les sortes."""
    hasard = random.Random(graine)
    rangees, partages = [], list[str]()
    for numero, ligne in enumerate(grille.rangees, 1):
        cases = ""
        for rang, valeur in enumerate(ligne):
            case = _case(valeur, hasard).replace("{}", f"{_lettres(rang)}{numero}")
            if "PARTAGE" in case:
                debut, texte, fin = case.split("PARTAGE")
                partages.append(texte)
                case = f"{debut}{len(partages) - 1}{fin}"
            cases += case
        rangees.append(f'<row r="{numero}">{cases}</row>')
    fusion = f'<mergeCells><mergeCell ref="B2:C{hasard.randint(2, 4)}"/></mergeCells>' if hasard.random() < 0.1 else ""
    feuille = f'{TETE}<worksheet xmlns="{ESPACE}"><sheetData>{"".join(rangees)}</sheetData>{fusion}</worksheet>'
    if hasard.random() < 0.2:
        feuille = _prefixer(feuille)
    textes = "".join(f'<si><t xml:space="preserve">{texte}</t></si>' for texte in partages)
    styles = PARTIES["xl/styles.xml"].replace("</cellXfs>", '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs>')
    feuille_ = next(mutations(feuille.encode(), 1, graine)) if hasard.random() < 0.3 else feuille
    return en_xlsx({FEUILLE: feuille_, TEXTES: f'{TETE}<sst xmlns="{ESPACE}">{textes}</sst>', "xl/styles.xml": styles})


def _prefixer(feuille: str) -> str:
    """La même feuille, ses balises préfixées."""
    return re.sub(r"<(/?)(\w)", r"<\1x:\2", feuille).replace("xmlns=", "xmlns:x=")


def essai_xlsx(hasard: random.Random) -> Essai:
    """Une table xlsx, lue comme une petite feuille puis comme une grande."""
    monde = hasard.choice(mondes())

    def juger(chemin: Path, octets: bytes) -> Iterator[str]:
        notees, anomalies = lire(chemin, monde.referentiel)
        if est_lisible(octets):
            yield from juger_une_table(lire_xlsx(octets, monde.questions), notees, anomalies, monde)
        with mock.patch.object(grandes_feuilles, "GRANDE", 0):
            grandes, dites = lire(chemin, monde.referentiel)
        if [n.releve for n in grandes] != [n.releve for n in notees] or list(dites) != list(anomalies):
            yield "une petite et une grande feuille ne se lisent pas pareil"

    graine = hasard.getrandbits(32)
    gestes = _gestes_de_table(hasard, monde)
    return Essai(".xlsx", grille_saine(monde, hasard), gestes, lambda g: en_classeur(g, graine), juger)


# --- xlsx : des formulaires ---


@cache
def _formulaire() -> dict[str, bytes]:
    """Les parties d’un formulaire du référentiel minimal, tel que cpit l’envoie."""
    with tempfile.TemporaryDirectory() as dossier:
        (ecrit,) = cpit.formulaires("minimal", dossier=dossier, format="xlsx")
        with zipfile.ZipFile(ecrit) as archive:
            return {nom: archive.read(nom) for nom in archive.namelist()}


_D_UN_ITEM = re.compile(r'<c r="A(\d+)" s="\d+" t="s"><v>(\d+)</v></c><c r="B\1"[^/]*</v></c><c r="C\1" s="\d+"/>')


@cache
def _lignes_des_items() -> tuple[int, ...]:
    """Les lignes du formulaire où l’on répond : un code, une situation, une case vide."""
    lignes = tuple(int(trouvee[1]) for trouvee in _D_UN_ITEM.finditer(_formulaire()[FEUILLE].decode()))
    assert len(lignes) == len(cpit.referentiel("minimal").items), "le formulaire a changé de forme"
    return lignes


def _deranger(xml: str, graine: int) -> str:
    """Une case, un code, une ligne ou une fusion d’un formulaire, déplacés."""
    de = random.Random(graine)
    un, deux = de.sample(_lignes_des_items(), 2)
    sort = de.randrange(4)
    if sort == 0:
        return xml.replace(f"C{un}", f"C{deux}")
    if sort == 1:
        return re.sub(rf'(<c r="A{un}"[^>]*><v>)\d+', rf"\g<1>{_partage(deux)}", xml)
    if sort == 2:
        return xml.replace(f'<row r="{un}"', f'<row r="{un}" hidden="1"')
    fusion = f'<mergeCells><mergeCell ref="C{min(un, deux)}:C{max(un, deux)}"/>'
    return re.sub(r'<mergeCells count="\d+">', fusion, xml)


def essai_formulaire(hasard: random.Random) -> Essai:
    """Un formulaire rempli, ses cases de toutes les sortes, ses lignes déplacées, quelques octets changés."""
    monde = mondes()[0]
    feuille = _formulaire()[FEUILLE].decode()
    graine = hasard.getrandbits(32)

    def remplir(xml: str) -> str:
        de = random.Random(graine)
        libelles = {n.valeur: n.libelle for n in monde.referentiel.echelle.niveaux}
        for numero in _lignes_des_items():
            v = de.choice(monde.plan.niveaux)
            valeur = de.choice(
                [f"{v} – {libelles[v]}", f"{v} – {libelles[v]}", v, "Sans objet", "", *_variantes(v)[:60]]
            )
            case = _case(valeur, de).replace("{}", f"C{numero}")
            xml = re.sub(rf'<c r="C{numero}" s="\d+"/>', lambda _, case=case: case, xml, count=1)
        return xml

    def ecrire(xml: str) -> bytes:
        contenu = _alterer(random.Random(graine))(xml.encode()) if graine % 3 == 0 else xml
        # Sans les textes partagés que l’on aurait ajoutés : ils sont écrits sur place.
        return en_xlsx({**_formulaire(), FEUILLE: _sur_place(contenu)})

    def juger(chemin: Path, octets: bytes) -> Iterator[str]:
        yield from _juger_un_formulaire(chemin, octets, monde)

    gestes = [remplir, *([lambda xml: _deranger(xml, graine)] if hasard.random() < 0.4 else [])]
    return Essai(".xlsx", feuille, gestes, ecrire, juger)


def _partage(ligne: int) -> str:
    """Le rang du texte partagé que porte la première case d’une ligne d’item."""
    trouvees = _D_UN_ITEM.finditer(_formulaire()[FEUILLE].decode())
    return next(trouvee[2] for trouvee in trouvees if int(trouvee[1]) == ligne)


def _sur_place(xml: str | bytes) -> str | bytes:
    motif = r't="s"><v>PARTAGE(.*?)PARTAGE</v>'
    place = r't="inlineStr"><is><t xml:space="preserve">\1</t></is>'
    if isinstance(xml, bytes):
        return re.sub(motif.encode(), place.encode(), xml, flags=re.DOTALL)
    return re.sub(motif, place, xml, flags=re.DOTALL)


def _juger_un_formulaire(chemin: Path, octets: bytes, monde: Monde) -> Iterator[str]:
    notees, anomalies = lire(chemin, monde.referentiel)
    if not notees:
        if not any(a.gravite is Gravite.REFUS for a in anomalies):
            yield "rien n’est lu, rien n’est refusé"
        return
    dites = lire_formulaire(octets, monde.questions)
    if dites is not None:
        yield from juger_les_reponses(notees[0], dict(dites), monde)


# --- JSON : des passations ---


def essai_json(hasard: random.Random) -> Essai:
    """Une passation, son document ou son texte altérés, sa somme refaite ou non."""
    monde = mondes()[1]
    document = json.loads(EXEMPLE.read_bytes())
    for code in monde.codes:
        document["reponses"][code] = {"etat": "repondu", "valeur": hasard.choice(monde.plan.niveaux)}
    refaite = hasard.random() < 0.7
    alterer = _alterer(hasard) if hasard.random() < 0.3 else bytes
    forme = hasard.choice([{}, {"indent": 4}, {"ensure_ascii": True}, {"separators": (",", ":")}, {"sort_keys": True}])

    def ecrire(document: dict[str, Any]) -> bytes:
        somme = json.loads(sommee(document if refaite else sain))["somme"]
        return alterer(
            json.dumps({**document, "somme": somme}, **{"ensure_ascii": False, **forme}).encode("utf-8", "replace")
        )

    def juger(chemin: Path, octets: bytes) -> Iterator[str]:
        yield from _juger_une_passation(chemin, octets, monde)

    sain = copy.deepcopy(document)
    gestes = [_toucher_un_document(hasard, monde) for _ in range(hasard.randint(0, 3))]
    return Essai(".json", document, gestes, ecrire, juger)


def _toucher_un_document(hasard: random.Random, monde: Monde) -> Geste:
    code = hasard.choice(monde.codes)
    valeurs = [*monde.plan.niveaux, 9, -1, 2.0, 2.5, "2", True, None, [2], {}, 10**30, 1e400, "Jamais fait"]
    reponse = {"etat": hasard.choice([*Etat, "repondu", "repondu", "Repondu", ""]), "valeur": hasard.choice(valeurs)}
    if hasard.random() < 0.4:
        del reponse["valeur"]
    if hasard.random() < 0.2:
        reponse["trace"] = hasard.choice(["vu", "\u202e", "x" * 20_000, 3, None])
    cle = hasard.choice(
        ["identifiant", "moment", "regard", "profil", "terminee", "items", "reponses", "revision", "cpit", "neuve"]
    )
    contenu = hasard.choice(["", "t1", "tiers", None, [], {}, 0, 3, "x" * 300, {"structure": "commune"}, {"x": "y"}])
    sort = hasard.random()

    def geste(document: dict[str, Any]) -> dict[str, Any]:
        if sort < 0.7 and isinstance(document.get("reponses"), dict):
            document["reponses"][code if sort < 0.6 else "Z9"] = reponse
        elif sort < 0.8:
            document.pop(cle, None)
        else:
            document[cle] = contenu
        return document

    return geste


def _juger_une_passation(chemin: Path, octets: bytes, monde: Monde) -> Iterator[str]:
    notees, anomalies = lire(chemin, monde.referentiel)
    document = lire_json(octets)
    if not notees:
        nommees = [a for a in anomalies if a.lieu.fichier == str(chemin)]
        if any(a.code == "passation-vide" for a in nommees):
            # Le fichier est sain, et n’a pas de réponse : c’est dit, et il n’y a rien d’autre à en refuser.
            perdues = [c for c, r in document["reponses"].items() if _sens_d_une_reponse(r, monde) != ABSENTE]
            yield from (f"{code} : répondu, et la passation est dite vide" for code in perdues)
        elif not any(a.gravite is Gravite.REFUS for a in nommees):
            yield "rien n’est lu, et le fichier n’est pas nommé"
        return
    if document is None or json.loads(sommee(document))["somme"] != document.get("somme"):
        yield "lue, quand son JSON ou sa somme sont faux"
        return
    dites = {code: _sens_d_une_reponse(reponse, monde) for code, reponse in document["reponses"].items()}
    yield from juger_les_reponses(notees[0], dites, monde)
    perdus = [code for code in dites if code not in monde.codes and code not in notees[0].releve.refusees]
    yield from (f"{code}, inconnu, n’est pas nommé" for code in perdus)


def _sens_d_une_reponse(reponse: dict[str, Any], monde: Monde) -> Sens:
    if reponse.get("etat") != "repondu":
        return ABSENTE
    valeur = reponse.get("valeur")
    return valeur if type(valeur) is int and valeur in monde.plan.niveaux else REFUSEE


# --- YAML : des référentiels ---


def essai_yaml(hasard: random.Random) -> Essai:
    """Un référentiel altéré ; chargé, il note comme l’oracle note d’après ce qu’il dit."""
    depart = hasard.choice([RACINE / "referentiels" / "minimal.yaml", LIVRE]).read_text(encoding="utf-8")
    gestes = [_toucher_un_texte(hasard) for _ in range(hasard.randint(1, 4))]
    alterer = _alterer(hasard) if hasard.random() < 0.3 else bytes
    graine = hasard.getrandbits(32)

    def juger(chemin: Path, octets: bytes) -> Iterator[str]:
        yield from _juger_un_referentiel(chemin, octets, random.Random(graine))

    return Essai(".yaml", depart, gestes, lambda texte: alterer(texte.encode()), juger)


_REMPLACEMENTS = {
    "inverse: true": [
        "inverse: oui",
        "inverse: Vrai",
        "inverse: non",
        "inverse: 1",
        'inverse: "true"',
        "inverse: yes",
        "inverse: FALSE",
    ],
    "poids: 2": [
        "poids: 2.0",
        "poids: 0.5",
        "poids: 1,5",
        "poids: 2e0",
        "poids: -1",
        "poids: 0",
        "poids: .5",
        "poids: 0x2",
        "poids: 1_0",
        "poids: deux",
        "poids: '3'",
        "poids: 1/3",
    ],
    "valeur: 1": [
        "valeur: 1.0",
        "valeur: 0",
        "valeur: 01",
        "valeur: +1",
        "valeur: '1'",
        "valeur: 1e0",
        "valeur: -3",
        "valeur: un",
        "valeur: 0o1",
    ],
    "valeur: 0.5": [
        "valeur: 0,5",
        "valeur: 1",
        "valeur: 0",
        "valeur: 5e-1",
        "valeur: 50%",
        "valeur: .6",
        "valeur: 1.1",
        "valeur: 0.333",
    ],
    "valeur: 0.15": ["valeur: 0", "valeur: 2", "valeur: 1.5e-1", "valeur: -0.1"],
    "x: -1": ["x: 1", "x: -0.5", "x: -1.0", "x: '-1'", "x: −1", "x: -1e0", "x: 1e308", "x: nan"],
    "competence: repartir": [
        "competence: accueillir",
        "competence: Repartir",
        "competence: ' repartir'",
        "competence: x",
    ],
    "competence: C1": ["competence: C2", "competence: c1", "competence: 'C1'", "competence:  C1 "],
    "code: A1": ["code: A2", "code: a1", "code: 'A1 '", "code: 1", "code: A-1", "code: A1 # suite", "code: é1"],
    "items: [A1, A2]": ["items: [A1]", "items: [A1, A1]", "items: [A1, Z]", "items: []", "items: A1"],
    "\n": ["\r\n", "\n\n", " \n", "\n  ", "\n\t"],
    ": ": [":  ", ":", " : ", ":\t"],
    "  - ": ["  -  ", "- ", "   - ", "  -"],
}


def _toucher_un_texte(hasard: random.Random) -> Geste:
    sort, rang = hasard.random(), hasard.random()
    vieux = hasard.choice(list(_REMPLACEMENTS))
    neuf = hasard.choice(_REMPLACEMENTS[vieux])

    def geste(texte: str) -> str:
        lignes = texte.splitlines(keepends=True) or [""]
        ici = int(rang * len(lignes))
        if sort < 0.7:
            places = [n for n in range(len(texte)) if texte.startswith(vieux, n)] or [0]
            place = places[int(rang * len(places))]
            return texte[:place] + texte[place:].replace(vieux, neuf, 1)
        if sort < 0.8:
            del lignes[ici]
        elif sort < 0.9:
            lignes.insert(ici, lignes[int(rang * ici)])
        else:
            lignes[ici], lignes[-ici] = lignes[-ici], lignes[ici]
        return "".join(lignes)

    return geste


def _juger_un_referentiel(chemin: Path, octets: bytes, hasard: random.Random) -> Iterator[str]:
    try:
        referentiel = cpit.referentiel(chemin)
    except ErreurCpit as erreur:
        if not all(a.lieu.fichier == str(chemin) and a.lieu.ligne for a in erreur.anomalies):
            yield "refusé sans dire où"
        return
    brut = lire_yaml(octets)
    try:
        monde = Monde(referentiel, plan_ecrit(brut), Questions.ecrites(brut))
    except (ValueError, KeyError, TypeError, AttributeError) as erreur:
        yield f"chargé, quand un lecteur naïf n’y comprend rien : {erreur!r}"
        return
    table = chemin.with_suffix(".csv")
    grille = grille_saine(monde, hasard)
    table.write_bytes(en_csv(grille))
    notees, anomalies = lire(table, referentiel)
    yield from juger_une_table(lire_csv(table.read_bytes(), monde.questions), notees, anomalies, monde)


# --- la campagne ------------------------------------------------------------------------------------------------------

FORMATS: dict[str, Callable[[random.Random], Essai]] = {
    "tables CSV": essai_csv,
    "tables xlsx": essai_xlsx,
    "formulaires xlsx": essai_formulaire,
    "passations JSON": essai_json,
    "référentiels YAML": essai_yaml,
}


def fautes_de(essai: Essai, gestes: Sequence[Geste], dossier: Path) -> tuple[bytes, list[str]]:
    """Écrit, lit et juge un fichier."""
    octets = essai.octets(gestes)
    chemin = dossier / f"altere{essai.suffixe}"
    chemin.write_bytes(octets)
    try:
        return octets, list(essai.juger(chemin, octets))
    except Exception as erreur:
        return octets, [f"trace de programme : {erreur!r}"[:300]]


def reduire(essai: Essai, dossier: Path) -> tuple[bytes, list[str]]:
    """Le même fichier, sans les gestes dont la faute se passe."""
    gestes = list(essai.gestes)
    for geste in essai.gestes:
        sans = [g for g in gestes if g is not geste]
        if fautes_de(essai, sans, dossier)[1]:
            gestes = sans
    return fautes_de(essai, gestes, dossier)


def jouer(nombre: int, graine: int, formats: str = "") -> list[Promesse]:
    """La campagne entière, ou les formats dont le nom contient ce texte."""
    promesses = []
    for nom, tirer in FORMATS.items():
        if formats not in nom:
            continue
        promesse = Promesse(
            f"Réponses altérées, {nom} : chaque cellule juste, manquante, ou refusée par son nom", "fichiers"
        )
        promesses.append(promesse)
        with tempfile.TemporaryDirectory() as dossier:
            for rang in range(nombre):
                essai = tirer(random.Random(f"{graine} {nom} {rang}"))
                octets, fautes = fautes_de(essai, essai.gestes, Path(dossier))
                if fautes:
                    octets, fautes = reduire(essai, Path(dossier))
                    gardee = garder(f"altere{essai.suffixe}", octets)
                    fautes = [f"essai {rang}, {gardee.name} : {'; '.join(fautes[:3])}"]
                promesse.juger(*fautes)
    return promesses


if __name__ == "__main__":
    principal(jouer, 4000)

"""Des mutants : une faute à la fois dans un module décisif, que ses tests doivent voir.

    nice -n 19 python tests/campagnes/mutants.py [--module cpit/coeur/notation.py] [--nombre 20 | --tout]

Sans ``--module``, tous ceux de ``MODULES``. Les fautes sont celles de mutmut, et quelques-unes d’ici (condition
retournée, retour vidé, instruction ôtée), prises tour à tour dans chaque sorte, au hasard de ``--graine`` ; ni les
annotations, ni les textes écrits pour être lus, ni ``strict=``, ni la taille d’un cache, ni les majuscules d’un en-
tête replié n’en reçoivent. Les essais tournent une fois sans mutant : on sait alors lesquels passent par chaque ligne,
et en combien de temps (``--carte`` garde cela dans un fichier). Chaque mutant s’essaie dans une copie du dépôt, avec
ceux qui passent par sa ligne, du plus prompt au plus lent, jusqu’au premier échec, dans un processus déjà chargé qui
se dédouble ; mypy, que la vérification du dépôt lance aussi, voit ensuite ceux qui restent ; celui dont le module ne
se charge plus, mort-né, ne compte pas. La table va à la sortie ; les survivants, à l’erreur, avec leur ligne. Finit
par 1 s’il en reste, par 2 si un essai n’a rien pu juger.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from difflib import unified_diff
from enum import StrEnum
from functools import partial
from itertools import islice, takewhile
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

RACINE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(RACINE / "tests"))

from aide_mutants import MORT_NE  # noqa: E402

from campagnes.commun import GRAINE  # noqa: E402

DELAI = 120
"""Secondes laissées à des essais, en plus de dix fois ce qu’ils prennent sans mutant : ils attendent quelque chose."""
PREMIERS, BUDGET = 30, 90.0
"""Essais lancés d’abord ; secondes que prennent, sans mutant, ceux de chaque fournée, au plus."""
PLIS = 12
"""Lignes d’une instruction, au plus."""
AUCUN_ESSAI = 5
"""Code de pytest quand rien de ce qu’on lui a donné n’existe."""
COEURS = 2
"""Mutants essayés en même temps."""


class Cible(NamedTuple):
    """Un module décisif : ce dont il décide, et les tests qui le concernent, du plus prompt au plus lent."""

    sujet: str
    tests: tuple[str, ...]


MODULES = {
    "cpit/coeur/moteur.py": Cible("notation", ("cas", "proprietes")),
    "cpit/coeur/notation.py": Cible("notation", ("cas", "place", "restitution", "proprietes")),
    "cpit/coeur/incertitude.py": Cible("position", ("incertitude", "comparaison", "equipe")),
    "cpit/coeur/dispersion.py": Cible("position", ("incertitude",)),
    "cpit/coeur/diffusion.py": Cible("diffusion", ("diffusion", "petits_groupes")),
    "cpit/coeur/groupe.py": Cible(
        "diffusion", ("petits_groupes", "cohorte", "place", "diffusion", "figures", "fidelite")
    ),
    "cpit/passations/sauvegarde.py": Cible(
        "enregistrement",
        ("sauvegarde", "questionnaire::test_une_terminee_se_rouvre_et_sa_version_est_gardee", "durable"),
    ),
    "cpit/formats/durable.py": Cible("enregistrement", ("durable", "sauvegarde")),
    "cpit/json_strict.py": Cible(
        "lecture",
        (
            "chemins::test_un_json_fautif_est_refuse_a_sa_place",
            "commandes::test_un_fichier_d_une_autre_sorte_est_refuse",
            "droits::test_apres_effacer_aucun_octet_ne_parle_de_la_personne",
        ),
    ),
    "cpit/lecture/dechiffrement.py": Cible(
        "lecture", ("reponses_ecrites", "tables", "lignes_directes", "mots_et_remedes")
    ),
    "cpit/lecture/entetes.py": Cible(
        "lecture", ("en_tetes_ecrits", "tables_dites", "tables_reconnues", "reconnaissance", "tables")
    ),
    "cpit/lecture/outils.py": Cible("lecture", ("outils_reconnus", "reconnaissance", "tables_dites")),
    "cpit/lecture/porteurs.py": Cible("lecture", ("tables_dites", "reconnaissance")),
    "cpit/lecture/reconnaissance.py": Cible(
        "lecture", ("tables_dites", "tables_reconnues", "en_tetes_ecrits", "reconnaissance")
    ),
    "cpit/lecture/lignes.py": Cible("lecture", ("tables_dites", "tables", "lignes_de_table")),
    "cpit/lecture/table_csv.py": Cible("lecture", ("csv_lus", "tables", "lignes_directes", "encodages", "formes")),
    "cpit/lecture/table_xlsx.py": Cible("lecture", ("classeurs_de_reponses", "tables")),
    "cpit/lecture/forme_formulaire.py": Cible("lecture", ("formulaires_remplis", "formulaire_xlsx")),
    "cpit/lecture/formulaire_xlsx.py": Cible(
        "lecture", ("formulaires_remplis", "formulaire_xlsx", "conditions", "versions")
    ),
    "cpit/tableur/classeur_ouvert.py": Cible("lecture", ("tableur", "tables", "formulaire_xlsx")),
    "cpit/tableur/lecture.py": Cible("lecture", ("tableur", "tables", "formulaire_xlsx", "bombes")),
}
"""Du décisif, et de quoi le juger."""


AUTRES_ESSAIS = """
    aleas anonymat api autre_echelle choix_multiples combinaisons comparer consignes contexte dates_de_reponse
    en_tetes_repetes equipe export fautes_de_cpit fautifs feuilles_et_notes formats_lus garde_xlsx instruments
    lignes_de_table listes masse personnes_lues place porte referentiels regards_et_moments regression sources_repliees
    suivi tableur
"""
"""Des essais d’à côté, qui passent par ces modules et jugent aussi leurs mutants."""


class Equivalent(NamedTuple):
    """Un mutant que rien ne peut distinguer de l’original : son module, ce qu’il ôte, ce qu’il met, et pourquoi."""

    module: str
    ote: str
    mis: str
    raison: str


MOTEUR, INCERTITUDE, DISPERSION, DIFFUSION, GROUPE = (
    f"cpit/coeur/{nom}.py" for nom in ("moteur", "incertitude", "dispersion", "diffusion", "groupe")
)
FEUILLES, CLASSEURS = "cpit/tableur/lecture.py", "cpit/tableur/classeur_ouvert.py"
ENTETES, RECONNAISSANCE = "cpit/lecture/entetes.py", "cpit/lecture/reconnaissance.py"
LIGNES, TABLE_CSV = "cpit/lecture/lignes.py", "cpit/lecture/table_csv.py"
TABLES, FORMULAIRES = "cpit/lecture/table_xlsx.py", "cpit/lecture/forme_formulaire.py"
LECTEUR, DECHIFFREMENT = "cpit/lecture/formulaire_xlsx.py", "cpit/lecture/dechiffrement.py"
FAMILLES = (
    (
        *(ENTETES, "un choix de longueur : nul moment suivi d’un regard, nul nom qui ressemble n’en dépendent"),
        ("_CONTEXTE_MAX = 30", "30", "31"),
        ("_COMPARES = 80", "80", "81"),
    ),
    (
        *(ENTETES, "un souvenir : ce qui n’est pas oublié ne fait qu’occuper la mémoire"),
        ("self._vus.clear()", "self._vus.clear()", "pass"),
        ("self._items_vus.clear()", "self._items_vus.clear()", "pass"),
        ("_VUS_MAX = 50_000", "50_000", "50001"),
        *(
            (f"if len({souvenir}) >= _VUS_MAX:", *mis)
            for souvenir in ("self._vus", "self._items_vus")
            for mis in ((">=", ">"), (f"len({souvenir}) >= _VUS_MAX", f"not (len({souvenir}) >= _VUS_MAX)"))
        ),
    ),
    (
        *(LIGNES, "un souvenir : ce qui n’est pas retenu se relit, et vaut pareil"),
        ("self._contextes[cle] = (moment, regard, profil)", "(moment, regard, profil)", "None"),
        ("deja = self._contextes.get(cle)", "self._contextes.get(cle)", "None"),
        ("deja = self._contextes.get(cle)", "cle", "None"),
    ),
    (
        *(
            LIGNES,
            "sans faute, sans colonne refusée, chercher ce qui s’en dirait ne fait que perdre du temps",
        ),
        (
            "ecartees = self._remplies(groupe.refusees, cellules) if groupe.refusees else _AUCUNE",
            *("if groupe.refusees", "if (groupe.refusees) or True"),
        ),
        (
            "refusees = ecartees | self._refuser(groupe.items, valeurs, ligne) if fautif else ecartees",
            *("if fautif", "if (fautif) or True"),
        ),
        (
            "dits = self._consignes.mots.get(replier_libelle(colonne.nom)) if self._consignes.mots else None",
            *("if self._consignes.mots", "if (self._consignes.mots) or True"),
        ),
    ),
    (
        *(LIGNES, "une longueur choisie pour la mémoire : d’une longue réponse, la relire n’y change rien"),
        ("LONGUEUR_RETENUE_MAX = 200", "200", "201"),
        ("if isinstance(vue, str | bytes) and len(vue) > LONGUEUR_RETENUE_MAX:", "> L", ">= L"),
    ),
    (
        *(LIGNES, "sans colonne du tiers ni regard d’un tiers, une ligne n’en dit rien"),
        (
            'tiers = self._tiers(cellules, ligne) if self._a_des_tiers or contexte[1] == "tiers" else {}',
            'if self._a_des_tiers or contexte[1] == "tiers"',
            'if (self._a_des_tiers or contexte[1] == "tiers") or True',
        ),
    ),
    (
        *(
            "cpit/lecture/outils.py",
            "ce qu’un outil dirait d’une colonne d’item n’est pas gardé : elle n’est pas de gestion",
        ),
        (
            "reserve = None if rang in items else voulu.reserve_de(rang if a_leur_place else None, plies)",
            *("if rang in items", "if (rang in items) and False"),
        ),
    ),
    (
        *(LIGNES, "un rôle vide est celui que nul ne dit"),
        ('return {"role_evaluateur": role, **dits} if role else dits', "if role", "if (role) or True"),
    ),
    (
        *(LIGNES, "avant le premier titre, nuls mots n’en disent un"),
        ('self._titre = (0, "")', "0", "1"),
        ('self._titre = (0, "")', '""', '"XXXX"'),
    ),
    (
        *(RECONNAISSANCE, "sans énoncé perdu, chercher ceux que cite chaque colonne ne fait que perdre du temps"),
        ("for rang in self._inconnues if absents else ():", "if absents", "if (absents) or True"),
    ),
    (
        *(
            ENTETES,
            "sans code ni début d’énoncé, un texte ne nomme aucun item : le chercher ne fait que perdre du temps",
        ),
        (
            "trouve = self.designer(nom) if self._peut_nommer_un_item(nom) else None",
            *("if self._peut_nommer_un_item(nom)", "if (self._peut_nommer_un_item(nom)) or True"),
        ),
    ),
    (
        *(ENTETES, "cet habit s’ôte d’un coup : la profondeur n’y sert pas"),
        (
            'porte = Designation(cible) if cible else self._crochets(tete, 0) if trouve["point"] else None',
            *(", 0)", ", 1)"),
        ),
    ),
    (
        *(ENTETES, "une table qui a un item a plus que les colonnes propres au jeu ; sans item, elle est refusée"),
        ("if not cibles.keys() <= {nom.strip() for nom in noms}:", "<=", "<"),
    ),
    (
        *(ENTETES, "sans item à rapprocher, rien n’en est proche : le chercher ne fait que perdre du temps"),
        ("proche = self.proche(nom) if codes else None", "if codes", "if (codes) or True"),
    ),
    (
        *(ENTETES, "sans rien d’ôté, le même nom se redemande : c’est du temps perdu"),
        (
            "return self._deshabiller(nu, profondeur) if nu != plie else None",
            "if nu != plie",
            "if (nu != plie) or True",
        ),
    ),
    (
        *(ENTETES, "sans énoncé, ce qui le précède ne sert pas : le chercher ne fait que perdre du temps"),
        (
            "avant = _AVANT_UN_ENONCE.fullmatch(corps[:-longueur].rstrip()) if cible else None",
            *("if cible", "if (cible) or True"),
        ),
    ),
    (
        *(RECONNAISSANCE, "toutes les colonnes d’une table sont du même fichier"),
        ("chemin = Path(self._situer(0).fichier)", "0", "1"),
        (
            "commande = commande_de_correspondance(self._situer(0).fichier, self._nomenclature.referentiel)",
            *("0", "1"),
        ),
    ),
    (
        *(RECONNAISSANCE, "ce qui ne dit rien y vaut une case vide ; d’une faute, seul le code sert"),
        ('lues = (dechiffreur.lire(mot, Lieu(), "")[1] for mot in mots)', '""', '"XXXX"'),
        (
            'noms = [ligne.cellules[rang] if rang < len(ligne.cellules) else "" for ligne in self._reperage.lignes]',
            *('""', '"XXXX"'),
        ),
        (
            '["" if rang in gerees else mot for rang, mot in enumerate(ligne.cellules)] for ligne in '
            "self._reperage.suite",
            *('""', '"XXXX"'),
        ),
        ('evenement = self._outil.evenement if self._outil else ""', '""', '"XXXX"'),
        ('outil=self._outil.nom if self._outil else "",', '""', '"XXXX"'),
    ),
    (
        *(RECONNAISSANCE, "la ligne dont il s’agit n’est pas une réponse : la regarder avec sa suite n’y change rien"),
        ("for k, ligne in enumerate(suite, 1):", ", 1", ", "),
    ),
    (
        *(MOTEUR, "à égalité, l’un et l’autre sont le même nombre"),
        ("return choisir(moyenne > haut, haut, moyenne)", ">", ">="),
        ("moyenne = choisir(moyenne < bas, bas, moyenne)", "<", "<="),
        ("plus_grande = choisir(a > plus_grande, a, plus_grande)", ">", ">="),
        ("bas = choisir((repondus[code] > 0) & (retenues[code] < bas), retenues[code], bas)", "<", "<="),
        ("haut = choisir((repondus[code] > 0) & (retenues[code] > haut), retenues[code], haut)", "] > h", "] >= h"),
    ),
    (
        *(INCERTITUDE, "là où la condition est fausse, le quotient est nul ou ne sert pas : il n’y a qu’à diviser"),
        ("diviseurs = [choisir(total > 0, total, 1.0) for total in poids]", "1.0", "2.0"),
        ("diviseur = choisir(total > 0, total, 1.0)", "1.0", "2.0"),
        ("facteur = m / choisir(etalement.part > 0, etalement.part, 1.0)", "1.0", "2.0"),
        (
            "forme = (dx * dx * yy - 2 * dx * dy * xy + dy * dy * xx) / choisir(pleine, determinant, 1.0)",
            *("1.0", "2.0"),
        ),
        ("sur_la_trace = choisir(droite, trace, 1.0)", "1.0", "2.0"),
    ),
    (
        *(INCERTITUDE, "sans dispersion de la strate, la part ne sert pas ; d’une seule forme, la seconde non plus"),
        (
            "variance, _, _ = _propager(Etalement(m, (), ecarts, arrondis, 0.0), gradient, None, choisir_un)",
            *("0.0", "1.0"),
        ),
        ("gradient = [(signe * poids, 0.0) for poids, _ in passations for signe in (-1.0, 1.0)]", "0.0", "1.0"),
        (
            "variance, _, _ = _propager(_bout_a_bout(premier, second), [(-1.0, 0.0), (1.0, 0.0)], None, choisir_un)",
            *("(-1.0, 0.0)", "(-1.0, 1.0)"),
        ),
        (
            "variance, _, _ = _propager(_bout_a_bout(premier, second), [(-1.0, 0.0), (1.0, 0.0)], None, choisir_un)",
            *("(1.0, 0.0)", "(1.0, 1.0)"),
        ),
    ),
    (
        *(INCERTITUDE, "hors du rayon, de peu ou de beaucoup"),
        ("segment = choisir(a_cote, rayon2 + 1, le_long / sur_la_trace)", "+ 1", "+ 2"),
        ("point = choisir(distance2 > _NUL, rayon2 + 1, 0.0)", "+ 1", "+ 2"),
    ),
    (
        *(INCERTITUDE, "à quatre compétences, l’une et l’autre valent quatre"),
        ("m = choisir(etalement.repliques >= COMPETENCES_MIN, etalement.repliques, COMPETENCES_MIN)", ">=", ">"),
    ),
    (
        *(INCERTITUDE, "soixante moitiés épuisent déjà la précision d’un nombre"),
        ("for _ in range(60):", "60", "61"),
    ),
    (
        *(GROUPE, "un nombre qui se montre est nul, ou de trois personnes au moins"),
        ("if 0 < places < regle.seuil_des_ecarts:", "0", "1"),
    ),
    (
        *(GROUPE, "un public se compare à lui-même : sa valeur ne sert pas"),
        *((f"{nom} = auto()", "auto()", "None") for nom in ("LE_GROUPE", "LE_GROUPE_SANS_LIGNES", "ETUDE", "AU_DELA")),
    ),
    (
        *(DIFFUSION, "des profils n’ont ni case ni écart-type : s’en passer ne fait que gagner du temps"),
        *(
            ("return agreger(cohorte, minimum=minimum, questions=questions, cases=False, ecarts=False).profils()", *mis)
            for mis in (("cases=False", "cases=True"), ("ecarts=False", "ecarts=True"))
        ),
    ),
    (
        *(DIFFUSION, "seules les échelles s’en lisent : se passer des cases ne fait que gagner du temps"),
        ("echelles = portrait_montrable(groupe, regle, cases=False).echelles", "False", "True"),
    ),
    (
        *(DIFFUSION, "un code que la question n’a pas se tait comme l’absence de réponse"),
        *(('code = notee.passation.profil.get(question, "")', ', ""', mis) for mis in (', "XXXX"', ", None", ", ")),
    ),
    (
        *(DISPERSION, "une taille choisie pour aller vite : les nombres sont les mêmes"),
        ("_PAQUET = 8192", "2", "3"),
        ("_EN_COLONNES = 1000", "1000", "1001"),
    ),
    (
        *(
            DISPERSION,
            "les écarts à la moyenne ont une somme nulle : une constante ajoutée à l’autre n’y change rien",
        ),
        ("fsum((p.x - milieu.x) * (p.y - milieu.y) for p in positions) / (n - 1),", "p.x -", "p.x +"),
        ("fsum((p.x - milieu.x) * (p.y - milieu.y) for p in positions) / (n - 1),", "p.y -", "p.y +"),
    ),
    (
        *(DISPERSION, "là où la position manque, rien n’en sert"),
        ("np.array([0.0 if point is None else point.x for point in points]),", "0.0", "1.0"),
        ("np.array([0.0 if point is None else point.y for point in points]),", "0.0", "1.0"),
    ),
    (
        *(FEUILLES, "qui le lit ne demande que si c’est vrai"),
        *((f"self._{nom} = False", "False", "None") for nom in ("mis_en_forme", "phonetique", "dedans", "passee")),
        ("self._ecoute = False", "False", "None"),
        ("return False", " False", ""),
    ),
    (
        *(TABLES, "une ligne remplie a une cellule au moins, et une cellule vide de plus ne se voit pas"),
        (
            "grille = ((n, masque.poser_pieges(n, _preparer(list(cellules), 0))) for n, cellules in remplies)",
            *("0)", "1)"),
        ),
        ("remplies = ((n, [c.get(k) for k in range(1, max(c) + 1)]) for n, c in lignes if c)", "+ 1", "+ 2"),
        ("return max((colonne for colonne, texte in mots.items() if texte), default=1)", "=1", "=2"),
    ),
    (
        *(FORMULAIRES, "« so » se lit comme « SO »"),
        ('choix[referentiel.echelle.sans_objet.libelle] = "SO"', "SO", "so"),
    ),
    (
        *(CLASSEURS, "zéro est une heure, déjà rendue"),
        ("if 0 < nombre < 60 and epoque == EPOQUE:", "0 <", "0 <="),
    ),
    (
        *(CLASSEURS, "ce qui prend la place d’un texte ôté n’est ni une lettre de date, ni un signe de pourcentage"),
        ('return "%" in _HORS_DES_TEXTES.sub("", ecrit.split(";")[0])', '("",', '("XXXX",'),
    ),
    (
        *(FEUILLES, "ce qui s’écoute hors d’une case s’oublie quand une case s’ouvre"),
        ("self._ecoute = False", "False", "True"),
    ),
    (
        *(FEUILLES, "expat refuse une espace dans le nom d’un espace de noms : il n’y en a qu’une"),
        ('espace, _, court = nom.rpartition(" ")', "rpartition", "partition"),
    ),
    (
        *(FEUILLES, "un encodage se nomme en minuscules ou en capitales ; aucun ne diffère d’UTF-8 à ces octets seuls"),
        (
            'if encodage is not None and _LISIBLES.decode(encodage, "replace").encode("ascii", "replace") '
            "!= _LISIBLES:",
            *("ascii", "ASCII"),
        ),
        ("_LISIBLES = bytes(range(0x20, 0x7F))", "0x20", "33"),
        ("_LISIBLES = bytes(range(0x20, 0x7F))", "0x7F", "128"),
    ),
    (
        *(
            FEUILLES,
            "des noms retenus pour aller vite : oubliés, ils se refont",
        ),
        ("_NOMS_MAX = 1_000", "1_000", "1001"),
        ("if len(self) < _NOMS_MAX:", "<", "<="),
    ),
    (
        *(FEUILLES, "expat rend alors un texte en morceaux, que l’on recolle"),
        ("self._analyseur.buffer_text = True", "True", "False"),
    ),
    (
        *(
            FEUILLES,
            "ce que l’on y met n’est ni un nombre, ni un rôle, ni un format de date : rien ne le demande",
        ),
        *(
            (
                'formats.setdefault(attributs.get("numFmtId", ""), attributs.get("formatCode", "")[:_FORMAT_MAX])',
                *(f'"{cle}", ""', f'"{cle}", {mis}'),
            )
            for cle, mis in (("numFmtId", '"XXXX"'), ("numFmtId", "None"), ("numFmtId", ""), ("formatCode", '"XXXX"'))
        ),
        ('combien = attributs.get("totalsRowCount", "0")', '"0"', '"XX0XX"'),
        ('bornes = [attributs.get(cle, "") for cle in ("min", "max")]', '""', '"XXXX"'),
        ('return attributs.get("Type", "").rpartition("/")[2], cible.lstrip("/")', '""', '"XXXX"'),
    ),
    (
        *(CLASSEURS, "nul tableur n’écrit de crochet après un « _ » : ce qui prend sa place n’y change rien"),
        (
            'return _LETTRE_DE_DATE.search(_HORS_DU_FORMAT.sub("", ecrit.split(";")[0])) is not None',
            *('("",', '("XXXX",'),
        ),
    ),
    (
        *(TABLES, "sans rien qu’une feuille dise, les consignes sont les mêmes : c’est du temps perdu"),
        (
            "nomenclature = nomenclature if not dits else Nomenclature.pour(self._referentiel, consignes)",
            *("not dits", "(not dits) and False"),
        ),
    ),
    (
        *(LECTEUR, "ce qui empêche de prendre un texte passe avant lui"),
        ('return "", typographier(f"cellules fusionnées {zone}")', '""', '"XXXX"'),
        ('return ("", net) if net.casefold() in ERREURS_DE_TABLEUR else (net, None)', '""', '"XXXX"'),
        ('return "", valeur.vu or _RAISONS_DE_PIEGE[valeur.code]', '""', '"XXXX"'),
        ('return "", "VRAI" if valeur else "FAUX"', '""', '"XXXX"'),
        ('return (texte, None) if dates else ("", f"date {texte}")', '""', '"XXXX"'),
        ('return "", str(valeur)', '""', '"XXXX"'),
    ),
    (
        *(LECTEUR, "sans question, aucune longueur ne sert ; au large, une ligne de plus ne se lit pas autrement"),
        ("plus_long = 2 * max(map(len, plies.values()), default=0) + 20", "default=0", "default=1"),
        ("_LIGNES_DE_TETE = 50", "50", "51"),
    ),
    (
        *(LECTEUR, "la case de l’en-tête est un texte, jamais une formule qui vaut zéro"),
        (
            "lignes = [n for n, c in grille.feuille.pieges.sans_preuve if c == colonne and n > grille.entete]",
            *("n >", "n >="),
        ),
    ),
    (
        *(LECTEUR, "le format, que l’on vient d’y trouver, en est toujours un de plus"),
        (
            'or not {"version_format", "identifiant", "version", "empreinte"} <= faits.keys()',
            *("<=", "<"),
        ),
    ),
    (
        *(DECHIFFREMENT, "une taille choisie pour la mémoire ou pour aller vite : la réponse est la même"),
        ("_MEMOIRE_MAX = 64", "64", "65"),
    ),
    (
        *(TABLE_CSV, "tout rendre plus tard ne demande que plus de mémoire ; rien ou faux, on demande si c’est vrai"),
        ("if fin:", "if fin", "if not (fin)"),
        *(
            (
                'fin = max(reste.rfind(b"\\n"), reste.rfind(b"\\r")) + 1 or '
                "(len(reste) if len(reste) > _LIGNE_MAX else 0)",
                *(f'rfind(b"{signe}")', f'find(b"{signe}")'),
            )
            for signe in ("\\n", "\\r")
        ),
        ("self.porte_de_l_utf_8 = False", "False", "None"),
    ),
    (
        *(TABLE_CSV, "un « X » ne s’y cherche jamais : ce n’y sont que des accents, ou des minuscules"),
        *(
            (
                '*(("é", 1.0), ("èà’", 0.25), ("ê", 0.1), ("ç«»\\u00a0", 0.06), ("âîôû–É", 0.03), ("ùëïœ…°À", 0.015)),',
                *(f'("{signes}"', f'("XX{signes}XX"'),
            )
            for signes in ("é", "èà’", "ê", "ç«»\\u00a0", "âîôû–É", "ùëïœ…°À")
        ),
        ('_LETTRES = frozenset("àâçéèêëîïôùûœ€")', '"àâçéèêëîïôùûœ€"', '"XXàâçéèêëîïôùûœ€XX"'),
        ('**dict.fromkeys("«“‘", lambda avant, _: not avant.isalnum()),', '"«“‘"', '"XX«“‘XX"'),
        ('**dict.fromkeys("»”", lambda _, apres: not apres.isalnum()),', '"»”"', '"XX»”XX"'),
        ('**dict.fromkeys("°º", lambda avant, _: avant.isdigit() or avant in {"n", "N"}),', '"°º"', '"XX°ºXX"'),
    ),
)
"""D’autres équivalents, par module et par raison : une instruction, ce que la faute y change, et en quoi."""


EQUIVALENTS = (
    Equivalent(
        "cpit/coeur/notation.py",
        "connues.update({(code, valeur): retenues[code] for code, valeur in valeurs.items()})",
        "pass",
        "un souvenir : ce qui n’est pas retenu est recalculé, et vaut pareil",
    ),
    Equivalent(
        "cpit/coeur/moteur.py",
        "diviseur = choisir(presente, total, 1.0)",
        "diviseur = choisir(presente, total, 2.0)",
        "là où rien n’est présent, le quotient ne sert pas : il n’y a qu’à ne pas diviser par zéro",
    ),
    Equivalent(
        "cpit/tableur/classeur_ouvert.py",
        "super().__init__(raison)",
        "pass",
        "une exception tient déjà ses arguments de sa création",
    ),
    Equivalent(
        "cpit/json_strict.py",
        'return echapper(texte.encode("utf-8", errors="replace").decode()).encode()',
        'return echapper(texte.encode(errors="replace").decode()).encode()',
        "Python encode en UTF-8 sans qu’on le dise",
    ),
    Equivalent(
        "cpit/json_strict.py",
        "super().__init__(raison)",
        "pass",
        "une exception tient déjà ses arguments de sa création",
    ),
    Equivalent(
        "cpit/json_strict.py",
        'debut = texte.rfind("\\n", 0, position) + 1',
        'debut = texte.rfind("\\n", None, position) + 1',
        "rien, pour Python, y vaut le début",
    ),
    Equivalent(
        "cpit/json_strict.py",
        'place = _place(texte, trop.start()) if trop else ""',
        'place = _place(texte, trop.start()) if (trop) or True else ""',
        "le seul refus de Python qui reste ici est celui d’un nombre trop long, que l’on cherche",
    ),
    Equivalent(
        "cpit/coeur/moteur.py",
        "moyenne = somme / choisir(compte > 0, poids_repondu, 1.0)",
        "moyenne = somme / choisir(compte > 0, poids_repondu, 2.0)",
        "là où rien n’est répondu, la note est absente : il n’y a qu’à ne pas diviser par zéro",
    ),
    Equivalent(
        "cpit/formats/durable.py",
        "_PAR_DESCRIPTEURS = {os.open, os.stat, os.unlink, os.rename, os.link} <= os.supports_dir_fd",
        "_PAR_DESCRIPTEURS = {os.open, os.stat, os.unlink, os.rename, os.link} < os.supports_dir_fd",
        "qui sait ces cinq gestes en sait d’autres",
    ),
    Equivalent(
        "cpit/formats/durable.py",
        "return False",
        "return",
        "qui l’appelle ne demande que si c’est vrai",
    ),
    Equivalent(
        "cpit/formats/durable.py",
        'ecart = f"{_prefixe()}{os.urandom(4).hex()}.tmp"',
        'ecart = f"{_prefixe()}{os.urandom(5).hex()}.tmp"',
        "la fin du nom d’un temporaire : deux signes au hasard de plus",
    ),
    Equivalent(
        "cpit/coeur/diffusion.py",
        "tus = self._probleme(self._groupe_montrable, self._effectifs).taire() if entiere else self._tout()",
        "tus = self._probleme(self._groupe_montrable, self._effectifs).taire() if (entiere) or True else self._tout()",
        "d’une strate trop petite, aucun groupe n’est assez grand : tous sont tus par l’une ou l’autre voie",
    ),
    Equivalent(
        "cpit/coeur/notation.py",
        "SOUVENIRS = 65_536",
        "SOUVENIRS = 65537",
        "une taille choisie pour la mémoire ; ce qui se passe à la borne est essayé, quelle qu’elle soit",
    ),
    *(
        Equivalent(module, ote, ote.replace(change, mis, 1), raison)
        for module, raison, *fautes in FAMILLES
        for ote, change, mis in fautes
    ),
)
"""Ce que le tirage a donné, et qui ne se voit d’aucune commande, d’aucun fichier, d’aucune valeur de l’API."""


# --- les fautes -------------------------------------------------------------------------------------------------------


class Mutant(NamedTuple):
    """Un texte fautif, la ligne de la faute, et les lignes qu’elle ôte et met, sans leurs blancs."""

    texte: str
    ligne: int
    ote: str
    mis: str


def _retourner(noeud: cst.If | cst.While) -> Iterator[cst.CSTNode]:
    condition = noeud.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield noeud.with_changes(test=cst.UnaryOperation(cst.Not(), condition))


def _vider(noeud: cst.Return) -> Iterator[cst.CSTNode]:
    if noeud.value is not None and getattr(noeud.value, "value", None) != "None":
        yield noeud.with_changes(value=None)


def _oter(noeud: cst.Expr) -> Iterator[cst.CSTNode]:
    if not isinstance(noeud.value, cst.SimpleString | cst.ConcatenatedString):
        yield cst.Pass()


OPERATEURS = [
    *mutation_operators,
    (cst.If, _retourner),
    (cst.While, _retourner),
    (cst.Return, _vider),
    (cst.Expr, _oter),
]
SANS_FAUTE = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom, cst.TypeAlias)
"""Ce qui ne s’évalue pas à l’usage : une annotation, un décorateur, une importation."""


STRICT = re.compile(r",?\s*\bstrict=\w+|,\s*(?=\))")
"""D’un ``zip``, une assertion sur des suites de même longueur par construction."""
ENCODAGE = re.compile(r"""(?i)["'](?:utf-(?:8|16|32)(?:-sig|-[bl]e)?|ascii|cp\d+|latin-?1)["']""")
"""Le nom d’un encodage, que Python lit en toutes casses."""


class _Fautes(cst.CSTVisitor):
    """Recueille, pour chaque sorte de faute, le nœud à changer et ce qui le remplace."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.par_sorte: dict[str, list[tuple[cst.CSTNode, cst.CSTNode, int]]] = {}
        self._replies = 0

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, SANS_FAUTE) or _a_lire(node) or _declaration(node) or _type_litteral(node):
            return False
        self._replies += _replie_ses_mots(node)
        for genre, operateur in OPERATEURS:
            if isinstance(node, genre):
                ligne = self.get_metadata(PositionProvider, node).start.line
                sorte = self.par_sorte.setdefault(operateur.__name__, [])
                changes = (change for change in operateur(node) if not (self._replies and _meme_mot(node, change)))
                sorte += [(node, change, ligne) for change in changes]
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        self._replies -= _replie_ses_mots(original_node)


def _replie_ses_mots(noeud: cst.CSTNode) -> bool:
    """Vrai pour ``_noms(…)``, des en-têtes que l’on replie : leurs majuscules ne sont que pour qui les lit."""
    return isinstance(noeud, cst.Call) and getattr(noeud.func, "value", None) == "_noms"


def _meme_mot(noeud: cst.CSTNode, change: cst.CSTNode) -> bool:
    """Vrai d’un texte que seules ses majuscules distinguent de l’autre."""
    textes = [un.value.casefold() for un in (noeud, change) if isinstance(un, cst.SimpleString)]
    return len(textes) > len({*textes})


def _a_lire(noeud: cst.CSTNode) -> bool:
    """Vrai pour un texte écrit pour être lu, qui ne décide de rien : une docstring, un libellé, un message."""
    return isinstance(noeud, cst.SimpleString) and " " in str(noeud.evaluated_value)


def _declaration(noeud: cst.CSTNode) -> bool:
    """Vrai pour ce que seuls lisent les outils : ``__all__``, un nom ou une variable de type, ``if TYPE_CHECKING``.

    Et pour la taille d’un cache : ce qui n’y tient plus se recalcule.
    """
    if isinstance(noeud, cst.If):
        return getattr(noeud.test, "value", None) == "TYPE_CHECKING"
    if isinstance(noeud, cst.Arg):
        return getattr(noeud.keyword, "value", None) == "maxsize"
    if isinstance(noeud, cst.AnnAssign):
        return getattr(noeud.annotation.annotation, "value", None) == "TypeAlias"
    if isinstance(noeud, cst.Assign):
        de_type = isinstance(noeud.value, cst.Call) and getattr(noeud.value.func, "value", None) == "TypeVar"
        return de_type or _type_litteral(noeud.value) or getattr(noeud.targets[0].target, "value", None) == "__all__"
    return False


def _type_litteral(noeud: cst.CSTNode) -> bool:
    """Vrai pour ``Literal[…]`` : un type, que seul lit mypy."""
    return isinstance(noeud, cst.Subscript) and getattr(noeud.value, "value", None) == "Literal"


def tirer(code: str, tirage: random.Random) -> Iterator[Mutant]:
    """Tous les mutants d’un texte, tour à tour dans chaque sorte de faute ; sortes et fautes sont tirées au sort.

    Un petit tirage prend ainsi de toutes les sortes à parts égales : les arguments ôtés, qui sont la moitié des fautes,
    n’y prennent pas toute la place.
    """
    enveloppe = MetadataWrapper(cst.parse_module(code), unsafe_skip_copy=True)
    fautes = _Fautes()
    enveloppe.visit(fautes)
    piles = [fautes.par_sorte[sorte] for sorte in sorted(fautes.par_sorte)]
    tirage.shuffle(piles)
    for pile in piles:
        tirage.shuffle(pile)
    while piles := [pile for pile in piles if pile]:
        for pile in piles:
            noeud, change, ligne = pile.pop()
            texte = enveloppe.module.deep_replace(noeud, change).code
            ote, mis = _difference(code, texte)
            if _sans_l_indifferent(ote) != _sans_l_indifferent(mis):
                yield Mutant(texte, ligne, ote, mis)


def _sans_l_indifferent(code: str) -> str:
    return ENCODAGE.sub(lambda nom: nom[0].lower(), STRICT.sub("", code))


def _pareilles(unes: Iterable[str], autres: Iterable[str]) -> int:
    """Combien de lignes sont les mêmes, avant la première qui change."""
    return sum(1 for _ in takewhile(lambda paire: paire[0] == paire[1], zip(unes, autres, strict=False)))


def _difference(code: str, texte: str) -> tuple[str, str]:
    avant, apres = code.splitlines(), texte.splitlines()
    # Une faute est en un seul endroit : la comparaison ne voit que lui, et coûte peu.
    tete = _pareilles(avant, apres)
    queue = _pareilles(avant[tete:][::-1], apres[tete:][::-1])
    milieux = (lignes[tete : len(lignes) - queue] for lignes in (avant, apres))
    lignes = list(unified_diff(*milieux, n=0, lineterm=""))[2:]
    ote, mis = (" ".join(x[1:].strip() for x in lignes if x[0] == signe) for signe in "-+")
    return ote, mis


# --- le jugement ------------------------------------------------------------------------------------------------------


class Sort(StrEnum):
    """Ce qu’il advient d’un mutant."""

    TUE = "tués"
    TEMPS = "tués par le temps"
    TYPES = "refusés par mypy"
    MORT_NE = "morts-nés"
    EQUIVALENT = "équivalents"
    SURVIVANT = "survivants"
    PANNE = "pannes"


@dataclass(frozen=True)
class Verdict:
    """Un sort, et ce qui l’explique : l’essai qui a échoué, ou ce que pytest a dit."""

    sort: Sort
    pourquoi: str = ""


class Carte(NamedTuple):
    """Ce que dure chaque essai, en secondes, et les essais qui passent par chaque ligne de chaque module."""

    durees: dict[str, float]
    lignes: dict[str, dict[str, list[str]]]

    def essais(self, module: str, ligne: int | None) -> list[str]:
        """Les essais qui exécutent une ligne (ou, sans elle, quelque ligne du module), du plus prompt au plus lent.

        Une ligne au milieu d’une instruction est celle, notée, qui la précède.
        """
        notees = {int(numero): essais for numero, essais in self.lignes.get(module, {}).items()}
        proches = [n for n in notees if ligne is None or (ligne - PLIS < n <= ligne and any(notees[n]))]
        choisies = proches if ligne is None else [max(proches, default=0)]
        noms = {nom for n in choisies for nom in notees.get(n, []) if nom in self.durees}
        if ligne is not None and not noms:
            return self.essais(module, None)
        # De même promptitude, ceux d’un même fichier se suivent : ce qu’il prépare ne l’est qu’une fois.
        return sorted(noms, key=lambda nom: (self._promptitude(nom), nom.partition("::")[0], self.durees[nom]))

    def _promptitude(self, nom: str) -> int:
        return sum(self.durees[nom] > palier for palier in (0.05, 0.3, 2.0))


class Essayeur:
    """Une copie du dépôt où l’on met un mutant, et un processus qui s’y dédouble pour lancer des essais."""

    def __init__(self, lieu: Path, depot: Path = RACINE) -> None:
        lieu.mkdir(exist_ok=True)
        self.copie, self._lieu, self._types_surs = lieu / "depot", lieu, False
        oublies = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "*.egg-info")
        shutil.copytree(depot, self.copie, ignore=oublies)
        commande = [sys.executable, "-c", "import aide_mutants; aide_mutants.servir()"]
        # Le dossier des essais vient après la copie : un greffon de même nom y serait pris d’abord.
        milieu = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (self.copie, RACINE / "tests")))}
        milieu["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        self._serveur = subprocess.Popen(
            commande, cwd=self.copie, env=milieu, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def fermer(self) -> None:
        """Laisse finir le serveur."""
        self._serveur.communicate()

    def cartographier(self, modules: Iterable[str], fichiers: Iterable[str]) -> Carte:
        """Lance une fois des fichiers d’essais sans aucun mutant, et note par où passe chacun.

        :raises SystemExit: si pytest n’a pas pu les lancer. Un essai qui échoue est dit, et ne jugera rien.
        """
        dossier = self._lieu / "carte"
        dossier.mkdir()
        milieu = {**os.environ, "CPIT_CARTE": str(dossier), "CPIT_MODULES": " ".join(modules)}
        milieu |= {"PYTHONPATH": os.pathsep.join(map(str, (self.copie, RACINE / "tests")))}
        options = ["-p", "aide_mutants", "-p", "no:cacheprovider", "-m", "not temoin", "-n", str(COEURS), "-rf"]
        commande = [sys.executable, "-m", "pytest", *options, *fichiers]
        rendu = subprocess.run(commande, check=False, cwd=self.copie, env=milieu, stdout=sys.stderr)
        if rendu.returncode not in (0, 1):
            sys.exit(f"sans aucun mutant, pytest finit par {rendu.returncode}")
        carte = Carte({}, {})
        for morceau in dossier.iterdir():
            dit = json.loads(morceau.read_text(encoding="utf-8"))
            carte.durees.update(dit["durees"])
            for module, lignes in dit["lignes"].items():
                notees = carte.lignes.setdefault(module, {})
                for numero, essais in lignes.items():
                    notees[numero] = [*notees.get(numero, []), *essais]
        return carte

    def juger(self, module: str, texte: str, essais: Iterable[str], delai: float) -> Verdict:
        """Met un texte à la place d’un module, lance des essais jusqu’au premier échec, remet le module."""
        fichier = self.copie / module
        entier = fichier.read_bytes()
        _poser(fichier, texte.encode())
        try:
            return self._essayer(module, [*essais], delai)
        finally:
            _poser(fichier, entier)

    def verifier_les_types(self, module: str, texte: str) -> Verdict:
        """Ce que dit mypy, que la vérification du dépôt lance avant tout essai, d’un texte à la place d’un module.

        :raises SystemExit: si mypy refuse le dépôt sans mutant.
        """
        fichier = self.copie / module
        entier = fichier.read_bytes()
        if not self._types_surs:
            if dit := self._mypy():
                raise SystemExit(f"mypy refuse le dépôt tel qu’il est : {dit}")
            self._types_surs = True
        _poser(fichier, texte.encode())
        try:
            dit = self._mypy()
        finally:
            _poser(fichier, entier)
        return Verdict(Sort.TYPES if dit else Sort.SURVIVANT, dit)

    def _mypy(self) -> str:
        """Sa première ligne ; vide s’il ne trouve rien."""
        commande = [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", str(self._lieu / "types")]
        rendu = subprocess.run(commande, check=False, cwd=self.copie, stdout=subprocess.PIPE, text=True)
        return rendu.stdout.partition("\n")[0] if rendu.returncode else ""

    def _essayer(self, module: str, essais: list[str], delai: float) -> Verdict:
        rapport, ordre = self._lieu / "rapport", self._lieu / "ordre"
        ordre.write_text("\n".join(essais), encoding="utf-8")
        demande = {
            "module": module[:-3].replace("/", "."),
            "tests": [*dict.fromkeys(nom.partition("::")[0] for nom in essais)],
            "milieu": {"CPIT_ORDRE": str(ordre)} if any("::" in nom for nom in essais) else {},
            "temporaires": str(self._lieu / "temporaires"),
            "rapport": str(rapport),
            "delai": delai,
        }
        assert self._serveur.stdin is not None
        assert self._serveur.stdout is not None
        print(json.dumps(demande), file=self._serveur.stdin, flush=True)
        code = json.loads(self._serveur.stdout.readline())
        if code == 0:
            return Verdict(Sort.SURVIVANT)
        if code == AUCUN_ESSAI:
            return Verdict(Sort.SURVIVANT, "aucun de ces essais n’existe")
        if code in ("temps", -signal.SIGPROF):
            return Verdict(Sort.TEMPS)
        if code == 1:
            return Verdict(Sort.TUE, rapport.read_text(encoding="utf-8").splitlines()[0])
        return Verdict(Sort.MORT_NE if code == MORT_NE else Sort.PANNE, f"pytest a fini par {code}")


def _poser(fichier: Path, octets: bytes) -> None:
    """Écrit un module, et ôte son code compilé : deux textes de même taille, à la même seconde, auraient le même."""
    for compile_ in (fichier.parent / "__pycache__").glob(f"{fichier.stem}.*.pyc"):
        compile_.unlink()
    fichier.write_bytes(octets)


def choisir(carte: Carte, module: str, code: str, ligne: int) -> Iterator[list[str]]:
    """Les essais qui jugeront un mutant, du plus probable au moins : ceux qui passent par sa ligne et par le plus de
    lignes de sa fonction, d’autres qui y passent, puis ceux de ses fichiers, car un souvenir ne s’exécute qu’une fois.

    Ce qui est hors de toute fonction ne s’exécute qu’au chargement : tous les essais du module en jugent. Au-delà de
    ``BUDGET`` secondes, les plus lents manquent : un survivant l’est alors peut-être à tort, jamais un tué.
    """
    noeuds = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    etendues = [range(n.body[0].lineno, (n.end_lineno or 0) + 1) for n in noeuds]
    fonction = min((etendue for etendue in etendues if ligne in etendue), key=len, default=range(0))
    siens = tuple(f"tests/test_{nom.partition('::')[0]}.py" for nom in MODULES[module].tests)
    proches, tous = carte.essais(module, ligne if fonction else None), carte.essais(module, None)
    passees = Counter(nom for n in fonction for nom in carte.lignes.get(module, {}).get(str(n), ()))
    suites = (
        sorted(proches, key=lambda nom: -passees[nom])[:PREMIERS] if fonction else [],
        proches,
        [nom for nom in tous if nom.startswith(siens)],
    )
    vus: set[str] = set()
    for suite in suites:
        gardes, cout, durees = [], 0.0, {**carte.durees}
        for nom in suite:
            # Un essai qui échoue aussi sans mutant a pu être écarté entre-temps.
            if nom not in vus and nom in durees and (cout := cout + durees[nom]) < BUDGET:
                gardes.append(nom)
        vus |= {*gardes}
        yield gardes


@dataclass(frozen=True)
class Campagne:
    """De quoi juger les mutants : les copies du dépôt, une par mutant essayé en même temps, et la carte des essais.

    ``surs`` : les essais que l’on a vus réussir, là même, sur le module d’origine.
    """

    libres: SimpleQueue[Essayeur]
    carte: Carte
    surs: set[str] = field(default_factory=set)

    def juger(self, module: str, code: str, mutant: Mutant) -> Verdict:
        """Ce qu’il advient d’un mutant, dans la première copie libre."""
        if any(un.module == module and (un.ote, un.mis) == (mutant.ote, mutant.mis) for un in EQUIVALENTS):
            return Verdict(Sort.EQUIVALENT)
        essayeur = self.libres.get()
        try:
            verdict = self._essayer(essayeur, module, code, mutant)
            while verdict.sort is Sort.TUE and not self._est_sur(essayeur, module, code, verdict.pourquoi):
                verdict = self._essayer(essayeur, module, code, mutant)
            if verdict.sort is Sort.SURVIVANT:
                verdict = replace(verdict, sort=essayeur.verifier_les_types(module, mutant.texte).sort)
        finally:
            self.libres.put(essayeur)
        return verdict

    def _essayer(self, essayeur: Essayeur, module: str, code: str, mutant: Mutant) -> Verdict:
        verdict = Verdict(Sort.SURVIVANT, "aucun essai n’y passe")
        for essais in filter(None, choisir(self.carte, module, code, mutant.ligne)):
            verdict = essayeur.juger(module, mutant.texte, essais, self._delai(essais))
            if verdict.sort is not Sort.SURVIVANT:
                break
        return verdict

    def _est_sur(self, essayeur: Essayeur, module: str, code: str, essai: str) -> bool:
        """Faux, et il ne juge plus rien, pour un essai qui échoue aussi sans mutant."""
        if essai not in self.surs:
            if essayeur.juger(module, code, [essai], self._delai([essai])).sort is not Sort.SURVIVANT:
                print(f"écarté, il échoue aussi sans mutant : {essai}", file=sys.stderr, flush=True)
                self.carte.durees.pop(essai, None)
                return False
            self.surs.add(essai)
        return True

    def _delai(self, essais: Iterable[str]) -> float:
        return DELAI + 10 * sum(self.carte.durees.get(nom, 0) for nom in essais)


def essayer(module: str, nombre: int | None, graine: int, campagne: Campagne) -> Counter[Sort]:
    """Tire des mutants d’un module (tous, sans ``nombre``), compte leur sort, écrit chaque survivant à l’erreur."""
    code = (RACINE / module).read_text(encoding="utf-8")
    sorts: Counter[Sort] = Counter()
    mutants = tirer(code, random.Random(f"{graine}{module}"))
    with ThreadPoolExecutor(COEURS) as fils:
        while lot := [*islice(mutants, None if nombre is None else nombre - sorts.total() + sorts[Sort.MORT_NE])]:
            for mutant, verdict in zip(lot, fils.map(partial(campagne.juger, module, code), lot), strict=True):
                sorts[verdict.sort] += 1
                _dire(module, mutant, verdict)
    return sorts


def _dire(module: str, mutant: Mutant, verdict: Verdict) -> None:
    if verdict.sort in (Sort.SURVIVANT, Sort.PANNE):
        dit = f"{verdict.sort} : {module}:{mutant.ligne} {verdict.pourquoi}\n  - {mutant.ote}\n  + {mutant.mis}"
        print(dit, file=sys.stderr, flush=True)


COLONNES = (Sort.TUE, Sort.TEMPS, Sort.TYPES, Sort.EQUIVALENT, Sort.SURVIVANT)


def ligne_de_table(nom: str, sorts: Counter[Sort]) -> str:
    """Une ligne de la table : les morts-nés n’y comptent pas, ni les équivalents dans le pourcentage."""
    tues = sorts[Sort.TUE] + sorts[Sort.TEMPS] + sorts[Sort.TYPES]
    utiles = tues + sorts[Sort.SURVIVANT]
    part = f"{100 * tues / utiles:.0f} %" if utiles else "–"
    tires = sum(sorts[sort] for sort in COLONNES)
    return f"| {nom} | {tires} | " + " | ".join(str(sorts[sort]) for sort in COLONNES) + f" | {part} |"


def lire_carte(fichier: Path | None, essayeur: Essayeur) -> Carte:
    """La carte des essais : celle d’un fichier, s’il est là ; sinon dressée, et gardée dans ce fichier."""
    if fichier is not None and fichier.is_file():
        return Carte(**json.loads(fichier.read_text(encoding="utf-8")))
    noms = sorted(
        {nom.partition("::")[0] for cible in MODULES.values() for nom in cible.tests} | {*AUTRES_ESSAIS.split()}
    )
    carte = essayeur.cartographier(MODULES, [f"tests/test_{nom}.py" for nom in noms])
    if fichier is not None:
        fichier.write_text(json.dumps(carte._asdict()), encoding="utf-8")
    return carte


def principal() -> None:
    """Joue la campagne d’après la ligne de commande."""
    lecteur = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lecteur.add_argument("--module", action="append", choices=MODULES)
    lecteur.add_argument("--nombre", type=int, default=20, help="mutants par module")
    lecteur.add_argument("--tout", action="store_true", help="tous les mutants de chaque module")
    lecteur.add_argument("--graine", type=int, default=GRAINE)
    lecteur.add_argument("--carte", type=Path, help="fichier où garder par où passe chaque essai, ou le reprendre")
    demande = lecteur.parse_args()
    par_sujet: dict[str, Counter[Sort]] = {}
    with tempfile.TemporaryDirectory() as lieu:
        essayeurs = [Essayeur(Path(lieu, str(numero))) for numero in range(COEURS)]
        campagne = Campagne(SimpleQueue(), lire_carte(demande.carte, essayeurs[0]))
        for essayeur in essayeurs:
            campagne.libres.put(essayeur)
        print(f"| Module | Tirés | {' | '.join(s.capitalize() for s in COLONNES)} | Part |")
        print(f"| --- | --- | {' | '.join('---' for _ in COLONNES)} | --- |", flush=True)
        for module in demande.module or MODULES:
            sorts = essayer(module, None if demande.tout else demande.nombre, demande.graine, campagne)
            par_sujet.setdefault(MODULES[module].sujet, Counter()).update(sorts)
            print(ligne_de_table(f"`{module}`", sorts), flush=True)
        for essayeur in essayeurs:
            essayeur.fermer()
    for sujet, sorts in par_sujet.items():
        print(ligne_de_table(f"**{sujet}**", sorts))
    ensemble = sum(par_sujet.values(), Counter())
    sys.exit(2 if ensemble[Sort.PANNE] else ensemble[Sort.SURVIVANT] > 0)


if __name__ == "__main__":
    principal()

"""Pour éprouver le classeur : des référentiels bâtis au hasard, une relecture, un vrai recalcul par LibreOffice."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

import cpit
from cpit.coeur import referentiel as m
from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.passation import Passation, Reponse, repondu, sans_objet, sans_reponse

DATE = "2026-11-22"
LIGNE_REPONSES = 5
COLONNE_VALEUR = 8
SORTE, IDENTIFIANT, LIBELLE, REFAIT, ECRIT, ECART = 0, 1, 2, 8, 9, 10
Cle = tuple[str | None, str | None, str | None]
HOSTILES = {
    **{
        texte: texte
        for texte in (
            "=1+1",
            "+cmd|' /C calc'!A0",
            "Calcul!$A$1",
            "-2+3",
            "@SUM(A1:A9)",
            "#N/A",
            "#REF!",
            "{=1+1}",
            "http://exemple.org",
            "TRUE",
            "0042",
            "_x0041_",
            'guillemets " et <balises> & co',
            "virgule, point-virgule ; " + "très long " * 40,
        )
    },
    "nul\x00 et cloche\x07": "nul et cloche",
    "demi \ud83d codet et \ufffe": "demi  codet et ",
    "🧑\u200d🌾 عربي \u202e inverse": "🧑🌾 عربي  inverse",
    "ligne\r\nsuivante": "ligne\nsuivante",
    "<r>gras</r>": "<r>gras</r> ",
}
"""Des textes qu’un tableur, le XML d’un classeur ou une lecture pourraient prendre pour autre chose → leur cellule."""
COUPE = " […] (texte coupé\u202f: une cellule contient au plus 32 767 signes)"
LIMITE = 32_767
"""Signes qu’Excel admet dans une cellule, comptés en UTF-16."""

_RECALCUL = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
 <item oor:path="/org.openoffice.Office.Calc/Formula/Load">
  <prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
 </item>
</oor:items>
"""
"""Réglage de LibreOffice : recalculer toujours à l’ouverture, sans se fier aux valeurs en cache."""


def referentiel_bati(graine: int) -> m.Referentiel:
    """Un référentiel quelconque : échelle, tailles, poids, items inversés, cases vides ou à plusieurs items."""
    de = random.Random(graine)
    niveaux = de.choice([range(1, 7), range(-2, 3), range(5), range(3, 8), range(0, 11, 5), (-4, -1, 8), range(2)])
    codes_k = [f"k{rang}" for rang in range(de.randint(1, 5))]
    codes_c = [f"c{rang}" if rang % 2 else f"C{rang - rang % 2 + 1}" for rang in range(de.randint(1, 9))]
    items = [
        m.Item(f"I{rang}", c, k, f"Situation {rang}", de.randint(1, 40) / 10, de.random() < 0.4)
        for rang, (c, k) in enumerate(
            [(c, k) for c in codes_c for k in codes_k for _ in range(de.choice([0, 1, 1, 1, 2, 3]))]
            or [(codes_c[0], codes_k[0])]
        )
    ]
    de.shuffle(items)
    regle = m.Regle(de.choice([0.0, 0.5, 0.55, 2 / 3, 1.0]), hypothese="bâti pour le test")
    return m.Referentiel(
        identifiant="bati",
        version=str(graine),
        titre=f"Bâti {graine}",
        statut="Pour les tests",
        licence="aucune",
        sources=(m.Source("s", "Titre", ("Quelqu’un",), "2026"),),
        echelle=m.Echelle("Combien ?", tuple(m.Niveau(v, f"Niveau {v}") for v in niveaux)),
        axes=m.Axes(m.Axe("x", "Largeur", "étroit", "large"), m.Axe("y", "Hauteur", "bas", "haut")),
        ingenieries=tuple(m.Ingenierie(k, f"Pôle {k}", "Sert au test", _place(de)) for k in codes_k),
        competences=tuple(m.Competence(c, f"Savoir {c}", "Définition") for c in codes_c),
        items=tuple(items),
        regles=m.Regles(regle, m.Regle(0.15, hypothese="bâti pour le test")),
        regroupements=(m.Regroupement("r", "Regroupement", _groupes(de, items)),),
        sensibilite=(m.Sensibilite("autre", "Autre jeu", {k: _place(de) for k in codes_k}),),
        empreinte=f"{graine:064x}",
    )


def _place(de: random.Random) -> m.Position:
    return m.Position(de.randint(-30, 30) / 10, de.randint(-30, 30) / 10)


def _groupes(de: random.Random, items: Sequence[m.Item]) -> tuple[m.Groupe, ...]:
    """Des groupes qui se recouvrent, l’un avec un nom qui en contient un autre."""
    tirages = [de.sample(items, de.randint(1, len(items))) for _ in range(3)]
    noms = ("g", "g-1", "gg")
    return tuple(m.Groupe(n, f"Groupe {n}", tuple(i.code for i in t)) for n, t in zip(noms, tirages, strict=True))


def repondre(referentiel: m.Referentiel, graine: int, part: float = 0.8, **champs: Any) -> Restitution:
    """Des réponses au hasard ; ``part`` est la probabilité de répondre à un item."""
    de = random.Random(graine)
    passation = Passation.nouvelle(referentiel, **champs)
    niveaux = [niveau.valeur for niveau in referentiel.echelle.niveaux]
    for item in referentiel.items:
        if de.random() < part:
            reponse = repondu(de.choice(niveaux), "vécu" if de.random() < 0.3 else "")
        else:
            reponse = de.choice([sans_objet(), sans_reponse()])
        passation = passation.avec_reponse(item.code, reponse)
    return cpit.restituer(referentiel, passation)


def repondre_partout(referentiel: m.Referentiel, reponse: Reponse, **champs: Any) -> Restitution:
    """La même réponse à tous les items."""
    passation = Passation.nouvelle(referentiel, **champs)
    for item in referentiel.items:
        passation = passation.avec_reponse(item.code, reponse)
    return cpit.restituer(referentiel, passation)


def changer(chemin: Path, cible: Path, valeurs: Mapping[str, int | str | None]) -> None:
    """Change des réponses comme le ferait la personne, dans la colonne « Réponse » ; les formules restent."""
    classeur = load_workbook(chemin)
    feuille = classeur["Réponses"]
    for (code,) in feuille.iter_rows(min_row=LIGNE_REPONSES, max_col=1):
        if code.value in valeurs:
            feuille.cell(code.row, COLONNE_VALEUR).value = valeurs[code.value]
    classeur.save(cible)


def recalculer(soffice: str, dossier: Path, chemins: Sequence[Path]) -> dict[Path, Workbook]:
    """Recalcule des classeurs par LibreOffice, d’un seul coup, et les rouvre (valeurs seulement)."""
    reglages = dossier / "profil" / "user"
    reglages.mkdir(parents=True)
    (reglages / "registrymodifications.xcu").write_text(_RECALCUL, encoding="utf-8")
    sortie = dossier / "recalcules"
    subprocess.run(
        [
            soffice,
            f"-env:UserInstallation={(dossier / 'profil').as_uri()}",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(sortie),
            *map(str, chemins),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return {chemin: load_workbook(sortie / chemin.name, data_only=True) for chemin in chemins}


def comparaisons(classeur: Workbook) -> dict[Cle, tuple[Any, Any, Any]]:
    """Les lignes comparées de « Calcul » : (refait, écrit par cpit, écart) ; une cellule vide vaut ``None``."""
    lignes: dict[Cle, tuple[Any, Any, Any]] = {}
    for ligne in classeur["Calcul"].iter_rows(min_row=6, max_col=ECART + 1, values_only=True):
        if ligne[ECART] in (None, "", "Écart"):
            continue
        cle = (ligne[SORTE], ligne[IDENTIFIANT] or None, ligne[LIBELLE])
        assert cle not in lignes, cle
        lignes[cle] = (ligne[REFAIT] if ligne[REFAIT] != "" else None, ligne[ECRIT], ligne[ECART])
    return lignes

"""Des tables françaises sans marque d’encodage : lues juste, ou refusées en demandant lequel ; jamais de travers.

    python tests/campagnes/encodages.py [--nombre 500] [--graine G]

Chaque table a des noms, des lieux, des énoncés ou des traces tirés au sort, peu ou beaucoup accentués, et s’écrit dans
chaque encodage qui en a tous les signes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aides import RACINE

import cpit
from campagnes.commun import Promesse, principal

REFERENTIEL = cpit.referentiel(RACINE / "referentiels" / "minimal.yaml")
ENCODAGES = ("cp1252", "latin9", "cp850", "mac-roman")
PRENOMS = (
    "Zoé Élise Hélène André François Gaëlle Benoît Noël Anaïs Chloé Rémi Jérôme Stéphanie Éric Cécile Valérie Aurélie "
    "Sébastien Agnès Inès Loïc Maëlle Maïté Gérard Hervé Thérèse Renée Irène Michèle Solène Léa Théo Raphaël Joël "
    "Désiré Honoré Côme Jérémy Aimé Barthélémy Hyacinthe Jean Paul Marie"
)
LIEUX = (
    "Saint-Étienne Orléans Besançon Alençon Nîmes Béziers Évreux Vézelay Compiègne Châteauroux Mâcon Sète Hérault "
    "Drôme Rhône Isère Ariège Finistère Corrèze Lozère Haute-Saône Bâle Cœuvres Lyon Épinal Poitiers Île-de-France"
)
TRACES = (
    *("réunion publique", "atelier à la mairie", "plan d’actions", "j’ai animé", "cœur de bourg", "œuvre commune"),
    *("« tiers-lieu »", "forêt", "élus et habitants", "coût de 12 €", "l’été dernier", "où ?", "bilan – phase 2"),
)


def tirer(de: Random) -> str:
    """Le texte d’une table, et de quoi elle est faite : seuls les codes y portent un accent, ou les énoncés aussi."""
    items = REFERENTIEL.items
    sorte = de.choice(("codes", "capitales", "lieux", "traces", "enonces"))
    noms = [item.enonce if sorte == "enonces" else item.code for item in items]
    ajoutees = {"lieux": ["Commune"], "traces": [f"trace_{items[0].code}"]}.get(sorte, [])
    lignes = [["identifiant", *noms, *ajoutees]]
    for rang in range(de.randrange(2, 9)):
        code = f"R{rang:02}" if sorte in ("lieux", "traces", "enonces") else f"{de.choice(PRENOMS.split())}-{rang}"
        reponses = [str(de.choice(REFERENTIEL.echelle.niveaux).valeur) for _ in items]
        suite = {"lieux": [de.choice(LIEUX.split())], "traces": [de.choice(TRACES)]}.get(sorte, [])
        lignes.append([code.upper() if sorte == "capitales" else code, *reponses, *suite])
    return "\r\n".join(map(";".join, lignes)) + "\r\n"


def dite(texte: str) -> dict[str, str]:
    """Par personne, la première trace qu’une table écrite en UTF-8 donne ; ce que toute autre doit donner aussi."""
    with tempfile.TemporaryDirectory() as lieu:
        chemin = Path(lieu) / "t.csv"
        chemin.write_bytes(texte.encode("utf-8-sig"))
        return lue(chemin)


def lue(chemin: Path) -> dict[str, str]:
    """Par personne, sa première trace ; rien si cpit refuse, et demande l’encodage ou un texte en UTF-8."""
    try:
        recueil = cpit.lire(chemin, REFERENTIEL)
    except cpit.ErreurCpit as erreur:
        if any(une.code in ("encodage", "encodage-ambigu") for une in erreur.anomalies):
            return {}
        raise
    premier = REFERENTIEL.items[0].code
    return {n.releve.identifiant: n.passation.reponse(premier).trace or "" for n in recueil.cohorte.notees}


def jouer(nombre: int, graine: int) -> list[Promesse]:
    """Autant de tables, chacune dans tous les encodages qui la disent."""
    promesse = Promesse("Table sans marque d’encodage : lue juste, ou refusée en demandant lequel", "lectures")
    demandees = 0
    with tempfile.TemporaryDirectory() as lieu:
        chemin = Path(lieu) / "t.csv"
        for rang in range(nombre):
            texte = tirer(Random(f"{graine} {rang}"))
            voulue = dite(texte)
            for encodage in ENCODAGES:
                octets = texte.encode(encodage, "ignore")
                if octets.isascii() or octets.decode(encodage) != texte:
                    continue
                chemin.write_bytes(octets)
                lues = lue(chemin)
                demandees += not lues
                fautes = [f"essai {rang}, {encodage} : {lues} au lieu de {voulue}"] if lues not in ({}, voulue) else []
                promesse.juger(*fautes)
    print(f"{demandees} fois, l’encodage s’est demandé.", file=sys.stderr)
    return [promesse]


if __name__ == "__main__":
    principal(jouer, 500)

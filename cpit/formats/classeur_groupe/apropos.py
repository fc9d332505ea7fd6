"""La feuille « À propos » : provenance, fichiers lus, règles, ce qui est omis ou échantillonné, limites."""

from __future__ import annotations

from collections.abc import Iterator

from cpit.coeur.groupe import PLANCHER
from cpit.coeur.interpretation import PORTEE, PORTEE_TIERS
from cpit.coeur.notice import LIMITES_GROUPE, regle_du_groupe, regles
from cpit.formats.classeur_groupe.chantier import (
    A_PROPOS,
    ANOMALIES,
    DE_REPONSES,
    DICTIONNAIRE,
    DONNEES,
    EN_CLAIR,
    MATRICE,
    PROFILS,
    REPONSES,
    SCORES,
    SYNTHESE,
    Chantier,
)
from cpit.formats.classeur_groupe.donnees import POINTS_MAX
from cpit.formats.classeur_groupe.synthese import bilan
from cpit.tableur.page_a_lire import ecrire_provenance, ecrire_rubrique, fermer_page, identifier, ouvrir_page
from cpit.typographie import grouper, typographier

EMPLOI = {
    SYNTHESE: "le groupe, strate par strate (un moment sous un regard), à lire et à discuter.",
    SCORES: "une ligne par passation, dans l'ordre de lecture ; à filtrer, à croiser.",
    MATRICE: "la moyenne du groupe dans chaque case, compétence par ingénierie.",
    PROFILS: "les moyennes de chaque réponse au profil.",
    REPONSES: "les réponses telles que données, en codes : niveau choisi, SO, ou vide.",
    EN_CLAIR: "les mêmes, en toutes lettres.",
    ANOMALIES: "ce que la lecture a refusé ou signalé, à corriger à la source puis à relire.",
    DICTIONNAIRE: "chaque colonne : sens, unité, valeurs, règle, source.",
    DONNEES: "ce que tracent les graphiques de la synthèse.",
}
PHOTOGRAPHIE = (
    "Photographie",
    "Aucune cellule n'est une formule : corriger une réponse ici ne change pas les scores. Corriger le fichier "
    "d'origine, puis relancer cpit cohorte.",
)
DONNEE_PERSONNELLE = (
    "Ce classeur contient les réponses de chaque personne sous son code : c'est une donnée personnelle. Le garder là "
    "où il est utile, le temps qu'il l'est, et ne pas le faire circuler. Pour projeter ou partager : la synthèse, sans "
    "les autres feuilles. Les traces que les personnes écrivent pour elles n'y sont pas."
)


def ecrire(chantier: Chantier) -> None:
    """Écrit la feuille."""
    feuille, styles = chantier.feuille(A_PROPOS), chantier.styles
    ouvrir_page(feuille, styles, "À propos de ce classeur")
    provenance = [*identifier(chantier.referentiel), ("Passations", grouper(len(chantier.cohorte.notees)))]
    ligne = ecrire_provenance(styles, feuille, provenance, chantier.date)
    sources = [(source[0], bilan(source)) for source in chantier.sources]
    rubriques = {
        "Fichiers lus": sources or [("Aucun", "")],
        "Les feuilles": [(nom, EMPLOI[nom]) for nom in chantier.feuilles() if nom in EMPLOI],
        "Règles de calcul": [*regles(chantier.referentiel), ("6. Groupe", regle_du_groupe())],
        "Ce qui est omis ou échantillonné": list(_omissions(chantier)),
        "Limites": [*_portee(chantier), *LIMITES_GROUPE, PHOTOGRAPHIE],
        "Donnée personnelle": [("Confidentialité", DONNEE_PERSONNELLE)],
        "Licences": [("cpit", "MIT"), ("Référentiel", chantier.referentiel.licence)],
    }
    for titre, lignes in rubriques.items():
        nos_mots = titre not in {"Fichiers lus", "Licences", "Règles de calcul"}
        textes = [(libelle, typographier(texte) if nos_mots else texte) for libelle, texte in lignes]
        ligne = ecrire_rubrique(styles, feuille, ligne, titre, textes)
    fermer_page(feuille, ligne)


def _omissions(chantier: Chantier) -> Iterator[tuple[str, str]]:
    tracees = [strate for strate in chantier.strates if len(strate.portrait.points) > POINTS_MAX]
    for strate in tracees:
        yield (
            strate.nom,
            f"La carte montre {grouper(POINTS_MAX)} positions sur {grouper(len(strate.portrait.points))}, "
            "régulièrement espacées dans l'ordre de lecture.",
        )
    if not tracees:
        yield "Carte", f"Toutes les positions y sont (elle en montre au plus {grouper(POINTS_MAX)} par strate)."
    yield (
        "Petits groupes",
        f"Une strate de moins de {PLANCHER} passations est celle de ces personnes : elle est rendue telle quelle. Dans "
        f"toute autre, un nombre qui tient à moins de {PLANCHER} personnes est tu, comme une réponse de profil donnée "
        f"par moins de {PLANCHER} personnes ou par des personnes toutes pareilles, et ce qui la ferait retrouver.",
    )
    if chantier.sans_reponses:
        yield ", ".join(DE_REPONSES), "Ces feuilles ont été omises à la demande."


def _portee(chantier: Chantier) -> Iterator[tuple[str, str]]:
    regards = {strate.cle[1] for strate in chantier.strates}
    if regards - {"tiers"} or not regards:
        yield from (("Portée", texte) for texte in PORTEE)
    if "tiers" in regards:
        yield from (("Portée, regard d’un tiers", texte) for texte in PORTEE_TIERS)

"""Les feuilles qui disent d’où viennent les nombres : « Anomalies », « Dictionnaire », « À propos »."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_groupe.chantier import (
    ANOMALIES,
    DE_REPONSES,
    DICTIONNAIRE,
    EN_CLAIR,
    EQUIPES,
    G_A_PROPOS,
    G_DONNEES,
    G_REPONSES,
    G_SYNTHESE,
    INCERTITUDE,
    LIGNES_DE_FEUILLE_MAX,
    MATRICE,
    PROFILS,
    SCORES,
    ChantierGroupe,
)
from cpit.classeurs.classeur_groupe.feuille_synthese import POINTS_MAX, bilan
from cpit.coeur.colonnes import (
    colonnes,
    colonnes_calculees,
    colonnes_du_referentiel,
    colonnes_incertitude,
    colonnes_items,
)
from cpit.coeur.groupe import PLANCHER
from cpit.coeur.mots.notice import LIMITES_GROUPE, regle_du_groupe, regles
from cpit.coeur.mots.restitution import portees_d_un_groupe
from cpit.coeur.tableaux import Cellule, Colonne
from cpit.erreurs import Anomalie, refusees
from cpit.tableur.document import (
    Styles,
    ecrire_ligne,
    ecrire_provenance,
    ecrire_rubrique,
    ecrire_texte,
    fermer_page,
    hauteur,
    identifier,
    mettre_en_page,
    ouvrir_page,
    regler_hauteur,
)
from cpit.typographie import FINE, grouper, typographier

# --- La feuille « Anomalies » : tout ce que la lecture a refusé ou signalé, à trier et à corriger.


_COLONNES_D_ANOMALIE = (
    ("Gravité", 15, "donnee_texte"),
    ("Fichier", 30, "donnee_repliee"),
    ("Feuille", 16, "donnee_repliee"),
    ("Ligne", 9, "donnee_entier"),
    ("Colonne ou cellule", 12, "donnee_code"),
    ("Quoi", 52, "donnee_repliee"),
    ("Attendu", 42, "donnee_repliee"),
    ("Correction", 48, "donnee_repliee"),
)
_ENTETE, _PREMIERE = 0, 1
_AUCUNE = "Aucune anomalie."
ECRITES_MAX = LIGNES_DE_FEUILLE_MAX - _PREMIERE - 1
_AJUSTEES = 5_000
"""Au-delà, les lignes gardent la hauteur ordinaire : mesurer chaque texte coûterait plus que l’écrire."""


def ecrire_anomalies(chantier: ChantierGroupe) -> None:
    """Écrit la feuille, ligne à ligne et de haut en bas."""
    feuille, styles, anomalies = chantier.feuille(ANOMALIES), chantier.styles, chantier.lecture.anomalies
    for rang, (_, largeur, _) in enumerate(_COLONNES_D_ANOMALIE):
        feuille.set_column(rang, rang, largeur)
    feuille.set_row(_ENTETE, 32)
    for rang, (titre, _, _) in enumerate(_COLONNES_D_ANOMALIE):
        ecrire_texte(feuille, _ENTETE, rang, titre, styles["cle_colonne"])
    ligne = _ecrire_lignes(chantier, feuille, anomalies[:ECRITES_MAX])
    if not anomalies:
        ecrire_texte(feuille, _PREMIERE, 0, _AUCUNE, styles["donnee_texte"])
    feuille.autofilter(_ENTETE, 0, ligne, len(_COLONNES_D_ANOMALIE) - 1)
    if len(anomalies) > ECRITES_MAX:
        ligne += 1
        reste = f"Une feuille n'en contient pas plus : il en manque {grouper(len(anomalies) - ECRITES_MAX)} ici."
        ecrire_texte(feuille, ligne, 0, typographier(reste), styles["note"])
    feuille.freeze_panes(_PREMIERE, 0)
    feuille.print_area(0, 0, ligne, len(_COLONNES_D_ANOMALIE) - 1)
    mettre_en_page(feuille, paysage=True, repetees=(_ENTETE, _ENTETE))


def _bilan(anomalies: Sequence[Anomalie]) -> str:
    if not anomalies:
        return _AUCUNE
    refus = len(refusees(anomalies))
    avertissements = len(anomalies) - refus
    return typographier(
        f"Refus : {grouper(refus)} (la donnée n'est pas prise). "
        f"Avertissements : {grouper(avertissements)} (elle l'est, à vérifier). Les lignes se trient et se filtrent."
    )


def _ecrire_lignes(chantier: ChantierGroupe, feuille: Worksheet, anomalies: Sequence[Anomalie]) -> int:
    """Rend la dernière ligne écrite."""
    formats = [chantier.styles[style] for _, _, style in _COLONNES_D_ANOMALIE]
    ligne = _ENTETE
    for ligne, cellules in enumerate(map(_cellules_d_anomalie, anomalies), start=_PREMIERE):
        if len(anomalies) <= _AJUSTEES:
            feuille.set_row(ligne, max(_hauteurs(cellules)))
        ecrire_ligne(feuille, ligne, cellules, formats)
    return ligne


def ecrire_table_d_anomalies(feuille: Worksheet, styles: Styles, anomalies: Sequence[Anomalie]) -> None:
    """Les anomalies seules, sans titre ni bilan : la feuille d’un classeur qui parle d’autre chose.

    :param styles: ceux d’un classeur de groupe.
    """
    for rang, (titre, largeur, _) in enumerate(_COLONNES_D_ANOMALIE):
        feuille.set_column(rang, rang, largeur)
        ecrire_texte(feuille, 0, rang, titre, styles["cle_colonne"])
    formats, ligne = [styles[style] for _, _, style in _COLONNES_D_ANOMALIE], 0
    for ligne, anomalie in enumerate(anomalies[:ECRITES_MAX], start=1):
        ecrire_ligne(feuille, ligne, _cellules_d_anomalie(anomalie), formats)
    if not anomalies:
        ecrire_texte(feuille, 1, 0, _AUCUNE, styles["donnee_texte"])
    feuille.autofilter(0, 0, ligne, len(_COLONNES_D_ANOMALIE) - 1)
    feuille.freeze_panes(1, 0)
    mettre_en_page(feuille, paysage=True, repetees=(0, 0))


def _cellules_d_anomalie(anomalie: Anomalie) -> tuple[Cellule, ...]:
    """Les cellules d’une anomalie, dans l’ordre des colonnes."""
    lieu = anomalie.lieu
    return (
        anomalie.gravite.value,
        lieu.fichier or None,
        lieu.feuille,
        lieu.ligne,
        lieu.cellule if lieu.cellule is not None else lieu.colonne,
        anomalie.quoi,
        anomalie.attendu,
        anomalie.correction,
    )


def _hauteurs(cellules: Iterable[Cellule]) -> Iterator[float]:
    for (_, largeur, _), cellule in zip(_COLONNES_D_ANOMALIE, cellules, strict=True):
        yield hauteur(cellule, largeur * 1.05) if isinstance(cellule, str) else 15.0


# --- La feuille « Dictionnaire » : ce que veut dire chaque colonne de « Scores », d’« Incertitude » et de « Réponses ».


_COLONNES = (
    ("Feuilles", 17),
    ("Clé", 20),
    ("Libellé", 38),
    ("Type", 10),
    ("Unité", 15),
    ("Valeurs", 44),
    ("Sens", 34),
    ("Formule ou règle", 36),
    ("Source", 44),
)
_LARGEUR = sum(largeur for _, largeur in _COLONNES)


def ecrire_dictionnaire(chantier: ChantierGroupe) -> None:
    """Écrit la feuille."""
    feuille, styles = chantier.feuille(DICTIONNAIRE), chantier.styles
    for rang, (_, largeur) in enumerate(_COLONNES):
        feuille.set_column(rang, rang, largeur)
    for rang, (titre, _) in enumerate(_COLONNES):
        ecrire_texte(feuille, _ENTETE, rang, titre, styles["entete"])
    ligne = _ENTETE
    for ligne, textes in enumerate(_lignes(chantier), start=_PREMIERE):
        for rang, texte in enumerate(textes):
            ecrire_texte(feuille, ligne, rang, texte, styles["texte_gras" if rang == 1 else "texte"])
        regler_hauteur(feuille, ligne, zip(textes, (largeur for _, largeur in _COLONNES), strict=True))
    feuille.autofilter(_ENTETE, 0, ligne, len(_COLONNES) - 1)
    feuille.freeze_panes(_PREMIERE, 2)
    feuille.print_area(0, 0, ligne, len(_COLONNES) - 1)
    mettre_en_page(feuille, paysage=True, repetees=(_ENTETE, _ENTETE))


def _lignes(chantier: ChantierGroupe) -> Iterator[tuple[str, ...]]:
    referentiel, avec_reponses = chantier.referentiel, chantier.reglages.avec_reponses
    items = {colonne.cle for colonne in colonnes_items(referentiel)}
    des_scores = (*colonnes_calculees(referentiel), *colonnes_du_referentiel(referentiel))
    calculees = {colonne.cle for colonne in des_scores}
    communes = f"{SCORES}, {INCERTITUDE}, {G_REPONSES}" if avec_reponses else f"{SCORES}, {INCERTITUDE}"
    for colonne in colonnes(referentiel, avec_reponses=avec_reponses, dites=chantier.dites):
        cle = colonne.cle
        yield _ligne(SCORES if cle in calculees else G_REPONSES if cle in items else communes, colonne)
    for colonne in colonnes_incertitude():
        yield _ligne(INCERTITUDE, colonne)


def _ligne(feuilles: str, colonne: Colonne) -> tuple[str, ...]:
    return (
        feuilles,
        colonne.cle,
        colonne.libelle,
        colonne.type,
        colonne.unite,
        valeurs(colonne),
        colonne.description,
        colonne.formule,
        colonne.source,
    )


def valeurs(colonne: Colonne) -> str:
    """Les modalités d’une colonne, une par ligne : « code : libellé »."""
    return "\n".join(f"{code}{FINE}: {libelle}" for code, libelle in (colonne.modalites or {}).items())


# --- La feuille « À propos » : provenance, fichiers lus, règles, ce qui est omis ou échantillonné, limites.


_EMPLOI = {
    G_SYNTHESE: "le groupe, strate par strate (un moment sous un regard), à lire et à discuter.",
    SCORES: "une ligne par passation, dans l'ordre de lecture ; à filtrer, à croiser.",
    MATRICE: "la moyenne du groupe dans chaque case, compétence par ingénierie.",
    PROFILS: "les moyennes de chaque réponse au profil.",
    EQUIPES: "ce que tient chaque équipe, et ce qui y tient à une personne : notre lecture, hypothèse.",
    G_REPONSES: "les réponses telles que données, en codes : niveau choisi, SO, ou vide.",
    EN_CLAIR: "les mêmes colonnes ; chaque code y est remplacé par son libellé.",
    ANOMALIES: "ce que la lecture a refusé ou signalé, à corriger à la source puis à relire.",
    DICTIONNAIRE: "chaque colonne, par la clé qu'elle a dans les tables et le CSV : sens, unité, valeurs, règle.",
    G_DONNEES: "ce que tracent les graphiques de la synthèse.",
}
_PHOTOGRAPHIE = (
    "Photographie",
    "Aucune cellule n'est une formule : corriger une réponse ici ne change pas les scores. Corriger le fichier "
    "d'origine, puis relancer cpit cohorte.",
)
_DONNEE_PERSONNELLE = (
    "Ce classeur contient les réponses de chaque personne sous son code : c'est une donnée personnelle. Le garder là "
    "où il est utile, le temps qu'il l'est, et ne pas le faire circuler. Pour projeter ou partager : la synthèse, sans "
    "les autres feuilles. Les traces que les personnes écrivent pour elles n'y sont pas."
)


def ecrire_a_propos_groupe(chantier: ChantierGroupe) -> None:
    """Écrit la feuille."""
    feuille, styles = chantier.feuille(G_A_PROPOS), chantier.styles
    ouvrir_page(feuille, styles, "À propos de ce classeur")
    provenance = [*identifier(chantier.referentiel), ("Passations", grouper(len(chantier.cohorte.notees)))]
    lues = [(source[0], bilan(source)) for source in chantier.lecture.sources] or [("Aucun", "")]
    ligne = ecrire_provenance(styles, feuille, provenance, chantier.reglages.date)
    rubriques = {
        "Fichiers lus": [*lues, (ANOMALIES, _bilan(chantier.lecture.anomalies))],
        "Les feuilles": [(nom, _EMPLOI[nom]) for nom in chantier.feuilles() if nom in _EMPLOI],
        "Règles de calcul": [*regles(chantier.referentiel), ("6. Groupe", regle_du_groupe())],
        "Ce qui est omis ou échantillonné": list(_omissions(chantier)),
        "Limites": [*portees_d_un_groupe(strate.cle for strate in chantier.strates), *LIMITES_GROUPE, _PHOTOGRAPHIE],
        "Donnée personnelle": [("Confidentialité", _DONNEE_PERSONNELLE)],
        "Licences": [("cpit", "MIT"), ("Référentiel", chantier.referentiel.licence)],
    }
    for titre, lignes in rubriques.items():
        nos_mots = titre not in {"Fichiers lus", "Licences", "Règles de calcul"}
        textes = [(libelle, typographier(texte) if nos_mots else texte) for libelle, texte in lignes]
        ligne = ecrire_rubrique(styles, feuille, ligne, titre, textes)
    fermer_page(feuille, ligne)


def _omissions(chantier: ChantierGroupe) -> Iterator[tuple[str, str]]:
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
        f"toute autre, un nombre qui tient à moins de {PLANCHER} personnes est tu, et une réponse de profil donnée par "
        f"moins de {PLANCHER} personnes est nommée sans valeurs. Ce classeur a les lignes de chacun : pour partager, "
        "« cpit exporter --diffusion » tait aussi ce qu'une soustraction ferait retrouver.",
    )
    if not chantier.reglages.avec_reponses:
        yield ", ".join(DE_REPONSES), "Ces feuilles ont été omises à la demande."

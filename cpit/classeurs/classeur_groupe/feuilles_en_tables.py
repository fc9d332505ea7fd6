"""Les feuilles en tables : « Scores », « Incertitude », « Matrice », « Profils », « Réponses » et « Réponses en
clair ».

Les traces, que chacun garde pour soi, n’y sont pas. Et celles qui disent d’où viennent les nombres : « Anomalies »,
« Dictionnaire », « À propos ».
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from xlsxwriter.format import Format
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
    ColonneEcrite,
    StrateDecrite,
    ecrire_grande_table,
)
from cpit.classeurs.classeur_groupe.feuille_synthese import POINTS_MAX, bilan
from cpit.coeur.cohorte import Notee
from cpit.coeur.colonnes import (
    colonnes,
    colonnes_calculees,
    colonnes_contexte,
    colonnes_du_referentiel,
    colonnes_incertitude,
    colonnes_items,
)
from cpit.coeur.diffusion import COMPTE_DANS_CHAQUE_GROUPE, GroupeDeProfil, ProfilsDeGroupe, grouper_par_profil
from cpit.coeur.dispersion import lignes_incertitude
from cpit.coeur.groupe import CE_QUI_EST_TU, GROUPE_TROP_PETIT, PLANCHER, TU, Statistique
from cpit.coeur.mots.notice import LIMITES_GROUPE, regle_du_groupe, regles
from cpit.coeur.mots.restitution import portees_d_un_groupe
from cpit.coeur.passation import Reponse
from cpit.coeur.referentiel import Competence, EchelleNotee, QuestionProfil, Referentiel
from cpit.coeur.tableaux import Cellule, Colonne, libelle_reponse, valeur_affichee
from cpit.erreurs import Anomalie, Gravite
from cpit.lecture.lignes import compter
from cpit.tableur.document import (
    Styles,
    ecrire_etendu,
    ecrire_ligne,
    ecrire_nombre,
    ecrire_provenance,
    ecrire_rubrique,
    ecrire_texte,
    etendre,
    fermer_page,
    hauteur,
    identifier,
    mettre_en_page,
    ouvrir_page,
    regler_hauteur,
)
from cpit.typographie import FINE, accorder, grouper, nombre, typographier

# --- La feuille « Scores » : une ligne par passation, dans l’ordre de lecture.


_LARGEUR_MAX = 24
_STYLES = {"texte": "donnee_texte", "nombre": "donnee_nombre", "entier": "donnee_entier"}


def ecrire_scores_groupe(chantier: ChantierGroupe) -> None:
    """Écrit la feuille, sans garder les lignes en mémoire."""
    referentiel = chantier.referentiel
    ecrites = [*_contexte(chantier), *_calculees(referentiel)]
    ecrire_grande_table(chantier, SCORES, ecrites, chantier.cohorte.scores().lignes, figees=1)


def _contexte(chantier: ChantierGroupe) -> list[ColonneEcrite]:
    """Les premières colonnes, communes aux grandes tables : qui, quel profil, quand, sous quel regard, quel tiers."""
    dites = colonnes_contexte(chantier.referentiel, chantier.dites)
    return [ColonneEcrite(c.cle, c.libelle, _largeur(c), "donnee_texte") for c in dites]


def _largeur(colonne: Colonne) -> float:
    """Assez pour la clé et sa flèche de filtre, et pour le plus long des codes."""
    if colonne.cle == "identifiant":
        return 20.0
    codes = [len(code) for code in colonne.modalites or ()]
    return float(min(max(len(colonne.cle) + 4, max(codes, default=8) + 2, 9), _LARGEUR_MAX))


def _calculees(referentiel: Referentiel) -> list[ColonneEcrite]:
    """Le score et son nombre d’items se partagent le libellé de l’échelle."""
    debut = len(colonnes_contexte(referentiel))
    return [_ecrite(referentiel, colonne) for colonne in colonnes(referentiel, avec_reponses=False)[debut:]]


def _ecrite(referentiel: Referentiel, colonne: Colonne) -> ColonneEcrite:
    prefixe, _, identifiant = colonne.cle.partition("_")
    largeur = min(max(len(colonne.cle) + 4.0, 8.0), _LARGEUR_MAX)
    if prefixe in {"score", "n"}:
        echelle = referentiel.echelles[identifiant]
        return ColonneEcrite(colonne.cle, echelle.libelle, largeur, _STYLES[colonne.type])
    minimum = _LARGEUR_MAX if colonne.type == "texte" else 12.0
    return ColonneEcrite(colonne.cle, colonne.libelle, max(largeur, minimum), _STYLES[colonne.type])


# --- La feuille « Incertitude » : ce que vaut la position de chaque passation, dans l’ordre de lecture.


def ecrire_incertitude(chantier: ChantierGroupe) -> None:
    """Écrit la feuille, sans garder les lignes en mémoire."""
    propres = [ColonneEcrite(c.cle, c.libelle, 20.0, _STYLES[c.type]) for c in colonnes_incertitude()]
    ecrire_grande_table(chantier, INCERTITUDE, [*_contexte(chantier), *propres], _lignes(chantier), figees=1)


def _lignes(chantier: ChantierGroupe) -> Iterator[tuple[Cellule, ...]]:
    referentiel, notees, dites = chantier.referentiel, chantier.cohorte.notees, chantier.dites
    for notee, cellules in zip(notees, lignes_incertitude(referentiel, notees), strict=True):
        yield (*notee.contexte(referentiel, dites), *cellules)


# --- La feuille « Matrice » : la carte de chaleur compétence × ingénierie, strate par strate, et le n de chaque case.


_CODE, _LIBELLE, _PREMIERE_CASE = 0, 1, 2
_LARGEUR_CODE, _LARGEUR_LIBELLE, _LARGEUR_CASE, _LARGEUR_ECART, _LARGEUR_N_MATRICE = 12, 36, 15, 3, 13
_CLAIR, _FONCE = "#FFFFFF", "#6F95C4"
"""Du blanc au bleu moyen : la clarté seule suffit à lire, et le nombre reste noir sur fond assez clair (7 pour 1)."""


def ecrire_matrice(chantier: ChantierGroupe) -> None:
    """Écrit la feuille."""
    feuille, referentiel = chantier.feuille(MATRICE), chantier.referentiel
    poles = len(referentiel.ingenieries)
    derniere = _PREMIERE_CASE + 2 * poles
    feuille.set_column(_CODE, _CODE, _LARGEUR_CODE)
    feuille.set_column(_LIBELLE, _LIBELLE, _LARGEUR_LIBELLE)
    feuille.set_column(_PREMIERE_CASE, _PREMIERE_CASE + poles - 1, _LARGEUR_CASE)
    feuille.set_column(_PREMIERE_CASE + poles, _PREMIERE_CASE + poles, _LARGEUR_ECART)
    feuille.set_column(_PREMIERE_CASE + poles + 1, derniere, _LARGEUR_N_MATRICE)
    largeurs = [_LARGEUR_CODE, _LARGEUR_LIBELLE, _LARGEUR_ECART, *[_LARGEUR_CASE, _LARGEUR_N_MATRICE] * poles]
    total = sum(largeurs)
    ecrire_texte(feuille, 0, _CODE, "Matrice des compétences et des ingénieries", chantier.styles["titre"])
    feuille.set_row(0, 26)
    ecrire_etendu(feuille, 1, (_CODE, derniere), _legende(chantier), chantier.styles["sous_titre"], total * 0.9)
    ligne, sauts = 2, []
    for strate in chantier.strates:
        if ligne > 2:
            sauts.append(ligne)
        ligne = _ecrire_matrice_de_strate(chantier, feuille, ligne, strate, total)
    if not chantier.strates:
        etendre(feuille, ligne, (_CODE, derniere), "Aucune passation.", chantier.styles["note"])
    feuille.set_h_pagebreaks(sauts)
    feuille.freeze_panes(2, 0)
    feuille.print_area(0, 0, ligne - 1, derniere)
    mettre_en_page(feuille, paysage=True, repetees=(0, 1), largeurs=largeurs)


def _legende(chantier: ChantierGroupe) -> str:
    echelle = chantier.referentiel.echelle
    return (
        typographier(
            f"Moyenne des réponses du groupe dans chaque case, de {nombre(echelle.min, 0)} (blanc) à "
            f"{nombre(echelle.max, 0)} (foncé). À droite, n : le nombre de passations qui ont répondu à la case. "
            "Une case vide n'a aucune réponse. "
        )
        + CE_QUI_EST_TU
    )


@dataclass(frozen=True, slots=True)
class _Bloc:
    """Un bloc de cases : sa première colonne, la largeur d’une case, ce qu’on y écrit."""

    colonne: int
    titre: str
    largeur: int
    style: str
    valeur: Callable[[Statistique], float | None]


def _ecrire_matrice_de_strate(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite, total: float
) -> int:
    poles = len(chantier.referentiel.ingenieries)
    titre = f"{strate.nom} ({accorder(strate.portrait.effectif, 'passation')})"
    ecrire_etendu(feuille, ligne, (_CODE, _PREMIERE_CASE + 2 * poles), titre, chantier.styles["section"], total)
    feuille.set_row(ligne, 28)
    blocs = (
        _Bloc(_PREMIERE_CASE, "Moyenne du groupe", _LARGEUR_CASE, "case", lambda s: s.moyenne),
        _Bloc(_PREMIERE_CASE + poles + 1, "n", _LARGEUR_N_MATRICE, "compte", lambda s: s.n),
    )
    _ecrire_entetes_matrice(chantier, feuille, ligne + 1, blocs)
    debut = ligne = ligne + 3
    for competence in chantier.referentiel.competences:
        _ecrire_competence(chantier, feuille, ligne, competence, strate, blocs)
        ligne += 1
    _colorer(chantier, feuille, debut, ligne - 1)
    return ligne + 1


def _ecrire_entetes_matrice(chantier: ChantierGroupe, feuille: Worksheet, ligne: int, blocs: tuple[_Bloc, ...]) -> None:
    styles, ingenieries = chantier.styles, chantier.referentiel.ingenieries
    etendre(feuille, ligne, (_CODE, _LIBELLE), "", styles["entete"])
    etendre(feuille, ligne + 1, (_CODE, _LIBELLE), "Compétence", styles["entete"])
    for bloc in blocs:
        etendre(
            feuille,
            ligne,
            (bloc.colonne, bloc.colonne + len(ingenieries) - 1),
            bloc.titre,
            styles["entete_nombre"],
        )
        for rang, ingenierie in enumerate(ingenieries):
            ecrire_texte(feuille, ligne + 1, bloc.colonne + rang, ingenierie.libelle, styles["entete_nombre"])
    regler_hauteur(feuille, ligne + 1, ((i.libelle, _LARGEUR_N_MATRICE * 0.8) for i in ingenieries))


def _ecrire_competence(
    chantier: ChantierGroupe,
    feuille: Worksheet,
    ligne: int,
    competence: Competence,
    strate: StrateDecrite,
    blocs: tuple[_Bloc, ...],
) -> None:
    styles = chantier.styles
    ecrire_texte(feuille, ligne, _CODE, competence.identifiant, styles["nom_de_ligne_gras"])
    ecrire_texte(feuille, ligne, _LIBELLE, competence.libelle, styles["nom_de_ligne"])
    cases = strate.portrait.matrice[competence.identifiant]
    for bloc in blocs:
        style: Format = styles[bloc.style]
        for rang, ingenierie in enumerate(chantier.referentiel.ingenieries):
            case, colonne = cases[ingenierie.identifiant], bloc.colonne + rang
            if case.tue:
                ecrire_texte(feuille, ligne, colonne, TU, style)
            else:
                ecrire_nombre(feuille, ligne, colonne, bloc.valeur(case), style)
    feuille.set_row(ligne, max(26.0, hauteur(competence.libelle, _LARGEUR_LIBELLE)))


def _colorer(chantier: ChantierGroupe, feuille: Worksheet, debut: int, fin: int) -> None:
    echelle, poles = chantier.referentiel.echelle, len(chantier.referentiel.ingenieries)
    couleurs = {
        "type": "2_color_scale",
        "min_type": "num",
        "min_value": echelle.min,
        "min_color": _CLAIR,
        "max_type": "num",
        "max_value": echelle.max,
        "max_color": _FONCE,
    }
    feuille.conditional_format(debut, _PREMIERE_CASE, fin, _PREMIERE_CASE + poles - 1, couleurs)


# --- La feuille « Profils » : les moyennes de chaque réponse à une question de profil, strate par strate.


_REPONSE, _N, _PREMIERE = 0, 1, 2
_LARGEUR_REPONSE, _LARGEUR_N, _LARGEUR_MOYENNE = 38, 8, 12.5
_SANS_REPONSE = "(sans réponse)"
_REGLE_DES_PROFILS = (
    typographier(
        "Moyennes par réponse au profil. Des groupes petits diffèrent par hasard : un écart invite à en parler, il ne "
        "prouve rien. "
    )
    + CE_QUI_EST_TU
)


def ecrire_profils(chantier: ChantierGroupe) -> None:
    """Écrit la feuille : toutes les questions, ou la seule demandée."""
    feuille, echelles = chantier.feuille(PROFILS), _echelles(chantier.referentiel)
    derniere = _PREMIERE + len(echelles) - 1
    feuille.set_column(_REPONSE, _REPONSE, _LARGEUR_REPONSE)
    feuille.set_column(_N, _N, _LARGEUR_N)
    feuille.set_column(_PREMIERE, derniere, _LARGEUR_MOYENNE)
    largeurs = [_LARGEUR_REPONSE, _LARGEUR_N, *[_LARGEUR_MOYENNE] * len(echelles)]
    total = sum(largeurs)
    ecrire_texte(feuille, 0, _REPONSE, "Profils", chantier.styles["titre"])
    feuille.set_row(0, 26)
    ligne, questions, sauts = 2, _questions(chantier), []
    multiples = any(question.plusieurs for question in questions)
    regle = f"{_REGLE_DES_PROFILS} {COMPTE_DANS_CHAQUE_GROUPE}" if multiples else _REGLE_DES_PROFILS
    ecrire_etendu(feuille, 1, (_REPONSE, derniere), regle, chantier.styles["sous_titre"], total * 0.9)
    demandees = [question.identifiant for question in questions]
    profils = grouper_par_profil(chantier.cohorte, questions=demandees)
    for strate in chantier.strates:
        if questions:
            sauts.append(ligne)
            ligne = _ecrire_strate(chantier, feuille, ligne, strate, profils)
    if ligne == 2:
        rien = "Aucune passation." if questions else "Ce référentiel ne pose pas de question de profil."
        etendre(feuille, ligne, (_REPONSE, derniere), rien, chantier.styles["note"])
    feuille.set_h_pagebreaks(sauts[1:])
    feuille.freeze_panes(2, 1)
    feuille.print_area(0, 0, ligne, derniere)
    mettre_en_page(feuille, paysage=True, repetees=(0, 1), largeurs=largeurs)


def _echelles(referentiel: Referentiel) -> list[EchelleNotee]:
    return [echelle for echelle in referentiel.echelles.values() if echelle.nature != "groupe"]


def _questions(chantier: ChantierGroupe) -> tuple[QuestionProfil, ...]:
    par = chantier.reglages.par
    if par is None:
        return chantier.cohorte.questions_de_profil()
    return tuple(question for question in chantier.referentiel.profil if question.identifiant == par)


def _ecrire_strate(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, strate: StrateDecrite, profils: ProfilsDeGroupe
) -> int:
    echelles = _echelles(chantier.referentiel)
    titre = f"{strate.nom} ({accorder(strate.portrait.effectif, 'passation')})"
    etendre(feuille, ligne, (_REPONSE, _PREMIERE + len(echelles) - 1), titre, chantier.styles["section"])
    feuille.set_row(ligne, 28)
    ligne += 1
    for question in _questions(chantier):
        _ecrire_entetes(chantier, feuille, ligne, question, echelles)
        ligne += 1
        for groupe in profils[*strate.cle, question.identifiant]:
            libelle = question.libelle_du_choix(groupe.modalite) if groupe.modalite else _SANS_REPONSE
            _ecrire_groupe(chantier, feuille, ligne, libelle, groupe, echelles)
            ligne += 1
        ligne += 1
    return ligne


def _ecrire_entetes(
    chantier: ChantierGroupe, feuille: Worksheet, ligne: int, question: QuestionProfil, echelles: Sequence[EchelleNotee]
) -> None:
    styles = chantier.styles
    ecrire_texte(feuille, ligne, _REPONSE, question.libelle, styles["entete"])
    ecrire_texte(feuille, ligne, _N, "n", styles["entete_nombre"])
    for rang, echelle in enumerate(echelles, start=_PREMIERE):
        ecrire_texte(feuille, ligne, rang, echelle.libelle, styles["entete_nombre"])
    contenus = [(echelle.libelle, _LARGEUR_MOYENNE * 0.85) for echelle in echelles]
    regler_hauteur(feuille, ligne, [(question.libelle, _LARGEUR_REPONSE * 0.9), *contenus])


def _ecrire_groupe(
    chantier: ChantierGroupe,
    feuille: Worksheet,
    ligne: int,
    libelle: str,
    groupe: GroupeDeProfil,
    echelles: Sequence[EchelleNotee],
) -> None:
    styles = chantier.styles
    ecrire_texte(feuille, ligne, _REPONSE, libelle, styles["texte"])
    feuille.set_row(ligne, hauteur(libelle, _LARGEUR_REPONSE))
    if groupe.effectif is None:
        etendre(feuille, ligne, (_N, _PREMIERE + len(echelles) - 1), GROUPE_TROP_PETIT, styles["omis"])
        return
    ecrire_nombre(feuille, ligne, _N, groupe.effectif, styles["effectif"])
    for rang, echelle in enumerate(echelles, start=_PREMIERE):
        if echelle.identifiant in groupe.tues:
            ecrire_texte(feuille, ligne, rang, TU, styles["mesure"])
        else:
            ecrire_nombre(feuille, ligne, rang, groupe.moyennes[echelle.identifiant], styles["mesure"])


_LARGEUR_D_UN_CODE, _LARGEUR_CLAIR, _LARGEUR_CONTEXTE = 8.0, 27.0, 24.0


def ecrire_reponses_groupe(chantier: ChantierGroupe) -> None:
    """Écrit les deux feuilles, sans garder les lignes en mémoire."""
    _ecrire_codes(chantier)
    _ecrire_en_clair(chantier)


def _ecrire_codes(chantier: ChantierGroupe) -> None:
    referentiel = chantier.referentiel
    items = [
        ColonneEcrite(
            item.code,
            item.enonce,
            max(_LARGEUR_D_UN_CODE, min(len(item.code) + 4.0, 16.0)),
            "donnee_code",
        )
        for item in referentiel.ordre_de_passation()
    ]
    codes, dites = [item.cle for item in items], chantier.dites
    lignes = (
        (*notee.contexte(referentiel, dites), *_reponses(notee, codes, valeur_affichee))
        for notee in chantier.cohorte.notees
    )
    ecrire_grande_table(chantier, G_REPONSES, [*_contexte(chantier), *items], lignes, figees=1)


def _ecrire_en_clair(chantier: ChantierGroupe) -> None:
    referentiel = chantier.referentiel
    items = [
        ColonneEcrite(item.code, item.enonce, _LARGEUR_CLAIR, "donnee_repliee")
        for item in referentiel.ordre_de_passation()
    ]
    en_tete = [
        ColonneEcrite(c.cle, c.libelle, c.largeur if c.cle == "identifiant" else _LARGEUR_CONTEXTE, "donnee_repliee")
        for c in _contexte(chantier)
    ]
    codes, dites = [item.cle for item in items], chantier.dites
    clair, traducteurs = partial(libelle_reponse, referentiel), _traducteurs(chantier)
    lignes = (
        (*_en_clair(traducteurs, notee.contexte(referentiel, dites)), *_reponses(notee, codes, clair))
        for notee in chantier.cohorte.notees
    )
    feuille = chantier.feuille(EN_CLAIR)
    libelles = [niveau.libelle for niveau in referentiel.echelle.niveaux]
    feuille.set_default_row(max(hauteur(libelle, _LARGEUR_CLAIR * 1.05) for libelle in libelles))
    ecrire_grande_table(chantier, EN_CLAIR, [*en_tete, *items], lignes, figees=1)


def _reponses(notee: Notee, codes: Sequence[str], dire: Callable[[Reponse], Cellule]) -> Iterator[Cellule]:
    return map(dire, map(notee.passation.reponse, codes))


def _en_clair(traducteurs: Sequence[Callable[[str], str]], cellules: Sequence[Cellule]) -> Iterator[Cellule]:
    for traduire, cellule in zip(traducteurs, cellules, strict=True):
        yield traduire(cellule) if isinstance(cellule, str) else cellule


def _traducteurs(chantier: ChantierGroupe) -> list[Callable[[str], str]]:
    """Pour chaque colonne de contexte, ce qui change un code en libellé ; un code inconnu reste tel quel."""
    dites = colonnes_contexte(chantier.referentiel, chantier.dites)
    profil = {question.identifiant: question.libelle_de for question in chantier.referentiel.profil}
    return [profil.get(colonne.cle) or partial(_libelle, colonne.modalites or {}) for colonne in dites]


def _libelle(table: Mapping[str, str], code: str) -> str:
    return table.get(code, code)


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
_ENTETE, _PREMIERE_ANOMALIE = 0, 1
_AUCUNE = "Aucune anomalie."
ECRITES_MAX = LIGNES_DE_FEUILLE_MAX - _PREMIERE_ANOMALIE - 1
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
        ligne = _PREMIERE_ANOMALIE
        ecrire_texte(feuille, ligne, 0, _AUCUNE, styles["donnee_texte"])
    feuille.autofilter(_ENTETE, 0, ligne, len(_COLONNES_D_ANOMALIE) - 1)
    if len(anomalies) > ECRITES_MAX:
        ligne += 1
        reste = f"Une feuille n'en contient pas plus : il en manque {grouper(len(anomalies) - ECRITES_MAX)} ici."
        ecrire_texte(feuille, ligne, 0, typographier(reste), styles["note"])
    feuille.freeze_panes(_PREMIERE_ANOMALIE, 0)
    feuille.print_area(0, 0, ligne, len(_COLONNES_D_ANOMALIE) - 1)
    mettre_en_page(feuille, paysage=True, repetees=(_ENTETE, _ENTETE))


def _bilan(anomalies: Sequence[Anomalie]) -> str:
    if not anomalies:
        return _AUCUNE
    refus, avertissements = (compter(anomalies, gravite) for gravite in (Gravite.REFUS, Gravite.AVERTISSEMENT))
    return typographier(
        f"Refus : {grouper(refus)} (la donnée n'est pas prise). "
        f"Avertissements : {grouper(avertissements)} (elle l'est, à vérifier). Les lignes se trient et se filtrent."
    )


def _ecrire_lignes(chantier: ChantierGroupe, feuille: Worksheet, anomalies: Sequence[Anomalie]) -> int:
    """Rend la dernière ligne écrite."""
    formats = [chantier.styles[style] for _, _, style in _COLONNES_D_ANOMALIE]
    ligne = _ENTETE
    for ligne, cellules in enumerate(map(_cellules_d_anomalie, anomalies), start=_PREMIERE_ANOMALIE):
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
    for ligne, textes in enumerate(_lignes_du_dictionnaire(chantier), start=_PREMIERE_ANOMALIE):
        for rang, texte in enumerate(textes):
            ecrire_texte(feuille, ligne, rang, texte, styles["texte_gras" if rang == 1 else "texte"])
        regler_hauteur(feuille, ligne, zip(textes, (largeur for _, largeur in _COLONNES), strict=True))
    feuille.autofilter(_ENTETE, 0, ligne, len(_COLONNES) - 1)
    feuille.freeze_panes(_PREMIERE_ANOMALIE, 2)
    feuille.print_area(0, 0, ligne, len(_COLONNES) - 1)
    mettre_en_page(feuille, paysage=True, repetees=(_ENTETE, _ENTETE))


def _lignes_du_dictionnaire(chantier: ChantierGroupe) -> Iterator[tuple[str, ...]]:
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

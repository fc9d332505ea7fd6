"""La feuille « Profils » : les moyennes de chaque réponse à une question de profil, strate par strate."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from cpit.coeur.diffusion import Agregats, GroupeDeProfil, diffuser
from cpit.coeur.groupe import CE_QUI_EST_TU, GROUPE_TU, REGLE, TU
from cpit.coeur.modele import EchelleNotee, QuestionProfil, Referentiel
from cpit.formats.classeur_groupe.chantier import PROFILS, Chantier, Strate
from cpit.tableur.cellules import ecrire_etendu, ecrire_nombre, ecrire_texte, etendre, hauteur, regler_hauteur
from cpit.tableur.styles import mettre_en_page
from cpit.typographie import accorder, typographier

REPONSE, N, PREMIERE = 0, 1, 2
LARGEUR_REPONSE, LARGEUR_N, LARGEUR_MOYENNE = 38, 8, 12.5
SANS_REPONSE = "(sans réponse)"
REGLE_DES_PROFILS = (
    typographier(
        "Moyennes par réponse au profil. Des groupes petits diffèrent par hasard : un écart invite à en parler, il ne "
        "prouve rien. "
    )
    + CE_QUI_EST_TU
)


def ecrire(chantier: Chantier) -> None:
    """Écrit la feuille : toutes les questions, ou la seule demandée."""
    feuille, echelles = chantier.feuille(PROFILS), _echelles(chantier.referentiel)
    derniere = PREMIERE + len(echelles) - 1
    feuille.set_column(REPONSE, REPONSE, LARGEUR_REPONSE)
    feuille.set_column(N, N, LARGEUR_N)
    feuille.set_column(PREMIERE, derniere, LARGEUR_MOYENNE)
    total = LARGEUR_REPONSE + LARGEUR_N + LARGEUR_MOYENNE * len(echelles)
    ecrire_texte(feuille, 0, REPONSE, "Profils", chantier.styles["titre"])
    feuille.set_row(0, 26)
    ecrire_etendu(feuille, 1, (REPONSE, derniere), REGLE_DES_PROFILS, chantier.styles["sous_titre"], total * 0.9)
    ligne, questions, sauts = 2, _questions(chantier), []
    demandees = [question.identifiant for question in questions]
    agregats = diffuser(chantier.cohorte, minimum=REGLE.affichage, questions=demandees, cases=False)
    for strate in chantier.strates:
        if questions:
            sauts.append(ligne)
            ligne = _ecrire_strate(chantier, feuille, ligne, strate, agregats)
    if ligne == 2:
        rien = "Aucune passation." if questions else "Ce référentiel ne pose pas de question de profil."
        etendre(feuille, ligne, (REPONSE, derniere), rien, chantier.styles["note"])
    feuille.set_h_pagebreaks(sauts[1:])
    feuille.freeze_panes(2, 1)
    feuille.print_area(0, 0, ligne, derniere)
    mettre_en_page(feuille, paysage=True, repetees=(0, 1))


def _echelles(referentiel: Referentiel) -> list[EchelleNotee]:
    return [echelle for echelle in referentiel.echelles.values() if echelle.nature != "groupe"]


def _questions(chantier: Chantier) -> tuple[QuestionProfil, ...]:
    par, questions = chantier.par, chantier.referentiel.profil
    return tuple(q for q in questions if par is None or q.identifiant == par)


def _ecrire_strate(chantier: Chantier, feuille: Worksheet, ligne: int, strate: Strate, agregats: Agregats) -> int:
    echelles = _echelles(chantier.referentiel)
    titre = f"{strate.nom} ({accorder(strate.portrait.effectif, 'passation')})"
    etendre(feuille, ligne, (REPONSE, PREMIERE + len(echelles) - 1), titre, chantier.styles["section"])
    feuille.set_row(ligne, 28)
    ligne += 1
    for question in _questions(chantier):
        _ecrire_entetes(chantier, feuille, ligne, question, echelles)
        ligne += 1
        for groupe in agregats.groupes_de_profil(strate.cle, question):
            libelle = question.libelle_du_choix(groupe.modalite) if groupe.modalite else SANS_REPONSE
            _ecrire_groupe(chantier, feuille, ligne, libelle, groupe, echelles)
            ligne += 1
        ligne += 1
    return ligne


def _ecrire_entetes(
    chantier: Chantier, feuille: Worksheet, ligne: int, question: QuestionProfil, echelles: Sequence[EchelleNotee]
) -> None:
    styles = chantier.styles
    ecrire_texte(feuille, ligne, REPONSE, question.libelle, styles["entete"])
    ecrire_texte(feuille, ligne, N, "n", styles["entete_nombre"])
    for rang, echelle in enumerate(echelles, start=PREMIERE):
        ecrire_texte(feuille, ligne, rang, echelle.libelle, styles["entete_nombre"])
    contenus = [(echelle.libelle, LARGEUR_MOYENNE * 0.85) for echelle in echelles]
    regler_hauteur(feuille, ligne, [(question.libelle, LARGEUR_REPONSE * 0.9), *contenus])


def _ecrire_groupe(
    chantier: Chantier,
    feuille: Worksheet,
    ligne: int,
    libelle: str,
    groupe: GroupeDeProfil,
    echelles: Sequence[EchelleNotee],
) -> None:
    styles = chantier.styles
    ecrire_texte(feuille, ligne, REPONSE, libelle, styles["texte"])
    feuille.set_row(ligne, hauteur(libelle, LARGEUR_REPONSE))
    if groupe.effectif is None:
        etendre(feuille, ligne, (N, PREMIERE + len(echelles) - 1), GROUPE_TU, styles["omis"])
        return
    ecrire_nombre(feuille, ligne, N, groupe.effectif, styles["effectif"])
    for rang, echelle in enumerate(echelles, start=PREMIERE):
        moyenne = groupe.moyennes[echelle.identifiant]
        if moyenne is None:
            ecrire_texte(feuille, ligne, rang, TU, styles["mesure"])
        else:
            ecrire_nombre(feuille, ligne, rang, moyenne, styles["mesure"])

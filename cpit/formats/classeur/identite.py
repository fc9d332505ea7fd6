"""Le haut de la synthèse : qui, quand, quel moment, quel regard, quel profil."""

from __future__ import annotations

from collections.abc import Iterator

from xlsxwriter.worksheet import Worksheet

from cpit.coeur.notice import compter_les_reponses
from cpit.coeur.passation import MOMENTS, REGARDS
from cpit.formats.classeur.chantier import Chantier
from cpit.formats.classeur.mesures import CODE, DERNIERE, DROITE, LIBELLE, SCORE, TOTAL
from cpit.tableur.cellules import ecrire_date, ecrire_etendu, ecrire_texte, regler_hauteur


def ecrire_identite(chantier: Chantier, feuille: Worksheet, ligne: int) -> int:
    """Écrit le titre et l’identité ; rend la prochaine ligne libre."""
    styles, restitution = chantier.styles, chantier.restitution
    ecrire_texte(feuille, ligne, CODE, "Synthèse", styles["titre"])
    feuille.set_row(ligne, 26)
    referentiel = restitution.referentiel
    titre = f"{referentiel.titre}, version {referentiel.version}"
    ecrire_etendu(feuille, ligne + 1, (CODE, DERNIERE), titre, styles["sous_titre"], TOTAL * 0.85)
    ligne += 2
    for libelle, valeur, est_date in _faits(chantier):
        feuille.merge_range(ligne, CODE, ligne, LIBELLE, "", styles["etiquette"])
        feuille.merge_range(ligne, SCORE, ligne, DERNIERE, "", styles["valeur"])
        ecrire_texte(feuille, ligne, CODE, libelle, styles["etiquette"])
        if est_date:
            ecrire_date(feuille, ligne, SCORE, valeur, (styles["date"], styles["valeur"]))
        else:
            ecrire_texte(feuille, ligne, SCORE, valeur, styles["valeur"])
        regler_hauteur(feuille, ligne, ((libelle, TOTAL - DROITE), (valeur, DROITE)))
        ligne += 1
    return ligne


def _faits(chantier: Chantier) -> Iterator[tuple[str, str, bool]]:
    """Libellé, valeur, et vrai si la valeur est une date."""
    passation, referentiel = chantier.restitution.passation, chantier.restitution.referentiel
    yield "Personne", passation.identifiant or "non indiquée", False
    yield "Moment", MOMENTS.get(passation.moment, passation.moment), False
    yield "Regard", REGARDS.get(passation.regard, passation.regard), False
    if passation.terminee:
        yield "Questionnaire terminé le", passation.terminee, True
    elif passation.modifiee:
        yield "Questionnaire inachevé, dernière réponse le", passation.modifiee, True
    yield "Classeur écrit le", chantier.date, True
    yield "Réponses", compter_les_reponses(referentiel, passation), False
    questions = {question.identifiant: question for question in referentiel.profil}
    for cle, code in passation.profil.items():
        question = questions.get(cle)
        yield (question.libelle, question.libelle_du_choix(code), False) if question else (cle, code, False)

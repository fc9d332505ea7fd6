"""La feuille à remplir : consignes, questions, échelle, puis les situations groupées par compétence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from cpit.coeur.modele import Competence, Item
from cpit.formats.forme_formulaire import (
    CODE,
    REGARDS_AFFICHES,
    REPONSE,
    SITUATION,
    TRACE,
    choix_de_reponse,
    libelle_du_moment,
)
from cpit.formulaires.classeur.plan import (
    COL_CODE,
    COL_REPONSE,
    COL_SITUATION,
    COL_TRACE,
    CONSIGNES,
    ENTETES,
    PREMIERE_SECTION,
    SOUS_TITRE,
    TITRE,
    Plan,
)
from cpit.formulaires.classeur.styles import Styles
from cpit.tableur.cellules import adresse, ecrire_formule, ecrire_texte, hauteur, propre
from cpit.typographie import typographier

LARGEURS = (7, 58, 31, 32)
RETRAIT = 3
"""Largeur, en signes, que prend le retrait d’une cellule."""
TOTAL = sum(LARGEURS)
SUITE = sum(LARGEURS[COL_REPONSE:])
PAGE_UTILE = 485.0
"""Points que l’on remplit sur une page A4 en travers, en-têtes répétés ôtés, avec de la marge."""
TRACE_MIN = 39.0
"""Hauteur d’une ligne de situation, en points : trois lignes de trace, à l’écran comme à la main."""

CONSIGNE_REPONDRE = (
    "1. Pour chaque situation, choisissez dans la liste de la case jaune. Une case laissée vide compte comme « sans "
    "réponse », jamais comme un zéro ; pour vider une case, touche Suppr. La trace aide à se souvenir d'un exemple."
)
CONSIGNE_CONFIDENTIALITE = (
    "2. Rien n'est envoyé : vos réponses restent dans ce fichier, et c'est vous qui choisissez à qui le donner."
)
CONSIGNE_RENDRE = (
    "3. Pour rendre le formulaire : enregistrez ce fichier au format .xlsx, sans déplacer ni ajouter de ligne, puis "
    "transmettez-le à la personne qui vous l'a remis."
)
AIDES = {
    "identifiant": "Un code, pas un nom.",
    "moment": "À vérifier.",
    "regard": "À vérifier.",
}
AIDE_CODE_DONNE = "Donné avec ce fichier."
AIDE_PROFIL = "Facultatif."
HORS_LISTE = {
    "error_title": "Réponse hors de la liste",
    "error_message": "Choisissez dans la liste, ou laissez la case vide.",
}


def ecrire_feuille(feuille: Worksheet, styles: Styles, plan: Plan, listes: Mapping[str, str]) -> None:
    """Écrit la feuille.

    :param listes: plage des choix, par clé de question et pour « reponse ».
    """
    for colonne, largeur in enumerate(LARGEURS):
        feuille.set_column(colonne, colonne, largeur)
    _ecrire_haut(feuille, styles, plan)
    _ecrire_consignes(feuille, styles, plan)
    _ecrire_questions(feuille, styles, plan, listes)
    _ecrire_echelle(feuille, styles, plan)
    for ligne, competence in plan.competences:
        _ecrire_competence(feuille, styles, ligne, competence)
    for ligne, item in plan.items:
        _ecrire_item(feuille, styles, ligne, item)
    _proposer_les_niveaux(feuille, styles, plan, listes["reponse"])
    _proteger(feuille, plan)
    _mettre_en_page(feuille, plan)


def _ecrire_haut(feuille: Worksheet, styles: Styles, plan: Plan) -> None:
    """Les deux lignes qui restent à l’écran : titre et avancement, puis en-têtes."""
    titre = "Questionnaire d’auto-évaluation" if plan.regard == "soi" else "Questionnaire, regard d’un tiers"
    ecrire_texte(feuille, TITRE, COL_CODE, titre, styles["titre"])
    feuille.set_row(TITRE, 26)
    ecrire_texte(feuille, TITRE, COL_REPONSE, typographier("Réponses données :"), styles["etiquette"])
    if plan.items:
        premiere, derniere = plan.items[0][0], plan.items[-1][0]
        zone = f"{adresse(premiere, COL_REPONSE)}:{adresse(derniere, COL_REPONSE)}"
        suite = f" sur {len(plan.items)}"
        formule = f'=COUNTA({zone})&"{suite}"'
        ecrire_formule(feuille, TITRE, COL_TRACE, formule, f"0{suite}", styles["avancement"])
    feuille.set_row(ENTETES, 20)
    for colonne, texte in ((COL_CODE, CODE), (COL_SITUATION, SITUATION), (COL_REPONSE, REPONSE), (COL_TRACE, TRACE)):
        ecrire_texte(feuille, ENTETES, colonne, texte, styles["entete_code" if colonne == COL_CODE else "entete"])
    feuille.freeze_panes(ENTETES + 1, 0)


def _ecrire_consignes(feuille: Worksheet, styles: Styles, plan: Plan) -> None:
    referentiel = plan.referentiel
    _etendre(feuille, SOUS_TITRE, f"{referentiel.titre} (version {referentiel.version})", styles["sous_titre"], 1.15)
    consignes = (CONSIGNE_REPONDRE, CONSIGNE_CONFIDENTIALITE, CONSIGNE_RENDRE)
    for rang, consigne in enumerate(consignes):
        _etendre(feuille, CONSIGNES + rang, typographier(consigne), styles["consigne"])


def _ecrire_questions(feuille: Worksheet, styles: Styles, plan: Plan, listes: Mapping[str, str]) -> None:
    _titrer(feuille, styles, PREMIERE_SECTION, "Vous" if plan.regard == "soi" else "La personne et vous")
    valeurs = {
        "identifiant": plan.identifiant,
        "moment": libelle_du_moment(plan.moment),
        "regard": REGARDS_AFFICHES[plan.regard],
    }
    for cle, (ligne, libelle) in plan.questions.items():
        fixe = cle == "identifiant" and bool(plan.identifiant)
        aide = AIDE_CODE_DONNE if fixe else AIDES.get(cle, AIDE_PROFIL)
        valeur = valeurs.get(cle, "")
        ecrire_texte(feuille, ligne, COL_CODE, "", styles["marge"])
        ecrire_texte(feuille, ligne, COL_SITUATION, libelle, styles["libelle"])
        ecrire_texte(feuille, ligne, COL_REPONSE, valeur, styles["fixe" if fixe else "saisie"])
        ecrire_texte(feuille, ligne, COL_TRACE, typographier(aide), styles["note"])
        _regler(feuille, ligne, {COL_SITUATION: libelle, COL_REPONSE: valeur, COL_TRACE: aide}, 18)
        if cle in listes:
            feuille.data_validation(
                ligne, COL_REPONSE, ligne, COL_REPONSE, {"validate": "list", "source": listes[cle], **HORS_LISTE}
            )
    lignes = [ligne for ligne, _ in plan.questions.values()]
    blanc = {"type": "blanks", "format": styles["vide"]}
    feuille.conditional_format(lignes[0], COL_REPONSE, lignes[-1], COL_REPONSE, blanc)


def _ecrire_echelle(feuille: Worksheet, styles: Styles, plan: Plan) -> None:
    """La question posée, puis chaque niveau tel que la liste le montre, et sa description."""
    echelle = plan.referentiel.echelle
    _titrer(feuille, styles, plan.titre_echelle, "L’échelle de réponse")
    _etendre(feuille, plan.titre_echelle + 1, echelle.question, styles["question"])
    descriptions = [niveau.description for niveau in echelle.niveaux]
    if echelle.sans_objet:
        descriptions.append(echelle.sans_objet.description)
    for rang, (libelle, description) in enumerate(zip(choix_de_reponse(plan.referentiel), descriptions, strict=True)):
        ligne = plan.niveaux + rang
        ecrire_texte(feuille, ligne, COL_CODE, "", styles["marge"])
        ecrire_texte(feuille, ligne, COL_SITUATION, libelle, styles["libelle_gras"])
        feuille.merge_range(ligne, COL_REPONSE, ligne, COL_TRACE, "", styles["texte"])
        ecrire_texte(feuille, ligne, COL_REPONSE, description, styles["texte"])
        feuille.set_row(
            ligne,
            max(hauteur(libelle, LARGEURS[COL_SITUATION] - RETRAIT), hauteur(description or "", SUITE - RETRAIT), 18),
        )


def _ecrire_competence(feuille: Worksheet, styles: Styles, ligne: int, competence: Competence) -> None:
    """Libellé en gras et définition, dans la même cellule ; la colonne des codes reste vide."""
    ecrire_texte(feuille, ligne, COL_CODE, "", styles["competence"])
    feuille.merge_range(ligne, COL_SITUATION, ligne, COL_TRACE, "", styles["competence"])
    nom, definition = propre(competence.libelle)[:1000], propre(competence.definition)[:30_000]
    if nom and definition:
        morceaux = (styles["competence_nom"], nom, styles["competence_suite"], "\n" + definition)
        feuille.write_rich_string(ligne, COL_SITUATION, *morceaux, styles["competence"])
    else:
        ecrire_texte(feuille, ligne, COL_SITUATION, nom or definition, styles["competence"])
    feuille.set_row(ligne, _hauteur_competence(competence))


def _hauteur_competence(competence: Competence) -> float:
    return hauteur(f"{competence.libelle}\n{competence.definition}", TOTAL - LARGEURS[COL_CODE]) + 8


def _ecrire_item(feuille: Worksheet, styles: Styles, ligne: int, item: Item) -> None:
    ecrire_texte(feuille, ligne, COL_CODE, item.code, styles["code"])
    ecrire_texte(feuille, ligne, COL_SITUATION, item.enonce, styles["texte"])
    ecrire_texte(feuille, ligne, COL_REPONSE, "", styles["saisie"])
    ecrire_texte(feuille, ligne, COL_TRACE, "", styles["trace"])
    feuille.set_row(ligne, _hauteur_item(item))


def _hauteur_item(item: Item) -> float:
    return max(
        TRACE_MIN, hauteur(item.enonce, LARGEURS[COL_SITUATION] - RETRAIT), hauteur(item.code, LARGEURS[COL_CODE])
    )


def _proposer_les_niveaux(feuille: Worksheet, styles: Styles, plan: Plan, source: str) -> None:
    """Une liste déroulante par case de réponse, et un fond jaune tant qu’elle est vide."""
    blocs = [(debut, COL_REPONSE, fin, COL_REPONSE) for debut, fin in plan.blocs()]
    if not blocs:
        return
    zones = " ".join(f"{plan.cellule(debut)}:{plan.cellule(fin)}" for debut, _, fin, _ in blocs)
    for debut, colonne, fin, _ in blocs:
        feuille.data_validation(debut, colonne, fin, colonne, {"validate": "list", "source": source, **HORS_LISTE})
    blanc = {"type": "blanks", "format": styles["vide"], "multi_range": zones}
    feuille.conditional_format(*blocs[0], blanc)


def _proteger(feuille: Worksheet, plan: Plan) -> None:
    """Sans mot de passe : la protection évite les maladresses, elle ne retient personne."""
    feuille.protect("", {"format_rows": True, "format_columns": True})
    premiere = plan.questions["moment" if plan.identifiant else "identifiant"][0]
    feuille.set_selection(premiere, COL_REPONSE, premiere, COL_REPONSE)
    feuille.ignore_errors({"number_stored_as_text": f"A1:{adresse(plan.fin, COL_TRACE, fixe=False)}"})


def _mettre_en_page(feuille: Worksheet, plan: Plan) -> None:
    """A4 en travers, ajusté en largeur ; les sauts de page tombent entre deux compétences, en-têtes répétés."""
    feuille.set_paper(9)
    feuille.set_landscape()
    feuille.set_margins(left=0.47, right=0.47, top=0.45, bottom=0.55)
    feuille.fit_to_pages(1, 0)
    feuille.center_horizontally()
    feuille.hide_gridlines(2)
    feuille.repeat_rows(ENTETES, ENTETES)
    feuille.print_area(0, 0, plan.fin - 1, COL_TRACE)
    feuille.set_h_pagebreaks(list(_sauts(plan)))
    pied = typographier("&L&8cpit : outil réflexif, ni note ni classement&C&8&A&R&8Page &P / &N")
    feuille.set_footer(pied, {"margin": 0.25})


def _sauts(plan: Plan) -> Iterator[int]:
    """Lignes où commence une page : la première compétence, puis celles qui ne tiendraient pas en entier."""
    reste = 0.0
    for (ligne, competence), (debut, fin) in zip(plan.competences, plan.blocs(), strict=True):
        taille = _hauteur_competence(competence)
        taille += sum(_hauteur_item(item) for place, item in plan.items if debut <= place <= fin)
        if taille > reste:
            yield ligne
            reste = PAGE_UTILE
        reste -= taille


def _titrer(feuille: Worksheet, styles: Styles, ligne: int, titre: str) -> None:
    feuille.merge_range(ligne, COL_CODE, ligne, COL_TRACE, "", styles["section"])
    ecrire_texte(feuille, ligne, COL_CODE, titre, styles["section"])
    feuille.set_row(ligne, 25)


def _etendre(feuille: Worksheet, ligne: int, texte: str, style: Format, taille: float = 1.0) -> None:
    """Texte sur toute la largeur ; ``taille`` : largeur de ses caractères, par rapport au texte courant."""
    feuille.merge_range(ligne, COL_CODE, ligne, COL_TRACE, "", style)
    ecrire_texte(feuille, ligne, COL_CODE, texte, style)
    feuille.set_row(ligne, hauteur(texte, TOTAL / taille) + 4)


def _regler(feuille: Worksheet, ligne: int, textes: Mapping[int, str], minimum: float) -> None:
    """Donne à une ligne la hauteur de son texte le plus long, au moins ``minimum``."""
    hauteurs = (hauteur(texte, LARGEURS[colonne] - RETRAIT) for colonne, texte in textes.items())
    feuille.set_row(ligne, max(minimum, *hauteurs))

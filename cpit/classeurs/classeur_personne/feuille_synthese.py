"""Les feuilles « Synthèse » (qui et quand, les scores, le radar, la carte, la lecture en quelques phrases) et « À
propos » (d’où viennent les nombres, les règles en clair, la licence et les limites).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from cpit.classeurs.classeur_personne.chantier import (
    CALCUL_ITEMS,
    CALCUL_LIBELLE,
    CALCUL_REPONDUS,
    FEUILLE_A_PROPOS,
    FEUILLE_CALCUL,
    FEUILLE_SYNTHESE,
    REFAIT,
    STYLE_DE_CLASSEUR,
    ChantierPersonne,
    poser_figure,
)
from cpit.classeurs.classeur_personne.feuille_calcul import ReperesCalcul, ReperesGraphiques
from cpit.coeur.mots.notice import EN_SECOND, LIMITES, compter_les_reponses, rappel_echelle, regles
from cpit.coeur.mots.restitution import (
    TITRE_APPUIS,
    TITRE_DE_LA_PLACE,
    TITRE_FRAGILES,
    Relief,
    dire_la_region,
    dire_le_tiers,
    motif_score,
    portee_de,
    quand_en_mots,
)
from cpit.coeur.notation import Score, Situation
from cpit.coeur.passation import REGARDS
from cpit.coeur.referentiel import EchelleNotee, Referentiel
from cpit.figures import PERSONNE, FigureDeclaree, figures_en_image
from cpit.tableur.document import (
    ENCRE,
    adresse,
    ecrire_date,
    ecrire_etendu,
    ecrire_formule,
    ecrire_nombre,
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
from cpit.tableur.graphiques import (
    GRAND_CARRE,
    HAUTEUR_CARTE,
    HAUTEUR_RADAR,
    PALE,
    RADAR_MINIMUM,
    TRAIT_PALE,
    EtiquetteDePoint,
    dire_la_vue,
    dire_le_bord,
    habiller_graphique,
    inserer_graphique,
    marque,
    placer_etiquettes,
    poser_axes_radar,
    poser_repere,
    tracer_ligne,
    tracer_point,
    tracer_poles,
    tracer_vers_les_poles,
)
from cpit.typographie import nombre, typographier

# --- Les colonnes de la synthèse, communes à ses trois morceaux.


_LARGEURS_SYNTHESE = (15, 32, 9, 46, 10, 8)
"""Largeurs en signes : code, libellé, score, niveau ou motif, répondus, items."""
RANG_CODE, _RANG_LIBELLE, RANG_SCORE, _RANG_NIVEAU, _RANG_REPONDUS, _RANG_ITEMS = range(len(_LARGEURS_SYNTHESE))
_RANG_DERNIERE = _RANG_ITEMS
_LARGEUR_TOTALE = sum(_LARGEURS_SYNTHESE)
_LARGEUR_DROITE = sum(_LARGEURS_SYNTHESE[RANG_SCORE:])


# --- Le haut de la synthèse : qui, quand, quel moment, quel regard, quel profil.


def _ecrire_identite(chantier: ChantierPersonne, feuille: Worksheet, ligne: int) -> int:
    """Écrit le titre et l’identité ; rend la prochaine ligne libre."""
    styles, restitution = chantier.styles, chantier.restitution
    ecrire_texte(feuille, ligne, RANG_CODE, "Synthèse", styles["titre"])
    feuille.set_row(ligne, 26)
    referentiel = restitution.referentiel
    titre = f"{referentiel.titre}, version {referentiel.version}"
    ecrire_etendu(feuille, ligne + 1, (RANG_CODE, _RANG_DERNIERE), titre, styles["sous_titre"], _LARGEUR_TOTALE * 0.85)
    ligne += 2
    for libelle, valeur, est_date in _faits(chantier):
        feuille.merge_range(ligne, RANG_CODE, ligne, _RANG_LIBELLE, "", styles["etiquette"])
        feuille.merge_range(ligne, RANG_SCORE, ligne, _RANG_DERNIERE, "", styles["valeur"])
        ecrire_texte(feuille, ligne, RANG_CODE, libelle, styles["etiquette"])
        if est_date:
            ecrire_date(feuille, ligne, RANG_SCORE, valeur, (styles["date"], styles["valeur"]))
        else:
            ecrire_texte(feuille, ligne, RANG_SCORE, valeur, styles["valeur"])
        regler_hauteur(feuille, ligne, ((libelle, _LARGEUR_TOTALE - _LARGEUR_DROITE), (valeur, _LARGEUR_DROITE)))
        ligne += 1
    return ligne


def _faits(chantier: ChantierPersonne) -> Iterator[tuple[str, str, bool]]:
    """Libellé, valeur, et vrai si la valeur est une date."""
    passation, referentiel = chantier.restitution.passation, chantier.restitution.referentiel
    yield "Personne", passation.identifiant or "non indiquée", False
    yield "Moment", quand_en_mots(referentiel, passation), False
    yield "Regard", REGARDS.get(passation.regard, passation.regard), False
    if tiers := dire_le_tiers(passation):
        yield "Ce tiers", tiers, False
    if passation.terminee:
        yield "Questionnaire terminé le", passation.terminee, True
    elif passation.modifiee:
        yield "Questionnaire inachevé, dernière réponse le", passation.modifiee, True
    for correction in passation.corrections[-1:]:
        yield "Questionnaire corrigé le", correction.rouverte, True
    yield "Classeur écrit le", chantier.date, True
    yield "Réponses", compter_les_reponses(referentiel, passation), False
    questions = {question.identifiant: question for question in referentiel.profil}
    for cle, code in passation.profil.items():
        question = questions.get(cle)
        yield (question.libelle, question.libelle_de(code), False) if question else (cle, code, False)


# --- La lecture en quelques phrases, telle que le cœur l’a rédigée.


_TEXTE = sum(_LARGEURS_SYNTHESE[_RANG_NIVEAU:])


def _ecrire_lecture(chantier: ChantierPersonne, feuille: Worksheet, ligne: int) -> int:
    """Écrit position, appuis, points à travailler avec leur pas, non calculé, portée ; rend la ligne suivante."""
    lecture = chantier.restitution.interpretation
    ligne = _titrer(chantier, feuille, ligne, "Ce que l'on peut lire")
    ligne = _phrases(chantier, feuille, ligne, "Position", lecture.position)
    ligne = _phrases(chantier, feuille, ligne, "Relief", (lecture.relief,) if lecture.relief else ())
    ligne = _reliefs(chantier, feuille, ligne, TITRE_APPUIS, lecture.appuis, pas=False)
    ligne = _reliefs(chantier, feuille, ligne, TITRE_FRAGILES, lecture.fragiles, pas=True)
    ligne = _phrases(chantier, feuille, ligne, TITRE_DE_LA_PLACE, lecture.places)
    ligne = _phrases(chantier, feuille, ligne, "Ce qui n'a pas été calculé", lecture.non_calcule)
    return _phrases(chantier, feuille, ligne, "Portée de ces nombres", lecture.portee)


def _titrer(chantier: ChantierPersonne, feuille: Worksheet, ligne: int, titre: str) -> int:
    """Écrit un titre de section sur toute la largeur ; rend la ligne suivante."""
    ecrire_etendu(
        feuille, ligne, (RANG_CODE, _RANG_DERNIERE), typographier(titre), chantier.styles["section"], _LARGEUR_TOTALE
    )
    feuille.set_row(ligne, 24)
    return ligne + 1


def _phrases(chantier: ChantierPersonne, feuille: Worksheet, ligne: int, titre: str, phrases: Sequence[str]) -> int:
    if not phrases:
        return ligne
    ligne = _intertitre(chantier, feuille, ligne, titre)
    for phrase in phrases:
        ecrire_etendu(feuille, ligne, (RANG_CODE, _RANG_DERNIERE), phrase, chantier.styles["valeur"], _LARGEUR_TOTALE)
        ligne += 1
    return ligne


def _reliefs(
    chantier: ChantierPersonne, feuille: Worksheet, ligne: int, titre: str, reliefs: Sequence[Relief], *, pas: bool
) -> int:
    if not reliefs:
        return ligne
    ligne = _intertitre(chantier, feuille, ligne, titre)
    styles = chantier.styles
    for relief in reliefs:
        ecrire_texte(feuille, ligne, RANG_CODE, relief.competence.identifiant, styles["texte_gras"])
        ecrire_texte(feuille, ligne, _RANG_LIBELLE, relief.competence.libelle, styles["texte_gras"])
        ecrire_nombre(feuille, ligne, RANG_SCORE, relief.score, styles["score"])
        texte = relief.constat
        if pas and relief.pas:
            texte += typographier("\nUn pas à tenter : ") + relief.pas
        feuille.merge_range(ligne, _RANG_NIVEAU, ligne, _RANG_DERNIERE, "", styles["texte"])
        ecrire_texte(feuille, ligne, _RANG_NIVEAU, texte, styles["texte"])
        noms = (
            (relief.competence.identifiant, _LARGEURS_SYNTHESE[RANG_CODE]),
            (relief.competence.libelle, _LARGEURS_SYNTHESE[_RANG_LIBELLE]),
        )
        regler_hauteur(feuille, ligne, ((texte, _TEXTE), *noms))
        ligne += 1
    return ligne


def _intertitre(chantier: ChantierPersonne, feuille: Worksheet, ligne: int, titre: str) -> int:
    ecrire_etendu(
        feuille, ligne, (RANG_CODE, _RANG_DERNIERE), typographier(titre), chantier.styles["intertitre"], _LARGEUR_TOTALE
    )
    feuille.set_row(ligne, 21)
    return ligne + 1


# --- Sous la carte : la position en nombres, ce qui pèse le plus, et comment lire les marques.


_EQUILIBRE = "équilibre"
_SANS_SCORE = typographier("Pas de position : une ingénierie au moins n'a pas de score.")
_ORIGINE = typographier("d'après les seules réponses d'origine : compétences et arrondi")
_PARTS_NULLES = typographier("Pas de position : toutes les ingénieries sont au plus bas de l'échelle.")


def _ecrire_placement(chantier: ChantierPersonne, feuille: Worksheet, ligne: int, reperes: ReperesCalcul) -> int:
    """Écrit la légende puis quatre lignes : x, y, distance, dominante ; rend la ligne suivante."""
    ecrire_etendu(
        feuille,
        ligne,
        (RANG_CODE, _RANG_DERNIERE),
        _legende(chantier, agrandie=reperes.graphiques.vue is not None),
        chantier.styles["note"],
        _LARGEUR_TOTALE * 1.05,
    )
    ligne += 1
    restitution = chantier.restitution
    axes, point = restitution.referentiel.axes, restitution.resultat.situation.position
    seuil = nombre(restitution.referentiel.regles.seuil_equilibre.valeur, 2)
    lignes = (
        (axes.x.libelle, f"de « {axes.x.debut} » à « {axes.x.fin} »", point.x if point else None),
        (axes.y.libelle, f"de « {axes.y.debut} » à « {axes.y.fin} »", point.y if point else None),
        ("Distance au centre", f"en deçà de {seuil}, équilibre", restitution.resultat.situation.distance),
    )
    for decalage, (libelle, sens, valeur) in enumerate(lignes):
        source = adresse(reperes.position + decalage, REFAIT, FEUILLE_CALCUL)
        _ecrire_fait(chantier, feuille, ligne, libelle, typographier(sens))
        ecrire_formule(feuille, ligne, RANG_SCORE, f"={source}", valeur, chantier.styles["decimal"])
        ligne += 1
    _ecrire_fait(chantier, feuille, ligne, "Ce qui pèse le plus", "")
    feuille.write_blank(ligne, RANG_SCORE, None, chantier.styles["texte"])
    formule = _formule_dominante(chantier, reperes)
    texte = _dominante(chantier)
    ecrire_formule(feuille, ligne, _RANG_NIVEAU, formule, texte, chantier.styles["texte_gras"])
    feuille.set_row(ligne, hauteur(texte, sum(_LARGEURS_SYNTHESE[_RANG_NIVEAU:])))
    return _ecrire_incertitude(chantier, feuille, ligne + 1) + 1


def _ecrire_incertitude(chantier: ChantierPersonne, feuille: Worksheet, ligne: int) -> int:
    """Ce que la région a de particulier, et les deux erreurs types ; la lecture dit ce qu’elles permettent de dire."""
    incertitude, axes = chantier.restitution.incertitude, chantier.restitution.referentiel.axes
    mots = dire_la_region(incertitude)
    if mots and incertitude.etat != "ellipse":
        _ecrire_fait(chantier, feuille, ligne, "Incertitude", typographier(mots))
        feuille.write_blank(ligne, RANG_SCORE, None, chantier.styles["texte"])
        ligne += 1
    if incertitude.region is not None:
        covariance = incertitude.region.covariance
        for axe, erreur in ((axes.x, covariance.erreur_x), (axes.y, covariance.erreur_y)):
            _ecrire_fait(chantier, feuille, ligne, typographier("Erreur type : ") + axe.libelle, _ORIGINE)
            ecrire_nombre(feuille, ligne, RANG_SCORE, erreur, chantier.styles["decimal"])
            ligne += 1
    return ligne


def _ecrire_fait(chantier: ChantierPersonne, feuille: Worksheet, ligne: int, libelle: str, sens: str) -> None:
    style = chantier.styles["texte"]
    feuille.merge_range(ligne, RANG_CODE, ligne, _RANG_LIBELLE, "", style)
    ecrire_texte(feuille, ligne, RANG_CODE, libelle, style)
    feuille.merge_range(ligne, _RANG_NIVEAU, ligne, _RANG_DERNIERE, "", style)
    ecrire_texte(feuille, ligne, _RANG_NIVEAU, sens, style)
    gauche, droite = sum(_LARGEURS_SYNTHESE[:RANG_SCORE]), sum(_LARGEURS_SYNTHESE[_RANG_NIVEAU:])
    regler_hauteur(feuille, ligne, ((libelle, gauche), (sens, droite)))


def _legende(chantier: ChantierPersonne, *, agrandie: bool) -> str:
    qui = "votre position" if chantier.restitution.passation.regard == "soi" else "la position de la personne"
    trace = chantier.restitution.incertitude.region
    bord = dire_le_bord(chantier.restitution.referentiel, trace) if trace else ""
    region = f"Ovale : la région à 95 % de la position{bord}. " if trace else ""
    vue = f"{GRAND_CARRE} " if agrandie else ""
    regle = typographier(
        f"Carrés : les ingénieries. Losange : {qui}. Ronds : les compétences. Cercle : la zone d'équilibre. "
        f"{region}{vue}La position dit l'équilibre entre ingénieries, jamais le niveau. "
    )
    placees = chantier.restitution.resultat.situations_competences
    absentes = [code for code, situation in placees.items() if situation.position is None]
    if absentes:
        regle += typographier(
            f"Non placées, faute de réponses ou parce que tout y est au plus bas : {', '.join(absentes)}."
        )
    return regle


def _formule_dominante(chantier: ChantierPersonne, reperes: ReperesCalcul) -> str:
    distance = adresse(reperes.position + 2, REFAIT, FEUILLE_CALCUL)
    nombre_de_poles = len(chantier.restitution.referentiel.ingenieries)
    noms = "&".join(
        f'IF({adresse(ligne, REFAIT, FEUILLE_CALCUL)}=1,", "&{adresse(ligne, CALCUL_LIBELLE, FEUILLE_CALCUL)},"")'
        for ligne in range(reperes.dominante, reperes.dominante + nombre_de_poles)
    )
    absence = f'IF(COUNT(parts)<ROWS(parts),"{_SANS_SCORE}","{_PARTS_NULLES}")'
    presente = f'IF({distance}<seuil_equilibre-1E-9,"{_EQUILIBRE}",MID({noms},3,1000))'
    return f"=IF(ISNUMBER({distance}),{presente},{absence})"


def _dominante(chantier: ChantierPersonne) -> str:
    """La valeur de cette formule."""
    restitution = chantier.restitution
    situation = restitution.resultat.situation
    if situation.dominante is None:
        return _SANS_SCORE if situation.motif == "score-absent" else _PARTS_NULLES
    libelles = {i.identifiant: i.libelle for i in restitution.referentiel.ingenieries}
    return ", ".join(libelles[code] for code in situation.dominante) or _EQUILIBRE


# --- Les deux graphiques natifs de la synthèse : le radar des compétences et la carte.


_AILLEURS = (1e6, 1e6)
"""Hors de la carte : ce qui n’a pas de position."""


def _inserer_radar(chantier: ChantierPersonne, reperes: ReperesGraphiques) -> Chart:
    """Le radar des compétences, des bornes de l’échelle ; des barres s’il y a moins de trois compétences."""
    echelle = chantier.restitution.referentiel.echelle
    nombre = len(chantier.restitution.referentiel.competences)
    en_radar = nombre >= RADAR_MINIMUM
    sorte = {"type": "radar", "subtype": "with_markers"} if en_radar else {"type": "bar"}
    graphique = chantier.classeur.add_chart(sorte)
    categories, valeurs = reperes.radar
    serie: dict[str, Any] = {"name": "Score", "categories": f"={categories}", "values": f"={valeurs}"}
    # XlsxWriter mettrait 0 pour #N/A dans le cache du graphique, que montrent les aperçus : on le lui donne.
    serie["values_data"] = [score.valeur for score in chantier.restitution.resultat.competences.values()]
    if en_radar:
        serie |= {"line": {"color": ENCRE, "width": 2.25}, "marker": marque("circle", 7, ENCRE, ENCRE)}
    else:
        serie |= {"fill": {"color": ENCRE}, "gap": 80}
    graphique.add_series(serie)
    poser_axes_radar(graphique, echelle, en_radar=en_radar)
    habiller_graphique(graphique, HAUTEUR_RADAR)
    return graphique


def _inserer_carte(chantier: ChantierPersonne, reperes: ReperesGraphiques, *, agrandie: bool = False) -> Chart:
    """La carte : pôles nommés, personne, compétences, dans un repère orthonormé aux axes nommés d’un bout à l’autre.

    :param agrandie: la seule vue agrandie ; la carte entière, sinon, où le cadre de cette vue est marqué.
    """
    referentiel, vue = chantier.restitution.referentiel, reperes.vue
    graphique = chantier.classeur.add_chart({"type": "scatter", "subtype": "straight"})
    if vue and not agrandie:
        tracer_ligne(graphique, vue.cadre, {"color": ENCRE, "width": 1.5})
    tracer_ligne(graphique, reperes.contour, {"color": TRAIT_PALE, "width": 1, "dash_type": "dash"})
    tracer_ligne(graphique, reperes.equilibre, {"color": TRAIT_PALE, "width": 1})
    if reperes.region:
        tracer_ligne(graphique, reperes.region, {"color": ENCRE, "width": 1.25})
    if vue and agrandie:
        tracer_vers_les_poles(graphique, referentiel, vue)
    else:
        tracer_poles(graphique, referentiel, reperes.poles)
    cotes = _cotes(chantier, poser_repere(graphique, referentiel, reperes.axes, vue.vue if vue and agrandie else None))
    for cote, point in zip(cotes[:-1], reperes.competences, strict=True):
        tracer_point(graphique, point, marque("circle", 8, PALE, ENCRE), cote, {"size": 9})
    tracer_point(
        graphique, reperes.personne, marque("diamond", 15, ENCRE, ENCRE), cotes[-1], {"bold": True, "size": 11}
    )
    habiller_graphique(graphique, HAUTEUR_CARTE)
    return graphique


def _cotes(chantier: ChantierPersonne, echelle: float) -> list[str]:
    """Côté de l’étiquette de chaque compétence, puis de la personne, d’après les positions calculées."""
    resultat = chantier.restitution.resultat
    lieux = {code: _lieu(situation) for code, situation in resultat.situations_competences.items()}
    etiquettes: list[EtiquetteDePoint] = []
    vus = {_AILLEURS}
    for x, y in lieux.values():
        ensemble = ", ".join(code for code, lieu in lieux.items() if lieu == (x, y))
        etiquettes.append(EtiquetteDePoint(x, y, "" if (x, y) in vus else ensemble))
        vus.add((x, y))
    soi = EtiquetteDePoint(*_lieu(resultat.situation), "La personne")
    cote_soi = placer_etiquettes([soi], [], echelle)[0]
    return [*placer_etiquettes(etiquettes, [(soi, cote_soi)], echelle), cote_soi]


def _lieu(situation: Situation) -> tuple[float, float]:
    point = situation.position
    return _AILLEURS if point is None else (round(point.x, 2), round(point.y, 2))


# --- La feuille « Synthèse » : qui, où l’on en est, deux graphiques, et la lecture en quelques phrases.


_JALONS = (700_007, 900_009)
"""Nombres de réponses et d’items remplacés par des cellules dans la phrase de ``motif_score``."""
_MODIFIEES = typographier(
    "Des réponses ont été changées depuis que cpit a écrit ce classeur : les nombres et les graphiques suivent, les "
    "phrases de la lecture disent encore les réponses d'origine."
)

_VUE_D_ORIGINE = (
    "Ses bornes sont celles des réponses d'origine : si vous en changez, un point peut en sortir ; la carte entière "
    "les montre tous."
)
_FIGEE = typographier("Cette figure dit les réponses d'origine : elle ne change pas avec elles.")


def ecrire_synthese(chantier: ChantierPersonne, reperes: ReperesCalcul) -> None:
    """Écrit la feuille ; ses nombres sont ceux de « Calcul » et suivent donc les réponses."""
    feuille = chantier.feuille(FEUILLE_SYNTHESE)
    for colonne, largeur in enumerate(_LARGEURS_SYNTHESE):
        feuille.set_column(colonne, colonne, largeur)
    ligne = _ecrire_identite(chantier, feuille, 0)
    ligne = _ecrire_alerte(chantier, feuille, ligne)
    ligne = _ecrire_competences(chantier, feuille, ligne, reperes)
    sauts = [ligne]
    ligne = _ecrire_carte(chantier, feuille, ligne, reperes)
    ligne = _ecrire_table(chantier, feuille, ligne, "Ingénieries", "ingenierie", reperes)
    sauts += [ligne] if reperes.graphiques.vue else []
    ligne = _ecrire_vue(chantier, feuille, ligne, reperes.graphiques)
    for declaree in figures_en_image(PERSONNE, chantier.restitution):
        sauts.append(ligne)
        ligne = _ecrire_figure(chantier, feuille, ligne, declaree)
    ligne = _ecrire_regroupements(chantier, feuille, ligne, reperes)
    sauts.append(ligne)
    ligne = _ecrire_lecture(chantier, feuille, ligne)
    feuille.set_h_pagebreaks(sauts)
    feuille.freeze_panes(2, 0)
    feuille.print_area(0, 0, ligne - 1, _RANG_DERNIERE)
    mettre_en_page(feuille, paysage=False, largeurs=_LARGEURS_SYNTHESE)


def _ecrire_alerte(chantier: ChantierPersonne, feuille: Worksheet, ligne: int) -> int:
    """Une ligne vide tant que les réponses sont celles d’origine."""
    style = chantier.styles["alerte"]
    ecrire_etendu(feuille, ligne, (RANG_CODE, _RANG_DERNIERE), "", style, _LARGEUR_TOTALE)
    ecrire_formule(feuille, ligne, RANG_CODE, f'=IF(ecarts_non_nuls=0,"","{_MODIFIEES}")', None, style)
    feuille.set_row(ligne, 30)
    return ligne + 1


def _ecrire_competences(chantier: ChantierPersonne, feuille: Worksheet, ligne: int, reperes: ReperesCalcul) -> int:
    ligne = _titrer(chantier, feuille, ligne, "Les compétences")
    texte = rappel_echelle(chantier.restitution.referentiel)
    ecrire_etendu(feuille, ligne, (RANG_CODE, _RANG_DERNIERE), texte, chantier.styles["note"], _LARGEUR_TOTALE * 1.05)
    description = typographier("Radar des scores de compétences, du bas au haut de l'échelle ; valeurs dans la table.")
    graphique = _inserer_radar(chantier, reperes.graphiques)
    ligne = inserer_graphique(feuille, ligne + 1, graphique, HAUTEUR_RADAR, description)
    return _ecrire_table(chantier, feuille, ligne, "Compétence", "competence", reperes)


def _ecrire_carte(chantier: ChantierPersonne, feuille: Worksheet, ligne: int, reperes: ReperesCalcul) -> int:
    ligne = _titrer(chantier, feuille, ligne, "La carte")
    description = typographier(
        "Carte : les pôles des ingénieries, la position de la personne et celle de chaque compétence ; "
        "coordonnées dans la feuille Calcul."
    )
    graphique = _inserer_carte(chantier, reperes.graphiques)
    ligne = inserer_graphique(feuille, ligne, graphique, HAUTEUR_CARTE, description)
    return _ecrire_placement(chantier, feuille, ligne, reperes)


def _ecrire_vue(chantier: ChantierPersonne, feuille: Worksheet, ligne: int, reperes: ReperesGraphiques) -> int:
    """La carte de près, quand tout y est près du centre ; rien sinon."""
    if reperes.vue is None:
        return ligne
    ligne = _titrer(chantier, feuille, ligne, "La carte, vue agrandie")
    note = typographier(f"{dire_la_vue(reperes.vue.vue)} {_VUE_D_ORIGINE}")
    ecrire_etendu(feuille, ligne, (RANG_CODE, _RANG_DERNIERE), note, chantier.styles["note"], _LARGEUR_TOTALE * 1.05)
    description = typographier("Carte agrandie : la position de la personne et celle de chaque compétence.")
    graphique = _inserer_carte(chantier, reperes, agrandie=True)
    return inserer_graphique(feuille, ligne + 1, graphique, HAUTEUR_CARTE, description) + 1


def _ecrire_figure(chantier: ChantierPersonne, feuille: Worksheet, ligne: int, declaree: FigureDeclaree) -> int:
    """Une figure du registre, posée en image ; rend la ligne qui suit, après un blanc."""
    ligne = _titrer(chantier, feuille, ligne, declaree.titre)
    ecrire_etendu(feuille, ligne, (RANG_CODE, _RANG_DERNIERE), _FIGEE, chantier.styles["note"], _LARGEUR_TOTALE * 1.05)
    figure = declaree.dessinateur(PERSONNE)(chantier.restitution, STYLE_DE_CLASSEUR)
    largeur = _LARGEUR_TOTALE
    return poser_figure(feuille, chantier.styles, ligne + 1, figure, derniere=_RANG_DERNIERE, largeur=largeur) + 1


def _ecrire_regroupements(chantier: ChantierPersonne, feuille: Worksheet, ligne: int, reperes: ReperesCalcul) -> int:
    regroupements = chantier.restitution.referentiel.regroupements
    if not regroupements:
        return ligne
    ligne = _titrer(chantier, feuille, ligne, "Autres lectures des mêmes réponses")
    ecrire_etendu(
        feuille, ligne, (RANG_CODE, _RANG_DERNIERE), EN_SECOND, chantier.styles["note"], _LARGEUR_TOTALE * 1.05
    )
    ligne += 1
    for regroupement in regroupements:
        ligne = _ecrire_table(
            chantier, feuille, ligne, regroupement.libelle, "groupe", reperes, regroupement=regroupement.identifiant
        )
    return ligne


def _ecrire_table(
    chantier: ChantierPersonne,
    feuille: Worksheet,
    ligne: int,
    titre: str,
    nature: str,
    reperes: ReperesCalcul,
    *,
    regroupement: str | None = None,
) -> int:
    """Les scores d’une sorte d’échelle, liés à « Calcul » ; rend la ligne suivante."""
    styles = chantier.styles
    feuille.merge_range(ligne, RANG_CODE, ligne, _RANG_LIBELLE, "", styles["entete"])
    ecrire_texte(feuille, ligne, RANG_CODE, titre, styles["entete"])
    for colonne, nom in (
        (RANG_SCORE, "Score"),
        (_RANG_NIVEAU, "Niveau le plus proche, ou motif d’absence"),
        (_RANG_REPONDUS, "Répondus"),
        (_RANG_ITEMS, "Items"),
    ):
        style = "entete" if colonne == _RANG_NIVEAU else "entete_nombre"
        ecrire_texte(feuille, ligne, colonne, nom, styles[style])
    feuille.set_row(ligne, 18)
    for echelle in chantier.restitution.referentiel.echelles.values():
        if echelle.nature == nature and echelle.regroupement == regroupement:
            ligne += 1
            _ecrire_score(chantier, feuille, ligne, echelle, reperes.scores[echelle.identifiant])
    return ligne + 2


def _ecrire_score(
    chantier: ChantierPersonne, feuille: Worksheet, ligne: int, echelle: EchelleNotee, source: int
) -> None:
    styles, restitution = chantier.styles, chantier.restitution
    referentiel, score = restitution.referentiel, restitution.resultat.score(echelle.identifiant)
    ecrire_texte(feuille, ligne, RANG_CODE, echelle.identifiant, styles["texte_gras"])
    ecrire_texte(feuille, ligne, _RANG_LIBELLE, echelle.libelle, styles["texte"])
    refait, repondus, items = (adresse(source, c, FEUILLE_CALCUL) for c in (REFAIT, CALCUL_REPONDUS, CALCUL_ITEMS))
    ecrire_formule(feuille, ligne, RANG_SCORE, f"={refait}", score.valeur, styles["score"])
    if score.valeur is None:
        texte = motif_score(score, referentiel.regles.seuil.valeur)
    else:
        texte = referentiel.echelle.plus_proche(score.valeur).libelle
    formule = _formule_niveau(referentiel, refait, repondus, items)
    ecrire_formule(feuille, ligne, _RANG_NIVEAU, formule, texte, styles["texte"])
    contenus = ((echelle.identifiant, RANG_CODE), (echelle.libelle, _RANG_LIBELLE), (texte, _RANG_NIVEAU))
    regler_hauteur(feuille, ligne, ((contenu, _LARGEURS_SYNTHESE[colonne]) for contenu, colonne in contenus))
    ecrire_formule(feuille, ligne, _RANG_REPONDUS, f"={repondus}", score.repondus, styles["entier"])
    ecrire_formule(feuille, ligne, _RANG_ITEMS, f"={items}", score.items, styles["entier"])


def _formule_niveau(referentiel: Referentiel, refait: str, repondus: str, items: str) -> str:
    """Libellé du niveau le plus proche (à égale distance, le plus bas), sinon le motif de ``motif_score``."""
    rang = f"1+SUMPRODUCT((2*{refait}>niveaux_sauf_dernier+niveaux_sauf_premier)*1)"
    seuil = referentiel.regles.seuil.valeur
    trop_peu = motif_score(Score(None, *_JALONS, "sous-le-seuil"), seuil)
    for jalon, cellule in zip(_JALONS, (repondus, items), strict=True):
        trop_peu = trop_peu.replace(str(jalon), f'"&{cellule}&"')
    aucun_item, aucune_reponse = (motif_score(Score(None, 0, 0, m), seuil) for m in ("aucun-item", "aucune-reponse"))
    motif = f'IF({items}=0,"{aucun_item}",IF({repondus}=0,"{aucune_reponse}","{trop_peu}"))'
    return f"=IF(ISNUMBER({refait}),INDEX(niveaux_libelles,{rang}),{motif})"


_EMPLOI_POUR_SOI = (
    ("Synthèse", "où vous en êtes, à lire et à discuter ; ses nombres viennent de « Calcul »."),
    ("Réponses", "vos réponses et vos traces ; changez-y une valeur, tout le classeur suit."),
)
_EMPLOI_D_UN_TIERS = (
    ("Synthèse", "où un tiers situe la personne, à lire et à discuter ; ses nombres viennent de « Calcul »."),
    ("Réponses", "ce que le tiers a répondu, et ses traces ; changez-y une valeur, tout le classeur suit."),
)
_EMPLOI = (
    ("Calcul", "chaque score refait par une formule, à côté de celui que cpit a écrit."),
    ("Référentiel", "les définitions, les situations, les sources et les hypothèses, coordonnées comprises."),
)
_CONFIDENTIALITE = (
    "Confidentialité",
    "Ce classeur contient les réponses d'une personne et ses traces : elle seule choisit à qui le montrer.",
)


def ecrire_a_propos(chantier: ChantierPersonne) -> None:
    """Écrit la feuille."""
    feuille, styles = chantier.feuille(FEUILLE_A_PROPOS), chantier.styles
    referentiel = chantier.restitution.referentiel
    ouvrir_page(feuille, styles, "À propos de ce classeur")
    ligne = ecrire_provenance(styles, feuille, list(_provenance(chantier)), chantier.date)
    ligne = ecrire_rubrique(styles, feuille, ligne, "Les feuilles", _emploi(chantier))
    ligne = ecrire_rubrique(styles, feuille, ligne, "Règles de calcul", list(regles(referentiel)))
    passation = chantier.restitution.passation
    portee = [("Portée", texte) for texte in portee_de(passation.moment, passation.regard)]
    limites = [(libelle, typographier(texte)) for libelle, texte in (*portee, *LIMITES, _CONFIDENTIALITE)]
    ligne = ecrire_rubrique(styles, feuille, ligne, "Limites", limites)
    licences = [("cpit", "MIT"), ("Référentiel", referentiel.licence)]
    fermer_page(feuille, ecrire_rubrique(styles, feuille, ligne, "Licences", licences))


def _emploi(chantier: ChantierPersonne) -> list[tuple[str, str]]:
    """À quoi sert chaque feuille."""
    tiers = chantier.restitution.passation.regard == "tiers"
    feuilles = (*(_EMPLOI_D_UN_TIERS if tiers else _EMPLOI_POUR_SOI), *_EMPLOI)
    return [(nom, typographier(texte)) for nom, texte in feuilles]


def _provenance(chantier: ChantierPersonne) -> Iterator[tuple[str, str]]:
    referentiel = chantier.restitution.referentiel
    yield from identifier(referentiel)
    empreinte = chantier.restitution.passation.referentiel.empreinte
    if empreinte != referentiel.empreinte:
        yield "Empreinte au moment des réponses", empreinte

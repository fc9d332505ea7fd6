"""Les colonnes d’une cohorte notée et de l’incertitude de ses positions, une ligne par passation, une seule fois."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from cpit.coeur.incertitude import (
    COMPETENCES_MIN,
    NIVEAU_DE_CONFIANCE,
    POIDS_DE_LA_STRATE,
    STRATE_MIN,
    Incertitude,
)
from cpit.coeur.notation import Resultat
from cpit.coeur.passation import (
    CONNAISSANCES,
    DIMENSIONS_DE_PLACE,
    MOMENTS,
    REGARDS,
    ROLES_EVALUATEUR,
    Etat,
    Passation,
    noms_des_moments,
)
from cpit.coeur.referentiel import SEPARATEUR_DE_CHOIX, Axe, Echelle, EchelleNotee, Item, QuestionProfil, Referentiel
from cpit.coeur.tableaux import CODE_SANS_OBJET, ETATS, Cellule, Colonne, Ligne, ancrer
from cpit.typographie import FINE, nombre, typographier

# --- Les colonnes d’une cohorte notée, une ligne par passation : déclarées ici une fois, pour tous les formats.


SEPARATEUR = "+"
"""Entre deux ingénieries qui dominent à parts égales : un identifiant n’en contient jamais."""
_UNITE_SCORE = "unité de l’échelle"
_UNITE_AXE = "unité d’axe"
PREFIXES_CALCULES = ("score_", "n_")
"""Ce qui commence la clé d’un score et celle de son compte d’items."""
COLONNE_DU_REFERENTIEL = Colonne(
    "referentiel",
    "Référentiel",
    description=typographier("Avec quel référentiel, et quelle version, la ligne est notée ; relue, elle s'y tient"),
)
_SORTES = {"competence": "de la compétence", "ingenierie": "de l’ingénierie", "groupe": "du groupe d’items"}


def colonnes(referentiel: Referentiel, *, avec_reponses: bool, dites: Collection[str] = ()) -> tuple[Colonne, ...]:
    """Les colonnes, dans l’ordre : qui, profil, moment, regard, référentiel, items, scores et leur n, position,
    dominante.

    :param avec_reponses: faux pour ôter les colonnes d’items ; le reste ne change pas.
    :param dites: les clés des colonnes facultatives du contexte que l’on montre aussi, après le regard.
    """
    items = colonnes_items(referentiel) if avec_reponses else ()
    contexte = (*colonnes_contexte(referentiel, dites), *colonnes_du_referentiel(referentiel))
    return (*contexte, *items, *colonnes_calculees(referentiel))


DATE_DU_MOMENT = Colonne(
    "date_moment",
    "Date du moment",
    description=typographier(
        "De quand on parle : AAAA, AAAA-MM ou AAAA-MM-JJ ; d'un moment rétrospectif, la date du moment passé, non "
        "celle des réponses"
    ),
)
"""La date d’un moment, là où une passation au moins la dit."""
COLONNES_DU_TIERS = (
    Colonne("evaluateur", "Code de l’évaluateur", description="Code du tiers qui a répondu"),
    Colonne(
        "role_evaluateur",
        "Rôle de l’évaluateur",
        modalites=ROLES_EVALUATEUR,
        description=typographier("Ce que ce tiers est pour la personne ; un autre mot que ceux-ci est gardé tel quel"),
    ),
    Colonne(
        "connaissance",
        "Connaissance du travail",
        modalites=CONNAISSANCES,
        description=typographier(
            "À quel point ce tiers dit connaître le travail de la personne, du moins au plus ; facultatif"
        ),
        mesure="ordinale",
    ),
)
"""Quel tiers a répondu : ce que demandent les formulaires et les instruments faits pour lui, et ce qui en revient."""


_FACULTATIVES = (DATE_DU_MOMENT, *COLONNES_DU_TIERS)


def colonnes_du_referentiel(referentiel: Referentiel) -> tuple[Colonne, ...]:
    """Celle qui dit avec quel référentiel une ligne est notée ; aucune si un item ou une question porte ce nom."""
    pris = {*referentiel.items_par_code, *(question.identifiant for question in referentiel.profil)}
    return () if COLONNE_DU_REFERENTIEL.cle in map(str.casefold, pris) else (COLONNE_DU_REFERENTIEL,)


def colonnes_contexte(referentiel: Referentiel, dites: Collection[str] = ()) -> tuple[Colonne, ...]:
    """Qui, quel profil, quand, sous quel regard ; puis les facultatives que l’on demande, par leur clé.

    Une condition d’exercice est de celles-ci : sa colonne est parmi celles du profil, si on la demande.
    """
    return (
        Colonne(
            "identifiant",
            "Identifiant",
            description=typographier(
                "Code de la personne ; à défaut, sa ligne dans la table lue ou le nom de son fichier"
            ),
        ),
        *(_colonne_profil(referentiel, question) for question in referentiel.questions_dites(dites)),
        Colonne(
            "moment",
            "Moment",
            modalites=noms_des_moments(referentiel),
            description=typographier("Quand la personne a répondu ; t2, t3… sont admis de même"),
        ),
        Colonne("regard", "Regard", modalites=REGARDS, description="Qui a répondu"),
        *(colonne for colonne in _FACULTATIVES if colonne.cle in dites),
    )


def colonnes_items(referentiel: Referentiel) -> tuple[Colonne, ...]:
    """Une colonne par item, dans l’ordre de la passation."""
    return tuple(_colonne_item(referentiel, item) for item in referentiel.ordre_de_passation())


def colonnes_de_place(referentiel: Referentiel) -> tuple[Colonne, ...]:
    """La fréquence et l’importance de chaque situation, dans l’ordre de la passation ; rien n’en est calculé."""
    return tuple(
        replace(
            colonne,
            cle=dimension.cle_de(item.code),
            libelle=dimension.libelle_de(item.code),
            description=typographier(f"{colonne.description} ; situation : ") + item.enonce,
        )
        for item in referentiel.ordre_de_passation()
        for dimension, colonne in zip(DIMENSIONS_DE_PLACE, COLONNES_DE_PLACE, strict=True)
    )


COLONNES_DE_PLACE = tuple(
    Colonne(
        dimension.cle,
        dimension.libelle,
        "entier",
        {str(niveau): mots for niveau, mots in dimension.niveaux.items()},
        typographier(f"{dimension.question} Facultatif, jamais dans un score ; vide sans réponse"),
        mesure="ordinale",
        manquants={"": ETATS[Etat.SANS_REPONSE]},
    )
    for dimension in DIMENSIONS_DE_PLACE
)
"""La fréquence et l’importance d’une situation dans le poste, là où une ligne est une réponse."""


def colonnes_calculees(referentiel: Referentiel) -> tuple[Colonne, ...]:
    """Scores et leur n, position, dominante."""
    paires = (_colonnes_echelle(referentiel, echelle) for echelle in referentiel.echelles.values())
    return (
        *(colonne for paire in paires for colonne in paire),
        *(mesure.declarer(referentiel) for mesure in (*MESURES_DE_POSITION, *MESURES_AJOUTEES)),
    )


def cellules_contexte(
    referentiel: Referentiel, identifiant: str, passation: Passation, dites: Collection[str] = ()
) -> Ligne:
    """Les cellules de ``colonnes_contexte``.

    :param identifiant: ce qui désigne la personne là où elle a été lue, même sans code.
    """
    profil = (passation.profil.get(question.identifiant) or None for question in referentiel.questions_dites(dites))
    facultatifs = {"date_moment": passation.date_du_moment or None, **passation.tiers()}
    facultatives = (facultatifs.get(colonne.cle) for colonne in _FACULTATIVES if colonne.cle in dites)
    return identifiant, *profil, passation.moment, passation.regard, *facultatives


def cellules_calculees(referentiel: Referentiel, resultat: Resultat) -> Ligne:
    """Les cellules de ``colonnes_calculees``."""
    scores = resultat.scores()
    return (
        *(cellule for code in referentiel.echelles for cellule in (scores[code].valeur, scores[code].repondus)),
        *(mesure.regle(referentiel, resultat) for mesure in (*MESURES_DE_POSITION, *MESURES_AJOUTEES)),
    )


def _colonne_profil(referentiel: Referentiel, question: QuestionProfil) -> Colonne:
    """La réponse à une question de profil, en code ; en codes, si elle admet plusieurs choix."""
    dite = question.description or typographier("Contexte d'exercice, facultatif ; vide sans réponse")
    codes = typographier(f". Plusieurs choix possibles, leurs codes séparés par « {SEPARATEUR_DE_CHOIX} »")
    return Colonne(
        question.identifiant,
        question.libelle,
        modalites={choix.code: choix.libelle for choix in question.choix},
        description=dite.rstrip(".") + codes if question.plusieurs else dite,
        source=_fondement(referentiel, question.source, question.hypothese),
    )


def _colonne_item(referentiel: Referentiel, item: Item) -> Colonne:
    """La réponse à un item : le niveau tel qu’il a été choisi (avant inversion), ``SO``, ou rien."""
    echelle = referentiel.echelle
    sens = f"Compétence {item.competence}, ingénierie {item.ingenierie}, poids {nombre_court(item.poids)}"
    formule = f"compte pour {borne(echelle.min)} + {borne(echelle.max)} − réponse" if item.inverse else ""
    return Colonne(
        item.code,
        item.enonce,
        "entier",
        _modalites(echelle, item),
        typographier(f"{sens}{', inversé' if item.inverse else ''} ; niveau choisi, vide sans réponse"),
        _UNITE_SCORE,
        typographier(formule),
        _fondement(referentiel, item.source, item.hypothese),
        "ordinale",
        _manquants(echelle),
    )


def modalites_de_l_echelle(echelle: Echelle) -> dict[str, str]:
    """Le libellé de chaque réponse possible, par ce qui s’en écrit : un niveau, ou ``SO``."""
    return _modalites(echelle, None)


def _modalites(echelle: Echelle, item: Item | None) -> dict[str, str]:
    """Les mêmes, chaque niveau suivi de l’ancre que lui donne un item."""
    niveaux = {str(n.valeur): ancrer(n.libelle, item.ancre(n.valeur) if item else None) for n in echelle.niveaux}
    sans_objet = {CODE_SANS_OBJET: echelle.sans_objet.libelle} if echelle.sans_objet else {}
    return {**niveaux, **sans_objet}


def _manquants(echelle: Echelle) -> dict[str, str]:
    """Ce qu’une réponse peut être d’autre qu’un niveau : ``SO`` s’il existe, et la case vide."""
    sans_objet = {CODE_SANS_OBJET: echelle.sans_objet.libelle} if echelle.sans_objet else {}
    return {**sans_objet, "": ETATS[Etat.SANS_REPONSE]}


def _fondement(referentiel: Referentiel, source: str | None, hypothese: str | None) -> str:
    """Ce qui fonde une pièce du référentiel, en clair : le titre de sa source, puis son hypothèse."""
    trouvee = referentiel.source(source)
    titre = f"{trouvee.titre} ({trouvee.date})" if trouvee else source or ""
    hypothese_dite = typographier("Hypothèse : ") + hypothese if hypothese else ""
    return ". ".join(morceau for morceau in (titre.rstrip("."), hypothese_dite) if morceau)


def nombre_court(valeur: float) -> str:
    """Nombre à la française sans décimale inutile : ``1``, ``0,5``, ``2,25``."""
    texte = nombre(valeur, 6)
    return texte.rstrip("0").rstrip(",")


def borne(valeur: float) -> str:
    """Borne d’échelle dans une formule : entre parenthèses si elle est négative."""
    texte = nombre_court(valeur)
    return f"({texte})" if texte.startswith("−") else texte


def _colonnes_echelle(referentiel: Referentiel, echelle: EchelleNotee) -> tuple[Colonne, Colonne]:
    """Le score d’une échelle et le nombre d’items répondus qui le portent."""
    seuil = referentiel.regles.seuil
    codes = ", ".join(item.code for item in echelle.items) or "aucun item"
    part = f"{nombre_court(seuil.valeur * 100)} %"
    bornes = f"de {nombre_court(referentiel.echelle.min)} à {nombre_court(referentiel.echelle.max)}"
    return (
        Colonne(
            f"score_{echelle.identifiant}",
            echelle.libelle,
            "nombre",
            description=typographier(f"Score {_SORTES[echelle.nature]}, {bornes} ; vide si absent"),
            unite=_UNITE_SCORE,
            formule=typographier(
                f"règle 1 : moyenne pondérée des items répondus parmi {codes} ; absent sous {part} du poids total"
            ),
            source=_fondement(referentiel, seuil.source, seuil.hypothese),
            mesure="continue",
        ),
        Colonne(
            f"n_{echelle.identifiant}",
            f"{echelle.libelle}{FINE}: items répondus",
            "entier",
            description=typographier(f"Items répondus, sur {len(echelle.items)} ; le score en dépend"),
            unite="items",
            formule=typographier(f"compte des items répondus parmi {codes}"),
            mesure="continue",
        ),
    )


def _colonne_dominante(referentiel: Referentiel) -> Colonne:
    equilibre = referentiel.regles.seuil_equilibre
    return Colonne(
        "dominante",
        "Ingénierie dominante",
        modalites={i.identifiant: i.libelle for i in referentiel.ingenieries},
        description=typographier(
            f"Ce qui pèse le plus ; jointes par {SEPARATEUR} à parts égales ; vide à l'équilibre (x et y remplis) "
            "ou sans position (x et y vides)"
        ),
        formule=typographier(
            f"règle 4 : équilibre à moins de {nombre_court(equilibre.valeur)} du centre des ingénieries, sinon la "
            "plus grande part"
        ),
        source=_fondement(referentiel, equilibre.source, equilibre.hypothese),
    )


def _colonne_axe(referentiel: Referentiel, cle: str, axe: Axe) -> Colonne:
    bas, haut = borne(referentiel.echelle.min), borne(referentiel.echelle.max)
    return Colonne(
        cle,
        axe.libelle,
        "nombre",
        description=typographier("De « {} » à « {} » ; vide sans position").format(axe.debut, axe.fin),
        unite=_UNITE_AXE,
        formule=typographier(
            f"règle 3 : moyenne des {cle} des ingénieries, chacune pesée par sa part (score − {bas}) / ({haut} − {bas})"
        ),
        source=_fondement(referentiel, axe.source, axe.hypothese),
        mesure="continue",
    )


@dataclass(frozen=True, slots=True)
class MesureCalculee:
    """Une colonne tirée des scores, de la matrice ou de la position : sa clé, sa déclaration, sa règle."""

    cle: str
    declarer: Callable[[Referentiel], Colonne]
    regle: Callable[[Referentiel, Resultat], Cellule]


def _abscisse(_: Referentiel, resultat: Resultat) -> Cellule:
    return resultat.situation.position.x if resultat.situation.position else None


def _ordonnee(_: Referentiel, resultat: Resultat) -> Cellule:
    return resultat.situation.position.y if resultat.situation.position else None


def _dominante_ecrite(_: Referentiel, resultat: Resultat) -> Cellule:
    return SEPARATEUR.join(resultat.situation.dominante or ()) or None


MESURES_DE_POSITION: tuple[MesureCalculee, ...] = (
    MesureCalculee("x", lambda r: _colonne_axe(r, "x", r.axes.x), _abscisse),
    MesureCalculee("y", lambda r: _colonne_axe(r, "y", r.axes.y), _ordonnee),
    MesureCalculee("dominante", _colonne_dominante, _dominante_ecrite),
)
"""Ce qu’une ligne dit d’une position, dans l’ordre, depuis la version 0.1.0."""
MESURES_AJOUTEES: list[MesureCalculee] = []
"""Les colonnes calculées venues après la version 0.1.0 : tout format, toute lecture et tout refus en vient.

En ajouter une, c’est une ligne ici, une déclaration et une règle. Elle s’ajoute à la fin : un fichier écrit avant elle
se reconnaît encore. En flux, la règle reçoit le même résultat que pour une personne seule, ligne à ligne.
"""


# --- Les colonnes de l’incertitude des positions, une ligne par passation, déclarées une fois pour tous les formats.


_OUI_NON = {"oui": "oui", "non": "non"}
_BOUGE = "De combien la position bougerait avec d'autres situations ; vide si absente"
_SOURCE = (
    "Jaeckel, The Infinitesimal Jackknife, 1972 ; Efron et Tibshirani, An Introduction to the Bootstrap, 1993, "
    "chapitre 11 ; Hotelling, 1931"
)
_ETATS_DE_REGION = {
    "ellipse": "une ellipse",
    "segment": "un segment : les ingénieries sont alignées sur la carte",
    "couvre-tout": "toutes les positions possibles : elle ne dit rien",
    "sans-position": "pas de région : pas de position",
    "un-seul-pole": "pas de région : toutes les ingénieries sont au même point de la carte",
    "trop-peu-de-competences": f"pas de région utile : moins de {COMPETENCES_MIN} compétences répondues",
}
"""Ce qu’est la région d’une position, ou pourquoi il n’y en a pas."""
_METHODES_INCERTITUDE = {
    "individuelle": "d'après les seules réponses de la passation",
    "hierarchique": "d'après ses réponses et la dispersion moyenne de sa strate",
}
"""Comment une incertitude a été estimée."""


def colonnes_incertitude() -> tuple[Colonne, ...]:
    """Répliques, erreurs types, covariance, équilibre possible, état de la région, méthode."""
    erreur = "racine de la variance de {} : influence de chaque compétence et arrondi des réponses au niveau"
    return (
        Colonne(
            "repliques",
            "Compétences qui comptent",
            "entier",
            description=typographier(f"Compétences répondues, au moins en partie ; il en faut {COMPETENCES_MIN}"),
            unite="compétences",
            formule="compte des compétences dont un item au moins est répondu",
            mesure="continue",
        ),
        _colonne_mesuree("erreur_x", "Erreur type de x", _UNITE_AXE, _BOUGE, erreur.format("x")),
        _colonne_mesuree("erreur_y", "Erreur type de y", _UNITE_AXE, _BOUGE, erreur.format("y")),
        _colonne_mesuree(
            "covariance_xy",
            "Covariance de x et de y",
            f"{_UNITE_AXE} au carré",
            "Avec les deux erreurs types, elle donne l'ellipse de la région ; vide si absente",
            "voir le guide « calcul », incertitude d'une position",
        ),
        _colonne_equilibre_possible(),
        *_colonnes_de_methode(),
    )


def _colonnes_de_methode() -> tuple[Colonne, Colonne]:
    """L’état de la région et la méthode suivie : jamais une région vide de sens sans que ce soit dit."""
    return (
        Colonne(
            "etat_region",
            "État de la région",
            modalites={cle: typographier(texte) for cle, texte in _ETATS_DE_REGION.items()},
            description="Ce qu’est la région, ou pourquoi il n’y en a pas ; jamais vide",
        ),
        Colonne(
            "methode_incertitude",
            "Méthode de l’incertitude",
            modalites={cle: typographier(texte) for cle, texte in _METHODES_INCERTITUDE.items()},
            description=typographier(
                f"Hiérarchique dans une strate de {STRATE_MIN} passations à région au moins, individuelle sinon ; vide "
                "sans région. La restitution d'une seule personne est toujours individuelle"
            ),
            formule=typographier(
                f"hiérarchique : la dispersion de la strate pèse comme {POIDS_DE_LA_STRATE} compétences de plus"
            ),
        ),
    )


def _colonne_equilibre_possible() -> Colonne:
    nu = POIDS_DE_LA_STRATE - 1
    return Colonne(
        "equilibre_possible",
        "Équilibre possible",
        modalites=_OUI_NON,
        description=typographier(
            f"La région à {nombre_court(NIVEAU_DE_CONFIANCE * 100)} % contient le centre des ingénieries ; vide si "
            "absente"
        ),
        formule=typographier(
            "distance de Mahalanobis² ≤ 2(m − 1)/(m − 2) · F à 2 et m − 2 degrés de liberté ; méthode hiérarchique : "
            f"2ν/(ν − 1) · F à 2 et ν − 1, ν = m + {nu}"
        ),
        source=typographier(_SOURCE),
    )


def _colonne_mesuree(cle: str, libelle: str, unite: str, description: str, formule: str) -> Colonne:
    """Une mesure tirée de l’influence des compétences."""
    return Colonne(
        cle,
        libelle,
        "nombre",
        description=typographier(description),
        unite=unite,
        formule=typographier(formule),
        source=typographier(_SOURCE),
        mesure="continue",
    )


def cellules_incertitude(incertitude: Incertitude) -> Ligne:
    """Les cellules de ``colonnes_incertitude``."""
    if incertitude.region is None:
        return incertitude.repliques, None, None, None, None, incertitude.etat, None
    v = incertitude.region.covariance
    return (
        incertitude.repliques,
        v.erreur_x,
        v.erreur_y,
        v.xy,
        "oui" if incertitude.equilibre_possible else "non",
        incertitude.etat,
        incertitude.methode,
    )


# --- Les colonnes d’une étude de fidélité en une seule table, une ligne par nombre : ici, où les reconnaître ne charge
# pas de quoi la calculer.


COLONNES_STATISTIQUES = (
    Colonne("tableau", "Tableau", description="Le tableau de l’étude d’où vient le nombre"),
    Colonne("comparaison", "Comparaison", modalites={"moments": "Deux moments", "regards": "Deux regards"}),
    Colonne("moment", "Moment", modalites=MOMENTS),
    Colonne("regard", "Regard", modalites=REGARDS),
    Colonne("commun", "En commun", description="Le regard partagé par les deux moments, ou l’inverse"),
    Colonne("premier", "Premier", description="Le premier moment, ou le premier regard"),
    Colonne("second", "Second"),
    Colonne("nature", "Sorte", description="Compétence, ingénierie ou groupe d’items"),
    Colonne("echelle", "Échelle", description="Identifiant de l’échelle"),
    Colonne("autre", "Autre échelle", description="Identifiant de l’autre échelle, pour une corrélation"),
    Colonne("item", "Item", description="Code de l’item"),
    Colonne("statistique", "Statistique", description="Clé du nombre, celle de l’étude en JSON"),
    Colonne("libelle", "Libellé de la statistique"),
    Colonne("valeur", "Valeur", "nombre"),
    Colonne("borne_basse", "Borne basse à 95 %", "nombre"),
    Colonne("borne_haute", "Borne haute à 95 %", "nombre"),
    Colonne("n", "Effectif", "entier", description="Effectif qui porte ce nombre ; vide pour un compte"),
    Colonne("motif", "Motif", description="Pourquoi la valeur, ou son intervalle, manque"),
    Colonne("remarque", "Remarque", description="Ce qui doit faire lire ce nombre avec réserve"),
    Colonne("unite", "Unité"),
    Colonne("methode", "Méthode", description="Comment le nombre et son intervalle sont faits, et la source"),
)


def cles_calculees() -> tuple[str, ...]:
    """Les clés des colonnes calculées qui ne dépendent pas du référentiel : une table relue les laisse de côté."""
    mesures = (*MESURES_DE_POSITION, *MESURES_AJOUTEES)
    return (*(mesure.cle for mesure in mesures), *(colonne.cle for colonne in colonnes_incertitude()))


def colonnes_reservees() -> tuple[str, ...]:
    """Ce qu’aucun item ni aucune question de profil ne s’appelle."""
    return ("identifiant", "moment", "regard", *cles_calculees())

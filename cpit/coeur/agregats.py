"""La table des agrégats à partager, déclarée une fois pour tous les formats, et ce qu’il faut en dire."""

from __future__ import annotations

from dataclasses import replace

from cpit.coeur.diffusion import Agregat, Agregats, Motif
from cpit.coeur.groupe import CASE
from cpit.coeur.modele import Referentiel
from cpit.coeur.passation import MOMENTS, REGARDS
from cpit.coeur.tableaux import Colonne, Ligne, Tableau
from cpit.typographie import typographier

AGREGATS = "agregats"
MOTIFS = {
    Motif.GROUPE: "Groupe tu : trop petit, unanime, ou propre à en faire retrouver un autre",
    Motif.MESURE: "Mesure tue : trop peu de scores, scores unanimes, ou propres à en faire retrouver d'autres",
    Motif.COMPTE: "n tu : il dirait combien de personnes, en petit nombre, n'ont pas de score",
}
NATURES = {
    "competence": "Compétence",
    "ingenierie": "Ingénierie",
    "groupe": "Groupe d’items",
    "position": "Position",
    CASE: "Case compétence × ingénierie",
}
SANS_REPONSE = "Sans réponse"
COLONNES_AGREGATS = (
    Colonne("moment", "Moment", modalites=MOMENTS),
    Colonne("regard", "Regard", modalites=REGARDS, description="Qui a répondu"),
    Colonne("question", "Question de profil", description="Vide pour la strate entière (un moment, un regard)"),
    Colonne("libelle_question", "Libellé de la question"),
    Colonne("modalite", "Réponse de profil", description="Vide pour la strate entière, ou sans réponse"),
    Colonne("libelle_modalite", "Libellé de la réponse"),
    Colonne(
        "effectif",
        "Effectif",
        "entier",
        mesure="continue",
        description="Passations du groupe ; vide s’il est tu",
        unite="passations",
    ),
    Colonne("nature", "Sorte de mesure", modalites=NATURES),
    Colonne("mesure", "Mesure", description="Identifiant de l’échelle, axe (x, y), ou compétence/ingénierie"),
    Colonne("libelle_mesure", "Libellé de la mesure"),
    Colonne(
        "n",
        "n",
        "entier",
        mesure="continue",
        description="Passations qui ont un score ; vide s’il est tu",
        unite="passations",
    ),
    Colonne(
        "moyenne",
        "Moyenne",
        "nombre",
        mesure="continue",
        description="Arrondie au centième ; vide si elle est tue",
        unite="unité de l’échelle, ou d’axe",
        formule="règle 6 : moyenne des scores présents",
    ),
    Colonne(
        "ecart_type",
        "Écart-type",
        "nombre",
        mesure="continue",
        description="Arrondi au centième, jamais nul ; vide s’il est tu",
        unite="unité de l’échelle, ou d’axe",
        formule="règle 6 : écart-type de l’échantillon (n − 1)",
    ),
    Colonne(
        "motif",
        "Motif",
        modalites={str(motif): typographier(texte) for motif, texte in MOTIFS.items()},
        description="Pourquoi une cellule est tue ; vide sinon",
        source="Règle de fréquence et secret secondaire : Insee, Manuel de protection des tableaux",
    ),
)


def tableau_agregats(agregats: Agregats) -> Tableau:
    """Une ligne par groupe et par mesure, les cellules tues laissées vides avec leur motif."""
    moments = {ligne.moment: MOMENTS.get(ligne.moment, ligne.moment.upper()) for ligne in agregats.lignes}
    moment, *autres = COLONNES_AGREGATS
    lignes = tuple(_ligne(agregats.referentiel, agregat) for agregat in agregats.lignes)
    return Tableau(AGREGATS, "Agrégats", (replace(moment, modalites={**MOMENTS, **moments}), *autres), lignes)


def _ligne(referentiel: Referentiel, agregat: Agregat) -> Ligne:
    return (
        agregat.moment,
        agregat.regard,
        *_nommer(referentiel, agregat),
        agregat.effectif,
        agregat.mesure.nature,
        agregat.mesure.identifiant,
        agregat.mesure.libelle,
        agregat.n,
        agregat.moyenne,
        agregat.ecart_type,
        None if agregat.motif is None else str(agregat.motif),
    )


def _nommer(referentiel: Referentiel, agregat: Agregat) -> Ligne:
    """La question et la réponse de profil, code et libellé ; rien pour la strate entière."""
    question = next((q for q in referentiel.profil if q.identifiant == agregat.question), None)
    if question is None:
        return None, None, None, None
    libelle = question.libelle_du_choix(agregat.modalite) if agregat.modalite else SANS_REPONSE
    return question.identifiant, question.libelle, agregat.modalite or None, libelle


def phrases_de_diffusion(agregats: Agregats) -> tuple[str, ...]:
    """Ce qu’il faut dire à qui reçoit ces agrégats : la règle, ce qui est tu, la limite."""
    tues = sum(ligne.motif in (Motif.GROUPE, Motif.MESURE) for ligne in agregats.lignes)
    return tuple(
        typographier(phrase)
        for phrase in (
            f"Aucun groupe de moins de {agregats.minimum} personnes n'est montré, ni ne peut être retrouvé par "
            "soustraction : d'autres groupes sont tus pour le protéger, sous le même motif.",
            "Un groupe dont tous les scores d'une échelle sont égaux est tu aussi. Ni minimum, ni maximum, ni médiane.",
            "Moyennes et écarts-types sont arrondis au centième.",
            f"Lignes tues : {tues} sur {len(agregats.lignes)}.",
            "Ne pas publier deux fois la même cohorte à quelques personnes près : la différence des deux "
            "publications les désignerait.",
        )
    )

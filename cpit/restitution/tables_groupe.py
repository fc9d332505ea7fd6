"""Les tableaux de la page d’un groupe : les nombres que ses figures montrent, et ceux qu’elle peut croiser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cpit.coeur.agregats import SANS_REPONSE
from cpit.coeur.cohorte import Cohorte, Notee
from cpit.coeur.diffusion import Agregats
from cpit.coeur.groupe import GROUPE_TU, TU, Portrait, Statistique
from cpit.coeur.incertitude import disperser
from cpit.coeur.interpretation import dominante_en_mots
from cpit.coeur.lecture_groupe import compter_les_positions
from cpit.coeur.modele import EchelleNotee, QuestionProfil, Referentiel
from cpit.coeur.notice import PEU_D_ITEMS, code_a_montrer
from cpit.restitution.page import TIRET, Ligne, Table, decimal, echelles_de
from cpit.typographie import accorder, grouper, nettoyer, typographier

NIVEAUX_MONTRES = 7
"""Au-delà, compter les scores niveau par niveau ferait un tableau plus large qu’une feuille."""


def table_carte(referentiel: Referentiel, portrait: Portrait) -> Table:
    """Le centre, la dispersion des personnes, l’incertitude du centre, les pôles."""
    dispersion = disperser(portrait.points)
    lignes = []
    if portrait.positions is None:
        lignes.append(Ligne("Centre du groupe", (TU, TU, compter_les_positions(portrait)), cle="centre"))
    elif portrait.position is None:
        lignes.append(Ligne("Centre du groupe", (TIRET, TIRET, "aucune position")))
    else:
        place, lecture = portrait.position, f"moyenne de {compter_les_positions(portrait)}"
        lignes.append(Ligne("Centre du groupe", (decimal(place.x, 2), decimal(place.y, 2), lecture), cle="centre"))
    for nom, ellipse, lecture in (
        ("Écart-type des personnes", dispersion.personnes, "ce qui les sépare les unes des autres"),
        ("Erreur type du centre", dispersion.centre, "ce que d'autres personnes auraient changé à la moyenne"),
    ):
        if ellipse is not None:
            ecarts = (decimal(ellipse.covariance.erreur_x, 2), decimal(ellipse.covariance.erreur_y, 2))
            lignes.append(Ligne(nom, (*ecarts, typographier(lecture))))
    for ingenierie in referentiel.ingenieries:
        place = ingenierie.position
        lignes.append(Ligne(typographier(ingenierie.libelle), (decimal(place.x, 2), decimal(place.y, 2), "pôle")))
    sans = 0 if portrait.positions is None else portrait.effectif - portrait.positions
    if sans:
        lignes.append(Ligne("Sans position", (TIRET, TIRET, accorder(sans, "passation"))))
    axes = referentiel.axes
    entetes = ("Point", typographier(axes.x.libelle), typographier(axes.y.libelle), "Lecture")
    return Table("Les points de la carte", entetes, tuple(lignes), frozenset({0, 1}), cle="carte")


def table_distribution(referentiel: Referentiel, portrait: Portrait) -> Table | None:
    """Combien de scores de chaque compétence sont au plus près de chaque niveau ; rien s’il y a trop de niveaux."""
    echelles = echelles_de(referentiel, "competence")
    niveaux = referentiel.echelle.niveaux
    if len(niveaux) > NIVEAUX_MONTRES:
        return None
    lignes = []
    for echelle in echelles:
        scores, tus = portrait.scores[echelle.identifiant], portrait.echelles[echelle.identifiant].tue
        comptes = Counter(referentiel.echelle.plus_proche(score).valeur for score in scores)
        par_niveau = tuple(TU if tus else grouper(comptes[niveau.valeur]) for niveau in niveaux)
        code = code_a_montrer(echelle.identifiant, echelle.libelle)
        lignes.append(Ligne(typographier(echelle.libelle), par_niveau, code, cle=echelle.identifiant))
    entetes = ("Compétence", *(f"près de {decimal(niveau.valeur, 0)}" for niveau in niveaux))
    titre = "Combien de scores sont au plus près de chaque niveau"
    return Table(titre, entetes, tuple(lignes), frozenset(range(len(entetes) - 1)), large=True, cle="niveaux")


def table_statistiques(
    referentiel: Referentiel,
    portrait: Portrait,
    entete: str,
    echelles: Sequence[EchelleNotee],
    *,
    en_second: bool = False,
) -> Table:
    """n, moyenne, écart-type, médiane, minimum et maximum de chaque échelle (règle 6)."""
    lignes = tuple(
        Ligne(
            typographier(e.libelle),
            _statistique(portrait.echelles[e.identifiant]),
            code_a_montrer(e.identifiant, e.libelle) if e.nature == "competence" else "",
            precision="peu d’items" if en_second and len(e.items) < PEU_D_ITEMS else "",
            cle=e.identifiant,
        )
        for e in echelles
    )
    entetes = (typographier(entete), "n", "Moyenne", "Écart-type", "Médiane", "Min.", "Max.")
    bornes = f"de {decimal(referentiel.echelle.min, 0)} à {decimal(referentiel.echelle.max, 0)}"
    titre = typographier(f"{entete} : scores du groupe, {bornes}")
    return Table(titre, entetes, lignes, frozenset(range(6)), large=True, cle="statistiques")


def _statistique(s: Statistique) -> tuple[str, ...]:
    if s.n is None:
        return (TU,) * 6
    return (grouper(s.n), *(decimal(v) for v in (s.moyenne, s.ecart_type, s.mediane, s.minimum, s.maximum)))


def table_matrice(referentiel: Referentiel, portrait: Portrait) -> Table:
    """La moyenne de chaque case et, entre parenthèses, le nombre de passations qui la portent."""
    lignes = []
    for competence in referentiel.competences:
        cases = portrait.matrice[competence.identifiant]
        cellules = tuple(_case(cases[i.identifiant]) for i in referentiel.ingenieries)
        code = code_a_montrer(competence.identifiant, competence.libelle)
        lignes.append(Ligne(typographier(competence.libelle), cellules, code, cle=competence.identifiant))
    entetes = ("Compétence", *(typographier(i.libelle) for i in referentiel.ingenieries))
    nombres = frozenset(range(len(referentiel.ingenieries)))
    titre = "Moyenne du groupe dans chaque case (et n)"
    return Table(titre, entetes, tuple(lignes), nombres, large=True, cle="matrice")


def _case(s: Statistique) -> str:
    if s.n is None:
        return TU
    return TIRET if s.moyenne is None else f"{decimal(s.moyenne)} ({grouper(s.n)})"


# --- par profil : seulement ce qui peut se diffuser -----------------------------------------------------------------


def tables_de_profil(agregats: Agregats, strate: tuple[str, str], par: str | None) -> Iterator[Table]:
    """Une table par question : les réponses données, leur effectif et leurs moyennes, ou ce qui est tu.

    Une question dont tous les groupes sont tus n’a pas de table : ``questions_tues`` la nomme.
    """
    referentiel = agregats.referentiel
    echelles = [*echelles_de(referentiel, "competence"), *echelles_de(referentiel, "ingenierie")]
    for question in referentiel.profil:
        if par is None or question.identifiant == par:
            table = _table_profil(agregats, strate, question, echelles)
            if not all(ligne.tue for ligne in table.lignes):
                yield table


def questions_tues(referentiel: Referentiel, tables: Sequence[Table], par: str | None) -> list[str]:
    """Les libellés des questions demandées dont il n’y a rien à montrer."""
    montrees = {table.titre for table in tables}
    libelles = [typographier(q.libelle) for q in referentiel.profil if par is None or q.identifiant == par]
    return [libelle for libelle in libelles if libelle not in montrees]


def _table_profil(
    agregats: Agregats, strate: tuple[str, str], question: QuestionProfil, echelles: Sequence[EchelleNotee]
) -> Table:
    lignes = []
    for groupe in agregats.groupes_de_profil(strate, question):
        libelle = typographier(question.libelle_du_choix(groupe.modalite)) if groupe.modalite else SANS_REPONSE
        ligne = Ligne(nettoyer(libelle), (), tue=GROUPE_TU, cle=groupe.modalite)
        if groupe.effectif is not None:
            moyennes = (_moyenne(groupe.moyennes[e.identifiant]) for e in echelles)
            ligne = replace(ligne, cellules=(grouper(groupe.effectif), *moyennes), tue="")
        lignes.append(ligne)
    noms = (code_a_montrer(e.identifiant, e.libelle) or typographier(e.libelle) for e in echelles)
    entetes = ("Réponse", "n", *noms)
    nombres = frozenset(range(len(entetes) - 1))
    return Table(typographier(question.libelle), entetes, tuple(lignes), nombres, large=True, cle=question.identifiant)


def _moyenne(moyenne: float | None) -> str:
    return TU if moyenne is None else decimal(moyenne)


# --- par personne : seulement si on le demande ----------------------------------------------------------------------


def table_personnes(strate: Cohorte) -> Table:
    """Une ligne par passation, dans l’ordre alphabétique des codes : ni rang, ni total."""
    referentiel = strate.referentiel
    echelles = [*echelles_de(referentiel, "competence"), *echelles_de(referentiel, "ingenierie")]
    lignes = tuple(
        Ligne(nettoyer(notee.releve.identifiant), (*(_score(notee, e) for e in echelles), _pese(referentiel, notee)))
        for notee in sorted(strate.notees, key=lambda n: (n.releve.identifiant.casefold(), n.releve.identifiant))
    )
    noms = (code_a_montrer(e.identifiant, e.libelle) or typographier(e.libelle) for e in echelles)
    entetes = ("Personne", *noms, "Ce qui pèse le plus")
    return Table(
        "Par personne, dans l’ordre alphabétique", entetes, lignes, frozenset(range(len(echelles))), large=True
    )


def _score(notee: Notee, echelle: EchelleNotee) -> str:
    return decimal(notee.resultat.score(echelle.identifiant).valeur)


def _pese(referentiel: Referentiel, notee: Notee) -> str:
    return typographier(dominante_en_mots(referentiel, notee.resultat.situation.dominante)) or TIRET

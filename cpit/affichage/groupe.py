"""Un groupe au terminal : ce qui a été lu, les échelles avec leur étendue, la carte de tous, cinq lignes de lecture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cpit.affichage.blocs import Barre, Barres, Bloc, Grille, Lignes, Paragraphe, Titre
from cpit.affichage.carte import coordonnees_en_mots, marques_des_poles, phrases_des_axes
from cpit.affichage.dessin import Marque, Signes, plier, poser, repere_pour, signes_pour
from cpit.coeur.cohorte import Cohorte, Portrait, Statistique, portraiturer
from cpit.coeur.interpretation import dominante_en_mots
from cpit.coeur.modele import Referentiel
from cpit.terminal import Terminal
from cpit.typographie import enumerer, nombre, pluriel

SourceLue = tuple[str, int, int]
"""Nom d’une source, passations lues, refus."""
SOURCES_MONTREES = 30


def blocs_de_cohorte(
    terminal: Terminal, cohorte: Cohorte, sources: Sequence[SourceLue], par: str | None
) -> Iterator[Bloc]:
    """Les blocs d’une cohorte ; chaque moment et chaque regard à part."""
    yield Titre(cohorte.referentiel.titre, 1)
    yield from blocs_de_sources(sources)
    for (moment, regard), strate in cohorte.strates().items():
        yield Titre(f"Moment {moment}, regard {regard} : {pluriel(len(strate.notees), 'passation')}", 1)
        yield from _blocs_de_strate(terminal, strate)
        if par is not None:
            yield from _blocs_par_profil(strate, par)


def blocs_de_sources(sources: Sequence[SourceLue]) -> Iterator[Bloc]:
    """Ce qui a été lu et ce qui n’a pas été pris, source par source."""
    yield Titre("Ce qui a été lu")
    lignes = tuple((nom, str(passations), str(refus)) for nom, passations, refus in sources)
    yield Lignes(("Source", "Passations", "Refus"), lignes[:SOURCES_MONTREES], droite=(1, 2))
    if len(lignes) > SOURCES_MONTREES:
        yield Paragraphe(f"… et {len(lignes) - SOURCES_MONTREES} autres sources.")


def _blocs_de_strate(terminal: Terminal, strate: Cohorte) -> Iterator[Bloc]:
    referentiel, portrait = strate.referentiel, portraiturer(strate)
    yield Titre("Compétences")
    bornes = referentiel.echelle
    yield Paragraphe(
        f"Moyenne du groupe de {bornes.min} à {bornes.max}, écart-type et étendue, passations notées.", discret=True
    )
    yield _barres(referentiel, portrait, [c.identifiant for c in referentiel.competences], codes=True)
    yield Titre("Ingénieries")
    yield _barres(referentiel, portrait, [i.identifiant for i in referentiel.ingenieries], codes=False)
    yield Titre("Carte")
    yield dessiner_groupe(strate, portrait, terminal.largeur, signes_pour(terminal))
    yield Titre("Lecture")
    for phrase in lire_le_groupe(strate, portrait):
        yield Paragraphe(phrase)


def _barres(referentiel: Referentiel, portrait: Portrait, codes_: list[str], *, codes: bool) -> Barres:
    barres = []
    for code in codes_:
        statistique = portrait.echelles[code]
        part = None
        if statistique.moyenne is not None:
            bornes = referentiel.echelle
            part = (statistique.moyenne - bornes.min) / (bornes.max - bornes.min)
        valeur = "–" if statistique.moyenne is None else nombre(statistique.moyenne)
        libelle = referentiel.echelles[code].libelle
        compte = f"{statistique.n}/{portrait.effectif}"
        barres.append(Barre(code if codes else "", libelle, part, valeur, _etendue(statistique), compte))
    return Barres(tuple(barres), str(referentiel.echelle.max))


def _etendue(statistique: Statistique) -> str:
    if statistique.minimum is None or statistique.maximum is None:
        return "aucun score"
    bornes = f"de {nombre(statistique.minimum)} à {nombre(statistique.maximum)}"
    return bornes if statistique.ecart_type is None else f"± {nombre(statistique.ecart_type)}, {bornes}"


def dessiner_groupe(strate: Cohorte, portrait: Portrait, largeur: int, signes: Signes) -> Grille:
    """La carte d’un groupe : chaque personne est un point (un chiffre là où plusieurs se tiennent), et le centre."""
    referentiel = strate.referentiel
    repere = repere_pour((i.position for i in referentiel.ingenieries), largeur)
    points = [n.resultat.situation.position for n in strate.notees]
    cases = Counter(repere.case(point) for point in points if point is not None)
    marques = [Marque(*case, _signe(nombre_, signes)) for case, nombre_ in cases.items()]
    marques += marques_des_poles(referentiel.ingenieries, repere, signes)
    if portrait.position is not None:
        marques.append(Marque(*repere.case(portrait.position), signes.personne, "centre"))
    lignes, _ = poser(referentiel.axes, repere, marques, signes)
    legende = [
        f"{signes.personne} centre du groupe   {signes.pole} ingénierie   {signes.point} une personne "
        "(2 à 9 : plusieurs au même endroit, * : dix ou plus)"
    ]
    sans = portrait.effectif - portrait.positions
    if sans:
        legende.append(f"{pluriel(sans, 'passation')} sans position.")
    return Grille((*lignes, *plier(legende, largeur)), tuple(_phrases(referentiel, portrait)))


def _signe(nombre_: int, signes: Signes) -> str:
    if nombre_ == 1:
        return signes.point
    return str(nombre_) if nombre_ < 10 else "*"


def _phrases(referentiel: Referentiel, portrait: Portrait) -> Iterator[str]:
    yield from phrases_des_axes(referentiel)
    if portrait.position is not None:
        positions = pluriel(portrait.positions, "position")
        yield f"Centre du groupe ({positions}) : {coordonnees_en_mots(portrait.position)}."


def lire_le_groupe(strate: Cohorte, portrait: Portrait) -> list[str]:
    """Cinq lignes : où le groupe se tient, ce qu’il déclare le plus et le moins, où il diffère, ce que cela vaut."""
    return [
        _ligne_dominantes(strate),
        _ligne_extremes(strate.referentiel, portrait),
        _ligne_dispersion(strate.referentiel, portrait),
        f"{pluriel(portrait.positions, 'position')} sur {pluriel(portrait.effectif, 'passation')}.",
        "Autoévaluation ou regard d'un tiers : de quoi ouvrir une discussion, pas de quoi classer.",
    ]


def _ligne_dominantes(strate: Cohorte) -> str:
    referentiel = strate.referentiel
    comptes = Counter(
        dominante_en_mots(referentiel, n.resultat.situation.dominante)
        for n in strate.notees
        if n.resultat.situation.dominante is not None
    )
    if not comptes:
        return "Aucune position n'a pu être calculée."
    return (
        "Ce qui pèse le plus, personne par personne : "
        + enumerer([f"{n} {quoi}" for quoi, n in sorted(comptes.items())])
        + "."
    )


def _ligne_extremes(referentiel: Referentiel, portrait: Portrait) -> str:
    moyennes = _triees(referentiel, portrait, "moyenne")
    if len(moyennes) < 2 or moyennes[0][0] == moyennes[-1][0]:
        return "Aucune compétence ne se détache dans le groupe."
    (bas, code_bas), (haut, code_haut) = moyennes[0], moyennes[-1]
    return (
        f"Le groupe déclare le plus d'autonomie pour {_nom(referentiel, code_haut)} ({nombre(haut)}), "
        f"le moins pour {_nom(referentiel, code_bas)} ({nombre(bas)})."
    )


def _ligne_dispersion(referentiel: Referentiel, portrait: Portrait) -> str:
    ecarts = _triees(referentiel, portrait, "ecart_type")
    if len(ecarts) < 2:
        return "Trop peu de passations pour parler d'écarts entre les personnes."
    return (
        f"Les réponses diffèrent le plus pour {_nom(referentiel, ecarts[-1][1])} (± {nombre(ecarts[-1][0])}), "
        f"le moins pour {_nom(referentiel, ecarts[0][1])} (± {nombre(ecarts[0][0])})."
    )


def _triees(referentiel: Referentiel, portrait: Portrait, mesure: str) -> list[tuple[float, str]]:
    valeurs = [(getattr(portrait.echelles[c.identifiant], mesure), c.identifiant) for c in referentiel.competences]
    return sorted((valeur, code) for valeur, code in valeurs if valeur is not None)


def _nom(referentiel: Referentiel, code: str) -> str:
    return f"{code} {referentiel.echelles[code].libelle}"


def _blocs_par_profil(strate: Cohorte, question: str) -> Iterator[Bloc]:
    """Les moyennes par réponse à une question de profil, à partir de trois passations."""
    referentiel = strate.referentiel
    profil = next(q for q in referentiel.profil if q.identifiant == question)
    yield Titre(f"Par {profil.libelle.lower()}")
    competences = [c.identifiant for c in referentiel.competences]
    lignes = []
    for code, groupe in strate.par_profil(question).items():
        nom = profil.libelle_du_choix(code) if code else "Sans réponse"
        effectif = len(groupe.notees)
        if effectif < EFFECTIF_MIN:
            lignes.append((nom, f"< {EFFECTIF_MIN}", *("" for _ in competences)))
            continue
        echelles = portraiturer(groupe).echelles
        moyennes = [echelles[c].moyenne for c in competences]
        lignes.append((nom, str(effectif), *("–" if m is None else nombre(m) for m in moyennes)))
    yield Lignes(("Réponse", "n", *competences), tuple(lignes), droite=tuple(range(1, len(competences) + 2)))


EFFECTIF_MIN = 3
"""Sous ce nombre de passations, un sous-groupe est nommé sans ses moyennes."""

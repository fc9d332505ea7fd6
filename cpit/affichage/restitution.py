"""La restitution d’une personne au terminal, en blocs."""

from __future__ import annotations

from collections.abc import Iterator

from cpit.affichage.blocs import Barre, Barres, Bloc, Paragraphe, Titre, montrer
from cpit.affichage.carte import dessiner_carte
from cpit.affichage.dessin import signes_pour
from cpit.coeur.interpretation import TITRE_APPUIS, TITRE_FRAGILES, Relief, motif_score
from cpit.coeur.modele import EchelleNotee, Referentiel
from cpit.coeur.notation import Score
from cpit.coeur.notice import PEU_D_ITEMS
from cpit.coeur.restitution import Restitution
from cpit.terminal import Terminal
from cpit.typographie import enumerer, nombre


def montrer_restitution(terminal: Terminal, restitution: Restitution) -> None:
    """Écrit la restitution : scores, regroupements, carte, lecture et portée."""
    montrer(terminal, blocs_de_restitution(terminal, restitution))


def blocs_de_restitution(terminal: Terminal, restitution: Restitution) -> Iterator[Bloc]:
    """Les blocs d’une restitution, dans l’ordre de lecture."""
    referentiel = restitution.referentiel
    echelles = list(referentiel.echelles.values())
    yield Titre(referentiel.titre, 1)
    yield Paragraphe(_entete(restitution), discret=True)
    yield Titre("Compétences")
    bornes = referentiel.echelle
    yield Paragraphe(f"Score de {bornes.min} à {bornes.max}, niveau le plus proche, items répondus.", discret=True)
    yield _barres(restitution, [e for e in echelles if e.nature == "competence"])
    yield Titre("Ingénieries")
    yield _barres(restitution, [e for e in echelles if e.nature == "ingenierie"], codes=False)
    yield Titre("Carte")
    yield dessiner_carte(restitution, terminal.largeur, signes_pour(terminal))
    yield from _lecture(restitution)
    for regroupement in referentiel.regroupements:
        yield Titre(f"En second : {regroupement.libelle}")
        groupes = [e for e in echelles if e.regroupement == regroupement.identifiant]
        yield _barres(restitution, groupes, codes=False, discret=True)
        maigres = [e.libelle.lower() for e in groupes if len(e.items) < PEU_D_ITEMS]
        if maigres:
            yield Paragraphe(f"Peu d'items, à lire avec prudence : {enumerer(maigres)}.", discret=True)
    yield Titre("Ce que cela vaut")
    for phrase in restitution.interpretation.portee:
        yield Paragraphe(phrase)


def _entete(restitution: Restitution) -> str:
    passation, referentiel = restitution.passation, restitution.referentiel
    qui = passation.identifiant or "sans code"
    date = (passation.terminee or passation.modifiee)[:10]
    jour = "/".join(reversed(date.split("-"))) if date else "sans date"
    morceaux = [qui, jour, f"moment {passation.moment}", f"regard {passation.regard}"]
    profil = [
        question.libelle_du_choix(passation.profil[question.identifiant])
        for question in referentiel.profil
        if question.identifiant in passation.profil
    ]
    if passation.terminee is None:
        morceaux.append("passation inachevée")
    return " · ".join([*morceaux, *profil])


def _barres(
    restitution: Restitution, echelles: list[EchelleNotee], *, codes: bool = True, discret: bool = False
) -> Barres:
    referentiel = restitution.referentiel
    barres = tuple(
        _barre(referentiel, e, restitution.resultat.score(e.identifiant), e.identifiant if codes else "")
        for e in echelles
    )
    return Barres(barres, str(referentiel.echelle.max), discret)


def _barre(referentiel: Referentiel, echelle: EchelleNotee, score: Score, code: str) -> Barre:
    compte = f"{score.repondus}/{score.items}"
    if score.valeur is None:
        motif = motif_score(score, referentiel.regles.seuil.valeur)
        return Barre(code, echelle.libelle, None, "–", motif, compte)
    bornes = referentiel.echelle
    part = (score.valeur - bornes.min) / (bornes.max - bornes.min)
    niveau = bornes.plus_proche(score.valeur).libelle
    return Barre(code, echelle.libelle, part, nombre(score.valeur), niveau, compte)


def _lecture(restitution: Restitution) -> Iterator[Bloc]:
    lecture = restitution.interpretation
    yield Titre("Lecture")
    yield Paragraphe(" ".join(lecture.position))
    if lecture.relief:
        yield Paragraphe(lecture.relief)
    yield from _reliefs(TITRE_APPUIS, lecture.appuis)
    yield from _reliefs(TITRE_FRAGILES, lecture.fragiles)
    if lecture.non_calcule:
        yield Titre("Ce qui n'a pas été calculé")
        for phrase in lecture.non_calcule:
            yield Paragraphe(phrase)


def _reliefs(titre: str, reliefs: tuple[Relief, ...]) -> Iterator[Bloc]:
    if not reliefs:
        return
    yield Paragraphe(f"{titre} :")
    for relief in reliefs:
        nom = f"{relief.competence.identifiant} {relief.competence.libelle}"
        yield Paragraphe(f"{nom} ({nombre(relief.score)}). {relief.constat}".strip(), retrait=2)
        if relief.pas:
            yield Paragraphe(f"Un pas : {relief.pas}", retrait=4)

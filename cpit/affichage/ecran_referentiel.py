"""Un référentiel au terminal : la liste de ceux qui sont livrés, et le contenu de l’un d’eux."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cpit.affichage.blocs import Bloc, Lignes, Paragraphe, Titre
from cpit.coeur.mots.notice import nommer_echelle
from cpit.coeur.referentiel import DE_LA_VERSION, Lien, Position, Proximite, Referentiel, Regle
from cpit.typographie import nombre

_PROXIMITES: dict[Proximite, str] = {
    **{"exacte": "la même", "proche": "presque la même", "large": "plus large", "etroite": "plus étroite"},
    "apparentee": "apparentée",
}
"""Ce qu’une compétence d’ailleurs est à celle d’ici, en mots."""


def blocs_de_liste(referentiels: Sequence[tuple[str, Referentiel]]) -> Iterator[Bloc]:
    """Une ligne par référentiel livré : comment il se nomme, version, taille, empreinte ; puis quelle version est
    l’actuelle.
    """
    yield Lignes(
        ("Nom", "Version", "Titre", "Items", "Empreinte"),
        tuple((nom, r.version, r.titre, str(len(r.items)), r.empreinte[:12]) for nom, r in referentiels),
        droite=(3,),
    )
    for nom, passe in referentiels:
        if DE_LA_VERSION in nom:
            yield Paragraphe(
                f"{passe.identifiant} {passe.version} est une version passée : --referentiel {nom}. "
                f"Sans « {DE_LA_VERSION} », l'actuelle, {dict(referentiels)[passe.identifiant].version}."
            )


def blocs_de_referentiel(referentiel: Referentiel) -> Iterator[Bloc]:
    """Tout ce qu’un référentiel dit, sources et hypothèses comprises."""
    yield Titre(f"{referentiel.titre} ({referentiel.identifiant} {referentiel.version})", 1)
    yield Paragraphe(referentiel.statut)
    yield Paragraphe(f"Licence : {referentiel.licence}. Empreinte SHA-256 : {referentiel.empreinte}", discret=True)
    yield from _echelle(referentiel)
    yield from _competences(referentiel)
    yield from _ingenieries(referentiel)
    yield from _regroupements(referentiel)
    yield from _moments(referentiel)
    yield Titre("Règles")
    for nom, regle in (
        ("Part à répondre pour qu'un score existe", referentiel.regles.seuil),
        ("Distance au centre sous laquelle on dit « équilibre »", referentiel.regles.seuil_equilibre),
    ):
        yield Paragraphe(f"{nom} : {nombre(regle.valeur, 2)}.{_fondement(referentiel, regle)}")
    yield Titre("Sources")
    for source in referentiel.sources:
        adresse = f" {source.url}" if source.url else ""
        yield Paragraphe(f"{source.cle}. {', '.join(source.auteurs)}, {source.titre}, {source.date}.{adresse}")


def _echelle(referentiel: Referentiel) -> Iterator[Bloc]:
    yield Titre("Échelle de réponse")
    yield Paragraphe(referentiel.echelle.question)
    lignes = [(str(n.valeur), n.libelle, n.description or "") for n in referentiel.echelle.niveaux]
    if sans_objet := referentiel.echelle.sans_objet:
        lignes.append(("so", sans_objet.libelle, sans_objet.description or ""))
    yield Lignes(("Valeur", "Niveau", "Description"), tuple(lignes), droite=(0,))


def _competences(referentiel: Referentiel) -> Iterator[Bloc]:
    yield Titre("Compétences et situations")
    for competence in referentiel.competences:
        yield Paragraphe(f"{nommer_echelle(competence)}. {competence.definition}")
        if competence.liens:
            yield Paragraphe(f"Rapprochée de : {' ; '.join(map(_lien, competence.liens))}.", retrait=3)
        for item in referentiel.items_de(competence.identifiant):
            poids = f", poids {_court(item.poids)}" if item.poids != 1 else ""
            inverse = ", inversé" if item.inverse else ""
            yield Paragraphe(f"{item.code} ({item.ingenierie}{poids}{inverse}) : {item.enonce}", retrait=3)
            if item.enonce_tiers:
                yield Paragraphe(f"Dit à un tiers : {item.enonce_tiers}", retrait=5)
            for ancre in item.niveaux:
                yield Paragraphe(f"{ancre.valeur} : {ancre.libelle}", retrait=5)


def _lien(lien: Lien) -> str:
    libelle = f", {lien.libelle}" if lien.libelle else ""
    return f"{lien.cible}{libelle} ({_PROXIMITES[lien.proximite]})"


def _ingenieries(referentiel: Referentiel) -> Iterator[Bloc]:
    yield Titre("Ingénieries et axes")
    for axe in (referentiel.axes.x, referentiel.axes.y):
        yield Paragraphe(f"{axe.libelle} : de « {axe.debut} » à « {axe.fin} ».")
    for ingenierie in referentiel.ingenieries:
        fondement = f" Hypothèse : {ingenierie.hypothese}" if ingenierie.hypothese else ""
        position = coordonnees(ingenierie.position)
        yield Paragraphe(f"{ingenierie.libelle} {position} : {ingenierie.fonction}.{fondement}")
    for jeu in referentiel.sensibilite:
        points = ", ".join(f"{code} {coordonnees(point)}" for code, point in jeu.positions.items())
        yield Paragraphe(f"Autre jeu essayé, {jeu.libelle.lower()} : {points}.", retrait=3)


def _regroupements(referentiel: Referentiel) -> Iterator[Bloc]:
    for regroupement in referentiel.regroupements:
        yield Titre(f"En second : {regroupement.libelle}")
        yield Lignes(("Groupe", "Items"), tuple((g.libelle, ", ".join(g.items)) for g in regroupement.groupes))


def _moments(referentiel: Referentiel) -> Iterator[Bloc]:
    if referentiel.moments:
        yield Titre("Moments")
        yield Lignes(("Moment", "Nom"), tuple((nomme.code, nomme.libelle) for nomme in referentiel.moments))


def coordonnees(point: Position) -> str:
    """« (−1 ; 0,5) »."""
    return f"({_court(point.x)} ; {_court(point.y)})"


def _court(valeur: float) -> str:
    return nombre(valeur, 0) if valeur == round(valeur) else nombre(valeur, 2)


def _fondement(referentiel: Referentiel, regle: Regle) -> str:
    source = referentiel.source(regle.source)
    texte = f" Source : {source.titre}." if source else f" Source : {regle.source}." if regle.source else ""
    return texte + (f" Hypothèse : {regle.hypothese}" if regle.hypothese else "")

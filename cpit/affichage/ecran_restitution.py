"""La restitution d’une personne au terminal, le chemin d’un score avec les vrais nombres, et ce qui suit un
résultat.

Les pas et les traces d’une personne se montrent tels qu’elle les a écrits : sa typographie n’est pas retouchée.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import fsum

from cpit.affichage import montrer
from cpit.affichage.blocs import Alinea, Barre, Barres, Bloc, Lignes, Morceau, Paragraphe, Titre
from cpit.affichage.ecran_carte import dessiner_carte, signes_pour
from cpit.affichage.ecran_referentiel import coordonnees
from cpit.coeur.mots.notice import (
    PEU_D_ITEMS,
    PORTEE_DES_CONDITIONS,
    TITRE_DES_CONDITIONS,
    conditions_dites,
    nommer_echelle,
)
from cpit.coeur.mots.restitution import (
    TITRE_APPUIS,
    TITRE_DE_LA_PLACE,
    TITRE_FRAGILES,
    Relief,
    Restitution,
    dire_l_essentiel,
    dire_le_tiers,
    dominante_en_mots,
    lire_les_tensions,
    motif_position,
    motif_score,
    quand_en_mots,
    ranger_les_places,
    sensibilite_en_mots,
)
from cpit.coeur.notation import Score, centre_des_poles, parts, situations_placees, valeur_retenue
from cpit.coeur.passation import Etat
from cpit.coeur.referentiel import EchelleNotee, Item, Referentiel
from cpit.coeur.suites import (
    PORTEE_DU_PORTFOLIO,
    PORTFOLIO_VIDE,
    RUBRIQUES_DE_PAS,
    Pas,
    Plan,
    Portfolio,
    SituationPropre,
    TraceAMontrer,
    dire_une_situation,
)
from cpit.coeur.tableaux import ETATS
from cpit.erreurs import ACopier, refus
from cpit.terminal import Terminal
from cpit.typographie import FINE, date_courte, enumerer, nombre, pluriel, proche, typographier

# --- La restitution d’une personne au terminal, en blocs.


def montrer_restitution(terminal: Terminal, restitution: Restitution) -> None:
    """Écrit la restitution en trois écrans : l’essentiel, le détail, la méthode.

    Devant quelqu’un, Entrée passe de l’un à l’autre ; dans un tube ou en mode simple, tout vient d’un trait.
    """
    ecrans = (_essentiel(restitution), _detail(terminal, restitution), _methode(restitution))
    for rang, blocs in enumerate(ecrans):
        if rang and terminal.se_feuillette and not terminal.passer(f"Entrée pour la suite ({rang + 1} sur 3) : "):
            return
        montrer(terminal, blocs)


def _essentiel(restitution: Restitution) -> Iterator[Bloc]:
    referentiel = restitution.referentiel
    echelles = list(referentiel.echelles.values())
    yield Titre(referentiel.titre, 1)
    yield Paragraphe(_entete(restitution), discret=True)
    for phrase in dire_l_essentiel(restitution):
        yield Paragraphe(phrase)
    yield Titre("Compétences")
    bornes = referentiel.echelle
    yield Paragraphe(f"Score de {bornes.min} à {bornes.max}, niveau le plus proche, items répondus.", discret=True)
    yield _barres(restitution, [e for e in echelles if e.nature == "competence"])
    yield Titre("Ingénieries")
    yield _barres(restitution, [e for e in echelles if e.nature == "ingenierie"], codes=False)


def _detail(terminal: Terminal, restitution: Restitution) -> Iterator[Bloc]:
    yield Titre("Carte")
    yield dessiner_carte(restitution, terminal.largeur, signes_pour(terminal))
    yield from _lecture(restitution)
    yield from _place(restitution)
    yield from _conditions(restitution)


def _methode(restitution: Restitution) -> Iterator[Bloc]:
    referentiel = restitution.referentiel
    echelles = list(referentiel.echelles.values())
    for regroupement in referentiel.regroupements:
        yield Titre(f"En second : {regroupement.libelle}")
        groupes = [e for e in echelles if e.regroupement == regroupement.identifiant]
        yield _barres(restitution, groupes, codes=False, discret=True)
        maigres = [e.libelle.lower() for e in groupes if len(e.items) < PEU_D_ITEMS]
        if maigres:
            yield Paragraphe(f"Peu d'items, à lire avec prudence : {enumerer(maigres)}.", discret=True)
    for phrase in lire_les_tensions(referentiel, restitution.tensions):
        yield Paragraphe(phrase)
    yield Titre("Ce que cela vaut")
    for phrase in restitution.interpretation.portee:
        yield Paragraphe(phrase)


def _place(restitution: Restitution) -> Iterator[Bloc]:
    """La place des situations : ce qu’on en lit, puis celles de chaque case, de la plus importante à la moins."""
    if not restitution.interpretation.places:
        return
    yield Titre(TITRE_DE_LA_PLACE)
    for phrase in restitution.interpretation.places:
        yield Paragraphe(phrase)
    placees = situations_placees(restitution.referentiel, restitution.passation)
    for case, siennes in ranger_les_places(placees):
        codes = (u.item.code + (f" ({nombre(u.niveau, 0)})" if u.niveau is not None else "") for u in siennes)
        yield Paragraphe(f"{case[0].upper()}{case[1:]} : {', '.join(codes)}", retrait=2)
    yield Paragraphe("Entre parenthèses, le niveau répondu.", discret=True)


def _conditions(restitution: Restitution) -> Iterator[Bloc]:
    if dites := conditions_dites(restitution.referentiel, restitution.passation):
        yield Titre(TITRE_DES_CONDITIONS)
        for libelle, reponse in dites:
            yield Paragraphe(f"{libelle} : {reponse}", retrait=2)
        yield Paragraphe(PORTEE_DES_CONDITIONS, discret=True)


def _entete(restitution: Restitution) -> str:
    passation, referentiel = restitution.passation, restitution.referentiel
    qui = passation.identifiant or "sans code"
    date = passation.jour_des_reponses
    quand = f"moment {passation.moment}"
    if passation.date_moment or referentiel.moments:
        quand += f" : {quand_en_mots(referentiel, passation)}"
    morceaux = [qui, date_courte(date) if date else "sans date", quand, f"regard {passation.regard}"]
    morceaux += [tiers] if (tiers := dire_le_tiers(passation)) else []
    profil = [
        question.libelle_de(passation.profil[question.identifiant])
        for question in referentiel.profil
        if question.identifiant in passation.profil and not question.condition
    ]
    if passation.en_cours:
        morceaux.append("passation inachevée")
    morceaux += [f"corrigée le {date_courte(c.rouverte)}" for c in passation.corrections[-1:]]
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
        nom = nommer_echelle(relief.competence)
        yield Paragraphe(f"{nom} ({nombre(relief.score)}). {relief.constat}".strip(), retrait=2)
        if relief.pas:
            yield Paragraphe(f"Un pas : {relief.pas}", retrait=4)


# --- Le chemin d’un score, de la réponse à l’axe, avec les vrais nombres.


_POSITION = "position"
"""Mot qui demande l’explication de la position plutôt que celle d’une échelle."""


def montrer_explication(terminal: Terminal, restitution: Restitution, echelle: str | None) -> None:
    """Explique une échelle, la position, ou tout.

    :raises ErreurCpit: si l’échelle n’existe pas, avec le nom le plus proche.
    """
    connus = [*restitution.referentiel.echelles, _POSITION]
    trouvee = next((c for c in connus if echelle is not None and c.casefold() == echelle.casefold()), None)
    if echelle is not None and trouvee is None:
        raise refus("echelle-inconnue", nom=echelle, connus=ACopier(", ".join(connus)), proche=proche(echelle, connus))
    montrer(terminal, _blocs_d_explication(restitution, trouvee))


def _blocs_d_explication(restitution: Restitution, echelle: str | None) -> Iterator[Bloc]:
    """Explique une échelle, la position, ou tout si ``echelle`` est absent."""
    echelles = restitution.referentiel.echelles
    choisies = list(echelles.values()) if echelle is None else [echelles[e] for e in echelles if e == echelle]
    for choisie in choisies:
        if echelle is not None or choisie.nature != "groupe":
            yield from _expliquer_score(restitution, choisie)
    if echelle in (None, _POSITION):
        yield from _expliquer_position(restitution)


def _expliquer_score(restitution: Restitution, echelle: EchelleNotee) -> Iterator[Bloc]:
    referentiel = restitution.referentiel
    score = restitution.resultat.score(echelle.identifiant)
    yield Titre(f"{echelle.identifiant} · {echelle.libelle}")
    yield Lignes(
        ("Item", "Réponse", "Retenue", "Poids", "Poids × valeur", "Situation"),
        tuple(_ligne(restitution, item) for item in echelle.items),
        droite=(1, 2, 3, 4),
    )
    if any(item.inverse for item in echelle.items):
        bornes = referentiel.echelle
        yield Paragraphe(
            f"Item inversé : valeur retenue = {bornes.min} + {bornes.max} − réponse (bornes déclarées de l'échelle)."
        )
    yield from _dire_le_score(restitution, echelle, score)


def _dire_le_score(restitution: Restitution, echelle: EchelleNotee, score: Score) -> Iterator[Bloc]:
    """La règle 1 avec les nombres de la personne, puis la règle 2 pour une ingénierie."""
    referentiel = restitution.referentiel
    seuil = referentiel.regles.seuil.valeur
    total, repondu, somme = _sommes(restitution, echelle)
    yield Paragraphe(
        f"{pluriel(score.repondus, 'item répondu', 'items répondus')} sur {score.items}. "
        f"Poids répondu R = {_n(repondu)} ; poids total W = {_n(total)} ; "
        f"il faut R ≥ {_n(seuil)} × {_n(total)} = {_n(seuil * total)}."
    )
    if score.valeur is None:
        yield Paragraphe(f"Score absent : {motif_score(score, seuil)}.")
        return
    yield Paragraphe(
        f"Score = {_n(somme)} / {_n(repondu)} = {_n(score.valeur)}, soit {nombre(score.valeur)} à l'écran."
    )
    if echelle.nature == "ingenierie":
        bornes = referentiel.echelle
        part = parts(referentiel, restitution.resultat.ingenieries)[echelle.identifiant] or 0.0
        calcul = f"({_n(score.valeur)} − {bornes.min}) / ({bornes.max} − {bornes.min})"
        yield Paragraphe(f"Part sur la carte = {calcul} = {_n(part)}.")


def _ligne(restitution: Restitution, item: Item) -> tuple[str, ...]:
    bornes = restitution.referentiel.echelle
    reponse = restitution.passation.reponse(item.code)
    if reponse.valeur is None:
        court = "SO" if reponse.etat is Etat.SANS_OBJET else "–"
        return item.code, court, "", _n(item.poids), "", f"{ETATS[reponse.etat]} : hors du calcul"
    retenue = valeur_retenue(item, reponse.valeur, bornes.min, bornes.max)
    marque = " (inversé)" if item.inverse else ""
    return (
        item.code,
        str(reponse.valeur),
        f"{retenue}{marque}",
        _n(item.poids),
        _n(item.poids * retenue),
        item.enonce,
    )


def _sommes(restitution: Restitution, echelle: EchelleNotee) -> tuple[float, float, float]:
    """Poids total W, poids répondu R, somme pondérée des valeurs retenues."""
    bornes, valeurs = restitution.referentiel.echelle, restitution.passation.valeurs()
    presents = [item for item in echelle.items if item.code in valeurs]
    return (
        fsum(item.poids for item in echelle.items),
        fsum(item.poids for item in presents),
        fsum(item.poids * valeur_retenue(item, valeurs[item.code], bornes.min, bornes.max) for item in presents),
    )


def _expliquer_position(restitution: Restitution) -> Iterator[Bloc]:
    referentiel, resultat = restitution.referentiel, restitution.resultat
    yield Titre("Position sur la carte")
    if resultat.situation.position is None:
        yield Paragraphe(f"Position absente : {motif_position(referentiel, resultat)}.")
        return
    les_parts = {code: part or 0.0 for code, part in parts(referentiel, resultat.ingenieries).items()}
    lignes = tuple(
        (i.libelle, _n(les_parts[i.identifiant]), _n(i.position.x), _n(i.position.y)) for i in referentiel.ingenieries
    )
    yield Lignes(("Ingénierie", "Part a", "x du pôle", "y du pôle"), lignes, droite=(1, 2, 3))
    total, point = fsum(les_parts.values()), resultat.situation.position
    for axe in ("x", "y"):
        produits = [(les_parts[i.identifiant], getattr(i.position, axe)) for i in referentiel.ingenieries]
        somme = " + ".join(f"{_n(a)} × {_entre_parentheses(p)}" for a, p in produits)
        yield Paragraphe(f"{axe} = ({somme}) / {_n(total)} = {_n(getattr(point, axe))}.")
    centre = centre_des_poles(i.position for i in referentiel.ingenieries)
    seuil = referentiel.regles.seuil_equilibre.valeur
    distance = resultat.situation.distance or 0.0
    comparaison = "<" if distance < seuil else "≥"
    yield Paragraphe(
        f"Distance au centre {coordonnees(centre)} : {_n(distance)} {comparaison} {_n(seuil)}, donc "
        f"{dominante_en_mots(referentiel, resultat.situation.dominante)}."
    )
    essais = sensibilite_en_mots(referentiel, resultat)
    if essais:
        yield Paragraphe("Les coordonnées des pôles sont une hypothèse ; avec d'autres :")
        yield Lignes(("Jeu de coordonnées", "Position", "Ce qui domine"), essais)


def _entre_parentheses(valeur: float) -> str:
    return f"({_n(valeur)})" if valeur < 0 else _n(valeur)


def _n(valeur: float) -> str:
    """Nombre court : entier sans décimale, sinon quatre décimales au plus, sans zéros de queue."""
    texte = nombre(valeur, 4)
    return texte.rstrip("0").rstrip(",") if "," in texte else texte


_DEUX_POINTS = FINE + ": "


def montrer_le_plan(terminal: Terminal, plan: Plan) -> None:
    """Écrit les pas d’une personne, leur état et ses dates ; ou qu’il n’y en a pas."""
    montrer(terminal, _blocs_du_plan(plan))


def _blocs_du_plan(plan: Plan) -> Iterator[Bloc]:
    """Chaque pas sous son numéro, dans l’ordre où il a été choisi."""
    yield Titre(f"Le plan de {plan.identifiant}" if plan.identifiant else "Le plan")
    if not plan.pas:
        yield Paragraphe("Aucun pas n'y est encore écrit.")
    for rang, pas in enumerate(plan.pas):
        yield from blocs_d_un_pas(rang, pas)


def blocs_d_un_pas(rang: int, pas: Pas) -> Iterator[Bloc]:
    """Un pas : son numéro (dès 1), ses mots, la situation qu’il travaille, ses états datés."""
    yield Alinea((Morceau(pas.quoi, "bold"), Morceau(f" [{pas.etat.mots}]")), puce=f"{rang + 1}. ")
    yield Alinea((Morceau(f"{pas.item} · "), Morceau(pas.enonce)), retrait=3)
    for cle, libelle in RUBRIQUES_DE_PAS[1:]:
        if texte := str(getattr(pas, cle)):
            yield _rubrique(libelle, texte)
    yield _rubrique("Suivi", pas.suivi)


def montrer_le_portfolio(terminal: Terminal, portfolio: Portfolio) -> None:
    """Écrit les traces d’une personne, par compétence et dans le temps."""
    montrer(terminal, _blocs_du_portfolio(portfolio))


def _blocs_du_portfolio(portfolio: Portfolio) -> Iterator[Bloc]:
    yield Titre(f"Le portfolio de {portfolio.identifiant}", 1)
    if portfolio.vide:
        yield Paragraphe(PORTFOLIO_VIDE)
    for chapitre in portfolio.remplis:
        yield Titre(f"{chapitre.competence.identifiant} · {chapitre.competence.libelle}")
        yield from _traces_et_situations(portfolio, chapitre.traces, chapitre.situations)
    if portfolio.autres or portfolio.situations_autres:
        yield Titre("Compétences qui ne sont plus dans ce référentiel")
        yield from _traces_et_situations(portfolio, portfolio.autres, portfolio.situations_autres)
    yield Paragraphe(PORTEE_DU_PORTFOLIO, discret=True)


def _traces_et_situations(
    portfolio: Portfolio, traces: Iterable[TraceAMontrer], situations: Iterable[SituationPropre]
) -> Iterator[Bloc]:
    for trace in traces:
        yield Alinea((Morceau(trace.texte, "bold"),), puce=f"{date_courte(trace.le)}  ")
        origine = f" ({trace.origine})" if trace.origine else ""
        yield Alinea((Morceau(f"{trace.item} · "), Morceau(trace.enonce + origine)), retrait=3)
        for libelle, texte in trace.rubriques:
            yield _rubrique(libelle, texte)
    for une in situations:
        yield Alinea((Morceau(une.enonce, "bold"),), puce=f"{une.code}  ")
        yield Alinea((Morceau(typographier(dire_une_situation(portfolio, une))),), retrait=3)


def _rubrique(libelle: str, texte: str) -> Alinea:
    return Alinea((Morceau(typographier(libelle) + _DEUX_POINTS), Morceau(texte)), retrait=3)

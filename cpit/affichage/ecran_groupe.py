"""Un groupe au terminal : ce qui a été lu, les échelles avec leur étendue, la carte de tous, cinq lignes de lecture.

Et ses équipes : ce qui s’y tient, ce qui pourrait se passer, la tension entre les échelles.

Qui a répondu et qui manque.

Et ce que « cpit exporter » en montre : ce qui est écrit, combien, et quoi faire de la clé.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from cpit.affichage.blocs import Barre, Barres, Bloc, GrilleDeTexte, Lignes, Paragraphe, Titre
from cpit.affichage.ecran_carte import (
    Marque,
    Signes,
    coordonnees_en_mots,
    marques_des_poles,
    phrases_des_axes,
    plier_etiquette,
    poser_marques,
    repere_pour,
    signes_pour,
)
from cpit.coeur.anonymat import K_PROPOSE, Profil, Risques, Valeur
from cpit.coeur.cohorte import INCOMPLETE, MANQUE, Cohorte, Etape, Suivi, Suivie
from cpit.coeur.diffusion import COMPTE_DANS_CHAQUE_GROUPE, PROFIL_SANS_REPONSE, GroupeDeProfil, grouper_par_profil
from cpit.coeur.equipe import EquipeLue, LectureDEquipes
from cpit.coeur.export import AVANT_UN_CHOIX, COCHES, Jeu
from cpit.coeur.groupe import (
    CE_QUI_EST_TU,
    CE_SONT_LEURS_REPONSES,
    PLANCHER,
    TROP_PEU_DE_SCORES,
    TU,
    Portrait,
    Statistique,
    portrait_montrable,
    taire_les_petits,
)
from cpit.coeur.mots.lecture_groupe import (
    avertir_des_equipes,
    case_en_mots,
    ce_qui_se_passe,
    compter_les_positions,
    conseil_sur_les_questions,
    dire_les_sans_equipe,
    lire_l_equipe,
    lire_le_groupe,
    phrases_des_profils,
    titrer_l_equipe,
)
from cpit.coeur.mots.notice import situer_la_strate, titrer_la_strate
from cpit.coeur.passation import noms_d_en_tete
from cpit.coeur.referentiel import QuestionProfil, Referentiel
from cpit.coeur.tableaux import Colonne
from cpit.terminal import Terminal
from cpit.typographie import enumerer, grouper, nettoyer, nombre, pluriel

SourceLue = tuple[str, int, int, str, int]
"""Nom d’une source, passations lues, refus, moment et regard supposés, avertissements."""
_SOURCES_MONTREES = 10
"""Sources qui ont quelque chose à dire, nommées une à une ; au-delà, on les compte."""


def blocs_de_cohorte(
    terminal: Terminal, cohorte: Cohorte, sources: Sequence[SourceLue], par: str | None, *, detail: bool
) -> Iterator[Bloc]:
    """Les blocs d’une cohorte : chaque moment et chaque regard à part, puis ce qui a été lu."""
    yield Titre(cohorte.referentiel.titre, 1)
    demandees = [question for question in cohorte.referentiel.profil if question.identifiant == par]
    profils = grouper_par_profil(cohorte, questions=[question.identifiant for question in demandees])
    for (moment, regard), strate in cohorte.strates().items():
        yield Titre(titrer_la_strate(moment, regard, cohorte.referentiel, len(strate.notees)), 1)
        yield from _blocs_de_strate(terminal, strate)
        for question in demandees:
            groupes = profils[moment, regard, question.identifiant]
            yield from _blocs_par_profil(cohorte.referentiel, question, groupes)
    yield from blocs_de_sources(sources, detail=detail)


def blocs_de_sources(sources: Sequence[SourceLue], *, detail: bool = False) -> Iterator[Bloc]:
    """Ce qui a été lu et ce qui n’a pas été pris : les sources qui ont un refus ou ne donnent rien.

    :param detail: vrai pour les montrer toutes, une à une.
    """
    yield Titre("Ce qui a été lu")
    lues, refusees = sum(passations for _, passations, *_ in sources), sum(refus for _, _, refus, *_ in sources)
    reserves = sum(avertissements for *_, avertissements in sources)
    comptes = [pluriel(lues, "passation"), f"{refusees} refus"]
    comptes += [pluriel(reserves, "avertissement")] if reserves else []
    yield Paragraphe(f"{pluriel(len(sources), 'source lue', 'sources lues')} : {', '.join(comptes)}.")
    a_dire = [source for source in sources if detail or source[2] or not source[1]]
    montrees = a_dire if detail else a_dire[:_SOURCES_MONTREES]
    if montrees:
        lignes = tuple((nom, str(passations), str(refus)) for nom, passations, refus, *_ in montrees)
        yield Lignes(("Source", "Passations", "Refus"), lignes, droite=(1, 2))
    if reste := len(a_dire) - len(montrees):
        yield Paragraphe(f"… et {pluriel(reste, 'autre')}.")
    yield from blocs_de_suppositions(sources)


def blocs_de_suppositions(sources: Sequence[SourceLue]) -> Iterator[Bloc]:
    """Le moment et le regard que l’on a supposés, faute que la table ou la commande les dise."""
    for suppose, nombre_ in Counter(suppose for *_, suppose, _ in sources if suppose).items():
        ou = "" if len(sources) == 1 else f" ({pluriel(nombre_, 'source')})"
        yield Paragraphe(f"Ni la source ni la commande ne le disent ; supposé{ou} : {suppose}.", discret=True)


def _blocs_de_strate(terminal: Terminal, strate: Cohorte) -> Iterator[Bloc]:
    referentiel, portrait = strate.referentiel, portrait_montrable(strate)
    if portrait.trop_petit:
        yield Paragraphe(CE_SONT_LEURS_REPONSES)
    yield Titre("Compétences")
    bornes = referentiel.echelle
    yield Paragraphe(
        f"Moyenne du groupe de {bornes.min} à {bornes.max}, écart-type et étendue, passations notées.", discret=True
    )
    yield _barres(referentiel, portrait, [c.identifiant for c in referentiel.competences], codes=True)
    yield Titre("Ingénieries")
    yield _barres(referentiel, portrait, [i.identifiant for i in referentiel.ingenieries], codes=False)
    yield Titre("Carte")
    yield _dessiner_groupe(referentiel, portrait, terminal.largeur, signes_pour(terminal))
    yield Titre("Lecture")
    for phrase in lire_le_groupe(referentiel, portrait):
        yield Paragraphe(phrase)


def _barres(referentiel: Referentiel, portrait: Portrait, codes_: list[str], *, codes: bool) -> Barres:
    barres = []
    for code in codes_:
        statistique = portrait.echelles[code]
        part = None
        if statistique.moyenne is not None:
            bornes = referentiel.echelle
            part = (statistique.moyenne - bornes.min) / (bornes.max - bornes.min)
        valeur = TU if statistique.tue else _ecrire_la_mesure(statistique.moyenne)
        libelle = referentiel.echelles[code].libelle
        compte = "" if statistique.tue else f"{statistique.n}/{portrait.effectif}"
        barres.append(Barre(code if codes else "", libelle, part, valeur, _etendue(statistique), compte))
    return Barres(tuple(barres), str(referentiel.echelle.max), comptes=("passation notée", "passations notées"))


def _ecrire_la_mesure(mesure: float | None, decimales: int = 1) -> str:
    """Un nombre, ou le tiret de ce qui n’a pas de quoi se calculer."""
    return "–" if mesure is None else nombre(mesure, decimales)


def _etendue(statistique: Statistique) -> str:
    if statistique.tue:
        return TROP_PEU_DE_SCORES
    if statistique.minimum is None or statistique.maximum is None:
        return "aucun score"
    bornes = f"de {nombre(statistique.minimum)} à {nombre(statistique.maximum)}"
    return bornes if statistique.ecart_type is None else f"± {nombre(statistique.ecart_type)}, {bornes}"


def _dessiner_groupe(referentiel: Referentiel, portrait: Portrait, largeur: int, signes: Signes) -> GrilleDeTexte:
    """La carte d’un groupe : chaque personne est un point (un chiffre là où plusieurs se tiennent), et le centre."""
    repere = repere_pour((i.position for i in referentiel.ingenieries), largeur)
    cases = Counter(repere.case(point) for point in portrait.points)
    marques = [Marque(*case, _signe(nombre_, signes)) for case, nombre_ in cases.items()]
    marques += marques_des_poles(referentiel.ingenieries, repere, signes)
    if portrait.position is not None:
        marques.append(Marque(*repere.case(portrait.position), signes.personne, "centre"))
    lignes, _ = poser_marques(referentiel.axes, repere, marques, signes)
    legende = [
        f"{signes.personne} centre du groupe   {signes.pole} ingénierie   {signes.point} une personne "
        "(2 à 9 : plusieurs au même endroit, * : dix ou plus)"
    ]
    if portrait.positions is None:
        legende.append(f"Carte tue : {compter_les_positions(portrait)}.")
    elif sans := portrait.effectif - portrait.positions:
        legende.append(f"{pluriel(sans, 'passation')} sans position.")
    return GrilleDeTexte((*lignes, *plier_etiquette(legende, largeur)), tuple(_phrases(referentiel, portrait)))


def _signe(nombre_: int, signes: Signes) -> str:
    if nombre_ == 1:
        return signes.point
    return str(nombre_) if nombre_ < 10 else "*"


def _phrases(referentiel: Referentiel, portrait: Portrait) -> Iterator[str]:
    yield from phrases_des_axes(referentiel)
    if portrait.position is not None:
        positions = compter_les_positions(portrait)
        yield f"Centre du groupe ({positions}) : {coordonnees_en_mots(portrait.position)}."


def _blocs_par_profil(
    referentiel: Referentiel, profil: QuestionProfil, groupes: Sequence[GroupeDeProfil]
) -> Iterator[Bloc]:
    """Les moyennes par réponse à une question de profil, et ce qui en est tu."""
    competences = [c.identifiant for c in referentiel.competences]
    lignes = []
    for groupe in groupes:
        nom = profil.libelle_du_choix(groupe.modalite) if groupe.modalite else PROFIL_SANS_REPONSE
        lignes.append((nom, *_cellules_de_profil(groupe, competences)))
    yield Titre(f"Par {profil.libelle.lower()}")
    yield Lignes(("Réponse", "n", *competences), tuple(lignes), droite=tuple(range(1, len(competences) + 2)))
    if profil.plusieurs:
        yield Paragraphe(COMPTE_DANS_CHAQUE_GROUPE, discret=True)
    if any(TU in ligne for ligne in lignes):
        yield Paragraphe(CE_QUI_EST_TU, discret=True)


def _cellules_de_profil(groupe: GroupeDeProfil, competences: Sequence[str]) -> Iterator[str]:
    if groupe.effectif is None:
        yield from (f"< {PLANCHER}", *(TU for _ in competences))
        return
    yield str(groupe.effectif)
    for code in competences:
        yield TU if code in groupe.tues else _ecrire_la_mesure(groupe.moyennes[code])


# --- Une très grande cohorte au terminal : ce qui a été lu, puis les échelles de chaque moment et de chaque regard.


def blocs_de_flux(
    referentiel: Referentiel,
    sources: Sequence[SourceLue],
    portraits: Mapping[tuple[str, str], Portrait],
    *,
    doublons_cherches: bool,
    detail: bool,
) -> Iterator[Bloc]:
    """Les blocs d’une cohorte notée en flux : chaque moment et chaque regard à part, puis ce qui a été lu."""
    yield Titre(referentiel.titre, 1)
    for (moment, regard), entier in portraits.items():
        portrait = taire_les_petits(entier)
        yield Titre(titrer_la_strate(moment, regard, referentiel, portrait.effectif), 1)
        if portrait.trop_petit:
            yield Paragraphe(CE_SONT_LEURS_REPONSES)
        yield _tableau(referentiel, portrait)
        yield Paragraphe(_phrase_de_position(portrait))
    yield Paragraphe(
        "Table notée en flux : ni carte des personnes, ni dominantes à l'écran ; "
        "le fichier écrit porte tous les scores et toutes les positions.",
        discret=True,
    )
    if not doublons_cherches:
        yield Paragraphe("Trop de passations pour chercher toutes celles qui sont en double.")
    yield from blocs_de_sources(sources, detail=detail)


def _tableau(referentiel: Referentiel, portrait: Portrait) -> Lignes:
    lignes = tuple(
        (identifiant, referentiel.echelles[identifiant].libelle, *_nombres(statistique))
        for identifiant, statistique in portrait.echelles.items()
    )
    entetes = ("Échelle", "Libellé", "n", "Moyenne", "Écart-type", "Min", "Médiane", "Max")
    return Lignes(entetes, lignes, droite=(2, 3, 4, 5, 6, 7))


def _nombres(statistique: Statistique) -> tuple[str, ...]:
    s = statistique
    mesures = (s.moyenne, s.ecart_type, s.minimum, s.mediane, s.maximum)
    if s.tue:
        return (TU,) * (1 + len(mesures))
    return (str(s.n), *(_ecrire_la_mesure(mesure, 2) for mesure in mesures))


def _phrase_de_position(portrait: Portrait) -> str:
    comptes = f"{compter_les_positions(portrait)} sur {pluriel(portrait.effectif, 'passation')}"
    if portrait.positions is None:
        return f"Centre du groupe tu : {comptes}."
    if portrait.position is None:
        return "Aucune position n'a pu être calculée."
    return f"Centre du groupe ({comptes}) : {coordonnees_en_mots(portrait.position)}."


def blocs_d_equipes(lecture: LectureDEquipes) -> Iterator[Bloc]:
    """Les blocs de toutes les équipes, moment par moment et regard par regard."""
    referentiel = lecture.referentiel
    yield Titre(f"Équipes : {lecture.critere.libelle}", 1)
    for phrase in avertir_des_equipes(lecture):
        yield Paragraphe(phrase)
    for moment, regard in lecture.sans_equipe:
        equipes = lecture.de(moment, regard)
        yield Titre(f"Équipes au moment {moment}, regard {regard}", 1)
        for equipe in equipes:
            yield from _blocs_d_une_equipe(referentiel, equipe)
        if sans := dire_les_sans_equipe(lecture, (moment, regard)):
            yield Paragraphe(sans)


def _blocs_d_une_equipe(referentiel: Referentiel, equipe: EquipeLue) -> Iterator[Bloc]:
    yield Titre(titrer_l_equipe(equipe))
    for phrase in lire_l_equipe(referentiel, equipe):
        yield Paragraphe(phrase)
    if equipe.tue:
        return
    entetes = ("Compétence", *(i.libelle for i in referentiel.ingenieries))
    yield Lignes(entetes, tuple((code, *map(case_en_mots, cases.values())) for code, cases in equipe.cases.items()))
    if passages := tuple(ce_qui_se_passe(equipe)):
        yield Lignes(("Situation", "Pourraient la passer", "Sont plus bas"), passages, droite=_a_droite(equipe))


def _a_droite(equipe: EquipeLue) -> tuple[int, ...]:
    return () if equipe.nominatif else (1, 2)


_COMBINAISONS_MONTREES = 10
_DOCUMENTS = (
    ("LISEZMOI.md", "par où commencer : quoi, qui, quand, comment c'est noté, limites, comment citer"),
    ("dictionnaire.xlsx, .csv", "chaque variable et chaque code"),
    ("datapackage.json, ddi.xml", "les mêmes, pour les archives de données"),
    ("referentiel.yaml, manifeste.json", "le référentiel employé ; taille et SHA-256 de chaque fichier"),
)


def blocs_d_export(jeu: Jeu, fichiers: Mapping[str, Sequence[str]]) -> Iterator[Bloc]:
    """Les tables et les documents écrits ; ``fichiers`` : ceux de chaque table, par clé."""
    yield Titre("Jeu de données pseudonymisé", 1)
    yield Paragraphe(f"{pluriel(jeu.personnes, 'personne')}, {pluriel(len(jeu.inscrites), 'passation')}.")
    lignes = tuple(
        (tableau.cle, grouper(len(tableau.lignes)), str(len(tableau.colonnes)), _formats(fichiers[tableau.cle]))
        for tableau in jeu.tableaux
    )
    yield Lignes(("Table", "Lignes", "Colonnes", "Formats"), lignes, droite=(1, 2))
    yield Lignes(("Document", "Ce qu'il dit"), _DOCUMENTS)
    if jeu.profil and jeu.risques is not None:
        yield from _blocs_des_profils(jeu, jeu.risques)


def _blocs_des_profils(jeu: Jeu, risques: Risques) -> Iterator[Bloc]:
    """Les combinaisons de profil rares, et ce que « --k » a fait perdre, ou ferait."""
    yield Titre("Qui se reconnaît à son profil")
    for phrase in phrases_des_profils(jeu):
        yield Paragraphe(phrase)
    if risques.rares:
        montrees = list(risques.rares.items())[:_COMBINAISONS_MONTREES]
        lignes = tuple((str(n), _combinaison(profil, jeu.profil)) for profil, n in montrees)
        yield Lignes(("Personnes", "Combinaison"), lignes, droite=(0,))
        if autres := len(risques.rares) - len(montrees):
            yield Paragraphe(f"Et {pluriel(autres, 'autre combinaison rare', 'autres combinaisons rares')}.")
    if risques.rares and jeu.recode is None:
        yield Paragraphe(
            f"Avec --k {K_PROPOSE}, des modalités seraient réunies et des cellules tues, pour que chaque combinaison "
            f"concerne {K_PROPOSE} personnes au moins ; ce qui est perdu est dit."
        )
    if conseil := conseil_sur_les_questions(jeu):
        yield Paragraphe(conseil)


def _combinaison(profil: Profil, colonnes: Sequence[Colonne]) -> str:
    """« Structure : Commune ; Programmes : PVD, Leader » : ce qui distingue, question par question.

    D’une question à plusieurs choix, seuls ceux que l’on a cochés ; « aucun de ses choix », si l’on n’en a coché aucun.
    """
    non, oui = COCHES.values()
    dites: dict[str, list[str]] = {}
    for valeur, colonne in zip(profil, colonnes, strict=True):
        est_un_choix = COCHES.items() <= (colonne.modalites or {}).items()
        question, _, choix = colonne.libelle.partition(AVANT_UN_CHOIX if est_un_choix else "\0")
        reponses, dit = dites.setdefault(question, []), _dire(valeur, colonne)
        if not choix or (dit == _SANS_REPONSE and dit not in reponses):
            reponses.append(dit)
        elif dit not in (non, _SANS_REPONSE):
            reponses.append(choix if dit == oui else f"{choix} : {dit}")
    return " ; ".join(f"{question} : {', '.join(dits) or 'aucun de ses choix'}" for question, dits in dites.items())


_SANS_REPONSE = "sans réponse"


def _dire(valeur: Valeur, colonne: Colonne) -> str:
    if isinstance(valeur, tuple):
        return ", ".join(f"{_dire(donnee, colonne)} ({moment} {regard})" for moment, regard, _, donnee in valeur)
    return _SANS_REPONSE if valeur is None else (colonne.modalites or {}).get(valeur, valeur)


def phrases_de_cle(neuve: bool) -> tuple[str, ...]:
    """Un titre, puis ce qu’il faut savoir de la clé."""
    if not neuve:
        return ("Clé de l'étude, relue :", "Les pseudonymes sont ceux des exports faits avec elle.")
    return (
        "Clé de l'étude, créée :",
        "Elle seule relie un pseudonyme à un code. La garder à part des données, en lieu sûr ; la redonner avec "
        "--cle pour l'export suivant (T1…), sinon une même personne changera de pseudonyme ; la détruire "
        "à la fin de l'étude.",
    )


def _formats(fichiers: Sequence[str]) -> str:
    return enumerer(list(dict.fromkeys(nom.rpartition(".")[2] for nom in fichiers))) or "aucun"


# --- qui a répondu, qui manque --------------------------------------------------------------------------------------


def blocs_de_suivi(suivi: Suivi, *, detail: bool = False) -> Iterator[Bloc]:
    """Étape par étape, combien sont revenues et qui manque ; puis, personne par personne, ce qui reste à relancer.

    :param detail: vrai pour montrer aussi qui a tout rendu.
    """
    yield Titre("Qui a répondu", 1)
    for etape in suivi.etapes:
        yield Paragraphe(" ".join(_dire_l_etape(suivi, etape)))
    if suivi.hors_liste:
        codes = enumerer(suivi.hors_liste)
        yield Paragraphe(f"Pas sur la liste : {codes}. Un code mal écrit, ou quelqu'un à y ajouter.")
    if suivi.sans_code:
        yield Paragraphe(
            f"{pluriel(suivi.sans_code, 'passation')} sans code : rien ne dit de qui ; "
            "l'option --identifiant nomme la colonne qui le dirait."
        )
    yield from _tableau_du_suivi(suivi, detail=detail)


def _dire_l_etape(suivi: Suivi, etape: Etape) -> Iterator[str]:
    unes, manquent = suivi.a_l_etape(etape), suivi.a_l_etape(etape, MANQUE)
    attendues = sum(une.attendue for une in unes)
    comptes = []
    if attendues:
        comptes.append(f"{pluriel(attendues - len(manquent), 'revenue')} sur {pluriel(attendues, 'attendue')}")
    if de_plus := len(unes) - attendues:
        autres = pluriel(de_plus, "autre", "autres") if attendues else pluriel(de_plus, "revenue")
        comptes.append(f"{autres}, sans être attendue{'s' if de_plus > 1 else ''}")
    yield f"{situer_la_strate(*etape, suivi.referentiel)} : {' ; '.join(comptes)}."
    if manquent:
        yield f"{'Manque' if len(manquent) == 1 else 'Manquent'} : {enumerer([_nommer(une) for une in manquent])}."
    if incompletes := suivi.a_l_etape(etape, INCOMPLETE):
        dites = [f"{_nommer(une)} ({une.items - une.repondus} sur {une.items})" for une in incompletes]
        yield f"Avec des situations sans réponse : {enumerer(dites)}."


def _nommer(une: Suivie) -> str:
    return f"{une.identifiant} (par {une.evaluateur})" if une.evaluateur else une.identifiant


def _tableau_du_suivi(suivi: Suivi, *, detail: bool) -> Iterator[Bloc]:
    """Une ligne par personne, une colonne par étape."""
    lignes = []
    for code, siennes in suivi.personnes.items():
        if detail or any(une.etat == MANQUE for une in siennes):
            cases = ([une for une in siennes if une.etape == etape] for etape in suivi.etapes)
            lignes.append((code, *map(_dire_une_case, cases)))
    if lignes:
        noms = noms_d_en_tete(suivi.referentiel, [(moment, moment) for moment, _ in suivi.etapes])
        entetes = (f"{nettoyer(nom)} {regard}" for nom, (_, regard) in zip(noms, suivi.etapes, strict=True))
        yield Titre("Personne par personne" if detail else "À relancer")
        yield Lignes(("Personne", *entetes), tuple(lignes))
        if any(une.notee for une in suivi.suivies):
            yield Paragraphe("Situations répondues sur celles du questionnaire, « sans objet » compris.", discret=True)


def _dire_une_case(unes: Sequence[Suivie]) -> str:
    """« 24/24 », « manque », « 2 revenues » d’une étape à plusieurs tiers ; vide si rien n’est attendu."""
    manquent = sum(une.etat == MANQUE for une in unes)
    if len(unes) - manquent > 1:
        mots = [pluriel(len(unes) - manquent, "revenue", "revenues")]
    else:
        mots = [f"{une.repondus}/{une.items}" for une in unes if une.etat != MANQUE]
    return ", ".join([*mots, *(["manque" if manquent == 1 else f"{manquent} manquent"] if manquent else [])])

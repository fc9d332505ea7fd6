"""Une étude de fidélité au terminal : chaque strate en tableaux, les comparaisons, puis une lecture prudente."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import ascii_lowercase

from cpit.affichage.blocs import Bloc, Lignes, Paragraphe, Titre
from cpit.affichage.ecran_groupe import SourceLue, blocs_de_sources
from cpit.coeur.fidelite.coherence_interne import DECIMALES_DU_MODELE, Reserve
from cpit.coeur.fidelite.estimation import EXPLICATIONS, MINIMUM, Estimation, Motif
from cpit.coeur.fidelite.etude import Appariement, Etude, EtudeStrate
from cpit.coeur.fidelite.mesures import (
    CORRELATION,
    DITES,
    INDICATIF,
    MESURE_NIVEAU,
    MESURE_SANS_REPONSE,
    MESURE_SATURATION,
    MESURES_ACCORD,
    MESURES_COHERENCE,
    MESURES_PAR_PAIRES,
    MESURES_SCORE,
    MESURES_TENUE,
    SANS_OBJET,
    Mesure,
    valeurs_de,
)
from cpit.coeur.mots.lecture_fidelite import intervalle, lire_l_appariement, lire_l_etude, lire_la_strate
from cpit.coeur.mots.notice import titrer_la_strate
from cpit.typographie import enumerer, nombre, pluriel, typographier

_PAIRES_MONTREES = 40
"""Corrélations montrées au plus ; le fichier les porte toutes."""


class _Notes:
    """Les renvois d’un tableau : une lettre par motif, dans l’ordre où ils viennent ; * : intervalle indicatif."""

    def __init__(self) -> None:
        self._motifs: list[Motif] = []
        self._indicatif = False

    def cellule(self, estimation: Estimation, mesure: Mesure) -> str:
        """« 0,72 [0,61;0,80] », « 0,72 [0,61;0,80]* », « 0,72 (a) », ou « non estimable (b) »."""
        texte = intervalle(estimation, 0 if mesure.pour_cent else 2, 100 if mesure.pour_cent else 1)
        if estimation.indicatif:
            self._indicatif = True
            return f"{texte}*"
        if estimation.motif is None:
            return texte
        if estimation.motif not in self._motifs:
            self._motifs.append(estimation.motif)
        return f"{texte} ({ascii_lowercase[self._motifs.index(estimation.motif)]})"

    def bloc(self) -> Iterator[Bloc]:
        """Ce que veulent dire les renvois."""
        if self._motifs:
            dits = (f"({ascii_lowercase[rang]}) {EXPLICATIONS[motif]}" for rang, motif in enumerate(self._motifs))
            yield Paragraphe(" ; ".join(dits) + ".", discret=True)
        if self._indicatif:
            yield Paragraphe(typographier(f"* {INDICATIF}."), discret=True)


def blocs_de_fidelite(etude: Etude, sources: Sequence[SourceLue]) -> Iterator[Bloc]:
    """Les blocs d’une étude ; chaque moment et chaque regard à part, et jamais une valeur sans son n."""
    yield Titre(f"Fidélité : {etude.referentiel.titre}", 1)
    yield from blocs_de_sources(sources)
    for strate in etude.strates:
        yield Titre(titrer_la_strate(strate.moment, strate.regard, etude.referentiel, strate.passations), 1)
        yield from _blocs_de_strate(etude, strate)
    for appariement in etude.appariements:
        yield from _blocs_d_appariement(appariement)
    yield Titre("Ce que ces nombres ne disent pas", 1)
    for phrase in lire_l_etude(etude):
        yield Paragraphe(phrase)


def _blocs_de_strate(etude: Etude, strate: EtudeStrate) -> Iterator[Bloc]:
    if strate.echelles:
        yield from _tableaux_de_strate(etude, strate)
        yield Titre("Lecture")
    for phrase in lire_la_strate(strate):
        yield Paragraphe(phrase)


def _tableaux_de_strate(etude: Etude, strate: EtudeStrate) -> Iterator[Bloc]:
    yield Titre("Scores des échelles")
    sorte = f"l’intervalle {etude.intervalles.au_singulier} à 95 %"
    yield Paragraphe(f"Entre crochets, {sorte} ; plancher et plafond en % des scores.", discret=True)
    yield from _tableau_des_echelles(strate, MESURES_SCORE, complets=False)
    yield Titre("Réponses aux items")
    yield Paragraphe(
        "En % des répondants (n) pour les niveaux, tels que choisis ; en % des passations pour SO (sans objet) et "
        "vide.",
        discret=True,
    )
    yield from _tableau_des_items(etude, strate)
    if strate.passations >= MINIMUM:
        yield Titre("Fidélité des échelles")
        yield Paragraphe("n : passations qui ont répondu à tous les items de l’échelle.", discret=True)
        yield from _tableau_des_echelles(strate, MESURES_COHERENCE, complets=True)
        yield from _tableau_par_paires(strate)
        yield from _tableau_des_modeles(strate)
        yield Titre("Items dans leur échelle")
        yield from _tableau_des_tenues(strate)
        yield Titre("Corrélations entre échelles")
        yield from _tableau_des_correlations(strate)


def _tableau_des_echelles(strate: EtudeStrate, mesures: Sequence[Mesure], *, complets: bool) -> Iterator[Bloc]:
    notes, lignes = _Notes(), []
    for code, echelle in strate.echelles.items():
        valeurs = valeurs_de(echelle)
        n = echelle.completes if complets else valeurs[mesures[0].cle].n
        lignes.append((code, str(n), *(notes.cellule(valeurs[mesure.cle], mesure) for mesure in mesures)))
    yield Lignes(("Échelle", "n", *(mesure.court for mesure in mesures)), tuple(lignes), droite=(1,))
    yield from notes.bloc()


def _tableau_par_paires(strate: EtudeStrate) -> Iterator[Bloc]:
    """α et ω de toutes les réponses, à côté des cas complets, pour les échelles où il manque des réponses."""
    notes, lignes = _Notes(), []
    for code, echelle in strate.echelles.items():
        valeurs = valeurs_de(echelle)
        n = valeurs[MESURES_PAR_PAIRES[0].cle].n
        if n > echelle.completes:
            cellules = (notes.cellule(valeurs[mesure.cle], mesure) for mesure in MESURES_PAR_PAIRES)
            lignes.append((code, str(echelle.completes), str(n), *cellules))
    if not lignes:
        return
    yield Titre("Fidélité avec les réponses manquantes")
    yield Paragraphe(
        "Par paires : toutes les réponses, chaque covariance sur qui a répondu à ses deux items ; n par paires compte "
        "qui a répondu à un item au moins. Ailleurs, les nombres sont ceux des passations complètes.",
        discret=True,
    )
    entetes = ("Échelle", "n complet", "n par paires", *(mesure.court for mesure in MESURES_PAR_PAIRES))
    yield Lignes(entetes, tuple(lignes), droite=(1, 2))
    yield from notes.bloc()


def _tableau_des_modeles(strate: EtudeStrate) -> Iterator[Bloc]:
    """Ce que vaut le modèle à un facteur dont vient ω."""
    lignes: list[tuple[str, ...]] = []
    reserves: list[Reserve] = []
    for code, echelle in strate.echelles.items():
        ajustement, dites = echelle.coherence.ajustement, echelle.coherence.reserves
        if ajustement is not None:
            saturations = sorted(tenue.saturation.valeur or 0 for tenue in echelle.tenues.values())
            rmsea = "" if ajustement.rmsea is None else nombre(ajustement.rmsea, DECIMALES_DU_MODELE)
            srmr = nombre(ajustement.srmr, DECIMALES_DU_MODELE) if ajustement.libertes else ""
            etendue = f"{nombre(saturations[0], 2)} à {nombre(saturations[-1], 2)}"
            lignes.append((code, etendue, rmsea, srmr, "réserve" if dites else ""))
            reserves += dites
    if not lignes:
        return
    yield Titre("Modèle à un facteur, dont vient ω")
    yield Lignes(("Échelle", f"{MESURE_SATURATION.court} (étendue)", "RMSEA", "SRMR", "ω à lire avec"), tuple(lignes))
    if reserves:
        yield Paragraphe(
            typographier(f"Réserve : {enumerer([DITES[r] for r in dict.fromkeys(reserves)], 'ou')}."), discret=True
        )
    yield Paragraphe("RMSEA et SRMR : vides à trois items, où rien ne reste à éprouver.", discret=True)


def _tableau_des_items(etude: Etude, strate: EtudeStrate) -> Iterator[Bloc]:
    niveaux = [niveau.valeur for niveau in etude.referentiel.echelle.niveaux]
    notes, lignes = _Notes(), []
    for item in strate.items:
        parts = [notes.cellule(item.parts[valeur], MESURE_NIVEAU) for valeur in niveaux]
        manques = (notes.cellule(item.sans_objet, SANS_OBJET), notes.cellule(item.sans_reponse, MESURE_SANS_REPONSE))
        lignes.append((item.item.code, str(item.repondus), *parts, *manques))
    entetes = ("Item", "n", *map(str, niveaux), SANS_OBJET.court, MESURE_SANS_REPONSE.court)
    yield Lignes(entetes, tuple(lignes), droite=(1,))
    yield from notes.bloc()


def _tableau_des_tenues(strate: EtudeStrate) -> Iterator[Bloc]:
    """Compétences et ingénieries seulement ; le fichier porte aussi les regroupements."""
    notes, lignes = _Notes(), []
    for code, echelle in strate.echelles.items():
        if echelle.echelle.nature == "groupe":
            continue
        for item, tenue in echelle.tenues.items():
            valeurs = (getattr(tenue, mesure.cle) for mesure in MESURES_TENUE)
            cellules = (notes.cellule(v, mesure) for v, mesure in zip(valeurs, MESURES_TENUE, strict=True))
            lignes.append((code, item, str(echelle.completes), *cellules))
    entetes = ("Échelle", "Item", "n", *(mesure.court for mesure in MESURES_TENUE))
    yield Lignes(entetes, tuple(lignes), droite=(2,))
    yield from notes.bloc()


def _tableau_des_correlations(strate: EtudeStrate) -> Iterator[Bloc]:
    """Les paires sans item commun, entre échelles de même sorte ; les autres sont dans le fichier."""
    gardees = [
        liaison
        for liaison in strate.liaisons
        if liaison.une.nature == liaison.autre.nature != "groupe" and not liaison.items_communs
    ]
    notes = _Notes()
    lignes = tuple(
        (
            *(liaison.une.identifiant, liaison.autre.identifiant, str(liaison.correlation.n)),
            notes.cellule(liaison.correlation, CORRELATION),
        )
        for liaison in gardees[:_PAIRES_MONTREES]
    )
    yield Lignes(("Échelle", "Autre échelle", "n", "r"), lignes, droite=(2,))
    yield from notes.bloc()
    tues = len(strate.liaisons) - len(lignes)
    if tues:
        autres = pluriel(tues, "autre paire", "autres paires")
        yield Paragraphe(f"{autres} (sortes mêlées, items communs, regroupements) dans le fichier.", discret=True)


def _blocs_d_appariement(appariement: Appariement) -> Iterator[Bloc]:
    commun = "regard" if appariement.sorte == "moments" else "moment"
    titre = f"De {appariement.premier} à {appariement.second}, {commun} {appariement.commun}"
    yield Titre(f"{titre} : {pluriel(appariement.paires, 'paire')}", 1)
    if appariement.accords:
        yield Paragraphe(
            f"Les mêmes personnes des deux côtés. Écart : {appariement.second} moins {appariement.premier}.",
            discret=True,
        )
        yield from _tableau_des_accords(appariement)
    for phrase in lire_l_appariement(appariement):
        yield Paragraphe(phrase)


def _tableau_des_accords(appariement: Appariement) -> Iterator[Bloc]:
    notes, lignes = _Notes(), []
    for code, accord in appariement.accords.items():
        cellules = (notes.cellule(getattr(accord, mesure.cle), mesure) for mesure in MESURES_ACCORD)
        lignes.append((code, str(accord.icc.n), *cellules))
    entetes = ("Échelle", "n", *(mesure.court for mesure in MESURES_ACCORD))
    yield Lignes(entetes, tuple(lignes), droite=(1,))
    yield from notes.bloc()

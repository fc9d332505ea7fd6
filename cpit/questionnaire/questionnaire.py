"""Le questionnaire : pose les items un à un, enregistre avant de poser le suivant, ne perd rien.

Le terminal, l’enregistrement et l’horloge sont passés en argument : tout se joue aussi sans écran.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from math import ceil
from textwrap import shorten

from cpit.coeur.mots.notice import (
    consignes_de_reponse,
    question_de_la_date,
    question_de_reponse,
    sens_de_sans_objet,
)
from cpit.coeur.passation import (
    CODE_MAX,
    CONNAISSANCES,
    DATES_ATTENDUES,
    DIMENSIONS_DE_PLACE,
    MOMENTS,
    PAS_ENCORE_VU,
    REGARDS,
    ROLES_EVALUATEUR,
    TRACE_MAX,
    DimensionDePlace,
    Etat,
    Jumelle,
    Passation,
    Reponse,
    est_retrospectif,
    lire_la_date,
    moments_demandes,
    noms_des_moments,
    repondu,
    sans_objet,
    sans_reponse,
)
from cpit.coeur.referentiel import Competence, Item, Niveau, QuestionProfil, Referentiel, choisis
from cpit.coeur.tableaux import libelle_reponse
from cpit.ouverture import service_de_partage
from cpit.terminal import Quitter, Terminal, Touche, normaliser_saisie, sans_effet, touche_de
from cpit.typographie import FINE, enumerer, grouper, pluriel

SECONDES_PAR_ITEM = 20
"""Rythme annoncé ; 24 items demandent huit minutes, dix avec l’accueil et le profil."""

_ENONCE_EN_REVUE = 48
"""Signes d’un énoncé que la revue rappelle : de quoi reconnaître la situation que le code désigne."""

_LARGEUR_POUR_TOUT = 100
"""Colonnes à partir desquelles ce que l’échelle dit d’un niveau se lit sous l’ancre de la situation, sans « ? »."""

_INSECABLE = "\u00a0"
_DEUX_POINTS = FINE + ": "
Enregistrer = Callable[[Passation], Passation]
"""Écrit la passation et la rend telle qu’écrite ; ne rend la main que lorsqu’elle est sur le disque."""


class Questionnaire:
    """Une séance de questions sur une passation.

    ``avec_place`` : après chaque réponse, demander aussi la place de la situation dans le poste.
    """

    def __init__(
        self,
        referentiel: Referentiel,
        passation: Passation,
        terminal: Terminal,
        enregistrer: Enregistrer,
        *,
        avec_place: bool = False,
    ) -> None:
        self.referentiel = referentiel
        self.passation = passation
        self.terminal = terminal
        self._enregistrer, self._avec_place = enregistrer, avec_place
        self._items = referentiel.ordre_de_passation()
        self._competences = {c.identifiant: c for c in referentiel.competences}
        self._competence_montree = ""
        self._apres: Callable[[int], int] = _le_suivant
        """Où l’on va d’un item répondu : le suivant, le prochain sans réponse, ou la fin si l’on en vient."""

    def mener(self) -> Passation:
        """Pose les items jusqu’au bout, puis la revue finale.

        :raises Quitter: si la personne demande à s’arrêter.
        :raises EOFError, KeyboardInterrupt: si l’entrée se ferme ou si elle interrompt.
        """
        premier = self._premier_a_voir()
        rang: int | None = premier
        if premier < len(self._items):
            self.terminal.dire()
            for consigne in self._consignes():
                self.terminal.dire(consigne)
            self.terminal.dire(question_de_reponse(self.referentiel, self.passation.moment, self.passation.regard))
        while rang is not None:
            while rang < len(self._items):
                rang = self._poser(rang)
            rang = self._revue_finale()
        return self.passation

    def acquitter(self, passation: Passation) -> None:
        """Enregistre, puis seulement retient : ce que l’on montre est ce qui est sur le disque."""
        self.passation = self._enregistrer(passation)

    def _premier_a_voir(self) -> int:
        """Le premier item pas encore vu ; la fin s’il n’y en a plus, ou si l’on rouvre une passation terminée."""
        if self.passation.terminee is not None:
            return len(self._items)
        return next((rang for rang, item in enumerate(self._items) if self._est_a_voir(item)), len(self._items))

    def _est_a_voir(self, item: Item) -> bool:
        return self.passation.est_a_voir(item.code)

    def _consignes(self) -> tuple[str, ...]:
        """Comment entendre la question : à propos de qui, et de quand."""
        ici, jumelle = self.passation, self.passation.jumelle
        date = ici.date_moment if jumelle is None else jumelle.date_moment
        passe = "" if jumelle is None else jumelle.moment
        return consignes_de_reponse(self.referentiel, ici.moment, ici.regard, date, jumelle=passe)

    def _poser(self, rang: int) -> int:
        """Montre un item, lit une saisie valable et rend le rang du suivant."""
        item = self._items[rang]
        self._montrer(rang, item)
        touches: dict[Touche, Callable[[], int | None]] = {
            Touche.PRECEDENT: lambda: self._preceder(rang),
            Touche.TRACE: lambda: self._saisir_trace(item),
            Touche.REVUE: lambda: self._revue(rang),
            Touche.AIDE: self._aider,
        }
        return self.terminal.interroger(
            "> ",
            lambda saisie: self._lire_et_repondre(saisie, rang, item),
            self._attendus(),
            touches,
            faute="n'est pas une réponse",
        )

    def _lire_et_repondre(self, saisie: str, rang: int, item: Item) -> int | None:
        """Rang où aller après une réponse, ou rien si ce n’en est pas une."""
        propre = normaliser_saisie(saisie)
        reponse = lire_reponse(self.referentiel, propre, self.passation.reponse(item.code))
        return None if reponse is None else self._repondre(rang, item, reponse, vide=not propre)

    def _preceder(self, rang: int) -> int | None:
        if rang == 0:
            self.terminal.dire("C'est la première situation.")
            return None
        return rang - 1

    def _repondre(self, rang: int, item: Item, reponse: Reponse, *, vide: bool) -> int:
        self.acquitter(self.passation.avec_reponse(item.code, reponse))
        if vide and reponse.etat is Etat.SANS_REPONSE:
            self.terminal.dire(f"{item.code} laissée sans réponse (p pour y revenir).")
        touche = self._completer(item, reponse)
        if touche is None:
            return self._apres(rang)
        return self._revue(rang) if touche is Touche.REVUE else rang

    def _completer(self, item: Item, reponse: Reponse) -> Touche | None:
        """Ce qui se demande après une réponse ; la touche par laquelle la personne en sort, s’il y en a une."""
        jumelle = self.passation.jumelle
        if jumelle is not None and (touche := self._dire_le_passe(item, jumelle)):
            return touche
        # Une situation qui n’existe pas n’a pas de place.
        if self._avec_place and reponse.etat is not Etat.SANS_OBJET:
            return self._situer(item)
        return None

    def _sortir(self) -> dict[Touche, Callable[[], Touche | None]]:
        """Ce que font les touches d’une question posée après la réponse : en sortir, ou dire l’aide."""
        return {
            Touche.PRECEDENT: lambda: Touche.PRECEDENT,
            Touche.REVUE: lambda: Touche.REVUE,
            Touche.AIDE: self._aider,
        }

    def _dire_le_passe(self, item: Item, jumelle: Jumelle) -> Touche | None:
        """Demande ce qu’il en était au moment passé ; la touche, si la personne en sort par une touche."""
        self.terminal.dire(question_de_reponse(self.referentiel, jumelle.moment, self.passation.regard))
        ici = jumelle.reponses.get(item.code, PAS_ENCORE_VU)
        garde = ici.etat in (Etat.REPONDU, Etat.SANS_OBJET)
        fait = f"garder « {self._en_mots(ici)} », - efface" if garde else "sans réponse"

        def lire(saisie: str) -> Reponse | Touche | None:
            return lire_reponse(self.referentiel, normaliser_saisie(saisie), ici)

        dite = self.terminal.interroger(
            f"Au début (Entrée = {fait}) : ",
            lire,
            _acceptes(*reponses_possibles(self.referentiel), "Entrée", "-", "p", "r", "?", "q"),
            self._sortir(),
        )
        if isinstance(dite, Touche):
            return dite
        assert isinstance(dite, Reponse)
        reponses = {**jumelle.reponses, item.code: dite}
        self.acquitter(replace(self.passation, jumelle=replace(jumelle, reponses=reponses)))
        return None

    def _situer(self, item: Item) -> Touche | None:
        """Demande la fréquence et l’importance d’une situation ; la touche, si la personne en sort par une touche."""
        tiers = self.passation.regard == "tiers"
        for dimension in DIMENSIONS_DE_PLACE:
            self.terminal.dire(dimension.question_pour_un_tiers if tiers else dimension.question)
            niveaux = (f"{niveau} {mots}".replace(" ", _INSECABLE) for niveau, mots in dimension.niveaux.items())
            self.terminal.dire(" · ".join(niveaux), suite=2)
            ici = self.passation.reponse(item.code)
            dite = dimension.mots(ici.place(dimension.cle))
            fait = f"garder « {dite} », - efface" if dite else "ne pas le dire"
            permises = ("", "-", *map(str, dimension.niveaux))
            choix: str | Touche = self.terminal.interroger(
                f"{dimension.libelle} (Entrée = {fait}) : ",
                _parmi(permises),
                _acceptes(*permises[2:], "Entrée", "-", "p", "r", "?", "q"),
                self._sortir(),
            )
            if isinstance(choix, Touche):
                return choix
            if choix:
                self._retenir_la_place(item, dimension, None if choix == "-" else int(choix))
        return None

    def _retenir_la_place(self, item: Item, dimension: DimensionDePlace, niveau: int | None) -> None:
        reponse = self.passation.reponse(item.code).situee(dimension.cle, niveau)
        self.acquitter(self.passation.avec_reponse(item.code, reponse))

    def _montrer(self, rang: int, item: Item) -> None:
        competence = self._competences[item.competence]
        if self._competence_montree != competence.identifiant:
            self._competence_montree = competence.identifiant
            self._montrer_competence(competence)
        ici = self.passation.reponse(item.code)
        self.terminal.dire()
        a_voir = sum(map(self._est_a_voir, self._items))
        self.terminal.dire(avancement(rang, len(self._items), a_voir))
        self._fort(f"{item.code}. {item.enonce_pour(self.passation.regard)}")
        self._montrer_les_niveaux(item.sens_de)
        if ici.etat is not Etat.PAS_ENCORE_VU:
            self.terminal.dire(f"Votre réponse : {self._en_mots(ici)}.")
        if self.passation.jumelle is not None and item.code in self.passation.jumelle.reponses:
            self.terminal.dire(f"Au début : {self._en_mots(self.passation.jumelle.reponses[item.code])}.")
        if ici.dit_une_place:
            self.terminal.dire(f"{_dire_la_place(ici)}.")
        if ici.trace:
            self.terminal.dire(f"Votre trace{_DEUX_POINTS}{ici.trace}", suite=2, tel_quel=True)
        garder = "garder" if ici.etat in (Etat.REPONDU, Etat.SANS_OBJET) else "sans réponse"
        # Une touche ne se sépare pas de ce qu’elle fait, même à vingt colonnes.
        touches = (f"Entrée = {garder}", "t trace", "p précédent", "r revue", "? aide", "q quitter")
        self.terminal.dire(" · ".join(touche.replace(" ", _INSECABLE) for touche in touches), suite=2)

    def _montrer_les_niveaux(self, sens: Callable[[Niveau], str | None]) -> None:
        """Chaque réponse possible et ce qu’elle veut dire : celle que l’on choisit se lit sans toucher à rien."""
        echelle = self.referentiel.echelle
        reponses = [
            (f"{niveau.valeur:>3}", niveau.libelle, sens(niveau), niveau.description) for niveau in echelle.niveaux
        ]
        if echelle.sans_objet:
            sens_de_so = sens_de_sans_objet(self.referentiel, self.passation.regard)
            reponses.append((" so", echelle.sans_objet.libelle, sens_de_so, None))
        au_large = not self.terminal.simple and self.terminal.largeur >= _LARGEUR_POUR_TOUT
        for touche, libelle, dit, entier in reponses:
            self.terminal.dire(f"{touche}  {libelle}" + (f" : {dit}" if dit else ""), suite=5)
            if au_large and entier and entier != dit:
                self.terminal.dire(entier, retrait=7)

    def _montrer_competence(self, competence: Competence) -> None:
        nom = f"{competence.identifiant} · {competence.libelle}"
        if self.terminal.simple:
            self.terminal.dire()
            self._fort(nom)
        else:
            # Le nom est dans le trait : la question, la situation et ses niveaux tiennent ainsi en 24 lignes.
            trait = "─" if self.terminal.sait_ecrire("─") else "-"
            self._fort(f"{trait * 2} {nom} ".ljust(self.terminal.largeur_de_prose, trait))
        self.terminal.dire(competence.definition)

    def _fort(self, texte: str) -> None:
        """Une ligne mise en valeur, quand le terminal a des couleurs."""
        gras = self.terminal.couleurs and os.name != "nt"  # l’ancienne console de Windows montrerait la séquence
        self.terminal.flux.write("\x1b[1m" if gras else "")
        self.terminal.dire(texte)
        self.terminal.flux.write("\x1b[0m" if gras else "")

    def _saisir_trace(self, item: Item) -> None:
        ici = self.passation.reponse(item.code)
        garder = "Entrée termine" if self.terminal.edite else "Entrée seule ne change rien, un texte remplace l'ancien"
        self.terminal.dire(
            "Une preuve, un exemple vécu, pour vous en souvenir. Ce que vous collez garde ses lignes ; "
            f"{garder}, « - » efface, p laisse la trace, q quitte. {grouper(TRACE_MAX)} signes au plus."
        )
        trace = demander_un_mot(self.terminal, "Trace : ", ici.trace, (Touche.PRECEDENT,), "Effacer cette trace ?")
        if not isinstance(trace, Touche) and trace != ici.trace:
            self.acquitter(self.passation.avec_reponse(item.code, replace(ici, trace=trace)))
            lignes = trace.count("\n") + 1
            en_lignes = f" ({pluriel(lignes, 'ligne')})" if lignes > 1 else ""
            self.terminal.dire(f"Trace enregistrée{en_lignes}." if trace else "Trace effacée.")
        self.terminal.dire("Votre réponse à la situation, maintenant :")

    def _revue(self, rang: int) -> int:
        """Montre tout, et rend le rang choisi (le même si la personne revient)."""
        self._lister()
        return self._choisir_item(f"Code de la situation à revoir (Entrée pour revenir à {self._nom(rang)}) : ", rang)

    def _lister(self) -> None:
        """Chaque situation, ce qui y est répondu, et de quoi la reconnaître."""
        self.terminal.dire()
        for item in self._items:
            marque = " +trace" if self.passation.reponse(item.code).trace else ""
            etat = " / ".join(self._en_mots(une.reponse(item.code)) for une in self.passation.separees())
            enonce = shorten(item.enonce_pour(self.passation.regard), _ENONCE_EN_REVUE, placeholder="…")
            self.terminal.dire(f"{item.code}  {etat}{marque} · {enonce}", suite=6)

    def _nom(self, rang: int) -> str:
        return self._items[rang].code if rang < len(self._items) else "la fin"

    def _choisir_item(self, invite: str, defaut: int) -> int:
        """Le rang de la situation choisie ; Entrée et « p » rendent celui d’où l’on vient."""
        premier, dernier = self._items[0].code, self._items[-1].code
        return self.terminal.interroger(
            invite,
            lambda saisie: self._rang_de(saisie) if saisie else defaut,
            f"Écrire un code de {premier} à {dernier}, une compétence, un rang de 1 à {len(self._items)}, Entrée, p, "
            "r, ? ou q.",
            {Touche.PRECEDENT: lambda: defaut, Touche.REVUE: self._lister, Touche.AIDE: self._aider},
            faute="n'est le code d'aucune situation",
        )

    def _rang_de(self, saisie: str) -> int | None:
        """Le rang que désigne un code, le code d’une compétence (sa première situation) ou un numéro ; rien sinon."""
        propre = normaliser_saisie(saisie)
        rangs = {str(rang + 1): rang for rang in range(len(self._items))}
        for rang, item in reversed(list(enumerate(self._items))):
            rangs[item.competence.casefold()] = rang
        rangs |= {item.code.casefold(): rang for rang, item in enumerate(self._items)}
        return rangs.get(propre)

    def _revue_finale(self) -> int | None:
        """Ce qui reste sans réponse ; rien si la personne termine, sinon le rang où reprendre.

        Un item choisi ici ramène ici dès qu’il est répondu.
        """
        fin = len(self._items)
        self._apres = lambda _: fin
        sans = self._sans_reponse()
        self.terminal.dire()
        if sans:
            codes = [self._items[rang].code for rang in sans]
            self.terminal.dire(f"{pluriel(len(sans), 'situation')} sans réponse : {enumerer(codes)}.")
        else:
            self.terminal.dire("Toutes les situations ont une réponse.")
        while True:
            rang = self._ou_aller()
            if rang is None:
                return self._terminer(sans)
            if rang < fin:
                return rang

    def _ou_aller(self) -> int | None:
        """De l’écran de fin, le rang où aller (la fin si l’on revient de la revue), ou rien pour terminer."""
        fin = len(self._items)
        rang = self.terminal.interroger(
            "Entrée pour terminer, r pour tout revoir, ou un code : ",
            lambda saisie: self._rang_de(saisie) if saisie else -1,
            f"Écrire un code de situation, une compétence, un rang de 1 à {fin}, p, r, ? ou q, ou seulement Entrée.",
            {Touche.PRECEDENT: lambda: fin - 1, Touche.REVUE: lambda: self._revue(fin), Touche.AIDE: self._aider},
        )
        return None if rang < 0 else rang

    def _sans_reponse(self) -> list[int]:
        """Rangs des items sans réponse, vus ou non."""
        vides, moments = (Etat.SANS_REPONSE, Etat.PAS_ENCORE_VU), self.passation.separees()
        dites = (any(une.reponse(item.code).etat in vides for une in moments) for item in self._items)
        return [rang for rang, vide in enumerate(dites) if vide]

    def _terminer(self, sans: list[int]) -> int | None:
        """Termine, ou va à la première situation sans réponse : une Entrée de trop n’y suffit jamais."""
        if not sans:
            return None
        premiere = self._items[sans[0]].code
        self.terminal.dire(f"Entrée seule va à la première, {premiere}, et de là aux suivantes.")
        if self.terminal.confirmer(f"Terminer avec {pluriel(len(sans), 'situation')} sans réponse ?", defaut=False):
            return None
        self._apres = self._prochaine_sans_reponse
        return sans[0]

    def _prochaine_sans_reponse(self, rang: int) -> int:
        return next((autre for autre in self._sans_reponse() if autre > rang), len(self._items))

    def _aider(self) -> None:
        for consigne in self._consignes():
            self.terminal.dire(consigne)
        self.terminal.dire(question_de_reponse(self.referentiel, self.passation.moment, self.passation.regard))
        self._montrer_les_niveaux(lambda niveau: niveau.description)
        self.terminal.dire(
            "t ajoute une trace (un exemple vécu), ou la corrige ; p revient d'une situation ; r montre tout et "
            "permet de sauter à une situation, par son code, son rang ou sa compétence ; « - » efface la réponse ; "
            "q enregistre et quitte. Chaque réponse est enregistrée dès qu'elle est donnée."
        )

    def _attendus(self) -> str:
        return _acceptes(*reponses_possibles(self.referentiel), "Entrée", "-", "t", "p", "r", "?", "q")

    def _en_mots(self, reponse: Reponse) -> str:
        libelle = libelle_reponse(self.referentiel, reponse)
        if libelle is None:
            return "pas encore vue" if reponse.etat is Etat.PAS_ENCORE_VU else "sans réponse"
        return libelle if reponse.valeur is None else f"{reponse.valeur} {libelle}"


def _le_suivant(rang: int) -> int:
    return rang + 1


def reponses_possibles(referentiel: Referentiel) -> list[str]:
    """Chaque niveau, et « so » si le référentiel l’admet, tels qu’on les tape."""
    valeurs = [str(niveau.valeur) for niveau in referentiel.echelle.niveaux]
    return [*valeurs, *(["so"] if referentiel.echelle.sans_objet else [])]


def lire_reponse(referentiel: Referentiel, saisie: str, ici: Reponse) -> Reponse | None:
    """Réponse que dit une saisie, en gardant la trace et la place ; rien si ce n’en est pas une.

    Entrée garde une réponse déjà donnée, et laisse sans réponse un item qui n’en a pas ; « - » efface.
    """
    if saisie == "":
        return ici if ici.etat in (Etat.REPONDU, Etat.SANS_OBJET) else ici.devenue(sans_reponse())
    if saisie == "-":
        return ici.devenue(sans_reponse())
    if saisie == "so":
        return ici.devenue(sans_objet()) if referentiel.echelle.sans_objet else None
    if re.fullmatch(r"[+-]?[0-9]{1,9}", saisie) and int(saisie) in referentiel.echelle.par_valeur:
        return ici.devenue(repondu(int(saisie)))
    return None


def _dire_la_place(reponse: Reponse) -> str:
    """« Fréquence : chaque mois ; importance : essentielle », pour ce qui en est dit."""
    dites = (
        f"{dimension.libelle.lower()}{_DEUX_POINTS}{mots}"
        for dimension in DIMENSIONS_DE_PLACE
        if (mots := dimension.mots(reponse.place(dimension.cle)))
    )
    phrase = f"{FINE}; ".join(dites)
    return phrase[:1].upper() + phrase[1:]


def avancement(rang: int, total: int, a_voir: int) -> str:
    """« 7/24 · environ 6 min » : le rang de l’item et le temps que demandent ceux qui restent à voir."""
    minutes = ceil(max(a_voir, 1) * SECONDES_PAR_ITEM / 60)
    return f"{rang + 1}/{total} · environ {minutes} min"


_REPRENDRE_UN_LONG_TEXTE = "Entrée le reprend pour le raccourcir, « - » l'abandonne : "


def _demander_un_texte(terminal: Terminal, invite: str, ici: str, effacer: str) -> str:
    """Un texte tel qu’il doit devenir, quel qu’il soit ; trop long, il se redemande et n’est ni pris ni coupé.

    :param ici: celui qui est déjà là : Entrée le garde, « - » l’efface.
    :param effacer: ce qui se demande avant de le vider sur place.
    :raises Quitter: si la personne demande à s’arrêter quand on lui demande s’il faut l’effacer.
    """
    depart = ici
    while True:
        saisie = terminal.demander_texte(invite, depart)
        if len(saisie) > TRACE_MAX and saisie != ici:
            terminal.dire(
                f"{grouper(len(saisie))} signes, {grouper(TRACE_MAX)} au plus : rien n'est coupé, rien n'est "
                "enregistré."
            )
            # Remis aussitôt sous les yeux, un texte aussi long chasserait de l’écran ce que l’on vient d’en dire.
            depart = saisie if terminal.edite and terminal.demander(_REPRENDRE_UN_LONG_TEXTE) != "-" else ici
        elif saisie == "" and ici and not terminal.confirmer(effacer, defaut=False):
            return ici
        else:
            return "" if saisie == "-" else saisie


def demander_un_mot(
    terminal: Terminal, invite: str, ici: str = "", actives: Collection[Touche] = (), effacer: str = "L'effacer ?"
) -> str | Touche:
    """Un texte, là où les touches gardent leur sens : « q », « ? » ou « p » seuls n’en sont jamais un.

    :param ici: celui qui est déjà là.
    :param actives: les touches qui se rendent à qui demande ; « q » quitte, les autres n’ont pas d’effet.
    :param effacer: ce qui se demande avant de le vider sur place.
    :raises Quitter: si la personne demande à s’arrêter.
    """
    while True:
        saisie = _demander_un_texte(terminal, invite, ici, effacer)
        touche = None if saisie == ici else touche_de(saisie)
        if touche is None:
            return saisie
        if touche in actives:
            return touche
        _refuser_la_touche(terminal, touche)


def _refuser_la_touche(terminal: Terminal, touche: Touche) -> None:
    """Là où l’on écrit un texte : « q » quitte, « ? » dit ce qui est attendu, toute autre touche est sans effet."""
    if touche is Touche.QUITTER:
        raise Quitter
    attendus = f"Sont acceptés : un texte ({grouper(TRACE_MAX)} signes au plus), Entrée, -, ?, q."
    terminal.dire(attendus if touche is Touche.AIDE else f"{sans_effet(touche)} {attendus}")


def demander_des_textes(
    terminal: Terminal,
    rubriques: Sequence[tuple[str, str]],
    ici: Mapping[str, str],
    reprocher: Callable[[str, str], str] = lambda _cle, _texte: "",
) -> dict[str, str] | None:
    """Chaque texte d’une suite de rubriques, « p » revenant à celle d’avant ; rien si la première reste vide.

    :param rubriques: la clé et le libellé de chacune ; la première seule est exigée.
    :param ici: les textes déjà là, par clé : Entrée les garde.
    :param reprocher: d’une clé et de son texte, ce qu’il y a à en redire ; il se redemande alors.
    :raises Quitter: si la personne demande à s’arrêter.
    """
    textes, rang = dict(ici), 0
    while rang < len(rubriques):
        cle, libelle = rubriques[rang]
        avant = textes.get(cle, "")
        passer = " (Entrée pour passer)" if rang and not avant else ""
        garder = f" (Entrée garde « {shorten(avant, _ENONCE_EN_REVUE, placeholder='…')} »)" if avant else ""
        invite = f"{libelle}{passer or ('' if terminal.edite else garder)} : "
        dit = demander_un_mot(terminal, invite, avant, (Touche.PRECEDENT,) if rang else ())
        if isinstance(dit, Touche):
            rang -= 1
            continue
        if not rang and not dit:
            return None
        if faute := reprocher(cle, dit):
            terminal.dire(faute)
            continue
        textes[cle] = dit
        rang += 1
    return textes


def accueillir(terminal: Terminal, referentiel: Referentiel, dossier: str) -> None:
    """L’écran d’accueil, en quatre lignes : quoi, combien de temps, où est le fichier, ce qui ne sort pas."""
    total = len(referentiel.items)
    minutes = ceil(total * SECONDES_PAR_ITEM / 60) + 2
    terminal.dire(f"Quoi : {total} situations professionnelles, sans note ni classement.")
    terminal.dire(f"Combien de temps : environ {minutes} minutes, à reprendre quand vous voulez (q).")
    terminal.dire(f"Où{_DEUX_POINTS}chaque réponse s’enregistre aussitôt dans {dossier}", tel_quel=True)
    service = service_de_partage(dossier)
    if not service:
        terminal.dire("Rien ne quitte cette machine : cpit n'a aucun accès au réseau.")
        return
    terminal.dire(
        f"Ce dossier est synchronisé par {service} : cpit n'envoie rien, mais {service} recopie vos réponses sur ses "
        "serveurs, et chez qui partage ce dossier. Pour les garder ailleurs : q, puis cpit questionnaire --dossier."
    )


def demander_identite(
    terminal: Terminal, referentiel: Referentiel, passation: Passation, donnes: frozenset[str] = frozenset()
) -> Passation:
    """Demande code, moment et regard, sauf ceux déjà donnés en option.

    :param donnes: noms des champs déjà donnés (``identifiant``, ``moment``, ``regard``, ``date_moment``).
    """
    terminal.dire()
    if "identifiant" not in donnes:
        terminal.dire("Un code ou un nom, pour retrouver vos réponses (facultatif, Entrée pour passer).")
        passation = replace(passation, identifiant=_demander_code(terminal))
    if "moment" not in donnes:
        moments = " ; ".join(f"{code} = {libelle}" for code, libelle in noms_des_moments(referentiel).items())
        terminal.dire(f"Le moment : {moments} ; t1+retrospectif = les deux d'un trait, aujourd'hui et le début.")
        invite = f"Moment (Entrée pour {passation.moment}) : "
        attendus = ", ".join((*MOMENTS, "t1+retrospectif"))
        moment = _demander_parmi(terminal, invite, passation.moment, lambda m: bool(moments_demandes(m)), attendus)
        passation = au_moment(passation, moment)
    if "date_moment" not in donnes:
        passation = _demander_la_date(terminal, passation)
    if "regard" not in donnes:
        terminal.dire("Le regard : soi = je réponds pour moi ; tiers = je réponds à propos de quelqu'un.")
        invite = f"Regard (Entrée pour {passation.regard}) : "
        regard = _demander_parmi(terminal, invite, passation.regard, REGARDS.__contains__, ", ".join(REGARDS))
        passation = replace(passation, regard=regard)
    return passation


def au_moment(passation: Passation, demande: str, date: str = "") -> Passation:
    """La passation à ce moment ; « t1+retrospectif » lui donne une jumelle, que la date date alors."""
    moment, *passes = moments_demandes(demande)
    if passes:
        return replace(passation, moment=moment, date_moment="", jumelle=Jumelle(passes[0], date))
    return replace(passation, moment=moment, date_moment=date)


def _demander_la_date(terminal: Terminal, passation: Passation) -> Passation:
    """De quand est le moment passé dont on parle, si l’on parle d’un moment passé ; facultatif."""
    jumelle = passation.jumelle
    passe = passation.moment if jumelle is None else jumelle.moment
    if not est_retrospectif(passe):
        return passation
    terminal.dire(question_de_la_date(passe))
    date = terminal.interroger(
        "Date (Entrée pour passer) : ",
        lambda saisie: lire_la_date(saisie) if saisie else "",
        f"Est attendue {DATES_ATTENDUES}, Entrée, ? ou q.",
        faute="n'est pas une date",
    )
    if jumelle is not None:
        return replace(passation, jumelle=replace(jumelle, date_moment=date))
    return replace(passation, date_moment=date)


def demander_le_tiers(terminal: Terminal, passation: Passation, donnes: frozenset[str] = frozenset()) -> Passation:
    """Demande à un tiers son code, ce qu’il est pour la personne, s’il connaît son travail ; tout est facultatif.

    Rien de tel à qui répond pour soi.

    :param donnes: noms des champs déjà donnés (``evaluateur``, ``role_evaluateur``, ``connaissance``).
    """
    if passation.regard != "tiers":
        return passation
    if "evaluateur" not in donnes:
        terminal.dire("Votre code à vous, qui répondez (facultatif, Entrée pour passer) : un code, pas un nom.")
        passation = replace(passation, evaluateur=_demander_code(terminal, "Votre code : ", "--evaluateur"))
    if "role_evaluateur" not in donnes:
        question = "Ce que vous êtes pour cette personne"
        passation = replace(passation, role_evaluateur=_demander_un_code(terminal, question, "Rôle", ROLES_EVALUATEUR))
    if "connaissance" not in donnes:
        question = "Son travail, et les situations qui suivent, vous les connaissez"
        dite = _demander_un_code(terminal, question, "Connaissance", CONNAISSANCES)
        passation = replace(passation, connaissance=dite)
    return passation


def _demander_un_code(terminal: Terminal, question: str, nom: str, codes: Mapping[str, str]) -> str:
    """L’un des codes d’une liste fermée ; vide si l’on passe."""
    choix = [f"{code} = {libelle.removeprefix(f'{code} : ')}" for code, libelle in codes.items()]
    terminal.dire(f"{question} : {' ; '.join(choix)}.")
    return _demander_parmi(terminal, f"{nom} (Entrée pour passer) : ", "", codes.__contains__, ", ".join(codes))


def _demander_code(terminal: Terminal, invite: str = "Code : ", option: str = "--code") -> str:
    """Un code, vide si l’on passe ; une touche n’en est jamais un, l’option seule le donne."""

    def lire(saisie: str) -> str | None:
        if len(saisie) <= CODE_MAX:
            return saisie
        terminal.dire(f"{len(saisie)} signes, {CODE_MAX} au plus : un code coupé serait celui d'une autre personne.")
        return None

    attendus = f"Écrire un code, Entrée, ? ou q ; un code qui est aussi une touche se donne avec {option}."
    return terminal.interroger(invite, lire, attendus)


def demander_profil(questionnaire: Questionnaire) -> None:
    """Pose les questions de profil sans réponse ; toutes sont facultatives et enregistrées une à une."""
    tiers = questionnaire.passation.regard == "tiers"
    de_qui = "le contexte de cette personne" if tiers else "votre contexte"
    _poser_du_profil(questionnaire, f"Quelques questions sur {de_qui}", condition=False)


def demander_conditions(questionnaire: Questionnaire) -> None:
    """Pose de même les questions sur les conditions d’exercice : elles se lisent à côté des scores, jamais dedans."""
    if not any(question.condition for question in questionnaire.referentiel.profil):
        questionnaire.terminal.dire()
        questionnaire.terminal.dire("Ce référentiel n'a aucune question sur les conditions d'exercice.")
    tiers = questionnaire.passation.regard == "tiers"
    de_qui = "son travail s'exerce" if tiers else "votre travail s'exerce"
    _poser_du_profil(questionnaire, f"Les conditions dans lesquelles {de_qui}, jamais notées", condition=True)


def _poser_du_profil(questionnaire: Questionnaire, annonce: str, *, condition: bool) -> None:
    terminal, deja = questionnaire.terminal, questionnaire.passation.profil
    questions = [
        une for une in questionnaire.referentiel.profil if une.condition is condition and une.identifiant not in deja
    ]
    if not questions:
        return
    terminal.dire()
    terminal.dire(f"{annonce}, toutes facultatives (Entrée pour passer, p pour revenir).")
    rang = 0
    while rang < len(questions):
        question = questions[rang]
        terminal.dire()
        terminal.dire(question.libelle)
        for numero, choix in enumerate(question.choix, 1):
            terminal.dire(f"{numero:>3}  {choix.libelle}", suite=5)
        ici = questionnaire.passation.profil.get(question.identifiant, "")
        dite = _demander_un_profil(terminal, question, ici, revenir=rang > 0)
        if isinstance(dite, Touche):
            rang -= 1
            continue
        if dite != ici:
            autres = {cle: code for cle, code in questionnaire.passation.profil.items() if cle != question.identifiant}
            profil = {**autres, **({question.identifiant: dite} if dite else {})}
            questionnaire.acquitter(replace(questionnaire.passation, profil=profil))
        rang += 1


def _demander_un_profil(terminal: Terminal, question: QuestionProfil, ici: str, *, revenir: bool) -> str | Touche:
    """Le choix, ou les choix si la question en admet plusieurs, par numéros ou par codes ; vide si l’on passe.

    :param ici: ce qui y est déjà répondu, qu’Entrée garde et que « - » efface.
    :param revenir: vrai si « p », que l’on rend alors, mène à une question d’avant.
    """
    codes = {choix.code.casefold(): choix.code for choix in question.choix}
    acceptes = {**codes, **{str(rang): choix.code for rang, choix in enumerate(question.choix, 1)}}
    numeros, exemple = "Numéro", f"1 à {len(question.choix)}"
    if question.plusieurs:
        numeros = "Numéros (plusieurs possibles)"
        exemple = f"un ou plusieurs numéros de {exemple}, séparés par une espace (« 1 2 »)"
    garder = f" (Entrée garde « {question.libelle_de(ici)} », - efface)" if ici else ""
    attendus = _acceptes(exemple, "Entrée", *(["-"] if ici else []), *(["p"] if revenir else []), "?", "q")

    def lire(saisie: str) -> list[str] | Touche | None:
        propre = normaliser_saisie(saisie)
        if not propre or (propre == "-" and ici):
            return list(choisis(ici)) if not propre else []
        mots = _mots(propre) if question.plusieurs else [propre]
        return [acceptes[mot] for mot in mots] if acceptes.keys() >= set(mots) else None

    touches: dict[Touche, Callable[[], list[str] | Touche | None]] = (
        {Touche.PRECEDENT: lambda: Touche.PRECEDENT} if revenir else {}
    )
    while True:
        dits = terminal.interroger(f"{numeros}{garder} : ", lire, attendus, touches)
        if isinstance(dits, Touche):
            return dits
        if question.aucun is None or not question.se_contredit(dits):
            return question.joindre(dits)
        terminal.dire(
            f"« {question.aucun.libelle} » ne va avec aucun autre choix. Donner ce choix seul, ou les autres."
        )


def _mots(saisie: str) -> list[str]:
    """« 1 3 », « 1, 3 » et « 1;3 » : chaque numéro ou code."""
    return [mot for mot in re.split(r"[\s,;]+", saisie) if mot]


def _demander_parmi(terminal: Terminal, invite: str, defaut: str, accepte: Callable[[str], bool], attendus: str) -> str:
    def lire(saisie: str) -> str | None:
        propre = normaliser_saisie(saisie)
        return (propre or defaut) if not propre or accepte(propre) else None

    return terminal.interroger(invite, lire, _acceptes(attendus, "Entrée", "?", "q"))


def _parmi(permises: Collection[str]) -> Callable[[str], str | None]:
    """Ce qui lit l’une des saisies permises, et rien d’autre."""

    def lire(saisie: str) -> str | None:
        propre = normaliser_saisie(saisie)
        return propre if propre in permises else None

    return lire


def _acceptes(*saisies: str) -> str:
    return f"Sont acceptés : {', '.join(saisies)}."

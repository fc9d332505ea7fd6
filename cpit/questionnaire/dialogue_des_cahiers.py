"""Les cahiers d’une personne au clavier : son plan (reprendre un pas, en choisir, changer ses mots), et ses traces.

Le plan se demande après le résultat, jamais avant les questions : ce que l’on s’est promis ne doit rien dicter.
Chaque pas, chaque trace est sur le disque avant la question suivante.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from textwrap import shorten

from cpit.affichage import montrer, montrer_anomalies
from cpit.affichage.ecran_restitution import blocs_d_un_pas, montrer_le_plan
from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.notation import valeurs_retenues
from cpit.coeur.suites import (
    RUBRIQUES_DE_PAS,
    RUBRIQUES_DE_TRACE,
    EtatDePas,
    Pas,
    Plan,
    date_impossible_de_pas,
)
from cpit.erreurs import ErreurCpit
from cpit.formats.passation_json import Contenu
from cpit.passations.cahiers import CahierEcrit, Cahiers
from cpit.questionnaire.questionnaire import demander_des_textes, demander_un_mot
from cpit.terminal import Quitter, Terminal, Touche, normaliser_saisie
from cpit.typographie import pluriel

_SUGGEREES = 3
"""Situations nommées à qui choisit un pas : celles où il a répondu le plus bas."""
_ENONCE = 90
"""Signes d’un énoncé : de quoi reconnaître la situation que le code désigne."""
_A_REPRENDRE = (EtatDePas.FAIT, EtatDePas.EN_COURS, EtatDePas.ABANDONNE, EtatDePas.AUTREMENT)

_PLUS_TARD = ""
"""Ce que vaut, pendant le plan, Entrée ou la touche qui quitte : on y reviendra."""
_PAS_ENREGISTRE = "Votre pas est enregistré."
"""« Pas enregistré » dirait aussi qu’il ne l’est pas."""


class DialogueDuPlan:
    """Une personne devant son plan.

    ``horloge`` rend l’instant présent, en ISO 8601.
    """

    def __init__(self, terminal: Terminal, cahiers: Cahiers, horloge: Callable[[], str]) -> None:
        self._terminal, self._cahiers, self._horloge = terminal, cahiers, horloge

    def suivre(self, restitution: Restitution) -> None:
        """Après un résultat : redemande chaque pas ouvert, puis propose d’en choisir. Un plan abîmé n’empêche rien.

        :raises EOFError, KeyboardInterrupt: si l’entrée se ferme ou si elle interrompt ; ce qui est dit est enregistré.
        """
        plan, anomalies = self._cahiers.plan_s_il_se_lit()
        montrer_anomalies(self._terminal, anomalies)
        if plan is None:
            return
        plan = self.reprendre(plan)
        if not plan.complet:
            self._suggerer(restitution)
            self._choisir(plan)

    def reprendre(self, plan: Plan) -> Plan:
        """Redemande chaque pas ouvert, et rend le plan tel qu’il est devenu.

        :raises EOFError, KeyboardInterrupt: comme ``suivre``.
        """
        self._terminal.dire()
        if plan.ouverts:
            self._terminal.dire(f"Vous aviez {pluriel(len(plan.ouverts), 'pas', 'pas')} devant vous.")
        for rang, _ in plan.ouverts:
            plan = self._reprendre(plan, rang)
        return plan

    def tenir(self) -> None:
        """Montre le plan et le change jusqu’à ce que l’on finisse, par Entrée.

        :raises Quitter: si la personne demande à s’arrêter.
        :raises ErreurCpit: plan d’un cpit plus récent.
        :raises EOFError, KeyboardInterrupt: comme ``suivre``.
        """
        plan, anomalies = self._cahiers.plan_s_il_se_lit()
        montrer_anomalies(self._terminal, anomalies)
        plan = plan or Plan(self._cahiers.identifiant)
        while plan is not None:
            montrer_le_plan(self._terminal, plan)
            acceptes = f"Sont acceptés : {self._acceptees(plan)}."
            plan = self._terminal.interroger(self._invite(plan), partial(self._geste, plan), acceptes)(plan)

    def _geste(self, plan: Plan, saisie: str) -> Callable[[Plan], Plan | None] | None:
        """Ce que fait une saisie devant un plan, qui rend le plan devenu, ou rien si l’on finit ; rien si elle ne
        convient pas.
        """
        gestes: dict[str, Callable[[Plan], Plan | None]] = {"": lambda _plan: None}
        gestes |= {} if plan.complet else {"a": self._choisir}
        gestes |= {str(rang + 1): partial(self._revoir, rang=rang) for rang in range(len(plan.pas))}
        return gestes.get(normaliser_saisie(saisie))

    def _invite(self, plan: Plan) -> str:
        ajouter = [] if plan.complet else ["a pour ajouter un pas"]
        changer = ["un numéro pour changer ce pas"] if plan.pas else []
        return f"Plan ({', '.join([*ajouter, *changer, 'Entrée pour finir'])}) : "

    def _acceptees(self, plan: Plan) -> str:
        ajouter = [] if plan.complet else ["a"]
        numeros = [f"1 à {len(plan.pas)}" if len(plan.pas) > 1 else "1"] if plan.pas else []
        return ", ".join([*ajouter, *numeros, "Entrée", "?", "q"])

    # --- choisir un pas

    def _suggerer(self, restitution: Restitution) -> None:
        """Nomme les situations répondues le plus bas : de quoi choisir, sans conseil."""
        referentiel, passation = restitution.referentiel, restitution.passation
        retenues = valeurs_retenues(referentiel, passation.valeurs())
        posees = [item for item in referentiel.ordre_de_passation() if item.code in retenues]
        basses = sorted(posees, key=lambda item: retenues[item.code])[:_SUGGEREES]
        self._terminal.dire("Et maintenant ? Un à trois pas, dans vos mots ; rien n'en entre dans un score.")
        if basses:
            self._terminal.dire("Situations où vous avez répondu le plus bas :")
            _nommer(self._terminal, {item.code: item.enonce for item in basses})

    def _choisir(self, plan: Plan) -> Plan:
        """Ajoute des pas, une situation après l’autre, jusqu’à Entrée ou à trois pas ouverts."""
        while not plan.complet:
            saisie = self._terminal.interroger(
                "Code de la situation à travailler (? les nomme, Entrée = plus tard) : ",
                normaliser_saisie,
                "Sont acceptés : le code d'une situation, Entrée, ?, q.",
                {
                    Touche.AIDE: lambda: _nommer_toutes(self._terminal, self._cahiers),
                    Touche.QUITTER: lambda: _PLUS_TARD,
                },
            )
            if saisie == _PLUS_TARD:
                break
            if code := _situation_dite(self._terminal, self._cahiers, saisie):
                plan = self._ecrire_un_pas(plan, code)
        return plan

    def _ecrire_un_pas(self, plan: Plan, code: str) -> Plan:
        try:
            with _dire_la_perte(self._terminal, "Ce pas n'est pas enregistré."):
                textes = demander_des_textes(self._terminal, RUBRIQUES_DE_PAS, {}, _reprocher)
        except Quitter:
            self._terminal.dire("Rien n'est ajouté.")
            return plan
        if textes is None:
            self._terminal.dire("Rien n'est ajouté : un pas se dit en quelques mots au moins.")
            return plan
        return self._acquitter(lambda: self._cahiers.ajouter_pas(code, textes, self._horloge()), _PAS_ENREGISTRE)

    # --- ce qu’un pas devient

    def _reprendre(self, plan: Plan, rang: int) -> Plan:
        """Demande où en est un pas ouvert ; Entrée ne dit rien."""
        montrer(self._terminal, blocs_d_un_pas(rang, plan.pas[rang]))
        choix: dict[str, EtatDePas | str] = {str(numero): etat for numero, etat in enumerate(_A_REPRENDRE, 1)}
        choix |= {_PLUS_TARD: _PLUS_TARD, **{etat.mots: etat for etat in _A_REPRENDRE}}
        dits = " · ".join(f"{numero}\u00a0{etat.mots}" for numero, etat in enumerate(_A_REPRENDRE, 1))
        self._terminal.dire(dits, retrait=3)
        etat = self._terminal.interroger(
            "Où en est-il (Entrée = plus tard) : ",
            lambda saisie: choix.get(normaliser_saisie(saisie)),
            f"Sont acceptés : 1 à {len(_A_REPRENDRE)}, Entrée, ?, q.",
            {Touche.QUITTER: lambda: _PLUS_TARD},
        )
        return self._changer_d_etat(plan, rang, etat) if isinstance(etat, EtatDePas) else plan

    def _changer_d_etat(self, plan: Plan, rang: int, etat: EtatDePas) -> Plan:
        try:
            with _dire_la_perte(self._terminal, "L'état de ce pas n'est pas changé."):
                note = demander_un_mot(self._terminal, "Un mot à en garder (Entrée pour passer) : ")
        except Quitter:
            self._terminal.dire("Rien n'est changé.")
            return plan
        return self._acquitter(
            lambda: self._cahiers.changer_pas(rang + 1, self._horloge(), etat=etat, note=str(note)),
            f"Noté : {etat.mots}.",
        )

    def _revoir(self, plan: Plan, rang: int) -> Plan:
        """Change l’état d’un pas, puis ses mots ; Entrée garde."""
        plan = self._reprendre(plan, rang)
        try:
            textes = self._changer_les_mots(plan.pas[rang])
        except Quitter:
            self._terminal.dire("Rien n'est changé.")
            return plan
        if textes is None:
            return plan
        return self._acquitter(
            lambda: self._cahiers.changer_pas(rang + 1, self._horloge(), textes=textes), _PAS_ENREGISTRE
        )

    def _changer_les_mots(self, pas: Pas) -> dict[str, str] | None:
        """Les mots d’un pas tels qu’ils deviennent ; rien si l’on n’y touche pas : un pas garde toujours les siens."""
        if not self._terminal.confirmer("Changer aussi ses mots ?", defaut=False):
            return None
        ici = {cle: str(getattr(pas, cle)) for cle, _ in RUBRIQUES_DE_PAS}
        with _dire_la_perte(self._terminal, "Les mots de ce pas ne sont pas changés."):
            textes = demander_des_textes(self._terminal, RUBRIQUES_DE_PAS, ici, _reprocher)
        if textes is None:
            self._terminal.dire("Rien n'est changé : un pas se dit en quelques mots au moins.")
        return textes

    def _acquitter(self, ecrire: Callable[[], CahierEcrit[Plan]], mots: str) -> Plan:
        """Écrit, puis dit ce qui vient d’être enregistré, une fois que c’est sur le disque."""
        ecrit = ecrire_ou_reessayer(self._terminal, ecrire)
        montrer_anomalies(self._terminal, ecrit.anomalies)
        self._terminal.dire(mots)
        return ecrit.cahier


@contextmanager
def _dire_la_perte(terminal: Terminal, mots: str) -> Iterator[None]:
    """Dit ce qui n’est pas enregistré de ce que l’on interrompt.

    :raises EOFError, KeyboardInterrupt: ce qui a interrompu.
    """
    try:
        yield
    except (EOFError, KeyboardInterrupt):
        terminal.dire()
        terminal.dire(mots)
        raise


def ecrire_ou_reessayer(terminal: Terminal, ecrire: Callable[[], CahierEcrit[Contenu]]) -> CahierEcrit[Contenu]:
    """Écrit ce qui vient d’être tapé ; si le disque s’y refuse, le dit et propose de réessayer, les mots gardés.

    :raises ErreurCpit: ce qui empêche d’écrire, si la personne y renonce ou si réessayer n’y changerait rien.
    """
    while True:
        try:
            return ecrire()
        except ErreurCpit as erreur:
            if erreur.anomalies[0].code not in _A_REESSAYER:
                raise
            montrer_anomalies(terminal, erreur.anomalies)
            try:
                encore = terminal.confirmer("Rien n'est enregistré ; vos mots sont encore là. Réessayer ?")
            except Quitter:
                encore = False
            if not encore:
                raise


_A_REESSAYER = frozenset({"ecriture-impossible", "verrou-tenu"})
"""Ce qu’un disque vidé ou une fenêtre fermée répare."""


def _reprocher(cle: str, texte: str) -> str:
    if not date_impossible_de_pas(cle, texte):
        return ""
    return f"« {texte} » n'est d'aucun calendrier. Une date qui existe, ou des mots (« avant l'été »)."


def demander_une_trace(
    terminal: Terminal, cahiers: Cahiers, item: str | None, textes: Mapping[str, str]
) -> tuple[str, dict[str, str]] | None:
    """La situation qu’illustre une trace, et ses textes ; ce qui est déjà donné ne se redemande pas.

    :param textes: ce qui est déjà dit, par champ de ``RUBRIQUES_DE_TRACE``.
    :return: le code de la situation et chaque texte, ou rien si la personne n’a rien écrit de ce qui s’est passé.
    :raises ErreurCpit: si ``item`` n’est le code d’aucune situation.
    :raises Quitter: si la personne demande à s’arrêter.
    """
    if item:
        code, enonce, _ = cahiers.situation(item)
        terminal.dire(f"{code}. {enonce}", tel_quel=True)
    else:
        code = _demander_la_situation(terminal, cahiers)
    if textes.get("situation"):
        return code, dict(textes)
    a_demander = [(cle, libelle) for cle, libelle in RUBRIQUES_DE_TRACE if not textes.get(cle)]
    dits = demander_des_textes(terminal, a_demander, {})
    return None if dits is None else (code, {**textes, **dits})


def demander_une_situation(
    terminal: Terminal, cahiers: Cahiers, enonce: str, competence: str, ingenierie: str
) -> tuple[str, str, str]:
    """L’énoncé, la compétence et l’ingénierie d’une situation à soi ; ce qui est donné ne se redemande pas.

    :raises ErreurCpit: si la compétence donnée n’est pas du référentiel : rien d’autre n’est alors demandé.
    :raises Quitter: si la personne demande à s’arrêter.
    """
    referentiel = cahiers.referentiel()
    competence = cahiers.competence(competence)
    enonce = enonce or str(demander_un_mot(terminal, "La situation : "))
    if enonce and not ingenierie:
        codes = [une.identifiant for une in referentiel.ingenieries]
        terminal.dire("L'ingénierie où vous la rangez :")
        for rang, une in enumerate(referentiel.ingenieries, 1):
            terminal.dire(f"{rang:>3}  {une.libelle}", suite=5)
        permises = {str(rang): code for rang, code in enumerate(codes, 1)} | {code.casefold(): code for code in codes}
        ingenierie = terminal.interroger(
            "Numéro : ",
            lambda saisie: permises.get(normaliser_saisie(saisie)),
            f"Sont acceptés : 1 à {len(codes)}, ?, q.",
        )
    return enonce, competence, ingenierie


def _demander_la_situation(terminal: Terminal, cahiers: Cahiers) -> str:
    code = ""
    while not code:
        code = terminal.interroger(
            "Code de la situation illustrée (? les nomme) : ",
            lambda saisie: (_situation_dite(terminal, cahiers, saisie) or "") if saisie else None,
            "Sont acceptés : le code d'une situation, ?, q.",
            {Touche.AIDE: lambda: _nommer_toutes(terminal, cahiers)},
        )
    return code


def _situation_dite(terminal: Terminal, cahiers: Cahiers, saisie: str) -> str | None:
    """Le code d’une situation, une fois son énoncé montré ; rien, et pourquoi, si ce n’en est pas un."""
    try:
        code, enonce, _ = cahiers.situation(saisie)
    except ErreurCpit as erreur:
        montrer_anomalies(terminal, erreur.anomalies)
        return None
    terminal.dire(f"{code}. {enonce}", tel_quel=True)
    return code


def _nommer_toutes(terminal: Terminal, cahiers: Cahiers) -> None:
    """Les situations du référentiel, puis celles de la personne."""
    _nommer(terminal, {item.code: item.enonce for item in cahiers.referentiel().ordre_de_passation()})
    _nommer(terminal, {une.code: une.enonce for une in cahiers.situations_propres()})


def _nommer(terminal: Terminal, enonces: Mapping[str, str]) -> None:
    for code, enonce in enonces.items():
        terminal.dire(f"{code}  {shorten(enonce, _ENONCE, placeholder='…')}", retrait=2, suite=6)

"""Le plan au clavier : reprendre chaque pas ouvert, en choisir d’autres, changer leurs mots ; tout est facultatif.

Il se demande après le résultat, jamais avant les questions : ce que l’on s’est promis ne doit rien dicter.
Chaque réponse est sur le disque avant la question suivante.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from textwrap import shorten

from cpit.affichage import montrer, montrer_anomalies
from cpit.affichage.ecran_restitution import blocs_d_un_pas, montrer_le_plan
from cpit.coeur.mots.restitution import Restitution
from cpit.coeur.notation import valeurs_retenues
from cpit.coeur.referentiel import Item
from cpit.coeur.suites import RUBRIQUES_DE_PAS, EtatDePas, Plan
from cpit.erreurs import ErreurCpit
from cpit.passations.cahiers import CahierEcrit, Cahiers
from cpit.questionnaire.questionnaire import demander_un_texte
from cpit.terminal import Terminal
from cpit.touches import Touche, normaliser_saisie, sans_effet, touche_de
from cpit.typographie import pluriel

_SUGGEREES = 3
"""Situations nommées à qui choisit un pas : celles où il a répondu le plus bas."""
_ENONCE = 90
"""Signes d’un énoncé : de quoi reconnaître la situation que le code désigne."""
_A_REPRENDRE = (EtatDePas.FAIT, EtatDePas.EN_COURS, EtatDePas.ABANDONNE, EtatDePas.AUTREMENT)


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
        self._terminal.dire()
        if plan.ouverts:
            self._terminal.dire(f"Vous aviez {pluriel(len(plan.ouverts), 'pas', 'pas')} devant vous.")
        for rang, _ in plan.ouverts:
            plan = self._reprendre(plan, rang)
        if not plan.complet:
            self._suggerer(restitution)
            self._choisir(plan)

    def tenir(self) -> None:
        """Montre le plan et le change jusqu’à ce que l’on quitte.

        :raises ErreurCpit: plan d’un cpit plus récent.
        :raises EOFError, KeyboardInterrupt: comme ``suivre``.
        """
        plan, anomalies = self._cahiers.plan_s_il_se_lit()
        montrer_anomalies(self._terminal, anomalies)
        while True:
            plan = plan or Plan(self._cahiers.identifiant)
            montrer_le_plan(self._terminal, plan)
            saisie = self._demander(self._invite(plan))
            if not saisie:
                return
            if saisie == "a" and not plan.complet:
                plan = self._choisir(plan)
            elif saisie.isascii() and saisie.isdecimal() and 0 < int(saisie[:9]) <= len(plan.pas):
                plan = self._revoir(plan, int(saisie) - 1)
            else:
                self._refuser(saisie, "ce que dit la question, Entrée, q")

    def _invite(self, plan: Plan) -> str:
        ajouter = [] if plan.complet else ["a pour ajouter un pas"]
        changer = ["un numéro pour changer ce pas"] if plan.pas else []
        return f"Plan ({', '.join([*ajouter, *changer, 'Entrée pour finir'])}) : "

    def _demander(self, invite: str) -> str:
        """Une saisie en minuscules ; vide si l’on remet à plus tard, par Entrée ou par la touche qui quitte."""
        saisie = normaliser_saisie(self._terminal.demander(invite))
        return "" if touche_de(saisie) is Touche.QUITTER else saisie

    def _refuser(self, saisie: str, attendus: str) -> None:
        """Dit qu’une touche n’a pas d’effet ici, ou ce qui est accepté."""
        touche = touche_de(saisie)
        autre = f"« {saisie[:40]} » ne convient pas. Sont acceptés : {attendus}."
        self._terminal.dire(sans_effet(touche) if touche else autre)

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
            self._nommer(basses)

    def _nommer(self, items: Iterable[Item]) -> None:
        for item in items:
            self._terminal.dire(f"{item.code}  {shorten(item.enonce, _ENONCE, placeholder='…')}", retrait=2, suite=6)

    def _choisir(self, plan: Plan) -> Plan:
        """Ajoute des pas, une situation après l’autre, jusqu’à Entrée ou à trois pas ouverts."""
        while not plan.complet:
            saisie = self._demander("Code de la situation à travailler (? les nomme, Entrée = plus tard) : ")
            if not saisie:
                break
            if touche_de(saisie) not in (None, Touche.AIDE):
                self._refuser(saisie, "")
                continue
            if touche_de(saisie) is Touche.AIDE:
                self._nommer(self._cahiers.referentiel().ordre_de_passation())
                continue
            try:
                code, enonce, _ = self._cahiers.situation(saisie)
            except ErreurCpit as erreur:
                montrer_anomalies(self._terminal, erreur.anomalies)
                continue
            self._terminal.dire(f"{code}. {enonce}", tel_quel=True)
            plan = self._ecrire_un_pas(plan, code)
        return plan

    def _ecrire_un_pas(self, plan: Plan, code: str) -> Plan:
        textes: dict[str, str] = {}
        for cle, libelle in RUBRIQUES_DE_PAS:
            facultatif = "" if cle == "quoi" else " (Entrée pour passer)"
            textes[cle] = demander_un_texte(self._terminal, f"{libelle}{facultatif} : ")
            if not textes["quoi"]:
                self._terminal.dire("Rien n'est ajouté : un pas se dit en quelques mots au moins.")
                return plan
        return self._acquitter(self._cahiers.ajouter_pas(code, textes, self._horloge()), "Pas enregistré.")

    # --- ce qu’un pas devient

    def _reprendre(self, plan: Plan, rang: int) -> Plan:
        """Demande où en est un pas ouvert ; Entrée ne dit rien."""
        montrer(self._terminal, blocs_d_un_pas(rang, plan.pas[rang]))
        choix = {str(numero): etat for numero, etat in enumerate(_A_REPRENDRE, 1)}
        choix |= {etat.mots: etat for etat in _A_REPRENDRE}
        dits = " · ".join(f"{numero}\u00a0{etat.mots}" for numero, etat in enumerate(_A_REPRENDRE, 1))
        self._terminal.dire(dits, retrait=3)
        invite = "Où en est-il (Entrée = plus tard) : "
        while saisie := self._demander(invite):
            if saisie in choix:
                note = demander_un_texte(self._terminal, "Un mot à en garder (Entrée pour passer) : ")
                ecrit = self._cahiers.changer_pas(rang + 1, self._horloge(), etat=choix[saisie], note=note)
                return self._acquitter(ecrit, f"Noté : {choix[saisie].mots}.")
            self._refuser(saisie, f"1 à {len(_A_REPRENDRE)}, Entrée, q")
        return plan

    def _revoir(self, plan: Plan, rang: int) -> Plan:
        """Change l’état d’un pas, puis ses mots ; Entrée garde."""
        plan = self._reprendre(plan, rang)
        if not self._terminal.confirmer("Changer aussi ses mots ?", defaut=False):
            return plan
        pas = plan.pas[rang]
        textes = {
            cle: demander_un_texte(self._terminal, f"{libelle} : ", str(getattr(pas, cle)))
            for cle, libelle in RUBRIQUES_DE_PAS
        }
        textes["quoi"] = textes["quoi"] or pas.quoi
        return self._acquitter(self._cahiers.changer_pas(rang + 1, self._horloge(), textes=textes), "Pas enregistré.")

    def _acquitter(self, ecrit: CahierEcrit[Plan], mots: str) -> Plan:
        """Dit ce qui vient d’être enregistré, une fois que c’est sur le disque."""
        montrer_anomalies(self._terminal, ecrit.anomalies)
        self._terminal.dire(mots)
        return ecrit.cahier

"""Faire le point : à qui a terminé une passation, proposer la suivante, son code et son profil repris."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cpit.coeur.comparaison import ordre_du_parcours
from cpit.coeur.passation import Passation, est_retrospectif, est_un_moment, replier_code
from cpit.passations.sauvegarde import terminees
from cpit.terminal import Terminal
from cpit.typographie import date_courte


@dataclass(frozen=True, slots=True)
class PointPossible:
    """La dernière passation terminée d’une personne, et le moment qui la suit."""

    chemin: Path
    passation: Passation
    moment: str

    @property
    def identite(self) -> dict[str, str]:
        """Ce que la nouvelle passation reprend, et quand elle est."""
        return {"identifiant": self.passation.identifiant, "moment": self.moment, "regard": "soi"}


def chercher_le_point(dossier: Path, identite: Mapping[str, str]) -> PointPossible | None:
    """Le point à proposer dans un dossier ; rien s’il y a plusieurs personnes et que l’on n’en nomme aucune.

    :param identite: ce que l’on a donné ; dès qu’un moment ou un regard l’est, on sait ce que l’on veut.
    """
    if set(identite) - {"identifiant"}:
        return None
    voulu = replier_code(identite.get("identifiant", ""))
    siennes: dict[str, list[tuple[Path, Passation]]] = {}
    for chemin, passation in terminees(dossier):
        code = replier_code(passation.identifiant)
        if passation.regard == "soi" and code and voulu in ("", code) and not est_retrospectif(passation.moment):
            siennes.setdefault(code, []).append((chemin, passation))
    if len(siennes) != 1:
        return None
    ((*_, (chemin, derniere)),) = (sorted(unes, key=lambda une: ordre_du_parcours(une[1])) for unes in siennes.values())
    moment = f"t{ordre_du_parcours(derniere)[0] + 1}"
    return PointPossible(chemin, derniere, moment) if est_un_moment(moment) else None


def veut_faire_le_point(terminal: Terminal, point: PointPossible, aujourd_hui: str) -> bool:
    """Propose le point ; Entrée l’accepte, sauf le jour même où la passation d’avant a été terminée."""
    passation = point.passation
    terminee = (passation.terminee or "")[:10]
    qui = f"{passation.identifiant}, {passation.moment.upper()}, {date_courte(terminee)}"
    terminal.dire(f"Une passation terminée est dans ce dossier ({qui}) :")
    terminal.copier(point.chemin.name)
    suite = ", votre code et votre profil repris" if passation.profil else ", votre code repris"
    question = f"Faire le point aujourd'hui ({point.moment.upper()}){suite} ?"
    return terminal.confirmer(question, defaut=terminee < aujourd_hui[:10])

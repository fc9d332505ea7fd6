"""L’essentiel d’une restitution : trois phrases en mots de tous les jours, puis ce que l’incertitude en laisse."""

from __future__ import annotations

from cpit.coeur.incertitude import Incertitude
from cpit.coeur.mots.restitution import COUVRE_TOUT, Relief, Restitution, dire_la_region, motif_position
from cpit.coeur.passation import Passation
from cpit.coeur.referentiel import Ingenierie, Referentiel
from cpit.typographie import enumerer, nombre, pluriel, typographier


def dire_l_essentiel(restitution: Restitution) -> tuple[str, ...]:
    """Combien de situations, ce qui se détache, ce qui pèse le plus : sans code, et sans autre nombre qu’un compte.

    Une seule phrase si rien n’entre dans le calcul : les deux autres n’auraient rien à dire.
    """
    premiere = _combien(restitution.referentiel, restitution.passation)
    if not restitution.passation.valeurs():
        return (premiere,)
    return premiere, _ce_qui_se_detache(restitution), _ce_qui_pese(restitution)


def lire_un_score(referentiel: Referentiel, score: float) -> str:
    """« 2,0 sur une échelle de 0 à 4, au plus près de « Dans un cas courant » : de bout en bout… »."""
    echelle = referentiel.echelle
    niveau = echelle.plus_proche(score)
    bornes = f"de {nombre(echelle.min, 0)} à {nombre(echelle.max, 0)}"
    suite = f" : {niveau.description}" if niveau.description else ""
    return typographier(f"{nombre(score)} sur une échelle {bornes}, au plus près de « {niveau.libelle} »{suite}")


def dire_si_l_on_peut_s_y_fier(incertitude: Incertitude) -> str:
    """Ce que l’incertitude laisse du point de la carte, sans un nombre ; vide s’il n’y a pas de point."""
    if incertitude.etat == "sans-position":
        return ""
    if incertitude.region is None:
        return typographier(f"Du point de la carte, on ne sait pas dire la part d'incertain ({_motif(incertitude)}).")
    if incertitude.couvre_tout:
        return typographier(COUVRE_TOUT)
    ovale = "Avec d'autres situations du même genre, le point de la carte tomberait ailleurs, sans doute dans l'ovale"
    if incertitude.equilibre_possible:
        return typographier(f"{ovale} ; le centre y est, l'équilibre reste donc possible.")
    return typographier(f"{ovale} ; le centre n'y est pas.")


def _motif(incertitude: Incertitude) -> str:
    return dire_la_region(incertitude).partition(" : ")[2]


def _combien(referentiel: Referentiel, passation: Passation) -> str:
    n, niveaux = len(passation.valeurs()), referentiel.echelle.niveaux
    if not n:
        return typographier("Aucune situation n'a encore de niveau : il n'y a rien à lire pour l'instant.")
    qui = "Vous avez situé" if passation.regard == "soi" else "Un tiers a situé"
    situees = pluriel(n, "situation de travail", "situations de travail")
    return typographier(
        f"{qui} {situees} sur {len(referentiel.items)}, de « {niveaux[0].libelle} » à « {niveaux[-1].libelle} »."
    )


def _ce_qui_se_detache(restitution: Restitution) -> str:
    lecture = restitution.interpretation
    plus, moins = _nommer(lecture.appuis), _nommer(lecture.fragiles)
    qui = "Vos réponses" if restitution.passation.regard == "soi" else "Ces réponses"
    if plus and moins:
        return typographier(f"{qui} vont le plus loin pour {plus}, le moins loin pour {moins}.")
    if plus or moins:
        sens = "le plus loin" if plus else "le moins loin"
        return typographier(f"{qui} vont {sens} pour {plus or moins} ; rien ne se détache à l'autre bout.")
    return lecture.relief


def _nommer(reliefs: tuple[Relief, ...]) -> str:
    return enumerer([f"« {relief.competence.libelle} »" for relief in reliefs])


def _ce_qui_pese(restitution: Restitution) -> str:
    referentiel, situation = restitution.referentiel, restitution.resultat.situation
    if situation.position is None or situation.dominante is None:
        return typographier(f"Pas de position sur la carte : {motif_position(referentiel, restitution.resultat)}.")
    if not situation.dominante:
        noms = enumerer([f"« {i.libelle} »" for i in referentiel.ingenieries])
        return typographier(f"Entre {noms}, aucune ingénierie ne l'emporte : c'est l'équilibre.")
    portees = [_presenter(i) for i in referentiel.ingenieries if i.identifiant in situation.dominante]
    reserve = " ; l'équilibre reste possible" if _equilibre_possible(restitution.incertitude) else ""
    debut = "Ce qui pèse le plus" if len(portees) == 1 else "Pèsent autant, et plus que les autres"
    return typographier(f"{debut} dans ces réponses : {enumerer(portees)}{reserve}.")


def _equilibre_possible(incertitude: Incertitude) -> bool:
    return incertitude.couvre_tout or bool(incertitude.equilibre_possible)


def _presenter(ingenierie: Ingenierie) -> str:
    """« Catalyse territoriale » (mettre en lien…) : le nom, et ce qu’elle fait."""
    return f"« {ingenierie.libelle} » ({ingenierie.fonction[:1].lower()}{ingenierie.fonction[1:].rstrip('.')})"

"""Ce qui se colle pour être lu : --valeurs pour des réponses, une correspondance pour tout le reste."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import DE_LA_VERSION, PAR_DEFAUT, referentiels_livres
from cpit.erreurs import ACopier, Lieu, Remede
from cpit.typographie import FINE, typographier

SENS_SANS_OBJET, SENS_VIDE = "SO", "vide"
"""Ce que peut valoir, hors des niveaux, une réponse dont on dit le sens."""
_CODE_NUMEROTE = re.compile(r"(?P<nom>[A-Za-z]+)(?P<rang>[0-9]{1,2})")
"""« AO01 », « A1 »."""
_Cibles = dict[str, tuple[str, ...]]
"""Ce que peut valoir chaque réponse, telle qu’écrite."""
_RIEN: Mapping[str, str] = MappingProxyType({})


def commande_de_correspondance(fichier: str, referentiel: Referentiel) -> ACopier:
    """La commande qui propose la correspondance d’une table, dans ce référentiel."""
    return ACopier(f'cpit correspondance "{fichier}"{option_de_referentiel(referentiel)}')


def ou_dire_un_mot(source: str, referentiel: Referentiel, correspondance: str, ligne: tuple[str, str, str]) -> ACopier:
    """La fin d’un remède : où dire ce que veut dire un mot, et la ligne à y mettre ; ou la correspondance à demander.

    :param ligne: l’en-tête de la colonne, ce qu’elle porte, et le mot.
    """
    dire = typographier(" ; ou dire ce que vaut « {} » dans ").format(ligne[2])
    if not correspondance:
        commande = commande_de_correspondance(source, referentiel)
        return ACopier(f"{dire}la correspondance que propose{FINE}: {commande}")
    en_tete, porte, mot = (json.dumps(texte, ensure_ascii=False) for texte in ligne)
    return ACopier(f'{dire}{correspondance}{FINE}: {en_tete}: {{porte: {porte}, valeurs: {{{mot}: "?"}}}}')


def option_de_referentiel(referentiel: Referentiel) -> str:
    """L’option qui redit le référentiel ; vide s’il est celui que l’on prend sans rien dire."""
    livres = _noms_livres()
    if (passee := f"{referentiel.identifiant}{DE_LA_VERSION}{referentiel.version}") in livres:
        return f" --referentiel {passee}"
    if referentiel.identifiant == PAR_DEFAUT:
        return ""
    return f" --referentiel {referentiel.identifiant if referentiel.identifiant in livres else 'REFERENTIEL.yaml'}"


@cache
def _noms_livres() -> frozenset[str]:
    return frozenset(referentiels_livres())


@dataclass(frozen=True, slots=True)
class Remedes:
    """Comment dire ce que valent les réponses d’une table : ``deja``, celles que la commande dit, s’y répètent."""

    referentiel: Referentiel
    deja: Mapping[str, str] = field(default_factory=lambda: _RIEN)

    def dire(self, code: str, valeur: object, lieu: Lieu, devine: int | None = None) -> Remede | str:
        """De quoi coller pour qu’une réponse refusée soit prise ; vide s’il n’y a qu’à corriger la cellule.

        Ce qu’elle vaut n’est pas deviné : « vide » n’en change rien, et se remplace.

        :param code: celui du refus.
        :param devine: le seul niveau dont elle soit le début du libellé, si c’en est un.
        """
        if code not in _SE_DISENT:
            return ""
        ecrite = str(valeur).strip()
        cibles = self._cibles(code, ecrite, devine)
        deja = {dite: (sens,) for dite, sens in self.deja.items() if dite not in cibles}
        amorce = _AMORCES.get(code, "ou dire ce que cela vaut ({permis})").format(permis=self._permis)
        return Remede(amorce, {**deja, **cibles}, commande_de_correspondance(lieu.fichier, self.referentiel))

    @property
    def _permis(self) -> str:
        echelle = self.referentiel.echelle
        so = f"{SENS_SANS_OBJET} " if echelle.sans_objet else ""
        return f"un niveau de {echelle.min} à {echelle.max}, {so}ou {SENS_VIDE}"

    def _cibles(self, code: str, ecrite: str, devine: int | None) -> _Cibles:
        so = (SENS_SANS_OBJET,) if self.referentiel.echelle.sans_objet else ()
        if code == "cellule-ambigue":
            return {ecrite: (*so, SENS_VIDE)}
        if code == "cellule-code-de-reponse" and (trouve := _CODE_NUMEROTE.fullmatch(ecrite)):
            return self._suivre_l_echelle(ecrite, trouve["nom"], len(trouve["rang"]), so)
        if code in ("cellule-hors-echelle", "cellule-non-dite"):
            # Un nombre changé en un autre demande que tous soient dits.
            memes = {str(niveau.valeur): (str(niveau.valeur),) for niveau in self.referentiel.echelle.niveaux}
            return {**memes, ecrite: (SENS_VIDE,)} if code == "cellule-hors-echelle" else {ecrite: (SENS_VIDE,)}
        return {ecrite: (SENS_VIDE if devine is None else str(devine),)}

    def _suivre_l_echelle(
        self, ecrite: str, nom: str, chiffres: int, so: tuple[str, ...]
    ) -> dict[str, tuple[str, ...]]:
        """« AO01 », « AO02 »… sur les niveaux, dans l’ordre de l’échelle, puis sans objet : un exemple à vérifier."""
        sens = [*(str(niveau.valeur) for niveau in self.referentiel.echelle.niveaux), *so]
        suite = {f"{nom}{rang:0{chiffres}}": (vaut,) for rang, vaut in enumerate(sens, 1)}
        return {**suite, **({} if ecrite in suite else {ecrite: (SENS_VIDE,)})}


_SE_DISENT = frozenset(
    {
        *("cellule-hors-echelle", "cellule-incomprise", "cellule-non-entiere", "cellule-non-dite", "cellule-ambigue"),
        *("cellule-pourcentage", "cellule-code-de-reponse", "cellule-libelle-coupe", "numero-et-libelle"),
        "sans-objet-non-prevu",
    }
)
"""Les refus d’une réponse qu’il suffit de dire pour qu’elle soit lue."""
_AMORCES = {
    "cellule-ambigue": "ou dire ce que cela vaut",
    "cellule-code-de-reponse": "ou, si ces codes suivent l’ordre de l’échelle",
    "cellule-non-dite": "y joindre ({permis})",
}

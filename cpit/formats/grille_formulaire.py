"""La feuille remplie d’un formulaire : ses valeurs, la place de ses colonnes, et ce qu’une case a de particulier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cpit.erreurs import ErreurCpit, Lieu, refus
from cpit.formats.cellules import ERREURS_DE_TABLEUR, replier_libelle
from cpit.formats.forme_formulaire import CODE, ENTETES, IDENTIFICATION, LISTES, REPONSE, SITUATION
from cpit.tableur.lecture import Case, ClasseurLu, FeuilleLue
from cpit.tableur.pieges import Piege, nommer_cellule
from cpit.typographie import enumerer, nettoyer, typographier

_ENTETES = {replier_libelle(entete): entete for entete in ENTETES}
RAISONS_DE_PIEGE = {"cellule-formule": "formule sans valeur calculée", "cellule-erreur": "erreur de tableur"}
_EXIGES = (CODE, SITUATION, REPONSE)


@dataclass(frozen=True, slots=True)
class Grille:
    """La feuille d’un formulaire et la place de ses colonnes ; tout se compte à partir de 1, comme dans un tableur."""

    fichier: str
    feuille: FeuilleLue
    entete: int
    colonnes: Mapping[str, int]
    """En-tête → colonne ; la trace peut manquer."""

    @property
    def titre(self) -> str:
        """Nom de la feuille, tel que la personne l’a laissé."""
        return self.feuille.titre

    def valeur(self, ligne: int, entete: str) -> object:
        """Valeur d’une case, ``None`` si elle est vide."""
        return self.feuille.valeur(ligne, self.colonnes[entete])

    def colonne(self, entete: str) -> Iterator[tuple[int, object]]:
        """Ligne et valeur de chaque case remplie d’une colonne, la ligne d’en-têtes exceptée."""
        rang = self.colonnes[entete]
        for ligne, cases in sorted(self.feuille.lignes.items()):
            if rang in cases and ligne != self.entete:
                yield ligne, cases[rang]

    def lieu(self, ligne: int, entete: str = REPONSE) -> Lieu:
        """Où est une case."""
        return Lieu(self.fichier, feuille=self.titre, cellule=self.adresse(ligne, entete))

    def adresse(self, ligne: int, entete: str = REPONSE) -> str:
        """Adresse d’une case, par exemple ``C21``."""
        return nommer_cellule(ligne, self.colonnes[entete])

    def fusion(self, ligne: int, entete: str) -> str | None:
        """Adresse de la fusion qui couvre une case, ou rien."""
        zone = self.feuille.pieges.fusion(ligne, self.colonnes[entete])
        if zone is None:
            return None
        return f"{nommer_cellule(zone.haut, zone.gauche)}:{nommer_cellule(zone.bas, zone.droite)}"

    def cachee(self, ligne: int, entete: str) -> bool:
        """Vrai si la ligne ou la colonne d’une case est cachée."""
        return self.feuille.pieges.cellule_cachee(ligne, self.colonnes[entete])

    def texte(self, ligne: int, entete: str, *, dates: bool = False) -> tuple[str, str | None]:
        """Texte d’une case, nettoyé, et ce qui empêche de le prendre (rien, le plus souvent).

        :param dates: une date se lit comme un texte ; sinon elle empêche, car un code « 3-4 » a pu en devenir une.
        """
        if zone := self.fusion(ligne, entete):
            return "", typographier(f"cellules fusionnées {zone}")
        valeur = self.valeur(ligne, entete)
        if isinstance(valeur, str):
            net = nettoyer(valeur, garder_lignes=True).strip()
            return ("", net) if net and replier_libelle(net[:20]) in ERREURS_DE_TABLEUR else (net, None)
        return _texte_d_une_valeur(valeur, dates=dates)


def _texte_d_une_valeur(valeur: object, *, dates: bool) -> tuple[str, str | None]:
    if valeur is None:
        return "", None
    if isinstance(valeur, Piege):
        return "", valeur.vu or RAISONS_DE_PIEGE[valeur.code]
    if isinstance(valeur, bool):
        return "", "VRAI" if valeur else "FAUX"
    if isinstance(valeur, int | float):
        return str(int(valeur)) if float(valeur).is_integer() else str(valeur).replace(".", ","), None
    if isinstance(valeur, date | datetime):
        texte = valeur.strftime("%d/%m/%Y")
        return (texte, None) if dates else ("", f"date {texte}")
    return "", str(valeur)


def trouver_grille(classeur: ClasseurLu, fichier: str) -> Grille:
    """La feuille à remplir, reconnue à sa ligne d’en-têtes, quel que soit son nom.

    :raises ErreurCpit: si aucune feuille, ou plusieurs, peuvent l’être ; si ses colonnes sont ambiguës.
    """
    trouvees = []
    for titre in classeur.titres:
        if titre not in {IDENTIFICATION, LISTES}:
            feuille = classeur.lire_feuille(titre)
            entete = next((rang for rang in sorted(feuille.lignes) if _entetes(feuille.lignes[rang])), None)
            if entete is not None:
                trouvees.append((feuille, entete))
    if not trouvees:
        raise _remanie(fichier, "la ligne d'en-têtes « {} » manque".format(" », « ".join(_EXIGES)))
    if len(trouvees) > 1:
        noms = enumerer([f"« {feuille.titre} »" for feuille, _ in trouvees])
        raise _remanie(fichier, f"plusieurs feuilles sont à remplir, {noms}")
    feuille, entete = trouvees[0]
    places = _entetes(feuille.lignes[entete])
    for nom, colonnes in places.items():
        if len(colonnes) > 1:
            raise _remanie(fichier, f"la colonne « {nom} » y est plusieurs fois")
    return Grille(fichier, feuille, entete, {nom: colonnes[0] for nom, colonnes in places.items()})


def _entetes(cases: Mapping[int, Case]) -> dict[str, list[int]]:
    """En-tête → colonnes où il est, si la ligne est bien celle des en-têtes ; rien sinon."""
    places: dict[str, list[int]] = {}
    for colonne, valeur in cases.items():
        if isinstance(valeur, str) and len(valeur) < 100 and (nom := _ENTETES.get(replier_libelle(valeur))):
            places.setdefault(nom, []).append(colonne)
    return places if all(exige in places for exige in _EXIGES) else {}


def _remanie(fichier: str, raison: str) -> ErreurCpit:
    return refus("formulaire-remanie", fichier, raison=typographier(raison))

"""Ce qu’un dossier garde d’une personne : l’inventorier, le lui remettre, l’effacer, et dire ce qui reste."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from cpit.api import maintenant
from cpit.api.arguments import facade
from cpit.coeur import Progres
from cpit.droits.exercice import (
    effacer_les_siens,
    fouiller,
    hors_d_atteinte,
    oter_l_evaluateur,
    place_en_mots,
    pseudonyme_sous,
    remettre,
)
from cpit.droits.marques import Identite, Inventaire, normaliser_code
from cpit.erreurs import Anomalie, ErreurCpit, MauvaisEmploi, anomalie, refus
from cpit.ouverture import est_un_dossier
from cpit.passations.sauvegarde import Confirmer, nom_sur
from cpit.typographie import montrer_d_ailleurs, pluriel, proche


@dataclass(frozen=True, repr=False)
class Remise:
    """Ce qui a été remis : d’après quel inventaire, dans quel dossier, combien de fichiers tels quels.

    ``reserves`` : ce qu’on ne sait pas, ou ne voit pas.
    """

    inventaire: Inventaire
    dossier: Path
    recopies: int
    reserves: tuple[Anomalie, ...]

    def __repr__(self) -> str:
        """De qui, et combien de fichiers."""
        lieu = montrer_d_ailleurs(str(self.dossier))[-80:]
        recopies = pluriel(self.recopies, "fichier recopié", "fichiers recopiés")
        return f"Remise({self.inventaire.code[:40]} : {recopies}, dans {lieu})"


@dataclass(frozen=True, repr=False)
class Effacement:
    """Ce qu’un effacement a fait.

    ``confirme`` est faux s’il n’y avait rien à effacer ou si l’on a renoncé ; ``anonymisees`` : les passations d’autres
    personnes, copies comprises et telles qu’elles se nommaient, dont son code d’évaluateur est ôté ;
    ``resistances`` : les fichiers qui n’ont pas pu l’être ; ``restes`` : ce qui la mêle à d’autres, et n’est jamais
    effacé ; ``reserves`` : ce qu’on ne sait pas ; ``hors_d_atteinte`` : ce que la fouille d’un dossier ne voit pas, en
    phrases.
    """

    inventaire: Inventaire
    confirme: bool
    effaces: int
    anonymisees: tuple[Path, ...]
    resistances: tuple[Anomalie, ...]
    restes: tuple[Anomalie, ...]
    reserves: tuple[Anomalie, ...]
    hors_d_atteinte: tuple[str, ...]

    def __repr__(self) -> str:
        """De qui, et ce qui a été fait."""
        suites = {"résistance": self.resistances, "reste": self.restes, "réserve": self.reserves}
        reste = ", ".join(pluriel(len(unes), mot) for mot, unes in suites.items())
        effaces = pluriel(self.effaces, "fichier effacé", "fichiers effacés")
        return f"Effacement({self.inventaire.code[:40]} : {effaces}, {reste})"


@facade
def inventorier(
    code: str, dossier: str | Path = ".", *, cle: str | Path | None = None, progres: Progres | None = None
) -> Inventaire:
    """Tout ce qu’un dossier garde d’une personne ; rien n’est écrit.

    :param code: le code de la personne, exactement.
    :param cle: la clé d’une étude, rangée ailleurs que dans le dossier.
    :raises MauvaisEmploi: code vide.
    :raises ErreurCpit: dossier ou clé introuvable.
    """
    return _inventorier(_identifier(code, cle), Path(dossier), None, progres)


@facade
def mes_donnees(
    code: str,
    dossier: str | Path = ".",
    sortie: str | Path | None = None,
    *,
    cle: str | Path | None = None,
    apercu: Callable[[Inventaire], object] | None = None,
    progres: Progres | None = None,
) -> Remise:
    """Rassemble ce qu’un dossier garde d’une personne dans un dossier neuf, à lui remettre.

    :param sortie: le dossier neuf ; « mes-donnees-CODE », ici, s’il n’est pas donné.
    :param apercu: reçoit l’inventaire avant que rien ne soit écrit.
    :raises MauvaisEmploi: code vide.
    :raises ErreurCpit: dossier ou clé introuvable, personne introuvable, dossier de sortie pris ou impossible.
    """
    identite = _identifier(code, cle)
    place = Path(nom_sur("mes-donnees", identite.code)) if sortie is None else Path(sortie)
    inventaire = _inventorier(identite, Path(dossier), place, progres)
    reserves = tuple(_reserves(inventaire))
    if inventaire.vide:
        voisin = proche(identite.code, sorted(inventaire.connus - {identite.code}))
        mots = {"code": identite.code, "fichiers": inventaire.fichiers, "proche": voisin}
        raise ErreurCpit([*reserves, anomalie("personne-introuvable", str(dossier), **mots)])
    if apercu is not None:
        apercu(inventaire)
    return Remise(inventaire, place, remettre(inventaire, place, date=maintenant()), reserves)


@facade
def effacer(
    code: str,
    dossier: str | Path = ".",
    *,
    confirmer: bool | Callable[[Inventaire], bool] = False,
    cle: str | Path | None = None,
    ecarter: Confirmer | None = None,
    progres: Progres | None = None,
) -> Effacement:
    """Efface ce qu’un dossier garde d’une personne seule, et ôte son code de ce qu’elle a dit d’un autre ; ce qui la
    mêle à d’autres est dit, et reste.

    :param confirmer: vrai, ou une fonction qui reçoit l’inventaire et dit s’il faut l’effacer ; elle n’est pas appelée
        s’il n’y a rien à effacer.
    :param ecarter: demande avant d’écarter une séance qui semble ouverte ; absent, on n’y touche pas.
    :raises MauvaisEmploi: code vide, ou rien pour confirmer.
    :raises ErreurCpit: dossier ou clé introuvable.
    """
    identite = _identifier(code, cle)
    inventaire = _inventorier(identite, Path(dossier), None, progres)
    confirme = bool(inventaire.a_effacer or inventaire.evaluations) and _confirme(inventaire, confirmer)
    effaces, resistances = effacer_les_siens(inventaire, ecarter) if confirme else (0, [])
    anonymisees, autres = oter_l_evaluateur(inventaire, ecarter) if confirme else ([], [])
    return Effacement(
        inventaire,
        confirme,
        effaces,
        tuple(anonymisees),
        (*resistances, *autres),
        tuple(_restes(inventaire, anonymisees)),
        tuple(_reserves(inventaire)),
        hors_d_atteinte(inventaire),
    )


def _confirme(inventaire: Inventaire, confirmer: bool | Callable[[Inventaire], bool]) -> bool:
    if callable(confirmer):
        return confirmer(inventaire)
    if not confirmer:
        raise MauvaisEmploi([anomalie("effacer-sans-confirmation")])
    return True


def _identifier(code: str, cle: str | Path | None) -> Identite:
    net = normaliser_code(code)
    if not net:
        raise MauvaisEmploi([anomalie("code-vide")])
    return Identite(net) if cle is None else Identite(net, frozenset({pseudonyme_sous(Path(cle), net)}))


def _inventorier(identite: Identite, dossier: Path, sauf: Path | None, progres: Progres | None) -> Inventaire:
    if not est_un_dossier(dossier, a_parcourir=True):
        raise refus("dossier-introuvable", str(dossier), nom=dossier)
    return fouiller(dossier, identite, sauf=sauf, progres=progres)


def _restes(inventaire: Inventaire, anonymisees: Collection[Path]) -> Iterator[Anomalie]:
    """Ce qui n’est pas effacé parce que d’autres personnes y sont, ou peut-être : une fois par fichier."""
    par_fichier: dict[Path, list[int]] = {}
    siennes = _etudes_de_la_personne(inventaire)
    for rang, mention in enumerate(inventaire.mentions):
        if mention.chemin.parent not in siennes and mention.chemin not in anonymisees:
            par_fichier.setdefault(mention.chemin, []).append(rang)
    for chemin, rangs in par_fichier.items():
        siennes_ici = [inventaire.mentions[rang] for rang in rangs]
        code = "ligne-partagee" if any(mention.sure for mention in siennes_ici) else "code-cite"
        if any(mention.evaluateur for mention in siennes_ici):
            code = "evaluateur-garde"
        ou = " ; ".join(filter(None, map(place_en_mots, siennes_ici)))
        yield anomalie(code, str(chemin), ou=f" ({ou})" if ou else "")


def _reserves(inventaire: Inventaire) -> Iterator[Anomalie]:
    """Ce qu’on ne sait pas, ou ne voit pas."""
    for doute in inventaire.doutes:
        yield anomalie("fichier-douteux", str(doute.chemin), raison=doute.raison)
    for registre in inventaire.registres:
        yield anomalie("registre-garde", str(registre))
    for voisin, nombre in sorted(inventaire.voisins.items()):
        yield anomalie("code-voisin", voisin=voisin, code=inventaire.code, nombre=nombre)
    siennes = _etudes_de_la_personne(inventaire)
    for etude in inventaire.etudes:
        yield anomalie("export-de-la-personne" if etude in siennes else "export-pseudonymise", str(etude))


def _etudes_de_la_personne(inventaire: Inventaire) -> set[Path]:
    """Les exports où une clé a retrouvé la personne : un export se refait en entier, jamais ligne à ligne."""
    return {mention.chemin.parent for mention in inventaire.mentions if mention.sure} & set(inventaire.etudes)

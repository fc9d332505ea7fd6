"""D’une version d’un référentiel à une autre : quelles questions sont restées les mêmes, et ce qui se lit ensemble.

Une coquille corrigée ne coupe pas une cohorte en deux. Une réponse ne passe d’une version à l’autre que si la question
n’a pas changé : d’après son contenu, ou parce que le référentiel le déclare (``compatible_avec``). Les autres n’y sont
jamais notées : elles manquent, « question changée ».
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from cpit.coeur.passation import Passation, Reponse, question_changee
from cpit.coeur.referentiel import Compatibilite, Echelle, Item, Referentiel
from cpit.typographie import typographier

_NUMERO = re.compile(r"([0-9]+\.[0-9]+)\.[0-9]+")
"""Une version qui ne diffère d’une autre que par son dernier nombre la corrige."""


def ordre_de_version(version: str) -> tuple[tuple[int, str], ...]:
    """De quoi ranger des versions de la plus ancienne à la plus récente : 1.9.0 vient avant 1.10.0."""
    return tuple((int(morceau), "") if morceau.isdecimal() else (-1, morceau) for morceau in version.split("."))


@dataclass(frozen=True, slots=True)
class AccordDeVersions:
    """Ce qui se lit d’une version avec une autre.

    ``identiques`` : les codes des items dont rien n’a changé ; ``retouches`` : ceux dont le texte a changé et que le
    référentiel déclare garder ; ``changes`` : ceux dont la question a changé, ou qui n’étaient pas posés.
    ``declare`` : vrai si un ``compatible_avec`` le dit, faux si c’est le contenu.
    """

    identiques: tuple[str, ...]
    retouches: tuple[str, ...]
    changes: tuple[str, ...]
    declare: bool


def accorder_les_versions(ancien: Referentiel, actuel: Referentiel) -> AccordDeVersions | None:
    """Ce qui, de réponses données avec ``ancien``, se note avec ``actuel`` ; rien si elles ne se lisent pas ensemble,
    ou si aucune question n’est restée la même.

    Il faut le même référentiel, les mêmes valeurs d’échelle, et soit une déclaration de l’une des deux versions, soit
    une simple correction (1.10.0 et 1.10.1) de mêmes codes, de même structure et de même échelle.
    """
    if ancien.identifiant != actuel.identifiant or not _memes_valeurs(ancien.echelle, actuel.echelle):
        return None
    declaree = _declaration(ancien, actuel)
    if declaree is None and not _est_une_correction(ancien, actuel):
        return None
    accord = _comparer(ancien, actuel, declaree)
    if not (accord.identiques or accord.retouches):
        return None
    # Deux contenus sous un même numéro : rien ne dit que la question changée est une correction.
    return None if accord.changes and ancien.version == actuel.version else accord


def items_inchanges(ancien: Referentiel, actuel: Referentiel) -> tuple[str, ...]:
    """Les codes des items qui posent la même question : c’est la seule règle de ce qu’est un item identique.

    Le même énoncé, à la même place et dans le même sens, sous la même question d’échelle, avec les mêmes niveaux
    (valeurs, libellés, descriptions) et les mêmes ancres ; à la typographie près.
    """
    if not _memes_mots(ancien.echelle, actuel.echelle):
        return ()
    avant = ancien.items_par_code
    return tuple(i.code for i in actuel.items if i.code in avant and _meme_question(avant[i.code], i))


def _comparer(ancien: Referentiel, actuel: Referentiel, declaree: Compatibilite | None) -> AccordDeVersions:
    inchanges = set(items_inchanges(ancien, actuel))
    identiques, retouches, changes = list[str](), list[str](), list[str]()
    for item in actuel.items:
        avant = ancien.items_par_code.get(item.code)
        if avant is None or not _meme_place(avant, item) or (declaree and item.code in declaree.items_changes):
            changes.append(item.code)
        elif item.code in inchanges:
            identiques.append(item.code)
        else:
            (retouches if declaree else changes).append(item.code)
    return AccordDeVersions(tuple(identiques), tuple(retouches), tuple(changes), declaree is not None)


def porter(passation: Passation, actuel: Referentiel, accord: AccordDeVersions) -> Passation:
    """La passation portée sur la version actuelle : ses réponses gardées, les questions changées dites telles.

    Une réponse de profil dont le choix n’existe plus n’est pas reprise.
    """
    gardes = {*accord.identiques, *accord.retouches}

    def porter_un_moment(une: Passation) -> Passation:
        reponses = {code: reponse for code, reponse in une.reponses.items() if code in gardes}
        toutes = reponses | {code: une.reponse(code).devenue(question_changee()) for code in accord.changes}
        return _avec(une, actuel, {item.code: toutes[item.code] for item in actuel.items if item.code in toutes})

    return passation.refaite(porter_un_moment)


def reporter(passation: Passation, actuel: Referentiel, gardes: Collection[str]) -> Passation:
    """La passation portée sur un autre référentiel, avec les seules réponses aux items que l’on garde.

    Une valeur qui n’est plus un niveau de l’échelle n’est pas reprise non plus. Les autres items restent à voir.
    """
    niveaux = actuel.echelle.par_valeur

    def reporter_un_moment(une: Passation) -> Passation:
        dites = une.reponses.items()
        gardees = {c: r for c, r in dites if c in gardes and (r.valeur is None or r.valeur in niveaux)}
        return _avec(une, actuel, gardees)

    return passation.refaite(reporter_un_moment)


def _avec(passation: Passation, actuel: Referentiel, reponses: Mapping[str, Reponse]) -> Passation:
    """La même passation, sur cet autre référentiel, avec ces réponses ; un choix de profil disparu n’y est plus."""
    neuve = Passation.nouvelle(actuel)
    return replace(
        passation,
        referentiel=neuve.referentiel,
        items=neuve.items,
        texte_referentiel=neuve.texte_referentiel,
        profil=_profil(passation.profil, actuel),
        reponses=reponses,
    )


def _declaration(ancien: Referentiel, actuel: Referentiel) -> Compatibilite | None:
    """Ce que l’une des deux versions dit de l’autre : la plus récente la connaît, quel que soit le sens de lecture."""
    pour = ((actuel.compatible_avec, ancien.version), (ancien.compatible_avec, actuel.version))
    return next((une for declarees, version in pour for une in declarees if une.version == version), None)


def _est_une_correction(ancien: Referentiel, actuel: Referentiel) -> bool:
    """Vrai de 1.10.0 à 1.10.1 (ou d’un même numéro), si les items sont à la même place et l’échelle la même."""
    avant, apres = _NUMERO.fullmatch(ancien.version), _NUMERO.fullmatch(actuel.version)
    if avant is None or apres is None or avant[1] != apres[1] or not _memes_mots(ancien.echelle, actuel.echelle):
        return False
    if ancien.items_par_code.keys() != actuel.items_par_code.keys():
        return False
    return all(_meme_place(ancien.items_par_code[item.code], item) for item in actuel.items)


def _memes_valeurs(avant: Echelle, apres: Echelle) -> bool:
    """Un 3 n’a de sens que sur son échelle."""
    return [n.valeur for n in avant.niveaux] == [n.valeur for n in apres.niveaux]


def _memes_mots(avant: Echelle, apres: Echelle) -> bool:
    """La même question posée, et les mêmes niveaux pour y répondre : valeurs, libellés, descriptions."""

    def dits(echelle: Echelle) -> list[str]:
        sans = [] if echelle.sans_objet is None else [echelle.sans_objet.libelle]
        niveaux = [texte for n in echelle.niveaux for texte in (str(n.valeur), n.libelle, n.description or "")]
        return [_compose(texte) for texte in (echelle.question, *niveaux, *sans)]

    return dits(avant) == dits(apres)


def _meme_place(avant: Item, apres: Item) -> bool:
    """La même compétence, la même ingénierie, le même sens : sans quoi la réponse ne se noterait pas de même."""
    return (avant.competence, avant.ingenierie, avant.inverse) == (apres.competence, apres.ingenierie, apres.inverse)


def _meme_question(avant: Item, apres: Item) -> bool:
    """À la même place, les mêmes mots : l’énoncé, ce qui le précise, ce que ses niveaux veulent dire."""

    def dits(item: Item) -> list[str]:
        ancres = [f"{ancre.valeur} {ancre.libelle}" for ancre in item.niveaux]
        return [_compose(texte) for texte in (item.enonce, item.description or "", *ancres)]

    return _meme_place(avant, apres) and dits(avant) == dits(apres)


def _compose(texte: str) -> str:
    """Un texte à la typographie près : une espace fine ou une apostrophe courbe ne changent pas une question."""
    return typographier(" ".join(texte.split()))


def _profil(profil: Mapping[str, str], actuel: Referentiel) -> dict[str, str]:
    retenues = {q.identifiant: q.retenir(profil.get(q.identifiant, "")) for q in actuel.profil}
    return {cle: retenues[cle] for cle in profil if retenues.get(cle)}

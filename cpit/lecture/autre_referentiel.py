"""Une table répondue avec autre chose que le référentiel lu : un autre, une autre version, une autre échelle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from cpit.chargement import charger, nommer_un_livre
from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import AccordDeVersions, IdentiteReferentiel, porter
from cpit.coeur.referentiel import DE_LA_VERSION, Referentiel
from cpit.emplacements import referentiels_livres
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, Lieu, anomalie, refus
from cpit.lecture.dechiffrement import Dechiffreur, lire_nombre, lire_pourcentage, replier_libelle
from cpit.lecture.ecartees import EN_TETE_REPETE, Ecarteur, replacer_les_colonnes
from cpit.lecture.entetes import NOMS_DU_REFERENTIEL, ColonneLue, Designation, Entete, Nomenclature, Role

# --- reconnaître, aux en-têtes d’une table, qu’un autre référentiel livré est celui dont elle porte les items ---------


class AutreReferentiel(NamedTuple):
    """Un référentiel livré, comme il se nomme, et combien de ses items une table désigne."""

    nom: str
    items: int


def chercher_un_autre_referentiel(noms: Sequence[str], actuel: Referentiel, ici: int) -> AutreReferentiel | None:
    """Celui dont le plus d’items sont désignés par ces en-têtes ; rien si aucun n’en a plus que l’actuel, d’au moins
    deux.

    :param ici: combien d’items du référentiel actuel ils désignent.
    """
    comptes = [
        AutreReferentiel(nom, _compter(noms, nomenclature))
        for nom, nomenclature in _nomenclatures(tuple(referentiels_livres().items()))
        if nomenclature.referentiel.empreinte != actuel.empreinte
    ]
    mieux = max(comptes, key=lambda une: une.items, default=None)
    return mieux if mieux is not None and mieux.items > max(ici, 1) else None


@cache
def _nomenclatures(livres: tuple[tuple[str, Path], ...]) -> tuple[tuple[str, Nomenclature], ...]:
    return tuple((nom, Nomenclature.pour(charger(chemin))) for nom, chemin in livres)


def _compter(noms: Sequence[str], nomenclature: Nomenclature) -> int:
    trouvees = (nomenclature.designer(nom) for nom in noms)
    return len({t.cible.code for t in trouvees if isinstance(t, Designation) and t.cible.role is Role.ITEM})


# --- dire que des réponses données avec une autre version du référentiel se lisent avec celle-ci ----------------------
#
# Ou qu’elles se lisent à part, et comment.


VERSIONS_LUES = frozenset({"version-lue", "version-lue-retouchee", "version-lue-en-partie"})
"""Les constats de ce module, dont ``nombre`` s’additionne d’une source à l’autre."""


def porter_un_releve(releve: Releve, actuel: Referentiel, accord: AccordDeVersions) -> Releve:
    """Le relevé d’une autre version, porté sur la version actuelle."""
    gardees = releve.refusees - frozenset(accord.changes)
    return replace(releve, passation=porter(releve.passation, actuel, accord), refusees=gardees)


def dire_une_autre_version(
    fichier: str, ancien: Referentiel, actuel: Referentiel, accord: AccordDeVersions, nombre: int = 1
) -> Anomalie:
    """L’avertissement de passations d’une autre version, lues avec la version actuelle.

    :param nombre: combien de passations cette source en porte.
    """
    code = "version-lue-retouchee" if accord.retouches else "version-lue"
    mots: dict[str, object] = {
        "nombre": nombre,
        "avant": f"{ancien.identifiant} {ancien.version}",
        "apres": actuel.version,
        "pourquoi": "compatible_avec le déclare" if accord.declare else "mêmes codes, même structure, même échelle",
        "retouches": ", ".join(accord.retouches),
    }
    if accord.changes:
        code = "version-lue-en-partie"
        mots |= {"changes": ", ".join(accord.changes), "combien": len(accord.changes)}
    return anomalie(code, Lieu(fichier), **mots)


def refuser_un_autre_referentiel(fichier: str, trouve: IdentiteReferentiel, attendu: Referentiel) -> ErreurCpit:
    """Le refus d’une source dont le référentiel ne se lit pas avec celui que l’on emploie ; il dit comment la lire."""
    voulu = IdentiteReferentiel.depuis(attendu)
    memes = (trouve.identifiant, trouve.version) == (voulu.identifiant, voulu.version)
    return refus(
        "referentiel-etranger",
        fichier,
        trouve=_nommer(trouve, avec_empreinte=memes),
        attendu=_nommer(voulu, avec_empreinte=memes),
        nommer=ACopier(nommer_un_livre(trouve) or "et son fichier .yaml"),
    )


def _nommer(identite: IdentiteReferentiel, *, avec_empreinte: bool) -> str:
    """Un référentiel et sa version ; son empreinte aussi, si rien d’autre ne le distingue."""
    suite = f", empreinte {identite.empreinte[:12]}…" if avec_empreinte else ""
    return f"{identite.identifiant} {identite.version}{suite}"


# --- reconnaître, aux mots d’une table, avec quelle version d’un référentiel on y a répondu ---------------------------
#
# Une table ne dit presque jamais sa version. Ses en-têtes la montrent quand ils sont des énoncés, ses réponses quand
# ce sont des libellés de niveaux ; des codes et des nombres ne montrent rien.


_DE_VERSION = frozenset({replier_libelle("FormVersion"), *NOMS_DU_REFERENTIEL})
"""Les colonnes qui disent une version : celle d’un XLSForm pour ODK Central, celles que l’on ajoute soi-même."""
_MONTRES = frozenset({"cellule-libelle-coupe", "cellule-plusieurs-reponses", "numero-et-libelle"})
"""Les refus d’une réponse où le libellé d’un niveau se reconnaît."""
_CELLULES_MAX = 3_000
_ENONCE_MIN, _LIBELLE_MAX = 15, 300
"""Signes : plus court, ce n’est pas un énoncé ; plus long, ce n’est pas un libellé de niveau."""


def reconnaitre_une_version(
    rangees: Iterable[Sequence[str]], versions: Sequence[Referentiel]
) -> tuple[Referentiel, str] | None:
    """La version dont une table porte les mots, et à quoi elle se reconnaît ; rien si aucune ne l’emporte.

    :param rangees: les premières lignes de la table, en-tête compris.
    """
    lignes = list(rangees)
    if not lignes:
        return None
    cellules = list(dict.fromkeys(cellule for ligne in lignes for cellule in ligne if cellule.strip()))[:_CELLULES_MAX]
    dites = _versions_dites(lignes)
    for version in versions:
        ecrites = {
            version.version,
            *(f"{version.identifiant}{signe}{version.version}" for signe in (DE_LA_VERSION, " ")),
        }
        # Un autre référentiel a pu porter le même numéro.
        if dites and dites <= ecrites and _compter_les_enonces(cellules, version, signes=0):
            return version, "une colonne le dit"
    indices: tuple[tuple[Callable[[Sequence[str], Referentiel], int], str], ...] = (
        (_compter_les_enonces, "ses en-têtes sont les énoncés de cette version"),
        (_compter_les_libelles, "ses réponses sont les libellés de cette version"),
    )
    for compter, pourquoi in indices:
        comptes = [compter(cellules, version) for version in versions]
        if comptes.count(max(comptes)) == 1:
            return versions[comptes.index(max(comptes))], pourquoi
    return None


def _versions_dites(lignes: Sequence[Sequence[str]]) -> set[str]:
    """Les versions que dit une colonne, sous son en-tête ; aucune si elle n’y est pas."""
    for haut, ligne in enumerate(lignes):
        rangs = [rang for rang, cellule in enumerate(ligne) if replier_libelle(cellule) in _DE_VERSION]
        if rangs:
            dites = (suite[rangs[0]].strip() for suite in lignes[haut + 1 :] if rangs[0] < len(suite))
            return set(filter(None, dites))
    return set()


def _compter_les_enonces(cellules: Sequence[str], version: Referentiel, signes: int = _ENONCE_MIN) -> int:
    """Combien d’items sont désignés dans ces cellules, autrement que par leur code seul.

    :param signes: ceux d’une cellule, au moins ; à zéro, les codes comptent aussi.
    """
    nomenclature = Nomenclature.pour(version)
    designes = (nomenclature.designer(cellule) for cellule in cellules if len(cellule) >= signes)
    return len({d.cible.code for d in designes if isinstance(d, Designation) and d.cible.role is Role.ITEM})


def _compter_les_libelles(cellules: Sequence[str], version: Referentiel) -> int:
    """Combien de ces cellules sont le libellé d’un niveau, ou en montrent un que la lecture refusera par son nom."""
    dechiffreur = Dechiffreur.pour(version)
    mots = (c for c in cellules if len(c) <= _LIBELLE_MAX and lire_nombre(c) is None)
    lues = (dechiffreur.lire(mot, Lieu(), "") for mot in mots)
    return sum(reponse.valeur is not None or (faute is not None and faute.code in _MONTRES) for reponse, faute in lues)


# --- une table, ou l’une de ses colonnes, écrite sur une autre échelle que celle du référentiel -----------------------
#
# Ce n’est jugé que sur des nombres, assez nombreux, avant de les comprendre, quand rien ne dit ce qu’ils valent : ni
# la commande, ni l’outil, ni un libellé. Une table longue est jugée sur son début : toutes les lectures en disent la
# même chose.


LIGNES_JUGEES_MAX = 5_000
"""Lignes du début d’une table sur lesquelles son échelle est jugée : de quoi ne plus rien devoir au hasard."""
_REPONSES_MIN, _INDICES_MIN = 10, 3
"""Nombres en dessous desquels rien n’est jugé, puis rien n’est dit non plus."""
_CITEES_MAX = 12
"""Valeurs que cite un message."""
_PREUVES_DE_COLONNE = 2
"""Fois où une colonne, dans une table de la bonne échelle, doit en sortir : une seule peut être une faute de frappe."""
_SUPPOSEES_MIN, _PERSONNES_MIN = 50, 3
"""Réponses et lignes à partir desquelles ne jamais voir le plus bas niveau se remarque."""
_DEHORS_MIN, _DEHORS_PART = 10, 0.1
"""Nombres hors de l’échelle, et leur part, à partir desquels ce ne sont plus des fautes de frappe."""
_VOISIN_MIN, _VOISIN_LIGNES = 3, 3
"""Fois où revient le nombre juste au-dessus ou au-dessous de l’échelle, et une ligne sur combien, de même."""

_Situer = Callable[[int], Lieu]
"""Lieu de l’en-tête d’une colonne, d’après son rang (à partir de 0)."""


@dataclass(frozen=True, slots=True)
class _Nombres:
    """Les nombres d’une table ou d’une colonne : combien de fois chacun, comment il est d’abord écrit.

    ``libelles`` : vrai si une réponse y est donnée par son libellé ; ``lignes`` : les cellules de chaque ligne.
    """

    fois: Mapping[float, int]
    ecrits: Mapping[float, Collection[str]]
    libelles: bool
    lignes: Sequence[Sequence[object]]

    @property
    def total(self) -> int:
        """Combien de réponses sont des nombres."""
        return sum(self.fois.values())

    @property
    def cites(self) -> str:
        """Les nombres, du plus petit au plus grand, comme ils sont écrits."""
        vus = [min(self.ecrits[valeur]) for valeur in sorted(self.fois)]
        return ", ".join(vus[:_CITEES_MAX]) + ("…" if len(vus) > _CITEES_MAX else "")


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Pourquoi des nombres ne sont pas de cette échelle, la correspondance à donner, et combien le prouvent."""

    raison: str
    remede: str
    preuves: int


def juger_l_echelle(
    entete: Entete, lignes: Iterable[tuple[int, Sequence[object]]], nomenclature: Nomenclature, situer: _Situer
) -> tuple[Entete, list[Anomalie]]:
    """L’en-tête, les colonnes d’items écrites sur une autre échelle refusées, et ce qu’il faut en dire.

    :param lignes: le début de la table, numéros et cellules aussi nombreuses que l’en-tête.
    :raises ErreurCpit: si toute la table est sur une autre échelle.
    """
    referentiel, consignes = nomenclature.referentiel, nomenclature.consignes
    items = entete.de_role(Role.ITEM)
    if consignes.valeurs or not items:
        return entete, []
    dechiffreur = Dechiffreur.pour(referentiel, {}, entete.valeurs)
    ecarteur = Ecarteur(entete, dechiffreur.lire_ou_rien, nomenclature)
    prises = list(_prises(lignes, ecarteur, entete, nomenclature))
    reponses = [[_cle(cellules[colonne.rang]) for colonne in items] for cellules in prises]
    comptes = [Counter(ligne[k] for ligne in reponses) for k in range(len(items))]
    lire = partial(_nombrer, dechiffreur)
    table = lire(comptes, reponses)
    premier = situer(items[0].rang)
    mots = {"lignes": len(prises), "attendus": dechiffreur.attendus}
    if (verdict := _juger(table, referentiel)) is not None:
        faute = anomalie("autre-echelle", premier, valeurs=table.cites, **_dire(verdict), **mots)
        raise ErreurCpit([faute])
    fautives: list[ColonneLue] = []
    dits = list(_douter(table, premier, referentiel))
    for k, (colonne, compte) in enumerate(zip(items, comptes, strict=True)):
        nombres = lire([compte], [[ligne[k]] for ligne in reponses])
        verdict = _juger(nombres, referentiel)
        if verdict is not None and verdict.preuves >= _PREUVES_DE_COLONNE:
            cites = {"colonne": colonne.nom, "nombre": nombres.total, "valeurs": nombres.cites}
            dits.append(anomalie("colonne-autre-echelle", situer(colonne.rang), **cites, **_dire(verdict), **mots))
            fautives.append(colonne)
    if not fautives and _rien_ne_prouve(table, len(prises), referentiel):
        dits.append(_supposer(table, premier, referentiel, len(prises)))
    elif not fautives and _que_des_cases(table, referentiel):
        dits.append(_supposer(table, premier, referentiel, len(prises), "que-des-cases"))
    return _sans(entete, fautives), dits


def _douter(table: _Nombres, lieu: Lieu, referentiel: Referentiel) -> Iterator[Anomalie]:
    """Ce qui se dit de nombres trop peu pour en juger, où le voisin de l’échelle est, et jamais l’autre bout."""
    if table.libelles or not _INDICES_MIN <= table.total < _REPONSES_MIN or len(table.fois) < 2:
        return
    verdict = _juger_un_decalage(table, referentiel, 1)
    if verdict is not None:
        yield anomalie("echelle-douteuse", lieu, valeurs=table.cites, nombre=table.total, **_dire(verdict))


def _prises(
    lignes: Iterable[tuple[int, Sequence[object]]], ecarteur: Ecarteur, entete: Entete, nomenclature: Nomenclature
) -> Iterator[Sequence[object]]:
    """Les lignes qui sont des personnes, jusqu’à des en-têtes d’un autre ordre."""
    for ligne, cellules in lignes:
        raison = ecarteur.raison(cellules, ligne)
        if raison is None:
            yield cellules
        elif raison[0] == EN_TETE_REPETE and replacer_les_colonnes(entete, cellules, nomenclature) is not entete:
            return


def _cle(cellule: object) -> object:
    """Une cellule à compter ; un booléen ou un piège n’est jamais un nombre, et 1 n’est pas VRAI."""
    return cellule if isinstance(cellule, str | int | float) and not isinstance(cellule, bool) else None


def _nombrer(
    dechiffreur: Dechiffreur, comptes: Sequence[Counter[object]], lignes: Sequence[Sequence[object]]
) -> _Nombres:
    """Les nombres de ces colonnes, hors de ce dont l’outil dit le sens."""
    fois: Counter[float] = Counter()
    ecrits: dict[float, set[str]] = {}
    libelles = False
    for cellule, combien in chain.from_iterable(compte.items() for compte in comptes):
        if cellule is None or cellule == "" or dechiffreur.dite(str(cellule)) is not None:
            continue
        nombre = _nombre(cellule)
        if nombre is None:
            libelles = libelles or dechiffreur.lire(cellule, Lieu(), "")[0].valeur is not None
        else:
            fois[nombre] += combien
            ecrits.setdefault(nombre, set()).add(str(cellule).strip())
    return _Nombres(fois, ecrits, libelles, lignes)


def _nombre(cellule: object) -> float | None:
    """Le nombre qu’une cellule écrit, un pourcentage compté en parts de un ; rien si ce n’en est pas un."""
    if isinstance(cellule, str) and (part := lire_pourcentage(cellule)) is not None:
        return part
    nombre = lire_nombre(cellule)
    return None if nombre is None else float(nombre)


def _juger(nombres: _Nombres, referentiel: Referentiel) -> _Verdict | None:
    """Le verdict sur des nombres ; rien s’ils peuvent être de l’échelle, ou s’ils sont trop peu."""
    if nombres.libelles or nombres.total < _REPONSES_MIN:
        return None
    juges = (
        *(_juger_les_parts, _juger_les_decimales, _juger_un_decalage, _juger_moins_un),
        *(_juger_l_etendue, _juger_un_voisin),
    )
    return next((verdict for juge in juges if (verdict := juge(nombres, referentiel)) is not None), None)


def _juger_les_parts(nombres: _Nombres, referentiel: Referentiel) -> _Verdict | None:
    """Des parts de un, ou des pourcentages."""
    parts = [valeur for valeur in nombres.fois if valeur != int(valeur)]
    ecrits_en_pourcents = [ecrit.endswith("%") for ecrits in nombres.ecrits.values() for ecrit in ecrits]
    pourcents = any(ecrits_en_pourcents)
    niveaux = [niveau.valeur for niveau in referentiel.echelle.niveaux]
    if not all(0 <= valeur <= 1 for valeur in nombres.fois):
        return _dire_des_niveaux_en_pourcents(nombres, niveaux) if all(ecrits_en_pourcents) else None
    if not (parts or pourcents):
        return None
    rangs = {valeur: valeur * (len(niveaux) - 1) for valeur in nombres.fois}
    paires = [
        f"{ecrit}={niveaux[round(rang)]}"
        for valeur, rang in sorted(rangs.items())
        if abs(rang - round(rang)) < 1e-6
        for ecrit in sorted(nombres.ecrits[valeur])
    ]
    remede = ",".join(paires) if len(paires) >= len(rangs) else _exemple(nombres, niveaux)
    preuves = sum(nombres.fois.values()) if pourcents else sum(nombres.fois[part] for part in parts)
    return _Verdict("ce sont des parts de un ou des pourcentages", remede, preuves)


def _juger_les_decimales(nombres: _Nombres, referentiel: Referentiel) -> _Verdict | None:
    """Des nombres à virgule dans la moitié des lignes : des demi-points, des moyennes ; un 1 n’y est pas un niveau."""
    fois = sum(combien for valeur, combien in nombres.fois.items() if valeur != int(valeur))
    if fois < max(_DEHORS_MIN, _DEHORS_PART * nombres.total):
        return None
    vus = (map(_nombre, ligne) for ligne in nombres.lignes)
    portent = sum(any(valeur is not None and valeur != int(valeur) for valeur in ligne) for ligne in vus)
    if portent < 2 or 2 * portent < len(nombres.lignes):
        return None
    remede = _exemple(nombres, [niveau.valeur for niveau in referentiel.echelle.niveaux])
    return _Verdict(f"{fois} nombres sur {nombres.total} ont une virgule", remede, fois)


def _dire_des_niveaux_en_pourcents(nombres: _Nombres, niveaux: Sequence[int]) -> _Verdict:
    """« 300 % » : des nombres, dans un tableur, sous un format de pourcentage ; à la personne de dire si c’est 3."""
    paires = [
        f"{ecrit}={int(valeur)}"
        for valeur in sorted(nombres.fois)
        if valeur in niveaux
        for ecrit in sorted(nombres.ecrits[valeur])
    ]
    remede = ",".join(paires) if len(paires) >= len(nombres.fois) else _exemple(nombres, niveaux)
    return _Verdict("ce sont des pourcentages", remede, nombres.total)


def _juger_un_decalage(nombres: _Nombres, referentiel: Referentiel, pas_max: int | None = None) -> _Verdict | None:
    """La même échelle, qui commence un cran plus haut ou plus bas, ou plusieurs."""
    bas, haut = referentiel.echelle.min, referentiel.echelle.max
    crans = [cran for pas in range(1, (pas_max or haut - bas) + 1) for cran in (pas, -pas)]
    for cran in crans:
        dehors, jamais = (haut + cran, bas) if cran > 0 else (bas + cran, haut)
        dedans = all(bas + cran <= v <= haut + cran for v in nombres.fois)
        if dedans and dehors in nombres.fois and not _est_moins_un(dehors, nombres, bas):
            remede = ",".join(f"{n.valeur + cran}={n.valeur}" for n in referentiel.echelle.niveaux)
            return _Verdict(f"{dehors} y est, et jamais {jamais}", remede, nombres.fois[dehors])
    return None


def _est_moins_un(dehors: int, nombres: _Nombres, bas: int) -> bool:
    """Vrai pour un −1 sans aucun 0 : plutôt une absence de réponse qu’un niveau."""
    return dehors == -1 and bas not in nombres.fois


def _juger_moins_un(nombres: _Nombres, referentiel: Referentiel) -> _Verdict | None:
    bas = referentiel.echelle.min
    if bas < 0 or -1 not in nombres.fois or bas in nombres.fois:
        return None
    crans = ",".join(f"{n.valeur + 1}={n.valeur}" for n in referentiel.echelle.niveaux)
    remede = f"-1=vide,{crans}" if referentiel.echelle.max + 1 in nombres.fois else "-1=vide"
    return _Verdict(f"−1 y est, et jamais {bas}", remede, nombres.fois[-1])


def _juger_l_etendue(nombres: _Nombres, referentiel: Referentiel) -> _Verdict | None:
    """Une échelle plus longue : une part des nombres, de plusieurs valeurs, est au-dessus du plus haut niveau."""
    haut = referentiel.echelle.max
    dehors = {valeur: fois for valeur, fois in nombres.fois.items() if valeur > haut}
    combien = sum(dehors.values())
    if len(dehors) < 2 or combien < max(_DEHORS_MIN, _DEHORS_PART * nombres.total):
        return None
    remede = _exemple(nombres, [niveau.valeur for niveau in referentiel.echelle.niveaux])
    return _Verdict(f"{combien} nombres sur {nombres.total} dépassent {haut}", remede, combien)


def _juger_un_voisin(nombres: _Nombres, referentiel: Referentiel) -> _Verdict | None:
    """Une échelle d’un niveau de plus : le nombre voisin de la nôtre revient souvent, dans assez de lignes."""
    bas, haut = referentiel.echelle.min, referentiel.echelle.max
    for dehors in (haut + 1, bas - 1):
        fois = nombres.fois.get(dehors, 0)
        if dehors < 0 or fois < max(_VOISIN_MIN, _DEHORS_PART * nombres.total):
            continue
        seul = all(bas <= valeur <= haut or valeur == dehors for valeur in nombres.fois)
        portent = sum(any(_nombre(cellule) == dehors for cellule in ligne) for ligne in nombres.lignes)
        if seul and portent * _VOISIN_LIGNES >= len(nombres.lignes):
            niveaux = [niveau.valeur for niveau in referentiel.echelle.niveaux]
            return _Verdict(f"{dehors} y est {fois} fois sur {nombres.total}", _exemple(nombres, niveaux), fois)
    return None


def _exemple(nombres: _Nombres, niveaux: Sequence[int]) -> str:
    """Une correspondance entière : l’étendue des nombres ramenée à celle de l’échelle, au niveau le plus proche.

    Ses bouts sont ceux de l’échelle. C’est un exemple : seul sait ce que vaut un nombre qui connaît l’enquête.
    """
    vus = sorted(nombres.fois)
    ecrits = {valeur: sorted(nombres.ecrits[valeur]) for valeur in vus}
    if all(valeur == int(valeur) for valeur in vus) and vus[-1] - vus[0] <= _CITEES_MAX:
        # Un niveau que personne n’a choisi au début de la table peut l’être plus bas.
        ecrits = {v: ecrits.get(v, [str(v)]) for v in range(int(vus[0]), int(vus[-1]) + 1)}
    pas = (len(niveaux) - 1) / ((vus[-1] - vus[0]) or 1)
    return ",".join(
        f"{ecrit}={niveaux[int((valeur - vus[0]) * pas + 0.5)]}"
        for valeur in sorted(ecrits)
        for ecrit in ecrits[valeur]
    )


def _dire(verdict: _Verdict) -> dict[str, object]:
    return {"raison": verdict.raison, "remede": ACopier(verdict.remede)}


def _rien_ne_prouve(table: _Nombres, lignes: int, referentiel: Referentiel) -> bool:
    """Vrai si tous les niveaux sont vus, sauf le plus bas, par assez de monde pour s’en étonner."""
    hors_du_bas = {float(niveau.valeur) for niveau in referentiel.echelle.niveaux[1:]}
    nombreux = table.total >= _SUPPOSEES_MIN and lignes >= _PERSONNES_MIN
    return nombreux and not table.libelles and table.fois.keys() == hors_du_bas


_CASES_MIN, _NIVEAUX_MIN = 20, 4
"""Nombres, et niveaux de l’échelle, à partir desquels ne voir que 0 et 1 se remarque."""


def _que_des_cases(table: _Nombres, referentiel: Referentiel) -> bool:
    """Vrai si des nombres ne sont que 0 et 1 : deux niveaux d’une longue échelle, ou des cases à cocher."""
    longue = len(referentiel.echelle.niveaux) >= _NIVEAUX_MIN
    return longue and table.total >= _CASES_MIN and not table.libelles and table.fois.keys() == {0.0, 1.0}


def _supposer(
    table: _Nombres, lieu: Lieu, referentiel: Referentiel, lignes: int, code: str = "echelle-supposee"
) -> Anomalie:
    niveaux = [niveau.valeur for niveau in referentiel.echelle.niveaux]
    decale = ",".join(f"{valeur + 1}={valeur}" for valeur in niveaux)
    mots = {"valeurs": table.cites, "nombre": table.total, "lignes": lignes, "remede": ACopier(decale)}
    return anomalie(code, lieu, echelle=f"{niveaux[0]} à {niveaux[-1]}", bas=niveaux[0], **mots)


def _sans(entete: Entete, fautives: Sequence[ColonneLue]) -> Entete:
    """L’en-tête dont toutes les réponses de ces colonnes sont refusées."""
    return replace(entete, colonnes=tuple(_refuser(c) if c in fautives else c for c in entete.colonnes))


def _refuser(colonne: ColonneLue) -> ColonneLue:
    return replace(colonne, cible=replace(colonne.cible, role=Role.ITEM_REFUSE))

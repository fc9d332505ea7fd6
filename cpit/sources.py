"""Les sources d’un groupe : fichiers, dossiers et motifs mêlés, trouvés, lus et notés, une seule fois pour tous.

Un mauvais fichier n’arrête rien : ce qui n’a pas été pris est une anomalie de la ``Recueil``.
"""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cpit.coeur import Progres
from cpit.coeur.cohorte import Releve, composer
from cpit.coeur.passation import Etat, Passation, accorder_les_versions, replier_code, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import (
    ACopier,
    Anomalie,
    ErreurCpit,
    Gravite,
    MauvaisEmploi,
    anomalie,
    raison_systeme,
    refus,
)
from cpit.formats.appartenance import (
    DEBUT_DE_PASSATION,
    NOM_DU_REGISTRE,
    REPONSES_DE_REMISE,
    Proprietaire,
    est_un_cahier,
    est_un_classeur,
    est_un_classeur_de_cpit,
    est_une_archive_de_sources,
    est_une_passation,
    est_une_remise,
    faute_de_retour,
    lire_manifeste,
    nom_d_un_cahier_abime,
    porte_des_reponses,
    proprietaire_de,
)
from cpit.formats.porte import Permis, delivrer, fautes_de_sorties_confondues, fichier_de, verifier_places
from cpit.formats.recueil import Recueil
from cpit.formats.registre import FORMATS, Format, format_de, suffixes_lus
from cpit.lecture.autre_referentiel import (
    VERSIONS_LUES,
    dire_une_autre_version,
    porter_un_releve,
    refuser_un_autre_referentiel,
)
from cpit.lecture.contexte import SANS_CONSIGNE, Consignes
from cpit.lecture.doubles import Constats, compter_les_autres, lieu_de, regler_les_doubles
from cpit.lecture.ecartees import (
    GRILLE_DE_REFERENTIEL,
    est_une_grille_de_referentiel,
    nature_a_cote,
    ne_dit_pas_qui,
)
from cpit.lecture.entetes import EXEMPLE
from cpit.lecture.lignes import DETAIL_MAX, BilanDeSource, LectureSource, compter, sans_ramasse_miettes
from cpit.ouverture import (
    ARCHIVE,
    archive_de,
    chemin_reel,
    est_un_dossier,
    existe,
    faute_de_chemin,
    lire_debut,
    membres_d_une_archive,
    ouvrir,
    pourquoi_pas,
    taille_de_membre,
)
from cpit.passations.origine import (
    TABLES_D_EXPORT,
    ChoixDeReferentiel,
    choisir_d_apres,
    manifeste_de,
    origine_d_une_autre_table,
)
from cpit.passations.relecture import porter_sur, reponses_refusees
from cpit.passations.sauvegarde import est_une_version, relire_fichier
from cpit.typographie import FINE, enumerer, enumerer_les_premiers, grouper

_DE_DOSSIER = frozenset({"document-ignore", "fichier-ignore", "sortie-ignoree", "source-hors-norme"})
"""Constats sur un fichier trouvé, non sur un nom donné."""
_PAS_UNE_SOURCE = frozenset({"classeur-ignore", "document-ignore"})
"""Ce qui se dit d’un fichier ouvert et laissé de côté : il ne compte pas parmi les fichiers lus."""
_COMPAGNONS = (".html", ".docx")
"""Ce que « cpit questionnaire » et « cpit restituer » posent au nom d’une passation, outre le classeur : changer une
réponse dans celui-là ne la change pas ici, et cela se dit."""
_IGNORES = (".bak", ".de-cote", ".tmp", ".verrou", ".cle", NOM_DU_REGISTRE)
"""Ce que cpit pose à côté d’une passation ou de ses sources, une clé et un registre compris : jamais une source."""

_DEBUTS_CACHES = (".", "~$", "__MACOSX")
_FICHIERS_MAX = 20_000
"""Fichiers d’un dossier que l’on donne ; au-delà, ce n’en est plus un de réponses : un disque, un système."""


Trouvees = tuple[list[Path], list[Anomalie]]
"""Des sources trouvées, et ce qu’il y a à en dire."""


@dataclass(frozen=True, slots=True)
class Reunion:
    """Les sources d’une commande, ce qu’il y a à en dire, et ce que ses sorties ont le droit de remplacer.

    ``consignes`` : ce que l’on dit des tables à la place de ce qu’elles taisent ; ``supposes`` : le référentiel supposé
    à celles qui n’en disent rien, quand on n’en nomme aucun.
    """

    chemins: tuple[Path, ...]
    constats: tuple[Anomalie, ...]
    permis: Permis
    consignes: Consignes = SANS_CONSIGNE
    supposes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def completer(self, bilan: BilanDeSource) -> BilanDeSource:
        """Le bilan d’une source, qui dit aussi le référentiel supposé."""
        nom = self.supposes.get(bilan.nom, "") if bilan.passations else ""
        return bilan._replace(suppose=", ".join(filter(None, (bilan.suppose, nom))))


def reunir_sources(
    sources: Sequence[str],
    sorties: Sequence[Path] = (),
    *,
    autres: Iterable[Path] = (),
    consignes: Consignes = SANS_CONSIGNE,
    remplacer: bool = False,
    trouvees: Trouvees | None = None,
) -> Reunion:
    """Trouve les sources et vérifie que les sorties n’en détruisent aucune, ni rien qui ne soit à cpit.

    Ce que cpit a écrit la dernière fois à la place d’une sortie n’est pas une source, s’il n’est pas nommé.

    :param autres: ce que la commande lit d’autre : un référentiel, par exemple.
    :param consignes: ce que l’on dit des tables à la place de ce qu’elles taisent.
    :param trouvees: ce que ``trouver_sources`` en a déjà rendu.
    :raises MauvaisEmploi: si une sortie est une source ou une autre sortie, ou un chemin vide.
    :raises ErreurCpit: si une place est prise.
    """
    if fautes := [faute for source in sources if (faute := faute_de_chemin(source)) is not None]:
        raise MauvaisEmploi(fautes)
    confondues = [s for s in sorties if any(chemin_reel(source) == chemin_reel(s) for source in sources)]
    fautes = [anomalie("sortie-parmi-les-sources", str(s), nom=s) for s in confondues]
    fautes += fautes_de_sorties_confondues(sorties)
    if fautes:
        raise MauvaisEmploi(fautes)
    trouves, constats = trouver_sources(sources) if trouvees is None else trouvees
    places = {fichier_de(sortie) for sortie in sorties} - {None}
    anciennes = places - {fichier_de(Path(source)) for source in sources}
    lus = [c for c in trouves if not (anciennes and fichier_de(c) in anciennes and _est_a_cpit(c))]
    chemins, copies = _sans_copies(lus)
    permis = delivrer([*lus, *autres], remplacer=remplacer)
    verifier_places(sorties, permis)
    a_dire = (c for c in constats if not (places and fichier_de(Path(c.lieu.fichier)) in places))
    return Reunion(tuple(chemins), (*a_dire, *copies), permis, consignes)


def _sans_copies(chemins: Sequence[Path]) -> tuple[list[Path], list[Anomalie]]:
    """Sans les fichiers qui en répètent un autre à l’octet près : chacun est dit, et ne compte pas une seconde fois."""
    vus: dict[tuple[int, bytes], Path] = {}
    tailles = [_taille(chemin) for chemin in chemins]
    pareils = Counter(tailles)
    gardes, copies = [], []
    for chemin, taille in zip(chemins, tailles, strict=True):
        # Deux fichiers de tailles différentes ne se lisent pas une fois de plus.
        empreinte = _empreinte(chemin) if taille and pareils[taille] > 1 else b""
        deja = vus.setdefault((taille, empreinte), chemin) if empreinte else chemin
        if deja is chemin:
            gardes.append(chemin)
        else:
            copies.append(anomalie("source-en-copie", str(chemin), nom=chemin.name, deja=str(deja)))
    return gardes, copies


def _taille(chemin: Path) -> int:
    """En octets ; zéro si l’on ne peut la savoir : sa lecture dira pourquoi."""
    try:
        archive = archive_de(chemin)
        return chemin.stat().st_size if archive is None else taille_de_membre(chemin, archive)
    except (ErreurCpit, OSError):
        return 0


def _empreinte(chemin: Path) -> bytes:
    try:
        with ouvrir(chemin) as flux:
            return file_digest(flux, "sha256").digest()
    except (ErreurCpit, OSError):
        return b""


def choisir_pour_les_sources(nommees: Sequence[str]) -> ChoixDeReferentiel:
    """Le référentiel avec lequel lire des sources quand on n’en nomme aucun, et les sources, trouvées une fois."""
    # Un nom vide désignerait le dossier courant : il se refuse en réunissant les sources.
    if not all(nommees):
        return choisir_d_apres([], nommees)
    trouvees = trouver_sources(nommees)
    return replace(choisir_d_apres(trouvees[0], nommees), trouvees=trouvees)


def _est_a_cpit(chemin: Path) -> bool:
    try:
        return proprietaire_de(chemin) in (Proprietaire.CPIT, Proprietaire.RETOUCHE)
    except OSError:
        return False


def trouver_sources(sources: Iterable[str]) -> Trouvees:
    """Les fichiers que désignent des chemins, des dossiers (parcourus en entier) et des motifs, sans doublon.

    Un nom qui ne désigne rien est un refus ; dans un dossier, ce qui n’est pas lisible par cpit est un avertissement.
    Les résultats, les exports et les remises à une personne que cpit a écrits n’en sont pas : ils sont laissés de côté,
    et dits. Un export que l’on nomme lui-même, ou sa table de réponses, en est un ; une remise de même.
    """
    chemins: dict[Path, Path] = {}
    anomalies: list[Anomalie] = []
    nommes: set[Path] = set()
    for source in sources:
        try:
            trouves, autres = _deployer(source)
            nommes.add(chemin_reel(source))
        except OSError as erreur:
            # Un nom que le système refuse (trop long, dossier fermé) n’arrête pas les autres.
            trouves, autres = [], [anomalie("fichier-illisible", source, raison=raison_systeme(erreur))]
        anomalies += autres
        for chemin in trouves:
            dedans, constats = _sortir_de_l_archive(chemin)
            anomalies += constats
            for un in dedans:
                chemins.setdefault(chemin_reel(un), un)
    return _sans_remises(*_sans_exports(list(chemins.values()), anomalies, nommes), nommes)


def _sans_exports(
    chemins: Sequence[Path], constats: Iterable[Anomalie], nommes: Set[Path]
) -> tuple[list[Path], list[Anomalie]]:
    """Sans ce qui est dans un dossier d’export : un avertissement par dossier, et aucun pour ses documents.

    :param nommes: ce que l’on a donné ; la table de réponses d’un export est gardée si elle, ou lui, y est.
    """
    exports: dict[Path, bool] = {}

    def exporte(chemin: Path) -> bool:
        dossier = chemin_reel(chemin).parent
        if dossier not in exports:
            exports[dossier] = lire_manifeste(dossier) is not None
        return exports[dossier]

    reels = [chemin_reel(chemin) for chemin in chemins]
    nommees = (r for r in reels if r.name in TABLES_D_EXPORT and not nommes.isdisjoint((r, r.parent)))
    # Une seule par export : le classeur porte les mêmes réponses que le CSV.
    relues = {r.parent: r for r in sorted(nommees, key=lambda r: TABLES_D_EXPORT.index(r.name), reverse=True)}
    gardes = [c for c, reel in zip(chemins, reels, strict=True) if not exporte(c) or relues.get(reel.parent) == reel]
    a_dire = [c for c in constats if c.code not in _DE_DOSSIER or not exporte(Path(c.lieu.fichier))]
    trouves = [dossier for dossier, est_export in exports.items() if est_export and dossier not in relues]
    return gardes, [*a_dire, *(anomalie("export-parmi-les-sources", str(d), nom=d.name) for d in trouves)]


def _sans_remises(
    chemins: Sequence[Path], constats: Iterable[Anomalie], nommes: Set[Path]
) -> tuple[list[Path], list[Anomalie]]:
    """Sans ce que recopie une remise à une personne, dite une fois ; celle que l’on nomme, ou dont on nomme un fichier,
    est gardée, sans la table de réponses qui redit les fichiers de côté.
    """
    remises: dict[Path, Path | None] = {}

    def remise_de(dossier: Path) -> Path | None:
        if dossier not in remises:
            sienne = est_une_remise(dossier)
            remises[dossier] = dossier if sienne else None if dossier.parent == dossier else remise_de(dossier.parent)
        return remises[dossier]

    siennes = {chemin: remise_de(chemin_reel(chemin).parent) for chemin in chemins}
    nommees = {remise_de(nomme) for nomme in nommes}
    a_part = {chemin for chemin, remise in siennes.items() if remise is not None and remise not in nommees}
    pleines = {r for c, r in siennes.items() if r in nommees and r is not None and chemin_reel(c).parent != r}
    redites = {c for c, r in siennes.items() if r in pleines and chemin_reel(c) == r / REPONSES_DE_REMISE}
    dits = {None, *nommees}
    a_dire = [c for c in constats if c.code not in _DE_DOSSIER or remise_de(chemin_reel(c.lieu.fichier).parent) in dits]
    a_dire += [anomalie("sortie-ignoree", str(c), nom=c.name) for c in chemins if c in redites]
    trouvees = dict.fromkeys(siennes[chemin] for chemin in chemins if chemin in a_part)
    a_dire += [anomalie("remise-parmi-les-sources", str(r), nom=r.name) for r in trouvees if r is not None]
    return [c for c in chemins if c not in a_part | redites], a_dire


def _lire_sources(
    chemins: Sequence[Path], referentiel: Referentiel, consignes: Consignes, progres: Progres | None = None
) -> Iterator[LectureSource]:
    """Lit chaque fichier ; les anomalies disent ce qui n’a pas été pris, et où."""
    for rang, chemin in enumerate(chemins, 1):
        yield lire_pour_compter(chemin, referentiel, consignes)
        if progres is not None:
            progres(rang, len(chemins))


def lire_pour_compter(chemin: Path, referentiel: Referentiel, consignes: Consignes = SANS_CONSIGNE) -> LectureSource:
    """Lit un fichier de réponses sans ce qui n’est de personne : ni ligne d’exemple, ni passation sans réponse."""
    return _sans_vides(_sans_exemple(_lire_source(chemin, referentiel, consignes)))


def _lire_source(chemin: Path, referentiel: Referentiel, consignes: Consignes = SANS_CONSIGNE) -> LectureSource:
    """Lit un fichier de réponses ; ne lève rien : une source illisible est une anomalie."""
    try:
        format_ = _format_reel(chemin)
        if format_ is not None and format_.lecteur:
            lecture = _lire_avec_sa_version(format_, chemin, referentiel, consignes)
            return _sans_profil_recode(lecture, chemin)
        faute = faute_de_retour(chemin) or anomalie("source-inconnue", str(chemin), **_non_lu(chemin))
        return LectureSource(str(chemin), anomalies=(faute,))
    except ErreurCpit as erreur:
        return LectureSource(str(chemin), anomalies=erreur.anomalies)
    except FileNotFoundError:
        return LectureSource(str(chemin), anomalies=(anomalie("fichier-introuvable", str(chemin), nom=chemin),))
    except (OSError, MemoryError, RecursionError) as erreur:
        raison = raison_systeme(erreur) if isinstance(erreur, OSError) else "il demande plus de mémoire qu’il n’y en a"
        return LectureSource(str(chemin), anomalies=(anomalie("fichier-illisible", str(chemin), raison=raison),))


def _format_reel(chemin: Path) -> Format | None:
    """Le format d’une source : celui de son suffixe, sauf si son contenu est d’une passation ou d’un classeur.

    :raises OSError: si elle ne se lit pas.
    """
    debut = lire_debut(chemin, DEBUT_DE_PASSATION)
    if est_une_passation(debut):
        return FORMATS[".json"]
    if est_un_classeur(debut) and not (chemin.suffix.lower() == ARCHIVE and est_une_archive_de_sources(chemin)):
        return FORMATS[".xlsx"]
    return format_de(chemin)


def _sans_profil_recode(lecture: LectureSource, chemin: Path) -> LectureSource:
    """Une seule anomalie pour toutes les cellules de profil qu’un export fait avec « k » a réunies ou tues."""
    manifeste = manifeste_de(chemin) or {}
    codes = manifeste.get("codes_de_k")
    if not isinstance(codes, list):
        return lecture
    autres = [a for a in lecture.anomalies if a.code != "choix-inconnu" or a.mots.get("valeur") not in codes]
    if len(autres) < len(lecture.anomalies):
        nombre = len(lecture.anomalies) - len(autres)
        autres.append(anomalie("profil-recode", str(chemin), k=manifeste.get("k"), nombre=nombre))
    return replace(lecture, anomalies=tuple(autres))


def lire_reunion(
    reunion: Reunion,
    referentiel: Referentiel,
    *,
    strict: bool = False,
    progres: Progres | None = None,
    meme_vide: bool = False,
) -> Recueil:
    """Lit et note toutes les sources réunies.

    :param strict: vrai pour tout arrêter à la moindre anomalie.
    :param meme_vide: vrai si rien n’est une réponse aussi : on demande qui a répondu.
    :raises ErreurCpit: rien à noter ou, en mode strict, une anomalie ; avec toutes celles de la lecture.
    """
    lues = tuple(_lire_sources(reunion.chemins, referentiel, reunion.consignes, progres))
    tous = [releve for lue in lues for releve in lue.releves]
    releves, doubles = regler_les_doubles(tous, reunion.consignes.garder, DETAIL_MAX)
    anonymes = _anonymes(releves)
    anomalies = (
        *(*reunion.constats, *_une_fois(une for lue in lues for une in lue.anomalies)),
        *(*doubles, *_dire_les_anonymes(releves, anonymes)),
    )
    exiger_des_passations(len(releves), anomalies, strict=strict, meme_vide=meme_vide)
    with sans_ramasse_miettes():
        cohorte = composer(referentiel, releves)
    prises = Counter(releve.source for releve in releves)
    bilans = (
        BilanDeSource(
            *(lue.source, prises[lue.source], compter(lue.anomalies, Gravite.REFUS)),
            _SANS_CODE if lue.source in anonymes else lue.suppose,
            avertissements=compter(lue.anomalies, Gravite.AVERTISSEMENT),
        )
        for lue in lues
        if not any(une.code in _PAS_UNE_SOURCE for une in lue.anomalies)
    )
    return Recueil(cohorte, tuple(map(reunion.completer, bilans)), anomalies, reunion.permis)


def _anonymes(releves: Sequence[Releve]) -> list[str]:
    """Les formulaires et les passations sans code ; les tables disent les leurs, ligne à ligne."""
    entieres = (releve for releve in releves if releve.ligne is None and not releve.feuille)
    return list(dict.fromkeys(r.source for r in entieres if not replier_code(r.passation.identifiant)))


def _dire_les_anonymes(releves: Sequence[Releve], anonymes: Sequence[str]) -> Iterator[Anomalie]:
    """Dit une fois ce qui n’a pas de code ; que tous les autres n’en aient pas non plus n’est pas un oubli."""
    if anonymes and any(replier_code(releve.passation.identifiant) for releve in releves):
        cites = enumerer_les_premiers([f"«{FINE}{Path(source).name}{FINE}»" for source in anonymes], _CITES_MAX)
        yield anomalie("formulaires-sans-code", anonymes[0], nombre=len(anonymes), noms=ACopier(cites))


_SANS_CODE = "une personne par fichier sans code"
_CITES_MAX = 5
"""Fichiers sans code que l’on nomme ; au-delà, on les compte."""


def _une_fois(anomalies: Iterable[Anomalie]) -> Iterator[Anomalie]:
    """Les anomalies d’une lecture ; une version passée n’y est dite qu’une fois, avec son compte."""
    versions: dict[tuple[object, ...], Anomalie] = {}
    for une in anomalies:
        if une.code not in VERSIONS_LUES:
            yield une
            continue
        cle = (une.code, *(mot for nom, mot in sorted(une.mots.items()) if nom != "nombre"))
        deja = int(str(versions[cle].mots["nombre"])) if cle in versions else 0
        total = {**une.mots, "nombre": deja + int(str(une.mots["nombre"]))}
        versions[cle] = replace(versions.get(cle, une), mots=total)
    yield from versions.values()


def exiger_des_passations(nombre: int, anomalies: Sequence[Anomalie], *, strict: bool, meme_vide: bool = False) -> None:
    """Arrête tout s’il n’y a rien à noter, ou, en mode strict, à la moindre anomalie.

    :param meme_vide: vrai si n’avoir rien à noter est une réponse.
    :raises ErreurCpit: avec toutes les anomalies de la lecture.
    """
    if strict and anomalies:
        raise ErreurCpit(anomalies)
    if not nombre and not meme_vide:
        raise ErreurCpit([*anomalies, anomalie("cohorte-vide")])


def _sans_exemple(lecture: LectureSource) -> LectureSource:
    exemples = [releve for releve in lecture.releves if releve.passation.identifiant == EXEMPLE]
    if not exemples:
        return lecture
    gardes = tuple(releve for releve in lecture.releves if releve.passation.identifiant != EXEMPLE)
    dits = _dire_les_premiers(exemples, lambda exemple: anomalie("ligne-d-exemple", lieu_de(exemple)))
    return replace(lecture, releves=gardes, anomalies=(*lecture.anomalies, *dits))


def _dire_les_premiers(releves: Sequence[Releve], dire: Callable[[Releve], Anomalie]) -> list[Anomalie]:
    """L’avertissement de chacun de ces relevés d’une source, et le compte de ceux que l’on ne détaille pas."""
    premiers, autres = Constats.de(releves, dire, DETAIL_MAX)
    return [*premiers, *compter_les_autres(autres, releves[0].source)]


_SANS_REPONSE = frozenset({Etat.SANS_REPONSE, Etat.PAS_ENCORE_VU})


def _sans_vides(lecture: LectureSource) -> LectureSource:
    """Sans les passations qui n’ont aucune réponse, prise ou refusée : chacune est dite, une fois, et pas comptée."""
    vides = [releve for releve in lecture.releves if not releve.refusees and _est_vide(releve.passation)]
    if not vides:
        return lecture
    ecartes = set(map(id, vides))
    gardes = tuple(releve for releve in lecture.releves if id(releve) not in ecartes)
    autres = tuple(une for une in lecture.anomalies if une.code != "passation-inachevee")
    dites = _dire_les_premiers(vides, _dire_vide)
    deja = any(une.code == "formulaire-vierge" for une in autres)
    return replace(lecture, releves=gardes, anomalies=(*autres, *(() if deja else dites)))


def _dire_vide(vide: Releve) -> Anomalie:
    """Un fichier peut porter deux moments : on dit celui qui est vide."""
    passation = vide.passation
    return anomalie("passation-vide", lieu_de(vide), code=passation.identifiant, quand=f" ({passation.moment})")


def _est_vide(passation: Passation) -> bool:
    """Vrai si rien n’est répondu ; « sans objet » est une réponse."""
    return all(reponse.etat in _SANS_REPONSE for reponse in passation.reponses.values())


def _deployer(source: str) -> tuple[list[Path], list[Anomalie]]:
    chemin = Path(source)
    try:
        dossier, la = est_un_dossier(chemin, a_parcourir=True), existe(chemin)
    except OSError as erreur:
        return [], [anomalie("fichier-illisible", source, raison=raison_systeme(erreur))]
    if (manifeste := lire_manifeste(chemin)) is not None:
        return _deployer_un_export(chemin, manifeste)
    if dossier:
        return _deployer_un_dossier(chemin)
    if la:
        return [chemin], []
    # glob et non Path.glob : le motif peut être absolu, ou remonter (« ../*.csv »).
    trouves = [Path(f) for f in sorted(glob.glob(source, recursive=True)) if Path(f).is_file()]  # noqa: PTH207
    if trouves:
        return _trier([f for f in trouves if not _cache(f, f.parent)], inconnus=True)
    return [], [anomalie("source-introuvable", source, nom=source)]


def _deployer_un_dossier(dossier: Path) -> tuple[list[Path], list[Anomalie]]:
    trouves = sorted(islice(_parcourir(dossier), _FICHIERS_MAX + 1))
    if len(trouves) > _FICHIERS_MAX:
        return [], [anomalie("dossier-trop-grand", str(dossier), limite=grouper(_FICHIERS_MAX))]
    fichiers, constats = _trier(f for f in trouves if f.is_file())
    return fichiers, [*constats, *_hors_norme(trouves)]


def _parcourir(dossier: Path) -> Iterator[Path]:
    """Tout ce qui n’est pas caché sous un dossier ; on n’entre ni dans un dossier caché, ni par un lien.

    :raises OSError: si le système refuse d’en lire un autrement que faute d’y avoir accès.
    """

    def noter(erreur: OSError) -> None:
        if not isinstance(erreur, PermissionError):
            raise erreur

    for nom, dossiers, fichiers in os.walk(dossier, onerror=noter):
        ici = Path(nom)
        dossiers[:] = [sous for sous in dossiers if not sous.startswith(_DEBUTS_CACHES)]
        yield from (ici / un for un in (*dossiers, *fichiers) if not _est_cache(un))


def _sortir_de_l_archive(chemin: Path) -> tuple[list[Path], list[Anomalie]]:
    """Les fichiers d’une archive, qui sont autant de sources ; elle-même si elle n’en est pas une ou se refuse."""
    if chemin.suffix.lower() != ARCHIVE or archive_de(chemin) is not None:
        return [chemin], []
    try:
        if not est_une_archive_de_sources(chemin):
            return [chemin], []
        membres = [chemin / nom for nom in membres_d_une_archive(chemin)]
    except (ErreurCpit, OSError):
        # En la lisant, on dira pourquoi.
        return [chemin], []
    gardes, constats = _trier(membre for membre in membres if not _cache(membre, chemin))
    return (gardes, constats) if gardes else ([chemin], [])


def lire_archive(chemin: Path, _referentiel: Referentiel, _consignes: Consignes) -> LectureSource:
    """Dit pourquoi d’une archive rien ne se lit : celle d’où viennent des sources n’en est pas une elle-même.

    :raises ErreurCpit: toujours.
    """
    if archive_de(chemin) is not None:
        raise refus("archive-dans-une-archive", str(chemin))
    membres_d_une_archive(chemin)
    raise refus("archive-sans-reponses", str(chemin), lus=enumerer(suffixes_lus(), "ou"))


def _deployer_un_export(dossier: Path, manifeste: Mapping[str, Any]) -> tuple[list[Path], list[Anomalie]]:
    """La table de réponses d’un export que l’on nomme lui-même ; des agrégats n’en ont pas."""
    tables = [dossier / nom for nom in TABLES_D_EXPORT if (dossier / nom).is_file()]
    if tables and "personnes" in manifeste:
        return tables[:1], []
    return [], [
        anomalie("export-sans-reponses", str(dossier), nom=dossier.name, tables=enumerer(TABLES_D_EXPORT, "ou"))
    ]


def _lire_avec_sa_version(
    format_: Format, chemin: Path, referentiel: Referentiel, consignes: Consignes
) -> LectureSource:
    """Lit une source ; la table d’une autre version, qu’un export dit ou que ses mots montrent, se lit avec la sienne,
    puis se porte.

    :raises ErreurCpit: si elle est d’un référentiel qui ne se lit pas avec celui-ci.
    """
    lire: Callable[[Path, Referentiel, Consignes], LectureSource] = format_.lire()
    autre = None if format_ is FORMATS[".json"] else origine_d_une_autre_table(chemin, referentiel)
    if autre is None:
        return lire(chemin, referentiel, consignes)
    identite, ancien = autre
    accord = accorder_les_versions(ancien, referentiel) if ancien else None
    if ancien is None or accord is None:
        raise refuser_un_autre_referentiel(str(chemin), identite, referentiel)
    lecture = lire(chemin, ancien, consignes)
    releves = [porter_un_releve(releve, referentiel, accord) for releve in lecture.releves]
    dite = dire_une_autre_version(str(chemin), ancien, referentiel, accord, len(releves))
    return replace(lecture, releves=tuple(releves), anomalies=(*lecture.anomalies, dite))


def _hors_norme(trouves: Iterable[Path]) -> Iterator[Anomalie]:
    """Ce qui, dans un dossier, n’est ni un fichier ni un dossier que l’on parcourt : dit, et laissé de côté."""
    for chemin in trouves:
        if (chemin.is_symlink() or not chemin.is_dir()) and (raison := pourquoi_pas(chemin)):
            yield anomalie("source-hors-norme", str(chemin), nom=chemin.name, raison=raison)


def _trier(fichiers: Iterable[Path], *, inconnus: bool = False) -> tuple[list[Path], list[Anomalie]]:
    """Ce qui peut être une source ; ``inconnus`` : garder aussi ce dont le suffixe ne dit rien."""
    gardes: list[Path] = []
    anomalies: list[Anomalie] = []
    for fichier in fichiers:
        if _est_un_cahier(fichier):
            # Posé par cpit à côté d’une passation, comme sa copie : rien à en dire.
            continue
        if not inconnus and _accompagne(fichier):
            continue
        format_ = format_de(fichier)
        if nom := nom_d_un_cahier_abime(fichier):
            mots = {"quoi": f"le cahier « {nom} »", "raison": "ce n'est pas du JSON entier"}
            anomalies.append(anomalie("cahier-abime", str(fichier), **mots))
        elif format_ is not None and _est_une_sortie(format_, fichier):
            anomalies.append(anomalie("sortie-ignoree", str(fichier), nom=fichier.name))
        elif nature := nature_a_cote(fichier):
            anomalies.append(anomalie("document-ignore", str(fichier), nom=fichier.name, nature=nature))
        elif inconnus or (format_ is not None and format_.lecteur) or _est_un_retour(fichier):
            gardes.append(fichier)
        else:
            anomalies.append(anomalie("fichier-ignore", str(fichier), **_non_lu(fichier)))
    return gardes, anomalies


def _est_une_sortie(format_: Format, fichier: Path) -> bool:
    """Vrai pour un résultat que cpit a écrit, ou pour ce qu’il écrit dans un format où il ne lit pas (page, figure)."""
    try:
        return format_.est_un_resultat(fichier) or (not format_.lecteur and format_.est_de_cpit(fichier))
    except OSError:
        return False


def _accompagne(fichier: Path) -> bool:
    """Vrai pour la page ou le document que cpit pose à côté d’une passation, à son nom, et que nul n’a retouché."""
    passation = fichier.with_suffix(".json")
    try:
        if fichier.suffix.lower() not in _COMPAGNONS or not est_une_passation(
            lire_debut(passation, DEBUT_DE_PASSATION)
        ):
            return False
        return proprietaire_de(fichier) is Proprietaire.CPIT
    except OSError:
        return False


def _est_un_cahier(fichier: Path) -> bool:
    try:
        return est_un_cahier(fichier)
    except OSError:
        return False


def _est_un_retour(fichier: Path) -> bool:
    """Vrai pour des réponses sous un suffixe que cpit ne lit pas : lues ou refusées, jamais tues."""
    try:
        return porte_des_reponses(fichier) or faute_de_retour(fichier) is not None
    except OSError:
        return False


def _non_lu(fichier: Path) -> dict[str, object]:
    return {"nom": fichier.name, "lus": enumerer(suffixes_lus(), "ou")}


def _cache(fichier: Path, racine: Path) -> bool:
    """Fichier caché, verrou de tableur (« ~$ ») ou copie de cpit ; ou dans un dossier caché."""
    morceaux = fichier.relative_to(racine).parts
    return any(morceau.startswith(_DEBUTS_CACHES) for morceau in morceaux) or _est_cache(fichier.name)


def _est_cache(nom: str) -> bool:
    if nom.startswith(_DEBUTS_CACHES) or nom.endswith(_IGNORES) or ".json.abime" in nom:
        return True
    return est_une_version(Path(nom))


def lire_classeur(chemin: Path, referentiel: Referentiel, consignes: Consignes) -> LectureSource:
    """Lit un classeur : un formulaire rempli, ou une table ; une grille, un classeur que cpit a écrit n’en sont pas.

    :raises ErreurCpit: s’il est illisible, hostile, ou d’une autre sorte.
    """
    from cpit.lecture.formulaire_xlsx import est_un_formulaire, lire_formulaire_xlsx, porte_une_grille
    from cpit.lecture.table_xlsx import lire_table_xlsx
    from cpit.tableur.garde import verifier_classeur

    if not est_un_classeur(lire_debut(chemin, DEBUT_DE_PASSATION)):
        return _lire_un_texte_deguise(chemin, referentiel, consignes)
    verifier_classeur(chemin, taille_max=200_000_000, declare_max=2_000_000_000)
    if est_un_formulaire(chemin):
        return lire_formulaire_xlsx(chemin, referentiel)
    if est_un_classeur_de_cpit(chemin) and manifeste_de(chemin) is None:
        # « cpit questionnaire » le pose à côté de la passation, qui porte les mêmes réponses.
        return LectureSource(str(chemin), anomalies=(anomalie("classeur-ignore", str(chemin), nom=chemin.name),))
    if est_une_grille_de_referentiel(chemin):
        ecartee = anomalie("document-ignore", str(chemin), nom=chemin.name, nature=GRILLE_DE_REFERENTIEL)
        return LectureSource(str(chemin), anomalies=(ecartee,))
    lecture = lire_table_xlsx(chemin, referentiel, consignes)
    transposee = any(une.code == "table-transposee" for une in lecture.anomalies)
    if (transposee or not lecture.releves) and porte_une_grille(chemin):
        raise refus("formulaire-sans-identification", str(chemin))
    return lecture


def _lire_un_texte_deguise(chemin: Path, referentiel: Referentiel, consignes: Consignes) -> LectureSource:
    """Lit ce que bien des outils nomment « .xls » sans que c’en soit un : une page, ou un texte.

    :raises ErreurCpit: si ce n’est ni l’un ni l’autre.
    """
    from cpit.lecture.table_csv import lire_table_csv
    from cpit.lecture.table_xlsx import lire_table_xlsx
    from cpit.tableur.garde import verifier_classeur
    from cpit.tableur.lecture_balises import est_une_page

    if (faute := faute_de_retour(chemin)) is not None:
        raise ErreurCpit([faute])
    if est_une_page(lire_debut(chemin, DEBUT_DE_PASSATION)):
        return lire_table_xlsx(chemin, referentiel, consignes)
    lecture = lire_table_csv(chemin, referentiel, consignes)
    if not lecture.releves:
        verifier_classeur(chemin)
    return lecture


def lire_json_de_passation(chemin: Path, referentiel: Referentiel, _consignes: Consignes) -> LectureSource:
    """Lit une passation, à noter avec ce référentiel.

    :raises ErreurCpit: si elle est illisible, ou d’un référentiel qui ne se lit pas avec celui-ci.
    """
    passation, anomalies = relire_fichier(chemin)
    if ne_dit_pas_qui(passation.identifiant):
        anomalies = (*anomalies, anomalie("passation-d-inconnu", str(chemin), valeur=passation.identifiant))
        passation = replace(passation, identifiant="")
    if ne_dit_pas_qui(passation.evaluateur):
        anomalies = (*anomalies, anomalie("passation-d-inconnu", str(chemin), valeur=passation.evaluateur))
        passation = replace(passation, evaluateur="")
    if passation.referentiel.empreinte != referentiel.empreinte:
        portee = porter_sur(passation, referentiel, str(chemin))
        if portee is None:
            raise refuser_un_autre_referentiel(str(chemin), passation.referentiel, referentiel)
        passation, anomalies = portee[0], (*anomalies, portee[1])
    inachevee = passation.terminee is None
    if inachevee:
        anomalies = (*anomalies, anomalie("passation-inachevee", str(chemin)))
    releves = []
    for une in passation.separees():
        fautes = list(reponses_refusees(une, referentiel, str(chemin)))
        refusees = frozenset(str(faute.mots["code"]) for faute in fautes)
        anomalies = (*anomalies, *fautes)
        seule = _sans(une, refusees, referentiel)
        releves.append(Releve(seule, str(chemin), refusees=refusees, inachevee=inachevee))
    return LectureSource(str(chemin), tuple(releves), anomalies)


def _sans(passation: Passation, refusees: frozenset[str], referentiel: Referentiel) -> Passation:
    """La passation, ses réponses refusées changées en « sans réponse » (ou ôtées si l’item n’existe pas)."""
    reponses = {
        code: reponse.devenue(sans_reponse()) if code in refusees else reponse
        for code, reponse in passation.reponses.items()
        if code in referentiel.items_par_code
    }
    return replace(passation, reponses=reponses)

"""La fouille d’un dossier : chaque fichier ordinaire, caché ou non, une fois ; aucun lien n’est suivi."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cpit.coeur import Progres
from cpit.droits.marques import (
    Doute,
    Identite,
    Inventaire,
    Mention,
    Sorte,
    Trouvaille,
    examiner_fichier,
    normaliser_code,
    sorte,
)
from cpit.erreurs import ErreurCpit, refus
from cpit.export.pseudonymes import ENTETE, identite_du_code, ouvrir_cle, pseudonymiser
from cpit.export.registre_de_diffusion import ENTETE_DE_REGISTRE
from cpit.formats.durable import est_un_reste, voir
from cpit.ouverture import chemin_reel, lire_debut

_VERROU = re.compile(r"\.(?P<nom>.+?)\.verrou(?:\.break\.[0-9]+(?:\.[0-9a-f]+)?)?")
"""Le verrou d’une passation, ou ce qu’en laisse qui est tué en le reprenant."""
_AUTOUR = re.compile(
    r"\.?(?P<nom>.+?\.json)(?:\.bak|\.de-cote|(?:-[0-9]+)?\.abime|\.version-[0-9-]*)?(?:\.[0-9]+\.tmp)?"
)
"""Une passation et tout ce que cpit pose à côté : « .passation-r01-t0-soi.json.bak.1234.tmp »."""


@dataclass
class _Fouille:
    inventaire: Inventaire
    identite: Identite
    verrous: list[Path]

    def voir(self, chemin: Path) -> None:
        """Range un fichier."""
        if _VERROU.fullmatch(chemin.name):
            self.verrous.append(chemin)
            self._retenir(chemin)
            return
        codes: set[str] = set()
        self._retenir(chemin)
        constats = list(examiner_fichier(chemin, self.identite, codes.add))
        self.inventaire.fichiers += 1
        self.inventaire.connus |= {net for code in codes if (net := normaliser_code(code))}
        self.inventaire.voisins.update(net for net in map(normaliser_code, codes) if self.identite.ressemble(net))
        for constat in constats:
            if isinstance(constat, Trouvaille):
                self.inventaire.siens.append(constat)
            elif isinstance(constat, Mention):
                self.inventaire.mentions.append(constat)
            else:
                self.inventaire.doutes.append(constat)

    def _retenir(self, chemin: Path) -> None:
        if (vu := voir(chemin)) is not None:
            self.inventaire.vus[chemin] = vu

    def conclure(self) -> Inventaire:
        """Les verrous, puis ce que seul leur nom attribue : il ne suffit plus si un autre code donne le même nom."""
        inventaire = self.inventaire
        sures = {fichier_principal(t.chemin) for t in inventaire.siens if not t.par_le_nom}
        partage = any(Identite(voisin).nom == self.identite.nom for voisin in inventaire.voisins)
        # La copie abîmée d’une passation lue, ou la passation abîmée d’une copie lue : le nom suffit, même libre.
        inventaire.siens += [
            Trouvaille(d.chemin, sorte(d.chemin), par_le_nom=True)
            for d in inventaire.doutes
            if fichier_principal(d.chemin) in sures
        ]
        inventaire.doutes = [d for d in inventaire.doutes if fichier_principal(d.chemin) not in sures]
        for verrou in self.verrous:
            garde = fichier_principal(verrou)
            if garde in sures or (self.identite.nomme(verrou.name) and not os.path.lexists(garde)):
                rompu = not verrou.name.endswith(".verrou")
                nature = Sorte.TEMPORAIRE if rompu else Sorte.VERROU
                inventaire.siens.append(Trouvaille(verrou, nature, par_le_nom=garde not in sures))
        if partage:
            ambigus = [t for t in inventaire.siens if t.par_le_nom and fichier_principal(t.chemin) not in sures]
            inventaire.siens = [t for t in inventaire.siens if t not in ambigus]
            inventaire.doutes += [Doute(t.chemin, "deux codes donnent le même nom de fichier") for t in ambigus]
        prises = {t.chemin for t in inventaire.siens}
        inventaire.restes = [reste for reste in inventaire.restes if reste not in prises]
        inventaire.siens.sort(key=lambda t: (fichier_principal(t.chemin), t.chemin))
        return inventaire


def fouiller(
    dossier: Path, identite: Identite, *, sauf: Path | None = None, progres: Progres | None = None
) -> Inventaire:
    """Tout ce qu’un dossier garde d’une personne.

    :param sauf: un dossier à ne pas ouvrir (celui où l’on s’apprête à écrire).
    """
    racine = chemin_reel(dossier)
    inventaire = Inventaire(racine, identite.code)
    if (vu := voir(racine)) is not None:
        inventaire.vus[racine] = vu
    chemins = list(_fichiers(inventaire, sauf))
    fouille = _Fouille(inventaire, _avec_pseudonymes(identite, inventaire.cles), [])
    for rang, chemin in enumerate(chemins, 1):
        fouille.voir(chemin)
        if progres is not None:
            progres(rang, len(chemins))
    return fouille.conclure()


def fichier_principal(chemin: Path) -> Path:
    """La passation dont un fichier est la copie, le temporaire ou le verrou ; lui-même sinon."""
    nom = verrou["nom"] if (verrou := _VERROU.fullmatch(chemin.name)) else chemin.name
    trouve = _AUTOUR.fullmatch(nom)
    return chemin.with_name(trouve["nom"] if trouve else nom)


def _fichiers(inventaire: Inventaire, sauf: Path | None) -> Iterator[Path]:
    """Les fichiers ordinaires, dans l’ordre ; les liens et les dossiers illisibles sont notés."""
    interdit = chemin_reel(sauf) if sauf is not None else None

    def noter(erreur: OSError) -> None:
        inventaire.doutes.append(Doute(Path(erreur.filename or inventaire.racine), "ce dossier ne s’ouvre pas"))

    for nom, dossiers, fichiers in os.walk(inventaire.racine, onerror=noter, followlinks=False):
        ici = Path(nom)
        liens = [sous for sous in dossiers if _mene_ailleurs(ici / sous)]
        inventaire.liens += [ici / lien for lien in sorted(liens)]
        dossiers[:] = sorted(sous for sous in dossiers if sous not in liens and ici / sous != interdit)
        inventaire.restes += [ici / sous for sous in (*dossiers, *sorted(fichiers)) if est_un_reste(ici / sous)]
        if "datapackage.json" in fichiers:
            inventaire.etudes.append(ici)
        for chemin in (ici / fichier for fichier in sorted(fichiers)):
            if chemin.is_symlink():
                inventaire.liens.append(chemin)
            elif chemin.is_file() and not _est_a_part(chemin, inventaire):
                yield chemin


def _mene_ailleurs(dossier: Path) -> bool:
    """Vrai pour un lien ; une jonction de Windows n’en est pas un, mais mène ailleurs aussi."""
    return dossier.is_symlink() or chemin_reel(dossier) != dossier


def _avec_pseudonymes(identite: Identite, cles: Sequence[Path]) -> Identite:
    """L’identité et ses pseudonymes, sous les clés qui se lisent."""
    pseudonymes = set(identite.pseudonymes)
    for chemin in cles:
        with contextlib.suppress(ErreurCpit):
            pseudonymes.add(pseudonyme_sous(chemin, identite.code))
    return replace(identite, pseudonymes=frozenset(pseudonymes))


def pseudonyme_sous(cle: Path, code: str) -> str:
    """Le pseudonyme d’un code sous une clé d’étude, qui doit exister.

    :raises ErreurCpit: si la clé n’existe pas, ou ne se lit pas.
    """
    if not cle.exists():
        raise refus("fichier-introuvable", str(cle), nom=cle)
    return pseudonymiser(ouvrir_cle(cle), [identite_du_code(code)])[0]


def _est_a_part(chemin: Path, inventaire: Inventaire) -> bool:
    """Note clés de pseudonymes et registres de diffusions : ils ne nomment personne, mais relient tout le monde."""
    try:
        debut = lire_debut(chemin, 200).decode("utf-8-sig", errors="replace")
    except OSError:
        return False
    if debut.startswith(ENTETE):
        inventaire.cles.append(chemin)
        return True
    if ENTETE_DE_REGISTRE in debut:
        inventaire.registres.append(chemin)
        return True
    return False

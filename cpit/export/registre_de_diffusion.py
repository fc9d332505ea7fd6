"""Le registre de ce qui a été diffusé : qui était dans quel groupe montré, sous un secret qui n’en sort pas.

Deux diffusions presque de la même cohorte se soustraient : la différence des totaux est la somme de qui est arrivé ou
parti. Le registre garde, pour chaque diffusion, les groupes montrés et l’empreinte de qui en était (HMAC-SHA-256 du
code, sous un secret aléatoire qui n’est que là). Avant d’en écrire une autre, toutes sont mises ensemble : aucune
combinaison des effectifs et sommes qu’elles montrent ne doit dépendre de moins de personnes que l’effectif minimal.

Il est à côté des sources, dans le dossier qui les porte toutes, jamais dans ce qui est partagé ; comme une clé, il se
garde à part. Il se fie à l’appartenance, non aux scores de chacun : qui manque une échelle compte comme présent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cpit.coeur.anonymat import combinaison_de_moins_de
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.diffusion import Agregats
from cpit.erreurs import raison_systeme, refus
from cpit.export.pseudonymes import identites
from cpit.formats.appartenance import NOM_DU_REGISTRE
from cpit.formats.durable import a_la_place_de
from cpit.json_strict import decoder_json, lire_json
from cpit.ouverture import chemin_reel, ouvrir
from cpit.passations.sauvegarde import verrouiller

ENTETE_DE_REGISTRE = "cpit, registre des diffusions, version 1"
_AVERTISSEMENT = "Empreintes de personnes et leur secret : à garder à part, jamais à joindre à ce qui est partagé."
_OCTETS = 32
_TAILLE_MAX = 200_000_000

Diffusion = Mapping[str, Sequence[str]]
"""Groupe montré (strate, question, réponse) → empreintes de ses personnes, triées."""


@dataclass(frozen=True, slots=True)
class RegistreDeDiffusion:
    """Les diffusions passées, et le secret de leurs empreintes, qui ne se montre pas."""

    chemin: Path
    secret: bytes = field(repr=False)
    diffusions: tuple[Diffusion, ...] = ()

    def decrire(self, cohorte: Cohorte, agregats: Agregats) -> Diffusion:
        """Les groupes que des agrégats montrent, et qui en est.

        :raises OSError: si un fichier de passations sans code ne se relit pas.
        """
        referentiel = agregats.referentiel.identifiant
        de_qui = [self._empreinte(i) for i in identites([notee.releve for notee in cohorte.notees])]
        qui = dict(zip(map(id, cohorte.notees), de_qui, strict=True))
        choix = {q.identifiant: {c.code for c in q.choix} for q in agregats.referentiel.profil}
        groupes: dict[str, set[str]] = {}
        montres = {cle for cle, mesures in agregats.par_groupe.items() if next(iter(mesures.values())).effectif}
        strates = cohorte.strates()
        for moment, regard, question, modalite in montres:
            nom = json.dumps([referentiel, moment, regard, question, modalite], ensure_ascii=False)
            for notee in strates[moment, regard].notees:
                code = notee.passation.profil.get(question, "")
                if not question or (code if code in choix[question] else "") == modalite:
                    groupes.setdefault(nom, set()).add(qui[id(notee)])
        return {nom: sorted(personnes) for nom, personnes in sorted(groupes.items())}

    def isole(self, diffusion: Diffusion, minimum: int) -> bool:
        """Vrai si les diffusions passées et celle-ci, ensemble, font calculer ce qui tient à trop peu de personnes."""
        if not self.diffusions or diffusion in self.diffusions:
            return False
        groupes = [set(personnes) for une in (*self.diffusions, diffusion) for personnes in une.values()]
        colonnes: dict[tuple[int, ...], int] = {}
        for personne in set().union(*groupes):
            colonne = tuple(int(personne in groupe) for groupe in groupes)
            colonnes[colonne] = colonnes.get(colonne, 0) + 1
        return bool(colonnes) and combinaison_de_moins_de(minimum, colonnes) is not None

    def inscrire(self, diffusion: Diffusion) -> None:
        """Ajoute une diffusion, en entier ou pas du tout ; la même n’est inscrite qu’une fois.

        :raises ErreurCpit: si une autre s’y est inscrite depuis qu’il a été lu : celle-ci ne lui a pas été comparée.
        :raises OSError: si le registre ne s’écrit pas.
        """
        if diffusion in self.diffusions or not diffusion:
            return
        document = {
            "format": ENTETE_DE_REGISTRE,
            "avertissement": _AVERTISSEMENT,
            "secret": self.secret.hex(),
            "diffusions": [*self.diffusions, diffusion],
        }
        with a_la_place_de(self.chemin, self._exiger_inchange) as flux:
            flux.write((json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())

    def _exiger_inchange(self) -> None:
        if _ouvrir_registre(self.chemin).diffusions != self.diffusions:
            raise refus("change-entre-temps", str(self.chemin))

    def _empreinte(self, identite: str) -> str:
        return hmac.new(self.secret, b"cpit\0diffusion\0" + identite.encode(), hashlib.sha256).hexdigest()[:20]


def registre_des_sources(sources: Iterable[str]) -> Path | None:
    """Où est le registre : dans le dossier qui porte toutes les sources ; sans dossier commun, rien."""
    parents = [str(chemin_reel(source).parent) for source in sources if Path(source).exists()]
    try:
        return Path(os.path.commonpath(parents), NOM_DU_REGISTRE) if parents else None
    except ValueError:
        return None


@contextmanager
def tenir_le_registre(chemin: Path) -> Iterator[RegistreDeDiffusion]:
    """Le registre écrit là, que nulle autre diffusion ne lit ni n’écrit le temps d’un bloc.

    Sans ce verrou, deux diffusions au même instant, comparées chacune à ce qui les précède, ne le seraient pas l’une à
    l’autre. Là où il ne peut pas se poser (dossier en lecture seule), le registre se lit quand même.

    :raises ErreurCpit: registre illisible, d’une autre forme, ou tenu par une autre diffusion.
    """
    with ExitStack() as pile:
        with suppress(OSError):
            pile.enter_context(verrouiller(chemin))
        yield _ouvrir_registre(chemin)


def _ouvrir_registre(chemin: Path) -> RegistreDeDiffusion:
    """Le registre écrit là, ou un registre vide, au secret neuf, que rien n’a encore écrit.

    :raises ErreurCpit: registre illisible, ou d’une autre forme.
    """
    if not os.path.lexists(chemin):
        return RegistreDeDiffusion(chemin, secrets.token_bytes(_OCTETS))
    try:
        with ouvrir(chemin) as flux:
            document: Any = lire_json(decoder_json(flux.read(_TAILLE_MAX)))
        return RegistreDeDiffusion(chemin, *_verifier(document))
    except OSError as erreur:
        raise refus("fichier-illisible", str(chemin), raison=raison_systeme(erreur)) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise refus("registre-mal-forme", str(chemin), nom=chemin) from None


def _verifier(document: Any) -> tuple[bytes, tuple[Diffusion, ...]]:
    """Le secret et les diffusions d’un registre.

    :raises ValueError, KeyError, TypeError, AttributeError: s’il n’en a pas la forme.
    """
    secret, diffusions = bytes.fromhex(document["secret"]), tuple(document["diffusions"])
    empreintes = [e for une in diffusions for personnes in une.values() for e in personnes]
    if document["format"] != ENTETE_DE_REGISTRE or len(secret) != _OCTETS or {type(e) for e in empreintes} - {str}:
        raise ValueError(document["format"])
    return secret, diffusions

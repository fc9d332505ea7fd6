"""Ce qu’une étude garde pour elle, à part des données : la clé de ses pseudonymes, le registre de ses diffusions.

Un pseudonyme est un HMAC-SHA-256 de l’identifiant, par une clé aléatoire de 32 octets propre à l’étude : sans elle, il
ne se renverse pas et ne s’essaie pas nom par nom, ce qu’un hachage nu permettrait en une seconde. Une donnée ainsi
pseudonymisée reste une donnée personnelle (RGPD, article 4-5).

Le **registre** dit qui était dans quel groupe montré, sous un secret qui n’en sort pas. Deux diffusions presque de la
même cohorte se soustraient : la différence des totaux est la somme de qui est arrivé ou parti. Le registre garde, pour
chaque diffusion, les groupes montrés et l’empreinte de qui en était (HMAC-SHA-256 du code, sous un secret aléatoire qui
n’est que là). Avant d’en écrire une autre, toutes sont mises ensemble : aucune combinaison des effectifs et sommes
qu’elles montrent ne doit dépendre de moins de personnes que l’effectif minimal.

Il est à côté des sources, dans le dossier qui les porte toutes, jamais dans ce qui est partagé ; comme une clé, il se
garde à part. Il se fie à l’appartenance, non aux scores de chacun : qui manque une échelle compte comme présent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cpit.coeur.anonymat import combinaison_de_moins_de
from cpit.coeur.cohorte import Cohorte, Releve
from cpit.coeur.diffusion import Agregats
from cpit.coeur.passation import replier_code
from cpit.erreurs import raison_systeme, refus
from cpit.formats.appartenance import NOM_DU_REGISTRE
from cpit.formats.durable import a_la_place_de, creer
from cpit.json_strict import decoder_json, lire_json
from cpit.ouverture import chemin_reel, ouvrir
from cpit.passations.sauvegarde import verrouiller

_OCTETS = 32
_SIGNES = 16
"""Signes d’un pseudonyme après son « P », en base 32 : 80 bits, soit moins d’une chance sur 10¹¹ de heurt à un million
de personnes."""
ENTETE = "cpit, clé de pseudonymes, version 1"
_TAILLE_MAX = 4096
_MODELE = """\
{entete}
# Cette clé relie les pseudonymes d’une étude aux codes des personnes : elle ne se joint jamais aux données.
# La garder à part, en lieu sûr, le temps de l’étude (la même à T0 et à T1), puis la détruire.
{cle}
"""


@dataclass(frozen=True, slots=True)
class Cle:
    """La clé d’une étude ; ``neuve`` si elle vient d’être créée. Sa valeur ne se montre pas."""

    chemin: Path
    octets: bytes = field(repr=False)
    neuve: bool = False

    @property
    def empreinte(self) -> str:
        """De quoi reconnaître la clé sans la connaître : 16 signes hexadécimaux."""
        return self._mac(b"empreinte").hex()[:16]

    def pseudonyme(self, identite: str) -> str:
        """Le pseudonyme d’une identité : « P » puis 16 lettres ou chiffres."""
        return "P" + base64.b32encode(self._mac(b"pseudonyme\0" + identite.encode())).decode()[:_SIGNES]

    def _mac(self, message: bytes) -> bytes:
        return hmac.new(self.octets, b"cpit\0" + message, hashlib.sha256).digest()


def ouvrir_cle(chemin: Path) -> Cle:
    """Lit la clé d’une étude, ou la crée (0600) si le fichier n’existe pas ; un fichier existant reste intact.

    :raises ErreurCpit: clé illisible, d’une autre forme, trop courte, ou lisible par d’autres que son propriétaire.
    """
    try:
        return _lire(chemin) if os.path.lexists(chemin) else _creer(chemin)
    except OSError as erreur:
        raise refus("cle-illisible", str(chemin), nom=chemin, raison=raison_systeme(erreur)) from None


def _creer(chemin: Path) -> Cle:
    octets = secrets.token_bytes(_OCTETS)
    # Une clé née entre-temps n’est pas écrasée ; coupée (disque plein), elle se prendrait pour une clé retouchée.
    try:
        creer(chemin, _MODELE.format(entete=ENTETE, cle=octets.hex()).encode())
    except FileExistsError:
        return _lire(chemin)
    return Cle(chemin, octets, neuve=True)


def _lire(chemin: Path) -> Cle:
    with ouvrir(chemin) as flux:
        mode = stat.S_IMODE(os.fstat(flux.fileno()).st_mode)
        texte = flux.read(_TAILLE_MAX).decode("utf-8-sig", errors="replace")
    lignes = [ligne.strip() for ligne in texte.splitlines() if ligne.strip() and not ligne.startswith("#")]
    if len(lignes) != 2 or lignes[0] != ENTETE or not re.fullmatch(r"[0-9a-fA-F]*", lignes[1]):
        raise refus("cle-mal-formee", str(chemin), nom=chemin)
    if len(lignes[1]) != 2 * _OCTETS:
        raise refus("cle-trop-courte", str(chemin), nom=chemin, signes=len(lignes[1]), attendus=2 * _OCTETS)
    if os.name == "posix" and mode & 0o077:
        raise refus("cle-ouverte", str(chemin), nom=chemin, mode=f"{mode:04o}")
    return Cle(chemin, bytes.fromhex(lignes[1]))


def identites(releves: Sequence[Releve]) -> list[str]:
    """L’identité de chaque relevé, celle dont on tire son pseudonyme.

    C’est le code replié. Sans code, rien ne relie deux passations : l’identité est le contenu du fichier (son
    SHA-256, le rang parmi ses copies exactes) et la ligne. La ligne 2 de deux tables fait ainsi deux personnes, et un
    fichier déplacé ou renommé garde les siennes.

    :raises OSError: si un fichier de passations sans code ne se relit pas.
    """
    sans_code = dict.fromkeys(releve.source for releve in releves if not replier_code(releve.passation.identifiant))
    contenus: dict[str, str] = {}
    copies: Counter[str] = Counter()
    for source in sans_code:
        somme = _somme(Path(source))
        copies[somme] += 1
        contenus[source] = f"{somme}\0{copies[somme]}"
    return [_identite(releve, contenus) for releve in releves]


def identite_du_code(code: str) -> str:
    """L’identité d’une personne qui a un code."""
    return f"code\0{replier_code(code)}"


def _identite(releve: Releve, contenus: dict[str, str]) -> str:
    code = replier_code(releve.passation.identifiant)
    if code:
        return identite_du_code(code)
    feuille = f"\0{releve.feuille}" if releve.feuille else ""
    return f"sans-code\0{contenus[releve.source]}\0{releve.ligne}{feuille}"


def _somme(chemin: Path) -> str:
    with ouvrir(chemin) as flux:
        return hashlib.file_digest(flux, "sha256").hexdigest()


def pseudonymiser(cle: Cle, identites_: Iterable[str]) -> list[str]:
    """Le pseudonyme de chaque identité.

    :raises ErreurCpit: si deux identités ont le même pseudonyme : elles seraient prises pour une seule personne.
    """
    pseudonymes: dict[str, str] = {}
    rendus = []
    for identite in identites_:
        pseudonyme = cle.pseudonyme(identite)
        if pseudonymes.setdefault(pseudonyme, identite) != identite:
            raise refus("pseudonymes-en-collision", str(cle.chemin), pseudonyme=pseudonyme)
        rendus.append(pseudonyme)
    return rendus


ENTETE_DE_REGISTRE = "cpit, registre des diffusions, version 1"
_AVERTISSEMENT = "Empreintes de personnes et leur secret : à garder à part, jamais à joindre à ce qui est partagé."
_TAILLE_MAX_DU_REGISTRE = 200_000_000

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
            document: Any = lire_json(decoder_json(flux.read(_TAILLE_MAX_DU_REGISTRE)))
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

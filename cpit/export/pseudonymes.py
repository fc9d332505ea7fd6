"""Les pseudonymes d’une étude et leur clé, gardée à part des données.

Un pseudonyme est un HMAC-SHA-256 de l’identifiant, par une clé aléatoire de 32 octets propre à l’étude : sans elle, il
ne se renverse pas et ne s’essaie pas nom par nom, ce qu’un hachage nu permettrait en une seconde. Une donnée ainsi
pseudonymisée reste une donnée personnelle (RGPD, article 4-5).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cpit.coeur.cohorte import Releve
from cpit.coeur.passation import replier_code
from cpit.erreurs import raison_systeme, refus
from cpit.formats.durable import creer
from cpit.ouverture import ouvrir

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
    creer(chemin, _MODELE.format(entete=ENTETE, cle=octets.hex()).encode())
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

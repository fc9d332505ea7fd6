"""Ce qu’une étude garde pour elle, à part des données : la clé de ses pseudonymes, le registre de ses diffusions.

Un pseudonyme est un HMAC-SHA-256 de l’identifiant, par une clé aléatoire de 32 octets propre à l’étude : sans elle, il
ne se renverse pas et ne s’essaie pas nom par nom, ce qu’un hachage nu permettrait en une seconde. Une donnée ainsi
pseudonymisée reste une donnée personnelle (RGPD, article 4-5).

Le **registre** dit qui était dans quel groupe montré, sous un secret qui n’en sort pas. Deux diffusions presque de la
même cohorte se soustraient : la différence des totaux est la somme de qui est arrivé ou parti, ou le changement de qui
s’est corrigé. Le registre garde, pour chaque diffusion, les groupes montrés et deux empreintes de qui en était, du code
et des réponses (HMAC-SHA-256, sous un secret aléatoire qui n’est que là). Avant d’en écrire une autre, on met tout
ensemble : aucune combinaison des effectifs et sommes qu’elles montrent ne doit dépendre de moins de personnes que
l’effectif minimal.

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
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cpit.coeur.anonymat import combinaison_de_moins_de
from cpit.coeur.cohorte import Cohorte, Notee, Releve
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


ENTETE_DE_REGISTRE = "cpit, registre des diffusions, version "
_VERSIONS = ("1", "2")
"""Celles qui se lisent, la dernière étant celle qui s’écrit ; la première ne gardait que l’empreinte du code."""
_AVERTISSEMENT = "Empreintes de personnes et leur secret : à garder à part, jamais à joindre à ce qui est partagé."
_TAILLE_MAX_DU_REGISTRE = 200_000_000

Diffusion = Mapping[str, Sequence[str]]
"""Groupe montré (référentiel, strate, question, réponse) → ses passations, triées : ``code.reponses``, deux empreintes,
ou la seule première dans un registre de la version 1.
"""


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
        de_qui = identites([notee.releve for notee in cohorte.notees])
        passations = ((notee, self._empreintes(une, notee)) for notee, une in zip(cohorte.notees, de_qui, strict=True))
        qui = {id(notee): empreintes for notee, empreintes in passations}
        choix = {q.identifiant: {c.code for c in q.choix} for q in agregats.referentiel.profil}
        groupes: dict[str, set[str]] = {}
        montres = {cle for cle, mesures in agregats.par_groupe.items() if any(m.effectif for m in mesures.values())}
        strates = cohorte.strates()
        for moment, regard, question, modalite in montres:
            nom = json.dumps([referentiel, moment, regard, question, modalite], ensure_ascii=False)
            for notee in strates[moment, regard].notees:
                code = notee.passation.profil.get(question, "")
                if not question or (code if code in choix[question] else "") == modalite:
                    groupes.setdefault(nom, set()).add(qui[id(notee)])
        return {nom: sorted(passations) for nom, passations in sorted(groupes.items())}

    def isole(self, diffusion: Diffusion, minimum: int) -> bool:
        """Vrai si les diffusions passées et celle-ci, ensemble, font calculer ce qui tient à trop peu de personnes.

        Des strates qu’elle ne montre pas, elle n’apprend rien : ce qu’une autre en a montré ne la refuse pas.
        """
        if not self.diffusions or diffusion in self.diffusions:
            return False
        toutes = (*self.diffusions, diffusion)
        strates = {_strate_de(nom) for nom in diffusion}
        return any(_isolent([_de_la_strate(une, strate) for une in toutes], minimum) for strate in sorted(strates))

    def inscrire(self, diffusion: Diffusion) -> None:
        """Ajoute une diffusion, en entier ou pas du tout ; la même n’est inscrite qu’une fois.

        :raises ErreurCpit: si une autre s’y est inscrite depuis qu’il a été lu : celle-ci ne lui a pas été comparée.
        :raises OSError: si le registre ne s’écrit pas.
        """
        if diffusion in self.diffusions or not diffusion:
            return
        document = {
            "format": f"{ENTETE_DE_REGISTRE}{_VERSIONS[-1]}",
            "avertissement": _AVERTISSEMENT,
            "secret": self.secret.hex(),
            "diffusions": [*self.diffusions, diffusion],
        }
        with a_la_place_de(self.chemin, self._exiger_inchange) as flux:
            flux.write((json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())

    def _exiger_inchange(self) -> None:
        if _ouvrir_registre(self.chemin).diffusions != self.diffusions:
            raise refus("change-entre-temps", str(self.chemin))

    def _empreintes(self, identite: str, notee: Notee) -> str:
        donnees = sorted((item, dite.etat, dite.valeur) for item, dite in notee.passation.reponses.items())
        return f"{self._mac('diffusion', identite)}.{self._mac('reponses', json.dumps(donnees))}"

    def _mac(self, quoi: str, texte: str) -> str:
        return hmac.new(self.secret, f"cpit\0{quoi}\0{texte}".encode(), hashlib.sha256).hexdigest()[:20]


def _strate_de(nom: str) -> tuple[str, ...]:
    """Le référentiel, le moment et le regard d’un groupe : rien ne se soustrait de l’un à l’autre."""
    return tuple(json.loads(nom)[:3])


def _de_la_strate(diffusion: Diffusion, strate: tuple[str, ...]) -> list[frozenset[str]]:
    return [frozenset(passations) for nom, passations in diffusion.items() if _strate_de(nom) == strate]


def _isolent(diffusions: Sequence[Sequence[frozenset[str]]], minimum: int) -> bool:
    """Vrai si les sommes de tous ces groupes, d’une même strate, en font calculer une de trop peu de personnes.

    Une passation corrigée est une autre inconnue, de la même personne : la première, puis ce dont chacune diffère de
    celle d’avant. D’une combinaison, on compte les personnes au premier de ces rangs où elle dépend de quelqu’un : ceux
    d’avant doivent s’y annuler, ce que force un poids de ``minimum``.
    """
    suivies = _Suivies()
    groupes = [groupe for une in diffusions for groupe in suivies.reconnaitre(une)]
    siennes: dict[str, list[int]] = {}
    for numero, personne in enumerate(suivies.personnes):
        siennes.setdefault(personne, []).append(numero)
    nulles: Counter[tuple[int, ...]] = Counter()
    for rang in range(max(map(len, siennes.values()), default=0)):
        comptees: Counter[tuple[int, ...]] = Counter()
        for numeros in siennes.values():
            if suite := numeros[rang:]:
                comptees[tuple(sum(numero in groupe for numero in suite) for groupe in groupes)] += 1
        if combinaison_de_moins_de(minimum, comptees + nulles) is not None:
            return True
        nulles += Counter(dict.fromkeys(comptees, minimum))
    return False


class _Suivies:
    """Les passations reconnues d’une diffusion à l’autre, numérotées ; ``personnes`` : de qui est chacune.

    Le même code aux mêmes réponses est la même passation. Un code neuf qui a les réponses d’un code disparu aussi, que
    l’on ait changé de codes ou non : des réponses égales s’annulent dans une différence.
    """

    def __init__(self) -> None:
        self.personnes: list[str] = []
        self._de_code: dict[str, dict[str, int]] = {}
        self._de_reponses: dict[str, list[int]] = {}

    def reconnaitre(self, groupes: Sequence[frozenset[str]]) -> list[frozenset[int]]:
        """Les mêmes groupes, de passations numérotées."""
        passations = {une: une.partition(".")[::2] for une in sorted(frozenset[str]().union(*groupes))}
        prises = {code for code, _ in passations.values()}
        numeros = {}
        for une, (code, reponses) in passations.items():
            numeros[une] = numero = self._numero(code, reponses, prises)
            prises.add(self.personnes[numero])
        return [frozenset(map(numeros.__getitem__, groupe)) for groupe in groupes]

    def _numero(self, code: str, reponses: str, prises: Set[str]) -> int:
        siennes = self._de_code.setdefault(code, {})
        numero = siennes.get(reponses)
        if numero is None and siennes:
            numero = _supposees_inchangees(siennes, reponses)
        elif numero is None and reponses:
            connues = self._de_reponses.get(reponses, ())
            numero = next((une for une in connues if self.personnes[une] not in prises), None)
        if numero is None:
            numero = len(self.personnes)
            self.personnes.append(code)
        if siennes.setdefault(reponses, numero) == numero and reponses:
            self._de_reponses.setdefault(reponses, []).append(numero)
        return numero


def _supposees_inchangees(siennes: Mapping[str, int], reponses: str) -> int | None:
    """La passation d’un code, si un registre de la version 1, qui n’en garde pas les réponses, en parle."""
    if not reponses:
        return next(iter(siennes.values()))
    return siennes[""] if set(siennes) == {""} else None


def registre_des_sources(sources: Iterable[str]) -> Path | None:
    """Où est le registre : dans le dossier qui porte toutes les sources ; sans dossier commun, rien."""
    parents = [str(chemin_reel(source).parent) for source in sources if Path(source).exists()]
    try:
        return Path(os.path.commonpath(parents), NOM_DU_REGISTRE) if parents else None
    except ValueError:
        return None


def registres_voisins(sources: Iterable[str], chemin: Path) -> Iterator[RegistreDeDiffusion]:
    """Les registres de diffusions faites d’une partie de ces sources, ou de plus large, que ce chemin ne porte pas.

    :raises ErreurCpit: registre illisible, ou d’une autre forme.
    """
    dossiers = dict.fromkeys(d for source in sources for d in chemin_reel(source).parents)
    for dossier in dossiers:
        voisin = dossier / NOM_DU_REGISTRE
        if voisin != chemin and os.path.lexists(voisin):
            yield _ouvrir_registre(voisin)


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
    empreintes = [e for une in diffusions for passations in une.values() for e in passations]
    strates = [len(_strate_de(nom)) for une in diffusions for nom in une]
    versions = {ENTETE_DE_REGISTRE + version for version in _VERSIONS}
    mal_formes = {type(e) for e in empreintes} - {str} or set(strates) - {3}
    if document["format"] not in versions or len(secret) != _OCTETS or mal_formes:
        raise ValueError(document["format"])
    return secret, diffusions

"""La passation sur disque, durable : une réponse acquittée n’est jamais perdue, et une seule séance écrit à la fois."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from cpit.coeur.passation import Passation
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, anomalie, refus
from cpit.formats.durable import (
    creer,
    exiger_ordinaire,
    oter,
    oter_si_muet,
    processus_vivant,
    rediger,
    remplacer,
    renommer,
    synchroniser,
    voir,
)
from cpit.formats.passation_json import PASSATION_OCTETS_MAX, encoder_passation, lire_passation
from cpit.ouverture import chemin_reel, commande_a_taper, est_un_dossier, lire_debut, lire_octets
from cpit.typographie import enumerer

if TYPE_CHECKING:
    from filelock import SoftFileLock

# --- Une seule séance à la fois sur un fichier : verrou O_EXCL portant le numéro de processus et l’hôte.


_MUET = 2.0
"""Secondes au bout desquelles un verrou qui ne nomme personne est abandonné ; se nommer prend moins d’un millième."""


class Confirmer(Protocol):
    """Pose une question fermée ; ``defaut`` est ce que vaut Entrée."""

    def __call__(self, question: str, /, *, defaut: bool = True) -> bool:
        """Rend la réponse."""


def chemin_du_verrou(chemin: Path) -> Path:
    """Fichier de verrou d’une passation, caché dans le même dossier."""
    return chemin.with_name(f".{chemin.name}.verrou")


@contextmanager
def verrouiller(chemin: Path, confirmer: Confirmer | None = None) -> Iterator[Callable[[], bool]]:
    """Tient le verrou d’un fichier le temps d’un bloc, et donne de quoi savoir s’il l’est encore.

    Un verrou laissé par une séance tuée est périmé : on demande avant de le reprendre, si l’on peut demander.
    Sans personne à qui demander, seul un verrou dont le processus a disparu de cette machine est repris, ou qui ne
    nomme personne depuis deux secondes : qui le posait a été tué avant de s’y nommer, ou une panne l’a vidé.

    :param confirmer: pose une question et rend la réponse ; absent quand l’entrée n’est pas un terminal.
    :raises ErreurCpit: si une autre séance tient le fichier, ou si la personne refuse de reprendre.
    :raises OSError: si le verrou ne peut pas être écrit (dossier en lecture seule, disque plein).
    """
    marque = chemin_du_verrou(chemin)
    verrous = [_poser(chemin, marque, confirmer)]
    moi = _tenant(marque)

    def tenu() -> bool:
        if not os.path.lexists(marque):
            # Effacé par mégarde, ou rendu par qui nous avait écartés : il se reprend, s’il est libre.
            verrous.append(_verrou(marque))
            _pris(verrous[-1])
        return _tenant(marque) == moi

    try:
        yield tenu
    finally:
        # Le dossier a pu disparaître (clé retirée) : ce n’est plus à nous d’y effacer quoi que ce soit.
        for pris in reversed(verrous):
            with contextlib.suppress(OSError):
                pris.release()


def _poser(chemin: Path, marque: Path, confirmer: Confirmer | None) -> SoftFileLock:
    """Le verrou d’un fichier, pris.

    :raises ErreurCpit: si une autre séance le tient, ou si la personne refuse de reprendre.
    :raises OSError: s’il ne peut pas être écrit.
    """
    # Un tube à la place du verrou retiendrait sans fin qui le lirait.
    exiger_ordinaire(marque)
    verrou = _verrou(marque)
    oter_si_muet(marque, _ne_nomme_personne, _MUET)
    ancien = _tenant(marque)
    if not _prendre(verrou, marque):
        _forcer(verrou, chemin, marque, confirmer)
    elif ancien and confirmer and not _reprendre_la_main(ancien, confirmer):
        verrou.release()
        raise _tenu(chemin, marque, ancien)
    if _lignes_du_verrou(marque)[:1] != [str(os.getpid())]:
        # Resté muet trop longtemps, entre sa création et son numéro : un autre l’a ôté, et tient le fichier.
        verrou.release()
        raise _tenu(chemin, marque, _tenant(marque))
    return verrou


def _verrou(marque: Path) -> SoftFileLock:
    from filelock import SoftFileLock  # relire une passation ne la tient pas

    return SoftFileLock(str(marque), timeout=0, mode=0o600)


def _pris(verrou: SoftFileLock) -> bool:
    """Prend un verrou s’il est libre, et dit s’il l’est."""
    from filelock import Timeout

    try:
        verrou.acquire()
    except Timeout:
        return False
    return True


def _prendre(verrou: SoftFileLock, marque: Path) -> bool:
    """Prend le verrou ; la bibliothèque efface d’abord un verrou périmé, et certaines versions s’en tiennent là."""
    return _pris(verrou) or (not marque.exists() and _pris(verrou))


def _reprendre_la_main(ancien: str, confirmer: Confirmer) -> bool:
    """Le tenant a disparu de cette machine et son verrou vient d’être repris : la personne doit le savoir."""
    return confirmer(f"Une séance précédente n'a pas été fermée ({ancien}). Reprendre la main ?")


def _forcer(verrou: SoftFileLock, chemin: Path, marque: Path, confirmer: Confirmer | None) -> None:
    """La bibliothèque croit le tenant vivant (ou sur une autre machine) : seule la personne peut en décider."""
    qui = _tenant(marque)
    question = f"Cette séance semble encore ouverte ailleurs ({qui}). L'écarter quand même ?"
    if confirmer is None or not confirmer(question, defaut=False):
        raise _tenu(chemin, marque, qui)
    oter(marque)
    if not _pris(verrou):
        raise _tenu(chemin, marque, _tenant(marque))


def _tenu(chemin: Path, marque: Path, qui: str) -> ErreurCpit:
    return refus("verrou-tenu", str(chemin), qui=qui, verrou=marque.name)


def _tenant(marque: Path) -> str:
    """« processus 1234 sur MACHINE », qu’il ne s’est pas nommé, ou rien si le verrou n’existe pas."""
    lignes = _lignes_du_verrou(marque)
    if not lignes:
        return ""
    if not any(lignes):
        return "qui ne s’est pas encore nommée"
    # Dans un conteneur, la bibliothèque ajoute à l’hôte « ?pidns-4026532 », qui ne dit rien à personne.
    pid, hote, *_ = [*lignes, "?", "?"]
    return f"processus {pid or '?'} sur {hote.partition('?pidns')[0] or '?'}"


def _ne_nomme_personne(octets: bytes) -> bool:
    """Vrai d’un verrou vide, rempli de zéros ou coupé avant la fin de sa dernière ligne."""
    return not octets.strip(b"\0\r\n ") or not octets.endswith(b"\n")


def _lignes_du_verrou(marque: Path) -> list[str]:
    """Ce que porte un verrou : le processus, puis la machine ; rien s’il n’existe pas, ou n’est pas un fichier."""
    try:
        return lire_debut(marque, 500).replace(b"\0", b"").decode("utf-8", errors="replace").splitlines() or [""]
    except OSError:
        return []


# --- La passation sur disque, durable : une réponse acquittée n’est jamais perdue, même sous ``kill -9``.
#
# Fichier temporaire dans le même dossier, flush, fsync, copie ``.bak``, remplacement, fsync du dossier.


_NOMMEES = 3
"""Passations d’un dossier nommées à qui donne le dossier."""
_VERSION = re.compile(r"\.json\.version-[0-9-]*$")


@dataclass(frozen=True, slots=True)
class PassationEnregistree:
    """Où une passation vient d’être écrite ; ``de_cote`` si le fichier principal était retenu."""

    chemin: Path
    de_cote: bool = False


def copie_de(chemin: Path) -> Path:
    """La copie de l’enregistrement précédent."""
    return chemin.with_name(chemin.name + ".bak")


def de_cote(chemin: Path) -> Path:
    """Le fichier où l’on écrit quand le principal est retenu par un autre programme."""
    return chemin.with_name(chemin.name + ".de-cote")


def enregistrer(
    passation: Passation, chemin: Path, dormir: Callable[[float], None] | None = None
) -> PassationEnregistree:
    """Écrit une passation ; quand la fonction rend la main, la réponse est sur le disque.

    Elle ne regarde ni le verrou, ni ce qu’elle remplace : une séance écrit par ``FichierTenu``.

    :raises OSError: si rien n’a pu être écrit (disque plein, dossier en lecture seule, place prise par un tube ou un
        dossier) ; l’ancien fichier est intact.
    """
    return enregistrer_octets(encoder_passation(passation), chemin, dormir)


def enregistrer_octets(
    octets: bytes, chemin: Path, dormir: Callable[[float], None] | None = None
) -> PassationEnregistree:
    """Comme ``enregistrer``, d’une passation ou d’un cahier déjà encodé.

    :raises OSError: si rien n’a pu être écrit ; l’ancien fichier est intact.
    """
    exiger_ordinaire(chemin)
    temporaire = _temporaire_de(chemin)
    rediger(temporaire, octets)
    try:
        if chemin.exists():
            _copier(chemin, copie_de(chemin))
        ecrit = _mettre_en_place(temporaire, chemin, dormir)
    except BaseException:
        oter(temporaire)
        raise
    synchroniser(chemin.parent)
    return ecrit


def _mettre_en_place(temporaire: Path, chemin: Path, dormir: Callable[[float], None] | None) -> PassationEnregistree:
    try:
        remplacer(temporaire, chemin, dormir)
    except PermissionError:
        remplacer(temporaire, de_cote(chemin), attentes=())
        return PassationEnregistree(de_cote(chemin), de_cote=True)
    oter(de_cote(chemin))
    return PassationEnregistree(chemin)


class FichierTenu:
    """Le fichier qu’une séance tient : son verrou, son dossier, et ce qu’elle y a laissé en dernier.

    Chaque enregistrement vérifie d’abord que rien de tout cela n’a changé de main. Une séance qui ne peut plus écrire
    là garde ce qu’elle sait dans un fichier à part : ni ses réponses, ni celles de l’autre ne se perdent.
    """

    def __init__(self, chemin: Path, tenu: Callable[[], bool], revision: int | None = None) -> None:
        """Prend pour sien ce qui est là, si c’est la révision d’où part la séance (quelle qu’elle soit sans elle)."""
        self.chemin = chemin
        self._tenu = tenu
        self._dossier = voir(chemin_reel(chemin.parent))
        self._laisse: str | None = None
        self.relever()
        if revision is not None and not _est_a_la_revision(chemin, revision):
            self._laisse = ""

    def enregistrer(self, passation: Passation) -> PassationEnregistree:
        """Écrit la passation ; quand elle rend la main, la réponse est sur le disque.

        :raises ErreurCpit: « verrou-perdu » ou « ecrit-par-une-autre » ; les réponses sont alors gardées à part.
        :raises OSError: si rien n’a pu être écrit, si le dossier n’est plus là (clé retirée, disque démonté), ou si le
            fichier a été effacé.
        """
        ici = self._ici()
        self._exiger_le_dossier(ici)
        if not self._tenu():
            raise self._garder_a_part(passation, "verrou-perdu")
        if self._laisse is not None and ici not in ("", self._laisse):
            raise self._garder_a_part(passation, "ecrit-par-une-autre")
        if self._laisse and not ici:
            raise OSError("le fichier n’est plus là : il a été effacé ou déplacé")
        ecrit = enregistrer(passation, self.chemin)
        if not ecrit.de_cote:
            self._laisse = hashlib.sha256(encoder_passation(passation)).hexdigest()
        return ecrit

    def relever(self) -> None:
        """Prend pour sien ce qui est là : à l’ouverture, puis quand un fichier abîmé a été mis de côté."""
        self._laisse = self._ici()

    def _ici(self) -> str | None:
        """La somme de ce qui est là ; rien si cela ne se lit pas : sous Windows, un autre programme le retient."""
        try:
            return _somme_du_fichier(self.chemin)
        except PermissionError:
            return self._laisse

    def _exiger_le_dossier(self, ici: str | None) -> None:
        """Un disque démonté laisse souvent un dossier vide à sa place : y écrire serait perdre le reste.

        Remonté, le même disque peut avoir un autre numéro : y retrouver ce que l’on a laissé suffit.
        """
        dossier = voir(chemin_reel(self.chemin.parent))
        if dossier is None or (dossier != self._dossier and not (ici and ici == self._laisse)):
            raise OSError("le dossier n’est plus là : clé retirée, disque démonté ou dossier déplacé")
        self._dossier = dossier

    def _garder_a_part(self, passation: Passation, code: str) -> ErreurCpit:
        """Écrit les réponses de cette séance sous un nom que rien n’occupe, et le dit.

        :raises OSError: si elles ne s’écrivent pas.
        """
        while True:
            part = nom_libre(self.chemin)
            try:
                with verrouiller(part):
                    if part.exists():
                        continue
                    enregistrer(passation, part)
            except ErreurCpit:
                continue  # une autre séance vient de prendre ce nom
            return refus(code, str(self.chemin), part=part)


def _est_a_la_revision(chemin: Path, revision: int) -> bool:
    try:
        return lire_passation(chemin).revision == revision
    except ErreurCpit:
        return False


def _somme_du_fichier(chemin: Path) -> str:
    """SHA-256 de ce que contient un fichier ; vide s’il n’existe pas.

    :raises OSError: s’il ne se lit pas, ou n’est pas un fichier ordinaire.
    """
    try:
        return hashlib.sha256(lire_octets(chemin, PASSATION_OCTETS_MAX)).hexdigest()
    except FileNotFoundError:
        return ""


def garder_version(chemin: Path, passation: Passation) -> Path:
    """Garde à côté, à l’identique, la passation terminée que l’on va corriger ; son nom dit quand elle le fut.

    :raises OSError: si elle n’a pas pu être écrite.
    """
    exiger_ordinaire(chemin)
    octets = lire_octets(chemin, PASSATION_OCTETS_MAX) if chemin.exists() else encoder_passation(passation)
    base = f"{chemin.name}.version-{(passation.terminee or passation.modifiee)[:10]}"
    version, rang = chemin.with_name(base), 2
    while version.exists() and lire_octets(version, PASSATION_OCTETS_MAX) != octets:
        version, rang = chemin.with_name(f"{base}-{rang}"), rang + 1
    if not version.exists():
        creer(version, octets)
    return version


def refuser_une_version(chemin: Path) -> None:
    """Refuse d’écrire dans une version d’avant : elle est là pour rester ce qu’elle était.

    :raises ErreurCpit: si c’en est une ; le refus nomme la passation à corriger.
    """
    if est_une_version(chemin):
        raise refus("version-gardee", str(chemin), passation=ACopier(_VERSION.sub(".json", chemin.name)))


def est_une_version(chemin: Path) -> bool:
    """Vrai pour le nom d’une version antérieure, gardée quand on a corrigé."""
    return _VERSION.search(chemin.name) is not None


def relire_fichier(chemin: Path) -> tuple[Passation, tuple[Anomalie, ...]]:
    """Lit une passation ; si le fichier est abîmé, lit sa copie. N’écrit et ne déplace rien.

    Un fichier d’un format plus récent n’est pas abîmé : on ne retombe pas sur une copie plus ancienne.

    :raises ErreurCpit: si ni le fichier, ni sa copie ne se lisent ; l’erreur est celle du fichier.
    """
    try:
        return relire_durable(chemin, lire_passation)
    except ErreurCpit as erreur:
        # Un dossier sans nom, « . » par exemple, n’a pas de copie à côté de lui.
        if chemin.name and not _abime(erreur):
            raise
        raise dire_autre_chose(chemin) or erreur from None


class Durable(Protocol):
    """Ce qui s’enregistre ainsi : une passation, un cahier."""

    @property
    def revision(self) -> int:
        """Croît d’un à chaque enregistrement."""


Enregistre = TypeVar("Enregistre", bound=Durable)
"""Ce qu’un fichier durable porte."""


def relire_durable(chemin: Path, lire: Callable[[Path], Enregistre]) -> tuple[Enregistre, tuple[Anomalie, ...]]:
    """Comme ``relire_fichier``, de ce que ``lire`` sait lire.

    :raises ErreurCpit: si ni le fichier, ni sa copie ne se lisent ; l’erreur est celle du fichier.
    """
    principal, erreur = _essayer(chemin, lire)
    if erreur is not None and not (chemin.name and _abime(erreur)):
        raise erreur
    secours = [
        (lue, autre) for autre in (de_cote(chemin), copie_de(chemin)) if (lue := _essayer(autre, lire)[0]) is not None
    ]
    if principal is not None:
        recents = [s for s in secours if s[1] == de_cote(chemin) and s[0].revision > principal.revision]
        if not recents:
            return principal, ()
        return recents[0][0], (anomalie("reprise-de-cote", str(chemin), copie=recents[0][1].name),)
    assert erreur is not None
    if not secours:
        raise erreur
    relue, autre = max(secours, key=lambda s: s[0].revision)
    raison = erreur.anomalies[0].quoi
    return relue, (anomalie("repli-sur-copie", str(chemin), raison=raison, copie=autre.name),)


def dire_autre_chose(chemin: Path) -> ErreurCpit | None:
    """Le refus de ce qu’une autre commande lit : un dossier, un formulaire, une table.

    :raises OSError: si le système refuse d’y regarder : un dossier fermé n’est pas une passation que l’on a mal nommée.
    """
    from cpit.formats.appartenance import faute_de_retour
    from cpit.formats.registre import FORMATS, suffixes_lus

    suffixe = chemin.suffix.lower()
    if est_un_dossier(chemin, a_parcourir=True):
        siennes = [autre.name for autre, _ in _du_dossier(chemin)][:_NOMMEES]
        a_nommer = f"Nommer une de ses passations ({enumerer(siennes, 'ou')})" if siennes else "Nommer un fichier"
        commande = ACopier(commande_a_taper("cohorte", chemin))
        return refus("passation-dossier", str(chemin), a_nommer=a_nommer, commande=commande)
    if not chemin.is_file() or suffixe == ".json":
        return None
    if suffixe not in suffixes_lus():
        faute = faute_de_retour(chemin)
        return None if faute is None else ErreurCpit([faute])
    commande = ACopier(commande_a_taper("cohorte", chemin, pages="pages"))
    return refus("passation-autre-source", str(chemin), sorte=FORMATS[suffixe].nom, commande=commande)


def preparer(chemin: Path, lire: Callable[[Path], Durable] = lire_passation) -> tuple[Anomalie, ...]:
    """Avant d’écrire : balaie les temporaires orphelins et met de côté un fichier principal abîmé.

    À appeler verrou tenu : les temporaires d’une autre séance seraient sinon ceux d’une écriture en cours.
    """
    for orphelin in chemin.parent.glob(f".{_motif_litteral(chemin.name)}.*.tmp"):
        oter(orphelin)
    erreur = _essayer(chemin, lire)[1]
    if not chemin.exists() or erreur is None or not _abime(erreur):
        return ()
    abime = nom_libre(chemin.with_name(chemin.name + ".abime"))
    renommer(chemin, abime)
    return (anomalie("abime-mis-de-cote", str(chemin), copie=abime.name),)


_TEMPORAIRE = re.compile(r"\.(?P<nom>.+\.json)(?:\.bak|\.de-cote)?\.(?P<pid>[0-9]{1,10})\.tmp")
_VERROU_ROMPU = re.compile(r"\.(?P<nom>.+)\.verrou\.break\.(?P<pid>[0-9]{1,10})(?:\.[0-9a-f]+)?")
"""Ce que laisse qui est tué pendant qu’il reprend un verrou périmé."""


def balayer_passations(tenue: Path) -> None:
    """Ôte, dans le dossier d’une passation que l’on tient, ce que des séances mortes y ont laissé à moitié écrit.

    Une séance est morte si son verrou n’est plus là, ou si celui qui le tenait, sur cette machine, a disparu.
    """
    ma_machine = _lignes_du_verrou(chemin_du_verrou(tenue))[1:2]
    with contextlib.suppress(OSError):
        for reste in tenue.parent.iterdir():
            trouve = _TEMPORAIRE.fullmatch(reste.name) or _VERROU_ROMPU.fullmatch(reste.name)
            if trouve and not processus_vivant(int(trouve["pid"])) and _morte(tenue, trouve["nom"], ma_machine):
                oter(reste)


def _morte(tenue: Path, nom: str, ma_machine: list[str]) -> bool:
    """Vrai si nulle séance vivante ne tient la passation de ce nom."""
    pid, *machine = [*_lignes_du_verrou(chemin_du_verrou(tenue.with_name(nom))), ""][:2]
    if nom == tenue.name or not (pid or any(machine)):
        return True
    return machine == ma_machine and pid.isdecimal() and not processus_vivant(int(pid))


def nouveau_chemin(dossier: Path, passation: Passation) -> Path:
    """Chemin libre pour une passation neuve, par exemple ``passation-r01-t0-soi.json``."""
    p = passation
    return nom_libre(dossier / f"{nom_sur('passation', p.identifiant, p.moment, p.regard, p.evaluateur)}.json")


def nom_sur(*morceaux: str) -> str:
    """Nom de fichier sans suffixe, sûr sur tous les systèmes : « Fiche », « R 01 » donnent ``fiche-r-01``."""
    return "-".join(filter(None, map(_slug, morceaux)))


def inachevees(dossier: Path) -> list[tuple[Path, Passation]]:
    """Les passations inachevées d’un dossier, la plus récente d’abord ; ce qui ne se lit pas est laissé.

    Une passation dont il ne reste que la copie, ou l’enregistrement mis de côté, est trouvée aussi.
    """
    return inachevees_et_terminees(dossier)[0]


def terminees(dossier: Path) -> list[tuple[Path, Passation]]:
    """Les passations terminées d’un dossier, trouvées de même ; ni une version gardée, ni une copie n’en est."""
    return inachevees_et_terminees(dossier)[1]


def inachevees_et_terminees(dossier: Path) -> tuple[list[tuple[Path, Passation]], list[tuple[Path, Passation]]]:
    """Les deux, le dossier lu une fois."""
    lues = _du_dossier(dossier)
    en_cours = [(chemin, passation) for chemin, passation in lues if passation.terminee is None]
    finies = [(c, p) for c, p in lues if p.terminee is not None and not est_une_version(c)]
    return en_cours, finies


def _du_dossier(dossier: Path) -> list[tuple[Path, Passation]]:
    """Les passations d’un dossier, la plus récente d’abord."""
    trouvees = []
    secours = (p.with_suffix("") for suffixe in (".bak", ".de-cote") for p in dossier.glob(f"*.json{suffixe}"))
    for chemin in sorted({*dossier.glob("*.json"), *secours}):
        with contextlib.suppress(ErreurCpit, OSError):
            trouvees.append((chemin, relire_fichier(chemin)[0]))
    return sorted(trouvees, key=lambda couple: couple[1].modifiee, reverse=True)


def dater(passation: Passation, instant: str) -> Passation:
    """La passation prête à être écrite : datée, révision suivante."""
    return replace(
        passation,
        commencee=passation.commencee or instant,
        modifiee=instant,
        revision=passation.revision + 1,
    )


def nom_libre(chemin: Path) -> Path:
    """Le premier nom que rien n’occupe : ni fichier, ni copie, ni enregistrement de côté, ni séance en cours."""
    candidat, rang = chemin, 2
    while any(occupant(candidat).exists() for occupant in (Path, copie_de, de_cote, chemin_du_verrou)):
        candidat = chemin.with_name(f"{chemin.stem}-{rang}{chemin.suffix}")
        rang += 1
    return candidat


def _abime(erreur: ErreurCpit) -> bool:
    """Faux pour un fichier d’un format plus récent, dont la somme est juste : lui est entier, c’est cpit qui date."""
    constat = erreur.anomalies[0]
    return not (constat.code == "passation-version" and constat.mots["intacte"])


def _essayer(chemin: Path, lire: Callable[[Path], Enregistre]) -> tuple[Enregistre | None, ErreurCpit | None]:
    try:
        return lire(chemin), None
    except ErreurCpit as erreur:
        return None, erreur


def _temporaire_de(chemin: Path) -> Path:
    """Où se rédige un fichier ; le nom de la passation s’y lit encore, pour qui cherche ce qui est à une personne."""
    return chemin.with_name(f".{chemin.name}.{os.getpid()}.tmp")


def _copier(chemin: Path, copie: Path) -> None:
    """Copie durable : la copie n’est remplacée que par une copie entière."""
    exiger_ordinaire(copie)
    try:
        octets = lire_octets(chemin, PASSATION_OCTETS_MAX)
    except PermissionError:
        return  # Windows : le fichier est retenu ; on le laisse, l’enregistrement ira de côté.
    temporaire = _temporaire_de(copie)
    rediger(temporaire, octets)
    try:
        # Windows : une copie retenue par un autre programme n’empêche pas d’enregistrer.
        with contextlib.suppress(PermissionError):
            remplacer(temporaire, copie, attentes=())
    finally:
        oter(temporaire)


def _slug(texte: str) -> str:
    """Nom de fichier sûr partout : ASCII minuscule, chiffres et tirets, 40 signes au plus."""
    ascii_ = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_).strip("-")[:40].strip("-")


def _motif_litteral(nom: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", nom)

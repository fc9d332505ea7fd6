"""Des formulaires à envoyer, vierges ou au nom de chaque participant ; et qui a répondu, qui manque."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cpit.api.arguments import facade
from cpit.chargement import referentiel_a_poser, referentiel_donne
from cpit.coeur import Progres
from cpit.coeur.cohorte import Attendue, Suivi, suivre
from cpit.coeur.passation import DEUX_MOMENTS, REGARDS, lire_la_date, moments_demandes
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, MauvaisEmploi, anomalie, ecriture, refus
from cpit.formats.porte import Permis, delivrer, est_deja_la, ouvrir_un_dossier, poser, verifier_places
from cpit.formats.recueil import Recueil
from cpit.formats.registre import FORMATS, FORMULAIRE, codes_ecrits
from cpit.formulaire.liste_de_codes import (
    Doublons,
    ListeDeCodes,
    Participant,
    fautes_d_un_code,
    lire_la_liste,
    table_des_participants_en_octets,
)
from cpit.lecture.forme_formulaire import fautes_de_date, fautes_du_tiers
from cpit.passations.sauvegarde import nom_sur
from cpit.typographie import grouper, nettoyer

_FORMULAIRES_MAX = 5_000
"""Formulaires d’un envoi, un fichier chacun ; au-delà, l’erreur est plus probable que le besoin."""


@facade
def formulaires(  # noqa: PLR0913
    referentiel: Referentiel | str | Path | None = None,
    dossier: str | Path = ".",
    *,
    format: str = "xlsx",
    codes: Path | ListeDeCodes | Iterable[str] = (),
    colonne: str | None = None,
    moment: str = "t0",
    regard: str = "soi",
    evaluateur: str = "",
    role_evaluateur: str = "",
    date_moment: str = "",
    place: bool = False,
    conditions: bool = False,
    sans_restitution: bool = False,
    remplacer: bool = False,
    progres: Progres | None = None,
) -> list[Path]:
    """Écrit des formulaires et rend leurs chemins, dans l’ordre des codes.

    :param format: xlsx, html ou csv (une table : vide, ou d’une ligne par code).
    :param codes: un formulaire par code, un seul et anonyme sans code ; un chemin (``Path``) ou ce qu’en a lu
        ``lire_liste`` : ce que cette liste dit du profil, du moment, du regard et du tiers y est rempli d’avance.
    :param colonne: l’en-tête de la colonne des codes d’une liste, si rien ne la distingue.
    :param moment: moment et regard proposés d’avance, que la personne peut changer, si une liste ne les dit pas ;
        « t1+retrospectif » : deux réponses par situation, à t1 et au début. ``date_moment`` : de quand on parle.
    :param evaluateur: code du tiers qui répondra ; ``role_evaluateur`` : n+1, pair, elu, partenaire, collegue, autre.
    :param place: vrai pour demander aussi la place de chaque situation ; ``conditions``, celles de l’exercice.
    :param sans_restitution: vrai pour qu’une page ne finisse pas sur sa restitution ; celle d’un tiers n’en a jamais.
    :param remplacer: même ce que cpit n’a pas écrit, jamais des réponses ; ``progres`` reçoit le fait et le total.
    :raises MauvaisEmploi: format, moment, regard ou rôle inconnu, évaluateur sous le regard « soi ».
    :raises ErreurCpit: liste de codes illisible ou trop longue, dossier qui ne s’écrit pas, formulaires déjà remplis.
    """
    tous = _en_suite(codes, colonne)
    tiers = {"evaluateur": nettoyer(evaluateur).strip(), "role_evaluateur": role_evaluateur}
    _verifier_l_emploi(format, (moment, date_moment), regard, tiers)
    modele, ou = referentiel_a_poser(referentiel, conditions=conditions), Path(dossier)
    envoi = _Envoi(modele, format, (moment, date_moment), regard, tiers, place, not sans_restitution)
    vierges = envoi.rediger(ou, _dans_la_limite(tous, _convies(tous, modele, colonne), format))
    return _poser_tous(ou, vierges, delivrer(_sources(referentiel, tous), remplacer=remplacer), progres)


def _en_suite(codes: Path | ListeDeCodes | Iterable[str], colonne: str | None) -> Path | ListeDeCodes | tuple[str, ...]:
    if colonne is not None and not isinstance(codes, Path):
        raise MauvaisEmploi([anomalie("colonne-sans-liste")])
    if isinstance(codes, Path | ListeDeCodes):
        return codes
    return tuple([codes] if isinstance(codes, str) else codes)


def _convies(
    codes: Path | ListeDeCodes | tuple[str, ...], modele: Referentiel, colonne: str | None
) -> Sequence[Participant]:
    """À qui l’on écrit ; sans code, à personne en particulier."""
    if isinstance(codes, Path):
        return lire_la_liste(codes, modele, colonne).participants
    if isinstance(codes, ListeDeCodes):
        return codes.participants
    return _participants(codes)


def _dans_la_limite(
    codes: Path | ListeDeCodes | tuple[str, ...], convies: Sequence[Participant], format_: str
) -> Sequence[Participant]:
    """Les mêmes ; refuse, avant d’écrire, plus de fichiers que l’on n’en veut ; une table est un seul fichier."""
    if format_ != "csv" and len(convies) > _FORMULAIRES_MAX:
        liste = codes.source if isinstance(codes, ListeDeCodes) else codes
        nombres = {"nombre": grouper(len(convies)), "limite": grouper(_FORMULAIRES_MAX)}
        raise refus("trop-de-formulaires", str(liste) if isinstance(liste, Path) else "", **nombres)
    return convies


@dataclass(frozen=True, slots=True)
class _Envoi:
    """Ce qu’ont en commun les formulaires que l’on écrit ensemble."""

    modele: Referentiel
    format_: str
    quand: tuple[str, str]
    """Le moment, ou « t1+retrospectif », et sa date."""
    regard: str
    tiers: Mapping[str, str]
    place: bool
    restitution: bool

    def rediger(self, dossier: Path, participants: Sequence[Participant]) -> dict[Path, Callable[[], bytes]]:
        """Le chemin de chaque formulaire, et de quoi en rédiger les octets ; une table réunit tout le monde."""
        convies = [self._completer(un) for un in participants or (Participant(""),)]
        _verifier_les_convies(convies)
        if self.format_ == "csv" and participants:
            table = partial(table_des_participants_en_octets, self.modele, convies, place=self.place)
            return {dossier / self._nom(_ce_qu_ils_partagent(convies)): table}
        ecrire = partial(FORMATS[f".{self.format_}"].ecrire(FORMULAIRE), place=self.place, **self._de_la_page())
        return {dossier / self._nom(un): partial(_rediger_un, ecrire, self.modele, un) for un in convies}

    def _de_la_page(self) -> dict[str, bool]:
        """Ce que seule une page sait faire."""
        return {"restitution": self.restitution} if self.format_ == "html" else {}

    def _completer(self, un: Participant) -> Participant:
        """Ce que sa ligne ne dit pas de lui vient de ce qu’on a dit pour tous."""
        regard = un.regard or self.regard
        tiers = {cle: mots for cle, mots in self.tiers.items() if mots and regard == "tiers"} | {**un.tiers}
        moment, date = un.moment or self.quand[0], un.date_moment or lire_la_date(self.quand[1]) or ""
        return replace(un, moment=moment, date_moment=date, regard=regard, tiers=tiers)

    def _nom(self, un: Participant) -> str:
        moment = next(iter(moments_demandes(un.moment)), "")
        morceaux = (un.code, moment, un.regard, un.tiers.get("evaluateur", ""))
        return f"{nom_sur('formulaire', *morceaux)}.{self.format_}"


def _ce_qu_ils_partagent(convies: Sequence[Participant]) -> Participant:
    """De quoi nommer la table de plusieurs : le moment et le regard, s’ils ont tous le même."""
    moments, regards = ({un.moment for un in convies}, {un.regard for un in convies})
    moment, regard = (seul.pop() if len(seul) == 1 else "" for seul in (moments, regards))
    return Participant("", moment=moment, regard=regard)


def _rediger_un(ecrire: Callable[..., bytes], modele: Referentiel, un: Participant) -> bytes:
    champs = {"moment": un.moment, "regard": un.regard, "profil": un.profil, "tiers": un.tiers}
    champs |= {"date_moment": un.date_moment}
    return ecrire(modele, identifiant=un.code, **champs)


def _verifier_les_convies(convies: Sequence[Participant]) -> None:
    """Refuse un évaluateur de soi, et deux formulaires du même nom une fois leur moment et leur regard connus."""
    doublons, fautes = Doublons(), list[Anomalie]()
    for rang, un in enumerate(convies, 1):
        if un.tiers and un.regard != "tiers":
            fautes.append(anomalie("evaluateur-sans-tiers", qui=un.code or un.tiers.get("evaluateur", "")))
        fautes += doublons.fautes(un, Lieu("", rang), rang)
    if fautes:
        raise ErreurCpit(fautes)


def _poser_tous(
    place: Path, vierges: Mapping[Path, Callable[[], bytes]], permis: Permis, progres: Progres | None
) -> list[Path]:
    """Écrit chaque formulaire, dans un dossier créé s’il le faut, et rend leurs chemins ; n’en efface aucun rempli."""
    _epargner_les_remplis(vierges, permis)
    with ecriture(place):
        ouvert = ouvrir_un_dossier(place, permis)
    for rang, (chemin, en_octets) in enumerate(vierges.items(), 1):
        with ecriture(chemin):
            poser(chemin, en_octets(), ouvert)
        if progres is not None:
            progres(rang, len(vierges))
    return list(vierges)


@facade
def lire_codes(chemin: str | Path, *, colonne: str | None = None) -> list[str]:
    """Les codes des participants d’une liste : voir ``lire_liste``.

    :param colonne: l’en-tête de la colonne des codes, si rien ne la distingue.
    :raises ErreurCpit: fichier absent ou vide, colonne à choisir, valeurs qui ne sont pas des codes, doublons.
    """
    return list(lire_la_liste(Path(chemin), None, colonne).codes)


@facade
def lire_liste(
    chemin: str | Path, referentiel: Referentiel | str | Path | None = None, *, colonne: str | None = None
) -> ListeDeCodes:
    """Les participants d’une liste (CSV, texte, classeur) : leurs codes, et le profil que donnent ses autres colonnes.

    La colonne des codes se trouve à son en-tête, où qu’elle soit ; sans en-tête, une liste n’a qu’une colonne. Une
    colonne qui porte le nom ou le libellé d’une question de profil remplit d’avance le formulaire, de même que moment,
    regard, evaluateur et role_evaluateur ; les autres sont laissées, et rien n’en est écrit. ``avis`` dit ce qui mérite
    de l’être.

    :param colonne: l’en-tête de la colonne des codes, si rien ne la distingue.
    :raises ErreurCpit: fichier absent ou vide, colonne à choisir, valeurs qui ne sont pas des codes, choix de profil
        inconnus, doublons ; toutes les fautes d’un coup.
    """
    return lire_la_liste(Path(chemin), referentiel_donne(referentiel), colonne)


def _participants(codes: Iterable[str]) -> list[Participant]:
    """Les participants dont on donne les codes, chacun à son rang ; les mêmes exigences que dans une liste."""
    nettoyes = [nettoyer(code).strip() for code in codes]
    doublons, fautes = Doublons(), list[Anomalie]()
    for rang, code in enumerate(nettoyes, 1):
        lieu = Lieu("", rang)
        if code:
            fautes += list(fautes_d_un_code(code, lieu)) or doublons.fautes(Participant(code), lieu, rang)
        else:
            fautes.append(anomalie("code-vide", lieu))
    if fautes:
        raise ErreurCpit(fautes)
    return [Participant(code) for code in nettoyes]


def _epargner_les_remplis(vierges: Mapping[Path, Callable[[], bytes]], permis: Permis) -> None:
    """Refuse de remplacer un fichier qui n’est pas, octet pour octet, le formulaire que l’on s’apprête à écrire.

    Chacun rend le sien sous le nom qu’il a reçu : relancer dans le même dossier effacerait ses réponses.

    :raises ErreurCpit: une anomalie par fichier à épargner ; rien n’est alors écrit.
    """
    pris = [c for c, en_octets in vierges.items() if os.path.lexists(c) and not est_deja_la(c, en_octets())]
    if permis.remplacer:
        verifier_places(pris, permis)
    elif pris:
        raise ErreurCpit(anomalie("formulaire-existant", str(chemin), nom=chemin.name) for chemin in pris)


def _sources(
    referentiel: Referentiel | str | Path | None, codes: Path | ListeDeCodes | tuple[str, ...]
) -> Iterator[Path]:
    """Les fichiers lus, que rien ne remplacera."""
    if not isinstance(referentiel, Referentiel):
        yield trouver_referentiel(None if referentiel is None else str(referentiel))
    if isinstance(codes, Path | ListeDeCodes):
        yield codes if isinstance(codes, Path) else codes.source


def _verifier_l_emploi(format_: str, quand: tuple[str, str], regard: str, tiers: Mapping[str, str]) -> None:
    moment, date = quand
    fautes = [*fautes_de_date(date), *fautes_d_un_code(tiers["evaluateur"], Lieu("")), *fautes_du_tiers(tiers, regard)]
    connus = codes_ecrits(FORMULAIRE)
    if format_ not in connus:
        fautes.append(anomalie("format-inconnu", valeur=format_, connus=", ".join(connus)))
    if not moments_demandes(moment):
        fautes.append(anomalie("moment-inconnu", valeur=moment, aussi=DEUX_MOMENTS))
    if regard not in REGARDS:
        fautes.append(anomalie("regard-inconnu", valeur=regard))
    if fautes:
        raise MauvaisEmploi(fautes)


# --- ce qui est revenu ----------------------------------------------------------------------------------------------


@facade
def suivi(recueil: Recueil, codes: Path | ListeDeCodes | Iterable[str] = (), *, colonne: str | None = None) -> Suivi:
    """Dit qui a répondu et qui manque, à chaque moment et sous chaque regard ; ni réponse ni score n’y est.

    Deux écritures d’un même code (casse, blancs, accents composés) sont la même personne, comme partout.

    :param codes: ceux que l’on attend, un chemin (``Path``), ou ce qu’en a lu ``lire_liste`` : ce que la liste dit du
        moment, du regard et du tiers est ce que l’on attend de chacun. Un moment qu’elle ne dit pas : chaque moment où
        quelqu’un a répondu pour soi. Sans liste, on attend de chaque personne ce que les autres ont rendu.
    :param colonne: l’en-tête de la colonne des codes d’une liste, si rien ne la distingue.
    :raises MauvaisEmploi: une colonne sans liste.
    :raises ErreurCpit: liste de codes illisible ou fautive.
    """
    tous = _en_suite(codes, colonne)
    if not isinstance(tous, Path | ListeDeCodes) and not tous:
        return suivre(recueil.cohorte)
    return suivre(recueil.cohorte, [_attendue(un) for un in _convies(tous, recueil.referentiel, colonne)])


def _attendue(un: Participant) -> Attendue:
    moments = moments_demandes(un.moment) if un.moment else ()
    return Attendue(un.code, moments, un.regard or "soi", un.tiers.get("evaluateur", ""))

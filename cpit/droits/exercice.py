"""Exercer les droits d’une personne : fouiller un dossier, lui remettre ce que l’on garde d’elle, l’effacer.

La fouille voit chaque fichier ordinaire, caché ou non, une fois ; aucun lien n’est suivi. Ce qui s’efface l’est sous le
verrou de chaque passation, ses copies d’abord, elle en dernier ; de ce qu’elle a dit d’un autre, son code seul.
Interrompu, il reste des passations entières, sans leurs copies : relancer finit. Rien n’est effacé hors du dossier, ni
à travers un lien, ni qui ne soit plus tel que la fouille l’a lu et montré : ``Enclos.effacer`` dit où cela tient.

Ce qui se remet : ses fichiers tels quels, des extraits, et de quoi les lire. Droit d’accès et droit à la portabilité :
articles 15 et 20 du RGPD (règlement UE 2016/679).
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from cpit.coeur import Progres
from cpit.coeur.passation import DIMENSIONS_DE_PLACE, REGARDS, Passation, dire_le_moment
from cpit.coeur.referentiel import Referentiel
from cpit.coeur.tableaux import ETATS
from cpit.droits.marques import (
    FOUILLE_OCTETS_MAX,
    SIGNES_CHERCHES,
    Doute,
    Identite,
    Inventaire,
    Mention,
    Sorte,
    Trouvaille,
    examiner_fichier,
    normaliser_code,
    sorte,
    titre_de_remise,
)
from cpit.erreurs import Anomalie, ErreurCpit, anomalie, ecriture, raison_systeme, refus
from cpit.export.confidentiel import ENTETE, ENTETE_DE_REGISTRE, identite_du_code, ouvrir_cle, pseudonymiser
from cpit.formats.appartenance import NOTICE_DE_REMISE, REPONSES_DE_REMISE
from cpit.formats.dialecte_csv import DIALECTES_CSV, cellule_csv
from cpit.formats.durable import Enclos, est_en_cours, est_un_reste, oter, synchroniser, voir
from cpit.formats.passation_json import encoder_passation, lire_passation
from cpit.formats.porte import dossier_neuf, poser_a_cote
from cpit.json_strict import encoder_json
from cpit.ouverture import chemin_reel, lire_debut, lire_octets, service_de_partage
from cpit.passations.relecture import referentiel_qui_nomme
from cpit.passations.sauvegarde import Confirmer, nom_libre, nom_sur, verrouiller
from cpit.typographie import date_courte, pluriel, typographier

_FICHIERS, _EXTRAITS = "fichiers", "extraits"
_COLONNES = (
    *("fichier", "identifiant", "moment", "regard", "date", "item", "situation", "etat", "reponse", "trace"),
    *(dimension.cle for dimension in DIMENSIONS_DE_PLACE),
)


def remettre(inventaire: Inventaire, sortie: Path, *, date: str) -> int:
    """Écrit la remise dans un dossier neuf, en entier ou pas du tout (0700) ; rend le nombre de fichiers recopiés.

    :param date: date d’écriture, ISO 8601.
    :raises ErreurCpit: si le dossier existe et n’est pas vide, ou ne s’écrit pas.
    """
    if sortie.is_symlink() or (sortie.exists() and not (sortie.is_dir() and not any(sortie.iterdir()))):
        raise refus("remise-dossier-pris", str(sortie), nom=sortie)
    with ecriture(sortie), dossier_neuf(sortie) as chantier:
        return _remplir(chantier, inventaire, date)


def _remplir(chantier: Path, inventaire: Inventaire, date: str) -> int:
    recopies = _a_recopier(inventaire)
    for trouvaille in recopies:
        # Un fichier caché (un temporaire) se verrait mal : son point de tête est ôté.
        relatif = Path(
            _FICHIERS, *(m.removeprefix(".") for m in trouvaille.chemin.relative_to(inventaire.racine).parts)
        )
        poser_a_cote(chantier / relatif, lire_octets(trouvaille.chemin, FOUILLE_OCTETS_MAX))
    lignes = list(_reponses(inventaire))
    if lignes:
        poser_a_cote(chantier / REPONSES_DE_REMISE, _en_csv([_COLONNES, *lignes]))
    _extraire(chantier / _EXTRAITS, inventaire)
    # Un nom de fichier peut porter des octets qui ne font pas de l’UTF-8.
    poser_a_cote(chantier / NOTICE_DE_REMISE, _lisezmoi(inventaire, date).encode("utf-8", "replace"))
    return len(recopies)


def _a_recopier(inventaire: Inventaire) -> list[Trouvaille]:
    return [t for t in inventaire.siens if t.sorte not in (Sorte.VERROU, Sorte.REMISE)]


def _reponses(inventaire: Inventaire) -> Iterator[tuple[str, ...]]:
    """Une ligne par situation de chaque passation lisible, telle qu’elle a été posée."""
    for trouvaille in inventaire.siens:
        try:
            lue = lire_passation(trouvaille.chemin)
        except ErreurCpit:
            continue
        referentiel = referentiel_qui_nomme(lue, str(trouvaille.chemin))
        for une in lue.separees():
            yield from _reponses_d_un_moment(inventaire.relatif(trouvaille.chemin), une, referentiel)


def _reponses_d_un_moment(ou: str, passation: Passation, referentiel: Referentiel | None) -> Iterator[tuple[str, ...]]:
    contexte = (
        ou,
        passation.identifiant,
        dire_le_moment(passation.moment, referentiel),
        REGARDS.get(passation.regard, passation.regard),
        passation.jour_des_reponses,
    )
    for item in passation.items:
        reponse = passation.reponse(item.code)
        valeur = "" if reponse.valeur is None else str(reponse.valeur)
        places = (dimension.mots(reponse.place(dimension.cle)) for dimension in DIMENSIONS_DE_PLACE)
        yield *contexte, item.code, item.enonce, ETATS[reponse.etat], valeur, reponse.trace, *places


def _extraire(dossier: Path, inventaire: Inventaire) -> None:
    """Ses lignes des tables partagées, sans celles des autres."""
    for rang, mention in enumerate(m for m in inventaire.mentions if m.sure):
        nom = f"{rang + 1}-{mention.chemin.stem}"[:60]
        if mention.extrait:
            poser_a_cote(dossier / f"{nom}.csv", _en_csv(mention.extrait))
        if mention.objets:
            poser_a_cote(dossier / f"{nom}.json", encoder_json({"passations": list(mention.objets)}))


def _lisezmoi(inventaire: Inventaire, date: str) -> str:
    recopies = _a_recopier(inventaire)
    tels_quels = pluriel(len(recopies), "fichier recopié tel quel", "fichiers recopiés tels quels")
    phrases = [
        titre_de_remise(inventaire.code),
        "",
        typographier(f"Écrit par cpit le {date_courte(date)}, au titre du droit d'accès et du droit à la portabilité"),
        typographier("(articles 15 et 20 du règlement général sur la protection des données)."),
        "",
        typographier(f"{_FICHIERS}/ : {tels_quels}, où personne d'autre ne figure."),
    ]
    phrases += [f"  {t.sorte} : {inventaire.relatif(t.chemin)}" for t in recopies]
    if any(m.sure for m in inventaire.mentions):
        phrases.append(typographier(f"{_EXTRAITS}/ : vos lignes des fichiers où d'autres personnes figurent aussi."))
        phrases += [f"  {mention_en_mots(inventaire, m)}" for m in inventaire.mentions if m.sure]
    phrases += [
        typographier(
            f"{REPONSES_DE_REMISE} : chacune de vos réponses, situation par situation, s'il y a une passation lisible."
        ),
        "",
        typographier("Ce que ces fichiers ne contiennent pas :"),
        *(f"- {phrase}" for phrase in hors_d_atteinte(inventaire)),
        "",
    ]
    return "\n".join(phrases)


def mention_en_mots(inventaire: Inventaire, mention: Mention) -> str:
    """Où est une mention, et à quel titre : « groupe.xlsx, feuille « Scores », lignes 4, 7 (évaluateur) »."""
    ou = ", ".join(filter(None, (inventaire.relatif(mention.chemin), place_en_mots(mention))))
    return ou + (" (évaluateur)" if mention.evaluateur else "")


def place_en_mots(mention: Mention) -> str:
    """La feuille et les lignes d’une mention ; vide si elles n’ont pas de sens pour ce fichier."""
    feuille = typographier("feuille « {} »").format(mention.feuille) if mention.feuille else ""
    lignes = ", ".join(map(str, mention.lignes[:10])) + ("…" if len(mention.lignes) > 10 else "")
    return ", ".join(filter(None, (feuille, f"ligne{'s' * (len(mention.lignes) > 1)} {lignes}" if lignes else "")))


def hors_d_atteinte(inventaire: Inventaire) -> tuple[str, ...]:
    """Ce que la fouille d’un dossier ne voit pas, en phrases."""
    phrases = ["les copies envoyées par courriel ou remises sur une clé, et les fichiers d'autres dossiers"]
    service = service_de_partage(inventaire.racine)
    partage = (
        f"que {service}, qui synchronise ce dossier, conserve"
        if service
        else "qu'un espace partagé (OneDrive, Nextcloud…) conserve"
    )
    phrases.append(f"les sauvegardes du système, les versions et la corbeille {partage}")
    phrases.append("ce qu'un disque garde d'un fichier effacé tant qu'il n'a pas réécrit sa place")
    phrases.append("les réponses gardées par le navigateur où une page de formulaire a été remplie")
    phrases.append("les exports pseudonymisés déjà transmis, et les agrégats où la personne a compté")
    phrases.append("la clé d'une étude, qui relie un pseudonyme à son code tant qu'elle n'est pas détruite")
    if inventaire.liens:
        combien = len(inventaire.liens)
        suite = "qui n'est pas suivi" if combien < 2 else "qui ne sont pas suivis"
        mene = "mène" if combien < 2 else "mènent"
        phrases.append(f"ce à quoi {mene} {pluriel(combien, 'lien')} du dossier, {suite}")
    if len(inventaire.code) < SIGNES_CHERCHES:
        phrases.append("ce qui la citerait dans un texte libre : son code est trop court pour y être cherché")
    return tuple(map(typographier, phrases))


def _en_csv(lignes: Sequence[Sequence[str]]) -> bytes:
    forme = DIALECTES_CSV["fr"]
    tampon = io.StringIO(newline="")
    ecrivain = csv.writer(tampon, delimiter=forme.separateur, lineterminator=forme.fin_de_ligne)
    ecrivain.writerows([cellule_csv(cellule, forme.decimale) for cellule in ligne] for ligne in lignes)
    return tampon.getvalue().encode(forme.encodage, "replace")


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


_ORDRE = (Sorte.TEMPORAIRE, Sorte.ABIMEE, Sorte.DE_COTE, Sorte.COPIE, Sorte.VERSION)
"""Ce qui s’efface avant le reste ; la passation vient en dernier."""


def effacer_les_siens(inventaire: Inventaire, confirmer: Confirmer | None) -> tuple[int, list[Anomalie]]:
    """Efface ce qui n’est qu’à la personne, puis les restes ; rend le nombre de fichiers effacés, et ce qui a résisté.

    :param confirmer: demande avant d’écarter une séance qui semble ouverte ; absent s’il n’y a personne à qui demander.
    """
    effaces, anomalies = 0, list[Anomalie]()
    enclos = Enclos(inventaire.racine, inventaire.vus.get(inventaire.racine))
    for chemin, groupe in groupby(inventaire.siens, key=lambda t: fichier_principal(t.chemin)):
        trouvailles = sorted(groupe, key=lambda t: _rang(t, chemin))
        try:
            # Prendre le verrou d’une séance tuée, puis le rendre, l’efface : il compte avec les autres.
            with verrouiller(chemin, confirmer):
                for constat in _effacer_un_a_un(inventaire, enclos, trouvailles):
                    if constat is None:
                        effaces += 1
                    else:
                        anomalies.append(constat)
            effaces += sum(t.sorte is Sorte.VERROU and not t.chemin.exists() for t in trouvailles)
            synchroniser(chemin.parent)
        except ErreurCpit as erreur:
            anomalies += erreur.anomalies
        except OSError as erreur:
            anomalies.append(_resiste(chemin, erreur))
    # Où peuvent être des réponses de cette personne, à moitié écrites.
    effaces += sum(enclos.balayer(reste) for reste in inventaire.restes)
    for dossier in _dossiers_de_remise(inventaire):
        enclos.oter_le_vide(dossier)
    return effaces, anomalies


def _dossiers_de_remise(inventaire: Inventaire) -> list[Path]:
    """Ceux d’une remise à la personne, du plus profond au premier : vides, leur nom dirait encore son code."""
    remises = {t.chemin.parent for t in inventaire.siens if t.sorte is Sorte.REMISE} - {inventaire.racine}
    dossiers = {parent for t in inventaire.siens for parent in t.chemin.parents}
    siens = [d for d in dossiers if any(d == remise or remise in d.parents for remise in remises)]
    return sorted(siens, key=lambda dossier: len(dossier.parts), reverse=True)


def _rang(trouvaille: Trouvaille, chemin: Path) -> tuple[int, str]:
    if trouvaille.chemin == chemin:
        return len(_ORDRE) + 1, ""
    place = _ORDRE.index(trouvaille.sorte) if trouvaille.sorte in _ORDRE else len(_ORDRE)
    return place, str(trouvaille.chemin)


def _effacer_un_a_un(
    inventaire: Inventaire, enclos: Enclos, trouvailles: list[Trouvaille]
) -> Iterator[Anomalie | None]:
    """Rien pour un fichier effacé, sinon ce qui l’en empêche."""
    for trouvaille in trouvailles:
        chemin = trouvaille.chemin
        if trouvaille.sorte is Sorte.VERROU:
            continue
        if est_en_cours(chemin):
            yield anomalie("ecriture-en-cours", str(chemin))
            continue
        vu = inventaire.vus.get(chemin)
        try:
            efface = vu is not None and enclos.effacer(chemin, vu)
            yield None if efface else anomalie("effacement-change", str(chemin))
        except FileNotFoundError:
            continue
        except OSError as erreur:
            yield _resiste(chemin, erreur)


def oter_l_evaluateur(inventaire: Inventaire, confirmer: Confirmer | None) -> tuple[list[Path], list[Anomalie]]:
    """Ôte le code de la personne des passations dont elle est l’évaluateur, et de leur nom ; rend celles où c’est fait,
    telles qu’elles se nommaient, et ce qui a résisté.

    :param confirmer: comme pour ``effacer_les_siens``.
    """
    faites, anomalies = list[Path](), list[Anomalie]()
    enclos = Enclos(inventaire.racine, inventaire.vus.get(inventaire.racine))
    evaluations = sorted(inventaire.evaluations, key=lambda chemin: (fichier_principal(chemin), chemin))
    for principal, famille in groupby(evaluations, key=fichier_principal):
        neutre = principal.with_name(_sans_evaluateur(principal.name, inventaire.code))
        try:
            with verrouiller(principal, confirmer):
                libre = nom_libre(neutre)
                for chemin in famille:
                    suite = chemin.name.removeprefix(principal.name)
                    if _recrire(inventaire, enclos, chemin, libre.with_name(libre.name + suite)):
                        faites.append(chemin)
                    else:
                        anomalies.append(anomalie("effacement-change", str(chemin)))
            synchroniser(principal.parent)
        except ErreurCpit as erreur:
            anomalies += erreur.anomalies
        except OSError as erreur:
            anomalies.append(_resiste(principal, erreur))
    return faites, anomalies


def _sans_evaluateur(nom: str, code: str) -> str:
    """Le nom d’une passation de tiers, sans le code de qui l’a remplie."""
    return re.sub(rf"(?<=-tiers)-{re.escape(nom_sur(code))}(?=[.-])", "", nom, count=1)


def _recrire(inventaire: Inventaire, enclos: Enclos, chemin: Path, neuf: Path) -> bool:
    """Met à la place d’une passation la même sans évaluateur, sous un autre nom ; faux si elle a changé depuis.

    :raises ErreurCpit: si elle ne se lit plus.
    :raises OSError: si elle ne s’écrit pas, ou ne s’efface pas.
    """
    vu = inventaire.vus.get(chemin)
    if vu is None or est_en_cours(chemin):
        return False
    poser_a_cote(neuf, encoder_passation(replace(lire_passation(chemin), evaluateur="")))
    if enclos.effacer(chemin, vu):
        return True
    oter(neuf)
    return False


def _resiste(chemin: Path, erreur: OSError) -> Anomalie:
    return anomalie("effacement-impossible", str(chemin), raison=raison_systeme(erreur))

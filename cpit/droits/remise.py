"""Remettre à une personne ce que l’on garde d’elle : ses fichiers tels quels, des extraits, et de quoi les lire.

Droit d’accès et droit à la portabilité : articles 15 et 20 du RGPD (règlement UE 2016/679).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from cpit.coeur.passation import DIMENSIONS_DE_PLACE, REGARDS, Passation, dire_le_moment
from cpit.coeur.tableaux import ETATS
from cpit.droits.marques import FOUILLE_OCTETS_MAX, SIGNES_CHERCHES, Inventaire, Mention, Sorte, titre_de_remise
from cpit.erreurs import ErreurCpit, ecriture, refus
from cpit.formats.dialecte_csv import DIALECTES_CSV, cellule_csv
from cpit.formats.passation_json import lire_passation
from cpit.formats.porte import dossier_neuf, poser_a_cote
from cpit.ouverture import lire_octets, service_de_partage
from cpit.typographie import pluriel, typographier

_FICHIERS, _EXTRAITS, _REPONSES, _LISEZMOI = "fichiers", "extraits", "reponses.csv", "LISEZMOI.txt"
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
    recopies = [t for t in inventaire.siens if t.sorte not in (Sorte.VERROU, Sorte.REMISE)]
    for trouvaille in recopies:
        # Un fichier caché (un temporaire) se verrait mal : son point de tête est ôté.
        relatif = Path(
            _FICHIERS, *(m.removeprefix(".") for m in trouvaille.chemin.relative_to(inventaire.racine).parts)
        )
        poser_a_cote(chantier / relatif, lire_octets(trouvaille.chemin, FOUILLE_OCTETS_MAX))
    lignes = list(_reponses(inventaire))
    if lignes:
        poser_a_cote(chantier / _REPONSES, _en_csv([_COLONNES, *lignes]))
    _extraire(chantier / _EXTRAITS, inventaire)
    # Un nom de fichier peut porter des octets qui ne font pas de l’UTF-8.
    poser_a_cote(chantier / _LISEZMOI, _lisezmoi(inventaire, len(recopies), date).encode("utf-8", "replace"))
    return len(recopies)


def _reponses(inventaire: Inventaire) -> Iterator[tuple[str, ...]]:
    """Une ligne par situation de chaque passation lisible, telle qu’elle a été posée."""
    for trouvaille in inventaire.siens:
        try:
            lue = lire_passation(trouvaille.chemin)
        except ErreurCpit:
            continue
        for une in lue.separees():
            yield from _reponses_d_un_moment(inventaire.relatif(trouvaille.chemin), une)


def _reponses_d_un_moment(ou: str, passation: Passation) -> Iterator[tuple[str, ...]]:
    contexte = (
        ou,
        passation.identifiant,
        dire_le_moment(passation.moment),
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
            texte = json.dumps({"passations": list(mention.objets)}, ensure_ascii=False, indent=1) + "\n"
            poser_a_cote(dossier / f"{nom}.json", texte.encode("utf-8", "replace"))


def _lisezmoi(inventaire: Inventaire, recopies: int, date: str) -> str:
    tels_quels = pluriel(recopies, "fichier recopié tel quel", "fichiers recopiés tels quels")
    phrases = [
        titre_de_remise(inventaire.code),
        "",
        typographier(f"Écrit par cpit le {date[:10]}, au titre du droit d'accès et du droit à la portabilité"),
        typographier("(articles 15 et 20 du règlement général sur la protection des données)."),
        "",
        typographier(f"{_FICHIERS}/ : {tels_quels}, où personne d'autre ne figure."),
    ]
    phrases += [f"  {t.sorte} : {inventaire.relatif(t.chemin)}" for t in inventaire.siens]
    if any(m.sure for m in inventaire.mentions):
        phrases.append(typographier(f"{_EXTRAITS}/ : vos lignes des fichiers où d'autres personnes figurent aussi."))
        phrases += [f"  {mention_en_mots(inventaire, m)}" for m in inventaire.mentions if m.sure]
    phrases += [
        typographier(
            f"{_REPONSES} : chacune de vos réponses, situation par situation, s'il y a une passation lisible."
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

"""À qui est un fichier : ce qu’en dit son contenu, dans toutes les formes que cpit écrit, même coupé en route."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cpit.droits.constats import Doute, Mention, Sorte, Trouvaille
from cpit.droits.identite import Identite
from cpit.droits.tables import Releve, feuilles, rangees_du_texte, relever
from cpit.erreurs import ErreurCpit
from cpit.formats import formulaire_xlsx
from cpit.formats.appartenance import est_un_classeur_de_cpit
from cpit.formats.lecteur_csv import decoder_au_mieux
from cpit.formats.passation_json import FORMAT
from cpit.tableur.garde import verifier_xlsx
from cpit.typographie import FINE

TAILLE_MAX = 300_000_000
"""Octets d’un fichier que l’on ouvre."""
DECLARE_MAX = 1_000_000_000
"""Octets d’un classeur une fois décompressé."""
REMISE = f"Données que cpit garde sur la personne de code «{FINE}"
"""Début du LISEZMOI d’une remise : le code suit, sur la même ligne."""
AUTRES_PROGRAMMES = (".zip", ".7z", ".rar", ".ods", ".odt", ".docx", ".pptx", ".pdf", ".xls", ".xlsb", ".msg", ".eml")
"""Des fichiers où une copie peut se trouver et que l’on ne fouille pas."""

_PAR_SUFFIXE = {
    ".tmp": Sorte.TEMPORAIRE,
    ".abime": Sorte.ABIMEE,
    ".bak": Sorte.COPIE,
    ".de-cote": Sorte.DE_COTE,
    ".xlsx": Sorte.CLASSEUR,
}
_TABLES = frozenset({".csv", ".tsv", ".txt"})
_TETE = re.compile(rf'\s*\{{\s*"format":\s*"{FORMAT}",.{{0,200}}?"identifiant":\s*("(?:[^"\\\n]|\\.)*")', re.DOTALL)
"""Le début d’une passation, tel que cpit l’écrit : il suffit quand la suite manque."""
_DONNES = re.compile(r'"donnes":\s*')
_META = re.compile(r'<meta\s+name="cpit-personne"\s+content="([^"]*)"')
"""Ce qu’une page de restitution dit de la personne qu’elle montre."""

Constat = Trouvaille | Mention | Doute
Noter = Callable[[str], None]
"""Reçoit chaque code rencontré dans un fichier."""


def examiner(chemin: Path, identite: Identite, noter: Noter) -> Iterator[Constat]:
    """Ce qu’un fichier ordinaire dit de la personne ; ne lève rien, un fichier illisible est un doute."""
    try:
        taille = chemin.stat().st_size
        if taille > TAILLE_MAX:
            yield _sinon_le_nom(chemin, identite, "il est trop gros pour être fouillé")
            return
        octets = chemin.read_bytes()
    except OSError:
        yield Doute(chemin, "il ne se lit pas")
        return
    if octets.startswith(b"PK"):
        yield from _examiner_zip(chemin, identite, noter)
    elif chemin.suffix.lower() in AUTRES_PROGRAMMES:
        yield Doute(chemin, "il vient d'un autre programme")
    elif not octets:
        if identite.nomme(chemin.name) or ".json" in chemin.name:
            yield _sinon_le_nom(chemin, identite, "il est vide")
    else:
        yield from _examiner_texte(chemin, decoder_au_mieux(octets), identite, noter)


def sorte(chemin: Path) -> Sorte:
    """Ce qu’est un fichier d’une passation, d’après les marques que cpit met à son nom."""
    if chemin.name.startswith("formulaire"):
        return Sorte.FORMULAIRE
    return _PAR_SUFFIXE.get(chemin.suffix, Sorte.PASSATION)


def titre_de_remise(code: str) -> str:
    """La première ligne du LISEZMOI d’une remise ; elle le fait reconnaître."""
    return f"{REMISE}{code}{FINE}»"


def _examiner_texte(chemin: Path, texte: str, identite: Identite, noter: Noter) -> Iterator[Constat]:
    if texte.startswith(REMISE):
        remise_a_elle = texte.split("\n", 1)[0] == titre_de_remise(identite.code)
        yield from [Trouvaille(chemin, Sorte.REMISE)] if remise_a_elle else []
    elif texte.lstrip("\ufeff \r\n\t").startswith(("{", "[")):
        yield from _examiner_json(chemin, texte.lstrip("\ufeff"), identite, noter)
    elif "<html" in texte[:2_000].lower():
        yield from _examiner_page(chemin, texte, identite, noter)
    elif chemin.suffix.lower() in _TABLES:
        yield from _examiner_table(chemin, texte, identite, noter)
    else:
        yield from _examiner_autre(chemin, texte, identite)


def _examiner_autre(chemin: Path, texte: str, identite: Identite) -> Iterator[Constat]:
    """Un texte d’aucune sorte connue : une passation abîmée dès son début, un reste, une note."""
    if identite.nomme(chemin.name):
        yield Trouvaille(chemin, sorte(chemin), par_le_nom=True)
    elif identite.cite(texte):
        yield Mention(chemin)
    elif ".json" in chemin.name or chemin.suffix == ".tmp":
        yield Doute(chemin, "il est abîmé, ou reste d'une écriture interrompue")


def _examiner_json(chemin: Path, texte: str, identite: Identite, noter: Noter) -> Iterator[Constat]:
    try:
        document = json.loads(texte)
    except (ValueError, RecursionError):
        tete = _TETE.match(texte)
        if tete is None:
            yield _sinon_le_nom(chemin, identite, "il est abîmé")
        else:
            yield from _a_la_personne(chemin, json.loads(tete[1]), sorte(chemin), identite, noter)
        return
    if isinstance(document, dict) and isinstance(document.get("passations"), list):
        yield from _examiner_cohorte(chemin, document["passations"], texte, identite, noter)
    elif isinstance(document, dict) and isinstance(document.get("identifiant"), str) and "moment" in document:
        nature = sorte(chemin) if document.get("format") == FORMAT else Sorte.RESULTAT
        yield from _a_la_personne(chemin, document["identifiant"], nature, identite, noter)
    elif identite.cite(texte):
        yield Mention(chemin)


def _examiner_cohorte(
    chemin: Path, passations: list[Any], texte: str, identite: Identite, noter: Noter
) -> Iterator[Constat]:
    codes = [p.get("identifiant") if isinstance(p, dict) else None for p in passations]
    for code in {code for code in codes if isinstance(code, str)}:
        noter(code)
    siennes = [p for p, code in zip(passations, codes, strict=True) if isinstance(code, str) and identite.est(code)]
    if siennes and len(siennes) == len(passations):
        yield Trouvaille(chemin, Sorte.RESULTAT)
    elif siennes or identite.cite(texte):
        yield Mention(chemin, sure=bool(siennes), objets=siennes)


def _examiner_page(chemin: Path, texte: str, identite: Identite, noter: Noter) -> Iterator[Constat]:
    if (meta := _META.search(texte)) is not None:
        yield from _a_la_personne(chemin, html.unescape(meta[1]), Sorte.PAGE, identite, noter)
        return
    for donnes in _DONNES.finditer(texte):
        try:
            donnees, _ = json.JSONDecoder().raw_decode(texte, donnes.end())
        except (ValueError, RecursionError):
            continue
        if isinstance(donnees, dict) and isinstance(code := donnees.get("identifiant"), str):
            yield from _a_la_personne(chemin, code, Sorte.FORMULAIRE, identite, noter, tronque=True)
            return
    if identite.cite(html.unescape(texte)):
        yield Mention(chemin)


def _examiner_table(chemin: Path, texte: str, identite: Identite, noter: Noter) -> Iterator[Constat]:
    releve = relever(rangees_du_texte(texte), identite)
    for code in releve.codes:
        noter(code)
    if releve.siennes and not releve.autrui:
        yield Trouvaille(chemin, Sorte.TABLE)
    else:
        yield from _mentionner(chemin, releve, None)


def _mentionner(chemin: Path, releve: Releve, feuille: str | None) -> Iterator[Mention]:
    if releve.siennes:
        extrait = (releve.entete, *(cellules for _, cellules in releve.siennes))
        yield Mention(chemin, tuple(n for n, _ in releve.siennes), feuille, sure=True, extrait=extrait)
    if releve.citees:
        yield Mention(chemin, releve.citees, feuille)


def _examiner_zip(chemin: Path, identite: Identite, noter: Noter) -> Iterator[Constat]:
    """Un classeur, quel que soit son nom (un temporaire n’a pas encore le sien) ; la seule frontière."""
    constats: list[Constat] = []
    try:
        verifier_xlsx(chemin, taille_max=TAILLE_MAX, declare_max=DECLARE_MAX)
        constats += _examiner_classeur(chemin, identite, noter)
    except ErreurCpit:
        constats = [_sinon_le_nom(chemin, identite, "ce n'est pas un classeur lisible")]
    except Exception:
        # zip, zlib, expat, clés et nombres : une dizaine d’exceptions différentes selon l’endroit abîmé.
        constats = [_sinon_le_nom(chemin, identite, "ses feuilles ne se lisent pas")]
    yield from constats


def _examiner_classeur(chemin: Path, identite: Identite, noter: Noter) -> Iterator[Constat]:
    if formulaire_xlsx.est_un_formulaire(chemin):
        code = formulaire_xlsx.lire_code(chemin)
        yield from _a_la_personne(chemin, code, Sorte.FORMULAIRE, identite, noter, tronque=True)
        return
    lues = list(feuilles(chemin))
    if est_un_classeur_de_cpit(chemin) and (personne := _personne(lues)) is not None:
        yield from _a_la_personne(chemin, personne, Sorte.CLASSEUR, identite, noter)
        return
    for titre, rangees in lues:
        releve = relever(rangees, identite)
        for code in releve.codes:
            noter(code)
        yield from _mentionner(chemin, releve, titre)


def _personne(lues: list[tuple[str, list[tuple[int, list[str]]]]]) -> str | None:
    """Le code écrit en tête de la synthèse d’un classeur individuel ; rien si ce n’en est pas un."""
    from cpit.formats.classeur.mesures import CODE, SCORE

    for titre, rangees in lues:
        if titre == "Synthèse":
            for _, cellules in rangees[:30]:
                if len(cellules) > SCORE and cellules[CODE] == "Personne":
                    return cellules[SCORE]
    return None


def _a_la_personne(
    chemin: Path, code: str, nature: Sorte, identite: Identite, noter: Noter, *, tronque: bool = False
) -> Iterator[Constat]:
    noter(code)
    if identite.est_tronque(code) if tronque else identite.est(code):
        yield Trouvaille(chemin, Sorte.TEMPORAIRE if chemin.name.endswith(".tmp") else nature)


def _sinon_le_nom(chemin: Path, identite: Identite, raison: str) -> Constat:
    """Ce qu’on dit d’un fichier illisible : à la personne si son nom est exactement le sien, sinon un doute."""
    return Trouvaille(chemin, sorte(chemin), par_le_nom=True) if identite.nomme(chemin.name) else Doute(chemin, raison)

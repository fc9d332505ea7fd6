"""À qui est un fichier que l’on s’apprête à remplacer : ce à quoi chaque format se reconnaît.

Un format qui peut porter un sceau le porte, avec la somme de son contenu là où elle coûte peu ; un CSV se reconnaît à
son en-tête, exactement celui que cpit écrit. Rien n’est écrit ici : la porte (``cpit.formats.porte``) en décide.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence, Set
from enum import StrEnum
from hashlib import sha256
from html import escape, unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from cpit.coeur.colonnes import (
    COLONNE_DU_REFERENTIEL,
    COLONNES_STATISTIQUES,
    MESURES_AJOUTEES,
    MESURES_DE_POSITION,
    PREFIXES_CALCULES,
)
from cpit.erreurs import Anomalie, anomalie
from cpit.formats.passation_json import FORMAT_PASSATION, PASSATION_OCTETS_MAX
from cpit.formats.registre import FORMATS, Format, format_de, suffixes_lus
from cpit.json_strict import JsonFautif, decoder_json, lire_json
from cpit.ouverture import MARQUE_OLE, FichierHorsNorme, FichierTropGros, lire_debut, lire_octets, ouvrir
from cpit.sceaux import (
    FORMAT_COHORTE,
    FORMAT_EVOLUTION,
    FORMAT_EXPORT,
    FORMAT_FIDELITE,
    FORMAT_PLAN,
    FORMAT_TRACES,
    SCEAU_CLASSEUR,
    SCEAU_FIGURE,
    SCEAU_PAGE,
)
from cpit.typographie import FINE, enumerer, nettoyer

# --- le sceau d’un instrument : une marque que chaque format porte à sa façon, avec la somme de tout le reste ---------
#
# L’en-tête d’un dictionnaire de REDCap ou d’un référentiel de Moodle est celui de l’outil, non le nôtre : seule la
# marque dit que cpit a écrit le fichier, seule la somme que personne ne l’a retouché depuis.


_NOM_DU_SCEAU = b"cpit-instrument "
MARQUE = _NOM_DU_SCEAU.decode() + "0" * 64
"""Ce qu’un format écrit là où sera la somme."""
DEBUT_DE_TEXTE_SCELLE = f"<!-- {_NOM_DU_SCEAU.decode()}"
"""Le début d’un texte (Markdown) que cpit a écrit et scellé."""
_MOTIF = re.compile(_NOM_DU_SCEAU + rb"([0-9a-f]{64})")
_INSTRUMENT_MAX = 20_000_000
"""Octets d’un instrument ; un référentiel n’en pèse qu’un million au plus."""
PROPRIETES = "docProps/core.xml"
"""La partie d’une archive (classeur, document) qui dit ce qu’elle est."""
_ILLISIBLES = (KeyError, BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error, ValueError)


def sceller_texte(octets: bytes) -> bytes:
    """Le même texte, dont la marque porte la somme."""
    return octets.replace(MARQUE.encode(), _NOM_DU_SCEAU + _somme_de_texte(octets), 1)


def sceller_archive(parties: Mapping[str, bytes]) -> bytes:
    """Une archive (classeur, document) dont la marque, dans les propriétés, porte la somme des autres parties."""
    somme = _somme_d_archive(parties)
    sortie = BytesIO()
    with ZipFile(sortie, "w", ZIP_DEFLATED) as cible:
        for nom, contenu in parties.items():
            neuf = contenu.replace(MARQUE.encode(), _NOM_DU_SCEAU + somme, 1) if nom == PROPRIETES else contenu
            element = ZipInfo(nom)
            element.compress_type = ZIP_DEFLATED
            cible.writestr(element, neuf)
    return sortie.getvalue()


_PAQUET = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_TITRE_MAX = 255
"""Signes au plus du titre d’un document."""
_A_LA_PERSONNE = "cpit-personne "
_PERSONNE = re.compile(rf"<dc:identifier>{_A_LA_PERSONNE}([^<]*)</dc:identifier>")


def proprietes_scellees(titre: str, *, personne: str = "") -> str:
    """Les propriétés d’un document Word, à sceller : son titre, sa langue, la marque, et à qui il est.

    :param personne: le code de celle dont il parle ; vide s’il n’est à personne.
    """
    a_qui = f"<dc:identifier>{_A_LA_PERSONNE}{escape(nettoyer(personne))}</dc:identifier>" if personne else ""
    return (
        f'<cp:coreProperties xmlns:cp="{_PAQUET}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(nettoyer(titre)[:_TITRE_MAX])}</dc:title>"
        f"{a_qui}<dc:description>{MARQUE}</dc:description><dc:language>fr-FR</dc:language></cp:coreProperties>"
    )


def personne_du_document(chemin: Path) -> str | None:
    """Le code de la personne dont parle un document Word de cpit ; rien s’il n’en est pas un, ou n’est à personne.

    :raises OSError: si le fichier ne se lit pas.
    """
    trouvee = _PERSONNE.search(_tete(chemin).decode("utf-8", "replace")) if est_un_instrument(chemin) else None
    return None if trouvee is None else unescape(trouvee[1])


def est_un_instrument(chemin: Path) -> bool:
    """Vrai si cpit a écrit cet instrument, même retouché depuis.

    :raises OSError: si le fichier ne se lit pas.
    """
    return _marque(chemin) is not None


def est_un_document_sans_personne(chemin: Path) -> bool:
    """Vrai pour un document Word tel que cpit l’a écrit, et qui n’est celui de personne : un gabarit, un questionnaire.

    :raises OSError: si le fichier ne se lit pas.
    """
    intact = est_un_instrument(chemin) and not _est_un_instrument_retouche(chemin)
    return intact and personne_du_document(chemin) is None


def _est_un_instrument_retouche(chemin: Path) -> bool:
    """Vrai pour un instrument de cpit qui a changé depuis son écriture.

    :raises OSError: si le fichier ne se lit pas.
    """
    marque = _marque(chemin)
    if marque is None:
        return False
    try:
        octets = lire_octets(chemin, _INSTRUMENT_MAX)
    except FichierTropGros:
        return True
    somme = _somme_d_archive(parties_d_archive(octets)) if octets.startswith(b"PK") else _somme_de_texte(octets)
    return marque != somme


def _marque(chemin: Path) -> bytes | None:
    """La somme que porte la marque d’un fichier, dans son début ou ses propriétés ; rien s’il n’en a pas."""
    trouvees = _MOTIF.findall(_tete(chemin))
    return trouvees[0] if len(trouvees) == 1 else None


def _tete(chemin: Path) -> bytes:
    """Où est la marque : le début d’un fichier, les propriétés d’une archive."""
    debut = lire_debut(chemin, _DEBUT)
    if debut.startswith(b"PK"):
        try:
            with ouvrir(chemin) as flux, ZipFile(flux) as archive, archive.open(PROPRIETES) as proprietes:
                return proprietes.read(100_000)
        except _ILLISIBLES:
            return b""
    return debut


def _somme_de_texte(octets: bytes) -> bytes:
    return sha256(_MOTIF.sub(_NOM_DU_SCEAU, octets)).hexdigest().encode()


def parties_d_archive(octets: bytes) -> dict[str, bytes]:
    """Les parties d’une archive, dans l’ordre ; rien si elle ne se lit pas, ou si elle est démesurée."""
    try:
        with ZipFile(BytesIO(octets)) as archive:
            elements = archive.infolist()
            if sum(element.file_size for element in elements) > _INSTRUMENT_MAX:
                return {}
            return {element.filename: archive.read(element) for element in elements}
    except _ILLISIBLES:
        return {}


def _somme_d_archive(parties: Mapping[str, bytes]) -> bytes:
    total = sha256()
    for nom, contenu in sorted(parties.items()):
        if nom != PROPRIETES:
            total.update(f"{nom}\0{len(contenu)}\0".encode() + contenu)
    return total.hexdigest().encode()


# --- À qui est un fichier que l’on s’apprête à remplacer --------------------------------------------------------------


_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
"""Le début d’une archive : « PK » seul peut commencer un code ou un en-tête."""
DEBUT_DE_PASSATION = _DEBUT = 4_096
"""Octets où se trouve un sceau de tête, et ce qui dit qu’un fichier est une passation."""
_ENTETE_MAX = 1_000_000
_TAILLE_MAX = 400_000_000
"""Octets d’un JSON que l’on relit en entier : plus gros, il ne se reconnaît pas."""
_RELU_MAX = 4_000_000_000
"""Octets d’un fichier dont on refait la somme, ou dont la marque peut être n’importe où."""
MANIFESTE = "manifeste.json"
REFERENTIEL_JOINT = "referentiel.yaml"
"""Le référentiel avec lequel un export est fait."""
CLASSEUR = "jeu.xlsx"
"""Le classeur d’un export, où sont toutes ses tables."""
NOM_DU_REGISTRE = "diffusions.registre"
"""Le registre des diffusions, à côté des sources."""

_PASSATION = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{.*?"format"\s*:\s*"' + FORMAT_PASSATION.encode() + rb'"', re.DOTALL)
_CAHIER = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{.*?"format"\s*:\s*"(?:' + f"{FORMAT_PLAN}|{FORMAT_TRACES}".encode() + rb')"', re.DOTALL
)
_NOM_DE_CAHIER = re.compile(r"(plan|traces)-.+\.json")
_JSON = re.compile(rf'\{{\s*"format":\s*"(?:{FORMAT_COHORTE}|{FORMAT_FIDELITE}|{FORMAT_EVOLUTION})"'.encode())
_IDENTITE = {"identifiant", "version", "empreinte", "titre"}
_CLES_COHORTE = frozenset({"referentiel", "groupes", "passations", "anomalies"})
"""Les clés d’une cohorte en JSON de la version 0.1.0, qui n’avait pas de sceau."""
_CLES_RESULTAT = frozenset(
    {
        *("referentiel", "identifiant", "moment", "regard", "profil", "date", "terminee", "competences"),
        *("ingenieries", "matrice", "regroupements", "position", "dominante", "incertitude"),
        *("positions_competences", "motifs"),
    }
)
"""Les clés d’un résultat (« restituer --json ») : elles sont son sceau."""
_PARTIES_DE_PROPRIETES = ("docProps/core.xml", "meta.xml")
"""Où un xlsx, puis un ods, porte les propriétés du document."""
_SCEAUX_D_UN_XLS = tuple(SCEAU_CLASSEUR.encode(encodage) for encodage in ("cp1252", "utf-8", "utf-16-le"))
_CONTEXTE = ["moment", "regard"]
_FIN_DE_COHORTE = [mesure.cle for mesure in MESURES_DE_POSITION]
_SEPARATEURS = (";", ",", "\t")


class Proprietaire(StrEnum):
    """À qui est ce qui se trouve à un emplacement."""

    PERSONNE = "personne"
    CPIT = "cpit"
    RETOUCHE = "cpit, retouché depuis"
    REPONSES = "réponses de quelqu’un"
    AUTRUI = "autrui"


def proprietaire_de(chemin: Path) -> Proprietaire:
    """À qui est ce qui se trouve là, d’après son contenu et le suffixe de son nom.

    :raises OSError: si le fichier ne se lit pas : on ne saurait pas ce que l’on remplace.
    """
    if not os.path.lexists(chemin):
        return Proprietaire.PERSONNE
    if not chemin.is_file():
        return Proprietaire.AUTRUI
    if porte_des_reponses(chemin):
        return Proprietaire.REPONSES
    format_ = format_de(chemin)
    if format_ is None or not format_.est_de_cpit(chemin):
        return Proprietaire.AUTRUI
    return Proprietaire.RETOUCHE if _est_retouche(chemin, format_) else Proprietaire.CPIT


def _est_retouche(chemin: Path, format_: Format) -> bool:
    if est_un_instrument(chemin):
        return _est_un_instrument_retouche(chemin)
    return format_.somme is not None and not format_.somme.tient(lire_octets(chemin, _RELU_MAX))


def porte_des_reponses(chemin: Path) -> bool:
    """Vrai pour une passation ou un cahier, même abîmés, ou un formulaire rempli, quel que soit le nom du fichier.

    :raises OSError: si le fichier ne se lit pas.
    """
    debut = _debut(chemin)
    if est_un_classeur(debut):
        from cpit.lecture.formulaire_xlsx import est_un_formulaire, est_vierge

        return est_un_formulaire(chemin) and not est_vierge(chemin)
    return est_une_passation(debut) or _CAHIER.match(debut) is not None or _est_une_table_remplie(chemin)


def est_une_passation(debut: bytes) -> bool:
    """Vrai pour le début d’une passation, quel que soit le nom du fichier."""
    return _PASSATION.match(debut) is not None


def est_un_cahier(chemin: Path) -> bool:
    """Vrai pour le plan ou les traces d’une personne, quel que soit le nom du fichier : ce n’est jamais une source.

    :raises OSError: si le fichier ne se lit pas.
    """
    return _CAHIER.match(_debut(chemin)) is not None


def nom_d_un_cahier_abime(chemin: Path) -> str:
    """« plan » ou « traces » pour un fichier qui porte le nom d’un cahier et n’est plus du JSON ; vide sinon."""
    nomme = _NOM_DE_CAHIER.fullmatch(chemin.name)
    if nomme is None:
        return ""
    try:
        lire_json(decoder_json(lire_octets(chemin, PASSATION_OCTETS_MAX)))
    except JsonFautif:
        return nomme[1]
    except OSError:
        return ""
    return ""


def est_un_classeur(debut: bytes) -> bool:
    """Vrai pour le début d’un classeur, ou d’un autre document d’Office ou d’archive : son contenu dira lequel."""
    return debut.startswith((*_ARCHIVES, MARQUE_OLE))


def est_une_archive_de_sources(chemin: Path) -> bool:
    """Vrai pour une archive qui n’est pas un classeur ; une archive abîmée en est une, et se refuse comme telle.

    :raises OSError: si le fichier ne se lit pas.
    """
    from zipfile import BadZipFile, ZipFile

    from cpit.tableur.garde import PARTIES_DE_CLASSEUR

    try:
        with ouvrir(chemin) as flux, ZipFile(flux) as archive:
            return not (archive.NameToInfo.keys() & PARTIES_DE_CLASSEUR)
    except (BadZipFile, NotImplementedError, ValueError):
        return True


# --- les formats qui portent un sceau -------------------------------------------------------------------------------


def est_un_classeur_de_cpit(chemin: Path) -> bool:
    """Vrai pour un classeur que cpit a écrit, même enregistré depuis par un tableur : lui seul se remplace.

    Un formulaire n’en est pas un : il porte les réponses de quelqu’un.
    """
    from zipfile import BadZipFile, ZipFile

    if _debut(chemin).startswith(MARQUE_OLE):
        return any(sceau in lire_octets(chemin, _RELU_MAX) for sceau in _SCEAUX_D_UN_XLS)
    if est_un_instrument(chemin):
        return True
    try:
        with ouvrir(chemin) as flux, ZipFile(flux) as archive:
            partie = next(nom for nom in (*_PARTIES_DE_PROPRIETES, "") if nom in archive.NameToInfo or not nom)
            with archive.open(partie) as proprietes:
                return SCEAU_CLASSEUR.encode() in proprietes.read(100_000)
    except (OSError, KeyError, BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error):
        return False


def est_une_page_de_cpit(chemin: Path) -> bool:
    """Vrai pour une page de restitution ou de groupe ; un questionnaire n’en est pas une."""
    debut = _debut(chemin)
    return debut.startswith(b"<!DOCTYPE html>") and SCEAU_PAGE.encode() in debut


def est_un_svg_de_cpit(chemin: Path) -> bool:
    """Vrai pour une figure en SVG que cpit a écrite."""
    return _debut(chemin).startswith(f'<svg xmlns="http://www.w3.org/2000/svg" class="{SCEAU_FIGURE}"'.encode())


def est_un_pdf_de_cpit(chemin: Path) -> bool:
    """Vrai pour une figure en PDF que cpit a écrite."""
    if not _debut(chemin).startswith(b"%PDF-"):
        return False
    return f"/Creator ({SCEAU_FIGURE})".encode() in lire_octets(chemin, _RELU_MAX)


def est_un_png_de_cpit(chemin: Path) -> bool:
    """Vrai pour une figure en PNG que cpit a écrite."""
    debut = _debut(chemin)
    return debut.startswith(b"\x89PNG\r\n\x1a\n") and b"tEXtSoftware\0" + SCEAU_FIGURE.encode() in debut


def est_un_json_de_cpit(chemin: Path) -> bool:
    """Vrai pour une cohorte, une étude, un résultat ou un instrument en JSON ; jamais pour une passation.

    :raises OSError: si le fichier ne se lit pas.
    """
    debut = _debut(chemin)
    if _JSON.match(debut) or est_un_instrument(chemin):
        return True
    if _PASSATION.match(debut):
        return False
    try:
        document = _document(lire_octets(chemin, _TAILLE_MAX))
    except FichierTropGros:
        return False
    referentiel = document.get("referentiel")
    identite = isinstance(referentiel, dict) and referentiel.keys() == _IDENTITE
    return identite and (document.keys() == _CLES_COHORTE or _sont_les_cles_d_un_resultat(document.keys()))


def _sont_les_cles_d_un_resultat(cles: Set[str]) -> bool:
    """Celles de la version 0.1.0, et rien d’autre que ce qui s’y est ajouté depuis : corrections, tensions, mesures."""
    ajoutees = {"corrections", "tensions", *(mesure.cle for mesure in MESURES_AJOUTEES)}
    return cles >= _CLES_RESULTAT and cles - _CLES_RESULTAT <= ajoutees


def _document(octets: bytes) -> dict[str, Any]:
    try:
        document = lire_json(decoder_json(octets))
    except JsonFautif:
        return {}
    return document if isinstance(document, dict) else {}


def _debut(chemin: Path) -> bytes:
    return lire_debut(chemin, _DEBUT)


# --- un CSV ne porte pas de sceau : son en-tête en tient lieu -------------------------------------------------------


def est_un_csv_de_cpit(chemin: Path) -> bool:
    """Vrai pour une cohorte notée, une étude ou une table vide : l’en-tête exact, à l’octet près ; pour un
    instrument, qui a l’en-tête de son outil, la marque.

    :raises OSError: si le fichier ne se lit pas.
    """
    connu = any(map(_est_un_entete_de_sortie, _entetes_exacts(chemin)))
    return connu or _est_une_table_vide(chemin) or est_un_instrument(chemin)


def est_un_resultat_en_csv(chemin: Path) -> bool:
    """Vrai pour une cohorte notée, une étude ou une table d’un jeu de données, d’après l’en-tête exact ; et
    pour un instrument, où personne n’a encore répondu.

    :raises OSError: si le fichier ne se lit pas.
    """
    connu = any(_est_un_entete_de_sortie(noms) or _est_un_entete_de_jeu(noms) for noms in _entetes_exacts(chemin))
    return connu or est_un_instrument(chemin)


def _est_un_entete_de_sortie(noms: Sequence[str]) -> bool:
    """L’en-tête de « cohorte », quel que soit le référentiel, « suivi », « fidelite », « evolution », dictionnaire."""
    from cpit.coeur.evolution import COLONNES_D_EVOLUTION  # montrer un résultat ne charge pas la comparaison

    etudes = (COLONNES_STATISTIQUES, COLONNES_D_EVOLUTION)
    # La version du référentiel, à la fin d’une évolution : sans elle, ce sont les colonnes d’avant.
    avant = list(noms[:-1] if noms and noms[-1] == COLONNE_DU_REFERENTIEL.cle else noms)
    connu = any(avant == [une.cle for une in colonnes] for colonnes in etudes) or _est_un_entete_de_dictionnaire(noms)
    return connu or _est_un_entete_de_cohorte(noms) or _est_un_entete_de_suivi(noms)


def _est_un_entete_de_suivi(noms: Sequence[str]) -> bool:
    from cpit.coeur.cohorte import CLES_DU_SUIVI  # relire une passation ne charge pas de groupe

    return tuple(noms) == CLES_DU_SUIVI


def _est_un_entete_de_dictionnaire(noms: Sequence[str]) -> bool:
    """Ce qui commence et ce qui finit l’en-tête d’un dictionnaire des variables."""
    return noms[:3] == ["table", "variable", "libelle"] and {"variable_spss", "variable_stata"} <= set(noms)


def _est_un_entete_de_jeu(noms: Sequence[str]) -> bool:
    """Pseudonyme, « moment », « regard », rang de la passation : ce qui identifie une ligne, en tête de ses tables."""
    return len(noms) > 4 and noms[1:3] == _CONTEXTE and [noms[0][:10], noms[3][:9]] == ["pseudonyme", "passation"]


def _est_une_table_remplie(chemin: Path) -> bool:
    """Vrai si quelqu’un a rempli la table vide de « formulaire » : son en-tête, et une autre ligne que l’exemple.

    :raises OSError: si le fichier ne se lit pas.
    """
    return not all(map(_est_l_exemple, _lignes_de_table(chemin)))


def _est_une_table_vide(chemin: Path) -> bool:
    if not any(_est_un_entete_de_table(noms) for noms in _entetes_exacts(chemin)):
        return False
    return [_est_l_exemple(rangee) for rangee in _lignes_de_table(chemin)] == [True]


def _est_l_exemple(rangee: Sequence[str]) -> bool:
    from cpit.lecture.entetes import EXEMPLE  # montrer un résultat ne charge pas la lecture des tables

    return rangee[0] == EXEMPLE


def _entetes_exacts(chemin: Path) -> Iterator[list[str]]:
    """Le découpage de l’en-tête dans chaque dialecte dont il a la marque et la fin de ligne."""
    from cpit.formats.dialecte_csv import DIALECTES_CSV

    with ouvrir(chemin) as flux:
        ligne = flux.readline(_ENTETE_MAX)
    texte = ligne.decode("utf-8", errors="replace")
    for forme in DIALECTES_CSV.values():
        marque = "\ufeff" if forme.encodage == "utf-8-sig" else ""
        corps = texte.removeprefix(marque).removesuffix(forme.fin_de_ligne)
        if texte == f"{marque}{corps}{forme.fin_de_ligne}" and not set(corps) & {'"', "\r", "\n", "\ufeff"}:
            yield corps.split(forme.separateur)


def _est_un_entete_de_cohorte(noms: Sequence[str]) -> bool:
    """« identifiant », le profil, « moment », « regard », les items, des paires « score_ » et « n_ », la position."""
    premier = next((rang for rang, nom in enumerate(noms) if nom.startswith("score_")), 0)
    fin = next((rang for rang in range(premier, len(noms)) if noms[rang] == _FIN_DE_COHORTE[0]), 0)
    paires, mesures = noms[premier:fin], list(noms[fin:])
    return (
        premier > 0
        and len(mesures) >= len(_FIN_DE_COHORTE)
        and mesures == [*_FIN_DE_COHORTE, *(mesure.cle for mesure in MESURES_AJOUTEES)][: len(mesures)]
        and _commence_une_table(noms[:premier])
        and len(paires) % 2 == 0
        and all(n == f"n_{score.removeprefix('score_')}" for score, n in zip(paires[::2], paires[1::2], strict=True))
        and all(score.startswith("score_") for score in paires[::2])
    )


def _est_un_entete_de_table(noms: Sequence[str]) -> bool:
    """« identifiant », le profil, « moment », « regard », puis des items, et rien de calculé."""
    calculees = any(nom.startswith(PREFIXES_CALCULES) for nom in noms)
    autre = list(noms[-2:]) == _CONTEXTE or calculees or _est_un_entete_de_suivi(noms)
    return _commence_une_table(noms) and not autre


def _commence_une_table(noms: Sequence[str]) -> bool:
    contexte = any(list(noms[rang : rang + 2]) == _CONTEXTE for rang in range(1, len(noms) - 1))
    return contexte and noms[0] == "identifiant" and all(noms) and len(set(noms)) == len(noms)


def _lignes_de_table(chemin: Path) -> Iterator[list[str]]:
    """Les lignes non vides d’un CSV qui a l’en-tête de la table vide, quel que soit son dialecte ; rien sinon."""
    with ouvrir(chemin) as flux:
        entete = flux.readline(_ENTETE_MAX).decode("utf-8-sig", errors="replace")
        essais = [(s, [nom.strip().strip('"') for nom in entete.rstrip("\r\n").split(s)]) for s in _SEPARATEURS]
        separateur = next((s for s, noms in essais if _est_un_entete_de_table(noms)), None)
        if separateur is None:
            return
        texte = io.TextIOWrapper(flux, encoding="utf-8", errors="replace", newline="")
        lecteur = csv.reader((ligne.replace("\0", "") for ligne in texte), delimiter=separateur)
        try:
            yield from (rangee for rangee in lecteur if any(cellule.strip() for cellule in rangee))
        except csv.Error:
            yield [""]


# --- un dossier d’export --------------------------------------------------------------------------------------------


def lire_manifeste(dossier: Path) -> Mapping[str, Any] | None:
    """Le manifeste d’un dossier d’export ; rien si ce n’en est pas un, ou s’il ne se lit pas."""
    try:
        return lire_le_manifeste(dossier)
    except OSError:
        return None


def lire_le_manifeste(dossier: Path) -> Mapping[str, Any] | None:
    """Comme ``lire_manifeste``, de qui va remplacer l’export : ne pas pouvoir le lire n’est pas ne pas en être un.

    :raises OSError: s’il est là et que le système refuse : un autre programme le retient.
    """
    try:
        document = _document(lire_debut(dossier / MANIFESTE, _ENTETE_MAX))
    except (FileNotFoundError, NotADirectoryError, FichierHorsNorme):
        return None
    return document if isinstance(document.get("fichiers"), dict) and document.get("format") == FORMAT_EXPORT else None


NOTICE_DE_REMISE, REPONSES_DE_REMISE = "LISEZMOI.txt", "reponses.csv"
DEBUT_DE_REMISE = f"Données que cpit garde sur la personne de code «{FINE}"
"""Début de la notice d’une remise à une personne (« cpit mes-donnees ») : le code suit, sur la même ligne."""


def est_une_remise(dossier: Path) -> bool:
    """Vrai pour le dossier où « cpit mes-donnees » a recopié ce qui est gardé d’une personne."""
    debut = DEBUT_DE_REMISE.encode()
    try:
        return lire_debut(dossier / NOTICE_DE_REMISE, len(debut)) == debut
    except OSError:
        return False


def changements(dossier: Path, manifeste: Mapping[str, Any]) -> list[str]:
    """Noms de ce qui a été ajouté ou modifié dans un export depuis son écriture ; un fichier ôté n’est rien à perdre.

    :raises OSError: si le dossier ne se lit pas.
    """
    attendus = manifeste["fichiers"]
    return [
        chemin.name
        for chemin in sorted(dossier.iterdir())
        if chemin.name != MANIFESTE and (not _ordinaire(chemin) or attendus.get(chemin.name) != empreinte_de(chemin))
    ]


def empreinte_de(chemin: Path) -> dict[str, Any]:
    """Taille en octets et SHA-256 d’un fichier."""
    with ouvrir(chemin) as flux:
        return {"octets": os.fstat(flux.fileno()).st_size, "sha256": hashlib.file_digest(flux, "sha256").hexdigest()}


def _ordinaire(chemin: Path) -> bool:
    return chemin.is_file() and not chemin.is_symlink()


# --- un formulaire de cpit revenu sous une forme où ses réponses ne se lisent pas : reconnu, et jamais tu -------------


_LU = 10_000_000
_PAGE = re.compile(rb"""content=(?:3D)?["']cpit [0-9].{0,400000}?id=(?:3D)?["']questionnaire["']""", re.DOTALL)
_FIN_DE_LIGNE_COUPEE = re.compile(rb"=\r?\n")
"""Dans une page enregistrée en un seul fichier (.mhtml), une longue ligne se coupe ainsi."""
_AUTRES_TABLEURS = frozenset({".numbers", ".gsheet", ".fods", ".sxc", ".et", ".wks", ".dif", ".slk"})
_NOM_DE_FORMULAIRE = re.compile(r"formulaire-.*\b(?:soi|tiers)\b.*", re.IGNORECASE)
"""Le nom que « cpit formulaire » donne : celui d’une impression le garde."""


def faute_de_retour(chemin: Path) -> Anomalie | None:
    """Le refus d’un fichier d’où rien ne se lit, et qui peut être un formulaire rendu ; rien s’il n’en a pas l’air.

    Un PDF que cpit n’a pas écrit en a l’air : rien n’y dit s’il porte des réponses, et un oubli ne se verrait pas.

    :raises OSError: si le fichier ne se lit pas.
    """
    debut = _FIN_DE_LIGNE_COUPEE.sub(b"", lire_debut(chemin, _LU))
    if _PAGE.search(debut):
        return anomalie("page-sans-reponses", str(chemin))
    if chemin.suffix.lower() in _AUTRES_TABLEURS:
        return anomalie("source-inconnue", str(chemin), nom=chemin.name, lus=enumerer(suffixes_lus(), "ou"))
    if _NOM_DE_FORMULAIRE.fullmatch(chemin.stem) or (
        debut.startswith(b"%PDF-") and not FORMATS[".pdf"].est_de_cpit(chemin)
    ):
        return anomalie("formulaire-en-image", str(chemin), nom=chemin.name)
    return None

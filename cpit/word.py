"""Le document Word : la page d’une personne, ou ce qu’elle réunit, dans un gabarit que l’on peut remplacer.

Le gabarit est un document ordinaire, où des accolades disent où va chaque texte (docxtpl) ; ce qu’il peut nommer est
exactement ce que la page de même nom montre, déjà mis en mots. Un texte y entre inerte : ni balise, ni accolade,
ni signe interdit en XML ne s’y exécute ni ne casse le document.
"""

from __future__ import annotations

import _thread
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from cpit.erreurs import raison_systeme, refus
from cpit.figures.dessin import Figure, Style
from cpit.figures.sorties import figure_en_png
from cpit.formats.appartenance import PROPRIETES, parties_d_archive, proprietes_scellees, sceller_archive
from cpit.ouverture import lire_debut, lire_octets
from cpit.typographie import enumerer, nettoyer, typographier

if TYPE_CHECKING:
    from jinja2 import Environment

DOCUMENTS = ("personne", "entretien", "portfolio")
"""Les documents dont un gabarit est livré."""
_BIBLIOTHEQUES = ("docxtpl", "resvg_py")
_GABARITS = Path(__file__).parent / "pages" / "gabarits"
_GABARIT_MAX = 20_000_000
"""Octets d’un gabarit ; celui qui est livré en pèse quarante mille."""
_SECONDES_MAX, _MEMOIRE_MAX = 15.0, 600_000_000
"""Secondes que prend au plus un gabarit, et octets qu’il demande ; le plus long de ceux livrés prend une seconde."""
_ACCOLADES_MAX = 10_000_000_000
"""Accolades d’une partie, fois ses octets : chacune se cherche jusqu’au bout, et rien n’y interrompt une recherche."""
_AVANT_LE_XML = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
_FIGURES_MAX, _LARGEURS = 60, (10, 500)
"""Figures d’un document, et largeurs d’une figure en millimètres."""
_DEHORS = re.compile(rb"<(?:\w+:)?Relationship\b(?=[^>]*TargetMode\s*=\s*[\"']External)(?![^>]*/hyperlink[\"'])[^>]*>")
"""Ce qu’un document irait chercher ailleurs en s’ouvrant ; un lien sur lequel on clique n’en est pas."""
_MODELE = re.compile(rb"/attachedTemplate[\"']")
"""Le modèle Word d’où vient un document : Word l’ouvrirait avec lui."""
_PETIT = 1_000
_PPP = 200
"""Points par pouce d’une figure : nette sur papier, légère à envoyer."""
_POUCE, _PIXELS = 25.4, 96
_MARQUES = {"_{": "&#95;{", "_}": "&#95;}", "_%": "&#95;%"}
"""Ce que docxtpl changerait en accolades de gabarit, et la façon de l’écrire qui se lit pareil."""

_Figures = Mapping[str, Callable[[Style], Figure]]
"""Clé d’une figure → ce qui la dessine dans un style."""


def exiger_de_quoi_ecrire() -> None:
    """Refuse un document Word s’il manque de quoi l’écrire.

    :raises ErreurCpit: avec ce qu’il faut installer.
    """
    if manquantes := [nom.replace("_", "-") for nom in _BIBLIOTHEQUES if find_spec(nom) is None]:
        raise refus("word-sans-bibliotheque", bibliotheques=enumerer(manquantes))


def gabarit_a_changer(sorte: str) -> bytes:
    """Une copie du gabarit livré d’un document, scellée : cpit la reconnaît, et sait qu’elle n’est celle de personne.

    :param sorte: l’un de ``DOCUMENTS``.
    """
    return _sceller(parties_d_archive(_gabarit_livre(sorte)), "")


def _gabarit_livre(sorte: str) -> bytes:
    return lire_octets(_GABARITS / f"{sorte}.docx", _GABARIT_MAX)


def remplir_gabarit(
    sorte: str,
    contenu: object,
    *,
    titre: str,
    personne: str,
    figures: _Figures | None = None,
    gabarit: Path | None = None,
) -> bytes:
    """Le document Word d’un contenu, scellé : cpit le reconnaît, et sait à qui il est.

    Le gabarit nomme ``contenu`` (ce que la page montre), ``titre``, ``figure(cle, largeur)``, en millimètres, et le
    filtre ``typo``.

    :param sorte: l’un de ``DOCUMENTS`` : le gabarit livré, si l’on n’en donne pas d’autre.
    :param personne: le code de la personne, que le document porte dans ses propriétés.
    :param figures: celles que le gabarit peut demander ; chacune ne se dessine que s’il le fait.
    :raises ErreurCpit: bibliothèque absente ; gabarit illisible, ou qui demande ce qui n’existe pas.
    """
    exiger_de_quoi_ecrire()
    octets = _gabarit_livre(sorte) if gabarit is None else _lire_le_gabarit(gabarit)
    if gabarit is None:
        rempli = _remplir(octets, contenu, titre, figures or {})
    else:
        try:
            with _bornes():
                rempli = _remplir(octets, contenu, titre, figures or {})
        except _fautes_de_gabarit() as erreur:
            raison = _DEMESURES.get(type(erreur), f"{type(erreur).__name__} : {erreur}")
            raise refus("gabarit-fautif", str(gabarit), nom=gabarit.name, raison=nettoyer(raison)) from None
    with ZipFile(BytesIO(rempli)) as archive:
        parties = {nom: archive.read(nom) for nom in archive.namelist()}
    return _sceller(parties, titre, personne)


def _sceller(parties: Mapping[str, bytes], titre: str, personne: str = "") -> bytes:
    return sceller_archive({**parties, PROPRIETES: proprietes_scellees(titre, personne=personne).encode()})


def _lire_le_gabarit(chemin: Path) -> bytes:
    """Les octets d’un gabarit que l’on donne.

    :raises ErreurCpit: s’il ne se lit pas, ou n’est pas un document Word.
    """
    try:
        octets = lire_octets(chemin, _GABARIT_MAX)
    except OSError as erreur:
        raise refus("gabarit-illisible", str(chemin), nom=chemin.name, raison=raison_systeme(erreur)) from None
    parties = parties_d_archive(octets)
    if not {"word/document.xml", "[Content_Types].xml"} <= parties.keys():
        raise refus("gabarit-illisible", str(chemin), nom=chemin.name, raison="ce n'est pas un document Word (.docx)")
    for nom, contenu in parties.items():
        if any(map(_MODELE.search, _DEHORS.findall(contenu))):
            raise refus("gabarit-d-un-modele", str(chemin), nom=chemin.name, partie=nom)
        if (danger := _danger(nom.casefold(), contenu)) is not None:
            raise refus("gabarit-illisible", str(chemin), nom=chemin.name, raison=f"{danger}, dans « {nom} »")
    return octets


def _danger(nom: str, contenu: bytes) -> str | None:
    """Ce qui, dans une partie d’un gabarit, lirait un fichier, agirait ou irait au loin."""
    if nom.endswith("vbaproject.bin"):
        return "il contient des macros"
    if nom.endswith(".svg") or not (nom.endswith((".xml", ".rels")) or contenu.lstrip(_AVANT_LE_XML)[:1] == b"<"):
        return None
    if b"\0" in contenu:
        return "son XML n'est pas en UTF-8"
    if b"<!DOCTYPE" in contenu or b"<!ENTITY" in contenu:
        return "il déclare une DTD ou une entité"
    if contenu.count(b"{") * len(contenu) > _ACCOLADES_MAX:
        return "il a trop d'accolades"
    return "il va chercher ailleurs de quoi s'ouvrir" if _DEHORS.search(contenu) else None


@contextmanager
def _bornes() -> Iterator[None]:
    """Le temps et la mémoire d’un gabarit venu d’ailleurs : il n’en dispose pas plus qu’un document n’en demande.

    Une boucle peut s’y répéter sans fin, une accolade mal fermée se chercher des minutes. Le temps se borne dans le fil
    principal, partout ; la mémoire, sous Linux, et s’il n’y a pas d’autre fil.

    :raises TimeoutError: passé ce temps.
    :raises MemoryError: au-delà de cette mémoire.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    verrou, etat = threading.Lock(), {"fini": False, "depasse": False}

    def interrompre() -> None:
        with verrou:
            if not etat["fini"]:
                etat["depasse"] = True
                _thread.interrupt_main()

    seul = threading.active_count() == 1
    minuteur = threading.Timer(_SECONDES_MAX, interrompre)
    minuteur.daemon = True
    minuteur.start()
    try:
        try:
            with _memoire_bornee(seul=seul):
                yield
        finally:
            with verrou:
                etat["fini"] = True
            minuteur.cancel()
    except KeyboardInterrupt:
        if not etat["depasse"]:
            raise
        raise TimeoutError from None


@contextmanager
def _memoire_bornee(*, seul: bool) -> Iterator[None]:
    if sys.platform != "linux" or not seul:
        yield
        return
    import resource

    pages = int(lire_debut(Path("/proc/self/statm"), _PETIT).split()[0])
    avant = resource.getrlimit(resource.RLIMIT_AS)
    plafond = pages * resource.getpagesize() + _MEMOIRE_MAX
    permis = plafond if avant[0] == resource.RLIM_INFINITY else min(plafond, avant[0])
    resource.setrlimit(resource.RLIMIT_AS, (permis, avant[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, avant)


def _remplir(octets: bytes, contenu: object, titre: str, figures: _Figures) -> bytes:
    from docxtpl import DocxTemplate

    modele = DocxTemplate(BytesIO(octets))
    placer = _placer_les_figures(modele, figures)
    modele.render({"contenu": contenu, "titre": titre, "figure": placer}, _environnement(), autoescape=True)
    sortie = BytesIO()
    modele.save(sortie)
    return sortie.getvalue()


def _environnement() -> Environment:
    """Un gabarit venu de quelqu’un d’autre ne peut que montrer : ni fichier, ni attribut caché, ni changement."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    neuf = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=_rendre_inerte)
    neuf.filters["typo"] = typographier
    return neuf


def _rendre_inerte(valeur: Any) -> Any:
    """Un texte sans signe interdit en XML, échappé, et dont rien ne deviendra une accolade de gabarit."""
    from markupsafe import Markup, escape

    if not isinstance(valeur, str) or isinstance(valeur, Markup):
        return valeur
    echappe = str(escape(nettoyer(valeur, garder_lignes=True)))
    for marque, ecrite in _MARQUES.items():
        echappe = echappe.replace(marque, ecrite)
    return Markup(echappe)


def _placer_les_figures(modele: Any, figures: _Figures) -> Callable[..., Any]:
    """La fonction ``figure(cle, largeur)`` d’un gabarit : l’image à sa taille, qui dit ce qu’elle montre."""
    from docx.shared import Mm
    from docxtpl import InlineImage
    from jinja2 import TemplateRuntimeError

    class Image(InlineImage):  # type: ignore[misc]
        """Une image qui porte ce qu’elle dit."""

        description = ""

        def _insert_image(self) -> str:
            from markupsafe import escape

            alternative = str(escape(nettoyer(self.description)))
            for marque, ecrite in _MARQUES.items():
                alternative = alternative.replace(marque, ecrite)
            return str(super()._insert_image()).replace("<wp:docPr ", f'<wp:docPr descr="{alternative}" ', 1)

    placees: list[str] = []

    def placer(cle: str, largeur: float = 160) -> Image:
        if cle not in figures:
            raise TemplateRuntimeError(f"figure « {cle} » inconnue ; il y a {', '.join(figures)}")
        if not _LARGEURS[0] <= largeur <= _LARGEURS[1]:
            raise TemplateRuntimeError(f"une figure a de {_LARGEURS[0]} à {_LARGEURS[1]} mm de large, et non {largeur}")
        placees.append(cle)
        if len(placees) > _FIGURES_MAX:
            raise TemplateRuntimeError(f"plus de {_FIGURES_MAX} figures")
        figure = figures[cle](Style(largeur=round(largeur / _POUCE * _PIXELS, 1)))
        image = Image(modele, BytesIO(figure_en_png(figure, ppp=_PPP)), width=Mm(largeur))
        image.description = f"{figure.titre}. {figure.description}"
        return image

    return placer


def _fautes_de_gabarit() -> tuple[type[Exception], ...]:
    """Ce que lèvent docxtpl, Jinja et lxml d’un gabarit fautif ; des mêmes d’un gabarit livré, la trace reste."""
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError
    from jinja2 import TemplateError
    from lxml.etree import LxmlError

    calcul = (ArithmeticError, AttributeError, LookupError, NameError, RuntimeError, SyntaxError, TypeError, ValueError)
    return (TemplateError, LxmlError, PythonDocxError, OpcError, *calcul, *_DEMESURES)


_DEMESURES: Mapping[type[BaseException], str] = {
    TimeoutError: f"il demande plus de {_SECONDES_MAX:.0f} secondes",
    MemoryError: "il demande plus de mémoire qu'un document",
    RecursionError: "il s'appelle lui-même sans fin",
}
"""Ce qu’un gabarit demande de trop, en mots."""

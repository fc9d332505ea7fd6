"""Refait les gabarits Word livrés : python tests/outils/faire_gabarits.py.

Un gabarit est un document ordinaire ; il se règle ici pour que ses styles, sa langue et ses en-têtes de table répétés
restent les mêmes d’une version à l’autre. Qui veut le sien part d’une copie, et la change dans Word ou LibreOffice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from cpit.typographie import typographier

DOSSIER = Path(__file__).resolve().parents[2] / "cpit" / "pages" / "gabarits"
POLICE = "Arial"
ENCRE, DOUCE = RGBColor(0x0B, 0x5C, 0x6B), RGBColor(0x4A, 0x5A, 0x62)
LARGEUR = Cm(17.4)


class Gabarit:
    """Un document en cours : un paragraphe, une liste ou une table à la fois."""

    def __init__(self) -> None:
        self.document = Document()
        self._regler_la_page()
        self._regler_les_styles()

    def dire(self, texte: str, style: str = "Normal", *, gras: bool = False, doux: bool = False) -> Any:
        """Un paragraphe ; ce qui est entre accolades y sera remplacé."""
        paragraphe = self.document.add_paragraph(style=style)
        suite = paragraphe.add_run(texte if "{" in texte else typographier(texte))
        suite.bold = gras or None
        if doux:
            suite.font.color.rgb = DOUCE
        return paragraphe

    def a_ecrire(self, libelle: str) -> None:
        """Une ligne de pointillés, à compléter dans Word ou à la main."""
        paragraphe = self.dire(f"{libelle}\t", doux=True)
        paragraphe.paragraph_format.tab_stops.add_tab_stop(LARGEUR, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)

    def si(self, condition: str, *contenus: Callable[[], object]) -> None:
        """Ce qui ne se montre que sous une condition."""
        self.dire(f"{{%p if {condition} %}}")
        for contenu in contenus:
            contenu()
        self.dire("{%p endif %}")

    def pour(self, boucle: str, *contenus: Callable[[], object]) -> None:
        """Ce qui se répète."""
        self.dire(f"{{%p for {boucle} %}}")
        for contenu in contenus:
            contenu()
        self.dire("{%p endfor %}")

    def table(self, entetes: Sequence[str], boucle: str, cellules: Sequence[str], largeurs: Sequence[float]) -> None:
        """Une table d’une ligne par chose ; son en-tête se répète d’une page à l’autre, une ligne ne s’y coupe pas."""
        table = self.document.add_table(rows=4, cols=len(entetes), style="Table Grid")
        table.autofit = False
        for colonne, largeur in zip(table.columns, largeurs, strict=True):
            colonne.width = Cm(largeur)
        rangees = (entetes, (f"{{%tr for {boucle} %}}",), cellules, ("{%tr endfor %}",))
        for rangee, textes in zip(table.rows, rangees, strict=True):
            proprietes = rangee._tr.get_or_add_trPr()
            proprietes.append(OxmlElement("w:cantSplit"))
            for rang, largeur in enumerate(largeurs):
                cellule = rangee.cells[rang]
                cellule.width = Cm(largeur)
                cellule.paragraphs[0].paragraph_format.space_after = Pt(1)
                cellule.paragraphs[0].add_run(textes[rang] if rang < len(textes) else "").font.size = Pt(9)
        repetee = table.rows[0]
        repetee._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for cellule in repetee.cells:
            cellule.paragraphs[0].runs[0].bold = True
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)

    def pied(self, texte: str) -> None:
        """Le bas de page : d’où vient le document, et le numéro de la page."""
        paragraphe = self.document.sections[0].footer.paragraphs[0]
        paragraphe.paragraph_format.tab_stops.add_tab_stop(LARGEUR, WD_TAB_ALIGNMENT.RIGHT)
        paragraphe.add_run(f"{texte}\t").font.size = Pt(7.5)
        for champ in ("PAGE", None, "NUMPAGES"):
            suite = paragraphe.add_run("" if champ else " / ")
            suite.font.size = Pt(7.5)
            if champ:
                simple = OxmlElement("w:fldSimple")
                simple.set(qn("w:instr"), champ)
                simple.append(suite._r)
                paragraphe._p.append(simple)

    def octets(self) -> bytes:
        """Le document, sans date ni nom de machine."""
        brut, sortie = BytesIO(), BytesIO()
        proprietes = self.document.core_properties
        proprietes.author, proprietes.comments, proprietes.title, proprietes.language = "", "", "", "fr-FR"
        self.document.save(brut)
        with ZipFile(brut) as depuis, ZipFile(sortie, "w", ZIP_DEFLATED) as vers:
            for nom in depuis.namelist():
                if nom != "docProps/thumbnail.jpeg":
                    element = ZipInfo(nom)
                    element.compress_type = ZIP_DEFLATED
                    vers.writestr(element, _sans_vignette(nom, depuis.read(nom)))
        return sortie.getvalue()

    def _regler_la_page(self) -> None:
        page = self.document.sections[0]
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        page.left_margin = page.right_margin = Cm(1.8)
        page.top_margin, page.bottom_margin = Cm(1.6), Cm(1.6)
        page.footer_distance = Cm(0.8)

    def _regler_les_styles(self) -> None:
        for nom, corps, avant, apres in (
            ("Normal", 10, 0, 4),
            ("Title", 20, 0, 2),
            ("Heading 1", 14, 12, 4),
            ("Heading 2", 12, 8, 3),
            ("Heading 3", 10.5, 6, 1),
            ("List Bullet", 10, 0, 2),
            ("Quote", 10, 0, 4),
        ):
            style = self.document.styles[nom]
            style.font.name, style.font.size = POLICE, Pt(corps)
            polices = style.element.get_or_add_rPr().get_or_add_rFonts()
            for cle in list(polices.attrib):
                polices.set(cle, POLICE)
            for cle in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                polices.attrib.pop(qn(f"w:{cle}"), None)
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(avant), Pt(apres)
            if nom.startswith(("Heading", "Title")):
                style.font.color.rgb = ENCRE
        titre = self.document.styles["Title"].element.pPr
        for bordure in titre.findall(qn("w:pBdr")):
            titre.remove(bordure)
        for langue in self.document.styles.element.iter(qn("w:lang")):
            langue.set(qn("w:val"), "fr-FR")


def _titre_et_faits(g: Gabarit) -> None:
    """Le haut de chaque document : de quoi il parle, de qui, et quand."""
    g.dire("{{ contenu.surtitre }}", doux=True)
    g.dire("{{ contenu.titre }}", "Title")
    g.dire("{{ contenu.soustitre }}", doux=True)
    g.dire(
        "{% for libelle, valeur in contenu.faits %}{{ libelle }} : {{ valeur }}"
        "{% if not loop.last %} · {% endif %}{% endfor %}"
    )


def _sans_vignette(nom: str, contenu: bytes) -> bytes:
    """Les renvois d’un document, sans celui de la vignette du modèle dont python-docx part."""
    if nom != "_rels/.rels":
        return contenu
    from lxml import etree

    racine = etree.fromstring(contenu)
    for renvoi in list(racine):
        if renvoi.get("Target", "").endswith("thumbnail.jpeg"):
            racine.remove(renvoi)
    return bytes(etree.tostring(racine, xml_declaration=True, encoding="UTF-8", standalone=True))


# --- la page d’une personne -----------------------------------------------------------------------------------------


def gabarit_personne() -> bytes:
    """Le document d’une personne, dans l’ordre de sa page."""
    g = Gabarit()
    _titre_et_faits(g)
    g.pour("alerte in contenu.alertes", lambda: g.dire("{{ alerte }}", gras=True))
    g.dire("L'essentiel", "Heading 1")
    g.pour("phrase in contenu.essentiel", lambda: g.dire("{{ phrase }}"))
    g.dire("Points d'appui et points fragiles", "Heading 1")
    g.si("contenu.lecture.relief", lambda: g.dire("{{ contenu.lecture.relief }}"))
    g.pour("cote in contenu.reliefs", lambda: _cote(g))
    g.si("contenu.plan", lambda: _plan(g))
    g.dire("La carte", "Heading 1")
    g.dire("{{ figure('carte', 112) }}").alignment = WD_ALIGN_PARAGRAPH.CENTER
    g.pour("phrase in contenu.position", lambda: g.dire("{{ phrase }}"))
    g.dire("Les compétences", "Heading 1")
    g.dire("{{ contenu.echelle }}", doux=True)
    scores = ("{{ ligne.nom }}", "{{ ligne.cellules[0] }}", "{{ ligne.cellules[1] }}", "{{ ligne.cellules[2] }}")
    entetes = ("Compétence", "Score", "Niveau le plus proche", "Répondus")
    g.table(entetes, "ligne in contenu.radar.table.lignes", scores, (7.2, 1.8, 6.0, 2.4))
    g.si("contenu.conditions", lambda: _conditions(g))
    g.dire("Les ingénieries", "Heading 1")
    entetes = ("Ingénierie", "Score", "Niveau le plus proche", "Poids dans la position", "Répondus")
    cellules = (*scores[:3], "{{ ligne.cellules[2] }}", "{{ ligne.cellules[3] }}")
    g.table(entetes, "ligne in contenu.ingenieries.lignes", cellules, (5.4, 1.8, 5.2, 2.6, 2.4))
    g.dire("Peut-on s'y fier ?", "Heading 1")
    g.si("contenu.s_y_fier", lambda: g.dire("{{ contenu.s_y_fier }}"))
    g.pour("phrase in contenu.lecture.portee", lambda: g.dire("{{ phrase }}"))
    g.si("contenu.lecture.non_calcule", lambda: _absences(g))
    _annexe(g)
    g.dire("Limites", "Heading 1")
    g.pour("libelle, texte in contenu.limites", lambda: g.dire("{{ libelle }} : {{ texte }}"))
    g.pied("{{ contenu.pied }}")
    return g.octets()


def _conditions(g: Gabarit, *, portee: bool = True) -> None:
    g.dire("Dans quelles conditions", "Heading 1")
    g.pour("libelle, valeur in contenu.conditions", lambda: g.dire("{{ libelle }} : {{ valeur }}"))
    if portee:
        g.dire("{{ contenu.portee_des_conditions }}", doux=True)


def _absences(g: Gabarit) -> None:
    g.dire("Ce qui n'a pas été calculé", "Heading 2")
    g.pour("phrase in contenu.lecture.non_calcule", lambda: g.dire("{{ phrase }}", "List Bullet"))


def _cote(g: Gabarit) -> None:
    g.dire("{{ cote.titre }}", "Heading 2")
    g.dire("{{ cote.sens }}", doux=True)
    g.pour("c in cote.competences", lambda: _competence(g))


def _competence(g: Gabarit) -> None:
    g.dire("{{ c.nom }} : {{ c.score }}", "Heading 3")
    g.dire("{{ c.definition }}", doux=True)
    g.dire("{{ c.en_mots }}")
    g.si("c.constat", lambda: g.dire("{{ c.constat }}"))
    g.pour("s in c.situations", lambda: g.dire("{{ s.enonce }} ({{ s.reponse }})", "List Bullet"))
    g.si("c.pas", lambda: g.dire("Un pas : {{ c.pas }}", gras=True))


def _plan(g: Gabarit) -> None:
    g.dire("Mes prochains pas", "Heading 1")
    g.pour("pas in contenu.plan.pas", lambda: _pas(g))
    g.pour(
        "_ in range(contenu.plan.vides)",
        lambda: g.pour("libelle in contenu.plan.libelles", lambda: g.a_ecrire("{{ libelle }} :")),
    )


def _pas(g: Gabarit) -> None:
    g.dire("{{ pas.rang }}. {{ pas.quoi }} ({{ pas.etat }})", gras=True)
    g.dire("{{ pas.item }} {{ pas.enonce }}", doux=True)
    g.pour("libelle, texte in pas.rubriques", lambda: g.dire("{{ libelle }} : {{ texte }}"))


def _annexe(g: Gabarit) -> None:
    titre = g.dire("Annexe : chaque compétence, chaque situation, chaque réponse", "Heading 1")
    titre.paragraph_format.page_break_before = True
    g.si("contenu.traces_du", lambda: g.dire("Réponses et traces données le {{ contenu.traces_du }}.", doux=True))
    g.pour("c in contenu.competences", lambda: _en_annexe(g))


def _en_annexe(g: Gabarit) -> None:
    g.dire("{{ c.code }} {{ c.nom }} : {{ c.score }}", "Heading 3")
    g.dire("{{ c.definition }}", doux=True)
    g.pour("s in c.situations", lambda: _situation(g))


def _situation(g: Gabarit) -> None:
    g.dire("{{ s.code }} {{ s.enonce }} {{ s.reponse }}{% if s.ancre %} : {{ s.ancre }}{% endif %}", "List Bullet")
    g.si("s.trace", lambda: g.dire("{{ s.trace }}", "Quote"))


# --- le portfolio ---------------------------------------------------------------------------------------------------


def gabarit_entretien() -> bytes:
    """Ce qu’une personne choisit de montrer à un entretien, et ce qu’elle y demande : une feuille."""
    g = Gabarit()
    _titre_et_faits(g)
    g.dire("{{ contenu.usage }}", doux=True)
    g.si("contenu.appuis", lambda: _appuis(g))
    g.si("contenu.montrees", lambda: _montrees(g))
    g.si("contenu.conditions", lambda: _conditions(g, portee=False))
    g.dire("Ce que je dis, ce que je demande", "Heading 1")
    g.pour("question, lignes in contenu.a_remplir", lambda: _question(g))
    g.pied("{{ contenu.pied }}")
    return g.octets()


def _appuis(g: Gabarit) -> None:
    g.dire("Ce sur quoi je m'appuie", "Heading 1")
    g.pour("c in contenu.appuis", lambda: g.dire("{{ c.nom }}", "Heading 2"), lambda: g.dire("{{ c.definition }}"))


def _montrees(g: Gabarit) -> None:
    g.dire("Ce que je choisis de montrer", "Heading 1")
    g.pour("s in contenu.montrees", lambda: g.dire("{{ s.enonce }}"), lambda: g.dire("{{ s.trace }}", "Quote"))
    ailleurs = '{{ "D\'autres traces ne tiennent pas sur cette feuille : "|typo }}{{ contenu.en_plus }}.'
    g.si("contenu.en_plus", lambda: g.dire(ailleurs, doux=True))


def _question(g: Gabarit) -> None:
    g.dire("{{ question }}", "Heading 2")
    g.pour("_ in range(lignes)", lambda: g.a_ecrire(""))


def gabarit_portfolio() -> bytes:
    """Les traces d’une personne par compétence et dans le temps : une matière à reprendre."""
    g = Gabarit()
    _titre_et_faits(g)
    g.dire("{{ contenu.portee }}", doux=True)
    g.si("contenu.vide", lambda: g.dire("{{ contenu.vide }}"))
    g.pour("c in contenu.chapitres", lambda: _chapitre(g))
    g.pied("{{ contenu.pied }}")
    return g.octets()


def _chapitre(g: Gabarit) -> None:
    g.dire("{% if c.code %}{{ c.code }} · {% endif %}{{ c.nom }}", "Heading 1")
    g.si("c.definition", lambda: g.dire("{{ c.definition }}", doux=True))
    g.pour("t in c.traces", lambda: _trace_datee(g))
    g.pour("code, enonce, ou in c.situations", lambda: _situation_propre(g))


def _trace_datee(g: Gabarit) -> None:
    g.dire("{{ t.date }}", "Heading 3")
    g.dire("{{ t.texte }}")
    g.dire("{{ t.item }} {{ t.enonce }}{% if t.origine %} ({{ t.origine }}){% endif %}", doux=True)
    g.pour("libelle, texte in t.rubriques", lambda: g.dire("{{ libelle }} : {{ texte }}", "List Bullet"))


def _situation_propre(g: Gabarit) -> None:
    g.dire("{{ code }}", "Heading 3")
    g.dire("{{ enonce }}")
    g.dire("{{ ou }}", doux=True)


GABARITS: Mapping[str, Callable[[], bytes]] = {
    "personne": gabarit_personne,
    "entretien": gabarit_entretien,
    "portfolio": gabarit_portfolio,
}
"""Nom d’un document → ce qui en fait le gabarit livré."""


if __name__ == "__main__":
    for nom, faire in GABARITS.items():
        (DOSSIER / f"{nom}.docx").write_bytes(faire())

"""Écrire un dessin en PDF : vectoriel, texte sélectionnable, police incorporée, sans bibliothèque.

Un PDF 1.7 d’une page (ISO 32000-1). Les textes sont en glyphes de la police TrueType (§ 9.7, Identity-H), avec la
table qui les rend en caractères (§ 9.10.3). Ni date, ni identifiant : mêmes données, mêmes octets.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from math import sqrt

from cpit.restitution.figures.base import Figure
from cpit.restitution.figures.dessin import Calque, Cercle, Forme, Texte, Trace, Trait
from cpit.restitution.figures.palette import Palette
from cpit.restitution.figures.police import REPLI, Police, police
from cpit.restitution.figures.svg import SCEAU

POINTS = 0.75
"""Points par pixel CSS."""
ARRONDI = 4 * (sqrt(2) - 1) / 3
"""Longueur des tangentes d’un quart de cercle tracé par une courbe de Bézier, en rayons."""
POLICES = {False: "F1", True: "F2"}
LANGUE = "fr-FR"


def en_pdf(figure: Figure, palette: Palette) -> bytes:
    """Les octets d’un PDF d’une page, aux dimensions de la figure."""
    contenu = _Contenu(figure.hauteur, palette)
    contenu.fond(figure.largeur)
    for calque in figure.dessin.calques:
        contenu.calque(calque)
    return _document(figure, contenu)


class _Contenu:
    """Les opérateurs de dessin d’une page (§ 8), et ce qu’ils emploient."""

    def __init__(self, hauteur: float, palette: Palette) -> None:
        self.hauteur, self.palette = hauteur, palette
        self.operateurs = [f"{_n(POINTS)} 0 0 {_n(-POINTS)} 0 {_n(hauteur * POINTS)} cm", "1 j"]
        self.opacites: dict[float, str] = {}
        self.employes: dict[bool, dict[int, str]] = {False: {}, True: {}}

    def fond(self, largeur: float) -> None:
        """Un fond plein, comme celui du SVG."""
        self.operateurs += [self._couleur("fond", "rg"), f"0 0 {_n(largeur)} {_n(self.hauteur)} re f"]

    def calque(self, calque: Calque) -> None:
        """Les formes d’un calque, découpées s’il le demande."""
        self.operateurs.append("q")
        if calque.decoupe:
            gauche, haut, droite, bas = calque.decoupe
            self.operateurs.append(f"{_n(gauche)} {_n(haut)} {_n(droite - gauche)} {_n(bas - haut)} re W n")
        for forme in calque.formes:
            self._forme(forme)
        self.operateurs.append("Q")

    def _forme(self, forme: Forme) -> None:
        if isinstance(forme, Texte):
            self._texte(forme)
        elif isinstance(forme, Cercle):
            self._peindre(forme.trait, _cercle(forme))
        else:
            self._peindre(forme.trait, _trace(forme))

    def _peindre(self, trait: Trait, chemin: str) -> None:
        reglages = []
        if trait.fond:
            reglages += [f"/{self._opacite(trait.opacite)} gs", self._couleur(trait.fond, "rg")]
        if trait.contour:
            tirets = " ".join(map(_n, trait.tirets))
            reglages += [self._couleur(trait.contour, "RG"), f"{_n(trait.epaisseur)} w [{tirets}] 0 d"]
        peinture = {(True, True): "B", (True, False): "f", (False, True): "S", (False, False): "n"}
        self.operateurs += [*reglages, f"{chemin} {peinture[bool(trait.fond), bool(trait.contour)]}"]

    def _texte(self, texte: Texte) -> None:
        graisse = police(gras=texte.gras)
        glyphes = [self._glyphe(graisse, texte.gras, caractere) for caractere in texte.contenu]
        avance = graisse.largeur(texte.contenu, texte.corps)
        recul = {"start": 0.0, "middle": avance / 2, "end": avance}[texte.ancre]
        # L’axe vertical de la page est retourné : le texte se retourne une seconde fois.
        if texte.tourne:
            matrice = f"0 -1 -1 0 {_n(texte.x)} {_n(texte.y + recul)}"
        else:
            matrice = f"1 0 0 -1 {_n(texte.x - recul)} {_n(texte.y)}"
        code = "".join(f"{glyphe:04X}" for glyphe in glyphes)
        self.operateurs += [
            f"/{self._opacite(1.0)} gs {self._couleur(texte.role, 'rg')}",
            f"BT /{POLICES[texte.gras]} {_n(texte.corps)} Tf {matrice} Tm <{code}> Tj ET",
        ]

    def _glyphe(self, graisse: Police, gras: bool, caractere: str) -> int:
        glyphe = graisse.glyphes.get(caractere, graisse.glyphes[REPLI])
        self.employes[gras].setdefault(glyphe, caractere)
        return glyphe

    def _couleur(self, role: str, operateur: str) -> str:
        hexa = self.palette.couleurs[role]
        composantes = (int(hexa[debut : debut + 2], 16) / 255 for debut in (1, 3, 5))
        return f"{' '.join(_n(c, 4) for c in composantes)} {operateur}"

    def _opacite(self, opacite: float) -> str:
        return self.opacites.setdefault(opacite, f"G{len(self.opacites) + 1}")


def _cercle(cercle: Cercle) -> str:
    x, y, r = cercle.x, cercle.y, cercle.rayon
    t = r * ARRONDI
    quarts = (
        ((x + r, y + t), (x + t, y + r), (x, y + r)),
        ((x - t, y + r), (x - r, y + t), (x - r, y)),
        ((x - r, y - t), (x - t, y - r), (x, y - r)),
        ((x + t, y - r), (x + r, y - t), (x + r, y)),
    )
    courbes = [" ".join(f"{_n(a)} {_n(b)}" for a, b in quart) + " c" for quart in quarts]
    return " ".join([f"{_n(x + r)} {_n(y)} m", *courbes, "h"])


def _trace(trace: Trace) -> str:
    (x, y), *suite = trace.points
    lignes = " ".join(f"{_n(a)} {_n(b)} l" for a, b in suite)
    return f"{_n(x)} {_n(y)} m {lignes}" + (" h" if trace.ferme else "")


def _document(figure: Figure, contenu: _Contenu) -> bytes:
    """Les objets du fichier : catalogue, page, contenu, informations, opacités, polices."""
    opacites = " ".join(f"/{nom} << /ca {_n(opacite, 2)} >>" for opacite, nom in contenu.opacites.items())
    largeur, hauteur = _n(figure.largeur * POINTS), _n(figure.hauteur * POINTS)
    premiere = {False: 6, True: 11}
    polices = " ".join(f"/{nom} {premiere[gras]} 0 R" for gras, nom in POLICES.items())
    objets = [
        f"<< /Type /Catalog /Pages 2 0 R /Lang ({LANGUE}) /ViewerPreferences << /DisplayDocTitle true >> >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {largeur} {hauteur}] /Contents 4 0 R "
            f"/Resources << /Font << {polices} >> /ExtGState << {opacites} >> >> >>"
        ).encode(),
        _flux("\n".join(contenu.operateurs).encode("ascii")),
        f"<< /Title {_chaine(figure.titre)} /Subject {_chaine(figure.description)} /Creator ({SCEAU}) >>".encode(),
    ]
    for gras in POLICES:
        objets += _objets_de_police(police(gras=gras), contenu.employes[gras], premiere[gras])
    return _fichier(objets)


def _objets_de_police(graisse: Police, employes: dict[int, str], premier: int) -> list[bytes]:
    """Une police composite : elle, sa descendante, son descripteur, son fichier, et sa table de caractères."""
    millieme = 1000 / graisse.cadratin
    chasses = " ".join(f"{glyphe} [{_n(graisse.chasses[glyphe] * millieme, 1)}]" for glyphe in sorted(employes))
    boite = " ".join(_n(cote * millieme, 0) for cote in graisse.boite)
    nom = graisse.nom
    return [
        (
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{nom} /Encoding /Identity-H "
            f"/DescendantFonts [{premier + 1} 0 R] /ToUnicode {premier + 4} 0 R >>"
        ).encode(),
        (
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{nom} /CIDToGIDMap /Identity /DW 0 /W [{chasses}] "
            f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/FontDescriptor {premier + 2} 0 R >>"
        ).encode(),
        (
            f"<< /Type /FontDescriptor /FontName /{nom} /Flags 32 /FontBBox [{boite}] /ItalicAngle 0 "
            f"/Ascent {_n(graisse.montant * millieme, 0)} /Descent {_n(graisse.descendant * millieme, 0)} "
            f"/CapHeight 729 /StemV 80 /FontFile2 {premier + 3} 0 R >>"
        ).encode(),
        _flux(graisse.octets, f" /Length1 {len(graisse.octets)}"),
        _flux(_table_de_caracteres(employes)),
    ]


def _table_de_caracteres(employes: dict[int, str]) -> bytes:
    """La CMap qui rend chaque glyphe en caractère Unicode, par paquets de cent (limite du format)."""
    lignes = [f"<{glyphe:04X}> <{_utf16(caractere)}>" for glyphe, caractere in sorted(employes.items())]
    paquets = [lignes[debut : debut + 100] for debut in range(0, len(lignes), 100)]
    corps = "\n".join(f"{len(p)} beginbfchar\n" + "\n".join(p) + "\nendbfchar" for p in paquets)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{corps}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end\n"
    ).encode("ascii")


def _fichier(objets: Iterable[bytes]) -> bytes:
    """Les objets numérotés, leur table d’adresses et la fin du fichier (§ 7.5)."""
    octets, adresses = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for numero, objet in enumerate(objets, start=1):
        adresses.append(len(octets))
        octets += b"%d 0 obj\n%b\nendobj\n" % (numero, objet)
    table = len(octets)
    lignes = "".join(f"{adresse:010d} 00000 n \n" for adresse in adresses)
    octets += f"xref\n0 {len(adresses) + 1}\n0000000000 65535 f \n{lignes}".encode("ascii")
    octets += f"trailer\n<< /Size {len(adresses) + 1} /Root 1 0 R /Info 5 0 R >>\n".encode("ascii")
    return bytes(octets) + f"startxref\n{table}\n%%EOF\n".encode("ascii")


def _flux(octets: bytes, options: str = "") -> bytes:
    tasse = zlib.compress(octets, 9)
    entete = f"<< /Length {len(tasse)} /Filter /FlateDecode{options} >>\nstream\n".encode("ascii")
    return entete + tasse + b"\nendstream"


def _chaine(texte: str) -> str:
    """Un texte en UTF-16, écrit en hexadécimal : rien n’est à échapper."""
    return f"<FEFF{_utf16(texte)}>"


def _utf16(texte: str) -> str:
    return texte.encode("utf-16-be", errors="replace").hex().upper()


def _n(valeur: float, decimales: int = 2) -> str:
    texte = f"{valeur:.{decimales}f}"
    texte = texte.rstrip("0").rstrip(".") if "." in texte else texte
    return "0" if texte in {"-0", ""} else texte

"""Refait les polices des figures à partir de Liberation Sans : latin, grec et cyrillique, sans instructions de tracé.

python tests/outils/faire_polices.py DOSSIER   (où sont LiberationSans-Regular.ttf et -Bold.ttf)
python tests/outils/faire_polices.py           (seulement la table des chasses, d’après les polices du dépôt)

La licence (OFL 1.1) réserve le nom d’origine : une version réduite en porte un autre.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from itertools import chain
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

POLICES = Path(__file__).resolve().parents[2] / "cpit" / "figures" / "polices"
CHASSES = POLICES / "chasses.json"
NOM = "Cpit Sans"
GRAISSES = ("Regular", "Bold")
PLAGES = (
    (0x20, 0x7F),
    (0xA0, 0x250),
    (0x370, 0x460),
    (0x1E00, 0x1F00),
    (0x2000, 0x20C0),
    (0x2190, 0x2300),
    (0x25A0, 0x2600),
)
EN_TROP = ["GSUB", "GPOS", "GDEF", "FFTM", "DSIG", "kern"]


def reduire(source: Path, graisse: str) -> None:
    """Écrit la version réduite et renommée d’une graisse."""
    police = TTFont(source / f"LiberationSans-{graisse}.ttf", recalcTimestamp=False)
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, glyph_names=False)
    options.drop_tables += EN_TROP
    options.name_IDs = ["*"]
    reduction = subset.Subsetter(options)
    reduction.populate(unicodes=list(chain.from_iterable(range(*plage) for plage in PLAGES)))
    reduction.subset(police)
    noms = police["name"]
    noms.names = [nom for nom in noms.names if nom.platformID == 3 and nom.nameID in (0, 13, 14)]
    complet = NOM if graisse == "Regular" else f"{NOM} {graisse}"
    postscript = f"{NOM.replace(' ', '')}-{graisse}"
    for identifiant, texte in ((1, NOM), (2, graisse), (3, f"cpit: {complet}"), (4, complet), (6, postscript)):
        noms.setName(texte, identifiant, 3, 1, 0x409)
    noms.setName("Version 2.1.5, reduced", 5, 3, 1, 0x409)
    police.save(POLICES / f"{postscript}.ttf")


def table_des_chasses() -> str:
    """Par police, puis par chasse (en unités du cadratin), les caractères de cette largeur."""
    table = {}
    for fichier in sorted(POLICES.glob("*.ttf")):
        police, par_chasse = TTFont(fichier), defaultdict[int, str](str)
        for code, glyphe in sorted(police.getBestCmap().items()):
            par_chasse[police["hmtx"][glyphe][0]] += chr(code)
        table[fichier.stem] = dict(sorted(par_chasse.items()))
    return json.dumps(table, indent=1) + "\n"


if __name__ == "__main__":
    for dossier in sys.argv[1:]:
        for graisse_ in GRAISSES:
            reduire(Path(dossier), graisse_)
    CHASSES.write_text(table_des_chasses(), encoding="utf-8", newline="\n")

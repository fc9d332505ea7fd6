"""Des sources où tout champ libre porte une marque, et de quoi la chercher dans chaque octet d’un export."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from aides import encoder_passation, livre, passation_de

from cpit.coeur.passation import Passation, repondu
from cpit.coeur.referentiel import Choix, QuestionProfil, Referentiel

NOM = "Éléonore Canarie"
COURRIEL = "eleonore.canarie@exemple.fr"
DOSSIER = "dossier-de-canarie"
FICHIER = "fiche-de-canarie.json"
MARQUES = (NOM, COURRIEL, DOSSIER, FICHIER, "canarie", "Canarie", "10:11:12", "2026-09-14", "2026-09-15")


def passation(referentiel: Referentiel, signes: str, **champs: Any) -> Passation:
    """Une passation terminée : un signe par item, de 0 à 4, S pour « sans objet », « . » pour « sans réponse »."""
    donnees = {"commencee": "2026-09-14T09:00:00+02:00", "terminee": "2026-09-14T10:11:12+02:00", **champs}
    return passation_de(referentiel, signes, **donnees)


def poser(dossier: Path, nom: str, une: Passation) -> Path:
    chemin = dossier / nom
    chemin.write_bytes(encoder_passation(une))
    return chemin


def sources_marquees(racine: Path) -> Path:
    """Un dossier de sources : une passation et une table dont chaque champ libre porte la marque."""
    referentiel, dossier = livre(), racine / DOSSIER
    dossier.mkdir()
    profil = {"structure": NOM, "question-de-canarie": COURRIEL}
    une = passation(referentiel, "0123" * 5 + "S.S4", identifiant=f"{NOM} <{COURRIEL}>", profil=profil)
    une = une.avec_reponse("C1P", repondu(2, f"Avec {NOM}, {COURRIEL}, /home/canarie/{DOSSIER}"))
    poser(dossier, FICHIER, replace(une, modifiee="2026-09-15T10:11:12+02:00"))
    table = dossier / "table-de-canarie.csv"
    entete = "identifiant;moment;trace_C1P;" + ";".join(i.code for i in referentiel.items)
    lignes = [f"{NOM} 2;t1;{COURRIEL};" + ";".join("3" for _ in referentiel.items)]
    lignes += [f";t1;=canarie();{';'.join('1' for _ in referentiel.items)}"]
    table.write_text("\n".join([entete, *lignes]) + "\n", encoding="utf-8")
    return dossier


def contenus(export: Path) -> Iterator[tuple[str, bytes]]:
    """Tout ce qu’un export contient : noms, octets, parties d’archives décompressées, cellules des formats binaires."""
    import polars as pl
    import pyreadstat

    for chemin in sorted(export.rglob("*")):
        octets = chemin.read_bytes()
        yield f"{chemin.name} (nom)", chemin.name.encode()
        yield chemin.name, octets
        if chemin.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(octets)) as archive:
                for partie in archive.infolist():
                    yield f"{chemin.name}!{partie.filename}", archive.read(partie) + partie.comment + partie.extra
        elif chemin.suffix == ".parquet":
            yield f"{chemin.name} (cellules)", pl.read_parquet(chemin).write_csv().encode()
        elif chemin.suffix in {".sav", ".dta"}:
            lire = pyreadstat.read_sav if chemin.suffix == ".sav" else pyreadstat.read_dta
            trame, meta = lire(chemin, output_format="polars")
            yield f"{chemin.name} (cellules)", trame.write_csv().encode() + repr(vars(meta)).encode()


def traces_de(export: Path, marques: tuple[str, ...]) -> list[str]:
    """Où se trouve une marque, dans l’un des encodages où elle peut se cacher."""
    trouvees = []
    for lieu, octets in contenus(export):
        for marque in marques:
            for forme in ("NFC", "NFD"):
                texte = unicodedata.normalize(forme, marque)
                codees = {texte.encode(e, errors="ignore") for e in ("utf-8", "utf-16-le", "utf-16-be", "latin-1")}
                if any(code in octets for code in codees):
                    trouvees.append(f"{lieu} : {marque}")
    return trouvees


def cle_d_un_choix(question: QuestionProfil, choix: Choix) -> str:
    """La colonne de 0 et de 1 d’un choix, dans un jeu : un nom de variable n’a pas de trait d’union."""
    return f"{question.identifiant}_{choix.code}".replace("-", "_")

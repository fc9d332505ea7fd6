"""Les noms que prend un instrument dans un outil qui n’admet pas tous les signes : écrits, puis relus.

Un code que l’outil refuse (« tiers-lieu ») y devient un autre (« tiers_lieu ») ; la même règle les compose et les
retrouve.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cpit.coeur.colonnes import COLONNES_DU_TIERS, DATE_DU_MOMENT
from cpit.coeur.place import DIMENSIONS_DE_PLACE
from cpit.coeur.referentiel import Competence, QuestionProfil, Referentiel


@dataclass(frozen=True, slots=True)
class RegleDeNom:
    """Ce qu’un outil accepte : les signes qu’il refuse, ce qui les remplace, et combien il en garde.

    ``prefixe`` est mis devant un nom qui ne commencerait pas par une lettre.
    """

    refuses: re.Pattern[str]
    longueur: int
    remplace: str = ""
    prefixe: str = "q"
    plier: Callable[[str], str] = str


def nommer(codes: Iterable[str], regle: RegleDeNom, pris: Iterable[str] = ()) -> dict[str, str]:
    """Le nom de chaque code, permis par l’outil et unique, majuscules ou non ; le code lui-même chaque fois qu’il peut
    l’être.

    :param pris: des noms déjà donnés.
    """
    vus = {nom.casefold() for nom in pris}
    noms = {}
    for code in codes:
        net = regle.refuses.sub(regle.remplace, regle.plier(code))
        base = (net if net[:1].isalpha() or not regle.prefixe else regle.prefixe + net)[: regle.longueur]
        nom, rang = base, 2
        while nom.casefold() in vus:
            nom = base[: regle.longueur - len(str(rang))] + str(rang)
            rang += 1
        vus.add(nom.casefold())
        noms[code] = nom
    return noms


# --- REDCap ---------------------------------------------------------------------------------------------------------

REDCAP = "REDCap"
NOM_REDCAP = RegleDeNom(re.compile(r"[^a-z0-9_]"), 60, "_", plier=str.lower)
"""Une variable."""
_VALEUR_REDCAP = RegleDeNom(re.compile(r"[^A-Za-z0-9_]"), 60, "_", prefixe="")
RESERVES_REDCAP = (
    *("record_id", "identifiant", "moment", "regard", COLONNES_DU_TIERS[0].cle, DATE_DU_MOMENT.cle),
    *("cpit_complete", "cpit_timestamp"),
)
"""Les variables que le dictionnaire a déjà."""


def items_de_redcap(referentiel: Referentiel) -> dict[str, str]:
    """La variable de chaque item."""
    return nommer((item.code for item in referentiel.items), NOM_REDCAP, RESERVES_REDCAP)


def profil_de_redcap(questions: Iterable[QuestionProfil], referentiel: Referentiel) -> dict[str, str]:
    """La variable de chaque question à choix."""
    pris = (*RESERVES_REDCAP, *items_de_redcap(referentiel).values())
    return nommer((question.identifiant for question in questions), NOM_REDCAP, pris)


def choix_de_redcap(question: QuestionProfil) -> dict[str, str]:
    """La valeur de chaque choix, dans l’export « raw »."""
    return nommer((choix.code for choix in question.choix), _VALEUR_REDCAP)


# --- LimeSurvey -----------------------------------------------------------------------------------------------------

CODE_LIMESURVEY = RegleDeNom(re.compile(r"[^A-Za-z0-9]"), 20)
"""Une question ou une sous-question."""
RESERVES_LIMESURVEY = (
    *("lang", "sid", "savedid", "token", "qid", "gid", "sgq", "self", "that", "this", "time", "other"),
)
"""Ce que LimeSurvey garde pour lui."""


def cases_de_limesurvey(question: QuestionProfil) -> dict[str, str]:
    """La sous-question de chaque choix d’une question qui en admet plusieurs."""
    return nommer((choix.code for choix in question.choix), CODE_LIMESURVEY, RESERVES_LIMESURVEY)


def tableaux_de_limesurvey(referentiel: Referentiel) -> dict[Competence, str]:
    """La question de chaque compétence : un tableau de ses items."""
    return {competence: f"T{rang}" for rang, competence in enumerate(referentiel.competences, 1)}


CODE_DE_LA_DATE = DATE_DU_MOMENT.cle.replace("_", "")
"""La question LimeSurvey qui date un moment."""
CODES_DE_PLACE = {dimension.cle: f"place{dimension.cle}" for dimension in DIMENSIONS_DE_PLACE}
"""La question LimeSurvey qui demande la place des situations."""


def pris_par_limesurvey(referentiel: Referentiel) -> set[str]:
    """Les noms qu’une question à choix n’y prend pas."""
    autres = ("identifiant", "moment", "regard", "trace", COLONNES_DU_TIERS[0].cle, CODE_DE_LA_DATE)
    places = CODES_DE_PLACE.values()
    return {*RESERVES_LIMESURVEY, *tableaux_de_limesurvey(referentiel).values(), *autres, *places}


def profil_de_limesurvey(questions: Iterable[QuestionProfil], referentiel: Referentiel) -> dict[str, str]:
    """La question de chaque question à choix."""
    return nommer((question.identifiant for question in questions), CODE_LIMESURVEY, pris_par_limesurvey(referentiel))


# --- ce que l’on en relit -------------------------------------------------------------------------------------------


def noms_de_profil(referentiel: Referentiel) -> Iterator[tuple[str, QuestionProfil, str]]:
    """Chaque en-tête que ces outils donnent à une question de profil, et le choix qu’il coche, s’il en coche un."""
    redcap, limesurvey = (
        nommer_le_profil(referentiel.profil, referentiel)
        for nommer_le_profil in (profil_de_redcap, profil_de_limesurvey)
    )
    for question in referentiel.profil:
        la, ici = redcap[question.identifiant], limesurvey[question.identifiant]
        yield from ((nom, question, "") for nom in (la, ici))
        if question.plusieurs:
            yield from ((f"{la}___{valeur}", question, code) for code, valeur in choix_de_redcap(question).items())
            yield from ((f"{ici}[{case}]", question, code) for code, case in cases_de_limesurvey(question).items())

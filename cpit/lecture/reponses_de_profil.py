"""La réponse à une question de profil, telle que l’écrivent une personne, un tableur ou un outil d’enquête.

Un choix s’écrit par son code ou par son libellé. Là où l’on en coche plusieurs, une cellule les tient tous (« A, B »,
« A;B; », « pvd crte »), ou une colonne par choix dit s’il est coché (« Y », « 1 », « x »). Rien n’est deviné : ce qui
ne se lit pas en entier n’est pas pris.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cpit.coeur.referentiel import Choix, QuestionProfil
from cpit.lecture.dechiffrement import VALEUR_ABSENTE, lire_mots, replier_libelle
from cpit.lecture.noms_d_outils import REDCAP, choix_de_redcap
from cpit.tableur.pieges import Piege

_ENTRE_DEUX_CHOIX = " ;,|/"
_COCHES = frozenset({"x", "✓", "✔", "☑", "1", "y", "yes", "o", "oui", "true", "vrai", "checked", "coche", "cochee"})
_VIDES = frozenset(
    {"", VALEUR_ABSENTE, "0", "n", "no", "non", "false", "faux", "unchecked", "non coche", "non cochee", "☐", "-"}
)


class LecteurDeProfil:
    """Lit les réponses à une question de profil.

    ``outil`` : celui qui a fait la table, si on l’a reconnu ; REDCap y écrit le nom qu’il donne à chaque choix.
    """

    def __init__(self, question: QuestionProfil, outil: str = "") -> None:
        self.question = question
        connus = {replier_libelle(libelle): code for libelle, code in choix_a_montrer(question).items()}
        connus |= {replier_libelle(choix.code): choix.code for choix in question.choix}
        redcap = {replier_libelle(valeur): code for code, valeur in choix_de_redcap(question).items()}
        self._connus = {**connus, **redcap} if outil == REDCAP else {**redcap, **connus}
        self._du_plus_long = sorted(self._connus, key=len, reverse=True)

    def lire(self, texte: str) -> str | None:
        """La réponse qu’un texte écrit : un code, plusieurs si la question le permet, ou rien s’il n’en est pas une."""
        plie = replier_libelle(texte)
        if plie in self._connus:
            return self._connus[plie]
        codes = self._codes(plie) if self.question.plusieurs else None
        return self.question.joindre(codes) if codes else None

    def lire_une_coche(self, choix: str, valeur: object) -> bool | None:
        """Si la cellule d’un choix le dit coché ; rien si elle ne le dit pas."""
        mots = lire_mots(valeur)
        if isinstance(mots, Piege) and (mots.code != "cellule-booleen" or not mots.vu):
            return None
        plie = replier_libelle(str(mots))
        if plie in _VIDES:
            return False
        return True if plie in _COCHES or self._connus.get(plie) == choix else None

    def _codes(self, plie: str) -> list[str] | None:
        """Les choix d’une énumération, du plus long libellé au plus court : une virgule peut en faire partie."""
        codes, reste = [], plie.strip(_ENTRE_DEUX_CHOIX)
        while reste:
            mot = next((m for m in self._du_plus_long if _commence_par(reste, m)), None)
            if mot is None:
                return None
            codes.append(self._connus[mot])
            reste = reste[len(mot) :].lstrip(_ENTRE_DEUX_CHOIX)
        return codes


def _commence_par(texte: str, mot: str) -> bool:
    return texte.startswith(mot) and texte[len(mot) : len(mot) + 1] in {"", *_ENTRE_DEUX_CHOIX}


def choix_a_montrer(question: QuestionProfil) -> dict[str, str]:
    """Libellé → code d’une question de profil ; le code suit un libellé qui sert deux fois."""
    choix: dict[str, str] = {}
    plies = [replier_libelle(c.libelle) for c in question.choix]
    for un, plie in zip(question.choix, plies, strict=True):
        choix[un.libelle if plies.count(plie) == 1 else f"{un.libelle} ({un.code})"] = un.code
    return choix


def codes_d_un_choix(question: QuestionProfil, choix: Choix) -> Iterator[str]:
    """Les en-têtes, en codes, de la colonne d’un choix : « dispositif[pvd] » (LimeSurvey), « dispositif/pvd »
    (KoboToolbox, ODK), « dispositif___pvd » (REDCap), « dispositif_pvd » (nos exports), « dispositif.pvd » (R).
    """
    for signe in ("/", "___", "_", "."):
        yield f"{question.identifiant}{signe}{choix.code}"
    yield f"{question.identifiant}[{choix.code}]"
    # Ce que deviennent les signes qu’un outil n’admet pas dans un nom.
    yield f"{re.sub('[^A-Za-z0-9]', '', question.identifiant)}[{re.sub('[^A-Za-z0-9]', '', choix.code)}]"
    yield "___".join(re.sub("[^A-Za-z0-9_]", "_", mot) for mot in (question.identifiant, choix.code))


def libelles_d_un_choix(question: QuestionProfil, choix: Choix) -> Iterator[str]:
    """Les en-têtes, en clair, de la colonne d’un choix : « Question [Choix] », « Question/Choix »…"""
    for libelle in (choix.libelle, f"{choix.libelle} ({choix.code})"):
        for forme in ("{} [{}]", "{}[{}]", "{}/{}", "{} - {}", "{} : {}", "{} (choice={})", "{} ({})"):
            yield forme.format(question.libelle, libelle)

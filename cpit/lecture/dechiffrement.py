"""Une cellule de réponse, d’où qu’elle vienne : niveau, libellé, sans objet, vide, ou une anomalie et son remède.

Rien n’est deviné : ce qui n’est pas dans la grammaire est refusé, et compte comme sans réponse.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import islice, takewhile
from math import isfinite
from types import MappingProxyType

from cpit.coeur.passation import DimensionDePlace, Reponse, repondu, sans_objet, sans_reponse
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import PAR_DEFAUT, noms_livres
from cpit.erreurs import ACopier, Anomalie, Lieu, Remede, anomalie
from cpit.ouverture import commande_a_taper
from cpit.tableur.classeur_ouvert import Piege, Pourcentage
from cpit.typographie import FINE, d_un_tenant, nettoyer, sans_accent, typographier

# --- ce qui se colle pour être lu : --valeurs pour des réponses, une correspondance pour tout le reste ----------------


SENS_SANS_OBJET, SENS_VIDE = "SO", "vide"
"""Ce que peut valoir, hors des niveaux, une réponse dont on dit le sens."""
_CODE_NUMEROTE = re.compile(r"(?P<nom>[A-Za-z]+)(?P<rang>[0-9]{1,2})")
"""« AO01 », « A1 »."""
_Cibles = dict[str, tuple[str, ...]]
"""Ce que peut valoir chaque réponse, telle qu’écrite."""
_RIEN: Mapping[str, str] = MappingProxyType({})


def commande_de_correspondance(fichier: str, referentiel: Referentiel) -> str:
    """La commande qui propose la correspondance d’une table, dans ce référentiel."""
    return commande_a_taper("correspondance", fichier, referentiel=a_redire(referentiel))


def ou_dire_un_mot(source: str, referentiel: Referentiel, correspondance: str, ligne: tuple[str, str, str]) -> ACopier:
    """La fin d’un remède : où dire ce que veut dire un mot, et la ligne à y mettre ; ou la correspondance à demander.

    :param ligne: l’en-tête de la colonne, ce qu’elle porte, et le mot.
    """
    dire = typographier(" ; ou dire ce que vaut « {} » dans ").format(ligne[2])
    if not correspondance:
        commande = commande_de_correspondance(source, referentiel)
        return ACopier(f"{dire}la correspondance que propose{FINE}: {commande}")
    en_tete, porte, mot = (json.dumps(texte, ensure_ascii=False) for texte in ligne)
    dite = d_un_tenant(f'{en_tete}: {{porte: {porte}, valeurs: {{{mot}: "?"}}}}')
    return ACopier(f"{dire}{correspondance}{FINE}: {dite}")


def a_redire(referentiel: Referentiel) -> str | None:
    """Ce que --referentiel redit d’un référentiel ; rien s’il est celui que l’on prend sans rien dire."""
    livres = noms_livres()
    if (passee := referentiel.nom_et_version) in livres:
        return passee
    if referentiel.identifiant == PAR_DEFAUT:
        return None
    return referentiel.identifiant if referentiel.identifiant in livres else "REFERENTIEL.yaml"


@dataclass(frozen=True, slots=True)
class Remedes:
    """Comment dire ce que valent les réponses d’une table : ``deja``, celles que la commande dit, s’y répètent."""

    referentiel: Referentiel
    deja: Mapping[str, str]
    _commandes: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def dire(self, code: str, valeur: object, lieu: Lieu, devine: int | None = None) -> Remede | str:
        """De quoi coller pour qu’une réponse refusée soit prise ; vide s’il n’y a qu’à corriger la cellule.

        Ce qu’elle vaut n’est pas deviné : « vide » n’en change rien, et se remplace.

        :param code: celui du refus.
        :param devine: le seul niveau dont elle soit le début du libellé, si c’en est un.
        """
        if code not in _SE_DISENT:
            return ""
        ecrite = str(valeur).strip()
        cibles = self._cibles(code, ecrite, devine)
        deja = {dite: (sens,) for dite, sens in self.deja.items() if dite not in cibles}
        amorce = _AMORCES.get(code, "ou dire ce que cela vaut ({permis})").format(permis=self._permis)
        return Remede(amorce, {**deja, **cibles}, self._commande(lieu.fichier))

    def _commande(self, fichier: str) -> str:
        """Celle qui propose une correspondance : chaque réponse refusée d’une table redit la même."""
        if fichier not in self._commandes:
            self._commandes[fichier] = commande_de_correspondance(fichier, self.referentiel)
        return self._commandes[fichier]

    @property
    def _permis(self) -> str:
        echelle = self.referentiel.echelle
        so = f"{SENS_SANS_OBJET} " if echelle.sans_objet else ""
        return f"un niveau de {echelle.min} à {echelle.max}, {so}ou {SENS_VIDE}"

    def _cibles(self, code: str, ecrite: str, devine: int | None) -> _Cibles:
        so = (SENS_SANS_OBJET,) if self.referentiel.echelle.sans_objet else ()
        if code == "cellule-ambigue":
            return {ecrite: (*so, SENS_VIDE)}
        if code == "cellule-code-de-reponse" and (trouve := _CODE_NUMEROTE.fullmatch(ecrite)):
            return self._suivre_l_echelle(ecrite, trouve["nom"], len(trouve["rang"]), so)
        if code in ("cellule-hors-echelle", "cellule-non-dite"):
            # Un nombre changé en un autre demande que tous soient dits.
            memes = {str(niveau.valeur): (str(niveau.valeur),) for niveau in self.referentiel.echelle.niveaux}
            return {**memes, ecrite: (SENS_VIDE,)} if code == "cellule-hors-echelle" else {ecrite: (SENS_VIDE,)}
        return {ecrite: (SENS_VIDE if devine is None else str(devine),)}

    def _suivre_l_echelle(
        self, ecrite: str, nom: str, chiffres: int, so: tuple[str, ...]
    ) -> dict[str, tuple[str, ...]]:
        """« AO01 », « AO02 »… sur les niveaux, dans l’ordre de l’échelle, puis sans objet : un exemple à vérifier."""
        sens = [*(str(niveau.valeur) for niveau in self.referentiel.echelle.niveaux), *so]
        suite = {f"{nom}{rang:0{chiffres}}": (vaut,) for rang, vaut in enumerate(sens, 1)}
        return {**suite, **({} if ecrite in suite else {ecrite: (SENS_VIDE,)})}


_SE_DISENT = frozenset(
    {
        *("cellule-hors-echelle", "cellule-incomprise", "cellule-non-entiere", "cellule-non-dite", "cellule-ambigue"),
        *("cellule-pourcentage", "cellule-code-de-reponse", "cellule-libelle-coupe", "numero-et-libelle"),
        "sans-objet-non-prevu",
    }
)
"""Les refus d’une réponse qu’il suffit de dire pour qu’elle soit lue."""
_AMORCES = {
    "cellule-ambigue": "ou dire ce que cela vaut",
    "cellule-code-de-reponse": "ou, si ces codes suivent l’ordre de l’échelle",
    "cellule-non-dite": "y joindre ({permis})",
}


# --- une cellule de réponse, d’où qu’elle vienne : niveau, libellé, sans objet, vide, ou une anomalie nommée ----------
#
# Rien n’est deviné : ce qui n’est pas dans la grammaire est refusé, et compte comme sans réponse.


_SANS_OBJET = frozenset(
    {
        "so",
        "s.o",
        "s.o.",
        "s. o.",
        "s/o",
        "sans objet",
        "sans-objet",
        "sans_objet",
        "non applicable",
        *(
            f"{debut} concerne{fin}"
            for debut in ("non", "pas", "je ne suis pas")
            for fin in ("", "e", "(e)", ".e", "·e")
        ),
    }
)
"""Synonymes de « sans objet », repliés (minuscules, sans accent) ; liste fermée."""
_MUETS = (
    *("-", "--", "_", "__", ".", "..", "...", "/", "//", "\\", "?", "??", "*", "nr", "n/r", "n.r.", "n.r"),
    *("null", "none", "nil", "rien", "neant", "aucun", "aucune", "vide", "blank", "empty", "missing"),
    *("manquant", "manquante"),
)
"""Ce que l’on écrit à la place d’une réponse, pour dire qu’il n’y en a pas, ou que la question n’a pas de sens."""
_AMBIGUES = frozenset(
    {"n/a", "n.a.", "n.a", "nsp", "n.s.p.", "nspp", "nc", "n.c", "n.c.", *_MUETS}
    | {f"{sans}{rep}" for sans in ("pas de ", "sans ", "aucune ", "non ", "non-") for rep in ("reponse", "reponses")}
    | {f"non {fait}{e}" for fait in ("renseigne", "repondu") for e in ("", "e", "(e)")}
    | {f"{qui}ne {dit} pas" for qui in ("", "je ", "il ", "elle ") for dit in ("sait", "sais")}
    | {"ne se prononce pas", "ne me prononce pas", "je ne me prononce pas", "sans avis", "sans opinion"}
)
"""Ce qui dit tantôt « sans objet », tantôt « pas de réponse » : à qui a fait la table de le dire."""

_MEMOIRE_MAX = 64
"""Signes d’une cellule de réponse que l’on retient."""
_REPONSE_MAX = 2_000
"""Signes au-delà desquels un texte, s’il est quatre fois plus long que tout libellé, n’est pas une réponse."""

VALEUR_ABSENTE = "na"
"""Ce que R écrit pour une valeur absente : lu comme « sans réponse », jamais comme « sans objet »."""

_DOUTEUX = "?"
"""Ce que vaut une réponse dont l’outil dit qu’elle peut avoir deux sens."""

ERREURS_DE_TABLEUR = frozenset(
    {
        "#n/a",
        "#n/d",
        "#valeur!",
        "#value!",
        "#ref!",
        "#div/0!",
        "#nom?",
        "#name?",
        "#nombre!",
        "#num!",
        "#nul!",
        "#null!",
        "err:502",
        "err:508",
        "#####",
    }
)

_DECLENCHEURS = frozenset("=+-@\t\r")
"""Ce devant quoi nos exports CSV mettent une apostrophe, pour qu’un tableur n’y voie pas une formule."""

_ORDINAIRES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "«": '"', "»": '"', "œ": "oe", "Œ": "OE"}
    | dict.fromkeys("‐‑‒–—―−", "-")
)
_MOT = 200
"""Signes au plus d’un texte que l’on garde replié : un libellé, un choix, jamais un récit."""
_NOMBRE = re.compile(r"([+-]?[0-9]{1,9})(?:[.,]0+)?", re.ASCII)
_POURCENT = re.compile(r"([0-9]{1,4}(?:[.,][0-9]{1,15})?) ?%", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}[.,][0-9]{1,40}", re.ASCII)
_NUMEROTE = re.compile(r"(?:niveau )?[\[(]?([+-]?[0-9]{1,3})(?: ?[-.=:/_>]| ?[\])](?: ?[-.:])?| ) ?(\S.*)")
"""« 3 - libellé », « 3. libellé », « 3= », « 3 : », « (3) libellé », « 3 libellé », « Niveau 3 : libellé », une fois
replié."""
_NUMERO_AU_BOUT = re.compile(r"(\S.*?) ?(?:[-=:/] ?|[\[(])([0-9]{1,3})[\])]?")
"""« libellé (3) », « libellé - 3 »."""
_BALISE = re.compile(r"</?[a-zA-Z][^<>]*>")
_FORCE = re.compile(r"""=?"(.*)"|'(\w.*)""", re.DOTALL)
"""« ="2" », « '2 » : ce qui garde en texte un nombre, dans un CSV destiné à un tableur."""
_AUTOUR = " .;:!*\"'"
_PAIRES = {"(": ")", "[": "]"}
_CODE_DE_REPONSE = re.compile(r"ao?[0-9]{1,2}")
"""« AO01 », « A1 » : les codes de réponse que LimeSurvey propose."""
_SEPARENT = re.compile(r"[;|\n]|, | / ")
"""Ce que les outils d’enquête mettent entre deux réponses d’une même cellule."""
_PLUSIEURS_MAX = 1_000
_COUPE_MIN = 5
"""Signes d’un début de libellé que l’on nomme comme tel."""


@dataclass(frozen=True)
class Dechiffreur:
    """Lit les réponses d’un référentiel ; une valeur vue une fois n’est plus déchiffrée.

    ``dites`` : ce que valent des réponses telles qu’écrites, d’après l’outil ou la commande, avant toute grammaire ;
    ``nombres_dits`` : vrai si la commande change des nombres en d’autres : celui qu’elle ne dit pas n’est pas pris ;
    ``sans_objet`` : ce que le libellé d’un sans objet peut être, replié ; ``remedes`` : comment dire ce que vaut une
    réponse refusée, là où on le peut.
    """

    referentiel: Referentiel
    libelles: Mapping[str, int]
    attendus: str
    dites: Mapping[str, str]
    nombres_dits: bool
    sans_objet: frozenset[str]
    remedes: Remedes | None = None

    @classmethod
    def pour(
        cls,
        referentiel: Referentiel,
        valeurs: Mapping[str, str] = _RIEN,
        de_l_outil: Mapping[str, str] = _RIEN,
        remedes: Remedes | None = None,
    ) -> Dechiffreur:
        """Déchiffreur d’un référentiel.

        :param valeurs: ce que valent des réponses d’après la commande ; elle l’emporte sur l’outil.
        :param de_l_outil: ce que l’outil qui a fait la table écrit, et ce que cela vaut.
        :param remedes: ceux d’une table ; d’un formulaire, il n’y a rien à dire de plus que ses listes.
        """
        niveaux = referentiel.echelle.niveaux
        libelles = _libelles_des_niveaux(referentiel)
        so = ", ou SO" if referentiel.echelle.sans_objet else ""
        attendus = "un niveau (" + ", ".join(str(n.valeur) for n in niveaux) + "), son libellé" + so
        dites = {replier_valeur(ecrite): sens for ecrite, sens in (*de_l_outil.items(), *valeurs.items())}
        changes = any(_NOMBRE.fullmatch(v) and _NOMBRE.fullmatch(s) and v != s for v, s in valeurs.items())
        return cls(
            referentiel,
            libelles,
            attendus,
            dites,
            changes,
            _libelles_sans_objet(referentiel),
            remedes,
        )

    def lire(self, valeur: object, lieu: Lieu, colonne: str) -> tuple[Reponse, Anomalie | None]:
        """Réponse d’une cellule ; s’il y a une anomalie, la réponse est « sans réponse ».

        :param valeur: texte, nombre, booléen, date, piège ou rien, tel que le lecteur du format le rend.
        :param colonne: nom de la colonne, pour le message.
        """
        if isinstance(valeur, Pourcentage):
            valeur = str(valeur)
        trouve = self._juger(valeur)
        if isinstance(trouve, Reponse):
            return trouve, None
        mots = {"colonne": colonne, "valeur": valeur, "attendus": self.attendus}
        return sans_reponse(), anomalie(trouve, lieu, **mots, ou_dire=self._remede(trouve, valeur, lieu))

    def lire_ou_rien(self, valeur: object) -> Reponse | None:
        """Réponse d’une cellule ; rien si elle est refusée, sans en bâtir le constat."""
        trouve = self._juger(str(valeur) if isinstance(valeur, Pourcentage) else valeur)
        return trouve if isinstance(trouve, Reponse) else None

    def _juger(self, valeur: object) -> Reponse | str:
        """La réponse d’une cellule, ou le code de son refus."""
        if not isinstance(valeur, str):
            return self._lire(valeur)
        # Un texte démesuré ne se revoit pas : le retenir ne ferait qu’emplir la mémoire.
        lire = _lire_texte if len(valeur) <= _MEMOIRE_MAX else _lire_texte.__wrapped__
        return lire(self, valeur)

    def _remede(self, code: str, valeur: object, lieu: Lieu) -> str:
        """De quoi coller pour que cette réponse soit prise ; vide s’il n’y a qu’à la corriger."""
        if self.remedes is None:
            return ""
        entier = isinstance(valeur, float) and valeur.is_integer()
        debut = self.niveaux_d_un_debut(str(valeur)) if code == "cellule-libelle-coupe" else set()
        seul = debut.pop() if len(debut) == 1 else None
        return self.remedes.dire(code, int(valeur) if isinstance(valeur, float) and entier else valeur, lieu, seul)

    def niveaux_d_un_debut(self, texte: str) -> set[int]:
        """Les niveaux dont un texte est le début du libellé."""
        plie = replier_libelle(texte).rstrip(" .…")
        suivants = islice(self._ranges, bisect_left(self._ranges, plie), None)
        return {self.libelles[libelle] for libelle in takewhile(lambda libelle: libelle.startswith(plie), suivants)}

    @cached_property
    def _ranges(self) -> list[str]:
        """Les libellés, dans l’ordre : ceux d’un même début s’y suivent."""
        return sorted(self.libelles)

    def est_une_absence_ecrite(self, valeur: object) -> bool:
        """Vrai pour « NA », que R écrit là où il n’y a pas de réponse, si rien n’en dit autre chose."""
        return isinstance(valeur, str) and replier_libelle(valeur) == VALEUR_ABSENTE and self.dite(valeur) is None

    def _lire(self, valeur: object) -> Reponse | str:
        if valeur is None:
            return sans_reponse()
        if isinstance(valeur, int | float) and not isinstance(valeur, bool):
            return self._lire_nombre(valeur)
        return _nommer_l_illisible(valeur) or "cellule-incomprise"

    def _lire_nombre(self, valeur: int | float) -> Reponse | str:
        if not isfinite(valeur):
            return "cellule-incomprise"
        valeur = _arrondir(valeur)
        if valeur == int(valeur):
            return self.niveau(int(valeur))
        return self.dite(str(valeur)) or "cellule-non-entiere"

    def niveau(self, valeur: int) -> Reponse | str:
        """Réponse d’un entier, ou le code de l’anomalie."""
        if (dite := self.dite(str(valeur))) is not None:
            return dite
        if self.nombres_dits:
            return "cellule-non-dite"
        return repondu(valeur) if valeur in self.referentiel.echelle.par_valeur else "cellule-hors-echelle"

    def dite(self, ecrite: str) -> Reponse | str | None:
        """Ce que la commande ou l’outil dit d’une réponse telle qu’écrite ; rien s’ils n’en disent rien."""
        if not self.dites:
            return None
        sens = self.dites.get(replier_valeur(ecrite))
        if sens is None:
            return None
        if sens == _DOUTEUX:
            return "cellule-ambigue"
        if sens == SENS_VIDE:
            return sans_reponse()
        if sens == SENS_SANS_OBJET:
            return sans_objet() if self.referentiel.echelle.sans_objet else "sans-objet-non-prevu"
        return repondu(int(sens))

    def __hash__(self) -> int:
        return id(self)


def _arrondir(valeur: int | float) -> int | float:
    """Un nombre à quinze chiffres, ceux qu’un tableur montre : 2,9999999999999996 y est 3."""
    return valeur if isinstance(valeur, int) else float(f"{valeur:.15g}")


@lru_cache(maxsize=65536)
def _lire_texte(dechiffreur: Dechiffreur, texte: str) -> Reponse | str:
    if len(texte) > _REPONSE_MAX and len(texte.strip()) > max(_REPONSE_MAX, 4 * max(map(len, dechiffreur.libelles))):
        # Le replier et l’éprouver de dix façons demanderait une milliseconde par cellule.
        return "cellule-incomprise"
    if (force := _FORCE.fullmatch(texte.strip())) is not None:
        texte = force[1] or force[2] or ""
    plie = replier_libelle(texte).strip(" ;") if texte.rstrip().endswith(";") else replier_libelle(texte)
    nombre = _lire_nombre_ecrit(dechiffreur, texte)
    if isinstance(nombre, Reponse):
        return nombre
    if (dite := dechiffreur.dite(texte)) is not None:
        return dite
    if (mot := _lire_mot(dechiffreur, plie)) is not None:
        return mot
    lu = nombre or _lire_numerote(dechiffreur, plie) or _lire_sans_habit(dechiffreur, texte)
    return lu or _nommer_l_incompris(dechiffreur, texte, plie)


def _lire_sans_habit(dechiffreur: Dechiffreur, texte: str) -> Reponse | str | None:
    """La réponse d’un libellé entre guillemets, crochets ou balises, ou suivi d’un point ; rien si ce n’en est pas."""
    nu = replier_libelle(sans_balises(texte)).strip(_AUTOUR)
    if _PAIRES.get(nu[:1]) == nu[-1:] and not nu[1:-1].isdecimal():
        nu = nu[1:-1].strip(_AUTOUR)
    # Un point, des guillemets vides n’habillent rien : ce n’est pas une cellule vide.
    return None if not nu or _NOMBRE.fullmatch(nu) else _lire_mot(dechiffreur, nu) or _lire_numerote(dechiffreur, nu)


def sans_balises(texte: str) -> str:
    """Un texte sans balise ni entité, telles que les écrivent les outils en ligne."""
    return html.unescape(_BALISE.sub(" ", html.unescape(texte))) if "&" in texte or "<" in texte else texte


def _decrits(libelle: str, description: str | None) -> list[str]:
    """Un libellé suivi de sa description, tel qu’un questionnaire les montre ensemble ; repliés."""
    formes = ("{} : {}", "{} - {}", "{} ({})", "{}. {}", "{}, {}", "{} {}") if description else ()
    return [replier_libelle(forme.format(libelle, description)) for forme in formes]


@lru_cache(maxsize=16)
def _libelles_des_niveaux(referentiel: Referentiel) -> Mapping[str, int]:
    """Le niveau de chaque libellé replié : seul, suivi de sa description, ou de ce qu’il veut dire pour un item.

    Des centaines de textes à replier : d’un même référentiel, ils le sont une fois, non à chaque table d’un dossier.
    """
    niveaux = referentiel.echelle.niveaux
    libelles = {nom: niveau.valeur for niveau in niveaux for nom in _decrits(niveau.libelle, niveau.description)}
    nus = {niveau.valeur: niveau.libelle for niveau in niveaux}
    ancres = (ancre for item in referentiel.items for ancre in item.niveaux)
    libelles |= {nom: a.valeur for a in ancres for nom in _decrits(nus[a.valeur], a.libelle)}
    libelles |= {replier_libelle(niveau.libelle): niveau.valeur for niveau in niveaux}
    return MappingProxyType(libelles)


def _lire_mot(dechiffreur: Dechiffreur, plie: str) -> Reponse | str | None:
    """La réponse d’un libellé, d’un blanc ou d’un « sans objet » ; rien si ce n’en est pas un."""
    if plie in dechiffreur.libelles:
        return repondu(dechiffreur.libelles[plie])
    if plie in {"", VALEUR_ABSENTE}:
        return sans_reponse()
    if plie in _SANS_OBJET or plie in dechiffreur.sans_objet:
        return sans_objet() if dechiffreur.referentiel.echelle.sans_objet else "sans-objet-non-prevu"
    return "cellule-ambigue" if plie in _AMBIGUES else None


def _lire_nombre_ecrit(dechiffreur: Dechiffreur, texte: str) -> Reponse | str | None:
    valeur = _nombre_ecrit(_sans_habit(texte))
    return dechiffreur.niveau(int(valeur)) if valeur is not None and valeur == int(valeur) else None


def _sans_habit(texte: str) -> str:
    # Le texte d’origine, et non le texte replié : « ３ » et « ² » ne sont pas des chiffres de cette grammaire.
    ecrit = nettoyer(texte).strip().replace("−", "-")
    return ecrit.rstrip("; ") if ecrit.endswith(";") else ecrit


def _nombre_ecrit(ecrit: str) -> int | float | None:
    if trouve := _NOMBRE.fullmatch(ecrit):
        return int(trouve[1])
    return _arrondir(float(ecrit.replace(",", "."))) if _DECIMAL.fullmatch(ecrit) else None


def lire_nombre(cellule: object) -> int | float | None:
    """Le nombre, entier ou non, qu’une cellule de réponse porte ou écrit ; rien si ce n’en est pas un."""
    if isinstance(cellule, str):
        return _nombre_ecrit(_sans_habit(cellule))
    if isinstance(cellule, bool) or not isinstance(cellule, int | float):
        return None
    return _arrondir(cellule) if isfinite(cellule) else None


def lire_pourcentage(texte: str) -> float | None:
    """Le nombre qu’un texte écrit en pourcentage, compté en parts de un ; rien si ce n’en est pas un."""
    trouve = _POURCENT.fullmatch(" ".join(texte.split()))
    return float(trouve[1].replace(",", ".")) / 100 if trouve else None


def _lire_numerote(dechiffreur: Dechiffreur, plie: str) -> Reponse | str | None:
    """« 3 - libellé » : le niveau si le nombre et le libellé s’accordent, un refus s’ils ne s’accordent pas."""
    separes = separer_le_numero(plie)
    if separes is None:
        return None
    numero, libelle = separes
    if libelle in dechiffreur.libelles:
        accord = numero == dechiffreur.libelles[libelle]
        return repondu(numero) if accord else "numero-et-libelle"
    reponse = _lire_mot(dechiffreur, libelle) if libelle in dechiffreur.sans_objet else None
    return "numero-et-libelle" if reponse and numero in dechiffreur.referentiel.echelle.par_valeur else reponse


def separer_le_numero(plie: str) -> tuple[int, str] | None:
    """Le numéro et le libellé de « 3 - libellé » ou de « libellé (3) », replié ; rien s’il n’y a pas de numéro."""
    if (trouve := _NUMEROTE.fullmatch(plie)) is not None:
        return int(trouve[1]), trouve[2]
    if (trouve := _NUMERO_AU_BOUT.fullmatch(plie)) is not None:
        return int(trouve[2]), trouve[1]
    return None


def _nommer_l_incompris(dechiffreur: Dechiffreur, texte: str, plie: str) -> str:
    if plie in ERREURS_DE_TABLEUR:
        return "cellule-erreur"
    if plie in {"vrai", "faux", "true", "false"}:
        return "cellule-booleen"
    if (pourcentage := lire_pourcentage(texte)) is not None or _DECIMAL.fullmatch(plie):
        return "cellule-non-entiere" if pourcentage is None else "cellule-pourcentage"
    if est_un_code_de_reponse(plie):
        return "cellule-code-de-reponse"
    if _porte_plusieurs_reponses(dechiffreur, texte):
        return "cellule-plusieurs-reponses"
    coupe = len(plie) >= _COUPE_MIN and dechiffreur.niveaux_d_un_debut(plie)
    return "cellule-libelle-coupe" if coupe else "cellule-incomprise"


def est_un_code_de_reponse(texte: str) -> bool:
    """Vrai pour « AO01 » ou « A1 », un code de réponse que LimeSurvey propose."""
    return len(texte) <= _MOT and _CODE_DE_REPONSE.fullmatch(replier_libelle(texte)) is not None


def est_un_code_so(cellule: object) -> bool:
    """Vrai pour « SO », le code d’un sans objet."""
    return isinstance(cellule, str) and cellule.strip().upper() == SENS_SANS_OBJET


def _porte_plusieurs_reponses(dechiffreur: Dechiffreur, texte: str) -> bool:
    """« 3;4 », « Jamais fait, Avec de l’aide » : deux réponses ou plus, chacune comprise."""
    if len(texte) > _PLUSIEURS_MAX:
        return False
    morceaux = [morceau for morceau in _SEPARENT.split(texte) if morceau.strip()]
    return len(morceaux) > 1 and all(isinstance(_lire_texte(dechiffreur, m), Reponse) for m in morceaux)


_TEMPS = (date, datetime, time, timedelta)


def _nommer_l_illisible(valeur: object) -> str | None:
    """Code de l’anomalie d’une cellule qui n’est ni un texte ni un nombre, ou rien."""
    if isinstance(valeur, Piege):
        return valeur.code
    if isinstance(valeur, bool):
        return "cellule-booleen"
    return "cellule-date" if isinstance(valeur, _TEMPS) else None


def lire_mots(valeur: object) -> str | Piege:
    """Texte d’une cellule qui n’est pas une réponse (code, moment, profil, trace), ou ce qui empêche de la lire.

    L’apostrophe que nos exports mettent devant « = + - @ » est ôtée.
    """
    if isinstance(valeur, str):
        return _lire_mots_ecrits(valeur)
    if valeur is None:
        return ""
    if code := _nommer_l_illisible(valeur):
        return valeur if isinstance(valeur, Piege) else Piege(code, str(valeur))
    if isinstance(valeur, float) and isfinite(valeur) and valeur == int(valeur) and not isinstance(valeur, Pourcentage):
        return str(int(valeur))
    return str(valeur)


def _lire_mots_ecrits(texte: str) -> str | Piege:
    if not texte.isprintable():
        texte = nettoyer(texte, garder_lignes=True)
    texte = texte.strip()
    if texte[:1] in {"#", "E", "e"} and texte.casefold() in ERREURS_DE_TABLEUR:
        return Piege("cellule-erreur", texte)
    return texte[1:] if texte[:1] == "'" and texte[1:2] in _DECLENCHEURS else texte


def lire_niveau_de_place(valeur: object, dimension: DimensionDePlace) -> int | None:
    """La fréquence ou l’importance que porte une cellule, en code ou en mots (« 2 », « chaque mois », « 2 – chaque
    mois ») ; rien si elle est vide.

    :raises ValueError: si ce n’est pas un niveau.
    """
    if (nombre := lire_nombre(valeur)) is not None:
        niveau = int(nombre) if nombre == int(nombre) else None
        return _connu(niveau, dimension)
    mots = lire_mots(valeur)
    plie = "" if isinstance(mots, Piege) else replier_libelle(mots)
    if isinstance(mots, Piege) or plie in {"", VALEUR_ABSENTE}:
        return _connu(None, dimension) if isinstance(mots, Piege) else None
    trouve = _NUMEROTE.fullmatch(plie)
    libelle = trouve[2] if trouve else plie
    niveau = next((n for n, dit in dimension.niveaux.items() if replier_libelle(dit) == libelle), None)
    return _connu(None if trouve and niveau != int(trouve[1]) else niveau, dimension)


def _connu(niveau: int | None, dimension: DimensionDePlace) -> int:
    if niveau is None or niveau not in dimension.niveaux:
        raise ValueError(dimension.cle)
    return niveau


def replier_libelle(texte: str) -> str:
    """Texte comparable : sans accent, minuscule, espaces simples, apostrophes, guillemets et tirets ordinaires."""
    return _replier_un_mot(texte) if len(texte) <= _MOT else _replier_un_texte(texte)


@lru_cache(maxsize=4096)
def _replier_un_mot(texte: str) -> str:
    """Gardé : d’une ligne à l’autre, une table redit les mêmes mots."""
    return _replier(texte)


@lru_cache(maxsize=8)
def _replier_un_texte(texte: str) -> str:
    """Gardé le temps d’une ligne : une cellule s’éprouve de plusieurs façons, et son texte peut être long."""
    return _replier(texte)


def _replier(texte: str) -> str:
    return " ".join(sans_accent(nettoyer(texte).translate(_ORDINAIRES)).casefold().split())


def replier_valeur(valeur: str | int | float) -> str:
    """Une réponse telle qu’écrite, pour la chercher dans une correspondance : « 1 », « 1,0 » et 1.0 y sont la même."""
    texte = str(valeur)
    trouve = _NOMBRE.fullmatch(nettoyer(texte).strip().replace("−", "-"))
    return str(int(trouve[1])) if trouve else replier_libelle(texte)


@lru_cache(maxsize=16)
def _libelles_sans_objet(referentiel: Referentiel) -> frozenset[str]:
    """Ce qu’un « sans objet » peut avoir pour libellé, replié : le sien, sa description, « SO » à côté."""
    sans = referentiel.echelle.sans_objet
    if sans is None:
        return frozenset()
    nom = replier_libelle(sans.libelle)
    autres = _decrits(sans.libelle, sans.description)
    return frozenset({nom, *autres, *(f"so{signe}{nom}" for signe in (" - ", " : ", ". ", "=", " = ")), f"{nom} (so)"})

"""Le questionnaire en une page HTML autonome : hors ligne, sans serveur, et qui rend une passation que cpit lit.

Elle porte de quoi rendre sans Python la restitution de qui y répond : règles, phrases et mots.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from cpit.coeur.colonnes import COLONNES_DU_TIERS
from cpit.coeur.expressions import derouler_les_regles
from cpit.coeur.incertitude import Incertitude, MotifIncertitude, motif_sans_region
from cpit.coeur.moteur import EGALITE
from cpit.coeur.mots.notice import (
    PORTEE_DES_CONDITIONS,
    code_a_montrer,
    consignes_de_reponse,
    nommer_echelle,
    question_de_reponse,
    regle_de_la_region,
    sens_de_sans_objet,
)
from cpit.coeur.mots.restitution import (
    CODES_CITES,
    NIVEAUX_D_ETENDUE,
    PHRASES_DE_RESTITUTION,
    dire_la_region,
    dominante_en_mots,
    motif_score,
    portee_de,
    presenter_l_ingenierie,
)
from cpit.coeur.notation import Score, centre_des_poles
from cpit.coeur.passation import (
    CODE_MAX,
    DATES_ATTENDUES,
    DIMENSIONS_DE_PLACE,
    MOIS,
    REGARDS,
    RETROSPECTIF,
    TRACE_MAX,
    DimensionDePlace,
    Passation,
    dire_la_date,
    est_retrospectif,
    moments_demandes,
    noms_des_moments,
    sans_objet,
)
from cpit.coeur.referentiel import SEPARATEUR_DE_CHOIX, Axe, Competence, EchelleNotee, Position, Referentiel
from cpit.coeur.tableaux import libelle_reponse
from cpit.figures.carte import carte_a_completer
from cpit.formats.passation_json import FORMAT_PASSATION, VERSION_AJOUTEE, VERSION_FORMAT_PASSATION
from cpit.lecture.contexte import REGARDS_AFFICHES
from cpit.lecture.forme_formulaire import choix_de_moment, choix_du_tiers, libelle_de_la_date, moments_presents
from cpit.ouverture import lire_texte_livre
from cpit.pages.page import TIRET, empreinte, environnement, style_d_un_morceau
from cpit.pages.page_personne import (
    PHRASES_DU_PLACEMENT,
    PHRASES_DU_POINT,
    SENS_DES_RELIEFS,
    STYLE_DE_PAGE,
    TITRES_DES_RELIEFS,
    rendre_un_corps_a_remplir,
)
from cpit.questionnaire.questionnaire import SECONDES_PAR_ITEM
from cpit.sceaux import __version__
from cpit.typographie import grouper, nettoyer, nombre, typographier

# --- de quoi rendre la restitution dans la page ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _RestitutionEnPage:
    """Ce qu’une page porte de plus pour rendre une restitution : des données, et le HTML qu’elles rempliront.

    ``vues`` : les cartes qui prendraient la place de celle du corps, si tout est près du centre.
    """

    donnees: Mapping[str, Any]
    corps: str
    vues: tuple[str, ...]


def _preparer_la_restitution(referentiel: Referentiel) -> _RestitutionEnPage:
    """Tout ce qu’il faut à la page, pour qui répond de soi."""
    carte = carte_a_completer(referentiel, STYLE_DE_PAGE)
    donnees = {**_donnees_de_restitution(referentiel), **_donnees_de_page(referentiel), "carte": carte.reperes}
    entiere, *agrandies = carte.figures
    vues = tuple(figure.svg for figure in agrandies)
    return _RestitutionEnPage(donnees, rendre_un_corps_a_remplir(referentiel, entiere), vues)


def _donnees_de_restitution(referentiel: Referentiel) -> dict[str, Any]:
    """Les règles déroulées et tous les mots d’une restitution sous son propre regard, en JSON.

    La page choisit les phrases comme cpit les choisit ; elle n’en écrit aucune.
    """
    regles = derouler_les_regles(referentiel)
    return {
        "regles": {
            "items": regles.items,
            "constantes": regles.constantes,
            "operations": regles.operations,
            "sorties": regles.sorties,
        },
        "phrases": _phrases(),
        "portees": [list(map(typographier, portee_de("t0" + quand, "soi"))) for quand in ("", RETROSPECTIF)],
        "retrospectif": RETROSPECTIF,
        "un_seul_pole": motif_sans_region(referentiel) == "un-seul-pole",
        "egalite": EGALITE,
        "codes_cites": CODES_CITES,
        "niveaux_d_etendue": NIVEAUX_D_ETENDUE,
        "ingenieries": [typographier(i.libelle) for i in referentiel.ingenieries],
        "echelles": [_echelle(referentiel, echelle) for echelle in referentiel.echelles.values()],
        "competences": [_competence(referentiel, competence) for competence in referentiel.competences],
        "niveaux": [
            [niveau.valeur, typographier(niveau.libelle), typographier(niveau.description or "")]
            for niveau in referentiel.echelle.niveaux
        ],
        "bornes": [referentiel.echelle.min, referentiel.echelle.max],
        "equilibre": typographier(dominante_en_mots(referentiel, ())),
        "portraits": list(map(presenter_l_ingenierie, referentiel.ingenieries)),
        "codes": [item.code for item in referentiel.items],
        "noms_des_items": {item.code: typographier(item.code) for item in referentiel.items},
        "axes": [_axe(axe) for axe in (referentiel.axes.x, referentiel.axes.y)],
        "centre": _point(centre_des_poles([i.position for i in referentiel.ingenieries])),
        "seuil_equilibre": nombre(referentiel.regles.seuil_equilibre.valeur, 2),
        "noms_des_jeux": [typographier(jeu.libelle) for jeu in referentiel.sensibilite],
        "jeux": [typographier(jeu.libelle.lower()) for jeu in referentiel.sensibilite],
    }


def _point(position: Position) -> dict[str, float]:
    return {"x": position.x, "y": position.y}


def _donnees_de_page(referentiel: Referentiel) -> dict[str, Any]:
    """Ce que la page écrit autour des phrases : titres, réponses en mots, niveaux à ancre, règle de la région."""
    return {
        "titres": list(TITRES_DES_RELIEFS["soi"]),
        "sens": list(SENS_DES_RELIEFS),
        "phrases_du_point": PHRASES_DU_POINT,
        "tiret": TIRET,
        "sans_objet": typographier(libelle_reponse(referentiel, sans_objet()) or ""),
        "cases": [[len(b.codes) for b in ligne.values()] for ligne in referentiel.baremes_des_cases.values()],
        "ancres": {item.code: [ancre.valeur for ancre in item.niveaux] for item in referentiel.items},
        "regle_de_la_region": list(regle_de_la_region()),
        "conditions": [_conditions(referentiel), typographier(PORTEE_DES_CONDITIONS)],
    }


def _conditions(referentiel: Referentiel) -> list[tuple[str, str, dict[str, str]]]:
    """Chaque question sur les conditions d’exercice : son identifiant, son libellé, et celui de chaque choix."""
    return [
        (q.identifiant, typographier(q.libelle), {choix.code: typographier(choix.libelle) for choix in q.choix})
        for q in referentiel.profil
        if q.condition
    ]


def _phrases() -> dict[str, str]:
    """Toutes les phrases, par clé ; par motif, pourquoi il n’y a pas de région, en phrase et en quelques mots."""
    motifs: tuple[MotifIncertitude, ...] = ("un-seul-pole", "trop-peu-de-competences")
    sans_region = {motif: dire_la_region(Incertitude(0, motif=motif)) for motif in motifs}
    en_phrase = {motif: f"{mots.capitalize()}." for motif, mots in sans_region.items()}
    en_mots = {f"motif-{motif}": mots.partition(" : ")[2] for motif, mots in sans_region.items()}
    tables = (PHRASES_DE_RESTITUTION, PHRASES_DU_PLACEMENT, en_phrase, en_mots)
    return {cle: typographier(texte) for table in tables for cle, texte in table.items()}


def _echelle(referentiel: Referentiel, echelle: EchelleNotee) -> dict[str, Any]:
    """Une échelle ; ``motifs`` : pourquoi son score serait absent, selon le nombre d’items répondus."""
    n, seuil = len(echelle.items), referentiel.regles.seuil.valeur
    absents = [Score(None, 0, n, "aucune-reponse" if n else "aucun-item")]
    absents += [Score(None, repondus, n, "sous-le-seuil") for repondus in range(1, n + 1)]
    return {
        "nom": typographier(nommer_echelle(echelle)),
        "regroupement": echelle.regroupement or "",
        "items": n,
        "motifs": [motif_score(score, seuil) for score in absents],
    }


def _competence(referentiel: Referentiel, competence: Competence) -> dict[str, Any]:
    return {
        "code": competence.identifiant,
        "libelle": typographier(competence.libelle),
        "code_montre": code_a_montrer(competence.identifiant, competence.libelle),
        "items": [item.code for item in referentiel.items_de(competence.identifiant)],
        "lectures": [
            [lecture.jusqua, typographier(lecture.constat), typographier(lecture.pas)]
            for lecture in competence.lectures
        ],
    }


def _axe(axe: Axe) -> dict[str, str]:
    return {"libelle": typographier(axe.libelle), "debut": typographier(axe.debut), "fin": typographier(axe.fin)}


# --- la page ---------------------------------------------------------------------------------------------------------

_GABARITS = Path(__file__).parent / "gabarits"
_RETRAIT_MAX = 25
"""Espaces que dit une lettre, de A à Z, en tête d’une ligne du référentiel joint ; celles de plus y restent écrites."""
_COMMENTAIRES = re.compile(r"^ *(?://|/\*| \*).*\n|^ +|^\n", re.MULTILINE)
"""Commentaires, retraits et lignes vides d’un script ou d’un style : la page n’en a pas l’usage."""
_ENTRE_REGLES = re.compile(r"\s*([{};])\s*")
"""Les blancs autour des accolades et des points-virgules d’un style ; aucun de ses textes n’en porte."""
_APRES_UN_NOM = re.compile(r"(?<=[{;])([a-z-]+:) ")
"""Le blanc d’après le nom d’une propriété."""


def page_formulaire_en_octets(  # noqa: PLR0913
    referentiel: Referentiel,
    *,
    identifiant: str = "",
    moment: str = "t0",
    regard: str = "soi",
    profil: Mapping[str, str] = MappingProxyType({}),
    tiers: Mapping[str, str] = MappingProxyType({}),
    place: bool = False,
    date_moment: str = "",
    restitution: bool = False,
) -> bytes:
    """La page d’un questionnaire, en UTF-8 : voir ``rendre_page_formulaire``."""
    page = partial(rendre_page_formulaire, referentiel, identifiant=identifiant, moment=moment, regard=regard)
    page = partial(page, profil=profil, tiers=tiers, place=place, date_moment=date_moment)
    return page(restitution=restitution).encode()


def rendre_page_formulaire(  # noqa: PLR0913
    referentiel: Referentiel,
    *,
    identifiant: str = "",
    moment: str = "t0",
    regard: str = "soi",
    profil: Mapping[str, str] = MappingProxyType({}),
    tiers: Mapping[str, str] = MappingProxyType({}),
    place: bool = False,
    date_moment: str = "",
    restitution: bool = False,
) -> str:
    """La page d’un questionnaire, à écrire en UTF-8 et à ouvrir d’un double-clic.

    :param identifiant: code de la personne ; s’il est donné, la page ne permet pas d’en changer.
    :param moment: moment coché d’avance, que la personne peut changer ; ``regard`` et ``profil`` de même. De
        « t1+retrospectif », chaque situation demande aussi où l’on en était au début.
    :param tiers: d’un tiers, que la page soit faite pour lui ou que l’on y coche ce regard, elle demande aussi le code
        et le rôle ; ceux que l’on donne d’avance (« evaluateur », « role_evaluateur »), dont le code ne se change pas.
    :param place: vrai pour demander aussi la fréquence et l’importance de chaque situation.
    :param date_moment: de quand on parle (du moment passé, s’il y en a un), si on le sait d’avance.
    :param restitution: vrai pour que la page finisse sur la restitution de qui y répond ; d’un tiers, jamais.
    :raises ValueError: moment ou regard inconnu ; l’appelant les vérifie, pour dire comment corriger.
    """
    if not moments_demandes(moment):
        raise ValueError(f"moment inconnu : {moment}")
    if regard not in REGARDS:
        raise ValueError(f"regard inconnu : {regard}")
    premier, *passes = moments_demandes(moment)
    donnes = {"identifiant": nettoyer(identifiant).strip(), "moment": premier, "regard": regard}
    passe = ("".join(passes), date_moment)
    places = DIMENSIONS_DE_PLACE if place else ()
    suite = _preparer_la_restitution(referentiel) if restitution and regard == "soi" else None
    return _remplir_le_gabarit(referentiel, donnes | _du_tiers(regard, tiers), profil, places, passe, suite)


def _remplir_le_gabarit(
    referentiel: Referentiel,
    donnes: dict[str, str],
    profil: Mapping[str, str],
    places: Sequence[DimensionDePlace],
    passe: tuple[str, str],
    suite: _RestitutionEnPage | None,
) -> str:
    style, script = _style_et_script(restituee=suite is not None)
    total = len(referentiel.ordre_de_passation())
    gabarit = environnement(_GABARITS).get_template("formulaire.html.j2")
    donnees = {**_donnees(referentiel, donnes, profil, passe), "places": _niveaux_de_place(places)}
    return gabarit.render(
        referentiel=referentiel,
        rangs={item.code: rang for rang, item in enumerate(referentiel.ordre_de_passation(), 1)},
        total=total,
        minutes=ceil(total * SECONDES_PAR_ITEM / 60) + 2,
        moments=_moments(referentiel, donnes["moment"], passe[0]),
        **_quand(referentiel, donnes["moment"], passe),
        regards=REGARDS_AFFICHES,
        du_tiers={colonne.cle: colonne.libelle for colonne in COLONNES_DU_TIERS},
        choix_du_tiers=choix_du_tiers(),
        donnes=donnes,
        profil_donne=profil,
        places=places,
        sans_objet=sens_de_sans_objet(referentiel, donnes["regard"]),
        question_donnee=question_de_reponse(referentiel, donnes["moment"], donnes["regard"]),
        trace_lisible=grouper(TRACE_MAX),
        corps=Markup(suite.corps) if suite else "",
        vues=Markup("").join(map(Markup, suite.vues)) if suite else "",
        version=__version__,
        politique=_politique(style, script),
        style=Markup(style),
        script=Markup(script),
        donnees=_json_inerte({**donnees, **_donnees_de_suite(suite)}),
    )


def _donnees_de_suite(suite: _RestitutionEnPage | None) -> dict[str, Any]:
    return {"restitution": suite.donnees} if suite else {}


def _niveaux_de_place(places: Sequence[DimensionDePlace]) -> dict[str, list[str]]:
    return {dimension.cle: [str(niveau) for niveau in dimension.niveaux] for dimension in places}


def _du_tiers(regard: str, tiers: Mapping[str, str]) -> dict[str, str]:
    """Ce que l’on demande à un tiers, et ce que l’on en sait déjà ; rien pour soi."""
    cles = [colonne.cle for colonne in COLONNES_DU_TIERS if regard == "tiers"]
    return {cle: nettoyer(tiers.get(cle, "")).strip() for cle in cles}


def _quand(referentiel: Referentiel, moment: str, passe: tuple[str, str]) -> dict[str, Any]:
    """Ce que le gabarit montre selon le moment.

    :param passe: le moment passé que l’on demande aussi, et la date du moment passé.
    """
    jumelle, date_moment = passe
    return {
        "jumelle": jumelle,
        "date_moment": dire_la_date(date_moment) if date_moment else "",
        "libelle_de_la_date": libelle_de_la_date(jumelee=bool(jumelle)),
        "entendre": list(_entendre(referentiel, (moment, *passe))),
        "questions": list(_questions(referentiel)),
        "question_du_debut": {regard: question_de_reponse(referentiel, jumelle, regard) for regard in REGARDS},
        "est_passe": est_retrospectif(moment),
    }


def _donnees_de_quand(passe: tuple[str, str]) -> dict[str, Any]:
    """Ce que le script sait des moments et de leur date."""
    jumelle, date_moment = passe
    dates = {"mois": MOIS, "dates_attendues": DATES_ATTENDUES}
    return {"jumelle": jumelle, "date_moment": date_moment, "retrospectif": RETROSPECTIF, **dates}


def _moments(referentiel: Referentiel, moment: str, jumelle: str) -> dict[str, str]:
    """Code → libellé des moments proposés, et celui que l’on a demandé s’il n’en est pas (t2…)."""
    choix = moments_presents(referentiel, moment) if jumelle else choix_de_moment(moment, referentiel)
    return {code: libelle for libelle, code in choix.items()}


def _entendre(referentiel: Referentiel, quand: tuple[str, str, str]) -> Iterator[tuple[str, str, str]]:
    """Regard, moment passé (vide pour le présent), et une consigne : la page montre celles que l’on a choisies.

    :param quand: le moment, le moment passé que l’on demande aussi, la date du moment passé.
    """
    moment, jumelle, date_moment = quand
    passes = [code for code in noms_des_moments(referentiel, moment) if est_retrospectif(code) and not jumelle]
    for regard in REGARDS:
        for passe in ("", *passes):
            for consigne in consignes_de_reponse(referentiel, passe, regard, date_moment, jumelle=jumelle):
                yield regard, passe, consigne


def _questions(referentiel: Referentiel) -> Iterator[tuple[str, str, str]]:
    """Regard, « non » pour le présent ou « oui » pour un moment passé, et la question posée."""
    for regard in REGARDS:
        for passe, moment in (("non", "t0"), ("oui", "t0" + RETROSPECTIF)):
            yield regard, passe, question_de_reponse(referentiel, moment, regard)


def _donnees(
    referentiel: Referentiel, donnes: dict[str, str], profil: Mapping[str, str], passe: tuple[str, str]
) -> dict[str, Any]:
    """Ce que le script a besoin de savoir : de quoi tenir la page et écrire la passation, rien de plus."""
    neuve = Passation.nouvelle(referentiel)
    rangs = {pose.code: rang for rang, pose in enumerate(neuve.items, 1)}
    return {
        "format": FORMAT_PASSATION,
        "version_format": VERSION_FORMAT_PASSATION,
        "version_ajoutee": VERSION_AJOUTEE,
        "cpit": __version__,
        "donnes": donnes,
        "profil_donne": [[question, code] for question, code in profil.items()],
        "secondes_par_item": SECONDES_PAR_ITEM,
        "code_max": CODE_MAX,
        "trace_max": TRACE_MAX,
        "valeurs": [niveau.valeur for niveau in referentiel.echelle.niveaux],
        "sans_objet": referentiel.echelle.sans_objet is not None,
        "competences": [[rangs[i.code] for i in referentiel.items_de(c.identifiant)] for c in referentiel.competences],
        "profil": [
            [q.identifiant, [c.code for c in q.choix], q.plusieurs, q.aucun.code if q.aucun else ""]
            for q in referentiel.profil
        ],
        "entre_choix": SEPARATEUR_DE_CHOIX,
        "referentiel": {
            "identifiant": neuve.referentiel.identifiant,
            "version": neuve.referentiel.version,
            "empreinte": neuve.referentiel.empreinte,
        },
        "items": [
            {"code": i.code, "competence": i.competence, "ingenierie": i.ingenierie, "enonce": i.enonce}
            for i in neuve.items
        ],
        "texte_referentiel": _resserrer(neuve.texte_referentiel),
        **_donnees_de_quand(passe),
    }


def _resserrer(texte: str) -> str:
    """Le texte, le retrait de chaque ligne dit par une lettre (A : aucun…) : la page en est plus légère."""
    retraits = ((ligne, min(len(ligne) - len(ligne.lstrip(" ")), _RETRAIT_MAX)) for ligne in texte.split("\n"))
    return "\n".join(f"{chr(ord('A') + retrait)}{ligne[retrait:]}" for ligne, retrait in retraits) if texte else ""


def _json_inerte(donnees: dict[str, Any]) -> Markup:
    r"""JSON où rien ne peut fermer la balise ``script`` : ``<`` devient ``\u003c``, U+2028 devient ``\u2028``."""
    texte = json.dumps(donnees, ensure_ascii=False, separators=(",", ":"))
    for caractere in "<>&\u2028\u2029":
        texte = texte.replace(caractere, f"\\u{ord(caractere):04x}")
    return Markup(texte)


def _politique(style: str, script: str) -> Markup:
    """La politique de sécurité de la page : son style et son script, reconnus à leur empreinte, et rien d’autre."""
    regles = {
        "default-src": "'none'",
        "style-src": empreinte(style),
        "script-src": empreinte(script),
        "connect-src": "'none'",
        "img-src": "'none'",
        "form-action": "'none'",
        "base-uri": "'none'",
    }
    return Markup("; ".join(f"{nom} {valeur}" for nom, valeur in regles.items()))


def _style_et_script(*, restituee: bool) -> tuple[str, str]:
    style = _gabarit("formulaire.css")
    if restituee:
        style = "\n".join((style, _gabarit("restitution.css"), style_d_un_morceau("personne", "#restitution")))
    suite = ("notation.js", "lecture.js", "dessin.js", "restitution.js") if restituee else ()
    script = "\n".join(map(_gabarit, ("enregistrement.js", *suite, "formulaire.js")))
    style = _ENTRE_REGLES.sub(r"\1", _COMMENTAIRES.sub("", style))
    return _APRES_UN_NOM.sub(r"\1", style), _COMMENTAIRES.sub("", script)


@cache
def _gabarit(nom: str) -> str:
    """Le texte d’un fichier joint, en fins de ligne LF : son empreinte est celle que le navigateur recalcule."""
    return lire_texte_livre(_GABARITS / nom)

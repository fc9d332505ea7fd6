"""Le questionnaire en une page HTML autonome : hors ligne, sans serveur, et qui rend une passation que cpit lit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from cpit.coeur.colonnes import COLONNES_DU_TIERS
from cpit.coeur.mots.notice import consignes_de_reponse, question_de_reponse, sens_de_sans_objet
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
)
from cpit.coeur.referentiel import SEPARATEUR_DE_CHOIX, Referentiel
from cpit.formats.passation_json import FORMAT_PASSATION, VERSION_AJOUTEE, VERSION_FORMAT_PASSATION
from cpit.formulaire.restitution_en_page import RestitutionEnPage, preparer_la_restitution
from cpit.lecture.contexte import REGARDS_AFFICHES
from cpit.lecture.forme_formulaire import (
    choix_de_moment,
    choix_du_tiers,
    libelle_de_la_date,
    moments_presents,
)
from cpit.ouverture import lire_texte_livre
from cpit.pages.page import empreinte, environnement, style_d_un_morceau
from cpit.questionnaire.questionnaire import SECONDES_PAR_ITEM
from cpit.sceaux import __version__
from cpit.typographie import grouper, nettoyer

_GABARITS = Path(__file__).parent / "gabarits"
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
    suite = preparer_la_restitution(referentiel) if restitution and regard == "soi" else None
    return _remplir_le_gabarit(referentiel, donnes | _du_tiers(regard, tiers), profil, places, passe, suite)


def _remplir_le_gabarit(
    referentiel: Referentiel,
    donnes: dict[str, str],
    profil: Mapping[str, str],
    places: Sequence[DimensionDePlace],
    passe: tuple[str, str],
    suite: RestitutionEnPage | None,
) -> str:
    style, script = _style_et_script(restituee=suite is not None)
    total = len(referentiel.ordre_de_passation())
    gabarit = environnement(_GABARITS).get_template("formulaire.html.j2")
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
        version=__version__,
        politique=_politique(style, script),
        style=Markup(style),
        script=Markup(script),
        donnees=_json_inerte(
            {
                **_donnees(referentiel, donnes, profil, passe),
                "places": _niveaux_de_place(places),
                **_donnees_de_suite(suite),
            }
        ),
    )


def _donnees_de_suite(suite: RestitutionEnPage | None) -> dict[str, Any]:
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
        "texte_referentiel": neuve.texte_referentiel,
        **_donnees_de_quand(passe),
    }


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

"""Ce que l’on peut dire d’une étude, en phrases prudentes : ni « bon » ni « mauvais », ce que disent les nombres et ce
qu’ils ne disent pas."""

from __future__ import annotations

from collections.abc import Iterator

from cpit.coeur.fidelite import Intervalles
from cpit.coeur.fidelite.coherence_interne import DECIMALES_DU_MODELE, Reserve
from cpit.coeur.fidelite.estimation import (
    MINIMUM,
    MONTRABLE,
    MONTRABLE_EN_DETAIL,
    TIENT,
    TIENT_L_ASYMETRIE,
    TUS,
    Estimation,
    Motif,
)
from cpit.coeur.fidelite.etude import Appariement, Etude, EtudeEchelle, EtudeStrate
from cpit.coeur.groupe import EFFECTIF_MINIMAL, TU
from cpit.coeur.referentiel import Nature
from cpit.typographie import enumerer, enumerer_les_premiers, grouper, nombre, pluriel, se_distinguent, typographier

_NOMS: dict[Nature, str] = {"competence": "Compétences", "ingenierie": "Ingénieries", "groupe": "Regroupements"}
_CITES = 5
"""Items ou échelles nommés au plus dans une phrase."""

_CE_QUE_NE_DIT_PAS_ALPHA = (
    "α et ω disent à quel point les items d'une échelle varient ensemble dans ce groupe. Ils ne disent ni qu'elle "
    "mesure "
    "ce que son nom annonce, ni qu'elle n'a qu'une dimension, ni ce qu'elle vaudrait ailleurs.",
    "α monte avec le nombre d'items : à corrélations égales, une échelle courte en a mécaniquement un plus bas qu'une "
    "longue. La corrélation inter-items moyenne, elle, ne dépend pas de ce nombre.",
)
_COMMUNS = (
    "Compétences, ingénieries et regroupements lisent les mêmes items : leurs corrélations croisées en sont gonflées "
    "et "
    "ne prouvent rien par elles-mêmes."
)
_PORTEE_MOMENTS = (
    "Entre deux moments, un écart peut être un vrai changement, un autre regard sur soi ou une mesure instable : "
    "l'ICC ne "
    "les distingue pas. Il ne dit la stabilité de la mesure que si rien n'était censé changer."
)
_PORTEE_REGARDS = (
    "Soi et tiers ne voient pas le même travail : un accord faible n'est le défaut de personne. Une auto-évaluation "
    "recoupe faiblement un regard extérieur (Mabe et West, 1982) ; un écart se discute, il ne se corrige pas."
)

_INDICATIFS = (
    f"Intervalles indicatifs : sous {TIENT} personnes ({grouper(TIENT_L_ASYMETRIE)} pour l'asymétrie), aucune méthode "
    "essayée ne tient ses 95 % sur toutes les échelles asymétriques mesurées (guide du calcul)."
)
_CLASSIQUES = (
    "Intervalles classiques, demandés : ceux d'autres logiciels, exacts si les réponses suivent une loi normale et que "
    "chacun n'a qu'une passation. Sur des réponses tassées à un bout de l'échelle, ils sont trop étroits."
)


_TROP_PEU = (
    f"Moins de {MONTRABLE} {{}} : rien n'est montré. Les tableaux donneraient les réponses de quelqu'un, et "
    "n'apprendraient rien de l'instrument."
)
_SANS_DETAIL = (
    f"« {TU} » : porté par moins de {MONTRABLE_EN_DETAIL} personnes. Les moyennes se montrent dès {MONTRABLE} ; "
    "répartitions, écarts-types, extrêmes et intervalles, qui avec elles feraient retrouver les réponses de chacune, "
    f"dès {MONTRABLE_EN_DETAIL}."
)
_SANS_ECART = (
    f"Écart « {TU} » : à moins de {MONTRABLE} personnes il manque une réponse, ou un score d'un côté. Joint aux autres "
    "moyennes, il les ferait retrouver."
)
_SANS_MOYENNE = (
    f"Moyenne d'une échelle « {TU} » : jointe aux autres moyennes, elle ferait retrouver moins de {MONTRABLE} "
    "personnes, à qui il manque une réponse."
)
_SANS_MOYENNE_D_UN_COTE = f"Écart « {TU} » : la moyenne de l'échelle l'est d'un côté, et il la rendrait."
_A_NE_PAS_PARTAGER = (
    f"Un groupe de moins de {EFFECTIF_MINIMAL} passations laisse deviner des réponses dans le détail des items. Cette "
    "étude sert à analyser ; pour partager, « cpit exporter --diffusion » tait les petits groupes."
)


def lire_la_strate(strate: EtudeStrate) -> list[str]:
    """Les phrases d’un moment sous un regard."""
    if not strate.echelles:
        return [typographier(_TROP_PEU.format("personnes"))]
    phrases = [
        *_phrases_des_alphas(strate),
        *_phrases_des_omegas(strate),
        *_phrases_des_paires(strate),
        *_phrases_des_items(strate),
        *_phrases_des_manques(strate),
    ]
    if strate.personnes < strate.passations:
        phrases.append(_plusieurs_passations(strate))
    if _a_un_intervalle_indicatif(strate):
        phrases.append(_INDICATIFS)
    if _tait_un_detail(strate):
        phrases.append(_SANS_DETAIL)
    if strate.sans_moyenne:
        phrases.append(_SANS_MOYENNE)
    return [typographier(phrase) for phrase in phrases]


def _plusieurs_passations(strate: EtudeStrate) -> str:
    """Ce que valent des passations qui se ressemblent d’être de la même personne."""
    return (
        f"{grouper(strate.passations)} passations de {pluriel(strate.personnes, 'personne')} : celles d'une même "
        "personne se ressemblent. Chaque n compte des passations ; les intervalles robustes et ceux des parts, des "
        "personnes."
    )


def lire_l_appariement(appariement: Appariement) -> list[str]:
    """Les phrases d’une comparaison de moments ou de regards."""
    phrases = []
    if appariement.ecartees:
        laissees = pluriel(appariement.ecartees, "personne laissée", "personnes laissées")
        phrases.append(f"{laissees} de côté : plusieurs passations du même moment sous le même regard.")
    if appariement.accords:
        phrases.append(_PORTEE_MOMENTS if appariement.sorte == "moments" else _PORTEE_REGARDS)
    elif appariement.paires:
        phrases.append(_TROP_PEU.format("paires"))
    else:
        phrases.append("Aucune personne n'est présente, une seule fois, des deux côtés : rien à comparer.")
    if any(accord.ecart_moyen.motif is Motif.SOUSTRACTION for accord in appariement.accords.values()):
        phrases.append(_SANS_ECART)
    if any(accord.ecart_moyen.motif is Motif.SOUSTRACTION_DES_ITEMS for accord in appariement.accords.values()):
        phrases.append(_SANS_MOYENNE_D_UN_COTE)
    if any(accord.ecart_moyen.indicatif for accord in appariement.accords.values()):
        phrases.append(_INDICATIFS)
    return [typographier(phrase) for phrase in phrases]


def lire_l_etude(etude: Etude) -> list[str]:
    """Ce qui vaut pour toute l’étude."""
    phrases = [*_CE_QUE_NE_DIT_PAS_ALPHA, _COMMUNS]
    if any(strate.echelles and strate.passations < EFFECTIF_MINIMAL for strate in etude.strates):
        phrases.append(_A_NE_PAS_PARTAGER)
    if etude.intervalles is Intervalles.CLASSIQUES:
        phrases.append(_CLASSIQUES)
    if _a_des_poids_inegaux(etude):
        phrases.append(
            "Certaines échelles pondèrent leurs items : leurs scores sont pondérés, mais α, ω et l'erreur type portent "
            "sur les items non pondérés."
        )
    if etude.sans_code and etude.passations > etude.sans_code:
        sans_code = pluriel(etude.sans_code, "passation")
        phrases.append(f"{sans_code} sans code de personne : comptées ici, mais dans aucune paire.")
    return [typographier(phrase) for phrase in phrases]


def _a_des_poids_inegaux(etude: Etude) -> bool:
    return any(not e.poids_egaux for strate in etude.strates for e in strate.echelles.values())


def _a_un_intervalle_indicatif(strate: EtudeStrate) -> bool:
    estimees = (e for echelle in strate.echelles.values() for e in (echelle.moyenne, echelle.asymetrie))
    return any(estimee.indicatif for estimee in estimees)


def _tait_un_detail(strate: EtudeStrate) -> bool:
    ecarts = [*(e.ecart_type for e in strate.echelles.values()), *(i.ecart_type for i in strate.items)]
    return any(ecart.motif is Motif.PETIT_GROUPE for ecart in ecarts)


def _phrases_des_omegas(strate: EtudeStrate) -> Iterator[str]:
    """Les échelles dont ω se lit avec réserve, et celles dont il est borné."""
    doutes = [
        f"{code} (ω {intervalle(echelle.coherence.omega)} ; {_ce_qui_fait_douter(echelle)})"
        for code, echelle in strate.echelles.items()
        if echelle.coherence.reserves
    ]
    if doutes:
        yield f"ω se lit avec réserve : {_citer(doutes)}. Ces items ne mesurent peut-être pas une seule chose."
    bornes = [c for c, echelle in strate.echelles.items() if echelle.coherence.omega.motif is Motif.OMEGA_BORNE]
    if bornes:
        yield (
            f"ω borné, sans intervalle : {_citer(bornes)}. Un item y aurait, sans borne, une variance propre négative "
            "(cas "
            "de Heywood) : souvent trop peu de passations, ou trois items inégaux."
        )


def _ce_qui_fait_douter(echelle: EtudeEchelle) -> str:
    ajustement, dites = echelle.coherence.ajustement, []
    if Reserve.SENS_CONTRAIRES in echelle.coherence.reserves:
        contraires = [code for code, tenue in echelle.tenues.items() if (tenue.saturation.valeur or 0) < 0]
        dites.append(f"à contre-sens : {_citer(contraires)}")
    if ajustement is not None and Reserve.AJUSTEMENT in echelle.coherence.reserves:
        rmsea = "" if ajustement.rmsea is None else f"RMSEA {nombre(ajustement.rmsea, DECIMALES_DU_MODELE)}, "
        dites.append(f"un seul facteur s'ajuste mal, {rmsea}SRMR {nombre(ajustement.srmr, DECIMALES_DU_MODELE)}")
    return ", ".join(dites)


def _phrases_des_paires(strate: EtudeStrate) -> Iterator[str]:
    """Les échelles dont les passations complètes ne donnent pas le même α que toutes les réponses."""
    ecarts = []
    for code, echelle in strate.echelles.items():
        complet, paires = echelle.coherence.alpha, echelle.coherence.alpha_par_paires
        if complet.valeur is None or paires.valeur is None or not se_distinguent(complet.valeur, paires.valeur, 2):
            continue
        ecarts.append((-abs(complet.valeur - paires.valeur), code, complet, paires))
    dites = [
        f"{code} ({nombre(complet.valeur or 0, 2)} sur {grouper(complet.n)} passations complètes, "
        f"{nombre(paires.valeur or 0, 2)} par paires sur {grouper(paires.n)})"
        for _, code, complet, paires in sorted(ecarts, key=lambda ecart: ecart[:2])
    ]
    if dites:
        yield (
            f"Avec toutes les réponses, α change : {_citer(dites)}. Le nombre montré est celui des passations "
            "complètes, "
            "qui ne ressemblent peut-être pas aux autres."
        )


def _phrases_des_alphas(strate: EtudeStrate) -> Iterator[str]:
    if strate.passations < MINIMUM:
        yield (
            f"{pluriel(strate.passations, 'passation')} : trop peu pour estimer une fidélité ou une corrélation (il en "
            f"faut {MINIMUM} au moins)."
        )
        return
    for nature, nom in _NOMS.items():
        estimees = sorted(
            (e.coherence.alpha.valeur, e.echelle.identifiant, e)
            for e in strate.echelles.values()
            if e.echelle.nature == nature and e.coherence.alpha.valeur is not None
        )
        if estimees:
            yield _phrase_d_etendue(nom, [echelle for _, _, echelle in estimees])


def _phrase_d_etendue(nom: str, echelles: list[EtudeEchelle]) -> str:
    """``echelles`` par α croissant."""
    bas, haut = echelles[0], echelles[-1]
    tailles = sorted({len(e.echelle.items) for e in echelles})
    items = f"{tailles[0]} items" if len(tailles) == 1 else f"de {tailles[0]} à {tailles[-1]} items"
    effectifs = sorted(e.completes for e in echelles)
    combien = str(effectifs[0]) if effectifs[0] == effectifs[-1] else f"{effectifs[0]} à {effectifs[-1]}"
    if bas is haut:
        return f"{nom} ({items} par échelle, n = {combien}) : α {_alpha(bas)}."
    if not se_distinguent(bas.coherence.alpha.valeur or 0, haut.coherence.alpha.valeur or 0, 2):
        return f"{nom} ({items} par échelle, n = {combien}) : α {_alpha(haut)}, et autant ailleurs."
    return f"{nom} ({items} par échelle, n = {combien}) : α de {_alpha(bas)} à {_alpha(haut)}."


def _alpha(echelle: EtudeEchelle) -> str:
    return f"{intervalle(echelle.coherence.alpha)} pour {echelle.echelle.identifiant}"


def intervalle(estimation: Estimation, decimales: int = 2, facteur: int = 1) -> str:
    """« 0,72 [0,61;0,80] », ou la seule valeur si l’intervalle manque ; sans valeur, « tu » ou « non estimable »."""
    if estimation.valeur is None:
        return TU if estimation.motif in TUS else "non estimable"
    valeur = nombre(estimation.valeur * facteur, decimales)
    if estimation.bas is None or estimation.haut is None:
        return valeur
    return f"{valeur} [{nombre(estimation.bas * facteur, decimales)};{nombre(estimation.haut * facteur, decimales)}]"


def _phrases_des_items(strate: EtudeStrate) -> Iterator[str]:
    """Les items figés, ceux qui vont à contre-sens, ceux sans lesquels α serait plus haut ; dans leur compétence."""
    competences = [e for e in strate.echelles.values() if e.echelle.nature == "competence"]
    yield from _phrase_des_figes(competences)
    contraires = [
        f"{code} ({echelle.echelle.identifiant}, r = {intervalle(tenue.correlation_reste)})"
        for echelle in competences
        for code, tenue in echelle.tenues.items()
        if (r := tenue.correlation_reste.valeur or 0) < 0 and se_distinguent(r, 0, 2)
    ]
    if contraires:
        yield (
            f"À contre-sens des autres items de leur compétence : {_citer(contraires)}. Un énoncé mal compris, un "
            "item à "
            "déclarer inverse, ou le hasard d'un petit groupe."
        )
    releves = [
        f"{code} ({echelle.echelle.identifiant} : {nombre(sans, 2)} sans lui, {nombre(avec, 2)} avec)"
        for echelle in competences
        for code, tenue in echelle.tenues.items()
        if (avec := echelle.coherence.alpha.valeur) is not None
        and (sans := tenue.alpha_sans.valeur) is not None
        and tenue.correlation_reste.motif is not Motif.ITEM_SANS_VARIANCE
        and sans > avec
        and se_distinguent(sans, avec, 2)
    ]
    if releves:
        yield (
            f"α serait plus haut sans : {_citer(releves)}. C'est un énoncé à relire, pas un item à ôter : l'écart peut "
            "tenir au hasard, et une situation distincte a sa place dans une compétence."
        )


def _phrase_des_figes(competences: list[EtudeEchelle]) -> Iterator[str]:
    figes = [
        f"{code} ({echelle.echelle.identifiant})"
        for echelle in competences
        for code, tenue in echelle.tenues.items()
        if tenue.correlation_reste.motif is Motif.ITEM_SANS_VARIANCE
    ]
    if figes:
        gardes, otes = ("cet item", "l'ôte") if len(figes) == 1 else ("ces items", "les ôte")
        yield (
            f"La même réponse chez tous ceux qui ont répondu à toute l'échelle : {_citer(figes)}. α garde {gardes} "
            f"(psych {otes}, et son α diffère) ; ni ω ni saturation ne s'estiment plus."
        )


def _phrases_des_manques(strate: EtudeStrate) -> Iterator[str]:
    """Ce qui est le plus souvent sans objet ou laissé vide, et les scores tassés à un bout de l’échelle."""
    for quoi, cle in (("sans objet", "sans_objet"), ("laissés sans réponse", "sans_reponse")):
        parts = ((part, i.item.code) for i in strate.items if _part_visible(part := getattr(i, cle).valeur or 0))
        frequents = sorted(parts, key=lambda paire: (-paire[0], paire[1]))[:_CITES]
        if frequents:
            cites = enumerer([f"{code} ({nombre(part * 100, 0)} %)" for part, code in frequents])
            yield f"Le plus souvent {quoi} : {cites}, sur {pluriel(strate.passations, 'passation')}."
    for bout, cle in (("plancher", "plancher"), ("plafond", "plafond")):
        parts = ((getattr(e, cle).valeur or 0, code) for code, e in strate.echelles.items())
        part, code = max(parts, key=lambda paire: paire[0], default=(0.0, ""))
        if _part_visible(part):
            estimation = intervalle(getattr(strate.echelles[code], cle), 0, 100)
            n = getattr(strate.echelles[code], cle).n
            yield f"Au {bout} : {code} surtout, {estimation} % des scores (n = {n})."


def _part_visible(part: float) -> bool:
    """Vrai si une part ne s’écrit pas « 0 % »."""
    return se_distinguent(part * 100, 0, 0)


def _citer(cites: list[str]) -> str:
    return enumerer_les_premiers(cites, _CITES)

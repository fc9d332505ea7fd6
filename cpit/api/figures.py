"""Les figures, de Python : dessiner une personne ou un groupe, montrer le dessin dans un carnet, l’écrire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cpit.api.arguments import Chemin, exiger_un_emploi, facade
from cpit.api.comparaison import comparer_des_sources, evolution
from cpit.api.groupe import equipes, lire_selon, lire_une_personne_ou_un_groupe
from cpit.coeur import Progres
from cpit.coeur.cohorte import Cohorte
from cpit.coeur.comparaison import Comparaison, Parcours
from cpit.coeur.equipe import EquipeLue
from cpit.coeur.evolution import Evolution
from cpit.coeur.groupe import REGLE
from cpit.coeur.mots.lecture_comparaison import titrer_l_evolution
from cpit.coeur.mots.restitution import Restitution, composer_restitution
from cpit.coeur.passation import replier_code
from cpit.erreurs import ACopier, Anomalie, ErreurCpit, anomalie, ecriture, refus, refusees
from cpit.figures import COMPARAISON, EQUIPE, EVOLUE, FIGURES, GROUPE, PARCOURS, PERSONNE
from cpit.formats.porte import SANS_PERMIS, Permis, poser, sceller
from cpit.formats.recueil import EtudeDEvolution, Recueil
from cpit.formats.registre import FIGURE, FORMATS, faute_de_suffixe
from cpit.lecture.lignes import BilanDeSource
from cpit.ouverture import commande_a_taper, option_a_taper
from cpit.passations.relecture import Relecture
from cpit.rapprochement import Rapprochement, code_absent
from cpit.typographie import accorder, enumerer, proche

if TYPE_CHECKING:
    from cpit.figures.dessin import Figure

Dessinable = Restitution | Relecture | Cohorte | Recueil | Rapprochement | EtudeDEvolution | EquipeLue
"""Ce dont une figure se dessine, telle que l’API le rend."""
_Sujet = Restitution | Cohorte | Comparaison | Parcours | Evolution | EquipeLue
_EVOLUTION, _REGARDS = "evolution", "regards"
"""Les figures de ce qui se compare d’un moment à l’autre, et de soi aux tiers."""
_DEUX_REGARDS = ("soi", "tiers")
_DECIMALES = {"virgule": ",", "point": "."}
_POUCE = 25.4
"""Millimètres dans un pouce."""
_LARGEURS = (60, 400)
"""Largeurs permises, en millimètres : d’une demi-colonne à une affiche."""
_RESOLUTIONS = (72, 1200)
"""Points par pouce permis."""


@facade
def figure(
    nature: str,
    quoi: Restitution | Relecture | Cohorte | Recueil | Rapprochement | EtudeDEvolution | EquipeLue,
    *,
    largeur: float = 170,
    decimale: str = "virgule",
    gris: bool = False,
    moment: str | None = None,
    regard: str | None = None,
) -> Figure:
    """Dessine une figure d’une personne, d’une équipe, d’un groupe ou de ce qui se compare ; un carnet la montre.

    Un groupe d’une seule passation est dessiné comme une personne ; deux moments ou deux regards ne se mêlent jamais.

    :param nature: carte, radar, distribution, matrice ou place ; de ce qui se compare : carte, evolution ou regards ;
        d’une équipe : carte ou tension, et tension d’une personne aussi.
    :param quoi: une restitution, une cohorte, une équipe, ce que rend ``cpit.comparer`` ou ``cpit.evolution``.
    :param largeur: en millimètres, de 60 à 400.
    :param decimale: virgule ou point.
    :param gris: vrai pour une figure sans couleur, à imprimer en noir.
    :param moment: ne prendre que ce moment ; ``regard`` : que ce regard.
    :raises MauvaisEmploi: figure, mesure ou signe décimal hors de ce qui est permis ; un moment ou un regard choisi là
        où la figure en montre plusieurs.
    :raises ErreurCpit: plusieurs strates, ou aucune ; une figure de groupe demandée d’une personne ; rien à y montrer.
    """
    from cpit.figures.dessin import Style

    exiger_un_emploi(fautes_de_figure(nature, largeur=largeur, decimale=decimale))
    sujet, de = _choisir_le_sujet(nature, quoi, moment, regard)
    if not FIGURES[nature].se_dessine(de):
        autres = ", ".join(autre for autre, declaree in FIGURES.items() if declaree.se_dessine(de))
        raise refus(_pourquoi_pas(nature, de), nature=nature, autres=autres)
    if not FIGURES[nature].se_montre(de, sujet):
        raise _rien_a_montrer(nature, de)
    if isinstance(sujet, Evolution) and (sujet.trop_petite or not sujet.personnes):
        presentes = accorder(sujet.appariees, "personne présente", "personnes présentes")
        raise refus("figure-sans-groupe", nature=nature, presentes=presentes, seuil=sujet.regle.seuil)
    style = Style(round(largeur / _POUCE * 96, 1), _DECIMALES[decimale], gris=gris)
    dessinee: Figure = FIGURES[nature].dessinateur(de)(sujet, style)
    return dessinee


def _rien_a_montrer(nature: str, de: str) -> ErreurCpit:
    """Pourquoi une figure n’a rien à montrer ; d’une personne seule, il n’est pas question d’effectif."""
    if de == PARCOURS:
        return refus("figure-sans-tiers", nature=nature)
    return refus("figure-sans-donnees", nature=nature, assez=" par assez de personnes" if de == GROUPE else "")


def fautes_de_figure(nature: str, *, largeur: float = 170, decimale: str = "virgule") -> Iterator[Anomalie]:
    """Ce qui ne va pas dans la figure que l’on demande."""
    if nature not in FIGURES:
        yield anomalie("figure-inconnue", valeur=nature, connus=", ".join(FIGURES), proche=proche(nature, FIGURES))
    if decimale not in _DECIMALES:
        yield anomalie("figure-decimale", valeur=decimale)
    yield from _fautes_de_mesure("--largeur", largeur, _LARGEURS, "millimètres")


def fautes_d_image(chemin: Chemin, *, ppp: int = 300) -> Iterator[Anomalie]:
    """Ce qui ne va pas dans le fichier que l’on demande."""
    if (faute := faute_de_suffixe(chemin, FIGURE)) is not None:
        yield faute
    yield from _fautes_de_mesure("--ppp", ppp, _RESOLUTIONS, "points par pouce")


def exiger_la_bibliotheque(chemin: Chemin) -> None:
    """Refuse, avant tout travail, un format dont la bibliothèque manque.

    :raises ErreurCpit: avec ce qu’il faut installer.
    """
    format_ = FORMATS[Path(chemin).suffix.lower()]
    for bibliotheque in format_.manquantes():
        raise refus("figure-sans-bibliotheque", format=format_.nom, bibliotheque=bibliotheque.replace("_", "-"))


def ecrire_figure(
    figure: Figure, chemin: Chemin, *, ppp: int = 300, remplacer: bool = False, permis: Permis = SANS_PERMIS
) -> Path:
    """Écrit une figure, au format que dit le suffixe (.svg, .pdf, .png), et rend son chemin.

    :param ppp: points par pouce d’un PNG, de 72 à 1200.
    :param permis: ce que l’on peut remplacer : celui de la lecture d’où elle vient.
    :raises MauvaisEmploi: suffixe inconnu, ou résolution hors de ce qui est permis.
    :raises ErreurCpit: bibliothèque absente, place prise ou qui ne s’écrit pas.
    """
    cible = Path(chemin)
    exiger_un_emploi(fautes_d_image(cible, ppp=ppp))
    exiger_la_bibliotheque(cible)
    suffixe = cible.suffix.lower()
    octets = FORMATS[suffixe].ecrire(FIGURE)(figure, ppp=ppp)
    with ecriture(cible):
        poser(cible, sceller(octets, suffixe), Permis(permis.sources, remplacer or permis.remplacer))
    return cible


def _fautes_de_mesure(option: str, valeur: float, bornes: tuple[int, int], unite: str) -> Iterator[Anomalie]:
    minimum, maximum = bornes
    if not minimum <= valeur <= maximum:
        mots = {"option": option, "valeur": f"{valeur:g}", "minimum": minimum, "maximum": maximum, "unite": unite}
        yield anomalie("figure-mesure", **mots)


def _choisir_le_sujet(nature: str, quoi: Dessinable, moment: str | None, regard: str | None) -> tuple[_Sujet, str]:
    """Ce que l’on dessine, et ce que c’est.

    Une restitution s’il n’y a qu’une passation, sinon le groupe d’un seul moment sous un seul regard ; de ce qui se
    compare, les deux passations, ou tout le parcours si la figure s’en dessine.
    """
    if isinstance(quoi, EtudeDEvolution):
        return _choisir_l_evolution(nature, quoi, moment, regard), EVOLUE
    if isinstance(quoi, Rapprochement):
        return _choisir_du_rapprochement(nature, quoi, moment, regard)
    if isinstance(quoi, EquipeLue):
        _choisir_la_strate([(quoi.moment, quoi.regard)], moment, regard)
        return _exiger_une_equipe_montrable(quoi), EQUIPE
    if isinstance(quoi, Relecture):
        quoi = quoi.restitution
    if isinstance(quoi, Restitution):
        _choisir_la_strate([(quoi.passation.moment, quoi.passation.regard)], moment, regard)
        return quoi, PERSONNE
    groupe = _choisir_la_cohorte(quoi, moment, regard)
    if len(groupe.notees) == 1:
        return composer_restitution(groupe.referentiel, groupe.notees[0].passation), PERSONNE
    return groupe, GROUPE


def _choisir_du_rapprochement(
    nature: str, rapprochement: Rapprochement, moment: str | None, regard: str | None
) -> tuple[Comparaison | Parcours, str]:
    """Les deux passations comparées ; de « regards », le parcours, et de lui le moment que l’on nomme.

    :raises MauvaisEmploi: un choix qui ne vaut pas de plusieurs passations.
    :raises ErreurCpit: aucun tiers à ce moment.
    """
    du_parcours = FIGURES[nature].se_dessine(PARCOURS)
    choix = {"--moment": None if du_parcours else moment, "--regard": regard}
    if vains := [option for option, dit in choix.items() if dit is not None]:
        exiger_un_emploi([anomalie("figure-sans-choix", nature=nature, options=enumerer(vains))])
    if not du_parcours:
        return rapprochement.comparaison, COMPARAISON
    parcours = rapprochement.parcours
    if moment is None:
        return parcours, PARCOURS
    du_moment = tuple(regards for regards in parcours.regards if regards.moment == moment)
    if parcours.regards and not du_moment:
        strates = _nommer([(regards.moment, "tiers") for regards in parcours.regards])
        raise refus("figure-strate-absente", choix=moment, strates=strates)
    return replace(parcours, regards=du_moment), PARCOURS


def _exiger_une_equipe_montrable(equipe: EquipeLue) -> EquipeLue:
    if equipe.tue:
        raise refus("figure-equipe-tue", equipe=equipe.libelle, minimum=REGLE.seuil)
    return equipe


def _choisir_l_evolution(nature: str, etude: EtudeDEvolution, moment: str | None, regard: str | None) -> Evolution:
    """La dernière évolution dont la figure se dessine : de soi aux tiers pour « regards », d’un moment à l’autre sinon.

    :raises ErreurCpit: s’il n’y en a aucune de ce moment et de ce regard.
    """
    des_regards = nature == _REGARDS
    possibles = [
        une
        for une in etude.evolutions
        if (nature not in (_REGARDS, _EVOLUTION) or une.entre_regards == des_regards)
        and moment in (None, une.de[0], une.a[0])
        and regard in (None, une.de[1], une.a[1])
    ]
    if not possibles:
        faites = enumerer([titrer_l_evolution(une) for une in etude.evolutions])
        raise ErreurCpit([*etude.anomalies, anomalie("figure-sans-evolution", nature=nature, faites=faites)])
    return possibles[-1] if des_regards else possibles[0]


def _pourquoi_pas(nature: str, de: str) -> str:
    """Le message d’une figure qui ne se dessine pas de cela."""
    if de in (COMPARAISON, PARCOURS, EVOLUE):
        return "figure-d-une-passation"
    if de == GROUPE and FIGURES[nature].se_dessine(PERSONNE):
        return "figure-de-groupe-absente"
    return "figure-de-comparaison-seule" if _se_dessine_d_une_comparaison(nature) else "figure-de-groupe-seule"


@dataclass(frozen=True, slots=True)
class LectureDeFigure:
    """Ce qu’il faut lire pour une figure, et comment.

    ``strate`` : ``moment`` et ``regard`` voulus ; ``moments`` : ``de`` et ``a``, que l’on compare ; ``consignes`` :
    celles de ``lire``, par leur nom ; ``sortie`` : le fichier que l’on écrira ensuite ; ``code`` : celui de la
    personne, parmi d’autres ; ``equipe`` : « QUESTION » ou « QUESTION=ÉQUIPE ».
    """

    nature: str
    sources: Sequence[str]
    referentiel: str | None
    strate: Mapping[str, str | None]
    moments: Mapping[str, str | None]
    consignes: Mapping[str, str | None]
    sortie: Path
    remplacer: bool = False
    code: str | None = None
    equipe: str | None = None

    @property
    def compare(self) -> bool:
        """Vrai si l’on a nommé les moments à comparer."""
        return any(dit is not None for dit in self.moments.values())

    @property
    def deux_moments(self) -> tuple[str, str]:
        """Les moments à comparer : ceux que l’on nomme, sinon le premier et le suivant."""
        return self.moments["de"] or "t0", self.moments["a"] or "t1"

    def fautes(self) -> Iterator[Anomalie]:
        """Les choix qui ne vont pas ensemble."""
        if self.nature == _REGARDS and self.compare:
            yield anomalie("figure-regards-d-un-moment", nature=self.nature)
        if self.equipe is not None:
            for option, dit in {"--code": self.code is not None, "--de": self.compare}.items():
                if dit:
                    yield anomalie("figure-d-equipe-sans-choix", option=option)
            if not FIGURES[self.nature].se_dessine(EQUIPE):
                autres = ", ".join(autre for autre, declaree in FIGURES.items() if declaree.se_dessine(EQUIPE))
                yield anomalie("figure-sans-equipe", nature=self.nature, autres=autres)


@dataclass(frozen=True, slots=True)
class LuePourUneFigure:
    """Ce dont une figure se dessine, ce que la lecture a fait dire, et ce que l’on peut remplacer.

    ``sources`` : ce que chacune a donné ; vide de ce qui n’est que d’une personne.
    """

    sujet: Dessinable
    anomalies: tuple[Anomalie, ...]
    permis: Permis
    sources: tuple[BilanDeSource, ...] = ()


def lire_pour_une_figure(voulue: LectureDeFigure, progres: Progres | None = None) -> LuePourUneFigure:
    """Lit ce dont une figure se dessine.

    De ce qui se compare : les passations d’une personne ou, de plusieurs personnes, ce qui a bougé dans leur groupe.

    :raises MauvaisEmploi: si la sortie est une source, une consigne impossible, ou des choix qui ne vont pas ensemble.
    :raises ErreurCpit: comme ``lire``, ``relire``, ``comparer`` ou ``evolution`` ; personne de ce code, aucune équipe
        de ce nom.
    """
    exiger_un_emploi(voulue.fautes())
    if voulue.equipe is not None:
        return _lire_une_equipe(voulue, voulue.equipe, progres)
    if not (voulue.compare or _se_dessine_d_une_comparaison(voulue.nature)):
        lue, permis = _lire_une_strate(voulue, progres)
        choisie = lue if voulue.code is None else _de_cette_personne(voulue, lue, voulue.code)
        sources = choisie.sources if isinstance(choisie, Recueil) and voulue.code is None else ()
        return LuePourUneFigure(choisie, choisie.anomalies, permis, sources)
    if voulue.compare and voulue.code is None:
        return _lire_une_evolution(voulue, progres)
    try:
        return _lire_les_passations_d_une_personne(voulue)
    except ErreurCpit as erreur:
        if not any(une.code == "comparaison-plusieurs-personnes" for une in erreur.anomalies):
            raise
        return _lire_une_evolution(voulue, progres)


def _lire_une_strate(
    voulue: LectureDeFigure, progres: Progres | None, **de_plus: str
) -> tuple[Relecture | Recueil, Permis]:
    return lire_une_personne_ou_un_groupe(
        voulue.sources,
        voulue.referentiel,
        sorties=[voulue.sortie],
        remplacer=voulue.remplacer,
        progres=progres,
        moment_voulu=voulue.strate["moment"],
        **voulue.consignes,
        **de_plus,
    )


def _de_cette_personne(voulue: LectureDeFigure, lue: Relecture | Recueil, code: str) -> Relecture | Recueil:
    """Ce qu’on a lu de la personne de ce code.

    :raises ErreurCpit: s’il n’y a personne de ce code, ou plusieurs de ses passations sans choix entre elles.
    """
    if isinstance(lue, Relecture):
        passations = [lue.restitution.passation]
    else:
        passations = [notee.passation for notee in lue.cohorte.notees]
    connus = {replier_code(p.identifiant): p.identifiant for p in passations if replier_code(p.identifiant)}
    if replier_code(code) not in connus:
        raise ErreurCpit([*refusees(lue.anomalies), code_absent(code, connus)])
    if isinstance(lue, Relecture):
        return lue
    siennes = tuple(n for n in lue.cohorte.notees if replier_code(n.passation.identifiant) == replier_code(code))
    sienne = replace(lue, cohorte=replace(lue.cohorte, notees=siennes))
    if not any(voulue.strate.values()):
        _refuser_une_comparaison(sienne.cohorte, lue.anomalies, code)
    return sienne


def _lire_les_passations_d_une_personne(voulue: LectureDeFigure) -> LuePourUneFigure:
    """Les passations d’une personne, rapprochées ; entre les moments que l’on nomme, si l’on en nomme."""
    lue = comparer_des_sources(
        voulue.sources,
        voulue.referentiel,
        code=voulue.code,
        consignes=voulue.consignes,
        sorties=[voulue.sortie],
        remplacer=voulue.remplacer,
    )
    if voulue.compare:
        lue = _entre_ces_moments(lue, voulue)
    return LuePourUneFigure(lue, lue.anomalies, lue.permis)


def _entre_ces_moments(lue: Rapprochement, voulue: LectureDeFigure) -> Rapprochement:
    """Le même rapprochement, comparé du premier des moments nommés au second.

    :raises ErreurCpit: si la personne n’a pas répondu à l’un des deux.
    """
    siennes = {passation.moment: passation for passation in lue.passations if passation.regard == "soi"}
    absents = [moment for moment in voulue.deux_moments if moment not in siennes]
    if absents:
        strates = _nommer([(moment, "soi") for moment in siennes])
        raise ErreurCpit(
            [*refusees(lue.anomalies), anomalie("figure-moment-absent", choix=enumerer(absents), strates=strates)]
        )
    deux = comparer_des_sources([siennes[moment] for moment in voulue.deux_moments], voulue.referentiel)
    return replace(lue, comparaison=deux.comparaison)


def _lire_une_evolution(voulue: LectureDeFigure, progres: Progres | None) -> LuePourUneFigure:
    """Un groupe lu, puis comparé d’un moment à l’autre, ou de soi à ses tiers au dernier moment où ils sont.

    S’il n’est que d’une personne, ce sont ses passations.
    """
    recueil = lire_selon(
        *(voulue.consignes, voulue.sources, voulue.referentiel),
        strict=False,
        sorties=[voulue.sortie],
        remplacer=voulue.remplacer,
        progres=progres,
    )
    qui = {replier_code(notee.passation.identifiant) for notee in recueil.cohorte.notees}
    if len(qui) == 1 and "" not in qui and FIGURES[voulue.nature].se_dessine(COMPARAISON):
        return _lire_les_passations_d_une_personne(voulue)
    if voulue.nature == _REGARDS:
        de = a = voulue.strate["moment"] or _dernier_moment_des_tiers(recueil.cohorte)
        regards: tuple[str, ...] = _DEUX_REGARDS
    else:
        de, a = voulue.deux_moments
        regards = (voulue.strate["regard"] or "soi",)
    etude = evolution(recueil, de=de, a=a, regards=regards)
    return LuePourUneFigure(etude, etude.anomalies, recueil.permis)


def _lire_une_equipe(voulue: LectureDeFigure, demandee: str, progres: Progres | None) -> LuePourUneFigure:
    """L’équipe que l’on nomme ; sans nom, la seule que l’on puisse montrer.

    :raises ErreurCpit: plusieurs strates, ou aucune équipe de ce nom à montrer, ou plusieurs.
    """
    question, _, nom = (mot.strip() for mot in demandee.partition("="))
    recueil = lire_selon(
        *({**voulue.consignes, "equipe": question}, voulue.sources, voulue.referentiel),
        strict=False,
        sorties=[voulue.sortie],
        remplacer=voulue.remplacer,
        progres=progres,
    )
    strates = list(recueil.cohorte.strates())
    if not strates:
        raise ErreurCpit([*recueil.anomalies, anomalie("cohorte-vide")])
    strate = _choisir_la_strate(strates, voulue.strate["moment"], voulue.strate["regard"], recueil.anomalies)
    siennes = equipes(recueil, question).de(*strate)
    montrables = [equipe for equipe in siennes if not equipe.tue]
    trouvees = [e for e in montrables if not nom or replier_code(nom) in set(map(replier_code, (e.cle, e.libelle)))]
    if len(trouvees) != 1:
        noms = enumerer([option_a_taper("--equipe", f"{question}={equipe.libelle}") for equipe in montrables])
        mots = {"valeur": demandee, "equipes": ACopier(noms or "aucune"), "minimum": REGLE.seuil}
        raise ErreurCpit([*refusees(recueil.anomalies), anomalie("figure-equipe-a-choisir", **mots)])
    return LuePourUneFigure(trouvees[0], recueil.anomalies, recueil.permis, recueil.sources)


def _dernier_moment_des_tiers(cohorte: Cohorte) -> str:
    """Le dernier moment où des personnes et des tiers ont répondu ; t0 s’il n’y en a pas : le refus le dira."""
    strates = cohorte.strates()
    moments = [moment for moment, _ in strates if all((moment, regard) in strates for regard in _DEUX_REGARDS)]
    return moments[-1] if moments else "t0"


def _se_dessine_d_une_comparaison(nature: str) -> bool:
    """Vrai d’une figure qui ne se dessine que de passations comparées."""
    declaree = FIGURES[nature]
    seules = declaree.se_dessine(COMPARAISON) or declaree.se_dessine(PARCOURS)
    return seules and not (declaree.se_dessine(PERSONNE) or declaree.se_dessine(GROUPE))


def _choisir_la_cohorte(quoi: Cohorte | Recueil, moment: str | None, regard: str | None) -> Cohorte:
    """Le groupe d’un seul moment sous un seul regard.

    :raises ErreurCpit: s’il n’y en a aucun, ou plusieurs.
    """
    cohorte, anomalies = (quoi.cohorte, quoi.anomalies) if isinstance(quoi, Recueil) else (quoi, ())
    strates = cohorte.strates()
    if not strates:
        raise ErreurCpit([*anomalies, anomalie("cohorte-vide")])
    if moment is regard is None:
        _refuser_une_comparaison(cohorte, anomalies)
    return strates[_choisir_la_strate(list(strates), moment, regard, anomalies)]


def _refuser_une_comparaison(cohorte: Cohorte, anomalies: Sequence[Anomalie], code: str | None = None) -> None:
    """Refuse plusieurs moments ou regards d’une seule personne, en disant ce qui les compare.

    :param code: le sien, si les sources portent aussi d’autres personnes.

    :raises ErreurCpit: avec la commande à taper.
    """
    qui = {replier_code(notee.passation.identifiant) for notee in cohorte.notees}
    strates = list(cohorte.strates())
    if len(strates) > 1 and len(qui) == 1 and "" not in qui:
        sources = dict.fromkeys(notee.releve.source for notee in cohorte.notees)
        mots = {"strates": _nommer(strates), "commande": ACopier(commande_a_taper("comparer", *sources, code=code))}
        raise ErreurCpit([*anomalies, anomalie("figure-d-une-comparaison", **mots)])


def _choisir_la_strate(
    strates: Sequence[tuple[str, str]], moment: str | None, regard: str | None, anomalies: Sequence[Anomalie] = ()
) -> tuple[str, str]:
    """La seule strate de ce moment et de ce regard.

    :raises ErreurCpit: s’il n’y en a aucune, ou plusieurs.
    """
    voulues = [strate for strate in strates if moment in (None, strate[0]) and regard in (None, strate[1])]
    if len(voulues) == 1:
        return voulues[0]
    if not voulues:
        choix = ", ".join(voulu for voulu in (moment, regard) if voulu is not None)
        faute = anomalie("figure-strate-absente", choix=choix, strates=_nommer(strates))
    else:
        faute = anomalie("figure-plusieurs-strates", strates=_nommer(voulues))
    raise ErreurCpit([*anomalies, faute])


def _nommer(strates: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{moment} {regard}" for moment, regard in strates)

"""La carte d’une équipe : ses personnes, l’enveloppe qui les tient, son centre."""

from __future__ import annotations

from cpit.coeur.equipe import EquipeLue
from cpit.coeur.mots.lecture_groupe import dire_la_place, titrer_l_equipe
from cpit.figures.cadre import (
    EtiquetteDeCarte,
    cadrer,
    entrees_du_fond,
    etiquettes_des_poles,
    poser_etiquettes,
    poser_poles,
)
from cpit.figures.commun import MARGE, Entree, assembler, cle_de_strate, corps_de, effectif, poser_legende
from cpit.figures.dessin import Cercle, Dessin, Figure, Style, Trace, Trait, losange, segment
from cpit.typographie import nettoyer

_PERSONNE = Trait("fond", 0.5, fond="serie-1", opacite=0.6)
_CENTRE = Trait("fond", 1.5, fond="serie-2")
_ENVELOPPE = Trait("encre-douce", 1.4, (5, 4), fond="serie-1", opacite=0.1)
_RAYON = 4.5


def carte_d_equipe(equipe: EquipeLue, rang: int, style: Style = Style()) -> Figure:  # noqa: B008
    """Chaque personne, l’enveloppe convexe et le centre d’une équipe ; rien d’elle n’y est si sa place est tue.

    Une équipe lue nominativement y porte les codes.

    :param rang: le sien parmi toutes les équipes d’une page, qui distingue sa figure des autres.
    """
    place, referentiel = equipe.place, equipe.strate.referentiel
    dessin, corps = Dessin(style.largeur), corps_de(style)
    cadre = cadrer(referentiel, dessin, corps)
    if len(place.enveloppe) > 1:
        dessin.poser("enveloppe", [Trace(cadre.points(place.enveloppe), _ENVELOPPE, ferme=True)], cadre.boite)
    cercles = [Cercle(*cadre.point(point), _RAYON, _PERSONNE) for point in place.points]
    dessin.poser("personnes", cercles, cadre.boite)
    poser_poles(dessin, cadre, referentiel)
    etiquettes = etiquettes_des_poles(referentiel, corps, style.largeur * 0.24)
    if place.centre is not None:
        dessin.poser("centre", [losange(*cadre.point(place.centre), 8, _CENTRE)])
        etiquettes.append(EtiquetteDeCarte(place.centre, 8, ("centre de l’équipe",), gras=True))
    etiquettes += [
        EtiquetteDeCarte(point, _RAYON, (nettoyer(code),), role="encre-douce")
        for point, code in zip(place.points, place.codes, strict=False)
    ]
    obstacles = [(c.x - c.rayon, c.y - c.rayon, c.x + c.rayon, c.y + c.rayon) for c in cercles]
    poser_etiquettes(dessin, cadre, etiquettes, corps, obstacles)
    entrees = [*_legende(equipe), *entrees_du_fond(referentiel)]
    dessin.hauteur = poser_legende(dessin, dessin.hauteur, entrees, corps) + MARGE
    cle = cle_de_strate("carte-equipe", (equipe.moment, equipe.regard))
    phrases = [f"{titrer_l_equipe(equipe)}.", dire_la_place(equipe)]
    return assembler(f"{cle}-{rang}", "Carte de l’équipe : ses personnes et leur enveloppe", phrases, dessin, style)


def _legende(equipe: EquipeLue) -> list[Entree]:
    place = equipe.place
    if not place.points:
        return []
    quoi = "une personne" if place.personnes == len(place.points) else "une passation"
    entrees = [Entree(lambda x, y: [Cercle(x, y, 4, _PERSONNE)], f"{quoi} ({effectif(len(place.points))})")]
    if len(place.enveloppe) > 1:
        entrees.append(Entree(lambda x, y: [segment((x - 12, y), (x + 12, y), _ENVELOPPE)], "enveloppe des personnes"))
    return [*entrees, Entree(lambda x, y: [losange(x, y, 7, _CENTRE)], "centre de l’équipe")]

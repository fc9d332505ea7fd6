"""La feuille « Calcul » : chaque nombre refait par une formule, à côté de celui de cpit, et leur écart.

À sa droite, hors impression, les données des graphiques, qui suivent les scores recalculés.
Un score absent y vaut #N/A, que les graphiques laissent en blanc (un texte vide y serait tracé comme 0).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, fsum, radians, sin

from cpit.classeurs.classeur_personne.chantier import (
    CALCUL_ITEMS,
    CALCUL_REPONDUS,
    FEUILLE_CALCUL,
    IDENTIFIANT,
    POIDS,
    POIDS_REPONDU,
    REFAIT,
    SOMME,
    SORTE,
    ChantierPersonne,
    Page,
    fermer_calcul,
    ouvrir_calcul,
)
from cpit.classeurs.classeur_personne.feuille_referentiel import ReperesReferentiel
from cpit.coeur.mots.notice import nommer_echelle
from cpit.coeur.notation import Score, Situation, centre_des_poles, parts, situer_scores, valeur_retenue
from cpit.coeur.referentiel import Item, Position, Referentiel
from cpit.figures.cadre import demi_hauteur_au_plus_pres
from cpit.figures.carte import places_d_une_personne
from cpit.tableur.document import adresse, ecrire_formule, ecrire_nombre, ecrire_texte, plage
from cpit.tableur.graphiques import (
    PAS_DU_CERCLE,
    RADAR_LIBELLE,
    SANS_NOM,
    LigneBrisee,
    PointNomme,
    ReperesVue,
    Vue,
    bord_de_region,
    limites_vers,
    nommer_vers,
    ordre_du_contour,
    part_visible,
    titre_axe,
)
from cpit.typographie import typographier

_NOM, _X, _Y, _CLE = 12, 13, 14, 15
_ABSENT = "#N/A"
_COMPETENCES_MAX_GROUPEES = 60
"""Au-delà, une étiquette commune aux compétences confondues dépasserait la longueur permise à une formule."""


@dataclass(frozen=True, slots=True)
class ReperesGraphiques:
    """Où les graphiques lisent leurs points et leurs textes.

    ``radar`` : plages des libellés et des scores ; ``region`` : celle à 95 % de la position, s’il y en a une ;
    ``axes`` : cellules des titres de l’axe des x et de celui des y ; ``vue`` : l’agrandie, si tout est près du centre.
    """

    radar: tuple[str, str]
    poles: tuple[PointNomme, ...]
    contour: LigneBrisee
    equilibre: LigneBrisee
    region: LigneBrisee | None
    personne: PointNomme
    competences: tuple[PointNomme, ...]
    axes: tuple[str, str]
    vue: ReperesVue | None


@dataclass(slots=True)
class _Bloc:
    chantier: ChantierPersonne
    ligne: int = 2

    def entete(self, *noms: str) -> None:
        self.ligne += 1
        for colonne, nom in enumerate(noms, start=_NOM):
            style = self.chantier.styles["entete"]
            ecrire_texte(self.chantier.feuille(FEUILLE_CALCUL), self.ligne, colonne, typographier(nom), style)
        self.ligne += 1

    def formule(self, colonne: int, formule: str, valeur: float | str) -> None:
        style = self.chantier.styles["graphique"]
        ecrire_formule(self.chantier.feuille(FEUILLE_CALCUL), self.ligne, colonne, formule, valeur, style)

    def nom(self, texte: str) -> None:
        ecrire_texte(self.chantier.feuille(FEUILLE_CALCUL), self.ligne, _NOM, texte, self.chantier.styles["graphique"])

    def point(self, *, present: bool = True) -> PointNomme:
        """Les adresses de la ligne en cours ; passe à la suivante."""
        nom, x, y = (adresse(self.ligne, colonne, FEUILLE_CALCUL) for colonne in (_NOM, _X, _Y))
        self.ligne += 1
        return PointNomme(nom, x, y, present)

    def ligne_brisee(self, debut: int) -> LigneBrisee:
        """Les plages écrites depuis une ligne."""
        return LigneBrisee(
            *(plage((debut, colonne), (self.ligne - 1, colonne), FEUILLE_CALCUL) for colonne in (_X, _Y))
        )


def _ecrire_donnees(chantier: ChantierPersonne, scores: dict[str, int], positions: dict[str, int]) -> ReperesGraphiques:
    """Écrit les données et rend leurs adresses."""
    feuille, bloc = chantier.feuille(FEUILLE_CALCUL), _Bloc(chantier)
    feuille.set_column(_NOM - 1, _NOM - 1, 4)
    feuille.set_column(_NOM, _NOM, 34)
    feuille.set_column(_X, _CLE, 10)
    ecrire_texte(feuille, 1, _NOM, "Données des graphiques (non imprimées)", chantier.styles["titre_donnees"])
    note = typographier("En pâle, #N/A : une valeur absente, que le graphique laisse en blanc au lieu d'en faire un 0.")
    ecrire_texte(feuille, 2, _NOM, note, chantier.styles["graphique"])
    radar = _ecrire_radar(bloc, scores)
    axes = _ecrire_axes(bloc)
    bloc.entete("Carte", "x", "y", "Clé")
    poles = _ecrire_poles(bloc)
    contour = _ecrire_contour(bloc)
    equilibre = _ecrire_equilibre(bloc)
    region = _ecrire_region(bloc, positions[""])
    personne = _ecrire_personne(bloc, positions[""])
    competences = _ecrire_competences(bloc, positions)
    vue = _ecrire_vue(bloc)
    pale = chantier.classeur.add_format({"font_color": "#D9D9D9"})
    feuille.conditional_format(3, _X, bloc.ligne, _Y, {"type": "errors", "format": pale})
    return ReperesGraphiques(radar, poles, contour, equilibre, region, personne, competences, axes, vue)


def _ecrire_radar(bloc: _Bloc, scores: dict[str, int]) -> tuple[str, str]:
    restitution = bloc.chantier.restitution
    bloc.entete("Radar des compétences", "Score")
    peu = len(restitution.referentiel.competences) <= RADAR_LIBELLE
    debut = bloc.ligne
    for competence in restitution.referentiel.competences:
        bloc.nom(nommer_echelle(competence) if peu else competence.identifiant)
        score = adresse(scores[competence.identifiant], REFAIT, fixe=False)
        valeur = restitution.resultat.competences[competence.identifiant].valeur
        bloc.formule(_X, f"=IF(ISNUMBER({score}),{score},NA())", _ABSENT if valeur is None else valeur)
        bloc.ligne += 1
    fin = bloc.ligne - 1
    return plage((debut, _NOM), (fin, _NOM), FEUILLE_CALCUL), plage((debut, _X), (fin, _X), FEUILLE_CALCUL)


def _ecrire_axes(bloc: _Bloc) -> tuple[str, str]:
    """Les titres des axes, d’un bout à l’autre ; en cellules : XlsxWriter prend certains textes pour des formules."""
    bloc.entete("Axes")
    axes = bloc.chantier.restitution.referentiel.axes
    cellules = []
    for axe in (axes.x, axes.y):
        bloc.nom(titre_axe(axe))
        cellules.append(adresse(bloc.ligne, _NOM, FEUILLE_CALCUL))
        bloc.ligne += 1
    return cellules[0], cellules[1]


def _ecrire_poles(bloc: _Bloc) -> tuple[PointNomme, ...]:
    points = []
    for rang, ingenierie in enumerate(bloc.chantier.restitution.referentiel.ingenieries, start=1):
        bloc.nom(ingenierie.libelle)
        bloc.formule(_X, f"=INDEX(pole_x,{rang})", ingenierie.position.x)
        bloc.formule(_Y, f"=INDEX(pole_y,{rang})", ingenierie.position.y)
        points.append(bloc.point())
    return tuple(points)


def _ecrire_contour(bloc: _Bloc) -> LigneBrisee:
    """Le polygone des pôles, fermé, dans l’ordre où l’on en fait le tour."""
    poles = [i.position for i in bloc.chantier.restitution.referentiel.ingenieries]
    debut = bloc.ligne
    rangs = ordre_du_contour(poles)
    for rang in (*rangs, rangs[0]):
        bloc.nom("Contour")
        bloc.formule(_X, f"=INDEX(pole_x,{rang + 1})", poles[rang].x)
        bloc.formule(_Y, f"=INDEX(pole_y,{rang + 1})", poles[rang].y)
        bloc.ligne += 1
    return bloc.ligne_brisee(debut)


def _ecrire_equilibre(bloc: _Bloc) -> LigneBrisee:
    """Le cercle de la zone d’équilibre, autour du centre de gravité des pôles."""
    referentiel = bloc.chantier.restitution.referentiel
    centre, rayon = _centre(referentiel), referentiel.regles.seuil_equilibre.valeur
    debut = bloc.ligne
    for degres in range(0, 361, PAS_DU_CERCLE):
        bloc.nom("Zone d’équilibre")
        angle = radians(degres)
        bloc.formule(_X, f"=AVERAGE(pole_x)+seuil_equilibre*COS(RADIANS({degres}))", centre.x + rayon * cos(angle))
        bloc.formule(_Y, f"=AVERAGE(pole_y)+seuil_equilibre*SIN(RADIANS({degres}))", centre.y + rayon * sin(angle))
        bloc.ligne += 1
    return bloc.ligne_brisee(debut)


def _ecrire_region(bloc: _Bloc, ligne: int) -> LigneBrisee | None:
    """Le bord de la région à 95 %, autour de la position recalculée, ramené dans la carte là où il en sortirait.

    Sa forme reste celle des réponses d’origine.
    """
    referentiel, region = bloc.chantier.restitution.referentiel, bloc.chantier.restitution.incertitude.region
    bord = bord_de_region(referentiel, region) if region else None
    if region is None or bord is None:
        return None
    debut = bloc.ligne
    place = {axe: adresse(ligne + decalage, REFAIT, fixe=False) for decalage, axe in enumerate("xy")}
    for ecart in bord:
        bloc.nom("Région à 95 %")
        bords = [f"({limite!r}-{place[axe]})/({d!r})" for axe, limite, d in limites_vers(referentiel, ecart)]
        part, visible = f"MIN({','.join(['1', *bords])})", part_visible(referentiel, region.centre, ecart)
        for colonne, axe, sinon in ((_X, "x", "AVERAGE(pole_x)"), (_Y, "y", "NA()")):
            d = getattr(ecart, axe)
            formule = f"=IF(ISNUMBER({place[axe]}),{place[axe]}+({d!r})*{part},{sinon})"
            bloc.formule(colonne, formule, getattr(region.centre, axe) + d * visible)
        bloc.ligne += 1
    return bloc.ligne_brisee(debut)


def _ecrire_vue(bloc: _Bloc) -> ReperesVue | None:
    """Le cadre d’une vue agrandie et ce qui va vers les pôles, d’après les réponses d’origine ; rien sans elle."""
    restitution = bloc.chantier.restitution
    referentiel = restitution.referentiel
    demi = demi_hauteur_au_plus_pres(referentiel, places_d_une_personne(restitution))
    if demi is None:
        return None
    vue, debut = Vue(_centre(referentiel), demi), bloc.ligne
    for coin in vue.coins:
        bloc.nom("Vue agrandie")
        _ecrire_coordonnees(bloc, coin)
        bloc.ligne += 1
    cadre, poles = bloc.ligne_brisee(debut), []
    for ingenierie in referentiel.ingenieries:
        bloc.nom(nommer_vers(vue, ingenierie.position, ingenierie.libelle))
        _ecrire_coordonnees(bloc, vue.vers(ingenierie.position))
        poles.append(bloc.point())
    return ReperesVue(vue, cadre, tuple(poles))


def _ecrire_coordonnees(bloc: _Bloc, position: Position) -> None:
    feuille, style = bloc.chantier.feuille(FEUILLE_CALCUL), bloc.chantier.styles["graphique"]
    ecrire_nombre(feuille, bloc.ligne, _X, position.x, style)
    ecrire_nombre(feuille, bloc.ligne, _Y, position.y, style)


def _ecrire_personne(bloc: _Bloc, ligne: int) -> PointNomme:
    restitution = bloc.chantier.restitution
    nom = "Vous" if restitution.passation.regard == "soi" else "La personne"
    situation = restitution.resultat.situation
    x = adresse(ligne, REFAIT, fixe=False)
    bloc.formule(_NOM, f'=IF(ISNUMBER({x}),"{nom}"," ")', nom if situation.position else SANS_NOM)
    _ecrire_place(bloc, ligne, situation)
    return bloc.point(present=situation.position is not None)


def _ecrire_competences(bloc: _Bloc, positions: dict[str, int]) -> tuple[PointNomme, ...]:
    """Un point par compétence ; celles qui se confondent partagent l’étiquette de la première."""
    restitution = bloc.chantier.restitution
    debut, points = bloc.ligne, []
    codes = [c.identifiant for c in restitution.referentiel.competences]
    cles = [_cle(restitution.resultat.situations_competences[code]) for code in codes]
    for rang, code in enumerate(codes):
        ligne = positions[code]
        x, y = (adresse(ligne + decalage, REFAIT, fixe=False) for decalage in (0, 1))
        cle = f'=IF(ISNUMBER({x}),ROUND({x}*100,0)*100000+ROUND({y}*100,0),"")'
        ecrire_formule(
            bloc.chantier.feuille(FEUILLE_CALCUL), bloc.ligne, _CLE, cle, cles[rang], bloc.chantier.styles["graphique"]
        )
        bloc.formule(_NOM, _formule_etiquette(positions, codes, debut, rang), _etiquette(codes, cles, rang))
        _ecrire_place(bloc, ligne, restitution.resultat.situations_competences[code])
        points.append(bloc.point(present=cles[rang] is not None))
    return tuple(points)


def _ecrire_place(bloc: _Bloc, ligne: int, situation: Situation) -> None:
    """Le x et le y d’un point ; absent, il garde un x valable et son y vaut #N/A."""
    x, y = (adresse(ligne + decalage, REFAIT, fixe=False) for decalage in (0, 1))
    point = situation.position
    centre = _centre(bloc.chantier.restitution.referentiel)
    bloc.formule(_X, f"=IF(ISNUMBER({x}),{x},AVERAGE(pole_x))", point.x if point else centre.x)
    bloc.formule(_Y, f"=IF(ISNUMBER({y}),{y},NA())", point.y if point else _ABSENT)


def _formule_etiquette(positions: dict[str, int], codes: Sequence[str], debut: int, rang: int) -> str:
    """Le code, puis celui des suivantes au même endroit ; rien si une précédente l’a déjà dit."""
    ici = adresse(debut + rang, _CLE, fixe=False)
    nom = adresse(positions[codes[rang]], IDENTIFIANT, fixe=False)
    if len(codes) > _COMPETENCES_MAX_GROUPEES:
        return f'=IF({ici}="","{SANS_NOM}",{nom})'
    suivantes = ""
    for autre in range(rang + 1, len(codes)):
        cle, code = adresse(debut + autre, _CLE, fixe=False), adresse(positions[codes[autre]], IDENTIFIANT, fixe=False)
        suivantes += f'&IF({cle}={ici},", "&{code},"")'
    if rang == 0:
        return f'=IF({ici}="","{SANS_NOM}",{nom}{suivantes})'
    precedentes = plage((debut, _CLE), (debut + rang - 1, _CLE))
    return f'=IF({ici}="","{SANS_NOM}",IF(COUNTIF({precedentes},{ici})>0,"{SANS_NOM}",{nom}{suivantes}))'


def _etiquette(codes: Sequence[str], cles: Sequence[float | None], rang: int) -> str:
    if cles[rang] is None:
        return SANS_NOM
    if len(codes) > _COMPETENCES_MAX_GROUPEES:
        return codes[rang]
    if cles[rang] in cles[:rang]:
        return SANS_NOM
    return ", ".join(code for code, cle in zip(codes[rang:], cles[rang:], strict=True) if cle == cles[rang])


def _cle(situation: Situation) -> float | None:
    """Un nombre égal pour deux points confondus au centième près."""
    point = situation.position
    return None if point is None else _arrondi(point.x * 100) * 100000.0 + _arrondi(point.y * 100)


def _arrondi(valeur: float) -> int:
    """Arrondi des tableurs : un demi s’éloigne de zéro."""
    return int(valeur + 0.5) if valeur >= 0 else -int(-valeur + 0.5)


def _centre(referentiel: Referentiel) -> Position:
    return centre_des_poles(i.position for i in referentiel.ingenieries)


# --- Le début de « Calcul » : scores et cases de la matrice (règles 1 et 5).


_ENTETES_SCORES = ("Items", "Répondus", "Poids total", "Poids répondu", "Σ poids × valeur")
_NATURES = {"competence": "Compétence", "ingenierie": "Ingénierie", "groupe": "Groupe"}


def _ecrire_scores(page: Page) -> dict[str, int]:
    """Règle 1 : compétences, ingénieries et groupes ; rend la ligne de chaque échelle."""
    referentiel, resultat = page.chantier.restitution.referentiel, page.chantier.restitution.resultat
    page.section("Règle 1 : les scores", ("Sorte", "Identifiant", "Libellé"), _ENTETES_SCORES)
    debut, lignes = page.ligne, {}
    for identifiant, echelle in referentiel.echelles.items():
        lignes[identifiant] = page.ligne
        page.noms(_NATURES[echelle.nature], identifiant, echelle.libelle)
        score = resultat.score(identifiant)
        _sommes(page, f'ISNUMBER(FIND(" "&{page.ici(IDENTIFIANT)}&" ",echelles_des_items))', echelle.items, score)
        w, r, s = (page.ici(colonne) for colonne in (POIDS, POIDS_REPONDU, SOMME))
        page.comparer(f'=IF({r}=0,"",IF({r}>=seuil*{w}*(1-1E-9),{s}/{r},""))', score.valeur)
    page.clore(debut)
    return lignes


def _ecrire_cases(page: Page) -> dict[str, tuple[int, int]]:
    """Règle 5 : les cases de la matrice ; rend la première et la dernière ligne de chaque compétence."""
    referentiel, resultat = page.chantier.restitution.referentiel, page.chantier.restitution.resultat
    titre = "Règle 5 : les cases compétence × ingénierie"
    page.section(titre, ("Compétence", "Ingénierie", "Libellé"), _ENTETES_SCORES)
    debut, lignes = page.ligne, {}
    for competence in referentiel.competences:
        premiere = page.ligne
        for ingenierie in referentiel.ingenieries:
            page.noms(competence.identifiant, ingenierie.identifiant, f"{competence.libelle} × {ingenierie.libelle}")
            items = [
                item
                for item in referentiel.items_de(competence.identifiant)
                if item.ingenierie == ingenierie.identifiant
            ]
            score = resultat.matrice[competence.identifiant][ingenierie.identifiant]
            trouve = "*".join(
                f'ISNUMBER(FIND(" "&{page.ici(colonne)}&" ",echelles_des_items))' for colonne in (SORTE, IDENTIFIANT)
            )
            _sommes(page, trouve, items, score)
            r, s = page.ici(POIDS_REPONDU), page.ici(SOMME)
            page.comparer(f'=IF({r}=0,"",{s}/{r})', score.valeur)
        lignes[competence.identifiant] = (premiere, page.ligne - 1)
    page.clore(debut)
    return lignes


def _sommes(page: Page, trouve: str, items: Sequence[Item], score: Score) -> None:
    """Items, répondus, poids, poids répondu et somme pondérée, sur les lignes de Réponses que ``trouve`` retient."""
    restitution = page.chantier.restitution
    echelle, valeurs = restitution.referentiel.echelle, restitution.passation.valeurs()
    presents = [item for item in items if item.code in valeurs]
    somme = fsum(i.poids * valeur_retenue(i, valeurs[i.code], echelle.min, echelle.max) for i in presents)
    page.calcul(CALCUL_ITEMS, f"=SUMPRODUCT({trouve}*1)", score.items, "entier")
    page.calcul(CALCUL_REPONDUS, f"=SUMPRODUCT({trouve}*ISNUMBER(retenues))", score.repondus, "entier")
    page.calcul(POIDS, f"=SUMPRODUCT({trouve}*poids)", fsum(item.poids for item in items), "general")
    repondu = fsum(item.poids for item in presents)
    page.calcul(POIDS_REPONDU, f"=SUMPRODUCT({trouve}*ISNUMBER(retenues)*poids)", repondu, "general")
    page.calcul(SOMME, f"=SUMPRODUCT({trouve}*poids,retenues)", somme, "general")


# --- La suite de « Calcul » : parts, positions, distances et dominante (règles 2, 3 et 4).


_NUL = "1E-9"
"""En deçà, une somme de parts est nulle : personne n’a de part si petite."""


@dataclass(frozen=True, slots=True)
class _APlacer:
    """Ce que l’on place sur la carte : ses parts (formule et valeurs), les pôles, la situation selon cpit."""

    sorte: str
    identifiant: str
    libelle: str
    scores: str
    valeurs: tuple[float | None, ...]
    poles: tuple[Position, ...]
    plages: tuple[str, str]
    situation: Situation

    def total(self) -> float | None:
        """Somme des parts, absente si l’une d’elles l’est."""
        presentes = [valeur for valeur in self.valeurs if valeur is not None]
        return fsum(presentes) if len(presentes) == len(self.valeurs) else None

    def ponderee(self, axe: str) -> float | None:
        """Somme des parts multipliées par la coordonnée de leur pôle."""
        if self.total() is None:
            return None
        return fsum((a or 0.0) * getattr(p, axe) for a, p in zip(self.valeurs, self.poles, strict=True))


def _ecrire_parts(page: Page, lignes_scores: dict[str, int]) -> None:
    """Règle 2 : la part de chaque ingénierie ; nomme ``parts``."""
    referentiel, resultat = page.chantier.restitution.referentiel, page.chantier.restitution.resultat
    page.section("Règle 2 : la part de chaque ingénierie", ("Sorte", "Identifiant", "Libellé"), ("x", "y", "Score"))
    debut = page.ligne
    valeurs = parts(referentiel, resultat.ingenieries)
    for rang, ingenierie in enumerate(referentiel.ingenieries, start=1):
        page.noms("Part", ingenierie.identifiant, ingenierie.libelle)
        page.calcul(CALCUL_ITEMS, f"=INDEX(pole_x,{rang})", ingenierie.position.x, "general")
        page.calcul(CALCUL_REPONDUS, f"=INDEX(pole_y,{rang})", ingenierie.position.y, "general")
        score = resultat.ingenieries[ingenierie.identifiant].valeur
        page.calcul(POIDS, f"={adresse(lignes_scores[ingenierie.identifiant], REFAIT, fixe=False)}", score)
        page.vides(POIDS_REPONDU, SOMME)
        score_ici = page.ici(POIDS)
        part = f"({score_ici}-echelle_min)/(echelle_max-echelle_min)"
        page.comparer(f'=IF(ISNUMBER({score_ici}),{part},"")', valeurs[ingenierie.identifiant])
    page.chantier.nommer("parts", plage((debut, REFAIT), (page.ligne - 1, REFAIT), FEUILLE_CALCUL))
    page.clore(debut)


def _ecrire_positions(
    page: Page, lignes_cases: dict[str, tuple[int, int]], reperes: ReperesReferentiel
) -> dict[str, int]:
    """Règles 3 et 4 : positions et distances ; rend la ligne du x de chaque chose placée (la personne : ``""``)."""
    calculs = ("Ingénieries", "Avec part", "Σ parts", "Σ parts × pôle")
    page.section("Règle 3 : les positions sur la carte", ("Sorte", "Identifiant", "Libellé"), calculs)
    debut = page.ligne
    lignes: dict[str, int] = {}
    for chose in (_personne(page), *_competences(page, lignes_cases), *_jeux(page, reperes)):
        lignes.setdefault(chose.identifiant, page.ligne)
        _ecrire_position(page, chose)
    page.clore(debut)
    return lignes


def _ecrire_dominante(page: Page, ligne_personne: int) -> int:
    """Règle 4 : 1 pour chaque ingénierie qui domine, 0 sinon ; rend la première ligne."""
    restitution = page.chantier.restitution
    titre = "Règle 4 : la dominante (1 : elle domine ; 0 : non ; que des 0 : équilibre)"
    page.section(titre, ("Sorte", "Identifiant", "Libellé"), ("Part", "Distance"))
    debut = page.ligne
    distance = adresse(ligne_personne + 2, REFAIT)
    situation = restitution.resultat.situation
    valeurs = parts(restitution.referentiel, restitution.resultat.ingenieries)
    for rang, ingenierie in enumerate(restitution.referentiel.ingenieries, start=1):
        page.noms("Dominante", ingenierie.identifiant, ingenierie.libelle)
        page.calcul(CALCUL_ITEMS, f"=INDEX(parts,{rang})", valeurs[ingenierie.identifiant])
        page.calcul(CALCUL_REPONDUS, f"={distance}", situation.distance)
        page.vides(POIDS, POIDS_REPONDU, SOMME)
        domine = f"IF(MAX(parts)-{page.ici(CALCUL_ITEMS)}<=1E-9,1,0)"
        formule = f'=IF(ISNUMBER({distance}),IF({distance}<seuil_equilibre-1E-9,0,{domine}),"")'
        dominante = situation.dominante
        page.comparer(formule, None if dominante is None else float(ingenierie.identifiant in dominante), "entier")
    page.clore(debut)
    return debut


def _personne(page: Page) -> _APlacer:
    restitution = page.chantier.restitution
    referentiel, resultat = restitution.referentiel, restitution.resultat
    return _APlacer(
        "Personne",
        "",
        "Ensemble des réponses",
        "parts",
        tuple(parts(referentiel, resultat.ingenieries).values()),
        tuple(i.position for i in referentiel.ingenieries),
        ("pole_x", "pole_y"),
        resultat.situation,
    )


def _competences(page: Page, lignes_cases: dict[str, tuple[int, int]]) -> Iterator[_APlacer]:
    restitution = page.chantier.restitution
    referentiel, resultat = restitution.referentiel, restitution.resultat
    for competence in referentiel.competences:
        debut, fin = lignes_cases[competence.identifiant]
        yield _APlacer(
            "Compétence",
            competence.identifiant,
            competence.libelle,
            plage((debut, REFAIT), (fin, REFAIT)),
            tuple(parts(referentiel, resultat.matrice[competence.identifiant]).values()),
            tuple(i.position for i in referentiel.ingenieries),
            ("pole_x", "pole_y"),
            resultat.situations_competences[competence.identifiant],
        )


def _jeux(page: Page, reperes: ReperesReferentiel) -> Iterator[_APlacer]:
    """La personne, avec chaque autre jeu de coordonnées."""
    restitution = page.chantier.restitution
    referentiel, resultat = restitution.referentiel, restitution.resultat
    for jeu, plages in zip(referentiel.sensibilite, reperes.jeux, strict=True):
        yield _APlacer(
            "Autres coordonnées",
            jeu.identifiant,
            jeu.libelle,
            "parts",
            tuple(parts(referentiel, resultat.ingenieries).values()),
            tuple(jeu.positions[i.identifiant] for i in referentiel.ingenieries),
            plages,
            situer_scores(referentiel, resultat.ingenieries, jeu.positions),
        )


def _ecrire_position(page: Page, chose: _APlacer) -> None:
    """Trois lignes : x, y, distance au centre de gravité des pôles."""
    point, total = chose.situation.position, chose.total()
    premiere = page.ligne
    for rang, axe in enumerate(("x", "y")):
        page.noms(chose.sorte, chose.identifiant, f"{chose.libelle} : {axe}")
        page.calcul(CALCUL_ITEMS, f"=ROWS({chose.scores})", len(chose.valeurs), "entier")
        page.calcul(CALCUL_REPONDUS, f"=COUNT({chose.scores})", sum(a is not None for a in chose.valeurs), "entier")
        manque = f"{page.ici(CALCUL_REPONDUS)}<{page.ici(CALCUL_ITEMS)}"
        page.calcul(POIDS, f'=IF({manque},"",{_somme_des_parts(chose.scores)})', total)
        ponderee = _somme_des_parts(chose.scores, chose.plages[rang])
        page.calcul(POIDS_REPONDU, f'=IF({manque},"",{ponderee})', chose.ponderee(axe))
        page.vides(SOMME)
        somme = page.ici(POIDS)
        formule = f'=IF(ISNUMBER({somme}),IF({somme}<={_NUL},"",{page.ici(POIDS_REPONDU)}/{somme}),"")'
        page.comparer(formule, None if point is None else getattr(point, axe))
    page.noms(chose.sorte, chose.identifiant, f"{chose.libelle} : distance au centre")
    page.vides(CALCUL_ITEMS, CALCUL_REPONDUS, POIDS, POIDS_REPONDU, SOMME)
    x, y = (adresse(premiere + rang, REFAIT, fixe=False) for rang in (0, 1))
    px, py = chose.plages
    carres = f"({x}-AVERAGE({px}))^2+({y}-AVERAGE({py}))^2"
    page.comparer(f'=IF(ISNUMBER({x}),SQRT({carres}),"")', chose.situation.distance)


def _somme_des_parts(scores: str, coordonnees: str | None = None) -> str:
    """Σ a_k, ou Σ a_k·P_k ; les cases d’une compétence sont d’abord ramenées à des parts (règle 2)."""
    suite = f",{coordonnees}" if coordonnees else ""
    if scores == "parts":
        return f"SUMPRODUCT(parts{suite})"
    return f"SUMPRODUCT({scores}-echelle_min{suite})/(echelle_max-echelle_min)"


@dataclass(frozen=True, slots=True)
class ReperesCalcul:
    """Où sont les nombres que la synthèse reprend (lignes de « Calcul », à partir de 0).

    ``scores`` : ligne de chaque échelle ; ``position`` : ligne du x de la personne, suivie de y et de la distance ;
    ``dominante`` : première ligne, une par ingénierie.
    """

    scores: dict[str, int]
    position: int
    dominante: int
    graphiques: ReperesGraphiques


def ecrire_calcul(chantier: ChantierPersonne, reperes: ReperesReferentiel) -> ReperesCalcul:
    """Écrit la feuille et rend l’adresse de ce que la synthèse montre."""
    page = ouvrir_calcul(chantier)
    scores = _ecrire_scores(page)
    cases = _ecrire_cases(page)
    _ecrire_parts(page, scores)
    positions = _ecrire_positions(page, cases, reperes)
    dominante = _ecrire_dominante(page, positions[""])
    fermer_calcul(page)
    graphiques = _ecrire_donnees(chantier, scores, positions)
    return ReperesCalcul(scores, positions[""], dominante, graphiques)

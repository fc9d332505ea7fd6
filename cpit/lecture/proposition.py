"""Proposer une correspondance : le YAML commenté d’une table, à compléter là où cpit ne sait pas lire un en-tête."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from cpit.chargement.yaml_situe import echapper_yaml
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import DE_LA_VERSION
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, Remede, refus
from cpit.lecture.consignes import A_DIRE, DE_COTE, Consignes
from cpit.lecture.correspondance import FORME_DE_CORRESPONDANCE, sens_d_une_colonne
from cpit.lecture.dechiffrement import Dechiffreur, replier_libelle
from cpit.lecture.entetes import A_COTE_D_UN_ITEM, LUES, Cible, ColonneLue, Nomenclature, Role
from cpit.lecture.lignes import LectureSource
from cpit.lecture.reconnaissance import LigneVue, Reperage, lire_entete, porte_des_items, reperer
from cpit.lecture.remedes import SENS_VIDE
from cpit.lecture.table_csv import apercevoir_csv, lire_table_csv
from cpit.lecture.table_xlsx import apercevoir_classeur, lire_table_xlsx

_VALEURS_MAX = 20
"""Réponses inconnues que l’on propose de dire ; au-delà, ce n’est pas une échelle."""
_MOTS_MAX = 200
"""Mots d’une colonne que l’on propose de dire."""
_RELECTURES = 4
"""Lectures d’une table : son moment, son regard, son profil, et ce qu’ils cachent."""
_DEBUT = 10
"""Lignes remplies où l’on cherche l’en-tête d’une table que rien ne désigne."""


@dataclass(frozen=True, slots=True)
class ColonneProposee:
    """Un en-tête de la table, ce que cpit y reconnaît (« ? » s’il n’en sait rien), et le nom connu le plus proche.

    ``fois`` : combien de colonnes le portent ; ``mots`` : ceux de ses cellules que cpit ne comprend pas, et ``sens`` :
    ce qu’ils peuvent vouloir dire.
    """

    nom: str
    voulu: str
    proche: str | None = None
    fois: int = 1
    mots: tuple[str, ...] = ()
    sens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposition:
    """Ce qui se dit d’une table avant que la personne ne complète : de quoi écrire une correspondance."""

    fichier: str
    referentiel: Referentiel
    colonnes: tuple[ColonneProposee, ...]
    ligne: int
    feuille: str | None = None
    valeurs: tuple[str, ...] = ()

    @property
    def a_dire(self) -> int:
        """Nombre de « ? » à compléter."""
        mots = sum(len(colonne.mots) for colonne in self.colonnes)
        return sum(colonne.voulu == A_DIRE for colonne in self.colonnes) + mots + len(self.valeurs)


def rediger_correspondance(proposition: Proposition) -> str:
    """Le YAML commenté d’une proposition ; une fois complété, il se donne à --correspondance."""
    lignes = (*_tete(proposition), *_lignes_de_colonnes(proposition.colonnes), *_lignes_de_valeurs(proposition), "")
    return echapper_yaml("\n".join(lignes))


def _tete(proposition: Proposition) -> Iterator[str]:
    referentiel = proposition.referentiel
    yield f"# Ce que porte chaque colonne de {json.dumps(proposition.fichier, ensure_ascii=False)}."
    yield "# À gauche, un en-tête de la table ; à droite, ce qu’il porte :"
    yield "#   identifiant, moment ou regard ; un code de situation :"
    for item in referentiel.items:
        yield f"#     {item.code} : {_sur_une_ligne(item.enonce)}"
    questions = ", ".join(question.identifiant for question in referentiel.profil)
    if questions:
        yield f"#   une question de profil : {questions} ;"
    exemple = next(iter(referentiel.items_par_code))
    yield f"#   la trace d’une situation : {exemple}_trace ; une situation à un moment : {exemple}_t1 ;"
    yield f"#   {DE_COTE} : la colonne n’est pas lue."
    yield "# Un mot d’une colonne de moment, de regard, de rôle ou de profil se dit sous elle :"
    yield '#   "Session": {porte: "moment", valeurs: {"Rentrée": "t0", "Bilan": "t1"}}'
    yield f"# Remplacer chaque « {A_DIRE} », puis : cpit cohorte TABLE --correspondance CE-FICHIER"
    yield f"correspondance: {FORME_DE_CORRESPONDANCE}"
    yield f"referentiel: {referentiel.identifiant}{DE_LA_VERSION}{referentiel.version}"
    if proposition.feuille is not None:
        yield f"feuille: {_entre_guillemets(proposition.feuille)}"
    yield f"ligne: {proposition.ligne}"
    yield "# moment: t0      # si aucune colonne ne le dit"
    yield "# regard: soi"


def _lignes_de_colonnes(colonnes: Iterable[ColonneProposee]) -> Iterator[str]:
    yield "colonnes:"
    for colonne in colonnes:
        indice = f"   # proche de {_sur_une_ligne(colonne.proche)}" if colonne.proche else ""
        if colonne.fois > 1:
            indice += f"   # {colonne.fois} colonnes ont cet en-tête : les renommer dans la table pour les lire toutes"
        if not colonne.mots:
            yield f"  {_entre_guillemets(colonne.nom)}: {_entre_guillemets(colonne.voulu)}{indice}"
            continue
        yield f"  {_entre_guillemets(colonne.nom)}:{indice}"
        yield f"    porte: {_entre_guillemets(colonne.voulu)}"
        yield f"    valeurs:   # {', '.join(colonne.sens)}, ou {SENS_VIDE}"
        yield from (f"      {_entre_guillemets(mot)}: {_entre_guillemets(A_DIRE)}" for mot in colonne.mots)


def _lignes_de_valeurs(proposition: Proposition) -> Iterator[str]:
    """Les réponses que l’échelle ne connaît pas, à dire une à une ; une par ligne, sans ordre supposé."""
    echelle = proposition.referentiel.echelle
    niveaux = ", ".join(f"{niveau.valeur} ({_sur_une_ligne(niveau.libelle)})" for niveau in echelle.niveaux)
    yield f"# Ce que vaut chaque réponse que l’échelle ne connaît pas : {niveaux}, SO ou vide."
    if not proposition.valeurs:
        yield "# valeurs:"
        yield f'#   "Une réponse": "{echelle.niveaux[0].valeur}"'
        return
    yield "valeurs:"
    for valeur in proposition.valeurs:
        yield f"  {_entre_guillemets(valeur)}: {_entre_guillemets(A_DIRE)}"


def _entre_guillemets(texte: str) -> str:
    """Un texte en YAML, entre guillemets : un en-tête porte « : », « # » ou des fins de ligne."""
    return json.dumps(texte, ensure_ascii=False)


def _sur_une_ligne(texte: str) -> str:
    return " ".join(texte.split())


# --- d’une table à sa proposition ---------------------------------------------------------------------------------


def proposer_une_correspondance(chemin: Path, referentiel: Referentiel, *, classeur: bool) -> Proposition:
    """Ce que cpit comprend de chaque colonne d’une table, et ce qu’il en ignore.

    :param classeur: vrai pour un classeur, faux pour un texte.
    :raises ErreurCpit: s’il est illisible ou vide.
    """
    nomenclature = Nomenclature(referentiel)
    essais: list[tuple[str | None, Sequence[LigneVue]]] = (
        list(apercevoir_classeur(chemin)) if classeur else [(None, lignes) for lignes in apercevoir_csv(chemin)]
    )
    trouve = reperer([lignes for _, lignes in essais], nomenclature)
    if trouve is None:
        raise refus("table-vide", str(chemin))
    rang, reperage = trouve if porte_des_items(trouve[1], nomenclature) else _situer_sans_item(essais)
    _exiger_des_entetes(reperage, referentiel, str(chemin))
    feuille, lignes = essais[rang]
    colonnes = tuple(_proposer_les_colonnes(reperage, nomenclature))
    refus_ = _refus_de_la_table(chemin, colonnes, nomenclature, lire_table_xlsx if classeur else lire_table_csv)
    colonnes = tuple(_avec_ses_mots(colonne, refus_, nomenclature) for colonne in colonnes)
    corps = [ligne.cellules for ligne in lignes if ligne.debut > reperage.fin]
    vues = _valeurs_inconnues(colonnes, corps, reperage, referentiel)
    valeurs = tuple(islice(dict.fromkeys((*vues, *_valeurs_refusees(refus_))), _VALEURS_MAX))
    return Proposition(chemin.name, referentiel, colonnes, reperage.principale.debut, feuille, valeurs)


def _situer_sans_item(essais: Sequence[tuple[str | None, Sequence[LigneVue]]]) -> tuple[int, Reperage]:
    """Sans item reconnu : la feuille, ou le découpage, aux lignes les plus larges ; un titre y a peu de cellules."""

    def largeurs(rang: int) -> list[int]:
        return [sum(bool(mot.strip()) for mot in vue.cellules) for vue in essais[rang][1][:_DEBUT]]

    # La largeur du milieu : un en-tête peut porter des virgules, rarement la moitié des lignes.
    rang = max(range(len(essais)), key=lambda rang: sorted(largeurs(rang) or [0])[len(largeurs(rang)) // 2])
    larges = largeurs(rang)
    premiere = next(place for place, large in enumerate(larges) if 2 * large > max(larges))
    return rang, Reperage(essais[rang][1][premiere])


def _exiger_des_entetes(reperage: Reperage, referentiel: Referentiel, fichier: str) -> None:
    """Refuse une table qui commence par des réponses : la moitié des cellules au moins, l’une deux fois.

    :raises ErreurCpit: si aucune ligne ne nomme les colonnes.
    """
    dechiffreur = Dechiffreur.pour(referentiel)
    mots = [nom.strip() for nom in reperage.principale.cellules if nom.strip()]
    reponses = [mot for mot in mots if dechiffreur.lire(mot, Lieu(), "")[1] is None]
    if 2 * len(reponses) >= len(mots) and len(set(reponses)) < len(reponses):
        raise refus("table-sans-en-tetes", Lieu(fichier, reperage.principale.debut))


def _proposer_les_colonnes(reperage: Reperage, nomenclature: Nomenclature) -> Iterator[ColonneProposee]:
    lues = _colonnes_lues(reperage, nomenclature)
    fois = Counter(map(replier_libelle, reperage.principale.cellules))
    vus = {""}
    for rang, nom in enumerate(reperage.principale.cellules):
        # Deux colonnes d’un même nom n’ont qu’une ligne : un YAML n’a pas deux fois la même clé.
        if (plie := replier_libelle(nom)) in vus:
            continue
        vus.add(plie)
        cible = lues[rang].cible if rang in lues else nomenclature.reconnaitre(nom)
        voulu = _nommer_une_cible(cible) if isinstance(cible, Cible) else A_DIRE
        proche = nomenclature.proche(nom) if voulu == A_DIRE else None
        yield ColonneProposee(nom, voulu, proche, fois[plie])


def _colonnes_lues(reperage: Reperage, nomenclature: Nomenclature) -> dict[int, ColonneLue]:
    """Les colonnes telles que la lecture les prendrait ; rien si elle refuse la table."""
    try:
        entete = lire_entete(reperage, nomenclature, lambda _: Lieu())
    except ErreurCpit:
        return {}
    return {colonne.rang: colonne for colonne in entete.colonnes if colonne.cible.role in LUES}


def _nommer_une_cible(cible: Cible) -> str:
    """L’en-tête que cpit comprend pour une cible ; ce qu’il ne lit pas reste à dire."""
    if cible.role not in LUES:
        return DE_COTE if cible.role in (Role.CALCULEE, Role.NUMERO) else A_DIRE
    if cible.role in (Role.IDENTIFIANT, Role.MOMENT, Role.REGARD):
        return str(cible.role)
    suffixes = (
        [str(cible.role)] if cible.role in A_COTE_D_UN_ITEM else [mot for mot in (cible.moment, cible.regard) if mot]
    )
    return "_".join([cible.code, *suffixes])


def _refus_de_la_table(
    chemin: Path,
    colonnes: Sequence[ColonneProposee],
    nomenclature: Nomenclature,
    lire: Callable[[Path, Referentiel, Consignes], LectureSource],
) -> list[Anomalie]:
    """Ce que la lecture de toute la table refuse ; un mot qui en cache un autre de sa ligne est passé, et relu."""
    trouves: list[Anomalie] = []
    mots: dict[str, dict[str, str]] = {}
    for _ in range(_RELECTURES):
        lue = lire(chemin, nomenclature.referentiel, Consignes(mots=mots))
        trouves += lue.anomalies
        connus = sum(map(len, mots.values()))
        for colonne in (_avec_ses_mots(une, lue.anomalies, nomenclature) for une in colonnes):
            mots.setdefault(replier_libelle(colonne.nom), {}).update({replier_libelle(m): "" for m in colonne.mots})
        if sum(map(len, mots.values())) == connus:
            break
    return trouves


_DE_MOTS = {"moment-de-ligne": Role.MOMENT, "regard-de-ligne": Role.REGARD}
"""Le refus d’une ligne pour un mot de sa colonne."""


def _avec_ses_mots(
    colonne: ColonneProposee, anomalies: Iterable[Anomalie], nomenclature: Nomenclature
) -> ColonneProposee:
    """La colonne, avec les mots que la lecture de toute la table y a refusés."""
    cible = nomenclature.reconnaitre(colonne.voulu)
    sens = sens_d_une_colonne(cible, nomenclature.referentiel) if isinstance(cible, Cible) else None
    if not isinstance(cible, Cible) or sens is None:
        return colonne
    refuses = (
        str(une.mots["valeur"])
        for une in anomalies
        if _DE_MOTS.get(une.code) is cible.role
        or (une.code == "choix-inconnu" and (cible.role, cible.code) == (Role.PROFIL, une.mots["colonne"]))
    )
    mots = tuple(islice(dict.fromkeys(refuses), _MOTS_MAX))
    return replace(colonne, mots=mots, sens=sens.admis)


def _valeurs_refusees(anomalies: Iterable[Anomalie]) -> Iterator[str]:
    """Les réponses que la lecture de toute la table a refusées, et qu’il suffit de dire."""
    return (str(une.mots["valeur"]).strip() for une in anomalies if isinstance(une.mots.get("ou_dire"), Remede))


def _valeurs_inconnues(
    colonnes: Sequence[ColonneProposee], corps: Sequence[Sequence[str]], reperage: Reperage, referentiel: Referentiel
) -> Iterator[str]:
    """Les réponses des premières lignes que l’échelle ne connaît pas, sous une situation.

    Et sous les « ? » qui ont l’air d’en être : une de leurs réponses se lit aussi sous un autre.
    """
    des_items = {colonne.nom for colonne in colonnes if colonne.voulu.split("_")[0] in referentiel.items_par_code}
    a_dire = {colonne.nom for colonne in colonnes if colonne.voulu == A_DIRE}
    porteuses = _porteuses(corps, reperage, des_items | a_dire, Dechiffreur.pour(referentiel))
    pareils = {nom for noms in porteuses.values() if len(noms) > 1 for nom in noms}
    certaines = [mot for mot, noms in porteuses.items() if noms & des_items]
    probables = [mot for mot, noms in porteuses.items() if not noms & des_items and noms & pareils]
    yield from certaines[:_VALEURS_MAX]
    if len(certaines) + len(probables) <= _VALEURS_MAX:
        yield from probables


def _porteuses(
    corps: Sequence[Sequence[str]], reperage: Reperage, voulues: set[str], dechiffreur: Dechiffreur
) -> dict[str, set[str]]:
    """Les colonnes où se lit chaque réponse inconnue, dans l’ordre où elles viennent."""
    porteuses: dict[str, set[str]] = {}
    for ligne in corps:
        for nom, mot in zip(reperage.principale.cellules, map(str.strip, ligne), strict=False):
            if mot and nom in voulues and dechiffreur.lire(mot, Lieu(), "")[1] is not None:
                porteuses.setdefault(mot, set()).add(nom)
    return porteuses

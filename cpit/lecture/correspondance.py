"""Une correspondance : un YAML qui dit ce que porte chaque colonne d’une table que cpit ne reconnaît pas seul.

cpit en propose une, à compléter là où il ne sait pas lire un en-tête, puis lit celle qu’on lui donne.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from cpit.coeur.passation import MOMENTS, REGARDS, est_un_moment
from cpit.coeur.referentiel import DE_LA_VERSION, Referentiel
from cpit.emplacements import trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, MauvaisEmploi, Remede, anomalie, refus
from cpit.lecture.contexte import (
    A_DIRE,
    CODES_DU_TIERS,
    DE_COTE,
    Consignes,
    LecteurDeProfil,
    code_du_moment,
    code_du_regard,
    code_du_tiers,
    consigner,
)
from cpit.lecture.dechiffrement import SENS_VIDE, Dechiffreur, replier_libelle
from cpit.lecture.entetes import (
    A_COTE_D_UN_ITEM,
    LUES,
    Cible,
    ColonneLue,
    Designation,
    Nomenclature,
    Role,
    replier_en_tete,
)
from cpit.lecture.lignes import LectureSource
from cpit.lecture.outils import reconnaitre_l_outil
from cpit.lecture.reconnaissance import LigneVue, Reperage, lire_entete, porte_des_items, reperer
from cpit.lecture.table_csv import apercevoir_csv, lire_table_csv
from cpit.lecture.table_xlsx import apercevoir_classeur, lire_table_xlsx
from cpit.ouverture import faute_de_chemin, lire_fichier
from cpit.typographie import echapper, enumerer, proche

if TYPE_CHECKING:
    from cpit.chargement.yaml_situe import ArbreSitue, Chemin

_OCTETS_MAX = 1_000_000
_ORDINAIRES = ("identifiant", "moment", "regard")
_FORME_DE_CORRESPONDANCE = "1"
"""La seule forme de correspondance que cette version lit."""
_CLES = ("correspondance", "referentiel", "feuille", "ligne", "moment", "regard", "valeurs", "colonnes")


def _lire_correspondance(chemin: Path, referentiel: Referentiel) -> Consignes:
    """Les consignes que donne une correspondance, pour les tables d’une commande.

    :raises ErreurCpit: toutes ses fautes, chacune à sa ligne et à sa colonne.
    """
    from cpit.chargement.yaml_situe import lire_yaml  # sans correspondance écrite, rien n’est du YAML

    try:
        arbre = lire_yaml(lire_fichier(chemin, _OCTETS_MAX).decode("utf-8-sig"))
        fautes = [*arbre.anomalies, *_fautes(arbre, referentiel)]
    except UnicodeDecodeError:
        fautes = [anomalie("encodage", Lieu("", 1, 1), raison="il n’est pas en UTF-8")]
    except ErreurCpit as erreur:
        vide = anomalie("correspondance-vide", Lieu("", 1, 1))
        fautes = [vide if faute.code == "yaml-vide" else faute for faute in erreur.anomalies]
    if fautes:
        raise ErreurCpit(replace(f, lieu=replace(f.lieu, fichier=str(chemin))) for f in fautes)
    racine = arbre.racine
    assert isinstance(racine, dict)
    return Consignes(
        colonnes=_colonnes(racine),
        mots=_mots_des_colonnes(racine),
        valeurs=_table(racine, "valeurs"),
        moment=_texte(racine, "moment"),
        regard=_texte(racine, "regard"),
        feuille=_texte(racine, "feuille"),
        ligne=int(ligne) if (ligne := _texte(racine, "ligne")) else None,
        correspondance=str(chemin),
    )


def referentiel_d_une_correspondance(chemin: Path) -> str | None:
    """La version que nomme une correspondance (« nom@version »), si c’en est une qui est livrée ; rien sinon : la
    lecture dira ce qui n’y va pas.
    """
    from cpit.chargement.yaml_situe import lire_yaml

    try:
        racine = lire_yaml(lire_fichier(chemin, _OCTETS_MAX).decode("utf-8-sig")).racine
        nom = _texte(racine, "referentiel") if isinstance(racine, dict) else None
        return nom if nom and DE_LA_VERSION in nom and trouver_referentiel(nom) else None
    except (ErreurCpit, OSError, UnicodeDecodeError):
        return None


def consigner_une_lecture(
    referentiel: Referentiel, *, correspondance: Path | str | None = None, **dites: Any
) -> Consignes:
    """Les consignes d’une lecture : celles que l’on dit, et celles d’une correspondance pour ce que l’on ne dit pas.

    :param dites: celles de ``consigner``.
    :raises MauvaisEmploi: une consigne impossible, ou un chemin vide.
    :raises ErreurCpit: la correspondance ne se lit pas.
    """
    if correspondance is not None and (faute := faute_de_chemin(str(correspondance), "l’option --correspondance")):
        raise MauvaisEmploi([faute])
    voulues = consigner(referentiel, **dites)
    if correspondance is None:
        return voulues
    ecrites = _lire_correspondance(Path(correspondance), referentiel)
    niveaux = {nom: _en_niveau(voulu, Dechiffreur.pour(referentiel)) for nom, voulu in ecrites.valeurs.items()}
    valeurs = consigner(referentiel, valeurs=cast("Mapping[str | int, str | int]", niveaux)).valeurs
    return replace(
        ecrites,
        identifiant=voulues.identifiant,
        garder=voulues.garder,
        encodage=voulues.encodage,
        equipe=voulues.equipe,
        moment=voulues.moment or ecrites.moment,
        regard=voulues.regard or ecrites.regard,
        valeurs=MappingProxyType({**valeurs, **voulues.valeurs}),
    )


def _en_niveau(voulu: str, dechiffreur: Dechiffreur) -> str:
    """Ce que vaut une réponse, tel que ``consigner`` le prend : un libellé de l’échelle y est son niveau."""
    valeur = None if replier_libelle(voulu) == "vide" else dechiffreur.lire(voulu, Lieu(), "")[0].valeur
    return voulu if valeur is None else str(valeur)


def _table(racine: Mapping[str, object], cle: str) -> dict[str, str]:
    table = racine.get(cle)
    return {nom: str(valeur) for nom, valeur in table.items()} if isinstance(table, dict) else {}


_PORTE, _VALEURS = "porte", "valeurs"
"""Ce que dit une colonne dont on dit aussi les mots."""


def _colonnes(racine: Mapping[str, object]) -> dict[str, str]:
    """Ce que porte chaque colonne, que ses mots soient dits sous elle ou non."""
    table = racine.get("colonnes")
    colonnes = table.items() if isinstance(table, dict) else ()
    dites = {nom: dite.get(_PORTE) if isinstance(dite, dict) else dite for nom, dite in colonnes}
    return {nom: str(dite) for nom, dite in dites.items() if dite is not None}


def _valeurs_des_colonnes(racine: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Les mots de chaque colonne dont on les dit, tels qu’écrits."""
    table = racine.get("colonnes")
    colonnes = table.items() if isinstance(table, dict) else ()
    dites = {nom: dite.get(_VALEURS) for nom, dite in colonnes if isinstance(dite, dict)}
    return {nom: valeurs for nom, valeurs in dites.items() if isinstance(valeurs, dict)}


def _mots_des_colonnes(racine: Mapping[str, object]) -> Mapping[str, Mapping[str, str]]:
    """Les mêmes, repliés ; « vide » y est une cellule vide."""
    return MappingProxyType(
        {
            replier_libelle(nom): {
                replier_libelle(mot): "" if replier_libelle(str(sens)) == SENS_VIDE else str(sens)
                for mot, sens in valeurs.items()
            }
            for nom, valeurs in _valeurs_des_colonnes(racine).items()
        }
    )


def _texte(racine: Mapping[str, object], cle: str) -> str | None:
    valeur = racine.get(cle)
    return valeur if isinstance(valeur, str) else None


def _fautes(arbre: ArbreSitue, referentiel: Referentiel) -> Iterator[Anomalie]:
    """Tout ce qui ne va pas, dans l’ordre du fichier."""
    racine = arbre.racine
    if not isinstance(racine, dict):
        mots = {"cle": "le fichier", "trouve": "autre chose", "permises": ", ".join(_CLES)}
        yield anomalie("table-attendue", arbre.lieu(()), **mots)
        return
    for cle in racine:
        if cle not in _CLES:
            voisine = proche(cle, _CLES)
            lieu, permises = arbre.lieu((cle,)), ", ".join(_CLES)
            yield anomalie("cle-inconnue", lieu, cle=cle, permises=permises, proche=voisine, parent="le fichier")
    for cle in ("correspondance", "colonnes"):
        if cle not in racine:
            yield anomalie("cle-manquante", arbre.lieu(()), cle=cle, parent="la correspondance")
    yield from _fautes_de_textes(arbre, racine, referentiel)
    yield from _fautes_de_tables(arbre, racine)
    yield from _fautes_de_valeurs(arbre, racine, Dechiffreur.pour(referentiel))
    yield from _fautes_de_colonnes(arbre, racine, Nomenclature.pour(referentiel))
    yield from _fautes_de_mots_de_colonnes(arbre, racine, Nomenclature.pour(referentiel))


def _fautes_de_textes(arbre: ArbreSitue, racine: Mapping[str, object], referentiel: Referentiel) -> Iterator[Anomalie]:
    version = referentiel.nom_et_version
    permis: tuple[tuple[str, Callable[[str], bool], str], ...] = (
        ("correspondance", lambda t: t == _FORME_DE_CORRESPONDANCE, _FORME_DE_CORRESPONDANCE),
        ("referentiel", lambda t: t in (referentiel.identifiant, version), version),
        ("feuille", bool, "le nom d’une feuille du classeur"),
        ("ligne", lambda t: t.isdecimal() and 0 < int(t) < 1_000_000, "le numéro de la ligne des en-têtes"),
        ("moment", est_un_moment, "t0, t1… ou t0-retrospectif"),
        ("regard", lambda t: t in REGARDS, " ou ".join(REGARDS)),
    )
    for cle, convient, attendu in permis:
        if cle in racine and not (isinstance(texte := racine[cle], str) and convient(texte)):
            mots = {"cle": cle, "valeur": texte if isinstance(texte, str) else "", "attendu": attendu}
            yield anomalie("correspondance-valeur", arbre.lieu_valeur((cle,)), **mots)


def _fautes_de_tables(arbre: ArbreSitue, racine: Mapping[str, object]) -> Iterator[Anomalie]:
    for cle in ("valeurs", "colonnes"):
        table = racine.get(cle)
        if cle in racine and not isinstance(table, dict):
            yield anomalie(
                "table-attendue", arbre.lieu_valeur((cle,)), cle=cle, trouve="autre chose", permises="voulues"
            )
            continue
        for nom, valeur in (table or {}).items() if isinstance(table, dict) else ():
            if cle == "colonnes" and isinstance(valeur, dict):
                yield from _fautes_de_forme(arbre, nom, valeur)
            elif not isinstance(valeur, str):
                yield anomalie("texte-attendu", arbre.lieu_valeur((cle, nom)), cle=nom, trouve="autre chose")


def _fautes_de_forme(arbre: ArbreSitue, nom: str, dite: Mapping[str, object]) -> Iterator[Anomalie]:
    """Ce qui ne va pas dans la forme d’une colonne dont on dit aussi les mots."""
    permises = f"{_PORTE}, {_VALEURS}"
    for cle in (cle for cle in dite if cle not in (_PORTE, _VALEURS)):
        mots = {"cle": cle, "permises": permises, "proche": proche(cle, (_PORTE, _VALEURS)), "parent": nom}
        yield anomalie("cle-inconnue", arbre.lieu(("colonnes", nom, cle)), **mots)
    if not isinstance(dite.get(_PORTE, ""), str):
        yield anomalie("texte-attendu", arbre.lieu_valeur(("colonnes", nom, _PORTE)), cle=_PORTE, trouve="autre chose")
    if _PORTE not in dite:
        yield anomalie("cle-manquante", arbre.lieu(("colonnes", nom)), cle=_PORTE, parent=nom)
    valeurs = dite.get(_VALEURS, {})
    if not isinstance(valeurs, dict):
        lieu = arbre.lieu_valeur(("colonnes", nom, _VALEURS))
        yield anomalie("table-attendue", lieu, cle=_VALEURS, trouve="autre chose", permises="voulues")
        return
    for mot in (mot for mot, sens in valeurs.items() if not isinstance(sens, str)):
        lieu = arbre.lieu_valeur(("colonnes", nom, _VALEURS, mot))
        yield anomalie("texte-attendu", lieu, cle=mot, trouve="autre chose")


def _fautes_de_valeurs(arbre: ArbreSitue, racine: Mapping[str, object], dechiffreur: Dechiffreur) -> Iterator[Anomalie]:
    """Ce que vaut une réponse doit être un niveau, un libellé, « SO » ou « vide »."""
    for nom, valeur in _table(racine, "valeurs").items():
        lieu = arbre.lieu_valeur(("valeurs", nom))
        if valeur == A_DIRE:
            yield anomalie("correspondance-a-dire", lieu, valeur=nom)
        elif replier_libelle(valeur) != "vide" and dechiffreur.lire(valeur, lieu, nom)[1] is not None:
            yield anomalie(
                "correspondance-valeur", lieu, cle=nom, valeur=valeur, attendu=f"{dechiffreur.attendus}, ou vide"
            )


def _fautes_de_colonnes(
    arbre: ArbreSitue, racine: Mapping[str, object], nomenclature: Nomenclature
) -> Iterator[Anomalie]:
    """Chaque colonne désigne quelque chose que cpit lit, et pas deux la même chose."""
    vues: dict[tuple[Cible, str], Lieu] = {}
    plies: dict[str, Lieu] = {}
    for nom, voulu in _colonnes(racine).items():
        chemin: Chemin = ("colonnes", nom)
        lieu = arbre.lieu_valeur((*chemin, _PORTE))
        if (plie := replier_libelle(nom)) in plies:
            yield anomalie("yaml-cle-en-double", arbre.lieu(chemin), cle=nom, deja=plies[plie].ligne)
        plies.setdefault(plie, arbre.lieu(chemin))
        if voulu == DE_COTE:
            continue
        if voulu == A_DIRE:
            yield anomalie("correspondance-a-dire", lieu, valeur=nom)
            continue
        trouvee = nomenclature.designer(voulu)
        if not isinstance(trouvee, Designation) or trouvee.cible.role not in LUES:
            yield _cible_inconnue(nom, voulu, nomenclature, lieu)
            continue
        # « C1P_t0 » et « C1P_t1 » sont deux choses à lire.
        cle = (trouvee.cible, trouvee.porteur)
        if cle in vues:
            mots = {"valeur": nom, "cible": str(trouvee.cible), "deja": vues[cle].ligne}
            yield anomalie("correspondance-cible-en-double", lieu, **mots)
        vues.setdefault(cle, lieu)


def _fautes_de_mots_de_colonnes(
    arbre: ArbreSitue, racine: Mapping[str, object], nomenclature: Nomenclature
) -> Iterator[Anomalie]:
    """Les mots que l’on dit d’une colonne : elle en porte, et chacun veut dire quelque chose que cpit lit."""
    portes = _colonnes(racine)
    for nom, valeurs in _valeurs_des_colonnes(racine).items():
        trouvee = nomenclature.designer(portes.get(nom, ""))
        if not isinstance(trouvee, Designation) or trouvee.cible.role not in LUES:
            continue
        sens_lus = _sens_d_une_colonne(trouvee.cible, nomenclature.referentiel)
        if sens_lus is None:
            lieu = arbre.lieu(("colonnes", nom, _VALEURS))
            yield anomalie("correspondance-sans-mots", lieu, valeur=nom, cible=portes[nom])
            continue
        for mot, sens in valeurs.items():
            lieu = arbre.lieu_valeur(("colonnes", nom, _VALEURS, mot))
            if sens == A_DIRE:
                yield anomalie("correspondance-a-dire", lieu, valeur=mot)
            elif isinstance(sens, str) and replier_libelle(sens) != SENS_VIDE and sens_lus.lire(sens) is None:
                attendu = enumerer([*sens_lus.admis, SENS_VIDE], "ou")
                yield anomalie("correspondance-valeur", lieu, cle=mot, valeur=sens, attendu=attendu)


@dataclass(frozen=True, slots=True)
class _SensDeColonne:
    """Ce que peuvent vouloir dire les mots d’une colonne : des codes à montrer, et la règle qui les lit."""

    admis: tuple[str, ...]
    lire: Callable[[str], str | None]


_DU_TIERS = {Role.ROLE_EVALUATEUR: "role_evaluateur", Role.CONNAISSANCE: "connaissance"}
"""La question, posée à un tiers, dont une colonne porte la réponse."""


def _sens_d_une_colonne(cible: Cible, referentiel: Referentiel) -> _SensDeColonne | None:
    """Ce que peuvent vouloir dire les mots d’une colonne ; rien si elle porte des réponses, un code ou du texte."""
    if cible.role is Role.MOMENT:
        return _SensDeColonne((*MOMENTS, "t2…"), partial(code_du_moment, referentiel=referentiel))
    if cible.role is Role.REGARD:
        return _SensDeColonne(tuple(REGARDS), code_du_regard)
    if cle := _DU_TIERS.get(cible.role):
        return _SensDeColonne(tuple(CODES_DU_TIERS[cle]), partial(code_du_tiers, cle))
    if cible.role is not Role.PROFIL or cible.choix:
        return None
    question = next(q for q in referentiel.profil if q.identifiant == cible.code)
    return _SensDeColonne(tuple(choix.code for choix in question.choix), LecteurDeProfil(question).lire)


def _cible_inconnue(nom: str, voulu: str, nomenclature: Nomenclature, lieu: Lieu) -> Anomalie:
    permis = [*_ORDINAIRES, *nomenclature.referentiel.items_par_code, *_questions(nomenclature.referentiel), DE_COTE]
    mots = {"valeur": nom, "cible": voulu, "proche": proche(voulu, permis)}
    return anomalie("correspondance-cible-inconnue", lieu, **mots)


def _questions(referentiel: Referentiel) -> Iterator[str]:
    return (question.identifiant for question in referentiel.profil)


# --- proposer une correspondance --------------------------------------------------------------------------------------
#
# Le YAML commenté d’une table, à compléter là où cpit ne sait pas lire un en-tête.


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
    return "\n".join(lignes)


def _tete(proposition: Proposition) -> Iterator[str]:
    referentiel = proposition.referentiel
    yield f"# Ce que porte chaque colonne de {_entre_guillemets(proposition.fichier)}."
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
    yield f"correspondance: {_FORME_DE_CORRESPONDANCE}"
    yield f"referentiel: {referentiel.nom_et_version}"
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
    """Un texte en YAML : un en-tête porte « : », « # », des fins de ligne ou des signes cachés."""
    from cpit.chargement.yaml_situe import entre_guillemets  # sans proposition à écrire, rien n’est du YAML

    return entre_guillemets(texte)


def _sur_une_ligne(texte: str) -> str:
    return echapper(" ".join(texte.split()), yaml=True)


# --- d’une table à sa proposition ---------------------------------------------------------------------------------


def proposer_une_correspondance(
    chemin: Path, referentiel: Referentiel, *, classeur: bool, encodage: str | None = None
) -> Proposition:
    """Ce que cpit comprend de chaque colonne d’une table, et ce qu’il en ignore.

    :param classeur: vrai pour un classeur, faux pour un texte.
    :param encodage: celui que l’on dit du texte.
    :raises ErreurCpit: s’il est illisible ou vide.
    """
    nomenclature = Nomenclature.pour(referentiel)
    essais: list[tuple[str | None, Sequence[LigneVue]]] = (
        list(apercevoir_classeur(chemin, referentiel))
        if classeur
        else [(None, lignes) for lignes in apercevoir_csv(chemin, encodage=encodage)]
    )
    trouve = reperer([lignes for _, lignes in essais], nomenclature)
    if trouve is None:
        raise refus("table-vide", str(chemin))
    rang, reperage = trouve if porte_des_items(trouve[1], nomenclature) else _situer_sans_item(essais)
    _exiger_des_entetes(reperage, referentiel, str(chemin))
    feuille, lignes = essais[rang]
    colonnes = tuple(_sans_deux_pareilles(_proposer_les_colonnes(reperage, nomenclature)))
    refus_ = _refus_de_la_table(chemin, colonnes, nomenclature, lire_table_xlsx if classeur else lire_table_csv)
    colonnes = tuple(_avec_ses_mots(colonne, refus_, nomenclature) for colonne in colonnes)
    colonnes = tuple(_avec_son_contexte(colonne, refus_, lignes, reperage, nomenclature) for colonne in colonnes)
    corps = [ligne.cellules for ligne in lignes if ligne.debut > reperage.fin]
    vues = _valeurs_inconnues(colonnes, corps, reperage, nomenclature)
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
    plies, titres = (
        [[replier_en_tete(nom) for nom in ligne.cellules] for ligne in lignes]
        for lignes in (reperage.lignes, reperage.dessus)
    )
    outil = reconnaitre_l_outil(plies, (), titres)
    fois = Counter(map(replier_libelle, reperage.principale.cellules))
    vus = {""}
    for rang, nom in enumerate(reperage.principale.cellules):
        # Deux colonnes d’un même nom n’ont qu’une ligne : un YAML n’a pas deux fois la même clé.
        if (plie := replier_libelle(nom)) in vus:
            continue
        vus.add(plie)
        cible = lues[rang].cible if rang in lues else nomenclature.reconnaitre(nom)
        voulu = _nommer_une_cible(cible) if isinstance(cible, Cible) else A_DIRE
        # Ce que gère l’outil ne se demande pas, même d’une table refusée pour autre chose.
        siens = [plie[rang] for plie in plies if rang < len(plie)]
        gere = outil is not None and (rang < outil.largeur or any(map(outil.met_de_cote, filter(None, siens))))
        # Ce qu’une table lue laisse de côté sous un nom connu (« Points - énoncé », une autre identité) y reste.
        if rang not in lues and ((gere and voulu in (A_DIRE, "identifiant")) or (lues and voulu != A_DIRE)):
            voulu = DE_COTE
        proche = nomenclature.proche(nom) if voulu == A_DIRE else None
        yield ColonneProposee(nom, voulu, proche, fois[plie])


def _sans_deux_pareilles(colonnes: Iterable[ColonneProposee]) -> Iterator[ColonneProposee]:
    """Les colonnes, sans en proposer deux de la même chose, que la lecture refuserait : « V1_C1P » et « V2_C1P »."""
    colonnes = list(colonnes)
    fois = Counter(colonne.voulu for colonne in colonnes)
    for une in colonnes:
        double = fois[une.voulu] > 1 and une.voulu not in (A_DIRE, DE_COTE)
        yield replace(une, voulu=A_DIRE, proche=une.voulu) if double else une


def _avec_son_contexte(
    colonne: ColonneProposee,
    anomalies: Iterable[Anomalie],
    lignes: Sequence[LigneVue],
    reperage: Reperage,
    nomenclature: Nomenclature,
) -> ColonneProposee:
    """La colonne inconnue qui a fait refuser la table, pour le moment ou le regard qu’elle dit : ses mots à dire."""
    roles = [une.mots["role"] for une in anomalies if une.code == "contexte-suppose" and une.mots["nom"] == colonne.nom]
    if colonne.voulu != A_DIRE or not roles:
        return colonne
    sens = _sens_d_une_colonne(Cible(Role(str(roles[0]))), nomenclature.referentiel)
    assert sens is not None
    rang = reperage.principale.cellules.index(colonne.nom)
    corps = (ligne.cellules for ligne in lignes if ligne.debut > reperage.fin)
    mots = dict.fromkeys(cellules[rang].strip() for cellules in corps if rang < len(cellules))
    a_dire = tuple(mot for mot in mots if mot and sens.lire(mot) is None)[:_MOTS_MAX]
    return replace(colonne, voulu=str(roles[0]), mots=a_dire, sens=sens.admis)


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
    if not cible.code:
        return str(cible.role)
    suffixes = (str(cible.role),) if cible.role in A_COTE_D_UN_ITEM else (cible.choix, cible.moment, cible.regard)
    return "_".join(filter(None, (cible.code, *suffixes)))


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
    sens = _sens_d_une_colonne(cible, nomenclature.referentiel) if isinstance(cible, Cible) else None
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
    colonnes: Sequence[ColonneProposee], corps: Sequence[Sequence[str]], reperage: Reperage, nomenclature: Nomenclature
) -> Iterator[str]:
    """Les réponses des premières lignes que l’échelle ne connaît pas, sous une situation.

    Et sous les « ? » qui ont l’air d’en être : une de leurs réponses se lit aussi sous un autre.
    """
    cibles = ((colonne.nom, nomenclature.reconnaitre(colonne.voulu)) for colonne in colonnes)
    des_items = {nom for nom, cible in cibles if isinstance(cible, Cible) and cible.role is Role.ITEM}
    a_dire = {colonne.nom for colonne in colonnes if colonne.voulu == A_DIRE}
    plies = [[replier_en_tete(nom) for nom in ligne.cellules] for ligne in reperage.lignes]
    outil = reconnaitre_l_outil(plies, (), ())
    dechiffreur = Dechiffreur.pour(nomenclature.referentiel, {}, outil.valeurs if outil else {})
    porteuses = _porteuses(corps, reperage, des_items | a_dire, dechiffreur)
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

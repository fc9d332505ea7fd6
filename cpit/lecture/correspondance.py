"""Une correspondance : un YAML qui dit ce que porte chaque colonne d’une table que cpit ne reconnaît pas seul.

À gauche un en-tête de la table, à droite l’en-tête que cpit aurait compris (« C1P », « identifiant », « structure »…),
« de-cote » pour ne pas la lire, ou « ? » tant qu’on ne l’a pas dit. Ce que veulent dire les mots d’une colonne de
moment, de regard, de rôle ou de profil se dit sous elle : ``{porte: moment, valeurs: {Avant: t0}}``. Elle est vérifiée
comme un référentiel : toutes ses fautes d’un coup, chacune à sa ligne.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from cpit.chargement.yaml_situe import ArbreSitue, Chemin, lire_yaml
from cpit.coeur.coherence import proche
from cpit.coeur.passation import MOMENTS, REGARDS, est_un_moment
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import DE_LA_VERSION, trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, MauvaisEmploi, anomalie
from cpit.lecture.consignes import A_DIRE, DE_COTE, Consignes, consigner
from cpit.lecture.dechiffrement import Dechiffreur, replier_libelle
from cpit.lecture.entetes import LUES, Cible, Designation, Nomenclature, Role
from cpit.lecture.mots_de_contexte import CODES_DU_TIERS, code_du_moment, code_du_regard, code_du_tiers
from cpit.lecture.remedes import SENS_VIDE
from cpit.lecture.reponses_de_profil import LecteurDeProfil
from cpit.ouverture import faute_de_chemin, lire_fichier
from cpit.typographie import enumerer

_OCTETS_MAX = 1_000_000
_ORDINAIRES = ("identifiant", "moment", "regard")
FORME_DE_CORRESPONDANCE = "1"
"""La seule forme de correspondance que cette version lit."""
_CLES = ("correspondance", "referentiel", "feuille", "ligne", "moment", "regard", "valeurs", "colonnes")


def _lire_correspondance(chemin: Path, referentiel: Referentiel) -> Consignes:
    """Les consignes que donne une correspondance, pour les tables d’une commande.

    :raises ErreurCpit: toutes ses fautes, chacune à sa ligne et à sa colonne.
    """
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
    yield from _fautes_de_colonnes(arbre, racine, Nomenclature(referentiel))
    yield from _fautes_de_mots_de_colonnes(arbre, racine, Nomenclature(referentiel))


def _fautes_de_textes(arbre: ArbreSitue, racine: Mapping[str, object], referentiel: Referentiel) -> Iterator[Anomalie]:
    version = f"{referentiel.identifiant}{DE_LA_VERSION}{referentiel.version}"
    permis: tuple[tuple[str, Callable[[str], bool], str], ...] = (
        ("correspondance", lambda t: t == FORME_DE_CORRESPONDANCE, FORME_DE_CORRESPONDANCE),
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
        sens_lus = sens_d_une_colonne(trouvee.cible, nomenclature.referentiel)
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
class SensDeColonne:
    """Ce que peuvent vouloir dire les mots d’une colonne : des codes à montrer, et la règle qui les lit."""

    admis: tuple[str, ...]
    lire: Callable[[str], str | None]


_DU_TIERS = {Role.ROLE_EVALUATEUR: "role_evaluateur", Role.CONNAISSANCE: "connaissance"}
"""La question, posée à un tiers, dont une colonne porte la réponse."""


def sens_d_une_colonne(cible: Cible, referentiel: Referentiel) -> SensDeColonne | None:
    """Ce que peuvent vouloir dire les mots d’une colonne ; rien si elle porte des réponses, un code ou du texte."""
    if cible.role is Role.MOMENT:
        return SensDeColonne((*MOMENTS, "t2…"), partial(code_du_moment, referentiel=referentiel))
    if cible.role is Role.REGARD:
        return SensDeColonne(tuple(REGARDS), code_du_regard)
    if cle := _DU_TIERS.get(cible.role):
        return SensDeColonne(tuple(CODES_DU_TIERS[cle]), partial(code_du_tiers, cle))
    if cible.role is not Role.PROFIL or cible.choix:
        return None
    question = next(q for q in referentiel.profil if q.identifiant == cible.code)
    return SensDeColonne(tuple(choix.code for choix in question.choix), LecteurDeProfil(question).lire)


def _cible_inconnue(nom: str, voulu: str, nomenclature: Nomenclature, lieu: Lieu) -> Anomalie:
    permis = [*_ORDINAIRES, *nomenclature.referentiel.items_par_code, *_questions(nomenclature.referentiel), DE_COTE]
    mots = {"valeur": nom, "cible": voulu, "proche": proche(voulu, permis)}
    return anomalie("correspondance-cible-inconnue", lieu, **mots)


def _questions(referentiel: Referentiel) -> Iterator[str]:
    return (question.identifiant for question in referentiel.profil)

"""Une correspondance : un YAML qui dit ce que porte chaque colonne d’une table que cpit ne reconnaît pas seul.

À gauche un en-tête de la table, à droite l’en-tête que cpit aurait compris (« C1P », « identifiant », « structure »…),
« de-cote » pour ne pas la lire, ou « ? » tant qu’on ne l’a pas dit. Elle est vérifiée comme un référentiel : toutes ses
fautes d’un coup, chacune à sa ligne.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from cpit.chargement.yaml_situe import ArbreSitue, Chemin, lire_yaml
from cpit.coeur.coherence import proche
from cpit.coeur.passation import REGARDS, est_un_moment
from cpit.coeur.referentiel import Referentiel
from cpit.emplacements import DE_LA_VERSION, trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, MauvaisEmploi, anomalie
from cpit.lecture.consignes import A_DIRE, DE_COTE, Consignes, consigner
from cpit.lecture.dechiffrement import Dechiffreur, replier_libelle
from cpit.lecture.entetes import LUES, Cible, Designation, Nomenclature
from cpit.ouverture import faute_de_chemin, lire_fichier

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
        colonnes=_table(racine, "colonnes"),
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
            if not isinstance(valeur, str):
                yield anomalie("texte-attendu", arbre.lieu_valeur((cle, nom)), cle=nom, trouve="autre chose")


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
    for nom, voulu in _table(racine, "colonnes").items():
        chemin: Chemin = ("colonnes", nom)
        lieu = arbre.lieu_valeur(chemin)
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


def _cible_inconnue(nom: str, voulu: str, nomenclature: Nomenclature, lieu: Lieu) -> Anomalie:
    permis = [*_ORDINAIRES, *nomenclature.referentiel.items_par_code, *_questions(nomenclature.referentiel), DE_COTE]
    mots = {"valeur": nom, "cible": voulu, "proche": proche(voulu, permis)}
    return anomalie("correspondance-cible-inconnue", lieu, **mots)


def _questions(referentiel: Referentiel) -> Iterator[str]:
    return (question.identifiant for question in referentiel.profil)

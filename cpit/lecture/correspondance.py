"""Une correspondance : un YAML qui dit ce que porte chaque colonne d’une table que cpit ne reconnaît pas seul.

À gauche un en-tête de la table, à droite l’en-tête que cpit aurait compris (« C1P », « identifiant », « structure »…),
« de-cote » pour ne pas la lire, ou « ? » tant qu’on ne l’a pas dit. Elle est vérifiée comme un référentiel : toutes ses
fautes d’un coup, chacune à sa ligne.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cpit.chargement.yaml_situe import ArbreSitue, Chemin, echapper_yaml, lire_yaml
from cpit.coeur.coherence import proche
from cpit.coeur.passation import REGARDS, est_un_moment
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie
from cpit.lecture.consignes import A_DIRE, DE_COTE, Consignes
from cpit.lecture.dechiffrement import Dechiffreur, replier_libelle
from cpit.lecture.entetes import LUES, Cible, Nomenclature
from cpit.ouverture import lire_fichier

_OCTETS_MAX = 1_000_000
_ORDINAIRES = ("identifiant", "moment", "regard")
_FORME = "1"
"""La seule forme de correspondance que cette version lit."""
_CLES = ("correspondance", "referentiel", "feuille", "ligne", "moment", "regard", "valeurs", "colonnes")


def lire_correspondance(chemin: Path, referentiel: Referentiel) -> Consignes:
    """Les consignes que donne une correspondance, pour les tables d’une commande.

    :raises ErreurCpit: toutes ses fautes, chacune à sa ligne et à sa colonne.
    """
    try:
        arbre = lire_yaml(lire_fichier(chemin, _OCTETS_MAX).decode("utf-8-sig"))
        fautes = [*arbre.anomalies, *_fautes(arbre, referentiel)]
    except UnicodeDecodeError:
        fautes = [anomalie("encodage", Lieu("", 1, 1), raison="il n’est pas en UTF-8")]
    except ErreurCpit as erreur:
        fautes = list(erreur.anomalies)
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
    permis: tuple[tuple[str, Callable[[str], bool], str], ...] = (
        ("correspondance", lambda t: t == _FORME, _FORME),
        ("referentiel", lambda t: t == referentiel.identifiant, referentiel.identifiant),
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
    vues: dict[Cible, Lieu] = {}
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
        cible = nomenclature.reconnaitre(voulu)
        if not isinstance(cible, Cible) or cible.role not in LUES:
            yield _cible_inconnue(nom, voulu, nomenclature, lieu)
            continue
        if cible in vues:
            mots = {"valeur": nom, "cible": str(cible), "deja": vues[cible].ligne}
            yield anomalie("correspondance-cible-en-double", lieu, **mots)
        vues.setdefault(cible, lieu)


def _cible_inconnue(nom: str, voulu: str, nomenclature: Nomenclature, lieu: Lieu) -> Anomalie:
    permis = [*_ORDINAIRES, *nomenclature.referentiel.items_par_code, *_questions(nomenclature.referentiel), DE_COTE]
    mots = {"valeur": nom, "cible": voulu, "proche": proche(voulu, permis)}
    return anomalie("correspondance-cible-inconnue", lieu, **mots)


def _questions(referentiel: Referentiel) -> Iterator[str]:
    return (question.identifiant for question in referentiel.profil)


# --- une proposition, à compléter ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ColonneProposee:
    """Un en-tête de la table, ce que cpit y reconnaît (« ? » s’il n’en sait rien), et le nom connu le plus proche."""

    nom: str
    voulu: str
    proche: str | None = None


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
        return sum(colonne.voulu == A_DIRE for colonne in self.colonnes) + len(self.valeurs)


def rediger_correspondance(proposition: Proposition) -> str:
    """Le YAML commenté d’une proposition ; il se relit par ``lire_correspondance`` une fois complété."""
    lignes = (*_tete(proposition), *_lignes_de_colonnes(proposition.colonnes), *_lignes_de_valeurs(proposition), "")
    return echapper_yaml("\n".join(lignes))


def _tete(proposition: Proposition) -> Iterator[str]:
    referentiel = proposition.referentiel
    yield f"# Ce que porte chaque colonne de {json.dumps(proposition.fichier, ensure_ascii=False)}."
    yield "# À gauche, un en-tête de la table ; à droite, ce qu’il porte :"
    yield f"#   identifiant, moment ou regard ; un code de situation : {', '.join(referentiel.items_par_code)} ;"
    questions = ", ".join(_questions(referentiel))
    if questions:
        yield f"#   une question de profil : {questions} ;"
    exemple = next(iter(referentiel.items_par_code))
    yield f"#   la trace d’une situation : {exemple}_trace ; une situation à un moment : {exemple}_t1 ;"
    yield f"#   {DE_COTE} : la colonne n’est pas lue."
    yield f"# Remplacer chaque « {A_DIRE} », puis : cpit cohorte TABLE --correspondance CE-FICHIER"
    yield f"correspondance: {_FORME}"
    yield f"referentiel: {referentiel.identifiant}"
    if proposition.feuille is not None:
        yield f"feuille: {_entre_guillemets(proposition.feuille)}"
    yield f"ligne: {proposition.ligne}"
    yield "# moment: t0      # si aucune colonne ne le dit"
    yield "# regard: soi"


def _lignes_de_colonnes(colonnes: Iterable[ColonneProposee]) -> Iterator[str]:
    yield "colonnes:"
    for colonne in colonnes:
        indice = f"   # proche de {_sur_une_ligne(colonne.proche)}" if colonne.proche else ""
        yield f"  {_entre_guillemets(colonne.nom)}: {_entre_guillemets(colonne.voulu)}{indice}"


def _lignes_de_valeurs(proposition: Proposition) -> Iterator[str]:
    """Les réponses que l’échelle ne connaît pas, à dire une à une ; une par ligne, sans ordre supposé."""
    if not proposition.valeurs:
        return
    niveaux = ", ".join(str(niveau.valeur) for niveau in proposition.referentiel.echelle.niveaux)
    yield f"# Ce que vaut chaque réponse que l’échelle ne connaît pas : {niveaux}, SO ou vide."
    yield "valeurs:"
    for valeur in proposition.valeurs:
        yield f"  {_entre_guillemets(valeur)}: {_entre_guillemets(A_DIRE)}"


def _entre_guillemets(texte: str) -> str:
    """Un texte en YAML, entre guillemets : un en-tête porte « : », « # » ou des fins de ligne."""
    return json.dumps(texte, ensure_ascii=False)


def _sur_une_ligne(texte: str) -> str:
    return " ".join(texte.split())

"""Les réponses d’un formulaire xlsx : code, moment, regard, profil, puis chaque situation à la ligne de son code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite

from cpit.coeur.modele import Item, QuestionProfil, Referentiel
from cpit.coeur.passation import Reponse, sans_reponse
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie
from cpit.formats.cellules import Dechiffreur, replier_libelle
from cpit.formats.forme_formulaire import (
    CODE,
    CODE_MAX,
    REPONSE,
    SITUATION,
    TRACE,
    choix_de_moment,
    choix_de_profil,
    choix_de_regard,
    choix_de_reponse,
    code_du_choix,
    code_du_moment,
    code_du_regard,
)
from cpit.formats.grille_formulaire import Grille
from cpit.typographie import enumerer, nettoyer, typographier

Questions = Mapping[str, tuple[str, str]]
"""Clé → cellule d’origine et libellé, d’après la feuille d’identification ; pour un item, code → cellule et énoncé."""
SIGNES_COMPARES = 2_000
"""D’un énoncé ; une cellule n’en garde de toute façon pas plus de 32 767."""


def lire_questions(grille: Grille, questions: Questions) -> tuple[dict[str, str], list[Anomalie]]:
    """Code de la personne, moment et regard.

    :raises ErreurCpit: moment ou regard absents ou inconnus : on ne saurait pas à quoi comparer ces réponses.
    """
    lignes = _lignes_des_questions(grille, questions)
    identifiant, anomalies = _lire_code(grille, lignes.get("identifiant"), questions)
    choix = {"moment": (code_du_moment, choix_de_moment("t0")), "regard": (code_du_regard, choix_de_regard())}
    identite, fautes = {"identifiant": identifiant}, []
    for cle, (decoder, libelles) in choix.items():
        ligne = lignes.get(cle)
        if ligne is None:
            fautes.append(_question_remaniee(grille, questions, cle))
            continue
        texte, empechement = grille.texte(ligne, REPONSE)
        code = decoder(texte) if texte else None
        if code is None:
            mots = {"colonne": cle, "valeur": empechement or texte or "case vide", "attendus": enumerer([*libelles])}
            fautes.append(anomalie("formulaire-choix-inconnu", grille.lieu(ligne), **mots))
        identite[cle] = code or ""
    if fautes:
        raise ErreurCpit(fautes)
    return identite, anomalies


def code_de_la_personne(grille: Grille, questions: Questions) -> str:
    """Le code seul, même si le moment ou le regard manquent ; vide s’il ne se lit pas."""
    return _lire_code(grille, _lignes_des_questions(grille, questions).get("identifiant"), questions)[0]


def lire_profil(
    grille: Grille, questions: Questions, referentiel: Referentiel
) -> tuple[dict[str, str], list[Anomalie]]:
    """Les choix de profil reconnus ; les autres sont des avertissements."""
    lignes = _lignes_des_questions(grille, questions)
    profil: dict[str, str] = {}
    anomalies: list[Anomalie] = []
    for question in referentiel.profil:
        ligne = lignes.get(f"profil.{question.identifiant}")
        if ligne is None:
            lieu = Lieu(grille.fichier, feuille=grille.titre)
            anomalies.append(anomalie("formulaire-question-absente", lieu, colonne=question.libelle))
            continue
        texte, empechement = grille.texte(ligne, REPONSE)
        code = code_du_choix(question, texte) if texte else None
        if code is not None:
            profil[question.identifiant] = code
        elif texte or empechement:
            anomalies.append(_profil_inconnu(grille, ligne, question, empechement or texte))
    return profil, anomalies


def lire_reponses(
    grille: Grille, referentiel: Referentiel, origines: Questions
) -> tuple[dict[str, Reponse], list[Anomalie]]:
    """Une réponse par situation ; une réponse refusée compte comme sans réponse, et sa trace est gardée."""
    lecteur = _LecteurDeReponses.pour(grille, referentiel, origines)
    reponses: dict[str, Reponse] = {}
    anomalies: list[Anomalie] = []
    for item in referentiel.ordre_de_passation():
        reponses[item.code], constats = lecteur.lire(item)
        anomalies += constats
    return reponses, anomalies


def _lignes_des_questions(grille: Grille, questions: Questions) -> dict[str, int]:
    """Ligne de chaque question, à son libellé ; deux questions de même libellé se suivent dans leur ordre."""
    places: dict[str, list[int]] = {}
    plies = {cle: replier_libelle(libelle) for cle, (_, libelle) in questions.items()}
    plus_long = 2 * max(map(len, plies.values()), default=0) + 20
    for ligne, texte in grille.colonne(SITUATION):
        if isinstance(texte, str) and len(texte) <= plus_long and not str(grille.valeur(ligne, CODE) or ""):
            places.setdefault(replier_libelle(texte), []).append(ligne)
    lignes = {}
    for cle, plie in plies.items():
        if places.get(plie):
            lignes[cle] = places[plie].pop(0)
    return lignes


def _lire_code(grille: Grille, ligne: int | None, questions: Questions) -> tuple[str, list[Anomalie]]:
    libelle = questions.get("identifiant", ("", CODE))[1]
    if ligne is None:
        lieu = Lieu(grille.fichier, feuille=grille.titre)
        return "", [anomalie("formulaire-question-absente", lieu, colonne=libelle)]
    texte, empechement = grille.texte(ligne, REPONSE)
    if empechement:
        return "", [anomalie("formulaire-code-incompris", grille.lieu(ligne), colonne=libelle, valeur=empechement)]
    return nettoyer(texte)[:CODE_MAX].strip(), []


def _question_remaniee(grille: Grille, questions: Questions, cle: str) -> Anomalie:
    raison = typographier("la question « {} » manque").format(questions.get(cle, ("", cle))[1])
    return anomalie("formulaire-remanie", Lieu(grille.fichier, feuille=grille.titre), raison=raison)


def _profil_inconnu(grille: Grille, ligne: int, question: QuestionProfil, valeur: str) -> Anomalie:
    mots = {"colonne": question.libelle, "valeur": valeur, "attendus": ", ".join(choix_de_profil(question))}
    return anomalie("formulaire-profil-inconnu", grille.lieu(ligne), **mots)


@dataclass(frozen=True, slots=True)
class _LecteurDeReponses:
    """Ce qu’il faut savoir pour lire chaque situation : où sont les codes, ce que veulent dire les choix."""

    grille: Grille
    dechiffreur: Dechiffreur
    choix: Mapping[str, int | str]
    places: Mapping[str, list[int]]
    origines: Questions

    @classmethod
    def pour(cls, grille: Grille, referentiel: Referentiel, origines: Questions) -> _LecteurDeReponses:
        places: dict[str, list[int]] = {}
        for ligne, code in grille.colonne(CODE):
            places.setdefault(str(code).strip(), []).append(ligne)
        choix = {replier_libelle(libelle): valeur for libelle, valeur in choix_de_reponse(referentiel).items()}
        return cls(grille, Dechiffreur.pour(referentiel), choix, places, origines)

    def lire(self, item: Item) -> tuple[Reponse, list[Anomalie]]:
        lignes = self.places.get(item.code, [])
        if len(lignes) != 1:
            return sans_reponse(), [self._introuvable(item, lignes)]
        ligne = lignes[0]
        if not _meme_texte(self.grille.valeur(ligne, SITUATION), item.enonce):
            mots = {"colonne": item.code, "attendu": item.enonce}
            return sans_reponse(), [anomalie("formulaire-item-deplace", self.grille.lieu(ligne, SITUATION), **mots)]
        reponse, refus_ = self._lire_valeur(item, ligne)
        trace, constats = self._lire_trace(
            item, ligne, fusion=refus_ is not None and refus_.code == "cellule-fusionnee"
        )
        return replace(reponse, trace=trace), [*([refus_] if refus_ else []), *constats, *self._cachee(item, ligne)]

    def _introuvable(self, item: Item, lignes: list[int]) -> Anomalie:
        if not lignes:
            lieu = Lieu(
                self.grille.fichier, feuille=self.grille.titre, cellule=self.origines.get(item.code, (None,))[0]
            )
            return anomalie("formulaire-item-absent", lieu, colonne=item.code)
        cellules = enumerer([self.grille.adresse(ligne) for ligne in lignes])
        return anomalie("formulaire-item-en-double", self.grille.lieu(lignes[0]), colonne=item.code, cellules=cellules)

    def _lire_valeur(self, item: Item, ligne: int) -> tuple[Reponse, Anomalie | None]:
        grille, lieu = self.grille, self.grille.lieu(ligne)
        mots = {"colonne": item.code, "attendus": self.dechiffreur.attendus}
        if zone := grille.fusion(ligne, REPONSE):
            return sans_reponse(), anomalie("cellule-fusionnee", lieu, valeur=zone, **mots)
        valeur = grille.valeur(ligne, REPONSE)
        if isinstance(valeur, str):
            valeur = self.choix.get(replier_libelle(valeur), valeur) if len(valeur) < 1_000 else valeur
        elif isinstance(valeur, float) and not isfinite(valeur):
            valeur = str(valeur)
        return self.dechiffreur.lire(valeur, lieu, item.code)

    def _lire_trace(self, item: Item, ligne: int, *, fusion: bool) -> tuple[str, list[Anomalie]]:
        if TRACE not in self.grille.colonnes or fusion:
            return "", []
        texte, empechement = self.grille.texte(ligne, TRACE, dates=True)
        if empechement is None:
            return texte, []
        lieu = self.grille.lieu(ligne, TRACE)
        return "", [anomalie("formulaire-trace-incomprise", lieu, colonne=item.code, valeur=empechement)]

    def _cachee(self, item: Item, ligne: int) -> Iterator[Anomalie]:
        if self.grille.cachee(ligne, REPONSE):
            yield anomalie("cellule-cachee", self.grille.lieu(ligne), colonne=item.code)


def _meme_texte(trouve: object, attendu: str) -> bool:
    if trouve == attendu:
        return True
    court = str(trouve or "")[:SIGNES_COMPARES]
    return replier_libelle(court) == replier_libelle(
        attendu[: len(court)] if len(court) == SIGNES_COMPARES else attendu
    )

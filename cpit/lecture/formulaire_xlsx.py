"""Lire un formulaire rempli dans un classeur : une passation, et tout ce qui n’a pas été pris, cellule par cellule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from cpit.chargement import referentiel_joint
from cpit.coeur.cohorte import Releve
from cpit.coeur.colonnes import COLONNES_DU_TIERS, DATE_DU_MOMENT
from cpit.coeur.passation import (
    CODE_MAX,
    DATES_ATTENDUES,
    RETROSPECTIF,
    Etat,
    IdentiteReferentiel,
    Passation,
    Reponse,
    accorder_les_versions,
    est_retrospectif,
    lire_la_date,
    sans_reponse,
)
from cpit.coeur.referentiel import Item, QuestionProfil, Referentiel
from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie, raison_systeme, refus, refusees
from cpit.lecture.autre_referentiel import dire_une_autre_version, porter_un_releve, refuser_un_autre_referentiel
from cpit.lecture.contexte import (
    LecteurDeProfil,
    choix_a_montrer,
    code_du_moment,
    code_du_regard,
    decoder_du_tiers,
    dire_des_choix_contraires,
)
from cpit.lecture.dechiffrement import ERREURS_DE_TABLEUR, Dechiffreur, lire_niveau_de_place, replier_libelle
from cpit.lecture.ecartees import ne_dit_pas_qui
from cpit.lecture.forme_formulaire import (
    COCHE,
    ENTETES_DE_PLACE,
    ENTETES_FORMULAIRE,
    FORMAT_FORMULAIRE,
    IDENTIFICATION,
    LISTES,
    QUESTION_CODE,
    REPONSE,
    REPONSE_AU_DEBUT,
    REPONSE_AUJOURD_HUI,
    SITUATION,
    TRACE,
    VERSION_FORMAT_FORMULAIRE,
    choix_de_moment,
    choix_de_regard,
    choix_de_reponse,
    cle_d_un_choix,
    moments_presents,
    situations_possibles,
)
from cpit.lecture.lignes import LectureSource, dire_une_trace_longue, refuser_une_place
from cpit.tableur.classeur_ouvert import Case, ClasseurOuvert, FeuilleLue, FeuilleRefusee, Piege, nommer_cellule
from cpit.tableur.classeurs import ouvrir_classeur
from cpit.tableur.garde import verifier_classeur, verifier_tailles
from cpit.typographie import enumerer, nettoyer, typographier

# --- La feuille remplie d’un formulaire : ses valeurs, la place de ses colonnes, et ce qu’une case a de particulier.


_ENTETES = {
    **{replier_libelle(entete): entete for entete in (*ENTETES_FORMULAIRE, REPONSE_AU_DEBUT, *ENTETES_DE_PLACE)},
    replier_libelle(REPONSE_AUJOURD_HUI): REPONSE,
}
_RAISONS_DE_PIEGE = {"cellule-formule": "formule sans valeur calculée", "cellule-erreur": "erreur de tableur"}
_EXIGES = (QUESTION_CODE, SITUATION, REPONSE)


@dataclass(frozen=True, slots=True)
class _FeuilleRemplie:
    """La feuille d’un formulaire et la place de ses colonnes ; tout se compte à partir de 1, comme dans un tableur."""

    fichier: str
    feuille: FeuilleLue
    entete: int
    colonnes: Mapping[str, int]
    """En-tête → colonne ; la trace peut manquer."""

    @property
    def titre(self) -> str:
        """Nom de la feuille, tel que la personne l’a laissé."""
        return self.feuille.titre

    def valeur(self, ligne: int, entete: str) -> object:
        """Valeur d’une case, ``None`` si elle est vide."""
        return self.feuille.valeur(ligne, self.colonnes[entete])

    def colonne(self, entete: str) -> Iterator[tuple[int, object]]:
        """Ligne et valeur de chaque case remplie d’une colonne, la ligne d’en-têtes exceptée."""
        rang = self.colonnes[entete]
        for ligne, cases in sorted(self.feuille.lignes.items()):
            if rang in cases and ligne != self.entete:
                yield ligne, cases[rang]

    def lieu(self, ligne: int, entete: str = REPONSE) -> Lieu:
        """Où est une case."""
        return Lieu(self.fichier, feuille=self.titre, cellule=self.adresse(ligne, entete))

    def adresse(self, ligne: int, entete: str = REPONSE) -> str:
        """Adresse d’une case, par exemple ``C21``."""
        return nommer_cellule(ligne, self.colonnes[entete])

    def fusion(self, ligne: int, entete: str) -> str | None:
        """Adresse de la fusion qui couvre une case, ou rien."""
        zone = self.feuille.pieges.fusion(ligne, self.colonnes[entete])
        if zone is None:
            return None
        return f"{nommer_cellule(zone.haut, zone.gauche)}:{nommer_cellule(zone.bas, zone.droite)}"

    def cachee(self, ligne: int, entete: str) -> bool:
        """Vrai si la ligne ou la colonne d’une case est cachée."""
        return self.feuille.pieges.cellule_cachee(ligne, self.colonnes[entete])

    def texte(self, ligne: int, entete: str, *, dates: bool = False) -> tuple[str, str | None]:
        """Texte d’une case, nettoyé, et ce qui empêche de le prendre (rien, le plus souvent).

        :param dates: une date se lit comme un texte ; sinon elle empêche, car un code « 3-4 » a pu en devenir une.
        """
        if zone := self.fusion(ligne, entete):
            return "", typographier(f"cellules fusionnées {zone}")
        valeur = self.valeur(ligne, entete)
        if isinstance(valeur, str):
            net = nettoyer(valeur, garder_lignes=True).strip()
            return ("", net) if net.casefold() in ERREURS_DE_TABLEUR else (net, None)
        return _texte_d_une_valeur(valeur, dates=dates)


def _texte_d_une_valeur(valeur: object, *, dates: bool) -> tuple[str, str | None]:
    if valeur is None:
        return "", None
    if isinstance(valeur, Piege):
        return "", valeur.vu or _RAISONS_DE_PIEGE[valeur.code]
    if isinstance(valeur, bool):
        return "", "VRAI" if valeur else "FAUX"
    if isinstance(valeur, int | float):
        return str(int(valeur)) if float(valeur).is_integer() else str(valeur).replace(".", ","), None
    if isinstance(valeur, date | datetime):
        texte = valeur.strftime("%d/%m/%Y")
        return (texte, None) if dates else ("", f"date {texte}")
    return "", str(valeur)


def _trouver_grille(classeur: ClasseurOuvert, fichier: str) -> _FeuilleRemplie:
    """La feuille à remplir, reconnue à sa ligne d’en-têtes, quel que soit son nom.

    :raises ErreurCpit: si aucune feuille, ou plusieurs, peuvent l’être ; si ses colonnes sont ambiguës.
    """
    trouvees = []
    for titre in classeur.titres:
        if titre not in {IDENTIFICATION, LISTES}:
            feuille = classeur.lire_feuille(titre)
            entete = next((rang for rang in sorted(feuille.lignes) if _entetes(feuille.lignes[rang])), None)
            if entete is not None:
                trouvees.append((feuille, entete))
    if not trouvees:
        raise _remanie(fichier, "la ligne d'en-têtes « {} » manque".format(" », « ".join(_EXIGES)))
    if len(trouvees) > 1:
        noms = enumerer([f"« {feuille.titre} »" for feuille, _ in trouvees])
        raise _remanie(fichier, f"plusieurs feuilles sont à remplir, {noms}")
    feuille, entete = trouvees[0]
    places = _entetes(feuille.lignes[entete])
    for nom, colonnes in places.items():
        if len(colonnes) > 1:
            raise _remanie(fichier, f"la colonne « {nom} » y est plusieurs fois")
    return _FeuilleRemplie(fichier, feuille, entete, {nom: colonnes[0] for nom, colonnes in places.items()})


def _entetes(cases: Mapping[int, Case]) -> dict[str, list[int]]:
    """En-tête → colonnes où il est, si la ligne est bien celle des en-têtes ; rien sinon."""
    places: dict[str, list[int]] = {}
    for colonne, valeur in cases.items():
        if isinstance(valeur, str) and len(valeur) < 100 and (nom := _ENTETES.get(replier_libelle(valeur))):
            places.setdefault(nom, []).append(colonne)
    return places if all(exige in places for exige in _EXIGES) else {}


def _remanie(fichier: str, raison: str) -> ErreurCpit:
    return refus("formulaire-remanie", fichier, raison=typographier(raison))


# --- Les réponses d’un formulaire xlsx : code, moment, regard, profil, puis chaque situation à la ligne de son code.


_Questions = Mapping[str, tuple[str, str]]
"""Clé → cellule d’origine et libellé, d’après la feuille d’identification ; pour un item, code → cellule et énoncé."""
_SIGNES_COMPARES = 2_000
"""D’un énoncé ; une cellule n’en garde de toute façon pas plus de 32 767."""


def _lire_questions(
    grille: _FeuilleRemplie, questions: _Questions, referentiel: Referentiel
) -> tuple[dict[str, str], list[Anomalie]]:
    """Code de la personne, moment, regard, date du moment, et quel tiers répond.

    :raises ErreurCpit: moment ou regard absents ou inconnus : on ne saurait pas à quoi comparer ces réponses.
    """
    lignes = _lignes_des_questions(grille, questions)
    identifiant, anomalies = _lire_code(grille, lignes.get("identifiant"), questions)
    jumelee = REPONSE_AU_DEBUT in grille.colonnes
    moments = moments_presents(referentiel, "t1") if jumelee else choix_de_moment("t0", referentiel)
    choix = {"moment": (_moment_permis(referentiel, jumelee), moments), "regard": (code_du_regard, choix_de_regard())}
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
        else:
            identite[cle] = code
    if fautes:
        raise ErreurCpit(fautes)
    tiers, du_tiers = _lire_le_tiers(grille, questions, lignes, identite["regard"])
    date, de_date = _lire_la_date(grille, lignes.get(DATE_DU_MOMENT.cle))
    return identite | tiers | {"date_moment": date}, [*anomalies, *du_tiers, *de_date]


def _moment_permis(referentiel: Referentiel, jumelee: bool) -> Callable[[str], str | None]:
    """Ce qui dit le code d’un moment ; d’un formulaire qui en demande deux, celui qui n’est pas passé."""

    def decoder(texte: str) -> str | None:
        code = code_du_moment(texte, referentiel)
        return None if jumelee and code is not None and est_retrospectif(code) else code

    return decoder


def _lire_la_date(grille: _FeuilleRemplie, ligne: int | None) -> tuple[str, list[Anomalie]]:
    """La date du moment, si elle est dite ; celle que l’on ne comprend pas n’est pas prise, et se dit."""
    if ligne is None:
        return "", []
    texte, empechement = grille.texte(ligne, REPONSE, dates=True)
    lue = lire_la_date(texte)
    if lue is not None or not (texte or empechement):
        return lue or "", []
    mots = {"valeur": empechement or texte, "attendu": DATES_ATTENDUES}
    return "", [anomalie("date-de-moment-incomprise", grille.lieu(ligne), **mots)]


def _lire_le_tiers(
    grille: _FeuilleRemplie, questions: _Questions, lignes: Mapping[str, int], regard: str
) -> tuple[dict[str, str], list[Anomalie]]:
    """Quel tiers a répondu, et ce qu’il est pour la personne : rien si on ne le demandait pas, ou si c’est elle."""
    anomalies: list[Anomalie] = []
    tiers = dict[str, str]()
    for cle in (colonne.cle for colonne in COLONNES_DU_TIERS if colonne.cle in questions):
        tiers[cle], constats = _lire_code(grille, lignes.get(cle), questions, cle)
        anomalies += constats
    tiers = {cle: decoder_du_tiers(cle, mots) for cle, mots in tiers.items()}
    if regard == "tiers" or not any(tiers.values()):
        return tiers, anomalies
    cle = next(cle for cle, valeur in tiers.items() if valeur)
    lieu = grille.lieu(lignes[cle])
    return {}, [*anomalies, anomalie("evaluateur-de-soi", lieu, valeur=tiers[cle], nombre=1)]


def _lire_profil(
    grille: _FeuilleRemplie, questions: _Questions, referentiel: Referentiel
) -> tuple[dict[str, str], list[Anomalie]]:
    """Les choix de profil reconnus ; les autres sont des avertissements."""
    lignes = _lignes_des_questions(grille, questions)
    profil: dict[str, str] = {}
    anomalies: list[Anomalie] = []
    for question in referentiel.profil:
        if question.condition and not any(cle.startswith(f"profil.{question.identifiant}") for cle in questions):
            # Ce formulaire ne la posait pas : les conditions ne se demandent que si on le veut.
            continue
        lire = _lire_les_coches if question.plusieurs else _lire_un_choix
        reponse, fautes = lire(grille, lignes, question)
        if reponse:
            profil[question.identifiant] = reponse
        anomalies += fautes
    return profil, anomalies


def _lire_un_choix(
    grille: _FeuilleRemplie, lignes: Mapping[str, int], question: QuestionProfil
) -> tuple[str, list[Anomalie]]:
    ligne = lignes.get(f"profil.{question.identifiant}")
    if ligne is None:
        return "", [_question_absente(grille, question)]
    texte, empechement = grille.texte(ligne, REPONSE)
    code = LecteurDeProfil(question).lire(texte) if texte else None
    if code is None and (texte or empechement):
        return "", [_profil_inconnu(grille, ligne, question, empechement or texte)]
    return code or "", []


def _lire_les_coches(
    grille: _FeuilleRemplie, lignes: Mapping[str, int], question: QuestionProfil
) -> tuple[str, list[Anomalie]]:
    """Les choix cochés, une ligne chacun ; une coche que l’on ne comprend pas n’est pas prise, et se dit."""
    lecteur, codes, fautes = LecteurDeProfil(question), list[str](), list[Anomalie]()
    presentes = {c.code: ligne for c in question.choix if (ligne := lignes.get(cle_d_un_choix(question, c.code)))}
    for code, ligne in presentes.items():
        texte, empechement = grille.texte(ligne, REPONSE)
        coche = None if empechement else lecteur.lire_une_coche(code, texte)
        if coche is None:
            mots = {"colonne": question.libelle, "valeur": empechement or texte, "attendus": f"{COCHE}, ou rien"}
            fautes.append(anomalie("formulaire-profil-inconnu", grille.lieu(ligne), **mots))
        elif coche:
            codes.append(code)
    absente = [] if len(presentes) == len(question.choix) else [_question_absente(grille, question)]
    contraires: list[Anomalie] = []
    if question.aucun and question.aucun.code in codes:
        contraires += dire_des_choix_contraires(grille.lieu(presentes[question.aucun.code]), question, codes)
    return "" if contraires else question.joindre(codes), [*absente, *fautes, *contraires]


def _question_absente(grille: _FeuilleRemplie, question: QuestionProfil) -> Anomalie:
    lieu = Lieu(grille.fichier, feuille=grille.titre)
    return anomalie("formulaire-question-absente", lieu, colonne=question.libelle)


def _lire_reponses(
    grille: _FeuilleRemplie, referentiel: Referentiel, origines: _Questions, entete: str = REPONSE
) -> tuple[dict[str, Reponse], list[Anomalie]]:
    """Une réponse par situation ; une réponse refusée compte comme sans réponse, et sa trace est gardée.

    :param entete: la colonne où l’on répond ; celle d’un moment passé n’a ni trace, ni place.
    """
    lecteur = replace(_LecteurDeReponses.pour(grille, referentiel, origines), entete=entete)
    reponses: dict[str, Reponse] = {}
    anomalies: list[Anomalie] = []
    for item in referentiel.ordre_de_passation():
        reponses[item.code], constats = lecteur.lire(item)
        anomalies += constats
    return reponses, anomalies


def _lignes_des_questions(grille: _FeuilleRemplie, questions: _Questions) -> dict[str, int]:
    """Ligne de chaque question, à son libellé ; deux questions de même libellé se suivent dans leur ordre."""
    places: dict[str, list[int]] = {}
    plies = {cle: replier_libelle(libelle) for cle, (_, libelle) in questions.items()}
    plus_long = 2 * max(map(len, plies.values()), default=0) + 20
    for ligne, texte in grille.colonne(SITUATION):
        if isinstance(texte, str) and len(texte) <= plus_long and not str(grille.valeur(ligne, QUESTION_CODE) or ""):
            places.setdefault(replier_libelle(texte), []).append(ligne)
    lignes = {}
    for cle, plie in plies.items():
        if places.get(plie):
            lignes[cle] = places[plie].pop(0)
    return lignes


def _lire_code(
    grille: _FeuilleRemplie, ligne: int | None, questions: _Questions, cle: str = "identifiant"
) -> tuple[str, list[Anomalie]]:
    libelle = questions[cle][1] if cle in questions else QUESTION_CODE
    if ligne is None:
        lieu = Lieu(grille.fichier, feuille=grille.titre)
        return "", [anomalie("formulaire-question-absente", lieu, colonne=libelle)]
    texte, empechement = grille.texte(ligne, REPONSE)
    if empechement:
        return "", [anomalie("formulaire-code-incompris", grille.lieu(ligne), colonne=libelle, valeur=empechement)]
    code = nettoyer(texte).strip()
    if ne_dit_pas_qui(code):
        return "", [anomalie("formulaire-code-incompris", grille.lieu(ligne), colonne=libelle, valeur=code)]
    if len(code) <= CODE_MAX:
        return code, []
    # Coupé, il pourrait être celui d’une autre personne.
    mots = {"colonne": libelle, "signes": len(code), "limite": CODE_MAX}
    return code, [anomalie("formulaire-code-long", grille.lieu(ligne), **mots)]


def _question_remaniee(grille: _FeuilleRemplie, questions: _Questions, cle: str) -> Anomalie:
    raison = typographier("la question « {} » manque").format(questions[cle][1] if cle in questions else cle)
    return anomalie("formulaire-remanie", Lieu(grille.fichier, feuille=grille.titre), raison=raison)


def _profil_inconnu(grille: _FeuilleRemplie, ligne: int, question: QuestionProfil, valeur: str) -> Anomalie:
    mots = {"colonne": question.libelle, "valeur": valeur, "attendus": ", ".join(choix_a_montrer(question))}
    return anomalie("formulaire-profil-inconnu", grille.lieu(ligne), **mots)


@dataclass(frozen=True, slots=True)
class _LecteurDeReponses:
    """Ce qu’il faut savoir pour lire chaque situation : où sont les codes, ce que veulent dire les choix."""

    grille: _FeuilleRemplie
    dechiffreur: Dechiffreur
    choix: Mapping[str, int | str]
    situations: Mapping[str, Collection[str]]
    places: Mapping[str, list[int]]
    origines: _Questions
    entete: str = REPONSE

    @classmethod
    def pour(cls, grille: _FeuilleRemplie, referentiel: Referentiel, origines: _Questions) -> _LecteurDeReponses:
        places: dict[str, list[int]] = {}
        for ligne, code in grille.colonne(QUESTION_CODE):
            places.setdefault(str(code).strip(), []).append(ligne)
        choix = {replier_libelle(libelle): valeur for libelle, valeur in choix_de_reponse(referentiel).items()}
        situations = {item.code: set(situations_possibles(referentiel, item)) for item in referentiel.items}
        return cls(grille, Dechiffreur.pour(referentiel), choix, situations, places, origines)

    def lire(self, item: Item) -> tuple[Reponse, list[Anomalie]]:
        lignes = self.places.get(item.code, [])
        if len(lignes) != 1:
            return sans_reponse(), [self._introuvable(item, lignes)]
        ligne = lignes[0]
        if not any(_meme_texte(self.grille.valeur(ligne, SITUATION), texte) for texte in self.situations[item.code]):
            mots = {"colonne": item.code, "attendu": item.enonce}
            return sans_reponse(), [anomalie("formulaire-item-deplace", self.grille.lieu(ligne, SITUATION), **mots)]
        reponse, refus_ = self._lire_valeur(item, ligne)
        if self.entete != REPONSE:
            return reponse, [*([refus_] if refus_ else []), *self._cachee(item, ligne)]
        trace, constats = self._lire_trace(
            item, ligne, fusion=refus_ is not None and refus_.code == "cellule-fusionnee"
        )
        placee, de_place = self._lire_la_place(replace(reponse, trace=trace), item, ligne)
        return placee, [*([refus_] if refus_ else []), *constats, *de_place, *self._cachee(item, ligne)]

    def _lire_la_place(self, reponse: Reponse, item: Item, ligne: int) -> tuple[Reponse, list[Anomalie]]:
        """La réponse, la fréquence et l’importance de la situation jointes si le formulaire les demande."""
        constats = []
        for entete, dimension in ENTETES_DE_PLACE.items():
            if entete not in self.grille.colonnes:
                continue
            valeur = self.grille.fusion(ligne, entete) or self.grille.valeur(ligne, entete)
            try:
                reponse = reponse.situee(dimension.cle, lire_niveau_de_place(valeur, dimension))
            except ValueError:
                constats.append(refuser_une_place(self.grille.lieu(ligne, entete), dimension, item.code, valeur))
        return reponse, constats

    def _introuvable(self, item: Item, lignes: list[int]) -> Anomalie:
        if not lignes:
            cellule = self.origines[item.code][0] if item.code in self.origines else None
            lieu = Lieu(self.grille.fichier, feuille=self.grille.titre, cellule=cellule)
            return anomalie("formulaire-item-absent", lieu, colonne=item.code)
        cellules = enumerer([self.grille.adresse(ligne) for ligne in lignes])
        return anomalie("formulaire-item-en-double", self.grille.lieu(lignes[0]), colonne=item.code, cellules=cellules)

    def _lire_valeur(self, item: Item, ligne: int) -> tuple[Reponse, Anomalie | None]:
        grille, lieu = self.grille, self.grille.lieu(ligne, self.entete)
        mots = {"colonne": item.code, "attendus": self.dechiffreur.attendus}
        if zone := grille.fusion(ligne, self.entete):
            return sans_reponse(), anomalie("cellule-fusionnee", lieu, valeur=zone, **mots)
        valeur = grille.valeur(ligne, self.entete)
        if isinstance(valeur, str):
            valeur = self.choix.get(replier_libelle(valeur), valeur)
        return self.dechiffreur.lire(valeur, lieu, item.code)

    def _lire_trace(self, item: Item, ligne: int, *, fusion: bool) -> tuple[str, list[Anomalie]]:
        if TRACE not in self.grille.colonnes or fusion:
            return "", []
        texte, empechement = self.grille.texte(ligne, TRACE, dates=True)
        lieu = self.grille.lieu(ligne, TRACE)
        if empechement is None:
            return texte, list(dire_une_trace_longue(lieu, item.code, texte))
        return "", [anomalie("formulaire-trace-incomprise", lieu, colonne=item.code, valeur=empechement)]

    def _cachee(self, item: Item, ligne: int) -> Iterator[Anomalie]:
        if self.grille.cachee(ligne, self.entete):
            yield anomalie("cellule-cachee", self.grille.lieu(ligne, self.entete), colonne=item.code)


def _meme_texte(trouve: object, attendu: str) -> bool:
    if not isinstance(trouve, str):
        return False
    court = trouve[:_SIGNES_COMPARES]
    return trouve == attendu or replier_libelle(court) == replier_libelle(
        attendu[: len(court)] if len(court) == _SIGNES_COMPARES else attendu
    )


# --- Lire un formulaire xlsx rempli : une passation, et tout ce qui n’a pas été pris, cellule par cellule.
#
# Chaque réponse se retrouve par le code imprimé à sa gauche, jamais par son adresse seule : une ligne insérée, une
# colonne déplacée, une feuille renommée n’y changent rien. Ce que l’on ne sait pas situer est refusé, et nommé.


_TAILLE_MAX, _DECLARE_MAX = 50_000_000, 200_000_000
"""Octets d’un classeur, puis de son contenu décompressé, où l’on cherche la feuille d’identification."""
_LIGNES_DE_TETE = 50
"""Lignes de la feuille d’identification en dehors des questions de profil et des situations, au large."""


@dataclass(frozen=True, slots=True)
class _Identification:
    """Ce que dit la feuille très cachée de l’origine d’un formulaire et de la place de ses questions."""

    identifiant: str
    version: str
    empreinte: str
    questions: Mapping[str, tuple[str, str]]
    items: Mapping[str, tuple[str, str]]
    """Code → cellule d’origine et énoncé ; ``questions`` : clé → cellule et libellé."""


def est_un_formulaire(chemin: Path) -> bool:
    """Vrai si un classeur a la feuille d’identification d’un formulaire ; ne lève rien, et ne lit presque rien."""
    try:
        verifier_tailles(chemin, taille_max=_TAILLE_MAX, declare_max=_DECLARE_MAX)
        with ouvrir_classeur(chemin) as classeur:
            return IDENTIFICATION in classeur.titres
    except (ErreurCpit, FeuilleRefusee, OSError):
        # Tout classeur abîmé : ce n’est pas à cette question de dire comment.
        return False


def identite_d_un_formulaire(chemin: Path) -> IdentiteReferentiel | None:
    """Le référentiel qu’un formulaire dit porter ; rien si ce n’en est pas un, ou s’il ne se comprend pas : sa lecture
    dira pourquoi.
    """
    if not est_un_formulaire(chemin):
        return None
    try:
        with _ouvrir(chemin) as classeur:
            lue = _identifier(classeur, str(chemin), lignes_max=_LIGNES_DE_TETE)
    except ErreurCpit:
        return None
    return IdentiteReferentiel(lue.identifiant, lue.version, lue.empreinte)


def referentiel_d_un_formulaire(chemin: Path) -> Referentiel | None:
    """Le référentiel dont un formulaire porte le texte ; rien s’il n’y est plus, entier et tel quel.

    :raises ErreurCpit: si ce n’est pas un formulaire, ou s’il est illisible.
    """
    with _ouvrir(chemin) as classeur:
        identification = _identifier(classeur, str(chemin), lignes_max=_LIGNES_DE_TETE)
        return _referentiel_du_formulaire(classeur, identification, str(chemin))


def porte_une_grille(chemin: Path) -> bool:
    """Vrai pour un classeur qui a la feuille à remplir d’un formulaire ; faux s’il ne se lit pas."""
    try:
        with _ouvrir(chemin) as classeur:
            _trouver_grille(classeur, str(chemin))
    except ErreurCpit:
        return False
    return True


def est_vierge(chemin: Path) -> bool:
    """Vrai si un formulaire ne porte ni réponse, ni trace, ni profil ; faux s’il ne se comprend pas : on le garde."""
    try:
        with _ouvrir(chemin) as classeur:
            identification = _identifier(classeur, str(chemin))
            grille = _trouver_grille(classeur, str(chemin))
    except ErreurCpit:
        return False
    situations = [ligne for ligne, code in grille.colonne(QUESTION_CODE) if code in identification.items]
    if not situations:
        return False
    profil = {cellule for cle, (cellule, _) in identification.questions.items() if cle.startswith("profil.")}
    return not any(
        valeur not in (None, "") and (ligne >= situations[0] or grille.adresse(ligne, entete) in profil)
        for entete in {REPONSE, REPONSE_AU_DEBUT, TRACE, *ENTETES_DE_PLACE} & grille.colonnes.keys()
        for ligne, valeur in grille.colonne(entete)
    )


def lire_formulaire_xlsx(chemin: Path, referentiel: Referentiel) -> LectureSource:
    """Lit un formulaire ; ne lève rien : un formulaire illisible, ou d’un autre référentiel, est une anomalie.

    :param chemin: un fichier que ``verifier_classeur`` vient d’admettre : tout décompresser une fois suffit.
    """
    source = str(chemin)
    try:
        with _ouvrir(chemin, verifier_tailles) as classeur:
            releves, anomalies = _lire(classeur, referentiel, source)
    except ErreurCpit as erreur:
        return LectureSource(source, anomalies=erreur.anomalies)
    return LectureSource(source, releves, anomalies)


def lire_code(chemin: Path, cle: str = "identifiant") -> str:
    """Le code de personne d’un formulaire, rempli ou non ; vide s’il n’y est pas ou ne se comprend pas.

    :param cle: « evaluateur » pour le code du tiers qui répond.

    :raises ErreurCpit: si ce n’est pas un formulaire, ou s’il est illisible.
    """
    with _ouvrir(chemin) as classeur:
        identification = _identifier(classeur, str(chemin), lignes_max=_LIGNES_DE_TETE)
        grille, questions = _trouver_grille(classeur, str(chemin)), identification.questions
    # Le code seul, même si le moment ou le regard manquent.
    return _lire_code(grille, _lignes_des_questions(grille, questions).get(cle), questions, cle)[0]


@contextmanager
def _ouvrir(chemin: Path, verifier: Callable[[Path], None] = verifier_classeur) -> Iterator[ClasseurOuvert]:
    """Le classeur ouvert ; ce qu’il a d’abîmé, ici ou chez l’appelant, devient ``ErreurCpit``."""
    fichier = str(chemin)
    try:
        verifier(chemin)
        with ouvrir_classeur(chemin) as classeur:
            yield classeur
    except OSError as erreur:
        raise refus("fichier-illisible", fichier, raison=raison_systeme(erreur)) from None
    except FeuilleRefusee as erreur:
        raise refus("xlsx-abime", erreur.lieu(fichier), raison=str(erreur)) from None


def _lire(
    classeur: ClasseurOuvert, referentiel: Referentiel, source: str
) -> tuple[tuple[Releve, ...], tuple[Anomalie, ...]]:
    # Le texte du référentiel vient en dernier : pour noter, inutile d’aller jusque-là.
    choix = sum(len(question.choix) for question in referentiel.profil)
    utiles = _LIGNES_DE_TETE + choix + len(referentiel.items)
    identification = _identifier(classeur, source, lignes_max=utiles)
    if identification.empreinte != referentiel.empreinte:
        return _lire_une_autre_version(classeur, identification, referentiel, source)
    grille = _trouver_grille(classeur, source)
    identite, d_identite = _lire_questions(grille, identification.questions, referentiel)
    profil, de_profil = _lire_profil(grille, identification.questions, referentiel)
    reponses, de_reponses = _lire_reponses(grille, referentiel, identification.items)
    passation = Passation.nouvelle(referentiel, profil=profil, reponses=reponses, **identite)
    premier = Releve(passation, source, refusees=_non_prises(referentiel, de_reponses))
    passe, du_passe = _lire_le_passe(grille, identification, referentiel, premier)
    releves = tuple(une for une in (passe and _au_present(premier), passe) if une) or (premier,)
    fin = [] if any(map(_repond, releves)) else [anomalie("formulaire-vierge", Lieu(source, feuille=grille.titre))]
    # Une situation introuvable l’est aux deux moments : une fois suffit.
    dits = [*de_reponses, *(constat for constat in du_passe if constat not in de_reponses)]
    fin += [*_sans_preuve(grille), *_absences_ecrites(grille, Dechiffreur.pour(referentiel))]
    return releves, (*d_identite, *de_profil, *dits, *fin)


def _non_prises(referentiel: Referentiel, constats: Iterable[Anomalie]) -> frozenset[str]:
    """Les codes des items dont la réponse n’a pas été prise."""
    codes = (str(a.mots["colonne"]) for a in refusees(constats))
    # Un ensemble figé croisé avec des clés par « & » ne l’est plus, et deux copies ne se compareraient pas.
    return frozenset(code for code in codes if code in referentiel.items_par_code)


def _repond(releve: Releve) -> bool:
    """Vrai si une situation au moins a une réponse, une trace, ou une réponse qui n’a pas été prise."""
    reponses = releve.passation.reponses.values()
    return bool(releve.refusees) or any(r.trace or r.etat is not Etat.SANS_REPONSE for r in reponses)


def _lire_le_passe(
    grille: _FeuilleRemplie, identification: _Identification, referentiel: Referentiel, premier: Releve
) -> tuple[Releve | None, list[Anomalie]]:
    """Ce que l’on a dit du début dans un formulaire qui le demande aussi ; rien si l’on n’en a rien dit."""
    if REPONSE_AU_DEBUT not in grille.colonnes:
        return None, []
    reponses, constats = _lire_reponses(grille, referentiel, identification.items, REPONSE_AU_DEBUT)
    passation = replace(premier.passation, moment="t0" + RETROSPECTIF, reponses=reponses)
    passe = replace(premier, passation=passation, refusees=_non_prises(referentiel, constats))
    return (passe if _repond(passe) else None), constats


def _au_present(releve: Releve) -> Releve:
    """Le relevé du moment présent : la date dite était celle du moment passé."""
    return replace(releve, passation=replace(releve.passation, date_moment=""))


def _sans_preuve(grille: _FeuilleRemplie) -> Iterator[Anomalie]:
    """Dit une fois les réponses données par une formule, dans un format qui ne dit pas si elle a été calculée."""
    colonne = grille.colonnes[REPONSE]
    lignes = [n for n, c in grille.feuille.pieges.sans_preuve if c == colonne and n > grille.entete]
    if lignes:
        yield anomalie("formules-sans-preuve", grille.lieu(lignes[0]), nombre=len(lignes))


def _absences_ecrites(grille: _FeuilleRemplie, dechiffreur: Dechiffreur) -> Iterator[Anomalie]:
    """Dit une fois les réponses qui disent en toutes lettres qu’il n’y en a pas (« NA »)."""
    dites = [
        (ligne, colonne)
        for colonne in (REPONSE, REPONSE_AU_DEBUT)
        if colonne in grille.colonnes
        for ligne, valeur in grille.colonne(colonne)
        if dechiffreur.est_une_absence_ecrite(valeur)
    ]
    if dites:
        yield anomalie("absences-ecrites", grille.lieu(*dites[0]), nombre=len(dites))


def _lire_une_autre_version(
    classeur: ClasseurOuvert, identification: _Identification, referentiel: Referentiel, source: str
) -> tuple[tuple[Releve, ...], tuple[Anomalie, ...]]:
    """Lit un formulaire avec la version qu’il porte, puis porte ses réponses sur celle que l’on donne.

    :raises ErreurCpit: si les deux ne se lisent pas ensemble.
    """
    ancien = _referentiel_du_formulaire(classeur, identification, source)
    accord = accorder_les_versions(ancien, referentiel) if ancien else None
    if ancien is None or accord is None:
        trouve = IdentiteReferentiel(identification.identifiant, identification.version, identification.empreinte)
        raise refuser_un_autre_referentiel(source, trouve, referentiel)
    releves, anomalies = _lire(classeur, ancien, source)
    dite = dire_une_autre_version(source, ancien, referentiel, accord)
    return tuple(porter_un_releve(releve, referentiel, accord) for releve in releves), (*anomalies, dite)


def _referentiel_du_formulaire(
    classeur: ClasseurOuvert, identification: _Identification, source: str
) -> Referentiel | None:
    """Le référentiel dont le formulaire porte le texte ; rien s’il n’y est plus, entier et tel quel."""
    lignes: list[str] = []
    for _, cases in sorted(classeur.lire_feuille(IDENTIFICATION).lignes.items()):
        if cases.get(1) == "texte":
            lignes.append(str(cases.get(2, "")))
        elif cases.get(1) == "suite" and lignes:
            lignes[-1] += str(cases.get(2, ""))
    try:
        return referentiel_joint("\n".join(lignes), identification.empreinte, source)
    except ErreurCpit:
        return None


def _identifier(classeur: ClasseurOuvert, source: str, *, lignes_max: int | None = None) -> _Identification:
    """Lit la feuille d’identification, sauf le référentiel qui y est joint."""
    if IDENTIFICATION not in classeur.titres:
        raise refus("formulaire-sans-identification", source)
    faits: dict[str, str] = {}
    tables: dict[str, dict[str, tuple[str, str]]] = {"question": {}, "item": {}}
    feuille = classeur.lire_feuille(IDENTIFICATION, lignes_max=lignes_max)
    for _, cases in sorted(feuille.lignes.items()):
        nature, cle, cellule, texte = (str(cases.get(colonne, "")) for colonne in range(1, 5))
        if nature in tables:
            tables[nature][cle] = (cellule, texte)
        else:
            faits[nature] = cle
    _verifier_format(faits, source)
    identite = (faits["identifiant"], faits["version"], faits["empreinte"])
    return _Identification(*identite, tables["question"], tables["item"])


def _verifier_format(faits: Mapping[str, str], source: str) -> None:
    if (
        faits.get("format") != FORMAT_FORMULAIRE
        or not {"version_format", "identifiant", "version", "empreinte"} <= faits.keys()
    ):
        raise refus("formulaire-sans-identification", source)
    if faits["version_format"] != VERSION_FORMAT_FORMULAIRE:
        raise refus("formulaire-version", source, trouve=faits["version_format"], connu=VERSION_FORMAT_FORMULAIRE)

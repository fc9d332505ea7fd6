"""Les feuilles « Réponses » (codes) et « Réponses en clair » (libellés), sans les traces que chacun garde pour soi."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from cpit.classeurs.classeur_groupe.chantier import (
    EN_CLAIR,
    G_REPONSES,
    ChantierGroupe,
    ColonneEcrite,
    ecrire_grande_table,
)
from cpit.classeurs.classeur_groupe.feuilles_scores import contexte
from cpit.coeur.cohorte import Notee
from cpit.coeur.colonnes import colonnes_contexte
from cpit.coeur.mots.notice import nommer_echelle
from cpit.coeur.passation import Reponse
from cpit.coeur.tableaux import Cellule, libelle_reponse, valeur_affichee
from cpit.tableur.document import hauteur

_LARGEUR_CODE, _LARGEUR_CLAIR, _LARGEUR_CONTEXTE = 8.0, 27.0, 24.0


def ecrire_reponses_groupe(chantier: ChantierGroupe) -> None:
    """Écrit les deux feuilles, sans garder les lignes en mémoire."""
    _ecrire_codes(chantier)
    _ecrire_en_clair(chantier)


def _ecrire_codes(chantier: ChantierGroupe) -> None:
    referentiel = chantier.referentiel
    competences = {c.identifiant: nommer_echelle(c) for c in referentiel.competences}
    items = [
        ColonneEcrite(
            item.code,
            competences[item.competence],
            max(_LARGEUR_CODE, min(len(item.code) + 4.0, 16.0)),
            "donnee_code",
            reunie=True,
        )
        for item in referentiel.ordre_de_passation()
    ]
    codes, dites = [item.cle for item in items], chantier.dites
    lignes = (
        (*notee.contexte(referentiel, dites), *_reponses(notee, codes, valeur_affichee))
        for notee in chantier.cohorte.notees
    )
    ecrire_grande_table(chantier, G_REPONSES, [*contexte(chantier), *items], lignes, figees=1)


def _ecrire_en_clair(chantier: ChantierGroupe) -> None:
    referentiel = chantier.referentiel
    items = [
        ColonneEcrite(item.code, item.enonce, _LARGEUR_CLAIR, "donnee_repliee")
        for item in referentiel.ordre_de_passation()
    ]
    en_tete = [
        ColonneEcrite(c.cle, c.libelle, c.largeur if c.cle == "identifiant" else _LARGEUR_CONTEXTE, "donnee_repliee")
        for c in contexte(chantier)
    ]
    codes, dites = [item.cle for item in items], chantier.dites
    clair, traducteurs = partial(libelle_reponse, referentiel), _traducteurs(chantier)
    lignes = (
        (*_en_clair(traducteurs, notee.contexte(referentiel, dites)), *_reponses(notee, codes, clair))
        for notee in chantier.cohorte.notees
    )
    feuille = chantier.feuille(EN_CLAIR)
    libelles = [niveau.libelle for niveau in referentiel.echelle.niveaux]
    feuille.set_default_row(max(hauteur(libelle, _LARGEUR_CLAIR * 1.05) for libelle in libelles))
    ecrire_grande_table(chantier, EN_CLAIR, [*en_tete, *items], lignes, figees=1)


def _reponses(notee: Notee, codes: Sequence[str], dire: Callable[[Reponse], Cellule]) -> Iterator[Cellule]:
    return map(dire, map(notee.passation.reponse, codes))


def _en_clair(traducteurs: Sequence[Callable[[str], str]], cellules: Sequence[Cellule]) -> Iterator[Cellule]:
    for traduire, cellule in zip(traducteurs, cellules, strict=True):
        yield traduire(cellule) if isinstance(cellule, str) else cellule


def _traducteurs(chantier: ChantierGroupe) -> list[Callable[[str], str]]:
    """Pour chaque colonne de contexte, ce qui change un code en libellé ; un code inconnu reste tel quel."""
    dites = colonnes_contexte(chantier.referentiel, chantier.dites)
    profil = {question.identifiant: question.libelle_de for question in chantier.referentiel.profil}
    return [profil.get(colonne.cle) or partial(_libelle, colonne.modalites or {}) for colonne in dites]


def _libelle(table: Mapping[str, str], code: str) -> str:
    return table.get(code, code)

"""Une cohorte : des passations de même référentiel, notées. Ce qu’on en dit ensemble est dans ``cpit.coeur.groupe``.

Les moments et les regards restent toujours à part : une strate est un moment sous un regard.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from cpit.coeur.colonnes import cellules_calculees, cellules_contexte, colonnes, colonnes_du_referentiel
from cpit.coeur.notation import Notation, Resultat
from cpit.coeur.passation import Passation
from cpit.coeur.referentiel import Position, QuestionProfil, Referentiel
from cpit.coeur.tableaux import Ligne, LignesAuVol, Tableau, valeur_affichee
from cpit.typographie import montrer_d_ailleurs, pluriel


@dataclass(frozen=True, slots=True, repr=False)
class Releve:
    """Une passation lue quelque part : ``source`` est le nom du fichier, ``ligne`` sa ligne dans une table (dès 1).

    ``refusees`` : codes des items dont la réponse n’a pas été prise ; ils comptent comme sans réponse. ``inachevee`` :
    vrai si la source dit que la personne n’a pas fini. ``feuille`` : la sienne, si plusieurs de ce classeur sont lues.
    ``date`` : quand la table dit qu’elle a été répondue, telle qu’écrite, s’il faut choisir entre plusieurs.
    ``equipe`` : ce qu’en dit la colonne que l’on a nommée pour lire des équipes, si on l’a fait.
    """

    passation: Passation
    source: str
    ligne: int | None = None
    refusees: frozenset[str] = frozenset()
    inachevee: bool = False
    feuille: str = ""
    date: str = ""
    equipe: str = ""

    def __repr__(self) -> str:
        """D’où il vient, et de qui."""
        ligne = "" if self.ligne is None else f", ligne {self.ligne}"
        return f"Releve({montrer_d_ailleurs(self.source)[-80:]}{ligne} : {self.passation!r})"

    @property
    def identifiant(self) -> str:
        """Code de la personne ; à défaut, la ligne de sa table ou le nom de son fichier."""
        if self.passation.identifiant:
            return self.passation.identifiant
        ou = [self.feuille] if self.feuille else []
        return ", ".join([*ou, f"ligne {self.ligne}"]) if self.ligne is not None else ", ".join(ou) or self.source


@dataclass(frozen=True, slots=True, repr=False)
class Notee:
    """Un relevé et son résultat, calculé par le même moteur que pour une personne seule."""

    releve: Releve
    resultat: Resultat

    def __repr__(self) -> str:
        """De qui, et combien de scores."""
        return f"Notee({self.passation!r}, {self.resultat!r})"

    @property
    def passation(self) -> Passation:
        """La passation du relevé."""
        return self.releve.passation

    def contexte(self, referentiel: Referentiel, dites: Collection[str] = ()) -> Ligne:
        """Qui, quel profil, quand, sous quel regard, quel tiers : les premières cellules de toute ligne."""
        return cellules_contexte(referentiel, self.releve.identifiant, self.passation, dites)


@dataclass(frozen=True, repr=False)
class Cohorte:
    """Des passations notées, dans l’ordre de lecture."""

    referentiel: Referentiel
    notees: tuple[Notee, ...] = field(default=())

    def __repr__(self) -> str:
        """Combien, avec quel référentiel ; les réponses ne s’y montrent pas."""
        ref = self.referentiel
        return f"Cohorte({ref.identifiant} {ref.version} : {pluriel(len(self.notees), 'passation')})"

    def strates(self) -> dict[tuple[str, str], Cohorte]:
        """Les sous-cohortes par (moment, regard), dans l’ordre alphabétique ; jamais mêlées."""
        paquets: dict[tuple[str, str], list[Notee]] = {}
        for notee in self.notees:
            paquets.setdefault((notee.passation.moment, notee.passation.regard), []).append(notee)
        return {cle: Cohorte(self.referentiel, tuple(paquets[cle])) for cle in sorted(paquets)}

    def positions(self) -> list[Position]:
        """Les positions présentes, dans l’ordre de lecture."""
        situations = (notee.resultat.situation for notee in self.notees)
        return [situation.position for situation in situations if situation.position is not None]

    def scores(self, *, avec_reponses: bool = False) -> Tableau:
        """Une ligne par passation : qui, profil, moment, regard, référentiel, scores, position.

        Ce sont les colonnes du CSV de la cohorte.

        :param avec_reponses: vrai pour y joindre la réponse à chaque item, comme le fait le CSV.
        """
        refaites = LignesAuVol(partial(self._lignes, avec_reponses=avec_reponses), len(self.notees))
        dites = colonnes(self.referentiel, avec_reponses=avec_reponses, dites=self.contexte_dit())
        return Tableau("cohorte", "Cohorte", dites, refaites)

    def contexte_dit(self) -> frozenset[str]:
        """Les clés facultatives du contexte qu’une passation dit au moins : toute table de la cohorte a ces colonnes.

        Le code et le rôle d’un tiers vont ensemble. Une condition d’exercice en est une : qui n’a pas eu la question
        n’en a pas la colonne.
        """
        dites = {cle for notee in self.notees for cle in notee.passation.tiers()}
        dites |= {question.identifiant for question in self.questions_de_profil() if question.condition}
        if any(notee.passation.date_moment for notee in self.notees):
            dites.add("date_moment")
        return frozenset(dites | (_QUI_REPOND if dites & _QUI_REPOND else set()))

    def questions_de_profil(self) -> tuple[QuestionProfil, ...]:
        """Les questions de profil ; de celles sur les conditions d’exercice, celles auxquelles une passation répond."""
        repondues = {question for notee in self.notees for question, code in notee.passation.profil.items() if code}
        return self.referentiel.questions_dites(repondues)

    def _lignes(self, *, avec_reponses: bool) -> Iterator[Ligne]:
        """Une ligne par passation, dans l’ordre de lecture et celui de ``colonnes`` ; ``None`` : valeur absente."""
        referentiel = self.referentiel
        items = tuple(item.code for item in referentiel.ordre_de_passation()) if avec_reponses else ()
        dites = self.contexte_dit()
        version = (referentiel.nom_et_version,) * len(colonnes_du_referentiel(referentiel))
        for notee in self.notees:
            yield (
                *notee.contexte(referentiel, dites),
                *version,
                *(valeur_affichee(notee.passation.reponse(code)) for code in items),
                *cellules_calculees(referentiel, notee.resultat),
            )


_QUI_REPOND = {"evaluateur", "role_evaluateur"}


def composer(referentiel: Referentiel, releves: Iterable[Releve]) -> Cohorte:
    """Note des relevés.

    :raises ValueError: si un relevé porte une réponse que le référentiel n’a pas (le lecteur aurait dû la refuser).
    """
    notation = Notation(referentiel)
    notees = tuple(Notee(releve, notation.noter(releve.passation.valeurs())) for releve in releves)
    return Cohorte(referentiel, notees)

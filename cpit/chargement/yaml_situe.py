"""Lit un YAML en gardant, pour chaque valeur, sa ligne et sa colonne ; refuse ce qui est hostile ou ambigu.

Les scalaires restent des textes : « non » reste « non », « 1.10 » reste « 1.10 ».

Les signes qu’un traitement de texte y met, et qui s’y lisent autrement, se disent à leur place : espaces insécables,
tirets longs, guillemets courbes, deux-points d’ailleurs ; et le « # » qui coupe une phrase.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

import yaml

from cpit.erreurs import Anomalie, ErreurCpit, Lieu, anomalie
from cpit.typographie import echapper, typographier

_BLANCS = "\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000"
_BLANC = re.compile(f"[{_BLANCS}]")
_NOMS = {"\u00a0": "espace insécable", "\u202f": "espace fine insécable", "\u200b": "espace sans largeur"}
_DEBUT = r"[ ]*(?:- +)*"
_ALIGNEMENT = re.compile(rf"{_DEBUT}[{_BLANCS}][ {_BLANCS}]*")
_TIRET = re.compile(rf"({_DEBUT})([–—‒―−‐‑•‣▪●◦·*])[ {_BLANCS}]+(?=\S)")
_DEUX_POINTS = re.compile(rf"({_DEBUT}[\w-]+)[ {_BLANCS}]*([：﹕︓︰∶꞉]|:(?=[{_BLANCS}]))[ {_BLANCS}]*")
_GUILLEMETS = re.compile(r"((?::|-) +)[“”„‟](.*)[“”] *$")
_DIESE = re.compile(r"(?<=\S)([ \t]+)#")
_COMMENTAIRE = re.compile(r"(?P<blancs>[ \t]+)#(?P<suite>.*)")
_BLOC = re.compile(r"(?::|-)[ ]+[>|][-+0-9]{0,2}[ ]*(?:#.*)?$")
_CODES_DE_CLE = {"yaml-espace-insecable", "yaml-tiret-long"}


@dataclass(frozen=True, slots=True)
class _Signe:
    """Une ligne où un signe d’ailleurs tient la place d’un signe du YAML : lequel, où, et la ligne corrigée."""

    code: str
    ligne: int
    colonne: int
    signe: str
    corrigee: str

    def en_anomalie(self) -> Anomalie:
        """Le refus de ce signe, à sa place."""
        return anomalie(self.code, Lieu("", self.ligne, self.colonne), signe=self.signe)


def _expliquer_par_les_signes(texte: str, ligne: int, premiere_faute: Callable[[str], int | None]) -> list[Anomalie]:
    """Les signes d’ailleurs dont vient une faute de syntaxe ; rien si les remplacer n’y change rien.

    :param ligne: celle de la faute.
    :param premiere_faute: rend la ligne de la première faute de syntaxe d’un texte, ou rien.
    """

    def repare(signes: list[_Signe]) -> bool:
        reste = premiere_faute(_remplacer(texte, signes)) if signes else ligne
        return reste is None or reste > ligne

    tous = list(_reperer(texte))
    codes = list(dict.fromkeys(signe.code for signe in tous))
    if len(codes) > 1 and premiere_faute(_remplacer(texte, tous)) is None:
        # Plusieurs sortes : seules celles qu’il faut remplacer pour que tout se lise.
        sans = {code: _remplacer(texte, [s for s in tous if s.code != code]) for code in codes}
        utiles = {code for code in codes if premiere_faute(sans[code]) is not None}
        return [signe.en_anomalie() for signe in tous if signe.code in utiles]
    for signes in (*([s for s in tous if s.code == code] for code in codes), tous):
        if repare(signes):
            return [signe.en_anomalie() for signe in signes]
    return []


def _expliquer_par_un_texte(texte: str, ligne: int, premiere_faute: Callable[[str], int | None]) -> str:
    """Ce qui fait, dans un texte, une faute de syntaxe (« # », guillemets courbes) ; vide si ce n’est pas cela."""
    essais = (
        ("un « # » ouvre un commentaire et coupe ce texte (à mettre entre guillemets)", _DIESE, r"\1＃"),
        ('les guillemets courbes “ ” ne délimitent rien (mettre des guillemets droits : ")', _GUILLEMETS, r'\1"\2"'),
    )
    for raison, motif, remplacement in essais:
        lignes = [une if une.lstrip().startswith("#") else motif.sub(remplacement, une) for une in texte.split("\n")]
        reste = premiere_faute("\n".join(lignes))
        if reste is None or reste > ligne:
            return raison
    return ""


def _signes_dans_les_cles(racine: yaml.Node, texte: str) -> Iterator[Anomalie]:
    """Les signes d’ailleurs qui se retrouvent en tête d’une clé : le YAML se lit, mais pas comme on l’a voulu."""
    lignes = {noeud.start_mark.line + 1 for noeud in _cles(racine) if _commence_mal(str(noeud.value))}
    if lignes:
        signes = (signe for signe in _reperer(texte) if signe.ligne in lignes and signe.code in _CODES_DE_CLE)
        yield from (signe.en_anomalie() for signe in signes)


def _textes_coupes(racine: yaml.Node, texte: str) -> Iterator[Anomalie]:
    """Les textes qu’un « # » coupe en silence, et ce qui est perdu.

    Un commentaire voulu se reconnaît à deux espaces devant le « # » et une après : il n’est pas signalé.
    """
    lignes = texte.split("\n")
    for noeud in _scalaires(racine):
        fin = noeud.end_mark
        if noeud.style or fin.line >= len(lignes):
            continue
        trouve = _COMMENTAIRE.match(lignes[fin.line], fin.column)
        if trouve and trouve["suite"].strip() and not _est_voulu(trouve):
            lieu = Lieu("", fin.line + 1, trouve.end("blancs") + 1)
            garde = typographier(f"que « {noeud.value} »") if noeud.value else "rien"
            yield anomalie("yaml-texte-coupe", lieu, perdu="#" + trouve["suite"].rstrip(), garde=garde)


def _guillemets_gardes(racine: yaml.Node) -> Iterator[Anomalie]:
    """Les textes tout entiers entre guillemets courbes : le YAML les y garde."""
    for noeud in _scalaires(racine):
        if not noeud.style and re.fullmatch("[“„‟].*[”“]", str(noeud.value)):
            lieu = Lieu("", noeud.start_mark.line + 1, noeud.start_mark.column + 1)
            yield anomalie("yaml-guillemets-gardes", lieu, valeur=noeud.value)


def _est_voulu(commentaire: re.Match[str]) -> bool:
    suite = commentaire["suite"]
    return (len(commentaire["blancs"]) > 1 or "\t" in commentaire["blancs"]) and suite.startswith((" ", "\t", "#"))


def _commence_mal(cle: str) -> bool:
    return bool(_BLANC.match(cle) or _TIRET.match(cle))


def _cles(noeud: yaml.Node) -> Iterator[yaml.Node]:
    for enfant in _noeuds(noeud):
        if isinstance(enfant, yaml.MappingNode):
            yield from (cle for cle, _ in enfant.value if isinstance(cle, yaml.ScalarNode))


def _scalaires(noeud: yaml.Node) -> Iterator[Any]:
    return (enfant for enfant in _noeuds(noeud) if isinstance(enfant, yaml.ScalarNode))


def _noeuds(racine: yaml.Node) -> Iterator[yaml.Node]:
    """Tous les nœuds, dans l’ordre du fichier, sans récursion."""
    pile = [racine]
    while pile:
        noeud = pile.pop()
        yield noeud
        if isinstance(noeud, yaml.MappingNode):
            pile += reversed(list(chain.from_iterable(noeud.value)))
        elif isinstance(noeud, yaml.SequenceNode):
            pile += reversed(noeud.value)


def _reperer(texte: str) -> Iterator[_Signe]:
    """Les lignes où un signe d’ailleurs est à la place d’un signe du YAML ; un texte en bloc n’en est pas."""
    for ligne, contenu in _hors_des_blocs(texte):
        trouve: re.Match[str] | None
        if trouve := _ALIGNEMENT.match(contenu):
            blanc = _BLANC.search(contenu)
            place = blanc.start() if blanc else 0
            corrigee = _BLANC.sub(" ", trouve[0]) + contenu[trouve.end() :]
            yield _Signe("yaml-espace-insecable", ligne, place + 1, _nommer(contenu[place]), corrigee)
        elif trouve := _TIRET.match(contenu):
            corrigee = f"{trouve[1]}- {contenu[trouve.end() :]}"
            yield _Signe("yaml-tiret-long", ligne, trouve.start(2) + 1, trouve[2], corrigee)
        elif trouve := _DEUX_POINTS.match(contenu):
            corrigee = f"{trouve[1]}: {contenu[trouve.end() :]}"
            suivi = f"suivi d’une {_nommer(contenu[trouve.end(2)])}" if trouve[2] == ":" else _point(trouve[2])
            yield _Signe("yaml-deux-points", ligne, trouve.start(2) + 1, f"{trouve[2]} ({suivi})", corrigee)


def _hors_des_blocs(texte: str) -> Iterator[tuple[int, str]]:
    """Les lignes, numérotées, sauf les commentaires et celles des textes en bloc."""
    bloc: int | None = None
    for ligne, contenu in enumerate(texte.split("\n"), 1):
        nu = _BLANC.sub(" ", contenu)
        retrait = len(nu) - len(nu.lstrip())
        if bloc is not None and (not nu.strip() or retrait > bloc):
            continue
        bloc = retrait if _BLOC.search(contenu) else None
        if nu.strip() and not nu.lstrip().startswith("#"):
            yield ligne, contenu


def _remplacer(texte: str, signes: list[_Signe]) -> str:
    lignes = texte.split("\n")
    for signe in signes:
        lignes[signe.ligne - 1] = signe.corrigee
    return "\n".join(lignes)


def _nommer(signe: str) -> str:
    return _NOMS.get(signe, "espace particulière, " + _point(signe))


def _point(signe: str) -> str:
    return f"U+{ord(signe):04X}"


_PROFONDEUR_MAX = 32
"""Un référentiel en demande 6 ; CSafeLoader s’effondre vers 100 000."""

VALEURS_MAX = 50_000
"""Le référentiel livré en compte 700 ; au-delà, chaque étape prendrait des secondes."""
_CONSTATS_MAX = 100
"""Renvois, étiquettes ou caractères interdits signalés ; un fichier hostile en porte cent mille."""
_INTERDIT = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Ce que YAML n’imprime pas, plus les fins de ligne qu’un éditeur ne compte pas (U+0085, U+2028, U+2029)."""

Chemin = tuple[str | int, ...]
Valeur = str | list["Valeur"] | dict[str, "Valeur"]

_Chargeur: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Les mots de libyaml, puis ceux de l’analyseur en Python pur, qui sert quand libyaml manque.
_RAISONS = {
    "mapping values are not allowed": "un « : » n'est pas à sa place (texte à mettre entre guillemets ?)",
    "could not find expected ':'": "il manque « : » et une espace après une clé",
    "did not find expected key": "une clé était attendue (guillemet oublié ou mauvais alignement ?)",
    "did not find expected '-' indicator": "un « - » de liste était attendu (mauvais alignement ?)",
    "expected <block end>": "une clé ou un « - » était attendu (guillemet oublié ou mauvais alignement ?)",
    "expected ',' or ']'": "il manque une virgule ou un crochet fermant",
    "expected ',' or '}'": "il manque une virgule ou une accolade fermante",
    "found unexpected end of stream": "un guillemet ouvert ici n'est pas refermé",
    "found unexpected document": "un guillemet ouvert ici n'est pas refermé",
    "that cannot start any token": "une valeur ne peut pas commencer par ce caractère",
    "found a tab character": "une tabulation sert d'alignement ; le YAML veut des espaces",
    "sequence entries are not allowed": "un « - » de liste n'est pas à sa place (texte à mettre entre guillemets ?)",
    "found undefined tag handle": "une étiquette « ! » est inconnue (texte à mettre entre guillemets ?)",
    "found undefined alias": "un renvoi « * » ne désigne rien",
    "found duplicate anchor": "un repère « & » est posé deux fois",
    "unknown escape character": "une barre oblique inverse « \\ » dans un texte entre guillemets doubles (la doubler)",
    "hexdecimal": "une barre oblique inverse « \\ » dans un texte entre guillemets doubles (la doubler)",
    "hexadecimal": "une barre oblique inverse « \\ » dans un texte entre guillemets doubles (la doubler)",
    "escape code": "une barre oblique inverse « \\ » dans un texte entre guillemets doubles (la doubler)",
    "comment or line break": "un « > » ou un « | » en tête de valeur ouvre un bloc : le texte va à la ligne suivante",
    "comment or a line break": "un « > » ou un « | » en tête de valeur ouvre un bloc : le texte va à la ligne suivante",
    "indentation indicator": "un « > » ou un « | » en tête de valeur ouvre un bloc : le texte va à la ligne suivante",
    "node content": "une valeur était attendue",
    "<document start>": "cette ligne ne continue pas ce qui précède (mauvais alignement ?)",
    "alphabetic or numeric": "un « & » ou un « * » n'est pas à sa place (texte à mettre entre guillemets ?)",
    "directive": "une ligne qui commence par « % » n'est pas permise",
    "incompatible YAML document": "la version de YAML annoncée n'est pas connue",
    "characters are not allowed": "un caractère de commande est interdit",
}
_OUVERTURES = ("unexpected end of stream", "unexpected document", "expected ',' or", "could not find expected ':'")
"""Fautes constatées après leur cause : on montre la clé, ou le guillemet, le crochet, l’accolade qui s’ouvre."""
_RAISON_INCONNUE = "la syntaxe est fautive ici"


@dataclass(slots=True)
class ArbreSitue:
    """Des données simples (textes, listes, tables) et où chacune se trouve.

    ``lieux`` situe les valeurs, ``cles`` situe les clés ; un chemin est ``("items", 3, "code")``.
    """

    racine: Valeur = ""
    lieux: dict[Chemin, Lieu] = field(default_factory=dict)
    cles: dict[Chemin, Lieu] = field(default_factory=dict)
    anomalies: list[Anomalie] = field(default_factory=list)

    def lieu(self, chemin: Chemin) -> Lieu:
        """Lieu d’un chemin : sa clé s’il en a une, sa valeur sinon, ou le plus proche parent connu."""
        while chemin:
            trouve = self.cles.get(chemin) or self.lieux.get(chemin)
            if trouve:
                return trouve
            chemin = chemin[:-1]
        return self.lieux.get((), Lieu("", 1, 1))

    def lieu_valeur(self, chemin: Chemin) -> Lieu:
        """Lieu de la valeur d’un chemin, ou du plus proche parent connu."""
        return self.lieux.get(chemin) or self.lieu(chemin)


def lire_yaml(texte: str) -> ArbreSitue:
    """Lit un document YAML unique.

    :raises ErreurCpit: caractères interdits, syntaxe fautive, renvois, étiquettes, démesure, plusieurs documents, vide.
        Les clés en double ou composées sont des anomalies de l’arbre rendu : la lecture continue.
    """
    interdits = list(islice(_caracteres_interdits(texte), _CONSTATS_MAX))
    if interdits:
        raise ErreurCpit(interdits)
    hostiles: list[Anomalie] = []
    try:
        hostiles.extend(islice(_hostilites(texte), _CONSTATS_MAX))
        noeud = None if hostiles else yaml.compose(texte, Loader=_Chargeur)
    except yaml.YAMLError as erreur:
        raise ErreurCpit([*hostiles, *_expliquer(erreur, texte)]) from None
    if hostiles:
        raise ErreurCpit(hostiles)
    if noeud is None:
        raise ErreurCpit([anomalie("yaml-vide", Lieu("", 1, 1))])
    if signes := list(islice(_signes_dans_les_cles(noeud, texte), _CONSTATS_MAX)):
        raise ErreurCpit(signes)
    arbre = ArbreSitue()
    arbre.anomalies += islice(chain(_textes_coupes(noeud, texte), _guillemets_gardes(noeud)), _CONSTATS_MAX)
    arbre.racine = _descendre(arbre, noeud, ())
    return arbre


_FINS_DE_LIGNE = {point: f"\\u{point:04x}" for point in (0x85, 0x2028, 0x2029)}
"""Ce qu’un YAML prend pour une fin de ligne, et un texte pour un signe : une clé s’y couperait en deux."""


def entre_guillemets(texte: str) -> str:
    """Un texte tel qu’un YAML le porte, sur une ligne : la même valeur, quels que soient ses signes."""
    dit = _sur(json.dumps(texte, ensure_ascii=False).translate(_FINS_DE_LIGNE))
    return yaml.reader.Reader.NON_PRINTABLE.sub(lambda trouve: f"\\u{ord(trouve[0]):04x}", dit)


def echapper_yaml(texte: str) -> str:
    """Un YAML dont les signes cachés sont échappés : chaque valeur reste la même, entre guillemets s’il le faut.

    Dans un commentaire, l’échappement se lit tel quel. Un texte qui n’a rien de caché est rendu à l’identique.
    """
    if _sur(texte) == texte:
        return texte
    morceaux, fin = list[str](), 0
    for jeton in yaml.scan(texte, Loader=yaml.SafeLoader):
        debut, apres = jeton.start_mark.index, jeton.end_mark.index
        if isinstance(jeton, yaml.ScalarToken) and _sur(texte[debut:apres]) != texte[debut:apres]:
            morceaux += [_sur(texte[fin:debut]), _sur(json.dumps(jeton.value, ensure_ascii=False))]
            # Un texte en bloc va jusqu’à la ligne suivante, dont il a pris l’alignement.
            bloc = texte[debut:apres].rpartition("\n") if jeton.style in ("|", ">") else ("", "", "")
            morceaux.append(bloc[1] + bloc[2])
            fin = apres
    return "".join([*morceaux, _sur(texte[fin:])])


def _sur(texte: str) -> str:
    return echapper(texte, yaml=True)


def _caracteres_interdits(texte: str) -> Iterator[Anomalie]:
    for trouve in _INTERDIT.finditer(texte):
        debut = texte.rfind("\n", 0, trouve.start()) + 1
        lieu = Lieu("", texte.count("\n", 0, trouve.start()) + 1, trouve.start() - debut + 1)
        nom = unicodedata.name(trouve[0], "caractère de commande")
        yield anomalie("caractere-interdit", lieu, raison=f"U+{ord(trouve[0]):04X}, {nom.lower()}")


def _hostilites(texte: str) -> Iterator[Anomalie]:
    """Parcourt les événements, sans construire d’arbre : le garde-fou vient avant la récursion."""
    profondeur, documents, valeurs = 0, 0, 0
    for evenement in yaml.parse(texte, Loader=_Chargeur):
        lieu = _lieu(evenement.start_mark)
        profondeur += isinstance(evenement, yaml.CollectionStartEvent)
        profondeur -= isinstance(evenement, yaml.CollectionEndEvent)
        documents += isinstance(evenement, yaml.DocumentStartEvent)
        valeurs += isinstance(evenement, yaml.NodeEvent)
        if documents > 1:
            yield anomalie("yaml-plusieurs-documents", lieu)
            return
        if profondeur > _PROFONDEUR_MAX:
            yield anomalie("yaml-profondeur", lieu, limite=_PROFONDEUR_MAX)
            return
        if valeurs > VALEURS_MAX:
            yield anomalie("yaml-demesure", lieu, limite=VALEURS_MAX)
            return
        yield from _renvois_et_etiquettes(evenement, lieu)


def _renvois_et_etiquettes(evenement: yaml.Event, lieu: Lieu) -> Iterator[Anomalie]:
    if getattr(evenement, "anchor", None):
        yield anomalie("yaml-alias", lieu)
    etiquette = getattr(evenement, "tag", None)
    # libyaml donne « ! » à tout scalaire entre guillemets ; écrit devant un mot nu, il disparaîtrait en silence.
    if etiquette == "!" and getattr(evenement, "style", None):
        return
    if etiquette:
        yield anomalie("yaml-etiquette", lieu, etiquette=etiquette.replace("tag:yaml.org,2002:", "!!"))


def _descendre(arbre: ArbreSitue, noeud: yaml.Node, chemin: Chemin) -> Valeur:
    arbre.lieux[chemin] = _lieu(noeud.start_mark)
    if isinstance(noeud, yaml.MappingNode):
        return _descendre_table(arbre, noeud, chemin)
    if isinstance(noeud, yaml.SequenceNode):
        return [_descendre(arbre, enfant, (*chemin, rang)) for rang, enfant in enumerate(noeud.value)]
    return _scalaire(arbre, noeud)


def _scalaire(arbre: ArbreSitue, noeud: yaml.Node) -> str:
    """Texte d’un scalaire, sans blanc autour ; « "\\x07" » y glisserait un caractère interdit."""
    texte = str(noeud.value).strip()
    for constat in islice(_caracteres_interdits(texte), 1):
        arbre.anomalies.append(replace(constat, lieu=_lieu(noeud.start_mark)))
    return texte


def _descendre_table(arbre: ArbreSitue, noeud: yaml.MappingNode, chemin: Chemin) -> dict[str, Valeur]:
    table: dict[str, Valeur] = {}
    for noeud_cle, noeud_valeur in noeud.value:
        lieu = _lieu(noeud_cle.start_mark)
        if not isinstance(noeud_cle, yaml.ScalarNode):
            arbre.anomalies.append(anomalie("yaml-cle-composee", lieu))
            continue
        cle = _scalaire(arbre, noeud_cle)
        deja = arbre.cles.get((*chemin, cle))
        if deja:
            arbre.anomalies.append(anomalie("yaml-cle-en-double", lieu, cle=cle, deja=deja.ligne))
            continue
        arbre.cles[(*chemin, cle)] = lieu
        table[cle] = _descendre(arbre, noeud_valeur, (*chemin, cle))
    return table


def _lieu(marque: Any) -> Lieu:
    return Lieu("", marque.line + 1, marque.column + 1)


def _anomalie_syntaxe(erreur: yaml.YAMLError, texte: str) -> Anomalie:
    probleme = f"{getattr(erreur, 'problem', '')} {getattr(erreur, 'reason', '')} {getattr(erreur, 'context', '')}"
    marque, debut = getattr(erreur, "problem_mark", None), getattr(erreur, "context_mark", None)
    if debut and (marque is None or (debut.line < marque.line and any(mots in probleme for mots in _OUVERTURES))):
        marque = debut
    raison = next((fr for en, fr in _RAISONS.items() if en in probleme), _RAISON_INCONNUE)
    lieu = _lieu(marque) if marque else Lieu("", 1, 1)
    if _caractere(texte, lieu) == "\t":
        raison = _RAISONS["found a tab character"]
    return anomalie("yaml-syntaxe", lieu, raison=typographier(raison))


def _expliquer(erreur: yaml.YAMLError, texte: str) -> list[Anomalie]:
    """Une faute de syntaxe, dite par ce qui la cause si on le trouve, par les mots de l’analyseur sinon."""
    dite = _anomalie_syntaxe(erreur, texte)
    ligne = _ligne_de_faute(erreur)
    if signes := _expliquer_par_les_signes(texte, ligne, _premiere_faute):
        return signes[:_CONSTATS_MAX]
    if raison := _expliquer_par_un_texte(texte, ligne, _premiere_faute):
        return [replace(dite, mots={"raison": typographier(raison)})]
    return [dite]


def _premiere_faute(texte: str) -> int | None:
    """La ligne de la première faute de syntaxe d’un texte, ou rien."""
    try:
        next(_hostilites(texte), None)
    except yaml.YAMLError as erreur:
        return _ligne_de_faute(erreur)
    return None


def _ligne_de_faute(erreur: yaml.YAMLError) -> int:
    marque = getattr(erreur, "problem_mark", None)
    return int(marque.line) + 1 if marque else 1


def _caractere(texte: str, lieu: Lieu) -> str:
    """Le caractère qui se trouve à un lieu, vide en fin de ligne."""
    lignes = texte.split("\n")
    ligne, colonne = (lieu.ligne or 1) - 1, (lieu.colonne or 1) - 1
    return lignes[ligne][colonne : colonne + 1] if ligne < len(lignes) else ""


# --- Rédiger en YAML ce que ``lire_yaml`` relit à l’identique.


_LARGEUR = 116


class _Redacteur(yaml.SafeDumper):
    """Un texte n’y est jamais un nombre ni un booléen : « 0 », « 1.10 » et « oui » s’écrivent sans guillemets."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 (la signature est celle de PyYAML)
        """Les listes sont décalées d’un cran sous leur clé, comme dans le modèle."""
        super().increase_indent(flow, indentless=False)


_Redacteur.yaml_implicit_resolvers = {}


def rediger_yaml(racine: Valeur) -> str:
    """Le YAML d’un arbre de textes, de listes et de tables, dans leur ordre."""
    texte: str = yaml.dump(
        racine, Dumper=_Redacteur, allow_unicode=True, sort_keys=False, width=_LARGEUR, default_flow_style=False
    )
    return texte

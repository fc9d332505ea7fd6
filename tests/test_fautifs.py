"""Un fichier fautif par faute qu’un auteur peut faire, et les fichiers hostiles : tout est rendu, situé, rédigé.

La première ligne de chaque fichier de ``tests/fautifs`` dit ce qui est attendu : ``# attendu : code ligne colonne``,
plusieurs fois s’il le faut, séparés par « ; ».
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from aides import RACINE, TESTS, tirages
from hypothesis import example, given, settings
from hypothesis import strategies as st

import cpit
from cpit import Anomalie, ErreurCpit
from cpit.coeur.referentiel import Referentiel
from cpit.erreurs import Gravite
from cpit.messages import CATALOGUE
from cpit.messages.des_referentiels import COHERENCE, FORME, YAML
from cpit.messages.des_sorties import FICHIER
from cpit.typographie import proche

FAUTIFS = sorted((TESTS / "fautifs").glob("*.yaml"))
PETIT = (TESTS / "referentiels" / "petit.yaml").read_text(encoding="utf-8")
LIVRE = (RACINE / "referentiels" / "innovation-territoriale.yaml").read_text(encoding="utf-8")
FAUTES_MAX = 200
"""Fautes dites en détail ; au-delà, on dit seulement qu’il y en a d’autres."""
VALEURS_MAX = 50_000
RAISON_INCONNUE = "RAISON À TRADUIRE"
SANS_FICHIER = {
    "fautes-nombreuses": "test_cent_mille_fautes_se_resument",
    "valeur-invalide": "test_une_faute_de_forme_imprevue_reste_un_message",
    "yaml-demesure": "test_un_fichier_demesure_est_refuse_avant_d_etre_bati",
}
"""Codes qu’un petit fichier ne peut pas montrer, et le test qui les montre."""


def _annonces(chemin: Path) -> list[tuple[str, int, int]]:
    entete = chemin.read_text(encoding="utf-8").splitlines()[0].removeprefix("# attendu : ")
    morceaux = [annonce.split() for annonce in entete.split(" ; ")]
    return [(code, int(ligne), int(colonne)) for code, ligne, colonne in morceaux]


def _situees(anomalies: tuple[Anomalie, ...]) -> list[tuple[str, int | None, int | None]]:
    return [(a.code, a.lieu.ligne, a.lieu.colonne) for a in anomalies]


def _verifier_redaction(anomalie: Anomalie) -> None:
    for phrase in (anomalie.quoi, anomalie.attendu, anomalie.correction):
        assert phrase
        # Une accolade ne peut venir que de ce que l’auteur a tapé, entre guillemets.
        assert "{" not in phrase.split("«")[0], phrase
        assert "None" not in phrase, phrase
        assert "'" not in phrase.split("«")[0], f"apostrophe droite : {phrase}"
        assert len(phrase) < 1_000
    assert anomalie.lieu.fichier


def examiner(texte: str | bytes) -> tuple[Referentiel | None, tuple[Anomalie, ...]]:
    """Ce que l’on dit d’un fichier qui porte ce texte."""
    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier, "r.yaml")
        chemin.write_bytes(texte.encode() if isinstance(texte, str) else texte)
        return cpit.valider(chemin)


STYLES = {
    "Je prépare la planche et sème les graines.": "enonce-deux-verbes",
    "J’arrose, paille et taille les plants.": "enonce-deux-verbes",
    "Je sème, puis repique les plants.": "enonce-deux-verbes",
    "Je désherbe et je paille.": "enonce-double",
    "Je priorise les semis.": "enonce-jargon",
    "Je sème en co-construisant une planche.": "enonce-jargon",
    "Je sème une variété innovante.": "enonce-jargon",
    "Je préviens les parties-prenantes.": "enonce-jargon",
    "Je sème d’après le SCoT.": "enonce-jargon",
    "J’anime un workshop de semis.": "enonce-jargon",
    "Je les arrose régulièrement.": "enonce-frequence",
    "J’arrose souvent.": "enonce-frequence",
    "Je sème pour la R&D.": "enonce-jargon",
    "Je sème d’après le C.R.T.E.": "enonce-jargon",
    "Je ne refuse pas ce que les autres n’acceptent jamais.": "enonce-deux-fois-negatif",
    "Je ne laisse jamais un semis sans eau.": "enonce-deux-fois-negatif",
    # Ce qui n’est rien de tout cela.
    "Je ne préfère ni l’un ni l’autre des plants.": "",
    "Je sème sans outil et sans engrais.": "",
    "Je ne garde que les graines mûres, sans les trier.": "",
    "Je ne sème qu’au printemps, sans serre.": "",
    "Je sème sans cesse, et n’importe où.": "",
    "J’explique ce que je sème.": "",
    "Quand je doute, je sème.": "",
    "Je sème les graines et toutes les boutures.": "",
    "Je choisis les lieux et horaires les plus commodes.": "",
    "Je sème avec les voisins et leurs enfants.": "",
    "Je sème des variétés du XIXe siècle.": "",
    "J’engage le processus avec Marie-Anne.": "",
    "Je sème avec ceux qui disent toujours oui.": "",
}


@pytest.mark.echantillon(2)
@pytest.mark.parametrize(("enonce", "attendue"), STYLES.items())
def test_ce_qui_gene_la_lecture_est_dit_et_rien_d_autre(enonce: str, attendue: str) -> None:
    texte = PETIT.replace("Je prépare la planche.", enonce)
    assert texte != PETIT
    assert [une.code for une in examiner(texte)[1]] == [attendue] * bool(attendue)


@pytest.mark.echantillon(2)
@pytest.mark.parametrize("chemin", FAUTIFS, ids=lambda chemin: chemin.stem)
def test_chaque_fichier_fautif_rend_ses_fautes_et_elles_seules(chemin: Path) -> None:
    referentiel, anomalies = cpit.valider(chemin)
    assert _situees(anomalies) == _annonces(chemin)
    for anomalie in anomalies:
        _verifier_redaction(anomalie)
        assert anomalie.lieu.fichier == str(chemin)
    refusee = any(anomalie.gravite is Gravite.REFUS for anomalie in anomalies)
    assert (referentiel is None) == refusee
    if refusee:
        with pytest.raises(ErreurCpit) as erreur:
            cpit.referentiel(chemin)
        assert erreur.value.anomalies == tuple(a for a in anomalies if a.gravite is Gravite.REFUS)


@pytest.mark.echantillon(8)
@pytest.mark.parametrize("chemin", FAUTIFS, ids=lambda chemin: chemin.stem)
def test_l_analyseur_de_repli_trouve_les_memes_fautes(chemin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sans libyaml, PyYAML se rabat sur du Python pur : mêmes codes, mêmes lieux, mêmes raisons en français."""
    monkeypatch.setattr("cpit.chargement.yaml_situe._Chargeur", yaml.SafeLoader)
    monkeypatch.setattr("cpit.chargement.yaml_situe._RAISON_INCONNUE", RAISON_INCONNUE)
    _, anomalies = cpit.valider(chemin)
    assert _situees(anomalies) == _annonces(chemin)
    assert not any(RAISON_INCONNUE in anomalie.quoi for anomalie in anomalies)


def test_le_petit_referentiel_n_a_pas_de_faute() -> None:
    referentiel, anomalies = examiner(PETIT)
    assert referentiel is not None
    assert not anomalies


def test_chaque_code_a_son_fichier_fautif() -> None:
    annonces = {code for chemin in FAUTIFS for code, _, _ in _annonces(chemin)}
    assert {*YAML, *FORME, *COHERENCE} - annonces == set(SANS_FICHIER)
    assert annonces <= {*YAML, *FORME, *COHERENCE, *FICHIER}


def test_les_fautes_de_toutes_sortes_sont_rendues_d_un_coup() -> None:
    anomalies = cpit.valider(TESTS / "fautifs" / "tout-a-la-fois.yaml")[1]
    codes = {anomalie.code for anomalie in anomalies}
    assert codes & set(YAML)
    assert codes & set(FORME)
    assert codes & set(COHERENCE)


@pytest.mark.parametrize(
    ("fichier", "propose"),
    [
        ("cle-inconnue-accent", "enonce"),
        ("cle-inconnue-majuscule", "items"),
        ("cle-inconnue-pluriel", "titre"),
        ("reference-competence", "soigner"),
        ("reference-ingenierie", "feu"),
        ("reference-source", "carnet"),
        ("reference-sensibilite", "feu"),
    ],
)
def test_le_nom_proche_est_propose(fichier: str, propose: str) -> None:
    (anomalie,) = cpit.valider(TESTS / "fautifs" / f"{fichier}.yaml")[1]
    assert f"«\u202f{propose}\u202f»" in anomalie.correction


@pytest.mark.parametrize(
    ("mot", "connus", "voulu"),
    [
        ("ÉNONCÉ", ["enonce", "code"], "enonce"),
        ("jardn", ["jardin", "marin"], "jardin"),
        ("xyz", ["jardin"], None),
        ("a" * 65, ["a" * 64], None),
        ("jardin1", [f"jardin{n}" for n in range(501)], None),
    ],
)
def test_proche(mot: str, connus: list[str], voulu: str | None) -> None:
    assert proche(mot, connus) == voulu


@pytest.mark.parametrize(
    ("fichier", "raison"),
    [
        ("syntaxe-tabulation", "une tabulation"),
        ("syntaxe-deux-points", "un «\u202f:\u202f» n’est pas à sa place"),
        ("syntaxe-guillemet-ouvert", "un guillemet ouvert ici n’est pas refermé"),
        ("syntaxe-apostrophe", "guillemet oublié"),
        ("syntaxe-alignement", "mauvais alignement"),
        ("syntaxe-liste-mal-alignee", "mauvais alignement"),
        ("syntaxe-deux-points-oublie", "il manque «\u202f:\u202f»"),
        ("syntaxe-deux-points-colle", "une espace après une clé"),
        ("syntaxe-crochet-ouvert", "crochet fermant"),
        ("syntaxe-accolade-virgule", "une virgule"),
        ("syntaxe-arobase", "ne peut pas commencer par ce caractère"),
        ("syntaxe-tiret", "un «\u202f-\u202f» de liste"),
        ("syntaxe-chevron", "ouvre un bloc"),
        ("syntaxe-barre-inverse", "barre oblique inverse"),
        ("syntaxe-fin-de-document", "mauvais alignement"),
        ("texte-coupe-dans-une-accolade", "un «\u202f#\u202f» ouvre un commentaire et coupe ce texte"),
        ("guillemets-courbes", "ne délimitent rien"),
    ],
)
def test_la_raison_d_une_faute_de_syntaxe_est_dite_en_francais(fichier: str, raison: str) -> None:
    (anomalie,) = cpit.valider(TESTS / "fautifs" / f"{fichier}.yaml")[1]
    assert raison in anomalie.quoi


@pytest.mark.parametrize("texte", ['a: "b', "a: [b", "a: {b", "%FOO\na: b", "%YAML 9.9\n---\na: b", 'a: "\\z"', "a: ]"])
def test_aucune_raison_ne_manque_aux_autres_fautes_de_syntaxe(texte: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpit.chargement.yaml_situe._RAISON_INCONNUE", RAISON_INCONNUE)
    (anomalie,) = examiner(texte)[1]
    assert anomalie.code == "yaml-syntaxe"
    assert RAISON_INCONNUE not in anomalie.quoi


def test_les_renvois_deja_vus_ne_se_perdent_pas_avec_une_faute_de_syntaxe() -> None:
    codes = [anomalie.code for anomalie in examiner("a: &b c\nd: *b e\n")[1]]
    assert codes == ["yaml-alias", "yaml-alias", "yaml-syntaxe"]


@pytest.mark.parametrize(
    ("ancien", "nouveau"),
    [
        ("enonce: Je paille.", 'enonce: "Je paille #1 – et : encore."'),
        ("    hypothese: Inventé.\n", "    # - une remarque : – ici\n    hypothese: Inventé.  # de nous\n"),
        ("    fonction: Porter\n", "    fonction: >-\n      – porter : la terre #1\n      \u00a0\u00a0– nourrir\n"),
        ("titre: Petit référentiel", "titre: Petit – « référentiel » nº#1"),
        ("definition: Garder en vie.", "definition: C’est la salle C#12, “à l’étage”."),
    ],
    ids=["entre guillemets", "commentaires", "en bloc", "dans un mot", "au milieu"],
)
def test_un_signe_a_sa_place_ne_se_dit_pas(ancien: str, nouveau: str) -> None:
    assert ancien in PETIT
    referentiel, anomalies = examiner(PETIT.replace(ancien, nouveau, 1))
    assert referentiel is not None, anomalies
    assert not anomalies


def test_ce_qu_un_diese_coupe_se_montre() -> None:
    anomalies = cpit.valider(TESTS / "fautifs" / "texte-coupe.yaml")[1]
    assert "«\u202f#les plants\u202f» n’est pas lu, il ne reste que «\u202fNourrir\u202f»" in anomalies[0].quoi


# --- octets ---------------------------------------------------------------------------------------------------------

OCTETS = {
    "utf-16 avec marque": ("# réf\na: b".encode("utf-16"), "encodage", 1, 1, "UTF-16"),
    "utf-16 sans marque": ("a: b".encode("utf-16-le"), "caractere-interdit", 1, 2, "octet nul"),
    "utf-32": ("a: b".encode("utf-32"), "encodage", 1, 1, "UTF-16"),
    "cp1252": ("a: b\ntitre: été\n".encode("cp1252"), "encodage", 2, 8, "0xE9"),
    "cp1252 après un accent juste": ("é: b\n".encode() + b"\xe9t\xe9: x", "encodage", 2, 1, "Windows-1252"),
    "octet nul": (b"a: b\n\xc3\xa9t\xc3\xa9: \x00", "caractere-interdit", 2, 6, "octet nul"),
    "tronqué au milieu d’un accent": (b"a: b\xc3", "encodage", 1, 5, "0xC3"),
    "vide": (b"", "yaml-vide", 1, 1, ""),
    "marque seule": (b"\xef\xbb\xbf", "yaml-vide", 1, 1, ""),
    "blancs": (b" \n\n", "yaml-vide", 1, 1, ""),
    "trop gros": (b"#" * (1_000_001), "fichier-trop-gros", 1, 1, "1000001"),
}


@pytest.mark.parametrize("cas", OCTETS.values(), ids=OCTETS)
def test_les_octets_fautifs_sont_situes(tmp_path: Path, cas: tuple[bytes, str, int, int, str]) -> None:
    octets, code, ligne, colonne, mot = cas
    chemin = tmp_path / "r.yaml"
    chemin.write_bytes(octets)
    referentiel, anomalies = cpit.valider(chemin)
    assert referentiel is None
    assert _situees(anomalies) == [(code, ligne, colonne)]
    assert mot in anomalies[0].quoi
    _verifier_redaction(anomalies[0])


@pytest.mark.parametrize("debut", [b"", b"\xef\xbb\xbf"], ids=["sans marque", "avec marque"])
@pytest.mark.parametrize("fin", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
def test_un_fichier_windows_a_la_meme_empreinte(tmp_path: Path, debut: bytes, fin: bytes) -> None:
    chemin = tmp_path / "r.yaml"
    chemin.write_bytes(debut + PETIT.encode().replace(b"\n", fin))
    voulu = examiner(PETIT)[0]
    assert voulu is not None
    assert cpit.referentiel(chemin) == voulu
    assert len(voulu.empreinte) == 64


def test_fichier_introuvable_ou_dossier(tmp_path: Path) -> None:
    assert [a.code for a in cpit.valider(tmp_path / "absent.yaml")[1]] == ["fichier-introuvable"]
    assert [a.code for a in cpit.valider(tmp_path)[1]] == ["fichier-illisible"]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="pas de /dev/zero sur ce système")
def test_un_flux_sans_fin_n_est_pas_lu_du_tout() -> None:
    anomalies = cpit.valider(Path("/dev/zero"))[1]
    assert [a.code for a in anomalies] == ["fichier-illisible"]
    assert "c’est un périphérique, pas un fichier" in anomalies[0].quoi


# --- pièges qui faisaient tomber la lecture -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ancien", "nouveau", "codes"),
    [
        ("{code: T1, competence: soigner,", "{code: T1, competence: [soigner],", {"texte-attendu"}),
        ("{code: T1, competence: soigner,", "{code: T1, competence: {a: b},", {"texte-attendu"}),
        ("[S1, S2, T1]", "[S1, S2, {T1: x}]", {"texte-attendu"}),
        ("items:\n  - code: S1", "items:\n  - [a]\n  - code: S1", {"table-attendue"}),
        ("regles:\n", "regles: non\nregle:\n", {"table-attendue", "cle-inconnue"}),
        ("identifiant: petit", "identifiant: [petit]", {"texte-attendu"}),
        ("poids: 2", "poids: [2]", {"texte-attendu"}),
        ("    positions:\n      terre: {x: -1, y: 0}", "    positions:\n      terre: haut", {"table-attendue"}),
    ],
)
def test_une_valeur_d_une_autre_nature_est_une_faute_et_non_une_panne(
    ancien: str, nouveau: str, codes: set[str]
) -> None:
    assert ancien in PETIT
    referentiel, anomalies = examiner(PETIT.replace(ancien, nouveau, 1))
    assert referentiel is None
    assert {anomalie.code for anomalie in anomalies} == codes


def test_les_blancs_autour_d_un_code_ne_le_changent_pas() -> None:
    """La forme les ôte : la cohérence doit voir le même code, sinon le groupe désignerait un inconnu."""
    referentiel, anomalies = examiner(PETIT.replace("{code: S2,", '{code: "S2 ",'))
    assert not anomalies
    assert referentiel is not None
    assert "S2" in referentiel.items_par_code


def test_les_scalaires_restent_des_textes() -> None:
    texte = PETIT.replace("version: 1.0.0", "version: 1.10").replace("libelle: Souvent", "libelle: non")
    referentiel = examiner(texte)[0]
    assert referentiel is not None
    assert referentiel.version == "1.10"
    assert referentiel.echelle.niveaux[2].libelle == "non"


@pytest.mark.parametrize(
    ("ecrit", "lu"), [("oui", True), ("Vrai", True), ("TRUE", True), ("non", False), ("Faux", False), ("false", False)]
)
def test_les_booleens_en_francais_ou_en_anglais(ecrit: str, lu: bool) -> None:
    referentiel = examiner(PETIT.replace("inverse: oui", f"inverse: {ecrit}"))[0]
    assert referentiel is not None
    assert referentiel.items_par_code["T2"].inverse is lu


def test_une_faute_de_forme_imprevue_reste_un_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Si la forme nomme un jour une nature de faute que le catalogue n’a pas, elle se dit quand même."""
    monkeypatch.delitem(CATALOGUE, "texte-attendu")
    (anomalie,) = examiner(PETIT.replace("poids: 2", "poids: [imprévu]", 1))[1]
    assert anomalie.code == "valeur-invalide"
    assert "texte-attendu" in anomalie.quoi
    _verifier_redaction(anomalie)


@pytest.mark.endurance
def test_cent_mille_fautes_se_resument() -> None:
    texte = PETIT + "".join(f"cle{n}: x\n" for n in range(20_000))
    anomalies = examiner(texte)[1]
    assert len(anomalies) == FAUTES_MAX + 1
    assert anomalies[-1].code == "fautes-nombreuses"
    _verifier_redaction(anomalies[-1])


def test_un_fichier_demesure_est_refuse_avant_d_etre_bati() -> None:
    texte = "a: [" + "b, " * VALEURS_MAX + "]\n"
    (anomalie,) = examiner(texte)[1]
    assert (anomalie.code, anomalie.lieu.ligne) == ("yaml-demesure", 1)
    _verifier_redaction(anomalie)


def test_une_valeur_enorme_se_cite_en_abrege() -> None:
    texte = PETIT.replace("identifiant: petit", "identifiant: " + "é" * 300_000)
    (anomalie,) = examiner(texte)[1]
    assert anomalie.code == "identifiant-invalide"
    assert len(anomalie.quoi) < 300


# --- fichiers hostiles : dans un autre processus, qui ne doit ni tomber ni traîner -----------------------------------

HOSTILES = {
    "bombe de renvois": (
        'b"a0: &a0 [x, x]\\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\\n" % (n, n, n-1, n-1) for n in range(1, 90))'
    ),
    "renvois par centaines de milliers": 'b"a: [" + b"*a," * 320_000 + b"]"',
    "étiquette d’exécution": "b'!!python/object/apply:os.system [\"echo execute\"]'",
    "500 niveaux": 'b"a: " + b"[" * 500 + b"]" * 500',
    "100 000 crochets": 'b"[" * 100_000',
    "100 000 tirets": 'b"- " * 100_000',
    "100 000 accolades": 'b"{a: " * 100_000',
    "100 000 clés composées imbriquées": 'b"? " * 100_000',
    "très longue ligne": 'b"a: " + b"x" * 990_000',
    "très longue clé": 'b"x" * 990_000 + b": a"',
    "très longue clé entre guillemets": "b'\"' + b\"x\" * 990_000 + b'\": a'",
    "cent mille clés inconnues": 'b"".join(b"k%d: x\\n" % n for n in range(90_000))',
    "cent mille clés en double": 'b"k: x\\n" * 160_000',
    "clés composées par milliers": 'b"[a]: x\\n" * 20_000',
    "références inconnues par milliers": (
        'b"competences:\\n" + b"".join(b"- {identifiant: comp%d}\\n" % n for n in range(8_000))'
        ' + b"items:\\n" + b"".join(b"- {competence: cmop%d}\\n" % n for n in range(8_000))'
    ),
    "des millions de cases vides": (
        'b"competences:\\n" + b"".join(b"- {identifiant: c%d}\\n" % n for n in range(8_000))'
        ' + b"ingenieries:\\n" + b"".join(b"- {identifiant: i%d}\\n" % n for n in range(8_000))'
        ' + b"items:\\n- {competence: c1, ingenierie: i1}\\n"'
    ),
    "pôles tous confondus": 'b"ingenieries:\\n" + b"- {position: {x: 1, y: 2}}\\n" * 8_000',
    "sources inconnues et semblables": (
        'b"sources:\\n" + b"".join(b"- {cle: s%d}\\n" % n for n in range(500)) + b"items:\\n"'
        ' + b"".join(b"- {source: s%dx}\\n" % n for n in range(15_000))'
    ),
    "caractères interdits par milliers": 'b"a: " + b"\\x07" * 900_000',
    "octets au hasard": "bytes((n * 7919 + n // 256) % 256 for n in range(500_000))",
}
PROGRAMME = """
import sys
from pathlib import Path
import cpit
for chemin in map(Path, sys.argv[1:]):
    print(chemin.name, end=" ", flush=True)
    referentiel, anomalies = cpit.valider(chemin)
    for anomalie in anomalies:
        str(anomalie.lieu), anomalie.quoi, anomalie.attendu, anomalie.correction
    print(referentiel is None, len(anomalies), flush=True)
"""


@pytest.mark.endurance
def test_un_fichier_hostile_est_refuse_sans_trainer(tmp_path: Path) -> None:
    """Moins d’une seconde chacun ; le délai n’arrête que ce qui ne finirait pas. Le dernier nommé est le fautif."""
    chemins = [tmp_path / f"{rang}.yaml" for rang in range(len(HOSTILES))]
    for chemin, octets in zip(chemins, HOSTILES.values(), strict=True):
        chemin.write_bytes(eval(octets))
    suite = [sys.executable, "-c", PROGRAMME, *map(str, chemins)]
    fini = subprocess.run(suite, capture_output=True, text=True, timeout=120, cwd=RACINE, check=False)
    assert fini.returncode == 0, (fini.stdout[-20:], fini.stderr[-2000:])
    assert "execute" not in fini.stdout
    rendus = [ligne.split() for ligne in fini.stdout.splitlines()]
    assert [nom for nom, *_ in rendus] == [chemin.name for chemin in chemins], "une ligne par fichier, et rien d’autre"
    for sorte, (_, refuse, nombre) in zip(HOSTILES, rendus, strict=True):
        assert refuse == "True", sorte
        assert 1 <= int(nombre) <= FAUTES_MAX + 1, sorte


# --- au hasard --------------------------------------------------------------------------------------------------------


def _examiner_octets(octets: bytes) -> None:
    """Une exception, quelle qu’elle soit, fait échouer le test."""
    referentiel, anomalies = examiner(octets)
    assert referentiel is not None or anomalies
    for anomalie in anomalies[:5]:
        assert anomalie.quoi
        assert anomalie.attendu
        assert anomalie.correction


@settings(max_examples=tirages(60))
@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf\xef\xbb\xbfa: b")
def test_des_octets_au_hasard_ne_font_jamais_tomber_la_lecture(octets: bytes) -> None:
    _examiner_octets(octets)


@settings(max_examples=tirages(60))
@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,?\n \t.é\u2028\x07\\", max_size=60))
def test_des_signes_yaml_au_hasard_non_plus(texte: str) -> None:
    _examiner_octets(texte.encode())


@settings(max_examples=tirages(25))
@given(st.sampled_from([PETIT, LIVRE]), st.data())
def test_des_mutations_d_un_fichier_valide_non_plus(texte: str, donnees: st.DataObject) -> None:
    """On coupe, on double ou on remplace un morceau, à un endroit quelconque."""
    octets = texte.encode()
    for _ in range(donnees.draw(st.integers(1, 3))):
        debut = donnees.draw(st.integers(0, len(octets)))
        longueur = donnees.draw(st.integers(0, 40))
        morceau = donnees.draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from([b"[", b"{", b"- ", b"? ", b": ", b"\n", b"'", b'"', b"&a ", b"<<: ", b"\t", b""]),
                st.just(octets[debut : debut + longueur] * 2),
            )
        )
        octets = octets[:debut] + morceau + octets[debut + longueur :]
    _examiner_octets(octets)


valeurs_yaml = st.recursive(
    st.text(alphabet="aeé019.,-+_ ", max_size=8),
    lambda enfants: st.one_of(
        st.lists(enfants, max_size=3),
        st.dictionaries(st.sampled_from(["identifiant", "items", "x", "valeur", "source"]), enfants, max_size=3),
    ),
    max_leaves=6,
)


@settings(max_examples=tirages(30))
@given(st.data(), valeurs_yaml)
def test_une_valeur_quelconque_n_importe_ou_non_plus(donnees: st.DataObject, valeur: object) -> None:
    """Chaque nœud de l’arbre, remplacé par un texte, une liste ou une table : la cohérence ne doit rien supposer."""
    racine = yaml.load(PETIT, Loader=yaml.BaseLoader)
    noeud = racine
    for _ in range(donnees.draw(st.integers(0, 5))):
        if isinstance(noeud, dict) and noeud:
            cles: list[object] = list(noeud)
        elif isinstance(noeud, list) and noeud:
            cles = list(range(len(noeud)))
        else:
            break
        cle = donnees.draw(st.sampled_from(cles))
        if donnees.draw(st.integers(0, 2)) == 0:
            noeud[cle] = valeur  # type: ignore[index,call-overload,assignment]
            break
        noeud = noeud[cle]  # type: ignore[index,call-overload]
    _examiner_octets(yaml.safe_dump(racine, allow_unicode=True).encode())

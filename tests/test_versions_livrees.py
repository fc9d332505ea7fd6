"""Deux versions livrées d’un même référentiel : les nommer, et lire chaque réponse avec celle où elle a été donnée."""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from aide_remplir import remplir_comme_une_personne
from aide_versions import EMPREINTE_1_0_0, GARDEE, NOM, SUIVANTE, livrer, suivante, texte_de_la_premiere
from aides import PREMIERE, TESTS, encoder_passation, passation_de, premiere, tape

import cpit
from cpit.cli import executer
from cpit.coeur.passation import Etat

Commande = Callable[..., tuple[int, str, str]]
PASSATIONS_0_1_0 = TESTS / "donnees" / "0.1.0" / NOM / "passations"
PASSATION = PASSATIONS_0_1_0 / "passation-anais-b-t0-soi.json"


@pytest.fixture
def deux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """La 1.0.0 est une version passée ; l’actuelle a tout changé."""
    livrer(monkeypatch, tmp_path / "livres", suivante())


@pytest.fixture
def commande(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Commande:
    """Exécute une commande dans un dossier vide : code de sortie, sortie, erreurs, sans coupure de ligne."""
    (tmp_path / "ici").mkdir()
    monkeypatch.chdir(tmp_path / "ici")
    monkeypatch.setenv("COLUMNS", "100")

    def lancer(*arguments: object) -> tuple[int, str, str]:
        code = executer([str(a) for a in arguments])
        sortie, erreur = capsys.readouterr()
        assert "Traceback" not in erreur
        return code, sortie, " ".join(erreur.replace("\u202f", " ").replace("\u00a0", " ").split())

    return lancer


# --- nommer une version -----------------------------------------------------------------------------------------------


def test_la_premiere_version_reste_livree_a_l_octet_pres() -> None:
    assert cpit.referentiel(PREMIERE).empreinte == EMPREINTE_1_0_0
    assert GARDEE.read_bytes() == (TESTS / "donnees" / "0.1.0" / NOM / "referentiel.yaml").read_bytes()


@pytest.mark.usefixtures("deux")
def test_un_nom_seul_est_l_actuelle_et_chaque_version_se_nomme() -> None:
    assert cpit.referentiel().version == cpit.referentiel(NOM).version == SUIVANTE
    assert cpit.referentiel(f"{NOM}@{SUIVANTE}") == cpit.referentiel()
    assert cpit.referentiel(PREMIERE).version == "1.0.0"
    assert cpit.referentiel("minimal@1.0.0") == cpit.referentiel("minimal")
    assert list(cpit.referentiels()) == [NOM, PREMIERE, "minimal"]
    for nom, lu in cpit.referentiels().items():
        assert cpit.referentiel(nom) == cpit.referentiel(f"{nom.partition('@')[0]}@{lu.version}") == lu


@pytest.mark.usefixtures("deux")
@pytest.mark.parametrize("version", ["1.0", "2.0.0", "0", "1.0.0@", "1.0.0.yaml", "latest"])
def test_une_version_inconnue_est_refusee_avec_celles_que_l_on_connait(version: str, commande: Commande) -> None:
    code, sortie, erreur = commande("referentiel", "montrer", f"{NOM}@{version}")
    assert (code, sortie) == (1, "")
    assert f"aucune version « {version} » de {NOM}" in erreur
    assert f"{NOM}@{SUIVANTE}, {PREMIERE}" in erreur


@pytest.mark.usefixtures("deux")
def test_un_nom_inconnu_cite_aussi_les_versions_passees() -> None:
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.referentiel("inovation-territoriale@1.0.0")
    assert erreur.value.anomalies[0].mots["proche"] == PREMIERE


@pytest.mark.usefixtures("deux")
def test_la_liste_montre_les_deux_et_dit_l_actuelle(commande: Commande) -> None:
    code, sortie, _ = commande("referentiel", "lister")
    dit = " ".join(sortie.replace("\u202f", " ").replace("\u00a0", " ").split())
    assert code == 0
    assert f"{PREMIERE} 1.0.0" in dit
    assert f"--referentiel {PREMIERE}. Sans « @ », l’actuelle, {SUIVANTE}." in dit


@pytest.mark.echantillon(2)
@pytest.mark.usefixtures("deux")
@pytest.mark.parametrize(
    "demande",
    [
        ("referentiel", "montrer", PREMIERE),
        ("referentiel", "exporter", PREMIERE, "--vers", "markdown"),
        ("referentiel", "modele", "--xlsx", "--depuis", PREMIERE),
        ("formulaire", "--format", "html", "--referentiel", PREMIERE),
        ("cohorte", PASSATIONS_0_1_0, "--referentiel", PREMIERE),
        ("exporter", PASSATIONS_0_1_0, "--referentiel", PREMIERE, "--sortie", "jeu", "--formats", "csv"),
        ("figure", "radar", PASSATION, "--referentiel", PREMIERE, "--sortie", "f.svg"),
        ("restituer", PASSATION, "--referentiel", PREMIERE),
        ("expliquer", PASSATION, "C1", "--referentiel", PREMIERE),
    ],
    ids=lambda demande: demande[0] if demande[0] != "referentiel" else " ".join(demande[:2]),
)
def test_une_version_se_nomme_partout_ou_l_on_nomme_un_referentiel(
    demande: tuple[object, ...], commande: Commande
) -> None:
    code, _, erreur = commande(*demande)
    assert code == 0, erreur


# --- un item identique ------------------------------------------------------------------------------------------------

CHANGEMENTS = {
    "énoncé": ("Quand des habitants expriment", "Si des habitants expriment", 23),
    "question": ("Dans votre poste, jusqu’où", "Aujourd’hui, jusqu’où", 0),
    "libellé d’un niveau": ("libelle: Avec de l’aide", "libelle: Accompagné", 0),
    "description d’un niveau": ("Je la mène sans aide quand le sujet", "Je la mène seul quand le sujet", 0),
    "valeurs": ("- valeur: 4\n", "- valeur: 5\n", 0),
    "sens": ("code: C1P\n", "code: C1P\n    inverse: oui\n", 23),
    "ancres": (
        "code: C1P\n",
        "code: C1P\n    niveaux:\n" + "".join(f"      - {{valeur: {n}, libelle: Ancre {n}}}\n" for n in range(5)),
        23,
    ),
    "titre": ("titre: Chef ou cheffe de projet innovation territoriale", "titre: Autre titre", 24),
    "typographie": ("jusqu’où menez-vous", "jusqu'où menez-vous", 24),
}


@pytest.mark.parametrize(("avant", "apres", "identiques"), CHANGEMENTS.values(), ids=CHANGEMENTS)
def test_un_item_n_est_identique_que_si_tout_ce_que_l_on_y_lit_l_est(
    avant: str, apres: str, identiques: int, tmp_path: Path
) -> None:
    assert avant in texte_de_la_premiere()
    autre = tmp_path / "autre.yaml"
    autre.write_text(
        texte_de_la_premiere().replace("version: 1.0.0", "version: 1.7.0", 1).replace(avant, apres, 1), encoding="utf-8"
    )
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.relire(PASSATION, autre)
    (refus,) = erreur.value.anomalies
    assert (refus.code, refus.mots["identiques"]) == ("referentiel-change", identiques)
    relecture = cpit.relire(PASSATION, autre, items_identiques=True)
    gardees = relecture.restitution.passation.reponses
    assert len(gardees) <= identiques
    assert ("C1P" in gardees) == (identiques == 24)
    assert relecture.anomalies[0].mots["identiques"] == identiques


@pytest.mark.usefixtures("deux")
def test_d_une_version_a_l_autre_aucun_item_n_est_repris(commande: Commande) -> None:
    code, _, erreur = commande("restituer", PASSATION, "--referentiel", NOM)
    assert code == 1
    assert "les 0 items restés identiques sur 24" in erreur
    code, sortie, _ = commande("restituer", PASSATION, "--referentiel", NOM, "--items-identiques", "--json")
    assert code == 0
    assert all(score["repondus"] == 0 for score in json.loads(sortie)["competences"].values())


def test_ce_qu_une_version_declare_garder_l_est(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    declaree = suivante("compatible_avec:", "  - version: 1.0.0", "    items_changes: [C1P]")
    livrer(monkeypatch, tmp_path / "livres", declaree)
    relecture = cpit.relire(PASSATION, NOM)
    assert [a.code for a in relecture.anomalies] == ["version-lue-en-partie"]
    reponses = relecture.restitution.passation.reponses
    assert [code for code, r in reponses.items() if r.etat is Etat.QUESTION_CHANGEE] == ["C1P"]


# --- sans nommer de référentiel : la version que portent les réponses -------------------------------------------------

SIGNES = "123412341234123412341234"


def _deposer(dossier: Path, nom: str, code: str) -> Path:
    """Une passation terminée, donnée avec ce référentiel."""
    dossier.mkdir(exist_ok=True)
    passation = replace(passation_de(cpit.referentiel(nom), SIGNES, identifiant=code), terminee="2026-01-01")
    chemin = dossier / f"{code}.json"
    chemin.write_bytes(encoder_passation(passation))
    return chemin


def _table(chemin: Path, entetes: Iterable[str], reponses: Iterable[str] = SIGNES, suite: str = "") -> Path:
    """Une table d’une personne ; ``suite`` : une colonne de plus, « en-tête=cellule »."""
    tete, _, cellule = suite.partition("=")
    plus = ([tete], [cellule]) if suite else ([], [])
    with chemin.open("w", encoding="utf-8", newline="") as flux:
        ecrivain = csv.writer(flux, delimiter=";")
        ecrivain.writerow(["identifiant", *entetes, *plus[0]])
        ecrivain.writerow(["Z1", *reponses, *plus[1]])
    return chemin


def _codes(recueil: cpit.Recueil) -> list[str]:
    return [a.code for a in recueil.anomalies]


@pytest.mark.usefixtures("deux")
def test_un_dossier_entier_d_une_version_passee_se_lit_avec_elle_et_on_le_dit_une_fois(tmp_path: Path) -> None:
    for code in "ABC":
        _deposer(tmp_path / "recu", PREMIERE, code)
    (formulaire,) = cpit.formulaires(PREMIERE, tmp_path / "recu", codes=["D"])
    remplir_comme_une_personne(formulaire, formulaire, dict.fromkeys(("C1P", "C1M", "C1C"), "2"))
    recueil = cpit.lire(tmp_path / "recu")
    assert recueil.referentiel == cpit.referentiel(PREMIERE)
    assert len(recueil.cohorte.notees) == 4
    assert _codes(recueil) == ["referentiel-porte"]
    (dite,) = recueil.anomalies
    assert "4 sources" in dite.quoi.replace("\u00a0", " ").replace("\u202f", " ")
    assert f"{PREMIERE}" in dite.correction
    # Nommée, il n’y a plus rien à en dire ; et les nombres sont les mêmes.
    nomme = cpit.lire(tmp_path / "recu", PREMIERE, strict=True)
    assert (nomme.anomalies, nomme.cohorte.notees) == ((), recueil.cohorte.notees)


@pytest.mark.usefixtures("deux")
def test_un_dossier_de_l_actuelle_n_en_dit_rien(tmp_path: Path) -> None:
    _deposer(tmp_path / "recu", NOM, "A")
    recueil = cpit.lire(tmp_path / "recu")
    assert (recueil.referentiel, recueil.anomalies) == (cpit.referentiel(), ())


def test_un_dossier_d_un_autre_referentiel_se_lit_avec_le_sien(tmp_path: Path) -> None:
    _deposer(tmp_path / "recu", "minimal", "A")
    petit = TESTS / "referentiels" / "petit.yaml"
    recueil = cpit.lire(tmp_path / "recu")
    assert (recueil.referentiel.identifiant, _codes(recueil)) == ("minimal", ["referentiel-porte"])
    # Le sien n’est pas livré : son texte est dans la passation.
    _deposer(tmp_path / "autre", str(petit), "A")
    recueil = cpit.lire(tmp_path / "autre")
    assert recueil.referentiel == cpit.referentiel(petit)


@pytest.mark.usefixtures("deux")
def test_deux_versions_sans_question_commune_se_lisent_a_part_et_les_commandes_le_font(
    tmp_path: Path, commande: Commande
) -> None:
    for code, nom in (("A", PREMIERE), ("B", PREMIERE), ("C", NOM)):
        _deposer(tmp_path / "recu", nom, code)
    code, _, erreur = commande("cohorte", tmp_path / "recu", "--sortie", "toutes.xlsx")
    assert code == 1
    assert erreur.count("aucune question commune") == 1
    assert "innovation-territoriale 1.0.0, dans 2 sources" in erreur
    proposees = [
        f"cpit cohorte {tape(tmp_path / 'recu')} --referentiel {NOM}@{v} --sortie cohorte-{v}.xlsx"
        for v in ("1.0.0", SUIVANTE)
    ]
    for proposee, lues in zip(proposees, ("2 passations", "1 passation"), strict=True):
        assert proposee in erreur
        code, sortie, refus = commande(*shlex.split(proposee)[1:])
        assert code == 1, "les sources de l’autre version restent refusées"
        assert lues in " ".join(sortie.split())
        assert "aucune question commune" not in refus


def test_deux_versions_compatibles_se_lisent_ensemble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    livrer(monkeypatch, tmp_path / "livres", suivante("compatible_avec:", "  - version: 1.0.0"))
    for code, nom in (("A", PREMIERE), ("C", NOM)):
        _deposer(tmp_path / "recu", nom, code)
    enonces = [item.enonce for item in cpit.referentiel(PREMIERE).ordre_de_passation()]
    _table(tmp_path / "recu" / "enonces.csv", enonces)
    recueil = cpit.lire(tmp_path / "recu")
    assert recueil.referentiel == cpit.referentiel()
    assert [len(n.passation.valeurs()) for n in recueil.cohorte.notees] == [24, 24, 24]
    (dite,) = recueil.anomalies
    assert (dite.code, dite.mots["nombre"]) == ("version-lue-retouchee", 2)


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("geste", ["fidelite", "exporter", "figure"])
@pytest.mark.usefixtures("deux")
def test_les_autres_commandes_de_groupe_lisent_aussi_la_version_portee(
    geste: str, tmp_path: Path, commande: Commande
) -> None:
    for code in "ABCD":
        _deposer(tmp_path / "recu", PREMIERE, code)
    suites = {
        "fidelite": (),
        "exporter": ("--sortie", "jeu", "--formats", "csv"),
        "figure": ("--sortie", "carte.svg"),
    }
    avant = ("figure", "carte") if geste == "figure" else (geste,)
    code, _, erreur = commande(*avant, tmp_path / "recu", *suites[geste])
    assert code == 0, erreur
    assert erreur.count("réponses données avec innovation-territoriale 1.0.0") == 1
    if geste == "exporter":
        joint = Path("jeu") / "referentiel.yaml"
        assert joint.read_text(encoding="utf-8") == texte_de_la_premiere()
        # Et l’export se relit de même.
        assert commande("cohorte", "jeu", "--sortie", "relu.xlsx")[0] == 0


@pytest.mark.usefixtures("deux")
def test_une_passation_seule_se_relit_et_se_corrige_avec_la_sienne(tmp_path: Path, commande: Commande) -> None:
    chemin = _deposer(tmp_path / "recu", PREMIERE, "A")
    for demande in (("restituer",), ("expliquer",), ("verifier",), ("figure", "radar")):
        suite = ("--sortie", "radar.svg") if demande[0] == "figure" else ()
        code, _, erreur = commande(*demande, chemin, *suite)
        assert (code, erreur) == (0, "")
    corrigee = cpit.corriger(chemin, {"C1P": 4})
    assert corrigee.referentiel.version == "1.0.0"


# --- une table, qui ne dit pas sa version -----------------------------------------------------------------------------

PREMIERE_LUE = premiere()
ITEMS = PREMIERE_LUE.ordre_de_passation()
CODES = [item.code for item in ITEMS]
LIBELLES = [PREMIERE_LUE.echelle.par_valeur[int(signe)].libelle for signe in SIGNES]
TABLES = {
    "énoncés": ([item.enonce for item in ITEMS], SIGNES, ""),
    "codes et énoncés": ([f"{item.code}. {item.enonce}" for item in ITEMS], SIGNES, ""),
    "question et énoncé": ([f"{PREMIERE_LUE.echelle.question} [{item.enonce}]" for item in ITEMS], SIGNES, ""),
    "libellés": (CODES, LIBELLES, ""),
    "libellés numérotés": (CODES, [f"{n} - {libelle}" for n, libelle in zip(SIGNES, LIBELLES, strict=True)], ""),
    "ODK Central": (CODES, SIGNES, "FormVersion=1.0.0"),
    "une colonne ajoutée": (CODES, SIGNES, f"Référentiel={PREMIERE}"),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.usefixtures("deux")
def test_une_table_aux_mots_d_une_version_passee_se_lit_avec_elle(
    table: tuple[list[str], Iterable[str], str], tmp_path: Path, commande: Commande
) -> None:
    chemin = _table(tmp_path / "t.csv", *table)
    recueil = cpit.lire(chemin)
    assert recueil.referentiel == PREMIERE_LUE
    assert [str(v) for v in recueil.cohorte.notees[0].passation.valeurs().values()] == list(SIGNES)
    assert "referentiel-porte" in _codes(recueil)
    # Avec l’actuelle, elle est refusée par son nom, et la version à donner est dite.
    code, _, erreur = commande("cohorte", chemin, "--referentiel", NOM)
    assert code == 1
    assert f"--referentiel {PREMIERE}" in erreur


@pytest.mark.usefixtures("deux")
def test_une_table_aux_mots_d_une_version_passee_se_lit_aussi_dans_un_classeur(tmp_path: Path) -> None:
    from openpyxl import Workbook

    classeur = Workbook()
    for ligne in (["identifiant", *(item.enonce for item in ITEMS)], ["Z1", *map(int, SIGNES)]):
        classeur.active.append(ligne)
    classeur.save(tmp_path / "t.xlsx")
    assert cpit.lire(tmp_path / "t.xlsx").referentiel == PREMIERE_LUE


@pytest.mark.usefixtures("deux")
def test_une_table_de_codes_se_lit_avec_l_actuelle(tmp_path: Path) -> None:
    recueil = cpit.lire(_table(tmp_path / "t.csv", CODES))
    assert (recueil.referentiel, recueil.anomalies) == (cpit.referentiel(), ())


@pytest.mark.usefixtures("deux")
def test_une_table_aux_mots_de_l_actuelle_se_lit_avec_elle(tmp_path: Path) -> None:
    actuelle = cpit.referentiel()
    enonces = [item.enonce for item in actuelle.ordre_de_passation()]
    recueil = cpit.lire(_table(tmp_path / "t.csv", enonces))
    assert (recueil.referentiel, recueil.anomalies) == (actuelle, ())


@pytest.mark.usefixtures("deux")
def test_une_correspondance_garde_la_version_avec_laquelle_elle_est_faite(tmp_path: Path) -> None:
    """La table n’a que des numéros : seule la correspondance dit de quelle version ils sont les questions."""
    table = _table(tmp_path / "t.csv", [f"Q{rang}" for rang, _ in enumerate(CODES)])
    cpit.correspondance(table, tmp_path / "c.yaml", referentiel=PREMIERE)
    texte = (tmp_path / "c.yaml").read_text(encoding="utf-8")
    assert f"referentiel: {PREMIERE}\n" in texte
    for rang, code in enumerate(CODES):
        texte = texte.replace(f'"Q{rang}": "?"', f'"Q{rang}": "{code}"')
    (tmp_path / "c.yaml").write_text(texte, encoding="utf-8")
    assert cpit.lire(table, correspondance=tmp_path / "c.yaml").referentiel == PREMIERE_LUE
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.lire(table, NOM, correspondance=tmp_path / "c.yaml")
    (faute,) = erreur.value.anomalies
    assert f"{NOM}@{SUIVANTE}" in faute.attendu


@pytest.mark.usefixtures("deux")
def test_des_libelles_coupes_montrent_encore_leur_version(tmp_path: Path) -> None:
    """La lecture les refuse, par le nom que leur donne la bonne version."""
    recueil = cpit.lire(_table(tmp_path / "t.csv", CODES, [libelle[:8] for libelle in LIBELLES]))
    assert recueil.referentiel == PREMIERE_LUE
    assert "cellule-libelle-coupe" in _codes(recueil)


@pytest.mark.usefixtures("deux")
def test_le_numero_de_version_d_un_autre_referentiel_ne_montre_rien(tmp_path: Path) -> None:
    table = _table(tmp_path / "t.csv", ["A1", "A2"], "12", "FormVersion=1.0.0")
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.lire(table)
    assert "referentiel-porte" not in [a.code for a in erreur.value.anomalies]


# --- ce qui n’en dit rien est supposé, et c’est dit -------------------------------------------------------------------

SUPPOSEE = f"{NOM} {SUIVANTE}"
DEPUIS_ZERO = f"0{SIGNES[1:]}"
"""Sans aucun 0, plusieurs lignes passeraient pour une échelle de 1 à 5."""


@pytest.mark.usefixtures("deux")
@pytest.mark.parametrize("seuil", [5_000_000, 10], ids=["d’un bloc", "en flux"])
def test_des_codes_et_des_nombres_se_supposent_de_l_actuelle_et_la_commande_le_dit(
    tmp_path: Path, commande: Commande, monkeypatch: pytest.MonkeyPatch, seuil: int
) -> None:
    monkeypatch.setattr("cpit.flux.SEUIL", seuil)
    table = _table(tmp_path / "t.csv", CODES)
    code, sortie, _ = commande("cohorte", table, "--sortie", "a.csv")
    assert (code, SUPPOSEE in " ".join(sortie.replace("\u202f", " ").split())) == (0, True)
    # Nommée, ou dite par la table, la version n’est plus supposée.
    _, sortie, _ = commande("cohorte", table, "--sortie", "b.csv", "--referentiel", NOM)
    assert SUPPOSEE not in " ".join(sortie.split())
    dite = _table(tmp_path / "d.csv", CODES, suite=f"referentiel={NOM}@{SUIVANTE}")
    _, sortie, _ = commande("cohorte", dite, "--sortie", "c.csv")
    assert SUPPOSEE not in " ".join(sortie.split())


@pytest.mark.usefixtures("deux")
def test_ce_qui_porte_sa_version_ne_la_fait_pas_supposer(tmp_path: Path) -> None:
    _deposer(tmp_path / "recu", NOM, "A")
    _table(tmp_path / "recu" / "t.csv", CODES)
    bilans = {Path(bilan.nom).name: bilan.suppose for bilan in cpit.lire(tmp_path / "recu").sources}
    assert bilans == {"A.json": "", "t.csv": f"t0, soi, {SUPPOSEE}"}


@pytest.mark.usefixtures("deux")
@pytest.mark.parametrize("rang", [0, -1], ids=["en tête", "au bout"])
def test_une_colonne_dit_la_version_de_plusieurs_personnes_et_n_est_pas_une_inconnue(tmp_path: Path, rang: int) -> None:
    lignes = [["identifiant", *CODES], *([f"Z{k}", *DEPUIS_ZERO] for k in range(5))]
    for k, ligne in enumerate(lignes):
        ligne.insert(rang % (len(ligne) + 1), PREMIERE if k else "Référentiel")
    (tmp_path / "t.csv").write_text("\n".join(map(";".join, lignes)) + "\n", encoding="utf-8")
    recueil = cpit.lire(tmp_path / "t.csv")
    assert (recueil.referentiel, len(recueil.cohorte.notees)) == (PREMIERE_LUE, 5)
    assert _codes(recueil) == ["referentiel-porte"]


@pytest.mark.usefixtures("deux")
def test_une_table_a_remplir_dit_sa_version_et_la_garde_une_fois_remplie(tmp_path: Path) -> None:
    (vide,) = cpit.formulaires(PREMIERE, tmp_path, format="csv", codes=["Z1", "Z2", "Z3"])
    with vide.open(encoding="utf-8-sig", newline="") as flux:
        entete, *lignes = csv.reader(flux, delimiter=";")
    rangs = [entete.index(code) for code in CODES]
    for ligne in lignes:
        for rang, signe in zip(rangs, DEPUIS_ZERO, strict=True):
            ligne[rang] = signe
    with vide.open("w", encoding="utf-8-sig", newline="") as flux:
        csv.writer(flux, delimiter=";").writerows([entete, *lignes])
    recueil = cpit.lire(vide)
    assert (recueil.referentiel, len(recueil.cohorte.notees)) == (PREMIERE_LUE, 3)
    assert _codes(recueil) == ["referentiel-porte"]


@pytest.mark.parametrize("flux", [False, True], ids=["d-un-bloc", "en-flux"])
def test_une_cohorte_notee_dit_sa_version_et_se_relit_avec_elle(
    flux: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if flux:
        monkeypatch.setattr("cpit.flux.SEUIL", 1)
    table, sortie = tmp_path / "t.csv", tmp_path / "cohorte.csv"
    table.write_text("identifiant;C1P;C1M\nR1;1;2\nR2;4;SO\n", encoding="utf-8")
    passee = f"{NOM}@1.0.0"
    assert executer(["cohorte", str(table), "--referentiel", passee, "--sortie", str(sortie)]) == 0
    lignes = [ligne.split(";") for ligne in sortie.read_text("utf-8-sig").splitlines()]
    rang = lignes[0].index("referentiel")
    assert lignes[0][rang + 1] == "C1P"
    assert [ligne[rang] for ligne in lignes[1:]] == [passee, passee]
    # Nommée, c’est une table comme une autre ; dans un dossier, un résultat que l’on met de côté.
    assert cpit.lire(sortie).referentiel.version == "1.0.0"
    (dite,) = [une for une in cpit.lire(tmp_path, passee).anomalies if une.lieu.fichier == str(sortie)]
    assert dite.code == "sortie-ignoree"


def test_une_evolution_dit_avec_quelle_version_elle_est_mesuree(tmp_path: Path) -> None:
    table, sortie = tmp_path / "t.csv", tmp_path / "evolution.csv"
    table.write_text("identifiant;moment;C1P;C1M\nR1;t0;1;2\nR1;t1;4;3\n", encoding="utf-8")
    passee = f"{NOM}@1.0.0"
    assert executer(["evolution", str(table), "--referentiel", passee, "--sortie", str(sortie)]) == 0
    with sortie.open(encoding="utf-8", newline="") as flux:
        assert {ligne["referentiel"] for ligne in csv.DictReader(flux)} == {passee}


def test_une_question_qui_s_appelle_referentiel_garde_son_nom(tmp_path: Path) -> None:
    texte = (TESTS.parent / "referentiels" / "minimal.yaml").read_text(encoding="utf-8")
    (tmp_path / "r.yaml").write_text(texte.replace("identifiant: role\n", "identifiant: referentiel\n"), "utf-8")
    (vide,) = cpit.formulaires(tmp_path / "r.yaml", tmp_path, format="csv", codes=["Z1"])
    assert vide.read_text(encoding="utf-8-sig").splitlines()[0].split(";").count("referentiel") == 1
    table = _table(tmp_path / "t.csv", ["A1"], "1", "referentiel=benevole")
    recueil = cpit.lire(table, tmp_path / "r.yaml")
    assert recueil.cohorte.notees[0].passation.profil == {"referentiel": "benevole"}


def test_deux_referentiels_ne_sont_pas_deux_versions_sans_question_commune(tmp_path: Path, commande: Commande) -> None:
    """La forme longue reprend les situations de la courte : elles ne se notent pas ensemble, et l’on dit pourquoi."""
    longue = f"{NOM}-long"
    _deposer(tmp_path / "recu", NOM, "A")
    _deposer(tmp_path / "recu", longue, "B")
    _, _, erreur = commande("cohorte", tmp_path / "recu", "--sortie", "toutes.xlsx")
    assert "question commune" not in erreur
    assert f"c’est un autre référentiel que {NOM}" in erreur
    assert f"--referentiel {longue}@1.0.0 --sortie cohorte-{longue}-1.0.0.xlsx" in erreur
    _, _, seule = commande("cohorte", tmp_path / "recu" / "B.json", "--sortie", "seule.xlsx")
    assert "celui par défaut" in seule
    assert "l’actuelle" not in seule

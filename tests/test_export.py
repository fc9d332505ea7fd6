"""« cpit exporter » : ce qui est écrit, pour qui, à quelles conditions ; et ce qui n’y est jamais."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import stat
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aide_export import COURRIEL, MARQUES, NOM, cle_d_un_choix, passation, poser, sources_marquees, traces_de
from aides import RACINE, livre
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

import cpit
from cpit import ErreurCpit
from cpit.cli import executer
from cpit.coeur.cohorte import Releve, composer
from cpit.coeur.passation import replier_code
from cpit.export import confidentiel
from cpit.export.trame import LIMITES_SPSS, LIMITES_STATA, couper_en_octets, nommer_variables
from cpit.formats import durable
from cpit.formats.recueil import Recueil

EXEMPLES = RACINE / "exemples"
DOCUMENTS = {
    *("LISEZMOI.md", "dictionnaire.xlsx", "dictionnaire.csv", "dictionnaire_codes.csv", "datapackage.json"),
    *("ddi.xml", "referentiel.yaml", "manifeste.json", "CITATION.cff"),
}
TABLES = ("reponses_large", "reponses_long", "scores")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return _copier_les_exemples(tmp_path)


def _copier_les_exemples(racine: Path) -> Path:
    dossier = racine / "sources"
    dossier.mkdir()
    for exemple in EXEMPLES.glob("*.json"):
        shutil.copy(exemple, dossier)
    return dossier


def exporter(*arguments: object) -> int:
    return executer(["exporter", *map(str, arguments)])


@dataclass(frozen=True)
class Ecrit:
    """Un export des exemples, que l’on ne fait que lire, et ce que la commande en a dit."""

    sources: Path
    jeu: Path
    cle: Path
    sortie: str
    erreur: str


def _ecrire(racine: Path, *options: str) -> Ecrit:
    sources, jeu = _copier_les_exemples(racine), racine / "jeu"
    with redirect_stdout(io.StringIO()) as sortie, redirect_stderr(io.StringIO()) as erreur:
        assert exporter(sources, "--sortie", jeu, *options) == 0
    return Ecrit(sources, jeu, racine / "jeu.cle", sortie.getvalue(), erreur.getvalue())


@pytest.fixture(scope="module")
def entier(tmp_path_factory: pytest.TempPathFactory) -> Ecrit:
    """Dans tous les formats."""
    return _ecrire(tmp_path_factory.mktemp("entier"))


@pytest.fixture(scope="module")
def en_csv(tmp_path_factory: pytest.TempPathFactory) -> Ecrit:
    """Les tables en CSV seulement."""
    return _ecrire(tmp_path_factory.mktemp("csv"), "--formats", "csv")


@pytest.fixture
def d_hier(en_csv: Ecrit, tmp_path: Path) -> Path:
    """Une copie à soi de l’export en CSV et de sa clé : « jeu » et « jeu.cle »."""
    shutil.copytree(en_csv.jeu, tmp_path / "jeu")
    shutil.copy2(en_csv.cle, tmp_path)
    return tmp_path / "jeu"


def lire(export: Path, table: str) -> list[dict[str, str]]:
    with (export / f"{table}.csv").open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


def octets(dossier: Path) -> dict[str, bytes]:
    return {chemin.name: chemin.read_bytes() for chemin in dossier.iterdir()}


class TestContenu:
    def test_tout_est_ecrit(self, entier: Ecrit) -> None:
        attendus = {f"{table}.{suffixe}" for table in TABLES for suffixe in ("csv", "parquet", "sav", "dta")}
        assert {f.name for f in entier.jeu.iterdir()} == attendus | DOCUMENTS | {"jeu.xlsx"}
        assert "3 personnes, 5 passations" in entier.sortie
        assert str(entier.cle) in entier.sortie
        assert entier.erreur == ""

    def test_les_scores_sont_ceux_de_la_cohorte(self, en_csv: Ecrit, tmp_path: Path) -> None:
        cohorte = ["cohorte", str(en_csv.sources), "--sortie", str(tmp_path / "c.csv"), "--dialecte", "science"]
        assert executer(cohorte) == 0
        with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as flux:
            attendues = list(csv.DictReader(flux))
        large, scores = lire(en_csv.jeu, "reponses_large"), lire(en_csv.jeu, "scores")
        for question in (q for q in livre().profil if q.plusieurs):
            for ligne in attendues:
                coches = ligne.pop(question.identifiant)
                for choix in question.choix:
                    coche = str(int(choix.code in coches.split(";"))) if coches else ""
                    ligne[cle_d_un_choix(question, choix)] = coche
        # Le jeu dit une fois, dans sa description, quel référentiel le note.
        communes = [cle for cle in attendues[0] if cle not in ("identifiant", "referentiel")]
        ecrites = [{cle: {**une, **autre}[cle] for cle in communes} for une, autre in zip(large, scores, strict=True)]
        triees = sorted([ligne[cle] for cle in communes] for ligne in attendues)
        assert sorted(list(ligne.values()) for ligne in ecrites) == triees

    def test_l_incertitude_est_celle_de_la_restitution(self, en_csv: Ecrit, capsys: pytest.CaptureFixture[str]) -> None:
        """Chaque ligne de scores a la position et l’incertitude que « cpit restituer --json » donne à sa passation."""
        attendues = []
        for source in sorted(en_csv.sources.glob("*.json")):
            capsys.readouterr()
            assert executer(["restituer", str(source), "--json"]) == 0
            une = json.loads(capsys.readouterr().out)
            i = une["incertitude"]
            nombres = (une["position"]["x"], une["position"]["y"], i["erreur_x"], i["erreur_y"], i["covariance_xy"])
            possible = "oui" if i["equilibre_possible"] else "non"
            attendues.append((i["repliques"], *nombres, i["etat"], i["methode"], possible))
        cles = ("x", "y", "erreur_x", "erreur_y", "covariance_xy")
        ecrites = [
            (
                int(ligne["repliques"]),
                *(float(ligne[cle]) for cle in cles),
                *(ligne[cle] for cle in ("etat_region", "methode_incertitude", "equilibre_possible")),
            )
            for ligne in lire(en_csv.jeu, "scores")
        ]
        assert sorted(ecrites) == sorted(attendues)
        assert {une[-1] for une in attendues} == {"oui", "non"}

    def test_une_incertitude_absente_est_vide(self, tmp_path: Path) -> None:
        chemin = poser(tmp_path, "a.json", passation(livre(), "S" * 24, identifiant="A"))
        assert exporter(chemin, "--sortie", tmp_path / "jeu", "--formats", "csv") == 0
        (ligne,) = lire(tmp_path / "jeu", "scores")
        absentes = ("erreur_x", "erreur_y", "covariance_xy", "equilibre_possible")
        assert [ligne[cle] for cle in ("repliques", *absentes)] == ["0", "", "", "", ""]
        assert (ligne["etat_region"], ligne["methode_incertitude"]) == ("sans-position", "")

    @pytest.mark.endurance
    def test_une_strate_assez_grande_dit_partout_la_methode_hierarchique(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Huit personnes à t0, quatre à t1 : le jeu, le JSON et le classeur disent les mêmes nombres."""
        (tmp_path / "s").mkdir()
        rangs = [(moment, rang) for moment, nombre in (("t0", 8), ("t1", 4)) for rang in range(nombre)]
        for moment, rang in rangs:
            reponses = "".join(str((k * k + rang * (k % 3 + 1)) % 5) for k in range(24))
            poser(
                tmp_path / "s",
                f"{moment}{rang}.json",
                passation(livre(), reponses, identifiant=f"P{rang}", moment=moment),
            )
        assert exporter(tmp_path / "s", "--sortie", tmp_path / "jeu", "--formats", "csv") == 0
        sorties = [tmp_path / "c.json", tmp_path / "c.xlsx"]
        assert executer(["cohorte", str(tmp_path / "s"), *(f"--sortie={s}" for s in sorties[:1])]) == 0
        assert executer(["cohorte", str(tmp_path / "s"), f"--sortie={sorties[1]}"]) == 0
        du_json = sorted(
            (une["moment"], i["erreur_x"], i["erreur_y"], i["covariance_xy"], i["etat"], i["methode"])
            for une in json.loads(sorties[0].read_text("utf-8"))["passations"]
            if (i := une["incertitude"])
        )
        cles = ("erreur_x", "erreur_y", "covariance_xy")
        du_jeu = sorted(
            (
                ligne["moment"],
                *(float(ligne[cle]) for cle in cles),
                ligne["etat_region"],
                ligne["methode_incertitude"],
            )
            for ligne in lire(tmp_path / "jeu", "scores")
        )
        feuille = load_workbook(sorties[1], read_only=True)["Incertitude"]
        entete, *rangees = feuille.iter_rows(values_only=True)
        dites = [dict(zip(entete, rangee, strict=True)) for rangee in rangees]
        toutes = ("moment", *cles, "etat_region", "methode_incertitude")
        du_classeur = sorted(tuple(une[cle] for cle in toutes) for une in dites)
        assert du_json == du_jeu == du_classeur
        assert {(une[0], une[-1]) for une in du_jeu} == {("t0", "hierarchique"), ("t1", "individuelle")}
        capsys.readouterr()
        assert executer(["restituer", str(tmp_path / "s" / "t01.json"), "--json"]) == 0
        seule = json.loads(capsys.readouterr().out)["incertitude"]
        assert seule["methode"] == "individuelle"
        assert seule["erreur_x"] not in {une[1] for une in du_jeu if une[0] == "t0"}

    def test_une_colonne_calculee_est_reservee_et_reconnue(self, en_csv: Ecrit, tmp_path: Path) -> None:
        """Un item du même nom l’effacerait ; et une table de scores relue n’a pas de colonne inconnue."""
        entete = list(lire(en_csv.jeu, "scores")[0])
        calculees = entete[entete.index("score_C1") :]
        fixes = {cle for cle in calculees if not cle.startswith(("score_", "n_"))}
        minimal = (RACINE / "referentiels" / "minimal.yaml").read_text(encoding="utf-8")
        for cle in (*fixes, "score_C1", "n_C1"):
            (tmp_path / "r.yaml").write_text(minimal.replace("code: A1", f"code: {cle}"), encoding="utf-8")
            _, anomalies = cpit.valider(tmp_path / "r.yaml")
            (reserve,) = [une for une in anomalies if une.code == "code-reserve"]
            assert set(str(reserve.mots["reserves"]).split(", ")) - {"identifiant", "moment", "regard"} == fixes
        relues = cpit.ecrire(cpit.lire(en_csv.sources).cohorte.scores(avec_reponses=True), tmp_path / "c.csv")
        assert not [une for une in cpit.lire(relues).anomalies if any(cle in une.quoi for cle in calculees)]

    def test_le_long_dit_chaque_etat_et_la_valeur_retenue(self, tmp_path: Path) -> None:
        """Échelle de 1 à 6, item inversé : une réponse 2 est retenue pour 1 + 6 − 2 = 5."""
        etranger = RACINE / "tests" / "referentiels" / "etranger.yaml"
        referentiel = cpit.referentiel(etranger)
        inverse = next(item for item in referentiel.items if item.inverse)
        bas, haut = referentiel.echelle.min, referentiel.echelle.max
        une = passation(referentiel, str(bas + 1) * len(referentiel.items), identifiant="A")
        chemin = poser(tmp_path, "a.json", une)
        assert exporter(chemin, "--sortie", tmp_path / "jeu", "--formats", "csv", "--referentiel", etranger) == 0
        lignes = {ligne["item"]: ligne for ligne in lire(tmp_path / "jeu", "reponses_long")}
        assert int(lignes[inverse.code]["retenue"]) == bas + haut - (bas + 1)
        droit = next(item for item in referentiel.items if not item.inverse)
        assert int(lignes[droit.code]["retenue"]) == bas + 1

    def test_les_quatre_etats(self, tmp_path: Path) -> None:
        une = passation(livre(), "0S." + "4" * 21, identifiant="A")
        reponses = {code: r for code, r in une.reponses.items() if code != "C8C"}
        chemin = poser(tmp_path, "a.json", replace(une, reponses=reponses, terminee=None))
        assert exporter(chemin, "--sortie", tmp_path / "jeu", "--formats", "csv") == 0
        lignes = {ligne["item"]: ligne for ligne in lire(tmp_path / "jeu", "reponses_long")}
        vus = {code: (lignes[code]["code"], lignes[code]["etat"]) for code in ("C1P", "C1M", "C1C", "C8C")}
        assert vus == {
            "C1P": ("0", "repondu"),
            "C1M": ("SO", "sans_objet"),
            "C1C": ("", "sans_reponse"),
            "C8C": ("", "pas_encore_vu"),
        }
        (large,) = lire(tmp_path / "jeu", "reponses_large")
        assert (large["C1P"], large["C1M"], large["C1C"], large["C8C"]) == ("0", "SO", "", "")

    def test_deux_passations_au_meme_moment_ont_deux_rangs(self, tmp_path: Path) -> None:
        une = passation(livre(), "1" * 24, identifiant="A", terminee="2026-10-02T08:00:00+02:00")
        poser(tmp_path, "a.json", une)
        avant = "2026-09-01T08:00:00+02:00"
        poser(
            tmp_path, "b.json", replace(passation(livre(), "2" * 24, identifiant="A"), commencee=avant, terminee=avant)
        )
        assert exporter(tmp_path / "*.json", "--sortie", tmp_path / "jeu", "--formats", "csv") == 0
        rangs = [(ligne["passation"], ligne["mois"]) for ligne in lire(tmp_path / "jeu", "scores")]
        assert rangs == [("1", "2026-09"), ("2", "2026-10")]

    def test_corriger_la_premiere_ne_la_fait_pas_passer_apres_la_seconde(self, tmp_path: Path) -> None:
        instants = ("2026-09-01T08:00:00+02:00", "2026-10-02T08:00:00+02:00", "2027-03-01T08:00:00+01:00")
        une, deux, corrige = instants
        premiere = replace(passation(livre(), "1" * 24, identifiant="A"), commencee=une, terminee=une)
        corrigee = replace(premiere.rouverte(corrige, "a.json.version"), terminee=corrige)
        poser(tmp_path, "a.json", corrigee)
        poser(tmp_path, "b.json", replace(passation(livre(), "2" * 24, identifiant="A"), commencee=deux, terminee=deux))
        assert exporter(tmp_path / "*.json", "--sortie", tmp_path / "jeu", "--formats", "csv") == 0
        rangs = [(ligne["passation"], ligne["mois"]) for ligne in lire(tmp_path / "jeu", "scores")]
        assert rangs == [("1", "2026-09"), ("2", "2026-10")]

    def test_le_dialecte_fr(self, sources: Path, tmp_path: Path) -> None:
        assert exporter(sources, "--sortie", tmp_path / "jeu", "--formats", "csv", "--dialecte", "fr") == 0
        brut = (tmp_path / "jeu" / "scores.csv").read_bytes()
        assert brut.startswith("\ufeffpseudonyme;moment;".encode())
        assert b"\r\n" in brut
        assert b"2,3333333333333335" in brut

    def test_le_referentiel_est_celui_du_sceau(self, en_csv: Ecrit) -> None:
        empreinte = hashlib.sha256((en_csv.jeu / "referentiel.yaml").read_bytes()).hexdigest()
        manifeste = json.loads((en_csv.jeu / "manifeste.json").read_text(encoding="utf-8"))
        assert manifeste["referentiel"]["empreinte"] == empreinte == livre().empreinte

    def test_le_manifeste_dit_vrai_de_chaque_fichier(self, entier: Ecrit) -> None:
        fichiers = json.loads((entier.jeu / "manifeste.json").read_text(encoding="utf-8"))["fichiers"]
        lus = octets(entier.jeu)
        assert set(fichiers) == set(lus) - {"manifeste.json"}
        for nom, sceau in fichiers.items():
            assert sceau == {"octets": len(lus[nom]), "sha256": hashlib.sha256(lus[nom]).hexdigest()}

    @pytest.mark.skipif(os.name != "posix", reason="les droits d’accès sont ceux de POSIX")
    def test_l_export_n_est_lisible_que_par_son_proprietaire(self, entier: Ecrit) -> None:
        assert stat.S_IMODE(entier.jeu.stat().st_mode) == 0o700
        assert {stat.S_IMODE(f.stat().st_mode) for f in entier.jeu.iterdir()} == {0o600}


class TestMemesOctets:
    def test_deux_executions_a_deux_instants_donnent_les_memes_octets(
        self, entier: Ecrit, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Un autre fuseau, une autre minute, un autre dossier courant : rien de la machine n’y entre."""
        ecrit = (entier.jeu / "manifeste.json").stat().st_mtime
        time.sleep(max(0.0, ecrit + 1.1 - time.time()))
        monkeypatch.setenv("TZ", "Pacific/Noumea")
        monkeypatch.chdir(sources)
        shutil.copy2(entier.cle, tmp_path)
        assert exporter(".", "--sortie", tmp_path / "jeu") == 0
        assert octets(tmp_path / "jeu") == octets(entier.jeu)

    def test_les_dates_inscrites_sont_celles_des_passations(self, entier: Ecrit) -> None:
        lus = octets(entier.jeu)
        assert lus["scores.sav"][92:109] == b"01 Nov 2600:00:00"
        assert b"<timestamp>\x1101 Nov 2026 00:00</timestamp>" in lus["scores.dta"]

    def test_l_ordre_des_sources_ne_change_rien(self, entier: Ecrit, sources: Path, tmp_path: Path) -> None:
        fichiers = sorted(sources.glob("*.json"))
        shutil.copy2(entier.cle, tmp_path)
        assert exporter(*reversed(fichiers), "--sortie", tmp_path / "jeu") == 0
        assert octets(tmp_path / "jeu") == octets(entier.jeu)


class TestPersonnes:
    def test_aucune_marque_dans_aucun_octet(self, tmp_path: Path) -> None:
        sources = sources_marquees(tmp_path)
        assert traces_de(sources, ("canarie",)), "la recherche doit savoir trouver ce qui y est"
        assert exporter(sources, "--sortie", tmp_path / "jeu") == 0
        assert traces_de(tmp_path / "jeu", (*MARQUES, str(tmp_path))) == []

    def test_les_traces_ne_sortent_que_demandees(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        sources = sources_marquees(tmp_path)
        assert exporter(sources, "--sortie", tmp_path / "jeu", "--avec-traces") == 0
        assert "textes libres" in capsys.readouterr().err
        traces = [ligne["trace"] for ligne in lire(tmp_path / "jeu", "reponses_long") if ligne["trace"]]
        assert sum(NOM in trace for trace in traces) == 1
        assert COURRIEL in traces
        assert "'=canarie()" in traces, "un texte n’est jamais une formule"
        autres = [lieu for lieu in traces_de(tmp_path / "jeu", (NOM,)) if "reponses_long" not in lieu]
        assert {lieu.partition("!")[0] for lieu in autres} == {"jeu.xlsx"}
        lisezmoi = (tmp_path / "jeu" / "LISEZMOI.md").read_text(encoding="utf-8")
        assert "**Les traces sont dans reponses_long**" in lisezmoi

    @pytest.mark.parametrize("traces", [False, pytest.param(True, marks=pytest.mark.endurance)])
    def test_aucun_document_ne_dit_anonyme(self, entier: Ecrit, tmp_path: Path, traces: bool) -> None:
        jeu = entier.jeu
        if traces:
            jeu = tmp_path / "jeu"
            assert exporter(entier.sources, "--sortie", jeu, "--avec-traces") == 0
        assert traces_de(jeu, ("anonym", "Anonym")) == []
        assert "pseudonymisé" in (jeu / "LISEZMOI.md").read_text(encoding="utf-8")

    def test_un_choix_de_profil_inconnu_est_laisse_de_cote_et_compte(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        sources = sources_marquees(tmp_path)
        assert exporter(sources, "--sortie", tmp_path / "jeu", "--formats", "csv") == 0
        assert "2 réponses de profil" in capsys.readouterr().err
        assert {ligne["structure"] for ligne in lire(tmp_path / "jeu", "scores")} == {""}

    def test_la_meme_personne_garde_son_pseudonyme_de_t0_a_t1(self, tmp_path: Path) -> None:
        """Deux exports, une clé ; la casse, un blanc et la forme d’un accent ne font pas une autre personne."""
        t0 = poser(tmp_path, "t0.json", passation(livre(), "1" * 24, identifiant="Élan 01"))
        t1 = poser(tmp_path, "t1.json", passation(livre(), "2" * 24, identifiant="e\u0301lan  01 ", moment="t1"))
        cle = ("--cle", tmp_path / "etude.cle", "--formats", "csv")
        assert exporter(t0, "--sortie", tmp_path / "a", *cle, "--formats", "csv") == 0
        assert exporter(t1, "--sortie", tmp_path / "b", *cle, "--formats", "csv") == 0
        (un,), (deux,) = lire(tmp_path / "a", "scores"), lire(tmp_path / "b", "scores")
        assert un["pseudonyme"] == deux["pseudonyme"]
        assert exporter(t0, "--sortie", tmp_path / "c", "--formats", "csv") == 0
        (trois,) = lire(tmp_path / "c", "scores")
        assert trois["pseudonyme"] != un["pseudonyme"], "une autre clé, un autre pseudonyme"

    def test_deux_graphies_d_un_code_sont_dites(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        poser(tmp_path, "a.json", passation(livre(), "1" * 24, identifiant="r01"))
        poser(tmp_path, "b.json", passation(livre(), "2" * 24, identifiant="R01", moment="t1"))
        assert exporter(tmp_path / "*.json", "--sortie", tmp_path / "jeu", "--formats", "csv") == 0
        assert "r01, R01" in capsys.readouterr().err
        assert len({ligne["pseudonyme"] for ligne in lire(tmp_path / "jeu", "scores")}) == 1

    def test_une_casse_changee_a_t1_donne_un_seul_avertissement(self, tmp_path: Path) -> None:
        """Cent cinquante personnes tapées en minuscules à T1 : cinq sont citées, les autres comptées."""
        referentiel = livre()
        codes = [f"Q{k:03d}" for k in range(150)]
        releves = [
            Releve(passation(referentiel, "1" * 24, identifiant=code, moment=moment), "a.csv")
            for moment, ecrits in (("t0", codes), ("t1", [code.lower() for code in codes]))
            for code in ecrits
        ]
        table = cpit.ecrire(composer(referentiel, releves).scores(avec_reponses=True), tmp_path / "a.csv")
        (constat,) = cpit.lire(table).anomalies
        assert str(constat.mots["graphies"]).startswith("Q000, q000 ; Q001, q001")
        assert str(constat.mots["graphies"]).endswith("Q004, q004 ; et 145 autres personnes")

    def test_la_ligne_2_de_deux_tables_fait_deux_personnes(self, tmp_path: Path) -> None:
        """Même sans code, même de mêmes réponses, à un octet près ; et un fichier renommé garde les siennes."""
        codes = [item.code for item in livre().items]
        texte = ",".join(codes) + "\n" + ",".join("2" for _ in codes) + "\n" + ",".join("3" for _ in codes) + "\n"
        for nom in ("a.csv", "b.csv"):
            (tmp_path / nom).write_text(texte if nom == "a.csv" else texte[:-1], encoding="utf-8")
        cle = ("--cle", tmp_path / "k.cle", "--formats", "csv")
        assert exporter(tmp_path / "*.csv", "--sortie", tmp_path / "jeu", *cle, "--formats", "csv") == 0
        pseudonymes_ = {ligne["pseudonyme"] for ligne in lire(tmp_path / "jeu", "scores")}
        assert len(pseudonymes_) == 4
        ailleurs = tmp_path / "ailleurs"
        ailleurs.mkdir()
        (tmp_path / "a.csv").rename(ailleurs / "z.csv")
        assert exporter(ailleurs, "--sortie", tmp_path / "jeu2", *cle, "--formats", "csv") == 0
        assert {ligne["pseudonyme"] for ligne in lire(tmp_path / "jeu2", "scores")} < pseudonymes_

    @given(st.lists(st.text(max_size=12), min_size=1, max_size=20, unique_by=replier_code))
    def test_un_pseudonyme_par_identite(self, codes: list[str]) -> None:
        cle = confidentiel.Cle(Path("k"), bytes(32))
        rendus = confidentiel.pseudonymiser(cle, map(replier_code, codes))
        assert len(set(rendus)) == len(codes)
        assert all(len(p) == 17 and p.isalnum() and p.isascii() for p in rendus)

    def test_deux_personnes_ne_partagent_jamais_un_pseudonyme(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(confidentiel.Cle, "pseudonyme", lambda _cle, _identite: "PX")
        with pytest.raises(ErreurCpit) as erreur:
            confidentiel.pseudonymiser(confidentiel.Cle(Path("k"), bytes(32)), ["a", "b"])
        assert erreur.value.anomalies[0].code == "pseudonymes-en-collision"

    def test_les_lignes_sont_rangees_par_pseudonyme(self, tmp_path: Path) -> None:
        """Leur ordre ne dit rien de celui de la lecture ; chacune se reconnaît ici à ses deux premières réponses."""
        referentiel = livre()
        reponses = [f"{k // 5}{k % 5}" for k in range(25)]
        releves = [
            Releve(passation(referentiel, reponse + "1" * 22, identifiant=f"N{k}"), "a.csv", k)
            for k, reponse in enumerate(reponses)
        ]
        cpit.exporter(Recueil(composer(referentiel, releves)), tmp_path / "jeu", formats=["csv"])
        lignes = lire(tmp_path / "jeu", "reponses_large")
        assert [ligne["pseudonyme"] for ligne in lignes] == sorted(ligne["pseudonyme"] for ligne in lignes)
        premiers = [item.code for item in referentiel.ordre_de_passation()][:2]
        lues = ["".join(ligne[code] for code in premiers) for ligne in lignes]
        assert sorted(lues) == reponses != lues


class TestCle:
    def test_elle_est_creee_a_cote_seule_et_jamais_reecrite(self, d_hier: Path, sources: Path) -> None:
        cle = d_hier.with_name("jeu.cle")
        contenu = cle.read_bytes()
        if os.name == "posix":
            assert stat.S_IMODE(cle.stat().st_mode) == 0o600
        assert exporter(sources, "--sortie", d_hier, "--formats", "csv") == 0
        assert cle.read_bytes() == contenu
        secret = contenu.decode().split()[-1]
        assert len(bytes.fromhex(secret)) == 32
        assert traces_de(d_hier, (secret, secret[:16])) == []

    def test_elle_ne_se_montre_pas(self, en_csv: Ecrit) -> None:
        secret = en_csv.cle.read_text(encoding="utf-8").split()[-1]
        assert secret[:16] not in en_csv.sortie + en_csv.erreur
        assert secret[:16] not in repr(confidentiel.ouvrir_cle(en_csv.cle))

    @pytest.mark.parametrize(
        ("contenu", "dit"),
        [
            (b"", "n’est pas une clé"),
            (b"\xff\xfe\x00", "n’est pas une clé"),
            (b"abcdef\n", "n’est pas une clé"),
            (b"root:x:0:0:root:/root:/bin/bash\n", "n’est pas une clé"),
            (f"{confidentiel.ENTETE}\nabcd\n".encode(), "a 4 signes"),
            (f"{confidentiel.ENTETE}\n{'zz' * 32}\n".encode(), "n’est pas une clé"),
        ],
    )
    def test_une_mauvaise_cle_est_refusee_et_reste_intacte(
        self, sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], contenu: bytes, dit: str
    ) -> None:
        cle = tmp_path / "k"
        cle.write_bytes(contenu)
        cle.chmod(0o600)
        assert exporter(sources, "--sortie", tmp_path / "jeu", "--cle", cle) == 1
        assert dit in " ".join(capsys.readouterr().err.split())
        assert cle.read_bytes() == contenu
        assert not (tmp_path / "jeu").exists()

    @pytest.mark.skipif(os.name != "posix", reason="les droits d’accès sont ceux de POSIX")
    def test_une_cle_ouverte_a_d_autres_est_refusee(
        self, d_hier: Path, sources: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        d_hier.with_name("jeu.cle").chmod(0o644)
        assert exporter(sources, "--sortie", d_hier, "--formats", "csv") == 1
        assert "0644" in capsys.readouterr().err

    def test_une_cle_dans_l_export_est_un_mauvais_emploi(self, d_hier: Path, sources: Path, tmp_path: Path) -> None:
        assert exporter(sources, "--sortie", tmp_path / "jeu2", "--cle", tmp_path / "jeu2" / "k") == 2
        assert exporter(sources, "--sortie", tmp_path / "jeu2", "--cle", tmp_path / "absent" / "k") == 1
        assert exporter(sources, "--sortie", d_hier / "dedans") == 2, "sa clé tomberait parmi des données"

    def test_une_autre_cle_sur_un_ancien_export_est_dite(
        self, d_hier: Path, sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert exporter(sources, "--sortie", d_hier, "--formats", "csv", "--cle", tmp_path / "k") == 0
        assert "une autre clé" in capsys.readouterr().err

    def test_rien_de_lisible_ne_laisse_ni_cle_ni_dossier(self, tmp_path: Path) -> None:
        (tmp_path / "vide.csv").write_text("identifiant,C1P\n", encoding="utf-8")
        assert exporter(tmp_path / "vide.csv", "--sortie", tmp_path / "jeu") == 1
        assert sorted(f.name for f in tmp_path.iterdir()) == ["vide.csv"]


class TestDossier:
    def test_un_dossier_d_autrui_est_refuse_et_reste_intact(self, sources: Path, tmp_path: Path) -> None:
        export = tmp_path / "jeu"
        export.mkdir()
        (export / "these.docx").write_text("important", encoding="utf-8")
        assert exporter(sources, "--sortie", export) == 1
        assert octets(export) == {"these.docx": b"important"}
        assert exporter(sources, "--sortie", sources) == 2

    def test_un_fichier_a_la_place_du_dossier_est_refuse(self, sources: Path, tmp_path: Path) -> None:
        (tmp_path / "jeu").write_text("x", encoding="utf-8")
        assert exporter(sources, "--sortie", tmp_path / "jeu") == 1
        assert (tmp_path / "jeu").read_text(encoding="utf-8") == "x"

    @pytest.mark.parametrize("retouche", ["ajout", "modification", "dossier"])
    def test_un_export_retouche_n_est_pas_ecrase(
        self, d_hier: Path, sources: Path, capsys: pytest.CaptureFixture[str], retouche: str
    ) -> None:
        export = d_hier
        if retouche == "ajout":
            (export / "analyse.R").write_text("x", encoding="utf-8")
        elif retouche == "modification":
            (export / "scores.csv").write_text("x", encoding="utf-8")
        else:
            (export / "figures").mkdir()
        avant = sorted(f.name for f in export.iterdir())
        assert exporter(sources, "--sortie", export, "--formats", "csv") == 1
        noms = {"ajout": "analyse.R", "modification": "scores.csv", "dossier": "figures"}
        assert noms[retouche] in capsys.readouterr().err
        assert sorted(f.name for f in export.iterdir()) == avant

    def test_un_dossier_vide_ou_un_ancien_export_est_remplace(
        self, entier: Ecrit, sources: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "vide").mkdir()
        assert exporter(sources, "--sortie", tmp_path / "vide", "--cle", tmp_path / "jeu.cle", "--formats", "csv") == 0
        shutil.rmtree(tmp_path / "vide")
        export = shutil.copytree(entier.jeu, tmp_path / "jeu")
        assert exporter(sources, "--sortie", export, "--formats", "csv") == 0
        assert {f.name for f in export.iterdir()} == {f"{table}.csv" for table in TABLES} | DOCUMENTS
        assert sorted(f.name for f in tmp_path.iterdir()) == ["jeu", "jeu.cle", "sources"]

    def test_le_dossier_courant_ne_se_remplace_pas(
        self, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        export = tmp_path / "jeu"
        export.mkdir()
        monkeypatch.chdir(export)
        assert exporter(sources, "--sortie", ".") == 1
        assert export.is_dir()

    def test_une_ecriture_interrompue_ne_laisse_rien(
        self, d_hier: Path, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        export = d_hier
        avant = octets(export)

        def plein(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("cpit.export.empreinte_de", plein)
        assert exporter(sources, "--sortie", export) == 1
        assert octets(export) == avant
        assert sorted(f.name for f in tmp_path.iterdir()) == ["jeu", "jeu.cle", "sources"]

    @pytest.mark.endurance
    def test_l_export_d_hier_dans_les_sources_n_est_pas_une_source(
        self, entier: Ecrit, sources: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shutil.copytree(entier.jeu, sources / "jeu")
        shutil.copy2(entier.cle, sources)
        assert exporter(sources, "--sortie", sources / "jeu") == 0
        sortie = capsys.readouterr()
        assert "5 passations" in sortie.out
        assert sortie.err == ""
        assert exporter(sources, "--sortie", sources / "autre", "--cle", sources / "jeu.cle", "--formats", "csv") == 0
        assert "vient d’un export de cpit" in capsys.readouterr().err


class TestFormats:
    @pytest.mark.parametrize("demande", ["pdf", "csv,pdf", "csv,"])
    def test_un_format_inconnu_est_un_mauvais_emploi(self, sources: Path, tmp_path: Path, demande: str) -> None:
        assert exporter(sources, "--sortie", tmp_path / "jeu", "--formats", demande) == 2

    def test_un_dialecte_inconnu_est_un_mauvais_emploi(self, sources: Path, tmp_path: Path) -> None:
        assert exporter(sources, "--sortie", tmp_path / "jeu", "--dialecte", "uk") == 2

    @pytest.mark.parametrize(("demande", "code"), [((), 0), (("--formats", "csv,sav"), 1)])
    def test_sans_l_extra_tout_le_reste_est_ecrit(
        self,
        sources: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        demande: tuple[str, ...],
        code: int,
    ) -> None:
        """Un format que l’on a nommé et qui manque est un refus ; sinon, un avertissement."""
        monkeypatch.setattr("cpit.formats.registre.find_spec", lambda _nom: None)
        assert exporter(sources, "--sortie", tmp_path / "jeu", *demande) == code
        assert "-m pip install polars pyreadstat scipy, puis" in " ".join(capsys.readouterr().err.split())
        noms = {f.name for f in (tmp_path / "jeu").iterdir()}
        assert {f"{table}.csv" for table in TABLES} | DOCUMENTS <= noms
        assert not [nom for nom in noms if nom.endswith((".sav", ".dta", ".parquet"))]

    def test_strict_refuse_tout_a_la_premiere_anomalie(self, sources: Path, tmp_path: Path) -> None:
        (sources / "note.txt.bin").write_bytes(b"x")
        assert exporter(sources, "--sortie", tmp_path / "jeu", "--strict") == 1
        assert not (tmp_path / "jeu").exists()

    def test_un_refus_de_lecture_est_compte_sans_etre_cite(self, tmp_path: Path) -> None:
        sources = sources_marquees(tmp_path)
        (sources / "canarie-abimee.json").write_text("{", encoding="utf-8")
        assert exporter(sources, "--sortie", tmp_path / "jeu", "--formats", "csv") == 1
        assert "1 refus" in (tmp_path / "jeu" / "LISEZMOI.md").read_text(encoding="utf-8")
        assert traces_de(tmp_path / "jeu", ("canarie",)) == []

    @given(st.lists(st.text(min_size=1, max_size=90), min_size=1, max_size=12, unique=True))
    def test_les_noms_sont_acceptes_par_spss_et_stata(self, cles: list[str]) -> None:
        for limites in (LIMITES_SPSS, LIMITES_STATA):
            noms = nommer_variables(cles, limites)
            assert len({nom.casefold() for nom in noms.values()}) == len(cles)
            for nom in noms.values():
                assert nom.isascii()
                assert nom[0].isalpha()
                assert nom.replace("_", "a").isalnum()
                assert len(nom) <= limites.nom
                assert nom.casefold() not in limites.reserves

    @given(st.text(max_size=400), st.integers(3, 300))
    def test_un_libelle_coupe_tient_en_octets(self, texte: str, octets_: int) -> None:
        coupe = couper_en_octets(texte, octets_)
        assert len(coupe.encode()) <= octets_
        assert coupe == texte or coupe.endswith("…") or "?" in coupe

    @given(st.lists(st.text("abéœ", min_size=1, max_size=12), min_size=8, max_size=60), st.integers(40, 120))
    def test_un_libelle_se_coupe_entre_deux_mots(self, mots: list[str], octets_: int) -> None:
        """Aucun mot n’en est un morceau, et il n’en manque que ce qui n’entrait pas."""
        coupe = couper_en_octets(" ".join(mots), octets_)
        gardes = coupe.removesuffix("…").split(" ")
        assert gardes == mots[: len(gardes)]
        if len(gardes) < len(mots):
            assert len(" ".join(mots[: len(gardes) + 1]).encode()) > octets_ - len("…".encode())


@pytest.mark.endurance
def test_le_coeur_de_l_export_ne_charge_rien_de_lourd() -> None:
    """Sans demander sav ni parquet, polars n’est jamais importé."""
    import subprocess

    une = str(EXEMPLES / "passation-r01-t0-soi.json")
    programme = (
        "import sys, tempfile; from pathlib import Path; from cpit.cli import executer\n"
        f"d = Path(tempfile.mkdtemp()); c = executer(['exporter', {une!r}, '--sortie', str(d / 'j'),"
        " '--formats', 'csv,xlsx'])\n"
        "print(c, [m for m in ('polars', 'pyreadstat', 'pandas', 'pyarrow') if m in sys.modules])"
    )
    fini = subprocess.run([sys.executable, "-c", programme], capture_output=True, text=True, check=True, timeout=120)
    assert fini.stdout.splitlines()[-1] == "0 []"


class TestDepot:
    """Le dossier d’export change d’un coup ; ce qui y était ne disparaît qu’une fois le neuf en place."""

    @pytest.fixture
    def export(self, tmp_path: Path) -> Path:
        poser(tmp_path, "a.json", passation(livre(), "1" * 24, identifiant="r01"))
        assert exporter(tmp_path / "a.json", "--sortie", tmp_path / "jeu", "--formats", "csv") == 0
        return tmp_path / "jeu"

    def test_interrompu_au_pire_moment_l_ancien_revient(self, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Sur un disque qui ne sait pas échanger deux noms d’un seul geste."""
        monkeypatch.setattr(durable, "_echanger_d_un_coup", lambda _un, _autre: False)
        avant = {chemin.name: chemin.read_bytes() for chemin in export.iterdir()}
        vrai = Path.rename

        def interrompre(self: Path, cible: Path) -> Path:
            if cible == export and self.name != export.name:
                raise KeyboardInterrupt
            return vrai(self, cible)

        monkeypatch.setattr(Path, "rename", interrompre)
        refaire = (export.parent / "a.json", "--sortie", export, "--formats", "csv", "--dialecte", "fr")
        assert exporter(*refaire) == 130
        assert {chemin.name: chemin.read_bytes() for chemin in export.iterdir()} == avant
        assert not list(export.parent.glob(".cpit-*"))

    def test_un_fichier_pose_pendant_l_ecriture_n_est_pas_perdu(self, export: Path) -> None:
        recueil = cpit.lire(export.parent / "a.json")
        with pytest.raises(ErreurCpit) as erreur:
            cpit.exporter(
                *(recueil, export), formats=["csv"], progres=lambda *_: (export / "notes.txt").write_text("à garder")
            )
        assert [a.code for a in erreur.value.anomalies] == ["export-retouche"]
        assert (export / "notes.txt").read_text() == "à garder"
        assert not list(export.parent.glob(".cpit-*"))

    def test_le_dossier_du_jeu_est_cree_avec_ses_parents(self, tmp_path: Path) -> None:
        poser(tmp_path, "a.json", passation(livre(), "1" * 24, identifiant="r01"))
        sortie = tmp_path / "etude" / "2026" / "jeu"
        assert exporter(tmp_path / "a.json", "--sortie", sortie, "--formats", "csv") == 0
        assert sortie.with_name("jeu.cle").is_file()


def test_une_cle_nee_entre_temps_est_celle_de_l_etude(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deux exports lancés ensemble prennent la même clé : le second, qui n’en voyait pas, lit celle du premier."""
    lues = cpit.lire([RACINE / "exemples" / "passation-r01-t0-soi.json"])
    premier = cpit.exporter(lues, tmp_path / "un", formats=("csv",), cle=tmp_path / "etude.cle")
    vrai = os.path.lexists
    monkeypatch.setattr("os.path.lexists", lambda chemin: not str(chemin).endswith(".cle") and vrai(chemin))
    second = cpit.exporter(lues, tmp_path / "deux", formats=("csv",), cle=tmp_path / "etude.cle")
    pseudonymes = [(export.dossier / "scores.csv").read_bytes() for export in (premier, second)]
    assert pseudonymes[0] == pseudonymes[1]

"""Ce que la façade rend d’une personne, d’un référentiel, des formulaires, des guides et des droits : des valeurs."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aides import RACINE, livre

import cpit
from cpit import inventorier, lire_codes
from cpit.api.referentiels import ecrire_page_guides
from cpit.cli import executer

Commande = Callable[..., str]
PASSATION = RACINE / "exemples" / "passation-r01-t0-soi.json"


@pytest.fixture(autouse=True)
def _rien_ne_s_affiche(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Aucune fonction de la façade n’écrit à l’écran ; les essais qui lancent une commande lisent ce qu’elle dit."""
    yield
    assert "commande" in request.fixturenames or capsys.readouterr() == ("", "")


@pytest.fixture
def commande(capsys: pytest.CaptureFixture[str]) -> Commande:
    """Exécute une commande et rend ce qu’elle écrit sur la sortie."""

    def lancer(*arguments: object) -> str:
        capsys.readouterr()
        assert executer([*map(str, arguments)]) == 0
        return capsys.readouterr().out

    return lancer


def codes(erreur: pytest.ExceptionInfo[cpit.ErreurCpit]) -> list[str]:
    return [anomalie.code for anomalie in erreur.value.anomalies]


# --- noter ----------------------------------------------------------------------------------------------------------


def test_noter_rend_un_resultat() -> None:
    """C1 : 3 et 2 répondus sur trois items de même poids ; le sans objet et l’absent sortent du calcul."""
    resultat = cpit.noter(livre(), {"C1P": 3, "C1M": 2, "C1C": "SO", "C2P": None})
    assert resultat.competences["C1"].valeur == pytest.approx(2.5)
    assert (resultat.competences["C1"].repondus, resultat.competences["C1"].items) == (2, 3)
    assert (resultat.competences["C2"].valeur, resultat.competences["C2"].motif) == (None, "aucune-reponse")
    assert resultat.situation.position is None


def test_noter_comme_la_commande() -> None:
    """Les mêmes réponses, par la passation et par le dictionnaire, donnent le même résultat."""
    restitution = cpit.relire(PASSATION).restitution
    etats = {"sans_objet": "SO"}
    reponses = {
        code: r.valeur if r.valeur is not None else etats.get(r.etat)
        for code, r in restitution.passation.reponses.items()
    }
    assert cpit.noter(restitution.referentiel, reponses) == restitution.resultat


def test_noter_dit_toutes_les_fautes_d_un_coup() -> None:
    fautives = {"C1PP": 3, "C1P": 9, "C1M": "trois", "C1C": True, "C2P": 2.0, "C2M": "2", "C2C": math.nan, "C3P": 2}
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.noter(livre(), fautives)
    assert codes(erreur) == ["reponse-inconnue", *["reponse-hors-echelle"] * 6]
    inconnue, hors, *_ = erreur.value.anomalies
    assert "« C1P »" in inconnue.correction.replace("\u202f", " ")
    assert "0, 1, 2, 3, 4, SO" in hors.attendu
    assert repr(hors) == f"{hors.quoi}. {hors.correction}"
    assert "cpit questionnaire" not in hors.correction, "d’ici, aucune passation n’est à reprendre"
    assert str(erreur.value) == "\n".join(map(repr, erreur.value.anomalies)), "le remède se lit dans la trace"
    texte = next(faute for faute in erreur.value.anomalies if "« C2M »" in faute.quoi.replace("\u202f", " "))
    assert texte.quoi.startswith("la réponse '2' à"), "un texte se distingue du niveau qu’il imite"


def test_sans_objet_n_est_admis_que_si_l_echelle_le_prevoit() -> None:
    referentiel = cpit.referentiel(RACINE / "tests" / "referentiels" / "sus.yaml")
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.noter(referentiel, {referentiel.items[0].code: "SO"})
    assert codes(erreur) == ["reponse-hors-echelle"]


def test_un_entier_de_numpy_est_un_niveau() -> None:
    numpy = pytest.importorskip("numpy")
    assert cpit.noter(livre(), {"C1P": numpy.int64(3)}) == cpit.noter(livre(), {"C1P": 3})


def test_une_absence_de_pandas_n_est_pas_une_reponse() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.noter(livre(), {"C1P": pandas.NA, "C1M": 2})
    assert codes(erreur) == ["reponse-hors-echelle"]


# --- relire, restituer, vérifier --------------------------------------------------------------------------------------


def test_relire_rend_ce_que_la_commande_ecrit(commande: Commande) -> None:
    relecture = cpit.relire(str(PASSATION))
    assert relecture.anomalies == ()
    assert cpit.resultat_en_dictionnaire(relecture.restitution) == json.loads(
        commande("restituer", PASSATION, "--json")
    )


def test_restituer_une_passation_deja_lue() -> None:
    restitution = cpit.relire(PASSATION).restitution
    assert cpit.restituer(restitution.referentiel, restitution.passation) == restitution


def test_un_autre_referentiel_n_est_jamais_applique_en_silence() -> None:
    minimal = cpit.referentiel("minimal")
    passation = cpit.relire(PASSATION).restitution.passation
    for geste in (lambda: cpit.relire(PASSATION, minimal), lambda: cpit.restituer(minimal, passation)):
        with pytest.raises(cpit.ErreurCpit) as erreur:
            geste()
        assert codes(erreur) == ["referentiel-change"]
    assert [a.code for a in cpit.relire(PASSATION, minimal, items_identiques=True).anomalies] == ["items-identiques"]


def test_relire_ce_qui_n_existe_pas(tmp_path: Path) -> None:
    with pytest.raises(cpit.ErreurCpit):
        cpit.relire(tmp_path / "rien.json")
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.relire(PASSATION, "innovation-teritoriale")
    assert codes(erreur) == ["referentiel-inconnu"]


def test_verifier_rend_ses_constats(commande: Commande) -> None:
    verification = cpit.verifier(PASSATION)
    assert verification.anomalies == ()
    assert len(verification.constats) == len(commande("verifier", PASSATION).splitlines()) == 4


def test_un_carnet_montre_les_scores() -> None:
    restitution = cpit.relire(PASSATION).restitution
    for montre in (restitution._repr_html_(), restitution.resultat._repr_html_()):
        for identifiant in restitution.referentiel.echelles:
            assert f"<td>{identifiant}</td>" in montre
        assert f"{restitution.resultat.competences['C2'].valeur:.2f}" in montre
    assert "Mettre en mouvement" in restitution._repr_html_()
    version = restitution.referentiel.version
    assert repr(restitution.referentiel) == f"Referentiel(innovation-territoriale {version} : 8 compétences, 24 items)"
    assert len(repr(restitution)) < 120


# --- référentiels -----------------------------------------------------------------------------------------------------


def test_les_referentiels_livres() -> None:
    livres = cpit.referentiels()
    assert next(iter(livres)) == "innovation-territoriale"
    assert livres["innovation-territoriale"] == cpit.referentiel()
    assert cpit.referentiel("minimal") == livres["minimal"]


def test_valider_rend_le_referentiel_ou_toutes_ses_fautes(tmp_path: Path) -> None:
    bon, constats = cpit.valider(RACINE / "referentiels" / "innovation-territoriale.yaml")
    assert (bon, constats) == (cpit.referentiel(), ())
    fautif = tmp_path / "f.yaml"
    fautif.write_text("titre: [\n", encoding="utf-8")
    rien, fautes = cpit.valider(str(fautif))
    assert rien is None
    assert fautes
    assert all(str(fautif) in repr(faute) for faute in fautes)


def test_le_schema(commande: Commande) -> None:
    assert cpit.schema() == json.loads(commande("referentiel", "schema"))


# --- formulaires ------------------------------------------------------------------------------------------------------


def test_un_formulaire_par_code(tmp_path: Path) -> None:
    faits: list[tuple[int, int]] = []
    ecrits = cpit.formulaires(
        "minimal", tmp_path, format="html", codes=["Zoé 1", "R2"], moment="t1", progres=lambda *fait: faits.append(fait)
    )
    assert [chemin.name for chemin in ecrits] == ["formulaire-zoe-1-t1-soi.html", "formulaire-r2-t1-soi.html"]
    assert all(chemin.is_file() for chemin in ecrits)
    assert faits == [(1, 2), (2, 2)]
    liste = tmp_path / "codes.csv"
    liste.write_text("code;nom\nZoé 1;a\nR2;b\n", encoding="utf-8")
    assert lire_codes(liste) == ["Zoé 1", "R2"]
    assert cpit.formulaires(cpit.referentiel("minimal"), tmp_path, format="html", codes=liste, moment="t1") == ecrits


def test_les_fautes_de_formulaires_viennent_ensemble(tmp_path: Path) -> None:
    with pytest.raises(cpit.MauvaisEmploi) as emploi:
        cpit.formulaires(dossier=tmp_path, format="doc", moment="hier", regard="chef")
    assert codes(emploi) == ["format-inconnu", "moment-inconnu", "regard-inconnu"]
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.formulaires(dossier=tmp_path, codes=["R1", " ", "r1"])
    assert codes(erreur) == ["code-vide", "code-de-participant-en-double"]
    assert list(tmp_path.iterdir()) == []


def test_un_code_trop_long_n_est_jamais_coupe(tmp_path: Path) -> None:
    """Coupés à 80 signes, ces deux codes n’en feraient qu’un."""
    liste = tmp_path / "codes.csv"
    liste.write_text(f"code\n{'a' * 80}x\n{'a' * 80}y\n{'b' * 80}\n", encoding="utf-8")
    with pytest.raises(cpit.ErreurCpit) as erreur:
        lire_codes(liste)
    assert [(une.code, une.lieu.ligne) for une in erreur.value.anomalies] == [("code-long", 2), ("code-long", 3)]


def test_un_formulaire_rempli_n_est_pas_remplace(tmp_path: Path) -> None:
    (chemin,) = cpit.formulaires(dossier=tmp_path)
    chemin.write_bytes(b"rempli")
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.formulaires(dossier=tmp_path)
    assert codes(erreur) == ["formulaire-existant"]
    assert chemin.read_bytes() == b"rempli"


# --- guides -----------------------------------------------------------------------------------------------------------


@pytest.mark.endurance
def test_les_guides(tmp_path: Path) -> None:
    tous = cpit.guides()
    assert cpit.guide("chercheur") == tous["chercheur"]
    assert tous["chercheur"].texte.startswith("# ")
    with pytest.raises(cpit.MauvaisEmploi) as erreur:
        cpit.guide("chercheuse")
    assert codes(erreur) == ["guide-inconnu"]
    page = ecrire_page_guides(tmp_path / "guides.html", tous.values())
    assert all(guide.titre in page.read_text(encoding="utf-8") for guide in tous.values())
    with pytest.raises(cpit.MauvaisEmploi):
        ecrire_page_guides(tmp_path / "guides.txt", tous.values())


# --- les droits d’une personne ----------------------------------------------------------------------------------------


@pytest.fixture
def garde(tmp_path: Path) -> Path:
    """Un dossier qui garde la passation de R01 et celle de R02."""
    dossier = tmp_path / "garde"
    dossier.mkdir()
    for nom in ("passation-r01-t0-soi.json", "passation-r02-t0-soi.json"):
        (dossier / nom).write_bytes((RACINE / "exemples" / nom).read_bytes())
    return dossier


def test_mes_donnees_rend_sa_remise(garde: Path, tmp_path: Path) -> None:
    vus = []
    remise = cpit.mes_donnees("R01", garde, tmp_path / "remise", apercu=vus.append)
    assert vus == [remise.inventaire]
    assert [t.chemin.name for t in remise.inventaire.siens] == ["passation-r01-t0-soi.json"]
    assert (remise.dossier, remise.recopies, remise.reserves) == (tmp_path / "remise", 1, ())
    assert (remise.dossier / "reponses.csv").is_file()
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.mes_donnees("R03", garde, tmp_path / "autre")
    assert codes(erreur) == ["personne-introuvable"]
    assert not (tmp_path / "autre").exists()


def test_corriger_garde_la_version_d_avant_et_la_marque(garde: Path, tmp_path: Path, commande: Commande) -> None:
    chemin = garde / "passation-r01-t0-soi.json"
    octets, avant = chemin.read_bytes(), cpit.relire(chemin).restitution.passation
    item = next(code for code, reponse in avant.reponses.items() if reponse.valeur == 1)
    assert cpit.corriger(chemin, {item: 1}) == avant
    assert [p.name for p in garde.iterdir() if p.name.startswith(chemin.name)] == [chemin.name], "rien n’a changé"

    corrigee = cpit.corriger(chemin, {item: 3})
    version = garde / f"{chemin.name}.version-{(avant.terminee or '')[:10]}"
    assert version.read_bytes() == octets
    assert corrigee == cpit.relire(chemin).restitution.passation
    assert corrigee.reponse(item) == dataclasses.replace(avant.reponse(item), valeur=3)
    assert [(c.terminee, c.version) for c in corrigee.corrections] == [(avant.terminee, version.name)]
    jour = corrigee.corrections[0].rouverte[:10]
    assert f"Corrigée le {jour}" in " ".join(cpit.verifier(chemin).constats)
    assert "version gardée" in commande("verifier", chemin)
    assert f"corrigée le {'/'.join(reversed(jour.split('-')))}" in " ".join(commande("restituer", chemin).split())
    assert "Corrig" not in commande("verifier", garde / "passation-r02-t0-soi.json")

    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.corriger(version, {item: 0})
    assert codes(erreur) == ["version-gardee"]
    assert executer(["questionnaire", "--reprendre", str(version)]) == 1
    assert "Somme de contrôle" in commande("verifier", version), "elle se relit"
    assert version.read_bytes() == octets

    # Un dossier ou un motif ne compte la personne qu’une fois, et ses droits portent sur les deux.
    for sources in (garde, f"{garde}/*"):
        lecture = cpit.lire(sources)
        assert sorted(notee.passation.identifiant for notee in lecture.cohorte.notees) == ["R01", "R02"]
        assert lecture.anomalies == ()
    siens = {t.chemin.name: str(t.sorte) for t in inventorier("R01", garde).siens}
    assert siens[version.name] == "version d’avant une correction"
    remise = cpit.mes_donnees("R01", garde, tmp_path / "remise")
    assert (remise.dossier / "fichiers" / version.name).read_bytes() == octets
    assert cpit.effacer("R01", garde, confirmer=True).restes == ()
    assert {p.name for p in garde.iterdir()} == {"passation-r02-t0-soi.json"}


def test_corriger_refuse_ce_qui_ne_se_note_pas_et_n_ecrit_rien(garde: Path) -> None:
    chemin = garde / "passation-r01-t0-soi.json"
    octets = chemin.read_bytes()
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.corriger(chemin, {"Z9": 1, "C1P": 9})
    assert codes(erreur) == ["reponse-inconnue", "reponse-hors-echelle"]
    assert (len(list(garde.iterdir())), chemin.read_bytes()) == (2, octets)


@pytest.mark.usefixtures("commande")
def test_hors_terminal_la_commande_corriger_dit_comment_faire(garde: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert executer(["corriger", str(garde / "passation-r01-t0-soi.json")]) == 1
    assert "cpit.corriger" in capsys.readouterr().err


def test_effacer_demande_une_confirmation(garde: Path) -> None:
    passation = garde / "passation-r01-t0-soi.json"
    with pytest.raises(cpit.MauvaisEmploi) as erreur:
        cpit.effacer("R01", garde)
    assert codes(erreur) == ["effacer-sans-confirmation"]
    renonce = cpit.effacer("R01", garde, confirmer=lambda inventaire: len(inventaire.siens) != 1)
    assert (renonce.confirme, renonce.effaces) == (False, 0)
    assert passation.is_file()
    fait = cpit.effacer("R01", garde, confirmer=True)
    assert (fait.confirme, fait.effaces, fait.resistances, fait.restes) == (True, 1, (), ())
    assert fait.hors_d_atteinte
    assert [chemin.name for chemin in garde.iterdir()] == ["passation-r02-t0-soi.json"]
    assert inventorier("R01", garde).vide
    assert not cpit.effacer("R01", garde).confirme


def test_un_code_vide_ou_un_dossier_absent(tmp_path: Path) -> None:
    with pytest.raises(cpit.MauvaisEmploi):
        cpit.mes_donnees("  ", tmp_path)
    with pytest.raises(cpit.ErreurCpit) as erreur:
        cpit.effacer("R01", tmp_path / "rien", confirmer=True)
    assert codes(erreur) == ["dossier-introuvable"]

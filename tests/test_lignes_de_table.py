"""Les lignes d’une table : celles qui ne sont personne, celles qui ont plusieurs moments, et qui a répondu."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from aide_bornes import BORNES, abaisser
from aide_formats import ligne_ods, ods, table_ods
from aide_lecture import lire_seule, noter_en_octets
from aide_outils import ecrire_csv, ecrire_xlsx
from aides import RACINE, encoder_passation, lire_passation, livre
from openpyxl import load_workbook
from openpyxl.worksheet.table import Table

import cpit
from cpit.api.groupe import choisir_pour, convient_au_flux, reunir
from cpit.cli import executer
from cpit.coeur.cohorte import Releve

MINIMAL = RACINE / "referentiels" / "minimal.yaml"
ITEMS = "A1;A2;A3;R1;R2;R3"
CODES = ITEMS.split(";")


def lire(dossier: Path, lignes: str, entete: str = f"identifiant;{ITEMS}", **consignes: str) -> cpit.Recueil:
    chemin = dossier / "t.csv"
    chemin.write_text(f"{entete}\nP1;1;2;3;4;SO;2\n{lignes}\n", encoding="utf-8")
    return cpit.lire(chemin, MINIMAL, **consignes)


def qui(recueil: cpit.Recueil) -> list[str]:
    return [notee.releve.identifiant for notee in recueil.cohorte.notees]


def codes(recueil: cpit.Recueil) -> list[str]:
    return [une.code for une in recueil.anomalies]


TOTAUX = [
    *("Total", "TOTAL :", "Moyenne", "moyenne générale", "Moyenne du groupe", "Effectif", "Écart-type", "ecart type"),
    *("Total (n = 10)", "Nombre de réponses", "Médiane", "Average", "Averages (where applicable): ", "Grand Total"),
    *("Std. Dev.", "Somme", "Sous-total", "Effectif = 12", "Mean", "Minimum"),
    *("Moyenne de la classe", "Moyenne groupe B", "Moyenne T0", "Moyenne 2025", "Total réponses", "Nb SO", "N ="),
    *("% de réponses", "Taux de réponse", "Pourcentage", "Score moyen", "Nombre de SO", "Non-réponses", "Répondants"),
    *(
        "Moy. promo",
        "Moy.",
        "Résultat moyen",
        "Profil moyen",
        "Score médian",
        "10 réponses",
        "Groupe",
        "Tout le groupe",
        "Tous",
    ),
    *("Toutes", "Collectif", "Promo 2026", "Promotion 2025-2026", "Classe", "Bilan", "Bilan du groupe", "Général"),
    *("Référence", "Corrigé", "Rang", "Mode", "Équipe", "12 participants", "Profil du groupe", "Groupe entier"),
    *("Max possible", "Minimum théorique", "Minimum requis", "N=12", "n = 12", "∑", "Totaux colonnes", "Cumul"),
    *("Écart-type corrigé", "Erreur type", "Standard Error", "IC 95 %", "Alpha de Cronbach", "Valeur cible"),
    *("Benchmark", "Réponses manquantes", "Valeurs manquantes", "Manquants", "Vides", "Sum of responses"),
    *("Average score", "Average of group", "Responses"),
    *("Niveau attendu", "Cible", "Poids", "Coefficient", "Barème", "Ensemble", "Écart", "Légende", "Σ", "Quartile 1"),
]


@pytest.mark.echantillon(5)
@pytest.mark.parametrize("mot", TOTAUX)
@pytest.mark.parametrize("valeurs", ["2;2;2;2;2;2", "11;12;2,5;;1,5;40"])
def test_une_ligne_de_total_n_est_personne(mot: str, valeurs: str, tmp_path: Path) -> None:
    recueil = lire(tmp_path, f'"{mot}";{valeurs}')
    assert (qui(recueil), codes(recueil)) == (["P1"], ["ligne-de-total"])
    assert mot.strip() in recueil.anomalies[0].quoi


@pytest.mark.parametrize(
    "ligne", [";Moyenne;2,5;2;1,5;;3", ";;;Total :;12;8;9", ";2,5;1,5;3;2,25;1,75;3,1", ";2,5;;;2,25;;"]
)
def test_un_total_sans_nom_dans_la_colonne_du_code_n_est_personne(ligne: str, tmp_path: Path) -> None:
    """Sous onze personnes, une ligne de moyennes de trop ferait diffuser les leurs."""
    recueil = lire(tmp_path, ligne)
    assert (qui(recueil), codes(recueil)) == (["P1"], ["ligne-de-total"])
    bilan = noter_en_octets(tmp_path / "t.csv", cpit.referentiel(MINIMAL))
    assert [(a.code, a.lieu) for a in bilan.anomalies] == [(a.code, a.lieu) for a in recueil.anomalies]


@pytest.mark.parametrize("ligne", [";2;2;3;1;2;1", "P2;2,5;1,5;2,5;2,5;1,5;1,5", ";1;2,5;3;2;1;1"])
def test_des_reponses_sans_code_ou_mal_ecrites_restent_d_une_personne(ligne: str, tmp_path: Path) -> None:
    assert len(qui(lire(tmp_path, ligne))) == 2


@pytest.mark.parametrize(
    "mot",
    [
        "Max",
        "Min",
        "N",
        "Toto",
        "Totalement",
        "Moya",
        "Sousa",
        "Effi",
        "Total Énergies",
        "Moyenne-Ville",
        "Partage",
        "Niveaud",
        "Ciblet",
        "Alpha",
        "Omega",
        "ENS",
        "Q1",
        "Vide-Grenier",
        "Erraji",
        "Ici",
        "Manquantin",
        "Benchétrit",
        "Resa",
    ],
)
def test_un_prenom_ou_des_initiales_restent_une_personne(mot: str, tmp_path: Path) -> None:
    recueil = lire(tmp_path, f"{mot};2;2;2;2;2;2")
    assert (qui(recueil), codes(recueil)) == (["P1", mot], [])


def test_un_mot_de_groupe_hors_de_la_colonne_du_code_n_ecarte_personne(tmp_path: Path) -> None:
    """« Promo 2026 » et « Général » y disent d’où vient une personne sans code."""
    lignes = f"Promotion;identifiant;{ITEMS}\nPromo 2026;;1;1;1;1;1;1\nGénéral;;2;2;2;2;2;2\n"
    (tmp_path / "t.csv").write_text(lignes, encoding="utf-8")
    assert len(cpit.lire(tmp_path / "t.csv", MINIMAL).cohorte.notees) == 2


@pytest.mark.parametrize("autres", [["P01", "P02", "P03"], ["a@x.fr", "b@x.fr", "c@x.fr"], ["1", "2", "3"]])
@pytest.mark.parametrize("mot", ["Exemple", "ET", "Note"])
def test_un_code_seul_de_sa_forme_est_compte_et_dit(autres: list[str], mot: str, tmp_path: Path) -> None:
    lignes = [f"{code};{n};2;1;2;3;{n}" for n, code in enumerate([*autres, mot], 1)]
    (tmp_path / "t.csv").write_text("\n".join([f"identifiant;{ITEMS}", *lignes]), encoding="utf-8")
    recueil = cpit.lire(tmp_path / "t.csv", MINIMAL)
    (dit,) = recueil.anomalies
    assert (dit.code, mot in dit.quoi, dit.lieu.ligne, qui(recueil)[-1]) == ("code-seul-de-sa-forme", True, 5, mot)
    bilan = noter_en_octets(tmp_path / "t.csv", cpit.referentiel(MINIMAL))
    assert [(a.code, a.lieu, a.mots) for a in bilan.anomalies] == [(a.code, a.lieu, a.mots) for a in recueil.anomalies]


RESUMES = {
    "effectifs par niveau": (["P01", "P02", "P03"], ["1", "2", "3", "4"], ["1", "2", "3", "4"]),
    "effectifs sous des prénoms": (["Zoé", "Ali", "Léa", "Max", "Ida"], ["1", "2", "so"], ["1", "2", "so"]),
    "statistiques par item": (["P01", "P02", "P03"], ["A1", "A2"], ["A1", "A2"]),
    "des codes numérotés sur deux chiffres": (["R01", "R02"], ["r1"], ["r1"]),
    "statistiques par ingénierie": (["P01", "P02"], ["cadre"], ["cadre"]),
    "des personnes numérotées": (["1", "2", "3", "4", "5", "12"], [], []),
    "des personnes codées comme un item": (["A1", "A4", "A5"], [], []),
    "un item en face de chaque item": ([], CODES, CODES),
    "des initiales": (["AB", "SO", "CD"], [], []),
}


@pytest.mark.echantillon(3)
@pytest.mark.parametrize("cas", RESUMES)
@pytest.mark.parametrize("forme", ["csv", "xlsx", "ods", "transposee"])
def test_un_niveau_nu_ou_le_code_d_un_item_n_est_compte_que_nomme(cas: str, forme: str, tmp_path: Path) -> None:
    """Des effectifs par niveau, des statistiques par item, écrits sous les réponses sans titre."""
    personnes, resumes, attendus = RESUMES[cas]
    lignes = [[qui, str(n % 4 + 1), *"2123", str(n % 3 + 1)] for n, qui in enumerate([*personnes, *resumes])]
    grille = [["identifiant", *CODES], *lignes]
    recueil = cpit.lire(ecrire_grille(tmp_path, forme, grille), MINIMAL)
    lus = [*personnes, *resumes]
    if forme == "transposee" and not {*map(str.upper, lus)}.isdisjoint(CODES):
        lus = attendus = CODES  # des items des deux côtés : le sens de la table n’est pas sûr, tout est nommé
    assert [une.mots["valeur"] for une in recueil.anomalies if une.code == "code-seul-de-sa-forme"] == attendus
    assert qui(recueil) == lus
    if forme == "csv":
        bilan = noter_en_octets(tmp_path / "t.csv", cpit.referentiel(MINIMAL))
        assert [(a.code, a.lieu, a.mots) for a in bilan.anomalies] == [
            (a.code, a.lieu, a.mots) for a in recueil.anomalies
        ]


@pytest.mark.parametrize(
    "mot",
    [
        *("1 - Jamais ou presque", "Souvent (3)", "Niveau 2", "Tenir le cadre", "4. Très souvent"),
        "J’explique les règles du réseau à une personne avant sa première demande.",
    ],
)
def test_un_libelle_du_referentiel_n_est_personne(mot: str, tmp_path: Path) -> None:
    recueil = lire(tmp_path, f"{mot};2;1;2;1;1;1")
    assert (qui(recueil), codes(recueil)) == (["P1"], ["ligne-de-total"])
    bilan = noter_en_octets(tmp_path / "t.csv", cpit.referentiel(MINIMAL))
    assert [(a.code, a.lieu) for a in bilan.anomalies] == [(a.code, a.lieu) for a in recueil.anomalies]


def ecrire_grille(dossier: Path, forme: str, grille: list[list[str]]) -> Path:
    if forme == "ods":
        (dossier / "t.ods").write_bytes(ods(table_ods(map(ligne_ods, grille))))
        return dossier / "t.ods"
    if forme == "xlsx":
        return ecrire_xlsx(dossier / "t.xlsx", {"Réponses": grille})
    droite = grille if forme == "csv" else [*map(list, zip(*grille, strict=True))]
    return ecrire_csv(dossier / "t.csv", droite, ";")


@pytest.mark.parametrize("noms", ["Zoé;Ali;Léa;Max", "P2;P3;Zoé;Ali;Léa;Max"])
def test_des_prenoms_ne_sont_pas_des_totaux(noms: str, tmp_path: Path) -> None:
    recueil = lire(tmp_path, "\n".join(f"{nom};{n % 4 + 1};2;1;2;3;1" for n, nom in enumerate(noms.split(";"))))
    assert "code-seul-de-sa-forme" not in codes(recueil)


@pytest.mark.parametrize("ligne", ["Total;2;2;2;2;2;2", "P1;;;;;;", "P1;2;2;2;2;2;2;9"])
def test_en_flux_une_table_ou_personne_ne_se_lit_le_dit(ligne: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"identifiant;{ITEMS}\n{ligne}\n", encoding="utf-8")
    bilan = noter_en_octets(tmp_path / "t.csv", cpit.referentiel(MINIMAL))
    assert [anomalie.lieu.ligne for anomalie in bilan.anomalies] == [2]


QUI = ["P01", "P02", "P03", "Exemple", "Moyenne", "Groupe"]
REDRESSEES = {
    "longue": ["identifiant;item;reponse", *(f"{qui};{code};2" for qui in QUI for code in CODES)],
    "transposee": [";".join(["identifiant", *QUI]), *(";".join([code, *"222222"]) for code in CODES)],
}


@pytest.mark.parametrize("forme", REDRESSEES)
def test_le_nombre_a_verifier_est_celui_des_passations_lues(forme: str, tmp_path: Path) -> None:
    """Les totaux en sont ôtés, et un code seul de sa forme s’y dit aussi."""
    (tmp_path / "t.csv").write_text("\n".join(REDRESSEES[forme]), encoding="utf-8")
    recueil = cpit.lire(tmp_path / "t.csv", MINIMAL)
    assert codes(recueil) == [f"table-{forme}", "ligne-de-total", "ligne-de-total", "code-seul-de-sa-forme"]
    assert recueil.anomalies[0].mots["nombre"] == len(recueil.cohorte.notees) == 4


@pytest.mark.parametrize("ecrire", ["csv", "xlsx"])
@pytest.mark.parametrize("titres", ["A1.1;A2.1", "A1.1;A1.2;A2.1;A2.2", "A1;A1;A2;A2", "T1_A1;T1_A1;A2"])
def test_une_table_aux_items_tous_refuses_dit_pourquoi(titres: str, ecrire: str, tmp_path: Path) -> None:
    """Aucune colonne prise : le refus nomme les colonnes, il ne dit pas que le fichier est abîmé."""
    lignes = [["identifiant", *titres.split(";")], ["P1", *["1"] * len(titres.split(";"))]]
    if ecrire == "csv":
        (tmp_path / "t.csv").write_text("\n".join(map(";".join, lignes)), encoding="utf-8")
    else:
        classeur = openpyxl.Workbook()
        for ligne in lignes:
            classeur.worksheets[0].append(ligne)
        classeur.save(tmp_path / "t.xlsx")
    try:
        dites = cpit.lire(tmp_path / f"t.{ecrire}", MINIMAL).anomalies
    except cpit.ErreurCpit as refus:
        dites = refus.anomalies
    assert not {"table-illisible", "classeur-illisible"} & {une.code for une in dites}
    assert any("A1" in une.quoi + str(une.mots) for une in dites)


def test_un_mot_douteux_est_un_total_s_il_en_suit_un_ou_sans_reponse_ordinaire(tmp_path: Path) -> None:
    recueil = lire(
        tmp_path, "Moyenne;2;2;2;2;2;2\nMax;4;4;4;4;4;4\nMin;1;1;1;1;1;1\nP2;1;1;1;1;1;1\nN;12;12;12;11;12;12"
    )
    assert qui(recueil) == ["P1", "P2"]
    assert codes(recueil) == ["ligne-de-total"] * 4


def test_un_total_dit_son_nom_dans_une_colonne_de_tete(tmp_path: Path) -> None:
    entete = f"role;identifiant;{ITEMS}"
    (tmp_path / "t.csv").write_text(f"{entete}\nbenevole;P1;1;1;1;1;1;1\nMoyenne;;2;2;2;2;2;2\n", encoding="utf-8")
    recueil = cpit.lire(tmp_path / "t.csv", MINIMAL)
    assert (qui(recueil), codes(recueil)) == (["P1"], ["ligne-de-total"])


def en_xlsx(dossier: Path, lignes: list[list[object]], table: Table | None = None, *fusions: str) -> Path:
    classeur = openpyxl.Workbook()
    feuille = classeur.active
    assert feuille is not None
    for ligne in [["identifiant", *ITEMS.split(";")], ["P1", 1, 2, 3, 4, "SO", 2], ["P2", 2, 2, 2, 2, 2, 2], *lignes]:
        feuille.append(ligne)
    for plage in fusions:
        feuille.merge_cells(plage)
    if table is not None:
        feuille.add_table(table)
    classeur.save(dossier / "t.xlsx")
    return dossier / "t.xlsx"


@pytest.mark.parametrize("mot", [None, "Bilan", "Total"])
def test_la_ligne_de_totaux_d_un_tableau_n_est_personne_quel_que_soit_son_mot(
    mot: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excel la déclare, et son mot s’efface ou se change ; une grande feuille se lit par une autre voie."""
    table = Table(displayName="Reponses", ref="A1:G4", totalsRowCount=1)
    chemin = en_xlsx(tmp_path, [[mot, 2, 3, 3, 3, 2, 2]], table)
    for grande in (10**9, 1):
        monkeypatch.setattr("cpit.tableur.grandes_feuilles.GRANDE", grande)
        recueil = cpit.lire(chemin, MINIMAL)
        assert (qui(recueil), codes(recueil)) == (["P1", "P2"], ["ligne-de-total"])


def test_une_ligne_de_formules_sans_code_n_est_personne(tmp_path: Path) -> None:
    """Des formules que nul tableur n’a encore calculées, sous la table : une moyenne, non une personne de plus."""
    classeur = openpyxl.Workbook()
    for ligne in (["identifiant", *CODES], ["P1", 1, 2, 3, 4, "SO", 2], [None, *["=AVERAGE(B2:B2)"] * 6]):
        classeur.active.append(ligne)
    classeur.save(tmp_path / "t.xlsx")
    recueil = cpit.lire(tmp_path / "t.xlsx", MINIMAL)
    assert (qui(recueil), codes(recueil)) == (["P1"], ["ligne-de-total"])


def test_un_tableau_sans_totaux_garde_sa_derniere_ligne(tmp_path: Path) -> None:
    chemin = en_xlsx(tmp_path, [["P3", 2, 3, 3, 3, 2, 2]], Table(displayName="Reponses", ref="A1:G4"))
    recueil = cpit.lire(chemin, MINIMAL)
    assert (qui(recueil), codes(recueil)) == (["P1", "P2", "P3"], [])


def test_une_note_fusionnee_sous_la_table_n_est_personne(tmp_path: Path) -> None:
    chemin = en_xlsx(tmp_path, [["Source : questionnaire papier"]], None, "A4:G4")
    recueil = cpit.lire(chemin, MINIMAL)
    assert (qui(recueil), codes(recueil)) == (["P1", "P2"], ["passation-vide"])


def test_des_reponses_fusionnees_avec_la_ligne_du_dessus_restent_refusees(tmp_path: Path) -> None:
    chemin = en_xlsx(tmp_path, [["P3"]], None, *(f"{colonne}3:{colonne}4" for colonne in "BCDEFG"))
    recueil = cpit.lire(chemin, MINIMAL)
    assert (qui(recueil), codes(recueil)) == (["P1", "P2", "P3"], ["cellule-fusionnee"] * 6)


def test_un_en_tete_repete_n_est_personne(tmp_path: Path) -> None:
    recueil = lire(tmp_path, f"identifiant;{ITEMS}\nP2;1;1;1;1;1;1")
    assert (qui(recueil), codes(recueil)) == (["P1", "P2"], ["en-tete-repete"])


def test_un_en_tete_repete_par_ses_enonces_n_est_personne(tmp_path: Path) -> None:
    enonces = ";".join(item.enonce for item in cpit.referentiel(MINIMAL).items)
    recueil = lire(tmp_path, f"identifiant;{enonces}\nP2;1;1;1;1;1;1")
    assert (qui(recueil), codes(recueil)) == (["P1", "P2"], ["en-tete-repete"])


def test_le_nom_d_une_autre_colonne_n_est_pas_un_en_tete_repete(tmp_path: Path) -> None:
    recueil = lire(tmp_path, "P2;x;;;;;", entete="identifiant;A1;A2;A3;R1;R2;x")
    assert "cellule-incomprise" in codes(recueil)
    assert qui(recueil) == ["P1", "P2"]


@pytest.mark.parametrize("mot", ["Response", "de 1 à 4", "---", "Nombre", "Q1_{}"])
def test_une_seconde_ligne_d_en_tete_n_est_personne(mot: str, tmp_path: Path) -> None:
    """SurveyMonkey, SoSci, une table de traitement de texte : des mots dont nul n’est une réponse, sous l’en-tête."""
    mots = ";".join(mot.format(k) for k in range(6))
    recueil = lire(tmp_path, "P2;1;1;1;1;1;1", entete=f"identifiant;{ITEMS}\nzoe@x.fr;{mots}")
    assert (qui(recueil), codes(recueil)) == (["P1", "P2"], ["ligne-d-indications"])
    assert mot.format(0) in recueil.anomalies[0].quoi
    assert "zoe" not in recueil.anomalies[0].quoi


@pytest.mark.parametrize("mot", ["n/a", "AO01", "9", "#N/A", "3;4"])
def test_une_premiere_personne_mal_lue_reste_une_personne(mot: str, tmp_path: Path) -> None:
    mots = ";".join([f'"{mot}"'] * 6)
    recueil = lire(tmp_path, "P2;1;1;1;1;1;1", entete=f"identifiant;{ITEMS}\nP0;{mots}")
    assert qui(recueil) == ["P0", "P1", "P2"]


def test_un_code_de_reponse_n_est_pas_le_code_d_un_item(tmp_path: Path) -> None:
    """LimeSurvey propose A1, A2, A3 pour réponses : sous les items A1, A2 et A3, ce n’est pas un en-tête répété."""
    recueil = lire(
        tmp_path, "P2;A4;A3;;A1;A2;A1", "token;T1[A1];T1[A2];T1[A3];T1[R1];T1[R2];T1[R3]\nP0;A1;A2;A3;A4;A1;A2"
    )
    assert qui(recueil) == ["P0", "P1", "P2"]
    dites = lire(
        tmp_path,
        "P2;A4;A3;;A1;A2;A1",
        f"token;{ITEMS}\nP0;A1;A2;A3;A4;A1;A2",
        valeurs="A1=1,A2=2,A3=3,A4=4,1=1,2=2,3=3,4=4",
    )
    assert [n.passation.reponse("R1").valeur for n in dites.cohorte.notees] == [4, 4, 1]
    assert codes(dites) == []


def test_une_passation_vide_n_est_pas_comptee_et_sans_objet_est_une_reponse(tmp_path: Path) -> None:
    recueil = lire(tmp_path, "P2;;NA;;;;\nP3;SO;;;;;\n;;;;;;\nP4;5;;;;;")
    assert qui(recueil) == ["P1", "P3", "P4"]
    assert [a.code for a in recueil.anomalies if a.code == "passation-vide"] == ["passation-vide"]
    assert "P2" in next(a.quoi for a in recueil.anomalies if a.code == "passation-vide")


@pytest.mark.parametrize("fin", ["", "\nTotal;;20;20;20;20;20;20", "\nMoyenne;;2;2;2;2;2;2", "\nP11;benevole;;;;;;"])
def test_dix_personnes_et_un_total_ne_font_pas_onze(
    fin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sous onze personnes, une diffusion ne donne aucune moyenne."""
    lignes = "\n".join(f"P{k};benevole;{k % 4 + 1};{(k + 1) % 4 + 1};2;3;{(k * 3) % 4 + 1};1" for k in range(10))
    (tmp_path / "t.csv").write_text(f"identifiant;role;{ITEMS}\n{lignes}{fin}\n", encoding="utf-8")
    mots = ["exporter", str(tmp_path / "t.csv"), "--sortie", str(tmp_path / "d"), "--diffusion", "--formats", "csv"]
    executer([*mots, "--referentiel", str(MINIMAL)])
    capsys.readouterr()
    agregats = next(iter((tmp_path / "d").glob("*.csv"))).read_text(encoding="utf-8-sig").splitlines()
    entete = agregats[0].split(",")
    moyennes = {ligne.split(",")[entete.index("moyenne")] for ligne in agregats[1:] if "moyenne" in entete}
    assert moyennes <= {""}, moyennes


def test_un_identifiant_decimal_est_le_meme_et_c_est_dit_une_fois(tmp_path: Path) -> None:
    entete = f"identifiant;moment;{ITEMS}"
    lignes = "7;t0;1;1;1;1;1;1\n7.0;t1;1;1;1;1;1;1\n8,0;t1;2;2;2;2;2;2"
    (tmp_path / "t.csv").write_text(f"{entete}\n{lignes}\n", encoding="utf-8")
    recueil = cpit.lire(tmp_path / "t.csv", MINIMAL)
    assert qui(recueil) == ["7", "7", "8"]
    (dit,) = [a for a in recueil.anomalies if a.code == "identifiants-decimaux"]
    assert dit.mots["nombre"] == 2


def test_le_resume_dit_ce_qui_est_suppose(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text(f"identifiant;{ITEMS}\nP1;1;1;1;1;1;1\n", encoding="utf-8")
    mots = ["cohorte", str(tmp_path / "t.csv"), "--sortie", str(tmp_path / "s.csv"), "--referentiel", str(MINIMAL)]
    assert executer([*mots, "--strict", "--simple"]) == 0
    assert "t0, soi" in capsys.readouterr().out
    assert executer([*mots, "--simple", "--moment", "t1", "--regard", "soi"]) == 0
    assert "supposé" not in capsys.readouterr().out


def test_une_ligne_a_plusieurs_moments_donne_un_releve_par_moment(tmp_path: Path) -> None:
    def large(cellules: list[str]) -> tuple[Releve, ...]:
        """Une ligne d’une table à deux moments : C1P et C1M à t0, C1P à t1."""
        rangees = [["identifiant", "T0_C1P", "T0_C1M", "T1_C1P"], cellules]
        return lire_seule(ecrire_csv(tmp_path / "t.csv", rangees), livre()).releves

    releves = large(["R1", "2", "SO", "4"])
    vus = [(r.passation.moment, r.passation.reponse("C1P").valeur, r.passation.reponse("C1M").etat) for r in releves]
    assert vus == [("t0", 2, "sans_objet"), ("t1", 4, "sans_reponse")]
    assert [r.passation.moment for r in large(["R1", "2", "", ""])] == ["t0"]
    assert large(["R1", "", "", ""]) == ()


# --- la même passation deux fois --------------------------------------------------------------------------------------

DEUX = "P2;1;1;1;1;1;1\nP2;2;2;2;2;2;2"


def test_des_reponses_identiques_ne_comptent_qu_une_fois(tmp_path: Path) -> None:
    recueil = lire(tmp_path, "P2;1;1;1;1;1;1\np2;1;1;1;1;1;1\nP2;1;1;1;1;1;1")
    assert (qui(recueil), codes(recueil)) == (["P1", "P2"], ["passation-identique"] * 2)
    assert recueil.sources[0].passations == 2


@pytest.mark.parametrize(
    ("garder", "niveaux", "dits"),
    [
        (None, [1, 2], ["passation-en-double"]),
        ("tous", [1, 2], []),
        ("premier", [1], ["passation-non-gardee"]),
        ("recent", [2], ["passation-non-gardee"]),
    ],
)
def test_deux_passations_differentes_restent_sauf_demande(
    garder: str | None, niveaux: list[int], dits: list[str], tmp_path: Path
) -> None:
    recueil = lire(tmp_path, DEUX, **({} if garder is None else {"garder": garder}))
    assert [n.passation.reponse("A1").valeur for n in recueil.cohorte.notees[1:]] == niveaux
    assert codes(recueil) == dits


@pytest.mark.parametrize("ordre", [(0, 1), (1, 0)])
def test_une_reponse_abandonnee_puis_reprise_laisse_celle_qui_est_envoyee(
    ordre: tuple[int, int], tmp_path: Path
) -> None:
    lignes = ['"","P2","1","1","","","",""', '"2026-09-14 09:12:54","P2","4","4","4","4","4","4"']
    corps = "\n".join(lignes[rang] for rang in ordre)
    entete = "submitdate,identifiant,A1,A2,A3,R1,R2,R3"
    (tmp_path / "t.csv").write_text(f'{entete}\n{corps}\n"","P3","1","1","1","1","1","1"\n', encoding="utf-8")
    recueil = cpit.lire(tmp_path / "t.csv", MINIMAL)
    assert [(n.releve.identifiant, n.passation.reponse("A1").valeur) for n in recueil.cohorte.notees] == [
        ("P2", 4),
        ("P3", 1),
    ]
    assert [c for c in codes(recueil) if c.startswith("passation")] == ["passation-abandonnee"]


# --- plusieurs tiers pour une même personne ---------------------------------------------------------------------------

ENTETE_DE_TIERS = f"identifiant;regard;évaluateur;role_evaluateur;{ITEMS}"


def tiers(dossier: Path, *lignes: str, **consignes: str) -> cpit.Recueil:
    (dossier / "t.csv").write_text("\n".join([ENTETE_DE_TIERS, *lignes, ""]), encoding="utf-8")
    return cpit.lire(dossier / "t.csv", MINIMAL, **consignes)


@pytest.mark.parametrize("consignes", [{}, {"garder": "premier"}])
def test_deux_evaluateurs_d_une_personne_sont_gardes_sans_mot(consignes: dict[str, str], tmp_path: Path) -> None:
    """Mêmes réponses ou non : ce sont deux personnes qui répondent."""
    recueil = tiers(
        tmp_path, "P1;tiers;E1;n+1;1;1;1;1;1;1", "P1;tiers;E2;pair;1;1;1;1;1;1", "P1;soi;;;2;2;2;2;2;2", **consignes
    )
    vus = [(n.passation.evaluateur, n.passation.role_evaluateur) for n in recueil.cohorte.notees]
    assert (vus, codes(recueil)) == ([("E1", "n+1"), ("E2", "pair"), ("", "")], [])


@pytest.mark.parametrize("titre", ["role", "Votre rôle :", "Lien avec la personne"])
def test_le_role_se_reconnait_a_cote_du_code_d_un_evaluateur(titre: str, tmp_path: Path) -> None:
    chemin = tmp_path / "t.csv"
    chemin.write_text(f"identifiant;regard;evaluateur;{titre};C1P\nP1;tiers;E1;manager;2\n", encoding="utf-8")
    (notee,) = cpit.lire(chemin).cohorte.notees
    assert (notee.passation.evaluateur, notee.passation.role_evaluateur) == ("E1", "n+1")
    chemin.write_text(f"identifiant;{titre};C1P\nP1;cheffe de projet;2\n", encoding="utf-8")
    assert "colonnes-inconnues" in codes(cpit.lire(chemin))


def test_un_evaluateur_qui_revient_est_un_double_et_deux_inconnus_aussi(tmp_path: Path) -> None:
    recueil = tiers(tmp_path, "P1;tiers;E1;;1;1;1;1;1;1", "p1;tiers;e1;;2;2;2;2;2;2")
    assert (len(recueil.cohorte.notees), codes(recueil)) == (2, ["passation-en-double"])
    recueil = tiers(tmp_path, "P1;tiers;;;1;1;1;1;1;1", "P1;tiers;;;2;2;2;2;2;2")
    assert codes(recueil) == ["passation-en-double"]


def test_un_evaluateur_sous_le_regard_de_soi_est_dit_et_le_double_aussi(tmp_path: Path) -> None:
    recueil = tiers(tmp_path, "P1;soi;E1;;1;1;1;1;1;1", "P1;;E2;;2;2;2;2;2;2", "P2;soi;p2;;2;2;2;2;2;2")
    assert codes(recueil) == ["evaluateur-de-soi", "passation-en-double"]
    assert recueil.anomalies[0].mots["nombre"] == 2
    assert {n.passation.evaluateur for n in recueil.cohorte.notees} == {""}


def test_l_evaluateur_passe_dans_la_cohorte_et_jamais_dans_un_export(tmp_path: Path) -> None:
    recueil = tiers(tmp_path, "P1;tiers;Zorglub;chefaillon;1;1;1;1;1;1", "P2;soi;;;2;2;2;2;2;2")
    cpit.ecrire(recueil, tmp_path / "c.csv", dialecte="science")
    entete, premiere, seconde = (tmp_path / "c.csv").read_text(encoding="utf-8").splitlines()
    rang = entete.split(",").index("evaluateur")
    assert entete.split(",")[rang - 1 : rang + 2] == ["regard", "evaluateur", "role_evaluateur"]
    assert premiere.split(",")[rang : rang + 2] == ["Zorglub", "chefaillon"]
    assert seconde.split(",")[rang : rang + 2] == ["", ""]
    relue = cpit.lire(tmp_path / "c.csv", MINIMAL)
    assert [n.passation.evaluateur for n in relue.cohorte.notees] == ["Zorglub", ""]
    cpit.ecrire(recueil, tmp_path / "c.json")
    texte = (tmp_path / "c.json").read_text(encoding="utf-8")
    assert texte.count('"evaluateur": "Zorglub"') == texte.count('"role_evaluateur"') == 1
    cpit.exporter(recueil, tmp_path / "export", formats=["csv"])
    ecrits = b"".join(chemin.read_bytes() for chemin in (tmp_path / "export").rglob("*") if chemin.is_file()).lower()
    assert b"zorglub" not in ecrits
    assert b"chefaillon" not in ecrits


def test_l_evaluateur_est_aux_feuilles_du_classeur_et_seulement_s_il_y_en_a_un(tmp_path: Path) -> None:
    recueil = tiers(tmp_path, "P1;tiers;Zorglub;n+1;1;1;1;1;1;1", "P2;soi;;;2;2;2;2;2;2")
    cpit.ecrire(recueil, tmp_path / "c.xlsx")
    classeur = load_workbook(tmp_path / "c.xlsx")
    for nom, role in (
        *((nom, "n+1") for nom in ("Scores", "Incertitude", "Réponses")),
        ("Réponses en clair", "responsable hiérarchique (N+1)"),
    ):
        cles, premiere, seconde = list(classeur[nom].values)[:3]
        rang = cles.index("evaluateur")
        assert cles[rang - 1 : rang + 2] == ("regard", "evaluateur", "role_evaluateur")
        assert (premiere[rang : rang + 2], seconde[rang : rang + 2]) == (("Zorglub", role), (None, None))
    cles = [ligne[1] for ligne in classeur["Dictionnaire"].values]
    assert {"evaluateur", "role_evaluateur"} <= set(cles)
    cpit.ecrire(tiers(tmp_path, "P2;soi;;;2;2;2;2;2;2"), tmp_path / "s.xlsx")
    assert "evaluateur" not in {c for f in load_workbook(tmp_path / "s.xlsx") for ligne in f.values for c in ligne}


def test_une_grande_table_d_evaluateurs_se_lit_d_un_bloc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiers(tmp_path, "P1;tiers;E1;;1;1;1;1;1;1")
    abaisser(monkeypatch, "octets d’une table à noter en flux", 1)

    def convient(chemin: Path) -> bool:
        modele = cpit.referentiel(MINIMAL)
        return convient_au_flux(reunir(chemin, choisir_pour(chemin, modele)), modele, "s.csv")

    assert not convient(tmp_path / "t.csv")
    (tmp_path / "u.csv").write_text(f"identifiant;{ITEMS}\nP1;1;1;1;1;1;1\n", encoding="utf-8")
    assert convient(tmp_path / "u.csv")


def test_l_evaluateur_s_enregistre_et_sans_lui_rien_ne_change(tmp_path: Path) -> None:

    passation = tiers(tmp_path, "P1;tiers;E1;n+1;1;1;1;1;1;1").cohorte.notees[0].passation
    (tmp_path / "p.json").write_bytes(encoder_passation(passation))
    relue = lire_passation(tmp_path / "p.json")
    assert (relue.evaluateur, relue.role_evaluateur) == ("E1", "n+1")
    assert b'"version_format": 2' in encoder_passation(passation)
    sans = encoder_passation(tiers(tmp_path, "P1;tiers;;;1;1;1;1;1;1").cohorte.notees[0].passation)
    assert b"evaluateur" not in sans
    assert b'"version_format": 1' in sans


def test_un_en_tete_qui_commence_par_pk_n_est_pas_une_archive(tmp_path: Path) -> None:
    recueil = lire(tmp_path, f"7;R01;{';'.join('1' * 6)}", entete=f"PK suivi;identifiant;{ITEMS}")
    assert qui(recueil) == ["R01"]


# --- une réponse telle que les outils et les gens l’écrivent ----------------------------------------------------------

SANS_OBJET = [
    *("S.O", "Non concernée", "Non concerné(e)", "non concerné·e", "Pas concerné", "Je ne suis pas concernée"),
    *("Sans objet.", "(SO)", "[SO]", "« Sans objet »", "SO - Sans objet", "SO : Sans objet", "Sans objet (SO)"),
    *("sans_objet", "sans-objet", "<b>Sans objet</b>"),
    "Sans objet : Cette situation n’existe pas dans mon réseau.",
]
DE_TEMPS_EN_TEMPS = [
    *(
        "De temps en temps.",
        "« De temps en temps »",
        "<p>De temps en temps</p>",
        "De&nbsp;temps en temps",
        "'2",
        '="2"',
    ),
    *("2 De temps en temps", "2/ De temps en temps", "[2] De temps en temps", "2_De temps en temps"),
    *("De temps en temps (2)", "De temps en temps - 2", "Niveau 2 : De temps en temps"),
    *("De temps en temps : Quelques fois par an.", "De temps en temps (Quelques fois par an.)"),
]


def a_la_premiere(dossier: Path, mot: str) -> tuple[str | int | None, list[str]]:
    """Ce qui est lu d’une réponse, et ce qui s’en dit."""
    recueil = lire(dossier, 'P2;"' + mot.replace('"', '""') + '";1;1;1;1;1')
    reponse = recueil.cohorte.notees[1].passation.reponse("A1")
    return reponse.valeur or (None if reponse.etat == "sans_reponse" else str(reponse.etat)), codes(recueil)


@pytest.mark.parametrize("mot", SANS_OBJET)
def test_un_sans_objet_se_lit_sous_toutes_ses_plumes(mot: str, tmp_path: Path) -> None:
    assert a_la_premiere(tmp_path, mot) == ("sans_objet", [])


@pytest.mark.parametrize(
    "mot", ["NSP", "NSPP", "NC", "n.c.", "Ne sait pas", "Je ne sais pas", "Ne se prononce pas", "N/A", "(NSP)"]
)
def test_ne_pas_savoir_n_est_ni_sans_objet_ni_vide_tant_que_rien_ne_le_dit(mot: str, tmp_path: Path) -> None:
    assert a_la_premiere(tmp_path, mot) == (None, ["cellule-ambigue"])
    recueil = lire(tmp_path, f"P2;{mot};1;1;1;1;1", valeurs=f"{mot}=SO")
    assert (str(recueil.cohorte.notees[1].passation.reponse("A1").etat), codes(recueil)) == ("sans_objet", [])
    bilan = noter_en_octets(tmp_path / "t.csv", cpit.referentiel(MINIMAL))
    assert [une.code for une in bilan.anomalies] == ["cellule-ambigue"]


@pytest.mark.parametrize("mot", DE_TEMPS_EN_TEMPS)
def test_un_libelle_se_lit_sous_ses_habits(mot: str, tmp_path: Path) -> None:
    assert a_la_premiere(tmp_path, mot) == (2, [])


@pytest.mark.parametrize(
    ("mot", "dit"),
    [
        ("(2)", "cellule-incomprise"),
        ("2.", "cellule-incomprise"),
        ("3 De temps en temps", "numero-et-libelle"),
        ("De temps en temps (3)", "numero-et-libelle"),
        ("Niveau 3 : De temps en temps", "numero-et-libelle"),
        ("2 - Sans objet", "numero-et-libelle"),
        ("De temps en temps : chaque mois.", "cellule-incomprise"),
        ("[n/a]", "cellule-ambigue"),
        ("X", "cellule-incomprise"),
        ("'n/a", "cellule-ambigue"),
    ],
)
def test_une_reponse_douteuse_reste_refusee(mot: str, dit: str, tmp_path: Path) -> None:
    assert a_la_premiere(tmp_path, mot) == (None, [dit])


ENONCES = [item.enonce for item in cpit.referentiel(MINIMAL).items]
HABITS = [
    *("1.{rang} {enonce}", "{lettre}) {enonce}", "* {enonce}", "{sans_point}", "{sans_point} (obligatoire)"),
    *(
        "« {enonce} »",
        '"{enonce}"',
        "*{enonce}*",
        "{enonce} ({code})",
        "{enonce} [{code}]",
        "Question [{rang}. {enonce}]",
    ),
]


@pytest.mark.parametrize("habit", HABITS)
def test_un_en_tete_se_lit_sous_ses_habits(habit: str, tmp_path: Path) -> None:
    noms = []
    for rang, (enonce, code) in enumerate(zip(ENONCES, ITEMS.split(";"), strict=True), 1):
        mots = {"rang": rang, "lettre": "abcdef"[rang - 1], "enonce": enonce, "code": code}
        noms.append(habit.format(**mots, sans_point=enonce.rstrip(".")).replace('"', '""'))
    recueil = lire(tmp_path, "P2;1;1;1;1;1;1", entete=";".join(["identifiant", *(f'"{nom}"' for nom in noms)]))
    assert (qui(recueil), codes(recueil)) == (["P1", "P2"], [])
    assert recueil.cohorte.notees[0].passation.reponse("R1").valeur == 4


def test_un_code_au_bout_d_un_autre_enonce_n_est_pas_cet_item(tmp_path: Path) -> None:
    noms = [f"{enonce} ({code})" for enonce, code in zip(ENONCES, ["A2", "A1", "A3", "R1", "R2", "R3"], strict=True)]
    with pytest.raises(cpit.ErreurCpit) as leve:
        lire(tmp_path, "P2;1;1;1;1;1;1", entete=";".join(["identifiant", *noms]))
    assert {une.code for une in leve.value.anomalies} == {"colonne-inconnue", "cohorte-vide"}


# --- des réponses sans code -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mot", ["Anonyme", "anonymous", "?", "--", "n/a", "Sans code", "XXX", "non renseigné", "★"])
def test_un_code_qui_dit_qu_il_n_y_en_a_pas_n_est_celui_de_personne(mot: str, tmp_path: Path) -> None:
    """Deux « Anonyme » aux mêmes réponses sont deux personnes, et jamais la même à un autre moment."""
    recueil = lire(tmp_path, f"{mot};4;3;2;1;1;1\n{mot};4;3;2;1;1;1")
    assert (qui(recueil), codes(recueil)) == (["P1", "ligne 3", "ligne 4"], ["lignes-sans-code"])
    bilan = noter_en_octets(tmp_path / "t.csv", cpit.referentiel(MINIMAL))
    assert [(une.code, une.mots["nombre"]) for une in bilan.anomalies] == [("lignes-sans-code", 2)]


@pytest.mark.parametrize("mot", ["NA", "NR", "NSP", "NAN", "Annie", "Xavier", "Sandrine", "Nona", "P-1", "Anonyme 2"])
def test_des_initiales_ou_un_prenom_restent_un_code(mot: str, tmp_path: Path) -> None:
    assert qui(lire(tmp_path, f"{mot};4;3;2;1;1;1")) == ["P1", mot]


def test_des_numeros_de_situation_sous_l_en_tete_ne_sont_personne(tmp_path: Path) -> None:
    recueil = lire(tmp_path, ";1;2;3;4;5;6")
    assert (qui(recueil), codes(recueil)) == (["P1"], ["ligne-de-total"])


def test_des_lignes_sans_code_sont_dites_une_fois(tmp_path: Path) -> None:
    """Dans une table qui a la colonne ; au même endroit, lue d’un bloc ou en flux."""
    recueil = lire(tmp_path, ";2;2;2;2;2;2\nP2;1;1;1;1;1;1\n;;;;;;\n ;3;3;3;9;3;3\n;SO;;;;;")
    assert qui(recueil) == ["P1", "ligne 3", "P2", "ligne 6", "ligne 7"]
    (dite,) = [une for une in recueil.anomalies if une.code == "lignes-sans-code"]
    assert (dite.mots["nombre"], dite.lieu.ligne, dite.gravite) == (3, 3, "avertissement")
    bilan = noter_en_octets(tmp_path / "t.csv", cpit.referentiel(MINIMAL))
    assert [(a.code, a.lieu, a.mots) for a in bilan.anomalies] == [(a.code, a.lieu, a.mots) for a in recueil.anomalies]


def test_une_colonne_de_code_toute_vide_est_une_table_anonyme(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"identifiant;{ITEMS}\n;1;1;1;1;1;1\n;2;2;2;2;2;2\n", encoding="utf-8")
    assert codes(cpit.lire(tmp_path / "t.csv", MINIMAL)) == []


def test_une_table_sans_colonne_de_code_le_dit_a_sa_facon(tmp_path: Path) -> None:
    recueil = lire(tmp_path, "x;1;1;1;1;1;1", entete=f"remarque;{ITEMS}")
    assert codes(recueil) == ["colonnes-inconnues"]


@pytest.mark.parametrize("actif", [True, False])
def test_le_ramasse_miettes_se_suspend_le_temps_de_lire_et_revient_s_il_allait(
    actif: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gestes: list[str] = []
    monkeypatch.setattr("gc.isenabled", lambda: actif)
    monkeypatch.setattr("gc.disable", lambda: gestes.append("suspendu"))
    monkeypatch.setattr("gc.enable", lambda: gestes.append("rendu"))
    assert qui(lire(tmp_path, "P2;1;1;1;1;1;1")) == ["P1", "P2"]
    assert gestes == (["suspendu", "rendu"] if actif else ["suspendu"]) * gestes.count("suspendu") != []


def test_chaque_borne_d_une_table_est_celle_que_l_on_a_choisie() -> None:
    """Ce qu’une feuille de tableur tient ; ce qui se lit encore d’une liste d’anomalies."""
    choisies = {
        "anomalies détaillées d’une source": 10_000,
        "façons d’écrire une réponse": 100_000,
        "lignes d’une table": 1_048_576,
    }
    assert {borne: getattr(*BORNES[borne][0]) for borne in choisies} == choisies


@pytest.mark.parametrize(
    ("entete", "lignes", "dit"),
    [
        # D’un bloc et en flux, le premier numéro est celui de la première ligne, que l’une ou l’autre lise en colonnes.
        (";code;A1", ["7;12.0;1", "8;13.0;2", "9;P3;1"], ("colonne-sans-nom", None, {"nombre": 3, "valeur": "7"})),
        (";code;A1", ["7;P2;1", "8;12.0;2", "9;P3;1"], ("colonne-sans-nom", None, {"nombre": 3, "valeur": "7"})),
        (";code;A1", ["7;?;1", "8;P2;2", "9;P3;1"], ("colonne-sans-nom", None, {"nombre": 3, "valeur": "7"})),
        # Des en-têtes redits, que nul titre ne situe, ne changent rien à la suite.
        ("code;A1", ["P1;1", "code;A1", "P2;2"], ("en-tete-repete", 3, {"valeur": "A1"})),
        # Là où un constat vient d’abord, quelle que soit la ligne lue la première.
        ("code;A1;A2", ["12.0;NA;1", "P2;NA;2", "13.0;2;NA"], ("absences-ecrites", 2, {"nombre": 3})),
        ("code;A1;A2", ["P1;NA;1", "12.0;NA;2", "P3;NA;2"], ("absences-ecrites", 2, {"nombre": 3})),
        ("code;A1", ["?;1", "P2;1", ";2"], ("lignes-sans-code", 2, {"nombre": 2})),
        ("code;A1", [";1", "P2;1", "?;2"], ("lignes-sans-code", 2, {"nombre": 2})),
    ],
)
def test_ce_qui_se_dit_une_fois_se_dit_de_meme_en_flux(
    entete: str, lignes: list[str], dit: tuple[str, int | None, dict[str, object]], tmp_path: Path
) -> None:
    table = tmp_path / "t.csv"
    table.write_text("\n".join([entete, *lignes, ""]), encoding="utf-8")
    referentiel = cpit.referentiel(MINIMAL)
    for lue in (lire_seule(table, referentiel), noter_en_octets(table, referentiel)):
        assert [(une.code, une.lieu.ligne, une.mots) for une in lue.anomalies if une.code == dit[0]] == [dit]


def test_d_un_fichier_refuse_rien_n_est_suppose(tmp_path: Path) -> None:
    saine = tmp_path / "saine.csv"
    saine.write_text("code;A1\nP1;1\n", encoding="utf-8")
    for nom, octets in (("sans.csv", b"code;x\nP1;1\n"), ("coupe.xlsx", b"PK"), ("vide.csv", b"")):
        (tmp_path / nom).write_bytes(octets)
        bilans = cpit.lire([saine, tmp_path / nom], MINIMAL).sources
        assert [une[1:] for une in bilans] == [(1, 0, "t0, soi", 1), (0, 1, "", 0)]

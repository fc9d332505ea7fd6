"""Des formulaires remplis de toutes les façons : ce qui en est pris, et tout ce qui en est dit, cellule par cellule.

Chaque cas se relit dans ``donnees/formulaires-remplis.yaml`` : comment le formulaire a été écrit, ce que l’on a mis
dans chaque case (la ligne, par son code ou sa question, et la colonne si ce n’est pas celle de la réponse), puis les
passations lues et les anomalies, mot pour mot.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from aide_formats import Formule, archive_de, texte_xlsb, un_xlsb, xlsb
from aide_formulaires import formulaire
from aide_hostiles import DOCUMENT
from aide_lecture import DISQUE, gonfler, lire_d_un_disque_qui_lache, lire_seule, redire
from aides import TESTS
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

import cpit
from cpit.coeur.cohorte import Releve
from cpit.coeur.referentiel import Choix, QuestionProfil, Referentiel

CAS: dict[str, dict[str, Any]] = {
    cas["dit"]: cas for cas in yaml.safe_load((TESTS / "donnees" / "formulaires-remplis.yaml").read_text("utf-8"))
}
VALEURS = {"VRAI": True, "FAUX": False, "30 heures": timedelta(hours=30), "midi": time(12)}
TEXTE = "identifiant: complet\n"


def un_referentiel() -> Referentiel:
    """Une échelle qui admet « sans objet », des ancres, des moments nommés ; trois questions de profil : où plusieurs
    choix se cochent, où l’un est retenu, et une condition.
    """
    lu = cpit.referentiel(TESTS / "donnees" / "referentiel-complet.yaml")
    lieux = (Choix("jardin", "Jardin"), Choix("balcon", "Balcon"), Choix("aucun", "Aucun"))
    profil = (
        QuestionProfil("equipe", "Une équipe", (Choix("oui", "Oui"), Choix("non", "Non")), condition=True),
        QuestionProfil("lieu", "Lieu", lieux, plusieurs=True),
        QuestionProfil("statut", "Statut", (Choix("prive", "Privé"), Choix("public", "Public"))),
    )
    return replace(lu, profil=profil, texte=TEXTE, empreinte=hashlib.sha256(TEXTE.encode()).hexdigest())


REFERENTIEL = un_referentiel()
CODES = [item.code for item in REFERENTIEL.items]


def trouver(feuille: Worksheet, ou: str) -> Any:
    """La case d’une ligne, par son code ou sa question, et d’une colonne, par son en-tête."""
    ligne, _, entete = ou.partition("/")
    numero = next(n for n in range(1, feuille.max_row + 1) if ligne in (lu(feuille, n, 1), lu(feuille, n, 2)))
    return feuille.cell(numero, next(c for c in range(1, 9) if lu(feuille, 2, c).startswith(entete or "Votre réponse")))


def lu(feuille: Worksheet, ligne: int, colonne: int) -> str:
    return str(feuille.cell(ligne, colonne).value or "").replace("\u202f:", " :")


def poser(feuille: Worksheet, ou: str, quoi: object) -> None:
    case = trouver(feuille, ou)
    texte = str(quoi)
    case.value = VALEURS.get(texte, quoi)
    if texte.startswith("#"):
        case.data_type = "e" if texte == "#N/A" else "s"
    elif texte.endswith(" en %"):
        case.value, case.number_format = int(texte.removesuffix(" en %")) / 100, "0%"


def copier(feuille: Worksheet, ligne: str) -> None:
    numero, bas = trouver(feuille, ligne).row, feuille.max_row + 1
    for colonne in range(1, 4):
        feuille.cell(bas, colonne).value = feuille.cell(numero, colonne).value


def oter(feuille: Worksheet, ligne: str) -> None:
    """openpyxl ne déplace pas les fusions avec les lignes, un tableur si."""
    for zone in list(feuille.merged_cells.ranges):
        feuille.unmerge_cells(str(zone))
    feuille.delete_rows(trouver(feuille, ligne).row)


def cacher(feuille: Worksheet, ligne: str) -> None:
    feuille.row_dimensions[trouver(feuille, ligne).row].hidden = True


GESTES: dict[str, Callable[[Worksheet, Any], object]] = {
    "cases": lambda feuille, dites: [poser(feuille, ou, quoi) for ou, quoi in dites.items()],
    "copiees": lambda feuille, lignes: [copier(feuille, ligne) for ligne in lignes],
    "cachees": lambda feuille, lignes: [cacher(feuille, ligne) for ligne in lignes],
    "fusions": lambda feuille, zones: [
        feuille.merge_cells(":".join(trouver(feuille, ou).coordinate for ou in zone)) for zone in zones
    ],
    "feuilles": lambda feuille, titres: [feuille.parent.copy_worksheet(feuille) for _ in titres],
    "otees": lambda feuille, lignes: [oter(feuille, ligne) for ligne in lignes],
}


def rendre(dossier: Path, cas: dict[str, Any]) -> Path:
    """Le formulaire d’un cas, rempli et enregistré."""
    livre = load_workbook(BytesIO(formulaire(REFERENTIEL, **cas.get("formulaire", {}))))
    for geste, faire in GESTES.items():
        if geste in cas:
            faire(livre["Formulaire"], cas[geste])
    livre.save(dossier / "f.xlsx")
    return dossier / "f.xlsx"


def dire(releve: Releve) -> dict[str, Any]:
    """Ce qu’une passation porte, sans ce qui y est vide."""
    une = releve.passation
    valeurs = {"repondu": lambda r: str(r.valeur), "sans_objet": lambda _: "S", "sans_reponse": lambda _: "."}
    porte = {
        "qui": une.identifiant,
        "moment": une.moment,
        "regard": une.regard,
        "date": une.date_moment,
        "profil": dict(une.profil),
        "tiers": une.tiers(),
        "reponses": "".join(
            "R" if code in releve.refusees else valeurs[une.reponses[code].etat.value](une.reponses[code])
            for code in CODES
        ),
        "traces": {code: reponse.trace for code, reponse in une.reponses.items() if reponse.trace},
        "place": {
            code: [reponse.frequence, reponse.importance]
            for code, reponse in une.reponses.items()
            if (reponse.frequence, reponse.importance) != (None, None)
        },
    }
    return {cle: valeur for cle, valeur in porte.items() if valeur}


def lire(dossier: Path, cas: dict[str, Any]) -> dict[str, Any]:
    lecture = lire_seule(rendre(dossier, cas), REFERENTIEL)
    assert {une.lieu.fichier for une in lecture.anomalies} <= {lecture.source}
    return {"lues": [dire(releve) for releve in lecture.releves], "dites": [redire(une) for une in lecture.anomalies]}


@pytest.mark.parametrize("dit", CAS)
def test_un_formulaire_donne_ce_que_l_on_y_a_mis_et_dit_le_reste_a_sa_place(dit: str, tmp_path: Path) -> None:
    cas = CAS[dit]
    assert lire(tmp_path, cas) == {"lues": cas["lues"], "dites": cas["dites"]}


# --- ce que la feuille ne dit pas seule -------------------------------------------------------------------------------


def retoucher(chemin: Path, ote: str, mis: str) -> Path:
    """Change le XML de la feuille à remplir."""
    with zipfile.ZipFile(chemin) as lu:
        parties = {nom: lu.read(nom) for nom in lu.namelist()}
    partie = parties["xl/worksheets/sheet1.xml"].decode()
    assert partie.count(ote) == 1
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as ecrit:
        for nom, octets in {**parties, "xl/worksheets/sheet1.xml": partie.replace(ote, mis).encode()}.items():
            ecrit.writestr(nom, octets)
    return chemin


def test_un_nombre_que_rien_ne_borne_n_est_pas_une_reponse(tmp_path: Path) -> None:
    chemin = retoucher(rendre(tmp_path, {"cases": {"S1": 1, "S2": 77_777}}), "<v>77777</v>", "<v>1e999</v>")
    lecture = lire_seule(chemin, REFERENTIEL)
    attendus = "attendus=un niveau (0, 1, 2), son libellé, ou SO, ou_dire="
    assert [redire(une) for une in lecture.anomalies] == [
        f"cellule-incomprise Formulaire!C24 colonne=S2, valeur=inf, {attendus}"
    ]
    assert [dire(releve)["reponses"] for releve in lecture.releves] == ["1R...."]


@pytest.mark.endurance
def test_un_disque_qui_lache_se_dit_a_quelque_moment_que_ce_soit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendus = lire_d_un_disque_qui_lache(rendre(tmp_path, {"cases": {"S1": 1}}), REFERENTIEL, monkeypatch)
    assert rendus[-1] == (1, [])
    # Qui n’a pu dire que c’en est un le prend pour une table, où rien ne dit de quel référentiel elle vient.
    table = (0, ["formulaire-sans-identification"])
    assert {repr(rendu) for rendu in rendus[:-1]} == {repr((0, [DISQUE])), repr(table)}


@pytest.mark.parametrize(
    ("compresse", "dite"),
    [
        (
            True,
            "xlsx-demesure quoi=un contenu trop lourd une fois décompressé (octets), trouve={}, limite=20000000",
        ),
        (False, "fichier-trop-gros taille={}, limite=10000000"),
    ],
)
def test_un_formulaire_trop_lourd_reste_un_formulaire(compresse: bool, dite: str, tmp_path: Path) -> None:
    chemin = rendre(tmp_path, {"cases": {"S1": 1}})
    gonfler(chemin, compresse)
    with zipfile.ZipFile(chemin) as archive:
        poids = sum(partie.file_size for partie in archive.infolist()) if compresse else chemin.stat().st_size
    assert [redire(une) for une in lire_seule(chemin, REFERENTIEL).anomalies] == [dite.format(poids)]


def test_une_feuille_qui_n_a_pas_un_sens_et_un_seul_se_refuse_a_sa_cellule(tmp_path: Path) -> None:
    chemin = retoucher(rendre(tmp_path, {"cases": {"S2": 77_777}}), "<v>77777</v>", "<v>1</v><v>2</v>")
    (refusee,) = lire_seule(chemin, REFERENTIEL).anomalies
    assert redire(refusee) == "xlsx-abime Formulaire!C24 raison=la cellule C24 a deux valeurs"
    assert refusee.lieu.fichier == str(chemin)


@pytest.mark.parametrize(
    ("fait", "valeur", "dite"),
    [
        ("format", None, "formulaire-sans-identification"),
        ("format", "autre", "formulaire-sans-identification"),
        ("version_format", None, "formulaire-sans-identification"),
        ("version_format", "2", "formulaire-version trouve=2, connu=1"),
        ("identifiant", None, "formulaire-sans-identification"),
        ("version", None, "formulaire-sans-identification"),
        ("empreinte", None, "formulaire-sans-identification"),
    ],
)
def test_une_identification_incomplete_ou_d_un_autre_format_se_refuse(
    fait: str, valeur: str | None, dite: str, tmp_path: Path
) -> None:
    chemin = rendre(tmp_path, {"cases": {"S1": 1}})
    livre = load_workbook(chemin)
    feuille = livre["cpit_formulaire"]
    numero = next(n for n in range(1, feuille.max_row + 1) if feuille.cell(n, 1).value == fait)
    feuille.cell(numero, 2).value = valeur
    if valeur is None:
        feuille.delete_rows(numero)
    livre.save(chemin)
    (refusee,) = lire_seule(chemin, REFERENTIEL).anomalies
    assert (redire(refusee), refusee.lieu.fichier) == (dite, str(chemin))


def retoucher_l_identification(chemin: Path, faire: Callable[[Worksheet, dict[str, list[int]]], object]) -> Path:
    """Change la feuille d’identification : elle, et les numéros de ses lignes, par nature."""
    livre = load_workbook(chemin)
    feuille = livre["cpit_formulaire"]
    lignes: dict[str, list[int]] = {}
    for numero in range(1, feuille.max_row + 1):
        lignes.setdefault(str(feuille.cell(numero, 1).value), []).append(numero)
    faire(feuille, lignes)
    livre.save(chemin)
    return chemin


def test_une_identification_sans_question_laisse_chaque_question_sans_place(tmp_path: Path) -> None:
    """Le moment et le regard y manquent ; une situation qu’elle ne cite pas n’a pas de place d’origine."""

    def oter_les_questions(feuille: Worksheet, lignes: dict[str, list[int]]) -> None:
        feuille.delete_rows(lignes["question"][0], len(lignes["question"]))

    chemin = retoucher_l_identification(rendre(tmp_path, {"cases": {"S1": 1}}), oter_les_questions)
    assert [redire(une) for une in lire_seule(chemin, REFERENTIEL).anomalies] == [
        "formulaire-remanie Formulaire raison=la question « moment » manque",
        "formulaire-remanie Formulaire raison=la question « regard » manque",
    ]


def test_une_question_ou_une_situation_que_rien_ne_cite_se_dit_sans_sa_place(tmp_path: Path) -> None:
    def oter_le_code_et_une_situation(feuille: Worksheet, lignes: dict[str, list[int]]) -> None:
        feuille.delete_rows(lignes["item"][1])
        feuille.delete_rows(next(n for n in lignes["question"] if feuille.cell(n, 2).value == "identifiant"))

    chemin = rendre(tmp_path, {"cases": {"S1": 1}, "otees": ["S2"]})
    lecture = lire_seule(retoucher_l_identification(chemin, oter_le_code_et_une_situation), REFERENTIEL)
    assert [redire(une) for une in lecture.anomalies] == [
        "formulaire-question-absente Formulaire colonne=Code",
        "formulaire-item-absent Formulaire colonne=S2",
    ]
    assert [dire(releve)["reponses"] for releve in lecture.releves] == ["1R...."]


@pytest.mark.endurance
def test_pour_lire_un_formulaire_inutile_d_aller_jusqu_au_texte_joint(tmp_path: Path) -> None:
    """Une faute dans ses dernières lignes n’empêche rien ; les places de toutes les situations sont devant."""
    referentiel = cpit.referentiel("innovation-territoriale")
    options = {"regard": "tiers", "conditions": True, "place": True}
    livre = load_workbook(BytesIO(formulaire(referentiel, **options)))
    feuille, dernier = livre["Formulaire"], list(referentiel.ordre_de_passation())[-1]
    numero = next(n for n in range(1, feuille.max_row + 1) if feuille.cell(n, 1).value == dernier.code)
    feuille.cell(numero, 1).value = None
    feuille.cell(numero - 1, 3).value = 1
    rang = livre.sheetnames.index("cpit_formulaire") + 1
    livre.save(tmp_path / "f.xlsx")
    with zipfile.ZipFile(tmp_path / "f.xlsx") as lu:
        parties = {nom: lu.read(nom) for nom in lu.namelist()}
    partie = f"xl/worksheets/sheet{rang}.xml"
    assert b"</sheetData>" in parties[partie]
    parties[partie] = parties[partie].replace(b"</sheetData>", b'<row r="1"/></sheetData>')
    (tmp_path / "f.xlsx").write_bytes(archive_de(parties))
    lecture = lire_seule(tmp_path / "f.xlsx", referentiel)
    assert [redire(une) for une in lecture.anomalies] == [
        f"formulaire-item-absent Formulaire!C{numero} colonne={dernier.code}"
    ]
    assert len(lecture.releves) == 1


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("nom", "lu"), [("une suite vide de plus", True), ("une suite pour premier texte", False), ("rien", True)]
)
def test_le_texte_joint_se_prend_entier_ou_pas(nom: str, lu: bool, tmp_path: Path) -> None:
    source = TESTS / "donnees" / "referentiel-complet.yaml"
    (chemin,) = cpit.formulaires(source, tmp_path / "f", codes=["R01"])
    livre = load_workbook(chemin)
    poser(livre["Formulaire"], "S1", 1)
    livre.save(chemin)

    def retoucher_le_texte(feuille: Worksheet, lignes: dict[str, list[int]]) -> None:
        if nom == "une suite vide de plus":
            feuille.cell(feuille.max_row + 1, 1).value = "suite"
        elif nom == "une suite pour premier texte":
            feuille.cell(lignes["texte"][0], 1).value = "suite"

    retoucher_l_identification(chemin, retoucher_le_texte)
    try:
        lues = [notee.passation.valeurs() for notee in cpit.lire(chemin).cohorte.notees]
    except cpit.ErreurCpit as erreur:
        lues = [{une.code: 0 for une in erreur.anomalies[:1]}]
    assert lues == [{"S1": 1} if lu else {"referentiel-etranger": 0}]


def test_un_formulaire_se_lit_avec_le_referentiel_qu_il_porte(tmp_path: Path) -> None:
    """Même si une ligne en est plus longue qu’une cellule ; retouché ou ôté, il n’est pas pris."""
    long = tmp_path / "long.yaml"
    texte = (TESTS / "donnees" / "referentiel-complet.yaml").read_text("utf-8")
    long.write_text(f"# {'é' * 70_000}\n\n{texte}# fin\n", encoding="utf-8")
    (chemin,) = cpit.formulaires(long, tmp_path / "f", codes=["R01"])
    livre = load_workbook(chemin)
    poser(livre["Formulaire"], "S1", 1)
    feuille = livre["cpit_formulaire"]
    natures = [str(feuille.cell(n, 1).value) for n in range(1, feuille.max_row + 1)]
    assert natures.count("suite") > 1
    livre.save(chemin)
    recueil = cpit.lire(chemin)
    assert [(n.releve.identifiant, n.passation.valeurs()) for n in recueil.cohorte.notees] == [("R01", {"S1": 1})]
    assert recueil.referentiel.texte == long.read_text("utf-8")
    feuille.cell(natures.index("suite") + 1, 2).value = "é"
    livre.save(chemin)
    with pytest.raises(cpit.ErreurCpit) as leve:
        cpit.lire(chemin)
    assert leve.value.anomalies[0].code == "referentiel-etranger"


REMPLIS: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "rien": ({}, {}, False),
    "un code": ({}, {"Code de la personne": "R01"}, False),
    "un moment, une date": ({}, {"Moment": "t1", "Date du moment": "2025"}, False),
    "un tiers": ({"regard": "tiers"}, {"Code de l’évaluateur": "E1"}, False),
    "la première réponse": ({}, {"S1": 0}, True),
    "la dernière": ({}, {"T3": "beaucoup"}, True),
    "une trace": ({}, {"T1/Trace": "ici"}, True),
    "un choix": ({}, {"Statut": "Privé"}, True),
    "une coche": ({}, {"Lieu : Balcon": "x"}, True),
    "le début": ({"moment": "t1+retrospectif"}, {"S2/Votre réponse au début": 1}, True),
    "une fréquence": ({"place": True}, {"S2/Fréquence": 1}, True),
    "une importance": ({"place": True}, {"S2/Importance": 1}, True),
    "rien qui se comprenne": ({}, {"Code/Code": ""}, True),
    "un code effacé": ({}, {"S1/Code": ""}, False),
    "tous les codes effacés": ({}, {f"{code}/Code": "" for code in CODES[1:]} | {"S1/Code": "", "Statut": "x"}, True),
}


@pytest.mark.parametrize("nom", REMPLIS)
def test_un_formulaire_vierge_se_refait_un_formulaire_rempli_jamais(nom: str, tmp_path: Path) -> None:
    options, cases, rempli = REMPLIS[nom]
    (chemin,) = cpit.formulaires(REFERENTIEL, tmp_path, **options)
    livre = load_workbook(chemin)
    feuille = livre["Formulaire"]
    lieux = {ou: trouver(feuille, ou).coordinate for ou in cases}
    for ou, quoi in cases.items():
        feuille[lieux[ou]].value = quoi or None
        if quoi == 0:
            feuille[lieux[ou]].value = 0
    livre.save(chemin)
    if rempli:
        with pytest.raises(cpit.ErreurCpit) as leve:
            cpit.formulaires(REFERENTIEL, tmp_path, remplacer=True, **options)
        assert [une.code for une in leve.value.anomalies] == ["reponses-a-garder"]
    else:
        assert cpit.formulaires(REFERENTIEL, tmp_path, remplacer=True, **options) == [chemin]


def test_deux_questions_de_meme_libelle_se_suivent_dans_leur_ordre(tmp_path: Path) -> None:
    statut = REFERENTIEL.profil[-1]
    deux = replace(REFERENTIEL, profil=(statut, replace(statut, identifiant="avant")))
    livre = load_workbook(BytesIO(formulaire(deux)))
    feuille = livre["Formulaire"]
    poser(feuille, "S1", 1)
    premiere = trouver(feuille, "Statut")
    premiere.value = "Public"
    feuille.cell(premiere.row + 1, premiere.column).value = "Privé"
    livre.save(tmp_path / "f.xlsx")
    lecture = lire_seule(tmp_path / "f.xlsx", deux)
    assert ([dict(r.passation.profil) for r in lecture.releves], lecture.anomalies) == (
        [{"statut": "public", "avant": "prive"}],
        (),
    )


@pytest.mark.parametrize(("rang", "attendue"), [(1_999, "formulaire-item-deplace"), (2_000, None)])
def test_une_situation_tres_longue_se_reconnait_a_son_debut(rang: int, attendue: str | None, tmp_path: Path) -> None:
    items = (REFERENTIEL.items[0], replace(REFERENTIEL.items[1], enonce="mot " * 700), *REFERENTIEL.items[2:])
    long = replace(REFERENTIEL, items=items)
    livre = load_workbook(BytesIO(formulaire(long)))
    feuille = livre["Formulaire"]
    poser(feuille, "S1", 1)
    situation = trouver(feuille, "S2/Situation")
    situation.value = situation.value[:rang] + "autre" + situation.value[rang + 5 :]
    livre.save(tmp_path / "f.xlsx")
    assert [une.code for une in lire_seule(tmp_path / "f.xlsx", long).anomalies] == ([attendue] if attendue else [])


def en_xlsb(chemin: Path, cases: dict[str, object]) -> Path:
    """Le formulaire en xlsb, ses deux feuilles écrites octet par octet."""
    livre = load_workbook(BytesIO(formulaire(REFERENTIEL)))
    noms = ("Formulaire", "cpit_formulaire")
    grilles = [[list(ligne) for ligne in livre[nom].iter_rows(values_only=True)] for nom in noms]
    for ou, quoi in cases.items():
        case = trouver(livre["Formulaire"], ou)
        grilles[0][case.row - 1][case.column - 1] = quoi
    un, deux = ({p: a.read(p) for p in a.namelist()} for a in (zipfile.ZipFile(BytesIO(xlsb(g))) for g in grilles))
    lien = f'<Relationship Id="rId2" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet2.bin"/></Relationships>'
    parties = {
        **un,
        "xl/worksheets/sheet2.bin": deux["xl/worksheets/sheet1.bin"],
        "xl/_rels/workbook.bin.rels": un["xl/_rels/workbook.bin.rels"].replace(b"</Relationships>", lien.encode()),
        "xl/workbook.bin": b"".join(
            un_xlsb(156, struct.pack("<II", 0, n) + texte_xlsb(f"rId{n}") + texte_xlsb(nom))
            for n, nom in enumerate(noms, 1)
        ),
    }
    chemin.write_bytes(archive_de(parties))
    return chemin


def test_des_reponses_calculees_sans_preuve_se_disent_une_fois(tmp_path: Path) -> None:
    """Ni ce qui est au-dessus de l’en-tête, ni ce qui est dans une autre colonne."""
    zero = Formule(0)
    titre = str(load_workbook(BytesIO(formulaire(REFERENTIEL)))["Formulaire"].cell(1, 1).value)
    cases = {titre: zero, "S1": 1, "S3": zero, "T2": zero, "S2/Trace": zero}
    lecture = lire_seule(en_xlsb(tmp_path / "f.xlsb", cases), REFERENTIEL)
    assert [redire(une) for une in lecture.anomalies] == ["formules-sans-preuve Formulaire!C25 nombre=2"]
    assert [dire(releve)["reponses"] for releve in lecture.releves] == ["1.0.0."]


# --- ce que le formulaire propose, et ce qu’on ne peut lui demander ---------------------------------------------------


def proposes(referentiel: Referentiel, **options: Any) -> list[list[str]]:
    """Les choix de chaque liste déroulante, dans l’ordre."""
    listes = load_workbook(BytesIO(formulaire(referentiel, **options)))["cpit_listes"]
    return [[str(case.value) for case in colonne if case.value is not None] for colonne in listes.iter_cols()]


REPONSES = ["0 – Jamais", "1 – Parfois", "2 – Souvent", "Sans objet"]
MOMENTS = ["Aux semis", "Aux semis, vu d’aujourd’hui", "À la récolte"]
REGARDS = ["Je réponds pour moi", "Je réponds à propos d’une personne dont je connais le travail"]
ROLES = [
    *("Responsable hiérarchique (N+1)", "Pair, même fonction ailleurs", "Membre élu de l’instance qui décide"),
    *("Partenaire extérieur", "Collègue", "Autre"),
]
CONNAISSANCES = ["Peu", "En partie", "Bien", "De près"]
COCHES, STATUTS = [["x"], ["x"], ["x"]], ["Privé", "Public"]
FREQUENCES = ["0 – jamais", "1 – quelques fois par an", "2 – chaque mois", "3 – chaque semaine"]
IMPORTANCES = ["0 – sans importance", "1 – peu importante", "2 – importante", "3 – essentielle"]


@pytest.mark.parametrize(
    ("options", "moments", "avant", "apres"),
    [
        ({}, MOMENTS, [], []),
        ({"moment": "t5"}, [*MOMENTS, "T5"], [], []),
        ({"moment": "t1+retrospectif"}, ["À la récolte"], [], []),
        ({"regard": "tiers", "place": True}, MOMENTS, [], [FREQUENCES, IMPORTANCES]),
        ({"conditions": True}, MOMENTS, [["Oui", "Non"]], []),
    ],
)
def test_les_listes_proposent_tous_les_choix_et_eux_seuls(
    options: dict[str, Any], moments: list[str], avant: list[list[str]], apres: list[list[str]]
) -> None:
    listes = proposes(REFERENTIEL, **options)
    listes[4] = [re.split(r"\s:", mots)[0] for mots in listes[4]]
    assert listes == [REPONSES, moments, REGARDS, ROLES, CONNAISSANCES, *avant, *COCHES, STATUTS, *apres]


def test_un_niveau_negatif_se_montre_avec_un_vrai_signe_moins() -> None:
    """Un tableur prendrait « -1 – Jamais » pour une formule ; une échelle peut n’avoir aucun « sans objet »."""
    niveaux = tuple(replace(niveau, valeur=niveau.valeur - 1) for niveau in REFERENTIEL.echelle.niveaux)
    autre = replace(REFERENTIEL, echelle=replace(REFERENTIEL.echelle, niveaux=niveaux, sans_objet=None))
    assert proposes(autre)[0] == ["−1 – Jamais", "0 – Parfois", "1 – Souvent"]
    feuille = load_workbook(BytesIO(formulaire(autre)))["Formulaire"]
    assert str(trouver(feuille, "S1/Situation").value).splitlines()[1] == "−1 – Jamais"


def test_une_situation_dit_ce_que_chaque_niveau_y_veut_dire() -> None:
    feuille = load_workbook(BytesIO(formulaire(REFERENTIEL)))["Formulaire"]
    assert [str(trouver(feuille, f"{code}/Situation").value).splitlines() for code in ("S1", "S2")] == [
        [
            "Je prépare la planche.",
            "0 – Jamais\u202f: La planche est préparée par d’autres.",
            "1 – Parfois",
            "2 – Souvent\u202f: Je montre comment la préparer.",
        ],
        ["J’arrose le semis."],
    ]


@pytest.mark.parametrize(
    ("options", "dites"),
    [
        ({"evaluateur": "E1"}, ["evaluateur-sans-tiers qui=E1"]),
        ({"evaluateur": "E1", "role_evaluateur": "pair"}, ["evaluateur-sans-tiers qui=E1, pair"]),
        (
            {"regard": "tiers", "role_evaluateur": "chef"},
            ["role-inconnu valeur=chef, attendus=n+1, pair, elu, partenaire, collegue, autre"],
        ),
        (
            {"date_moment": "hier"},
            [
                "date-inconnue valeur=hier, attendu=une année, un mois ou un jour : 2025, 09/2025, 2025-09, "
                "septembre 2025, 15/09/2025"
            ],
        ),
        ({"date_moment": " "}, []),
        ({"date_moment": "09/2025"}, []),
        ({"regard": "tiers", "evaluateur": "E1", "role_evaluateur": "pair"}, []),
    ],
)
def test_ce_qu_un_formulaire_ne_peut_dire_d_avance_se_dit(
    options: dict[str, str], dites: list[str], tmp_path: Path
) -> None:
    try:
        cpit.formulaires(REFERENTIEL, tmp_path, **options)  # type: ignore[arg-type]
        trouvees = []
    except cpit.MauvaisEmploi as emploi:
        trouvees = [redire(une) for une in emploi.anomalies]
    assert trouvees == dites


def test_le_formulaire_d_un_autre_referentiel_dit_lequel(tmp_path: Path) -> None:
    """Celui-là ne porte pas son texte : rien ne permet de le lire avec le sien."""
    autre = replace(REFERENTIEL, identifiant="autre", version="9.9.9", empreinte="a" * 64)
    (tmp_path / "f.xlsx").write_bytes(formulaire(autre))
    (refusee,) = lire_seule(tmp_path / "f.xlsx", REFERENTIEL).anomalies
    mots = "trouve=autre 9.9.9, attendu=complet 1.10.1, nommer=et son fichier .yaml"
    assert redire(refusee) == f"referentiel-etranger {mots}"
    (tmp_path / "f.xlsx").write_bytes(formulaire(replace(REFERENTIEL, empreinte="a" * 64)))
    (refusee,) = lire_seule(tmp_path / "f.xlsx", REFERENTIEL).anomalies
    assert refusee.mots["trouve"] == f"complet 1.10.1, empreinte {'a' * 12}…"

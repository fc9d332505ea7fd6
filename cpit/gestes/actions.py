"""Ce que fait chaque commande, une fois ses arguments lus ; tout s’appelle sans ligne de commande."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cpit.affichage import montrer
from cpit.affichage.ecran_anomalies import montrer_anomalies
from cpit.api.pages import ecrire_page_personne, verifier_suffixe_de_page
from cpit.chargement import charger, examiner_referentiel
from cpit.coeur.mots.restitution import Restitution
from cpit.emplacements import referentiels_livres, trouver_referentiel
from cpit.erreurs import Anomalie, ErreurCpit, MauvaisEmploi, anomalie, ecriture, refus, refusees
from cpit.formats.porte import SANS_PERMIS, Permis, delivrer, verifier_places
from cpit.passations.relecture import Relecture, relire_passation
from cpit.terminal import Terminal
from cpit.typographie import pluriel


def maintenant() -> str:
    """L’instant présent, ISO 8601 à la seconde, avec le décalage horaire de la machine."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def relire_et_prevenir(
    terminal: Terminal, chemin: Path, nom_referentiel: str | None, identiques: bool = False
) -> Relecture:
    """Relit une passation et dit les avertissements sur la sortie d’erreur.

    :raises ErreurCpit: comme ``relire_passation``.
    """
    relecture = relire_passation(chemin, nom_referentiel, identiques=identiques)
    montrer_anomalies(terminal, relecture.anomalies)
    return relecture


def permettre(passation: Path, nom_referentiel: str | None, *, remplacer: bool) -> Permis:
    """Ce que peuvent remplacer les sorties d’une restitution : ni la passation, ni son référentiel."""
    lus = [passation] if nom_referentiel is None else [passation, trouver_referentiel(nom_referentiel)]
    return delivrer(lus, remplacer=remplacer)


def montrer_resultat(
    terminal: Terminal,
    relecture: Relecture,
    classeur: Path | None,
    *,
    en_json: bool,
    page: Path | None = None,
    permis: Permis = SANS_PERMIS,
) -> None:
    """Montre une restitution ou l’écrit en JSON, et écrit le classeur et la page demandés.

    :raises ErreurCpit: si le classeur ou la page ne peut pas être écrit.
    """
    from cpit.affichage.ecran_restitution import montrer_restitution
    from cpit.formats.documents_json import resultat_en_dictionnaire

    _verifier_sorties(classeur, page, permis)
    if en_json:
        _ecrire_json(terminal, resultat_en_dictionnaire(relecture.restitution))
    else:
        montrer_restitution(terminal, relecture.restitution)
    if classeur is not None:
        ecrire_classeur(None if en_json else terminal, relecture.restitution, classeur, permis)
    if page is not None:
        ecrire_page_personne(page, relecture.restitution, date=maintenant(), permis=permis)
        if not en_json:
            terminal.dire("Page :")
            terminal.copier(str(page.resolve()))


def ecrire_classeur(terminal: Terminal | None, restitution: Restitution, chemin: Path, permis: Permis) -> None:
    """Écrit le classeur d’une personne et dit où.

    :raises ErreurCpit: si l’emplacement ne s’écrit pas, ou est pris par un fichier d’une autre sorte.
    """
    from cpit.classeurs.classeur_personne import ecrire_classeur_personne

    with ecriture(chemin):
        ecrire_classeur_personne(chemin, restitution, date=maintenant(), permis=permis)
    if terminal is not None:
        terminal.dire("Classeur :")
        terminal.copier(str(chemin.resolve()))


def montrer_explication(terminal: Terminal, relecture: Relecture, echelle: str | None) -> None:
    """Explique une échelle, la position, ou tout.

    :raises ErreurCpit: si l’échelle n’existe pas, avec le nom le plus proche.
    """
    from cpit.affichage.ecran_restitution import POSITION, blocs_d_explication
    from cpit.coeur.coherence import proche

    connus = [*relecture.restitution.referentiel.echelles, POSITION]
    trouvee = next((c for c in connus if echelle is not None and c.casefold() == echelle.casefold()), None)
    if echelle is not None and trouvee is None:
        raise refus("echelle-inconnue", nom=echelle, connus=", ".join(connus), proche=proche(echelle, connus))
    montrer(terminal, blocs_d_explication(relecture.restitution, trouvee))


def montrer_verification(terminal: Terminal, chemin: Path) -> None:
    """Vérifie une passation et dit ce qui a été vérifié.

    :raises ErreurCpit: si quelque chose ne va pas.
    """
    from cpit.passations.relecture import verifier_passation

    verification = verifier_passation(chemin)
    for constat in verification.constats:
        terminal.dire(constat)
    if verification.anomalies:
        raise ErreurCpit(verification.anomalies)


def lister_referentiels(terminal: Terminal) -> None:
    """Montre les référentiels livrés."""
    from cpit.affichage.ecran_referentiel import blocs_de_liste

    montrer(terminal, blocs_de_liste([(nom, charger(chemin)) for nom, chemin in referentiels_livres().items()]))


def montrer_referentiel(terminal: Terminal, nom: str | None, *, en_yaml: bool) -> None:
    """Montre un référentiel, ou son YAML.

    :raises ErreurCpit: s’il est introuvable ou fautif.
    """
    from cpit.affichage.ecran_referentiel import blocs_de_referentiel

    choisi = charger(trouver_referentiel(nom))
    if en_yaml:
        terminal.donner(choisi.texte)
    else:
        montrer(terminal, blocs_de_referentiel(choisi))


def valider_referentiel(terminal: Terminal, erreurs: Terminal, fichier: Path) -> None:
    """Dit toutes les fautes d’un référentiel.

    :raises ErreurCpit: s’il en a une au moins qui soit un refus.
    """
    _, anomalies = examiner_referentiel(fichier)
    fautes = refusees(anomalies)
    if fautes:
        terminal.dire(f"{fichier} : {_compte(anomalies)}.")
        raise ErreurCpit(anomalies)
    montrer_anomalies(erreurs, anomalies)
    terminal.dire(f"{fichier} : référentiel valide{f', {_compte(anomalies)}' if anomalies else ''}.")


def ecrire_schema(terminal: Terminal) -> None:
    """Écrit le JSON Schema d’un référentiel."""
    from cpit.chargement.forme_referentiel import schema_json

    _ecrire_json(terminal, schema_json())


def _ecrire_json(terminal: Terminal, document: Mapping[str, object]) -> None:
    """Écrit un JSON seul sur la sortie ; en ASCII pur si elle n’est pas en UTF-8 : le fichier se relit partout."""
    en_utf8 = terminal.flux.encoding.lower().replace("-", "").startswith("utf8")
    terminal.flux.write(json.dumps(document, ensure_ascii=not en_utf8, indent=2) + "\n")


def _compte(anomalies: tuple[Anomalie, ...]) -> str:
    fautes = len(refusees(anomalies))
    morceaux = [pluriel(fautes, "faute")] if fautes else []
    if len(anomalies) > fautes:
        morceaux.append(pluriel(len(anomalies) - fautes, "avertissement"))
    return ", ".join(morceaux)


def _verifier_sorties(classeur: Path | None, page: Path | None, permis: Permis) -> None:
    if classeur is not None and classeur.suffix.lower() != ".xlsx":
        raise MauvaisEmploi([anomalie("mauvais-suffixe", nom=classeur.name, attendus=".xlsx")])
    if page is not None:
        verifier_suffixe_de_page(page)
    verifier_places((sortie for sortie in (classeur, page) if sortie is not None), permis)

"""La page qui rend une restitution : ce qu’elle calcule et dit est ce que cpit calcule et dit."""

from __future__ import annotations

from random import Random

from aides import LIVRE, Programme, tirages
from campagnes.commun import GRAINE
from campagnes.restitution_en_page import (
    attendue_de_cpit,
    differences,
    eprouver,
    lire_dans_la_page,
    referentiels_de_base,
    tirer_une_passation,
    varier,
)

import cpit


def test_la_page_calcule_et_dit_ce_que_cpit_calcule_et_dit(programme: Programme) -> None:
    """Sur tous les référentiels des tests, et dix variantes : poids, items inversés, seuils tirés."""
    (promesse,) = eprouver(tirages(320), GRAINE, programme("node"))
    assert promesse.essais == tirages(320)
    assert promesse.ruptures == []


def test_la_comparaison_voit_une_regle_ou_un_mot_faux(programme: Programme) -> None:
    """Les règles d’un autre seuil, les mots d’un autre référentiel : l’essai d’à côté ne compare pas du vide."""
    hasard = Random(GRAINE)
    juste = cpit.referentiel(LIVRE)
    faux = varier(juste, hasard)
    lot = [tirer_une_passation(juste, hasard) for _ in range(20)]
    lues = lire_dans_la_page(faux, lot, programme("node"))
    vues = [d for p, lue in zip(lot, lues, strict=True) for d in differences(attendue_de_cpit(juste, p), lue)]
    for quoi in (".echelles", ".position.x", ".region", ".lecture.position"):
        assert any(d.startswith(quoi) for d in vues), quoi


def test_les_referentiels_essayes_sont_divers() -> None:
    bases = referentiels_de_base()
    assert len({r.identifiant for r in bases}) >= 6
    assert any(item.inverse for r in bases for item in r.items)
    assert any(r.regroupements for r in bases)

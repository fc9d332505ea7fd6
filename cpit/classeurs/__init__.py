"""Les classeurs à rendre : celui d’une personne, celui d’un groupe, celui d’une étude de fidélité."""

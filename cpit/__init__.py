"""cpit : auto-évaluation réflexive des compétences des chefs de projet innovation territoriale."""

__version__ = "0.1.0"

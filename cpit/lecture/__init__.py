"""Lire des réponses, d’où qu’elles viennent : une source devient des relevés et des anomalies."""

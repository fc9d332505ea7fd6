"""Répondre : le questionnaire, sa séance durable, et les réponses venues d’un tube."""

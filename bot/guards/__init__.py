"""Guardrails that know nothing of planning: pure checks on proposed orders."""

"""Adapters to ERPs; they know the ports and the canonical tables, and nothing of the rules."""

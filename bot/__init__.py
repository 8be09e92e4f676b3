"""Restock: the path from stock, demand and receipts to purchase orders, and the thin shell around it."""

"""The canonical tables: what is read from an ERP and what a plan consists of."""

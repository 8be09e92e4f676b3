"""Raw frames become a checked, immutable snapshot; bad rows are set aside with a reason."""

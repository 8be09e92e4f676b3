"""Regular demand out of ragged history, and what kind of demand it is."""

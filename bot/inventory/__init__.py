"""Lead times, targets, positions and proposals, as columns."""

"""Demand as a distribution, by sktime forecasters that take the whole panel at once."""

"""`restock doctor`: what is missing or wrong on this installation and on its systems, and what to do about it."""

"""How reliable suppliers are, and which one to choose."""

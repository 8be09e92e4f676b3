"""The demo company and the servers that carry it over the wire; imports no connector."""

"""The database and the files; implements the ports for orders, runs and content."""

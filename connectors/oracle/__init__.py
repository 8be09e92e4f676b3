"""Oracle Fusion Cloud over REST."""

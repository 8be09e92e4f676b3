"""Everything that an examination can find, in one table: how bad it is, why it matters, what to do about it."""

"""Acts that change something: one function is one unit of work."""

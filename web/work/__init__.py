"""Pages on which people do their work."""

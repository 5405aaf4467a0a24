"""Reads for the pages on which people do their work."""

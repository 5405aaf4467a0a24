"""Reads for the pages on which the organisation is kept."""

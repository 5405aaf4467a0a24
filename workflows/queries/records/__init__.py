"""Reads of records under review: values, findings, duplicates, corrections."""

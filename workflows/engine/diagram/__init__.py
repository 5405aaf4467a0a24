"""Diagrams as files: read without trust, drawn as graphs, judged before they are published."""

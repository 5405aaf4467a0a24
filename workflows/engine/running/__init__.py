"""Diagrams as they run: element kinds, tokens, compiled plans and stored states."""

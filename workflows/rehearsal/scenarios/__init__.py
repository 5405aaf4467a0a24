"""Scenarios: a procedure played by a cast, written down in YAML so that whoever knows the procedure can read it."""

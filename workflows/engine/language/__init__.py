"""The expression language of diagrams, its times and its names."""

"""Takes files of other tools: mends a copy of the drawing so that it means here what it means there, and says how."""

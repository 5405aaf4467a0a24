"""Acts on a task and on what is under review in it."""

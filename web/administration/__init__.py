"""Pages for the administrator."""

"""What people are shown before they sign, built from the database: one module for each kind of minutes. Only reads."""

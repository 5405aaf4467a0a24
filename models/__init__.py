"""What is stored: tables and the invariants of one row. Knows SQLAlchemy, neither procedures nor pages."""

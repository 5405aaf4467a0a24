"""What is stored: tables and the invariants of one row. Knows SQLAlchemy, and neither procedures nor pages."""

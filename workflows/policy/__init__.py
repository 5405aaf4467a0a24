"""Rules as pure functions: routing, permissions, working time, escalation, data quality, names."""

"""Decision tables (DMN): read without trust, parsed into a closed tree, decided by our own rules."""

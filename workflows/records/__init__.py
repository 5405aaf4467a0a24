"""What is kept as proof: journal chain, signatures, minutes, evidence bundles."""

"""Acts on the house itself: accounts, organisation, procedures."""

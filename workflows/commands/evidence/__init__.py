"""What an act leaves as proof: signatures, minutes, their print."""

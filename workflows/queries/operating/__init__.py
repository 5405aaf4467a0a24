"""What operators look at: instances by state, one instance with all that waits, why it waits, how long steps take."""

"""What administrators do with running instances: hold, cancel, retry, mend, migrate; and the watchdog that looks."""

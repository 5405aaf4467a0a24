"""What the worker does when an instant has come: timers of drawings, rungs of ladders."""

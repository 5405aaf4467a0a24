"""How an instance moves: read and locked, moved by the engine, tasks, timers and children kept in step."""

"""How an instance moves: loaded and locked, moved by the engine, its tasks, timers and children kept in step."""

"""What happens: engine, policy, commands, queries, notify, records."""

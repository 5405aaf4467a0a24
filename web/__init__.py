"""What people see: pages, login, command line. Translates between HTTP and `workflows`, and decides nothing itself."""

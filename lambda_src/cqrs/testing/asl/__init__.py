"""State machines in memory: the language, and an interpreter of it."""

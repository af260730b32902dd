"""Events of every source, who handles them, and what becomes of those that fail."""

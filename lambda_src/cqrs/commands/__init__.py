"""Commands: publishing them, and applying them in order."""

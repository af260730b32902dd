"""The differences between environments: the keys of a file, and the names that follow."""

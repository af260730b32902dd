"""Tasks: many pieces of work with bounded concurrency."""

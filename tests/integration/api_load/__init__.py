"""Many clients of the HTTP API at once."""

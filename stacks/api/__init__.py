"""The HTTP API: the door for clients that have tokens in the place of AWS keys."""

"""What can be wrong in an environment, and what repairs it."""

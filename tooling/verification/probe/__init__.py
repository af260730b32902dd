"""A small function and a state machine of the run's own, to see how failures are named."""

"""The demonstration: the workflows at work on a deployed environment, with real data."""

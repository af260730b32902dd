"""The faults that an environment can have, and their repairs."""

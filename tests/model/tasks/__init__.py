"""A model checker for tasks: the real code, every interleaving, every crash and late event."""

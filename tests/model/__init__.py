"""A model checker for the ordering protocol: the real code, every interleaving, every crash."""

"""The operator's command line, ``cqrs``."""

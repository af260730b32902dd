"""Facts of the runtime that the stacks deploy."""

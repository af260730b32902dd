"""A simulator of AWS's limits: the real code and definitions on a clock of its own."""

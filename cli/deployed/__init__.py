"""The environment that a command works on, and nothing else."""

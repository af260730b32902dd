"""The story of a piece of work, out of lines of logs and histories of executions."""

"""What happened to a piece of work: lines of logs, histories of executions, and what they tell."""

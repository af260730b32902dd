"""A model of approvals: executions that wait for answers, people, crashes, repeats, late events."""

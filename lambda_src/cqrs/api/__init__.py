"""The HTTP API: one table of routes, the door that every request passes, and what it answers.

Nothing of it is imported before the first request comes, as cold starts count.
"""

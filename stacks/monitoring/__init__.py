"""Alarms, dashboard and saved queries of an environment.

Monitoring follows from the environment alone, as resources are known by their names. So alarms and
dashboard can be looked at, drawn and tested without a stack.
"""

"""Alarms, dashboard and saved queries of an environment.

What is watched follows from the environment alone: resources are known by their names, so alarms
and dashboard can be looked at, drawn and tested without a stack.
"""

"""Approvals: executions that wait for somebody's answer, and the answers."""

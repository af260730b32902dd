"""Tests of what the stacks synthesise; nothing is deployed."""

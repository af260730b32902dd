"""Faults of AWS between the deployed function, its publishers and the emulator.

``proxy`` stands in between, ``weather`` decides what goes wrong, ``refusals`` says it as AWS does.
"""

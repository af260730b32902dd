"""The runtime of command-sourced workflows: what every user of the project keeps.

Where a docstring here or in ``stacks`` names the guide, it means the page "Step Functions" of MBC
CQRS Serverless' documentation, whose system this project builds in Python.
"""

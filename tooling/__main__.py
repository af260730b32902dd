"""Entry point of ``python -m tooling``."""

from tooling.command_line import main

main()

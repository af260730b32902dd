"""The tool chain behind the Makefile: emulators, Terraform and deployments.

Continuous integration, the integration tests and people at a terminal all come through here, so
that what works for one of them works for all.
"""

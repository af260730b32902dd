"""Rows of an import in chunks that are published, settled and counted together."""

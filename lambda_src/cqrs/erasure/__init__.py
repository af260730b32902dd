"""Erasing all that is kept of a tenant or an item, and the record that this was done."""

"""Bringing the database of read models to the newest of the application's migrations."""

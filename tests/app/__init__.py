"""Tests of the application: yours to add to. ``make test`` runs them."""

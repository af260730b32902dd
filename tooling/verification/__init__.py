"""Verify an environment that is deployed: run the tests that are safe there, and look at AWS.

``run`` is the whole of it. ``suite`` runs the tests, ``assumptions`` says what the project takes
for granted, ``observations`` sees what is so, and ``cleaning`` removes what the run has made.
"""

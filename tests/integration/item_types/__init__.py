"""Two releases of a module of typed items, as one deployment after the other holds it."""

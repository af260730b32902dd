"""Read models: named projections of item types, each kept in a place of its own."""

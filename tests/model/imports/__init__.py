"""A model of CSV imports: the real code, under crashes, repeats, late events and other files."""

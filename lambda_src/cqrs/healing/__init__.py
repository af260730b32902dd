"""Finding what stands still, and mending it without a person.

The command line's ``doctor`` and the scheduled healer look at the same, and do the same about it.
"""

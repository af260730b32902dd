"""Writing the files that a part of an application begins with."""

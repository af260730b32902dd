"""The part of the emulator's process that is ours. Its folder is first in that Python's path."""

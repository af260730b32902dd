"""The reference on the emulator: its core from npm as a function, with what it needs around it."""

"""The project and the reference on one emulator, in alternating rounds."""

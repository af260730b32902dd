"""State machines compared: what emulators do, beside what AWS documents."""

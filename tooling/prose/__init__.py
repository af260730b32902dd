"""The project's English, held to rules that a program can check."""

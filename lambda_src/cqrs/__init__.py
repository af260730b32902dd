"""The runtime of command-sourced workflows: what every user of the project keeps."""

"""Compiles modules to byte code; a program of its own, which another Python may run.

It reads a zip file of sources from standard input. It writes one of their byte code to standard
output, with the names that the import system looks for. Its argument is the folder that the sources
will lie in. If a module is not Python, it says so in a sentence, with exit code 1.
"""

from __future__ import annotations

import importlib.util
import io
import marshal
import sys
import zipfile

UNCHECKED_HASH = 0b01
"""Flags of byte code that is taken without a look at its source (PEP 552)."""

MARSHAL_WITHOUT_REFERENCES = 2
"""Later versions of the format mark what is referred to more than once. That depends on the process
that compiles, and so would the bytes."""


def main(folder: str) -> None:
    """Compile what comes from standard input."""
    compiled = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())) as sources,
        zipfile.ZipFile(compiled, "w") as archive,
    ):
        for name in sources.namelist():
            if name.endswith(".py"):
                try:
                    code = byte_code(sources.read(name), f"{folder}/{name}")
                except (SyntaxError, ValueError) as error:
                    sys.exit(f"{name} cannot be compiled: {error}.")
                cached = importlib.util.cache_from_source(name, optimization="")
                archive.writestr(zipfile.ZipInfo(cached), code)
    sys.stdout.buffer.write(compiled.getvalue())


def byte_code(source: bytes, path: str) -> bytes:
    """Content of the file that the import system keeps for a module.

    Parameters
    ----------
    source
        The module's source.
    path
        The path at which the module will lie, as its tracebacks will say.
    """
    code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    return b"".join(
        (
            importlib.util.MAGIC_NUMBER,
            UNCHECKED_HASH.to_bytes(4, "little"),
            importlib.util.source_hash(source),
            marshal.dumps(code, MARSHAL_WITHOUT_REFERENCES),
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

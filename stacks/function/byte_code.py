"""The byte code of the function's modules, which spares a cold start their compilation.

It depends on the sources and on the release of the compiling Python, and on nothing else. One new
process compiles all modules in the order of their names, and ignores what the environment tells
Python. The format of :mod:`stacks.function.compiler` holds no trace of that process either.

The releases of a version share a magic number, and each of them runs what another has compiled.
They need not compile to the same bytes: 3.11.2 and 3.11.7 do, 3.12.1 and 3.12.10 do not. So no hash
that Terraform compares is made of these bytes.
"""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

from stacks.function.errors import PackageError
from stacks.function.runtime import TASK_ROOT

COMPILER = Path(__file__).with_name("compiler.py")

ALONE = ("-I", "-S", "-B", "-W", "ignore")
"""Options by which Python minds no variable and no package of the machine, and leaves no file."""


def byte_code(sources: bytes, interpreter: Path) -> dict[str, bytes]:
    """Compile modules as they will lie on Lambda.

    Parameters
    ----------
    sources
        A zip file of them; whatever else it holds is passed over.
    interpreter
        The Python that compiles them.

    Returns
    -------
    dict
        The byte code by the names that the import system looks for.

    Raises
    ------
    PackageError
        If a module cannot be compiled.
    """
    run = subprocess.run(  # noqa: S603 - an interpreter that was found or is running
        [interpreter, *ALONE, COMPILER, TASK_ROOT], input=sources, capture_output=True, check=False
    )
    if run.returncode:
        raise PackageError(run.stderr.decode(errors="replace").strip())
    with zipfile.ZipFile(io.BytesIO(run.stdout)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}

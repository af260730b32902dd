"""``python -m benchmarks``: measure the project against its goals and against what it builds on."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import cold_start as cold_start_benchmark
from benchmarks import imports as import_benchmark
from benchmarks import live as live_benchmark
from benchmarks import logs as log_benchmark
from benchmarks import synth as synth_benchmark
from benchmarks.side_by_side import command as side_by_side_benchmark
from cli.numbers import whole_option
from tooling.errors import ToolingError

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def synth(
    repetitions: Annotated[int, whole_option("How often.", least=1)] = synth_benchmark.REPETITIONS,
) -> None:
    """Synthesis of an environment: the project's import of the bindings and the ordinary one."""
    if not synth_benchmark.measure(repetitions):
        raise typer.Exit(1)


@app.command()
def cold_start(
    repetitions: Annotated[
        int, whole_option("How often.", least=1)
    ] = cold_start_benchmark.REPETITIONS,
) -> None:
    """Cold starts of the function, against the import of boto3 and two clients."""
    if not cold_start_benchmark.measure(repetitions):
        raise typer.Exit(1)


@app.command()
def imports(
    rows: Annotated[
        int,
        whole_option(
            "Rows of each import.",
            least=1,
            most=import_benchmark.FILE_ROWS,
            envvar="IMPORT_BENCHMARK_ROWS",
        ),
    ] = import_benchmark.ROWS,
    repetitions: Annotated[int, whole_option("How often.", least=1)] = import_benchmark.REPETITIONS,
) -> None:
    """Import of a CSV file, and of that again, against its requests and a bare loop."""
    import_benchmark.measure(rows, repetitions, Console())


@app.command()
def side_by_side(
    rounds: Annotated[int, whole_option("How often.", least=1)] = side_by_side_benchmark.ROUNDS,
) -> None:
    """Commands of this project and of the reference, on one emulator in alternating rounds."""
    side_by_side_benchmark.run(rounds)


@app.command()
def logs() -> None:
    """Size and price of the state machines' log that one command costs, in either lane."""
    log_benchmark.measure(Console())


@app.command()
def live(
    connections: Annotated[
        list[int], typer.Option(help="Connections of one tenant; may be repeated.", min=1)
    ] = list(live_benchmark.SIZES),  # noqa: B006 - nothing changes it
    repetitions: Annotated[int, whole_option("How often.", least=1)] = live_benchmark.REPETITIONS,
) -> None:
    """Notifications on the live channel, from their sending to the first and the last listener."""
    live_benchmark.measure(connections, repetitions, Console())


if __name__ == "__main__":
    try:
        app(prog_name="python -m benchmarks")
    except ToolingError as error:
        sys.exit(f"error: {error.shown}")

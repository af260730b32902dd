"""Fresh processes of both functions and of their floors: a first event, and many.

A program leaves without tidying up, as Lambda's end when they are not needed any more. Each prints
the most memory that it had, in kilobytes, and its last answer. Linux's own count of a process that
was waited for includes the parent's memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cold_start import CONTEXT

MILLISECONDS = 1000
KILOBYTES_PER_MEGABYTE = 1024

EVENTS_FOR_MEMORY = 200
"""After so many events the memory of neither side grows any more."""

PYTHON_FLOOR = """
import os
import boto3
boto3.client("dynamodb")
boto3.client("stepfunctions")
print(0)
print("null", flush=True)
os._exit(0)
"""

PYTHON = f"""
import json, os, resource, sys
import handler
event, times = json.loads(sys.argv[1]), int(sys.argv[2])
{CONTEXT}
for _ in range(times):
    answer = handler.handler(event, context)
try:
    status = open("/proc/self/status").read()
    print(status.split("VmHWM:")[1].split()[0])
except OSError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
print(json.dumps(answer), flush=True)
os._exit(0)
"""

NODE_FLOOR = """
const { DynamoDBClient } = require('@aws-sdk/client-dynamodb')
const { SFNClient } = require('@aws-sdk/client-sfn')
new DynamoDBClient({})
new SFNClient({})
process.stdout.write('0\\nnull\\n', () => process.exit(0))
"""

NODE = """
const { existsSync, readFileSync } = require('node:fs')
const { handler } = require('./handler.js')
const [event, times] = [JSON.parse(process.argv[1]), Number(process.argv[2])]
const run = async () => {
  let answer
  for (let n = 0; n < times; n++) answer = await handler(event, {}, () => null)
  const status = '/proc/self/status'
  const peak = existsSync(status)
    ? readFileSync(status, 'utf8').match(/VmHWM:\\s*(\\d+)/)[1]
    : process.resourceUsage().maxRSS
  process.stdout.write(`${peak}\\n${JSON.stringify(answer)}\\n`, () => process.exit(0))
}
run()
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a process, from its start to its end.

    Attributes
    ----------
    cpu, wall
        Milliseconds of processor time, and on the clock.
    megabytes
        The most memory that it had.
    """

    cpu: float
    wall: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Program:
    """A program that answers an event as often as it is told.

    Attributes
    ----------
    command
        Interpreter, its options and the program.
    folder
        Its working directory.
    variables
        Its environment.
    expected
        The beginning of the JSON that a good answer is.
    """

    command: Sequence[str]
    folder: Path
    variables: Mapping[str, str]
    expected: str = "null"

    def run(self, event: object = None, times: int = 1) -> Usage:
        """Run it.

        Raises
        ------
        RuntimeError
            If it fails, or answers with something else.
        """
        with tempfile.TemporaryFile("w+") as complaints:
            begun = time.perf_counter()
            process = subprocess.Popen(  # noqa: S603 - the programs of this module
                [*self.command, json.dumps(event), str(times)],
                cwd=self.folder,
                env=dict(self.variables),
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
            )
            said = process.stdout.read() if process.stdout else ""
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            complaints.seek(0)
            kilobytes = self._kilobytes(process.returncode, said, complaints.read())
        cpu = used.ru_utime + used.ru_stime
        return Usage(cpu * MILLISECONDS, wall * MILLISECONDS, kilobytes / KILOBYTES_PER_MEGABYTE)

    def _kilobytes(self, code: int, said: str, complaints: str) -> int:
        *_, kilobytes, answer = ("", "", *said.splitlines())
        if code or not answer.startswith(self.expected):
            raise RuntimeError(f"{self.command[0]} answered {answer!r}: {complaints[-2000:]}")
        return int(kilobytes)

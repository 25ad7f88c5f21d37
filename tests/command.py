"""`yanlu` in this process: what it printed, and how it ended. Starting a process for each would take two seconds."""

import os
from dataclasses import dataclass

from typer.testing import CliRunner

from app import cli
from app.core.errors import YanluError


@dataclass
class Ran:
    returncode: int
    stdout: str
    stderr: str


def run(*arguments, **environment):
    """Only these of our settings count, whatever stands in the environment. A refusal is on standard error."""
    cleared = dict.fromkeys(name for name in os.environ if name.startswith("YANLU_"))
    result = CliRunner().invoke(cli.app, list(arguments), env={**cleared, **environment})
    if isinstance(result.exception, YanluError):
        return Ran(1, result.stdout, result.exception.detail)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)

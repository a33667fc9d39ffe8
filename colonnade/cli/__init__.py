"""The command line: arguments -> command -> one package of `colonnade`.

The package is imported when its command runs, so `--help` is fast.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence

import click

from colonnade.cli import aws, declared, judgement, logs, operate, sandbox
from colonnade.cli.options import Commands
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus, by_signal
from colonnade.terminal.machine_errors import machine_error
from colonnade.terminal.streams import discard_output, is_write_error

_STATUSES = """\b
Exit status of every command:
  0      success
  1      failed
  2      wrong input; nothing was changed
  3      stopped by a rule: a change that needs approval, an illegal step of a migration
  128+n  ended by signal n; 130 is Ctrl-C
`sandbox run` returns the exit status of its command.

\b
Example:
  colonnade check

\b
Completion in bash (or zsh_source, fish_source):
  eval "$(_COLONNADE_COMPLETE=bash_source colonnade)"
"""


@click.group(cls=Commands, epilog=_STATUSES, context_settings={"help_option_names": ["-h", "--help"]})
def colonnade() -> None:
    """Declare, check, synthesize, review and operate services on AWS Fargate behind one load balancer.

    The project is the nearest folder with a cdktf.json, at or above the working directory. MIGRATION_PHASE overrides
    the migration phases of an environment, CDKTF_OUTDIR the folder of the synthesized Terraform.
    """


for _command in (
    *(declared.check, declared.show, declared.synth),
    *(aws.verify, aws.plan, aws.apply, aws.wait, aws.destroy, sandbox.preview),
    *(operate.status, logs.logs, operate.why, operate.restart, operate.rollback, operate.unlock),
    *(declared.routes, declared.diagram, aws.images),
    *(judgement.migration, judgement.review, judgement.scan, sandbox.sandbox),
):
    colonnade.add_command(_command)


def main(arguments: Sequence[str] | None = None, *, at_interruption: Callable[[], None] = lambda: None) -> int:
    """Run one command and return its exit status; errors are on stderr.

    `at_interruption` is called before the last line of a command that Ctrl-C ended.
    """
    try:
        return _reported(arguments)
    except (KeyboardInterrupt, click.Abort):
        at_interruption()
        sys.stderr.write("Interrupted.\n")
        return by_signal(signal.SIGINT)


def _reported(arguments: Sequence[str] | None) -> int:
    try:
        return _run(arguments)
    except ColonnadeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except BrokenPipeError:
        discard_output()
        return by_signal(signal.SIGPIPE)
    except OSError as error:
        if is_write_error(error):
            sys.stderr.write(f"The output cannot be written: {error.strerror}\n")
            discard_output()
            return ExitStatus.FAILED
        described = machine_error(error)
        if described is None:
            raise
        sys.stderr.write(f"{described}\n")
        return described.exit_status


def _run(arguments: Sequence[str] | None) -> int:
    try:
        status = colonnade.main(
            list(arguments) if arguments is not None else None, prog_name="colonnade", standalone_mode=False
        )
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return status if isinstance(status, int) else ExitStatus.OK

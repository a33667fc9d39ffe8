"""The command `logs`: the log lines of deployed services, in AWS and in a running sandbox alike."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

from colonnade.cli.options import complete_service, environment_option, example, json_option
from colonnade.terminal.exit_status import ExitStatus

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _duration(_ctx: click.Context, _param: click.Parameter, value: str) -> timedelta:
    """Return a duration such as 90s, 15m, 2h or 3d; raises click.BadParameter."""
    found = re.fullmatch(r"(\d{1,5})([smhdw])", value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a number with a unit: s, m, h, d or w, such as 90s, 15m, 2h, 3d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


@click.command(
    short_help="Show the log lines of services",
    epilog=example("colonnade logs service1", "colonnade logs service1 service2 -f", "colonnade logs service1 -e prod"),
)
@click.argument("services", metavar="SERVICE...", nargs=-1, required=True, shell_complete=complete_service)
@environment_option()
@click.option("-f", "--follow", is_flag=True, help="Print new lines until Ctrl-C, also those of new tasks.")
@click.option(
    "--since",
    callback=_duration,
    default="1h",
    show_default=True,
    metavar="TIME",
    help="How far back: 90s, 15m, 2h, 3d.",
)
@click.option("--task", default="", metavar="ID", help="Only the lines of this task; the start of its id is enough.")
@click.option("--health-checks", is_flag=True, help="Also the requests of health checks that have passed.")
@json_option()
def logs(
    services: tuple[str, ...],
    environment: str,
    follow: bool,
    since: timedelta,
    task: str,
    health_checks: bool,
    as_json: bool,
) -> int:
    """Show the lines that the tasks of each SERVICE have written, in the order of their times.

    The lines of tasks that have failed or were replaced are among them. SERVICE is a service's name, or
    DEPLOYMENT/SERVICE if several deployments have a service of that name. Requests for the health check path that
    have passed are left out. With --json, each line is a JSON object.
    """
    from colonnade.cli import reach
    from colonnade.operate.logs import follow_lines, read_lines
    from colonnade.operate.logs_output import print_lines
    from colonnade.operate.status_text import time_text

    found = reach.services(services, environment)
    read = follow_lines if follow else read_lines
    begin = datetime.now(UTC) - since
    shown, left_out = print_lines(read(found, since=begin, task=task), as_json=as_json, health_checks=health_checks)
    if not shown:
        of_task = f" of task {task}" if task else ""
        more = f", but {left_out} passed health checks, which --health-checks shows" if left_out else ""
        click.echo(f"No lines{of_task} since {time_text(begin)}{more}. --since 3d goes further back.", err=True)
    return ExitStatus.OK

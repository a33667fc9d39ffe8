"""The options, examples, completion and suggestions that commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from colonnade.terminal.errors import ColonnadeError

_Function = TypeVar("_Function", bound=Callable[..., Any])

DEFAULT_ENVIRONMENT = "sandbox"


class Commands(click.Group):
    """A group of commands, in the order in which they are added, with a suggestion for an unknown one."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first word names; raises ConfigurationError for an unknown one."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from colonnade.model.errors import ConfigurationError, Problem, suggestion

            group = ctx.command_path
            fix = suggestion(args[0], self.commands, label=f"commands of {group}")
            raise ConfigurationError(
                [Problem(subject=f"command '{group} {args[0]}'", message="there is no such command", fix=fix)]
            )
        return super().resolve_command(ctx, args)


class AbsolutePath(click.Path):
    """A path relative to the working directory of the user, which the command changes later."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the absolute path, from the working directory in which the command was started."""
        return Path(os.fsdecode(super().convert(value, param, ctx))).absolute()


def example(*commands: str) -> str:
    """Return the end of a help text, with examples of the command."""
    word = "Example" if len(commands) == 1 else "Examples"
    return "\n".join(["\b", f"{word}:", *(f"  {command}" for command in commands)])


def environment_option(default: str | None = DEFAULT_ENVIRONMENT) -> Callable[[_Function], _Function]:
    """Return the option `-e/--environment`.

    With default None it is required: without it, the command reports the environments.
    """
    return click.option(
        "-e",
        "--environment",
        metavar="NAME",
        default=default,
        show_default=default is not None,
        shell_complete=_complete_environment,
        help="The name of a file in environments/, without .toml."
        if default is not None
        else "Required: the name of a file in environments/, without .toml.",
    )


def json_option() -> Callable[[_Function], _Function]:
    """Return the option `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def deployment_argument(*, required: bool = True) -> Callable[[_Function], _Function]:
    """Return the argument DEPLOYMENT."""
    return click.argument(
        "deployment",
        metavar="DEPLOYMENT" if required else "[DEPLOYMENT]",
        required=required,
        shell_complete=_complete_deployment,
    )


def stack_argument() -> Callable[[_Function], _Function]:
    """Return the argument STACK."""
    return click.argument("stack", metavar="STACK", shell_complete=_complete_stack)


def complete_service(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the services whose names begin with `incomplete`, of the deployment on the command line or of all."""
    from colonnade.cli import project

    def names() -> tuple[str, ...]:
        deployment = ctx.params.get("deployment")
        return project.service_names() if deployment is None else _services_of(deployment)

    return _items(names, incomplete)


def _services_of(name: str) -> tuple[str, ...]:
    from colonnade.project import find_project

    found = (each for each in find_project().deployments() if each.name == name)
    return tuple(service.name for deployment in found for service in deployment.services)


def _complete_environment(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from colonnade.cli.project import environment_names

    return _items(environment_names, incomplete)


def _complete_deployment(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from colonnade.cli.project import deployment_names

    return _items(deployment_names, incomplete)


def _complete_stack(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from colonnade.cli.project import stack_names

    return _items(stack_names, incomplete)


def _items(names: Callable[[], tuple[str, ...]], incomplete: str) -> list[CompletionItem]:
    """Return the names that begin with `incomplete`; no names, and no error, without a project."""
    try:
        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]
    except ColonnadeError:
        return []

"""The command `colonnade` as tests call it, its commands, and the command lines that a document contains."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from colonnade.cli import colonnade

ROOT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).parent / "colonnade"
"""The installed command."""


def commands(
    group: click.Group = colonnade, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield each command and group below `group` with the words that name it."""
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


COMMANDS = dict(commands())
LEAVES = {path: command for path, command in COMMANDS.items() if not isinstance(command, click.Group)}
"""The commands that are not groups."""


def run(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder, by default the project's root."""
    return subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def documented_lines(text: str) -> list[str]:
    """Return the command lines `colonnade ...` in the code of a document, each up to the end of its code or line."""
    text = text.replace(".venv/bin/", "").replace("$(COLONNADE)", "colonnade")
    quoted = re.findall(r"`(?:[A-Z_]+=\S+ )?(colonnade [^`]+)`", " ".join(text.split()))
    lines = re.findall(
        r"^(?: |\t|@|\$|[A-Z_]+=\S+ )*(?:[^`\n]*(?:&&|\|) )?(colonnade [a-z][^\n`]*)$", text, re.MULTILINE
    )
    return [*quoted, *lines]


def parse(line: str) -> None:
    """Parse a documented command line; optional parts in brackets are taken as given."""
    words = shlex.split(re.sub(r"[\[\]]|\.\.\.", "", line), comments=True)[1:]
    words = words[: words.index("||")] if "||" in words else words
    command: click.Command = colonnade
    context = click.Context(colonnade, info_name="colonnade")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, command = words[0], command.commands[words[0]]
        context, words = click.Context(command, info_name=name, parent=context), words[1:]
    if not isinstance(command, click.Group):
        _parse_options(command, context, words)


def _parse_options(command: click.Command, context: click.Context, words: Sequence[str]) -> None:
    # A line may only name a command, without its arguments.
    context.resilient_parsing = not words
    parser = command.make_parser(context)
    parser.parse_args(list(words))

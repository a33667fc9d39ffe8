"""The command `colonnade`: its help, its exit statuses, its refusal of wrong input, and the modules that it loads."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import pytest

from colonnade.cli import colonnade, main
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.project import Project
from colonnade.synthesis import SynthesisError
from colonnade.terminal.exit_status import ExitStatus, by_signal
from tests.support.project import SERVICES
from tests.support.waiting import wait_until

ROOT = Path(__file__).parent.parent
PROGRAM = Path(sys.executable).parent / "colonnade"


def _commands(
    group: click.Group = colonnade, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


COMMANDS = dict(_commands())
LEAVES = {path: command for path, command in COMMANDS.items() if not isinstance(command, click.Group)}


def _run(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_list_of_commands() -> None:
    assert {" ".join(path) for path in LEAVES} == {
        *("check", "show", "synth", "plan", "apply", "wait", "destroy", "preview", "diagram", "review", "scan"),
        *("routes table", "routes explain", "images build", "images push", "migration check"),
        *("sandbox demo", "sandbox up", "sandbox down", "sandbox status", "sandbox ask", "sandbox run"),
        "sandbox migrate",
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_help_has_an_example_of_its_own_command(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*path, "--help"]) == 0
    text = capsys.readouterr().out
    example = text[text.index("Example") :]
    assert f"colonnade {' '.join(path)}" in example


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_example_of_a_help_parses(path: tuple[str, ...]) -> None:
    for line in _named(str(COMMANDS[path].epilog)):
        _parse(line)


def test_the_help_lists_every_exit_status_and_is_the_same_for_the_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for status in ExitStatus:
        assert re.search(rf"^ +{status.value}  ", text, re.MULTILINE), status
    ended = subprocess.run(
        [sys.executable, "-m", "colonnade", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, text)
    assert _run("--help").stdout == text


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_the_options_that_commands_share_have_one_spelling(path: tuple[str, ...]) -> None:
    options = {word for each in LEAVES[path].params if isinstance(each, click.Option) for word in each.opts}
    assert ("-e" in options) == ("--environment" in options)
    readable = {"show", "check", "routes table", "routes explain", "review", "sandbox status"}
    assert ("--json" in options) == (" ".join(path) in readable)
    defaults = [each.default for each in LEAVES[path].params if each.name == "environment"]
    required = dict.fromkeys(("plan", "apply", "wait", "destroy", "images push"))
    without = {**required, "review": "prod", "scan": "prod"}
    assert defaults in ([], [without.get(" ".join(path), "sandbox")])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["chek"],
            "command 'colonnade chek': there is no such command\n    did you mean 'check'? commands of colonnade: ",
        ),
        (["sandbox", "dmo"], "command 'colonnade sandbox dmo': there is no such command\n    did you mean 'demo'?"),
        (["diagram", "servces"], "deployment 'servces': there is no such deployment\n    did you mean 'services'?"),
        (["sandbox", "demo", "servces"], "deployment 'servces': there is no such deployment\n    did you mean"),
        (["sandbox", "status", "servces"], "deployment 'servces': there is no such deployment\n    did you mean"),
        (
            ["preview", "state-backnd"],
            "stack 'state-backnd': there is no such stack\n    did you mean 'state-backend'?",
        ),
        (["plan", "servces", "-e", "prod"], "stack 'servces': there is no such stack\n    did you mean 'services'?"),
        (
            ["plan", "services", "-e", "prd"],
            "environment 'prd': there is no such environment\n    did you mean 'prod'?",
        ),
        *(
            (
                [command, "services"],
                f"colonnade {command}: no environment is given\n    add -e NAME; available: dev, prod",
            )
            for command in ("plan", "apply", "wait", "destroy")
        ),
    ],
)
def test_wrong_input_is_refused_with_2_and_a_suggestion(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitStatus.WRONG_INPUT
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(message)


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        ["check", "--jsn"],
        ["sandbox", "run", "services", "--"],
        ["review"],
        ["review", "plan.json", "-e", "dev"],
    ],
)
def test_an_incomplete_command_line_shows_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == ExitStatus.WRONG_INPUT
    assert capsys.readouterr().err.startswith("Usage: colonnade ")


def test_a_command_outside_of_a_project_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == ExitStatus.WRONG_INPUT
    refusal = capsys.readouterr().err
    assert str(tmp_path) in refusal
    assert "cdktf.json" in refusal


def test_a_project_without_a_main_is_refused_in_one_message(tmp_path: Path) -> None:
    shutil.copy(ROOT / "cdktf.json", tmp_path)
    shutil.copytree(ROOT / "environments", tmp_path / "environments")
    ended = _run("synth", folder=tmp_path)
    assert ended.returncode == ExitStatus.WRONG_INPUT
    assert f"project '{tmp_path}': main.py" in ended.stderr


def test_the_sandbox_refuses_other_environments_before_synthesis() -> None:
    ended = _run("sandbox", "demo", "services", "-e", "prod")
    assert ended.returncode == ExitStatus.WRONG_INPUT
    assert "colonnade preview STACK -e prod" in ended.stderr
    assert "Synthesizing" not in ended.stderr


def test_an_unknown_environment_is_refused_before_anything_runs() -> None:
    ended = _run("synth", "-e", "prd")
    assert ended.returncode == ExitStatus.WRONG_INPUT
    assert "did you mean 'prod'?" in ended.stderr
    assert "Synthesizing" not in ended.stderr


@pytest.mark.synth
def test_ctrl_c_ends_a_synthesis_with_130_and_no_traceback(tmp_path: Path) -> None:
    settings = {**os.environ, "CDKTF_OUTDIR": str(tmp_path)}
    with subprocess.Popen([PROGRAM, "synth"], cwd=ROOT, env=settings, stderr=subprocess.PIPE, text=True) as synthesis:
        assert synthesis.stderr is not None
        first = synthesis.stderr.readline()
        time.sleep(0.5)  # main.py has started, jsii perhaps
        synthesis.send_signal(signal.SIGINT)
        rest = synthesis.stderr.read()
    assert "Synthesizing" in first
    assert synthesis.returncode == by_signal(signal.SIGINT)
    assert "Traceback" not in rest


def test_a_command_works_from_any_folder_of_the_project() -> None:
    assert _run("check", folder=ROOT / "docs").returncode == 0


def test_show_prints_a_service_whose_image_is_not_pinned_yet(tmp_path: Path) -> None:
    for name in ("cdktf.json", "deployments"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "dev.toml").symlink_to(ROOT / "environments" / "dev.toml")
    ended = _run("show", "services", "service1", "-e", "dev", "--json", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["service"]["image"] is None


def test_check_without_problems_counts_deployments_and_environments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == ExitStatus.OK
    assert capsys.readouterr() == ("No problems: 4 deployments in 3 environments (dev, prod, sandbox)\n", "")


def test_check_reports_every_problem_once_with_its_environments_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = SERVICES.services
    wrong = replace(SERVICES, services=(replace(first, cpu_units=1), *others))
    real = Project.environment
    monkeypatch.setattr(Project, "declared", lambda _self: (wrong,))
    monkeypatch.setattr(Project, "environment", lambda self, name: real(self, name if name != "prod" else "prd"))
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path))
    assert main(["check"]) == ExitStatus.WRONG_INPUT
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("service 'service1': 1 CPU units") == 1
    assert output.err.count("environment 'prd': there is no such environment") == 1
    assert "only in environment prod" in output.err
    assert list(tmp_path.iterdir()) == []

    assert main(["check", "--json"]) == ExitStatus.WRONG_INPUT
    document = json.loads(capsys.readouterr().out)
    found = {problem["subject"]: problem["environments"] for problem in document["problems"]}
    assert found == {"service 'service1'": ["dev", "prod", "sandbox"], "environment 'prd'": ["prod"]}


def test_check_names_an_environment_once_for_a_problem_that_two_services_have(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = Problem(subject="service 'twin'", message="is wrong", fix="correct it")

    def resolve(_self: Project, name: str, *, migration_phase: str | None) -> tuple[()]:
        assert migration_phase is None
        if name != "prod":
            return ()
        raise ConfigurationError([problem, problem])

    monkeypatch.setattr(Project, "resolve", resolve)
    assert main(["check"]) == ExitStatus.WRONG_INPUT
    assert capsys.readouterr().err == f"{problem}\n    only in environment prod\n"


def test_check_of_a_project_without_environments_does_not_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Project, "environment_names", lambda _self: ())
    assert main(["check"]) == ExitStatus.WRONG_INPUT
    assert "add environments/NAME.toml" in capsys.readouterr().err


def _loaded(*arguments: str) -> set[str]:
    script = (
        "import contextlib, io, json, sys\n"
        "from colonnade.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    main({list(arguments)!r})\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(ended.stdout))


HEAVY = {"boto3", "botocore", "cdktf", "jsii", "constructs", "rich", "moto", "aiohttp", "httpx", "asyncio"}


def test_help_loads_only_the_command_line_and_click() -> None:
    loaded = _loaded("--help")
    assert loaded & HEAVY == set()
    packages = {name.split(".")[1] for name in loaded if name.startswith("colonnade.")}
    assert packages == {"cli", "terminal"}
    assert not any(name.startswith(("colonnade_sandbox", "deployments", "environments")) for name in loaded)


def test_check_loads_neither_cdktf_nor_an_aws_library() -> None:
    assert _loaded("check") & HEAVY == set()


@pytest.mark.parametrize(
    ("words", "seconds"), [("--help", 0.2), ("routes explain services /service1", 0.4), ("routes table services", 0.4)]
)
def test_help_and_routes_are_fast(words: str, seconds: float) -> None:
    # The least CPU time of several runs, so that other tests on the machine do not affect it.
    assert min(_cpu_seconds(*words.split()) for _ in range(3)) < seconds


def _cpu_seconds(*arguments: str) -> float:
    process = subprocess.Popen([PROGRAM, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0
    return usage.ru_utime + usage.ru_stime


def test_completion_knows_commands_deployments_services_and_environments() -> None:
    for words, expected in (
        ("colonnade sc", "scan"),
        ("colonnade show serv", "services"),
        ("colonnade show services serv", "service1"),
        ("colonnade check -", "--json"),
    ):
        assert f"plain,{expected}" in _completed(words, ROOT).stdout.splitlines()


def test_completion_prints_no_error_where_no_project_can_be_read(tmp_path: Path) -> None:
    ended = _completed("colonnade show serv", tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


def _completed(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    variables = {
        "_COLONNADE_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    return subprocess.run(
        [PROGRAM], cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )


def _synthesizing(folder: Path, script: str) -> Path:
    """Return a project with a given script as its `main.py`."""
    folder.mkdir()
    for name in ("cdktf.json", "deployments", "environments"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "main.py").write_text(script)
    return folder


def test_synth_runs_the_projects_main_and_ends_with_its_status(tmp_path: Path) -> None:
    script = "import os, sys; print(os.environ['ENVIRONMENT'], os.environ['CDKTF_OUTDIR'], sys.argv[1:]); sys.exit(2)"
    project = _synthesizing(tmp_path / "project", script)
    ended = _run("synth", "-e", "prod", "--foundation", folder=project)
    assert ended.stdout == "prod cdktf.out ['--foundation']\n"
    assert (ended.returncode, ended.stderr) == (2, f"Synthesizing prod ...\n{SynthesisError(2)}\n")


def test_ctrl_c_ends_a_command_and_its_children_with_130_and_leaves_no_scratch_folder(tmp_path: Path) -> None:
    script = "import os, time; open('started', 'w').write(os.environ['CDKTF_OUTDIR']); time.sleep(60)"
    project = _synthesizing(tmp_path / "project", script)
    process = subprocess.Popen(
        ["env", "--default-signal", PROGRAM, "preview", "services", "-e", "prod"],  # noqa: S607
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started = project / "started"
    wait_until(lambda: started.exists() and started.read_text() != "", seconds=30)
    scratch = project / started.read_text()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.endswith("Interrupted. Nothing is left running.\n")
    assert scratch.parent.is_dir()
    assert not scratch.exists()


@pytest.mark.terraform
def test_preview_plans_a_first_deployment_of_any_environment_and_leaves_nothing() -> None:
    before = set((ROOT / ".sandbox").glob("preview-*"))
    ended = _run("preview", "state-backend", "-e", "prod")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^Plan: \d+ to add, 0 to change, 0 to destroy\.$", ended.stdout, re.MULTILINE)
    assert set((ROOT / ".sandbox").glob("preview-*")) == before


DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "colonnade_sandbox" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / ".github" / "scripts").glob("*-*")),
    ROOT / "Makefile",
]


def _named(text: str) -> list[str]:
    """Return the command lines `colonnade ...` in the code of a document, each up to the end of its code or line."""
    text = text.replace(".venv/bin/", "").replace("$(COLONNADE)", "colonnade")
    quoted = re.findall(r"`(?:[A-Z_]+=\S+ )?(colonnade [^`]+)`", " ".join(text.split()))
    lines = re.findall(
        r"^(?: |\t|@|\$|[A-Z_]+=\S+ )*(?:[^`\n]*(?:&&|\|) )?(colonnade [a-z][^\n`]*)$", text, re.MULTILINE
    )
    return [*quoted, *lines]


def _parse(line: str) -> None:
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


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_line_in_the_documents_parses(path: Path) -> None:
    for line in _named(path.read_text()):
        _parse(line)


def test_the_documents_name_every_command_and_the_parser_refuses_wrong_lines() -> None:
    named = [line for path in DOCUMENTS for line in _named(path.read_text())]
    for command in LEAVES:
        assert any(line.startswith(f"colonnade {' '.join(command)}") for line in named), command
    for wrong in ("colonnade plna", "colonnade check --jsn"):
        with pytest.raises((KeyError, click.UsageError)):
            _parse(wrong)


def test_the_table_of_the_commands_is_complete_and_has_their_defaults() -> None:
    table = (ROOT / "docs" / "command-line.md").read_text()
    rows = re.findall(
        r"^\| `colonnade ([a-z ]+?)(?: [A-Z\[-].*)?` \| [^|]* \| ([^|]*) \| ([^|]*) ?\|$", table, re.MULTILINE
    )
    assert {name for name, *_ in rows} == {" ".join(path) for path in LEAVES}
    for name, environment, as_json in rows:
        parameters = {each.name: each for each in LEAVES[tuple(name.split())].params}
        assert (as_json.strip() == "yes") == ("as_json" in parameters), name
        if "environment" in parameters and name != "review":
            default = parameters["environment"].default
            assert environment == ("required" if default is None else f"`{default}`"), name

"""The deployments that a command reaches: an environment's AWS account, or the sandboxes that run on this machine.

Each running `colonnade sandbox up` has an AWS API of its own, whose address is in its session file. Only this module
distinguishes the two.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colonnade.cli import project
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.migration.settings import OVERRIDE
from colonnade.model.resolved import Resolved
from colonnade.project import Project
from colonnade.terminal.errors import ColonnadeError

if TYPE_CHECKING:
    from colonnade.operate.services import DeployedService, Reached

_ENDPOINT = "AWS_ENDPOINT_URL"


class NotRunningError(ColonnadeError):
    """No sandbox runs that the command could reach; the message has the command that starts one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """An environment, and its deployments with the clients that reach them."""

    environment: Environment
    reached: tuple[Reached, ...]


def reach(environment: str, deployment: str | None = None) -> Reach:
    """Return the environment's deployments, or the named one; in the sandbox only those that run.

    Raises ConfigurationError for unknown names and another account, NotRunningError, or AwsError.
    """
    root = project.enter()
    if deployment is not None:
        project.require_deployment(deployment)
    chosen = [each for each in resolved_deployments(root, environment) if deployment in (None, each.name)]
    return Reach(environment=root.environment(environment), reached=_reached(root, environment, chosen))


def services(names: Sequence[str], environment: str) -> tuple[DeployedService, ...]:
    """Return the services of these names, each SERVICE or DEPLOYMENT/SERVICE, with the clients that reach them.

    Raises ConfigurationError with every unknown or ambiguous name, and what `reach` raises.
    """
    from colonnade.operate.services import chosen, require_services, service_names

    root = project.enter()
    resolved = resolved_deployments(root, environment)
    require_services(names, resolved)
    having = [each for each in resolved if service_names(each) & set(names)]
    reached = _reached(root, environment, having)
    found = {name for one in reached for deployment in one.deployments for name in service_names(deployment)}
    missing = [each.name for each in having if set(names) - found & service_names(each)]
    if set(names) - found:
        raise _not_running(missing)
    return chosen(names, reached)


def runs_in_sandbox(deployment: str) -> bool:
    """Return whether a sandbox of the deployment runs, or starts."""
    return _session(project.enter(), deployment) is not None


def resolved_deployments(root: Project, environment: str) -> tuple[Resolved, ...]:
    """Return every deployment in the environment; raises ConfigurationError for an unknown environment."""
    project.require_environment(environment, "status")
    # Images may be without a pin: a deployed service has its image already.
    return root.resolve(environment, migration_phase=os.environ.get(OVERRIDE), before_images=True)


def _reached(root: Project, environment: str, deployments: Sequence[Resolved]) -> tuple[Reached, ...]:
    if environment != SANDBOX or _ENDPOINT in os.environ:
        return (_connected(root, environment, deployments),)
    running = {each.name: facts for each in deployments if (facts := _session(root, each.name)) is not None}
    if not running:
        raise _not_running([each.name for each in deployments])
    return tuple(_in_sandbox(root, each, running[each.name]) for each in deployments if each.name in running)


def _in_sandbox(root: Project, deployment: Resolved, facts: Mapping[str, Any]) -> Reached:
    with _variables(_aws_variables(facts, deployment.name)):
        return _connected(root, SANDBOX, (deployment,))


def _connected(root: Project, environment: str, deployments: Sequence[Resolved]) -> Reached:
    from colonnade.apply.identity import open_session
    from colonnade.apply.stack import load_environment
    from colonnade.operate.services import Reached, connect

    aws = connect(open_session(load_environment(environment, root.root)))
    return Reached(deployments=tuple(deployments), aws=aws)


def _not_running(names: Sequence[str]) -> NotRunningError:
    (name,) = names if len(names) == 1 else ("DEPLOYMENT",)
    what = f"deployment {name!r}" if len(names) == 1 else f"none of the deployments {', '.join(names)}"
    verb = "does not run" if len(names) == 1 else "runs"
    return NotRunningError(
        f"{what} {verb} in the sandbox\n    start it with `colonnade sandbox up {name}`, "
        "or name an AWS environment with -e"
    )


def _session(root: Project, name: str) -> Mapping[str, Any] | None:
    """Return what the running sandbox of the deployment has written, or None if it does not run.

    The process of a sandbox holds a lock as long as it runs; a file without one belongs to a process that was killed.
    """
    folder = root.root / project.SCRATCH
    with contextlib.suppress(FileNotFoundError), (folder / f"{name}.lock").open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _facts(folder / f"{name}.json", name)
    return None


def _facts(path: Path, name: str) -> Mapping[str, Any]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:  # neither JSON nor UTF-8
        facts = None
    if not isinstance(facts, dict):
        raise NotRunningError(
            f"session file '{path}' is incomplete, so the address of the sandbox of {name!r} is not known\n"
            "    a sandbox that serves requests writes its file again within a second: try again"
        )
    return facts


def _aws_variables(facts: Mapping[str, Any], name: str) -> dict[str, str]:
    if "aws_endpoint_url" not in facts:
        raise NotRunningError(f"the sandbox of {name!r} is still starting, or ending\n    try again in a few seconds")
    addresses = ",".join(filter(None, [os.environ.get("no_proxy", os.environ.get("NO_PROXY")), "127.0.0.1"]))
    return {
        _ENDPOINT: facts["aws_endpoint_url"],
        "AWS_REGION": facts["region"],
        "AWS_DEFAULT_REGION": facts["region"],
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": addresses,
        "no_proxy": addresses,
    }


@contextlib.contextmanager
def _variables(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables in place of every AWS_* variable, until the block ends."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.upper().startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)

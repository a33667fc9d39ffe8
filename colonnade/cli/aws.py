"""The commands that call AWS or a registry: verify, plan, apply, wait, destroy, images."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from colonnade.cli.options import AbsolutePath, Commands, complete_service, environment_option, example, stack_argument

_Function = TypeVar("_Function", bound=Callable[..., Any])

_TOOLS = ("docker", "podman", "buildah")


@click.command(
    short_help="Report what a stack needs and the account lacks", epilog=example("colonnade verify services -e prod")
)
@stack_argument()
@environment_option(None)
def verify(stack: str, environment: str | None) -> int:
    """Report the things that STACK needs in the account before an apply and that are missing or unsuitable.

    Nothing is created or changed: every call only reads. The command prints a line for each thing. The exit status is 2
    if one has a problem. A thing that the caller may not read is listed as not checked, with the missing permission.
    """
    name = _aws_target("verify", stack, environment)
    from colonnade.verify import command

    return command.verify(stack, name)


@click.command(
    short_help="Plan a stack in AWS",
    epilog=example("colonnade plan services -e prod", "colonnade plan services -e prod --out services.plan"),
)
@stack_argument()
@environment_option(None)
@click.option("--out", type=AbsolutePath(dir_okay=False), metavar="FILE", help="Save the plan for `apply --plan`.")
def plan(stack: str, environment: str | None, out: Path | None) -> int:
    """Synthesize STACK and plan it in AWS, against its state.

    With --out, the plan is saved in FILE and as JSON in FILE.json. If the plan changes nothing or must not be applied,
    no file is written.
    """
    name = _aws_target("plan", stack, environment)
    from colonnade.apply import command

    return command.plan(stack, name, out)


@click.command(
    short_help="Apply a stack in AWS",
    epilog=example("colonnade apply services -e prod", "colonnade apply services -e prod --plan services.plan"),
)
@stack_argument()
@environment_option(None)
@click.option(
    "--plan",
    "plan_file",
    type=AbsolutePath(dir_okay=False),
    metavar="FILE",
    help="Apply the plan that `plan --out` saved.",
)
@click.option("--yes", is_flag=True, help="Apply without confirmation.")
@click.option("--allow", multiple=True, metavar="ADDRESS", help="Approve the change of this resource; repeatable.")
def apply(stack: str, environment: str | None, plan_file: Path | None, yes: bool, allow: tuple[str, ...]) -> int:
    """Synthesize STACK, plan it in AWS, check the plan, and apply that plan after confirmation.

    The exit status is 3 if the plan interrupts requests or loses data without approval. Approvals are also read from
    review-approvals.toml in the project's root.

    After the apply, wait until every ECS service runs healthy tasks. If a rollout fails, the reasons are printed, with
    status 1.
    """
    name = _aws_target("apply", stack, environment)
    from colonnade.apply import command

    return command.apply(stack, name, plan_file, yes, allow)


@click.command(
    short_help="Wait for the services of an applied stack", epilog=example("colonnade wait services -e prod")
)
@stack_argument()
@environment_option(None)
def wait(stack: str, environment: str | None) -> int:
    """Wait until every ECS service in the state of STACK runs healthy tasks, after cdktf or Terraform has applied it.

    `colonnade apply` does this by itself. If a rollout fails, or takes longer than steady_state_timeout_minutes, the
    last event, the reasons of stopped tasks and their exit codes are printed, with status 1.
    """
    name = _aws_target("wait", stack, environment)
    from colonnade.apply import command

    return command.wait(stack, name)


@click.command(short_help="Destroy a stack in AWS", epilog=example("colonnade destroy services -e dev"))
@stack_argument()
@environment_option(None)
@click.option("--yes", is_flag=True, help="Destroy without confirmation.")
def destroy(stack: str, environment: str | None, yes: bool) -> int:
    """Destroy STACK in AWS.

    If resources prevent the destroy, they are listed with the steps that release them, and nothing is deleted.
    Otherwise the resources that will stay in the account are listed before the confirmation.
    """
    name = _aws_target("destroy", stack, environment)
    from colonnade.apply import command

    return command.destroy(stack, name, yes)


@click.group(short_help="Build, push and pin images", cls=Commands, epilog=example("colonnade images build service1"))
def images() -> None:
    """Build the images of the service apps, push them to a registry and pin them by digest."""


def _image_options(function: _Function) -> _Function:
    options = (
        click.argument("services", metavar="[SERVICE]...", nargs=-1, shell_complete=complete_service),
        click.option("--allow-dirty", is_flag=True, help="Allow files that are not committed in the images."),
        click.option(
            "--tool", type=click.Choice(_TOOLS), help="The tool to use.  [default: the first of these that works]"
        ),
        click.option(
            "--jobs",
            type=click.IntRange(min=1),
            default=os.cpu_count(),
            metavar="N",
            help="The number of images at once.  [default: the number of CPUs]",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@images.command(
    short_help="Build the images of services",
    epilog=example("colonnade images build", "colonnade images build services/service1 --tool podman"),
)
@_image_options
@click.option("--base", metavar="IMAGE", help="The base image.  [default: the Dockerfile's own]")
@click.option("--print", "shown", is_flag=True, help="Print the commands instead of running them.")
def build(
    services: tuple[str, ...], allow_dirty: bool, tool: str | None, jobs: int, base: str | None, shown: bool
) -> int:
    """Build the images of each SERVICE, by default of all, for their declared architectures.

    SERVICE is a service's name, DEPLOYMENT/SERVICE, or the name of an image.
    """
    from colonnade.cli.project import enter
    from colonnade.images.command import Selection, build_images

    project = enter()
    selection = Selection(root=project.root, services=services, allow_dirty=allow_dirty, tool=tool, jobs=jobs)
    return build_images(project.deployments(), selection, base=base, shown=shown)


@images.command(short_help="Push images and pin them", epilog=example("colonnade images push -e dev"))
@_image_options
@environment_option(None)
@click.option(
    "--registry", metavar="HOST", help="Push to a registry without a login, instead of the environment's own."
)
@click.option(
    "--pins",
    type=AbsolutePath(dir_okay=False),
    metavar="FILE",
    help="The file for the digests.  [default: environments/NAME.images.toml; with --registry, no file]",
)
def push(
    services: tuple[str, ...],
    allow_dirty: bool,
    tool: str | None,
    jobs: int,
    environment: str | None,
    registry: str | None,
    pins: Path | None,
) -> int:
    """Push the built images of each SERVICE, by default of all, and pin them by digest."""
    from colonnade.cli.project import enter, require_environment

    project = enter()
    name = require_environment(environment, "images push")
    from colonnade.images.command import Selection, push_images

    selection = Selection(root=project.root, services=services, allow_dirty=allow_dirty, tool=tool, jobs=jobs)
    target = project.environment(name)
    if pins is None and registry is None:
        pins = project.pins_path(name)
    return push_images(project.deployments(), selection, environment=target, registry=registry, pins=pins)


@images.command(
    short_help="Pin an image that others built",
    epilog=example(
        "colonnade images pin orders 111122223333.dkr.ecr.eu-west-1.amazonaws.com/colonnade-dev-orders:1.4.2 -e dev",
        "colonnade images pin nginx public.ecr.aws/nginx/nginx:1.29 -e prod",
    ),
)
@click.argument("name", metavar="NAME", shell_complete=complete_service)
@click.argument("reference", metavar="REFERENCE")
@environment_option(None)
def pin(name: str, reference: str, environment: str | None) -> int:
    """Pin the image NAME, which others built and pushed, to what its registry has under REFERENCE.

    NAME is a service's name, DEPLOYMENT/SERVICE, or the name of an image. REFERENCE is a registry's host, a path, and a
    tag or digest: the environment's own repository or, for a public image, the declared one. The digest and the
    platforms are read from the registry; an image that is not built for the declared architecture is refused.
    """
    from colonnade.cli.project import enter, require_environment

    project = enter()
    target = project.environment(require_environment(environment, "images pin"))
    from colonnade.images.pin import pin_image

    pins = project.pins_path(target.name)
    return pin_image(project.deployments(), name, reference, environment=target, pins=pins)


def _aws_target(command: str, stack: str, environment: str | None) -> str:
    """Return the environment's name; raises ConfigurationError if it or the stack is unknown."""
    from colonnade.cli import project

    project.enter()
    name = project.require_environment(environment, command)
    project.require_stack(stack)
    return name

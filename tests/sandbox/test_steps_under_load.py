"""The steps that rename a service, move its prefix or exchange two prefixes, applied under load: no request fails.

One first apply, then one step after the other, each under about 60 requests per second.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from colonnade.model.deployment.declaration import Deployment, FixedResponse
from colonnade.model.environment.settings import Environment
from colonnade.model.service.declaration import Service
from colonnade.terminal.progress import Progress
from colonnade_sandbox.load import Load, Sample
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.synthesized import Stack, read_stack
from tests.support.followed_steps import Followed, move, take_over
from tests.support.project import PROJECT
from tests.support.sandbox_session import PROJECT_ROOT
from tests.support.synth import synthesize

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.timeout(2400), pytest.mark.xdist_group("steps")]

NAME = "stepping"
FEW = 120
"""The requests after a step: two seconds of load."""
CALLED = Service(name="service2", path_prefix="/service2", container_port=7072)
START = Deployment(
    name=NAME,
    namespace="stepping.internal",
    default_action=FixedResponse(status_code=404, content_type="text/plain", message_body="Not Found"),
    services=(
        Service(name="service1", path_prefix="/service1", container_port=7071, calls=("service2",)),
        CALLED,
        Service(name="service3", path_prefix="/service3", container_port=7073),
    ),
)


class Stepped:
    """The deployment in a running sandbox, and the declaration that was applied last."""

    def __init__(self, session: Session, folder: Path, environment: Environment) -> None:
        self.session = session
        self.deployment = START
        self._folder = folder
        self._environment = environment

    def follow(self, steps: Iterable[Followed], paths: Sequence[str]) -> list[Sample]:
        """Apply the steps under load on `paths`; return the samples."""
        endpoints = self.session.endpoints()
        load = Load(
            endpoints.listener("http"),
            host=endpoints.host,
            paths=paths,
            answered_by=_body,
            certificate_authority=self.session.data_plane.certificate_authority_path,
            requests_per_second=60,
        )
        with load:
            load.wait_for(FEW)
            for step in steps:
                stack = _written(step, self._environment, self._folder)
                self.session.apply(stack)
                self.session.wait_for_rollouts(stack)
                load.wait_for(FEW)
                self.deployment = step.deployment
        return list(load.samples())


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepped]:
    folder = tmp_path_factory.mktemp("synthesized")
    environment = PROJECT.environment("sandbox")
    blocks = {**environment.network.vpc_cidrs, NAME: "10.0.0.0/16"}
    environment = replace(environment, network=replace(environment.network, vpc_cidrs=blocks))
    _written(Followed(deployment=START), environment, folder)
    progress = Progress(Console(file=io.StringIO()))
    with Session(synthesized=folder, deployment=NAME, project_root=PROJECT_ROOT, progress=progress) as session:
        session.deploy()
        yield Stepped(session, folder, environment)


def test_a_renamed_service_keeps_its_prefix_and_its_callers_without_a_failed_request(stepped: Stepped) -> None:
    renamed = Service(name="catalog", path_prefix="/service2", container_port=7072, image_name="service2")
    paths = ("/service1", "/service2", "/service2/health", "/service1/fetch", "/service3")
    _none_failed(stepped.follow(take_over(stepped.deployment, "service2", renamed), paths))
    assert [each.name for each in stepped.deployment.services] == ["service1", "service3", "catalog"]


@pytest.mark.seldom
def test_a_service_moves_to_another_prefix_without_a_failed_request(stepped: Stepped) -> None:
    copy = Service(name="service3-2", path_prefix="/third", container_port=7073, image_name="service3")
    both, *rest = move(stepped.deployment, "service3", copy)
    _none_failed(stepped.follow([both], ("/service1", "/service3", "/service3/health")))
    _none_failed(stepped.follow(rest, ("/service1", "/third", "/third/health")))


@pytest.mark.seldom
def test_two_services_exchange_their_prefixes_without_a_failed_request(stepped: Stepped) -> None:
    first = Service(name="one-2", path_prefix="/third", container_port=7071, image_name="service1", calls=("catalog",))
    second = Service(name="three-3", path_prefix="/service1", container_port=7073, image_name="service3")
    paths = ("/service1", "/service1/health", "/third", "/third/health")
    samples = stepped.follow(take_over(stepped.deployment, "service3-2", first), paths)
    samples += stepped.follow(take_over(stepped.deployment, "service1", second), paths)
    _none_failed(samples)
    assert ("API 3" in _last(samples, "/service1"), "API 1" in _last(samples, "/third")) == (True, True)


def _written(step: Followed, environment: Environment, folder: Path) -> Stack:
    for stack in synthesize(step.environment(environment), step.deployment).values():
        path = folder / "stacks" / stack.name / "cdk.tf.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(stack.text)
    return read_stack(folder, NAME)


def _body(_headers: Mapping[str, str], body: bytes) -> str:
    return body.decode(errors="replace")


def _last(samples: Sequence[Sample], path: str) -> str:
    return [sample.answered_by for sample in samples if sample.path == path][-1]


def _none_failed(samples: Sequence[Sample]) -> None:
    assert len(samples) > FEW
    assert [str(sample) for sample in samples if sample.failed] == []

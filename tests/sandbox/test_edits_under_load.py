"""Edits of a running deployment under load: the upgrade from former addresses, another port, HTTPS, exchanged prefixes.

One sandbox: the deployment is applied as the version before the `moved` blocks synthesized it, then edit after edit.
"""

from __future__ import annotations

import io
import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from colonnade import Deployment, NetworkLayout
from colonnade.terminal.progress import Progress
from colonnade_sandbox.load import Load, Sample
from colonnade_sandbox.planning.existing_resources import make_hosted_zones
from colonnade_sandbox.planning.plan_check import PlanCheck
from colonnade_sandbox.session.listener_client import send
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.synthesized import Stack, read_stack
from colonnade_sandbox.terraform.runner import Terraform
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.sandbox_session import PROJECT_ROOT, write_project_stacks
from tests.support.synth import synthesize

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sandbox,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("edits"),
]

FORMER = Path(__file__).parent / "former" / "product_user.json"
"""The stack as commit 4983867 synthesized it for the sandbox, without CDKTF's notes."""
PATHS = ("/product-svc/health", "/user-svc/health")
FEW = 120
"""The requests before and after an edit: two seconds of load."""

(DECLARED,) = (each for each in DEPLOYMENTS if each.name == "product_user")
DEPLOYMENT = replace(
    DECLARED,
    network=NetworkLayout(
        zones=("a", "b"),
        vpc_cidr="10.0.0.0/16",
        public_cidrs=("10.0.0.0/24", "10.0.1.0/24"),
        private_cidrs=("10.0.2.0/24", "10.0.3.0/24"),
        nat="single",
    ),
)
"""The deployment of `FORMER`, which keeps its network."""
PRODUCT, USER = DEPLOYMENT.services
OTHER_PORT = replace(DEPLOYMENT, services=(PRODUCT, replace(USER, container_port=3100)))
WITH_HTTPS = replace(OTHER_PORT, subdomain="shop")
EXCHANGED = replace(
    WITH_HTTPS,
    services=(
        replace(PRODUCT, path_prefix=USER.path_prefix),
        replace(USER, path_prefix=PRODUCT.path_prefix, container_port=3100),
    ),
)


class Recorder(PlanCheck):
    """A check that accepts every plan, and shows the last one on request."""

    def __init__(self) -> None:
        super().__init__((), working_directory=PROJECT_ROOT)

    def checked_plan(self, terraform: Terraform, folder: Path) -> Path:
        self._terraform, self._saved = terraform, folder / "saved.plan"
        terraform.save_plan(self._saved)
        return self._saved

    def destroyed(self) -> set[str]:
        """Return the resource types of which the last plan destroys resources. Task definitions stay registered."""
        changes = json.loads(self._terraform.show_saved_plan(self._saved))["resource_changes"]
        gone = {each["type"] for each in changes if "delete" in each["change"]["actions"]}
        return gone - {"aws_ecs_task_definition"}


class Deployed:
    """The deployment in a running sandbox."""

    def __init__(self, session: Session, recorder: Recorder, folder: Path) -> None:
        self.session = session
        self.recorder = recorder
        self._folder = folder

    def apply(self, deployment: Deployment) -> Stack:
        """Synthesize and apply an edited deployment; return its stack."""
        stack = self.synthesized(deployment)
        self.session.apply(stack)
        return stack

    def synthesized(self, deployment: Deployment) -> Stack:
        path = self._folder / "stacks" / deployment.name / "cdk.tf.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(synthesize(PROJECT.environment("sandbox"), deployment)[deployment.name].text)
        return read_stack(self._folder, deployment.name)

    def load(self, scheme: str) -> Load:
        endpoints = self.session.endpoints()
        return Load(
            endpoints.listener(scheme),
            host=endpoints.host,
            paths=PATHS,
            answered_by=lambda _headers, _body: "",
            certificate_authority=self.session.data_plane.certificate_authority_path,
            requests_per_second=60,
        )

    def https_statuses(self) -> list[int]:
        """Return the status of each path over HTTPS at this moment."""
        endpoints = self.session.endpoints()
        authority = self.session.data_plane.certificate_authority_path
        https = endpoints.listener("https")
        return [send(https, host=endpoints.host, path=path, certificate_authority=authority).status for path in PATHS]

    def target_groups(self) -> dict[str, str]:
        """Return the name of each target group by its ARN."""
        found = self.session.aws.elbv2.describe_target_groups()["TargetGroups"]
        return {group["TargetGroupArn"]: group["TargetGroupName"] for group in found}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("former")
    write_project_stacks(folder)
    shutil.copy(FORMER, folder / "stacks" / "product_user" / "cdk.tf.json")
    recorder = Recorder()
    progress = Progress(Console(file=io.StringIO()))
    with Session(
        synthesized=folder,
        deployment="product_user",
        project_root=PROJECT_ROOT,
        progress=progress,
        plan_check=recorder,
    ) as session:
        session.deploy()
        yield Deployed(session, recorder, tmp_path_factory.mktemp("edited"))


def test_an_upgrade_moves_every_address_and_destroys_nothing_without_a_failed_request(deployed: Deployed) -> None:
    groups = deployed.target_groups()
    with deployed.load("http") as load:
        load.wait_for(FEW)
        stack = deployed.apply(DEPLOYMENT)
        load.wait_for(FEW)
    assert deployed.recorder.destroyed() == set()
    assert deployed.target_groups() == groups
    assert set(deployed.session.addresses(stack)) >= set(_managed(stack))
    assert deployed.session.plan(stack).empty
    assert _failed(load.samples()) == []


def test_another_port_is_applied_without_a_failed_request(deployed: Deployed) -> None:
    with deployed.load("http") as load:
        load.wait_for(FEW)
        deployed.apply(OTHER_PORT)
        load.wait_for(FEW)
    assert deployed.recorder.destroyed() == {f"aws_vpc_security_group_{each}_rule" for each in ("ingress", "egress")}
    assert _failed(load.samples()) == []


def test_http_redirects_only_once_https_answers_and_no_request_fails(deployed: Deployed) -> None:
    stack = deployed.synthesized(WITH_HTTPS)
    make_hosted_zones(deployed.session.aws, [stack])
    with deployed.load("http") as load, ThreadPoolExecutor(max_workers=1) as pool:
        load.wait_for(FEW)
        applying = pool.submit(deployed.session.apply, stack)
        while not _redirected(load.samples()) and not applying.done():
            time.sleep(0.02)
        first_statuses = deployed.https_statuses()
        applying.result()
        load.wait_for(FEW)
    assert _failed(load.samples(), besides=301) == []
    assert _redirected(load.samples())
    assert first_statuses == [200, 200]
    assert deployed.session.plan(stack).empty


@pytest.mark.seldom
def test_services_that_exchange_their_prefixes_are_applied(deployed: Deployed) -> None:
    stack = deployed.apply(EXCHANGED)
    assert deployed.https_statuses() == [200, 200]
    assert deployed.session.plan(stack).empty


def _managed(stack: Stack) -> list[str]:
    resources = json.loads(stack.path.read_text())["resource"]
    return [f"{kind}.{id_}" for kind, bodies in resources.items() for id_ in bodies]


def _failed(samples: tuple[Sample, ...], *, besides: int = 200) -> list[str]:
    return [str(sample) for sample in samples if sample.status not in (200, besides)]


def _redirected(samples: tuple[Sample, ...]) -> bool:
    return any(sample.status == 301 for sample in samples)

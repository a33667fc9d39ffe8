"""`colonnade images pin`: what is refused before and after the registry is read, and the pin that is written."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tomllib
from contextlib import redirect_stdout
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from colonnade.images.pin import pin_image
from colonnade.images.registry import Registry
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import Environment
from colonnade.model.service.container import Sidecar
from tests.images.test_registry import CONFIG, INDEX, MANIFEST, Answers, answering, digest
from tests.support.service_process import ROOT
from tests.support.specs import deployment, environment, problems_raised, service

ACCOUNT = "123456789012"  # the account of moto's credentials
ENVIRONMENT = environment(account_id=ACCOUNT, images={})
OWN = f"{ENVIRONMENT.registry}/colonnade-test-orders"
ANSWERS: Answers = {
    "/v2/shop/web/manifests/1": (200, INDEX),
    f"/v2/shop/web/manifests/{digest(INDEX)}": (200, INDEX),
    "/v2/shop/web/manifests/arm": (200, MANIFEST),
    f"/v2/shop/web/manifests/{digest(MANIFEST)}": (200, INDEX),
    "/v2/shop/web/blobs/sha256:c0": (200, CONFIG),
}


def declared(host: str = "registry.example.com", architecture: str = "X86_64") -> Deployment:
    """Return services of an own image and of a public one, and a sidecar of a public one."""
    metrics = Sidecar(name="metrics", image=f"{host}/shop/metrics")
    web = service("site", public_image=f"{host}/shop/web", architecture=architecture)
    return deployment(service("orders", sidecars=(metrics,)), web)


def pinned(folder: Path, name: str, reference: str, found: Deployment, where: Environment = ENVIRONMENT) -> str:
    """Pin an image; return what is printed."""
    with redirect_stdout(io.StringIO()) as shown:
        assert pin_image([found], name, reference, environment=where, pins=folder / "test.images.toml") == 0
    return shown.getvalue()


def pins(folder: Path) -> object:
    return tomllib.loads((folder / "test.images.toml").read_text())["images"]


def refused(folder: Path, name: str, reference: str, found: Deployment, where: Environment = ENVIRONMENT) -> list[str]:
    problems = problems_raised(lambda: pinned(folder, name, reference, found, where))
    assert not (folder / "test.images.toml").exists()
    return problems


@pytest.mark.parametrize("name", ["site", "shop/site", "web"])
def test_a_public_image_is_pinned_to_the_digest_that_its_registry_has_under_the_tag(tmp_path: Path, name: str) -> None:
    with answering(ANSWERS) as host:
        shown = pinned(tmp_path, name, f"{host}/shop/web:1", declared(host))
        assert pins(tmp_path) == {f"{host}/shop/web": {"tag": "1", "digest": digest(INDEX)}}
    assert digest(INDEX) in shown


def test_a_digest_is_looked_up_too_and_pinned_without_a_tag(tmp_path: Path) -> None:
    with answering(ANSWERS) as host:
        reference = f"{host}/shop/web@{digest(INDEX)}"
        pinned(tmp_path, "site", reference, declared(host))
        assert pins(tmp_path) == {f"{host}/shop/web": {"digest": digest(INDEX)}}
        unknown = f"{host}/shop/web@sha256:{'0' * 64}"
        problems = problems_raised(lambda: pinned(tmp_path, "site", unknown, declared(host)))
        assert problems[0].startswith(f"image {unknown!r}: is not in its registry\n")


def test_an_image_without_the_declared_architecture_is_refused_with_what_it_is_built_for(tmp_path: Path) -> None:
    with answering(ANSWERS) as host:
        assert refused(tmp_path, "site", f"{host}/shop/web:arm", declared(host)) == [
            f"image '{host}/shop/web:arm': is built for arm64, but deployment 'shop', service 'site' declares X86_64 "
            "(amd64)\n    pin an image for that architecture, or change `architecture` of the service"
        ]
        pinned(tmp_path, "site", f"{host}/shop/web:arm", declared(host, "ARM64"))


def test_a_registry_that_answers_with_another_manifest_is_refused(tmp_path: Path) -> None:
    with answering(ANSWERS) as host:
        (problem,) = refused(tmp_path, "site", f"{host}/shop/web@{digest(MANIFEST)}", declared(host))
    assert f"its registry answers with the manifest {digest(INDEX)}" in problem


@pytest.mark.parametrize(
    "reference", ["nginx:1", "ghcr.io/shop/web", "ghcr.io/shop/web:-", "ghcr.io/shop/web@sha256:1"]
)
def test_a_malformed_reference_is_refused_with_the_one_to_write(tmp_path: Path, reference: str) -> None:
    assert refused(tmp_path, "orders", reference, declared()) == [
        f"reference {reference!r}: is not a registry's host, a path, and a tag or digest\n"
        f"    write {OWN}:TAG, or @sha256: and 64 digits in place of :TAG"
    ]


def test_an_image_that_the_tasks_do_not_pull_is_refused_with_the_ways_out(tmp_path: Path) -> None:
    other_account = "999988887777.dkr.ecr.eu-west-1.amazonaws.com/orders"
    copy = f"copy it to {OWN}, which the execution role of its tasks may pull from, and pin it there"

    assert refused(tmp_path, "orders", "ghcr.io/shop/orders:1", declared()) == [
        f"image 'orders': tasks pull it from {OWN}, not from ghcr.io/shop/orders\n"
        f"    {copy}; or, if it can be pulled without a login, declare public_image='ghcr.io/shop/orders'"
    ]
    assert refused(tmp_path, "orders", f"{other_account}:1", declared())[0].endswith(f"\n    {copy}")
    assert refused(tmp_path, "site", "ghcr.io/shop/web:1", declared()) == [
        "image 'registry.example.com/shop/web': tasks pull it from registry.example.com/shop/web, not from "
        "ghcr.io/shop/web\n"
        "    give a reference in registry.example.com/shop/web, or declare public_image='ghcr.io/shop/web'"
    ]


def test_the_sandbox_and_a_version_in_the_environments_file_are_refused_together(tmp_path: Path) -> None:
    where = environment(name="sandbox", images={"orders": "1.0.0"})
    problems = refused(tmp_path, "orders", f"{where.registry}/colonnade-sandbox-orders:1", declared(), where)

    assert [problem.partition("\n")[0] for problem in problems] == [
        "environment 'sandbox': it pulls no images: its tasks are processes on this machine",
        "environment 'sandbox': has the version '1.0.0' in [images] of its file, which a pin replaces",
    ]


def test_an_unknown_name_is_refused_and_that_of_a_sidecars_image_is_known(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, "ordrs", "ghcr.io/shop/orders:1", declared())
    assert problem.startswith("service or image 'ordrs': ")
    assert "did you mean 'orders'?" in problem
    (problem,) = refused(tmp_path, "metrics", "ghcr.io/shop/orders:1", declared())
    assert problem.startswith("image 'registry.example.com/shop/metrics': tasks pull it from ")


def test_an_image_of_the_environments_own_repository_is_read_with_ecrs_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    requests: list[dict[str, str]] = []
    (problem,) = refused(tmp_path, "orders", f"{OWN}:1.4.2", declared())
    assert problem.startswith(f"environment 'test': account_id {ACCOUNT} is a placeholder")
    monkeypatch.setattr("colonnade.images.pin.require_registry", lambda *_: None)  # moto has only this account
    with mock_aws():
        (problem,) = refused(tmp_path, "orders", f"{OWN}:1.4.2", declared())
        assert f"{ENVIRONMENT.registry} has no repository 'colonnade-test-orders'" in problem
        boto3.client("ecr", region_name=ENVIRONMENT.region).create_repository(repositoryName="colonnade-test-orders")
        answers: Answers = {"/v2/colonnade-test-orders/manifests/1.4.2": (200, INDEX)}
        with answering(answers, requests) as host:
            monkeypatch.setattr(Registry, "_url", lambda _: f"http://{host}")
            pinned(tmp_path, "orders", f"{OWN}:1.4.2", declared())
    assert pins(tmp_path) == {"orders": {"tag": "1.4.2", "digest": digest(INDEX)}}
    assert requests[0]["Authorization"].startswith("Basic ")


def test_the_command_pins_what_the_next_synthesis_runs(tmp_path: Path) -> None:
    for name in ("cdktf.json", "main.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("deployments", "environments"):
        (tmp_path / name).mkdir()
    text = (ROOT / "environments" / "prod.toml").read_text()
    (tmp_path / "environments" / "prod.toml").write_text(text.replace('"registry.example.com/colonnade/hello" =', "# "))
    run = [sys.executable, "-m", "colonnade", "images", "pin"]
    with answering({"/v2/shop/web/manifests/1": (200, INDEX)}) as host:
        source = (ROOT / "deployments" / "product_user.py").read_text()
        public = source.replace("registry.example.com/colonnade/hello", f"{host}/shop/web")
        (tmp_path / "deployments" / "product_user.py").write_text(public)
        ended = subprocess.run(
            [*run, "user-svc", f"{host}/shop/web:1", "-e", "prod"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    file = tmp_path / "environments" / "prod.images.toml"
    assert ended.stdout.endswith(f"Pinned in {file}\n")
    assert f'"{host}/shop/web" = {{ tag = "1", digest = "{digest(INDEX)}" }}' in file.read_text()

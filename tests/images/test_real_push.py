"""Real images pushed to a registry on loopback: once, by digest, for the declared architecture, with ECR's login."""

from __future__ import annotations

import io
import re
import tempfile
import time
import tomllib
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from rich.console import Console

from colonnade.images.build import Build, build_all
from colonnade.images.catalog import Image, declared_images
from colonnade.images.ecr import log_in
from colonnade.images.push import Push, push_all
from colonnade.images.registry import Registry
from colonnade.images.tools import Tool
from colonnade.model.images.pins import ImagePin
from colonnade.terminal.parallel import complete
from colonnade.terminal.progress import Progress
from tests.support.image_store import BASE, Store, buildah, images
from tests.support.local_registry import head, registry
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.service_process import ROOT
from tests.support.specs import environment

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("images"), pytest.mark.timeout(900)]

IMAGES = declared_images(DEPLOYMENTS, ROOT)
(SERVICE1,) = [image for image in IMAGES if image.name == "service1"]
PROD = PROJECT.environment("prod")
PASSWORD_LINE = "AWS:$2b$04$abcdefghijklmnopqrstuu/cMn6kFoLFEf9ShbIPSVtJoiKQtizZG"
"""The line of htpasswd for the password of moto's ECR: '123456789012-auth-token'."""


@pytest.fixture
def _in_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables of the image store, which children of this process inherit."""
    for name, value in store.items():
        monkeypatch.setenv(name, value)


def pushed(host: str, tag: str, *, token: str | None = None) -> tuple[dict[str, ImagePin], str]:
    """Push service1's image; return its pins, and the output."""
    shown = io.StringIO()
    push = Push(
        images=(SERVICE1,),
        tool=Tool(name="buildah"),
        tag=tag,
        environment=PROD,
        registry=Registry(host=host, token=token),
        root=ROOT,
    )
    pins = complete(push_all(push, jobs=1, progress=Progress(Console(file=shown, width=500))))
    return dict(pins), shown.getvalue()


def variant(store: Store, tag: str, new_tag: str, *options: str) -> str:
    """Copy service1's image to another tag with another configuration; return its name."""
    container = buildah(store, "from", SERVICE1.local_name(tag))
    assert container is not None
    buildah(store, "config", *options, container)
    buildah(store, "commit", "--quiet", "--rm", container, SERVICE1.local_name(new_tag))
    return SERVICE1.local_name(new_tag)


def test_every_image_is_pushed_once_and_pinned_by_a_digest_in_the_registry(
    store: Store, tag: str, tmp_path: Path
) -> None:
    pins, home = tmp_path / "prod.images.toml", tmp_path / "home"
    home.mkdir()
    with registry(tmp_path / "registry") as host:
        push = ("push", "--tool", "buildah", "--environment", "prod", "--registry", host, "--pins", str(pins))
        first = images({**store, "HOME": str(home)}, *push, "--allow-dirty")
        assert first.returncode == 0, first.stdout + first.stderr
        pinned = tomllib.loads(pins.read_text())
        assert pinned["registry"] == host
        assert set(pinned["images"]) == {image.name for image in IMAGES}
        for image in IMAGES:
            pin, repository = pinned["images"][image.name], image.repository(PROD)
            found = head(host, f"/v2/{repository}/manifests/{pin['digest']}")
            assert found["docker-content-digest"] == pin["digest"]
            assert head(host, f"/v2/{repository}/manifests/{tag}")["docker-content-digest"] == pin["digest"]
            assert pin["tag"] == tag
            assert pin["digest"] in first.stdout

        stored = _times(tmp_path / "registry")
        time.sleep(0.01)
        second = images({**store, "HOME": str(home)}, *push, "--allow-dirty")
        assert second.returncode == 0, second.stdout + second.stderr
        assert second.stdout.count("is already in the registry") == len(IMAGES)
        assert tomllib.loads(pins.read_text()) == pinned
        assert _times(tmp_path / "registry") == stored
    assert list(home.rglob("*")) == []


def _times(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.name != "log"}


@pytest.mark.usefixtures("_in_store")
def test_an_image_for_another_architecture_is_refused_on_this_machine_and_in_the_registry(
    store: Store, tag: str, tmp_path: Path
) -> None:
    name = variant(store, tag, "wrong", "--arch", "arm64")
    declared = "service 'service1' declares X86_64 (amd64)"
    with registry(tmp_path / "registry") as host:
        pins, shown = pushed(host, "wrong")
        assert pins == {}
        assert f"service1: FAILED: {name} is built for arm64, but {declared}\n    build it for linux/amd64" in shown

        target = f"{host}/colonnade-prod-service1:wrong"
        buildah(store, "push", "--tls-verify=false", name, f"docker://{target}")
        pins, shown = pushed(host, "wrong")
        assert pins == {}
        assert f"service1: FAILED: {target} is built for arm64, but {declared}\n    a tag is not overwritten" in shown


@pytest.mark.usefixtures("_in_store")
def test_ecrs_login_is_accepted_by_a_registry_that_requires_it_and_leaves_no_file(
    tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    (tmp_path / "tmp").mkdir()
    account = environment(account_id="123456789012")
    with mock_aws():
        ecr = boto3.client("ecr", region_name=account.region)
        ecr.create_repository(repositoryName="colonnade-test-service1")
        token = log_in(account, {"service1": "colonnade-test-service1"}).token

    with registry(tmp_path / "registry", password_line=PASSWORD_LINE) as host:
        pins, shown = pushed(host, tag)
        assert pins == {}
        assert re.search(rf"registry {host} .* \(status 401\)", shown)

        pins, shown = pushed(host, tag, token=token)
        assert set(pins) == {"service1"}, shown
        _, shown = pushed(host, tag, token="QVdTOndyb25n")
        assert f"registry {host} refuses the login (status 401)" in shown
    assert not (tmp_path / "home").exists()
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.usefixtures("_in_store")
def test_a_missing_app_fails_by_name_and_the_other_image_is_built(tag: str) -> None:
    broken = Image(
        name="broken", app="not_there", deployment="shop", service="broken", architecture="X86_64", public=None
    )
    build = Build(images=(broken, SERVICE1), tool=Tool(name="buildah"), tag=tag, root=ROOT, base=BASE, secrets=())
    shown = io.StringIO()
    failed = complete(build_all(build, jobs=2, progress=Progress(Console(file=shown, width=500))))

    assert failed == ("broken",)
    assert "broken: FAILED after" in shown.getvalue()
    assert "    service_apps/not_there has no __main__.py\n" in shown.getvalue()
    assert "service1: built localhost/colonnade/service1:" in shown.getvalue()

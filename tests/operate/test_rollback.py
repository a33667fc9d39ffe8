"""The previous completed revision: which one it is, what is printed before the question, and the pin of its image."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError
from colonnade.operate.rollback import Files, rollback
from colonnade.operate.status_text import time_text
from colonnade.rollouts.wait import RolloutError
from tests.support.ecs_service import DEPLOYMENTS, ENVIRONMENT, FAMILY, NOW, Ecs, container, digest
from tests.support.project import PROJECT
from tests.support.small_project import answers, no_question

CONTAINERS = {
    5: [container(5)],
    6: [container(6)],
    7: [container(7, environment=[{"name": "LOG_LEVEL", "value": "debug"}])],
}


def _no_pause(_seconds: float) -> None:
    pass


def _files(folder: Path, environment: Environment = ENVIRONMENT) -> Files:
    return Files(environment=environment, pins=folder / "prod.images.toml", deployments=DEPLOYMENTS)


def _pins(folder: Path) -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((folder / "prod.images.toml").read_text())["images"]
    return found


def test_the_previous_completed_revision_runs_again_and_its_image_is_pinned(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ecs = Ecs(CONTAINERS, current=7, successful=[5, 6, 7, 7], tags={digest(6): ["3f2a9c1b0d4e", "latest"]})
    assert rollback(ecs.service, _files(tmp_path), yes=True, ask=no_question, pause=_no_pause) == 0
    (update,) = ecs.updates
    assert update["taskDefinition"].endswith(f"{FAMILY}:6")
    assert update["forceNewDeployment"]
    assert _pins(tmp_path) == {"service1": {"tag": "3f2a9c1b0d4e", "digest": digest(6)}}
    completed = time_text(NOW.replace(hour=6, minute=7))
    assert capfd.readouterr().err.splitlines()[:6] == [
        f"services/service1: revision 7 -> 6, completed at {completed}",
        f"    image `{digest(7)}` → `{digest(6)}`",
        "    environment - `LOG_LEVEL`",
        "The next apply runs the revision that the files declare. To stay with revision 6:",
        f"    environments/prod.images.toml: service1 gets {digest(6)}",
        "    change what differs beside the image in the deployment's file or in environments/prod.toml; "
        "`colonnade show services service1 -e prod` prints the source of each value",
    ]


def test_the_end_says_what_the_next_apply_does(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ecs = Ecs(CONTAINERS, current=6, successful=[5, 6])
    assert rollback(ecs.service, _files(tmp_path), yes=True, pause=_no_pause) == 0
    assert _pins(tmp_path) == {"service1": {"tag": "untagged", "digest": digest(5)}}
    assert capfd.readouterr().err.endswith(
        "Pinned service1 in environments/prod.images.toml. The next apply registers a revision with this image and "
        "replaces the tasks once more.\n"
    )


def test_other_pins_stay_and_other_services_of_the_image_are_listed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "prod.images.toml").write_text((PROJECT.pins_path("prod")).read_text())
    shared = container(6)["image"]
    services = next(each for each in DEPLOYMENTS if each.name == "services")
    twin = dataclasses.replace(services.service("service2"), image=shared)
    others = dataclasses.replace(services, services=(*services.services[:1], twin))
    ecs = Ecs(CONTAINERS, current=7, successful=[6, 7])
    files = dataclasses.replace(_files(tmp_path), deployments=(others,))
    assert rollback(ecs.service, files, yes=True, pause=_no_pause) == 0
    assert f"service1 gets {digest(6)}; services/service2 runs it too\n" in capfd.readouterr().err
    before = tomllib.loads(PROJECT.pins_path("prod").read_text())["images"]
    assert {name: pin for name, pin in _pins(tmp_path).items() if name != "service1"} == {
        name: pin for name, pin in before.items() if name != "service1"
    }


def test_only_yes_rolls_back(tmp_path: Path) -> None:
    ecs = Ecs(CONTAINERS, current=7, successful=[6, 7])
    questions: list[str] = []
    assert rollback(ecs.service, _files(tmp_path), yes=False, ask=answers("y", questions), pause=_no_pause) == 1
    assert questions == [
        "Roll services/service1 back to revision 6 in environment prod, account 444455556666? (yes/no) "
    ]
    assert (ecs.updates, list(tmp_path.iterdir())) == ([], [])


def test_a_revision_may_be_named(tmp_path: Path) -> None:
    ecs = Ecs(CONTAINERS, current=7)
    assert rollback(ecs.service, _files(tmp_path), number=5, yes=True, pause=_no_pause) == 0
    assert ecs.current == 5
    assert rollback(ecs.service, _files(tmp_path), number=5, yes=True, pause=_no_pause) == 0
    assert len(ecs.updates) == 1


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (None, "ECS lists no completed deployment of another revision than 7 in the last 90 days"),
        (4, f"revision 4 of {FAMILY} is not registered"),
        (5, f"revision 5 of {FAMILY} was deregistered"),
    ],
)
def test_without_such_a_revision_the_registered_ones_are_listed(
    tmp_path: Path, number: int | None, message: str
) -> None:
    ecs = Ecs(CONTAINERS, current=7, successful=[7], deregistered=frozenset({5}))
    with pytest.raises(ConfigurationError) as error:
        rollback(ecs.service, _files(tmp_path), number=number, yes=True, pause=_no_pause)
    assert str(error.value) == f"service 'services/service1': {message}\n    name one with --to; registered: 6"


@pytest.mark.parametrize("interrupted", [True, False])
def test_a_rollback_that_does_not_complete_pins_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], interrupted: bool
) -> None:
    def pause(_seconds: float) -> None:
        if interrupted:
            raise KeyboardInterrupt

    ecs = Ecs(CONTAINERS, current=7, successful=[6, 7], outcome="FAILED")
    with pytest.raises((RolloutError, KeyboardInterrupt)):
        rollback(ecs.service, _files(tmp_path), yes=True, pause=pause)
    assert list(tmp_path.iterdir()) == []
    assert "No file was changed.\n" in capfd.readouterr().err


def test_a_file_of_pins_that_cannot_be_read_stops_the_rollback_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "prod.images.toml").write_text("registry = ")
    ecs = Ecs(CONTAINERS, current=7, successful=[6, 7])
    with pytest.raises(ConfigurationError, match="it is not TOML"):
        rollback(ecs.service, _files(tmp_path), yes=True, pause=_no_pause)
    assert ecs.updates == []


def test_a_tag_is_left_to_the_author_of_the_environment(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    image = "registry.example.com/colonnade/hello"
    containers = {number: [{**container(number), "image": f"{image}:0.{number}.0"}] for number in (6, 7)}
    ecs = Ecs(containers, current=7, successful=[6, 7])
    assert rollback(ecs.service, _files(tmp_path), yes=True, pause=_no_pause) == 0
    shown = capfd.readouterr().err
    assert f'    environments/prod.toml: write "{image}" = "0.6.0" under [images]' in shown
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("in_own_file", [False, True])
def test_the_digest_of_a_public_image_is_pinned_unless_the_environments_own_file_has_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], in_own_file: bool
) -> None:
    image = "public.ecr.aws/nginx/nginx"
    containers = {number: [{**container(number), "image": f"{image}@{digest(number)}"}] for number in (6, 7)}
    keys = ENVIRONMENT.keys | {f"images.{image}"} if in_own_file else ENVIRONMENT.keys
    environment = dataclasses.replace(ENVIRONMENT, images={**ENVIRONMENT.images, image: digest(7)}, keys=keys)
    ecs = Ecs(containers, current=7, successful=[6, 7])
    assert rollback(ecs.service, _files(tmp_path, environment), yes=True, pause=_no_pause) == 0
    line = (
        f'prod.toml: write "{image}" = "{digest(6)}"' if in_own_file else f"prod.images.toml: {image} gets {digest(6)}"
    )
    assert line in capfd.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ([] if in_own_file else ["prod.images.toml"])


def test_an_image_with_a_tag_in_the_environment_is_not_pinned_a_second_time(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    environment = dataclasses.replace(ENVIRONMENT, images={**ENVIRONMENT.images, "service1": "1.0.0"})
    ecs = Ecs(CONTAINERS, current=7, successful=[6, 7])
    assert rollback(ecs.service, _files(tmp_path, environment), yes=True, pause=_no_pause) == 0
    assert f'write "service1" = "{digest(6)}" under [images]' in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_in_the_sandbox_every_revision_runs_the_app_as_it_is_now(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox = PROJECT.environment("sandbox")
    image = f"{sandbox.registry}/colonnade-sandbox-service1"
    containers = {number: [{**container(number), "image": f"{image}:{number}.0.0"}] for number in (1, 2)}
    ecs = Ecs(containers, current=2, successful=[1, 2])
    assert rollback(ecs.service, _files(tmp_path, sandbox), yes=True, pause=_no_pause) == 0
    shown = capfd.readouterr().err
    assert "the sandbox pulls no images: tasks of every revision run the app as it is in service_apps now" in shown
    assert shown.count("under [images]") == 0  # sandbox.toml has version 1.0.0
    assert "nothing needs to change: they declare its images" in shown

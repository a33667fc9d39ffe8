"""The images of the service apps: their names, apps, platforms and repositories, and the choice of some by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.images.catalog import Image, built_elsewhere, chosen, declared_images
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.service_process import ROOT
from tests.support.specs import deployment, environment, problems_raised, service

IMAGES = declared_images(DEPLOYMENTS, ROOT)
PUBLIC = "registry.example.com/colonnade/hello"


def catalog(folder: Path, **modules: str) -> Path:
    """Return a project's root whose images.toml names these modules, by image."""
    (folder / "service_apps").mkdir()
    entries = [f'[{image}]\ncommand = ["python", "-m", "{module}"]\n' for image, module in modules.items()]
    (folder / "service_apps" / "images.toml").write_text("".join(entries))
    return folder


def names_of(*names: str) -> list[str]:
    return [image.name for image in chosen(IMAGES, names, DEPLOYMENTS)]


def test_every_image_of_every_deployment_is_listed_once_with_an_existing_app() -> None:
    names = [image.name for image in IMAGES]
    assert names == [
        *("message-board-api", "message-board-users", "message-board-threads", "message-board-posts"),
        *("hello", "service1", "service2", "service3", "shop"),
    ]
    assert all((ROOT / "service_apps" / image.app / "__main__.py").is_file() for image in IMAGES)
    assert {image.name: image.app for image in IMAGES}["message-board-api"] == "message_board/api"


def test_an_image_is_chosen_once_by_its_own_name_or_by_a_service() -> None:
    assert names_of("service2") == ["service2"]
    assert names_of("api") == names_of("message-board-api") == names_of("api", "message-board-api")
    assert names_of("product-svc", "user-svc") == ["hello"]
    assert names_of() == [image.name for image in IMAGES]


def test_all_unknown_names_are_reported_together_with_a_suggestion() -> None:
    problems = problems_raised(lambda: names_of("servce1", "service2", "nothing-like-it"))

    assert [problem.partition(": ")[0] for problem in problems] == [
        "service or image 'servce1'",
        "service or image 'nothing-like-it'",
    ]
    assert "did you mean 'service1'? services and images: api, catalog, hello, " in problems[0]


@pytest.mark.parametrize(("architecture", "platform"), [("X86_64", "linux/amd64"), ("ARM64", "linux/arm64")])
def test_an_image_is_for_the_architecture_that_its_service_declares(
    tmp_path: Path, architecture: str, platform: str
) -> None:
    declared = deployment(service("orders", architecture=architecture))
    (image,) = declared_images([declared], catalog(tmp_path, orders="service_apps.orders"))

    assert image.platform == platform


def test_services_that_declare_different_architectures_for_one_image_are_refused(tmp_path: Path) -> None:
    both = deployment(service("orders"), service("clone", image_name="orders", architecture="ARM64"))
    root = catalog(tmp_path, orders="service_apps.orders")

    (problem,) = problems_raised(lambda: declared_images([both], root))
    assert "service 'clone': image 'orders' runs on ARM64 here, but on X86_64 in deployment 'shop'" in problem


def entry(folder: Path, text: str) -> Path:
    """Return a project's root with this entry for the image orders, and the Dockerfile service_apps/web/Dockerfile."""
    (catalog(folder) / "service_apps" / "images.toml").write_text(f"[orders]\n{text}\n")
    (folder / "service_apps" / "web").mkdir()
    (folder / "service_apps" / "web" / "Dockerfile").touch()
    return folder


def images_of(root: Path, *names: str) -> tuple[Image, ...]:
    declared = [deployment(service("orders"))]
    return chosen(declared_images(declared, root), names, declared, elsewhere=built_elsewhere(declared, root))


@pytest.mark.parametrize("command", ['["node", "server.js"]', '["python", "-m", "service_apps.web"]'])
def test_an_app_of_any_language_is_built_by_its_own_dockerfile_if_its_entry_names_one(
    tmp_path: Path, command: str
) -> None:
    root = entry(tmp_path, f'command = {command}\ndockerfile = "service_apps/web/Dockerfile"')
    (image,) = images_of(root, "orders")

    assert (image.app, image.dockerfile) == ("web", "service_apps/web/Dockerfile")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('command = ["node", "a server.js"]', "`node 'a server.js'`"),
        ('command = ["python", "-m", "other.orders"]', "`python -m other.orders`"),
        ('entry_point = ["sh"]\ncommand = ["python", "-m", "service_apps.web"]', "`sh python -m service_apps.web`"),
    ],
)
def test_an_image_without_a_dockerfile_is_left_out_and_by_name_refused_with_the_reason(
    tmp_path: Path, text: str, shown: str
) -> None:
    root = entry(tmp_path, text)

    assert images_of(root) == ()
    assert problems_raised(lambda: images_of(root, "orders")) == [
        f"image 'orders': is not built here: its command in service_apps/images.toml is {shown}, its entry names no "
        "Dockerfile, and service_apps/Dockerfile starts only `python -m service_apps.APP`\n"
        '    add `dockerfile = "service_apps/orders/Dockerfile"` to its entry; or pin an image that others built: '
        "`colonnade images pin orders REFERENCE -e NAME`"
    ]


def test_an_image_without_an_entry_is_left_out_and_by_name_refused_with_the_entry_to_write(tmp_path: Path) -> None:
    root = catalog(tmp_path)

    assert images_of(root) == ()
    assert problems_raised(lambda: images_of(root, "orders")) == [
        "image 'orders': is not built here: service_apps/images.toml has no entry for it\n"
        "    add [orders] with its command and, if it is not a Python app, "
        '`dockerfile = "service_apps/orders/Dockerfile"`; or pin an image that others built: '
        "`colonnade images pin orders REFERENCE -e NAME`"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("port = 1", "{'port': 1} is not a table with the keys entry_point, command, dockerfile"),
        ('command = "node"', "command 'node' is not a list of strings"),
        ("dockerfile = 1", "dockerfile 1 is not in a folder of service_apps"),
        ('dockerfile = "service_apps/Dockerfile"', "dockerfile 'service_apps/Dockerfile' is not in a folder of"),
        (
            'dockerfile = "service_apps/../a/Dockerfile"',
            "dockerfile 'service_apps/../a/Dockerfile' is not in a folder of",
        ),
        ('dockerfile = "service_apps/api/Dockerfile"', "dockerfile 'service_apps/api/Dockerfile' does not exist"),
    ],
)
def test_a_wrong_entry_is_a_problem(tmp_path: Path, text: str, problem: str) -> None:
    (found,) = problems_raised(lambda: images_of(entry(tmp_path, text)))

    assert found.startswith(f"service_apps/images.toml, image 'orders': {problem}")


def test_a_missing_or_malformed_catalog_is_a_problem(tmp_path: Path) -> None:
    declared = deployment(service("orders"))
    missing = problems_raised(lambda: declared_images([declared], tmp_path))
    (catalog(tmp_path) / "service_apps" / "images.toml").write_text("orders")
    malformed = problems_raised(lambda: declared_images([declared], tmp_path))

    assert missing[0].startswith("service_apps/images.toml: cannot be read: No such file or directory\n")
    assert malformed[0].startswith("service_apps/images.toml: is not TOML: ")


def test_a_public_image_is_built_only_if_it_runs_a_service_app(tmp_path: Path) -> None:
    declared = deployment(service("ours", public_image=PUBLIC), service("web", public_image="example.com/nginx/nginx"))
    (image,) = declared_images([declared], catalog(tmp_path, hello="service_apps.hello"))

    assert (image.name, image.service, image.public) == ("hello", "ours", PUBLIC)


def test_a_public_image_never_takes_the_place_of_an_own_one_of_the_same_last_word(tmp_path: Path) -> None:
    declared = deployment(service("proxy", public_image="docker.io/library/web"), service("web"))
    (image,) = declared_images([declared], catalog(tmp_path, web="service_apps.web"))

    assert (image.name, image.service, image.public) == ("web", "web", None)


def test_the_repository_of_an_image_is_the_environments_own_or_its_public_path() -> None:
    prod = PROJECT.environment("prod")
    repositories = {image.name: image.repository(prod) for image in IMAGES}

    assert repositories["service1"] == "colonnade-prod-service1"
    assert repositories["hello"] == "colonnade/hello"
    assert IMAGES[0].repository(environment()) == "colonnade-test-message-board-api"
    assert IMAGES[0].local_name("3f2a9c1") == "localhost/colonnade/message-board-api:3f2a9c1"

"""Tests of the image catalog: the command of an image, and the errors of an invalid catalog."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from colonnade_sandbox.tasks.image_catalog import Image, ImageCatalog, ImageCatalogError

CATALOG = ImageCatalog(
    images={
        "api": Image(command=("python", "-m", "api")),
        "public-api": Image(entry_point=("ruby",), command=("a.rb",)),
    }
)


@pytest.mark.parametrize(
    "image",
    [
        "api",
        "api:1.0",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/colonnade-sandbox-api:1.0",
        "localhost:5000/team/colonnade-dev-api@sha256:0123456789abcdef",
    ],
)
def test_a_repository_is_found_by_the_end_of_its_name(image: str) -> None:
    assert CATALOG.command(image) == (sys.executable, "-m", "api")


def test_the_longest_name_wins() -> None:
    assert CATALOG.command("registry/colonnade-dev-public-api:1") == ("ruby", "a.rb")


@pytest.mark.parametrize(
    ("entry_point", "command", "expected"),
    [
        ((), (), ("ruby", "a.rb")),
        ((), ("b.rb", "--fast"), ("ruby", "b.rb", "--fast")),
        (("sh", "-c"), ("b",), ("sh", "-c", "b")),
        (("python",), (), (sys.executable,)),
    ],
)
def test_a_containers_command_replaces_the_images_and_its_entry_point_replaces_both(
    entry_point: tuple[str, ...], command: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert CATALOG.command("public-api", entry_point=entry_point, command=command) == expected


@pytest.mark.parametrize("image", ["colonnade-sandbox-orders:1", "colonnade-sandboxapi:1", "api-server:1"])
def test_the_error_for_an_unknown_image_lists_the_known_names(image: str) -> None:
    with pytest.raises(
        ImageCatalogError, match=f"image '{image}' is not in the image catalog, which contains api, public-api"
    ):
        CATALOG.command(image)


def test_node_is_the_program_itself_which_receives_the_signals_of_its_task() -> None:
    (node, *_) = CATALOG.command("api", command=("node", "a.js"))
    assert Path(node).read_bytes()[:4] == b"\x7fELF"


def test_a_catalog_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "images.toml"
    orders = '[orders]\ncommand = ["python", "-m", "orders"]\ndockerfile = "orders/Dockerfile"\n'
    text = f'{orders}[proxy]\nentry_point = ["/proxy"]\ncommand = ["-v"]\n'
    path.write_text(text, encoding="utf-8")
    assert ImageCatalog.load(path).command("orders:1")[1:] == ("-m", "orders")
    assert ImageCatalog.load(path).images["proxy"] == Image(entry_point=("/proxy",), command=("-v",))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[orders]\ndockerfile = "Dockerfile"\n', r"\[orders\] must have command, entry_point or both"),
        ("[orders]\n", r"\[orders\] must have command, entry_point or both"),
        ("[orders]\ncommand = [1]\n", r"\[orders\] must"),
        ("[orders]\ncommand = []\n", r"\[orders\] must"),
        ('[orders]\ncommand = "run"\n', r"\[orders\] must"),
        ('[orders]\ncommand = ["run"]\nport = 1\n', r"\[orders\] must"),
        ("[orders\n", "images.toml: "),
    ],
)
def test_an_invalid_catalog_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "images.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImageCatalogError, match=problem):
        ImageCatalog.load(path)


def test_the_error_for_a_missing_catalog_states_its_path(tmp_path: Path) -> None:
    with pytest.raises(ImageCatalogError, match=r"cannot read the image catalog .*images\.toml: No such file"):
        ImageCatalog.load(tmp_path / "images.toml")


def test_a_following_catalog_has_what_the_file_has_now(tmp_path: Path) -> None:
    path = tmp_path / "images.toml"
    path.write_text('[orders]\ncommand = ["orders"]\n')
    catalog = ImageCatalog.following(path)
    assert catalog.command("orders:1") == ("orders",)
    path.write_text('[orders]\ncommand = ["orders", "-v"]\n[users]\ncommand = ["users"]\n')
    assert catalog.command("orders:1") == ("orders", "-v")
    assert catalog.command("users:1") == ("users",)

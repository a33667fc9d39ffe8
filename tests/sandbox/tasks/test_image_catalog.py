"""Tests of the image catalog: the command of an image, and the errors of an invalid catalog."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from colonnade_sandbox.tasks.image_catalog import ImageCatalog, ImageCatalogError

CATALOG = ImageCatalog(commands={"api": ("python", "-m", "api"), "public-api": ("node", "api.js")})


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
    assert CATALOG.command("registry/colonnade-dev-public-api:1") == ("node", "api.js")


@pytest.mark.parametrize("image", ["colonnade-sandbox-orders:1", "colonnade-sandboxapi:1", "api-server:1"])
def test_the_error_for_an_unknown_image_lists_the_known_names(image: str) -> None:
    with pytest.raises(
        ImageCatalogError, match=f"image '{image}' is not in the image catalog, which contains api, public-api"
    ):
        CATALOG.command(image)


def test_a_catalog_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "images.toml"
    path.write_text('[orders]\ncommand = ["python", "-m", "orders"]\n', encoding="utf-8")
    assert ImageCatalog.load(path).command("orders:1")[1:] == ("-m", "orders")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[orders]\n", r"\[orders\] must have exactly one key, command"),
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

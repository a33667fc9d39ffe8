"""A provider mirror is found only in Terraform's documented folders and one level below an add-on root."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade_sandbox.terraform.mirror import below_add_on_roots, cli_configuration, find_mirror, implied_mirrors


def _mirror(folder: Path, *sources: str) -> Path:
    for source in sources:
        (folder / "registry.terraform.io" / source / "5.100.0" / "linux_amd64").mkdir(parents=True)
    return folder


def test_terraforms_own_folders_are_in_its_order() -> None:
    found = implied_mirrors({}, Path("/h"))
    assert [str(path) for path in found] == [
        "terraform.d/plugins",
        "/h/.terraform.d/plugins",
        "/h/Library/Application Support/io.terraform/plugins",
        "/Library/Application Support/io.terraform/plugins",
        "/h/.local/share/terraform/plugins",
        "/usr/local/share/terraform/plugins",
        "/usr/share/terraform/plugins",
    ]


def test_the_xdg_variables_move_the_data_folders() -> None:
    found = implied_mirrors({"XDG_DATA_HOME": "/data", "XDG_DATA_DIRS": "/one:/two"}, Path("/h"))
    assert [str(path) for path in found[-3:]] == [
        "/data/terraform/plugins",
        "/one/terraform/plugins",
        "/two/terraform/plugins",
    ]


def test_the_first_folder_that_holds_the_provider_is_the_mirror(tmp_path: Path) -> None:
    other = _mirror(tmp_path / "other", "hashicorp/random")
    first, second = _mirror(tmp_path / "first", "hashicorp/aws"), _mirror(tmp_path / "second", "hashicorp/aws")
    assert find_mirror([tmp_path / "absent", other, first, second]) == first


def test_without_a_folder_that_holds_the_provider_no_mirror_is_found(tmp_path: Path) -> None:
    assert find_mirror([tmp_path, tmp_path / "absent"]) is None


def test_only_folders_directly_below_a_root_are_searched(tmp_path: Path) -> None:
    _mirror(tmp_path / "add-on" / "deeper", "hashicorp/aws")
    found = _mirror(tmp_path / "providers", "hashicorp/aws")
    candidates = list(below_add_on_roots([tmp_path / "absent", tmp_path]))
    assert candidates == [tmp_path / "add-on", tmp_path / "providers"]
    assert find_mirror(candidates) == found


@pytest.mark.parametrize("folder", ["mirror", 'with "quotes" and spaces'])
def test_the_configuration_includes_the_mirrors_providers_and_excludes_them_from_the_registry(
    tmp_path: Path, folder: str
) -> None:
    mirror = _mirror(tmp_path / folder, "hashicorp/aws", "hashicorp/random")
    providers = '["registry.terraform.io/hashicorp/aws", "registry.terraform.io/hashicorp/random"]'
    path = str(mirror).replace('"', '\\"')
    assert cli_configuration(mirror).split("\n") == [
        "provider_installation {",
        "  filesystem_mirror {",
        f'    path    = "{path}"',
        f"    include = {providers}",
        "  }",
        "  direct {",
        f"    exclude = {providers}",
        "  }",
        "}",
        "",
    ]

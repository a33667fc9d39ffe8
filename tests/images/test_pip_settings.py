"""A machine's pip settings in a build: those that the build needs, and none that stay in an image."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from colonnade.images import pip_settings
from colonnade.images.pip_settings import (
    certificates,
    configuration,
    effective_settings,
    machine_settings,
    secret_options,
)


def test_settings_of_the_environment_override_those_of_a_command_which_override_global_ones() -> None:
    lines = [
        ":env:.index-url='https://environment.example/simple'",
        "global.index-url='https://global.example/simple'",
        "install.index-url='https://install.example/simple'",
        "global.timeout='60'",
        "install.trusted-host='one.example\\ntwo.example'",
        "a warning without an equals sign",
    ]

    assert effective_settings(lines) == {
        "index-url": "https://environment.example/simple",
        "timeout": "60",
        "trusted-host": "one.example\ntwo.example",
    }


def test_the_settings_are_those_that_pip_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")

    assert machine_settings()["index-url"] == "https://packages.example/simple"


def test_folders_of_the_machine_and_settings_that_a_build_does_not_need_are_left_out() -> None:
    settings = {
        "index-url": "https://packages.example/simple",
        "extra-index-url": "file:///wheels https://more.example/simple",
        "find-links": "/wheels",
        "cert": "/etc/ca.pem",
        "disable-pip-version-check": "1",
    }

    assert configuration(settings, has_certificates=True) == (
        "[global]\n"
        "index-url = https://packages.example/simple\n"
        "extra-index-url = https://more.example/simple\n"
        "cert = /run/secrets/ca\n"
    )
    assert configuration({"extra-index-url": "file:///wheels"}, has_certificates=False) is None


def test_certificates_are_an_existing_file_from_pips_setting_or_from_the_environment(tmp_path: Path) -> None:
    one, other = tmp_path / "one.pem", tmp_path / "other.pem"
    one.touch()
    other.touch()

    assert certificates({"cert": str(one)}, {"SSL_CERT_FILE": str(other)}) == one
    assert certificates({}, {"SSL_CERT_FILE": str(other)}) == other
    assert certificates({"cert": "/nowhere.pem"}, {"SSL_CERT_FILE": ""}) is None


def test_the_settings_file_is_readable_by_the_user_only_and_removed_after_the_build(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pip_settings, "machine_settings", lambda: {"index-url": "https://user:word@packages.example/"})
    for variable in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    with secret_options() as (option, value):
        assert option == "--secret"
        file = Path(value.removeprefix("id=pip,src="))
        assert "user:word" in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.exists()


def test_printed_options_contain_no_file_and_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pip_settings, "machine_settings", lambda: {"index-url": "https://user:word@packages.example/"})
    with secret_options(shown=True) as options:
        assert options[:2] == ("--secret", "id=pip,src=PIP_CONF")
        assert "word" not in " ".join(options)


def test_a_machine_without_settings_passes_no_options_to_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pip_settings, "machine_settings", dict)
    for variable in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    with secret_options() as options:
        assert options == ()

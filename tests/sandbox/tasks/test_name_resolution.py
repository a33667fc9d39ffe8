"""Tests of the tasks' name resolution, with namespaces and without."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from colonnade_sandbox.tasks.addresses import AddressBlock
from colonnade_sandbox.tasks.name_resolution import NameResolution
from tests.support.ecs_snapshots import discovery_service


def resolution(directory: Path, *, namespaces: bool) -> NameResolution:
    return NameResolution(directory, clock=lambda: 100.0, proxy_address=AddressBlock().take(), namespaces=namespaces)


def test_with_namespaces_names_are_in_a_file_and_no_proxy_is_set(tmp_path: Path) -> None:
    names = resolution(tmp_path, namespaces=True)
    names.update([discovery_service("127.1.0.1")], [("127.1.0.9", "ip-127-1-0-9.eu-west-1.compute.internal")])
    assert names.environment == {}
    assert names.private_etc is not None
    hosts = (names.private_etc.folder() / "hosts").read_text(encoding="utf-8").splitlines()
    assert hosts[1:] == ["127.1.0.1 orders.services", "127.1.0.9 ip-127-1-0-9.eu-west-1.compute.internal"]
    names.close()


def test_without_namespaces_a_proxy_resolves_names(tmp_path: Path) -> None:
    names = resolution(tmp_path, namespaces=False)
    assert names.private_etc is None
    assert names.environment["HTTP_PROXY"] == names.environment["http_proxy"]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": names.environment["HTTP_PROXY"]}))
    answers = []
    for services in ([], [discovery_service("127.1.0.1")]):
        names.update(services, [])
        with pytest.raises(urllib.error.HTTPError) as refused:
            opener.open("http://orders.services:7999/")
        answers.append(refused.value.read())
    names.close()
    assert answers == [
        b"no discovery service orders.services\n",
        b"no instance of orders.services accepts connections\n",
    ]

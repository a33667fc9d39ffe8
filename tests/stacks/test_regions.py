"""The regions that an environment may name are those that the pinned AWS provider accepts."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from colonnade.model.aws_limits import REGIONS
from colonnade.modules.provider import PROVIDER_SOURCE, PROVIDER_VERSION
from tests.support.terraform import offline_environment

pytestmark = [pytest.mark.terraform, pytest.mark.slow]

OTHERS = ("ap-southeast-6", "eu-west-9", "us-central-1")


def test_the_provider_accepts_every_region_and_no_other(tmp_path: Path) -> None:
    regions = (*REGIONS, *OTHERS)
    checks = {"skip_credentials_validation": True, "skip_requesting_account_id": True}
    keys = {"access_key": "none", "secret_key": "none"}
    document = {
        "terraform": {"required_providers": {"aws": {"source": PROVIDER_SOURCE, "version": PROVIDER_VERSION}}},
        "provider": {"aws": [{"alias": region, "region": region, **checks, **keys} for region in regions]},
        "data": {"aws_region": {region: {"provider": f"aws.{region}"} for region in regions}},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(document), encoding="utf-8")
    environment = offline_environment(tmp_path)
    for command in ("init", "plan"):
        ended = subprocess.run(
            ["terraform", command, "-no-color", "-input=false"],  # noqa: S607 - whichever Terraform is on PATH
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert set(re.findall(r"invalid AWS Region: (\S+)", ended.stdout + ended.stderr)) == set(OTHERS)

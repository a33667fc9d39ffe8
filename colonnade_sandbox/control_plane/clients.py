"""The boto3 clients for the AWS APIs that the sandbox reads and writes, bound to one endpoint.

`session` creates them; `reader` and `tasks` use them. The user's AWS configuration is not read: no profile, credentials
file or AWS_* variable changes the destination of a request.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

ACCESS_KEY_ID = "sandbox"
SECRET_ACCESS_KEY = "sandbox"  # noqa: S105  (the emulator checks no signature)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsClients:
    """One client for each API; boto3 clients are safe to use from several threads."""

    endpoint: str
    region: str
    acm: Any
    ec2: Any
    ecs: Any
    elbv2: Any
    iam: Any
    logs: Any
    route53: Any
    s3: Any
    secretsmanager: Any
    servicediscovery: Any
    ssm: Any
    sts: Any


def connect(*, endpoint: str, region: str) -> AwsClients:
    """Return clients of the AWS APIs at `endpoint`, an http URL."""
    no_file = (None, None, os.devnull, None)
    session = boto3.Session(
        botocore_session=botocore.session.Session(
            session_vars={"profile": (None, None, None, None), "config_file": no_file, "credentials_file": no_file}
        ),
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        region_name=region,
    )
    config = Config(
        proxies={},
        inject_host_prefix=False,  # otherwise DiscoverInstances would use the host name data-127.0.0.1
        retries={"mode": "standard", "total_max_attempts": 2},
        connect_timeout=5,
        read_timeout=30,
        s3={"addressing_style": "path"},
    )
    services = [each.name for each in fields(AwsClients) if each.name not in ("endpoint", "region")]
    return AwsClients(
        endpoint=endpoint,
        region=region,
        **{name: session.client(name, endpoint_url=endpoint, config=config) for name in services},
    )

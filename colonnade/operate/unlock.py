"""The lock of a Terraform state in S3: who holds it, since when -> question -> delete of exactly that lock.

Terraform keeps a lock as an object beside the state, and deletes it when it ends. A killed Terraform leaves it:
https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from colonnade.apply.identity import AwsError, AwsSession, aws_errors, error_code
from colonnade.apply.operation import Ask, confirmed, say
from colonnade.model import naming
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.operate.status_text import time_text
from colonnade.terminal.exit_status import ExitStatus

_SUFFIX = ".tflock"
_MISSING, _DENIED, _CHANGED = {"NoSuchKey", "404"}, {"AccessDenied", "403"}, {"PreconditionFailed", "412"}
_PROCESSES = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The lock of one state, as Terraform has written it."""

    bucket: str
    key: str
    version: str
    """The ETag of the object."""
    facts: Mapping[str, Any]
    """ID, Operation, Who, Version, Created; empty if Terraform has not written it."""

    @property
    def host(self) -> str:
        """The name of the machine on which it was taken."""
        return str(self.facts.get("Who", "")).rpartition("@")[2]


def unlock(stack: str, environment: Environment, session: AwsSession, *, yes: bool, ask: Ask = input) -> int:
    """Show the lock of the stack's state, delete it after a question, and return the exit status.

    Without a lock the status is 0. `yes` skips the question. Raises AwsError, or ConfigurationError if the state has no
    lock in S3.
    """
    if stack == naming.STATE_BACKEND_STACK:
        say(f"Stack {stack} has no lock: its state is a local file, whose lock ends with Terraform.")
        return ExitStatus.OK
    s3 = session.client("s3")
    lock = _read(s3, environment, stack)
    if lock is None:
        say(f"No lock: the state of {stack} in environment {environment.name} is free.")
        return ExitStatus.OK
    say("\n".join(_shown(lock, stack, environment)))
    if not confirmed(ask, f"Lift this lock of {stack} in environment {environment.name}?", yes=yes):
        say("The lock stays.")
        return ExitStatus.FAILED
    if not _deleted(s3, lock):
        say("Meanwhile the lock was lifted, or another run has taken it. Nothing was changed; run the command again.")
        return ExitStatus.FAILED
    say(f"The lock is lifted. `colonnade plan {stack} -e {environment.name}` shows what the ended run has left to do.")
    return ExitStatus.OK


def _read(s3: Any, environment: Environment, stack: str) -> Lock | None:
    from botocore.exceptions import ClientError

    bucket, key = environment.state_bucket, f"{naming.state_key(environment.name, stack)}{_SUFFIX}"
    with aws_errors():
        try:
            found = s3.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error_code(error) in _MISSING:
                return None
            raise _refusal(error, environment, f"arn:aws:s3:::{bucket}", key) from error
        return Lock(bucket=bucket, key=key, version=found["ETag"], facts=_facts(found["Body"].read()))


def _refusal(error: Exception, environment: Environment, bucket: str, key: str) -> Exception:
    """Return the error to raise for a lock that cannot be read."""
    if error_code(error) == "NoSuchBucket":
        message = (
            f"the bucket of its Terraform states, {environment.state_bucket}, does not exist, so nothing is locked"
        )
        fix = f"run `colonnade apply {naming.STATE_BACKEND_STACK} -e {environment.name}` first"
        return ConfigurationError([Problem(subject=f"environment {environment.name!r}", message=message, fix=fix)])
    if error_code(error) in _DENIED:
        return AwsError(
            f"AWS: the lock may not be read: {error}\n    the caller needs s3:GetObject and s3:DeleteObject for "
            f"{bucket}/{key}, and s3:ListBucket for {bucket}, without which S3 does not report that there is no lock"
        )
    return error


def _facts(content: bytes) -> Mapping[str, Any]:
    with suppress(ValueError):
        found = json.loads(content)
        if isinstance(found, dict):
            return found
    return {}


def _shown(lock: Lock, stack: str, environment: Environment) -> Iterator[str]:
    facts = lock.facts
    yield f"The state of {stack} in environment {environment.name} is locked:"
    operation = str(facts.get("Operation", "unknown")).removeprefix("OperationType").lower()
    rows = {
        "by": facts.get("Who", "unknown"),
        "since": _since(str(facts.get("Created", ""))),
        "for": f"terraform {operation}, Terraform {facts.get('Version', 'of an unknown version')}",
        "ID": facts.get("ID", "unknown"),
    }
    yield from (f"    {name:<6} {value}" for name, value in rows.items())
    if lock.host != socket.gethostname():
        other = lock.host if lock.host else "an unknown machine"
        yield f"It was taken on {other}, not on this machine: make sure that no Terraform runs there."
        return
    running = list(_running_terraform())
    if running:
        yield f"Terraform runs on this machine and may hold it: {', '.join(running)}"
    else:
        yield "It was taken on this machine, where no Terraform runs now: its holder has ended."


def _since(created: str) -> str:
    with suppress(ValueError):
        at = datetime.fromisoformat(created)
        minutes = round((datetime.now(UTC) - at).total_seconds() / 60)
        return f"{time_text(at)}, {minutes // 60} h {minutes % 60} min ago"
    return created if created else "unknown"


def _running_terraform() -> Iterator[str]:
    """Yield the processes of Terraform on this machine that this user may see, each with its folder."""
    for entry in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "comm").read_text().strip() == "terraform":
                yield f"process {entry.name} in {(entry / 'cwd').readlink()}"


def _deleted(s3: Any, lock: Lock) -> bool:
    """Delete the lock if it is still the one that was shown; return whether it was.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
    """
    from botocore.exceptions import ClientError

    with aws_errors():
        try:
            s3.delete_object(Bucket=lock.bucket, Key=lock.key, IfMatch=lock.version)
        except ClientError as error:
            if error_code(error) in _MISSING | _CHANGED:
                return False
            raise
    return True

"""Calls to AWS that only read: AWS session -> clients -> responses.

A call that the caller may not make raises NotCheckedError: it is no fault of the account.
"""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from colonnade.apply.identity import AwsSession, error_code

_READING = ("describe_", "get_", "list_", "head_", "batch_get_")
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}
_ACTIONS = {"HeadBucket": "ListBucket"}
"""The IAM actions whose names are not those of their operations.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html"""
_PREFIXES = {"elbv2": "elasticloadbalancing"}
"""The prefixes of IAM actions that are not the names of boto3's clients."""
_DOWNLOAD_SECONDS = 20.0
_ATTEMPTS = 5
"""The attempts of one call, as many calls at once may be throttled."""


class NotCheckedError(Exception):
    """A thing that cannot be checked; the message has the reason, such as 'needs acm:DescribeCertificate'."""


class Reader:
    """The reading calls of one caller. Its methods may be called from any thread."""

    def __init__(self, session: AwsSession) -> None:
        self._session = session
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._lock = threading.Lock()

    def read(
        self,
        service: str,
        operation: str,
        *,
        region: str | None = None,
        missing: Collection[str] = (),
        **arguments: Any,
    ) -> dict[str, Any]:
        """Return the response; an empty one if AWS returns an error code of `missing`.

        `region` is the environment's unless given. Raises NotCheckedError without the permission, ValueError for an
        operation that does not only read, and the other exceptions of botocore.
        """
        if not operation.startswith(_READING):
            raise ValueError(f"{service} {operation} does not only read")
        from botocore.exceptions import ClientError

        call = getattr(self._client(service, region), operation)
        with _permission(service):
            try:
                response: dict[str, Any] = call(**arguments)
            except ClientError as error:
                if error_code(error) in missing:
                    return {}
                raise
        return response

    def read_all(self, service: str, operation: str, *, key: str, **arguments: Any) -> list[Any]:
        """Return the list `key` of all pages of a response; raises what `read` raises."""
        found: list[Any] = []
        marker: dict[str, str] = {}
        while True:
            page = self.read(service, operation, **arguments, **marker)
            found.extend(page[key])
            if not page.get("NextMarker"):
                return found
            marker = {"Marker": page["NextMarker"]}

    def download(self, url: str) -> bytes:
        """Return what AWS keeps at a URL that it has signed; raises NotCheckedError if it cannot be downloaded."""
        try:
            with urllib.request.urlopen(url, timeout=_DOWNLOAD_SECONDS) as response:  # noqa: S310 - the URL is AWS's
                content: bytes = response.read()
        except OSError as error:
            raise NotCheckedError(f"a download from AWS failed: {error}") from error
        return content

    def with_role(self, role_arn: str) -> Reader:
        """Return a reader with the role's permissions; raises NotCheckedError if the caller may not assume it."""
        with _permission("sts", resource=f" of {role_arn}"):
            return Reader(self._session.with_role(role_arn))

    def _client(self, service: str, region: str | None) -> Any:
        with self._lock:  # a session of boto3 is not safe to share between threads, its clients are
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = self._session.client(service, attempts=_ATTEMPTS, region=region)
            return self._clients[key]


@contextmanager
def _permission(service: str, *, resource: str = "") -> Iterator[None]:
    """Convert AWS's refusal of a call to NotCheckedError, with the action that the caller needs."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if error_code(error) not in _DENIED:
            raise
        operation = str(error.operation_name)
        # Secrets Manager reports with its own code that the caller may not use the secret's key.
        action = f"{_PREFIXES.get(service, service)}:{_ACTIONS.get(operation, operation)}"
        action = "kms:Decrypt" if "KMS" in str(error) else action
        raise NotCheckedError(f"needs {action}{resource}") from error

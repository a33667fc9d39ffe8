"""The images in a registry, over its HTTP API: tag -> manifest -> digest and architectures.

The API is https://github.com/opencontainers/distribution-spec/blob/main/spec.md, which ECR implements.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from colonnade.model.errors import ConfigurationError, Problem
from colonnade.terminal.errors import ColonnadeError

_SECONDS = 60.0
_API_HOSTS = {"docker.io": "registry-1.docker.io"}
"""The hosts of registries whose API is at another host than their images' names have.

https://github.com/distribution/reference/blob/main/normalize.go
"""
_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    *_INDEXES,
)


class RegistryError(ColonnadeError):
    """A registry that cannot be reached or breaks its API; the message names the registry and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedImage:
    """An image in a registry."""

    digest: str
    """The digest of the manifest, computed here from the registry's response."""
    architectures: tuple[str, ...]
    """The architectures as OCI images name them, such as 'amd64'; an index of images may have several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A registry and its login. Without a login, a token is requested where the registry gives one to everybody."""

    host: str
    """The host, with a port if it has one."""
    token: str | None
    """The login, Base64 of `user:password`; None: no login is required, or the tool that pushes has its own."""

    @property
    def plain_http(self) -> bool:
        """True if the registry is on loopback, where image tools use plain HTTP."""
        name = self.host.rpartition(":")[0] if ":" in self.host else self.host
        try:
            return ipaddress.ip_address(name.strip("[]")).is_loopback
        except ValueError:
            return name == "localhost"

    def write_auth_file(self, folder: Path) -> Path | None:
        """Write the token as docker, podman and buildah read it, and return the file; None without a token."""
        if self.token is None:
            return None
        file = folder / "config.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({"auths": {self.host: {"auth": self.token}}}), encoding="utf-8")
        return file

    async def find(self, repository: str, tag: str) -> PushedImage | None:
        """Return the image with the tag; None if the registry has no such image. Raises RegistryError."""
        async with httpx.AsyncClient(base_url=self._url(), timeout=_SECONDS, follow_redirects=True) as client:
            response = await self._get(client, f"/v2/{repository}/manifests/{tag}", accept=", ".join(_MANIFESTS))
            if response is None:
                return None
            manifest = _object(response, self.host)
            digest = f"sha256:{hashlib.sha256(response.content).hexdigest()}"
            if manifest.get("mediaType") in _INDEXES or "manifests" in manifest:
                return PushedImage(digest=digest, architectures=_architectures(manifest))
            config = manifest.get("config", {}).get("digest", "")
            response = await self._get(client, f"/v2/{repository}/blobs/{config}", accept="*/*")
            if response is None:
                raise RegistryError(f"registry {self.host} has {repository}:{tag} without its configuration {config}")
            architecture = str(_object(response, self.host).get("architecture"))
            return PushedImage(digest=digest, architectures=(architecture,))

    def _url(self) -> str:
        return f"{'http' if self.plain_http else 'https'}://{_API_HOSTS.get(self.host, self.host)}"

    async def _get(self, client: httpx.AsyncClient, path: str, *, accept: str) -> httpx.Response | None:
        headers = {"Accept": accept}
        if self.token is not None:
            headers["Authorization"] = f"Basic {self.token}"
        try:
            response = await client.get(path, headers=headers)
            if response.status_code == httpx.codes.UNAUTHORIZED and self.token is None:
                token = await self._anonymous_token(client, response)
                if token is not None:
                    response = await client.get(path, headers={**headers, "Authorization": f"Bearer {token}"})
        except httpx.HTTPError as error:
            raise RegistryError(f"registry {self.host} does not answer: {error}") from error
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            login = "requires a login, which is supported only for ECR" if self.token is None else "refuses the login"
            raise RegistryError(f"registry {self.host} {login} (status {response.status_code})")
        if response.is_error:
            raise RegistryError(f"registry {self.host} answers {path} with status {response.status_code}")
        return response

    async def _anonymous_token(self, client: httpx.AsyncClient, refusal: httpx.Response) -> str | None:
        """Return a token for reading without a login; None if the registry names no place that gives tokens.

        https://github.com/distribution/distribution/blob/main/docs/content/spec/auth/token.md
        """
        scheme, _, rest = refusal.headers.get("WWW-Authenticate", "").partition(" ")
        parameters = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        realm = parameters.pop("realm", "")
        if scheme.lower() != "bearer" or not realm.startswith("http://" if self.plain_http else "https://"):
            return None
        response = await client.get(realm, params=parameters)
        if response.is_error:
            return None
        document = _object(response, self.host)
        token = document.get("token", document.get("access_token"))
        return token if isinstance(token, str) else None


def registry_at(host: str) -> Registry:
    """Return a registry without a login; raises ConfigurationError if the name is not a host."""
    try:
        url = httpx.URL(f"https://{host}")
        is_host = host != "" and url.netloc.decode() in {host, host.removesuffix(":443")} and url.path == "/"
    except (httpx.InvalidURL, UnicodeError):
        is_host = False
    if not is_host:
        fix = "give only the host, with its port if it has one, such as 127.0.0.1:5000"
        raise ConfigurationError([Problem(subject=f"registry {host!r}", message="is not a registry's host", fix=fix)])
    return Registry(host=host, token=None)


def _object(response: httpx.Response, host: str) -> Mapping[str, Any]:
    try:
        document = json.loads(response.content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise RegistryError(f"registry {host}: the response to {response.url.path} is not a JSON object")
    return document


def _architectures(index: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the architectures in an index of images.

    The index may also have entries for attestations, which have no architecture.
    """
    found = (entry.get("platform", {}).get("architecture", "unknown") for entry in index.get("manifests", []))
    return tuple(sorted({name for name in found if name != "unknown"}))

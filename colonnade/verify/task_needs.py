"""The things that ECS needs to start a deployment's tasks: images, secrets, parameters, and the keys of the secrets."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from colonnade.model import naming
from colonnade.model.errors import Fault
from colonnade.model.resolved import Resolved, ResolvedService
from colonnade.model.service.container_definition import Container
from colonnade.verify.need import Need, missing
from colonnade.verify.reader import NotCheckedError, Reader

_ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}
"""The architectures of tasks as OCI images name them."""
_MANIFESTS = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]
_ARN_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")
_SECRET, _PARAMETER = "secretsmanager", "ssm"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """The uses of one secret or parameter: the services and, for a secret, the JSON keys that they read."""

    services: dict[str, ResolvedService] = field(default_factory=dict)
    json_keys: dict[str, None] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        return f"({', '.join(self.services)})"


def images(deployment: Resolved) -> Iterator[Need]:
    """Yield each image in the environment's registry; others are listed as not checked."""
    uses: defaultdict[str, _Use] = defaultdict(_Use)
    for service, container in _containers(deployment):
        uses[container.image].services[service.name] = service
    host = naming.registry_host(account_id=deployment.account_id, region=deployment.region)
    for image, use in uses.items():
        own = image.removeprefix(f"{host}/")
        subject = f"image {own!r} {use.shown}"
        if own == image:
            yield Need(subject=subject, faults=_in_another_registry)
        else:
            wanted = {_ARCHITECTURES[service.architecture] for service in use.services.values()}
            yield Need(
                subject=subject,
                faults=partial(_image_faults, deployment, own, wanted),
            )


def secrets(deployment: Resolved) -> Iterator[Need]:
    """Yield each secret of Secrets Manager, with the JSON keys that are used."""
    for arn, use in _sources(deployment, _SECRET).items():
        name = arn.split(":", 6)[6]
        yield Need(
            subject=f"secret {name!r} {use.shown}",
            faults=partial(_secret_faults, arn, use),
        )


def parameters(deployment: Resolved) -> Iterator[Need]:
    """Yield each parameter of the Parameter Store."""
    for arn, use in _sources(deployment, _PARAMETER).items():
        yield Need(
            subject=f"parameter {_parameter_name(arn)!r} {use.shown}",
            faults=partial(_parameter_faults, arn),
        )


def keys(deployment: Resolved) -> Iterator[Need]:
    """Yield each KMS key that decrypts a secret or a parameter."""
    uses: defaultdict[str, _Use] = defaultdict(_Use)
    for service in deployment.services:
        for arn in service.secret_key_arns:
            uses[arn].services[service.name] = service
    for arn, use in uses.items():
        yield Need(subject=f"KMS key {arn!r} {use.shown}", faults=partial(_key_faults, arn))


def _containers(deployment: Resolved) -> Iterator[tuple[ResolvedService, Container]]:
    for service in deployment.services:
        for container in service.containers if service.containers is not None else ():
            yield service, container


def _sources(deployment: Resolved, aws_service: str) -> dict[str, _Use]:
    """Return the uses of each secret or parameter by its ARN, without the JSON key that `valueFrom` may end with."""
    uses: defaultdict[str, _Use] = defaultdict(_Use)
    for service, container in _containers(deployment):
        for value_from in container.secrets.values():
            parts = value_from.split(":")
            if parts[2] == aws_service:
                use = uses[":".join(parts[:7])]
                use.services[service.name] = service
                use.json_keys.update(dict.fromkeys(parts[7:8]))
    return uses


def _in_another_registry(_reader: Reader) -> Iterator[Fault]:
    raise NotCheckedError("it is in another registry than the environment's")


def _image_faults(deployment: Resolved, image: str, wanted: set[str], reader: Reader) -> Iterator[Fault]:
    by_digest = "@" in image
    repository, _, version = image.partition("@") if by_digest else image.rpartition(":")
    response = reader.read(
        "ecr",
        "batch_get_image",
        missing=["RepositoryNotFoundException"],
        repositoryName=repository,
        imageIds=[{"imageDigest" if by_digest else "imageTag": version}],
        acceptedMediaTypes=_MANIFESTS,
    )
    environment = deployment.environment
    if not response:
        fix = f"run `colonnade apply {naming.IMAGE_REPOSITORIES_STACK} -e {environment}`, then push the image"
        yield Fault(f"its repository {repository!r} does not exist in ECR", fix)
    elif not response["images"]:
        fix = f"run `colonnade images push -e {environment}`, or correct the version in the environment's files"
        yield Fault(f"{version} does not exist in its repository", fix)
    else:
        has = _architectures(repository, response["images"][0]["imageManifest"], reader)
        for architecture in sorted(wanted - has if has else ()):
            fix = f"build the image for it and run `colonnade images push -e {environment}`, or correct `architecture`"
            yield Fault(f"it is for {', '.join(sorted(has))}, not for {architecture}", fix)


def _architectures(repository: str, manifest: str, reader: Reader) -> set[str]:
    """Return the architectures of an image, or of an index of images; empty for a manifest that does not have them."""
    document = json.loads(manifest)
    if "manifests" in document:
        found = {entry.get("platform", {}).get("architecture") for entry in document["manifests"]}
        return found - {None, "unknown"}  # an attestation has none
    if "config" not in document:
        return set()
    # ECR keeps the configuration of an image as it keeps a layer.
    digest = document["config"]["digest"]
    layer = reader.read("ecr", "get_download_url_for_layer", repositoryName=repository, layerDigest=digest)
    return {json.loads(reader.download(layer["downloadUrl"]))["architecture"]}


def _secret_faults(arn: str, use: _Use, reader: Reader) -> Iterator[Fault]:
    region, account, name = arn.split(":")[3], arn.split(":")[4], arn.split(":", 6)[6]
    # An ARN without its suffix may match another secret or none.
    place: dict[str, Any] = {"region": region, "SecretId": arn if _ARN_SUFFIX.search(arn) else name}
    found = reader.read(_SECRET, "describe_secret", missing=["ResourceNotFoundException"], **place)
    command = f"aws secretsmanager {{}} --region {region} --secret-id {name}"
    if not found:
        fix = f"correct its name, or run `aws secretsmanager create-secret --region {region} --name {name} ...`"
        yield missing(f"account {account}, region {region}", fix)
    elif "DeletedDate" in found:
        yield Fault("it is scheduled for deletion", f"run `{command.format('restore-secret')}`, or use another secret")
    elif not any("AWSCURRENT" in stages for stages in found.get("VersionIdsToStages", {}).values()):
        yield Fault("it has no value", f"run `{command.format('put-secret-value')} --secret-string ...`")
    else:
        yield from _secret_key_faults(found.get("KmsKeyId"), use)
        if use.json_keys:
            yield from _json_faults(reader.read(_SECRET, "get_secret_value", **place), use)


def _secret_key_faults(key: str | None, use: _Use) -> Iterator[Fault]:
    """Yield a fault if a service does not declare the secret's own KMS key; an alias cannot be compared."""
    if key is None or "alias/" in key:
        return
    id_ = key.rpartition("/")[2]
    for service in use.services.values():
        if id_ not in {arn.rpartition("/")[2] for arn in service.secret_key_arns}:
            fix = "declare the ARN of that key as kms_key_arn of the secret"
            yield Fault(f"its KMS key {key!r} is not declared, so service {service.name!r} cannot decrypt it", fix)


def _json_faults(response: dict[str, Any], use: _Use) -> Iterator[Fault]:
    """Yield a fault for each JSON key that the value lacks. No message contains anything of the value."""
    try:
        value = json.loads(response.get("SecretString", ""))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        yield Fault("its value is not a JSON object", "store one with the declared keys, or remove json_key")
        return
    for key in use.json_keys:
        if key not in value:
            yield Fault(f"its JSON has no key {key!r}", "add the key to the secret's JSON, or correct json_key")


def _parameter_faults(arn: str, reader: Reader) -> Iterator[Fault]:
    region, account = arn.split(":")[3:5]
    # Without decryption: only the existence counts.
    found = reader.read(_PARAMETER, "get_parameter", region=region, missing=["ParameterNotFound"], Name=arn)
    if not found:
        command = f"aws ssm put-parameter --region {region} --name {_parameter_name(arn)} ..."
        yield missing(f"account {account}, region {region}", f"correct its name, or run `{command}`")


def _parameter_name(arn: str) -> str:
    name = arn.partition(":parameter/")[2]
    return f"/{name}" if "/" in name else name


def _key_faults(arn: str, reader: Reader) -> Iterator[Fault]:
    region, account = arn.split(":")[3:5]
    found = reader.read("kms", "describe_key", region=region, missing=["NotFoundException"], KeyId=arn)
    if not found:
        yield missing(f"account {account}, region {region}", "correct kms_key_arn")
    elif found["KeyMetadata"]["KeyState"] != "Enabled":
        state = found["KeyMetadata"]["KeyState"]
        verb = "cancel-key-deletion" if state == "PendingDeletion" else "enable-key"
        fix = f"run `aws kms {verb} --region {region} --key-id {arn}`, or use another key"
        yield Fault(f"its state is {state}, not Enabled", fix)

"""Every physical name and every name that one Terraform state must guess of another, made in one place.

`{project}-{environment}-{deployment}-{role}`, cut to what AWS allows with a hash as its tail. Image repositories live
in a state of their own, so deployments compute their names, URLs and ARNs here instead of reading them. Environment
names have no hyphen and no deployment's name begins with another's and a hyphen, so no two roles share a name. Pure.
"""

from __future__ import annotations

import hashlib
import re

from colonnade.model import aws_limits
from colonnade.model.errors import Fault

STATE_BACKEND_STACK = "state-backend"
"""The stack that makes the bucket of the others' states."""
IMAGE_REPOSITORIES_STACK = "image-repositories"
"""The stack that makes one image repository per image."""
RESERVED_STACK_NAMES = frozenset({STATE_BACKEND_STACK, IMAGE_REPOSITORIES_STACK})

PROJECT_NAME_LENGTH = 32
ENVIRONMENT_NAME_LENGTH = 16

_HASH_LENGTH = 8
_LABEL = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
# Domains may hold labels that begin with a digit, and double hyphens (xn--).
_DOMAIN_LABEL = rf"(?=.{{1,{aws_limits.DNS_LABEL_LENGTH}}}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?"


def physical_name(project: str, environment: str, deployment: str, role: str, *, max_length: int) -> str:
    """The name of one AWS object, at most `max_length` characters (see `aws_limits`).

    A name that is too long keeps its start and ends in a hash of the whole, so that it stays unique and stable.
    """
    return shortened(f"{project}-{environment}-{hyphenated(deployment)}-{role}", max_length=max_length)


def hyphenated(deployment: str) -> str:
    """A deployment's name as physical names hold it: most of AWS's names take no underscore."""
    return deployment.replace("_", "-")


def shortened(name: str, *, max_length: int) -> str:
    """`name` itself where it fits, otherwise its start and eight hexadecimal digits that depend on all of it."""
    if len(name) <= max_length:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: max_length - _HASH_LENGTH - 1].rstrip('-')}-{digest}"


def name_prefix(name: str, *, max_length: int) -> str:
    """The start of `name` with a hyphen, for AWS objects whose name Terraform completes (`name_prefix`)."""
    return f"{name[: max_length - 1].rstrip('-')}-"


def title(name: str) -> str:
    """The name that a person reads in the console: 'product_user' becomes 'ProductUser'."""
    return "".join(word[:1].upper() + word[1:] for word in hyphenated(name).split("-"))


def state_key(environment: str, stack: str) -> str:
    """Where a stack's state lies in the environment's state bucket."""
    return f"{environment}/{stack}/terraform.tfstate"


def log_group_name(project: str, environment: str, deployment: str, service: str) -> str:
    """The CloudWatch log group of one service's tasks."""
    return f"/{project}/{environment}/{hyphenated(deployment)}/{service}"


def flow_log_group_name(project: str, environment: str, deployment: str) -> str:
    """The CloudWatch log group of a deployment's network; no service's, as no service's name has a slash."""
    return log_group_name(project, environment, deployment, "network/flow-logs")


def repository_name(project: str, environment: str, image: str) -> str:
    """The image repository of one image: deployments of an environment share it."""
    return f"{project}-{environment}-{image}"


def registry_host(*, account_id: str, region: str) -> str:
    """The private registry that every account has in every region."""
    return f"{account_id}.dkr.ecr.{region}.amazonaws.com"


def repository_url(*, account_id: str, region: str, repository: str) -> str:
    """What stands before the tag or the digest in an image's name."""
    return f"{registry_host(account_id=account_id, region=region)}/{repository}"


def repository_arn(*, account_id: str, region: str, repository: str) -> str:
    """What an execution role's policy names to allow pulls from one repository."""
    return f"arn:aws:ecr:{region}:{account_id}:repository/{repository}"


def label_fault(what: str, label: str) -> Fault | None:
    """What keeps a text from being a name in DNS, in an image repository and in physical names at once, if anything."""
    if len(label) <= aws_limits.DNS_LABEL_LENGTH and re.fullmatch(_LABEL, label):
        return None
    cure = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-0123456789")[: aws_limits.DNS_LABEL_LENGTH].strip("-")
    rule = f"1 to {aws_limits.DNS_LABEL_LENGTH} lower-case letters, digits and single hyphens, a letter first"
    fix = f"use {cure!r}: {rule}" if cure else f"use {rule}"
    if len(label) > aws_limits.DNS_LABEL_LENGTH:
        message = f"has {len(label)} characters; a DNS label has at most {aws_limits.DNS_LABEL_LENGTH}"
        return Fault(f"{what} {label!r} {message}", fix)
    return Fault(f"{what} {label!r} is not valid as a DNS label and an image repository's name", fix)


def project_name_fault(name: str) -> Fault | None:
    """What keeps a text from being the project's name, with which every physical name begins, if anything."""
    fault = label_fault("the project's name", name)
    if fault is None and len(name) > PROJECT_NAME_LENGTH:
        message = f"the project's name {name!r} has {len(name)} characters"
        return Fault(message, f"use {PROJECT_NAME_LENGTH} or fewer: every physical name begins with it")
    return fault


def deployment_name_fault(name: str) -> Fault | None:
    """What keeps a text from being a deployment's name, if anything: a label, in which underscores count as hyphens."""
    return label_fault("name", name) if label_fault("name", hyphenated(name)) is not None else None


def domain_name_fault(what: str, domain: str) -> Fault | None:
    """What keeps a text from being a domain name in lower case, if anything."""
    labels = domain.split(".")
    well_formed = all(re.fullmatch(_DOMAIN_LABEL, label) for label in labels)
    if well_formed and len(domain) <= aws_limits.DNS_NAME_LENGTH:
        return None
    return Fault(
        f"{what} {domain!r} is not a domain name",
        "use lower-case letters, digits and hyphens with dots between, such as 'example.com', "
        f"at most {aws_limits.DNS_NAME_LENGTH} characters",
    )

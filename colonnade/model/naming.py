"""Physical names, and the names that several stacks with separate Terraform states use.

`{project}-{environment}-{deployment}-{role}`, shortened to AWS's limit with a hash at the end. Image repositories have
a state of their own, so deployments compute repository names, URLs and ARNs here instead of reading that state. Names
are unique, as an environment's name contains no hyphen and no deployment's name begins with that of another deployment
and a hyphen. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from colonnade.model import aws_limits
from colonnade.model.errors import Fault

STATE_BACKEND_STACK = "state-backend"
"""The stack of the bucket that holds the states of the other stacks."""
IMAGE_REPOSITORIES_STACK = "image-repositories"
"""The stack of the image repositories, one per image."""
RESERVED_STACK_NAMES = frozenset({STATE_BACKEND_STACK, IMAGE_REPOSITORIES_STACK})

PROJECT_NAME_LENGTH = 32
ENVIRONMENT_NAME_LENGTH = 16

_HASH_LENGTH = 8
_LABEL = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
# Labels of a domain may begin with a digit and may contain double hyphens (xn--).
_DOMAIN_LABEL = rf"(?=.{{1,{aws_limits.DNS_LABEL_LENGTH}}}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?"


def physical_name(project: str, environment: str, deployment: str, role: str, *, max_length: int) -> str:
    """Return the name of one AWS object, at most `max_length` characters (see `aws_limits`).

    A name that is too long keeps its start and ends with a hash of the full name, so it stays unique and stable.
    """
    return shortened(f"{project}-{environment}-{hyphenated(deployment)}-{role}", max_length=max_length)


def hyphenated(deployment: str) -> str:
    """Return a deployment's name with hyphens for underscores, which most AWS names do not allow."""
    return deployment.replace("_", "-")


def shortened(name: str, *, max_length: int) -> str:
    """Return `name` if it fits, otherwise its start and eight hexadecimal digits of a hash of the full name."""
    if len(name) <= max_length:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: max_length - _HASH_LENGTH - 1].rstrip('-')}-{digest}"


def name_prefix(name: str, *, max_length: int) -> str:
    """Return the start of `name` with a hyphen, for AWS objects whose name Terraform completes (`name_prefix`)."""
    return f"{name[: max_length - 1].rstrip('-')}-"


def target_group_name(project: str, environment: str, deployment: str, service: str, *, vpc: str) -> str:
    """Return the name of a service's target group: its deployment and service, and a hash.

    The name appears in alarms and metrics, so a long deployment name is cut before the service's. The hash covers all
    arguments. `vpc` is the block of a VPC that is created, or the ID of an existing one: a change of VPC replaces the
    target group, and the new one needs another name, because it is created before the old one is destroyed.
    """
    digest = hashlib.sha256("/".join((project, environment, deployment, service, vpc)).encode()).hexdigest()
    length = aws_limits.TARGET_GROUP_NAME_LENGTH - _HASH_LENGTH - 1
    service = service[:length].rstrip("-")
    start = hyphenated(deployment)[: max(0, length - len(service) - 1)].rstrip("-")
    return f"{start}-{service}-{digest[:_HASH_LENGTH]}".lstrip("-")


def title(name: str) -> str:
    """Return the name that the console shows: 'product_user' becomes 'ProductUser'."""
    return "".join(word[:1].upper() + word[1:] for word in hyphenated(name).split("-"))


def state_key(environment: str, stack: str) -> str:
    """Return the key of a stack's state in the environment's state bucket."""
    return f"{environment}/{stack}/terraform.tfstate"


def log_group_name(project: str, environment: str, deployment: str, service: str) -> str:
    """Return the name of the CloudWatch log group of one service's tasks."""
    return f"/{project}/{environment}/{hyphenated(deployment)}/{service}"


def access_log_bucket_name(project: str, environment: str, deployment: str, *, account_id: str) -> str:
    """Return the name of the bucket of a load balancer's access logs; it must be unique across all accounts."""
    role = f"access-logs-{account_id}"
    return physical_name(project, environment, deployment, role, max_length=aws_limits.BUCKET_NAME_LENGTHS[1])


def flow_log_group_name(project: str, environment: str, deployment: str) -> str:
    """Return the name of the log group of a deployment's network.

    It differs from the log group of every service, because a service's name contains no slash.
    """
    return log_group_name(project, environment, deployment, "network/flow-logs")


def insights_log_group_name(cluster: str) -> str:
    """Return the name of the log group that Container Insights of a cluster writes to.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html
    """
    return f"/aws/ecs/containerinsights/{cluster}/performance"


def repository_name(project: str, environment: str, image: str) -> str:
    """Return the name of an image's repository; the deployments of an environment share it."""
    return f"{project}-{environment}-{image}"


def registry_host(*, account_id: str, region: str) -> str:
    """Return the host of the account's private ECR registry in the region."""
    return f"{account_id}.dkr.ecr.{region}.amazonaws.com"


def repository_url(*, account_id: str, region: str, repository: str) -> str:
    """Return the URL of an image repository, without tag or digest."""
    return f"{registry_host(account_id=account_id, region=region)}/{repository}"


def repository_arn(*, account_id: str, region: str, repository: str) -> str:
    """Return the ARN of an image repository, for the policy of an execution role that pulls from it."""
    return f"arn:aws:ecr:{region}:{account_id}:repository/{repository}"


def label_fault(what: str, label: str, *, max_length: int = aws_limits.DNS_LABEL_LENGTH) -> Fault | None:
    """Return the fault of a string that is not valid in DNS, image repositories and physical names, or None.

    The fix proposes a name of at most `max_length` characters.
    """
    if len(label) <= aws_limits.DNS_LABEL_LENGTH and re.fullmatch(_LABEL, label):
        return None
    corrected = re.sub(r"[^a-z0-9]+", "-", label.lower()).lstrip("-0123456789")[:max_length].strip("-")
    rule = f"1 to {aws_limits.DNS_LABEL_LENGTH} lower-case letters, digits and single hyphens, a letter first"
    fix = f"use {corrected!r}: {rule}" if corrected else f"use {rule}"
    if len(label) > aws_limits.DNS_LABEL_LENGTH:
        message = f"has {len(label)} characters; a DNS label has at most {aws_limits.DNS_LABEL_LENGTH}"
        return Fault(f"{what} {label!r} {message}", fix)
    return Fault(f"{what} {label!r} is not a valid name in DNS and image repositories", fix)


def subdomain_fault(subdomain: str) -> Fault | None:
    """Return the fault of a string that is not a label of a domain, or None.

    A digit may be first, and double hyphens are allowed: `xn--` begins a name in Punycode.
    """
    if re.fullmatch(_DOMAIN_LABEL, subdomain):
        return None
    corrected = re.sub(r"[^a-z0-9]+", "-", subdomain.lower()).strip("-")[: aws_limits.DNS_LABEL_LENGTH].strip("-")
    rule = f"1 to {aws_limits.DNS_LABEL_LENGTH} lower-case letters, digits and hyphens, no hyphen first or last"
    return Fault(
        f"subdomain {subdomain!r} is not a DNS label", f"use {corrected!r}: {rule}" if corrected else f"use {rule}"
    )


def project_name_fault(name: str) -> Fault | None:
    """Return the fault of a string that cannot be the project's name, or None."""
    fault = label_fault("the project's name", name, max_length=PROJECT_NAME_LENGTH)
    if fault is None and len(name) > PROJECT_NAME_LENGTH:
        message = f"the project's name {name!r} has {len(name)} characters"
        return Fault(message, f"use {PROJECT_NAME_LENGTH} or fewer: every physical name begins with it")
    return fault


def deployment_name_fault(name: str) -> Fault | None:
    """Return the fault of a string that is not a label, with underscores allowed for hyphens, or None."""
    return label_fault("name", name) if label_fault("name", hyphenated(name)) is not None else None


def domain_name_fault(what: str, domain: str) -> Fault | None:
    """Return the fault of a string that is not a lower-case domain name, or None."""
    labels = domain.split(".")
    well_formed = all(re.fullmatch(_DOMAIN_LABEL, label) for label in labels)
    if well_formed and len(domain) <= aws_limits.DNS_NAME_LENGTH:
        return None
    return Fault(
        f"{what} {domain!r} is not a domain name",
        "use lower-case letters, digits and hyphens with dots between, such as 'example.com', "
        f"at most {aws_limits.DNS_NAME_LENGTH} characters",
    )


def arn_faults(key: str, arn: str, pattern: str, kind: str, form: str, where: tuple[str, str]) -> Iterator[Fault]:
    """Yield the fault of a value that is not the ARN of such a thing in the environment's region and account: `where`.

    `pattern` has the groups `region` and `account_id`; `form` is the ARN to write, with names in capital letters.
    """
    parts = re.fullmatch(pattern, arn)
    if parts is None:
        yield Fault(f"{key} {arn!r} is not the ARN of {kind}", f"write it as {form}")
    elif (parts["region"], parts["account_id"]) != where:
        yield Fault(
            f"{key} {arn!r} is not in the environment's region {where[0]!r} and account {where[1]!r}",
            f"use one there: {form}; AWS accepts no other",
        )

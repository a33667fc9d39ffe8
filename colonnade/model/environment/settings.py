"""An environment: the account, region, domain and sizes that deployments are synthesized for.

Plain data; `document` builds it from a TOML document. `tables` has the tables of sizes, times and protection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from colonnade.model import aws_limits, naming
from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.domain import CertificateSettings, ZoneSettings
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.listener import ListenerSettings
from colonnade.model.environment.service_settings import ServiceSettings
from colonnade.model.environment.tables import (
    IamSettings,
    NetworkSettings,
    ProtectionSettings,
    TaskSettings,
    TimingSettings,
    TrafficLogSettings,
)
from colonnade.model.migration.phases import MigrationSettings
from colonnade.model.network.existing import ExistingNetwork

SANDBOX = "sandbox"
"""The environment of the AWS emulator, the only one without an AWS account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSettings:
    """A `[deployments.NAME]` table: settings of the environment for one deployment."""

    network: ExistingNetwork | None = None
    """The existing network of the deployment.

    None: the deployment creates a VPC with its block in `[network.vpc_cidrs]` or, without a block, uses
    `[network.existing]`.

    Rule: a table `[deployments.NAME.network]`, for a deployment that has no block and declares no network.
    """
    cluster_name: str | None = None
    """The existing ECS cluster of the deployment. None: that of `tasks.cluster_name`.

    Rule: letters, digits, hyphens and underscores, at most 255.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
    Example: "platform"
    """
    domain_names: tuple[str, ...] = ()
    """The domain names of the deployment in this environment, which replace its subdomain.

    The first is the main name. Default: the subdomain.

    Rule: the zone's name itself or names below it, at most 9, each once.
    AWS: https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html
    Example: ["example.com", "www.example.com"]
    """
    certificate: CertificateSettings | None = None
    """The certificate of the deployment. None: that of `[certificate]`.

    Rule: a table `[deployments.NAME.certificate]`, with the keys of `[certificate]`.
    """
    listener: ListenerSettings | None = None
    """An existing listener, to which the deployment adds its rules.

    None: the deployment creates a load balancer. With a listener, the deployment must use the load balancer's VPC as
    its existing network, and have one to three domain names, which its rules match in addition to the paths.

    Rule: a table `[deployments.NAME.listener]`; no table `[deployments.NAME.ingress]`, because the owner of the
    listener decides about its clients.
    """
    ingress: IngressSettings | None = None
    """The clients of the deployment's load balancer. None: those of the environment's `[ingress]`.

    Rule: a table `[deployments.NAME.ingress]`, with the keys of `[ingress]`.
    """
    services: Mapping[str, ServiceSettings] = field(default_factory=dict)
    """The settings of its services that replace what the deployment file declares, by service name.

    Rule: a table `[deployments.NAME.services.NAME]` of a declared service.
    """
    connections: Mapping[str, ConnectionSettings] = field(default_factory=dict)
    """The settings in this environment for the connections of the deployment's services, by their name in
    `Service.connections`.

    Rule: a table `[deployments.NAME.connections.NAME]` for each connection of a service.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One file of `environments`, after its check."""

    project: str
    """The project's name, with which every physical name begins; set in `cdktf.json`, not in the environment's file."""
    name: str
    """The name of its file, without `.toml`."""
    account_id: str
    """The AWS account. The provider refuses credentials of any other.

    Rule: twelve digits.
    AWS: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
    """
    region: str
    """The AWS region.

    Rule: a region of the partition `aws`.
    AWS: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
    """
    zone_name: str
    """The existing public hosted zone in which deployments get their subdomain.

    Rule: a domain name of at most 253 characters, without a dot at the end.
    AWS: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
    """
    state_bucket: str
    """The S3 bucket of the Terraform states.

    Rule: 3 to 63 lower-case letters, digits and hyphens; no beginning or end that AWS reserves.
    AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    force_delete_repositories: bool
    """True if destroying an image repository also deletes its images.

    AWS: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html
    """
    network: NetworkSettings = field(default_factory=NetworkSettings)
    tasks: TaskSettings
    timing: TimingSettings
    protection: ProtectionSettings
    traffic_logs: TrafficLogSettings
    iam: IamSettings = field(default_factory=IamSettings)
    """The path and the permissions boundary of every role, for organizations that require them.

    Rule: a table `[iam]`.
    """
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of your own, of everything in this environment. A deployment's `tags` replace those of the same key.

    Rule: at most 45; keys of 1 to 128 and values of at most 256 letters, digits, spaces and the characters
    + - = . _ : / @. Not Project, Environment, Deployment, Service and Name, and no key that differs from another one
    only in case.
    AWS: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
    Example: {CostCenter = "4711"}
    """
    ingress: IngressSettings = field(default_factory=IngressSettings)
    """The clients that may connect to the load balancers. Default: the internet.

    Rule: a table `[ingress]`.
    """
    zone: ZoneSettings = field(default_factory=ZoneSettings)
    """The ID of the hosted zone `zone_name`, and the role that may change it.

    Rule: a table `[zone]`.
    """
    certificate: CertificateSettings | None = None
    """The certificate of every load balancer with a domain. None: each deployment has one of its own.

    Rule: a table `[certificate]`.
    """
    deployments: Mapping[str, DeploymentSettings] = field(default_factory=dict)
    """The settings that differ for one deployment, by its name.

    Rule: a table `[deployments.NAME]` of a declared deployment.
    Example: [deployments.shop.ingress]
    """
    images: Mapping[str, str]
    """The tag or digest of each image, by image name, together with the pins of the environment's `.images.toml`.

    Rule: a tag of at most 128 characters, or `sha256:` and 64 digits.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Example: {hello = "1.0.0"}
    """
    migration: Mapping[str, MigrationSettings] = field(default_factory=dict)
    """The migration settings of each deployment that declares a migration, by deployment name.

    Rule: a table `[migration.NAME]` for each deployment that declares a migration.
    Example: [migration.message_board]
    """
    accepted_warnings: Mapping[str, str] = field(default_factory=dict)
    """Warnings about the environment that are not reported: by code, the reason.

    Rule: a code of docs/warnings.md and a reason that is not empty.
    Example: {quota-vpcs = "The quota of VPCs is 20."}
    """
    keys: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """The dotted keys that its file sets ("tasks.desired_count"); all others have default values."""

    def ingress_of(self, deployment: str) -> IngressSettings:
        """Return the clients of a deployment's load balancer."""
        own = self._own(deployment).ingress
        return own if own is not None else self.ingress

    def listener_of(self, deployment: str) -> ListenerSettings | None:
        """Return the existing listener that a deployment uses; None if it creates a load balancer."""
        return self._own(deployment).listener

    def network_of(self, deployment: str) -> ExistingNetwork | None:
        """Return the existing network for a deployment that declares no network; None if it creates one."""
        own = self._own(deployment).network
        if own is not None or deployment in self.network.vpc_cidrs:
            return own
        return self.network.existing

    def domain_names_of(self, deployment: str, subdomain: str | None) -> tuple[str, ...]:
        """Return the names of a deployment that declares the subdomain, the main one first; empty for HTTP only."""
        own = self._own(deployment).domain_names
        if own or subdomain is None:
            return own
        return (f"{subdomain}.{self.zone_name}",)

    def cluster_of(self, deployment: str) -> str | None:
        """Return the name of the existing cluster that a deployment uses; None if it creates one."""
        own = self._own(deployment).cluster_name
        return own if own is not None else self.tasks.cluster_name

    def certificate_of(self, deployment: str) -> CertificateSettings | None:
        """Return the existing certificate of a deployment; None if the deployment creates one, or uses an existing
        listener, which has a certificate."""
        own = self._own(deployment).certificate
        if self.listener_of(deployment) is not None:
            return None
        return own if own is not None else self.certificate

    def _own(self, deployment: str) -> DeploymentSettings:
        return self.deployments.get(deployment, DeploymentSettings())

    @property
    def registry(self) -> str:
        """The host of the registry with the environment's image repositories."""
        return naming.registry_host(account_id=self.account_id, region=self.region)

    @property
    def documentation_account(self) -> bool:
        """True if the account is from AWS's documentation: such an environment can be planned but not deployed."""
        return self.name != SANDBOX and self.account_id in aws_limits.DOCUMENTATION_ACCOUNT_IDS

    @property
    def all_tags(self) -> dict[str, str]:
        """The tags of everything in this environment."""
        return {"Project": self.project, "Environment": self.name, **self.tags}

"""The things around a deployment that others own: state bucket, network, cluster, web ACL, policies and role names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from colonnade.model import aws_limits, naming
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import Fault
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.network.plan import NetworkPlan
from colonnade.model.resolved import Resolved
from colonnade.verify.need import Need, missing, place
from colonnade.verify.reader import NotCheckedError, Reader

_EVERYWHERE = "0.0.0.0/0"


def state_bucket(environment: Environment) -> Need:
    """Return the bucket of the environment's Terraform states."""
    return Need(subject=f"state bucket {environment.state_bucket!r}", faults=partial(_bucket_faults, environment))


def clusters(deployment: Resolved) -> Iterator[Need]:
    """Yield the existing ECS cluster, if the deployment does not create its own."""
    name = deployment.existing_cluster
    if name is not None:
        yield Need(subject=f"ECS cluster {name!r}", faults=partial(_cluster_faults, deployment, name))


def web_acls(deployment: Resolved) -> Iterator[Need]:
    """Yield the web ACL of the load balancer."""
    arn = deployment.protection.web_acl_arn
    if arn is not None:
        yield Need(subject=f"web ACL {arn!r}", faults=partial(_web_acl_faults, deployment, arn))


def permissions_boundaries(deployment: Resolved) -> Iterator[Need]:
    """Yield the policy that limits every role."""
    arn = deployment.iam.permissions_boundary_arn
    if arn is not None:
        yield Need(subject=f"permissions boundary {arn!r}", faults=partial(_boundary_faults, deployment, arn))


def role_names(deployment: Resolved) -> Iterator[Need]:
    """Yield the names of the deployment's roles, which are unique in the account, as one thing."""
    names = [name for each in deployment.services for name in (each.execution_role_name, each.task_role_name)]
    if deployment.traffic_logs.flow_logs and isinstance(deployment.network, NetworkPlan):
        names.append(deployment.names.flow_log_role)
    yield Need(subject=f"names of {len(names)} IAM roles", faults=partial(_role_name_faults, deployment, names))


def networks(deployment: Resolved) -> Iterator[Need]:
    """Yield the VPC and the subnets that exist, or the zones of the network that the deployment creates."""
    network = deployment.network
    if isinstance(network, NetworkPlan):
        yield Need(subject="availability zones", faults=partial(_zones_faults, deployment, network))
        return
    yield Need(subject=f"VPC {network.vpc_id!r}", faults=partial(_vpc_faults, deployment, network.vpc_id))
    for public, ids in ((True, network.public_subnet_ids), (False, network.private_subnet_ids)):
        kind = "public" if public else "private"
        for id_ in ids:
            yield Need(
                subject=f"{kind} subnet {id_!r}",
                faults=partial(_subnet_faults, deployment, network, id_, public),
            )
        if ids:
            yield Need(
                subject=f"zones of the {kind} subnets",
                faults=partial(_spread_faults, ids, public),
            )


def prefix_lists(deployment: Resolved) -> Iterator[Need]:
    """Yield the prefix lists of the load balancer's clients and of connections."""
    uses = {each.prefix_list_id: f"connection {name!r}" for name, each in _connections(deployment).items()}
    uses[deployment.ingress.prefix_list] = "ingress"
    for prefix_list, use in uses.items():
        if prefix_list is not None:
            yield Need(
                subject=f"prefix list {prefix_list!r} ({use})",
                faults=partial(_prefix_list_faults, deployment, prefix_list),
            )


def security_groups(deployment: Resolved) -> Iterator[Need]:
    """Yield the security groups of connections."""
    uses = {each.security_group_id: name for name, each in _connections(deployment).items()}
    for group, name in uses.items():
        if group is not None:
            yield Need(
                subject=f"security group {group!r} (connection {name!r})",
                faults=partial(_security_group_faults, deployment, group),
            )


def _connections(deployment: Resolved) -> Mapping[str, Any]:
    return {name: each for service in deployment.services for name, each in service.connections.items()}


def _bucket_faults(environment: Environment, reader: Reader) -> Iterator[Fault]:
    bucket = environment.state_bucket
    found = reader.read("s3", "head_bucket", missing=["404", "NoSuchBucket", "NotFound"], Bucket=bucket)
    command = f"colonnade apply {naming.STATE_BACKEND_STACK} -e {environment.name}"
    if not found:
        yield Fault("it does not exist", f"run `{command}` first")
        return
    region = found.get("BucketRegion", environment.region)
    if region != environment.region:
        yield Fault(
            f"it is in region {region}, not in {environment.region}", "use a bucket of the environment's region"
        )
    if reader.read("s3", "get_bucket_versioning", Bucket=bucket).get("Status") != "Enabled":
        yield Fault("its versioning is off, so an overwritten state is lost", f"run `{command}`")


def _cluster_faults(deployment: Resolved, name: str, reader: Reader) -> Iterator[Fault]:
    found = reader.read("ecs", "describe_clusters", clusters=[name])["clusters"]
    if not found:
        yield missing(place(deployment), "correct cluster_name")
        return
    if found[0]["status"] != "ACTIVE":
        yield Fault(f"its status is {found[0]['status']}, not ACTIVE", "use another cluster")
    default = deployment.tasks.capacity_provider
    needed = {name for service in deployment.services for name in (service.capacity or (default,))}
    for provider in sorted(needed.difference(found[0].get("capacityProviders", ()))):
        fix = "add it with `aws ecs put-cluster-capacity-providers`; ECS refuses the services without it"
        yield Fault(f"it has no capacity provider {provider}", fix)


def _web_acl_faults(deployment: Resolved, arn: str, reader: Reader) -> Iterator[Fault]:
    name, id_ = arn.rsplit("/", 2)[1:]
    codes = ["WAFNonexistentItemException"]
    if not reader.read("wafv2", "get_web_acl", missing=codes, Name=name, Id=id_, Scope="REGIONAL"):
        yield missing(place(deployment), "correct web_acl_arn in [protection]")


def _boundary_faults(deployment: Resolved, arn: str, reader: Reader) -> Iterator[Fault]:
    if not reader.read("iam", "get_policy", missing=["NoSuchEntity"], PolicyArn=arn):
        yield missing(f"account {deployment.account_id}", "correct permissions_boundary_arn in [iam]")


def _role_name_faults(deployment: Resolved, names: Sequence[str], reader: Reader) -> Iterator[Fault]:
    """Yield a fault for each role of another owner that has a name of the deployment's; its own have the project's
    tags."""
    own = {("Project", deployment.project), ("Environment", deployment.environment)}
    for name in names:
        role = reader.read("iam", "get_role", missing=["NoSuchEntity"], RoleName=name).get("Role")
        if role is not None and not own <= {(tag["Key"], tag["Value"]) for tag in role.get("Tags", ())}:
            fix = "delete or rename that role, or rename the service or the deployment"
            yield Fault(
                f"a role of another owner has the name {name!r}: it lacks the tags Project and Environment", fix
            )


def _zones_faults(deployment: Resolved, network: NetworkPlan, reader: Reader) -> Iterator[Fault]:
    zones = reader.read("ec2", "describe_availability_zones", Filters=[{"Name": "state", "Values": ["available"]}])
    found = [each["ZoneName"] for each in zones["AvailabilityZones"]]
    listed = ", ".join(found)
    for zone in network.zone_names if network.zone_names is not None else ():
        if zone not in found:
            yield Fault(f"{zone!r} is not available", f"use one of {listed}")
    if network.zone_names is None and len(found) < len(network.public_cidrs):
        fix = "reduce availability_zone_count in [network]"
        yield Fault(f"{len(network.public_cidrs)} are needed; {deployment.region} has {listed}", fix)


def _vpc_faults(deployment: Resolved, vpc_id: str, reader: Reader) -> Iterator[Fault]:
    if not reader.read("ec2", "describe_vpcs", missing=["InvalidVpcID.NotFound"], VpcIds=[vpc_id]):
        yield missing(place(deployment), "correct vpc_id")
        return
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        found = reader.read("ec2", "describe_vpc_attribute", VpcId=vpc_id, Attribute=attribute)
        if not found[f"E{attribute[1:]}"]["Value"]:
            option = "dns-support" if attribute == "enableDnsSupport" else "dns-hostnames"
            fix = f"run `aws ec2 modify-vpc-attribute --vpc-id {vpc_id} --enable-{option}`; names of services need it"
            yield Fault(f"its attribute {attribute} is false", fix)


def _subnet_faults(
    deployment: Resolved, network: ExistingNetwork, id_: str, public: bool, reader: Reader
) -> Iterator[Fault]:
    codes = ["InvalidSubnetID.NotFound"]
    subnets = reader.read("ec2", "describe_subnets", missing=codes, SubnetIds=[id_]).get("Subnets")
    if not subnets:
        yield missing(place(deployment), "correct its ID")
    elif subnets[0]["VpcId"] != network.vpc_id:
        yield Fault(f"it is in VPC {subnets[0]['VpcId']}, not in {network.vpc_id}", "use a subnet of that VPC")
    elif public and not _reaches_internet(reader, id_, network.vpc_id):
        fix = f"add a route for {_EVERYWHERE} to its route table, or use another subnet"
        yield Fault("it has no default route to an internet gateway, which the load balancer needs", fix)


def _reaches_internet(reader: Reader, subnet_id: str, vpc_id: str) -> bool:
    """Return True if the subnet's route table, its own or else the main one, leads to an internet gateway."""
    tables = _route_tables(reader, ("association.subnet-id", subnet_id)) or _route_tables(
        reader, ("vpc-id", vpc_id), ("association.main", "true")
    )
    routes = [route for table in tables for route in table["Routes"]]
    return any(
        route.get("DestinationCidrBlock") == _EVERYWHERE and route.get("GatewayId", "").startswith("igw-")
        for route in routes
    )


def _route_tables(reader: Reader, *filters: tuple[str, str]) -> Sequence[Any]:
    wanted = [{"Name": name, "Values": [value]} for name, value in filters]
    tables: Sequence[Any] = reader.read("ec2", "describe_route_tables", Filters=wanted)["RouteTables"]
    return tables


def _spread_faults(ids: tuple[str, ...], public: bool, reader: Reader) -> Iterator[Fault]:
    subnets = reader.read("ec2", "describe_subnets", Filters=[{"Name": "subnet-id", "Values": list(ids)}])["Subnets"]
    if len(subnets) < len(ids):
        raise NotCheckedError("a subnet does not exist")
    zones = [each["AvailabilityZone"] for each in subnets]
    least = aws_limits.AVAILABILITY_ZONES[0]
    if len(set(zones)) < least:
        yield Fault(f"all are in {zones[0]}", f"use subnets in {least} zones or more")
    elif public and len(set(zones)) < len(zones):
        fix = "use one subnet per zone: a load balancer takes no other"
        yield Fault(f"several are in one zone: {', '.join(sorted(zones))}", fix)


def _prefix_list_faults(deployment: Resolved, prefix_list: str, reader: Reader) -> Iterator[Fault]:
    name = "prefix-list-id" if prefix_list.startswith("pl-") else "prefix-list-name"
    wanted = [{"Name": name, "Values": [prefix_list]}]
    found = reader.read("ec2", "describe_managed_prefix_lists", Filters=wanted)["PrefixLists"]
    if not found:
        yield missing(place(deployment), "correct the ID or the name of the prefix list")
    elif found[0]["AddressFamily"] != "IPv4":
        yield Fault(f"its addresses are {found[0]['AddressFamily']}", "use a prefix list of IPv4 blocks")


def _security_group_faults(deployment: Resolved, group: str, reader: Reader) -> Iterator[Fault]:
    if not reader.read("ec2", "describe_security_groups", missing=["InvalidGroup.NotFound"], GroupIds=[group]):
        yield missing(place(deployment), "correct security_group_id of the connection")

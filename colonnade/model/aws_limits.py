"""AWS limits that the rules check, as named constants, each with its source.

Quotas that AWS raises on request have their default values. Quotas of an account are warnings, see `quotas`; they come
with their codes of Service Quotas. The constants are plain numbers and strings.
"""

from __future__ import annotations

from types import MappingProxyType

# Elastic Load Balancing quotas.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
LISTENER_RULES_PER_LOAD_BALANCER = 100
"""Default rules do not count; adjustable. The quota for target groups per load balancer is the same."""
TARGETS_PER_LOAD_BALANCER = 1000
"""Adjustable."""
TARGETS_PER_TARGET_GROUP = 1000
"""Adjustable."""
WILDCARDS_PER_RULE = 5
COMPARISON_STRINGS_PER_RULE = 5

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
COMPARISON_STRINGS_PER_CONDITION = 3

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
RULE_PRIORITIES = (1, 50_000)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html (ListenerArn)
LISTENER_ARN = (
    r"arn:aws:elasticloadbalancing:(?P<region>[a-z0-9-]+):(?P<account_id>[0-9]{12}):listener/app/"
    r"[A-Za-z0-9-]{1,32}/[0-9a-f]{16}/[0-9a-f]{16}"
)

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions
PATH_PATTERN_LENGTH = 128
PATH_PATTERN_CHARACTERS = r"A-Za-z0-9_\-.$/~\"'@:+"
"""The characters of a path pattern as the content of a regular expression's character class.

The wildcards * and ? are left out, and &, which AWS accepts only as &amp;.
"""

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
LOAD_BALANCER_NAME_LENGTH = 32
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html (Name)
TARGET_GROUP_NAME_LENGTH = 32

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html
FIXED_RESPONSE_BODY_LENGTH = 1024
FIXED_RESPONSE_CONTENT_TYPES = ("application/javascript", "application/json", "text/css", "text/html", "text/plain")
FIXED_RESPONSE_STATUS_CODES = (range(200, 300), range(400, 600))

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
HEALTH_CHECK_INTERVAL_SECONDS = (5, 300)
HEALTH_CHECK_TIMEOUT_SECONDS = (2, 120)
HEALTH_CHECK_THRESHOLD = (2, 10)
HEALTH_CHECK_PATH_LENGTH = 1024
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html (HttpCode)
HEALTH_CHECK_CODES = (200, 499)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
DEREGISTRATION_DELAY_SECONDS = (0, 3600)
STICKY_SESSION_SECONDS = (1, 604_800)
"""The attribute `stickiness.lb_cookie.duration_seconds`: one second to a week."""

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
LOAD_BALANCER_SUBNET_PREFIX_LENGTH = 27
"""The smallest subnet that a load balancer accepts is a /27."""
# https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
SUBNET_PREFIX_LENGTH = 28
"""The smallest subnet that AWS allows."""
RESERVED_ADDRESSES_PER_SUBNET = 5
# https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
AVAILABILITY_ZONES = (2, 6)
"""A load balancer needs two; no region has more than six."""
AVAILABILITY_ZONE_LETTER = r"[a-f]"
"""A zone's name is the region's name and one letter; names of local zones are longer."""
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html (Linux containers)
ZONES_WITHOUT_FARGATE = MappingProxyType({"ap-northeast-1": ("apne1-az3",), "us-west-1": ("usw1-az2",)})
"""Zone ids by region.

A zone id, such as usw1-az2, means the same zone in every account; a zone name, such as us-west-1a, does not.
"""

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
VPC_ID = r"vpc-[0-9a-f]{8}([0-9a-f]{9})?"
SUBNET_ID = r"subnet-[0-9a-f]{8}([0-9a-f]{9})?"

# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
VPC_PREFIX_LENGTHS = (16, 28)
"""Largest and smallest block of a VPC."""
PRIVATE_ADDRESS_RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
"""RFC 1918 and RFC 6598; a VPC in public address space would make the public hosts of that space unreachable."""
# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
RULES_PER_SECURITY_GROUP = 60
"""For each direction; adjustable."""
# https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html (weight)
PREFIX_LIST_WEIGHTS = MappingProxyType(
    {
        "com.amazonaws.global.cloudfront.origin-facing": 55,
        "com.amazonaws.global.groundstation": 5,
        "com.amazonaws.{region}.ec2-instance-connect": 2,
        "com.amazonaws.{region}.route53-healthchecks": 25,
        "com.amazonaws.{region}.vpc-lattice": 10,
    }
)
"""The AWS-managed IPv4 prefix lists for clients of a load balancer, each with its weight: the number of security group
rules that one reference to it counts as."""
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ManagedPrefixList.html
PREFIX_LIST_ID = r"pl-[0-9a-f]{8}([0-9a-f]{9})?"
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroup.html
SECURITY_GROUP_ID = r"sg-[0-9a-f]{8}([0-9a-f]{9})?"
HOST_NAME = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*"
"""A domain name or an IPv4 address. Underscores are allowed, because resolvers accept them."""

# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
VPCS_PER_REGION = ("L-F678F1CE", 5)
"""The code in Service Quotas and the default value, as for the two quotas below."""
ELASTIC_IPS = ("L-0263D0A3", 5)
# https://docs.aws.amazon.com/general/latest/gr/ecs-service.html (Fargate On-Demand and Spot vCPU resource count)
FARGATE_VCPUS = MappingProxyType({"FARGATE": ("L-3032A538", 6), "FARGATE_SPOT": ("L-36FBB829", 6)})

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
FARGATE_MEMORY_MIB = MappingProxyType(
    {
        256: (512, 1024, 2048),
        512: tuple(range(1024, 4096 + 1, 1024)),
        1024: tuple(range(2048, 8192 + 1, 1024)),
        2048: tuple(range(4096, 16384 + 1, 1024)),
        4096: tuple(range(8192, 30720 + 1, 1024)),
        8192: tuple(range(16384, 61440 + 1, 4096)),
        16384: tuple(range(32768, 122880 + 1, 8192)),
    }
)
"""The memory sizes that each number of CPU units allows."""
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (stopTimeout)
FARGATE_STOP_TIMEOUT_SECONDS = (2, 120)
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
TASKS_PER_SERVICE = 5000
CLOUD_MAP_INSTANCES_PER_SERVICE = 1000
"""Not adjustable: "Services configured to use service discovery have a limit of 1,000 tasks per service"."""
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html (healthCheckGracePeriodSeconds)
HEALTH_CHECK_GRACE_SECONDS = (0, 2_147_483_647)
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
CONTAINER_PORTS = (1, 65_535)

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html, API_CreateCluster and
# API_RegisterTaskDefinition (serviceName, clusterName, family)
ECS_NAME_LENGTH = 255
CLUSTER_NAME = r"[A-Za-z0-9_-]{1,255}"
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html (GroupName): 255, of which the
# provider takes 26 to complete a prefix
SECURITY_GROUP_NAME_PREFIX_LENGTH = 229
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html (RoleName)
ROLE_NAME_LENGTH = 64
# https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html (AliasName, with "alias/")
KMS_ALIAS_LENGTH = 250
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
TAG_VALUE_LENGTH = 256

# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
IMAGE_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}"
# https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
IMAGE_DIGEST = r"sha256:[0-9a-f]{64}"
# https://github.com/distribution/reference/blob/main/reference.go
_HOST_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_PATH_PART = r"[a-z0-9]+(([_.]|__|-+)[a-z0-9]+)*"
IMAGE_PATH = rf"(?P<host>{_HOST_LABEL}(\.{_HOST_LABEL})+)(:(?P<port>[0-9]+))?(/{_PATH_PART})+"
"""A registry's domain and a repository's path, without tag and digest."""
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (image)
IMAGE_LENGTH = 255
"""With the tag or digest."""
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
PRIVATE_REGISTRY = r"[0-9]{12}\.dkr[.-]ecr(-fips)?\..+"
"""The host of a private ECR registry: its IPv4, dual-stack and FIPS names."""

# A service's name is a DNS label: RFC 1035, and https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
DNS_LABEL_LENGTH = 63
DNS_NAME_LENGTH = 253
# https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsRecord.html (TTL)
DNS_TTL_SECONDS = (0, 2_147_483_647)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html (idle_timeout)
IDLE_TIMEOUT_SECONDS = (1, 4000)
# https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html (DomainName, RFC 5280)
CERTIFICATE_DOMAIN_LENGTH = 64
# https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html (domain names per certificate)
CERTIFICATE_NAMES = 10
"""Adjustable."""
# https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html (CertificateArn)
CERTIFICATE_ARN = r"arn:aws:acm:(?P<region>[a-z0-9-]+):(?P<account_id>[0-9]{12}):certificate/[A-Za-z0-9_-]+"
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html (Id)
HOSTED_ZONE_ID = r"Z[A-Z0-9]{1,31}"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
ROLE_ARN = r"arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+"

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180),
    *(365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET_NAME_LENGTHS = (3, 63)
BUCKET_NAME_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
BUCKET_NAME_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an")

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html (Days, a 32-bit number)
S3_EXPIRATION_DAYS = 2_147_483_647

# https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html (WebACLArn)
# https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACLSummary.html (Name, Id)
REGIONAL_WEB_ACL_ARN = (
    r"arn:aws:wafv2:(?P<region>[a-z0-9-]+):(?P<account_id>[0-9]{12}):regional/webacl/[A-Za-z0-9_-]{1,128}/"
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
"""The ARN of a web ACL for load balancers; the ARN of one for CloudFront has `global` in place of `regional`."""

# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
ACCOUNT_ID = r"[0-9]{12}"
DOCUMENTATION_ACCOUNT_IDS = frozenset({"111122223333", "123456789012", "444455556666", "777788889999"})
"""Account ids in AWS's documentation and examples; not real accounts."""
# https://github.com/hashicorp/aws-sdk-go-base/blob/main/endpoints/endpoints_gen.go
REGIONS = (
    *("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"),
    *("ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"),
    *("ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1"),
    *("eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1"),
    *("mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
)
"""The regions of the partition `aws` that version 5.100 of the AWS provider accepts; names, ARNs and repository URLs
are made for this partition only. AWS opened ap-southeast-6 later; the provider refuses it."""

# https://pkg.go.dev/time#Duration, in which the provider measures the time that it waits
WAIT_MINUTES = (1, 153_722_867)

# https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
SDK_VARIABLE_START = "AWS_"
"""The start of the environment variables that AWS SDKs read."""

AWS_DOMAIN = "amazonaws.com"
"""The domain of the endpoints from which tasks pull images and to which they send logs."""
# https://www.iana.org/assignments/special-use-domain-names, and https://www.icann.org for `internal`
SPECIAL_TOP_LEVEL_DOMAINS = ("example", "internal", "invalid", "local", "localhost", "onion", "test")
"""Top-level domains that public DNS never has, so that no certificate authority validates a name in them."""

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html (Name)
SECRET_NAME_LENGTH = 512
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html (Name)
PARAMETER_NAME_LENGTH = 1011

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
CONTAINER_HEALTH_CHECK_INTERVAL_SECONDS = (5, 300)
CONTAINER_HEALTH_CHECK_TIMEOUT_SECONDS = (2, 60)
CONTAINER_HEALTH_CHECK_RETRIES = (1, 10)
CONTAINER_HEALTH_CHECK_START_PERIOD_SECONDS = (0, 300)
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html
EPHEMERAL_STORAGE_GIB = (21, 200)
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html (containers per task definition)
CONTAINERS_PER_TASK = 10
OPEN_FILES = (1024, 1_048_576)
"""Linux allows a process no more than 1048576 open files by default (fs.nr_open)."""
VARIABLES_OF_ECS = ("AWS_EXECUTION_ENV", "AWS_CONTAINER_CREDENTIALS_", "ECS_CONTAINER_METADATA_URI", "ECS_AGENT_URI")
"""The starts of variables that ECS sets in every container:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-metadata.html"""

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
CAPACITY_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
CAPACITY_PROVIDER_WEIGHT = (0, 1000)
CAPACITY_PROVIDER_BASE = (0, 100_000)

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
ROLE_PATH = r"(?=.{1,512}$)/([A-Za-z0-9+=,.@_-]+/)*"
POLICY_ARN = r"arn:aws:iam::(?P<account>[0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+"
# https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
TAGS_PER_RESOURCE = 50
TAG_KEY_LENGTH = 128

"""A domain: hosted zone (looked up) -> ACM certificate -> validation records -> validation.

Or an existing certificate, looked up. `LoadBalancer` creates the alias records later, because it needs the certificate
first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from colonnade.modules.provider import aws, cdktf, constructs

_VALIDATION_RECORD_TTL_SECONDS = 60


class Domain(constructs.Construct):
    """A name in an existing hosted zone, with a validated certificate for it and its subdomains (one level).

    Inputs:
        zone_name: The public hosted zone, such as 'example.com'. It is looked up, not created.
        domain_name: The name, such as 'shop.example.com', at most 64 characters.
        other_names: Further names in the zone, such as 'www.example.com'. Default: none.
        zone_id: The ID of the zone, if several have its name. Default: the zone is found by its name.
        zone_provider: The provider that reads the zone and writes its records, with a role in another account. Default:
            the stack's own.
        certificate_arn, certificate_domain: An existing certificate, and its domain name in ACM, by which it is
            found. Default: a certificate is created.
        needs_certificate: False if an existing listener has a certificate for the names. Default: True.

    Resources: `aws_acm_certificate`, `aws_route53_record`, `aws_acm_certificate_validation`; data `aws_route53_zone`.
    With an existing certificate only data `aws_acm_certificate` and `aws_route53_zone`.

    Outputs: `name`, `names`, `zone_id`; `certificate_arn`, known once the certificate is validated.
    `add_alias_records(scope, dns_name, load_balancer_zone_id)` makes the names aliases of a load balancer.
    """

    def __init__(
        self,
        scope: Any,
        id_: str,
        *,
        zone_name: str,
        domain_name: str,
        other_names: Sequence[str] = (),
        zone_id: str | None = None,
        zone_provider: Any = None,
        certificate_arn: str | None = None,
        certificate_domain: str | None = None,
        needs_certificate: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self.name: Final = domain_name
        self.names: Final = (domain_name, *other_names)
        self.zone_provider: Final = zone_provider
        self.zone_id: Final[str] = self._zone(zone_name, zone_id).zone_id
        self.certificate_arn: Final[str | None] = (
            self._certificate_arn(certificate_arn, certificate_domain) if needs_certificate else None
        )

    def add_alias_records(self, scope: Any, *, dns_name: str, load_balancer_zone_id: str) -> None:
        """Add an alias record of a load balancer for each name, below `scope`."""
        # With True, Route 53 would treat the load balancer as failed if one service has no healthy task. That is useful
        # only with a second record to fail over to.
        alias = aws.route53_record.Route53RecordAlias(
            name=dns_name, zone_id=load_balancer_zone_id, evaluate_target_health=False
        )
        for name in self.names:
            aws.route53_record.Route53Record(
                scope,
                self._record_id("alias_record", name),
                zone_id=self.zone_id,
                name=name,
                type="A",
                alias=alias,
                provider=self.zone_provider,
            )

    def _certificate_arn(self, arn: str | None, domain: str | None) -> str:
        return self._existing_certificate(arn, domain) if arn is not None else self._validated_certificate()

    def _zone(self, zone_name: str, zone_id: str | None) -> Any:
        zone = aws.data_aws_route53_zone.DataAwsRoute53Zone
        if zone_id is None:
            return zone(self, "zone", name=zone_name, private_zone=False, provider=self.zone_provider)
        is_public = cdktf.Postcondition(
            condition="${!self.private_zone}",
            error_message=f"Hosted zone {zone_id} is private; the domain needs a public one.",
        )
        has_name = cdktf.Postcondition(
            condition=f'${{self.name == "{zone_name}"}}',
            error_message=f"Hosted zone {zone_id} has another name than {zone_name}.",
        )
        lifecycle = cdktf.TerraformResourceLifecycle(postcondition=[is_public, has_name])
        return zone(self, "zone", zone_id=zone_id, provider=self.zone_provider, lifecycle=lifecycle)

    def _existing_certificate(self, arn: str, domain: str | None) -> str:
        # The provider finds certificates by their domain name alone.
        is_meant = cdktf.Postcondition(
            condition=f'${{self.arn == "{arn}"}}',
            error_message=f"The newest issued certificate of {domain} is not {arn}.",
        )
        found: str = aws.data_aws_acm_certificate.DataAwsAcmCertificate(
            self,
            "certificate",
            domain=domain,
            statuses=["ISSUED"],
            most_recent=True,
            lifecycle=cdktf.TerraformResourceLifecycle(postcondition=[is_meant]),
        ).arn
        return found

    def _validated_certificate(self) -> str:
        certificate = self._certificate()
        # The ARN of the validation, so that a listener that uses it waits until the certificate is valid.
        return self._validation(certificate, self._validation_records(certificate))

    def _certificate(self) -> Any:
        # A listener always needs a certificate, so a new certificate is created before the old one is destroyed.
        return aws.acm_certificate.AcmCertificate(
            self,
            "certificate",
            domain_name=self.name,
            subject_alternative_names=[f"*.{self.name}", *self.names[1:]],
            validation_method="DNS",
            lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True),
        )

    def _validation_records(self, certificate: Any) -> list[Any]:
        if len(self.names) == 1:
            # ACM validates a name and its wildcard by the same record, so the first option is enough for both.
            option = certificate.domain_validation_options.get(0)
            values = (option.resource_record_name, option.resource_record_type, option.resource_record_value)
            return [self._validation_record("validation_record", *values)]
        return [
            self._validation_record(
                self._record_id("validation_record", name),
                *(_validation_option(certificate, name, key) for key in ("name", "type", "value")),
            )
            for name in self.names
        ]

    def _record_id(self, role: str, name: str) -> str:
        """Return the construct id of a record. The id of the main name's record does not contain the name."""
        return role if name == self.name else f"{role}_{name.replace('.', '_')}"

    def _validation_record(self, id_: str, name: str, kind: str, value: str) -> Any:
        return aws.route53_record.Route53Record(
            self,
            id_,
            zone_id=self.zone_id,
            name=name,
            type=kind,
            records=[value],
            ttl=_VALIDATION_RECORD_TTL_SECONDS,
            allow_overwrite=True,
            provider=self.zone_provider,
        )

    def _validation(self, certificate: Any, records: list[Any]) -> str:
        validation = aws.acm_certificate_validation.AcmCertificateValidation(
            self, "validation", certificate_arn=certificate.arn, validation_record_fqdns=[each.fqdn for each in records]
        )
        arn: str = validation.certificate_arn
        return arn


def _validation_option(certificate: Any, name: str, key: str) -> str:
    """Return the expression for `key` of the validation record of `name`.

    It searches by name, because the options are a set.
    """
    options = f"{certificate.terraform_resource_type}.{certificate.friendly_unique_id}.domain_validation_options"
    return f'${{one([for each in {options} : each.resource_record_{key} if each.domain_name == "{name}"])}}'

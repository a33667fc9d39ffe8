"""A deployment's name on the internet: hosted zone (looked up) -> ACM certificate -> validation record -> validation.

The alias record to the load balancer is `load_balancer`'s, which needs the certificate first.
"""

from __future__ import annotations

from typing import Any

from colonnade.modules.provider import aws, cdktf, constructs

_VALIDATION_RECORD_TTL_SECONDS = 60


class Domain(constructs.Construct):
    """A name in a hosted zone that exists already, with a validated certificate for it and for every name below it."""

    def __init__(self, scope: Any, id_: str, *, zone_name: str, domain_name: str) -> None:
        super().__init__(scope, id_)
        self.name = domain_name
        self.zone_id: str = aws.data_aws_route53_zone.DataAwsRoute53Zone(
            self, "zone", name=zone_name, private_zone=False
        ).zone_id
        certificate = self._certificate()
        self.certificate_arn: str = self._validation(certificate, self._validation_record(certificate))
        """Known once the certificate is validated, so a listener that uses it waits for that."""

    def _certificate(self) -> Any:
        # A listener must never be without a certificate: its successor comes first.
        return aws.acm_certificate.AcmCertificate(
            self,
            "certificate",
            domain_name=self.name,
            subject_alternative_names=[f"*.{self.name}"],
            validation_method="DNS",
            lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True),
        )

    def _validation_record(self, certificate: Any) -> Any:
        # ACM asks for one and the same record for a name and its wildcard, so the first option stands for both.
        option = certificate.domain_validation_options.get(0)
        return aws.route53_record.Route53Record(
            self,
            "validation_record",
            zone_id=self.zone_id,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=_VALIDATION_RECORD_TTL_SECONDS,
            allow_overwrite=True,
        )

    def _validation(self, certificate: Any, record: Any) -> str:
        validation = aws.acm_certificate_validation.AcmCertificateValidation(
            self, "validation", certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn]
        )
        arn: str = validation.certificate_arn
        return arn

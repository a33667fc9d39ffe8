"""A domain: hosted zone (looked up) -> ACM certificate -> validation record -> validation.

`LoadBalancer` creates the alias record, since it needs the certificate first.
"""

from __future__ import annotations

from typing import Any, Final

from colonnade.modules.provider import aws, cdktf, constructs

_VALIDATION_RECORD_TTL_SECONDS = 60


class Domain(constructs.Construct):
    """A name in an existing hosted zone, with a validated certificate for it and its subdomains (one level).

    Inputs:
        zone_name: The public hosted zone, such as 'example.com'. It is looked up, not created.
        domain_name: The name, such as 'shop.example.com', at most 64 characters.

    Resources: `aws_acm_certificate`, `aws_route53_record`, `aws_acm_certificate_validation`; data `aws_route53_zone`.

    Outputs: `name`, `zone_id`; `certificate_arn`, known once the certificate is validated.
    """

    def __init__(self, scope: Any, id_: str, *, zone_name: str, domain_name: str) -> None:
        super().__init__(scope, id_)
        self.name: Final = domain_name
        self.zone_id: Final[str] = aws.data_aws_route53_zone.DataAwsRoute53Zone(
            self, "zone", name=zone_name, private_zone=False
        ).zone_id
        certificate = self._certificate()
        # The ARN of the validation, so that a listener that uses it waits until the certificate is valid.
        self.certificate_arn: Final[str] = self._validation(certificate, self._validation_record(certificate))

    def _certificate(self) -> Any:
        # A listener always needs a certificate, so a replacement is created before the old one is destroyed.
        return aws.acm_certificate.AcmCertificate(
            self,
            "certificate",
            domain_name=self.name,
            subject_alternative_names=[f"*.{self.name}"],
            validation_method="DNS",
            lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True),
        )

    def _validation_record(self, certificate: Any) -> Any:
        # ACM validates a name and its wildcard by the same record, so the first option is enough for both.
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

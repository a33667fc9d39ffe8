"""ACM for the emulator: moto 5.2.5 deletes a certificate that a listener serves.

https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html
"""

from __future__ import annotations

from moto.acm.models import AWSCertificateManagerBackend
from moto.core.exceptions import JsonRESTError

from colonnade_sandbox.aws_emulator.in_use import certificate_users
from colonnade_sandbox.control_plane.observations import Observations

_delete_any = AWSCertificateManagerBackend.delete_certificate


def _delete_certificate(backend: AWSCertificateManagerBackend, arn: str) -> None:
    if next(certificate_users(backend.account_id, backend.region_name, arn), None) is not None:
        message = f"Certificate {arn} in account {backend.account_id} is in use."
        raise JsonRESTError("ResourceInUseException", message)
    _delete_any(backend, arn)


def install(_observations: Observations) -> None:
    """Make moto refuse to delete a certificate that is in use."""
    AWSCertificateManagerBackend.delete_certificate = _delete_certificate

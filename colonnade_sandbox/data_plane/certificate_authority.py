"""The certificate authority of one session, in place of ACM."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

_FILE_NAME = "certificate-authority.pem"


class CertificateAuthority:
    """A certificate authority. Only its certificate is written to a file; its key stays in memory."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._authority = trustme.CA(organization_name="Colonnade sandbox")
        self.certificate_path = directory / _FILE_NAME
        self._authority.cert_pem.write_to_path(self.certificate_path)

    def server_context(self, domains: tuple[str, ...]) -> ssl.SSLContext:
        """Return the TLS context of an HTTPS listener with a certificate for `domains`: TLS 1.2 and 1.3.

        Raises ValueError if `domains` is empty.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.certify(context, domains)
        return context

    def certify(self, context: ssl.SSLContext, domains: tuple[str, ...]) -> None:
        """Replace the context's certificate for new connections."""
        self._authority.issue_cert(*domains).configure_cert(context)

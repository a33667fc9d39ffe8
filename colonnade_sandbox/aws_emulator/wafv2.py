"""WAF for the emulator: the web ACL that a deployment names is its owner's and exists, as a domain does.

moto 5.2.5 knows only those that were made through it, with ids of its own.
"""

from __future__ import annotations

from moto.wafv2.models import FakeWebACL, WAFV2Backend

from colonnade_sandbox.control_plane.observations import Observations

_associate_known = WAFV2Backend.associate_web_acl


def _associate(backend: WAFV2Backend, web_acl_arn: str, resource_arn: str) -> None:
    """An ARN ends in `/webacl/NAME/ID`."""
    if web_acl_arn not in backend.wacls:
        name, id_ = web_acl_arn.split("/")[-2:]
        backend.wacls[web_acl_arn] = FakeWebACL(
            name=name,
            account=backend.account_id,
            arn=web_acl_arn,
            wacl_id=id_,
            visibility_config={},
            default_action={"Allow": {}},
            description=None,
            rules=None,
        )
    _associate_known(backend, web_acl_arn, resource_arn)


def install(_observations: Observations) -> None:
    """Associate web ACLs this way."""
    WAFV2Backend.associate_web_acl = _associate

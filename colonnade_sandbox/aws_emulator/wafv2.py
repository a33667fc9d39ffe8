"""WAF for the emulator: a web ACL exists as soon as a deployment refers to it, because another team creates it.

moto 5.2.5 knows only the web ACLs that were created through it, with ids that moto assigned.
"""

from __future__ import annotations

from moto.wafv2.models import FakeWebACL, WAFV2Backend

from colonnade_sandbox.control_plane.observations import Observations

_associate_known = WAFV2Backend.associate_web_acl


def _associate(backend: WAFV2Backend, web_acl_arn: str, resource_arn: str) -> None:
    """Associate the web ACL; create it first if moto does not know it. Its ARN ends in `/webacl/NAME/ID`."""
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
    """Make moto associate web ACLs with `_associate`."""
    WAFV2Backend.associate_web_acl = _associate

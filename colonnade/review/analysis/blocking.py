"""The changes that need approval: interruptions, lost resources and data, services without tasks, exposure.

The review blocks every finding, `colonnade apply` those of the kinds INTERRUPTION and LOSS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.review.analysis.accounts import added_accounts, widened_trusts
from colonnade.review.analysis.connections import closed_connections
from colonnade.review.analysis.dns_records import moved_names
from colonnade.review.analysis.expirations import expiring_images, expiring_objects
from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.iam import PolicyChange
from colonnade.review.analysis.internet_routes import opened_routes
from colonnade.review.analysis.kept import lost, not_known
from colonnade.review.analysis.limits import lost_limits
from colonnade.review.analysis.listeners import unsafe_listeners
from colonnade.review.analysis.lost_paths import lost_paths
from colonnade.review.analysis.prefix_lists import widened_lists
from colonnade.review.analysis.programs import programs
from colonnade.review.analysis.rule_changes import RuleChanges
from colonnade.review.analysis.running_tasks import ahead_of_tasks
from colonnade.review.analysis.security_groups import Opening, SecurityGroupChanges
from colonnade.review.analysis.tasks import task_rights, without_tasks
from colonnade.review.analysis.weakened import weakened
from colonnade.review.analysis.web_acls import opened_web_acls
from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judgement import Judgement
from colonnade.review.plan.document import Plan
from colonnade.review.plan.resource_index import ResourceIndex


def findings(
    plan: Plan,
    index: ResourceIndex,
    rules: RuleChanges,
    groups: SecurityGroupChanges,
    policies: Sequence[PolicyChange],
    judgement: Judgement,
) -> tuple[Finding, ...]:
    """Return every reason why a change needs approval, sorted by address."""
    changes = plan.changes
    ahead = list(ahead_of_tasks(changes, index, rules))
    # Of two findings for one cause, that of `ahead_of_tasks` has the steps for this project's modules.
    named = {(each.address, each.rule) for each in ahead}
    judged = [each for each in map(_interrupted, judgement.blocking) if (each.address, each.rule) not in named]
    addresses = {each.address for each in judged}
    found = {
        *judged,
        # Where the order of the operations shows the interruption, the type of the resource adds nothing.
        *(each for each in lost(changes, index) if each.kind is not Kind.INTERRUPTION or each.address not in addresses),
        *ahead,
        *moved_names(changes),
        *lost_paths(changes, index, rules),
        *without_tasks(changes, index, rules),
        *closed_connections(changes, index, groups.before, groups.after),
        *expiring_images(changes),
        *expiring_objects(changes, index),
        *weakened(changes),
        *opened_web_acls(changes),
        *unsafe_listeners(changes, index, rules),
        *task_rights(changes),
        *_opened(groups.openings),
        *widened_lists(changes, index),
        *opened_routes(changes, index),
        *_widened(policies),
        *added_accounts(changes, policies, plan.accounts),
        *widened_trusts(policies),
        *lost_limits(changes, policies),
        *programs(plan),
        *not_known(changes),
    }
    return tuple(sorted(found, key=lambda each: (each.address, each.reason)))


def _interrupted(found: Interruption) -> Finding:
    return Finding(
        address=found.address,
        rule=found.rule,
        reason=f"{found.level.value}: {found.text}",
        judged=found.facts,
        kind=Kind.INTERRUPTION,
        trace=found.trace,
        steps=found.steps,
    )


def _opened(openings: Sequence[Opening]) -> Iterator[Finding]:
    for opening in openings:
        reason = f"opens {opening.group} to the internet on {', '.join(map(str, opening.ports))}"
        facts = tuple((each.protocol, each.first, each.last) for each in opening.ports)
        yield Finding(address=opening.address, rule="port-opened", reason=reason, kind=Kind.EXPOSURE, judged=facts)


def _widened(policies: Sequence[PolicyChange]) -> Iterator[Finding]:
    for policy in policies:
        for reason in policy.widenings:
            yield Finding(
                address=policy.change.address,
                rule="policy-widened",
                reason=f"widens a policy: {reason}",
                kind=Kind.EXPOSURE,
            )

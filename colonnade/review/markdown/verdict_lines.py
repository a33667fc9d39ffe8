"""The verdict as Markdown: every address that needs approval with its reasons, the entries that approve them, and the
approvals without effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from colonnade.review.analysis.analysis import Analysis
from colonnade.review.analysis.findings import NO_STEPS, Finding
from colonnade.review.approvals import FILE, entry
from colonnade.review.markdown.interruption_lines import finding_lines
from colonnade.review.markdown.text import Folded, code, counted, plain, with_code
from colonnade.review.policy import FILE as POLICY_FILE
from colonnade.review.verdict import Unused, UnusedApproval, Verdict


def verdict_lines(verdict: Verdict, *, brief: bool = False) -> Iterator[str]:
    """Yield the verdict with every address that needs approval; `brief` without reasons and steps."""
    found = verdict.blocking or verdict.approved
    yield from _loosened(verdict)
    if not found:
        yield "**Verdict: pass.** No change needs approval."
        yield from _reported(verdict.reported, brief=brief)
        return
    by_address = _by_address(found)
    if verdict.blocked:
        what = "1 resource needs" if len(by_address) == 1 else f"{len(by_address)} resources need"
        yield f"**Verdict: blocked.** {what} approval (an entry of `{FILE}`, or `--allow ADDRESS`):"
    else:
        what = "The change of 1 resource" if len(by_address) == 1 else f"The changes of {len(by_address)} resources"
        yield f"**Verdict: pass.** {what} would block, and {'is' if len(by_address) == 1 else 'are'} approved:"
    yield ""
    yield from _addresses(by_address) if brief else _reasons(by_address, steps=verdict.blocked)
    if not brief and any(each.is_unavoidable for each in verdict.blocking):
        yield from ("", NO_STEPS)
    yield from _reported(verdict.reported, brief=brief)


def _loosened(verdict: Verdict) -> Iterator[str]:
    """Yield the rules that the project's policy loosens, each with its reason."""
    loosened = [each for each in verdict.policy.rulings.values() if each.loosens]
    if loosened:
        yield f"**The policy in `{POLICY_FILE}` loosens this review:**"
        yield ""
        for each in loosened:
            count = sum(finding.rule == each.rule for finding in (*verdict.reported, *verdict.ignored))
            yield f"- {code(each.rule)}: {each.action.value}, {counted(count, 'finding')}: {plain(each.reason)}"
        yield ""


def _reported(findings: Sequence[Finding], *, brief: bool) -> Iterator[str]:
    """Yield the findings that need no approval."""
    by_address = _by_address(findings)
    if by_address and brief:
        yield from ("", f"{counted(len(by_address), 'resource')} with findings that need no approval: see `--full`.")
    elif by_address:
        yield from ("", "Reported, without a need for approval:", "")
        yield from _reasons(by_address, steps=False)


def entries(analysis: Analysis, verdict: Verdict) -> Iterator[Folded]:
    """Yield the folded entries that approve what blocks, ready to copy."""
    bound = dict.fromkeys((each.address, each.rule) for each in verdict.blocking)
    lines = [f"To approve a change as it is, add its entry to `{FILE}` with a reason, and optionally `expires`:", ""]
    for address, rule in bound:
        # An indented block may end at any line, if the review is truncated.
        text = entry(address=address, rule=rule, value=analysis.values[address, rule])
        lines += [*(f"    {line}" for line in text.splitlines()), ""]
    if bound:
        yield Folded(title="Entries that approve these changes", lines=lines)


def unused_lines(unused: Sequence[UnusedApproval]) -> Iterator[str]:
    """Yield a line for each approval without effect."""
    for each in unused:
        rule = f" for {code(each.approval.rule)}" if each.approval is not None else ""
        if each.cause is Unused.OTHER_VALUE:
            yield f"Outdated approval of {code(each.address)}{rule}: the change is not the one that was approved"
        elif each.cause is Unused.EXPIRED and each.approval is not None:
            yield f"Expired approval of {code(each.address)}{rule}: it counted until {each.approval.expires}"
        else:
            yield f"Unneeded approval of {code(each.address)}{rule}: {plain(each.cause.value)}"


def _by_address(findings: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.address, []).append(finding)
    return found


def _reasons(by_address: Mapping[str, Sequence[Finding]], *, steps: bool) -> Iterator[str]:
    for address, own in by_address.items():
        yield f"- {code(address)} {'; '.join(f'{with_code(each.reason)} {code(each.rule)}' for each in own)}"
        if steps:
            yield from finding_lines(own)


def _addresses(by_address: Mapping[str, Sequence[Finding]]) -> Iterator[str]:
    """Yield every address in as few characters as possible, below the rules that they have in common."""
    by_rules: dict[tuple[str, ...], list[str]] = {}
    for address, own in by_address.items():
        by_rules.setdefault(tuple(dict.fromkeys(each.rule for each in own)), []).append(address)
    for rules, addresses in by_rules.items():
        yield f"{', '.join(map(code, rules))}:"
        yield ""
        yield from (f"- {code(address)}" for address in addresses)
        yield ""

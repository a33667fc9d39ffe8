"""The review of the working tree against a base commit.

commit -> two syntheses -> comparison -> plans of the stacks that differ -> analysis and verdict of each
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.model.warnings import ConfigurationWarning
from colonnade.review.analysis.analysis import Analysis, analyze
from colonnade.review.approvals import Approval, former_file
from colonnade.review.branch.comparison import Comparison, Start, compare, read_documents, read_warnings
from colonnade.review.branch.document_findings import document_findings
from colonnade.review.branch.trust import base_approvals, base_policy, deciding_edits
from colonnade.review.branch.versions import common_commit, synthesize
from colonnade.review.errors import PlanningError
from colonnade.review.inputs import plan_from
from colonnade.review.policy import Policy
from colonnade.review.verdict import Verdict, judge
from colonnade.terminal.processes import Children
from colonnade.terminal.project_root import project_root

_SCRATCH = ".sandbox"

Documents = Mapping[str, Any]
"""The synthesized JSON of each stack, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackReview:
    """The review of one stack's plan."""

    name: str
    start: Start
    analysis: Analysis
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchReview:
    """The reviews of the stacks that differ, and the names of the unchanged and the removed ones."""

    environment: str
    base: str
    commit: str
    stacks: tuple[StackReview, ...]
    unchanged: Sequence[str]
    removed: Sequence[str]
    deciding_edits: Sequence[str]
    """The changed files that decide about the review itself."""
    warnings: Sequence[ConfigurationWarning]
    """The warnings of the working tree, of every stack."""

    @property
    def blocked(self) -> bool:
        """True if a change of any stack still needs approval."""
        return any(stack.verdict.blocked for stack in self.stacks)


def review_changes(base: str, *, environment: str, deployments: Sequence[str]) -> BranchReview:
    """Review the working tree of the project around the working directory. Raise ReviewError or NoProjectError."""
    root = project_root()
    with Children() as children:
        scratch = root / _SCRATCH
        scratch.mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="review-", dir=scratch))
        children.at_end(lambda: shutil.rmtree(folder, ignore_errors=True))
        commit = common_commit(base, root)
        decided = base_approvals(base, root), base_policy(base, root)
        if former := former_file(root):
            sys.stderr.write(f"{former}\n")
        sys.stderr.write(f"Synthesizing {base} at {commit[:7]} and the working tree, environment {environment}\n")
        old, new = synthesize(children, root, base=base, commit=commit, environment=environment, folder=folder)
        documents = read_documents(old), read_documents(new)
        found = compare(*documents, deployments)
        plans = _plan(children, root, found, old, new, folder / "plans")
        return BranchReview(
            environment=environment,
            base=base,
            commit=commit,
            stacks=tuple(_reviewed(name, start, plans, documents, decided) for name, start in found.planned.items()),
            unchanged=found.unchanged,
            removed=found.removed,
            deciding_edits=deciding_edits(commit, root),
            warnings=read_warnings(new),
        )


def _plan(children: Children, root: Path, found: Comparison, old: Path, new: Path, plans: Path) -> Path:
    """Plan the stacks that differ in the sandbox, and return the folder of the plans."""
    for name, start in found.planned.items():
        if start is not Start.BASE:  # without the base's files of a stack, the sandbox plans it from an empty state
            shutil.rmtree(old / "stacks" / name, ignore_errors=True)
    if found.planned:
        options = ("--base", str(old), "--synthesized", str(new), "--out", str(plans))
        command = (sys.executable, "-m", "colonnade_sandbox", "plan-change", *options, *found.planned)
        if children.start(command, folder=root, stdout=sys.stderr).wait() != 0:
            raise PlanningError("The change cannot be planned; see the errors above.")
    return plans


def _reviewed(
    name: str,
    start: Start,
    plans: Path,
    documents: tuple[Documents, Documents],
    decided: tuple[Sequence[Approval], Policy],
) -> StackReview:
    old, new = (side.get(name) for side in documents)
    added = tuple(document_findings(old, new)) if old is not None and new is not None else ()
    analysis = analyze(plan_from(str(plans / f"{name}.json"), plans / f"{name}.dot"), added)
    approvals, policy = decided
    return StackReview(
        name=name, start=start, analysis=analysis, verdict=judge(analysis, approvals=approvals, policy=policy)
    )

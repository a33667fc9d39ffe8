"""The files that decide about a review: edits are found in the project and around it, approvals come from the base."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.review.branch.trust import base_approvals, base_policy, deciding_edits
from colonnade.review.errors import ApprovalError
from tests.support.clones import Repository

ENTRY = """
[[approval]]
address = "aws_lb.this"
rule = "routing-destroyed"
value = "0123456789abcdef"
reason = "it moves"
"""


class Project(Repository):
    """A repository with a project in a subfolder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.project = folder / "infra"
        self.project.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.write("infra/main.py")
        self.commit()

    def write(self, path: str, text: str = "") -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("committed", [True, False])
def test_edits_of_workflows_approvals_policies_and_the_review_are_found(repository: Project, committed: bool) -> None:
    found = [
        ".github/workflows/plan.yml",
        "infra/.ci/run",
        "infra/.review-allow",
        "infra/colonnade/review/new\nname.py",
        "infra/colonnade/review/verdict.py",
        "infra/review-approvals.toml",
        "infra/review-policy.toml",
    ]
    repository.git("branch", "base")
    for path in (*found, "infra/main.py", "docs/review.md", "infra/colonnade/model/naming.py"):
        repository.write(path, "# edited")
    if committed:
        repository.commit()
    assert deciding_edits("base", repository.project) == tuple(sorted(found))


def test_a_deleted_or_renamed_file_is_an_edit(repository: Project) -> None:
    repository.write(".github/workflows/plan.yml", "jobs: {}\n" * 20)
    repository.commit()
    repository.git("branch", "base")
    repository.git("mv", ".github/workflows/plan.yml", "plan.yml")
    assert deciding_edits("base", repository.project) == (".github/workflows/plan.yml",)


def test_approvals_are_those_of_the_base(repository: Project) -> None:
    repository.git("branch", "base")
    repository.write("infra/review-approvals.toml", ENTRY)
    repository.commit()
    assert base_approvals("base", repository.project) == ()
    (found,) = base_approvals("main", repository.project)
    assert found.address == "aws_lb.this"
    repository.write("infra/review-approvals.toml", ENTRY.replace("reason", "resaon"))
    repository.commit()
    with pytest.raises(
        ApprovalError, match=r"^review-approvals.toml of main: line 6: unknown key 'resaon'; did you mean 'reason'"
    ):
        base_approvals("main", repository.project)


def test_the_policy_is_that_of_the_base(repository: Project) -> None:
    repository.git("branch", "base")
    repository.write("infra/review-policy.toml", '[rules.port-opened]\naction = "ignore"\nreason = "a playground"')
    repository.commit()
    assert base_policy("base", repository.project).rulings == {}
    assert list(base_policy("main", repository.project).rulings) == ["port-opened"]

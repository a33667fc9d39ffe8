"""Claims about the length of a branch's review: every verdict and every address comes before what is truncated."""

from __future__ import annotations

from colonnade.review.analysis.analysis import analyze
from colonnade.review.branch.comparison import Start
from colonnade.review.branch.report import branch_markdown
from colonnade.review.branch.review import BranchReview, StackReview
from colonnade.review.markdown.text import MAX_LENGTH
from colonnade.review.plan.document import read_plan
from colonnade.review.verdict import judge
from tests.support.plan_documents import change, text


def _addresses(stack: str, count: int) -> list[str]:
    return [f"aws_ecs_service.{stack}_with_quite_a_long_service_name_{number}_service" for number in range(count)]


def _stack(name: str, count: int) -> StackReview:
    lost = [change(each, {"id": each, "desired_count": 1}, None) for each in _addresses(name, count)]
    analysis = analyze(read_plan(text(*lost)))
    return StackReview(name=name, start=Start.BASE, analysis=analysis, verdict=judge(analysis))


def _review(*stacks: StackReview) -> BranchReview:
    return BranchReview(
        environment="prod",
        base="main",
        commit="0" * 40,
        stacks=stacks,
        unchanged=(),
        removed=(),
        deciding_edits=(),
        warnings=(),
    )


def test_two_long_stacks_have_all_their_addresses_and_the_whole_review_their_reasons() -> None:
    review = _review(_stack("first", 400), _stack("second", 300))
    short, whole = branch_markdown(review), branch_markdown(review, max_length=None)
    assert len(short) <= MAX_LENGTH
    for name, count in (("first", 400), ("second", 300)):
        assert [each for each in _addresses(name, count) if f"\n- `{each}`\n" not in short] == []
        assert whole.count(f'[[approval]]\n    address = "aws_ecs_service.{name}_') == count
    assert "Truncated" in short
    assert "Truncated" not in whole


def test_the_verdict_of_each_stack_is_in_the_first_lines_however_long_a_review_is() -> None:
    short = branch_markdown(_review(_stack("first", 2000), _stack("second", 1), _stack("third", 0)))
    assert short.partition("\n## ")[0].endswith(
        "\n- `first`: **blocked**, 2000 resources to approve\n- `second`: **blocked**, 1 resource to approve\n"
        "- `third`: pass\n"
    )
    assert len(short) <= MAX_LENGTH

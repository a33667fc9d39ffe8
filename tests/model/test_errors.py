"""The format in which problems are reported, and suggestions for unknown words."""

from __future__ import annotations

from colonnade.model.errors import ConfigurationError, Fault, Problem, out_of_range, suggestion, unknown


def test_an_error_shows_every_problem_as_two_lines_with_the_fix_indented() -> None:
    error = ConfigurationError(
        [
            Problem(subject="service 'orders'", message="is wrong", fix="make it right"),
            Fault("is worse", "start again").of("service", "users"),
        ]
    )

    assert str(error) == ("service 'orders': is wrong\n    make it right\nservice 'users': is worse\n    start again")
    assert [problem.subject for problem in error.problems] == ["service 'orders'", "service 'users'"]


def test_a_problem_that_is_found_twice_is_shown_once() -> None:
    problem = Problem(subject="service 'orders'", message="is wrong", fix="make it right")
    assert ConfigurationError([problem, problem]).problems == (problem,)


def test_a_number_out_of_range_is_reported_with_its_range_and_a_note() -> None:
    assert out_of_range("port", 0, 1, 9) == ("port 0 is out of range", "allowed: 1 to 9")
    assert out_of_range("port", 10, 1, 9, note="; 5 is usual").fix == "allowed: 1 to 9; 5 is usual"


def test_an_unknown_name_is_reported_with_its_kind_and_a_suggestion() -> None:
    assert str(unknown("stack", "order", ["orders", "users"], label="synthesized")) == (
        "stack 'order': there is no such stack\n    did you mean 'orders'? synthesized: orders, users"
    )


def test_a_similar_known_word_is_suggested_before_the_sorted_list() -> None:
    assert (
        suggestion("order", ["users", "orders"], label="declared") == "did you mean 'orders'? declared: orders, users"
    )


def test_without_a_similar_word_the_fix_is_the_list() -> None:
    assert suggestion("zzz", ["users", "orders"], label="declared") == "declared: orders, users"
    assert suggestion("zzz", [], label="declared") == "declared: none"

"""The policy of a project: review-policy.toml -> the action of each rule, stricter or looser than that of the review.

    [rules.monitoring-removed]
    action = "report"
    reason = "another team watches the alarms"

A finding of a rule blocks, is only reported, or is ignored. A policy that loosens a rule needs a reason, and the review
names it first.
"""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from colonnade.model.errors import suggestion
from colonnade.review.analysis.rules import REPORTED, RULES
from colonnade.review.errors import PolicyError

FILE = "review-policy.toml"
"""The policy of all stacks, in the project's root; optional."""
_KEYS = ("action", "reason")


class Action(enum.Enum):
    """The action of a rule; the file contains the value. The strictest is first."""

    BLOCK = "block"
    """Its findings need approval."""
    REPORT = "report"
    """Its findings are listed and need no approval."""
    IGNORE = "ignore"
    """Its findings are only counted."""


_STRICTEST_FIRST = list(Action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The action of one rule in the file."""

    rule: str
    action: Action
    reason: str

    @property
    def loosens(self) -> bool:
        """True if the rule is less strict than without the file."""
        return _loosens(self.rule, self.action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The actions of the rules: those of the file, else those of the review."""

    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    """The actions in the file, by rule."""

    def action(self, rule: str) -> Action:
        """Return the action of a rule."""
        return self.rulings[rule].action if rule in self.rulings else _default(rule)


def policy(text: str, *, name: str = FILE) -> Policy:
    """Return the policy in a file. Raise PolicyError with every problem, each with its fix."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: is not TOML: {error}") from error
    except RecursionError as error:
        raise PolicyError(f"{name}: is nested too deeply; write a table [rules.NAME] for each rule") from error
    rules = document.get("rules", {})
    problems = [f"unknown key {key!r}; write a table [rules.NAME] for each rule" for key in document if key != "rules"]
    if isinstance(rules, Mapping):
        problems += [problem for rule, entry in rules.items() for problem in _problems(rule, entry)]
    else:
        problems.append("'rules' is no table; write [rules.NAME] for each rule")
    if problems:
        raise PolicyError("\n".join(f"{name}: {problem}" for problem in problems))
    rulings = (
        Ruling(rule=rule, action=Action(entry["action"]), reason=entry.get("reason", ""))
        for rule, entry in rules.items()
    )
    return Policy(rulings={each.rule: each for each in rulings})


def _problems(rule: str, entry: Any) -> Iterator[str]:
    where = f"[rules.{rule}]"
    if rule not in RULES:
        yield f"{where}: {rule!r} is not a rule of this review; {suggestion(rule, RULES, label='rules')}"
        return
    if not isinstance(entry, Mapping):
        yield f"{where}: is {entry!r}; write a table with an action, and a reason if it is looser than the review"
        return
    for key in entry.keys() - _KEYS:
        yield f"{where}: unknown key {key!r}; {suggestion(key, _KEYS, label='keys')}"
    actions = [each.value for each in Action]
    action, reason = entry.get("action"), entry.get("reason", "")
    if action not in actions:
        given = f"has the action {action!r}" if "action" in entry else "has no action"
        yield f"{where}: {given}; {suggestion(str(action), actions, label='actions')}"
    if not isinstance(reason, str):
        yield f"{where}: reason is {reason!r}; write a string"
    elif action in actions and not reason.strip() and _loosens(rule, Action(action)):
        yield f"{where}: {action} is looser than {_default(rule).value}, the action of the review; add a reason"


def _default(rule: str) -> Action:
    return Action.REPORT if rule in REPORTED else Action.BLOCK


def _loosens(rule: str, action: Action) -> bool:
    return _STRICTEST_FIRST.index(action) > _STRICTEST_FIRST.index(_default(rule))

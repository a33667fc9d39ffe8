"""`colonnade why` on the faults of two authors, all at once as services of one emulated cluster."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import pytest

from colonnade.operate.services import Clients
from colonnade.operate.why.reader import read_evidence
from colonnade.operate.why.report import Answer, answer_text, judge
from tests.operate.faults import FAULTS
from tests.operate.faults_second import SECOND_FAULTS
from tests.support.injections import Fault
from tests.support.trials import CLUSTER, Trial, TrialCluster, trial_cluster

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]

RIGHT = {
    "misspelled-file": {"wrong-command"},
    "no-such-binary": {"command-not-found"},
    "shell-finds-nothing": {"command-not-found"},
    "script-without-x": {"not-executable"},
    "requirement-forgotten": {"package-missing"},
    "node-module": {"package-missing"},
    "new-setting": {"variable-missing"},
    "half-an-edit": {"syntax-error"},
    "off-by-five-hundred": {"wrong-port"},
    "only-for-me": {"listens-on-localhost"},
    "healthz": {"health-path"},
    "check-moved": {"health-path"},
    "two-hundred-and-four": {"health-matcher"},
    "guarded-door": {"health-needs-login"},
    "over-there": {"health-redirect"},
    "its-own-fault": {"health-error", "schema-missing"},
    "deep-thought": {"health-timeout"},
    "no-rule": {"port-closed"},
    "big-model": {"slow-start"},
    "unmounted": {"ignores-prefix"},
    "strict-host": {"health-bad-request"},
    "only-arguments": {"command-not-found"},
    "native-code": {"crashed"},
    "root-is-not-health": {"health-path"},
    "secret-gone": {"secret-missing"},
    "wrong-key": {"secret-key-missing"},
    "no-parameter": {"parameter-missing"},
    "right-taken-away": {"execution-role-rights"},
    "never-pushed": {"image-missing"},
    "shot": {"killed"},
    "heap": {"out-of-memory"},
    "full": {"disk-full"},
    "stone-tablet": {"read-only-root"},
    "lonely": {"callee-down"},
    "sick-friend": {"callee-down"},
    "database-away": {"connection-refused"},
    "old-password": {"database-password"},
    "not-my-table": {"task-role-rights"},
    "companion": {"sidecar-ended"},
    "schema": {"dependency-failed"},
    "pulse": {"container-health-check"},
    "job-done": {"ended-by-itself"},
    "twice": {"port-in-use"},
    "weekend": {"desired-count-0"},
    "by-hand": {"stopped-by-a-person"},
    "turned-aside": {"weight-0"},
    "unlisted": {"no-listener-rule"},
    "patience": {"in-progress"},
    "dockerignore": {"file-missing"},
    "apple-silicon": {"image-architecture"},
    "from-windows": {"line-endings"},
    "by-its-name": {"parameter-missing"},
    "two-colons": {"secret-reference"},
    "seven-days": {"secret-missing"},
    "last-year": {"role-not-assumed"},
    "tidy-logs": {"log-group-missing"},
    "next-door": {"wrong-port"},
    "encrypted": {"no-http-answer"},
    "no-probe": {"container-health-check"},
    "wait-for-it": {"waits-for-callee"},
    "renamed-host": {"name-not-found"},
    "closed-gate": {"connection-timeout"},
    "unknown-authority": {"certificate-not-trusted"},
    "not-migrated": {"schema-missing"},
    "folder-of-root": {"permission-denied"},
    "many-files": {"too-many-files"},
    "port-in-words": {"variable-invalid"},
    "upgraded": {"package-version"},
    "slim-image": {"package-missing"},
    "asgi": {"wrong-command"},
    "no-credentials": {"task-role-missing"},
    "no-bucket": {"resource-missing"},
    "localhost": {"connection-refused"},
    "no-room": {"deployment-blocked"},
    "proxy-not-ready": {"dependency-unhealthy"},
    "without-a-word": {"exited"},
    "no-breaker": {"exited"},
    "poison": {"exited"},
    "back-soon": {"other-rule-first"},
    "counted": {"health-bad-request"},
    "no-answer": {"health-handler"},
    "settings-class": {"variable-missing"},
}
"""The right first causes of each fault, by their names in the documentation."""
WELL_AFTERWARDS = {"shot", "by-hand"}
"""The faults after which ECS makes the service healthy again by itself."""
ALL = (*FAULTS, *SECOND_FAULTS)
_SHOWN_WITHIN_SECONDS, _HEALTHY_WITHIN_SECONDS = 500, 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The answer about one fault."""

    fault: Fault
    answer: Answer
    seconds: float

    @property
    def first(self) -> str:
        return self.answer.causes[0].name if self.answer.causes else "none"

    @property
    def right(self) -> bool:
        return self.first in RIGHT[self.fault.name]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Asking]]:
    with trial_cluster(tmp_path_factory.mktemp("trials")) as cluster:
        trials = {fault.name: Trial(cluster, fault.name, number) for number, fault in enumerate(ALL)}
        healthy = [trials[fault.name] for fault in ALL if not fault.first]
        for trial in healthy:
            trial.deploy()
        _wait({trial.name: trial.healthy for trial in healthy}, _HEALTHY_WITHIN_SECONDS, cluster)
        for fault in ALL:
            fault.inject(trials[fault.name])
        shown = {fault.name: _shown(fault, trials[fault.name]) for fault in ALL}
        _wait(shown, _SHOWN_WITHIN_SECONDS, cluster)
        yield [_answer(cluster, fault) for fault in ALL]


def _shown(fault: Fault, trial: Trial) -> Callable[[], bool]:
    return lambda: fault.shown(trial)


def _wait(conditions: dict[str, Callable[[], bool]], seconds: float, cluster: TrialCluster) -> None:
    """Wait until each condition has been true once."""
    deadline = time.monotonic() + seconds
    while conditions:
        assert time.monotonic() < deadline, (sorted(conditions), cluster.loop.failure())
        conditions = {name: condition for name, condition in conditions.items() if not condition()}
        time.sleep(1)  # each request takes time from the services, which run beside this process


def _answer(cluster: TrialCluster, fault: Fault) -> Asking:
    aws = Clients(**{each.name: cluster.client(each.name) for each in fields(Clients)})
    began = time.monotonic()
    answer = judge(read_evidence(aws, cluster=CLUSTER, name=fault.name, service=fault.name))
    return Asking(fault=fault, answer=answer, seconds=time.monotonic() - began)


@pytest.mark.parametrize(("author", "faults"), [("first", FAULTS), ("second", SECOND_FAULTS)])
def test_the_first_cause_is_right_for_at_least_28_faults_of_30(
    author: str,
    faults: tuple[Fault, ...],
    answers: list[Asking],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    of_author = [each for each in answers if each.fault in faults]
    right = sum(each.right for each in of_author)
    record_testsuite_property(f"why_right_{author}", f"{right} of {len(faults)}")
    wrong = [
        f"{each.fault.name}: {each.fault.truth}\n{answer_text(each.answer)}\n" for each in of_author if not each.right
    ]
    least = round(len(faults) * 28 / 30 + 0.5)
    assert right >= least, f"{right} of {len(faults)} are right, not:\n" + "\n".join(wrong)


def test_the_answer_takes_less_than_two_seconds(answers: list[Asking]) -> None:
    # A single answer takes longer if the machine stops this process meanwhile.
    assert statistics.median(each.seconds for each in answers) < 2


def test_only_a_service_that_is_healthy_again_and_as_deployed_is_well(answers: list[Asking]) -> None:
    assert {each.fault.name for each in answers if each.answer.well} <= WELL_AFTERWARDS

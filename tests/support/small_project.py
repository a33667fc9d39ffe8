"""The smallest project that `colonnade.apply` accepts, and an AWS emulator that records its calls.

The project's main.py writes the stacks that a test declares, so synthesis takes no time.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade.model import naming
from colonnade_sandbox.control_plane.clients import AwsClients, connect
from tests.support.service_process import ROOT

ACCOUNT_ID = "999988887777"
ENVIRONMENT = "dev"
REGION = "eu-west-1"

_MAIN = """
import json, os, pathlib, sys
output = pathlib.Path(os.environ["CDKTF_OUTDIR"])
output.mkdir(exist_ok=True)
stacks = json.loads(pathlib.Path("stacks.json").read_text())
(output / "manifest.json").write_text(json.dumps({"stacks": stacks}))
for name, text in stacks.items():
    folder = output / "stacks" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cdk.tf.json").write_text(text.replace("ENVIRONMENT", os.environ["ENVIRONMENT"]))
pathlib.Path("synthesized_with").write_text(" ".join(sys.argv[1:]))
"""
_EMULATOR = """
import sys
from colonnade_sandbox.aws_emulator import AwsEmulator, server
from colonnade_sandbox.control_plane.observations import Observations

class Recorded(AwsEmulator):
    def _answer(self, environ, start_response):
        with open(sys.argv[2], "a") as file:
            file.write(" ".join(server._service_and_action(environ)) + chr(10))
        return super()._answer(environ, start_response)

emulator = Recorded(account_id=sys.argv[1], observations=Observations())
emulator.start()
print(emulator.endpoint, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAws:
    """An emulated account with a record of its calls."""

    endpoint: str
    log: Path

    @property
    def clients(self) -> AwsClients:
        return connect(endpoint=self.endpoint, region=REGION)

    def calls(self) -> list[str]:
        """Return service and action of each call since `forget`, such as 'sts GetCallerIdentity'."""
        return self.log.read_text().splitlines()

    def forget(self) -> None:
        self.log.write_text("")


@contextlib.contextmanager
def recorded_aws(folder: Path) -> Iterator[RecordedAws]:
    """Run an emulator in a separate process until the block ends."""
    log = folder / "calls"
    log.touch()
    process = subprocess.Popen(
        [sys.executable, "-c", _EMULATOR, ACCOUNT_ID, str(log)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield RecordedAws(endpoint=process.stdout.readline().strip(), log=log)
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallProject:
    """A project's folder; `write` declares a stack."""

    root: Path
    bucket: str
    """The bucket of the states of the environment `dev`."""
    _stacks: dict[str, str] = field(default_factory=dict)

    def create(self) -> None:
        (self.root / "environments").mkdir()
        (self.root / "cdktf.json").write_text('{"context": {"project": "colonnade"}}')
        (self.root / "main.py").write_text(_MAIN)
        (self.root / "stacks.json").write_text("{}")
        settings = (ROOT / "environments" / "dev.toml").read_text()
        settings = settings.replace("111122223333", ACCOUNT_ID).replace("colonnade-dev-terraform-state", self.bucket)
        (self.root / "environments" / "dev.toml").write_text(settings)

    def write(self, name: str, resources: Mapping[str, Any], *, in_bucket: bool = True) -> None:
        """Declare a stack as synthesis would write it, with its state in the bucket or on this machine.

        A stack without AWS resources does not use the provider, which makes Terraform ten times as fast.
        """
        key = naming.state_key("ENVIRONMENT", name)
        s3 = {"bucket": self.bucket, "key": key, "region": REGION, "use_lockfile": True}
        provider = {
            "region": REGION,
            "allowed_account_ids": [ACCOUNT_ID],
        }
        document: dict[str, Any] = {
            "terraform": {
                "backend": {"s3": s3} if in_bucket else {"local": {"path": f"../../../ENVIRONMENT.{name}.tfstate"}}
            },
            "resource": resources,
        }
        if any(kind.startswith("aws_") for kind in resources):
            document["provider"] = {"aws": [provider]}
        self._stacks[name] = json.dumps(document)
        (self.root / "stacks.json").write_text(json.dumps(self._stacks))

    def write_phase(self, name: str, phase: str, order: Sequence[str]) -> None:
        """Declare a deployment that contains only the record of its migration."""
        record = {"order": list(order), "services": {"users": phase}}
        self.write(name, {"terraform_data": {"migration": {"input": record}}}, in_bucket=False)

    def phase(self, name: str) -> str | None:
        """Return the recorded phase in the state of such a deployment."""
        state = self.root / f"{ENVIRONMENT}.{name}.tfstate"
        if not state.is_file():
            return None
        (resource,) = json.loads(state.read_text())["resources"]
        phase: str = resource["instances"][0]["attributes"]["input"]["value"]["services"]["users"]
        return phase

    @property
    def synthesized_with(self) -> str | None:
        """The options of main.py's last run; None before the first."""
        file = self.root / "synthesized_with"
        return file.read_text() if file.exists() else None


def no_question(question: str) -> str:
    """Fail at any question."""
    raise AssertionError(question)


def answers(word: str, questions: list[str]) -> Callable[[str], str]:
    """Return a function that answers every question with the word, and collects the questions."""

    def answer(question: str) -> str:
        questions.append(question)
        return word

    return answer

"""The secrets and parameters of a sandbox: sandbox_secrets.toml -> the emulator's Secrets Manager and SSM.

The file is not part of the repository; without it, the committed example has the values. No message contains a value.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.errors import WrongInputError

_SECRETS, _PARAMETERS = "secrets_manager", "ssm"
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
_PARAMETER_NAME = re.compile(r"(?!/?(aws|ssm))(/[A-Za-z0-9_.-]+)+|(?!aws|ssm)[A-Za-z0-9_.-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSecrets:
    """Values that exist in the account before the first apply, as on AWS, where Terraform does not know them."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The secrets of Secrets Manager by name; one with several keys is a JSON object."""
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The parameters of SSM by name."""

    @classmethod
    def load(cls, path: Path) -> SandboxSecrets:
        """Read the file; without it there are no secrets. Raises WrongInputError with every problem of the file."""
        if not path.is_file():
            return cls()
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise WrongInputError(f"cannot read {path}: {error.strerror}") from error
        except UnicodeDecodeError:  # its message quotes a byte of the file
            raise WrongInputError(f"{path} is not UTF-8; save it as UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            raise WrongInputError(
                f"{path} is not valid TOML: {error}; put each name and each value in quotes"
            ) from error
        problems = list(_problems(document))
        if problems:
            raise WrongInputError("\n".join(f"{path}: {each}" for each in problems))
        secrets = document.get(_SECRETS, {})
        return cls(
            secrets={name: each if isinstance(each, str) else json.dumps(each) for name, each in secrets.items()},
            parameters=document.get(_PARAMETERS, {}),
        )

    def create(self, aws: AwsClients) -> None:
        """Create the secrets, and the parameters with type SecureString."""
        for name, value in self.secrets.items():
            aws.secretsmanager.create_secret(Name=name, SecretString=value)
        for name, value in self.parameters.items():
            aws.ssm.put_parameter(Name=name, Value=value, Type="SecureString")

    def update(self, aws: AwsClients) -> None:
        """Create the missing secrets and parameters, and set the others to the values of the file."""
        existing = {each["Name"] for each in aws.secretsmanager.list_secrets(MaxResults=100)["SecretList"]}
        for name, value in self.secrets.items():
            if name in existing:
                aws.secretsmanager.put_secret_value(SecretId=name, SecretString=value)
            else:
                aws.secretsmanager.create_secret(Name=name, SecretString=value)
        for name, value in self.parameters.items():
            aws.ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


def _problems(document: Mapping[str, Any]) -> Iterator[str]:
    for table, entries in document.items():
        if table not in (_SECRETS, _PARAMETERS) or not isinstance(entries, dict):
            yield f"{table!r} is no table of this file; write [{_SECRETS}] or [{_PARAMETERS}] above the names"
        elif table == _SECRETS:
            yield from _problems_of_secrets(entries)
        else:
            yield from _problems_of_parameters(entries)


def _problems_of_secrets(entries: Mapping[str, Any]) -> Iterator[str]:
    for name, value in entries.items():
        key = f'[{_SECRETS}] "{name}"'
        if not _SECRET_NAME.fullmatch(name):
            yield f"{key}: a secret's name has 1 to 512 letters, digits and /_+=.@-; correct the name"
        if isinstance(value, dict) and value:
            for each in (each for each, text in value.items() if not _is_text(text)):
                yield f'{key}, key "{each}": the value must be a string that is not empty; write it in quotes'
        elif not _is_text(value):
            yield (
                f"{key}: the value must be a string that is not empty, or a table of strings; "
                f'write "..." or {{ key = "..." }}'
            )


def _problems_of_parameters(entries: Mapping[str, Any]) -> Iterator[str]:
    for name, value in entries.items():
        key = f'[{_PARAMETERS}] "{name}"'
        if not _PARAMETER_NAME.fullmatch(name):
            yield (
                f"{key}: a parameter's name has letters, digits and _.-, begins with / if it has several parts, and "
                "does not begin with aws or ssm; correct the name"
            )
        if not _is_text(value):
            yield f'{key}: the value must be a string that is not empty; write "..."'


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""

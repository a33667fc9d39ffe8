"""The causes within a program that its log names: memory, files, packages, settings.

They come before the causes that only an exit code shows.
"""

from __future__ import annotations

import re

from colonnade.operate.why.cause import EXIT_CODES, Cause, Values, first_of, in_log, in_reasons, log_matches
from colonnade.operate.why.evidence import Evidence

_NO_DATABASE = r"^(?!.*(?:\bsocket\b|permission denied for ))"
"""Not a database that is connected to by a file, and not the rights of a database's user."""
_UNREADABLE = re.compile(
    r"invalid|pars(?:e|ing)|NumberFormat|could not convert|cannot convert|not a valid|is not (?:a|an|one)\b|malformed|"
    r"unknown url type|unsupported|should be|SOCKET_BAD_PORT|Bad value",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?P<quote>['\"`])(?P<value>.*?)(?P=quote)")


def _variable_invalid(evidence: Evidence) -> Values | None:
    """Find a log line about a value that cannot be read, and that is the value of an environment variable."""
    for found in log_matches(evidence, _UNREADABLE):
        quoted = {each["value"] for each in _QUOTED.finditer(found["line"])}
        for name, value in evidence.variables(found["container"]).items():
            if value in quoted:
                return {**found, "variable": name}
    return None


PROGRAM_CAUSES: tuple[Cause, ...] = (
    Cause(
        name="out-of-memory",
        sign="`OutOfMemoryError: Container killed due to memory usage`; the log has `heap out of memory`, "
        "`MemoryError`, `java.lang.OutOfMemoryError`",
        sentence="container {container!r} needs more memory than it has: {line}",
        fix="set a higher `memory_mib`, a lower limit of the runtime's heap, or find what keeps the memory",
        source=EXIT_CODES,
        find=first_of(
            in_reasons(r"OutOfMemory"),
            in_log(r"heap out of memory|\bMemoryError\b|OutOfMemoryError|Cannot allocate memory|out of memory"),
        ),
    ),
    Cause(
        name="disk-full",
        sign="the log has `No space left on device` or `ENOSPC`",
        sentence="container {container!r} writes to a full file system: {line}",
        fix="set `ephemeral_storage_gib` of the service, enlarge its `tmpfs_mib`, or write less",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html",
        find=in_log(r"No space left on device|ENOSPC|[Dd]isk quota exceeded"),
    ),
    Cause(
        name="read-only-root",
        sign="the log has `Read-only file system` or `EROFS`",
        sentence="container {container!r} writes to its root file system, which is read-only: {line}",
        fix="declare the path in `writable_paths` or `tmpfs_mib` of the service",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
        find=in_log(r"[Rr]ead-only file ?system|EROFS"),
    ),
    Cause(
        name="port-in-use",
        sign="the log has `Address already in use` or `EADDRINUSE`",
        sentence="container {container!r} cannot listen, because its port is in use within the task: {line}",
        fix="give each container of the task a port of its own; they share one network interface",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html",
        find=in_log(r"[Aa]ddress (?:is )?already in use|EADDRINUSE|port is already allocated"),
    ),
    Cause(
        name="wrong-command",
        sign="the log has `can't open file`, `Cannot find module '/...'`, `Unable to access jarfile`",
        sentence="the command of container {container!r} names a file that its image does not have: {line}",
        fix="correct `command`, or the path of the file in the image",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
        find=in_log(
            r"can't open file|Cannot find module '/|Unable to access jarfile|Could not find or load main class|"
            r"python\S*: No module named|Could not import module|Error loading ASGI app|"
            r"Failed to find (?:attribute|application object)|can't find '__main__'"
        ),
    ),
    Cause(
        name="package-version",
        sign="the log has `cannot import name`, `does not provide an export named`, `UnsupportedClassVersionError`, "
        "`GLIBC_2.34' not found`",
        sentence="container {container!r} has another version of a package or a runtime than its app needs: {line}",
        fix="pin the versions of the app's requirements, or change the base image; then build and push the image",
        source=EXIT_CODES,
        find=in_log(
            r"cannot import name|undefined symbol|does not provide an export named|UnsupportedClassVersionError|"
            r"NoSuchMethodError|VersionConflict|version `GLIBC\w*\S+ not found|"
            r"AttributeError: module '\S+' has no attribute|engine \"\w+\" is incompatible|requires a different Python"
        ),
    ),
    Cause(
        name="package-missing",
        sign="the log has `ModuleNotFoundError`, `Cannot find module`, `cannot open shared object file`",
        sentence="the image of container {container!r} lacks a package that the app imports: {line}",
        fix="add the package to the app's requirements, then build and push the image",
        source=EXIT_CODES,
        find=in_log(
            r"ModuleNotFoundError|ImportError|Cannot find (?:module|package)|ClassNotFoundException|"
            r"NoClassDefFoundError|cannot load such file|error while loading shared libraries|"
            r"cannot open shared object file"
        ),
    ),
    Cause(
        name="syntax-error",
        sign="the log has `SyntaxError` or `IndentationError`",
        sentence="the app of container {container!r} has a syntax error: {line}",
        fix="correct the source, then build and push the image",
        source=EXIT_CODES,
        find=in_log(r"\b(?:SyntaxError|IndentationError|TabError)\b"),
    ),
    Cause(
        name="variable-missing",
        sign="the log has `KeyError: 'NAME'`, `environment variable NAME is not set` or the like",
        sentence="container {container!r} needs an environment variable that it does not have: {line}",
        fix="declare it in `variables` or `secrets` of the service, then apply",
        source=EXIT_CODES,
        find=first_of(
            in_log(r"KeyError: '[A-Z][A-Z0-9_]+'"),
            in_log(
                r"(?i)(?:environment |env(?:ironment)? ?var\w* |variable |setting ).*(?:not set|missing|required|not "
                r"defined|undefined|must be set|empty)|missing (?:required )?(?:environment|env)|Field required"
            ),
        ),
    ),
    Cause(
        name="variable-invalid",
        sign="the log has `invalid literal`, `cannot parse` or the like, with the value of an environment variable",
        sentence="container {container!r} cannot use the value of its environment variable {variable}: {line}",
        fix="correct the value in `variables` of the service, then apply",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html",
        find=_variable_invalid,
    ),
    Cause(
        name="too-many-files",
        sign="the log has `Too many open files` or `EMFILE`",
        sentence="container {container!r} has more files and connections open than its limit allows: {line}",
        fix="raise `open_files_limit` of the service, or close what is left open",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html",
        find=in_log(r"Too many open files|EMFILE"),
    ),
    Cause(
        name="permission-denied",
        sign="the log has `PermissionError`, `EACCES` or `Permission denied`",
        sentence="the user of container {container!r} may not open a file or a port: {line}",
        fix="give the path to that user in the image (`COPY --chown`), declare it in `writable_paths`, or listen on a "
        "port from 1024 on",
        source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
        find=in_log(rf"{_NO_DATABASE}.*(?:PermissionError|EACCES|EPERM|[Pp]ermission denied|Operation not permitted)"),
    ),
    Cause(
        name="file-missing",
        sign="the log has `FileNotFoundError`, `ENOENT` or `No such file or directory`",
        sentence="container {container!r} opens a file that it does not have: {line}",
        fix="add the file to the image (does `.dockerignore` leave it out?), correct its path, or set "
        "`working_directory`, where relative paths begin",
        source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
        find=in_log(
            rf"{_NO_DATABASE}.*(?:FileNotFound(?:Error|Exception)|NoSuchFileException|ENOENT|No such file or directory|"
            r"no such file or directory)"
        ),
    ),
)

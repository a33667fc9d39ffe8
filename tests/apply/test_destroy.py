"""Destroy: the order of the stacks, the refusals before anything is deleted, and the steps that resolve them.

The tests run real Terraform against an emulated account.
"""

from __future__ import annotations

import json

import pytest

from colonnade.apply import command
from colonnade.apply.destroy import StoppedError, require_released
from colonnade.apply.identity import open_session
from colonnade.apply.operation import Operation
from colonnade.apply.protection import Resource
from colonnade.apply.stack import Stack, load_environment
from colonnade.apply.terraform import Terraform
from colonnade.terminal.processes import Children
from tests.support.small_project import ACCOUNT_ID, RecordedAws, SmallProject, answers, no_question

pytestmark = pytest.mark.terraform

ONE = {"terraform_data": {"one": {"input": 1}}}
BACKEND, REPOSITORIES = "state-backend", "image-repositories"


@pytest.mark.usefixtures("state_bucket")
def test_the_confirmation_names_environment_account_and_count_and_only_yes_destroys(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    questions: list[str] = []
    project.write("board", {"terraform_data": {"one": {"input": 1}, "two": {"input": 2}}})
    assert command.apply("board", "dev", yes=True) == 0
    assert command.destroy("board", "dev", ask=answers("y", questions)) == 1
    assert "Nothing was destroyed.\n" in capfd.readouterr().err
    assert command.destroy("board", "dev", ask=answers("yes", questions)) == 0
    assert questions == [f"Destroy 2 resources of board in environment dev, account {ACCOUNT_ID}? (yes/no) "] * 2
    assert command.destroy("board", "dev", ask=no_question) == 0
    assert "Stack board has no resources in environment dev" in capfd.readouterr().err


@pytest.mark.usefixtures("state_bucket")
def test_image_repositories_stay_while_a_deployment_exists(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    for stack in (REPOSITORIES, "board", "shop"):
        project.write(stack, ONE)
        assert command.apply(stack, "dev", yes=True) == 0
    assert command.destroy("shop", "dev", yes=True) == 0
    capfd.readouterr()
    assert command.destroy(REPOSITORIES, "dev", yes=True, ask=no_question) == 3
    assert capfd.readouterr().err.endswith(
        "stack 'image-repositories' is not destroyed: deployments that exist run images of its repositories\n"
        "    dev/board/terraform.tfstate (1 resource)\n"
        "Next steps:\n"
        "    1. `colonnade destroy board -e dev`\n"
        "    2. `colonnade destroy image-repositories -e dev`\n"
    )
    assert command.destroy("board", "dev", yes=True) == 0
    assert command.destroy(REPOSITORIES, "dev", yes=True) == 0


def test_the_state_bucket_stays_while_it_holds_a_state_with_resources(
    project: SmallProject, state_bucket: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for stack in ("board", REPOSITORIES):
        project.write(stack, ONE)
        assert command.apply(stack, "dev", yes=True) == 0
    project.write(BACKEND, ONE, in_bucket=False)
    assert command.apply(BACKEND, "dev", yes=True) == 0
    capfd.readouterr()
    assert command.destroy(BACKEND, "dev", yes=True, ask=no_question) == 3
    assert capfd.readouterr().err.endswith(
        f"stack 'state-backend' is not destroyed: its bucket {state_bucket} holds the states of resources that exist\n"
        "    dev/board/terraform.tfstate (1 resource)\n"
        "    dev/image-repositories/terraform.tfstate (1 resource)\n"
        "Next steps:\n"
        "    1. `colonnade destroy board -e dev`\n"
        "    2. `colonnade destroy image-repositories -e dev`\n"
        "    3. `colonnade destroy state-backend -e dev`\n"
    )
    for stack in ("board", REPOSITORIES, BACKEND):
        assert command.destroy(stack, "dev", yes=True) == 0


@pytest.mark.slow  # the AWS provider starts with each of a dozen commands
def test_a_state_bucket_with_prevent_destroy_is_deleted_by_hand_and_then_leaves_the_state(
    project: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = {"bucket": project.bucket, "lifecycle": {"prevent_destroy": True}}
    versioned = {"bucket": "${aws_s3_bucket.this.id}", "versioning_configuration": {"status": "Enabled"}}
    backend = {"aws_s3_bucket": {"this": kept}, "aws_s3_bucket_versioning": {"this": versioned}}
    project.write(BACKEND, backend, in_bucket=False)
    assert command.destroy(BACKEND, "dev", yes=True) == 3
    errors = capfd.readouterr().err
    assert "stack 'state-backend' has no state on this machine" in errors
    assert f"import aws_s3_bucket.this {project.bucket}`" in errors
    assert command.apply(BACKEND, "dev", yes=True) == 0
    aws.clients.s3.put_object(Bucket=project.bucket, Key="dev/board/terraform.tfstate", Body=b'{"resources": []}')

    capfd.readouterr()
    assert command.destroy(BACKEND, "dev", yes=True, ask=no_question) == 3
    errors = capfd.readouterr().err
    assert (
        f"    aws_s3_bucket.this '{project.bucket}': `prevent_destroy` keeps it\nNext steps:\n    1. delete " in errors
    )
    assert f"    2. delete the bucket: `aws s3api delete-bucket --bucket {project.bucket}" in errors
    assert errors.endswith("    3. `colonnade destroy state-backend -e dev`\n")

    (version,) = aws.clients.s3.list_object_versions(Bucket=project.bucket)["Versions"]
    aws.clients.s3.delete_object(Bucket=project.bucket, Key=version["Key"], VersionId=version["VersionId"])
    aws.clients.s3.delete_bucket(Bucket=project.bucket)
    assert command.destroy(BACKEND, "dev", yes=True) == 0
    assert "aws_s3_bucket" not in (project.root / "dev.state-backend.tfstate").read_text()


def test_a_bucket_and_a_repository_with_content_prevent_a_destroy(project: SmallProject, state_bucket: str) -> None:
    environment = load_environment("dev", project.root)
    session = open_session(environment)
    session.client("ecr").create_repository(repositoryName=state_bucket)
    holding = [
        Resource(address=f"{kind}.{name}", kind=kind, values={"bucket" if kind == "aws_s3_bucket" else "name": name})
        for kind in ("aws_s3_bucket", "aws_ecr_repository")
        for name in (state_bucket, "not-there")
    ]
    stack = Stack(name="board", environment=environment, folder=project.root, document={})
    with Children() as children:
        operation = Operation(stack=stack, session=session, terraform=Terraform(children))
        require_released(operation, holding)
        session.client("s3").put_object(Bucket=state_bucket, Key="a-log", Body=b"a request")
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
        session.client("ecr").put_image(repositoryName=state_bucket, imageManifest=json.dumps(manifest), imageTag="1")
        with pytest.raises(StoppedError) as stopped:
            require_released(operation, holding)
    assert stopped.value.exit_status == 3
    assert str(stopped.value) == (
        f"stack 'board' in environment dev, account {ACCOUNT_ID} cannot be destroyed yet; nothing was deleted\n"
        f"    aws_s3_bucket.{state_bucket} '{state_bucket}': it is not empty, and force_destroy is false\n"
        f"    aws_ecr_repository.{state_bucket} '{state_bucket}': it holds images, and force_delete is false\n"
        "Next steps:\n"
        f"    1. copy what you want to keep: `aws s3 sync s3://{state_bucket} FOLDER`\n"
        "    2. set `deletion_protection = false` under [protection] in environments/dev.toml; "
        "the objects are then deleted with the bucket\n"
        "    3. set `force_delete_repositories = true` in environments/dev.toml; "
        "the images are then deleted with the repositories\n"
        "    4. `colonnade apply board -e dev`\n"
        "    5. `colonnade destroy board -e dev`"
    )


def test_a_stack_knows_what_terraform_files_protect_and_where(project: SmallProject) -> None:
    protected = 'resource "aws_kms_key" "kept" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n'
    (project.root / "own.tf").write_text(protected + 'resource "aws_sqs_queue" "mails" {}\n')
    stack = Stack(name="board", environment=load_environment("dev", project.root), folder=project.root, document={})
    assert stack.prevented == {"aws_kms_key.kept"}
    assert stack.added == dict.fromkeys(("aws_kms_key.kept", "aws_sqs_queue.mails"), "deployments/board.tf/own.tf")


@pytest.mark.usefixtures("aws")
def test_a_missing_state_bucket_is_reported_with_the_stack_to_apply_first(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    project.write("board", ONE)
    assert [run("board", "dev") for run in (command.plan, command.apply, command.destroy)] == [2, 2, 2]
    assert (
        f"environment 'dev': the bucket of its Terraform states, {project.bucket}, does not exist\n"
        "    run `colonnade apply state-backend -e dev` first\n"
    ) in capfd.readouterr().err


@pytest.mark.usefixtures("state_bucket")
def test_a_saved_plan_names_its_state_in_the_bucket(project: SmallProject, capfd: pytest.CaptureFixture[str]) -> None:
    saved = project.root / "board.plan"
    project.write("board", ONE)
    project.write("shop", ONE)
    assert command.plan("board", "dev", out=saved) == 0
    assert command.apply("shop", "dev", plan_file=saved, yes=True) == 2
    assert "it does not name the state dev/shop/terraform.tfstate" in capfd.readouterr().err
    assert command.apply("board", "dev", plan_file=saved, yes=True) == 0

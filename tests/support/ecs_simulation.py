"""A simulation that carries out a rollout's actions.

Tasks behave as set for their revision: `good` ones become healthy, `sick` ones never do, `dying` ones stop.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Literal

from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.tasks.deployment_state import Action, RollBack, ServiceState, StartTask, StopTask, TaskView
from colonnade_sandbox.tasks.rollout import plan

Behavior = Literal["good", "sick", "dying"]


class Simulation:
    """A simulation of one service, its tasks, and a clock that each step advances by half a second.

    `delay_steps` is the number of additional steps that a task takes to start, to become healthy and to stop.
    """

    def __init__(
        self, service: EcsService, behaviors: dict[str, Behavior] | None = None, *, delay_steps: int = 0
    ) -> None:
        self.service = service
        self.state = ServiceState()
        self.tasks: dict[str, TaskView] = {}
        self.now = 1_000_000.0
        self.actions: tuple[Action, ...] = ()
        self.started = 0
        self._delay_steps = delay_steps
        self._revisions: dict[str, str] = {}
        self._since: dict[str, tuple[str, float]] = {}
        self._behaviors = behaviors if behaviors is not None else {}
        self.behavior_of_new_tasks: Behavior | None = None
        """The behaviour of the tasks that start from now on; None: that of their revision."""
        self._own_behaviors: dict[str, Behavior] = {}
        self._ids = (f"task-{number}" for number in itertools.count())

    @property
    def healthy(self) -> int:
        return sum(task.health == "healthy" for task in self.tasks.values() if task.status == "RUNNING")

    def step(self) -> None:
        """Plan once, carry out the actions, and advance the tasks by half a second."""
        planned = plan(self.service, self.state, tuple(self.tasks.values()), self.now)
        self.state, self.actions = planned.state, planned.actions
        self.tasks = {task.id: task for task in self.tasks.values() if task.status != "STOPPED"}
        for action in self.actions:
            self._carry_out(action)
        self.now += 0.5
        self.tasks = {task.id: self._grown(task) for task in self.tasks.values()}

    def run(self, steps: int = 200) -> None:
        for _ in range(steps):
            self.step()

    def kill(self, task_id: str) -> None:
        """Stop the task at once, as kill -9 of its process does."""
        self.tasks[task_id] = replace(self.tasks[task_id], status="STOPPED")

    def _carry_out(self, action: Action) -> None:
        match action:
            case StartTask():
                task_id = next(self._ids)
                self.started += 1
                if self.behavior_of_new_tasks is not None:
                    self._own_behaviors[task_id] = self.behavior_of_new_tasks
                self._revisions[task_id] = action.revision.task_definition.arn
                self.tasks[task_id] = TaskView(id=task_id, deployment_id=action.deployment_id, status="PENDING")
            case StopTask():
                self.tasks[action.task_id] = replace(self.tasks[action.task_id], status="STOPPING", asked_to_stop=True)
            case RollBack():
                definition = replace(self.service.task_definition, arn=action.task_definition_arn)
                self.service = replace(self.service, task_definition=definition)

    def _grown(self, task: TaskView) -> TaskView:
        behavior = self._own_behaviors.get(task.id, self._behaviors.get(self._revisions[task.id], "good"))
        status, since = self._since.get(task.id, ("", self.now))
        if status != task.status:
            since = self.now
            self._since[task.id] = (task.status, since)
        if self.now - since < self._delay_steps * 0.5:
            return task
        if task.status == "STOPPING":
            return replace(task, status="STOPPED")
        if task.status == "PENDING":
            return replace(task, status="RUNNING", running_since=self.now)
        if behavior == "dying":
            return replace(task, status="STOPPED")
        return replace(task, health="healthy" if behavior == "good" else "unhealthy")

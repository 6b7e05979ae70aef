"""Work that several threads bring at once, done by one of them for all."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")


class _Waiting(Generic[Job, Outcome]):
    """A job on its way, and what became of it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.is_done = False
        self.outcome: Outcome
        self.error: BaseException | None = None

    def told(self) -> Outcome:
        """What became of it; raises what went wrong."""
        if self.error is not None:
            raise self.error
        return self.outcome


class GroupCommit(Generic[Job, Outcome]):
    """Threads that come while another works wait together, and the first of them works for all.

    A disk that takes 5 ms for a transaction then keeps up with a queue, where one after the other would
    not. `work` takes jobs and gives the outcome of each in the same order, an exception where a single
    one went wrong; if it raises, each job is tried by itself, so that none fails for another.
    """

    def __init__(self, work: Callable[[Sequence[Job]], Sequence[Outcome | BaseException]]) -> None:
        self._work = work
        self._turn = threading.Lock()
        self._queue: deque[_Waiting[Job, Outcome]] = deque()

    def do(self, job: Job) -> Outcome:
        """Have a job done, and wait for it. Raises what `work` raised or gave for it."""
        waiting: _Waiting[Job, Outcome] = _Waiting(job)
        self._queue.append(waiting)
        with self._turn:
            if not waiting.is_done:
                self._do([self._queue.popleft() for _ in range(len(self._queue))])
        return waiting.told()

    def _do(self, together: Sequence[_Waiting[Job, Outcome]]) -> None:
        try:
            outcomes = self._work([one.job for one in together])
        except BaseException as error:
            if len(together) > 1:
                for one in together:
                    self._do([one])
            else:
                together[0].error, together[0].is_done = error, True
        else:
            for one, outcome in zip(together, outcomes, strict=True):
                if isinstance(outcome, BaseException):
                    one.error = outcome
                else:
                    one.outcome = outcome
                one.is_done = True

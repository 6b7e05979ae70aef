"""Jobs that wait together are done together, and none fails for another."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from sipas.core.group_commit import GroupCommit


def run(group: GroupCommit[int, int], jobs: Sequence[int]) -> dict[int, int | BaseException]:
    """Bring all jobs at once, each by a thread of its own."""
    outcomes: dict[int, int | BaseException] = {}

    def bring(job: int) -> None:
        try:
            outcomes[job] = group.do(job)
        except ValueError as error:
            outcomes[job] = error

    threads = [threading.Thread(target=bring, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_jobs_that_come_while_another_is_done_are_done_in_one_go() -> None:
    begun, release, batches = threading.Event(), threading.Event(), []

    def work(jobs: Sequence[int]) -> list[int | BaseException]:
        batches.append(list(jobs))
        begun.set()
        release.wait(10)
        return [job * 10 for job in jobs]

    group: GroupCommit[int, int] = GroupCommit(work)
    first = threading.Thread(target=group.do, args=(0,))
    first.start()
    begun.wait(10)
    threading.Timer(0.3, release.set).start()
    assert run(group, range(1, 6)) == {job: job * 10 for job in range(1, 6)}
    first.join()
    assert batches[0] == [0]
    assert sorted(batches[1]) == [1, 2, 3, 4, 5]


def test_a_job_that_goes_wrong_is_told_and_the_others_are_done() -> None:
    def work(jobs: Sequence[int]) -> list[int | BaseException]:
        return [ValueError(job) if job == 2 else job for job in jobs]

    outcomes = run(GroupCommit(work), range(4))
    assert isinstance(outcomes.pop(2), ValueError)
    assert outcomes == {0: 0, 1: 1, 3: 3}


def test_a_job_that_breaks_the_work_is_tried_alone_with_the_others_saved() -> None:
    def work(jobs: Sequence[int]) -> list[int | BaseException]:
        if 2 in jobs:
            raise ValueError("broken")
        return list(jobs)

    outcomes = run(GroupCommit(work), range(6))
    assert isinstance(outcomes.pop(2), ValueError)
    assert outcomes == {job: job for job in range(6) if job != 2}


def test_an_interruption_is_passed_on() -> None:
    def work(_: Sequence[int]) -> list[int | BaseException]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        GroupCommit(work).do(1)

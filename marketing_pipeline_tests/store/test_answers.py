"""Answers that are worked out once and kept: by many threads, of many questions, and where working them out fails."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from marketing_pipeline.store.answers import Answers


class Work:
    """Counts what it is asked, and holds each question up until it is let go."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.go = threading.Event()
        self.now = 0
        self.most = 0
        self._lock = threading.Lock()

    def __call__(self, question: int) -> list[int]:
        with self._lock:
            self.asked.append(question)
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.go.wait(10)
        with self._lock:
            self.now -= 1
        if question < 0:
            raise ValueError(question)
        return [question]


def test_who_asks_the_same_at_once_gets_the_same_answer() -> None:
    work = Work()
    answers = Answers(work, kept=8, at_once=2)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(answers.to, 7) for _ in range(8)]
        work.go.set()
        found = [each.result() for each in asked]
    assert work.asked == [7] and {id(each) for each in found} == {id(answers.to(7))}


def test_no_more_are_worked_on_at_once_than_allowed() -> None:
    work = Work()
    answers = Answers(work, kept=99, at_once=2)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(answers.to, number) for number in range(8)]
        while work.now < 2:
            pass
        work.go.set()
        assert sorted(each.result()[0] for each in asked) == list(range(8))
    assert work.most == 2


def test_what_fails_fails_for_all_who_wait_and_is_asked_again() -> None:
    work = Work()
    answers = Answers(work, kept=8, at_once=1)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(answers.to, -1) for _ in range(4)]
        work.go.set()
        assert all(isinstance(each.exception(), ValueError) for each in asked)
    before = len(work.asked)
    for _ in range(2):
        with pytest.raises(ValueError, match="-1"):
            answers.to(-1)
    assert len(work.asked) == before + 2
    assert answers.to(1) == [1]


def test_the_one_that_was_not_asked_for_longest_goes() -> None:
    work = Work()
    work.go.set()
    answers = Answers(work, kept=2, at_once=1)
    for question in (1, 2, 1, 3, 1, 2):
        answers.to(question)
    assert work.asked == [1, 2, 3, 2]

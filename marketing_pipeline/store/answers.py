"""Answers that are worked out once, however many ask at the same time, and kept while they are asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Answers(Generic[Question, Answer]):
    """The answers of one function. Threads may share it; what fails is not kept.

    At most `at_once` questions are worked on at a time. Of more than `kept` answers the one that was not asked for
    longest goes.
    """

    def __init__(self, work_out: Callable[[Question], Answer], *, kept: int, at_once: int) -> None:
        self._work_out = work_out
        self._most = kept
        self._found: OrderedDict[Question, Future[Answer]] = OrderedDict()
        self._looking = threading.Lock()
        self._working = threading.BoundedSemaphore(at_once)

    def to(self, question: Question) -> Answer:
        """The answer; who asks while another works it out waits for that one. Raises what the function does."""
        mine: Future[Answer] = Future()
        with self._looking:
            known = self._found.setdefault(question, mine)
            self._found.move_to_end(question)
            if len(self._found) > self._most:
                self._found.popitem(last=False)
        if known is not mine:
            return known.result()
        try:
            with self._working:
                answer = self._work_out(question)
        except BaseException as error:
            with self._looking:
                if self._found.get(question) is mine:
                    del self._found[question]
            mine.set_exception(error)
            raise
        mine.set_result(answer)
        return answer

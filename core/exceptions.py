from datetime import datetime


class IllegalMove(Exception):
    """A move that is not possible, with a sentence for the person who tried it."""


class LimitReached(Exception):
    """The person wrote as much as is allowed, and can go on at `again`."""

    def __init__(self, sentence: str, *, again: datetime) -> None:
        super().__init__(sentence)
        self.again = again

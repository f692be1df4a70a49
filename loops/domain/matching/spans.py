"""Quoted and bracketed values, found by one linear walk over the text.

A value such as `['Berkeley, CA', 'x']` or `{"a": 1}` is one thing to a reader however many words
it holds, so each such span is reported as a whole. Brackets around plain words (`[instance: …]`,
`(Lifecycle Event)`) are part of the sentence and are left alone.
"""

import re
from typing import Final, NamedTuple

from loops.domain.matching.vocabulary import INTRODUCES_A_NAME, STATES

DATA_HEAD: Final = 200  # characters of a bracket's content that decide whether it holds data
MAX_STATE: Final = 16  # characters of a state's name, or of the word before it
CLOSING: Final = {")": "(", "]": "[", "}": "{"}

_MARK: Final = re.compile(r"[\"'`\[\](){}]")
_CLOSE_SINGLE: Final = re.compile(r"(?<!\\)'(?!\w)")
_CLOSE_DOUBLE: Final = re.compile(r'(?<!\\)"')
_CLOSE_ESCAPED: Final = re.compile(r'\\"')
_CLOSE_BACKTICK: Final = re.compile(r"`")
_REQUEST_LINE: Final = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT)\s+(?=\S)")
_STRING_PREFIX: Final = re.compile(r"(?<!\w)[bBfFrRuU]{1,2}$")
_LAST_WORD: Final = re.compile(r"(\w+)\s*\Z")
_KEYWORD: Final = re.compile(r"\s*\w+\s*=")  # the first argument of `search(city='Paris')`
_LIST_ITEM: Final = re.compile(r"[-+]?\d")


class Span(NamedTuple):
    """A half-open range of the text that holds a value."""

    start: int
    end: int


def data_spans(text: str) -> list[Span]:
    """The outermost values in `text`, in order, none overlapping; O(len(text))."""
    walk = _Walk(text)
    at = 0
    while (mark := _MARK.search(text, at)) is not None:
        at = walk.step(mark[0], mark.start())
    return walk.finish()


class _Walk:
    """The open brackets and the spans found so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[tuple[str, int]] = []
        self.found: list[Span] = []
        self.no_close: set[str] = set()

    def step(self, mark: str, at: int) -> int:
        """Takes in one mark; the position to go on from."""
        if mark in "\"'`":
            return self._quote(mark, at)
        if mark in "([{":
            self.open.append((mark, at))
        else:
            self._bracket(CLOSING[mark], at)
        return at + 1

    def finish(self) -> list[Span]:
        """The spans, after a value that was cut off has been taken to the end of the text."""
        for mark, at in self.open:
            if mark != "(" and self.text[at + 1 : at + 2] in ("'", '"', "[", "{"):
                self._keep(Span(at, len(self.text)))
                break
        return self.found

    def _quote(self, mark: str, at: int) -> int:
        closing = self._closing(mark, at)
        if closing is None:
            return at + 1
        hit = None if closing.pattern in self.no_close else closing.search(self.text, at + 1)
        if hit is None:
            self.no_close.add(closing.pattern)
            return at + 1
        request = _REQUEST_LINE.match(self.text, at + 1)
        if request is not None and request.end() < hit.start():
            self.found.append(Span(request.end(), hit.start()))
        elif not self._is_state(at, hit.start()):
            self.found.append(Span(at, hit.end()))
        return hit.end()

    def _is_state(self, at: int, end: int) -> bool:
        """`changed to 'Inactive'` says what happened; `parameter 'active'` names something."""
        if end - at > MAX_STATE or self.text[at + 1 : end].lower() not in STATES:
            return False
        before = _LAST_WORD.search(self.text, max(0, at - MAX_STATE), at)
        return before is None or before[1].lower() not in INTRODUCES_A_NAME

    def _closing(self, mark: str, at: int) -> re.Pattern[str] | None:
        before = self.text[at - 1 : at]
        if mark == '"':
            return _CLOSE_ESCAPED if before == "\\" else _CLOSE_DOUBLE
        if mark == "`":
            return _CLOSE_BACKTICK
        is_word = before.isalnum() or before == "_"
        if is_word and not _STRING_PREFIX.search(self.text, max(0, at - 3), at):
            return None
        return _CLOSE_SINGLE

    def _bracket(self, opening: str, at: int) -> None:
        for depth in range(len(self.open) - 1, max(-1, len(self.open) - 9), -1):
            mark, start = self.open[depth]
            if mark == opening:
                del self.open[depth:]
                head = self.text[start + 1 : min(at, start + 1 + DATA_HEAD)]
                called = self.text[max(0, start - 1) : start].isidentifier()
                if called and _KEYWORD.match(head):
                    self._keep(Span(start + 1, at))
                elif _holds_data(mark, head):
                    self._keep(Span(start, at + 1))
                return

    def _keep(self, span: Span) -> None:
        while self.found and self.found[-1].start >= span.start:
            self.found.pop()
        self.found.append(span)


def _holds_data(mark: str, head: str) -> bool:
    inner = head.strip()
    if mark == "{":
        return True
    if mark == "(":
        return inner[:1] in ("'", '"', "[", "{")
    if not inner or inner[0] in "'\"[{(" or _LIST_ITEM.match(inner):
        return True
    commas = inner.count(",")
    if not commas:
        return False
    return "'" in inner or '"' in inner or len(inner.split()) <= 2 * commas + 2

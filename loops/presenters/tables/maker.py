"""What makes a table: who asks, with which filters, and when."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from m25console.access import Actor
from m25console.exports import Table

type Query = Mapping[str, str]
type Maker = Callable[[Actor, Query, datetime], Table[Any]]

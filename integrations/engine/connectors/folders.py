"""The files of one folder of this machine, under one that the operator allows."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from integrations.domain import connector_paths
from integrations.domain.connector_operations import CHUNK
from integrations.domain.connectors import MAX_RESPONSE
from integrations.drivers import visits
from integrations.engine.connectors.buckets import NO_SUCH, bytes_of, content_of
from integrations.engine.connectors.calls import Answer, CallFault, Secret

type Values = Mapping[str, Any]
type Config = Mapping[str, Any]
LOOKED_THROUGH: Final = 100_000  # files, so that a list of a huge folder ends


def listed(config: Config, values: Values, _secret: Secret, _seconds: float) -> Answer:
    """In the order of their names, from behind the one that a continuation names."""
    root, after = root_of(config), values.get("continuation", "")
    names = sorted(
        one for one in islice(_names(root), LOOKED_THROUGH)
        if one.startswith(values.get("prefix", "")) and one > after
    )  # fmt: skip
    shown = names[: values["limit"]]
    files = [{"key": one, **_about(root / one)} for one in shown]
    more = shown[-1] if len(names) > len(shown) else None
    data = {"files": files, "continuation": more}
    return Answer(data, 0, row_count=len(files), is_truncated=more is not None)


def metadata(config: Config, values: Values, _secret: Secret, _seconds: float) -> Answer:
    path = _path(config, values["key"])
    return Answer({"exists": True, **_about(path)} if path.is_file() else {"exists": False}, 0)


def download(config: Config, values: Values, _secret: Secret, _seconds: float) -> Answer:
    parts: list[bytes] = []
    size = 0
    with _there(config, values["key"]).open("rb") as file:
        while part := file.read(CHUNK):
            parts.append(part)
            size += len(part)
            if size > MAX_RESPONSE:
                told = f"The file is larger than {MAX_RESPONSE // 2**20} MiB."
                raise CallFault("response_too_large", told)
    return Answer(content_of(b"".join(parts)), size)


def upload(config: Config, values: Values, _secret: Secret, _seconds: float) -> Answer:
    """Written beside its place first, so that nobody reads half a file."""
    body, path = bytes_of(values), _path(config, values["key"])
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".m25-", delete=False) as file:
        file.write(body)
    Path(file.name).replace(path)
    return Answer({"key": values["key"], "size": len(body)}, 0)


def copy(config: Config, values: Values, _secret: Secret, _seconds: float) -> Answer:
    source, target = _there(config, values["key"]), _path(config, values["to"])
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return Answer({"key": values["to"]}, 0)


def delete(config: Config, values: Values, _secret: Secret, _seconds: float) -> Answer:
    paths = [_path(config, one) for one in values["keys"]]
    there = [one for one in paths if one.is_file()]
    for path in there:
        path.unlink(missing_ok=True)
    return Answer({"deleted": len(there)}, 0)


def presigned(_config: Config, _values: Values, _secret: Secret, _seconds: float) -> Answer:
    raise CallFault("not_offered", "Only files of S3 have such addresses.", is_ours=True)


def root_of(config: Config) -> Path:
    """The folder as it really is. Raises ForbiddenTarget outside the operator's, or CallFault."""
    root = visits.allowed(config["base_path"])
    if not root.is_dir():
        raise CallFault("no_such_folder", "There is no such folder.")
    return root


def _path(config: Config, key: str) -> Path:
    """Where a file of the folder is, wherever links lead."""
    root = root_of(config)
    path = (root / connector_paths.key_within("", key)).resolve()
    if not path.is_relative_to(root):
        raise CallFault("invalid_payload", "A link leads out of the folder.", is_ours=True)
    return path


def _there(config: Config, key: str) -> Path:
    path = _path(config, key)
    if not path.is_file():
        raise CallFault("no_such_file", NO_SUCH)
    return path


def _names(root: Path) -> Iterator[str]:
    for folder, _folders, files in os.walk(root):
        yield from (str((Path(folder) / one).relative_to(root)) for one in files)


def _about(path: Path) -> dict[str, Any]:
    found = path.lstat()
    changed_at = datetime.fromtimestamp(found.st_mtime, tz=UTC)
    return {"size": found.st_size, "changed_at": changed_at.isoformat(timespec="seconds")}


OPERATIONS: Final[Mapping[str, Callable[[Config, Values, Secret, float], Answer]]] = {
    "list": listed,
    "metadata": metadata,
    "download": download,
    "upload": upload,
    "copy": copy,
    "delete": delete,
    "presigned": presigned,
}

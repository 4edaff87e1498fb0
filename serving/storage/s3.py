"""Downloads a model file from a bucket, for models that are not in the image.

This happens while the function starts, so it has to be fast: ranges are downloaded in parallel, straight into the
file. An SDK would take longer to import than a small model to download.
"""

import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import quote

from serving.storage import artefacts, signing
from serving.storage.signing import Unreadable as Unreadable
from serving.storage.signing import Where

PART = 8 * 1024 * 1024
AT_ONCE = 8
TRIES = 3
SECONDS = 20.0
# Before the second try; twice as long before each later one.
_PAUSE = 0.1
# The only place where Lambda can write.
KEEP = Path("/tmp/models")  # noqa: S108

# S3 accepts this instead of a hash of the body, for requests without one.
NO_BODY = "UNSIGNED-PAYLOAD"


def model(folder: str, name: str, sha256: str, keep: Path = KEEP) -> Path:
    """The object `name` below s3://bucket/prefix as a local file, which is kept for later starts."""
    target = keep / f"{sha256}{Path(name).suffix}"
    if target.exists() and artefacts.digest(target) == sha256:
        return target
    keep.mkdir(parents=True, exist_ok=True)
    partial = keep / f"{name}.{os.getpid()}"
    try:
        _download(where(f"{folder.rstrip('/')}/{name}", os.environ), partial, signing.credentials(os.environ))
        found = artefacts.digest(partial)
        if found != sha256:
            raise Unreadable(f"{folder}/{name} has the sha256 {found}, not {sha256}")
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def where(uri: str, environment: Mapping[str, str]) -> Where:
    """The address of s3://bucket/key. AWS_ENDPOINT_URL replaces Amazon's service."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not (uri.startswith("s3://") and bucket and key):
        raise ValueError(f"{uri!r} is not s3://BUCKET/KEY")
    return place(bucket, key, environment)


def place(bucket: str, key: str, environment: Mapping[str, str]) -> Where:
    """The address of an object. The bucket becomes part of the host name, so callers must check untrusted names."""
    path = f"/{quote(key, safe='/~')}"
    service = signing.service("s3", environment)
    # The certificate does not match a bucket's name with a dot in it.
    if "." in bucket or service.is_named:
        return service._replace(path=f"/{bucket}{path}")
    return service._replace(host=f"{bucket}.{service.host}", path=path)


def signed(at: Where, who: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The headers of a GET."""
    return signing.signed("GET", at, "s3", who, now, {"x-amz-content-sha256": NO_BODY}, NO_BODY)


def _download(at: Where, target: Path, who: Mapping[str, str]) -> None:
    """Download the object to `target`. The first range tells how many more there are."""
    with target.open("wb") as file, ThreadPoolExecutor(AT_ONCE) as pool:
        size = _part(at, 0, file.fileno(), who)
        list(pool.map(lambda start: _part(at, start, file.fileno(), who), _rest(size)))


def _rest(size: int) -> Iterator[int]:
    yield from range(PART, size, PART)


def _part(at: Where, start: int, file: int, who: Mapping[str, str]) -> int:
    """Download one range to its place in the file; return the size of the whole object."""
    failure: Exception | None = None
    for attempt in range(TRIES):
        if failure:
            time.sleep(_PAUSE * 2 ** (attempt - 1))
        try:
            return _try_part(at, start, file, who)
        except (OSError, HTTPException) as error:
            failure = error
    raise Unreadable(f"{at.host}{at.path}: {failure}") from failure


def _try_part(at: Where, start: int, file: int, who: Mapping[str, str]) -> int:
    connection = at.connection(SECONDS)
    try:
        headers = signed(at, who, datetime.now(UTC))
        connection.request("GET", at.path, headers={**headers, "range": f"bytes={start}-{start + PART - 1}"})
        response = connection.getresponse()
        content = response.read()
        if response.status >= 500:
            raise HTTPException(f"status {response.status}")
        if response.status not in (200, 206):
            raise Unreadable(f"{at.host}{at.path}: status {response.status} {content[:200]!r}")
        size = _size(response, len(content))
        if start + len(content) != min(start + PART, size):
            raise HTTPException("the answer ends too early")
        os.pwrite(file, content, start)
        return size
    finally:
        connection.close()


def _size(response: HTTPResponse, given: int) -> int:
    """The size of the whole object, from `Content-Range: bytes 0-8388607/14000000`."""
    return int(response.getheader("content-range", f"/{given}").rpartition("/")[2])

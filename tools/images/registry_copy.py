"""Copy one image from registry to registry, byte for byte, so that its digest stays the same.

    python tools images.registry_copy SOURCE_REPOSITORY TARGET_REPOSITORY DIGEST TAG
        the passwords, the source's and the target's, are read from stdin, a line each

A repository is HOST/NAME. The distribution API does the copy: each blob that the target lacks is mounted, if one host
has both repositories and allows it, or else streamed; the manifest comes last, so that a killed run leaves no image
with missing blobs, and the next run continues with what is there. Every blob is checked against its sha256 before the
target may keep it. The program prints the number of bytes that went through this machine.

ECR redirects reads of blobs to S3, which must not see the password. The proxies are those of the environment.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator

from tools.images.manifests import DIGEST, IMAGE_TYPES, INDEX_TYPES, Blob, Failed, blobs_of, media_type_in, sha256

USER = "AWS"
# For one read or write; a whole blob may take longer.
TIMEOUT = 60.0
PART = 1 << 18
LARGEST_MANIFEST = 4 << 20
REPOSITORY = re.compile(r"(?P<host>[\w.-]+(:\d+)?)/(?P<name>[a-z0-9]+([._/-]+[a-z0-9]+)*)", re.ASCII)
TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
ACCEPT = ", ".join(IMAGE_TYPES + INDEX_TYPES)
# Without a type, the body would be sent as a form.
BYTES = {"Content-Type": "application/octet-stream"}


class Refused(Failed):
    """The registry understood the request and refused it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Repository:
    def __init__(self, full_name: str, password: str) -> None:
        match = REPOSITORY.fullmatch(full_name)
        if not match:
            raise Failed(f"not a repository, which is HOST/NAME: {full_name}")
        self.host, self.name = match["host"], match["name"]
        # Only this machine is addressed without TLS, and never through a proxy.
        is_local = self.host.partition(":")[0] in ("localhost", "127.0.0.1")
        self._base = f"{'http' if is_local else 'https'}://{self.host}"
        self._login = "Basic " + base64.b64encode(f"{USER}:{password}".encode()).decode()
        handlers = [urllib.request.ProxyHandler({})] if is_local else []
        self._opener = urllib.request.build_opener(*handlers)

    def __str__(self) -> str:
        return f"{self.host}/{self.name}"

    def _ask(
        self, method: str, path: str, data: bytes | Iterable[bytes] | None = None, headers: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """The answer, if it is a success. `path` may be a full address that the registry gave."""
        url = urllib.parse.urljoin(f"{self._base}/v2/{self.name}/", path)
        request = urllib.request.Request(url, data, BYTES | (headers or {}), method=method)  # noqa: S310
        if url.startswith(f"{self._base}/"):
            # A redirect does not pass this kind of header on.
            request.add_unredirected_header("Authorization", self._login)
        try:
            answer = self._opener.open(request, timeout=TIMEOUT)
        except urllib.error.HTTPError as error:
            # After a redirect to S3 the full URL would give access to the blob, so it must not get into a log.
            who = urllib.parse.urlsplit(error.url).netloc
            with error:
                raise Refused(error.code, f"{who} {_refusal(error, f'{method} in {self.name}')}") from None
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{self.host} does not answer: {getattr(error, 'reason', error) or error!r}") from None
        assert isinstance(answer, http.client.HTTPResponse)
        return answer

    def manifest(self, reference: str) -> tuple[bytes, str] | None:
        """The manifest and its media type, or None."""
        try:
            with self._ask("GET", f"manifests/{reference}", headers={"Accept": ACCEPT}) as answer:
                content = answer.read(LARGEST_MANIFEST + 1)
                return content, answer.headers.get_content_type()
        except Refused as error:
            if error.status == 404:
                return None
            raise
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{self.host} broke off in the manifest: {error}") from None

    def is_tagged(self, tag: str, digest: str) -> bool:
        found = self.manifest(tag)
        return found is not None and sha256(found[0]) == digest

    def put_manifest(self, tag: str, content: bytes, media_type: str) -> None:
        self._ask("PUT", f"manifests/{tag}", content, {"Content-Type": media_type}).close()

    def has(self, blob: Blob) -> bool:
        try:
            self._ask("HEAD", f"blobs/{blob.digest}").close()
        except Refused as error:
            if error.status == 404:
                return False
            raise
        return True

    def read(self, blob: Blob) -> Iterator[bytes]:
        """Part by part; raises unless it was the whole blob and nothing else."""
        seen, digest = 0, hashlib.sha256()
        with self._ask("GET", f"blobs/{blob.digest}") as answer:
            while True:
                try:
                    part = answer.read(PART)
                except (OSError, http.client.HTTPException) as error:
                    raise Failed(f"{self.host} broke off in blob {blob.digest}: {error}") from None
                seen += len(part)
                digest.update(part)
                if seen > blob.size or (not part and seen < blob.size):
                    raise Failed(f"blob {blob.digest} of {self} does not have the {blob.size} bytes of the manifest")
                if seen == blob.size and digest.hexdigest() != blob.digest.removeprefix("sha256:"):
                    raise Failed(f"a blob of {self} is not what its digest says: {blob.digest}")
                if not part:
                    return
                yield part

    def mount(self, blob: Blob, source: Repository) -> str | None:
        """None if the blob is there now, else the address to upload it to."""
        query = urllib.parse.urlencode({"mount": blob.digest, "from": source.name})
        try:
            with self._ask("POST", f"blobs/uploads/?{query}", b"") as answer:
                return None if answer.status == 201 else self._place(answer)
        except Refused:
            return self.begin()

    def begin(self) -> str:
        with self._ask("POST", "blobs/uploads/", b"") as answer:
            return self._place(answer)

    def upload(self, blob: Blob, place: str, parts: Iterable[bytes]) -> None:
        """As docker does it: the content first, then its digest. With a wrong digest nothing is kept."""
        with self._ask("PATCH", place, parts, {"Content-Length": str(blob.size)}) as answer:
            place = self._place(answer)
        place += ("&" if "?" in place else "?") + urllib.parse.urlencode({"digest": blob.digest})
        self._ask("PUT", place, b"").close()

    def _place(self, answer: http.client.HTTPResponse) -> str:
        place = answer.headers.get("Location")
        if not place:
            raise Failed(f"{self.host} does not say where to upload to")
        return urllib.parse.urljoin(answer.url, place)


def _refusal(error: urllib.error.HTTPError, what: str) -> str:
    """A message with the registry's explanation, or the bare status."""
    if error.code == 401:
        return "does not accept the password"
    try:
        said = json.loads(error.read(10_000))["errors"][0]
        why = f"{said['code']} {said.get('message', '')}"
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        why = error.reason or ""
    return f"refuses {what}: {error.code} {' '.join(str(why).split())[:300]}"


def transfer(source: Repository, target: Repository, blob: Blob) -> tuple[str, int]:
    """What was done, and how many bytes went through this machine."""
    if target.has(blob):
        return "there", 0
    place = target.mount(blob, source) if source.host == target.host else target.begin()
    if place is None:
        return "mounted", 0
    target.upload(blob, place, source.read(blob))
    return "copied", blob.size


def copy(source: Repository, target: Repository, digest: str, tag: str) -> int:
    name = f"{source}@{digest}"
    found = source.manifest(digest)
    if found is None:
        raise Failed(f"there is no image {name}")
    content, said = found
    if sha256(content) != digest:
        raise Failed(f"{source.host} gives another manifest than the one asked for: {name}")
    media_type = media_type_in(content, said)
    total = 0
    for blob in blobs_of(content, media_type, name):
        done, size = transfer(source, target, blob)
        print(f"          {done:<8} {blob.digest[:19]}  {blob.size} bytes", file=sys.stderr, flush=True)
        total += size
    # An immutable tag cannot be set again, even to the same image.
    if not target.is_tagged(tag, digest):
        target.put_manifest(tag, content, media_type)
    if not target.is_tagged(tag, digest):
        raise Failed(f"{target}:{tag} is not {digest} after the copy")
    return total


def main(source: str, target: str, digest: str, tag: str) -> int:
    try:
        if not DIGEST.fullmatch(digest):
            raise Failed(f"not a digest, which is sha256: and 64 hexadecimal digits: {digest}")
        if not TAG.fullmatch(tag):
            raise Failed(f"not a tag: {tag}")
        passwords = [sys.stdin.readline().strip() for _ in range(2)]
        if not all(passwords):
            raise Failed("the registries' passwords must come on stdin, a line each")
        print(copy(Repository(source, passwords[0]), Repository(target, passwords[1]), digest, tag))
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

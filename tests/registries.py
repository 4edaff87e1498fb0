"""A registry of images on this machine, and an image to hold, with the failures that are asked of it."""

from __future__ import annotations

import base64
import json
import random
import re
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any

import local_servers
from tools.images import manifests

PASSWORD = "a password"
LOGIN = "Basic " + base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
DOCKER, OCI = manifests.IMAGE_TYPES
SIGNATURE = "X-Amz-Signature=known-to-nobody"


@dataclass
class Image:
    """What `docker push` leaves at a registry."""

    blobs: dict[str, bytes]
    manifest: bytes
    media_type: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        self.digest = manifests.sha256(self.manifest)


def image(*contents: bytes, media_type: str = DOCKER) -> Image:
    """The spaces in the manifest are part of what its digest says."""
    parts = [{"mediaType": "x", "digest": manifests.sha256(content), "size": len(content)} for content in contents]
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": parts[0], "layers": parts[1:]}
    blobs = {manifests.sha256(content): content for content in contents}
    return Image(blobs, json.dumps(manifest, indent=5).encode(), media_type)


# The same bytes every time: the digest is part of the names of tests, and workers must collect the same ones.
NOISE = random.Random(7)
IMAGE = image(b'{"architecture": "amd64"}', NOISE.randbytes(700_000), NOISE.randbytes(50_000))


class Registry(ThreadingHTTPServer):
    """As much of one as a copy needs, with the failures that are asked of it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.blobs: dict[tuple[str, str], bytes] = {}
        self.manifests: dict[tuple[str, str], tuple[bytes, str]] = {}
        self.uploads: dict[str, bytes] = {}
        self.asked: list[tuple[str, str, str | None]] = []
        self.grants_mounts = True
        self.mount_refusal = 202
        self.blobs_are_at: str | None = None
        self.mangle: Callable[[bytes], bytes] = lambda content: content
        self.announces_all = False
        self.storage_status = 200
        self.tags_move = True
        self.before: Callable[[], None] = lambda: None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def hold(self, held: Image, name: str = "from/here", tag: str = "t") -> str:
        """Put the image there. The name of the repository, with the host."""
        self.blobs |= {(name, digest): content for digest, content in held.blobs.items()}
        for reference in (held.digest, tag):
            self.manifests[name, reference] = (held.manifest, held.media_type)
        return f"{self.host}/{name}"

    def count(self, method: str) -> int:
        return sum(asked[0] == method for asked in self.asked)

    def holds(self, held: Image, name: str, tag: str) -> bool:
        blobs = all(self.blobs.get((name, digest)) == content for digest, content in held.blobs.items())
        return blobs and self.manifests.get((name, tag)) == (held.manifest, held.media_type)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked has been killed."""


class _Requests(local_servers.Handler):
    server: Registry

    def handle_one(self) -> None:
        registry = self.server
        registry.asked.append((self.command, self.path, self.headers.get("Authorization")))
        registry.before()
        body = self.content()
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        if url.path.startswith("/stored/"):
            content = next(found for (_, digest), found in registry.blobs.items() if url.path.endswith(digest))
            self.answer(registry.storage_status, content)
            return
        if self.headers.get("Authorization") != LOGIN:
            self.answer(401, b"Not Authorized")
            return
        match = re.fullmatch(r"/v2/(.+)/(blobs|manifests)/(.*)", url.path.replace("blobs/uploads", "blobs/uploads!"))
        assert match, self.path
        name, kind, reference = match.groups()
        if kind == "manifests":
            self.manifest(name, reference, body)
        elif reference.startswith("uploads!"):
            self.upload(name, reference.removeprefix("uploads!/"), body)
        else:
            self.blob(name, reference)

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = handle_one

    def manifest(self, name: str, reference: str, body: bytes) -> None:
        held = self.server.manifests.get((name, reference))
        if self.command == "PUT":
            if held and not self.server.tags_move:
                self.refuse(400, "TAG_INVALID", f"the tag {reference} is immutable")
                return
            self.server.manifests[name, reference] = (body, self.headers["Content-Type"])
            self.answer(201)
        elif held:
            self.answer(200, held[0], {"Content-Type": held[1]})
        else:
            self.refuse(404, "MANIFEST_UNKNOWN", "no such manifest")

    def upload(self, name: str, place: str, body: bytes) -> None:
        registry = self.server
        if self.command == "POST" and "mount" in self.query:
            source = (self.query["from"], self.query["mount"])
            if registry.grants_mounts and source in registry.blobs:
                registry.blobs[name, self.query["mount"]] = registry.blobs[source]
                self.answer(201)
                return
            if registry.mount_refusal != 202:
                self.refuse(registry.mount_refusal, "UNSUPPORTED", "no mounts here")
                return
        if self.command == "POST":
            place = uuid.uuid4().hex
            registry.uploads[place] = b""
            self.answer(202, headers={"Location": f"/v2/{name}/blobs/uploads/{place}?state=1"})
        elif self.command == "PATCH":
            registry.uploads[place] += body
            self.answer(202, headers={"Location": f"http://{registry.host}/v2/{name}/blobs/uploads/{place}?state=2"})
        else:
            assert self.query["state"] == "2"
            content = registry.uploads.pop(place) + body
            if manifests.sha256(content) != self.query["digest"]:
                self.refuse(400, "DIGEST_INVALID", "not that digest")
                return
            registry.blobs[name, self.query["digest"]] = content
            self.answer(201)

    def blob(self, name: str, digest: str) -> None:
        content = self.server.blobs.get((name, digest))
        if content is None:
            self.refuse(404, "BLOB_UNKNOWN", "no such blob")
        elif self.server.blobs_are_at and self.command == "GET":
            self.answer(307, headers={"Location": f"http://{self.server.blobs_are_at}/stored/{digest}?{SIGNATURE}"})
        else:
            given = self.server.mangle(content)
            self.answer(200, given, {"content-length": str(len(content if self.server.announces_all else given))})

    def refuse(self, status: int, code: str, message: str) -> None:
        self.answer(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode())

"""Reads an image's manifest: the blobs of the image, by digest and size."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
IMAGE_TYPES = ("application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json")
# Accepted as well, so that the registry returns them and they are refused with a clear message.
INDEX_TYPES = ("application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json")


class Failed(Exception):
    """A message for whoever started the copy."""


@dataclass(frozen=True)
class Blob:
    digest: str
    size: int


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def blobs_of(content: bytes, media_type: str, name: str) -> list[Blob]:
    """The blobs of an image's manifest, each once."""
    try:
        manifest: dict[str, Any] = json.loads(content)
        if media_type in INDEX_TYPES or "manifests" in manifest:
            raise Failed(f"{name} is an index of images: give the digest of one of them")
        if media_type not in IMAGE_TYPES:
            raise Failed(f"{name} is {media_type}, which is not an image that can be copied")
        blobs = [Blob(part["digest"], int(part["size"])) for part in (manifest["config"], *manifest["layers"])]
        if not all(DIGEST.fullmatch(blob.digest) and blob.size >= 0 for blob in blobs):
            raise ValueError
    except (ValueError, LookupError, TypeError):
        raise Failed(f"the manifest of {name} cannot be read") from None
    return list(dict.fromkeys(blobs))


def media_type_in(content: bytes, said: str) -> str:
    """The media type in the manifest, if it has one, else the one that the registry said."""
    try:
        return str(json.loads(content)["mediaType"])
    except (ValueError, LookupError, TypeError):
        return said

"""Write the bundle from which an Elastic Beanstalk environment runs an image, and print the label of that version.

    python tools servers.bundle REPOSITORY@sha256:DIGEST TARGET.zip

It holds deploy/Dockerrun.aws.json, with the image filled in, and deploy/.platform, which configures Beanstalk's nginx.
The same input gives the same bytes, so the label is made of the image's digest and the bundle's.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "deploy"
DOCKERRUN = "Dockerrun.aws.json"
# The earliest date that the format can hold.
NO_DATE = (1980, 1, 1, 0, 0, 0)


def dockerrun(image: str, folder: Path) -> bytes:
    content = json.loads((folder / DOCKERRUN).read_text())
    content["Image"]["Name"] = image
    return json.dumps(content, indent=2).encode() + b"\n"


def entries(image: str, folder: Path) -> dict[str, bytes]:
    settings = sorted(path for path in (folder / ".platform").rglob("*") if path.is_file())
    return {
        DOCKERRUN: dockerrun(image, folder),
        **{path.relative_to(folder).as_posix(): path.read_bytes() for path in settings},
    }


def bundle(image: str, folder: Path = FOLDER) -> tuple[str, bytes]:
    """The label, and the archive."""
    digest = re.fullmatch(r".+@sha256:([0-9a-f]{64})", image)
    if not digest:
        raise ValueError(f"not an image by its digest: {image}")
    target = io.BytesIO()
    # Uncompressed: the output of a compressor may differ between machines.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries(image, folder).items():
            member = zipfile.ZipInfo(name, NO_DATE)
            member.create_system, member.external_attr = 3, 0o100644 << 16
            archive.writestr(member, content)
    written = target.getvalue()
    return f"{digest[1][:12]}-{hashlib.sha256(written).hexdigest()[:8]}", written


if __name__ == "__main__":
    try:
        label, content = bundle(sys.argv[1])
        Path(sys.argv[2]).write_bytes(content)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(label)

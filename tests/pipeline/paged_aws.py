"""An AWS that answers in pages, as the real one does and the local one does not: a repository, a stack, a bucket."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import local_servers

# ECR gives a hundred at a time, CloudFormation too, S3 a thousand.
PAGE = 100
OBJECTS = 1000


class PagedAws:
    def __init__(self, images: int = 0, events: list[dict[str, str]] | None = None, objects: int = 0) -> None:
        self.images = [
            # The newest comes neither first nor last.
            {"imageDigest": digest(number), "imagePushedAt": 1.7e9 + (number * 7919) % images}
            for number in range(images)
        ]
        self.events = events or []
        # An object is as often there as it is marked as deleted.
        self.objects = [("DeleteMarker" if number % 2 else "Version", f"object-{number}") for number in range(objects)]
        self.refused: list[str] = []

    def registry(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        if verb == "BatchGetImage":
            wanted = request["imageIds"]
            if len(wanted) > PAGE:
                self.refused.append("more than a hundred images at once")
            return {"images": [{"imageManifest": manifest(image["imageDigest"])} for image in wanted[:PAGE]]}
        first = int(request.get("nextToken", 0))
        key = {"DescribeImages": "imageDetails", "ListImages": "imageIds"}[verb]
        answer: dict[str, Any] = {key: self.images[first : first + PAGE]}
        if first + PAGE < len(self.images):
            answer["nextToken"] = str(first + PAGE)
        return answer

    def stack_events(self, first: int) -> str:
        page = self.events[first : first + PAGE]
        members = "".join(
            "<member>" + "".join(f"<{key}>{value}</{key}>" for key, value in event.items()) + "</member>"
            for event in page
        )
        token = f"<NextToken>{first + PAGE}</NextToken>" if first + PAGE < len(self.events) else ""
        result = f"<DescribeStackEventsResult><StackEvents>{members}</StackEvents>{token}</DescribeStackEventsResult>"
        return f"<DescribeStackEventsResponse>{result}</DescribeStackEventsResponse>"

    def versions(self, after: str) -> str:
        names = [name for _, name in self.objects]
        first = names.index(after) + 1 if after else 0
        page = self.objects[first : first + OBJECTS]
        more = first + OBJECTS < len(self.objects)
        marker = f"<NextKeyMarker>{page[-1][1]}</NextKeyMarker>" if more else ""
        listed = "".join(f"<{kind}><Key>{name}</Key><VersionId>v</VersionId></{kind}>" for kind, name in page)
        truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        return f"<ListVersionsResult>{truncated}{marker}{listed}</ListVersionsResult>"

    def delete(self, body: str) -> str:
        gone = set(re.findall(r"<Key>(.*?)</Key>", body))
        if len(gone) > OBJECTS:
            self.refused.append("more than a thousand objects at once")
        else:
            self.objects = [one for one in self.objects if one[1] not in gone]
        return "<DeleteResult></DeleteResult>"

    def answer(self, method: str, path: str, target: str, body: str) -> str:
        if target:
            return json.dumps(self.registry(target.rpartition(".")[2], json.loads(body)))
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query, keep_blank_values=True)
        if "versions" in query:
            return self.versions(query.get("key-marker", [""])[0])
        if "delete" in query:
            return self.delete(body)
        if method == "DELETE":
            if self.objects:
                self.refused.append("a bucket that is not empty")
            return ""
        return self.stack_events(int(urllib.parse.parse_qs(body).get("NextToken", ["0"])[0]))


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def manifest(of: str) -> str:
    return json.dumps(
        {"config": {"digest": of, "size": 1}, "layers": [{"digest": f"{of}-layer", "size": 10}]}, indent=1
    )


@contextmanager
def serving(aws: PagedAws) -> Iterator[str]:
    class Handler(local_servers.Handler):
        def respond(self) -> None:
            body = self.content().decode()
            target = self.headers.get("x-amz-target", "")
            content = aws.answer(self.command, self.path, target, body).encode()
            self.answer(200, content, {"content-type": "application/x-amz-json-1.1" if target else "text/xml"})

        do_GET = do_POST = do_DELETE = respond

    with local_servers.serving(Handler) as address:
        yield address

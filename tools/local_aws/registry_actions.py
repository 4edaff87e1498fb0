"""The IAM actions of the registry protocol's calls."""

from __future__ import annotations

CALLS = [
    ("POST", r"/v2/.+/blobs/uploads/", "ecr:InitiateLayerUpload"),
    ("PATCH", r"/v2/.+/blobs/uploads/", "ecr:UploadLayerPart"),
    ("PUT", r"/v2/.+/blobs/uploads/", "ecr:CompleteLayerUpload"),
    ("HEAD", r"/v2/.+/blobs/", "ecr:BatchCheckLayerAvailability"),
    ("GET", r"/v2/.+/blobs/", "ecr:GetDownloadUrlForLayer"),
    ("PUT", r"/v2/.+/manifests/", "ecr:PutImage"),
    ("(HEAD|GET)", r"/v2/.+/manifests/", "ecr:BatchGetImage"),
    ("GET", r"/v2/$", "ecr:GetAuthorizationToken"),
]

"""What a browser asks before a page of another origin may call, as the template has it answered.

API Gateway answers it by itself only where no guarded route catches it, which $default does.
"""

from __future__ import annotations

import itertools

import pytest

from pipeline_runs import ROOT
from tools.releases import authorization
from tools.stacks import model
from tools.stacks.resolved import Template

ORIGIN = "https://shop.example"


def stack(**values: str) -> Template:
    return Template(
        model.read(ROOT / "xgboost-example"), {"Project": "x-example", "Stage": "dev", "LiveVersion": "1"} | values
    )


@pytest.mark.parametrize(("auth", "origins"), [*itertools.product(("none", "iam", "jwt"), ("", ORIGIN))])
def test_everybody_may_ask_where_a_guarded_api_is_open_to_origins(auth: str, origins: str) -> None:
    found = stack(Auth=auth, CorsOrigins=origins)
    route = found.read["Resources"]["ApiPreflightRoute"]
    assert found.holds(route["Condition"]) is (auth != "none" and bool(origins))
    asked = found.properties("ApiPreflightRoute")
    assert (asked["RouteKey"], asked["AuthorizationType"]) == ("OPTIONS /{proxy+}", "NONE")
    assert asked["Target"] == found.properties("ApiRoute")["Target"]


def test_nothing_is_routed_before_a_version_is_live() -> None:
    assert not stack(Auth="jwt", CorsOrigins=ORIGIN, LiveVersion="none").holds("IsOpenToPreflights")


def test_a_page_of_another_origin_may_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "of-nobody")
    signed = authorization.signature("POST", "https://x.example/predict", "{}")
    allowed = stack(CorsOrigins=ORIGIN).properties("Api")["CorsConfiguration"]["AllowHeaders"]
    assert "X-Amz-Security-Token" in signed
    assert {name.lower() for name in signed} <= set(allowed)

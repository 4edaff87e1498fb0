"""Who may call a model, from where, how often; who is told when it fails; what that costs at most."""

from __future__ import annotations

import base64
import http.client
import json
import re
import time
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import local_servers
from pipeline.faults import assert_explained, steps
from pipeline.versions import REQUEST, Model
from pipeline_runs import FOLDERS, ROOT, Home
from tools.costs.prices import Prices
from tools.stacks import model as stacks


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Issuer:
    """Issues tokens, and says at its address by which key they are known."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self.key.public_key().public_numbers()
        modulus = numbers.n.to_bytes(256, "big")
        keys = {"keys": [{"kid": "one", "kty": "RSA", "alg": "RS256", "n": encoded(modulus), "e": "AQAB"}]}
        issuer = self

        class Says(local_servers.Handler):
            def do_GET(self) -> None:
                is_keys = self.path.endswith("/jwks.json")
                said = keys if is_keys else {"issuer": issuer.address, "jwks_uri": f"{issuer.address}/jwks.json"}
                self.answer(200, json.dumps(said).encode())

        self.server = HTTPServer(("127.0.0.1", 0), Says)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def token(self, audience: str) -> str:
        head = {"alg": "RS256", "kid": "one", "typ": "JWT"}
        claims = {"iss": self.address, "aud": audience, "exp": int(time.time()) + 600}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{encoded(signature)}"


@pytest.fixture(scope="module")
def guarded(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    """A model that is deployed with another setting by each test that asks it."""
    made = Model.new(home, tmp_path_factory.mktemp("guarded"), "guarded-example")
    made.run("-r").checked()
    yield made
    made.run("-x", "-y").checked()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    with local_servers.running(made.server):
        yield made


def deployed(model: Model, *more: str, **env: str) -> str:
    return model.home.run("-s", "local", "-r", "-p", str(model.folder), "-d", *more, env=env).checked().api_url


# What a browser asks before a page of another origin may call.
PREFLIGHT = {"Access_Control_Request_Method": "POST"}


def answer(url: str, method: str = "POST", **headers: str) -> tuple[int, dict[str, str]]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=30)
    body = json.dumps(REQUEST) if method == "POST" else None
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, parts.path, body, {"Host": parts.netloc, "Content-Type": "application/json"} | given)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}


# --- who ------------------------------------------------------------------------------------------


def test_iam_takes_who_signs(guarded: Model) -> None:
    url = deployed(guarded, "-t", AUTH_LAMBDA="iam")
    assert answer(url)[0] == 403
    assert answer(url, "OPTIONS", Origin="https://shop.example", **PREFLIGHT)[0] == 403
    assert answer(url, Authorization="AWS4-HMAC-SHA256 Credential=nobody/20260101/x/execute-api/aws4_request")[0] == 403


def test_jwt_takes_who_has_a_token_of_that_issuer_for_that_audience(guarded: Model, issuer: Issuer) -> None:
    access = {"AUTH_LAMBDA": "jwt", "ISSUER_LAMBDA": issuer.address, "AUDIENCE_LAMBDA": "models,others"}
    access["CORS_LAMBDA"] = "https://shop.example"
    url = deployed(guarded, "-t", API_TOKEN=issuer.token("models"), **access)
    assert answer(url)[0] == 401
    assert answer(url, "OPTIONS", Origin="https://shop.example", **PREFLIGHT)[0] in (200, 204)
    assert answer(url, Authorization=f"Bearer {issuer.token('strangers')}")[0] == 401
    assert answer(url, Authorization=f"Bearer {Issuer().token('models')}")[0] == 401
    assert answer(url, Authorization=f"Bearer {issuer.token('others')}")[0] == 200
    untold = guarded.run("-t", env=access)
    assert_explained(untold, "takes whoever has a token", "API_TOKEN is not set", "export API_TOKEN=")
    assert steps(untold) == []


def test_everybody_may_call_again_and_pages_of_named_origins_from_a_browser(guarded: Model) -> None:
    url = deployed(guarded, "-t")
    status, headers = answer(url, Origin="https://shop.example")
    assert (status, "access-control-allow-origin" in headers) == (200, False)

    url = deployed(guarded, CORS_LAMBDA="https://shop.example,https://other.example", ALARMS_LAMBDA="ops@example.com")
    assert answer(url, Origin="https://other.example")[1]["access-control-allow-origin"] == "https://other.example"
    assert answer(url, "OPTIONS", Origin="https://shop.example", **PREFLIGHT)[0] in (200, 204)
    assert "access-control-allow-origin" not in answer(url, Origin="https://strange.example")[1]

    topic = "arn:aws:sns:us-east-1:000000000000:guarded-example-local-alarms"
    [told] = guarded.home.aws("sns", "list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
    assert (told["Protocol"], told["Endpoint"]) == ("email", "ops@example.com")
    alarms = guarded.home.aws("cloudwatch", "describe-alarms", "--alarm-name-prefix", "guarded-example-local-")
    assert len(alarms["MetricAlarms"]) == 4
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms["MetricAlarms"]} == {(topic,)}
    assert guarded.drift() == "IN_SYNC"


def test_a_topic_of_ones_own_is_told_and_requests_are_logged(guarded: Model) -> None:
    topic = guarded.home.aws("sns", "create-topic", "--name", "ours")["TopicArn"]
    deployed(guarded, ALARMS_LAMBDA=topic, ACCESS_LOG_LAMBDA="on")
    alarms = guarded.home.aws("cloudwatch", "describe-alarms", "--alarm-name-prefix", "guarded-example-local-")
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms["MetricAlarms"]} == {(topic,)}
    prefix = ("--log-group-name-prefix", "/aws/vendedlogs/")
    [group] = guarded.home.aws("logs", "describe-log-groups", *prefix)["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == ("/aws/vendedlogs/guarded-example-local", 30)


def test_limits_and_access_log_are_the_stages() -> None:
    """Read from the template: MiniStack keeps neither."""
    stage = stacks.read(ROOT / "xgboost-example")["Resources"]["ApiStage"]["Properties"]
    limits = {name: value.value for name, value in stage["DefaultRouteSettings"].items()}
    assert limits == {"ThrottlingBurstLimit": "Burst", "ThrottlingRateLimit": "Rate"}
    condition, logged, absent = stage["AccessLogSettings"].value
    assert (condition, absent.value) == ("HasAccessLog", "AWS::NoValue")
    line = json.loads(logged["Format"])
    assert {"ip", "path", "status"} <= line.keys()
    assert not re.search("body|query|rawPath|authorizer|identity.(?!sourceIp)", json.dumps(line))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUTH_LAMBDA", "basic"),
        ("ALARMS_LAMBDA", "ops"),
        ("CORS_LAMBDA", "shop.example"),
        ("CORS_LAMBDA", "https://shop.example/path"),
        ("RATE_LAMBDA", "0"),
        ("ACCESS_LOG_LAMBDA", "yes"),
    ],
)
def test_a_setting_that_aws_would_refuse_is_refused_before_anything_is_done(home: Home, name: str, value: str) -> None:
    run = home.run("-s", "local", "-m", "xgboost-example", "-d", env={name: value})
    assert_explained(run, f"{name}={value} cannot be used", "it must be", "model.env")
    assert steps(run) == []


def test_jwt_needs_an_issuer(home: Home) -> None:
    run = home.run("-s", "local", "-m", "xgboost-example", "-d", env={"AUTH_LAMBDA": "jwt"})
    assert_explained(run, "ISSUER_LAMBDA= cannot be used", "https address", "model.env")


# --- how much -------------------------------------------------------------------------------------


def default(name: str) -> str:
    found = re.search(rf"^{name}=(.*)$", (ROOT / "defaults.env").read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_what_the_default_limit_caps_is_what_the_page_says() -> None:
    page, readme = ((ROOT / name).read_text() for name in ("docs/access.md", "README.md"))
    per_second = Prices().of("lambda", "gb_second", default("ARCHITECTURE_LAMBDA"))
    per_million = Prices().of("lambda", "million_requests") + Prices().of("api", "million_requests")
    requests = int(default("RATE_LAMBDA")) * 3600
    memory = int(default("MEMORY_LAMBDA")) / 1024

    def dollars(seconds: float) -> float:
        return float(requests * (seconds * memory * per_second + per_million / 1e6))

    assert f"{dollars(int(default('TIMEOUT_LAMBDA'))):.0f} dollars an hour" in page
    assert f"{dollars(0.02):.2f} dollars" in page
    assert f"up to {default('RATE_LAMBDA')} requests a second" in readme
    assert f"cost {dollars(int(default('TIMEOUT_LAMBDA'))):.0f} dollars an hour at the very most" in readme
    # Else it would be the account's own limit that caps it.
    assert int(default("RATE_LAMBDA")) * int(default("TIMEOUT_LAMBDA")) < 1000


def test_snapstart_is_off_unless_somebody_turns_it_on() -> None:
    assert default("SNAPSTART_LAMBDA") == "off"
    for folder in FOLDERS:
        settings = folder / "model.env"
        assert not settings.exists() or "SNAPSTART" not in settings.read_text()


# --- what rings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_alarm_looks_at_what_callers_get(folder: Path) -> None:
    """A version that fails before it is live rings none; but the table of a model's memory is one for all versions."""
    alarms = {
        name: resource["Properties"]
        for name, resource in stacks.read(folder)["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert len(alarms) >= 6
    for name, alarm in alarms.items():
        seen = {item["Name"]: getattr(item["Value"], "value", item["Value"]) for item in alarm["Dimensions"]}
        assert (
            seen.get("Resource") == "${Function}:live"
            or "CanaryVersion" in seen.values()
            or seen == {"ApiId": "Api"}
            or alarm["MetricName"].startswith("memory_")
        ), name


def test_a_function_may_write_its_log_and_make_none() -> None:
    resources = stacks.read(ROOT / "xgboost-example")["Resources"]
    role = resources["FunctionRole"]["Properties"]
    assert "ManagedPolicyArns" not in role
    [log] = [policy for policy in role["Policies"] if isinstance(policy, dict)]
    [statement] = log["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"].value == "Logs.Arn"
    traced = next(policy.value for policy in role["Policies"] if getattr(policy, "value", [""])[0] == "IsTraced")
    assert traced[2].value == "AWS::NoValue"


def test_a_canary_ends_with_weights_that_are_said_to_be_none() -> None:
    routing = stacks.read(ROOT / "xgboost-example")["Resources"]["Live"]["Properties"]["RoutingConfig"]
    assert routing.value[2] == {"AdditionalVersionWeights": []}

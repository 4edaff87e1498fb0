"""A model of stage local has an address by its name, and every client gets there: none needs to know .localhost."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import urllib3

from calls import DOCUMENTED_REQUEST
from clients import client
from generators import installed
from pipeline_runs import ROOT, Home
from tools.local_aws.addresses import name_of

BODY = {"input_X": DOCUMENTED_REQUEST}
JSON = {"content-type": "application/json"}
NODE = """
const [url, body] = process.argv.slice(1)
fetch(url, {method: 'POST', body, headers: {'content-type': 'application/json'}})
  .then(answer => answer.text()).then(text => console.log(text))
"""


HTTPX = """
import sys, httpx
print(httpx.post(sys.argv[1], content=sys.argv[2], headers={'content-type': 'application/json'}, timeout=60).text)
"""


def by_requests(url: str) -> Any:
    return requests.post(url, json=BODY, timeout=60).json()


def by_urllib3(url: str) -> Any:
    return urllib3.PoolManager().request("POST", url, json=BODY).json()


def by_urllib(url: str) -> Any:
    asked = urllib.request.Request(url, json.dumps(BODY).encode(), JSON)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read())


def by_curl(url: str) -> Any:
    return json.loads(subprocess.check_output(["curl", "-sS", url, "--json", json.dumps(BODY)]))


def by_node(url: str) -> Any:
    return elsewhere("node", "-e", NODE, url, json.dumps(BODY))


def by_httpx(url: str) -> Any:
    return elsewhere("python", "-c", HTTPX, url, json.dumps(BODY))


def elsewhere(*command: str) -> Any:
    """By a program that is not in the tests' own environment."""
    return json.loads(subprocess.check_output(command, env=installed.environment()))


CLIENTS = [by_requests, by_urllib3, by_urllib, by_httpx, by_curl, by_node]


@pytest.mark.parametrize("ask", CLIENTS)
def test_the_address_that_is_printed_works_from_every_client(deployed: str, ask: Callable[[str], Any]) -> None:
    assert ask(deployed)["message"] == "Succesful Prediction"


def test_so_does_a_client_that_is_made_from_its_document(deployed: str, tmp_path: Path) -> None:
    root = deployed.removesuffix("/predict")
    document = tmp_path / "openapi.json"
    document.write_bytes(requests.get(f"{root}/openapi.json", timeout=60).content)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    made = installed.run(*installed.documented("openapi-python-client"), cwd=tmp_path)
    assert made.returncode == 0, made.stdout
    program = str(ROOT / "tests" / "generators" / "every_operation.py")
    environment = installed.environment() | {"PYTHONPATH": str(tmp_path)}
    told = json.loads(subprocess.check_output(["python", program, root, str(document), "none"], env=environment))
    assert {"post_predict", "get_health"} <= set(told)
    assert all(status == 200 for answers in told.values() for status, _ in answers)


def test_the_address_is_named_after_the_model(deployed: str, home: Home) -> None:
    assert deployed == f"http://localhost:{home.port}/xgboost-example/predict"


def test_page_document_and_health_are_beside_it(deployed: str) -> None:
    root = deployed.removesuffix("predict")
    assert requests.get(f"{root}health", timeout=60).json()["name"] == "xgboost-example"
    assert "/predict" in requests.get(f"{root}openapi.json", timeout=60).json()["paths"]
    page = requests.get(root, timeout=60)
    assert page.headers["content-type"].startswith("text/html")
    bare = requests.get(root.removesuffix("/"), timeout=60)
    assert (bare.url, bare.text) == (root, page.text)


def test_a_query_and_letters_of_a_path_arrive_as_they_were_sent(deployed: str) -> None:
    root = deployed.removesuffix("predict")
    answer = requests.post(f"{root}pr%65dict?x=%20", json=BODY, timeout=60)
    assert answer.json()["message"] == "Succesful Prediction"
    assert requests.get(f"{root}nothing", timeout=60).status_code == 404


def test_the_address_with_an_id_in_its_host_works_as_before(deployed: str, home: Home) -> None:
    apis = client(home.port, "apigatewayv2").get_apis()["Items"]
    [api] = [api for api in apis if api["Name"] == "xgboost-example-local"]
    host = urlsplit(api["ApiEndpoint"]).netloc
    assert host.startswith(api["ApiId"])
    answer = requests.get(f"http://127.0.0.1:{home.port}/health", headers={"host": host}, timeout=60)
    assert answer.json()["name"] == "xgboost-example"


def test_calls_to_aws_are_not_taken_for_a_models(deployed: str, home: Home) -> None:
    """A bucket of the same name, in an address of the old kind."""
    s3 = client(home.port, "s3")
    s3.create_bucket(Bucket="xgboost-example")
    try:
        s3.put_object(Bucket="xgboost-example", Key="predict", Body=b"not a model")
        assert s3.list_objects_v2(Bucket="xgboost-example")["KeyCount"] == 1
        assert s3.get_object(Bucket="xgboost-example", Key="predict")["Body"].read() == b"not a model"
    finally:
        s3.delete_object(Bucket="xgboost-example", Key="predict")
        s3.delete_bucket(Bucket="xgboost-example")


@pytest.mark.parametrize(
    ("api", "name"),
    [("my-model-local", "my-model"), ("my-model-dev", "my-model-dev"), ("v2-local", ""), ("health-local", "")],
)
def test_what_ministack_answers_at_the_root_stays_its_own(api: str, name: str) -> None:
    assert name_of({"name": api}) == name

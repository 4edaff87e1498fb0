"""The pages are one answer each, and ask nothing of anybody else."""

import re
from base64 import b64encode
from hashlib import sha256

from serving.pages import page
from serving.requests.messages import Response


def served() -> tuple[Response, str]:
    response = page.response()
    return response, response.body.decode()


def test_nothing_is_loaded_from_elsewhere() -> None:
    _, html = served()
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", html)
    assert "@import" not in html
    assert not re.findall(r"\burl\(", html)
    assert "http://" not in html


def test_data_never_becomes_html() -> None:
    _, html = served()
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert sink not in html


def test_the_policy_allows_these_scripts_and_this_style_and_no_other() -> None:
    response, html = served()
    policy = response.headers["content-security-policy"]
    for element in ("script", "style"):
        contents = re.findall(f"<{element}>(.*?)</{element}>", html, re.DOTALL)
        digests = [b64encode(sha256(content.encode()).digest()).decode() for content in contents]
        allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
        assert f"{element}-src {allowed};" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert not re.findall(r"""\s(?:style|on[a-z]+)=["']""", html)


def test_a_page_without_scripts_runs_none_and_nobody_may_frame_it() -> None:
    response = page.page("<p>ü", ["p {}"])
    assert (response.status, response.body) == (200, "<p>ü".encode())
    assert response.headers == {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'; script-src 'none'; "
        "style-src 'sha256-SNJDlN1Iy2mnt7DOjQIyDb2LQE6O5PQiSZomcdzawQ4='; connect-src 'self'; "
        "img-src blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
    }


def test_what_belongs_together_is_tied_together() -> None:
    _, html = served()
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', html)) <= set(ids)
    assert set(re.findall(r'\bat\("([^"]+)"\)', html)) <= set(ids)
    assert '<html lang="en">' in html


def test_every_file_of_the_page_is_in_it_and_it_is_small() -> None:
    response, html = served()
    for path in page.WEB.iterdir():
        if path.name != "index.html":
            assert path.read_text() in html
    assert "<script src" not in html
    assert len(response.body) < 60_000

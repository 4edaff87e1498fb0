"""A URL is read in one way or not at all."""

import pytest

from serving.fetching import urls
from serving.requests.errors import NotFetched


def test_a_url_is_taken_apart() -> None:
    target = urls.parse("HTTPS://Images.Example.com./X/a%20b/c.jpg?x=1&y=ü#part")
    assert target.scheme == "https"
    assert target.host == "images.example.com"
    assert (target.port, target.default_port) == (443, 443)
    assert target.path == "/X/a%20b/c.jpg?x=1&y=%C3%BC"


@pytest.mark.parametrize(
    ("url", "path"), [("http://a.test", "/"), ("http://a.test/b", "/b"), ("http://a.test?c", "/?c")]
)
def test_a_path_or_a_query_may_be_missing(url: str, path: str) -> None:
    assert urls.parse(url).path == path


def test_a_url_of_2048_characters_is_not_too_long() -> None:
    url = "http://a.test/".ljust(2048, "b")
    assert urls.parse(url).url == url


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://example.com", "example.com", 80),
        ("http://example.com:443/", "example.com", 443),
        ("http://bücher.example/", "xn--bcher-kva.example", 80),
        ("http://\uff11.\uff11.\uff11.\uff11/", "1.1.1.1", 80),
        ("http://8.8.8.8:8080/", "8.8.8.8", 8080),
        ("http://[2606:4700:0:0::1111]/", "2606:4700::1111", 80),
    ],
)
def test_a_host_has_one_spelling(url: str, host: str, port: int) -> None:
    target = urls.parse(url)
    assert (target.host, target.port) == (host, port)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/cat.jpg",
        "//example.com/cat.jpg",
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://example.com/",
        "data:image/png;base64,AAAA",
        "http:///cat.jpg",
        "http://.",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://@example.com/",
        "http://example.com:99999/",
        "http://example.com:port/",
        "http://exam ple.com/",
        "http://example.com/a b",
        "http://example.com\\@10.0.0.1/",
        "http://example.com/\r\nHost: other",
        "http://exa\tmple.com/",
        "\x00http://example.com/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://1.2.3.4.5/",
        "http://1.2.3.256/",
        "http://[fe80::1%25eth0]/",
        "http://[::1/",
        "http://example.com/\ud800",
        "http://exam\udcffple.com/",
        "http://[v1.a]/",
        "http://a..b/",
        "http://a%2eb/",
        f"http://{'a' * 64}.com/",
        "http://example.com/".ljust(2049, "a"),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_followed(url: str) -> None:
    with pytest.raises(NotFetched) as caught:
        urls.parse(url)
    assert caught.value.code == "url_not_allowed"


def test_a_redirect_may_be_relative() -> None:
    target = urls.redirect(urls.parse("https://example.com/a/b"), "../c?d")
    assert (target.host, target.path) == ("example.com", "/c?d")


def test_a_redirect_to_half_an_address_is_refused() -> None:
    with pytest.raises(NotFetched, match=r"^redirects to what is not a URL$"):
        urls.redirect(urls.parse("http://example.com/"), "http://[x/")


def test_a_redirect_may_not_give_up_encryption() -> None:
    with pytest.raises(NotFetched, match=r"^redirects from https to http$"):
        urls.redirect(urls.parse("https://example.com/"), "http://example.com/")

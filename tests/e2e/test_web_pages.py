# SPDX-License-Identifier: Apache-2.0
"""What somebody sees who opens the address of `web:` in a browser: a page that leads on, also when the path was wrong.
Programs get JSON. By which names it may be asked."""

import http.client
import re
import socket
from html.parser import HTMLParser

import pytest
from conftest import ROOT
from daemon_rig import LIMIT, Rig, free_port, until
from log_lines import BLOCK

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
VOID = {"meta", "link", "br", "hr", "img"}


class Page(HTMLParser):
    """Every element is closed; keeps links and text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.words = [], [], ""
        self.feed(text)
        self.close()
        assert text.startswith("<!DOCTYPE html>") and self.open == []

    def handle_starttag(self, tag, attrs):
        assert tag not in {"script", "iframe", "object"}
        self.links += [value for name, value in attrs if name in {"href", "src"}]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


@pytest.fixture
def web(todoku, tmp_path):
    port = free_port()
    more = (f"web: {{ listen: ['127.0.0.1:{port}'], url: 'https://Mail-Watch.example.jp:8443/x', "
            "names: [mon.internal] }\nfleet: { relay: relay1 }\n")
    with Rig(todoku, tmp_path, more=more) as rig:
        def get(path, accept=BROWSER, host="localhost"):
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
            link.putrequest("GET", path, skip_host=True)
            for name, value in (("Host", host), ("Accept", accept)):
                link.putheader(name, value)
            link.endheaders()
            answer = link.getresponse()
            text = answer.read().decode()
            link.close()
            return answer.status, answer.headers, text
        rig.get = get
        yield rig


def test_the_start_page_leads_on(web):
    status, headers, text = web.get("/")
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in headers["Content-Security-Policy"] or "default-src 'self'" in headers["Content-Security-Policy"]
    page = Page(text)
    assert "relay1" in page.words and "no incident is open" in page.words
    table = (ROOT / "src/app/daemon_web.c").read_text()
    answers = set(re.findall(r'\{HTTP_GET, HTTP_\w+, "(/[^"*]+)"', table))
    assert "/api/v1/limits" in answers and answers <= set(page.links)
    for link in page.links:
        assert link.startswith("/") and web.get(link)[0] == 200, link
    web.write(web.lives(30, BLOCK))
    until(web.incidents, web.said)
    until(lambda: "1 incident is open" in Page(web.get("/")[2]).words, web.said)


@pytest.mark.parametrize("path", ["/nosuch", "/api/v2/status", "/runbooks/nosuch", "/api/v1/incidents/nosuch",
                                  "/%3Cscript%3Ealert(1)%3C/script%3E", "/%22%3E%3Cimg%20src=x%20onerror=y%3E",
                                  "/runbooks/%3Cimg%20onerror=y%3E", "/%ff%fe%e2%80%ae"])
def test_a_wrong_path_is_a_page_for_people_and_json_for_programs(web, path):
    status, headers, text = web.get(path)
    assert status == 404 and headers["Content-Type"].startswith("text/html") and "Content-Security-Policy" in headers
    page = Page(text)
    assert page.links == ["/"] and "404" in page.words and "\u202e" not in text
    for accept in ("*/*", "application/json", "text/plain, application/json;q=0.9", "text/htmlx"):
        status, headers, text = web.get(path, accept)
        assert (status, headers["Content-Type"]) == (404, "application/json")
    assert re.match(r'\{"error": \{"what": ', text)


def test_by_which_names_it_may_be_asked(web):
    own = socket.gethostname()
    for host in ("127.0.0.1", "localhost:8480", own, own.upper(), own.split(".")[0], "relay1:9", "mail-watch.example.jp",
                 "mon.internal:8480"):
        assert web.get("/healthz", host=host)[0] == 200, host
    for host in ("evil.example", "mon.internal.evil.example", "example.jp", "relay"):
        status, _, text = web.get("/", host=host)
        assert status == 421 and "web: names:" in Page(text).words, host

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A receiver of messages: what Slack or a webhook's owner would get, on loopback.

  lab/receiver.py --file messages.jsonl [--port N]

Takes POSTs of JSON at any path, keeps each as one line of the file ({"at": epoch seconds, "path",
"body"}) and prints it as a person would read it: Block Kit of Slack (api.slack.com/block-kit) as
plain lines, the webhook's document by its `text`. Answers as Slack's incoming webhooks do. Bounds:
BODY_BYTES a message, IDLE_SECONDS a silent connection. Runs until Ctrl-C or SIGTERM.
"""

import sys

sys.dont_write_bytecode = True

import argparse  # noqa: E402
import json  # noqa: E402
import re  # noqa: E402
import signal  # noqa: E402
import textwrap  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: E402
from pathlib import Path  # noqa: E402

BODY_BYTES = 1 << 20
IDLE_SECONDS = 30
COLUMNS = 90


class Receiver(ThreadingHTTPServer):
    """Listens from the start; `serve_forever` in a thread makes it answer. `take` is called with
    each message {"at", "path", "body"}, by one thread at a time."""

    daemon_threads = True

    def __init__(self, file, take, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.file, self.take, self.lock = file, take, threading.Lock()

    def keep(self, path, body):
        message = {"at": time.time(), "path": path, "body": body}
        with self.lock:
            with open(self.file, "a", encoding="ascii") as out:
                out.write(json.dumps(message) + "\n")
            self.take(message)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    timeout = IDLE_SECONDS
    server_version, sys_version = "lab-receiver", ""

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"\d{1,9}", length):
            return self.answer(411, "length_required")
        if int(length) > BODY_BYTES:
            return self.answer(413, "too_large")
        data = self.rfile.read(int(length))
        try:
            body = json.loads(data)
        except (ValueError, RecursionError):
            return self.answer(400, "invalid_payload")
        self.server.keep(self.path, body)
        return self.answer(200, "ok")

    def answer(self, status, text):
        data = text.encode("ascii")
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass  # the messages are what is shown


def lines_of(body):
    """What a person reads of a message, as lines of COLUMNS at most where words allow it; of what
    has neither form, the JSON."""
    try:
        if "blocks" in body:
            parts = [part for block in body["blocks"] for part in block_texts(block)]
        else:
            parts = document_texts(body["text"])
        return [line for part in parts for line in folded(part)]
    except (AttributeError, KeyError, TypeError):
        return list(folded(json.dumps(body)))


def block_texts(block):
    """The texts of one block: a header, a section with text or fields, a context."""
    pieces = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
    for piece in pieces:
        if piece:
            plain = piece["type"] == "plain_text"
            yield piece["text"] if plain else readable(piece["text"])


def readable(mrkdwn):
    """Slack's mark-up as plain text: a bold heading goes before what it heads, a link before its
    address."""
    text = re.sub(r"<([^|>]+)\|([^>]+)>", r"\2: \1", mrkdwn)
    text = re.sub(r"^\*(.+?)\*\n", r"\1: ", text, flags=re.MULTILINE)
    text = re.sub(r"```(.*?)```", r"\1", text, flags=re.DOTALL).replace("`", "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def document_texts(text):
    """The webhook's `text` (docs/guide/notify.md)."""
    facts = [f"{fact['label']}: {fact['text']}" for fact in text.get("facts", ())]
    rest = [text[key] for key in ("sample", "advice", "link", "runbook") if text.get(key)]
    return [text.get("title", ""), *facts, *rest]


def folded(text):
    for line in text.splitlines():
        yield from textwrap.wrap(line, COLUMNS, subsequent_indent="  ",
                                 break_on_hyphens=False) or [""]


def show(message):
    print(f"message to {message['path']}:", flush=True)
    for line in lines_of(message["body"]):
        print(f"  {line}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="lab/receiver.py", description=__doc__.splitlines()[0])
    parser.add_argument("--file", type=Path, required=True, help="messages are added to its end")
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1 (default: a free one)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        receiver = Receiver(options.file, show, options.port)
        print(f"receiver: {receiver.url}", flush=True)
        receiver.serve_forever()
    except OSError as err:
        print(f"lab/receiver.py: {err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/page_policy.py STYLE SCRIPT OUT - the Content-Security-Policy of a page that holds both.

Only these very bytes may style the page or run in it; nothing may be loaded, framed or sent.
"""

import base64
import hashlib
import pathlib
import sys


def source_of(path):
    digest = hashlib.sha256(pathlib.Path(path).read_bytes()).digest()
    return "'sha256-" + base64.b64encode(digest).decode() + "'"


style, script, out = sys.argv[1:]
pathlib.Path(out).write_text(
    f"default-src 'none'; style-src {source_of(style)}; script-src {source_of(script)}; "
    "base-uri 'none'; form-action 'none'", encoding="ascii")

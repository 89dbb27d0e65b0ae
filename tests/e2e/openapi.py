# SPDX-License-Identifier: Apache-2.0
"""What docs/openapi.yaml says of an answer."""

import re

from conftest import ROOT


def properties(schema):
    """Names of a schema: at the given depth below `properties:`; and the text of all that is below."""
    page = (ROOT / "docs/openapi.yaml").read_text()
    body = re.search(rf"^    {schema}:\n((?:      .*\n)+)", page, re.M)[1]
    found = re.search(r"^(\s+)properties:\n((?:\1  .*\n)+)", body, re.M)
    return set(re.findall(rf"^{found[1]}  (\w+):", found[2], re.M)), found[2]


def items(schema, name):
    """Of an array of objects in a schema: the names in its objects, and their text."""
    below = re.search(rf"^( +){name}:\n((?:\1  .*\n)+)", properties(schema)[1], re.M)[2]
    found = re.search(r"^( +)properties:\n((?:\1  .*\n)+)", below, re.M)
    return set(re.findall(rf"^{found[1]}  (\w+):", found[2], re.M)), found[2]

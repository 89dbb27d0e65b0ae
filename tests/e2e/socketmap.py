# SPDX-License-Identifier: Apache-2.0
"""Questions of exact mode, as Postfix puts them (socketmap_table(5))."""

import socket


def ask(path, key, limit):
    """The answer to a question about `key`, with its frame; "" when the connection ends before it."""
    question = f"transport {key}".encode()
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(limit)
        client.connect(str(path))
        client.sendall(b"%d:%s," % (len(question), question))
        answer = b""
        while not answer.endswith(b",") and (more := client.recv(1000)):
            answer += more
    return answer.decode()

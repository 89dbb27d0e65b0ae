# SPDX-License-Identifier: Apache-2.0
"""Who answers nginx in the test of the rig itself: a few lines that know one password for everybody. What it was asked
is in `asked`, header names in lower case.
"""

import hashlib
import hmac
import http.server
import os
import socketserver
import threading
from urllib.parse import unquote_to_bytes

from daemon_rig import free_port


class Stub:
    """backends: {protocol: (address, port)}; address: a path, or None for a free port. Denied are those who are named
    in `denied`, with the headers that stand there. wait: seconds that nginx holds back a denial; 0: and then closes."""

    def __init__(self, backends, password, internal, path=None):
        self.backends, self.password, self.internal = backends, password, internal
        self.asked, self.denied, self.wait = [], {}, 0
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked = {name.lower(): value for name, value in self.headers.items()}
                stub.asked.append(asked)
                self.send_response(200)
                for name, value in stub.answer(asked).items():
                    self.send_header(name, value)
                self.end_headers()

            def address_string(self):
                return ""

            def log_message(self, *_):
                pass

        if path:
            self.server = type("Server", (socketserver.ThreadingMixIn, socketserver.UnixStreamServer), {"daemon_threads": True})(
                str(path), Handler)
            os.chmod(path, 0o666)
            self.where = f"unix:{path}:/auth"
        else:
            port = free_port()
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
            self.where = f"127.0.0.1:{port}/auth"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, asked):
        method, protocol = asked["auth-method"], asked["auth-protocol"]
        user = unquote_to_bytes(asked.get("auth-user", "").encode("latin-1")).decode()
        if user in self.denied:
            return self.denied[user]
        if not self.right(asked, method):
            return {"Auth-Status": "[AUTHENTICATIONFAILED] no", "Auth-Wait": str(self.wait), "Auth-Error-Code": "535 5.7.8"}
        address, port = self.backends[protocol]
        return {"Auth-Status": "OK", "Auth-Server": address, "Auth-Port": str(port),
                **({"Auth-User": user, "Auth-Pass": self.internal} if method != "none" else {})}

    def right(self, asked, method):
        said = unquote_to_bytes(asked.get("auth-pass", "").encode("latin-1"))
        salt, password = unquote_to_bytes(asked.get("auth-salt", "")), self.password.encode()
        if method == "cram-md5":
            return said.decode() == hmac.new(password, salt, hashlib.md5).hexdigest()
        if method == "apop":
            return said.decode() == hashlib.md5(salt + password).hexdigest()
        if method == "external":
            return asked.get("auth-ssl-verify") == "SUCCESS"
        return method == "none" or said == password

# SPDX-License-Identifier: Apache-2.0
"""An authority of the test's own: the certificate of nginx, and those by which clients say who they are (`external`)."""

import ssl
import subprocess

LIMIT = 60
HOST = "mail.example.jp"


class Authority:
    """Keys and certificates in `folder`: ca.crt, server.crt and .key; clients are made when they are asked for."""

    def __init__(self, folder):
        self.folder, self.count = folder, 0
        folder.mkdir()
        self.root = folder / "ca.crt"
        self.sign_itself("ca", "/CN=ca.example.jp")
        self.certificate, self.key = self.make("server", f"/CN={HOST}", f"subjectAltName=DNS:{HOST}")

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], cwd=self.folder, capture_output=True, text=True,
                              timeout=LIMIT, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sign_itself(self, name, subject):
        """A certificate that is its own issuer."""
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8", "-subj",
                     subject, "-days", "30", "-keyout", f"{name}.key", "-out", f"{name}.crt")
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def make(self, name, subject, extension="keyUsage=digitalSignature"):
        """(certificate, key), paths, signed by the authority."""
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8", "-subj", subject,
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (self.folder / f"{name}.ext").write_text(extension + "\n")
        self.count += 1
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial",
                     1000 + self.count, "-days", "30", "-extfile", f"{name}.ext", "-out", f"{name}.crt")
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def client(self, name, mail):
        """A client's certificate, with its name and mail address in the subject."""
        return self.make(name, f"/O=example/CN={name}/emailAddress={mail}")

    def stranger(self, name, mail):
        """A certificate of the same subject that nobody has signed."""
        return self.sign_itself(f"stranger-{name}", f"/O=example/CN={name}/emailAddress={mail}")

    def context(self, certificate=None):
        """How a client speaks TLS with nginx; certificate: (certificate, key) that it shows."""
        made = ssl.create_default_context(cafile=self.root)
        made.check_hostname = False  # it is asked by address
        if certificate:
            made.load_cert_chain(*certificate)
        return made

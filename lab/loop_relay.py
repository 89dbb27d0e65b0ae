# SPDX-License-Identifier: Apache-2.0
"""The relay of `lab/loop`: takes mail from loopback without login, and finds the providers by name.

resolv_wrapper answers its DNS questions from a file (nothing goes out), and all providers listen on
one port. So a route is just `out-a:`, as beside a real DNS: the next hop is the recipient's domain,
and the log has the name of its mail host.
"""

import package
import replies
import shops
from relay import PASSED, Additions, Relay

MAIN_CF = """\
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_host_lookup = dns
smtp_dns_support_level = enabled
# The file has no MX records: a domain is an alias of its mail host.
smtp_cname_overrides_servername = yes
smtp_tcp_port = {port}
transport_maps =
default_transport = relay
queue_run_delay = 1s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
"""
MASTER_CF = """\
{ip}:{port} inet n - n - - smtpd
  -o syslog_name=postfix/submission
"""
NAMES = "RESOLV_WRAPPER_HOSTS"


class LoopRelay(Relay):
    """`book`: a LogBook; it reads the log as it grows."""

    passed = (*PASSED, NAMES)

    def __init__(self, work, tree, additions, book):
        super().__init__(work, tree, additions)
        self.book = book

    def kind(self, providers):
        return Additions(MAIN_CF.format(port=providers[0].port),
                         MASTER_CF.format(ip=self.ip, port=self.port))

    def files(self, providers):
        return {**super().files(providers), "names": names()}

    def environment(self):
        env = super().environment()
        env["LD_PRELOAD"] += f" {package.wrapper(self.tree, package.RESOLVER)}"
        env[NAMES] = str(self.work / "etc" / "names")
        return env

    def new_lines(self):
        lines = super().new_lines()
        self.book.read(lines)
        return lines


def names():
    """The DNS: domains of recipients and senders as aliases of the hosts that take their mail."""
    rows = [f"CNAME {domain} {replies.HOME.host}" for domain in shops.domains()]
    rows += [f"CNAME {one.domain} {one.host}" for one in replies.PROVIDERS]
    rows += [f"A {one.host} {one.ip}" for one in (*replies.PROVIDERS, replies.HOME)]
    return "\n".join(rows) + "\n"

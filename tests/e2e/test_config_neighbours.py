# SPDX-License-Identifier: Apache-2.0
"""todoku config nginx, dovecot and postfix for the section auth: real programs take what is printed as it is printed, but
for ports and the paths of certificates, and people get in through it.

Those with real programs are skipped where they cannot be fetched (no Debian, no network and no cache).
"""

import re

import pytest
from auth_clients import Client, login
from auth_rig import Dovecot, Nginx, Postfix, neighbours
from auth_stub import Stub
from daemon_rig import until

USER, PASSWORD = "alice@example.jp", "right"
KEY, INTERNAL = 'k"e\\y%$1{;}#&~', '{a}%b$c"d\\e#f%u'


def quoted(text):
    """As YAML has it; no quote is in it."""
    return f"'{text}'"


FOUR = 'imap: "127.0.0.1:22143", pop3: "127.0.0.1:22110", smtp: "127.0.0.1:587"'
SECTIONS = {
    "least": 'listen: ["127.0.0.1:8482"], backends: { imap: "127.0.0.1:22143" }',
    "all": f'listen: ["0.0.0.0:8482", "unix:/run/todoku/auth"], group: www-data, key: {quoted(KEY)}, internal_password: {quoted(INTERNAL)}, '
           f'methods: [plain, cram-md5, apop, external, none], backends: {{ {FOUR}, inbound: "127.0.0.1:25" }}',
    "proxied": f'listen: ["unix:/run/todoku/auth"], internal_password: {quoted(INTERNAL)}, proxy_protocol: true, '
               f'callers: [192.0.2.0/24, "2001:db8::1"], backends: {{ {FOUR} }}',
    "by name": 'listen: ["[::1]:8482"], methods: [cram-md5], internal_password: x, callers: ["::1"], '
               'servers: [{ name: mb1, pop3: "127.0.0.1:22110" }]',
    "inbound alone": 'listen: ["unix:/run/todoku/auth"], methods: [none], backends: { inbound: "127.0.0.1:25" }',
}


@pytest.fixture
def printed(run, tmp_path):
    """printed("nginx", SECTION, OPTION...) -> what is printed."""
    return lambda what, section, *options: say(run, tmp_path, what, section, *options)


def say(run, folder, what, section, *options):
    config = folder / "todoku.yaml"
    config.write_text(f"state: {folder}\nauth: {{ {section} }}\n")
    config.chmod(0o600)
    done = run("config", "-c", config, what, *options)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


# --- Without other programs


@pytest.mark.parametrize("name", SECTIONS)
@pytest.mark.parametrize("what", ["nginx", "dovecot", "postfix"])
def test_secrets_are_printed_to_who_asks_only(printed, what, name):
    text = printed(what, SECTIONS[name])
    assert "k\\\"e" not in text and KEY not in text and INTERNAL not in text and "%%b" not in text
    if what == "nginx" and name == "all":
        assert '"<auth.key of ' in text
    if what == "dovecot" and "internal_password" in SECTIONS[name]:
        assert "{CRYPT}*<auth.internal_password of " in text


def test_of_secrets_nginx_has_the_key_and_dovecot_the_password(printed):
    assert "auth_http_header X-Auth-Key \"k\\\"e\\\\y%$1{;}#&~\";" in printed("nginx", SECTIONS["all"], "--with-secrets")
    assert 'password={PLAIN}{a}%%b$c\\"d\\\\e#f%%u allow_nets=' in printed("dovecot", SECTIONS["all"], "--with-secrets")


def test_a_socket_comes_before_an_address(printed):
    assert "auth_http unix:/run/todoku/auth:/auth;" in printed("nginx", SECTIONS["all"])
    assert "auth_http [::1]:8482/auth;" in printed("nginx", SECTIONS["by name"])
    assert "auth_http 127.0.0.1:8482/auth;" in printed("nginx", 'listen: ["0.0.0.0:8482"], backends: { imap: "127.0.0.1:143" }')


def test_only_what_is_served_has_a_server(printed):
    ports = {name: re.findall(r"listen (\d+)", printed("nginx", section)) for name, section in SECTIONS.items()}
    assert ports["least"] == ["143", "993"] and ports["by name"] == ["110", "995"] and ports["inbound alone"] == ["25"]
    assert ports["all"] == ["143", "993", "110", "995", "587", "465", "25"]
    assert "pop3_auth cram-md5;" in printed("nginx", SECTIONS["by name"])


def test_allow_nets_goes_only_with_addresses_that_are_those_of_nginx(printed):
    """Behind the PROXY protocol Dovecot compares them with the client's."""
    assert "allow_nets=127.0.0.0/8,::1/128" in printed("dovecot", SECTIONS["all"])
    text = printed("dovecot", SECTIONS["proxied"])
    assert " allow_nets=" not in text and "haproxy_trusted_networks = 192.0.2.0/24 2001:db8::1/128" in text


def test_postfix_gets_addresses_in_its_own_form(printed):
    text = printed("postfix", SECTIONS["proxied"])
    assert "-o smtpd_authorized_xclient_hosts=192.0.2.0/24,[2001:db8::1]/128\n" in text
    assert "behind nginx" not in printed("postfix", SECTIONS["least"])


@pytest.mark.parametrize("what", ["nginx", "dovecot"])
def test_without_a_listener_there_is_nothing_to_print(run, tmp_path, what):
    (tmp_path / "todoku.yaml").write_text(f"state: {tmp_path}\n")
    done = run("config", "-c", tmp_path / "todoku.yaml", what)
    assert (done.returncode, done.stdout) == (1, "") and "auth.listen: nobody is asked" in done.stderr


@pytest.mark.parametrize("secret", ["two words", "mot-clé"])
def test_a_secret_that_no_configuration_can_say_is_refused_with_its_name(run, tmp_path, secret):
    config = tmp_path / "todoku.yaml"
    config.write_text(f"state: {tmp_path}\nauth: {{ {SECTIONS['least']}, key: {secret!r}, internal_password: {secret!r} }}\n", "utf-8")
    config.chmod(0o600)
    for what, name in (("nginx", "auth.key"), ("dovecot", "auth.internal_password")):
        done = run("config", "-c", config, what, "--with-secrets")
        assert (done.returncode, done.stdout) == (1, "") and f"{name} holds" in done.stderr and secret not in done.stderr
        assert run("config", "-c", config, what).returncode == 0


def test_the_switch_goes_with_these_two_alone(run):
    done = run("config", "--with-secrets", "dump")
    assert done.returncode == 2 and "--with-secrets goes with nginx or dovecot" in done.stderr


# --- With nginx, Dovecot and Postfix


@pytest.fixture(scope="module")
def rig():
    with neighbours(started=False) as made:
        yield made


def placed(rig, nginx, text):
    """The text with the ports and certificates of the rig."""
    ports = {"143": "imap", "993": "imaps", "110": "pop3", "995": "pop3s", "587": "smtp", "465": "smtps", "25": "inbound"}
    text = re.sub(r"listen (\d+)", lambda match: f"listen 127.0.0.1:{nginx.ports[ports[match[1]]]}", text)
    for ours, theirs in (("mail.crt", rig.authority.certificate), ("mail.key", rig.authority.key), ("users-ca.crt", rig.authority.root)):
        text = text.replace(f"/etc/nginx/{ours}", str(theirs))
    return nginx.head() + text


@pytest.fixture(scope="module")
def nginx(rig):
    return Nginx(rig.folder / "printed-nginx", rig.tree, rig.authority)


@pytest.mark.parametrize("secrets", [(), ("--with-secrets",)])
@pytest.mark.parametrize("name", SECTIONS)
def test_nginx_and_dovecot_take_it(rig, nginx, printed, name, secrets):
    done = nginx.test(placed(rig, nginx, printed("nginx", SECTIONS[name], *secrets)))
    assert done.returncode == 0 and "[warn]" not in done.stderr, done.stderr
    config = rig.folder / "printed.conf"
    config.write_text(rig.dovecot.config.read_text().partition("disable_plaintext_auth")[0] + printed("dovecot", SECTIONS[name], *secrets))
    done = rig.dovecot.doveconf("-P", config=config)
    assert done.returncode == 0 and not done.stderr, done.stderr
    if secrets and INTERNAL in SECTIONS[name]:
        assert 'password={PLAIN}{a}%%b$c"d\\e#f%%u' in done.stdout.replace('\\"', '"').replace("\\\\", "\\"), done.stdout


@pytest.mark.parametrize("proxied", [False, True])
def test_people_get_in_through_what_is_printed(rig, nginx, run, tmp_path, proxied):
    with Stub({}, PASSWORD, INTERNAL, rig.folder / f"printed-{proxied}.sock") as stub:
        dovecot = Dovecot(rig.folder / f"printed-dovecot-{proxied}", rig.tree, "", proxied)
        backends = ", ".join(f'{name}: "127.0.0.1:{port}"' for name, port in dovecot.ports.items())
        section = (f'listen: ["{stub.where.rpartition(":")[0]}"], key: {quoted(KEY)}, internal_password: {quoted(INTERNAL)}, '
                   f'methods: [plain, cram-md5, apop, external, none], proxy_protocol: {str(proxied).lower()}, '
                   f'backends: {{ {backends}, smtp: "127.0.0.1:587", inbound: "127.0.0.1:25" }}')
        dovecot.configure(say(run, tmp_path, "dovecot", section, "--with-secrets"))
        options = re.findall(r"^#   -o (\w+)=(.*)$", say(run, tmp_path, "postfix", section).partition("behind nginx")[2], re.M)
        lines = "".join(f"{name} = {value}\n" for name, value in options).replace("private/auth", "{sasl}")
        text = placed(rig, nginx, say(run, tmp_path, "nginx", section, "--with-secrets"))
        text = text.replace(" ssl;", " ssl proxy_protocol; set_real_ip_from 127.0.0.0/8;")  # as its comment says of a load balancer
        postfix = None
        try:
            dovecot.start()
            postfix = Postfix(rig.folder / f"printed-postfix-{proxied}", dovecot.sasl, lines)
            stub.backends = {**{name: ("127.0.0.1", port) for name, port in dovecot.ports.items()}, "smtp": ("127.0.0.1", postfix.port)}
            nginx.start(text)
            gets_in(rig, nginx, stub, dovecot, postfix, proxied)
        finally:
            nginx.stop()
            dovecot.stop()
            if postfix:
                postfix.stop()


def gets_in(rig, nginx, stub, dovecot, postfix, proxied):
    tls = rig.authority.context()
    for protocol, methods in {"imap": ("clear", "login", "cram-md5"), "pop3": ("clear", "apop"), "smtp": ("plain", "cram-md5")}.items():
        for method in methods:
            done = login(protocol, method, nginx.ports[protocol + "s"], USER, PASSWORD, tls, "198.51.100.7")
            assert done.ok, (done, dovecot.log(), postfix.log(), nginx.log())
            assert stub.asked[-1]["x-auth-key"] == KEY and stub.asked[-1]["client-ip"] == "198.51.100.7"
    asked = len(stub.asked)
    assert not login("imap", "clear", nginx.ports["imap"], USER, PASSWORD).ok and len(stub.asked) == asked  # not in clear
    with Client("smtp", nginx.ports["smtps"], tls, "198.51.100.7") as client:
        assert client.login("plain", USER, PASSWORD)
        assert client.mail(USER, "bob@example.net")[-1].startswith("250"), postfix.log()
    until(lambda: f"client=unknown[198.51.100.7], sasl_method=XCLIENT, sasl_username={USER}" in postfix.log(), postfix.log)
    seen = "198.51.100.7" if proxied else "127.0.0.1"
    until(lambda: f"Login: user=<{USER}>, method=PLAIN, rip={seen}" in dovecot.log(), dovecot.log)

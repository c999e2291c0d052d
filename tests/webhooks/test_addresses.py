"""Where a webhook may not lead to, in every spelling."""

import ipaddress

import pytest

from labelling.webhooks.addresses import Refused, Rules, check, is_public, target_of

NOT_PUBLIC = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",  # noqa: S104 - an address
    "100.64.0.1", "169.254.169.254", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001::1", "2001:db8::1", "fe80::1",
    "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1", "5f00::1", "3fff::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450:4001::1"]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address):
    assert not is_public(ipaddress.ip_address(address))
    url = f"https://[{address}]/" if ":" in address else f"https://{address}/"
    with pytest.raises(Refused, match="not public"):
        check([address], target=target_of(url), rules=Rules())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_sent_to(address):
    assert check([address], target=target_of("https://hooks.example/"), rules=Rules()) == [
        ipaddress.ip_address(address)
    ]


@pytest.mark.parametrize("bad", ["10.0.0.1", "::1", "::ffff:10.0.0.1"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_name_with_a_good_and_a_bad_address_is_refused(bad, order):
    with pytest.raises(Refused, match="not public"):
        check(["8.8.8.8", bad][::order], target=target_of("https://hooks.example/"), rules=Rules())


def test_what_is_refused_does_not_tell_the_address_that_a_name_has_inside():
    with pytest.raises(Refused) as refused:
        check(["10.9.8.7"], target=target_of("https://intranet.example/"), rules=Rules())
    assert "10.9.8.7" not in str(refused.value)


@pytest.mark.parametrize("address", ["fe80::1%eth0", "not an address", ""])
def test_what_a_resolver_says_that_is_no_plain_address_is_refused(address):
    with pytest.raises(Refused):
        check([address], target=target_of("https://hooks.example/"), rules=Rules())


def test_a_name_without_an_address_is_refused():
    with pytest.raises(Refused, match="no address"):
        check([], target=target_of("https://hooks.example/"), rules=Rules())


def test_an_allowed_network_may_be_sent_to_on_any_port_and_others_still_not():
    rules = Rules(networks=(ipaddress.ip_network("10.0.0.0/8"),))
    assert check(["10.0.0.1"], target=target_of("http://10.0.0.1:9999/"), rules=rules)
    with pytest.raises(Refused):
        check(["::ffff:10.0.0.1"], target=target_of("http://intranet.example/"), rules=rules)
    with pytest.raises(Refused):
        check(["192.168.0.1"], target=target_of("http://intranet.example/"), rules=rules)


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 5432, 65535])
def test_a_public_address_is_sent_to_on_the_ports_of_the_web_only(port):
    with pytest.raises(Refused, match="WEBHOOK_PORTS"):
        check(["8.8.8.8"], target=target_of(f"https://hooks.example:{port}/"), rules=Rules())


@pytest.mark.parametrize(
    "url",
    [
        # Spellings of 127.0.0.1 that a resolver would take.
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://127.1/",
        "http://017700000001/", "http://127.0.0.1./", "http://0/", "http://127.0.0.01/", "http://0x/",
        "http://evil.example@127.0.0.1/", "http://a:b@hooks.example/", "http://@hooks.example/",
        "http://１２７.０.０.１/", "http://ⓛocalhost/", "http://bücher.example/", "http://hooks。example/",
        "http://[::1%25lo]/", "http://[fe80::1%eth0]/", "http://[::1/", "http://[v1.x]/",
        "ftp://hooks.example/", "file:///etc/passwd", "gopher://hooks.example/", "javascript:alert(1)",
        "//hooks.example/", "hooks.example/path", "", "https://", "https:///path", "https://.", "https://a..b/", "https://-a.example/",
        "https://hooks.example:0/", "https://hooks.example:65536/", "https://hooks.example:x/",
        "https://hooks.example\\@127.0.0.1/", "https://hooks.example/\r\nX: y", "https://hooks.example/ x",
        "https://hooks.example/#part", "https://hooks.example/#", "https://" + "a" * 64 + ".example/",
        "https://hooks.example/" + "a" * 500, None, 7,
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url):
    with pytest.raises(Refused):
        target_of(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("https://Hooks.Example/a?b=c", "hooks.example", 443, "/a?b=c", "hooks.example"),
        ("http://hooks.example.:8080", "hooks.example", 8080, "/", "hooks.example:8080"),
        ("https://[2606:4700::1]:8443/", "2606:4700::1", 8443, "/", "[2606:4700::1]:8443"),
        ("https://xn--bcher-kva.example/?x", "xn--bcher-kva.example", 443, "/?x", "xn--bcher-kva.example"),
        ("https://hooks.example:443/", "hooks.example", 443, "/", "hooks.example"),
    ],
)
def test_a_url_is_read_once_into_what_is_connected_to(url, host, port, path, authority):
    target = target_of(url)
    assert (target.host, target.port, target.path, target.authority) == (host, port, path, authority)

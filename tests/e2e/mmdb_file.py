# SPDX-License-Identifier: Apache-2.0
"""Writes a small file in the MaxMind DB format (specification 2.0): networks and their countries."""

import ipaddress
import struct
import time


def field(value):
    """One field of the data section: the types that such files have."""
    if isinstance(value, str):
        return head(2, len(value)) + value.encode()
    if isinstance(value, dict):
        return head(7, len(value)) + b"".join(field(key) + field(one) for key, one in value.items())
    if isinstance(value, list):
        return head(11, len(value)) + b"".join(field(one) for one in value)
    kind, number = value
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return head({"u16": 5, "u32": 6, "u64": 9}[kind], len(octets)) + octets


def head(kind, size):
    assert size < 285
    first, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return (bytes([kind << 5 | first]) if kind < 8 else bytes([first, kind - 7])) + more


def bits_of(network):
    network = ipaddress.ip_network(network)
    number = int(network.network_address)
    length = network.prefixlen + (96 if network.version == 4 else 0)
    return [number >> (127 - place) & 1 for place in range(length)]


def mmdb(countries, kind="Test-Country"):
    """{network: country} as a file's bytes; networks do not lie in each other."""
    data, places, nodes = b"", {}, [[None, None]]
    for country in sorted(set(countries.values())):
        places[country] = len(data)
        data += field({"country": {"iso_code": country}})
    for network, country in countries.items():
        at, bits = 0, bits_of(network)
        for bit in bits[:-1]:
            if nodes[at][bit] is None:
                nodes.append([None, None])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        nodes[at][bits[-1]] = country
    count = len(nodes)

    def record(value):
        number = count if value is None else value if isinstance(value, int) else count + 16 + places[value]
        return struct.pack(">I", number)
    tree = b"".join(record(left) + record(right) for left, right in nodes)
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + field({
        "node_count": ("u32", count), "record_size": ("u16", 32), "ip_version": ("u16", 6), "database_type": kind,
        "languages": ["en"], "binary_format_major_version": ("u16", 2), "binary_format_minor_version": ("u16", 0),
        "build_epoch": ("u64", int(time.time())), "description": {"en": "for a test"}})

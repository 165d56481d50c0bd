#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes a capture file of three UDP frames: with a VLAN tag, with the highest one, with two tags.

usage: tagged.py FILE
"""

import struct
import sys

TAGS = [[(0x8100, 3 << 13 | 5)], [(0x8100, 4094)], [(0x88a8, 7), (0x8100, 5 << 13 | 8)]]


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def datagram(payload):
    ends = bytes([10, 0, 0, 1, 10, 1, 0, 1])
    ports = struct.pack("!HHH", 1234, 1234, 8 + len(payload))
    pseudo = ends + struct.pack("!HH", 17, 8 + len(payload))
    udp = ports + struct.pack("!H", checksum(pseudo + ports + b"\0\0" + payload)) + payload
    start = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(udp), 1, 0, 64, 17)
    return start + struct.pack("!H", checksum(start + b"\0\0" + ends)) + ends + udp


def frame(tags, payload):
    head = b"\xff" * 6 + b"\x02\0\0\0\0\x01"
    return head + b"".join(struct.pack("!HH", *tag) for tag in tags) + b"\x08\0" + datagram(payload)


def main(path):
    with open(path, "wb") as out:
        out.write(struct.pack("=IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for n, tags in enumerate(TAGS):
            data = frame(tags, bytes([n]) * 64)
            out.write(struct.pack("=IIII", 0, n, len(data), len(data)) + data)


main(sys.argv[1])

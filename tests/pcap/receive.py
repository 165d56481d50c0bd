# SPDX-License-Identifier: BSD-2-Clause
"""A program that loads libpcap by ctypes: usage: receive.py SENDER RECEIVER COUNT.

Sends COUNT frames at one port and expects them at the other. Knows nothing of netmap.
"""

import ctypes
import ctypes.util
import sys


class Header(ctypes.Structure):
    """struct pcap_pkthdr"""
    _fields_ = [("sec", ctypes.c_long), ("usec", ctypes.c_long),
                ("caplen", ctypes.c_uint32), ("len", ctypes.c_uint32)]


pcap = ctypes.CDLL(ctypes.util.find_library("pcap"))
pcap.pcap_open_live.restype = ctypes.c_void_p
pcap.pcap_lib_version.restype = ctypes.c_char_p
pcap.pcap_geterr.restype = ctypes.c_char_p
pcap.pcap_geterr.argtypes = [ctypes.c_void_p]
pcap.pcap_inject.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
pcap.pcap_next_ex.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.POINTER(Header)),
                              ctypes.POINTER(ctypes.c_void_p)]
pcap.pcap_close.argtypes = [ctypes.c_void_p]


def open_port(name):
    err = ctypes.create_string_buffer(256)
    port = pcap.pcap_open_live(name.encode(), 65535, 1, 5000, err)
    if not port:
        sys.exit(err.value.decode())
    return port


def receive(port):
    header, data = ctypes.POINTER(Header)(), ctypes.c_void_p()
    if pcap.pcap_next_ex(port, ctypes.byref(header), ctypes.byref(data)) != 1:
        sys.exit("nothing came: " + pcap.pcap_geterr(port).decode())
    return ctypes.string_at(data.value, header.contents.caplen)


def main():
    sender, receiver = open_port(sys.argv[1]), open_port(sys.argv[2])
    for i in range(int(sys.argv[3])):
        frame = bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]) + bytes([i % 256]) * 46
        if pcap.pcap_inject(sender, frame, len(frame)) != len(frame):
            sys.exit(pcap.pcap_geterr(sender).decode())
        if receive(receiver) != frame:
            sys.exit(f"frame {i} is another one")
    pcap.pcap_close(sender)
    pcap.pcap_close(receiver)
    print(pcap.pcap_lib_version().decode())


main()

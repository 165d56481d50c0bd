# SPDX-License-Identifier: BSD-2-Clause
"""Emulated network cards of a QEMU guest: two for each --nic, wired to each other.

Their addresses tell what they are: 02:6e:6d:00:PP:EE is end EE (0 or 1) of pair PP, and drivers are
loaded in the order of the pairs, so that pair 0 is eth0 and eth1, and so on.
"""

from typing import NamedTuple

# By model: the guest's modules that drive it.
DRIVERS = {
    "e1000": ("e1000",), "e1000e": ("e1000e",), "igb": ("igb",), "rtl8139": ("8139cp",),
    "virtio-net": ("virtio_pci", "virtio_net"), "vmxnet3": ("vmxnet3",),
}
DEVICES = {"virtio-net": "virtio-net-pci"}
# What QEMU of Debian's stable release has, and a driver in its kernel for it.
ALL = ("e1000", "e1000e", "virtio-net", "vmxnet3", "rtl8139")


class Pair(NamedTuple):
    model: str
    queues: int
    properties: tuple


def pair_of(text):
    """MODEL[,queues=N][,PROPERTY=VALUE...]; the properties are those of QEMU's device."""
    model, *rest = text.split(",")
    queues = 1
    for setting in rest:
        if setting.startswith("queues="):
            queues = int(setting.removeprefix("queues="))
    if model not in DRIVERS:
        raise ValueError(f"unknown model '{model}': {', '.join(DRIVERS)} or 'all'")
    if queues > 1 and model != "virtio-net":
        raise ValueError("queues= is for virtio-net; other models have what they have")
    return Pair(model, queues, tuple(s for s in rest if not s.startswith("queues=")))


def pairs_of(texts):
    return [pair_of(t) for text in texts for t in (ALL if text == "all" else [text])]


def modules(pairs):
    """Guest modules to load, in order, each once."""
    return list(dict.fromkeys(name for pair in pairs for name in DRIVERS[pair.model]))


def tap_name(number, end):
    return f"nic{number}-{end}"


def backend(pair, number, end):
    """The wire. QEMU's own hub has one queue; a pair with more queues needs TAP devices."""
    name = f"wire{number}-{end}"
    if pair.queues == 1:
        return f"hubport,id={name},hubid={number}"
    return (f"tap,id={name},ifname={tap_name(number, end)},script=no,downscript=no,"
            f"queues={pair.queues}")


def device(pair, number, end):
    words = [DEVICES.get(pair.model, pair.model), f"id=card{number}-{end}",
             f"netdev=wire{number}-{end}", f"mac=02:6e:6d:00:{number:02x}:{end:02x}", "romfile="]
    if pair.queues > 1:
        words += ["mq=on", f"vectors={2 * pair.queues + 2}"]
    return ",".join([*words, *pair.properties])


def qemu_args(pairs):
    args = []
    for number, pair in enumerate(pairs):
        for end in (0, 1):
            args += ["-netdev", backend(pair, number, end), "-device", device(pair, number, end)]
    return args


def wrapped(command, pairs):
    """The command; if it needs TAP devices, in a new network namespace that has them."""
    lines = []
    for number, pair in enumerate(pairs):
        if pair.queues == 1:
            continue
        lines.append(f"ip link add wire{number} type bridge; ip link set wire{number} up")
        for end in (0, 1):
            tap = tap_name(number, end)
            lines += [f"ip tuntap add {tap} mode tap multi_queue",
                      f"ip link set {tap} master wire{number} up"]
    if not lines:
        return command
    setup = ("set -e; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 || true; "
             + "; ".join(lines) + '; exec "$@"')
    return ["unshare", "--map-root-user", "--net", "sh", "-c", setup, "sh", *command]

# SPDX-License-Identifier: BSD-2-Clause
"""Which of a kernel's own modules go into the guest, with all that they depend on."""

import os

# What netmapd is reached by, virtual devices and packet paths that tests meet; then the network
# cards that QEMU has.
WANTED = """
fuse veth tun dummy 8021q bridge macvlan bonding af_packet sch_ingress cls_bpf ifb
virtio_pci virtio_net e1000 e1000e igb igbvf 8139cp vmxnet3 pcnet32
""".split()


def name_of(path):
    return os.path.basename(path).split(".")[0].replace("-", "_")


def add_modules(image, entry, release):
    """Adds the modules and the lists by which the guest's modprobe finds them."""
    source = os.path.join(entry, "modules", "lib", "modules", release)
    if not os.path.isdir(source):
        return
    depends = {}
    with open(os.path.join(source, "modules.dep"), encoding="utf-8") as f:
        for line in f:
            path, _, rest = line.partition(":")
            depends[path] = rest.split()
    paths = {name_of(path): path for path in depends}
    chosen = {paths[name] for name in WANTED if name in paths}
    for path in list(chosen):
        chosen.update(depends[path])

    target = os.path.join("lib/modules", release)
    for path in chosen:
        image.file(os.path.join(source, path), os.path.join(target, path))
    lines = [f"{path}: {' '.join(depends[path])}\n" for path in sorted(chosen)]
    image.add(os.path.join(target, "modules.dep"), "".join(lines).encode())
    names = {name_of(path) for path in chosen}
    with open(os.path.join(source, "modules.alias"), encoding="utf-8") as f:
        lines = [line for line in f if line.split()[-1].replace("-", "_") in names]
    image.add(os.path.join(target, "modules.alias"), "".join(lines).encode())
    image.add(os.path.join(target, "modules.symbols"), b"")

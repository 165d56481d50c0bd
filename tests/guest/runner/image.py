# SPDX-License-Identifier: BSD-2-Clause
"""The guest's root: an archive in the cpio format that the kernel unpacks at boot.

Made without root rights and without cpio: files are added by name with their content, and
what a program needs from the host (shared libraries, the loader) is added with it.
"""

import os
import re
import stat
import subprocess


class Image:
    def __init__(self):
        self.entries = {}

    def directory(self, path, mode=0o755):
        path = path.strip("/")
        if path and path not in self.entries:
            self.directory(os.path.dirname(path))
            self.entries[path] = (stat.S_IFDIR | mode, b"", (0, 0))

    def add(self, path, data, mode=0o644):
        path = path.strip("/")
        self.directory(os.path.dirname(path))
        self.entries[path] = (stat.S_IFREG | mode, data, (0, 0))

    def link(self, path, target):
        path = path.strip("/")
        self.directory(os.path.dirname(path))
        self.entries.setdefault(path, (stat.S_IFLNK | 0o777, target.encode(), (0, 0)))

    def device(self, path, major, minor):
        path = path.strip("/")
        self.directory(os.path.dirname(path))
        self.entries[path] = (stat.S_IFCHR | 0o600, b"", (major, minor))

    def file(self, source, path):
        """Adds a file of the host under the same rights, and the libraries it is linked with."""
        with open(source, "rb") as f:
            data = f.read()
        mode = stat.S_IMODE(os.stat(source).st_mode)
        self.add(path, data, mode)
        if data[:4] == b"\x7fELF" and mode & 0o100:
            for library in libraries(source):
                if library.strip("/") not in self.entries:
                    with open(library, "rb") as f:
                        self.add(library, f.read(), 0o755)

    def write(self, path):
        with open(path, "wb") as out:
            for inode, name in enumerate(sorted(self.entries), 1):
                out.write(record(inode, name, *self.entries[name]))
            out.write(record(0, "TRAILER!!!", 0, b"", (0, 0)))


def record(inode, name, mode, data, device):
    """One entry in the "newc" form: a header of hexadecimal words, the name, the content."""
    links = 2 if stat.S_ISDIR(mode) else 1
    name = name.encode() + b"\0"
    words = (inode, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % w for w in words) + name
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def libraries(program):
    """The absolute paths that the loader would open for a program; none if it is static."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return re.findall(r"(?:^|=>)\s*(/\S+) \(0x", listing.stdout, re.M)

# SPDX-License-Identifier: BSD-2-Clause
"""The machine of a guest: QEMU, or a user-mode kernel as a process of the host.

Its standard output is the side port; its console goes to a file. Each machine is a process
group of its own that dies with the runner.
"""

import array
import ctypes
import fcntl
import os
import select
import signal
import subprocess
import termios

from . import nics

PR_SET_PDEATHSIG = 1
# On a busy host an emulated kernel now and then hangs while it brings up its second CPU, or ends
# since its timers do not tick, long before PID 1 runs: boot() kills it and tries again.
BOOT_TIME = 180
BOOTS = 3

KERNEL_ARGS = "panic=-1 oops=panic ignore_loglevel printk.devkmsg=on printk.time=1 net.ifnames=0 " \
              "rcupdate.rcu_cpu_stall_timeout=60"


# By kernel. Slab caches that check themselves keep no lists of free objects per CPU, and a stale
# pointer in such a list would hide a leak from kmemleak.
EXTRA_ARGS = {"uml-debug": "slab_debug=F"}


def kernel_args(options):
    return " ".join((KERNEL_ARGS, EXTRA_ARGS.get(options.kernel, ""), options.append))


def qemu(kernel, image, options, console):
    """The command line of a PC; with a console it is silent but for the side port."""
    accel = ["-accel", "tcg,thread=multi"]
    if options.icount:
        accel = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"]
    ports = ["-serial", "mon:stdio"]
    if console:
        ports = ["-chardev", f"file,id=console,append=on,path={console}",
                 "-chardev", "stdio,id=side,signal=off",
                 "-serial", "chardev:console", "-serial", "chardev:side"]
    command = [options.qemu, "-nodefaults", "-no-user-config", "-display", "none",
               "-no-reboot", *accel, "-cpu", "max", "-smp", str(options.cpus),
               "-m", str(options.mem), "-kernel", kernel, "-initrd", image,
               "-append", f"console=ttyS0 no_timer_check {kernel_args(options)}", *ports,
               *nics.qemu_args(options.nic)]
    return nics.wrapped(command, options.nic)


def uml(kernel, image, options, console):
    """The command line of a user-mode kernel: its console is its standard error."""
    ports = ["con=null", "con0=fd:0,fd:1", "console=tty0"]
    if console:
        ports = ["con=null", "con0=null,fd:2", "console=tty0", "ssl=null", "ssl0=fd:0,fd:1"]
    return [kernel, f"mem={options.mem}M", f"ncpus={options.cpus}", "seccomp=on",
            f"initrd={image}", *kernel_args(options).split(), *ports]


SIDE_PORTS = {qemu: "/dev/ttyS1", uml: "/dev/ttyS0"}


def kind_of(name):
    return uml if name.startswith("uml") else qemu


def die_with_parent():
    """In the child: die with the runner, even if that is killed with no time to clean up."""
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    def __init__(self, entry, image, options, console):
        command = kind_of(options.kernel)(os.path.join(entry, "image"), image, options, console)
        # The last words of a user-mode kernel and QEMU's complaints go to the console's file.
        with open(console, "ab") as log:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                preexec_fn=die_with_parent)
        self.side = self.process.stdout

    def speaks(self):
        """Whether PID 1 has been heard of in time; a machine that ended before has not spoken."""
        waiting = array.array("i", [0])
        if select.select([self.side], [], [], BOOT_TIME)[0]:
            fcntl.ioctl(self.side, termios.FIONREAD, waiting)
        return waiting[0] > 0

    def cpu_seconds(self):
        """What the group has used so far, with those of its processes that have ended."""
        ticks = 0
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                    fields = f.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self.process.pid:
                ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def kill(self):
        """Ends the whole group and waits for it."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def boot(entry, image, options, console, complain):
    """A machine whose PID 1 has started; after BOOTS tries, the last machine even if it has not."""
    for attempt in range(1, BOOTS + 1):
        with open(console, "wb"):
            pass
        machine = Machine(entry, image, options, console)
        if machine.speaks() or attempt == BOOTS:
            return machine
        machine.kill()
        complain(["no sign of PID 1, starting the guest again"])

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Giving up privileges. These capabilities stay:
 *   CAP_SYS_PTRACE	to read and write what requests point to, in the memory of the process that
 *			made them; to find its network namespace; to copy descriptors of the
 *			memory that it gives to regions
 *   CAP_IPC_LOCK	with lock_memory, and where the kernel caches the regions' pages
 * and the system calls listed below: to open files under /proc for reading, map memory, make
 * threads, read and write messages. The server can write no file of the system, execute no program,
 * and make no socket: the broker opens those of network devices (../broker/broker.h).
 */
#define OS_PLATFORM
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../os_user.h"
#include "conn.h"
#include "privilege.h"
#include "settings.h"

static const char *const calls[] = {
	/* messages */
	"read",
	"readv",
	"write",
	"writev",
	"close",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"poll",
	"ppoll",
	"eventfd2",
	/* network devices */
	"recvfrom",
	"recvmsg",
	"sendmsg",
	"recvmmsg",
	"timerfd_create",
	"timerfd_settime",
	/* clients */
	"process_vm_readv",
	"process_vm_writev",
	"pread64",
	"openat",
	"readlink",
	"readlinkat",
	"newfstatat",
	"fstat",
	"fstatfs",
	"lseek",
	"fcntl",
	"pidfd_open",
	"pidfd_getfd",
	"memfd_create",
	"ftruncate",
	/* memory */
	"mmap",
	"munmap",
	"mprotect",
	"mremap",
	"madvise",
	"brk",
	"fallocate",
	"mlock",
	"munlock",
	/* threads and time */
	"clone",
	"clone3",
	"futex",
	"set_robust_list",
	"rseq",
	"exit",
	"exit_group",
	"gettid",
	"getpid",
	"prctl",
	"sched_yield",
	"sched_setaffinity",
	"sched_getaffinity",
	"sched_setscheduler",
	"sched_getparam",
	"sched_getscheduler",
	"sched_get_priority_max",
	"sched_get_priority_min",
	"clock_gettime",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"getcpu",
	"restart_syscall",
	/* signals */
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigtimedwait",
	"sigaltstack",
	"tgkill",
	/* the log, and closing the terminal */
	"sendto",
	"dup2",
	"dup3",
	/* the end */
	"alarm",
	"setitimer",
	"getrandom",
	"sysinfo",
};

static int user_find(const char *wanted, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw = getpwnam(*wanted ? wanted : "netmap");

	if (!pw && !*wanted)
		pw = getpwnam("nobody");
	if (!pw) {
		os_log(OS_ERR, "there is no user %s", *wanted ? wanted : "netmap, nor nobody");
		return -1;
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return 0;
}

int privilege_names(unsigned int *uid, unsigned int *gid, unsigned int *device_gid)
{
	const struct group *gr = getgrnam(*settings.group ? settings.group : "netmap");

	*device_gid = gr ? gr->gr_gid : 0;
	if (!gr && *settings.group) {
		os_log(OS_ERR, "there is no group %s", settings.group);
		return -1;
	}
	if (!gr)
		os_log(OS_WARN, "there is no group netmap: only root can open the device");
	return user_find(settings.user, uid, gid);
}

/* Drop all other capabilities. for_setuid: keep those that the change of user needs. */
static int caps_set(bool for_setuid)
{
	cap_value_t keep[] = { CAP_SYS_PTRACE, CAP_IPC_LOCK, CAP_SETUID, CAP_SETGID };
	int n = settings.has_locked_memory || !conn_has_passthrough() ? 2 : 1, err;
	cap_t caps = cap_init();

	if (for_setuid)
		n = 4;
	err = !caps || cap_set_flag(caps, CAP_PERMITTED, n, keep, CAP_SET) ||
	      cap_set_flag(caps, CAP_EFFECTIVE, n, keep, CAP_SET) || cap_set_proc(caps);
	if (err)
		os_log(OS_ERR, "cannot give up capabilities: %s", strerror(errno));
	cap_free(caps);
	return err ? -1 : 0;
}

static int user_become(uid_t uid, gid_t gid)
{
	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid)) {
		os_log(OS_ERR, "cannot become user %u: %s", (unsigned int)uid, strerror(errno));
		return -1;
	}
	return 0;
}

static int filter_load(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = ctx ? 0 : -ENOMEM, nr;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]) && !err; i++) {
		nr = seccomp_syscall_resolve_name(calls[i]);
		if (nr != __NR_SCMP_ERROR)
			err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
	}
	if (!err)
		err = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	if (err)
		os_log(OS_ERR, "cannot load the seccomp filter: %s", strerror(-err));
	return err ? -1 : 0;
}

int privilege_drop(unsigned int uid, unsigned int gid)
{
	if (!settings.has_sandbox)
		return 0;
	if (caps_set(true) || user_become(uid, gid) || caps_set(false))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		os_log(OS_ERR, "cannot set no_new_privs: %s", strerror(errno));
		return -1;
	}
	return filter_load();
}

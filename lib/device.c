// SPDX-License-Identifier: BSD-2-Clause
/* /dev/netmap: opening it, its requests, and the reasons of refusals. */
#include "lib.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <net/netmap_inspect.h>

#define DEVICE "/dev/netmap"

int device_open(struct nmctx *ctx)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	switch (errno) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return ctx_fail(ctx, errno,
				DEVICE " does not exist: load the module "
				       "(modprobe netmap) or start netmapd");
	case EACCES:
	case EPERM:
		return ctx_fail(ctx, errno,
				DEVICE ": %s: run as root or as a member "
				       "of the group that owns it",
				strerror(errno));
	default:
		return ctx_fail(ctx, errno, DEVICE ": %s", strerror(errno));
	}
}

const char *device_reason(int fd, char *text, size_t size)
{
	struct nmreq_reason reason = { .pid = 0 };
	struct nmreq_header hdr;
	int err = errno;

	nmreq_header_init(&hdr, NETMAP_REQ_REASON_GET, &reason);
	if (ioctl(fd, NIOCCTRL, &hdr) == 0 && reason.err == err && reason.text[0] != '\0')
		snprintf(text, size, "%.*s (%s)", (int)sizeof(reason.text), reason.text,
			 strerror(err));
	else
		snprintf(text, size, "%s", strerror(err));
	errno = err;
	return text;
}

/* Report each refused option by its name. */
static void report_options(struct nmreq_header *hdr, struct nmctx *ctx)
{
	struct nmreq_option *opt;

	nmreq_foreach_option(hdr, opt) {
		if (opt->nro_status != 0)
			nmctx_ferror(ctx, "%.63s: option %s: %s", hdr->nr_name,
				     nmreq_option_name(opt->nro_reqtype),
				     strerror((int)opt->nro_status));
	}
}

int device_request(int fd, struct nmreq_header *hdr, const char *what, struct nmctx *ctx)
{
	char reason[NM_REASON_LEN + 128];
	int err;

	if (ioctl(fd, NIOCCTRL, hdr) == 0)
		return 0;
	err = errno;
	device_reason(fd, reason, sizeof(reason));
	report_options(hdr, ctx);
	return ctx_fail(ctx, err, "%.63s: %s: %s", hdr->nr_name, what, reason);
}

int device_sync(int fd, unsigned long cmd)
{
	return ioctl(fd, cmd, NULL);
}

// SPDX-License-Identifier: BSD-2-Clause
/* Which region a port is in, asked of the engine. */
#include "lib.h"

#include <errno.h>
#include <unistd.h>

int32_t nmreq_get_mem_id(const char **pname, struct nmctx *ctx)
{
	struct nmreq_port_info_get info = { .nr_memsize = 0 };
	struct nmreq_header hdr;
	int fd, err, saved;

	nmreq_header_init(&hdr, NETMAP_REQ_PORT_INFO_GET, &info);
	if (nmreq_header_decode(pname, &hdr, ctx))
		return -1;
	fd = device_open(ctx);
	if (fd < 0)
		return -1;
	err = device_request(fd, &hdr, "its memory region cannot be told", ctx);
	saved = errno;
	close(fd);
	errno = saved;
	return err ? -1 : info.nr_mem_id;
}

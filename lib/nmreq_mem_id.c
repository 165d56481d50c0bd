// SPDX-License-Identifier: BSD-2-Clause
/* Getting the number of a port's region from the engine. */
#include "lib.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool is_switch_port(const char *name)
{
	return strncmp(name, NM_BDG_NAME, strlen(NM_BDG_NAME)) == 0 && strchr(name, ':') != NULL;
}

/*
 * Check that a switch port exists: NETMAP_REQ_PORT_INFO_GET of one that does not creates it for the
 * duration of the request, and its region is gone when the request returns. The list of ports has
 * only those that exist. A pipe is in the region of its parent.
 */
static int check_exists(int fd, const struct nmreq_header *port, struct nmctx *ctx)
{
	struct nmreq_vale_list list = { .nr_port_idx = 0 };
	struct nmreq_header hdr;

	if (!is_switch_port(port->nr_name))
		return 0;
	nmreq_header_init(&hdr, NETMAP_REQ_VALE_LIST, &list);
	memcpy(hdr.nr_name, port->nr_name, strcspn(port->nr_name, "{}"));
	return device_request(fd, &hdr, "cannot get its memory region", ctx);
}

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
	err = check_exists(fd, &hdr, ctx);
	if (!err)
		err = device_request(fd, &hdr, "cannot get its memory region", ctx);
	saved = errno;
	close(fd);
	errno = saved;
	return err ? -1 : info.nr_mem_id;
}

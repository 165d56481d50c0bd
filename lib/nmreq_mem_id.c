// SPDX-License-Identifier: BSD-2-Clause
/* Which region a port is in, asked of the engine. */
#include "lib.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool is_switch_port(const char *name)
{
	return strncmp(name, NM_BDG_NAME, strlen(NM_BDG_NAME)) == 0 && strchr(name, ':') != NULL;
}

/*
 * To ask about a switch port that does not exist makes one for that moment, whose region is gone
 * when the answer is here. The list of ports has only those that exist. A pipe is in the region
 * of its parent.
 */
static int check_exists(int fd, const struct nmreq_header *asked, struct nmctx *ctx)
{
	struct nmreq_vale_list list = { .nr_port_idx = 0 };
	struct nmreq_header hdr;

	if (!is_switch_port(asked->nr_name))
		return 0;
	nmreq_header_init(&hdr, NETMAP_REQ_VALE_LIST, &list);
	memcpy(hdr.nr_name, asked->nr_name, strcspn(asked->nr_name, "{}"));
	return device_request(fd, &hdr, "its memory region cannot be told", ctx);
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
		err = device_request(fd, &hdr, "its memory region cannot be told", ctx);
	saved = errno;
	close(fd);
	errno = saved;
	return err ? -1 : info.nr_mem_id;
}

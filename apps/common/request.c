// SPDX-License-Identifier: BSD-2-Clause
/* Requests: the header around a body, reasons, and walks over listings. */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device.h"

#define PAGE_PORTS 64

int request_send(int fd, uint16_t type, const char *name, void *body, char *name_out)
{
	struct nmreq_header hdr = {
		.nr_version = NETMAP_API,
		.nr_reqtype = type,
		.nr_body = (uintptr_t)body,
	};
	int err;

	if (name && strlen(name) >= sizeof(hdr.nr_name))
		return -ENAMETOOLONG;
	if (name)
		memcpy(hdr.nr_name, name, strlen(name));
	err = device_ctrl(fd, &hdr);
	if (err == -EINVAL && hdr.nr_version != NETMAP_API)
		return -EPROTONOSUPPORT;
	if (err == 0 && name_out) {
		memcpy(name_out, hdr.nr_name, NETMAP_REQ_IFNAMSIZ);
		name_out[NETMAP_REQ_IFNAMSIZ - 1] = '\0';
	}
	return err;
}

bool request_reason(int fd, int err, char *text, size_t size)
{
	struct nmreq_reason r = { .pid = 0 };

	if (request_send(fd, NETMAP_REQ_REASON_GET, NULL, &r, NULL) || (err && r.err != -err) ||
	    r.text[0] == '\0')
		return false;
	r.text[NM_REASON_LEN - 1] = '\0';
	snprintf(text, size, "%s", r.text);
	return true;
}

void request_explain(int fd, int err, char *text, size_t size)
{
	if (err == -EPROTONOSUPPORT)
		snprintf(text, size, "the engine has another version of the interface than %d",
			 NETMAP_API);
	else if (fd < 0 || err == -ENAMETOOLONG || !request_reason(fd, err, text, size))
		snprintf(text, size, "%s", strerror(-err));
}

const char *request_open_hint(int err)
{
	switch (err) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return " (netmap is not running; try 'netmap up')";
	case EACCES:
	case EPERM:
		return " (only root and the device's group may open it)";
	default:
		return "";
	}
}

const char *request_port_name(const char *name)
{
	static const char prefix[] = "netmap:";

	return strncmp(name, prefix, sizeof(prefix) - 1) ? name : name + sizeof(prefix) - 1;
}

/* The answer to each request is the first port from the requested numbers on. */
int request_walk_ports(int fd, request_port_fn *fn, void *context)
{
	struct nmreq_vale_list at = { 0 }, before = { 0 };
	char name[NETMAP_REQ_IFNAMSIZ];
	int err;

	while ((err = request_send(fd, NETMAP_REQ_VALE_LIST, "", &at, name)) == 0) {
		if (at.nr_bridge_idx < before.nr_bridge_idx ||
		    (at.nr_bridge_idx == before.nr_bridge_idx &&
		     at.nr_port_idx < before.nr_port_idx))
			return -EPROTO;		/* an endless list */
		fn(context, &at, name);
		at.nr_port_idx++;
		before = at;
	}
	return err == -ENOENT ? 0 : err;
}

int request_port_info(int fd, const char *name, struct nm_info_port *info)
{
	struct nm_info_port page[PAGE_PORTS];
	struct nmreq_inspect req = { .what = NM_INSPECT_PORTS, .rec_size = sizeof(page[0]) };
	uint64_t before;
	uint32_t i;
	int err;

	for (;;) {
		before = req.cursor;
		req.count = PAGE_PORTS;
		req.data = (uintptr_t)page;
		err = request_send(fd, NETMAP_REQ_INSPECT, NULL, &req, NULL);
		if (err)
			return err;
		if (req.count == 0)
			return -ENXIO;
		if (req.count > PAGE_PORTS || req.cursor == before)
			return -EPROTO;
		for (i = 0; i < req.count; i++) {
			if (strncmp(page[i].name, name, sizeof(page[i].name)) != 0)
				continue;
			*info = page[i];
			return 0;
		}
	}
}

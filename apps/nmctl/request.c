// SPDX-License-Identifier: BSD-2-Clause
/*
 * Requests to the engine, and what to say when it refuses one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "nmctl.h"
#include "report.h"
#include "words.h"

int nmctl_connect_quietly(struct nmctl *n)
{
	if (n->fd < 0)
		n->fd = device_open(n->args.device);
	return n->fd < 0 ? n->fd : 0;
}

static const char *open_hint(int err)
{
	switch (err) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return " (is the netmap module loaded? try: modprobe netmap)";
	case EACCES:
	case EPERM:
		return " (try as root, or as a member of the device's group)";
	default:
		return "";
	}
}

int nmctl_connect(struct nmctl *n)
{
	char text[256];
	int err = nmctl_connect_quietly(n);

	if (err) {
		snprintf(text, sizeof(text), "%s%s", strerror(-err), open_hint(-err));
		report_error(n->args.device, -err, text, n->args.json);
	}
	return err;
}

int nmctl_request(struct nmctl *n, uint16_t type, const char *name, void *body, char *name_out)
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
	err = device_ctrl(n->fd, &hdr);
	if (err == -EINVAL && hdr.nr_version != NETMAP_API)
		return -EPROTONOSUPPORT;
	if (!err && name_out) {
		memcpy(name_out, hdr.nr_name, NETMAP_REQ_IFNAMSIZ);
		name_out[NETMAP_REQ_IFNAMSIZ - 1] = 0;
	}
	return err;
}

/* What the engine says about the last failure of this descriptor; false if it has no words. */
static bool engine_reason(struct nmctl *n, int err, char text[NM_REASON_LEN])
{
	struct nmreq_reason r = { .pid = 0 };

	if (nmctl_request(n, NETMAP_REQ_REASON_GET, NULL, &r, NULL) || r.err != -err || !r.text[0])
		return false;
	memcpy(text, r.text, NM_REASON_LEN);
	text[NM_REASON_LEN - 1] = 0;
	return true;
}

int nmctl_failed(struct nmctl *n, const char *what, int err)
{
	char text[NM_REASON_LEN];

	if (err == -EPROTONOSUPPORT)
		snprintf(text, sizeof(text), "the engine speaks another version of the interface than %d",
			NETMAP_API);
	else if (n->fd < 0 || err == -ENAMETOOLONG || !engine_reason(n, err, text))
		snprintf(text, sizeof(text), "%s", strerror(-err));
	report_error(what, -err, text, n->args.json);
	return EXIT_FAILED;
}

const char *nmctl_port_name(const char *name)
{
	static const char prefix[] = "netmap:";

	return strncmp(name, prefix, sizeof(prefix) - 1) ? name : name + sizeof(prefix) - 1;
}

const char *nmctl_port_operand(const struct nmctl *n)
{
	return n->args.operand_count ? nmctl_port_name(n->args.operands[0]) : NULL;
}

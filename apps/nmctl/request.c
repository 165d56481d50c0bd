// SPDX-License-Identifier: BSD-2-Clause
/*
 * The device and requests on it, for the verbs.
 */
#include <stdio.h>
#include <string.h>

#include "../common/device.h"
#include "../common/request.h"
#include "nmctl.h"
#include "report.h"

int nmctl_connect_quietly(struct nmctl *n)
{
	if (n->fd < 0)
		n->fd = device_open(n->args.device);
	return n->fd < 0 ? n->fd : 0;
}

int nmctl_connect(struct nmctl *n)
{
	char text[256];
	int err = nmctl_connect_quietly(n);

	if (err) {
		snprintf(text, sizeof(text), "%s%s", strerror(-err), request_open_hint(-err));
		report_error(n->args.device, -err, text, n->args.json);
	}
	return err;
}

int nmctl_request(struct nmctl *n, uint16_t type, const char *name, void *body, char *name_out)
{
	return request_send(n->fd, type, name, body, name_out);
}

int nmctl_failed(struct nmctl *n, const char *what, int err)
{
	char text[NM_REASON_LEN];

	request_explain(n->fd, err, text, sizeof(text));
	report_error(what, -err, text, n->args.json);
	return EXIT_FAILED;
}

const char *nmctl_port_operand(const struct nmctl *n)
{
	return n->args.operand_count ? request_port_name(n->args.operands[0]) : NULL;
}

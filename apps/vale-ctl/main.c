// SPDX-License-Identifier: BSD-2-Clause
/*
 * vale-ctl: administers VALE switches with the option letters that existing scripts use. nmctl does
 * the same with verbs, and more. Exit status: 0, 1 failed, 2 wrong usage.
 */
#include <string.h>

#include "../common/device.h"
#include "../common/request.h"
#include "../common/tool.h"
#include "vale-ctl.h"

static int run(const struct options *opt, struct errmsg *err)
{
	int fd = device_open(DEVICE_PATH), ret;

	if (fd < 0)
		return errmsg_set(err, DEVICE_PATH ": %s%s", strerror(-fd), request_open_hint(-fd));
	ret = action_run(fd, opt, err);
	device_close(fd);
	return ret;
}

int main(int argc, char **argv)
{
	struct options opt;
	struct errmsg err;
	int status;

	status = tool_begin(&vale_ctl_program, &opt, argc, argv);
	return status >= 0 ? status : tool_end(&vale_ctl_program, run(&opt, &err), &err);
}

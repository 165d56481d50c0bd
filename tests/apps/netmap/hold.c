/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hold DEVICE: a client whose request points to memory that never arrives, since nothing serves its
 * userfaultfd. Prints "held" before the request; exits with 2 if there is no userfaultfd.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <net/netmap.h>

#define PAGE	4096

static void *page_make(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fd < 0 || p == MAP_FAILED || ioctl(fd, UFFDIO_API, &api))
		return NULL;
	reg.range = (struct uffdio_range){ (uintptr_t)p, PAGE };
	return ioctl(fd, UFFDIO_REGISTER, &reg) ? NULL : p;
}

int main(int argc, char **argv)
{
	struct nmreq_header hdr = {
		.nr_version = NETMAP_API,
		.nr_reqtype = NETMAP_REQ_REGISTER,
		.nr_name = "vale0:held",
	};
	void *page = page_make();
	int fd = argc == 2 ? open(argv[1], O_RDWR) : -1;

	if (!page)
		return 2;
	if (fd < 0)
		return 1;
	hdr.nr_body = (uintptr_t)page;
	puts("held");
	fflush(stdout);
	printf("%d\n", ioctl(fd, NIOCCTRL, &hdr) ? errno : 0);
	return 0;
}

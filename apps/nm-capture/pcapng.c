// SPDX-License-Identifier: BSD-2-Clause
/* Blocks of pcapng, in the byte order of this machine, which the format allows. */
#include "pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE	(1u << 20)

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_STATISTICS = 5, BLOCK_PACKET = 6 };
enum {
	OPT_END = 0,
	OPT_IF_NAME = 2,
	OPT_IF_TSRESOL = 9,
	OPT_SHB_USERAPPL = 4,
	OPT_ISB_IFRECV = 4,
	OPT_ISB_IFDROP = 5
};
enum { LINKTYPE_ETHERNET = 1, BLOCK_FRAME = 12 };

static void put(struct pcapng *f, const void *bytes, size_t len)
{
	memcpy(f->buffer + f->used, bytes, len);
	f->used += len;
}

static void put16(struct pcapng *f, uint16_t v)
{
	put(f, &v, sizeof(v));
}

static void put32(struct pcapng *f, uint32_t v)
{
	put(f, &v, sizeof(v));
}

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static void put_padded(struct pcapng *f, const void *bytes, size_t len)
{
	static const uint8_t zeros[4];

	put(f, bytes, len);
	put(f, zeros, padded(len) - len);
}

static void put_option(struct pcapng *f, uint16_t code, const void *bytes, uint16_t len)
{
	put16(f, code);
	put16(f, len);
	put_padded(f, bytes, len);
}

/* The time in two halves, the high one first in either byte order. */
static void put_time(struct pcapng *f, uint64_t ns)
{
	put32(f, (uint32_t)(ns >> 32));
	put32(f, (uint32_t)ns);
}

/* Make room for a block with a body of that size and begin it. */
static int begin(struct pcapng *f, uint32_t type, size_t body, struct errmsg *err)
{
	if (f->used + body + BLOCK_FRAME > BUFFER_SIZE && pcapng_flush(f, err))
		return -1;
	put32(f, type);
	put32(f, (uint32_t)(body + BLOCK_FRAME));
	return 0;
}

static void end(struct pcapng *f, size_t body)
{
	put32(f, (uint32_t)(body + BLOCK_FRAME));
}

static int put_section(struct pcapng *f, struct errmsg *err)
{
	static const char program[] = "nm-capture";
	size_t body = 16 + 4 + padded(sizeof(program) - 1) + 4;

	if (begin(f, BLOCK_SECTION, body, err))
		return -1;
	put32(f, 0x1a2b3c4d);
	put16(f, 1);
	put16(f, 0);
	put32(f, UINT32_MAX);	/* length of the section: unknown */
	put32(f, UINT32_MAX);
	put_option(f, OPT_SHB_USERAPPL, program, sizeof(program) - 1);
	put_option(f, OPT_END, "", 0);
	end(f, body);
	return 0;
}

static int put_interface(struct pcapng *f, const char *name, unsigned int snaplen,
			 struct errmsg *err)
{
	static const uint8_t nanoseconds = 9;
	size_t body = 8 + 4 + padded(strlen(name)) + 8 + 4;

	if (begin(f, BLOCK_INTERFACE, body, err))
		return -1;
	put16(f, LINKTYPE_ETHERNET);
	put16(f, 0);
	put32(f, snaplen);
	put_option(f, OPT_IF_NAME, name, (uint16_t)strlen(name));
	put_option(f, OPT_IF_TSRESOL, &nanoseconds, 1);
	put_option(f, OPT_END, "", 0);
	end(f, body);
	return 0;
}

int pcapng_open(struct pcapng *f, const char *path, const char *interface, unsigned int snaplen,
		struct errmsg *err)
{
	*f = (struct pcapng){ .fd = -1, .path = path, .is_stdout = strcmp(path, "-") == 0 };
	f->buffer = malloc(BUFFER_SIZE);
	if (!f->buffer)
		return errmsg_set(err, "out of memory");
	if (f->is_stdout)
		f->path = "standard output";
	f->fd = f->is_stdout ? STDOUT_FILENO :
			       open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (f->fd < 0) {
		errmsg_set(err, "%s: %s", path, strerror(errno));
		free(f->buffer);
		return -1;
	}
	if (put_section(f, err) || put_interface(f, interface, snaplen, err) ||
	    pcapng_flush(f, err)) {
		struct errmsg unused;

		pcapng_close(f, &unused);
		return -1;
	}
	return 0;
}

int pcapng_packet(struct pcapng *f, uint64_t ns, const uint8_t *data, uint32_t len,
		  uint32_t wire_len, struct errmsg *err)
{
	size_t body = 20 + padded(len);

	if (begin(f, BLOCK_PACKET, body, err))
		return -1;
	put32(f, 0);		/* the only interface */
	put_time(f, ns);
	put32(f, len);
	put32(f, wire_len);
	put_padded(f, data, len);
	end(f, body);
	return 0;
}

int pcapng_statistics(struct pcapng *f, uint64_t ns, uint64_t received, uint64_t drops,
		      struct errmsg *err)
{
	size_t body = 12 + 12 + 12 + 4;

	if (begin(f, BLOCK_STATISTICS, body, err))
		return -1;
	put32(f, 0);
	put_time(f, ns);
	put_option(f, OPT_ISB_IFRECV, &received, sizeof(received));
	put_option(f, OPT_ISB_IFDROP, &drops, sizeof(drops));
	put_option(f, OPT_END, "", 0);
	end(f, body);
	return 0;
}

/* Return the size of the whole blocks in the first n bytes of the buffer. */
static size_t whole_blocks(const struct pcapng *f, size_t n)
{
	size_t at = 0;
	uint32_t len;

	while (at + 8 <= f->used) {
		memcpy(&len, f->buffer + at + 4, sizeof(len));
		if (at + len > n)
			break;
		at += len;
	}
	return at;
}

/* Truncate the file after a failed write: half a block at its end would make it unreadable. */
static int fail(struct pcapng *f, size_t written, int error, struct errmsg *err)
{
	f->good += whole_blocks(f, written);
	f->used = 0;
	if (f->is_stdout || ftruncate(f->fd, (off_t)f->good) != 0)
		return errmsg_set(err, "%s: %s; the last block may be incomplete", f->path,
				  strerror(error));
	return errmsg_set(err, "%s: %s; the file ends after the last whole packet", f->path,
			  strerror(error));
}

int pcapng_flush(struct pcapng *f, struct errmsg *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < f->used) {
		n = write(f->fd, f->buffer + done, f->used - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(f, done, errno, err);
		done += (size_t)n;
	}
	f->good += f->used;
	f->used = 0;
	return 0;
}

int pcapng_close(struct pcapng *f, struct errmsg *err)
{
	int ret = pcapng_flush(f, err);

	if (!f->is_stdout && close(f->fd) != 0 && ret == 0)
		ret = errmsg_set(err, "%s: %s", f->path, strerror(errno));
	free(f->buffer);
	f->buffer = NULL;
	f->fd = -1;
	return ret;
}

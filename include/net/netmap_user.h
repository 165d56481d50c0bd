/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inline helpers for applications: walking rings, finding buffers, printing. With
 * NETMAP_WITH_LIBS also struct nm_desc and nm_open(), nm_inject(), nm_dispatch() and so on:
 * a complete netmap client without a library to link.
 *
 * For C89 to C23 and C++11 to C++20. Only one thread at a time may use a ring or a struct
 * nm_desc. Names ending in an underscore are not for applications.
 */
#ifndef _NET_NETMAP_USER_H_
#define _NET_NETMAP_USER_H_

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <net/if.h>

#include "netmap.h"

#define NM_INLINE	static __inline__ __attribute__((__unused__))

/*
 * Addresses of the objects in a mapping. base is the address at which the region is mapped, ofs
 * the nr_offset of the registration; index counts the card's rings first, then the host's.
 */
#define NM_AT_(type, ptr, ofs)		((type)(void *)((char *)(ptr) + (ofs)))
#define NETMAP_IF(base, ofs)		NM_AT_(struct netmap_if *, base, ofs)
#define NETMAP_TXRING(nifp, index)	\
	NM_AT_(struct netmap_ring *, nifp, (nifp)->ring_ofs[(index)])
#define NETMAP_RXRING(nifp, index)	\
	NM_AT_(struct netmap_ring *, nifp,	\
	       (nifp)->ring_ofs[(index) + (nifp)->ni_tx_rings + (nifp)->ni_host_tx_rings])

/* The buffer with this number, and the number of this buffer. */
#define NETMAP_BUF(ring, index)	\
	((char *)(ring) + (ring)->buf_ofs + (size_t)(index) * (ring)->nr_buf_size)
#define NETMAP_BUF_IDX(ring, buf)	\
	((uint32_t)((size_t)((char *)(buf) - ((char *)(ring) + (ring)->buf_ofs)) /	\
		    (ring)->nr_buf_size))

/* Read and write the offset of a packet in its buffer; the address of the packet. */
#define NETMAP_ROFFSET(ring, slot)	((slot)->ptr & (ring)->offset_mask)
#define NETMAP_WOFFSET(ring, slot, offset)	\
	((void)((slot)->ptr = ((slot)->ptr & ~(ring)->offset_mask) |	\
			      ((offset) & (ring)->offset_mask)))
#define NETMAP_BUF_OFFSET(ring, slot)	\
	(NETMAP_BUF(ring, (slot)->buf_idx) + NETMAP_ROFFSET(ring, slot))

/** nm_ring_next() - return the number of the slot after slot i */
NM_INLINE uint32_t nm_ring_next(const struct netmap_ring *ring, uint32_t i)
{
	return i + 1 == ring->num_slots ? 0 : i + 1;
}

/* Return tail, once: netmap may move it at any time, so a caller that needs it twice keeps it. */
NM_INLINE uint32_t nm_ring_tail_(const struct netmap_ring *ring)
{
	return __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
}

/*
 * Release all slots before i. Release stores: netmap must see the slots' content first. cur is
 * written before head, because it may be ahead of head but never behind it.
 */
NM_INLINE void nm_ring_release_(struct netmap_ring *ring, uint32_t i)
{
	__atomic_store_n(&ring->cur, i, __ATOMIC_RELEASE);
	__atomic_store_n(&ring->head, i, __ATOMIC_RELEASE);
}

/** nm_ring_empty() - return whether the application has no slot */
NM_INLINE int nm_ring_empty(const struct netmap_ring *ring)
{
	return ring->head == nm_ring_tail_(ring);
}

/** nm_ring_space() - return the number of the application's slots: free to send, or received */
NM_INLINE uint32_t nm_ring_space(const struct netmap_ring *ring)
{
	uint32_t head = ring->head, tail = nm_ring_tail_(ring);

	return tail >= head ? tail - head : tail + ring->num_slots - head;
}

/** nm_tx_pending() - return whether queued packets of this transmit ring are not sent yet */
NM_INLINE int nm_tx_pending(const struct netmap_ring *ring)
{
	return nm_ring_next(ring, nm_ring_tail_(ring)) != ring->head;
}

/* Copy len bytes, at least n and at most 2 n, as two blocks that may overlap. */
#define NM_COPY_TWO_(n)	do {	\
	__builtin_memcpy(d, s, n);	\
	__builtin_memcpy(d + len - (n), s + len - (n), n);	\
} while (0)

/**
 * nm_pkt_copy() - copy a packet
 * @src: source
 * @dst: destination; must not overlap
 * @l: number of bytes; no byte beyond them is read or written
 *
 * Faster than memcpy() for the sizes of packets, because it is inline and copies blocks.
 */
NM_INLINE void nm_pkt_copy(const void *src, void *dst, int l)
{
	const char *s = (const char *)src;
	char *d = (char *)dst;
	size_t len = l > 0 ? (size_t)l : 0, i;

	if (len >= 1024) {
		memcpy(d, s, len);
	} else if (len >= 64) {
		for (i = 0; i + 64 < len; i += 64)
			__builtin_memcpy(d + i, s + i, 64);
		__builtin_memcpy(d + len - 64, s + len - 64, 64);
	} else if (len >= 32) {
		NM_COPY_TWO_(32);
	} else if (len >= 16) {
		NM_COPY_TWO_(16);
	} else if (len >= 8) {
		NM_COPY_TWO_(8);
	} else {
		for (i = 0; i < len; i++)
			d[i] = s[i];
	}
}

/*
 * Messages on stderr with time, function and line: D() always, RD() at most lps times a
 * second, ND() never. A program may define its own before it includes this header.
 */
__attribute__((__format__(__printf__, 3, 4)))
NM_INLINE void nm_log_(const char *func, int line, const char *fmt, ...)
{
	struct timeval now;
	va_list ap;

	gettimeofday(&now, NULL);
	fprintf(stderr, "%03d.%06d %s [%d] ", (int)(now.tv_sec % 1000), (int)now.tv_usec, func,
		line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* Return true for the first 'most' calls of each second. */
NM_INLINE int nm_log_allowed_(long *second, int *count, int most)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	if (*second != (long)now.tv_sec) {
		*second = (long)now.tv_sec;
		*count = 0;
	}
	return (*count)++ < most;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wvariadic-macros"	/* C89 has none */
#ifndef D
#define D(...)	nm_log_(__extension__ __FUNCTION__, __LINE__, __VA_ARGS__)
#endif
#ifndef RD
#define RD(lps, ...)	do {	\
	static long nm_rd_second_;	\
	static int nm_rd_count_;	\
	if (nm_log_allowed_(&nm_rd_second_, &nm_rd_count_, lps))	\
		nm_log_(__extension__ __FUNCTION__, __LINE__, __VA_ARGS__);	\
} while (0)
#endif
#ifndef ND
#define ND(...)	do { } while (0)
#endif
#pragma GCC diagnostic pop

#endif /* _NET_NETMAP_USER_H_ */

/* Outside of the guard above: NETMAP_WITH_LIBS may be defined after the first inclusion. */
#if defined(NETMAP_WITH_LIBS) && !defined(NM_WITH_LIBS_)
#define NM_WITH_LIBS_

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "netmap_inspect.h"

#define NM_ERRBUF_SIZE	512	/* bytes of an error text */

struct nm_desc;

/**
 * struct nm_pkthdr - description of a received packet
 * @ts: time of the sync that received it
 * @caplen: bytes that can be read at buf
 * @len: bytes of the packet; more than caplen if it lies in several buffers that are not adjacent
 * @flags: NM_MORE_PKTS
 * @d: descriptor that received it
 * @slot: its first slot; the application may swap its buffer
 * @buf: its first byte
 */
struct nm_pkthdr {
	struct timeval ts;
	uint32_t caplen;
	uint32_t len;
	uint64_t flags;
	struct nm_desc *d;
	struct netmap_slot *slot;
	uint8_t *buf;
};

#define NM_MORE_PKTS	1	/* another packet follows immediately */

/* As struct pcap_stat. Only ps_recv is counted: the packets passed to the application. */
struct nm_stat {
	uint32_t ps_recv;
	uint32_t ps_drop;
	uint32_t ps_ifdrop;
};

/**
 * struct nm_desc - an open port
 * @self: its own address: the mark of a netmap descriptor
 * @fd: for poll() and the sync calls
 * @mem: address at which the region is mapped
 * @memsize: bytes of the mapping
 * @done_mmap: not 0: the mapping is this descriptor's own, and is unmapped with it
 * @nifp: the interface
 * @first_tx_ring: first transmit ring bound, for NETMAP_TXRING()
 * @last_tx_ring: last one
 * @cur_tx_ring: ring with which nm_inject() continues
 * @first_rx_ring: first receive ring bound, for NETMAP_RXRING()
 * @last_rx_ring: last one
 * @cur_rx_ring: ring with which nm_nextpkt() and nm_dispatch() continue
 * @req: the request that opened it, with the values written back
 * @hdr: the current packet of nm_dispatch()
 * @some_ring: a ring that is bound, or NULL
 * @buf_start: buffer number 0
 * @buf_end: end of the region
 * @snaplen: for users of the pcap interface, like all up to @st
 * @promisc: not used here
 * @to_ms: not used here
 * @errbuf: not used here
 * @if_flags: not used here
 * @if_reqcap: not used here
 * @if_curcap: not used here
 * @st: counters
 * @msg: text of the last error
 */
struct nm_desc {
	struct nm_desc *self;
	int fd;
	void *mem;
	uint64_t memsize;
	int done_mmap;
	struct netmap_if *nifp;
	uint16_t first_tx_ring, last_tx_ring, cur_tx_ring;
	uint16_t first_rx_ring, last_rx_ring, cur_rx_ring;
	struct nmreq req;
	struct nm_pkthdr hdr;
	struct netmap_ring *some_ring;
	void *buf_start;
	void *buf_end;
	int snaplen;
	int promisc;
	int to_ms;
	char *errbuf;
	uint32_t if_flags;
	uint32_t if_reqcap;
	uint32_t if_curcap;
	struct nm_stat st;
	char msg[NM_ERRBUF_SIZE];
};

/* For code that stores descriptors as pointers to another type. */
#define P2NMD(p)		((const struct nm_desc *)(const void *)(p))
#define IS_NETMAP_DESC(d)	((d) != NULL && P2NMD(d)->self == P2NMD(d))
#define NETMAP_FD(d)		(P2NMD(d)->fd)

/*
 * Flags for nm_open(). Those with "parent" copy these fields of the request from parent->req.
 * The NR_* flags may be set too, and NETMAP_NO_TX_POLL and NETMAP_DO_RX_POLL.
 */
#define NM_OPEN_NO_MMAP		0x040000	/* map no memory, but use parent's map */
#define NM_OPEN_IFNAME		0x080000	/* parent: nr_name, nr_ringid, nr_flags */
#define NM_OPEN_ARG1		0x100000	/* parent: nr_arg1 */
#define NM_OPEN_ARG2		0x200000	/* parent: nr_arg2, the memory region */
#define NM_OPEN_ARG3		0x400000	/* parent: nr_arg3, extra buffers */
#define NM_OPEN_RING_CFG	0x800000	/* parent: numbers of rings and slots */

/* Called by nm_dispatch() for each packet; the data is valid until it returns. */
typedef void (*nm_cb_t)(unsigned char *arg, const struct nm_pkthdr *hdr,
			const unsigned char *buf);

/* Return whether c may be in a name of an interface, a switch or a pipe. */
NM_INLINE int nm_is_name_char_(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

/* Parse a number of at most 'most' at *p and move *p behind it. Return it, or -1. */
NM_INLINE long nm_parse_number_(const char **p, long most)
{
	const char *s = *p;
	long n = 0;

	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (*s - '0');
		if (n > most)
			return -1;
	}
	*p = s;
	return n;
}

/* Return whether the '-' at p starts a ring number: digits, then the end or the next suffix. */
NM_INLINE int nm_is_ring_suffix_(const char *p)
{
	size_t digits = strspn(p + 1, "0123456789");

	return digits > 0 && (p[1 + digits] == '\0' || p[1 + digits] == '/' ||
			      p[1 + digits] == '@');
}

/* Return the end of the identifier at p, or p itself if there is none. */
NM_INLINE const char *nm_parse_name_(const char *p)
{
	while (nm_is_name_char_(*p) && !(*p == '-' && nm_is_ring_suffix_(p)))
		p++;
	return p;
}

/* Parse a ring selection: nothing, ^, ^k, *, + or -k. Return its end, or NULL: invalid number. */
NM_INLINE const char *nm_parse_rings_(const char *p, struct nmreq *req)
{
	uint32_t mode = NR_REG_ALL_NIC;
	long ring = 0;

	if (*p == '*' || *p == '+') {
		mode = NR_REG_NIC_SW;
		p++;
	} else if (*p == '^') {
		mode = NR_REG_SW;
		p++;
		if (*p >= '0' && *p <= '9') {
			mode = NR_REG_ONE_SW;
			ring = nm_parse_number_(&p, NETMAP_RING_MASK);
		}
	} else if (*p == '-') {
		mode = NR_REG_ONE_NIC;
		p++;
		ring = nm_parse_number_(&p, NETMAP_RING_MASK);
	}
	if (ring < 0)
		return NULL;
	req->nr_ringid = (uint16_t)((req->nr_ringid & ~NETMAP_RING_MASK) | (uint16_t)ring);
	req->nr_flags = (req->nr_flags & ~(uint32_t)NR_REG_MASK) | mode;
	return p;
}

/* Parse the letters after a '/'. Return the end of them. */
NM_INLINE const char *nm_parse_flags_(const char *p, struct nmreq *req)
{
	for (;; p++) {
		switch (*p) {
		case 'x':
			req->nr_flags |= NR_EXCLUSIVE;
			break;
		case 'z':
			req->nr_flags |= NR_ZCOPY_MON;
			break;
		case 't':
			req->nr_flags |= NR_MONITOR_TX;
			break;
		case 'r':
			req->nr_flags |= NR_MONITOR_RX;
			break;
		case 'R':
			req->nr_flags |= NR_RX_RINGS_ONLY;
			break;
		case 'T':
			req->nr_flags |= NR_TX_RINGS_ONLY;
			break;
		default:
			return p;
		}
	}
}

/* Parse @id and /letters, each once, in any order. Return the end, or NULL: invalid number. */
NM_INLINE const char *nm_parse_suffixes_(const char *p, struct nmreq *req)
{
	int memory = 0, flags = 0;
	long n;

	for (;;) {
		if (*p == '@' && !memory) {
			p++;
			memory = 1;
			n = nm_parse_number_(&p, 0xffff);
			if (n < 0)
				return NULL;
			req->nr_arg2 = (uint16_t)n;
		} else if (*p == '/' && !flags) {
			flags = 1;
			p = nm_parse_flags_(p + 1, req);
		} else {
			return p;
		}
	}
}

/* Find the port's name in spec: from *name to the pointer returned. NULL if there is none. */
NM_INLINE const char *nm_parse_port_(const char *spec, const char **name)
{
	const char *p, *start;

	*name = spec;
	if (strncmp(spec, "netmap:", 7) == 0) {
		*name = start = spec + 7;
	} else if (strncmp(spec, NM_BDG_NAME, 4) == 0) {
		for (p = spec + 4; nm_is_name_char_(*p); p++)
			continue;
		if (*p != ':')
			return NULL;
		start = p + 1;
	} else {
		return NULL;
	}
	p = nm_parse_name_(start);
	if (p == start)
		return NULL;
	while (*p == '{' || *p == '}') {
		start = p + 1;
		p = nm_parse_name_(start);
		if (p == start)
			return NULL;
	}
	return p;
}

/**
 * nm_parse() - convert a port specification to a request
 * @ifname: the port specification:
 *	netmap:IF	an interface, or any other name of a port
 *	valeS:PORT	a port of switch S
 *	then {ID or }ID	an end of a pipe; may be repeated, for pipes on pipes
 *	then nothing (all rings of the card), ^ (host rings), ^K (one), * or + (both), -K (one)
 *	then, in any order, @N (memory region) and / with letters: x exclusive, z zero-copy
 *	monitor, t monitor sent packets, r received ones, R receive rings only, T transmit only
 * @d: nr_name, nr_ringid, nr_flags and nr_arg2 of its req are set; flags set earlier stay
 * @err: NM_ERRBUF_SIZE bytes for the text of an error
 *
 * No part of the specification is ignored or truncated.
 *
 * Return: 0, or -1 with errno set and a text in err.
 */
NM_INLINE int nm_parse(const char *ifname, struct nm_desc *d, char *err)
{
	const char *name, *end, *p;
	size_t len;

	end = nm_parse_port_(ifname, &name);
	if (end == NULL) {
		__builtin_snprintf(err, NM_ERRBUF_SIZE,
				   "%.128s: neither netmap:PORT nor valeSWITCH:PORT", ifname);
		errno = EINVAL;
		return -1;
	}
	len = (size_t)(end - name);
	if (len >= sizeof(d->req.nr_name)) {
		__builtin_snprintf(err, NM_ERRBUF_SIZE,
				   "%.128s: the name has %lu characters, at most %lu", ifname,
				   (unsigned long)len,
				   (unsigned long)sizeof(d->req.nr_name) - 1);
		errno = ENAMETOOLONG;
		return -1;
	}
	p = nm_parse_rings_(end, &d->req);
	if (p != NULL)
		p = nm_parse_suffixes_(p, &d->req);
	if (p == NULL || *p != '\0') {
		__builtin_snprintf(err, NM_ERRBUF_SIZE, "%.128s: cannot understand '%.128s'",
				   ifname, p != NULL ? p : end);
		errno = EINVAL;
		return -1;
	}
	memset(d->req.nr_name, 0, sizeof(d->req.nr_name));
	memcpy(d->req.nr_name, name, len);
	return 0;
}

/* Return ring number i of this direction, or NULL if it does not exist or is not bound. */
NM_INLINE struct netmap_ring *nm_tx_ring_(const struct nm_desc *d, uint32_t i)
{
	struct netmap_if *nifp = d->nifp;

	if (nifp == NULL || i >= nifp->ni_tx_rings + nifp->ni_host_tx_rings ||
	    nifp->ring_ofs[i] == 0)
		return NULL;
	return NETMAP_TXRING(nifp, i);
}

NM_INLINE struct netmap_ring *nm_rx_ring_(const struct nm_desc *d, uint32_t i)
{
	struct netmap_if *nifp = d->nifp;

	if (nifp == NULL || i >= nifp->ni_rx_rings + nifp->ni_host_rx_rings ||
	    nifp->ring_ofs[nifp->ni_tx_rings + nifp->ni_host_tx_rings + i] == 0)
		return NULL;
	return NETMAP_RXRING(nifp, i);
}

/* Compute the range of rings that a request binds, of 'card' rings followed by 'host' rings. */
NM_INLINE void nm_ring_range_(const struct nmreq *req, uint32_t card, uint32_t host,
			      uint16_t *first, uint16_t *last)
{
	uint32_t mode = req->nr_flags & NR_REG_MASK;
	uint32_t from = 0, n = card, ring = req->nr_ringid & NETMAP_RING_MASK;

	if (mode == NR_REG_DEFAULT && (req->nr_ringid & NETMAP_SW_RING))
		mode = NR_REG_SW;
	if (mode == NR_REG_DEFAULT && (req->nr_ringid & NETMAP_HW_RING))
		mode = NR_REG_ONE_NIC;
	if (mode == NR_REG_SW || mode == NR_REG_ONE_SW) {
		from = card;
		n = host;
	} else if (mode == NR_REG_NIC_SW) {
		n = card + host;
	}
	if (mode == NR_REG_ONE_NIC || mode == NR_REG_ONE_SW) {
		from += ring;
		n = 1;
	}
	*first = (uint16_t)from;
	*last = (uint16_t)(n > 0 ? from + n - 1 : from);
}

/**
 * nm_mmap() - map the region of a registered descriptor
 * @d: the descriptor
 * @parent: NULL, or another descriptor: if its region is the same, d uses its mapping, which
 *	must then outlive d
 *
 * Does nothing if d is mapped already.
 *
 * Return: 0, or an errno.
 */
NM_INLINE int nm_mmap(struct nm_desc *d, const struct nm_desc *parent)
{
	const struct nmreq *req = &d->req;
	struct netmap_if *nifp;

	if (d->mem != NULL)
		return 0;
	if (IS_NETMAP_DESC(parent) && parent->mem != NULL && parent->req.nr_arg2 == req->nr_arg2) {
		d->mem = parent->mem;
		d->memsize = parent->memsize;
	} else {
		d->memsize = req->nr_memsize;
		d->mem = mmap(NULL, (size_t)d->memsize, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd,
			      0);
		if (d->mem == MAP_FAILED) {
			d->mem = NULL;
			return errno;
		}
		d->done_mmap = 1;
	}
	nifp = d->nifp = NETMAP_IF(d->mem, req->nr_offset);
	nm_ring_range_(req, nifp->ni_tx_rings, nifp->ni_host_tx_rings, &d->first_tx_ring,
		       &d->last_tx_ring);
	nm_ring_range_(req, nifp->ni_rx_rings, nifp->ni_host_rx_rings, &d->first_rx_ring,
		       &d->last_rx_ring);
	d->cur_tx_ring = d->first_tx_ring;
	d->cur_rx_ring = d->first_rx_ring;
	d->some_ring = nm_rx_ring_(d, d->first_rx_ring);
	if (d->some_ring == NULL)
		d->some_ring = nm_tx_ring_(d, d->first_tx_ring);
	if (d->some_ring != NULL)
		d->buf_start = NETMAP_BUF(d->some_ring, 0);
	d->buf_end = (char *)d->mem + d->memsize;
	return 0;
}

/**
 * nm_close() - close a port, and unmap its own mapping
 * @d: the return value of nm_open()
 *
 * Return: 0, or EINVAL if d is not an open port.
 */
NM_INLINE int nm_close(struct nm_desc *d)
{
	if (!IS_NETMAP_DESC(d))
		return EINVAL;
	if (d->done_mmap && d->mem != NULL)
		munmap(d->mem, (size_t)d->memsize);
	if (d->fd >= 0)
		close(d->fd);
	d->self = NULL;
	free(d);
	return 0;
}

/* Copy the parts of the parent's request that the flags name. */
NM_INLINE void nm_open_import_(struct nmreq *req, uint64_t flags, const struct nmreq *from)
{
	if (flags & NM_OPEN_IFNAME) {
		memcpy(req->nr_name, from->nr_name, sizeof(req->nr_name));
		req->nr_ringid = from->nr_ringid;
		req->nr_flags = from->nr_flags;
	}
	if (flags & NM_OPEN_ARG1)
		req->nr_arg1 = from->nr_arg1;
	if (flags & NM_OPEN_ARG2)
		req->nr_arg2 = from->nr_arg2;
	if (flags & NM_OPEN_ARG3)
		req->nr_arg3 = from->nr_arg3;
	if (flags & NM_OPEN_RING_CFG) {
		req->nr_tx_slots = from->nr_tx_slots;
		req->nr_rx_slots = from->nr_rx_slots;
		req->nr_tx_rings = from->nr_tx_rings;
		req->nr_rx_rings = from->nr_rx_rings;
	}
}

/* Fill d->req. Return 0, or -1 with errno and d->msg set. */
NM_INLINE int nm_open_request_(struct nm_desc *d, const char *ifname, const struct nmreq *req,
			       uint64_t flags, const struct nm_desc *parent)
{
	const uint64_t ringid_flags = NETMAP_NO_TX_POLL | NETMAP_DO_RX_POLL;
	const uint64_t nr_flags = NR_MONITOR_TX | NR_MONITOR_RX | NR_ZCOPY_MON | NR_EXCLUSIVE |
				  NR_RX_RINGS_ONLY | NR_TX_RINGS_ONLY | NR_DO_RX_POLL |
				  NR_NO_TX_POLL;

	if (req != NULL)
		d->req = *req;
	if (!IS_NETMAP_DESC(parent))
		flags &= ~(uint64_t)NM_OPEN_IFNAME;
	if (!(flags & NM_OPEN_IFNAME) && nm_parse(ifname, d, d->msg) < 0)
		return -1;
	if (IS_NETMAP_DESC(parent))
		nm_open_import_(&d->req, flags, &parent->req);
	d->req.nr_version = NETMAP_API;
	d->req.nr_cmd = 0;
	d->req.nr_ringid = (uint16_t)(d->req.nr_ringid | (flags & ringid_flags));
	d->req.nr_flags |= (uint32_t)(flags & nr_flags);
	return 0;
}

/* Return the engine's reason for the last failure, or strerror(errno). errno does not change. */
NM_INLINE const char *nm_reason_(int fd, struct nmreq_reason *reason)
{
	struct nmreq_header hdr;
	int err = errno;

	memset(reason, 0, sizeof(*reason));
	memset(&hdr, 0, sizeof(hdr));
	hdr.nr_version = NETMAP_API;
	hdr.nr_reqtype = NETMAP_REQ_REASON_GET;
	hdr.nr_body = (uint64_t)(size_t)reason;
	if (ioctl(fd, NIOCCTRL, &hdr) < 0 || reason->err != err)
		reason->text[0] = '\0';
	reason->text[sizeof(reason->text) - 1] = '\0';
	errno = err;
	return reason->text[0] != '\0' ? reason->text : strerror(err);
}

/* Open, register and map. Return 0, or -1 with errno and d->msg set. */
NM_INLINE int nm_open_register_(struct nm_desc *d, uint64_t flags, const struct nm_desc *parent)
{
	struct nmreq asked = d->req;
	struct nmreq_reason reason;
	int err;

	d->fd = open("/dev/netmap", O_RDWR);
	if (d->fd < 0) {
		__builtin_snprintf(d->msg, sizeof(d->msg), "cannot open /dev/netmap: %s%s",
				   strerror(errno), errno != ENOENT ? "" :
				   "; is the module loaded, or netmapd running?");
		return -1;
	}
	if (ioctl(d->fd, NIOCREGIF, &d->req) < 0) {
		__builtin_snprintf(d->msg, sizeof(d->msg), "%.16s: cannot register: %s",
				   asked.nr_name, nm_reason_(d->fd, &reason));
		return -1;
	}
	/* The rings that are bound follow from the request, not from the values written back. */
	d->req.nr_flags = asked.nr_flags;
	d->req.nr_ringid = asked.nr_ringid;
	if ((flags & NM_OPEN_NO_MMAP) && parent == NULL)
		return 0;
	err = nm_mmap(d, parent);
	if (err != 0) {
		__builtin_snprintf(d->msg, sizeof(d->msg), "%.16s: cannot map %lu bytes: %s",
				   asked.nr_name, (unsigned long)d->memsize, strerror(err));
		errno = err;
		return -1;
	}
	return 0;
}

/**
 * nm_open() - open a port, register and map it
 * @ifname: port specification, see nm_parse()
 * @req: NULL, or initial values of the request: numbers of rings and slots, extra buffers, flags
 * @new_flags: NM_OPEN_*, NR_* and NETMAP_*_POLL flags
 * @parent: NULL, or another open port: its mapping is shared if its region is the same, and
 *	must then outlive the new port; the flags select the fields to copy from it
 *
 * With NM_OPEN_NO_MMAP and without parent, no memory is mapped until nm_mmap().
 *
 * Return: the port, for nm_close(); or NULL with errno set, after printing the reason on stderr.
 */
NM_INLINE struct nm_desc *nm_open(const char *ifname, const struct nmreq *req, uint64_t new_flags,
				  const struct nm_desc *parent)
{
	struct nm_desc *d = (struct nm_desc *)calloc(1, sizeof(*d));
	int err;

	if (d == NULL)
		return NULL;
	d->self = d;
	d->fd = -1;
	if (nm_open_request_(d, ifname, req, new_flags, parent) == 0 &&
	    nm_open_register_(d, new_flags, parent) == 0)
		return d;
	err = errno;
	nm_log_("nm_open", __LINE__, "%s", d->msg);
	nm_close(d);
	errno = err;
	return NULL;
}

/* Return the number of bytes that one slot can hold: its length has 16 bits. */
NM_INLINE size_t nm_slot_room_(const struct netmap_ring *ring)
{
	return ring->nr_buf_size < 0xffff ? ring->nr_buf_size : 0xffff;
}

/* Fill the slots of a transmit ring from head on; the caller has checked that there is room. */
NM_INLINE void nm_inject_into_(struct netmap_ring *ring, const char *buf, size_t size)
{
	const size_t room = nm_slot_room_(ring);
	uint32_t i = ring->head;

	for (;;) {
		struct netmap_slot *slot = &ring->slot[i];
		size_t n = size < room ? size : room;
		unsigned int flags = slot->flags & ~(unsigned int)(NS_MOREFRAG | NS_INDIRECT);

		nm_pkt_copy(buf, NETMAP_BUF(ring, slot->buf_idx), (int)n);
		slot->len = (uint16_t)n;
		slot->flags = (uint16_t)(n < size ? flags | NS_MOREFRAG : flags);
		i = nm_ring_next(ring, i);
		if (n == size)
			break;
		buf += n;
		size -= n;
	}
	nm_ring_release_(ring, i);
}

/**
 * nm_inject() - queue a packet for sending
 * @d: the port
 * @buf: the packet
 * @size: its bytes; a packet longer than a buffer takes several slots
 *
 * Tries the rings in turn, starting with that of the last packet. Makes no system call: the
 * next poll() or NIOCTXSYNC sends the packet.
 *
 * Return: size, or 0 if no ring has room for it.
 */
NM_INLINE int nm_inject(struct nm_desc *d, const void *buf, size_t size)
{
	uint32_t rings = (uint32_t)(d->last_tx_ring - d->first_tx_ring) + 1;
	uint32_t ri = d->cur_tx_ring;

	for (; size > 0 && rings > 0; rings--) {
		struct netmap_ring *ring = nm_tx_ring_(d, ri);

		if (ring != NULL) {
			size_t slots = (size - 1) / nm_slot_room_(ring) + 1;

			if (slots <= NETMAP_MAX_FRAGS && slots <= nm_ring_space(ring)) {
				nm_inject_into_(ring, (const char *)buf, size);
				d->cur_tx_ring = (uint16_t)ri;
				return (int)size;
			}
		}
		ri = ri == d->last_tx_ring ? d->first_tx_ring : ri + 1;
	}
	return 0;
}

/* Describe the packet at slot i in *hdr. Return the slot after it, at most tail. */
NM_INLINE uint32_t nm_packet_at_(struct nm_desc *d, struct netmap_ring *ring, uint32_t i,
				 uint32_t tail, struct nm_pkthdr *hdr)
{
	struct netmap_slot *slot = &ring->slot[i];
	int together = 1;

	hdr->ts = ring->ts;
	hdr->d = d;
	hdr->slot = slot;
	hdr->buf = (uint8_t *)NETMAP_BUF(ring, slot->buf_idx);
	hdr->len = hdr->caplen = slot->len;
	i = nm_ring_next(ring, i);
	while ((slot->flags & NS_MOREFRAG) && i != tail) {
		struct netmap_slot *next = &ring->slot[i];

		/* Adjacent buffers can be read as one. */
		together = together && slot->len == ring->nr_buf_size &&
			   next->buf_idx == slot->buf_idx + 1;
		if (together)
			hdr->caplen += next->len;
		hdr->len += next->len;
		slot = next;
		i = nm_ring_next(ring, i);
	}
	hdr->flags = i != tail ? NM_MORE_PKTS : 0;
	return i;
}

/* Return the number of the receive ring after ri, wrapping around. */
NM_INLINE uint32_t nm_rx_next_(const struct nm_desc *d, uint32_t ri)
{
	return ri == d->last_rx_ring ? d->first_rx_ring : ri + 1;
}

NM_INLINE int nm_rx_rings_(const struct nm_desc *d)
{
	return d->last_rx_ring - d->first_rx_ring + 1;
}

/* Return the first of n receive rings from *ri on that has packets, or NULL. */
NM_INLINE struct netmap_ring *nm_rx_ready_(const struct nm_desc *d, uint32_t *ri, int n)
{
	for (; n > 0; n--) {
		struct netmap_ring *ring = nm_rx_ring_(d, *ri);

		if (ring != NULL && !nm_ring_empty(ring))
			return ring;
		*ri = nm_rx_next_(d, *ri);
	}
	return NULL;
}

/**
 * nm_nextpkt() - return the next received packet
 * @d: the port
 * @hdr: out: the description of the packet
 *
 * Makes no system call. The slots of the packet are already released, so it can be read only
 * until the next poll() or NIOCRXSYNC on this port.
 *
 * Return: the address of its first byte, or NULL if there is no packet.
 */
NM_INLINE unsigned char *nm_nextpkt(struct nm_desc *d, struct nm_pkthdr *hdr)
{
	uint32_t ri = d->cur_rx_ring;
	struct netmap_ring *ring = nm_rx_ready_(d, &ri, nm_rx_rings_(d));

	if (ring == NULL)
		return NULL;
	nm_ring_release_(ring, nm_packet_at_(d, ring, ring->head, nm_ring_tail_(ring), hdr));
	d->cur_rx_ring = (uint16_t)ri;
	d->st.ps_recv++;
	return hdr->buf;
}

/**
 * nm_dispatch() - pass received packets to a function
 * @d: the port
 * @cnt: maximum number of packets; 0 or less: all received packets
 * @cb: called with arg, header and first byte of each; NM_MORE_PKTS in the header's flags
 *	means that it will be called again immediately. It may swap the buffer of hdr->slot.
 * @arg: for cb
 *
 * Makes no system call. The slots of each packet are released when cb returns.
 *
 * Return: the number of packets.
 */
NM_INLINE int nm_dispatch(struct nm_desc *d, int cnt, nm_cb_t cb, unsigned char *arg)
{
	uint32_t ri = d->cur_rx_ring, next;
	int rings = nm_rx_rings_(d), done = 0;

	for (; rings > 0 && (cnt <= 0 || done < cnt); rings--, ri = nm_rx_next_(d, ri)) {
		struct netmap_ring *ring = nm_rx_ring_(d, ri);
		uint32_t i, tail;

		if (ring == NULL || nm_ring_empty(ring))
			continue;
		d->cur_rx_ring = (uint16_t)ri;
		tail = nm_ring_tail_(ring);
		for (i = ring->head; i != tail && (cnt <= 0 || done < cnt); done++) {
			i = nm_packet_at_(d, ring, i, tail, &d->hdr);
			next = nm_rx_next_(d, ri);
			if (done + 1 == cnt)
				d->hdr.flags = 0;
			else if (i == tail && nm_rx_ready_(d, &next, rings - 1) != NULL)
				d->hdr.flags = NM_MORE_PKTS;
			d->st.ps_recv++;
			cb(arg, &d->hdr, d->hdr.buf);
			nm_ring_release_(ring, i);
		}
	}
	return done;
}

#endif /* NETMAP_WITH_LIBS */

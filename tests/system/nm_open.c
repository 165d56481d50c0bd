/* SPDX-License-Identifier: BSD-2-Clause */
/* nm_open() and its friends on a device: descriptors, packets, a parent's part, refusals. */
#define NETMAP_WITH_LIBS
#include <poll.h>
#include <net/netmap_user.h>

#include "frame.h"
#include "program.h"

#define LEN	100u

static char frame[5000];

static struct nm_desc *must_open(const char *spec, const struct nmreq *req, uint64_t flags,
				 const struct nm_desc *parent)
{
	struct nm_desc *d = nm_open(spec, req, flags, parent);

	if (d == NULL)
		give_up("%s opens", spec);
	return d;
}

static bool send_one(struct nm_desc *d, uint32_t len, uint32_t seq)
{
	frame_make(frame, len, FRAME_BROADCAST, 7, 1, seq);
	return nm_inject(d, frame, len) == (int)len;
}

/* Packets that the callback of nm_dispatch() has seen. */
struct seen {
	unsigned int packets, bad, more;
	struct nm_desc *d;
};

static void look(unsigned char *arg, const struct nm_pkthdr *h, const unsigned char *buf)
{
	struct seen *s = (struct seen *)(void *)arg;
	uint32_t flow;
	uint64_t seq;

	s->bad += h->len != LEN || h->caplen != LEN || h->d != s->d || h->buf != buf ||
		  !frame_check(buf, h->caplen, &flow, &seq) || seq != s->packets;
	s->more += (h->flags & NM_MORE_PKTS) != 0;
	s->packets++;
}

static void test_packets(void)
{
	struct nm_desc *a = must_open("vale120:a", NULL, 0, NULL);
	struct nm_desc *b = must_open("vale120:b", NULL, 0, NULL);
	struct pollfd p = { .fd = NETMAP_FD(b), .events = POLLIN };
	struct seen s = { .d = b };
	struct nm_pkthdr h;
	unsigned char *buf;
	unsigned int i, n = 0;

	ok(IS_NETMAP_DESC(a) && a->done_mmap && a->mem != NULL && a->nifp != NULL &&
	   a->some_ring != NULL, "an open descriptor");
	ok((char *)a->buf_end == (char *)a->mem + a->memsize && a->req.nr_memsize == a->memsize,
	   "and its map");
	for (i = 0; i < 10; i++)
		n += send_one(a, LEN, i);
	is_num(n, 10, "ten packets are queued");
	is_num(ioctl(a->fd, NIOCTXSYNC, NULL), 0, "and sent");
	is_num(poll(&p, 1, 20000), 1, "they arrive");
	is_num(nm_dispatch(b, 4, look, (unsigned char *)&s), 4, "four are dispatched");
	is_num(nm_dispatch(b, 0, look, (unsigned char *)&s), 6, "then the rest");
	is_num(nm_dispatch(b, -1, look, (unsigned char *)&s), 0, "then none");
	ok(s.packets == 10 && s.bad == 0, "each as it was sent");
	is_num(s.more, 8, "all but the last of each call say that more come");
	is_num(b->st.ps_recv, 10, "they are counted");
	ok(nm_nextpkt(b, &h) == NULL, "no packet is left");
	/* poll(POLLIN) alone sends, as clients of this interface expect */
	send_one(a, LEN, 10);
	send_one(a, LEN, 11);
	p.fd = a->fd;
	poll(&p, 1, 0);
	p.fd = b->fd;
	is_num(poll(&p, 1, 20000), 1, "poll alone sends");
	buf = nm_nextpkt(b, &h);
	ok(buf != NULL && h.len == LEN && (h.flags & NM_MORE_PKTS), "one by one: the first");
	buf = nm_nextpkt(b, &h);
	ok(buf != NULL && h.len == LEN && !(h.flags & NM_MORE_PKTS), "one by one: the last");
	is_num(nm_close(b), 0, "close");
	is_num(nm_close(a), 0, "and close");
	is_num(nm_close(NULL), EINVAL, "nothing is not a descriptor");
}

static void test_long(void)
{
	struct nm_desc *a = must_open("netmap:np{1", NULL, 0, NULL);
	struct nm_desc *b = must_open("netmap:np}1", NULL, 0, a);
	struct nm_pkthdr h;
	unsigned int n = 0;

	ok(b->mem == a->mem && !b->done_mmap, "a parent in the same region: its map is used");
	ok(send_one(a, 5000, 1), "a packet longer than a buffer is queued");
	is_num(ioctl(a->fd, NIOCTXSYNC, NULL) | ioctl(b->fd, NIOCRXSYNC, NULL), 0,
	       "sent, received");
	ok(nm_nextpkt(b, &h) != NULL && h.len == 5000, "and taken as one");
	ok(nm_nextpkt(b, &h) == NULL, "with nothing after it");
	while (n < 5000 && send_one(a, LEN, n))
		n++;
	is_num(n, a->req.nr_tx_slots - 1, "a ring is filled, then nothing more is taken");
	nm_close(b);
	nm_close(a);
}

static void test_parent(void)
{
	struct nmreq req = { .nr_tx_slots = 128, .nr_rx_slots = 256, .nr_tx_rings = 2,
			     .nr_rx_rings = 2, .nr_arg3 = 3 };
	struct nm_desc *a = must_open("vale120:p", &req, 0, NULL), *b, *c;
	char name[32];

	ok(a->req.nr_tx_slots == 128 && a->req.nr_rx_slots == 256 && a->req.nr_rx_rings == 2,
	   "rings as the request says");
	is_num(a->req.nr_arg3, 3, "extra buffers too");
	is_num(a->last_tx_ring, 1, "two rings are bound");
	b = must_open("", NULL, NM_OPEN_IFNAME, a);
	ok(!strcmp(b->req.nr_name, "vale120:p") && b->mem == a->mem, "the parent's name");
	snprintf(name, sizeof(name), "vale120:q");
	c = must_open(name, NULL, NM_OPEN_ARG2 | NM_OPEN_RING_CFG, a);
	ok(c->req.nr_arg2 == a->req.nr_arg2 && c->mem == a->mem, "the parent's region");
	ok(c->req.nr_tx_slots == 128 && c->req.nr_tx_rings == 2, "the parent's rings");
	nm_close(c);
	nm_close(b);
	b = must_open("vale120:p-1", NULL, NM_OPEN_NO_MMAP, NULL);
	ok(b->mem == NULL && b->nifp == NULL, "no map is made if not wanted");
	is_num(nm_mmap(b, a), 0, "it can be had later");
	ok(b->mem == a->mem && b->first_rx_ring == 1 && b->last_rx_ring == 1, "with ring 1 alone");
	nm_close(b);
	nm_close(a);
}

/* The text that nm_open() prints when it fails; errno in *err. */
static const char *refusal(const char *spec, int *err)
{
	static char text[1024];
	int saved = dup(2), out[2];
	ssize_t n;

	if (saved < 0 || pipe(out) < 0)
		give_up("a pipe");
	dup2(out[1], 2);
	*err = nm_open(spec, NULL, 0, NULL) != NULL ? 0 : errno;
	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	close(out[1]);
	n = read(out[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(out[0]);
	return text;
}

static void test_refusals(void)
{
	struct nm_desc *a = must_open("vale120:x", NULL, NR_EXCLUSIVE, NULL);
	const char *text;
	int err;

	text = refusal("vale120:x", &err);
	is_num(err, EBUSY, "a port held exclusively is refused");
	ok(strstr(text, "vale120:x: cannot register: ") && strstr(text, "exclusive"),
	   "in the engine's words");
	nm_close(a);
	text = refusal("netmap:vale0:0", &err);
	is_num(err, EINVAL, "a colon too many is refused");
	ok(strstr(text, "cannot understand ':0'"), "with what was not understood");
	text = refusal("vale120:a_name_too_long_for_it", &err);
	is_num(err, ENAMETOOLONG, "a long name is refused, not cut");
	ok(strstr(text, "at most 15"), "with the limit");
	text = refusal("netmap:nosuch0", &err);
	ok(err != 0 && strstr(text, "nosuch0: cannot register: "), "a device that is not there");
}

int main(int argc, char **argv)
{
	test_start(argc, argv);
	test_packets();
	test_long();
	test_parent();
	test_refusals();
	return test_done();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libnetmap-pcap.so: loaded before a program, it gives the program's libpcap netmap ports. What
 * its files share.
 *
 * A handle of ours wears the face of a real pcap_t, one that libpcap made for no device
 * (pcap_open_dead()): a function that is not in libnetmap-pcap.map finds in it a true pcap_t,
 * which compiles filters, tells its link type, keeps error texts, or refuses. Those that are there
 * look the face up and do netmap's work, or call the function of the same name that libpcap has.
 *
 * A handle is used by one thread at a time, but pcap_breakloop() by anybody.
 */
#ifndef PCAP_SHIM_H
#define PCAP_SHIM_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include <libnetmap.h>

#define SNAPLEN_MAX	262144	/* libpcap's own limit for captures of most kinds */

/* One receive ring. */
struct rx {
	struct netmap_ring *ring;
	uint32_t seen_tail;	/* the last look at the clock was for slots up to here */
	bool is_skipping;	/* in a frame that is longer than the ring */
};

struct handle {
	pcap_t *face;
	char *name;		/* as the program gave it */
	struct nmport_d *port;	/* NULL until activated */
	int snaplen, timeout_ms, precision;
	bool promisc, rfmon, nonblock;
	bool only_sends;	/* binds no receive ring */
	int promisc_fd;		/* keeps the card promiscuous while it is open; -1 for none */
	int break_fd;		/* an eventfd that ends a wait */
	bool is_broken;		/* atomic; pcap_breakloop() was called */
	struct bpf_program filter;	/* no instructions: all packets pass */
	uint32_t header;	/* length of virtio-net headers, which programs do not see */
	uint32_t buf_limit;	/* buffers of the region have lower numbers */

	struct rx *rx;
	unsigned int rx_count, rx_turn;
	struct rx *held;	/* where the packet that pcap_next_ex() gave away is */
	uint32_t held_until;	/* it ends before this slot */
	struct pcap_pkthdr next_header;
	struct timeval stamp;	/* of the batch; its smaller part as precision says */
	uint8_t *whole;		/* a frame of several slots, put together */
	size_t whole_size;
	uint8_t *out;		/* a frame to send behind its header; NULL if there is none */

	uint64_t passed;	/* packets that the filter let through */
	uint64_t lost;		/* frames too long for the ring, or garbled */
	uint64_t drops_before;	/* the engine's count when we came */
};

/* libpcap's function of this name, as the program would have got it without us. */
#define SYSTEM(name)	\
	(__extension__ ({	\
		static __typeof__(&(name)) found_;	\
		if (__atomic_load_n(&found_, __ATOMIC_RELAXED) == NULL)	\
			__atomic_store_n(&found_, (__typeof__(&(name)))system_symbol(#name),	\
					 __ATOMIC_RELAXED);	\
		__atomic_load_n(&found_, __ATOMIC_RELAXED);	\
	}))
void *system_symbol(const char *name);

/* handle.c: which faces are ours */
struct handle *handle_of(pcap_t *face);	/* NULL: not ours. Safe in signal handlers */
struct handle *handle_new(const char *name, int snaplen, char *errbuf);
void handle_free(struct handle *h);
/* Sets what pcap_geterr() returns; the value of the call is err. */
int handle_fail(struct handle *h, int err, const char *fmt, ...) NMLIB_PRINTF_(3, 4);

/* port.c: the netmap side of a handle */
bool port_is_named(const char *name);	/* is this a name for netmap? */
int port_open(struct handle *h);	/* 0, or a PCAP_ERROR with its text */
void port_close(struct handle *h);
uint64_t port_drops(struct handle *h);
const char *port_words(void);		/* of this thread's last failure */

/* promisc.c */
bool promisc_on(struct handle *h);
void promisc_off(struct handle *h);

/*
 * receive.c: up to max packets (max <= 0: all there are) to fn. If there are none it waits, if told
 * to, for as long as the handle's timeout says. How many there were, or PCAP_ERROR_*.
 */
int receive(struct handle *h, int max, bool may_wait, pcap_handler fn, u_char *user);
/* The packet stays in its ring until the next call. 1, 0 after the timeout, or PCAP_ERROR_*. */
int receive_one(struct handle *h, const u_char **data);

/* frame.c: the frame at the head of a ring */
struct frame {
	const uint8_t *data;
	uint32_t len;
	unsigned int span;	/* slots */
};
enum frame_state { FRAME_WHOLE, FRAME_BAD, FRAME_NONE };
enum frame_state frame_look(struct handle *h, struct rx *rx, struct frame *f);

/* send.c */
int send_packet(struct handle *h, const void *data, size_t size);
void send_rest(struct handle *h);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libnetmap-pcap.so: preloaded into a program, it adds netmap ports to the program's libpcap. This
 * header has the declarations that its files share.
 *
 * The program's handle, the face, is a real pcap_t, which libpcap made for no device
 * (pcap_open_dead()): functions that are not in libnetmap-pcap.map work on it as on any pcap_t,
 * such as those that compile filters or return the link type or error texts, or they refuse it.
 * Functions in libnetmap-pcap.map look the face up: if it is ours they work on the netmap port,
 * otherwise they call libpcap's function of the same name.
 *
 * Only one thread at a time may use a handle, except that any may call pcap_breakloop().
 */
#ifndef PCAP_SHIM_H
#define PCAP_SHIM_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include <libnetmap.h>

#include "../lib/ring.h"

#define SNAPLEN_MAX	262144	/* libpcap's own limit for captures of most kinds */

/* One receive ring. */
struct rx {
	struct ring ring;
	uint32_t seen_tail;	/* tail at the last timestamp */
	bool is_skipping;	/* skips the rest of a frame longer than the ring */
};

struct handle {
	pcap_t *face;
	char *name;		/* as the program passed it */
	struct nmport_d *port;	/* NULL until activated */
	int snaplen, timeout_ms, precision;
	bool promisc, rfmon, nonblock;
	bool only_sends;	/* binds no receive ring */
	int promisc_fd;		/* keeps the card promiscuous while it is open; -1 for none */
	int break_fd;		/* an eventfd that ends a wait */
	bool is_broken;		/* atomic; pcap_breakloop() was called */
	struct bpf_program filter;	/* no instructions: all packets pass */
	uint32_t header;	/* length of virtio-net headers, which programs do not see */

	struct rx *rx;
	unsigned int rx_count, rx_turn;
	struct rx *held;	/* the ring with the packet that pcap_next_ex() returned */
	uint32_t held_until;	/* the slot after that packet */
	struct pcap_pkthdr next_header;
	struct timeval stamp;	/* of the batch; tv_usec in the unit of precision */
	uint8_t *whole;		/* a frame gathered from several slots */
	size_t whole_size;
	uint8_t *out;		/* header and frame to send; NULL without virtio-net headers */

	uint64_t passed;	/* packets that passed the filter */
	uint64_t lost;		/* frames too long for the ring, or corrupt */
	uint64_t drops_before;	/* the engine's count at activation */
};

/* The function of this name that the program would call without this library. */
#define SYSTEM(name)	\
	(__extension__ ({	\
		static __typeof__(&(name)) found_;	\
		if (__atomic_load_n(&found_, __ATOMIC_RELAXED) == NULL)	\
			__atomic_store_n(&found_, (__typeof__(&(name)))system_symbol(#name),	\
					 __ATOMIC_RELAXED);	\
		__atomic_load_n(&found_, __ATOMIC_RELAXED);	\
	}))
void *system_symbol(const char *name);

/* handle.c: the table of handles */
struct handle *handle_of(pcap_t *face);	/* NULL: not ours. Safe in signal handlers */
struct handle *handle_new(const char *name, int snaplen, char *errbuf);
void handle_free(struct handle *h);
/* Set the text that pcap_geterr() returns. Returns err. */
int handle_fail(struct handle *h, int err, const char *fmt, ...) NMLIB_PRINTF_(3, 4);

/* port.c: the netmap side of a handle */
bool port_is_named(const char *name);	/* returns whether it is a name of a netmap port */
int port_open(struct handle *h);	/* returns 0, or a PCAP_ERROR with its text set */
void port_close(struct handle *h);
uint64_t port_drops(struct handle *h);
const char *port_error(void);		/* text of this thread's last failure */

/* promisc.c */
bool promisc_on(struct handle *h);
void promisc_off(struct handle *h);

/*
 * receive.c: pass up to max received packets (max <= 0: all) to fn. If there are none and may_wait
 * is set, wait for the handle's timeout. Returns the number of packets, or PCAP_ERROR_*.
 */
int receive(struct handle *h, int max, bool may_wait, pcap_handler fn, u_char *user);
/* Return one packet, valid until the next call. Returns 1, 0 on timeout, or PCAP_ERROR_*. */
int receive_one(struct handle *h, const u_char **data);

/* frame.c: the frame at the head of a ring */
struct frame {
	const uint8_t *data;
	uint32_t len;
	unsigned int span;	/* slots */
};
enum frame_state { FRAME_WHOLE, FRAME_BAD, FRAME_NONE };
enum frame_state frame_read(struct handle *h, struct rx *rx, struct frame *f);

/* send.c */
int send_packet(struct handle *h, const void *data, size_t size);
void send_rest(struct handle *h);

#endif

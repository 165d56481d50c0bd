/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of pkt-gen. Read-only once parsed. */
#ifndef PKTGEN_OPTIONS_H
#define PKTGEN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "../common/optparse.h"
#include "../common/port.h"

#define LENGTH_MAX	65535	/* of a slot and of an IP packet */
#define BURST_DEFAULT	512
#define FRAGMENTS_MAX	NETMAP_MAX_FRAGS
#define VNET_AUTO	(-1)

enum mode { MODE_RX, MODE_TX, MODE_PING, MODE_PONG };

/* The bytes that the checksum of --seq covers. */
enum seq_scope {
	SEQ_OFF,
	SEQ_FRAME,	/* every byte of the frame */
	SEQ_PAYLOAD,	/* the UDP payload, for paths that rewrite headers */
};

struct options {
	enum mode mode;
	const char *port;		/* as given */
	struct port_spec spec;		/* as parsed */
	uint64_t count;			/* packets; 0: no limit */
	unsigned int length_min, length_max; /* equal unless -l was given twice */
	unsigned int burst;
	bool has_burst;
	int family;			/* AF_INET or AF_INET6 */
	struct addr_range src, dst;
	uint8_t src_mac[MAC_LEN], dst_mac[MAC_LEN];
	bool has_src_mac;
	int first_cpu;			/* -1: threads are not bound to CPUs */
	unsigned int cpus;		/* 0: all of them */
	unsigned int threads;
	unsigned int report_ms;
	int wait_s;			/* WAIT_AUTO: by kind of port */
	uint64_t rate;			/* packets/s; 0: as fast as possible */
	bool dump;
	int vnet_len;			/* VNET_AUTO: the port's */
	const char *capture;		/* pcap file to send */
	bool random_src, random_dst;
	bool plain_numbers;
	unsigned int fragments;
	unsigned int fragment_size;	/* 0: limited by the buffers only */
	bool indirect;
	bool exit_idle;
	unsigned int idle_ms;
	unsigned int verbose;
	bool rubbish;
	bool deviation;
	bool framing;
	struct port_wish wish;
	bool json;
	enum seq_scope seq;
	bool strict;
};

extern const struct opt_program pktgen_program;
const char *options_mode_name(enum mode mode);

#endif

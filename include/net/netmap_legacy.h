/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The requests as they were before struct nmreq_header: struct nmreq with NIOCREGIF and
 * NIOCGINFO. Included by netmap.h, never alone. Old programs work unchanged; new ones use
 * NIOCCTRL.
 */
#ifndef _NET_NETMAP_LEGACY_H_
#define _NET_NETMAP_LEGACY_H_

#ifndef _NET_NETMAP_H_
#error "include <net/netmap.h> instead"
#endif

/**
 * struct nmreq - the argument of NIOCGINFO and NIOCREGIF
 * @nr_name: name of the port, terminated by 0 within its 16 bytes
 * @nr_version: the NETMAP_API that the program was built with; 11 and later are accepted
 * @nr_offset: out: bytes from the start of the mapping to the netmap_if
 * @nr_memsize: out: bytes to map
 * @nr_tx_slots: in: slots requested in a transmit ring, 0 for the default; out: the real number
 * @nr_rx_slots: the same for receive rings
 * @nr_tx_rings: in: transmit rings requested, 0 for the default; out: the real number
 * @nr_rx_rings: the same for receive rings
 * @nr_ringid: number of a ring or pipe, with the bits NETMAP_HW_RING and so on below
 * @nr_cmd: 0 to register, or NETMAP_BDG_* for another request
 * @nr_arg1: to register: ignored (once a number of pipes); else the request's first argument
 * @nr_arg2: to register: memory region requested; out: the one in use
 * @nr_arg3: to register: extra buffers requested; out: number granted
 * @nr_flags: NR_REG_* in its NR_REG_MASK bits, with the flags of nmreq_register; if it is 0,
 *	the bits in nr_ringid select the rings
 * @spare2: 0
 */
struct nmreq {
	char nr_name[16];
	uint32_t nr_version;
	uint32_t nr_offset;
	uint32_t nr_memsize;
	uint32_t nr_tx_slots;
	uint32_t nr_rx_slots;
	uint16_t nr_tx_rings;
	uint16_t nr_rx_rings;
	uint16_t nr_ringid;
	uint16_t nr_cmd;
	uint16_t nr_arg1;
	uint16_t nr_arg2;
	uint32_t nr_arg3;
	uint32_t nr_flags;
	uint32_t spare2[1];
};

/* nmreq.nr_ringid, above the NETMAP_RING_MASK bits that number a ring */
#define NETMAP_HW_RING		0x4000	/* one pair of the card's rings */
#define NETMAP_SW_RING		0x2000	/* the host rings */
#define NETMAP_NO_TX_POLL	0x1000	/* as NR_NO_TX_POLL */
#define NETMAP_DO_RX_POLL	0x8000	/* as NR_DO_RX_POLL */

/* nmreq.nr_cmd */
#define NETMAP_BDG_ATTACH	1	/* NETMAP_REQ_VALE_ATTACH */
#define NETMAP_BDG_DETACH	2	/* NETMAP_REQ_VALE_DETACH */
#define NETMAP_BDG_REGOPS	3	/* not for applications */
#define NETMAP_BDG_LIST		4	/* NETMAP_REQ_VALE_LIST: nr_arg1 switch, nr_arg2 port */
#define NETMAP_BDG_VNET_HDR	5	/* NETMAP_REQ_PORT_HDR_SET: nr_arg1 bytes */
#define NETMAP_BDG_NEWIF	6	/* NETMAP_REQ_VALE_NEWIF */
#define NETMAP_BDG_DELIF	7	/* NETMAP_REQ_VALE_DELIF */
#define NETMAP_PT_HOST_CREATE	8	/* no longer supported */
#define NETMAP_PT_HOST_DELETE	9	/* no longer supported */
#define NETMAP_BDG_POLLING_ON	10	/* NETMAP_REQ_VALE_POLLING_ENABLE */
#define NETMAP_BDG_POLLING_OFF	11	/* NETMAP_REQ_VALE_POLLING_DISABLE */
#define NETMAP_VNET_HDR_GET	12	/* NETMAP_REQ_PORT_HDR_GET: nr_arg1 bytes */

/* nmreq.nr_arg1 for NETMAP_BDG_ATTACH */
#define NETMAP_BDG_HOST		1	/* the host stack too */

#define NM_IFRDATA_LEN	256	/* bytes */

/**
 * struct nm_ifreq - the argument of NIOCCONFIG, for switches with a module of their own
 * @nifr_name: name of the switch, terminated by 0
 * @data: defined by that module
 */
struct nm_ifreq {
	char nifr_name[16];
	char data[NM_IFRDATA_LEN];
};

#if defined(NM_ENGINE)
#define NIOCGINFO	0xc03c6991u
#define NIOCREGIF	0xc03c6992u
#define NIOCCONFIG	0xc1106996u
#else
#define NIOCGINFO	_IOWR('i', 145, struct nmreq)
#define NIOCREGIF	_IOWR('i', 146, struct nmreq)
#define NIOCCONFIG	_IOWR('i', 150, struct nm_ifreq)
#endif

#endif /* _NET_NETMAP_LEGACY_H_ */

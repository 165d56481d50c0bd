/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The netmap ABI, version 14: the shared memory that an application maps (interfaces, rings,
 * slots) and the requests that it makes on /dev/netmap.
 *
 * For C89 to C23 and C++11 to C++20, in user space and in the kernel. The engine defines
 * NM_ENGINE: this header then includes nothing (uintN_t, int32_t, int64_t and struct timeval
 * must be declared already) and fields that applications may only read become writable.
 *
 * No size, offset or value here may change: tests/abi compares all of them.
 */
#ifndef _NET_NETMAP_H_
#define _NET_NETMAP_H_

#if defined(NM_ENGINE)
#define NM_READ_ONLY			/* the engine writes fields that applications only read */
#define NM_TIMEVAL	struct timeval
#define NM_SSIZE	__PTRDIFF_TYPE__
#elif defined(__KERNEL__)
#include <linux/types.h>
#include <linux/ioctl.h>
#include <linux/time_types.h>
#define NM_READ_ONLY	const
#define NM_TIMEVAL	struct __kernel_old_timeval
#define NM_SSIZE	ssize_t
#else
#include <stdint.h>
#include <sys/types.h>
#include <sys/time.h>
#include <sys/ioctl.h>
#define NM_READ_ONLY	const
#define NM_TIMEVAL	struct timeval
#define NM_SSIZE	ssize_t
#endif

#if defined(__GNUC__)	/* three structs end with a flexible array: not in C89, nor in C++ */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#endif

#define NETMAP_API	14	/* the version described here */
#define NETMAP_MIN_API	14	/* oldest version accepted in an nmreq_header */
#define NETMAP_MAX_API	15	/* newest one */

/*
 * Layout of the mapped memory. All objects are found by offsets, so that each process may map
 * the memory at any address:
 *
 *   mapping + nr_offset            -> struct netmap_if, one per registration
 *   netmap_if + ring_ofs[i]        -> struct netmap_ring
 *   ring + buf_ofs + idx * size    -> buffer number idx of the region
 *
 * ring_ofs[] lists the transmit rings of the card, the host transmit rings, the receive rings
 * of the card, the host receive rings, in that order. An offset of 0 stands for a ring that this
 * descriptor has not bound.
 */

#define NM_CACHE_ALIGN	128	/* bytes; distance of fields that must not share a cache line */

/**
 * struct netmap_slot - one packet, or one fragment of it
 * @buf_idx: number of the buffer; the application may swap it with that of another slot of the
 *	same region, and then sets NS_BUF_CHANGED in both
 * @len: bytes of packet in the buffer; written by the application to send, by netmap on receive
 * @flags: NS_* below; other bits are not changed
 * @ptr: with NS_INDIRECT, the address of the data in the sender's memory; in rings with offsets,
 *	the offset of the packet in its buffer (see netmap_ring.offset_mask)
 *
 * Only the owner of the slot may write it: the application between head and tail.
 */
struct netmap_slot {
	uint32_t buf_idx;
	uint16_t len;
	uint16_t flags;
	uint64_t ptr;
};

#define NS_BUF_CHANGED	0x0001	/* buf_idx was replaced: look the buffer up again */
#define NS_REPORT	0x0002	/* report this slot as sent without delay */
#define NS_FORWARD	0x0004	/* pass the packet on between card and host rings */
#define NS_NO_LEARN	0x0008	/* a switch must not learn the source address */
#define NS_INDIRECT	0x0010	/* the data is at ptr, not in the buffer (switch ports) */
#define NS_MOREFRAG	0x0020	/* the packet continues in the next slot */
#define NS_TXMON	0x0040	/* in a monitor's ring: the packet was sent, not received */

#define NS_PORT_SHIFT	8			/* upper byte: the switch port to send to, */
#define NS_PORT_MASK	(0xff << NS_PORT_SHIFT)	/* or the number of fragments received */

#define NETMAP_MAX_FRAGS	64	/* maximum number of slots of one packet */

/**
 * struct netmap_ring - a circular queue shared by an application and netmap
 * @buf_ofs: bytes from this ring to buffer number 0
 * @num_slots: slots in slot[]
 * @nr_buf_size: bytes in each buffer
 * @ringid: number of the ring, counted from 0 among those of its direction
 * @dir: 0 for transmit, 1 for receive
 * @head: first slot of the application; moving it forward releases slots
 * @cur: the application wants to be woken once tail is past this slot
 * @tail: first slot of netmap; written by netmap alone, and only during a system call
 * @flags: NR_TIMESTAMP, NR_FORWARD, NR_PKT_TIMESTAMP; written by the application
 * @ts: time of the last sync, if NR_TIMESTAMP is set (always, for receive rings)
 * @offset_mask: bits of slot.ptr that hold the packet's offset in its buffer; 0 without offsets
 * @buf_align: alignment of the address of each buffer; 0 when none is guaranteed
 * @sem: free for synchronisation between threads of the application
 * @slot: the slots themselves
 *
 * head <= cur <= tail, wrapping around at num_slots. The slots from head to the one before tail
 * belong to the application: free to be filled in a transmit ring, full in a receive ring.
 * head == tail means that it has none, so it has at most num_slots - 1. A sync that reads a
 * head or cur outside of the application's slots fails, and resets the ring.
 */
struct netmap_ring {
	NM_READ_ONLY int64_t buf_ofs;
	NM_READ_ONLY uint32_t num_slots;
	NM_READ_ONLY uint32_t nr_buf_size;
	NM_READ_ONLY uint16_t ringid;
	NM_READ_ONLY uint16_t dir;

	uint32_t head;
	uint32_t cur;
	uint32_t tail;

	uint32_t flags;
	NM_TIMEVAL ts;

	NM_READ_ONLY uint64_t offset_mask;
	NM_READ_ONLY uint64_t buf_align;

	uint8_t sem[128] __attribute__((__aligned__(NM_CACHE_ALIGN)));

	struct netmap_slot slot[];
};

/* netmap_ring.flags */
#define NR_TIMESTAMP	0x0002	/* write the time into ts at each sync */
#define NR_FORWARD	0x0004	/* pass packets marked NS_FORWARD between card and host */
#define NR_PKT_TIMESTAMP 0x0008	/* network devices: write each packet's time into its slots' ptr */

/* The bits of nr_ringid that hold the number of a ring. */
#define NETMAP_RING_MASK	0x0fff

/**
 * struct netmap_if - the rings of one registration
 * @ni_name: name of the port
 * @ni_version: NETMAP_API of the engine
 * @ni_flags: NI_* below
 * @ni_tx_rings: transmit rings of the card
 * @ni_rx_rings: receive rings of the card
 * @ni_bufs_head: first extra buffer, 0 for none. Each holds the number of the next one in its
 *	first four bytes. The buffers in the list when the descriptor closes are freed, wherever
 *	they came from; to keep one, the application must take it off the list.
 * @ni_host_tx_rings: rings towards the host stack
 * @ni_host_rx_rings: rings from the host stack
 * @ni_spare1: 0
 * @ring_ofs: bytes from this struct to each ring, in the order given above
 */
struct netmap_if {
	char ni_name[16];
	NM_READ_ONLY uint32_t ni_version;
	NM_READ_ONLY uint32_t ni_flags;
	NM_READ_ONLY uint32_t ni_tx_rings;
	NM_READ_ONLY uint32_t ni_rx_rings;
	uint32_t ni_bufs_head;
	NM_READ_ONLY uint32_t ni_host_tx_rings;
	NM_READ_ONLY uint32_t ni_host_rx_rings;
	uint32_t ni_spare1[3];
	NM_READ_ONLY NM_SSIZE ring_ofs[];
};

#define NI_PRIV_MEM	0x1	/* the port has a memory region of its own */

/*
 * Requests. NIOCCTRL takes a struct nmreq_header with the type of the request, the address of
 * its body and that of a list of options. The result is written back into the body.
 */

#define NETMAP_REQ_IFNAMSIZ	64	/* bytes of a port's name, its final 0 included */
#define NETMAP_REQ_MAXSIZE	4096	/* maximum bytes in all options of one request */

/* nmreq_header.nr_reqtype */
#define NETMAP_REQ_REGISTER		1	/* bind this descriptor: nmreq_register */
#define NETMAP_REQ_PORT_INFO_GET	2	/* properties of a port: nmreq_port_info_get */
#define NETMAP_REQ_VALE_ATTACH		3	/* attach an interface: nmreq_vale_attach */
#define NETMAP_REQ_VALE_DETACH		4	/* detach it: nmreq_vale_detach */
#define NETMAP_REQ_VALE_LIST		5	/* list switches and ports: nmreq_vale_list */
#define NETMAP_REQ_PORT_HDR_SET		6	/* header length to use: nmreq_port_hdr */
#define NETMAP_REQ_PORT_HDR_GET		7	/* header length in use: nmreq_port_hdr */
#define NETMAP_REQ_VALE_NEWIF		8	/* create a persistent port: nmreq_vale_newif */
#define NETMAP_REQ_VALE_DELIF		9	/* delete it: no body */
#define NETMAP_REQ_VALE_POLLING_ENABLE	10	/* poll by threads: nmreq_vale_polling */
#define NETMAP_REQ_VALE_POLLING_DISABLE	11	/* stop them: nmreq_vale_polling */
#define NETMAP_REQ_POOLS_INFO_GET	12	/* a region's pools: nmreq_pools_info */
#define NETMAP_REQ_SYNC_KLOOP_START	13	/* sync in the kernel: nmreq_sync_kloop_start */
#define NETMAP_REQ_SYNC_KLOOP_STOP	14	/* end the loop: no body */
#define NETMAP_REQ_CSB_ENABLE		15	/* pointers in shared memory: no body */

/* nmreq_option.nro_reqtype */
#define NETMAP_REQ_OPT_EXTMEM			1	/* the region in the application's memory */
#define NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS	2	/* notify by eventfd */
#define NETMAP_REQ_OPT_CSB			3	/* ring pointers in a shared block */
#define NETMAP_REQ_OPT_SYNC_KLOOP_MODE		4	/* how the in-kernel loop is woken */
#define NETMAP_REQ_OPT_OFFSETS			5	/* packets may start inside a buffer */
#define NETMAP_REQ_OPT_MAX			6	/* one more than the last */

/**
 * struct nmreq_option - the head of each option
 * @nro_next: address of the next option, 0 at the end
 * @nro_reqtype: NETMAP_REQ_OPT_*
 * @nro_status: written back, also when the request fails: 0 if the option took effect, else
 *	an errno: EOPNOTSUPP when it is unknown or not supported, EINVAL when passed twice
 * @nro_size: bytes of the option where its size varies; 0 for the usual size of its type
 */
struct nmreq_option {
	uint64_t nro_next;
	uint32_t nro_reqtype;
	uint32_t nro_status;
	uint64_t nro_size;
};

/**
 * struct nmreq_header - the argument of NIOCCTRL
 * @nr_version: NETMAP_API; when not accepted the version of the engine is written back
 * @nr_reqtype: NETMAP_REQ_*
 * @nr_reserved: must be 0
 * @nr_name: name of the port, terminated by 0; where it is optional, an empty name stands for
 *	the port that the descriptor has bound
 * @nr_options: address of the first option, or 0
 * @nr_body: address of the body, or 0 for requests without one
 */
struct nmreq_header {
	uint16_t nr_version;
	uint16_t nr_reqtype;
	uint32_t nr_reserved;
	char nr_name[NETMAP_REQ_IFNAMSIZ];
	uint64_t nr_options;
	uint64_t nr_body;
};

/**
 * struct nmreq_register - bind a descriptor to rings of a port
 * @nr_offset: out: bytes from the start of the mapping to the netmap_if
 * @nr_memsize: out: bytes to map
 * @nr_tx_slots: in: slots requested in a transmit ring, 0 for the default; out: the real number
 * @nr_rx_slots: the same for receive rings
 * @nr_tx_rings: in: transmit rings requested, 0 for the default; out: the real number
 * @nr_rx_rings: the same for receive rings
 * @nr_host_tx_rings: the same for host transmit rings
 * @nr_host_rx_rings: the same for host receive rings
 * @nr_mem_id: in: memory region requested, 0 for the engine's choice; out: the one in use
 * @nr_ringid: number of the ring, for NR_REG_ONE_NIC and NR_REG_ONE_SW
 * @nr_mode: NR_REG_*
 * @nr_extra_bufs: in: extra buffers requested; out: number granted
 * @nr_flags: NR_* below; the four bytes before it are unused
 */
struct nmreq_register {
	uint64_t nr_offset;
	uint64_t nr_memsize;
	uint32_t nr_tx_slots;
	uint32_t nr_rx_slots;
	uint16_t nr_tx_rings;
	uint16_t nr_rx_rings;
	uint16_t nr_host_tx_rings;
	uint16_t nr_host_rx_rings;
	uint16_t nr_mem_id;
	uint16_t nr_ringid;
	uint32_t nr_mode;
	uint32_t nr_extra_bufs;
	uint64_t nr_flags;
};

/* nmreq_register.nr_mode; for struct nmreq, the low bits of nr_flags */
#define NR_REG_DEFAULT		0	/* struct nmreq only: nr_ringid selects the rings */
#define NR_REG_ALL_NIC		1	/* all rings of the card */
#define NR_REG_SW		2	/* all host rings */
#define NR_REG_NIC_SW		3	/* both */
#define NR_REG_ONE_NIC		4	/* one pair of the card's, nr_ringid */
#define NR_REG_PIPE_MASTER	5	/* the '{' end of pipe number nr_ringid on the named port */
#define NR_REG_PIPE_SLAVE	6	/* its '}' end */
#define NR_REG_NULL		7	/* a null port: access to a memory region */
#define NR_REG_ONE_SW		8	/* one pair of host rings, nr_ringid */
#define NR_REG_MASK		0xf	/* the mode's bits, in struct nmreq */

/* nmreq_register.nr_flags, and from bit 8 those of struct nmreq too */
#define NR_MONITOR_TX		0x00100	/* monitor sent packets */
#define NR_MONITOR_RX		0x00200	/* monitor received packets */
#define NR_ZCOPY_MON		0x00400	/* monitor by exchange of buffers */
#define NR_EXCLUSIVE		0x00800	/* no other descriptor may bind these rings */
#define NR_RX_RINGS_ONLY	0x02000	/* bind no transmit ring */
#define NR_TX_RINGS_ONLY	0x04000	/* bind no receive ring */
#define NR_ACCEPT_VNET_HDR	0x08000	/* accept packets with a virtio-net header */
#define NR_DO_RX_POLL		0x10000	/* poll() syncs receive rings even without POLLIN */
#define NR_NO_TX_POLL		0x20000	/* poll() sends only with POLLOUT */

/**
 * struct nmreq_port_info_get - properties of a port, all written back
 * @nr_memsize: bytes of its memory region
 * @nr_tx_slots: slots in a transmit ring
 * @nr_rx_slots: slots in a receive ring
 * @nr_tx_rings: transmit rings
 * @nr_rx_rings: receive rings
 * @nr_host_tx_rings: host transmit rings
 * @nr_host_rx_rings: host receive rings
 * @nr_mem_id: number of the region
 * @pad: 0
 */
struct nmreq_port_info_get {
	uint64_t nr_memsize;
	uint32_t nr_tx_slots;
	uint32_t nr_rx_slots;
	uint16_t nr_tx_rings;
	uint16_t nr_rx_rings;
	uint16_t nr_host_tx_rings;
	uint16_t nr_host_rx_rings;
	uint16_t nr_mem_id;
	uint16_t pad[3];
};

#define NM_BDG_NAME	"vale"	/* prefix of the names of switches */

/**
 * struct nmreq_vale_attach - attach an existing interface to a switch; nr_name is 'valeS:IF'
 * @reg: nr_mode is NR_REG_ALL_NIC or NR_REG_NIC_SW (with the host stack)
 * @port_index: out: number of the port on the switch
 * @pad1: 0
 */
struct nmreq_vale_attach {
	struct nmreq_register reg;
	uint32_t port_index;
	uint32_t pad1;
};

/**
 * struct nmreq_vale_detach - detach an interface from a switch; nr_name is 'valeS:IF'
 * @port_index: out: the number that its port had
 * @pad1: 0
 */
struct nmreq_vale_detach {
	uint32_t port_index;
	uint32_t pad1;
};

/**
 * struct nmreq_vale_list - find a port by name, or the next one by number
 * @nr_bridge_idx: number of the switch; in, with an empty name: where to start
 * @pad1: 0
 * @nr_port_idx: number of the port on it; likewise
 *
 * With a name in nr_name both numbers are written back. With an empty name, the first port at
 * or after these numbers is written back, its name included.
 */
struct nmreq_vale_list {
	uint16_t nr_bridge_idx;
	uint16_t pad1;
	uint32_t nr_port_idx;
};

/**
 * struct nmreq_port_hdr - the virtio-net header before each packet of a port
 * @nr_hdr_len: its bytes: 0, 10 or 12
 * @pad1: 0
 */
struct nmreq_port_hdr {
	uint32_t nr_hdr_len;
	uint32_t pad1;
};

/**
 * struct nmreq_vale_newif - create a port that exists until it is deleted
 * @nr_tx_slots: slots in a transmit ring, 0 for the default
 * @nr_rx_slots: slots in a receive ring
 * @nr_tx_rings: transmit rings
 * @nr_rx_rings: receive rings
 * @nr_mem_id: memory region, 0 for one of its own; out: the one in use
 * @pad1: 0
 */
struct nmreq_vale_newif {
	uint32_t nr_tx_slots;
	uint32_t nr_rx_slots;
	uint16_t nr_tx_rings;
	uint16_t nr_rx_rings;
	uint16_t nr_mem_id;
	uint16_t pad1;
};

/**
 * struct nmreq_vale_polling - start threads that sync the rings of a port of a switch
 * @nr_mode: NETMAP_POLLING_MODE_*
 * @nr_first_cpu_id: CPU of the first thread
 * @nr_num_polling_cpus: number of threads, on CPUs from the first one up
 * @pad1: 0
 */
struct nmreq_vale_polling {
	uint32_t nr_mode;
#define NETMAP_POLLING_MODE_SINGLE_CPU	1	/* one thread for all rings */
#define NETMAP_POLLING_MODE_MULTI_CPU	2	/* the rings divided between threads */
	uint32_t nr_first_cpu_id;
	uint32_t nr_num_polling_cpus;
	uint32_t pad1;
};

/**
 * struct nmreq_pools_info - the pools of a memory region
 * @nr_memsize: bytes of the region
 * @nr_mem_id: out: its number; in, for a descriptor that is not bound: the region to describe
 * @pad1: 0
 * @nr_if_pool_offset: start of the netmap_if objects, in bytes from the start of the mapping
 * @nr_if_pool_objtotal: number of netmap_if objects
 * @nr_if_pool_objsize: bytes of each
 * @nr_ring_pool_offset: the same for rings
 * @nr_ring_pool_objtotal: number of ring objects
 * @nr_ring_pool_objsize: bytes of each
 * @nr_buf_pool_offset: the same for buffers
 * @nr_buf_pool_objtotal: number of buffers
 * @nr_buf_pool_objsize: bytes of each
 */
struct nmreq_pools_info {
	uint64_t nr_memsize;
	uint16_t nr_mem_id;
	uint16_t pad1[3];
	uint64_t nr_if_pool_offset;
	uint32_t nr_if_pool_objtotal;
	uint32_t nr_if_pool_objsize;
	uint64_t nr_ring_pool_offset;
	uint32_t nr_ring_pool_objtotal;
	uint32_t nr_ring_pool_objsize;
	uint64_t nr_buf_pool_offset;
	uint32_t nr_buf_pool_objtotal;
	uint32_t nr_buf_pool_objsize;
};

/**
 * struct nmreq_sync_kloop_start - sync in the caller's thread until NETMAP_REQ_SYNC_KLOOP_STOP
 * @sleep_us: microseconds to sleep between rounds
 * @pad1: 0
 */
struct nmreq_sync_kloop_start {
	uint32_t sleep_us;
	uint32_t pad1;
};

/**
 * struct nm_csb_atok - one ring's pointers from the application, in the block that it shares
 * @head: as netmap_ring.head
 * @cur: as netmap_ring.cur
 * @appl_need_kick: not 0: the application wants to be notified
 * @sync_flags: not 0: flags for the next sync
 * @pad: fills the cache line
 */
struct nm_csb_atok {
	uint32_t head;
	uint32_t cur;
	uint32_t appl_need_kick;
	uint32_t sync_flags;
	uint32_t pad[12];
};

/**
 * struct nm_csb_ktoa - one ring's pointers to the application
 * @hwcur: first slot that netmap has not processed yet
 * @hwtail: as netmap_ring.tail
 * @kern_need_kick: not 0: netmap wants to be notified
 * @pad: fills the cache line
 */
struct nm_csb_ktoa {
	uint32_t hwcur;
	uint32_t hwtail;
	uint32_t kern_need_kick;
	uint32_t pad[13];
};

/**
 * struct nmreq_opt_sync_kloop_eventfds - notification for NETMAP_REQ_SYNC_KLOOP_START
 * @nro_opt: nro_size is the size of this struct with its entries
 * @eventfds: for each ring bound, transmit rings first: ioeventfd wakes netmap, irqfd wakes
 *	the application; -1 for none
 */
struct nmreq_opt_sync_kloop_eventfds {
	struct nmreq_option nro_opt;
	struct {
		int32_t ioeventfd;
		int32_t irqfd;
	} eventfds[];
};

/**
 * struct nmreq_opt_sync_kloop_mode - directions that the loop polls before it sleeps
 * @nro_opt: the option's head
 * @mode: NM_OPT_SYNC_KLOOP_DIRECT_*
 */
struct nmreq_opt_sync_kloop_mode {
	struct nmreq_option nro_opt;
	uint32_t mode;
};
#define NM_OPT_SYNC_KLOOP_DIRECT_TX	0x1
#define NM_OPT_SYNC_KLOOP_DIRECT_RX	0x2

/**
 * struct nmreq_opt_extmem - create the region in memory of the application
 * @nro_opt: the option's head
 * @nro_usrptr: address of the memory
 * @nro_info: in: nr_memsize is the memory's size, the other fields are the pools requested, 0
 *	for defaults; out: the real pools
 */
struct nmreq_opt_extmem {
	struct nmreq_option nro_opt;
	uint64_t nro_usrptr;
	struct nmreq_pools_info nro_info;
};

/**
 * struct nmreq_opt_csb - ring pointers in a block of the application instead of in the rings
 * @nro_opt: the option's head
 * @csb_atok: address of an array of nm_csb_atok, one for each ring bound
 * @csb_ktoa: address of an array of nm_csb_ktoa
 */
struct nmreq_opt_csb {
	struct nmreq_option nro_opt;
	uint64_t csb_atok;
	uint64_t csb_ktoa;
};

/**
 * struct nmreq_opt_offsets - let packets start at an offset in their buffers
 * @nro_opt: the option's head
 * @nro_max_offset: largest offset that may be used, in bytes
 * @nro_initial_offset: initial offset of all slots
 * @nro_offset_bits: bits of slot.ptr that hold the offset, 0 for all of them
 * @nro_tx_align: alignment of the offset of a packet to send, 0 for none
 * @nro_min_gap: bytes that stay free between the end of a packet and the next buffer
 */
struct nmreq_opt_offsets {
	struct nmreq_option nro_opt;
	uint64_t nro_max_offset;
	uint64_t nro_initial_offset;
	uint32_t nro_offset_bits;
	uint32_t nro_tx_align;
	uint64_t nro_min_gap;
};

/*
 * The calls. NIOCTXSYNC sends the queued packets and frees the slots of sent ones; NIOCRXSYNC
 * takes released slots back and shows the packets received. Both act on all rings bound, take
 * no argument and never block.
 */
#if defined(NM_ENGINE)
#define NIOCCTRL	0xc0586997u
#define NIOCTXSYNC	0x6994u
#define NIOCRXSYNC	0x6995u
#else
#define NIOCCTRL	_IOWR('i', 151, struct nmreq_header)
#define NIOCTXSYNC	_IO('i', 148)
#define NIOCRXSYNC	_IO('i', 149)
#endif

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include "netmap_legacy.h"

#endif /* _NET_NETMAP_H_ */

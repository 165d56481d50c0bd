// SPDX-License-Identifier: BSD-2-Clause
/* Packet sockets on a device: one sends from a ring, the other receives what its filter passes. */
#define OS_PLATFORM
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker.h"

#define SEND_BUFFER	(4 << 20)
#define RECEIVE_BUFFER	(8 << 20)

static int packet_set(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value));
}

static int packet_bind(int fd, uint32_t ifindex, uint16_t protocol)
{
	const struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = (int)ifindex,
	};

	return bind(fd, (const void *)&addr, sizeof(addr));
}

static int packet_ring_set(int fd, uint32_t slots, uint32_t slot_size)
{
	const uint32_t block = slot_size < (64u << 10) ? 64u << 10 : slot_size;
	const struct tpacket_req req = {
		.tp_block_size = block, .tp_block_nr = slots * slot_size / block,
		.tp_frame_size = slot_size, .tp_frame_nr = slots,
	};

	return setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req));
}

/*
 * Send only: without a protocol the socket receives nothing. The device's egress program recognises
 * our frames by the mark. PACKET_QDISC_BYPASS would spare them the queueing discipline, but with it
 * some kernels (seen in 6.1) divide by the number of transmit queues, which is 0 while a device is
 * removed.
 */
int packet_tx_open(uint32_t ifindex, uint32_t slots, uint32_t slot_size, int32_t mark)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), room = SEND_BUFFER, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	if (!packet_set(fd, PACKET_VERSION, TPACKET_V2) && !packet_set(fd, PACKET_VNET_HDR, 1) &&
	    !packet_set(fd, PACKET_LOSS, 1) &&
	    !setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) &&
	    !packet_ring_set(fd, slots, slot_size) && !packet_bind(fd, ifindex, 0))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int packet_rx_open(uint32_t ifindex, int filter)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), room = RECEIVE_BUFFER, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (!packet_set(fd, PACKET_VNET_HDR, 1) && !packet_set(fd, PACKET_AUXDATA, 1) &&
	    !packet_set(fd, PACKET_IGNORE_OUTGOING, 1) &&
	    !setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &filter, sizeof(filter)) &&
	    !packet_bind(fd, ifindex, ETH_P_ALL))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

// SPDX-License-Identifier: BSD-2-Clause
/* Parsing of addresses and ranges of addresses. */
#include "addr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* One end of a range; port is -1 if the text has none. */
struct endpoint {
	int family;
	uint8_t addr[16];
	long port;
};

unsigned int addr_size(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static int parse_port(const char *text, long *port)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	*port = strtol(text, &end, 10);
	return *end == '\0' && *port <= UINT16_MAX ? 0 : -1;
}

/* Split "[addr]:port", "addr4:port" or "addr6" in place. Return the port's text or NULL. */
static char *split_port(char **text)
{
	char *s = *text, *close, *colon = strchr(s, ':');

	if (*s == '[') {
		close = strchr(s, ']');
		if (!close)
			return NULL;
		*close = '\0';
		*text = s + 1;
		return close[1] == ':' ? close + 2 : NULL;
	}
	if (!colon || strchr(colon + 1, ':') != NULL)
		return NULL;
	*colon = '\0';
	return colon + 1;
}

static int parse_endpoint(struct endpoint *e, char *text)
{
	char *port = split_port(&text);

	e->port = -1;
	if (port && parse_port(port, &e->port))
		return -1;
	e->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	return inet_pton(e->family, text, e->addr) == 1 ? 0 : -1;
}

/* Get the distance of two addresses. Return -1 if b is below a or more than 32 bits away. */
static int distance(const struct endpoint *a, const struct endpoint *b, uint32_t *span)
{
	unsigned int head = addr_size(a->family) - 4;
	uint32_t low_a, low_b;

	if (a->family != b->family || memcmp(a->addr, b->addr, head) != 0)
		return -1;
	memcpy(&low_a, a->addr + head, 4);
	memcpy(&low_b, b->addr + head, 4);
	low_a = ntohl(low_a);
	low_b = ntohl(low_b);
	*span = low_b - low_a;
	return low_b < low_a ? -1 : 0;
}

static int set_range(struct addr_range *range, const struct endpoint *a, const struct endpoint *b)
{
	long first = a->port >= 0 ? a->port : range->port;
	long last = b->port >= 0 ? b->port : first;
	uint32_t span;

	if (distance(a, b, &span) || last < first)
		return -1;
	range->family = a->family;
	memcpy(range->first, a->addr, sizeof(range->first));
	range->span = span;
	range->port = (uint16_t)first;
	range->port_span = (uint16_t)(last - first);
	return 0;
}

int addr_parse_range(struct addr_range *range, const char *text, struct errmsg *err)
{
	struct endpoint a, b;
	char copy[128], *dash;

	if (strlen(text) >= sizeof(copy))
		return errmsg_set(err, "address '%.60s...': more than %zu characters", text,
				  sizeof(copy) - 1);
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	strcpy(copy, text);
	dash = strchr(copy, '-');
	if (dash)
		*dash = '\0';
	if (parse_endpoint(&a, copy) || (dash && parse_endpoint(&b, dash + 1)))
		return errmsg_set(err, "address '%s': want ADDR[:PORT[-ADDR[:PORT]]], with "
				  "brackets around an IPv6 address that has a port", text);
	if (set_range(range, &a, dash ? &b : &a))
		return errmsg_set(err, "range '%s': its end must be of the same family as its "
				  "start, not below it, and at most 32 bits away", text);
	return 0;
}

void addr_nth(const struct addr_range *range, uint32_t n, uint8_t *out)
{
	unsigned int size = addr_size(range->family);
	uint32_t low;

	memcpy(out, range->first, size);
	memcpy(&low, out + size - 4, 4);
	low = htonl(ntohl(low) + n);
	memcpy(out + size - 4, &low, 4);
}

int addr_parse_mac(uint8_t mac[MAC_LEN], const char *text, struct errmsg *err)
{
	unsigned int b[MAC_LEN], i;
	int used = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
		   &used) != MAC_LEN ||
	    text[used] != '\0')
		return errmsg_set(err, "MAC address '%s': want six bytes such as 02:00:00:00:00:01",
				  text);
	for (i = 0; i < MAC_LEN; i++)
		mac[i] = (uint8_t)b[i];
	return 0;
}

int addr_interface_mac(uint8_t mac[MAC_LEN], const char *ifname)
{
	struct ifreq ifr;
	int fd, ret;

	if (strlen(ifname) >= sizeof(ifr.ifr_name))
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	memset(&ifr, 0, sizeof(ifr));
	strcpy(ifr.ifr_name, ifname);
	ret = ioctl(fd, SIOCGIFHWADDR, &ifr);
	close(fd);
	if (ret == 0)
		memcpy(mac, ifr.ifr_hwaddr.sa_data, MAC_LEN);
	return ret;
}

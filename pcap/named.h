/* SPDX-License-Identifier: BSD-2-Clause */
/* How nm-pcap passes the names of ports on its command line to the library. */
#ifndef PCAP_NAMED_H
#define PCAP_NAMED_H

#define NAMED_PORTS	"NM_PCAP_PORTS"	/* environment variable */
#define NAMED_END	' '		/* separates names, which contain none */

#endif

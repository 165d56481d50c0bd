/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libnetmap: ports by their specification, in steps or at once; requests and their options;
 * contexts, which say where errors go and where memory comes from. libnetmap(3).
 *
 * For C89 to C23 and C++11 to C++20. A port is used by one thread at a time; different
 * ports may be used by different threads if their context locks, as the default one does.
 */
#ifndef LIBNETMAP_H_
#define LIBNETMAP_H_

#include <stddef.h>
#include <stdint.h>

#include <net/netmap.h>
#include <net/netmap_user.h>

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#define NMLIB_PRINTF_(fmt, args)	__attribute__((__format__(__printf__, fmt, args)))
#else
#define NMLIB_PRINTF_(fmt, args)
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct nmctx;
struct nmem_d;
struct nmport_cleanup_d;

/*
 * struct nmport_d - a port, or one in the making. Made by the library alone.
 * @hdr: the register request; its body is @reg
 * @reg: what to register; once registered, what it has become
 * @mem: the mapping of its region; NULL if it is not mapped
 * @ctx: context
 * @register_done: not 0: registered, and @fd is open
 * @mmap_done: not 0: mapped, and all that follows is valid
 * @extmem: the option for memory of the program's own, or NULL
 * @fd: for poll() and the sync calls; -1 if not registered
 * @nifp: the interface
 * @first_tx_ring: first transmit ring bound, for NETMAP_TXRING()
 * @last_tx_ring: last one; before the first one if there is none
 * @first_rx_ring: first receive ring bound, for NETMAP_RXRING()
 * @last_rx_ring: last one; before the first one if there is none
 * @cur_tx_ring: where nmport_inject() goes on
 * @cur_rx_ring: not used by the library
 * @clist: what to undo with the specification
 */
struct nmport_d {
	struct nmreq_header hdr;
	struct nmreq_register reg;
	struct nmem_d *mem;
	struct nmctx *ctx;
	int register_done;
	int mmap_done;
	struct nmreq_opt_extmem *extmem;
	int fd;
	struct netmap_if *nifp;
	uint16_t first_tx_ring;
	uint16_t last_tx_ring;
	uint16_t first_rx_ring;
	uint16_t last_rx_ring;
	uint16_t cur_tx_ring;
	uint16_t cur_rx_ring;
	struct nmport_cleanup_d *clist;
};

/*
 * Ports. Those that return a pointer return NULL, those that return int return -1, with errno
 * set, and the context's error callback has been given a text. See nmport(3).
 */

/* parse, register and map; close undoes all of it */
struct nmport_d *nmport_open(const char *portspec);
void nmport_close(struct nmport_d *d);

/* everything but the kernel's part: new and parse */
struct nmport_d *nmport_prepare(const char *portspec);
void nmport_undo_prepare(struct nmport_d *d);

/* the kernel's part: register and mmap */
int nmport_open_desc(struct nmport_d *d);
void nmport_undo_open_desc(struct nmport_d *d);

/* the single steps */
struct nmport_d *nmport_new(void);
void nmport_delete(struct nmport_d *d);
int nmport_parse(struct nmport_d *d, const char *portspec);
void nmport_undo_parse(struct nmport_d *d);
int nmport_register(struct nmport_d *d);
void nmport_undo_register(struct nmport_d *d);
int nmport_mmap(struct nmport_d *d);
void nmport_undo_mmap(struct nmport_d *d);

/* another one for the same port and region, not yet registered */
struct nmport_d *nmport_clone(struct nmport_d *d);

/* queue a packet; its size, or 0 if there is no room */
int nmport_inject(struct nmport_d *d, const void *buf, size_t size);

/* NIOCTXSYNC and NIOCRXSYNC, with a text if they fail */
int nmport_txsync(struct nmport_d *d);
int nmport_rxsync(struct nmport_d *d);

/* memory of the program's own, before nmport_register() */
int nmport_extmem(struct nmport_d *d, void *base, size_t size);
int nmport_extmem_from_file(struct nmport_d *d, const char *fname);
struct nmreq_pools_info *nmport_extmem_getinfo(struct nmport_d *d);

/* packets that start inside of their buffers, before nmport_register() */
int nmport_offset(struct nmport_d *d, uint64_t initial, uint64_t maxoff, uint64_t bits,
		  uint64_t mingap);

/* options of specifications, by name: whether nmport_parse() takes them */
int nmport_enable_option(const char *name);
int nmport_disable_option(const char *name);

/*
 * Requests. See nmreq(3).
 */

#define NMREQ_OPT_MAXKEYS	16	/* keys that one option may have */

/*
 * struct nmreq_parse_ctx - what the parser of an option is given.
 * @ctx: for errors and memory
 * @token: of the caller of nmreq_options_decode()
 * @keys: value of each key, by its id; NULL for a key not given
 */
struct nmreq_parse_ctx {
	struct nmctx *ctx;
	void *token;
	const char *keys[NMREQ_OPT_MAXKEYS];
};

/* 0, or -1 with errno after telling the context why */
typedef int (*nmreq_opt_parser_cb)(struct nmreq_parse_ctx *pctx);

/*
 * struct nmreq_opt_key - one key of an option.
 * @key: its name
 * @id: its index in nmreq_parse_ctx.keys
 * @flags: NMREQ_OPTK_*
 */
struct nmreq_opt_key {
	const char *key;
	int id;
	unsigned int flags;
#define NMREQ_OPTK_ALLOWEMPTY	(1U << 0)	/* may stand without a value: "" */
#define NMREQ_OPTK_MUSTSET	(1U << 1)	/* must be given */
#define NMREQ_OPTK_DEFAULT	(1U << 2)	/* the one that `@option=value' is for */
};

/*
 * struct nmreq_opt_parser - one option of specifications.
 * @prefix: its name
 * @parse: called when it has been found to be sound
 * @default_key: id of the default key, -1 for none
 * @nr_keys: how many of @keys there are
 * @flags: NMREQ_OPTF_*
 * @next: the next parser, NULL at the end
 * @keys: the keys
 */
struct nmreq_opt_parser {
	const char *prefix;
	nmreq_opt_parser_cb parse;
	int default_key;
	int nr_keys;
	unsigned int flags;
#define NMREQ_OPTF_DISABLED	(1U << 0)	/* refused */
#define NMREQ_OPTF_ALLOWEMPTY	(1U << 1)	/* may stand without any key */
	struct nmreq_opt_parser *next;
	struct nmreq_opt_key keys[NMREQ_OPT_MAXKEYS];
} __attribute__((__aligned__(16)));

/* version, type and body set, the rest 0 */
void nmreq_header_init(struct nmreq_header *hdr, uint16_t reqtype, void *body);

/* the pieces of a specification; each moves *pspec behind what it has understood */
int nmreq_header_decode(const char **pspec, struct nmreq_header *hdr, struct nmctx *ctx);
int nmreq_register_decode(const char **pmode, struct nmreq_register *reg, struct nmctx *ctx);
int nmreq_options_decode(const char *opt, struct nmreq_opt_parser *parsers, void *token,
			 struct nmctx *ctx);

/* the region of a port that exists; -1 if there is none */
int32_t nmreq_get_mem_id(const char **pname, struct nmctx *ctx);

/* the options of a request; nmreq_free_options() gives each to free() */
void nmreq_push_option(struct nmreq_header *hdr, struct nmreq_option *opt);
void nmreq_remove_option(struct nmreq_header *hdr, struct nmreq_option *opt);
struct nmreq_option *nmreq_find_option(struct nmreq_header *hdr, uint32_t reqtype);
void nmreq_free_options(struct nmreq_header *hdr);
const char *nmreq_option_name(uint32_t reqtype);

#define nmreq_foreach_option(hdr, opt)	\
	for ((opt) = (struct nmreq_option *)(uintptr_t)(hdr)->nr_options;	\
	     (opt) != NULL;	\
	     (opt) = (struct nmreq_option *)(uintptr_t)(opt)->nro_next)

/*
 * Contexts. See nmctx(3).
 */

typedef void nmctx_error_cb(struct nmctx *ctx, const char *text);
typedef void *nmctx_malloc_cb(struct nmctx *ctx, size_t size);
typedef void nmctx_free_cb(struct nmctx *ctx, void *ptr);
typedef void nmctx_lock_cb(struct nmctx *ctx, int lock);

/*
 * struct nmctx - where errors go and where memory comes from.
 * @verbose: for the program; the library does not look at it
 * @error: given one line of text, without its end; NULL for none
 * @malloc: as malloc(); NULL for malloc() itself
 * @free: as free(); set if @malloc is
 * @lock: take the lock (1), give it back (0); NULL for none
 * @mem_descs: the regions mapped by ports of this context; belongs to the library
 */
struct nmctx {
	int verbose;
	nmctx_error_cb *error;
	nmctx_malloc_cb *malloc;
	nmctx_free_cb *free;
	nmctx_lock_cb *lock;
	struct nmem_d *mem_descs;
};

/*
 * struct nmem_d - a region mapped once for all ports of a context.
 * @mem_id: its number
 * @refcount: ports that use it
 * @mem: where it is mapped
 * @size: its bytes
 * @is_extmem: not 0: the program's own memory, never unmapped here
 * @next: in nmctx.mem_descs
 * @prev: in nmctx.mem_descs
 */
struct nmem_d {
	uint16_t mem_id;
	int refcount;
	void *mem;
	size_t size;
	int is_extmem;
	struct nmem_d *next;
	struct nmem_d *prev;
};

/* the default context, that of ports made by nmport_new() */
struct nmctx *nmctx_get(void);
struct nmctx *nmctx_set_default(struct nmctx *ctx);
void nmctx_set_threadsafe(void);

/* through the callbacks of ctx */
void nmctx_ferror(struct nmctx *ctx, const char *fmt, ...) NMLIB_PRINTF_(2, 3);
void *nmctx_malloc(struct nmctx *ctx, size_t size);
void nmctx_free(struct nmctx *ctx, void *ptr);
void nmctx_lock(struct nmctx *ctx);
void nmctx_unlock(struct nmctx *ctx);

#ifdef __cplusplus
}
#endif

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* LIBNETMAP_H_ */

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libnetmap: ports by their specification, in single steps or in one call; requests and their
 * options; contexts, with the error callback, the allocator and the lock. libnetmap(3).
 *
 * For C89 to C23 and C++11 to C++20. Only one thread at a time may use a port; different
 * threads may use different ports if their context has a lock, as the default one has.
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

/**
 * struct nmport_d - a port, open or being opened; only the library allocates it
 * @hdr: the register request; its body is @reg
 * @reg: the values to register; once registered, the real values of the port
 * @mem: the mapping of its region; NULL if it is not mapped
 * @ctx: context
 * @register_done: not 0: registered, and @fd is open
 * @mmap_done: not 0: mapped, and the fields from @nifp on are valid
 * @extmem: the option for external memory, or NULL
 * @fd: for poll() and the sync calls; -1 if not registered
 * @nifp: the interface
 * @first_tx_ring: first transmit ring bound, for NETMAP_TXRING()
 * @last_tx_ring: last one; before the first one if there is none
 * @first_rx_ring: first receive ring bound, for NETMAP_RXRING()
 * @last_rx_ring: last one; before the first one if there is none
 * @cur_tx_ring: ring with which nmport_inject() continues
 * @cur_rx_ring: not used by the library
 * @clist: functions that nmport_undo_parse() calls
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
 * Ports. On failure, functions that return a pointer return NULL and functions that return int
 * return -1, with errno set, after passing a text to the context's error callback. The undo
 * functions and nmport_close() accept NULL, and do nothing if the step was not done. See
 * nmport(3).
 */

/**
 * nmport_open() - parse a port specification, register and map the port
 * @portspec: the port specification, see libnetmap(3)
 *
 * Same as nmport_prepare() followed by nmport_open_desc().
 *
 * Return: the port, or NULL.
 */
struct nmport_d *nmport_open(const char *portspec);

/**
 * nmport_close() - undo nmport_open()
 * @d: the port, or NULL
 */
void nmport_close(struct nmport_d *d);

/**
 * nmport_prepare() - allocate a port and parse its specification
 * @portspec: the port specification
 *
 * Same as nmport_new() followed by nmport_parse(). Does not open the device, unless the
 * specification has the option 'share'.
 *
 * Return: the port, or NULL.
 */
struct nmport_d *nmport_prepare(const char *portspec);

/**
 * nmport_undo_prepare() - undo nmport_prepare()
 * @d: the port, or NULL
 */
void nmport_undo_prepare(struct nmport_d *d);

/**
 * nmport_open_desc() - register and map a port
 * @d: the port
 *
 * Same as nmport_register() followed by nmport_mmap().
 *
 * Return: 0 or -1.
 */
int nmport_open_desc(struct nmport_d *d);

/**
 * nmport_undo_open_desc() - undo nmport_open_desc()
 * @d: the port
 */
void nmport_undo_open_desc(struct nmport_d *d);

/**
 * nmport_new() - allocate a port with the default context
 *
 * Return: the port, or NULL.
 */
struct nmport_d *nmport_new(void);

/**
 * nmport_delete() - free a port
 * @d: the port; undo the other steps first
 */
void nmport_delete(struct nmport_d *d);

/**
 * nmport_parse() - parse a port specification into the request
 * @d: the port
 * @portspec: the port specification
 *
 * Return: 0 or -1; after a failure the port is as before.
 */
int nmport_parse(struct nmport_d *d, const char *portspec);

/**
 * nmport_undo_parse() - clear the request, its options included
 * @d: the port
 */
void nmport_undo_parse(struct nmport_d *d);

/**
 * nmport_register() - open the device and send the register request
 * @d: the port
 *
 * Return: 0 or -1; after a failure the port is as before.
 */
int nmport_register(struct nmport_d *d);

/**
 * nmport_undo_register() - close the device and restore the request
 * @d: the port
 */
void nmport_undo_register(struct nmport_d *d);

/**
 * nmport_mmap() - map the region of a registered port
 * @d: the port
 *
 * Shares the mapping of another port of the same context and region, if there is one.
 *
 * Return: 0 or -1; after a failure the port is as before.
 */
int nmport_mmap(struct nmport_d *d);

/**
 * nmport_undo_mmap() - stop using the mapping, and unmap it with its last port
 * @d: the port
 */
void nmport_undo_mmap(struct nmport_d *d);

/**
 * nmport_clone() - allocate a port with the name and request of another
 * @d: the other port; if it is registered, the new port requests the same region
 *
 * Return: the new port, neither registered nor mapped, or NULL.
 */
struct nmport_d *nmport_clone(struct nmport_d *d);

/**
 * nmport_inject() - queue a packet for sending
 * @d: the port
 * @buf: the packet
 * @size: its bytes; a packet longer than a buffer takes several slots
 *
 * Return: size, or 0 without an error if no ring has room for the packet.
 */
int nmport_inject(struct nmport_d *d, const void *buf, size_t size);

/**
 * nmport_txsync() - call NIOCTXSYNC
 * @d: the port
 *
 * Return: 0 or -1.
 */
int nmport_txsync(struct nmport_d *d);

/**
 * nmport_rxsync() - call NIOCRXSYNC
 * @d: the port
 *
 * Return: 0 or -1.
 */
int nmport_rxsync(struct nmport_d *d);

/**
 * nmport_extmem() - request a region in the program's own memory
 * @d: the port, not yet registered
 * @base: start of the memory, which must stay mapped until the region's last port is closed
 * @size: its bytes
 *
 * Return: 0 or -1.
 */
int nmport_extmem(struct nmport_d *d, void *base, size_t size);

/**
 * nmport_extmem_from_file() - request a region in a file, which is mapped as a whole
 * @d: the port, not yet registered
 * @fname: the file
 *
 * Return: 0 or -1.
 */
int nmport_extmem_from_file(struct nmport_d *d, const char *fname);

/**
 * nmport_extmem_getinfo() - return the description of the external memory
 * @d: the port
 *
 * Return: the description, in which numbers and sizes of objects may be set before
 * nmport_register(), or NULL if there is no external memory.
 */
struct nmreq_pools_info *nmport_extmem_getinfo(struct nmport_d *d);

/**
 * nmport_offset() - request packets that start at an offset in their buffers
 * @d: the port, not yet registered
 * @initial: initial offset of all slots, bytes
 * @maxoff: largest offset, bytes
 * @bits: bits of slot.ptr that hold the offset, 0 for all
 * @mingap: bytes that stay free between the end of a packet and that of its buffer
 *
 * Return: 0 or -1.
 */
int nmport_offset(struct nmport_d *d, uint64_t initial, uint64_t maxoff, uint64_t bits,
		  uint64_t mingap);

/**
 * nmport_enable_option() - let nmport_parse() accept an option
 * @name: the option
 *
 * Return: 0 or -1.
 */
int nmport_enable_option(const char *name);

/**
 * nmport_disable_option() - let nmport_parse() refuse an option
 * @name: the option
 *
 * Return: 0 or -1.
 */
int nmport_disable_option(const char *name);

/*
 * Requests. See nmreq(3).
 */

#define NMREQ_OPT_MAXKEYS	16	/* maximum number of keys of one option */

/**
 * struct nmreq_parse_ctx - the arguments of an option's parse function
 * @ctx: for errors and memory
 * @token: passed through from nmreq_options_decode()
 * @keys: value of each key, by its id; NULL for a missing key
 */
struct nmreq_parse_ctx {
	struct nmctx *ctx;
	void *token;
	const char *keys[NMREQ_OPT_MAXKEYS];
};

/* Returns 0, or -1 with errno set, after passing the reason to the context. */
typedef int (*nmreq_opt_parser_cb)(struct nmreq_parse_ctx *pctx);

/**
 * struct nmreq_opt_key - one key of an option
 * @key: its name
 * @id: its index in nmreq_parse_ctx.keys
 * @flags: NMREQ_OPTK_*
 */
struct nmreq_opt_key {
	const char *key;
	int id;
	unsigned int flags;
#define NMREQ_OPTK_ALLOWEMPTY	(1U << 0)	/* may have no value: "" */
#define NMREQ_OPTK_MUSTSET	(1U << 1)	/* required */
#define NMREQ_OPTK_DEFAULT	(1U << 2)	/* the key that '@option=value' sets */
};

/**
 * struct nmreq_opt_parser - one option of specifications
 * @prefix: its name
 * @parse: called for each valid option
 * @default_key: id of the default key, -1 for none
 * @nr_keys: number of @keys
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
#define NMREQ_OPTF_ALLOWEMPTY	(1U << 1)	/* may have no key */
	struct nmreq_opt_parser *next;
	struct nmreq_opt_key keys[NMREQ_OPT_MAXKEYS];
} __attribute__((__aligned__(16)));

/**
 * nmreq_header_init() - set version, type and body of a header, and clear the rest
 * @hdr: the header
 * @reqtype: NETMAP_REQ_*
 * @body: the request's body, or NULL
 */
void nmreq_header_init(struct nmreq_header *hdr, uint16_t reqtype, void *body);

/**
 * nmreq_header_decode() - parse the subsystem and name of a port specification
 * @pspec: the text; on success moved behind the name
 * @hdr: its nr_name is set
 * @ctx: for errors
 *
 * Return: 0, or -1 with errno set.
 */
int nmreq_header_decode(const char **pspec, struct nmreq_header *hdr, struct nmctx *ctx);

/**
 * nmreq_register_decode() - parse the mode of a port specification
 * @pmode: the text; on success moved to its end or to the first option
 * @reg: nr_mode, nr_ringid, nr_flags and nr_mem_id are set
 * @ctx: for errors
 *
 * Return: 0, or -1 with errno set.
 */
int nmreq_register_decode(const char **pmode, struct nmreq_register *reg, struct nmctx *ctx);

/**
 * nmreq_options_decode() - parse the options of a port specification
 * @opt: the text, parsed to its end
 * @parsers: list of the options that are accepted
 * @token: for the parse functions
 * @ctx: for errors
 *
 * Return: 0, or -1 with errno set.
 */
int nmreq_options_decode(const char *opt, struct nmreq_opt_parser *parsers, void *token,
			 struct nmctx *ctx);

/**
 * nmreq_get_mem_id() - return the region of an existing port
 * @pname: subsystem and name of the port; on success moved behind the name
 * @ctx: for errors
 *
 * Return: number of the region, or -1 with errno set.
 */
int32_t nmreq_get_mem_id(const char **pname, struct nmctx *ctx);

/**
 * nmreq_push_option() - add an option at the head of a request's list
 * @hdr: the request
 * @opt: the option
 */
void nmreq_push_option(struct nmreq_header *hdr, struct nmreq_option *opt);

/**
 * nmreq_remove_option() - remove an option from a request's list, if it is in it
 * @hdr: the request
 * @opt: the option
 */
void nmreq_remove_option(struct nmreq_header *hdr, struct nmreq_option *opt);

/**
 * nmreq_find_option() - return the first option of a type
 * @hdr: the request
 * @reqtype: NETMAP_REQ_OPT_*
 *
 * Return: the option, or NULL.
 */
struct nmreq_option *nmreq_find_option(struct nmreq_header *hdr, uint32_t reqtype);

/**
 * nmreq_free_options() - empty a request's list of options and pass each to free()
 * @hdr: the request; not that of a struct nmport_d
 */
void nmreq_free_options(struct nmreq_header *hdr);

/**
 * nmreq_option_name() - return a word for a type of options
 * @reqtype: NETMAP_REQ_OPT_*
 *
 * Return: the word, or "unknown".
 */
const char *nmreq_option_name(uint32_t reqtype);

/**
 * nmreq_foreach_option() - begin a loop over the options of a request
 * @hdr: the request
 * @opt: the loop's variable, a struct nmreq_option pointer
 */
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

/**
 * struct nmctx - a context: error callback, allocator and lock
 * @verbose: for the program; the library does not use it
 * @error: gets one line of text, without a newline; NULL discards it
 * @malloc: as malloc(); NULL for malloc() itself
 * @free: as free(); set if @malloc is
 * @lock: acquire (1) or release (0) the lock; NULL for none
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

/**
 * struct nmem_d - a region mapped once for all ports of a context
 * @mem_id: number of the region
 * @refcount: number of ports that use it
 * @mem: address at which it is mapped
 * @size: bytes of the mapping
 * @is_extmem: not 0: the program's own memory, which the library never unmaps
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

/**
 * nmctx_get() - return the default context, which nmport_new() uses
 *
 * Return: the context.
 */
struct nmctx *nmctx_get(void);

/**
 * nmctx_set_default() - set the default context
 * @ctx: the context, or NULL for the built-in one
 *
 * Return: the previous default context.
 */
struct nmctx *nmctx_set_default(struct nmctx *ctx);

/**
 * nmctx_set_threadsafe() - give the default context a lock if it has none
 */
void nmctx_set_threadsafe(void);

/**
 * nmctx_ferror() - format a text and pass it to the error callback
 * @ctx: the context
 * @fmt: as for printf()
 */
void nmctx_ferror(struct nmctx *ctx, const char *fmt, ...) NMLIB_PRINTF_(2, 3);

/**
 * nmctx_malloc() - allocate memory by the context's allocator
 * @ctx: the context
 * @size: bytes
 *
 * Return: the memory, or NULL.
 */
void *nmctx_malloc(struct nmctx *ctx, size_t size);

/**
 * nmctx_free() - free memory by the context's allocator
 * @ctx: the context
 * @ptr: the memory, or NULL
 */
void nmctx_free(struct nmctx *ctx, void *ptr);

/**
 * nmctx_lock() - acquire the context's lock, if it has one
 * @ctx: the context
 */
void nmctx_lock(struct nmctx *ctx);

/**
 * nmctx_unlock() - release the context's lock, if it has one
 * @ctx: the context
 */
void nmctx_unlock(struct nmctx *ctx);

#ifdef __cplusplus
}
#endif

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* LIBNETMAP_H_ */

// SPDX-License-Identifier: BSD-2-Clause
/* CSB mode: its blocks in the client's memory. See csb.h. */
#include "client/csb.h"
#include "base/objects.h"

/*
 * Pin [addr, addr + size) of the caller, which may begin inside a page. Returns its address in the
 * engine.
 */
static void *nm_csb_pin(struct os_caller *caller, uint64_t addr, uint64_t size, const char *what,
			struct os_usermem **mem, struct nm_reason *reason)
{
	const uint64_t from = addr / OS_PAGE_SIZE * OS_PAGE_SIZE;
	const uint64_t to = (addr + size + OS_PAGE_SIZE - 1) / OS_PAGE_SIZE * OS_PAGE_SIZE;

	if (!addr || addr % sizeof(uint32_t) || to < addr) {
		nm_refuse(reason, -EINVAL,
			  "CSB mode: %s at 0x%llx: need an address that is a multiple of 4, not 0",
			  what, (unsigned long long)addr);
		return NULL;
	}
	*mem = os_usermem_pin(caller, from, to - from, reason);
	if (!*mem) {
		nm_reason_prefix(reason, "CSB mode: %s at 0x%llx: ", what,
				 (unsigned long long)addr);
		return NULL;
	}
	return (char *)os_usermem_addr(*mem) + (addr - from);
}

static int nm_csb_pin_both(struct nm_csb *csb, struct os_caller *caller,
			   const struct nmreq_opt_csb *o, struct nm_reason *reason)
{
	const uint32_t n = nm_csb_count(csb);

	csb->atok = nm_csb_pin(caller, o->csb_atok, n * sizeof(*csb->atok), "csb_atok",
			       &csb->mem[0], reason);
	if (csb->atok)
		csb->ktoa = nm_csb_pin(caller, o->csb_ktoa, n * sizeof(*csb->ktoa), "csb_ktoa",
				       &csb->mem[1], reason);
	return csb->ktoa ? 0 : reason->err;
}

void nm_csb_publish(struct nm_csb_ktoa *to, const struct nm_kring *k)
{
	os_store32(&to->hwcur, os_load32(&k->hwcur));
	/*
	 * Release: slots before the tail, and hwcur, are written; pairs with the application's
	 * acquire of hwtail.
	 */
	os_store32_release(&to->hwtail, os_load32(&k->rtail));
}

/* Initialise both blocks with the current pointers of the rings. */
static void nm_csb_init_words(const struct nm_binding *b, struct nm_csb *csb)
{
	uint32_t i;

	for (i = 0; i < nm_csb_count(csb); i++) {
		struct nm_kring *k = nm_csb_ring(b, csb, i);

		os_mutex_lock(&k->lock);
		k->is_by_csb = true;
		os_store32(&csb->atok[i].cur, k->rcur);
		os_store32(&csb->atok[i].head, k->rhead);
		os_store32(&csb->atok[i].appl_need_kick, 1);
		os_store32(&csb->atok[i].sync_flags, 0);
		os_store32(&csb->ktoa[i].kern_need_kick, 1);
		nm_csb_publish(&csb->ktoa[i], k);
		os_mutex_unlock(&k->lock);
	}
}

static int nm_csb_check(const struct nm_binding *b, struct nm_reason *reason)
{
	if (nm_binding_csb(b))
		return nm_refuse(reason, -EBUSY, "%s is in CSB mode already", b->port->name);
	if (!b->is_exclusive)
		return nm_refuse(reason, -EINVAL,
				 "CSB mode needs exclusive rings: register %s with NR_EXCLUSIVE",
				 b->port->name);
	if (b->end[NM_TX] == b->first[NM_TX] && b->end[NM_RX] == b->first[NM_RX])
		return nm_refuse(reason, -EINVAL, "CSB mode: no ring of %s is bound",
				 b->port->name);
	return 0;
}

static int nm_csb_make(struct nm_binding *b, struct os_caller *caller, struct nm_options *opts,
		       struct nm_reason *reason)
{
	struct nm_csb *csb;
	int err = nm_csb_check(b, reason);

	if (err)
		return err;
	err = nm_quota_charge(b->region->domain, NM_QUOTA_PINS, NM_CSB_PINS, reason);
	if (err)
		return err;
	csb = os_alloc(sizeof(*csb));
	if (!csb) {
		nm_quota_uncharge(b->region->domain, NM_QUOTA_PINS, NM_CSB_PINS);
		return nm_refuse_nomem(reason, "CSB mode");
	}
	csb->domain = b->region->domain;
	csb->rings[NM_TX] = b->end[NM_TX] - b->first[NM_TX];
	csb->rings[NM_RX] = b->end[NM_RX] - b->first[NM_RX];
	os_waitq_init(&csb->stopped, "nm_kloop_stopped");
	os_waitq_init(&csb->ended, "nm_kloop_ended");
	nm_object_made(NM_OBJ_CSB);
	err = nm_csb_pin_both(csb, caller, nm_option(opts, NETMAP_REQ_OPT_CSB), reason);
	if (err) {
		nm_csb_free(csb);
		return err;
	}
	nm_csb_init_words(b, csb);
	/* Release: csb is initialised; pairs with the acquire in nm_binding_csb(). */
	os_store_ptr_release(&b->csb, csb);
	return 0;
}

int nm_csb_enable(struct nm_binding *b, struct os_caller *caller, struct nm_options *opts,
		  struct nm_reason *reason)
{
	int err = nm_csb_make(b, caller, opts, reason);

	return err ? nm_option_refuse(opts, NETMAP_REQ_OPT_CSB, err) : 0;
}

int nm_csb_refuse_sync(const struct nm_binding *b, struct nm_reason *reason)
{
	return nm_refuse(reason, -EBUSY, "%s is in CSB mode: only a kloop syncs its rings",
			 b->port->name);
}

void nm_csb_free(struct nm_csb *csb)
{
	uint32_t i;

	if (!csb)
		return;
	for (i = 0; i < NM_CSB_PINS; i++)
		if (csb->mem[i])
			os_usermem_unpin(csb->mem[i]);
	os_waitq_destroy(&csb->ended);
	os_waitq_destroy(&csb->stopped);
	nm_quota_uncharge(csb->domain, NM_QUOTA_PINS, NM_CSB_PINS);
	os_free(csb);
	nm_object_ended(NM_OBJ_CSB);
}

void nm_csb_request_stop(struct nm_csb *csb)
{
	os_store32(&csb->stop, 1);
	os_waitq_wake(&csb->stopped);
}

/* ---- a close ends the loop ---------------------------------------------------------- */

/*
 * A close misses no loop of its table of descriptors. It removes the descriptor from the table,
 * then marks the calls in the list. A call enters the list, then looks whether the descriptor is
 * gone. If the mark comes after the entry, it marks this call, in whatever it is then: it may be
 * reading its body from memory that takes long, or wait for the client's lock. If the mark comes
 * before the entry, so does the removal, and the call sees that. The loop checks is_closed after it
 * has registered with the queue that the close wakes after the mark, so it does not sleep over it.
 *
 * A process that inherited the file by fork has a table of its own, which keeps its close apart
 * from the loops of others.
 */
void nm_loop_call_begin(struct nm_loop_call *call, struct nm_client *c, struct os_caller *caller)
{
	*call = (struct nm_loop_call){ .files = os_caller_files(caller) };
	os_spin_lock(&c->calls_lock);
	call->next = c->calls;
	call->link = &c->calls;
	if (call->next)
		call->next->link = &call->next;
	c->calls = call;
	os_spin_unlock(&c->calls_lock);
	if (os_caller_has_closed(caller, c))
		os_store32(&call->is_closed, 1);
}

void nm_loop_call_end(struct nm_loop_call *call, struct nm_client *c)
{
	os_spin_lock(&c->calls_lock);
	*call->link = call->next;
	if (call->next)
		call->next->link = call->link;
	os_spin_unlock(&c->calls_lock);
}

void nm_client_stop_loop(struct nm_client *c, uint64_t files)
{
	struct nm_binding *b = nm_client_binding(c);
	struct nm_csb *csb = b ? nm_binding_csb(b) : NULL;
	struct nm_loop_call *call;

	os_spin_lock(&c->calls_lock);
	for (call = c->calls; call; call = call->next)
		if (!files || call->files == files)
			os_store32(&call->is_closed, 1);
	os_spin_unlock(&c->calls_lock);
	/* Without a binding in CSB mode no call has a loop yet: it will find the mark. */
	if (csb)
		os_waitq_wake(&csb->stopped);
}

bool nm_client_has_loop(struct nm_client *c)
{
	bool any;

	os_spin_lock(&c->calls_lock);
	any = c->calls != NULL;
	os_spin_unlock(&c->calls_lock);
	return any;
}

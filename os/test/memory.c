/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: allocations can be made to fail, and are counted. */
#define OS_PLATFORM
#include "os_test.h"

OS_WRAP(void *, os_alloc, size_t size);
OS_WRAP(void, os_free, void *p);
OS_WRAP(struct os_space *, os_space_open, struct os_domain *domain, uint64_t size, bool is_low);
OS_WRAP(void, os_space_close, struct os_space *s);
OS_WRAP(void *, os_pages_alloc, struct os_space *s, uint64_t off, size_t size);
OS_WRAP(void, os_pages_free, struct os_space *s, void *p, size_t size);

void *__wrap_os_alloc(size_t size)
{
	void *p;

	os_test_may_sleep("os_alloc");
	if (os_test_fails_now("os_alloc"))
		return NULL;
	p = __real_os_alloc(size);
	if (p)
		OS_TEST_COUNT(allocs, 1);
	return p;
}

void __wrap_os_free(void *p)
{
	os_test_may_sleep("os_free");
	if (p)
		OS_TEST_COUNT(allocs, -1);
	__real_os_free(p);
}

struct os_space *__wrap_os_space_open(struct os_domain *domain, uint64_t size, bool is_low)
{
	struct os_space *s;

	os_test_may_sleep("os_space_open");
	if (os_test_fails_now("os_space_open"))
		return NULL;
	s = __real_os_space_open(domain, size, is_low);
	if (s)
		OS_TEST_COUNT(spaces, 1);
	return s;
}

void __wrap_os_space_close(struct os_space *s)
{
	os_test_may_sleep("os_space_close");
	OS_TEST_COUNT(spaces, -1);
	__real_os_space_close(s);
}

void *__wrap_os_pages_alloc(struct os_space *s, uint64_t off, size_t size)
{
	void *p;

	os_test_may_sleep("os_pages_alloc");
	os_assert(size > 0 && size % OS_PAGE_SIZE == 0);
	if (os_test_fails_now("os_pages_alloc"))
		return NULL;
	p = __real_os_pages_alloc(s, off, size);
	if (p) {
		OS_TEST_COUNT(page_blocks, 1);
		OS_TEST_COUNT(page_bytes, (int64_t)size);
	}
	return p;
}

void __wrap_os_pages_free(struct os_space *s, void *p, size_t size)
{
	os_test_may_sleep("os_pages_free");
	if (p) {
		OS_TEST_COUNT(page_blocks, -1);
		OS_TEST_COUNT(page_bytes, -(int64_t)size);
	}
	__real_os_pages_free(s, p, size);
}

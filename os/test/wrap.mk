# SPDX-License-Identifier: BSD-2-Clause
#
# Linker flags that put os/test between the engine and os/user.

OS_TEST_WRAPPED := \
	os_alloc os_free os_space_open os_space_close os_pages_alloc os_pages_free os_copyin \
	os_copyout os_copyin_nofault os_fault_in os_mem_get os_mem_put os_usermem_pin \
	os_usermem_unpin os_sleeper_make os_event_get os_ns_get os_ns_put os_caller_comm \
	os_caller_is_of os_caller_is_admin os_mutex_init os_mutex_destroy os_mutex_lock \
	os_mutex_unlock os_spin_init os_spin_destroy os_spin_lock os_spin_unlock os_waitq_init \
	os_waitq_destroy os_poll_register os_thread_start os_thread_stop os_timer_fire \
	os_timer_cancel os_netdev_get os_netdev_put os_netdev_state os_netdev_traits \
	os_netdev_xdp_reason os_netdev_frame_max os_netdev_refresh os_netdev_attach \
	os_netdev_wants_changed os_netdev_detach os_netdev_send os_netdev_resume os_packet_data \
	os_packet_time os_packet_copy os_packet_is_device_buf os_packet_exchange os_wallclock \
	os_seconds os_nanoseconds os_log os_bug

OS_TEST_LDFLAGS := $(OS_TEST_WRAPPED:%=-Wl,--wrap=%)

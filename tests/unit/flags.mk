# SPDX-License-Identifier: BSD-2-Clause
#
# Compilers' flags of the test builds; included from tests/unit, tests/sim and tests/fuzz.

# gcc has no memory sanitizer, and no fuzzer.
CC	:= $(if $(filter-out default undefined,$(origin CC)),$(CC),$(if \
	$(filter msan fuzz,$(SAN)),clang,gcc))
OUT	:= $(BUILD)/$(SAN)

include ../../os/test/wrap.mk

SAN_FLAGS_plain := -O2
SAN_FLAGS_asan	:= -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
SAN_FLAGS_tsan	:= -O1 -fsanitize=thread
SAN_FLAGS_msan	:= -O1 -fsanitize=memory -fsanitize-memory-track-origins
SAN_FLAGS_fuzz	:= -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined \
	-fsanitize-coverage-allowlist=../fuzz/cover.list
SAN_FLAGS	:= $(SAN_FLAGS_$(SAN))
$(if $(SAN_FLAGS),,$(error SAN is plain, asan, tsan, msan or fuzz))

CFLAGS	?= -g
ALL_CFLAGS := $(CFLAGS) $(SAN_FLAGS) -std=gnu11 -D_GNU_SOURCE -fno-omit-frame-pointer -pthread \
	-MMD -MP \
	-I../../os/user -I../../core -I../common -Wall -Wextra -Wmissing-prototypes \
	-Wstrict-prototypes -Wshadow -Wvla \
	-Werror
LINK	:= $(CC) $(SAN_FLAGS) -pthread -rdynamic $(OS_TEST_LDFLAGS)


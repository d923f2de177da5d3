/* harness.h: an event loop on poll() that counts every token, and a plug that speaks the protocol. */
#ifndef HARNESS_H
#define HARNESS_H

#include "../vde_hub.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHECK(condition)                                                                     \
	do {                                                                                 \
		if (!(condition)) {                                                          \
			fprintf(stderr, "%s:%d: CHECK(%s) failed, errno %d (%s)\n", __FILE__, \
				__LINE__, #condition, errno, strerror(errno));               \
			abort();                                                             \
		}                                                                            \
	} while (0)

/* The loop under the hub. The callbacks are context-free, so there is one loop in the process. */
struct loop_counts {
	unsigned event_adds, event_dels, timeout_adds, timeout_dels;
	unsigned refused;       /* by loop_fail_at */
	unsigned live;          /* tokens not yet deleted */
	unsigned fd_closed_before_del;
};

extern vde_event_handler loop_handler;
extern struct loop_counts loop_counts;

void loop_reset(void);
/* The n-th next event_add or timeout_add (from 1) fails with `error`; 0: none does. */
void loop_fail_at(unsigned n, int error);
/* One poll(), with every callback that is due; true if there was one. */
bool loop_turn(int wait_ms);
/* Turns until nothing has been due for a while. */
void loop_settle(void);
/* Called from inside each callback's add, if set: hostile hosts re-enter. */
extern void (*loop_inside_add)(void);

/* A directory of the test's own, and paths in it. */
const char *test_path(const char *name);
bool exists(const char *path);
/* How many entries a directory has; -1: no directory. */
int entries_in(const char *dir);
void sleep_ms(unsigned ms);

vde_context *hub_in(const char *dir);
vde_hub_stats stats_of(const vde_context *ctx);

/* The request of a plug. */
struct wire_request {
	uint32_t magic, version, type;
	struct sockaddr_un address;
	char description[VDE_DESCRIPTION_MAX];
} __attribute__((packed));
#define WIRE_FIXED (sizeof(struct wire_request) - VDE_DESCRIPTION_MAX)

struct plug {
	int ctl, data;
	struct sockaddr_un own, hub;
};

int ctl_connect(const char *dir);
/* Binds the plug's data socket and fills in a good request; gives its length. */
size_t plug_prepare(struct plug *plug, const char *dir, const char *description, struct wire_request *request);
/* The whole handshake, turning the loop; false, with all closed, if the hub hung up. The socket's path is unlinked after it. */
bool plug_open(struct plug *plug, const char *dir, const char *description);
/* Connects the plug's data socket to the one the hub answers with; false: no answer, or it is gone already. */
bool plug_take_reply(struct plug *plug);
void plug_close(struct plug *plug);
void plug_send(struct plug *plug, const void *frame, size_t length);
/* The length of the next frame, or -1 if none is there. */
ssize_t plug_recv(struct plug *plug, void *frame, size_t size);
/* True once the hub has closed the control connection. */
bool plug_hung_up(struct plug *plug);

/* Calls of the system by which the process has read from sockets. */
extern unsigned reads_counted;

void make_frame(unsigned char *frame, size_t length, unsigned number);

/* The tests, one function each; main.c runs one by its name. */
#define TESTS(X)                                    \
	X(frames_reach_all_other_ports)             \
	X(ports_are_numbered_and_described)         \
	X(a_port_can_be_asked_for_by_number)        \
	X(a_request_may_come_in_pieces)             \
	X(bad_requests_are_counted_and_hung_up)     \
	X(half_a_request_then_death)                \
	X(two_plugs_with_one_path)                  \
	X(one_read_for_each_frame_at_low_load)      \
	X(frames_of_bad_length_are_counted)         \
	X(a_peer_that_never_reads_is_bounded)       \
	X(a_full_queue_is_sent_when_read)           \
	X(a_dead_data_socket_closes_its_port)       \
	X(dead_peers_raise_no_signal)               \
	X(unfinished_handshakes_age)                \
	X(quiet_ports_stay_unless_told)             \
	X(ports_are_bounded)                        \
	X(out_of_descriptors_pauses_and_resumes)    \
	X(init_refuses_null_members)                \
	X(the_table_is_kept_not_copied)             \
	X(limits_are_checked)                       \
	X(paths_that_are_too_long)                  \
	X(directories_that_cannot_be)               \
	X(stale_ctl_is_replaced)                    \
	X(a_live_hub_is_not_replaced)               \
	X(fini_removes_what_it_made)                \
	X(fini_leaves_what_it_did_not_make)         \
	X(two_contexts_in_one_process)              \
	X(every_token_is_deleted_once)              \
	X(fini_inside_every_kind_of_callback)       \
	X(fini_inside_the_handler)                  \
	X(listener_hears_and_drops)                 \
	X(listener_removes_itself)                  \
	X(a_listener_closes_ports_on_the_way)       \
	X(every_add_may_fail)

#define DECLARE(name) void name(void);
TESTS(DECLARE)
#undef DECLARE

#endif

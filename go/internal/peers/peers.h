/* peers.h: tables as one writes them by hand, and the measured loop. */
#ifndef PEERS_H
#define PEERS_H

#include <stdint.h>

#include "../keeper/keeper.h"

/* Tables whose on_event is, in this order: C; Go that looks nothing up; cgo.Handle; the same that
 * recovers; a pinned Go pointer. */
struct keeper_listener *peers_c(void);
struct keeper_listener *peers_go(void);
struct keeper_listener *peers_handle(void);
struct keeper_listener *peers_handle_recover(void);
struct keeper_listener *peers_pinner(void);

/*
 * Calls on_event so many times on each of some new threads at once. Gives the threads' mean CPU time of
 * a call in nanoseconds, or -1 if an answer was wrong or a thread could not be made.
 */
double peers_measure(const struct keeper_listener *listener, uintptr_t arg, long calls, int threads);

#endif

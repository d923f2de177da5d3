// Package keeper is a C library that keeps a table of callbacks, with its table as outlive gen go
// generates it: the tests and benchmarks of the other packages use it.
package keeper

// #cgo linux LDFLAGS: -pthread
// #cgo windows LDFLAGS: -Wl,-Bstatic -lwinpthread -Wl,-Bdynamic
// #include <stdlib.h>
// #include "keeper.h"
import "C"

import (
	"syscall"
	"unsafe"

	"outlive.dev/go/outlive"
)

// A Keeper is the C library with a table that it keeps.
type Keeper struct{ keeper *C.struct_keeper }

// New hands a table to the library.
func New(table unsafe.Pointer, userData uintptr) Keeper {
	return Keeper{C.keeper_new_number((*C.struct_keeper_listener)(table), C.uintptr_t(userData))}
}

// Free has the library forget the table.
func (k Keeper) Free() { C.keeper_free(k.keeper) }

// Fire calls OnEvent on this thread.
func (k Keeper) Fire(value int) int { return int(C.keeper_fire(k.keeper, C.int(value))) }

// FireOnThread calls OnEvent on a thread that Go has never seen.
func (k Keeper) FireOnThread(value int) int {
	return int(C.keeper_fire_on_thread(k.keeper, C.int(value)))
}

// FireOnThreads does so on many threads, one after the other, and gives the sum.
func (k Keeper) FireOnThreads(threads, value int) int {
	return int(C.keeper_fire_on_threads(k.keeper, C.int(threads), C.int(value)))
}

// Do calls OnDo.
func (k Keeper) Do(what string) (outlive.Token, syscall.Errno) {
	text := C.CString(what)
	defer C.free(unsafe.Pointer(text))
	var refused C.int
	token := C.keeper_do_number(k.keeper, text, &refused)
	return outlive.Token(token), syscall.Errno(refused)
}

// Undo calls OnUndo with any token.
func (k Keeper) Undo(token outlive.Token) {
	C.keeper_undo_number(k.keeper, C.uintptr_t(token))
}

// Start has so many threads of C call OnEvent until Stop.
func (k Keeper) Start(threads, value int) int {
	return int(C.keeper_start(k.keeper, C.int(threads), C.int(value)))
}

// Stop ends the threads of Start.
func (k Keeper) Stop() { C.keeper_stop(k.keeper) }

// Returned is how many calls of OnEvent have come back to the library.
func (k Keeper) Returned() int { return int(C.keeper_returned(k.keeper)) }

// Refused is how many of them gave -1.
func (k Keeper) Refused() int { return int(C.keeper_refused(k.keeper)) }

// FreeC is C's free.
func FreeC(pointer unsafe.Pointer) { C.free(pointer) }

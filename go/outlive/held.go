package outlive

// #include "hold.h"
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"
)

// A Held is a Go value held as a C callback table. Any goroutine may use it, several at once, and from
// inside callbacks too.
//
// A Held that the garbage collector finds unreachable ends its table as Revoke does, without waiting:
// C may go on calling, is refused, and the calls are reported. As nobody has said that C has forgotten
// the table, a few bytes stay reserved for it (and the value, where Revoke says Serving), and the Ledger
// names it. So keep the Held for as long as C is to be served, and Release it when C has forgotten the
// table.
//
// A Held must not be copied, which go vet reports: only the one that Hold returned keeps the table. If that is
// lost, a copy finds its table ended.
type Held[T any] struct{ registration }

// Hold holds value, and is called by the Hold function of a generated package. The table that C gets is
// Table; where a callback takes a user data pointer, C is to pass UserData.
//
// Errors: ErrNilHost, ErrOption, ErrNoInstance, ErrNoSlot, ErrNoMemory.
func Hold[T any](t *Type, value T, options ...Option) (*Held[T], error) {
	if isNil(value) {
		return nil, fmt.Errorf("outlive: hold %s: %w", t.name, ErrNilHost)
	}
	s := chosen(options)
	h := new(Held[T])
	if err := h.hold(t, newEntry(value, s), s, caller(1+s.skip)); err != nil {
		return nil, err
	}
	return h, nil
}

// Table is the C struct, for C to keep. It does not move, and is valid until Release.
func (h *Held[T]) Table() unsafe.Pointer {
	return h.core.table
}

// Malloc makes a copy of the table in memory of C's malloc, which C is to free with free. The Held
// is used as before, and C's copy is never read or written again by it.
//
// Errors: ErrReleased, ErrNoMemory; ErrUnsupported where the address of the table itself leads to the value.
func (h *Held[T]) Malloc() (unsafe.Pointer, error) {
	defer runtime.KeepAlive(h)
	if copied := C.outlive_to_malloc(h.core.held); copied != nil {
		return copied, nil
	}
	switch {
	case C.outlive_id(h.core.held) == 0:
		return nil, h.core.failed("copy", C.OUTLIVE_NOT_HELD)
	case h.core.userData == 0:
		return nil, h.core.failed("copy", C.OUTLIVE_UNSUPPORTED)
	}
	return nil, h.core.failed("copy", C.OUTLIVE_NO_MEMORY)
}

// With calls f with the value that is held. While f runs, the table cannot end: a Revoke from elsewhere
// waits for it. f runs on one thread, as a callback does.
//
// Errors: ErrReleased, ErrClosed, ErrBusy; f has then not run. Panics as Revoke does.
func (h *Held[T]) With(f func(T)) error {
	return h.with(func(e *entry) { f(hostOf[T](e)) })
}

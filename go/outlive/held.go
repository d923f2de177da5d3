package outlive

// #include "hold.h"
import "C"

import (
	"fmt"
	"runtime"
	"time"
	"unsafe"
)

// Ended says how far a close has come when it returns.
type Ended uint8

const (
	// Now: no method runs, and none will.
	Now Ended = iota
	// Later: no call is let in any more, and the last one that is inside lets the value go as it leaves.
	Later
	// Serving: no method runs, and none will but those by which C takes back. The package was made with --keep or
	// --takes-back, so that the value is held until Release, or until C has called the destroy notify.
	Serving
)

func (e Ended) String() string {
	switch e {
	case Now:
		return "ended now"
	case Serving:
		return "serves what takes back"
	}
	return "ends later"
}

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
type Held[T any] struct {
	_       noCopy
	core    core
	cleanup runtime.Cleanup
}

// core is what a Held knows of its registration. The library knows by held, a number, whether that was given
// back.
type core struct {
	name     string
	held     *C.outlive_held
	number   uintptr // of the value, as lookup takes it
	table    unsafe.Pointer
	userData uintptr
	id       uint64
	stash    *stash
}

// noCopy has go vet report copies of what contains it.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// Hold holds value, and is called by the Hold function of a generated package. The table that C gets is
// Table; where a callback takes a user data pointer, C is to pass UserData.
//
// Errors: ErrNilHost, ErrNoInstance, ErrNoSlot, ErrNoMemory.
func Hold[T any](t *Type, value T, options ...Option) (*Held[T], error) {
	if any(value) == nil {
		return nil, fmt.Errorf("outlive: hold %s: %w", t.name, ErrNilHost)
	}
	s := chosen(options)
	described, err := t.described()
	if err != nil {
		return nil, err
	}
	k := &kept[T]{entry: entry{policy: s.policy, onEnd: s.onEnd}, box: box[T]{value}}
	k.entry.host = &k.box
	if s.policy == Resume {
		k.entry.stash = new(stash)
	}
	number, ok := keep(&k.entry)
	if !ok {
		return nil, fmt.Errorf("outlive: hold %s: %w", t.name, ErrNoSlot)
	}
	var kind C.uint32_t = C.OUTLIVE_SHARED
	if s.exclusive {
		kind = C.OUTLIVE_EXCLUSIVE
	}
	at := caller(1 + s.skip)
	made := C.outlive_go_hold(described, C.uintptr_t(number), kind, at.file, at.line)
	if made.status != C.OUTLIVE_OK {
		forget(number)
		return nil, statusError("hold "+t.name, made.status)
	}
	h := &Held[T]{core: core{
		name: t.name, held: made.held, number: number, table: made.table, userData: uintptr(made.user_data),
		id: uint64(made.id), stash: k.entry.stash,
	}}
	h.cleanup = runtime.AddCleanup(h, drop, made.held)
	return h, nil
}

// Table is the C struct, for C to keep. It does not move, and is valid until Release.
func (h *Held[T]) Table() unsafe.Pointer {
	return h.core.table
}

// UserData is what C is to pass to the callbacks as its `void *`. It is a number, not an address, and
// must not become an unsafe.Pointer, which the collector would look at: it may look like one of Go's.
// Pass it to C through a parameter of type uintptr_t:
//
//	// static void set(struct listener *table, uintptr_t arg) { set_listener(table, (void *)arg); }
func (h *Held[T]) UserData() uintptr {
	return h.core.userData
}

// ID is the table's number in the Ledger and in incidents. No two tables of a process share one.
func (h *Held[T]) ID() uint64 {
	return h.core.id
}

// Revoke ends the table: no call of C's is let in any more, and Revoke waits for those that are inside.
// From inside a callback, of this table or any other, it does not wait and says Later. C may go on
// calling: it gets the fallback, and an incident is reported. Where it says Serving, the methods by which
// C takes back are called as before, until Release.
//
// Error: ErrReleased. Panics with a *PanicError that waits, where the table was held with
// OnPanic(Resume).
func (h *Held[T]) Revoke() (Ended, error) {
	defer runtime.KeepAlive(h)
	at := caller(0)
	closed := C.outlive_go_revoke(h.core.held, C.uintptr_t(h.core.number), at.file, at.line)
	return h.ended("revoke", closed)
}

// RevokeTimeout is Revoke that waits at most that long, and then says Later. It waits from inside a
// callback too, unless it is one of this table, which no wait could end.
func (h *Held[T]) RevokeTimeout(timeout time.Duration) (Ended, error) {
	defer runtime.KeepAlive(h)
	at := caller(0)
	nanoseconds := C.uint64_t(max(timeout, 0))
	closed := C.outlive_go_revoke_timeout(h.core.held, C.uintptr_t(h.core.number), nanoseconds, at.file, at.line)
	return h.ended("revoke", closed)
}

// Release ends the table, also for what takes back, and gives back all that it took. Call it when C has
// forgotten the table: when the C library's own close function has returned. Like Revoke it waits for the
// calls that are inside, unless it is called from inside a callback; then the last call that leaves does
// the rest.
//
// A call of C's after it finds memory that another table may use by then, which is C's fault. Where
// the call carries user data it is recognised and refused all the same.
//
// Error: ErrReleased, which changes nothing. Panics as Revoke does.
func (h *Held[T]) Release() error {
	defer runtime.KeepAlive(h)
	at := caller(0)
	closed := C.outlive_go_release(h.core.held, C.uintptr_t(h.core.number), at.file, at.line)
	if closed.status >= 0 {
		h.cleanup.Stop()
	}
	_, err := h.ended("release", closed)
	return err
}

// ended reads what a close has returned, and lets a panic go on that waits.
func (h *Held[T]) ended(doing string, closed C.struct_outlive_go_closed) (Ended, error) {
	if closed.ended {
		letGo(h.core.number)
	}
	if closed.status < 0 {
		return Now, h.core.failed(doing, -closed.status)
	}
	h.ResumePanic()
	switch closed.status {
	case C.OUTLIVE_ENDED_LATER:
		return Later, nil
	case C.OUTLIVE_ENDED_SERVING:
		return Serving, nil
	}
	return Now, nil
}

// Leak keeps the table and its value for as long as the process lives: for a C library that has no
// close function. The Ledger says of it that it was leaked on purpose.
//
// Errors: ErrReleased; ErrClosed where it was revoked before.
func (h *Held[T]) Leak() error {
	defer runtime.KeepAlive(h)
	return h.givenBack("leak", C.outlive_leak(h.core.held))
}

// HandOver gives the table to C, whose destroy notify ends it, exactly once. Call it when C has taken
// table and user data.
//
// Errors: ErrReleased; ErrUnsupported where the table is context-free, and the Held is as before.
func (h *Held[T]) HandOver() error {
	defer runtime.KeepAlive(h)
	return h.givenBack("hand over", C.outlive_hand_over(h.core.held))
}

// WasNotified says whether C has called the destroy notify. A C library that refuses a table may have
// done so: hand it over all the same then, and else keep it or Release it.
func (h *Held[T]) WasNotified() bool {
	defer runtime.KeepAlive(h)
	return bool(C.outlive_was_notified(h.core.held))
}

// Malloc makes a copy of the table in memory of C's malloc, which C is to free with free. The Held
// is used as before, and C's copy is never read or written again by it.
//
// Errors: ErrReleased, ErrNoMemory.
func (h *Held[T]) Malloc() (unsafe.Pointer, error) {
	defer runtime.KeepAlive(h)
	if copied := C.outlive_to_malloc(h.core.held); copied != nil {
		return copied, nil
	}
	if C.outlive_id(h.core.held) == 0 {
		return nil, h.core.failed("copy", C.OUTLIVE_NOT_HELD)
	}
	return nil, h.core.failed("copy", C.OUTLIVE_NO_MEMORY)
}

// With calls f with the value that is held. While f runs, the table cannot end: a Revoke from elsewhere
// waits for it. f runs on one thread, as a callback does.
//
// Errors: ErrReleased, ErrClosed, ErrBusy; f has then not run. Panics as Revoke does.
func (h *Held[T]) With(f func(T)) error {
	defer runtime.KeepAlive(h)
	h.ResumePanic()
	// The engine knows by the thread who is inside of what.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var pass C.struct_outlive_pass
	if status := C.outlive_with(h.core.held, &pass); status != C.OUTLIVE_OK {
		return h.core.failed("use", status)
	}
	defer C.outlive_leave(&pass)
	f(lookup(uintptr(pass.value)).host.(*box[T]).value)
	return nil
}

// ResumePanic panics with the *PanicError of a method that C had called, if one waits: with
// OnPanic(Resume). Call it when a C function has returned that may have called the table.
func (h *Held[T]) ResumePanic() {
	if panicked := h.TakePanic(); panicked != nil {
		panic(panicked)
	}
}

// TakePanic gives the panic for which ResumePanic would panic, and forgets it. Nil if there is none.
func (h *Held[T]) TakePanic() *PanicError {
	if h.core.stash == nil {
		return nil
	}
	return h.core.stash.Swap(nil)
}

// String names the table: "vde_event_handler #4294967297".
func (h *Held[T]) String() string {
	return fmt.Sprintf("%s #%d", h.core.name, h.core.id)
}

// givenBack reads the status of a function that takes the registration from the Held.
func (h *Held[T]) givenBack(doing string, status C.int) error {
	if status == C.OUTLIVE_OK {
		h.cleanup.Stop()
	}
	return h.core.failed(doing, status)
}

// failed is the error of a status, nil for none.
func (c *core) failed(doing string, status C.int) error {
	if status == C.OUTLIVE_OK {
		return nil
	}
	return statusError(fmt.Sprintf("%s %s #%d", doing, c.name, c.id), status)
}

// drop is the cleanup of a Held that nobody reaches any more. What was given back before is left alone.
func drop(held *C.outlive_held) {
	C.outlive_drop(held)
}

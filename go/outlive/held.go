package outlive

// #include "hold.h"
import "C"

import (
	"fmt"
	"runtime"
	"sync"
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
)

func (e Ended) String() string {
	if e == Now {
		return "ended now"
	}
	return "ends later"
}

// A Held is a Go value held as a C callback table. Any goroutine may use it, several at once, and from
// inside callbacks too.
//
// A Held that the garbage collector finds unreachable ends its table as Revoke does, without waiting:
// C may go on calling, is refused, and the calls are reported. As nobody has said that C has forgotten
// the table, a few bytes stay reserved for it, and the Ledger names it. So keep the Held for as long as
// C is to be served, and Release it when C has forgotten the table.
type Held[T any] struct {
	core    *core
	cleanup runtime.Cleanup
}

// core is what a Held's methods share with its cleanup.
type core struct {
	name      string
	held      *C.outlive_held
	table     unsafe.Pointer
	userData  unsafe.Pointer
	id        uint64
	exclusive bool
	stash     *stash

	mutex    sync.Mutex
	users    int    // how many methods are using held
	consumed bool   // whether somebody has given held back
	last     func() // gives held back, when the last user has left
}

// Hold holds value, and is called by the Hold function of a generated package. The table that C gets is
// Table; where a callback takes a user data pointer, C is to pass UserData.
//
// Errors: ErrNilHost, ErrNoInstance, ErrNoSlot, ErrNoMemory.
func Hold[T any](t *Type, value T, options ...Option) (*Held[T], error) {
	if any(value) == nil {
		return nil, fmt.Errorf("outlive: hold %s: %w", t.name, ErrNilHost)
	}
	var s settings
	for _, option := range options {
		option(&s)
	}
	described, err := t.described()
	if err != nil {
		return nil, err
	}
	e := &entry{host: &box[T]{value}, policy: s.policy, onEnd: s.onEnd, stash: new(stash)}
	number, ok := keep(e)
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
	c := &core{
		name: t.name, held: made.held, table: made.table, userData: made.user_data,
		id: uint64(made.id), exclusive: s.exclusive, stash: e.stash,
	}
	h := &Held[T]{core: c}
	h.cleanup = runtime.AddCleanup(h, (*core).drop, c)
	return h, nil
}

// Table is the C struct, for C to keep. It does not move, and is valid until Release.
func (h *Held[T]) Table() unsafe.Pointer {
	return h.core.table
}

// UserData is what C is to pass to the callbacks. It is a number, not an address.
func (h *Held[T]) UserData() unsafe.Pointer {
	return h.core.userData
}

// ID is the table's number in the Ledger and in incidents. No two tables of a process share one.
func (h *Held[T]) ID() uint64 {
	return h.core.id
}

// Revoke ends the table: no call of C's is let in any more, and Revoke waits for those that are inside.
// From inside a callback, of this table or any other, it does not wait and says Later. C may go on
// calling: it gets the fallback, and an incident is reported.
//
// Error: ErrReleased. Panics with a *PanicError that waits, where the table was held with
// OnPanic(Resume).
func (h *Held[T]) Revoke() (Ended, error) {
	at := caller(0)
	return h.end("revoke", func(held *C.outlive_held) C.int {
		return C.outlive_revoke(held, at.file, at.line)
	})
}

// RevokeTimeout is Revoke that waits at most that long, and then says Later. It waits from inside a
// callback too, where the caller's own call lets it say nothing but Later.
func (h *Held[T]) RevokeTimeout(timeout time.Duration) (Ended, error) {
	at := caller(0)
	nanoseconds := C.uint64_t(max(timeout, 0))
	return h.end("revoke", func(held *C.outlive_held) C.int {
		return C.outlive_revoke_timeout(held, nanoseconds, at.file, at.line)
	})
}

func (h *Held[T]) end(doing string, revoke func(*C.outlive_held) C.int) (Ended, error) {
	defer runtime.KeepAlive(h)
	if !h.core.use() {
		return Now, h.core.errReleased(doing)
	}
	ended := revoke(h.core.held)
	h.core.leave()
	h.ResumePanic()
	if ended == C.OUTLIVE_ENDED_NOW {
		return Now, nil
	}
	return Later, nil
}

// Release ends the table and gives back all that it took. Call it when C has forgotten the table: when
// the C library's own close function has returned. A call of C's after it finds memory that another
// table may use by then, and is C's fault; it is recognised and refused where the table carries user
// data.
//
// It does not wait: where a call is inside, the value is let go when it leaves.
//
// Error: ErrReleased, which changes nothing. Panics as Revoke does.
func (h *Held[T]) Release() error {
	at := caller(0)
	return h.consume("release", func(held *C.outlive_held) {
		C.outlive_release(held, at.file, at.line)
	})
}

// Leak keeps the table and its value for as long as the process lives: for a C library that has no
// close function. The Ledger says of it that it was leaked on purpose.
//
// Error: ErrReleased.
func (h *Held[T]) Leak() error {
	return h.consume("leak", func(held *C.outlive_held) { C.outlive_leak(held) })
}

// HandOver gives the table to C, whose destroy notify ends it, exactly once.
//
// Error: ErrReleased; ErrUnsupported where the table has no destroy notify, and then the Held is as
// before.
func (h *Held[T]) HandOver() error {
	return h.consume("hand over", func(held *C.outlive_held) { C.outlive_hand_over(held) })
}

// Malloc makes a copy of the table in memory of C's malloc, which C is to free with free. The Held
// is used as before, and C's copy is never read or written again by it.
//
// Errors: ErrReleased, ErrNoMemory.
func (h *Held[T]) Malloc() (unsafe.Pointer, error) {
	defer runtime.KeepAlive(h)
	if !h.core.use() {
		return nil, h.core.errReleased("copy")
	}
	defer h.core.leave()
	table := C.outlive_to_malloc(h.core.held)
	if table == nil {
		return nil, fmt.Errorf("outlive: copy %s: %w", h.core.name, ErrNoMemory)
	}
	return table, nil
}

// With calls f with the value that is held. While f runs, the table cannot end: a Revoke from elsewhere
// waits for it. f runs on one thread, as a callback does.
//
// Errors: ErrReleased, ErrClosed, ErrBusy; f has then not run. Panics as Revoke does.
func (h *Held[T]) With(f func(T)) error {
	defer runtime.KeepAlive(h)
	h.ResumePanic()
	if !h.core.use() {
		return h.core.errReleased("use")
	}
	defer h.core.leave()
	// The engine knows by the thread who is inside of what.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var pass C.struct_outlive_pass
	if status := C.outlive_with(h.core.held, &pass); status != C.OUTLIVE_OK {
		return statusError("use "+h.core.name, status)
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
	return h.core.stash.Swap(nil)
}

// String names the table: "vde_event_handler #4294967297".
func (h *Held[T]) String() string {
	return fmt.Sprintf("%s #%d", h.core.name, h.core.id)
}

// consume gives the registration back with f, once, when no method is using it any more.
func (h *Held[T]) consume(doing string, f func(*C.outlive_held)) error {
	defer runtime.KeepAlive(h)
	if !h.core.consume(func() { f(h.core.held) }) {
		return h.core.errReleased(doing)
	}
	h.cleanup.Stop()
	h.ResumePanic()
	return nil
}

func (c *core) errReleased(doing string) error {
	return fmt.Errorf("outlive: %s %s #%d: %w", doing, c.name, c.id, ErrReleased)
}

// use keeps the registration for the caller until it calls leave. A method may wait for a callback
// that ends the same table, so no lock is held meanwhile.
func (c *core) use() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.consumed {
		return false
	}
	c.users++
	return true
}

func (c *core) leave() {
	c.mutex.Lock()
	c.users--
	var last func()
	if c.users == 0 {
		last, c.last = c.last, nil
	}
	c.mutex.Unlock()
	if last != nil {
		last()
	}
}

// consume has last called when nobody uses the registration, which may be now. False if somebody was
// before.
func (c *core) consume(last func()) bool {
	c.mutex.Lock()
	if c.consumed {
		c.mutex.Unlock()
		return false
	}
	c.consumed = true
	now := c.users == 0
	if !now {
		c.last = last
	}
	c.mutex.Unlock()
	if now {
		last()
	}
	return true
}

// drop is the cleanup of a Held that nobody reaches any more.
func (c *core) drop() {
	c.consume(func() { C.outlive_drop(c.held) })
}

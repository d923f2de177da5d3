package outlive

// #include "hold.h"
import "C"

import (
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"outlive.dev/go/internal/holds"
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

// registration is what a Held and a Func have in common. It begins either of them, which the cleanup is for.
type registration struct {
	_       noCopy
	core    core
	cleanup runtime.Cleanup
}

// core is what is known of a registration. The library knows by held, a number, whether that was given back.
type core struct {
	name     string
	held     *C.outlive_held
	number   uintptr // of the value, as lookup takes it
	table    unsafe.Pointer
	userData uintptr
	id       uint64
	stash    *stash
	record   *holds.Record // nil where nothing is recorded
}

// noCopy has go vet report copies of what contains it.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// hold holds an entry as a table of this type.
func (r *registration) hold(t *Type, e *entry, s settings, at place) error {
	if s.unknown {
		return fmt.Errorf("outlive: hold %s: %w", t.name, ErrOption)
	}
	described, err := t.described()
	if err != nil {
		return err
	}
	// hold, the exported function and the generated one stand below whom it is for.
	e.record = holds.New(3 + s.skip)
	number, ok := keep(e)
	if !ok {
		e.record.Discard()
		return fmt.Errorf("outlive: hold %s: %w", t.name, ErrNoSlot)
	}
	var kind C.uint32_t = C.OUTLIVE_SHARED
	if s.exclusive {
		kind = C.OUTLIVE_EXCLUSIVE
	}
	made := C.outlive_go_hold(described, C.uintptr_t(number), kind, at.file, at.line)
	if made.status != C.OUTLIVE_OK {
		forget(number)
		e.record.Discard()
		return holdError(t.name, made.status)
	}
	r.core = core{
		name: t.name, held: made.held, number: number, table: made.table, userData: uintptr(made.user_data),
		id: uint64(made.id), stash: e.stash, record: e.record,
	}
	e.record.Is(r.core.id)
	r.cleanup = runtime.AddCleanup(r, drop, made.held)
	return nil
}

// drop is the cleanup of a registration that nobody reaches any more. What was given back before is left alone.
func drop(held *C.outlive_held) {
	C.outlive_drop(held)
}

// UserData is what C is to pass to the callbacks, or 0 where it passes none, for a parameter of type uintptr_t. It is a
// number that leads to nothing by itself.
func (r *registration) UserData() uintptr {
	return r.core.userData
}

// UserDataPointer is UserData for a parameter of type `void *`, or nil where C passes none. It is no address: nothing
// can be read there. It is higher than any address, so that neither the collector nor cgo takes it for a pointer of Go's.
func (r *registration) UserDataPointer() unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&r.core.userData))
}

// ID is the number in the Ledger and in incidents. No two tables or functions of a process share one.
func (r *registration) ID() uint64 {
	return r.core.id
}

// Revoke ends the table, or the function: no call of C's is let in any more, and Revoke waits for those that are
// inside. From inside a callback, of this table or any other, it does not wait and says Later. C may go on
// calling: it gets the fallback, and an incident is reported. Where it says Serving, the methods by which
// C takes back are called as before, until Release.
//
// Error: ErrReleased. Panics with a *PanicError that waits, where it was held with OnPanic(Resume).
func (r *registration) Revoke() (Ended, error) {
	defer runtime.KeepAlive(r)
	at := caller(0)
	return r.ended("revoke", C.outlive_go_revoke(r.core.held, C.uintptr_t(r.core.number), at.file, at.line))
}

// RevokeTimeout is Revoke that waits at most that long, and then says Later. It waits from inside a
// callback too, unless it is one of this table, which no wait could end.
func (r *registration) RevokeTimeout(timeout time.Duration) (Ended, error) {
	defer runtime.KeepAlive(r)
	at := caller(0)
	nanoseconds := C.uint64_t(max(timeout, 0))
	number := C.uintptr_t(r.core.number)
	return r.ended("revoke", C.outlive_go_revoke_timeout(r.core.held, number, nanoseconds, at.file, at.line))
}

// Release ends the table, or the function, also for what takes back, and gives back all that it took. Call it when
// C has forgotten it: when the C library's own close function has returned. Like Revoke it waits for the
// calls that are inside, unless it is called from inside a callback; then the last call that leaves does
// the rest.
//
// A call of C's after it finds memory that another table may use by then, which is C's fault. Where
// the call carries user data it is recognised and refused all the same.
//
// Error: ErrReleased, which changes nothing. Panics as Revoke does.
func (r *registration) Release() error {
	defer runtime.KeepAlive(r)
	at := caller(0)
	closed := C.outlive_go_release(r.core.held, C.uintptr_t(r.core.number), at.file, at.line)
	if closed.status >= 0 {
		r.cleanup.Stop()
		r.core.record.GiveBack()
	}
	_, err := r.ended("release", closed)
	return err
}

// ended reads what a close has returned, and lets a panic go on that waits.
func (r *registration) ended(doing string, closed C.struct_outlive_go_closed) (Ended, error) {
	if closed.ended {
		letGo(r.core.number)
	}
	if closed.status < 0 {
		return Now, r.core.failed(doing, -closed.status)
	}
	r.ResumePanic()
	return endedOf(closed.status), nil
}

// endedOf reads what a close has come to.
func endedOf(status C.int) Ended {
	switch status {
	case C.OUTLIVE_ENDED_LATER:
		return Later
	case C.OUTLIVE_ENDED_SERVING:
		return Serving
	}
	return Now
}

// Leak keeps the table, or the function, and the value for as long as the process lives: for a C library that has
// no close function. The Ledger says of it that it was leaked on purpose.
//
// Errors: ErrReleased; ErrClosed where it was revoked before.
func (r *registration) Leak() error {
	defer runtime.KeepAlive(r)
	return r.givenBack("leak", C.outlive_leak(r.core.held), (*holds.Record).Discard)
}

// HandOver gives the table, or the function, to C, whose destroy notify or last call ends it, exactly once. Call it
// when C has taken it, with the user data.
//
// Errors: ErrReleased; ErrUnsupported where C has nothing to end it by, for it passes no user data and makes no call
// that the package knows to be its last: all is as before then.
func (r *registration) HandOver() error {
	defer runtime.KeepAlive(r)
	return r.givenBack("hand over", C.outlive_hand_over(r.core.held), (*holds.Record).GiveBack)
}

// WasNotified says whether C has called the destroy notify, or made its last call. A C library that refuses a table
// may have done so: hand it over all the same then, and else keep it or Release it.
func (r *registration) WasNotified() bool {
	defer runtime.KeepAlive(r)
	return bool(C.outlive_was_notified(r.core.held))
}

// with calls f with the entry that is held, on one thread.
func (r *registration) with(f func(*entry)) error {
	defer runtime.KeepAlive(r)
	r.ResumePanic()
	// The engine knows by the thread who is inside of what.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var pass C.struct_outlive_pass
	if status := C.outlive_with(r.core.held, &pass); status != C.OUTLIVE_OK {
		return r.core.failed("use", status)
	}
	defer C.outlive_leave(&pass)
	f(lookup(uintptr(pass.value)))
	return nil
}

// ResumePanic panics with the *PanicError of a method that C had called, if one waits: with
// OnPanic(Resume). Call it when a C function has returned that may have called the table.
func (r *registration) ResumePanic() {
	if panicked := r.TakePanic(); panicked != nil {
		panic(panicked)
	}
}

// TakePanic gives the panic for which ResumePanic would panic, and forgets it. Nil if there is none.
func (r *registration) TakePanic() *PanicError {
	if r.core.stash == nil {
		return nil
	}
	return r.core.stash.Swap(nil)
}

// String names it: "vde_event_handler #4294967297".
func (r *registration) String() string {
	return fmt.Sprintf("%s #%d", r.core.name, r.core.id)
}

// givenBack reads the status of a function that takes the registration from its owner, and has its record say so.
func (r *registration) givenBack(doing string, status C.int, record func(*holds.Record)) error {
	if status == C.OUTLIVE_OK {
		r.cleanup.Stop()
		record(r.core.record)
	}
	return r.core.failed(doing, status)
}

// failed is the error of a status, nil for none.
func (c *core) failed(doing string, status C.int) error {
	switch {
	case status == C.OUTLIVE_OK:
		return nil
	case c.held == nil:
		return fmt.Errorf("outlive: %s: %w", doing, ErrNotHeld)
	}
	return statusError(fmt.Sprintf("%s %s #%d", doing, c.name, c.id), status)
}

package outlive

// #include "completion.h"
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"runtime/cgo"
	"sync/atomic"
)

// A Completion is an answer that is owed to C: a function that C has passed to a callback with a cookie, to be called
// exactly once. A method of a generated package gets one; it answers before it returns, or keeps the Completion and
// answers later. Any goroutine may use it, several at once: one of them answers.
//
// Where nobody answers, C gets what was declared for that (the option --completion): by Drop, or, where the method panics
// before it has answered, at the end of the call. A Completion that the collector finds unreachable answers
// so too, if C may be answered on any thread (any-thread); else C waits for good, and a line on stderr says where it was made.
//
// What has become of the table does not matter, until it is released: then C has forgotten the cookie, and is not
// called any more. Release waits for an answer that another thread is giving, and so does Revoke.
//
// A Completion must not be copied, which go vet reports.
type Completion[A any] struct {
	_    noCopy
	owed *owed[A]
}

// owed is what a Completion shares with its cleanup.
type owed[A any] struct {
	outgoing    *C.outlive_outgoing
	answer      func(A)
	whenDropped A
	thread      C.uint64_t // the one that may answer; 0 where any may
	made        [1]uintptr // where
	answered    atomic.Bool
}

// NewCompletion is for generated packages, during the call: answer calls C's function with its cookie.
func NewCompletion[A any](call *Call, whenDropped A, anyThread bool, answer func(A)) *Completion[A] {
	o := &owed[A]{answer: answer, whenDropped: whenDropped}
	// It is NULL where the call is not inside any more, and says so when it is used.
	C.outlive_outgoing_new((*C.struct_outlive_pass)(call.pass), &o.outgoing)
	if !anyThread {
		o.thread = C.outlive_go_thread()
	}
	runtime.Callers(2, o.made[:]) // runtime.Callers, NewCompletion
	c := &Completion[A]{owed: o}
	runtime.AddCleanup(c, (*owed[A]).collected, o)
	call.owe(c.Drop) // and so it is not collected while the call is inside
	return c
}

// Complete answers, once. It returns when C's function has.
//
// Errors: ErrAnswered where C was answered before; ErrForgotten where the table was released, so that C was not called;
// ErrWrongThread where C is to be answered on the thread that has called, and this is another: the answer is owed
// still, and Complete is to be called from inside the callback, or from a goroutine that has locked that thread.
func (c *Completion[A]) Complete(answer A) error {
	defer runtime.KeepAlive(c)
	if c.owed == nil {
		return fmt.Errorf("outlive: complete: %w", ErrNotHeld)
	}
	return c.owed.give(answer)
}

// Drop answers what was declared for that, if nobody has answered. It does nothing where Complete would return an error.
func (c *Completion[A]) Drop() {
	defer runtime.KeepAlive(c)
	if c.owed != nil {
		c.owed.drop()
	}
}

func (o *owed[A]) drop() { o.give(o.whenDropped) }

// give answers, if this is the first answer.
func (o *owed[A]) give(answer A) error {
	// The thread stays that which is asked for here, and the engine knows by it who is inside of what.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if o.thread != 0 && o.thread != C.outlive_go_thread() {
		return fmt.Errorf("outlive: complete: %w", ErrWrongThread)
	}
	if !o.answered.CompareAndSwap(false, true) {
		return fmt.Errorf("outlive: complete: %w", ErrAnswered)
	}
	defer C.outlive_outgoing_free(o.outgoing)
	if status := callOutgoing(o.outgoing, func() { o.answer(answer) }); status == C.OUTLIVE_CLOSED {
		return fmt.Errorf("outlive: complete: %w", ErrForgotten)
	} else if status != C.OUTLIVE_OK {
		return statusError("complete", status)
	}
	return nil
}

// collected is the cleanup of a Completion that nobody reaches any more.
func (o *owed[A]) collected() {
	switch {
	case o.answered.Load():
	case o.thread == 0:
		go o.drop() // C's function may take its time
	case o.answered.CompareAndSwap(false, true):
		C.outlive_outgoing_free(o.outgoing)
		frame, _ := runtime.CallersFrames(o.made[:]).Next()
		fmt.Fprintf(os.Stderr, "outlive: the Completion made at %s:%d was collected, and C waits for its answer: call Complete or Drop\n",
			frame.File, frame.Line)
	}
}

// calling is a Go function on its way through C.
type calling struct {
	f        func()
	returned bool
	panicked any
}

// callOutgoing runs f, which calls C, as a call that a release waits for.
func callOutgoing(outgoing *C.outlive_outgoing, f func()) C.int {
	c := &calling{f: f}
	handle := cgo.NewHandle(c)
	defer handle.Delete()
	status := C.outlive_go_call(outgoing, C.uintptr_t(handle))
	if c.panicked != nil {
		panic(c.panicked)
	}
	return status
}

// outlive_go_answer runs the function of callOutgoing. The library calls it on the thread of that call, which owns it.
//
//export outlive_go_answer
func outlive_go_answer(number C.uintptr_t) {
	c := cgo.Handle(number).Value().(*calling)
	defer c.end()
	c.f()
	c.returned = true
}

// end keeps a panic from C's frames, for callOutgoing.
func (c *calling) end() {
	if c.returned {
		return
	}
	if c.panicked = recover(); c.panicked != nil {
		return
	}
	if !isPanicking() {
		abortByGoexit("an answer to C")
	}
	c.panicked = errNilPanic
}

// owe has the end of the call answer, where the method panics.
func (c *Call) owe(answer func()) {
	if before := c.owed; before != nil {
		c.owed = func() { before(); answer() }
		return
	}
	c.owed = answer
}

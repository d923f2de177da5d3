package outlive

// #include <stdlib.h>
// #include <outlive.h>
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"unsafe"
)

// A Call is one call of C's on its way through a generated export function, which keeps it on its
// stack:
//
//	call := outlive.Begin(unsafe.Pointer(pass))
//	defer outlive.End(&call)
//	result = C.int(outlive.Host[Listener](&call).OnLine(int32(fd)))
//	call.Done()
type Call struct {
	entry *entry
	pass  unsafe.Pointer
	owed  func() // answers what the method was to answer; nil where that is nothing
	done  bool
}

// Begin is for generated packages: it finds the value that C's call is for. pass is the outlive_pass
// that outlive_enter has filled.
func Begin(pass unsafe.Pointer) Call {
	// The value is the first word of a pass.
	return Call{entry: lookup(*(*uintptr)(pass)), pass: pass}
}

// Host is for generated packages: the value that was held.
func Host[T any](call *Call) T {
	return hostOf[T](call.entry)
}

// Done is for generated packages: the method has returned.
func (c *Call) Done() { c.done = true }

// End is for generated packages, which defer it: it keeps a panic from C's frames.
func End(c *Call) {
	if !c.done {
		c.failed(recover())
	}
}

// failed reports a panic of a method and does with it what the table's policy says. The gate is left by
// the trampoline, when this has returned.
func (c *Call) failed(value any) {
	if value == nil && !isPanicking() {
		c.report("runtime.Goexit")
		abortByGoexit("a callback")
	}
	panicked := &PanicError{Value: value, Stack: debug.Stack()}
	c.report(describe(value))
	if c.entry != nil {
		c.entry.treat(panicked)
	}
	if c.owed != nil {
		c.answer()
	}
}

// treat does with a panic what the policy says.
func (e *entry) treat(panicked *PanicError) {
	switch e.policy {
	case Abort:
		abortBy(fmt.Sprintf("outlive: panic: %s\n\n%s", textOf(panicked.Value), panicked.Stack))
	case Resume:
		e.stash.CompareAndSwap(nil, panicked)
	}
}

// answer answers what the method was to answer. A panic on the way is reported, for C's frames are above this.
func (c *Call) answer() {
	returned := false
	defer func() {
		if returned {
			return
		}
		value := recover()
		if value == nil && !isPanicking() {
			abortByGoexit("an answer to C")
		}
		c.report(describe(value))
	}()
	c.owed()
	returned = true
}

func (c *Call) report(message string) {
	text := (*C.char)(unsafe.Pointer(unsafe.StringData(message)))
	C.outlive_panicked((*C.struct_outlive_pass)(c.pass), text, C.size_t(len(message)))
}

// errNilPanic stands for the value of a panic(nil), which is nil where GODEBUG has panicnil=1.
var errNilPanic = errors.New("panic called with nil argument")

// isPanicking says whether the deferred function that asks runs for a panic, and not for runtime.Goexit. recover gives
// nil for both where the panic's value is nil, which GODEBUG=panicnil=1 allows.
func isPanicking() bool {
	var counters [64]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters[:])])
	for {
		frame, more := frames.Next()
		switch frame.Function {
		case "runtime.gopanic":
			return true
		case "runtime.Goexit":
			return false
		}
		if !more {
			return false
		}
	}
}

// describe gives a panic's value and the line it comes from.
func describe(value any) string {
	text := textOf(value)
	var counters [64]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(1, counters[:])])
	panicking := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			return fmt.Sprintf("%s at %s:%d", text, frame.File, frame.Line)
		}
		panicking = panicking || frame.Function == "runtime.gopanic"
		if !more {
			return text
		}
	}
}

// textOf is what a panic's value says of itself. Its own methods run here, on top of frames of C: neither a panic nor
// a runtime.Goexit of theirs may go on.
func textOf(value any) (text string) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if recover() == nil && !isPanicking() {
			abortByGoexit("a method of a panic's value")
		}
		text = fmt.Sprintf("a %T, whose own text panics", value)
	}()
	text = fmt.Sprint(value)
	returned = true
	return text
}

// abortByGoexit ends the process where runtime.Goexit would skip frames of C.
func abortByGoexit(in string) {
	abortBy("outlive: runtime.Goexit (t.FailNow and t.Fatal call it) was called in " + in + ", on top of frames of C that it would skip: return instead\n")
}

// abortBy says why and ends the process by SIGABRT, whereupon Go prints the stacks.
func abortBy(why string) {
	os.Stderr.WriteString(why)
	C.abort()
}

// A PanicError is what the host panics with at its next call, after a panic in a method of a table held
// with OnPanic(Resume).
type PanicError struct {
	// Value is what the method panicked with.
	Value any
	// Stack is where it was, as debug.Stack gives it.
	Stack []byte
}

func (p *PanicError) Error() string {
	return fmt.Sprintf("a method that C had called panicked: %v\n\n%s", p.Value, p.Stack)
}

// Unwrap gives the panic's value, if it is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

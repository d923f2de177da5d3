package outlive

// #include "hold.h"
import "C"

import (
	"fmt"
	"os"
	"runtime/debug"
)

// outlive_go_end lets go of the value that C's integer stands for, where another thread's close, or none, has
// ended it. The library calls it by way of hold.c, on the thread of the last call or of the close, when no call
// is inside.
//
//export outlive_go_end
func outlive_go_end(number C.uintptr_t) { letGo(uintptr(number)) }

// letGo forgets a value, once for each registration, and says so to who wants to know.
func letGo(number uintptr) {
	e := forget(number)
	if e == nil {
		return
	}
	e.record.End()
	if e.onEnd == nil {
		return
	}
	returned := false
	defer func() {
		if !returned {
			e.endFailed(recover())
		}
	}()
	e.onEnd()
	returned = true
}

// endFailed treats a panic of an OnEnd function as the table's policy has it.
func (e *entry) endFailed(value any) {
	if value == nil {
		abortByGoexit("an OnEnd function")
	}
	failed := &PanicError{Value: value, Stack: debug.Stack()}
	fmt.Fprintf(os.Stderr, "outlive: a panic in an OnEnd function: %s\n", textOf(value))
	switch e.policy {
	case Abort:
		abortBy(string(failed.Stack))
	case Resume:
		e.stash.CompareAndSwap(nil, failed)
	}
}

// Package peers is callback tables as one writes them by hand, to compare the cost of a call with.
package peers

// #cgo CFLAGS: -O2
// #include <stdlib.h>
// #include "peers.h"
import "C"

import (
	"runtime"
	"runtime/cgo"
	"unsafe"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

// Listener is what the tables serve.
type Listener = keeper.Listener

// Adder is a Listener.
type Adder struct{ By int32 }

// OnEvent answers an event.
func (a *Adder) OnEvent(value int32) int32 { return value + a.By }

// OnDo is not called.
func (*Adder) OnDo(string) outlive.Token { return 0 }

// OnUndo is not called.
func (*Adder) OnUndo(outlive.Token) {}

// A Table is one way to make a table.
type Table struct {
	Name string
	// Make gives a table of C, its user data, and what ends it. It fails with an error.
	Make func(*Adder) (table unsafe.Pointer, arg uintptr, end func(), err error)
}

// Tables are the ways that there are.
var Tables = []Table{
	{"c", func(*Adder) (unsafe.Pointer, uintptr, func(), error) {
		return unsafe.Pointer(C.peers_c()), 0, func() {}, nil
	}},
	{"go", func(*Adder) (unsafe.Pointer, uintptr, func(), error) {
		return unsafe.Pointer(C.peers_go()), 0, func() {}, nil
	}},
	{"handle", func(host *Adder) (unsafe.Pointer, uintptr, func(), error) {
		table, arg, end := handle(C.peers_handle(), host)
		return table, arg, end, nil
	}},
	{"handle+recover", func(host *Adder) (unsafe.Pointer, uintptr, func(), error) {
		table, arg, end := handle(C.peers_handle_recover(), host)
		return table, arg, end, nil
	}},
	{"pinner", func(host *Adder) (unsafe.Pointer, uintptr, func(), error) {
		var pinner runtime.Pinner
		pinner.Pin(host)
		table := copyTable(C.peers_pinner())
		return table, uintptr(unsafe.Pointer(host)), func() {
			pinner.Unpin()
			C.free(table)
		}, nil
	}},
	{"outlive", func(host *Adder) (unsafe.Pointer, uintptr, func(), error) {
		held, err := keeper.Hold(host)
		if err != nil {
			return nil, 0, nil, err
		}
		return held.Table(), held.UserData(), func() { held.Release() }, nil
	}},
}

func handle(of *C.struct_keeper_listener, host Listener) (unsafe.Pointer, uintptr, func()) {
	handle := cgo.NewHandle(host)
	table := copyTable(of)
	return table, uintptr(handle), func() {
		handle.Delete()
		C.free(table)
	}
}

// copyTable puts a table into malloc's memory, as one does without outlive.
func copyTable(of *C.struct_keeper_listener) unsafe.Pointer {
	table := (*C.struct_keeper_listener)(C.malloc(C.sizeof_struct_keeper_listener))
	*table = *of
	return unsafe.Pointer(table)
}

// Measure gives the CPU time of a call of on_event in nanoseconds, on so many threads of C at once. It
// is negative if an answer was wrong.
func Measure(table unsafe.Pointer, arg uintptr, calls, threads int) float64 {
	return float64(C.peers_measure((*C.struct_keeper_listener)(table), C.uintptr_t(arg), C.long(calls), C.int(threads)))
}

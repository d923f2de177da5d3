// Shared is a Go library for C programs (go build -buildmode=c-shared). It gives them a table whose
// callbacks are methods in Go, and ends it when they say so.
package main

// #include <stdint.h>
import "C"

import (
	"unsafe"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

type adder struct{ to int32 }

func (a adder) OnEvent(value int32) int32 {
	if value < 0 {
		panic("a negative event")
	}
	return a.to + value
}

func (adder) OnDo(string) outlive.Token { return 0 }
func (adder) OnUndo(outlive.Token)      {}

var held *keeper.Held

//export shared_hold
func shared_hold(to C.int, userData *uintptr) unsafe.Pointer {
	var err error
	if held, err = keeper.Hold(adder{int32(to)}); err != nil {
		return nil
	}
	*userData = held.UserData()
	return held.Table()
}

//export shared_revoke
func shared_revoke() C.int {
	ended, err := held.Revoke()
	if err != nil {
		return -1
	}
	return C.int(ended)
}

//export shared_tables
func shared_tables() C.int { return C.int(len(outlive.Ledger())) }

func main() {}

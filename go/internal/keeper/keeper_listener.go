package keeper

// #cgo pkg-config: outlive
// #include "keeper_listener_trampolines.h"
import "C"

import (
	"unsafe"

	"outlive.dev/go/outlive"
)

// Listener is the struct keeper_listener.
type Listener interface {
	// OnEvent is the callback on_event.
	//
	// An event; the answer is added up.
	OnEvent(value int32) int32
	// OnDo is the callback on_do.
	//
	// Gives something that is handed back in on_undo; NULL with errno set is a refusal.
	OnDo(what string) outlive.Token
	// OnUndo is the callback on_undo.
	OnUndo(token outlive.Token)
}

// Held is a Listener held as a struct keeper_listener.
type Held = outlive.Held[Listener]

var table = outlive.NewType("keeper_listener", func() (unsafe.Pointer, int) {
	var described *C.outlive_type
	status := C.outlive_go_keeper_listener_describe(&described)
	return unsafe.Pointer(described), int(status)
})

// Hold holds host as a struct keeper_listener, for C to keep.
func Hold(host Listener, options ...outlive.Option) (*Held, error) {
	return outlive.Hold(table, host, options...)
}

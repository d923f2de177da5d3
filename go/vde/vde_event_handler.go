package vde

// #cgo pkg-config: outlive vde_hub
// #include "vde_event_handler_trampolines.h"
import "C"

import (
	"unsafe"

	"outlive.dev/go/outlive"
)

// EventHandler is the struct vde_event_handler.
//
// The host's event loop, as the hub sees it. All members are required.
//
// event_add: watch fd for VDE_EV_READ or VDE_EV_WRITE, once, or until deleted with
// VDE_EV_PERSIST; level-triggered. The hub always passes a NULL timeout.
// Returns a token, or NULL with errno set, which the hub survives: what it wanted
// to watch is refused or closed, and the failure counted. cb must not be called
// before event_add has returned.
//
// event_del: stop watching. After it has returned cb must not be called for this
// token. The hub calls it exactly once for each token, also for a one-shot event that
// has fired, often from inside that event's own cb, and always before it closes fd.
//
// timeout_add: call cb after `timeout`, again and again with VDE_EV_PERSIST. The hub
// may reuse the timeval's memory as soon as the call has returned.
//
// timeout_del: as event_del, for the tokens of timeout_add.
type EventHandler interface {
	// EventAdd is the callback event_add.
	EventAdd(fd int32, events int16, timeout *Timeval, cb EventCb, arg uintptr) outlive.Token
	// EventDel is the callback event_del.
	EventDel(ev outlive.Token)
	// TimeoutAdd is the callback timeout_add.
	TimeoutAdd(timeout *Timeval, events int16, cb EventCb, arg uintptr) outlive.Token
	// TimeoutDel is the callback timeout_del.
	TimeoutDel(ev outlive.Token)
}

// Timeval is the struct timeval, copied while C's call is going on.
type Timeval struct {
	Sec  int64
	Usec int64
}

// EventCb is the function type event_cb of C.
//
// What the host calls when an event of the hub has come.
//
// fd: the watched descriptor, or -1 for a timeout.
// events: which of the VDE_EV_ bits have come.
// arg: the arg of event_add or timeout_add.
type EventCb struct{ code C.event_cb }

// IsNil says whether C has passed NULL.
func (f EventCb) IsNil() bool { return f.code == nil }

// Call calls the function. It must not be NULL.
func (f EventCb) Call(fd int32, events int16, arg uintptr) {
	C.outlive_go_vde_event_handler_call_event_cb(f.code, C.int(fd), C.short(events), C.uintptr_t(arg))
}

// Held is an EventHandler held as a struct vde_event_handler.
type Held = outlive.Held[EventHandler]

var table = outlive.NewType("vde_event_handler", func() (unsafe.Pointer, int) {
	var described *C.outlive_type
	status := C.outlive_go_vde_event_handler_describe(&described)
	return unsafe.Pointer(described), int(status)
})

// Hold holds host as a struct vde_event_handler, for C to keep. At most 64 can be held at once.
func Hold(host EventHandler, options ...outlive.Option) (*Held, error) {
	return outlive.Hold(table, host, options...)
}

func copyTimeval(from *C.struct_timeval) *Timeval {
	if from == nil {
		return nil
	}
	return &Timeval{Sec: int64(from.tv_sec), Usec: int64(from.tv_usec)}
}

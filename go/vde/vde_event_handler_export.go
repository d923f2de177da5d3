package vde

// #include "vde_event_handler_trampolines.h"
import "C"

import (
	"unsafe"

	"outlive.dev/go/outlive"
)

//export outlive_go_vde_event_handler_event_add
func outlive_go_vde_event_handler_event_add(pass *C.struct_outlive_pass, fd C.int, events C.short, timeout *C.struct_timeval, cb C.event_cb, arg C.uintptr_t) (result C.uintptr_t) {
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	result = C.uintptr_t(outlive.Host[EventHandler](&call).EventAdd(int32(fd), int16(events), copyTimeval(timeout), EventCb{cb}, uintptr(arg)))
	call.Done()
	return
}

//export outlive_go_vde_event_handler_event_del
func outlive_go_vde_event_handler_event_del(pass *C.struct_outlive_pass, ev C.uintptr_t) {
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	outlive.Host[EventHandler](&call).EventDel(outlive.Token(ev))
	call.Done()
}

//export outlive_go_vde_event_handler_timeout_add
func outlive_go_vde_event_handler_timeout_add(pass *C.struct_outlive_pass, timeout *C.struct_timeval, events C.short, cb C.event_cb, arg C.uintptr_t) (result C.uintptr_t) {
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	result = C.uintptr_t(outlive.Host[EventHandler](&call).TimeoutAdd(copyTimeval(timeout), int16(events), EventCb{cb}, uintptr(arg)))
	call.Done()
	return
}

//export outlive_go_vde_event_handler_timeout_del
func outlive_go_vde_event_handler_timeout_del(pass *C.struct_outlive_pass, ev C.uintptr_t) {
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	outlive.Host[EventHandler](&call).TimeoutDel(outlive.Token(ev))
	call.Done()
}

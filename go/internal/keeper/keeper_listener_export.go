package keeper

// #include "keeper_listener_trampolines.h"
import "C"

import (
	"unsafe"

	"outlive.dev/go/outlive"
)

//export outlive_go_keeper_listener_on_event
func outlive_go_keeper_listener_on_event(pass *C.struct_outlive_pass, value C.int) (result C.int) {
	result = -1
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	result = C.int(outlive.Host[Listener](&call).OnEvent(int32(value)))
	call.Done()
	return
}

//export outlive_go_keeper_listener_on_do
func outlive_go_keeper_listener_on_do(pass *C.struct_outlive_pass, what *C.char) (result C.uintptr_t) {
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	result = C.uintptr_t(outlive.Host[Listener](&call).OnDo(C.GoString(what)))
	call.Done()
	return
}

//export outlive_go_keeper_listener_on_undo
func outlive_go_keeper_listener_on_undo(pass *C.struct_outlive_pass, token C.uintptr_t) {
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	outlive.Host[Listener](&call).OnUndo(outlive.Token(token))
	call.Done()
}

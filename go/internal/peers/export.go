package peers

// #include <stdint.h>
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

//export peers_go_on_event
func peers_go_on_event(value C.int, arg C.uintptr_t) C.int {
	return value + 1
}

//export peers_handle_on_event
func peers_handle_on_event(value C.int, arg C.uintptr_t) C.int {
	return C.int(cgo.Handle(arg).Value().(Listener).OnEvent(int32(value)))
}

//export peers_handle_recover_on_event
func peers_handle_recover_on_event(value C.int, arg C.uintptr_t) (result C.int) {
	defer func() {
		if recover() != nil {
			result = -1
		}
	}()
	return C.int(cgo.Handle(arg).Value().(Listener).OnEvent(int32(value)))
}

//export peers_pinner_on_event
func peers_pinner_on_event(value C.int, arg unsafe.Pointer) C.int {
	return C.int((*Adder)(arg).OnEvent(int32(value)))
}

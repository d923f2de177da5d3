package naive

// #include "naive.h"
import "C"

import "unsafe"

//export naive_go_event_add
func naive_go_event_add(fd C.int, cb C.event_cb, arg unsafe.Pointer) C.uintptr_t {
	return add(int(fd), cb, arg)
}

//export naive_go_event_del
func naive_go_event_del(token C.uintptr_t) {
	delete(watchers, uintptr(token))
}

//export naive_go_other_event_add
func naive_go_other_event_add(fd C.int, cb C.event_cb, arg unsafe.Pointer) C.uintptr_t {
	misdirected = true
	return add(int(fd), cb, arg)
}

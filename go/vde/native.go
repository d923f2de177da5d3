//go:build linux

package vde

// #include <stdlib.h>
// #include <outlive.h>
// #include <vde_hub.h>
//
// static inline void *native_event_add(vde_event_handler *table, int fd, short events,
//                                      const struct timeval *timeout, event_cb cb, uintptr_t arg)
// {
// 	return table->event_add(fd, events, timeout, cb, (void *)arg);
// }
//
// static inline void *native_timeout_add(vde_event_handler *table, const struct timeval *timeout,
//                                        short events, event_cb cb, uintptr_t arg)
// {
// 	return table->timeout_add(timeout, events, cb, (void *)arg);
// }
//
// static inline uintptr_t native_number(void *token)
// {
// 	return (uintptr_t)token;
// }
//
// static inline void native_event_del(vde_event_handler *table, uintptr_t ev)
// {
// 	table->event_del((void *)ev);
// }
//
// static inline void native_timeout_del(vde_event_handler *table, uintptr_t ev)
// {
// 	table->timeout_del((void *)ev);
// }
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"

	"outlive.dev/go/outlive"
)

// Native is the library's own event loop, on a thread of its own: the events of its hubs never come
// into Go. It begins with its first hub. One that is dropped ends when its hubs have.
//
// Its methods as an EventHandler are for handlers in Go that wrap it. They are called as the hub calls
// them, on the loop's thread.
type Native struct {
	thread *nativeThread
}

// NativeHandler makes a Native, any number of hubs can be driven by one.
func NativeHandler() *Native {
	n := &Native{&nativeThread{}}
	runtime.AddCleanup(n, (*nativeThread).end, n.thread)
	return n
}

// Do calls f on the loop's thread while it handles no event, and returns when f has returned: at once
// from inside an event. A panic of f goes on here. f must not call runtime.Goexit.
//
// Error: ErrLoopClosed, or what has kept the loop from running.
func (n *Native) Do(f func()) error {
	defer runtime.KeepAlive(n)
	return n.thread.do(f)
}

// Close ends the loop and its thread. Close its hubs first: those that are left are not served any
// more. Error: ErrLoopClosed.
func (n *Native) Close() error {
	defer runtime.KeepAlive(n)
	return n.thread.close()
}

// EventAdd implements EventHandler.
func (n *Native) EventAdd(fd int32, events int16, timeout *Timeval, cb EventCb, arg uintptr) outlive.Token {
	table := n.thread.wrapped()
	if table == nil {
		return 0
	}
	var after *C.struct_timeval
	if timeout != nil {
		after = cTimeval(timeout)
	}
	token := C.native_event_add(table, C.int(fd), C.short(events), after, *(*C.event_cb)(unsafe.Pointer(&cb.code)), C.uintptr_t(arg))
	return outlive.Token(C.native_number(token))
}

// EventDel implements EventHandler.
func (n *Native) EventDel(event outlive.Token) {
	if table := n.thread.wrapped(); table != nil {
		C.native_event_del(table, C.uintptr_t(event))
	}
}

// TimeoutAdd implements EventHandler.
func (n *Native) TimeoutAdd(timeout *Timeval, events int16, cb EventCb, arg uintptr) outlive.Token {
	table := n.thread.wrapped()
	if table == nil || timeout == nil {
		return 0
	}
	token := C.native_timeout_add(table, cTimeval(timeout), C.short(events), *(*C.event_cb)(unsafe.Pointer(&cb.code)), C.uintptr_t(arg))
	return outlive.Token(C.native_number(token))
}

// TimeoutDel implements EventHandler.
func (n *Native) TimeoutDel(timeout outlive.Token) {
	if table := n.thread.wrapped(); table != nil {
		C.native_timeout_del(table, C.uintptr_t(timeout))
	}
}

func cTimeval(from *Timeval) *C.struct_timeval {
	return &C.struct_timeval{tv_sec: C.time_t(from.Sec), tv_usec: C.suseconds_t(from.Usec)}
}

// nativeTable is a table of the library's own handler, for one hub. It belongs to the loop's thread.
type nativeTable struct {
	thread *nativeThread
	held   *C.outlive_held
	table  unsafe.Pointer
}

// hold makes a table for a hub. Its line is that of the caller so many frames up.
func (t *nativeThread) hold(skip int) (*nativeTable, error) {
	_, name, line, _ := runtime.Caller(1 + skip)
	file := C.CString(name)
	defer C.free(unsafe.Pointer(file))
	var made *nativeTable
	var status C.int
	err := t.do(func() {
		var held *C.outlive_held
		if status = C.outlive_vde_handler_new(t.loop, file, C.uint32_t(line), &held); status == C.OUTLIVE_OK {
			made = &nativeTable{t, held, C.outlive_table(held)}
		}
	})
	if err == nil && status != C.OUTLIVE_OK {
		err = fmt.Errorf("vde: hold the native handler: %s", C.GoString(C.outlive_status_text(status)))
	}
	return made, err
}

// Table implements keeper.
func (t *nativeTable) Table() unsafe.Pointer { return t.table }

// ID implements keeper.
func (t *nativeTable) ID() uint64 { return uint64(C.outlive_id(t.held)) }

// Inspect implements keeper.
func (t *nativeTable) Inspect() ([]outlive.Member, error) {
	return outlive.InspectHeld(uintptr(unsafe.Pointer(t.held)))
}

// Revoke implements keeper.
func (t *nativeTable) Revoke() error {
	return t.thread.do(func() { C.outlive_revoke(t.held, nil, 0) })
}

// Release implements keeper: it ends what the hub still has in the loop.
func (t *nativeTable) Release() error {
	return t.thread.do(func() { C.outlive_release(t.held, nil, 0) })
}

// ResumePanic implements keeper: there is no method in Go that could panic.
func (t *nativeTable) ResumePanic() {}

// Package shapes is several tables and functions in one package, as outlive gen go makes them of a header with every way in
// which C finds a host, with C code that calls them.
package shapes

// #include <stdlib.h>
// #include "library.h"
import "C"

import (
	"runtime"
	"unsafe"

	"outlive.dev/go/outlive"
)

func listener(held *HeldListener) (*C.struct_shapes_listener, C.uintptr_t) {
	return (*C.struct_shapes_listener)(held.Table()), C.uintptr_t(held.UserData())
}

// CheckListener calls on_text, and gives the line of library.c that was not satisfied, or 0.
func CheckListener(held *HeldListener) int {
	defer runtime.KeepAlive(held)
	return int(C.shapes_check_listener(listener(held)))
}

// CallEvent calls on_event.
func CallEvent(held *HeldListener) int {
	defer runtime.KeepAlive(held)
	return int(C.shapes_call_event(listener(held)))
}

// Close calls on_close, which is C's last call.
func Close(held *HeldListener) {
	defer runtime.KeepAlive(held)
	C.shapes_close(listener(held))
}

// CheckStream calls two streams, and gives the line of library.c that was not satisfied, or 0.
func CheckStream(stream, other *HeldStream) int {
	defer runtime.KeepAlive(stream)
	defer runtime.KeepAlive(other)
	return int(C.shapes_check_stream((*C.struct_shapes_stream)(stream.Table()), (*C.struct_shapes_stream)(other.Table())))
}

// Next calls a stream's next.
func Next(stream *HeldStream) int {
	defer runtime.KeepAlive(stream)
	return int(C.shapes_next((*C.struct_shapes_stream)(stream.Table())))
}

// Release calls a stream's release, which is C's last call.
func Release(stream *HeldStream) {
	defer runtime.KeepAlive(stream)
	C.shapes_release((*C.struct_shapes_stream)(stream.Table()))
}

// CallProbe calls a driver with the address of the device that it would be in.
func CallProbe(driver *HeldDriver, number int) int {
	defer runtime.KeepAlive(driver)
	return int(C.shapes_probe((*C.struct_shapes_driver)(driver.Table()), C.int(number)))
}

// Log calls a log function.
func Log(f *outlive.Func[LogFunc], level Level) {
	defer runtime.KeepAlive(f)
	C.shapes_log(f.Function(), C.uintptr_t(f.UserData()), C.int(level))
}

// Compared calls a compare function.
func Compared(f *outlive.Func[Compare], a, b int) int {
	defer runtime.KeepAlive(f)
	return int(C.shapes_compared(f.Function(), C.int(a), C.int(b)))
}

// Done calls a done function.
func Done(f *outlive.Func[DoneCb], status int) int {
	defer runtime.KeepAlive(f)
	return int(C.shapes_done(f.Function(), C.uintptr_t(f.UserData()), C.int(status)))
}

// Transferred calls a transfer function with a transfer that has the user data.
func Transferred(f *outlive.Func[TransferCb], length int) int {
	defer runtime.KeepAlive(f)
	return int(C.shapes_transferred(f.Function(), C.uintptr_t(f.UserData()), C.int(length)))
}

// Heard is what C has heard of an answer: how often, and what.
type Heard struct {
	c *C.struct_shapes_heard
}

// NewHeard makes one, in memory of C's.
func NewHeard() Heard {
	return Heard{(*C.struct_shapes_heard)(C.calloc(1, C.sizeof_struct_shapes_heard))}
}

// Answers says how often C was answered, and what it heard at last.
func (h Heard) Answers() (count, status int, share float64) {
	return int(h.c.answers), int(h.c.status), float64(h.c.share)
}

// Free gives the memory back.
func (h Heard) Free() { C.free(unsafe.Pointer(h.c)) }

func worker(held *HeldWorker) (*C.struct_shapes_worker, C.uintptr_t) {
	return (*C.struct_shapes_worker)(held.Table()), C.uintptr_t(held.UserData())
}

// Start has a worker start job 21.
func Start(held *HeldWorker, heard Heard) {
	defer runtime.KeepAlive(held)
	table, arg := worker(held)
	C.shapes_start(table, arg, heard.c)
}

// StartUnheard does so with NULL for the function that is to be called.
func StartUnheard(held *HeldWorker) {
	defer runtime.KeepAlive(held)
	C.shapes_start_unheard(worker(held))
}

// Ask asks a worker for a level.
func Ask(held *HeldWorker, heard Heard) int {
	defer runtime.KeepAlive(held)
	table, arg := worker(held)
	return int(C.shapes_ask(table, arg, heard.c))
}

// Wait waits for a worker to be ready.
func Wait(held *HeldWorker, heard Heard) {
	defer runtime.KeepAlive(held)
	table, arg := worker(held)
	C.shapes_wait(table, arg, heard.c)
}

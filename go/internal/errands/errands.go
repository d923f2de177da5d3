// Package errands is a C library with callbacks of other shapes than a table with user data, and the Go side of each: the
// tests of package outlive use it.
package errands

// #cgo CFLAGS: -I${SRCDIR}/../../outlive
// #cgo LDFLAGS: -pthread
// #include <stdlib.h>
// #include "trampolines.h"
//
// static int errands_run(errand_run run, void *arg, int value) { return run(value, arg); }
// static int errands_tick(uintptr_t tick, int value) { return ((errand_tick)tick)(value); }
// static int errands_stream_next(void *stream) { return ((struct errand_stream *)stream)->next(stream); }
// static void errands_stream_release(void *stream) { ((struct errand_stream *)stream)->release(stream); }
import "C"

import (
	"unsafe"

	"outlive.dev/go/outlive"
)

// What C gets for a call that is late, or refused, or that panicked, and the answer to a job that nobody has answered.
const (
	Late     = -1
	Refused  = -2
	Panicked = -3
	Undone   = -4
)

func describer(describe func(**C.outlive_type) C.int) func() (unsafe.Pointer, int) {
	return func() (unsafe.Pointer, int) {
		var described *C.outlive_type
		status := describe(&described)
		return unsafe.Pointer(described), int(status)
	}
}

var (
	runType    = outlive.NewType("errand_run", describer(func(t **C.outlive_type) C.int { return C.errands_describe_run(t) }))
	onceType   = outlive.NewType("errand_once", describer(func(t **C.outlive_type) C.int { return C.errands_describe_once(t) }))
	tickType   = outlive.NewType("errand_tick", describer(func(t **C.outlive_type) C.int { return C.errands_describe_tick(t) }))
	streamType = outlive.NewType("errand_stream", describer(func(t **C.outlive_type) C.int { return C.errands_describe_stream(t) }))
	workerType = outlive.NewType("errand_worker", describer(func(t **C.outlive_type) C.int { return C.errands_describe_worker(t) }))
)

// Func is a func behind a C function pointer.
type Func = outlive.Func[func(int) int]

// Ticks is how many functions without user data there can be.
const Ticks = 3

// NewRun holds f as an errand_run.
func NewRun(f func(int) int, options ...outlive.Option) (*Func, error) {
	return outlive.HoldFunc(runType, f, options...)
}

// NewOnce holds f as an errand_run that C calls once.
func NewOnce(f func(int) int, options ...outlive.Option) (*Func, error) {
	return outlive.HoldFunc(onceType, f, options...)
}

// NewTick holds f as an errand_tick.
func NewTick(f func(int) int, options ...outlive.Option) (*Func, error) {
	return outlive.HoldFunc(tickType, f, options...)
}

// Run has C call an errand_run.
func Run(function unsafe.Pointer, arg uintptr, value int) int {
	return int(C.errand_call((C.errand_run)(function), C.uintptr_t(arg), C.int(value)))
}

// RunPointer has C call an errand_run with a `void *` of Go's.
func RunPointer(function, arg unsafe.Pointer, value int) int {
	return int(C.errands_run((C.errand_run)(function), arg, C.int(value)))
}

// RunOnThread has C call an errand_run on a thread that Go has never seen.
func RunOnThread(function unsafe.Pointer, arg uintptr, value int) int {
	return int(C.errand_call_on_thread((C.errand_run)(function), C.uintptr_t(arg), C.int(value)))
}

// Tick has C call an errand_tick.
func Tick(function unsafe.Pointer, value int) int {
	return int(C.errands_tick(C.uintptr_t(uintptr(function)), C.int(value)))
}

// Stream is the struct errand_stream.
type Stream interface {
	Next() int
	Release()
}

// HoldStream holds host as a struct errand_stream.
func HoldStream(host Stream, options ...outlive.Option) (*outlive.Held[Stream], error) {
	return outlive.Hold(streamType, host, options...)
}

// Next has C call a stream's next.
func Next(stream unsafe.Pointer) int { return int(C.errands_stream_next(stream)) }

// Release has C make its last call of a stream.
func Release(stream unsafe.Pointer) { C.errands_stream_release(stream) }

// Worker is the struct errand_worker.
type Worker interface {
	Start(job int, owed *outlive.Completion[int]) int
	// AnyThread says whether C may be answered on any thread, which a generated package knows.
	AnyThread() bool
}

// HoldWorker holds host as a struct errand_worker.
func HoldWorker(host Worker, options ...outlive.Option) (*outlive.Held[Worker], error) {
	return outlive.Hold(workerType, host, options...)
}

// A Job is what C has started. It is C's memory, never freed.
type Job struct{ job *C.struct_errand_job }

// Start has C start a job, on this thread; it gives what start returned.
func Start(worker unsafe.Pointer, arg uintptr, number int) (Job, int) {
	job := (*C.struct_errand_job)(C.calloc(1, C.sizeof_struct_errand_job))
	result := C.errand_start((*C.struct_errand_worker)(worker), C.uintptr_t(arg), C.int(number), job)
	return Job{job}, int(result)
}

// Answers is how often C was answered, and with what at last.
func (j Job) Answers() (count, status int) { return int(j.job.answers), int(j.job.status) }

// OnItsThread says whether the answer came on the thread that has started the job.
func (j Job) OnItsThread() bool { return j.job.on_its_thread != 0 }

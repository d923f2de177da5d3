package errands

// #include "trampolines.h"
//
// static void errands_answer(errand_done done, int status, uintptr_t cookie) { done(status, (void *)cookie); }
import "C"

import (
	"unsafe"

	"outlive.dev/go/outlive"
)

// errands_serve is called for each call of a lone function that was let in, on the thread that C calls on.
//
//export errands_serve
func errands_serve(pass *C.struct_outlive_pass, value C.int) (result C.int) {
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	result = C.int(outlive.Host[func(int) int](&call)(int(value)))
	call.Done()
	return
}

// errands_next is called for each call of a stream's next that was let in, on the thread that C calls on.
//
//export errands_next
func errands_next(pass *C.struct_outlive_pass) (result C.int) {
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	result = C.int(outlive.Host[Stream](&call).Next())
	call.Done()
	return
}

// errands_release is called for a stream's last call, on the thread that C calls on.
//
//export errands_release
func errands_release(pass *C.struct_outlive_pass) {
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	outlive.Host[Stream](&call).Release()
	call.Done()
}

// errands_start is called for each job, on the thread that C calls on. The worker owns the cookie, which it frees when it was
// answered.
//
//export errands_start
func errands_start(pass *C.struct_outlive_pass, job C.int, done C.errand_done, cookie C.uintptr_t) (result C.int) {
	call := outlive.Begin(unsafe.Pointer(pass))
	defer outlive.End(&call)
	worker := outlive.Host[Worker](&call)
	answer := func(status int) { C.errands_answer(done, C.int(status), cookie) }
	owed := outlive.NewCompletion(&call, Undone, worker.AnyThread(), answer)
	result = C.int(worker.Start(int(job), owed))
	call.Done()
	return
}

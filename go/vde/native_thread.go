//go:build linux

package vde

// #include <outlive.h>
// #include <vde_hub.h>
import "C"

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// nativeThread is a thread that does nothing but run the library's loop, and, between events, what
// other goroutines want done there.
type nativeThread struct {
	once sync.Once
	id   atomic.Int64    // the system's number of the thread
	loop *C.outlive_loop // set before the first job
	own  *nativeTable    // for Native's own methods; the thread's

	mutex  sync.Mutex
	jobs   []func()
	closed error // why no more jobs are taken
}

// do has f done on the thread.
func (t *nativeThread) do(f func()) error {
	t.once.Do(t.begin)
	// True only where this goroutine is tied to that thread: no other one runs on it.
	if int64(syscall.Gettid()) == t.id.Load() {
		f()
		return nil
	}
	done := make(chan any)
	if err := t.post(func() {
		defer func() { done <- recover() }()
		f()
	}); err != nil {
		return err
	}
	if panicked := <-done; panicked != nil {
		panic(panicked)
	}
	return nil
}

func (t *nativeThread) post(job func()) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.closed != nil {
		return t.closed
	}
	t.jobs = append(t.jobs, job)
	C.outlive_loop_stop(t.loop)
	return nil
}

// begin starts the thread, and waits until it has a loop.
func (t *nativeThread) begin() {
	begun := make(chan error)
	go t.run(begun)
	if err := <-begun; err != nil {
		t.mutex.Lock()
		t.closed = err
		t.mutex.Unlock()
	}
}

func (t *nativeThread) run(begun chan<- error) {
	// Never unlocked: the thread ends with this goroutine.
	runtime.LockOSThread()
	if status := C.outlive_loop_new(&t.loop); status != C.OUTLIVE_OK {
		begun <- nativeError("make the native loop", status)
		return
	}
	defer C.outlive_loop_free(t.loop)
	t.id.Store(int64(syscall.Gettid()))
	defer t.id.Store(0)
	begun <- nil
	for {
		jobs, closed := t.take()
		for _, job := range jobs {
			job()
		}
		if closed {
			return
		}
		if status := C.outlive_loop_run(t.loop); status != C.OUTLIVE_OK {
			t.refuse(nativeError("run the native loop", status))
		}
	}
}

// take gives the jobs that wait, or says that there will be none any more.
func (t *nativeThread) take() (jobs []func(), closed bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	jobs, t.jobs = t.jobs, nil
	return jobs, t.closed != nil
}

func (t *nativeThread) refuse(why error) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.closed != nil {
		return false
	}
	t.closed = why
	return true
}

// close ends the thread, after the jobs that wait.
func (t *nativeThread) close() error {
	// One that has not begun has nothing to end.
	t.once.Do(func() {})
	if t.loop == nil {
		if t.refuse(ErrLoopClosed) {
			return nil
		}
		return ErrLoopClosed
	}
	return t.do(func() {
		if t.own != nil {
			t.own.Release()
			t.own = nil
		}
		t.refuse(ErrLoopClosed)
	})
}

// end is the cleanup of a Native that nobody reaches any more.
func (t *nativeThread) end() { go t.close() }

// wrapped is the table that Native's own methods call, nil if there is none.
func (t *nativeThread) wrapped() *C.vde_event_handler {
	if t.own == nil {
		made, err := t.hold(1)
		if err != nil {
			return nil
		}
		t.own = made
	}
	return (*C.vde_event_handler)(t.own.table)
}

func nativeError(doing string, status C.int) error {
	return fmt.Errorf("vde: %s: %s", doing, C.GoString(C.outlive_status_text(status)))
}

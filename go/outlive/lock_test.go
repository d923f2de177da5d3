package outlive_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"outlive.dev/go/internal/locker"
	"outlive.dev/go/outlive"
)

// lock is a host whose lock C takes and gives back. It knows the thread that has it, so that an unlock whose lock was
// refused does nothing.
type lock struct {
	mutex sync.Mutex
	owner atomic.Uintptr // the thread's number, or 0
}

func (l *lock) Lock() {
	l.mutex.Lock()
	l.owner.Store(locker.Thread())
}

func (l *lock) Unlock() {
	if l.owner.CompareAndSwap(locker.Thread(), 0) {
		l.mutex.Unlock()
	}
}

func (l *lock) isFree() bool {
	free := l.mutex.TryLock()
	if free {
		l.mutex.Unlock()
	}
	return free
}

// taken is a table whose lock C has taken, on the test's own thread.
type taken interface {
	Table() unsafe.Pointer
	UserData() uintptr
	Revoke() (outlive.Ended, error)
	Release() error
}

func take(t *testing.T, h taken) {
	// lock and unlock of one use are calls of one thread.
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	locker.Begin(h.Table(), h.UserData())
}

// This is what --takes-back is for.
func TestAnUnlockAfterTheRevokeIsRefused(t *testing.T) {
	l := &lock{}
	h := must(locker.HoldLocker(l))
	take(t, h)
	if ended, err := h.Revoke(); ended != outlive.Now || err != nil {
		t.Fatal(ended, err)
	}
	locker.End(h.Table(), h.UserData())
	if l.isFree() {
		t.Error("the refused unlock has unlocked")
	}
	if late := incidentsOf(h.ID(), outlive.LateCall); len(late) != 1 || late[0].Callback != "unlock" {
		t.Error(late)
	}
	h.Release()
}

func TestAnUnlockThatTakesBackIsServedAfterTheRevoke(t *testing.T) {
	l := &lock{}
	h := must(locker.HoldKept(l))
	take(t, h)
	if ended, err := h.Revoke(); ended != outlive.Serving || err != nil {
		t.Fatal(ended, err)
	}
	locker.End(h.Table(), h.UserData())
	if !l.isFree() {
		t.Error("the lock is C's for good")
	}
	// From here on C's locks are refused, and their unlocks are not.
	l.Lock()
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		locker.Begin(h.Table(), h.UserData())
		locker.End(h.Table(), h.UserData())
		close(done)
	}()
	<-done
	if l.isFree() {
		t.Error("the unlock of a refused lock has unlocked that of another")
	}
	l.Unlock()
	if late := incidentsOf(h.ID(), outlive.LateCall); len(late) != 1 || late[0].Callback != "lock" {
		t.Error(late)
	}
	if err := h.Release(); err != nil {
		t.Error(err)
	}
}

func TestALockIsTakenAndGivenBackWhereCIsClosedBeforeTheRelease(t *testing.T) {
	l := &lock{}
	h := must(locker.HoldLocker(l))
	take(t, h)
	locker.End(h.Table(), h.UserData()) // C's close function waits for what it has begun
	if err := h.Release(); err != nil || !l.isFree() {
		t.Error(err)
	}
}

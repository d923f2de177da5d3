package outlive_test

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"outlive.dev/go/internal/errands"
	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

func TestCReachesTheMethods(t *testing.T) {
	tokens := outlive.NewTokens[string]("deed")
	l := &listener{
		do: func(what string) outlive.Token { return tokens.Insert(what) },
	}
	undone := ""
	l.undo = func(token outlive.Token) { undone, _ = tokens.Take(token) }
	h, k := held(t, l)
	if answer := k.Fire(41); answer != 42 {
		t.Error(answer)
	}
	token, _ := k.Do("something")
	k.Undo(token)
	if undone != "something" {
		t.Errorf("%q", undone)
	}
	if err := h.Release(); err != nil {
		t.Error(err)
	}
}

func TestARefusingMethodTellsWhyInErrno(t *testing.T) {
	l := &listener{do: func(string) outlive.Token {
		outlive.SetErrno(syscall.EXDEV)
		return 0
	}}
	h, k := held(t, l)
	defer h.Release()
	if token, errno := k.Do("it"); token != 0 || errno != syscall.EXDEV {
		t.Error(token, errno)
	}
	h.Revoke()
	if token, errno := k.Do("it"); token != 0 || errno != syscall.ECANCELED {
		t.Error(token, errno)
	}
}

func TestANilInterfaceIsNotHeld(t *testing.T) {
	if h, err := keeper.Hold(nil); h != nil || !errors.Is(err, outlive.ErrNilHost) {
		t.Error(h, err)
	}
}

func TestANilFuncIsNotHeldAsATableEither(t *testing.T) {
	// A struct of one member may be generated for any type, a func among them.
	described := outlive.NewType("never described", func() (unsafe.Pointer, int) { panic("asked for") })
	var nothing func(int32) int32
	if h, err := outlive.Hold(described, nothing); h != nil || !errors.Is(err, outlive.ErrNilHost) {
		t.Error(h, err)
	}
}

func TestAnOptionThatIsNoneIsRefused(t *testing.T) {
	before := len(outlive.Ledger())
	for _, option := range []outlive.Option{nil, outlive.OnPanic(77)} {
		if h, err := keeper.Hold(&listener{}, option); h != nil || !errors.Is(err, outlive.ErrOption) {
			t.Error(h, err)
		}
		if f, err := errands.NewRun(increment, option); f != nil || !errors.Is(err, outlive.ErrOption) {
			t.Error(f, err)
		}
	}
	if after := len(outlive.Ledger()); after != before {
		t.Error("something is held: ", after-before)
	}
}

func TestAThreadThatGoHasNeverSeenMayCall(t *testing.T) {
	h, k := held(t, &listener{})
	defer h.Release()
	if answer := k.FireOnThread(1); answer != 2 {
		t.Error(answer)
	}
}

func TestAThousandShortLivedThreadsMayCall(t *testing.T) {
	h, k := held(t, &listener{})
	defer h.Release()
	if sum := k.FireOnThreads(1000, 2); sum != 3000 {
		t.Error(sum)
	}
	if ended, err := h.Revoke(); ended != outlive.Now || err != nil {
		t.Error(ended, err)
	}
	if sum := k.FireOnThreads(1000, 2); sum != -1000 {
		t.Error(sum)
	}
}

func TestTheSecondReleaseIsAnError(t *testing.T) {
	h, _ := held(t, &listener{})
	if err := h.Release(); err != nil {
		t.Fatal(err)
	}
	_, revoked := h.Revoke()
	_, copied := h.Malloc()
	used := h.With(func(keeper.Listener) { t.Error("it is reached") })
	for _, err := range []error{h.Release(), h.Leak(), revoked, copied, used} {
		if !errors.Is(err, outlive.ErrReleased) || !strings.Contains(err.Error(), "keeper_listener") {
			t.Error(err)
		}
	}
}

func TestALateCallGetsTheFallback(t *testing.T) {
	l := &listener{}
	h, k := held(t, l)
	if ended, err := h.Revoke(); ended != outlive.Now || err != nil {
		t.Fatal(ended, err)
	}
	if answers := []int{k.Fire(1), k.FireOnThread(1)}; answers[0] != -1 || answers[1] != -1 {
		t.Error(answers)
	}
	if l.calls.Load() != 0 {
		t.Error("a late call has reached the value")
	}
	h.Release()
}

func TestALateCallReachesNoOtherTable(t *testing.T) {
	old, k := held(t, &listener{})
	old.Revoke()
	other := &listener{event: func(int32) int32 { return 1000 }}
	for range 100 {
		h, _ := held(t, other)
		defer h.Release()
	}
	if answer := k.Fire(1); answer != -1 || other.calls.Load() != 0 {
		t.Error(answer)
	}
	old.Release()
}

func TestRevokeWaitsForACallThatIsInside(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	var left atomic.Bool
	l := &listener{event: func(value int32) int32 {
		close(entered)
		<-leave
		left.Store(true)
		return value
	}}
	h, k := held(t, l)
	answer := make(chan int)
	go func() { answer <- k.FireOnThread(5) }()
	<-entered
	if ended, err := h.RevokeTimeout(time.Millisecond); ended != outlive.Later || err != nil {
		t.Error(ended, err)
	}
	revoked := make(chan outlive.Ended)
	go func() { revoked <- must(h.Revoke()) }()
	select {
	case <-revoked:
		t.Error("Revoke has not waited")
	case <-time.After(50 * time.Millisecond):
	}
	close(leave)
	if ended := <-revoked; ended != outlive.Now || !left.Load() {
		t.Error(ended, left.Load())
	}
	if <-answer != 5 {
		t.Error("the call inside was disturbed")
	}
	h.Release()
}

func TestRevokeFromInsideDoesNotWait(t *testing.T) {
	var h *keeper.Held
	var ended outlive.Ended
	var atEnd int64
	l := &listener{}
	l.event = func(value int32) int32 {
		ended = must(h.Revoke())
		return value
	}
	h, k := held(t, l, outlive.OnEnd(func() { atEnd = l.calls.Load() }))
	if answer := k.Fire(5); answer != 5 || ended != outlive.Later {
		t.Error(answer, ended)
	}
	if atEnd != 1 {
		t.Error("the value was let go before the call had left, or not at all")
	}
	h.Release()
}

func TestReleaseFromInsideWhileAnotherGoroutineRevokes(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	var h *keeper.Held
	l := &listener{event: func(value int32) int32 {
		close(entered)
		<-leave
		must(0, h.Release())
		return value
	}}
	h, k := held(t, l)
	go k.FireOnThread(5)
	<-entered
	revoked := make(chan outlive.Ended)
	go func() { revoked <- must(h.Revoke()) }()
	time.Sleep(20 * time.Millisecond)
	close(leave)
	<-revoked
	if err := h.Release(); !errors.Is(err, outlive.ErrReleased) {
		t.Error(err)
	}
}

func TestAGoroutineOfACallbackIsOutside(t *testing.T) {
	var h *keeper.Held
	started := make(chan outlive.Ended)
	l := &listener{}
	l.event = func(value int32) int32 {
		go func() { started <- must(h.Revoke()) }()
		return value
	}
	h, k := held(t, l)
	k.Fire(1)
	if ended := <-started; ended != outlive.Now {
		t.Error(ended)
	}
	h.Release()
}

func TestAnExclusiveTableServesOneCallAtATime(t *testing.T) {
	var k keeper.Keeper
	inner, other := 0, 0
	l := &listener{}
	l.event = func(value int32) int32 {
		if value == 1 {
			inner, other = k.Fire(2), k.FireOnThread(3)
		}
		return value
	}
	h, k := held(t, l, outlive.Exclusive())
	if outer := k.Fire(1); outer != 1 || inner != -1 || other != -1 {
		t.Error(outer, inner, other)
	}
	h.Release()
}

func TestWithReachesTheValueUntilTheEnd(t *testing.T) {
	l := &listener{}
	h, _ := held(t, l)
	var reached keeper.Listener
	if err := h.With(func(value keeper.Listener) { reached = value }); err != nil || reached != l {
		t.Error(reached, err)
	}
	err := h.With(func(keeper.Listener) {
		if ended := must(h.Revoke()); ended != outlive.Later {
			t.Error(ended)
		}
	})
	if err != nil {
		t.Error(err)
	}
	if err := h.With(func(keeper.Listener) { t.Error("reached") }); !errors.Is(err, outlive.ErrClosed) {
		t.Error(err)
	}
	h.Release()
}

func TestAPanicInWithLeavesTheGate(t *testing.T) {
	h, _ := held(t, &listener{})
	func() {
		defer func() { recover() }()
		h.With(func(keeper.Listener) { panic("host's own") })
	}()
	if ended := must(h.Revoke()); ended != outlive.Now {
		t.Error(ended)
	}
	h.Release()
}

func TestTheCollectorCannotTakeAHeldValue(t *testing.T) {
	var collected atomic.Bool
	h, k := func() (*keeper.Held, keeper.Keeper) {
		l := &listener{}
		runtime.AddCleanup(l, func(struct{}) { collected.Store(true) }, struct{}{})
		return held(t, l)
	}()
	for i := range 200 {
		churn()
		if answer := k.FireOnThread(i); answer != i+1 {
			t.Fatal(answer)
		}
	}
	if collected.Load() {
		t.Error("collected while C held it")
	}
	h.Revoke()
	within(t, "a value that has ended is collected", func() bool { churn(); return collected.Load() })
	h.Release()
}

func TestADroppedHeldEndsItsTable(t *testing.T) {
	var ended atomic.Bool
	l := &listener{}
	h, k := held(t, l, outlive.OnEnd(func() { ended.Store(true) }))
	id := h.ID()
	h = nil
	within(t, "the cleanup has run", func() bool { churn(); return ended.Load() })
	if answer := k.FireOnThread(1); answer != -1 || l.calls.Load() != 0 {
		t.Error(answer)
	}
	expectDropped(t, id)
}

func TestAHeldThatCIsCallingIsDroppedByTheLastCall(t *testing.T) {
	var ended atomic.Bool
	h, k := held(t, &listener{}, outlive.OnEnd(func() { ended.Store(true) }))
	k.Start(2, 1)
	within(t, "the threads call", func() bool { return k.Returned() > 1000 })
	h = nil
	within(t, "the cleanup has run", func() bool { churn(); return ended.Load() })
	within(t, "calls are refused", func() bool { return k.Refused() > 10 })
	k.Stop()
	_ = h
}

func TestTablesComeAndGoWhileCCalls(t *testing.T) {
	count := 300
	if testing.Short() {
		count = 50
	}
	before := outlive.Kept()
	var group sync.WaitGroup
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range count {
				h, k := held(t, &listener{})
				k.Start(1, 1)
				runtime.Gosched()
				if ended := must(h.Revoke()); ended != outlive.Now {
					t.Error(ended)
				}
				k.Stop()
				k.Free()
				must(0, h.Release())
			}
		}()
	}
	group.Wait()
	// Tables that other tests have dropped may still be on their way out, so there may be fewer.
	if after := outlive.Kept(); after > before {
		t.Error("values are kept: ", before, after)
	}
}

func TestACopyInCsMemory(t *testing.T) {
	h, _ := held(t, &listener{})
	table := must(h.Malloc())
	defer freeC(table)
	if table == h.Table() {
		t.Error("it is no copy")
	}
	k := keeper.New(table, h.UserData())
	if answer := k.Fire(1); answer != 2 {
		t.Error(answer)
	}
	h.Revoke()
	if answer := k.Fire(1); answer != -1 {
		t.Error(answer)
	}
	h.Release()
}

func TestATableThatCDestroys(t *testing.T) {
	ends := 0
	h, k := held(t, &listener{}, outlive.OnEnd(func() { ends++ }))
	if err := h.HandOver(); err != nil {
		t.Fatal(err)
	}
	h = nil
	churn()
	if answer := k.Fire(1); answer != 2 || ends != 0 {
		t.Error(answer, ends)
	}
	k.Free()
	if ends != 1 {
		t.Error("ended", ends, "times")
	}
}

// churn forces a collection and has the heap used again.
func churn() {
	runtime.GC()
	for range 100 {
		trash = make([]byte, 64)
	}
}

var trash []byte

// The collector and cgo's checks must never take a number of the library's for an address.
func TestUserDataThatLooksLikeAGoPointerIsNone(t *testing.T) {
	count := 3000
	if testing.Short() {
		count = 500
	}
	for i := range count {
		h, k := held(t, &listener{})
		if i%10 == 0 {
			churn()
		}
		if answer := k.Fire(i); answer != i+1 {
			t.Fatal(answer)
		}
		if err := h.Release(); err != nil {
			t.Fatal(err)
		}
	}
}

package outlive_test

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"outlive.dev/go/outlive"
)

func TestAPanicStaysInGo(t *testing.T) {
	h, k := held(t, &listener{event: func(int32) int32 { panic("stays here") }})
	for _, answer := range []int{k.Fire(1), k.FireOnThread(1)} {
		if answer != -1 {
			t.Error(answer)
		}
	}
	if k.Returned() != 2 {
		t.Error("C's code after the call was skipped")
	}
	if ended := must(h.Revoke()); ended != outlive.Now {
		t.Error("the gate was not left")
	}
	h.Release()
}

func TestAPanicOfTheRuntimeStaysInGoToo(t *testing.T) {
	var nothing *listener
	h, k := held(t, &listener{event: func(int32) int32 { return nothing.event(1) }})
	defer h.Release()
	if answer := k.Fire(1); answer != -1 {
		t.Error(answer)
	}
}

func TestAPanicWithNilStaysInGoToo(t *testing.T) {
	h, k := held(t, &listener{event: func(int32) int32 { panic(nil) }})
	defer h.Release()
	if answer := k.Fire(1); answer != -1 {
		t.Error(answer)
	}
}

// With panicnil=1 recover gives nil for a panic with nil, as it does for runtime.Goexit.
func TestAPanicWithNilIsNoGoexit(t *testing.T) {
	output, state := child(t, "panic with nil")
	if !state.Success() || !strings.Contains(output, "panic: keeper_listener.on_event") {
		t.Errorf("%v\n%s", state, output)
	}
}

func TestAPanicGoesOnAtTheHostsSide(t *testing.T) {
	h, k := held(t, &listener{event: func(int32) int32 { panic(fs.ErrExist) }}, outlive.OnPanic(outlive.Resume))
	if answer := k.FireOnThread(1); answer != -1 || k.Returned() != 1 {
		t.Error(answer, k.Returned())
	}
	panicked := catch(func() { h.Revoke() })
	resumed, ok := panicked.(*outlive.PanicError)
	if !ok || !errors.Is(resumed, fs.ErrExist) || !strings.Contains(string(resumed.Stack), "panic_test.go") {
		t.Errorf("%v", panicked)
	}
	if again := catch(func() { h.Release() }); again != nil {
		t.Error("it has gone on twice")
	}
}

func TestAPanicThatWaitsCanBeTaken(t *testing.T) {
	h, k := held(t, &listener{event: func(int32) int32 { panic("first") }}, outlive.OnPanic(outlive.Resume))
	k.Fire(1)
	k.Fire(1)
	if taken := h.TakePanic(); taken == nil || taken.Value != "first" || taken.Unwrap() != nil {
		t.Error(taken)
	}
	if h.TakePanic() != nil {
		t.Error("taken twice")
	}
	h.Release()
}

func catch(f func()) (panicked any) {
	defer func() { panicked = recover() }()
	f()
	return nil
}

func init() {
	children["abort"] = func() {
		l := &listener{event: func(int32) int32 { panic("goes no further") }}
		h := must(keeperHold(l, outlive.OnPanic(outlive.Abort)))
		defer func() { recover(); os.Exit(7) }()
		newKeeper(h).Fire(1)
		os.Exit(8)
	}
	children["panic with nil"] = func() {
		os.Setenv("GODEBUG", "panicnil=1")
		h := must(keeperHold(&listener{event: func(int32) int32 { panic(nil) }}, outlive.OnPanic(outlive.Resume)))
		for _, answer := range []int{newKeeper(h).Fire(1), newKeeper(h).FireOnThread(1)} {
			if answer != -1 {
				os.Exit(7)
			}
		}
		if catch(func() { h.Revoke() }) == nil {
			os.Exit(8)
		}
	}
	children["goexit"] = func() {
		h := must(keeperHold(&listener{event: func(int32) int32 { runtime.Goexit(); return 0 }}))
		done := make(chan struct{})
		go func() {
			defer close(done)
			newKeeper(h).Fire(1)
		}()
		<-done
		os.Exit(7)
	}
	children["goexit in a panic's text"] = func() {
		quits := selfish(runtime.Goexit)
		h := must(keeperHold(&listener{event: func(int32) int32 { panic(quits) }}))
		newKeeper(h).FireOnThread(1)
		os.Exit(7)
	}
	children["goexit on a thread of C's"] = func() {
		h := must(keeperHold(&listener{event: func(int32) int32 { runtime.Goexit(); return 0 }}))
		newKeeper(h).FireOnThread(1)
		os.Exit(7)
	}
}

// selfish is an error that does something else than to say what it is.
type selfish func()

func (s selfish) Error() string { s(); return "" }

func TestAPanicWhoseTextPanicsStaysInGoToo(t *testing.T) {
	worse := selfish(nil)
	worse = func() { panic(worse) }
	h, k := held(t, &listener{event: func(int32) int32 { panic(worse) }})
	defer h.Release()
	for _, answer := range []int{k.Fire(1), k.FireOnThread(1)} {
		if answer != -1 {
			t.Error(answer)
		}
	}
}

func TestAnAbortingTableNamesThePanic(t *testing.T) {
	output, state := child(t, "abort")
	expectAbort(t, output, state, "goes no further", "panic_test.go")
}

// Goexit would run the deferred functions of every Go frame on the goroutine and drop the frames of C
// in between, whose code after the call would never run: it is named, and ends the process.
func TestGoexitInACallbackAbortsByName(t *testing.T) {
	for _, name := range []string{"goexit", "goexit on a thread of C's"} {
		output, state := child(t, name)
		expectAbort(t, output, state, "runtime.Goexit", "keeper_listener")
	}
	output, state := child(t, "goexit in a panic's text")
	expectAbort(t, output, state, "runtime.Goexit", "a method of a panic's value")
}

func expectAbort(t *testing.T, output string, state *os.ProcessState, words ...string) {
	t.Helper()
	status := state.Sys().(syscall.WaitStatus)
	// Go's own handler of SIGABRT prints the stacks and exits with 2.
	if !(status.Signaled() && status.Signal() == syscall.SIGABRT) && status.ExitStatus() != 2 {
		t.Errorf("%v\n%s", state, output)
	}
	for _, word := range append(words, "SIGABRT") {
		if !strings.Contains(output, word) {
			t.Errorf("no %q in\n%s", word, output)
		}
	}
}

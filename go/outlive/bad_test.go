package outlive_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

func init() {
	children["os.Exit in a callback"] = func() {
		l := &listener{}
		h, k := held(nil, l, outlive.CallerSkip(1))
		k.Start(2, 1)
		for k.Returned() < 1000 {
		}
		exiting, exits := held(nil, &listener{event: func(int32) int32 { os.Exit(3); return 0 }}, outlive.CallerSkip(1))
		exits.FireOnThread(1)
		fmt.Println("not reached", h, exiting)
	}
}

// copied is a copy of a Held as a careless program makes it, in a way that go vet does not see.
func copied(h *keeper.Held) *keeper.Held {
	c := new(keeper.Held)
	reflect.ValueOf(c).Elem().Set(reflect.ValueOf(h).Elem())
	return c
}

func TestACopyOfAHeldIsTheSameTable(t *testing.T) {
	h, k := held(t, &listener{})
	c := copied(h)
	if err := c.Release(); err != nil {
		t.Error(err)
	}
	if err := h.Release(); !errors.Is(err, outlive.ErrReleased) {
		t.Error(err)
	}
	if answer := k.Fire(1); answer != -1 {
		t.Errorf("a late call was answered by %d", answer)
	}
}

func TestACopyKeepsNothingWhereTheHeldIsLost(t *testing.T) {
	ended := false
	h, k := held(t, &listener{}, outlive.OnEnd(func() { ended = true }))
	c := copied(h)
	id := h.ID()
	runtime.KeepAlive(h)
	h = nil
	within(t, "the collector finds the Held", func() bool {
		runtime.GC()
		entry, _ := entryOf(id)
		return entry.State == outlive.StateEnded
	})
	if answer := k.Fire(1); answer != -1 || !ended {
		t.Errorf("a late call was answered by %d", answer)
	}
	if err := c.Release(); !errors.Is(err, outlive.ErrReleased) {
		t.Error(err)
	}
	runtime.KeepAlive(c)
}

const copying = `package copying

import "outlive.dev/go/internal/keeper"

func copied(h *keeper.Held) keeper.Held { return *h }
`

func TestGoVetReportsACopyOfAHeld(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs go vet")
	}
	// A package of this module, for one of another would need to find it.
	directory, err := os.MkdirTemp("../internal", "copying")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(directory)
	if err := os.WriteFile(filepath.Join(directory, "copying.go"), []byte(copying), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("go", "vet", ".")
	command.Dir = directory
	output, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "copies lock value") {
		t.Errorf("%v\n%s", err, output)
	}
}

// The process ends as it would without tables; C's threads may be anywhere.
func TestOsExitInACallbackEndsTheProcess(t *testing.T) {
	output, state := child(t, "os.Exit in a callback")
	if state.ExitCode() != 3 || output != "" {
		t.Errorf("%v\n%s", state, output)
	}
}

// A method that locks its thread and returns leaves it so, as any Go function does.
func TestACallbackThatLocksItsThreadIsServedOn(t *testing.T) {
	h, k := held(t, &listener{event: func(value int32) int32 {
		runtime.LockOSThread()
		return value + 1
	}})
	for range 100 {
		if answer := k.FireOnThread(1); answer != 2 {
			t.Fatal("on a thread of C's:", answer)
		}
	}
	answers := make(chan int)
	go func() { // its thread ends with it
		for range 100 {
			answers <- k.Fire(1)
		}
		close(answers)
	}()
	for answer := range answers {
		if answer != 2 {
			t.Fatal("on a goroutine:", answer)
		}
	}
	if ended, err := h.Revoke(); ended != outlive.Now || err != nil {
		t.Error(ended, err)
	}
	h.Release()
}

// Go's fork runs no handlers, and its child calls nothing but exec.
func TestProgramsThatAreStartedWhileCCallsChangeNothing(t *testing.T) {
	l := &listener{}
	h, k := held(t, l)
	defer h.Release()
	k.Start(2, 1)
	defer k.Stop()
	// A program that is there on each platform: this one, without a test.
	program := func() *exec.Cmd { return exec.Command(os.Args[0], "-test.run=^$") }
	for range 20 {
		before := l.calls.Load()
		if output, err := program().CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		within(t, "C's threads are served on", func() bool { return l.calls.Load() > before })
	}
	if ended, err := h.Revoke(); ended != outlive.Now || err != nil {
		t.Error(ended, err)
	}
	calls := l.calls.Load()
	if err := program().Run(); err != nil {
		t.Error(err)
	}
	if late := l.calls.Load() - calls; late != 0 {
		t.Errorf("%d calls after the end", late)
	}
}

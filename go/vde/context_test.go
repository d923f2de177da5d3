//go:build linux

package vde_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"outlive.dev/go/outlive"
	"outlive.dev/go/vde"
)

// running makes a loop that runs until the test ends.
func running(t testing.TB) *vde.Loop {
	t.Helper()
	loop, err := vde.NewLoop()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- loop.Run() }()
	t.Cleanup(func() {
		loop.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := loop.Close(); err != nil {
			t.Error(err)
		}
	})
	return loop
}

func native(t testing.TB) *vde.Native {
	handler := vde.NativeHandler()
	t.Cleanup(func() {
		if err := handler.Close(); err != nil {
			t.Error(err)
		}
	})
	return handler
}

// wrapper is a handler in Go that has another one do the work.
type wrapper struct {
	*vde.Native
	added int
}

func (w *wrapper) EventAdd(fd int32, events int16, timeout *vde.Timeval, cb vde.EventCb, arg uintptr) outlive.Token {
	w.added++
	return w.Native.EventAdd(fd, events, timeout, cb, arg)
}

// listening makes a hub that listens in a directory of its own until the test ends.
func listening(t testing.TB, handler vde.EventHandler) (*vde.Context, string) {
	t.Helper()
	hub, err := vde.NewContext(handler)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil && !errors.Is(err, vde.ErrContextClosed) {
			t.Error(err)
		}
	})
	directory := filepath.Join(t.TempDir(), "hub")
	if err := hub.Listen(directory); err != nil {
		t.Fatal(err)
	}
	return hub, directory
}

func plugged(t testing.TB, directory, description string) *vde.Plug {
	t.Helper()
	plug, err := vde.Connect(directory, description)
	if err != nil {
		t.Fatal(err)
	}
	plug.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { plug.Close() })
	return plug
}

func frame(number int) []byte {
	return append(bytes.Repeat([]byte{0xff}, 14), fmt.Sprintf("frame %d", number)...)
}

// handlers are the ready-made ones; each test runs with each.
func handlers(t *testing.T, test func(t *testing.T, handler vde.EventHandler)) {
	t.Run("loop", func(t *testing.T) { test(t, running(t)) })
	t.Run("native", func(t *testing.T) { test(t, native(t)) })
	t.Run("wrapped native", func(t *testing.T) { test(t, &wrapper{Native: native(t)}) })
}

func TestFramesOfOnePortComeOutOfTheOthers(t *testing.T) {
	handlers(t, func(t *testing.T, handler vde.EventHandler) {
		hub, directory := listening(t, handler)
		a, b, c := plugged(t, directory, "a"), plugged(t, directory, "b"), plugged(t, directory, "c")
		for i := range 100 {
			if err := a.Send(frame(i)); err != nil {
				t.Fatal(err)
			}
			for _, plug := range []*vde.Plug{b, c} {
				received := make([]byte, 64)
				length, err := plug.Receive(received)
				if err != nil || !bytes.Equal(received[:length], frame(i)) {
					t.Fatalf("%q, %v", received[:length], err)
				}
			}
		}
		stats, err := hub.Stats()
		if err != nil || stats.FramesReceived != 100 || stats.FramesDelivered != 200 {
			t.Errorf("%+v, %v", stats, err)
		}
		ports, err := hub.Ports()
		if err != nil || len(ports) != 3 || ports[2].Description != "c" || ports[2].FramesOut != 100 {
			t.Errorf("%+v, %v", ports, err)
		}
	})
}

func TestAClosedHubSaysSo(t *testing.T) {
	handlers(t, func(t *testing.T, handler vde.EventHandler) {
		hub, directory := listening(t, handler)
		if err := hub.Close(); err != nil {
			t.Fatal(err)
		}
		_, stats := hub.Stats()
		for _, err := range []error{hub.Close(), hub.Listen(directory), stats, hub.ClosePort(1)} {
			if !errors.Is(err, vde.ErrContextClosed) {
				t.Error(err)
			}
		}
		if _, err := vde.Connect(directory, "late"); err == nil {
			t.Error("the directory is still served")
		}
	})
}

func TestErrorsOfTheHubAreErrnos(t *testing.T) {
	handlers(t, func(t *testing.T, handler vde.EventHandler) {
		hub, directory := listening(t, handler)
		if err := hub.Listen(directory); !errors.Is(err, syscall.EALREADY) {
			t.Error(err)
		}
		other, err := vde.NewContext(handler)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if err := other.Listen(directory); !errors.Is(err, syscall.EADDRINUSE) {
			t.Error(err)
		}
		if err := hub.ClosePort(77); !errors.Is(err, syscall.ENOENT) {
			t.Error(err)
		}
		if err := hub.SetLimits(vde.Limits{}); !errors.Is(err, syscall.EINVAL) {
			t.Error(err)
		}
	})
}

func TestANilHandlerIsRefused(t *testing.T) {
	if _, err := vde.NewContext(nil); !errors.Is(err, outlive.ErrNilHost) {
		t.Error(err)
	}
}

func TestAPeersTimeForItsHandshakeIsALoopsTimeout(t *testing.T) {
	handlers(t, func(t *testing.T, handler vde.EventHandler) {
		hub, directory := listening(t, handler)
		limits, err := hub.Limits()
		if err != nil {
			t.Fatal(err)
		}
		limits.HandshakeMs = 30
		if err := hub.SetLimits(limits); err != nil {
			t.Fatal(err)
		}
		silent := dial(t, filepath.Join(directory, "ctl"))
		silent.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := silent.Read(make([]byte, 1)); err == nil {
			t.Error("the hub has answered a peer that asked for nothing")
		}
		stats, err := hub.Stats()
		if err != nil || stats.BadRequests != 1 {
			t.Errorf("%+v, %v", stats, err)
		}
	})
}

func TestAHubGivesBackToAHandlerThatWasRevoked(t *testing.T) {
	loop := running(t)
	hub, directory := listening(t, loop)
	plug := plugged(t, directory, "a")
	if loop.Watchers() == 0 {
		t.Error("the hub watches nothing")
	}
	if err := hub.Revoke(); err != nil {
		t.Fatal(err)
	}
	for _, entry := range outlive.Ledger() {
		if entry.ID == hub.ID() && entry.State != outlive.StateServing {
			t.Error(entry)
		}
	}
	before := loop.Watchers()
	if err := hub.ClosePort(1); err != nil {
		t.Error(err)
	}
	if after := loop.Watchers(); after >= before {
		t.Error("of", before, "events are left", after, "without the port's")
	}
	limits, err := hub.Limits()
	if err != nil {
		t.Fatal(err)
	}
	limits.IdleMs = 10
	if err := hub.SetLimits(limits); !errors.Is(err, syscall.ECANCELED) {
		t.Error("a timeout was added:", err)
	}
	plug.Close()
	if err := hub.Close(); err != nil {
		t.Fatal(err)
	}
	if left := loop.Watchers(); left != 0 {
		t.Error(left, "events of a hub that is gone")
	}
}

func TestAHandlerIsHeldUntilTheRelease(t *testing.T) {
	ended := false
	held, err := vde.Hold(&bare{}, outlive.OnEnd(func() { ended = true }))
	if err != nil {
		t.Fatal(err)
	}
	if how, err := held.Revoke(); how != outlive.Serving || err != nil || ended {
		t.Error(how, err, ended)
	}
	if err := held.Release(); err != nil || !ended {
		t.Error(err, ended)
	}
}

// closer closes its hub when it is asked for an event.
type closer struct {
	*vde.Loop
	hub *vde.Context
}

func (c *closer) EventAdd(fd int32, events int16, timeout *vde.Timeval, cb vde.EventCb, arg uintptr) outlive.Token {
	if hub := c.hub; hub != nil {
		c.hub = nil
		hub.Close()
		return 0
	}
	return c.Loop.EventAdd(fd, events, timeout, cb, arg)
}

func TestAHubThatEndsInsideAnExclusiveHandlerLeavesNoEvents(t *testing.T) {
	loop := running(t)
	handler := &closer{Loop: loop}
	hub, err := vde.NewContext(handler, outlive.Exclusive())
	if err != nil {
		t.Fatal(err)
	}
	directory := filepath.Join(t.TempDir(), "hub")
	if err := hub.Listen(directory); err != nil {
		t.Fatal(err)
	}
	loop.Do(func() { handler.hub = hub })
	plug, err := vde.Connect(directory, "a") // which the hub asks an event for
	if err == nil {
		plug.Close()
	}
	loop.Do(func() {})
	if left := loop.Watchers(); left != 0 {
		t.Error(left, "events of a hub that is gone")
	}
}

func TestPeersComeAndGoWhileAHubIsRevoked(t *testing.T) {
	handlers(t, func(t *testing.T, handler vde.EventHandler) {
		for range 20 {
			hub, directory := listening(t, handler)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for {
					plug, err := vde.Connect(directory, "guest")
					if err != nil {
						return // it has ended
					}
					plug.Send(frame(1))
					plug.Close()
				}
			}()
			time.Sleep(2 * time.Millisecond)
			if err := hub.Revoke(); err != nil {
				t.Error(err)
			}
			if err := hub.Close(); err != nil {
				t.Error(err)
			}
			<-done
		}
	})
}

func TestTheHubsTableIsSeenIntact(t *testing.T) {
	handlers(t, func(t *testing.T, handler vde.EventHandler) {
		hub, _ := listening(t, handler)
		members, err := hub.Inspect()
		if err != nil || len(members) != 4 || members[0].Name != "event_add" || members[0].State != outlive.Intact {
			t.Error(members, err)
		}
		if hub.ID() == 0 {
			t.Error("it has no number")
		}
	})
}

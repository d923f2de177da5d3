//go:build linux

package vde_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"outlive.dev/go/outlive"
	"outlive.dev/go/vde"
)

// bare is a handler that is no Driver, and refuses everything.
type bare struct{}

func (*bare) EventAdd(int32, int16, *vde.Timeval, vde.EventCb, uintptr) outlive.Token { return 0 }
func (*bare) EventDel(outlive.Token)                                                  {}
func (*bare) TimeoutAdd(*vde.Timeval, int16, vde.EventCb, uintptr) outlive.Token      { return 0 }
func (*bare) TimeoutDel(outlive.Token)                                                {}

func TestAHandlerThatRefusesIsAnErrorOfTheHub(t *testing.T) {
	hub, err := vde.NewContext(&bare{})
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	if err := hub.Listen(t.TempDir()); err == nil {
		t.Error("it listens without an event")
	}
}

func TestInstancesThatAreUsedUpAreAnErrorAndComeBack(t *testing.T) {
	var hubs []*vde.Context
	var err error
	for range 100 {
		var hub *vde.Context
		if hub, err = vde.NewContext(&bare{}); err != nil {
			break
		}
		hubs = append(hubs, hub)
	}
	if !errors.Is(err, outlive.ErrNoInstance) || len(hubs) == 0 {
		t.Error(len(hubs), err)
	}
	for _, hub := range hubs {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	}
	hub, err := vde.NewContext(&bare{})
	if err != nil {
		t.Fatal(err)
	}
	hub.Close()
}

func TestADroppedHubEndsOnItsDriver(t *testing.T) {
	for name, handler := range map[string]vde.EventHandler{"loop": running(t), "native": native(t)} {
		t.Run(name, func(t *testing.T) {
			plug := lost(t, handler)
			gone := func() bool {
				runtime.GC()
				return plug.Send(make([]byte, 20)) != nil
			}
			for end := time.Now().Add(20 * time.Second); !gone(); time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("the hub has not ended")
				}
			}
		})
	}
}

// lost is a plug of a hub that nobody has.
func lost(t *testing.T, handler vde.EventHandler) *vde.Plug {
	hub, err := vde.NewContext(handler)
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir() + "/hub"
	if err := hub.Listen(directory); err != nil {
		t.Fatal(err)
	}
	return plugged(t, directory, "left alone")
}

func TestADroppedHubWithoutADriverLivesOn(t *testing.T) {
	hub, err := vde.NewContext(&bare{})
	if err != nil {
		t.Fatal(err)
	}
	id := hub.ID()
	hub = nil
	for range 10 {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	for _, entry := range outlive.Ledger() {
		if entry.ID == id && entry.State == outlive.StateLive {
			return
		}
	}
	t.Error("its table was ended under the hub")
}

func TestALoopThatWasClosedSaysSo(t *testing.T) {
	loop, err := vde.NewLoop()
	if err != nil {
		t.Fatal(err)
	}
	if err := loop.Close(); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{loop.Close(), loop.Run(), loop.Do(func() {})} {
		if !errors.Is(err, vde.ErrLoopClosed) {
			t.Error(err)
		}
	}
	if _, err := vde.NewContext(loop); !errors.Is(err, vde.ErrLoopClosed) {
		t.Error(err)
	}
	handler := vde.NativeHandler()
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	if err := handler.Close(); !errors.Is(err, vde.ErrLoopClosed) {
		t.Error(err)
	}
	if _, err := vde.NewContext(handler); !errors.Is(err, vde.ErrLoopClosed) {
		t.Error(err)
	}
}

func TestALoopRunsOnce(t *testing.T) {
	loop := running(t)
	loop.Do(func() {}) // it is there
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if err := loop.RunOnce(0); errors.Is(err, vde.ErrLoopRuns) {
			return
		}
		if time.Now().After(end) {
			t.Fatal("two goroutines run it")
		}
	}
}

func TestDoFromInsideIsAtOnce(t *testing.T) {
	handlers(t, func(t *testing.T, handler vde.EventHandler) {
		driver := handler.(vde.Driver)
		order := ""
		err := driver.Do(func() {
			if err := driver.Do(func() { order += "inner " }); err != nil {
				t.Error(err)
			}
			order += "outer"
		})
		if err != nil || order != "inner outer" {
			t.Error(order, err)
		}
	})
}

func TestAPanicInDoGoesOnWithItsCaller(t *testing.T) {
	handlers(t, func(t *testing.T, handler vde.EventHandler) {
		driver := handler.(vde.Driver)
		panicked := func() (value any) {
			defer func() { value = recover() }()
			driver.Do(func() { panic("mine") })
			return nil
		}()
		if panicked != "mine" {
			t.Error(panicked)
		}
		if err := driver.Do(func() {}); err != nil {
			t.Error(err)
		}
	})
}

func TestAPanicOfAHandlerGoesOnWhereTheHubWasUsed(t *testing.T) {
	hub, err := vde.NewContext(&panicking{}, outlive.OnPanic(outlive.Resume))
	if err != nil {
		t.Fatal(err)
	}
	panicked := func() (value any) {
		defer func() { value = recover() }()
		hub.Listen(t.TempDir() + "/hub")
		return nil
	}()
	resumed, ok := panicked.(*outlive.PanicError)
	if !ok || resumed.Value != "no events today" {
		t.Errorf("%v", panicked)
	}
	if err := hub.Close(); err != nil {
		t.Error(err)
	}
}

type panicking struct{ bare }

func (*panicking) EventAdd(int32, int16, *vde.Timeval, vde.EventCb, uintptr) outlive.Token {
	panic("no events today")
}

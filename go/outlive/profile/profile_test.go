package profile_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
	"outlive.dev/go/outlive/profile"
)

type listener struct{}

func (listener) OnEvent(value int32) int32 { return value }
func (listener) OnDo(string) outlive.Token { return 0 }
func (listener) OnUndo(outlive.Token)      {}

//go:noinline
func holdOne(t *testing.T, options ...outlive.Option) *keeper.Held {
	h, err := keeper.Hold(listener{}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func count() int { return pprof.Lookup(profile.Name).Count() }

func TestTheProfileHasTheStacksOfWhatIsHeld(t *testing.T) {
	before := count()
	first, second := holdOne(t), holdOne(t)
	if now := count() - before; now != 2 {
		t.Fatalf("2 are held, and the profile has %d more", now)
	}
	var text bytes.Buffer
	if err := pprof.Lookup(profile.Name).WriteTo(&text, 1); err != nil {
		t.Fatal(err)
	}
	for _, function := range []string{"profile_test.holdOne", t.Name()} {
		if !strings.Contains(text.String(), function) {
			t.Errorf("%s is not in\n%s", function, text.String())
		}
	}
	if strings.Contains(text.String(), "holds.New") {
		t.Errorf("the profile has frames of its own:\n%s", text.String())
	}
	first.Release()
	second.Revoke()
	if now := count() - before; now != 1 {
		t.Errorf("one was revoked and not released, and the profile has %d more", now)
	}
	second.Release()
	if now := count() - before; now != 0 {
		t.Errorf("all were released, and the profile has %d more", now)
	}
}

func TestWhatIsLeakedOnPurposeIsNotInTheProfile(t *testing.T) {
	before := count()
	if err := holdOne(t).Leak(); err != nil {
		t.Fatal(err)
	}
	if now := count() - before; now != 0 {
		t.Error(now)
	}
}

func TestWhatIsHandedOverIsInTheProfileUntilCEndsIt(t *testing.T) {
	before := count()
	h := holdOne(t)
	k := keeper.New(h.Table(), h.UserData())
	if err := h.HandOver(); err != nil {
		t.Fatal(err)
	}
	if now := count() - before; now != 1 {
		t.Errorf("%d while C has it", now)
	}
	k.Free() // calls destroy
	if now := count() - before; now != 0 {
		t.Errorf("%d after C has ended it", now)
	}
}

func TestWhatIsLostStaysInTheProfile(t *testing.T) {
	before := count()
	ended := make(chan struct{})
	holdOne(t, outlive.OnEnd(func() { close(ended) }))
	for waited := time.Now(); ; time.Sleep(time.Millisecond) {
		runtime.GC()
		select {
		case <-ended:
			if now := count() - before; now != 1 {
				t.Error(now)
			}
			return
		default:
		}
		if time.Since(waited) > 30*time.Second {
			t.Fatal("the collector has not found it")
		}
	}
}

func TestTheToolPprofReadsTheProfile(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the tool")
	}
	h := holdOne(t)
	defer h.Release()
	name := filepath.Join(t.TempDir(), "held")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := pprof.Lookup(profile.Name).WriteTo(file, 0); err != nil {
		t.Fatal(err)
	}
	file.Close()
	output, err := exec.Command("go", "tool", "pprof", "-top", "-cum", name).CombinedOutput()
	if err != nil || !strings.Contains(string(output), "profile_test.holdOne") {
		t.Errorf("%v\n%s", err, output)
	}
}

func Example() {
	// The program imports outlive.dev/go/outlive/profile for its effect; here it writes the profile itself.
	file, err := os.CreateTemp("", "held")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(file.Name())
	if err := pprof.Lookup("outlive").WriteTo(file, 0); err != nil {
		fmt.Println(err)
	}
	file.Close() // go tool pprof -top <file>
	// Output:
}

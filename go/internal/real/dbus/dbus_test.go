package dbus_test

import (
	"strings"
	"testing"

	"outlive.dev/go/internal/real/dbus"
	"outlive.dev/go/outlive"
)

// object answers the method Shout.
type object struct{ asked []string }

func (o *object) MessageFunction(connection dbus.Connection, message dbus.Message) dbus.HandlerResult {
	o.asked = append(o.asked, message.Member())
	switch message.Member() {
	case "Shout":
		connection.Reply(message, strings.ToUpper(message.Text()))
		return dbus.HandlerResultHandled
	case "Panic":
		panic("not today")
	}
	return dbus.HandlerResultNotYetHandled
}

const (
	path          = "/dev/outlive/test"
	unknownMethod = "org.freedesktop.DBus.Error.UnknownMethod"
)

func newBus(t *testing.T) dbus.Bus {
	t.Helper()
	bus, err := dbus.NewBus(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return bus
}

// held is a table whose end is seen.
func held(t *testing.T, host dbus.ObjectPathVTable) (*dbus.Held, *bool) {
	t.Helper()
	ended := new(bool)
	held, err := dbus.Hold(host, outlive.OnEnd(func() { *ended = true }))
	if err != nil {
		t.Fatal(err)
	}
	return held, ended
}

func TestMessagesComeToGoUntilLibdbusForgetsTheTable(t *testing.T) {
	host, bus := &object{}, newBus(t)
	table, ended := held(t, host)
	if !bus.Register(table, path) {
		t.Fatal("not registered")
	}
	if err := table.HandOver(); err != nil {
		t.Fatal(err)
	}
	if answer, failure := bus.Ask(path, "Shout", "as you like"); answer != "AS YOU LIKE" {
		t.Errorf("%q, %q", answer, failure)
	}
	if answer, failure := bus.Ask(path, "Whisper", ""); failure != unknownMethod {
		t.Errorf("%q, %q", answer, failure)
	}
	if len(host.asked) != 2 || *ended {
		t.Error(host.asked, *ended)
	}
	// unregister_function is the destroy notify.
	if !bus.Unregister(path) || !*ended {
		t.Error("unregistered, and not ended")
	}
	bus.Free()
}

func TestAConnectionThatEndsForgetsTheTable(t *testing.T) {
	bus := newBus(t)
	table, ended := held(t, &object{})
	if !bus.Register(table, path) {
		t.Fatal("not registered")
	}
	if err := table.HandOver(); err != nil {
		t.Fatal(err)
	}
	if bus.Free(); !*ended {
		t.Error("libdbus still has it")
	}
}

func TestARevokedTableHandlesNothing(t *testing.T) {
	host, bus := &object{}, newBus(t)
	table, ended := held(t, host)
	if !bus.Register(table, path) {
		t.Fatal("not registered")
	}
	if _, err := table.Revoke(); err != nil || !*ended {
		t.Fatal(err, *ended)
	}
	outlive.TakeIncidents()
	if answer, failure := bus.Ask(path, "Shout", "late"); failure != unknownMethod {
		t.Errorf("%q, %q", answer, failure)
	}
	incidents := outlive.TakeIncidents()
	if len(host.asked) != 0 || len(incidents) == 0 || incidents[0].ID != table.ID() {
		t.Error(host.asked, incidents)
	}
	bus.Free()
	if err := table.Release(); err != nil {
		t.Error(err)
	}
}

func TestAPanicIsAMessageThatNobodyHandled(t *testing.T) {
	host, bus := &object{}, newBus(t)
	table, _ := held(t, host)
	bus.Register(table, path)
	if answer, failure := bus.Ask(path, "Panic", ""); failure != unknownMethod || len(host.asked) != 1 {
		t.Errorf("%q, %q", answer, failure)
	}
	bus.Free()
	if err := table.Release(); err != nil {
		t.Error(err)
	}
}

package outlive_test

import (
	"bytes"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"outlive.dev/go/internal/keeper"
	"outlive.dev/go/outlive"
)

// children are what a test has run in a process of its own, by the test's name.
var children = map[string]func(){}

const childVariable = "OUTLIVE_GO_TEST_CHILD"

func TestMain(m *testing.M) {
	if child := os.Getenv(childVariable); child != "" {
		children[child]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child runs children[name] in a process of its own and gives its output and how it ended.
func child(t *testing.T, name string) (string, *os.ProcessState) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childVariable+"="+name)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(time.Minute, func() { command.Process.Kill() })
	defer hung.Stop()
	command.Wait()
	return output.String(), command.ProcessState
}

// listener is a host whose methods a test can choose.
type listener struct {
	event func(value int32) int32
	do    func(what string) outlive.Token
	undo  func(token outlive.Token)
	calls atomic.Int64
}

func (l *listener) OnEvent(value int32) int32 {
	l.calls.Add(1)
	if l.event != nil {
		return l.event(value)
	}
	return value + 1
}

func (l *listener) OnDo(what string) outlive.Token {
	if l.do != nil {
		return l.do(what)
	}
	return 0
}

func (l *listener) OnUndo(token outlive.Token) {
	if l.undo != nil {
		l.undo(token)
	}
}

// held holds a listener and hands it to the C library.
func held(t testing.TB, l *listener, options ...outlive.Option) (*keeper.Held, keeper.Keeper) {
	drainIncidents() // so that there is room for those to come
	h, err := keeper.Hold(l, options...)
	if err != nil {
		t.Fatal(err)
	}
	return h, keeper.New(h.Table(), h.UserData())
}

// must fails the test, or the child, if something that cannot fail has.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// within waits until a condition holds.
func within(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

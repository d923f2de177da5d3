// Package naive is the program that one writes first: the callback table is a Go value, and only C
// knows it. It is run in a process of its own, which does not end well.
package naive

// #include <stdlib.h>
// #include "naive.h"
import "C"

import (
	_ "embed"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	_ "outlive.dev/go/vde" // links the hub
)

//go:embed wrong.go
var wrong string

// Wrong is the code that is wrong, as it stands in this package and is run.
func Wrong() string {
	_, code, _ := strings.Cut(wrong, "import \"C\"\n")
	return strings.Trim(code, "\n")
}

// watcher is what the hub has asked for.
type watcher struct {
	fd  int
	cb  C.event_cb
	arg unsafe.Pointer
}

// watchers are those of the only loop: a callback has no parameter that would say whose it is.
var (
	watchers  = map[uintptr]*watcher{}
	lastToken uintptr
)

// The exit status of the program that is run.
const (
	Survived    = 0 // the hub has found its table
	Misdirected = 3 // the hub has called the table of another hub
	Lost        = 4 // the hub has found no functions in its table, and has called nobody
)

// Reuse is what the memory of the table is used for after the collector has run, as any program uses it that goes on.
type Reuse string

// What Run can do.
const (
	Zeroes Reuse = "zeroes" // values that are not filled yet
	Data   Reuse = "data"   // any other values
	Others Reuse = "others" // the tables of other hubs
)

// Run makes a hub with a table in Go's memory, listens in a directory, has the collector run and the
// memory used again, and lets a client connect, whereupon the hub calls its table.
func Run(directory string, reuse Reuse) (status int) {
	hub := newHub()
	name := C.CString(directory)
	if C.vde_hub_listen(hub, name) != 0 {
		fmt.Fprintln(os.Stderr, "the hub cannot listen in", directory)
		return 1
	}
	fmt.Println("the hub listens, and its table reads", members())
	for range 3 {
		runtime.GC()
		reuse.memory()
	}
	fmt.Println("the collector has run, and the program has gone on: the table reads", members())
	client, err := connect(directory + "/ctl")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer syscall.Close(client)
	asked := lastToken
	fmt.Println("a client connects, and the hub calls event_add")
	for _, w := range watchers {
		if w.fd >= 0 {
			C.naive_call(w.cb, C.int(w.fd), w.arg)
		}
	}
	switch {
	case misdirected:
		fmt.Println("the table of another hub was called, and nobody has noticed")
		return Misdirected
	case lastToken == asked:
		fmt.Println("nobody was called: the client waits for ever")
		return Lost
	}
	return Survived
}

// memory has the collector's freed memory used again.
func (r Reuse) memory() {
	for range 200_000 {
		switch r {
		case Zeroes:
			kept = append(kept, new([4]*byte))
		case Data:
			kept = append(kept, &[4]*byte{&trash, &trash, &trash, &trash})
		case Others:
			table := newTable()
			table.event_add = C.naive_other_event_add_function()
			kept = append(kept, table)
		}
	}
}

var (
	kept        []any
	trash       byte
	misdirected bool
)

// looked is where the table is, as a number, which keeps nothing alive.
var looked C.uintptr_t

func lookAt(table *C.vde_event_handler) { looked = C.uintptr_t(uintptr(unsafe.Pointer(table))) }

// members reads the table as the hub does, which has its address.
func members() string {
	var read [4]C.uintptr_t
	C.naive_read(looked, &read[0])
	text := make([]string, len(read))
	for i, name := range []string{"event_add", "event_del", "timeout_add", "timeout_del"} {
		text[i] = fmt.Sprintf("%s=%#x", name, uint64(read[i]))
	}
	return strings.Join(text, " ")
}

func connect(path string) (int, error) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return 0, err
	}
	return fd, syscall.Connect(fd, &syscall.SockaddrUnix{Name: path})
}

func add(fd int, cb C.event_cb, arg unsafe.Pointer) C.uintptr_t {
	lastToken++
	watchers[lastToken] = &watcher{fd, cb, arg}
	return C.uintptr_t(lastToken)
}

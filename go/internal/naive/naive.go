// Package naive is the program that one writes first: the callback table is a Go value, and only C
// knows it. It is run in a process of its own, which does not end well.
package naive

// #include <stdlib.h>
// #include "naive.h"
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	_ "outlive.dev/go/vde" // links the hub
)

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

// Misdirected is the exit status of a program whose hub has called the table of another hub.
const Misdirected = 3

// Survived is the exit status of one whose hub has found its table.
const Survived = 0

// Lost is the exit status of one whose hub has found no functions in its table, and has said so.
const Lost = 4

// Run makes a hub with a table in Go's memory, listens in a directory, has the collector run and the
// memory used again, and lets a client connect, whereupon the hub calls its table. With others it is
// the tables of other hubs that use the memory.
func Run(directory string, others bool) (status int) {
	// cgo lets the table pass, as it contains no Go pointer;
	// that C keeps it, nobody checks.
	hub := C.init_vde_context(newTable())
	name := C.CString(directory)
	if C.vde_hub_listen(hub, name) != 0 {
		fmt.Fprintln(os.Stderr, "naive: the hub cannot listen in", directory)
		return 1
	}
	fmt.Println("naive: the hub listens; its table is a Go value that only C points to")
	for range 3 {
		runtime.GC()
		reuse(others)
	}
	fmt.Println("naive: the collector has run, and the memory is used for other things; a client connects")
	client, err := connect(directory + "/ctl")
	if err != nil {
		fmt.Fprintln(os.Stderr, "naive:", err)
		return 1
	}
	defer syscall.Close(client)
	asked := lastToken
	for _, w := range watchers {
		if w.fd >= 0 {
			C.naive_call(w.cb, C.int(w.fd), w.arg) // the client waits here: the hub calls event_add
		}
	}
	switch {
	case misdirected:
		fmt.Println("naive: the hub has called the table of another hub, and nobody has noticed")
		return Misdirected
	case lastToken == asked:
		fmt.Println("naive: the hub has called nobody: its client waits for ever")
		return Lost
	}
	return Survived
}

// newTable is the table as the header wants it.
func newTable() *C.vde_event_handler {
	return &C.vde_event_handler{
		event_add:   C.naive_event_add_function(),
		event_del:   C.naive_event_del_function(),
		timeout_add: C.naive_timeout_add_function(),
		timeout_del: C.naive_event_del_function(),
	}
}

// reuse has the collector's freed memory used again, as any program does that goes on.
func reuse(others bool) {
	for range 200_000 {
		if others {
			table := newTable()
			table.event_add = C.naive_other_event_add_function()
			kept = append(kept, table)
			continue
		}
		kept = append(kept, &[4]*byte{&trash, &trash, &trash, &trash})
	}
}

var (
	kept        []any
	trash       byte
	misdirected bool
)

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

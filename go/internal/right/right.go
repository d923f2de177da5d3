// Package right is the program of package naive with its mistake mended: outlive holds the table.
package right

// #include <stdlib.h>
// #include "../../vde/vde_hub.h"
import "C"

import (
	_ "embed"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"
	"unsafe"

	"outlive.dev/go/outlive"
	"outlive.dev/go/vde"
)

//go:embed hub.go
var source string

// Code is the code that is right, as it stands in this package and is run.
func Code() string {
	_, code, _ := strings.Cut(source, "import \"outlive.dev/go/vde\"\n")
	return strings.Trim(code, "\n")
}

// host is an event loop that counts what it is asked for.
type host struct {
	*vde.Loop
	asked int
}

func (h *host) EventAdd(fd int32, events int16, timeout *vde.Timeval, cb vde.EventCb, arg uintptr) outlive.Token {
	h.asked++
	return h.Loop.EventAdd(fd, events, timeout, cb, arg)
}

// Run does what naive.Run does: it makes a hub, listens in a directory, has the collector run and memory used, and
// lets a client connect.
func Run(directory string, out io.Writer) error {
	loop, err := vde.NewLoop()
	if err != nil {
		return err
	}
	defer loop.Close()
	counted := &host{Loop: loop}
	hub, err := newHub(counted)
	if err != nil {
		return err
	}
	defer hub.Close()
	name := C.CString(directory)
	defer C.free(unsafe.Pointer(name))
	if status, err := C.vde_hub_listen(hub.hub, name); status != 0 {
		return fmt.Errorf("listen: %w", err)
	}
	before, err := hub.held.Inspect()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "the hub listens, and its table reads", describe(before))
	for range 3 {
		runtime.GC()
		use()
	}
	after, err := hub.held.Inspect()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "the collector has run, and the program has gone on: the table reads", describe(after))
	if !slices.Equal(before, after) {
		return fmt.Errorf("the table has changed")
	}
	asked := counted.asked
	fmt.Fprintln(out, "a client connects, and the hub calls event_add")
	connected := make(chan error)
	go func() {
		plug, err := vde.Connect(directory, "the client")
		if err == nil {
			err = plug.Close()
		}
		connected <- err
	}()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if err := loop.RunOnce(10 * time.Millisecond); err != nil {
			return err
		}
		select {
		case err := <-connected:
			if err != nil || counted.asked == asked {
				return fmt.Errorf("the client: %v; the loop was asked for %d events", err, counted.asked-asked)
			}
			fmt.Fprintf(out, "the loop of this hub was called, %d times, and the client is served\n", counted.asked-asked)
			return nil
		default:
		}
	}
	return fmt.Errorf("the client waits in vain")
}

// use has memory used, as the naive program does.
func use() {
	kept := make([]*[4]*byte, 200_000)
	for i := range kept {
		kept[i] = new([4]*byte)
	}
	runtime.KeepAlive(kept)
}

func describe(members []outlive.Member) string {
	text := make([]string, len(members))
	for i, member := range members {
		text[i] = fmt.Sprintf("%s=%#x", member.Name, member.Value)
	}
	return strings.Join(text, " ")
}

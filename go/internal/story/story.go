// Package story is the crash that this project starts from, and the same program without it.
package story

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"outlive.dev/go/internal/right"
	"outlive.dev/go/outlive"
	"outlive.dev/go/vde"
)

// Size is how much of everything there is.
type Size struct {
	Collections int // forced, for each hub
	Closes      int // of hubs that are in use
}

// The sizes of the command and of a short test.
var (
	Full  = Size{Collections: 2000, Closes: 40}
	Short = Size{Collections: 100, Closes: 5}
)

// teller tells the story in a directory of its own.
type teller struct {
	out       io.Writer
	directory string
	size      Size
	hubs      int
}

// Run tells the story. Its error is the first thing that did not go as it should.
func Run(out io.Writer, size Size) error {
	directory, err := os.MkdirTemp("", "story")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	t := &teller{out: out, directory: directory, size: size}
	for _, chapter := range []struct {
		title string
		tell  func() error
	}{
		{"A table in Go's memory, as one writes it first: the code that is wrong", t.naive},
		{"The same hub with a Go event loop, held by outlive", t.goLoop},
		{"The same with the native event loop: its events never come into Go", t.nativeLoop},
		{"Closed while calls are in flight", t.closedInFlight},
		{"Dropped without a word", t.dropped},
		{"A table in malloc's memory, which the hub frees", t.malloced},
		{"The code that is right", t.right},
		{"What is still held", t.accounted},
	} {
		t.say("\n%s\n%s", chapter.title, strings.Repeat("-", len(chapter.title)))
		if err := chapter.tell(); err != nil {
			return fmt.Errorf("%s: %w", chapter.title, err)
		}
	}
	return nil
}

func (t *teller) say(format string, arguments ...any) {
	fmt.Fprintf(t.out, format+"\n", arguments...)
}

// everySecond gives what says how far a chapter is, once a second at most.
func (t *teller) everySecond() func(format string, arguments ...any) {
	told := time.Now()
	return func(format string, arguments ...any) {
		if time.Since(told) >= time.Second {
			told = time.Now()
			t.say("  ... "+format, arguments...)
		}
	}
}

// hubDirectory is where the next hub listens.
func (t *teller) hubDirectory() string {
	t.hubs++
	return filepath.Join(t.directory, fmt.Sprint(t.hubs))
}

func (t *teller) goLoop() error {
	loop, stop, err := runLoop()
	if err != nil {
		return err
	}
	return join(t.exchange(loop), stop())
}

func (t *teller) nativeLoop() error {
	native := vde.NativeHandler()
	return join(t.exchange(native), native.Close())
}

// exchange has clients exchange frames until the collector was forced often enough.
func (t *teller) exchange(handler vde.EventHandler) error {
	hub, err := vde.NewContext(handler)
	if err != nil {
		return err
	}
	defer hub.Close()
	directory := t.hubDirectory()
	if err := hub.Listen(directory); err != nil {
		return err
	}
	collections, stop := collect()
	defer stop()
	begun := time.Now()
	progress := t.everySecond()
	rounds, err := exchangeFrames(directory, func(rounds int) bool {
		progress("%d of %d forced collections, %d frames", collections(), t.size.Collections, rounds*clients)
		return collections() >= t.size.Collections
	})
	if err != nil {
		return err
	}
	stats, err := hub.Stats()
	if err != nil {
		return err
	}
	sent, wanted := uint64(rounds*clients), uint64(rounds*clients*(clients-1))
	if stats.FramesReceived != sent || stats.FramesDelivered != wanted {
		return fmt.Errorf("%d frames sent, and the hub has counted %+v", sent, stats)
	}
	t.say("%d clients, %d frames, %d deliveries, each one looked at; %d forced collections meanwhile (%.1f s)",
		clients, sent, wanted, collections(), time.Since(begun).Seconds())
	return hub.Close()
}

// dropped loses a hub without Close, and waits until the collector has ended it.
func (t *teller) dropped() error {
	loop, stop, err := runLoop()
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	plug, err := t.lostHub(loop, outlive.OnEnd(func() { close(ended) }))
	if err != nil {
		return join(err, stop())
	}
	defer plug.Close()
	for waited := time.Now(); ; time.Sleep(time.Millisecond) {
		runtime.GC()
		select {
		case <-ended:
			t.say("the collector found the hub unreachable: C's hub was ended on its loop, then its table released")
			return stop()
		default:
		}
		if time.Since(waited) > time.Minute {
			return join(fmt.Errorf("the hub has not ended"), stop())
		}
	}
}

// lostHub makes a hub with a client, and forgets it.
func (t *teller) lostHub(handler vde.EventHandler, options ...outlive.Option) (*vde.Plug, error) {
	hub, err := vde.NewContext(handler, options...)
	if err != nil {
		return nil, err
	}
	directory := t.hubDirectory()
	if err := hub.Listen(directory); err != nil {
		return nil, err
	}
	return vde.Connect(directory, "left alone")
}

// malloced hands the hub a copy of the table, which it frees.
func (t *teller) malloced() error {
	loop, stop, err := runLoop()
	if err != nil {
		return err
	}
	hub, err := vde.NewContextWithCopy(loop)
	if err != nil {
		return join(err, stop())
	}
	directory := t.hubDirectory()
	if err := join(hub.Listen(directory)); err != nil {
		return join(err, hub.Close(), stop())
	}
	_, err = exchangeFrames(directory, func(rounds int) bool { runtime.GC(); return rounds > 20 })
	if err != nil {
		return join(err, hub.Close(), stop())
	}
	t.say("frames were exchanged; the hub frees the copy as it ends")
	return join(hub.Close(), stop())
}

// right shows the code that is right, and runs it as the wrong one was run.
func (t *teller) right() error {
	t.code("internal/right/hub.go", right.Code())
	if err := right.Run(t.hubDirectory(), &indented{to: t.out}); err != nil {
		return err
	}
	t.say("=> the members are what they were: the table is in C's memory, and outlive holds its host until Release")
	return nil
}

// accounted asks the ledger.
func (t *teller) accounted() error {
	held := outlive.Ledger()
	for _, entry := range held {
		t.say("%v", entry)
	}
	if len(held) > 0 {
		return fmt.Errorf("%d tables are still held", len(held))
	}
	t.say("nothing")
	return nil
}

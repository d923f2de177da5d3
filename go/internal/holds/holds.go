// Package holds records who holds what, and since when, where a program is to be debugged.
package holds

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// variable of the environment: 1 has every hold recorded.
const variable = "OUTLIVE_DEBUG"

// deepest is how many frames of a stack are kept.
const deepest = 32

// A Profile is told of what is recorded, as a pprof.Profile is.
type Profile interface {
	Add(value any, skip int)
	Remove(value any)
}

var recording atomic.Bool

// recorded is what is held now, or was lost.
var recorded = struct {
	sync.Mutex
	live    map[*Record]struct{}
	profile Profile
}{live: map[*Record]struct{}{}}

func init() {
	switch value := os.Getenv(variable); value {
	case "", "0":
	case "1":
		recording.Store(true)
	default:
		fmt.Fprintf(os.Stderr, "outlive: %s=%s has no meaning: it may be 1\n", variable, value)
	}
}

// IsRecording says whether holds are recorded.
func IsRecording() bool { return recording.Load() }

// Tell has every hold from here on recorded, and a profile be told of it.
func Tell(profile Profile) {
	recorded.Lock()
	recorded.profile = profile
	recorded.Unlock()
	recording.Store(true)
}

// A Record is a hold. Its methods do nothing for nil, which stands for a hold that is not recorded.
type Record struct {
	stack []uintptr
	since time.Time
	id    atomic.Uint64

	// Under the lock of recorded.
	givenBack bool // C is done with it, or is to end it
	ended     bool // the value was let go
}

// New records a hold, or gives nil where none is recorded. The stack begins so many frames above the caller of New.
func New(skip int) *Record {
	if !recording.Load() {
		return nil
	}
	return record(skip + 1)
}

func record(skip int) *Record {
	r := &Record{since: time.Now(), stack: make([]uintptr, deepest)}
	// runtime.Callers and record.
	r.stack = r.stack[:runtime.Callers(skip+2, r.stack)]
	recorded.Lock()
	defer recorded.Unlock()
	recorded.live[r] = struct{}{}
	if recorded.profile != nil {
		recorded.profile.Add(r, skip+1)
	}
	return r
}

// Is gives the record the number of its registration.
func (r *Record) Is(id uint64) {
	if r != nil {
		r.id.Store(id)
	}
}

// GiveBack says that the registration was released, or handed over.
func (r *Record) GiveBack() { r.step(true, false) }

// End says that the value was let go.
func (r *Record) End() { r.step(false, true) }

// Discard forgets a hold that has failed, or is to last as long as the process.
func (r *Record) Discard() { r.step(true, true) }

// step forgets a record of which nothing is left. One that is never given back stays, as its memory does.
func (r *Record) step(givenBack, ended bool) {
	if r == nil {
		return
	}
	recorded.Lock()
	defer recorded.Unlock()
	r.givenBack, r.ended = r.givenBack || givenBack, r.ended || ended
	if !r.givenBack || !r.ended {
		return
	}
	delete(recorded.live, r)
	if recorded.profile != nil {
		recorded.profile.Remove(r)
	}
}

// Since is when it was held.
func (r *Record) Since() time.Time { return r.since }

// Frames are the functions that held it, innermost first.
func (r *Record) Frames() *runtime.Frames { return runtime.CallersFrames(r.stack) }

// ByID gives what is recorded.
func ByID() map[uint64]*Record {
	recorded.Lock()
	defer recorded.Unlock()
	found := make(map[uint64]*Record, len(recorded.live))
	for r := range recorded.live {
		found[r.id.Load()] = r
	}
	return found
}

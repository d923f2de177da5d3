package outlive

// #include <stdint.h>
import "C"

import (
	"maps"
	"runtime"
	"sync"
	"sync/atomic"

	"outlive.dev/go/internal/frames"
)

// place is a source line in the form in which C takes it. Its text lives as long as the process.
type place struct {
	file *C.char
	line C.uint32_t
}

var unknown = place{file: C.CString("unknown")}

// site tells calls of caller apart: by the frames above it, and by how many of them are skipped.
type site struct {
	returns [4]uintptr
	skip    int
}

const (
	// maxSkip is how many callers may be skipped so that a site says all: four frames are that of caller, that of
	// the exported function, and two more.
	maxSkip = 1
	// maxSites is how many sites are known at most. A program has as many as lines that call this package.
	maxSites = 4096
)

// sites are the places that were looked up before. A map in it is not written any more, so that a reader needs
// no lock.
var sites atomic.Pointer[map[site]place]

// places keeps one place for each line that ever held or ended a table.
var places = struct {
	sync.Mutex
	byCounter map[uintptr]place
}{byCounter: map[uintptr]place{}}

// caller is the line that called the exported function of this package in which caller is called,
// or that many callers above it.
//
//go:noinline
func caller(skip int) place {
	at := site{frames.Returns(), skip}
	if known := sites.Load(); known != nil {
		if found, ok := (*known)[at]; ok {
			return found
		}
	}
	// runtime.Callers, lookUp, caller, the exported function.
	return lookUp(at, 4+skip)
}

// lookUp finds the place so many frames up, and keeps it for the next call from there.
//
//go:noinline
func lookUp(at site, skip int) place {
	var counters [1]uintptr
	if runtime.Callers(skip, counters[:]) == 0 {
		return unknown
	}
	places.Lock()
	defer places.Unlock()
	found, ok := places.byCounter[counters[0]]
	if !ok {
		frame, _ := runtime.CallersFrames(counters[:]).Next()
		if frame.File == "" {
			return unknown
		}
		found = place{file: C.CString(frame.File), line: C.uint32_t(frame.Line)}
		places.byCounter[counters[0]] = found
	}
	if at.returns[0] != 0 && at.skip <= maxSkip {
		remember(at, found)
	}
	return found
}

// remember adds a site, under the lock of places.
func remember(at site, found place) {
	next := map[site]place{at: found}
	if known := sites.Load(); known != nil {
		if len(*known) >= maxSites {
			return
		}
		maps.Copy(next, *known)
	}
	sites.Store(&next)
}
